/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts calls together that were cut by others, and makes steps of them in the order of their
 * beginning. */
#include "trace_steps.h"

#include "trace_line.h"
#include "trace_tee.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUPPLICANT "tee-supplicant"

/* --- files ---------------------------------------------------------------------------------- */

enum { NO_ARGUMENT = -1 };

/* Which arguments of a call say what. */
struct file_call {
	const char *name;
	enum trace_what what;
	int path;
	int other; /* OPEN: the flags */
	int offset;
};

static const struct file_call file_calls[] = {
	{"openat", TRACE_OPEN, 1, 2, NO_ARGUMENT},
	{"open", TRACE_OPEN, 0, 1, NO_ARGUMENT},
	{"close", TRACE_CLOSE, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"read", TRACE_READ, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"readv", TRACE_READ, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"pread64", TRACE_READ, 0, NO_ARGUMENT, 3},
	{"preadv", TRACE_READ, 0, NO_ARGUMENT, 3},
	{"write", TRACE_WRITE, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"writev", TRACE_WRITE, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"pwrite64", TRACE_WRITE, 0, NO_ARGUMENT, 3},
	{"pwritev", TRACE_WRITE, 0, NO_ARGUMENT, 3},
	{"fsync", TRACE_SYNC, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"fdatasync", TRACE_SYNC, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"sync_file_range", TRACE_SYNC, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"arm_sync_file_range", TRACE_SYNC, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"ftruncate", TRACE_TRUNCATE, 0, NO_ARGUMENT, 1},
	{"ftruncate64", TRACE_TRUNCATE, 0, NO_ARGUMENT, 1},
	{"mkdirat", TRACE_MAKE, 1, NO_ARGUMENT, NO_ARGUMENT},
	{"mkdir", TRACE_MAKE, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"renameat", TRACE_RENAME, 1, 3, NO_ARGUMENT},
	{"renameat2", TRACE_RENAME, 1, 3, NO_ARGUMENT},
	{"rename", TRACE_RENAME, 0, 1, NO_ARGUMENT},
	{"linkat", TRACE_LINK, 1, 3, NO_ARGUMENT},
	{"link", TRACE_LINK, 0, 1, NO_ARGUMENT},
	{"unlinkat", TRACE_REMOVE, 1, NO_ARGUMENT, NO_ARGUMENT},
	{"unlink", TRACE_REMOVE, 0, NO_ARGUMENT, NO_ARGUMENT},
	{"rmdir", TRACE_REMOVE, 0, NO_ARGUMENT, NO_ARGUMENT},
};

static const struct file_call *file_call_named(const char *name)
{
	for (size_t i = 0; i < sizeof(file_calls) / sizeof(file_calls[0]); i++) {
		if (strcmp(file_calls[i].name, name) == 0)
			return &file_calls[i];
	}
	return NULL;
}

/* The path in an argument; a relative one behind the folder that the argument before it names. */
static char *path_of(const char *arguments, int index, int *ret_fd)
{
	size_t len = 0;
	size_t folder_len = 0;
	int ignored = -1;
	const char *path = trace_argument_path(arguments, (unsigned int)index, ret_fd, &len);
	const char *folder = NULL;
	char *joined = NULL;

	if (path && *path != '/' && *ret_fd < 0 && index > 0)
		folder = trace_argument_path(
			arguments, (unsigned int)index - 1, &ignored, &folder_len);
	if (!folder)
		return strndup(path ? path : "", path ? len : 0);
	return asprintf(&joined, "%.*s/%.*s", (int)folder_len, folder, (int)len, path) < 0 ? NULL
											   : joined;
}

static bool is_for_writing(const char *arguments, unsigned int flags)
{
	return trace_argument_has(arguments, flags, "O_RDWR") ||
		trace_argument_has(arguments, flags, "O_WRONLY");
}

static bool is_with_sync(const char *arguments, unsigned int flags)
{
	return trace_argument_has(arguments, flags, "O_SYNC") ||
		trace_argument_has(arguments, flags, "O_DSYNC");
}

/* The mark of a descriptor with O_SYNC, or NULL for one beyond those that are watched. */
static bool *sync_mark(struct trace_steps *trace, bool is_supplicant, int64_t fd)
{
	return fd >= 0 && fd < TRACE_DESCRIPTORS ? &trace->is_synced[is_supplicant][fd] : NULL;
}

