#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a person sees: a bar on a terminal for long transfers only, none in a pipe or with -q; and no
# binary on a terminal. On the host, where script(1) gives a terminal.
. "$(dirname "$0")/tap.sh"
if ! command -v script >/dev/null; then
	echo "1..0 # SKIP no script(1) here"
	exit 0
fi
forget alice
bytes 200000 large
bytes 1000 small
printf 'h\303\251llo\n' >text

# on_terminal COMMAND: its output as a terminal gets it, in ./out.
on_terminal() {
	as alice script -qec "$1" /dev/null </dev/null >out 2>&1
	seen=$?
}

on_terminal 'festore put large large'
is "a large put on a terminal" $seen 0
grep -q 'large \[#*\] 100%' out
result $? "has a bar that gets to its end"
grep -q 'large \[ *\]   0%' out
result $? "and begins at its beginning"
on_terminal 'festore put -q large large'
is "with -q it has none" "$(cat out)" ""
on_terminal 'festore put small small'
is "nor has a small one" "$(cat out)" ""
expect 0 "nor has a large one that is not on a terminal" as alice festore put large large
is "which prints nothing" "$(cat out err)" ""
on_terminal 'festore get large -o back'
grep -q 'large \[#*\] 100%' out
result $? "a large get has a bar"
same "and gets the content" back large

on_terminal 'festore get small'
is "a binary is not shown on a terminal" $seen 2
grep -q 'this is not text: use -o FILE' out
result $? "and it is said what to do"
on_terminal 'festore get -f small | cmp - small'
is "a pipe gets it" $seen 0
as alice festore put text text
on_terminal 'festore get text'
is "text is shown" "$(tr -d '\r' <out)" "$(cat text)"

expect 0 "put -v" as alice festore put -v small small
says "says what was done" '^festore: put: small: stored 1000 bytes$'
expect 0 "get -v" as alice festore get -v small -o back
says "says what was done" '^festore: get: small: got 1000 bytes$'
expect 0 "mv -v" as alice festore mv -v small other
says "says what was done" '^festore: mv: small: now other$'
expect 0 "rm -v" as alice festore rm -v other
says "says what was done" '^festore: rm: other: removed$'

forget alice
done_testing
