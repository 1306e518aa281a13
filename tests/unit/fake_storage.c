// SPDX-License-Identifier: BSD-2-Clause
/* The fake's persistent objects behave as OP-TEE's: contents, sharing, names, damage, enumeration,
 * misfortune. */
#include "sample/fixture.h"

#include <unistd.h>

#define REE TEE_STORAGE_PRIVATE_REE
#define RPMB TEE_STORAGE_PRIVATE_RPMB
#define R TEE_DATA_FLAG_ACCESS_READ
#define W TEE_DATA_FLAG_ACCESS_WRITE
#define META TEE_DATA_FLAG_ACCESS_WRITE_META
#define SHARE_R TEE_DATA_FLAG_SHARE_READ
#define OVER TEE_DATA_FLAG_OVERWRITE

static TEE_ObjectHandle object;
static TEE_Result result;
static uint8_t bytes[10000];

static TEE_Result create_in(uint32_t storage, const char *id, uint32_t flags, size_t len)
{
	return TEE_CreatePersistentObject(
		storage, id, strlen(id), flags, TEE_HANDLE_NULL, bytes, len, NULL);
}

static TEE_Result create(const char *id, uint32_t flags, size_t len)
{
	return create_in(REE, id, flags, len);
}

static TEE_Result open_in(uint32_t storage, const char *id, uint32_t flags)
{
	return TEE_OpenPersistentObject(storage, id, strlen(id), flags, &object);
}

static size_t size_of(const char *id)
{
	TEE_ObjectInfo info = {0};

	assert_int_equal(open_in(REE, id, R), TEE_SUCCESS);
	assert_int_equal(TEE_GetObjectInfo1(object, &info), TEE_SUCCESS);
	TEE_CloseObject(object);
	return info.dataSize;
}

