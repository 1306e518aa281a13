#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the machine's flash: TF-A from Debian's source with Debian's OP-TEE binaries in it, which starts Linux directly.
# usage: platform/qemu-arm64/firmware.sh TFA-SOURCE OPTEE-BINARIES OUTPUT-FOLDER     the flash is OUTPUT-FOLDER/flash.bin
set -eu

source=$1
optee=$(cd "$2" && pwd)
mkdir -p "$3"
output=$(cd "$3" && pwd)

# Only what goes into the flash counts: a newer strace in the guest must not cost a build of the firmware.
key=$(cat "$0" "$source/debian/changelog" "$optee"/tee-header_v2.bin "$optee"/tee-pager_v2.bin "$optee"/tee-pageable_v2.bin | sha256sum)
if [ -f "$output/flash.bin" ] && [ "$(cat "$output/flash.key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
rm -rf "$output/flash.key" "$output/tfa"

# The name of the build is Debian's: otherwise TF-A would take the commit of whatever repository it lies in.
version=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Version)

# Debian's OP-TEE for this machine is built for GICv3. Linux is BL33 itself, at the address where QEMU's loader puts it.
echo "firmware: building TF-A with OP-TEE"
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS \
	make -C "$source" -j"$(nproc)" BUILD_BASE="$output/tfa" BUILD_STRING="$version" CROSS_COMPILE=aarch64-linux-gnu- PLAT=qemu SPD=opteed \
	BL32="$optee/tee-header_v2.bin" BL32_EXTRA1="$optee/tee-pager_v2.bin" BL32_EXTRA2="$optee/tee-pageable_v2.bin" \
	BL32_RAM_LOCATION=tdram QEMU_USE_GIC_DRIVER=QEMU_GICV3 ARM_LINUX_KERNEL_AS_BL33=1 PRELOADED_BL33_BASE=0x60000000 \
	bl1 fip >"$output/tfa.log" 2>&1; then
	tail -n 20 "$output/tfa.log" >&2
	echo "firmware: TF-A could not be built (all of it: $output/tfa.log)" >&2
	exit 1
fi

# TF-A looks for its FIP 256 KiB into the flash.
cp "$output/tfa/qemu/release/bl1.bin" "$output/flash.new"
dd if="$output/tfa/qemu/release/fip.bin" of="$output/flash.new" bs=4096 seek=64 conv=notrunc status=none
mv "$output/flash.new" "$output/flash.bin"
echo "$key" >"$output/flash.key"
