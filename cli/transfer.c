/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams between files, pipes and tags; the one place that holds contents in the clear. */
#include "transfer.h"

#include "progress.h"
#include "text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Outside a vault the library has all in memory, and shows by itself how far its own work is. */
static bool has_windows(const struct transfer *transfer)
{
	return transfer->options->storage == FESTORE_STORAGE_VAULT;
}

static enum festore_error interrupted(const struct transfer *transfer)
{
	return (enum festore_error)fail(
		transfer->self, FESTORE_INTERRUPTED, "%s: interrupted", transfer->tag);
}

static enum festore_error out_of_memory(const struct transfer *transfer)
{
	return (enum festore_error)fail(transfer->self, FESTORE_ERROR, "out of memory");
}

/* A word on the way; FESTORE_INTERRUPTED is printed. What fits one window is too short for a bar.
 */
static enum festore_error pause_at(const struct transfer *transfer, uint64_t total, bool is_shown)
{
	const bool is_ended = !is_shown ? progress_is_interrupted()
					: progress_show(transfer->before + transfer->done,
						  transfer->total != 0 ? transfer->total : total);

	return is_ended ? interrupted(transfer) : FESTORE_OK;
}

/* --- put ----------------------------------------------------------------------------------------
 */

static enum festore_error write_all(struct transfer *transfer, struct input *input,
	struct festore_writer *writer, uint8_t *window, size_t len)
{
	enum festore_error error = FESTORE_OK;

	while (len != 0) {
		if (len == TRANSFER_WINDOW || transfer->done != 0)
			error = pause_at(transfer, input->size, has_windows(transfer));
		if (error != FESTORE_OK)
			return error;
		error = festore_writer_write(writer, window, len);
		if (error != FESTORE_OK)
			return (enum festore_error)fail_call(
				transfer->self, error, transfer->fs, transfer->tag);
		transfer->done += len;
		/* Who gave less has said already that this was the end. */
		if (len < TRANSFER_WINDOW)
			break;
		error = input_read(input, window, TRANSFER_WINDOW, &len);
		if (error == FESTORE_INTERRUPTED)
			return interrupted(transfer);
		if (error != FESTORE_OK)
			return error;
	}
	if (transfer->done > TRANSFER_WINDOW)
		error = pause_at(transfer, input->size, has_windows(transfer));
	return error;
}

enum festore_error transfer_put(struct transfer *transfer, struct input *input, void *window,
	size_t len, unsigned int flags)
{
	struct festore_writer *writer = NULL;
	enum festore_error error = festore_writer_open(transfer->fs, transfer->tag, flags, &writer);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(
			transfer->self, error, transfer->fs, transfer->tag);
	error = write_all(transfer, input, writer, window, len);
	if (error != FESTORE_OK) {
		festore_writer_abort(&writer);
		return error;
	}
	error = festore_writer_commit(&writer);
	if (error != FESTORE_OK)
		fail_call(transfer->self, error, transfer->fs, transfer->tag);
	return error;
}

/* --- get ----------------------------------------------------------------------------------------
 */

/* What is read, and where it goes. */
struct reading {
	struct transfer *transfer;
	struct festore_reader *reader;
	struct output *output;
	uint64_t offset; /* of what comes next */
	uint64_t left;
	bool is_terminal; /* which shows text only */
	bool has_bar;
	bool has_output; /* it is open already */
};

static enum festore_error read_window(struct reading *reading, uint8_t *window, size_t *ret_len)
{
	struct transfer *transfer = reading->transfer;
	const size_t room =
		reading->left < TRANSFER_WINDOW ? (size_t)reading->left : TRANSFER_WINDOW;
	enum festore_error error =
		festore_reader_read(reading->reader, reading->offset, window, room, ret_len);

	if (error != FESTORE_OK)
		fail_call(transfer->self, error, transfer->fs, transfer->tag);
	return error;
}

/* Writes what was read; to a terminal whole characters, the rest of which comes with the next. */
static enum festore_error write_window(struct reading *reading, const uint8_t *window, size_t len)
{
	struct transfer *transfer = reading->transfer;
	enum festore_error error = FESTORE_OK;

	if (reading->is_terminal && len < reading->left)
		len -= cut_character(window, len);
	if (reading->is_terminal && !is_text(window, len))
		return (enum festore_error)fail(transfer->self, FESTORE_USAGE,
			"this is not text: use -o FILE, or -f to write it to the terminal");
	error = output_write(reading->output, window, len);
	if (error == FESTORE_INTERRUPTED)
		return interrupted(transfer);
	reading->offset += len;
	reading->left -= len;
	transfer->done += len;
	return error;
}

