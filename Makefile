# SPDX-License-Identifier: BSD-2-Clause
# The front door. Everything is built under build/; packages come through apt (platform/).

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := bash

.PHONY: help
help:
	@echo 'make demo      set everything up and show festore on real OP-TEE (TAMPER=1: with a damaged byte)'
	@echo 'make check     set everything up and run all tests'
	@echo 'make check-long: what takes longer: fuzzing, signals and power cuts in great number, the benchmark'
	@echo 'make soak      an hour of four users on real OP-TEE: nothing lost, memory flat (SOAK_SECONDS=3600)'
	@echo 'make bench     what operations cost, beside bare GP persistent objects (BENCH_FULL=1: among more objects)'
	@echo 'make results   boot, traces and storage of both machines, into docs/RESULTS.md and docs/TRACE.md (make trace-doc: this alone)'
	@echo 'make bench-plot the picture in docs/BENCH.md, of the last run'
	@echo 'make bench-disk what a vault writes and takes on the disk, counted without a machine'
	@echo 'make coverage, make mutants: how good the tests are'
	@echo 'make fuzz, make check-fuzz: hostile requests to the TA until something is found, or in a time box'
	@echo 'make install   for a system of your own, with your TA dev kit and key: docs/BOARD.md'
	@echo 'make run       a console on the emulated machine'
	@echo '               MACHINE=qemu-armv7: the 32-bit one, also for check-smoke, check-machine and check-long'
	@echo '               RPMB=1: one with an RPMB partition (make check-rpmb tests what is kept in it)'
	@echo 'make image MACHINE=stm32mp157f-dk2, make flash DEV=..., make serial: the reference board (docs/BOARDS.md)'
	@echo 'make logs      what its normal world and its secure world have printed'
	@echo 'make format    apply .clang-format'
	@echo 'make clean     remove what was built, keep downloaded packages'
	@echo 'make distclean remove build/ whole'

include platform/platform.mk
include client.mk

# --- the Trusted Applications ------------------------------------------------------------------

TAS := objects vault
TA_UUID_objects := d625dbef-bb3e-442a-b873-961996814ee7
TA_UUID_vault := b4d298d3-c925-42ec-96d9-4437534aa455

