#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Wrong arguments: one line, exit status 2, nothing changed.
. "$(dirname "$0")/tap.sh"
forget alice
printf x >in

refused() {
	expect 2 "$1" as alice festore "$2" "$3" ${4+"$4"} ${5+"$5"}
	says "with one line" 'festore: '
}

refused "no such command" frobnicate x
refused "put without a tag" put --
refused "put of two files" put tag in in
refused "get with an unknown option" get --frobnicate tag
refused "get of two tags" get one two
refused "ls of two prefixes" ls one two
refused "stat of two tags" stat one two
refused "rm of nothing" rm --
refused "help on no command" help frobnicate
refused "status of something" status x
refused "version of something" version x

refused "an empty tag" put "" in
refused "a tag of 256 bytes" put "$(printf '%0256d' 0)" in
refused "a tag with a newline" put "$(printf 'a\nb')" in
is "and the newline is not shown as one" "$(cat err)" \
	"festore: put: a?b: the tag is not valid UTF-8, or has control characters"
refused "a tag with an escape" put "$(printf 'a\033b')" in
refused "a tag with DEL" put "$(printf 'a\177b')" in
refused "a tag with a C1 control" put "$(printf 'a\302\205b')" in
refused "a tag that is not UTF-8" put "$(printf 'a\377b')" in
refused "a tag with a cut sequence" put "$(printf 'a\303')" in
refused "a tag with an overlong sequence" put "$(printf 'a\300\257')" in
refused "a tag with a surrogate" put "$(printf 'a\355\240\200')" in
refused "a get of a bad tag" get "$(printf 'a\377b')"
refused "an ls of a bad prefix" ls "$(printf 'a\377b')"
is "nothing was stored" "$(as alice festore ls)" ""

expect 0 "a tag of 255 bytes" as alice festore put "$(printf '%0255d' 0)" in
is "is listed whole" "$(as alice festore ls)" "$(printf '%0255d' 0)"
expect 0 "a tag that begins with -" as alice festore put -- -rf in
is "can be had" "$(as alice festore get -- -rf)" x

expect 2 "no command at all" festore
expect 0 "help" festore help
for command in put get ls stat rm status version help; do
	grep -q "^  $command " out
	result $? "help lists $command"
done
expect 0 "help on a command" festore help get
grep -q 'usage: festore get .*TAG \[-o FILE\]' out
result $? "shows its usage"
expect 0 "--help" festore --help
expect 0 "version" festore version
grep -q '^festore [0-9]*\.[0-9]*\.[0-9]*$' out
result $? "is a version"
expect 0 "--version" festore --version

forget alice
done_testing
