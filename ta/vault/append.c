/* SPDX-License-Identifier: BSD-2-Clause */
/* Seals the content of a file anew, with more behind it. */
#include "append.h"

#include "buffer.h"
#include "change.h"
#include "opened.h"
#include "read.h"

/* The first piece: what the session has opened to read (FILE_GET) is what will grow. */
static TEE_Result append_begin(const struct call *call, struct stream *stream)
{
	struct stream *old = NULL;
	TEE_Result res = TEE_SUCCESS;

	if (!stream->is_reading || stream->is_granted)
		return TEE_ERROR_BAD_STATE;
	old = TEE_Malloc(sizeof(*old), TEE_MALLOC_FILL_ZERO);
	if (!old)
		return TEE_ERROR_OUT_OF_MEMORY;
	*old = *stream;
	old->done = 0;
	/* It ends the stream that was. */
	res = change_begin_content(call, stream);
	if (res == TEE_SUCCESS)
		stream->old = old;
	else
		buffer_free((uint8_t *)old, sizeof(*old));
	return res;
}

/* Bytes of a piece: what comes of the old content, and what follows that. */
struct lengths {
	size_t old;
	size_t more;
};

/*
 * Pieces have whole chunks, one window at the most, but for the last one; nothing new comes before
 * the old content's end, and no chunk is empty but the only one.
 */
static TEE_Result measure(const struct call *call, struct lengths *ret_lengths)
{
	const struct stream *stream = &opened_of(call)->stream;
	const uint64_t left = stream->old->size - stream->old->done;
	const size_t sealed = call->part_len[FESTORE_PART_CONTENT];
	const size_t more = call->part_len[FESTORE_PART_MESSAGE];
	const size_t old = sealed == 0 ? 0 : read_bytes_given(call, left);
	const bool is_last = (call->flags & FESTORE_WIRE_LAST) != 0;

	if (call->window_size != sealed + more || more > FESTORE_WINDOW - old ||
		(more != 0 && old != left) || (is_last && old != left))
		return TEE_ERROR_BAD_PARAMETERS;
	if (!is_last && (old + more == 0 || (old + more) % FESTORE_CHUNK != 0))
		return TEE_ERROR_BAD_PARAMETERS;
	if (is_last && old + more == 0 && stream->done != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	if (sealed != 0 && sealed != FESTORE_SEALED_LEN(old))
		return TEE_ERROR_CORRUPT_OBJECT;
	if (old + more > FESTORE_VAULT_FILE_MAX - stream->done)
		return TEE_ERROR_EXCESS_DATA;
	*ret_lengths = (struct lengths){old, more};
	return TEE_SUCCESS;
}

static TEE_Result append_piece(struct call *call)
{
	struct opened *opened = opened_of(call);
	struct stream *stream = &opened->stream;
	const bool is_last = (call->flags & FESTORE_WIRE_LAST) != 0;
	struct lengths lengths = {0};
	size_t sealed = 0;
	TEE_Result res = opened_check_proven(opened);

	if (res == TEE_SUCCESS && (call->flags & FESTORE_WIRE_CONTINUE) == 0)
		res = append_begin(call, stream);
	if (res == TEE_SUCCESS && (!stream->old || stream->is_complete))
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS)
		res = measure(call, &lengths);
	if (res != TEE_SUCCESS)
		return res;
	sealed = content_sealed_len(lengths.old + lengths.more);
	if (call->out_size < sealed)
		return TEE_ERROR_SHORT_BUFFER;
	res = content_extend(stream, call->parts[FESTORE_PART_CONTENT], lengths.old,
		call->parts[FESTORE_PART_MESSAGE], lengths.more, is_last, call->out);
	if (res != TEE_SUCCESS)
		return res;
	stream->is_complete = is_last;
	call->reply.change.content_len = (uint32_t)sealed;
	call->out_used = sealed;
	return TEE_SUCCESS;
}

TEE_Result append_file(struct call *call)
{
	TEE_Result res = TEE_SUCCESS;

	if (call->flags == FESTORE_WIRE_CONTINUE)
		return change_append(call);
	if ((call->flags & FESTORE_WIRE_MORE) == 0)
		return TEE_ERROR_BAD_PARAMETERS;
	res = append_piece(call);
	if (res != TEE_SUCCESS)
		stream_end(&opened_of(call)->stream);
	return res;
}
