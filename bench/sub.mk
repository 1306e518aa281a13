# SPDX-License-Identifier: BSD-2-Clause
# The source of the bare TA, with the warnings of festore's.
srcs-y += bare_ta.c
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
