#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What after-reboot.t and after-cut.t look for.
. "$(dirname "$0")/../e2e/tap.sh"
forget alice

if [ "$storage" = rpmb ]; then bytes 4000 in; else bytes 40000 in; fi
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
if [ "$storage" = vault ]; then
	# One that the device remembers.
	rm -rf /home/bob/copy
	as bob festore destroy -f --vault kept 2>err
	expect 0 "a vault with an anchor" as bob festore init -q --accept-insecure-huk --vault kept --anchor ree --anchor-when commit
	expect 0 "put" as bob festore put --vault kept tag /etc/passwd
	cp -a "$(store_of bob)/kept" /home/bob/copy
	expect 0 "replace" as bob festore put --vault kept tag in
fi
sync
done_testing