static void watch_descriptor(struct trace_steps *trace, const struct file_call *file,
	const struct trace_call *call, const struct trace_step *step)
{
	bool *mark = sync_mark(
		trace, step->is_supplicant, file->what == TRACE_OPEN ? call->result : step->fd);

	if (mark && file->what == TRACE_OPEN)
		*mark = is_with_sync(call->arguments, (unsigned int)file->other);
	else if (mark && file->what == TRACE_CLOSE)
		*mark = false;
}

/* False: no memory. */
static bool read_file_call(struct trace_steps *trace, const struct file_call *file,
	const struct trace_call *call, struct trace_step *step)
{
	const bool *mark = NULL;
	int ignored = -1;

	step->what = file->what;
	step->path = path_of(call->arguments, file->path, &step->fd);
	if (file->what == TRACE_OPEN) {
		step->is_to_write = is_for_writing(call->arguments, (unsigned int)file->other);
		step->is_new =
			trace_argument_has(call->arguments, (unsigned int)file->other, "O_CREAT");
		if (step->path && *call->gives) {
			free(step->path);
			step->path = strdup(call->gives);
		}
	} else if (file->other != NO_ARGUMENT) {
		step->other = path_of(call->arguments, file->other, &ignored);
	}
	watch_descriptor(trace, file, call, step);
	mark = sync_mark(trace, step->is_supplicant, step->fd);
	step->is_synced = file->what == TRACE_WRITE && mark && *mark;
	step->has_offset = file->offset != NO_ARGUMENT &&
		trace_argument_number(call->arguments, (unsigned int)file->offset, &step->offset);
	if ((file->what == TRACE_READ || file->what == TRACE_WRITE) && call->result > 0)
		step->bytes = (uint64_t)call->result;
	return step->path != NULL;
}

/* --- threads and steps ---------------------------------------------------------------------- */

void trace_begin(struct trace_steps *ret_trace, uint32_t command)
{
	memset(ret_trace, 0, sizeof(*ret_trace));
	ret_trace->command = command;
}

void trace_opened_before(struct trace_steps *trace, unsigned int fd, unsigned int flags)
{
	if (fd < TRACE_DESCRIPTORS)
		trace->is_synced[true][fd] = (flags & O_DSYNC) != 0;
}

/* NULL: there are too many. */
static struct trace_thread *thread_of(struct trace_steps *trace, uint32_t id)
{
	for (unsigned int i = 0; i < TRACE_THREADS; i++) {
		struct trace_thread *thread = &trace->threads[i];

		if (thread->id == 0)
			thread->id = id;
		if (thread->id == id)
			return thread;
	}
	return NULL;
}

static void free_step(struct trace_step *step)
{
	free(step->path);
	free(step->other);
}

/* The place of a new step, which takes over the paths of `step`; 0: no memory. */
static size_t add_step(struct trace_steps *trace, struct trace_step *step)
{
	if (!trace->steps || trace->count == trace->room) {
		const size_t room = trace->room ? 2 * trace->room : 256;
		struct trace_step *steps = reallocarray(trace->steps, room, sizeof(*trace->steps));

		if (!steps) {
			trace->is_full = true;
			free_step(step);
			return 0;
		}
		trace->steps = steps;
		trace->room = room;
	}
	trace->steps[trace->count++] = *step;
	return trace->count;
}

static struct trace_step *step_at(struct trace_steps *trace, size_t place)
{
	return place == 0 ? NULL : &trace->steps[place - 1];
}

