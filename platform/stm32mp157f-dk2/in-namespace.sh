#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs a command as the root of a user namespace of its own, in which Linux starts 32-bit Arm programs in an emulator. On the
# host nothing is mounted, registered or owned by anybody new. Needs Linux 6.7, the first with such registers of a namespace's own.
# usage: platform/stm32mp157f-dk2/in-namespace.sh COMMAND [ARG...]
set -euo pipefail

die() { printf 'namespace: %s\n' "$*" >&2; exit 1; }

# Magic and mask of an ELF header: 32 bit, little-endian, executable or shared, Arm.
magic='\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x28\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

inside() {
	mount --make-rprivate /
	mount -t proc proc /proc
	mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || die "Linux 6.7 or newer is needed to emulate programs without root's rights"
	printf '%s' ":qemu-arm:M::$magic:$mask:$(command -v qemu-arm-static):F" >/proc/sys/fs/binfmt_misc/register
	exec "$@"
}

if [ "${1-}" = --inside ]; then
	read -r _
	shift
	inside "$@"
fi

# Root may give the namespace its ids itself; for others newuidmap takes those that /etc/subuid grants them.
if [ "$(id -u)" != 0 ]; then
	echo | unshare --user --mount --pid --fork --map-root-user --map-auto "$0" --inside "$@"
	exit
fi
exec 3<&0
go=$(mktemp -u)
mkfifo "$go"
unshare --user --mount --pid --fork "$0" --inside "$@" <"$go" &
pid=$!
exec 4>"$go"
rm "$go"
until [ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do
	kill -0 $pid 2>/dev/null || die "this Linux gives no user namespaces"
	sleep 0.05
done
echo '0 0 65536' >"/proc/$pid/uid_map"
echo '0 0 65536' >"/proc/$pid/gid_map"
echo >&4
wait $pid
