/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decryption by a key in the TEE: the message is read here, opened there. What the TA gives out is
 * known to be what was encrypted; of CMS that takes two passes over the message.
 */
#include "array.h"
#include "cms_message.h"
#include "key.h"
#include "key_encode.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_ROOM ((size_t)FESTORE_CHUNK + FESTORE_SEAL)

/* Chunks of HPKE in one call. */
#define CHUNKS (FESTORE_PIECE / CHUNK_ROOM)

static const uint8_t hpke_begin[] = {
	'f', 's', 't', 'E', 1, 0, 0x20, 0, 0x01, 0, 0x03, 0, 0x00, 0x10, 0, 0};

struct decrypting {
	struct festore *fs;
	const char *tag;
	festore_source source;
	festore_sink sink;
	void *arg;
	struct recipient own; /* the key's public half */
	uint8_t piece[FESTORE_PIECE + FESTORE_SEAL];
	struct cms_message message;

	/* Marks of all pieces of a CMS message, FESTORE_SEAL bytes each. */
	uint8_t *marks;
	size_t marks_room;
	size_t pieces;
};

static enum festore_error fail(
	struct decrypting *decrypting, enum festore_error error, const char *what)
{
	return failure_set(&decrypting->fs->failure, error, "%s", what);
}

static enum festore_error changed(struct decrypting *decrypting)
{
	return fail(decrypting, FESTORE_DAMAGED, "the message has changed while it was read");
}

/* --- the TA ------------------------------------------------------------------------------------
 */

/* Opens what was sent for the key. FESTORE_NOT_FOUND: it does not open with this key. */
static enum festore_error open_sent(
	struct decrypting *decrypting, struct vault_key_call *call, const void *sent, size_t len)
{
	enum festore_error error = FESTORE_OK;

	call->command = FESTORE_CMD_KEY_DECRYPT;
	call->message = (struct part){sent, len};
	error = vault_key_call(decrypting->fs, decrypting->tag, NULL, call);
	if (error != FESTORE_OK &&
		session_answer(decrypting->fs->session) == FESTORE_TA_BAD_MESSAGE)
		return fail(decrypting, FESTORE_NOT_FOUND,
			"the message was not encrypted to this key, or is damaged");
	return error;
}

/* The next piece of what follows. What comes out is the TA's until the next call. */
static enum festore_error go_on(struct decrypting *decrypting, size_t len, bool is_last,
	const uint8_t **ret_bytes, size_t *ret_len)
{
	struct festore *fs = decrypting->fs;
	struct festore_vault_request request = vault_request(decrypting->tag, FESTORE_WIRE_KEY);
	struct exchange exchange = {
		.command = FESTORE_CMD_KEY_DECRYPT,
		.request = &request,
		.request_len = sizeof(request),
		.has_send = true,
		.send = {[FESTORE_PART_MESSAGE] = {decrypting->piece, len}},
		.receive_at = 3,
		.receive_room = sizeof(decrypting->piece),
	};
	enum festore_error error = FESTORE_OK;

	request.parts[FESTORE_PART_MESSAGE] = (uint32_t)len;
	request.base.flags = FESTORE_WIRE_CONTINUE | (is_last ? 0 : FESTORE_WIRE_MORE);
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK && session_answer(fs->session) == FESTORE_TA_BAD_MESSAGE)
		return fail(decrypting, FESTORE_DAMAGED, "the message is damaged");
	*ret_bytes = exchange.received;
	*ret_len = exchange.received_len;
	return error;
}

static enum festore_error give(struct decrypting *decrypting, const void *bytes, size_t len)
{
	const int result = len == 0 ? 0 : decrypting->sink(bytes, len, decrypting->arg);

	if (result == 0)
		return FESTORE_OK;
	return fail(decrypting, result > 0 ? (enum festore_error)result : FESTORE_ERROR,
		"what was decrypted could not be written");
}

/* Fills `to`; fewer bytes only at the end. */
static enum festore_error read_at(
	struct decrypting *decrypting, uint64_t offset, void *to, size_t room, size_t *ret_len)
{
	const int result = decrypting->source(offset, to, room, ret_len, decrypting->arg);

