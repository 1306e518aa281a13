// SPDX-License-Identifier: BSD-2-Clause
/*
 * The storage `rpmb`, whose overwrite by OP-TEE removes the old object first: power cuts at each
 * write and failures of each call leave old or new all the same. And what is its own: the limit, no
 * pieces, objects that keep their length, a TEE without it.
 */
#include "changes.h"

#include <sys/stat.h>

#define STEPS_MAX 100u

static int setup_rpmb(void **state)
{
	storage_under_test = FESTORE_WIRE_RPMB;
	return setup(state);
}

static int teardown_rpmb(void **state)
{
	fake_tee_have_rpmb(true);
	return teardown(state);
}

#define TINY(seed_) ((struct held){true, seed_, 10})
#define FULL(seed_) ((struct held){true, seed_, FESTORE_RPMB_MAX})

static TEE_Result run_put_tiny(uint32_t session)
{
	return put_held(session, "a", TINY(2), 0);
}

static TEE_Result run_put_full(uint32_t session)
{
	return put_held(session, "a", FULL(2), 0);
}

static TEE_Result run_put_new(uint32_t session)
{
	return put_held(session, "a", SMALL(2), FESTORE_WIRE_NO_CLOBBER);
}

static const struct change rpmb_changes[] = {
	{"put", NOTHING, NOTHING, run_put_small, SMALL(2), NOTHING, false},
	{"put, no-clobber", NOTHING, NOTHING, run_put_new, SMALL(2), NOTHING, false},
	{"replace by longer", SMALL(1), NOTHING, run_put_full, FULL(2), NOTHING, false},
	{"replace by shorter", FULL(1), NOTHING, run_put_tiny, TINY(2), NOTHING, false},
	{"replace by as long", FULL(1), NOTHING, run_put_full, FULL(2), NOTHING, false},
	{"remove", SMALL(1), SMALL(3), run_remove, NOTHING, SMALL(3), false},
	{"move", SMALL(1), NOTHING, run_move, NOTHING, SMALL(1), true},
	{"move, no-clobber", SMALL(1), NOTHING, run_move_new, NOTHING, SMALL(1), true},
	{"move onto longer", SMALL(1), FULL(3), run_move, NOTHING, SMALL(1), true},
	{"move onto shorter", FULL(1), TINY(3), run_move, NOTHING, FULL(1), true},
};

#define RPMB_CHANGES (sizeof(rpmb_changes) / sizeof(rpmb_changes[0]))

static uint32_t prepared(const struct change *change)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};

	prepare_tag(session, "a", change->a);
	prepare_tag(session, "b", change->b);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	return session;
}

/* Old or new; and one list leaves no object but the files'. */
static void assert_sound(uint32_t session, const struct change *change)
{
	assert_old_or_new(session, change);
	assert_one_list_sweeps(session, change);
	assert_old_or_new(session, change);
}

/* False: the change had fewer writes, and ended well. */
static bool cut_once(const struct change *change, unsigned int n, enum fake_cut when)
{
	uint32_t session = prepared(change);
	TEE_Result res = TEE_SUCCESS;

	fake_tee_cut_power(n, when);
	res = change->run(session);
	assert_int_equal(res, fake_tee_is_powered() ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION);
	if (res != TEE_SUCCESS)
		fake_tee_restart();
	else
		fake_tee_cut_power(0, FAKE_CUT_BEFORE);
	session = open_as(ALICE);
	if (res == TEE_SUCCESS)
		assert_new(session, change);
	assert_sound(session, change);
	fake_tee_restart();
	return res != TEE_SUCCESS;
}

static void a_cut_at_every_write_leaves_old_or_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < RPMB_CHANGES; i++) {
		for (unsigned int when = FAKE_CUT_BEFORE; when <= FAKE_CUT_AFTER; when++) {
			unsigned int n = 1;

			while (cut_once(&rpmb_changes[i], n, (enum fake_cut)when))
				assert_true(++n < STEPS_MAX);
			assert_true(n > 1);
		}
	}
	assert_int_equal(counters().panics, 0);
}

/* False: the change has fewer calls of this kind. */
static bool fail_once(
	const struct change *change, enum fake_storage_call kind, unsigned int n, TEE_Result error)
{
	const uint32_t session = prepared(change);
	struct fake_counters before = counters();
	unsigned int calls = 0;
	TEE_Result res = TEE_SUCCESS;

	fake_tee_zero_counters();
	fake_tee_fail_storage(kind, n, 1, error);
	res = change->run(session);
	fake_tee_fail_storage(kind, 0, 0, TEE_SUCCESS);
	calls = kind == FAKE_STORAGE_ANY ? counters().storage_calls : counters().storage_writes;
	if (counters().panics == 0) {
		assert_true(res == TEE_SUCCESS || res == error);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
	}
	fake_tee_close_session(session);
	if (res == TEE_SUCCESS)
		assert_new(open_as(ALICE), change);
	assert_sound(open_as(ALICE), change);
	fake_tee_restart();
	return res != TEE_SUCCESS || n <= calls;
}

