#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tar archives: what export writes other programs read, and the other way round; what import refuses, and what it has stored
# by then.
. "$(dirname "$0")/tap.sh"
forget alice
forget bob
umask 022

# What else this is about does not depend on what stores the files, and among many objects the storage ree is slow.
if [ "$storage" = ree ]; then
	mkdir -p tree/a
	bytes 65536 tree/a/window
	bytes 200000 tree/large
	as alice festore put -q -r tree kept
	as alice festore export kept >archive
	is "export" $? 0
	mkdir back
	tar -C back -xf archive
	diff -r tree back >diff.out 2>&1
	result $? "gives the same files"
	expect 0 "import" as bob festore import -v up archive
	grep -q '2 files in 2 commits: stored$' err
	result $? "stores one at a time"
	as bob festore get up/large >out
	same "what the archive has" out tree/large
	expect 4 "import -n refuses" as bob festore import -n up archive
	forget alice
	forget bob
	done_testing
	exit
fi

# empty USER: as forget, at once.
empty() {
	as "$1" festore destroy -f 2>destroyed
}

# --- round trip ---

mkdir -p tree/a/b
i=0
while [ $i -lt 70 ]; do
	echo "content $i" >"tree/a/file.$i"
	i=$((i + 1))
done
long=$(printf '%0200d' 0)
bytes 65535 tree/a/b/below
bytes 65536 tree/a/b/window
bytes 200000 tree/large
: >tree/nothing
printf 'blank' >'tree/a b'
printf 'long' >"tree/$long"
printf 'long' >"tree/$long"
umlaut=$(printf 'gr\303\266\303\237e')
as alice festore put -q -r tree kept
printf 'umlaut' | as alice festore put "kept/$umlaut"
printf 'umlaut' >"tree/$umlaut"
files=77
printf 'other' | as alice festore put keptother

export_to() {
	as alice festore export "$@" >archive
}
expect 0 "export of a prefix" export_to kept
is "says nothing" "$(cat err)" ""
is "an archive is whole records" $(($(wc -c <archive) % 10240)) 0
mkdir back
tar -C back -xf archive 2>err
result $? "tar reads it"
is "without a word" "$(cat err)" ""
diff -r tree back >diff.out 2>&1
result $? "and gets the same files"
is "for their owner" "$(stat -c %a back/a/b/below back/large | uniq)" 600
is "in the order of bytes" "$(tar -tf archive | LC_ALL=C sort -c 2>&1)" ""
expect 0 "export -o" as alice festore export kept -o file
same "is the same" file archive
is "with mode 0600" "$(stat -c %a file)" 600
expect 0 "export -o -" as alice festore export -o - kept/
same "is standard output" out archive
expect 0 "export of all" export_to
is "has whole tags" "$(tar -tf archive | grep -c '^kept/')" $files

expect 0 "import" as bob festore import "" archive
as alice festore ls >want
as bob festore ls >out
same "stores the same tags" want out
as bob festore export >out
mkdir there
tar -C there -xf out
diff -r tree there/kept >diff.out 2>&1
result $? "and the same contents"
empty bob
import_from() {
	from=$1
	shift
	as bob festore import "$@" <"$from"
}
expect 0 "import under a prefix" import_from archive back/up
is "puts it before each" "$(as bob festore ls | grep -vc '^back/up/kept')" 0
expect 0 "import again" import_from archive back/up
expect 4 "import -n refuses" import_from archive -n back/up
says "and names the first" 'back/up/kept/0*: .*exists'
expect 0 "import -v" import_from archive -v other
grep -q "$((files + 1)) files in [0-9]* commits: stored$" err
result $? "counts"
empty bob
tar -C tree -cf archive .
expect 0 "tar's own archive of ." import_from archive
is "has all files" "$(as bob festore ls | wc -l)" $files
mkdir -m 0777 own
as bob festore get -q -r "" own
diff -r tree own >diff.out 2>&1
result $? "as they are"
empty bob

# --- other programs ---

if tar --version 2>/dev/null | grep -q GNU; then
	for format in ustar pax gnu oldgnu; do
		# The first of these has no room for the longest name.
		set -- a large nothing "a b" "./$umlaut" "$long"
		[ $format != ustar ] || set -- a large nothing "a b" "./$umlaut"
		tar -C tree --format=$format -cf archive "$@"
		expect 0 "import of GNU tar's format $format" import_from archive
		as bob festore export >out
		rm -rf there && mkdir there && tar -C there -xf out
		[ $format != ustar ] || cp "tree/$long" there/
		diff -r tree there >diff.out 2>&1
		result $? "is all there"
		empty bob
	done
	mkdir sparse
	truncate -s 1M sparse/hole
	printf end >>sparse/hole
	for format in gnu pax; do
		tar --format=$format -S -cf archive sparse
		expect 1 "import of a sparse file, $format" import_from archive
		says "is refused" 'sparse'
	done
	for program in gzip bzip2 xz; do
		command -v $program >/dev/null || continue
		$program -c <archive >packed
		expect 1 "import of what $program has packed" import_from packed
		says "says so" 'standard input is compressed: unpack it on the way'
	done
