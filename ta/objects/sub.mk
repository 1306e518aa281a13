# SPDX-License-Identifier: BSD-2-Clause
# What is the *objects* TA's own.
srcs-y += commands.c
srcs-y += client.c
srcs-y += anchor.c
srcs-y += file.c
srcs-y += list.c
srcs-y += stored.c
srcs-y += transfer.c
srcs-y += object.c
srcs-y += rpmb.c
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
