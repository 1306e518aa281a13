/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-stats: how much memory OP-TEE's core and festore's TAs use now, as OP-TEE's own
 * statistics (pta_stats.h) have it: lines "NAME ALLOCATED MOST SIZE". A TA that is not loaded has
 * none, nor any where OP-TEE keeps no statistics of TAs. Exit status: 1, OP-TEE has no statistics.
 */
#include <festore_ta.h>
#include <festore_vault.h>
#include <stdio.h>
#include <string.h>
#include <tee_client_api.h>

enum { CMD_ALLOC_STATS = 1, CMD_TA_STATS = 3 };
enum { ENTRIES_MAX = 32 };

struct alloc_stats {
	char name[32];
	uint32_t allocated;
	uint32_t max_allocated;
	uint32_t size;
	uint32_t failed_count;
	uint32_t failed_len;
	uint32_t failed_allocated;
};

struct ta_stats {
	TEEC_UUID uuid;
	uint32_t has_panicked;
	uint32_t session_count;
	struct alloc_stats heap;
};

_Static_assert(sizeof(struct alloc_stats) == 56, "as OP-TEE has it");
_Static_assert(sizeof(struct ta_stats) == 80, "as OP-TEE has it");

static const TEEC_UUID objects = FESTORE_OBJECTS_UUID;
static const TEEC_UUID vault = FESTORE_VAULT_UUID;

static void say(const char *name, const struct alloc_stats *stats)
{
	printf("%s %u %u %u\n", name, stats->allocated, stats->max_allocated, stats->size);
}

static TEEC_Result say_pools(TEEC_Session *session)
{
	struct alloc_stats pools[ENTRIES_MAX] = {0};
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(
			TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE),
	};
	TEEC_Result res = TEEC_SUCCESS;

	op.params[1].tmpref.buffer = pools;
	op.params[1].tmpref.size = sizeof(pools);
	res = TEEC_InvokeCommand(session, CMD_ALLOC_STATS, &op, NULL);
	for (size_t i = 0;
		res == TEEC_SUCCESS && (i + 1) * sizeof(pools[0]) <= op.params[1].tmpref.size;
		i++) {
		pools[i].name[sizeof(pools[i].name) - 1] = '\0';
		/* A name is one word. */
		for (char *c = pools[i].name; *c != '\0'; c++) {
			if (*c == ' ')
				*c = '_';
		}
		if (pools[i].size != 0)
			say(pools[i].name, &pools[i]);
	}
	return res;
}

static TEEC_Result say_tas(TEEC_Session *session)
{
	struct ta_stats tas[ENTRIES_MAX] = {0};
	TEEC_Operation op = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	TEEC_Result res = TEEC_SUCCESS;

	op.params[0].tmpref.buffer = tas;
	op.params[0].tmpref.size = sizeof(tas);
	res = TEEC_InvokeCommand(session, CMD_TA_STATS, &op, NULL);
	for (size_t i = 0;
		res == TEEC_SUCCESS && (i + 1) * sizeof(tas[0]) <= op.params[0].tmpref.size; i++) {
		if (memcmp(&tas[i].uuid, &vault, sizeof(vault)) == 0)
			say("vault", &tas[i].heap);
		else if (memcmp(&tas[i].uuid, &objects, sizeof(objects)) == 0)
			say("objects", &tas[i].heap);
	}
	return res;
}

int main(void)
{
	const TEEC_UUID stats = {
		0xd96a5b40, 0xe2c7, 0xb1af, {0x87, 0x94, 0x10, 0x02, 0xa5, 0xd5, 0xc6, 0x1b}};
	TEEC_Context context = {0};
	TEEC_Session session = {0};
	TEEC_Result res = TEEC_InitializeContext(NULL, &context);

	if (res == TEEC_SUCCESS)
		res = TEEC_OpenSession(
			&context, &session, &stats, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
	if (res == TEEC_SUCCESS)
		res = say_pools(&session);
	/* Debian's OP-TEE is built without those of TAs. */
	if (res == TEEC_SUCCESS)
		res = say_tas(&session);
	if (res == TEEC_ERROR_NOT_SUPPORTED)
		res = TEEC_SUCCESS;
	if (res != TEEC_SUCCESS)
		fprintf(stderr, "festore-test-stats: 0x%08x\n", res);
	return res == TEEC_SUCCESS ? 0 : 1;
}
