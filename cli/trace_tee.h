/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls of linux/tee.h in strace's words. */
#ifndef TRACE_TEE_H
#define TRACE_TEE_H

#include "trace_steps.h"

enum trace_ioctl {
	TRACE_IOC_NONE, /* none of the TEE's, or one that is not known */
	TRACE_IOC_VERSION,
	TRACE_IOC_SHM_ALLOC,
	TRACE_IOC_SHM_REGISTER,
	TRACE_IOC_OPEN_SESSION,
	TRACE_IOC_INVOKE,
	TRACE_IOC_CANCEL,
	TRACE_IOC_CLOSE_SESSION,
	TRACE_IOC_SUPPL_RECV,
	TRACE_IOC_SUPPL_SEND,
};

/* Which one it is, of the arguments of ioctl(). */
enum trace_ioctl trace_ioctl_of(const char *arguments);

/*
 * Fills what the arguments tell, which may end early: of SUPPL_RECV `in` and `function`, of
 * SUPPL_SEND `out` and `answer`, of others all.
 */
void trace_ioctl_read(enum trace_ioctl ioctl, const char *arguments, struct trace_step *step);

/*
 * What tee-supplicant is asked for. strace does not print the request's number, but as Linux and
 * OP-TEE have them no two have the same parameters; of SHM_FREE and SHM_ALLOC the latter makes
 * memory. This says SHM_FREE of both.
 */
enum trace_request trace_request_of(const struct trace_param params[TRACE_PARAMS]);

#endif
