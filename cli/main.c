/* SPDX-License-Identifier: BSD-2-Clause */
/* The command: a table of subcommands, its dispatch and its help. */
#include "cli.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int help_run(const struct subcommand *self, int argc, char **argv);
static int version_run(const struct subcommand *self, int argc, char **argv);

#define COMMON_ARGUMENTS "[-g GROUP] [--storage vault|ree] [--vault NAME] [-q] [-v]"

#define COMMON_DETAILS \
	"  -g, --group GROUP  the store of a group that you are in, instead of your own\n" \
	"  --storage STORAGE  where: vault, the default, or ree, OP-TEE's own storage\n" \
	"  --vault NAME       another vault than the one that is named default\n" \
	"  -q, --quiet        no progress bar\n" \
	"  -v, --verbose      say what was done\n"

static const struct subcommand subcommands[] = {
	{"put", "[-n] " COMMON_ARGUMENTS " TAG [FILE|-] | -r DIR PREFIX",
		"store a file, or standard input, under a tag",
		"Replaces what the tag held, atomically: old or new, never a mixture.\n"
		"  -n, --no-clobber   an existing tag is an error\n"
		"  -r                 the regular files below DIR, under PREFIX/PATH; symbolic "
		"links\n"
		"                     and other files are skipped, which makes the status "
		"1\n" COMMON_DETAILS,
		file_put_run},
	{"get", "[-f] " COMMON_ARGUMENTS " [--range OFFSET:[LENGTH]] TAG [-o FILE] | -r PREFIX DIR",
		"write what a tag holds to standard output",
		"Each piece is verified before it is written. If a later one is damaged, it ends\n"
		"with status 6 behind pieces that are not; with -o nothing is written then.\n"
		"  -o FILE            write to FILE instead: whole or not at all, mode 0600\n"
		"  --range OFFSET:[LENGTH]\n"
		"                     only LENGTH bytes from OFFSET on, or all from there\n"
		"  -r                 what the tags PREFIX/PATH hold to files below DIR\n"
		"  -f, --force        write to a terminal even what is not text; with -r, replace "
		"files\n" COMMON_DETAILS,
		file_get_run},
	{"ls", "[-l] [--json] " COMMON_ARGUMENTS " [PREFIX]",
		"list the tags that begin with PREFIX, or all",
		"  -l                 also size in bytes and time\n"
		"  --json             one JSON object a line\n" COMMON_DETAILS,
		file_ls_run},
	{"stat", "[--json] " COMMON_ARGUMENTS " TAG",
		"show what is known of a tag without its content",
		"  --json             one JSON object\n" COMMON_DETAILS, file_stat_run},
	{"mv", "[-f] " COMMON_ARGUMENTS " OLD NEW", "give what a tag holds another tag",
		"In the storage ree a power cut may leave it under both tags, never under none.\n"
		"  -f, --force        replace what NEW holds\n" COMMON_DETAILS,
		file_mv_run},
	{"rm", COMMON_ARGUMENTS " TAG...", "remove what tags hold", COMMON_DETAILS, file_rm_run},
	{"cp", "[-f] " COMMON_ARGUMENTS " --from STORAGE TAG... | --from STORAGE --all | OLD NEW",
		"copy what tags hold from another storage",
		"The copies have the same tags, and the present as their time. All are tried; the\n"
		"exit status is that of the first failure. Without --from: one, to another tag.\n"
		"  --from STORAGE     the storage to copy from: vault or ree\n"
		"  --all              all tags that there are in it\n"
		"  -f, --force        replace what tags hold; else that is an "
		"error\n" COMMON_DETAILS,
		copy_run},
	{"init", COMMON_ARGUMENTS, "make a vault; the first put does it too",
		"With -g, root also makes the folder for vaults of a group, which its members "
		"need\n"
		"before the first put.\n" COMMON_DETAILS,
		vault_init_run},
	{"destroy", "[-f] " COMMON_ARGUMENTS, "destroy a vault with all that is in it, for good",
		"Asks on a terminal, where the vault's name is to be typed.\n"
		"  -f, --force        do not ask\n" COMMON_DETAILS,
		vault_destroy_run},
	{"status", "[--json] " COMMON_ARGUMENTS,
		"show the TEE, the storage and what they do not protect from",
		"  --json             one JSON object\n" COMMON_DETAILS, status_run},
	{"version", "", "show the version", "", version_run},
	{"help", "[COMMAND]", "show this, or more on a command", "", help_run},
};

