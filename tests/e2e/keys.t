#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Keys: made, listed, shown, moved, removed; what they sign, and that nothing else passes for it. Where there is an openssl, it
# must agree; in the machine, which has none, the command's own verify is asked, which the host's run has compared.
. "$(dirname "$0")/tap.sh"
only vault
forget alice
forget bob

forget_keys alice
forget_keys bob

# agrees DESCRIPTION OPENSSL-ARGUMENTS...: openssl says yes; a pass where there is none.
has_openssl=$(command -v openssl)
agrees() {
	what=$1
	shift
	[ -n "$has_openssl" ] || return 0
	expect 0 "$what" openssl "$@"
}

printf 'a message\n' >message
printf 'another\n' >other
: >empty

# --- made, once ---

types='rsa2048 p256 p384 p521 ed25519 x25519'
for type in $types; do
	expect 0 "a key of type $type is made" as alice festore key gen "$type" --type "$type"
done
is "without a word" "$(cat out err)" ""
expect 4 "a key is never replaced" as alice festore key gen p256 --type p256
says "which is said" '^festore: key gen: p256: the tag exists already$'
expect 2 "a type must be said" as alice festore key gen new
expect 2 "one that there is" as alice festore key gen new --type p192
says "which tells them" 'there is no type p192; there are: rsa2048, .*x25519$'
expect 2 "a use must be one" as alice festore key gen new --type p256 --use sing
says "which tells them" 'there is no use sing; there are: sign, decrypt, derive, derive-raw$'
expect 2 "and one of the type" as alice festore key gen new --type ed25519 --use decrypt
says "which is said" 'new: a key of type ed25519 has no such use$'
expect 2 "of several all" as alice festore key gen new --type x25519 --use derive,sign
expect 3 "nothing of these was made" as alice festore key info new
expect 2 "the storage ree has no keys" as alice festore key gen new --type p256 --storage ree

# --- listed and shown ---

expect 0 "keys are listed" as alice festore key ls
is "by tag" "$(cat out)" "$(echo "$types" | tr ' ' '\n' | LC_ALL=C sort)"
expect 0 "and those of a prefix" as alice festore key ls p3
is "alone" "$(cat out)" p384
expect 0 "a long list" as alice festore key ls -l x25519
grep -Eq '^x25519   [-0-9]*T[:0-9]*Z  decrypt  x25519$' out
result $? "has type, time and uses"
expect 0 "a list in JSON" as alice festore key ls --json p256
grep -Eq '^\{"tag":"p256","type":"p256","use":\["sign","decrypt"\],"created":"[-0-9]*T[:0-9]*Z"\}$' out
result $? "has them by name"
expect 0 "one key's" as alice festore key info --json p256
mv out info
as alice festore key ls --json p256 >out
same "is the same" info out
expect 0 "for people" as alice festore key info rsa2048
is "the type" "$(sed -n 's/^type: *//p' out)" rsa2048
is "the uses" "$(sed -n 's/^use: *//p' out)" sign,decrypt
expect 3 "a key that is not there" as alice festore key info none
says "is said so" '^festore: key info: none: there is no such tag$'

# --- a name space of their own ---

expect 0 "a file may have a key's tag" as alice festore put p256 message
expect 0 "and is listed" as alice festore ls
is "alone" "$(cat out)" p256
expect 0 "it is what was put" as alice festore get p256
same "whole" out message
expect 0 "its removal" as alice festore rm p256
expect 0 "leaves the key" as alice festore key info p256
expect 3 "which no get gives" as alice festore get p256
expect 3 "no stat" as alice festore stat p256
expect 3 "no mv" as alice festore mv p256 new
expect 3 "and no rm removes" as alice festore rm p256
as alice festore put plain message
expect 0 "an export" as alice festore export
grep -aq plain out && ! grep -aq p256 out
result $? "has no keys"
as alice festore rm plain
expect 3 "another user has none of this tag" as bob festore key info p256
expect 3 "and signs nothing with it" as bob festore sign --key p256 message

# --- public keys ---

for type in $types; do
	expect 0 "the public key of $type" as alice festore key pub "$type" -o "$type.pem"
	agrees "which openssl reads" pkey -pubin -in "$type.pem" -noout
	as alice festore key pub --format der "$type" >"$type.der"
	if [ -n "$has_openssl" ]; then
		openssl pkey -pubin -in "$type.pem" -outform der -out "$type.back"
		same "and writes as we do" "$type.der" "$type.back"
	fi
