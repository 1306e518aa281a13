// SPDX-License-Identifier: BSD-2-Clause
/* Contents by number, and sets of possible contents. */
#include "belief.h"

/* These two take most of a run's time, so the sanitizers leave them alone: who calls has the room.
 */
#define UNCHECKED __attribute__((no_sanitize("address", "undefined")))

UNCHECKED static inline uint8_t content_byte(uint32_t serial, size_t at)
{
	return (uint8_t)(serial * 151u + at * 7u + (at >> 8) * 13u + (at >> 16) * 101u);
}

UNCHECKED void content_fill(uint32_t serial, size_t from, uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = content_byte(serial, from + i);
}

UNCHECKED bool content_is(uint32_t serial, size_t from, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != content_byte(serial, from + i))
			return false;
	}
	return true;
}

void belief_set(struct belief *belief, struct content content)
{
	*belief = (struct belief){.may = {content}, .count = 1};
}

void belief_add(struct belief *belief, struct content content)
{
	if (belief->count == BELIEFS_MAX)
		belief->anything = true;
	else
		belief->may[belief->count++] = content;
}

void belief_add_moved(struct belief *belief, const struct belief *from)
{
	belief->anything = belief->anything || from->anything;
	for (unsigned int i = 0; i < from->count; i++) {
		if (from->may[i].exists)
			belief_add(belief, from->may[i]);
	}
}

void belief_set_moved(struct belief *belief, const struct belief *from)
{
	*belief = (struct belief){0};
	belief_add_moved(belief, from);
}

static bool may(const struct belief *belief, bool exists)
{
	for (unsigned int i = 0; i < belief->count; i++) {
		if (belief->may[i].exists == exists)
			return true;
	}
	return belief->anything;
}

bool belief_may_exist(const struct belief *belief)
{
	return may(belief, true);
}

bool belief_may_be_absent(const struct belief *belief)
{
	return may(belief, false);
}

bool belief_allows(const struct belief *belief, uint64_t size, int64_t modified,
	const uint8_t *bytes, size_t len, struct content *ret_content)
{
	for (unsigned int i = 0; i < belief->count; i++) {
		const struct content *content = &belief->may[i];

		if (!content->exists || content->len != size || content->modified != modified ||
			!content_is(content->serial, 0, bytes, len))
			continue;
		*ret_content = *content;
		return true;
	}
	*ret_content = (struct content){.exists = true, .len = (uint32_t)size};
	return belief->anything;
}
