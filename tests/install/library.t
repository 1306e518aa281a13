#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a program sees of the installed library: its symbols are those of the map and of festore.h, no more and no fewer, and
# pkg-config leads to it.
# Run from the top by "make check-install", which sets HOST (build/host) and HOST_INCLUDE (with tee_client_api.h).
# shellcheck source=tests/e2e/tap.sh
. "$(dirname "$0")/../e2e/tap.sh"
top=$OLDPWD
: "${HOST:?run make check-install}"
unset MAKEFLAGS MAKELEVEL MFLAGS TA_SIGN_KEY TA_DEV_KIT_DIR CROSS_COMPILE O

mkdir teec && ln -s "$HOST_INCLUDE" teec/include && mkdir teec/lib && ln -s "$HOST/libteec.so.2" teec/lib/libteec.so
expect 0 "install for the host" make -C "$top" -j4 install-client O="$work/built" TEEC_PREFIX="$work/teec" MBEDTLS_PREFIX= SQLITE_PREFIX= \
	OPENSSL_PREFIX= \
	DESTDIR="$work/root" PREFIX=/opt/festore
library=root/opt/festore/lib/libfestore.so.0

# --- symbols ---

nm -D --defined-only "$library" | awk '$2 == "T" { print $3 }' | sort >exported
sed -n 's/^[[:space:]]*\(festore_[a-z_]*\);$/\1@@FESTORE_1/p' "$top/lib/libfestore.map" | sort >mapped
is "the exported functions are those of the map" "$(cat exported)" "$(cat mapped)"
is "and nothing else is exported" "$(nm -D --defined-only "$library" | grep -Evc ' T festore_[a-z_]*@@FESTORE_1$| A FESTORE_1$')" 0
echo '#include <festore.h>' >header.c
gcc -std=c11 -fsyntax-only -aux-info prototypes -Iroot/opt/festore/include header.c
sed -n 's|^/\* [^ ]*festore\.h:.*[ *]\(festore_[a-z_]*\) (.*|\1@@FESTORE_1|p' prototypes | sort >declared
is "and they are those that festore.h declares" "$(cat exported)" "$(cat declared)"
[ "$(wc -l <exported)" -gt 10 ]
result $? "which are more than a few"

# --- header ---

for standard in c99 c11 c17; do
	expect 0 "festore.h alone is $standard" gcc -std=$standard -pedantic -Wall -Wextra -Werror -fsyntax-only \
		-Iroot/opt/festore/include header.c
done
cp header.c header.cc
expect 0 "festore.h alone is C++" g++ -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only -Iroot/opt/festore/include header.cc

# --- pkg-config ---

export PKG_CONFIG_PATH=$work/root/opt/festore/lib/pkgconfig
unset PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR
expect 0 "pkg-config finds libfestore" pkg-config --exists libfestore
is "in this version" "$(pkg-config --modversion libfestore)" "$(cat "$top/VERSION")"
is "flags to compile" "$(pkg-config --cflags libfestore | sed 's/ *$//')" -I/opt/festore/include
is "flags to link" "$(pkg-config --libs libfestore | sed 's/ *$//')" "-L/opt/festore/lib -lfestore"
is "which are all there are" "$(pkg-config --print-requires --print-requires-private libfestore)" ""
is "a sysroot is taken into account" "$(PKG_CONFIG_SYSROOT_DIR=/sys pkg-config --cflags libfestore | sed 's/ *$//')" \
	-I/sys/opt/festore/include

cat >program.c <<'END'
#include <festore.h>
#include <stdio.h>
int main(void)
{
	return puts(festore_version()) < 0;
}
END
link() {
	export PKG_CONFIG_SYSROOT_DIR=$work/root
	# shellcheck disable=SC2046 # these are words
	gcc -Wall -Werror program.c -o program $(pkg-config --cflags --libs libfestore) -Wl,-rpath-link,"$HOST"
}
expect 0 "a program links with nothing else said" link
expect 0 "and runs" env LD_LIBRARY_PATH="$work/root/opt/festore/lib:$HOST" ./program
is "with this library" "$(cat out)" "$(cat "$top/VERSION")"

done_testing
