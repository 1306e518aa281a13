#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the machine uses now, one line: seconds since boot, tee-supplicant's resident KB, KB available to Linux, KB of the kernel's slab, bytes
# of OP-TEE's core heap and of its memory for TAs, files and KB of all vaults, bytes of the heaps of both TAs (0: OP-TEE does not say).
# usage: sample.sh busy|quiet; quiet: without what Linux only caches
field() {
	awk -v name="$1" '$1 == name { print $2; exit }' "$2"
}
for folder in /proc/[0-9]*; do
	case $(readlink "$folder/exe") in */tee-supplicant) supplicant=$folder/status ;; esac
done
if [ "$1" = quiet ]; then
	sync
	echo 3 >/proc/sys/vm/drop_caches
fi
festore-test-stats >/tmp/stats || exit 1
stores="/var/lib/festore /home/alice/.local/share/festore /home/bob/.local/share/festore /home/carol/.local/share/festore"
vault=$(field vault /tmp/stats)
objects=$(field objects /tmp/stats)
# shellcheck disable=SC2086 # several
echo "$(cut -d . -f 1 /proc/uptime) $(field VmRSS: "$supplicant") $(field MemAvailable: /proc/meminfo) $(field Slab: /proc/meminfo)" \
	"$(field Heap /tmp/stats) $(field Physical_TA_memory /tmp/stats)" \
	"$(find $stores -type f | wc -l) $(du -sk $stores | awk '{ n += $1 } END { print n }') ${vault:-0} ${objects:-0}"
