#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# festore-bootlog over whole logs: of our machines (cut to what is not repeated), and hand-made ones in the shape of TF-A 2.8,
# OP-TEE 3.19 and U-Boot 2022.10 on the DK2 (tests/bootlog); in the machine also over what its own Linux says.
logs=$(cd "$(dirname "$0")/../bootlog" && pwd)
. "$(dirname "$0")/tap.sh"
only vault

# has DESCRIPTION TEXT...: the last output has each of them.
has() {
	what=$1
	shift
	for text in "$@"; do
		if ! grep -qF -- "$text" out; then
			result 1 "$what"
			printf '%s\n' "not found: $text" | cat - out | comment
			return
		fi
	done
	result 0 "$what"
}

# warned WORDS: the warnings of the last JSON.
warned() {
	is "with these warnings: $1" "$(grep -o '"warning":"[a-z-]*"' out | cut -d'"' -f4 | tr '\n' ' ')" "$1"
}

expect 2 "no argument" festore-bootlog
expect 2 "an unknown option" festore-bootlog --jsn "$logs/dk2-signed.log"
expect 3 "a log that is not there" festore-bootlog missing.log
expect 3 "a log of something else" festore-bootlog /dev/null
expect 1 "a folder" festore-bootlog "$work"
expect 0 "its version" festore-bootlog --version

expect 0 "OpenSTLinux on the DK2" festore-bootlog --json "$logs/dk2-openstlinux.log"
has "its board and stages" '"board":"STMicroelectronics STM32MP157F-DK2 Discovery Board"' '"medium":"SDMMC, fsbl1"' \
	'"stage":"ROM","version":"STM32MP157FAC Rev.Z"' \
	'"stage":"BL2","version":"v2.8-stm32mp1-r1.0(debug)","built":"09:10:11, Feb  3 2023","loaded_by":"ROM"' \
	'"stage":"OP-TEE","version":"3.19.0-stm32mp","built":"Fri Jan 20 10:11:12 UTC 2023","loaded_by":"BL2","entry":"0xde000000"' \
	'"stage":"U-Boot","version":"2022.10-stm32mp-r1","built":"Oct 03 2022 - 19:25:32 +0000","loaded_by":"BL2"' \
	'"stage":"Linux","version":"6.1.28"' '"loaded_by":"U-Boot","entry":"0xc2000000","clock":"linux","at":0.000000' \
	'"stage":"optee driver","version":"3.19 (5d6e7f80)"' '"at":0.342033,"takes":18.270312' '"stage":"tee-supplicant"'
has "its images" '{"id":8,"by":"BL2","name":"BL32 extra 1","from":"0xde000000","to":"0xde0328a8"}' '"name":"FW_CONFIG"' \
	'"by":"U-Boot","name":"kernel","from":"0xc2000000","to":null}'
warned 'insecure-optee debug-firmware unauthenticated-fsbl '

expect 0 "a signed first stage, and firmware that says little" festore-bootlog --json "$logs/dk2-signed.log"
has "OP-TEE is known by U-Boot's word" '"stage":"OP-TEE","version":"3.19 (d0159bbf)"'
warned ''
expect 0 "an open device on which firmware stops" festore-bootlog --json "$logs/dk2-open.log"
warned 'unauthenticated-fsbl unverified-fip missing-stage stopped '
expect 0 "two boots, with the times of grabserial" festore-bootlog --json "$logs/dk2-twice.log"
has "the last one counts" '"boots":2' '"stage":"BL2","version":"v2.8-stm32mp1-r1.1(release)"' '"clock":"log","at":1.240000,"takes":0.500000'
warned 'unauthenticated-fsbl huk '

expect 0 "the 64-bit machine" festore-bootlog --json "$logs/qemu-arm64.log"
has "has a monitor and no U-Boot" '"stage":"BL31","version":"v2.12.1(release)"' '"stage":"Linux","version":"6.12' '"stage":"tee-supplicant"'
warned 'insecure-optee unauthenticated-fsbl '
expect 0 "the 32-bit machine, of two logs" festore-bootlog --json "$logs/qemu-armv7-console.log" "$logs/qemu-armv7-secure.log"
has "has U-Boot, and what it loads" '"stage":"U-Boot","version":"2025.01"' '"stage":"OP-TEE","version":"4.10.0-2"' '"entry":"0x40400000"'
warned 'insecure-optee unauthenticated-fsbl no-counter missing-stage '
expect 0 "the same for people, from standard input" sh -c "cat '$logs/dk2-openstlinux.log' | festore-bootlog -"
has "is a table" 'WARNING insecure-optee: ' 'BL2 loads BL32 (id 4) at 0xde000000'

# A log that a line was cut of, anywhere, or that is noise, ends with a verdict.
verdicts=0
for size in 0 1 100 500 1000 1500 2000 3000; do
	head -c $size "$logs/dk2-openstlinux.log" >cut.log
	head -c $size /dev/urandom >>cut.log
	festore-bootlog --json cut.log >/dev/null 2>&1
	case $? in
	0 | 3) verdicts=$((verdicts + 1)) ;;
	esac
done
is "damaged logs have a verdict" $verdicts 8

if [ "${FESTORE_E2E:-machine}" = machine ]; then
	{ dmesg; ps; } >now.log
	expect 0 "what this machine's Linux says" festore-bootlog --json now.log
	has "has Linux, its driver, and tee-supplicant" "\"stage\":\"Linux\",\"version\":\"$(uname -r)\"" '"stage":"optee driver","version":"' \
		'"stage":"tee-supplicant"'
fi
done_testing
