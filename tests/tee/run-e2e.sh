#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Starts a fake TEE, runs end-to-end scripts against it under prove, once for each storage (FESTORE_E2E_STORAGES), ends it, and
# exits as prove did.
# usage: run-e2e.sh BUILD-FOLDER SCRIPT...
build=$(cd "$1" && pwd) || exit 2
shift
# The socket's path must be short (108 bytes), which a checkout's own path may not be.
run=$(mktemp -d "${TMPDIR:-/tmp}/fake-tee.XXXXXX") || exit 2
chmod 0755 "$run"
pid=
stop() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	[ -z "$pid" ] || wait "$pid" 2>/dev/null
	rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

"$build/fake-tee" --socket "$run/tee" --ta "$build/tas" --storage "$run/storage" --trust-claimed-ids 2>"$run/log" &
pid=$!
tries=0
until "$build/fake-tee" --control "$run/tee" counters >/dev/null 2>&1; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo "the fake TEE did not start:" >&2
		cat "$run/log" >&2
		exit 2
	fi
	sleep 0.05
done

# The groups' store directories are the same for all.
mkdir -m 0755 "$run/stores" "$run/stores/group"
for user in root alice bob carol; do
	mkdir -m 0700 "$run/stores/$user"
	ln -s ../group "$run/stores/$user/group"
done

# The fake has an RPMB, which most scripts are not about.
FESTORE_ANCHOR=${FESTORE_ANCHOR-none}
FESTORE_E2E=host
FESTORE_FAKE_TEE=$run/tee
FESTORE_E2E_STORES=$run/stores
# Of what runs festore without being a user.
FESTORE_DIR=$run/stores/nobody
FESTORE_FAKE_QUOTA=$run/quota
FAKE_TEE=$build/fake-tee
PATH=$build:$PATH
export FESTORE_ANCHOR FESTORE_DIR FESTORE_E2E FESTORE_E2E_STORES FESTORE_FAKE_QUOTA FESTORE_FAKE_TEE FAKE_TEE PATH
status=0
for storage in ${FESTORE_E2E_STORAGES:-vault ree}; do
	FESTORE_E2E_STORAGE=$storage
	export FESTORE_E2E_STORAGE
	echo "-- storage $storage"
	prove --timer "$@" || status=1
done
# A sanitizer's finding in the server is a failure too, also one at its end (leaks).
kill "$pid"
wait "$pid"
ended=$?
pid=
if [ $ended -ne 0 ]; then
	echo "the fake TEE ended with status $ended:" >&2
	cat "$run/log" >&2
	[ $status -ne 0 ] || status=1
elif [ $status -ne 0 ]; then
	sed 's/^/server: /' "$run/log" >&2
fi
exit $status
