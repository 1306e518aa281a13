#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What was there before is put back, and then a TA panics: either, or both. After a boot with no other use of the TAs before, as they are those
# of tests/crash, which are the product's but for one command, and a TA once loaded stays loaded.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/matrix.sh"
crash=/usr/share/festore-test/crash

# While the vault TA lives it knows what is present, whatever became of the other.
expected_objects() {
	expected_life
}

expected_vault() {
	expected_boot "$1"
}

expected_tas() {
	expected_boot "$1"
}

panic() {
	expect 0 "$part: the $1 TA panics" festore-test-crash "$1"
}

cp $crash/*.ta /lib/optee_armtz/
for crashed in objects vault tas; do
	put_back
	case $crashed in
	tas)
		panic vault
		panic objects
		;;
	*) panic $crashed ;;
	esac
	look $crashed
	mend
done
done_testing
