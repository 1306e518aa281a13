// SPDX-License-Identifier: BSD-2-Clause
/* Names in certificates: what is made of a text, and which texts are none. */
#include "../../lib/key_name.h"

#include "scripted_teec.h"

#include <openssl/x509.h>

static struct failure failure;

/* What the text is in the order of the certificate, as OpenSSL prints it; "": it is no name. */
static const char *read_name(const char *text)
{
	static char line[1024];
	X509_NAME *name = NULL;
	BIO *bio = NULL;
	int len = 0;

	memset(&failure, 0, sizeof(failure));
	if (key_name_read(text, &name, &failure) != FESTORE_OK) {
		assert_int_equal(failure.error, FESTORE_USAGE);
		assert_null(name);
		return "";
	}
	bio = BIO_new(BIO_s_mem());
	assert_true(X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0);
	len = BIO_read(bio, line, sizeof(line) - 1);
	line[len > 0 ? len : 0] = 0;
	BIO_free(bio);
	X509_NAME_free(name);
	return line;
}

static void a_name_has_its_parts_in_order(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} names[] = {
		{"CN=a", "CN = a"},
		{"/CN=a", "CN = a"},
		{"CN=a,O=b,C=DE", "C = DE, O = b, CN = a"},
		{" CN = a b , O=b ", "O = b, CN = a b"},
		{"/C=DE/O=b, c/CN=a", "C = DE, O = \"b, c\", CN = a"},
		{"OU=a/b,OU=c", "OU = c, OU = a/b"},
		{"/OU=a\\/b/OU=c", "OU = a/b, OU = c"},
		{"CN=a\\,b\\+c", "CN = \"a,b+c\""},
		{"CN=\\61\\62g", "CN = abg"},
		{"CN=a\\ ", "CN = \"a \""},
		{"CN=\\#1", "CN = \"#1\""},
		{"CN=a=b", "CN = a=b"},
		{"2.5.4.3=a", "CN = a"},
		{"serialNumber=7,DC=org", "DC = org, serialNumber = 7"},
		{"CN=\xc3\xa4", "CN = \xc3\xa4"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(read_name(names[i].text), names[i].wanted);
}

static void what_is_no_name_is_refused(void **state)
{
	static const char *const texts[] = {"", "/", ",", "a", "CN", "CN=", "CN= ", "=a", "CN=a,",
		",CN=a", "CN=a,,O=b", "/CN=a/", "//CN=a", "CN=a+O=b", "/CN=a+b", "CN=\"a\"",
		"CN=a;O=b", "CN=<a>", "CN=#04", "CN=a\\", "CN=\\00", "CN=a\\0a", "CN=a\\\x14\x11",
		"CN=a\nb", "C N=a", "XX=a", "1.2.x=a", "C=DEU", "C=", "CN=\xff", "CN=\xc3"};
	char longest[600] = "street=";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(read_name(texts[i]), "");
	memset(longest + strlen(longest), 'x', 512);
	assert_string_not_equal(read_name(longest), "");
	longest[strlen(longest)] = 'x';
	assert_string_equal(read_name(longest), "");
	memset(longest, 'C', 64);
	strcpy(longest + 64, "=x");
	assert_string_equal(read_name(longest), "");
}

/* The names that the text has, as OpenSSL prints them. */
static const char *read_others(const char *text)
{
	static char lines[1024];
	GENERAL_NAMES *names = NULL;
	BIO *bio = NULL;
	int len = 0;

	memset(&failure, 0, sizeof(failure));
	if (key_name_read_others(text, &names, &failure) != FESTORE_OK) {
		assert_int_equal(failure.error, FESTORE_USAGE);
		assert_null(names);
		return "";
	}
	bio = BIO_new(BIO_s_mem());
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, i));
		BIO_puts(bio, ";");
	}
	len = BIO_read(bio, lines, sizeof(lines) - 1);
	lines[len > 0 ? len : 0] = 0;
	BIO_free(bio);
	GENERAL_NAMES_free(names);
	return lines;
}

static void other_names_are_of_four_sorts(void **state)
{
	char host[300] = "DNS:";

	(void)state;
	assert_string_equal(read_others("DNS:a.example"), "DNS:a.example;");
	assert_string_equal(read_others("dns:*.a_b.example, Ip:192.0.2.7"),
		"DNS:*.a_b.example;IP Address:192.0.2.7;");
	assert_string_equal(read_others("IP:::1"), "IP Address:0:0:0:0:0:0:0:1;");
	assert_string_equal(read_others("email:a@b,URI:urn:x:7?a=b"), "email:a@b;URI:urn:x:7?a=b;");
	memset(host + 4, 'a', 253);
	assert_string_not_equal(read_others(host), "");
	host[strlen(host)] = 'a';
	assert_string_equal(read_others(host), "");
}

static void what_is_no_other_name_is_refused(void **state)
{
	static const char *const texts[] = {"", ",", "DNS", "DNS:", "DNS:a,", ",DNS:a",
		"DNS:a,,DNS:b", "a.example", "DNS:a b", "DNS:a/b", "DNS:a:b", "DNS:\xc3\xa4",
		"DNS:a\n", "IP:", "IP:1.2.3", "IP:1.2.3.4.5", "IP:256.1.1.1", "IP:a", "IP:1::2::3",
		"email:a", "email:a b@c", "email:\xc3\xa4@c", "email:copy", "URI:a", "URI:a: b",
		"RID:1.2.3", "dirName:x", "otherName:1.2;UTF8:x", "critical,DNS:a", "@file"};
	char longest[600] = "URI:x:";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(read_others(texts[i]), "");
	memset(longest + 6, 'x', 511 - 2);
	assert_string_not_equal(read_others(longest), "");
	longest[strlen(longest)] = 'x';
	assert_string_equal(read_others(longest), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_name_has_its_parts_in_order, reset_script),
		cmocka_unit_test_setup(what_is_no_name_is_refused, reset_script),
		cmocka_unit_test_setup(other_names_are_of_four_sorts, reset_script),
		cmocka_unit_test_setup(what_is_no_other_name_is_refused, reset_script),
	};

	return cmocka_run_group_tests_name("lib_key_name", tests, NULL, NULL);
}
