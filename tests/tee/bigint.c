// SPDX-License-Identifier: BSD-2-Clause
/*
 * GP's arithmetic, as far as festore uses it, by the host's libcrypto. A number lies in the TA's
 * memory as in libutee's: a sign and a size, then its words, the lowest first. Misuse panics, and a
 * number that does not fit is OVERFLOW.
 */
#include <openssl/bn.h>
#include <string.h>

#include "inside.h"

struct head {
	int32_t sign;
	uint16_t room; /* words */
	uint16_t used;
};

/* Longer ones libutee does not make. */
#define WORDS_MAX 512u

static struct head *head_of(TEE_BigInt *number)
{
	return (struct head *)(void *)number;
}

void TEE_BigIntInit(TEE_BigInt *bigInt, size_t len)
{
	fake_begin(__func__);
	if (len < 2 || len > WORDS_MAX)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	fake_need_private(bigInt, len * sizeof(*bigInt));
	memset(bigInt, 0, len * sizeof(*bigInt));
	head_of(bigInt)->sign = 1;
	head_of(bigInt)->room = (uint16_t)(len - 2);
}

TEE_Result TEE_BigIntConvertFromOctetString(
	TEE_BigInt *dest, const uint8_t *buffer, size_t bufferLen, int32_t sign)
{
	struct head *head = head_of(dest);

	fake_begin(__func__);
	fake_need_private(buffer, bufferLen);
	if ((bufferLen + 3) / 4 > head->room)
		return TEE_ERROR_OVERFLOW;
	head->sign = sign < 0 ? -1 : 1;
	head->used = (uint16_t)((bufferLen + 3) / 4);
	memset(head + 1, 0, head->room * sizeof(uint32_t));
	for (size_t i = 0; i < bufferLen; i++)
		((uint8_t *)(head + 1))[i] = buffer[bufferLen - 1 - i];
	return TEE_SUCCESS;
}

int32_t TEE_BigIntIsProbablePrime(const TEE_BigInt *op, uint32_t confidenceLevel)
{
	const struct head *head = (const struct head *)(const void *)op;
	BIGNUM *number = NULL;
	int answer = -1;

	(void)confidenceLevel;
	fake_begin(__func__);
	number = BN_lebin2bn(
		(const uint8_t *)(head + 1), (int)(head->used * sizeof(uint32_t)), NULL);
	if (number)
		answer = BN_check_prime(number, NULL, NULL);
	BN_clear_free(number);
	if (answer < 0)
		fake_panic(TEE_ERROR_GENERIC);
	return answer;
}