	if (result == 0)
		return FESTORE_OK;
	return fail(decrypting, result > 0 ? (enum festore_error)result : FESTORE_ERROR,
		"the message could not be read");
}

/* --- one block ---------------------------------------------------------------------------------
 */

static enum festore_error decrypt_block(struct decrypting *decrypting)
{
	struct vault_key_call call = {.key = {.scheme = FESTORE_WIRE_OAEP}};
	size_t len = 0;
	enum festore_error error = FESTORE_OK;

	if (decrypting->own.type > FESTORE_KEY_RSA4096)
		return fail(decrypting, FESTORE_USAGE, "only RSA keys open a raw block");
	error = read_at(decrypting, 0, decrypting->piece, FESTORE_BLOCK_MAX + 1, &len);
	if (error == FESTORE_OK && len != (size_t)EVP_PKEY_get_size(decrypting->own.key))
		return fail(
			decrypting, FESTORE_DAMAGED, "a raw block of this key has another length");
	if (error == FESTORE_OK)
		error = open_sent(decrypting, &call, decrypting->piece, len);
	if (error == FESTORE_OK)
		error = give(decrypting, call.out, call.out_len);
	explicit_bzero(&call, sizeof(call));
	return error;
}

/* --- HPKE --------------------------------------------------------------------------------------
 */

static enum festore_error check_hpke_header(
	struct decrypting *decrypting, const uint8_t *header, size_t len)
{
	uint8_t public_key[32];
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t public_len = sizeof(public_key);

	if (len != FESTORE_HPKE_HEADER)
		return fail(decrypting, FESTORE_DAMAGED, "the message is cut short");
	if (memcmp(header, hpke_begin, sizeof(hpke_begin)) != 0)
		return fail(decrypting, FESTORE_USAGE,
			"the message is of a format that is not known here");
	if (decrypting->own.type != FESTORE_KEY_X25519 ||
		EVP_PKEY_get_raw_public_key(decrypting->own.key, public_key, &public_len) <= 0 ||
		EVP_Digest(public_key, public_len, hash, NULL, EVP_sha256(), NULL) <= 0 ||
		memcmp(header + sizeof(hpke_begin), hash, 16) != 0)
		return fail(
			decrypting, FESTORE_NOT_FOUND, "the message was not encrypted to this key");
	return FESTORE_OK;
}

/* What is known to be the last only when nothing follows it is held back. */
static enum festore_error decrypt_chunks(struct decrypting *decrypting)
{
	const size_t room = CHUNKS * CHUNK_ROOM;
	uint64_t offset = FESTORE_HPKE_HEADER;
	enum festore_error error = FESTORE_OK;
	size_t len = room;

	while (error == FESTORE_OK && len == room) {
		const uint8_t *bytes = NULL;
		size_t bytes_len = 0;
		uint8_t next = 0;
		size_t next_len = 0;

		error = read_at(decrypting, offset, decrypting->piece, room, &len);
		if (error == FESTORE_OK && len == room)
			error = read_at(decrypting, offset + room, &next, 1, &next_len);
		if (error == FESTORE_OK && len < FESTORE_SEAL)
			return fail(decrypting, FESTORE_DAMAGED, "the message is cut short");
		if (error == FESTORE_OK)
			error = go_on(decrypting, len, next_len == 0, &bytes, &bytes_len);
		if (error == FESTORE_OK)
			error = give(decrypting, bytes, bytes_len);
		offset += len;
		if (next_len == 0)
			break;
	}
	return error;
}

static enum festore_error decrypt_hpke(struct decrypting *decrypting)
{
	struct vault_key_call call = {.key = {.scheme = FESTORE_WIRE_HPKE}};
	uint8_t header[FESTORE_HPKE_HEADER] = {0};
	size_t len = 0;
	enum festore_error error = read_at(decrypting, 0, header, sizeof(header), &len);

	if (error == FESTORE_OK)
		error = check_hpke_header(decrypting, header, len);
	if (error == FESTORE_OK)
		error = open_sent(decrypting, &call, header, sizeof(header));
	return error == FESTORE_OK ? decrypt_chunks(decrypting) : error;
}

/* --- CMS ---------------------------------------------------------------------------------------
 */

