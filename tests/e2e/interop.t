#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same private keys in OpenSSL and in the vault: what one signs the other finds right, what one encrypts the other opens; nothing,
# one byte, as much as may be, and 16 MiB. The machine has an openssl in check-interop only.
. "$(dirname "$0")/tap.sh"
only vault
if ! command -v openssl >/dev/null; then
	echo "1..0 # SKIP no openssl here"
	exit 0
fi
forget_keys alice

: >empty
printf x >one
bytes 16777216 large
head -c 32768 large >limit

# pair NAME ALGORITHM [OPTION]: NAME.key, its public half, a certificate for it, and the same key in the vault under the same name.
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>/dev/null
pair() {
	openssl genpkey -algorithm "$2" ${3:+-pkeyopt "$3"} -out "$1.key" 2>/dev/null
	openssl pkey -in "$1.key" -pubout -out "$1.pub"
	openssl req -new -key ca.key -subj "/CN=$1" 2>/dev/null | openssl x509 -req -force_pubkey "$1.pub" -CA ca.crt -CAkey ca.key \
		-CAcreateserial -days 2 -out "$1.crt" 2>/dev/null
	chmod 0644 "$1.key"
	expect 0 "import of $1" as alice festore key import "$1" "$1.key"
	as alice festore key pub "$1" >out
	same "it is the same key" out "$1.pub"
}
pair rsa2048 RSA rsa_keygen_bits:2048
pair rsa3072 RSA rsa_keygen_bits:3072
pair rsa4096 RSA rsa_keygen_bits:4096
pair p256 EC ec_paramgen_curve:P-256
pair p384 EC ec_paramgen_curve:P-384
pair p521 EC ec_paramgen_curve:P-521
pair ed25519 ED25519
pair x25519 X25519

# --- signatures ---

# both KEY FILE FESTORE-OPTIONS -- OPENSSL-OPTIONS: each signs, the other one judges.
both() {
	key=$1 file=$2
	shift 2
	ours=
	while [ "$1" != -- ]; do
		ours="$ours $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options
	as alice festore sign --key "$key" $ours -o signature "$file" && openssl "$@" -verify "$key.pub" -signature signature "$file" >out
	result $? "$key$ours: openssl finds right what festore signs: $file"
	rm signature
	# OpenSSL's command of 3.5 does not sign nothing with Ed25519.
	if ! openssl "$@" -sign "$key.key" -out signature "$file" && [ "$key$file" = ed25519empty ]; then
		return
	fi
	# shellcheck disable=SC2086
	expect 0 "$key$ours: festore finds right what openssl signs: $file" as alice festore verify --key "$key" $ours --signature signature "$file"
	flip signature 20
	# shellcheck disable=SC2086
	expect 11 "and not once it was changed" as alice festore verify --key "$key" $ours --signature signature "$file"
}
for file in empty one large; do
	both p256 "$file" -- dgst -sha256
	both p384 "$file" -- dgst -sha384
	both p521 "$file" -- dgst -sha512
	for key in rsa2048 rsa3072 rsa4096; do
		both "$key" "$file" -- dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
		both "$key" "$file" --scheme pkcs1 --hash sha512 -- dgst -sha512
	done
done
for file in empty one limit; do
	as alice festore sign --key ed25519 -o signature $file
	openssl pkeyutl -sign -inkey ed25519.key -rawin -in $file -out theirs
	# Ed25519 signs a message in one way only. OpenSSL 3.0 does not take an empty file.
	[ $file = empty ] || same "ed25519 signs $file as openssl does" signature theirs
	expect 0 "and finds it right" as alice festore verify --key ed25519 --signature signature $file
done

# --- encryption ---

oaep='-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256'
for key in rsa3072 rsa4096 p256 p384 p521; do
	options=
	case $key in
	rsa*) options=$oaep ;;
	esac
	for file in empty one large; do
		as alice festore encrypt --key $key -o sealed $file && openssl cms -decrypt -binary -inform DER -in sealed -inkey $key.key -out back && cmp -s back $file
		result $? "openssl opens what festore encrypts to $key: $file"
		# OpenSSL 3.0 makes no streamed message of nothing.
		stream=-stream
		[ $file != empty ] || stream=
		# shellcheck disable=SC2086 # options
		openssl cms -encrypt -binary $stream -aes-256-gcm -in $file -outform DER -out sealed -recip $key.crt $options &&
			as alice festore decrypt --key $key -o back sealed && cmp -s back $file
		result $? "festore opens what openssl encrypts to $key: $file"
	done
done
# The most that a block of RSA-OAEP takes with SHA-256 are 66 bytes less than the modulus.
for key in rsa2048:190 rsa3072:318 rsa4096:446; do
	room=${key#*:} key=${key%:*}
	head -c "$room" large >block
	for file in empty block; do
		as alice festore encrypt --raw --key "$key" -o sealed $file && openssl pkeyutl -decrypt -inkey "$key.key" -in sealed -out back \
			-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 && cmp -s back $file
		result $? "openssl opens a block to $key: $file"
	done
	openssl pkeyutl -encrypt -pubin -inkey "$key.pub" -in block -out sealed -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
	expect 0 "festore opens a block to $key" as alice festore decrypt --raw --key "$key" -o back sealed
	same "of all that fits" back block
	head -c $((room + 1)) large >block
	expect 9 "a byte more does not fit" as alice festore encrypt --raw --key "$key" -o sealed block
done

forget_keys alice
done_testing
