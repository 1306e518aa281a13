// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two clients on one vault: at every step of one client's operation the other one does a whole
 * operation of its own. Whatever a reader is given was true at some time of its call, nothing that
 * was acknowledged is lost, and whoever has to wait is told so after a bounded time.
 */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"
#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What the other one does; none of the story's tags but `a`, which all scenes below are about. */
static const struct operation others[] = {
	{.kind = OP_PUT, .tag = "a", .len = 33, .seed = 101},
	{.kind = OP_PUT, .tag = "other", .len = 5000, .seed = 102},
	{.kind = OP_APPEND, .tag = "a", .len = 9, .seed = 103},
	{.kind = OP_REMOVE, .tag = "a"},
	{.kind = OP_MOVE, .tag = "a", .to = "z"},
	{.kind = OP_GET, .tag = "a"},
	{.kind = OP_LIST},
};

static const struct scene scenes[] = {
	{.client = 0, .op = {.kind = OP_PUT, .tag = "a", .len = 100, .seed = 1}},
	{.client = 1, .op = {.kind = OP_PUT, .tag = "b", .len = 20000, .seed = 2}},
	{.client = 0, .op = {.kind = OP_GET, .tag = "a"}},
	{.client = 0, .op = {.kind = OP_STAT, .tag = "a"}},
	{.client = 0, .op = {.kind = OP_GET, .tag = "b"}},
	{.client = 0, .op = {.kind = OP_LIST}},
	{.client = 0, .op = {.kind = OP_STAT, .tag = "absent"}},
	{.client = 0, .op = {.kind = OP_PUT, .tag = "a", .len = 70000, .seed = 3}, .thin = 3},
	{.client = 0, .op = {.kind = OP_GET, .tag = "a"}},
	{.client = 0, .op = {.kind = OP_REOPEN}},
	{.client = 0, .op = {.kind = OP_GET, .tag = "a"}},
	{.client = 0, .op = {.kind = OP_APPEND, .tag = "a", .len = 20, .seed = 5}, .thin = 2},
	{.client = 1, .op = {.kind = OP_APPEND, .tag = "b", .len = 20, .seed = 6}, .thin = 2},
	{.client = 0, .op = {.kind = OP_GET, .tag = "a"}, .thin = 2},
	{.client = 0, .op = {.kind = OP_MOVE, .tag = "a", .to = "b"}},
	{.client = 0, .op = {.kind = OP_PUT, .tag = "a", .len = 1, .seed = 4}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "a"}},
};

enum { SCENES = sizeof(scenes) / sizeof(scenes[0]), OTHERS = sizeof(others) / sizeof(others[0]) };

/* What the other one was answered, and what the store then held if it came first or last. */
static const struct operation *other;
static enum festore_error other_answer;
static unsigned long sleeps;
static bool is_inside; /* the other one is at work */

static void act(unsigned int client)
{
	direct_client = client;
	disk_client = client;
}

/* Both orders are possible while the one operation is under way. */
static struct files other_first;
static struct files other_last;

static bool is_change(const struct operation *op)
{
	return op->kind == OP_PUT || op->kind == OP_APPEND || op->kind == OP_REMOVE ||
		op->kind == OP_MOVE;
}

static void foresee(void)
{
	other_first = story.before;
	files_apply(&other_first, other);
	files_apply(&other_first, &story.scene->op);
	other_last = story.after;
	files_apply(&other_last, other);
	/* What a reader may be given. */
	if (!is_change(&story.scene->op))
		story.after = other_last;
}

/* In the child: the other client's whole operation, here and now. */
static void other_acts(void)
{
	const unsigned int first = story.scene->client;

	is_inside = true;
	act(1 - first);
	other_answer = store_run(&story.handles[1 - first], other, &story.before, &story.after);
	act(first);
	is_inside = false;
}

static void branch(const char *where)
{
	if (!story.scene || is_inside || explore_is_child())
		return;
	for (size_t i = 0; i < OTHERS; i++) {
		if (!explore_branch("%s, at %s the other does %zu",
			    operation_text(&story.scene->op), where, i))
			continue;
		other = &others[i];
		foresee();
		other_acts();
		return;
	}
}

static enum disk_answer branch_at_disk(enum disk_event event, const char *path)
{
	(void)path;
	if (event == DISK_SLEEP)
		sleeps++;
	if (event == DISK_READ || event == DISK_LOCK || event == DISK_SYNC)
		branch(disk_event_name(event));
	return DISK_DOES;
}

static bool branch_at_call(struct direct_event *event)
{
	branch(event->is_after ? "an answer" : "a call");
	return false;
}

