// SPDX-License-Identifier: BSD-2-Clause
/* The story, and what must hold whatever happens in it. */
#include "story.h"

#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"

#include "fake_tee.h"

#include <string.h>

struct story story;

/* Many windows. */
enum { BIG = 1048576 };

#define PUT(tag_, len_, seed_) \
	{ \
		.kind = OP_PUT, .tag = (tag_), .len = (len_), .seed = (seed_) \
	}
#define NEW(tag_, len_, seed_) \
	{ \
		.kind = OP_PUT, .tag = (tag_), .len = (len_), .seed = (seed_), \
		.flags = FESTORE_NO_CLOBBER \
	}
#define APPEND(tag_, len_, seed_) \
	{ \
		.kind = OP_APPEND, .tag = (tag_), .len = (len_), .seed = (seed_) \
	}
#define MOVE(tag_, to_) \
	{ \
		.kind = OP_MOVE, .tag = (tag_), .to = (to_) \
	}

/* Batches: one that is stored, one of which a part fails, one that is given up. */
static const struct operation good_parts[] = {
	PUT("l", 40, 21),
	PUT("m", 5000, 22),
	MOVE("l", "n"),
	{.kind = OP_REMOVE, .tag = "g"},
	PUT("d", 60, 23),
};
static const struct operation bad_parts[] = {
	{.kind = OP_REMOVE, .tag = "n"},
	{.kind = OP_REMOVE, .tag = "absent"},
};

#define PARTS(parts_) .parts = (parts_), .part_count = sizeof(parts_) / sizeof((parts_)[0])
#define GOOD_BATCH \
	{ \
		.kind = OP_BATCH, PARTS(good_parts) \
	}
#define BAD_BATCH \
	{ \
		.kind = OP_BATCH, PARTS(bad_parts) \
	}
#define DROPPED_BATCH \
	{ \
		.kind = OP_BATCH, PARTS(good_parts), .is_aborted = true \
	}

const struct scene story_scenes[] = {
	{.client = 0, .op = {.kind = OP_INIT}},
	{.client = 0, .op = PUT("a", 100, 1)},
	{.client = 1, .op = PUT("b", 5000, 2)},
	{.client = 0, .op = PUT("e", 0, 3)},
	{.client = 0, .op = PUT("a", 200, 4)},
	{.client = 0, .op = PUT("c", 20000, 5)},
	{.client = 1, .op = {.kind = OP_REMOVE, .tag = "b"}},
	{.client = 1, .op = {.kind = OP_REMOVE, .tag = "b"}},
	{.client = 1, .op = APPEND("a", 5000, 31)},
	{.client = 0, .op = APPEND("b", 10, 32)},
	{.client = 0, .op = MOVE("a", "d")},
	{.client = 0, .op = MOVE("c", "e")},
	{.client = 0, .op = NEW("d", 10, 6)},
	{.client = 0, .op = NEW("f", 4096, 7)},
	{.client = 1, .op = {.kind = OP_GET, .tag = "d"}},
	{.client = 1, .op = {.kind = OP_LIST}},
	{.client = 0, .op = PUT("g", 66000, 8), .thin = 4},
	{.client = 0, .op = {.kind = OP_STAT, .tag = "e"}},
	{.client = 1, .op = {.kind = OP_GET, .tag = "g"}},
	{.client = 0, .op = APPEND("g", 100, 33), .thin = 4},
	{.client = 0, .op = APPEND("f", 66000, 34), .thin = 4},
	{.client = 1, .op = {.kind = OP_GET, .tag = "g"}, .thin = 4},
	{.client = 1, .op = MOVE("g", "h"), .thin = 2},
	{.client = 1, .op = {.kind = OP_WRITE, .tag = "g", .len = 140000, .seed = 16}, .thin = 4},
	{.client = 0, .op = {.kind = OP_READ, .tag = "g", .seed = 17}, .thin = 4},
	{.client = 0, .op = {.kind = OP_DROP, .tag = "g", .len = 140000, .seed = 18}, .thin = 4},
	{.client = 1, .op = PUT("g", 70000, 19), .thin = 4},
	{.client = 0, .op = DROPPED_BATCH},
	{.client = 0, .op = GOOD_BATCH},
	{.client = 1, .op = BAD_BATCH},
	{.client = 1, .op = {.kind = OP_REMOVE, .tag = "m"}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "n"}},
	{.client = 0, .op = {.kind = OP_MOVE, .tag = "h", .to = "e", .flags = FESTORE_NO_CLOBBER}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "h"}},
	{.client = 1, .op = {.kind = OP_REOPEN}},
	{.client = 1, .op = PUT("f", 4097, 9)},
	{.client = 1, .op = PUT("f", 30, 10)},
	{.client = 0, .op = PUT("f", 30, 11)},
	{.client = 0, .op = PUT("i", 1, 12)},
	{.client = 1, .op = PUT("j", 2, 13)},
	{.client = 0, .op = PUT("k", 3, 14)},
	{.client = 1, .op = MOVE("k", "j")},
	{.client = 0, .op = PUT("big", BIG, 15), .thin = 60},
	{.client = 1, .op = {.kind = OP_GET, .tag = "big"}, .thin = 60},
	{.client = 1, .op = {.kind = OP_REMOVE, .tag = "big"}, .thin = 60},
	{.client = 0, .op = {.kind = OP_LIST}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "d"}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "e"}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "f"}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "i"}},
	{.client = 1, .op = {.kind = OP_REMOVE, .tag = "j"}},
	{.client = 1, .op = {.kind = OP_LIST}},
};

