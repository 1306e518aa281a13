/* SPDX-License-Identifier: BSD-2-Clause */
/* What an encryptor is, for the files that make one format each (docs/SPEC.md, "Envelopes"). */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include "recipient.h"

/* Bytes of the longest piece, and what is put behind it while it is sealed. */
#define ENVELOPE_PIECE_MAX 65536u
#define ENVELOPE_TAG_LEN 16u

struct festore_encryptor;

/* A format. Failures are noted with envelope_fail(), or come from envelope_put(). */
struct envelope_format {
	/* Makes the content's key and writes what stands before the content; sets piece_len. */
	enum festore_error (*begin)(struct festore_encryptor *encryptor);

	/*
	 * Writes `len` bytes of encryptor->piece, sealed; they are overwritten. Pieces have
	 * piece_len bytes; only the last one may have less, and none if it is the only one.
	 */
	enum festore_error (*seal)(struct festore_encryptor *encryptor, size_t len, int is_last);
};

extern const struct envelope_format envelope_raw;
extern const struct envelope_format envelope_cms;
extern const struct envelope_format envelope_hpke;

struct festore_encryptor {
	const struct envelope_format *format;
	struct recipient recipient;
	festore_sink sink;
	void *sink_arg;
	enum festore_error error; /* of an earlier call: nothing goes on */
	struct failure failure;

	uint8_t *piece; /* ENVELOPE_PIECE_MAX and ENVELOPE_TAG_LEN bytes, malloc'd */
	size_t piece_len;
	size_t filled;

	EVP_CIPHER_CTX *cipher; /* of the content, with its key */
	uint8_t nonce[12];      /* HPKE's base nonce, and how many pieces it has served */
	uint64_t count;
};

/* Notes that OpenSSL could not do `what`. */
enum festore_error envelope_fail(struct festore_encryptor *encryptor, const char *what);

/* Hands bytes to the sink. */
enum festore_error envelope_put(struct festore_encryptor *encryptor, const void *bytes, size_t len);

#endif
