/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a log of strace tells: the steps of a festore command, of libteec and of tee-supplicant, one
 * after another. Contents are in no step, only names, sizes and places.
 */
#ifndef TRACE_STEPS_H
#define TRACE_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* tee-supplicant takes up to five; GlobalPlatform has four. */
#define TRACE_PARAMS 5

/* As linux/tee.h numbers them (TEE_IOCTL_PARAM_ATTR_TYPE_*). */
enum trace_param_type {
	TRACE_NONE = 0,
	TRACE_VALUE_IN = 1,
	TRACE_VALUE_OUT = 2,
	TRACE_VALUE_INOUT = 3,
	TRACE_MEMORY_IN = 5,
	TRACE_MEMORY_OUT = 6,
	TRACE_MEMORY_INOUT = 7,
};

/* A value's three numbers; of memory offset, size and id. */
struct trace_param {
	enum trace_param_type type;
	uint64_t a;
	uint64_t b;
	uint64_t c;
};

enum trace_what {
	/* Files. */
	TRACE_OPEN,
	TRACE_CLOSE,
	TRACE_READ,
	TRACE_WRITE,
	TRACE_SYNC,
	TRACE_TRUNCATE,
	TRACE_MAKE, /* a folder */
	TRACE_RENAME,
	TRACE_LINK,
	TRACE_REMOVE,
	/* Of libteec on /dev/tee0; of tee-supplicant on /dev/teepriv0. */
	TRACE_VERSION,
	TRACE_MEMORY,
	TRACE_SESSION,
	TRACE_INVOKE,
	TRACE_CANCEL,
	TRACE_END,     /* of a session */
	TRACE_REQUEST, /* what OP-TEE asked tee-supplicant for, and what it answered */
};

/* What OP-TEE asks tee-supplicant for (optee_rpc_cmd.h). */
enum trace_request {
	TRACE_FS_OPEN = 0, /* up to TRACE_FS_READDIR as OPTEE_RPC_FS_* */
	TRACE_FS_CREATE = 1,
	TRACE_FS_CLOSE = 2,
	TRACE_FS_READ = 3,
	TRACE_FS_WRITE = 4,
	TRACE_FS_TRUNCATE = 5,
	TRACE_FS_REMOVE = 6,
	TRACE_FS_RENAME = 7,
	TRACE_FS_OPENDIR = 8,
	TRACE_FS_CLOSEDIR = 9,
	TRACE_FS_READDIR = 10,
	TRACE_LOAD_TA,
	TRACE_SHM_ALLOC,
	TRACE_SHM_FREE,
	TRACE_RPMB,
	TRACE_OTHER_REQUEST,
	TRACE_REQUESTS,
};

struct trace_step {
	enum trace_what what;
	bool is_supplicant;
	bool is_done; /* it came to its end while the log was written */
	uint32_t thread;
	size_t request; /* of tee-supplicant: 1 and the step of the request that it serves, or 0 */
	int64_t result; /* the system call's, -1: failed */
	char error[16]; /* ENOENT, ..., or "" */

	/* Files. "" where strace has no name for it. */
	char *path;
	char *other; /* RENAME, LINK: the new name */
	int fd;
	bool is_to_write; /* OPEN; also of what it made */
	bool is_new;      /* OPEN: with O_CREAT */
	bool is_synced;   /* WRITE: through a descriptor with O_SYNC */
	bool has_offset;
	uint64_t offset;
	uint64_t bytes; /* moved by the call; of a request by all that served it */

	/* The TEE. */
	bool is_decoded;
	char uuid[40]; /* SESSION, and LOAD_TA's */
	char login[24];
	char tee[64]; /* VERSION: implementation and capabilities as linux/tee.h calls them */
	uint32_t session;
	uint32_t function; /* INVOKE: the TA's command; REQUEST: enum trace_request */
	uint32_t answer;   /* TEEC_Result */
	char origin[16];   /* API, COMMS, TEE, TRUSTED_APP */
	uint64_t memory;   /* MEMORY: its id; SESSION, REQUEST: none */
	bool is_registered;
	struct trace_param in[TRACE_PARAMS];
	struct trace_param out[TRACE_PARAMS];
};

/* A thread whose system call has begun, or which serves a request. */
struct trace_thread {
	uint32_t id;
	char *begun;
	size_t step;    /* 1 and the step that the call will complete, or 0 */
	size_t request; /* likewise, of the request */
};

#define TRACE_THREADS 32
#define TRACE_DESCRIPTORS 256

struct trace_steps {
	struct trace_step *steps;
	size_t count;
	size_t room;
	size_t damaged;   /* lines that are none of strace's, or cut */
	bool is_begun;    /* the command runs */
	bool is_full;     /* no memory for more */
	uint32_t command; /* its first thread */
	struct trace_thread threads[TRACE_THREADS];
	bool is_synced[2][TRACE_DESCRIPTORS]; /* descriptors with O_SYNC: the command's,
						 tee-supplicant's */
};

/* `command` is the process that runs the command; what comes before it does is left out. */
void trace_begin(struct trace_steps *ret_trace, uint32_t command);

/* A descriptor that tee-supplicant had open before, with its flags (fcntl.h). */
void trace_opened_before(struct trace_steps *trace, unsigned int fd, unsigned int flags);

/* Takes the next line of the log, which it changes. */
void trace_take(struct trace_steps *trace, char *line);

void trace_free(struct trace_steps *trace);

#endif
