/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Public keys of Curve25519 from private ones, by GP's X25519: GP makes none of a given private
 * key, and the kit's mbedTLS does not have the curve.
 */
#include "key_check_25519.h"

#include "key_pair.h"
#include "key_secret.h"

#include <mbedtls/bignum.h>
#include <string.h>

#define LEN 32u
#define HASH_LEN 64u
#define SIGNATURE_LEN 64u

/* u of the base point (RFC 7748, 4.1). */
static const uint8_t base[LEN] = {9};

/* The scalar times the base point, as X25519 reads a scalar. */
static TEE_Result multiply(const uint8_t scalar[LEN], uint8_t ret_u[LEN])
{
	uint8_t pair[2 * LEN] = {0}; /* its public half is of no use here */
	uint8_t product[KEY_SECRET_MAX] = {0};
	size_t len = 0;
	TEE_Result res = TEE_SUCCESS;

	memcpy(pair + LEN, scalar, LEN);
	res = key_secret_agree(
		key_type_find(FESTORE_WIRE_X25519), pair, base, sizeof(base), product, &len);
	if (res == TEE_SUCCESS)
		memcpy(ret_u, product, LEN);
	TEE_MemFill(pair, 0, sizeof(pair));
	return res;
}

TEE_Result check_x25519(const uint8_t pair[2 * LEN])
{
	uint8_t made[LEN] = {0};
	const TEE_Result res = multiply(pair + LEN, made);

	if (res != TEE_SUCCESS)
		return res;
	return memcmp(made, pair, LEN) == 0 ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

/* --- Ed25519 ---------------------------------------------------------------------------------- */

/* The scalar of a private key is the first half of its hash (RFC 8032, 5.1.5). */
static TEE_Result hash(const uint8_t private[LEN], uint8_t ret_hash[HASH_LEN])
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	size_t len = HASH_LEN;
	TEE_Result res = TEE_AllocateOperation(&operation, TEE_ALG_SHA512, TEE_MODE_DIGEST, 0);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_DigestDoFinal(operation, private, LEN, ret_hash, &len);
	TEE_FreeOperation(operation);
	return res;
}

struct map {
	mbedtls_mpi p;
	mbedtls_mpi u;
	mbedtls_mpi over;
	mbedtls_mpi under;
};

/* y = (u - 1) / (u + 1) mod 2^255 - 19 (RFC 7748, 4.1). u is a multiple of the base point, so never
 * -1. */
static int map_u(struct map *map, const uint8_t u[LEN], uint8_t ret_y[LEN])
{
	int failed = mbedtls_mpi_lset(&map->p, 1);

	if (failed == 0)
		failed = mbedtls_mpi_shift_l(&map->p, 255);
	if (failed == 0)
		failed = mbedtls_mpi_sub_int(&map->p, &map->p, 19);
	if (failed == 0)
		failed = mbedtls_mpi_read_binary_le(&map->u, u, LEN);
	if (failed == 0)
		failed = mbedtls_mpi_add_int(&map->under, &map->u, 1);
	if (failed == 0)
		failed = mbedtls_mpi_inv_mod(&map->under, &map->under, &map->p);
	if (failed == 0)
		failed = mbedtls_mpi_sub_int(&map->over, &map->u, 1);
	if (failed == 0)
		failed = mbedtls_mpi_mul_mpi(&map->over, &map->over, &map->under);
	if (failed == 0)
		failed = mbedtls_mpi_mod_mpi(&map->over, &map->over, &map->p);
	return failed == 0 ? mbedtls_mpi_write_binary_le(&map->over, ret_y, LEN) : failed;
}

static TEE_Result y_of(const uint8_t u[LEN], uint8_t ret_y[LEN])
{
	struct map map;
	int failed = 0;

	mbedtls_mpi_init(&map.p);
	mbedtls_mpi_init(&map.u);
	mbedtls_mpi_init(&map.over);
	mbedtls_mpi_init(&map.under);
	failed = map_u(&map, u, ret_y);
	mbedtls_mpi_free(&map.p);
	mbedtls_mpi_free(&map.u);
	mbedtls_mpi_free(&map.over);
	mbedtls_mpi_free(&map.under);
	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

/* y of the public key, without the sign of x, which is its highest bit. */
static TEE_Result make_y(const uint8_t private[LEN], uint8_t ret_y[LEN])
{
	uint8_t hashed[HASH_LEN] = {0};
	uint8_t u[LEN] = {0};
	TEE_Result res = hash(private, hashed);

	if (res == TEE_SUCCESS)
		res = multiply(hashed, u);
	if (res == TEE_SUCCESS)
		res = y_of(u, ret_y);
	TEE_MemFill(hashed, 0, sizeof(hashed));
	return res;
}

static TEE_Result verify(const struct key_type *type, const uint8_t pair[2 * LEN],
	const struct signing *signing, const uint8_t signature[SIGNATURE_LEN])
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = key_pair_load(type, type->object, pair, &object);

	if (res != TEE_SUCCESS)
		return res;
	res = TEE_AllocateOperation(&operation, TEE_ALG_ED25519, TEE_MODE_VERIFY, type->bits);
	if (res == TEE_SUCCESS)
		res = TEE_SetOperationKey(operation, object);
	if (res == TEE_SUCCESS &&
		TEE_AsymmetricVerifyDigest(operation, NULL, 0, signing->message,
			signing->message_len, signature, SIGNATURE_LEN) != TEE_SUCCESS)
		res = TEE_ERROR_CORRUPT_OBJECT;
	TEE_FreeOperation(operation);
	TEE_FreeTransientObject(object);
	return res;
}

/*
 * The sign of x is told by a signature, which only the right one verifies. It stays here: two of
 * one message under two public keys would give the private one away.
 */
static TEE_Result check_sign(const uint8_t pair[2 * LEN])
{
	static const uint8_t message[] = "festore: is this pair one?";
	const struct key_type *type = key_type_find(FESTORE_WIRE_ED25519);
	const struct signing signing = {
		.scheme = FESTORE_WIRE_EDDSA,
		.message = message,
		.message_len = sizeof(message),
	};
	uint8_t signature[SIGNATURE_LEN] = {0};
	size_t len = sizeof(signature);
	TEE_Result res = key_pair_sign(type, pair, &signing, signature, &len);

	if (res == TEE_SUCCESS)
		res = verify(type, pair, &signing, signature);
	TEE_MemFill(signature, 0, sizeof(signature));
	return res;
}

TEE_Result check_ed25519(const uint8_t pair[2 * LEN])
{
	uint8_t y[LEN] = {0};
	TEE_Result res = make_y(pair + LEN, y);

	if (res != TEE_SUCCESS)
		return res;
	y[LEN - 1] |= pair[LEN - 1] & 0x80;
	return memcmp(y, pair, LEN) == 0 ? check_sign(pair) : TEE_ERROR_CORRUPT_OBJECT;
}

/* It has one of two signs. */
TEE_Result make_ed25519(uint8_t pair[2 * LEN])
{
	TEE_Result res = make_y(pair + LEN, pair);

	if (res == TEE_SUCCESS)
		res = check_sign(pair);
	if (res != TEE_ERROR_CORRUPT_OBJECT)
		return res;
	pair[LEN - 1] |= 0x80;
	return check_sign(pair);
}
