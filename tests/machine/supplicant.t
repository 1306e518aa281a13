#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each system call of tee-supplicant fails once (ENOSPC, EIO, EROFS) while a vault whose anchor lies in its folder is written: strace
# injects it. The put says an error or not; then there is old or new, new if that was said, and with tee-supplicant well again the vault
# goes on, in this life of the TA, whatever became of the TA that writes the anchor.
. "$(dirname "$0")/../e2e/tap.sh"
only vault
bytes 1000 content
bytes 2000 replaced
supplicant=$(pidof tee-supplicant)

of() {
	command=$1
	shift
	timeout 60 festore "$command" --vault anchored "$@"
}

holds() {
	of get "$1" >got 2>/dev/null && cmp -s got "$2"
}

# beside OPTION... -- COMMAND...: with strace, with these options, on tee-supplicant. Its status is the command's.
beside() {
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	strace -f -q -p "$supplicant" $options 2>attached &
	tracer=$!
	tries=0
	until grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$supplicant/status" || [ $tries -gt 100 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	"$@" >out 2>err
	status=$?
	kill -TERM $tracer
	wait $tracer 2>/dev/null
	return $status
}

# steps FAULT: at each call of ./list.
steps() {
	all=0 said=0 old=0 new=0 wrong=0
	while read -r name number; do
		beside -o /dev/null -e "trace=$name" -e "inject=$name:error=$1:when=$number" -- of put old replaced
		status=$?
		all=$((all + 1))
		[ "$status" -eq 0 ] || said=$((said + 1))
		state=
		if holds old replaced; then
			new=$((new + 1))
		elif [ "$status" -ne 0 ] && holds old content; then
			old=$((old + 1))
		else
			state="status $status, then neither, or old although new was said"
		fi
		holds other content || state="$state; another file is not there"
		of put old content >out 2>err || state="$state; the next put fails: $(cat err)"
		of fsck >found 2>&1 || state="$state; fsck: $(tail -n 1 found)"
		if [ -n "$state" ]; then
			wrong=$((wrong + 1))
			echo "$1 at $name $number: $state" | comment
		fi
	done <list
	echo "$1: at $all calls, of which $said made the put say so; old $old times, new $new times" | comment
	[ "$wrong" -eq 0 ] && [ "$all" -gt 4 ]
	result $? "$1 at each of $all calls of tee-supplicant: old or new, and the vault goes on"
	[ "$said" -gt 0 ]
	result $? "$1: an anchor that could not be written is told"
}

of init -q --accept-insecure-huk --anchor ree --anchor-when commit
of put old content
of put other content
expect 0 "a put with strace beside it" beside -o calls -e 'trace=%file,%desc' -- of put old replaced
awk '{ sub(/^[0-9]+ +/, "") } match($0, /^[a-z0-9_]+\(/) {
	name = substr($0, 1, RLENGTH - 1)
	if (name != "ioctl" && name != "poll" && name != "ppoll" && name != "mmap")
		print name, ++n[name]
}' calls >list
of put old content
for fault in ENOSPC EIO EROFS; do
	steps $fault
done
is "tee-supplicant is the same one" "$(pidof tee-supplicant)" "$supplicant"
of destroy -f
done_testing
