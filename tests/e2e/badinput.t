#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Input that cannot be read, that changes while it is read, that never ends; output that has nowhere to go;
# arguments of any length. One line, the documented status, nothing stored by halves.
. "$(dirname "$0")/tap.sh"
forget alice

bytes 100000 in
as alice festore put kept in

kept() {
	as alice festore get kept >got
	same "$1: the old content stands" in got
}

# --- input that cannot be read ---

rm -f gone
expect 1 "put of a file that was deleted" as alice festore put kept gone
says "says so" 'cannot read gone: No such file or directory'
expect 1 "put of a file that fails while it is read" as alice festore put kept /proc/self/mem
says "says so" 'cannot read /proc/self/mem: Input/output error'
put_closed() {
	as alice festore put kept <&-
}
expect 1 "put from a standard input that is closed" put_closed
says "says so" 'cannot read standard input: Bad file descriptor'
printf x >unreadable
chmod 0 unreadable
if ! as alice test -r unreadable; then
	expect 1 "put of a file that may not be read" as alice festore put kept unreadable
	says "says so" 'cannot read unreadable: Permission denied'
fi
kept "after what cannot be read"

# --- input that changes ---

# What a pipe's reader sees of a writer that dies is the end: all that came is the content.
mkfifo pipe
chmod 0666 pipe
(
	exec 3>pipe
	printf 'as far as it came' >&3
	exec sh -c 'kill -9 $$'
) &
expect 0 "put from a pipe whose writer is killed" as alice festore put piped pipe
is "stores what came" "$(as alice festore get piped)" 'as far as it came'
wait
(
	exec 3>pipe
	rm pipe
	printf 'without a name' >&3
) &
expect 0 "put of a file that is deleted while it is read" as alice festore put piped pipe
is "stores what was in it" "$(as alice festore get piped)" 'without a name'
wait

# Grows by lines of 8 bytes to less than the most that a file may have.
seq 1000001 1050000 >all
: >growing
chmod 0644 growing
cat all >>growing &
expect 0 "put of a file that grows while it is read" as alice festore put growing growing
wait
as alice festore get growing >got
size=$(wc -c <got)
head -c "$size" all >begin
same "stores what was there at some moment" begin got

if [ "$storage" = ree ]; then
	expect 9 "put of what never ends" as alice festore put kept /dev/zero
	says "says so" 'too large'
fi

# dribble A B: A bytes of ./whole, a pause, the next B.
dribble() {
	head -c "$1" whole
	sleep 0.2
	tail -c "$2" whole
}
for size in 65535 65536 65537; do
	bytes $size whole
	put_dribbled() {
		dribble 40000 $((size - 40000)) | as alice festore put dribbled
	}
	expect 0 "put of $size bytes that come bit by bit" put_dribbled
	as alice festore get dribbled >got
	same "stores them all" whole got
done
put_too_much() {
	head -c 1048577 /dev/zero | as alice festore put kept -
}
if [ "$storage" = ree ]; then
	expect 9 "put of one byte too many from a pipe" put_too_much
	kept "after too much"
fi

# --- output that has nowhere to go ---

for words in "get kept" "ls" "stat kept" "status" "help" "version"; do
	to_closed() {
		# shellcheck disable=SC2086 # words
		as alice festore $words >&-
	}
	expect 1 "$words with standard output closed" to_closed
	says "says so" 'cannot write to standard output: Bad file descriptor'
done
all_closed() {
	as alice festore get kept -o everything <&- >&- 2>&-
}
expect 0 "get -o with no standard descriptor open" all_closed
same "writes the file" in everything
fail_silently() {
	as alice festore get missing -o everything <&- >&- 2>&-
}
expect 3 "an error that nobody can read has its status" fail_silently
same "and writes nothing" in everything

as alice festore get kept | head -c 10 >got
head -c 10 in >begin
same "a reader that has had enough ends it" begin got

expect 1 "get -o where nothing can be made" as alice festore get kept -o /proc/new
says "says so" 'cannot write /proc/new'
expect 1 "get -o to no name" as alice festore get kept -o ''
says "says so" 'cannot write'
mkdir closed
printf old >closed/file
chmod 0755 closed
if ! as alice test -w closed; then
	expect 1 "get -o into a folder that may not be written" as alice festore get kept -o closed/new
	says "says so" 'cannot write closed/new: Permission denied'
	expect 1 "get -o over a file there" as alice festore get kept -o closed/file
	is "leaves the file" "$(cat closed/file)" old
fi
limited() {
	blocks=$1
	shift
	# Where lines are counted, the counters would be limited too: they go nowhere.
	(ulimit -f "$blocks" && GCOV_PREFIX=/dev/null "$@" 2>limited.err)
	limited_got=$?
	grep -v ^profiling: limited.err >&2
	return $limited_got
}
printf old >limited
chmod 0666 limited
# 128000 bytes: more than SQLite's shared memory takes, less than the content.
as alice festore put all all
expect 1 "get -o beyond the largest file that may be" limited 250 as alice festore get all -o limited
says "says so" 'cannot write limited: File too large'
is "leaves the file" "$(cat limited)" old
# shellcheck disable=SC2012 # no strange names here
is "no temporary file is left" "$(ls -a . closed | grep -c '^\.festore\.')" 0

if [ "$storage" = vault ]; then
	# SQLite does not always tell this from other failed writes.
	limited 250 as alice festore put kept all >out 2>err
	got=$?
	[ $got -eq 9 ] || [ $got -eq 1 ]
	result $? "put beyond the largest file that may be fails"
	says "says so" 'File too large\|no space left for the database\|disk I/O error'
	kept "after that"
	printf small | as alice festore put small
	expect 0 "get where no file may grow" limited 1 as alice festore get small
	is "gives the content" "$(cat out)" small
fi

# --- arguments of any length ---

# Linux takes no argument of 128 KiB.
long=$(head -c 131000 /dev/zero | tr '\0' a)
expect 2 "a tag of 131000 bytes" as alice festore put "$long" in
says "is too long" 'longer than 255 bytes'
expect 2 "get of it" as alice festore get "$long"
expect 2 "ls of it" as alice festore ls "$long"
expect 2 "mv to it" as alice festore mv kept "$long"
expect 1 "put of a file of that name" as alice festore put kept "$long"
says "says so" 'cannot read aaa'
expect 1 "get -o to that name" as alice festore get kept -o "$long"
says "says so" 'cannot write aaa'
expect 2 "a group of that name" as alice festore ls -g "$long"
expect 2 "a storage of that name" as alice festore ls --storage "$long"
says "says so" 'there is no storage aaa'
expect 2 "a command of that name" festore "$long"
says "says so" 'there is no command aaa'
expect 2 "an option of that name" as alice festore ls "--$long"
kept "after long arguments"

forget alice
done_testing
