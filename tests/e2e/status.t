#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# status: what there is and what it does not protect from; and what is said at a first put.
. "$(dirname "$0")/tap.sh"
forget alice

# has DESCRIPTION PATTERN: a line of ./out matches.
has() {
	grep -q "$2" out
	result $? "$1"
}

expect 0 "status" as alice festore status
if [ "$storage" = ree ]; then
	has "says that rollback is not detected" '^rollback:  not detected'
	rollback=never
	largest=1048576
	folder=/var/lib/tee
else
	has "says how long rollback is detected" '^rollback:  detected while the TA lives .*; not across a restart'
	rollback=until_ta_restart
	largest=9223372036854775807
	folder=$(store_of alice)/default
fi
has "says what a live root can do" '^live root: can act as any user'
has "has OP-TEE's version" '^OP-TEE:    .'
has "has the storage and its limit" "^storage:   $storage (at most $largest bytes a file)$"
is "library and TA are of one release" "$(sed -n 's/^TA: *\([^,]*\),.*/\1/p' out)" \
	"$(festore version | sed 's/festore //')"
expect 0 "status --json" as alice festore status --json
has "says the same to programs" \
	'"storage":"'"$storage"'","size_max":'$largest',.*"files":.*,"rollback_detected":"'"$rollback"'"}$'

XDG_STATE_HOME=$work/state
export XDG_STATE_HOME
mkdir -m 0777 state
printf x >in
if [ "${FESTORE_E2E:-machine}" = machine ]; then
	has "the emulated machine's key is known to be zero" '"huk":"zero"'
	has "its TA is signed with the public default key" '"ta_signature":"default"'
	has "its files are where they should be" '"files":"'"$folder"'","files_survive_reboot":true'
	expect 0 "status for people" as alice festore status
	has "shouts it" '^key (HUK): ALL ZERO'
	has "and that" 'PUBLIC DEFAULT KEY, as the file says'
	expect 0 "a first put" as alice festore put tag in
	says "warns of the key" 'WARNING: .*hardware key is a known default'
else
	has "the fake's key is its own" '"huk":"own"'
	# With another key every vault is lost, so that of a user of its own is made and left.
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" huk zero
	expect 0 "a first put on a device with a known key" as carol festore put tag in
	says "warns of it" 'WARNING: .*hardware key is a known default'
	expect 0 "status" as carol festore status
	has "shouts it" '^key (HUK): ALL ZERO'
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" huk absent
	as carol festore status --json >out 2>err
	has "status of a TEE that cannot be asked says so" '"huk":"unknown"'
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" huk own
fi
expect 0 "a second put" as alice festore put tag in
is "does not" "$(cat err)" ""
rm -rf state
expect 0 "a quiet one" as alice festore put -q tag in
is "never does" "$(cat err)" ""

forget alice
done_testing
