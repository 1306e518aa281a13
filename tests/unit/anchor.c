// SPDX-License-Identifier: BSD-2-Clause
/* Anchors as the objects TA keeps them: who may ask, and which of an object's two slots counts
 * after each misfortune. What the vault TA makes of them: vault_anchor.c. */
#include "objects.h"

#include <festore_anchor.h>
#include <tee_internal_api_extensions.h>

static uint32_t session;

static TEE_Identity vault_ta(void)
{
	const TEE_Identity self = {.login = TEE_LOGIN_TRUSTED_APP, .uuid = FESTORE_VAULT_UUID};

	return self;
}

static void connect(void)
{
	const TEE_Identity self = vault_ta();

	assert_int_equal(
		fake_tee_open_session(&objects_uuid, &self, 0, NULL, &session, NULL), TEE_SUCCESS);
}

static int setup_session(void **state)
{
	const int failed = setup(state);

	connect();
	return failed;
}

static void restart(void)
{
	fake_tee_restart();
	connect();
}

static TEE_Result ask_from(uint32_t from, uint32_t command, const void *window, size_t len,
	struct festore_anchor *ret_anchor)
{
	struct invocation in = {
		.command = command,
		.request = {.protocol = FESTORE_PROTOCOL},
		.reply = ret_anchor,
		.reply_len = sizeof(*ret_anchor),
		.window = (void *)(uintptr_t)window,
		.window_len = len,
		.window_is_input = true,
	};

	return call(from, &in);
}

static struct festore_anchor_place place_of(uint8_t identity)
{
	struct festore_anchor_place place = {.kind = FESTORE_ANCHOR_REE};

	memset(place.identity, identity, sizeof(place.identity));
	return place;
}

static TEE_Result read_at(const struct festore_anchor_place *place, struct festore_anchor *anchor)
{
	return ask_from(session, FESTORE_CMD_ANCHOR_READ, place, sizeof(*place), anchor);
}

static TEE_Result write_at(
	const struct festore_anchor_place *place, uint64_t version, struct festore_anchor *ret)
{
	struct festore_anchor_write wanted = {
		.place = *place,
		.anchor = {.epoch = 7,
			.version = version,
			.phase = 2,
			.at = 100 + (int64_t)version},
	};

	memset(wanted.anchor.vault, 0x11, sizeof(wanted.anchor.vault));
	memset(wanted.anchor.mac, (int)version, sizeof(wanted.anchor.mac));
	return ask_from(session, FESTORE_CMD_ANCHOR_WRITE, &wanted, sizeof(wanted), ret);
}

/* Writes version after version into the anchor 1. */
static void write_up_to(uint64_t version)
{
	const struct festore_anchor_place place = place_of(1);
	struct festore_anchor written;

	for (uint64_t i = 1; i <= version; i++)
		assert_int_equal(write_at(&place, i, &written), TEE_SUCCESS);
}

/* The version of the anchor 1; 0: there is none that is whole. */
static uint64_t version_now(void)
{
	const struct festore_anchor_place place = place_of(1);
	struct festore_anchor anchor;
	const TEE_Result res = read_at(&place, &anchor);

	if (res == TEE_ERROR_CORRUPT_OBJECT || res == TEE_ERROR_ITEM_NOT_FOUND)
		return 0;
	assert_int_equal(res, TEE_SUCCESS);
	return anchor.version;
}

/* --- who may ask ------------------------------------------------------------------------------ */

