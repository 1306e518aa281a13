#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Shows festore on real OP-TEE with a disk of its own: a session, a power cycle, a search of the raw disk, a verdict. The exit
# status is the verdict's: 0 all is as it should be, 1 something is not, 6 (TAMPER=1) the damage was detected, as it should be.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${BUILD:-build}
export MACHINE_NAME=demo
folder=$(platform/machine folder)
share=$folder/share
began=$EPOCHREALTIME

heading() { printf '\n== %s\n' "$*"; }
machine() { platform/machine "$@"; }
act() { machine exec --timeout 120 --user "$1" --cwd /tmp -- sh /host/share/session.sh "$2"; }
seconds() { awk -v a="$1" -v b="${2:-$EPOCHREALTIME}" 'BEGIN { printf "%.1f", b - a }'; }

leave() {
	machine status >/dev/null && machine cut
	rm -rf "$share/in" "$share/control"
}

# What make did before this, and how much of it was waiting for downloads.
say_setup() {
	local clock lines downloads
	read -r clock lines <<<"${DEMO_CLOCK-}"
	[ -n "$clock" ] || return 0
	downloads=$(tail -n +$((lines + 1)) "$build/download-seconds" 2>/dev/null | awk '{ s += $1 } END { printf "%.1f", s }')
	awk -v a="$clock" -v b="$began" -v d="$downloads" \
		'BEGIN { printf "set-up: %.1f s besides %.1f s of downloads\n", b - a - d, d }'
}

new_inputs() {
	mkdir -p "$share/in" "$share/control"
	cp README.md "$share/in/README.md"
	head -c 61440 /dev/urandom >"$share/in/photo.bin"
	head -c 61440 /dev/urandom >"$share/in/other.bin"
	head -c 61440 /dev/urandom >"$share/control/planted-control.bin"
	chmod -R a+rX "$share/in" "$share/control"
	cp demo/session.sh "$share/session.sh"
	: >"$share/results"
	chmod 0666 "$share/results"
}

boot() {
	local begin=$EPOCHREALTIME
	machine start "$@"
	machine exec --timeout 60 --user alice -- festore ls >/dev/null || :
	printf 'boot to a working festore: %s s\n' "$(seconds "$begin")"
}

# search_disk HEADING TAG=FILE...: what must not be found.
search_disk() {
	heading "$1"
	shift
	local said='neither tags nor contents are on the raw disk, and the same search finds the planted control'
	if /usr/bin/python3 demo/search.py "$folder/disk.img" "planted-control.bin=$share/control/planted-control.bin" "$@"; then
		echo "ok $said" >>"$share/results"
	else
		echo "FAILED $said" >>"$share/results"
	fi
}

session() {
	heading 'alice stores files and reads them back'
	act alice put || failed=1
	heading 'bob tries to see them'
	act bob bob || failed=1
	machine exec -- sh /host/share/session.sh control || failed=1

	heading 'power off'
	machine stop
	search_disk 'what is on the raw disk?' "diary/monday=$share/in/README.md" "holiday-photo=$share/in/photo.bin" \
		"old-photo=$share/in/photo.bin"

	heading 'the machine boots again'
	boot
	act alice again || failed=1
	heading 'alice replaces one file and removes it'
	act alice replace || failed=1
	act alice remove || failed=1

	heading 'power off'
	machine stop
	search_disk 'what is on the raw disk now?' "diary/monday=$share/in/README.md" "holiday-photo=$share/in/photo.bin" \
		"holiday-photo=$share/in/other.bin" "old-photo=$share/in/photo.bin"
	expected=22
}

tampered_session() {
	heading 'alice stores files and reads them back'
	act alice put || failed=1
	heading 'root changes one bit of alice'\''s vault'
	machine exec -- sh /host/share/session.sh tamper || failed=1
	heading 'alice reads her files'
	act alice tampered || failed=1
	heading 'root changes it back'
	machine exec -- sh /host/share/session.sh tamper || failed=1
	act alice mended || failed=1
	heading 'root changes one bit of what OP-TEE'\''s own storage holds'
	machine exec -- sh /host/share/session.sh tamper_ree || failed=1
	act alice damaged_ree || failed=1
	machine stop
	expected=12
}

# Everything was compared, and everything compared was as expected: too few results are as bad as a wrong one.
verdict() {
	local bad count
	heading 'verdict'
	sed 's/^ok /  ok      /; s/^FAILED /  FAILED  /' "$share/results"
	count=$(grep -c '^ok ' "$share/results" || :)
	bad=$(grep -c '^FAILED ' "$share/results" || :)
	printf 'the demo itself took %s s\n' "$(seconds "$began")"
	if [ "$bad" != 0 ] || [ "$failed" != 0 ] || [ "$count" != "$expected" ]; then
		printf 'VERDICT: FAILED: %d of %d comparisons as expected, %d not. Exit status 1.\n' "$count" "$expected" "$bad"
		exit 1
	elif [ -n "${TAMPER-}" ]; then
		printf 'VERDICT: DAMAGE DETECTED: one changed bit in each storage was reported (status 7, 6), not returned as data; %d comparisons. Exit status 6.\n' "$count"
		exit 6
	fi
	printf 'VERDICT: PASSED: %d of %d comparisons as expected. Exit status 0.\n' "$count" "$expected"
}

failed=0
expected=0
say_setup
! machine status >/dev/null || machine cut
trap leave EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$share"
new_inputs
heading 'an emulated machine with TrustZone boots TF-A, OP-TEE and Linux, with an empty disk'
boot --fresh
case ${TAMPER-} in
'' | 0) TAMPER='' session ;;
*) tampered_session ;;
esac
verdict
