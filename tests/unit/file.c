/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the `ree` storage: contents, owners, atomic replacement, damage, lists, scarcity. */
#include "objects.h"

static uint8_t content[FESTORE_WINDOW + 1];
static uint8_t answer[FESTORE_WINDOW];

static void fill(uint8_t *bytes, size_t len, uint8_t seed)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7 + seed);
}

static void keeps_every_size(void **state)
{
	const size_t sizes[] = {0, 1, 255, 256, 4096, FESTORE_WINDOW - 1, FESTORE_WINDOW};
	const uint32_t session = open_as(ALICE);

	(void)state;
	fill(content, sizeof(content), 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t len = sizeof(answer);
		struct festore_wire_file file = {0};

		assert_int_equal(put(session, "tag", content, sizes[i]), TEE_SUCCESS);
		assert_int_equal(get(session, "tag", answer, &len), TEE_SUCCESS);
		assert_int_equal(len, sizes[i]);
		assert_memory_equal(answer, content, len);
		assert_int_equal(stat_file(session, "tag", &file), TEE_SUCCESS);
		assert_int_equal(file.size, sizes[i]);
	}
}

static void refuses_what_is_too_large(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_text(session, "tag", "kept"), TEE_SUCCESS);
	assert_int_equal(put(session, "tag", content, FESTORE_WINDOW + 1), TEE_ERROR_EXCESS_DATA);
	assert_holds(session, "tag", "kept");
}

static void refuses_a_window_that_is_too_small(void **state)
{
	const uint32_t session = open_as(ALICE);
	size_t len = 4;

	(void)state;
	assert_int_equal(put_text(session, "tag", "12345"), TEE_SUCCESS);
	assert_int_equal(get(session, "tag", answer, &len), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(len, 0);
}

static void no_clobber_keeps_the_old(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_flags(session, "tag", "old", 3, FESTORE_WIRE_NO_CLOBBER), TEE_SUCCESS);
	assert_int_equal(put_flags(session, "tag", "new", 3, FESTORE_WIRE_NO_CLOBBER),
		TEE_ERROR_ACCESS_CONFLICT);
	assert_holds(session, "tag", "old");
}

static void owners_do_not_meet(void **state)
{
	const uint32_t alice = open_as(ALICE);
	const uint32_t bob = open_as(BOB);
	uint32_t group = 0;

	(void)state;
	assert_int_equal(login_as(TEE_LOGIN_GROUP, ALICE, &group), TEE_SUCCESS);
	assert_int_equal(put_text(alice, "tag", "of alice"), TEE_SUCCESS);
	assert_holds(bob, "tag", NULL);
	assert_holds(group, "tag", NULL);
	assert_int_equal(remove_file(bob, "tag"), TEE_ERROR_ITEM_NOT_FOUND);

	assert_int_equal(put_text(bob, "tag", "of bob"), TEE_SUCCESS);
	assert_int_equal(put_text(group, "tag", "of the group"), TEE_SUCCESS);
	assert_holds(alice, "tag", "of alice");
	assert_holds(bob, "tag", "of bob");
	assert_int_equal(remove_file(bob, "tag"), TEE_SUCCESS);
	assert_holds(alice, "tag", "of alice");
	assert_holds(group, "tag", "of the group");
}

static void other_logins_have_no_store(void **state)
{
	const uint32_t logins[] = {TEE_LOGIN_PUBLIC, TEE_LOGIN_APPLICATION,
		TEE_LOGIN_APPLICATION_USER, TEE_LOGIN_APPLICATION_GROUP, TEE_LOGIN_TRUSTED_APP,
		0x80000000u /* Linux' TEE_IOCTL_LOGIN_REE_KERNEL */};
	const TEE_Identity nobody = {.login = TEE_LOGIN_USER};
	uint32_t session = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++)
		assert_int_equal(login_as(logins[i], ALICE, &session), TEE_ERROR_ACCESS_DENIED);
	/* Nor has a user whom the kernel does not name. */
	assert_int_equal(fake_tee_open_session(&objects_uuid, &nobody, 0, NULL, &session, NULL),
		TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(counters().heap, 0);
}

