#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes of a disk before a boot, and of the log of what was written to it since (MACHINE_DISK=logged), what a disk has that loses power.

Everything up to the last flush is there. Of the writes after it none is, or each is or is not, as SEED has it.
usage: replay.py DISK LOG SEED; changes DISK, and says what was lost
"""
import random
import struct
import sys

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


def entries(log):
    """(flags, first byte, bytes) of each whole entry."""
    magic, version, _, sector = struct.unpack_from("<QQQI", log)
    if magic != MAGIC or version != 1:
        sys.exit("replay: no log of writes")
    at = sector
    while at + 32 <= len(log):
        first, count, flags, _ = struct.unpack_from("<QQQQ", log, at)
        if count == 0 and flags == 0:
            return
        if flags & ~(FLUSH | FUA):
            sys.exit(f"replay: an entry that is neither write nor flush, at {at}")
        at += sector
        data = log[at : at + count * sector]
        # QEMU was killed while it wrote this one.
        if len(data) < count * sector:
            return
        yield flags, first * sector, data
        at += len(data)


def main():
    disk_path, log_path, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    with open(log_path, "rb") as file:
        log = list(entries(file.read()))
    last = max((i for i, (flags, _, _) in enumerate(log) if flags & FLUSH), default=-1)
    # Every other time nothing but what was flushed.
    share = chance.choice([0, chance.random()])
    kept = [write for i, write in enumerate(log) if i <= last or chance.random() < share]
    with open(disk_path, "r+b") as disk:
        for _, first, data in kept:
            disk.seek(first)
            disk.write(data)
    flushes = sum(1 for flags, _, _ in log if flags & FLUSH)
    print(f"{len(log) - flushes} writes, {flushes} flushes; of {len(log) - last - 1} writes after the last one {len(log) - len(kept)} lost")


main()