static struct trace_step new_step(
	const struct trace_thread *thread, bool is_supplicant, const struct trace_call *call)
{
	struct trace_step step = {
		.is_supplicant = is_supplicant,
		.thread = thread->id,
		.request = is_supplicant ? thread->request : 0,
		.fd = -1,
		.result = call ? call->result : -1,
		.is_done = call != NULL,
	};

	if (call)
		snprintf(step.error, sizeof(step.error), "%.*s",
			(int)strspn(call->error, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
			call->error);
	return step;
}

/* What serves a request counts for it, too. */
static void count_for_request(struct trace_steps *trace, const struct trace_step *step)
{
	struct trace_step *request = step_at(trace, step->request);

	if (!request)
		return;
	if (step->what == TRACE_MEMORY && request->function == TRACE_SHM_FREE)
		request->function = TRACE_SHM_ALLOC;
	if (step->what == TRACE_READ || step->what == TRACE_WRITE || step->what == TRACE_MEMORY)
		request->bytes += step->bytes;
}

static void take_file_call(struct trace_steps *trace, const struct trace_thread *thread,
	bool is_supplicant, const struct trace_call *call)
{
	const struct file_call *file = file_call_named(call->name);
	struct trace_step step = new_step(thread, is_supplicant, call);

	if (!file)
		return;
	if (!read_file_call(trace, file, call, &step))
		trace->is_full = true;
	if (trace->is_full || !trace->is_begun) {
		free_step(&step);
		return;
	}
	count_for_request(trace, &step);
	add_step(trace, &step);
}

static void answer_request(
	struct trace_steps *trace, struct trace_thread *thread, const struct trace_call *call)
{
	struct trace_step *request = step_at(trace, thread->request);

	thread->request = 0;
	if (!request)
		return;
	trace_ioctl_read(TRACE_IOC_SUPPL_SEND, call->arguments, request);
	request->is_done = call->result == 0;
}

/* A step that stands where the call began, if it was cut. */
static void take_ioctl(struct trace_steps *trace, struct trace_thread *thread, bool is_supplicant,
	const struct trace_call *call)
{
	const enum trace_ioctl ioctl = trace_ioctl_of(call->arguments);
	struct trace_step step = new_step(thread, is_supplicant, call);
	struct trace_step *begun = step_at(trace, thread->step);

	if (ioctl == TRACE_IOC_NONE || !trace->is_begun)
		return;
	if (ioctl == TRACE_IOC_SUPPL_SEND) {
		answer_request(trace, thread, call);
		return;
	}
	trace_ioctl_read(ioctl, call->arguments, &step);
	if (ioctl == TRACE_IOC_SUPPL_RECV) {
		step.request = 0;
		step.is_done = false;
		thread->request = call->result == 0 ? add_step(trace, &step) : 0;
		return;
	}
	count_for_request(trace, &step);
	if (begun)
		*begun = step;
	else
		add_step(trace, &step);
}

static void take_call(struct trace_steps *trace, struct trace_thread *thread, bool is_supplicant,
	const struct trace_call *call)
{
	if (strcmp(call->name, "execve") == 0)
		trace->is_begun |= thread->id == trace->command && call->result == 0;
	else if (strcmp(call->name, "ioctl") == 0)
		take_ioctl(trace, thread, is_supplicant, call);
	else
		take_file_call(trace, thread, is_supplicant, call);
	thread->step = 0;
}

/* What tee-supplicant does meanwhile is to stand behind what the command has begun. */
static void take_beginning(struct trace_steps *trace, struct trace_thread *thread,
	bool is_supplicant, const char *text)
{
	struct trace_step step = new_step(thread, is_supplicant, NULL);
	enum trace_ioctl ioctl = TRACE_IOC_NONE;

	free(thread->begun);
	thread->begun = strdup(text);
	thread->step = 0;
	if (!thread->begun)
		trace->is_full = true;
	if (is_supplicant || !trace->is_begun || strncmp(text, "ioctl(", 6) != 0)
		return;
	ioctl = trace_ioctl_of(text + 6);
	if (ioctl == TRACE_IOC_NONE)
		return;
	trace_ioctl_read(ioctl, text + 6, &step);
	thread->step = add_step(trace, &step);
}

/* The whole of a call whose rest this is; NULL: its beginning came before the log, or no memory. */
static char *join(struct trace_thread *thread, const char *rest)
{
	char *whole = NULL;

	if (!thread->begun || asprintf(&whole, "%s%s", thread->begun, rest) < 0)
		whole = NULL;
	free(thread->begun);
	thread->begun = NULL;
	return whole;
}

void trace_take(struct trace_steps *trace, char *line)
{
	struct trace_line read;
	struct trace_call call;
	struct trace_thread *thread = NULL;
	bool is_supplicant = false;
	char *whole = NULL;

	if (!trace_line_read(line, &read)) {
		trace->damaged++;
		return;
	}
	thread = thread_of(trace, read.thread);
	if (!thread || read.form == TRACE_NOTE)
		return;
	is_supplicant = strcmp(read.program, SUPPLICANT) == 0;
	if (read.form == TRACE_BEGUN) {
		take_beginning(trace, thread, is_supplicant, read.text);
		return;
	}
	if (read.form == TRACE_RESUMED) {
		whole = join(thread, read.text);
		if (!whole)
			return;
	}
	if (trace_call_read(whole ? whole : read.text, &call))
		take_call(trace, thread, is_supplicant, &call);
	else
		trace->damaged++;
	free(whole);
}

void trace_free(struct trace_steps *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		free_step(&trace->steps[i]);
	for (unsigned int i = 0; i < TRACE_THREADS; i++)
		free(trace->threads[i].begun);
	free(trace->steps);
	memset(trace, 0, sizeof(*trace));
}
