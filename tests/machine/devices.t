#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Who may use the TEE, and who keeps its files: as the files in system/ decide on a real system.
. "$(dirname "$0")/../e2e/tap.sh"

is "/dev/tee0 is for the group teeclnt" "$(stat -c '%U %G %a' /dev/tee0)" "root teeclnt 660"
is "/dev/teepriv0 is for tee-supplicant" "$(stat -c '%U %G %a' /dev/teepriv0)" "tee tee 600"
is "tee-supplicant's folder is its own" "$(stat -c '%U %G %a' /var/lib/tee)" "tee tee 700"
# shellcheck disable=SC2009 # busybox shows no users otherwise
is "tee-supplicant is not root" "$(ps -o user,comm | grep -c '^tee  *tee-supplicant')" 1

cannot_open() {
	as nobody festore ls
}
expect 5 "who is not in teeclnt is denied" cannot_open
says "and is told why" 'teeclnt'

expect 5 "somebody else's folder is closed to alice" sh -c '
	su -s /bin/sh -c "ls /var/lib/tee" alice >/dev/null 2>&1 || exit 5'

# The claim of docs/SPEC.md on what tee-supplicant sees.
printf 'a content that must not be seen' >in
as alice festore put a-tag-that-must-not-be-seen in
expect 1 "neither content nor tag lies in /var/lib/tee" \
	grep -rq -e must-not-be-seen -e 'a content that must' /var/lib/tee
printf 'a content that must be seen' >/var/lib/tee/control
expect 0 "the same search finds a control" grep -rq -e 'a content that must' /var/lib/tee
rm /var/lib/tee/control
as alice festore rm a-tag-that-must-not-be-seen

done_testing
