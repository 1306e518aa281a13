#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# key import: private keys that standards print, of which the TEE makes the public ones and signatures printed there; encrypted ones;
# and what is no key, or no pair, refused. The keys are public by nature, and the RSA key was made for this script.
. "$(dirname "$0")/tap.sh"
only vault
for user in alice bob; do
	forget "$user"
	forget_keys "$user"
done
has_openssl=$(command -v openssl)

# --- as printed ---

pem p256-i.key 'PRIVATE KEY' <<'END'
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyI8B9RDZrD9wopLa
ojFt5UTpqriv6EBJxiqcV4YtFDOhRANCAATa0LZTlCIc+bBR4f7KV4fQmN/mN/yQ
ue+UXQw3clgRgFJxoEYc24JS1h8cRW+j5Zqx9FszrM9fWDieBXe4mQuz
END
pem p256-i.pub 'PUBLIC KEY' <<'END'
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2tC2U5QiHPmwUeH+yleH0Jjf5jf8
kLnvlF0MN3JYEYBScaBGHNuCUtYfHEVvo+WasfRbM6zPX1g4ngV3uJkLsw==
END
pem p256-r.key 'PRIVATE KEY' <<'END'
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxu+cXXiuASoBEWSs
s5fOIIhoXY8Gv5vgsoOrRkdr7lOhRANCAATRLftSicjU+BIItwJwOYw0IpaXCgvM
t0xzb8dVRJS/Y1b788o2bMI+gVeFTBPFjWqsI/BGraMPg1PnTzMDmHKr
END
pem p256-r.pub 'PUBLIC KEY' <<'END'
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0S37UonI1PgSCLcCcDmMNCKWlwoL
zLdMc2/HVUSUv2NW+/PKNmzCPoFXhUwTxY1qrCPwRq2jD4NT508zA5hyqw==
END
pem p384-i.key 'PRIVATE KEY' <<'END'
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAJnzxwNNSixpmITXOj
daZ/diTvfGs8DxYGR7Z0FNzmVeNbU4BB5knuP674lng6sZShZANiAARmeELX0YCs
LN5vdPN1UfVXVcdkXCDvc+MWNP5ytMVe5t46yAistL20yIcyrulfQaqUgu0fwO65
yvxJhGJcz8I/ZQMhSeDhRK2gJBgVNaDzjuufz/PCyUfa5ptMY0VzqBw=
END
pem p384-i.pub 'PUBLIC KEY' <<'END'
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEZnhC19GArCzeb3TzdVH1V1XHZFwg73Pj
FjT+crTFXubeOsgIrLS9tMiHMq7pX0GqlILtH8Duucr8SYRiXM/CP2UDIUng4USt
oCQYFTWg847rn8/zwslH2uabTGNFc6gc
END
pem p384-r.key 'PRIVATE KEY' <<'END'
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBBywd5tL24XUeEZyX7
7DyUMPq0bMjcUGCFXMm9oKopQuAwgxKRa47Slg5L1Vp0SPyhZANiAATlWNvvU+7N
49P8z8GuoIqJqYdHXRL9lQ2Dz6QXMrxQnQ0axDoDNt75b9pB0HdKNXHc++x6rPMZ
ZHIWnoOEMDZ/Zu6+PG5wxBbdXwxodZ3R//g/pAFCIJ3/XqrZbbnmOGw=
END
pem p384-r.pub 'PUBLIC KEY' <<'END'
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE5Vjb71PuzePT/M/BrqCKiamHR10S/ZUN
g8+kFzK8UJ0NGsQ6Azbe+W/aQdB3SjVx3PvseqzzGWRyFp6DhDA2f2buvjxucMQW
3V8MaHWd0f/4P6QBQiCd/16q2W255jhs
END
pem p521-i.key 'PRIVATE KEY' <<'END'
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAN63pMZqJ9Nq9s+9B
GqzMpRI8YayrV7U5Pc5HYIFyoJWqhaMP4cKVLGdx2Te6l3f1lXsmObqwckYvaMJ6
VzgtSlKhgYkDgYYABAAVQX6E2/KMCtPCeHEzSdx98VPIl6GJG9mLq0NXyey+4eO/
QuALjjgK6uV8LRB1ZJQYhZQq9af0YBcjxBldF2ztPgF8riC2ZB0u62lXhtjJRhRi
OdCZ4Y4dWlFMc518tKEK2KeIAVrEBdd5ncdee31bbPImGmp/FQdDi/Ab62yjkm+V
gg==
END
pem p521-i.pub 'PUBLIC KEY' <<'END'
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAFUF+hNvyjArTwnhxM0ncffFTyJeh
iRvZi6tDV8nsvuHjv0LgC444CurlfC0QdWSUGIWUKvWn9GAXI8QZXRds7T4BfK4g
tmQdLutpV4bYyUYUYjnQmeGOHVpRTHOdfLShCtiniAFaxAXXeZ3HXnt9W2zyJhpq
fxUHQ4vwG+tso5JvlYI=
END
pem p521-r.key 'PRIVATE KEY' <<'END'
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBRbqZqEevQ3k/3Q6H
LnzfoWvjD9x4D5e8zD8Hg4AgHpxnfWALNDdXo72/KjFj5ML4acynRYqkpO/8MR9c
sVFoXrmhgYkDgYYABADQs5daxLeZ9b6hbV4T6a+XHV6bmEyfOXKLXlc5c1ohm5fD
VkNq3G6VuwNS9r5kpsKRLU7y0EM87SthcWQAEtlGDwFcaCJjg5VuO9Bm55e2I8J8
4OrC9VGhDCxyTZhSB3uHIgtlNsXECKHSrruOhtZ4rknLVwkfRzIpZXmrRPzRfw/F
ag==
END
pem p521-r.pub 'PUBLIC KEY' <<'END'
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQA0LOXWsS3mfW+oW1eE+mvlx1em5hM
nzlyi15XOXNaIZuXw1ZDatxulbsDUva+ZKbCkS1O8tBDPO0rYXFkABLZRg8BXGgi
Y4OVbjvQZueXtiPCfODqwvVRoQwsck2YUgd7hyILZTbFxAih0q67jobWeK5Jy1cJ
H0cyKWV5q0T80X8PxWo=
END
pem alice.key 'PRIVATE KEY' <<'END'
MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq
END
pem alice.pub 'PUBLIC KEY' <<'END'
MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=
END
pem bob.key 'PRIVATE KEY' <<'END'
MC4CAQAwBQYDK2VuBCIEIF2rCH5iSopLeeF/i4OADuZvO7EpJhi2/Rwviyf/iODr
END
pem bob.pub 'PUBLIC KEY' <<'END'
MCowBQYDK2VuAyEA3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=
END
pem test1.key 'PRIVATE KEY' <<'END'
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
END
pem test1.pub 'PUBLIC KEY' <<'END'
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
END
pem test2.key 'PRIVATE KEY' <<'END'
MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7
END
pem test2.pub 'PUBLIC KEY' <<'END'
MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
END
pem test3.key 'PRIVATE KEY' <<'END'
MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3
END
pem test3.pub 'PUBLIC KEY' <<'END'
MCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=
END

