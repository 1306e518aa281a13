/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations on files as a table: what the tags "a" and "b" hold before and after each, small
 * and large. Tests of misfortune run every one of them and ask which of the two it left.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "large.h"

struct change {
	const char *name;
	struct held a, b; /* before */
	TEE_Result (*run)(uint32_t session);
	struct held new_a, new_b; /* after */
	bool may_leave_both;      /* interrupted: the old "a" under both tags */
};

static inline TEE_Result run_put_small(uint32_t session)
{
	return put_held(session, "a", SMALL(2), 0);
}

static inline TEE_Result run_put_large(uint32_t session)
{
	return put_held(session, "a", LARGE(2), 0);
}

static inline TEE_Result run_put_new_large(uint32_t session)
{
	return put_held(session, "a", LARGE(2), FESTORE_WIRE_NO_CLOBBER);
}

/* A get is an operation too: what it gives must be right whatever fails on the way. */
static inline TEE_Result run_get(uint32_t session)
{
	size_t len = 0;
	TEE_Result res = get_large(session, "a", &len);

	if (res == TEE_SUCCESS)
		assert_true(answer_is(LARGE(1), len));
	return res;
}

static inline TEE_Result run_stat(uint32_t session)
{
	struct festore_wire_file file = {0};
	TEE_Result res = stat_file(session, "a", &file);

	if (res == TEE_SUCCESS)
		assert_int_equal(file.size, LARGE(1).len);
	return res;
}

static inline TEE_Result run_remove(uint32_t session)
{
	return remove_file(session, "a");
}

static inline TEE_Result run_move(uint32_t session)
{
	return move(session, "a", "b");
}

static inline TEE_Result run_move_new(uint32_t session)
{
	return move_flags(session, "a", "b", FESTORE_WIRE_NO_CLOBBER);
}

static inline TEE_Result run_list(uint32_t session)
{
	struct listing listing = {0};
	TEE_Result res = list_all(session, &listing);

	if (res == TEE_SUCCESS && listing.damaged == 0) {
		assert_int_equal(listing.count, 2);
		assert_int_equal(listing.times_a, 1);
		assert_int_equal(listing.times_b, 1);
		assert_int_equal(listing.size_a, LARGE(1).len);
		assert_int_equal(listing.size_b, SMALL(3).len);
	}
	return res;
}

static const struct change changes[] = {
	{"put small", NOTHING, NOTHING, run_put_small, SMALL(2), NOTHING, false},
	{"put large", NOTHING, NOTHING, run_put_large, LARGE(2), NOTHING, false},
	{"put large, no-clobber", NOTHING, NOTHING, run_put_new_large, LARGE(2), NOTHING, false},
	{"replace large by large", LARGE(1), NOTHING, run_put_large, LARGE(2), NOTHING, false},
	{"replace large by small", LARGE(1), NOTHING, run_put_small, SMALL(2), NOTHING, false},
	{"replace small by large", SMALL(1), NOTHING, run_put_large, LARGE(2), NOTHING, false},
	{"get large", LARGE(1), NOTHING, run_get, LARGE(1), NOTHING, false},
	{"stat large", LARGE(1), NOTHING, run_stat, LARGE(1), NOTHING, false},
	{"remove small", SMALL(1), SMALL(3), run_remove, NOTHING, SMALL(3), false},
	{"remove large", LARGE(1), LARGE(3), run_remove, NOTHING, LARGE(3), false},
	{"move small", SMALL(1), NOTHING, run_move, NOTHING, SMALL(1), true},
	{"move large", LARGE(1), NOTHING, run_move, NOTHING, LARGE(1), true},
	{"move large, no-clobber", LARGE(1), NOTHING, run_move_new, NOTHING, LARGE(1), true},
	{"move small onto large", SMALL(1), LARGE(3), run_move, NOTHING, SMALL(1), true},
	{"move large onto small", LARGE(1), SMALL(3), run_move, NOTHING, LARGE(1), true},
	{"move large onto large", LARGE(1), LARGE(3), run_move, NOTHING, LARGE(1), true},
	{"list", LARGE(1), SMALL(3), run_list, LARGE(1), SMALL(3), false},
};

#define CHANGE_COUNT (sizeof(changes) / sizeof(changes[0]))

/* An unnamed body of "a" for sweeps to find: a put that never ended. */
static inline void leave_unnamed_body(void)
{
	const uint32_t session = open_as(ALICE);

	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	fake_tee_close_session(session);
}

static inline void prepare_tag(uint32_t session, const char *tag, struct held held)
{
	TEE_Result res = TEE_SUCCESS;

	if (held.exists)
		assert_int_equal(put_held(session, tag, held, 0), TEE_SUCCESS);
	else
		res = remove_file(session, tag);
	assert_true(res == TEE_SUCCESS || res == TEE_ERROR_ITEM_NOT_FOUND);
}

/* Makes the state before a change: both tags, and nothing unnamed but one body to be swept. */
static inline void prepare(uint32_t session, const struct change *change)
{
	struct listing listing = {0};

	prepare_tag(session, "a", change->a);
	prepare_tag(session, "b", change->b);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(count_store().unnamed, 0);
	leave_unnamed_body();
}

static inline bool both_hold(uint32_t session, struct held a, struct held b)
{
	return tag_holds(session, "a", a) && tag_holds(session, "b", b);
}

/* After misfortune: old, or new, or - of a move only - the old content under both tags. */
static inline void assert_old_or_new(uint32_t session, const struct change *change)
{
	const bool is_old = both_hold(session, change->a, change->b);
	const bool is_new = !is_old && both_hold(session, change->new_a, change->new_b);
	const bool is_both = change->may_leave_both && !is_old && !is_new &&
		both_hold(session, change->a, change->a);

	if (!is_old && !is_new && !is_both)
		fail_msg("%s: neither old nor new", change->name);
}

static inline void assert_new(uint32_t session, const struct change *change)
{
	if (!both_hold(session, change->new_a, change->new_b))
		fail_msg("%s: succeeded, but the new content is not there", change->name);
}

/* One list leaves no body that no head names, and shows what there is. */
static inline void assert_one_list_sweeps(uint32_t session, const struct change *change)
{
	struct listing listing = {0};

	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(listing.damaged, 0);
	if (count_store().unnamed != 0)
		fail_msg("%s: a list left a body that no head names", change->name);
	assert_int_equal(listing.count, count_store().heads);
}

#endif
