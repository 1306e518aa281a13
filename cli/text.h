/* SPDX-License-Identifier: BSD-2-Clause */
/* How things are written for people and for programs. */
#ifndef TEXT_H
#define TEXT_H

#include <festore.h>
#include <stdbool.h>
#include <stdio.h>

/* "2026-11-23T22:40:08Z" (RFC 3339) and room for years that need more digits. */
#define TIME_TEXT_MAX 40

/* Writes seconds since 1970 as RFC 3339 UTC; years beyond 9999 get more digits. */
void format_time(int64_t seconds, char to[TIME_TEXT_MAX]);

/* Writes a JSON string (RFC 8259) of valid UTF-8; print_json_string() to standard output. */
void write_json_string(FILE *to, const char *text);
void print_json_string(const char *text);

/* Prints a file as one line of JSON to standard output (docs/SPEC.md has the names). */
void print_json_file(const struct festore_file_info *info, const char *storage);

/* The name of a policy (enum festore_flag); "" of none. */
const char *policy_name(unsigned int policy);

/*
 * Prints text of any origin so that it cannot steer the terminal or begin another line: a `?` for
 * each control character and each byte that is not UTF-8.
 */
void print_shown(FILE *to, const char *text);

/* Is this text a number, of decimal digits alone, from `least` to `most`? Then writes it. */
bool is_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number);

/* Can these bytes be shown on a terminal: UTF-8 without control characters but tab and newline,
 * whatever the locale? */
bool is_text(const void *bytes, size_t len);

/* How many bytes at the end are the beginning of a character whose rest is missing. */
size_t cut_character(const void *bytes, size_t len);

#endif