# RFC 5903 (8.1 to 8.3), RFC 7748 (6.1), RFC 8032 (7.1).
for name in p256-i p256-r p384-i p384-r p521-i p521-r alice bob test1 test2 test3; do
	expect 0 "$name is imported" as alice festore key import $name $name.key
	as alice festore key pub $name >out
	same "and has the public key that is printed" out $name.pub
done
is "without a word" "$(cat err)" ""

# signs NAME MESSAGE SIGNATURE: the message in printf's escapes, the signature in hexadecimal.
signs() {
	# shellcheck disable=SC2059 # it is one
	printf "$2" | as alice festore sign --key "$1" >signature
	is "$1 signs as printed" "$(od -An -v -tx1 signature | tr -d ' \n')" "$3"
}
signs test1 '' e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
signs test2 '\162' 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
signs test3 '\257\202' 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a

expect 0 "keys are listed" as alice festore key ls -l test1
grep -Eq '^ed25519  [-0-9]*T[:0-9]*Z  sign  test1$' out
result $? "with the type's uses"
expect 0 "others may be asked for" as alice festore key import --use derive,decrypt "of two uses" alice.key
expect 0 "and" as alice festore key ls -l "of two uses"
grep -q ' decrypt,derive  of two uses$' out
result $? "are kept"
expect 2 "not those that the type cannot have" as alice festore key import --use decrypt new test1.key
says "which is said" 'new: a key of type ed25519 has no such use$'
expect 4 "no key is replaced" as alice festore key import test1 test2.key
says "which is said" '^festore: key import: test1: the tag exists already$'
as alice festore key pub test1 >out
same "it is what it was" out test1.pub
expect 3 "a key is its owner's" as bob festore key info test1
expect 0 "another user may have the same" as bob festore key import test1 test1.key
as bob festore key rm test1
expect 3 "no get gives a key out" as alice festore get test1
expect 2 "nor does any other command" as alice festore key export test1
cat test1.key test2.key >both
as alice festore key import piped <both
as alice festore key pub piped >out
same "of standard input the first key is taken, whatever is around it" out test1.pub
sed 1d test1.key | sed '$d' | base64 -d >test1.der
as alice festore key import der - <test1.der
as alice festore key pub der >out
same "DER is taken too" out test1.pub
expect 2 "the storage ree has no keys" as alice festore key import new test1.key --storage ree

