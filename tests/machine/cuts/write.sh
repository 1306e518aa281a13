#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Changes the calling user's vault until the machine is killed. Each change is announced in the log before and after: "begin TAG WHAT" and
# "done TAG WHAT", WHAT being the generation that was put, or 0 for nothing. The log lies on the host.
. "$(dirname "$0")/content.sh"
user=$(id -un)
log=$(log_of "$user")
generation=$(($(sed -n 's/^begin [a-z]* //p' "$log" | sort -n | tail -n 1) + 0))

# change TAG WHAT COMMAND...
change() {
	tag=$1
	what=$2
	shift 2
	echo "begin $tag $what" >>"$log"
	"$@" || { echo "$user, $*: exit status $?"; exit 1; }
	echo "done $tag $what" >>"$log"
}

put() {
	content "$1" "$2" | festore put -q "$1"
}

if ! [ -s "$log" ]; then
	# shellcheck disable=SC2046 # several
	festore init -q --accept-insecure-huk $(anchor_of "$user") || exit 1
fi
while :; do
	for tag in $tags; do
		generation=$((generation + 1))
		change "$tag" $generation put "$tag" $generation
	done
	change fleeting 0 festore rm fleeting
done
