#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks an exported log (docs/SPEC.md, Log) by the device's public key: log.py FILE PUB.pem. Shares no code with festore: Python's
hashlib for the chain, the program openssl for the signature. Prints "entries FIRST to LAST"."""
import hashlib
import os
import struct
import subprocess
import sys
import tempfile


def heads(number, notes, unseen, name):
    return struct.pack("<IHH", number, notes, unseen) + name


def main():
    data = open(sys.argv[1], "rb").read()
    magic, kind, zero, length = struct.unpack_from("<4sHHQ", data)
    assert magic == b"fstX" and kind == 1 and zero == 0 and len(data) == 16 + length + 184
    signed = data[16 + length:]
    with tempfile.TemporaryDirectory() as folder:
        message, signature = os.path.join(folder, "message"), os.path.join(folder, "signature")
        open(message, "wb").write(signed[:120])
        open(signature, "wb").write(signed[120:])
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", sys.argv[2], "-rawin", "-in", message, "-sigfile", signature],
                       check=True, stdout=subprocess.DEVNULL)
    assert signed[:16] == b"festore log 1\0\0\0"
    at, head, first, let_go = 16, None, None, []
    while at < 16 + length:
        magic, kind, what, number, _epoch, _version, _time, _count, body = struct.unpack_from("<4sHHQQQqII", data, at)
        assert magic == b"fstL" and kind == 1
        size = (80 + body + 31) // 32 * 32
        entry = data[at:at + size]
        assert len(entry) == size and not any(entry[80 + body:])
        before = entry[48:80]
        if head is None:
            head = first = before
        assert before == head
        last, notes, unseen = struct.unpack_from("<IHH", before)
        assert number == last + 1
        if what in (3, 4):
            notes = struct.unpack_from("<H", entry, 80 + 6)[0]
            unseen = 1 if struct.unpack_from("<q", entry, 80 + 56)[0] == 0 else 0
        if what == 6:
            let_go.append(entry[80:112])
        head = heads(number, notes, unseen, hashlib.sha256(entry).digest()[:24])
        at += size
    assert at == 16 + length
    if head is None:
        head = first = bytes(32)
    assert first == bytes(32) or first in let_go
    assert head == signed[56:88]
    print("entries %d to %d" % (struct.unpack_from("<I", first)[0] + 1, struct.unpack_from("<I", head)[0]))


main()