# --- RSA ---

pem rsa.key 'PRIVATE KEY' <<'END'
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCnYHszjJ5G5mcu
B/N7qOMUU1Gunv9KEpsr+umaccQRI9IMMno9QGSuNYqz7Fp8F3sR5n93hgh/9MPQ
VwlnC3as4N3t43A4a/dBBURG7f6L2JjI5euigozVxl0xQLw0IONhkZeXmMAC/KSz
fbdWcA+yTULwc2eQczCWSvHIhlCWyfJOi2tqsYiqlSnOoa3STJSeiKk23nX2+p0L
PdqkBt/tWydVY3hLZJW+qAZTeW4mrpsSMfwGB6SHMiXWmbFzzsTqx8+zebxkyojK
yg9oqSZxjNTLiboe838GU/ebn0NNIH0dwWWueG3/bMNi+gllAPsQjW52vMvZQ7tS
I9Q6qxV5AgMBAAECggEAAJoif1I5bIheJSZ+q/p0zKkrEU19nhrYh404w2c23Rfr
pMMWuPsvEYhcRh7qyWj9NpiFa1zmUW2EOc7iWAZMyDzr13P6vp02z7tQ3k9zW7Xt
AMYA9b3x+z/iLG/u7WIT51EygidYw3n8rq+cVfmDuPC5tas4m2aqrVO6MG45Qn2Y
fgqu30hgU46vP0/Slf3hCp2tpcTV12P4HLu4AvPELJhvCtjbBzpqhyfaU1neUaK0
1sbs3hkBdYKzKVWslC5SvMT2InwyAKLOK51ky4CNFpQ6wCC7A0fRTgq4Qv5EtGj4
YdjAo+FgWUTqiaqtC1ibgjGIHFJE+fwZhKVQFgd9IQKBgQDPz2g/J8jixTGwadWq
jHtOXGD3r9FZKNsdZoaKhFKCLMTU7sP2scQ2AzFPOqtdkIEHkYnDIa0+zqBVqDFF
KHqqy74UiLUedl8a9fi62F45pwtq1b8p4sjAcXExP1NP6KhY9yW5MZ+YUYSToYEY
38pfNqHWGe/EQ44VU98XTEujcQKBgQDOMMMqIG7owC9KtENNCzeViMVnvnNWp8eJ
vVULhtWeyOK6V4gF/Qve+cK/kAr2P9JjeDnYw+nyDi7PVFJBjwgtkRzWpNgtLmy5
qMTwxjYx4CZiPgYijCob2YrCVB6rzRF6aCiVRKJKhsxvMNDwfxN5lxgO4n8QifQV
kvLFyi9+iQKBgQCHo0DPuBAOs9cy5mFn6Dmzc+h2wnNKVrhuADVgw+12ufHfadjO
dEk1V/AfXpPrhh4x6nSYwKprjEJqplVCZqFqSYHPtUtCjtCUsGegzQjzaGyzVsBn
fna55VGUa1jdl2YKa4Zb0l/w84QtOAUjTy6v5uDK9jLhT5a1pQDAHDRigQKBgAXD
hzEeRvtqo+fKsjbtIVikwh/sSv0ZI5LOIBp6Ym5V30CmQb8pG7PX94GzXRsVHaR6
L+PHVjrV+qkBCmuau/fKHqxBX2mj6pYmCZtRbyJlyazlXvaIRIUSx7Y288SJrvtk
/f1uNbsvmXdiPfT7GGhFuP5xhmvH73LK8M5moH1BAoGAGwwAn+6XuLNog6RtytOf
259qC0gx7Ejha9jaLzkdQxp2Bjbc0+qUQSOYB2vtOEU4nxuNbrvxl2HrGAjaD0Yp
CrGTAiGbN22ezyYRJ0y05L1hpDxavtRcMEJlpFXCQiUHja6x97UOzK/PI68HWNh+
4bcZiZB8KbmesCaIuMTG/4g=
END
expect 0 "an RSA key" as alice festore key import rsa rsa.key
printf 'a message\n' >message
expect 0 "signs" as alice festore sign --key rsa -o signature message
as alice festore key pub rsa >rsa.pub
expect 0 "rightly" festore verify --pubkey rsa.pub --signature signature message
if [ -n "$has_openssl" ]; then
	openssl pkey -in rsa.key -pubout -out wanted
	same "the public key is OpenSSL's" rsa.pub wanted
	expect 0 "openssl agrees" openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify rsa.pub \
		-signature signature message
