#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the board's firmware: TF-A's first stage with the header that the chip's ROM wants, and the package (FIP) that it loads: OP-TEE
# in DDR, U-Boot, and the device trees of both.
# usage: platform/stm32mp157f-dk2/firmware.sh TFA-SOURCE OPTEE-BINARIES U-BOOT-FOLDER OUTPUT-FOLDER
# it makes OUTPUT-FOLDER/tf-a.stm32 and OUTPUT-FOLDER/fip.bin
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$1
optee=$(cd "$2" && pwd)
uboot=$(cd "$3" && pwd)
mkdir -p "$4"
output=$(cd "$4" && pwd)

# U-Boot's last part is its device tree, which TF-A loads by itself.
tail -c "+$(($(stat -c %s "$uboot/u-boot-nodtb.bin") + 1))" "$uboot/u-boot.bin" >"$output/u-boot.dtb"

key=$(cat "$0" "$here/../tfa.sh" "$source/debian/changelog" "$optee"/tee-header_v2.bin "$optee"/tee-pager_v2.bin \
	"$optee"/tee-pageable_v2.bin "$uboot/u-boot.bin" | sha256sum)
if [ -f "$output/fip.bin" ] && [ "$(cat "$output/firmware.key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
rm -f "$output/firmware.key"

# This TF-A has the device tree of the C only; of the F it has the configuration, which is the same: the two chips differ in what
# their cores may clock. Debian's compiler adds a build-id at address 0, of which the image would become 800 MB of zeros.
echo "firmware: building TF-A for the board"
"$here/../tfa.sh" "$source" "$output/tfa" PLAT=stm32mp1 ARCH=aarch32 ARM_ARCH_MAJOR=7 AARCH32_SP=optee STM32MP15=1 STM32MP_SDMMC=1 STM32MP_USB_PROGRAMMER=1 \
	CROSS_COMPILE=arm-linux-gnueabihf- DTB_FILE_NAME=stm32mp157c-dk2.dtb \
	STM32_TF_ELF_LDFLAGS="--hash-style=gnu --as-needed --build-id=none -static" \
	BL33="$uboot/u-boot-nodtb.bin" BL33_CFG="$output/u-boot.dtb" BL32="$optee/tee-header_v2.bin" \
	BL32_EXTRA1="$optee/tee-pager_v2.bin" BL32_EXTRA2="$optee/tee-pageable_v2.bin" all fip
made=$output/tfa/stm32mp1/release

# TF-A expects OP-TEE in the chip's own memory, as it is with paging, and panics when it finds one that wants to be elsewhere. This
# one is whole in the last 32 MiB of DDR, which the same file makes secure.
cp "$made/fdts/stm32mp157c-dk2-fw-config.dtb" "$output/fw-config.dtb"
fdtput -t x "$output/fw-config.dtb" /dtb-registry/tos_fw load-address 0 de000000
fdtput -t x "$output/fw-config.dtb" /dtb-registry/tos_fw max-size 2000000
cp "$made/fip.bin" "$output/fip.new"
"$source/tools/fiptool/fiptool" update --fw-config "$output/fw-config.dtb" "$output/fip.new"

cp "$made/tf-a-stm32mp157c-dk2.stm32" "$output/tf-a.stm32"
mv "$output/fip.new" "$output/fip.bin"
echo "$key" >"$output/firmware.key"
