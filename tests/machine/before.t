#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What after-reboot.t and after-cut.t look for.
. "$(dirname "$0")/../e2e/tap.sh"
forget alice

bytes 40000 in
cp in "/home/alice/in.$storage"
expect 0 "put" as alice festore put survivor in
expect 0 "put of what will be replaced" as alice festore put replaced /etc/passwd
expect 0 "replace" as alice festore put replaced in
expect 0 "put of what will be removed" as alice festore put removed in
if [ "$storage" = vault ]; then
	rm -rf /home/alice/copy
	cp -a "$(store_of alice)/default" /home/alice/copy
fi
expect 0 "rm" as alice festore rm removed
sync
done_testing
