#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a vault costs on the disk and in the TA's heap, counted on the host over the fake TEE; and vaults for the machine, which would
# take long to fill there.
# usage: disk.sh fill FOLDER COUNT...  a vault tCOUNT in FOLDER with entries 1 to COUNT - 1 of 1 KiB, unless it is there
#        disk.sh measure COUNT VALUES LARGE  figures among COUNT entries of 1 KiB, of VALUES entries of 64 B and 4 KiB, of LARGE
#                                      entries of 1 MiB; exit 1: one of them misses what it must be
# From the top of the repository, with build/host and $BENCH/disk built.
set -euo pipefail
build=${BUILD:-build}
disk=${BENCH:-$build/bench}/disk

# Nothing here depends on what a sync costs, and the socket's path must be short.
place=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || place=/dev/shm
run=$(mktemp -d "$place/bench.XXXXXX")
pid=
stop() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || :
	rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

control() { "$build/host/fake-tee" --control "$run/tee" "$@"; }

# The emulated machine's key is zero and the benchmark runs there as root: with both the same here, what the fake TEE seals opens there.
start_tee() {
	# What the machine chooses; the host would choose by its own time.
	export FESTORE_AEAD=chacha20-poly1305 FESTORE_FAKE_TEE=$run/tee FESTORE_FAKE_UID=0 FESTORE_DIR=$run/store
	"$build/host/fake-tee" --socket "$run/tee" --ta "$build/host/tas" --storage "$run/objects" --trust-claimed-ids 2>"$run/log" &
	pid=$!
	for _ in {1..100}; do
		! control huk zero 2>/dev/null || return 0
		sleep 0.05
	done
	echo 'disk: the fake TEE did not start' >&2
	cat "$run/log" >&2
	exit 2
}

# The value of a name in what the program printed.
value() { sed -n "s/^$1 //p" <<<"$2"; }

fill() {
	local folder=$1 count
	shift
	for count in "$@"; do
		[ ! -d "$folder/t$count" ] || continue
		echo "bench: filling a vault of $count on the host" >&2
		"$disk" puts "t$count" 1 "$count" 1024 >/dev/null
		rm -f "$FESTORE_DIR/t$count/vault.db-shm"
		mkdir -p "$folder"
		rm -rf "$folder/new"
		mv "$FESTORE_DIR/t$count" "$folder/new"
		mv "$folder/new" "$folder/t$count"
	done
}

failed=0
# WHAT MUST AIM IS: the figure must be at most MUST.
judge() {
	local verdict=pass words='aim met'
	if awk "BEGIN { exit !($4 > $2) }"; then
		verdict=FAIL
		failed=1
	fi
	if awk "BEGIN { exit !($4 > $3) }"; then words='aim missed'; fi
	printf '%s: %s: at most %s, aim %s; is %s (%s)\n' "$verdict" "$1" "$2" "$3" "$4" "$words"
}

ratio() { awk "BEGIN { printf \"%.${3:-2}f\", $1 / $2 }"; }

# A sync each, between checkpoints: WORDS OUTPUT
judge_syncs() {
	local plain
	plain=$(value plain "$2")
	if [ "$plain" -eq 0 ] || [ "$(value plain_syncs "$2")" -ne "$plain" ] || [ "$(value plain_syncs_max "$2")" -ne 1 ]; then
		failed=1
		echo "FAIL: one sync for each $1 between checkpoints: $(value plain_syncs "$2") in $plain"
	else
		echo "pass: one sync for each $1 between checkpoints ($plain counted)"
	fi
}

measure_writes() {
	local count=$1 puts=1000 out
	"$disk" puts writes 0 "$count" 1024 >/dev/null
	out=$("$disk" puts writes "$count" $((count + puts)) 1024)
	judge "bytes written for a durable put of 1 KiB among $count, mean of $puts with $(value checkpoints "$out") checkpoints" \
		49152 16384 "$(ratio "$(value bytes "$out")" $puts 0)"
	judge_syncs put "$out"
}

# SIZE VALUES MUST AIM
measure_size() {
	local vault=s$1 as_is checkpointed
	"$disk" puts "$vault" 0 "$2" "$1" >/dev/null
	as_is=$(value on_disk "$("$disk" size "$vault")")
	"$disk" checkpoint "$FESTORE_DIR/$vault/vault.db"
	checkpointed=$(value on_disk "$("$disk" size "$vault")")
	judge "bytes on disk a stored byte, $2 values of $1 B, checkpointed" "$3" "$4" "$(ratio "$checkpointed" $(($1 * $2)) 3)"
	judge "bytes on disk a stored byte, $2 values of $1 B, with the log" "$3" "$4" "$(ratio "$as_is" $(($1 * $2)) 3)"
}

# Of the vault that the writes were counted in.
measure_heap() {
	local peak
	"$disk" puts writes 0 1 67108864 >/dev/null
	"$disk" get writes fill-000000 >/dev/null
	"$disk" batches writes 1 65 65536 >/dev/null
	"$disk" list writes >/dev/null
	peak=$(control counters | sed -n 's/.*heap_peak=\([0-9]*\).*/\1/p')
	judge "peak of the TA's heap in bytes, among $1, with a put and a get of 64 MiB, a batch of 4 MiB and a list" 131072 49152 "$peak"
}

case ${1-} in
fill)
	shift
	start_tee
	fill "$@"
	;;
measure)
	start_tee
	measure_writes "$2"
	measure_size 64 "$3" 12 8
	judge_syncs 'batch of 64 puts' "$("$disk" batches s64 0 640 64)"
	measure_size 4096 "$3" 1.6 1.3
	measure_size 1048576 "$4" 1.02 1.01
	measure_heap "$2"
	exit $failed
	;;
*)
	sed -n 's/^# usage: //p' "$0" >&2
	exit 2
	;;
esac
