// SPDX-License-Identifier: BSD-2-Clause
/*
 * RSA-OAEP and key agreement by the host's libcrypto. As in OP-TEE's core and libutee: a block that
 * does not open is BAD_PARAMETERS, but one that is no number below the modulus ends the TA, and so
 * does whatever is wrong with an agreement. OP-TEE before 4.11 agrees even with points that are on
 * no curve; here that is a panic too, so that a TA that lets one through is noticed.
 */
#include "operation.h"
#include "pair.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#define BLOCK_MAX 512u
#define SECRET_MAX 66u

static void need(bool done)
{
	if (!done)
		fake_panic(TEE_ERROR_GENERIC);
}

static EVP_PKEY *key_of(const struct __TEE_OperationHandle *operation, uint32_t *ret_type)
{
	const struct pair *pair = fake_transient_pair(operation->key, ret_type);
	EVP_PKEY *key = pair_key(*ret_type, pair);

	need(key != NULL);
	return key;
}

/* --- RSA ----------------------------------------------------------------------------------------
 */

static bool opens(EVP_PKEY *key, const void *block, size_t block_len, uint8_t *to, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	const bool done = context && EVP_PKEY_decrypt_init(context) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
		EVP_PKEY_decrypt(context, to, len, block, block_len) == 1;

	EVP_PKEY_CTX_free(context);
	return done;
}

static bool is_below_modulus(EVP_PKEY *key, const void *block, size_t len)
{
	BIGNUM *modulus = NULL;
	BIGNUM *number = BN_bin2bn(block, (int)len, NULL);
	bool is = false;

	need(number && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1);
	is = BN_cmp(number, modulus) < 0;
	BN_free(modulus);
	BN_free(number);
	return is;
}

TEE_Result TEE_AsymmetricDecrypt(TEE_OperationHandle operation, const TEE_Attribute *params,
	uint32_t paramCount, const void *srcData, size_t srcLen, void *destData, size_t *destLen)
{
	uint8_t opened[BLOCK_MAX] = {0};
	size_t len = sizeof(opened);
	struct __TEE_OperationHandle *found = NULL;
	EVP_PKEY *key = NULL;
	uint32_t type = 0;
	bool done = false;

	(void)params;
	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_ASYMMETRIC_CIPHER);
	if (!found->has_key || paramCount != 0)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(srcData, srcLen);
	fake_need_private(destLen, sizeof(*destLen));
	key = key_of(found, &type);
	need(is_below_modulus(key, srcData, srcLen));
	done = opens(key, srcData, srcLen, opened, &len);
	EVP_PKEY_free(key);
	if (!done)
		return TEE_ERROR_BAD_PARAMETERS;
	if (*destLen < len) {
		*destLen = len;
		return TEE_ERROR_SHORT_BUFFER;
	}
	fake_need_private(destData, len);
	memcpy(destData, opened, len);
	*destLen = len;
	return TEE_SUCCESS;
}

/* --- agreement ----------------------------------------------------------------------------------
 */

static const TEE_Attribute *attribute_of(
	const TEE_Attribute *params, uint32_t count, uint32_t attribute)
{
	for (uint32_t i = 0; i < count; i++) {
		if (params[i].attributeID == attribute) {
			fake_need_private(
				params[i].content.ref.buffer, params[i].content.ref.length);
			return &params[i];
		}
	}
	fake_panic(TEE_ERROR_BAD_PARAMETERS);
}

static EVP_PKEY *point_of(EVP_PKEY *own, const TEE_Attribute *params, uint32_t count)
{
	const TEE_Attribute *x = attribute_of(params, count, TEE_ATTR_ECC_PUBLIC_VALUE_X);
	const TEE_Attribute *y = attribute_of(params, count, TEE_ATTR_ECC_PUBLIC_VALUE_Y);
	const size_t field = ((size_t)EVP_PKEY_get_bits(own) + 7) / 8;
	uint8_t point[1 + 2 * SECRET_MAX] = {4};
	EVP_PKEY *peer = EVP_PKEY_new();

	need(x->content.ref.length == field && y->content.ref.length == field);
	memcpy(point + 1, x->content.ref.buffer, field);
	memcpy(point + 1 + field, y->content.ref.buffer, field);
	need(peer && EVP_PKEY_copy_parameters(peer, own) == 1 &&
		EVP_PKEY_set1_encoded_public_key(peer, point, 1 + 2 * field) == 1);
	return peer;
}

static EVP_PKEY *x25519_of(const TEE_Attribute *params, uint32_t count)
{
	const TEE_Attribute *public = attribute_of(params, count, TEE_ATTR_X25519_PUBLIC_VALUE);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_X25519, NULL, public->content.ref.buffer, public->content.ref.length);

	need(peer != NULL);
	return peer;
}

static void agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t *secret, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);

	need(context && EVP_PKEY_derive_init(context) == 1 &&
		EVP_PKEY_derive_set_peer(context, peer) == 1 &&
		EVP_PKEY_derive(context, secret, len) == 1);
	EVP_PKEY_CTX_free(context);
}

void TEE_DeriveKey(TEE_OperationHandle operation, const TEE_Attribute *params, uint32_t paramCount,
	TEE_ObjectHandle derivedKey)
{
	uint8_t secret[SECRET_MAX] = {0};
	size_t len = sizeof(secret);
	struct __TEE_OperationHandle *found = NULL;
	EVP_PKEY *own = NULL;
	EVP_PKEY *peer = NULL;
	uint32_t type = 0;

	fake_begin(__func__);
	found = operation_of(operation, TEE_OPERATION_KEY_DERIVATION);
	if (!found->has_key)
		fake_panic(0);
	fake_need_private(params, paramCount * sizeof(*params));
	own = key_of(found, &type);
	peer = type == TEE_TYPE_X25519_KEYPAIR ? x25519_of(params, paramCount)
					       : point_of(own, params, paramCount);
	agree(own, peer, secret, &len);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	fake_transient_fill(derivedKey, secret, len);
}
