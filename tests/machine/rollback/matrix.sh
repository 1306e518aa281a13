# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What both phases share: alice's vaults, one for each anchor, what is put back of them, and what is seen then.
table=/host/share/rollback
part=$(cat $table/part)
anchors='none ree rpmb'
store=/home/alice/.local/share/festore
# shellcheck disable=SC2034 # of the phases
kept=/home/alice/kept

of() {
	anchor=$1 command=$2
	shift 2
	as alice timeout 60 festore "$command" --vault "of-$anchor" "$@"
}

# Puts back what was kept of a vault, and of tee-supplicant's folder; what is there now goes to $2.
swap() {
	case $part in
	vault | both)
		for anchor in $anchors; do
			mv "$store/of-$anchor" "$2/of-$anchor"
			cp -a "$1/of-$anchor" "$store/of-$anchor"
		done
		;;
	blob)
		for anchor in $anchors; do
			mv "$store/of-$anchor/blobs" "$2/blobs-$anchor"
			cp -a "$1/of-$anchor/blobs" "$store/of-$anchor/blobs"
		done
		;;
	esac
	case $part in
	tee | both)
		mkdir -p "$2/tee"
		cp -a /var/lib/tee/. "$2/tee/"
		rm -rf /var/lib/tee/*
		cp -a "$1/tee/." /var/lib/tee/
		;;
	esac
}

# seen ANCHOR: in a word or two.
seen() {
	of "$1" get tag >got 2>err
	case $? in
	0)
		if cmp -s got /home/alice/new; then
			echo new
		elif cmp -s got /home/alice/old; then
			echo "OLD, unnoticed"
		else
			echo "WRONG"
		fi
		;;
	6) echo "damaged (6)" ;;
	7)
		if grep -q 'rolled back: generation [0-9]* is older than [0-9]*' err; then
			echo "refused (7), with both generations"
		else
			echo "refused (7)"
		fi
		;;
	*) echo "status other" ;;
	esac
}

# look PHASE: one row of the table for each anchor; each must be as expected.
look() {
	for anchor in $anchors; do
		is "$part, anchor $anchor, $1: as documented" "$(seen "$anchor" | tee got.seen)" "$("expected_$1" "$anchor")"
		echo "$part $anchor|$(cat got.seen)" >>$table/"$1"
	done
}
