#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# status: what there is and what it does not protect from.
. "$(dirname "$0")/tap.sh"

expect 0 "status" as alice festore status
grep -q '^rollback:  not detected' out
result $? "says that rollback is not detected"
grep -q '^live root: can act as any user' out
result $? "says what a live root can do"
grep -q '^OP-TEE:    .' out
result $? "has OP-TEE's version"
is "library and TA are of one release" "$(sed -n 's/^TA: *//p' out)" \
	"$(festore version | sed 's/festore //')"
expect 0 "status --json" as alice festore status --json
grep -q '"storage":"ree","size_max":1048576,"rollback_detected":false}$' out
result $? "says the same to programs"

done_testing
