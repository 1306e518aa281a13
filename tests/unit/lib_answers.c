// SPDX-License-Identifier: BSD-2-Clause
/*
 * libfestore over a TA that answers wrongly: codes, sizes, counts, tags. Every answer becomes one
 * documented enum festore_error, and nothing is read where nothing was written.
 */
#include "scripted_teec.h"

static uint8_t window[FESTORE_WINDOW];

static const struct festore_wire_request *request_at(unsigned int i)
{
	assert_in_range(i, 0, asked_count - 1);
	return &asked[i].request;
}

/* --- codes ------------------------------------------------------------------------------------ */

struct code {
	TEEC_Result result;
	enum festore_error of_ta;
	enum festore_error of_way;
};

/* festore_ta.h says what the TA may answer; all others are as the last one. */
static const struct code codes[] = {
	{TEEC_ERROR_BAD_PARAMETERS, FESTORE_USAGE, FESTORE_NO_TEE},
	{TEEC_ERROR_NOT_SUPPORTED, FESTORE_ERROR, FESTORE_NO_TEE},
	{TEEC_ERROR_ACCESS_DENIED, FESTORE_DENIED, FESTORE_NO_TEE},
	{TEEC_ERROR_ITEM_NOT_FOUND, FESTORE_NOT_FOUND, FESTORE_NO_TEE},
	{TEEC_ERROR_ACCESS_CONFLICT, FESTORE_EXISTS, FESTORE_NO_TEE},
	{0xf0100001 /* CORRUPT_OBJECT */, FESTORE_DAMAGED, FESTORE_NO_TEE},
	{TEEC_ERROR_STORAGE_NOT_AVAILABLE, FESTORE_NO_TEE, FESTORE_NO_TEE},
	{TEEC_ERROR_BUSY, FESTORE_BUSY, FESTORE_BUSY},
	{TEEC_ERROR_OUT_OF_MEMORY, FESTORE_ERROR, FESTORE_ERROR},
	{TEEC_ERROR_SHORT_BUFFER, FESTORE_ERROR, FESTORE_NO_TEE},
	{TEEC_ERROR_BAD_STATE, FESTORE_ERROR, FESTORE_NO_TEE},
	{TEEC_ERROR_SECURITY, FESTORE_ERROR, FESTORE_NO_TEE},
	{TEEC_ERROR_COMMUNICATION, FESTORE_ERROR, FESTORE_NO_TEE},
	{TEEC_ERROR_TARGET_DEAD, FESTORE_ERROR, FESTORE_NO_TEE},
	{TEEC_ERROR_GENERIC, FESTORE_ERROR, FESTORE_NO_TEE},
	{0x12345678, FESTORE_ERROR, FESTORE_NO_TEE},
	{UINT32_MAX, FESTORE_ERROR, FESTORE_NO_TEE},
};

static const uint32_t origins[] = {
	TEEC_ORIGIN_API, TEEC_ORIGIN_COMMS, TEEC_ORIGIN_TEE, TEEC_ORIGIN_TRUSTED_APP, 0, 99};

static int no_visit(const struct festore_file_info *info, void *arg)
{
	(void)info;
	(void)arg;
	fail_msg("visited");
	return 0;
}

/* Every call of the library that asks the TA. */
static enum festore_error ask_status(struct festore *fs)
{
	struct festore_status status = {0};

	return festore_status(fs, &status);
}

static enum festore_error ask_put(struct festore *fs)
{
	return festore_file_put(fs, "tag", "content", 7, 0);
}

static enum festore_error ask_put_large(struct festore *fs)
{
	static const uint8_t content[FESTORE_WINDOW + 1];

	return festore_file_put(fs, "tag", content, sizeof(content), 0);
}

static enum festore_error ask_get(struct festore *fs)
{
	void *content = &window;
	size_t len = 99;
	enum festore_error error = festore_file_get(fs, "tag", &content, &len);

	/* Written on success only. */
	assert_ptr_equal(content, &window);
	assert_int_equal(len, 99);
	return error;
}

static enum festore_error ask_stat(struct festore *fs)
{
	struct festore_file_info info = {0};

	return festore_file_stat(fs, "tag", &info);
}

