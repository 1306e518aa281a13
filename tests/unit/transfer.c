// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files larger than one window: pieces in and out of order, limits, bodies swept and kept, readers
 * beside writers, moves, damage.
 */
#include "large.h"

static void keeps_every_large_size(void **state)
{
	const size_t sizes[] = {FESTORE_WINDOW + 1, 2 * FESTORE_WINDOW - 1, 2 * FESTORE_WINDOW,
		2 * FESTORE_WINDOW + 1, FESTORE_REE_MAX - 1, FESTORE_REE_MAX};
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct held held = {true, (uint8_t)i, sizes[i]};
		struct festore_wire_file file = {0};

		assert_int_equal(put_held(session, "a", held, 0), TEE_SUCCESS);
		assert_true(tag_holds(session, "a", held));
		assert_int_equal(stat_file(session, "a", &file), TEE_SUCCESS);
		assert_int_equal(file.size, sizes[i]);
		assert_int_equal(file.modified, 1234);
		assert_int_equal(count_store().bodies, 1);
	}
	assert_int_equal(counters().handles, 0);
}

static void same_numbers(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	fake_tee_seed_random(7);
}

/* As after a boot of a machine whose OP-TEE has no source of randomness. */
static void random_numbers_may_come_again(void **state)
{
	const uint32_t session = open_as(ALICE);
	TEE_Result res = TEE_SUCCESS;

	(void)state;
	for (uint8_t seed = 1; seed <= 2; seed++) {
		fake_tee_seed_random(7);
		assert_int_equal(put_held(session, "a", LARGE(seed), 0), TEE_SUCCESS);
		assert_true(tag_holds(session, "a", LARGE(seed)));
		assert_int_equal(count_store().bodies, 1);
	}

	/* Were they all the same, no tag would be said to exist that does not. */
	fake_tee_on_call(same_numbers, NULL);
	assert_int_equal(put_held(session, "a", LARGE(3), 0), TEE_SUCCESS);
	res = put_held(session, "a", LARGE(4), 0);
	fake_tee_on_call(NULL, NULL);
	assert_int_equal(res, TEE_ERROR_BUSY);
	assert_true(tag_holds(session, "a", LARGE(3)));
	assert_int_equal(count_store().bodies, 1);
	assert_int_equal(counters().handles, 0);
}

/* How a content is cut into pieces is the client's business. */
static void pieces_may_be_of_any_size(void **state)
{
	const size_t steps[] = {1000, 1, 4095, 65535};
	const size_t lens[] = {10000, 50, 12285, 65536};
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct held held = {true, (uint8_t)i, lens[i]};

		assert_int_equal(put_in_steps(session, "a", content_of(held.seed, held.len),
					 held.len, steps[i], 0),
			TEE_SUCCESS);
		assert_true(tag_holds(session, "a", held));
	}
}

static void pieces_may_be_empty(void **state)
{
	const uint32_t session = open_as(ALICE);
	const uint8_t *content = content_of(1, FESTORE_WINDOW);
	const uint32_t both = FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE;

	(void)state;
	assert_int_equal(put_flags(session, "a", content, 0, FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "a", content, FESTORE_WINDOW, both), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "a", content, 0, both), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "a", content, 0, FESTORE_WIRE_CONTINUE), TEE_SUCCESS);
	assert_true(tag_holds(session, "a", (struct held){true, 1, FESTORE_WINDOW}));

	/* And so may be all that comes in pieces. */
	assert_int_equal(put_flags(session, "b", content, 0, FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "b", content, 0, FESTORE_WIRE_CONTINUE), TEE_SUCCESS);
	assert_true(tag_holds(session, "b", (struct held){true, 1, 0}));
	assert_int_equal(move(session, "b", "c"), TEE_SUCCESS);
	assert_true(tag_holds(session, "c", (struct held){true, 1, 0}));
}

static void assert_too_large(uint32_t session, struct held old)
{
	const struct held too_large = {true, 5, FESTORE_REE_MAX + 1};

	assert_int_equal(put_held(session, "a", old, 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "a", too_large, 0), TEE_ERROR_EXCESS_DATA);
	assert_true(tag_holds(session, "a", old));
	assert_int_equal(count_store().unnamed, 0);
	/* It has ended: nothing goes on. */
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
}

static void refuses_one_byte_too_many(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};

	(void)state;
	assert_too_large(session, SMALL(1));
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_too_large(session, LARGE(2));
	assert_int_equal(counters().handles, 0);
}