static void sessions_are_limited_by_owner(void **state)
{
	uint32_t session = 0;
	uint32_t last = 0;

	(void)state;
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(login_as(TEE_LOGIN_USER, ALICE, &last), TEE_SUCCESS);
	assert_int_equal(login_as(TEE_LOGIN_USER, ALICE, &session), TEE_ERROR_BUSY);
	assert_int_equal(login_as(TEE_LOGIN_USER, BOB, &session), TEE_SUCCESS);
	fake_tee_close_session(last);
	assert_int_equal(login_as(TEE_LOGIN_USER, ALICE, &session), TEE_SUCCESS);
}

/* The figure that the power-cut tests rest on: one write puts, replaces or removes a file. */
static void every_change_is_one_write(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	fake_tee_zero_counters();
	assert_int_equal(put_text(session, "tag", "old"), TEE_SUCCESS);
	assert_int_equal(counters().storage_writes, 1);
	assert_int_equal(put_text(session, "tag", "new"), TEE_SUCCESS);
	assert_int_equal(counters().storage_writes, 2);
	assert_int_equal(remove_file(session, "tag"), TEE_SUCCESS);
	assert_int_equal(counters().storage_writes, 3);
}

static void a_power_cut_leaves_old_or_new(void **state)
{
	uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_text(session, "tag", "old"), TEE_SUCCESS);
	fake_tee_cut_power(1, FAKE_CUT_BEFORE);
	assert_int_equal(put_text(session, "tag", "new"), TEE_ERROR_COMMUNICATION);
	fake_tee_restart();
	session = open_as(ALICE);
	assert_holds(session, "tag", "old");

	fake_tee_cut_power(1, FAKE_CUT_AFTER);
	assert_int_equal(put_text(session, "tag", "new"), TEE_ERROR_COMMUNICATION);
	fake_tee_restart();
	session = open_as(ALICE);
	assert_holds(session, "tag", "new");

	fake_tee_cut_power(1, FAKE_CUT_AFTER);
	assert_int_equal(remove_file(session, "tag"), TEE_ERROR_COMMUNICATION);
	fake_tee_restart();
	assert_holds(open_as(ALICE), "tag", NULL);
}

/* For every n: the n-th allocation fails, the answer is an error or right, and nothing leaks. */
static void every_allocation_can_fail(void **state)
{
	const uint32_t session = open_as(ALICE);
	const struct fake_counters before = counters();
	TEE_Result res = TEE_ERROR_GENERIC;
	unsigned int failed = 0;

	(void)state;
	for (unsigned int n = 1; res != TEE_SUCCESS; n++) {
		fake_tee_fail_alloc(n, 1);
		res = put_text(session, "tag", "content");
		fake_tee_fail_alloc(0, 0);
		if (res == TEE_SUCCESS)
			break;
		failed++;
		assert_int_equal(res, TEE_ERROR_OUT_OF_MEMORY);
		assert_holds(session, "tag", NULL);
		assert_int_equal(counters().heap, before.heap);
		assert_int_equal(counters().handles, before.handles);
	}
	assert_true(failed >= 1);
	assert_holds(session, "tag", "content");
	assert_int_equal(counters().panics, 0);
}

