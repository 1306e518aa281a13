/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of the sample TA. */
#ifndef SAMPLE_H
#define SAMPLE_H

/* 5f6d6f6e-6b65-4079-8173-616d706c6521 */
#define SAMPLE_UUID \
	{ \
		0x5f6d6f6e, 0x6b65, 0x4079, \
		{ \
			0x81, 0x73, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x21 \
		} \
	}

enum sample_command {
	SAMPLE_COUNT, /* 0 out: sessions opened, 41 + instances made since the TA was loaded */
	SAMPLE_ECHO,  /* 0 in -> 1 out */
	SAMPLE_WHO,   /* 0 out: login, first word of the UUID; 1 in and out: a + 1, last byte of the
			 UUID */
	SAMPLE_PANIC,
	SAMPLE_OPEN_SHARED_ID, /* 0: an object's name, used where it lies */
	SAMPLE_FETCH_TWICE,    /* 0: SECURITY if its first byte changed meanwhile */
	SAMPLE_STORE,          /* 0: contents of the object "sample", replaced */
	SAMPLE_MAY_WRITE,      /* 0: TEE_CheckMemoryAccessRights for writing */
};

#endif