fi
python=/usr/bin/python3
if [ -x $python ]; then
	as alice festore export kept >archive
	PYTHONUTF8=1 $python - >out <<-'END'
		import tarfile
		for member in tarfile.open("archive"):
		    assert member.isreg() and member.mode == 0o600 and member.uid == 0
		    print(member.name, member.size)
	END
	(cd tree && find . -type f | sed 's,^\./,,' | LC_ALL=C sort | while IFS= read -r name; do
		echo "$name $(wc -c <"$name")"
	done) >want
	same "Python's tarfile reads it" want out
	for format in USTAR GNU PAX; do
		PYTHONUTF8=1 $python - $format <<-'END'
			import sys, tarfile
			with tarfile.open("archive", "w", format=getattr(tarfile, sys.argv[1] + "_FORMAT")) as archive:
			    archive.add("tree/a", "x" * 90 + "/" + "y" * 80)
		END
		expect 0 "import of Python's format $format" import_from archive
		is "stores all" "$(as bob festore ls | wc -l)" $((files - 5))
		as bob festore get "$(printf '%090d' 0 | tr 0 x)/$(printf '%080d' 0 | tr 0 y)/b/window" >out
		same "with their contents" out tree/a/b/window
		empty bob
	done
fi

# --- what is not imported ---

