#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# key derive: the secrets that standards print, and HKDF of them; others' keys that are none; keys that were not made for it. Where
# there is an openssl, it must agree.
. "$(dirname "$0")/tap.sh"
only vault
forget alice
forget_keys alice
forget_keys bob
has_openssl=$(command -v openssl)

# --- as printed: RFC 5903 (8.1 to 8.3), RFC 7748 (6.1) ---

pem p256.key 'PRIVATE KEY' <<'END'
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyI8B9RDZrD9wopLa
ojFt5UTpqriv6EBJxiqcV4YtFDOhRANCAATa0LZTlCIc+bBR4f7KV4fQmN/mN/yQ
ue+UXQw3clgRgFJxoEYc24JS1h8cRW+j5Zqx9FszrM9fWDieBXe4mQuz
END
pem p256-other.pub 'PUBLIC KEY' <<'END'
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0S37UonI1PgSCLcCcDmMNCKWlwoL
zLdMc2/HVUSUv2NW+/PKNmzCPoFXhUwTxY1qrCPwRq2jD4NT508zA5hyqw==
END
pem p384.key 'PRIVATE KEY' <<'END'
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAJnzxwNNSixpmITXOj
daZ/diTvfGs8DxYGR7Z0FNzmVeNbU4BB5knuP674lng6sZShZANiAARmeELX0YCs
LN5vdPN1UfVXVcdkXCDvc+MWNP5ytMVe5t46yAistL20yIcyrulfQaqUgu0fwO65
yvxJhGJcz8I/ZQMhSeDhRK2gJBgVNaDzjuufz/PCyUfa5ptMY0VzqBw=
END
pem p384-other.pub 'PUBLIC KEY' <<'END'
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE5Vjb71PuzePT/M/BrqCKiamHR10S/ZUN
g8+kFzK8UJ0NGsQ6Azbe+W/aQdB3SjVx3PvseqzzGWRyFp6DhDA2f2buvjxucMQW
3V8MaHWd0f/4P6QBQiCd/16q2W255jhs
END
pem p521.key 'PRIVATE KEY' <<'END'
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAN63pMZqJ9Nq9s+9B
GqzMpRI8YayrV7U5Pc5HYIFyoJWqhaMP4cKVLGdx2Te6l3f1lXsmObqwckYvaMJ6
VzgtSlKhgYkDgYYABAAVQX6E2/KMCtPCeHEzSdx98VPIl6GJG9mLq0NXyey+4eO/
QuALjjgK6uV8LRB1ZJQYhZQq9af0YBcjxBldF2ztPgF8riC2ZB0u62lXhtjJRhRi
OdCZ4Y4dWlFMc518tKEK2KeIAVrEBdd5ncdee31bbPImGmp/FQdDi/Ab62yjkm+V
gg==
END
pem p521-other.pub 'PUBLIC KEY' <<'END'
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQA0LOXWsS3mfW+oW1eE+mvlx1em5hM
nzlyi15XOXNaIZuXw1ZDatxulbsDUva+ZKbCkS1O8tBDPO0rYXFkABLZRg8BXGgi
Y4OVbjvQZueXtiPCfODqwvVRoQwsck2YUgd7hyILZTbFxAih0q67jobWeK5Jy1cJ
H0cyKWV5q0T80X8PxWo=
END
pem x25519.key 'PRIVATE KEY' <<'END'
MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq
END
pem x25519-other.pub 'PUBLIC KEY' <<'END'
MCowBQYDK2VuAyEA3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=
END
# agrees TAG PEER SECRET
agrees() {
	expect 0 "$1 is imported" as alice festore key import --use derive,derive-raw "$1" "$1.key"
	expect 0 "and agrees with $2" as alice festore key derive --raw --peer "$2.pub" "$1"
	is "as printed" "$(hex out)" "$3"
}
agrees p256 p256-other d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de
agrees p384 p384-other 11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746
agrees p521 p521-other 01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea
agrees x25519 x25519-other 4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742

# derives TAG SECRET: HKDF, of which OpenSSL must think the same. What it makes of no salt and no info was made by OpenSSL.
derives() {
	expect 0 "$1 derives" as alice festore key derive --peer "$1-other.pub" "$1"
	is "32 bytes" "$(hex out)" "$3"
	[ -n "$has_openssl" ] || return 0
	expect 0 "$1 derives with salt and info" as alice festore key derive --peer "$1-other.pub" --salt hex:00fFa5 --info 'a key' --length 99 "$1"
	openssl kdf -binary -keylen 99 -kdfopt digest:SHA256 -kdfopt "hexkey:$2" -kdfopt hexsalt:00ffa5 -kdfopt 'info:a key' -out wanted HKDF
	same "as openssl does" out wanted
}
derives p256 d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de 3bf511eebadf44c1f7b0282a1262fe4ddd9da23bb1555cfda591ac46b088c441
derives p384 11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746 977394797e3e80ff96495fc1a44a2cb153e99f47a59d72ee97cb0beae40fc333
derives p521 01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea 0595854a8d868480b7caff13e156035ebfb8064c2bef4a746e30d3679758e000
derives x25519 4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742 ea1d8a20f476d1e1ec952ca42708b8f7161ce7c81eadf97e520e2b40333decd5
expect 0 "bytes as digits" as alice festore key derive --peer p256-other.pub --info hex:61206b6579 --salt salt p256
mv out wanted
expect 0 "are the same as text" as alice festore key derive --peer p256-other.pub --info 'a key' --salt hex:73616c74 p256
same "that they spell" out wanted
expect 0 "a file may be written" as alice festore key derive --peer p256-other.pub --info 'a key' --salt salt -o file p256
same "with the same" file wanted
is "for its owner alone" "$(stat -c %a file)" 600
expect 0 "other info" as alice festore key derive --peer p256-other.pub --info 'b key' --salt salt p256
! cmp -s out wanted
result $? "derives another key"
as alice festore key derive --peer p256-other.pub --length 1 p256 >one
as alice festore key derive --peer p256-other.pub --length 512 p256 >most
is "1 to 512 bytes" "$(wc -c <one) $(wc -c <most)" "1 512"

