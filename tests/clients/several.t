#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Eight processes of two users put, get, replace, move, remove and list side by side, for FESTORE_CROWD_SECONDS: each read
# and each list shows a state that was, the last value of each tag is a last acknowledged one, and nobody starves. Then that the
# same judge sees what is wrong in logs with a fault.
. "$(dirname "$0")/crowd.sh"
. "$(dirname "$0")/../e2e/tap.sh"
only vault

crowd_begin
expect 0 "eight clients work" crowd_work $((${FESTORE_CROWD_SECONDS:-8} * 1000))
for user in $crowd_users; do
	crowd_check "$user"
done
expect 0 "none starves" festore-test-crowd fair alice/[1-9].log bob/[1-9].log
comment <out

# --- the judge can find fault ---

finish() {
	for user in $crowd_users; do
		forget "$user"
		forget_keys "$user"
	done
	done_testing
	exit
}
# Once is enough, and the host is faster.
[ "${FESTORE_E2E:-machine}" = host ] || finish

# faulty DESCRIPTION PATTERN: the logs in ./faulty are wrong.
faulty() {
	expect 1 "noticed: $1" festore-test-crowd check faulty/*.log
	grep -q "WRONG: .*$2" out
	result $? "as $2"
	rm -r faulty
}

# A line of the last look: of the list, or of the get of a tag's number.
last() {
	grep "^end $1 0 [0-9]* $2 " alice/0.log | tail -n 1
}

# edit SCRIPT: a copy of alice's logs, of which the last looker's is changed by sed.
edit() {
	cp -r alice faulty
	sed -i "$1" faulty/0.log
}

begun=$(last g 0 | cut -d ' ' -f 6)
cp -r alice faulty
printf 'begin p 5 9999999 0 %s\nend p 5 9999999 0 %s %s 0\n' $((begun - 9)) $((begun - 9)) $((begun - 1)) >faulty/5.log
faulty "a put that was acknowledged and is lost" 'small/0 had not this value any more'

first=$(sed -n 's/^end p 0 \([0-9]*\) 3 .*/\1/p' alice/0.log | head -n 1)
edit "s/^\(end g 0 [0-9]* 3 .* 0 3=\).*/\1$((first * 16))/"
faulty "a value from before" 'small/3 had not this value any more'

edit 's/^\(end g 0 [0-9]* 9 .* 0 9=\).*/\11600000016/'
faulty "a value that nobody put" 'medium/1 has a value that nobody put'

edit 's/^\(end l 0 .*\) 12=[0-9]*/\1/'
faulty "a list that misses a tag" 'lists blob/0 0 times'

edit 's/^\(end l 0 .*\) \(12=[0-9]*\)/\1 \2 \2/'
faulty "a list that has a tag twice" 'lists blob/0 2 times'

edit 's/^\(end l 0 .*\) 28=[0-9]*/\1/; s/^\(end l 0 .*\) 29=[0-9]*/\1/'
faulty "a list in the midst of a move" 'moved/0/left is there 0 times'

# A group that is there as a whole or not at all.
if last l 36 | grep -q ' 21='; then
	edit 's/^\(end l 0 .*\) 21=[0-9]*/\1/'
else
	edit 's/^\(end l 0 .*\)$/\1 21=100/'
fi
faulty "half a batch" 'half a batch'

edit 's/^\(end g 0 [0-9]* 12 [0-9]* [0-9]*\) 0 .*/\1 10/'
faulty "a client that was refused" 'status 10 of blob/0'

edit '/^[a-z]* g 0 /d'
faulty "nobody looked" 'nobody looked at small/0'
edit '/^[a-z]* x 0 /d'
faulty "nobody signed" 'nobody looked at key/0'

cp -r alice faulty
sed -i 's/^\(end x 1 .* 32=\)[0-9]*/\17/' faulty/1.log
faulty "a signature by a key that nobody made" 'key/0 has a value that nobody put'

# Two values in turns: the same reader sees one, another, and the first again.
cp -r alice faulty
now=$(last g 0 | cut -d ' ' -f 7)
value=$(last g 0 | sed 's/.*=//')
line() {
	printf 'begin g 5 %s 0 %s\nend g 5 %s 0 %s %s 0 0=%s\n' "$1" $((now + $1)) "$1" $((now + $1)) $((now + $1)) "$2" >>faulty/5.log
}
printf 'begin p 6 1 0 %s\nend p 6 1 0 %s %s 0\n' $((now + 1)) $((now + 1)) $((now + 1000)) >faulty/6.log
line 10 "$value"
line 20 22
line 30 "$value"
faulty "a value that comes again" 'small/0: two values were seen in turns'

# What a client itself has to see: a value that the vault holds and nobody put so.
as alice festore get small/2 >value
flip value 50
as alice festore put small/2 value
cp -r alice faulty
chmod 0777 faulty
chmod 0666 faulty/*
as alice festore-test-crowd look faulty
faulty "a torn value" 'small/2 is torn'
as alice festore get blob/2 >value
flip value 50
as alice festore put blob/2 value
cp -r alice faulty
chmod 0777 faulty
chmod 0666 faulty/*
as alice festore-test-crowd look faulty
faulty "a torn blob" 'blob/2 is torn'

cp -r alice faulty
sed -i '11,$d' faulty/2.log
expect 1 "noticed: a client that starves" festore-test-crowd fair faulty/[1-9].log
rm -r faulty

finish
