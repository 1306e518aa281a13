#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# "make TA_DEV_KIT_DIR=..." and "make install" for two machines' kits, from a copy of the sources that has nothing of ours
# beside it: what is built, signed, installed and uninstalled, and what is refused.
# Run from the top by "make check-install", which sets KIT_ARM64, KIT_ARM32, TEEC_ARM64, TEEC_ARMHF and MBEDTLS_SOURCES.
# shellcheck source=tests/e2e/tap.sh
. "$(dirname "$0")/../e2e/tap.sh"
top=$OLDPWD
: "${KIT_ARM64:?run make check-install}"
unset MAKEFLAGS MAKELEVEL MFLAGS TA_SIGN_KEY TA_DEV_KIT_DIR CROSS_COMPILE O
release=$(cat "$top/VERSION")
uuid=$(sed -n 's/^BINARY_objects := //p' "$top/ta/Makefile")
vault_uuid=$(sed -n 's/^BINARY_vault := //p' "$top/ta/Makefile")
umask 022

mkdir tree
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C tree -xf -

key() {
	/usr/bin/python3 - >"$1" <<-'END'
		from cryptography.hazmat.primitives import serialization as form
		from cryptography.hazmat.primitives.asymmetric import rsa
		key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
		print(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode(), end='')
	END
}
key "$work/mine.pem"
key "$work/other.pem"

arm64=(TA_DEV_KIT_DIR="$KIT_ARM64" TEEC_PREFIX="$TEEC_ARM64" CROSS_COMPILE=aarch64-linux-gnu- O=build/arm-64)
armhf=(TA_DEV_KIT_DIR="$KIT_ARM32" TEEC_PREFIX="$TEEC_ARMHF" CROSS_COMPILE=arm-linux-gnueabihf- O=build/arm-32)

build() {
	make -j4 -C tree "$@"
}

# signed_with KEY FOLDER: both TAs are.
signed_with() {
	for ta in objects/$uuid vault/$vault_uuid; do
		/usr/bin/python3 "$KIT_ARM64/scripts/sign_encrypt.py" verify --uuid "${ta#*/}" --key "$1" --in "tree/$2/ta/$ta.ta" || return
	done
}

# refused DESCRIPTION PATTERN MAKE-ARGUMENT...: make fails and says so in one line of its own.
refused() {
	what=$1 pattern=$2
	shift 2
	expect 2 "$what is refused" build "$@"
	grep -q "$pattern" err
	result $? "and it says: $pattern"
}

# The form and place of everything that "make install" leaves.
listing() {
	(cd "$1" && find . ! -type d \( -type l -printf '%p -> %l\n' -o -printf '%p %m\n' \)) | LC_ALL=C sort
}

wanted() {
	LC_ALL=C sort <<-END
		./etc/sysusers.d/festore.conf 644
		./etc/systemd/system/festore-sync.service 644
		./etc/systemd/system/tee-supplicant.service.d/festore.conf 644
		./etc/tmpfiles.d/festore.conf 644
		./etc/udev/rules.d/60-festore-tee.rules 644
		./lib/optee_armtz/$uuid.ta 644
		./lib/optee_armtz/$vault_uuid.ta 644
		./usr/local/bin/festore 755
		./usr/local/bin/festore-bootlog 755
		./usr/local/bin/festore-inspect 755
		./usr/local/include/festore.h 644
		./usr/local/lib/libfestore.so -> libfestore.so.0
		./usr/local/lib/libfestore.so.0 -> libfestore.so.$release
		./usr/local/lib/libfestore.so.$release 644
		./usr/local/lib/pkgconfig/libfestore.pc 644
		./usr/local/sbin/festore-sync-all 755
		./usr/local/share/bash-completion/completions/festore 644
		./usr/local/share/man/man1/festore-bootlog.1 644
		./usr/local/share/man/man1/festore-inspect.1 644
		./usr/local/share/man/man1/festore.1 644
		./usr/local/share/man/man3/libfestore.3 644
	END
}

# installed CLASS MACHINE ROOT: the machine code is for that machine, and links as it should.
installed() {
	for file in "$3/usr/local/bin/festore" "$3/usr/local/lib/libfestore.so.$release"; do
		readelf -h "$file" >elf
		grep -q "Class: *$1\$" elf && grep -q "Machine: *$2\$" elf
		result $? "$2: $(basename "$file") is for that machine"
		readelf -d "$file" >dynamic
		[ "$(grep -Ec 'RPATH|RUNPATH' dynamic)" -eq 0 ]
		result $? "and looks for libraries where the system does"
		strings -a "$file" | grep -Fq "$work"
		[ $? -eq 1 ] || [ "$(readelf -S "$file" | grep -c debug_info)" -ne 0 ]
		result $? "and has no path of the computer that built it outside of what debuggers read"
	done
	is "the library's soname" "$(readelf -d "$3/usr/local/lib/libfestore.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')" \
		libfestore.so.0
	readelf -d "$3/usr/local/lib/libfestore.so" | grep -q 'NEEDED.*\[libteec.so.2\]'
	result $? "it asks for libteec"
	readelf -d "$3/usr/local/lib/libfestore.so" | grep -q 'NEEDED.*\[libsqlite3.so.0\]'
	result $? "and for SQLite"
	readelf -d "$3/usr/local/lib/libfestore.so" | grep -q 'NEEDED.*\[libcrypto.so.3\]'
	result $? "and for OpenSSL"
	readelf -d "$3/usr/local/bin/festore" | grep -q 'NEEDED.*\[libfestore.so.0\]'
	result $? "and the command for it"
}

