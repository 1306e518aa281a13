// SPDX-License-Identifier: BSD-2-Clause
/*
 * Properties: who the client of the running session is, the TA's UUID, and a few of the
 * implementation. Everything else is not found. Errors and panics as in libutee's
 * tee_api_property.c.
 */
#include <string.h>

#include "storage.h"

struct property {
	const char *name;
	const char *value;
};

/* What OP-TEE says of itself, with a version that nobody mistakes for a real one. */
static const struct property implementation[] = {
	{"gpd.tee.apiversion", "1.3.1"},
	{"gpd.tee.description", "festore's fake TEE"},
	{"gpd.tee.trustedos.implementation.version", "fake"},
	{"gpd.tee.trustedos.manufacturer", "festore tests"},
};

/* OP-TEE's for a build with RPMB FS, and for one without. */
enum { BY_HARDWARE = 1000, BY_NORMAL_WORLD = 100 };

TEE_Result TEE_GetPropertyAsU32(
	TEE_PropSetHandle propsetOrEnumerator, const char *name, uint32_t *value)
{
	fake_begin(__func__);
	if (!name)
		fake_panic(0);
	fake_need_private(value, sizeof(*value));
	if (propsetOrEnumerator != TEE_PROPSET_TEE_IMPLEMENTATION ||
		strcmp(name, "gpd.tee.trustedStorage.antiRollback.protectionLevel") != 0)
		return TEE_ERROR_ITEM_NOT_FOUND;
	*value = fake_has_rpmb() ? BY_HARDWARE : BY_NORMAL_WORLD;
	return TEE_SUCCESS;
}

static const char *find(TEE_PropSetHandle set, const char *name)
{
	for (size_t i = 0; set == TEE_PROPSET_TEE_IMPLEMENTATION &&
		i < sizeof(implementation) / sizeof(implementation[0]);
		i++) {
		if (strcmp(implementation[i].name, name) == 0)
			return implementation[i].value;
	}
	return NULL;
}

TEE_Result TEE_GetPropertyAsIdentity(
	TEE_PropSetHandle propsetOrEnumerator, const char *name, TEE_Identity *value)
{
	fake_begin(__func__);
	if (!name)
		fake_panic(0);
	fake_need_private(value, sizeof(*value));
	if (propsetOrEnumerator == TEE_PROPSET_CURRENT_CLIENT &&
		strcmp(name, "gpd.client.identity") == 0) {
		*value = *fake_call()->client;
		return TEE_SUCCESS;
	}
	return find(propsetOrEnumerator, name) ? TEE_ERROR_BAD_FORMAT : TEE_ERROR_ITEM_NOT_FOUND;
}

/* The calling TA's own UUID, and no other. */
TEE_Result TEE_GetPropertyAsUUID(
	TEE_PropSetHandle propsetOrEnumerator, const char *name, TEE_UUID *value)
{
	fake_begin(__func__);
	if (!name)
		fake_panic(0);
	fake_need_private(value, sizeof(*value));
	if (propsetOrEnumerator == TEE_PROPSET_CURRENT_TA && strcmp(name, "gpd.ta.appID") == 0) {
		*value = fake_call()->instance->ta->uuid;
		return TEE_SUCCESS;
	}
	return find(propsetOrEnumerator, name) ? TEE_ERROR_BAD_FORMAT : TEE_ERROR_ITEM_NOT_FOUND;
}

/* Too small a buffer gets as much as fits, ended by a zero, and the size it should have had. */
TEE_Result TEE_GetPropertyAsString(
	TEE_PropSetHandle propsetOrEnumerator, const char *name, char *value, size_t *value_len)
{
	const char *found = NULL;
	size_t room = 0;
	size_t need = 0;

	fake_begin(__func__);
	if (!name)
		fake_panic(0);
	fake_need_private(value_len, sizeof(*value_len));
	room = *value_len;
	if (room && !value)
		fake_panic(0);
	found = find(propsetOrEnumerator, name);
	if (!found)
		return TEE_ERROR_ITEM_NOT_FOUND;
	need = strlen(found) + 1;
	*value_len = need;
	if (room)
		memcpy(value, found, need < room ? need : room);
	if (room >= need)
		return TEE_SUCCESS;
	if (room)
		value[room - 1] = '\0';
	return TEE_ERROR_SHORT_BUFFER;
}
