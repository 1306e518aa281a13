/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls of linux/tee.h; the arguments have a flexible tail of parameters. */
#include "device.h"

#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <festore_ta.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The TA's UUID in RFC 4122 octets, as the kernel wants it. */
static void write_uuid(uint8_t to[TEE_IOCTL_UUID_LEN])
{
	const TEEC_UUID uuid = FESTORE_OBJECTS_UUID;
	const uint32_t low = htobe32(uuid.timeLow);
	const uint16_t mid = htobe16(uuid.timeMid);
	const uint16_t high = htobe16(uuid.timeHiAndVersion);

	memcpy(to, &low, sizeof(low));
	memcpy(to + 4, &mid, sizeof(mid));
	memcpy(to + 6, &high, sizeof(high));
	memcpy(to + 8, uuid.clockSeqAndNode, sizeof(uuid.clockSeqAndNode));
}

int device_open(void)
{
	int device = open("/dev/tee0", O_RDWR | O_CLOEXEC);

	if (device < 0)
		err(EXIT_FAILURE, "/dev/tee0");
	return device;
}

struct block device_share(int device, size_t len)
{
	struct tee_ioctl_shm_alloc_data data = {.size = len};
	struct block block = {.len = len};
	int memory = ioctl(device, TEE_IOC_SHM_ALLOC, &data);

	if (memory < 0)
		err(EXIT_FAILURE, "TEE_IOC_SHM_ALLOC");
	block.id = (uint64_t)data.id;
	block.bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (block.bytes == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	/* The mapping keeps it. */
	close(memory);
	return block;
}

void device_unshare(struct block *block)
{
	munmap(block->bytes, block->len);
}

struct answer session_open(
	int device, uint32_t login, const uint8_t client[16], uint32_t *ret_session)
{
	struct tee_ioctl_open_session_arg arg = {.clnt_login = login};
	struct tee_ioctl_buf_data data = {.buf_ptr = (uintptr_t)&arg, .buf_len = sizeof(arg)};
	struct answer answer = {0};

	write_uuid(arg.uuid);
	if (client)
		memcpy(arg.clnt_uuid, client, sizeof(arg.clnt_uuid));
	if (ioctl(device, TEE_IOC_OPEN_SESSION, &data) != 0)
		answer.refusal = errno;
	answer.code = arg.ret;
	answer.origin = arg.ret_origin;
	*ret_session = arg.session;
	return answer;
}

uint32_t session_must_open(int device)
{
	uint32_t session = 0;
	struct answer answer = session_open(device, TEE_IOCTL_LOGIN_USER, NULL, &session);

	if (answer.refusal != 0 || answer.code != TEEC_SUCCESS)
		errx(EXIT_FAILURE, "no session: errno %d, 0x%08x, origin %u", answer.refusal,
			answer.code, answer.origin);
	return session;
}

int session_close(int device, uint32_t session)
{
	struct tee_ioctl_close_session_arg arg = {.session = session};

	return ioctl(device, TEE_IOC_CLOSE_SESSION, &arg) == 0 ? 0 : errno;
}

struct answer session_invoke(int device, uint32_t session, uint32_t command, unsigned int count,
	struct tee_ioctl_param params[PARAMS_MAX])
{
	/* The parameters follow the struct, which its size keeps aligned. */
	union {
		struct tee_ioctl_invoke_arg arg;
		uint8_t bytes[sizeof(struct tee_ioctl_invoke_arg) +
			PARAMS_MAX * sizeof(struct tee_ioctl_param)];
	} call = {.arg = {.func = command, .session = session, .num_params = count}};
	const size_t params_len = count * sizeof(params[0]);
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&call,
		.buf_len = sizeof(call.arg) + params_len,
	};
	struct answer answer = {0};

	memcpy(call.bytes + sizeof(call.arg), params, params_len);
	if (ioctl(device, TEE_IOC_INVOKE, &data) != 0)
		answer.refusal = errno;
	memcpy(params, call.bytes + sizeof(call.arg), params_len);
	answer.code = call.arg.ret;
	answer.origin = call.arg.ret_origin;
	return answer;
}

bool answered(const struct answer *answer, uint32_t code)
{
	return answer->refusal == 0 && answer->origin == TEEC_ORIGIN_TRUSTED_APP &&
		answer->code == code;
}

bool answer_is_documented(const struct answer *answer)
{
	static const uint32_t codes[] = {
		TEEC_SUCCESS,
		TEEC_ERROR_BAD_PARAMETERS,
		TEEC_ERROR_NOT_SUPPORTED,
		TEEC_ERROR_ACCESS_DENIED,
		TEEC_ERROR_ITEM_NOT_FOUND,
		TEEC_ERROR_ACCESS_CONFLICT,
		TEST_CORRUPT_OBJECT,
		TEEC_ERROR_EXCESS_DATA,
		TEEC_ERROR_SHORT_BUFFER,
		TEEC_ERROR_BAD_STATE,
		TEEC_ERROR_BUSY,
		TEEC_ERROR_STORAGE_NO_SPACE,
		TEEC_ERROR_OUT_OF_MEMORY,
		TEEC_ERROR_STORAGE_NOT_AVAILABLE,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (answered(answer, codes[i]))
			return true;
	}
	return false;
}
