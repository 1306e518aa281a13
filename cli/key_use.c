/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of uses. */
#include "key_use.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum festore_key_use use;
} uses[] = {
	{"sign", FESTORE_KEY_SIGN},
	{"decrypt", FESTORE_KEY_DECRYPT},
	{"derive", FESTORE_KEY_DERIVE},
	{"derive-raw", FESTORE_KEY_DERIVE_RAW},
};

static const size_t use_count = sizeof(uses) / sizeof(uses[0]);

static unsigned int use_named(const char *name, size_t len)
{
	for (size_t i = 0; i < use_count; i++)
		if (strlen(uses[i].name) == len && memcmp(uses[i].name, name, len) == 0)
			return uses[i].use;
	return 0;
}

enum festore_error key_use_read(
	const struct subcommand *self, const char *names, unsigned int *ret_use)
{
	for (const char *at = names; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		const unsigned int use = use_named(at, strcspn(at, ","));

		if (use == 0)
			return (enum festore_error)fail(self, FESTORE_USAGE,
				"there is no use %.*s; there are: sign, decrypt, derive, "
				"derive-raw",
				(int)strcspn(at, ","), at);
		*ret_use |= use;
	}
	return FESTORE_OK;
}

enum festore_error key_max_uses_read(
	const struct subcommand *self, const char *text, uint32_t *ret_uses)
{
	uint64_t number = 0;

	if (text && !is_number(text, 1, UINT32_MAX - 1, &number))
		return (enum festore_error)fail(self, FESTORE_USAGE,
			"%s: a key may be limited to 1 to 4294967294 uses", text);
	*ret_uses = (uint32_t)number;
	return FESTORE_OK;
}

void key_use_print(unsigned int use, const char *before, const char *between)
{
	bool is_first = true;

	for (size_t i = 0; i < use_count; i++) {
		if ((use & uses[i].use) == 0)
			continue;
		printf("%s%s%s%s", is_first ? "" : between, before, uses[i].name, before);
		is_first = false;
	}
}
