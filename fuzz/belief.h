/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tag must hold according to all that was said to the TA: one content, or several possible
 * ones after an interruption. It knows nothing of how the TA stores anything.
 */
#ifndef FUZZ_BELIEF_H
#define FUZZ_BELIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A content; each put has a serial of its own, which its bytes depend on. */
struct content {
	bool exists;
	bool is_large; /* came in pieces */
	uint32_t serial;
	uint32_t len;
	int64_t modified;
};

#define BELIEFS_MAX 16u

struct belief {
	struct content may[BELIEFS_MAX];
	unsigned int count;
	bool anything; /* the fuzzer itself spoilt it: whatever is there is right */
};

/* The bytes of a content from `from` on; they tell serials, windows and pages apart. */
void content_fill(uint32_t serial, size_t from, uint8_t *to, size_t len);
bool content_is(uint32_t serial, size_t from, const uint8_t *bytes, size_t len);

void belief_set(struct belief *belief, struct content content);
void belief_add(struct belief *belief, struct content content);

/* What came from another tag: as there, but it exists. */
void belief_set_moved(struct belief *belief, const struct belief *from);
void belief_add_moved(struct belief *belief, const struct belief *from);

bool belief_may_exist(const struct belief *belief);
bool belief_may_be_absent(const struct belief *belief);

/*
 * Is a file of this size and time possible, that begins with these bytes? If so, writes which
 * content it is.
 */
bool belief_allows(const struct belief *belief, uint64_t size, int64_t modified,
	const uint8_t *bytes, size_t len, struct content *ret_content);

#endif
