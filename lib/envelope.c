/* SPDX-License-Identifier: BSD-2-Clause */
/* Encryptors: a stream cut into pieces, each of which a format seals. Nothing here asks a TEE. */
#include "envelope.h"

#include <openssl/err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum festore_error envelope_fail(struct festore_encryptor *encryptor, const char *what)
{
	return failure_set(
		&encryptor->failure, FESTORE_ERROR, "OpenSSL cannot %s, or memory ran out", what);
}

enum festore_error envelope_put(struct festore_encryptor *encryptor, const void *bytes, size_t len)
{
	const int result = len == 0 ? 0 : encryptor->sink(bytes, len, encryptor->sink_arg);

	if (result == 0)
		return FESTORE_OK;
	return failure_set(&encryptor->failure,
		result > 0 ? (enum festore_error)result : FESTORE_ERROR,
		"what was encrypted could not be written");
}

static bool is_rsa(enum festore_key_type type)
{
	return type == FESTORE_KEY_RSA2048 || type == FESTORE_KEY_RSA3072 ||
		type == FESTORE_KEY_RSA4096;
}

static enum festore_error choose_format(struct festore_encryptor *encryptor, unsigned int flags)
{
	const enum festore_key_type type = encryptor->recipient.type;

	if ((flags & ~(unsigned int)FESTORE_ENCRYPT_RAW) != 0)
		return failure_set(&encryptor->failure, FESTORE_USAGE, "unknown flags");
	if (flags != 0 && !is_rsa(type))
		return failure_set(
			&encryptor->failure, FESTORE_USAGE, "only RSA keys encrypt a raw block");
	if (flags != 0)
		encryptor->format = &envelope_raw;
	else
		encryptor->format = type == FESTORE_KEY_X25519 ? &envelope_hpke : &envelope_cms;
	return FESTORE_OK;
}

static enum festore_error begin(struct festore_encryptor *encryptor)
{
	enum festore_error error = FESTORE_OK;

	encryptor->piece = malloc(ENVELOPE_PIECE_MAX + ENVELOPE_TAG_LEN);
	if (!encryptor->piece)
		return failure_set(&encryptor->failure, FESTORE_ERROR, "out of memory");
	ERR_set_mark();
	error = encryptor->format->begin(encryptor);
	ERR_pop_to_mark();
	return error;
}

enum festore_error festore_encryptor_open(struct festore_encryptor **ret_encryptor,
	const void *public_key, size_t public_key_len, unsigned int flags, festore_sink sink,
	void *arg)
{
	struct festore_encryptor *encryptor = calloc(1, sizeof(*encryptor));

	*ret_encryptor = encryptor;
	if (!encryptor)
		return FESTORE_ERROR;
	encryptor->sink = sink;
	encryptor->sink_arg = arg;
	encryptor->error = recipient_read(
		&encryptor->recipient, public_key, public_key_len, &encryptor->failure);
	if (encryptor->error == FESTORE_OK)
		encryptor->error = choose_format(encryptor, flags);
	if (encryptor->error == FESTORE_OK)
		encryptor->error = begin(encryptor);
	return encryptor->error;
}

static void seal(struct festore_encryptor *encryptor, int is_last)
{
	const size_t len = encryptor->filled;

	ERR_set_mark();
	encryptor->filled = 0;
	encryptor->error = encryptor->format->seal(encryptor, len, is_last);
	ERR_pop_to_mark();
}

enum festore_error festore_encryptor_write(
	struct festore_encryptor *encryptor, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (encryptor->error == FESTORE_OK && len != 0) {
		size_t room = encryptor->piece_len - encryptor->filled;

		/* A full piece waits until it is known not to be the last. */
		if (room == 0) {
			seal(encryptor, 0);
			continue;
		}
		room = room < len ? room : len;
		memcpy(encryptor->piece + encryptor->filled, at, room);
		encryptor->filled += room;
		at += room;
		len -= room;
	}
	return encryptor->error;
}

enum festore_error festore_encryptor_finish(struct festore_encryptor *encryptor)
{
	enum festore_error error = FESTORE_OK;

	if (encryptor->error == FESTORE_OK)
		seal(encryptor, 1);
	error = encryptor->error;
	if (error == FESTORE_OK)
		encryptor->error = failure_set(
			&encryptor->failure, FESTORE_USAGE, "this encryptor has finished");
	return error;
}

const char *festore_encryptor_reason(const struct festore_encryptor *encryptor)
{
	return encryptor ? encryptor->failure.text : "out of memory";
}

void festore_encryptor_close(struct festore_encryptor **encryptor)
{
	if (!encryptor || !*encryptor)
		return;
	recipient_free(&(*encryptor)->recipient);
	/* Wipes the key, too. */
	EVP_CIPHER_CTX_free((*encryptor)->cipher);
	festore_content_free((*encryptor)->piece, ENVELOPE_PIECE_MAX + ENVELOPE_TAG_LEN);
	explicit_bzero(*encryptor, sizeof(**encryptor));
	free(*encryptor);
	*encryptor = NULL;
}
