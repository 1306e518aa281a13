#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# put, get, stat, rm: what goes in comes out, at every size that is special.
. "$(dirname "$0")/tap.sh"
forget alice

# One window is 65536 bytes; 1048576 is the most in ree. In rpmb it is 4096, and a block of that has 256.
sizes='0 1 4096 65535 65536 65537 131072 131073 1048576'
largest=1048576
middle=40000
large=200000
larger=300000
if [ "$storage" = rpmb ]; then
	sizes='0 1 100 200 201 300 1000 4095 4096'
	largest=4096
	middle=2000
	large=3000
	larger=3500
fi
for size in $sizes; do
	bytes "$size" in
	expect 0 "put $size bytes" as alice festore put "size/$size" in
	expect 0 "get $size bytes" as alice festore get "size/$size"
	same "$size bytes are the same" in out
	expect 0 "stat $size bytes" as alice festore stat --json "size/$size"
	is "stat says $size" "$(sed 's/.*"size":\([0-9]*\).*/\1/' out)" "$size"
	expect 0 "rm $size bytes" as alice festore rm "size/$size"
done

bytes $((largest + 1)) in
if [ "$storage" != vault ]; then
	expect 9 "one byte too many is refused" as alice festore put big in
	says "and says so" 'too large'
	expect 3 "and nothing was stored" as alice festore stat big
fi

printf 'first' >first
bytes $middle second
expect 0 "put" as alice festore put notes first
expect 0 "replace by something longer" as alice festore put notes second
expect 0 "get" as alice festore get notes
same "it is the new content" second out
if [ "$storage" != vault ]; then
	expect 9 "a replacement that is too large is refused" as alice festore put notes in
	as alice festore get notes >out
	same "and the old content stands" second out
fi
expect 0 "replace by something shorter" as alice festore put notes first
as alice festore get notes >out
same "it is the new content" first out

# Between small files, which are one object, and large ones, which are two.
bytes $large large
bytes $larger larger
expect 0 "replace small by large" as alice festore put notes large
as alice festore get notes >out
same "it is the large content" large out
expect 0 "replace large by large" as alice festore put notes larger
as alice festore get notes >out
same "it is the other large content" larger out
expect 0 "replace large by small" as alice festore put notes first
as alice festore get notes >out
same "it is the small content" first out
is "one tag is listed" "$(as alice festore ls)" notes

expect 4 "put -n refuses an existing tag" as alice festore put -n notes second
says "and says so" 'notes: the tag exists already'
expect 4 "put -n of a large file refuses it too" as alice festore put --no-clobber notes large
as alice festore get notes >out
same "the content stands" first out
expect 0 "put -n of a new tag" as alice festore put -n new large
expect 0 "rm of a large file" as alice festore rm new

put_stdin() {
	printf piped | as alice festore put "$@"
}
expect 0 "put from standard input" put_stdin piped
expect 0 "get" as alice festore get piped
is "it is what came through the pipe" "$(cat out)" piped
expect 0 "put from - is the same" put_stdin dash -
is "it is what came through the pipe" "$(as alice festore get dash)" piped

expect 0 "stat for people" as alice festore stat notes
is "names tag, storage and size" "$(sed 's/ (by.*//; s/T.*Z$//; s/[0-9]*-[0-9]*-[0-9]*/DAY/' out)" \
	"tag:      notes
storage:  $storage
size:     5
modified: DAY"
expect 0 "stat for programs" as alice festore stat --json notes
grep -q '^{"tag":"notes","storage":"'"$storage"'","size":5,"modified":"20[0-9-]*T[0-9:]*Z"}$' out
result $? "is one line of JSON with an RFC 3339 time"

expect 0 "rm" as alice festore rm notes
expect 3 "then get does not find it" as alice festore get notes
says "and says so" 'notes: there is no such tag'
expect 3 "nor does stat" as alice festore stat notes
expect 3 "nor does rm" as alice festore rm notes
expect 3 "rm of several removes what is there" as alice festore rm piped missing dash
is "and nothing is left" "$(as alice festore ls)" ""

done_testing