# --- 64 bit, with a key of one's own ---

expect 0 "64 bit: a build with a key of one's own" build "${arm64[@]}" TA_SIGN_KEY="$work/mine.pem"
! grep -q WARNING err
result $? "has nothing to warn of"
expect 0 "the TA has that key's signature" signed_with mine.pem build/arm-64
is "and its ELF 64 bits" "$(readelf -h "tree/build/arm-64/ta/objects/$uuid.elf" | sed -n 's/ *Class: *//p')" ELF64
is "nothing was fetched or built beside" "$(ls tree/build)" arm-64

expect 0 "a second build" build "${arm64[@]}" TA_SIGN_KEY="$work/mine.pem"
is "makes nothing anew" "$(grep -Ec ' (CC|LD|SIGN) ' out)" 0
cp -p other.pem mine2.pem && touch -d '2000-01-01' mine2.pem
expect 0 "a build with another key, an old file" build "${arm64[@]}" TA_SIGN_KEY="$work/mine2.pem"
expect 0 "signs anew" signed_with other.pem build/arm-64
cp mine.pem tree/relative.pem
expect 0 "a key by a relative path" build "${arm64[@]}" TA_SIGN_KEY=relative.pem
expect 0 "is found" signed_with mine.pem build/arm-64

expect 0 "install" build "${arm64[@]}" TA_SIGN_KEY=relative.pem install DESTDIR="$work/root64"
is "is complete" "$(listing root64)" "$(wanted)"
installed ELF64 AArch64 root64
cmp -s "root64/lib/optee_armtz/$uuid.ta" "tree/build/arm-64/ta/objects/$uuid.ta" &&
	cmp -s "root64/lib/optee_armtz/$vault_uuid.ta" "tree/build/arm-64/ta/vault/$vault_uuid.ta"
result $? "the TAs are the signed ones"
for file in udev/rules.d/60-festore-tee.rules sysusers.d/festore.conf tmpfiles.d/festore.conf; do
	cmp -s "$top/system/$file" "root64/etc/$file"
	result $? "$file is ours"
done
cmp -s "$top/system/sync/festore-sync-all" root64/usr/local/sbin/festore-sync-all
result $? "what syncs all vaults is ours"
grep -qx 'ExecStop=/usr/local/sbin/festore-sync-all' root64/etc/systemd/system/festore-sync.service &&
	grep -qx 'After=tee-supplicant.service' root64/etc/systemd/system/festore-sync.service
result $? "and a unit calls it before tee-supplicant ends"
if command -v systemd-analyze >/dev/null; then
	sed "s|/usr/local|$work/root64&|" root64/etc/systemd/system/festore-sync.service >festore-sync.service
	expect 0 "which systemd understands" systemd-analyze verify --recursive-errors=no --man=no ./festore-sync.service
	is "and has nothing to say of" "$(cat err)" ""
fi
expect 0 "uninstall" build uninstall DESTDIR="$work/root64"
is "leaves no file" "$(listing root64)" ""
[ ! -d root64/etc/systemd/system/tee-supplicant.service.d ] && [ -d root64/usr/local/bin ]
result $? "nor a folder that is only ours, but the others"

# --- 32 bit, with the kit's key, elsewhere ---

expect 0 "32 bit: a build without a key" build "${armhf[@]}"
grep -q 'WARNING: no TA_SIGN_KEY' err && grep -q PUBLIC err
result $? "warns loudly"
expect 0 "the TA has the kit's signature" signed_with "$KIT_ARM32/keys/default_ta.pem" build/arm-32
is "and its ELF 32 bits" "$(readelf -h "tree/build/arm-32/ta/objects/$uuid.elf" | sed -n 's/ *Class: *//p')" ELF32
expect 0 "install" build "${armhf[@]}" install DESTDIR="$work/root32"
is "is complete" "$(listing root32)" "$(wanted)"
installed ELF32 ARM root32

places=(PREFIX=/usr LIBDIR=/usr/lib/arm-linux-gnueabihf TA_DIR=/usr/lib/optee_armtz
	TEE_SUPPLICANT_UNIT=tee-supplicant@.service DESTDIR="$work/rootusr")
