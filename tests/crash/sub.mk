# SPDX-License-Identifier: BSD-2-Clause
# All of a TA, and the command by which it panics.
srcs-y += crash_ta.c
subdirs-y += ../../ta
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
