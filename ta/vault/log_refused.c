/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a vault with a log has refused since its last change: in memory alone, so a restart of the
 * TA forgets what no change has told. Told once a state that tells it is current; where two
 * proposals tell of the same refusals, the later one alone ends them, so that some may be told
 * twice, and none is left out.
 */
#include "log.h"

#include <string.h>

struct refusals {
	struct refusals *next;
	const struct slot *slot;
	struct festore_log_refusal all[FESTORE_LOG_REASONS];
	uint32_t told[FESTORE_LOG_REASONS]; /* of each, by the last proposal */
	uint8_t mac[FESTORE_HASH];          /* of that */
};

/* Apart from the slots, as 64 of them must fit into the heap. */
static struct refusals *refusals_first;

static struct refusals *refusals_of(const struct slot *slot)
{
	struct refusals *refusals = refusals_first;

	while (refusals && refusals->slot != slot)
		refusals = refusals->next;
	return refusals;
}

static struct refusals *refusals_new(const struct slot *slot)
{
	struct refusals *refusals = TEE_Malloc(sizeof(*refusals), TEE_MALLOC_FILL_ZERO);

	if (!refusals)
		return NULL;
	refusals->slot = slot;
	refusals->next = refusals_first;
	refusals_first = refusals;
	return refusals;
}

static void refusals_free(struct refusals *refusals)
{
	struct refusals **link = &refusals_first;

	while (*link != refusals)
		link = &(*link)->next;
	*link = refusals->next;
	TEE_Free(refusals);
}

/* The row of a reason, an empty one, or that of all others. */
static struct festore_log_refusal *row_of(struct refusals *refusals, uint32_t reason)
{
	struct festore_log_refusal *last = &refusals->all[FESTORE_LOG_REASONS - 1];

	for (struct festore_log_refusal *row = refusals->all; row < last; row++) {
		if (row->count == 0)
			row->reason = reason;
		if (row->reason == reason)
			return row;
	}
	return last;
}

void log_refused(const struct slot *slot, uint32_t reason)
{
	struct refusals *refusals = NULL;
	struct festore_log_refusal *row = NULL;
	TEE_Time now = {0};

	if (slot->kind != SLOT_LIVE || !log_is_kept(&slot->state))
		return;
	refusals = refusals_of(slot);
	if (!refusals)
		refusals = refusals_new(slot);
	/* Without memory it cannot be told. */
	if (!refusals)
		return;
	row = row_of(refusals, reason);
	TEE_GetREETime(&now);
	if (row->count == 0)
		row->first = now.seconds;
	row->last = now.seconds;
	if (row->count != UINT32_MAX)
		row->count++;
}

void refusals_forget(const struct slot *slot)
{
	struct refusals *refusals = refusals_of(slot);

	if (refusals)
		refusals_free(refusals);
}

/* Rows without a gap, as an entry has them. */
static size_t gather(struct refusals *refusals, struct festore_log_refusal *ret_all)
{
	size_t count = 0;

	/* An earlier proposal has told of fewer. */
	memset(refusals->mac, 0, sizeof(refusals->mac));
	for (size_t i = 0; i < FESTORE_LOG_REASONS; i++) {
		refusals->told[i] = refusals->all[i].count;
		if (refusals->all[i].count != 0)
			ret_all[count++] = refusals->all[i];
	}
	return count;
}

TEE_Result refusals_tell(struct log *log, const struct slot *slot)
{
	struct refusals *refusals = refusals_of(slot);
	struct festore_log_refusal all[FESTORE_LOG_REASONS] = {0};
	size_t count = 0;

	if (!log || !refusals)
		return TEE_SUCCESS;
	count = gather(refusals, all);
	return count != 0 ? log_entry(log, FESTORE_LOG_REFUSED, count, all, count * sizeof(*all))
			  : TEE_SUCCESS;
}

void refusals_are_in(const struct slot *slot, const uint8_t mac[FESTORE_HASH])
{
	struct refusals *refusals = refusals_of(slot);

	if (refusals)
		memcpy(refusals->mac, mac, sizeof(refusals->mac));
}

/* What came after the proposal is left. */
void refusals_were_told(const struct slot *slot)
{
	struct refusals *refusals = refusals_of(slot);
	bool is_left = false;

	if (!refusals || memcmp(refusals->mac, slot->state.mac, sizeof(refusals->mac)) != 0)
		return;
	for (size_t i = 0; i < FESTORE_LOG_REASONS; i++) {
		refusals->all[i].count -= refusals->told[i];
		refusals->all[i].first = refusals->all[i].last;
		refusals->told[i] = 0;
		is_left = is_left || refusals->all[i].count != 0;
	}
	if (!is_left)
		refusals_free(refusals);
}
