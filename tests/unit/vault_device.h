/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device keeps of vaults: tests of the *vault* TA with the objects TA loaded beside it,
 * two copies of a store, and a way to the objects that the normal world keeps for it.
 */
#ifndef VAULT_DEVICE_TEST_H
#define VAULT_DEVICE_TEST_H

#include "vault.h"

#include <festore_anchor.h>

/* What an identity is made of, with its NUL. */
#define ANCHOR_LABEL "festore anchor 1"
#define LOCK_LABEL "festore unlock 1"

static const TEE_UUID objects_uuid = FESTORE_OBJECTS_UUID;

static struct store store;
static struct store old;

/* Vaults that are made have this anchor. */
static inline int setup_both(void **state, uint32_t anchor)
{
	static struct fake_ta objects = FAKE_TA_IMAGE(OBJECTS_PATH, FESTORE_OBJECTS_UUID);
	const int failed = setup(state);

	objects.heap_limit = TA_HEAP;
	fake_tee_load(&objects);
	wanted_anchor = anchor;
	return failed;
}

static inline int teardown_both(void **state)
{
	wanted_anchor = FESTORE_ANCHOR_NONE;
	memset(&wanted_pin, 0, sizeof(wanted_pin));
	shared_free();
	store_free(&store);
	store_free(&old);
	return teardown(state);
}

static inline void at_second(uint32_t seconds)
{
	const TEE_Time now = {.seconds = seconds};

	fake_tee_set_system_time(&now);
}

/* Of Alice's vault of this name. */
static inline void identity_of(const char label[sizeof(ANCHOR_LABEL)], const char *name,
	uint8_t ret_identity[FESTORE_HASH])
{
	const TEE_Identity alice = fake_tee_client(TEE_LOGIN_USER, ALICE);
	const uint8_t login[4] = {(uint8_t)alice.login, (uint8_t)(alice.login >> 8),
		(uint8_t)(alice.login >> 16), (uint8_t)(alice.login >> 24)};
	const uint8_t big[8] = {(uint8_t)(alice.uuid.timeLow >> 24),
		(uint8_t)(alice.uuid.timeLow >> 16), (uint8_t)(alice.uuid.timeLow >> 8),
		(uint8_t)alice.uuid.timeLow, (uint8_t)(alice.uuid.timeMid >> 8),
		(uint8_t)alice.uuid.timeMid, (uint8_t)(alice.uuid.timeHiAndVersion >> 8),
		(uint8_t)alice.uuid.timeHiAndVersion};
	uint8_t text[128] = {0};
	size_t len = sizeof(ANCHOR_LABEL);

	memcpy(text, label, len);
	memcpy(text + len, login, sizeof(login));
	memcpy(text + len + 4, big, sizeof(big));
	memcpy(text + len + 12, alice.uuid.clockSeqAndNode, 8);
	len += 20;
	memcpy(text + len, name, strlen(name));
	assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), text,
				 len + strlen(name), ret_identity),
		0);
}

/* Where the normal world keeps what this names of Alice's vault `default`. */
static inline const char *kept_path(const char label[sizeof(ANCHOR_LABEL)], uint32_t kind)
{
	static char path[512];
	uint8_t id[33] = {3};

	identity_of(label, "default", id + 1);
	assert_true(fake_tee_object_path(&objects_uuid,
		kind == FESTORE_ANCHOR_RPMB ? TEE_STORAGE_PRIVATE_RPMB : TEE_STORAGE_PRIVATE_REE,
		id, sizeof(id), path, sizeof(path)));
	return path;
}

static inline size_t read_file(const char *path, uint8_t *to, size_t room)
{
	FILE *file = fopen(path, "rb");
	const size_t len = fread(to, 1, room, need(file));

	fclose(file);
	return len;
}

static inline void write_file(const char *path, const uint8_t *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_int_equal(fwrite(bytes, 1, len, need(file)), len);
	fclose(file);
}

#endif
