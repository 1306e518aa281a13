/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts the emulated chip under tee-supplicant, which this is loaded into (LD_PRELOAD). Debian's
 * tee-supplicant has an RPMB of its own, in memory, that forgets key and counter when it ends; the
 * requests that OP-TEE has for an RPMB are taken here out of the ones that it fetches, and
 * answered. The chip's file is in EMMC_CHIP.
 */
#include "frames.h"

#include <linux/tee.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* OP-TEE's remote calls about an RPMB (optee_msg_supplicant.h): their number and what is inside. */
#define CALL_RPMB 1u
enum { ASK_FRAMES = 0, ASK_DEVICE = 1 };

#define TEE_OK 0u
#define TEE_BAD_PARAMETERS 0xffff0006u
#define TEE_GENERIC 0xffff0000u

struct request {
	uint16_t what;
	uint16_t device;
	uint16_t count; /* frames that a read is to give; of others OP-TEE leaves it unset */
};

struct device {
	uint8_t cid[16];
	uint8_t size;      /* in 128 KiB */
	uint8_t write_max; /* in sectors of 512 bytes */
	uint8_t result;
};

/* Memory that tee-supplicant has registered for OP-TEE's use, by its number. */
#define MEMORIES 1024
struct memory {
	uint8_t *bytes;
	size_t len;
};

static struct memory memories[MEMORIES];
static struct chip chip;
static bool has_chip;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("EMMC_CHIP");

	has_chip = path && chip_open(&chip, path);
	if (!has_chip)
		fprintf(stderr, "emmc: the chip %s cannot be used\n", path ? path : "(not named)");
}

static int call(int fd, unsigned long what, void *arg)
{
	return (int)syscall(SYS_ioctl, fd, what, arg);
}

static void note_memory(const struct tee_ioctl_shm_register_data *data, int id)
{
	if (id < 0 || id >= MEMORIES)
		return;
	memories[id].bytes = (uint8_t *)(uintptr_t)data->addr;
	memories[id].len = (size_t)data->length;
}

/* The bytes of a parameter; NULL: it has none, or not within memory that is known. */
static uint8_t *bytes_of(const struct tee_ioctl_param *param)
{
	const struct memory *memory = &memories[param->c < MEMORIES ? param->c : 0];

	if (param->c >= MEMORIES || !memory->bytes || param->a > memory->len ||
		param->b > memory->len - param->a)
		return NULL;
	return memory->bytes + param->a;
}

static uint32_t describe_device(struct tee_ioctl_param *to)
{
	static const struct device device = {
		.cid = "festore's eMMC",
		.size = CHIP_BLOCKS * CHIP_BLOCK / 131072,
		.write_max = CHIP_WRITE_MAX / 2,
	};
	uint8_t *bytes = bytes_of(to);

	if (!bytes || to->b < sizeof(device))
		return TEE_BAD_PARAMETERS;
	memcpy(bytes, &device, sizeof(device));
	to->b = sizeof(device);
	return TEE_OK;
}

static uint32_t serve_frames(const struct request *request, const uint8_t *frames, size_t len,
	struct tee_ioctl_param *to)
{
	/* Not where OP-TEE has them: a frame is only bytes, and may lie anywhere. */
	static struct rpmb_frame in[CHIP_WRITE_MAX];
	static struct rpmb_frame out[CHIP_BLOCKS];
	const size_t in_count = len / sizeof(*in);
	size_t out_count = 1;
	uint8_t *bytes = bytes_of(to);

	if (!bytes || in_count == 0 || in_count > CHIP_WRITE_MAX)
		return TEE_BAD_PARAMETERS;
	memcpy(in, frames, in_count * sizeof(*in));
	if (in[0].type[1] == RPMB_READ)
		out_count = request->count;
	if (out_count > CHIP_BLOCKS || to->b < out_count * sizeof(*out))
		return TEE_BAD_PARAMETERS;
	if (!has_chip || !rpmb_serve(&chip, in, in_count, out, out_count))
		return TEE_GENERIC;
	memcpy(bytes, out, out_count * sizeof(*out));
	to->b = out_count * sizeof(*out);
	return TEE_OK;
}

static uint32_t serve(const struct tee_ioctl_param *from, struct tee_ioctl_param *to)
{
	const uint8_t *bytes = bytes_of(from);
	struct request request;

	if (!bytes || from->b < sizeof(request))
		return TEE_BAD_PARAMETERS;
	memcpy(&request, bytes, sizeof(request));
	if (request.what == ASK_DEVICE)
		return describe_device(to);
	if (request.what != ASK_FRAMES)
		return TEE_BAD_PARAMETERS;
	return serve_frames(
		&request, bytes + sizeof(request), (size_t)from->b - sizeof(request), to);
}

/* A request and an answer look the same: a first word, the number of parameters, these. */
struct message {
	uint32_t first; /* which call, or what became of it */
	uint32_t count;
	struct tee_ioctl_param params[4];
};

/* Answers a request about the RPMB; false if it is none. Before its parameters may be a number. */
static bool answered(int fd, const struct tee_ioctl_buf_data *buffer)
{
	const struct message *asked = (const struct message *)(uintptr_t)buffer->buf_ptr;
	struct message answer = {.count = 2};
	struct tee_ioctl_buf_data send = {.buf_ptr = (uintptr_t)&answer};
	struct tee_ioctl_param *params = answer.params;

	if (asked->first != CALL_RPMB)
		return false;
	if (asked->count > 0 && (asked->params[0].attr & TEE_IOCTL_PARAM_ATTR_META) != 0) {
		answer.count++;
		params++;
	}
	memcpy(answer.params, asked->params, answer.count * sizeof(*params));
	pthread_mutex_lock(&lock);
	answer.first = serve(&params[0], &params[1]);
	pthread_mutex_unlock(&lock);
	send.buf_len = 8 + answer.count * sizeof(*params);
	call(fd, TEE_IOC_SUPPL_SEND, &send);
	return true;
}

static int receive(int fd, struct tee_ioctl_buf_data *buffer)
{
	struct message *asked = (struct message *)(uintptr_t)buffer->buf_ptr;
	const struct message empty = *asked;
	int result = call(fd, TEE_IOC_SUPPL_RECV, buffer);

	while (result == 0 && answered(fd, buffer)) {
		*asked = empty;
		result = call(fd, TEE_IOC_SUPPL_RECV, buffer);
	}
	return result;
}

int ioctl(int fd, unsigned long what, ...)
{
	va_list list;
	void *arg;
	int result;

	va_start(list, what);
	arg = va_arg(list, void *);
	va_end(list);
	if (what == TEE_IOC_SUPPL_RECV)
		return receive(fd, arg);
	result = call(fd, what, arg);
	if (what == TEE_IOC_SHM_REGISTER && result >= 0) {
		const struct tee_ioctl_shm_register_data *data = arg;

		pthread_mutex_lock(&lock);
		note_memory(data, (int)data->id);
		pthread_mutex_unlock(&lock);
	}
	return result;
}
