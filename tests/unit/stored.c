// SPDX-License-Identifier: BSD-2-Clause
/* The bytes of heads and ids: what is one, and every way of not being one. */
#include "stored.h"

#include "policy.h"

#include "objects.h"

/* Runs a body inside the TA, whose code may call GP. */
static void inside(void (*body)(void *arg))
{
	assert_true(fake_tee_run(open_as(ALICE), body, NULL));
}

static struct stored small_file(void)
{
	struct stored stored = {.size = 5, .modified = 1234};

	stored.tag.len = 3;
	memcpy(stored.tag.bytes, "tag", 3);
	return stored;
}

static struct stored large_file(void)
{
	struct stored stored = small_file();

	stored.size = FESTORE_REE_MAX;
	stored.has_body = true;
	memset(stored.nonce, 0x77, sizeof(stored.nonce));
	return stored;
}

static TEE_Result read_head(const uint8_t *bytes, size_t len, size_t size)
{
	struct stored stored = {0};
	size_t at = 0;

	return stored_read_head(FESTORE_WIRE_REE, bytes, len, size, &stored, &at);
}

static void round_trip(void *arg)
{
	const struct stored files[] = {small_file(), large_file()};

	(void)arg;
	for (size_t i = 0; i < 2; i++) {
		uint8_t bytes[STORED_HEAD_MAX] = {0};
		struct stored stored = {0};
		size_t at = 0;
		const size_t len = stored_write_head(&files[i], bytes);
		const size_t size = files[i].has_body ? len : len + files[i].size;

		assert_int_equal(stored_read_head(FESTORE_WIRE_REE, bytes, len, size, &stored, &at),
			TEE_SUCCESS);
		assert_int_equal(at, len);
		assert_memory_equal(&stored, &files[i], sizeof(stored));
	}
}

static void a_head_is_read_as_it_was_written(void **state)
{
	(void)state;
	inside(round_trip);
}

