/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-raw BATCH [DONE]: speaks to /dev/tee0 past libteec, as an attacker with the right to
 * open it would, and prints TAP, numbered from DONE + 1. Exit status 0 if all went as documented.
 */
#include "raw.h"

#include "call.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(void);
} batches[] = {
	{"types", raw_types},
	{"sizes", raw_sizes},
	{"requests", raw_requests},
	{"order", raw_order},
	{"sessions", raw_sessions},
	{"logins", raw_logins},
	{"limits", raw_limits},
	{"race", raw_race},
};

/* A new session answers, so the TA lives; of a TA that panicked, all old sessions are dead. */
static void check_alive(const char *batch, const struct client *witness)
{
	struct client client = client_open();
	struct answer answer = call(witness, FESTORE_CMD_INFO, "", 0);

	ok(answered(&answer, TEEC_SUCCESS), "%s: a session from before still answers", batch);
	answer = call(&client, FESTORE_CMD_INFO, "", 0);
	ok(answered(&answer, TEEC_SUCCESS), "%s: a new session answers", batch);
	client_close(&client);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 2 && i < sizeof(batches) / sizeof(batches[0]); i++) {
		struct client witness = {0};

		if (strcmp(batches[i].name, argv[1]) != 0)
			continue;
		tap_begin(argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0);
		witness = client_open();
		batches[i].run();
		check_alive(argv[1], &witness);
		client_close(&witness);
		return tap_end();
	}
	fputs("usage: festore-test-raw BATCH [DONE]; there are:", stderr);
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
		fprintf(stderr, " %s", batches[i].name);
	fputc('\n', stderr);
	return 2;
}
