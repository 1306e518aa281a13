#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The storage rpmb beside the others: its limit, copies to and from it, and a device that has none. What all storages have in
# common is tried for it by basics.t, move.t, list.t and status.t.
. "$(dirname "$0")/tap.sh"
only ree
# Here each call names its storage.
PATH=${PATH#"$work"/bin:}

in_rpmb() {
	command=$1
	shift
	as alice festore "$command" --storage rpmb "$@"
}

# Every command is refused, in one line and without harm to the TA.
refuses_all() {
	printf x >in
	for call in 'put tag in' 'get tag' 'stat tag' 'rm tag' 'mv tag other' ls status; do
		# shellcheck disable=SC2086 # words are meant
		expect 8 "$call is refused" in_rpmb $call
		says "and says why" 'this device has no storage rpmb: its OP-TEE was built without RPMB FS'
	done
	expect 8 "cp from it is refused" as alice festore cp --from rpmb tag
	as alice festore put --storage ree tag in
	expect 8 "of a file too" in_rpmb cp --from ree tag
	says "and says why" 'this device has no storage rpmb'
	expect 0 "the TA still serves the other storage" as alice festore get --storage ree tag
	is "as it should" "$(cat out)" x
	as alice festore rm --storage ree tag
}

if ! in_rpmb status >out 2>err; then
	refuses_all
	done_testing
	exit
fi

for tag in $(in_rpmb ls); do in_rpmb rm "$tag"; done
bytes 4096 most
bytes 4097 more
bytes 10 few
expect 0 "put of as much as it takes" in_rpmb put tag most
expect 9 "put of more is refused" in_rpmb put tag more
says "and says how much it takes" 'tag: too large: this storage takes at most 4096 bytes a file'
in_rpmb get tag >out
same "the old content stands" most out
expect 0 "put of less" in_rpmb put tag few
in_rpmb get tag >out
same "is all that there is" few out
is "and stat knows" "$(in_rpmb stat --json tag | sed 's/.*"size":\([0-9]*\).*/\1/')" 10

expect 3 "ree has none of it" as alice festore get --storage ree tag
as alice festore put --storage ree tag most
in_rpmb get tag >out
same "nor does what is put there" few out
expect 0 "cp from ree" in_rpmb cp -f --from ree tag
in_rpmb get tag >out
same "brings its content" most out
expect 0 "cp to ree" as alice festore cp -f --storage ree --from rpmb tag
as alice festore get --storage ree tag >out
same "brings it back" most out
as alice festore put --storage ree large more
expect 9 "cp of what is too large is refused" in_rpmb cp --from ree large
says "and says which" 'large: too large'
as alice festore rm --storage ree tag large

expect 3 "bob has no such tag" as bob festore get --storage rpmb tag
expect 2 "it has no keys" as alice festore key gen new --type p256 --storage rpmb
expect 2 "no vaults" in_rpmb ls --vault other
says "says so" 'the storage rpmb has no vaults to name'
expect 2 "no AEAD" as alice festore init --storage rpmb --aead auto
expect 2 "no fsck" in_rpmb fsck
expect 2 "another storage is none" as alice festore ls --storage eeprom
says "and all are named" 'there are: vault, ree, rpmb'
expect 0 "rm" in_rpmb rm tag
is "nothing is left" "$(in_rpmb ls)" ''

if [ "${FESTORE_E2E:-machine}" = host ]; then
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" rpmb absent
	refuses_all
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" rpmb present
	expect 0 "when it is there again all is well" in_rpmb ls
fi
done_testing
