#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guest's part of `make results`: the same few operations in each storage, traced, and what lies in the folders before and
# after. As root, in a fresh machine, before anything else.
# usage: guest.sh FOLDER (which gets a file for each part of the pages)
set -eu
out=$1
tee=/var/lib/tee
vault=/var/lib/festore/default
mkdir -p "$out"
cd /tmp
head -c 1000 /dev/zero | tr '\0' n >note

{
	dmesg
	ps
} >"$out/linux.log"

# traced NAME COMMAND ARG...
traced() {
	name=$1
	shift
	festore trace -o "$out/$name" "$@" 2>/dev/null >&2
}

# The first of all: TAs are loaded, the vault is made.
traced first.vault put first note
traced first.ree put --storage ree first note

festore-inspect "$tee" >"$out/tee.before"
festore-inspect "$vault" >"$out/vault.before"
for storage in ree vault; do
	traced put.$storage put --storage $storage note note
	if [ $storage = ree ]; then
		festore-inspect "$tee" >"$out/tee.after"
	else
		festore-inspect "$vault" >"$out/vault.after"
	fi
	traced get.$storage get --storage $storage note
	traced rm.$storage rm --storage $storage note
done
# What a list takes grows with what there is, in `ree` fast.
for storage in ree vault; do
	traced ls.$storage ls --storage $storage
done
# The file of the one object that is left: the highest number.
festore put --storage ree annotated note 2>/dev/null
object=$(cd "$tee" && ls | grep -v dirf.db | sort -n | tail -n 1)
(cd "$tee" && festore-inspect --annotate "$object") >"$out/annotated"
