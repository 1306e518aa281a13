/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps in words, layer by layer; what they serve is indented below it. */
#include "trace_print.h"

#include "text.h"
#include "trace_story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where a line goes on below itself. */
#define BELOW "                        "

/* Steps that are shown as one. */
struct group {
	const struct trace_step *first;
	unsigned int count;
	uint64_t bytes;
	bool is_synced;
};

/* Of the vault's files the name is enough; a standard descriptor is called so. */
static void print_path(
	FILE *to, const struct trace_steps *trace, const struct trace_step *step, const char *path)
{
	static const char *const standard[] = {
		"standard input", "standard output", "standard error"};
	const char *folder = NULL;
	const size_t len = trace_store_folder(trace, &folder);

	if (!step->is_supplicant && step->what != TRACE_OPEN && step->fd >= 0 && step->fd <= 2)
		fputs(standard[step->fd], to);
	else if (len != 0 && strncmp(path, folder, len) == 0 && path[len] == '/')
		print_shown(to, path + len + 1);
	else
		print_shown(to, *path ? path : "-");
}

static void print_error(FILE *to, const struct trace_step *step)
{
	if (step->result < 0)
		fprintf(to, ": %s", *step->error ? step->error : "not completed");
}

static void print_group_bytes(FILE *to, const struct group *group)
{
	if (group->count > 1)
		fprintf(to, "%u times, ", group->count);
	fprintf(to, "%" PRIu64 " bytes", group->bytes);
	if (group->count == 1 && group->first->has_offset)
		fprintf(to, " at %" PRIu64, group->first->offset);
	fputs(group->is_synced ? ", synced" : "", to);
}

static void print_file(FILE *to, const struct trace_steps *trace, const struct group *group)
{
	const struct trace_step *step = group->first;

	print_path(to, trace, step, step->path);
	switch (step->what) {
	case TRACE_OPEN:
		fprintf(to, ", to %s", step->is_to_write ? "write" : "read");
		break;
	case TRACE_READ:
	case TRACE_WRITE:
		if (step->result >= 0) {
			fputs(": ", to);
			print_group_bytes(to, group);
		}
		break;
	case TRACE_TRUNCATE:
		fprintf(to, ": to %" PRIu64 " bytes", step->offset);
		break;
	case TRACE_RENAME:
	case TRACE_LINK:
		fputs(step->what == TRACE_LINK ? " as " : " to ", to);
		print_path(to, trace, step, step->other ? step->other : "");
		break;
	default:
		if (group->count > 1)
			fprintf(to, ": %u times", group->count);
		break;
	}
	print_error(to, step);
}

static void print_answer(FILE *to, const struct trace_step *step)
{
	const char *name = trace_answer_name(step->answer);

	if (step->result < 0) {
		print_error(to, step);
	} else {
		fputs(": ", to);
		if (name)
			fputs(name, to);
		else
			fprintf(to, "0x%08" PRIx32, step->answer);
		if (step->answer != 0 && *step->origin)
			fprintf(to, ", says %s", step->origin);
	}
}

static void print_session(FILE *to, const struct trace_step *step)
{
	fprintf(to, "%s %s, login %s", trace_ta_name(trace_ta_of(step->uuid)), step->uuid,
		step->login);
	if (step->answer == 0)
		fprintf(to, ", number %" PRIu32, step->session);
	print_answer(to, step);
}

static void print_param(FILE *to, const struct trace_step *step, unsigned int i)
{
	const struct trace_param *param = &step->in[i];

	if (param->type == TRACE_NONE)
		return;
	fprintf(to, BELOW "parameter %u: ", i);
	if (param->type < TRACE_MEMORY_IN) {
		fputs("a value\n", to);
		return;
	}
	if (param->type != TRACE_MEMORY_OUT)
		fprintf(to, "%" PRIu64 " bytes in", param->b);
	if (param->type == TRACE_MEMORY_INOUT)
		fputs(", ", to);
	if (param->type != TRACE_MEMORY_IN)
		fprintf(to, "%" PRIu64 " bytes out, room for %" PRIu64, step->out[i].b, param->b);
	fprintf(to, ", at %" PRIu64 " of memory %" PRIu64 "\n", param->a, param->c);
}

