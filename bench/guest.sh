#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The benchmark's part in the guest: fills, times and counts, one side after the other, each in a store of its own on tmpfs.
# usage: guest.sh FOLDER COUNTS VAULT-COUNTS  (FOLDER has client, bare TA, and the vaults stores/tCOUNT that were filled elsewhere;
#        COUNTS are of objects, VAULT-COUNTS of tags that are filled here; both rise)
# What it leaves in FOLDER/out: times.tsv (side, count, what the client printed) and SIDE.COUNT.WHAT.trace (strace's).
set -eu

folder=$1
counts=$2
vault_counts=$3
sizes='64 1024 4096 65536 1048576'
# Beyond the smallest store one size shows how the cost grows; the others would only take long.
size_of_growth=1024
key_counts='10 1000'
large=67108864
# OP-TEE's AES-256-GCM in software takes ten times as long.
large_gcm=8388608
large_message=16777216
# The search for a key takes now less, now more.
generated=50
store=/var/lib/tee
out=/tmp/bench
client=/tmp/bench-client
rm -rf "$out" "$folder/out"
mkdir -p "$out"

say() { echo "bench: $*" >&2; }

# A disk completes in the host's time, which -icount does not know; memory at once.
mount -t tmpfs -o mode=0700,uid="$(id -u tee)",gid="$(id -g tee)" tmpfs "$store"
mount -t tmpfs -o mode=0755 tmpfs /var/lib/festore
cp "$folder"/*.ta /lib/optee_armtz/
cp "$folder/client" /tmp/bench-client

# OP-TEE keeps what it knows of TAs in the same directory, two entries that it writes when it first loads one; both sides have them.
# The bare TA's unpin closes the directory, so that the files may be copied and replaced.
begin_store() {
	/tmp/bench-client bare empty 1 >/dev/null
	/tmp/bench-client ree empty 1 >/dev/null
	keep_store begin
}
keep_store() {
	/tmp/bench-client bare unpin
	cp -a "$store" "/tmp/store.$1"
}
set_store() {
	/tmp/bench-client bare unpin
	rm -rf "${store:?}"/*
	cp -a "/tmp/store.$1/." "$store"
}

# One log for both processes, so that what the supplicant does lies between the marks of the client.
# Files that were open before are not in the log: their flags are told in its first lines.
count_into() {
	trace=$1
	shift
	supplicant=$(pidof tee-supplicant)
	: >"$trace"
	for file in /proc/"$supplicant"/fd/*; do
		number=${file##*/}
		flags=$(sed -n 's/^flags:[[:space:]]*//p' "/proc/$supplicant/fdinfo/$number" 2>/dev/null) || continue
		echo "# open $supplicant $number $flags" >>"$trace"
	done
	# Its parent is strace, which would trace the supplicant for ever.
	# shellcheck disable=SC2016 # for that shell to expand
	strace -f -I 2 -q -A -o "$trace" -s 0 \
		-e trace=ioctl,openat,close,write,pwrite64,writev,pwritev,fsync,fdatasync,sync_file_range,faccessat -e signal=none \
		-p "$supplicant" sh -c '"$@" >/dev/null && touch "$0"; kill -TERM $PPID' "$trace.done" "$@" 2>/dev/null || :
	[ -e "$trace.done" ] || { say "counting failed: $*"; exit 1; }
	rm "$trace.done"
}

# What a side is called in what is left: a vault's name is not written down, but the one of AES-256-GCM and the one of keys are sides of
# their own.
label() {
	case $1 in
	vault:gcm) echo gcm ;;
	vault:keys) echo keys ;;
	*) echo "${1%:*}" ;;
	esac
}

# What a side does not take is a note, anything else that fails ends the benchmark.
time_into() {
	side=$1 count=$2
	shift 2
	status=0
	"$client" "$side" "$@" >"$out/now" || status=$?
	sed "s/^/$(label "$side") $count /" "$out/now" | tr ' ' '\t' >>"$out/times.tsv"
	[ "$status" -eq 0 ] || [ "$status" -eq 9 ] || exit "$status"
	return "$status"
}

# Several in the vault: the first commit of a process syncs the log's folder too, and another one may have a checkpoint.
measure() {
	side=$1 count=$2
	shift 2
	name=$(label "$side").$count
	times=1
	[ "${side%:*}" != vault ] || times=3
	say "$side: measuring among $count"
	time_into "$side" "$count" empty "$repeats"
	count_into "$out/$name.empty.trace" /tmp/bench-client "$side" empty 1
	# The first two calls of a session of `ree` cost more than those after them.
	time_into "$side" "$count" middle "$count" 5
	count_into "$out/$name.middle.trace" /tmp/bench-client "$side" middle "$count" 3
	for size in "$@"; do
		if time_into "$side" "$count" file "$size" "$repeats"; then
			count_into "$out/$name.$size.trace" /tmp/bench-client "$side" file "$size" $times
		fi
	done
}

