#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Policies of tags, fixed when they are made: what each forbids, what is told of it, and that other tags have none.
. "$(dirname "$0")/tap.sh"

echo old >old
echo new >new
bytes 200000 large

if [ "$storage" != vault ]; then
	expect 2 "the storage $storage has no policies" as alice festore put --write-once a old
	says "says so" '^festore: put: a: this storage has no policies$'
	as alice festore put a old
	expect 2 "nor does anything grow there" as alice festore append a old
	says "says so" '^festore: append: a: this storage has no appends$'
	as alice festore rm a
	done_testing
	exit
fi
as alice festore destroy -f 2>/dev/null

# --- write-once ---

expect 0 "put" as alice festore put -q plain old
expect 0 "put --write-once" as alice festore put --write-once a old
expect 0 "a large one" as alice festore put --write-once b large
expect 5 "a put in its place" as alice festore put a new
says "says why not" '^festore: put: a: the tag is write-once: it is never replaced, removed or moved$'
expect 5 "a large put in its place" as alice festore put a large
expect 5 "another put --write-once" as alice festore put --write-once a new
expect 4 "put -n" as alice festore put -n a new
expect 5 "rm" as alice festore rm a
says "says why not" '^festore: rm: a: the tag is write-once: it is never replaced, removed or moved$'
expect 5 "rm of the large one" as alice festore rm b
expect 5 "mv" as alice festore mv a c
expect 5 "mv -f onto it" as alice festore mv -f plain a
expect 5 "cp -f onto it" as alice festore cp -f plain a
mkdir tree
cp new tree/a
cp new tree/z
expect 0 "put -r of others" as alice festore put -r tree tree
as alice festore put --write-once tree/y old
cp new tree/y
expect 5 "put -r onto one" as alice festore put -r tree tree
as alice festore get a >back
same "it is what it was" back old
as alice festore get b -o back
same "so is the large one" back large
expect 0 "stat" as alice festore stat a
grep -q '^policy:   write-once$' out
result $? "tells of the policy"
as alice festore stat plain >out
! grep -q policy out
result $? "of no other"
expect 0 "stat --json" as alice festore stat --json a
grep -q '"policy":"write-once"}$' out
result $? "tells it too"
is "so does ls --json" "$(as alice festore ls --json | grep -c '"policy":"write-once"')" 3
expect 0 "fsck finds nothing" as alice festore fsck
expect 2 "put -r has none" as alice festore put -r --write-once tree more

# --- append-only ---

expect 0 "put --append-only" as alice festore put --append-only j old
expect 0 "append" as alice festore append j new
cat old new >both
as alice festore get j >back
same "adds to it" back both
printf more >some
expect 0 "append of standard input" as alice sh -c 'printf more | festore append -v j'
says "-v says how much" '^festore: append: j: appended 4 bytes$'
cat both some >three
as alice festore get j >back
same "adds that too" back three
expect 5 "a put in its place" as alice festore put j new
says "says why not" '^festore: put: j: the tag is append-only: it is never replaced, removed or moved$'
expect 5 "rm" as alice festore rm j
expect 5 "mv" as alice festore mv j k
expect 5 "mv -f onto it" as alice festore mv -f plain j
is "stat --json tells of it" "$(as alice festore stat --json j | grep -c '"policy":"append-only"}$')" 1
expect 0 "a large one" as alice festore put --append-only l large
expect 0 "grows too" as alice festore append -q l large
cat large large >both
as alice festore get l -o back
same "whole" back both
expect 0 "what has no policy grows as well" as alice festore append plain new
expect 3 "what is not there does not" as alice festore append absent new
says "and is not made" '^festore: append: absent: there is no such tag$'
expect 5 "write-once does not" as alice festore append a new
expect 1 "a file that is missing" as alice festore append j none
expect 2 "without a tag" as alice festore append
bytes 16777217 huge
expect 2 "more than 16 MiB at once" as alice festore append j huge
says "says so" '^festore: append: huge: longer than 16777216 bytes$'
rm huge
as alice festore get j >back
same "all of which leave it as it was" back three
if [ "${FESTORE_E2E:-machine}" = host ]; then
	clients=
	for client in 1 2 3 4; do
		as alice sh -c "for i in 1 2 3 4 5; do echo client-$client-\$i | festore append -q j; done" &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086 # four numbers
	wait $clients
	is "of several clients nothing is lost" "$(as alice festore get j | grep -o 'client-[1-4]-[1-5]' | sort -u | wc -l)" 20
fi
expect 0 "fsck finds nothing" as alice festore fsck

# --- read-once ---

