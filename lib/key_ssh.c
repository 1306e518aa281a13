/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSH's signatures. */
#include "key_ssh.h"

#include "key_encode.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "SSHSIG"
#define HASH "sha512"

/* Bytes that one line of the text stands for: three for each four of its letters. */
#define LINE_BYTES 51

static bool write_text(BIO *to, const char *text)
{
	return key_write_string(to, (const uint8_t *)text, strlen(text));
}

static bool write_magic(BIO *to)
{
	return BIO_write(to, MAGIC, (int)strlen(MAGIC)) == (int)strlen(MAGIC);
}

enum festore_error key_ssh_message(const char *name_space, const uint8_t hash[64], void **ret_bytes,
	size_t *ret_len, struct failure *failure)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum festore_error error = FESTORE_OK;

	if (bio && write_magic(bio) && write_text(bio, name_space) && write_text(bio, "") &&
		write_text(bio, HASH) && key_write_string(bio, hash, 64))
		error = key_copy(bio, ret_bytes, ret_len, failure);
	else
		error = failure_set(failure, FESTORE_ERROR, "out of memory");
	BIO_free(bio);
	return error;
}

static bool write_ecdsa(BIO *to, const struct key_ssh_signature *signature)
{
	const unsigned char *at = signature->bytes;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)signature->len);
	uint8_t number[66] = {0};
	const BIGNUM *both[2] = {NULL};
	bool done = pair != NULL;

	if (pair)
		ECDSA_SIG_get0(pair, &both[0], &both[1]);
	for (unsigned int i = 0; i < 2 && done; i++)
		done = BN_num_bytes(both[i]) <= (int)sizeof(number) &&
			key_write_mpint(to, number, (size_t)BN_bn2bin(both[i], number));
	ECDSA_SIG_free(pair);
	return done;
}

/* Of RSA the name of the scheme is another than the key's. */
static bool write_signature(BIO *to, const struct key_ssh_signature *signature, const char *name)
{
	BIO *ecdsa = NULL;
	char *bytes = NULL;
	bool done = false;

	if (EVP_PKEY_is_a(signature->key, "RSA") == 1)
		return write_text(to, "rsa-sha2-512") &&
			key_write_string(to, signature->bytes, signature->len);
	if (EVP_PKEY_is_a(signature->key, "EC") != 1)
		return write_text(to, name) &&
			key_write_string(to, signature->bytes, signature->len);
	ecdsa = BIO_new(BIO_s_mem());
	done = ecdsa && write_ecdsa(ecdsa, signature);
	if (done) {
		const size_t len = (size_t)BIO_get_mem_data(ecdsa, &bytes);

		done = write_text(to, name) && key_write_string(to, (const uint8_t *)bytes, len);
	}
	BIO_free(ecdsa);
	return done;
}

/* A BIO's bytes as a string of another. */
static bool write_nested(BIO *to, BIO *from)
{
	char *bytes = NULL;
	const size_t len = (size_t)BIO_get_mem_data(from, &bytes);

	return key_write_string(to, (const uint8_t *)bytes, len);
}

static bool write_blob(BIO *to, const struct key_ssh_signature *signature)
{
	static const uint8_t version[4] = {0, 0, 0, 1};
	const char *name = key_ssh_name(signature->type);
	BIO *key = BIO_new(BIO_s_mem());
	BIO *bytes = BIO_new(BIO_s_mem());
	const bool done = key && bytes && key_write_ssh(key, signature->key, signature->type) &&
		write_signature(bytes, signature, name) && write_magic(to) &&
		BIO_write(to, version, sizeof(version)) == sizeof(version) &&
		write_nested(to, key) && write_text(to, signature->name_space) &&
		write_text(to, "") && write_text(to, HASH) && write_nested(to, bytes);

	BIO_free(key);
	BIO_free(bytes);
	return done;
}

static bool write_lines(BIO *to, BIO *from)
{
	char *bytes = NULL;
	const size_t len = (size_t)BIO_get_mem_data(from, &bytes);
	char line[4 * ((LINE_BYTES + 2) / 3) + 1];
	bool done = BIO_puts(to, "-----BEGIN SSH SIGNATURE-----\n") > 0;

	for (size_t at = 0; at < len && done; at += LINE_BYTES) {
		const size_t step = len - at < LINE_BYTES ? len - at : LINE_BYTES;

		EVP_EncodeBlock((uint8_t *)line, (const uint8_t *)bytes + at, (int)step);
		done = BIO_printf(to, "%s\n", line) > 0;
	}
	return done && BIO_puts(to, "-----END SSH SIGNATURE-----\n") > 0;
}

enum festore_error key_ssh_armor(const struct key_ssh_signature *signature, void **ret_text,
	size_t *ret_len, struct failure *failure)
{
	BIO *blob = NULL;
	BIO *text = NULL;
	enum festore_error error = FESTORE_OK;

	if (!key_ssh_name(signature->type))
		return failure_set(failure, FESTORE_USAGE, "OpenSSH has no keys of this type");
	blob = BIO_new(BIO_s_mem());
	text = BIO_new(BIO_s_mem());
	if (blob && text && write_blob(blob, signature) && write_lines(text, blob))
		error = key_copy(text, ret_text, ret_len, failure);
	else
		error = failure_set(failure, FESTORE_ERROR, "out of memory");
	BIO_free(blob);
	BIO_free(text);
	return error;
}
