// SPDX-License-Identifier: BSD-2-Clause
/*
 * Vaults that keep a log, through the library: what it tells, whatever root does to its rows, what
 * an exported one proves to anybody, how it is cut, and what it costs.
 */
#include "damage.h"
#include "direct.h"
#include "disk.h"
#include "explore.h"
#include "files.h"
#include "heap.h"

#include "../../lib/log_file.h"
#include "../../lib/vault.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rows of the log (docs/SPEC.md, Database). */
#define ROW "4294967296"

static struct festore *fs;

static struct {
	unsigned int calls;
	unsigned int syncs;
	unsigned int writes;
} counted;

static bool count_call(struct direct_event *event)
{
	counted.calls += event->call == DIRECT_INVOKE && !event->is_after ? 1 : 0;
	return false;
}

static enum disk_answer count_disk(enum disk_event event, const char *path)
{
	counted.syncs += event == DISK_SYNC ? 1 : 0;
	counted.writes += event == DISK_WRITE && strcmp(path, STORE_LOG) == 0 ? 1 : 0;
	return DISK_DOES;
}

static void put(const char *tag, const char *text)
{
	assert_int_equal(festore_file_put(fs, tag, text, strlen(text), 0), FESTORE_OK);
}

static void reopen(void)
{
	festore_close(&fs);
	fs = store_open();
	heap_resume();
}

static void begin_with(const char *log)
{
	explore_begin();
	store_begin();
	setenv("FESTORE_LOG", log, 1);
	fs = store_open();
	heap_resume();
}

static int begin(void **state)
{
	(void)state;
	begin_with("yes");
	return 0;
}

static int end(void **state)
{
	(void)state;
	disk_on_event(NULL);
	direct_on_call(NULL);
	festore_close(&fs);
	unsetenv("FESTORE_LOG");
	heap_pause();
	store_end();
	return 0;
}

/* --- what it tells ---------------------------------------------------------------------------- */

static char told[65536];

static int tell(const struct festore_log_info *info, void *arg)
{
	char line[400];

	(void)arg;
	snprintf(line, sizeof(line), "%llu %s%s%s%s%s%llu\n", (unsigned long long)info->number,
		info->what, info->tag ? (info->is_key ? " key " : " ") : "",
		info->tag ? info->tag : "", info->reason_name[0] != '\0' ? " " : "",
		info->reason_name, (unsigned long long)info->count);
	assert_true(strlen(told) + strlen(line) < sizeof(told));
	strcat(told, line);
	return 0;
}

static enum festore_error list(uint64_t since)
{
	told[0] = '\0';
	return festore_log_list(fs, since, tell, NULL);
}

static void all_changes_are_told(void **state)
{
	(void)state;
	put("a", "1");
	put("a", "2");
	assert_int_equal(festore_file_move(fs, "a", "b", 0), FESTORE_OK);
	assert_int_equal(festore_file_put(fs, "b", "x", 1, FESTORE_NO_CLOBBER), FESTORE_EXISTS);
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	put("c", "3");
	put("d", "4");
	assert_int_equal(festore_file_remove(fs, "c"), FESTORE_OK);
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_int_equal(
		festore_key_generate(fs, "k", FESTORE_KEY_ED25519, FESTORE_KEY_SIGN), FESTORE_OK);
	assert_int_equal(list(0), FESTORE_OK);
	/* In a batch the order is that of locators. */
	if (strstr(told, "stored d0\n5 stored c"))
		assert_string_equal(told,
			"1 put a0\n2 replaced a0\n3 moved-from a0\n4 moved-to b0\n5 stored d0\n"
			"5 stored c0\n6 removed c0\n7 refused exists1\n8 key-made key k0\n");
	else
		assert_string_equal(told,
			"1 put a0\n2 replaced a0\n3 moved-from a0\n4 moved-to b0\n5 stored c0\n"
			"5 stored d0\n6 removed c0\n7 refused exists1\n8 key-made key k0\n");
	reopen();
	assert_int_equal(list(7), FESTORE_OK);
	assert_string_equal(told, "7 refused exists1\n8 key-made key k0\n");
}

static void without_one_there_is_none(void **state)
{
	struct festore_status status;
	void *bytes = NULL;
	size_t len = 0;

	(void)state;
	setenv("FESTORE_LOG", "no", 1);
	reopen();
	put("a", "1");
	assert_int_equal(list(0), FESTORE_USAGE);
	assert_int_equal(festore_log_export(fs, &bytes, &len), FESTORE_USAGE);
	assert_int_equal(festore_log_prune(fs, 0), FESTORE_USAGE);
	assert_int_equal(festore_status(fs, &status), FESTORE_OK);
	assert_int_equal(status.has_log, 0);
	/* What the environment says later changes nothing. */
	setenv("FESTORE_LOG", "yes", 1);
	reopen();
	put("b", "1");
	assert_int_equal(list(0), FESTORE_USAGE);
}

