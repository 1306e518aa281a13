/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message that a session is opening (docs/SPEC.md, "KEY_DECRYPT"). Its content's key never leaves
 * the TA, and nothing of the content does before it is known to be what was encrypted:
 *
 *  - of HPKE each chunk is, once its own tag was verified;
 *  - of CMS only the whole, by the tag at its end. So all of it comes in twice. The first time
 *    nothing goes out but a mark for each piece, which only this session can make; the second time
 *    each piece must come with its mark. That shows that it is the same, so it is not hashed anew.
 */
#ifndef DECRYPTION_H
#define DECRYPTION_H

#include "aead.h"
#include "hpke.h"

struct decryption {
	uint32_t scheme; /* FESTORE_WIRE_CMS, FESTORE_WIRE_HPKE; 0: there is none under way */
	uint64_t count;  /* of HPKE chunks, of CMS pieces, in this pass */
	bool is_done;    /* the last of them was given out */
	struct hpke hpke;

	/* Of CMS. */
	struct aead aead;           /* in the first pass */
	TEE_OperationHandle stream; /* in the second */
	uint8_t nonce[SEAL_NONCE];
	uint8_t mark_key[FESTORE_HASH];
	bool is_verified; /* this is the second pass */
};

/* Begins with a content's key and nonce. TEE_ERROR_OUT_OF_MEMORY. */
TEE_Result decryption_begin_cms(struct decryption *decryption, const uint8_t key[FESTORE_HASH],
	const uint8_t nonce[SEAL_NONCE], const uint8_t mark_key[FESTORE_HASH]);

void decryption_begin_hpke(struct decryption *decryption, const struct hpke *hpke);

/*
 * The next piece, which has been copied to private memory: of CMS at most FESTORE_PIECE bytes and
 * FESTORE_SEAL of a tag, of HPKE whole chunks, all but the last of which are full. What may go out
 * lies at its beginning then, *ret_len bytes. `is_last`: nothing follows.
 *
 * TEE_ERROR_CORRUPT_OBJECT: not what was encrypted. TEE_ERROR_BAD_PARAMETERS: of a length that no
 * piece has. TEE_ERROR_BAD_STATE: nothing should follow. After an error only decryption_end() is
 * left.
 */
TEE_Result decryption_piece(
	struct decryption *decryption, uint8_t *piece, size_t len, bool is_last, size_t *ret_len);

/* Ends and wipes it; what is all zero too. */
void decryption_end(struct decryption *decryption);

#endif
