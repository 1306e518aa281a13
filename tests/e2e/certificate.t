#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# key csr and key cert: what is signed, that it is signed, and what they say. Where there is an openssl, it is the judge; in the
# machine, which has none, what was signed and the signature are cut out of the DER and given to festore verify.
. "$(dirname "$0")/tap.sh"
only vault
has_openssl=$(command -v openssl)
forget alice
forget_keys alice

# --- DER ---

# octet FILE AT: the byte there, as a number.
octet() {
	od -An -v -tu1 -j"$2" -N1 "$1" | tr -d ' \n'
}
# element FILE AT: sets head, the bytes before the content of the element there, and len, those of the content.
element() {
	len=$(octet "$1" $(($2 + 1)))
	case $len in
	129) head=3 len=$(octet "$1" $(($2 + 2))) ;;
	130) head=4 len=$((256 * $(octet "$1" $(($2 + 2))) + $(octet "$1" $(($2 + 3))))) ;;
	*) head=2 ;;
	esac
}
# cut_out FILE: writes ./tbs and ./signature, which is the last of the three that the whole consists of.
cut_out() {
	element "$1" 0
	from=$head
	element "$1" "$from"
	tail -c +$((from + 1)) "$1" | head -c $((head + len)) >tbs
	from=$((from + head + len))
	element "$1" "$from"
	from=$((from + head + len))
	element "$1" "$from"
	# A byte says that all bits of the last one count.
	tail -c +$((from + head + 2)) "$1" >signature
	[ $((from + head + len)) -eq "$(wc -c <"$1")" ]
	result $? "$1 is as long as it says"
}

# --- signed by each type ---

# openssl_agrees: with ./csr.der and ./cert.der, of the key ./pub.
openssl_agrees() {
	openssl x509 -inform der -in cert.der -out cert.pem
	expect 0 "openssl finds the request right" openssl req -inform der -in csr.der -verify -noout
	expect 0 "and the certificate" openssl verify -x509_strict -CAfile cert.pem -check_ss_sig cert.pem
	openssl req -inform der -in csr.der -noout -pubkey >out
	same "both are of this key" out pub
	openssl x509 -in cert.pem -noout -pubkey >out
	same "as it is shown" out pub
}

# signs TYPE [OPTIONS...]
signs() {
	type=$1
	shift
	case "$type $*" in
	rsa*pss* | rsa*pkcs1* | [!r]*) scheme= ;;
	*) scheme='--scheme pkcs1' ;;
	esac
	for verb in csr cert; do
		expect 0 "$type: key $verb $*" as alice festore key $verb --subject 'CN=device 7,O=Example' "$@" --format der -o $verb.der "$type"
		cut_out $verb.der
		# shellcheck disable=SC2086 # two words or none
		expect 0 "its signature is right" festore verify --pubkey pub --signature signature $scheme "$@" tbs
	done
	[ -z "$has_openssl" ] || openssl_agrees
}

types='p256 ed25519'
[ -z "$has_openssl" ] || types="$types p384 p521 rsa2048"
for type in $types; do
	as alice festore key gen "$type" --type "$type" --use sign
	as alice festore key pub "$type" -o pub
	signs "$type"
done
if [ -n "$has_openssl" ]; then
	for hash in sha256 sha384 sha512; do
		signs rsa2048 --scheme pkcs1 --hash $hash
		signs rsa2048 --scheme pss --hash $hash
	done
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa3072.key 2>err
	chmod 0644 rsa3072.key
	# Made for this test: to make another takes long.
	cat >rsa4096.key <<'END'
