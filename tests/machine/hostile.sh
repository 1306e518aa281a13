#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A hostile tee-supplicant on real OP-TEE: behind vaults with anchors in its folder and across a
# boot. The TA that keeps objects may panic, the vault's may not.
# usage: hostile.sh UUID-OF-THE-VAULT-TA, from the top of the repository, with the machine built
set -u
MACHINE_NAME=${MACHINE_NAME:-hostile}
MACHINE_TEST_LIMIT=1800
FESTORE_E2E_STORAGE=vault
export MACHINE_NAME MACHINE_TEST_LIMIT FESTORE_E2E_STORAGE
machine=platform/machine
status=0

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

phase() {
	prove --timer --exec tests/machine/exec.sh "tests/machine/hostile/$1.t" || status=1
	if grep "Status of TA $uuid" "$("$machine" folder)/secure.log"; then
		echo "the vault TA panicked" >&2
		status=1
	fi
}

uuid=$1
stop
"$machine" start --fresh || exit 1
phase life
"$machine" stop || status=1
"$machine" start || exit 1
phase boot
exit $status
