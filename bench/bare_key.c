/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TA does that has one key in memory and calls GP. */
#include "bare_key.h"

#include "bare_aead.h"
#include "bare_ta.h"

#define FIELD 32u
#define BLOCK 256u

static const struct kind {
	uint32_t object;
	uint32_t bits;
	uint32_t curve;     /* 0: takes no attribute */
	uint32_t algorithm; /* of signature, decryption or agreement */
} kinds[] = {
	[BARE_KEY_P256_SIGN] = {TEE_TYPE_ECDSA_KEYPAIR, 256, TEE_ECC_CURVE_NIST_P256,
		TEE_ALG_ECDSA_SHA256},
	[BARE_KEY_RSA_SIGN] = {TEE_TYPE_RSA_KEYPAIR, 2048, 0, TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256},
	[BARE_KEY_P256_DECRYPT] = {TEE_TYPE_ECDH_KEYPAIR, 256, TEE_ECC_CURVE_NIST_P256,
		TEE_ALG_ECDH_DERIVE_SHARED_SECRET},
	[BARE_KEY_RSA_DECRYPT] = {TEE_TYPE_RSA_KEYPAIR, 2048, 0,
		TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256},
	[BARE_KEY_X25519_DECRYPT] = {TEE_TYPE_X25519_KEYPAIR, 256, 0, TEE_ALG_X25519},
};

static const struct kind *kind;
static TEE_ObjectHandle pair;

/* What was sent: a block of RSA-OAEP, or the other's public key, which is the own one here. */
static uint8_t block[BLOCK];
static uint8_t peer[2][FIELD];

TEE_Result bare_key_new(uint32_t number)
{
	TEE_Attribute curve = {0};
	TEE_Result res = TEE_SUCCESS;

	if (number >= sizeof(kinds) / sizeof(kinds[0]))
		return TEE_ERROR_BAD_PARAMETERS;
	kind = &kinds[number];
	TEE_FreeTransientObject(pair);
	pair = TEE_HANDLE_NULL;
	res = TEE_AllocateTransientObject(kind->object, kind->bits, &pair);
	if (res != TEE_SUCCESS)
		return res;
	TEE_InitValueAttribute(&curve, TEE_ATTR_ECC_CURVE, kind->curve, 0);
	return TEE_GenerateKey(pair, kind->bits, &curve, kind->curve != 0 ? 1 : 0);
}

static TEE_Result operation_new(uint32_t mode, TEE_OperationHandle *ret_operation)
{
	TEE_Result res = TEE_SUCCESS;

	if (pair == TEE_HANDLE_NULL)
		return TEE_ERROR_BAD_STATE;
	res = TEE_AllocateOperation(ret_operation, kind->algorithm, mode, kind->bits);
	return res == TEE_SUCCESS ? TEE_SetOperationKey(*ret_operation, pair) : res;
}

TEE_Result bare_key_sign(void)
{
	static const uint8_t digest[32];
	uint8_t signature[BLOCK];
	size_t len = sizeof(signature);
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = operation_new(TEE_MODE_SIGN, &operation);

	if (res == TEE_SUCCESS)
		res = TEE_AsymmetricSignDigest(
			operation, NULL, 0, digest, sizeof(digest), signature, &len);
	TEE_FreeOperation(operation);
	return res;
}

/* --- decryption ------------------------------------------------------------------------------- */

static TEE_Result send_block(void)
{
	static const uint8_t key[FIELD];
	size_t len = sizeof(block);
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = operation_new(TEE_MODE_ENCRYPT, &operation);

	if (res == TEE_SUCCESS)
		res = TEE_AsymmetricEncrypt(operation, NULL, 0, key, sizeof(key), block, &len);
	TEE_FreeOperation(operation);
	return res;
}

static TEE_Result send_peer(void)
{
	size_t len = FIELD;
	TEE_Result res = TEE_SUCCESS;

	if (kind->curve == 0)
		return TEE_GetObjectBufferAttribute(
			pair, TEE_ATTR_X25519_PUBLIC_VALUE, peer[0], &len);
	res = TEE_GetObjectBufferAttribute(pair, TEE_ATTR_ECC_PUBLIC_VALUE_X, peer[0], &len);
	len = FIELD;
	return res == TEE_SUCCESS
		? TEE_GetObjectBufferAttribute(pair, TEE_ATTR_ECC_PUBLIC_VALUE_Y, peer[1], &len)
		: res;
}

static bool is_rsa(void)
{
	return kind->object == TEE_TYPE_RSA_KEYPAIR;
}

static bool has_gcm(void)
{
	return kind->object != TEE_TYPE_X25519_KEYPAIR;
}

TEE_Result bare_key_encrypt(size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	if (pair == TEE_HANDLE_NULL)
		return TEE_ERROR_BAD_STATE;
	res = is_rsa() ? send_block() : send_peer();
	return res == TEE_SUCCESS ? bare_seal(has_gcm(), 1, len) : res;
}

static TEE_Result open_block(void)
{
	uint8_t key[BLOCK];
	size_t len = sizeof(key);
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = operation_new(TEE_MODE_DECRYPT, &operation);

	if (res == TEE_SUCCESS)
		res = TEE_AsymmetricDecrypt(operation, NULL, 0, block, sizeof(block), key, &len);
	TEE_FreeOperation(operation);
	return res;
}

static TEE_Result agree(void)
{
	TEE_Attribute other[2] = {0};
	uint8_t key[FIELD];
	size_t len = sizeof(key);
	TEE_ObjectHandle secret = TEE_HANDLE_NULL;
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = operation_new(TEE_MODE_DERIVE, &operation);

	if (res == TEE_SUCCESS)
		res = TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, 8 * FIELD, &secret);
	if (res == TEE_SUCCESS) {
		const bool has_curve = kind->curve != 0;

		TEE_InitRefAttribute(&other[0],
			has_curve ? TEE_ATTR_ECC_PUBLIC_VALUE_X : TEE_ATTR_X25519_PUBLIC_VALUE,
			peer[0], FIELD);
		TEE_InitRefAttribute(&other[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, peer[1], FIELD);
		TEE_DeriveKey(operation, other, has_curve ? 2 : 1, secret);
		res = TEE_GetObjectBufferAttribute(secret, TEE_ATTR_SECRET_VALUE, key, &len);
	}
	TEE_FreeTransientObject(secret);
	TEE_FreeOperation(operation);
	return res;
}

TEE_Result bare_key_decrypt(size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	if (pair == TEE_HANDLE_NULL)
		return TEE_ERROR_BAD_STATE;
	res = is_rsa() ? open_block() : agree();
	return res == TEE_SUCCESS ? bare_open(has_gcm(), 1, len) : res;
}
