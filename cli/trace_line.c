/* SPDX-License-Identifier: BSD-2-Clause */
/* strace's punctuation: quotes, brackets, and paths behind descriptors. */
#include "trace_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define UNFINISHED "<unfinished ...>"
#define DETACHED "<detached ...>"
#define RESUMED " resumed>"

static bool ends_with(const char *text, size_t len, const char *end)
{
	const size_t end_len = strlen(end);

	return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

static size_t without_blanks(const char *text, size_t len)
{
	while (len != 0 && isspace((unsigned char)text[len - 1]))
		len--;
	return len;
}

/* Reads "PID<PROGRAM> ", or "PID "; where the rest begins. */
static char *read_leader(char *line, struct trace_line *ret_line)
{
	char *end = NULL;
	const unsigned long long thread = strtoull(line, &end, 10);

	ret_line->program = "";
	if (!isdigit((unsigned char)line[0]) || thread > UINT32_MAX)
		return NULL;
	ret_line->thread = (uint32_t)thread;
	if (*end == '<') {
		ret_line->program = end + 1;
		end = strchr(end, '>');
		if (!end)
			return NULL;
		*end++ = '\0';
	}
	return *end == ' ' ? end + strspn(end, " ") : NULL;
}

bool trace_line_read(char *line, struct trace_line *ret_line)
{
	size_t len = 0;
	char *text = read_leader(line, ret_line);
	char *rest = NULL;

	if (!text)
		return false;
	len = without_blanks(text, strlen(text));
	text[len] = '\0';
	ret_line->form = TRACE_WHOLE;
	if (strncmp(text, "---", 3) == 0 || strncmp(text, "+++", 3) == 0) {
		ret_line->form = TRACE_NOTE;
	} else if (strncmp(text, "<... ", 5) == 0) {
		rest = strstr(text, RESUMED);
		if (!rest)
			return false;
		text = rest + strlen(RESUMED);
		ret_line->form = TRACE_RESUMED;
	}
	len = strlen(text);
	if (ends_with(text, len, UNFINISHED) || ends_with(text, len, DETACHED)) {
		text[without_blanks(text, (size_t)(strrchr(text, '<') - text))] = '\0';
		ret_line->form = TRACE_BEGUN;
	}
	ret_line->text = text;
	return true;
}

/* Behind a string in quotes, or NULL if it does not end. */
static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
	}
	return *at ? at + 1 : NULL;
}

/* Behind what begins at `at`: a string, a path of a descriptor, or one character; NULL: cut. */
static const char *skip_piece(const char *at)
{
	if (*at == '"')
		return skip_string(at);
	if (*at == '<') {
		/* In a path strace writes this character otherwise. */
		at = strchr(at, '>');
		return at ? at + 1 : NULL;
	}
	return at + 1;
}

/* From behind an opening bracket, or the beginning, to what closes it, or the comma at this depth.
 */
static const char *find_end(const char *at, bool is_comma_an_end)
{
	unsigned int depth = 0;

	while (at && *at) {
		if (depth == 0 && (strchr(")]}", *at) || (is_comma_an_end && *at == ',')))
			return at;
		if (strchr("([{", *at))
			depth++;
		else if (strchr(")]}", *at))
			depth--;
		at = skip_piece(at);
	}
	return at;
}

/* "0", "-1 ENOENT (No such file or directory)", "3</path>", "?": behind the equals sign. */
static void read_result(char *text, struct trace_call *ret_call)
{
	char *end = NULL;

	ret_call->result = strtoll(text, &end, 0);
	ret_call->error = "";
	ret_call->gives = end + strlen(end);
	if (end == text)
		ret_call->result = -1;
	if (*end == '<') {
		ret_call->gives = end + 1;
		end = strchr(end, '>');
		if (end)
			*end = '\0';
	} else if (ret_call->result < 0 && *end == ' ') {
		ret_call->error = ++end;
		end[strcspn(end, " ")] = '\0';
	}
}

bool trace_call_read(char *text, struct trace_call *ret_call)
{
	char *open = strchr(text, '(');
	char *close = NULL;
	char *result = NULL;

	if (!open || open == text)
		return false;
	close = (char *)(uintptr_t)find_end(open + 1, false);
	if (!close || *close != ')')
		return false;
	result = close + 1 + strspn(close + 1, " ");
	if (strncmp(result, "= ", 2) != 0)
		return false;
	*open = '\0';
	*close = '\0';
	ret_call->name = text;
	ret_call->arguments = open + 1;
	read_result(result + 2, ret_call);
	return true;
}

const char *trace_argument(const char *arguments, unsigned int index, size_t *ret_len)
{
	const char *end = NULL;

	for (;;) {
		arguments += strspn(arguments, " ");
		end = find_end(arguments, true);
		if (!end)
			end = arguments + strlen(arguments);
		if (index == 0)
			break;
		if (*end != ',')
			return NULL;
		arguments = end + 1;
		index--;
	}
	*ret_len = without_blanks(arguments, (size_t)(end - arguments));
	return *ret_len == 0 ? NULL : arguments;
}

bool trace_argument_number(const char *arguments, unsigned int index, uint64_t *ret_number)
{
	size_t len = 0;
	const char *argument = trace_argument(arguments, index, &len);
	char *end = NULL;

	if (!argument)
		return false;
	*ret_number = strtoull(argument, &end, 0);
	return end != argument;
}

const char *trace_argument_path(
	const char *arguments, unsigned int index, int *ret_fd, size_t *ret_len)
{
	size_t len = 0;
	const char *argument = trace_argument(arguments, index, &len);
	const char *path = NULL;
	const char *end = NULL;

	*ret_fd = -1;
	if (!argument)
		return NULL;
	if (*argument == '"') {
		end = skip_string(argument);
		path = argument;
		end = end ? end - 1 : NULL;
	} else {
		path = memchr(argument, '<', len);
		end = path ? strchr(path, '>') : NULL;
		if (isdigit((unsigned char)*argument))
			*ret_fd = (int)strtol(argument, NULL, 10);
	}
	if (!path || !end)
		return NULL;
	*ret_len = (size_t)(end - path - 1);
	return path + 1;
}

static bool is_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool trace_argument_has(const char *arguments, unsigned int index, const char *word)
{
	size_t len = 0;
	const size_t word_len = strlen(word);
	const char *argument = trace_argument(arguments, index, &len);
	const char *at = argument;

	while (at && (at = memmem(at, len - (size_t)(at - argument), word, word_len))) {
		if ((at == argument || !is_of_word(at[-1])) && !is_of_word(at[word_len]))
			return true;
		at += word_len;
	}
	return false;
}