static void every_storage_call_can_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < RPMB_CHANGES; i++) {
		unsigned int n = 1;

		while (fail_once(
			&rpmb_changes[i], FAKE_STORAGE_ANY, n, TEE_ERROR_STORAGE_NOT_AVAILABLE))
			assert_true(++n < STEPS_MAX);
		assert_true(n > 1);
	}
	assert_int_equal(counters().panics, 0);
}

/* As in `ree`, OP-TEE panics a TA whose removal has no room. */
static void a_full_partition_leaves_old_or_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < RPMB_CHANGES; i++) {
		unsigned int n = 1;

		while (fail_once(
			&rpmb_changes[i], FAKE_STORAGE_WRITE, n, TEE_ERROR_STORAGE_NO_SPACE))
			assert_true(++n < STEPS_MAX);
	}
}

/* Bytes of the only object that there is. */
static long length_of_object(void)
{
	char folder[512];
	long len = -1;
	struct dirent *entry = NULL;
	DIR *dir = NULL;

	assert_true(store_folder(folder));
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[1024];
		struct stat info;

		if (!is_head(hex_id(entry->d_name)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(len, -1);
		len = (long)info.st_size;
	}
	closedir(dir);
	return len;
}

static void what_is_replaced_by_less_keeps_its_room(void **state)
{
	const uint32_t session = open_as(ALICE);
	long full = 0;

	(void)state;
	assert_int_equal(put_held(session, "a", FULL(1), 0), TEE_SUCCESS);
	full = length_of_object();
	assert_int_equal(put_held(session, "a", TINY(2), 0), TEE_SUCCESS);
	assert_int_equal(length_of_object(), full);
	assert_true(tag_holds(session, "a", TINY(2)));
	assert_int_equal(remove_file(session, "a"), TEE_SUCCESS);
	assert_int_equal(length_of_object(), -1);
}

static void a_replacement_is_one_write(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_held(session, "a", FULL(1), 0), TEE_SUCCESS);
	fake_tee_zero_counters();
	assert_int_equal(put_held(session, "a", SMALL(2), 0), TEE_SUCCESS);
	assert_int_equal(counters().storage_writes, 1);
}

static void what_is_too_large_or_in_pieces_is_refused(void **state)
{
	const uint32_t session = open_as(ALICE);
	const size_t larger = FESTORE_RPMB_MAX + 1;

	(void)state;
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(put(session, "a", content_of(2, larger), larger), TEE_ERROR_EXCESS_DATA);
	assert_int_equal(begin_put(session, "a"), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_NOT_SUPPORTED);
	assert_true(tag_holds(session, "a", SMALL(1)));
}

static void an_existing_tag_is_kept_if_asked_for(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "a", SMALL(2), FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	assert_true(tag_holds(session, "a", SMALL(1)));
	assert_true(tag_holds(open_as(BOB), "a", NOTHING));
}

