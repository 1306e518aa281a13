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

# --- the end ---

expect 0 "all goes with the vault" as alice festore destroy -f
expect 0 "after which the tag is free" as alice festore put a new
forget alice
done_testing