/* For every n: the n-th storage call of a replacement fails; the tag holds old or new. */
static void every_storage_call_can_fail(void **state)
{
	const uint32_t session = open_as(ALICE);
	unsigned int failed = 0;

	(void)state;
	/* From the second call on the session holds the directory; that may fail without harm. */
	assert_int_equal(put_text(session, "tag", "old"), TEE_SUCCESS);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(put_text(session, "tag", "new"), TEE_SUCCESS);
	for (unsigned int n = 1; n <= 8; n++) {
		TEE_Result res = TEE_SUCCESS;

		assert_int_equal(put_text(session, "tag", "old"), TEE_SUCCESS);
		fake_tee_fail_storage(FAKE_STORAGE_ANY, n, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		res = put_text(session, "tag", "new");
		fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
		if (res != TEE_SUCCESS) {
			assert_int_equal(res, TEE_ERROR_STORAGE_NOT_AVAILABLE);
			failed++;
		}
		assert_holds(session, "tag", res == TEE_SUCCESS ? "new" : "old");
	}
	assert_in_range(failed, 1, 7);
	assert_int_equal(counters().handles, 0);
}

/* The id of an object of alice's, as docs/SPEC.md derives it. */
static void id_of(const char *tag_sha256, uint8_t id[49])
{
	const TEE_Identity alice = fake_tee_client(TEE_LOGIN_USER, ALICE);

	id[0] = 1;
	id[1] = (uint8_t)(alice.uuid.timeLow >> 24);
	id[2] = (uint8_t)(alice.uuid.timeLow >> 16);
	id[3] = (uint8_t)(alice.uuid.timeLow >> 8);
	id[4] = (uint8_t)alice.uuid.timeLow;
	id[5] = (uint8_t)(alice.uuid.timeMid >> 8);
	id[6] = (uint8_t)alice.uuid.timeMid;
	id[7] = (uint8_t)(alice.uuid.timeHiAndVersion >> 8);
	id[8] = (uint8_t)alice.uuid.timeHiAndVersion;
	memcpy(id + 9, alice.uuid.clockSeqAndNode, 8);
	for (unsigned int i = 0; i < 32; i++) {
		unsigned int byte = 0;

		assert_int_equal(sscanf(tag_sha256 + (size_t)2 * i, "%2x", &byte), 1);
		id[17 + i] = (uint8_t)byte;
	}
}

/* Where the fake keeps it. */
static void path_of(const char *tag_sha256, char *path, size_t size)
{
	uint8_t id[49];

	id_of(tag_sha256, id);
	assert_true(fake_tee_object_path(
		&objects_uuid, TEE_STORAGE_PRIVATE_REE, id, sizeof(id), path, size));
}

/* SHA-256 of "a" and of "b" (FIPS 180-4). */
static const char sha256_a[] = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
static const char sha256_b[] = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

static void flip(const char *path, long at)
{
	FILE *file = fopen(path, "r+b");
	int byte = 0;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	byte = fgetc(file);
	assert_int_not_equal(byte, EOF);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_not_equal(fputc(byte ^ 1, file), EOF);
	assert_int_equal(fclose(file), 0);
}

static void damage_is_reported_never_returned(void **state)
{
	const uint32_t session = open_as(ALICE);
	char path[256];
	size_t len = sizeof(answer);

	(void)state;
	assert_int_equal(put_text(session, "a", "content"), TEE_SUCCESS);
	path_of(sha256_a, path, sizeof(path));
	flip(path, 50);
	assert_int_equal(get(session, "a", answer, &len), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(len, 0);
	/* OP-TEE has deleted it, as GP wants. */
	assert_holds(session, "a", NULL);
}

/* Found only while the content is read: OP-TEE closes the handle itself then. */
static void damage_far_inside_is_reported_too(void **state)
{
	const uint32_t session = open_as(ALICE);
	char path[256];
	size_t len = sizeof(answer);
	struct festore_wire_file file = {0};

	(void)state;
	assert_int_equal(put(session, "a", content, 60000), TEE_SUCCESS);
	path_of(sha256_a, path, sizeof(path));
	flip(path, 20000);
	assert_int_equal(stat_file(session, "a", &file), TEE_SUCCESS);
	assert_int_equal(get(session, "a", answer, &len), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(len, 0);
	assert_holds(session, "a", NULL);
	assert_int_equal(counters().panics, 0);
	assert_int_equal(counters().handles, 0);
}

/* Inside the TA's instance: makes b's object out of a's bytes. */
static void copy_a_over_b(void *arg)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	uint8_t id[49];
	uint8_t bytes[64];
	size_t len = 0;

	(void)arg;
	id_of(sha256_a, id);
	assert_int_equal(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE_REE, id, sizeof(id),
				 TEE_DATA_FLAG_ACCESS_READ, &object),
		TEE_SUCCESS);
	assert_int_equal(TEE_ReadObjectData(object, bytes, sizeof(bytes), &len), TEE_SUCCESS);
	TEE_CloseObject(object);
	id_of(sha256_b, id);
	assert_int_equal(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE_REE, id, sizeof(id),
				 TEE_DATA_FLAG_OVERWRITE, TEE_HANDLE_NULL, bytes, len, NULL),
		TEE_SUCCESS);
}

