# SPDX-License-Identifier: BSD-2-Clause
# The sources of the *objects* TA. tests/tests.mk reads this list too.
srcs-y += entry.c
srcs-y += request.c
srcs-y += identity.c
srcs-y += policy.c
srcs-y += session.c
srcs-y += tag.c
srcs-y += huk.c
srcs-y += info.c
srcs-y += file.c
srcs-y += list.c
srcs-y += stored.c
srcs-y += transfer.c
srcs-y += object.c
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
