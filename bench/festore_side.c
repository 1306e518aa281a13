/* SPDX-License-Identifier: BSD-2-Clause */
/* festore's two sides, one a storage, through libfestore: the benchmark's only use of festore.h. */
#include "side.h"

#include <festore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct festore *fs;
static struct festore_reader *reader;
static void *content;
static size_t content_len;

static int answer(const char *what, enum festore_error error)
{
	if (error == FESTORE_OK)
		return 0;
	if (error == FESTORE_NO_SPACE)
		return SIDE_TOO_LARGE;
	fprintf(stderr, "bench: festore: %s: %s (%s)\n", what, festore_strerror(error),
		festore_reason(fs));
	return SIDE_FAILED;
}

static int open_storage(enum festore_storage storage, const char *vault)
{
	const struct festore_options options = {.storage = storage, .vault = vault};

	return answer("open", festore_open(&fs, &options));
}

static int open_ree(const char *vault)
{
	return open_storage(FESTORE_STORAGE_REE, vault);
}

/* An open session: the status opens the vault too, if there is one already. */
static int open_vault(const char *vault)
{
	struct festore_status status = {0};
	const int result = open_storage(FESTORE_STORAGE_VAULT, vault);

	return result == 0 ? answer("status", festore_status(fs, &status)) : result;
}

static void close_side(void)
{
	festore_close(&fs);
}

static int put(const char *name, const void *from, size_t len)
{
	return answer("put", festore_file_put(fs, name, from, len, 0));
}

static int get(const char *name, size_t len_max, const void **ret_content, size_t *ret_len)
{
	const enum festore_error error = festore_file_get(fs, name, &content, &content_len);

	(void)len_max;
	if (error == FESTORE_OK) {
		*ret_content = content;
		*ret_len = content_len;
	}
	return answer("get", error);
}

static void release(void)
{
	festore_content_free(content, content_len);
	content = NULL;
}

static int stat_file(const char *name, size_t *ret_len)
{
	struct festore_file_info info = {0};
	const enum festore_error error = festore_file_stat(fs, name, &info);

	*ret_len = (size_t)info.size;
	return answer("stat", error);
}

static int rm(const char *name)
{
	return answer("rm", festore_file_remove(fs, name));
}

static int mv(const char *name, const char *new_name)
{
	return answer("mv", festore_file_move(fs, name, new_name, 0));
}

static int count_one(const struct festore_file_info *info, void *arg)
{
	(void)info;
	++*(size_t *)arg;
	return 0;
}

static int ls(size_t *ret_count)
{
	*ret_count = 0;
	return answer("ls", festore_file_list(fs, NULL, count_one, ret_count));
}

static int empty(void)
{
	struct festore_status status = {0};

	return answer("status", festore_status(fs, &status));
}

static int batch_begin(void)
{
	return answer("batch", festore_batch_begin(fs));
}

static int batch_commit(void)
{
	return answer("batch", festore_batch_commit(fs));
}

static int open_file(const char *name)
{
	struct festore_file_info info = {0};

	return answer("open", festore_reader_open(fs, name, &reader, &info));
}

static int read_at(uint64_t offset, void *to, size_t len)
{
	size_t got = 0;
	const int result = answer("read", festore_reader_read(reader, offset, to, len, &got));

	return result == 0 && got != len ? SIDE_FAILED : result;
}

static void close_file(void)
{
	festore_reader_close(&reader);
}

/* --- keys ------------------------------------------------------------------------------------- */

/* What was encrypted, and what of it came back. */
static struct {
	uint8_t *bytes;
	size_t len;
	size_t room;
	size_t opened;
} message;

static int key_new(const char *name, enum side_key type, bool signs)
{
	static const enum festore_key_type types[] = {
		[SIDE_P256] = FESTORE_KEY_P256,
		[SIDE_RSA2048] = FESTORE_KEY_RSA2048,
		[SIDE_X25519] = FESTORE_KEY_X25519,
	};

	return answer("key",
		festore_key_generate(
			fs, name, types[type], signs ? FESTORE_KEY_SIGN : FESTORE_KEY_DECRYPT));
}

