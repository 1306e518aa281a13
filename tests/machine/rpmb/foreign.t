#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An eMMC with another key than this OP-TEE's: OP-TEE ends the TA, and the command says so.
. "$(dirname "$0")/../../e2e/tap.sh"

printf x >in
for call in 'put -q tag in' 'get replaced' ls 'rm replaced'; do
	# shellcheck disable=SC2086 # words are meant
	expect 8 "$call is refused" as alice festore $call
	says "and it is said why" 'is there no eMMC with an RPMB partition, or one with another key'
done
PATH=${PATH#"$work"/bin:}
is "the other storage of the TA still serves" "$(as alice festore get --storage ree replaced)" old
expect 8 "the doctor" as alice festore doctor --storage rpmb
grep -q '^fault: rpmb-closed: .*is there no eMMC with an RPMB partition, or one with another key' out
result $? "finds it"
done_testing
