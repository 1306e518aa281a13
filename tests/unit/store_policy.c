// SPDX-License-Identifier: BSD-2-Clause
/* Policies of tags as the library has them: what a put fixes, what is told of it, what it forbids.
 */
#include "damage.h"
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "heap.h"

#include <festore_vault.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LARGE ((size_t)3 * 65536 + 100)

static struct festore *fs;

static int begin(void **state)
{
	(void)state;
	explore_begin();
	store_begin();
	fs = store_open();
	heap_resume();
	return 0;
}

static int end(void **state)
{
	(void)state;
	disk_on_event(NULL);
	direct_on_call(NULL);
	festore_close(&fs);
	heap_pause();
	store_check_clean();
	store_end();
	return 0;
}

static void assert_holds(const char *tag, const void *bytes, size_t len)
{
	void *got = NULL;
	size_t got_len = 0;

	assert_int_equal(festore_file_get(fs, tag, &got, &got_len), FESTORE_OK);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, bytes, len);
	festore_content_free(got, got_len);
}

static unsigned int policy_of(const char *tag)
{
	struct festore_file_info info = {0};

	assert_int_equal(festore_file_stat(fs, tag, &info), FESTORE_OK);
	return info.policy;
}

static enum festore_error put(const char *tag, const char *text, unsigned int flags)
{
	return festore_file_put(fs, tag, text, strlen(text), flags);
}

static void assert_says(const char *words)
{
	if (!strstr(festore_reason(fs), words))
		fail_msg("\"%s\" does not say \"%s\"", festore_reason(fs), words);
}

static int add_policy(const struct festore_file_info *info, void *arg)
{
	unsigned int *sum = arg;

	*sum = *sum * 16 + info->policy;
	return 0;
}

