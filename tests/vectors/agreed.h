/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What RFC 7748 and RFC 9180 print, through the vault TA's own functions and GP's, wherever they
 * run.
 */
#ifndef AGREED_H
#define AGREED_H

#include "digits.h"
#include "hpke.h"
#include "key_secret.h"

#include <stdbool.h>
#include <stdio.h>

static inline bool agree_x25519(const char *public_digits, const char *private_digits,
	const char *peer_digits, uint8_t ret_secret[KEY_SECRET_MAX])
{
	uint8_t pair[64];
	uint8_t peer[32];
	size_t len = 0;

	digits_read(public_digits, pair);
	digits_read(private_digits, pair + 32);
	digits_read(peer_digits, peer);
	return key_secret_agree(key_type_find(FESTORE_WIRE_X25519), pair, peer, sizeof(peer),
		       ret_secret, &len) == TEE_SUCCESS &&
		len == 32;
}

/* 6.1. */
static inline bool agreed_as_in_rfc_7748(void)
{
	static const char alice[] =
		"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
	static const char bob[] =
		"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
	uint8_t secret[KEY_SECRET_MAX];
	uint8_t wanted[32];

	digits_read("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", wanted);
	return agree_x25519(alice,
		       "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", bob,
		       secret) &&
		memcmp(secret, wanted, sizeof(wanted)) == 0 &&
		agree_x25519(bob,
			"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", alice,
			secret) &&
		memcmp(secret, wanted, sizeof(wanted)) == 0;
}

static inline bool is_opened(const struct hpke *hpke, uint64_t number, const char *sealed_digits)
{
	static const char plain[] = "Beauty is truth, truth beauty";
	char aad[16];
	uint8_t sealed[64];
	const size_t len = digits_read(sealed_digits, sealed) - FESTORE_SEAL;
	struct seal seal = {.aead = FESTORE_AEAD_CHACHA20_POLY1305, .key = hpke->key, .aad = aad};

	seal.aad_len = (size_t)snprintf(aad, sizeof(aad), "Count-%u", (unsigned int)number);
	hpke_nonce(hpke, number, seal.nonce);
	return len == strlen(plain) && seal_open(&seal, sealed, len, sealed + len) == TEE_SUCCESS &&
		memcmp(sealed, plain, len) == 0;
}

/* A.2.1: what the recipient of its first two messages does. */
static inline bool opened_as_in_rfc_9180(void)
{
	static const char sender[] =
		"1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
	static const char recipient[] =
		"4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
	struct hpke_agreed agreed = {0};
	struct hpke hpke = {0};
	uint8_t secret[KEY_SECRET_MAX];

	if (!agree_x25519(recipient,
		    "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb", sender,
		    secret))
		return false;
	memcpy(agreed.secret, secret, sizeof(agreed.secret));
	digits_read(sender, agreed.sender);
	digits_read(recipient, agreed.recipient);
	return hpke_begin(&agreed, "Ode on a Grecian Urn", 20, &hpke) == TEE_SUCCESS &&
		is_opened(&hpke, 0,
			"1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce"
			"81883d2dd1b51a28") &&
		is_opened(&hpke, 1,
			"6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc"
			"95ba5f59992dc98c");
}

#endif
