// SPDX-License-Identifier: BSD-2-Clause
/*
 * The power is cut, a client dies, or the TA crashes, at every single step of a story: every write,
 * truncation, sync and name on the disk, before and after every call of the TA. Then all that was
 * acknowledged is there, what was under way is whole or not at all, and the store goes on.
 */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"
#include "story.h"

#include <festore_vault.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* How the disk fares: nothing unsynced survives, all does, and some chances between. */
enum { LUCKS = 6 };

static uint32_t cuts;

static void cut_here(const char *where, const char *what)
{
	const struct operation *op = &story.scene->op;

	for (uint32_t luck = 0; luck < LUCKS; luck++) {
		/* What chance decides is another thing at each cut. */
		const uint32_t drawn = luck < 2 ? luck : cuts * LUCKS + luck;

		if (explore_branch("%s, power cut at %s %s, luck %u", operation_text(op), where,
			    what, drawn))
			story_cut_power(drawn);
	}
	cuts++;
}

static enum disk_answer cut_at_disk(enum disk_event event, const char *path)
{
	if (story.scene && disk_event_changes(event))
		cut_here(disk_event_name(event), path);
	return DISK_DOES;
}

static const char *call_name(const struct direct_event *event)
{
	static char name[48];

	snprintf(name, sizeof(name), "%s TA command %u", event->is_after ? "after" : "before",
		event->call == DIRECT_INVOKE ? event->command : 1000);
	return name;
}

static bool cut_at_call(struct direct_event *event)
{
	if (story.scene)
		cut_here("call", call_name(event));
	return false;
}

static void never(enum festore_error error)
{
	wrong("a branch goes on to its end: %d", error);
}

static void a_power_cut_leaves_old_or_new(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	disk_on_event(cut_at_disk);
	direct_on_call(cut_at_call);
	story_play(story_scenes, story_scene_count, never);
	explore_end("power cuts");
}

/* --- the power goes while the store recovers from a power cut -------------------------------- */

static enum disk_answer cut_again_at_disk(enum disk_event event, const char *path)
{
	if (!disk_event_changes(event))
		return DISK_DOES;
	for (uint32_t luck = 0; luck < 3; luck++) {
		const uint32_t drawn = luck < 2 ? luck : cuts++ * LUCKS + luck;

		if (explore_branch(
			    "second cut at %s %s, luck %u", disk_event_name(event), path, drawn))
			story_cut_power(drawn);
	}
	return DISK_DOES;
}

/* What comes after the first cut is a story of its own: one put, cut again. */
static void cut_twice(uint32_t luck)
{
	const struct operation put = {.kind = OP_PUT, .tag = "~second", .len = 300, .seed = 99};
	struct festore *fs = NULL;
	enum festore_error error = FESTORE_OK;

	story_calm();
	disk_lose_power(luck);
	store_restart_tee();
	fs = store_open();
	/* Only the list tells what the first cut has left; it does not write. */
	store_run(&fs, &(struct operation){.kind = OP_LIST}, &story.before, &story.after);
	store_run(&fs, &(struct operation){.kind = OP_REOPEN}, NULL, NULL);
	if (store_run(&fs, &(struct operation){.kind = OP_LIST}, &story.after, NULL) != FESTORE_OK)
		wrong("cannot list after the first cut: %s", festore_reason(fs));
	story.before = story.after;
	files_apply(&story.after, &put);
	disk_on_event(cut_again_at_disk);
	error = store_run(&fs, &put, NULL, NULL);
	if (error != FESTORE_OK)
		wrong("cannot put after the first cut: %s", festore_reason(fs));
	explore_done();
}

/* After the commit only, so that it is known what the first cut leaves: all of it. */
static bool cut_after_confirm(struct direct_event *event)
{
	if (story.scene && event->is_after && event->call == DIRECT_INVOKE &&
		event->command == FESTORE_CMD_VAULT_CONFIRM &&
		explore_branch("%s, first cut", operation_text(&story.scene->op)))
		cut_twice(0);
	return false;
}

static void a_second_cut_leaves_old_or_new(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	direct_on_call(cut_after_confirm);
	story_play(story_scenes, story_scene_count, never);
	explore_end("second cuts");
}

/* --- a client dies ---------------------------------------------------------------------------- */

