#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What runs in the booted image, as root: that everything is up, and festore's smoke list. Where this repository's tests/ is mounted.
# usage: guest.sh first|again
. "$(dirname "$0")/../e2e/tap.sh"

is "systemd is content" "$(systemctl is-system-running --wait)" running
systemctl list-units --failed --plain --no-legend | comment
is "tee-supplicant runs" "$(systemctl is-active tee-supplicant)" active
is "vaults will be anchored when it goes down" "$(systemctl is-active festore-sync)" active
is "ssh runs" "$(systemctl is-active ssh)" active
is "as the user tee" "$(ps -o user= -C tee-supplicant)" tee
is "/dev/tee0 is for the group teeclnt" "$(stat -c '%U %G %a' /dev/tee0)" "root teeclnt 660"
is "its folder is its own" "$(stat -c '%U %G %a' /var/lib/tee)" "tee tee 700"
[ "$(df --output=size -k / | tail -n 1)" -gt 430000 ]
result $? "the root file system has grown over the card"
is "nobody but root may read root's ssh keys' folder" "$(stat -c %a /etc/ssh/ssh_host_ed25519_key)" 600

if [ "$1" = first ]; then
	for user in alice bob carol; do
		useradd -m -G teeclnt "$user"
		chmod 0700 "/home/$user"
	done
	expect 0 "status" as alice festore status --json
	grep -q '"ta_signature":"own"' out
	result $? "the TA is signed with a key of one's own"
	expect 1 "init on a machine whose key everybody knows" as alice festore init
	says "says what it takes" accept-insecure-huk
	# Carol is none of whom other scripts remove the files.
	printf 'kept over a reboot' >in
	expect 0 "put" as carol festore put kept in
	cp /etc/ssh/ssh_host_ed25519_key.pub /root/first.pub
	sync
else
	expect 0 "what was put before the reboot is there" as carol festore get kept
	is "whole" "$(cat out)" 'kept over a reboot'
	same "ssh's key is the same" /etc/ssh/ssh_host_ed25519_key.pub /root/first.pub
fi
done_testing
