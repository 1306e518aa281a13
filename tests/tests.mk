# SPDX-License-Identifier: BSD-2-Clause
# Tests on the host: TA, library and command over the fake TEE, built three ways ("flavours"): host, host-asan, host-m32.
# Included by the top Makefile; alone, "make -f tests/tests.mk check-unit" runs the unit tests.

BUILD ?= build
TESTS_MK := $(lastword $(MAKEFILE_LIST))

ifeq ($(origin ARM64_STAMP),undefined)
include platform/platform.mk
endif

HOST_FLAVOURS := host host-asan host-m32
HOST_CC ?= gcc
# $(call ta_uuid,TA), $(call ta_srcs,TA): as ta/Makefile and its sub.mk files say.
ta_uuid = $(shell sed -n 's/^BINARY_$(1) := //p' ta/Makefile)
ta_srcs = $(addprefix ta/,$(shell sed -n 's/^srcs-y += //p' ta/sub.mk)) $(addprefix ta/$(1)/,$(shell sed -n 's/^srcs-y += //p' ta/$(1)/sub.mk)) \
	ta/kit/memory.c
HOST_TAS := objects vault
OBJECTS_UUID := $(call ta_uuid,objects)
VAULT_UUID := $(call ta_uuid,vault)
OBJECTS_SRCS := $(call ta_srcs,objects)
VAULT_SRCS := $(call ta_srcs,vault)
SAMPLE_UUID := 5f6d6f6e-6b65-4079-8173-616d706c6521

