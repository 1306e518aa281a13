#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A vault with a PIN: nothing opens it without, wrong ones are counted and make the next one wait, it can be changed, and who
# has forgotten it can give the vault up.
. "$(dirname "$0")/tap.sh"
only vault
printf content >content
bytes 100000 large

# with PIN SUBCOMMAND ...: of the vault "pin", with that on descriptor 3.
with() {
	printf '%s\n' "$1" >typed
	shift
	as root festore "$@" --vault pin --pin-fd 3 3<typed
}
without() {
	as root festore "$@" --vault pin
}
pin_info() {
	without pin info "$@"
}
failures() {
	pin_info --json | sed 's/.*"failures":\([0-9]*\).*/\1/'
}
# change OLD NEW
change() {
	printf '%s\n' "$1" >typed
	printf '%s\n' "$2" >new
	as root festore pin change --vault pin --pin-fd 3 --new-pin-fd 4 3<typed 4<new
}

# --- made ---

expect 2 "a PIN of three bytes" with 123 init --accept-insecure-huk
says "says how long one is" 'a PIN has 4 to 64 bytes$'
expect 2 "and one of 65" with "$(printf '%065d' 0)" init --accept-insecure-huk
expect 3 "a put makes no vault with a PIN" with 2580 put tag content
says "says what does" 'one with a PIN is made by festore init$'
expect 2 "so few tries are none" with 2580 init --accept-insecure-huk --pin-tries 2
says "says so" 'closed for good by 3 to 100 wrong PINs'
expect 2 "nor is a word" with 2580 init --accept-insecure-huk --pin-tries three
says "says so" 'three is no number of tries$'
expect 2 "tries without a PIN" without init --accept-insecure-huk --pin-tries 3
says "says so" '[-][-]pin-tries is of a PIN'
expect 2 "a descriptor that is none" as root festore init --vault pin --pin-fd 77 --accept-insecure-huk
says "says so" '77 is no open descriptor$'
expect 0 "init with a PIN" with 2580 init --accept-insecure-huk
expect 0 "pin info" pin_info
grep -q '^wrong PINs since the last right one: [01], counted in \(ree\|rpmb\)$' out
result $? "shows the count"
expect 0 "a put with it" with 2580 put tag content
expect 0 "a get" with 2580 get tag
same "gives what was put" out content
expect 0 "a blob" with 2580 put large large
expect 0 "comes back" with 2580 get large
same "whole" out large
expect 0 "a key" with 2580 key gen signer --type ed25519
expect 0 "signs" with 2580 sign --key signer content
expect 0 "ls" with 2580 ls
is "lists" "$(cat out)" "large
tag"
expect 0 "fsck" with 2580 fsck
expect 0 "status" with 2580 status
grep -q '^PIN:       needed; 0 wrong since the last right one$' out
result $? "shows that it has one"
expect 0 "also for programs" with 2580 status --json
grep -q '"pin":true,"pin_failures":0,"pin_wait":0' out
result $? "says so"

# --- without, and with a wrong one ---

for subcommand in 'get tag' 'put tag content' 'ls' 'stat tag' 'rm tag' 'fsck' 'status' 'key ls' 'sign --key signer content' \
	'export' 'sync' 'get --unproven tag' 'ls --unproven' 'recover --yes' 'destroy -f'; do
	# shellcheck disable=SC2086 # its words
	expect 12 "without it: $subcommand" without $subcommand
done
says "says so" 'the vault has a PIN, and none was given$'
expect 12 "a wrong one" with 2581 get tag
says "says so" 'wrong PIN, 1 in a row; the next is looked at in 0 seconds$'
is "gives nothing" "$(cat out)" ""
expect 12 "nor without proof" with 2581 get --unproven tag
is "both were counted" "$(failures)" 2
expect 2 "no PIN at all" with '' get tag
is "is no try" "$(failures)" 2
expect 0 "the right one" with 2580 get tag
is "ends the count" "$(failures)" 0
expect 12 "the doctor says it" without doctor
grep -q 'festore destroy --without-pin' out
result $? "and the way out"
expect 0 "a vault without" as root festore init --vault nopin --accept-insecure-huk
with_none() {
	as root festore "$@" --vault nopin --pin-fd 3 3<typed
}
change_none() {
	as root festore pin change --vault nopin --pin-fd 3 --new-pin-fd 4 3<typed 4<new
}
with_ree() {
	as root festore ls --storage ree --pin-fd 3 3<typed
}
expect 2 "takes none" with_none ls
says "says so" 'the vault in .*/nopin has no PIN$'
expect 2 "nor does the storage ree" with_ree
says "says so" 'the storage ree has no PIN to give$'
expect 2 "there is no terminal here" setsid sh -c 'exec festore ls --vault pin --pin' </dev/null
says "says so" 'there is no terminal to ask for the PIN: see --pin-fd$'

# --- another one ---