/* With scheme and hash, so that nothing has to be looked up. */
static int key_sign(const char *name, enum side_key type)
{
	static const uint8_t text[32];
	struct festore_signing *signing = NULL;
	void *signature = NULL;
	size_t len = 0;
	enum festore_error error = festore_sign_begin(fs, name,
		type == SIDE_RSA2048 ? FESTORE_RSA_PSS : FESTORE_ECDSA, FESTORE_SHA256, &signing);

	if (error == FESTORE_OK)
		error = festore_signing_add(signing, text, sizeof(text));
	if (error == FESTORE_OK)
		error = festore_sign_finish(signing, &signature, &len);
	festore_content_free(signature, len);
	festore_signing_end(&signing);
	return answer("sign", error);
}

static int keep(const void *bytes, size_t len, void *arg)
{
	(void)arg;
	if (len > message.room - message.len)
		return FESTORE_ERROR;
	memcpy(message.bytes + message.len, bytes, len);
	message.len += len;
	return 0;
}

static enum festore_error encrypt(
	const void *public_key, size_t public_len, const uint8_t *bytes, size_t len)
{
	struct festore_encryptor *encryptor = NULL;
	enum festore_error error =
		festore_encryptor_open(&encryptor, public_key, public_len, 0, keep, NULL);

	if (error == FESTORE_OK)
		error = festore_encryptor_write(encryptor, bytes, len);
	if (error == FESTORE_OK)
		error = festore_encryptor_finish(encryptor);
	festore_encryptor_close(&encryptor);
	return error;
}

static int key_encrypt(const char *name, size_t len)
{
	/* What is added is far less than that. */
	const size_t room = len + len / 64 + 65536;
	uint8_t *plain = calloc(1, len);
	void *public_key = NULL;
	size_t public_len = 0;
	enum festore_error error = FESTORE_ERROR;

	free(message.bytes);
	message.bytes = malloc(room);
	message.room = room;
	message.len = 0;
	if (plain && message.bytes)
		error = festore_key_public(fs, name, FESTORE_KEY_DER, &public_key, &public_len);
	if (error == FESTORE_OK)
		error = encrypt(public_key, public_len, plain, len);
	festore_content_free(public_key, public_len);
	free(plain);
	return answer("encrypt", error);
}

static int give(uint64_t offset, void *to, size_t room, size_t *ret_len, void *arg)
{
	const size_t at = offset < message.len ? (size_t)offset : message.len;
	const size_t len = message.len - at < room ? message.len - at : room;

	(void)arg;
	memcpy(to, message.bytes + at, len);
	*ret_len = len;
	return 0;
}

static int count(const void *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)arg;
	message.opened += len;
	return 0;
}

static int key_decrypt(const char *name, size_t len)
{
	int result = 0;

	message.opened = 0;
	result = answer("decrypt", festore_decrypt(fs, name, 0, give, count, NULL));
	return result == 0 && message.opened != len ? SIDE_FAILED : result;
}

static int key_rm(const char *name)
{
	return answer("key rm", festore_key_remove(fs, name));
}

#define SIDE_OF_ALL(name_, open_) \
	.name = (name_), .open = (open_), .close = close_side, .create = put, .replace = put, \
	.get = get, .release = release, .stat = stat_file, .rm = rm, .ls = ls, .empty = empty

/* Without mv: the bare TA has none to compare it with, and among many objects it takes long. */
const struct side ree_side = {SIDE_OF_ALL("ree", open_ree)};

const struct side vault_side = {
	SIDE_OF_ALL("vault", open_vault),
	.mv = mv,
	.batch_begin = batch_begin,
	.batch_commit = batch_commit,
	.open_file = open_file,
	.read_at = read_at,
	.close_file = close_file,
	.key_new = key_new,
	.key_sign = key_sign,
	.key_encrypt = key_encrypt,
	.key_decrypt = key_decrypt,
	.key_rm = key_rm,
};
