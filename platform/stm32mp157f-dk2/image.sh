#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Puts the SD card together: partition table, first stage twice, firmware package, root file system.
# usage: platform/stm32mp157f-dk2/image.sh FIRMWARE-FOLDER ROOT-FILE-SYSTEM OUTPUT
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
firmware=$1 root=$2 output=$3

# "start size" of a partition, in sectors.
place() {
	sed -n "s/^start=\([0-9]*\), size=\([0-9]*\),.* name=$1\(,.*\)*\$/\1 \2/p" "$here/partitions.txt"
}

# put FILE PARTITION
put() {
	local start size
	read -r start size < <(place "$2")
	if [ "$(stat -c %s "$1")" -gt $((size * 512)) ]; then
		echo "image: $1 does not fit into the partition $2" >&2
		exit 1
	fi
	dd if="$1" of="$output.new" bs=512 seek="$start" conv=notrunc,sparse status=none
}

read -r start size < <(place rootfs)
rm -f "$output.new"
# The copy of the table takes 33 sectors at the end; cards are counted in MiB.
truncate -s $((((start + size + 33) / 2048 + 1) * 1048576)) "$output.new"
grep -v '^#' "$here/partitions.txt" | sfdisk --quiet "$output.new"
put "$firmware/tf-a.stm32" fsbl1
put "$firmware/tf-a.stm32" fsbl2
put "$firmware/fip.bin" fip
put "$root" rootfs
mv "$output.new" "$output"
