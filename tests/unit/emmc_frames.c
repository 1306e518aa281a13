// SPDX-License-Identifier: BSD-2-Clause
/*
 * The emulated eMMC of the machine with RPMB (platform/emmc): it writes nothing but what is signed
 * for its present count of writes, and has key, count and blocks again after a power cut at any
 * write to its file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../platform/emmc/frames.h"

static char path[] = "/tmp/festore-emmc.XXXXXX";
static struct chip chip;
static const uint8_t key[32] = "thirty-two bytes that are a key";

/* The n-th write from now, and all after it, fail, after half of their bytes; 0: none. */
static unsigned int cut_at;

ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off64_t at);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off64_t at);

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	if (cut_at == 0 || --cut_at != 0)
		return __real_pwrite64(fd, bytes, len, at);
	cut_at = 1;
	return __real_pwrite64(fd, bytes, len / 2, at);
}

static int setup(void **state)
{
	const int fd = mkstemp(strcpy(path, "/tmp/festore-emmc.XXXXXX"));

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, CHIP_FILE_LEN), 0);
	close(fd);
	assert_true(chip_open(&chip, path));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cut_at = 0;
	chip_close(&chip);
	unlink(path);
	return 0;
}

static void power_cut(void)
{
	cut_at = 0;
	chip_close(&chip);
	assert_true(chip_open(&chip, path));
}

