/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of an owner's files, and the removal of bodies that no head names. */
#ifndef LIST_H
#define LIST_H

#include "request.h"

TEE_Result file_list(struct call *call);

#endif
