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
	@echo 'make bench     what operations cost, beside bare GP persistent objects (BENCH_FULL=1: among more objects)'
	@echo 'make bench-disk what a vault writes and takes on the disk, counted without a machine'
	@echo 'make coverage, make mutants: how good the tests are'
	@echo 'make fuzz, make check-fuzz: hostile requests to the TA until something is found, or in a time box'
	@echo 'make install   for a system of your own, with your TA dev kit and key: docs/BOARD.md'
	@echo 'make run       a console on the emulated machine'
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
ta_files = $(wildcard ta/*.[ch] ta/$(1)/*.[ch] ta/include/*.h ta/Makefile ta/sub.mk ta/$(1)/sub.mk) VERSION

define ta
$(call ta_file,build/arm64,$(1)): $(call ta_files,$(1)) $$(ARM64_STAMP)
	+$$(MAKE) -C ta --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_KIT_ARM64)) \
		CROSS_COMPILE=aarch64-linux-gnu- O=$$(abspath $$(@D)) all

$(call ta_file,build/armhf,$(1)): $(call ta_files,$(1)) $$(TA_KIT_ARM32_STAMP)
	+$$(MAKE) -C ta --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_KIT_ARM32)) \
		CROSS_COMPILE=arm-linux-gnueabihf- O=$$(abspath $$(@D)) all
endef
$(foreach name,$(TAS),$(eval $(call ta,$(name))))

TAS_arm64 := $(foreach name,$(TAS),$(call ta_file,build/arm64,$(name)))
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

CC_armhf := arm-linux-gnueabihf-gcc
TEEC_INCLUDE_armhf := build/armhf/include
TEEC_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libteec.so.2
TEEC_READY_armhf := build/armhf/include/.ready
CRYPTO_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libmbedcrypto.a
SQLITE_LIB_armhf = $(ARMHF_ROOT)/usr/lib/arm-linux-gnueabihf/libsqlite3.so.0

build/arm64/include/.ready: $(ARM64_STAMP)
	@mkdir -p $(@D)
	@cp -r $(addprefix $(ARM64_ROOT)/usr/include/,tee_client_api.h tee_client_api_extensions.h mbedtls psa sqlite3.h) $(@D)/
	@touch $@

build/armhf/include/.ready: $(ARMHF_STAMP)
	@mkdir -p $(@D)
	@cp -r $(addprefix $(ARMHF_ROOT)/usr/include/,tee_client_api.h tee_client_api_extensions.h mbedtls psa sqlite3.h) $(@D)/
	@touch $@

$(eval $(call client,arm64))
$(eval $(call client,armhf))

# --- what the emulated machine gets --------------------------------------------------------------

STAGE := build/arm64/root
STAGE_STAMP := build/arm64/root.stamp

# The same TAs under a signature that this OP-TEE must refuse: by a key made here and used for nothing else.
OTHER_KEY := build/arm64/test/other-key.pem
OTHER_KEY_TAS := $(foreach name,$(TAS),build/arm64/test/other-key/$(TA_UUID_$(name)).ta)

$(OTHER_KEY):
	@mkdir -p $(@D)
	@openssl genrsa -out $@ 2048 2>/dev/null

define other_key_ta
build/arm64/test/other-key/$(TA_UUID_$(1)).ta: $(call ta_file,build/arm64,$(1)) $(OTHER_KEY)
	@mkdir -p $$(@D)
	@echo '  SIGN    $$@'
	@$$(PYTHON3) $$(TA_KIT_ARM64)/scripts/sign_encrypt.py sign-enc --uuid $(TA_UUID_$(1)) --ta-version 0 \
		--key $(OTHER_KEY) --in $$(<:.ta=.stripped.elf) --out $$@ >/dev/null
endef
$(foreach name,$(TAS),$(eval $(call other_key_ta,$(name))))

$(STAGE_STAMP): build/arm64/festore build/arm64/festore-test-login build/arm64/festore-test-raw \
		build/arm64/libfestore.so.0 $(TAS_arm64) $(OTHER_KEY_TAS)
	rm -rf $(STAGE)
	install -D -m 0755 build/arm64/festore $(STAGE)/usr/bin/festore
	install -D -m 0755 build/arm64/festore-test-login $(STAGE)/usr/bin/festore-test-login
	install -D -m 0755 build/arm64/festore-test-raw $(STAGE)/usr/bin/festore-test-raw
	install -D -m 0644 -t $(STAGE)/usr/share/festore-test/other-key $(OTHER_KEY_TAS)
	install -D -m 0644 build/arm64/libfestore.so.0 $(STAGE)/usr/lib/aarch64-linux-gnu/libfestore.so.0
	install -D -m 0644 -t $(STAGE)/lib/optee_armtz $(TAS_arm64)
	@touch $@

.PHONY: stage
stage: $(STAGE_STAMP)

run: stage

# The board's architecture: compiled and linked, so that nothing 64-bit creeps in.
.PHONY: check-armhf
check-armhf: client-armhf $(TAS_armhf)
	@arm-linux-gnueabihf-readelf -h build/armhf/festore | grep -q 'Class: *ELF32' && echo 'armhf: TAs and command compile and link'

include demo/demo.mk
include lint.mk
include tests/tests.mk
include tests/coverage.mk
include tests/mutants/mutants.mk
include tests/model/model.mk
include fuzz/fuzz.mk
include install.mk
include bench/bench.mk
include tests/long.mk

# --- all tests: static checks, host, real OP-TEE ------------------------------------------------

.PHONY: check check-host check-machine
check-machine: machine stage
	@tests/machine/run.sh

# One after another, so that the output can be read.
CHECKS_HOST := check-lint check-unit check-e2e check-disk check-install check-coverage mutants check-model check-fuzz-short
check-host: host-packages
	@set -e; for check in $(CHECKS_HOST); do \
		echo "== $$check"; \
		$(MAKE) --no-print-directory $$check; \
	done

check: machine stage check-armhf
	@tests/check.sh $(MAKE)

.PHONY: clean distclean
clean:
	find build -mindepth 1 -maxdepth 1 ! -name debian -exec rm -rf {} +

distclean:
	rm -rf build