-----BEGIN PRIVATE KEY-----
MIIJQQIBADANBgkqhkiG9w0BAQEFAASCCSswggknAgEAAoICAQC6S4BC4zGtVE1D
HQc5KpZuV7oYR78Oe+PHXAdLOcGz5OQizMErE/UXgfR/SQNs0dgwusfWcdO1/6ze
WnJDPNYv7QPUvJU9MMWoO9mdLlLU5yd+WrmVcffdRvZ1Z2njPPaLLM1c7UQSUMsW
yXdwhtZzoPcyGFfToGye4Hq0VwDam67FBY+q4o/0fr1k2mgi3s5Ne/tV7o+76iok
fBhf/dvxdae51H2YdR/GSnTbi4T1Lg0aSAX+1NDkUzaCwiykaWXAKMFOOpUab8SP
0fx2SRfh7/jliq7vlPkZ5OrKsTbgR38QcQ2aF1NmHJ8L/i8bqHbQWn+Jfs6OE0T1
FDO4o3pvWGeCy5S6CyulvwWbE3IrLDUi68p/G9o5i61aCS+cDJ6CxCsGLM8XxKBj
b58DqTs/B/N/eZye0v6Abm7U9Xe46fkIM0sij3f6TLImh3kDOCR7EgwgW3CiEl4/
0aRjsIugaqTarH921UaDJBcuqx2m7VOb/YWPkZsIYvGrolbuXL+44UYaMayx6/+P
C9944/0U/b3cF9qEjmoZmFQhIPKjQ1m123jApEKj7Rbs3DC2riixcx+obRmYMT8r
/a/FrcdO+fe0JUHAgT277Hl3HInJ+HsCMbrO3saoBI/82e5sgeOCRPbtI224tfuQ
SkGYschut2YwPW56TN/LH7I8yWf1DwIDAQABAoIB/30qPQKzoqzR9xcgabn+4xM/
3chya+tPUbqgGkZwh7RWFPFMoHxQ7Fre9WaPp711P8t9ssZhs9yT65F5M0v5k+6f
T/OewKZcHnDpxUvV09E3fVFno0jFScNh6jT3Ri1myD6520CUKSglIE4vDhCMh4ko
nO0LbfbB0jjsmYSQ8AHwl3vIQL6PeijK/nTESTMkf3eP1U3m+qtGqQnaVoYoCZ4x
bn9sRPYpuy9+1wSquKoCRsthmKWeVrsRLY6s51GPfs2clEP7GDKq5WW7r+PJOEKU
+KVAiEhvzu2W4ClO54/IeZaSXpEpGt+AW1uza/MpPKrAIvA+QokyaSJAcH+dVqRT
SwmkFA45VYm5fIXJ8wNdnZLEqsyz4BGymCJ9o2BqapkzF7vnHz+sBQ4NWn8aD5zS
Kw8bXondRqxiw1Z9D1UwNLPV7YVaHoggxDTflbser9VvfxWNshPOyDdVNLYs5Wtt
WJJegHLLYiD0HlN7EKtskyK2rmRWDVhcxJ1ncd6jua59zgjcClPQ18OCcok/QGHa
X/97W41IAXtBEFP20cT9Q9HQkrnUDwo4JsPbB2xR9WLbgZEhmBgt5/LGKo2aGYb/
XYGGMTjxgrdTzkgMjwRjQPEd5OEu85FcvTlm4cjzxfXs2HVAPBOJMvrixIdTiGQ2
Ja7pZ53PoJAyDeA/D+ECggEBANwKH09DXVEV10osNQ+JmWDtgphKNKoy9ptpCLDn
w4nJNRiwu7RXfg3c1UGfG9eHXAg1x8itOceJcErKtrUzNHEv6yFRgyEenpMTdoad
/DV6/YSZof42MbGKT6vJ+5PJbMvLvA9JrV0bW3PSdZdThN/xAJIipkw+i6hKe4dc
tpHGas38jmyZXszxTKVHggafZVD/7rPp9OKg5RXFHSzDyjRHgxQVMIcYs4LborWt
sL26oHpv3s0dHHtHyrXhCLD2m85OO4v5uvQfH+kDy+bL9YP7O5icI9bR/6249PIt
qwb8P3pEdKzULqYk5Ptumx094xKfrb3bf/U3DeEW8DAiLlMCggEBANi9l61C7iMt
+YgpZxgLGMRj/wLFZiwvCwQd3p0VcD6tGKj17LW0Ze1vH+7hUk3lbZfhnfq3XUFQ
irBjCoceFfZ+24UhRzNZiAIbNn4wdBnarP+PfM0vFNaeUjWY2iZFx/n815iita4A
G0e26U1A+qBezBtJc6no3lhAhiy/w5MEu+Rse+W1R22voSHQdFe6hFs+JildKYLF
F9gSnTbwu5N8KD3fyBMQ1TXakZT1NokqCc2vJ+6hW03Hj+VnjbRm1UIlvrd/d/Q2
7h15Ok9IJmU2WuJLUxoRTpHq/sPfu8X6vUl/S6smcpbe1NsbTc/8FPRYhuAv9Y5d
w3Y+6es5rtUCggEAEQd3hNrhzfSyxLrHIHy1shqvkLmteb6X908ZrRdCutcnlNGY
tUxQJSKCHqIBtZx0Mu52l8FQR3ELj75AhaWA2YGr4Ng+HcIQ47EN6z0u17S9ChYZ
w2LOVb8ui00Ge1mLYfpSg5xgHmSPn1caYqvEDNDKCoVD+YKdrFiXVtKGDqIcgfSZ
0S3NeG70T5ZJKdoMLUihYKsqmJ97G0Q2DdDZRVKDgnphVxNCUU5OOWFH3GclJFSk
GZu3KJNVzN2tnoR3anADi8G4BkyiW5Y/oY0HYz9+TUFIRMfb0cYOru953QCIqR3D
Kd0B/zm7vvnAZ3Lyr+5Ls/XY4VFxcYok7JS4oQKCAQA9XThjYq6/oRWkGmzI3uNt
Pw6FP1RVMCCDUt2jRd2YsTNpKu+Q5nlxRuQYowzFZy6nMMakpGOvyVjq5a+mX7tC
JdqLD8fz3uZmCkRcZ+WHKGWQmZRxF2Jj/UEzUYp6CYm72n1EBtU/ZWJT5JKbP8l1
vEE3fI1Vzsuc2u/iHY0Gw/Fak+hkOfX2NSJ+y2EVMYaluqvdTDYjgx/kGikO1AuX
jzBpjEE+PKbQ74gGT4LYROGvrWa15lNOazDvd2kkaXT5nGwp0dopd5/lElyS88+D
GmeS6Fan67x+DbWByYeFXx9Wfsbytxj8ZCyJuGpId4uLPsE5GfsBCsT7ZoaeBZ/d
AoIBAQCpJPgOs82aAo/Ml5ri4g9+7Cz/glEseeM9KXPQG8w65fUPGw1uEWxwbpLx
Crf+dYZZyztMC7XksRXx/37u71eRaDwOrfI+tCqowstH9bfFC+92dB90T8DPYw64
o8nNiUl/ZuKszOV2Z+25q5obU2h0dezEsgcnlr2oqu51dw3MeSGU9pY+5kOl2ina
7nTQw/cosjY0fUAXrrgBi7mhN4F+fm+IW+ZINDSxg/HTlL03cXiQLCuuN28/3vo+
VIeaUs9bRVfWWeSQ7rxDGTME59E/oX93CQ8MvisOVwrj6dNXNIx/+9OlBoBx67Yn
I9tjP0jAhY8OjKc5bIt/FRjvADQf
-----END PRIVATE KEY-----
END
	for type in rsa3072 rsa4096; do
		as alice festore key import $type --use sign,decrypt $type.key
		as alice festore key pub $type -o pub
		signs $type
	done
