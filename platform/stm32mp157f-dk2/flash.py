#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the SD-card image, or one partition of it, to a card in this computer: shows what the device is and asks, refuses what cannot
be a card or is in use, and reads back what it wrote.
usage: flash.py IMAGE DEVICE [PARTITION]
exit status: 0 written and the same when read back, 1 refused or failed, 2 wrong use"""
import fcntl
import os
import re
import stat
import struct
import subprocess
import sys
import uuid

BLKFLSBUF = 0x1261
CHUNK = 4 << 20
# SDXC ends at 2 TiB; what is larger is no card.
LARGEST = 2 << 40


class Refused(Exception):
    """Why nothing, or nothing more, is done."""


def text_of(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return default


def numbers_of(device):
    """major:minor, as sysfs and mountinfo write them."""
    info = os.stat(device)
    return f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}"


def parts_of(name):
    """The disk's own name and those of its partitions."""
    folder = f"/sys/class/block/{name}"
    return [name] + sorted(entry for entry in os.listdir(folder) if os.path.exists(f"{folder}/{entry}/partition"))


def disks_below(name):
    """The disks that a block device lies on, through partitions, LVM, RAID and encryption."""
    slaves = f"/sys/class/block/{name}/slaves"
    below = os.listdir(slaves) if os.path.isdir(slaves) else []
    if below:
        return set().union(*(disks_below(slave) for slave in below))
    if os.path.exists(f"/sys/class/block/{name}/partition"):
        return {os.path.basename(os.path.dirname(os.path.realpath(f"/sys/class/block/{name}")))}
    return {name}


def mounts():
    """(major:minor, place) of all that is mounted."""
    return [(fields[2], fields[4]) for fields in (line.split() for line in text_of("/proc/self/mountinfo").splitlines())]


def swaps():
    """major:minor of what is swapped to."""
    lines = text_of("/proc/swaps").splitlines()[1:]
    return [numbers_of(line.split()[0]) for line in lines if stat.S_ISBLK(os.stat(line.split()[0]).st_mode)]


def system_disks():
    places = {"/", "/usr", "/boot", "/boot/efi", "/home", "/var"}
    used = [numbers for numbers, place in mounts() if place in places] + swaps()
    names = [os.path.basename(os.path.realpath(f"/sys/dev/block/{numbers}")) for numbers in used
        if os.path.exists(f"/sys/dev/block/{numbers}")]
    return set().union(*(disks_below(name) for name in names))


def disk_name(device):
    """The kernel's name of a whole disk, or why it is none."""
    try:
        mode = os.stat(device).st_mode
    except OSError as error:
        raise Refused(f"{device}: {error.strerror}") from None
    if not stat.S_ISBLK(mode):
        raise Refused(f"{device} is no block device")
    name = os.path.basename(os.path.realpath(f"/sys/dev/block/{numbers_of(device)}"))
    if os.path.exists(f"/sys/class/block/{name}/partition"):
        raise Refused(f"{device} is a partition; the whole card is wanted")
    return name


def check_use(device, name):
    if name in system_disks():
        raise Refused(f"{device} is a disk of this computer's own system")
    mounted = mounts()
    swapped = swaps()
    for part in parts_of(name):
        numbers = text_of(f"/sys/class/block/{part}/dev")
        for where, place in mounted:
            if where == numbers:
                raise Refused(f"/dev/{part} is mounted on {place}: unmount it first")
        if numbers in swapped:
            raise Refused(f"/dev/{part} is swapped to")
        holders = f"/sys/class/block/{part}/holders"
        if os.path.isdir(holders) and os.listdir(holders):
            raise Refused(f"/dev/{part} is in use by {', '.join(os.listdir(holders))}")
    if text_of(f"/sys/class/block/{name}/ro") == "1":
        raise Refused(f"{device} is write-protected")


def check_size(device, size, image_size):
    if size == 0:
        raise Refused(f"{device} has no card in it")
    if size < image_size:
        raise Refused(f"{device} has {size} bytes, the image {image_size}")
    if size > LARGEST:
        raise Refused(f"{device} has {size} bytes, more than any SD card")


