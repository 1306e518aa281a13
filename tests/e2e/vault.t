#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Vaults: made by init or the first put and by nothing else, named, apart from each other, destroyed for good, copied into.
. "$(dirname "$0")/tap.sh"
only vault
store=$(store_of alice)
printf one >one
printf two >two

# The TEE keeps no more than 4 vaults of an owner, also if they are destroyed; other scripts need `default`.
as alice festore destroy -f 2>err

# --- none ---

expect 0 "ls of no vault" as alice festore ls
is "is empty" "$(cat out)" ""
expect 3 "get of no vault" as alice festore get tag
says "is as of no tag" 'tag: there is no such tag'
expect 3 "stat of no vault" as alice festore stat tag
expect 3 "rm of no vault" as alice festore rm tag
expect 3 "mv of no vault" as alice festore mv tag other
expect 3 "destroy of no vault" as alice festore destroy -f
says "says so" 'there is no vault in .*/default$'
expect 0 "status of no vault" as alice festore status
grep -q '^vault:     default, not made yet: the first put makes it$' out
result $? "says so"
expect 0 "and for programs" as alice festore status --json
grep -q '"vault":"default","vault_status":3,"generation":0,"entries":0,"bytes_on_disk":0,"aead":"","anchor":"","anchor_when":"","anchor_generation":0,"anchor_window":0,"anchor_sure":false,"anchor_writes":0,"anchor_writes_left":0,"anchor_life_days":0,"anchor_since":null,"anchor_at":null,"recoveries":0,"recovered_known":0,"recovered_taken":0,"recovered_at":null,"recovery_seen":false,"log":false,"log_first":0,"log_last":0,"quota_status":0,"quota":null,"quota_used":null,"pin":false,"pin_failures":0,"pin_wait":0,"files":".*/default"' out
result $? "says so"
[ ! -e "$store/default/vault.db" ]
result $? "none of these has made one"

# --- init ---

expect 0 "init" as alice festore init --accept-insecure-huk
is "says nothing" "$(cat out)" ""
expect 4 "a second init" as alice festore init --accept-insecure-huk
says "says that there is one" 'there is a vault in .*/default already'
is "the database is for its owner" "$(stat -c %a "$store/default" "$store/default/vault.db" | tr '\n' ' ')" "700 600 "
expect 0 "status" as alice festore status --json
grep -q '"vault":"default","vault_status":0,"generation":[1-9][0-9]*,"entries":0,"bytes_on_disk":[1-9]' out
result $? "shows it, empty"
expect 0 "a put" as alice festore put tag one
expect 0 "status for people" as alice festore status
grep -q '^vault:     default, generation [1-9][0-9]*, 1 file, [1-9][0-9]* bytes on the disk$' out
result $? "counts it"
grep -q '^files:     .*/default' out
result $? "and shows where it lies"

# --- names ---

for name in '' .hidden -dash a/b .. 'with space' 'é' "$(printf '%065d' 0)"; do
	expect 2 "no vault's name: '$name'" as alice festore ls "--vault=$name"
	says "says what one is" "a vault's name has 1 to 64 of A-Z a-z 0-9 . _ -"
done
expect 0 "64 bytes are one" as alice festore ls --vault "$(printf '%064d' 0)"

# --- two vaults ---

expect 0 "a put makes another vault" as alice festore put --vault Other.1 tag two
expect 0 "get" as alice festore get --vault Other.1 tag
same "has what was put there" out two
expect 0 "get of the first" as alice festore get tag
same "has its own" out one
expect 0 "rm in one" as alice festore rm --vault Other.1 tag
expect 0 "leaves the other" as alice festore get tag
expect 3 "bob has none of them" as bob festore get --vault Other.1 tag
expect 2 "ree has no vaults" as alice festore ls --storage ree --vault Other.1
says "says so" 'the storage ree has no vaults to name'
expect 2 "nor an init" as alice festore init --storage ree
says "says so" 'needs no init'
expect 2 "nor a destroy" as alice festore destroy -f --storage ree
says "says so" 'cannot be destroyed whole'

# --- destroy ---

