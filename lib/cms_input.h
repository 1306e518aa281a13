/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BER read from a source through a small buffer: tags, lengths, and elements within elements, each
 * of a length that is told, or that ends with two zeros. What was read is only ever bytes and
 * numbers: nothing is allocated, nothing recurses.
 */
#ifndef CMS_INPUT_H
#define CMS_INPUT_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

/* Elements within each other: more than a message of any kind that is read here has. */
#define CMS_DEPTH_MAX 8u

struct cms_frame {
	bool is_open_ended;
	uint64_t end; /* offset behind it, if not */
};

struct cms_input {
	festore_source source;
	void *source_arg;
	struct failure *failure;
	uint64_t offset; /* of the next byte that is taken */
	uint8_t bytes[4096];
	size_t at;
	size_t len;
	bool is_at_end; /* the source has no more than what is in `bytes` */
	struct cms_frame frames[CMS_DEPTH_MAX];
	size_t depth;
};

/* What stands at the beginning of an element. */
struct cms_element {
	uint8_t tag;
	bool is_open_ended;
	uint64_t len; /* if not */
};

void cms_input_begin(
	struct cms_input *input, festore_source source, void *arg, struct failure *failure);

/* Notes that the message is not what it should be; FESTORE_DAMAGED. */
enum festore_error cms_damaged(struct cms_input *input, const char *what);

/* Takes exactly `len` bytes. FESTORE_DAMAGED: there are fewer; also what the source says. */
enum festore_error cms_take(struct cms_input *input, void *to, size_t len);

/* The next byte, without taking it. */
enum festore_error cms_peek(struct cms_input *input, uint8_t *ret_byte);

/* FESTORE_DAMAGED unless the source ends here. */
enum festore_error cms_expect_end(struct cms_input *input);

/* Takes tag and length of an element, which lies within the innermost frame. */
enum festore_error cms_element(struct cms_input *input, struct cms_element *ret_element);

/* Takes tag and length of an element of this constructed tag, and enters it. */
enum festore_error cms_enter(struct cms_input *input, uint8_t tag);

/* Enters an element whose beginning was taken. */
enum festore_error cms_enter_element(struct cms_input *input, const struct cms_element *element);

/* Is this the end of the innermost frame? */
enum festore_error cms_is_end(struct cms_input *input, bool *ret_is);

/* Leaves the innermost frame, of which nothing may be left. */
enum festore_error cms_leave(struct cms_input *input);

/*
 * Takes an element of this tag and a length that is told, of at most `room` bytes, without tag and
 * length.
 */
enum festore_error cms_take_element(
	struct cms_input *input, uint8_t tag, uint8_t *to, size_t room, size_t *ret_len);

#endif
