# SPDX-License-Identifier: BSD-2-Clause
# Of samples (sample.sh), each behind "busy" or "quiet": is what is used flat? Of each kind the first quarter is warming up; the most of
# the second quarter and the most of the last one may not be further apart than here. Prints a table; exit status 1: something grew.
BEGIN {
	split("tee-supplicant,available to Linux,kernel's slab,OP-TEE's core heap,OP-TEE's memory for TAs,files of all vaults,size of all vaults,heap of vault,heap of objects", names, ",")
	split("KB KB KB B B files KB B B", units, " ")
	split("256 4096 1024 2048 0 4 4096 512 512", quiet, " ")
	# In the midst of work sessions, and files that are written, count too.
	split("256 32768 16384 32768 0 64 16384 16384 16384", busy, " ")
	format = "| %s, %s | %d | %d | %d | %d | %d |\n"
	print "| memory and files | at the beginning | warm | in the middle | at the end | may grow by |"
	print "|---|---|---|---|---|---|"
}
{
	count[$1]++
	for (i = 1; i <= 9; i++)
		value[$1, count[$1], i] = $(i + 2)
}
# The most of samples from `from` on; of what is available, the least.
function most(kind, i, from, to,  n, found) {
	found = value[kind, from, i]
	for (n = from; n <= to; n++)
		if (i == 2 ? value[kind, n, i] < found : value[kind, n, i] > found)
			found = value[kind, n, i]
	return found
}
function judge(kind, i, may,  n, warm, last, grown) {
	n = count[kind]
	warm = most(kind, i, int(n / 4) + 1, int(n / 2))
	last = most(kind, i, n - int(n / 4) + 1, n)
	grown = i == 2 ? warm - last : last - warm
	if (value[kind, n, i] == 0)
		return
	printf format, names[i] " (" units[i] ")", kind == "quiet" ? "nobody works" : "clients work", value[kind, 1, i], warm,
		value[kind, int((n + 1) / 2), i], last, may
	if (grown > may) {
		print "FAILED: " names[i] " has grown by " grown
		failed = 1
	}
}
END {
	if (count["quiet"] < 4 || count["busy"] < 4) {
		print "FAILED: too few samples"
		exit 1
	}
	for (i = 1; i <= 9; i++)
		judge("quiet", i, quiet[i])
	for (i = 1; i <= 9; i++)
		judge("busy", i, busy[i])
	exit failed
}