static enum festore_error ask_remove(struct festore *fs)
{
	return festore_file_remove(fs, "tag");
}

static enum festore_error ask_move(struct festore *fs)
{
	return festore_file_move(fs, "tag", "new", 0);
}

static enum festore_error ask_list(struct festore *fs)
{
	return festore_file_list(fs, NULL, no_visit, NULL);
}

static enum festore_error (*const questions[])(struct festore *fs) = {
	ask_status, ask_put, ask_put_large, ask_get, ask_stat, ask_remove, ask_move, ask_list};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void assert_code(struct festore *fs, size_t question, const struct code *code)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		const bool is_answer = origins[i] == TEEC_ORIGIN_TRUSTED_APP;
		enum festore_error error = FESTORE_OK;

		begin_script();
		answer_error(code->result, origins[i]);
		error = questions[question](fs);
		assert_int_equal(error, is_answer ? code->of_ta : code->of_way);
		assert_int_equal(asked_count, 1);
		assert_string_not_equal(festore_reason(fs), "");
	}
}

static void every_code_is_a_documented_error(void **state)
{
	struct festore *fs = open_festore();

	(void)state;
	for (size_t q = 0; q < QUESTIONS; q++) {
		for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
			assert_code(fs, q, &codes[i]);
	}
	festore_close(&fs);
}

static void a_success_forgets_the_reason(void **state)
{
	struct festore *fs = open_festore();

	(void)state;
	begin_script();
	answer_error(TEEC_ERROR_GENERIC, TEEC_ORIGIN_TRUSTED_APP);
	answer_done();
	assert_int_equal(ask_remove(fs), FESTORE_ERROR);
	assert_int_equal(ask_remove(fs), FESTORE_OK);
	assert_string_equal(festore_reason(fs), "");
	festore_close(&fs);
}

static void errors_have_sentences(void **state)
{
	const int errors[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, -1, 12, 131};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const char *text = festore_strerror((enum festore_error)errors[i]);

		assert_non_null(text);
		assert_true(strlen(text) > 5 && text[strlen(text) - 1] != '.');
	}
	assert_string_equal(festore_version(), FESTORE_RELEASE);
	assert_string_equal(festore_reason(NULL), "out of memory");
}

/* --- sizes ------------------------------------------------------------------------------------ */

static void replies_of_wrong_sizes_are_refused(void **state)
{
	/* With the size of the right reply each. */
	const struct {
		enum festore_error (*ask)(struct festore *fs);
		size_t len;
	} asks[] = {
		{ask_status, sizeof(struct festore_wire_info)},
		{ask_get, sizeof(struct festore_wire_file)},
		{ask_stat, sizeof(struct festore_wire_file)},
		{ask_list, sizeof(struct festore_wire_list)},
	};
	struct festore *fs = open_festore();

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		const size_t wrong[] = {
			0, 1, asks[i].len - 1, asks[i].len + 1, FESTORE_WINDOW, SIZE_MAX};

		for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
			begin_script();
			answer((struct scripted){
				.says_reply_len = true, .said_reply_len = wrong[j]});
			assert_int_equal(asks[i].ask(fs), FESTORE_ERROR);
		}
	}
	festore_close(&fs);
}

static struct scripted file_answer(uint64_t size, size_t len)
{
	/* Answers are kept till the script ends, so each needs its own memory. */
	static struct festore_wire_file files[SCRIPT_MAX];
	struct festore_wire_file *file = &files[script_len];

	*file = (struct festore_wire_file){.size = size, .modified = 7};
	return (struct scripted){
		.reply = file, .reply_len = sizeof(*file), .window = window, .window_len = len};
}

static void windows_of_wrong_sizes_are_refused(void **state)
{
	const size_t wrong[] = {FESTORE_WINDOW + 1, 2 * FESTORE_WINDOW, UINT32_MAX, SIZE_MAX};
	static struct festore_wire_list list = {.count = 1};
	struct festore *fs = open_festore();

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct scripted get = file_answer(wrong[i], 0);
		struct scripted page = {.reply = &list, .reply_len = sizeof(list)};

		get.says_window_len = page.says_window_len = true;
		get.said_window_len = page.said_window_len = wrong[i];
		begin_script();
		answer(get);
		assert_int_equal(ask_get(fs), FESTORE_ERROR);
		begin_script();
		answer(page);
		assert_int_equal(ask_list(fs), FESTORE_ERROR);
	}
	festore_close(&fs);
}

