# SPDX-License-Identifier: BSD-2-Clause
# The emulated machine of 64 bit with an eMMC that has an RPMB partition (RPMB=1): Debian's OP-TEE is built without RPMB FS, so this
# one is built from Debian's source. All else is qemu-arm64's, but for the TAs, which this OP-TEE's key must sign.
#
# CFG_RPMB_WRITE_KEY: at the first use of a virgin chip OP-TEE writes the key, derived from the HUK, into it. That is for a test
# machine or a factory: whoever shows OP-TEE a virgin chip of his own learns the key, and OP-TEE's log has it.
# CFG_REE_FS_INTEGRITY_RPMB=n: what is in RPMB and what tee-supplicant keeps are independent (docs/DESIGN.md says why).

PARTS_qemu-arm64-rpmb := $(BUILD)/qemu-arm64-rpmb-parts
KERNEL_qemu-arm64-rpmb := Image
ARCH_qemu-arm64-rpmb := arm64-rpmb

RPMB_OPTEE := $(BUILD)/optee-arm64-rpmb
RPMB_OPTEE_CONFIG := CFG_ARM_GICV3=y CFG_TEE_CORE_LOG_LEVEL=3 CFG_RPMB_FS=y CFG_RPMB_WRITE_KEY=y CFG_REE_FS_INTEGRITY_RPMB=n
TA_KIT_ARM64_RPMB := $(RPMB_OPTEE)/export-ta_arm64
TA_KIT_ARM64_RPMB_STAMP := $(RPMB_OPTEE)/kit.stamp

$(TA_KIT_ARM64_RPMB_STAMP): $(OPTEE_SOURCE_STAMP) $(PLATFORM_DIR)/optee.sh $(PLATFORM_DIR)/qemu-arm64-rpmb/machine.mk
	@$(PLATFORM_DIR)/optee.sh $(OPTEE_SOURCE_DIR) $(RPMB_OPTEE) all 64 vexpress-qemu_armv8a $(RPMB_OPTEE_CONFIG)
	@touch $@

$(PARTS_qemu-arm64-rpmb)/flash.bin: $(TFA_SOURCE_STAMP) $(TA_KIT_ARM64_RPMB_STAMP) $(QEMU_FIRMWARE_FILES) $(PLATFORM_DIR)/qemu-arm64/machine.mk
	@$(PLATFORM_DIR)/qemu-firmware.sh $(TFA_SOURCE_DIR) $(RPMB_OPTEE)/core $(@D) $(TFA_qemu-arm64)
	@touch $@

$(PARTS_qemu-arm64-rpmb)/base.cpio $(PARTS_qemu-arm64-rpmb)/Image: $(PARTS_qemu-arm64-rpmb)/%: $(PARTS_qemu-arm64)/%
	@mkdir -p $(@D)
	@cp $< $@

# The chip, for tee-supplicant to be started with.
EMMC_SRCS := $(wildcard $(PLATFORM_DIR)/emmc/*.c)
EMMC_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Wconversion -Wshadow -Werror -fPIC -D_GNU_SOURCE
$(BUILD)/arm64-rpmb/emmc.so: $(EMMC_SRCS) $(wildcard $(PLATFORM_DIR)/emmc/*.h) $(BUILD)/arm64/include/.ready
	@mkdir -p $(@D)
	@echo '  LD      $@'
	@aarch64-linux-gnu-gcc $(EMMC_CFLAGS) -isystem $(BUILD)/arm64/include -shared -Wl,--allow-shlib-undefined -o $@ $(EMMC_SRCS) \
		$(ARM64_ROOT)/usr/lib/aarch64-linux-gnu/libcrypto.so.3
