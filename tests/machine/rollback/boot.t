#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Second phase, after a boot with what was put back: looked at. Then the vaults are made whole for the next round.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/matrix.sh"

expected_boot() {
	case $part.$1 in
	vault.none | both.none) echo "OLD, unnoticed" ;;
	vault.*) echo "refused (7), with both generations" ;;
	both.ree) echo "OLD, unnoticed" ;;
	both.rpmb) echo "refused (7), with both generations" ;;
	tee.ree) echo "refused (7)" ;;
	tee.*) echo new ;;
	blob.*) echo "damaged (6)" ;;
	esac
}

look boot
for anchor in $anchors; do
	of "$anchor" put again /home/alice/new >out 2>&1 || of "$anchor" recover --accept-rollback --yes >out 2>&1
	of "$anchor" recover --seen >/dev/null 2>&1
	expect 0 "$part, $anchor: a recovered vault takes changes" of "$anchor" put again /home/alice/new
	of "$anchor" rm tag >/dev/null 2>&1
	of "$anchor" fsck >found 2>&1 || of "$anchor" fsck --repair >found 2>&1
done
done_testing
