# SPDX-License-Identifier: BSD-2-Clause
# What is the *vault* TA's own.
srcs-y += commands.c
srcs-y += opened.c
srcs-y += vault.c
srcs-y += change.c
srcs-y += puts.c
srcs-y += read.c
srcs-y += list.c
srcs-y += key.c
srcs-y += key_pair.c
srcs-y += key_type.c
srcs-y += key_secret.c
srcs-y += key_decrypt.c
srcs-y += decryption.c
srcs-y += hpke.c
srcs-y += wrap.c
srcs-y += peer.c
srcs-y += slot.c
srcs-y += state.c
srcs-y += record.c
srcs-y += content.c
srcs-y += seal.c
srcs-y += fresh.c
srcs-y += aead.c
srcs-y += tree.c
srcs-y += merge.c
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