/* An intact object that stands where another's should be: its own tag gives it away. */
static void an_object_answers_to_its_own_tag_only(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_file file = {0};
	size_t len = sizeof(answer);

	(void)state;
	assert_int_equal(put_text(session, "a", "of a"), TEE_SUCCESS);
	assert_true(fake_tee_run(session, copy_a_over_b, NULL));
	assert_int_equal(get(session, "b", answer, &len), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(len, 0);
	assert_int_equal(stat_file(session, "b", &file), TEE_ERROR_CORRUPT_OBJECT);
	assert_holds(session, "a", "of a");
}

static TEE_Result list_page(uint32_t session, const char *prefix, uint32_t flags, size_t room,
	struct festore_wire_list *ret_list, size_t *ret_len)
{
	struct invocation in = {
		.command = FESTORE_CMD_FILE_LIST,
		.request = request_of(prefix),
		.reply = ret_list,
		.reply_len = sizeof(*ret_list),
		.window = answer,
		.window_len = room,
	};
	TEE_Result res = TEE_SUCCESS;

	in.request.flags = flags;
	res = call(session, &in);
	*ret_len = in.window_len;
	return res;
}

static void lists_in_pages(void **state)
{
	const size_t room = FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX); /* the smallest there may be */
	const uint32_t session = open_as(ALICE);
	unsigned int seen[64] = {0};
	struct festore_wire_list list = {0};
	uint32_t flags = 0;

	(void)state;
	assert_int_equal(put_text(open_as(BOB), "file 7", "of bob"), TEE_SUCCESS);
	for (unsigned int i = 0; i < 64; i++) {
		char tag[16];

		snprintf(tag, sizeof(tag), "file %u", i);
		assert_int_equal(put(session, tag, content, i), TEE_SUCCESS);
	}
	do {
		size_t len = 0;
		size_t at = 0;

		assert_int_equal(
			list_page(session, "file ", flags, room, &list, &len), TEE_SUCCESS);
		assert_true(len <= room);
		for (uint32_t i = 0; i < list.count; i++) {
			struct festore_wire_entry entry = {0};

			memcpy(&entry, answer + at, sizeof(entry));
			assert_in_range(entry.size, 0, 63);
			seen[entry.size]++;
			at += FESTORE_ENTRY_ROOM(entry.tag_len);
		}
		assert_int_equal(at, len);
		flags = FESTORE_WIRE_CONTINUE;
	} while (list.more != 0);

	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(counters().handles, 0);
}

static void a_list_needs_a_beginning_and_room(void **state)
{
	const uint32_t session = open_as(ALICE);
	const size_t room = FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX);
	struct festore_wire_list list = {0};
	size_t len = 0;

	(void)state;
	assert_int_equal(list_page(session, "", FESTORE_WIRE_CONTINUE, room, &list, &len),
		TEE_ERROR_BAD_STATE);
	assert_int_equal(list_page(session, "", 0, room - 1, &list, &len), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(list_page(session, "", 0, room, &list, &len), TEE_SUCCESS);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.more, 0);
	/* It has ended. */
	assert_int_equal(list_page(session, "", FESTORE_WIRE_CONTINUE, room, &list, &len),
		TEE_ERROR_BAD_STATE);
}

