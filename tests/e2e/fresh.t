#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What root may do to the files of a vault while the TA lives: older copies, exchanged and missing pieces, other vaults. All of it is
# told with status 7 (older, or another vault) or 6 (damaged) in one sentence; nothing wrong is given, and nothing is lost.
. "$(dirname "$0")/tap.sh"
only vault
store=$(store_of alice)
vault=$store/default
forget alice
as alice festore destroy -f --vault other 2>err

# Files as they were, mode and owner too.
take() {
	rm -rf "$1"
	cp -a "$vault" "$1"
}
give() {
	rm -rf "${vault:?}"/*
	cp -a "$1"/. "$vault/"
}
# The database with all that was in its log, and without a log.
fold() {
	give "$1"
	mkdir -p "$2"
	rm -rf "${2:?}"/*
	cp -a "$vault/vault.db" "$2/"
}

printf first >first
printf second >second
bytes 100000 large
expect 0 "put" as alice festore put tag first
expect 0 "put of another" as alice festore put other second
expect 0 "put of a large one" as alice festore put large large
take old
expect 0 "replace" as alice festore put tag second
expect 0 "rm" as alice festore rm other
take now

# refused WHAT STATUS PATTERN: get, stat, ls, put, mv, rm and status all end like that, in one sentence; and with the right files back
# everything is there.
refused() {
	state=$1
	for words in "get tag" "stat tag" "get other" "get missing" "ls" "put tag first" "put -n new first" "mv tag new" "rm tag"; do
		# shellcheck disable=SC2086 # words
		expect "$2" "$state: $words" as alice festore $words
		says "$state: $words: says why" "$3"
		is "$state: $words: gives nothing" "$(cat out)" ""
	done
	expect "$2" "$state: status" as alice festore status
	says "$state: status: says why" "$3"
	grep -q '^vault:     default, CANNOT BE OPENED$' out
	result $? "$state: status: shows it"
	give now
	expect 0 "$state: the right files are taken again" as alice festore get tag
	same "$state: with their content" out second
	expect 0 "$state: ls" as alice festore ls
	is "$state: lists all" "$(tr '\n' ' ' <out)" "large tag "
}

# --- old ones ---

give old
refused "an old copy with its log" 7 'rolled back: generation [0-9]* is older than [0-9]*, which this device has acknowledged'
rm -rf "${vault:?}"/*
cp -a old/vault.db "$vault/"
expect 7 "an old database alone" as alice festore ls
# What of it is in the log alone is not there then: perhaps there is no vault in it at all.
says "is refused" 'rolled back\|files are gone'
give now
rm -f "$vault/vault.db-wal" "$vault/vault.db-shm"
as alice festore ls >out 2>err
got=$?
[ $got -eq 7 ] || [ "$(tr '\n' ' ' <out)" = "large tag " ]
result $? "the present database without its log is whole, or told to be old"
give now
cp -a old/vault.db-wal "$vault/"
as alice festore ls >out 2>err
got=$?
[ $got -eq 7 ] || [ $got -eq 6 ] || [ "$(tr '\n' ' ' <out)" = "large tag " ]
result $? "the present database with an old log is whole, or told not to be"
give now

# --- none, and others ---

rm -rf "${vault:?}"/*
refused "no files" 7 'a vault of this name existed, generation [0-9]*, and its files are gone from .*/default'
mv "$vault" hidden
refused_without() {
	expect 7 "no folder: $1" as alice festore "$@"
	says "no folder: $1: says why" 'and its files are gone from'
}
refused_without get tag
refused_without ls
refused_without put tag first
rm -rf "$vault"
mv hidden "$vault"
give now

# A fresh one under the same name can be made where the TEE does not know it: as another user, and moved here.
as bob festore put tag first
rm -rf "${vault:?}"/*
cp -a "$(store_of bob)/default/." "$vault/"
chown -R "$(stat -c %u:%g "$store")" "$vault"
refused "another user's vault" 6 'is damaged, or was made by another user or on another device'
expect 0 "put into another vault" as alice festore put --vault other tag first
rm -rf "${vault:?}"/*
cp -a "$store/other/." "$vault/"
refused "another vault of the same user" 6 'is damaged, or was made by another user or on another device'
expect 0 "destroy of the other vault" as alice festore destroy -f --vault other

# --- no database ---

rm -rf "${vault:?}"/*
: >"$vault/vault.db"
chown "$(stat -c %u:%g "$store")" "$vault/vault.db"
refused "an empty file" 6 'the database .*/vault.db is damaged'
rm -rf "${vault:?}"/*
bytes 50000 "$vault/vault.db"
chown "$(stat -c %u:%g "$store")" "$vault/vault.db"
refused "garbage" 6 'the database .*/vault.db is damaged'
fold now folded
head -c 3000 folded/vault.db >short
rm -rf "${vault:?}"/*
cat short >"$vault/vault.db"
chown "$(stat -c %u:%g "$store")" "$vault/vault.db"
refused "a cut database" 6 'the database .*/vault.db is damaged'
rm -rf "${vault:?}"/*
cp -a now/vault.db elsewhere.db
ln -s "$work/elsewhere.db" "$vault/vault.db"
refused "a symbolic link" 5 'vault.db is not a regular file'
rm -rf "${vault:?}"/*
mkdir "$vault/vault.db"
expect 5 "a folder" as alice festore ls
says "is refused" 'vault.db is not a regular file'
rmdir "$vault/vault.db"
give now
: >"$vault/vault.db-journal"
expect 6 "a journal that does not belong there" as alice festore ls
says "is refused" 'has a foreign journal'
give now

# --- rows, with what the host has for them ---

# sql STATEMENT...: on the database with its log.
sql() {
	/usr/bin/python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("ATTACH ? AS old", (sys.argv[2],))
for statement in sys.argv[3:]:
    db.execute(statement)
' "$vault/vault.db" "$work/old/vault.db" "$@"
}
if [ "${FESTORE_E2E:-machine}" = host ]; then
	# So that both have the same tags, one of them with another content.
	expect 0 "put" as alice festore put other second
	take now
	for row in 1 2; do
		sql "UPDATE meta SET value = zeroblob(120) WHERE id = $row"
	done
	expect 6 "both headers zero" as alice festore ls
	give now
	sql "UPDATE meta SET value = zeroblob(120) WHERE id = 1"
	expect 0 "one header is enough" as alice festore get tag
	give now
	sql "UPDATE meta SET value = zeroblob(232) WHERE id = 3"
	expect 6 "the state zero" as alice festore ls
	give now
	sql "DELETE FROM meta"
	expect 7 "no header and no state" as alice festore ls
	says "says so" 'files are gone'
	give now
	sql "REPLACE INTO main.meta SELECT * FROM old.meta WHERE id = 3"
	expect 7 "an old state alone" as alice festore get tag
	says "is told" 'rolled back'
	give now

	# damaged WHAT: neither gives anything for the tags concerned that is wrong, and ls finds it.
	damaged() {
		expect 6 "$1: ls" as alice festore ls
		says "$1: ls: says so" 'damaged'
		for tag in tag other large; do
			as alice festore get $tag >out 2>err
			got=$?
			right=second
			[ $tag != large ] || right=large
			case $got in
			0) cmp -s out $right ;;
			6) ! [ -s out ] ;;
			*) false ;;
			esac
			result $? "$1: get $tag gives the right content or status 6"
		done
		give now
		expect 0 "$1: the right files are taken again" as alice festore ls
	}
	for locator in $(/usr/bin/python3 -c '
import sqlite3, sys
print(*[row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT prefix FROM entry")])' "$vault/vault.db"); do
		sql "DELETE FROM entry WHERE prefix = $locator"
		damaged "the row $locator deleted"
		sql "REPLACE INTO main.entry SELECT * FROM old.entry WHERE prefix = $locator"
		as alice festore ls >out 2>err
		case $? in
		0) give now ;; # It has not changed since.
		*) damaged "an old row $locator" ;;
		esac
	done
	sql "UPDATE entry SET record = (SELECT record FROM entry e WHERE e.prefix != entry.prefix LIMIT 1)"
	damaged "records exchanged"
	sql "DELETE FROM entry"
	damaged "all entries deleted"
	sql "DELETE FROM node"
	expect 6 "all nodes deleted: get" as alice festore get tag
	expect 0 "all nodes deleted: ls needs none" as alice festore ls
	is "all nodes deleted: ls has all" "$(tr '\n' ' ' <out)" "large other tag "
	give now
	sql "DELETE FROM content"
	as alice festore get large >out 2>err
	got=$?
	is "contents deleted: get" "$got" 6
	give now
	sql "UPDATE content SET bytes = (SELECT bytes FROM old.content LIMIT 1)" "UPDATE content SET bytes = zeroblob(length(bytes))"
	as alice festore get large >out 2>err
	got=$?
	is "a content of zeros: get" "$got" 6
	is "gives nothing" "$(cat out)" ""
	give now

	# A TA that lives anew knows no more than what it is shown: docs/THREATS.md, and festore status, say so.
	give old
	expect 7 "an old copy" as alice festore get tag
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
	expect 0 "after a restart of the TA a complete old copy is taken" as alice festore get tag
	same "with the old content" out first
	give now
	expect 0 "and the newer one when it is there again" as alice festore get tag
	same "with the new content" out second
	expect 0 "a put" as alice festore put tag first
	expect 0 "and another" as alice festore put tag second
	take now
	give old
	expect 7 "then no older one is any more" as alice festore get tag
	give now

	# Two vaults under one name: the TA must not have known the first when the second was made.
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
	rm -rf "${vault:?}"/*
	expect 0 "a fresh vault under the same name" as alice festore put tag first
	take now
	give old
	expect 7 "then the one that was there before" as alice festore get tag
	says "is another one" 'is not the one of this name that this device knows, generation [0-9]*'
	expect 7 "also for a put" as alice festore put tag second
	give now
	expect 0 "the right one is taken again" as alice festore put tag second
fi

# --- where it lies ---

chmod 0500 "$vault"
chmod 0400 "$vault"/vault.db*
if ! as alice test -w "$vault"; then
	expect 5 "a folder that may not be written" as alice festore put tag first
	says "says so" 'cannot be read and written by this user'
fi
chmod 0700 "$vault"
chmod 0600 "$vault"/vault.db*

expect 0 "everything is there" as alice festore get tag
same "unchanged" out second
forget alice
forget bob
done_testing
