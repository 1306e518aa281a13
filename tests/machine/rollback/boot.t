#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Second phase, after a boot with what was put back: looked at. Then the vaults are made whole for the next round.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/matrix.sh"

look boot
mend
# What crash.t does needs its own TAs.
expect 1 "the vault TA has no command by which it panics" festore-test-crash vault
expect 1 "nor has the objects TA" festore-test-crash objects
done_testing
