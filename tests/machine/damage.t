#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What root does to tee-supplicant's folder: the claims of docs/THREATS.md on damage and old copies,
# observed on real OP-TEE.
. "$(dirname "$0")/../e2e/tap.sh"
only ree
tee=/var/lib/tee
forget alice

# The file that a put makes: the one that was not there before. Puts ./in under TAG.
put_and_find() {
	ls $tee >before
	as alice festore put "$1" in
	ls $tee >after
	stored=$tee/$(grep -vxFf before after | head -n 1)
}

# Several blocks of 4 KiB: damage behind the first is found only while the content is read.
bytes 14000 in
wrong=0
damaged=0
intact=0
put_and_find tag
size=$(stat -c %s "$stored")
offset=17
while [ $offset -lt "$size" ]; do
	[ -f "$stored" ] || put_and_find tag
	flip "$stored" $offset
	as alice festore get tag >out 2>err
	case $? in
	0) if cmp -s in out; then intact=$((intact + 1)); else wrong=$((wrong + 1)); fi ;;
	6) if [ -s out ]; then wrong=$((wrong + 1)); else damaged=$((damaged + 1)); fi ;;
	*) wrong=$((wrong + 1)); comment <err ;;
	esac
	as alice festore rm tag 2>err
	offset=$((offset + 1511))
done
echo "# of $((intact + damaged + wrong)) flipped bytes $damaged were reported as damage, $intact lay in unused parts"
is "no flipped byte gave wrong data or another error" $wrong 0
[ $damaged -ge 5 ]
result $? "flipped bytes in use are reported as damage"

put_and_find tag
truncate -s 5000 "$stored"
expect 6 "a truncated file is damage" as alice festore get tag
says "and says so" 'tag: the stored bytes are damaged'
expect 3 "OP-TEE has deleted it then" as alice festore get tag

put_and_find tag
rm "$stored"
expect 6 "a missing file is damage" as alice festore get tag

# An old object among newer ones.
put_and_find tag
cp "$stored" old
printf new >in
as alice festore put tag in
newer=$(ls -t $tee | grep -v dirf.db | head -n 1)
cp old $tee/"$newer"
expect 6 "a single old object is damage" as alice festore get tag

# Two objects swapped.
forget alice
printf one >in
put_and_find one
first=$stored
printf two >in
put_and_find two
mv "$first" swap
mv "$stored" "$first"
mv swap "$stored"
chown tee:tee "$first" "$stored"
expect 6 "a swapped object is damage" as alice festore get one
expect 6 "and so is the other" as alice festore get two

# All of the folder: the rollback that `ree` does not detect, as `festore status` says.
forget alice
printf old >in
as alice festore put tag in
cp -a $tee saved
printf new >in
as alice festore put tag in
# After a list OP-TEE keeps its directory open (a reference that it loses count of), until an open fails.
as alice festore stat missing 2>err
rm -rf ${tee:?}/*
cp -a saved/* $tee/
expect 0 "a complete old copy is accepted (no rollback protection without RPMB)" as alice festore get tag
is "with the old content" "$(cat out)" old

forget alice
done_testing
