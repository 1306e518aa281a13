#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# After a power cut: each user's tags have what was last acknowledged, or what was under way when the power went.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/content.sh"

# holds TAG WHAT: the tag has that generation, or is not there for 0.
holds() {
	if [ "$2" -eq 0 ]; then
		[ "$(cat status)" -eq 3 ]
		return
	fi
	content "$1" "$2" >wanted
	[ "$(cat status)" -eq 0 ] && cmp -s wanted got
}

for user in $users; do
	log=$(log_of "$user")
	: >present
	for tag in $tags; do
		# "begin" in the last line: the power went before "done".
		last=$(sed -n "s/^\([a-z]*\) $tag [0-9]*$/\1/p" "$log" | tail -n 1)
		begun=$(sed -n "s/^begin $tag //p" "$log" | tail -n 1)
		decided=$(sed -n -e "s/^done $tag //p" -e "s/^found $tag //p" "$log" | tail -n 1)
		as "$user" festore get "$tag" >got 2>err
		echo $? >status
		if holds "$tag" "${decided:-0}"; then
			found=${decided:-0}
		elif [ "$last" = begin ] && holds "$tag" "$begun"; then
			found=$begun
		else
			found=
		fi
		promise="what was acknowledged"
		[ "$last" != begin ] || promise="old or new"
		[ -n "$found" ]
		result $? "$user, $tag: $promise"
		# What was old or new is that one from now on.
		[ "$last" != begin ] || [ -z "$found" ] || echo "found $tag $found" >>"$log"
		[ "$(cat status)" -eq 3 ] || echo "$tag" >>present
		comment <err
	done
	sort present >wanted
	expect 0 "$user: ls" as "$user" festore ls
	same "lists just the tags that can be had" wanted out
	expect 0 "$user: fsck finds nothing" as "$user" festore fsck
done
done_testing
