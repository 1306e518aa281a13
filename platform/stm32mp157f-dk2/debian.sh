#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the Debian of the board's root file system, nothing of ours in it yet: OUTPUT, a tar archive with the same bytes whenever
# the same packages are installed. From the suite and the mirror that fetch.sh has verified, and by apt, which verifies again.
# usage: platform/stm32mp157f-dk2/debian.sh FETCHED-FOLDER OUTPUT SECONDS       SECONDS: the latest time that a file may have
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
fetched=$(cd "$1" && pwd -P)
output=$2
export SOURCE_DATE_EPOCH=$3
source=$(cat "$fetched/apt/sources.list")
read -r suite _ <<<"${source#*] * }"
packages=$(grep -v '^#' "$here/packages.txt" | paste -sd,)

key=$(cat "$0" "$here/packages.txt" <(echo "$suite $SOURCE_DATE_EPOCH") | sha256sum)
if [ -f "$output" ] && [ "$(cat "$output.key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
rm -f "$output.key"

# What differs between two installations of the same packages, or must be the device's own, is left out: logs, caches, apt's lists,
# the machine's id and ssh's keys. The device gets its packages from Debian, whatever mirror made it.
echo "image: installing Debian $suite for armhf (some minutes, once)"
# shellcheck disable=SC2016 # "$1" is for mmdebstrap's hooks
if ! "$here/in-namespace.sh" mmdebstrap --mode=root --quiet --architectures=armhf --variant=minbase --include="$packages" \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
	--customize-hook='rm -rf "$1"/etc/ssh/ssh_host_* "$1"/var/log/* "$1"/var/cache/ldconfig/* "$1"/var/lib/systemd/catalog/database' \
	--customize-hook='rm -rf "$1"/etc/machine-id "$1"/var/lib/dbus/machine-id "$1"/etc/resolv.conf "$1"/etc/hostname' \
	--customize-hook="echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.pgp] http://deb.debian.org/debian $suite main' >\"\$1\"/etc/apt/sources.list" \
	"$suite" "$output.new.tar" "$source" >"$output.log" 2>&1; then
	tail -n 20 "$output.log" >&2
	echo "image: Debian could not be installed (all of it: $output.log)" >&2
	exit 1
fi
mv "$output.new.tar" "$output"
echo "$key" >"$output.key"
