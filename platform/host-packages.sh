#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Sees to it that the host has what platform/host-packages.txt lists: installs it on Debian 12 and 13 (as root or through
# sudo), says what is missing elsewhere. Silent, and no network, when nothing is missing.
set -euo pipefail

list=$(dirname "$0")/host-packages.txt
build=${BUILD:-build}

say() { printf 'host: %s\n' "$*"; }
die() { printf 'host: %s\n' "$*" >&2; exit 1; }

lines() { grep -Ev '^[[:space:]]*(#|$)' "$list"; }

is_supported() {
	local id version
	# shellcheck source=/dev/null
	id=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID-}")
	# shellcheck source=/dev/null
	version=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_ID-}")
	[ "$id" = debian ] && { [ "$version" = 12 ] || [ "$version" = 13 ]; } && [ "$(dpkg --print-architecture)" = amd64 ]
}

# Of each line's alternatives: nothing if one is installed, else the first that this Debian offers.
missing_packages() {
	local alternatives name chosen installed
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
	while read -r alternatives _; do
		chosen=
		for name in ${alternatives//|/ }; do
			grep -Fxq -- "$name" <<<"$installed" && continue 2
		done
		for name in ${alternatives//|/ }; do
			[ -n "$chosen" ] || ! [[ $alternatives != *'|'* || -n $(apt-cache madison "$name") ]] || chosen=$name
		done
		printf '%s\n' "${chosen:-${alternatives%%|*}}"
	done < <(lines)
}

# On a host without Debian's package names only the things themselves can be looked for.
missing_things() {
	local alternatives probe
	while read -r alternatives probe; do
		case $probe in
		- | '') continue ;;
		/*) [ -e "$probe" ] && continue ;;
		*) command -v "$probe" >/dev/null && continue ;;
		esac
		printf '  %-48s (in Debian: package %s)\n' "$probe" "${alternatives%%|*}"
	done < <(lines; printf 'apt apt-get\ndpkg dpkg-deb\n')
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null ||
		printf '  %-48s (in Debian: package %s)\n' "cryptography of /usr/bin/python3" python3-cryptography
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root or sudo: $*"
	fi
}

install_packages() {
	local begin=$EPOCHREALTIME
	say "installing: $*"
	as_root apt-get update || die "apt-get update failed"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --download-only "$@" ||
		die "these packages could not be fetched: $*"
	mkdir -p "$build"
	awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f host\n", b - a }' >>"$build/download-seconds"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" ||
		die "these packages could not be installed: $*"
}

if is_supported; then
	mapfile -t missing < <(missing_packages)
	[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
else
	things=$(missing_things)
	if [ -n "$things" ]; then
		printf 'host: this is not Debian 12 or 13 on amd64, so nothing is installed. Missing here:\n%s\n' "$things" >&2
		exit 1
	fi
	say "warning: this is not Debian 12 or 13 on amd64; everything needed seems to be here"
fi
