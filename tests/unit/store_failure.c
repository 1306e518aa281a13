// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every single thing that can fail does, for every operation: each access to the disk, each call of
 * the TA on the way there and back, each allocation of the library, of SQLite and of the TA; once,
 * or from there on until the operation ends. The answer is the truth, also after a power cut, the
 * next call works, and nothing is left behind.
 */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "fake_tee.h"
#include "heap.h"
#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- the disk --------------------------------------------------------------------------------- */

struct disk_failure {
	const char *name;
	enum disk_answer answer;
	bool persists; /* until the operation ends */
	uint32_t events;
};

#define ON(event) (1u << DISK_##event)
#define ON_CHANGES (ON(WRITE) | ON(TRUNCATE) | ON(SYNC) | ON(LINK) | ON(UNLINK))

static const struct disk_failure disk_failures[] = {
	{"fails", DISK_FAILS, false, ON_CHANGES | ON(OPEN) | ON(READ) | ON(LOCK)},
	{"fails from here on", DISK_FAILS, true, ON_CHANGES},
	{"reads fail from here on", DISK_FAILS, true, ON(READ) | ON(OPEN)},
	{"locks are held from here on", DISK_FAILS, true, ON(LOCK)},
	{"fails but is done", DISK_FAILS_DONE, false, ON_CHANGES},
	{"syncs lose", DISK_LOSES, false, ON(SYNC)},
	{"syncs lose from here on", DISK_LOSES, true, ON(SYNC)},
	{"is full", DISK_IS_FULL, false, ON(WRITE) | ON(LINK) | ON(SYNC)},
	{"is full from here on", DISK_IS_FULL, true, ON(WRITE) | ON(LINK)},
};

static const struct disk_failure *disk_failure;

static bool concerns(const struct disk_failure *failure, enum disk_event event)
{
	return (failure->events & (1u << event)) != 0;
}

static enum disk_answer fail_at_disk(enum disk_event event, const char *path)
{
	if (!story.scene)
		return DISK_DOES;
	if (explore_is_child())
		return disk_failure && disk_failure->persists && concerns(disk_failure, event)
			? disk_failure->answer
			: DISK_DOES;
	for (size_t i = 0; i < sizeof(disk_failures) / sizeof(disk_failures[0]); i++) {
		if (!concerns(&disk_failures[i], event) ||
			!explore_branch("%s, %s %s %s", operation_text(&story.scene->op),
				disk_event_name(event), path, disk_failures[i].name))
			continue;
		disk_failure = &disk_failures[i];
		return disk_failure->answer;
	}
	return DISK_DOES;
}

static void judge_disk(enum festore_error error)
{
	story_judge(error, disk_failure && (disk_failure->events & ON_CHANGES) != 0);
}

static void the_disk_fails(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	disk_failure = NULL;
	disk_on_event(fail_at_disk);
	story_play(story_short_scenes, story_short_scene_count, judge_disk);
	explore_end("failures of the disk");
}

/* --- the way to the TA ------------------------------------------------------------------------ */

struct call_failure {
	const char *name;
	TEEC_Result result;
	uint32_t origin;
	bool is_after; /* the TA has done it */
	bool persists;
};

static const struct call_failure call_failures[] = {
	{"cannot be sent", TEEC_ERROR_COMMUNICATION, TEEC_ORIGIN_COMMS, false, false},
	{"cannot be sent from here on", TEEC_ERROR_COMMUNICATION, TEEC_ORIGIN_COMMS, false, true},
	{"finds no memory", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_TEE, false, false},
	{"finds no memory from here on", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_TEE, false, true},
	{"finds the TEE busy", TEEC_ERROR_BUSY, TEEC_ORIGIN_TEE, false, false},
	{"finds the TEE busy from here on", TEEC_ERROR_BUSY, TEEC_ORIGIN_TEE, false, true},
	{"loses its answer", TEEC_ERROR_COMMUNICATION, TEEC_ORIGIN_COMMS, true, false},
	{"loses its answer from here on", TEEC_ERROR_COMMUNICATION, TEEC_ORIGIN_COMMS, true, true},
	{"finds the TA crashed, and no other", TEEC_ERROR_TARGET_DEAD, TEEC_ORIGIN_TEE, false,
		false},
	{"has no memory for its answer", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_API, true, false},
};

