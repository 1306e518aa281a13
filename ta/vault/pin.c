/* SPDX-License-Identifier: BSD-2-Clause */
/* PINs, and the commands that are about them. */
#include "pin.h"

#include "change.h"
#include "lock.h"
#include "opened.h"
#include "state.h"

#include <mbedtls/md.h>
#include <string.h>

static bool is_zero(const uint8_t *bytes, size_t len)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < len; i++)
		seen |= bytes[i];
	return seen == 0;
}

static TEE_Result read_wire(const struct festore_wire_pin *wire, struct pin *ret_pin)
{
	if (wire->len < FESTORE_PIN_MIN || wire->len > FESTORE_PIN_MAX ||
		!is_zero(wire->reserved, sizeof(wire->reserved)) ||
		!is_zero(wire->bytes + wire->len, FESTORE_PIN_MAX - wire->len))
		return TEE_ERROR_BAD_PARAMETERS;
	ret_pin->len = wire->len;
	ret_pin->tries = wire->tries;
	memcpy(ret_pin->bytes, wire->bytes, sizeof(ret_pin->bytes));
	return TEE_SUCCESS;
}

TEE_Result pin_read(
	const struct call *call, unsigned int number, unsigned int count, struct pin *ret_pin)
{
	struct festore_wire_pin wire = {0};
	const size_t len = call->part_len[FESTORE_PART_MESSAGE];
	TEE_Result res = TEE_SUCCESS;

	if (len == 0)
		return FESTORE_TA_PIN_NEEDED;
	if (len != count * sizeof(wire))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&wire, call->parts[FESTORE_PART_MESSAGE] + number * sizeof(wire), sizeof(wire));
	res = read_wire(&wire, ret_pin);
	TEE_MemFill(&wire, 0, sizeof(wire));
	return res;
}

/* U_1 to U_rounds, or-ed exclusively. */
static int iterate(mbedtls_md_context_t *hmac, const struct pin *pin, const uint8_t *first,
	size_t first_len, unsigned int rounds, uint8_t ret_key[FESTORE_HASH])
{
	uint8_t block[FESTORE_HASH] = {0};
	int failed = mbedtls_md_hmac_starts(hmac, pin->bytes, pin->len);

	for (unsigned int round = 0; round < rounds && failed == 0; round++) {
		failed = round == 0 ? mbedtls_md_hmac_update(hmac, first, first_len)
				    : mbedtls_md_hmac_update(hmac, block, sizeof(block));
		if (failed == 0)
			failed = mbedtls_md_hmac_finish(hmac, block);
		if (failed == 0)
			failed = mbedtls_md_hmac_reset(hmac);
		for (size_t i = 0; i < sizeof(block); i++)
			ret_key[i] ^= block[i];
	}
	TEE_MemFill(block, 0, sizeof(block));
	return failed;
}

TEE_Result pin_stretch(const struct pin *pin, const uint8_t salt[PIN_SALT], unsigned int rounds,
	uint8_t ret_key[FESTORE_HASH])
{
	/* The salt, and the number of the only block. */
	uint8_t first[PIN_SALT + 4] = {[PIN_SALT + 3] = 1};
	mbedtls_md_context_t hmac;
	int failed = 0;

	memcpy(first, salt, PIN_SALT);
	memset(ret_key, 0, FESTORE_HASH);
	mbedtls_md_init(&hmac);
	failed = mbedtls_md_setup(&hmac, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1);
	if (failed == 0)
		failed = iterate(&hmac, pin, first, sizeof(first), rounds, ret_key);
	mbedtls_md_free(&hmac);
	return failed == 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

/* --- commands --------------------------------------------------------------------------------- */

static TEE_Result read_header(const struct call *call, struct festore_vault_header *ret_header)
{
	if (call->part_len[FESTORE_PART_RECORD] != sizeof(*ret_header))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(ret_header, call->parts[FESTORE_PART_RECORD], sizeof(*ret_header));
	return header_has_pin(ret_header) ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

/* The name of the slot's vault, which the request has no need to say. */
static struct tag name_of(const struct slot *slot)
{
	struct tag name = {.len = slot->name_len};

	memcpy(name.bytes, slot->name, slot->name_len);
	return name;
}

/* The header of the same keys under another PIN. A wrong old PIN counts as one at opening. */
static TEE_Result wrap_anew(const struct slot *slot, const struct festore_vault_header *old,
	const struct pin *old_pin, const struct pin *new_pin,
	struct festore_vault_header *ret_header)
{
	const struct tag name = name_of(slot);
	uint8_t master[FESTORE_HASH] = {0};
	struct lock *lock = NULL;
	TEE_Result res = lock_try(&slot->owner, &name, old, &lock);

	if (res == TEE_SUCCESS)
		res = header_open(&slot->owner, &name, old, old_pin, master);
	if (res == TEE_ERROR_CORRUPT_OBJECT)
		res = FESTORE_TA_PIN_WRONG;
	if (res == TEE_SUCCESS) {
		lock_opened(lock, 0);
		res = header_make_next(&slot->owner, &name, old, new_pin, master, ret_header);
	}
	TEE_MemFill(master, 0, sizeof(master));
	return res;
}

TEE_Result pin_change(struct call *call)
{
	const struct opened *opened = opened_of(call);
	struct festore_vault_header old;
	struct festore_vault_header header = {0};
	struct pin old_pin = {0};
	struct pin new_pin = {0};
	uint8_t hash[FESTORE_HASH] = {0};
	TEE_Result res = opened_check_proven(opened);

	if (res == TEE_SUCCESS)
		res = read_header(call, &old);
	if (res == TEE_SUCCESS)
		res = pin_read(call, 0, 2, &old_pin);
	if (res == TEE_SUCCESS)
		res = pin_read(call, 1, 2, &new_pin);
	if (res == TEE_SUCCESS && (old_pin.tries != 0 || new_pin.tries != 0))
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS)
		res = seal_hash(&old, sizeof(old), hash);
	/* Before a try is counted: this is the header that counts. */
	if (res == TEE_SUCCESS && memcmp(hash, opened->slot->state.header, sizeof(hash)) != 0)
		res = TEE_ERROR_CORRUPT_OBJECT;
	if (res == TEE_SUCCESS)
		res = wrap_anew(opened->slot, &old, &old_pin, &new_pin, &header);
	TEE_MemFill(&old_pin, 0, sizeof(old_pin));
	TEE_MemFill(&new_pin, 0, sizeof(new_pin));
	return res == TEE_SUCCESS ? change_header(call, &header) : res;
}

TEE_Result pin_reset(struct call *call)
{
	struct festore_vault_header header;
	TEE_Result res = TEE_SUCCESS;

	if (!vault_name_is_valid(&call->tag))
		return TEE_ERROR_BAD_PARAMETERS;
	res = read_header(call, &header);
	if (res == TEE_SUCCESS)
		res = slot_reset(&call->session->owner, &call->tag, &header);
	return res == TEE_SUCCESS ? lock_end(&call->session->owner, &call->tag, &header) : res;
}

TEE_Result pin_lock(struct call *call)
{
	struct festore_vault_header header;
	TEE_Result res = TEE_SUCCESS;

	if (!vault_name_is_valid(&call->tag))
		return TEE_ERROR_BAD_PARAMETERS;
	res = read_header(call, &header);
	return res == TEE_SUCCESS
		? lock_look(&call->session->owner, &call->tag, &header, &call->reply.vault_lock)
		: res;
}
