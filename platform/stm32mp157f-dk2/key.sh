#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The key that signs the board's TAs: made when there is none yet, and its public half written to PUBLIC, which goes into the board's
# OP-TEE. Whoever has it can open what such a board stores, so it lies outside the repository, for its user alone.
# usage: platform/stm32mp157f-dk2/key.sh KEY PUBLIC DEFAULT-KEY      DEFAULT-KEY: OP-TEE's, which everybody has and which is refused
set -euo pipefail

key=$1 public=$2 default=$3
top=$(cd "$(dirname "$0")/../.." && pwd -P)

die() { printf 'key: %s\n' "$*" >&2; exit 1; }

mkdir -p "$(dirname "$key")" "$(dirname "$public")" || die "the folder of $key cannot be made"
case $(cd "$(dirname "$key")" && pwd -P)/ in
"$top"/*) die "$key lies in the repository, which gets copied: name another place with BOARD_KEY=" ;;
esac

if ! [ -e "$key" ]; then
	echo "key: making the key that signs the board's TAs: $key"
	echo "key: keep it, and keep it secret: without it no other TA can open what the board stores"
	(umask 077 && openssl genrsa -out "$key.new" 3072 2>/dev/null) || die "openssl could not make $key"
	mv "$key.new" "$key"
fi

half=$(openssl rsa -in "$key" -passin pass: -pubout 2>/dev/null) || die "$key is no RSA key in PEM form, without a password"
[ "$half" != "$(openssl rsa -in "$default" -pubout 2>/dev/null)" ] || die "$key is OP-TEE's default key, which is public"
[ "$(openssl rsa -in "$key" -passin pass: -text -noout 2>/dev/null | sed -n 's/.*Private-Key: (\([0-9]*\) bit.*/\1/p')" -ge 2048 ] ||
	die "$key has less than 2048 bits"
if [ "$half" != "$(cat "$public" 2>/dev/null)" ]; then
	printf '%s\n' "$half" >"$public"
fi
