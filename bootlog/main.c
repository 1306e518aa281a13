/* SPDX-License-Identifier: BSD-2-Clause */
/* festore-bootlog: the chain of trust that a serial log tells of. */
#include "boot.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BOOTLOG_OK = 0, BOOTLOG_ERROR = 1, BOOTLOG_USAGE = 2, BOOTLOG_NOT_FOUND = 3 };

#define USAGE \
	"usage: festore-bootlog [--json] LOG|- ...\n" \
	"       festore-bootlog --help | --version\n"

static int complain(int status, const char *name, const char *text)
{
	fflush(stdout);
	fputs("festore-bootlog: ", stderr);
	print_shown(stderr, name);
	fprintf(stderr, ": %s\n", text);
	return status;
}

/* A line that is too long is read in pieces, each as one. */
static int read_log(const char *name, struct boot *boot)
{
	FILE *from = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	char line[BOOT_LINE];
	int status = BOOTLOG_OK;

	if (!from)
		return complain(
			errno == ENOENT ? BOOTLOG_NOT_FOUND : BOOTLOG_ERROR, name, strerror(errno));
	while (fgets(line, sizeof(line), from))
		boot_line(boot, line);
	if (ferror(from))
		status = complain(BOOTLOG_ERROR, name, strerror(errno));
	if (from != stdin)
		fclose(from);
	return status;
}

static int read_logs(char **names, bool json)
{
	struct boot all;

	boot_begin(&all);
	for (; *names; names++) {
		struct boot one;
		int status = BOOTLOG_OK;

		boot_begin(&one);
		status = read_log(*names, &one);
		if (status != BOOTLOG_OK)
			return status;
		if (!boot_is_any(&one))
			return complain(BOOTLOG_NOT_FOUND, *names, "tells of no boot");
		boot_merge(&all, &one);
	}
	boot_judge(&all);
	if (json)
		boot_print_json(&all);
	else
		boot_print(&all);
	if (fflush(stdout) != 0 || ferror(stdout))
		return complain(BOOTLOG_ERROR, "standard output", strerror(errno));
	return BOOTLOG_OK;
}

static int usage(int status)
{
	fputs(USAGE, status == BOOTLOG_OK ? stdout : stderr);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{"json", no_argument, NULL, 'j'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	bool json = false;
	int option = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 'v')
			return puts("festore-bootlog " FESTORE_RELEASE) < 0;
		else
			return usage(option == 'h' ? BOOTLOG_OK : BOOTLOG_USAGE);
	}
	if (optind == argc)
		return usage(BOOTLOG_USAGE);
	return read_logs(argv + optind, json);
}
