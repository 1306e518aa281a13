/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what strace makes of the structs of linux/tee.h: {name=value, ...}, and behind => what the
 * kernel has changed in them. */
#include "trace_tee.h"

#include "trace_line.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum trace_what what;
} ioctls[] = {
	[TRACE_IOC_VERSION] = {"TEE_IOC_VERSION", TRACE_VERSION},
	[TRACE_IOC_SHM_ALLOC] = {"TEE_IOC_SHM_ALLOC", TRACE_MEMORY},
	[TRACE_IOC_SHM_REGISTER] = {"TEE_IOC_SHM_REGISTER", TRACE_MEMORY},
	[TRACE_IOC_OPEN_SESSION] = {"TEE_IOC_OPEN_SESSION", TRACE_SESSION},
	[TRACE_IOC_INVOKE] = {"TEE_IOC_INVOKE", TRACE_INVOKE},
	[TRACE_IOC_CANCEL] = {"TEE_IOC_CANCEL", TRACE_CANCEL},
	[TRACE_IOC_CLOSE_SESSION] = {"TEE_IOC_CLOSE_SESSION", TRACE_END},
	[TRACE_IOC_SUPPL_RECV] = {"TEE_IOC_SUPPL_RECV", TRACE_REQUEST},
	[TRACE_IOC_SUPPL_SEND] = {"TEE_IOC_SUPPL_SEND", TRACE_REQUEST},
};

#define IOCTLS (sizeof(ioctls) / sizeof(ioctls[0]))

enum trace_ioctl trace_ioctl_of(const char *arguments)
{
	for (unsigned int i = TRACE_IOC_VERSION; i < IOCTLS; i++) {
		if (trace_argument_has(arguments, 1, ioctls[i].name))
			return (enum trace_ioctl)i;
	}
	return TRACE_IOC_NONE;
}

/* Behind the first "NAME=" that begins a field, or NULL. */
static const char *field(const char *text, const char *name)
{
	const size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, name)); at += len) {
		if (at[len] == '=' && at != text && strchr("{[ ", at[-1]))
			return at + len + 1;
	}
	return NULL;
}

static bool number_field(const char *text, const char *name, uint64_t *ret_number)
{
	const char *value = field(text, name);
	char *end = NULL;
	uint64_t number = 0;

	if (!value)
		return false;
	number = strtoull(value, &end, 0);
	if (end == value)
		return false;
	*ret_number = number;
	return true;
}

static uint32_t number_or_0(const char *text, const char *name)
{
	uint64_t number = 0;

	number_field(text, name, &number);
	return (uint32_t)number;
}

/* A word without what it begins with; a number stays one. */
static bool word_field(
	const char *text, const char *name, const char *prefix, char *to, size_t room)
{
	const char *value = field(text, name);
	size_t len = 0;

	if (!value)
		return false;
	if (strncmp(value, prefix, strlen(prefix)) == 0)
		value += strlen(prefix);
	while (isalnum((unsigned char)value[len]) || value[len] == '_' || value[len] == '-')
		len++;
	snprintf(to, room, "%.*s", (int)len, value);
	return len != 0;
}

static enum trace_param_type type_of(const char *text)
{
	static const char *const names[] = {
		[TRACE_NONE] = "NONE",
		[TRACE_VALUE_IN] = "VALUE_INPUT",
		[TRACE_VALUE_OUT] = "VALUE_OUTPUT",
		[TRACE_VALUE_INOUT] = "VALUE_INOUT",
		[TRACE_MEMORY_IN] = "MEMREF_INPUT",
		[TRACE_MEMORY_OUT] = "MEMREF_OUTPUT",
		[TRACE_MEMORY_INOUT] = "MEMREF_INOUT",
	};
	char word[32];

	if (!word_field(text, "attr", "TEE_IOCTL_PARAM_ATTR_TYPE_", word, sizeof(word)))
		return TRACE_NONE;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] && strcmp(word, names[i]) == 0)
			return (enum trace_param_type)i;
	}
	return TRACE_NONE;
}