done
agrees "the point is on its curve" pkey -pubin -in p521.pem -pubcheck -noout
expect 2 "there is no other form" as alice festore key pub --format xml p256
expect 0 "a line for OpenSSH" as alice festore key pub --format ssh ed25519
grep -Eq '^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]*=* ed25519$' out
result $? "has type, key and tag"
expect 2 "OpenSSH has no X25519" as alice festore key pub --format ssh x25519
if command -v ssh-keygen >/dev/null; then
	for type in rsa2048 p256 p384 p521 ed25519; do
		as alice festore key pub --format ssh "$type" >"$type.ssh"
		expect 0 "ssh-keygen reads $type" ssh-keygen -l -f "$type.ssh"
	done
fi
expect 0 "a JWK" as alice festore key pub --format jwk p256
grep -Eq '^\{"kty":"EC","crv":"P-256","x":"[-_A-Za-z0-9]{43}","y":"[-_A-Za-z0-9]{43}"\}$' out
result $? "of a curve"
as alice festore key pub --format jwk rsa2048 >out
grep -Eq '^\{"kty":"RSA","n":"[-_A-Za-z0-9]{342}","e":"AQAB"\}$' out
result $? "of RSA"
as alice festore key pub --format jwk x25519 >out
grep -Eq '^\{"kty":"OKP","crv":"X25519","x":"[-_A-Za-z0-9]{43}"\}$' out
result $? "of X25519"

# --- signatures ---

# signs TYPE FILE OPTIONS...: a signature that is right, of this message alone, by this key alone.
signs() {
	type=$1 file=$2
	shift 2
	expect 0 "$type signs $file $*" as alice festore sign --key "$type" "$@" -o signature "$file"
	expect 0 "the signature is right" as alice festore verify --key "$type" "$@" --signature signature "$file"
	expect 0 "without the TEE too" festore verify --pubkey "$type.pem" "$@" --signature signature "$file"
	expect 11 "not for another message" festore verify --pubkey "$type.pem" "$@" --signature signature other
	says "which is said" '^festore: verify: signature: the signature is wrong$'
}

# Emulation takes its time: there the TEE is asked once for each.
bytes 200000 large
files=message
[ -z "$has_openssl" ] || files='empty message large'
for file in $files; do
	signs p256 "$file"
	agrees "openssl agrees" dgst -sha256 -verify p256.pem -signature signature "$file"
	signs p384 "$file"
	agrees "openssl agrees" dgst -sha384 -verify p384.pem -signature signature "$file"
	signs p521 "$file" --scheme ecdsa --hash sha512
	agrees "openssl agrees" dgst -sha512 -verify p521.pem -signature signature "$file"
	for hash in sha256 sha384 sha512; do
		signs rsa2048 "$file" --hash $hash
		agrees "openssl agrees" dgst -$hash -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
			-verify rsa2048.pem -signature signature "$file"
		signs rsa2048 "$file" --scheme pkcs1 --hash $hash
		agrees "openssl agrees" dgst -$hash -verify rsa2048.pem -signature signature "$file"
	done
done
bytes 32768 limit
bytes 32769 limit+1
for file in message limit; do
	signs ed25519 "$file"
	agrees "openssl agrees" pkeyutl -verify -pubin -inkey ed25519.pem -rawin -in "$file" -sigfile signature
done
expect 9 "Ed25519 has a limit" as alice festore sign --key ed25519 limit+1
says "which is said" 'limit+1: Ed25519 signs messages of at most 32768 bytes, as it needs them whole$'
expect 9 "to verify too" festore verify --pubkey ed25519.pem --signature signature limit+1
signs ed25519 empty
as alice festore sign --key p256 <message >signature
expect 0 "a message may come by standard input" sh -c 'festore verify --pubkey p256.pem --signature signature - <message'

