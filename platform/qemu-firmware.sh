#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes an emulated machine's flash: TF-A from Debian's source, and in it OP-TEE, whose three files are in OPTEE-BINARIES. What
# is the machine's own are the variables for TF-A's make; the file that BL33= names is taken in.
# usage: platform/qemu-firmware.sh TFA-SOURCE OPTEE-BINARIES OUTPUT-FOLDER VARIABLE=VALUE...    it makes OUTPUT-FOLDER/flash.bin
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$1
optee=$(cd "$2" && pwd)
mkdir -p "$3"
output=$(cd "$3" && pwd)
shift 3

bl33=
for variable in "$@"; do
	case $variable in BL33=*) bl33=${variable#BL33=} ;; esac
done

# Only what goes into the flash counts: a newer strace in the guest must not cost a build of the firmware.
key=$({
	echo "$@"
	cat "$0" "$here/tfa.sh" "$source/debian/changelog" "$optee"/tee-header_v2.bin "$optee"/tee-pager_v2.bin "$optee"/tee-pageable_v2.bin
	[ -z "$bl33" ] || cat "$bl33"
} | sha256sum)
if [ -f "$output/flash.bin" ] && [ "$(cat "$output/flash.key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
rm -f "$output/flash.key"

echo "firmware: building TF-A with OP-TEE"
"$here/tfa.sh" "$source" "$output/tfa" PLAT=qemu BL32="$optee/tee-header_v2.bin" BL32_EXTRA1="$optee/tee-pager_v2.bin" \
	BL32_EXTRA2="$optee/tee-pageable_v2.bin" BL32_RAM_LOCATION=tdram "$@" bl1 fip

# TF-A looks for its FIP 256 KiB into the flash.
cp "$output/tfa/qemu/release/bl1.bin" "$output/flash.new"
dd if="$output/tfa/qemu/release/fip.bin" of="$output/flash.new" bs=4096 seek=64 conv=notrunc status=none
mv "$output/flash.new" "$output/flash.bin"
echo "$key" >"$output/flash.key"
