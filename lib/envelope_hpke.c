/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore's own format for X25519 keys, for which there is no other: a header, then chunks that
 * HPKE seals one after the other. What is associated with a chunk is whether it is the last one, so
 * that none can be left out at the end.
 */
#include "envelope.h"
#include "hpke.h"

#include <openssl/crypto.h>
#include <string.h>

enum {
	HEADER_LEN = 64,
	NAMED_LEN = 32, /* of the header, up to the sender's public key */
	ID_LEN = 16,
	CHUNK_LEN = 4096,
};

/* All but the recipient's id and the sender's public key (docs/SPEC.md). */
static const uint8_t header_begin[] = {'f', 's', 't', 'E', 1, 0, HPKE_KEM, 0, HPKE_KDF, 0,
	HPKE_AEAD, 0, CHUNK_LEN & 0xff, CHUNK_LEN >> 8, 0, 0};

static int write_header(EVP_PKEY *recipient, EVP_PKEY *pair, uint8_t header[HEADER_LEN])
{
	uint8_t public_key[HPKE_PUBLIC_LEN];
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t len = sizeof(public_key);
	size_t own_len = HPKE_PUBLIC_LEN;

	if (EVP_PKEY_get_raw_public_key(recipient, public_key, &len) <= 0 ||
		EVP_Digest(public_key, len, hash, NULL, EVP_sha256(), NULL) <= 0)
		return 0;
	memcpy(header, header_begin, sizeof(header_begin));
	memcpy(header + sizeof(header_begin), hash, ID_LEN);
	return EVP_PKEY_get_raw_public_key(pair, header + NAMED_LEN, &own_len) > 0;
}

static int start(struct festore_encryptor *encryptor, EVP_PKEY *pair, uint8_t header[HEADER_LEN])
{
	EVP_PKEY *recipient = encryptor->recipient.key;
	struct hpke_context context;
	int is = write_header(recipient, pair, header) &&
		hpke_setup(recipient, pair, header, NAMED_LEN, &context);

	if (is) {
		memcpy(encryptor->nonce, context.base_nonce, sizeof(encryptor->nonce));
		encryptor->cipher = EVP_CIPHER_CTX_new();
		is = encryptor->cipher &&
			EVP_EncryptInit_ex(encryptor->cipher, EVP_chacha20_poly1305(), NULL,
				context.key, NULL) > 0;
	}
	OPENSSL_cleanse(&context, sizeof(context));
	return is;
}

static enum festore_error begin(struct festore_encryptor *encryptor)
{
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	uint8_t header[HEADER_LEN];
	const int is = pair && start(encryptor, pair, header);

	EVP_PKEY_free(pair);
	if (!is)
		return envelope_fail(encryptor, "agree on a key with this recipient");
	encryptor->piece_len = CHUNK_LEN;
	return envelope_put(encryptor, header, sizeof(header));
}

static int seal_chunk(struct festore_encryptor *encryptor, size_t len, uint8_t is_last)
{
	EVP_CIPHER_CTX *cipher = encryptor->cipher;
	uint8_t *piece = encryptor->piece;
	uint8_t nonce[HPKE_NONCE_LEN];
	int done = 0;

	hpke_nonce(encryptor->nonce, encryptor->count++, nonce);
	return EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, nonce) > 0 &&
		EVP_EncryptUpdate(cipher, NULL, &done, &is_last, 1) > 0 &&
		(len == 0 || EVP_EncryptUpdate(cipher, piece, &done, piece, (int)len) > 0) &&
		EVP_EncryptFinal_ex(cipher, piece + len, &done) > 0 &&
		EVP_CIPHER_CTX_ctrl(
			cipher, EVP_CTRL_AEAD_GET_TAG, (int)ENVELOPE_TAG_LEN, piece + len) > 0;
}

static enum festore_error seal(struct festore_encryptor *encryptor, size_t len, int is_last)
{
	if (!seal_chunk(encryptor, len, is_last ? 1 : 0))
		return envelope_fail(encryptor, "encrypt with ChaCha20-Poly1305");
	return envelope_put(encryptor, encryptor->piece, len + ENVELOPE_TAG_LEN);
}

const struct envelope_format envelope_hpke = {.begin = begin, .seal = seal};
