#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# "make flash" on loop devices: what it shows, asks, writes and reads back, and everything that it refuses.
# Run from the top by "make check-board".
# shellcheck source=tests/e2e/tap.sh
. "$(dirname "$0")/../e2e/tap.sh"
top=$OLDPWD
flash() { /usr/bin/python3 "$top/platform/stm32mp157f-dk2/flash.py" "$@"; }

if [ "$(id -u)" != 0 ] || ! loop=$(losetup -f 2>/dev/null); then
	echo '1..0 # SKIP loop devices need root and a kernel that has them'
	exit 0
fi

loops=()
cleanup() {
	umount "$work/mounted" 2>/dev/null
	for loop in "${loops[@]}"; do losetup -d "$loop"; done
	rm -rf "$work"
}
trap cleanup EXIT

# card NAME SIZE: a card of that size full of what was there before; its device in $device.
card() {
	[ -f "$1" ] || head -c "$2" /dev/urandom >"$1"
	device=$(losetup -P --show -f "$1")
	loops+=("$device")
	name=${device#/dev/}
}

# partition NUMBER: its device, made here where no udev does it.
partition() {
	if [ -b "${device}p$1" ]; then
		echo "${device}p$1"
	else
		# shellcheck disable=SC2046 # two numbers
		mknod "$work/p$1" b $(tr : ' ' <"/sys/class/block/${name}p$1/dev")
		echo "$work/p$1"
	fi
}

# refused DESCRIPTION PATTERN FILE ARG...: flash says why in one line, and the file is unchanged. The answer would be right.
refused() {
	what=$1 pattern=$2 file=$3
	shift 3
	before=$(sha256sum <"$file")
	answer() { echo "$name" | flash "$@"; }
	expect 1 "$what is refused" answer "$@"
	grep -q "^flash: .*$pattern" err
	result $? "and it says: $pattern"
	[ "$(wc -l <err)" -eq 1 ]
	result $? "in one line"
	is "and nothing is changed" "$(sha256sum <"$file")" "$before"
}

# The image: a partition table as the real one's, smaller, and known bytes.
truncate -s 8M image
sfdisk -q image <<'TABLE'
label: gpt
first-lba: 34
start=34, size=512, name=fsbl1
start=1058, size=2048, name=fip
start=4096, size=8192, name=rootfs
TABLE
for at in 34 1058 4096; do
	head -c 200000 /dev/urandom | dd of=image bs=512 seek=$at conv=notrunc status=none
done
# Past the end of the first partition, where the table is not.
cp image image2
head -c 4096 /dev/urandom | dd of=image2 bs=512 seek=1100 conv=notrunc status=none
head -c 4096 /dev/urandom | dd of=image2 bs=512 seek=5000 conv=notrunc status=none

card disk 16777216
right() { echo "$name" | flash image "$device"; }
expect 0 "the whole image" right
grep -q "^$device: .* GB" out && grep -q "^$name " out
result $? "the device is shown with its size and what is on it"
grep -q "^This overwrites all of it" out
result $? "and what will become of it"
grep -q "8388608 bytes written, and the same when read back" out
result $? "what was written is said"
cmp -s -n 8388608 image disk
result $? "it is on the card"
[ "$(tail -c +8388609 disk | sha256sum)" != "$(head -c 8388608 /dev/zero | sha256sum)" ]
result $? "and behind it what was there"

partx -u "$device"
cp disk before
fip() { echo "$name" | flash image2 "$device" fip; }
expect 0 "one partition" fip
grep -q 'This overwrites the partition fip' out
result $? "it says so"
sync
cmp -s <(dd if=image2 bs=512 skip=1058 count=2048 status=none) <(dd if=disk bs=512 skip=1058 count=2048 status=none)
result $? "it is there"
dd if=before of=disk-now bs=512 seek=0 status=none
cp disk disk-now
dd if=before of=disk-now bs=512 skip=1058 seek=1058 count=2048 conv=notrunc status=none
cmp -s before disk-now
result $? "and nothing else is changed"

# --- refusals ---

wrong_answer() { echo yes | flash image "$device"; }
cp disk before
expect 1 "another answer than the device's name" wrong_answer
says "writes nothing" 'nothing was written'
no_answer() { flash image "$device" </dev/null; }
expect 1 "no answer" no_answer
cmp -s before disk
result $? "writes nothing either"

refused "a file" 'is no block device' disk image disk
refused "a device that is not there" 'No such file' disk image /dev/no-such-card
refused "a character device" 'is no block device' disk image /dev/null
refused "a partition" 'is a partition' disk image "$(partition 1)"
refused "a partition that the image has not" 'PART=nonsense: the image has fsbl1, fip, rootfs' disk image "$device" nonsense
refused "an image that is not there" 'missing: No such file' disk missing "$device"
: >empty
refused "an empty image" 'is empty' disk empty "$device"
truncate -s 17M larger
refused "a card smaller than the image" 'has 16777216 bytes, the image 17825792' disk larger "$device"

whole=$device
device=$(losetup -f)
name=${device#/dev/}
refused "a reader without a card" 'has no card in it' image image "$device"
device=$whole
name=${device#/dev/}

system=$(findmnt -n -o SOURCE /)
if [ -b "$system" ]; then
	system=/dev/$(lsblk -nso NAME "$system" | tail -n 1 | tr -d '└─ ')
	nobody_answers() { flash image "$system" </dev/null; }
	expect 1 "the system's own disk is refused" nobody_answers
	says "and it is said" "own system"
fi

third=$(partition 3)
mkfs.ext4 -q -F "$third" && mkdir mounted && mount "$third" mounted
refused "a card of which a partition is mounted" "p3 is mounted on $work/mounted: unmount it first" image2 image "$device"
umount mounted

losetup -d "$device"
loops=()
device=$(losetup -r -P --show -f disk)
loops+=("$device")
name=${device#/dev/}
refused "a write-protected card" 'is write-protected' disk image "$device"

truncate -s 3T huge 2>/dev/null
if [ -f huge ] && device=$(losetup --show -f huge); then
	loops+=("$device")
	name=${device#/dev/}
	refused "what is larger than any card" 'more than any SD card' image image "$device"
fi

head -c 16777216 /dev/zero >blank
card blank 0
refused "one partition on a card without a table" 'has no partition table of ours' blank image "$device" fip
truncate -s 16M strange
sfdisk -q strange <<'TABLE'
label: gpt
first-lba: 34
start=1058, size=1024, name=fip
TABLE
card strange 0
refused "a partition that is too small" 'its partition fip is too small' strange image "$device" fip
refused "a card that has not the partition" 'has no partition fsbl1' strange image "$device" fsbl1

usage() { flash image; }
expect 2 "one argument is wrong use" usage
done_testing
