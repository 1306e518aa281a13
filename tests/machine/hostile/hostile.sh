# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the phases share: a tee-supplicant that does what it is told to (tests/client/hostile.c), and what was acknowledged of each tag.
# shellcheck disable=SC2154 # work is of tap.sh
acked=$work/acked maybe=$work/maybe
mkdir "$acked" "$maybe"
# shellcheck disable=SC2034 # of the phases
modes='lie old short wrong error'
told=/tmp/hostile
tee=/var/lib/tee
supplicant=/usr/lib/machine/supplicant

# init starts it anew, with the library in it.
preload() {
	mkdir -p $told/old
	chown -R tee:tee $told
	sed "s|^exec su|command=\"env LD_PRELOAD=/usr/bin/festore-test-hostile.so FESTORE_HOSTILE=$told/mode FESTORE_HOSTILE_COUNT=$told/count \
FESTORE_HOSTILE_FOLDER=$tee FESTORE_HOSTILE_OLD=$told/old \$command\"\n&|" $supplicant >hostile-supplicant
	chmod 0755 hostile-supplicant
	mv hostile-supplicant $supplicant
	killall tee-supplicant
	tries=0
	until grep -q hostile "/proc/$(pidof tee-supplicant)/maps" 2>/dev/null || [ $tries -gt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	grep -q hostile "/proc/$(pidof tee-supplicant)/maps"
	result $? "a tee-supplicant of ours runs"
}

# hostile MODE FIRST
hostile() {
	rm -f $told/count
	echo "$1 $2" >$told/new
	chmod 0644 $told/new
	mv $told/new $told/mode
}

honest() {
	rm -f $told/mode
	[ ! -s $told/count ] || gone_wrong=$((gone_wrong + $(cat $told/count)))
	rm -f $told/count
}

# What lies in tee-supplicant's folder now is what is old later.
snapshot() {
	rm -rf $told/old
	cp -a $tee $told/old
}

# put TAG FILE: through `of`. $acked/TAG has what was acknowledged, $maybe/TAG what was refused or not known, after that.
put() {
	of put "$1" "$2" >out 2>err
	noted $? "$1" "$2"
}

# noted STATUS TAG FILE
noted() {
	if [ "$1" -eq 0 ]; then
		cp "$3" "$acked/$2"
		rm -f "$maybe/$2"
	else
		cp "$3" "$maybe/$2"
		errors=$((errors + 1))
	fi
}

# look TAG: sets $state to right, refused (with $status), or what is wrong. Of a change that was not acknowledged both are right.
# shellcheck disable=SC2034 # of the phases
look() {
	of get "$1" >got 2>err
	status=$?
	state=right
	if [ $status -eq 0 ]; then
		cmp -s got "$acked/$1" || cmp -s got "$maybe/$1" || state='WRONG DATA'
	elif [ $status -ne 3 ] || [ -e "$acked/$1" ]; then
		state=refused
	fi
}

# Whose vault of boot.t a mode is about: an owner has four.
owner_of() {
	case $1 in
	lie | old) echo alice ;;
	*) echo bob ;;
	esac
}
