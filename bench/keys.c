/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys are made, used and removed. */
#include "keys.h"

#include "side.h"
#include "timing.h"

#include <stdio.h>

#define TAG "measured-key"
#define NAME_ROOM 32

int keys_fill(unsigned long from, unsigned long to)
{
	int status = 0;

	for (unsigned long i = from; status == 0 && i < to; i++) {
		char name[NAME_ROOM];

		snprintf(name, sizeof(name), "filling-%lu", i);
		status = side->key_new(name, SIDE_X25519, false);
	}
	return status;
}

static int bench_generate(unsigned long count)
{
	struct timing timing = {.operation = "generate_p256"};
	int status = 0;

	for (unsigned long i = 0; status == 0 && i < count; i++) {
		timing_begin(&timing);
		status = timing_end(&timing, side->key_new(TAG, SIDE_P256, true));
		if (status == 0)
			status = side->key_rm(TAG);
	}
	return status;
}

static int bench_sign(const char *operation, enum side_key type)
{
	struct timing timing = {.operation = operation};
	int status = side->key_new(TAG, type, true);

	for (unsigned int i = 0; status == 0 && i < KEYS_EACH; i++) {
		timing_begin(&timing);
		status = timing_end(&timing, side->key_sign(TAG, type));
	}
	return status == 0 ? side->key_rm(TAG) : status;
}

static int decrypt(const char *operation, size_t size, unsigned int times)
{
	struct timing timing = {.operation = operation, .size = size};
	int status = 0;

	for (unsigned int i = 0; status == 0 && i < times; i++) {
		timing_begin(&timing);
		status = timing_end(&timing, side->key_decrypt(TAG, size));
	}
	return status;
}

static int bench_decrypt(const char *operation, enum side_key type)
{
	int status = side->key_new(TAG, type, false);

	if (status == 0)
		status = side->key_encrypt(TAG, KEYS_MESSAGE);
	if (status == 0)
		status = decrypt(operation, KEYS_MESSAGE, KEYS_EACH);
	return status == 0 ? side->key_rm(TAG) : status;
}

int bench_keys(unsigned long generated)
{
	int status = bench_generate(generated);

	if (status == 0)
		status = bench_sign("sign_p256", SIDE_P256);
	if (status == 0)
		status = bench_sign("sign_rsa2048", SIDE_RSA2048);
	if (status == 0)
		status = bench_decrypt("decrypt_p256", SIDE_P256);
	if (status == 0)
		status = bench_decrypt("decrypt_rsa2048", SIDE_RSA2048);
	return status == 0 ? bench_decrypt("decrypt_x25519", SIDE_X25519) : status;
}

static int bench_both(
	const char *encrypting, const char *decrypting, enum side_key type, size_t size)
{
	struct timing timing = {.operation = encrypting, .size = size};
	int status = side->key_new(TAG, type, false);

	if (status != 0)
		return status;
	timing_begin(&timing);
	status = timing_end(&timing, side->key_encrypt(TAG, size));
	if (status == 0)
		status = decrypt(decrypting, size, 1);
	return status == 0 ? side->key_rm(TAG) : status;
}

int bench_keys_large(size_t size)
{
	int status = bench_both("encrypt_x25519", "decrypt_x25519", SIDE_X25519, size);

	if (status == 0)
		status = bench_both("encrypt_p256", "decrypt_p256", SIDE_P256, size);
	return status == 0 ? bench_both("encrypt_rsa2048", "decrypt_rsa2048", SIDE_RSA2048, size)
			   : status;
}
