#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
A reader of envelopes for X25519 keys that shares no code with festore: written from docs/SPEC.md and RFC 9180, over Python's
hashlib and cryptography.

usage: envelope.py vectors             opens the messages of RFC 9180, A.2.1
       envelope.py open PRIVATE.pem    opens the envelope on standard input: exit status 6 if it is not whole and right,
                                       3 if it is for another key
"""
import hashlib
import hmac
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

HEADER, CHUNK, SEAL = 64, 4096, 16
KEM_ID, KDF_ID, AEAD_ID = 0x0020, 0x0001, 0x0003
KEM_SUITE = b'KEM' + struct.pack('>H', KEM_ID)
HPKE_SUITE = b'HPKE' + struct.pack('>HHH', KEM_ID, KDF_ID, AEAD_ID)
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


class Wrong(Exception):
    def __init__(self, status, what):
        super().__init__(what)
        self.status = status


def labeled_extract(suite, salt, label, ikm):
    return hmac.new(salt, b'HPKE-v1' + suite + label + ikm, hashlib.sha256).digest()


def labeled_expand(suite, prk, label, info, length):
    text = struct.pack('>H', length) + b'HPKE-v1' + suite + label + info
    return hmac.new(prk, text + b'\x01', hashlib.sha256).digest()[:length]


def setup_base_r(enc, private, info):
    """Key and base nonce of the recipient's context."""
    public = private.public_key().public_bytes(*RAW)
    try:
        dh = private.exchange(X25519PublicKey.from_public_bytes(enc))
    except ValueError:
        raise Wrong(6, 'enc is of small order') from None
    prk = labeled_extract(KEM_SUITE, b'', b'eae_prk', dh)
    shared = labeled_expand(KEM_SUITE, prk, b'shared_secret', enc + public, 32)
    context = (b'\x00' + labeled_extract(HPKE_SUITE, b'', b'psk_id_hash', b'') +
               labeled_extract(HPKE_SUITE, b'', b'info_hash', info))
    secret = labeled_extract(HPKE_SUITE, shared, b'secret', b'')
    return (labeled_expand(HPKE_SUITE, secret, b'key', context, 32),
            labeled_expand(HPKE_SUITE, secret, b'base_nonce', context, 12))


def open_one(key, base_nonce, count, aad, sealed):
    nonce = bytes(a ^ b for a, b in zip(base_nonce, count.to_bytes(12, 'big')))
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Wrong(6, f'piece {count} is not authentic') from None


def open_envelope(envelope, private):
    if len(envelope) < HEADER + SEAL:
        raise Wrong(6, 'cut short')
    magic, layout, kem, kdf, aead, chunk, recipient, enc = struct.unpack('<4sHHHHI16s32s', envelope[:HEADER])
    if (magic, layout, kem, kdf, aead, chunk) != (b'fstE', 1, KEM_ID, KDF_ID, AEAD_ID, CHUNK):
        raise Wrong(6, 'no envelope of this format')
    if recipient != hashlib.sha256(private.public_key().public_bytes(*RAW)).digest()[:16]:
        raise Wrong(3, 'for another key')
    key, base_nonce = setup_base_r(enc, private, envelope[:32])
    pieces = []
    step = CHUNK + SEAL
    for at in range(HEADER, len(envelope), step):
        piece = envelope[at:at + step]
        if len(piece) < SEAL or (len(piece) == SEAL and pieces):
            raise Wrong(6, 'cut short')
        is_last = at + step >= len(envelope)
        pieces.append(open_one(key, base_nonce, len(pieces), bytes([is_last]), piece))
    return b''.join(pieces)


def check_vectors():
    """RFC 9180, A.2.1, the numbers 0 and 1."""
    private = X25519PrivateKey.from_private_bytes(
        bytes.fromhex('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'))
    enc = bytes.fromhex('1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a')
    key, base_nonce = setup_base_r(enc, private, b'Ode on a Grecian Urn')
    for count, sealed in enumerate((
            '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
            '6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c')):
        plain = open_one(key, base_nonce, count, b'Count-%d' % count, bytes.fromhex(sealed))
        if plain != b'Beauty is truth, truth beauty':
            raise Wrong(1, f'vector {count}: {plain!r}')
    print('RFC 9180, A.2.1: as published')


def main(arguments):
    if arguments == ['vectors']:
        check_vectors()
    elif len(arguments) == 2 and arguments[0] == 'open':
        with open(arguments[1], 'rb') as pem:
            private = serialization.load_pem_private_key(pem.read(), None)
        sys.stdout.buffer.write(open_envelope(sys.stdin.buffer.read(), private))
    else:
        raise Wrong(2, __doc__)


try:
    main(sys.argv[1:])
except Wrong as wrong:
    print(wrong, file=sys.stderr)
    sys.exit(wrong.status)
