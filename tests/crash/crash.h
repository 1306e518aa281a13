/* SPDX-License-Identifier: BSD-2-Clause */
/* The command by which a TA built by tests/crash panics, for both sides. It has no parameters. */
#ifndef CRASH_H
#define CRASH_H

#define CRASH_COMMAND 0x63726173u

#endif
