#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# encrypt --recipient: what it makes is opened by OpenSSL, or for X25519 by a reader of its own (tests/vectors/envelope.py); which
# keys and arguments it refuses. It asks no TEE, so one storage and one machine say all; where there is no openssl, this is about
# arguments only.
reader=$(cd "$(dirname "$0")/../vectors" 2>/dev/null && pwd)/envelope.py
. "$(dirname "$0")/tap.sh"
only vault

cat >p256.pub <<'END'
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
END
printf x >one

# --- arguments: no TEE is asked, so there need not be one ---

unset FESTORE_FAKE_TEE
expect 0 "a file to a public key" festore encrypt --recipient p256.pub one
[ "$(wc -c <out)" -gt 200 ]
result $? "gives a message"
expect 0 "with -o" festore encrypt -v --recipient=p256.pub -o sealed one
says "it says how much it was" '^festore: encrypt: encrypted 1 bytes$'
is "the file is for its owner only" "$(stat -c %a sealed)" 600
expect 2 "without a recipient" festore encrypt one
says "says how" 'usage: festore encrypt'
for option in --storage=vault --vault=x --group=root; do
	expect 2 "a store ($option)" festore encrypt "$option" --recipient p256.pub one
	says "is none" 'the public key of --recipient is in no store'
done
expect 2 "two files" festore encrypt --recipient p256.pub one one
expect 2 "key and content from standard input" festore encrypt --recipient - -
says "says so" 'cannot both come from standard input'
sh -c 'cat p256.pub | festore encrypt --recipient - one' >out
[ -s out ]
result $? "the key may come from there"
expect 1 "a recipient that is not there" festore encrypt --recipient nobody one
says "says so" 'cannot read nobody: No such file'
expect 1 "a file that is not there" festore encrypt --recipient p256.pub nothing
says "says so" 'cannot read nothing: No such file'
expect 2 "a raw block for a curve" festore encrypt --raw --recipient p256.pub one
says "says so" 'p256.pub: only RSA keys encrypt a raw block'
full() {
	festore encrypt --recipient p256.pub one >/dev/full
}
expect 9 "to a full device" full
says "says so, once" 'cannot write to standard output: No space'
printf kept >kept
head -c 70 p256.pub >cut.pub
expect 2 "a key that is cut short" festore encrypt --recipient cut.pub -o kept one
says "says so" 'cut.pub: this is no public key'
expect 2 "no key at all" festore encrypt --recipient one -o kept one
says "says so" 'one: this is no public key'
is "and leaves the file" "$(cat kept)" kept

if ! command -v openssl >/dev/null || [ ! -x "$reader" ]; then
	done_testing
	exit 0
fi

# --- others read it ---

key() {
	name=$1
	shift
	openssl genpkey "$@" -out "$name.key" 2>/dev/null && openssl pkey -in "$name.key" -pubout -out "$name.pub"
}
for bits in 2048 3072 4096; do
	key rsa$bits -algorithm RSA -pkeyopt rsa_keygen_bits:$bits
done
for curve in P-256 P-384 P-521; do
	key $curve -algorithm EC -pkeyopt ec_paramgen_curve:$curve
done
key x25519 -algorithm X25519

: >empty
bytes 16777216 large
# shellcheck disable=SC2094 # they are different files
for size in 190 191 318 319 446 447 4096 4097 65536 65537; do
	head -c "$size" large >"$size"
done

# opens NAME IN: what is in ./sealed, to ./back.
opens_cms() {
	openssl cms -decrypt -binary -inform DER -in sealed -inkey "$1.key" -out back
}
opens_raw() {
	openssl pkeyutl -decrypt -in sealed -inkey "$1.key" -out back -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
}
opens_hpke() {
	/usr/bin/python3 "$reader" open "$1.key" <sealed >back
}

# travels HOW NAME SIZE OPTION...: encrypted as a file or, what is large, from a pipe, and opened by others.
travels() {
	how=$1 name=$2 size=$3
	shift 3
	if [ "$size" = large ]; then
		head -c 20000000 large | festore encrypt "$@" --recipient "$name.pub" >sealed
	else
		festore encrypt "$@" --recipient "$name.pub" -o sealed "$size"
	fi
	"opens_$how" "$name" && cmp -s back "$size"
	result $? "$how: $size to $name"
}
for name in rsa2048 rsa3072 rsa4096 P-256 P-384 P-521; do
	for size in empty one 65536 65537 large; do
		travels cms "$name" $size
	done
done
for name in 2048:190:191 3072:318:319 4096:446:447; do
	IFS=: read -r bits limit more <<-END
		$name
	END
	for size in empty one "$limit"; do
		travels raw "rsa$bits" "$size" --raw
	done
	expect 9 "raw: one byte more to rsa$bits" festore encrypt --raw --recipient "rsa$bits.pub" -o none "$more"
	says "says how many fit" "too long for one block, which takes $limit bytes with this key"
	[ ! -e none ]
	result $? "nothing was written"
done
is "the reader agrees with RFC 9180" "$(/usr/bin/python3 "$reader" vectors)" 'RFC 9180, A.2.1: as published'
for size in empty one 4096 4097 65536 large; do
	travels hpke x25519 $size
done

# --- a certificate finds its message by the key's identifier ---

for name in rsa2048 P-384; do
	openssl req -x509 -key $name.key -subj /CN=$name -days 2 -out $name.crt 2>/dev/null
	openssl req -x509 -key P-256.key -subj /CN=other -days 2 -out other.crt 2>/dev/null
	festore encrypt --recipient $name.pub -o sealed one
	expect 0 "openssl cms -decrypt -recip $name.crt" openssl cms -decrypt -inform DER -in sealed -recip $name.crt -inkey $name.key -out back
	same "opens it" back one
	expect 4 "with another certificate" openssl cms -decrypt -inform DER -in sealed -recip other.crt -inkey P-256.key
done

# --- what is changed or cut is not opened, by those either ---

festore encrypt --recipient x25519.pub -o whole large
refuses() {
	expect 6 "hpke: $1" opens_hpke x25519
}
head -c 1048640 whole >sealed
refuses "cut within a chunk"
head -c $((64 + 10 * 4112)) whole >sealed
refuses "cut between chunks"
{ cat whole && printf x; } >sealed
refuses "a byte more"
{ head -c $((64 + 4112)) whole && tail -c +$((64 + 2 * 4112 + 1)) whole; } >sealed
refuses "a chunk left out"
{ head -c 64 whole && tail -c +$((64 + 4112 + 1)) whole | head -c 4112 && tail -c +65 whole | head -c 4112 &&
	tail -c +$((64 + 2 * 4112 + 1)) whole; } >sealed
is "two chunks in another order, all of them" "$(wc -c <sealed)" "$(wc -c <whole)"
refuses "are refused"
key other -algorithm X25519
cp whole sealed
expect 3 "hpke: another key" opens_hpke other

# --- memory is bounded ---

# A sanitizer needs far more than that for itself.
# shellcheck disable=SC3045 # dash and busybox know -v
if (ulimit -v 100000 && festore version) >/dev/null 2>&1; then
	large_one() {
		# shellcheck disable=SC3045
		(ulimit -v 100000 && head -c 268435456 /dev/zero | festore encrypt --recipient "$1" -o sealed)
	}
	for name in P-256 x25519; do
		expect 0 "256 MiB to $name in less than 100 MB" large_one $name.pub
	done
fi

done_testing