def partitions_of(file, what):
    """Name -> (start, size) in bytes, by the GPT."""
    header = os.pread(file, 512, 512)
    if header[:8] != b"EFI PART":
        raise Refused(f"{what} has no partition table of ours: write the whole image first")
    at, count, entry_size = struct.unpack("<QII", header[72:88])
    if not (0 < count <= 1024 and 128 <= entry_size <= 4096):
        raise Refused(f"the partition table of {what} is damaged")
    found = {}
    for i in range(count):
        entry = os.pread(file, entry_size, at * 512 + i * entry_size)
        if len(entry) == entry_size and entry[:16] != uuid.UUID(int=0).bytes:
            first, last = struct.unpack("<QQ", entry[32:48])
            found[entry[56:128].decode("utf-16le", "replace").rstrip("\0")] = (first * 512, (last - first + 1) * 512)
    return found


def choose(image, card, image_size, device, partition):
    """(where in the image, how much, where on the card)."""
    if partition is None:
        return 0, image_size, 0
    ours, theirs = partitions_of(image, "the image"), partitions_of(card, device)
    if partition not in ours:
        raise Refused(f"PART={partition}: the image has {', '.join(ours)}")
    if partition not in theirs:
        raise Refused(f"{device} has no partition {partition}")
    if theirs[partition][1] < ours[partition][1]:
        raise Refused(f"{device}: its partition {partition} is too small")
    return ours[partition][0], ours[partition][1], theirs[partition][0]


def show(device, name, size, what):
    folder = f"/sys/class/block/{name}"
    model = " ".join(word for word in (text_of(f"{folder}/device/vendor"), text_of(f"{folder}/device/model"),
        text_of(f"{folder}/device/name")) if word)
    model = re.sub(r"[^\x20-\x7e]", "?", model) or "no model named"
    print(f"{device}: {model}, {size / 1e9:.1f} GB" + (", removable" if text_of(f"{folder}/removable") == "1" else ""))
    listing = subprocess.run(["lsblk", "-o", "NAME,SIZE,FSTYPE,LABEL,PARTLABEL", f"/dev/{name}"], capture_output=True, text=True)
    print(listing.stdout.rstrip())
    print(f"This overwrites {what}.")


def ask(name):
    print(f"Type {name} to go on: ", end="", flush=True)
    if sys.stdin.readline().strip() != name:
        raise Refused("nothing was written")


def write(image, card, source, length, target):
    at = 0
    while at < length:
        data = os.pread(image, min(CHUNK, length - at), source + at)
        written = os.pwrite(card, data, target + at) if data else 0
        if written == 0:
            raise Refused("the image became shorter meanwhile")
        at += written
    os.fsync(card)


def verify(image, card, source, length, target):
    # What Linux remembers of the card must not be asked.
    fcntl.ioctl(card, BLKFLSBUF)
    os.posix_fadvise(card, 0, 0, os.POSIX_FADV_DONTNEED)
    for at in range(0, length, CHUNK):
        size = min(CHUNK, length - at)
        if os.pread(card, size, target + at) != os.pread(image, size, source + at):
            raise Refused(f"the card does not hold what was written, from byte {target + at} on: it is worn out or no genuine one")


def run(image_path, device, partition):
    name = disk_name(device)
    check_use(device, name)
    image = os.open(image_path, os.O_RDONLY)
    image_size = os.fstat(image).st_size
    if image_size == 0:
        raise Refused(f"{image_path} is empty")
    size = int(text_of(f"/sys/class/block/{name}/size", "0")) * 512
    check_size(device, size, image_size)
    # With O_EXCL Linux itself refuses what is in use, and lets nobody mount it meanwhile.
    card = os.open(device, os.O_RDWR | os.O_EXCL)
    source, length, target = choose(image, card, image_size, device, partition)
    show(device, name, size, f"the partition {partition}" if partition else "all of it")
    ask(name)
    write(image, card, source, length, target)
    verify(image, card, source, length, target)
    print(f"{device}: {length} bytes written, and the same when read back")


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        run(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None)
    except Refused as refusal:
        print(f"flash: {refusal}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"flash: {error.filename or sys.argv[2]}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nflash: interrupted; what was written stays", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
