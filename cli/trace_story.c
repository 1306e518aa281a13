/* SPDX-License-Identifier: BSD-2-Clause */
/* Layers are told by who called, and by the paths that were named. */
#include "trace_story.h"

#include <string.h>

static const char *const layer_names[TRACE_LAYERS] = {
	[TRACE_COMMAND] = "command",
	[TRACE_LIBFESTORE] = "libfestore",
	[TRACE_LIBTEEC] = "libteec",
	[TRACE_SUPPLICANT] = "supplicant",
	[TRACE_SYSTEM] = "system",
};

const char *trace_layer_name(enum trace_layer layer)
{
	return layer_names[layer];
}

static bool begins_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

size_t trace_store_folder(const struct trace_steps *trace, const char **ret_folder)
{
	static const char database[] = "/vault.db";

	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_step *step = &trace->steps[i];
		const size_t len = step->path ? strlen(step->path) : 0;

		if (!step->is_supplicant && len > strlen(database) &&
			strcmp(step->path + len - strlen(database), database) == 0) {
			*ret_folder = step->path;
			return len - strlen(database);
		}
	}
	return 0;
}

/* In the vault's folder, or one of those above it. */
static bool is_of_store(const struct trace_steps *trace, const char *path)
{
	const char *folder = NULL;
	const size_t folder_len = trace_store_folder(trace, &folder);
	const size_t len = strlen(path);

	if (folder_len == 0 || len == 0)
		return false;
	if (len <= folder_len)
		return memcmp(path, folder, len) == 0 &&
			(len == 1 || len == folder_len || folder[len] == '/');
	return memcmp(path, folder, folder_len) == 0 && path[folder_len] == '/';
}

static bool is_of_system(const char *path)
{
	static const char *const folders[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/share/",
		"/etc/ld.so", "/etc/ssl/", "/proc", "/sys/", "/dev/"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (begins_with(path, folders[i]))
			return true;
	}
	return false;
}

enum trace_layer trace_layer_of(const struct trace_steps *trace, const struct trace_step *step)
{
	if (step->is_supplicant)
		return TRACE_SUPPLICANT;
	if (step->what >= TRACE_VERSION || begins_with(step->path, "/dev/tee"))
		return TRACE_LIBTEEC;
	if (is_of_store(trace, step->path) || begins_with(step->path, "/etc/festore/"))
		return TRACE_LIBFESTORE;
	/* Of standard input and output, too, it is the command that reads and writes. */
	if (step->what != TRACE_OPEN && step->what != TRACE_CLOSE && step->fd >= 0 && step->fd <= 2)
		return TRACE_COMMAND;
	return is_of_system(step->path) || step->path[0] != '/' ? TRACE_SYSTEM : TRACE_COMMAND;
}

enum trace_ta trace_called_ta(const struct trace_steps *trace, const struct trace_step *call)
{
	enum trace_ta ta = TRACE_TA_OTHER;

	for (const struct trace_step *step = trace->steps; step < call; step++) {
		if (step->what == TRACE_SESSION && !step->is_supplicant &&
			step->session == call->session && step->answer == 0)
			ta = trace_ta_of(step->uuid);
	}
	return ta;
}

/* The next step that served the request, from `from` on; NULL: there is none. */
static const struct trace_step *next_served(const struct trace_steps *trace,
	const struct trace_step *request, const struct trace_step *from)
{
	const size_t place = (size_t)(request - trace->steps) + 1;

	for (; from < trace->steps + trace->count; from++) {
		if (from->request == place)
			return from;
	}
	return NULL;
}

const struct trace_step *trace_served_by(
	const struct trace_steps *trace, const struct trace_step *request)
{
	const struct trace_step *step = request;
	const struct trace_step *first = NULL;
	const bool is_to_open =
		request->function == TRACE_FS_OPEN || request->function == TRACE_FS_CREATE;

	while ((step = next_served(trace, request, step + 1))) {
		if (step->what >= TRACE_VERSION || step->path[0] != '/')
			continue;
		/* The folders that it is in may be opened too, but not to write. */
		if (!is_to_open || (step->what == TRACE_OPEN && step->is_to_write))
			return step;
		first = first ? first : step;
	}
	return first;
}

