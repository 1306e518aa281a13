# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Sourced by write.sh and check.t: the tags, and what a tag holds in its n-th generation.

# One small head; one of a whole window; head and body; one that is put and removed in turns.
# shellcheck disable=SC2034 # they use it
tags='small window large fleeting'

# content TAG GENERATION: sizes change with the generation, and so does each line.
content() {
	case $1 in
	small | fleeting) size=$((100 + $2 % 50 * 70)) ;;
	window) size=$((65536 - $2 % 2)) ;;
	*) size=$((100000 + $2 % 7 * 50000)) ;;
	esac
	yes "$1, generation $2" | head -c $size
}
