#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The completion for bash: what it offers where, with a stub for festore; that tags with difficult bytes reach the command as
# they are, through a real bash on a terminal; and that its commands and options are those of "festore help".
# Run from the top by "make check-install", which sets HOST to the folder of the host's command.
# shellcheck source=tests/e2e/tap.sh
. "$(dirname "$0")/../e2e/tap.sh"
top=$OLDPWD
: "${HOST:?run make check-install}"
export LC_ALL=C.UTF-8 WORK=$work

mkdir stub
cat >stub/festore <<'END'
#!/bin/sh
# Lists the tags in the file "tags"; what else it is asked for goes to the file "got".
if [ "$1" = ls ] || [ "$1 $2" = "key ls" ]; then
	printf '<%s>' "$@" >>"$WORK/asked"
	cat "$WORK/tags" 2>/dev/null || { echo 'festore: ls: no TEE' >&2; exit 8; }
else
	printf '<%s>' "$@" >"$WORK/got"
fi
END
cat >stub/id <<'END'
#!/bin/sh
echo 'users teeclnt tls'
END
chmod +x stub/*
PATH=$work/stub:$PATH

# shellcheck source=completion/festore
. "$top/completion/festore"
# What bash would be told to do by itself.
compopt() {
	told="$*"
}

# offers DESCRIPTION LINE WANTED...: at the end of LINE. Bash replaces the part behind the last blank, ':' or '=', as here no
# line has quotes; what it makes of those is tried on a terminal below.
offers() {
	what=$1
	COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=() told=''
	shift 2
	read -ra COMP_WORDS <<<"$COMP_LINE"
	[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_festore festore "${COMP_LINE##*[ :=]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>err
	is "$what" "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" "$(printf '%s\n' "$@" | sort)"
}

# offers_files DESCRIPTION LINE
offers_files() {
	offers "$1" "$2" ''
	is "but bash offers files" "$told" '-o bashdefault -o default'
}

printf '%s\n' passwords/wifi passwords/web plain 'with space' a:b a:c k=v -dash >tags

offers "commands" 'festore s' sign stat status sync
offers "all of them" 'festore ' put append get ls stat mv rm cp export import encrypt decrypt init sync recover fsck header pin destroy key log sign verify status doctor trace version help \
	--help --version
offers "commands to be helped with" 'festore help st' stat status
offers "tags" 'festore get pass' passwords/wifi passwords/web
is "of those that begin so" "$(tail -n 1 asked)" '<ls><--><pass>'
offers "a tag with its blank quoted" 'festore stat wi' 'with\ space'
offers "of a tag with ':' the part that bash replaces" 'festore get a:' b c
offers "and of one with '='" 'festore rm k=' v
offers "no tag that would be an option" 'festore get ' passwords/wifi passwords/web plain 'with\ space' a:b a:c k=v
offers "but behind --" 'festore get -- -' -dash
offers "tags again for rm" 'festore rm plain pass' passwords/wifi passwords/web
offers "for both names of mv" 'festore mv -f plain pla' plain
offers "no third one" 'festore mv plain plain pla' ''
offers "prefixes for ls" 'festore ls -l pl' plain
offers "nothing behind the tag of stat" 'festore stat plain pl' ''
offers "tags to replace for put" 'festore put -n pl' plain
offers "what there is to do with keys" 'festore key ' gen import derive ls info pub csr cert mv rm
offers "keys" 'festore key info pass' passwords/wifi passwords/web
is "of those that begin so" "$(tail -c 19 asked)" '<key><ls><--><pass>'
offers "a key to sign with" 'festore sign --key pl' plain
is "of keys" "$(tail -c 17 asked)" '<key><ls><--><pl>'
offers "types of keys" 'festore key gen new --type p' p256 p384 p521
offers_files "a key to import" 'festore key import new x'
offers "how to say its passphrase" 'festore key import new --pas' --passphrase-fd
offers_files "another's key to agree with" 'festore key derive --peer x'
offers "the key that agrees" 'festore key derive --peer pub pl' plain
offers_files "a file to sign" 'festore sign --key plain x'
offers_files "no tags for put's file" 'festore put plain pl'
offers "prefixes to export" 'festore export pl' plain
offers "and to import below" 'festore import -n pl' plain
offers_files "and files to import" 'festore import plain pl'
offers_files "nor for get's" 'festore get plain -o pl'
offers_files "nor where output is redirected to" 'festore get plain > pl'
offers "a tag behind a redirection" 'festore get 2>err pla' plain
offers "groups" 'festore get -g t' teeclnt tls
offers "groups by the long option" 'festore get --group t' teeclnt tls
offers "groups behind '='" 'festore get --group=t' teeclnt tls
offers "groups behind joined options" 'festore get -qg t' teeclnt tls
offers "storages" 'festore ls --storage ' vault ree rpmb
offers "storages behind '='" 'festore ls --storage=' vault ree rpmb
offers "storages to copy from" 'festore cp --from r' ree rpmb
offers "no names of vaults" 'festore ls --vault d' ''
offers "AEADs" 'festore init --aead ' auto chacha20-poly1305 aes-256-gcm
offers "AEADs behind '='" 'festore init --aead=ae' aes-256-gcm
offers "nothing behind one" 'festore init --aead auto pla' ''
offers "options of init" 'festore init --a' --accept-insecure-huk --aead --anchor --anchor-when
offers "anchors" 'festore init --anchor ' auto none ree rpmb
offers "times to write one" 'festore init --anchor-when=' commit group
offers_files "files to encrypt" 'festore encrypt --recipient pub.pem pla'
offers_files "public keys" 'festore encrypt --recipient pub'
offers "options of encrypt" 'festore encrypt --r' --raw --recipient
offers_files "files to decrypt" 'festore decrypt --key k pla'
offers "options of decrypt" 'festore decrypt --k' --key
offers "tags to copy" 'festore cp pla' plain
offers "tags to copy from another storage" 'festore cp -g tls --vault pla --storage vault --from ree pla' plain
is "of that one" "$(tail -n 1 asked | sed 's/.*<ls>/<ls>/')" '<ls><-g><tls><--storage><ree><--><pla>'
offers "none if all are meant" 'festore cp --from=ree --all pla' ''
: >asked
for line in '-g tls' '--group tls' '--group=tls' '-qgtls' '--storage ree' '--vault tls' '--vault=tls' '-v -g tls -q'; do
	offers "tags behind $line" "festore get $line pla" plain
done
is "of the store that the line names" "$(sed 's/<ls>/\n&/g' asked)" '
<ls><-g><tls><--><pla>
<ls><--group><tls><--><pla>
<ls><--group=tls><--><pla>
<ls><-g><tls><--><pla>
<ls><--storage><ree><--><pla>
<ls><--vault><tls><--><pla>
<ls><--vault=tls><--><pla>
<ls><-g><tls><--><pla>'
offers "commands to trace" 'festore trace --json -o log s' sign stat status sync
offers "options of trace" 'festore trace --' --json --raw
offers "of what is traced its own" 'festore trace --json mv --f' --force
offers "and its tags" 'festore trace -o log get --storage ree pla' plain
offers "options" 'festore mv --f' --force
offers "and those of all" 'festore rm --' --group --pin --pin-fd --storage --vault --quiet --verbose
offers "nothing for what is no command" 'festore frobnicate pla' ''
offers "nothing for version" 'festore version ' ''

rm tags
offers "nothing without a TEE" 'festore get pla' ''
is "and silently" "$(cat err)" ''

# --- commands and options are those of the command ---

mapfile -t commands < <("$HOST/festore" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "${#commands[@]}" -ge 9 ]
result $? "festore help lists commands"
offers "it offers them all" 'festore ' "${commands[@]}" --help --version
for name in "${commands[@]}"; do
	mapfile -t options < <("$HOST/festore" help "$name" | grep -oE '(^|[^a-zA-Z0-9-])--?[a-zA-Z][a-z-]*' |
		sed 's/^[^-]*//' | sort -u)
	offers "$name: help and completion have the same options" "festore $name -" "${options[@]}"
