# SPDX-License-Identifier: BSD-2-Clause
# The machines and what is built against them, for the top-level Makefile: kits and libraries from Debian, the emulated machine.
# Everything it makes lies under build/, and is made again only when what it was made from changed.

BUILD ?= build
PLATFORM_DIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
include $(PLATFORM_DIR)/versions.mk

FETCH := BUILD=$(BUILD) STRICT=$(STRICT) $(PLATFORM_DIR)/fetch.sh

# OP-TEE's kits run "python3" for signing; the one with Debian's python3-cryptography is this.
PYTHON3 := /usr/bin/python3
export PYTHON3

ARM64_ROOT := $(BUILD)/debian/$(ARM64_SUITE)-arm64/root
ARM64_STAMP := $(BUILD)/debian/$(ARM64_SUITE)-arm64/stamp
TA_KIT_ARM64 := $(ARM64_ROOT)/usr/lib/optee-os-dev/vexpress-qemu_armv8a

ARMHF_ROOT := $(BUILD)/debian/armhf/root
ARMHF_STAMP := $(BUILD)/debian/armhf.stamp
TA_KIT_ARM32 := $(BUILD)/optee-arm32/export-ta_arm32
TA_KIT_ARM32_STAMP := $(BUILD)/optee-arm32/kit.stamp

# fetch.sh knows in no time whether its list is the one that was fetched, and leaves the stamp alone then: so it is always asked.
.PHONY: fetch-always
fetch-always:

.PHONY: host-packages
host-packages:
	@BUILD=$(BUILD) $(PLATFORM_DIR)/host-packages.sh

$(ARM64_STAMP): fetch-always | host-packages
	@$(FETCH) $(ARM64_SUITE) arm64 $(ARM64_PACKAGES)

$(ARMHF_STAMP): $(PLATFORM_DIR)/versions.mk $(PLATFORM_DIR)/fetch.sh | host-packages
	@for suite in $(ARMHF_SUITES); do \
		if $(FETCH) $$suite armhf $(ARMHF_PACKAGES); then \
			ln -sfn $$suite-armhf $(BUILD)/debian/armhf && touch $@ && exit 0; \
		fi; \
	done; \
	echo "no suite of $(ARMHF_SUITES) has an armhf index that verifies; authentication stays on" >&2; exit 1

OPTEE_SOURCE_DIR := $(BUILD)/debian/optee-source
OPTEE_SOURCE_STAMP := $(BUILD)/debian/optee-source.stamp
$(OPTEE_SOURCE_STAMP): $(PLATFORM_DIR)/versions.mk $(PLATFORM_DIR)/fetch.sh | host-packages
	@for suite in $(OPTEE_SOURCE_SUITES); do \
		if $(FETCH) $$suite source $(OPTEE_SOURCE); then \
			ln -sfn $$suite-source/optee-os $(OPTEE_SOURCE_DIR) && touch $@ && exit 0; \
		fi; \
	done; exit 1

# Debian's optee-os-dev has 64-bit kits only. The kit's libraries do not depend on the board: any 32-bit platform will do.
ARMV7_DIR := $(PLATFORM_DIR)/armv7
$(TA_KIT_ARM32_STAMP): $(OPTEE_SOURCE_STAMP) $(PLATFORM_DIR)/optee.sh
	@$(PLATFORM_DIR)/optee.sh $(OPTEE_SOURCE_DIR) $(BUILD)/optee-arm32 kit 32 vexpress-qemu_virt
	@touch $@

.PHONY: kits
kits: $(ARM64_STAMP) $(ARMHF_STAMP) $(TA_KIT_ARM32_STAMP)

# Which machine a target is about; each has a folder here with what is its own. RPMB=1: the one that has an RPMB partition.
MACHINE ?= qemu-arm64
ifneq ($(RPMB),)
override MACHINE := qemu-arm64-rpmb
endif
export MACHINE
DRIVE := BUILD=$(BUILD) $(PLATFORM_DIR)/machine

TFA_SOURCE_DIR := $(BUILD)/debian/$(TFA_SUITE)-source/arm-trusted-firmware
TFA_SOURCE_STAMP := $(BUILD)/debian/$(TFA_SUITE)-source/stamp
MBEDTLS_DIR := $(BUILD)/debian/$(TFA_SUITE)-source/mbedtls
MBEDTLS_STAMP := $(TFA_SOURCE_STAMP)
$(TFA_SOURCE_STAMP): fetch-always | host-packages
	@$(FETCH) $(TFA_SUITE) source $(TFA_SOURCE) $(MBEDTLS_SOURCE_PACKAGE)

# U-Boot and Linux, for 32 bit only.
UBOOT_SOURCE_DIR := $(BUILD)/debian/uboot-source
UBOOT_SOURCE_STAMP := $(BUILD)/debian/uboot-source.stamp
$(UBOOT_SOURCE_STAMP): $(PLATFORM_DIR)/versions.mk $(PLATFORM_DIR)/fetch.sh | host-packages
	@for suite in $(UBOOT_SUITES); do \
		if $(FETCH) $$suite source $(UBOOT_SOURCE); then \
			ln -sfn $$suite-source/u-boot $(UBOOT_SOURCE_DIR) && touch $@ && exit 0; \
		fi; \
	done; \
	echo "no suite of $(UBOOT_SUITES) has a source of U-Boot that verifies; authentication stays on" >&2; exit 1

LINUX_ROOT := $(BUILD)/debian/$(LINUX_SUITE)-amd64/root
LINUX_STAMP := $(BUILD)/debian/$(LINUX_SUITE)-amd64/stamp
$(LINUX_STAMP): fetch-always | host-packages
	@$(FETCH) $(LINUX_SUITE) amd64 $(LINUX_SOURCE)

ARMV7_PARTS := $(BUILD)/armv7-parts
$(ARMV7_PARTS)/zImage: $(LINUX_STAMP) $(ARMV7_DIR)/kernel.sh $(ARMV7_DIR)/kernel.config
	@$(ARMV7_DIR)/kernel.sh $(LINUX_ROOT) $(ARMV7_PARTS)
	@touch $@

QEMU_FIRMWARE_FILES := $(PLATFORM_DIR)/qemu-firmware.sh $(PLATFORM_DIR)/tfa.sh
GUEST_FILES := $(PLATFORM_DIR)/initramfs.sh \
	$(wildcard $(PLATFORM_DIR)/guest/* $(PLATFORM_DIR)/../system/*/* $(PLATFORM_DIR)/../system/*/*/*)
include $(PLATFORM_DIR)/qemu-arm64/machine.mk
include $(PLATFORM_DIR)/qemu-arm64-rpmb/machine.mk
include $(PLATFORM_DIR)/qemu-armv7/machine.mk

.PHONY: machine run logs machine-stop
ifneq ($(PARTS_$(MACHINE)),)
machine: $(addprefix $(PARTS_$(MACHINE))/,flash.bin base.cpio $(KERNEL_$(MACHINE)))
else
machine:
	@echo 'MACHINE=$(MACHINE) cannot be emulated: qemu-arm64, qemu-arm64-rpmb and qemu-armv7 can' >&2; exit 1
endif

# "make run" has a machine, and a disk, of its own: a check or a demo next to it disturbs neither.
run: machine
	@MACHINE_NAME=$${MACHINE_NAME:-run} $(DRIVE) console

logs:
	@MACHINE_NAME=$${MACHINE_NAME:-run} $(DRIVE) logs

machine-stop:
	@$(DRIVE) stop
