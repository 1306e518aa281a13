#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# After a power cut in the midst of write.sh: each file is one that was put, whole, and none of those that stay is lost.
. "$(dirname "$0")/../../e2e/tap.sh"

expect 0 "ls" as alice festore ls
cp out tags
is "the one that is replaced is there" "$(grep -c '^small$' tags)" 1
[ "$(grep -c '^moved' tags)" -ge 1 ]
result $? "and the one that is moved, under a tag or both"
wrong=0
while IFS= read -r tag; do
	as alice festore get "$tag" >out 2>err || wrong=$((wrong + 1))
	i=$(sed -n '1s/value //p' out)
	yes "value $i" | head -c $((10 + i * 397 % 4000)) >want
	cmp -s want out || { wrong=$((wrong + 1)); echo "$tag" | cat - err | comment; }
	[ "$tag" = small ] || [ "$tag" = moved ] || as alice festore rm "$tag"
done <tags
is "each is whole" $wrong 0
as alice festore get moved >in 2>err || {
	yes "value 0" | head -c 10 >in
	as alice festore put -q moved in
}
done_testing
