# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034 # they use it
# Sourced by write.sh and check.t: users, tags, and what a tag holds in its n-th generation.

# Each with an anchor of its own, and its vault is made with that.
users='alice bob carol'
anchor_of() {
	case $1 in
	alice) echo '--anchor none' ;;
	bob) echo '--anchor ree --anchor-when commit' ;;
	carol) echo '--anchor ree' ;;
	esac
}

# One small head; one of a whole window; head and body; one that is put and removed in turns.
tags='small window large fleeting'

log_of() {
	echo "/host/share/cuts.$1.log"
}

# content TAG GENERATION: sizes change with the generation, and so does each line.
content() {
	case $1 in
	small | fleeting) size=$((100 + $2 % 50 * 70)) ;;
	window) size=$((65536 - $2 % 2)) ;;
	*) size=$((100000 + $2 % 7 * 50000)) ;;
	esac
	yes "$1, generation $2" | head -c $size
}
