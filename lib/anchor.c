/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of anchors; asks the TA about a vault's. */
#include "anchor.h"

#include "vault.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct name {
	const char *name;
	uint32_t anchor;
};

static const struct name kinds[] = {
	{"auto", FESTORE_ANCHOR_CHOOSE},
	{"none", FESTORE_ANCHOR_NONE},
	{"ree", FESTORE_ANCHOR_REE},
	{"rpmb", FESTORE_ANCHOR_RPMB},
	{NULL, 0},
};

static const struct name times[] = {
	{"group", 0},
	{"commit", FESTORE_ANCHOR_EACH},
	{NULL, 0},
};

/* What is asked for by name or, if it is NULL, by a variable; the first name if that says nothing.
 */
static const struct name *find(const struct name *names, const char *name, const char *variable)
{
	const char *wanted = name ? name : secure_getenv(variable);

	if (!wanted || (!name && wanted[0] == '\0'))
		return names;
	while (names->name && strcmp(names->name, wanted) != 0)
		names++;
	return names->name ? names : NULL;
}

enum festore_error anchor_find(
	const char *kind, const char *when, uint32_t *ret_anchor, struct failure *failure)
{
	const struct name *where = find(kinds, kind, "FESTORE_ANCHOR");
	const struct name *moment = find(times, when, "FESTORE_ANCHOR_WHEN");

	if (!where)
		return failure_set(failure, FESTORE_USAGE,
			"there is no anchor %s%s; there are: auto, none, ree, rpmb",
			kind ? kind : "of this name", kind ? "" : " (FESTORE_ANCHOR)");
	if (!moment)
		return failure_set(failure, FESTORE_USAGE,
			"an anchor is written for each commit or for a group of them%s",
			when ? "" : " (FESTORE_ANCHOR_WHEN)");
	if (where->anchor == FESTORE_ANCHOR_NONE && when)
		return failure_set(
			failure, FESTORE_USAGE, "without an anchor there is no time to write it");
	*ret_anchor = where->anchor == FESTORE_ANCHOR_NONE ? FESTORE_ANCHOR_NONE
							   : where->anchor | moment->anchor;
	return FESTORE_OK;
}

const char *anchor_kind_name(uint32_t anchor)
{
	for (const struct name *known = kinds; known->name; known++) {
		if (known->anchor == (anchor & FESTORE_ANCHOR_KINDS))
			return known->name;
	}
	return "";
}

const char *anchor_when_name(uint32_t anchor)
{
	if ((anchor & FESTORE_ANCHOR_KINDS) == FESTORE_ANCHOR_NONE)
		return "";
	return (anchor & FESTORE_ANCHOR_EACH) != 0 ? times[1].name : times[0].name;
}

/* A question about the anchor, and what is told. */
struct question {
	uint32_t command;
	struct festore_vault_anchor answer;
};

static enum festore_error ask(struct festore *fs, void *arg)
{
	struct question *question = arg;
	struct festore_vault_request request = vault_request("", 0);
	struct festore_vault_state state = {0};
	struct exchange exchange = {
		.command = question->command,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &question->answer,
		.reply_len = sizeof(question->answer),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&state, sizeof(state)}},
	};
	enum festore_error error = bytes_read_state(fs->vault->bytes, &state, &fs->failure);

	request.parts[FESTORE_PART_STATE] = sizeof(state);
	return error == FESTORE_OK ? session_call(fs->session, &exchange, &fs->failure) : error;
}

/* At the pace from the first write until now; what is younger than a day is taken for one. */
static uint64_t life_days(const struct festore_vault_anchor *anchor)
{
	const int64_t day = 86400;
	const int64_t age = (int64_t)time(NULL) - anchor->since;
	const uint64_t days = age > day ? (uint64_t)(age / day) : 1;

	if (anchor->writes == 0 || anchor->writes >= FESTORE_RPMB_BEARS)
		return 0;
	return (FESTORE_RPMB_BEARS - anchor->writes) * days / anchor->writes;
}

enum festore_error vault_describe_anchor(struct festore *fs, struct festore_status *status)
{
	struct question question = {.command = FESTORE_CMD_VAULT_ANCHOR};
	const enum festore_error error = vault_read_current(fs, ask, &question);

	if (error != FESTORE_OK)
		return error;
	status->anchor = anchor_kind_name(question.answer.anchor);
	status->anchor_when = anchor_when_name(question.answer.anchor);
	status->anchor_version = question.answer.version;
	status->anchor_window = question.answer.window;
	status->anchor_is_sure = question.answer.is_sure != 0;
	status->anchor_writes = question.answer.writes;
	status->anchor_since = question.answer.since;
	status->anchor_at = question.answer.at;
	if ((question.answer.anchor & FESTORE_ANCHOR_KINDS) != FESTORE_ANCHOR_RPMB)
		return FESTORE_OK;
	status->anchor_writes_left = question.answer.left;
	status->anchor_life_days = life_days(&question.answer);
	return FESTORE_OK;
}

enum festore_error festore_sync(struct festore *fs)
{
	struct question question = {.command = FESTORE_CMD_VAULT_SYNC};
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage has no anchor");
	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE, "a batch is under way");
	error = vault_ready(fs, false);
	return error == FESTORE_OK ? vault_read_current(fs, ask, &question) : error;
}
