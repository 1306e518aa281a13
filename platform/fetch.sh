#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fetches Debian packages of any suite and architecture through apt, without touching the host's own apt, and unpacks them
# under build/debian/SUITE-ARCH/. Answers for: what is authentic, what is already here, and which version it is.
set -euo pipefail

usage() {
	cat <<'END'
usage: platform/fetch.sh SUITE ARCH|source PACKAGE[=TESTED-VERSION]...

  Unpacks each package into build/debian/SUITE-ARCH/root, or a source package
  NAME into build/debian/SUITE-source/NAME when ARCH is "source".
  meta:PACKAGE stands for the one package that the metapackage depends on.
  Another version than the tested one is used with a warning.

  STRICT=1             refuse another version
  DEBIAN_MIRROR=URI    use this mirror instead of the machine's own
  BUILD=DIR            use DIR instead of build
END
}

say() { printf 'fetch: %s\n' "$*"; }
die() { printf 'fetch: %s\n' "$*" >&2; exit 1; }

case ${1-} in
-h | --help) usage; exit 0 ;;
esac
if [ $# -lt 3 ]; then
	usage >&2
	exit 2
fi

suite=$1 arch=$2
shift 2
case $suite$arch in
*[!a-z0-9-]*) die "'$suite' and '$arch' must name a Debian suite and an architecture" ;;
esac

build=${BUILD:-build}
mkdir -p "$build/debian/$suite-$arch"
base=$(cd "$build/debian/$suite-$arch" && pwd)
download_seconds=$(cd "$build" && pwd)/download-seconds

