/* SPDX-License-Identifier: BSD-2-Clause */
/* AEADs by the names that users give them, and which of them is the faster one here. */
#ifndef AEAD_H
#define AEAD_H

#include "session.h"

/* No AEAD: the one that a measurement finds. */
#define AEAD_AUTO 0u

/* NULL: what the environment says (FESTORE_AEAD), else AEAD_AUTO. FESTORE_USAGE: no such name. */
enum festore_error aead_find(const char *name, uint32_t *ret_aead, struct failure *failure);

/* The name of an AEAD; "" of one that is not known. The string is static. */
const char *aead_name(uint32_t aead);

/* Lets the vault TA seal with each and takes the time: some ten milliseconds. */
uint32_t aead_measure(struct session *session);

#endif
