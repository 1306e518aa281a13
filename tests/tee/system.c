// SPDX-License-Identifier: BSD-2-Clause
/*
 * OP-TEE's system PTA as a TA sees it, and the machine's HUK: keys are derived exactly as in
 * core/pta/system.c and core/kernel/huk_subkey.c, and a key is all that it gives. Besides, a TA can
 * open sessions with the other TAs that are loaded, under its own identity.
 */
#include <mbedtls/md.h>
#include <pta_system.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

/* HUK_SUBKEY_UNIQUE_TA */
#define USAGE_UNIQUE_TA 3u

/* As the GP header has it: an opaque type of this name. */
struct __TEE_TASessionHandle {
	struct __TEE_TASessionHandle *next;
	uint32_t session; /* with another TA; 0: with the PTA */
};

static const uint8_t own_huk[FAKE_HUK_LEN] = {
	'a', ' ', 'k', 'e', 'y', ' ', 'o', 'f', ' ', 'i', 't', 's', ' ', 'o', 'w', 'n'};

static uint8_t huk[FAKE_HUK_LEN];
static TEE_Result huk_error;
static bool is_there;

void fake_tee_set_huk(const uint8_t bytes[FAKE_HUK_LEN])
{
	memcpy(huk, bytes ? bytes : own_huk, sizeof(huk));
}

void fake_tee_fail_huk(TEE_Result error)
{
	huk_error = error;
}

void fake_tee_have_system_pta(bool have)
{
	is_there = have;
}

void fake_system_reset(void)
{
	fake_tee_set_huk(NULL);
	fake_tee_fail_huk(TEE_SUCCESS);
	fake_tee_have_system_pta(true);
}

static struct __TEE_TASessionHandle **link_of(
	struct instance *instance, const struct __TEE_TASessionHandle *session)
{
	struct __TEE_TASessionHandle **link = &instance->ta_sessions;

	while (*link && *link != session)
		link = &(*link)->next;
	return link;
}

static void release(struct instance *instance, struct __TEE_TASessionHandle *session)
{
	*link_of(instance, session) = session->next;
	/* A TA that ends takes its sessions along; the power that goes takes all. */
	if (session->session && fake_tee_is_powered())
		fake_tee_close_session(session->session);
	if (!session->session)
		fake_counters.handles--;
	free(session);
}

void fake_ta_sessions_drop(struct instance *instance)
{
	while (instance->ta_sessions)
		release(instance, instance->ta_sessions);
}

static TEE_TASessionHandle session_add(struct instance *instance, uint32_t session)
{
	struct __TEE_TASessionHandle *made = calloc(1, sizeof(*made));

	if (!made)
		abort();
	made->next = instance->ta_sessions;
	made->session = session;
	instance->ta_sessions = made;
	/* Those with other TAs are counted as sessions. */
	if (!session)
		fake_counters.handles++;
	return made;
}

/* The power may have gone inside the other TA: then it has gone here too. */
static TEE_Result come_back(TEE_Result res)
{
	if (!fake_tee_is_powered())
		fake_power_off();
	return res;
}

static TEE_Result open_other(
	const TEE_UUID *destination, TEE_TASessionHandle *session, uint32_t *returnOrigin)
{
	const TEE_Identity self = {
		.login = TEE_LOGIN_TRUSTED_APP, .uuid = fake_call()->instance->ta->uuid};
	uint32_t id = 0;
	TEE_Result res = TEE_SUCCESS;

	/* A single instance that waits for itself: the core sees that. */
	if (memcmp(destination, &self.uuid, sizeof(self.uuid)) == 0)
		return TEE_ERROR_BUSY;
	res = come_back(fake_tee_open_session(destination, &self, 0, NULL, &id, returnOrigin));
	if (res == TEE_SUCCESS)
		*session = session_add(fake_call()->instance, id);
	return res;
}

