#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one TAP script of tests/ in the machine that is up: `prove --exec tests/machine/exec.sh SCRIPT`.
exec "$(dirname "$0")/../../platform/machine" exec --timeout 300 -- sh "/host/$1"