static void a_list_survives_changes_between_pages(void **state)
{
	const size_t room = FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX);
	const uint32_t session = open_as(ALICE);
	struct festore_wire_list list = {0};
	size_t len = 0;
	unsigned int pages = 0;
	uint32_t flags = 0;

	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		char tag[16];

		snprintf(tag, sizeof(tag), "%u", i);
		assert_int_equal(put_text(session, tag, "x"), TEE_SUCCESS);
	}
	do {
		char tag[16];

		assert_int_equal(list_page(session, "", flags, room, &list, &len), TEE_SUCCESS);
		snprintf(tag, sizeof(tag), "%u", 19 - pages);
		assert_int_equal(remove_file(session, tag), TEE_SUCCESS);
		flags = FESTORE_WIRE_CONTINUE;
		pages++;
	} while (list.more != 0);
	assert_true(pages > 1);
	assert_int_equal(counters().panics, 0);

	/* A session that ends in the middle of a list leaves nothing open. */
	assert_int_equal(list_page(session, "", 0, room, &list, &len), TEE_SUCCESS);
	assert_int_equal(list.more, 1);
	fake_tee_close_session(session);
	assert_int_equal(counters().handles, 0);
	assert_int_equal(counters().enumerators, 0);
	assert_int_equal(counters().heap, 0);
}

/* From a session's second use of the storage on, not before and not after its end. */
static void a_session_holds_the_directory(void **state)
{
	const uint32_t session = open_as(ALICE);

	(void)state;
	assert_int_equal(put_text(session, "tag", "content"), TEE_SUCCESS);
	assert_int_equal(counters().enumerators, 0);
	assert_holds(session, "tag", "content");
	assert_int_equal(counters().enumerators, 1);
	assert_holds(session, "tag", "content");
	assert_int_equal(counters().enumerators, 1);
	fake_tee_close_session(session);
	assert_int_equal(counters().enumerators, 0);
}

static void a_list_counts_damage(void **state)
{
	const uint32_t session = open_as(ALICE);
	struct festore_wire_list list = {0};
	char path[256];
	size_t len = 0;

	(void)state;
	assert_int_equal(put_text(session, "a", "of a"), TEE_SUCCESS);
	assert_int_equal(put_text(session, "b", "of b"), TEE_SUCCESS);
	path_of(sha256_a, path, sizeof(path));
	flip(path, 50);
	assert_int_equal(list_page(session, "", 0, sizeof(answer), &list, &len), TEE_SUCCESS);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.damaged, 1);
	assert_int_equal(list.more, 0);
}

/* TA_DATA_SIZE is 64 KiB and one window; the fake enforces it in every test here. */
static void memory_stays_flat(void **state)
{
	const uint32_t session = open_as(ALICE);
	size_t len = sizeof(answer);

	(void)state;
	fake_tee_zero_counters();
	assert_int_equal(put(session, "tag", content, FESTORE_WINDOW), TEE_SUCCESS);
	assert_int_equal(get(session, "tag", answer, &len), TEE_SUCCESS);
	assert_in_range(counters().heap_peak, FESTORE_WINDOW, FESTORE_WINDOW + 4096);
	fake_tee_close_session(session);
	assert_int_equal(counters().heap, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_every_size, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(
			refuses_a_window_that_is_too_small, setup, teardown),
		cmocka_unit_test_setup_teardown(no_clobber_keeps_the_old, setup, teardown),
		cmocka_unit_test_setup_teardown(owners_do_not_meet, setup, teardown),
		cmocka_unit_test_setup_teardown(other_logins_have_no_store, setup, teardown),
		cmocka_unit_test_setup_teardown(sessions_are_limited_by_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(every_change_is_one_write, setup, teardown),
		cmocka_unit_test_setup_teardown(a_power_cut_leaves_old_or_new, setup, teardown),
		cmocka_unit_test_setup_teardown(every_allocation_can_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(every_storage_call_can_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_is_reported_never_returned, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_far_inside_is_reported_too, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_object_answers_to_its_own_tag_only, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_in_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_needs_a_beginning_and_room, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_list_survives_changes_between_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_holds_the_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_counts_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_stays_flat, setup, teardown),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
