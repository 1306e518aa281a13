#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one TAP script of tests/ in the machine that is up, for the storage FESTORE_E2E_STORAGE:
# `prove --exec tests/machine/exec.sh SCRIPT`.
# FESTORE_GUEST_TOOLS: a folder there with programs, and libraries for them, which the machine else has not.
tools=
[ -z "${FESTORE_GUEST_TOOLS-}" ] || tools="PATH=/usr/bin:/usr/sbin:$FESTORE_GUEST_TOOLS LD_LIBRARY_PATH=$FESTORE_GUEST_TOOLS OPENSSL_CONF=$FESTORE_GUEST_TOOLS/openssl.cnf"
# shellcheck disable=SC2086 # several
exec "$(dirname "$0")/../../platform/machine" exec --timeout "${MACHINE_TEST_LIMIT:-900}" -- \
	env FESTORE_AEAD="${FESTORE_AEAD-}" FESTORE_SIGNAL_ROUNDS="${FESTORE_SIGNAL_ROUNDS-}" FESTORE_CROWD_SECONDS="${FESTORE_CROWD_SECONDS-}" \
	FESTORE_KILL_ROUNDS="${FESTORE_KILL_ROUNDS-}" FESTORE_FAULTS="${FESTORE_FAULTS-}" FESTORE_FAULT_READS="${FESTORE_FAULT_READS-}" \
	FESTORE_SHAKE_SECONDS="${FESTORE_SHAKE_SECONDS-}" FESTORE_SHAKE_SEED="${FESTORE_SHAKE_SEED-}" FESTORE_E2E_STORAGE="${FESTORE_E2E_STORAGE-}" $tools sh "/host/$1"
