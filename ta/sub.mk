# SPDX-License-Identifier: BSD-2-Clause
# The sources that both TAs have; the folder of the one that is built has the rest. tests/tests.mk reads these lists too.
srcs-y += entry.c
srcs-y += request.c
srcs-y += identity.c
srcs-y += policy.c
srcs-y += session.c
srcs-y += tag.c
srcs-y += huk.c
srcs-y += info.c
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
subdirs-y += $(TA) kit
