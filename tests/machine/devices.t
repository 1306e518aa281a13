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
diagnosis() {
	as nobody festore doctor
}
expect 5 "the doctor finds it" diagnosis
grep -q '^fault: device-closed: ' out
result $? "and says so"

expect 5 "somebody else's folder is closed to alice" sh -c '
	su -s /bin/sh -c "ls /var/lib/tee" alice >/dev/null 2>&1 || exit 5'
if [ "$storage" = vault ]; then
	as alice festore put tag /etc/passwd
	as_bob_there() {
		as bob env FESTORE_DIR=/home/alice/.local/share/festore festore "$@"
	}
	expect 5 "the store directory of another user is closed" as_bob_there get tag
	says "and it is said" 'Permission denied'
	expect 5 "also for a put" as_bob_there put tag /etc/passwd
	chmod -R a+rX /home/alice
	expect 5 "what may only be read cannot be used" as_bob_there get tag
	says "and it is said" 'cannot be read and written by this user'
	chmod -R go= /home/alice
	as alice festore rm tag
fi

is "root's and groups' stores are root's to make" "$(stat -c '%U %G %a' /var/lib/festore /var/lib/festore/group | tr '\n' ' ')" \
	"root root 755 root root 755 "

# What those see who keep the bytes: tee-supplicant, or root, in the store directory.
kept_in=/var/lib/tee
[ "$storage" = ree ] || kept_in=$(store_of alice)
printf 'a content that must not be seen' >in
as alice festore put a-tag-that-must-not-be-seen in
expect 1 "neither content nor tag lies in $kept_in" \
	grep -rq -e must-not-be-seen -e 'a content that must' "$kept_in"
printf 'a content that must be seen' >"$kept_in/control"
expect 0 "the same search finds a control" grep -rq -e 'a content that must' "$kept_in"
rm "$kept_in/control"
as alice festore rm a-tag-that-must-not-be-seen

done_testing
