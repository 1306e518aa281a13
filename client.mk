# SPDX-License-Identifier: BSD-2-Clause
# Builds libfestore and the command for one kind of machine, a "flavour": $(call client,FLAVOUR).
# A flavour F is described by CC_F, CLIENT_CFLAGS_F, CLIENT_LDFLAGS_F, TEEC_INCLUDE_F (a folder
# with tee_client_api.h), TEEC_LIB_F (a libteec to link) and TEEC_READY_F (what makes the two),
# CRYPTO_LIB_F (mbedTLS' libmbedcrypto), SQLITE_LIB_F and OPENSSL_LIB_F (its libcrypto); their headers are in
# TEEC_INCLUDE_F, or where the compiler looks. COUNTED_F: what lib/ and ta/ get besides.
# It lands in OUT_F, build/F unless that says otherwise: libfestore.so.0, festore, and what tests need.

RELEASE := $(shell cat VERSION)

# The administrator's file of quotas.
QUOTA_FILE ?= /etc/festore/quota

LIB_SRCS := $(wildcard lib/*.c) ta/tag.c ta/vault/tree.c ta/vault/merge.c
CLI_SRCS := $(wildcard cli/*.c) ta/tag.c
INSPECT_SRCS := $(wildcard inspect/*.c) cli/text.c ta/tag.c
BOOTLOG_SRCS := $(wildcard bootlog/*.c) cli/text.c ta/tag.c
CROWD_SRCS := $(wildcard tests/client/crowd*.c)
READERS := festore-inspect festore-bootlog
RAW_SRCS := $(wildcard tests/client/raw*.c) tests/client/call.c tests/client/device.c tests/client/tap.c

CLIENT_WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Werror
CLIENT_CFLAGS := -std=gnu11 -O2 -g -pthread $(CLIENT_WARNINGS) -fPIC -fstack-protector-strong \
	-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DFESTORE_RELEASE='"$(RELEASE)"'
# $(1): a flavour.
quota_flags = $(or $(QUOTA_FLAGS_$(1)),-DFESTORE_QUOTA_FILE='"$(QUOTA_FILE)"')
CLIENT_LDFLAGS := -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--allow-shlib-undefined

define client
OUT_$(1) ?= build/$(1)

$$(OUT_$(1))/obj/%.o: %.c $$(TEEC_READY_$(1)) VERSION client.mk
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS) $$(CLIENT_CFLAGS_$(1)) $$(if $$(filter lib/% ta/%,$$*),$$(COUNTED_$(1))) $(call quota_flags,$(1)) -Iinclude -Ita/include -iquote ta -iquote cli \
		-I$$(TEEC_INCLUDE_$(1)) -MMD -MP -c -o $$@ $$<

$$(OUT_$(1))/libfestore.so.0: $$(LIB_SRCS:%.c=$$(OUT_$(1))/obj/%.o) lib/libfestore.map
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -shared \
		-Wl,-soname,libfestore.so.0 -Wl,--version-script,lib/libfestore.map \
		-o $$@ $$(filter %.o,$$^) $$(TEEC_LIB_$(1)) $$(SQLITE_LIB_$(1)) $$(OPENSSL_LIB_$(1)) $$(CRYPTO_LIB_$(1))

$$(OUT_$(1))/festore: $$(CLI_SRCS:%.c=$$(OUT_$(1))/obj/%.o) $$(OUT_$(1))/libfestore.so.0
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^ $$(CRYPTO_LIB_$(1))

# Programs that read what others have left, and need neither TEE nor library.
$$(OUT_$(1))/festore-inspect: $$(INSPECT_SRCS:%.c=$$(OUT_$(1))/obj/%.o)
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^ $$(SQLITE_LIB_$(1)) $$(OPENSSL_LIB_$(1))

$$(OUT_$(1))/festore-bootlog: $$(BOOTLOG_SRCS:%.c=$$(OUT_$(1))/obj/%.o)
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^

# For tests only: sessions that libfestore never opens.
$$(OUT_$(1))/festore-test-login: $$(OUT_$(1))/obj/tests/client/login.o
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^ $$(TEEC_LIB_$(1))

# For tests only: what memory OP-TEE uses, which no fake tells.
$$(OUT_$(1))/festore-test-stats: $$(OUT_$(1))/obj/tests/client/stats.o
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^ $$(TEEC_LIB_$(1))

# For tests only: calls past libteec. It speaks to Linux alone, so the fake has no use for it.
$$(OUT_$(1))/festore-test-raw: $$(RAW_SRCS:%.c=$$(OUT_$(1))/obj/%.o)
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^

# For tests only: many clients of one vault at once.
$$(OUT_$(1))/festore-test-crowd: $$(CROWD_SRCS:%.c=$$(OUT_$(1))/obj/%.o) $$(OUT_$(1))/libfestore.so.0
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^

# For tests only: asks the TA of published vectors, which no fake loads.
$$(OUT_$(1))/festore-test-vectors: $$(OUT_$(1))/obj/tests/vectors/client.o
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^ $$(TEEC_LIB_$(1))

# For tests only: makes a TA panic that has a command for it.
$$(OUT_$(1))/festore-test-crash: $$(OUT_$(1))/obj/tests/crash/client.o
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -pie -o $$@ $$^ $$(TEEC_LIB_$(1))

# For tests only: preloaded into tee-supplicant, it makes what that does with files go wrong.
$$(OUT_$(1))/festore-test-hostile.so: $$(OUT_$(1))/obj/tests/client/hostile.o
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -shared -o $$@ $$^

# For tests only: preloaded, it changes calls at the device.
$$(OUT_$(1))/festore-test-shake.so: $$(OUT_$(1))/obj/tests/client/shake.o
	@echo '  LD      $$@'
	@$$(CC_$(1)) $$(CLIENT_CFLAGS_$(1)) $$(CLIENT_LDFLAGS) $$(CLIENT_LDFLAGS_$(1)) -shared -o $$@ $$^

.PHONY: client-$(1)
client-$(1): $$(addprefix $$(OUT_$(1))/,festore libfestore.so.0 $$(READERS) festore-test-login festore-test-raw festore-test-crowd)

-include $$(wildcard $$(OUT_$(1))/obj/*/*.d $$(OUT_$(1))/obj/*/*/*.d)
endef
