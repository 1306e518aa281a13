/* SPDX-License-Identifier: BSD-2-Clause */
/* One block of RSA-OAEP with SHA-256, for MGF1 too, and an empty label: what pkeyutl reads. */
#include "envelope.h"

#include "oaep.h"

static enum festore_error begin(struct festore_encryptor *encryptor)
{
	encryptor->piece_len = oaep_limit(encryptor->recipient.key);
	return FESTORE_OK;
}

static enum festore_error seal(struct festore_encryptor *encryptor, size_t len, int is_last)
{
	uint8_t block[OAEP_BLOCK_MAX];
	size_t block_len = sizeof(block);

	if (!is_last)
		return failure_set(&encryptor->failure, FESTORE_NO_SPACE,
			"too long for one block, which takes %zu bytes with this key",
			encryptor->piece_len);
	if (!oaep_seal(encryptor->recipient.key, encryptor->piece, len, block, &block_len))
		return envelope_fail(encryptor, "encrypt with RSA-OAEP");
	return envelope_put(encryptor, block, block_len);
}

const struct envelope_format envelope_raw = {.begin = begin, .seal = seal};
