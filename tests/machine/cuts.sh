#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Power cuts in great number: in each round the machine boots, the vaults of three users, each with another anchor, are checked against
# what was acknowledged before the cut (tests/machine/cuts/check.t), all three put and remove (write.sh), and after a random while the
# machine is killed. Its disk is then made anew with what was flushed alone, or with some of what was not (replay.py).
# usage: cuts.sh ROUNDS, from the top of the repository, with the machine built; SEED=N repeats the whiles of another run
set -u
rounds=$1
MACHINE_NAME=${MACHINE_NAME:-check}
MACHINE_DISK=logged
export MACHINE_NAME MACHINE_DISK
machine=platform/machine
folder=$("$machine" folder)
share=$folder/share
users='alice bob carol'
RANDOM=${SEED:=$$}
bad=0

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

look() {
	"$machine" exec --timeout 120 -- sh /host/tests/machine/cuts/check.t >"$share/cuts.out" 2>&1
	tail -n 1 "$share/cuts.out" | grep -q '^1\.\.[1-9]' && ! grep -q '^not ok' "$share/cuts.out"
}

check() {
	if ! look; then
		grep -v '^ok' "$share/cuts.out"
		echo "power cut $1: FAILED (SEED=$SEED)"
		bad=$((bad + 1))
	fi
	kept=$((kept + $(grep -c '^ok .*: what was acknowledged' "$share/cuts.out")))
	undecided=$((undecided + $(grep -c '^ok .*: old or new' "$share/cuts.out")))
}

# Boots with a copy of the disk kept as it was before.
start() {
	[ ! -f "$folder/disk.img" ] || cp --sparse=always "$folder/disk.img" "$folder/disk.before"
	"$machine" start >/dev/null
}

# The machine is killed; the disk is one that has lost what was not flushed.
cut() {
	"$machine" cut && mv "$folder/disk.before" "$folder/disk.img" &&
		tests/machine/cuts/replay.py "$folder/disk.img" "$folder/disk.log" "$RANDOM" >>"$share/cuts.lost"
}

stop
mkdir -p "$share"
rm -f "$share"/cuts.*
for user in $users; do
	: >"$share/cuts.$user.log"
	chmod 0666 "$share/cuts.$user.log"
done
kept=0
undecided=0
# A new disk, and folders of users on it.
"$machine" start --fresh >/dev/null && "$machine" stop || exit 1
for ((i = 1; i <= rounds; i++)); do
	start || exit 1
	[ "$i" -eq 1 ] || check $((i - 1))
	writers=
	for user in $users; do
		"$machine" exec --timeout 300 --user "$user" -- sh /host/tests/machine/cuts/write.sh >"$share/cuts.$user.out" 2>&1 &
		writers="$writers $!"
	done
	# Long enough for some changes, whose moments are as good as random.
	ms=$((300 + RANDOM % 3700))
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	for writer in $writers; do
		kill -0 "$writer" 2>/dev/null && continue
		cat "$share"/cuts.*.out
		echo "power cut $i: FAILED: a writer ended by itself (SEED=$SEED)"
		bad=$((bad + 1))
	done
	cut || exit 1
	# shellcheck disable=SC2086 # several
	wait $writers
	[ $((i % 20)) -ne 0 ] || echo "$i power cuts, $bad rounds failed"
done
start || exit 1
check "$rounds"
acknowledged=$(cat "$share"/cuts.*.log | grep -c '^done ')
echo "$rounds power cuts among $acknowledged acknowledged changes, checked after each: $kept times a tag had what was" \
	"acknowledged, $undecided times one whose change was cut had old or new; $bad rounds failed (SEED=$SEED)"
awk '{ writes += $1; flushes += $3; open += $6; lost += $(NF - 1); some += $(NF - 1) != 0 }
	END {
		print writes " writes and " flushes " flushes; of " open " writes after a last flush " lost " were lost, in " some " of the cuts"
		exit !some
	}' "$share/cuts.lost" || { echo "FAILED: no cut has lost anything"; bad=$((bad + 1)); }

# The same check with a change in a log that never was.
echo 'done small 999999' >>"$share/cuts.bob.log"
if look; then
	echo "FAILED: a lost change goes unnoticed"
	bad=$((bad + 1))
fi
"$machine" stop || bad=$((bad + 1))
[ "$bad" -eq 0 ]
