/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-crash objects|vault: makes that TA panic, if it is the one that tests/crash builds.
 * Exit status: 0 it did, 1 it did not, as the product's never does.
 */
#include "crash.h"

#include <festore_ta.h>
#include <festore_vault.h>
#include <stdio.h>
#include <string.h>
#include <tee_client_api.h>

static TEEC_Result crash(const TEEC_UUID *uuid)
{
	TEEC_Context context = {0};
	TEEC_Session session = {0};
	TEEC_Result res = TEEC_InitializeContext(NULL, &context);

	if (res != TEEC_SUCCESS)
		return res;
	res = TEEC_OpenSession(&context, &session, uuid, TEEC_LOGIN_USER, NULL, NULL, NULL);
	if (res == TEEC_SUCCESS) {
		res = TEEC_InvokeCommand(&session, CRASH_COMMAND, NULL, NULL);
		TEEC_CloseSession(&session);
	}
	TEEC_FinalizeContext(&context);
	return res;
}

int main(int argc, char **argv)
{
	const TEEC_UUID objects = FESTORE_OBJECTS_UUID;
	const TEEC_UUID vault = FESTORE_VAULT_UUID;
	TEEC_Result res = TEEC_SUCCESS;

	if (argc != 2 || (strcmp(argv[1], "objects") != 0 && strcmp(argv[1], "vault") != 0)) {
		fprintf(stderr, "usage: festore-test-crash objects|vault\n");
		return 2;
	}
	res = crash(strcmp(argv[1], "vault") == 0 ? &vault : &objects);
	printf("0x%08x\n", (unsigned int)res);
	return res == TEEC_ERROR_TARGET_DEAD ? 0 : 1;
}
