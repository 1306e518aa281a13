#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Four users of the machine work on their vaults for long, two clients each, in rounds (festore-test-crowd, tests/client/crowd.h). After each
# round everything that was seen since the beginning must be explained, nothing acknowledged lost, no vault damaged. Memory, files and
# sizes must be flat (soak/flat.awk). Then the same across a shutdown and a power cut. At the end tables, which docs/RESULTS.md has.
# usage: soak.sh SECONDS BUILD, from the top of the repository, with the machine and BUILD/festore-test-crowd built
set -u
seconds=$1
crowd=$2/festore-test-crowd
MACHINE_NAME=${MACHINE_NAME:-soak}
export MACHINE_NAME
machine=platform/machine
share=$("$machine" folder)/share/soak
guest=/host/share/soak
users='root alice bob carol'
clients=2
round_s=$((seconds < 1500 ? seconds / 5 : 300))
sample_s=$((round_s < 180 ? round_s / 3 : 60))
bad=0

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
	[ -z "$(jobs -p)" ] || wait
}
trap stop EXIT
trap 'exit 130' INT TERM

failed() {
	echo "FAILED: $*"
	bad=$((bad + 1))
}

# in_guest USER COMMAND...
in_guest() {
	local user=$1
	shift
	"$machine" exec --timeout $((round_s + 300)) --user "$user" -- "$@"
}

sample() {
	echo "$1 $(in_guest root sh /host/tests/machine/soak/sample.sh "$1")" >>"$share/samples"
}

# look BOOT: all is read, and is what somebody has put last.
look() {
	local user
	for user in $users; do
		in_guest "$user" env FESTORE_CROWD_BOOT="$1" festore-test-crowd look "$guest/$user" || failed "$user cannot look"
		in_guest "$user" festore fsck -q >/dev/null || failed "fsck of $user's vault"
		"$crowd" check "$share/$user"/*.log >"$share/$user.judge" || failed "$user: $(cat "$share/$user.judge")"
	done
}

work() {
	local user jobs='' job
	rm -f "$share"/*/go
	for user in $users; do
		in_guest "$user" festore-test-crowd work "$guest/$user" 1 $clients $((round_s * 1000)) >"$share/$user.out" 2>&1 &
		jobs="$jobs $!"
	done
	sleep 2
	for user in $users; do
		touch "$share/$user/go"
	done
	# shellcheck disable=SC2086 # several
	for job in $(seq $((round_s / sample_s))); do
		sleep $sample_s
		[ "$job" -eq $((round_s / sample_s)) ] || sample busy
	done
	for job in $jobs; do
		wait "$job" || failed "a client: $(cat "$share"/*.out)"
	done
}

# What each user did, and how much of it is of which kind.
operations() {
	echo '| user, anchor | operations | put | get, range | list | remove | move | batch | key made | signed | keys removed |'
	echo '|---|---|---|---|---|---|---|---|---|---|---|'
	for user in $users; do
		awk -v name="$user, ${anchors[$user]}" '$1 == "end" && $8 == 0 { n++; did[$2]++ }
			END {
				print "| " name " | " n " | " did["p"] " | " did["g"] + did["s"] " | " did["l"] " | " did["r"] " | " did["m"] " | " \
					did["b"] + did["c"] " | " did["k"] " | " did["x"] " | " did["d"] " |"
			}' "$share/$user"/*.log
	done
}

declare -A anchors=([root]='ree, each commit' [alice]='ree, groups' [bob]='none' [carol]='ree, groups')
[ "${MACHINE-}" != qemu-arm64-rpmb ] || anchors[carol]='rpmb, groups'

stop
"$machine" start --fresh || exit 1
rm -rf "$share"
for user in $users; do
	mkdir -p "$share/$user"
	chmod 0777 "$share" "$share/$user"
	for ((i = 0; i <= clients; i++)); do
		: >"$share/$user/$i.log"
		chmod 0666 "$share/$user/$i.log"
	done
	when=
	[ "${anchors[$user]#*, }" != 'each commit' ] || when='--anchor-when commit'
	# shellcheck disable=SC2086 # two
	in_guest "$user" festore init -q --accept-insecure-huk --anchor "${anchors[$user]%,*}" $when &&
		in_guest "$user" festore-test-crowd fill "$guest/$user" || exit 1
done

begin=$SECONDS
rounds=0
while [ $((SECONDS - begin)) -lt "$seconds" ] && [ $bad -eq 0 ]; do
	rounds=$((rounds + 1))
	work
	look 0
	sample quiet
	echo "round $rounds, after $((SECONDS - begin)) s: $(cat "$share"/*/[1-9].log | grep -c '^end') operations, $(tail -n 1 "$share/samples")"
done
took=$((SECONDS - begin))
"$crowd" fair "$share"/*/[1-9].log >"$share/fair" || failed "$(cat "$share/fair")"
! grep 'Status of TA' "$("$machine" folder)/secure.log" || failed "a TA panicked"

# Nothing is lost by a shutdown, and by a power cut, even without an anchor.
{ "$machine" stop && "$machine" start; } || failed "a reboot"
look 1
{ "$machine" cut && "$machine" start; } || failed "a boot after a power cut"
look 2
"$machine" stop || failed "poweroff"

echo
echo "$took s, $rounds rounds of $((clients * 4)) clients of four users; $bad failures"
for user in $users; do
	echo "$user: $(tail -n 1 "$share/$user.judge")"
done
cat "$share/fair"
echo
operations
echo
awk -f tests/machine/soak/flat.awk "$share/samples" || bad=$((bad + 1))

# The same checks of what is not so.
awk '{ $7 += NR * 100 } 1' "$share/samples" | sed 's/  */ /g' >"$share/growing"
! awk -f tests/machine/soak/flat.awk "$share/growing" >"$share/growing.out" || failed "memory that grows goes unnoticed"
cp -r "$share/alice" "$share/faulty"
at=$(($(tail -n 1 "$share/alice/0.log" | cut -d ' ' -f 6) - 500000000000000))
printf 'begin p 5 9999999 0 %s\nend p 5 9999999 0 %s %s 0\n' $at $at $((at + 1)) >"$share/faulty/5.log"
! "$crowd" check "$share"/faulty/*.log >"$share/faulty.judge" || failed "a lost put goes unnoticed"
[ "$bad" -eq 0 ]