static const size_t subcommand_count = sizeof(subcommands) / sizeof(subcommands[0]);

static const struct subcommand *subcommand_named(const char *name)
{
	for (size_t i = 0; i < subcommand_count; i++) {
		if (strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	}
	return NULL;
}

static void print_help(FILE *to)
{
	fputs("usage: festore COMMAND ...\n\n"
	      "Files that only this device's TrustZone can open.\n\n",
		to);
	for (size_t i = 0; i < subcommand_count; i++)
		fprintf(to, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
	fputs("\nExit status: 0 ok, 1 other, 2 usage, 3 not found, 4 exists, 5 denied, 6 damaged,\n"
	      "7 stale, 8 no TEE, 9 no space or too large, 10 busy, 130 interrupted.\n",
		to);
}

static int help_run(const struct subcommand *self, int argc, char **argv)
{
	const struct subcommand *about = NULL;

	if (argc > 2)
		return fail_usage(self);
	if (argc == 1) {
		print_help(stdout);
		return finish_output(self, FESTORE_OK);
	}

	about = subcommand_named(argv[1]);
	if (!about)
		return fail(self, FESTORE_USAGE, "there is no command %s", argv[1]);
	printf("usage: festore %s %s\n\n%s\n%s", about->name, about->arguments, about->summary,
		about->details);
	return finish_output(self, FESTORE_OK);
}

static int version_run(const struct subcommand *self, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return fail_usage(self);
	printf("festore %s\n", festore_version());
	return finish_output(self, FESTORE_OK);
}

static void print_message(const struct subcommand *self, const char *format, va_list arguments)
{
	char text[4096];

	vsnprintf(text, sizeof(text), format, arguments);
	fflush(stdout);
	fprintf(stderr, "festore: %s: ", self->name);
	print_shown(stderr, text);
	fputc('\n', stderr);
}

void say(const struct subcommand *self, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(self, format, arguments);
	va_end(arguments);
}

int fail(const struct subcommand *self, enum festore_error error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(self, format, arguments);
	va_end(arguments);
	return (int)error;
}

int fail_usage(const struct subcommand *self)
{
	return fail(self, FESTORE_USAGE, "usage: festore %s %s", self->name, self->arguments);
}

int fail_call(const struct subcommand *self, enum festore_error error, const struct festore *fs,
	const char *tag)
{
	if (!tag)
		return fail(self, error, "%s", festore_reason(fs));
	/* What is too long to be a tag is too long to be shown whole. */
	if (strlen(tag) > FESTORE_TAG_LEN_MAX)
		return fail(
			self, error, "%.*s...: %s", FESTORE_TAG_LEN_MAX, tag, festore_reason(fs));
	return fail(self, error, "%s: %s", tag, festore_reason(fs));
}

int finish_output(const struct subcommand *self, int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return fail(self, errno == ENOSPC ? FESTORE_NO_SPACE : FESTORE_ERROR,
		"cannot write to standard output: %s", strerror(errno));
}

/*
 * A standard descriptor that the caller closed must not become a file's or the TEE's number, for
 * messages would go there. /dev/null takes its place, opened so that using it fails as before.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The lowest number that is free is this one. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(FESTORE_ERROR);
	}
}

int main(int argc, char **argv)
{
	static const struct rlimit no_core = {0, 0};
	const struct subcommand *subcommand = NULL;
	const char *name = NULL;

	fill_standard_descriptors();

	/* A file that may not grow any more is an error to report, not a death. */
	signal(SIGXFSZ, SIG_IGN);

	/* A core file would hold contents in the clear. */
	setrlimit(RLIMIT_CORE, &no_core);

	/* Contents are shown as UTF-8 or not at all, whatever the terminal's locale (is_text). */
	setlocale(LC_CTYPE, "C.UTF-8");

	if (argc < 2) {
		print_help(stderr);
		return FESTORE_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";

	subcommand = subcommand_named(name);
	if (!subcommand) {
		fputs("festore: there is no command ", stderr);
		print_shown(stderr, name);
		fputs("; see festore help\n", stderr);
		return FESTORE_USAGE;
	}
	return subcommand->run(subcommand, argc - 1, argv + 1);
}
