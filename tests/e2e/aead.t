#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a vault is sealed with: chosen when it is made, by name or by a measurement; and all is the same with either.
. "$(dirname "$0")/tap.sh"
only vault
unset FESTORE_AEAD
store=$(store_of alice)
bytes 200000 large
bytes 70001 other
printf small >small

# The TEE keeps 4 vaults of an owner at the most, so all of these are `default`, one after the other.
begin() {
	as alice festore destroy -f 2>err
}

# sealed_by NAME: status says so, to people and programs.
sealed_by() {
	is "is sealed by $1" "$(as alice festore status | sed -n 's/^sealed by: //p')" "$1"
	is "as programs are told" "$(as alice festore status --json | sed -n 's/.*"aead":"\([^"]*\)".*/\1/p')" "$1"
}

put_piped() {
	# shellcheck disable=SC2002 # a pipe is what this is about
	cat other | as alice festore put large
}

works() {
	expect 0 "put" as alice festore put small small
	expect 0 "get" as alice festore get small
	same "gives what was put" out small
	expect 0 "put of a large one" as alice festore put large large
	expect 0 "get" as alice festore get large
	same "gives what was put" out large
	tail -c +69999 large | head -c 5000 >want
	expect 0 "get of a range" as alice festore get --range 69998:5000 large
	same "gives that" out want
	expect 0 "put from a pipe in its place" put_piped
	expect 0 "mv" as alice festore mv small moved
	is "ls has both" "$(as alice festore ls | tr '\n' ' ')" "large moved "
	expect 0 "put in another storage" as alice festore put --storage ree from-ree small
	expect 0 "cp from there" as alice festore cp --from ree from-ree
	expect 0 "get" as alice festore get from-ree
	same "gives what was put" out small
	as alice festore rm --storage ree from-ree
}

# The first byte of all, the last one of the first seal, one of another window.
is_tamper_proof() {
	as alice festore rm from-ree
	blob=$(find "$store/default/blobs" -type f ! -path '*/orphans/*')
	for at in 0 4111 70000; do
		flip "$blob" $at
		expect 6 "byte $at of a large one changed" as alice festore get -o had large
		[ ! -e had ]
		result $? "gives nothing"
		flip "$blob" $at
	done
	expect 0 "as it was" as alice festore get large
	same "it is intact" out other
}

for name in chacha20-poly1305 aes-256-gcm; do
	begin
	expect 0 "init --aead $name" as alice festore init --accept-insecure-huk --aead $name
	sealed_by $name
	works
	is_tamper_proof
	expect 4 "another init with another name" as alice festore init --accept-insecure-huk --aead auto
	sealed_by $name
done

# --- who says which ---

for name in chacha20-poly1305 aes-256-gcm; do
	begin
	expect 0 "a first put where FESTORE_AEAD is $name" as alice env FESTORE_AEAD=$name festore put small small
	sealed_by $name
done
expect 0 "of a vault that is there it says nothing" as alice env FESTORE_AEAD=chacha20-poly1305 festore get small
begin
expect 0 "the option goes before" as alice env FESTORE_AEAD=chacha20-poly1305 festore init --accept-insecure-huk --aead aes-256-gcm
sealed_by aes-256-gcm
for name in auto ''; do
	begin
	expect 0 "init where FESTORE_AEAD is '$name'" as alice env FESTORE_AEAD=$name festore init --accept-insecure-huk
	found=$(as alice festore status | sed -n 's/^sealed by: //p')
	case ${FESTORE_E2E:-machine}.$found in
	# Without the CPU's help AES takes several times as long.
	machine.chacha20-poly1305 | host.chacha20-poly1305 | host.aes-256-gcm) result 0 "takes the faster one" ;;
	*) result 1 "takes the faster one, not $found" ;;
	esac
done

# --- wrong names ---

begin
for name in '' AES-256-GCM aes-128-gcm 1 'auto '; do
	expect 2 "no AEAD: '$name'" as alice festore init --aead "$name"
	says "says what there is" "there is no AEAD $name; there are: auto, chacha20-poly1305, aes-256-gcm"
done
expect 2 "nor one of the environment" as alice env FESTORE_AEAD=aes festore put small small
says "says where it stands" 'there is no AEAD aes (FESTORE_AEAD); there are'
expect 2 "only init takes the option" as alice festore put --aead auto small small
says "says so" 'usage: festore put'
expect 2 "ree has none to choose" as alice festore init --storage ree --aead auto
says "says so" 'the storage ree has no AEAD to choose'
expect 3 "no vault was made" as alice festore get small
expect 0 "status" as alice festore status
is "of no vault names none" "$(sed -n 's/^sealed by: //p' out)" ""

done_testing
