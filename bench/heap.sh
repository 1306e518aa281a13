#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does in the guest what takes the vault TA the most heap, with a TA that has little: lists, the largest files, several at once.
# usage: heap.sh FOLDER  (FOLDER has client, the TA and the vaults stores/tCOUNT); exit 1: something failed
set -eu

folder=$1
mount -t tmpfs -o mode=0755 tmpfs /var/lib/festore
cp "$folder/client" /tmp/bench-client
cp "$folder"/b4d298d3-c925-42ec-96d9-4437534aa455.ta /lib/optee_armtz/

/tmp/bench-client vault fill 1 10 >/dev/null
/tmp/bench-client vault large 67108864
for store in "$folder"/stores/t*; do
	[ -d "$store" ] || continue
	count=${store##*/t}
	cp -r "$store" /var/lib/festore/
	/tmp/bench-client "vault:t$count" ls 1
	/tmp/bench-client "vault:t$count" file 1048576 1
	/tmp/bench-client "vault:t$count" batch 1
	rm -r "/var/lib/festore/t$count"
done

# As many sessions as an owner may have, in the middle of a file or a list.
pids=
for _ in 1 2 3 4 5 6 7; do
	/tmp/bench-client vault middle 10 9 &
	pids="$pids $!"
	/tmp/bench-client vault ls 9 &
	pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