fi

# --- what they say ---

san='DNS:device7.example.org,IP:192.0.2.7, IP:2001:db8::7,email:a@example.org,uri:urn:dev:7'
for verb in csr cert; do
	expect 0 "key $verb in PEM" as alice festore key $verb ed25519 --subject 'CN=device 7, O=Example\, Inc.,C=DE' --ca --san "$san" -o $verb.pem
	sed '1d;$d' $verb.pem | base64 -d >$verb.der
	for text in 'device 7' 'Example, Inc.' DE device7.example.org a@example.org urn:dev:7; do
		# busybox' grep stops at a NUL.
		tr '\000' '\n' <$verb.der | grep -aqF "$text"
		result $? "has '$text'"
	done
done
is "a request" "$(sed -n '1p;$p' csr.pem)" "$(printf '%s\n' '-----BEGIN CERTIFICATE REQUEST-----' '-----END CERTIFICATE REQUEST-----')"
is "and a certificate" "$(sed -n '1p;$p' cert.pem)" "$(printf '%s\n' '-----BEGIN CERTIFICATE-----' '-----END CERTIFICATE-----')"
is "are for their owner alone" "$(stat -c %a csr.pem cert.pem | tr '\n' ' ')" '600 600 '
as alice festore key csr ed25519 --subject '/C=DE/O=Example, Inc./CN=device 7' --ca --san "$san" >out
same "OpenSSL's form of a name is the same name" out csr.pem
as alice festore key csr ed25519 --subject 'CN=device\207, O=\45xample\2c Inc.,2.5.4.6=DE' --ca --san "$san" >out
same "so is one with escapes and numbers" out csr.pem
as alice festore key cert ed25519 --subject 'CN=x' >one
as alice festore key cert ed25519 --subject 'CN=x' >two
! cmp -s one two
result $? "each certificate has a number of its own"

