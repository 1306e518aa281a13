/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware unique key (HUK): what OP-TEE seals all its storage with. A TA cannot read it, only
 * find out whether it is one that the whole world knows; then nothing that is stored is secret.
 */
#ifndef HUK_H
#define HUK_H

#include <tee_internal_api.h>

enum huk_kind {
	HUK_UNKNOWN, /* cannot be asked: no system PTA, or OP-TEE has no HUK to derive from */
	HUK_OWN,     /* none of the known ones; whether it is secret, nobody can tell from here */
	HUK_ZERO,    /* 16 zero bytes: OP-TEE's stub, so QEMU, and unfused OTP words of STM32MP15 */
	HUK_KNOWN,   /* 16 bytes of 0xff: assumed of fuses that read as ones until written */
};

/*
 * Asks OP-TEE's system PTA for a key derived from the HUK and compares it with those of the known
 * HUKs. Keys stay in private memory and are wiped. Nothing is kept between calls.
 * The only error to expect is TEE_ERROR_OUT_OF_MEMORY.
 */
TEE_Result huk_kind(enum huk_kind *ret_kind);

#define HUK_DERIVED_LEN 32u

/*
 * The key that OP-TEE derives from the HUK for this TA and `data` (private memory): the same on
 * each call, another one on another device, in another TA, for other data. The caller wipes it.
 * TEE_ERROR_ITEM_NOT_FOUND: no system PTA.
 */
TEE_Result huk_derive(const void *data, size_t len, uint8_t ret_derived[HUK_DERIVED_LEN]);

#endif
