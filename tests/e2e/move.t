#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mv: another tag, the same content and time; nothing is replaced without -f.
. "$(dirname "$0")/tap.sh"
forget alice
forget bob

time_of() {
	as alice festore stat --json "$1" | sed 's/.*"modified":"\([^"]*\)".*/\1/'
}

sizes='10 65536 200000'
there=70000
if [ "$storage" = rpmb ]; then
	sizes='10 300 4096'
	there=2000
fi
for size in $sizes; do
	bytes "$size" in
	bytes $there other
	as alice festore put old in
	before=$(time_of old)
	expect 0 "mv of $size bytes" as alice festore mv old new
	expect 3 "the old tag is gone" as alice festore stat old
	as alice festore get new >out
	same "the new one has the content" in out
	is "and the time" "$(time_of new)" "$before"

	as alice festore put there other
	expect 4 "mv onto an existing tag is refused" as alice festore mv new there
	says "and names it" 'there: the tag exists already'
	as alice festore get there >out
	same "it keeps its content" other out
	as alice festore get new >out
	same "and so does the one that was to be moved" in out
	expect 0 "mv -f replaces it" as alice festore mv -f new there
	as alice festore get there >out
	same "by the content" in out
	is "and nothing else is left" "$(as alice festore ls)" there
	as alice festore rm there
done

expect 3 "mv of what is not there" as alice festore mv missing new
says "says which" 'missing: there is no such tag'
printf x | as alice festore put tag
expect 2 "mv onto itself" as alice festore mv tag tag
expect 2 "mv to a bad tag" as alice festore mv tag "$(printf 'a\nb')"
expect 2 "mv to an empty tag" as alice festore mv tag ''
expect 2 "mv of one tag" as alice festore mv tag
is "the tag is still there" "$(as alice festore get tag)" x
expect 3 "bob cannot mv it" as bob festore mv tag mine
is "nor sees it" "$(as bob festore ls)" ""

forget alice
done_testing
