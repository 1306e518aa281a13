/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA of published vectors: its UUID and commands, for both sides. */
#ifndef VECTORS_TA_H
#define VECTORS_TA_H

#define VECTORS_TA_UUID \
	{ \
		0xcb408680, 0x8768, 0x4722, \
		{ \
			0x9a, 0xaf, 0x29, 0x99, 0x11, 0xb0, 0x2a, 0xb8 \
		} \
	}

/* No parameters. TEE_SUCCESS: what comes out is as printed; TEE_ERROR_GENERIC: it is not. */
enum vectors_command {
	VECTORS_HKDF = 0,   /* RFC 5869, A.1 to A.3 */
	VECTORS_X25519 = 1, /* RFC 7748, 6.1 */
	VECTORS_HPKE = 2,   /* RFC 9180, A.2.1 */
	VECTORS_NONE = 3,   /* HKDF's first one with a digit changed: the control */
};

#endif
