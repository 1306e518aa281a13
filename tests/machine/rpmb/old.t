#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is there before the disk is copied.
. "$(dirname "$0")/../../e2e/tap.sh"
forget alice

printf old >in
expect 0 "put" as alice festore put -q replaced in
expect 0 "put" as alice festore put -q removed in
PATH=${PATH#"$work"/bin:}
expect 0 "put in ree" as alice festore put -q --storage ree replaced in
sync
done_testing
