#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The man pages: well-formed, complete (every command, option, exit status, function), and their program compiles and runs.
# Run from the top by "make check-install", which sets HOST to the folder of the host's library, command and fake TEE.
# shellcheck source=tests/e2e/tap.sh
. "$(dirname "$0")/../e2e/tap.sh"
top=$OLDPWD
: "${HOST:?run make check-install}"
command_page=$top/man/festore.1
library_page=$top/man/libfestore.3
PATH=$HOST:$PATH
readers=(festore-inspect festore-bootlog)
pages=("$command_page" "$library_page")
for reader in "${readers[@]}"; do
	pages+=("$top/man/$reader.1")
done

# --- form ---

for page in "${pages[@]}"; do
	# Other pages need not be installed here.
	is "$(basename "$page") is as mandoc likes it" "$(mandoc -T lint -W all "$page" 2>/dev/null | grep -v 'referenced manual not found')" ""
done
if command -v man >/dev/null && command -v groff >/dev/null; then
	for page in "${pages[@]}"; do
		is "$(basename "$page") is as groff likes it" "$(man --warnings=w -l "$page" 2>&1 >/dev/null)" ""
	done
fi

# --- the readers: what --help says is in the page, and the other way round ---

for reader in "${readers[@]}"; do
	"$reader" --help | grep -oE -- '--[a-z]+' | sort -u >said
	grep -oE '^\.It Fl .*' "$top/man/$reader.1" | grep -oE -- '-[a-z]+' | sed 's/^/-/' | sort -u >described
	is "$reader: help and page have the same options" "$(cat described)" "$(cat said)"
done

# --- the command: what "festore help" says is in the page, and the other way round ---

options() {
	grep -oE '(^|[^a-zA-Z0-9-])--?[a-zA-Z][a-z-]*' | sed 's/^[^-]*//' | sort -u
}

# section NAME: the lines of a command, or of the common options, from its heading to the next.
section() {
	awk -v name="$1" '
		/^\.Ss Common/ { here = name == "common"; next }
		/^\.S[hs] / { here = 0 }
		/^\.It Cm / { here = $3 == name }
		here' "$command_page"
}

# The options of a section: ".It Fl f , Fl -force" is -f and --force.
page_options() {
	section "$1" | sed -n 's/^\.It \(Fl.*\)/\1/p' | grep -oE 'Fl [a-zA-Z-]+' | sed 's/Fl /-/' | sort -u
}

mapfile -t commands < <(festore help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "${#commands[@]}" -ge 9 ]
result $? "festore help lists commands"
page_options common >shared
is "the page describes the commands that there are" \
	"$(sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' "$command_page" | sort)" "$(printf '%s\n' "${commands[@]}" | sort)"
for name in "${commands[@]}"; do
	festore help "$name" | options >said
	page_options "$name" >described
	# A command that takes one of the common options takes all.
	! grep -qxFf shared said || cat shared >>described
	is "$name: help and page have the same options" "$(sort -u described)" "$(cat said)"
done

awk '/^\.Sh EXIT/ { here = 1; next } /^\.Sh/ { here = 0 } here && /^\.It [0-9]/ { print $2 }' "$command_page" >described
sed -n '/^enum festore_error {/,/^}/s/.* = \([0-9]*\),.*/\1/p' "$top/include/festore.h" >defined
is "all exit statuses are described" "$(cat described)" "$(cat defined)"

# --- the library ---

sed -n 's/^\.F[no] \(festore_[a-z_]*\).*/\1/p' "$library_page" | sort -u >described
sed -n 's/^[[:space:]]*\(festore_[a-z_]*\);$/\1/p' "$top/lib/libfestore.map" | sort >mapped
is "all functions are described" "$(cat described)" "$(cat mapped)"

# The synopsis, as a program would declare it, must agree with the header.
mandoc -T ascii -O width=200 "$library_page" | col -b |
	awk '/^SYNOPSIS/ { here = 1; next } /^DESCRIPTION/ { exit } here' | tr -s ' \t\n' ' ' >declared
sed 's/#include <festore.h>/&\n/; s/; /;\n/g' declared >synopsis.c
expect 0 "and declared as in festore.h" gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only -I"$top/include" synopsis.c
[ "$(grep -c '^.*festore_.*);' synopsis.c)" -eq "$(wc -l <mapped)" ]
result $? "one by one"

awk '/^\.Bd -literal$/ { here = 1; next } /^\.Ed/ { here = 0 } here' "$library_page" | sed 's/\\e/\\/g; s/^\\&//' >example.c
expect 0 "the program compiles" gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wconversion -Werror -I"$top/include" \
	-o example example.c "$HOST/libfestore.so.0" "$HOST/libteec.so.2"

cat >session.sh <<'END'
head -c 200000 /dev/urandom >content
"$1" exa/mple <content >listed 2>said && cat said listed && festore get exa/mple | cmp - content && echo same
"$1" exa/mple <content 2>/dev/null
echo "status $?"
head -c 1048577 /dev/zero | "$1" large 2>&1
echo "status $?"
END
# The runner of the end-to-end scripts starts a fake TEE; here it runs this one, which needs no users.
cat >session.t <<END
#!/bin/sh
cd '$work' && LD_LIBRARY_PATH='$HOST' sh session.sh ./example >session.out 2>&1
echo 'ok 1'
echo '1..1'
END
chmod +x session.t
FESTORE_E2E_STORAGES=vault "$top/tests/tee/run-e2e.sh" "$HOST" "$work/session.t" >runner 2>&1 || comment <runner
is "the program runs: it shows progress" "$(grep -c '^[0-9]* of 200000 bytes$' session.out)" 5
grep -qx '  200000 exa/mple' session.out && grep -qx same session.out
result $? "stores and lists"
is "and refuses what the page says it refuses" "$(tail -n 4 session.out | grep status | tr '\n' ' ')" "status 4 status 9 "

done_testing
