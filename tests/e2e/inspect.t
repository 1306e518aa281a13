#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# festore-inspect over what festore has stored: a vault, whole and damaged; in the machine, for the storage ree, objects of
# real OP-TEE; on the host, both in images.
. "$(dirname "$0")/tap.sh"

# field NAME: of the last line of JSON.
field() {
	sed -n '$s/.*"'"$1"'":\([^,}]*\).*/\1/p' out
}

# --- wrong use ---

expect 2 "no argument" festore-inspect
expect 2 "an unknown option" festore-inspect --lenght "$work"
expect 2 "a hexdump is no JSON" festore-inspect --json --annotate "$work"
expect 3 "a folder that is not there" festore-inspect "$work/missing"
mkdir empty
expect 3 "a folder without storage" festore-inspect empty
expect 0 "its version" festore-inspect --version

# --- OP-TEE's own files ---

# objects SIZE...: each is put, and the length that is found without a key is the content's, festore's head (24 bytes and the
# tag) and OP-TEE's (24). A large content has an object of its own.
objects() {
	for size in "$@"; do
		head -c "$size" /dev/urandom >content
		tag=inspect-$size
		as alice festore put -q "$tag" content 2>/dev/null
		expected=$((size + 48 + ${#tag}))
		[ "$size" -le 65536 ] || expected=$((size + 24))
		festore-inspect --json /var/lib/tee >out
		grep -q '"fault":"whole",.*"length":'"$expected"',.*"faults":0,' out
		result $? "an object of $size bytes is found, $expected with what is before it"
		as alice festore rm "$tag"
	done
}

if [ "$storage" = ree ] && [ "${FESTORE_E2E:-machine}" = machine ]; then
	as alice festore put inspect-stays /dev/null 2>/dev/null
	objects 0 1 4096 4097 7000 65536 1048576
	expect 0 "the folder shows no damage" festore-inspect --json /var/lib/tee
	is "and has a directory" "$(field directory)" true
	[ "$(field entries)" -ge "$(field objects)" ]
	result $? "with room for all objects"
	mkdir copy
	cp /var/lib/tee/* copy
	name=$(ls copy | grep -v dirf.db | head -n 1)
	head -c 5000 /dev/zero | tr '\0' '\377' >copy/garbage
	expect 0 "a foreign file is no damage" festore-inspect --json copy
	is "and is counted" "$(field foreign)" 1
	head -c 4200 "copy/$name" >shorter && mv shorter "copy/$name"
	expect 6 "an object that was cut" festore-inspect --json copy
	is "is counted" "$(field damaged)" 1
	rm copy/dirf.db "copy/$name"
	expect 6 "a folder without a directory" festore-inspect copy
	grep -q 'NO DIRECTORY' out
	result $? "is told"
	expect 0 "an annotated file" festore-inspect --annotate /var/lib/tee/dirf.db
	grep -q 'counter, in the clear' out
	result $? "names its parts"
	as alice festore rm inspect-stays
fi
if [ "$storage" != vault ]; then
	done_testing
	exit 0
fi

# --- a vault ---

vault=$(store_of bob)/default
for size in 0 10 5000 70000; do
	head -c "$size" /dev/urandom >content
	as bob festore put -q "inspect-$size" content 2>/dev/null
done
before=$(ls -l "$vault" "$vault/blobs" | sha256sum)
expect 0 "a vault shows no damage" festore-inspect --json "$vault"
is "and was not changed" "$(ls -l "$vault" "$vault/blobs" | sha256sum)" "$before"
is "its entries are counted" "$(field entries)" "$(as bob festore ls | wc -l)"
[ "$(field blobs)" -ge 1 ] && [ "$(field contents)" -ge 1 ] && [ "$(field inline)" -ge 2 ]
result $? "contents are where they should be"
is "the versions end with the state's" "$(field version_max)" "$(field version)"
expect 0 "the same for people" festore-inspect --tree "$vault"
is "with each entry" "$(grep -c '^  entry ' out)" "$(as bob festore ls | wc -l)"

fresh_copy() {
	rm -rf copy
	cp -r "$vault" copy
}

fresh_copy
for blob in copy/blobs/????????????????; do
	echo more >>"$blob"
done
expect 6 "a blob of another size" festore-inspect --json copy
grep -q '"finding":"blob","reason":".* has ' out
result $? "is found"
rm "$blob"
expect 6 "a missing blob" festore-inspect --json copy
grep -q '"finding":"blob","reason":".* is missing' out
result $? "is found"
fresh_copy
echo x >copy/blobs/0123456789abcdef
echo x >copy/blobs/else
expect 6 "what lies among the blobs" festore-inspect --json copy
grep -q '"finding":"orphan","reason":"blob 0123456789abcdef' out && grep -q '"finding":"foreign","reason":"else' out
result $? "is found"

fresh_copy
dd if=/dev/urandom of=copy/vault.db bs=512 count=1 conv=notrunc 2>/dev/null
rm -f copy/vault.db-wal
expect 6 "a database that is none" festore-inspect --json copy
grep -q '"finding":"database"' out
result $? "is told"
fresh_copy
rm copy/vault.db && mkfifo copy/vault.db
expect 1 "a pipe in its place" festore-inspect copy
rm copy/vault.db && ln -s "$vault/vault.db" copy/vault.db
expect 1 "a link in its place" festore-inspect copy

# Every 64th byte changed, or the end cut off: a verdict each time, never a signal.
fresh_copy
cat copy/vault.db >whole
size=$(wc -c <whole)
verdicts=0
for at in $(seq 1 977 "$size"); do
	cp whole copy/vault.db
	if [ $((at % 2)) -eq 0 ]; then
		head -c "$at" whole >copy/vault.db
	else
		printf '\377' | dd of=copy/vault.db bs=1 seek="$at" conv=notrunc 2>/dev/null
	fi
	festore-inspect copy >out 2>&1
	case $? in
	0 | 1 | 6) verdicts=$((verdicts + 1)) ;;
	*) comment <out ;;
	esac
done
is "damaged databases have a verdict" "$verdicts" "$(seq 1 977 "$size" | wc -l)"

# --- images ---

if [ "${FESTORE_E2E:-machine}" = host ]; then
	PATH=$PATH:/usr/sbin:/sbin
	mkdir -p tree/var/lib
	cp -r "$vault" tree/var/lib/vault
	mkdir tree/empty
	truncate -s 16M ext.img
	mkfs.ext4 -q -F -d tree ext.img
	expect 0 "a vault in the image of a file system" festore-inspect --json --image ext.img /var/lib/vault
	is "is whole" "$(field findings)" 0
	is "with its blobs" "$(field blobs)" "$(ls "$vault/blobs" | grep -vc orphans)"
	expect 3 "a folder that is not in it" festore-inspect --image ext.img /var/lib/other
	expect 3 "an empty folder in it" festore-inspect --image ext.img /empty
	expect 2 "a path that could be a command" festore-inspect --image ext.img '/var lib'
	expect 2 "a path that is not from its top" festore-inspect --image ext.img var/lib/vault
	truncate -s 20M card.img
	printf 'label: gpt\nstart=2048, size=2048\nstart=4096, size=32768\n' | sfdisk -q card.img
	dd if=ext.img of=card.img bs=512 seek=4096 conv=notrunc 2>/dev/null
	expect 0 "a vault in the image of a card" festore-inspect --json --image card.img /var/lib/vault
	expect 1 "an image without a file system" festore-inspect --image whole /var/lib/vault
	expect 3 "an image that is not there" festore-inspect --image missing.img /var/lib/vault
	is "no copy is left behind" "$(ls -d "${TMPDIR:-/tmp}"/festore-inspect.* 2>/dev/null | wc -l)" 0
fi
forget bob
done_testing
