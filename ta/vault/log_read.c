/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens entries of the log for the owner, and signs for everybody what the present state says. */
#include "log.h"

#include "huk.h"
#include "key_check_25519.h"
#include "key_pair.h"

#include <string.h>

#define KEY_LEN 32u

/* --- read ------------------------------------------------------------------------------------- */

/* One entry; where it does not open, zeros of its length. */
static TEE_Result read_one(struct call *call, const struct slot *slot, size_t *at)
{
	const size_t left = call->part_len[FESTORE_PART_RECORD] - *at;
	struct log_text text = {0};
	size_t len = 0;
	TEE_Result res = log_open(slot, call->parts[FESTORE_PART_RECORD] + *at, left, &text, &len);

	if (res != TEE_SUCCESS && res != TEE_ERROR_CORRUPT_OBJECT)
		return res;
	*at += len;
	len -= sizeof(struct festore_log_sealed);
	if (call->out_size - call->out_used < len)
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(call->out + call->out_used, &text, len);
	call->out_used += len;
	call->reply.log_read.count++;
	call->reply.log_read.damaged += res != TEE_SUCCESS ? 1 : 0;
	return TEE_SUCCESS;
}

/* Of a present state, or one that the session reads unproven, whose vault has a log. */
static TEE_Result check(struct call *call, bool must_be_proven)
{
	struct opened *opened = opened_of(call);
	TEE_Result res = must_be_proven ? opened_check_proven(opened) : opened_check(opened);

	if (res == TEE_SUCCESS)
		res = opened_present(opened, call);
	if (res == TEE_SUCCESS && !log_is_kept(opened_state(opened)))
		res = TEE_ERROR_NOT_SUPPORTED;
	return res;
}

TEE_Result log_read(struct call *call)
{
	TEE_Result res = check(call, false);
	size_t at = 0;

	while (res == TEE_SUCCESS && at < call->part_len[FESTORE_PART_RECORD])
		res = read_one(call, opened_of(call)->slot, &at);
	if (res != TEE_SUCCESS && call->out_used != 0)
		TEE_MemFill(call->out, 0, call->out_used);
	return res;
}

/* --- sign ------------------------------------------------------------------------------------- */

/* The device's own pair: the same after each start of this TA. */
static TEE_Result derive_pair(uint8_t ret_pair[2 * KEY_LEN])
{
	static const char label[] = "festore log key 1";
	TEE_Result res = huk_derive(label, sizeof(label), ret_pair + KEY_LEN);

	return res == TEE_SUCCESS ? make_ed25519(ret_pair) : res;
}

static TEE_Result sign(const uint8_t pair[2 * KEY_LEN], struct festore_log_signed *ret_signed)
{
	const struct signing signing = {
		.scheme = FESTORE_WIRE_EDDSA,
		.message = (const uint8_t *)ret_signed,
		.message_len = FESTORE_LOG_SIGNED_LEN,
	};
	size_t len = sizeof(ret_signed->signature);

	return key_pair_sign(
		key_type_find(FESTORE_WIRE_ED25519), pair, &signing, ret_signed->signature, &len);
}

static void describe(const struct festore_vault_state *state, struct festore_log_signed *ret_signed)
{
	TEE_Time now = {0};

	TEE_GetREETime(&now);
	memcpy(ret_signed->label, FESTORE_LOG_LABEL, sizeof(FESTORE_LOG_LABEL));
	memcpy(ret_signed->vault, state->vault, sizeof(ret_signed->vault));
	ret_signed->epoch = state->epoch;
	ret_signed->version = state->version;
	ret_signed->at = now.seconds;
	memcpy(&ret_signed->head, state->log_head, sizeof(ret_signed->head));
}

TEE_Result log_sign(struct call *call)
{
	struct festore_log_signed signed_head = {0};
	uint8_t pair[2 * KEY_LEN] = {0};
	TEE_Result res = check(call, true);

	if (res != TEE_SUCCESS)
		return res;
	if (call->out_size < sizeof(signed_head))
		return TEE_ERROR_SHORT_BUFFER;
	describe(&opened_of(call)->slot->state, &signed_head);
	res = derive_pair(pair);
	memcpy(signed_head.key, pair, sizeof(signed_head.key));
	if (res == TEE_SUCCESS)
		res = sign(pair, &signed_head);
	TEE_MemFill(pair, 0, sizeof(pair));
	if (res != TEE_SUCCESS)
		return res;
	memcpy(call->out, &signed_head, sizeof(signed_head));
	call->out_used = sizeof(signed_head);
	return TEE_SUCCESS;
}

TEE_Result log_key(struct call *call)
{
	uint8_t pair[2 * KEY_LEN] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->out_size < KEY_LEN)
		return TEE_ERROR_SHORT_BUFFER;
	res = derive_pair(pair);
	if (res == TEE_SUCCESS) {
		memcpy(call->out, pair, KEY_LEN);
		call->out_used = KEY_LEN;
	}
	TEE_MemFill(pair, 0, sizeof(pair));
	return res;
}