/* Answers of a get whose sizes do not go together: each is refused, none is content. */
static void gets_that_do_not_add_up_are_refused(void **state)
{
	const struct {
		uint64_t size;
		size_t len;
	} firsts[] = {{0, 1}, {5, 6}, {5, 0}, {FESTORE_REE_MAX + 1, FESTORE_WINDOW},
		{UINT64_MAX, 5}, {1ull << 32, 0}, {FESTORE_WINDOW, 0},
		{1ull << 63, FESTORE_WINDOW}};
	struct festore *fs = open_festore();

	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		begin_script();
		answer(file_answer(firsts[i].size, firsts[i].len));
		answer_done();
		assert_int_equal(ask_get(fs), FESTORE_ERROR);
		assert_int_equal(asked_count, 1);
	}
	festore_close(&fs);
}

static void later_pieces_that_do_not_add_up_are_refused(void **state)
{
	const struct {
		uint64_t size;
		size_t len;
	} seconds[] = {{70000, 0}, {70000, 70000 - FESTORE_WINDOW + 1}, {FESTORE_WINDOW - 1, 0},
		{0, 0}, {FESTORE_REE_MAX + 1, 1}, {UINT64_MAX, 1}};
	struct festore *fs = open_festore();

	(void)state;
	memset(window, SECRET, sizeof(window));
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		begin_script();
		answer(file_answer(70000, FESTORE_WINDOW));
		answer(file_answer(seconds[i].size, seconds[i].len));
		answer_done();
		assert_int_equal(ask_get(fs), FESTORE_ERROR);
		assert_int_equal(request_at(1)->flags, FESTORE_WIRE_CONTINUE);
	}
	festore_close(&fs);
}

static void a_get_that_fails_later_frees_nothing_unwiped(void **state)
{
	struct festore *fs = open_festore();

	(void)state;
	memset(window, SECRET, sizeof(window));
	begin_script();
	answer(file_answer(70000, FESTORE_WINDOW));
	answer_error(TEEC_ERROR_TARGET_DEAD, TEEC_ORIGIN_TEE);
	answer_done();
	assert_int_equal(ask_get(fs), FESTORE_NO_TEE);
	assert_false(freed_unwiped);
	festore_close(&fs);
}

static void contents_come_whole_and_are_wiped(void **state)
{
	const size_t sizes[] = {0, 1, FESTORE_WINDOW, FESTORE_WINDOW + 1, FESTORE_REE_MAX};
	struct festore *fs = open_festore();

	(void)state;
	memset(window, SECRET, sizeof(window));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *content = NULL;
		size_t len = 0;
		size_t done = 0;

		begin_script();
		do {
			const size_t left = sizes[i] - done;
			const size_t piece = left < FESTORE_WINDOW ? left : FESTORE_WINDOW;

			answer(file_answer(sizes[i], piece));
			done += piece;
		} while (done < sizes[i]);
		assert_int_equal(festore_file_get(fs, "tag", &content, &len), FESTORE_OK);
		assert_non_null(content);
		assert_int_equal(len, sizes[i]);
		for (size_t j = 0; j < len; j++)
			assert_int_equal(((uint8_t *)content)[j], SECRET);
		festore_content_free(content, len);
		assert_false(freed_unwiped);
	}
	festore_content_free(NULL, 0);
	festore_close(&fs);
	/* Nor does what is shared with the TEE outlive the handle. */
	assert_false(released_unwiped);
}

/* --- lists ------------------------------------------------------------------------------------ */

static size_t page_len;

static void begin_page(void)
{
	memset(window, 0, sizeof(window));
	page_len = 0;
}

