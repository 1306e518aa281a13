/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FILE_APPEND: the content of a file that the session has opened (FILE_GET) is sealed anew, a piece
 * at a time, with more behind it; then a change exchanges it. No chunk is sealed twice under one
 * key, whatever becomes of the change.
 */
#ifndef APPEND_H
#define APPEND_H

#include "request.h"

/* With MORE a piece, the first one without CONTINUE; with CONTINUE alone the change. */
TEE_Result append_file(struct call *call);

#endif
