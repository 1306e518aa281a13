// SPDX-License-Identifier: BSD-2-Clause
/*
 * Thousands of random operations of two users with two handles each, against plain tables: whatever
 * the order, the store holds what the table holds, also after the TA or the machine was restarted.
 */
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "files.h"
#include "heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 2, HANDLES = 2, OPERATIONS = 8000, SEEDS = 4, PARTS_MAX = 12 };

/* What users must not share. */
struct user {
	uint32_t uid;
	struct files files;
	struct festore *handles[HANDLES];
};

static struct user users[USERS];

static struct festore *open_for(const struct user *user, unsigned int handle)
{
	const unsigned int place = (unsigned int)(user - users);
	char folder[32];
	struct festore_options options = {.storage = FESTORE_STORAGE_VAULT, .directory = folder};
	struct festore *fs = NULL;

	snprintf(folder, sizeof(folder), "/disk/user%u", place);
	direct_uid = user->uid;
	direct_client = place * HANDLES + handle;
	disk_client = direct_client;
	heap_resume();
	if (festore_open(&fs, &options) != FESTORE_OK)
		wrong("cannot open: %s", festore_reason(fs));
	heap_pause();
	return fs;
}

static void reopen(struct user *user, unsigned int handle)
{
	heap_resume();
	festore_close(&user->handles[handle]);
	heap_pause();
	user->handles[handle] = open_for(user, handle);
}

static size_t random_len(void)
{
	switch (chance_below(24)) {
	case 0:
		return 0;
	case 1:
		return 4096;
	case 2:
		return 4097;
	case 3:
		return 65536;
	case 4:
		return chance_below(200 * 1024);
	case 5:
		return chance_below(8) == 0 ? 1048576 : 65537;
	case 6:
	case 7:
		return chance_below(9000);
	default:
		return chance_below(300);
	}
}

/* Few tags, so that they meet. */
static const char *random_tag(void)
{
	static char tags[2][24];
	static unsigned int turn;
	char *tag = tags[turn++ % 2];

	snprintf(tag, sizeof(tags[0]), "%c%u", 'a' + (char)chance_below(3), chance_below(10));
	return tag;
}

static bool is_impossible(const struct operation *op)
{
	return op->kind == OP_MOVE && strcmp(op->tag, op->to) == 0;
}

/* The table has room for so many appends of a file. */
static bool is_full(const struct files *files, const struct operation *op)
{
	const struct file *file = op->kind == OP_APPEND ? files_find(files, op->tag) : NULL;

	return file && file->count == FILE_PIECES;
}

static struct operation random_part(void)
{
	static const enum operation_kind kinds[] = {OP_PUT, OP_PUT, OP_PUT, OP_REMOVE, OP_MOVE};
	static char tags[2][PARTS_MAX][24];
	static unsigned int turn;
	const unsigned int at = turn++ % PARTS_MAX;
	struct operation op = {.kind = kinds[chance_below(sizeof(kinds) / sizeof(kinds[0]))]};

	snprintf(tags[0][at], sizeof(tags[0][at]), "%s", random_tag());
	snprintf(tags[1][at], sizeof(tags[1][at]), "%s", random_tag());
	op.tag = tags[0][at];
	op.to = op.kind == OP_MOVE ? tags[1][at] : NULL;
	op.len = op.kind == OP_PUT ? random_len() % 65537 : 0;
	op.seed = chance_below(1u << 30);
	return op;
}

/* Of many parts one fails nearly always: few, mostly. */
static void fill_batch(struct operation *op)
{
	static struct operation parts[PARTS_MAX];
	const size_t count = chance_below(3) == 0 ? chance_below(PARTS_MAX + 1) : chance_below(4);

	op->parts = parts;
	op->part_count = 0;
	op->is_aborted = chance_below(8) == 0;
	for (size_t i = 0; i < count; i++) {
		parts[op->part_count] = random_part();
		if (!is_impossible(&parts[op->part_count]))
			op->part_count++;
	}
}

static struct operation random_operation(void)
{
	static const enum operation_kind kinds[] = {OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_APPEND,
		OP_GET, OP_GET, OP_GET, OP_STAT, OP_REMOVE, OP_MOVE, OP_MOVE, OP_LIST, OP_INIT,
		OP_WRITE, OP_WRITE, OP_DROP, OP_READ, OP_READ, OP_BATCH};
	const enum operation_kind kind = kinds[chance_below(sizeof(kinds) / sizeof(kinds[0]))];
	struct operation op = {.kind = kind, .tag = random_tag()};

