#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The audit log of a vault: what it tells, that it is proven, what it says when it was exported, and how it is cut.
reader=$(cd "$(dirname "$0")/../vectors" 2>/dev/null && pwd)/log.py
. "$(dirname "$0")/tap.sh"
only vault
store=$(store_of carol)
folder=$store/logged
printf one >one
printf two >two
printf three >three

# of COMMAND...: on the vault that this is about.
of() {
	command=$1
	shift
	as carol festore "$command" --vault logged "$@"
}

# log_of VERB...: the same of the verbs of log.
log_of() {
	command=$1
	shift
	as carol festore log "$command" --vault logged "$@"
}

# told: numbers and what of all entries.
told() {
	of log | awk '{print $1 " " $4 " " $5 " " $6 " " $7}' | sed 's/ *$//'
}

# What the others have to be able to read.
cp one bad.bin
chmod 0644 bad.bin

# verified FILE: the exit status of its check.
verified() {
	as carol festore log verify --key key.pem "$1" >out 2>err
}

of destroy -f 2>err
as carol festore destroy -f --vault plain 2>err

# --- a vault without ---

expect 0 "a vault without a log" as carol festore init --accept-insecure-huk -q --vault plain
expect 2 "it keeps none" as carol festore log --vault plain
says "says so" 'this vault keeps no log: festore init --log makes one that does'
expect 2 "nothing to export" as carol festore log export --vault plain x
as carol festore destroy -f --vault plain
expect 2 "a log of ree" as carol festore init --storage ree --log
says "says so" 'the storage ree keeps no log'

# --- changes ---

expect 0 "init" of init --accept-insecure-huk -q --log
expect 0 "an empty log" of log
is "tells nothing" "$(cat out)" ""
expect 0 "a put" of put tag one
expect 0 "a replacement" of put tag two
expect 0 "a move" of mv tag other
expect 0 "a key" as carol festore key gen sign --type ed25519 --vault logged
expect 4 "a key in its place" as carol festore key gen sign --type ed25519 --vault logged
expect 0 "a removal" of rm other
is "the log tells all of it" "$(told)" "1 put tag
2 replaced tag
3 moved-from tag
4 moved-to other
5 key-made key sign
6 removed other"

# --- what was refused ---

expect 0 "a put" of put x one
expect 4 "what is there" of put -n x two
expect 4 "again" of put -n x two
expect 0 "the next change" of put x two
is "tells of them before itself" "$(told | tail -n 2)" "8 refused exists, 2
9 replaced x"
expect 0 "and ends them" of rm x
is "so they are told once" "$(told | tail -n 1)" "10 removed x"

# --- batches ---

mkdir many
for i in 1 2 3 4 5; do
	echo "$i" >many/$i
done
chmod 0755 many
expect 0 "a folder, in a batch" of put -r many in
is "is told whole" "$(of log --since 11 | grep -c 'stored in/')" 5
is "under one generation" "$(of log --since 11 | awk '{print $3}' | sort -u | wc -l)" 1
of log --json --since 11 | head -n 1 >line
grep -q '^{"number":11,"epoch":1,"generation":[0-9]*,"at":"20..-..-..T..:..:..Z","what":"stored","tag":"in/.","of":"file"}$' line
result $? "programs are told the same"
is "status counts them" "$(of status --json | sed 's/.*"log":\([^,]*\),"log_first":\([^,]*\),"log_last":\([^,]*\),.*/\1 \2 \3/')" "true 1 11"

# --- exported ---

expect 0 "the device's key" log_of key -o key.pem
grep -q 'BEGIN PUBLIC KEY' key.pem
result $? "is PEM"
expect 0 "is the same from any vault of anybody" as alice festore log key
same "of one device" key.pem out
expect 0 "an export" log_of export log.bin
expect 0 "is found whole, without a TEE" as carol festore log verify --key key.pem log.bin
grep -q ', epoch 1, generation [0-9]*, signed 20.*Z: entries 1 to 11 are whole$' out
result $? "and says what it is of"
# Python and the program openssl, which the machine has neither of.
if [ "${FESTORE_E2E:-machine}" = host ] && command -v openssl >/dev/null; then
	expect 0 "and by another program" python3 "$reader" log.bin key.pem
	is "which says the same" "$(cat out)" "entries 1 to 11"
fi
of log --json >shown
expect 0 "and tells the same" as carol festore log verify --key key.pem --json log.bin
same "as the vault" shown out