static void print_invoke(FILE *to, const struct trace_steps *trace, const struct trace_step *step)
{
	const enum trace_ta ta = trace_called_ta(trace, step);
	const struct trace_function *function = trace_function_of(ta, step->function);

	if (function)
		fprintf(to, "%s (%" PRIu32 ")", function->name, step->function);
	else
		fprintf(to, "command %" PRIu32, step->function);
	fprintf(to, " of %s, session %" PRIu32 ": %" PRIu64 " bytes in, %" PRIu64 " out",
		trace_ta_name(ta), step->session, trace_bytes_in(step), trace_bytes_out(step));
	print_answer(to, step);
	fputc('\n', to);
	for (unsigned int i = 0; i < TRACE_PARAMS; i++)
		print_param(to, step, i);
	fprintf(to, BELOW "the TA %s", function ? function->meaning : "does what only it knows");
}

/* What is asked for, or which file served it. */
static void print_subject(FILE *to, const struct trace_steps *trace,
	const struct trace_step *request, const struct trace_step *served)
{
	if (request->function == TRACE_LOAD_TA)
		fprintf(to, "%s, ", request->uuid);
	if (request->function == TRACE_SHM_ALLOC)
		fprintf(to, "memory %" PRIu64, request->out[0].c);
	else if (request->function == TRACE_SHM_FREE)
		fprintf(to, "memory %" PRIu64, request->in[0].b);
	else
		print_path(to, trace, request, served ? served->path : "");
	if (served && served->what == TRACE_RENAME) {
		fputs(" to ", to);
		print_path(to, trace, request, served->other ? served->other : "");
	}
}

static void print_request(FILE *to, const struct trace_steps *trace, const struct group *group)
{
	const struct trace_step *step = group->first;
	const struct trace_step *served = trace_served_by(trace, step);
	struct group moved = *group;

	print_subject(to, trace, step, served);
	if (group->bytes != 0) {
		moved.first = served ? served : step;
		fputs(": ", to);
		print_group_bytes(to, &moved);
	} else {
		if (group->count > 1)
			fprintf(to, ": %u times", group->count);
		fputs(group->is_synced ? ", synced" : "", to);
	}
	if (!step->is_done || step->answer != 0)
		print_answer(to, step);
}

static void print_group(FILE *to, const struct trace_steps *trace, const struct group *group)
{
	const struct trace_step *step = group->first;
	const enum trace_layer layer = trace_layer_of(trace, step);

	fprintf(to, "%-11s %s%-9s ", trace_layer_name(layer), layer == TRACE_SUPPLICANT ? "  " : "",
		step->what == TRACE_REQUEST ? trace_request_name(step->function)
					    : trace_step_name(step));
	if (layer != TRACE_SUPPLICANT)
		fputs("  ", to);
	switch (step->what) {
	case TRACE_VERSION:
		fputs(step->tee, to);
		break;
	case TRACE_MEMORY:
		fprintf(to, "%" PRIu64 " bytes, %s, number %" PRIu64, step->bytes,
			step->is_registered ? "its own, registered" : "allocated by Linux",
			step->memory);
		print_error(to, step);
		break;
	case TRACE_SESSION:
		print_session(to, step);
		break;
	case TRACE_INVOKE:
		print_invoke(to, trace, step);
		break;
	case TRACE_CANCEL:
	case TRACE_END:
		fprintf(to, "session %" PRIu32, step->session);
		print_error(to, step);
		break;
	case TRACE_REQUEST:
		print_request(to, trace, group);
		break;
	default:
		print_file(to, trace, group);
		break;
	}
	fputc('\n', to);
}

/* What serves a request is told with it, and what any program opens says nothing. */
static bool is_shown(const struct trace_steps *trace, const struct trace_step *step)
{
	if (step->what == TRACE_CLOSE || (step->is_supplicant && step->request != 0))
		return false;
	return trace_layer_of(trace, step) != TRACE_SYSTEM;
}

static const char *path_to_compare(const struct trace_steps *trace, const struct trace_step *step)
{
	const struct trace_step *of =
		step->what == TRACE_REQUEST ? trace_served_by(trace, step) : step;

	return of && of->path ? of->path : "";
}

static bool is_alike(
	const struct trace_steps *trace, const struct trace_step *a, const struct trace_step *b)
{
	if (a->what != b->what || a->is_supplicant != b->is_supplicant ||
		(a->what >= TRACE_VERSION && a->what != TRACE_REQUEST) ||
		(a->what == TRACE_REQUEST && a->function != b->function) ||
		(a->result < 0) != (b->result < 0) || a->is_to_write != b->is_to_write ||
		a->answer != b->answer || a->other || b->other || a->what == TRACE_TRUNCATE)
		return false;
	if (a->what == TRACE_REQUEST &&
		(a->function == TRACE_SHM_ALLOC || a->function == TRACE_SHM_FREE))
		return false;
	return strcmp(path_to_compare(trace, a), path_to_compare(trace, b)) == 0;
}

