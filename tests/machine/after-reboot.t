#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What before.t stored is there after a power off and a boot; then more is stored without a sync.
. "$(dirname "$0")/../e2e/tap.sh"

expect 0 "get" as alice festore get survivor
same "is what was put" out /home/alice/in
expect 0 "get of what was replaced" as alice festore get replaced
same "is the replacement" out /home/alice/in
expect 3 "what was removed is not there" as alice festore get removed
is "nothing else is there" "$(as alice festore ls)" "replaced
survivor"

# The machine will be cut off the power right after this script, with no sync of ours.
printf 'acknowledged' >in
expect 0 "put before the power cut" as alice festore put acknowledged in
expect 0 "rm before the power cut" as alice festore rm replaced
done_testing
