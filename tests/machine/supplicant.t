#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each call of tee-supplicant on its files fails once (ENOSPC, EIO, EROFS), or is where it is killed (and started anew, as init does), while a
# vault whose anchor lies in its folder gets a file, a replacement, a key and a batch: tests/client/hostile.c does it, loaded into tee-supplicant,
# whose threads strace would count each by itself. The command says an error or not;
# then there is old or new, new if that was said, and with tee-supplicant well again the vault goes on, in this life of the TA, whatever
# became of the TA that writes the anchor. FESTORE_FAULTS: of these operations only.
. "$(dirname "$0")/../e2e/tap.sh"
. "$(dirname "$0")/hostile/hostile.sh"
only vault
bytes 1000 content
bytes 2000 replaced
mkdir -p batch/in
for i in 1 2 3; do
	bytes 500 "batch/in/$i"
done

of() {
	command=$1
	shift
	[ "$command" != key ] || {
		command="key $1"
		shift
	}
	# shellcheck disable=SC2086 # one word or two
	timeout 60 festore $command --vault anchored "$@"
}

holds() {
	of get "$1" >got 2>/dev/null && cmp -s got "$2"
}

# --- operations: what is done, what it leaves if it was done, if it was not, and back ---

do_replace() { of put old replaced; }
is_replace() { holds old replaced; }
isnt_replace() { holds old content; }
undo_replace() { of put old content; }

do_put() { of put fault content; }
is_put() { holds fault content; }
isnt_put() { is_absent; }
undo_put() { of rm fault; }

do_key() { of key gen fault --type x25519; }
is_key() { of key pub fault >got 2>/dev/null; }
isnt_key() { is_absent; }
undo_key() { of key rm fault; }

do_batch() { of put -r batch/in fault; }
is_batch() { holds fault/1 batch/in/1 && holds fault/2 batch/in/2 && holds fault/3 batch/in/3; }
isnt_batch() { is_absent; }
undo_batch() { of rm fault/1 fault/2 fault/3; }

is_absent() {
	of ls >got && of key ls >>got && ! grep -q '^fault' got
}

# --- steps ---

# The tee-supplicant that runs, after one that was killed.
again() {
	tries=0
	until now=$(pidof tee-supplicant) && [ "$now" != "$1" ] && grep -q hostile "/proc/$now/maps" 2>/dev/null || [ $tries -gt 200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
}

# faulty FAULT NUMBER COMMAND: its status, with that call of tee-supplicant's at fault; $hit if there was one.
faulty() {
	before=$(pidof tee-supplicant)
	hostile "$1" "$2"
	"$3" >out 2>err
	status=$?
	hit=0
	[ ! -s $told/count ] || hit=1
	honest
	[ "$1.$hit" != KILL.1 ] || again "$before"
	return $status
}

# look OPERATION STATUS: counts what is there, or adds to $state what is wrong.
look() {
	state=
	undo=:
	if "is_$1"; then
		new=$((new + 1))
		undo=undo_$1
	elif [ "$2" -ne 0 ] && "isnt_$1"; then
		old=$((old + 1))
	else
		state="status $2, then neither, or old although new was said"
	fi
	holds other content || state="$state; another file is not there"
	of put next content >out 2>err || state="$state; the next put fails: $(cat err)"
	$undo >out 2>err || state="$state; it cannot be undone: $(cat err)"
	of fsck >found 2>&1 || state="$state; fsck: $(tail -n 1 found)"
}

# steps OPERATION FAULT: at each call, until the operation makes no such one.
steps() {
	all=0 said=0 old=0 new=0 wrong=0
	while [ $all -lt 100 ]; do
		faulty "$2" $((all + 1)) "do_$1"
		done=$?
		look "$1" $done
		[ $hit -eq 1 ] || {
			new=$((new - 1))
			break
		}
		all=$((all + 1))
		[ $done -eq 0 ] || said=$((said + 1))
		[ -z "$state" ] || {
			wrong=$((wrong + 1))
			echo "$1, $2 at call $all: $state" | comment
		}
	done
	echo "$1, $2: at each of $all calls, of which $said made it say so; old $old times, new $new times" | comment
	[ "$wrong" -eq 0 ] && [ "$all" -gt 4 ]
	result $? "$1, $2 at each of $all calls of tee-supplicant: old or new, and the vault goes on"
}

preload
of init -q --accept-insecure-huk --anchor ree --anchor-when commit
of put old content
of put other content
for fault in ENOSPC EIO EROFS KILL; do
	running=$(pidof tee-supplicant)
	for operation in ${FESTORE_FAULTS:-replace put key batch}; do
		steps "$operation" $fault
	done
	[ $fault = KILL ] || is "$fault: tee-supplicant is the same one" "$(pidof tee-supplicant)" "$running"
done
of destroy -f
done_testing
