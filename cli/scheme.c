/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of schemes and hashes. */
#include "scheme.h"

#include <string.h>

static const struct {
	const char *name;
	enum festore_scheme scheme;
} schemes[] = {
	{"ecdsa", FESTORE_ECDSA},
	{"ed25519", FESTORE_ED25519},
	{"pss", FESTORE_RSA_PSS},
	{"pkcs1", FESTORE_RSA_PKCS1},
};

static const struct {
	const char *name;
	enum festore_hash hash;
} hashes[] = {
	{"sha256", FESTORE_SHA256},
	{"sha384", FESTORE_SHA384},
	{"sha512", FESTORE_SHA512},
};

static enum festore_error read_scheme(
	const struct subcommand *self, const char *name, struct scheme *ret_scheme)
{
	for (size_t i = 0; name && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strcmp(name, schemes[i].name) == 0)
			ret_scheme->scheme = schemes[i].scheme;
	if (!name || ret_scheme->scheme != FESTORE_SCHEME_DEFAULT)
		return FESTORE_OK;
	return (enum festore_error)fail(self, FESTORE_USAGE,
		"there is no scheme %s; there are: ecdsa, ed25519, pss, pkcs1", name);
}

enum festore_error scheme_read(
	const struct subcommand *self, const struct options *options, struct scheme *ret_scheme)
{
	const char *name = options->hash;

	for (size_t i = 0; name && i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strcmp(name, hashes[i].name) == 0)
			ret_scheme->hash = hashes[i].hash;
	if (!name || ret_scheme->hash != FESTORE_HASH_DEFAULT)
		return read_scheme(self, options->scheme, ret_scheme);
	return (enum festore_error)fail(self, FESTORE_USAGE,
		"there is no hash %s; there are: sha256, sha384, sha512", name);
}
