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
expect 0 "rm" as alice festore rm -g $group shared
expect 2 "a group that there is not" as alice festore ls -g no-such-group
says "is named" 'there is no group no-such-group'
expect 2 "a storage that there is not" as alice festore ls --storage drum
says "is named" 'there is no storage drum'
expect 0 "the storage that there is" as alice festore ls --storage ree

forget alice
done_testing