/* An answer that is right in one of the orders, or that it was another one's turn. */
static bool is_right(enum festore_error error, const struct operation *op,
	const struct files *first, const struct files *second)
{
	return error == FESTORE_BUSY || error == files_expect(first, op) ||
		error == files_expect(second, op);
}

static void judge(enum festore_error error)
{
	const struct operation *op = &story.scene->op;
	struct files before_with_other = story.before;
	struct files neither = story.before;
	struct files *possible[] = {&other_first, &other_last};
	struct files listed;
	bool found = false;

	story_calm();
	files_apply(&before_with_other, other);
	if (!is_right(error, op, &story.before, &before_with_other))
		wrong("answers %d: %s", error, festore_reason(story.handles[story.scene->client]));
	if (!is_right(other_answer, other, &story.before, &story.after))
		wrong("the other is answered %d: %s", other_answer,
			festore_reason(story.handles[1 - story.scene->client]));
	/* Who was refused has changed nothing. */
	if (other_answer == FESTORE_BUSY && is_change(other))
		possible[0] = possible[1] =
			error == FESTORE_BUSY || !is_change(op) ? &neither : &story.after;
	else if (error == FESTORE_BUSY && is_change(op))
		possible[0] = possible[1] = &before_with_other;
	if (store_list(&story.handles[0], &listed) != FESTORE_OK)
		wrong("cannot list: %s", festore_reason(story.handles[0]));
	for (size_t i = 0; i < 2 && !found; i++) {
		if (files_same_names(possible[i], &listed) &&
			store_has_contents(story.handles[0], possible[i])) {
			found = true;
			store_check(&story.handles[0], possible[i], NULL);
			store_check(&story.handles[1], possible[i], NULL);
		}
	}
	if (!found)
		wrong("answered %d and %d, the store has neither order", error, other_answer);
	explore_done();
}

static void every_order_is_one_after_the_other(void **state)
{
	(void)state;
	explore_begin();
	story_begin();
	disk_on_event(branch_at_disk);
	direct_on_call(branch_at_call);
	story_play(scenes, SCENES, judge);
	explore_end("operations inside of operations");
}

/* --- a reader that is overtaken again and again ---------------------------------------------- */

static unsigned int overtakings;

/* A put whenever the reader is about to ask the TA, as long as the write lock is free. */
static bool overtake(struct direct_event *event)
{
	const struct operation put = {
		.kind = OP_PUT, .tag = "busy", .len = 10, .seed = overtakings};

	if (is_inside || event->is_after || event->call != DIRECT_INVOKE)
		return false;
	is_inside = true;
	act(1);
	if (store_run(&story.handles[1], &put, NULL, NULL) == FESTORE_OK)
		overtakings++;
	act(0);
	is_inside = false;
	return false;
}

static enum disk_answer count_sleeps(enum disk_event event, const char *path)
{
	(void)path;
	sleeps += event == DISK_SLEEP ? 1 : 0;
	return DISK_DOES;
}

static void a_reader_is_overtaken_a_few_times_only(void **state)
{
	const struct operation put = {.kind = OP_PUT, .tag = "a", .len = 10, .seed = 1};
	const struct operation get = {.kind = OP_GET, .tag = "a"};
	struct files files = {0};

	(void)state;
	explore_begin();
	store_begin();
	memset(&story, 0, sizeof(story));
	for (unsigned int i = 0; i < STORY_CLIENTS; i++) {
		act(i);
		story.handles[i] = store_open();
		store_do(&story.handles[i], &put, &files);
	}
	act(0);
	overtakings = 0;
	sleeps = 0;
	disk_on_event(count_sleeps);
	direct_on_call(overtake);
	assert_int_equal(store_run(&story.handles[0], &get, &files, NULL), FESTORE_OK);
	story_calm();
	/* Three stale snapshots; then it holds the write lock, and the writer waited in vain. */
	assert_int_equal(overtakings, 3);
	/* It looked every few milliseconds, for ten seconds. */
	assert_in_range(sleeps, 625, 3000);
	for (unsigned int i = 0; i < STORY_CLIENTS; i++)
		store_run(&story.handles[i], &(struct operation){.kind = OP_GET, .tag = "a"},
			&files, NULL);
	for (unsigned int i = 0; i < STORY_CLIENTS; i++) {
		heap_resume();
		festore_close(&story.handles[i]);
		heap_pause();
	}
	store_check_clean();
	store_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_is_one_after_the_other),
		cmocka_unit_test(a_reader_is_overtaken_a_few_times_only),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
