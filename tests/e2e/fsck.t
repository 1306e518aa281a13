#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What fsck says of a vault whose files were damaged as root or a bad disk does it, what it mends, what it removes; and the header's
# backup. (Damage to single rows of the database needs SQLite: tests/unit/store_fsck.c does that.)
. "$(dirname "$0")/tap.sh"

if [ "$storage" = ree ]; then
	expect 2 "the storage ree has no fsck" as alice festore fsck --storage ree
	says "says so" 'this storage cannot be checked'
	expect 2 "and no header" as alice festore header --storage ree backup file
	says "says so" 'this storage cannot be checked'
	done_testing
	exit 0
fi
as alice festore destroy -f 2>err
store=$(store_of alice)/default

# numbers: what the last check said in the end.
numbers() {
	tail -n 1 out
}

# --- nothing ---

expect 3 "fsck of no vault" as alice festore fsck
says "says so" 'there is no vault in .*/default$'
expect 3 "header backup of no vault" as alice festore header backup "$work/header"
expect 2 "fsck takes no argument" as alice festore fsck tag
expect 2 "--remove takes ids" as alice festore fsck --remove
expect 2 "--remove mends nothing" as alice festore fsck --repair --remove 0000000000000000
expect 2 "header takes backup or restore" as alice festore header copy "$work/header"
expect 2 "and a file" as alice festore header backup

for i in 1 2 3 4 5; do
	echo "content $i" | as alice festore put "small/$i"
done
bytes 20000 in
as alice festore put medium in
bytes 150000 large
as alice festore put large/1 large
as alice festore put large/2 large
expect 0 "fsck of a whole vault" as alice festore fsck
is "says that all is intact" "$(cat out)" "8 files intact, 0 damaged, 0 missing"
is "and nothing else" "$(cat err)" ""
expect 0 "fsck -v" as alice festore fsck -v
is "names all, in their order" "$(sed -n 's/^intact   //p' out | tr '\n' ' ')" \
	"large/1 large/2 medium small/1 small/2 small/3 small/4 small/5 "
expect 0 "fsck --json" as alice festore fsck --json
is "has a line for each and one more" "$(wc -l <out)" 9
head -n 1 out | grep -q '^{"finding":"intact","of":"file","tag":"large/1","id":"[0-9a-f]\{16\}","count":1,"reason":""}$'
result $? "which name them"
is "and count them" "$(numbers)" \
	'{"intact":8,"damaged":0,"missing":0,"unproven":0,"stray":0,"orphans":0,"foreign":0,"nodes":0,"headers":0,"others":0,"mended":0}'
expect 0 "fsck --repair of a whole vault" as alice festore fsck --repair
is "has nothing to mend" "$(numbers)" "8 files intact, 0 damaged, 0 missing"

# --- blobs ---

