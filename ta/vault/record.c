/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of records. */
#include "record.h"

#include "key_type.h"
#include "tag_policy.h"

#include <string.h>

#define META_FORMAT 1u
#define CHUNK_LOG2 12u

static_assert(FESTORE_CHUNK == 1u << CHUNK_LOG2, "chunk");

/* All that a record is bound to beside its own bytes. */
struct bound {
	char label[17]; /* "festore record 1" and its NUL */
	uint8_t vault[16];
	uint8_t locator[FESTORE_HASH];
	uint8_t aead[2];
	uint8_t version[8];
};

static_assert(sizeof(struct bound) == 75, "no padding");

static void put_le(uint8_t *to, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static void bind(const struct record_place *place, uint64_t version, struct bound *ret_bound)
{
	memcpy(ret_bound->label, "festore record 1", sizeof(ret_bound->label));
	memcpy(ret_bound->vault, place->vault, sizeof(ret_bound->vault));
	memcpy(ret_bound->locator, place->locator, sizeof(ret_bound->locator));
	put_le(ret_bound->aead, place->keys->aead, sizeof(ret_bound->aead));
	put_le(ret_bound->version, version, sizeof(ret_bound->version));
}

static struct seal seal_of(
	const struct record_place *place, const uint8_t *key, const struct bound *bound)
{
	const struct seal seal = {
		.aead = place->keys->aead,
		.key = key,
		.aad = bound,
		.aad_len = sizeof(*bound),
	};

	return seal;
}

TEE_Result record_locator(const struct seal_keys *keys, uint32_t kind, const struct tag *tag,
	uint8_t ret_locator[FESTORE_HASH])
{
	uint8_t bytes[1 + FESTORE_TAG_MAX] = {(uint8_t)kind};

	memcpy(bytes + 1, tag->bytes, tag->len);
	return seal_mac(keys->locator, bytes, 1 + tag->len, ret_locator);
}

size_t record_len(size_t tag_len)
{
	return FESTORE_RECORD_LEN(tag_len);
}

void record_leaf(const uint8_t locator[FESTORE_HASH], const uint8_t *record,
	struct festore_vault_leaf *ret_leaf)
{
	struct festore_vault_record head;

	memcpy(&head, record, sizeof(head));
	memcpy(ret_leaf->locator, locator, sizeof(ret_leaf->locator));
	memcpy(ret_leaf->salt, head.salt, sizeof(ret_leaf->salt));
	memcpy(ret_leaf->seal, head.seal, sizeof(ret_leaf->seal));
}

TEE_Result record_seal(const struct record_place *place, const struct meta *meta, uint64_t version,
	const uint8_t salt[SEAL_SALT], uint8_t to[FESTORE_RECORD_MAX],
	struct festore_vault_leaf *ret_leaf)
{
	const struct festore_vault_meta wire = {
		.format = META_FORMAT,
		.kind = (uint16_t)meta->kind,
		.tag_len = (uint16_t)meta->tag.len,
		.chunk_log2 = CHUNK_LOG2,
		.size = meta->size,
		.modified = meta->modified,
		.key_type = meta->key_type,
		.key_use = meta->key_use,
	};
	struct festore_vault_record head = {.version = version};
	const size_t len = record_len(meta->tag.len) - sizeof(head);
	uint8_t *bytes = to + sizeof(head);
	uint8_t key[FESTORE_HASH] = {0};
	struct bound bound = {0};
	const struct seal seal = seal_of(place, key, &bound);
	TEE_Result res = seal_expand(place->keys->record, "seal", salt, SEAL_SALT, key);

	if (res != TEE_SUCCESS)
		return res;

	memset(bytes, 0, len);
	memcpy(bytes, &wire, sizeof(wire));
	tag_policy_write(&meta->policy, bytes + offsetof(struct festore_vault_meta, policy));
	memcpy(bytes + offsetof(struct festore_vault_meta, content_key), meta->content_key,
		sizeof(meta->content_key));
	memcpy(bytes + sizeof(wire), meta->tag.bytes, meta->tag.len);
	bind(place, version, &bound);
	memcpy(head.salt, salt, sizeof(head.salt));
	res = seal_close(&seal, bytes, len, head.seal);
	memcpy(to, &head, sizeof(head));
	record_leaf(place->locator, to, ret_leaf);
	TEE_MemFill(key, 0, sizeof(key));
	return res;
}

/* Only a key has a type and uses, and as much content as its type says. */
static bool kind_is_known(const struct festore_vault_meta *wire)
{
	const struct key_type *type = key_type_find(wire->key_type);

	if (wire->kind == FESTORE_WIRE_KEY)
		return type && key_type_allows(type, wire->key_use) && wire->size == key_len(type);
	return wire->kind == FESTORE_WIRE_FILE && wire->key_type == 0 && wire->key_use == 0;
}

/* What was sealed is what this TA once wrote, perhaps a later one than this: refused, not guessed.
 */
static bool is_known(const struct festore_vault_meta *wire, const uint8_t *tag, size_t len)
{
	if (wire->format != META_FORMAT || wire->chunk_log2 != CHUNK_LOG2 || !kind_is_known(wire))
		return false;
	if (wire->tag_len > FESTORE_TAG_MAX ||
		len + sizeof(struct festore_vault_record) != record_len(wire->tag_len))
		return false;
	return wire->size <= FESTORE_VAULT_FILE_MAX && tag_is_valid(tag, wire->tag_len);
}

static TEE_Result read_meta(const uint8_t *bytes, size_t len, struct meta *ret_meta)
{
	struct festore_vault_meta wire;
	const uint8_t *tag = bytes + sizeof(wire);
	TEE_Result res = TEE_ERROR_CORRUPT_OBJECT;

	memcpy(&wire, bytes, sizeof(wire));
	memset(ret_meta, 0, sizeof(*ret_meta));
	if (is_known(&wire, tag, len) &&
		tag_policy_read(wire.policy, wire.kind, &ret_meta->policy)) {
		ret_meta->kind = wire.kind;
		ret_meta->tag.len = wire.tag_len;
		memcpy(ret_meta->tag.bytes, tag, wire.tag_len);
		ret_meta->size = wire.size;
		ret_meta->modified = wire.modified;
		ret_meta->key_type = wire.key_type;
		ret_meta->key_use = wire.key_use;
		memcpy(ret_meta->content_key, wire.content_key, sizeof(ret_meta->content_key));
		res = TEE_SUCCESS;
	}
	TEE_MemFill(&wire, 0, sizeof(wire));
	return res;
}

TEE_Result record_open(const struct record_place *place, uint8_t *record, size_t len,
	struct meta *ret_meta, uint64_t *ret_version)
{
	struct festore_vault_record head;
	uint8_t key[FESTORE_HASH] = {0};
	struct bound bound = {0};
	const struct seal seal = seal_of(place, key, &bound);
	uint8_t *bytes = record + sizeof(head);
	TEE_Result res = TEE_SUCCESS;

	if (len < sizeof(head) + sizeof(struct festore_vault_meta) || len > FESTORE_RECORD_MAX)
		return TEE_ERROR_CORRUPT_OBJECT;

	memcpy(&head, record, sizeof(head));
	res = seal_expand(place->keys->record, "seal", head.salt, SEAL_SALT, key);
	if (res != TEE_SUCCESS)
		return res;
	bind(place, head.version, &bound);
	res = seal_open(&seal, bytes, len - sizeof(head), head.seal);
	if (res == TEE_SUCCESS)
		res = read_meta(bytes, len - sizeof(head), ret_meta);
	/* Without the mark it could be replaced as if it had none. */
	if (res == TEE_SUCCESS && ret_meta->policy.flags != 0 && !FESTORE_IS_MARKED(head.salt))
		res = TEE_ERROR_CORRUPT_OBJECT;
	if (res == TEE_SUCCESS)
		*ret_version = head.version;
	TEE_MemFill(key, 0, sizeof(key));
	TEE_MemFill(bytes, 0, len - sizeof(head));
	return res;
}

bool record_is_of(const struct meta *meta, uint32_t kind, const struct tag *tag)
{
	return meta->kind == kind && tag_is_same(&meta->tag, tag);
}
