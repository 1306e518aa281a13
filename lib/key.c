/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls on keys: arguments checked, then the vault's operation. */
#include "key.h"

#include "key_encode.h"
#include "key_private.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned int use; /* where none is asked for */
} types[] = {
	[FESTORE_KEY_RSA2048] = {"rsa2048", FESTORE_KEY_SIGN | FESTORE_KEY_DECRYPT},
	[FESTORE_KEY_RSA3072] = {"rsa3072", FESTORE_KEY_SIGN | FESTORE_KEY_DECRYPT},
	[FESTORE_KEY_RSA4096] = {"rsa4096", FESTORE_KEY_SIGN | FESTORE_KEY_DECRYPT},
	[FESTORE_KEY_P256] = {"p256", FESTORE_KEY_SIGN | FESTORE_KEY_DECRYPT},
	[FESTORE_KEY_P384] = {"p384", FESTORE_KEY_SIGN | FESTORE_KEY_DECRYPT},
	[FESTORE_KEY_P521] = {"p521", FESTORE_KEY_SIGN | FESTORE_KEY_DECRYPT},
	[FESTORE_KEY_ED25519] = {"ed25519", FESTORE_KEY_SIGN},
	[FESTORE_KEY_X25519] = {"x25519", FESTORE_KEY_DECRYPT},
};

static_assert((int)FESTORE_KEY_RSA2048 == FESTORE_WIRE_RSA2048, "as on the wire");
static_assert((int)FESTORE_KEY_X25519 == FESTORE_WIRE_X25519, "as on the wire");
static_assert((int)FESTORE_KEY_DERIVE == FESTORE_WIRE_DERIVE, "as on the wire");
static_assert((int)FESTORE_KEY_DERIVE_RAW == FESTORE_WIRE_DERIVE_RAW, "as on the wire");

const char *festore_key_type_name(enum festore_key_type type)
{
	return (size_t)type < sizeof(types) / sizeof(types[0]) ? types[type].name : NULL;
}

enum festore_error key_begin(struct festore *fs, const char *tag, bool is_prefix)
{
	enum festore_error error = handle_begin(fs);

	if (error == FESTORE_OK && !fs->vault)
		error = failure_set(&fs->failure, FESTORE_USAGE, "this storage has no keys");
	return error == FESTORE_OK ? handle_check_tag(fs, tag, is_prefix) : error;
}

void festore_set_max_uses(struct festore *fs, uint32_t uses)
{
	fs->max_uses = uses;
}

/* A key of a known type; `pair` NULL: a new one. */
static enum festore_error make_key(struct festore *fs, const char *tag, enum festore_key_type type,
	unsigned int use, const struct part *pair)
{
	const struct festore_wire_key key = {
		.type = (uint16_t)type,
		.use = (uint16_t)(use != 0 ? use : types[type].use),
	};
	enum festore_error error = FESTORE_OK;

	if (fs->max_uses > FESTORE_USES_MAX)
		return failure_set(&fs->failure, FESTORE_USAGE,
			"a key may be limited to 1 to %u uses", FESTORE_USES_MAX);
	if (use > UINT16_MAX)
		return failure_set(&fs->failure, FESTORE_USAGE, "there is no such use of a key");
	error = vault_key_make(fs, tag, &key, pair);
	/* Of all that it refuses so, this alone is the caller's. */
	if (error == FESTORE_USAGE && session_answer(fs->session) != 0 &&
		session_answer(fs->session) != FESTORE_TA_BAD_KEY)
		return failure_set(
			&fs->failure, error, "a key of type %s has no such use", types[type].name);
	return error;
}

enum festore_error festore_key_generate(
	struct festore *fs, const char *tag, enum festore_key_type type, unsigned int use)
{
	const enum festore_error error = key_begin(fs, tag, false);

	if (error != FESTORE_OK)
		return error;
	if (!festore_key_type_name(type))
		return failure_set(&fs->failure, FESTORE_USAGE, "there is no such type of key");
	return make_key(fs, tag, type, use, NULL);
}

