// SPDX-License-Identifier: BSD-2-Clause
/* Who a client is, as Linux' TEE driver tells OP-TEE (drivers/tee/tee_core.c): a version 5 UUID of
 * its uid or gid. */
#include <mbedtls/md.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* The driver's namespace, 58ac9ca0-2086-4683-a1b8-ec4bc08e01b6. */
static const uint8_t namespace[16] = {
	0x58,
	0xac,
	0x9c,
	0xa0,
	0x20,
	0x86,
	0x46,
	0x83,
	0xa1,
	0xb8,
	0xec,
	0x4b,
	0xc0,
	0x8e,
	0x01,
	0xb6,
};

static void sha1(const uint8_t *bytes, size_t len, uint8_t hash[20])
{
	if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), bytes, len, hash) != 0)
		abort();
}

/* OP-TEE takes the first fields as big-endian numbers (tee_uuid_from_octets). */
static TEE_UUID uuid_of(const char *name)
{
	uint8_t text[sizeof(namespace) + 16];
	const size_t len = strlen(name);
	uint8_t h[20];
	TEE_UUID uuid = {0};

	memcpy(text, namespace, sizeof(namespace));
	memcpy(text + sizeof(namespace), name, len);
	sha1(text, sizeof(namespace) + len, h);
	h[6] = (uint8_t)((h[6] & 0x0f) | 0x50);
	h[8] = (uint8_t)((h[8] & 0x3f) | 0x80);
	uuid.timeLow = (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
	uuid.timeMid = (uint16_t)(h[4] << 8 | h[5]);
	uuid.timeHiAndVersion = (uint16_t)(h[6] << 8 | h[7]);
	memcpy(uuid.clockSeqAndNode, h + 8, sizeof(uuid.clockSeqAndNode));
	return uuid;
}

TEE_Identity fake_tee_client(uint32_t login, uint32_t uid_or_gid)
{
	TEE_Identity identity = {.login = login};
	char name[16] = "";

	if (login == TEE_LOGIN_USER)
		snprintf(name, sizeof(name), "uid=%x", uid_or_gid);
	if (login == TEE_LOGIN_GROUP)
		snprintf(name, sizeof(name), "gid=%x", uid_or_gid);
	if (name[0])
		identity.uuid = uuid_of(name);
	return identity;
}
