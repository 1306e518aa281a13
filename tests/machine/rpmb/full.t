#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# As full as the TA lets it be: puts are refused, what is there stays and can be read, replaced by less and removed.
. "$(dirname "$0")/../../e2e/tap.sh"
forget alice

bytes 4096 most
bytes 10 few
as alice festore put -q first most
n=0
status=0
while [ $status -eq 0 ] && [ "$n" -lt 100 ]; do
	n=$((n + 1))
	as alice festore put -q "most/$n" most 2>err
	status=$?
done
is "at some time there is no space left" $status 9
says "and it is said" 'no space left'
[ "$n" -ge 5 ]
result $? "after at least four more of 4096 bytes ($n)"
while as alice festore put -q "few/$n" few 2>err && [ "$n" -lt 100 ]; do n=$((n + 1)); done
says "small ones go in until that is full too" 'no space left'
echo "$n files in all" | comment
as alice festore get first >out
same "what is there can be read" most out
expect 9 "not replaced by as much" as alice festore put -q first most
expect 0 "but by less" as alice festore put -q first few
as alice festore get first >out
same "and is that then" few out
expect 0 "all is listed" as alice festore ls
is "to the last" "$(wc -l <out | tr -d ' ')" "$n"
expect 0 "rm" as alice festore rm most/1
expect 0 "then there is room again" as alice festore put -q new most
forget alice
is "all is gone" "$(as alice festore ls)" ''
done_testing
