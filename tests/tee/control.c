// SPDX-License-Identifier: BSD-2-Clause
/* The fake-TEE process's control commands, as control.h lists them. */
#include "control.h"

#include <stdio.h>
#include <string.h>

static bool wants_end;

bool control_wants_end(void)
{
	return wants_end;
}

static bool parse_hex(const char *text, size_t len, uint8_t *bytes)
{
	for (size_t i = 0; i < len; i++) {
		unsigned int byte = 0;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

bool control_parse_uuid(const char *text, TEE_UUID *ret_uuid)
{
	unsigned int a = 0;
	unsigned int b = 0;
	unsigned int c = 0;
	int end = 0;

	if (strlen(text) < 36 || sscanf(text, "%8x-%4x-%4x-%n", &a, &b, &c, &end) != 3 ||
		end != 19 || text[23] != '-')
		return false;
	ret_uuid->timeLow = a;
	ret_uuid->timeMid = (uint16_t)b;
	ret_uuid->timeHiAndVersion = (uint16_t)c;
	return parse_hex(text + 19, 2, ret_uuid->clockSeqAndNode) &&
		parse_hex(text + 24, 6, ret_uuid->clockSeqAndNode + 2);
}

static bool run_counters(const char *args, char *answer, size_t size)
{
	struct fake_counters c = {0};

	(void)args;
	fake_tee_counters(&c);
	snprintf(answer, size,
		"gp_calls=%u storage_calls=%u storage_writes=%u allocations=%u panics=%u heap=%zu "
		"heap_peak=%zu handles=%u sessions=%u power=%s",
		c.gp_calls, c.storage_calls, c.storage_writes, c.allocations, c.panics, c.heap,
		c.heap_peak, c.handles, c.sessions, fake_tee_is_powered() ? "on" : "off");
	return true;
}

static bool run_zero(const char *args, char *answer, size_t size)
{
	(void)args;
	(void)answer;
	(void)size;
	fake_tee_zero_counters();
	return true;
}

static bool run_fail(const char *args, char *answer, size_t size)
{
	char kind[8] = "";
	unsigned int nth = 0;
	unsigned int times = 0;
	long long error =
		0; /* a number of 32 bits, in any base: too large for %i where int has 32 */

	(void)answer;
	(void)size;
	if (sscanf(args, "%7s %u %u %lli", kind, &nth, &times, &error) != 4)
		return false;
	if (strcmp(kind, "any") != 0 && strcmp(kind, "write") != 0)
		return false;
	fake_tee_fail_storage(kind[0] == 'a' ? FAKE_STORAGE_ANY : FAKE_STORAGE_WRITE, nth, times,
		(TEE_Result)error);
	return true;
}

static bool run_fail_alloc(const char *args, char *answer, size_t size)
{
	unsigned int nth = 0;
	unsigned int times = 0;

	(void)answer;
	(void)size;
	if (sscanf(args, "%u %u", &nth, &times) != 2)
		return false;
	fake_tee_fail_alloc(nth, times);
	return true;
}

static bool run_cut(const char *args, char *answer, size_t size)
{
	unsigned int nth = 0;
	char when[8] = "";

	(void)answer;
	(void)size;
	if (sscanf(args, "%u %7s", &nth, when) != 2 ||
		(strcmp(when, "before") != 0 && strcmp(when, "after") != 0))
		return false;
	fake_tee_cut_power(nth, when[0] == 'b' ? FAKE_CUT_BEFORE : FAKE_CUT_AFTER);
	return true;
}

static bool run_heap(const char *args, char *answer, size_t size)
{
	size_t bytes = 0;

	(void)answer;
	(void)size;
	if (sscanf(args, "%zu", &bytes) != 1)
		return false;
	fake_tee_limit_heap(bytes);
	return true;
}

static bool run_huk(const char *args, char *answer, size_t size)
{
	static const uint8_t zero[FAKE_HUK_LEN] = {0};
	uint8_t known[FAKE_HUK_LEN];
	const bool is_absent = strcmp(args, "absent") == 0;

	(void)answer;
	(void)size;
	memset(known, 0xff, sizeof(known));
	if (strcmp(args, "own") == 0)
		fake_tee_set_huk(NULL);
	else if (strcmp(args, "zero") == 0)
		fake_tee_set_huk(zero);
	else if (strcmp(args, "known") == 0)
		fake_tee_set_huk(known);
	else if (!is_absent)
		return false;
	fake_tee_have_system_pta(!is_absent);
	return true;
}

static bool run_rpmb(const char *args, char *answer, size_t size)
{
	(void)answer;
	(void)size;
	if (strcmp(args, "present") != 0 && strcmp(args, "absent") != 0)
		return false;
	fake_tee_have_rpmb(strcmp(args, "present") == 0);
	return true;
}

static bool run_restart(const char *args, char *answer, size_t size)
{
	(void)args;
	(void)answer;
	(void)size;
	fake_tee_restart();
	return true;
}

static bool run_path(const char *args, char *answer, size_t size)
{
	char storage[8] = "";
	char hex[2 * TEE_OBJECT_ID_MAX_LEN + 1] = "";
	uint8_t id[TEE_OBJECT_ID_MAX_LEN];
	const size_t uuid_len = 36;
	TEE_UUID uuid;

	if (!control_parse_uuid(args, &uuid) ||
		sscanf(args + uuid_len, " %7s %128s", storage, hex) < 1)
		return false;
	if (!parse_hex(hex, strlen(hex) / 2, id))
		return false;
	return fake_tee_object_path(&uuid,
		strcmp(storage, "rpmb") == 0 ? TEE_STORAGE_PRIVATE_RPMB : TEE_STORAGE_PRIVATE_REE,
		id, strlen(hex) / 2, answer, size);
}

static bool run_quit(const char *args, char *answer, size_t size)
{
	(void)args;
	(void)answer;
	(void)size;
	wants_end = true;
	return true;
}

static const struct {
	const char *name;
	bool (*run)(const char *args, char *answer, size_t size);
} commands[] = {
	{"counters", run_counters},
	{"zero", run_zero},
	{"fail", run_fail},
	{"fail-alloc", run_fail_alloc},
	{"cut", run_cut},
	{"heap", run_heap},
	{"huk", run_huk},
	{"rpmb", run_rpmb},
	{"restart", run_restart},
	{"path", run_path},
	{"quit", run_quit},
};

bool control_run(const char *command, char *answer, size_t size)
{
	const size_t len = strcspn(command, " ");
	const char *args = command + len + (command[len] ? 1 : 0);

	answer[0] = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].name) == len &&
			memcmp(commands[i].name, command, len) == 0 &&
			commands[i].run(args, answer, size))
			return true;
	}
	snprintf(answer, size, "refused: %.100s", command);
	return false;
}
