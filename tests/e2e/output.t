#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# get -o: a file appears whole or not at all, for its owner only; and where output cannot go.
. "$(dirname "$0")/tap.sh"
forget alice

bytes 5000 in
as alice festore put content in

umask 022
expect 0 "get -o" as alice festore get content -o new
same "writes the content" new in
is "with mode 0600" "$(stat -c %a new)" 600
expect 0 "get -o before the tag" as alice festore get -o new2 content
same "is the same" new2 in

printf old >there
chmod 0644 there
expect 0 "get -o over a file" as alice festore get content -o there
same "replaces it" there in
is "with mode 0600" "$(stat -c %a there)" 600

printf kept >kept
expect 3 "get -o of what is not there" as alice festore get missing -o kept
is "leaves the file" "$(cat kept)" kept
expect 1 "get -o into a folder that is not there" as alice festore get content -o nowhere/new
says "says so" 'cannot write nowhere/new: No such file or directory'
mkdir folder
expect 2 "get -o of a folder" as alice festore get content -o folder
says "says so" 'is a directory'
expect 0 "get -o of a device" as alice festore get content -o /dev/null
[ -c /dev/null ]
result $? "leaves the device"
expect 0 "get -o - is standard output" as alice festore get content -o -
same "with the content" out in
is "no temporary file is left" "$(ls -a | grep -c '^\.festore\.')" 0

get_full() {
	as alice festore get content >/dev/full
}
expect 9 "get to a full device" get_full
ls_full() {
	as alice festore ls >/dev/full
}
expect 9 "ls to a full device" ls_full

expect 1 "put of a file that is not there" as alice festore put tag nowhere
says "says so" 'cannot read nowhere: No such file or directory'
expect 1 "put of a folder" as alice festore put tag folder
expect 3 "stores nothing" as alice festore stat tag

forget alice
done_testing
