#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Power cuts in great number: in each round the machine boots, alice's store is checked against what was acknowledged before the
# cut (tests/machine/cuts/check.t), she puts and removes (write.sh), and after a random while the machine is killed.
# What is not on its disk by then is lost, as with the power.
# usage: cuts.sh ROUNDS, from the top of the repository, with the machine built; SEED=N repeats the whiles of another run
set -u
rounds=$1
MACHINE_NAME=check
export MACHINE_NAME
machine=platform/machine
share=$("$machine" folder)/share
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

stop
mkdir -p "$share"
rm -f "$share"/cuts.*
: >"$share/cuts.log"
chmod 0666 "$share/cuts.log"
kept=0
undecided=0
fresh=--fresh
for ((i = 1; i <= rounds; i++)); do
	"$machine" start $fresh >/dev/null || exit 1
	fresh=
	[ "$i" -eq 1 ] || check $((i - 1))
	"$machine" exec --timeout 300 --user alice -- sh /host/tests/machine/cuts/write.sh >"$share/cuts.writer" 2>&1 &
	writer=$!
	# Long enough for some changes, whose moments are as good as random.
	ms=$((300 + RANDOM % 2700))
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	if ! kill -0 $writer 2>/dev/null; then
		cat "$share/cuts.writer"
		echo "power cut $i: FAILED: the writer ended by itself (SEED=$SEED)"
		bad=$((bad + 1))
	fi
	"$machine" cut || exit 1
	wait $writer
done
"$machine" start >/dev/null || exit 1
check "$rounds"
acknowledged=$(grep -c '^done ' "$share/cuts.log")
echo "$rounds power cuts among $acknowledged acknowledged changes, checked after each: $kept times a tag had what was" \
	"acknowledged, $undecided times one whose change was cut had old or new; $bad rounds failed (SEED=$SEED)"

# The same check with a change in the log that never was.
echo 'done small 999999' >>"$share/cuts.log"
if look; then
	echo "FAILED: a lost change goes unnoticed"
	bad=$((bad + 1))
fi
"$machine" stop || bad=$((bad + 1))
[ "$bad" -eq 0 ]
