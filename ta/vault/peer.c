/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of points by the kit's mbedTLS: GP has none. */
#include "peer.h"

#include <mbedtls/ecp.h>
#include <string.h>

static mbedtls_ecp_group_id group_of(uint32_t curve)
{
	switch (curve) {
	case TEE_ECC_CURVE_NIST_P256:
		return MBEDTLS_ECP_DP_SECP256R1;
	case TEE_ECC_CURVE_NIST_P384:
		return MBEDTLS_ECP_DP_SECP384R1;
	case TEE_ECC_CURVE_NIST_P521:
		return MBEDTLS_ECP_DP_SECP521R1;
	default:
		return MBEDTLS_ECP_DP_NONE;
	}
}

static TEE_Result answer(int failed, bool is_right)
{
	if (failed == MBEDTLS_ERR_MPI_ALLOC_FAILED)
		return TEE_ERROR_OUT_OF_MEMORY;
	return failed == 0 && is_right ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT;
}

TEE_Result peer_check_point(uint32_t curve, const uint8_t *point, size_t len)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point read;
	int failed = 0;

	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&read);
	/* Newer releases read compressed points too, whose length is another. */
	failed = mbedtls_ecp_group_load(&group, group_of(curve));
	if (failed == 0 && len != 1 + 2 * ((group.pbits + 7) / 8))
		failed = MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
	if (failed == 0)
		failed = mbedtls_ecp_point_read_binary(&group, &read, point, len);
	if (failed == 0)
		failed = mbedtls_ecp_check_pubkey(&group, &read);
	mbedtls_ecp_point_free(&read);
	mbedtls_ecp_group_free(&group);
	return answer(failed, true);
}

/* What mbedTLS blinds its multiplication with. */
static int draw(void *arg, unsigned char *to, size_t len)
{
	(void)arg;
	TEE_GenerateRandom(to, len);
	return 0;
}

struct own {
	mbedtls_ecp_group group;
	mbedtls_mpi value;
	mbedtls_ecp_point made;
};

static TEE_Result check_own(struct own *own, const uint8_t *pair)
{
	const size_t field = (own->group.pbits + 7) / 8;
	uint8_t point[PEER_MAX] = {0};
	size_t len = 0;
	int failed = mbedtls_mpi_read_binary(&own->value, pair + 2 * field, field);

	/* This also refuses a value that is not in 1..n-1. */
	if (failed == 0)
		failed = mbedtls_ecp_mul(
			&own->group, &own->made, &own->value, &own->group.G, draw, NULL);
	if (failed == 0)
		failed = mbedtls_ecp_point_write_binary(&own->group, &own->made,
			MBEDTLS_ECP_PF_UNCOMPRESSED, &len, point, sizeof(point));
	return answer(failed, memcmp(point + 1, pair, 2 * field) == 0);
}

TEE_Result peer_check_pair(uint32_t curve, const uint8_t *pair)
{
	struct own own;
	TEE_Result res = TEE_SUCCESS;

	mbedtls_ecp_group_init(&own.group);
	mbedtls_mpi_init(&own.value);
	mbedtls_ecp_point_init(&own.made);
	res = answer(mbedtls_ecp_group_load(&own.group, group_of(curve)), true);
	if (res == TEE_SUCCESS)
		res = check_own(&own, pair);
	mbedtls_ecp_point_free(&own.made);
	mbedtls_mpi_free(&own.value);
	mbedtls_ecp_group_free(&own.group);
	return res;
}

/*
 * The points whose order divides 8, as X25519 reads them: 0, 1, two of order 8, and p - 1, p, p +
 * 1, which are written otherwise than they should be (RFC 7748, 6.1, and what follows from its 5).
 */
static const uint8_t small_order[][32] = {
	{0},
	{1},
	{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
		0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f,
		0x49, 0xb8, 0x00},
	{0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
		0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0,
		0x9f, 0x11, 0x57},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x7f},
	{0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x7f},
	{0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x7f},
};

bool peer_is_x25519(const uint8_t key[32])
{
	uint8_t read[32] = {0};

	/* The highest bit is not part of the number. */
	memcpy(read, key, sizeof(read));
	read[31] &= 0x7f;
	for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++)
		if (memcmp(read, small_order[i], sizeof(read)) == 0)
			return false;
	return true;
}
