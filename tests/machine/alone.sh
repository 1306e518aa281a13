#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is made longer than in `make check` on real OP-TEE: one script, for the vault, in a fresh machine, after which no TA may have
# panicked but the one of this UUID.
# usage: alone.sh SCRIPT [UUID], from the top of the repository, with the machine built
set -u
MACHINE_NAME=${MACHINE_NAME:-check}
MACHINE_TEST_LIMIT=3600
FESTORE_E2E_STORAGE=vault
export FESTORE_E2E_STORAGE MACHINE_NAME MACHINE_TEST_LIMIT
machine=platform/machine

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

stop
"$machine" start --fresh || exit 1
prove --timer --exec tests/machine/exec.sh "$1" || exit 1
if grep 'Status of TA' "$("$machine" folder)/secure.log" | grep -v "Status of TA ${2:-none}"; then
	echo "a TA panicked" >&2
	exit 1
fi
