#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What was acknowledged before the power cut is kept.
. "$(dirname "$0")/../e2e/tap.sh"

expect 0 "what was put right before it is there" as alice festore get acknowledged
is "whole" "$(cat out)" acknowledged
expect 3 "what was removed right before it is not" as alice festore get replaced
expect 0 "what was put long before it is there" as alice festore get survivor
same "unchanged" out "/home/alice/in.$storage"
forget alice
done_testing
