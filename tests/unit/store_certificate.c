// SPDX-License-Identifier: BSD-2-Clause
/*
 * Certificates and requests by keys in a vault: OpenSSL finds them right, they say what was asked
 * for, and one whose signature is another key's is not given.
 */
#include "direct.h"
#include "explore.h"
#include "files.h"
#include "heap.h"

#include <festore_vault.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct festore *fs;

static int begin(void **state)
{
	(void)state;
	explore_begin();
	store_begin();
	fs = store_open();
	return 0;
}

static int end(void **state)
{
	(void)state;
	direct_on_call(NULL);
	heap_resume();
	festore_close(&fs);
	heap_pause();
	store_check_clean();
	store_end();
	return 0;
}

static void generate(const char *tag, enum festore_key_type type, unsigned int use)
{
	heap_resume();
	assert_int_equal(festore_key_generate(fs, tag, type, use), FESTORE_OK);
	heap_pause();
}

/* --- what comes --------------------------------------------------------------------------------
 */

static enum festore_error make(
	const char *tag, const struct festore_certificate *what, bool is_request, X509 **ret_cert)
{
	void *bytes = NULL;
	size_t len = 0;
	enum festore_error error = FESTORE_OK;

	heap_resume();
	error = is_request ? festore_key_request(fs, tag, what, &bytes, &len)
			   : festore_key_certificate(fs, tag, what, &bytes, &len);
	heap_pause();
	if (error == FESTORE_OK && !is_request) {
		const unsigned char *at = bytes;

		*ret_cert = d2i_X509(NULL, &at, (long)len);
		assert_ptr_equal(at, (unsigned char *)bytes + len);
	}
	if (error == FESTORE_OK && is_request) {
		const unsigned char *at = bytes;
		X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)len);
		STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);

		assert_ptr_equal(at, (unsigned char *)bytes + len);
		assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
		assert_int_equal(sk_X509_EXTENSION_num(extensions), 2);
		sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
		X509_REQ_free(request);
	}
	heap_resume();
	festore_content_free(bytes, len);
	heap_pause();
	return error;
}

static void each_type_vouches_for_itself(void **state)
{
	static const struct festore_certificate what = {
		.subject = "CN=device 7", .format = FESTORE_KEY_DER};

	(void)state;
	for (unsigned int type = FESTORE_KEY_RSA2048; type <= FESTORE_KEY_ED25519; type++) {
		const char *tag = festore_key_type_name((enum festore_key_type)type);
		X509 *cert = NULL;

		if (type == FESTORE_KEY_RSA3072 || type == FESTORE_KEY_RSA4096)
			continue;
		generate(tag, (enum festore_key_type)type, FESTORE_KEY_SIGN);
		assert_int_equal(make(tag, &what, true, NULL), FESTORE_OK);
		assert_int_equal(make(tag, &what, false, &cert), FESTORE_OK);
		assert_int_equal(X509_verify(cert, X509_get0_pubkey(cert)), 1);
		assert_int_equal(X509_check_ca(cert), 0);
		assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
		assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(cert)), 20);
		X509_free(cert);
	}
}

static void a_certificate_says_what_was_asked_for(void **state)
{
	struct festore_certificate what = {
		.subject = "CN=device 7",
		.other_names = "DNS:device7.example",
		.format = FESTORE_KEY_DER,
		.is_ca = true,
		.days = FESTORE_CERTIFICATE_DAYS_MAX,
	};
	X509 *cert = NULL;
	int days = 0;
	int seconds = 0;

	(void)state;
	generate("k", FESTORE_KEY_P256, FESTORE_KEY_SIGN | FESTORE_KEY_DERIVE);
	assert_int_equal(make("k", &what, false, &cert), FESTORE_OK);
	assert_int_equal(X509_check_ca(cert), 1);
	assert_int_equal(X509_get_key_usage(cert),
		KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT | KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_int_equal(X509_check_host(cert, "device7.example", 0, 0, NULL), 1);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(cert),
				 X509_get0_notAfter(cert)),
		1);
	assert_int_equal(days, FESTORE_CERTIFICATE_DAYS_MAX);
	assert_int_equal(seconds, 0);
	X509_free(cert);
	what.days = 0;
	assert_int_equal(make("k", &what, false, &cert), FESTORE_OK);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(cert),
				 X509_get0_notAfter(cert)),
		1);
	assert_int_equal(days, 365);
	X509_free(cert);
}

/* --- what is refused ---------------------------------------------------------------------------
 */

