#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds Linux for both 32-bit machines from Debian's source: OUTPUT-FOLDER/zImage and the board's device tree beside it. It takes
# minutes, so it is done again only if the source, the configuration or this file has changed.
# usage: platform/armv7/kernel.sh ROOT-WITH-LINUX-SOURCE OUTPUT-FOLDER
set -eu

here=$(cd "$(dirname "$0")" && pwd)
archive=$(echo "$1"/usr/src/linux-source-*.tar.xz)
mkdir -p "$2"
output=$(cd "$2" && pwd)
changelog=$(echo "$1"/usr/share/doc/linux-source-*/changelog.Debian.gz)
trees='stm32mp157c-dk2-scmi'

die() {
	echo "kernel: $*" >&2
	exit 1
}

key=$(cat "$0" "$here/kernel.config" "$changelog" | sha256sum)
if [ -f "$output/zImage" ] && [ "$(cat "$output/kernel.key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
rm -rf "$output/kernel.key" "$output/linux" "$output/linux-build"
mkdir "$output/linux" "$output/linux-build"

# Of the ways to say when it was built only Debian's own date repeats.
date=$(zcat "$changelog" | sed -n 's/^ -- .*>  //p' | head -n 1)
build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS KBUILD_BUILD_TIMESTAMP="$date" KBUILD_BUILD_USER=festore \
		KBUILD_BUILD_HOST=festore make -C "$output/linux" O="$output/linux-build" -j"$(nproc)" ARCH=arm \
		CROSS_COMPILE=arm-linux-gnueabihf- KCFLAGS=-w "$@" >>"$output/kernel.log" 2>&1 || {
		tail -n 20 "$output/kernel.log" >&2
		die "Linux could not be built (all of it: $output/kernel.log)"
	}
}

echo "kernel: building Linux for 32 bit (some minutes, once)"
: >"$output/kernel.log"
tar -xJf "$archive" -C "$output/linux" --strip-components=1
build KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig
refused=$(grep '^CONFIG' "$here/kernel.config" | grep -Fxv -f "$output/linux-build/.config" || :)
[ -z "$refused" ] || die "Linux does not take: $refused"
build zImage
for tree in $trees; do
	build "st/$tree.dtb"
	cp "$output/linux-build/arch/arm/boot/dts/st/$tree.dtb" "$output/"
done
cp "$output/linux-build/arch/arm/boot/zImage" "$output/zImage.new"
mv "$output/zImage.new" "$output/zImage"
rm -rf "$output/linux" "$output/linux-build"
echo "$key" >"$output/kernel.key"
