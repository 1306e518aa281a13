#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A group has a store that its members share; others are refused, and users' own stores are apart.
# On the machine alice and bob are in teeclnt and not in tee.
. "$(dirname "$0")/tap.sh"
group=teeclnt
other="tee"
if [ "${FESTORE_E2E:-machine}" = host ]; then
	group=daemon
	other=nogroup
	fake_gid=$(id -g daemon)
fi
forget alice
printf 'of all' >in

if [ "$storage" = vault ]; then
	expect 0 "ls of a group without a folder" as alice festore ls -g $group
	if [ "$(as alice id -u)" -ne 0 ]; then
		expect 5 "a put there" as alice festore put -g $group shared in
		says "says what is missing" 'root makes it with festore init -g GROUP'
	fi
	init_as_root() {
		(
			fake_gid=0
			as root festore init -g "$1"
		)
	}
	if [ "$(id -u)" -eq 0 ]; then
		# Root is no member.
		expect 0 "root makes the folder" init_as_root $group
		says "and is told what is left to do" "a vault in it is made by a member's init or first put"
		folder=/var/lib/festore/group/$group
		[ "${FESTORE_E2E:-machine}" = machine ] || folder=$FESTORE_E2E_STORES/group/$group
		is "for the group, all of it" "$(stat -c '%U %G %a' "$folder")" "root $group 2770"
		expect 0 "a second time too" init_as_root $group
		expect 2 "not for a group that there is not" init_as_root no-such-group
		says "and names it" 'there is no group no-such-group'
	fi
fi

expect 0 "alice puts for the group" as alice festore put -g $group shared in
expect 3 "her own store does not have it" as alice festore get shared
expect 0 "alice gets it back" as alice festore get --group $group shared
same "unchanged" in out
expect 0 "bob, a member, gets it" as bob festore get -g $group shared
same "unchanged" in out
expect 5 "who is not in a group is refused its store" as alice festore get -g $other shared
says "and is told why" 'not in the group'
expect 0 "ls" as alice festore ls -g $group
is "has it" "$(cat out)" shared
printf 'of bob' >in
expect 0 "bob replaces it" as bob festore put -g $group shared in
expect 0 "alice gets that" as alice festore get -g $group shared
same "as it is" in out
expect 0 "alice replaces it again" as alice festore put -g $group shared in
if [ "$storage" = vault ] && [ "${FESTORE_E2E:-machine}" = machine ]; then
	is "its files are the group's" "$(find "$folder/default" -exec stat -c '%G %a' {} + | sort -u | tr '\n' ' ')" \
		"$group 2770 $group 660 "
fi
expect 0 "rm" as alice festore rm -g $group shared
expect 2 "a group that there is not" as alice festore ls -g no-such-group
says "is named" 'there is no group no-such-group'
expect 2 "a storage that there is not" as alice festore ls --storage drum
says "is named" 'there is no storage drum'
expect 0 "the storage that there is" as alice festore ls --storage ree

forget alice
done_testing
