/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a vault: handlers of FILE_GET, FILE_STAT and FILE_LIST. */
#ifndef READ_H
#define READ_H

#include "request.h"

TEE_Result read_get(struct call *call);
TEE_Result read_stat(struct call *call);
TEE_Result read_list(struct call *call);

#endif
