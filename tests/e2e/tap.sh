# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What every end-to-end script sources: TAP output, users, and a folder of its own.
# The scripts run on the host against the fake TEE and, unchanged, in the emulated machine; there `as`
# really becomes the user. POSIX sh, as the machine has busybox only.

tests=0
work=$(mktemp -d /tmp/festore-e2e.XXXXXX) || exit 1
chmod 0777 "$work"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# Which storage a script is about: the variable FESTORE_E2E_STORAGE, else the default. For another one festore is a script
# in the path that says --storage behind the subcommand, so that calls look the same everywhere.
storage=${FESTORE_E2E_STORAGE:-vault}
if [ "$storage" != vault ]; then
	mkdir -m 0755 "$work/bin"
	cat >"$work/bin/festore" <<-END
		#!/bin/sh
		festore=$(command -v festore)
		case \$1 in
		put | append | get | ls | stat | mv | rm | cp | export | import | status)
			command=\$1
			shift
			exec "\$festore" "\$command" --storage $storage "\$@"
			;;
		esac
		exec "\$festore" "\$@"
	END
	chmod 0755 "$work/bin/festore"
	PATH=$work/bin:$PATH
fi

# only STORAGE: ends a script that is about one storage when it runs for another.
only() {
	[ "$storage" = "$1" ] && return
	echo "1..0 # SKIP this is about the storage $1"
	exit 0
}

# Where the user's vaults are.
store_of() {
	case ${FESTORE_E2E:-machine}.$1 in
	host.*) echo "${FESTORE_E2E_STORES:?}/$1" ;;
	*.root) echo /var/lib/festore ;;
	*) echo "/home/$1/.local/share/festore" ;;
	esac
}

# as USER COMMAND ARGS...
# On the host a user is in one group, ${fake_gid} if that is set.
as() {
	user=$1
	shift
	if [ "${FESTORE_E2E:-machine}" = host ]; then
		case $user in
		root) id=0 ;;
		alice) id=1001 ;;
		bob) id=1002 ;;
		carol) id=1003 ;;
		esac
		FESTORE_DIR=$(store_of "$user") FESTORE_FAKE_UID=$id FESTORE_FAKE_GID=${fake_gid:-$id} "$@"
	elif [ "$user" = root ]; then
		"$@"
	else
		su -s /bin/sh -c 'exec "$@"' -- "$user" sh "$@"
	fi
}

# To standard error, that prove passes on also when it shows no more of a script than its result.
comment() {
	sed 's/^/# /' >&2
}

# result STATUS DESCRIPTION: one line of TAP; 0 is a pass.
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
	fi
}

# expect STATUS DESCRIPTION COMMAND...: runs it with its output in ./out and ./err.
expect() {
	want=$1
	what=$2
	shift 2
	"$@" >out 2>err
	got=$?
	if [ "$got" -eq "$want" ]; then
		result 0 "$what"
	else
		result 1 "$what"
		echo "exit status $got, not $want, of: $*" | cat - err | comment
	fi
}

# is DESCRIPTION GOT WANT
is() {
	if [ "$2" = "$3" ]; then
		result 0 "$1"
	else
		result 1 "$1"
		printf '%s\n' "got:" "$2" "want:" "$3" | comment
	fi
}

# same DESCRIPTION FILE FILE
same() {
	cmp -s "$2" "$3"
	result $? "$1"
}

# says DESCRIPTION PATTERN: the last command's standard error is one line that matches.
says() {
	if [ "$(wc -l <err)" -eq 1 ] && grep -q "$2" err; then
		result 0 "$1"
	else
		result 1 "$1"
		echo "no single line with '$2' in:" | cat - err | comment
	fi
}

# bytes N FILE: N random bytes.
bytes() {
	head -c "$1" /dev/urandom >"$2"
}

# forget USER: removes all that the user has stored.
forget() {
	as "$1" festore ls >forget.tags
	while IFS= read -r tag; do
		as "$1" festore rm -- "$tag"
	done <forget.tags
}

# forget_keys USER: removes all keys of the user's.
forget_keys() {
	as "$1" festore key ls >forget.tags
	while IFS= read -r tag; do
		as "$1" festore key rm -- "$tag"
	done <forget.tags
}

# pem FILE LABEL: what comes in, as PEM.
pem() {
	{
		echo "-----BEGIN $2-----"
		cat
		echo "-----END $2-----"
	} >"$1"
}

# terminal USER COMMAND: what a terminal shows of it, in ./out; what is typed comes in. The command gets hidden(), which waits until
# the terminal no longer shows what is typed.
terminal() {
	cat >on-terminal <<-END
		hidden() {
			tries=0
			until stty -a </dev/tty | grep -q -- '-echo ' || [ \$tries -ge 100 ]; do
				sleep 0.05
				tries=\$((tries + 1))
			done
			[ \$tries -lt 100 ] || echo "it is shown"
		}
		$2
		stty -a </dev/tty | grep -q ' echo ' && echo "shown again"
	END
	as "$1" timeout 20 script -qfec 'sh on-terminal' /dev/null >out 2>&1
}
# typed QUESTION FORMAT: that, once the question stands on the terminal, which forgets what was typed before.
typed() {
	tries=0
	until grep -q "$1" out || [ $tries -ge 200 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	# shellcheck disable=SC2059 # as its name says
	printf "$2"
	sleep 1
}

# hex FILE: its bytes, in lower case, in one line without an end.
hex() {
	od -An -v -tx1 "$1" | tr -d ' \n'
}

# flip FILE AT: changes a bit of the byte there.
flip() {
	byte=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

done_testing() {
	echo "1..$tests"
}
