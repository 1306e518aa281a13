#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Contents of any size in a vault: streamed in and out in little memory, ranges, and no blob file without a tag.
. "$(dirname "$0")/tap.sh"
only vault
forget alice

blobs() {
	find "$(store_of alice)/default/blobs" -type f ! -path '*/orphans/*' 2>/dev/null | wc -l
}

# A window is 65536 bytes, a chunk 4096; the last ones are cut.
size=5242981
bytes $size in
is "no blob file is there" "$(blobs)" 0
expect 0 "put of 5 MiB from a file" as alice festore put large in
is "takes one blob file" "$(blobs)" 1
expect 0 "get to standard output" as alice festore get large
same "is the same" in out
expect 0 "get to a file" as alice festore get large -o file
same "is the same" in file
is "with mode 0600" "$(stat -c %a file)" 600
expect 0 "stat --json" as alice festore stat --json large
grep -q '"size":'$size, out
result $? "knows the size"
put_piped() {
	# shellcheck disable=SC2002 # a pipe is what this is about
	cat in | as alice festore put large
}
expect 0 "put of 5 MiB from a pipe, in place of it" put_piped
is "the blob file from before is gone" "$(blobs)" 1
as alice festore get large >out
same "is the same" in out
expect 4 "put -n refuses" as alice festore put -n large in
says "says so" 'exists already'
expect 0 "cp" as alice festore cp large copy
as alice festore get copy >out
same "copies all" in out
is "which is another blob file" "$(blobs)" 2
expect 0 "mv" as alice festore mv copy moved
as alice festore get moved >out
same "moves all" in out
expect 9 "cp to a storage for small files refuses" as alice festore cp --storage ree --from vault moved
says "says so" 'too large'
expect 0 "rm" as alice festore rm moved
is "removes the blob file" "$(blobs)" 1

# --- ranges ---

