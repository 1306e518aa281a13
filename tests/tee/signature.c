// SPDX-License-Identifier: BSD-2-Clause
/*
 * Signatures by the host's libcrypto. States and panics as in libutee's tee_api_operations.c, where
 * whatever is wrong with the operation or the digest's length ends the TA.
 */
#include "operation.h"
#include "pair.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#define SIGNATURE_MAX 512u

/* What an algorithm asks of libcrypto. */
struct way {
	uint32_t algorithm;
	const char *digest; /* NULL: it hashes by itself */
	size_t digest_len;
	int padding; /* of RSA */
};

static const struct way ways[] = {
	{TEE_ALG_ECDSA_SHA256, "SHA256", 32, 0},
	{TEE_ALG_ECDSA_SHA384, "SHA384", 48, 0},
	{TEE_ALG_ECDSA_SHA512, "SHA512", 64, 0},
	{TEE_ALG_ED25519, NULL, 0, 0},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, "SHA256", 32, RSA_PKCS1_PSS_PADDING},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384, "SHA384", 48, RSA_PKCS1_PSS_PADDING},
	{TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512, "SHA512", 64, RSA_PKCS1_PSS_PADDING},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, "SHA256", 32, RSA_PKCS1_PADDING},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA384, "SHA384", 48, RSA_PKCS1_PADDING},
	{TEE_ALG_RSASSA_PKCS1_V1_5_SHA512, "SHA512", 64, RSA_PKCS1_PADDING},
};

static const struct way *way_of(uint32_t algorithm)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].algorithm == algorithm)
			return &ways[i];
	fake_panic(TEE_ERROR_BAD_PARAMETERS);
}

/* The pair may be any numbers, so all of it may fail; libutee panics then. */
static void need(bool done)
{
	if (!done)
		fake_panic(TEE_ERROR_GENERIC);
}

static size_t sign_whole(EVP_PKEY *key, const void *message, size_t len, uint8_t *to)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t signed_len = SIGNATURE_MAX;
	const bool done = context &&
		EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
		EVP_DigestSign(context, to, &signed_len, message, len) == 1;

	EVP_MD_CTX_free(context);
	need(done);
	return signed_len;
}

static size_t sign_digest(const struct way *way, EVP_PKEY *key, const void *digest, uint8_t *to)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	size_t signed_len = SIGNATURE_MAX;
	bool done = context && EVP_PKEY_sign_init(context) == 1;

	if (done && way->padding != 0)
		done = EVP_PKEY_CTX_set_rsa_padding(context, way->padding) == 1;
	if (done)
		done = EVP_PKEY_CTX_set_signature_md(context, EVP_get_digestbyname(way->digest)) ==
			1;
	if (done && way->padding == RSA_PKCS1_PSS_PADDING)
		done = EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
	if (done)
		done = EVP_PKEY_sign(context, to, &signed_len, digest, way->digest_len) == 1;
	EVP_PKEY_CTX_free(context);
	need(done);
	return signed_len;
}

/* GP's form of an ECDSA signature: r and s, each of a field's bytes. */
static size_t split(uint8_t *bytes, size_t len, size_t field)
{
	const uint8_t *at = bytes;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &at, (long)len);

	need(both != NULL);
	need(BN_bn2binpad(ECDSA_SIG_get0_r(both), bytes, (int)field) > 0);
	need(BN_bn2binpad(ECDSA_SIG_get0_s(both), bytes + field, (int)field) > 0);
	ECDSA_SIG_free(both);
	return 2 * field;
}

static size_t sign(const struct __TEE_OperationHandle *operation, const void *digest, size_t len,
	uint8_t ret_signature[SIGNATURE_MAX])
{
	const struct way *way = way_of(operation->algorithm->id);
	uint32_t type = 0;
	const struct pair *pair = fake_transient_pair(operation->key, &type);
	EVP_PKEY *key = pair_key(type, pair);
	size_t signed_len = 0;

	need(key != NULL);
	need(!way->digest || len == way->digest_len);
	signed_len = way->digest ? sign_digest(way, key, digest, ret_signature)
				 : sign_whole(key, digest, len, ret_signature);
	if (type == TEE_TYPE_ECDSA_KEYPAIR)
		signed_len =
			split(ret_signature, signed_len, ((size_t)EVP_PKEY_get_bits(key) + 7) / 8);
	EVP_PKEY_free(key);
	return signed_len;
}

TEE_Result TEE_AsymmetricSignDigest(TEE_OperationHandle operation, const TEE_Attribute *params,
	uint32_t paramCount, const void *digest, size_t digestLen, void *signature,
	size_t *signatureLen)
{
	uint8_t made[SIGNATURE_MAX] = {0};
	struct __TEE_OperationHandle *found = NULL;
	size_t len = 0;

	(void)params;
	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_ASYMMETRIC_SIGNATURE);
	if (!found->has_key || paramCount != 0 || (!digest && digestLen))
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(digest, digestLen);
	fake_need_private(signatureLen, sizeof(*signatureLen));
	len = sign(found, digest, digestLen, made);
	if (*signatureLen < len) {
		*signatureLen = len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	fake_need_private(signature, len);
	memcpy(signature, made, len);
	*signatureLen = len;
	return TEE_SUCCESS;
}

/* Of Ed25519 alone, by the public half that the TA says, whatever it is. */
TEE_Result TEE_AsymmetricVerifyDigest(TEE_OperationHandle operation, const TEE_Attribute *params,
	uint32_t paramCount, const void *digest, size_t digestLen, const void *signature,
	size_t signatureLen)
{
	struct __TEE_OperationHandle *found = NULL;
	const struct pair_attribute *public = NULL;
	EVP_MD_CTX *context = NULL;
	EVP_PKEY *key = NULL;
	uint32_t type = 0;
	bool is_right = false;

	(void)params;
	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_ASYMMETRIC_SIGNATURE);
	if (!found->has_key || paramCount != 0 || found->algorithm->mode != TEE_MODE_VERIFY)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(digest, digestLen);
	fake_need_private(signature, signatureLen);
	public = pair_find(fake_transient_pair(found->key, &type), TEE_ATTR_ED25519_PUBLIC_VALUE);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public->bytes, public->len);
	context = EVP_MD_CTX_new();
	need(key && context);
	is_right = EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
		EVP_DigestVerify(context, signature, signatureLen, digest, digestLen) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return is_right ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID;
}
