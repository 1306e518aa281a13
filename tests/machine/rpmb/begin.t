#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What write.sh goes on from.
. "$(dirname "$0")/../../e2e/tap.sh"
forget alice

# value N: content of a length of its own, which says by itself whether it is whole.
value() { yes "value $1" | head -c $((10 + $1 * 397 % 4000)); }
value 0 >in
expect 0 "put" as alice festore put -q small in
expect 0 "put" as alice festore put -q moved in
done_testing
