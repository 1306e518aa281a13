/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire between the benchmark's client and the bare TA: parameter 0 is the object's id (input),
 * parameter 1 its content (input or output), parameter 2 a number (output or input). What is not
 * used is NONE.
 */
#ifndef BARE_TA_H
#define BARE_TA_H

/* 0c2b6a5e-93f4-4d0e-8d3c-6f1f5e2a7b90 */
#define BARE_TA_UUID \
	{ \
		0x0c2b6a5e, 0x93f4, 0x4d0e, \
		{ \
			0x8d, 0x3c, 0x6f, 0x1f, 0x5e, 0x2a, 0x7b, 0x90 \
		} \
	}

/* The most that is written or read in one step, and all the memory that this takes. */
#define BARE_STEP 65536u

/* What the AEAD seals at a time: a chunk of the vault's contents. */
#define BARE_CHUNK 4096u

enum bare_command {
	BARE_EMPTY = 0,
	BARE_PIN = 1,       /* id: makes an empty object and keeps it open, and dirf.db with it */
	BARE_UNPIN = 2,     /* closes that object, if there is one, and dirf.db in any case */
	BARE_CREATE = 3,    /* id, content in */
	BARE_REPLACE = 4,   /* id, content in: as create, with TEE_DATA_FLAG_OVERWRITE */
	BARE_READ = 5,      /* id, content out */
	BARE_STAT = 6,      /* id; number: its size */
	BARE_DELETE = 7,    /* id */
	BARE_COUNT = 8,     /* number: how many objects the enumerator finds */
	BARE_CHACHA = 9,    /* numbers: seals (0) or opens (1) so many chunks, and nothing else */
	BARE_GCM = 10,      /* likewise */
	BARE_KEY_NEW = 11,  /* number: its kind; one transient key in place of the one before */
	BARE_KEY_SIGN = 12, /* a digest of 32 bytes */
	BARE_KEY_ENCRYPT = 13, /* number: bytes, at most BARE_CHUNK, of what is to be decrypted */
	BARE_KEY_DECRYPT = 14, /* number: likewise */
};

/* A key's kind is what it is for, as GP's objects are. */
enum bare_key {
	BARE_KEY_P256_SIGN = 0,
	BARE_KEY_RSA_SIGN = 1,
	BARE_KEY_P256_DECRYPT = 2,
	BARE_KEY_RSA_DECRYPT = 3,
	BARE_KEY_X25519_DECRYPT = 4,
};

#endif
