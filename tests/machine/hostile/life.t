#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# First phase: vaults with an anchor in the folder of a tee-supplicant that gives wrong, short and old data, errors, and lies about what it
# writes. No answer is wrong; with an honest one again all that was acknowledged is there, in this life of the TA. Then the vaults of boot.t.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/hostile.sh"
mkdir -p batch/in "$acked/in" "$maybe/in"
for i in 1 2 3; do
	bytes 500 "batch/in/$i"
done
bytes 1000 message

of() {
	command=$1
	shift
	[ "$command" != key ] || {
		command="key $1"
		shift
	}
	# shellcheck disable=SC2086 # one word or two
	timeout 60 festore $command --vault "of-$when" "$@"
}

wrong() {
	faults=$((faults + 1))
	echo "$when, $mode from call $first: $*" | cat - err | comment
}

# refusal PHASE WHAT: only with a hostile one there may be some.
refusal() {
	if [ "$1" = hostile ]; then
		errors=$((errors + 1))
	else
		wrong "$1: $2 is refused"
	fi
}

# What is there is seen with an honest one; a change that was not acknowledged can be done.
settle() {
	if [ $status -eq 0 ]; then
		cp got "$acked/$1"
	fi
	rm -f "$maybe/$1"
}

# looks PHASE
looks() {
	for tag in kept replaced new in/1 in/2 in/3; do
		look "$tag"
		case $state in
		right) ;;
		refused) refusal "$1" "$tag" ;;
		*) wrong "$1: $tag: $state" ;;
		esac
		[ "$1" = hostile ] || settle "$tag"
	done
	if of ls >listed 2>err; then
		for tag in kept replaced new in/1 in/2 in/3; do
			[ ! -e "$acked/$tag" ] || grep -qx "$tag" listed || wrong "$1: ls has no $tag"
		done
	else
		refusal "$1" ls
	fi
	if of sign --key key -o signature message 2>err; then
		is_signed || wrong "$1: a signature is not the key's"
	else
		refusal "$1" sign
	fi
}

is_signed() {
	festore verify --pubkey key.pem --signature signature message >out 2>err
}

round() {
	bytes 700 new
	bytes 800 replaced
	hostile "$mode" "$first"
	put new new
	put replaced replaced
	of put -r batch/in in >out 2>err
	status=$?
	for i in 1 2 3; do
		noted $status "in/$i" "batch/in/$i"
	done
	of key gen fresh --type x25519 >out 2>err
	made=$?
	[ $made -eq 0 ] || errors=$((errors + 1))
	of sync >out 2>err || errors=$((errors + 1))
	looks hostile
	honest
	looks honest
	[ $made -ne 0 ] || of key pub fresh >out 2>err || wrong "a key that was acknowledged is not there"
	of fsck >found 2>&1 || wrong "fsck: $(tail -n 1 found)"
	# The first write finds that the anchor is damaged, the next makes it anew.
	of put kept kept >out 2>err || of put kept kept >out 2>err || wrong "the next put"
	cp kept "$acked/kept"
	of sync >out 2>err || of sync >out 2>err || wrong "sync"
	of key rm fresh >out 2>&1
	for tag in new in/1 in/2 in/3; do
		of rm "$tag" >out 2>&1
		rm -f "$acked/$tag" "$maybe/$tag"
	done
}

bytes 2000 kept
cp kept replaced
preload
for when in commit group; do
	expect 0 "$when: init" of init -q --accept-insecure-huk --anchor ree --anchor-when $when
	put kept kept
	put replaced replaced
	expect 0 "$when: a key" of key gen key --type ed25519
	of key pub key >key.pem
	expect 0 "$when: anchored" of sync
	snapshot
	put replaced kept
	of sync
	for mode in $modes; do
		faults=0 errors=0 gone_wrong=0
		for first in 1 3 8; do
			round
		done
		echo "$when, $mode: $gone_wrong calls went wrong, $errors operations were refused" | comment
		[ $gone_wrong -gt 0 ]
		result $? "$when, $mode: calls of tee-supplicant went wrong"
		is "$when, $mode: never wrong data, and all that was acknowledged is there" $faults 0
	done
	expect 0 "$when: destroy" of destroy -f
done

# --- what boot.t looks at ---

rm -rf /home/hostile
mkdir -p /home/hostile
bytes 1000 /home/hostile/old
bytes 1000 /home/hostile/new
chmod 0755 /home/hostile
chmod 0644 /home/hostile/*
for mode in $modes; do
	owner=$(owner_of "$mode")
	expect 0 "a vault of $owner's for the next boot" as "$owner" festore init -q --vault "$mode" --accept-insecure-huk --anchor ree --anchor-when commit
	as "$owner" festore put --vault "$mode" tag /home/hostile/old
done
cp -a $tee /home/hostile/tee
for mode in $modes; do
	expect 0 "$mode: acknowledged" as "$(owner_of "$mode")" festore put --vault "$mode" tag /home/hostile/new
	expect 0 "$mode: acknowledged" as "$(owner_of "$mode")" festore put --vault "$mode" another /home/hostile/new
done
expect 0 "a vault that both TAs are loaded by" festore init -q --vault first --accept-insecure-huk --anchor ree --anchor-when commit
expect 0 "with a file" festore put --vault first tag /home/hostile/new
sync
done_testing
