/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes numbers a pair, type by type. */
#include "key_check.h"

#include "buffer.h"
#include "key_check_25519.h"
#include "peer.h"

#include <mbedtls/bignum.h>
#include <string.h>

/* GP's confidence: a composite passes with a probability of at most 1 in 2 to this. */
#define CONFIDENCE 80u

/* Numbers of RSA, in the order of their parts (key_type.c). */
enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };

struct rsa {
	mbedtls_mpi numbers[NUMBERS];
	mbedtls_mpi work[2];
};

static void rsa_begin(struct rsa *rsa)
{
	for (unsigned int i = 0; i < NUMBERS; i++)
		mbedtls_mpi_init(&rsa->numbers[i]);
	mbedtls_mpi_init(&rsa->work[0]);
	mbedtls_mpi_init(&rsa->work[1]);
}

/* mbedTLS wipes what it frees. */
static void rsa_end(struct rsa *rsa)
{
	for (unsigned int i = 0; i < NUMBERS; i++)
		mbedtls_mpi_free(&rsa->numbers[i]);
	mbedtls_mpi_free(&rsa->work[0]);
	mbedtls_mpi_free(&rsa->work[1]);
}

/* What mbedTLS says, and whether the numbers are as they should be. */
static TEE_Result answer(int failed, bool is_right)
{
	if (failed == MBEDTLS_ERR_MPI_ALLOC_FAILED)
		return TEE_ERROR_OUT_OF_MEMORY;
	return failed == 0 && is_right ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

static TEE_Result read_numbers(struct rsa *rsa, const struct key_type *type, const uint8_t *pair)
{
	int failed = 0;

	for (size_t i = 0; i < type->part_count && failed == 0; i++) {
		const size_t len = key_part_len(type, &type->parts[i]);

		failed = mbedtls_mpi_read_binary(&rsa->numbers[i], pair, len);
		pair += len;
	}
	return answer(failed, true);
}

/* As generation makes them; a product of all these bits has primes of half of them. */
static TEE_Result check_sizes(const struct rsa *rsa, const struct key_type *type)
{
	const mbedtls_mpi *const at = rsa->numbers;

	return answer(0,
		mbedtls_mpi_bitlen(&at[N]) == type->bits && mbedtls_mpi_cmp_int(&at[E], 3) >= 0 &&
			mbedtls_mpi_cmp_mpi(&at[D], &at[N]) < 0 &&
			mbedtls_mpi_cmp_mpi(&at[QINV], &at[P]) < 0);
}

static TEE_Result check_product(struct rsa *rsa)
{
	mbedtls_mpi *product = &rsa->work[0];
	const int failed = mbedtls_mpi_mul_mpi(product, &rsa->numbers[P], &rsa->numbers[Q]);

	return answer(failed, mbedtls_mpi_cmp_mpi(product, &rsa->numbers[N]) == 0);
}

/* Is one the inverse of the other? */
static TEE_Result check_inverse(struct rsa *rsa, const mbedtls_mpi *one, const mbedtls_mpi *other,
	const mbedtls_mpi *modulus)
{
	mbedtls_mpi *product = &rsa->work[0];
	int failed = mbedtls_mpi_mul_mpi(product, one, other);

	if (failed == 0)
		failed = mbedtls_mpi_mod_mpi(product, product, modulus);
	return answer(failed, mbedtls_mpi_cmp_int(product, 1) == 0);
}

/*
 * The exponent of one prime is d mod (prime - 1), and undoes e. As prime - 1 is even, e is odd
 * then.
 */
static TEE_Result check_exponent(
	struct rsa *rsa, const mbedtls_mpi *prime, const mbedtls_mpi *exponent)
{
	mbedtls_mpi *order = &rsa->work[1];
	mbedtls_mpi *rest = &rsa->work[0];
	int failed = mbedtls_mpi_sub_int(order, prime, 1);
	TEE_Result res = TEE_SUCCESS;

	if (failed == 0)
		failed = mbedtls_mpi_mod_mpi(rest, &rsa->numbers[D], order);
	res = answer(failed, mbedtls_mpi_cmp_mpi(rest, exponent) == 0);
	return res == TEE_SUCCESS ? check_inverse(rsa, &rsa->numbers[E], exponent, order) : res;
}

/* By GP's own arithmetic, whose numbers may be as long as these and no longer. */
static TEE_Result check_prime(const uint8_t *bytes, size_t len)
{
	const size_t words = TEE_BigIntSizeInU32(8 * len);
	uint8_t *room = buffer_new(words * sizeof(TEE_BigInt));
	TEE_BigInt *number = (TEE_BigInt *)(void *)room;
	TEE_Result res = TEE_SUCCESS;

	if (!room)
		return TEE_ERROR_OUT_OF_MEMORY;
	TEE_BigIntInit(number, words);
	res = TEE_BigIntConvertFromOctetString(number, bytes, len, 1);
	if (res == TEE_SUCCESS && TEE_BigIntIsProbablePrime(number, CONFIDENCE) != 1)
		res = TEE_ERROR_CORRUPT_OBJECT;
	buffer_free(room, words * sizeof(TEE_BigInt));
	return res;
}

/* The quick checks first. That the primes are two follows from the last of them. */
static TEE_Result check_numbers(struct rsa *rsa, const struct key_type *type)
{
	const mbedtls_mpi *const at = rsa->numbers;
	TEE_Result res = check_sizes(rsa, type);

	if (res == TEE_SUCCESS)
		res = check_product(rsa);
	if (res == TEE_SUCCESS)
		res = check_exponent(rsa, &at[P], &at[DP]);
	if (res == TEE_SUCCESS)
		res = check_exponent(rsa, &at[Q], &at[DQ]);
	return res == TEE_SUCCESS ? check_inverse(rsa, &at[Q], &at[QINV], &at[P]) : res;
}

static TEE_Result check_rsa(const struct key_type *type, const uint8_t *pair)
{
	const size_t whole = type->bits / 8;
	const uint8_t *primes = pair + whole + 4 + whole;
	struct rsa rsa;
	TEE_Result res = TEE_SUCCESS;

	rsa_begin(&rsa);
	res = read_numbers(&rsa, type, pair);
	if (res == TEE_SUCCESS)
		res = check_numbers(&rsa, type);
	rsa_end(&rsa);
	if (res == TEE_SUCCESS)
		res = check_prime(primes, whole / 2);
	return res == TEE_SUCCESS ? check_prime(primes + whole / 2, whole / 2) : res;
}

TEE_Result key_check(const struct key_type *type, const uint8_t *pair)
{
	if (type->object == TEE_TYPE_RSA_KEYPAIR)
		return check_rsa(type, pair);
	if (type->curve != 0)
		return peer_check_pair(type->curve, pair);
	return type->id == FESTORE_WIRE_X25519 ? check_x25519(pair) : check_ed25519(pair);
}
