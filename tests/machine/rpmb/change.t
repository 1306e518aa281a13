#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is changed after it; and tee-supplicant's folder as it was before, in the same boot.
. "$(dirname "$0")/../../e2e/tap.sh"
tee=/var/lib/tee

cp -a $tee saved
printf new >in
expect 0 "replace" as alice festore put -q replaced in
expect 0 "remove" as alice festore rm removed
rm -rf ${tee:?}/*
cp -a saved/* $tee/
is "an old tee-supplicant's folder brings nothing back" "$(as alice festore get replaced)" new
expect 3 "what was removed neither" as alice festore get removed
PATH=${PATH#"$work"/bin:}
expect 0 "replace in ree" as alice festore put -q --storage ree replaced in
sync
done_testing
