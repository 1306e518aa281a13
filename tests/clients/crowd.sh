# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Sourced by several.t and kills.t, before tap.sh: eight clients, four of each of two users, on one vault each.

crowd_users='alice bob'

# crowd_begin: both vaults are filled, logs are in ./USER.
crowd_begin() {
	for user in $crowd_users; do
		forget "$user"
		rm -rf "$user"
		mkdir -m 0777 "$user"
		expect 0 "$user: fills a vault" as "$user" festore-test-crowd fill "$user"
	done
}

# crowd_work MS [KILL_MS]: they work. What each user's say is in ./USER.out.
crowd_work() {
	crowd_jobs=
	for user in $crowd_users; do
		rm -f "$user/go"
		as "$user" festore-test-crowd work "$user" 1 4 "$@" >"$user.out" 2>&1 &
		crowd_jobs="$crowd_jobs $!"
	done
	# All are there before any begins.
	crowd_tries=0
	until [ "$(ls alice bob | grep -c log)" -eq 10 ] || [ $crowd_tries -gt 100 ]; do
		crowd_tries=$((crowd_tries + 1))
		sleep 0.1
	done
	sleep 1
	touch alice/go bob/go
	crowd_status=0
	for job in $crowd_jobs; do
		wait "$job" || crowd_status=1
	done
	comment <alice.out
	comment <bob.out
	return $crowd_status
}

# crowd_check USER: is there an order of all operations that explains it?
crowd_check() {
	expect 0 "$1: all is looked at" as "$1" festore-test-crowd look "$1"
	expect 0 "$1: everything that was seen is explained" festore-test-crowd check "$1"/*.log
	comment <out
}
