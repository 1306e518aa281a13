# SPDX-License-Identifier: BSD-2-Clause
# The sources of the bare TA: its own, and what festore's TAs have in place of the kit's.
srcs-y += bare_ta.c
srcs-y += bare_aead.c
srcs-y += bare_key.c
subdirs-y += ../ta/kit
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