expect 12 "a change with a wrong old one" change 2581 13795
expect 2 "to none" change 2580 ''
expect 0 "a change" change 2580 'with blanks and é'
expect 12 "the old one" with 2580 get tag
expect 0 "the new one" with 'with blanks and é' get tag
same "gives what was put" out content
expect 0 "fsck" with 'with blanks and é' fsck
expect 0 "back" change 'with blanks and é' 2580
expect 2 "of a vault without a PIN there is no change" change_none
expect 2 "and no other word" as root festore pin remove

# --- the header ---

printf '2580\n' >typed
expect 0 "its backup" with 2580 header backup header.bak
expect 0 "its restoration" with 2580 header restore header.bak

# --- its log ---

printf '2580\n' >typed
as root festore init --vault logged --log --accept-insecure-huk --pin-fd 3 3<typed
with_logged() {
	printf '%s\n' "$1" >typed
	shift
	as root festore "$@" --vault logged --pin-fd 3 3<typed
}
expect 12 "a wrong PIN of a vault with a log" with_logged 0000 ls
expect 12 "and one more" with_logged 0000 ls
expect 0 "the next change" with_logged 2580 put tag content
expect 0 "the log" with_logged 2580 log --json
grep -q '"reason":"pin"' out && grep '"reason":"pin"' out | grep -q '"count":2'
result $? "tells of both"
if [ "${FESTORE_E2E:-machine}" = host ]; then
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
	expect 12 "a wrong one after a restart" with_logged 0000 ls
	expect 0 "the next change" with_logged 2580 put tag content
	expect 0 "the log" with_logged 2580 log --json
	is "tells of that too" "$(grep -c '"reason":"pin"' out)" 2
fi
printf '2580\n1379\n' >typed
expect 0 "a change of the PIN" as root festore pin change --vault logged --pin-fd 3 --new-pin-fd 3 3<typed
expect 0 "the log" with_logged 1379 log --json
grep -q '"header-changed"' out
result $? "tells of that"
expect 0 "it is given up" as root festore destroy -f --without-pin --vault logged

# --- on the terminal, where the host has a program that makes one ---

if [ "${FESTORE_E2E:-machine}" = host ]; then
	# shellcheck disable=SC2016 # for the shell on the terminal
	{
		: >out
		typed 'PIN: ' '2580\n' | terminal root 'festore get --vault pin --pin tag; echo "status $?"'
		grep -q 'PIN: ' out && grep -q content out && grep -q 'status 0' out && grep -q 'shown again' out && ! grep -q 2580 out
		result $? "it is asked for on the terminal, which does not show it"
		: >out
		{
			typed 'new PIN: ' '1111\n'
			typed 'the same again: ' '1112\n'
		} | terminal root 'festore init --vault typed --accept-insecure-huk --pin; echo "status $?"'
		grep -q 'the two are not the same' out && grep -q 'status 2' out && grep -q 'shown again' out
		result $? "a new one is to be typed twice"
		: >out
		{
			typed '^PIN: ' '2580\n'
			typed 'new PIN: ' '1379\n'
			typed 'the same again: ' '1379\n'
		} | terminal root 'festore pin change --vault pin; echo "status $?"'
		grep -q 'status 0' out && ! grep -q 1379 out
		result $? "so is one that is changed"
	}
	expect 0 "which opens the vault" with 1379 get tag
	expect 0 "and is changed back" change 1379 2580
fi

# --- too many ---

for i in 1 2 3 4 5; do
	expect 12 "wrong one $i" with 0000 ls
done
says "says how long" 'wrong PIN, 5 in a row; the next is looked at in \(30\|29\) seconds$'
expect 12 "the right one has to wait" with 2580 ls
says "says how long" 'after 5 wrong PINs the next is looked at in [0-9]* seconds$'
is "and is not counted" "$(failures)" 5
expect 0 "pin info" pin_info
grep -q '^the next one is looked at in [0-9]* seconds$' out
result $? "tells how long"

# --- given up ---

expect 2 "a vault without a PIN is not given up so" as root festore destroy -f --without-pin --vault nopin
expect 0 "who has forgotten it" without destroy -f --without-pin
expect 3 "has no vault any more" without get tag
expect 0 "and can make another" with 1379 init --accept-insecure-huk --pin-tries 3
expect 0 "with its own count" with 1379 put tag content
expect 12 "a wrong one of three" with 0000 ls
says "says how many are left" 'wrong PIN: 2 more, and nothing opens this vault any more'
expect 12 "the second" with 0000 ls
expect 12 "the third" with 0000 ls
says "was the last" 'and the last one: nothing opens this vault any more$'
expect 12 "the right one" with 1379 ls
says "opens nothing any more" 'there were too many wrong PINs: nothing opens this vault any more$'
expect 0 "pin info" pin_info
grep -q '^CLOSED for good' out
result $? "says so"
expect 0 "it can be given up" without destroy -f --without-pin
as root festore destroy -f --vault nopin
done_testing
