#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A machine boots, and what matters most is tried on its OP-TEE: files in each storage, who may,
# and what is kept over a reboot and a power cut. All of the tests: run.sh.
# usage: smoke.sh, from the top of the repository, with the machine built
set -u
MACHINE_NAME=smoke
export MACHINE_NAME
machine=platform/machine
status=0

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

run() {
	FESTORE_E2E_STORAGE=$1 prove --timer --exec tests/machine/exec.sh "${@:2}" || status=1
}

stop
"$machine" start --fresh || exit 1
run vault tests/e2e/basics.t tests/e2e/status.t tests/e2e/move.t tests/machine/devices.t tests/machine/trace.t
run ree tests/e2e/basics.t tests/machine/before.t
run vault tests/machine/before.t
if grep -q 'panicked with code\|TA panic' "$("$machine" folder)/secure.log"; then
	echo "a TA panicked: see $("$machine" folder)/secure.log" >&2
	status=1
fi
"$machine" stop || status=1
"$machine" start || exit 1
run vault tests/machine/after-reboot.t
run ree tests/machine/after-reboot.t
"$machine" cut || status=1
"$machine" start || exit 1
run vault tests/machine/after-cut.t
[ $status -eq 0 ] || "$machine" logs
"$machine" stop || status=1
exit $status