FAKE_SRCS := $(filter-out tests/tee/server.c tests/tee/control.c,$(wildcard tests/tee/*.c))
SERVER_SRCS := tests/tee/server.c tests/tee/control.c
# Both are linked into TAs' callers and into clients: the wire's own few functions.
TEEC_SRCS := tests/teec/teec.c tests/tee/wire.c

UNIT_TESTS := $(basename $(notdir $(wildcard tests/unit/*.c)))
# Tests of the fake bring no TA of festore's along.
UNIT_FAKE_TESTS := $(filter fake_%,$(UNIT_TESTS))
# Tests of the library alone answer for libteec themselves.
UNIT_LIB_TESTS := $(filter lib_%,$(UNIT_TESTS))
# Tests of the vault TA; the rest are of the objects TA.
UNIT_VAULT_TESTS := $(filter vault_%,$(UNIT_TESTS))
# Tests of library, vault TA and SQLite in one program, over a disk and a heap that do as the test says (tests/store).
UNIT_STORE_TESTS := $(filter store_%,$(UNIT_TESTS))
# Tests of parts of the command, without library or TA.
UNIT_CLI_TESTS := $(filter cli_%,$(UNIT_TESTS))
# Tests of what reads what others have left: READERS of client.mk, festore trace.
UNIT_READ_TESTS := $(filter read_%,$(UNIT_TESTS))
# Tests of the emulated eMMC.
UNIT_EMMC_TESTS := $(filter emmc_%,$(UNIT_TESTS))
UNIT_OBJECTS_TESTS := $(filter-out fake_% lib_% vault_% store_% cli_% read_% emmc_%,$(UNIT_TESTS))
UNIT_LIB_SRCS := $(wildcard lib/*.c) ta/tag.c ta/vault/tree.c ta/vault/merge.c
UNIT_CLI_SRCS := cli/tar.c cli/input.c cli/progress.c cli/text.c ta/tag.c
UNIT_READ_SRCS := inspect/ree.c inspect/annotate.c inspect/volumes.c bootlog/boot.c bootlog/judge.c cli/text.c ta/tag.c \
	$(addprefix cli/trace_,line.c tee.c steps.c names.c story.c print.c json.c)
UNIT_EMMC_SRCS := platform/emmc/chip.c platform/emmc/frames.c
UNIT_LIB_WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray,--wrap=free
UNIT_STORE_SRCS := $(wildcard tests/store/*.c) tests/teec/direct.c
comma := ,
UNIT_STORE_WRAP := $(UNIT_LIB_WRAP) $(addprefix -Wl$(comma)--wrap=,realloc sqlite3_wal_hook realpath open64 close \
	mkostemp64 write pwrite64 fchmod chmod fsync link unlink mkdir lstat64 stat64 fstat64 \
	flock pread64 rename rmdir futimens opendir readdir64 closedir getrandom)

# --- headers ---------------------------------------------------------------------------------------

# Only these of the kit's: its folder also holds a libc's headers, which would shadow the host's.
HOST_INCLUDE := $(BUILD)/host/include
HOST_INCLUDE_STAMP := $(HOST_INCLUDE)/.ready
KIT_HEADERS := compiler.h tee_api.h tee_api_compat.h tee_api_defines.h tee_api_defines_extensions.h \
	tee_api_types.h tee_internal_api.h tee_internal_api_extensions.h tee_ta_api.h trace.h trace_levels.h \
	user_ta_header.h util.h pta_system.h

$(HOST_INCLUDE_STAMP): $(ARM64_STAMP) $(TESTS_MK)
	@rm -rf $(HOST_INCLUDE)
	@mkdir -p $(HOST_INCLUDE)
	@cp $(addprefix $(TA_KIT_ARM64)/include/,$(KIT_HEADERS)) $(HOST_INCLUDE)/
	@cp $(ARM64_ROOT)/usr/include/tee_client_api.h $(ARM64_ROOT)/usr/include/tee_client_api_extensions.h $(HOST_INCLUDE)/
	@touch $@

# --- 32-bit libraries: the host's own release, unpacked, so that nothing on the host changes -------

HOST_SUITE := $(shell . /etc/os-release && echo $$VERSION_CODENAME)
HOST_TRIPLET := $(shell $(HOST_CC) -print-multiarch)
I386_PACKAGES := libcmocka0 libmbedtls-dev libsqlite3-0 libsqlite3-dev libssl3 libssl-dev
I386_STAMP := $(BUILD)/debian/$(HOST_SUITE)-i386/stamp
I386_LIB := $(BUILD)/debian/$(HOST_SUITE)-i386/root/usr/lib/i386-linux-gnu
# OpenSSL's configuration, which differs from 64 bits'.
I386_INCLUDE := $(BUILD)/debian/$(HOST_SUITE)-i386/root/usr/include/i386-linux-gnu

$(I386_STAMP): platform/fetch.sh $(TESTS_MK) | host-packages
	@BUILD=$(BUILD) platform/fetch.sh $(HOST_SUITE) i386 $(I386_PACKAGES)
	@touch $@

# --- flavours --------------------------------------------------------------------------------------

TEST_WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Werror
TEST_CFLAGS := -std=gnu11 -O1 -g -fPIC $(TEST_WARNINGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
HOST_RELEASE := $(shell cat VERSION)

SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE_m32 := -fsanitize=undefined -fno-sanitize-recover=all

# The flavour whose lines are counted (coverage.mk): what that adds to each compilation of what is counted, and to each link.
# tests/tee/linked.c calls the last two if they are there, and only a request brings them there.
COUNTED_host-asan := --coverage
COUNTED_LINK_host-asan := --coverage -Wl,-u,__gcov_dump,-u,__gcov_reset
# Objects write their counters where they were compiled: in a clone that was moved or copied they are compiled anew.
PLACE_host-asan := $(BUILD)/host-asan/place
.PHONY: place-always
place-always:
$(PLACE_host-asan): place-always
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = '$(CURDIR)' ] || printf '%s\n' '$(CURDIR)' >$@

# What a flavour adds to every compilation and link: machine and sanitizers.
FLAVOUR_host :=
FLAVOUR_host-asan := $(SANITIZE_asan)
# gcc-N-multilib leaves out /usr/include/asm, which clashes with cross compilers; the 64-bit one serves both.
FLAVOUR_host-m32 := -m32 $(SANITIZE_m32) -isystem $(I386_INCLUDE) -idirafter /usr/include/$(HOST_TRIPLET)

LIBS_host := -lmbedcrypto
LIBS_host-asan := -lmbedcrypto
LIBS_host-m32 := $(I386_LIB)/libmbedcrypto.a
SQLITE_host := -lsqlite3
SQLITE_host-asan := -lsqlite3
SQLITE_host-m32 := $(I386_LIB)/libsqlite3.a -lm
OPENSSL_host := -lcrypto
OPENSSL_host-asan := -lcrypto
OPENSSL_host-m32 := $(I386_LIB)/libcrypto.so.3 -Wl,-rpath,$(abspath $(I386_LIB))
CMOCKA_host := -lcmocka
CMOCKA_host-asan := -lcmocka
CMOCKA_host-m32 := $(I386_LIB)/libcmocka.so.0 -Wl,-rpath,$(abspath $(I386_LIB))
# One of how many steps tests with thousands of them look at: all where it is cheap.
SAMPLE_host := 1
SAMPLE_host-asan := 16
SAMPLE_host-m32 := 16
# Which programs run with both AEADs: all of the vault TA, and those of stores that look at what is sealed and take seconds.
AGAIN_host := $(UNIT_VAULT_TESTS) store_blob store_property store_tamper
AGAIN_host-asan := $(UNIT_VAULT_TESTS) store_blob
AGAIN_host-m32 := store_blob
# Which stores' tests run with a log in the vault too (FESTORE_LOG): what writes, is cut, fails, and what it costs.
LOGGED_host := store_batch store_blob store_counts store_failure store_mend store_powercut store_property
LOGGED_host-asan := store_batch store_counts
LOGGED_host-m32 := store_batch store_counts
# These search RSA keys by libcrypto, for half a minute where that has no assembler code, and have nothing of 32 bits.
WITHOUT_host-m32 := lib_key_private lib_key_public vault_key
READY_host :=
READY_host-asan := $(PLACE_host-asan)
READY_host-m32 := $(I386_STAMP)

TEST_INCLUDES := -Iinclude -Ita/include -iquote ta -iquote ta/objects -iquote ta/vault -iquote tests/tee -iquote tests/teec -iquote tests/store -isystem $(HOST_INCLUDE)

# On the disk of tests/store.
UNIT_QUOTA_FILE := /disk/quota
# The end-to-end scripts' own, who need not be root.
HOST_QUOTA_FLAGS := -include stdlib.h -DFESTORE_QUOTA_FILE='(getenv("FESTORE_FAKE_QUOTA") ?: "")' -DFESTORE_QUOTA_UID='geteuid()'

# $(call host_flavour,FLAVOUR)
define host_flavour
$(BUILD)/$(1)/tests-obj/%.o: %.c $(HOST_INCLUDE_STAMP) $(TESTS_MK) $(READY_$(1))
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(TEST_CFLAGS) $(FLAVOUR_$(1)) $$(if $$(filter ta/% lib/%,$$*),$(COUNTED_$(1))) $(TEST_INCLUDES) -DFESTORE_RELEASE='"$(HOST_RELEASE)"' \
		-DFESTORE_QUOTA_FILE='"$(UNIT_QUOTA_FILE)"' \
		-DSAMPLE_PATH='"$(BUILD)/$(1)/sample/$(SAMPLE_UUID).so"' \
		-DSAMPLE_FOLDER='"$(BUILD)/$(1)/sample"' -DFAKE_TEE_PROGRAM='"$(BUILD)/$(1)/fake-tee"' \
		-DOBJECTS_PATH='"$(BUILD)/$(1)/tas/$(OBJECTS_UUID).so"' -MMD -MP -c -o $$@ $$<

# A TA in one piece, its static memory in sections of its own (tests/tee/linked.c).
$(BUILD)/$(1)/objects.o: $$(OBJECTS_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
$(BUILD)/$(1)/vault.o: $$(VAULT_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
$(HOST_TAS:%=$(BUILD)/$(1)/%.o):
	@echo '  CC      $$@'
	@$(HOST_CC) $$(filter -m32,$(FLAVOUR_$(1))) -r -nostdlib -o $$@.whole $$^
	@objcopy --rename-section .bss=ta_bss --rename-section .data=ta_data $$@.whole $$@

# Library and TA have functions of the same names, which is nobody's business but in a program that has both.
$(BUILD)/$(1)/vault-apart.o: $(BUILD)/$(1)/vault.o
	@objcopy --wildcard --keep-global-symbol='TA_*' --keep-global-symbol='__x86*' $$< $$@

$(BUILD)/$(1)/tas/$(OBJECTS_UUID).so: $(BUILD)/$(1)/objects.o
$(BUILD)/$(1)/tas/$(VAULT_UUID).so: $(BUILD)/$(1)/vault.o
$(BUILD)/$(1)/tas/$(OBJECTS_UUID).so $(BUILD)/$(1)/tas/$(VAULT_UUID).so:
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -shared -Wl,-Bsymbolic -o $$@ $$^ $(LIBS_$(1))

$(BUILD)/$(1)/sample/$(SAMPLE_UUID).so: $(BUILD)/$(1)/tests-obj/tests/tee/sample/sample.o
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -shared -Wl,-Bsymbolic -o $$@ $$^

$(BUILD)/$(1)/fake-tee: $$(patsubst %.c,$(BUILD)/$(1)/tests-obj/%.o,$(FAKE_SRCS) $(SERVER_SRCS))
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -rdynamic -o $$@ $$^ $(OPENSSL_$(1)) $(LIBS_$(1)) -ldl

$(BUILD)/$(1)/libteec.so.2: $$(patsubst %.c,$(BUILD)/$(1)/tests-obj/%.o,$(TEEC_SRCS))
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -shared -Wl,-soname,libteec.so.2 -o $$@ $$^ -lpthread

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_OBJECTS_TESTS)): $(BUILD)/$(1)/objects.o
$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_VAULT_TESTS)): $(BUILD)/$(1)/vault.o
$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_OBJECTS_TESTS) $(UNIT_VAULT_TESTS)): $(BUILD)/$(1)/unit/%: \
		$(BUILD)/$(1)/tests-obj/tests/unit/%.o $(FAKE_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -rdynamic -o $$@ $$^ $(CMOCKA_$(1)) $(OPENSSL_$(1)) $(LIBS_$(1)) -ldl

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_FAKE_TESTS)): $(BUILD)/$(1)/unit/%: $(BUILD)/$(1)/tests-obj/tests/unit/%.o \
		$(FAKE_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o) $(BUILD)/$(1)/tests-obj/tests/teec/teec.o \
		| $(BUILD)/$(1)/sample/$(SAMPLE_UUID).so $(BUILD)/$(1)/fake-tee
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -rdynamic -o $$@ $$^ $(CMOCKA_$(1)) $(OPENSSL_$(1)) $(LIBS_$(1)) -ldl

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_LIB_TESTS)): $(BUILD)/$(1)/unit/%: $(BUILD)/$(1)/tests-obj/tests/unit/%.o \
		$(UNIT_LIB_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) $(UNIT_LIB_WRAP) -o $$@ $$^ $(CMOCKA_$(1)) $(SQLITE_$(1)) $(OPENSSL_$(1)) $(LIBS_$(1))

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_CLI_TESTS)): $(BUILD)/$(1)/unit/%: $(BUILD)/$(1)/tests-obj/tests/unit/%.o \
		$(UNIT_CLI_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -o $$@ $$^ $(CMOCKA_$(1))

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_EMMC_TESTS)): $(BUILD)/$(1)/unit/%: $(BUILD)/$(1)/tests-obj/tests/unit/%.o \
		$(UNIT_EMMC_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -Wl,--wrap=pwrite64 -o $$@ $$^ $(CMOCKA_$(1)) $(OPENSSL_$(1))

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_READ_TESTS)): $(BUILD)/$(1)/unit/%: $(BUILD)/$(1)/tests-obj/tests/unit/%.o \
		$(UNIT_READ_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) -o $$@ $$^ $(CMOCKA_$(1)) $(OPENSSL_$(1))

$(addprefix $(BUILD)/$(1)/unit/,$(UNIT_STORE_TESTS)): $(BUILD)/$(1)/unit/%: $(BUILD)/$(1)/tests-obj/tests/unit/%.o \
		$(BUILD)/$(1)/vault-apart.o $(UNIT_LIB_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o) \
		$(UNIT_STORE_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o) $(FAKE_SRCS:%.c=$(BUILD)/$(1)/tests-obj/%.o)
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(HOST_CC) $(FLAVOUR_$(1)) $(COUNTED_LINK_$(1)) $(UNIT_STORE_WRAP) -rdynamic -o $$@ $$^ $(CMOCKA_$(1)) $(SQLITE_$(1)) $(OPENSSL_$(1)) $(LIBS_$(1)) -ldl

# What asks the other TA has it beside.
$(BUILD)/$(1)/unit/vault_anchor $(BUILD)/$(1)/unit/vault_recover $(BUILD)/$(1)/unit/vault_pin $(BUILD)/$(1)/unit/store_pin: | $(BUILD)/$(1)/tas/$(OBJECTS_UUID).so

.PHONY: check-unit-$(1) host-tee-$(1)
check-unit-$(1): $(addprefix $(BUILD)/$(1)/unit/,$(filter-out $(WITHOUT_$(1)),$(UNIT_TESTS)))
	@FESTORE_TEST_SAMPLE=$(SAMPLE_$(1)) tests/tee/run-unit.sh $(1) $$(sort $$^)
	@FESTORE_TEST_SAMPLE=$(SAMPLE_$(1)) FESTORE_AEAD=aes-256-gcm tests/tee/run-unit.sh $(1)/gcm \
		$(addprefix $(BUILD)/$(1)/unit/,$(sort $(AGAIN_$(1))))
	@FESTORE_TEST_SAMPLE=$(SAMPLE_$(1)) FESTORE_LOG=yes tests/tee/run-unit.sh $(1)/log $(addprefix $(BUILD)/$(1)/unit/,$(LOGGED_$(1)))

# The fake TEE of a flavour, its TAs, and the libteec that speaks to it.
host-tee-$(1): $(BUILD)/$(1)/fake-tee $(BUILD)/$(1)/tas/$(OBJECTS_UUID).so $(BUILD)/$(1)/tas/$(VAULT_UUID).so $(BUILD)/$(1)/libteec.so.2

# The same library and command as everywhere, for this flavour (client.mk).
CC_$(1) := $(HOST_CC)
CLIENT_CFLAGS_$(1) := $(FLAVOUR_$(1))
QUOTA_FLAGS_$(1) := $(HOST_QUOTA_FLAGS)
CLIENT_LDFLAGS_$(1) := -Wl,-rpath,'$$$$ORIGIN' $(COUNTED_LINK_$(1))
TEEC_INCLUDE_$(1) := $(HOST_INCLUDE)
TEEC_LIB_$(1) := $(BUILD)/$(1)/libteec.so.2
TEEC_READY_$(1) := $(HOST_INCLUDE_STAMP) $(BUILD)/$(1)/libteec.so.2 $(PLACE_$(1))
CRYPTO_LIB_$(1) := $(LIBS_$(1))
SQLITE_LIB_$(1) := $(SQLITE_$(1))
OPENSSL_LIB_$(1) := $(OPENSSL_$(1))

-include $$(shell find $(BUILD)/$(1)/tests-obj -name '*.d' 2>/dev/null)
endef
$(foreach flavour,$(HOST_FLAVOURS),$(eval $(call host_flavour,$(flavour))))

# --- what to run -----------------------------------------------------------------------------------

.PHONY: check-unit
check-unit: $(addprefix check-unit-,$(HOST_FLAVOURS))

# The scripts need library and command, which only the top Makefile can build.
ifdef client
$(foreach flavour,$(HOST_FLAVOURS),$(eval $(call client,$(flavour))))

# With the other AEAD: what reads, writes, moves and puts back what is sealed.
E2E_AGAIN := $(patsubst %,tests/e2e/%.t,basics fresh large move vault)

# In RPMB: what any storage must do, short of lists of hundreds.
E2E_RPMB := $(patsubst %,tests/e2e/%.t,basics move status)

.PHONY: check-e2e $(addprefix check-e2e-,$(HOST_FLAVOURS))
check-e2e: $(addprefix check-e2e-,$(HOST_FLAVOURS))

# Most of its time is OpenSSL's, which the sanitizers do not look into.
E2E_WITHOUT_host-asan := tests/e2e/interop.t

$(addprefix check-e2e-,$(HOST_FLAVOURS)): check-e2e-%: client-% host-tee-%
	@FESTORE_AEAD=chacha20-poly1305 tests/tee/run-e2e.sh $(BUILD)/$* $(filter-out $(E2E_WITHOUT_$*),$(wildcard tests/e2e/*.t))
	@FESTORE_AEAD=aes-256-gcm FESTORE_E2E_STORAGES=vault tests/tee/run-e2e.sh $(BUILD)/$* $(E2E_AGAIN)
	@FESTORE_E2E_STORAGES=rpmb tests/tee/run-e2e.sh $(BUILD)/$* $(E2E_RPMB)

# What is not for a sanitizer: OpenSSL's time, and little memory.
.PHONY: check-e2e-plain
check-e2e-plain: client-host host-tee-host
	@FESTORE_E2E_STORAGES=vault tests/tee/run-e2e.sh $(BUILD)/host tests/e2e/interop.t tests/e2e/encrypt.t

# Many clients at once, a few seconds; longer in tests/long.mk.
.PHONY: check-crowd
check-crowd: client-host host-tee-host
	@FESTORE_E2E_STORAGES=vault tests/tee/run-e2e.sh $(BUILD)/host tests/clients/*.t
endif