static void add_to_group(
	const struct trace_steps *trace, const struct trace_step *step, struct group *group)
{
	if (group->count == 0)
		group->first = step;
	group->count++;
	group->bytes += step->bytes;
	group->is_synced |=
		step->is_synced || (step->what == TRACE_REQUEST && trace_is_synced(trace, step));
}

static void print_steps(FILE *to, const struct trace_steps *trace)
{
	struct group group = {0};

	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_step *step = &trace->steps[i];

		if (!is_shown(trace, step))
			continue;
		if (group.count != 0 && !is_alike(trace, group.first, step)) {
			print_group(to, trace, &group);
			memset(&group, 0, sizeof(group));
		}
		add_to_group(trace, step, &group);
	}
	if (group.count != 0)
		print_group(to, trace, &group);
}

/* "VAULT_OPEN, FILE_PUT 16 times" */
static void print_functions(FILE *to, const struct trace_totals *totals, bool is_to_begin)
{
	const char *separator = "  ";

	for (unsigned int i = 0; i < totals->called_count; i++) {
		const struct trace_called *called = &totals->called[i];
		const struct trace_function *function = trace_called_function(called);

		if ((function && function->is_to_begin) != is_to_begin)
			continue;
		fprintf(to, "%s%s", separator, function ? function->name : "others");
		if (called->count > 1)
			fprintf(to, " %u times", called->count);
		separator = ", ";
	}
}

static void print_requests(FILE *to, const struct trace_totals *totals)
{
	const char *separator = ": ";

	for (unsigned int i = 0; i < TRACE_REQUESTS; i++) {
		if (totals->asked[i] == 0)
			continue;
		fprintf(to, "%s%s %u", separator, trace_request_name(i), totals->asked[i]);
		separator = ", ";
	}
}

static void print_syncs(FILE *to, const struct trace_totals *totals)
{
	const char *separator = ": ";

	fprintf(to, "syncs             %u", trace_all_syncs(totals));
	for (unsigned int i = 0; i < TRACE_LAYERS; i++) {
		if (totals->layers[i].syncs == 0)
			continue;
		fprintf(to, "%s%s %u", separator, trace_layer_name((enum trace_layer)i),
			totals->layers[i].syncs);
		separator = ", ";
	}
	fputc('\n', to);
}

static void print_totals(FILE *to, const struct trace_totals *totals, const struct trace_run *run)
{
	fprintf(to, "\nTEE calls         %u\n  to open         %u", totals->calls,
		totals->calls_to_begin);
	print_functions(to, totals, true);
	fprintf(to, "\n  to do it        %u", totals->calls - totals->calls_to_begin);
	print_functions(to, totals, false);
	fprintf(to, "\n  bytes           %" PRIu64 " in, %" PRIu64 " out\n", totals->bytes_in,
		totals->bytes_out);
	fprintf(to, "supplicant calls  %u", totals->requests);
	print_requests(to, totals);
	fprintf(to, "\n  to load a TA    %u\n", totals->requests_to_load);
	print_syncs(to, totals);
	fputs("bytes of files\n", to);
	for (unsigned int i = 0; i < TRACE_LAYERS; i++) {
		const struct trace_layer_totals *layer = &totals->layers[i];

		if (i != TRACE_SYSTEM && i != TRACE_LIBTEEC)
			fprintf(to, "  %-15s %" PRIu64 " read, %" PRIu64 " written\n",
				trace_layer_name((enum trace_layer)i), layer->read, layer->written);
	}
	fprintf(to, "exit status       %d\n", run->status);
}

void trace_print(FILE *to, const struct trace_steps *trace, const struct trace_run *run)
{
	struct trace_totals totals;
	const char *folder = NULL;
	const size_t len = trace_store_folder(trace, &folder);
	char *vault = len != 0 ? strndup(folder, len) : NULL;

	fputs("festore", to);
	for (char *const *word = run->words; *word; word++) {
		fputc(' ', to);
		print_shown(to, *word);
	}
	fputc('\n', to);
	if (vault)
		fputs("vault ", to);
	print_shown(to, vault ? vault : "");
	fputs(vault ? "\n\n" : "\n", to);
	free(vault);
	print_steps(to, trace);
	trace_sum(trace, &totals);
	print_totals(to, &totals, run);
	if (trace->damaged != 0)
		fprintf(to, "(%zu lines of strace's log could not be read)\n", trace->damaged);
	if (totals.is_undecoded)
		fputs("(some calls were not decoded by this strace; 6.13 decodes them)\n", to);
}
