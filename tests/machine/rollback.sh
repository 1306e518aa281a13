#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The rollback matrix on real OP-TEE, in the machine with an RPMB: what a vault of each anchor says when an old copy of its database, of its blobs,
# of tee-supplicant's folder, of two of these or of all is put back, in one life of the TA, across a crash of a TA, and across a boot. Everything
# but the eMMC is in the three.
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
parts='database blobs folder database+blobs database+folder blobs+folder all'
for part in $parts; do
	echo "${part/all/database+blobs+folder}" >"$table/part"
	phase life
	"$machine" stop || status=1
	"$machine" start || exit 1
	phase boot
done
"$machine" stop || status=1
"$machine" start || exit 1
for part in $parts; do
	echo "${part/all/database+blobs+folder}" >"$table/part"
	phase crash
done
echo '| put back | anchor | in one life of the TAs | the objects TA crashed | the vault TA crashed | both crashed | across a boot |'
echo '|---|---|---|---|---|---|---|'
for part in $parts; do
	part=${part/all/database+blobs+folder}
	for anchor in none ree rpmb; do
		row="| $part | $anchor |"
		for column in life objects vault tas boot; do
			row+=" $(sed -n "s/^$part $anchor|//p" "$table/$column") |"
		done
		echo "$row"
	done
done
"$machine" stop || status=1
exit $status