# $(call ta_file,FOLDER,TA): where a build leaves the signed file of a TA.
ta_file = $(1)/ta/$(2)/$(TA_UUID_$(2)).ta
# $(call ta_files,TA): what it is made of.
ta_files = $(wildcard ta/*.[ch] ta/kit/* ta/$(1)/*.[ch] ta/include/*.h ta/Makefile ta/sub.mk ta/$(1)/sub.mk) VERSION

define ta
$(call ta_file,build/arm64,$(1)): $(call ta_files,$(1)) $$(ARM64_STAMP) $$(MBEDTLS_STAMP)
	+$$(MAKE) -C ta --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_KIT_ARM64)) \
		MBEDTLS_SOURCE=$$(abspath $$(MBEDTLS_DIR)) CROSS_COMPILE=aarch64-linux-gnu- O=$$(abspath $$(@D)) all

$(call ta_file,build/arm64-rpmb,$(1)): $(call ta_files,$(1)) $$(TA_KIT_ARM64_RPMB_STAMP) $$(MBEDTLS_STAMP)
	+$$(MAKE) -C ta --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_KIT_ARM64_RPMB)) \
		MBEDTLS_SOURCE=$$(abspath $$(MBEDTLS_DIR)) CROSS_COMPILE=aarch64-linux-gnu- O=$$(abspath $$(@D)) all

$(call ta_file,build/armhf,$(1)): $(call ta_files,$(1)) $$(TA_KIT_ARM32_STAMP) $$(MBEDTLS_STAMP)
	+$$(MAKE) -C ta --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_KIT_ARM32)) \
		MBEDTLS_SOURCE=$$(abspath $$(MBEDTLS_DIR)) CROSS_COMPILE=arm-linux-gnueabihf- O=$$(abspath $$(@D)) all
endef
$(foreach name,$(TAS),$(eval $(call ta,$(name))))

TAS_arm64 := $(foreach name,$(TAS),$(call ta_file,build/arm64,$(name)))
TAS_arm64-rpmb := $(foreach name,$(TAS),$(call ta_file,build/arm64-rpmb,$(name)))
TAS_armhf := $(foreach name,$(TAS),$(call ta_file,build/armhf,$(name)))

# --- library and command -----------------------------------------------------------------------

# Debian's libteec of the guest and a static mbedTLS; of their folder of headers only those are put on the include
# path, as the rest of it belongs to another libc than the cross compiler's.
CC_arm64 := aarch64-linux-gnu-gcc
TEEC_INCLUDE_arm64 := build/arm64/include
TEEC_LIB_arm64 = $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libteec.so.2
TEEC_READY_arm64 := build/arm64/include/.ready
CRYPTO_LIB_arm64 = $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libmbedcrypto.a
SQLITE_LIB_arm64 = $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libsqlite3.so.0
OPENSSL_LIB_arm64 = $(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libcrypto.so.3

CC_armhf := arm-linux-gnueabihf-gcc
TEEC_INCLUDE_armhf := build/armhf/include
TEEC_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libteec.so.2
TEEC_READY_armhf := build/armhf/include/.ready
CRYPTO_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libmbedcrypto.a
SQLITE_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libsqlite3.so.0
OPENSSL_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libcrypto.so.3

build/arm64/include/.ready: $(ARM64_STAMP)
	@mkdir -p $(@D)
	@cp -r $(addprefix $(ARM64_ROOT)/usr/include/,tee_client_api.h tee_client_api_extensions.h mbedtls psa sqlite3.h openssl \
		aarch64-linux-gnu/openssl) $(@D)/
	@touch $@

build/armhf/include/.ready: $(ARMHF_STAMP)
	@mkdir -p $(@D)
	@cp -r $(addprefix $(ARMHF_ROOT)/usr/include/,tee_client_api.h tee_client_api_extensions.h mbedtls psa sqlite3.h openssl \
		arm-linux-gnueabihf/openssl) $(@D)/
	@touch $@

$(eval $(call client,arm64))
$(eval $(call client,armhf))

# --- what the emulated machines get --------------------------------------------------------------

TEST_CLIENTS := festore-test-login festore-test-raw festore-test-crowd festore-test-stats festore-test-vectors festore-test-crash festore-test-shake.so festore-test-hostile.so

# A TA of the vault TA's sources that are given what standards print.
VECTORS_UUID := cb408680-8768-4722-9aaf-299911b02ab8
VECTORS_FILES := $(wildcard tests/vectors/*) $(wildcard ta/*.h ta/kit/* ta/vault/*.[ch] ta/include/*.h)

# $(call vectors_ta,ARCH,KIT,CROSS_COMPILE,STAMP)
define vectors_ta
build/$(1)/test/vectors/$(VECTORS_UUID).ta: $(VECTORS_FILES) $(4) $$(MBEDTLS_STAMP)
	+$$(MAKE) -C tests/vectors --no-print-directory TA_DEV_KIT_DIR=$$(abspath $(2)) \
		MBEDTLS_SOURCE=$$(abspath $$(MBEDTLS_DIR)) CROSS_COMPILE=$(3) O=$$(abspath $$(@D)) all
endef
$(eval $(call vectors_ta,arm64,$(TA_KIT_ARM64),aarch64-linux-gnu-,$(ARM64_STAMP)))
$(eval $(call vectors_ta,arm64-rpmb,$(TA_KIT_ARM64_RPMB),aarch64-linux-gnu-,$(TA_KIT_ARM64_RPMB_STAMP)))
$(eval $(call vectors_ta,armhf,$(TA_KIT_ARM32),arm-linux-gnueabihf-,$(TA_KIT_ARM32_STAMP)))

# The same TAs with a command by which they panic, for the machine with an RPMB, beside the product's. The kit puts objects of ../../ta two
# folders above its own.
CRASH_FILES := $(wildcard tests/crash/*)
# $(call crash_file,ARCH,TA)
crash_file = build/$(1)/test/crash/$(2)/out/signed/$(TA_UUID_$(2)).ta

CRASH_TAS_arm64-rpmb := $(foreach name,$(TAS),$(call crash_file,arm64-rpmb,$(name)))

define crash_ta
$(call crash_file,arm64-rpmb,$(1)): $(CRASH_FILES) $(call ta_files,$(1)) $$(TA_KIT_ARM64_RPMB_STAMP) $$(MBEDTLS_STAMP)
	+$$(MAKE) -C tests/crash --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_KIT_ARM64_RPMB)) \
		MBEDTLS_SOURCE=$$(abspath $$(MBEDTLS_DIR)) CROSS_COMPILE=aarch64-linux-gnu- O=$$(abspath $$(@D)) all
endef
$(foreach name,$(TAS),$(eval $(call crash_ta,$(name))))

# The same TAs under a signature that the machine's OP-TEE must refuse: by a key made here and used for nothing else.
OTHER_KEY := build/other-key.pem

$(OTHER_KEY):
	@mkdir -p $(@D)
	@openssl genrsa -out $@ 2048 2>/dev/null

# $(call other_key_ta,ARCH,KIT,TA)
define other_key_ta
build/$(1)/test/other-key/$(TA_UUID_$(3)).ta: $(call ta_file,build/$(1),$(3)) $(OTHER_KEY)
	@mkdir -p $$(@D)
	@echo '  SIGN    $$@'
	@$$(PYTHON3) $(2)/scripts/sign_encrypt.py sign-enc --uuid $(TA_UUID_$(3)) --ta-version 0 \
		--key $(OTHER_KEY) --in $$(<:.ta=.stripped.elf) --out $$@ >/dev/null
endef

# $(call stage,ARCH,KIT,TRIPLET,CLIENT): build/ARCH/root, which the guest gets on top of its own root file system: TAs of ARCH,
# programs of CLIENT, and MACHINE_FILES_ARCH.
define stage
$(foreach name,$(TAS),$(eval $(call other_key_ta,$(1),$(2),$(name))))
OTHER_KEY_TAS_$(1) := $(foreach name,$(TAS),build/$(1)/test/other-key/$(TA_UUID_$(name)).ta)

build/$(1)/root.stamp: $(addprefix build/$(4)/,festore libfestore.so.0 $(READERS) $(TEST_CLIENTS)) $(TAS_$(1)) $$(OTHER_KEY_TAS_$(1)) $(CRASH_TAS_$(1)) \
		build/$(1)/test/vectors/$(VECTORS_UUID).ta $(MACHINE_FILES_$(1))
	rm -rf build/$(1)/root
	install -D -m 0755 -t build/$(1)/root/usr/bin $(addprefix build/$(4)/,festore $(READERS) $(TEST_CLIENTS))
	install -D -m 0644 -t build/$(1)/root/usr/share/festore-test/other-key $$(OTHER_KEY_TAS_$(1))
	$(if $(CRASH_TAS_$(1)),install -D -m 0644 -t build/$(1)/root/usr/share/festore-test/crash $(CRASH_TAS_$(1)))
	$(if $(MACHINE_FILES_$(1)),install -D -m 0644 -t build/$(1)/root/usr/lib/machine $(MACHINE_FILES_$(1)))
	install -D -m 0644 build/$(4)/libfestore.so.0 build/$(1)/root/usr/lib/$(3)/libfestore.so.0
	install -D -m 0644 -t build/$(1)/root/lib/optee_armtz $(TAS_$(1)) build/$(1)/test/vectors/$(VECTORS_UUID).ta
	@touch $$@
endef
MACHINE_FILES_arm64-rpmb := build/arm64-rpmb/emmc.so
$(eval $(call stage,arm64,$(TA_KIT_ARM64),aarch64-linux-gnu,arm64))
$(eval $(call stage,arm64-rpmb,$(TA_KIT_ARM64_RPMB),aarch64-linux-gnu,arm64))
$(eval $(call stage,armhf,$(TA_KIT_ARM32),arm-linux-gnueabihf,armhf))

.PHONY: stage
stage: $(if $(ARCH_$(MACHINE)),build/$(ARCH_$(MACHINE))/root.stamp,machine)

run: stage

# The board's architecture: compiled and linked, so that nothing 64-bit creeps in.
.PHONY: check-armhf
check-armhf: client-armhf $(TAS_armhf)
	@arm-linux-gnueabihf-readelf -h build/armhf/festore | grep -q 'Class: *ELF32' && echo 'armhf: TAs and command compile and link'

# The picture in docs/BOOT.md.
.PHONY: boot-diagram
boot-diagram:
	@bootlog/diagram.py >docs/boot.svg

include demo/demo.mk
include lint.mk
include tests/tests.mk
include tests/coverage.mk
include tests/mutants/mutants.mk
include tests/model/model.mk
include fuzz/fuzz.mk
include install.mk
include bench/bench.mk
include results/results.mk
include tests/long.mk
include platform/stm32mp157f-dk2/board.mk

# --- all tests: static checks, host, real OP-TEE ------------------------------------------------

.PHONY: check check-host check-machine check-smoke check-armv7
check-machine: machine stage
	@tests/machine/run.sh

check-smoke: machine stage
	@tests/machine/smoke.sh

# Boots the 32-bit machine, the board's architecture, for the smoke list; all of the tests there: check-long MACHINE=qemu-armv7.
check-armv7:
	@$(MAKE) --no-print-directory MACHINE=qemu-armv7 check-smoke

# The long ones first, so that both cores have work to the end. check-coverage is all that runs under ASan and UBSan.
CHECKS_HOST := check-coverage check-mutants check-unit-host-m32 check-install check-fuzz-short check-armv7 check-lint check-e2e-plain check-model \
	check-crowd check-board check-disk check-linux check-image
check-host: host-packages
	@set -e; for check in $(CHECKS_HOST); do \
		echo "== $$check"; \
		$(MAKE) --no-print-directory $$check; \
	done

# What several of them need, so that they can run side by side.
.PHONY: check-built check-prepared
check-built: $(foreach flavour,host host-asan,client-$(flavour) host-tee-$(flavour)) \
		$(foreach flavour,$(HOST_FLAVOURS),$(addprefix $(BUILD)/$(flavour)/unit/,$(filter-out $(WITHOUT_$(flavour)),$(UNIT_TESTS)))) \
		$(BENCH)/disk $(FUZZ_TARGETS) kits

check-prepared: check-armhf
	@$(MAKE) --no-print-directory MACHINE=qemu-armv7 machine stage
	@$(MAKE) --no-print-directory -j2 check-built

check: machine stage
	@tests/check.sh $(MAKE) check-machine check-prepared $(CHECKS_HOST)

.PHONY: clean distclean
clean:
	find build -mindepth 1 -maxdepth 1 ! -name debian -exec rm -rf {} +

distclean:
	rm -rf build
