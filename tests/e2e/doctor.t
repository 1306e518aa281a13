#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# festore doctor: each thing that it can find, and nothing else. What needs a TEE without tee-supplicant, or one that refuses the TA:
# tests/machine/environment.t.
. "$(dirname "$0")/tap.sh"
only vault
store=$(store_of bob)
folder=$store/doctored
state=$work/state
mkdir -m 0777 "$state"
bytes 500 one

# doctor STATUS DESCRIPTION OPTION...: of a vault of bob's.
doctor() {
	want=$1 what=$2
	shift 2
	expect "$want" "$what" as bob env XDG_STATE_HOME="$state" festore doctor --vault doctored "$@"
}
# finds LEVEL NAME, lacks NAME: of the last doctor.
finds() {
	grep -q "^$1: $2: " out
	result $? "finds: $1: $2"
}
lacks() {
	! grep -q "^[a-z]*: $1: " out
	result $? "does not find $1"
}

doctor 0 "without a vault"
finds well tee
finds well no-vault
lacks no-anchor
lacks optee-changed

as bob festore init --vault doctored -q --accept-insecure-huk --anchor none
as bob festore put --vault doctored tag one
doctor 0 "a vault without an anchor"
finds well vault
finds warning no-anchor
if [ "${FESTORE_E2E:-machine}" = host ]; then
	lacks known-hardware-key
	finds warning signature-unknown
else
	finds warning known-hardware-key
	finds warning default-signing-key
fi
is "the last line counts" "$(tail -n 1 out)" "0 faults, $(grep -c '^warning' out) warnings"
is "each but those that are well has a way out" "$(grep -c '^    way out: ..' out)" "$(grep -c '^warning' out)"

doctor 0 "as JSON" --json
is "one object a line" "$(grep -c '^{"finding":"[a-z-]*","level":"[a-z]*","text":"..*","way_out":".*"}$' out)" "$(wc -l <out | tr -d ' ')"

# --- OP-TEE was another one ---

[ -s "$state/festore/optee" ]
result $? "what OP-TEE is, is remembered"
echo 'OP-TEE 3.19' >"$state/festore/optee"
doctor 0 "after an upgrade"
finds warning optee-changed
grep -q 'OP-TEE 3.19, now ' out
result $? "and tells both"
doctor 0 "the next time"
lacks optee-changed

# --- folders in memory ---

if [ -d /dev/shm ] && mount | grep -q ' /dev/shm type tmpfs'; then
	expect 0 "a store in memory" as bob env FESTORE_DIR=/dev/shm/festore-doctor XDG_STATE_HOME="$state" festore doctor --vault memory
	finds warning store-in-memory
	rm -rf /dev/shm/festore-doctor
fi

# --- files that are not the present ones ---

cp -a "$folder" kept
as bob festore put --vault doctored tag one
rm -rf "$folder"
cp -a kept "$folder"
doctor 7 "an old copy"
finds fault not-the-present-vault
grep -q 'rolled back: generation [0-9]* is older than [0-9]*' out
result $? "with both generations"
rm -rf "$folder"
doctor 7 "no files any more"
finds fault not-the-present-vault

# --- another's vault ---

as alice festore put f one 2>/dev/null
rm -rf kept
cp -a "$(store_of alice)/default" kept
mkdir -p "$folder"
rm -rf "$folder"
cp -a kept "$folder"
chown -R "$(stat -c %u:%g "$store")" "$folder"
doctor 6 "another user's vault, as one from another device"
finds fault does-not-open
rm -rf "$folder"
as bob festore destroy --vault doctored -f 2>/dev/null

# --- the RPMB ---

doctor_of_rpmb() {
	as bob env XDG_STATE_HOME="$state" festore doctor --storage rpmb
}
if as bob festore status --storage rpmb >out 2>err; then
	expect 0 "of the storage rpmb" doctor_of_rpmb
	finds well rpmb
	# Neither the host nor the machine has an eMMC that Linux sees.
	finds warning rpmb-emulated
	if [ "${FESTORE_E2E:-machine}" = host ]; then
		"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" rpmb absent
		expect 8 "where there is none" doctor_of_rpmb
		"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" rpmb present
	fi
else
	expect 8 "of the storage rpmb where there is none" doctor_of_rpmb
fi
grep -q '^fault: rpmb-closed: \|^fault: tee-refuses: \|^well: rpmb' out
result $? "says what there is"

# --- mistakes ---

doctor 2 "an argument" x
doctor 2 "an option that there is not" --repair
done_testing