	op.to = kind == OP_MOVE ? random_tag() : NULL;
	op.len = kind == OP_PUT || kind == OP_APPEND || kind == OP_WRITE || kind == OP_DROP
		? random_len()
		: 0;
	op.seed = chance_below(1u << 30);
	if (kind == OP_PUT || kind == OP_MOVE || kind == OP_WRITE)
		op.flags = chance_below(6) == 0 ? FESTORE_NO_CLOBBER : 0;
	if (kind == OP_BATCH)
		fill_batch(&op);
	return op;
}

static void restart(bool has_power_cut)
{
	if (has_power_cut) {
		/* All that was acknowledged is safe: nothing else need survive. */
		for (unsigned int u = 0; u < USERS; u++) {
			for (unsigned int h = 0; h < HANDLES; h++) {
				heap_resume();
				festore_close(&users[u].handles[h]);
				heap_pause();
			}
		}
		disk_lose_power(chance_below(4));
		store_restart_tee();
		for (unsigned int u = 0; u < USERS; u++) {
			for (unsigned int h = 0; h < HANDLES; h++)
				users[u].handles[h] = open_for(&users[u], h);
		}
		return;
	}
	direct_crash();
}

/* A handle hears of the TA's crash once, and is told so; the next call connects again. */
static void hear_of_crash(struct user *user, unsigned int handle)
{
	struct files nothing = {0};
	const struct operation stat = {.kind = OP_STAT, .tag = "~absent"};
	enum festore_error error = store_run(&user->handles[handle], &stat, &nothing, NULL);

	if (error != FESTORE_NO_TEE && error != FESTORE_NOT_FOUND)
		wrong("after a crash: %d %s", error, festore_reason(user->handles[handle]));
}

static void hear_all(void)
{
	for (unsigned int u = 0; u < USERS; u++) {
		for (unsigned int h = 0; h < HANDLES; h++) {
			direct_uid = users[u].uid;
			direct_client = u * HANDLES + h;
			hear_of_crash(&users[u], h);
		}
	}
}

static void one_step(void)
{
	const struct operation op = random_operation();
	struct user *user = &users[chance_below(USERS)];
	const unsigned int handle = chance_below(HANDLES);
	const uint32_t dice = chance_below(400);

	direct_uid = user->uid;
	direct_client = (unsigned int)(user - users) * HANDLES + handle;
	disk_client = direct_client;
	if (dice < 8)
		reopen(user, handle);
	else if (dice == 8)
		restart(true);
	else if (dice == 9) {
		restart(false);
		hear_all();
	} else if (!is_impossible(&op) && !is_full(&user->files, &op))
		store_do(&user->handles[handle], &op, &user->files);
}

static void begin_users(void)
{
	memset(users, 0, sizeof(users));
	for (unsigned int u = 0; u < USERS; u++) {
		users[u].uid = 1000 + u;
		for (unsigned int h = 0; h < HANDLES; h++)
			users[u].handles[h] = open_for(&users[u], h);
	}
}

static void end_users(void)
{
	for (unsigned int u = 0; u < USERS; u++) {
		direct_uid = users[u].uid;
		for (unsigned int h = 0; h < HANDLES; h++) {
			if (h == 0)
				store_check(&users[u].handles[h], &users[u].files, NULL);
			heap_resume();
			festore_close(&users[u].handles[h]);
			heap_pause();
		}
	}
	store_check_clean();
}

static void the_store_holds_what_a_table_holds(void **arg)
{
	const unsigned int operations = OPERATIONS / explore_sample();

	(void)arg;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		print_message("seed %u\n", seed);
		store_begin();
		chance_begin(seed);
		begin_users();
		for (unsigned int i = 0; i < operations; i++)
			one_step();
		end_users();
		store_end();
	}
}

/* Whoever finds another user's vault in a directory cannot open it, and harms nothing. */
static void another_users_vault_is_refused(void **arg)
{
	struct files files = {0};
	struct festore *fs = NULL;
	const struct operation put = {.kind = OP_PUT, .tag = "a", .len = 10, .seed = 1};
	const struct operation get = {.kind = OP_GET, .tag = "a"};

	(void)arg;
	store_begin();
	fs = store_open();
	store_do(&fs, &put, &files);
	store_run(&fs, &(struct operation){.kind = OP_REOPEN}, &files, NULL);
	direct_uid = 1001;
	store_run(&fs, &(struct operation){.kind = OP_REOPEN}, &files, NULL);
	assert_int_equal(store_run(&fs, &get, &files, NULL), FESTORE_DAMAGED);
	assert_int_equal(store_run(&fs, &put, &files, NULL), FESTORE_DAMAGED);
	direct_uid = 1000;
	store_run(&fs, &(struct operation){.kind = OP_REOPEN}, &files, NULL);
	store_check(&fs, &files, NULL);
	heap_resume();
	festore_close(&fs);
	heap_pause();
	store_check_clean();
	store_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_store_holds_what_a_table_holds),
		cmocka_unit_test(another_users_vault_is_refused),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
