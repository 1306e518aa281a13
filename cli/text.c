/* SPDX-License-Identifier: BSD-2-Clause */
/* Times, JSON, and the look at what is about to reach a terminal. */
#include "text.h"

#include <stdio.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

void format_time(int64_t seconds, char to[TIME_TEXT_MAX])
{
	const time_t time = (time_t)seconds;
	struct tm utc = {0};

	if (!gmtime_r(&time, &utc) || strftime(to, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		snprintf(to, TIME_TEXT_MAX, "@%lld", (long long)seconds);
}

void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

void print_json_file(const struct festore_file_info *info)
{
	char modified[TIME_TEXT_MAX];

	format_time(info->modified, modified);
	fputs("{\"tag\":", stdout);
	print_json_string(info->tag);
	printf(",\"storage\":\"ree\",\"size\":%llu,\"modified\":\"%s\"}\n",
		(unsigned long long)info->size, modified);
}

static bool is_shown(wchar_t c)
{
	return c == L'\n' || c == L'\t' || !iswcntrl((wint_t)c);
}

bool is_text(const void *bytes, size_t len)
{
	const char *at = bytes;
	mbstate_t state = {0};

	while (len != 0) {
		wchar_t c = L'\0';
		size_t step = mbrtowc(&c, at, len, &state);

		/* 0 is a NUL, and the two largest values are invalid and cut sequences. */
		if (step == 0 || step > len || !is_shown(c))
			return false;
		at += step;
		len -= step;
	}
	return true;
}