destroy_piped() {
	echo default | as alice festore destroy
}
expect 2 "destroy asks, but without a terminal it cannot" destroy_piped
says "says what is needed" 'without a terminal to confirm it on, -f is needed'
expect 0 "the vault is there" as alice festore get tag
if command -v script >/dev/null; then
	# A terminal that answers.
	answer() {
		printf '%s\n' "$1" | as alice script -qec 'festore destroy' /dev/null >out 2>&1
	}
	answer Other.1
	grep -q 'with 1 file\.' out && grep -q 'nothing was destroyed' out
	result $? "another name on a terminal destroys nothing"
	expect 0 "the vault is there" as alice festore get tag
	answer default
	expect 3 "its own name does" as alice festore get tag
	as alice festore put tag one
fi
cp -R "$store/default" copy
expect 0 "destroy -f" as alice festore destroy -f
is "leaves no file" "$(ls -A "$store/default")" ""
expect 3 "get" as alice festore get tag
expect 0 "ls" as alice festore ls
is "is empty" "$(cat out)" ""
expect 0 "the other vault is as it was" as alice festore put --vault Other.1 tag two

cp -R copy/. "$store/default/"
chown -R "$(stat -c %u:%g "$store")" "$store/default"
expect 7 "a copy of what was destroyed" as alice festore get tag
says "is refused" 'this vault was destroyed'
expect 7 "put into it too" as alice festore put tag one
expect 0 "destroy finishes what an earlier one has begun" as alice festore destroy -f
is "no file is left" "$(ls -A "$store/default")" ""
expect 0 "a put after destroy makes a new vault" as alice festore put tag two
expect 0 "get" as alice festore get tag
same "has the new content" out two

# --- cp ---

bytes 200000 large
for tag in a b/c large; do
	printf '%s of ree' "$tag" >"in"
	[ $tag != large ] || cp large in
	as alice festore put --storage ree "$tag" in
done
expect 0 "cp of one" as alice festore cp --from ree a
expect 0 "get" as alice festore get a
is "has it" "$(cat out)" "a of ree"
expect 0 "ree has it still" as alice festore get --storage ree a
expect 4 "cp over an existing tag" as alice festore cp --from ree a
says "is refused" 'a: the tag exists already'
expect 3 "cp goes on after errors, and ends with the first" as alice festore cp --from ree missing a b/c
is "two of three fail" "$(wc -l <err | tr -d ' ')" 2
expect 0 "what could be copied was" as alice festore get b/c
expect 4 "cp of all" as alice festore cp --from ree --all
is "two were there" "$(wc -l <err | tr -d ' ')" 2
expect 0 "the third is copied" as alice festore get large
same "whole" out large
is "all tags are there" "$(as alice festore ls | tr '\n' ' ')" "a b/c large tag "
printf new | as alice festore put --storage ree a
expect 0 "cp -f of all" as alice festore cp -fv --from ree --all
is "says what was copied" "$(sed -n 1p err)" "festore: cp: a: copied 3 bytes"
is "replaces" "$(as alice festore get a)" new
expect 0 "cp the other way" as alice festore cp --from vault --storage ree tag
expect 0 "get" as alice festore get --storage ree tag
same "has it" out two
expect 0 "cp into another vault" as alice festore cp --from ree --vault Other.1 a
is "has it" "$(as alice festore get --vault Other.1 a)" new
expect 0 "cp within a storage" as alice festore cp a copy
is "has it" "$(as alice festore get copy)" new
expect 4 "cp over an existing tag there" as alice festore cp a copy
says "is refused" 'copy: the tag exists already'
expect 2 "cp onto itself" as alice festore cp -f a a
expect 2 "cp of three tags" as alice festore cp a b c
expect 2 "cp of all and one" as alice festore cp --from ree --all a
expect 2 "cp of nothing" as alice festore cp --from ree
expect 2 "cp of all within a storage" as alice festore cp --all
expect 2 "cp from a storage to itself" as alice festore cp --from vault a
expect 2 "cp from what is no storage" as alice festore cp --from drum a
says "says so" 'there is no storage drum'
as alice festore ls --storage ree | while IFS= read -r tag; do as alice festore rm --storage ree "$tag"; done

expect 0 "destroy of the other vault" as alice festore destroy -f --vault Other.1
forget alice
done_testing