/* Tags as long as may be: more entries than one, and nothing is left out. */
static void a_large_batch_is_told_whole(void **state)
{
	char tag[FESTORE_TAG_LEN_MAX + 1];
	unsigned int count = 0;

	(void)state;
	put("first", "1");
	assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	memset(tag, 'x', sizeof(tag));
	for (unsigned int i = 0; i < FESTORE_PUTS_MAX; i++) {
		snprintf(tag + sizeof(tag) - 4, 4, "%03u", i);
		put(tag, "y");
	}
	assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	assert_int_equal(list(0), FESTORE_OK);
	for (const char *at = told; (at = strstr(at, " stored xxx")); at++)
		count++;
	assert_int_equal(count, FESTORE_PUTS_MAX);
}

/* --- what root does to its rows --------------------------------------------------------------- */

static void make_five(void)
{
	put("a", "1");
	put("b", "2");
	put("c", "3");
	put("d", "4");
	put("e", "5");
	festore_close(&fs);
	heap_pause();
}

/* The log is told to be damaged, the files are not, and letting the log go heals it. */
static void must_be_noticed(const char *what)
{
	struct found found;
	void *got = NULL;
	size_t len = 0;

	fs = store_open();
	heap_resume();
	if (list(0) != FESTORE_DAMAGED || told[0] != '\0')
		fail_msg("%s: the log is shown", what);
	assert_int_equal(festore_file_get(fs, "c", &got, &len), FESTORE_OK);
	assert_memory_equal(got, "3", 1);
	festore_content_free(got, len);
	heap_pause();
	found = store_fsck(fs, FESTORE_CHECK_MEND);
	heap_resume();
	if (found.error != FESTORE_DAMAGED || found.numbers.intact != 5)
		fail_msg("%s: a check answers %d", what, found.error);
	for (size_t i = 0; i < found.count; i++)
		assert_true(found.all[i].part == FESTORE_FINDING_LOG ||
			found.all[i].kind == FESTORE_FINDING_INTACT);
	assert_int_equal(festore_log_prune(fs, 0), FESTORE_OK);
	assert_int_equal(list(0), FESTORE_OK);
	heap_pause();
	found = store_fsck(fs, 0);
	heap_resume();
	if (found.error != FESTORE_OK)
		fail_msg("%s: after the log was let go a check answers %d", what, found.error);
	festore_close(&fs);
	heap_pause();
}

/* In a branch of its own. */
static void after(const char *sql)
{
	if (!explore_branch("%s", sql))
		return;
	store_run_sql(sql);
	must_be_noticed(sql);
	explore_done();
}

static void whatever_is_done_to_a_row_is_noticed(void **state)
{
	static const char *const changes[] = {
		"DELETE FROM meta WHERE id = " ROW " + 1",
		"DELETE FROM meta WHERE id = " ROW " + 3",
		"DELETE FROM meta WHERE id = " ROW " + 5",
		"DELETE FROM meta WHERE id > " ROW,
		"DELETE FROM meta WHERE id > " ROW " AND id < " ROW " + 4",
		"UPDATE meta SET value = (SELECT value FROM meta WHERE id = " ROW " + 2) "
		"WHERE id = " ROW " + 3",
		"UPDATE meta SET id = -2 WHERE id = " ROW " + 3; UPDATE meta SET id = " ROW
		" + 3 WHERE id = " ROW " + 2; UPDATE meta SET id = " ROW " + 2 WHERE id = -2",
		"UPDATE meta SET value = zeroblob(length(value)) WHERE id = " ROW " + 2",
		"UPDATE meta SET value = zeroblob(5000) WHERE id = " ROW " + 2",
		"UPDATE meta SET value = zeroblob(900000) WHERE id = " ROW " + 2",
		"UPDATE meta SET value = 'text' WHERE id = " ROW " + 5",
		"UPDATE meta SET value = x'' WHERE id = " ROW " + 1",
	};

	(void)state;
	make_five();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		after(changes[i]);
	explore_end("changed rows of a log");
}