expect 2 "two policies at once" as alice festore put --read-once --write-once o old
expect 0 "put --read-once" as alice festore put --read-once o old
expect 0 "a large one" as alice festore put --read-once p large
is "ls --json tells of it" "$(as alice festore ls --json | grep -c '"policy":"read-once"')" 2
expect 5 "export does not read it" as alice festore export -o archive
grep -q 'o: the file is read-once: only a get that takes it away reads it$' err
result $? "and says so"
as alice festore put --read-once folder/o old
expect 5 "get -r neither" as alice festore get -r folder folder
expect 0 "rm" as alice festore rm folder/o
expect 5 "cp neither" as alice festore cp o q
expect 0 "fsck leaves it alone" as alice festore fsck
expect 0 "mv" as alice festore mv o q
expect 1 "get -o where there is no folder" as alice festore get q -o none/back
expect 2 "get -o of a folder" as alice festore get q -o tree
expect 2 "get --range" as alice festore get --range 0:1 q
says "says why not" '^festore: get: q: the file is read-once: what is not in the range would be lost$'
if command -v script >/dev/null; then
	as alice script -qec 'festore get q' /dev/null </dev/null >out 2>&1
	is "get to a terminal" $? 2
	grep -q 'q: the file is read-once: use -o FILE, or -f to write it to the terminal' out
	result $? "says so"
fi
limited() {
	as alice sh -c 'ulimit -f 100; festore get p -o back'
}
expect 1 "get -o of more than a file may have" limited
expect 0 "which all leave it" as alice festore stat q
expect 0 "get" as alice festore get q
same "gives it" out old
expect 3 "get again" as alice festore get q
expect 0 "get of the large one" as alice festore get p -o back
same "gives it too" back large
if command -v script >/dev/null; then
	as alice festore put --read-once t old
	as alice script -qec 'festore get -f t' /dev/null </dev/null >out 2>&1
	is "get -f to a terminal" $? 0
	grep -q old out
	result $? "shows it"
fi
expect 3 "once" as alice festore get p
expect 0 "one that nobody reads" as alice festore put --read-once o old
expect 0 "can be replaced" as alice festore put --read-once o new
expect 0 "and removed" as alice festore rm o
expect 0 "fsck finds nothing" as alice festore fsck

# --- keys with a number of uses ---

forget_keys alice
expect 2 "no uses at all" as alice festore key gen k --type ed25519 --max-uses 0
says "is no number of uses" '^festore: key gen: 0: a key may be limited to 1 to 4294967294 uses$'
expect 2 "nor are too many" as alice festore key gen k --type ed25519 --max-uses 4294967295
expect 0 "key gen --max-uses" as alice festore key gen k --type ed25519 --max-uses 2
expect 0 "key info" as alice festore key info k
grep -q '^left:     2 uses$' out
result $? "tells how many are left"
expect 0 "sign" as alice festore sign --key k old -o signature
expect 0 "the signature" as alice festore verify --key k --signature signature old
is "takes one" "$(as alice festore key info --json k | sed 's/.*,"uses_left":\([0-9]*\)}$/\1/')" 1
expect 0 "key mv" as alice festore key mv k l
expect 0 "sign again" as alice festore sign --key l old -o signature
expect 5 "and no more" as alice festore sign --key l old -o none
says "says why not" 'the key may not be used any more: its uses are used up$'
[ ! -e none ]
result $? "writes nothing"
is "key ls --json tells of none left" "$(as alice festore key ls --json | grep -c '"uses_left":0}$')" 1
expect 0 "what it has signed is still right" as alice festore verify --key l --signature signature old
expect 0 "a key that decrypts twice" as alice festore key gen d --type x25519 --max-uses 2
as alice festore encrypt --key d old >sealed
expect 0 "decrypt" as alice festore decrypt --key d sealed
same "gives it" out old
expect 0 "decrypt again" as alice festore decrypt --key d sealed
expect 5 "and no more" as alice festore decrypt --key d sealed
expect 0 "a key without a limit" as alice festore key gen free --type ed25519
as alice festore key info free >out
! grep -q left out
result $? "has none"
expect 0 "fsck finds nothing" as alice festore fsck

# What an old copy of all gives back when the TA was away: nothing where each commit is anchored.
folder=$(store_of alice)/counted
if [ "${FESTORE_E2E:-machine}" = host ]; then
	for anchor in "ree commit 7" "none group 0"; do
		# shellcheck disable=SC2086 # three words
		set -- $anchor
		[ "$1" = none ] && when= || when="--anchor-when $2"
		# shellcheck disable=SC2086 # perhaps none
		as alice festore init --accept-insecure-huk -q --vault counted --anchor "$1" $when
		as alice festore key gen --vault counted k --type ed25519 --max-uses 1
		cp -a "$folder" before
		expect 0 "the only use, anchor $1" as alice festore sign --vault counted --key k old -o signature
		rm -rf after
		cp -a "$folder" after
		rm -rf "$folder"
		mv before "$folder"
		expect 7 "does not come back with an old copy" as alice festore sign --vault counted --key k old -o signature
		"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
		expect "$3" "nor, but without an anchor, when the TA was away" as alice festore sign --vault counted --key k old -o signature
		"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
		rm -rf "$folder"
		mv after "$folder"
		expect 5 "the present copy has none" as alice festore sign --vault counted --key k old -o signature
		as alice festore destroy -f --vault counted
	done
fi

# --- the end ---

expect 0 "all goes with the vault" as alice festore destroy -f
expect 0 "after which the tag is free" as alice festore put a new
forget alice
done_testing
