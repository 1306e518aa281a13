/* SPDX-License-Identifier: BSD-2-Clause */
/* The labelled functions of RFC 9180, section 4, over HMAC-SHA-256: all they make fits one block.
 */
#include "hpke.h"

#include <string.h>

/* What is hashed at once: never more than this. */
#define TEXT_MAX 192u

struct text {
	uint8_t bytes[TEXT_MAX];
	size_t len;
};

static const uint8_t kem_suite[] = {'K', 'E', 'M', 0x00, 0x20};
static const uint8_t suite[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x03};

static void append(struct text *text, const void *bytes, size_t len)
{
	/* Labels and lengths are this TA's own. */
	if (len > sizeof(text->bytes) - text->len)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void append_label(struct text *text, bool is_kem, const char *label)
{
	append(text, "HPKE-v1", 7);
	if (is_kem)
		append(text, kem_suite, sizeof(kem_suite));
	else
		append(text, suite, sizeof(suite));
	append(text, label, strlen(label));
}

static TEE_Result mac(const uint8_t *key, struct text *text, uint8_t *ret_mac)
{
	const TEE_Result res = seal_mac(key, text->bytes, text->len, ret_mac);

	TEE_MemFill(text, 0, sizeof(*text));
	return res;
}

/* To HMAC an empty salt is one of zeros. */
static TEE_Result extract(bool is_kem, const uint8_t salt[FESTORE_HASH], const char *label,
	const void *secret, size_t len, uint8_t ret_key[FESTORE_HASH])
{
	struct text text = {.len = 0};

	append_label(&text, is_kem, label);
	append(&text, secret, len);
	return mac(salt, &text, ret_key);
}

static TEE_Result expand(bool is_kem, const uint8_t key[FESTORE_HASH], const char *label,
	const void *info, size_t info_len, uint8_t *ret, uint8_t len)
{
	static const uint8_t round = 1;
	const uint8_t length[2] = {0, len};
	uint8_t made[FESTORE_HASH] = {0};
	struct text text = {.len = 0};
	TEE_Result res = TEE_SUCCESS;

	append(&text, length, sizeof(length));
	append_label(&text, is_kem, label);
	append(&text, info, info_len);
	append(&text, &round, sizeof(round));
	res = mac(key, &text, made);
	memcpy(ret, made, len);
	TEE_MemFill(made, 0, sizeof(made));
	return res;
}

static const uint8_t no_salt[FESTORE_HASH];

static TEE_Result shared_secret(const struct hpke_agreed *agreed, uint8_t ret[FESTORE_HASH])
{
	uint8_t context[2 * HPKE_PUBLIC] = {0};
	uint8_t key[FESTORE_HASH] = {0};
	TEE_Result res =
		extract(true, no_salt, "eae_prk", agreed->secret, sizeof(agreed->secret), key);

	memcpy(context, agreed->sender, HPKE_PUBLIC);
	memcpy(context + HPKE_PUBLIC, agreed->recipient, HPKE_PUBLIC);
	if (res == TEE_SUCCESS)
		res = expand(
			true, key, "shared_secret", context, sizeof(context), ret, FESTORE_HASH);
	TEE_MemFill(key, 0, sizeof(key));
	return res;
}

static TEE_Result schedule(const uint8_t shared[FESTORE_HASH], const void *info, size_t info_len,
	struct hpke *ret_hpke)
{
	uint8_t context[1 + 2 * FESTORE_HASH] = {0}; /* mode_base, and two hashes */
	uint8_t secret[FESTORE_HASH] = {0};
	TEE_Result res = extract(false, no_salt, "psk_id_hash", "", 0, context + 1);

	if (res == TEE_SUCCESS)
		res = extract(
			false, no_salt, "info_hash", info, info_len, context + 1 + FESTORE_HASH);
	if (res == TEE_SUCCESS)
		res = extract(false, shared, "secret", "", 0, secret);
	if (res == TEE_SUCCESS)
		res = expand(false, secret, "key", context, sizeof(context), ret_hpke->key,
			sizeof(ret_hpke->key));
	if (res == TEE_SUCCESS)
		res = expand(false, secret, "base_nonce", context, sizeof(context),
			ret_hpke->base_nonce, sizeof(ret_hpke->base_nonce));
	TEE_MemFill(secret, 0, sizeof(secret));
	return res;
}

TEE_Result hpke_begin(
	const struct hpke_agreed *agreed, const void *info, size_t info_len, struct hpke *ret_hpke)
{
	uint8_t shared[FESTORE_HASH] = {0};
	TEE_Result res = shared_secret(agreed, shared);

	if (res == TEE_SUCCESS)
		res = schedule(shared, info, info_len, ret_hpke);
	TEE_MemFill(shared, 0, sizeof(shared));
	return res;
}

void hpke_nonce(const struct hpke *hpke, uint64_t number, uint8_t ret_nonce[SEAL_NONCE])
{
	memcpy(ret_nonce, hpke->base_nonce, SEAL_NONCE);
	for (unsigned int i = 0; i < sizeof(number); i++)
		ret_nonce[SEAL_NONCE - 1 - i] ^= (uint8_t)(number >> (8 * i));
}
