#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Anchors: what the device remembers of a vault over a restart of the TA, and what status says of it. Restarts are the host's;
# in the machine a reboot is one (tests/machine/after-reboot.t).
. "$(dirname "$0")/tap.sh"
only vault
store=$(store_of bob)
folder=$store/anchored
printf one >one
printf two >two

# of COMMAND...: on the vault that this is about.
of() {
	command=$1
	shift
	as bob festore "$command" --vault anchored "$@"
}

# shown NAME: what status tells programs.
shown() {
	of status --json | sed "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/"
}

# restart: power off and on.
restart() {
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" restart
}

# take NAME, give NAME: copies the vault's files away and back.
take() {
	rm -rf "$1"
	cp -a "$folder" "$1"
}
give() {
	rm -rf "$folder"
	cp -a "$1" "$folder"
}

of destroy -f 2>err

# --- asking for one ---

expect 2 "an anchor that there is not" of init --anchor tape
says "says which there are" 'there is no anchor tape; there are: auto, none, ree, rpmb'
expect 2 "a time that there is not" of init --anchor ree --anchor-when later
says "says so" 'an anchor is written for each commit or for a group of them'
expect 2 "a time for none" of init --anchor none --anchor-when commit
says "says so" 'without an anchor there is no time to write it'
expect 2 "an anchor of ree" as bob festore init --storage ree --anchor ree
says "says so" 'the storage ree has no anchor to choose'
expect 3 "a sync of no vault" of sync
expect 2 "a sync of ree" as bob festore sync --storage ree
says "says so" 'this storage has no anchor'

# --- for each commit ---

expect 0 "init" of init --accept-insecure-huk -q --anchor ree --anchor-when commit
is "status tells programs where" "$(shown anchor) $(shown anchor_when)" "ree commit"
expect 0 "a put" of put tag one
is "is anchored" "$(shown anchor_generation) $(shown anchor_window) $(shown anchor_sure)" "$(shown generation) 0 true"
is "which is its second write" "$(shown anchor_writes)" 2
is "and told with its time" "$(shown anchor_at | cut -c1-11)" "$(date -u +%Y-%m-%dT)"
is "so is that a rollback shows" "$(shown rollback_detected)" anchored_in_ree
expect 0 "status tells people" of status
grep -q '^anchor:    ree, for each commit, at generation [0-9]*, written [0-9]* seconds ago$' out
result $? "where and when"
grep -q '^rollback:  detected, across a restart too as far as it is anchored' out
result $? "and what it is good for"
take first
expect 0 "another put" of put tag two
now=$(shown generation)
take second

if [ "${FESTORE_E2E:-machine}" = host ]; then
	restart
	give first
	for call in "get tag" "put tag one" "ls" "status" "stat tag" "rm tag" "fsck" "destroy -f"; do
		# shellcheck disable=SC2086 # words of a command
		expect 7 "an old copy after a restart: $call" of $call
	done
	of get tag >out 2>err
	says "says how old" "rolled back: generation [0-9]* is older than $now, which this device has acknowledged"
	give second
	expect 0 "the present one is taken" of get tag
	same "with what was put" out two

	restart
	rm -rf "$folder"
	expect 7 "its files gone after a restart: a put makes no other" of put tag one
	says "says so" "a vault of this name existed, generation $now, and its files are gone"
	expect 7 "nor does init, without an anchor" of init --anchor none
	give second
	expect 0 "when they are there again it goes on" of put tag two

	# What cannot be anchored is not acknowledged.
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" fail any 1 0 0xf0100003
	expect 8 "a put without the storage" of put tag one
	says "says why" "not known: the vault's anchor cannot be reached"
	expect 8 "a sync" of sync
	"$FAKE_TEE" --control "$FESTORE_FAKE_TEE" fail any 0 0 0
	expect 0 "a put when it is back" of put tag two
	expect 0 "get" of get tag
	same "has it" out two
fi

# --- destroyed ---

take second
expect 0 "destroy" of destroy -f
if [ "${FESTORE_E2E:-machine}" = host ]; then
	restart
	give second
	expect 7 "a copy after a restart" of get tag
	says "is known as destroyed" 'this vault was destroyed'
	expect 0 "destroy finishes it" of destroy -f
fi

# --- groups of commits ---

expect 0 "init, for groups of commits" of init --accept-insecure-huk -q --anchor ree
is "is the default" "$(shown anchor_when)" group
for _ in 1 2 3 4; do
	of put tag one
