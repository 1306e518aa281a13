/* SPDX-License-Identifier: BSD-2-Clause */
/* Times, JSON, and the look at what is about to reach a terminal. */
#include "text.h"

#include "tag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void format_time(int64_t seconds, char to[TIME_TEXT_MAX])
{
	const time_t time = (time_t)seconds;
	struct tm utc = {0};

	if (!gmtime_r(&time, &utc) || strftime(to, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		snprintf(to, TIME_TEXT_MAX, "@%lld", (long long)seconds);
}

void write_json_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20)
			fprintf(to, "\\u%04x", c);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

void print_json_string(const char *text)
{
	write_json_string(stdout, text);
}

void print_json_file(const struct festore_file_info *info, const char *storage)
{
	char modified[TIME_TEXT_MAX];

	format_time(info->modified, modified);
	fputs("{\"tag\":", stdout);
	print_json_string(info->tag);
	printf(",\"storage\":\"%s\",\"size\":%llu,\"modified\":\"%s\"", storage,
		(unsigned long long)info->size, modified);
	if (info->policy != 0)
		printf(",\"policy\":\"%s\"", policy_name(info->policy));
	puts("}");
}

const char *policy_name(unsigned int policy)
{
	switch (policy) {
	case 0:
		return "";
	case FESTORE_WRITE_ONCE:
		return "write-once";
	case FESTORE_APPEND_ONLY:
		return "append-only";
	case FESTORE_READ_ONCE:
		return "read-once";
	default:
		return "unknown";
	}
}

void print_shown(FILE *to, const char *text)
{
	size_t left = strlen(text);

	while (left != 0) {
		bool is_control = false;
		size_t step = tag_character((const uint8_t *)text, left, &is_control);

		if (step == 0 || is_control) {
			fputc('?', to);
			step = step == 0 ? 1 : step;
		} else {
			fwrite(text, 1, step, to);
		}
		text += step;
		left -= step;
	}
}

bool is_text(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len != 0) {
		bool is_control = false;
		const size_t step = tag_character(at, len, &is_control);

		if (step == 0 || (is_control && *at != '\n' && *at != '\t'))
			return false;
		at += step;
		len -= step;
	}
	return true;
}

size_t cut_character(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t cut = 1; cut <= 3 && cut <= len; cut++) {
		const unsigned char c = at[len - cut];

		/* The head of a character says how many bytes it has. */
		if (c >= 0xc0)
			return (c >= 0xf0 ? 4U : c >= 0xe0 ? 3U : 2U) > cut ? cut : 0;
		if (c < 0x80)
			break;
	}
	return 0;
}

bool is_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
{
	char *end = NULL;
	unsigned long long number = 0;

	/* It takes blanks and signs too. */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end != '\0' || errno != 0 || number < least || number > most)
		return false;
	*ret_number = number;
	return true;
}