# member NAME TYPE CONTENT: appends a member to ./archive.
member() {
	size=$(printf %s "$3" | wc -c)
	{
		printf %s "$1" | head -c 100
		head -c $((100 - ${#1})) /dev/zero
		printf '0000600\0000000000\0000000000\000%011o\00000000000000\000        %s' "$size" "$2"
		head -c 100 /dev/zero
		printf 'ustar\00000'
		head -c 247 /dev/zero
	} >header
	sum=$(od -An -v -tu1 header | tr -s ' ' '\n' | awk '{ sum += $1 } END { printf "%06o", sum }')
	{
		head -c 148 header
		printf '%s\000 ' "$sum"
		tail -c +157 header
		printf %s "$3"
		head -c $(((512 - size % 512) % 512)) /dev/zero
	} >>archive
}
end() {
	head -c 1024 /dev/zero >>archive
}

for name in /absolute ../up a/../b a//b a/. . ..; do
	: >archive
	member "$name" 0 x
	end
	expect 1 "import of the name $name" import_from archive
	says "is refused" 'refused: this is no path below a directory'
done
: >archive
member a/ 0 x
end
expect 1 "import of a content of a directory" import_from archive
: >archive
member "$(printf 'a\tb')" 0 x
end
expect 2 "import of a control character" import_from archive
says "is refused" 'a?b: the tag is not valid UTF-8'
: >archive
member "$(printf 'a\377b')" 0 x
end
expect 2 "import of what is not UTF-8" import_from archive
: >archive
member "$(printf '%0100d' 0)" 0 x
end
expect 0 "import of a name of 100 bytes" import_from archive "$(printf '%0154d' 0)"
expect 2 "import below a prefix that is too long for it" import_from archive "$(printf '%0155d' 0)"
says "is refused" 'too long for a tag'
is "nothing else was stored" "$(as bob festore ls)" "$(printf '%0154d' 0)/$(printf '%0100d' 0)"
empty bob
for type in 1 2 3 4 6 S Z; do
	: >archive
	member first 0 one
	member kind $type ''
	member third 0 three
	end
	expect 1 "import of a member of type $type" import_from archive
	grep -q 'kind: refused: it is ' err
	result $? "is refused"
	! as bob festore ls | grep 'kind\|third'
	result $? "and nothing is stored from there on"
	empty bob
done
: >archive
member folder/ 5 ''
member folder/file 0 content
end
expect 0 "import of a directory" import_from archive
is "stores what is in it" "$(as bob festore ls)" folder/file
empty bob

# What was committed stays, and that is said.
: >archive
i=0
while [ $i -lt 66 ]; do
	member "f$i" 0 "$i"
	i=$((i + 1))
done
member link 2 ''
end
expect 1 "import that fails late" import_from archive
is "says two things" "$(wc -l <err)" 2
grep -q '64 files in 1 commit: stored before that, and they stay' err
result $? "one of them what is stored"
is "and it is" "$(as bob festore ls | wc -l)" 64
empty bob
: >archive
member a 0 old
member a 0 new
end
expect 0 "import of a name twice" import_from archive
is "stores the later one" "$(as bob festore get a)" new
empty bob

printf 'no archive' >archive
expect 1 "import of something else" import_from archive
says "is refused" 'standard input: this is no tar archive'
: >archive
expect 1 "import of nothing" import_from archive
head -c 1024 /dev/zero >archive
expect 0 "import of an empty archive" import_from archive
member a 0 x
expect 1 "import of two archives in one" import_from archive
expect 1 "import of a file that is not there" as bob festore import "" nowhere
says "says so" 'cannot read nowhere: No such file or directory'
expect 2 "import with too many arguments" as bob festore import a b c
is "nothing of all that was stored" "$(as bob festore ls)" ""

# --- cut and changed archives: nothing but an error, and no other names than these ---

# In the machine a unit test must do, that tries all of them.
if [ "${FESTORE_E2E:-machine}" = host ]; then
	: >archive
	member dir/a 0 first
	member dir/ 5 ''
	member pax x '17 path=dir/name
'
	member b 0 second
	member dir/c 0 third
	end
	mv archive whole
	size=$(wc -c <whole)
	bad='' at=0
	while [ $at -lt "$size" ]; do
		head -c $at whole >archive
		import_from archive >out 2>&1
		got=$?
		[ $got -eq 1 ] || bad="$bad $at:$got"
		at=$((at + 397))
	done
	is "an archive that is cut anywhere is refused" "$bad" ""
	at=0
	while [ $at -lt "$size" ]; do
		{
			head -c $at whole
			printf '\377'
			tail -c +$((at + 2)) whole
		} >archive
		import_from archive >out 2>&1
		got=$?
		[ $got -le 2 ] || bad="$bad $at:$got"
		at=$((at + 113))
	done
	is "one that is changed too, or stored" "$bad" ""
	is "under no other names" "$(as bob festore ls | grep -vx 'dir/[ac]\|dir/name')" ""
	empty bob
fi

# --- tags that are no paths, terminals, full disks ---

mkdir -m 0777 into
for tag in p/../escaped p//absolute p/./dot p/a/.. p/good/file p/; do
	printf x | as alice festore put "$tag"
done
expect 1 "export of tags that are no paths" export_to p
is "refuses each of them" "$(grep -c 'refused' err)" 5
is "and has the others" "$(tar -tf archive)" good/file
expect 3 "export of nothing" export_to missing
is "writes nothing" "$(cat archive)" ""
printf old >file
expect 3 "export -o of nothing" as alice festore export missing -o file
is "leaves the file" "$(cat file)" old
expect 2 "export of two prefixes" as alice festore export a b
export_full() {
	as alice festore export kept >/dev/full
}
expect 9 "export to a full device" export_full
as alice festore export kept 2>err | head -c 100000 >out
as alice festore export kept | head -c 100000 >want
same "a reader that has had enough ends an export" want out
is "without a word" "$(cat err)" ""
ignoring() {
	(
		trap '' PIPE
		as alice festore export kept 2>err
		echo $? >status
	) | true
}
ignoring
is "or with an error where that signal is ignored" "$(cat status)" 1
if command -v script >/dev/null; then
	as alice script -qec 'festore export kept' /dev/null </dev/null >out 2>&1
	is "export to a terminal is refused" $? 2
	as alice script -qec 'festore import' /dev/null </dev/null >out 2>&1
	is "and so is import from one" $? 2
fi

# --- damage: what cannot be opened is left out, and half a file ends the archive ---

if [ "${FESTORE_E2E:-machine}" = host ]; then
	empty alice
	as alice festore put a tree/large
	as alice festore put b tree/nothing
	blob=$(find "$(store_of alice)/default/blobs" -type f ! -path '*/orphans/*')
	head -c 150000 /dev/zero | dd of="$blob" bs=1000 seek=150 conv=notrunc 2>/dev/null
	printf old >file
	expect 6 "export of a file that is damaged at its end" as alice festore export -o file
	is "leaves what was there" "$(cat file)" old
	expect 6 "to standard output" export_to
	expect 1 "is half an archive" import_from archive
	says "which says so" 'is cut short'
	head -c 150000 /dev/zero | dd of="$blob" bs=1000 conv=notrunc 2>/dev/null
	expect 6 "export of one that is damaged at its beginning" export_to
	says "says so" 'a: .*damaged'
	is "and has the others" "$(tar -tf archive)" b
fi
is "no temporary file is left" "$(find . -name '.festore.*')" ""

empty alice
done_testing
