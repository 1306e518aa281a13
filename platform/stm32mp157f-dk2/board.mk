# SPDX-License-Identifier: BSD-2-Clause
# The SD card of the reference board. "make image MACHINE=stm32mp157f-dk2" makes it from Debian packages, sources and this repository;
# docs/BOARDS.md says what is in it and why.

BOARD_DIR := $(PLATFORM_DIR)/stm32mp157f-dk2
BOARD_PARTS := $(BUILD)/stm32mp157f-dk2-parts
BOARD := $(BUILD)/stm32mp157f-dk2

# Made at the first build and kept by its user; BOARD_KEY= names another one. (TA_SIGN_KEY would reach OP-TEE's makes, and sign the
# emulated machines' TAs too.)
BOARD_KEY ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/festore/stm32mp157f-dk2-ta-key.pem
BOARD_PUBLIC_KEY := $(BOARD_PARTS)/ta-key-public.pem

# The time of everything in the image: that of the newest source.
BOARD_SECONDS = $(shell dpkg-parsechangelog -l $(OPTEE_SOURCE_DIR)/debian/changelog -S Timestamp)

# Whole in DDR, for which the pager is off; TAs and OP-TEE's own storage on; the hardware key out of fuses, which it cannot blow; nothing
# that is there for debugging and testing OP-TEE.
BOARD_OPTEE := CFG_WITH_PAGER=n CFG_WITH_USER_TA=y CFG_REE_FS=y CFG_STM32MP15_HUK=y CFG_STM32_HUK_FROM_DT=y CFG_STM32_BSEC_WRITE=n \
	CFG_TEE_CORE_DEBUG=n CFG_ENABLE_EMBEDDED_TESTS=n CFG_BUILD_IN_TREE_TA=n

# key.sh leaves the public half alone when it is the same, so it is always asked.
.PHONY: board-always
board-always:

$(BOARD_PUBLIC_KEY): board-always $(OPTEE_SOURCE_STAMP)
	@$(BOARD_DIR)/key.sh $(BOARD_KEY) $@ $(OPTEE_SOURCE_DIR)/keys/default_ta.pem

$(BOARD_PARTS)/optee/core/tee-header_v2.bin: $(OPTEE_SOURCE_STAMP) $(PLATFORM_DIR)/optee.sh $(BOARD_PUBLIC_KEY) $(BOARD_DIR)/board.mk
	@$(PLATFORM_DIR)/optee.sh $(OPTEE_SOURCE_DIR) $(BOARD_PARTS)/optee all 32 stm32mp1-157C_DK2_SCMI $(BOARD_OPTEE) \
		TA_PUBLIC_KEY=$(abspath $(BOARD_PUBLIC_KEY))
	@! arm-linux-gnueabihf-nm $(@D)/tee.elf | grep -q stm32_bsec_program_otp || { echo 'image: this OP-TEE could blow fuses' >&2; exit 1; }
	@touch $@

$(BOARD_PARTS)/u-boot.bin: $(UBOOT_SOURCE_STAMP) $(ARMV7_DIR)/uboot.sh $(BOARD_DIR)/u-boot.config
	@$(ARMV7_DIR)/uboot.sh $(UBOOT_SOURCE_DIR) $(@D) stm32mp15_defconfig $(BOARD_DIR)/u-boot.config DEVICE_TREE=stm32mp157c-dk2-scmi
	@touch $@

$(BOARD_PARTS)/fip.bin: $(TFA_SOURCE_STAMP) $(BOARD_PARTS)/optee/core/tee-header_v2.bin $(BOARD_PARTS)/u-boot.bin $(PLATFORM_DIR)/tfa.sh \
		$(BOARD_DIR)/firmware.sh
	@$(BOARD_DIR)/firmware.sh $(TFA_SOURCE_DIR) $(BOARD_PARTS)/optee/core $(BOARD_PARTS) $(BOARD_PARTS)
	@touch $@

$(BOARD_PARTS)/debian.tar: $(ARMHF_STAMP) $(BOARD_DIR)/debian.sh $(BOARD_DIR)/packages.txt $(BOARD_DIR)/in-namespace.sh
	@$(BOARD_DIR)/debian.sh $(BUILD)/debian/armhf $@ $(BOARD_SECONDS)
	@touch $@

