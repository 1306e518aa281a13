/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what lies in a folder survive a reboot? */
#ifndef SURVIVAL_H
#define SURVIVAL_H

enum survival { SURVIVAL_UNKNOWN, SURVIVAL_YES, SURVIVAL_NO };

/* Of a folder that may not be there yet; "" is SURVIVAL_UNKNOWN. */
enum survival survival_of(const char *folder);

#endif
