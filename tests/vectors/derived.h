/* SPDX-License-Identifier: BSD-2-Clause */
/* What RFC 5869 prints, through the vault TA's HKDF, wherever that runs. */
#ifndef DERIVED_H
#define DERIVED_H

#include "digits.h"
#include "hkdf.h"

#include <stdbool.h>

struct derived {
	const char *secret;
	const char *salt;
	const char *info;
	const char *made;
};

static inline bool is_derived(const struct derived *derived)
{
	uint8_t secret[80];
	uint8_t salt[80];
	uint8_t info[80];
	uint8_t wanted[82];
	uint8_t made[82];
	const struct hkdf from = {
		.secret = secret,
		.secret_len = digits_read(derived->secret, secret),
		.salt = salt,
		.salt_len = digits_read(derived->salt, salt),
		.info = info,
		.info_len = digits_read(derived->info, info),
	};
	const size_t len = digits_read(derived->made, wanted);

	return hkdf(&from, made, len) == TEE_SUCCESS && memcmp(made, wanted, len) == 0;
}

/* A.1 to A.3. */
static inline bool derived_as_in_rfc_5869(void)
{
	static const struct derived all[] = {
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
			"f0f1f2f3f4f5f6f7f8f9",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
			"34007208d5b887185865"},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
		 "404142434445464748494a4b4c4d4e4f",
			"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
			"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
			"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
			"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
			"d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
			"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
			"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
			"59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
			"cc30c58179ec3e87c14c01d5c1f3434f1d87"},
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
			"9d201395faa4b61a96c8"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!is_derived(&all[i]))
			return false;
	}
	return true;
}

/* A.1 with a digit changed. */
static inline bool derived_as_nowhere(void)
{
	static const struct derived one = {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		"000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
		"34007208d5b887185866"};

	return is_derived(&one);
}

#endif
