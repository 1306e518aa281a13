/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of a vault, as only the TA can have them: tests get them by running its sources inside
 * of it, to look for them in memory and to seal what no TA would. */
#ifndef VAULT_KEYS_H
#define VAULT_KEYS_H

#include "huk.h"
#include "record.h"
#include "state.h"
#include "vault.h"

struct vault_keys {
	uint8_t kek[FESTORE_HASH];
	uint8_t wrapping[FESTORE_HASH];
	uint8_t master[FESTORE_HASH];
	struct seal_keys keys;
};

/* Keys of ALICE's vault `default`. */
struct keys_search {
	const struct festore_vault_header *header;
	struct vault_keys found;
};

static inline void search_keys(void *arg)
{
	/* festore kek 1, login 1, uid 1001, default: docs/SPEC.md has the same bytes. */
	static const uint8_t data[] = "festore kek 1\0\1\0\0\0"
				      "\xa5\x1a\xa4\x30\xd8\xbb\x58\x80"
				      "\x9c\x5c\x65\xad\x1a\x49\xbb\x75"
				      "default";
	struct keys_search *search = arg;
	const struct festore_vault_header *header = search->header;
	struct vault_keys *found = &search->found;
	const struct seal seal = {
		.aead = header->aead,
		.key = found->wrapping,
		.aad = header,
		.aad_len = offsetof(struct festore_vault_header, wrapped),
	};

	assert_int_equal(huk_derive(data, sizeof(data) - 1, found->kek), TEE_SUCCESS);
	assert_int_equal(seal_expand(found->kek, "wrap", header->salt, sizeof(header->salt),
				 found->wrapping),
		TEE_SUCCESS);
	memcpy(found->master, header->wrapped, sizeof(found->master));
	assert_int_equal(
		seal_open(&seal, found->master, sizeof(found->master), header->seal), TEE_SUCCESS);
	assert_int_equal(
		seal_keys(header->aead, found->master, header->vault, &found->keys), TEE_SUCCESS);
}

static inline struct vault_keys keys_of(uint32_t session, const struct festore_vault_header *header)
{
	struct keys_search search = {.header = header};

	assert_true(fake_tee_run(session, search_keys, &search));
	return search.found;
}

/* The key of a file's content. */
struct record_search {
	const struct vault_keys *keys;
	const struct store *store;
	const struct entry *entry;
	struct meta meta;
};

static inline void search_record(void *arg)
{
	struct record_search *search = arg;
	const struct record_place place = {
		.keys = &search->keys->keys,
		.vault = search->store->header.vault,
		.locator = search->entry->locator,
	};
	uint8_t record[FESTORE_RECORD_MAX];
	uint64_t version = 0;

	memcpy(record, search->entry->record, sizeof(record));
	assert_int_equal(
		record_open(&place, record, search->entry->record_len, &search->meta, &version),
		TEE_SUCCESS);
}

static inline struct meta meta_of(
	struct client *client, const struct vault_keys *keys, const char *tag)
{
	struct record_search search = {
		.keys = keys, .store = client->store, .entry = client_entry(client, tag)};

	assert_true(fake_tee_run(client->session, search_record, &search));
	return search.meta;
}

#endif