fi

# with FILE AT BYTE: the file with another byte (three octal digits) at that place.
with() {
	head -c "$2" "$1"
	# shellcheck disable=SC2059
	printf "\\$3"
	tail -c +$(($2 + 2)) "$1"
}

# refused DESCRIPTION PATTERN: the file bad is refused, with one line, and nothing is stored.
refused() {
	expect 2 "$1" as alice festore key import bad bad
	says "is told" "$2"
}
sed 1d rsa.key | sed '$d' | base64 -d >rsa.der
# Where each number of rsa.key ends, and what it has there.
while read -r number at byte; do
	with rsa.der "$at" "$byte" >bad
	is "the key with another $number" "$(wc -c <bad)" 1217
	refused "is no pair" '^festore: key import: bad: the numbers of this key are no pair$'
done <<'END'
n 293 173
e 298 003
d 558 043
p 690 163
q 822 213
d-mod-p-1 954 203
d-mod-q-1 1085 103
1/q-mod-p 1216 212
END
sed 1d p256-i.key | sed '$d' | base64 -d >p256.der
for at in 60 90 130; do
	with p256.der $at 000 >bad
	refused "P-256 with another byte at $at" 'bad: \(the numbers of this key are no pair\|a private key that is damaged\)'
done

# --- what is no private key ---

: >bad
refused "nothing" ': 0 bytes are no private key$'
printf 'text\n' >bad
refused "text" 'this is no private key in PKCS#8 (PEM or DER), as openssl pkey writes it$'
cp test1.pub bad
refused "a public key" 'this is no private key in PKCS#8'
head -c 47 test1.der >bad
refused "DER that is cut" 'this is no private key in PKCS#8'
{
	cat test1.der
	printf x
} >bad
refused "DER with more behind it" 'this is no private key in PKCS#8'
sed 's/^MC4CAQ/MC4CBQ/' test1.key >bad
refused "another version" 'private key'
sed 's/VwBCIEI/VwBCIDI/' test1.key >bad
refused "a length that is wrong" 'private key'
sed 's/PRIVATE KEY/EC PRIVATE KEY/' test1.key >bad
refused "another label" 'this is no private key in PKCS#8'
pem bad 'PRIVATE KEY' <<'END'
MEcCAQAwBQYDK2VxBDsEOWyCpWLLgI0Q1jK+ichRPr9skp803fqMn2PJlg7240ij
UoyKP8wvBE45o/xblEkvjwMudUmiAJj5Ww==
END
refused "Ed448" 'a private key that festore cannot use: it takes RSA of 2048, .* and X25519$'
bytes 65537 bad
refused "a long file" '65537 bytes are no private key$'
expect 1 "a file that is not there" as alice festore key import bad none
expect 3 "nothing of these was stored" as alice festore key info bad

# --- encrypted ---

