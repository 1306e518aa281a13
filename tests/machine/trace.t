#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# festore trace: what a put and a get take on real OP-TEE, counted; that no content is told; and what goes wrong.
. "$(dirname "$0")/../e2e/tap.sh"
supplicant=$(pidof tee-supplicant)

# sum NAME: a number of the last line of the last trace, the first of that name.
sum() {
	tail -n 1 told | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2
}

# What the operation itself calls, without what opens the store.
calls() {
	names=$(sed -n 's/.*"step":"invoke".*"name":"\([A-Z_]*\)".*/\1/p' told | grep -v VAULT_OPEN | tr '\n' ' ')
	# shellcheck disable=SC2086 # the names are words
	set -- $names
	[ $# -eq $(($(sum tee_calls) - $(sum tee_calls_to_open))) ] || echo "counted otherwise:"
	echo "$names"
}

# What was synced.
synced() {
	sed -n 's/.*"step":"sync","path":"\([^"]*\)".*/\1/p' told | tr '\n' ' '
}

# trace COMMAND ARGS...: in this script's storage.
trace() {
	command=$1
	shift
	festore trace --json -o told "$command" --storage "$storage" "$@"
}

secret='a content that must not be told'
{
	echo "$secret"
	head -c 1000 /dev/zero
} >in

# TAs are loaded, there is a vault, and so is its log.
festore put first in
festore rm first
festore put other in

expect 0 "a put is traced" trace put a-tag in
is "its TEE calls" "$(calls)" "$([ "$storage" = vault ] && echo "FILE_PUT VAULT_CONFIRM " || echo "FILE_PUT ")"
is "all lines were read, all calls decoded" "$(tail -n 1 told | grep -c '"damaged_lines":0,"decoded":true')" 1
is "with the login of a user" "$(grep -c '"step":"session".*"login":"USER".*"answer":0' told)" 1
is "with what went in" "$([ "$(sum bytes_in)" -ge "$(wc -c <in)" ] && echo enough)" enough
is "what OP-TEE asked tee-supplicant for is all there" "$(grep -c '"step":"request"' told)" "$(sum supplicant_calls)"
is "and is known" "$(grep -c '"name":"OTHER"' told)" 0
if [ "$storage" = vault ]; then
	is "tee-supplicant is asked for nothing" "$(sum supplicant_calls)" 0
	# Of a process the first commit: later ones sync the log alone.
	is "one sync makes it last, and one its folder" "$(synced)" "$(store_of root)/default/vault.db-wal $(store_of root)/default "
	is "which are all" "$(sum syncs)" 2
else
	is "tee-supplicant is asked for much" "$([ "$(sum supplicant_calls)" -gt 20 ] && echo much)" much
	is "and syncs more than once" "$([ "$(sum syncs)" -gt 5 ] && echo more)" more
	is "each write to OP-TEE's files is through to the disk" "$(grep -c '"layer":"supplicant","step":"write".*"synced":false' told)" 0
fi
expect 1 "no content is told" grep -q 'must not be told' told

expect 0 "a get is traced" trace get a-tag
same "and gives what was put" in out
is "its TEE calls" "$(calls)" "$([ "$storage" = vault ] && echo "FILE_GET ABORT " || echo "FILE_STAT FILE_GET ")"
is "its syncs" "$(sum syncs)" 0
[ "$storage" = ree ] || is "tee-supplicant is asked for nothing" "$(sum supplicant_calls)" 0
expect 1 "no content is told" grep -q 'must not be told' told

expect 0 "for people" festore trace get --storage "$storage" a-tag
same "the command's output is its own" in out
is "the call is told" "$(grep -c '^libteec  *invoke  *FILE_GET (2) of the .* TA, session [0-9]*: .*: success$' err)" 1
is "and the sums" "$(grep -c -e '^TEE calls  ' -e '^supplicant calls  ' -e '^syncs  ' -e '^exit status  *0$' err)" 4
expect 1 "no content is told" grep -q 'must not be told' err
expect 0 "what strace wrote" festore trace --raw -o told get --storage "$storage" a-tag
is "is so as it was" "$(grep -c 'TEE_IOC_INVOKE, {' told | sed 's/^[1-9].*/some/')" some
expect 1 "and has no content either" grep -q 'must not be told' told

expect 3 "the status is the command's" trace get no-such-tag
is "and is told" "$(sum status)" 3

# Kills the traced command while it waits for more of its input.
killed() {
	sleep 60 >pipe &
	holder=$!
	festore trace --json -o told put --storage "$storage" killed pipe &
	tracer=$!
	for _ in $(seq 100); do
		child=$(pidof festore | tr ' ' '\n' | grep -vx $tracer)
		[ -z "$child" ] || ! ls -l "/proc/$child/fd" 2>/dev/null | grep -q "$work/pipe" || break
		sleep 0.1
	done
	kill -9 "$child"
	wait $tracer
	status=$?
	kill $holder
	return $status
}
mkfifo pipe
expect 137 "of one that was killed, too" killed
is "and is told" "$(sum status)" 137
expect 3 "nothing was put" festore stat killed
expect 0 "removed" trace rm a-tag
is "tee-supplicant is as it was" "$(pidof tee-supplicant) $(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$supplicant/status")" "$supplicant 0"

as_alice() {
	as alice festore trace ls
}
expect 5 "others than root may not" as_alice
says "and are told so" 'only root'
without_strace() {
	PATH=/nowhere /usr/bin/festore trace put --storage "$storage" not-put in
}
expect 1 "without strace" without_strace
says "it says so" 'strace cannot be run'
expect 3 "and did nothing" festore stat not-put
expect 1 "where the trace cannot be written" festore trace -o /no/such/folder put --storage "$storage" not-put in
expect 3 "nothing is done either" festore stat not-put
expect 2 "nothing to trace" festore trace
expect 2 "itself" festore trace trace ls
expect 2 "two forms at once" festore trace --raw --json ls
festore rm other
done_testing