enum festore_error festore_key_import(struct festore *fs, const char *tag, const void *pkcs8,
	size_t pkcs8_len, const char *passphrase, size_t passphrase_len, unsigned int use)
{
	struct key_private private = {.len = 0};
	enum festore_error error = key_begin(fs, tag, false);

	if (error == FESTORE_OK)
		error = key_private_read(
			pkcs8, pkcs8_len, passphrase, passphrase_len, &private, &fs->failure);
	if (error == FESTORE_OK) {
		const struct part pair = {private.parts, private.len};

		error = make_key(fs, tag, private.type, use, &pair);
	}
	explicit_bzero(&private, sizeof(private));
	return error;
}

/* The TA's words of a key are checked like any input. */
static enum festore_error describe(struct festore *fs, const char *tag, unsigned int type,
	unsigned int use, int64_t created, uint32_t uses, struct festore_key_info *ret_info)
{
	if (!festore_key_type_name((enum festore_key_type)type))
		return failure_set(&fs->failure, FESTORE_ERROR,
			"the key is of a type that this library does not know");
	*ret_info = (struct festore_key_info){
		.tag = tag,
		.type = (enum festore_key_type)type,
		.use = use,
		.created = created,
		.is_limited = uses != 0,
		.uses_left = uses != 0 ? uses - 1 : 0,
	};
	return FESTORE_OK;
}

enum festore_error festore_key_stat(
	struct festore *fs, const char *tag, struct festore_key_info *ret_info)
{
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};
	enum festore_error error = key_begin(fs, tag, false);

	if (error == FESTORE_OK)
		error = vault_key_call(fs, tag, NULL, &call);
	if (error != FESTORE_OK)
		return error;
	return describe(fs, tag, call.reply.type, call.reply.use, call.reply.created,
		call.reply.uses, ret_info);
}

static enum festore_error visit_all(
	struct festore *fs, const struct collection *all, festore_key_visit visit, void *arg)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct entry *entry = &all->entries[i];
		struct festore_key_info info = {0};
		enum festore_error error = describe(fs, entry->tag, entry->key_type, entry->key_use,
			entry->modified, entry->policy, &info);
		int answer = 0;

		if (error != FESTORE_OK)
			return error;
		answer = visit(&info, arg);
		if (answer != 0)
			return (enum festore_error)answer;
	}
	return FESTORE_OK;
}

enum festore_error festore_key_list(
	struct festore *fs, const char *prefix, festore_key_visit visit, void *arg)
{
	struct collection all = {0};
	enum festore_error error = key_begin(fs, prefix ? prefix : "", true);

	if (error == FESTORE_OK)
		error = vault_key_collect(fs, prefix ? prefix : "", &all);
	if (error == FESTORE_OK) {
		collection_sort(&all);
		error = visit_all(fs, &all, visit, arg);
	}
	if (error == FESTORE_OK && all.damaged != 0)
		error = failure_set(&fs->failure, FESTORE_DAMAGED,
			"%llu damaged records in the vault", (unsigned long long)all.damaged);
	free(all.entries);
	return error;
}

enum festore_error festore_key_remove(struct festore *fs, const char *tag)
{
	const enum festore_error error = key_begin(fs, tag, false);

	return error == FESTORE_OK ? vault_key_remove(fs, tag) : error;
}

enum festore_error festore_key_move(struct festore *fs, const char *tag, const char *new_tag)
{
	enum festore_error error = key_begin(fs, tag, false);

	if (error == FESTORE_OK)
		error = handle_check_tag(fs, new_tag, false);
	if (error != FESTORE_OK)
		return error;
	if (strcmp(tag, new_tag) == 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "both tags are the same");
	return vault_key_move(fs, tag, new_tag);
}

enum festore_error festore_key_public(struct festore *fs, const char *tag,
	enum festore_key_format format, void **ret_bytes, size_t *ret_len)
{
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};
	EVP_PKEY *key = NULL;
	enum festore_error error = key_begin(fs, tag, false);

	if (error == FESTORE_OK)
		error = vault_key_call(fs, tag, NULL, &call);
	if (error == FESTORE_OK)
		error = key_from_parts((enum festore_key_type)call.reply.type, call.out,
			call.out_len, &key, &fs->failure);
	if (error == FESTORE_OK)
		error = key_encode(key, (enum festore_key_type)call.reply.type, format, tag,
			ret_bytes, ret_len, &fs->failure);
	key_free(key);
	return error;
}