static sqlite3_int64 row_len(unsigned int number)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	sqlite3_int64 len = 0;
	char sql[96];

	snprintf(
		sql, sizeof(sql), "SELECT length(value) FROM meta WHERE id = " ROW " + %u", number);
	sqlite3_open(STORE_DATABASE, &db);
	sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	len = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return len;
}

static void whatever_byte_is_another_is_noticed(void **state)
{
	sqlite3_int64 len = 0;

	(void)state;
	make_five();
	store_run_sql("PRAGMA user_version");
	len = row_len(4);
	assert_true(len > 100);
	for (sqlite3_int64 at = 0; at < len; at++) {
		char sql[400];

		snprintf(sql, sizeof(sql),
			"UPDATE meta SET value = CAST(substr(value, 1, %lld) || CASE "
			"substr(value, %lld, 1) WHEN x'00' THEN x'01' ELSE x'00' END || "
			"substr(value, %lld) AS BLOB) WHERE id = " ROW " + 4",
			(long long)at, (long long)at + 1, (long long)at + 2);
		after(sql);
	}
	explore_end("changed bytes of a log");
}

/* What lies behind the end is no entry, and is in nobody's way; a check tells of it. */
static void what_lies_behind_is_stray(void **state)
{
	struct found found;

	(void)state;
	make_five();
	store_run_sql(
		"INSERT INTO meta SELECT " ROW " + 9, value FROM meta WHERE id = " ROW " + 5");
	fs = store_open();
	heap_resume();
	assert_int_equal(list(5), FESTORE_OK);
	assert_string_equal(told, "5 put e0\n");
	heap_pause();
	found = store_fsck(fs, 0);
	heap_resume();
	assert_int_equal(found.error, FESTORE_DAMAGED);
	assert_true(found_one(&found, FESTORE_FINDING_STRAY, FESTORE_FINDING_LOG, NULL, "9"));
	assert_int_equal(festore_log_prune(fs, 2), FESTORE_OK);
	heap_pause();
	found = store_fsck(fs, 0);
	heap_resume();
	assert_int_equal(found.error, FESTORE_OK);
}

/* --- cutting ---------------------------------------------------------------------------------- */

static void what_stays_is_proven(void **state)
{
	struct festore_status status;

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		put("a", "1");
	assert_int_equal(festore_log_prune(fs, 9), FESTORE_OK);
	assert_int_equal(festore_log_prune(fs, 6), FESTORE_OK);
	assert_int_equal(festore_status(fs, &status), FESTORE_OK);
	assert_int_equal(status.log_first, 1);
	assert_int_equal(status.log_number, 6);
	assert_int_equal(festore_log_prune(fs, 2), FESTORE_OK);
	assert_int_equal(list(0), FESTORE_OK);
	assert_string_equal(told, "5 replaced a0\n6 replaced a0\n7 checkpoint4\n");
	assert_int_equal(festore_log_prune(fs, 1), FESTORE_OK);
	assert_int_equal(list(0), FESTORE_OK);
	assert_string_equal(told, "7 checkpoint4\n8 checkpoint6\n");
	assert_int_equal(festore_log_prune(fs, 0), FESTORE_OK);
	put("b", "1");
	assert_int_equal(list(0), FESTORE_OK);
	assert_string_equal(told, "9 checkpoint8\n10 put b0\n");
	assert_int_equal(festore_status(fs, &status), FESTORE_OK);
	assert_int_equal(status.log_first, 9);
	/* Without the checkpoint's consent fewer are a loss. */
	festore_close(&fs);
	heap_pause();
	store_run_sql("DELETE FROM meta WHERE id = " ROW " + 9");
	fs = store_open();
	heap_resume();
	assert_int_equal(list(0), FESTORE_DAMAGED);
}

static void a_long_one_is_cut(void **state)
{
	struct festore_status status;

	(void)state;
	put("a", "1");
	fs->vault->log_kept = 100;
	for (unsigned int i = 0; i < 126; i++)
		put("a", "1");
	assert_int_equal(festore_status(fs, &status), FESTORE_OK);
	assert_int_equal(status.log_first, 1);
	put("a", "1");
	assert_int_equal(festore_status(fs, &status), FESTORE_OK);
	assert_int_equal(status.log_first, 29);
	assert_int_equal(status.log_number, 129);
	assert_int_equal(list(129), FESTORE_OK);
	assert_string_equal(told, "129 checkpoint28\n");
}

/* --- exported --------------------------------------------------------------------------------- */

static uint8_t *exported;
static size_t exported_len;
static void *key;
static size_t key_len;

