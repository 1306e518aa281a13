#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The storage rpmb on real OP-TEE with an emulated eMMC: the end-to-end scripts, then a reboot, power cuts, a disk that is put back
# as it was, and a chip that is another's.
# usage: rpmb.sh CUTS, from the top of the repository, with the machine built
set -u
cuts=$1
MACHINE=qemu-arm64-rpmb MACHINE_NAME=check
export MACHINE MACHINE_NAME
machine=platform/machine
folder=$("$machine" folder)
status=0
RANDOM=${SEED:=$$}

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

run() {
	FESTORE_E2E_STORAGE=$1 prove --timer --exec tests/machine/exec.sh "${@:2}" || status=1
}

no_panic() {
	if grep -q 'panicked with code\|TA panic' "$folder/secure.log"; then
		echo "a TA panicked: see $folder/secure.log" >&2
		status=1
	fi
}

fails() {
	echo "FAILED: $*" >&2
	status=1
}

# The chip's count of writes, as its file has it (platform/emmc/chip.c).
writes() { od -An -tu4 -j4 -N4 "$folder/emmc.img" | tr -d ' '; }

# took LEAST MOST WHAT COMMAND...: alice's command adds so many writes to the count.
took() {
	local before now
	before=$(writes)
	"$machine" exec --user alice -- festore "${@:4}" >/dev/null || fails "$3"
	now=$(($(writes) - before))
	echo "# $3: $now writes"
	if [ "$now" -lt "$1" ] || [ "$now" -gt "$2" ]; then fails "$3: $now writes, not $1 to $2"; fi
}

# What `festore status` says of the wear. The tag of 255 bytes is the longest.
wear() {
	local long
	long=$(printf '%255s' '' | tr ' ' x)
	head -c 10 /dev/urandom >"$folder/share/few"
	head -c 4096 /dev/urandom >"$folder/share/most"
	chmod 0644 "$folder/share/few" "$folder/share/most"
	# The first of all: OP-TEE writes the key, its header and its table of objects along.
	took 9 10 "the first file" put -q --storage rpmb first /host/share/few
	took 6 8 "a new file of 10 bytes" put -q --storage rpmb few /host/share/few
	took 1 1 "its replacement" put -q --storage rpmb few /host/share/few
	took 22 24 "a new file of 4096 bytes" put -q --storage rpmb "$long" /host/share/most
	took 18 19 "its replacement" put -q --storage rpmb "$long" /host/share/most
	# All of an object is written anew unless what is written fits into its first block.
	took 18 19 "its replacement by 10 bytes" put -q --storage rpmb "$long" /host/share/few
	took 0 0 "a get" get --storage rpmb few
	took 0 0 "a list" ls --storage rpmb
	took 1 1 "a removal" rm --storage rpmb few
	took 2 2 "two removals" rm --storage rpmb first "$long"
}

# One power cut after a while, while alice puts; then old or new is there, whole, and the list ends.
cut_once() {
	local writer ms
	"$machine" exec --timeout 120 --user alice -- sh /host/tests/machine/rpmb/write.sh >/dev/null 2>&1 &
	writer=$!
	ms=$((200 + RANDOM % 1500))
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
	"$machine" cut || exit 1
	wait $writer
	"$machine" start >/dev/null || exit 1
	run rpmb tests/machine/rpmb/check.t >"$folder/check.log" 2>&1
	grep -q '^Result: PASS' "$folder/check.log" || { cat "$folder/check.log"; fails "power cut (SEED=$SEED)"; }
}

stop
"$machine" start --fresh || exit 1
wear
run ree tests/e2e/{rpmb,basics}.t
run rpmb tests/e2e/{basics,move,status,owners,group}.t tests/machine/before.t
run vault tests/e2e/basics.t
no_panic
"$machine" stop || status=1
"$machine" start || exit 1
run rpmb tests/machine/after-reboot.t
"$machine" cut || status=1
"$machine" start || exit 1
run rpmb tests/machine/after-cut.t tests/machine/rpmb/full.t tests/machine/rpmb/begin.t
for ((i = 1; i <= cuts; i++)); do
	cut_once
done
echo "# $cuts power cuts while alice put, SEED=$SEED"

# All that the normal world keeps, as it was before a change; and the same of tee-supplicant's folder, while the TA lives.
run rpmb tests/machine/rpmb/old.t
"$machine" stop || status=1
cp "$folder/disk.img" "$folder/disk.old"
"$machine" start || exit 1
run rpmb tests/machine/rpmb/change.t
"$machine" stop || status=1
mv "$folder/disk.old" "$folder/disk.img"
"$machine" start || exit 1
run rpmb tests/machine/rpmb/changed.t
no_panic
"$machine" stop || status=1

# Another chip, whose key is not this OP-TEE's: refused, and the vault still serves.
cp "$folder/emmc.img" "$folder/emmc.own"
printf 'another' | dd of="$folder/emmc.img" bs=1 seek=8 conv=notrunc status=none
dd if=/dev/zero of="$folder/emmc.img" bs=4096 seek=1 count=1 conv=notrunc status=none
"$machine" start || exit 1
run rpmb tests/machine/rpmb/foreign.t
"$machine" stop || status=1
mv "$folder/emmc.own" "$folder/emmc.img"
"$machine" start || exit 1
run rpmb tests/machine/rpmb/changed.t
[ $status -eq 0 ] || "$machine" logs
"$machine" stop || status=1
exit $status
