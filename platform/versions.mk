# SPDX-License-Identifier: BSD-2-Clause
# Which Debian everything in a machine comes from: suites, packages and the versions that were tested. Another version is used
# with a warning (the archive keeps only the newest); STRICT=1 refuses it.

# The guest of qemu-arm64, its OP-TEE, and what TAs and clients for it are built against. The last four are for check-interop only.
ARM64_SUITE := trixie
ARM64_PACKAGES := \
	meta:linux-image-arm64=6.12.117-1 \
	optee-os=4.5.0-2 \
	optee-os-dev=4.5.0-2 \
	optee-client-dev=4.5.0-1 \
	libteec2=4.5.0-1 \
	libmbedtls-dev=3.6.6-0.1~deb13u1 \
	tee-supplicant=4.5.0-1 \
	busybox-static=1:1.37.0-6+b9 \
	libc6=2.41-12+deb13u5 \
	libsqlite3-0=3.46.1-7+deb13u2 \
	libsqlite3-dev=3.46.1-7+deb13u2 \
	libssl3t64=3.5.9-1~deb13u1 \
	libssl-dev=3.5.9-1~deb13u1 \
	zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1 \
	libzstd1=1.5.7+dfsg-1 \
	strace=6.13+ds-1 \
	openssl=3.5.9-1~deb13u1 \
	openssh-client=1:10.0p1-7+deb13u4 \
	libselinux1=3.8.1-1 \
	libpcre2-8-0=10.46-1~deb13u3

# Sources: Trusted Firmware, and what the TAs have of mbedTLS compiled anew (ta/kit), which must be of the kits' 3.6.
TFA_SUITE := trixie
TFA_SOURCE := arm-trusted-firmware=2.12.1+dfsg-1
MBEDTLS_SOURCE_PACKAGE := mbedtls=3.6.6-0.1~deb13u1

# The guest of qemu-armv7. The first suite whose index verifies is taken: trixie's armhf index was seen broken on mirrors, and its OP-TEE
# source was missing from them. Two kits of different versions sign with different default keys.
ARMHF_SUITES := trixie forky sid
ARMHF_PACKAGES := \
	libteec2=4.5.0-1 \
	libmbedtls-dev=3.6.6-0.1~deb13u1 \
	libsqlite3-0=3.46.1-7+deb13u2 \
	libsqlite3-dev=3.46.1-7+deb13u2 \
	libssl3t64=3.5.9-1~deb13u1 \
	libssl-dev=3.5.9-1~deb13u1 \
	zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1 \
	libzstd1=1.5.7+dfsg-1 \
	optee-client-dev=4.5.0-1 \
	tee-supplicant=4.5.0-1 \
	busybox-static=1:1.37.0-6+b9 \
	libc6=2.41-12+deb13u5 \
	strace=6.13+ds-1

# Linux and U-Boot for 32 bit; trixie's source of U-Boot was missing from mirrors.
LINUX_SUITE := trixie
LINUX_SOURCE := linux-source-6.12=6.12.117-1
UBOOT_SUITES := trixie forky sid
UBOOT_SOURCE := u-boot=2025.01-3.2

OPTEE_SOURCE_SUITES := sid forky
OPTEE_SOURCE := optee-os=4.10.0-2
