#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Where a private key is: in the memory of the process that imports it, and from then on nowhere in the normal world: not in the
# memory of one that uses it (which is all that both worlds share, too), not in the vault, its blobs, or any file of tee-supplicant's.
# That the search finds such a key is shown by the importing process, and by a text that the using one has.
. "$(dirname "$0")/tap.sh"
only vault
LC_ALL=C
export LC_ALL
key="key of $$"
forget alice

# Made for this test and used for nothing else: no byte of it is 0 or a newline, which a search by lines would stumble over.
sed '1d;$d' <<'END' | base64 -d >key.der
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3ng3OzrIqsrjqQde
9owDDKXlEJrDMXHpvPb4ho3p9DihRANCAARgRCASC7UU8f0kQq/AUBkejvutJxhU
5ANC4UbXyyiUug2TKNgcDoKqBPvrCbTvxPkQuVGMTL8G5FClRrgrvVs9
-----END PRIVATE KEY-----
END
# Half of the private number is enough, in either order of bytes, or as digits.
{
	printf '\336\170\067\073\072\310\252\312\343\251\007\136\366\214\003\014\n'
	printf '\245\345\020\232\303\061\161\351\274\366\370\206\215\351\364\070\n'
	printf '\014\003\214\366\136\007\251\343\312\252\310\072\073\067\170\336\n'
	printf '\070\364\351\215\206\370\366\274\351\161\061\303\232\020\345\245\n'
	echo de78373b3ac8aacae3a9075ef68c030c
	echo a5e5109ac33171e9bcf6f8868de9f438
	echo 3ng3OzrIqsrjqQde9owDDKXlEJrDMXHpvPb4ho3p9Dih
} >secrets
echo "$key" >known

# has PATTERNS: what comes in has one of them. (busybox' grep takes a NUL for the end of a line.)
has() {
	tr -s '\000' '\n' | grep -aqFf "$1"
}

# known_as FILE COMMAND...: becomes the command, whose number is then in the file.
known_as() {
	file=$1
	shift
	# shellcheck disable=SC2016 # for the shell that becomes it
	as alice sh -c 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@"' "$file" "$@"
}
# number_in FILE: waits for it.
number_in() {
	tries=0
	until [ -s "$1" ] || [ $tries -ge 100 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	cat "$1"
}

# memory_of PROCESS: all that it can write to, and what has no file behind it. (Sanitizers reserve more than could be read.)
memory_of() {
	while read -r range rights _ _ inode _; do
		case $rights.$inode in
		rw*.* | r*.0) ;;
		*) continue ;;
		esac
		first=$((0x${range%-*} / 4096))
		pages=$((0x${range#*-} / 4096 - first))
		[ $pages -le 16384 ] || continue
		dd if="/proc/$1/mem" bs=4096 skip=$first count=$pages 2>/dev/null
	done <"/proc/$1/maps"
}

# --- the process that imports it ---

# It reads the key, and waits for more.
mkfifo input
{
	cat key.der
	exec sleep 60
} >input &
feeder=$!
known_as importer festore key import --use sign,decrypt,derive "$key" - <input >out 2>err &
command=$!
importer=$(number_in importer)
tries=0
until memory_of "$importer" >memory && has secrets <memory || [ $tries -ge 40 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
is_readable=yes
if ! has known <memory; then
	# Who may look into processes, the kernel's settings say.
	is_readable=
	echo "# the memory of processes cannot be read here"
fi
[ -z "$is_readable" ] || has secrets <memory
result $? "the private key is in the memory of the process that imports it"
has secrets <key.der
result $? "and in the file"
kill $feeder
wait $feeder 2>/dev/null
wait $command
is "the import" "$? $(grep -v WARNING err)" "0 "

# --- processes that use it ---

# A pipe that is full, so that who has used the key waits with the answer.
mkfifo full
exec 3<>full
stuffed=65536
head -c $stuffed /dev/zero >&3

# uses WORD COMMAND...: a process waits behind the use of the key; what it gives then is in ./given.
uses() {
	word=$1
	shift
	rm -f user
	known_as user "$@" >&3 2>err &
	command=$!
	process=$(number_in user)
	# Until it waits for the pipe, as far as the kernel says that.
	tries=0
	until grep -q pipe "/proc/$process/wchan" 2>/dev/null || [ $tries -ge 20 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	memory_of "$process" >memory
	kill -0 $command
	result $? "$word: the process is at its end, and waits"
	[ -z "$is_readable" ] || has known <memory
	result $? "its memory has what it was told"
	! has secrets <memory
	result $? "and no private key"
	head -c $stuffed <&3 >/dev/null
	wait $command
	is "its answer" "$? $(cat err)" "0 "
	dd bs=65536 count=1 <&3 >given 2>/dev/null
	head -c $stuffed /dev/zero >&3
}

printf 'a message\n' >message
as alice festore key pub "$key" -o pub.pem
uses sign festore sign --key "$key" message
expect 0 "is a signature" festore verify --pubkey pub.pem --signature given message
as alice festore encrypt --recipient pub.pem -o message.cms message
uses decrypt festore decrypt --key "$key" message.cms
same "is the message" given message
as alice festore key gen peer --type p256
as alice festore key pub peer -o peer.pem
uses derive festore key derive --peer peer.pem "$key"
is "are 32 bytes" "$(wc -c <given)" 32
exec 3>&-

# --- what lies about ---

# search DESCRIPTION FOLDER...: no file there has it, though there are some.
search() {
	what=$1
	shift
	find "$@" -type f >files 2>/dev/null
	[ -s files ]
	result $? "$what: there are files"
	while IFS= read -r file; do
		cat "$file" 2>/dev/null
	done <files >contents
	! has secrets <contents
	result $? "without the private key"
}
bytes 100000 large
as alice festore put large large
search "the vault, and its blobs" "$(store_of alice)"
[ ! -d /dev/shm ] || {
	cp key.der /dev/shm/"festore-test.$$"
	find /dev/shm -type f -exec cat {} + >contents 2>/dev/null
	has secrets <contents
	result $? "in shared memory it would be found"
	rm -f /dev/shm/"festore-test.$$"
	find /dev/shm -type f -exec cat {} + >contents 2>/dev/null
	! has secrets <contents
	result $? "and is not there"
}
if [ "${FESTORE_E2E:-machine}" = machine ]; then
	search "tee-supplicant's folder" /var/lib/tee
	memory_of "$(pidof tee-supplicant)" >memory
	[ -s memory ] && ! has secrets <memory
	result $? "nor does tee-supplicant have it"
fi

as alice festore rm large
as alice festore key rm "$key" peer
done_testing
