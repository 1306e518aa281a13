#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Calls of both TAs past libteec with something changed, at random, for FESTORE_SHAKE_SECONDS: of real commands, so that they come far.
# No TA panics, bob's files and keys are untouched, and so is what alice does with whole calls afterwards.
. "$(dirname "$0")/../e2e/tap.sh"
only vault
seconds=${FESTORE_SHAKE_SECONDS:-20}
seed=${FESTORE_SHAKE_SEED:-$(date +%s)}
log=$work/shaken
: >"$log"
chmod 0666 "$log"
store=/home/alice/.local/share/festore
forget alice
forget bob
forget_keys bob

bytes 3000 his
bytes 200 small
bytes 70000 large
chmod 0644 his small large
mkdir in
cp small in/a
cp his in/b
chmod -R a+rX in
as bob festore put kept his
as bob festore put --storage ree kept his
as bob festore key gen kept --type ed25519
as bob festore sign --key kept -o signature his 2>err || : >signature
as bob festore key pub kept >kept.pub

# begin: alice has what the commands want.
begin() {
	as alice festore init 2>/dev/null
	as alice festore put f small
	as alice festore put g large
	as alice festore put --storage ree f small
	for type in p256 x25519 ed25519; do
		as alice festore key gen $type --type $type 2>/dev/null
	done
	as alice festore encrypt --key x25519 -o sealed small 2>/dev/null
	as alice festore encrypt --key p256 -o cms large 2>/dev/null
	as alice festore key pub p256 >peer 2>/dev/null
	rm -f exported
	as alice festore export -o exported 2>/dev/null
}

shaken() {
	seed=$((seed + 1))
	as alice timeout 60 env LD_PRELOAD=/usr/bin/festore-test-shake.so FESTORE_SHAKE_LOG="$log" FESTORE_SHAKE_SEED=$seed "$@" >/dev/null 2>&1
}

# What alice does, one command after the other.
round() {
	shaken festore put f small
	shaken festore get f
	shaken festore put g large
	shaken festore get --range 5000:100 g
	shaken festore ls -l
	shaken festore mv f h
	shaken festore stat h
	shaken festore rm h
	shaken festore put -r in dir
	shaken festore get --unproven g
	shaken festore fsck
	shaken festore header backup -o header
	shaken festore status
	shaken festore key ls -l
	shaken festore key gen new --type x25519
	shaken festore key rm new
	shaken festore sign --key ed25519 -o /dev/null small
	shaken festore sign --key p256 -o /dev/null small
	shaken festore decrypt --key x25519 -o opened sealed
	shaken festore decrypt --key p256 -o opened cms
	shaken festore key derive --peer peer -o /dev/null p256
	shaken festore cp --from vault --to ree f f
	shaken festore put --storage ree f small
	shaken festore get --storage ree f
	shaken festore put --storage ree g large
	shaken festore get --storage ree g
	shaken festore ls --storage ree
	shaken festore mv --storage ree g h
	shaken festore rm --storage ree h
	shaken festore import exported
}

begin
end=$(($(date +%s) + seconds))
rounds=0
while [ "$(date +%s)" -lt $end ]; do
	round
	begin >/dev/null 2>&1
	rounds=$((rounds + 1))
done
sum() {
	awk -v n="$1" '{ s += $n } END { print s + 0 }' "$log"
}
echo "$rounds rounds, seed up to $seed: $(sum 1) changed calls; Linux refused $(sum 2), OP-TEE $(sum 3), the TAs $(sum 4); accepted $(sum 5)" | comment
[ "$(sum 4)" -gt $((10 * seconds)) ] && [ "$(sum 5)" -gt 0 ]
result $? "they come as far as the TAs"
is "none found a TA dead" "$(sum 6)" 0

is "bob has his file" "$(as bob festore ls)" kept
as bob festore get kept >out
same "with its content" his out
as bob festore get --storage ree kept >out
same "that of ree too" his out
as bob festore key pub kept >out
same "and his key" kept.pub out
expect 0 "which finds right what it signed" as bob festore verify --key kept --signature signature his
expect 0 "his vault is well" as bob festore fsck

expect 0 "alice goes on" as alice festore put last his
as alice festore get last >out
same "with what she puts" his out
rm -rf "$store"
forget bob
forget_keys bob
done_testing