for range in 0:1 0:4096 4095:2 4096:4096 65535:2 65536:65536 65530:131100 0:65536 0:65537 1000000:3000000 \
	5242880:101 5242980:1 5242980: 5242000:100000 1:0 5242981:1 5242981: 9000000:5 18446744073709551615:1 0: 77777: \
	0:18446744073709551615; do
	expect 0 "get --range $range" as alice festore get --range $range large
	offset=${range%:*}
	len=${range#*:}
	if [ ${#offset} -gt 9 ] || [ "$offset" -ge $size ]; then
		: >want
	elif [ -z "$len" ] || [ ${#len} -gt 9 ]; then
		tail -c +$((offset + 1)) in >want
	else
		tail -c +$((offset + 1)) in | head -c "$len" >want
	fi
	same "is these bytes" want out
done
expect 0 "get --range to a file" as alice festore get large --range 100:70000 -o file
tail -c +101 in | head -c 70000 >want
same "is these bytes" want file
for range in '' : 1 :1 -1:2 1:-2 1:2:3 0x1:2 ' 1:2' 1:2k 18446744073709551616:1; do
	expect 2 "get --range '$range' is wrong" as alice festore get --range "$range" large
done
printf 0123456789 | as alice festore put small
is "a range of a small file" "$(as alice festore get --range 3:4 small)" 3456
is "to its end" "$(as alice festore get --range 8: small)" 89
as alice festore rm small

# --- memory ---

# peak COMMAND...: runs it, and prints the most that it had in memory, in KiB.
peak() {
	if [ -x /usr/bin/time ]; then
		as alice /usr/bin/time -f %M -o peak "$@" >out && cat peak
	fi
}
# AddressSanitizer takes more by itself.
if [ "${FESTORE_E2E:-machine}" = host ] && [ -x /usr/bin/time ] && ! grep -q __asan_init "$(command -v festore)"; then
	bytes 67108864 huge
	used=$(peak festore put huge huge)
	[ "${used:-99999}" -lt 16384 ]
	result $? "put of 64 MiB takes less than 16 MiB of memory: $used KiB"
	used=$(peak festore get huge -o back)
	[ "${used:-99999}" -lt 16384 ]
	result $? "get of 64 MiB takes less than 16 MiB of memory: $used KiB"
	same "and is the same" huge back
	rm back
	as alice festore rm huge
	rm huge
fi

# --- what does not get to its end ---

interrupted() {
	# The pipe gives no end: the put has taken all but a pipe's fill of it, and waits for more.
	mkfifo "pipe.$1"
	chmod 0666 "pipe.$1"
	(
		exec 3>"pipe.$1"
		head -c 1000000 in >&3
		: >taken
		sleep 20
	) &
	feeder=$!
	rm -f taken
	# shellcheck disable=SC2016 # for the shell that it starts
	as alice sh -c '(while [ ! -e taken ] && kill -0 $$; do sleep 0.05; done; kill -s "$1" $$) >/dev/null 2>&1 & exec festore put large "$2"' sh "$1" "pipe.$1"
	status=$?
	kill "$feeder" 2>/dev/null
	wait "$feeder" 2>/dev/null
	return $status
}
for signal in TERM HUP; do
	# One that whoever started this ignores, as nohup does, stays ignored.
	# shellcheck disable=SC2016 # in the other shell
	sh -c 'kill -s "$1" $$; exit 0' sh $signal && continue
	expect 130 "a put that waits for its pipe ends at $signal" interrupted $signal
	says "says so" 'large: interrupted'
	is "leaves no blob file" "$(blobs)" 1
	as alice festore get large >out
	same "and the old content" in out
done
as alice festore get large | head -c 100000 >out
head -c 100000 in >want
same "a reader that has had enough ends a get" want out

# --- others, meanwhile ---

# slow_put TAG FIFO: in the background; 3 feeds it. It has written some windows when this returns.
slow_put() {
	rm -f "$2"
	mkfifo "$2"
	chmod 0666 "$2"
	as alice festore put "$1" "$2" 2>slow.err &
	slow=$!
	exec 3>"$2"
	head -c 1000000 in >&3
	tries=0
	until [ "$(blobs)" -ge 2 ] || [ $tries -gt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}
# meanwhile DESCRIPTION COMMAND...: it ends although the other put does not.
meanwhile() {
	what=$1
	shift
	expect 0 "while another client is in the midst of a large put: $what" as alice timeout 20 festore "$@"
}
slow_put slow pipe.slow
is "a put waits for its pipe, with a blob file that has no tag" "$(blobs)" 2
meanwhile "put" put quick /etc/passwd
is "the sweep of that put leaves the blob file of a living client" "$(blobs)" 2
meanwhile "a large put" put quick in
meanwhile "get" get quick
same "has its content" in out
meanwhile "a range" get --range 100000:10 large
meanwhile "mv" mv quick quicker
meanwhile "ls" ls
printf '%s\n' large quicker >want
same "does not list what is not complete" want out
meanwhile "rm" rm quicker
kill -0 $slow
result $? "the first put still goes on"
tail -c +1000001 in >&3
exec 3>&-
wait $slow
is "and ends when its pipe does" $? 0
comment <slow.err
as alice festore get slow >out
same "with all that came" in out
as alice festore rm slow

slow_put killed pipe.killed
# On the host festore itself, in the machine su is what the shell started.
for pid in $(pidof festore); do
	[ "$(readlink "/proc/$pid/cwd")" = "$PWD" ] || continue
	tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'put.* killed ' && kill -9 "$pid"
done
exec 3>&-
wait $slow 2>/dev/null
is "a put that is killed leaves its blob file" "$(blobs)" 2
meanwhile "a put" put quick /etc/passwd
is "until the next client's change sweeps it" "$(blobs)" 1
expect 3 "it has no tag" as alice festore stat killed
as alice festore rm quick

# --- damage ---

if [ "${FESTORE_E2E:-machine}" = host ]; then
	blob=$(find "$(store_of alice)/default/blobs" -type f ! -path '*/orphans/*')
	printf old >kept
	# In the 40th window.
	flip "$blob" 2600000
	expect 6 "get of a damaged blob to a file" as alice festore get large -o kept
	says "says so" 'large: .*damaged'
	is "leaves the file" "$(cat kept)" old
	expect 6 "get of it to standard output" as alice festore get large
	got=$(wc -c <out)
	head -c "$got" in >want
	same "writes only bytes that are verified" want out
	expect 0 "a range before it is intact" as alice festore get --range 0:65536 large
	head -c 65536 in >want
	same "and right" want out
	expect 6 "a range over it is not" as alice festore get --range 2500000:200000 large
	expect 6 "cp of it" as alice festore cp large copy
	is "stores nothing" "$(as alice festore ls)" large
	is "and leaves no blob file" "$(blobs)" 1
fi
# shellcheck disable=SC2012 # no strange names here
is "no temporary file is left" "$(ls -a | grep -c '^\.festore\.')" 0
expect 0 "rm" as alice festore rm large
is "no blob file is left" "$(blobs)" 0

forget alice
done_testing