const unsigned int story_scene_count = sizeof(story_scenes) / sizeof(story_scenes[0]);

const struct scene story_short_scenes[] = {
	{.client = 0, .op = {.kind = OP_INIT}},
	{.client = 0, .op = PUT("a", 100, 1)},
	{.client = 0, .op = PUT("a", 5000, 2)},
	{.client = 0, .op = APPEND("a", 300, 31)},
	{.client = 0, .op = APPEND("b", 1, 32), .thin = 2},
	{.client = 0, .op = PUT("g", 66000, 3), .thin = 4},
	{.client = 0, .op = APPEND("g", 100, 33), .thin = 4},
	{.client = 0, .op = {.kind = OP_GET, .tag = "g"}, .thin = 2},
	{.client = 0, .op = {.kind = OP_WRITE, .tag = "g", .len = 70000, .seed = 4}, .thin = 4},
	{.client = 0, .op = {.kind = OP_READ, .tag = "g", .seed = 5}, .thin = 2},
	{.client = 0, .op = {.kind = OP_DROP, .tag = "g", .len = 70000, .seed = 6}, .thin = 2},
	{.client = 0, .op = GOOD_BATCH, .thin = 2},
	{.client = 0, .op = BAD_BATCH, .thin = 2},
	{.client = 0, .op = DROPPED_BATCH, .thin = 2},
	{.client = 0, .op = PUT("g", 70000, 7), .thin = 8},
	{.client = 0, .op = {.kind = OP_REOPEN}},
	{.client = 0, .op = {.kind = OP_GET, .tag = "a"}},
	{.client = 0, .op = {.kind = OP_STAT, .tag = "a"}},
	{.client = 0, .op = {.kind = OP_STAT, .tag = "b"}},
	{.client = 0, .op = MOVE("a", "b")},
	{.client = 0, .op = MOVE("b", "g")},
	{.client = 0, .op = {.kind = OP_LIST}},
	{.client = 0, .op = {.kind = OP_REOPEN}},
	{.client = 0, .op = {.kind = OP_REMOVE, .tag = "g"}},
	{.client = 0, .op = {.kind = OP_LIST}},
};

const unsigned int story_short_scene_count =
	sizeof(story_short_scenes) / sizeof(story_short_scenes[0]);

/* Bytes of the TA's heap that a vault takes while nobody has it open. */
static size_t slot_heap;

static size_t ta_heap(void)
{
	struct fake_counters counters;

	fake_tee_counters(&counters);
	return counters.heap;
}

static void close_handle(struct festore **handle)
{
	heap_resume();
	festore_close(handle);
	heap_pause();
}

void story_begin(void)
{
	const struct operation init = {.kind = OP_INIT};
	struct files files = {0};
	struct festore *fs = NULL;

	store_begin();
	fs = store_open();
	store_do(&fs, &init, &files);
	close_handle(&fs);
	slot_heap = ta_heap();
	store_end();
	store_begin();
}

/* All handles are closed: nothing is left but what the TA knows of the vault. */
static void check_end(void)
{
	for (unsigned int i = 0; i < STORY_CLIENTS; i++)
		close_handle(&story.handles[i]);
	store_check_clean();
	if (slot_heap != 0 && ta_heap() != slot_heap)
		wrong("%zu bytes of the TA's heap are in use, not %zu", ta_heap(), slot_heap);
}

