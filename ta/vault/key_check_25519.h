/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of Curve25519: a public key (32 bytes), and the private key that it is made from. */
#ifndef KEY_CHECK_25519_H
#define KEY_CHECK_25519_H

#include <tee_internal_api.h>

/* TEE_ERROR_CORRUPT_OBJECT: it is not made from that. Also as key_check(). Private memory only. */
TEE_Result check_x25519(const uint8_t pair[64]);
TEE_Result check_ed25519(const uint8_t pair[64]);

/* Makes the public half of the private one. Private memory only. */
TEE_Result make_ed25519(uint8_t pair[64]);

#endif