static void write_and_read(void *arg)
{
	uint8_t got[16];
	size_t count = 0;
	TEE_ObjectInfo info = {0};

	(void)arg;
	assert_int_equal(create("a", 0, 0), TEE_SUCCESS);
	assert_int_equal(open_in(REE, "a", R | W), TEE_SUCCESS);
	assert_int_equal(TEE_WriteObjectData(object, "hello", 5), TEE_SUCCESS);
	assert_int_equal(TEE_SeekObjectData(object, 8, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	assert_int_equal(TEE_WriteObjectData(object, "!", 1), TEE_SUCCESS);
	assert_int_equal(TEE_SeekObjectData(object, -100, TEE_DATA_SEEK_CUR), TEE_SUCCESS);
	assert_int_equal(TEE_ReadObjectData(object, got, sizeof(got), &count), TEE_SUCCESS);
	assert_int_equal(count, 9);
	assert_memory_equal(got, "hello\0\0\0!", 9);
	assert_int_equal(TEE_ReadObjectData(object, got, sizeof(got), &count), TEE_SUCCESS);
	assert_int_equal(count, 0);
	assert_int_equal(TEE_TruncateObjectData(object, 3), TEE_SUCCESS);
	assert_int_equal(TEE_TruncateObjectData(object, 6), TEE_SUCCESS);
	assert_int_equal(TEE_SeekObjectData(object, -4, TEE_DATA_SEEK_END), TEE_SUCCESS);
	assert_int_equal(TEE_ReadObjectData(object, got, 4, &count), TEE_SUCCESS);
	assert_memory_equal(got, "l\0\0\0", 4);
	assert_int_equal(TEE_GetObjectInfo1(object, &info), TEE_SUCCESS);
	assert_int_equal(info.dataSize, 6);
	assert_int_equal(info.dataPosition, 6);
	assert_int_equal(
		TEE_SeekObjectData(object, (intmax_t)TEE_DATA_MAX_POSITION + 1, TEE_DATA_SEEK_SET),
		TEE_ERROR_OVERFLOW);
	TEE_CloseObject(object);
	TEE_CloseObject(TEE_HANDLE_NULL);
}

static void objects_keep_bytes(void **state)
{
	(void)state;
	assert_runs(write_and_read);
	assert_int_equal(counters().handles, 0);
}

static void replace(void *arg)
{
	(void)arg;
	assert_int_equal(create("a", 0, 10), TEE_SUCCESS);
	assert_int_equal(create("a", 0, 20), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(size_of("a"), 10);
	assert_int_equal(create("a", OVER, 20), TEE_SUCCESS);
	assert_int_equal(size_of("a"), 20);
	assert_int_equal(open_in(REE, "b", R), TEE_ERROR_ITEM_NOT_FOUND);
	assert_null(object);
	assert_int_equal(open_in(RPMB, "a", R), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(open_in(0x90000000, "a", R), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(open_in(REE, "a", META), TEE_SUCCESS);
	assert_int_equal(TEE_RenamePersistentObject(object, "", 0), TEE_SUCCESS);
	assert_int_equal(create("a", 0, 1), TEE_SUCCESS);
	assert_int_equal(TEE_RenamePersistentObject(object, "a", 1), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(TEE_CloseAndDeletePersistentObject1(object), TEE_SUCCESS);
	assert_int_equal(open_in(REE, "", R), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEE_CloseAndDeletePersistentObject1(TEE_HANDLE_NULL), TEE_SUCCESS);
}

static void objects_are_replaced_renamed_deleted(void **state)
{
	(void)state;
	assert_runs(replace);
	fake_tee_restart();
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
	assert_true(fake_tee_object_path(&sample_uuid, REE, "a", 1, (char *)bytes, sizeof(bytes)));
	assert_false(fake_tee_object_path(&sample_uuid, REE, "b", 1, (char *)bytes, sizeof(bytes)));
}

/* Two handles at once: which pairs of flags go together. */
static void share(void *arg)
{
	static const struct {
		uint32_t first;
		uint32_t second;
		bool good;
	} pairs[] = {
		{R, R, false},
		{R | SHARE_R, R | SHARE_R, true},
		{R | SHARE_R, R, false},
		{META, META, false},
		{META | SHARE_R, R | SHARE_R, false},
		{W, W, false},
		{W | TEE_DATA_FLAG_SHARE_WRITE, W | TEE_DATA_FLAG_SHARE_WRITE, true},
		{0, 0, true},
		{0, R, false},
		{SHARE_R, 0, false},
	};
	TEE_ObjectHandle first = TEE_HANDLE_NULL;

	(void)arg;
	assert_int_equal(create("a", 0, 1), TEE_SUCCESS);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_int_equal(open_in(REE, "a", pairs[i].first), TEE_SUCCESS);
		first = object;
		assert_int_equal(open_in(REE, "a", pairs[i].second),
			pairs[i].good ? TEE_SUCCESS : TEE_ERROR_ACCESS_CONFLICT);
		TEE_CloseObject(object);
		assert_int_equal(create("a", OVER | META, 1), TEE_ERROR_ACCESS_CONFLICT);
		TEE_CloseObject(first);
	}
}

static void sharing_follows_gp(void **state)
{
	(void)state;
	assert_runs(share);
}

static void use_long_id(void *arg)
{
	(void)arg;
	TEE_OpenPersistentObject(REE, bytes, TEE_OBJECT_ID_MAX_LEN + 1, R, &object);
}

static void use_null_handle(void *arg)
{
	size_t count = 0;

	(void)arg;
	TEE_ReadObjectData(TEE_HANDLE_NULL, bytes, 1, &count);
}

static void use_closed_handle(void *arg)
{
	(void)arg;
	create("a", OVER, 1);
	open_in(REE, "a", R);
	TEE_CloseObject(object);
	TEE_CloseObject(object);
}

static void read_without_right(void *arg)
{
	size_t count = 0;

	(void)arg;
	create("a", OVER, 1);
	open_in(REE, "a", W);
	TEE_ReadObjectData(object, bytes, 1, &count);
}

static void delete_without_right(void *arg)
{
	(void)arg;
	create("a", OVER, 1);
	open_in(REE, "a", R | W);
	TEE_CloseAndDeletePersistentObject1(object);
}

static void seek_nowhere(void *arg)
{
	(void)arg;
	create("a", OVER, 1);
	open_in(REE, "a", R);
	TEE_SeekObjectData(object, 0, 7);
}

static void use_unknown_flags(void *arg)
{
	(void)arg;
	open_in(REE, "a", OVER);
}

static void misuse_panics(void **state)
{
	uint8_t id[] = "id";
	TEE_Param params[TEE_NUM_PARAMS] = {{.memref = {id, 2}}};

	(void)state;
	assert_panics(use_long_id);
	assert_panics(use_null_handle);
	assert_panics(use_closed_handle);
	assert_panics(read_without_right);
	assert_panics(delete_without_right);
	assert_panics(seek_nowhere);
	assert_panics(use_unknown_flags);
	assert_int_equal(counters().handles, 0);
	assert_int_equal(fake_tee_invoke(session, SAMPLE_OPEN_SHARED_ID,
				 TEE_PARAM_TYPE_MEMREF_INPUT, params, NULL),
		TEE_ERROR_TARGET_DEAD);
}

/* Flips the byte at @offset of an object's file, or cuts the file there. */
static void damage(const char *id, long offset, bool cut)
{
	char path[512];
	FILE *file = NULL;
	int byte = 0;

	assert_true(fake_tee_object_path(&sample_uuid, REE, id, strlen(id), path, sizeof(path)));
	file = fopen(path, "r+b");
	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	byte = fgetc(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	fputc(byte ^ 0x10, file);
	if (cut)
		assert_int_equal(ftruncate(fileno(file), offset), 0);
	fclose(file);
}

static void create_big(void *arg)
{
	(void)arg;
	assert_int_equal(create("big", OVER, sizeof(bytes)), TEE_SUCCESS);
}

static void open_big(void *arg)
{
	(void)arg;
	result = open_in(REE, "big", R);
}

static void read_head(void *arg)
{
	size_t count = 0;

	(void)arg;
	result = TEE_ReadObjectData(object, bytes, 100, &count);
}

static void read_rest(void *arg)
{
	size_t count = 0;

	(void)arg;
	result = TEE_ReadObjectData(object, bytes, 9000, &count);
}

static void close_it(void *arg)
{
	(void)arg;
	TEE_CloseObject(object);
}

static void damage_in_front_is_found_at_open(void **state)
{
	static const long offsets[] = {0, 4, 8, 16, 24, 4095};

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_runs(create_big);
		damage("big", offsets[i], false);
		assert_runs(open_big);
		/* The sum at 16 is the tail's own: like the tail, it is found when that is read. */
		assert_int_equal(result, offsets[i] == 16 ? TEE_SUCCESS : TEE_ERROR_CORRUPT_OBJECT);
		if (result == TEE_SUCCESS)
			assert_runs(close_it);
		else
			assert_false(fake_tee_object_path(
				&sample_uuid, REE, "big", 3, (char *)bytes, sizeof(bytes)));
	}
	assert_runs(create_big);
	damage("big", 9999, true);
	assert_runs(open_big);
	assert_int_equal(result, TEE_ERROR_CORRUPT_OBJECT);
	assert_runs(open_big);
	assert_int_equal(result, TEE_ERROR_ITEM_NOT_FOUND);
}

static void damage_behind_is_found_at_read(void **state)
{
	(void)state;
	assert_runs(create_big);
	damage("big", 5000, false);
	assert_runs(open_big);
	assert_int_equal(result, TEE_SUCCESS);
	assert_runs(read_head);
	assert_int_equal(result, TEE_SUCCESS);
	assert_runs(read_rest);
	assert_int_equal(result, TEE_ERROR_CORRUPT_OBJECT);
	/* The object and its handle are gone: to close it is misuse. */
	assert_int_equal(counters().handles, 0);
	assert_panics(close_it);
	assert_runs(open_big);
	assert_int_equal(result, TEE_ERROR_ITEM_NOT_FOUND);
}

static void a_handle_can_outlive_damage(void **state)
{
	(void)state;
	sample_ta.flags |= 1u << 11;
	assert_runs(create_big);
	damage("big", 5000, false);
	assert_runs(open_big);
	assert_runs(read_rest);
	assert_int_equal(result, TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(counters().handles, 1);
	assert_runs(close_it);
}

static TEE_ObjectEnumHandle walk;

/* The next object's id as text; "-" at the end, "!" when it is damaged. */
static const char *next(void)
{
	static char id[TEE_OBJECT_ID_MAX_LEN + 1];
	TEE_ObjectInfo info = {0};
	size_t len = TEE_OBJECT_ID_MAX_LEN;
	TEE_Result res = TEE_GetNextPersistentObject(walk, &info, id, &len);

	if (res == TEE_ERROR_ITEM_NOT_FOUND)
		return "-";
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		return "!";
	assert_int_equal(res, TEE_SUCCESS);
	id[len] = '\0';
	return id;
}

static void make_three(void *arg)
{
	(void)arg;
	create("b", 0, 1);
	create("a", 0, 2);
	create("c", 0, 3);
}

static void enumerate(void *arg)
{
	(void)arg;
	assert_int_equal(TEE_AllocatePersistentObjectEnumerator(&walk), TEE_SUCCESS);
	assert_string_equal(next(), "-");
	assert_int_equal(TEE_StartPersistentObjectEnumerator(walk, RPMB), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEE_StartPersistentObjectEnumerator(walk, REE), TEE_SUCCESS);
	assert_string_equal(next(), "b");
	/* A replace keeps the place; a new object takes the first that is free, behind the walker's
	 * back. */
	create("b", OVER, 9);
	assert_int_equal(open_in(REE, "b", META), TEE_SUCCESS);
	TEE_CloseAndDeletePersistentObject1(object);
	create("d", 0, 1);
	create("a", OVER, 9);
	assert_string_equal(next(), "a");
	assert_string_equal(next(), "c");
	assert_string_equal(next(), "-");
	TEE_ResetPersistentObjectEnumerator(walk);
	assert_string_equal(next(), "-");
	assert_int_equal(TEE_StartPersistentObjectEnumerator(walk, REE), TEE_SUCCESS);
	assert_string_equal(next(), "d");
	TEE_FreePersistentObjectEnumerator(walk);
	TEE_FreePersistentObjectEnumerator(TEE_HANDLE_NULL);
}

static void enumeration_goes_by_place(void **state)
{
	(void)state;
	assert_runs(make_three);
	assert_runs(enumerate);
	assert_int_equal(counters().handles, 0);
}

static void enumerate_damaged(void *arg)
{
	(void)arg;
	TEE_AllocatePersistentObjectEnumerator(&walk);
	TEE_StartPersistentObjectEnumerator(walk, REE);
	assert_string_equal(next(), "b");
	assert_string_equal(next(), "!");
	assert_string_equal(next(), "c");
	TEE_FreePersistentObjectEnumerator(walk);
}

static void enumeration_passes_over_damage(void **state)
{
	(void)state;
	assert_runs(make_three);
	damage("a", 24, false);
	/* Twice: being enumerated does not delete it. */
	assert_runs(enumerate_damaged);
	assert_runs(enumerate_damaged);
}

static void free_enumerator_twice(void *arg)
{
	(void)arg;
	TEE_AllocatePersistentObjectEnumerator(&walk);
	TEE_FreePersistentObjectEnumerator(walk);
	TEE_FreePersistentObjectEnumerator(walk);
}

static void enumerator_misuse_panics(void **state)
{
	(void)state;
	assert_panics(free_enumerator_twice);
}

static void calls_fail(void *arg)
{
	(void)arg;
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 2, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(create("a", 0, 1), TEE_SUCCESS);
	assert_int_equal(create("a", OVER, 2), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(size_of("a"), 1);
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 1, 0, TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(size_of("a"), 1);
	assert_int_equal(create("a", OVER, 2), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(create("a", OVER, 2), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(size_of("a"), 1);
	fake_tee_fail_storage(FAKE_STORAGE_WRITE, 0, 0, 0);
	assert_int_equal(create("a", OVER, 2), TEE_SUCCESS);
	assert_int_equal(size_of("a"), 2);
}

/* NO_SPACE is no answer to an open; and to a truncation nothing but damage is. */
static void open_fails_wrongly(void *arg)
{
	(void)arg;
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 2, 1, TEE_ERROR_STORAGE_NO_SPACE);
	create("a", OVER, 1);
	open_in(REE, "a", R);
}

static void truncate_fails(void *arg)
{
	(void)arg;
	create("a", OVER, 1);
	open_in(REE, "a", W);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 1, TEE_ERROR_STORAGE_NO_SPACE);
	TEE_TruncateObjectData(object, 0);
}

static void planned_failures_come(void **state)
{
	(void)state;
	assert_runs(calls_fail);
	assert_panics(open_fails_wrongly);
	assert_panics(truncate_fails);
}

static uint32_t cut_storage;
static unsigned int cut_nth;
static enum fake_cut cut_when;
static size_t cut_size;

static void replace_and_cut(void *arg)
{
	(void)arg;
	assert_int_equal(create_in(cut_storage, "a", OVER, 1), TEE_SUCCESS);
	fake_tee_cut_power(cut_nth, cut_when);
	create_in(cut_storage, "a", OVER, 2);
	fail_msg("the TA runs on without power");
}

static void look_after_cut(void *arg)
{
	TEE_ObjectInfo info = {0};

	(void)arg;
	cut_size = 0;
	if (open_in(cut_storage, "a", R) == TEE_SUCCESS) {
		TEE_GetObjectInfo1(object, &info);
		cut_size = info.dataSize;
		TEE_CloseObject(object);
	}
}

/* Replaces an object of 1 byte by one of 2 and cuts the power; says what is there then: 0 for
 * nothing. */
static size_t size_after_cut(uint32_t storage, unsigned int nth, enum fake_cut when)
{
	cut_storage = storage;
	cut_nth = nth;
	cut_when = when;
	assert_false(fake_tee_run(session, replace_and_cut, NULL));
	assert_false(fake_tee_is_powered());
	assert_int_equal(fake_tee_invoke(session, 0, 0, NULL, NULL), TEE_ERROR_COMMUNICATION);
	assert_int_equal(open_user(1, &session), TEE_ERROR_COMMUNICATION);
	fake_tee_restart();
	assert_int_equal(open_user(1, &session), TEE_SUCCESS);
	assert_runs(look_after_cut);
	return cut_size;
}

static void power_cuts_leave_old_or_new(void **state)
{
	(void)state;
	assert_int_equal(size_after_cut(REE, 1, FAKE_CUT_BEFORE), 1);
	assert_int_equal(size_after_cut(REE, 1, FAKE_CUT_AFTER), 2);
	/* On RPMB a replace is a removal and a creation. */
	assert_int_equal(size_after_cut(RPMB, 1, FAKE_CUT_BEFORE), 1);
	assert_int_equal(size_after_cut(RPMB, 1, FAKE_CUT_AFTER), 0);
	assert_int_equal(size_after_cut(RPMB, 2, FAKE_CUT_BEFORE), 0);
	assert_int_equal(size_after_cut(RPMB, 2, FAKE_CUT_AFTER), 2);
}

static void calls_are_counted(void **state)
{
	(void)state;
	fake_tee_zero_counters();
	assert_runs(make_three);
	assert_int_equal(counters().storage_calls, 3);
	assert_int_equal(counters().storage_writes, 3);
	assert_runs(open_big);
	assert_int_equal(counters().storage_calls, 4);
	assert_int_equal(counters().storage_writes, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_keep_bytes),
		TEST(objects_are_replaced_renamed_deleted),
		TEST(sharing_follows_gp),
		TEST(misuse_panics),
		TEST(damage_in_front_is_found_at_open),
		TEST(damage_behind_is_found_at_read),
		TEST(a_handle_can_outlive_damage),
		TEST(enumeration_goes_by_place),
		TEST(enumeration_passes_over_damage),
		TEST(enumerator_misuse_panics),
		TEST(planned_failures_come),
		TEST(power_cuts_leave_old_or_new),
		TEST(calls_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
