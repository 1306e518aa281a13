/* SPDX-License-Identifier: BSD-2-Clause */
/* PINs, for the files that open and make vaults. */
#ifndef PIN_H
#define PIN_H

#include "error.h"

#include <festore_vault.h>

struct festore;
struct festore_pin_info;

/* As the wire has it. FESTORE_USAGE: not as long as a PIN has to be. */
enum festore_error pin_set(
	struct festore_wire_pin *pin, const void *bytes, size_t len, struct failure *failure);

/* May so many wrong PINs close a vault for good? Else FESTORE_USAGE. */
enum festore_error pin_check_tries(unsigned int tries, struct failure *failure);

/* festore_pin_info(), of a handle that has begun a call; all 0 on an error. */
enum festore_error pin_look(struct festore *fs, struct festore_pin_info *ret_info);

/* The TA has refused a PIN with its last answer: says why, and what comes of it. FESTORE_PIN. */
enum festore_error pin_explain(struct festore *fs, const struct festore_vault_header *header);

#endif
