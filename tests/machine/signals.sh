#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Signals in great number on real OP-TEE: tests/e2e/signal.t with FESTORE_SIGNAL_ROUNDS rounds.
# usage: signals.sh, from the top of the repository, with the machine built
set -u
MACHINE_NAME=check
MACHINE_TEST_LIMIT=1800
export MACHINE_NAME MACHINE_TEST_LIMIT
machine=platform/machine

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

stop
"$machine" start --fresh || exit 1
prove --timer --exec tests/machine/exec.sh tests/e2e/signal.t
