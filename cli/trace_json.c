/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace for programs: all steps as they came, then the sums. */
#include "trace_print.h"

#include "text.h"
#include "trace_names.h"
#include "trace_story.h"

#include <inttypes.h>

static void print_text(FILE *to, const char *name, const char *text)
{
	fprintf(to, ",\"%s\":", name);
	write_json_string(to, text);
}

static void print_number(FILE *to, const char *name, uint64_t number)
{
	fprintf(to, ",\"%s\":%" PRIu64, name, number);
}

static void print_bool(FILE *to, const char *name, bool is_so)
{
	fprintf(to, ",\"%s\":%s", name, is_so ? "true" : "false");
}

static void print_answer(FILE *to, const struct trace_step *step)
{
	print_number(to, "answer", step->answer);
	print_text(to, "origin", step->origin);
}

static void print_params(FILE *to, const struct trace_step *step)
{
	const char *separator = "";

	fputs(",\"parameters\":[", to);
	for (unsigned int i = 0; i < TRACE_PARAMS; i++) {
		const struct trace_param *param = &step->in[i];

		if (param->type < TRACE_MEMORY_IN)
			continue;
		fprintf(to,
			"%s{\"number\":%u,\"memory\":%" PRIu64 ",\"offset\":%" PRIu64
			",\"size\":%" PRIu64,
			separator, i, param->c, param->a, param->b);
		print_bool(to, "in", param->type != TRACE_MEMORY_OUT);
		if (param->type != TRACE_MEMORY_IN)
			print_number(to, "written", step->out[i].b);
		fputc('}', to);
		separator = ",";
	}
	fputc(']', to);
}

static void print_file(FILE *to, const struct trace_step *step)
{
	print_text(to, "path", step->path);
	if (step->other)
		print_text(to, "to", step->other);
	if (step->what == TRACE_OPEN)
		print_bool(to, "writes", step->is_to_write);
	if (step->what == TRACE_READ || step->what == TRACE_WRITE)
		print_number(to, "bytes", step->bytes);
	if (step->has_offset)
		print_number(to, "offset", step->offset);
	if (step->what == TRACE_WRITE)
		print_bool(to, "synced", step->is_synced);
}

static void print_invoke(FILE *to, const struct trace_steps *trace, const struct trace_step *step)
{
	const struct trace_function *function =
		trace_function_of(trace_called_ta(trace, step), step->function);

	print_number(to, "session", step->session);
	print_number(to, "function", step->function);
	print_text(to, "name", function ? function->name : "");
	print_number(to, "bytes_in", trace_bytes_in(step));
	print_number(to, "bytes_out", trace_bytes_out(step));
	print_params(to, step);
	print_answer(to, step);
}

static void print_request(FILE *to, const struct trace_steps *trace, const struct trace_step *step)
{
	const struct trace_step *served = trace_served_by(trace, step);

	print_text(to, "name", trace_request_name(step->function));
	if (step->function == TRACE_LOAD_TA)
		print_text(to, "uuid", step->uuid);
	print_text(to, "path", served ? served->path : "");
	print_number(to, "bytes", step->bytes);
	print_bool(to, "synced", trace_is_synced(trace, step));
	print_number(to, "answer", step->answer);
}

static void print_step(FILE *to, const struct trace_steps *trace, const struct trace_step *step)
{
	fputs("{\"layer\":", to);
	write_json_string(to, trace_layer_name(trace_layer_of(trace, step)));
	print_text(to, "step", trace_step_name(step));
	switch (step->what) {
	case TRACE_VERSION:
		print_text(to, "tee", step->tee);
		break;
	case TRACE_MEMORY:
		print_number(to, "memory", step->memory);
		print_number(to, "bytes", step->bytes);
		print_bool(to, "registered", step->is_registered);
		break;
	case TRACE_SESSION:
		print_text(to, "uuid", step->uuid);
		print_text(to, "login", step->login);
		print_number(to, "session", step->session);
		print_answer(to, step);
		break;
	case TRACE_INVOKE:
		print_invoke(to, trace, step);
		break;
	case TRACE_CANCEL:
	case TRACE_END:
		print_number(to, "session", step->session);
		break;
	case TRACE_REQUEST:
		print_request(to, trace, step);
		break;
	default:
		print_file(to, step);
		break;
	}
	if (step->request != 0)
		print_bool(to, "serves", true);
	if (step->result < 0)
		print_text(to, "error", step->error);
	fputs("}\n", to);
}

static void print_layers(FILE *to, const struct trace_totals *totals)
{
	for (unsigned int i = 0; i < TRACE_LAYERS; i++) {
		const struct trace_layer_totals *layer = &totals->layers[i];

		fprintf(to, ",\"%s\":{\"read\":%" PRIu64 ",\"written\":%" PRIu64 ",\"syncs\":%u}",
			trace_layer_name((enum trace_layer)i), layer->read, layer->written,
			layer->syncs);
	}
}

void trace_print_json(FILE *to, const struct trace_steps *trace, const struct trace_run *run)
{
	struct trace_totals totals;

	for (size_t i = 0; i < trace->count; i++)
		print_step(to, trace, &trace->steps[i]);
	trace_sum(trace, &totals);
	fputs("{\"command\":", to);
	write_json_string(to, run->words[0]);
	print_number(to, "sessions", totals.sessions);
	print_number(to, "tee_calls", totals.calls);
	print_number(to, "tee_calls_to_open", totals.calls_to_begin);
	print_number(to, "bytes_in", totals.bytes_in);
	print_number(to, "bytes_out", totals.bytes_out);
	print_number(to, "supplicant_calls", totals.requests);
	print_number(to, "supplicant_calls_to_load", totals.requests_to_load);
	print_number(to, "syncs", trace_all_syncs(&totals));
	print_layers(to, &totals);
	print_number(to, "damaged_lines", trace->damaged);
	print_bool(to, "decoded", !totals.is_undecoded);
	fprintf(to, ",\"status\":%d}\n", run->status);
}