static void add_entry(const char *tag, size_t tag_len, uint16_t said_len)
{
	const struct festore_wire_entry entry = {.size = 5, .modified = 7, .tag_len = said_len};

	memcpy(window + page_len, &entry, sizeof(entry));
	memcpy(window + page_len + sizeof(entry), tag, tag_len);
	page_len += FESTORE_ENTRY_ROOM(tag_len);
}

static struct scripted page_answer(const struct festore_wire_list *list, size_t len)
{
	return (struct scripted){
		.reply = list, .reply_len = sizeof(*list), .window = window, .window_len = len};
}

static void assert_malformed(struct festore *fs, uint32_t count, size_t len)
{
	const struct festore_wire_list list = {.count = count};

	begin_script();
	answer(page_answer(&list, len));
	assert_int_equal(ask_list(fs), FESTORE_ERROR);
	assert_string_not_equal(festore_reason(fs), "");
}

static void malformed_lists_are_refused(void **state)
{
	struct festore *fs = open_festore();
	char longest[FESTORE_TAG_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	/* More entries than bytes. */
	begin_page();
	assert_malformed(fs, 1, 0);
	assert_malformed(fs, UINT32_MAX, 0);
	add_entry("tag", 3, 3);
	assert_malformed(fs, 2, page_len);
	assert_malformed(fs, UINT32_MAX, page_len);
	/* An entry that is cut, at every place. */
	for (size_t len = 1; len < page_len; len++)
		assert_malformed(fs, 1, len);

	/* Tags that no file can have. */
	begin_page();
	add_entry("", 0, 0);
	assert_malformed(fs, 1, page_len);
	begin_page();
	add_entry(longest, sizeof(longest), FESTORE_TAG_MAX + 1);
	assert_malformed(fs, 1, page_len);
	begin_page();
	add_entry("tag", 3, UINT16_MAX);
	assert_malformed(fs, 1, FESTORE_WINDOW);
	begin_page();
	add_entry("t\xff", 2, 2);
	assert_malformed(fs, 1, page_len);
	begin_page();
	add_entry("t\0g", 3, 3);
	assert_malformed(fs, 1, page_len);
	begin_page();
	add_entry("\x1b[2J", 4, 4);
	assert_malformed(fs, 1, page_len);
	/* A good one before it is not shown either. */
	begin_page();
	add_entry("good", 4, 4);
	add_entry("\n", 1, 1);
	assert_malformed(fs, 2, page_len);
	festore_close(&fs);
}

struct visits {
	char tags[8][FESTORE_TAG_MAX + 1];
	unsigned int count;
	unsigned int stop_at;
};

/* A call that is refused meanwhile does not count; a write that failed does, whatever comes later.
 */
static void a_writer_answers_for_its_own_writes(void **state)
{
	static const uint8_t content[FESTORE_REE_MAX];
	struct festore *fs = open_festore();
	struct festore_writer *writer = NULL;

	(void)state;
	begin_script();
	answer_done();
	assert_int_equal(festore_writer_open(fs, "tag", 0, &writer), FESTORE_OK);
	assert_int_equal(festore_writer_write(writer, "content", 7), FESTORE_OK);
	assert_int_equal(festore_file_remove(fs, "tag"), FESTORE_USAGE);
	assert_int_equal(festore_writer_commit(&writer), FESTORE_OK);
	assert_int_equal(asked_count, 1);
	assert_int_equal(asked[0].sent_len, 7);

	begin_script();
	assert_int_equal(festore_writer_open(fs, "tag", 0, &writer), FESTORE_OK);
	assert_int_equal(festore_writer_write(writer, content, 7), FESTORE_OK);
	assert_int_equal(festore_writer_write(writer, content, sizeof(content)), FESTORE_NO_SPACE);
	assert_int_equal(festore_writer_write(writer, content, 7), FESTORE_NO_SPACE);
	assert_int_equal(festore_file_remove(fs, "tag"), FESTORE_USAGE);
	assert_int_equal(festore_writer_commit(&writer), FESTORE_NO_SPACE);
	assert_int_equal(asked_count, 0);
	festore_close(&fs);
}

static int note_visit(const struct festore_file_info *info, void *arg)
{
	struct visits *visits = arg;

	assert_int_equal(info->size, 5);
	assert_int_equal(info->modified, 7);
	assert_in_range(visits->count, 0, 7);
	strcpy(visits->tags[visits->count++], info->tag);
	return visits->count == visits->stop_at ? FESTORE_INTERRUPTED : 0;
}

/* The TA's order is the storage's; the caller's is that of the bytes. */
static void lists_are_sorted_over_all_pages(void **state)
{
	const struct festore_wire_list list = {.count = 4};
	const char *const want[] = {"Z", "a", "a/b", "\xc3\xa9"};
	struct festore *fs = open_festore();
	struct visits visits = {0};

	(void)state;
	begin_page();
	add_entry("\xc3\xa9", 2, 2);
	add_entry("a/b", 3, 3);
	add_entry("Z", 1, 1);
	add_entry("a", 1, 1);
	begin_script();
	answer(page_answer(&list, page_len));
	assert_int_equal(festore_file_list(fs, "", note_visit, &visits), FESTORE_OK);
	assert_int_equal(visits.count, 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_string_equal(visits.tags[i], want[i]);

	visits = (struct visits){.stop_at = 2};
	begin_script();
	answer(page_answer(&list, page_len));
	assert_int_equal(festore_file_list(fs, NULL, note_visit, &visits), FESTORE_INTERRUPTED);
	assert_int_equal(visits.count, 2);
	festore_close(&fs);
}

static void pages_are_asked_for_until_the_last(void **state)
{
	const struct festore_wire_list more = {.count = 1, .more = 1, .damaged = 1};
	const struct festore_wire_list empty = {.more = 1};
	const struct festore_wire_list last = {.count = 1, .damaged = 2};
	struct festore *fs = open_festore();
	struct visits visits = {0};

	(void)state;
	begin_page();
	add_entry("tag", 3, 3);
	begin_script();
	answer(page_answer(&more, page_len));
	answer(page_answer(&empty, 0));
	answer(page_answer(&last, page_len));
	assert_int_equal(festore_file_list(fs, "t", note_visit, &visits), FESTORE_DAMAGED);
	assert_non_null(strstr(festore_reason(fs), "3 damaged"));
	assert_int_equal(visits.count, 2);
	assert_int_equal(request_at(0)->flags, 0);
	assert_int_equal(request_at(1)->flags, FESTORE_WIRE_CONTINUE);
	assert_int_equal(request_at(2)->flags, FESTORE_WIRE_CONTINUE);
	assert_memory_equal(&request_at(2)->tag, &request_at(0)->tag, sizeof(request_at(0)->tag));

	/* What comes before a failure is not shown. */
	begin_script();
	answer(page_answer(&more, page_len));
	answer_error(TEEC_ERROR_BAD_STATE, TEEC_ORIGIN_TRUSTED_APP);
	assert_int_equal(ask_list(fs), FESTORE_ERROR);
	festore_close(&fs);
}

/* --- what the library itself refuses, and asks ------------------------------------------------ */

static void bad_arguments_never_reach_the_ta(void **state)
{
	struct festore *fs = open_festore();
	struct festore_file_info info = {0};
	char too_long[FESTORE_TAG_MAX + 2] = {0};
	const char *const tags[] = {
		"", "t\n", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xc2\x85", "\x7f", too_long};

	(void)state;
	memset(too_long, 'x', FESTORE_TAG_MAX + 1);
	begin_script();
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		void *content = NULL;
		size_t len = 0;

		assert_int_equal(festore_file_put(fs, tags[i], "", 0, 0), FESTORE_USAGE);
		assert_int_equal(festore_file_get(fs, tags[i], &content, &len), FESTORE_USAGE);
		assert_int_equal(festore_file_stat(fs, tags[i], &info), FESTORE_USAGE);
		assert_int_equal(festore_file_remove(fs, tags[i]), FESTORE_USAGE);
		assert_int_equal(festore_file_move(fs, tags[i], "new", 0), FESTORE_USAGE);
		assert_int_equal(festore_file_move(fs, "old", tags[i], 0), FESTORE_USAGE);
		if (tags[i][0] != '\0')
			assert_int_equal(
				festore_file_list(fs, tags[i], no_visit, NULL), FESTORE_USAGE);
		assert_string_not_equal(festore_reason(fs), "");
	}
	assert_int_equal(festore_file_put(fs, "tag", "", 0, 2), FESTORE_USAGE);
	assert_int_equal(festore_file_move(fs, "tag", "new", 0x80000000), FESTORE_USAGE);
	assert_int_equal(festore_file_move(fs, "tag", "tag", 0), FESTORE_USAGE);
	assert_int_equal(
		festore_file_put(fs, "tag", window, FESTORE_REE_SIZE_MAX + 1, 0), FESTORE_NO_SPACE);
	assert_int_equal(festore_file_put(fs, "tag", window, SIZE_MAX, 0), FESTORE_NO_SPACE);
	assert_int_equal(asked_count, 0);
	festore_close(&fs);
}

static void requests_are_as_the_wire_wants_them(void **state)
{
	static const uint8_t content[2 * FESTORE_WINDOW + 5] = {1, 2, 3};
	const uint32_t want[] = {FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_MORE,
		FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_MORE | FESTORE_WIRE_CONTINUE,
		FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE};
	const size_t want_len[] = {FESTORE_WINDOW, FESTORE_WINDOW, 5};
	struct festore_wire_tag new_tag = {.len = 3, .bytes = "new"};
	struct festore *fs = open_festore();

	(void)state;
	begin_script();
	/* A long transfer that would be refused at its end is not begun. */
	answer_error(TEEC_ERROR_ITEM_NOT_FOUND, TEEC_ORIGIN_TRUSTED_APP);
	for (unsigned int i = 0; i < 4; i++)
		answer_done();
	assert_int_equal(festore_file_put(fs, "tag", content, sizeof(content), FESTORE_NO_CLOBBER),
		FESTORE_OK);
	assert_int_equal(asked_count, 4);
	assert_int_equal(asked[0].command, FESTORE_CMD_FILE_STAT);
	for (unsigned int i = 0; i < 3; i++) {
		const struct festore_wire_request *request = request_at(i + 1);

		assert_int_equal(asked[i + 1].command, FESTORE_CMD_FILE_PUT);
		assert_int_equal(request->protocol, FESTORE_PROTOCOL);
		assert_int_equal(request->storage, FESTORE_WIRE_REE);
		assert_int_equal(request->reserved, 0);
		assert_int_equal(request->flags, want[i]);
		assert_int_equal(request->tag.len, 3);
		assert_true(request->modified > 1600000000);
		assert_int_equal(request->modified, request_at(1)->modified);
		assert_int_equal(asked[i + 1].sent_len, want_len[i]);
	}
	assert_int_equal(festore_file_move(fs, "tag", "new", FESTORE_NO_CLOBBER), FESTORE_OK);
	assert_int_equal(asked[4].command, FESTORE_CMD_FILE_MOVE);
	assert_int_equal(request_at(4)->flags, FESTORE_WIRE_NO_CLOBBER);
	assert_int_equal(request_at(4)->modified, 0);
	assert_int_equal(asked[4].sent_len, sizeof(new_tag));
	assert_memory_equal(asked[4].sent, &new_tag, sizeof(new_tag));
	festore_close(&fs);
}

/* A full storage may be full of bodies that nobody names: a list sweeps them, then once more. */
static void a_put_without_space_sweeps_and_tries_again(void **state)
{
	const struct festore_wire_list list = {0};
	struct festore *fs = open_festore();

	(void)state;
	begin_script();
	answer_error(TEEC_ERROR_STORAGE_NO_SPACE, TEEC_ORIGIN_TRUSTED_APP);
	answer(page_answer(&list, 0));
	answer_done();
	assert_int_equal(festore_file_put(fs, "tag", "x", 1, FESTORE_NO_CLOBBER), FESTORE_OK);
	assert_int_equal(asked_count, 3);
	assert_int_equal(asked[1].command, FESTORE_CMD_FILE_LIST);
	assert_int_equal(request_at(2)->flags, FESTORE_WIRE_NO_CLOBBER);

	begin_script();
	answer_error(TEEC_ERROR_STORAGE_NO_SPACE, TEEC_ORIGIN_TRUSTED_APP);
	answer_error(TEEC_ERROR_GENERIC, TEEC_ORIGIN_TRUSTED_APP);
	answer_error(TEEC_ERROR_EXCESS_DATA, TEEC_ORIGIN_TRUSTED_APP);
	assert_int_equal(ask_put(fs), FESTORE_NO_SPACE);
	assert_string_not_equal(festore_reason(fs), "");
	festore_close(&fs);
}

struct progress {
	unsigned int calls;
	unsigned int cancel_at; /* 1 is the first call */
	uint64_t last_done;
};

static int note_progress(uint64_t done, uint64_t total, void *arg)
{
	struct progress *progress = arg;

	assert_true(done <= total && done >= progress->last_done);
	progress->last_done = done;
	return ++progress->calls == progress->cancel_at;
}

static void transfers_can_be_cancelled(void **state)
{
	struct festore *fs = open_festore();
	struct progress progress = {.cancel_at = 2};

	(void)state;
	festore_set_progress(fs, note_progress, &progress);
	begin_script();
	answer_done();
	answer_done();
	assert_int_equal(ask_put_large(fs), FESTORE_INTERRUPTED);
	assert_int_equal(asked_count, 2);
	assert_int_equal(asked[1].command, FESTORE_CMD_ABORT);

	progress = (struct progress){.cancel_at = 1};
	begin_script();
	answer(file_answer(70000, FESTORE_WINDOW));
	answer_error(TEEC_ERROR_TARGET_DEAD, TEEC_ORIGIN_TEE);
	assert_int_equal(ask_get(fs), FESTORE_INTERRUPTED);
	assert_int_equal(asked[1].command, FESTORE_CMD_ABORT);

	/* After the last piece it is too late. */
	progress = (struct progress){.cancel_at = 3};
	begin_script();
	answer_done();
	answer_done();
	assert_int_equal(ask_put_large(fs), FESTORE_OK);
	assert_int_equal(progress.calls, 3);
	assert_int_equal(progress.last_done, FESTORE_WINDOW + 1);
	festore_set_progress(fs, NULL, NULL);
	festore_close(&fs);
}

static void status_takes_strings_without_an_end(void **state)
{
	struct festore_wire_info info = {.protocol = FESTORE_PROTOCOL, .huk = 2, .size_max = 77};
	struct festore_status status = {0};
	struct festore *fs = open_festore();

	(void)state;
	memset(info.version, 'v', sizeof(info.version));
	memset(info.tee, 't', sizeof(info.tee));
	for (uint8_t i = 0; i < sizeof(info.owner); i++)
		info.owner[i] = i;
	begin_script();
	answer((struct scripted){.reply = &info, .reply_len = sizeof(info)});
	assert_int_equal(festore_status(fs, &status), FESTORE_OK);
	assert_int_equal(strlen(status.ta_version), sizeof(info.version) - 1);
	assert_int_equal(strlen(status.tee_version), sizeof(info.tee) - 1);
	assert_string_equal(status.owner, "00010203-0405-0607-0809-0a0b0c0d0e0f");
	assert_int_equal(status.huk, FESTORE_HUK_ZERO);
	assert_int_equal(status.size_max, 77);
	festore_close(&fs);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void assert_not_opened(const struct festore_options *options, enum festore_error want)
{
	struct festore *fs = NULL;

	assert_int_equal(festore_open(&fs, options), want);
	assert_non_null(fs);
	assert_string_not_equal(festore_reason(fs), "");
	assert_int_equal(open_things, 0);
	/* It serves for nothing else. */
	assert_int_equal(ask_status(fs), FESTORE_NO_TEE);
	assert_int_equal(ask_put(fs), FESTORE_NO_TEE);
	assert_int_equal(ask_list(fs), FESTORE_NO_TEE);
	festore_close(&fs);
	assert_null(fs);
}

static void openings_fail_with_documented_errors(void **state)
{
	const struct festore_options unknown = {.storage = (enum festore_storage)4};
	const struct festore_options no_group = {.group = "no such group, surely"};
	const struct festore_options root = {.group = "root"};
	struct festore *none = NULL;

	(void)state;
	assert_not_opened(&unknown, FESTORE_USAGE);
	assert_not_opened(&no_group, FESTORE_USAGE);
	context_result = TEEC_ERROR_ITEM_NOT_FOUND;
	assert_not_opened(NULL, FESTORE_NO_TEE);
	context_result = TEEC_SUCCESS;
	memory_result = TEEC_ERROR_OUT_OF_MEMORY;
	assert_not_opened(NULL, FESTORE_ERROR);
	memory_result = TEEC_SUCCESS;

	open_result = TEEC_ERROR_ITEM_NOT_FOUND;
	assert_not_opened(NULL, FESTORE_NO_TEE);
	open_result = TEEC_ERROR_SECURITY;
	assert_not_opened(NULL, FESTORE_NO_TEE);
	open_result = TEEC_ERROR_BUSY;
	assert_not_opened(NULL, FESTORE_BUSY);
	open_origin = TEEC_ORIGIN_TRUSTED_APP;
	assert_not_opened(NULL, FESTORE_BUSY);
	open_result = TEEC_ERROR_ACCESS_DENIED;
	assert_not_opened(NULL, FESTORE_DENIED);

	/* What Linux' refusal of a group looks like. */
	open_result = TEEC_ERROR_GENERIC;
	open_origin = TEEC_ORIGIN_COMMS;
	assert_not_opened(&root, FESTORE_DENIED);
	assert_int_equal(opened_login, TEEC_LOGIN_GROUP);
	assert_not_opened(NULL, FESTORE_NO_TEE);
	assert_int_equal(opened_login, TEEC_LOGIN_USER);

	festore_close(NULL);
	festore_close(&none);
}

/* Opens, asks everything and closes, while the n-th allocation fails. False: there are fewer. */
static bool starve(unsigned int n)
{
	const struct festore_wire_list list = {.count = 1};
	struct festore *fs = NULL;
	struct visits visits = {0};
	void *content = NULL;
	size_t len = 0;
	enum festore_error error = FESTORE_OK;

	begin_page();
	add_entry("tag", 3, 3);
	begin_script();
	answer(page_answer(&list, page_len));
	answer(file_answer(page_len, page_len));
	answer_done();
	allocation_that_fails = n;
	error = festore_open(&fs, &ree);
	if (error == FESTORE_OK)
		error = festore_file_list(fs, NULL, note_visit, &visits);
	if (error == FESTORE_OK)
		error = festore_file_get(fs, "tag", &content, &len);
	allocation_that_fails = 0;
	assert_true(error == FESTORE_OK || error == FESTORE_ERROR);
	if (error != FESTORE_OK)
		assert_string_not_equal(festore_reason(fs), "");
	festore_content_free(content, len);
	festore_close(&fs);
	assert_int_equal(open_things, 0);
	return error != FESTORE_OK;
}

static void every_allocation_can_fail(void **state)
{
	unsigned int n = 1;

	(void)state;
	while (starve(n))
		n++;
	assert_true(n > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, reset_script, check_end)
		TEST(every_code_is_a_documented_error),
		TEST(a_success_forgets_the_reason),
		TEST(errors_have_sentences),
		TEST(replies_of_wrong_sizes_are_refused),
		TEST(windows_of_wrong_sizes_are_refused),
		TEST(gets_that_do_not_add_up_are_refused),
		TEST(later_pieces_that_do_not_add_up_are_refused),
		TEST(a_get_that_fails_later_frees_nothing_unwiped),
		TEST(contents_come_whole_and_are_wiped),
		TEST(a_writer_answers_for_its_own_writes),
		TEST(malformed_lists_are_refused),
		TEST(lists_are_sorted_over_all_pages),
		TEST(pages_are_asked_for_until_the_last),
		TEST(bad_arguments_never_reach_the_ta),
		TEST(requests_are_as_the_wire_wants_them),
		TEST(a_put_without_space_sweeps_and_tries_again),
		TEST(transfers_can_be_cancelled),
		TEST(status_takes_strings_without_an_end),
		TEST(openings_fail_with_documented_errors),
		TEST(every_allocation_can_fail),
	};

	return cmocka_run_group_tests_name("lib_answers", tests, NULL, NULL);
}