done

# --- on a terminal ---

cat >tags <<'END'
with space
a:b c
k=v w
it's
say "hi"!
cost $5
tick`
back\slash
~home
*star
é/ü
ends"
fin'
END
mkdir folder && touch folder/'a file'
cat >rc <<END
HISTFILE=
PATH=$PATH
bind 'set enable-bracketed-paste off'
cd '$work/folder'
. '$top/completion/festore'
END

# typed LINE GOT: after a tab and return, the command got these arguments.
typed() {
	: >got
	"$top/tests/install/tab.py" rc "$1" || comment <<<"no answer to $1"
	is "typed: $1" "$(cat got)" "$2"
}

typed 'festore get w' '<get><with space>'
typed 'festore get with\ s' '<get><with space>'
typed 'festore get "with s' '<get><with space>'
typed "festore get 'with s" '<get><with space>'
typed 'festore get "with "s' '<get><with space>'
typed 'festore get a:' '<get><a:b c>'
typed 'festore get "a:b' '<get><a:b c>'
typed 'festore get k=' '<get><k=v w>'
for quote in '' "'" '"'; do
	typed "festore get ${quote}it" "<get><it's>"
	typed "festore get ${quote}say" '<get><say "hi"!>'
	typed "festore get ${quote}cost" "<get><cost \$5>"
	typed "festore get ${quote}tick" '<get><tick`>'
	typed "festore get ${quote}back" '<get><back\slash>'
	typed "festore get ${quote}ends" '<get><ends">'
	typed "festore get ${quote}fin" "<get><fin'>"
	typed "festore get ${quote}é/" '<get><é/ü>'
done
typed 'festore get \~' '<get><~home>'
typed 'festore get \*' '<get><*star>'
typed 'festore put é/ü a' '<put><é/ü><a file>'
typed 'festore get é/ü -o a' '<get><é/ü><-o><a file>'
typed 'festore get --group=te' '<get><--group=teeclnt>'

done_testing