static void anchors_are_the_vault_tas_alone(void **state)
{
	const struct festore_anchor_write wanted = {.place = place_of(1)};
	const uint32_t alice = open_as(ALICE);
	TEE_Identity other = vault_ta();
	struct festore_anchor answer;
	uint32_t unused = 0;

	(void)state;
	write_up_to(1);
	other.uuid.timeLow++;
	assert_int_equal(fake_tee_open_session(&objects_uuid, &other, 0, NULL, &unused, NULL),
		TEE_ERROR_ACCESS_DENIED);
	other = vault_ta();
	other.login = TEE_LOGIN_APPLICATION;
	assert_int_equal(fake_tee_open_session(&objects_uuid, &other, 0, NULL, &unused, NULL),
		TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(ask_from(alice, FESTORE_CMD_ANCHOR_READ, &wanted.place,
				 sizeof(wanted.place), &answer),
		TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(
		ask_from(alice, FESTORE_CMD_ANCHOR_WRITE, &wanted, sizeof(wanted), &answer),
		TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(version_now(), 1);
}

static void the_vault_ta_has_no_files(void **state)
{
	struct invocation in = {.command = FESTORE_CMD_FILE_REMOVE, .request = request_of("a")};

	(void)state;
	assert_int_equal(call(session, &in), TEE_ERROR_ACCESS_DENIED);
}

static void requests_are_checked(void **state)
{
	struct festore_anchor_write wanted = {.place = place_of(1)};
	uint8_t window[sizeof(wanted) + 8] = {0};
	struct festore_anchor answer;

	(void)state;
	for (size_t len = 0; len < sizeof(window); len++) {
		if (len != sizeof(wanted.place))
			assert_int_equal(
				ask_from(session, FESTORE_CMD_ANCHOR_READ, window, len, &answer),
				TEE_ERROR_BAD_PARAMETERS);
		if (len != sizeof(wanted))
			assert_int_equal(
				ask_from(session, FESTORE_CMD_ANCHOR_WRITE, window, len, &answer),
				TEE_ERROR_BAD_PARAMETERS);
	}
	wanted.place.reserved = 1;
	assert_int_equal(
		ask_from(session, FESTORE_CMD_ANCHOR_WRITE, &wanted, sizeof(wanted), &answer),
		TEE_ERROR_BAD_PARAMETERS);
	wanted.place.reserved = 0;
	wanted.place.kind = FESTORE_ANCHOR_NONE;
	assert_int_equal(
		ask_from(session, FESTORE_CMD_ANCHOR_WRITE, &wanted, sizeof(wanted), &answer),
		TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(version_now(), 0);
}

static void a_list_shows_no_anchors(void **state)
{
	const uint32_t alice = open_as(ALICE);

	(void)state;
	write_up_to(3);
	assert_int_equal(put_text(alice, "a", "a"), TEE_SUCCESS);
	assert_holds(alice, "a", "a");
	assert_int_equal(version_now(), 3);
}

/* --- what is kept ----------------------------------------------------------------------------- */

static void what_was_written_is_read(void **state)
{
	const struct festore_anchor_place place = place_of(1);
	struct festore_anchor anchor;
	struct festore_anchor written;

	(void)state;
	assert_int_equal(read_at(&place, &anchor), TEE_ERROR_ITEM_NOT_FOUND);
	for (uint64_t version = 1; version < 6; version++) {
		assert_int_equal(write_at(&place, version, &written), TEE_SUCCESS);
		assert_int_equal(read_at(&place, &anchor), TEE_SUCCESS);
		assert_memory_equal(&anchor, &written, sizeof(anchor));
		assert_int_equal(anchor.version, version);
		assert_int_equal(anchor.epoch, 7);
		assert_int_equal(anchor.mac[31], version);
		assert_int_equal(anchor.writes, version);
		assert_int_equal(anchor.since, 101);
		assert_int_equal(anchor.at, 100 + (int64_t)version);
		if (version == 3)
			restart();
	}
}

static void anchors_are_apart(void **state)
{
	const struct festore_anchor_place first = place_of(1);
	const struct festore_anchor_place second = place_of(2);
	struct festore_anchor_place elsewhere = place_of(1);
	struct festore_anchor anchor;

	(void)state;
	elsewhere.kind = FESTORE_ANCHOR_RPMB;
	for (uint64_t version = 10; version < 20; version++) {
		assert_int_equal(write_at(&first, version, &anchor), TEE_SUCCESS);
		assert_int_equal(write_at(&second, version + 100, &anchor), TEE_SUCCESS);
		assert_int_equal(write_at(&elsewhere, version + 200, &anchor), TEE_SUCCESS);
	}
	assert_int_equal(read_at(&first, &anchor), TEE_SUCCESS);
	assert_int_equal(anchor.version, 19);
	assert_int_equal(read_at(&second, &anchor), TEE_SUCCESS);
	assert_int_equal(anchor.version, 119);
	assert_int_equal(read_at(&elsewhere, &anchor), TEE_SUCCESS);
	assert_int_equal(anchor.version, 219);
}

/* With its object held open a write takes one call to the storage. */
static void a_write_in_place_is_one_storage_call(void **state)
{
	(void)state;
	write_up_to(2);
	fake_tee_zero_counters();
	write_up_to(1);
	assert_int_equal(counters().storage_calls, 1);
	assert_int_equal(counters().storage_writes, 1);
	assert_int_equal(counters().handles, 1);
	fake_tee_close_session(session);
	assert_int_equal(counters().handles, 0);
}

/* --- the bytes -------------------------------------------------------------------------------- */

#define BYTES_AT 24u /* behind the fake's own header */
#define FILE_LEN (BYTES_AT + FESTORE_ANCHOR_LEN)

static const char *anchor_path(void)
{
	static char path[512];
	uint8_t id[33] = {3};

	memset(id + 1, 1, sizeof(id) - 1);
	assert_true(fake_tee_object_path(
		&objects_uuid, TEE_STORAGE_PRIVATE_REE, id, sizeof(id), path, sizeof(path)));
	return path;
}

static void read_bytes(uint8_t bytes[FILE_LEN])
{
	FILE *file = fopen(anchor_path(), "rb");

	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, FILE_LEN, file), FILE_LEN);
	fclose(file);
}

static void writes_go_in_turns(void **state)
{
	uint8_t before[FILE_LEN];
	uint8_t after[FILE_LEN];
	struct festore_anchor_slot slot;

	(void)state;
	write_up_to(1);
	for (unsigned int i = 1; i < 6; i++) {
		const struct festore_anchor_place place = place_of(1);
		const size_t at = BYTES_AT + (size_t)(i % 2) * FESTORE_ANCHOR_STEP;
		const size_t other = BYTES_AT + (size_t)(1 - i % 2) * FESTORE_ANCHOR_STEP;
		struct festore_anchor written;

		read_bytes(before);
		assert_int_equal(write_at(&place, i + 1, &written), TEE_SUCCESS);
		read_bytes(after);
		assert_memory_equal(before + other, after + other, FESTORE_ANCHOR_STEP);
		memcpy(&slot, after + at, sizeof(slot));
		assert_memory_equal(&slot.magic, "fstA", 4);
		assert_int_equal(slot.format, 1);
		assert_memory_equal(&slot.anchor, &written, sizeof(written));
	}
}

/* A byte to change, inside the TA, as a storage may leave it that tears writes. */
struct tear {
	size_t at;
	size_t len; /* cut to this length instead, if not 0 */
};

static void tear_inside(void *arg)
{
	const struct tear *tear = arg;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	uint8_t id[33] = {3};
	uint8_t byte = 0;
	size_t got = 0;

	memset(id + 1, 1, sizeof(id) - 1);
	assert_int_equal(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE_REE, id, sizeof(id),
				 TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE, &object),
		TEE_SUCCESS);
	if (tear->len != 0) {
		assert_int_equal(TEE_TruncateObjectData(object, tear->len), TEE_SUCCESS);
	} else {
		TEE_SeekObjectData(object, (intmax_t)tear->at, TEE_DATA_SEEK_SET);
		assert_int_equal(TEE_ReadObjectData(object, &byte, 1, &got), TEE_SUCCESS);
		byte ^= 1;
		TEE_SeekObjectData(object, (intmax_t)tear->at, TEE_DATA_SEEK_SET);
		assert_int_equal(TEE_WriteObjectData(object, &byte, 1), TEE_SUCCESS);
	}
	TEE_CloseObject(object);
}

static void tear(struct tear tear)
{
	restart();
	assert_true(fake_tee_run(session, tear_inside, &tear));
}

static void each_byte_of_a_slot_is_checked(void **state)
{
	(void)state;
	write_up_to(2);
	for (size_t i = 0; i < sizeof(struct festore_anchor_slot); i++) {
		tear((struct tear){.at = FESTORE_ANCHOR_STEP + i});
		assert_int_equal(version_now(), 1);
		tear((struct tear){.at = FESTORE_ANCHOR_STEP + i});
		assert_int_equal(version_now(), 2);
	}
	/* What lies between them means nothing. */
	tear((struct tear){.at = FESTORE_ANCHOR_STEP - 1});
	assert_int_equal(version_now(), 2);
}

static void the_slot_that_is_left_is_kept(void **state)
{
	const struct festore_anchor_place place = place_of(1);
	struct festore_anchor written;

	(void)state;
	write_up_to(2);
	tear((struct tear){.at = FESTORE_ANCHOR_STEP});
	assert_int_equal(version_now(), 1);
	/* The next write goes over the torn one. */
	assert_int_equal(write_at(&place, 9, &written), TEE_SUCCESS);
	tear((struct tear){.at = FESTORE_ANCHOR_STEP});
	assert_int_equal(version_now(), 1);
	tear((struct tear){.at = 0});
	assert_int_equal(version_now(), 0);
	/* Without any that is whole it begins anew. */
	assert_int_equal(write_at(&place, 5, &written), TEE_SUCCESS);
	assert_int_equal(written.writes, 1);
	assert_int_equal(version_now(), 5);
}

static void another_length_is_damage(void **state)
{
	(void)state;
	write_up_to(3);
	tear((struct tear){.len = FESTORE_ANCHOR_LEN - 1});
	assert_int_equal(version_now(), 0);
	write_up_to(2);
	assert_int_equal(version_now(), 2);
}

/* OP-TEE removes an object that it finds damaged; the handle is gone with it. */
static void a_damaged_object_is_gone(void **state)
{
	(void)state;
	write_up_to(2);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 1, TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(version_now(), 0);
	assert_int_equal(counters().handles, 0);
	assert_int_equal(counters().panics, 0);
	assert_int_equal(version_now(), 0);
	write_up_to(1);
	assert_int_equal(version_now(), 1);
}

static void a_read_looks_at_the_storage(void **state)
{
	(void)state;
	write_up_to(2);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	{
		const struct festore_anchor_place place = place_of(1);
		struct festore_anchor anchor;

		assert_int_equal(read_at(&place, &anchor), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	}
	assert_int_equal(version_now(), 2);
}

/* --- failures and power cuts ------------------------------------------------------------------ */

static void a_failed_write_changes_nothing(void **state)
{
	const struct festore_anchor_place place = place_of(1);
	struct festore_anchor written;

	(void)state;
	write_up_to(2);
	for (unsigned int n = 1;; n++) {
		TEE_Result res = TEE_SUCCESS;

		restart();
		fake_tee_fail_storage(FAKE_STORAGE_ANY, n, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		res = write_at(&place, 9, &written);
		fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
		if (res == TEE_SUCCESS)
			break;
		assert_int_equal(res, TEE_ERROR_STORAGE_NOT_AVAILABLE);
		assert_int_equal(version_now(), 2);
		assert_true(n < 10);
	}
	assert_int_equal(version_now(), 9);
}

static void a_cut_leaves_old_or_new(void **state)
{
	const struct festore_anchor_place place = place_of(1);
	struct festore_anchor written;

	(void)state;
	for (unsigned int before = 0; before < 3; before++) {
		for (enum fake_cut when = FAKE_CUT_BEFORE; when <= FAKE_CUT_AFTER; when++) {
			if (before != 0)
				write_up_to(before);
			fake_tee_cut_power(1, when);
			assert_int_equal(write_at(&place, 9, &written), TEE_ERROR_COMMUNICATION);
			restart();
			assert_int_equal(version_now(), when == FAKE_CUT_AFTER ? 9 : before);
			fake_tee_stop();
			fixture_stop();
			setup_session(state);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup_session, teardown)
		T(anchors_are_the_vault_tas_alone),
		T(the_vault_ta_has_no_files),
		T(requests_are_checked),
		T(a_list_shows_no_anchors),
		T(what_was_written_is_read),
		T(anchors_are_apart),
		T(a_write_in_place_is_one_storage_call),
		T(writes_go_in_turns),
		T(each_byte_of_a_slot_is_checked),
		T(the_slot_that_is_left_is_kept),
		T(another_length_is_damage),
		T(a_damaged_object_is_gone),
		T(a_read_looks_at_the_storage),
		T(a_failed_write_changes_nothing),
		T(a_cut_leaves_old_or_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
