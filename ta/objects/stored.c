/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of ids and heads. */
#include "stored.h"

#define HEAD_MAGIC 0x46747366u /* "fstF" in memory */
#define HEAD_FORMAT 1u
#define HEAD_HAS_BODY 1u

#define ID_HEAD 1u
#define ID_BODY 2u
#define ID_ANCHOR 3u
#define ID_OWNER_AT 1u
#define ID_TAG_AT 17u
#define ID_NONCE_AT 49u
#define ID_HEAD_LEN 49u
#define ID_BODY_LEN 64u
#define ID_ANCHOR_LEN 33u

static_assert(ID_BODY_LEN == ID_NONCE_AT + STORED_NONCE_LEN, "ids");
static_assert(ID_BODY_LEN <= TEE_OBJECT_ID_MAX_LEN, "GP's limit");

/* An object's first bytes, little-endian. */
struct header {
	uint32_t magic;
	uint16_t format;
	uint16_t tag_len;
	uint32_t size;
	uint32_t flags;
	int64_t modified;
};

static_assert(sizeof(struct header) == STORED_HEADER_LEN, "storage format");

TEE_Result stored_hash(const void *data, size_t len, uint8_t ret_hash[32])
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	size_t digest_len = 32;
	TEE_Result res = TEE_AllocateOperation(&operation, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_DigestDoFinal(operation, data, len, ret_hash, &digest_len);
	TEE_FreeOperation(operation);
	return res;
}

TEE_Result stored_head_id(
	const struct owner *owner, const struct tag *tag, struct object_id *ret_id)
{
	TEE_MemFill(ret_id, 0, sizeof(*ret_id));
	ret_id->len = ID_HEAD_LEN;
	ret_id->bytes[0] = ID_HEAD;
	TEE_MemMove(ret_id->bytes + ID_OWNER_AT, owner->octets, sizeof(owner->octets));
	return stored_hash(tag->bytes, tag->len, ret_id->bytes + ID_TAG_AT);
}

void stored_anchor_id(const uint8_t identity[32], struct object_id *ret_id)
{
	TEE_MemFill(ret_id, 0, sizeof(*ret_id));
	ret_id->len = ID_ANCHOR_LEN;
	ret_id->bytes[0] = ID_ANCHOR;
	TEE_MemMove(ret_id->bytes + 1, identity, ID_ANCHOR_LEN - 1);
}

void stored_body_id(const struct object_id *head, const uint8_t nonce[STORED_NONCE_LEN],
	struct object_id *ret_id)
{
	*ret_id = *head;
	ret_id->len = ID_BODY_LEN;
	ret_id->bytes[0] = ID_BODY;
	TEE_MemMove(ret_id->bytes + ID_NONCE_AT, nonce, STORED_NONCE_LEN);
}

bool stored_head_of_body(const struct object_id *body, struct object_id *ret_head,
	uint8_t ret_nonce[STORED_NONCE_LEN])
{
	if (body->len != ID_BODY_LEN || body->bytes[0] != ID_BODY)
		return false;
	TEE_MemFill(ret_head, 0, sizeof(*ret_head));
	ret_head->len = ID_HEAD_LEN;
	TEE_MemMove(ret_head->bytes, body->bytes, ID_HEAD_LEN);
	ret_head->bytes[0] = ID_HEAD;
	TEE_MemMove(ret_nonce, body->bytes + ID_NONCE_AT, STORED_NONCE_LEN);
	return true;
}

bool stored_is_head(const struct object_id *id)
{
	return id->len == ID_HEAD_LEN && id->bytes[0] == ID_HEAD;
}

bool stored_belongs_to(const struct object_id *id, const struct owner *owner)
{
	return id->len >= ID_HEAD_LEN &&
		TEE_MemCompare(id->bytes + ID_OWNER_AT, owner->octets, sizeof(owner->octets)) == 0;
}

size_t stored_write_head(const struct stored *stored, uint8_t to[STORED_HEAD_MAX])
{
	const struct header header = {
		.magic = HEAD_MAGIC,
		.format = HEAD_FORMAT,
		.tag_len = (uint16_t)stored->tag.len,
		.size = stored->size,
		.flags = stored->has_body ? HEAD_HAS_BODY : 0,
		.modified = stored->modified,
	};
	const size_t described = sizeof(header) + stored->tag.len;

	TEE_MemMove(to, &header, sizeof(header));
	TEE_MemMove(to + sizeof(header), stored->tag.bytes, stored->tag.len);
	if (!stored->has_body)
		return described;
	TEE_MemMove(to + described, stored->nonce, STORED_NONCE_LEN);
	return described + STORED_NONCE_LEN;
}

size_t stored_whole_max(uint32_t storage)
{
	return storage == FESTORE_WIRE_RPMB ? FESTORE_RPMB_MAX : FESTORE_WINDOW;
}

static bool header_is_right(uint32_t storage, const struct header *header, size_t size)
{
	const bool has_body = header->flags == HEAD_HAS_BODY;
	const size_t rest = has_body ? STORED_NONCE_LEN : header->size;
	const size_t counts = sizeof(*header) + header->tag_len + rest;

	if (header->magic != HEAD_MAGIC || header->format != HEAD_FORMAT)
		return false;
	if (header->flags != 0 && !has_body)
		return false;
	if (header->size > (has_body ? FESTORE_REE_MAX : stored_whole_max(storage)))
		return false;
	if (storage == FESTORE_WIRE_RPMB)
		return !has_body && size >= counts;
	return size == counts;
}

TEE_Result stored_read_head(uint32_t storage, const uint8_t *bytes, size_t len, size_t size,
	struct stored *ret_stored, size_t *ret_at)
{
	struct header header = {0};
	size_t at = sizeof(header);

	if (len < sizeof(header))
		return TEE_ERROR_CORRUPT_OBJECT;
	TEE_MemMove(&header, bytes, sizeof(header));
	if (!header_is_right(storage, &header, size) || header.tag_len > len - at ||
		!tag_is_valid(bytes + at, header.tag_len))
		return TEE_ERROR_CORRUPT_OBJECT;

	TEE_MemFill(ret_stored, 0, sizeof(*ret_stored));
	ret_stored->tag.len = header.tag_len;
	TEE_MemMove(ret_stored->tag.bytes, bytes + at, header.tag_len);
	ret_stored->size = header.size;
	ret_stored->modified = header.modified;
	at += header.tag_len;

	if (header.flags == HEAD_HAS_BODY) {
		if (len - at < STORED_NONCE_LEN)
			return TEE_ERROR_CORRUPT_OBJECT;
		ret_stored->has_body = true;
		TEE_MemMove(ret_stored->nonce, bytes + at, STORED_NONCE_LEN);
		at += STORED_NONCE_LEN;
	}
	*ret_at = at;
	return TEE_SUCCESS;
}
