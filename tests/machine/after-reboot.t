#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What before.t stored is there after a power off and a boot; then more is stored without a sync.
. "$(dirname "$0")/../e2e/tap.sh"

# The claim of docs/THREATS.md on what nobody can tell without an anchor. First of all, since the TA accepts nothing older than
# what it has seen.
if [ "$storage" = vault ]; then
	store=$(store_of alice)
	mv "$store/default" "$store/present"
	cp -a /home/alice/copy "$store/default"
	expect 0 "a complete old copy is taken after a restart" as alice festore get removed
	rm -rf "$store/default"
	mv "$store/present" "$store/default"
	sync
	expect 3 "and so is the present one, when it is there again" as alice festore get removed
fi

# What an anchor is for.
if [ "$storage" = vault ]; then
	store=$(store_of bob)
	mv "$store/kept" "$store/present"
	cp -a /home/bob/copy "$store/kept"
	expect 7 "an old copy of a vault with an anchor is refused after a restart" as bob festore get --vault kept tag
	says "with both generations" 'rolled back: generation 2 is older than 3, which this device has acknowledged'
	expect 0 "it can be read unproven" as bob festore get --unproven --vault kept tag
	same "as it was" out /etc/passwd
	expect 7 "to count it would need more" as bob festore recover --yes --vault kept
	rm -rf "$store/kept"
	expect 7 "none at all too" as bob festore put --vault kept tag /etc/passwd
	says "with what the device knows" 'a vault of this name existed, generation 3, and its files are gone'
	rm -rf "$store/kept"
	mv "$store/present" "$store/kept"
	sync
	expect 0 "the present one is taken" as bob festore get --vault kept tag
	same "with what was put last" out /home/alice/in.vault
fi

expect 0 "get" as alice festore get survivor
same "is what was put" out "/home/alice/in.$storage"
expect 0 "get of what was replaced" as alice festore get replaced
same "is the replacement" out "/home/alice/in.$storage"
expect 3 "what was removed is not there" as alice festore get removed
is "nothing else is there" "$(as alice festore ls)" "replaced
survivor"

# The machine will be cut off the power right after this script, with no sync of ours.
printf 'acknowledged' >in
expect 0 "put before the power cut" as alice festore put acknowledged in
expect 0 "rm before the power cut" as alice festore rm replaced
done_testing
