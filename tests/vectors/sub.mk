# SPDX-License-Identifier: BSD-2-Clause
# What standards print of secrets that no request of the vault TA takes, and those of its sources that must give it.
srcs-y += ta.c
srcs-y += ../../ta/vault/hkdf.c
srcs-y += ../../ta/vault/hpke.c
srcs-y += ../../ta/vault/seal.c
srcs-y += ../../ta/vault/aead.c
srcs-y += ../../ta/vault/aes.c
srcs-y += ../../ta/vault/peer.c
srcs-y += ../../ta/vault/key_type.c
srcs-y += ../../ta/vault/key_pair.c
srcs-y += ../../ta/vault/key_secret.c
subdirs-y += ../../ta/kit
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror
