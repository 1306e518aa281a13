# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the phases share: alice's vaults, one for each anchor, what is put back of them, and what is seen then.
table=/host/share/rollback
part=$(cat $table/part)
anchors='none ree rpmb'
store=/home/alice/.local/share/festore
kept=/home/alice/kept

of() {
	anchor=$1 command=$2
	shift 2
	as alice timeout 60 festore "$command" --vault "of-$anchor" "$@"
}

# A value is put and all of it copied; another is put in its place and acknowledged; then what was copied is put back.
put_back() {
	[ -e /home/alice/old ] || {
		head -c 70000 /dev/urandom >/home/alice/old
		head -c 70000 /dev/urandom >/home/alice/new
	}
	rm -rf $kept
	mkdir -p $kept/tee
	for anchor in $anchors; do
		if [ ! -d "$store/of-$anchor" ]; then
			when=
			[ "$anchor" = none ] || when='--anchor-when commit'
			# shellcheck disable=SC2086 # two words, or none
			expect 0 "init, anchor $anchor" of "$anchor" init -q --accept-insecure-huk --anchor "$anchor" $when
		fi
		expect 0 "$part, $anchor: the old value" of "$anchor" put tag /home/alice/old
		cp -a "$store/of-$anchor" $kept/
	done
	cp -a /var/lib/tee/. $kept/tee/
	for anchor in $anchors; do
		# Two commits: one alone may have been cut off from its anchor, and is believed.
		expect 0 "$part, $anchor: the new value is acknowledged" of "$anchor" put tag /home/alice/new
		expect 0 "$part, $anchor: and another one" of "$anchor" put other /home/alice/new
	done
	swap
}

# Puts back what was kept of what $part names.
swap() {
	for anchor in $anchors; do
		vault=$store/of-$anchor
		case $part in
		*database*)
			find "$vault" -mindepth 1 -maxdepth 1 ! -name blobs -exec rm -rf {} +
			find "$kept/of-$anchor" -mindepth 1 -maxdepth 1 ! -name blobs -exec cp -a {} "$vault/" \;
			;;
		esac
		case $part in
		*blobs*)
			rm -rf "$vault/blobs"
			cp -a "$kept/of-$anchor/blobs" "$vault/"
			;;
		esac
	done
	case $part in
	*folder*)
		rm -rf /var/lib/tee/*
		cp -a $kept/tee/. /var/lib/tee/
		;;
	esac
}

# seen ANCHOR: in a word or two.
seen() {
	of "$1" get tag >got 2>err
	status=$?
	case $status in
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
			echo "rolled back (7)"
		elif grep -q 'is lost, or older than the vault' err; then
			echo "not proven (7)"
		else
			echo "refused (7): $(tail -n 1 err)"
		fi
		;;
	*) echo "status $status: $(tail -n 1 err)" ;;
	esac
}

# look PHASE: one row of the table for each anchor; each must be as expected.
look() {
	for anchor in $anchors; do
		is "$part, anchor $anchor, $1: as documented" "$(seen "$anchor" | tee got.seen)" "$("expected_$1" "$anchor")"
		echo "$part $anchor|$(cat got.seen)" >>$table/"$1"
	done
}

# Of blobs alone: the old one's file is not the new one's, so in that one's place is nothing.
expected_life() {
	case $part in
	*database*) echo "rolled back (7)" ;;
	*blobs*) echo "damaged (6)" ;;
	*) echo new ;;
	esac
}

# What is not known to be old has its own blob or not.
expected_boot() {
	case $part.$1 in
	*database*.none | *database*folder*.ree)
		case $part in
		*blobs*) echo "OLD, unnoticed" ;;
		*) echo "damaged (6)" ;;
		esac
		;;
	*database*) echo "rolled back (7)" ;;
	*folder*.ree) echo "not proven (7)" ;;
	*blobs*) echo "damaged (6)" ;;
	*) echo new ;;
	esac
}

# The vaults are made whole for the next round.
mend() {
	for anchor in $anchors; do
		of "$anchor" put again /home/alice/new >out 2>&1 || of "$anchor" recover --accept-rollback --yes >out 2>&1
		of "$anchor" recover --seen >/dev/null 2>&1
		expect 0 "$part, $anchor: a recovered vault takes changes" of "$anchor" put again /home/alice/new
		of "$anchor" rm tag >/dev/null 2>&1
		of "$anchor" fsck >found 2>&1 || of "$anchor" fsck --repair >found 2>&1
	done
	rm -rf $kept
}
