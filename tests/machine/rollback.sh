#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The rollback matrix on real OP-TEE, in the machine with an RPMB: what a vault of each anchor says when an old copy of the vault's files, of
# tee-supplicant's folder, or of both is put back, in one life of the TA and across a boot. Everything but the eMMC is in those two.
# usage: rollback.sh, from the top of the repository, with the machine built. Prints the table that docs/THREATS.md has.
set -u
MACHINE=qemu-arm64-rpmb MACHINE_NAME=rollback
FESTORE_E2E_STORAGE=vault
export MACHINE MACHINE_NAME FESTORE_E2E_STORAGE
machine=platform/machine
status=0

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

phase() {
	prove --timer --exec tests/machine/exec.sh "tests/machine/rollback/$1.t" || status=1
}

stop
"$machine" start --fresh || exit 1
table=$("$machine" folder)/share/rollback
rm -rf "$table"
mkdir -m 0777 "$table"
for part in vault tee both blob; do
	echo $part >"$table/part"
	phase life
	"$machine" stop || status=1
	"$machine" start || exit 1
	phase boot
done
echo '| put back | anchor | in one life of the TA | across a boot |'
echo '|---|---|---|---|'
join -t '|' <(sort "$table/life") <(sort "$table/boot") | sed 's/^\([^ ]*\) \([^|]*\)|/| \1 | \2 | /; s/|\([^ |]\)/| \1/g; s/\([^ |]\)|/\1 |/g; s/$/ |/'
"$machine" stop || status=1
exit $status
