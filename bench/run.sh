#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots a machine that counts instructions, runs the benchmark in it and reports. Everything it leaves is in $BENCH.
# usage: run.sh, from the top of the repository, with everything built (make bench)
# BENCH_FULL=1 measures among 300 objects too, BENCH_COUNTS='5 20' among others (rising, from 2).
set -euo pipefail
export MACHINE_NAME=bench
machine=platform/machine
bench=${BENCH:-build/bench}
share=${BUILD:-build}/qemu-arm64/$MACHINE_NAME/share/bench
began=$SECONDS

counts='10 100'
limit=1800
if [ -n "${BENCH_FULL-}" ]; then
	counts='10 100 300'
	limit=9000
fi
read -ra counts <<<"${BENCH_COUNTS:-$counts}"

stop() {
	if "$machine" status >/dev/null 2>&1; then "$machine" cut; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

stop
# One nanosecond of the guest's clock is one instruction, of both worlds; the guest never waits for the host's time.
MACHINE_QEMU='-icount shift=0,sleep=off' MACHINE_BOOT_LIMIT=300 "$machine" start --fresh
rm -rf "$share" "$bench/raw"
mkdir -p "$share"
cp "$bench"/client "$bench"/ta/*.ta bench/guest.sh "$share/"
"$machine" exec --timeout "$limit" -- sh /host/share/bench/guest.sh /host/share/bench 3 "${counts[@]}"
cp -r "$share/out" "$bench/raw"

status=0
{
	qemu-system-aarch64 --version | sed -n '1s/ (.*//p'
	"$machine" exec --timeout 60 -- festore status || :
	bench/report.py "$bench/raw" "$bench/bench.tsv" || status=$?
	printf 'wall: %s s; %s and %s have all of it\n' $((SECONDS - began)) "$bench/bench.tsv" "$bench/bench.txt"
	exit "$status"
} | tee "$bench/bench.txt"
