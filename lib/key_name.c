/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names from text. It is taken apart here, as OpenSSL's own reader of such lists would also follow
 * references to files and sections; what a value may be, OpenSSL knows.
 */
#include "key_name.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Bytes of the longest type, and of the longest value: more than any may have. */
enum { TYPE_ROOM = 64, VALUE_ROOM = 512 };

/* "O=Example", or "DNS:example.org". */
struct part {
	char type[TYPE_ROOM];
	char value[VALUE_ROOM];
	size_t value_len;
};

static enum festore_error no_memory(struct failure *failure)
{
	return failure_set(failure, FESTORE_ERROR, "out of memory");
}

static const char *skip_spaces(const char *at)
{
	return at + strspn(at, " ");
}

/* --- distinguished names ---------------------------------------------------------------------- */

/* How the parts of one are kept apart. */
struct style {
	char separator;
	const char *special; /* what stands for itself only behind a backslash */
	int place;           /* of each part in the name: -1 last, 0 first */
};

static const struct style styles[] = {
	{'/', "+", -1},     /* as openssl req takes it */
	{',', "+\";<>", 0}, /* RFC 4514, which has the last part first */
};

/* What a backslash stands before: two digits are a byte. Returns how many letters that are. */
static size_t read_escaped(const char *at, uint8_t *ret_byte)
{
	const int high = OPENSSL_hexchar2int((unsigned char)at[0]);
	const int low = high < 0 ? -1 : OPENSSL_hexchar2int((unsigned char)at[1]);

	*ret_byte = (uint8_t)at[0];
	if (low < 0)
		return 1;
	*ret_byte = (uint8_t)(high << 4 | low);
	return 2;
}

/* Reads a type and the sign behind it; NULL: there is none. */
static const char *read_type(const char *at, char sign, struct part *part)
{
	size_t len = 0;

	at = skip_spaces(at);
	while (isalnum((unsigned char)at[len]) || at[len] == '.')
		len++;
	if (len == 0 || len >= sizeof(part->type))
		return NULL;
	memcpy(part->type, at, len);
	part->type[len] = 0;
	at = skip_spaces(at + len);
	return at[0] == sign ? skip_spaces(at + 1) : NULL;
}

/* Reads a value up to the separator or the end; NULL: it is none. */
static const char *read_value(const char *at, const struct style *style, struct part *part)
{
	size_t len = 0;
	size_t end = 0; /* of what is no space that could be left out */

	/* In RFC 4514 digits of BER follow. */
	if (at[0] == '#')
		return NULL;
	while (at[0] != 0 && at[0] != style->separator) {
		const bool is_escaped = at[0] == '\\';
		uint8_t byte = (uint8_t)at[0];

		if (strchr(style->special, at[0]) || len == sizeof(part->value))
			return NULL;
		at += is_escaped ? 1 + read_escaped(at + 1, &byte) : 1;
		if (byte < ' ' || byte == 0x7f)
			return NULL;
		memcpy(&part->value[len++], &byte, 1);
		if (is_escaped || byte != ' ')
			end = len;
	}
	part->value_len = end;
	return end != 0 ? at : NULL;
}

static enum festore_error add_part(
	X509_NAME *name, const struct part *part, int place, struct failure *failure)
{
	const char *reason = NULL;

	ERR_set_mark();
	if (X509_NAME_add_entry_by_txt(name, part->type, MBSTRING_UTF8,
		    (const unsigned char *)part->value, (int)part->value_len, place, 0) == 1) {
		ERR_pop_to_mark();
		return FESTORE_OK;
	}
	reason = ERR_reason_error_string(ERR_peek_last_error());
	ERR_pop_to_mark();
	return failure_set(failure, FESTORE_USAGE, "%s=%.*s in the name: %s", part->type,
		(int)part->value_len, part->value, reason ? reason : "not taken");
}

static enum festore_error add_all(const char *text, X509_NAME *name, struct failure *failure)
{
	const struct style *style = &styles[text[0] == '/' ? 0 : 1];
	const char *at = text[0] == '/' ? text + 1 : text;

	for (;;) {
		struct part part = {.value_len = 0};
		const char *begin = at;
		enum festore_error error = FESTORE_OK;

		at = read_type(at, '=', &part);
		if (at)
			at = read_value(at, style, &part);
		if (!at)
			return failure_set(failure, FESTORE_USAGE,
				"'%s' is no part of a name, such as CN=device 7,O=Example", begin);
		error = add_part(name, &part, style->place, failure);
		if (error != FESTORE_OK || at[0] == 0)
			return error;
		at++;
	}
}

