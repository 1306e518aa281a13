#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots machines, runs guest.sh in each, and writes what came of it into pages of docs/.
# usage: run.sh PAGE... -- MACHINE..., from the top of the repository, with machines and the host's festore-bootlog built
set -euo pipefail
export MACHINE_NAME=results
results=build/results
bootlog=build/host/festore-bootlog

pages=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	pages+=("$1")
	shift
done
shift

stop() {
	if platform/machine status >/dev/null 2>&1; then platform/machine cut; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

# run MACHINE: in $results/MACHINE is what its guest left, and what its logs say.
run() {
	local folder
	export MACHINE=$1
	stop
	platform/machine start --fresh
	folder=$(platform/machine folder)
	rm -rf "$folder/share/results" "${results:?}/$1"
	cp results/guest.sh "$folder/share/"
	platform/machine exec --timeout 120 -- sh /host/share/guest.sh /host/share/results
	mkdir -p "$results"
	cp -r "$folder/share/results" "$results/$1"
	"$bootlog" "$folder/console.log" "$folder/secure.log" "$results/$1/linux.log" >"$results/$1/boot"
	stop
}

# sum FILE NAME FIELD: a word of the line of that name in the sums of a trace.
sum() {
	awk -v name="$2" -v field="$3" 'index($0, name) == 1 { rest = substr($0, length(name) + 1); split(rest, words, /[ ,:]+/); print words[field + 1] }' "$1"
}

# A row of the sums of one traced command, for each storage.
row() {
	local file=$results/$1/$2.$3
	printf '| %s | %s | %s | %s | %s in, %s out | %s | %s | %s, %s |\n' "$2" "$3" "$(sum "$file" '  to open' 1)" "$(sum "$file" '  to do it' 1)" \
		"$(sum "$file" '  bytes' 1)" "$(sum "$file" '  bytes' 3)" "$(sum "$file" 'supplicant calls' 1)" "$(sum "$file" syncs 1)" \
		"$(($(sum "$file" '  libfestore' 1) + $(sum "$file" '  supplicant' 1)))" \
		"$(($(sum "$file" '  libfestore' 3) + $(sum "$file" '  supplicant' 3)))"
}

# What there is to compare, in a table.
tabulate() {
	local operation storage
	echo '| command | storage | TEE calls to open | to do it | bytes of these | supplicant calls | syncs | bytes of the store read, written |'
	echo '|---|---|---|---|---|---|---|---|'
	for operation in put get rm ls; do
		for storage in ree vault; do row "$1" $operation $storage; done
	done
}

# The steps of a trace in few words: without parameters, meanings, UUIDs and folders.
in_short() {
	sed -n '/^TEE calls/q; /^[a-z]/p' "$1" | sed -E '
		/^festore /d; /^vault /d; / mkdir .*: EEXIST$/d
		s/ [0-9a-f]{8}-[0-9a-f-]{27},/,/
		s/ \([0-9]+\) of the (objects|vault) TA, session [0-9]+//
		s/, number [0-9]+//
		s/, its own, registered//
		s,/var/lib/tee/+|/tmp/,,g
		s,/var/lib/festore/default,its folder,
		s/  +/ /g' | awk '{
			layer = $1; word = $2
			$1 = $2 = ""
			sub(/^ +/, "")
			printf "%-10s %-9s %s\n", layer, word, $0
		}'
}

# Both storages in two columns.
beside() {
	paste <(in_short "$results/$1/$2.ree") <(in_short "$results/$1/$2.vault") |
		awk -F '\t' 'BEGIN { printf "%-66s | %s\n", "ree", "vault" } { printf "%-66s | %s\n", $1, $2 }'
}

# The sums of a trace, which stand at its end.
sums() { sed -n '/^TEE calls/,$p' "$1"; }

for machine; do
	run "$machine"
	tabulate "$machine" >"$results/$machine/table.md"
	for operation in put get rm; do beside "$machine" $operation >"$results/$machine/$operation.beside"; done
	for storage in ree vault; do sums "$results/$machine/first.$storage" >"$results/$machine/first.$storage.sums"; done
done
for page in "${pages[@]}"; do
	results/pages.sh "$results" "$page"
	echo "written: $page"
done