/* A put that is cut between making and writing: no file, and the next list removes it. */
static void what_was_made_and_not_written_is_no_file(void **state)
{
	uint32_t session = open_as(ALICE);
	struct festore_wire_file file = {0};
	struct listing listing = {0};

	(void)state;
	fake_tee_cut_power(1, FAKE_CUT_AFTER);
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_ERROR_COMMUNICATION);
	fake_tee_restart();
	assert_int_equal(count_store().heads, 1);
	session = open_as(ALICE);
	assert_int_equal(stat_file(session, "a", &file), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(remove_file(session, "a"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(move(session, "a", "b"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count + listing.damaged, 0);
	assert_int_equal(count_store().heads, 0);
}

static void it_is_put_all_the_same(void **state)
{
	uint32_t session = open_as(ALICE);

	(void)state;
	fake_tee_cut_power(1, FAKE_CUT_AFTER);
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_ERROR_COMMUNICATION);
	fake_tee_restart();
	session = open_as(ALICE);
	assert_int_equal(put_held(session, "a", SMALL(2), FESTORE_WIRE_NO_CLOBBER), TEE_SUCCESS);
	assert_true(tag_holds(session, "a", SMALL(2)));
}

/* So that OP-TEE's table of objects never meets their data (object.h). */
static void the_partition_is_never_filled(void **state)
{
	const uint32_t session = open_as(ALICE);
	char tag[16];
	unsigned int n = 0;

	(void)state;
	while (n < 6) {
		snprintf(tag, sizeof(tag), "full-%u", n++);
		assert_int_equal(put_held(session, tag, FULL(1), 0), TEE_SUCCESS);
	}
	assert_int_equal(put_held(session, "a", FULL(1), 0), TEE_ERROR_STORAGE_NO_SPACE);
	assert_true(tag_holds(session, "a", NOTHING));
	assert_int_equal(put_held(session, tag, FULL(2), 0), TEE_ERROR_STORAGE_NO_SPACE);
	assert_true(tag_holds(session, tag, FULL(1)));
	assert_int_equal(put_held(session, tag, TINY(2), 0), TEE_SUCCESS);
	assert_true(tag_holds(session, tag, TINY(2)));
	assert_int_equal(put_held(session, tag, FULL(2), 0), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(remove_file(session, tag), TEE_SUCCESS);
	assert_int_equal(put_held(session, "a", FULL(1), 0), TEE_SUCCESS);
}

static void nor_is_its_table(void **state)
{
	const uint32_t session = open_as(ALICE);
	char tag[16];

	(void)state;
	for (unsigned int n = 0; n < 64; n++) {
		snprintf(tag, sizeof(tag), "tiny-%u", n);
		assert_int_equal(put_held(session, tag, TINY(1), 0), TEE_SUCCESS);
	}
	assert_int_equal(put_held(open_as(BOB), "a", TINY(1), 0), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(put_held(session, tag, TINY(2), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, tag, SMALL(2), 0), TEE_SUCCESS);
	assert_int_equal(remove_file(session, tag), TEE_SUCCESS);
	assert_int_equal(put_held(open_as(BOB), "a", TINY(1), 0), TEE_SUCCESS);
}

static void ree_and_rpmb_are_apart(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
	storage_under_test = FESTORE_WIRE_REE;
	assert_true(tag_holds(session, "a", NOTHING));
	assert_int_equal(put_held(session, "a", SMALL(2), 0), TEE_SUCCESS);
	storage_under_test = FESTORE_WIRE_RPMB;
	assert_true(tag_holds(session, "a", SMALL(1)));
}

static void one_storage_must_be_named(void **state)
{
	const uint32_t wrong[] = {0, FESTORE_WIRE_VAULT, FESTORE_WIRE_REE | FESTORE_WIRE_RPMB, 8};
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		storage_under_test = wrong[i];
		assert_int_equal(put_text(session, "a", "x"), TEE_ERROR_NOT_SUPPORTED);
	}
}

static TEE_Result info_of(uint32_t session, struct festore_wire_info *ret_info)
{
	struct invocation in = {
		.command = FESTORE_CMD_INFO,
		.request = {.protocol = FESTORE_PROTOCOL},
		.reply = ret_info,
		.reply_len = sizeof(*ret_info),
	};

	return call(session, &in);
}

static void without_rpmb_all_calls_say_so(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_info info = {0};
	struct festore_wire_file file = {0};
	struct listing listing = {0};
	char room[16];
	size_t len = sizeof(room);

	(void)state;
	assert_int_equal(info_of(session, &info), TEE_SUCCESS);
	assert_int_equal(info.storages, FESTORE_WIRE_REE | FESTORE_WIRE_RPMB);
	fake_tee_have_rpmb(false);
	assert_int_equal(info_of(session, &info), TEE_SUCCESS);
	assert_int_equal(info.storages, FESTORE_WIRE_REE);
	assert_int_equal(put_text(session, "a", "x"), FESTORE_TA_NO_RPMB);
	assert_int_equal(get(session, "a", room, &len), FESTORE_TA_NO_RPMB);
	assert_int_equal(stat_file(session, "a", &file), FESTORE_TA_NO_RPMB);
	assert_int_equal(remove_file(session, "a"), FESTORE_TA_NO_RPMB);
	assert_int_equal(move(session, "a", "b"), FESTORE_TA_NO_RPMB);
	assert_int_equal(list_all(session, &listing), FESTORE_TA_NO_RPMB);
	storage_under_test = FESTORE_WIRE_REE;
	assert_int_equal(put_text(session, "a", "x"), TEE_SUCCESS);
	assert_int_equal(counters().panics, 0);
}

#define RPMB_TEST(test) cmocka_unit_test_setup_teardown(test, setup_rpmb, teardown_rpmb)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RPMB_TEST(a_cut_at_every_write_leaves_old_or_new),
		RPMB_TEST(every_storage_call_can_fail),
		RPMB_TEST(a_full_partition_leaves_old_or_new),
		RPMB_TEST(what_is_replaced_by_less_keeps_its_room),
		RPMB_TEST(a_replacement_is_one_write),
		RPMB_TEST(what_is_too_large_or_in_pieces_is_refused),
		RPMB_TEST(an_existing_tag_is_kept_if_asked_for),
		RPMB_TEST(what_was_made_and_not_written_is_no_file),
		RPMB_TEST(it_is_put_all_the_same),
		RPMB_TEST(the_partition_is_never_filled),
		RPMB_TEST(nor_is_its_table),
		RPMB_TEST(ree_and_rpmb_are_apart),
		RPMB_TEST(one_storage_must_be_named),
		RPMB_TEST(without_rpmb_all_calls_say_so),
	};

	return cmocka_run_group_tests_name("rpmb", tests, NULL, NULL);
}
