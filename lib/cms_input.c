/* SPDX-License-Identifier: BSD-2-Clause */
/* BER from a source. */
#include "cms_input.h"

#include <string.h>

/* More than any message has, so that sums of offsets and lengths cannot overflow. */
#define LEN_MAX ((uint64_t)1 << 48)

void cms_input_begin(
	struct cms_input *input, festore_source source, void *arg, struct failure *failure)
{
	memset(input, 0, sizeof(*input));
	input->source = source;
	input->source_arg = arg;
	input->failure = failure;
}

enum festore_error cms_damaged(struct cms_input *input, const char *what)
{
	return failure_set(input->failure, FESTORE_DAMAGED,
		"the message is damaged: %s, near byte %llu", what,
		(unsigned long long)input->offset);
}

/* Fills the buffer, if it is empty and there is more. */
static enum festore_error fill(struct cms_input *input)
{
	size_t len = 0;
	int result = 0;

	if (input->at != input->len || input->is_at_end)
		return FESTORE_OK;
	result = input->source(
		input->offset, input->bytes, sizeof(input->bytes), &len, input->source_arg);
	if (result != 0)
		return failure_set(input->failure,
			result > 0 ? (enum festore_error)result : FESTORE_ERROR,
			"the message could not be read");
	input->at = 0;
	input->len = len;
	input->is_at_end = len == 0;
	return FESTORE_OK;
}

enum festore_error cms_take(struct cms_input *input, void *to, size_t len)
{
	uint8_t *at = to;

	while (len != 0) {
		const enum festore_error error = fill(input);
		size_t step = input->len - input->at;

		if (error != FESTORE_OK)
			return error;
		if (step == 0)
			return cms_damaged(input, "it is cut short");
		step = step < len ? step : len;
		memcpy(at, input->bytes + input->at, step);
		input->at += step;
		input->offset += step;
		at += step;
		len -= step;
	}
	return FESTORE_OK;
}

enum festore_error cms_peek(struct cms_input *input, uint8_t *ret_byte)
{
	const enum festore_error error = fill(input);

	if (error != FESTORE_OK)
		return error;
	if (input->at == input->len)
		return cms_damaged(input, "it is cut short");
	*ret_byte = input->bytes[input->at];
	return FESTORE_OK;
}

enum festore_error cms_expect_end(struct cms_input *input)
{
	const enum festore_error error = fill(input);

	if (error == FESTORE_OK && input->at != input->len)
		return cms_damaged(input, "something follows it");
	return error;
}

/* The innermost frame that has an end knows how far anything within may go. */
static bool fits(const struct cms_input *input, uint64_t len)
{
	for (size_t i = input->depth; i != 0; i--) {
		const struct cms_frame *frame = &input->frames[i - 1];

		if (!frame->is_open_ended)
			return frame->end >= input->offset && len <= frame->end - input->offset;
	}
	return true;
}

static enum festore_error take_long_len(
	struct cms_input *input, unsigned int octets, uint64_t *ret_len)
{
	uint64_t len = 0;

	if (octets > sizeof(len))
		return cms_damaged(input, "a length is too large");
	while (octets-- != 0) {
		uint8_t octet = 0;
		const enum festore_error error = cms_take(input, &octet, 1);

		if (error != FESTORE_OK)
			return error;
		if (len > LEN_MAX)
			return cms_damaged(input, "a length is too large");
		len = len << 8 | octet;
	}
	*ret_len = len;
	return FESTORE_OK;
}

enum festore_error cms_element(struct cms_input *input, struct cms_element *ret_element)
{
	uint8_t octets[2] = {0};
	struct cms_element element = {0};
	enum festore_error error = cms_take(input, octets, sizeof(octets));

	if (error != FESTORE_OK)
		return error;
	element.tag = octets[0];
	element.len = octets[1] & 0x7fu;
	element.is_open_ended = octets[1] == 0x80;
	if ((octets[0] & 0x1f) == 0x1f)
		return cms_damaged(input, "a tag is too large");
	if (element.is_open_ended && (octets[0] & 0x20) == 0)
		return cms_damaged(input, "bytes have no length");
	if (octets[1] > 0x80)
		error = take_long_len(input, octets[1] & 0x7fu, &element.len);
	if (error != FESTORE_OK)
		return error;
	if (element.len > LEN_MAX || !fits(input, element.is_open_ended ? 0 : element.len))
		return cms_damaged(input, "a length is too large");
	*ret_element = element;
	return FESTORE_OK;
}

enum festore_error cms_enter_element(struct cms_input *input, const struct cms_element *element)
{
	struct cms_frame *frame = &input->frames[input->depth];

	if (input->depth == CMS_DEPTH_MAX)
		return cms_damaged(input, "too much lies within each other");
	frame->is_open_ended = element->is_open_ended;
	frame->end = input->offset + element->len;
	input->depth++;
	return FESTORE_OK;
}

enum festore_error cms_enter(struct cms_input *input, uint8_t tag)
{
	struct cms_element element = {0};
	const enum festore_error error = cms_element(input, &element);

	if (error != FESTORE_OK)
		return error;
	if (element.tag != tag)
		return cms_damaged(input, "something else is there than should be");
	return cms_enter_element(input, &element);
}

enum festore_error cms_is_end(struct cms_input *input, bool *ret_is)
{
	const struct cms_frame *frame = &input->frames[input->depth - 1];
	uint8_t byte = 0;
	enum festore_error error = FESTORE_OK;

	if (!frame->is_open_ended) {
		*ret_is = input->offset == frame->end;
		return FESTORE_OK;
	}
	error = cms_peek(input, &byte);
	*ret_is = byte == 0;
	return error;
}

enum festore_error cms_leave(struct cms_input *input)
{
	uint8_t zeros[2] = {0};
	bool is_end = false;
	enum festore_error error = cms_is_end(input, &is_end);

	if (error == FESTORE_OK && !is_end)
		return cms_damaged(input, "something more is there than should be");
	if (error == FESTORE_OK && input->frames[input->depth - 1].is_open_ended)
		error = cms_take(input, zeros, sizeof(zeros));
	if (error == FESTORE_OK && (zeros[0] | zeros[1]) != 0)
		return cms_damaged(input, "an end is none");
	input->depth--;
	/* An end of zeros may lie outside of the frame around it. */
	return error == FESTORE_OK && !fits(input, 0) ? cms_damaged(input, "an end is outside")
						      : error;
}

enum festore_error cms_take_element(
	struct cms_input *input, uint8_t tag, uint8_t *to, size_t room, size_t *ret_len)
{
	struct cms_element element = {0};
	enum festore_error error = cms_element(input, &element);

	if (error != FESTORE_OK)
		return error;
	if (element.tag != tag)
		return cms_damaged(input, "something else is there than should be");
	if (element.is_open_ended || element.len > room)
		return cms_damaged(input, "an element is too long");
	error = cms_take(input, to, (size_t)element.len);
	if (error == FESTORE_OK)
		*ret_len = (size_t)element.len;
	return error;
}
