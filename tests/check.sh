#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All tests: those on the host and those in the emulated machine side by side, since each uses one core.
# The machine's output is kept and shown when the host's tests are through. Exits as the worse of the two.
# usage: tests/check.sh MAKE, from the top of the repository, with everything built that both need
set -u
make=$1
log=build/check-machine.log

"$make" --no-print-directory check-machine >"$log" 2>&1 &
machine=$!
# run.sh ends its machine when it is told to.
trap 'kill "$machine" 2>/dev/null; wait "$machine"' EXIT
trap 'exit 130' INT TERM

"$make" --no-print-directory check-host
host=$?

echo '== in the emulated machine, on real OP-TEE'
tail -n +1 -f --pid="$machine" "$log"
wait "$machine"
status=$?
[ $host -eq 0 ] || echo "tests on the host failed, see above"
[ $status -eq 0 ] || echo "tests in the machine failed, see above"
exit $((host | status))
