/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells known hardware unique keys (HUK) from others: derives what OP-TEE would derive from each of
 * them (core/pta/system.c, core/kernel/huk_subkey.c) and compares that with what it has derived.
 */
#include "huk.h"

#include <assert.h>

/* The kit's <util.h>, which this includes, narrows integers without a cast. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <pta_system.h>
#pragma GCC diagnostic pop

/* HW_UNIQUE_KEY_LENGTH and HUK_SUBKEY_UNIQUE_TA of OP-TEE's core. */
#define HUK_LEN 16u
#define USAGE_UNIQUE_TA 3u

static_assert(HUK_DERIVED_LEN == TA_DERIVED_KEY_MAX_SIZE, "what the PTA gives at the most");

/*
 * OP-TEE takes no HMAC-SHA-256 key below 24 bytes from a TA. HMAC itself fills a short key with
 * zeros up to 64 bytes, so a HUK followed by zeros is the same key.
 */
#define MAC_KEY_LEN 32u

/* Of our own, so that no key that is used for anything is derived here. */
static const char purpose[] = "festore huk check";

struct known_huk {
	enum huk_kind kind;
	uint8_t fill; /* all bytes of it */
};

static const struct known_huk known_huks[] = {
	{.kind = HUK_ZERO, .fill = 0x00},
	{.kind = HUK_KNOWN, .fill = 0xff},
};

/* The PTA reads `data` only; GP's type for it is not const. */
static TEE_Result derive_in(
	TEE_TASessionHandle session, const void *data, size_t len, uint8_t *ret_derived)
{
	const uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
		TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE);
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	uint32_t origin = 0;

	params[0].memref.buffer = (void *)(uintptr_t)data;
	params[0].memref.size = len;
	params[1].memref.buffer = ret_derived;
	params[1].memref.size = HUK_DERIVED_LEN;
	return TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY,
		types, params, &origin);
}

TEE_Result huk_derive(const void *data, size_t len, uint8_t ret_derived[HUK_DERIVED_LEN])
{
	static const TEE_UUID system_pta = PTA_SYSTEM_UUID;
	TEE_TASessionHandle session = TEE_HANDLE_NULL;
	uint32_t origin = 0;
	TEE_Result res =
		TEE_OpenTASession(&system_pta, TEE_TIMEOUT_INFINITE, 0, NULL, &session, &origin);

	if (res != TEE_SUCCESS)
		return res;

	res = derive_in(session, data, len, ret_derived);
	TEE_CloseTASession(session);
	return res;
}

static TEE_Result set_key(TEE_OperationHandle mac, const struct known_huk *known)
{
	uint8_t key[MAC_KEY_LEN] = {0};
	TEE_Attribute secret = {0};
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res =
		TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, MAC_KEY_LEN * 8, &object);

	if (res != TEE_SUCCESS)
		return res;

	TEE_MemFill(key, known->fill, HUK_LEN);
	TEE_InitRefAttribute(&secret, TEE_ATTR_SECRET_VALUE, key, sizeof(key));
	res = TEE_PopulateTransientObject(object, &secret, 1);
	if (res == TEE_SUCCESS)
		res = TEE_SetOperationKey(mac, object);
	TEE_FreeTransientObject(object);
	return res;
}

/* HMAC-SHA-256(HUK, usage | UUID of this TA | extra data), both first as they lie in memory. */
static TEE_Result compare(TEE_OperationHandle mac, const uint8_t *derived)
{
	const uint32_t usage = USAGE_UNIQUE_TA;
	TEE_UUID ta = {0};
	TEE_Result res = TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "gpd.ta.appID", &ta);

	if (res != TEE_SUCCESS)
		return res;

	TEE_MACInit(mac, NULL, 0);
	TEE_MACUpdate(mac, &usage, sizeof(usage));
	TEE_MACUpdate(mac, &ta, sizeof(ta));
	return TEE_MACCompareFinal(mac, purpose, sizeof(purpose) - 1, derived, HUK_DERIVED_LEN);
}

/* TEE_ERROR_MAC_INVALID: derived from another HUK. GP compares in constant time. */
static TEE_Result check(const struct known_huk *known, const uint8_t *derived)
{
	TEE_OperationHandle mac = TEE_HANDLE_NULL;
	TEE_Result res =
		TEE_AllocateOperation(&mac, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, MAC_KEY_LEN * 8);

	if (res != TEE_SUCCESS)
		return res;

	res = set_key(mac, known);
	if (res == TEE_SUCCESS)
		res = compare(mac, derived);
	TEE_FreeOperation(mac);
	return res;
}

static TEE_Result classify(const uint8_t *derived, enum huk_kind *ret_kind)
{
	for (size_t i = 0; i < sizeof(known_huks) / sizeof(known_huks[0]); i++) {
		const TEE_Result res = check(&known_huks[i], derived);

		if (res == TEE_SUCCESS)
			*ret_kind = known_huks[i].kind;
		if (res != TEE_ERROR_MAC_INVALID)
			return res;
	}
	*ret_kind = HUK_OWN;
	return TEE_SUCCESS;
}

TEE_Result huk_kind(enum huk_kind *ret_kind)
{
	uint8_t derived[HUK_DERIVED_LEN] = {0};
	TEE_Result res = huk_derive(purpose, sizeof(purpose) - 1, derived);

	if (res == TEE_SUCCESS) {
		res = classify(derived, ret_kind);
	} else if (res != TEE_ERROR_OUT_OF_MEMORY) {
		*ret_kind = HUK_UNKNOWN;
		res = TEE_SUCCESS;
	}
	TEE_MemFill(derived, 0, sizeof(derived));
	return res;
}