# --- between two keys of the TEE ---

for type in p256 x25519; do
	as alice festore key gen "ours $type" --type "$type" --use derive
	as bob festore key gen "theirs $type" --type "$type" --use derive
	as alice festore key pub "ours $type" >ours
	as bob festore key pub "theirs $type" >theirs
	expect 0 "alice's key of type $type" as alice festore key derive --peer theirs --info session "ours $type"
	mv out wanted
	expect 0 "and bob's" as bob festore key derive --peer ours --info session "theirs $type"
	same "agree" out wanted
done

# --- what is refused ---

expect 5 "the secret itself is not what a key to derive gives" as alice festore key derive --raw --peer theirs "ours x25519"
says "which is said" '^festore: key derive: ours x25519: the key was not made for this use$'
as alice festore key gen signs --type p256 --use sign,decrypt
expect 5 "nor does another derive" as alice festore key derive --peer p256-other.pub signs
as alice festore key gen raw --type p256 --use derive-raw
expect 5 "one for the bare secret derives nothing else" as alice festore key derive --peer p256-other.pub raw
expect 0 "the uses are shown" as alice festore key info raw
is "by name" "$(sed -n 's/^use: *//p' out)" derive-raw
expect 2 "RSA has none of them" as alice festore key gen rsa --type rsa2048 --use derive-raw
expect 2 "nor has Ed25519" as alice festore key gen ed25519 --type ed25519 --use derive

# other STATUS DESCRIPTION TAG PEER
other() {
	expect "$1" "$2" as alice festore key derive --peer "$4" "$3"
	[ ! -s out ] && [ "$(wc -l <err)" -eq 1 ]
	result $? "gives nothing, and says why"
}
other 2 "a key of another curve" p256 p384-other.pub
says "is told" 'p256: the other.s public key is of another type, or none that is safe$'
other 2 "a point to an X25519 key" x25519 p256-other.pub
other 2 "an X25519 key to a curve" p256 x25519-other.pub
pem bad 'PUBLIC KEY' <<'END'
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
END
other 2 "an Ed25519 key" x25519 bad
says "is told" 'with a key of this type none can agree$'
pem bad 'PUBLIC KEY' <<'END'
MCowBQYDK2VuAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
END
other 2 "a point of small order" x25519 bad
says "is told" 'none that is safe$'
pem bad 'PUBLIC KEY' <<'END'
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtVQzbD1IThETOdSTZfI5ihe5Qvvc
XUn3h9ZH/4eEjKXT7ZQyI+5Kjz/Suf4k6/f5MC8X9gkGiVni3Fjj09S9Tg==
END
other 2 "a point off its curve" p256 bad
other 2 "a private key" p256 p256.key
echo none >bad
other 2 "no key at all" p256 bad
expect 1 "a file that is not there" as alice festore key derive --peer none p256
expect 3 "a key that is not there" as alice festore key derive --peer p256-other.pub none
expect 3 "and another user's" as bob festore key derive --peer p256-other.pub p256
for length in 0 513 -1 1x x '' 99999999999999999999; do
	expect 2 "a length of '$length'" as alice festore key derive --peer p256-other.pub --length "$length" p256
	says "is told" '1 to 512 bytes can be derived$'
done
for info in hex:0 hex:0g hex:xx 'hex: 00'; do
	expect 2 "info of '$info'" as alice festore key derive --peer p256-other.pub --info "$info" p256
	says "is told" 'an odd or no hexadecimal digit$'
done
long=$(head -c 1025 /dev/zero | tr '\0' x)
expect 2 "a long salt" as alice festore key derive --peer p256-other.pub --salt "$long" p256
says "is told" 'salt and info have at most 1024 bytes$'
expect 0 "a byte less is taken" as alice festore key derive --peer p256-other.pub --salt "${long#x}" p256
expect 2 "the bare secret has no info" as alice festore key derive --raw --peer p256-other.pub --info x p256
expect 2 "another's key is needed" as alice festore key derive p256

forget_keys alice
forget_keys bob
done_testing