TEE_Result TEE_OpenTASession(const TEE_UUID *destination, uint32_t cancellationRequestTimeout,
	uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS], TEE_TASessionHandle *session,
	uint32_t *returnOrigin)
{
	static const TEE_UUID system_pta = PTA_SYSTEM_UUID;

	(void)cancellationRequestTimeout;
	(void)paramTypes; /* the PTA does not look at parameters here */
	(void)params;
	fake_begin(__func__);
	fake_need_private(destination, sizeof(*destination));
	fake_need_private(session, sizeof(*session));
	fake_need_private(returnOrigin, sizeof(*returnOrigin));
	*session = TEE_HANDLE_NULL;
	*returnOrigin = TEE_ORIGIN_TEE;
	if (fake_core_alloc_fails())
		return TEE_ERROR_OUT_OF_MEMORY;
	if (memcmp(destination, &system_pta, sizeof(system_pta)) != 0)
		return open_other(destination, session, returnOrigin);
	if (!is_there)
		return TEE_ERROR_ITEM_NOT_FOUND;
	*returnOrigin = TEE_ORIGIN_TRUSTED_APP;
	*session = session_add(fake_call()->instance, 0);
	return TEE_SUCCESS;
}

void TEE_CloseTASession(TEE_TASessionHandle session)
{
	struct instance *instance = fake_call()->instance;

	fake_begin(__func__);
	if (session == TEE_HANDLE_NULL)
		return;
	if (!*link_of(instance, session))
		fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
	release(instance, session);
	come_back(TEE_SUCCESS);
}

/* HMAC-SHA-256(HUK, usage | UUID of the TA | extra data), cut to the length asked for. */
static void huk_subkey(const void *extra, size_t extra_len, uint8_t *ret_key, size_t key_len)
{
	const TEE_UUID *ta = &fake_call()->instance->ta->uuid;
	const uint32_t usage = USAGE_UNIQUE_TA;
	uint8_t message[sizeof(usage) + sizeof(*ta) + TA_DERIVED_EXTRA_DATA_MAX_SIZE];
	uint8_t key[TA_DERIVED_KEY_MAX_SIZE];

	memcpy(message, &usage, sizeof(usage));
	memcpy(message + sizeof(usage), ta, sizeof(*ta));
	if (extra_len)
		memcpy(message + sizeof(usage) + sizeof(*ta), extra, extra_len);
	if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), huk, sizeof(huk), message,
		    sizeof(usage) + sizeof(*ta) + extra_len, key) != 0)
		abort();
	memcpy(ret_key, key, key_len);
	/* It was the core's stack, which a test that looks at the TA's must not find. */
	explicit_bzero(key, sizeof(key));
}

static TEE_Result derive(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS])
{
	const uint32_t want = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE);
	const void *extra = params[0].memref.buffer;
	const size_t extra_len = params[0].memref.size;
	void *key = params[1].memref.buffer;
	const size_t key_len = params[1].memref.size;
	uint32_t rights = 0;

	if (types != want || extra_len > TA_DERIVED_EXTRA_DATA_MAX_SIZE ||
		key_len < TA_DERIVED_KEY_MIN_SIZE || key_len > TA_DERIVED_KEY_MAX_SIZE)
		return TEE_ERROR_BAD_PARAMETERS;
	/* The normal world must not see the key. */
	if (!key || fake_overlaps_shared(key, key_len, &rights))
		return TEE_ERROR_SECURITY;
	if (!extra && extra_len)
		return TEE_ERROR_ACCESS_DENIED;
	if (huk_error == TEE_SUCCESS)
		huk_subkey(extra, extra_len, key, key_len);
	return huk_error;
}

TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session, uint32_t cancellationRequestTimeout,
	uint32_t commandID, uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
	uint32_t *returnOrigin)
{
	uint32_t unused = 0;

	(void)cancellationRequestTimeout;
	fake_begin(__func__);
	returnOrigin = returnOrigin ? returnOrigin : &unused;
	*returnOrigin = TEE_ORIGIN_TEE;
	if (!session || !*link_of(fake_call()->instance, session))
		return TEE_ERROR_BAD_PARAMETERS;
	/* libutee maps a copy of private memory for the call, and the core needs some of its own.
	 */
	if (fake_core_alloc_fails())
		return TEE_ERROR_OUT_OF_MEMORY;
	if (session->session)
		return come_back(fake_tee_invoke(
			session->session, commandID, paramTypes, params, returnOrigin));
	*returnOrigin = TEE_ORIGIN_TRUSTED_APP;
	if (commandID != PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY)
		return TEE_ERROR_NOT_IMPLEMENTED;
	if (!paramTypes)
		return TEE_ERROR_BAD_PARAMETERS;
	fake_need_private(params, TEE_NUM_PARAMS * sizeof(*params));
	return derive(paramTypes, params);
}