# Signed with PKCS #1 v1.5, which gives the same bytes each time, where the kit's default is random.
BOARD_TAS := $(foreach name,$(TAS),$(BOARD_PARTS)/ta/$(TA_UUID_$(name)).ta)
define board_ta
$(BOARD_PARTS)/ta/$(TA_UUID_$(1)).ta: $(call ta_file,build/armhf,$(1)) $(BOARD_PUBLIC_KEY)
	@mkdir -p $$(@D)
	@echo '  SIGN    $$@'
	@$$(PYTHON3) $$(TA_KIT_ARM32)/scripts/sign_encrypt.py sign-enc --uuid $(TA_UUID_$(1)) --ta-version 0 \
		--algo TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 --key $$(BOARD_KEY) --in $$(<:.ta=.stripped.elf) --out $$@ >/dev/null
endef
$(foreach name,$(TAS),$(eval $(call board_ta,$(name))))

# festore as "make install" puts it on any board, Linux, and the device tree for it; ssh keys that may log in as root, if wanted.
BOARD_STAGE := $(BOARD_PARTS)/stage
$(BOARD_PARTS)/stage.stamp: build/armhf/festore build/armhf/libfestore.so.0 $(BOARD_TAS) $(ARMV7_PARTS)/zImage $(wildcard system/*/* system/*/*/*) \
		man/festore.1 completion/festore $(BOARD_DIR)/board.mk board-always
	@rm -rf $(BOARD_STAGE).new
	@$(MAKE) --no-print-directory install-client install-doc install-system O=$(BOARD_PARTS)/own CROSS_COMPILE=arm-linux-gnueabihf- \
		CFLAGS=-g0 TEEC_PREFIX=$(abspath $(ARMHF_ROOT))/usr DESTDIR=$(abspath $(BOARD_STAGE)).new PREFIX=/usr \
		LIBDIR=/usr/lib/arm-linux-gnueabihf >$(BOARD_PARTS)/install.log
	@install -D -m 0644 -t $(BOARD_STAGE).new/usr/lib/optee_armtz $(BOARD_TAS)
	@install -D -m 0644 -t $(BOARD_STAGE).new/boot $(ARMV7_PARTS)/zImage
	@install -D -m 0644 -t $(BOARD_STAGE).new/boot/dtb $(ARMV7_PARTS)/stm32mp157c-dk2-scmi.dtb
	@if [ -n '$(AUTHORIZED_KEYS)' ]; then install -d -m 0700 $(BOARD_STAGE).new/root/.ssh && \
		install -m 0600 '$(AUTHORIZED_KEYS)' $(BOARD_STAGE).new/root/.ssh/authorized_keys; fi
	@if [ -d $(BOARD_STAGE) ] && diff -r $(BOARD_STAGE) $(BOARD_STAGE).new >/dev/null; then \
		rm -rf $(BOARD_STAGE).new; [ -f $@ ] || touch $@; \
	else \
		rm -rf $(BOARD_STAGE) && mv $(BOARD_STAGE).new $(BOARD_STAGE) && touch $@; \
	fi

# The root partition's size is partitions.txt's.
BOARD_ROOT_KIB := $(shell sed -n 's/^start=[0-9]*, size=\([0-9]*\),.* name=rootfs.*/\1/p' $(BOARD_DIR)/partitions.txt | awk '{ print $$1 / 2 }')
$(BOARD_PARTS)/rootfs.ext4: $(BOARD_PARTS)/debian.tar $(BOARD_PARTS)/stage.stamp $(BOARD_DIR)/root.sh $(BOARD_DIR)/partitions.txt \
		$(shell find $(BOARD_DIR)/rootfs -type f)
	@echo 'image: making the root file system'
	@$(BOARD_DIR)/in-namespace.sh $(BOARD_DIR)/root.sh $(BOARD_PARTS)/debian.tar $(BOARD_STAGE) $@ $(BOARD_ROOT_KIB) $(BOARD_SECONDS)

$(BOARD)/sdcard.img: $(BOARD_PARTS)/fip.bin $(BOARD_PARTS)/rootfs.ext4 $(BOARD_DIR)/image.sh $(BOARD_DIR)/partitions.txt $(BOARD_DIR)/flash.tsv
	@mkdir -p $(@D)
	@$(BOARD_DIR)/image.sh $(BOARD_PARTS) $(BOARD_PARTS)/rootfs.ext4 $@
	@cp $(BOARD_PARTS)/tf-a.stm32 $(BOARD_PARTS)/fip.bin $(BOARD_DIR)/flash.tsv $(@D)/

.PHONY: image
ifeq ($(MACHINE),stm32mp157f-dk2)
image: $(BOARD)/sdcard.img
	@echo 'image: $(BOARD)/sdcard.img, and $(BOARD)/flash.tsv for STM32CubeProgrammer'
else
image:
	@echo 'MACHINE=$(MACHINE) has no image: make image MACHINE=stm32mp157f-dk2' >&2; exit 1
endif

# --- the card and the board ------------------------------------------------------------------------

# make flash DEV=/dev/... [PART=fip]: asks before it writes. The image as it was made last, so that root need not build.
.PHONY: flash serial
flash:
	@[ -n '$(DEV)' ] || { echo 'DEV= must name the card, e.g. make flash DEV=/dev/sdX; lsblk shows which it is' >&2; exit 1; }
	@[ -f $(BOARD)/sdcard.img ] || { echo 'there is no image yet: make image MACHINE=stm32mp157f-dk2' >&2; exit 1; }
	@$(PYTHON3) $(BOARD_DIR)/flash.py $(BOARD)/sdcard.img '$(DEV)' $(if $(PART),'$(PART)')

serial: | host-packages
	@SERIAL='$(SERIAL)' $(BOARD_DIR)/serial.sh $(BOARD)/log

# --- checks ----------------------------------------------------------------------------------------

SHELL_FILES += $(wildcard tests/board/*.t tests/image/*.sh)

.PHONY: check-board check-linux check-image check-image-anew
# Linux and the device tree lie side by side.
check-linux: $(ARMV7_PARTS)/zImage
	@prove --timer --exec $(PYTHON3) tests/image/linux.py :: $< $(<D)/stm32mp157c-dk2-scmi.dtb

check-board: host-packages
	@prove --timer tests/board/*.t

# An emulated machine's firmware that loads what the board's key has signed.
BOARD_QEMU := $(BOARD_PARTS)/qemu
$(BOARD_QEMU)/optee/core/tee-header_v2.bin: $(OPTEE_SOURCE_STAMP) $(PLATFORM_DIR)/optee.sh $(BOARD_PUBLIC_KEY)
	@$(PLATFORM_DIR)/optee.sh $(OPTEE_SOURCE_DIR) $(BOARD_QEMU)/optee all 32 vexpress-qemu_virt CFG_BUILD_IN_TREE_TA=n \
		TA_PUBLIC_KEY=$(abspath $(BOARD_PUBLIC_KEY))
	@touch $@

$(BOARD_QEMU)/flash.bin: $(TFA_SOURCE_STAMP) $(BOARD_QEMU)/optee/core/tee-header_v2.bin $(PARTS_qemu-armv7)/u-boot.bin $(QEMU_FIRMWARE_FILES)
	@$(PLATFORM_DIR)/qemu-firmware.sh $(TFA_SOURCE_DIR) $(BOARD_QEMU)/optee/core $(@D) $(TFA_qemu-armv7)
	@touch $@

IMAGE_SMOKE := e2e/basics.t e2e/move.t

.PHONY: check-image-contents check-image-boot
check-image-contents: $(BOARD)/sdcard.img
	@prove --timer --exec $(PYTHON3) tests/image/contents.py :: $< $(BOARD_PUBLIC_KEY) $(OPTEE_SOURCE_DIR)/keys/default_ta.pem

check-image-boot: $(BOARD)/sdcard.img $(BOARD_QEMU)/flash.bin
	@prove --timer --exec $(PYTHON3) tests/image/boot.py :: $(BOARD_QEMU)/flash.bin $< $(BOARD)/boot $(IMAGE_SMOKE)

# Debian for the board takes minutes to install, so "make check" looks at an image where there is one to look at.
check-image:
	@if [ -f $(BOARD_PARTS)/debian.tar ]; then \
		$(MAKE) --no-print-directory check-image-contents check-image-boot; \
	else \
		echo 'image: NOT CHECKED, since there is none: make image MACHINE=stm32mp157f-dk2, or make check-long'; \
	fi

# From nothing, twice: the same bytes both times.
check-image-anew:
	@rm -rf $(BOARD_PARTS) $(BOARD)
	@$(MAKE) --no-print-directory MACHINE=stm32mp157f-dk2 image
	@mv $(BOARD)/sdcard.img $(BUILD)/first.img
	@rm -rf $(BOARD_PARTS) $(BOARD)
	@$(MAKE) --no-print-directory MACHINE=stm32mp157f-dk2 image
	@cmp $(BUILD)/first.img $(BOARD)/sdcard.img && echo 'image: two builds gave the same bytes'
	@rm $(BUILD)/first.img
	@$(MAKE) --no-print-directory check-image
