#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# First phase: what was there before is put back while the TA lives, and looked at. It stays for the second.
. "$(dirname "$0")/../../e2e/tap.sh"
. "$(dirname "$0")/matrix.sh"

put_back
look life
done_testing