static void number(uint8_t *bytes, size_t len, uint32_t value)
{
	for (size_t i = len; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
}

static unsigned int result_of(const struct rpmb_frame *frame)
{
	return (unsigned int)frame->result[0] << 8 | frame->result[1];
}

static void sign(struct rpmb_frame *frames, size_t count, uint8_t mac[32])
{
	uint8_t bytes[2 * 284];

	assert_true(count <= 2);
	for (size_t i = 0; i < count; i++)
		memcpy(bytes + i * 284, frames[i].data, 284);
	assert_non_null(HMAC(EVP_sha256(), key, sizeof(key), bytes, count * 284, mac, NULL));
}

static void assert_signed(struct rpmb_frame *frames, size_t count)
{
	uint8_t mac[32];

	sign(frames, count, mac);
	assert_memory_equal(frames[count - 1].mac, mac, sizeof(mac));
}

static unsigned int write_key(void)
{
	struct rpmb_frame in = {.type = {0, RPMB_WRITE_KEY}};
	struct rpmb_frame out;

	memcpy(in.mac, key, sizeof(key));
	assert_true(rpmb_serve(&chip, &in, 1, &out, 1));
	return result_of(&out);
}

/* A signed write of two blocks that are `fill`. */
static void make_write(struct rpmb_frame frames[2], uint32_t first, uint8_t fill, uint32_t counter)
{
	memset(frames, 0, 2 * sizeof(*frames));
	for (size_t i = 0; i < 2; i++) {
		memset(frames[i].data, fill, sizeof(frames[i].data));
		number(frames[i].type, 2, RPMB_WRITE);
		number(frames[i].count, 2, 2);
		number(frames[i].address, 2, first);
		number(frames[i].counter, 4, counter);
	}
	sign(frames, 2, frames[1].mac);
}

static unsigned int write_frames(const struct rpmb_frame frames[2])
{
	struct rpmb_frame out;

	assert_true(rpmb_serve(&chip, frames, 2, &out, 1));
	if (chip.has_key)
		assert_signed(&out, 1);
	return result_of(&out);
}

static unsigned int write_blocks(uint32_t first, uint8_t fill, uint32_t counter)
{
	struct rpmb_frame frames[2];

	make_write(frames, first, fill, counter);
	return write_frames(frames);
}

static uint32_t read_counter(void)
{
	struct rpmb_frame in = {.type = {0, RPMB_READ_COUNTER}, .nonce = "a nonce"};
	struct rpmb_frame out;

	assert_true(rpmb_serve(&chip, &in, 1, &out, 1));
	assert_int_equal(result_of(&out), RPMB_OK);
	assert_int_equal(out.type[0], RPMB_READ_COUNTER);
	assert_memory_equal(out.nonce, in.nonce, sizeof(out.nonce));
	assert_signed(&out, 1);
	return (uint32_t)out.counter[2] << 8 | out.counter[3];
}

/* Both blocks from there are the same byte. */
static uint8_t read_fill(uint32_t first)
{
	struct rpmb_frame in = {.type = {0, RPMB_READ}, .nonce = "another one"};
	struct rpmb_frame out[2];

	number(in.address, 2, first);
	assert_true(rpmb_serve(&chip, &in, 1, out, 2));
	assert_int_equal(result_of(&out[1]), RPMB_OK);
	assert_memory_equal(out[1].nonce, in.nonce, sizeof(in.nonce));
	assert_signed(out, 2);
	assert_memory_equal(out[0].data, out[1].data, sizeof(out[0].data));
	assert_memory_equal(out[0].data, out[0].data + 1, sizeof(out[0].data) - 1);
	return out[0].data[0];
}

static void a_virgin_chip_takes_a_key_once(void **state)
{
	struct rpmb_frame in = {.type = {0, RPMB_READ_COUNTER}};
	struct rpmb_frame out;

	(void)state;
	assert_true(rpmb_serve(&chip, &in, 1, &out, 1));
	assert_int_equal(result_of(&out), RPMB_NO_KEY);
	assert_int_equal(write_blocks(0, 1, 0), RPMB_NO_KEY);
	assert_int_equal(write_key(), RPMB_OK);
	assert_int_equal(write_key(), RPMB_GENERAL_FAILURE);
	assert_int_equal(read_counter(), 0);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	assert_int_equal(write_key(), RPMB_OK);
	assert_int_equal(write_blocks(7, 1, 0), RPMB_OK);
	assert_int_equal(write_blocks(CHIP_BLOCKS - 2, 2, 1), RPMB_OK);
	assert_int_equal(read_counter(), 2);
	assert_int_equal(read_fill(7), 1);
	assert_int_equal(read_fill(CHIP_BLOCKS - 2), 2);
	assert_int_equal(read_fill(9), 0);
}

static void nothing_else_is_written(void **state)
{
	struct rpmb_frame old[2];
	struct rpmb_frame frames[2];

	(void)state;
	assert_int_equal(write_key(), RPMB_OK);
	make_write(old, 7, 1, 0);
	assert_int_equal(write_frames(old), RPMB_OK);
	assert_int_equal(write_frames(old), RPMB_WRONG_COUNTER);
	assert_int_equal(write_blocks(7, 2, 2), RPMB_WRONG_COUNTER);
	assert_int_equal(write_blocks(CHIP_BLOCKS - 1, 2, 1), RPMB_WRONG_ADDRESS);
	make_write(frames, 7, 2, 1);
	frames[0].data[0] ^= 1;
	assert_int_equal(write_frames(frames), RPMB_WRONG_MAC);
	make_write(frames, 7, 2, 1);
	frames[1].count[1] = 1;
	assert_int_equal(write_frames(frames), RPMB_GENERAL_FAILURE);
	assert_int_equal(read_counter(), 1);
	assert_int_equal(read_fill(7), 1);
}

static void numbers_that_fit_no_request_are_not_answered(void **state)
{
	struct rpmb_frame in[2] = {{.type = {0, RPMB_READ}}};
	struct rpmb_frame out[2];

	(void)state;
	assert_false(rpmb_serve(&chip, in, 0, out, 1));
	assert_false(rpmb_serve(&chip, in, 1, out, 0));
	assert_false(rpmb_serve(&chip, in, 2, out, 1));
	in[0].type[1] = RPMB_WRITE;
	assert_false(rpmb_serve(&chip, in, 1, out, 2));
}

static void a_chip_outlives_its_process(void **state)
{
	(void)state;
	assert_int_equal(write_key(), RPMB_OK);
	assert_int_equal(write_blocks(7, 1, 0), RPMB_OK);
	power_cut();
	assert_int_equal(read_counter(), 1);
	assert_int_equal(read_fill(7), 1);
	assert_int_equal(write_key(), RPMB_GENERAL_FAILURE);
	assert_int_equal(write_blocks(7, 2, 1), RPMB_OK);
}

static void a_cut_at_every_write_leaves_old_or_new(void **state)
{
	unsigned int olds = 0;

	(void)state;
	assert_int_equal(write_key(), RPMB_OK);
	for (unsigned int n = 1; n <= 3; n++) {
		const uint32_t before = read_counter();
		const uint8_t old = read_fill(7);
		uint32_t after = 0;

		cut_at = n;
		assert_int_equal(write_blocks(7, (uint8_t)(old + 1), before), RPMB_WRITE_FAILED);
		power_cut();
		after = read_counter();
		assert_true(after == before || after == before + 1);
		assert_int_equal(read_fill(7), after == before ? old : old + 1);
		olds += after == before ? 1 : 0;
	}
	/* Only the journal's own write is undone. */
	assert_int_equal(olds, 1);
	assert_int_equal(write_blocks(7, 99, read_counter()), RPMB_OK);
}

static void a_cut_while_the_key_is_written(void **state)
{
	(void)state;
	cut_at = 1;
	assert_int_equal(write_key(), RPMB_WRITE_FAILED);
	power_cut();
	assert_false(chip.has_key);
	cut_at = 2;
	assert_int_equal(write_key(), RPMB_WRITE_FAILED);
	power_cut();
	assert_int_equal(read_counter(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_virgin_chip_takes_a_key_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_written_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_else_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(
			numbers_that_fit_no_request_are_not_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(a_chip_outlives_its_process, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_cut_at_every_write_leaves_old_or_new, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cut_while_the_key_is_written, setup, teardown),
	};

	return cmocka_run_group_tests_name("emmc_frames", tests, NULL, NULL);
}