as alice festore sign --key p256 message >signature
expect 11 "another key's signature is wrong" festore verify --pubkey p384.pem --signature signature message
expect 11 "an empty one too" festore verify --pubkey p256.pem --signature empty message
head -c 20 signature >begun
expect 11 "and one that is cut" festore verify --pubkey p256.pem --signature begun message
{ cat signature; printf x; } >longer
expect 11 "or longer" festore verify --pubkey p256.pem --signature longer message
expect 2 "what is no public key is said so" festore verify --pubkey message --signature signature message
says "in words" 'message: this is no public key (SubjectPublicKeyInfo, PEM or DER)$'
expect 2 "X25519 signs nothing" as alice festore verify --pubkey x25519.pem --signature signature message
expect 5 "nor in the TEE" as alice festore sign --key x25519 message
says "which is said" 'x25519: the key was not made for this use$'
expect 2 "a curve has its own hash" as alice festore sign --key p256 --hash sha512 message
expect 2 "also where nothing is looked up" as alice festore sign --key p256 --scheme ecdsa --hash sha512 message
says "which is said" "p256: the key's type has no such scheme or hash\$"
expect 2 "there is no other scheme" as alice festore sign --key p256 --scheme dsa message
expect 2 "nor hash" as alice festore sign --key rsa2048 --hash md5 message
expect 3 "no key, no signature" as alice festore sign --key none message
expect 2 "a key must be named" as alice festore sign message
expect 2 "one of two" festore verify --signature signature message
expect 2 "not both" festore verify --key p256 --pubkey p256.pem --signature signature message

# --- signatures of OpenSSH's ---

# Where there is an ssh-keygen, it must agree, and disagree.
for type in rsa2048 p256 p384 p521 ed25519; do
	expect 0 "$type signs for OpenSSH" as alice festore sign --key "$type" --namespace file -o message.sig message
	command -v ssh-keygen >/dev/null || continue
	printf 'alice %s\n' "$(as alice festore key pub --format ssh "$type")" >allowed
	expect 0 "ssh-keygen agrees" sh -c 'ssh-keygen -Y verify -f allowed -I alice -n file -s message.sig <message'
	expect 255 "not of another message" sh -c 'ssh-keygen -Y verify -f allowed -I alice -n file -s message.sig <other'
	expect 255 "nor for another use" sh -c 'ssh-keygen -Y verify -f allowed -I alice -n git -s message.sig <message'
done
if command -v ssh-keygen >/dev/null; then
	for file in empty limit+1 large; do
		as alice festore sign --key ed25519 --namespace file -o message.sig $file
		expect 0 "ssh-keygen agrees on $file" sh -c "ssh-keygen -Y verify -f allowed -I alice -n file -s message.sig <$file"
	done
fi
expect 5 "a key that does not sign does not for OpenSSH" as alice festore sign --key x25519 --namespace file message
expect 2 "a use must be named" as alice festore sign --key p256 --namespace '' message
says "which is said" 'p256: what a signature is for has 1 to 255 bytes$'
expect 2 "a scheme is OpenSSH's own" as alice festore sign --key rsa2048 --namespace file --scheme pss message

# --- uses are for good ---

expect 0 "a key only to decrypt" as alice festore key gen reader --type p256 --use decrypt
expect 5 "does not sign" as alice festore sign --key reader message
expect 5 "whatever it is asked" as alice festore sign --key reader --scheme ecdsa --hash sha256 message

# --- moved and removed ---

expect 0 "a key gets another tag" as alice festore key mv p256 "new tag"
expect 3 "the old one is gone" as alice festore key info p256
expect 0 "it is the same key" as alice festore key pub "new tag"
same "as before" out p256.pem
expect 0 "it signs" as alice festore sign --key "new tag" -o signature message
expect 0 "as before" festore verify --pubkey p256.pem --signature signature message
expect 4 "no key is replaced" as alice festore key mv "new tag" p384
says "which is said" '^festore: key mv: p384: the tag exists already$'
expect 0 "a vault with keys is intact" as alice festore fsck -v
is "all of them" "$(grep -c '^intact' out)" 7
expect 0 "keys are removed" as alice festore key rm "new tag" p384
expect 3 "for good" as alice festore key pub p384
expect 3 "others are tried" as alice festore key rm p384 p521
expect 3 "and gone" as alice festore key info p521
expect 2 "a subcommand must be named" as alice festore key
expect 2 "one that there is" as alice festore key export rsa2048

forget_keys alice
done_testing
