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
	typed 'festore status | grep -A1 ^vault'
	typed 'festore put --storage ree old-photo photo.bin'
	expect 0 'alice stores a file in OP-TEE'\''s own storage too'
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
	typed 'festore cp --from ree old-photo'
	expect 0 'alice copies from OP-TEE'\''s own storage into her vault'
	typed 'festore get old-photo | cmp - photo.bin && echo identical'
	expect 0 'the copy is identical'
	typed 'festore rm old-photo && festore rm --storage ree old-photo'
	expect 0 'alice removes it from both'
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

# flip FILE AT: flips a bit of the byte there, and shows it.
flip() {
	old=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
	new=$((old ^ 1))
	printf '%s@festore:%s%s # flips byte %d of %s: %d becomes %d\n' "$user" "$PWD" "$sign" "$2" "$1" "$old" "$new"
	# shellcheck disable=SC2059 # the byte is the format
	printf "\\$(printf %03o "$new")" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
	sync
}

# In the part of alice's vault that the last file was written to. A second time it is what it was.
act_tamper() {
	cd /home/alice/.local/share/festore/default || exit 1
	flip vault.db-wal $(($(stat -c %s vault.db-wal) - 20000))
}

act_tampered() {
	desk
	typed 'festore get holiday-photo -o back.bin'
	expect 7 'festore says that the vault is not what it was'
	[ ! -e back.bin ]
	note $? 'nothing of the damaged file was returned as data'
	typed 'festore status | grep -A1 ^vault'
}

act_mended() {
	desk
	typed 'festore get holiday-photo | cmp - photo.bin && echo identical'
	expect 0 'with the bit as it was the file is identical: festore has deleted nothing'
	typed 'festore get diary/monday | cmp - README.md && echo identical'
	expect 0 'and so is the other one'
}

# OP-TEE keeps two places for each 4 KiB block and writes the one that is not in use; in an object written once, the blocks that are
# not all zero are the ones in use. The first block is left alone: it holds the two headers.
act_tamper_ree() {
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
	flip "$file" $((block * 4096 + 100))
}

act_damaged_ree() {
	desk
	typed 'festore get --storage ree old-photo -o back.bin'
	expect 6 'festore says that the file in OP-TEE'\''s own storage is damaged'
	[ ! -e back.bin ]
	note $? 'nothing of that one was returned as data'
	echo '(OP-TEE'\''s own storage deletes an object that it found damaged:)'
	typed 'festore ls --storage ree'
}

"act_$1"
