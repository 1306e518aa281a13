/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-shake.so, for LD_PRELOAD: before each call of a TA that a program makes, the same
 * call is made FESTORE_SHAKE_TIMES times with something changed, at the device, past libteec: bytes
 * of what it sends, sizes, places, types, the command. Then memory is what it was, and the call is
 * made as it should be. What was answered is counted, in a line that FESTORE_SHAKE_LOG gets at the
 * end. FESTORE_SHAKE_SEED says which changes.
 */
#include <errno.h>
#include <linux/tee.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <tee_client_api.h>
#include <unistd.h>

enum { BLOCKS = 64, PARAMS = 4, SAVED_MAX = 1 << 21 };

/* Memory that the program shares with OP-TEE. */
static struct shared {
	uint64_t id;
	uint8_t *bytes;
	size_t len;
} blocks[BLOCKS];
static size_t block_count;

static struct {
	unsigned long calls;
	unsigned long by_kernel; /* refused by Linux */
	unsigned long by_tee;    /* by OP-TEE */
	unsigned long by_ta;     /* by the TA */
	unsigned long accepted;
	unsigned long dead; /* the TA had panicked */
} counts;

static uint32_t state;

/* xorshift32 (Marsaglia). */
static uint32_t below(uint32_t limit)
{
	if (state == 0) {
		const char *seed = getenv("FESTORE_SHAKE_SEED");

		state = (uint32_t)(seed ? strtoul(seed, NULL, 10) : 0) * 2654435761u | 1u;
	}
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

static void tell(void)
{
	const char *path = getenv("FESTORE_SHAKE_LOG");
	FILE *log = path ? fopen(path, "a") : NULL;

	if (!log)
		return;
	fprintf(log, "%lu %lu %lu %lu %lu %lu\n", counts.calls, counts.by_kernel, counts.by_tee,
		counts.by_ta, counts.accepted, counts.dead);
	fclose(log);
}

static __attribute__((destructor)) void end(void)
{
	tell();
}

/* --- calls ------------------------------------------------------------------------------------ */

struct call {
	struct tee_ioctl_invoke_arg arg;
	struct tee_ioctl_param params[PARAMS];
};

static bool is_memory(const struct tee_ioctl_param *param)
{
	return (param->attr & TEE_IOCTL_PARAM_ATTR_TYPE_MASK) >=
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT;
}

static struct shared *block_of(const struct tee_ioctl_param *param)
{
	for (size_t i = 0; i < block_count; i++) {
		if (blocks[i].id == (uint64_t)param->c && param->a <= blocks[i].len &&
			param->b <= blocks[i].len - param->a)
			return &blocks[i];
	}
	return NULL;
}

/* A number where numbers have limits. */
static uint64_t edge(uint64_t number)
{
	static const uint64_t edges[] = {
		0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffffffffffff};

	switch (below(5)) {
	case 0:
		return number + 1;
	case 1:
		return number - 1;
	case 2:
		return number / 2;
	case 3:
		return below(70000);
	default:
		return edges[below(sizeof(edges) / sizeof(edges[0]))];
	}
}

/* A few bytes of what is sent, most often at its beginning, where the fields are. */
static void change_bytes(const struct tee_ioctl_param *param)
{
	const struct shared *block = block_of(param);
	uint8_t *bytes = NULL;
	uint32_t len = 0;

	if (!block || param->b == 0)
		return;
	bytes = block->bytes + param->a;
	len = (uint32_t)param->b;
	if (len > 96 && below(3) != 0)
		len = 96;
	for (uint32_t i = 1 + below(3); i > 0; i--) {
		static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
		uint8_t *byte = bytes + below(len);

		*byte = below(2) == 0 ? (uint8_t)(*byte ^ 1u << below(8)) : values[below(5)];
	}
}

static void change_param(struct call *call, struct tee_ioctl_param *param)
{
	switch (below(6)) {
	case 0:
		param->b = edge(param->b);
		break;
	case 1:
		param->a = edge(param->a);
		break;
	case 2:
		param->attr = below(9);
		break;
	case 3:
		if (block_count != 0)
			param->c = blocks[below((uint32_t)block_count)].id;
		break;
	case 4:
		*param = call->params[below(call->arg.num_params)];
		break;
	default:
		call->arg.func = below(4) == 0 ? (uint32_t)edge(call->arg.func) : below(40);
		break;
	}
}

/* Bytes change where the call as it should be has them: what others name may be free by now. */
static void change(struct call *call, const struct call *whole)
{
	const uint32_t i = below(call->arg.num_params);

	if (is_memory(&whole->params[i]) && below(4) != 0)
		change_bytes(&whole->params[i]);
	else
		change_param(call, &call->params[i]);
	if (below(3) == 0)
		change(call, whole);
}

static void make(int device, struct call *call)
{
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)call,
		.buf_len = sizeof(call->arg) + call->arg.num_params * sizeof(call->params[0]),
	};

	counts.calls++;
	if (syscall(SYS_ioctl, device, TEE_IOC_INVOKE, &data) != 0)
		counts.by_kernel++;
	else if (call->arg.ret == TEEC_SUCCESS)
		counts.accepted++;
	else if (call->arg.ret == TEEC_ERROR_TARGET_DEAD)
		counts.dead++;
	else if (call->arg.ret_origin == TEEC_ORIGIN_TRUSTED_APP)
		counts.by_ta++;
	else
		counts.by_tee++;
}

