/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of AEADs; times them. */
#include "aead.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The best of so many counts: a call may be interrupted. */
#define ROUNDS 3

static const struct {
	const char *name;
	uint32_t aead;
} names[] = {
	{"auto", AEAD_AUTO},
	{"chacha20-poly1305", FESTORE_AEAD_CHACHA20_POLY1305},
	{"aes-256-gcm", FESTORE_AEAD_AES_256_GCM},
};

enum festore_error aead_find(const char *name, uint32_t *ret_aead, struct failure *failure)
{
	const char *wanted = name ? name : secure_getenv("FESTORE_AEAD");

	*ret_aead = AEAD_AUTO;
	/* A variable that is set to nothing says nothing. */
	if (!wanted || (!name && wanted[0] == '\0'))
		return FESTORE_OK;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, wanted) == 0) {
			*ret_aead = names[i].aead;
			return FESTORE_OK;
		}
	}
	return failure_set(failure, FESTORE_USAGE,
		"there is no AEAD %s%s; there are: auto, chacha20-poly1305, aes-256-gcm", wanted,
		name ? "" : " (FESTORE_AEAD)");
}

const char *aead_name(uint32_t aead)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (aead != AEAD_AUTO && names[i].aead == aead)
			return names[i].name;
	}
	return "";
}

static uint64_t nanoseconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* How long it takes; for ever, if it cannot be done. */
static uint64_t time_once(struct session *session, uint32_t aead)
{
	const struct festore_vault_request request = {
		.base = {.protocol = FESTORE_PROTOCOL, .storage = FESTORE_WIRE_VAULT},
		.aead = aead,
	};
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_MEASURE,
		.request = &request,
		.request_len = sizeof(request),
	};
	/* Whatever it is, the vault can be made with the other AEAD, or making it fails too. */
	struct failure unimportant = {0};
	const uint64_t begin = nanoseconds();

	if (session_call(session, &exchange, &unimportant) != FESTORE_OK)
		return UINT64_MAX;
	return nanoseconds() - begin;
}

static uint64_t time_best(struct session *session, uint32_t aead)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		const uint64_t time = time_once(session, aead);

		best = time < best ? time : best;
	}
	return best;
}

uint32_t aead_measure(struct session *session)
{
	const uint64_t chacha = time_best(session, FESTORE_AEAD_CHACHA20_POLY1305);
	const uint64_t gcm = time_best(session, FESTORE_AEAD_AES_256_GCM);

	/* A lead that is no accident, and of which small files, with a key each, keep something. */
	return gcm < chacha - chacha / 4 ? FESTORE_AEAD_AES_256_GCM
					 : FESTORE_AEAD_CHACHA20_POLY1305;
}
