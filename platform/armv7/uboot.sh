#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds U-Boot for one 32-bit machine from Debian's source: a configuration of U-Boot's own and what MACHINE-CONFIG changes of it.
# The folder then has u-boot.bin, or u-boot-nodtb.bin and u-boot.dtb for a board, which has a device tree of its own. It is done again only if something of it has changed.
# usage: platform/armv7/uboot.sh SOURCE OUTPUT-FOLDER DEFCONFIG MACHINE-CONFIG [VARIABLE=VALUE...]
set -eu

source=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
defconfig=$3
config=$4
shift 4

key=$({
	echo "$defconfig" "$@"
	cat "$0" "$config" "$source/debian/changelog"
} | sha256sum)
if [ -f "$output/u-boot.bin" ] && [ "$(cat "$output/uboot.key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
rm -rf "$output/uboot.key" "$output/uboot"

export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Timestamp)
build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS make -C "$source" O="$output/uboot" -j"$(nproc)" \
		CROSS_COMPILE=arm-linux-gnueabihf- "$@" >>"$output/uboot.log" 2>&1 || {
		tail -n 20 "$output/uboot.log" >&2
		echo "uboot: it could not be built (all of it: $output/uboot.log)" >&2
		exit 1
	}
}

echo "uboot: building U-Boot ($defconfig)"
: >"$output/uboot.log"
build "$defconfig"
cat "$config" >>"$output/uboot/.config"
build olddefconfig
refused=$(grep '^CONFIG' "$config" | grep -Fxv -f "$output/uboot/.config" || :)
if [ -n "$refused" ]; then
	echo "uboot: U-Boot does not take: $refused" >&2
	exit 1
fi
# Its own packer of images, and the Python library for that, are not needed: TF-A and this project pack.
build CONFIG_BINMAN= CONFIG_PYLIBFDT= "$@" u-boot.bin
for file in u-boot.dtb u-boot-nodtb.bin u-boot.bin; do
	[ ! -f "$output/uboot/$file" ] || cp "$output/uboot/$file" "$output/"
done
rm -rf "$output/uboot"
echo "$key" >"$output/uboot.key"
