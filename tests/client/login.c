/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-login LOGIN: opens a session of the TA with a login that libfestore never uses.
 * Exit status: 0 the TA lets it in, 5 the TA itself denies it, 1 anything else.
 */
#include <festore_ta.h>
#include <stdio.h>
#include <string.h>
#include <tee_client_api.h>

static const struct {
	const char *name;
	uint32_t login;
} logins[] = {
	{"public", TEEC_LOGIN_PUBLIC},
	{"user", TEEC_LOGIN_USER},
	{"application", TEEC_LOGIN_APPLICATION},
};

static TEEC_Result try_login(uint32_t login, uint32_t *origin)
{
	const TEEC_UUID uuid = FESTORE_OBJECTS_UUID;
	TEEC_Context context = {0};
	TEEC_Session session = {0};
	TEEC_Result res = TEEC_InitializeContext(NULL, &context);

	if (res != TEEC_SUCCESS)
		return res;
	res = TEEC_OpenSession(&context, &session, &uuid, login, NULL, NULL, origin);
	if (res == TEEC_SUCCESS)
		TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return res;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(logins) / sizeof(logins[0]); i++) {
		uint32_t origin = 0;
		TEEC_Result res = TEEC_SUCCESS;

		if (strcmp(logins[i].name, argv[1]) != 0)
			continue;
		res = try_login(logins[i].login, &origin);
		printf("0x%08x, origin %u\n", res, origin);
		if (res == TEEC_ERROR_ACCESS_DENIED && origin == TEEC_ORIGIN_TRUSTED_APP)
			return 5;
		return res == TEEC_SUCCESS ? 0 : 1;
	}
	fprintf(stderr, "usage: festore-test-login public|user|application\n");
	return 2;
}
