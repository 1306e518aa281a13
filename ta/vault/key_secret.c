/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA-OAEP and key agreement. */
#include "key_secret.h"

#include "key_pair.h"
#include "peer.h"

#include <string.h>

#define SECRET_BITS (8u * KEY_SECRET_MAX)

/* --- RSA -------------------------------------------------------------------------------------- */

static TEE_Result decrypt(TEE_ObjectHandle object, uint32_t bits, const uint8_t *block,
	size_t block_len, uint8_t *to, size_t *len)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res = TEE_AllocateOperation(
		&operation, TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256, TEE_MODE_DECRYPT, bits);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_SetOperationKey(operation, object);
	if (res == TEE_SUCCESS &&
		TEE_AsymmetricDecrypt(operation, NULL, 0, block, block_len, to, len) != TEE_SUCCESS)
		res = TEE_ERROR_CORRUPT_OBJECT;
	TEE_FreeOperation(operation);
	return res;
}

TEE_Result key_secret_decrypt(const struct key_type *type, const uint8_t *pair,
	const uint8_t *block, size_t block_len, uint8_t *ret_bytes, size_t *len)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = TEE_SUCCESS;

	/*
	 * OP-TEE checks its own result by computing backwards, and panics over a number that is not
	 * below the modulus, with which the content begins.
	 */
	if (type->object != TEE_TYPE_RSA_KEYPAIR || block_len != type->bits / 8 ||
		memcmp(block, pair, block_len) >= 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	res = key_pair_load(type, type->object, pair, &object);
	if (res != TEE_SUCCESS)
		return res;
	res = decrypt(object, type->bits, block, block_len, ret_bytes, len);
	TEE_FreeTransientObject(object);
	return res;
}

/* --- agreement -------------------------------------------------------------------------------- */

/* How GP agrees: with which algorithm, object, and words for the other's key. */
struct agreement {
	uint32_t algorithm;
	uint32_t object;
	TEE_Attribute peer[2];
	uint32_t peer_count;
};

static TEE_Result derive(const struct agreement *agreement, TEE_ObjectHandle own, uint32_t bits,
	TEE_ObjectHandle secret)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_Result res =
		TEE_AllocateOperation(&operation, agreement->algorithm, TEE_MODE_DERIVE, bits);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_SetOperationKey(operation, own);
	if (res == TEE_SUCCESS)
		TEE_DeriveKey(operation, agreement->peer, agreement->peer_count, secret);
	TEE_FreeOperation(operation);
	return res;
}

static TEE_Result agree(const struct agreement *agreement, TEE_ObjectHandle own, uint32_t bits,
	uint8_t *ret_secret, size_t *ret_len)
{
	TEE_ObjectHandle secret = TEE_HANDLE_NULL;
	size_t len = KEY_SECRET_MAX;
	TEE_Result res = TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, SECRET_BITS, &secret);

	if (res != TEE_SUCCESS)
		return res;
	res = derive(agreement, own, bits, secret);
	if (res == TEE_SUCCESS)
		res = TEE_GetObjectBufferAttribute(secret, TEE_ATTR_SECRET_VALUE, ret_secret, &len);
	TEE_FreeTransientObject(secret);
	if (res == TEE_SUCCESS)
		*ret_len = len;
	return res;
}

/* Fills in what GP is told, once it is known to be good. */
static TEE_Result prepare(const struct key_type *type, const uint8_t *peer, size_t peer_len,
	struct agreement *ret_agreement)
{
	const size_t field = (type->bits + 7) / 8;
	TEE_Result res = TEE_SUCCESS;

	if (type->id == FESTORE_WIRE_X25519) {
		if (peer_len != 32 || !peer_is_x25519(peer))
			return TEE_ERROR_CORRUPT_OBJECT;
		ret_agreement->algorithm = TEE_ALG_X25519;
		ret_agreement->object = TEE_TYPE_X25519_KEYPAIR;
		ret_agreement->peer_count = 1;
		TEE_InitRefAttribute(
			&ret_agreement->peer[0], TEE_ATTR_X25519_PUBLIC_VALUE, peer, peer_len);
		return TEE_SUCCESS;
	}
	if (type->curve == 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	res = peer_check_point(type->curve, peer, peer_len);
	if (res != TEE_SUCCESS)
		return res;
	ret_agreement->algorithm = TEE_ALG_ECDH_DERIVE_SHARED_SECRET;
	ret_agreement->object = TEE_TYPE_ECDH_KEYPAIR;
	ret_agreement->peer_count = 2;
	TEE_InitRefAttribute(&ret_agreement->peer[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, peer + 1, field);
	TEE_InitRefAttribute(
		&ret_agreement->peer[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, peer + 1 + field, field);
	return TEE_SUCCESS;
}

TEE_Result key_secret_agree(const struct key_type *type, const uint8_t *pair, const uint8_t *peer,
	size_t peer_len, uint8_t ret_secret[KEY_SECRET_MAX], size_t *ret_len)
{
	struct agreement agreement = {0};
	TEE_ObjectHandle own = TEE_HANDLE_NULL;
	TEE_Result res = prepare(type, peer, peer_len, &agreement);

	if (res != TEE_SUCCESS)
		return res;
	res = key_pair_load(type, agreement.object, pair, &own);
	if (res != TEE_SUCCESS)
		return res;
	res = agree(&agreement, own, type->bits, ret_secret, ret_len);
	TEE_FreeTransientObject(own);
	return res;
}
