/* SPDX-License-Identifier: BSD-2-Clause */
/* What something is signed with, as the options --scheme and --hash say. */
#ifndef SCHEME_H
#define SCHEME_H

#include "options.h"

struct scheme {
	enum festore_scheme scheme;
	enum festore_hash hash;
};

/* What was not said is 0. A name that is none is printed and FESTORE_USAGE. */
enum festore_error scheme_read(
	const struct subcommand *self, const struct options *options, struct scheme *ret_scheme);

#endif
