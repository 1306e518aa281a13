#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Quotas of users and groups: what goes beyond one is refused before it is stored, in one sentence; the file that sets them, and
# each way in which it can be wrong.
. "$(dirname "$0")/tap.sh"
quotas=${FESTORE_FAKE_QUOTA:-/etc/festore/quota}
owner=alice
group=teeclnt
if [ "${FESTORE_E2E:-machine}" = host ]; then
	owner=$(id -un)
	group=$(id -gn)
	fake_gid=$(id -g)
fi
uid=$(as alice id -u)
mkdir -p "$(dirname "$quotas")"
rm -f "$quotas"
trap 'rm -rf "$work" "$quotas"' EXIT
umask 022
forget alice

# allow LINE...
allow() {
	printf '%s\n' "$@" >"$quotas"
}

bytes 10000 small
bytes 400000 large
bytes 900000 larger
bytes 3000000 huge

if [ "$storage" = ree ]; then
	allow '* 1K'
	expect 0 "a quota is nothing to the storage ree" as alice festore put small small
	forget alice
	done_testing
	exit
fi
as alice festore destroy -f 2>/dev/null

# used: bytes, as status says.
used() {
	as alice festore status --json | sed 's/.*"quota_used":\([0-9]*\).*/\1/'
}
blobs() {
	find "$(store_of alice)/default/blobs" -type f ! -path '*/orphans/*' | wc -l
}

# --- none ---

expect 0 "without a file" as alice festore put -q small small
expect 0 "status" as alice festore status
grep -q '^quota:     none$' out
result $? "says that there is no quota"
expect 0 "status --json" as alice festore status --json
grep -q '"quota_status":0,"quota":null,"quota_used":null' out
result $? "too"

# --- of a user ---

allow "$owner 2M"
expect 0 "a put that fits" as alice festore put large large
as alice festore status >out
is "status shows it" "$(sed -n 's/^quota: *\([0-9]* bytes\), of which [0-9]* are used$/\1/p' out)" '2097152 bytes'
[ "$(used)" -gt 400000 ] && [ "$(used)" -lt 1500000 ]
result $? "and what is used of it"
before=$(used)
expect 9 "a put that does not" as alice festore put huge huge
says "says so" "^festore: put: huge: the quota of 2.0 MiB of user $owner is used up: 1.[0-9] MiB used, [0-9]* KiB more wanted$"
is "stores nothing" "$(as alice festore ls | tr '\n' ' ')" "large small "
is "leaves nothing on the disk" "$(blobs) $(used)" "1 $before"
piped() {
	as alice festore put piped <huge
}
expect 9 "nor from a pipe" piped
is "leaves nothing either" "$(blobs)" 1
expect 9 "a put in place of something" as alice festore put small huge
as alice festore get small >out
same "leaves it" out small
mkdir tree
cp huge tree/b
cp small tree/a
expect 9 "put -r" as alice festore put -r tree tree
tar -cf archive tree
expect 9 "import" as alice festore import again archive
expect 0 "put up to the quota" as alice festore put more larger
expect 9 "cp" as alice festore cp more copy
is "and nothing of it" "$(blobs)" 2
expect 0 "mv goes" as alice festore mv more moved
expect 0 "get goes" as alice festore get moved -o back
same "as ever" back larger

# --- above it ---

allow "$owner 100K"
expect 9 "what is new has no room" as alice festore put new small
expect 9 "nor what is larger" as alice festore put small large
expect 0 "a replacement of the same size has" as alice festore put large large
expect 0 "a smaller one too" as alice festore put moved large
expect 0 "rm goes" as alice festore rm moved
expect 9 "in a vault of another name neither" as alice festore put --vault unmade new small
[ ! -e "$(store_of alice)/unmade" ]
result $? "which is not made"
expect 0 "rm to the end" as alice festore rm small large

# --- who is meant ---

allow '* 10M' "$owner 100K" '@* 10M'
expect 9 "the user's line counts before that for all" as alice festore put new large
allow "* 100K" "$uid 10M"
expect 0 "a number is a user" as alice festore put new large
allow "* 100K # little" '' '# and no more' "@$group 10M" "nobody-of-this-name 10M"
expect 9 "the line for all is for all" as alice festore put new2 large
allow '@* 100K' "@$group 100K"
expect 0 "groups are no users" as alice festore put new2 large
if [ "$(id -u)" -eq 0 ]; then
	as root festore init -g "$group" 2>/dev/null
	as alice festore put -q -g "$group" shared small
	allow '* 10M' "@* 100K"
	expect 9 "a group has a quota of its own" as alice festore put -g "$group" shared large
	says "and its name" "of group $group is used up"
	expect 0 "which is not the user's" as alice festore put new2 large
	allow "@$group 10M" '@* 100K'
	expect 0 "a group's line" as alice festore put -g "$group" shared large
	as alice festore destroy -g "$group" -f
fi

# --- wrong files ---

for line in "$owner" "$owner 10k" "$owner -1" "$owner 1 M" '@ 10M' 'bob ten' 'bob 99999999999999999999'; do
	allow '* 10M' '# second' "$line"
	expect 1 "a put with the line '$line'" as alice festore put new small
	says "says where it is wrong" "^festore: put: new: $quotas:3: "
done
expect 0 "what stores nothing goes" as alice festore get new -o back
expect 0 "so does rm" as alice festore rm new2
expect 1 "status shows it" as alice festore status
grep -q '^quota:     CANNOT BE READ$' out && grep -q "^           $quotas:3: " out
result $? "with the reason"
expect 1 "as JSON too" as alice festore status --json
grep -q '"vault_status":0,.*"quota_status":1,"quota":null' out
result $? "in numbers"
allow "$owner 10M" "$uid 10M"
expect 1 "two lines for one user" as alice festore put new small
says "are one too many" ':2: a line before has the same user or group'
allow '* 10M'
chmod 0666 "$quotas"
expect 1 "a file that anybody may write to" as alice festore put new small
says "is refused" "$quotas must be root's, and nobody else may write to it"
if [ "${FESTORE_E2E:-machine}" = machine ]; then
	chmod 0644 "$quotas"
	chown alice "$quotas"
	expect 1 "one of another user" as alice festore put new small
	says "is refused" "must be root's"
	chown root "$quotas"
	chmod 0600 "$quotas"
	expect 1 "one that the user may not read" as alice festore put new small
	says "is told" "cannot read $quotas: Permission denied"
fi
rm -f "$quotas"
mkdir "$quotas"
expect 1 "a folder" as alice festore put new small
says "is refused" 'is not a regular file'
rmdir "$quotas"
expect 0 "without the file all is as before" as alice festore put new small

forget alice
done_testing