static void a_policy_is_told(void **state)
{
	struct festore_reader *reader = NULL;
	struct festore_file_info info = {0};
	unsigned int sum = 0;

	(void)state;
	assert_int_equal(put("a", "1", 0), FESTORE_OK);
	assert_int_equal(put("b", "2", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(put("c", "3", FESTORE_WRITE_ONCE | FESTORE_NO_CLOBBER), FESTORE_OK);
	assert_int_equal(policy_of("a"), 0);
	assert_int_equal(policy_of("b"), FESTORE_WRITE_ONCE);
	assert_int_equal(festore_reader_open(fs, "c", &reader, &info), FESTORE_OK);
	assert_int_equal(info.policy, FESTORE_WRITE_ONCE);
	festore_reader_close(&reader);
	assert_int_equal(festore_file_list(fs, "", add_policy, &sum), FESTORE_OK);
	assert_int_equal(sum, FESTORE_WRITE_ONCE * 16 + FESTORE_WRITE_ONCE);
}

static void a_policy_is_of_a_put_in_a_vault(void **state)
{
	(void)state;
	assert_int_equal(put("a", "1", 1u << 7), FESTORE_USAGE);
	assert_int_equal(put("a", "1", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(put("b", "1", 0), FESTORE_OK);
	assert_int_equal(festore_file_move(fs, "b", "c", FESTORE_WRITE_ONCE), FESTORE_USAGE);
	assert_int_equal(put("d", "1", FESTORE_WRITE_ONCE | FESTORE_READ_ONCE), FESTORE_USAGE);
}

/* A small one, and one that is a file of its own. */
static void write_once_stays(void **state)
{
	const size_t lens[] = {3, LARGE};

	(void)state;
	assert_int_equal(put("plain", "p", 0), FESTORE_OK);
	for (unsigned int i = 0; i < 2; i++) {
		const char *tag = i == 0 ? "small" : "large";

		assert_int_equal(festore_file_put(fs, tag, content_of(i, lens[i]), lens[i],
					 FESTORE_WRITE_ONCE),
			FESTORE_OK);
		assert_int_equal(put(tag, "new", 0), FESTORE_DENIED);
		assert_says("write-once");
		assert_int_equal(put(tag, "new", FESTORE_WRITE_ONCE), FESTORE_DENIED);
		assert_int_equal(put(tag, "new", FESTORE_NO_CLOBBER), FESTORE_EXISTS);
		assert_int_equal(
			festore_file_put(fs, tag, content_of(9, LARGE), LARGE, 0), FESTORE_DENIED);
		assert_int_equal(festore_file_remove(fs, tag), FESTORE_DENIED);
		assert_says("write-once");
		assert_int_equal(festore_file_move(fs, tag, "b", 0), FESTORE_DENIED);
		assert_int_equal(festore_file_move(fs, "plain", tag, 0), FESTORE_DENIED);
		assert_holds(tag, content_of(i, lens[i]), lens[i]);
		assert_int_equal(policy_of(tag), FESTORE_WRITE_ONCE);
	}
	assert_holds("plain", "p", 1);
	festore_close(&fs);
	fs = store_open();
	assert_int_equal(put("small", "new", 0), FESTORE_DENIED);
}

/* All of the batch or nothing, told at its end. */
static void a_batch_does_not_change_it(void **state)
{
	(void)state;
	assert_int_equal(put("a", "old", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put("b", "1", 0), FESTORE_OK);
	assert_int_equal(put("a", "new", 0), FESTORE_OK);
	assert_int_equal(put("c", "1", 0), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_DENIED);
	assert_int_equal(festore_file_remove(fs, "b"), FESTORE_NOT_FOUND);
	assert_holds("a", "old", 3);

	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(put("b", "2", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(put("c", "3", 0), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_holds("b", "2", 1);
	assert_int_equal(policy_of("b"), FESTORE_WRITE_ONCE);
	assert_int_equal(policy_of("c"), 0);
}

/* --- append-only ------------------------------------------------------------------------------ */

static enum festore_error append(const char *tag, const void *bytes, size_t len)
{
	return festore_file_append(fs, tag, bytes, len);
}

/* Small, of several chunks, of a window, a file of its own; what is added may be any of that too.
 */
static void append_only_only_grows(void **state)
{
	static const size_t lens[] = {0, 6, 9000, 65536, LARGE};
	static uint8_t bytes[2 * LARGE];

	(void)state;
	memcpy(bytes, content_of(3, LARGE), LARGE);
	memcpy(bytes + LARGE, content_of(3, LARGE), LARGE);
	assert_int_equal(put("plain", "p", 0), FESTORE_OK);
	for (unsigned int i = 0; i < 25; i++) {
		const size_t len = lens[i / 5];
		const size_t more = lens[i % 5];
		char tag[8];

		snprintf(tag, sizeof(tag), "a%u", i);
		assert_int_equal(
			festore_file_put(fs, tag, bytes, len, FESTORE_APPEND_ONLY), FESTORE_OK);
		assert_int_equal(append(tag, bytes + len, more), FESTORE_OK);
		assert_holds(tag, bytes, len + more);
		assert_int_equal(put(tag, "new", 0), FESTORE_DENIED);
		assert_says("append-only");
		assert_int_equal(put(tag, "new", FESTORE_APPEND_ONLY), FESTORE_DENIED);
		assert_int_equal(festore_file_remove(fs, tag), FESTORE_DENIED);
		assert_int_equal(festore_file_move(fs, tag, "b", 0), FESTORE_DENIED);
		assert_int_equal(festore_file_move(fs, "plain", tag, 0), FESTORE_DENIED);
		assert_holds(tag, bytes, len + more);
		assert_int_equal(policy_of(tag), FESTORE_APPEND_ONLY);
	}
	assert_int_equal(store_fsck(fs, 0).error, FESTORE_OK);
	festore_close(&fs);
	fs = store_open();
	assert_int_equal(put("a0", "new", 0), FESTORE_DENIED);
	assert_int_equal(append("a0", "x", 1), FESTORE_OK);
	assert_holds("a0", "x", 1);
}

static void what_does_not_grow(void **state)
{
	(void)state;
	assert_int_equal(append("none", "x", 1), FESTORE_NOT_FOUND);
	assert_int_equal(put("w", "1", FESTORE_WRITE_ONCE), FESTORE_OK);
	assert_int_equal(append("none", "x", 1), FESTORE_NOT_FOUND);
	assert_int_equal(append("w", "x", 1), FESTORE_DENIED);
	assert_says("write-once");
	assert_int_equal(put("r", "1", FESTORE_READ_ONCE), FESTORE_OK);
	assert_int_equal(append("r", "x", 1), FESTORE_DENIED);
	assert_says("read-once");
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	assert_int_equal(append("w", "x", 1), FESTORE_USAGE);
	assert_says("a batch takes no appends");
	festore_batch_abort(fs);
	assert_int_equal(append("", "x", 1), FESTORE_USAGE);
	assert_holds("w", "1", 1);
}

/* How often another client has appended, between the reading and the change. */
static unsigned int overtaken;
static unsigned int overtakings;

static bool overtake(struct direct_event *event)
{
	struct festore *other = NULL;

	if (event->call != DIRECT_INVOKE || event->is_after ||
		event->command != FESTORE_CMD_FILE_APPEND || overtaken == overtakings)
		return false;
	direct_on_call(NULL);
	overtaken++;
	direct_client = 1;
	disk_client = 1;
	other = store_open();
	if (festore_file_append(other, "a", "y", 1) == FESTORE_BUSY)
		overtaken--;
	festore_close(&other);
	direct_client = 0;
	disk_client = 0;
	direct_on_call(overtake);
	return false;
}

/* It begins again, and in the end keeps the others out. */
static void whoever_is_overtaken_begins_again(void **state)
{
	(void)state;
	for (overtakings = 1; overtakings < 4; overtakings++) {
		assert_int_equal(put("a", "", 0), FESTORE_OK);
		overtaken = 0;
		direct_on_call(overtake);
		assert_int_equal(append("a", "x", 1), FESTORE_OK);
		direct_on_call(NULL);
		assert_int_equal(overtaken, overtakings);
		assert_holds("a", (const char *)"yyyx" + 3 - overtakings, overtakings + 1);
	}
	/* However many others there are. */
	overtakings = 1000;
	overtaken = 0;
	assert_int_equal(put("a", "", 0), FESTORE_OK);
	direct_on_call(overtake);
	assert_int_equal(append("a", "x", 1), FESTORE_OK);
	direct_on_call(NULL);
	assert_in_range(overtaken, 3, 8);
	assert_holds("a", (const char *)"yyyyyyyyx" + 8 - overtaken, overtaken + 1);
}

/* --- keys with a number of uses --------------------------------------------------------------- */

static enum festore_error make_key(const char *tag, uint32_t uses)
{
	enum festore_error error = FESTORE_OK;

	festore_set_max_uses(fs, uses);
	error = festore_key_generate(fs, tag, FESTORE_KEY_ED25519, 0);
	festore_set_max_uses(fs, 0);
	return error;
}

static enum festore_error sign(const char *tag)
{
	struct festore_signing *signing = NULL;
	void *signature = NULL;
	size_t len = 0;
	enum festore_error error =
		festore_sign_begin(fs, tag, FESTORE_SCHEME_DEFAULT, FESTORE_HASH_DEFAULT, &signing);

	if (error == FESTORE_OK)
		error = festore_signing_add(signing, "message", 7);
	if (error == FESTORE_OK)
		error = festore_sign_finish(signing, &signature, &len);
	festore_signing_end(&signing);
	festore_content_free(signature, len);
	return error;
}

/* -1: without a limit. */
static int64_t left_of(const char *tag)
{
	struct festore_key_info info = {0};

	assert_int_equal(festore_key_stat(fs, tag, &info), FESTORE_OK);
	return info.is_limited ? (int64_t)info.uses_left : -1;
}

static int add_left(const struct festore_key_info *info, void *arg)
{
	int64_t *sum = arg;

	*sum = *sum * 10 + (info->is_limited ? (int64_t)info->uses_left : 9);
	return 0;
}

static void uses_are_counted(void **state)
{
	int64_t sum = 0;

	(void)state;
	assert_int_equal(make_key("a", 2), FESTORE_OK);
	assert_int_equal(make_key("b", 0), FESTORE_OK);
	assert_int_equal(make_key("c", UINT32_MAX), FESTORE_USAGE);
	assert_says("1 to 4294967294 uses");
	assert_int_equal(left_of("a"), 2);
	assert_int_equal(left_of("b"), -1);
	assert_int_equal(sign("b"), FESTORE_OK);
	assert_int_equal(sign("a"), FESTORE_OK);
	assert_int_equal(left_of("a"), 1);
	assert_int_equal(festore_key_move(fs, "a", "d"), FESTORE_OK);
	assert_int_equal(sign("d"), FESTORE_OK);
	assert_int_equal(sign("d"), FESTORE_DENIED);
	assert_int_equal(left_of("d"), 0);
	festore_close(&fs);
	fs = store_open();
	assert_int_equal(sign("d"), FESTORE_DENIED);
	assert_says("used up");
	assert_int_equal(festore_key_list(fs, "", add_left, &sum), FESTORE_OK);
	assert_int_equal(sum, 90);
	assert_int_equal(festore_key_remove(fs, "d"), FESTORE_OK);
	assert_int_equal(sign("b"), FESTORE_OK);
}

static struct {
	unsigned int calls;
	unsigned int syncs;
} counted;

static bool count_call(struct direct_event *event)
{
	counted.calls += event->call == DIRECT_INVOKE && !event->is_after ? 1 : 0;
	return false;
}

static enum disk_answer count_sync(enum disk_event event, const char *path)
{
	(void)path;
	counted.syncs += event == DISK_SYNC ? 1 : 0;
	return DISK_DOES;
}

/* Asked, refused, a change, confirmed, asked again; a key without a limit costs what it did. */
static void a_use_costs_a_commit(void **state)
{
	(void)state;
	assert_int_equal(make_key("a", 9), FESTORE_OK);
	assert_int_equal(make_key("b", 0), FESTORE_OK);
	assert_int_equal(sign("a"), FESTORE_OK);
	direct_on_call(count_call);
	disk_on_event(count_sync);
	assert_int_equal(sign("b"), FESTORE_OK);
	assert_int_equal(counted.calls, 2);
	assert_int_equal(counted.syncs, 0);
	assert_int_equal(sign("a"), FESTORE_OK);
	assert_int_equal(counted.calls, 2 + 5);
	assert_int_equal(counted.syncs, 1);
}

/* What had happened when the power went. */
static struct {
	unsigned int cuts;
	bool is_signing;
	bool is_spent;  /* the use was acknowledged */
	bool is_signed; /* the TA has given a signature, or a content */
} moment;

static void cut_here(const char *where)
{
	for (uint32_t luck = 0; luck < 4; luck++) {
		const uint32_t drawn = luck < 2 ? luck : moment.cuts * 4 + luck;
		int64_t left = 0;

		if (!explore_branch("power cut at %s, luck %u", where, drawn))
			continue;
		disk_on_event(NULL);
		direct_on_call(NULL);
		disk_lose_power(drawn);
		store_restart_tee();
		fs = store_open();
		left = left_of("a");
		if (left != 1 && (left != 2 || moment.is_spent || moment.is_signed))
			wrong("%d uses are left", (int)left);
		for (; left > 0; left--) {
			if (sign("a") != FESTORE_OK)
				wrong("it does not go on: %s", festore_reason(fs));
		}
		if (sign("a") != FESTORE_DENIED)
			wrong("a use more");
		explore_done();
	}
	moment.cuts++;
}

static enum disk_answer cut_at_disk(enum disk_event event, const char *path)
{
	(void)path;
	if (disk_event_changes(event))
		cut_here(disk_event_name(event));
	return DISK_DOES;
}

static bool cut_at_call(struct direct_event *event)
{
	if (event->call != DIRECT_INVOKE)
		return false;
	if (event->is_after && event->result == TEEC_SUCCESS) {
		moment.is_spent |= event->command == FESTORE_CMD_VAULT_CONFIRM;
		moment.is_signed |= event->command == FESTORE_CMD_KEY_SIGN;
	}
	cut_here(event->is_after ? "an answer" : "a call");
	return false;
}

/* No signature comes of a use that the vault still has. */
static void a_power_cut_gives_no_use_away(void **state)
{
	(void)state;
	assert_int_equal(make_key("a", 3), FESTORE_OK);
	assert_int_equal(sign("a"), FESTORE_OK);
	heap_pause();
	direct_on_call(cut_at_call);
	disk_on_event(cut_at_disk);
	assert_int_equal(sign("a"), FESTORE_OK);
	direct_on_call(NULL);
	disk_on_event(NULL);
	heap_resume();
	assert_true(moment.is_spent && moment.is_signed);
	explore_end("power cuts");
}

/* --- read-once -------------------------------------------------------------------------------- */

static enum festore_error take(const char *tag, const uint8_t *content, size_t len)
{
	static uint8_t bytes[LARGE + 1];
	struct festore_reader *reader = NULL;
	struct festore_file_info info = {0};
	size_t done = 0;
	enum festore_error error = festore_reader_take(fs, tag, &reader, &info);

	if (error != FESTORE_OK)
		return error;
	assert_int_equal(info.size, len);
	while (error == FESTORE_OK && done < len) {
		size_t step = 0;

		error = festore_reader_read(reader, done, bytes + done, 65536, &step);
		done += step;
	}
	if (error == FESTORE_OK)
		assert_memory_equal(bytes, content, len);
	festore_reader_close(&reader);
	return error;
}

static void read_once_is_read_once(void **state)
{
	const size_t lens[] = {0, 6, 9000, LARGE};
	struct festore_reader *reader = NULL;
	struct festore_file_info info = {0};
	void *got = NULL;
	size_t len = 0;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *content = content_of(i, lens[i]);

		assert_int_equal(
			festore_file_put(fs, "a", content, lens[i], FESTORE_READ_ONCE), FESTORE_OK);
		assert_int_equal(policy_of("a"), FESTORE_READ_ONCE);
		assert_int_equal(festore_file_get(fs, "a", &got, &len), FESTORE_DENIED);
		assert_says("read-once");
		assert_int_equal(festore_reader_open(fs, "a", &reader, &info), FESTORE_DENIED);
		assert_int_equal(store_fsck(fs, 0).error, FESTORE_OK);
		assert_int_equal(take("a", content_of(i, lens[i]), lens[i]), FESTORE_OK);
		assert_int_equal(take("a", NULL, 0), FESTORE_NOT_FOUND);
		assert_int_equal(store_fsck(fs, 0).error, FESTORE_OK);
	}
	/* What is no such file is only read. */
	assert_int_equal(put("b", "1", 0), FESTORE_OK);
	assert_int_equal(take("b", (const uint8_t *)"1", 1), FESTORE_OK);
	assert_int_equal(take("b", (const uint8_t *)"1", 1), FESTORE_OK);
}

static void cut_taking(const char *where)
{
	for (uint32_t luck = 0; luck < 4; luck++) {
		const uint32_t drawn = luck < 2 ? luck : moment.cuts * 4 + luck;
		enum festore_error error = FESTORE_OK;

		if (!explore_branch("power cut at %s, luck %u", where, drawn))
			continue;
		disk_on_event(NULL);
		direct_on_call(NULL);
		disk_lose_power(drawn);
		store_restart_tee();
		fs = store_open();
		error = take("a", content_of(5, 9000), 9000);
		if (error != FESTORE_NOT_FOUND && (error != FESTORE_OK || moment.is_signed))
			wrong("read again after %s: %d", where, error);
		if (error != FESTORE_NOT_FOUND && moment.is_spent)
			wrong("what was acknowledged as removed is there");
		explore_done();
	}
	moment.cuts++;
}

static enum disk_answer cut_taking_at_disk(enum disk_event event, const char *path)
{
	(void)path;
	if (disk_event_changes(event))
		cut_taking(disk_event_name(event));
	return DISK_DOES;
}

static bool cut_taking_at_call(struct direct_event *event)
{
	if (event->call != DIRECT_INVOKE)
		return false;
	if (event->is_after && event->result == TEEC_SUCCESS) {
		moment.is_spent |= event->command == FESTORE_CMD_VAULT_CONFIRM;
		moment.is_signed |= event->command == FESTORE_CMD_FILE_GET;
	}
	cut_taking(event->is_after ? "an answer" : "a call");
	return false;
}

/* What was read once, however little of it, is gone after any power cut. */
static void a_power_cut_gives_no_reading_away(void **state)
{
	(void)state;
	memset(&moment, 0, sizeof(moment));
	assert_int_equal(festore_file_put(fs, "a", content_of(5, 9000), 9000, FESTORE_READ_ONCE),
		FESTORE_OK);
	heap_pause();
	direct_on_call(cut_taking_at_call);
	disk_on_event(cut_taking_at_disk);
	assert_int_equal(take("a", content_of(5, 9000), 9000), FESTORE_OK);
	direct_on_call(NULL);
	disk_on_event(NULL);
	heap_resume();
	assert_true(moment.is_spent && moment.is_signed);
	explore_end("power cuts");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_policy_is_told),
		TEST(a_policy_is_of_a_put_in_a_vault),
		TEST(write_once_stays),
		TEST(a_batch_does_not_change_it),
		TEST(append_only_only_grows),
		TEST(what_does_not_grow),
		TEST(whoever_is_overtaken_begins_again),
		TEST(uses_are_counted),
		TEST(a_use_costs_a_commit),
		TEST(a_power_cut_gives_no_use_away),
		TEST(read_once_is_read_once),
		TEST(a_power_cut_gives_no_reading_away),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