bool trace_is_synced(const struct trace_steps *trace, const struct trace_step *request)
{
	const struct trace_step *step = request;

	while ((step = next_served(trace, request, step + 1))) {
		if (step->what == TRACE_SYNC || step->is_synced)
			return true;
	}
	return false;
}

static uint64_t sum_of(const struct trace_param *params, enum trace_param_type one)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < TRACE_PARAMS; i++) {
		/* Memory that is not there has no bytes. */
		if ((params[i].type == one || params[i].type == TRACE_MEMORY_INOUT) &&
			params[i].c != UINT64_MAX)
			sum += params[i].b;
	}
	return sum;
}

uint64_t trace_bytes_in(const struct trace_step *call)
{
	return sum_of(call->in, TRACE_MEMORY_IN);
}

uint64_t trace_bytes_out(const struct trace_step *call)
{
	return sum_of(call->out, TRACE_MEMORY_OUT);
}

const struct trace_function *trace_called_function(const struct trace_called *called)
{
	return trace_function_of(called->ta, called->function);
}

unsigned int trace_all_syncs(const struct trace_totals *totals)
{
	unsigned int syncs = 0;

	for (unsigned int i = 0; i < TRACE_LAYERS; i++)
		syncs += totals->layers[i].syncs;
	return syncs;
}

static void count_function(struct trace_totals *totals, const struct trace_called *called)
{
	for (unsigned int i = 0; i < totals->called_count; i++) {
		struct trace_called *known = &totals->called[i];

		if (known->ta == called->ta && known->function == called->function) {
			known->count++;
			return;
		}
	}
	if (totals->called_count < TRACE_CALLED)
		totals->called[totals->called_count++] = *called;
}

static void sum_call(
	const struct trace_steps *trace, const struct trace_step *call, struct trace_totals *totals)
{
	const struct trace_called called = {trace_called_ta(trace, call), call->function, 1};
	const struct trace_function *function = trace_called_function(&called);

	totals->calls++;
	totals->calls_to_begin += function && function->is_to_begin ? 1 : 0;
	totals->bytes_in += trace_bytes_in(call);
	totals->bytes_out += trace_bytes_out(call);
	count_function(totals, &called);
}

static void sum_request(
	const struct trace_step *request, bool is_opening, struct trace_totals *totals)
{
	totals->requests++;
	totals->requests_to_load += is_opening ? 1 : 0;
	totals->asked[request->function < TRACE_REQUESTS ? request->function
							 : TRACE_OTHER_REQUEST]++;
}

static void sum_file(
	const struct trace_steps *trace, const struct trace_step *step, struct trace_totals *totals)
{
	struct trace_layer_totals *layer = &totals->layers[trace_layer_of(trace, step)];

	if (step->what == TRACE_READ)
		layer->read += step->bytes;
	if (step->what == TRACE_WRITE)
		layer->written += step->bytes;
	if ((step->what == TRACE_SYNC && step->result == 0) || step->is_synced)
		layer->syncs++;
}

void trace_sum(const struct trace_steps *trace, struct trace_totals *ret_totals)
{
	bool is_opening = false;

	memset(ret_totals, 0, sizeof(*ret_totals));
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_step *step = &trace->steps[i];

		if (step->what < TRACE_VERSION) {
			sum_file(trace, step, ret_totals);
			continue;
		}
		ret_totals->is_undecoded |= !step->is_decoded;
		if (step->what == TRACE_REQUEST) {
			sum_request(step, is_opening, ret_totals);
		} else if (!step->is_supplicant) {
			is_opening = step->what == TRACE_SESSION;
			ret_totals->sessions += is_opening ? 1 : 0;
			if (step->what == TRACE_INVOKE)
				sum_call(trace, step, ret_totals);
		}
	}
}
