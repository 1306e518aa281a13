#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# decrypt --key, encrypt --key: there and back by keys in the TEE; what OpenSSL encrypts is opened; nothing that was changed is. In the
# machine, which has no openssl, without that.
. "$(dirname "$0")/tap.sh"
only vault
forget alice

forget_keys alice
types='rsa2048 p256 p384 p521 x25519'
for type in $types; do
	expect 0 "a key of type $type" as alice festore key gen "$type" --type "$type" --use decrypt
	as alice festore key pub "$type" >"$type.pub"
done

: >empty
printf x >one
size_large=100000
sizes="one 32769"
if [ "${FESTORE_E2E:-machine}" != machine ]; then
	size_large=16777216
	sizes="empty one 4096 4097 28672 32768 32769 large"
fi
bytes $size_large large
# shellcheck disable=SC2094 # they are different files
for size in 4096 4097 28672 32768 32769 65536; do
	head -c $size large >$size
done

# --- there and back ---

back() {
	as alice festore decrypt --key "$1" sealed -o opened && cmp -s opened "$2"
}
for type in $types; do
	for size in $sizes; do
		as alice festore encrypt --key "$type" -o sealed "$size" && back "$type" "$size"
		result $? "$size to $type and back"
	done
	festore encrypt --recipient "$type.pub" 65536 >sealed.0
	as alice festore decrypt --key "$type" <sealed.0 >opened
	same "$type: a file that was encrypted without the TEE, from standard input" opened 65536
	# shellcheck disable=SC2002 # a pipe it is to be
	cat sealed.0 | as alice festore decrypt --key "$type" >opened
	same "$type: through a pipe" opened 65536
done
head -c 190 large >block
as alice festore encrypt --raw --key rsa2048 -o sealed block
expect 0 "a raw block" as alice festore decrypt --raw --key rsa2048 -o opened sealed
same "is opened" opened block

# --- not by others ---

festore encrypt --recipient p256.pub one >p256.cms
festore encrypt --recipient rsa2048.pub one >rsa.cms
festore encrypt --recipient x25519.pub one >x25519.hpke
expect 3 "bob has no such key" as bob festore decrypt --key p256 p256.cms
for sealed in p256.cms rsa.cms x25519.hpke; do
	expect 3 "another key of alice's does not open $sealed" as alice festore decrypt --key p384 $sealed
	says "and says so" 'was not encrypted to this key'
done
as alice festore key gen signs --type p256 --use sign
expect 5 "a key that was not made to decrypt" as alice festore decrypt --key signs p256.cms
says "says so" 'not made for this use'
expect 5 "nor is anything encrypted to it" as alice festore encrypt --key signs one

# --- what is wrong ---

# wrong STATUS WHAT KEY: the file bad is refused, and nothing comes out of it.
wrong() {
	expect "$1" "$2" as alice festore decrypt --key "$3" bad
	[ ! -s out ]
	result $? "gives nothing"
	[ -s err ] && [ "$(wc -l <err)" -eq 1 ]
	result $? "and one message"
}
for name in p256.cms rsa.cms x25519.hpke; do
	key=${name%.*}
	[ "$key" != rsa ] || key=rsa2048
	{ cat $name && printf x; } >bad
	wrong 6 "$name: a byte more" "$key"
	head -c -1 $name >bad
	wrong 6 "$name: a byte less" "$key"
	: >bad
	wrong 6 "$name: nothing at all" "$key"
done
festore encrypt --recipient p256.pub 65536 >whole
for at in 40000 60000; do
	head -c $at whole >bad
	printf '\125\252\125' >>bad
	tail -c +$((at + 4)) whole >>bad
	is "three bytes changed at $at" "$(wc -c <bad)" "$(wc -c <whole)"
	wrong 6 "is refused" p256
	# shellcheck disable=SC2002
	cat bad | as alice festore decrypt --key p256 >out 2>err
	[ ! -s out ]
	result $? "and through a pipe nothing comes either"
done
festore encrypt --recipient x25519.pub 65536 >whole
head -c $((64 + 2 * 4112)) whole >bad
as alice festore decrypt --key x25519 -o kept bad 2>err
is "an envelope that is cut between chunks" $? 6
[ ! -e kept ]
result $? "makes no file"
printf 'MIME-Version: 1.0\n' >bad
wrong 2 "S/MIME" p256
expect 2 "without a key" as alice festore decrypt one
expect 2 "a key and a recipient" as alice festore encrypt --key p256 --recipient p256.pub one

if ! command -v openssl >/dev/null; then
	done_testing
	exit 0
fi

# --- what OpenSSL makes ---

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>/dev/null
echo 'subjectKeyIdentifier=hash' >ext
certify() {
	openssl req -new -key ca.key -subj "/CN=$1" 2>/dev/null | openssl x509 -req -force_pubkey "$1.pub" -CA ca.crt -CAkey ca.key \
		-CAcreateserial -days 2 -extfile ext -out "$1.crt" 2>/dev/null
}
oaep='-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256'
for type in $types; do
	[ "$type" != x25519 ] || continue
	certify "$type"
	case $type in rsa*) options=$oaep ;; *) options= ;; esac
	for size in empty one 65536 large; do
		for how in '' -stream -keyid; do
			[ "$how" != -keyid ] || [ "$size" = one ] || continue
			# OpenSSL 3.0 cannot make this one.
			[ "$how$size" != -streamempty ] || continue
			# shellcheck disable=SC2086 # options are several words
			openssl cms -encrypt -binary $how -aes-256-gcm -in "$size" -outform DER -out sealed -recip "$type.crt" $options &&
				back "$type" "$size"
			result $? "openssl cms $how: $size to $type"
		done
	done
done
openssl cms -encrypt -binary -aes-256-gcm -in one -outform DER -out sealed -recip p521.crt -keyopt ecdh_kdf_md:sha512
expect 0 "with SHA-512" back p521 one
# shellcheck disable=SC2086
openssl cms -encrypt -binary -aes-256-gcm -in one -outform DER -out sealed -recip ca.crt $oaep -recip rsa2048.crt $oaep
expect 0 "to two, this key the second" back rsa2048 one
openssl pkeyutl -encrypt -pubin -inkey rsa2048.pub -in block -out sealed -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
expect 0 "openssl pkeyutl" as alice festore decrypt --raw --key rsa2048 -o opened sealed
same "is opened" opened block

openssl cms -encrypt -binary -aes-256-gcm -in one -outform DER -out bad -recip rsa2048.crt
wrong 2 "PKCS#1 v1.5" rsa2048
says "and the way out" 'rsa_padding_mode:oaep'
openssl cms -encrypt -binary -aes-256-gcm -in one -outform DER -out bad -recip rsa2048.crt -keyopt rsa_padding_mode:oaep
wrong 2 "OAEP with SHA-1" rsa2048
# shellcheck disable=SC2086
openssl cms -encrypt -binary -aes-256-cbc -in one -outform DER -out bad -recip rsa2048.crt $oaep
wrong 2 "CBC, which shows no change" rsa2048
openssl cms -encrypt -binary -aes-128-gcm -in one -outform DER -out bad -recip p256.crt
wrong 2 "AES-128" p256

for key in $types signs; do
	as alice festore key rm "$key"
done
forget alice
done_testing
