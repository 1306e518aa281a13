#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# First phase: a value is replaced and acknowledged, what was there before is put back while the TA lives, and looked at. It stays for
# the second.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/matrix.sh"

# Of a blob its own file: the old one is gone then, so the new one's place is taken by nothing.
expected_life() {
	case $part in
	vault | both) echo "refused (7), with both generations" ;;
	tee) echo new ;;
	blob) echo "damaged (6)" ;;
	esac
}

[ -e /home/alice/old ] || {
	head -c 70000 /dev/urandom >/home/alice/old
	head -c 70000 /dev/urandom >/home/alice/new
}
rm -rf $kept /home/alice/present
mkdir -p $kept/tee /home/alice/present
for anchor in $anchors; do
	if [ ! -d "$store/of-$anchor" ]; then
		when=
		[ "$anchor" = none ] || when='--anchor-when commit'
		# shellcheck disable=SC2086 # two words, or none
		expect 0 "init, anchor $anchor" of "$anchor" init -q --accept-insecure-huk --anchor "$anchor" $when
	fi
	expect 0 "$part, $anchor: the old value" of "$anchor" put tag /home/alice/old
	cp -a "$store/of-$anchor" $kept/
done
cp -a /var/lib/tee/. $kept/tee/
for anchor in $anchors; do
	# Two commits: one alone may have been cut off from its anchor, and is believed.
	expect 0 "$part, $anchor: the new value is acknowledged" of "$anchor" put tag /home/alice/new
	expect 0 "$part, $anchor: and another one" of "$anchor" put other /home/alice/new
done
swap $kept /home/alice/present
look life

rm -rf /home/alice/present
done_testing
