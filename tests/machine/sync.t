#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What festore-sync.service calls when the system goes down: all vaults of users and groups are anchored, each by its owner.
. "$(dirname "$0")/../e2e/tap.sh"
only vault
all=/usr/lib/system/sync/festore-sync-all
group=teeclnt

# of USER COMMAND...: on the vault that this script is about.
of() {
	user=$1
	verb=$2
	shift 2
	as "$user" festore "$verb" --vault shutdown "$@"
}

# waiting USER [OPTION...]: commits that are not anchored.
waiting() {
	user=$1
	shift
	of "$user" status --json "$@" | sed -n 's/.*"anchor_window":\([0-9]*\).*/\1/p'
}

make_vault() {
	owner=$1
	shift
	expect 0 "$owner $*: a vault whose commits are anchored in groups" of "$owner" init -q --accept-insecure-huk --anchor ree "$@"
	for content in a b c; do
		echo $content >in
		of "$owner" put -q "$@" tag in
	done
	is "of which some wait" "$(waiting "$owner" "$@")" 2
}

expect 0 "root makes a group's folder" festore init -q -g $group
make_vault root
make_vault alice
make_vault bob
make_vault alice -g $group
expect 0 "a vault of carol's without an anchor" of carol init -q --accept-insecure-huk --anchor none

expect 0 "all are synced" $all
is "silently" "$(cat out err)" ""
for user in root alice bob; do
	is "none of $user's waits" "$(waiting $user)" 0
done
is "nor of the group's" "$(waiting alice -g $group)" 0
expect 0 "once more" $all

for user in alice bob; do
	echo d >in
	of $user put -q tag in
done
database=$(store_of alice)/shutdown/vault.db
mv "$database" aside
echo "no database" >"$database"
chown alice "$database"
expect 1 "one that is damaged is told of" $all
is "the others are synced all the same" "$(waiting bob)" 0
mv aside "$database"

of root destroy -f
for user in alice bob carol; do
	of $user destroy -f
done
of alice destroy -f -g $group
done_testing