static void export_log(void)
{
	void *bytes = NULL;

	assert_int_equal(festore_log_export(fs, &bytes, &exported_len), FESTORE_OK);
	exported = bytes;
	assert_int_equal(festore_log_key(fs, FESTORE_KEY_DER, &key, &key_len), FESTORE_OK);
}

static void forget_export(void)
{
	festore_content_free(exported, exported_len);
	festore_content_free(key, key_len);
	exported = NULL;
	key = NULL;
}

static enum festore_error verify(const uint8_t *bytes, size_t len)
{
	struct festore_log_summary summary;
	const enum festore_error error =
		festore_log_verify(bytes, len, key, key_len, NULL, NULL, &summary);

	assert_true((error == FESTORE_OK) == (summary.reason[0] == '\0'));
	return error;
}

/* Where the entry `number` lies in the file. */
static size_t entry_at(unsigned int number)
{
	size_t at = sizeof(struct log_file);

	while (--number != 0)
		at += log_entry_len(exported + at, exported_len - at);
	return at;
}

/* A file of these entries, with the signature of the exported one. */
static enum festore_error verify_entries(const unsigned int *numbers, size_t count)
{
	uint8_t *bytes = calloc(1, 2 * exported_len);
	const size_t tail = sizeof(struct festore_log_signed);
	struct log_file file;
	size_t len = sizeof(file);
	enum festore_error error = FESTORE_OK;

	memcpy(&file, exported, sizeof(file));
	for (size_t i = 0; i < count; i++) {
		const size_t at = entry_at(numbers[i]);
		const size_t own = log_entry_len(exported + at, exported_len - at);

		memcpy(bytes + len, exported + at, own);
		len += own;
	}
	file.len = len - sizeof(file);
	memcpy(bytes, &file, sizeof(file));
	memcpy(bytes + len, exported + exported_len - tail, tail);
	error = verify(bytes, len + tail);
	free(bytes);
	return error;
}

static void nothing_of_an_export_can_be_changed(void **state)
{
	static const unsigned int all[] = {1, 2, 3, 4};
	static const unsigned int without_last[] = {1, 2, 3};
	static const unsigned int without_first[] = {2, 3, 4};
	static const unsigned int without_one[] = {1, 3, 4};
	static const unsigned int exchanged[] = {1, 3, 2, 4};
	static const unsigned int doubled[] = {1, 2, 2, 3, 4};
	static const unsigned int longer[] = {1, 2, 3, 4, 4};

	(void)state;
	put("a", "1");
	put("a", "2");
	put("bcd", "3");
	put("e", "4");
	export_log();
	assert_int_equal(verify(exported, exported_len), FESTORE_OK);
	assert_int_equal(verify_entries(all, 4), FESTORE_OK);
	assert_int_equal(verify_entries(without_last, 3), FESTORE_BAD_SIGNATURE);
	assert_int_equal(verify_entries(without_first, 3), FESTORE_BAD_SIGNATURE);
	assert_int_equal(verify_entries(without_one, 3), FESTORE_BAD_SIGNATURE);
	assert_int_equal(verify_entries(exchanged, 4), FESTORE_BAD_SIGNATURE);
	assert_int_equal(verify_entries(doubled, 5), FESTORE_BAD_SIGNATURE);
	assert_int_equal(verify_entries(longer, 5), FESTORE_BAD_SIGNATURE);
	assert_int_equal(verify_entries(all, 0), FESTORE_BAD_SIGNATURE);
	for (size_t at = 0; at < exported_len; at++) {
		enum festore_error error = FESTORE_OK;

		exported[at] ^= (uint8_t)(1u << (at % 8));
		error = verify(exported, exported_len);
		exported[at] ^= (uint8_t)(1u << (at % 8));
		/* Of the first bytes: it is no log at all. */
		if (error != FESTORE_BAD_SIGNATURE && !(at < 8 && error == FESTORE_USAGE))
			fail_msg("byte %zu of a log may be another", at);
	}
	for (size_t len = 0; len < exported_len; len++)
		assert_int_not_equal(verify(exported, len), FESTORE_OK);
	forget_export();
}

static void an_earlier_signature_is_of_an_earlier_log(void **state)
{
	struct festore_log_signed earlier;
	struct festore_log_summary summary;

	(void)state;
	put("a", "1");
	export_log();
	memcpy(&earlier, exported + exported_len - sizeof(earlier), sizeof(earlier));
	forget_export();
	put("a", "2");
	export_log();
	assert_int_equal(
		festore_log_verify(exported, exported_len, key, key_len, NULL, NULL, &summary),
		FESTORE_OK);
	assert_int_equal(summary.first, 1);
	assert_int_equal(summary.last, 2);
	assert_true(summary.version > earlier.version);
	memcpy(exported + exported_len - sizeof(earlier), &earlier, sizeof(earlier));
	assert_int_equal(verify(exported, exported_len), FESTORE_BAD_SIGNATURE);
	forget_export();
}