len=$(wc -c <log.bin)
flipped=0
found=0
at=0
while [ "$at" -lt "$len" ]; do
	cat log.bin >bad.bin
	byte=$(dd if=log.bin bs=1 skip="$at" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\$(printf %03o $((byte ^ 1)))" | dd of=bad.bin bs=1 seek="$at" conv=notrunc 2>/dev/null
	verified bad.bin || found=$((found + 1))
	flipped=$((flipped + 1))
	at=$((at + 97))
done
is "each changed byte is found" "$found" "$flipped"
head -c $((len - 1)) log.bin >bad.bin
expect 11 "a cut one" as carol festore log verify --key key.pem bad.bin
cat log.bin one >bad.bin
expect 11 "one with more behind it" as carol festore log verify --key key.pem bad.bin
of put later one
expect 0 "a later one" log_of export later.bin
expect 0 "is whole too" as carol festore log verify --key key.pem later.bin
# The later entries with the earlier signature, and the earlier entries with the later one.
later_len=$(wc -c <later.bin)
head -c $((later_len - 184)) later.bin >bad.bin
tail -c 184 log.bin >>bad.bin
expect 11 "one that goes on behind what was signed" as carol festore log verify --key key.pem bad.bin
head -c $((len - 184)) log.bin >bad.bin
tail -c 184 later.bin >>bad.bin
expect 11 "one without its last entry" as carol festore log verify --key key.pem bad.bin
as carol festore key gen other --type ed25519 --vault logged
as carol festore key pub other --vault logged -o other.pem
expect 11 "another key" as carol festore log verify --key other.pem log.bin
expect 2 "no log" as carol festore log verify --key key.pem one
expect 2 "no key" as carol festore log verify --key one log.bin

# --- cut ---

expect 0 "letting old entries go" log_of prune --keep 3
is "is told" "$(told | head -n 1 | cut -d' ' -f1) $(told | tail -n 1)" "11 14 checkpoint up to 10"
expect 0 "what is left" log_of export cut.bin
expect 0 "is whole from the checkpoint on" as carol festore log verify --key key.pem cut.bin
grep -q 'entries 11 to 14 are whole' out
result $? "and says so"
if [ "${FESTORE_E2E:-machine}" = host ] && command -v openssl >/dev/null; then
	expect 0 "and to another program" python3 "$reader" cut.bin key.pem
fi
expect 0 "letting all go" log_of prune --keep 0
is "leaves the checkpoint" "$(told)" "15 checkpoint up to 14"
expect 0 "a put" of put x one
expect 0 "still whole" log_of export cut.bin
expect 0 "anywhere" as carol festore log verify --key key.pem cut.bin
expect 2 "no number" log_of prune --keep all
expect 0 "a check of the vault" of fsck
if command -v festore-inspect >/dev/null; then
	expect 0 "festore-inspect knows the log's rows" festore-inspect "$folder"
fi
expect 0 "its end" of destroy -f
rm -f log.bin

# --- recovered ---

if [ "${FESTORE_E2E:-machine}" = host ]; then
	expect 0 "init with an anchor" of init --accept-insecure-huk -q --log --anchor ree --anchor-when commit
	of put x one
	rm -rf old
	cp -a "$folder" old
	of put x two
	of put x three
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
	rm -rf "$folder"
	cp -a old "$folder"
	expect 7 "an old copy" of get x
	expect 0 "its log can be read" of log --unproven
	expect 0 "recovered" of recover --yes --accept-rollback
	is "the log tells" "$(told 2>note | tail -n 1)" "2 recovered"
	grep -q 'NOTE: recovered on .*: generation 2 was taken in the place of 4' note
	result $? "and so does each use"
	expect 0 "seen" of recover --seen
	is "the log tells that too" "$(told 2>note | tail -n 1)" "3 recovery-seen"
	is "and no use does" "$(cat note)" ""
	expect 0 "status" of status
	grep -q '^recovered: on .*, with generation 2 in the place of 4, 1 in all$' out
	result $? "still knows"
	expect 0 "letting all go" log_of prune --keep 0
	expect 0 "status" of status
	grep -q '^recovered: on .*, with generation 2 in the place of 4, 1 in all$' out
	result $? "knows then too"
	expect 0 "a check" of fsck
	if command -v festore-inspect >/dev/null; then
		expect 0 "festore-inspect knows the note's" festore-inspect "$folder"
	fi
	of destroy -f
fi

done_testing
