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
elif [ "$storage" = rpmb ]; then
	has "says that copies bring nothing back" '^rollback:  not possible by copies'
	has "says how much there is room for" '^room:      64 files and 26 KiB'
	has "says what wears it" '^wear:      of the 4294967295 writes'
	has "says how slow it is" '^speed:     2 to 10 KB'
	rollback=always
	largest=4096
	folder=
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

# refuses_init USER: no vault is made on a device whose key everybody knows, but by who accepts that.
refuses_init() {
	[ "$storage" = vault ] || return
	as "$1" festore destroy -f 2>err
	expect 1 "an init there is refused" as "$1" festore init
	says "and says why" "hardware key is a known default.* --accept-insecure-huk makes one"
	[ ! -e "$(store_of "$1")/default/vault.db" ]
	result $? "and makes nothing"
	expect 1 "with -q too" as "$1" festore init -q
	expect 0 "an init that accepts it is not" as "$1" festore init --accept-insecure-huk
	says "and warns" 'WARNING: .*hardware key is a known default'
	expect 4 "a vault that is there is there" as "$1" festore init --accept-insecure-huk
	as "$1" festore destroy -f
	rm -rf state
	mkdir -m 0777 state
}

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
	refuses_init alice
	expect 0 "a first put" as alice festore put tag in
	says "warns of the key" 'WARNING: .*hardware key is a known default'
else
	has "the fake's key is its own" '"huk":"own"'
	# With another key every vault is lost, so that of a user of its own is made and left.
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" huk zero
	refuses_init carol
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
