#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What openssl and ssh-keygen make of keys in real OP-TEE, and it of theirs: the end-to-end scripts that use them, in a fresh machine that
# is given both, with what they need. Emulated, they take longer than `make check` has.
# usage: interop.sh ROOT, where Debian's packages for the machine are unpacked; from the top of the repository, with the machine built
set -u
root=$1
MACHINE_NAME=${MACHINE_NAME:-check}
MACHINE_TEST_LIMIT=3600
FESTORE_E2E_STORAGE=vault
FESTORE_GUEST_TOOLS=/host/share/tools
export FESTORE_E2E_STORAGE FESTORE_GUEST_TOOLS MACHINE_NAME MACHINE_TEST_LIMIT
machine=platform/machine
libraries=$root/usr/lib/aarch64-linux-gnu

stop() {
	"$machine" status >/dev/null 2>&1 && "$machine" cut
}
trap stop EXIT
trap 'exit 130' INT TERM

stop
"$machine" start --fresh || exit 1
tools=$("$machine" folder)/share/tools
rm -rf "$tools"
mkdir -p "$tools"
cp -L "$root"/usr/bin/openssl "$root"/usr/bin/ssh-keygen "$root"/etc/ssl/openssl.cnf "$libraries"/libssl.so.3 "$libraries"/libselinux.so.1 \
	"$libraries"/libpcre2-8.so.0 "$tools/" || exit 1
status=0
prove --timer --exec tests/machine/exec.sh tests/e2e/interop.t tests/e2e/decrypt.t tests/e2e/certificate.t tests/e2e/derive.t \
	tests/e2e/import.t tests/e2e/keys.t || status=1
if grep 'panicked with code\|TA panic' "$("$machine" folder)/secure.log"; then
	echo "a TA panicked" >&2
	status=1
fi
exit $status
