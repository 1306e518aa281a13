#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds OP-TEE's kit for 32-bit Trusted Applications from Debian's source package.
# usage: platform/ta-kit-arm32.sh SOURCE OUTPUT     the kit is OUTPUT/export-ta_arm32
set -eu

source=$1
output=$2
mkdir -p "$output"
output=$(cd "$output" && pwd)
echo "optee: building the 32-bit TA kit"
if ! make -C "$source" -j"$(nproc)" O="$output" PLATFORM=vexpress-qemu_virt CFG_ARM64_core=n CFG_USER_TA_TARGETS=ta_arm32 \
	CROSS_COMPILE=arm-linux-gnueabihf- CROSS_COMPILE32=arm-linux-gnueabihf- CROSS_COMPILE_core=arm-linux-gnueabihf- \
	CROSS_COMPILE_ta_arm32=arm-linux-gnueabihf- PYTHON3="${PYTHON3:-/usr/bin/python3}" CCACHE= \
	ta_dev_kit >"$output/build.log" 2>&1; then
	tail -n 20 "$output/build.log" >&2
	echo "optee: the kit could not be built (all of it: $output/build.log)" >&2
	exit 1
fi
