// SPDX-License-Identifier: BSD-2-Clause
/* Planned misfortune of storage calls: counting them, failing the n-th, cutting the power at the
 * n-th write. */
#include "storage.h"

static struct plan plans[2]; /* by enum fake_storage_call */
static TEE_Result plan_errors[2];
static struct plan cut_plan;
static enum fake_cut cut_when;
static bool has_rpmb = true;

void fake_tee_fail_storage(
	enum fake_storage_call kind, unsigned int nth, unsigned int times, TEE_Result error)
{
	fake_plan_set(&plans[kind], nth, times);
	plan_errors[kind] = error;
}

void fake_tee_cut_power(unsigned int nth, enum fake_cut when)
{
	fake_plan_set(&cut_plan, nth, 1);
	cut_when = when;
}

void fake_tee_have_rpmb(bool have)
{
	has_rpmb = have;
}

bool fake_has_rpmb(void)
{
	return has_rpmb;
}

bool fake_has_storage(uint32_t storage)
{
	return storage == TEE_STORAGE_PRIVATE_REE ||
		(storage == TEE_STORAGE_PRIVATE_RPMB && has_rpmb);
}

void fake_storage_plan_reset(void)
{
	fake_plan_set(&plans[FAKE_STORAGE_ANY], 0, 0);
	fake_plan_set(&plans[FAKE_STORAGE_WRITE], 0, 0);
	fake_plan_set(&cut_plan, 0, 0);
}

TEE_Result storage_begin(const char *name, enum fake_storage_call kind)
{
	fake_begin(name);
	fake_counters.storage_calls++;
	if (fake_plan_hits(&plans[FAKE_STORAGE_ANY]))
		return plan_errors[FAKE_STORAGE_ANY];
	if (kind == FAKE_STORAGE_WRITE && fake_plan_hits(&plans[FAKE_STORAGE_WRITE]))
		return plan_errors[FAKE_STORAGE_WRITE];
	return TEE_SUCCESS;
}

TEE_Result storage_end(TEE_Result res, const TEE_Result *allowed)
{
	while (*allowed != TEE_SUCCESS && *allowed != res)
		allowed++;
	if (*allowed != res)
		fake_panic(res);
	return res;
}

TEE_Result storage_write(TEE_Result (*change)(void *arg), void *arg)
{
	const bool cut = fake_plan_hits(&cut_plan);
	TEE_Result res = TEE_SUCCESS;

	if (cut && cut_when == FAKE_CUT_BEFORE)
		fake_power_off();
	res = change(arg);
	if (res == TEE_SUCCESS)
		fake_counters.storage_writes++;
	if (cut)
		fake_power_off();
	return res;
}