# Sixty-four puts, one by one and in one batch; removed again.
measure_batch() {
	side=$1 count=$2
	time_into "$side" "$count" batch 3
	count_into "$out/$(label "$side").$count.batch.trace" /tmp/bench-client "$side" batch 6
}

# A file of a size that OP-TEE's own storage does not take, and places in it.
measure_large() {
	side=$1 count=$2 size=$3
	say "$side: a large file"
	time_into "$side" "$count" large "$size"
	count_into "$out/$(label "$side").$count.large.trace" /tmp/bench-client "$side" large "$size"
}

# A list takes long and its counts say little among many.
measure_list() {
	side=$1 count=$2
	say "$side: listing $count"
	time_into "$side" "$count" ls "${3:-1}"
	[ "$count" -gt 10 ] || count_into "$out/$(label "$side").$count.ls.trace" /tmp/bench-client "$side" ls 1
}

# Keys, among as many others.
measure_keys() {
	side=$1 count=$2
	say "$side: keys, among $count"
	time_into "$side" "$count" keys "$generated"
	count_into "$out/$(label "$side").$count.keys.trace" "$client" "$side" keys 1
}

# The bare TA's pinned object is one of the objects, on both sides.
fill() {
	side=$1 from=$2 to=$3
	[ "$from" -gt 0 ] || from=1
	say "$side: filling to $to objects"
	/tmp/bench-client "$side" fill "$from" "$to"
}

# festore's storage `ree` as it comes: while it is measured, nobody but itself holds the directory open. The first list ever makes OP-TEE hold it
# (bare_ta.c), so the lists come last, on copies of the store.
run_ree() {
	have=0
	for count in "$@"; do
		/tmp/bench-client bare pin
		fill ree "$have" "$count"
		have=$count
		keep_store "$count"
		# shellcheck disable=SC2086 # a list
		measure ree "$count" $sizes
		sizes=$size_of_growth
	done
	for count in "$@"; do
		set_store "$count"
		measure_list ree "$count"
	done
}

run_bare() {
	have=0
	say 'bare: the AEADs alone'
	time_into bare "$1" chacha "$large" 1
	time_into bare "$1" gcm "$large_gcm" 1
	measure_keys bare "$1"
	/tmp/bench-client bare pin
	for count in "$@"; do
		fill bare "$have" "$count"
		have=$count
		# shellcheck disable=SC2086 # a list
		measure bare "$count" $sizes
		measure_list bare "$count"
		sizes=$size_of_growth
	done
}

# Those that the host has filled open here, as this machine's key is known (docs/BENCH.md).
run_vault() {
	have=0
	for count in $vault_counts; do
		fill vault "$have" "$count"
		have=$count
		# shellcheck disable=SC2086 # a list
		measure vault "$count" $sizes
		measure_batch vault "$count"
		[ "$sizes" = "$size_of_growth" ] || measure_large vault "$count" "$large"
		measure_list vault "$count" 3
		sizes=$size_of_growth
	done
	for store in "$folder"/stores/t*; do
		[ -d "$store" ] || continue
		count=${store##*/t}
		say "vault: copying $count"
		cp -r "$store" /var/lib/festore/
		measure "vault:t$count" "$count" "$size_of_growth"
		measure_batch "vault:t$count" "$count"
		measure_list "vault:t$count" "$count"
		rm -r "/var/lib/festore/t$count"
	done
}

# Few, and many, in a vault of their own and of another user, as the TA keeps no more vaults of one.
run_keys() {
	have=0
	client=/tmp/bench-as-bob
	cat >$client <<-'END'
		#!/bin/sh
		exec su -s /bin/sh -c 'exec env FESTORE_DIR=/var/lib/festore/bob /tmp/bench-client "$@"' -- bob sh "$@"
	END
	chmod 0755 $client
	mkdir -m 0700 /var/lib/festore/bob
	chown bob:bob /var/lib/festore/bob
	for count in $key_counts; do
		say "vault: making keys up to $count"
		$client vault:keys keyfill "$have" "$count"
		have=$count
		measure_keys vault:keys "$count"
		[ "$count" != "${key_counts%% *}" ] || time_into vault:keys "$count" keylarge "$large_message"
	done
}

# The other AEAD, in the smallest vault.
run_gcm() {
	count=${vault_counts%% *}
	(
		export FESTORE_AEAD=aes-256-gcm
		fill vault:gcm 0 "$count"
	)
	# shellcheck disable=SC2086 # a list
	measure vault:gcm "$count" $all_sizes
	measure_large vault:gcm "$count" "$large_gcm"
}

all_sizes=$sizes
repeats=3
begin_store
# shellcheck disable=SC2086 # a list
run_ree $counts
set_store begin
sizes=$all_sizes
# shellcheck disable=SC2086 # a list
run_bare $counts
# Cheap enough for more.
repeats=5
sizes=$all_sizes
run_vault
run_gcm
run_keys
rm -f "$out/now"
cp -r "$out" "$folder/out"
