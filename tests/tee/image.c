// SPDX-License-Identifier: BSD-2-Clause
/*
 * TAs in shared objects: loading one anew is what gives a TA its static memory back after a panic,
 * as OP-TEE does it by mapping the TA's pages again.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "inside.h"

/* A function's address from dlsym(), whose type ISO C cannot convert: copied as bytes, as POSIX
 * intends. */
static bool find(void *image, const char *name, void *function, size_t size)
{
	void *symbol = dlsym(image, name);

	memcpy(function, &symbol, size);
	return symbol != NULL;
}

static bool find_entries(struct fake_ta *ta)
{
	return find(ta->image, "TA_CreateEntryPoint", &ta->create, sizeof(ta->create)) &&
		find(ta->image, "TA_DestroyEntryPoint", &ta->destroy, sizeof(ta->destroy)) &&
		find(ta->image, "TA_OpenSessionEntryPoint", &ta->open, sizeof(ta->open)) &&
		find(ta->image, "TA_CloseSessionEntryPoint", &ta->close, sizeof(ta->close)) &&
		find(ta->image, "TA_InvokeCommandEntryPoint", &ta->invoke, sizeof(ta->invoke));
}

void fake_ta_unload(struct fake_ta *ta)
{
	if (ta->image)
		dlclose(ta->image);
	ta->image = NULL;
}

bool fake_ta_reload(struct fake_ta *ta)
{
	fake_ta_unload(ta);
	ta->image = dlopen(ta->path, RTLD_NOW | RTLD_LOCAL);
	if (ta->image && find_entries(ta))
		return true;
	fprintf(stderr, "fake TEE: %s\n", dlerror());
	fake_ta_unload(ta);
	return false;
}