# The first key of RFC 8032, PBES2 with AES-256-CBC; the passphrase is "open sesame".
pem encrypted.key 'ENCRYPTED PRIVATE KEY' <<'END'
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjfqPTjUInD+AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEH2WcgwQMEkVcSY32wWBjZUEQH1l
YS4ECL8E1voAj/m9GKAXCrYpLqP1MGm/PMaXw8pvHo4r8ucnziRD9TabZmCfmiGs
BAtJ/EBBWiEj9HS0WMo=
END
echo 'open sesame' >passphrase
# with_fd FILE ARGS...: the passphrase comes from FILE.
with_fd() {
	file=$1
	shift
	as alice festore key import --passphrase-fd 5 "$@" 5<"$file"
}
expect 0 "an encrypted key" with_fd passphrase encrypted encrypted.key
as alice festore key pub encrypted >out
same "is opened" out test1.pub
sed 1d encrypted.key | sed '$d' | base64 -d >encrypted.der
printf 'open sesame' >passphrase
expect 0 "so is one in DER, and a passphrase without a newline" with_fd passphrase "encrypted DER" encrypted.der
printf 'open sesame\nand more\n' >passphrase
expect 0 "of the passphrase the first line counts" with_fd passphrase "encrypted line" encrypted.key
echo 'open simsim' >passphrase
expect 5 "another passphrase" with_fd passphrase bad encrypted.key
says "is said to be" '^festore: key import: bad: the passphrase does not open the private key$'
: >passphrase
expect 5 "none at all too" with_fd passphrase bad encrypted.key
bytes 2000 random
tr -d '\n' <random | head -c 1025 >passphrase
expect 2 "a long one" with_fd passphrase bad encrypted.key
says "is told" 'a passphrase has at most 1024 bytes$'
head -c 1024 passphrase >at-most
expect 5 "a byte less is tried" with_fd at-most bad encrypted.key
for number in 77 -1 x '' 5x 99999999999999999999; do
	expect 2 "the descriptor $number" as alice festore key import --passphrase-fd "$number" bad encrypted.key
	says "is none" "is no open descriptor\$"
done
echo 'open sesame' >passphrase
expect 0 "a key that is not encrypted needs none" with_fd passphrase plain test1.key
with encrypted.der 2 000 >bad
expect 2 "an encrypted key that is damaged" with_fd passphrase bad bad
says "is none" 'this is no private key in PKCS#8'
expect 3 "nothing of these was stored" as alice festore key info bad

if ! command -v script >/dev/null || ! command -v setsid >/dev/null; then
	for key in rsa test1; do
		as alice festore key rm "$key"
	done
	done_testing
	exit 0
fi

# --- from the terminal ---

expect 2 "without a terminal a passphrase cannot be asked for" as alice setsid -w festore key import bad encrypted.key
says "which is said" 'there is no terminal to ask for its passphrase: see --passphrase-fd$'

# From which nothing comes, and no end either.
mkfifo silence
# shellcheck disable=SC2016 # for the shell on the terminal
{
	: >out
	typed 'passphrase: ' 'open sesame\n' | terminal alice 'festore key import asked encrypted.key; echo "status $?"'
	grep -q 'passphrase: ' out && grep -q 'status 0' out && grep -q 'shown again' out
	result $? "a passphrase is asked for on the terminal"
	! grep -q sesame out
	result $? "which does not show it"
	as alice festore key pub asked >got
	same "and the key is opened" got test1.pub
	for signal in TERM HUP; do
		terminal alice "festore key import bad encrypted.key & hidden; kill -$signal \$!; wait \$!; echo \"status \$?\"" <>silence
		grep -q 'status 130' out && grep -q 'shown again' out && ! grep -q 'it is shown' out
		result $? "$signal ends the question, and the terminal is as it was"
	done
	: >out
	typed 'passphrase: ' '\003' | terminal alice 'trap : INT; festore key import bad encrypted.key; echo "status $?"'
	grep -q 'status 130' out && grep -q 'shown again' out
	result $? "and so does Ctrl-C"
	terminal_twice='festore key import bad encrypted.key & hidden; kill -TERM $!; kill -TERM $!; kill -HUP $!; wait $!; echo "status $?"'
	for round in 1 2 3 4 5; do
		terminal alice "$terminal_twice" <>silence
		grep -Eq 'status (129|130|143)' out && grep -q 'shown again' out && ! grep -q 'it is shown' out
		result $? "and so it is after three signals ($round)"
	done
}

for key in rsa test1; do
	as alice festore key rm "$key"
done
done_testing