if [ -n "$has_openssl" ]; then
	openssl req -in csr.pem -out out
	same "openssl writes the request as we do" out csr.pem
	openssl x509 -in cert.pem -out out
	same "and the certificate" out cert.pem
	for form in "req -in csr.pem" "x509 -in cert.pem"; do
		# shellcheck disable=SC2086 # words
		openssl $form -noout -subject -nameopt RFC2253 >out
		is "openssl ${form%% *}: the subject" "$(cat out)" 'subject=CN=device 7,O=Example\, Inc.,C=DE'
		# shellcheck disable=SC2086
		openssl $form -noout -text >text
		for line in 'X509v3 Basic Constraints: critical|CA:TRUE' 'X509v3 Key Usage: critical|Digital Signature, Certificate Sign, CRL Sign' \
			'X509v3 Subject Alternative Name: |DNS:device7.example.org, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7, email:a@example.org, URI:urn:dev:7'; do
			is "${line%%:*}" "$(grep -A1 -F "${line%%|*}" text | sed -n '2s/^ *//p')" "${line#*|}"
		done
	done
	openssl x509 -in cert.pem -noout -serial >out
	grep -Eq '^serial=[4-7][0-9A-F]{39}$' out
	result $? "the number is positive and has 20 bytes"
	expect 0 "it is valid for a year" openssl x509 -in cert.pem -noout -checkend $((364 * 86400))
	expect 1 "and no longer" openssl x509 -in cert.pem -noout -checkend $((365 * 86400 + 60))
	as alice festore key cert ed25519 --subject CN=x --days 36500 -o cert.pem
	expect 0 "or as long as it is said" openssl x509 -in cert.pem -noout -checkend 2000000000
	openssl x509 -in cert.pem -noout -text >text
	is "what is not said is not there" "$(grep -A1 'Basic Constraints: critical' text | sed -n '2s/^ *//p') $(grep -c 'Alternative' text)" 'CA:FALSE 0'
	as alice festore key cert rsa4096 --subject CN=x -o cert.pem
	openssl x509 -in cert.pem -noout -text >text
	is "keyUsage is what the key was made for" "$(grep -A1 'Key Usage: critical' text | sed -n '2s/^ *//p')" 'Digital Signature, Key Encipherment'
	as alice festore key gen both --type p256 --use sign,derive
	as alice festore key cert both --subject CN=x -o cert.pem
	openssl x509 -in cert.pem -noout -text >text
	is "of a curve too" "$(grep -A1 'Key Usage: critical' text | sed -n '2s/^ *//p')" 'Digital Signature, Key Agreement'

	# An authority of OpenSSL's, and one in the TEE, sign for each other's keys.
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=authority -out ca.pem 2>err
	as alice festore key csr p384 --subject CN=device --san DNS:device.example -o csr.pem
	expect 0 "an authority takes a request" openssl x509 -req -in csr.pem -copy_extensions copy -CA ca.pem -CAkey ca.key -out device.pem
	expect 0 "and vouches for it" openssl verify -CAfile ca.pem -verify_hostname device.example device.pem
fi

# --- what is refused ---

as alice festore key gen x25519 --type x25519
as alice festore key gen reader --type p256 --use decrypt
for verb in csr cert; do
	expect 5 "a key that does not sign has no $verb" as alice festore key $verb --subject CN=x x25519
	expect 5 "nor has one that was not made to" as alice festore key $verb --subject CN=x reader
	says "which is said" "^festore: key $verb: reader: the key was not made for this use\$"
	expect 3 "nor one that is not there" as alice festore key $verb --subject CN=x none
	expect 3 "nor another user's" as bob festore key $verb --subject CN=x p256
	expect 2 "a subject is needed" as alice festore key $verb p256
	expect 2 "and a key" as alice festore key $verb --subject CN=x
	expect 2 "there is no other form" as alice festore key $verb --subject CN=x --format jwk p256
	expect 2 "no other hash of a curve" as alice festore key $verb --subject CN=x --hash sha512 p256
	says "which is said" 'p256: a key of type p256 has no such scheme or hash$'
	expect 2 "no other scheme" as alice festore key $verb --subject CN=x --scheme pss p256
done
# What no TEE is asked for need not be asked in the machine, which takes its time. All names: tests/unit/lib_key_name.c.
if [ -n "$has_openssl" ]; then
	for name in '' 'CN=a+b' 'CN=x\00' "$(printf 'CN=\001')"; do
		expect 2 "'$name'" as alice festore key csr --subject "$name" p256
		says "is no name" 'is no part of a name, such as CN=device 7,O=Example$'
	done
	for name in XX=x C=DEU "$(printf 'CN=\377')"; do
		expect 2 "what OpenSSL does not take" as alice festore key cert --subject "$name" p256
		says "is said by it" ' in the name: [a-z]'
	done
	for name in 'DNS:a,' 'DNS:a b' IP:1.2.3 dirName:x; do
		expect 2 "'$name'" as alice festore key csr --subject CN=x --san "$name" p256
		says "is no other name" "is no list of names, such as DNS:host.example\|is no name such as DNS:host.example"
	done
	for days in 0 -1 36501 1x; do
		expect 2 "'$days'" as alice festore key cert --subject CN=x --days "$days" p256
		says "are no days" ': a certificate lasts 1 to 36500 days$'
	done
fi
expect 2 "a request has none" as alice festore key csr --subject CN=x --days 5 p256

forget_keys alice
done_testing
