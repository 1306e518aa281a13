#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the ext4 file system of the board: Debian's archive, this folder's rootfs/, and what is staged of festore, Linux and device
# trees. In a namespace of its own (in-namespace.sh), since files get owners and Arm programs run.
# usage: platform/stm32mp157f-dk2/root.sh DEBIAN-TAR STAGED-TREE OUTPUT SIZE-IN-KIB SECONDS     SECONDS: the time of all files
set -euo pipefail
umask 022

here=$(cd "$(dirname "$0")" && pwd)
debian=$1 staged=$2 output=$3 kib=$4 seconds=$5
uuid=5c6d2a3e-8f0b-4d1c-9e57-0f6f73746f06

# In memory, and in the archive's order, so that folders are read in the same order each time. Linux fills /dev itself.
tree=$(mktemp -d)
mount -t tmpfs -o mode=0755 tmpfs "$tree"
tar -xpf "$debian" -C "$tree" --numeric-owner --exclude='./dev/*'
cp -R --preserve=mode,links "$here/rootfs/." "$staged/." "$tree/"

# Users and groups of festore; root logs in on the serial line without a password, and nowhere else (docs/BOARDS.md).
chroot "$tree" systemd-sysusers
chroot "$tree" /sbin/ldconfig
sed -i 's/^root:[^:]*:/root::/' "$tree/etc/shadow"
: >"$tree/etc/machine-id"
rm -rf "$tree"/var/cache/ldconfig/* "$tree"/etc/*- "$tree"/etc/.pwd.lock
# The network; and what was committed to vaults is anchored when the board is switched off.
mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
ln -sf /usr/lib/systemd/system/systemd-networkd.service /usr/lib/systemd/system/festore-sync.service \
	"$tree/etc/systemd/system/multi-user.target.wants/"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
find "$tree" -exec touch -h -d "@$seconds" {} +

# The seed of the folders' hashes and the file system's id are fixed; what mke2fs takes from the clock is said here, and the
# times that it takes from the tree's inodes are set once more behind it.
export E2FSPROGS_FAKE_TIME=$seconds
rm -f "$output"
mke2fs -q -t ext4 -L rootfs -U $uuid -E "hash_seed=$uuid,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0" -m 1 -d "$tree" \
	"$output" "${kib}k"
debugfs -R 'ls -p /' "$output" >/dev/null 2>&1
find "$tree" -printf '/%P\n' | LC_ALL=C sort | while IFS= read -r path; do
	for field in atime ctime mtime crtime; do
		printf 'sif "%s" %s @%s\n' "$path" $field "$seconds"
	done
done | debugfs -w -f - "$output" >/dev/null 2>"$output.debugfs"
if grep -v '^debugfs ' "$output.debugfs" | grep -q .; then
	grep -v '^debugfs ' "$output.debugfs" | head -n 5 >&2
	exit 1
fi
rm "$output.debugfs"
e2fsck -fn "$output" >/dev/null
