# SPDX-License-Identifier: BSD-2-Clause
# The emulated machine of 32 bit: TF-A, OP-TEE, U-Boot and Linux, all built from Debian's sources, since Debian has neither OP-TEE
# nor a Linux with its driver for 32 bit. The Linux is the board's.

PARTS_qemu-armv7 := $(BUILD)/qemu-armv7-parts
KERNEL_qemu-armv7 := zImage
ARCH_qemu-armv7 := armhf
TFA_qemu-armv7 := CROSS_COMPILE=arm-linux-gnueabihf- ARCH=aarch32 ARM_ARCH_MAJOR=7 AARCH32_SP=optee BL33=$(abspath $(PARTS_qemu-armv7))/u-boot.bin

$(PARTS_qemu-armv7)/u-boot.bin: $(UBOOT_SOURCE_STAMP) $(ARMV7_DIR)/uboot.sh $(PLATFORM_DIR)/qemu-armv7/u-boot.config
	@$(ARMV7_DIR)/uboot.sh $(UBOOT_SOURCE_DIR) $(@D) qemu_arm_defconfig $(PLATFORM_DIR)/qemu-armv7/u-boot.config
	@touch $@

# Core and kit of one platform share a folder, and so what they have in common.
OPTEE_qemu-armv7 := $(BUILD)/optee-arm32/core/tee-header_v2.bin
$(OPTEE_qemu-armv7): $(TA_KIT_ARM32_STAMP)
	@$(PLATFORM_DIR)/optee.sh $(OPTEE_SOURCE_DIR) $(BUILD)/optee-arm32 all 32 vexpress-qemu_virt
	@touch $@

$(PARTS_qemu-armv7)/flash.bin: $(TFA_SOURCE_STAMP) $(OPTEE_qemu-armv7) $(PARTS_qemu-armv7)/u-boot.bin $(QEMU_FIRMWARE_FILES) \
		$(PLATFORM_DIR)/qemu-armv7/machine.mk
	@$(PLATFORM_DIR)/qemu-firmware.sh $(TFA_SOURCE_DIR) $(BUILD)/optee-arm32/core $(@D) $(TFA_qemu-armv7)
	@touch $@

$(PARTS_qemu-armv7)/base.cpio: $(ARMHF_STAMP) $(GUEST_FILES) $(PLATFORM_DIR)/qemu-armv7/machine.sh
	@$(PLATFORM_DIR)/initramfs.sh base $(ARMHF_ROOT) $(@D) qemu-armv7

$(PARTS_qemu-armv7)/zImage: $(ARMV7_PARTS)/zImage
	@mkdir -p $(@D)
	@cp $< $@
