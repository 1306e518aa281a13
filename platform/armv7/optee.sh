#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds OP-TEE for 32 bit from Debian's source package: the kit for Trusted Applications, OUTPUT/export-ta_arm32, or all of
# it, OUTPUT/core/tee-*_v2.bin. What is built already is not built again, as OP-TEE's make says.
# usage: platform/armv7/optee.sh SOURCE OUTPUT kit|all PLATFORM [VARIABLE=VALUE...]
set -eu

source=$1
output=$2
what=$3
platform=$4
shift 4
mkdir -p "$output"
output=$(cd "$output" && pwd)
case $what in
kit) target=ta_dev_kit ;;
*) target=all ;;
esac

# Its core's heap as it is on 64-bit QEMU: with the defaults of 64 or 96 KiB a few clients of the storage `ree` at once use it up, and
# OP-TEE then ends their TA.
heap=196608

# The version and date are Debian's, so that the same source gives the same bytes.
version=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Version)
date=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Date)
echo "optee: building OP-TEE $version for $platform ($what)"
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS \
	make -C "$source" -j"$(nproc)" O="$output" PLATFORM="$platform" CFG_ARM64_core=n CFG_USER_TA_TARGETS=ta_arm32 CFG_CORE_HEAP_SIZE=$heap \
	CROSS_COMPILE=arm-linux-gnueabihf- CROSS_COMPILE32=arm-linux-gnueabihf- CROSS_COMPILE_core=arm-linux-gnueabihf- \
	CROSS_COMPILE_ta_arm32=arm-linux-gnueabihf- PYTHON3="${PYTHON3:-/usr/bin/python3}" CCACHE= \
	TEE_IMPL_VERSION="$version" DATE_STR="$date" BUILD_COUNT_STR='#1' "$@" "$target" >"$output/build-$what.log" 2>&1; then
	tail -n 20 "$output/build-$what.log" >&2
	echo "optee: it could not be built (all of it: $output/build-$what.log)" >&2
	exit 1
fi
