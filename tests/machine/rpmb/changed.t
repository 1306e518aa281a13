#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The old disk is back, and the eMMC's RPMB is not.
. "$(dirname "$0")/../../e2e/tap.sh"

is "what was replaced is the new one" "$(as alice festore get replaced)" new
expect 3 "what was removed is not there" as alice festore get removed
is "nothing else is there" "$(as alice festore ls)" replaced
PATH=${PATH#"$work"/bin:}
is "in ree it is the old one, which nothing tells" "$(as alice festore get --storage ree replaced)" old
done_testing