enum festore_error key_name_read(const char *text, X509_NAME **ret_name, struct failure *failure)
{
	X509_NAME *name = X509_NAME_new();
	enum festore_error error = name ? add_all(text, name, failure) : no_memory(failure);

	if (error == FESTORE_OK)
		*ret_name = name;
	else
		X509_NAME_free(name);
	return error;
}

/* --- other names ------------------------------------------------------------------------------ */

/* Letters of a value. */
static bool has_only(const struct part *part, const char *others)
{
	for (size_t i = 0; i < part->value_len; i++)
		if (!isalnum((unsigned char)part->value[i]) && !strchr(others, part->value[i]))
			return false;
	return true;
}

static bool is_printable(const struct part *part)
{
	for (size_t i = 0; i < part->value_len; i++)
		if (part->value[i] <= ' ' || part->value[i] >= 0x7f)
			return false;
	return true;
}

static bool is_host(const struct part *part)
{
	return part->value_len <= 253 && has_only(part, "-._*");
}

static bool is_mailbox(const struct part *part)
{
	return is_printable(part) && strchr(part->value, '@') != NULL;
}

static bool is_uri(const struct part *part)
{
	return is_printable(part) && strchr(part->value, ':') != NULL;
}

static const struct sort {
	const char *name;
	int type;
	bool (*is)(const struct part *part); /* NULL: OpenSSL knows */
} sorts[] = {
	{"DNS", GEN_DNS, is_host},
	{"IP", GEN_IPADD, NULL},
	{"email", GEN_EMAIL, is_mailbox},
	{"URI", GEN_URI, is_uri},
};

static const struct sort *sort_of(const char *name)
{
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (strcasecmp(sorts[i].name, name) == 0)
			return &sorts[i];
	return NULL;
}

/* NULL: it is none of this sort, or out of memory. */
static ASN1_STRING *value_of(const struct sort *sort, const struct part *part)
{
	ASN1_STRING *value = NULL;

	if (!sort->is) {
		ERR_set_mark();
		value = a2i_IPADDRESS(part->value);
		ERR_pop_to_mark();
		return value;
	}
	value = sort->is(part) ? ASN1_IA5STRING_new() : NULL;
	if (value && ASN1_STRING_set(value, part->value, (int)part->value_len) == 1)
		return value;
	ASN1_STRING_free(value);
	return NULL;
}

static enum festore_error add_other(
	GENERAL_NAMES *names, const struct part *part, struct failure *failure)
{
	const struct sort *sort = sort_of(part->type);
	ASN1_STRING *value = sort ? value_of(sort, part) : NULL;
	GENERAL_NAME *name = value ? GENERAL_NAME_new() : NULL;

	if (!value)
		return failure_set(failure, FESTORE_USAGE,
			"%s:%s is no name such as DNS:host.example, IP:192.0.2.7, "
			"email:a@host.example, URI:urn:dev:7",
			part->type, part->value);
	if (!name) {
		ASN1_STRING_free(value);
		return no_memory(failure);
	}
	GENERAL_NAME_set0_value(name, sort->type, value);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return FESTORE_OK;
	GENERAL_NAME_free(name);
	return no_memory(failure);
}

static enum festore_error add_others(
	const char *text, GENERAL_NAMES *names, struct failure *failure)
{
	for (const char *at = text;; at++) {
		struct part part = {.value_len = 0};
		const char *begin = at;
		enum festore_error error = FESTORE_OK;

		at = read_type(at, ':', &part);
		part.value_len = at ? strcspn(at, ",") : 0;
		if (!at || part.value_len == 0 || part.value_len >= sizeof(part.value))
			return failure_set(failure, FESTORE_USAGE,
				"'%s' is no list of names, such as DNS:host.example,IP:192.0.2.7",
				begin);
		memcpy(part.value, at, part.value_len);
		error = add_other(names, &part, failure);
		at += part.value_len;
		if (error != FESTORE_OK || at[0] == 0)
			return error;
	}
}

enum festore_error key_name_read_others(
	const char *text, GENERAL_NAMES **ret_names, struct failure *failure)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	enum festore_error error = names ? add_others(text, names, failure) : no_memory(failure);

	if (error == FESTORE_OK)
		*ret_names = names;
	else
		GENERAL_NAMES_free(names);
	return error;
}
