#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The board's serial line, which its ST-LINK shows as a USB port: found by USB id, 115200 8N1, in picocom; everything that comes
# is also written to a log with the time of each line. Leave with Ctrl-A Ctrl-X.
# usage: platform/stm32mp157f-dk2/serial.sh LOG-FOLDER
#   SERIAL=/dev/...  this port, whatever it is
#   SYSFS=DIR        another place than /sys, for tests
set -euo pipefail

sys=${SYSFS:-/sys}
# ST-LINK/V2-1 (the kit's own) and V3, with and without mass storage.
ids='374b 3752 374e 374f 3753 3754'

die() { printf 'serial: %s\n' "$*" >&2; exit 1; }

# The ports of all ST-LINKs: one line each.
ports() {
	local tty usb
	for tty in "$sys"/class/tty/ttyACM*; do
		usb=$(readlink -f "$tty/device")/..
		[ -f "$usb/idVendor" ] || continue
		[ "$(cat "$usb/idVendor")" = 0483 ] || continue
		[[ " $ids " != *" $(cat "$usb/idProduct") "* ]] || printf '/dev/%s\n' "${tty##*/}"
	done
}

port=${SERIAL-}
if [ -z "$port" ]; then
	mapfile -t found < <(ports)
	[ ${#found[@]} -gt 0 ] || die "no ST-LINK is plugged in (CN11 of the board, a cable that carries data); SERIAL=/dev/... names a port"
	[ ${#found[@]} -eq 1 ] || die "several ST-LINKs are plugged in, SERIAL= must name one: ${found[*]}"
	port=${found[0]}
fi
[ -c "$port" ] || die "$port is no serial port"
if ! [ -r "$port" ] || ! [ -w "$port" ]; then
	die "no permission to use $port: its group is $(stat -c %G "$port")"
fi

mkdir -p "$1"
log=$1/serial-$(date -u +%Y%m%dT%H%M%SZ).log
pipe=$(mktemp -u)
mkfifo -m 0600 "$pipe"
trap 'rm -f "$pipe"' EXIT
# Both ends, so that nothing waits for the other to open it.
(
	trap '' INT
	while IFS= read -r line; do
		printf '%(%FT%T%z)T %s\n' -1 "${line%$'\r'}"
	done <"$pipe" >>"$log"
) &
printf 'serial: %s, 115200 8N1, log %s; leave with Ctrl-A Ctrl-X\n' "$port" "$log"
picocom --quiet --baud 115200 --databits 8 --parity n --stopbits 1 --flow n --logfile "$pipe" "$port"
wait