/* All memory of a call, which is put back behind each changed one. */
static bool keep(const struct call *call, uint8_t *saved, bool is_back)
{
	size_t done = 0;

	for (uint32_t i = 0; i < call->arg.num_params; i++) {
		const struct tee_ioctl_param *param = &call->params[i];
		const struct shared *block = is_memory(param) ? block_of(param) : NULL;
		size_t len = 0;

		if (!block)
			continue;
		if (param->b > SAVED_MAX - done)
			return false;
		len = (size_t)param->b;
		if (is_back)
			memcpy(block->bytes + param->a, saved + done, len);
		else
			memcpy(saved + done, block->bytes + param->a, len);
		done += len;
	}
	return true;
}

static void shake(int device, const struct tee_ioctl_buf_data *data)
{
	static uint8_t saved[SAVED_MAX];
	const char *times = getenv("FESTORE_SHAKE_TIMES");
	struct call whole = {0};

	if (data->buf_len > sizeof(whole))
		return;
	memcpy(&whole, (const void *)(uintptr_t)data->buf_ptr, (size_t)data->buf_len);
	if (whole.arg.num_params == 0 || whole.arg.num_params > PARAMS ||
		!keep(&whole, saved, false))
		return;
	for (unsigned long i = times ? strtoul(times, NULL, 10) : 64; i > 0; i--) {
		struct call changed = whole;

		change(&changed, &whole);
		make(device, &changed);
		keep(&whole, saved, true);
	}
}

/* --- what a program calls --------------------------------------------------------------------- */

static void note_block(const struct tee_ioctl_shm_register_data *data)
{
	struct shared block = {
		.id = (uint64_t)data->id,
		.bytes = (uint8_t *)(uintptr_t)data->addr,
		.len = (size_t)data->length,
	};
	size_t at = 0;

	/* Numbers are used again. */
	while (at < block_count && blocks[at].id != block.id)
		at++;
	if (at == BLOCKS)
		return;
	blocks[at] = block;
	if (at == block_count)
		block_count++;
}

int ioctl(int device, unsigned long request, ...)
{
	va_list args;
	void *arg = NULL;
	long result = 0;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == TEE_IOC_INVOKE)
		shake(device, arg);
	result = syscall(SYS_ioctl, device, request, arg);
	if (request == TEE_IOC_SHM_REGISTER && result >= 0)
		note_block(arg);
	return (int)result;
}
