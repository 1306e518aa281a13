# SPDX-License-Identifier: BSD-2-Clause
# The emulated machine of 64 bit: TF-A with Debian's OP-TEE, which is built for GICv3, and Linux as BL33 itself, at the address where
# QEMU's loader puts it (machine.sh).

PARTS_qemu-arm64 := $(BUILD)/qemu-arm64-parts
KERNEL_qemu-arm64 := Image
ARCH_qemu-arm64 := arm64
TFA_qemu-arm64 := CROSS_COMPILE=aarch64-linux-gnu- SPD=opteed QEMU_USE_GIC_DRIVER=QEMU_GICV3 ARM_LINUX_KERNEL_AS_BL33=1 \
	PRELOADED_BL33_BASE=0x60000000

$(PARTS_qemu-arm64)/flash.bin: $(TFA_SOURCE_STAMP) $(ARM64_STAMP) $(QEMU_FIRMWARE_FILES) $(PLATFORM_DIR)/qemu-arm64/machine.mk
	@$(PLATFORM_DIR)/qemu-firmware.sh $(TFA_SOURCE_DIR) $(ARM64_ROOT)/usr/lib/optee/vexpress-qemu_armv8a $(@D) $(TFA_qemu-arm64)
	@touch $@

$(PARTS_qemu-arm64)/base.cpio: $(ARM64_STAMP) $(GUEST_FILES) $(PLATFORM_DIR)/qemu-arm64/machine.sh
	@$(PLATFORM_DIR)/initramfs.sh base $(ARM64_ROOT) $(@D) qemu-arm64

$(PARTS_qemu-arm64)/Image: $(ARM64_STAMP)
	@mkdir -p $(@D)
	@cp $(ARM64_ROOT)/boot/vmlinuz-* $@
	@touch $@
