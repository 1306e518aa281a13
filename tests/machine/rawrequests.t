#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Requests past libteec, as alice: after every batch of them her files and bob's are what they were, and
# nothing lies about that nobody names.
. "$(dirname "$0")/../e2e/tap.sh"
only ree
forget alice
forget bob

objects() {
	# shellcheck disable=SC2012 # names are numbers
	ls /var/lib/tee | wc -l
}

bytes 5000 mine
bytes 3000 his
as alice festore put kept mine
as bob festore put kept his
as alice festore ls >before
before=$(objects)

for batch in types sizes requests order sessions logins limits race; do
	as alice festore-test-raw $batch $tests >out 2>err
	got=$?
	cat out
	tests=$((tests + $(grep -c -e '^ok ' -e '^not ok ' out)))
	[ $got -le 1 ] && ! [ -s err ]
	result $? "$batch: came to its end"
	comment <err

	as alice festore ls >after
	same "$batch: alice has the files that she had" before after
	as alice festore get kept >out
	same "$batch: their content is what it was" mine out
	as bob festore get kept >out
	same "$batch: its content is what it was" his out
	is "$batch: no object is left over" "$(objects)" "$before"
done

is "bob has the file that he had" "$(as bob festore ls)" kept
expect 0 "a put works as ever" as alice festore put after his
expect 0 "and a get" as alice festore get after
same "with the content" his out

forget alice
forget bob
done_testing
