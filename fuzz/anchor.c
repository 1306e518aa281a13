// SPDX-License-Identifier: BSD-2-Clause
/* What an anchor was written with it must say, or what it said before, if that write failed. */
#include "anchor.h"

#include "client.h"

#include <festore_anchor.h>
#include <string.h>

/* No input has more failing writes. */
enum { PLACES = 4, CALLS = 4, FAILED_MAX = 64 };

/* The versions that an anchor may have; 0: none. */
struct view {
	uint64_t sure;
	uint64_t failed[FAILED_MAX]; /* what writes were to make of it since then, that failed */
	unsigned int failed_count;
	bool may_be_gone;
};

static struct view views[PLACES];
static uint64_t last_version;

void anchor_forget(void)
{
	memset(views, 0, sizeof(views));
	last_version = 0;
}

static struct festore_anchor_place place_of(unsigned int place)
{
	struct festore_anchor_place wire = {
		.kind = place % 2 == 0 ? FESTORE_ANCHOR_REE : FESTORE_ANCHOR_RPMB,
	};

	memset(wire.identity, (int)place / 2, sizeof(wire.identity));
	return wire;
}

static TEE_Result ask(uint32_t session, uint32_t command, void *window, size_t len,
	struct festore_anchor *ret_anchor)
{
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE);
	struct festore_wire_request request = {.protocol = FESTORE_PROTOCOL};
	TEE_Param params[TEE_NUM_PARAMS] = {0};

	params[0].memref.buffer = &request;
	params[0].memref.size = sizeof(request);
	params[1].memref.buffer = ret_anchor;
	params[1].memref.size = sizeof(*ret_anchor);
	params[2].memref.buffer = window;
	params[2].memref.size = len;
	return fake_tee_invoke(session, command, types, params, NULL);
}

static bool may_be(const struct view *view, uint64_t version)
{
	for (unsigned int i = 0; i < view->failed_count; i++) {
		if (view->failed[i] == version)
			return true;
	}
	return version == view->sure;
}

static void check_read(struct view *view, TEE_Result res, const struct festore_anchor *anchor)
{
	if (res == TEE_SUCCESS && !client.is_damaged && !may_be(view, anchor->version))
		wrong("an anchor says what was not written last");
	if (res != TEE_ERROR_ITEM_NOT_FOUND && res != TEE_ERROR_CORRUPT_OBJECT)
		return;
	if (view->sure != 0 && !view->may_be_gone && !client.is_damaged)
		wrong("an anchor is gone");
}

static TEE_Result step_read(uint32_t session, unsigned int place)
{
	struct festore_anchor_place wire = place_of(place);
	struct festore_anchor anchor = {0};
	const TEE_Result res = ask(session, FESTORE_CMD_ANCHOR_READ, &wire, sizeof(wire), &anchor);

	check_read(&views[place], res, &anchor);
	return res;
}

static TEE_Result step_write(uint32_t session, unsigned int place)
{
	struct festore_anchor_write wire = {
		.place = place_of(place), .anchor = {.version = ++last_version}};
	struct festore_anchor anchor = {0};
	const TEE_Result res = ask(session, FESTORE_CMD_ANCHOR_WRITE, &wire, sizeof(wire), &anchor);

	if (res == TEE_SUCCESS)
		views[place] = (struct view){.sure = last_version};
	else if (views[place].failed_count < FAILED_MAX)
		views[place].failed[views[place].failed_count++] = last_version;
	return res;
}

static void plan(uint8_t what, uint8_t when)
{
	const unsigned int nth = 1 + when % 6;

	if (what < 0x20)
		fake_tee_fail_alloc(nth, 1);
	else if (what < 0x40)
		fake_tee_fail_storage(
			FAKE_STORAGE_ANY, nth, 1 + when / 6 % 2, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	else if (what < 0x60)
		fake_tee_fail_storage(FAKE_STORAGE_ANY, nth, 1, TEE_ERROR_CORRUPT_OBJECT);
	else if (what < 0x70)
		fake_tee_cut_power(1 + when % 2, FAKE_CUT_BEFORE);
	else if (what < 0x80)
		fake_tee_cut_power(1 + when % 2, FAKE_CUT_AFTER);
}

static void unplan(void)
{
	fake_tee_fail_alloc(0, 0);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	fake_tee_cut_power(0, FAKE_CUT_BEFORE);
}

/* OP-TEE removes what it finds damaged, and who has it open is told so. */
static bool is_lossy(uint8_t what)
{
	return what >= 0x40 && what < 0x60;
}

void anchor_step(const uint8_t bytes[7])
{
	static const TEE_UUID objects = FESTORE_OBJECTS_UUID;
	const TEE_Identity self = {.login = TEE_LOGIN_TRUSTED_APP, .uuid = FESTORE_VAULT_UUID};
	uint32_t session = 0;

	if (fake_tee_open_session(&objects, &self, 0, NULL, &session, NULL) != TEE_SUCCESS)
		wrong("the vault TA cannot open a session");
	for (unsigned int i = 0; i < CALLS; i++) {
		const unsigned int place = bytes[i] % PLACES;
		const bool is_faulty = bytes[4] % CALLS == i;

		if (is_faulty)
			plan(bytes[5], bytes[6]);
		if (is_faulty && is_lossy(bytes[5]))
			views[place].may_be_gone = true;
		if ((bytes[i] & 0x80) != 0)
			step_read(session, place);
		else
			step_write(session, place);
		if (!fake_tee_is_powered()) {
			power_cycle();
			return;
		}
		if (is_faulty)
			unplan();
	}
	fake_tee_close_session(session);
}
