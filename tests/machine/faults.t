#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every system call of the command on the store or the TEE fails once (ENOSPC, EIO, EROFS), or is where the command is killed, in a put, a
# replacement, a put of a blob, a key's generation and a batch: strace injects it. After each what was there is old or new, new if that
# was said, all else is intact, and the vault is well. Of calls that only read each eighth fails, with EIO; FESTORE_FAULT_READS=1: each.
. "$(dirname "$0")/../e2e/tap.sh"
only vault
store=$(store_of root)

bytes 1000 content
bytes 2000 replaced
bytes 70000 large
mkdir -p batch/in
for i in 1 2 3 4 5 6; do
	bytes 500 "batch/in/$i"
done
umask 077

# --- operations: what is done, what it leaves if it was done, and back ---

do_put() { festore put fault content; }
is_put() { holds fault content; }
undo_put() { festore rm fault; }

do_replace() { festore put old replaced; }
is_replace() { holds old replaced; }
isnt_replace() { holds old content; }
undo_replace() { festore put old content; }

do_blob() { festore put fault large; }
is_blob() { holds fault large; }
undo_blob() { festore rm fault; }

do_key() { festore key gen fault --type x25519; }
is_key() { festore key pub fault >out; }
undo_key() { festore key rm fault; }

do_batch() { festore put -r batch/in fault; }
is_batch() {
	for i in 1 2 3 4 5 6; do
		holds "fault/$i" "batch/in/$i" || return 1
	done
}
undo_batch() { festore rm fault/1 fault/2 fault/3 fault/4 fault/5 fault/6; }

holds() {
	festore get "$1" >got 2>/dev/null && cmp -s got "$2"
}

# As long as nothing was done, nothing is there of these.
is_absent() {
	! festore ls | grep -q '^fault' && ! festore key ls | grep -q '^fault'
}
isnt_put() { is_absent; }
isnt_blob() { is_absent; }
isnt_key() { is_absent; }
isnt_batch() { is_absent; }

# --- steps ---

# Runs an operation under strace with these options.
under() {
	operation=$1
	shift
	case $operation in
	put) set -- "$@" festore put fault content ;;
	replace) set -- "$@" festore put old replaced ;;
	blob) set -- "$@" festore put fault large ;;
	key) set -- "$@" festore key gen fault --type x25519 ;;
	batch) set -- "$@" festore put -r batch/in fault ;;
	esac
	timeout 60 strace "$@" >out 2>err
}

# calls: "NAME NUMBER" of each call in ./calls that is about the store or the TEE: the number of those of that name up to it.
calls() {
	awk -v store="$store" '
		match($0, /^[a-z0-9_]+\(/) {
			name = substr($0, 1, RLENGTH - 1)
			n[name]++
			if (index($0, store) || index($0, "/dev/tee"))
				print name, n[name]
		}' calls
}

# look OPERATION STATUS WHERE: sets $state to old or new, or to what is wrong.
look() {
	state=
	if "is_$1"; then
		state=new
	elif "isnt_$1"; then
		state=old
	else
		state='neither old nor new'
	fi
	[ "$2" -ne 0 ] || [ "$state" = new ] || state="$state, and 0 was said"
	holds other content || state="$state; another file is not there"
	festore fsck >found 2>&1 || state="$state; fsck: $(tail -n 1 found)"
}

# chosen FAULT: which of ./list.
chosen() {
	every=8
	[ -z "${FESTORE_FAULT_READS-}" ] || every=1
	[ "$1" = error=EIO ] || every=0
	awk -v every="$every" '
		!/^(pread64|newfstatat|fstat|readlinkat|faccessat2) / || (every && ++n % every == 0)' list
}

# steps OPERATION FAULT: at each call.
steps() {
	chosen "$2" >steps
	all=0 old=0 new=0 wrong=0 said=0
	while read -r name number; do
		under "$1" -o /dev/null -e "trace=$name" -e "inject=$name:$2:when=$number"
		status=$?
		all=$((all + 1))
		[ "$status" -eq 0 ] || said=$((said + 1))
		look "$1" "$status"
		case $state in
		old) old=$((old + 1)) ;;
		new) new=$((new + 1)) ;;
		*)
			wrong=$((wrong + 1))
			echo "$1, $2 at $name $number, status $status: $state" | cat - err | comment
			;;
		esac
		[ "$state" = old ] || "undo_$1" >out 2>&1
	done <steps
	echo "$1, $2: at $all calls, of which $said made it say so; old $old times, new $new times" | comment
	[ "$wrong" -eq 0 ] && [ "$all" -gt 10 ] && [ "$old" -gt 0 ]
	result $? "$1, $2 at each of $all calls: old or new, and all else is intact"
}

festore rm fault old other 2>/dev/null
festore put old content
festore put other content
for operation in ${FESTORE_FAULTS:-put replace blob key batch}; do
	# The first of a vault after a boot makes its log.
	"do_$operation" && "undo_$operation"
	under "$operation" -y -o calls
	calls >list
	"is_$operation"
	result $? "$operation: done under strace"
	"undo_$operation"
	for fault in error=ENOSPC error=EIO error=EROFS signal=KILL; do
		steps "$operation" "$fault"
	done
done
festore rm old other
done_testing
