#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Directories: put -r and get -r, that follow nothing and leave nothing.
. "$(dirname "$0")/tap.sh"
forget alice
umask 022

# More than one batch of a vault; among many objects the storage ree is slow.
small=70
[ "$storage" = vault ] || small=3
mkdir -p tree/a/b tree/empty
i=0
while [ $i -lt $small ]; do
	echo "content $i" >"tree/a/file.$i"
	i=$((i + 1))
done
bytes 65535 tree/a/b/below
bytes 65536 tree/a/b/window
bytes 200000 tree/large
: >tree/nothing
echo umlaut >"tree/$(printf 'gr\303\266\303\237e')"
printf 'blank' >'tree/a b'
rmdir tree/empty

expect 0 "put -r" as alice festore put -r tree kept
is "stores every file" "$(as alice festore ls kept/ | wc -l)" $((small + 6))
expect 0 "get -r" as alice festore get -r kept back
diff -r tree back >diff.out 2>&1
result $? "gives the same back"
is "folders are their owner's" "$(stat -c %a back/a/b)" 700
is "and files" "$(stat -c %a back/a/b/below)" 600
echo changed >back/nothing
expect 4 "get -r over files refuses" as alice festore get -r kept back
grep -q 'kept/nothing: it exists already' err
result $? "and says so"
is "and leaves them" "$(cat back/nothing)" changed
expect 0 "get -r -f replaces them" as alice festore get -r -f kept back
diff -r tree back >diff.out 2>&1
result $? "by what was stored"
expect 0 "put -r in place of it" as alice festore put -r tree kept
expect 4 "put -r -n refuses" as alice festore put -r -n tree kept
expect 3 "get -r of nothing" as alice festore get -r missing back
expect 2 "put -r without a prefix" as alice festore put -r tree
expect 2 "get -r with -o" as alice festore get -r kept back -o file
expect 1 "put -r of a file" as alice festore put -r tree/nothing kept
forget alice

# --- what is not stored ---

mkdir odd
echo secret >outside
echo plain >odd/plain
ln -s ../outside odd/link
ln -s ../tree odd/linked
mkfifo odd/pipe
echo strange >"odd/$(printf 'a\001b')"
expect 1 "put -r of links and pipes" as alice festore put -r odd odd
is "names each of them" "$(grep -c 'skipped' err)" 4
is "stores the files" "$(as alice festore ls)" odd/plain
forget alice

# --- tags that lead elsewhere ---

mkdir -m 0777 into inside
for tag in p/../escaped p//absolute p/./dot p/a/.. p/good/file p/; do
	printf x | as alice festore put "$tag"
done
expect 1 "get -r of tags that are no paths" as alice festore get -r p into
is "refuses each of them" "$(grep -c 'refused' err)" 5
is "and writes the others" "$(find into escaped absolute -type f 2>/dev/null)" into/good/file
rm -r into/good
ln -s ../inside into/good
expect 1 "get -r through a link" as alice festore get -r p into
is "does not follow it" "$(ls inside)" ""
rm into/good
mkdir -m 0777 into/good
ln -s ../../outside into/good/file
expect 1 "get -r over a link" as alice festore get -r p into
grep -q 'p/good/file: it exists already' err
result $? "refuses"
as alice festore get -r -f p into 2>err
is "or replaces the link" "$(cat into/good/file outside)" "xsecret"
is "no temporary file is left" "$(find . -name '.festore.*')" ""

forget alice
done_testing
