/* SPDX-License-Identifier: BSD-2-Clause */
/* HKDF (RFC 5869) with SHA-256. Private memory only. */
#ifndef HKDF_H
#define HKDF_H

#include <tee_internal_api.h>

/* Bytes of the longest info, and of the longest output. */
#define HKDF_INFO_MAX 1024u
#define HKDF_MAX 512u

struct hkdf {
	const uint8_t *secret; /* the input keying material */
	size_t secret_len;
	const uint8_t *salt; /* of any length; of none it is one of zeros */
	size_t salt_len;
	const uint8_t *info; /* HKDF_INFO_MAX at most */
	size_t info_len;
};

/* Makes `len` bytes, at most HKDF_MAX. TEE_ERROR_OUT_OF_MEMORY. */
TEE_Result hkdf(const struct hkdf *hkdf, uint8_t *ret_bytes, size_t len);

#endif
