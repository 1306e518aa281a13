/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs of a crowd (crowd.h): "begin ACT WRITER SEQUENCE TAG TIME" and
 * "end ACT WRITER SEQUENCE TAG TIME TIME STATUS [TAG=VALUE]...", a write() a line, so that a client
 * that is killed leaves whole lines.
 */
#include "crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Longer than any boot lasts. */
#define BOOT_NS 1000000000000000

int64_t crowd_now(void)
{
	const char *boot = getenv("FESTORE_CROWD_BOOT");
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (boot ? strtoll(boot, NULL, 10) : 0) * BOOT_NS + (int64_t)now.tv_sec * 1000000000 +
		now.tv_nsec;
}

bool crowd_log_begin(int log, const struct crowd_op *op)
{
	return dprintf(log, "begin %c %u %" PRIu64 " %u %" PRId64 "\n", (char)op->act, op->writer,
		       op->sequence, op->tag, op->begin) > 0;
}

bool crowd_log_end(int log, const struct crowd_op *op)
{
	char line[64 * CROWD_SIGHTS];
	size_t len = (size_t)snprintf(line, sizeof(line),
		"end %c %u %" PRIu64 " %u %" PRId64 " %" PRId64 " %d", (char)op->act, op->writer,
		op->sequence, op->tag, op->begin, op->end, op->status);

	for (unsigned int i = 0; i < op->sight_count; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %u=%" PRIu64,
			op->sights[i].tag, op->sights[i].value);
	line[len++] = '\n';
	return write(log, line, len) == (ssize_t)len;
}

/* The next word of a line; "" at its end. */
static const char *word(char **at)
{
	const char *found = strsep(at, " \n");

	return found ? found : "";
}

static uint64_t number(char **at)
{
	return strtoull(word(at), NULL, 10);
}

static void read_sights(char *at, struct crowd_op *op)
{
	const char *sight = word(&at);

	while (*sight != '\0' && op->sight_count < CROWD_SIGHTS) {
		char *value = NULL;
		const unsigned long tag = strtoul(sight, &value, 10);

		op->sights[op->sight_count++] = (struct crowd_sight){
			.tag = (unsigned int)tag,
			.value = *value == '=' ? strtoull(value + 1, NULL, 10) : CROWD_TORN,
		};
		sight = word(&at);
	}
}

bool crowd_log_read(char *line, struct crowd_op *ret_op, bool *ret_has_ended)
{
	const char *kind = word(&line);
	struct crowd_op op = {.end = INT64_MAX};

	*ret_has_ended = strcmp(kind, "end") == 0;
	if (!*ret_has_ended && strcmp(kind, "begin") != 0)
		return false;
	op.act = (enum crowd_act)word(&line)[0];
	op.writer = (unsigned int)number(&line);
	op.sequence = number(&line);
	op.tag = (unsigned int)number(&line);
	op.begin = (int64_t)number(&line);
	if (*ret_has_ended) {
		op.end = (int64_t)number(&line);
		op.status = (int)number(&line);
		if (line)
			read_sights(line, &op);
	}
	*ret_op = op;
	return op.writer < CROWD_WRITERS && op.tag <= CROWD_TAGS && op.begin > 0 &&
		op.end >= op.begin;
}
