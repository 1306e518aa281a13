// SPDX-License-Identifier: BSD-2-Clause
/*
 * The reader of CMS messages: what it finds in good ones, and that it makes nothing of what was
 * cut, continued or changed at any byte.
 */
#include "../../lib/cms_message.h"

#include "scripted_teec.h"

#include "public_keys.h"

#define MESSAGE_MAX 4096u

static uint8_t message[MESSAGE_MAX];
static size_t message_len;
static struct cms_message parsed;
static struct failure failure;

static int take(const void *bytes, size_t len, void *arg)
{
	(void)arg;
	assert_true(len <= sizeof(message) - message_len);
	memcpy(message + message_len, bytes, len);
	message_len += len;
	return 0;
}

static void make(const char *key, size_t len)
{
	static const uint8_t content[1000] = {1};
	struct festore_encryptor *encryptor = NULL;

	message_len = 0;
	assert_int_equal(
		festore_encryptor_open(&encryptor, key, strlen(key), 0, take, NULL), FESTORE_OK);
	assert_int_equal(festore_encryptor_write(encryptor, content, len), FESTORE_OK);
	assert_int_equal(festore_encryptor_finish(encryptor), FESTORE_OK);
	festore_encryptor_close(&encryptor);
}

/* A few bytes at a time, if the test says so. */
static int give(uint64_t offset, void *to, size_t room, size_t *ret_len, void *arg)
{
	const size_t left = offset < message_len ? message_len - (size_t)offset : 0;
	const size_t step = *(size_t *)arg;

	*ret_len = left < room ? left : room;
	if (*ret_len > step)
		*ret_len = step;
	memcpy(to, message + (left ? offset : 0), *ret_len);
	return 0;
}

static enum festore_error read_all(size_t step, size_t *ret_len)
{
	uint8_t content[MESSAGE_MAX];
	uint8_t tag[CMS_TAG_LEN];
	enum festore_error error = cms_message_begin(&parsed, give, &step, &failure);

	*ret_len = 0;
	if (error == FESTORE_OK)
		error = cms_message_read(&parsed, content, sizeof(content), ret_len);
	return error == FESTORE_OK ? cms_message_end(&parsed, tag) : error;
}

static const char *const keys[] = {p256, p384, p521, rsa2048};

static void what_was_written_is_read(void **state)
{
	static const size_t point_lens[] = {65, 97, 133, 0};
	static const size_t key_lens[] = {40, 40, 40, 256};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t len = 0; len <= 1000; len += 500) {
			size_t got = 0;

			make(keys[i], len);
			assert_int_equal(read_all(1, &got), FESTORE_OK);
			assert_int_equal(read_all(4096, &got), FESTORE_OK);
			assert_int_equal(got, len);
			assert_int_equal(parsed.recipient_count, 1);
			assert_true(parsed.recipients[0].has_id);
			assert_int_equal(parsed.recipients[0].key_len, key_lens[i]);
			assert_int_equal(parsed.recipients[0].point_len, point_lens[i]);
			assert_null(parsed.unusable);
		}
	}
}

static void every_cut_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t whole = 0;

		make(keys[i], 20);
		whole = message_len;
		for (message_len = 0; message_len < whole; message_len++) {
			size_t got = 0;

			assert_int_equal(read_all(4096, &got), FESTORE_DAMAGED);
		}
		message[message_len++] = 0;
		assert_int_equal(read_all(4096, &whole), FESTORE_DAMAGED);
		assert_non_null(strstr(failure.text, "something follows it"));
	}
}

/* Other bytes are another message, or none; whatever it is, the reader comes to an end. */
static void every_change_ends_well(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		make(keys[i], 20);
		for (size_t at = 0; at < message_len; at++) {
			const uint8_t was = message[at];

			for (unsigned int value = 0; value < 256; value++) {
				size_t got = 0;
				enum festore_error error = FESTORE_OK;

				message[at] = (uint8_t)value;
				error = read_all(4096, &got);
				assert_true(error == FESTORE_OK || error == FESTORE_DAMAGED ||
					error == FESTORE_USAGE);
				assert_true(got <= message_len);
			}
			message[at] = was;
		}
	}
}

/* Random bytes inside of good beginnings. */
static void noise_ends_well(void **state)
{
	uint32_t number = 1;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t got = 0;
		size_t at = 0;

		if (round % 100 == 0)
			make(keys[round / 100 % 4], 20);
		for (unsigned int i = 0; i < 4; i++) {
			number = number * 1103515245u + 12345u;
			at = (number >> 8) % message_len;
			number = number * 1103515245u + 12345u;
			message[at] = (uint8_t)(number >> 16);
		}
		read_all(4096, &got);
		assert_true(got <= message_len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_written_is_read, reset_script, check_end),
		cmocka_unit_test_setup_teardown(every_cut_is_noticed, reset_script, check_end),
		cmocka_unit_test_setup_teardown(every_change_ends_well, reset_script, check_end),
		cmocka_unit_test_setup_teardown(noise_ends_well, reset_script, check_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