static enum disk_answer kill_at_disk(enum disk_event event, const char *path)
{
	if (story.scene && (disk_event_changes(event) || event == DISK_LOCK) &&
		explore_branch("%s, killed at %s %s", operation_text(&story.scene->op),
			disk_event_name(event), path))
		story_kill_client();
	return DISK_DOES;
}

static bool kill_at_call(struct direct_event *event)
{
	if (story.scene &&
		explore_branch("%s, killed %s", operation_text(&story.scene->op), call_name(event)))
		story_kill_client();
	return false;
}

static void a_dead_client_harms_nobody(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	disk_on_event(kill_at_disk);
	direct_on_call(kill_at_call);
	story_play(story_scenes, story_scene_count, never);
	explore_end("dead clients");
}

/* --- the TA crashes --------------------------------------------------------------------------- */

static void judge_crash(enum festore_error error)
{
	story_judge(error, true);
}

static bool crash_at_call(struct direct_event *event)
{
	if (!story.scene || event->call != DIRECT_INVOKE ||
		!explore_branch(
			"%s, TA crashes %s", operation_text(&story.scene->op), call_name(event)))
		return false;
	direct_crash();
	story_calm();
	if (!event->is_after)
		return false;
	/* What it had answered is lost with it. */
	event->result = TEEC_ERROR_TARGET_DEAD;
	event->origin = TEEC_ORIGIN_TEE;
	return true;
}

static enum disk_answer crash_at_disk(enum disk_event event, const char *path)
{
	if (!story.scene || (event != DISK_SYNC && event != DISK_LINK) ||
		!explore_branch("%s, TA crashes at %s %s", operation_text(&story.scene->op),
			disk_event_name(event), path))
		return DISK_DOES;
	direct_crash();
	story_calm();
	return DISK_DOES;
}

static void a_crash_of_the_ta_is_survived(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	direct_on_call(crash_at_call);
	disk_on_event(crash_at_disk);
	story_play(story_scenes, story_scene_count, judge_crash);
	explore_end("crashes of the TA");
}

/* --- the end of a vault ----------------------------------------------------------------------- */

static const struct scene last_scenes[] = {
	{.client = 0, .op = {.kind = OP_PUT, .tag = "a", .len = 100, .seed = 1}},
	{.client = 0, .op = {.kind = OP_PUT, .tag = "b", .len = 9000, .seed = 2}},
	{.client = 0, .op = {.kind = OP_DESTROY}},
};

/* It is all there, or none of it, or its destruction can be ended; then there is place for another.
 */
static void end_it(void)
{
	const struct operation destroy = {.kind = OP_DESTROY};
	struct festore *fs = store_open();
	struct files nothing = {0};
	enum festore_error error = FESTORE_OK;

	if (store_run(&fs, &(struct operation){.kind = OP_GET, .tag = "a"}, &story.before, NULL) ==
		FESTORE_OK)
		store_check(&fs, &story.before, NULL);
	error = store_run(&fs, &destroy, &nothing, NULL);
	if (error != FESTORE_OK && error != FESTORE_NOT_FOUND)
		wrong("cannot be destroyed to the end: %d %s", error, festore_reason(fs));
	store_check(&fs, &nothing, NULL);
	explore_done();
}

static enum disk_answer cut_the_end(enum disk_event event, const char *path)
{
	if (!story.scene || story.scene->op.kind != OP_DESTROY || !disk_event_changes(event))
		return DISK_DOES;
	for (uint32_t luck = 0; luck < LUCKS; luck++) {
		if (!explore_branch("destroy, power cut at %s %s, luck %u", disk_event_name(event),
			    path, luck))
			continue;
		story_calm();
		disk_lose_power(luck < 2 ? luck : cuts++ * LUCKS + luck);
		store_restart_tee();
		end_it();
	}
	if (explore_branch("destroy, killed at %s %s", disk_event_name(event), path)) {
		story_calm();
		disk_kill(story.scene->client);
		end_it();
	}
	return DISK_DOES;
}

static void a_destruction_can_be_ended(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	disk_on_event(cut_the_end);
	story_play(last_scenes, sizeof(last_scenes) / sizeof(last_scenes[0]), never);
	explore_end("cut destructions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_cut_leaves_old_or_new),
		cmocka_unit_test(a_second_cut_leaves_old_or_new),
		cmocka_unit_test(a_dead_client_harms_nobody),
		cmocka_unit_test(a_crash_of_the_ta_is_survived),
		cmocka_unit_test(a_destruction_can_be_ended),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
