#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Second phase, after a boot: the TA learns from a hostile tee-supplicant what was anchored. It never gives an old or a wrong content out;
# with an honest one the vault is what it was, or says that its anchor is lost, and recover brings all that was acknowledged.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/hostile.sh"
gone_wrong=0

of() {
	command=$1
	shift
	as "$(owner_of "$mode")" timeout 60 festore "$command" --vault "$mode" "$@"
}

# answered WHO: what a get says; only the new content is one.
answered() {
	of get tag >got 2>err
	status=$?
	if [ $status -eq 0 ]; then
		same "$mode, $1: what is answered is the acknowledged content" got /home/hostile/new
	else
		echo "$mode, $1: $(cat err)" | comment
		[ $status -eq 7 ] || [ $status -eq 8 ]
		result $? "$mode, $1: or it is refused with 7 or 8, was $status"
	fi
}

preload
cp -a /home/hostile/tee/. $told/old/
expect 0 "both TAs are loaded" festore put --vault first tag /home/hostile/old
for mode in $modes; do
	gone_wrong=0
	hostile "$mode" 1
	answered hostile
	first=$status
	of put tag /home/hostile/old >out 2>err
	put=$?
	honest
	echo "$mode: $gone_wrong calls went wrong; get $first, put $put" | comment
	if [ $put -eq 0 ]; then
		of put tag /home/hostile/new >out 2>err
	fi
	answered honest
	if [ $status -ne 0 ]; then
		is "$mode: what is not proven says 7" $status 7
		expect 0 "$mode: recover" of recover --accept-rollback --yes
		of recover --seen >/dev/null 2>&1
		if [ $put -ne 0 ]; then
			answered recovered
			is "$mode: recovered" $status 0
		fi
	fi
	expect 0 "$mode: the other file" of get another
	same "$mode: is there" out /home/hostile/new
	expect 0 "$mode: the next put" of put tag /home/hostile/new
	expect 0 "$mode: fsck" of fsck
done
done_testing