/* Every bit that says what the object is, and its length, must be right. */
static void flip_heads(void *arg)
{
	const struct stored files[] = {small_file(), large_file()};
	/* Magic, format, length of the tag, size, flags. */
	const size_t described = 16;

	(void)arg;
	for (size_t i = 0; i < 2; i++) {
		uint8_t bytes[STORED_HEAD_MAX] = {0};
		const size_t len = stored_write_head(&files[i], bytes);
		const size_t size = files[i].has_body ? len : len + files[i].size;

		for (size_t bit = 0; bit < 8 * described; bit++) {
			const bool is_size = bit / 8 >= 8 && bit / 8 < 12;

			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			/* A body's size is for the body to confirm; only too large is no size. */
			if (!files[i].has_body || !is_size)
				assert_int_equal(
					read_head(bytes, len, size), TEE_ERROR_CORRUPT_OBJECT);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t wrong = 0; wrong < 2 * size; wrong++) {
			if (wrong != size)
				assert_int_equal(
					read_head(bytes, len, wrong), TEE_ERROR_CORRUPT_OBJECT);
		}
		for (size_t cut = 0; cut < len; cut++)
			assert_int_equal(read_head(bytes, cut, size), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(read_head(bytes, len, size), TEE_SUCCESS);
	}
}

static void a_head_that_is_not_exactly_right_is_damage(void **state)
{
	(void)state;
	inside(flip_heads);
}

static void wrong_heads(void *arg)
{
	uint8_t bytes[STORED_HEAD_MAX] = {0};
	struct stored stored = large_file();
	size_t len = 0;

	(void)arg;
	stored.size = FESTORE_REE_MAX + 1;
	len = stored_write_head(&stored, bytes);
	assert_int_equal(read_head(bytes, len, len), TEE_ERROR_CORRUPT_OBJECT);
	stored = small_file();
	stored.size = FESTORE_WINDOW + 1;
	len = stored_write_head(&stored, bytes);
	assert_int_equal(read_head(bytes, len, len + stored.size), TEE_ERROR_CORRUPT_OBJECT);
	stored = small_file();
	stored.tag.bytes[1] = '\n';
	len = stored_write_head(&stored, bytes);
	assert_int_equal(read_head(bytes, len, len + stored.size), TEE_ERROR_CORRUPT_OBJECT);
	stored = small_file();
	stored.tag.len = 0;
	len = stored_write_head(&stored, bytes);
	assert_int_equal(read_head(bytes, len, len + stored.size), TEE_ERROR_CORRUPT_OBJECT);
}

static void sizes_and_tags_that_no_file_has_are_damage(void **state)
{
	(void)state;
	inside(wrong_heads);
}

static void compare_ids(void *arg)
{
	const struct owner alice = {.login = TEE_LOGIN_USER, .octets = {1}};
	const struct owner bob = {.login = TEE_LOGIN_USER, .octets = {2}};
	const struct stored stored = large_file();
	struct object_id head = {0};
	struct object_id body = {0};
	struct object_id back = {0};
	uint8_t nonce[STORED_NONCE_LEN] = {0};

	(void)arg;
	assert_int_equal(stored_head_id(&alice, &stored.tag, &head), TEE_SUCCESS);
	stored_body_id(&head, stored.nonce, &body);
	assert_true(stored_is_head(&head));
	assert_false(stored_is_head(&body));
	assert_true(stored_belongs_to(&head, &alice));
	assert_true(stored_belongs_to(&body, &alice));
	assert_false(stored_belongs_to(&head, &bob));
	assert_false(stored_belongs_to(&body, &bob));

	assert_true(stored_head_of_body(&body, &back, nonce));
	assert_memory_equal(&back, &head, sizeof(head));
	assert_memory_equal(nonce, stored.nonce, sizeof(nonce));
	assert_false(stored_head_of_body(&head, &back, nonce));

	/* Ids that are none of ours. */
	head.bytes[0] = 3;
	body.len--;
	assert_false(stored_is_head(&head));
	assert_false(stored_head_of_body(&body, &back, nonce));
	head.len = 16;
	assert_false(stored_belongs_to(&head, &alice));
}

static void ids_tell_owners_and_kinds_apart(void **state)
{
	(void)state;
	inside(compare_ids);
}

/* Pure, and asked once more at every call: whoever got a session without a store gets nothing. */
static void a_right_needs_a_store(void **state)
{
	const enum right rights[] = {RIGHT_INFO, RIGHT_READ, RIGHT_WRITE};
	const struct owner user = {.login = TEE_LOGIN_USER, .octets = {1}};
	const struct owner group = {.login = TEE_LOGIN_GROUP, .octets = {1}};
	const struct owner public = {.login = TEE_LOGIN_PUBLIC, .octets = {1}};
	const struct owner nobody = {.login = TEE_LOGIN_USER};

	(void)state;
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		assert_true(policy_allows(&user, rights[i]));
		assert_true(policy_allows(&group, rights[i]));
		assert_false(policy_allows(&public, rights[i]));
		assert_false(policy_allows(&nobody, rights[i]));
	}
	assert_false(policy_allows(&user, (enum right)99));
}

/* A session is opened without parameters. */
static void a_session_takes_no_parameters(void **state)
{
	const TEE_Identity alice = fake_tee_client(TEE_LOGIN_USER, ALICE);
	uint32_t session = 0;

	(void)state;
	for (uint32_t i = 0; i < TEE_NUM_PARAMS; i++) {
		TEE_Param params[TEE_NUM_PARAMS] = {0};

		assert_int_equal(fake_tee_open_session(&objects_uuid, &alice,
					 (uint32_t)TEE_PARAM_TYPE_VALUE_INPUT << 4 * i, params,
					 &session, NULL),
			TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(session, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)
		TEST(a_head_is_read_as_it_was_written),
		TEST(a_head_that_is_not_exactly_right_is_damage),
		TEST(sizes_and_tags_that_no_file_has_are_damage),
		TEST(ids_tell_owners_and_kinds_apart),
		TEST(a_right_needs_a_store),
		TEST(a_session_takes_no_parameters),
	};

	return cmocka_run_group_tests_name("stored", tests, NULL, NULL);
}