expect 0 "install under /usr, in other places" build "${armhf[@]}" install "${places[@]}"
moved() {
	wanted | sed -e 's|^./etc/|./usr/lib/|' -e 's|^./lib/|./usr/lib/|' -e 's|/tee-supplicant.service|/tee-supplicant@.service|' \
		-e 's|^./usr/local/lib/|./usr/lib/arm-linux-gnueabihf/|' -e 's|^./usr/local/|./usr/|' | LC_ALL=C sort
}
is "is complete" "$(listing rootusr)" "$(moved)"
grep -qx 'libdir=/usr/lib/arm-linux-gnueabihf' rootusr/usr/lib/arm-linux-gnueabihf/pkgconfig/libfestore.pc
result $? "and pkg-config knows"
expect 0 "uninstall" build uninstall "${places[@]}"
is "leaves no file" "$(listing rootusr)" ""

expect 0 "library and command alone, without a kit" build install-client TEEC_PREFIX="$TEEC_ARM64" \
	CROSS_COMPILE=aarch64-linux-gnu- O=build/client DESTDIR="$work/rootclient"
is "are that" "$(listing rootclient)" "$(wanted | grep -E '/(bin|lib|include)/' | grep -v optee_armtz)"
! grep -q WARNING err
result $? "and no key is asked for"

# --- what is refused ---

refused "no kit" 'TA_DEV_KIT_DIR= must name the TA dev kit' install O=build/none TEEC_PREFIX="$TEEC_ARM64" \
	CROSS_COMPILE=aarch64-linux-gnu- DESTDIR="$work/none"
refused "what is no kit" 'is no TA dev kit' "${arm64[@]}" TA_DEV_KIT_DIR=ta
refused "what is no mbedTLS" 'is no source of mbedTLS' "${arm64[@]}" MBEDTLS_SOURCE=ta
refused "a key that is not there" 'TA_SIGN_KEY=missing.pem: there is no such file' "${arm64[@]}" TA_SIGN_KEY=missing.pem
refused "a folder as key" 'there is no such file' "${arm64[@]}" TA_SIGN_KEY=ta
refused "an empty TA_SIGN_KEY" 'TA_SIGN_KEY is empty' "${arm64[@]}" TA_SIGN_KEY=
refused "a key that is none" 'is no private key in PEM form' "${arm64[@]}" TA_SIGN_KEY=VERSION
if [ "$(id -u)" -ne 0 ]; then
	cp mine.pem tree/closed.pem && chmod 0 tree/closed.pem
	refused "a key that cannot be read" 'cannot be read by this user' "${arm64[@]}" TA_SIGN_KEY=closed.pem
fi
printf -- '-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n-----END PRIVATE KEY-----\n' >broken.pem
expect 2 "a broken key is refused" build "${arm64[@]}" TA_SIGN_KEY="$work/broken.pem"
[ ! -e "tree/build/arm-64/ta/objects/$uuid.ta" ] && [ ! -e "tree/build/arm-64/ta/vault/$vault_uuid.ta" ]
result $? "and no TA is left that was signed with another"
refused "no libteec" 'there is no include/tee_client_api.h in TEEC_PREFIX=ta' "${arm64[@]}" TEEC_PREFIX=ta
refused "no mbedTLS" 'there is no include/mbedtls/pk.h in MBEDTLS_PREFIX=ta' "${arm64[@]}" MBEDTLS_PREFIX=ta
refused "no SQLite" 'there is no include/sqlite3.h in SQLITE_PREFIX=ta' "${arm64[@]}" SQLITE_PREFIX=ta
refused "no OpenSSL" 'there is no include/openssl/evp.h in OPENSSL_PREFIX=ta' "${arm64[@]}" OPENSSL_PREFIX=ta
refused "a compiler that has no libteec" 'finds no tee_client_api.h, .* TEEC_PREFIX= must say' "${arm64[@]}" TEEC_PREFIX=
refused "a compiler that has no mbedTLS" 'MBEDTLS_PREFIX= must say' "${arm64[@]}" MBEDTLS_PREFIX=
refused "a compiler that has no SQLite" 'SQLITE_PREFIX= must say' "${arm64[@]}" SQLITE_PREFIX=
refused "a compiler that has no OpenSSL" 'OPENSSL_PREFIX= must say' "${arm64[@]}" OPENSSL_PREFIX=
refused "the folder of another build" 'is used for something else' "${arm64[@]}" O=build/host
expect 0 "TAs with ciphers from mbedTLS' own sources" build "${arm64[@]}" MBEDTLS_SOURCE="$MBEDTLS_SOURCES" own-ta
grep -q 'library/chacha20.o' "tree/build/arm-64/ta/vault/$vault_uuid.map"
result $? "which are linked in place of the kit's"
is "nothing was fetched at any time" "$(printf '%s ' tree/build/*)" \
	"tree/build/arm-32 tree/build/arm-64 tree/build/client tree/build/none "

done_testing
