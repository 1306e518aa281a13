#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
A reader of vaults that shares no code with festore: written from docs/SPEC.md, over Python's hashlib and cryptography.

usage: vault.py vectors         prints the test vectors of docs/SPEC.md
       vault.py check SPEC      all of them must be there
       vault.py read DUMP       opens a whole vault and prints TAG SIZE SHA256 of each file, in the order of locators
A dump has a line each: huk, ta, login, owner, name, header, state, and entry LOCATOR RECORD CONTENT; all but numbers in hex.
"""
import hashlib
import hmac
import pathlib
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

CHUNK, SEAL, STEP, META_STEP = 4096, 16, 64, 32
NO_NONCE = bytes(12)
# By the number in a header.
AEADS = {1: ChaCha20Poly1305, 2: AESGCM}


class Damaged(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Damaged(what)


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def sha(data):
    return hashlib.sha256(data).digest()


def expand(key, label, data):
    return mac(key, label + b"\0" + data + b"\x01")


def seal(aead, key, nonce, plain, aad):
    """Ciphertext and seal, apart."""
    sealed = AEADS[aead](key).encrypt(nonce, plain, aad)
    return sealed[:-SEAL], sealed[-SEAL:]


def unseal(aead, key, nonce, cipher, tag, aad):
    try:
        return AEADS[aead](key).decrypt(nonce, cipher + tag, aad)
    except InvalidTag as error:
        raise Damaged("seal") from error


def padded(data, step):
    return data + bytes(-len(data) % step)


# --- tree -------------------------------------------------------------------------------------------


def bit_of(locator, bit):
    return locator[bit // 8] >> (7 - bit % 8) & 1


def empty_root(vault):
    return sha(b"\x02" + vault)


def leaf_hash(leaf):
    return sha(b"\x00" + leaf)


def node_hash(bit, left, right):
    return sha(bytes([1, bit]) + left + right)


def split(leaves, bit):
    """The first bit in which leaves differ, and both sides."""
    while True:
        sides = [[leaf for leaf in leaves if bit_of(leaf, bit) == side] for side in (0, 1)]
        if sides[0] and sides[1]:
            return bit, sides
        bit += 1


def root_of(vault, leaves, bit=0):
    if not leaves:
        return empty_root(vault)
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    bit, sides = split(leaves, bit)
    return node_hash(bit, root_of(vault, sides[0], bit + 1), root_of(vault, sides[1], bit + 1))


def path_of(vault, leaves, locator):
    steps, bit = [], 0
    while len(leaves) > 1:
        bit, sides = split(leaves, bit)
        side = bit_of(locator, bit)
        steps.append(struct.pack("<I", bit) + root_of(vault, sides[1 - side], bit + 1))
        leaves = sides[side]
        bit += 1
    head = struct.pack("<II", len(steps), 0 if leaves else 1) + (leaves[0] if leaves else bytes(64))
    return head + b"".join(steps)


# --- records and contents -----------------------------------------------------------------------------


def record_aad(aead, vault, locator, version):
    return b"festore record 1\0" + vault + locator + struct.pack("<HQ", aead, version)


def meta_of(kind, tag, size, modified, key):
    return padded(struct.pack("<HHHHQqQ", 1, kind, len(tag), 12, size, modified, 0) + key + tag, META_STEP)


def seal_record(aead, record_key, vault, locator, version, salt, meta):
    key = expand(record_key, b"seal", salt)
    cipher, tag = seal(aead, key, NO_NONCE, meta, record_aad(aead, vault, locator, version))
    return struct.pack("<Q", version) + salt + tag + cipher


def open_record(aead, record_key, vault, locator, record):
    version, salt, tag, cipher = struct.unpack("<Q", record[:8])[0], record[8:24], record[24:40], record[40:]
    meta = unseal(aead, expand(record_key, b"seal", salt), NO_NONCE, cipher, tag, record_aad(aead, vault, locator, version))
    form, kind, tag_len, log2, size, modified, policy = struct.unpack("<HHHHQqQ", meta[:32])
    # Of a file: nothing, write-once, append-only, or read-once.
    need((form, kind, log2) == (1, 1, 12) and policy in (0, 1 << 16, 2 << 16, 4 << 16), "fields of a record")
    name = meta[64:64 + tag_len]
    need(meta == padded(meta[:64] + name, META_STEP), "padding of a record")
    return {"tag": name, "size": size, "modified": modified, "key": meta[32:64], "version": version}


def chunks_of(size):
    """Number, bytes and last-flag of each chunk."""
    count = max(1, (size + CHUNK - 1) // CHUNK)
    return [(i, min(CHUNK, size - i * CHUNK), i == count - 1) for i in range(count)]


def chunk_nonce(number, is_last):
    return struct.pack("<QBxxx", number, is_last)


def seal_content(aead, key, content):
    out = b""
    for number, length, is_last in chunks_of(len(content)):
        plain = padded(content[number * CHUNK:number * CHUNK + length], STEP)
        out += b"".join(seal(aead, key, chunk_nonce(number, is_last), plain, None))
    return out


def open_content(aead, key, size, sealed):
    out, at = b"", 0
    for number, length, is_last in chunks_of(size):
        room = len(padded(bytes(length), STEP))
        tag = sealed[at + room:at + room + SEAL]
        plain = unseal(aead, key, chunk_nonce(number, is_last), sealed[at:at + room], tag, None)
        need(plain[length:] == bytes(room - length), "padding of a content")
        out += plain[:length]
        at += room + SEAL
    need(at == len(sealed), "length of a content")
    return out


# --- header and state ----------------------------------------------------------------------------------


def kek_data(login, owner, name):
    return b"festore kek 1\0" + struct.pack("<I", login) + owner + name


def kek_of(huk, ta, login, owner, name):
    """What OP-TEE's system PTA gives: usage 3, the TA's UUID as it lies in memory."""
    return mac(huk, struct.pack("<I", 3) + ta + kek_data(login, owner, name))


def header_of(aead, kek, vault, salt, master):
    head = struct.pack("<IHH16sQII16s16s", 0x48747366, 1, aead, vault, 1, 0, 0, bytes(16), salt)
    return head + b"".join(seal(aead, expand(kek, b"wrap", salt), NO_NONCE, master, head))


def open_header(kek, header):
    need(len(header) == 120, "length of a header")
    magic, form, aead, vault, _, pin, pin_reserved, pin_salt, salt = struct.unpack("<IHH16sQII16s16s", header[:72])
    need((magic, form, pin, pin_reserved, pin_salt) == (0x48747366, 1, 0, 0, bytes(16)), "fields of a header")
    need(aead in AEADS, "AEAD of a header")
    return aead, vault, unseal(aead, expand(kek, b"wrap", salt), NO_NONCE, header[72:104], header[104:], header[:72])


def state_of(state_key, vault, version, count, nonce, root, predecessor, header):
    state = struct.pack("<IHH16sQQQQ16s", 0x53747366, 1, 0, vault, 1, version, 0, count, nonce)
    state += root + predecessor + sha(header) + bytes(32)
    return state + mac(state_key, state)


def open_state(state_key, vault, header, state):
    need(len(state) == 232 and state[-32:] == mac(state_key, state[:-32]), "mac of a state")
    magic, form, anchor, its_vault, _, version, anchored, count = struct.unpack("<IHH16sQQQQ", state[:56])
    need((magic, form, anchor, its_vault, anchored) == (0x53747366, 1, 0, vault, 0), "fields of a state")
    need(state[136:168] == sha(header) and state[168:200] == bytes(32), "header of a state")
    return version, count, state[72:104]


def keys_of(master, vault):
    return {name: expand(master, name.encode(), vault) for name in ("locator", "record", "state")}


def locator_of(keys, tag):
    return mac(keys["locator"], b"\x01" + tag)


# --- a whole vault ---------------------------------------------------------------------------------------


def read(path):
    fields, entries = {}, []
    for line in pathlib.Path(path).read_text().splitlines():
        word, *rest = line.split(" ")
        if word == "entry":
            entries.append([bytes.fromhex(part) for part in rest])
        else:
            fields[word] = int(rest[0]) if word == "login" else bytes.fromhex(rest[0])
    kek = kek_of(*(fields[name] for name in ("huk", "ta", "login", "owner", "name")))
    aead, vault, master = open_header(kek, fields["header"])
    keys = keys_of(master, vault)
    version, count, root = open_state(keys["state"], vault, fields["header"], fields["state"])
    need(count == len(entries), "number of entries")
    need(root == root_of(vault, [locator + record[8:40] for locator, record, _ in entries]), "root")
    for locator, record, sealed in entries:
        meta = open_record(aead, keys["record"], vault, locator, record)
        need(locator == locator_of(keys, meta["tag"]) and meta["version"] <= version, "place of a record")
        content = open_content(aead, meta["key"], meta["size"], sealed)
        print(meta["tag"].decode(), len(content), hashlib.sha256(content).hexdigest())


# --- test vectors ------------------------------------------------------------------------------------------


def run(first, count):
    return bytes(range(first, first + count))


def vectors():
    vault, master, kek, header_salt = run(0x00, 16), run(0x40, 32), run(0x60, 32), run(0x80, 16)
    salt, content_key, nonce = run(0xa0, 16), run(0xc0, 32), run(0xe0, 16)
    owner = bytes.fromhex("a51aa430d8bb58809c5c65ad1a49bb75")
    keys = keys_of(master, vault)
    tags = (b"a", b"b", b"c")
    leaves = [locator_of(keys, tag) + bytes([i + 1]) * 16 + bytes([i + 17]) * 16 for i, tag in enumerate(tags)]
    header = header_of(1, kek, vault, header_salt, master)
    locator = leaves[0][:32]
    meta = meta_of(1, b"a", 3, 1234, content_key)
    record = seal_record(1, keys["record"], vault, locator, 2, salt, meta)
    long = bytes(i % 251 for i in range(8200))
    root = leaf_hash(locator + record[8:40])
    return [
        ("extra data of the KEK of uid 1001's vault `default`", kek_data(1, owner, b"default")),
        ("wrapping key", expand(kek, b"wrap", header_salt)),
        ("locator key", keys["locator"]),
        ("record key", keys["record"]),
        ("state key", keys["state"]),
        ("header", header),
        ("locator of file `a`", locator),
        ("of `b`", leaves[1][:32]),
        ("of `c`", leaves[2][:32]),
        ("empty root", empty_root(vault)),
        ("hash of leaf `a`", leaf_hash(leaves[0])),
        ("node at bit 255 over leaves `a`, `b`", node_hash(255, leaf_hash(leaves[0]), leaf_hash(leaves[1]))),
        ("root of `a`", root_of(vault, leaves[:1])),
        ("root of `a`, `b`", root_of(vault, leaves[:2])),
        ("root of `a`, `b`, `c`", root_of(vault, leaves)),
        ("path of `c` among `a`, `b`", path_of(vault, leaves[:2], leaves[2])),
        ("path of `b` among all three", path_of(vault, leaves, leaves[1])),
        ("root after `b` is removed", root_of(vault, [leaves[0], leaves[2]])),
        ("record", record),
        ("content `abc`, sealed", seal_content(1, content_key, b"abc")),
        ("content of 0 bytes, sealed", seal_content(1, content_key, b"")),
        ("SHA-256 of 8200 bytes i mod 251, sealed", sha(seal_content(1, content_key, long))),
        ("state", state_of(keys["state"], vault, 2, 1, nonce, root, run(0x10, 32), header)),
        ("header, with AES-256-GCM", header_of(2, kek, vault, header_salt, master)),
        ("record, likewise", seal_record(2, keys["record"], vault, locator, 2, salt, meta)),
        ("content `abc`, sealed likewise", seal_content(2, content_key, b"abc")),
        ("content of 0 bytes, sealed likewise", seal_content(2, content_key, b"")),
        ("SHA-256 of 8200 bytes i mod 251, sealed likewise", sha(seal_content(2, content_key, long))),
    ]


def check(spec):
    text = "".join(pathlib.Path(spec).read_text().split())
    for name, value in vectors():
        need(value.hex() in text, f"not in {spec}: {name}")


def main():
    if sys.argv[1:] == ["vectors"]:
        for name, value in vectors():
            text = value.hex()
            lines = [text[i:i + 128] for i in range(0, len(text), 128)]
            print(f"{name}:\n\n" + "\n".join("    " + line for line in lines) + "\n")
    elif len(sys.argv) == 3 and sys.argv[1] == "check":
        check(sys.argv[2])
    elif len(sys.argv) == 3 and sys.argv[1] == "read":
        read(sys.argv[2])
    else:
        sys.exit(__doc__.strip())


if __name__ == "__main__":
    main()
