#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Puts the parts of a run into a page: between a line "<!-- made: PART -->" and "<!-- end -->" stands what the file PART of the
# folder has, as it is if its name ends in .md, else as text.
# usage: pages.sh FOLDER PAGE
set -euo pipefail
folder=$1 page=$2
awk -v folder="$folder" '
/^<!-- made: .* -->$/ {
	part = folder "/" $3
	is_text = $3 !~ /\.md$/
	print
	if (is_text) print "```text"
	count = 0
	while ((answer = (getline line < part)) > 0) {
		sub(/[ \t]+$/, "", line)
		print line
		count++
	}
	if (answer < 0 || count == 0) {
		print part " has nothing for this page" > "/dev/stderr"
		failed = 1
		exit 1
	}
	close(part)
	if (is_text) print "```"
	is_left_out = 1
	next
}
/^<!-- end -->$/ { is_left_out = 0 }
!is_left_out { print }
END {
	if (is_left_out && !failed) {
		print "a part of the page does not end" > "/dev/stderr"
		exit 1
	}
}' "$page" >"$page.new"
mv "$page.new" "$page"
