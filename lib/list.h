/* SPDX-License-Identifier: BSD-2-Clause */
/* What else a list is good for. */
#ifndef LIST_H
#define LIST_H

#include "handle.h"

/* Lets the TA remove what interrupted transfers of this owner have left; failures do not matter. */
void list_sweep(struct festore *fs);

#endif
