#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What environment.t, after the next boot, checks that nothing was lost of.
. "$(dirname "$0")/../e2e/tap.sh"
forget alice

bytes 3000 small
bytes 300000 large
cp small "/home/alice/small.$storage"
cp large "/home/alice/large.$storage"
expect 0 "put of a small file" as alice festore put kept/small small
expect 0 "put of a large one" as alice festore put kept/large large
sync
done_testing