static const struct call_failure *call_failure;

static bool was_refused;

/* After a crash the first new session fails too. */
static bool refuse_once(struct direct_event *event)
{
	if (call_failure->result != TEEC_ERROR_TARGET_DEAD || event->call != DIRECT_OPEN ||
		was_refused)
		return false;
	was_refused = true;
	event->result = TEEC_ERROR_BUSY;
	event->origin = TEEC_ORIGIN_TEE;
	return true;
}

static bool answer_call(struct direct_event *event)
{
	if (call_failure->result == TEEC_ERROR_TARGET_DEAD)
		direct_crash();
	event->result = call_failure->result;
	event->origin = call_failure->origin;
	return true;
}

static bool fail_at_call(struct direct_event *event)
{
	if (!story.scene || (event->is_after && event->call == DIRECT_OPEN))
		return false;
	if (explore_is_child() && refuse_once(event))
		return true;
	if (explore_is_child())
		return call_failure->persists && call_failure->is_after == event->is_after &&
			answer_call(event);
	for (size_t i = 0; i < sizeof(call_failures) / sizeof(call_failures[0]); i++) {
		if (call_failures[i].is_after != event->is_after ||
			!explore_branch("%s, call %u of command %u %s",
				operation_text(&story.scene->op), event->call, event->command,
				call_failures[i].name))
			continue;
		call_failure = &call_failures[i];
		return answer_call(event);
	}
	return false;
}

static void judge_call(enum festore_error error)
{
	story_judge(error, true);
}

static void calls_of_the_ta_fail(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	call_failure = NULL;
	direct_on_call(fail_at_call);
	story_play(story_short_scenes, story_short_scene_count, judge_call);
	explore_end("failures of calls");
}

/* --- memory ----------------------------------------------------------------------------------- */

static bool memory_is_gone;

static bool fail_allocation(enum heap_user user)
{
	if (!story.scene)
		return true;
	if (explore_is_child())
		return !memory_is_gone;
	for (unsigned int persists = 0; persists < 2; persists++) {
		if (!explore_branch("%s, no memory for %s%s", operation_text(&story.scene->op),
			    user == HEAP_SQLITE ? "SQLite" : "the library",
			    persists != 0 ? " from here on" : ""))
			continue;
		memory_is_gone = persists != 0;
		return false;
	}
	return true;
}

static void judge_memory(enum festore_error error)
{
	story_judge(error, false);
}

static void the_client_runs_out_of_memory(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	explore_coarsen(2);
	memory_is_gone = false;
	heap_on_allocation(fail_allocation);
	story_play(story_short_scenes, story_short_scene_count, judge_memory);
	explore_end("failures of the client's allocations");
}

/* Of the calls of the GP API those that need memory, the TA's or the core's. */
static void fail_in_ta(const char *call, void *arg)
{
	static const char *const calls[] = {
		"TEE_Malloc", "TEE_Realloc", "TEE_AllocateOperation", "TEE_OpenTASession"};
	bool allocates = false;

	(void)arg;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		allocates = allocates || strcmp(call, calls[i]) == 0;
	if (!story.scene || !allocates || explore_is_child())
		return;
	for (unsigned int times = 0; times < 2; times++) {
		if (!explore_branch("%s, no memory in the TA for %s, %s",
			    operation_text(&story.scene->op), call,
			    times == 0 ? "from here on" : "once"))
			continue;
		fake_tee_fail_alloc(1, times);
		return;
	}
}

static void the_ta_runs_out_of_memory(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	fake_tee_on_call(fail_in_ta, NULL);
	story_play(story_short_scenes, story_short_scene_count, judge_call);
	explore_end("failures of the TA's allocations");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_disk_fails),
		cmocka_unit_test(calls_of_the_ta_fail),
		cmocka_unit_test(the_client_runs_out_of_memory),
		cmocka_unit_test(the_ta_runs_out_of_memory),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