static bool may_be_for(const struct decrypting *decrypting, const struct cms_recipient *recipient)
{
	const bool is_rsa = decrypting->own.type <= FESTORE_KEY_RSA4096;
	const bool is_curve = !is_rsa && decrypting->own.type <= FESTORE_KEY_P521;

	if (recipient->transport == CMS_OAEP ? !is_rsa : !is_curve)
		return false;
	return !recipient->has_id ||
		memcmp(recipient->id, decrypting->own.id, sizeof(recipient->id)) == 0;
}

static enum festore_error open_recipient(
	struct decrypting *decrypting, const struct cms_recipient *recipient)
{
	struct vault_key_call call = {.key = {.scheme = FESTORE_WIRE_CMS}};
	uint8_t sent[CMS_NONCE_LEN + sizeof(recipient->key) + sizeof(recipient->point)];
	uint8_t *at = mempcpy(sent, decrypting->message.nonce, CMS_NONCE_LEN);

	at = mempcpy(at, recipient->key, recipient->key_len);
	if (recipient->transport == CMS_AGREEMENT) {
		if (recipient->key_len != FESTORE_HASH + 8)
			return fail(decrypting, FESTORE_NOT_FOUND, "the message is damaged");
		at = mempcpy(at, recipient->point, recipient->point_len);
		call.key.hash = (uint16_t)recipient->hash;
	}
	return open_sent(decrypting, &call, sent, (size_t)(at - sent));
}

/* The recipients that may be this key, until one is. */
static enum festore_error open_any(struct decrypting *decrypting)
{
	const struct cms_message *message = &decrypting->message;
	enum festore_error error = FESTORE_NOT_FOUND;
	bool was_tried = false;

	for (size_t i = 0; i < message->recipient_count && error == FESTORE_NOT_FOUND; i++) {
		if (!may_be_for(decrypting, &message->recipients[i]))
			continue;
		was_tried = true;
		error = open_recipient(decrypting, &message->recipients[i]);
		if (error != FESTORE_OK &&
			session_answer(decrypting->fs->session) != FESTORE_TA_BAD_MESSAGE)
			return error;
	}
	if (was_tried || error != FESTORE_NOT_FOUND)
		return error;
	if (message->recipient_count == 0 && message->unusable)
		return fail(decrypting, FESTORE_USAGE, message->unusable);
	return fail(decrypting, FESTORE_NOT_FOUND, "the message was not encrypted to this key");
}

static enum festore_error keep_mark(struct decrypting *decrypting, const uint8_t *mark, size_t len)
{
	uint8_t *marks = NULL;

	if (len != FESTORE_SEAL)
		return fail(decrypting, FESTORE_ERROR, "the TEE's answer has a wrong size");
	marks = array_with_room(
		decrypting->marks, decrypting->pieces, 1, &decrypting->marks_room, FESTORE_SEAL);
	if (!marks)
		return fail(decrypting, FESTORE_ERROR, "out of memory");
	decrypting->marks = marks;
	memcpy(decrypting->marks + decrypting->pieces * FESTORE_SEAL, mark, FESTORE_SEAL);
	decrypting->pieces++;
	return FESTORE_OK;
}

/* Is the content at its end behind the piece that was read? A full one may be the last, too. */
static enum festore_error is_at_end(struct decrypting *decrypting, size_t len, bool *ret_is)
{
	*ret_is = len < FESTORE_PIECE;
	return *ret_is ? FESTORE_OK : cms_message_at_end(&decrypting->message, ret_is);
}

/* The first pass, up to the tag, which shows whether it is whole. */
static enum festore_error verify(struct decrypting *decrypting)
{
	bool is_last = false;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && !is_last) {
		const uint8_t *mark = NULL;
		size_t mark_len = 0;
		size_t len = 0;

		error = cms_message_read(
			&decrypting->message, decrypting->piece, FESTORE_PIECE, &len);
		if (error == FESTORE_OK)
			error = is_at_end(decrypting, len, &is_last);
		if (error == FESTORE_OK && is_last) {
			error = cms_message_end(&decrypting->message, decrypting->piece + len);
			len += FESTORE_SEAL;
		}
		if (error == FESTORE_OK)
			error = go_on(decrypting, len, is_last, &mark, &mark_len);
		if (error == FESTORE_OK)
			error = keep_mark(decrypting, mark, mark_len);
	}
	return error;
}

