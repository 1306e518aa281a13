/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether this OP-TEE has the storage `rpmb`. */
#ifndef RPMB_H
#define RPMB_H

#include <stdbool.h>

/* Was it built with RPMB FS? Whether the device answers, and to its key, is only seen when used. */
bool rpmb_is_there(void);

#endif
