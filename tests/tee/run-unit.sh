#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs unit test programs one after the other and says in a line each what became of them; a failing one shows its output.
# usage: run-unit.sh FLAVOUR PROGRAM...
flavour=$1
shift
failed=0
total=0
for program in "$@"; do
	log=$program.log
	name=$(basename "$program")
	# The fake's panics are wanted; what they print is not, unless the test fails.
	if "$program" >"$log" 2>&1; then
		count=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
		printf 'ok   %-10s %-20s %s tests\n' "$flavour" "$name" "${count:-?}"
		total=$((total + ${count:-0}))
	else
		printf 'FAIL %-10s %-20s exit status %s\n' "$flavour" "$name" $?
		sed 's/^/     /' "$log"
		failed=$((failed + 1))
	fi
done
printf 'unit %s: %s tests passed, %s of %s programs failed\n' "$flavour" "$total" "$failed" $#
[ "$failed" -eq 0 ]
