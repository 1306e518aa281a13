/* SPDX-License-Identifier: BSD-2-Clause */
/* FILE_PUT_MANY as a client calls it, over the store of vault.h. */
#ifndef VAULT_MANY_H
#define VAULT_MANY_H

#include "merge.h"
#include "vault.h"

/* One that is put. */
struct item {
	struct festore_wire_tag tag;
	uint8_t locator[FESTORE_HASH];
	const void *content; /* the caller's, until the call is made */
	size_t content_len;
};

/* A call that is being made. */
struct many {
	struct item items[FESTORE_PUTS_MAX + 1];
	size_t count;
	uint8_t heads[(FESTORE_PUTS_MAX + 1) * FESTORE_PUT_ROOM(FESTORE_TAG_MAX)];
	size_t heads_len;
	uint8_t contents[FESTORE_WINDOW + 1];
	size_t contents_len;
	struct ask ask;
};

static struct many many;

static inline void many_begin(void)
{
	memset(&many, 0, sizeof(many));
}

static inline void many_add(
	const struct client *client, const char *tag, const void *content, size_t content_len)
{
	struct item *item = &many.items[many.count++];

	set_tag(&item->tag, tag);
	client_locator(client, &item->tag, item->locator);
	item->content = content;
	item->content_len = content_len;
}

static inline int by_item_locator(const void *a, const void *b)
{
	return memcmp(
		((const struct item *)a)->locator, ((const struct item *)b)->locator, FESTORE_HASH);
}

static inline void add_item(const struct item *item)
{
	const struct festore_vault_put head = {
		.content_len = (uint32_t)item->content_len,
		.tag_len = item->tag.len,
		.modified = 1234,
	};

	memcpy(many.heads + many.heads_len, &head, sizeof(head));
	memcpy(many.heads + many.heads_len + sizeof(head), item->tag.bytes, item->tag.len);
	many.heads_len += FESTORE_PUT_ROOM(item->tag.len);
	if (item->content_len != 0)
		memcpy(many.contents + many.contents_len, item->content, item->content_len);
	many.contents_len += item->content_len;
}

/* A path as merge.h wants it: by its entry's place, beside those of `last` and `next`. */
static inline void add_path(
	const struct store *store, size_t at, const struct entry *last, const struct entry *next)
{
	uint8_t bytes[FESTORE_PATH_LEN(FESTORE_PATH_MAX)];
	struct festore_vault_step steps[FESTORE_PATH_MAX];
	struct festore_vault_path head;
	uint8_t *to = many.ask.path + many.ask.path_len;

	store_path(store, store->entries[at]->locator, bytes);
	memcpy(&head, bytes, sizeof(head));
	memcpy(steps, bytes + sizeof(head), head.count * sizeof(steps[0]));
	head.count = merge_shorten((struct tree_path){.head = &head, .steps = steps},
		last ? last->locator : NULL, next ? next->locator : NULL, steps);
	assert_true(many.ask.path_len + FESTORE_PATH_LEN(head.count) <= sizeof(many.ask.path));
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), steps, head.count * sizeof(steps[0]));
	many.ask.path_len += FESTORE_PATH_LEN(head.count);
}

/* The entry that a locator's path leads to. */
static inline size_t place_near(const struct store *store, const uint8_t *locator)
{
	const size_t above = store_place(store, locator);

	if (above == 0)
		return 0;
	if (above == store->count)
		return above - 1;
	return tree_first_difference(store->entries[above]->locator, locator) >
			tree_first_difference(store->entries[above - 1]->locator, locator)
		? above
		: above - 1;
}

static inline void add_paths(const struct store *store)
{
	const struct entry *last = NULL;
	size_t places[FESTORE_PUTS_MAX + 1];
	size_t count = 0;

	for (size_t i = 0; store->count != 0 && i < many.count; i++) {
		const size_t at = place_near(store, many.items[i].locator);

		if (count == 0 || places[count - 1] != at)
			places[count++] = at;
	}
	for (size_t i = 0; i < count; i++) {
		add_path(store, places[i], last,
			i + 1 < count ? store->entries[places[i + 1]] : NULL);
		last = store->entries[places[i]];
	}
}

/* The call for all that were added: many.ask. */
static inline void many_make(const struct client *client)
{
	qsort(many.items, many.count, sizeof(many.items[0]), by_item_locator);
	many.ask = ask_of(FESTORE_CMD_FILE_PUT_MANY, "");
	for (size_t i = 0; i < many.count; i++)
		add_item(&many.items[i]);
	add_paths(client->store);
	if (!client->is_in_batch) {
		many.ask.state = client->store->state;
		many.ask.state_len = sizeof(many.ask.state);
	}
	many.ask.record = many.heads;
	many.ask.record_len = many.heads_len;
	many.ask.content = many.contents;
	many.ask.content_len = many.contents_len;
	many.ask.room = 2 * FESTORE_WINDOW;
}

/* All nodes anew; the hashes that came out are of them. */
static inline void many_take_hashes(struct store *store, const uint8_t *hashes, size_t len)
{
	for (size_t i = 1; i < store->count; i++) {
		size_t from = i - 1;
		size_t to = i + 1;
		const unsigned int bit = store_bit(store, i);

		while (from > 0 && store_bit(store, from) > bit)
			from--;
		while (to < store->count && store_bit(store, to) > bit)
			to++;
		store_true_hash(store, from, to, store->nodes[i]);
	}
	for (size_t at = 0; at < len; at += FESTORE_HASH) {
		size_t i = 1;

		while (i < store->count && memcmp(store->nodes[i], hashes + at, FESTORE_HASH) != 0)
			i++;
		assert_true(i < store->count);
	}
}

static inline void many_take_answer(struct store *store, const struct festore_vault_change *change)
{
	const uint8_t *from = many.ask.out;

	assert_int_equal(change->state_len, 0);
	assert_true(
		many.ask.out_len == change->record_len + change->content_len + change->hashes_len ||
		(store->state.anchor & FESTORE_ANCHOR_LOG) != 0);
	for (size_t i = 0; i < many.count; i++) {
		const struct item *item = &many.items[i];
		struct entry *entry = need(calloc(1, sizeof(*entry)));
		const size_t at = store_place(store, item->locator);

		memcpy(entry->locator, item->locator, FESTORE_HASH);
		entry->record_len = FESTORE_RECORD_LEN(item->tag.len);
		memcpy(entry->record, from, entry->record_len);
		from += entry->record_len;
		entry->content_len = (size_t)FESTORE_SEALED_LEN(item->content_len);
		entry->content = keep(from, entry->content_len);
		from += entry->content_len;
		if (store_find(store, item->locator))
			store_delete(store, at);
		store_insert(store, at, entry);
	}
	assert_true(from == many.ask.out + change->record_len + change->content_len);
	many_take_hashes(store, from, change->hashes_len);
}

/* Makes the call, and stores what comes of it. */
static inline TEE_Result many_run(struct client *client)
{
	const TEE_Result res = ask_run(client->session, &many.ask);

	client->is_in_batch = res == TEE_SUCCESS;
	if (res == TEE_SUCCESS)
		many_take_answer(client->store, &many.ask.answer.change);
	return res;
}

/* Ends the batch with a proposal, which the store then has. */
static inline TEE_Result many_propose(struct client *client)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PROPOSE, "");
	TEE_Result res = TEE_SUCCESS;

	ask.room = sizeof(client->store->state) + log_room(client);
	res = ask_run(client->session, &ask);
	if (res == TEE_SUCCESS)
		memcpy(&client->store->state, ask.out, sizeof(client->store->state));
	client->is_in_batch = false;
	return res;
}

#endif
