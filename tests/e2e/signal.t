#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Signals at any time: a put leaves the old content or the new one, get -o the file whole or none, and
# neither leaves anything else. The moments are spread over the time that the transfer takes undisturbed.
. "$(dirname "$0")/tap.sh"
forget alice
rounds=${FESTORE_SIGNAL_ROUNDS:-4}
kept_in=/var/lib/tee
if [ "${FESTORE_E2E:-machine}" = host ]; then
	rounds=${FESTORE_SIGNAL_ROUNDS:-24}
	kept_in=$(dirname "$FESTORE_FAKE_TEE")/storage
fi
[ "$storage" = ree ] || kept_in=$(store_of alice)

# The machine's jobs run in the background, where shells ignore SIGINT for good. To festore a hangup is the same.
first=INT
case $(sed -n 's/^SigIgn:.*\(.\)$/\1/p' /proc/self/status) in
2 | 3 | 6 | 7 | a | b | e | f) first=HUP ;;
esac

# Busybox tells no time finer than a second, Linux does.
now_ms() {
	echo $(($(sed 's/ .*//; s/\.//; s/^0*//' /proc/uptime) * 10))
}

# seconds MS
seconds() {
	printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
}

# signalled SIGNAL MS ARGS...: runs festore, which gets the signal after so long. The shell becomes festore,
# so its own number is the one to signal; a command in the background would not have SIGINT.
signalled() {
	signal=$1
	pause=$(seconds "$2")
	shift 2
	# shellcheck disable=SC2016 # for the shell that it starts
	as alice sh -c '
		(sleep "$1"; kill -s "$2" $$) >/dev/null 2>&1 &
		shift 2
		exec festore "$@"' sh "$pause" "$signal" "$@" 2>err
}

# A tee-supplicant that answers a caller who was killed meanwhile gets EBADF from Linux 6.12 and ends, which
# takes down the TA. Until it runs again festore says status 8: tried anew for so long.
settle() {
	tries=0
	until as alice festore stat signalled >got 2>err || [ $tries -ge 4 ]; do
		comment <err
		tries=$((tries + 1))
	done
}

# What kill -9 leaves of blobs the next change moves to orphans/.
objects() {
	find "$kept_in" -type f ! -path '*/orphans/*' | wc -l
}

bytes 1048576 content.0
bytes 1048576 content.1
as alice festore put signalled content.1
start=$(now_ms)
as alice festore put signalled content.0
put_ms=$(($(now_ms) - start + 10))
start=$(now_ms)
as alice festore get signalled -o whole
get_ms=$(($(now_ms) - start + 10))
as alice festore ls >before
objects=$(objects)
echo "# undisturbed a put takes $put_ms ms, a get $get_ms ms"

# --- put ---

# Where few rounds hit no moment at which a put can be interrupted (a busy computer), there are more of them.
is_interrupted() {
	[ "${seen#*:130}" != "$seen" ]
}
now=0
wrong=0
seen=
i=0
while [ $i -lt "$rounds" ] || { ! is_interrupted && [ $i -lt $((5 * rounds)) ]; }; do
	case $((i % 4)) in
	0 | 2) signal=$first ;;
	1) signal=KILL ;;
	3) signal=TERM ;;
	esac
	other=$((1 - now))
	signalled "$signal" $((put_ms * (i % (rounds + 1) + 1) / (rounds + 2))) put signalled content."$other"
	status=$?
	seen="$seen $signal:$status"
	[ "$signal" != KILL ] || settle
	as alice festore get signalled >got 2>err
	if cmp -s got content."$other"; then
		found=$other
	elif cmp -s got content."$now"; then
		found=$now
	else
		echo "round $i, $signal: neither old nor new content, status $status" | cat - err | comment
		wrong=$((wrong + 1))
		break
	fi
	# 0 promises the new content, and 130, as festore itself says, the old one. Who dies of a signal (after a
	# SIGINT that is 130 too) may have stored it just before.
	case $signal.$status.$found in
	*".0.$other" | "TERM.130.$now" | "HUP.130.$now" | INT.130.* | HUP.129.* | TERM.143.* | KILL.137.*) ;;
	*)
		echo "round $i, $signal: status $status and content $found of $other" | comment
		wrong=$((wrong + 1))
		;;
	esac
	now=$found
	i=$((i + 1))
done
echo "# signals and statuses:$seen"
is "after each of $i signals a put has stored all or nothing, as its status says" $wrong 0
is_interrupted
result $? "some of them interrupted it"
expect 0 "ls" as alice festore ls
same "lists what there was" before out
expect 0 "an undisturbed put works" as alice festore put signalled content.0
as alice festore get signalled >got
same "and stores" content.0 got
# What a killed put left goes with the next change.
is "no object is left over" "$(objects)" "$objects"

# --- get -o ---

wrong=0
seen=
i=0
while [ $i -lt "$rounds" ]; do
	case $((i % 2)) in
	0) signal=$first ;;
	1) signal=TERM ;;
	esac
	rm -f file
	# Every other one over a file that is there.
	[ $((i % 4)) -lt 2 ] || printf previous >file
	[ ! -f file ] || chmod 0666 file
	signalled "$signal" $((get_ms * (i + 1) / (rounds + 2))) get signalled -o file
	status=$?
	seen="$seen $signal:$status"
	if [ -f file ] && cmp -s file content.0; then
		found=whole
	elif [ ! -e file ] || [ "$(cat file)" = previous ]; then
		found=none
	else
		found=part
	fi
	case $signal.$status.$found in
	*.0.whole | TERM.130.none | HUP.130.none) ;;
	INT.130.whole | INT.130.none | HUP.129.whole | HUP.129.none | TERM.143.whole | TERM.143.none) ;;
	*)
		echo "round $i, $signal: status $status, file: $found" | cat - err | comment
		wrong=$((wrong + 1))
		;;
	esac
	i=$((i + 1))
done
echo "# signals and statuses:$seen"
is "after each of $rounds signals get -o has written the file whole or not at all" $wrong 0
# shellcheck disable=SC2012 # no strange names here
is "no temporary file is left" "$(ls -a | grep -c '^\.festore\.')" 0
expect 0 "an undisturbed get works" as alice festore get signalled -o file
same "and writes" content.0 file

# --- who ignores signals is not interrupted ---

nohup_put() {
	as alice sh -c 'trap "" HUP; (sleep 0.01; kill -s HUP $$) & exec festore put signalled content.1'
}
expect 0 "a put that is to survive a hangup does" nohup_put
as alice festore get signalled >got
same "and stores" content.1 got

forget alice
done_testing
