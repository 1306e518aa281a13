/* SPDX-License-Identifier: BSD-2-Clause */
/* HPKE with OpenSSL 3.0, which has its parts but not yet HPKE itself. */
#include "hpke.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <string.h>

enum { HASH_LEN = 32 };

/* What the labelled functions hash: never longer than this. */
struct text {
	uint8_t bytes[192];
	size_t len;
};

static const uint8_t kem_suite[] = {'K', 'E', 'M', HPKE_KEM >> 8, HPKE_KEM & 0xff};
static const uint8_t suite[] = {'H', 'P', 'K', 'E', HPKE_KEM >> 8, HPKE_KEM & 0xff, HPKE_KDF >> 8,
	HPKE_KDF & 0xff, HPKE_AEAD >> 8, HPKE_AEAD & 0xff};

static void append(struct text *text, const void *bytes, size_t len)
{
	assert(len <= sizeof(text->bytes) - text->len);
	if (len != 0)
		memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void append_label(struct text *text, int is_kem, const char *label)
{
	append(text, "HPKE-v1", 7);
	if (is_kem)
		append(text, kem_suite, sizeof(kem_suite));
	else
		append(text, suite, sizeof(suite));
	append(text, label, strlen(label));
}

static int mac(const uint8_t *key, size_t key_len, struct text *text, uint8_t hash[HASH_LEN])
{
	const int is =
		HMAC(EVP_sha256(), key, (int)key_len, text->bytes, text->len, hash, NULL) != NULL;

	OPENSSL_cleanse(text, sizeof(*text));
	return is;
}

/* LabeledExtract; the salt is empty or one hash. */
static int extract(int is_kem, const uint8_t *salt, const char *label, const void *secret,
	size_t secret_len, uint8_t hash[HASH_LEN])
{
	static const uint8_t empty[1];
	struct text text = {.len = 0};

	append_label(&text, is_kem, label);
	append(&text, secret, secret_len);
	return mac(salt ? salt : empty, salt ? HASH_LEN : 0, &text, hash);
}

/* LabeledExpand, of at most one hash. */
static int expand(int is_kem, const uint8_t secret[HASH_LEN], const char *label, const void *info,
	size_t info_len, uint8_t *to, uint8_t len)
{
	static const uint8_t round = 1;
	const uint8_t length[2] = {0, len};
	uint8_t hash[HASH_LEN];
	struct text text = {.len = 0};
	int is = 0;

	append(&text, length, sizeof(length));
	append_label(&text, is_kem, label);
	append(&text, info, info_len);
	append(&text, &round, 1);
	is = mac(secret, HASH_LEN, &text, hash);
	if (is)
		memcpy(to, hash, len);
	OPENSSL_cleanse(hash, sizeof(hash));
	return is;
}

/* --- KEM ---------------------------------------------------------------------------------------
 */

static int agree(EVP_PKEY *recipient, EVP_PKEY *pair, uint8_t *secret)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
	size_t len = HASH_LEN;
	const int is = context && EVP_PKEY_derive_init(context) > 0 &&
		EVP_PKEY_derive_set_peer(context, recipient) > 0 &&
		EVP_PKEY_derive(context, secret, &len) > 0 && len == HASH_LEN;

	EVP_PKEY_CTX_free(context);
	return is;
}

static int encapsulate(EVP_PKEY *recipient, EVP_PKEY *pair, uint8_t shared[HASH_LEN])
{
	uint8_t context[2 * HPKE_PUBLIC_LEN]; /* enc, then the recipient's key */
	uint8_t secret[HASH_LEN];
	uint8_t hash[HASH_LEN];
	size_t own_len = HPKE_PUBLIC_LEN;
	size_t peer_len = HPKE_PUBLIC_LEN;
	const int is = EVP_PKEY_get_raw_public_key(pair, context, &own_len) > 0 &&
		EVP_PKEY_get_raw_public_key(recipient, context + HPKE_PUBLIC_LEN, &peer_len) > 0 &&
		agree(recipient, pair, secret) &&
		extract(1, NULL, "eae_prk", secret, sizeof(secret), hash) &&
		expand(1, hash, "shared_secret", context, sizeof(context), shared, HASH_LEN);

	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(hash, sizeof(hash));
	return is;
}

/* --- key schedule ------------------------------------------------------------------------------
 */

static int schedule(const uint8_t shared[HASH_LEN], const void *info, size_t info_len,
	struct hpke_context *context)
{
	uint8_t schedule_context[1 + 2 * HASH_LEN] = {0}; /* mode_base, two hashes */
	const size_t len = sizeof(schedule_context);
	uint8_t secret[HASH_LEN];
	const int is = extract(0, NULL, "psk_id_hash", NULL, 0, schedule_context + 1) &&
		extract(0, NULL, "info_hash", info, info_len, schedule_context + 1 + HASH_LEN) &&
		extract(0, shared, "secret", NULL, 0, secret) &&
		expand(0, secret, "key", schedule_context, len, context->key, HPKE_KEY_LEN) &&
		expand(0, secret, "base_nonce", schedule_context, len, context->base_nonce,
			HPKE_NONCE_LEN);

	OPENSSL_cleanse(secret, sizeof(secret));
	return is;
}

int hpke_setup(EVP_PKEY *recipient, EVP_PKEY *pair, const void *info, size_t info_len,
	struct hpke_context *ret_context)
{
	uint8_t shared[HASH_LEN];
	const int is = encapsulate(recipient, pair, shared) &&
		schedule(shared, info, info_len, ret_context);

	OPENSSL_cleanse(shared, sizeof(shared));
	return is;
}

void hpke_nonce(
	const uint8_t base_nonce[HPKE_NONCE_LEN], uint64_t count, uint8_t ret_nonce[HPKE_NONCE_LEN])
{
	memcpy(ret_nonce, base_nonce, HPKE_NONCE_LEN);
	for (unsigned int i = 0; i < sizeof(count); i++)
		ret_nonce[HPKE_NONCE_LEN - 1 - i] ^= (uint8_t)(count >> (8 * i));
}
