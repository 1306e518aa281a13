#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds Trusted Firmware (TF-A) from Debian's source with the given variables and targets of its make, into an empty BUILD-FOLDER.
# usage: platform/tfa.sh SOURCE BUILD-FOLDER VARIABLE=VALUE|TARGET...
set -eu

source=$1
build=$2
shift 2
rm -rf "$build"

# The name of the build is Debian's: otherwise TF-A would take the commit of whatever repository it lies in. Its date goes into
# what it prints, and must be the same each time.
version=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Version)
date=$(dpkg-parsechangelog -l "$source/debian/changelog" -S Date)
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS \
	make -C "$source" -j"$(nproc)" BUILD_BASE="$build" BUILD_STRING="$version" BUILD_MESSAGE_TIMESTAMP="\"$date\"" "$@" \
	>"$build.log" 2>&1; then
	tail -n 20 "$build.log" >&2
	echo "firmware: TF-A could not be built (all of it: $build.log)" >&2
	exit 1
fi
