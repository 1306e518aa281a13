#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# All tests on real OP-TEE, for each storage: one boot for the end-to-end scripts, then a reboot, then a power cut, then a
# broken environment.
# usage: run.sh, from the top of the repository, with the machine built
set -u
MACHINE_NAME=check
export MACHINE_NAME
machine=platform/machine
status=0
storages='vault ree'

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

# run SCRIPT...: for each storage.
run() {
	for storage in $storages; do
		echo "-- storage $storage"
		FESTORE_E2E_STORAGE=$storage prove --timer --exec tests/machine/exec.sh "$@" || status=1
	done
}

# As run, for vaults of the AEAD that is not the faster one here; the first script makes alice's anew.
run_again() {
	echo "-- storage vault, AES-256-GCM"
	FESTORE_AEAD=aes-256-gcm FESTORE_E2E_STORAGE=vault prove --timer --exec tests/machine/exec.sh "$@" || status=1
}

# OP-TEE reports a TA that panicked on the secure console.
no_panic() {
	if grep -q 'panicked with code\|TA panic' "$("$machine" folder)/secure.log"; then
		echo "a TA panicked: see $("$machine" folder)/secure.log" >&2
		status=1
	fi
}

boot() {
	"$machine" start "$@" || exit 1
}

# signal.t kills a client, of which tee-supplicant may die, and of that the TA: not a fault of its own.
everyday=()
for script in tests/e2e/*.t; do
	[ "$script" = tests/e2e/signal.t ] || everyday+=("$script")
done

stop
boot --fresh
run "${everyday[@]}" tests/machine/devices.t tests/machine/damage.t tests/machine/rawrequests.t tests/machine/trace.t tests/clients/*.t
run_again tests/e2e/vault.t tests/e2e/basics.t
no_panic
run tests/e2e/signal.t tests/machine/before.t
"$machine" stop || status=1
boot
run tests/machine/after-reboot.t
"$machine" cut || status=1
boot
run tests/machine/after-cut.t tests/machine/before-environment.t
"$machine" stop || status=1
boot
# A vault's anchor makes OP-TEE load the objects TA too, which is not to be loaded yet when its turn comes.
storages='ree vault'
run tests/machine/environment.t
[ $status -eq 0 ] || "$machine" logs
"$machine" stop || status=1
exit $status