static void read_param(const char *text, struct trace_param *param)
{
	param->type = type_of(text);
	if (param->type >= TRACE_MEMORY_IN) {
		number_field(text, "shm_offs", &param->a);
		number_field(text, "size", &param->b);
		number_field(text, "shm_id", &param->c);
	} else {
		number_field(text, "a", &param->a);
		number_field(text, "b", &param->b);
		number_field(text, "c", &param->c);
	}
}

/* Linux' own, which number a request, are left out. */
static void read_params(const char *text, struct trace_param params[TRACE_PARAMS])
{
	const char *at = field(text, "params");
	unsigned int count = 0;

	memset(params, 0, TRACE_PARAMS * sizeof(*params));
	if (!at || *at != '[')
		return;
	at++;
	while (count < TRACE_PARAMS && *at == '{') {
		const size_t len = strcspn(at, "}");
		char one[256];

		snprintf(one, sizeof(one), "%.*s", (int)(len < sizeof(one) ? len : sizeof(one) - 1),
			at);
		if (!strstr(one, "TEE_IOCTL_PARAM_ATTR_META"))
			read_param(one, &params[count++]);
		at += len;
		at += *at == '}' ? strspn(at + 1, ", ") + 1 : 0;
	}
}

/* "TEE_GEN_CAP_GP|TEE_GEN_CAP_REG_MEM" without the prefixes, behind the implementation. */
static void read_version(const char *text, struct trace_step *step)
{
	static const char prefix[] = "TEE_GEN_CAP_";
	const char *caps = field(text, "gen_caps");
	size_t at = 0;

	step->is_decoded = word_field(text, "impl_id", "TEE_IMPL_ID_", step->tee, 16) && caps;
	if (!step->is_decoded)
		return;
	at = strlen(step->tee);
	for (const char *separator = " "; at + 2 < sizeof(step->tee); separator = "|") {
		size_t len = 0;

		if (strncmp(caps, prefix, strlen(prefix)) == 0)
			caps += strlen(prefix);
		len = strspn(caps, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789x");
		snprintf(step->tee + at, sizeof(step->tee) - at, "%s%.*s", separator, (int)len,
			caps);
		at = strlen(step->tee);
		caps += len;
		if (*caps++ != '|')
			break;
	}
}

static void read_memory(
	const char *in, const char *out, bool is_registered, struct trace_step *step)
{
	const char *size = is_registered ? "length" : "size";

	step->is_registered = is_registered;
	step->is_decoded = number_field(in, size, &step->bytes);
	number_field(out, size, &step->bytes);
	number_field(out, "id", &step->memory);
}

static void read_answer(const char *out, struct trace_step *step)
{
	step->answer = number_or_0(out, "ret");
	word_field(out, "ret_origin", "TEEC_ORIGIN_", step->origin, sizeof(step->origin));
	read_params(out, step->out);
}

static void read_session(const char *in, const char *out, struct trace_step *step)
{
	step->is_decoded = word_field(in, "uuid", "", step->uuid, sizeof(step->uuid)) &&
		word_field(in, "clnt_login", "TEE_IOCTL_LOGIN_", step->login, sizeof(step->login));
	step->session = number_or_0(out, "session");
	read_params(in, step->in);
	read_answer(out, step);
}

static void read_invoke(const char *in, const char *out, struct trace_step *step)
{
	uint64_t function = 0;

	step->is_decoded = number_field(in, "func", &function);
	step->function = (uint32_t)function;
	step->session = number_or_0(in, "session");
	read_params(in, step->in);
	read_answer(out, step);
}

/* The octets of a UUID lie in the numbers as they lie in memory, which is little-endian. */
static void read_uuid(const struct trace_param *param, char to[40])
{
	size_t at = 0;

	for (unsigned int i = 0; i < 16; i++) {
		const uint64_t half = i < 8 ? param->a : param->b;
		const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";

		at += (size_t)snprintf(
			to + at, 40 - at, "%s%02" PRIx64, dash, (half >> (8 * (i % 8))) & 0xff);
	}
}

static void read_request(const char *out, struct trace_step *step)
{
	step->is_decoded = field(out, "num_params") != NULL;
	read_params(out, step->in);
	step->function = (uint32_t)trace_request_of(step->in);
	if (step->function == TRACE_LOAD_TA)
		read_uuid(&step->in[0], step->uuid);
}

void trace_ioctl_read(enum trace_ioctl ioctl, const char *arguments, struct trace_step *step)
{
	size_t len = 0;
	const char *argument = trace_argument(arguments, 2, &len);
	char *in = argument ? strndup(argument, len) : NULL;
	char *out = in ? strstr(in, "=>") : NULL;

	step->what = ioctls[ioctl].what;
	if (!in)
		return;
	if (out)
		*out = '\0';
	out = out ? out + 1 : in + strlen(in);
	switch (ioctl) {
	case TRACE_IOC_VERSION:
		read_version(in, step);
		break;
	case TRACE_IOC_SHM_ALLOC:
	case TRACE_IOC_SHM_REGISTER:
		read_memory(in, out, ioctl == TRACE_IOC_SHM_REGISTER, step);
		break;
	case TRACE_IOC_OPEN_SESSION:
		read_session(in, out, step);
		break;
	case TRACE_IOC_INVOKE:
		read_invoke(in, out, step);
		break;
	case TRACE_IOC_SUPPL_RECV:
		read_request(out, step);
		break;
	case TRACE_IOC_SUPPL_SEND:
		step->answer = number_or_0(out, "ret");
		read_params(out, step->out);
		break;
	default:
		step->is_decoded = field(in, "session") != NULL;
		step->session = number_or_0(in, "session");
		break;
	}
	free(in);
}

/* The types of parameters that a request has, none behind them. */
static bool has_types(const struct trace_param params[TRACE_PARAMS], enum trace_param_type first,
	enum trace_param_type second, enum trace_param_type third)
{
	return params[0].type == first && params[1].type == second && params[2].type == third &&
		params[3].type == TRACE_NONE && params[4].type == TRACE_NONE;
}

enum trace_request trace_request_of(const struct trace_param params[TRACE_PARAMS])
{
	/* Of a file's the first number says what is to be done. */
	static const struct {
		enum trace_param_type second;
		enum trace_param_type third;
	} of_files[] = {
		[TRACE_FS_OPEN] = {TRACE_MEMORY_IN, TRACE_VALUE_OUT},
		[TRACE_FS_CREATE] = {TRACE_MEMORY_IN, TRACE_VALUE_OUT},
		[TRACE_FS_CLOSE] = {TRACE_NONE, TRACE_NONE},
		[TRACE_FS_READ] = {TRACE_MEMORY_OUT, TRACE_NONE},
		[TRACE_FS_WRITE] = {TRACE_MEMORY_IN, TRACE_NONE},
		[TRACE_FS_TRUNCATE] = {TRACE_NONE, TRACE_NONE},
		[TRACE_FS_REMOVE] = {TRACE_MEMORY_IN, TRACE_NONE},
		[TRACE_FS_RENAME] = {TRACE_MEMORY_IN, TRACE_MEMORY_IN},
		[TRACE_FS_OPENDIR] = {TRACE_MEMORY_IN, TRACE_VALUE_OUT},
		[TRACE_FS_CLOSEDIR] = {TRACE_NONE, TRACE_NONE},
		[TRACE_FS_READDIR] = {TRACE_MEMORY_OUT, TRACE_NONE},
	};
	const uint64_t file = params[0].a;

	if (file <= TRACE_FS_READDIR &&
		has_types(params, TRACE_VALUE_IN, of_files[file].second, of_files[file].third))
		return (enum trace_request)file;
	if (has_types(params, TRACE_VALUE_IN, TRACE_MEMORY_OUT, TRACE_NONE))
		return TRACE_LOAD_TA;
	if (has_types(params, TRACE_VALUE_INOUT, TRACE_NONE, TRACE_NONE))
		return TRACE_SHM_FREE;
	if (has_types(params, TRACE_MEMORY_IN, TRACE_MEMORY_OUT, TRACE_NONE))
		return TRACE_RPMB;
	return TRACE_OTHER_REQUEST;
}