static void what_cannot_be_made_is_refused(void **state)
{
	struct festore_certificate what = {.subject = "CN=x", .format = FESTORE_KEY_DER};

	(void)state;
	generate("k", FESTORE_KEY_P256, FESTORE_KEY_SIGN);
	generate("reader", FESTORE_KEY_P256, FESTORE_KEY_DECRYPT);
	generate("x25519", FESTORE_KEY_X25519, 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(make("none", &what, i == 0, NULL), FESTORE_NOT_FOUND);
		assert_int_equal(make("reader", &what, i == 0, NULL), FESTORE_DENIED);
		assert_int_equal(make("x25519", &what, i == 0, NULL), FESTORE_DENIED);
		what.format = FESTORE_KEY_SSH;
		assert_int_equal(make("k", &what, i == 0, NULL), FESTORE_USAGE);
		what.format = FESTORE_KEY_DER;
		what.days = FESTORE_CERTIFICATE_DAYS_MAX + 1;
		assert_int_equal(make("k", &what, i == 0, NULL), FESTORE_USAGE);
		what.days = 0;
		what.subject = "x";
		assert_int_equal(make("k", &what, i == 0, NULL), FESTORE_USAGE);
		what.subject = "CN=x";
		what.other_names = "x";
		assert_int_equal(make("k", &what, i == 0, NULL), FESTORE_USAGE);
		what.other_names = NULL;
		for (unsigned int n = 1; n < 6; n++) {
			what.scheme = (enum festore_scheme)(n < 5 ? n : 99);
			what.hash = FESTORE_HASH_DEFAULT;
			if (what.scheme != FESTORE_ECDSA)
				assert_int_equal(make("k", &what, i == 0, NULL), FESTORE_USAGE);
			what.scheme = FESTORE_SCHEME_DEFAULT;
			what.hash = (enum festore_hash)(n < 5 ? n : 99);
			if (what.hash != FESTORE_SHA256)
				assert_int_equal(make("k", &what, i == 0, NULL), FESTORE_USAGE);
		}
		what.hash = FESTORE_HASH_DEFAULT;
	}
}

/* No number of a hash leads beyond what there is. */
static void a_hash_is_one_that_there_is(void **state)
{
	struct festore_certificate what = {.subject = "CN=x", .format = FESTORE_KEY_DER};

	(void)state;
	generate("k", FESTORE_KEY_RSA2048, FESTORE_KEY_SIGN);
	for (unsigned int hash = 4; hash < 100; hash += 19) {
		what.hash = (enum festore_hash)hash;
		assert_int_equal(make("k", &what, false, NULL), FESTORE_USAGE);
		what.scheme = FESTORE_RSA_PSS;
		assert_int_equal(make("k", &what, false, NULL), FESTORE_USAGE);
		what.scheme = FESTORE_SCHEME_DEFAULT;
	}
}

/* Another client gives the tag to another key, once the public half was read. */
static bool exchange_at_sign(struct direct_event *event)
{
	struct festore *other = NULL;

	if (event->call != DIRECT_INVOKE || event->command != FESTORE_CMD_KEY_SIGN ||
		event->is_after)
		return false;
	direct_on_call(NULL);
	other = store_open();
	assert_int_equal(festore_key_move(other, "k", "old"), FESTORE_OK);
	assert_int_equal(festore_key_move(other, "other", "k"), FESTORE_OK);
	festore_close(&other);
	return false;
}

static void a_key_may_be_exchanged_meanwhile(void **state)
{
	static const struct festore_certificate what = {
		.subject = "CN=x", .format = FESTORE_KEY_DER};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		X509 *cert = NULL;

		generate("k", FESTORE_KEY_P256, FESTORE_KEY_SIGN);
		generate("other", FESTORE_KEY_P256, FESTORE_KEY_SIGN);
		direct_on_call(exchange_at_sign);
		assert_int_equal(make("k", &what, i == 0, &cert), FESTORE_ERROR);
		assert_string_equal(festore_reason(fs),
			"the signature is not by this key: was it replaced meanwhile?");
		assert_int_equal(make("k", &what, false, &cert), FESTORE_OK);
		X509_free(cert);
		heap_resume();
		assert_int_equal(festore_key_remove(fs, "k"), FESTORE_OK);
		assert_int_equal(festore_key_remove(fs, "old"), FESTORE_OK);
		heap_pause();
	}
}

static bool fails;

static bool fail_at_allocation(enum heap_user user)
{
	if (!fails && user == HEAP_LIBRARY && explore_branch("allocation")) {
		fails = true;
		return false;
	}
	return true;
}

static void each_allocation_may_fail(void **state)
{
	static const struct festore_certificate what = {
		.subject = "CN=x", .format = FESTORE_KEY_DER};
	X509 *cert = NULL;
	enum festore_error error = FESTORE_OK;

	(void)state;
	generate("k", FESTORE_KEY_P256, FESTORE_KEY_SIGN);
	heap_on_allocation(fail_at_allocation);
	error = make("k", &what, false, &cert);
	heap_on_allocation(NULL);
	if (error == FESTORE_OK)
		X509_free(cert);
	if (!explore_is_child())
		assert_int_equal(error, FESTORE_OK);
	else if (error != FESTORE_ERROR)
		wrong("another answer than that there is no memory: %d", (int)error);
	if (explore_is_child())
		explore_done();
	explore_end("certificate");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_type_vouches_for_itself),
		TEST(a_certificate_says_what_was_asked_for),
		TEST(what_cannot_be_made_is_refused),
		TEST(a_hash_is_one_that_there_is),
		TEST(a_key_may_be_exchanged_meanwhile),
		TEST(each_allocation_may_fail),
	};

	explore_choose_test();
	return cmocka_run_group_tests_name("store_certificate", tests, NULL, NULL);
}
