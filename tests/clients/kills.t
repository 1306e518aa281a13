#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same eight clients as in several.t, but all except one of each user are killed (SIGKILL) again and again in the midst of
# puts, batches, blobs and all the rest, while the others go on: FESTORE_KILL_ROUNDS rounds of five seconds, or as many more as it needs. After each, what
# was acknowledged is kept, what was under way is old or new, batches are whole, and nobody is locked out.
. "$(dirname "$0")/crowd.sh"
. "$(dirname "$0")/../e2e/tap.sh"
only vault
# Clients take longer to begin in the machine.
ms=250
[ "${FESTORE_E2E:-machine}" != host ] || ms=60

blobs() {
	find "$(store_of "$1")/default/blobs" -type f ! -path '*/orphans/*' 2>/dev/null | wc -l
}

# Tags of contents that are blob files.
large_tags() {
	as "$1" festore ls --json | sed 's/.*"size":\([0-9]*\).*/\1/' | awk '$1 > 65536 { n++ } END { print n + 0 }'
}

orphans() {
	find "$(store_of "$1")/default/blobs/orphans" -type f 2>/dev/null | wc -l
}

before=$(($(orphans alice) + $(orphans bob)))
kills=0
round=1
crowd_begin
# A slow machine kills fewer in a round, and needs more of them.
enough() {
	[ $kills -gt 32 ] && [ $(($(orphans alice) + $(orphans bob))) -gt "$before" ]
}
while [ $round -le "${FESTORE_KILL_ROUNDS:-1}" ] || { [ $round -le 6 ] && ! enough; }; do
	expect 0 "round $round: clients are killed" crowd_work 5000 $ms
	for user in $crowd_users; do
		kills=$((kills + $(sed -n 's/.* clients, \([0-9]*\) killed/\1/p' "$user.out")))
		expect 0 "$user: the next client works at once" as "$user" timeout 20 festore put other /dev/null
		# That change has swept. What it put, the judge knows nothing of.
		as "$user" festore rm other
		is "$user: no blob file is there but those of tags" "$(blobs "$user")" "$(large_tags "$user")"
		crowd_check "$user"
		rm "$user"/*
		expect 0 "$user: all is put anew" as "$user" festore-test-crowd fill "$user"
	done
	round=$((round + 1))
done
echo "# $kills clients were killed, and left $(($(orphans alice) + $(orphans bob) - before)) orphaned blobs"
# An owner has 16 sessions: those of the dead were closed.
[ $kills -gt 32 ]
result $? "more were killed than there are sessions"
[ $(($(orphans alice) + $(orphans bob))) -gt "$before" ]
result $? "some while they wrote a blob"
for user in $crowd_users; do
	forget "$user"
	forget_keys "$user"
done
done_testing