static void act_as(unsigned int client)
{
	disk_client = client;
	direct_client = client;
}

static void play_scene(const struct scene *scene, void (*judge)(enum festore_error error))
{
	struct festore **handle = &story.handles[scene->client];
	const enum festore_error expected = files_expect(&story.before, &scene->op);
	enum festore_error error = FESTORE_OK;

	story.scene = scene;
	story.after = story.before;
	files_apply(&story.after, &scene->op);
	explore_thin_out(scene->thin == 0 ? 1 : scene->thin);
	act_as(scene->client);
	error = store_run(handle, &scene->op, &story.before, &story.after);
	if (explore_is_child()) {
		judge(error);
		explore_done();
	}
	if (error != expected)
		wrong("%s answers %d, not %d: %s", operation_text(&scene->op), error, expected,
			festore_reason(*handle));
	story.before = story.after;
}

void story_play(
	const struct scene *scenes, unsigned int count, void (*judge)(enum festore_error error))
{
	memset(&story, 0, sizeof(story));
	for (unsigned int i = 0; i < STORY_CLIENTS; i++) {
		act_as(i);
		story.handles[i] = store_open();
	}
	for (unsigned int i = 0; i < count; i++)
		play_scene(&scenes[i], judge);
	story_calm();
	check_end();
	store_end();
}

void story_calm(void)
{
	disk_on_event(NULL);
	direct_on_call(NULL);
	heap_on_allocation(NULL);
	fake_tee_fail_alloc(0, 0);
}

void story_cut_power(uint32_t luck)
{
	story_calm();
	disk_lose_power(luck);
	store_restart_tee();
	act_as(9);
	store_check_fresh(&story.before, &story.after);
	explore_done();
}

void story_kill_client(void)
{
	const unsigned int dead = story.scene->client;
	struct festore **other = &story.handles[1 - dead];
	struct files *held = NULL;

	story_calm();
	disk_kill(dead);
	direct_kill(dead);
	act_as(1 - dead);
	held = store_check(other, &story.before, &story.after);
	act_as(9);
	store_check_fresh(held, NULL);
	explore_done();
}

/* What a failure may be called, whatever failed. What is not there is never said of what is. */
static bool is_honest(enum festore_error error)
{
	return error == FESTORE_ERROR || error == FESTORE_NO_SPACE || error == FESTORE_BUSY ||
		error == FESTORE_NO_TEE || error == FESTORE_DENIED;
}

/* Which of `before` and `after` the answer leaves possible; the second may be NULL. */
static struct files *believe(enum festore_error error, struct files **ret_other)
{
	const struct operation *op = &story.scene->op;
	const char *reason = festore_reason(story.handles[story.scene->client]);
	const enum festore_error expected = files_expect(&story.before, op);

	*ret_other = NULL;
	if (error == expected)
		return &story.after;
	if (!is_honest(error))
		wrong("%s answers %d: %s", operation_text(op), error, reason);
	if (reason[0] == '\0')
		wrong("%s answers %d without a reason", operation_text(op), error);
	if (strstr(reason, "not known"))
		*ret_other = &story.after;
	return &story.before;
}

/* The next call works; but one that is the first to find the TA gone says so. */
static void hear_of_crash(unsigned int client)
{
	const struct operation stat = {.kind = OP_STAT, .tag = "~absent"};
	struct festore **handle = &story.handles[client];
	enum festore_error error = FESTORE_OK;

	act_as(client);
	if (!*handle || story.scene->op.kind == OP_REOPEN) {
		close_handle(handle);
		*handle = store_open();
	}
	error = store_run(handle, &stat, &story.before, NULL);
	if (error != FESTORE_NOT_FOUND && error != FESTORE_NO_TEE)
		wrong("the next call answers %d: %s", error, festore_reason(*handle));
}

void story_judge(enum festore_error error, bool with_cuts)
{
	const unsigned int client = story.scene->client;
	struct files *other = NULL;
	struct files *held = believe(error, &other);

	story_calm();
	for (uint32_t luck = 0; with_cuts && luck < 3; luck++) {
		if (!explore_branch("answered %d, then power with luck %u", error, luck))
			continue;
		story.before = *held;
		story.after = other ? *other : *held;
		story_cut_power(luck == 2 ? 77 : luck);
	}
	hear_of_crash(client);
	held = store_check(&story.handles[client], held, other);
	hear_of_crash(1 - client);
	store_check(&story.handles[1 - client], held, NULL);
	check_end();
	explore_done();
}
