#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each user has a store; none can see, read, replace or remove another's.
. "$(dirname "$0")/tap.sh"
forget alice
forget bob

printf 'of alice' >a
printf 'of bob' >b
expect 0 "alice puts" as alice festore put secret a
expect 3 "bob cannot get it" as bob festore get secret
is "and gets no byte" "$(cat out)" ""
expect 3 "bob cannot stat it" as bob festore stat secret
expect 3 "bob cannot remove it" as bob festore rm secret
expect 0 "bob can list" as bob festore ls
is "and sees nothing" "$(cat out)" ""
expect 3 "nor can root, being another user" as root festore get secret

expect 0 "bob puts under the same tag" as bob festore put secret b
expect 0 "alice gets" as alice festore get secret
same "hers" out a
expect 0 "bob gets" as bob festore get secret
same "his" out b
expect 0 "bob removes" as bob festore rm secret
expect 0 "alice still has hers" as alice festore get secret
same "unchanged" out a

as alice festore status --json >alice.json
as bob festore status --json >bob.json
is "the TEE knows alice by the kernel's word (UUIDv5 of uid=3e9)" \
	"$(sed 's/.*"owner":"\([^"]*\)".*/\1/' alice.json)" a51aa430-d8bb-5880-9c5c-65ad1a49bb75
! cmp -s alice.json bob.json
result $? "and bob is another owner"

expect 5 "a public login has no store" as alice festore-test-login public
as alice festore-test-login application >out
[ $? -ne 0 ]
result $? "an application login does not get in (Linux has none)"
expect 0 "a user login has one" as alice festore-test-login user

forget alice
done_testing
