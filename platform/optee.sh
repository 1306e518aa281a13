#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds OP-TEE from Debian's source package: the kit for Trusted Applications, OUTPUT/export-ta_arm32 or _arm64, or all of
# it, OUTPUT/core/tee-*_v2.bin. What is built already is not built again, as OP-TEE's make says.
# usage: platform/optee.sh SOURCE OUTPUT kit|all 32|64 PLATFORM [VARIABLE=VALUE...]
set -eu

source=$1
output=$2
what=$3
bits=$4
platform=$5
shift 5
mkdir -p "$output"
output=$(cd "$output" && pwd)
case $what in
kit) target=ta_dev_kit ;;
*) target=all ;;
esac

case $bits in
64) is_64=y compiler=aarch64-linux-gnu- ;;
*) is_64=n compiler=arm-linux-gnueabihf- ;;
esac

# Its core's heap as it is on 64-bit QEMU: with the defaults of 64 or 96 KiB a few clients of the storage `ree` at once use it up, and
# OP-TEE then ends their TA.
heap=196608

# The version and date are Debian's, so that the same source gives the same bytes.
version=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Version)
date=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Date)
echo "optee: building OP-TEE $version for $platform ($what)"
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS \
	make -C "$source" -j"$(nproc)" O="$output" PLATFORM="$platform" CFG_ARM64_core=$is_64 CFG_USER_TA_TARGETS=ta_arm"$bits" \
	CFG_CORE_HEAP_SIZE=$heap CROSS_COMPILE=$compiler "CROSS_COMPILE$bits=$compiler" CROSS_COMPILE_core=$compiler \
	"CROSS_COMPILE_ta_arm$bits=$compiler" PYTHON3="${PYTHON3:-/usr/bin/python3}" CCACHE= \
	TEE_IMPL_VERSION="$version" DATE_STR="$date" BUILD_COUNT_STR='#1' "$@" "$target" >"$output/build-$what.log" 2>&1; then
	tail -n 20 "$output/build-$what.log" >&2
	echo "optee: it could not be built (all of it: $output/build-$what.log)" >&2
	exit 1
fi
