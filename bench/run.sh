#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots a machine that counts instructions, runs the benchmark in it and reports; and another one whose vault TA has a heap of
# $SMALL_HEAP bytes. Everything it leaves is in $BENCH.
# usage: run.sh, from the top of the repository, with everything built (make bench)
# BENCH_FULL=1 measures the bare TA and `ree` among 300 objects too, BENCH_COUNTS='10 20' among others (rising, from 8).
# Vaults of BENCH_VAULTS tags are filled on the host.
set -euo pipefail
export MACHINE=qemu-arm64 MACHINE_NAME=bench
machine=platform/machine
bench=${BENCH:-build/bench}
small_heap=${SMALL_HEAP:-16384}
share=$("$machine" folder)/share/bench
began=$SECONDS

counts='10 100'
limit=3600
if [ -n "${BENCH_FULL-}" ]; then
	counts='10 100 300'
	limit=14400
fi
counts=${BENCH_COUNTS:-$counts}
vault_counts='10 300 1000'
read -ra host_counts <<<"${BENCH_VAULTS-10000 100000}"

stop() {
	if "$machine" status >/dev/null 2>&1; then "$machine" cut; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

stop
[ ${#host_counts[@]} -eq 0 ] || bench/disk.sh fill "$bench/stores" "${host_counts[@]}"
# One nanosecond of the guest's clock is one instruction, of both worlds; the guest never waits for the host's time.
MACHINE_QEMU='-icount shift=0,sleep=off' MACHINE_BOOT_LIMIT=300 "$machine" start --fresh
rm -rf "$share" "$bench/raw"
mkdir -p "$share/stores"
cp "$bench"/client "$bench"/ta/*.ta bench/guest.sh "$share/"
for count in "${host_counts[@]}"; do cp -r "$bench/stores/t$count" "$share/stores/"; done
"$machine" exec --timeout "$limit" -- sh /host/share/bench/guest.sh /host/share/bench "$counts" "$vault_counts"
cp -r "$share/out" "$bench/raw"
"$machine" exec --timeout 60 -- festore status >"$bench/raw/status" || :
stop

# Another boot, as a TA that is loaded stays: with the small heap.
"$machine" start --fresh
cp "$bench"/small/*.ta bench/heap.sh "$share/"
heap=pass
"$machine" exec --timeout 300 -- sh /host/share/bench/heap.sh /host/share/bench || heap=FAIL
rm -rf "$share/stores"

status=0
{
	qemu-system-aarch64 --version | sed -n '1s/ (.*//p'
	cat "$bench/raw/status"
	bench/report.py "$bench/raw" "$bench/bench.tsv" || status=$?
	echo "$heap: vault: the TA's heap on OP-TEE in bytes: at most 131072, aim 49152; $small_heap do for all of it"
	[ "$heap" = pass ] || status=1
	bench/disk.sh measure 100000 10000 200 || status=1
	printf 'wall: %s s; %s and %s have all of it\n' $((SECONDS - began)) "$bench/bench.tsv" "$bench/bench.txt"
	exit "$status"
} | tee "$bench/bench.txt"