done
is "the first one is anchored" "$(shown anchor_window)" 3
expect 0 "status" of status
grep -q 'NOT ANCHORED: 3 commits since then, which a rollback across a restart could' out
result $? "tells of the window"
take window
expect 0 "sync" of sync -v
says "anchors" anchored
is "then there is none" "$(shown anchor_generation) $(shown anchor_window)" "$(shown generation) 0"
expect 0 "sync again" of sync
is "says nothing" "$(cat out err)" ""
if [ "${FESTORE_E2E:-machine}" = host ]; then
	of put tag two
	expect 0 "one more" of sync
	take second
	restart
	give window
	expect 7 "what is older than the anchor is told" of get tag
	give second
	expect 0 "the present one is taken" of get tag
	same "with what was put" out two
	of put tag one
	restart
	give second
	expect 0 "what is in the window is not told" of get tag

	rm -rf "$(dirname "$FESTORE_FAKE_TEE")"/storage/*
	restart
	expect 7 "a lost anchor" of get tag
	says "proves nothing" 'anchored of the vault is lost, or older than the vault: whether it is the present one cannot be proven'
	give second
	expect 7 "of no copy" of get tag

	# --- recovery ---

	recover_piped() {
		echo anchored | of recover
	}
	expect 2 "recover asks, but without a terminal it cannot" recover_piped
	says "says why it is needed, and what" 'whether it is the present one cannot be proven; without a terminal .* --yes is needed'
	expect 0 "what is not proven can be read" of get --unproven tag
	same "as it was" out two
	expect 0 "and listed" of ls --unproven
	is "all of it" "$(cat out)" tag
	expect 0 "and exported" of export --unproven -o archive
	expect 7 "not without asking for it" of ls
	expect 2 "of ree there is no such thing" as bob festore get --unproven --storage ree tag
	expect 0 "recover" of recover --yes
	says "makes a note, which is told" 'NOTE: recovered on 20.*: generation [0-9]* was taken, of which nothing proved that it was the present one'
	expect 0 "then it can be got" of get tag
	same "what was there" out two
	says "and the note is told" 'festore recover --seen ends this'
	expect 0 "with -q it is not" of get -q tag
	is "and nothing else" "$(cat err)" ""
	expect 0 "put" of put tag one
	expect 0 "sync" of sync -q
	is "the device knows it again" "$(shown anchor_generation) $(shown recoveries)" "$(shown generation) 1"
	expect 0 "status" of status
	grep -q '^recovered: on 20.*, with generation [0-9]*, which nothing proved (NOT SEEN YET), 1 in all$' out
	result $? "tells it"
	is "once" "$(cat err)" ""
	take third
	restart
	give second
	expect 7 "what was recovered from is old now" of get tag
	says "and told" 'rolled back: generation'
	expect 7 "a rollback has to be accepted" of recover --yes
	says "or nothing is done" 'generation [0-9]* is to take the place of [0-9]*, which this device has acknowledged: that is a rollback, which was not accepted'
	give third
	expect 0 "the present one is taken" of get -q tag
	same "as it was put" out one
	expect 0 "there is nothing to recover" of recover --yes
	grep -q 'there is nothing to recover' err
	result $? "which is said"
	expect 0 "the note is seen" of recover --seen
	is "and then silent" "$(cat err)" ""
	expect 0 "get" of get tag
	is "too" "$(cat err)" ""
	is "but it stays" "$(shown recoveries) $(shown recovery_seen)" "1 true"
	expect 0 "seen again" of recover --seen

	expect 0 "fsck finds nothing" of fsck
	if command -v festore-inspect >/dev/null; then
		expect 0 "nor does festore-inspect, of its note" festore-inspect "$folder"
		is "it has no finding" "$(grep -c 'foreign:\|state:' out)" 0
	fi

	give second
	expect 7 "an old one, while the TA lives" of get tag
	expect 0 "a rollback that is accepted" of recover --accept-rollback --yes
	says "is told with both generations" 'generation [0-9]* was taken in the place of [0-9]*, which this device had acknowledged'
	expect 0 "get" of get -q tag
	same "has what it had" out two
	is "it is the second one, for those that see the new" "$(shown recoveries) $(shown recovery_seen)" "1 false"
	take fourth
	restart
	give third
	expect 7 "after a restart too what it was taken for is refused" of get tag
	give fourth
fi
of destroy -f 2>err

# --- without ---

expect 0 "a vault without" of init --accept-insecure-huk -q --anchor none
expect 0 "is there" of put tag one
expect 0 "sync does nothing" of sync
is "status says so" "$(shown anchor) $(shown anchor_writes) $(shown rollback_detected)" "none 0 until_ta_restart"
expect 0 "status for people" of status
grep -q '^anchor:    none$' out
result $? "too"

if [ "${FESTORE_E2E:-machine}" = host ]; then
	# --- in the RPMB, which the fake has ---

	of destroy -f
	FESTORE_ANCHOR=auto
	export FESTORE_ANCHOR
	expect 0 "a vault made by a put" of put tag one
	is "is anchored in the RPMB, where there is one" "$(shown anchor) $(shown anchor_when) $(shown rollback_detected)" "rpmb group anchored"
	expect 0 "status" of status
	grep -q '^           2 writes since 20.*; at this pace a small RPMB bears them for$' out
	result $? "shows its wear"
	grep -q '^           1369 years and 314 days\. 126 are left to this user for now\.$' out
	result $? "how long it lasts, and what this user has left"
	of destroy -f
	of init --accept-insecure-huk -q --anchor rpmb --anchor-when commit
	# As long as there are writes left each put is one.
	puts=0
	while of put -q tag two 2>err; do
		puts=$((puts + 1))
		[ $puts -lt 200 ] || break
	done
	[ $puts -ge 120 ] && [ $puts -le 128 ]
	result $? "a user has so many commits at once, each anchored: $puts"
	expect 10 "then they are refused" of put tag one
	says "with a word on when there are more" "writes of the RPMB are used up for now: there is one more each minute"
	is "all is as it was" "$(of get tag)" two
	of destroy -f
	FESTORE_ANCHOR=none
	of put tag one
fi

# --- recovery while the TA lives ---

take first
of put tag two
take second
give first
expect 7 "an old copy" of get tag
expect 0 "can be read unproven" of get --unproven tag
same "as it was" out one
expect 7 "but not be changed" of put tag one
expect 7 "nor made to count just so" of recover --yes
expect 0 "only if a rollback is accepted" of recover --yes --accept-rollback
says "and it is told" 'NOTE: recovered on 20.*in the place of'
expect 0 "then it can" of put -q tag one
expect 0 "and the note be seen" of recover --seen
take first
give second
expect 7 "what it was taken for is old now" of get tag
give first
expect 0 "get" of get tag
same "has what was put" out one
is "and says nothing more" "$(cat err)" ""
of destroy -f
done_testing