# The whole answer in one file: with the same question, nothing is done and nothing is asked of the network.
stamp=$base/stamp
question=$(printf '%s\n' "$@" | sort -u)
is_answered() { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$question" ]; }
is_answered && exit 0

exec 9>"$base/lock"
flock -w 1800 9 || die "another fetch has held $base/lock for half an hour"
is_answered && exit 0

keyring() {
	local file
	for file in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
		if [ -f "$file" ]; then
			printf '%s\n' "$file"
			return
		fi
	done
	die "Debian's archive keys are missing: apt-get install debian-archive-keyring"
}

# apt itself says where this machine's Debian comes from, whatever the format of its sources: a "main" whose suite is the
# machine's own release, and among those one that looks like Debian's archive rather than a vendor's repository.
mirror() {
	local codename found
	if [ -n "${DEBIAN_MIRROR-}" ]; then
		printf '%s\n' "$DEBIAN_MIRROR"
		return
	fi
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")
	# shellcheck disable=SC2016 # apt's own placeholders
	found=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 2>/dev/null |
		awk -v codename="$codename" '$3 == "main" && ($2 == codename || $2 ~ /^(old)*stable$/ || $2 == "testing") {
			rank = ($1 ~ /\/debian\/?$/) ? 1 : 2
			print rank, $1
		}' | sort -n -s -k1,1 | awk 'NR == 1 { print $2 }')
	printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# Of the host's configuration only the way to the network is taken over (proxies, timeouts, validity of snapshots), never its
# hooks, sources or pins.
write_configuration() {
	local key uri native
	key=$(keyring)
	uri=$(mirror)
	native=$arch
	[ "$arch" = source ] && native=$(dpkg --print-architecture)
	mkdir -p "$base/apt/lists/partial" "$base/apt/archives/partial" "$base/apt/empty" "$base/download"
	: >"$base/apt/status"
	{
		apt-config dump Acquire | grep -Ev '^Acquire::(IndexTargets|GzipIndexes|Languages|PDiffs|AllowInsecure|AllowWeak|AllowDowngrade)|^Acquire "";' || :
		cat <<END
Acquire::Languages "none";
Acquire::PDiffs "false";
Acquire::AllowInsecureRepositories "false";
Acquire::IndexTargets::deb::DEP-11 { DefaultEnabled "false"; };
Acquire::IndexTargets::deb::Contents-deb { DefaultEnabled "false"; };
APT::Architecture "$native";
APT::Architectures { "$native"; };
APT::Get::List-Cleanup "true";
APT::Sandbox::User "root";
Dir::State "$base/apt";
Dir::State::lists "$base/apt/lists";
Dir::State::status "$base/apt/status";
Dir::Cache "$base/apt";
Dir::Cache::archives "$base/apt/archives";
Dir::Etc::sourcelist "$base/apt/sources.list";
Dir::Etc::sourceparts "$base/apt/empty";
Dir::Etc::preferencesparts "$base/apt/empty";
Dir::Etc::preferences "/dev/null";
Dir::Etc::trustedparts "$base/apt/empty";
Dir::Etc::trusted "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$base/apt/empty";
END
	} >"$base/apt/apt.conf"
	printf '%s [signed-by=%s] %s %s main\n' "$([ "$arch" = source ] && echo deb-src || echo deb)" "$key" "$uri" "$suite" \
		>"$base/apt/sources.list"
	# From here on apt reads this file and, because it says so, no other.
	export APT_CONFIG=$base/apt/apt.conf
}

timed_download() {
	local begin=$EPOCHREALTIME status=0
	"$@" || status=$?
	awk -v a="$begin" -v b="$EPOCHREALTIME" -v what="$suite-$arch" 'BEGIN { printf "%.1f %s\n", b - a, what }' >>"$download_seconds"
	return $status
}

explain_update_failure() {
	if grep -q 'NO_PUBKEY' "$base/update.log"; then
		die "$(keyring) lacks the key that signs $suite: upgrade the package debian-archive-keyring (Debian 12: 2023.3+deb12u2 or newer)"
	elif grep -Eqi 'hash sum mismatch|unexpected size' "$base/update.log"; then
		die "the mirror's index of $suite/$arch is inconsistent just now; try again later, or give another DEBIAN_MIRROR="
	fi
	die "apt could not read the index of $suite/$arch (its words are above)"
}

update() {
	say "index of Debian $suite ($arch)"
	# The pipe would hide apt's progress from a person, so its words go to the terminal and to a file.
	timed_download apt-get update -o Acquire::Retries=3 --error-on=any 2>&1 | tee "$base/update.log" || explain_update_failure
	touch "$base/apt/updated"
}

fresh_lists() { [ -n "$(find "$base/apt/updated" -mmin -720 2>/dev/null)" ]; }

# What apt would install, as NAME VERSION.
candidate() {
	if [ "$arch" = source ]; then
		apt-cache showsrc --only-source "$1" 2>/dev/null | awk '/^Version:/ { print $2 }' | sort -V | tail -n 1
	else
		apt-cache policy "$1" | awk '/Candidate:/ && $2 != "(none)" { print $2 }'
	fi
}

tested_is_offered() {
	if [ "$arch" = source ]; then
		apt-cache showsrc --only-source "$1" 2>/dev/null | grep -Fxq "Version: $2"
	else
		apt-cache madison "$1" | awk '{ print $3 }' | grep -Fxq "$2"
	fi
}

# One line "NAME VERSION" for each package asked for.
resolve() {
	local item name tested version
	for item in "$@"; do
		name=${item%%=*} tested=
		[ "$name" != "$item" ] && tested=${item#*=}
		case $name in
		meta:*)
			name=${name#meta:}
			name=$(apt-cache depends --no-recommends --no-suggests "$name" | awk '/^ *Depends:/ { print $2; exit }')
			[ -n "$name" ] || die "no package answers to ${item%%=*} in $suite/$arch"
			;;
		esac
		if [ -n "$tested" ] && tested_is_offered "$name" "$tested"; then
			version=$tested
		else
			version=$(candidate "$name")
		fi
		[ -n "$version" ] || die "Debian $suite ($arch) offers no package $name"
		if [ -n "$tested" ] && [ "$version" != "$tested" ]; then
			[ -z "${STRICT-}" ] || die "$name: $suite offers $version, tested is $tested, and STRICT is set"
			printf 'fetch: warning: %s %s is used, tested is %s\n' "$name" "$version" "$tested" >&2
		fi
		printf '%s %s\n' "$name" "$version"
	done
}

# File name apt gives the package: an epoch's colon becomes %3a.
deb_file() { printf '%s/download/%s_%s_*.deb' "$base" "$1" "${2//:/%3a}"; }

have_deb() {
	# shellcheck disable=SC2086 # the pattern is meant
	compgen -G "$(deb_file "$1" "$2")" >/dev/null
}

unpack_binaries() {
	local name version wanted=() done_list=$base/unpacked
	while read -r name version; do
		have_deb "$name" "$version" || wanted+=("$name=$version")
	done <"$base/resolved"
	if [ ${#wanted[@]} -gt 0 ]; then
		say "downloading: ${wanted[*]}"
		# Only whole and verified files reach download/, also when this is interrupted.
		rm -rf "$base/arriving"
		mkdir "$base/arriving"
		(cd "$base/arriving" && timed_download apt-get download -o Acquire::Retries=3 "${wanted[@]}") || return 1
		mv "$base/arriving"/*.deb "$base/download/" && rmdir "$base/arriving" || return 1
	fi

	# Files of another version must not stay behind: then the tree is made anew.
	touch "$done_list"
	if ! [ -d "$base/root" ] || grep -Fxvq -f "$base/resolved" "$done_list"; then
		rm -rf "$base/root"
		: >"$done_list"
		mkdir -p "$base"/root/usr/{bin,sbin,lib}
		ln -s usr/bin usr/sbin usr/lib "$base/root/"
	fi
	while read -r name version; do
		grep -Fxq "$name $version" "$done_list" && continue
		say "unpacking $name $version"
		# shellcheck disable=SC2046 # one file answers to the pattern
		dpkg-deb -x $(compgen -G "$(deb_file "$name" "$version")") "$base/root" || die "$name $version cannot be unpacked"
		printf '%s %s\n' "$name" "$version" >>"$done_list"
	done <"$base/resolved"
}

unpack_sources() {
	local name version dsc
	while read -r name version; do
		[ "$(cat "$base/$name.version" 2>/dev/null)" = "$version" ] && [ -d "$base/$name" ] && continue
		say "downloading the source of $name $version"
		(cd "$base/download" && timed_download apt-get source --download-only -o Acquire::Retries=3 "$name=$version") || return 1
		dsc=$base/download/${name}_${version#*:}.dsc
		rm -rf "${base:?}/$name"
		# apt has verified the files against the signed index; dpkg-source's own check needs a developers' keyring.
		dpkg-source --no-check -x "$dsc" "$base/$name" >"$base/$name.log" 2>&1 || die "dpkg-source failed: $(tail -n 1 "$base/$name.log")"
		printf '%s\n' "$version" >"$base/$name.version"
	done <"$base/resolved"
}

unpack() {
	resolve "$@" >"$base/resolved.new"
	mv "$base/resolved.new" "$base/resolved"
	if [ "$arch" = source ]; then unpack_sources; else unpack_binaries; fi
}

write_configuration
if fresh_lists; then
	# A list of this morning may name files that the mirror has replaced since.
	unpack "$@" || { update && unpack "$@"; } || die "the packages above could not be fetched"
else
	update
	unpack "$@" || die "the packages above could not be fetched"
fi
printf '%s\n' "$question" >"$stamp.new"
mv "$stamp.new" "$stamp"