static enum festore_error get_rest(struct reading *reading, uint8_t *window)
{
	struct transfer *transfer = reading->transfer;
	const uint64_t total = reading->left + transfer->done;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && reading->left != 0) {
		size_t len = 0;

		error = read_window(reading, window, &len);
		if (error == FESTORE_OK)
			error = write_window(reading, window, len);
		if (error == FESTORE_OK)
			error = pause_at(transfer, total, reading->has_bar);
	}
	return error;
}

static enum festore_error open_target(
	struct output *ret_output, const struct subcommand *self, const struct target *target)
{
	int folder = -1;
	enum festore_error error = FESTORE_OK;

	if (!target->path) {
		output_to_stdout(ret_output, self);
		return FESTORE_OK;
	}
	if (!target->name)
		return output_to_file(ret_output, self, target->path);
	folder = fcntl(target->folder, F_DUPFD_CLOEXEC, 0);
	error = output_to_folder(
		ret_output, self, folder, target->name, target->path, target->replaces);
	if (error != FESTORE_OK && folder >= 0)
		close(folder);
	return error;
}

/* The first window comes before the output is touched. */
static enum festore_error read_first(struct reading *reading, uint8_t *window, size_t *ret_len)
{
	struct transfer *transfer = reading->transfer;
	enum festore_error error = FESTORE_OK;

	if (reading->left > TRANSFER_WINDOW)
		error = pause_at(transfer, reading->left, reading->has_bar);
	return error == FESTORE_OK ? read_window(reading, window, ret_len) : error;
}

static enum festore_error write_all_read(struct reading *reading, uint8_t *window, size_t len)
{
	const enum festore_error error = write_window(reading, window, len);

	return error == FESTORE_OK ? get_rest(reading, window) : error;
}

static enum festore_error get_all(
	struct reading *reading, const struct target *target, uint8_t *window)
{
	struct transfer *transfer = reading->transfer;
	size_t len = 0;
	enum festore_error error = read_first(reading, window, &len);

	if (error != FESTORE_OK)
		return error;
	/* If that was all the TEE has done its part; what may last now is only who reads it. */
	if (len == reading->left && !target->name) {
		festore_reader_close(&reading->reader);
		progress_end(transfer->fs);
		options_close(&transfer->fs);
	}
	if (!reading->has_output)
		error = open_target(reading->output, transfer->self, target);
	if (error != FESTORE_OK)
		return error;
	reading->has_output = false;
	error = write_all_read(reading, window, len);
	if (error == FESTORE_OK)
		return output_commit(reading->output);
	output_abort(reading->output);
	return error;
}

/* Opens the tag, all of which is to be read, and a window. What has to be taken is not printed. */
static enum festore_error begin_reading(
	struct reading *reading, uint8_t **ret_window, struct festore_file_info *ret_info)
{
	struct transfer *transfer = reading->transfer;
	enum festore_error error = FESTORE_OK;

	*ret_window = malloc(TRANSFER_WINDOW);
	if (!*ret_window)
		return out_of_memory(transfer);
	error = festore_reader_open(transfer->fs, transfer->tag, &reading->reader, ret_info);
	if (error == FESTORE_DENIED && transfer->takes)
		return error;
	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(
			transfer->self, error, transfer->fs, transfer->tag);
	reading->left = ret_info->size;
	return FESTORE_OK;
}

/*
 * What was denied may be read once. It is taken away only when all was looked at that could keep
 * its content from getting where it is to go.
 */
static enum festore_error take(struct reading *reading, const struct target *target,
	const struct range *range, struct festore_file_info *ret_info)
{
	struct transfer *transfer = reading->transfer;
	enum festore_error error = festore_file_stat(transfer->fs, transfer->tag, ret_info);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(
			transfer->self, error, transfer->fs, transfer->tag);
	if (range->offset != 0 || range->len != RANGE_ALL.len)
		return (enum festore_error)fail(transfer->self, FESTORE_USAGE,
			"%s: the file is read-once: what is not in the range would be lost",
			transfer->tag);
	if (reading->is_terminal)
		return (enum festore_error)fail(transfer->self, FESTORE_USAGE,
			"%s: the file is read-once: use -o FILE, or -f to write it to the "
			"terminal, "
			"text or not",
			transfer->tag);
	error = open_target(reading->output, transfer->self, target);
	if (error != FESTORE_OK)
		return error;
	reading->has_output = true;
	error = output_reserve(reading->output, ret_info->size);
	if (error != FESTORE_OK)
		return error;
	error = festore_reader_take(transfer->fs, transfer->tag, &reading->reader, ret_info);
	if (error != FESTORE_OK)
		fail_call(transfer->self, error, transfer->fs, transfer->tag);
	return error;
}

