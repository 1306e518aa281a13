#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All tests, two at a time on two cores: those in the emulated machine in one lane, those on the host in the other; whichever is
# done first helps the other one. What a target prints is kept, and shown whole when it has ended. Everything that
# the host's targets share is built by PREPARE before any of them begins: two of them building the same file would disturb each
# other. FIRST needs nothing of that.
# usage: tests/check.sh MAKE FIRST PREPARE TARGET..., from the top of the repository. Exits with 1 if a target failed.
set -u
make=$1
first=$2
prepare=$3
shift 3
targets=("$@")
work=build/check
rm -rf "$work"
mkdir -p "$work"
echo 0 >"$work/next"
: >"$work/lock"

# Sets $target to the next one that nobody has begun.
take() {
	local number
	exec 8<>"$work/lock"
	flock 8
	number=$(cat "$work/next")
	echo $((number + 1)) >"$work/next"
	exec 8>&-
	[ "$number" -lt ${#targets[@]} ] && target=${targets[number]}
}

run() {
	local begin=$SECONDS status=0
	echo "-- $1 begins"
	"$make" --no-print-directory "$1" >"$work/$1.log" 2>&1 || status=$?
	exec 8<>"$work/lock"
	flock 8
	echo "== $1"
	cat "$work/$1.log"
	[ $status -eq 0 ] || echo "$1 FAILED"
	printf '%4d s  %s\n' $((SECONDS - begin)) "$1" >>"$work/times"
	exec 8>&-
	[ $status -eq 0 ] || echo "$1" >>"$work/failed"
}

# lane TARGET: that one, then, once all is prepared, what is left.
lane() {
	run "$1"
	[ "$1" != "$prepare" ] || : >"$work/prepared"
	until [ -e "$work/prepared" ]; do
		sleep 1
	done
	while take; do
		run "$target"
	done
}

lane "$first" &
lanes=$!
lane "$prepare" &
lanes="$lanes $!"
# Make and the script of the machine end what they began.
end() {
	# shellcheck disable=SC2086 # two numbers
	for lane in $lanes; do
		pkill -TERM -P "$lane"
		kill "$lane"
	done 2>/dev/null
	wait
}
trap 'end; exit 130' INT TERM
wait

echo "== times"
sort -rn "$work/times"
[ ! -f "$work/failed" ] || echo "failed: $(tr '\n' ' ' <"$work/failed")"
[ ! -f "$work/failed" ] && [ "$(wc -l <"$work/times")" -eq $((${#targets[@]} + 2)) ]
