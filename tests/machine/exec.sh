#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one TAP script of tests/ in the machine that is up, for the storage FESTORE_E2E_STORAGE:
# `prove --exec tests/machine/exec.sh SCRIPT`.
exec "$(dirname "$0")/../../platform/machine" exec --timeout "${MACHINE_TEST_LIMIT:-900}" -- \
	env FESTORE_AEAD="${FESTORE_AEAD-}" FESTORE_SIGNAL_ROUNDS="${FESTORE_SIGNAL_ROUNDS-}" FESTORE_CROWD_SECONDS="${FESTORE_CROWD_SECONDS-}" \
	FESTORE_KILL_ROUNDS="${FESTORE_KILL_ROUNDS-}" FESTORE_E2E_STORAGE="${FESTORE_E2E_STORAGE-}" sh "/host/$1"