static void a_cut_one_is_whole_from_its_checkpoint_on(void **state)
{
	static const unsigned int without_checkpoint[] = {1, 2};

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		put("a", "1");
	assert_int_equal(festore_log_prune(fs, 2), FESTORE_OK);
	export_log();
	assert_int_equal(verify(exported, exported_len), FESTORE_OK);
	assert_int_equal(verify_entries(without_checkpoint, 2), FESTORE_BAD_SIGNATURE);
	forget_export();
	/* And an empty one. */
	assert_int_equal(festore_log_prune(fs, 0), FESTORE_OK);
	export_log();
	assert_int_equal(verify(exported, exported_len), FESTORE_OK);
	forget_export();
}

static void one_without_entries_is_whole(void **state)
{
	(void)state;
	assert_int_equal(festore_init(fs), FESTORE_OK);
	export_log();
	assert_int_equal(verify(exported, exported_len), FESTORE_OK);
	assert_int_equal(exported_len, sizeof(struct log_file) + sizeof(struct festore_log_signed));
	forget_export();
}

/* --- costs ------------------------------------------------------------------------------------ */

enum { WARM = 100, PUTS = 100, BATCH = 64 };

struct cost {
	unsigned int calls;
	unsigned int syncs;
	unsigned int writes; /* of pages, into the write-ahead log */
};

/* Puts of 1,000 bytes among WARM others, or `batch` of 16 at once. */
static struct cost cost_of_puts(const char *log, unsigned int batch)
{
	struct cost cost = {0};
	const size_t len = batch != 0 ? 16 : 1000;
	char tag[24];

	begin_with(log);
	for (unsigned int i = 0; i < WARM; i++) {
		snprintf(tag, sizeof(tag), "warm%u", i);
		put(tag, "x");
	}
	/* All of the write-ahead log is copied, and begins anew. */
	festore_close(&fs);
	heap_pause();
	store_run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	fs = store_open();
	heap_resume();
	put("first", "x");
	direct_on_call(count_call);
	disk_on_event(count_disk);
	memset(&counted, 0, sizeof(counted));
	if (batch != 0)
		assert_int_equal(festore_batch_begin(fs), FESTORE_OK);
	for (unsigned int i = 0; i < (batch != 0 ? batch : PUTS); i++) {
		snprintf(tag, sizeof(tag), "tag/%u", i);
		assert_int_equal(festore_file_put(fs, tag, content_of(i, len), len, 0), FESTORE_OK);
		/* Before a checkpoint comes. */
		cost.syncs = i == 0 ? counted.syncs : cost.syncs;
	}
	if (batch != 0)
		assert_int_equal(festore_batch_commit(fs), FESTORE_OK);
	cost.calls = counted.calls;
	cost.writes = counted.writes;
	end(NULL);
	return cost;
}

static void a_log_costs_little(void **state)
{
	static const unsigned int batches[] = {0, BATCH};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct cost without = cost_of_puts("no", batches[i]);
		const struct cost with = cost_of_puts("yes", batches[i]);

		print_message("%s: %u calls, %u syncs, %u writes; with a log %u, %u, %u\n",
			batches[i] != 0 ? "a batch" : "puts", without.calls, without.syncs,
			without.writes, with.calls, with.syncs, with.writes);
		assert_int_equal(with.calls, without.calls);
		assert_int_equal(with.syncs, without.syncs);
		assert_true(without.writes > 0);
		assert_true(with.writes * 10 <= without.writes * 13);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_changes_are_told),
		TEST(without_one_there_is_none),
		TEST(a_large_batch_is_told_whole),
		TEST(whatever_is_done_to_a_row_is_noticed),
		TEST(whatever_byte_is_another_is_noticed),
		TEST(what_lies_behind_is_stray),
		TEST(what_stays_is_proven),
		TEST(a_long_one_is_cut),
		TEST(nothing_of_an_export_can_be_changed),
		TEST(an_earlier_signature_is_of_an_earlier_log),
		TEST(a_cut_one_is_whole_from_its_checkpoint_on),
		TEST(one_without_entries_is_whole),
		cmocka_unit_test(a_log_costs_little),
	};

	explore_choose_test();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
