/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds tee-supplicant by its name in /proc and reads its command line. */
#include "supplicant.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads what is in /proc/PID/NAME, cut at the room that there is; the length. */
static size_t read_about(const char *pid, const char *name, char *to, size_t room)
{
	char path[64];
	size_t len = 0;
	FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, name);
	file = fopen(path, "re");
	if (file) {
		len = fread(to, 1, room - 1, file);
		fclose(file);
	}
	to[len] = '\0';
	return len;
}

static bool is_supplicant(const char *pid)
{
	char name[32];

	read_about(pid, "comm", name, sizeof(name));
	return strcmp(name, "tee-supplicant\n") == 0;
}

/*
 * If `word` is the option in one of its forms (-f VALUE, --long VALUE, --long=VALUE), copies its
 * value. `next` is the word after it, or "".
 */
static void read_option(
	const char *word, const char *next, const char *letter, const char *name, char *to)
{
	const size_t name_len = strlen(name);

	if (strcmp(word, letter) == 0 || strcmp(word, name) == 0)
		snprintf(to, SUPPLICANT_PATH_MAX, "%s", next);
	else if (strncmp(word, name, name_len) == 0 && word[name_len] == '=')
		snprintf(to, SUPPLICANT_PATH_MAX, "%s", word + name_len + 1);
}

static void read_options(const char *pid, struct supplicant *ret)
{
	char words[4096];
	const size_t len = read_about(pid, "cmdline", words, sizeof(words));
	const char *end = words + len;

	memset(ret, 0, sizeof(*ret));
	ret->pid = (pid_t)strtol(pid, NULL, 10);
	for (const char *word = words; word < end;) {
		const char *next = word + strlen(word) + 1;
		const char *value = next < end ? next : "";

		read_option(word, value, "-f", "--fs-parent-path", ret->files);
		read_option(word, value, "-l", "--ta-dir", ret->tas);
		word = next;
	}
}

enum supplicant_state supplicant_find(struct supplicant *ret_supplicant)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry = NULL;
	enum supplicant_state state = SUPPLICANT_MISSING;

	if (!processes)
		return SUPPLICANT_HIDDEN;
	while (state == SUPPLICANT_MISSING && (entry = readdir(processes))) {
		if (!is_supplicant(entry->d_name))
			continue;
		state = SUPPLICANT_RUNS;
		if (ret_supplicant)
			read_options(entry->d_name, ret_supplicant);
	}
	closedir(processes);
	return state;
}
