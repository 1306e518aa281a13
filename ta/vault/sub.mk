# SPDX-License-Identifier: BSD-2-Clause
# What is the *vault* TA's own.
srcs-y += commands.c
srcs-y += opened.c
srcs-y += vault.c
srcs-y += change.c
srcs-y += read.c
srcs-y += list.c
srcs-y += slot.c
srcs-y += state.c
srcs-y += record.c
srcs-y += content.c
srcs-y += seal.c
srcs-y += tree.c
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