static void a_piece_larger_than_the_window_is_refused(void **state)
{
	const uint32_t session = open_as(ALICE);
	const uint8_t *content = content_of(1, FESTORE_WINDOW + 1);

	(void)state;
	assert_int_equal(put_flags(session, "a", content, FESTORE_WINDOW + 1, FESTORE_WIRE_MORE),
		TEE_ERROR_EXCESS_DATA);
	assert_int_equal(count_store().bodies, 0);
}

/* With parameters as of a get, so that only the order is wrong. */
static TEE_Result get_continued(uint32_t session, const char *tag)
{
	struct festore_wire_file file = {0};
	size_t done = 0;

	return get_step(session, tag, FESTORE_WIRE_CONTINUE, &done, &file);
}

static TEE_Result get_begun(uint32_t session, const char *tag)
{
	struct festore_wire_file file = {0};
	size_t done = 0;

	return get_step(session, tag, 0, &done, &file);
}

static void what_continues_must_have_begun(void **state)
{
	const uint32_t session = open_as(ALICE);
	const uint32_t other = open_as(ALICE);

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(get_continued(session, "a"), TEE_ERROR_BAD_STATE);

	/* Not in another session, not as the other kind, not under another tag. */
	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	assert_int_equal(end_put(other, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(get_continued(session, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(end_put(session, "b"), TEE_ERROR_BAD_STATE);
	assert_true(tag_holds(other, "a", LARGE(1)));

	/* All these refusals have not ended it. */
	assert_int_equal(end_put(session, "a"), TEE_SUCCESS);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);

	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(get_begun(session, "a"), TEE_SUCCESS);
	assert_int_equal(get_continued(other, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(get_continued(session, "b"), TEE_ERROR_BAD_STATE);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(get_continued(session, "a"), TEE_SUCCESS);
	assert_int_equal(get_continued(session, "a"), TEE_SUCCESS);
	assert_int_equal(get_continued(session, "a"), TEE_ERROR_BAD_STATE);
}

/* A session has one transfer: what begins ends what was under way. */
static void a_new_beginning_ends_the_old(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	assert_int_equal(begin_put(session, "b"), TEE_SUCCESS);
	assert_int_equal(count_store().bodies, 1);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(end_put(session, "b"), TEE_SUCCESS);

	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	assert_true(tag_holds(session, "b", (struct held){true, 9, 100}) == false);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(count_store().unnamed, 0);
	assert_int_equal(counters().handles, 0);
}

static void abort_ends_what_is_under_way(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_list list = {0};
	struct invocation in = {
		.command = FESTORE_CMD_FILE_LIST,
		.request = request_of(""),
		.reply = &list,
		.reply_len = sizeof(list),
		.window = large_answer,
		.window_len = FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX),
	};

	(void)state;
	assert_int_equal(abort_all(session), TEE_SUCCESS);
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "b", SMALL(1), 0), TEE_SUCCESS);

	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	assert_int_equal(abort_all(session), TEE_SUCCESS);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_int_equal(count_store().unnamed, 0);

	assert_int_equal(get_begun(session, "a"), TEE_SUCCESS);
	assert_int_equal(call(session, &in), TEE_SUCCESS);
	assert_int_equal(list.more, 1);
	assert_int_equal(abort_all(session), TEE_SUCCESS);
	assert_int_equal(get_continued(session, "a"), TEE_ERROR_BAD_STATE);
	in.request.flags = FESTORE_WIRE_CONTINUE;
	in.reply_len = sizeof(list);
	in.window_len = FESTORE_WINDOW;
	assert_int_equal(call(session, &in), TEE_ERROR_BAD_STATE);

	assert_true(tag_holds(session, "a", LARGE(1)));
	assert_int_equal(counters().handles, 0);
}

/* No storage call is made while a session closes: its body waits for the next list. */
static void a_closed_session_leaves_its_body_to_the_list(void **state)
{
	uint32_t session = open_as(ALICE);
	struct listing listing = {0};

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	fake_tee_zero_counters();
	fake_tee_close_session(session);
	assert_int_equal(counters().storage_calls, 0);
	assert_int_equal(counters().handles, 0);
	assert_int_equal(counters().heap, 0);
	assert_int_equal(count_store().unnamed, 1);

	session = open_as(ALICE);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.size_a, LARGE(1).len);
	assert_int_equal(count_store().bodies, 1);
	assert_true(tag_holds(session, "a", LARGE(1)));
}

static void transfers_are_limited_by_owner(void **state)
{
	const uint32_t first = open_as(ALICE);
	const uint32_t second = open_as(ALICE);
	const uint32_t third = open_as(ALICE);

	(void)state;
	assert_int_equal(put_held(third, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(third, "b", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(get_begun(first, "a"), TEE_SUCCESS);
	assert_int_equal(begin_put(second, "a"), TEE_SUCCESS);

	assert_int_equal(get_begun(third, "a"), TEE_ERROR_BUSY);
	assert_int_equal(begin_put(third, "c"), TEE_ERROR_BUSY);
	assert_int_equal(move(third, "a", "d"), TEE_ERROR_BUSY);
	/* What fits into a call is no transfer. */
	assert_int_equal(put_held(third, "b", SMALL(2), 0), TEE_SUCCESS);
	assert_true(tag_holds(third, "b", SMALL(2)));

	/* Another owner is another matter. */
	assert_int_equal(begin_put(open_as(BOB), "a"), TEE_SUCCESS);

	/* One that begins anew takes its own place. */
	assert_int_equal(begin_put(second, "c"), TEE_SUCCESS);
	assert_int_equal(abort_all(second), TEE_SUCCESS);
	assert_int_equal(begin_put(third, "c"), TEE_SUCCESS);
	assert_int_equal(get_begun(second, "a"), TEE_ERROR_BUSY);
	fake_tee_close_session(first);
	assert_int_equal(get_begun(second, "a"), TEE_SUCCESS);
}

static void transfers_are_limited_in_all(void **state)
{
	const uint32_t owners[] = {ALICE, ALICE, BOB, BOB};
	const uint32_t carol = open_as(1003);
	uint32_t sessions[4] = {0};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		sessions[i] = open_as(owners[i]);
		assert_int_equal(begin_put(sessions[i], "a"), TEE_SUCCESS);
	}
	assert_int_equal(begin_put(carol, "a"), TEE_ERROR_BUSY);
	assert_int_equal(put_held(carol, "a", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(move(carol, "a", "b"), TEE_ERROR_BUSY);
	assert_int_equal(end_put(sessions[3], "a"), TEE_SUCCESS);
	assert_int_equal(begin_put(carol, "a"), TEE_SUCCESS);
	assert_int_equal(begin_put(sessions[3], "a"), TEE_ERROR_BUSY);
	assert_int_equal(count_store().bodies, 5);
}

static void a_list_keeps_what_is_being_written(void **state)
{
	const uint32_t writer = open_as(ALICE);
	const uint32_t lister = open_as(ALICE);
	struct listing listing = {0};

	(void)state;
	assert_int_equal(put_held(lister, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(begin_put(writer, "a"), TEE_SUCCESS);
	assert_int_equal(count_store().unnamed, 1);
	assert_int_equal(list_all(lister, &listing), TEE_SUCCESS);
	assert_int_equal(list_all(writer, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	assert_int_equal(count_store().unnamed, 1);
	assert_int_equal(end_put(writer, "a"), TEE_SUCCESS);
	assert_int_equal(list_all(lister, &listing), TEE_SUCCESS);
	assert_int_equal(count_store().bodies, 1);
	assert_int_equal(count_store().unnamed, 0);
	assert_int_equal(listing.size_a, 200);
}

static void a_list_sweeps_its_own_owner_only(void **state)
{
	const uint32_t bob = open_as(BOB);
	uint32_t alice = open_as(ALICE);
	struct listing listing = {0};

	(void)state;
	assert_int_equal(begin_put(alice, "a"), TEE_SUCCESS);
	fake_tee_close_session(alice);
	assert_int_equal(list_all(bob, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 0);
	assert_int_equal(count_store().unnamed, 1);
	alice = open_as(ALICE);
	assert_int_equal(list_all(alice, &listing), TEE_SUCCESS);
	assert_int_equal(count_store().bodies, 0);
}

/* Whatever was found before the failure: nothing of it reaches shared memory. */
static void a_list_that_fails_writes_nothing(void **state)
{
	static uint8_t window[1000];
	static uint8_t before[sizeof(window)];
	const uint32_t session = open_as(ALICE);
	struct festore_wire_list list = {0};
	TEE_Result res = TEE_ERROR_GENERIC;
	unsigned int failed = 0;

	(void)state;
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "b", SMALL(2), 0), TEE_SUCCESS);
	memset(before, 0x5a, sizeof(before));
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		struct invocation in = {
			.command = FESTORE_CMD_FILE_LIST,
			.request = request_of(""),
			.reply = &list,
			.reply_len = sizeof(list),
			.window = window,
			.window_len = sizeof(window),
		};

		memcpy(window, before, sizeof(window));
		fake_tee_fail_storage(FAKE_STORAGE_ANY, n, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		res = call(session, &in);
		fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
		if (res == TEE_SUCCESS)
			break;
		failed++;
		assert_int_equal(in.window_len, 0);
		assert_int_equal(in.reply_len, 0);
		assert_memory_equal(window, before, sizeof(window));
	}
	assert_true(failed > 3);
	assert_int_equal(list.count, 2);
}

/* A small file written over a large one leaves the body: looking for it would cost every put. */
static void a_list_sweeps_what_a_small_file_replaced(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "a", SMALL(2), 0), TEE_SUCCESS);
	assert_int_equal(count_store().unnamed, 1);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 1);
	assert_int_equal(listing.damaged, 0);
	assert_int_equal(count_store().bodies, 0);
	assert_true(tag_holds(session, "a", SMALL(2)));
}

/* Reads one window, lets `act` change the file in another session, and reads the rest. */
static void assert_reads_old_while(TEE_Result (*act)(uint32_t session))
{
	const uint32_t reader = open_as(ALICE);
	const uint32_t writer = open_as(ALICE);
	struct festore_wire_file file = {0};
	struct listing listing = {0};
	size_t done = 0;

	assert_int_equal(put_held(writer, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(get_step(reader, "a", 0, &done, &file), TEE_SUCCESS);
	assert_int_equal(act(writer), TEE_SUCCESS);
	/* Nor does a list take it away. */
	memcpy(large_content, large_answer, done);
	assert_int_equal(list_all(writer, &listing), TEE_SUCCESS);
	memcpy(large_answer, large_content, done);
	assert_int_equal(get_rest(reader, "a", &done, &file), TEE_SUCCESS);
	assert_true(answer_is(LARGE(1), done));

	assert_int_equal(list_all(writer, &listing), TEE_SUCCESS);
	assert_int_equal(count_store().unnamed, 0);
	fake_tee_close_session(reader);
	fake_tee_close_session(writer);
	assert_int_equal(counters().handles, 0);
}

static TEE_Result replace_by_large(uint32_t session)
{
	return put_held(session, "a", LARGE(2), 0);
}

static TEE_Result replace_by_small(uint32_t session)
{
	return put_held(session, "a", SMALL(2), 0);
}

static TEE_Result remove_it(uint32_t session)
{
	return remove_file(session, "a");
}

static TEE_Result move_it(uint32_t session)
{
	return move(session, "a", "b");
}

static TEE_Result move_over_it(uint32_t session)
{
	TEE_Result res = put_held(session, "b", LARGE(2), 0);

	return res == TEE_SUCCESS ? move(session, "b", "a") : res;
}

static void a_reader_gets_the_whole_old_content(void **state)
{
	(void)state;
	assert_reads_old_while(replace_by_large);
	assert_reads_old_while(replace_by_small);
	assert_reads_old_while(remove_it);
	assert_reads_old_while(move_it);
	assert_reads_old_while(move_over_it);
}

/* Two write the same tag: who ends last wins, whole. */
static void writers_do_not_mix(void **state)
{
	const uint32_t first = open_as(ALICE);
	const uint32_t second = open_as(ALICE);

	(void)state;
	assert_int_equal(begin_put(first, "a"), TEE_SUCCESS);
	assert_int_equal(put_held(second, "a", LARGE(2), 0), TEE_SUCCESS);
	assert_true(tag_holds(second, "a", LARGE(2)));
	assert_int_equal(end_put(first, "a"), TEE_SUCCESS);
	assert_int_equal(count_store().unnamed, 0);
	assert_int_equal(count_store().bodies, 1);
}

static void no_clobber_holds_for_pieces(void **state)
{
	const uint32_t session = open_as(ALICE);
	const uint32_t other = open_as(ALICE);
	const uint32_t flags = FESTORE_WIRE_NO_CLOBBER;

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), flags), TEE_SUCCESS);
	assert_int_equal(put_held(session, "a", LARGE(2), flags), TEE_ERROR_ACCESS_CONFLICT);
	assert_true(tag_holds(session, "a", LARGE(1)));
	assert_int_equal(count_store().unnamed, 0);

	/* The write of the head decides: the tag came while the pieces came. */
	assert_int_equal(put_flags(session, "b", "x", 1, flags | FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(put_held(other, "b", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "b", "x", 1, flags | FESTORE_WIRE_CONTINUE),
		TEE_ERROR_ACCESS_CONFLICT);
	assert_true(tag_holds(session, "b", SMALL(1)));
	assert_int_equal(count_store().unnamed, 0);
}

static void a_window_must_hold_the_piece(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_file file = {0};
	struct invocation in = {
		.command = FESTORE_CMD_FILE_GET,
		.request = request_of("a"),
		.reply = &file,
		.reply_len = sizeof(file),
		.window = large_answer,
		.window_len = FESTORE_WINDOW - 1,
	};

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(call(session, &in), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(in.window_len, 0);
	assert_int_equal(counters().handles, 0);

	/* The last piece needs no more room than it takes. */
	assert_int_equal(get_begun(session, "a"), TEE_SUCCESS);
	assert_int_equal(get_continued(session, "a"), TEE_SUCCESS);
	in.request.flags = FESTORE_WIRE_CONTINUE;
	in.reply_len = sizeof(file);
	in.window_len = LARGE(1).len - 2 * FESTORE_WINDOW;
	assert_int_equal(call(session, &in), TEE_SUCCESS);
	assert_int_equal(in.window_len, LARGE(1).len - 2 * FESTORE_WINDOW);
	assert_int_equal(counters().handles, 0);
}

static void moves_small_and_large(void **state)
{
	const struct held froms[] = {SMALL(1), LARGE(1), {true, 1, 0}, {true, 1, FESTORE_WINDOW},
		{true, 1, FESTORE_WINDOW + 1}, {true, 1, FESTORE_REE_MAX}};
	const struct held tos[] = {NOTHING, SMALL(2), LARGE(2)};
	const uint32_t session = open_as(ALICE);
	char longest[FESTORE_TAG_MAX + 1] = {0};
	struct listing listing = {0};

	(void)state;
	memset(longest, 'x', FESTORE_TAG_MAX);
	for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++) {
		for (size_t j = 0; j < sizeof(tos) / sizeof(tos[0]); j++) {
			assert_int_equal(put_held(session, "a", froms[i], 0), TEE_SUCCESS);
			if (tos[j].exists)
				assert_int_equal(
					put_held(session, longest, tos[j], 0), TEE_SUCCESS);
			/* tag_holds() checks the time too: it is the file's, not the move's. */
			assert_int_equal(move(session, "a", longest), TEE_SUCCESS);
			assert_true(tag_holds(session, longest, froms[i]));
			assert_true(tag_holds(session, "a", NOTHING));
			assert_int_equal(remove_file(session, longest), TEE_SUCCESS);
		}
	}
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(listing.count, 0);
	assert_int_equal(count_store().bodies, 0);
	assert_int_equal(counters().handles, 0);
}

static void moves_do_not_clobber(void **state)
{
	const struct held froms[] = {SMALL(1), LARGE(1)};
	const struct held tos[] = {SMALL(2), LARGE(2)};
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < 2; j++) {
			assert_int_equal(put_held(session, "a", froms[i], 0), TEE_SUCCESS);
			assert_int_equal(put_held(session, "b", tos[j], 0), TEE_SUCCESS);
			assert_int_equal(move_flags(session, "a", "b", FESTORE_WIRE_NO_CLOBBER),
				TEE_ERROR_ACCESS_CONFLICT);
			assert_true(tag_holds(session, "a", froms[i]));
			assert_true(tag_holds(session, "b", tos[j]));
			assert_int_equal(move_flags(session, "a", "free", FESTORE_WIRE_NO_CLOBBER),
				TEE_SUCCESS);
			assert_true(tag_holds(session, "free", froms[i]));
			assert_int_equal(remove_file(session, "free"), TEE_SUCCESS);
		}
	}
}

static void a_move_needs_a_file_and_two_tags(void **state)
{
	const uint32_t session = open_as(ALICE);
	const uint32_t bob = open_as(BOB);

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(bob, "theirs", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(move(session, "missing", "b"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(move(session, "theirs", "b"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(move(session, "a", "a"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(move(session, "a", ""), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(move(session, "a", "b\n"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(move(session, "a", "\xc0\x80"), TEE_ERROR_BAD_PARAMETERS);
	assert_true(tag_holds(session, "a", LARGE(1)));
	assert_true(tag_holds(session, "b", NOTHING));
	/* Under one's own tag, whoever else has it. */
	assert_int_equal(move_flags(session, "a", "theirs", FESTORE_WIRE_NO_CLOBBER), TEE_SUCCESS);
	assert_true(tag_holds(bob, "theirs", SMALL(1)));
}

static TEE_Result move_wire(uint32_t session, const struct festore_wire_tag *wire, size_t len)
{
	static uint8_t window[sizeof(*wire) + 1];
	struct invocation in = {
		.command = FESTORE_CMD_FILE_MOVE,
		.request = request_of("a"),
		.window = window,
		.window_len = len,
		.window_is_input = true,
	};

	memcpy(window, wire, sizeof(*wire));
	return call(session, &in);
}

static void a_new_tag_is_checked_like_any(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_tag wire = {.len = 1, .bytes = "b"};

	(void)state;
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
	for (size_t len = 0; len <= sizeof(wire) + 1; len++) {
		if (len != sizeof(wire))
			assert_int_equal(move_wire(session, &wire, len), TEE_ERROR_BAD_PARAMETERS);
	}
	for (size_t i = 0; i < sizeof(wire.reserved); i++) {
		wire.reserved[i] = 1;
		assert_int_equal(move_wire(session, &wire, sizeof(wire)), TEE_ERROR_BAD_PARAMETERS);
		wire.reserved[i] = 0;
	}
	for (size_t i = 1; i < sizeof(wire.bytes); i++) {
		wire.bytes[i] = 'x';
		assert_int_equal(move_wire(session, &wire, sizeof(wire)), TEE_ERROR_BAD_PARAMETERS);
		wire.bytes[i] = 0;
	}
	wire.len = FESTORE_TAG_MAX + 1;
	assert_int_equal(move_wire(session, &wire, sizeof(wire)), TEE_ERROR_BAD_PARAMETERS);
	wire.len = UINT16_MAX;
	assert_int_equal(move_wire(session, &wire, sizeof(wire)), TEE_ERROR_BAD_PARAMETERS);
	assert_true(tag_holds(session, "a", SMALL(1)));
	wire.len = 1;
	assert_int_equal(move_wire(session, &wire, sizeof(wire)), TEE_SUCCESS);
	assert_true(tag_holds(session, "b", SMALL(1)));
}

static void large_files_are_removed_whole(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_file file = {0};

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "b", LARGE(2), 0), TEE_SUCCESS);
	assert_int_equal(remove_file(session, "a"), TEE_SUCCESS);
	assert_int_equal(remove_file(session, "a"), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(stat_file(session, "a", &file), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(count_store().bodies, 1);
	assert_int_equal(count_store().heads, 1);
	assert_true(tag_holds(session, "b", LARGE(2)));
}

static void assert_damaged(uint32_t session, const char *tag)
{
	size_t len = 0;

	assert_int_equal(get_large(session, tag, &len), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(counters().handles, 0);
	assert_int_equal(counters().panics, 0);
}

static void a_missing_body_is_damage(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};
	char path[1024];

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "b", SMALL(2), 0), TEE_SUCCESS);
	body_path(true, path);
	assert_int_equal(remove(path), 0);
	assert_damaged(session, "a");
	assert_int_equal(move(session, "a", "b"), TEE_ERROR_CORRUPT_OBJECT);
	assert_true(tag_holds(session, "b", SMALL(2)));
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	/* It is neither repaired nor dropped: it can be removed or replaced, by whoever wants to.
	 */
	assert_damaged(session, "a");
	assert_int_equal(put_held(session, "a", LARGE(2), 0), TEE_SUCCESS);
	assert_true(tag_holds(session, "a", LARGE(2)));

	body_path(true, path);
	assert_int_equal(remove(path), 0);
	assert_int_equal(remove_file(session, "a"), TEE_SUCCESS);
	assert_true(tag_holds(session, "a", NOTHING));
}

/* At the beginning it is found when the body is opened, further on when it is read. */
static void a_damaged_body_is_reported(void **state)
{
	const long places[] = {30, 5000, 70000, 131072 + 500};
	const uint32_t session = open_as(ALICE);
	char path[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
		body_path(true, path);
		flip_byte(path, places[i]);
		assert_damaged(session, "a");
		assert_int_equal(get_continued(session, "a"), TEE_ERROR_BAD_STATE);
		/* OP-TEE has deleted the body: still no content, and no other's. */
		assert_damaged(session, "a");
		assert_int_equal(remove_file(session, "a"), TEE_SUCCESS);
	}
}

static void a_move_of_damage_keeps_the_target(void **state)
{
	const long places[] = {30, 131072 + 500};
	const uint32_t session = open_as(ALICE);
	char path[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
		assert_int_equal(put_held(session, "b", SMALL(2), 0), TEE_SUCCESS);
		body_path(true, path);
		flip_byte(path, places[i]);
		assert_int_equal(move(session, "a", "b"), TEE_ERROR_CORRUPT_OBJECT);
		assert_true(tag_holds(session, "b", SMALL(2)));
		assert_int_equal(count_store().unnamed, 0);
		assert_int_equal(counters().handles, 0);
	}
	assert_int_equal(counters().panics, 0);
}

static void damage_under_a_writer_ends_its_put(void **state)
{
	const uint32_t session = open_as(ALICE);
	char path[1024];

	(void)state;
	assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	body_path(true, path);
	flip_byte(path, 40);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_true(tag_holds(session, "a", SMALL(1)));
	assert_int_equal(counters().handles, 0);
	assert_int_equal(counters().panics, 0);
}

/* The files of two bodies change places: each answers to its own name only. */
static void swapped_bodies_are_damage(void **state)
{
	const uint32_t session = open_as(ALICE);
	const struct held larger = {true, 2, LARGE(2).len + 1};
	char a[1024];
	char b[1024];
	char aside[600];

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(put_held(session, "b", larger, 0), TEE_SUCCESS);
	body_path(false, a);
	body_path(true, b);
	snprintf(aside, sizeof(aside), "%s/swap", store_dir);
	assert_int_equal(rename(a, aside), 0);
	assert_int_equal(rename(b, a), 0);
	assert_int_equal(rename(aside, b), 0);
	assert_damaged(session, "a");
	assert_damaged(session, "b");
}

/* What to do to a body, inside the TA's instance. */
struct resize {
	const char *hex;
	uint32_t len;
};

static void resize_body(void *arg)
{
	const struct resize *resize = arg;
	const char *hex = resize->hex;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	uint8_t id[64];

	for (size_t i = 0; i < sizeof(id); i++) {
		unsigned int byte = 0;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		id[i] = (uint8_t)byte;
	}
	assert_int_equal(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE_REE, id, sizeof(id),
				 TEE_DATA_FLAG_ACCESS_WRITE, &object),
		TEE_SUCCESS);
	assert_int_equal(TEE_TruncateObjectData(object, resize->len), TEE_SUCCESS);
	TEE_CloseObject(object);
}

/* Intact, but not of the length that its head says. */
static void a_body_of_another_length_is_damage(void **state)
{
	const size_t lens[] = {LARGE(1).len - 1, LARGE(1).len + 1, 0};
	const uint32_t session = open_as(ALICE);

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct resize resize = {.len = (uint32_t)lens[i]};
		char path[1024];

		assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
		body_path(true, path);
		resize.hex = hex_id(strrchr(path, '/') + 1);
		assert_true(fake_tee_run(session, resize_body, &resize));
		assert_damaged(session, "a");
		assert_int_equal(move(session, "a", "b"), TEE_ERROR_CORRUPT_OBJECT);
		assert_true(tag_holds(session, "b", NOTHING));
		assert_int_equal(remove_file(session, "a"), TEE_SUCCESS);
	}
}

static struct festore_wire_tag *racing_tag;
static unsigned int calls_to_spare;

static void rewrite_new_tag(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	if (calls_to_spare > 0)
		calls_to_spare--;
	else
		memcpy(racing_tag->bytes, "\n\n\n", 3);
}

/* The normal world rewrites the new tag while the TA works: checked and used is one copy. */
static void a_new_tag_is_read_once(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};
	bool was_copied = false;

	(void)state;
	for (unsigned int spared = 0; spared < 40; spared++) {
		struct festore_wire_tag wire = {.len = 3, .bytes = "new"};
		struct invocation in = {
			.command = FESTORE_CMD_FILE_MOVE,
			.request = request_of("a"),
			.window = &wire,
			.window_len = sizeof(wire),
			.window_is_input = true,
		};
		TEE_Result res = TEE_SUCCESS;

		assert_int_equal(put_held(session, "a", SMALL(1), 0), TEE_SUCCESS);
		racing_tag = &wire;
		calls_to_spare = spared;
		fake_tee_on_call(rewrite_new_tag, NULL);
		res = call(session, &in);
		fake_tee_on_call(NULL, NULL);
		/* Up to the copy the rewritten tag is what was asked for, and never after it. */
		was_copied = was_copied || res == TEE_SUCCESS;
		assert_int_equal(res, was_copied ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
		assert_true(tag_holds(session, res == TEE_SUCCESS ? "new" : "a", SMALL(1)));
		assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
		assert_int_equal(listing.damaged, 0);
	}
	assert_true(was_copied);
}

static uint8_t *racing_window;

static void rewrite_window(const char *gp_call, void *arg)
{
	(void)gp_call;
	(void)arg;
	racing_window[0] ^= 1;
}

/* A window that changes all the time: what was stored is one copy of it, intact. */
static void a_window_is_copied_once(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct listing listing = {0};
	size_t len = 0;

	(void)state;
	memcpy(large_answer, content_of(1, 1000), 1000);
	racing_window = large_answer;
	fake_tee_on_call(rewrite_window, NULL);
	assert_int_equal(put(session, "a", large_answer, 1000), TEE_SUCCESS);
	assert_int_equal(
		put_flags(session, "b", large_answer, 1000, FESTORE_WIRE_MORE), TEE_SUCCESS);
	assert_int_equal(
		put_flags(session, "b", large_answer, 1000, FESTORE_WIRE_CONTINUE), TEE_SUCCESS);
	fake_tee_on_call(NULL, NULL);
	assert_int_equal(get_large(session, "a", &len), TEE_SUCCESS);
	assert_int_equal(len, 1000);
	assert_memory_equal(large_answer + 1, content_of(1, 1000) + 1, 999);
	assert_int_equal(get_large(session, "b", &len), TEE_SUCCESS);
	assert_int_equal(len, 2000);
	assert_memory_equal(large_answer + 1001, content_of(1, 1000) + 1, 999);
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(listing.damaged, 0);
}

/* A panic, or OP-TEE restarting the TA, ends transfers; what they left is swept. */
static void a_restart_ends_transfers(void **state)
{
	uint32_t session = open_as(ALICE);
	struct listing listing = {0};

	(void)state;
	assert_int_equal(put_held(session, "a", LARGE(1), 0), TEE_SUCCESS);
	assert_int_equal(begin_put(session, "a"), TEE_SUCCESS);
	fake_tee_restart();
	session = open_as(ALICE);
	assert_int_equal(end_put(session, "a"), TEE_ERROR_BAD_STATE);
	assert_true(tag_holds(session, "a", LARGE(1)));
	assert_int_equal(list_all(session, &listing), TEE_SUCCESS);
	assert_int_equal(count_store().unnamed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)
		TEST(keeps_every_large_size),
		TEST(random_numbers_may_come_again),
		TEST(pieces_may_be_of_any_size),
		TEST(pieces_may_be_empty),
		TEST(refuses_one_byte_too_many),
		TEST(a_piece_larger_than_the_window_is_refused),
		TEST(what_continues_must_have_begun),
		TEST(a_new_beginning_ends_the_old),
		TEST(abort_ends_what_is_under_way),
		TEST(a_closed_session_leaves_its_body_to_the_list),
		TEST(transfers_are_limited_by_owner),
		TEST(transfers_are_limited_in_all),
		TEST(a_list_keeps_what_is_being_written),
		TEST(a_list_sweeps_its_own_owner_only),
		TEST(a_list_that_fails_writes_nothing),
		TEST(a_list_sweeps_what_a_small_file_replaced),
		TEST(a_reader_gets_the_whole_old_content),
		TEST(writers_do_not_mix),
		TEST(no_clobber_holds_for_pieces),
		TEST(a_window_must_hold_the_piece),
		TEST(moves_small_and_large),
		TEST(moves_do_not_clobber),
		TEST(a_move_needs_a_file_and_two_tags),
		TEST(a_new_tag_is_checked_like_any),
		TEST(large_files_are_removed_whole),
		TEST(a_missing_body_is_damage),
		TEST(a_damaged_body_is_reported),
		TEST(a_move_of_damage_keeps_the_target),
		TEST(damage_under_a_writer_ends_its_put),
		TEST(swapped_bodies_are_damage),
		TEST(a_body_of_another_length_is_damage),
		TEST(a_new_tag_is_read_once),
		TEST(a_window_is_copied_once),
		TEST(a_restart_ends_transfers),
	};

	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
