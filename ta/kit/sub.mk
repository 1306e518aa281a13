# SPDX-License-Identifier: BSD-2-Clause
# What is better than the TA dev kit's own.
srcs-y += memory.c
# A loop that sets memory must not become a call of memset().
cflags-memory.c-y += -O2 -ffreestanding -fno-tree-loop-distribute-patterns
cflags-memory.c-y += -Dkit_memset=memset -Dkit_memcpy=memcpy -Dkit_memmove=memmove
cflags-y += -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror

# The kit's mbedTLS is compiled for size, which makes its ChaCha20-Poly1305 2.4 times and its SHA-256 1.6 times as dear. The same files of
# the same mbedTLS 3.6, where MBEDTLS_SOURCE names its sources, are taken before those of the kit's library; the kit's headers serve both.
define kit_mbedtls
srcs-y += $(MBEDTLS_SOURCE)/library/$(1)
cflags-$(MBEDTLS_SOURCE)/library/$(1)-y += -O2 -I$(MBEDTLS_SOURCE)/library
cflags-remove-$(MBEDTLS_SOURCE)/library/$(1)-y += -Wconversion -Wshadow
# Its arm_neon.h of 32 bit has names that the kit's headers have too.
cflags-$(MBEDTLS_SOURCE)/library/$(1)-$(CFG_ARM32_ta_arm32) += -U__ARM_NEON
endef
ifneq ($(MBEDTLS_SOURCE),)
$(foreach file,chacha20.c poly1305.c sha256.c,$(eval $(call kit_mbedtls,$(file))))
endif