# Of two blobs of one size it does not show whose they are.
# shellcheck disable=SC2012 # names of 16 digits
blob=$store/blobs/$(ls "$store/blobs" | head -n 1)
cp -p "$blob" kept
flip "$blob" 100000
expect 6 "a flipped byte of a blob" as alice festore fsck
is "costs one file" "$(numbers)" "7 files intact, 1 damaged, 0 missing"
says "and is damage" 'fsck: the vault is damaged$'
damaged=$(sed -n 's/^damaged  \(large.[12]\): .*/\1/p' out)
intact=large/$((3 - ${damaged#large/}))
expect 0 "the other one is there" as alice festore get "$intact"
same "as it was" out large
expect 0 "and so is a small one" as alice festore get small/3
expect 6 "the damaged one is not" as alice festore get "$damaged" -o file
truncate -s 100000 "$blob"
expect 6 "a blob that was cut" as alice festore fsck
is "costs one file" "$(numbers)" "7 files intact, 1 damaged, 0 missing"
rm "$blob"
expect 6 "a blob that is gone" as alice festore fsck --repair
is "is missing" "$(numbers)" "7 files intact, 0 damaged, 1 missing"
grep -q "^missing  $damaged: its content is missing\$" out
result $? "and named"
cp -p kept "$blob"
expect 0 "put back it is there again" as alice festore fsck
rm "$blob"
expect 0 "put in its place" as alice festore put "$damaged" large
expect 0 "makes the vault whole" as alice festore fsck
cp -p kept "$store/blobs/0123456789abcdef"
echo mine >"$store/blobs/notes"
chmod 0644 "$store/blobs/notes"
expect 0 "what is left over does no harm" as alice festore fsck
is "and is counted" "$(numbers)" "8 files intact, 0 damaged, 0 missing, 1 orphaned, 1 foreign"
grep -q '^orphan   blob 0123456789abcdef: ' out && grep -q '^foreign  blob notes: ' out
result $? "and named"
is "nothing of it is deleted" "$(find "$store/blobs" -name notes -o -name 0123456789abcdef | wc -l)" 2
rm "$store/blobs/notes" "$store/blobs/0123456789abcdef"

# --- the header ---

expect 0 "header backup" as alice festore header backup "$work/header"
is "is 120 bytes" "$(wc -c <header)" 120
expect 4 "does not write over one" as alice festore header backup "$work/header"
is "which stays" "$(wc -c <header)" 120
head -c 119 header >short
cp header long
echo >>long
head -c 120 /dev/zero >zeros
cp header flipped
flip flipped 70
chmod 0644 header short long zeros flipped 2>err
for file in short long zeros flipped; do
	expect 2 "a header that is $file is refused" as alice festore header restore "$work/$file"
done
says "and said to be none of this vault's" 'this is not the header of the vault in .*/default$'
expect 1 "a header that is not there" as alice festore header restore "$work/nothing"
expect 0 "its own is taken" as alice festore header restore "$work/header"
expect 0 "and all is well" as alice festore fsck

# Puts until the log is full and all of it copied into the database, where root then finds it.
bytes 60000 settling
n=0
while [ -s "$store/vault.db-wal" ] && [ $n -lt 50 ]; do
	n=$((n + 1))
	as alice festore put settling settling
done
[ ! -s "$store/vault.db-wal" ]
result $? "the log is empty"
cp -p "$store/vault.db" saved

# put_back: the database as it was then.
put_back() {
	rm -f "$store/vault.db-wal" "$store/vault.db-shm"
	cp -p saved "$store/vault.db"
}

# places HEX: where in the database these bytes are.
places() {
	hex "$store/vault.db" | awk -v want="$1" '{
		from = 1
		while ((at = index(substr($0, from), want)) > 0) {
			print (from + at - 2) / 2
			from += at + 1
		}
	}'
}

# zero PLACE LENGTH
zero() {
	dd if=/dev/zero of="$store/vault.db" bs=1 seek="$1" count="$2" conv=notrunc 2>/dev/null
}

places "$(hex header)" >found
is "the header is there twice" "$(wc -l <found | tr -d ' ')" 2
first=$(tail -n 1 found)
zero "$first" 120
expect 6 "one copy of it lost" as alice festore fsck
is "is all that is" "$(numbers)" "9 files intact, 0 damaged, 0 missing, 1 of the header's copies damaged"
expect 0 "all can be read" as alice festore get medium
expect 0 "fsck --repair" as alice festore fsck --repair
is "writes it anew" "$(numbers)" "9 files intact, 0 damaged, 0 missing, 1 mended"
expect 0 "and all is well" as alice festore fsck

put_back
while read -r place; do
	zero "$place" 120
done <found
expect 6 "both copies lost" as alice festore get medium
says "hints at fsck" 'see festore fsck$'
expect 6 "cannot be mended" as alice festore fsck --repair
is "and are named" "$(numbers)" "0 files intact, 0 damaged, 0 missing, 2 of the header's copies damaged"
expect 6 "nor destroyed" as alice festore destroy -f
expect 6 "nor backed up" as alice festore header backup "$work/another"
expect 2 "nor taken from elsewhere" as alice festore header restore "$work/flipped"
expect 0 "the backup restores them" as alice festore header restore "$work/header"
expect 0 "fsck" as alice festore fsck
is "finds all as it was" "$(numbers)" "9 files intact, 0 damaged, 0 missing"

# --- entries and nodes ---

# The first bytes of an entry's locator are its id, and are there once.
put_back
as alice festore fsck --json >out
entry=$(sed -n 's/.*"tag":"small.3","id":"\([0-9a-f]*\)".*/\1/p' out)
# Of the last byte one bit is not known.
place=$(places "${entry%??}" | head -n 1)
# Behind the locator (32 bytes) and the record's version (8) is its salt.
zero $((place + 40)) 4
expect 6 "a damaged record" as alice festore fsck
is "costs one file" "$(numbers)" "8 files intact, 1 damaged, 0 missing"
grep -q "^damaged  entry $entry: its record is not what was stored\$" out
result $? "and is named by its id"
expect 6 "its tag cannot be read" as alice festore get small/3
for tag in small/1 small/2 small/4 small/5 medium large/1 large/2; do
	as alice festore get "$tag" >/dev/null || echo "$tag" >>unreadable
done
[ ! -e unreadable ]
result $? "all others can"
expect 6 "they are not listed as if they were all" as alice festore ls
says "but with a hint" 'see festore fsck$'
expect 6 "repair does not invent it" as alice festore fsck --repair
expect 3 "no other id is removed" as alice festore fsck --remove 0000000000000000
says "says so" 'there is no entry 0000000000000000'
expect 0 "it is removed by its id" as alice festore fsck --remove "$entry"
expect 0 "and all is well" as alice festore fsck
is "without it" "$(numbers)" "8 files intact, 0 damaged, 0 missing"
expect 3 "its tag is free" as alice festore get small/3
expect 0 "to be put" as alice festore put small/3 in
expect 0 "ls" as alice festore ls
is "has all" "$(wc -l <out | tr -d ' ')" 9

as alice festore destroy -f 2>err
done_testing
