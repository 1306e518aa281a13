#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the fuzzer: without an end, or in a time box with a floor of edges (in percent) and with planted faults that it must find.
# usage: run.sh endless FOLDER TA | merge FOLDER TA | check FOLDER TA SECONDS EDGES SECONDS-A-FAULT PLANTED... |
#        readers FOLDER SECONDS READER...
set -euo pipefail

mode=$1
folder=$2
ta=$3
shift 3
seeds=$(dirname "$0")/corpus
[ "$ta" = objects ] || seeds=$seeds-$ta

# A sanitizer that keeps less of what was freed, and gives no memory back, is three times as fast.
export ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=6:allocator_release_to_os_interval_ms=-1

# Inputs are at most 32 steps of 8 bytes. What the TA's panics print is not wanted.
options=(-max_len=256 -len_control=0 -timeout=20 -rss_limit_mb=2048 -close_fd_mask=2 -print_final_stats=1)

say() { printf 'fuzz: %s\n' "$*"; }

# What a failing run has to say, and where its input lies.
show() {
	grep -E 'WRONG|ERROR|Base64|SUMMARY|runtime error|Test unit written|^    #[0-9]' "$1" | head -n 30 || true
}

# Seconds, program, folder for findings, corpus folders...; everything printed goes to FINDINGS/log.
run() {
	local seconds=$1 program=$2 findings=$3
	shift 3
	mkdir -p "$findings"
	"$program" "${options[@]}" -max_total_time="$seconds" -artifact_prefix="$findings/" "$@" >"$findings/log" 2>&1
}

number() { sed -n "s/$1/\1/p" "$2" | tail -n 1; }

check_true() {
	local seconds=$1 floor=$2 work=$folder/true
	rm -rf "$work/new" "$work/findings"
	mkdir -p "$work/new"
	if ! run "$seconds" "$work/$ta" "$work/findings" "$work/new" "$seeds"; then
		show "$work/findings/log"
		say "FAILED: see $work/findings"
		return 1
	fi
	local all edges runs
	all=$(number '^INFO: Loaded.*(\([0-9]*\) inline 8-bit counters).*' "$work/findings/log")
	edges=$(number '^#[0-9]*[[:space:]]*DONE *cov: \([0-9]*\) .*' "$work/findings/log")
	runs=$(number '^stat::number_of_executed_units: *\([0-9]*\)' "$work/findings/log")
	say "$ta: $runs runs in $seconds s, $edges of $all edges of ta/ (at least $floor % wanted), nothing found"
	[ $((100 * edges)) -ge $((floor * all)) ]
}

# A planted fault is found when the run ends badly before its time.
check_planted() {
	local name=$1 seconds=$2 work=$folder/planted/$1 begin=$SECONDS
	rm -rf "$work/new" "$work/findings"
	mkdir -p "$work/new"
	if run "$seconds" "$work/$ta" "$work/findings" "$work/new" "$seeds"; then
		say "FAILED: planted fault not found in $seconds s: $name"
		return 1
	fi
	local finding
	finding=$(grep -Eom1 'WRONG: .*|ERROR: AddressSanitizer: [a-z-]*|runtime error: .*' "$work/findings/log") ||
		{ say "FAILED: the run with the planted fault ended otherwise: $name"; return 1; }
	say "planted fault found in $((SECONDS - begin)) s: $name ($finding)"
}

# The readers need no seeds: what they read has hardly any structure that chance does not find, or its pieces are in the fuzzer.
check_reader() {
	local seconds=$1 program=$folder/read_$2 work=$folder/read-$2
	rm -rf "$work"
	mkdir -p "$work/new" "$work/findings"
	if ! "$program" -max_len=5000 -len_control=0 -timeout=20 -print_final_stats=1 -max_total_time="$seconds" \
		-artifact_prefix="$work/findings/" "$work/new" >"$work/findings/log" 2>&1; then
		show "$work/findings/log"
		say "FAILED: see $work/findings"
		return 1
	fi
	say "reader $2: $(number '^stat::number_of_executed_units: *\([0-9]*\)' "$work/findings/log") runs in $seconds s, nothing found"
}

case $mode in
endless)
	mkdir -p "$folder/gathered-$ta" "$folder/findings"
	exec "$folder/true/$ta" "${options[@]}" -fork="$(nproc)" -ignore_crashes=0 -artifact_prefix="$folder/findings/" \
		"$folder/gathered-$ta" "$seeds"
	;;
merge)
	rm -rf "$folder/merged-$ta"
	mkdir -p "$folder/merged-$ta"
	# Edges only, not how often each: few seeds are enough to begin with.
	"$folder/true/$ta" "${options[@]}" -merge=1 -use_counters=0 "$folder/merged-$ta" "$seeds" "$folder/gathered-$ta" 2>&1 | tail -n 3
	rm -f "$seeds"/*
	cp "$folder/merged-$ta"/* "$seeds/"
	;;
check)
	seconds=$1 floor=$2 planted_seconds=$3
	shift 3
	failed=0
	check_true "$seconds" "$floor" || failed=1
	for name in "$@"; do
		check_planted "$name" "$planted_seconds" || failed=1
	done
	exit $failed
	;;
readers)
	seconds=$ta
	failed=0
	for name in "$@"; do
		check_reader "$seconds" "$name" || failed=1
	done
	exit $failed
	;;
*)
	echo "run.sh: unknown mode $mode" >&2
	exit 2
	;;
esac
