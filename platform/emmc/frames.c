/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests are judged here; what is accepted goes to the chip. */
#include "frames.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static_assert(sizeof(struct rpmb_frame) == 512, "JESD84-B51");

#define MAC_LEN 32u

/* Where in a frame that begins which the MAC is of. */
#define MAC_FROM offsetof(struct rpmb_frame, data)

static uint32_t number(const uint8_t *bytes, size_t len)
{
	uint32_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes[i];
	return value;
}

static void put_number(uint8_t *bytes, size_t len, uint32_t value)
{
	for (size_t i = len; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
}

/* Over all frames, one after another. False: OpenSSL failed. */
static bool mac_of(const struct chip *chip, const struct rpmb_frame *frames, size_t count,
	uint8_t mac[MAC_LEN])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, chip->key, sizeof(chip->key));
	size_t len = MAC_LEN;
	bool is = context && key && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1;

	for (size_t i = 0; is && i < count; i++)
		is = EVP_DigestSignUpdate(context, (const uint8_t *)&frames[i] + MAC_FROM,
			     sizeof(frames[i]) - MAC_FROM) == 1;
	is = is && EVP_DigestSignFinal(context, mac, &len) == 1 && len == MAC_LEN;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(context);
	return is;
}

static enum rpmb_result write_key(struct chip *chip, const struct rpmb_frame *in)
{
	if (chip->has_key)
		return RPMB_GENERAL_FAILURE;
	return chip_write_key(chip, in->mac) ? RPMB_OK : RPMB_WRITE_FAILED;
}

/* May these blocks be written, as the last frame says? */
static enum rpmb_result judge_write(
	const struct chip *chip, const struct rpmb_frame *in, size_t count)
{
	const struct rpmb_frame *last = &in[count - 1];
	uint8_t mac[MAC_LEN];

	if (!chip->has_key)
		return RPMB_NO_KEY;
	if (chip->counter == UINT32_MAX)
		return RPMB_WRITE_FAILED;
	if (count > CHIP_WRITE_MAX || number(last->count, 2) != count)
		return RPMB_GENERAL_FAILURE;
	if (number(last->address, 2) > CHIP_BLOCKS - count)
		return RPMB_WRONG_ADDRESS;
	if (!mac_of(chip, in, count, mac))
		return RPMB_GENERAL_FAILURE;
	if (CRYPTO_memcmp(mac, last->mac, sizeof(mac)) != 0)
		return RPMB_WRONG_MAC;
	return number(last->counter, 4) == chip->counter ? RPMB_OK : RPMB_WRONG_COUNTER;
}

static enum rpmb_result write_blocks(struct chip *chip, const struct rpmb_frame *in, size_t count)
{
	uint8_t data[CHIP_WRITE_MAX * CHIP_BLOCK];
	enum rpmb_result result = judge_write(chip, in, count);

	if (result != RPMB_OK)
		return result;
	for (size_t i = 0; i < count; i++)
		memcpy(data + i * CHIP_BLOCK, in[i].data, CHIP_BLOCK);
	if (!chip_write(chip, number(in->address, 2), data, (uint32_t)count))
		return RPMB_WRITE_FAILED;
	return RPMB_OK;
}

/* Fills the answer's frames with blocks from where the request says. */
static enum rpmb_result read_blocks(
	const struct chip *chip, const struct rpmb_frame *in, struct rpmb_frame *out, size_t count)
{
	const uint32_t first = number(in->address, 2);

	if (!chip->has_key)
		return RPMB_NO_KEY;
	if (count > CHIP_BLOCKS || first > CHIP_BLOCKS - count)
		return RPMB_WRONG_ADDRESS;
	for (size_t i = 0; i < count; i++) {
		memcpy(out[i].data, chip->blocks[first + i], CHIP_BLOCK);
		put_number(out[i].count, 2, (uint32_t)count);
	}
	return RPMB_OK;
}

static enum rpmb_result carry_out(struct chip *chip, const struct rpmb_frame *in, size_t in_count,
	struct rpmb_frame *out, size_t out_count)
{
	switch (number(in->type, 2)) {
	case RPMB_WRITE_KEY:
		return write_key(chip, in);
	case RPMB_READ_COUNTER:
		return chip->has_key ? RPMB_OK : RPMB_NO_KEY;
	case RPMB_WRITE:
		return write_blocks(chip, in, in_count);
	case RPMB_READ:
		return read_blocks(chip, in, out, out_count);
	default:
		return RPMB_GENERAL_FAILURE;
	}
}

static bool counts_fit(uint32_t type, size_t in_count, size_t out_count)
{
	if (in_count == 0 || out_count == 0)
		return false;
	return (in_count == 1 || type == RPMB_WRITE) && (out_count == 1 || type == RPMB_READ);
}

static void describe(const struct chip *chip, const struct rpmb_frame *in, struct rpmb_frame *out,
	enum rpmb_result result)
{
	const uint32_t type = number(in->type, 2);
	const uint32_t expired = chip->counter == UINT32_MAX ? RPMB_COUNTER_EXPIRED : 0;

	put_number(out->type, 2, type * RPMB_ANSWER);
	put_number(out->result, 2, (uint32_t)result | expired);
	memcpy(out->address, in->address, sizeof(out->address));
	if (type == RPMB_READ_COUNTER || type == RPMB_READ)
		memcpy(out->nonce, in->nonce, sizeof(out->nonce));
	if (type == RPMB_READ_COUNTER || type == RPMB_WRITE)
		put_number(out->counter, 4, chip->counter);
}

bool rpmb_serve(struct chip *chip, const struct rpmb_frame *in, size_t in_count,
	struct rpmb_frame *out, size_t out_count)
{
	enum rpmb_result result;

	if (!counts_fit(number(in->type, 2), in_count, out_count))
		return false;
	memset(out, 0, out_count * sizeof(*out));
	result = carry_out(chip, in, in_count, out, out_count);
	for (size_t i = 0; i < out_count; i++)
		describe(chip, in, &out[i], result);
	/* What has no key cannot prove anything. */
	return !chip->has_key || mac_of(chip, out, out_count, out[out_count - 1].mac);
}