/* The second: each piece with its mark comes out decrypted, if it is what it was. */
static enum festore_error give_all(struct decrypting *decrypting)
{
	enum festore_error error = cms_message_begin(&decrypting->message, decrypting->source,
		decrypting->arg, &decrypting->fs->failure);

	for (size_t i = 0; error == FESTORE_OK && i < decrypting->pieces; i++) {
		const bool is_last = i + 1 == decrypting->pieces;
		const uint8_t *bytes = NULL;
		size_t bytes_len = 0;
		size_t len = 0;

		error = cms_message_read(
			&decrypting->message, decrypting->piece, FESTORE_PIECE, &len);
		if (error == FESTORE_OK && !is_last && len != FESTORE_PIECE)
			return changed(decrypting);
		if (error != FESTORE_OK)
			return error;
		memcpy(decrypting->piece + len, decrypting->marks + i * FESTORE_SEAL, FESTORE_SEAL);
		error = go_on(decrypting, len + FESTORE_SEAL, is_last, &bytes, &bytes_len);
		if (error == FESTORE_DAMAGED)
			return changed(decrypting);
		if (error == FESTORE_OK)
			error = give(decrypting, bytes, bytes_len);
	}
	return error;
}

static enum festore_error decrypt_cms(struct decrypting *decrypting)
{
	enum festore_error error = cms_message_begin(&decrypting->message, decrypting->source,
		decrypting->arg, &decrypting->fs->failure);

	if (error == FESTORE_OK)
		error = open_any(decrypting);
	if (error == FESTORE_OK)
		error = verify(decrypting);
	return error == FESTORE_OK ? give_all(decrypting) : error;
}

/* -----------------------------------------------------------------------------------------------
 */

static enum festore_error find_own(struct decrypting *decrypting)
{
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};
	struct festore *fs = decrypting->fs;
	EVP_PKEY *key = NULL;
	enum festore_error error = vault_key_call(fs, decrypting->tag, NULL, &call);

	if (error != FESTORE_OK)
		return error;
	if ((call.reply.use & FESTORE_WIRE_DECRYPT) == 0)
		return fail(decrypting, FESTORE_DENIED, "the key was not made for this use");
	error = key_from_parts(
		(enum festore_key_type)call.reply.type, call.out, call.out_len, &key, &fs->failure);
	if (error == FESTORE_OK)
		error = recipient_of_key(&decrypting->own, key,
			(enum festore_key_type)call.reply.type, &fs->failure);
	return error;
}

static enum festore_error decrypt(struct decrypting *decrypting, unsigned int flags)
{
	uint8_t first[4] = {0};
	size_t len = 0;
	enum festore_error error = find_own(decrypting);

	if (error != FESTORE_OK)
		return error;
	if ((flags & FESTORE_ENCRYPT_RAW) != 0)
		return decrypt_block(decrypting);
	error = read_at(decrypting, 0, first, sizeof(first), &len);
	if (error != FESTORE_OK)
		return error;
	if (len == sizeof(first) && memcmp(first, hpke_begin, sizeof(first)) == 0)
		return decrypt_hpke(decrypting);
	return decrypt_cms(decrypting);
}

enum festore_error festore_decrypt(struct festore *fs, const char *tag, unsigned int flags,
	festore_source source, festore_sink sink, void *arg)
{
	struct decrypting *decrypting = NULL;
	enum festore_error error = key_begin(fs, tag, false);

	if (error != FESTORE_OK)
		return error;
	if ((flags & ~(unsigned int)FESTORE_ENCRYPT_RAW) != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "unknown flags");
	decrypting = calloc(1, sizeof(*decrypting));
	if (!decrypting)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	decrypting->fs = fs;
	decrypting->tag = tag;
	decrypting->source = source;
	decrypting->sink = sink;
	decrypting->arg = arg;
	error = decrypt(decrypting, flags);
	recipient_free(&decrypting->own);
	free(decrypting->marks);
	explicit_bzero(decrypting, sizeof(*decrypting));
	free(decrypting);
	handle_abort(fs);
	return error;
}
