/* SPDX-License-Identifier: BSD-2-Clause */
/* festore-inspect: shows what lies in storage, without a TEE and without secrets. Writes nothing
 * into it. */
#include "inspect.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE \
	"usage: festore-inspect [--json] [--tree] [--annotate] FOLDER|FILE...\n" \
	"       festore-inspect [--json] [--tree] [--annotate] --image IMAGE FOLDER...\n" \
	"       festore-inspect --help | --version\n"

int complain(int status, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fflush(stdout);
	fputs("festore-inspect: ", stderr);
	print_shown(stderr, text);
	fputc('\n', stderr);
	return status;
}

static int inspect_folder(const char *from, const char *path, const struct show *show)
{
	int folder = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = INSPECT_ERROR;

	if (folder < 0)
		return complain(INSPECT_ERROR, "%s: %s", path, strerror(errno));
	status = is_vault(folder) ? inspect_vault(folder, path, show)
				  : inspect_tee_folder(folder, path, show);
	close(folder);
	return status;
}

static int inspect_path(const char *path, const struct show *show)
{
	struct stat about = {0};
	char *folder_path = NULL;
	const char *slash = strrchr(path, '/');
	int folder = -1;
	int status = INSPECT_ERROR;

	if (stat(path, &about) != 0)
		return complain(errno == ENOENT ? INSPECT_NOT_FOUND : INSPECT_ERROR, "%s: %s", path,
			strerror(errno));
	if (S_ISDIR(about.st_mode))
		return inspect_folder(path, path, show);
	folder_path = slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
	if (folder_path)
		folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder_path);
	if (folder < 0)
		return complain(INSPECT_ERROR, "%s: %s", path, strerror(errno));
	status = inspect_tee_file(folder, slash ? slash + 1 : path, show);
	close(folder);
	return status;
}

/* Removes a folder that image_copy() has filled. */
static void remove_copy(const char *path)
{
	struct names names = {0};
	char *inner = NULL;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder < 0)
		return;
	(void)names_read(folder, &names);
	for (size_t i = 0; i < names.count; i++) {
		if (unlinkat(folder, names.names[i], 0) == 0 ||
			asprintf(&inner, "%s/%s", path, names.names[i]) < 0)
			continue;
		remove_copy(inner);
		free(inner);
	}
	names_free(&names);
	close(folder);
	rmdir(path);
}

static int inspect_in_image(const char *image, const char *path, const struct show *show)
{
	const char *temporary = getenv("TMPDIR");
	char *copy = NULL;
	int status = INSPECT_ERROR;

	if (asprintf(&copy, "%s/festore-inspect.XXXXXX", temporary ? temporary : "/tmp") < 0)
		return complain(INSPECT_ERROR, "no memory");
	if (!mkdtemp(copy)) {
		status = complain(INSPECT_ERROR, "%s: %s", copy, strerror(errno));
	} else {
		status = image_copy(image, path, copy);
		if (status == INSPECT_OK)
			status = inspect_folder(copy, path, show);
		remove_copy(copy);
	}
	free(copy);
	return status;
}

static int usage(int status)
{
	fputs(USAGE, status == INSPECT_OK ? stdout : stderr);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"annotate", no_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},
		{"image", required_argument, NULL, 'i'},
		{"json", no_argument, NULL, 'j'},
		{"tree", no_argument, NULL, 't'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	struct show show = {0};
	const char *image = NULL;
	int option = 0;
	int status = INSPECT_OK;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'a')
			show.annotate = true;
		else if (option == 'i')
			image = optarg;
		else if (option == 'j')
			show.json = true;
		else if (option == 't')
			show.tree = true;
		else if (option == 'v')
			return puts("festore-inspect " FESTORE_RELEASE) < 0;
		else
			return usage(option == 'h' ? INSPECT_OK : INSPECT_USAGE);
	}
	if (optind == argc || (show.json && show.annotate))
		return usage(INSPECT_USAGE);
	for (; optind < argc; optind++) {
		const int one = image ? inspect_in_image(image, argv[optind], &show)
				      : inspect_path(argv[optind], &show);

		status = status == INSPECT_OK ? one : status;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return complain(INSPECT_ERROR, "standard output: %s", strerror(errno));
	return status;
}
