#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Lists: bytewise order, prefixes, forms.
. "$(dirname "$0")/tap.sh"
forget alice

expect 0 "an empty store lists" as alice festore ls
is "nothing" "$(cat out)" ""

# Neither the order of putting nor of any locale: bytes.
for tag in b a/2 é B a a/10 'with space' '"quoted\"' ..; do
	printf '%s' "$tag" >in
	as alice festore put "$tag" in || echo "# cannot put $tag"
done
expect 0 "ls" as alice festore ls
is "is in the order of bytes" "$(cat out)" '"quoted\"
..
B
a
a/10
a/2
b
with space
é'
expect 0 "ls of a prefix" as alice festore ls a/
is "has only that" "$(cat out)" 'a/10
a/2'
expect 0 "ls of a whole tag has it and what it begins" as alice festore ls a
is "three" "$(wc -l <out | tr -d ' ')" 3
expect 0 "ls of a prefix of nothing" as alice festore ls zzz
is "is empty" "$(cat out)" ""
expect 0 "ls -l" as alice festore ls -l with
grep -q '^ *10  20[0-9-]*T[0-9:]*Z  with space$' out
result $? "has size, time and tag"
expect 0 "ls --json" as alice festore ls --json '"'
is "quotes what JSON quotes" "$(sed 's/,"modified.*//' out)" \
	'{"tag":"\"quoted\\\"","storage":"'"$storage"'","size":9'

expect 0 "rm of one" as alice festore rm ..
is "takes one off the list" "$(as alice festore ls | wc -l | tr -d ' ')" 8

# More than the 64 KiB of one page. In its own storage OP-TEE takes an hour for that many, so only on the fake.
if [ "${FESTORE_E2E:-machine}" = host ]; then
	long=$(printf '%0240d' 0)
	i=100
	mkdir pages
	while [ $i -lt 400 ]; do
		printf x >"pages/$i$long"
		i=$((i + 1))
	done
	(cd pages && tar -cf ../archive -- *)
	expect 0 "import of 300 long tags" as alice festore import "" archive
	expect 0 "ls of 300 long tags" as alice festore ls "1"
	is "pages: 100 of them begin with 1" "$(wc -l <out | tr -d ' ')" 100
	as alice festore ls >out
	is "pages: all are there" "$(wc -l <out | tr -d ' ')" 308
	LC_ALL=C sort -u out >sorted
	same "in order, each once" out sorted
fi

forget alice
done_testing
