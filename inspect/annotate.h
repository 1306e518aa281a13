/* SPDX-License-Identifier: BSD-2-Clause */
/* A hexdump that says what is what. */
#ifndef ANNOTATE_H
#define ANNOTATE_H

#include "ree.h"

#include <stdio.h>

/* Each part of the file in its order, with a name; blocks of ciphertext by their first bytes. */
void annotate(const struct ree_file *file, FILE *to);

#endif
