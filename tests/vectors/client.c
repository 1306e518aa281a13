/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-vectors: asks the TA of published vectors whether the vault TA's sources give what
 * standards print. Says so as TAP.
 */
#include "vectors_ta.h"

#include <tee_client_api.h>

#include <stdio.h>

static const struct {
	const char *text;
	TEEC_Result wanted;
} commands[] = {
	[VECTORS_HKDF] = {"HKDF is as in RFC 5869, A.1 to A.3", TEEC_SUCCESS},
	[VECTORS_X25519] = {"X25519 is as in RFC 7748, 6.1", TEEC_SUCCESS},
	[VECTORS_HPKE] = {"HPKE is as in RFC 9180, A.2.1", TEEC_SUCCESS},
	[VECTORS_NONE] = {"what no standard prints is told from it", TEEC_ERROR_GENERIC},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int ask_all(TEEC_Session *session)
{
	int failed = 0;

	printf("1..%zu\n", COMMANDS);
	for (size_t i = 0; i < COMMANDS; i++) {
		const TEEC_Result res = TEEC_InvokeCommand(session, (uint32_t)i, NULL, NULL);

		failed |= res != commands[i].wanted;
		printf("%sok %zu - %s\n", res == commands[i].wanted ? "" : "not ", i + 1,
			commands[i].text);
	}
	return failed;
}

int main(void)
{
	const TEEC_UUID uuid = VECTORS_TA_UUID;
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Result res = TEEC_InitializeContext(NULL, &context);
	int failed = 1;

	if (res == TEEC_SUCCESS) {
		res = TEEC_OpenSession(
			&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
		if (res == TEEC_SUCCESS) {
			failed = ask_all(&session);
			TEEC_CloseSession(&session);
		}
		TEEC_FinalizeContext(&context);
	}
	if (res != TEEC_SUCCESS)
		printf("Bail out! 0x%08x\n", (unsigned int)res);
	return failed;
}