static void end_reading(struct reading *reading, uint8_t *window)
{
	if (reading->has_output)
		output_abort(reading->output);
	festore_reader_close(&reading->reader);
	festore_content_free(window, TRANSFER_WINDOW);
}

enum festore_error transfer_get(
	struct transfer *transfer, const struct target *target, struct range range)
{
	struct output output;
	struct reading reading = {
		.transfer = transfer,
		.output = &output,
		.offset = range.offset,
	};
	struct festore_file_info info = {0};
	uint8_t *window = NULL;
	enum festore_error error = begin_reading(&reading, &window, &info);

	reading.is_terminal = !target->path && !transfer->options->force && isatty(STDOUT_FILENO);
	if (error == FESTORE_DENIED && transfer->takes)
		error = take(&reading, target, &range, &info);
	if (error != FESTORE_OK)
		goto out;
	reading.left = info.size > range.offset ? info.size - range.offset : 0;
	if (range.len < reading.left)
		reading.left = range.len;
	/* A bar would stand among the text. */
	reading.has_bar = has_windows(transfer) && (target->path || !isatty(STDOUT_FILENO));
	error = get_all(&reading, target, window);
out:
	end_reading(&reading, window);
	return error;
}

enum festore_error transfer_append(
	struct transfer *transfer, struct output *output, transfer_begin begin, void *arg)
{
	struct reading reading = {
		.transfer = transfer,
		.output = output,
		.has_bar = has_windows(transfer),
	};
	struct festore_file_info info = {0};
	uint8_t *window = NULL;
	size_t len = 0;
	enum festore_error error = begin_reading(&reading, &window, &info);

	if (error == FESTORE_OK)
		error = read_first(&reading, window, &len);
	if (error == FESTORE_OK)
		error = begin(&info, arg);
	if (error == FESTORE_OK)
		error = write_all_read(&reading, window, len);
	end_reading(&reading, window);
	return error;
}

/* --- copy ---------------------------------------------------------------------------------------
 */

static enum festore_error copy_all(struct transfer *transfer, struct festore *to,
	const char *new_tag, struct festore_reader *reader, struct festore_writer *writer,
	uint64_t size)
{
	uint8_t *window = malloc(TRANSFER_WINDOW);
	enum festore_error error = window ? FESTORE_OK : out_of_memory(transfer);

	while (error == FESTORE_OK && transfer->done < size) {
		size_t len = 0;

		if (size > TRANSFER_WINDOW)
			error = pause_at(transfer, size, true);
		if (error != FESTORE_OK)
			break;
		error = festore_reader_read(reader, transfer->done, window, TRANSFER_WINDOW, &len);
		if (error != FESTORE_OK) {
			fail_call(transfer->self, error, transfer->fs, transfer->tag);
			break;
		}
		error = festore_writer_write(writer, window, len);
		if (error != FESTORE_OK)
			fail_call(transfer->self, error, to, new_tag);
		transfer->done += len;
	}
	festore_content_free(window, TRANSFER_WINDOW);
	return error;
}

enum festore_error transfer_copy(
	struct transfer *transfer, struct festore *to, const char *new_tag, unsigned int flags)
{
	struct festore_file_info info = {0};
	struct festore_reader *reader = NULL;
	struct festore_writer *writer = NULL;
	enum festore_error error = festore_reader_open(transfer->fs, transfer->tag, &reader, &info);

	if (error != FESTORE_OK)
		return (enum festore_error)fail_call(
			transfer->self, error, transfer->fs, transfer->tag);
	error = festore_writer_open(to, new_tag, flags, &writer);
	if (error != FESTORE_OK) {
		fail_call(transfer->self, error, to, new_tag);
		goto out;
	}
	error = copy_all(transfer, to, new_tag, reader, writer, info.size);
	if (error != FESTORE_OK) {
		festore_writer_abort(&writer);
		goto out;
	}
	error = festore_writer_commit(&writer);
	if (error != FESTORE_OK)
		fail_call(transfer->self, error, to, new_tag);
out:
	festore_reader_close(&reader);
	return error;
}
