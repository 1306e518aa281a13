#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The session that the demo shows, one act per call, run in the guest as the user who types it. What each comparison gave goes to
# /host/share/results, one line "ok TEXT" or "FAILED TEXT"; demo.sh counts them.
user=$(id -un)
sign='$'
[ "$user" != root ] || sign='#'
results=/host/share/results

# Shows a command as typed, then runs it.
typed() {
	printf '%s@festore:%s%s %s\n' "$user" "$PWD" "$sign" "$1"
	eval "$1"
	status=$?
}

note() {
	if [ "$1" = 0 ]; then
		echo "ok $2" >>"$results"
	else
		echo "FAILED $2" >>"$results"
		echo "demo: FAILED: $2" >&2
	fi
}

# The last typed command's exit status against what it should be.
expect() {
	[ "$status" = "$1" ]
	note $? "$2 (exit status $status, expected $1)"
}

# Inputs and outputs lie on tmpfs: the disk gets to see only what festore stores.
desk() {
	rm -rf "/tmp/$user"
	mkdir -m 0700 "/tmp/$user" && cd "/tmp/$user" || exit 1
	[ "$user" != alice ] || cp /host/share/in/* .
}

act_put() {
	desk
	typed 'ls -l'
	typed 'festore put diary/monday README.md'
	expect 0 'alice stores README.md'
	typed 'festore put holiday-photo photo.bin'
	expect 0 'alice stores 60 KiB of random bytes'
	typed 'festore ls -l'
	typed 'festore stat holiday-photo'
	expect 0 'alice looks at one'
	typed 'festore get holiday-photo -o back.bin'
	typed 'cmp photo.bin back.bin && echo identical'
	expect 0 'the random bytes come back identical'
	typed 'festore get diary/monday | cmp - README.md && echo identical'
	expect 0 'README.md comes back identical'
}

act_bob() {
	desk
	typed 'festore ls'
	expect 0 'bob lists his own store'
	[ -z "$(festore ls)" ]
	note $? 'bob sees none of alice'\''s tags'
	typed 'festore get holiday-photo >stolen.bin'
	expect 3 'bob cannot get alice'\''s file'
	[ ! -s stolen.bin ]
	note $? 'bob got no bytes of it'
}

act_again() {
	desk
	typed 'festore ls'
	typed 'festore get diary/monday | cmp - README.md && echo identical'
	expect 0 'README.md is identical after power off and boot'
	typed 'festore get holiday-photo | cmp - photo.bin && echo identical'
	expect 0 'the random bytes are identical after power off and boot'
}

act_replace() {
	desk
	typed 'festore put holiday-photo other.bin'
	expect 0 'alice replaces a file'
	typed 'festore get holiday-photo | cmp - other.bin && echo identical'
	expect 0 'the replacement comes back identical'
}

act_remove() {
	desk
	typed 'festore rm holiday-photo'
	expect 0 'alice removes a file'
	typed 'festore get holiday-photo'
	expect 3 'the removed file is not found'
	typed 'festore ls'
	[ "$(festore ls)" = diary/monday ]
	note $? 'the other file is still there, alone'
}

# A file in the clear on the same disk: if the search cannot find this one, it proves nothing about the others.
act_control() {
	cd /home/alice || exit 1
	cp /host/share/control/planted-control.bin .
	sync
}

# Flips a bit of a stored byte. OP-TEE keeps two places for each 4 KiB block and writes the one that is not in use; in an object
# written once, the blocks that are not all zero are the ones in use. The first block is left alone: it holds the two headers.
act_tamper() {
	cd /var/lib/tee || exit 1
	file=
	for candidate in [0-9]*; do
		if [ -z "$file" ] || [ "$(stat -c %s "$candidate")" -gt "$(stat -c %s "$file")" ]; then
			file=$candidate
		fi
	done
	block=4
	while [ -z "$(dd if="$file" bs=4096 skip="$block" count=1 2>/dev/null | tr -d '\0')" ]; do
		block=$((block + 1))
		[ "$block" -lt 64 ] || exit 1
	done
	at=$((block * 4096 + 100))
	old=$(dd if="$file" bs=1 skip="$at" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
	new=$((old ^ 1))
	printf '%s@festore:%s%s # flips byte %d of %s: %d becomes %d\n' "$user" "$PWD" "$sign" "$at" "$file" "$old" "$new"
	# shellcheck disable=SC2059 # the byte is the format
	printf "\\$(printf %03o "$new")" | dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
	sync
}

act_damaged() {
	desk
	typed 'festore get holiday-photo -o back.bin'
	expect 6 'festore says that the file is damaged'
	[ ! -e back.bin ]
	note $? 'nothing of the damaged file was returned as data'
	typed 'festore get diary/monday | cmp - README.md && echo identical'
	expect 0 'the other file is still identical'
	echo '(OP-TEE'\''s own storage deletes an object that it found damaged:)'
	typed 'festore ls'
}

"act_$1"
