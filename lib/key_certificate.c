/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates of keys in the vault, and requests for them: OpenSSL writes what is to be signed,
 * the TA signs it, and OpenSSL must find the whole right before it is given.
 */
#include "der.h"
#include "key.h"
#include "key_encode.h"
#include "key_name.h"
#include "key_signing.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Days, unless they are said. */
#define DAYS 365u

/* Bytes of a serial number: as random as RFC 5280 (4.1.2.2) has room for with the first bit 0. */
#define SERIAL_LEN 20

/* Bits of a keyUsage (RFC 5280, 4.2.1.3). */
enum {
	USAGE_SIGNATURE = 0,
	USAGE_ENCIPHERMENT = 2,
	USAGE_AGREEMENT = 4,
	USAGE_CERTIFICATES = 5,
	USAGE_LISTS = 6,
};

/* What is being made, and of what. All zero, then freed by make_end(). */
struct make {
	const struct festore_certificate *what;
	enum festore_key_type type;
	unsigned int use;
	enum festore_scheme scheme;
	enum festore_hash hash;
	EVP_PKEY *key; /* the public one */
	X509_NAME *subject;
	GENERAL_NAMES *others; /* or NULL */
	STACK_OF(X509_EXTENSION) * extensions;
	X509_ALGOR *algorithm;
	unsigned char *tbs; /* what is signed */
	int tbs_len;
};

static void make_end(struct make *make)
{
	key_free(make->key);
	X509_NAME_free(make->subject);
	GENERAL_NAMES_free(make->others);
	sk_X509_EXTENSION_pop_free(make->extensions, X509_EXTENSION_free);
	X509_ALGOR_free(make->algorithm);
	OPENSSL_free(make->tbs);
}

static enum festore_error no_memory(struct failure *failure)
{
	return failure_set(failure, FESTORE_ERROR, "out of memory");
}

/* --- algorithms ------------------------------------------------------------------------------- */

/* RFC 4055, 3.1: hash, MGF1 with it, length of the salt. */
static ASN1_STRING *pss_parameters(enum festore_hash hash)
{
	static const size_t salts[] = {0, 32, 48, 64};
	enum { HASH_AT = 16, MASK_HASH_AT = 46, SALT_AT = 53 };
	uint8_t der[] = {0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a,
		0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
		0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0};
	ASN1_STRING *string = ASN1_STRING_new();

	der[HASH_AT] = (uint8_t)hash;
	der[MASK_HASH_AT] = (uint8_t)hash;
	der[SALT_AT] = (uint8_t)salts[hash];
	if (string && ASN1_STRING_set(string, der, sizeof(der)) == 1)
		return string;
	ASN1_STRING_free(string);
	return NULL;
}

static bool set_algorithm(struct make *make)
{
	static const int ecdsa[] = {
		0, NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384, NID_ecdsa_with_SHA512};
	static const int pkcs1[] = {0, NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption,
		NID_sha512WithRSAEncryption};
	ASN1_STRING *parameters = NULL;

	make->algorithm = X509_ALGOR_new();
	if (!make->algorithm)
		return false;
	switch (make->scheme) {
	case FESTORE_ECDSA:
		return X509_ALGOR_set0(make->algorithm, OBJ_nid2obj(ecdsa[make->hash]),
			       V_ASN1_UNDEF, NULL) == 1;
	case FESTORE_RSA_PKCS1:
		return X509_ALGOR_set0(make->algorithm, OBJ_nid2obj(pkcs1[make->hash]), V_ASN1_NULL,
			       NULL) == 1;
	case FESTORE_RSA_PSS:
		parameters = pss_parameters(make->hash);
		if (parameters &&
			X509_ALGOR_set0(make->algorithm, OBJ_nid2obj(NID_rsassaPss),
				V_ASN1_SEQUENCE, parameters) == 1)
			return true;
		ASN1_STRING_free(parameters);
		return false;
	default:
		return X509_ALGOR_set0(
			       make->algorithm, OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF, NULL) == 1;
	}
}

/* --- extensions ------------------------------------------------------------------------------- */

static bool add_extension(struct make *make, int which, void *value, bool is_critical)
{
	return value &&
		X509V3_add1_i2d(&make->extensions, which, value, is_critical ? 1 : 0,
			X509V3_ADD_DEFAULT) == 1;
}

static bool add_constraints(struct make *make)
{
	BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
	bool done = false;

	if (constraints) {
		constraints->ca = make->what->is_ca ? 0xff : 0;
		done = add_extension(make, NID_basic_constraints, constraints, true);
	}
	BASIC_CONSTRAINTS_free(constraints);
	return done;
}

/* What the TA lets the key do, in RFC 5280's words. */
static bool add_usage(struct make *make)
{
	const bool is_rsa = make->type <= FESTORE_KEY_RSA4096;
	const bool is_to_read = (make->use & ~(unsigned int)FESTORE_KEY_SIGN) != 0;
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	const bool done = bits && ASN1_BIT_STRING_set_bit(bits, USAGE_SIGNATURE, 1) == 1 &&
		ASN1_BIT_STRING_set_bit(bits, USAGE_ENCIPHERMENT, is_rsa && is_to_read) == 1 &&
		ASN1_BIT_STRING_set_bit(bits, USAGE_AGREEMENT, !is_rsa && is_to_read) == 1 &&
		ASN1_BIT_STRING_set_bit(bits, USAGE_CERTIFICATES, make->what->is_ca) == 1 &&
		ASN1_BIT_STRING_set_bit(bits, USAGE_LISTS, make->what->is_ca) == 1 &&
		add_extension(make, NID_key_usage, bits, true);

	ASN1_BIT_STRING_free(bits);
	return done;
}

static bool set_extensions(struct make *make)
{
	return add_constraints(make) && add_usage(make) &&
		(!make->others || add_extension(make, NID_subject_alt_name, make->others, false));
}

/* --- a request (RFC 2986) --------------------------------------------------------------------- */

static bool write_request_tbs(struct make *make)
{
	X509_REQ *request = X509_REQ_new();

	if (request && X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
		X509_REQ_set_subject_name(request, make->subject) == 1 &&
		X509_REQ_set_pubkey(request, make->key) == 1 &&
		X509_REQ_add_extensions(request, make->extensions) == 1)
		make->tbs_len = i2d_re_X509_REQ_tbs(request, &make->tbs);
	X509_REQ_free(request);
	return make->tbs_len > 0;
}

/* -1: out of memory; else whether the signature is right. */
static int write_request(const struct make *make, const uint8_t *der, size_t len, BIO *to)
{
	X509_REQ *request = d2i_X509_REQ(NULL, &der, (long)len);
	int is = request ? X509_REQ_verify(request, make->key) == 1 : -1;

	if (is == 1 &&
		(make->what->format == FESTORE_KEY_DER ? i2d_X509_REQ_bio(to, request)
						       : PEM_write_bio_X509_REQ(to, request)) != 1)
		is = -1;
	X509_REQ_free(request);
	return is;
}

/* --- a certificate (RFC 5280) ----------------------------------------------------------------- */

static bool set_serial(X509 *certificate)
{
	uint8_t bytes[SERIAL_LEN] = {0};
	BIGNUM *number = NULL;
	bool done = false;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	/* Positive, and of full length. */
	bytes[0] = (uint8_t)((bytes[0] & 0x3f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return done;
}

static bool set_times(X509 *certificate, unsigned int days)
{
	time_t now = time(NULL);

	return X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &now) &&
		X509_time_adj_ex(
			X509_getm_notAfter(certificate), (int)(days ? days : DAYS), 0, &now);
}

/* What names the key to those who look for it: SHA-1 of its bits (RFC 5280, 4.2.1.2). */
static bool add_key_id(X509 *certificate)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	const bool done = id && X509_pubkey_digest(certificate, EVP_sha1(), hash, &len) == 1 &&
		ASN1_OCTET_STRING_set(id, hash, (int)len) == 1 &&
		X509_add1_ext_i2d(
			certificate, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT) == 1;

	ASN1_OCTET_STRING_free(id);
	return done;
}

static bool add_extensions(X509 *certificate, const STACK_OF(X509_EXTENSION) * extensions)
{
	for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++)
		if (X509_add_ext(certificate, sk_X509_EXTENSION_value(extensions, i), -1) != 1)
			return false;
	return add_key_id(certificate);
}

/* OpenSSL has no call that sets it without a private key at hand. */
static bool copy_algorithm(X509 *certificate, const X509_ALGOR *algorithm)
{
	X509_ALGOR *to = (X509_ALGOR *)(uintptr_t)X509_get0_tbs_sigalg(certificate);

	return X509_ALGOR_copy(to, algorithm) == 1;
}

static bool write_certificate_tbs(struct make *make)
{
	X509 *certificate = X509_new();

	if (certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
		set_serial(certificate) && copy_algorithm(certificate, make->algorithm) &&
		X509_set_issuer_name(certificate, make->subject) == 1 &&
		set_times(certificate, make->what->days) &&
		X509_set_subject_name(certificate, make->subject) == 1 &&
		X509_set_pubkey(certificate, make->key) == 1 &&
		add_extensions(certificate, make->extensions))
		make->tbs_len = i2d_re_X509_tbs(certificate, &make->tbs);
	X509_free(certificate);
	return make->tbs_len > 0;
}

/* As write_request(). */
static int write_certificate(const struct make *make, const uint8_t *der, size_t len, BIO *to)
{
	X509 *certificate = d2i_X509(NULL, &der, (long)len);
	int is = certificate ? X509_verify(certificate, make->key) == 1 : -1;

	if (is == 1 &&
		(make->what->format == FESTORE_KEY_DER ? i2d_X509_bio(to, certificate)
						       : PEM_write_bio_X509(to, certificate)) != 1)
		is = -1;
	X509_free(certificate);
	return is;
}

/* --- both ------------------------------------------------------------------------------------- */

static const struct form {
	bool (*write_tbs)(struct make *make);
	int (*write)(const struct make *make, const uint8_t *der, size_t len, BIO *to);
} request_form = {write_request_tbs, write_request},
  certificate_form = {write_certificate_tbs, write_certificate};

static enum festore_error read_names(struct make *make, struct failure *failure)
{
	const struct festore_certificate *what = make->what;
	enum festore_error error = FESTORE_OK;

	if (what->format != FESTORE_KEY_PEM && what->format != FESTORE_KEY_DER)
		return failure_set(failure, FESTORE_USAGE, "there is no such form of it");
	if (what->days > FESTORE_CERTIFICATE_DAYS_MAX)
		return failure_set(failure, FESTORE_USAGE, "a certificate lasts at most %d days",
			FESTORE_CERTIFICATE_DAYS_MAX);
	error = key_name_read(what->subject, &make->subject, failure);
	if (error == FESTORE_OK && what->other_names)
		error = key_name_read_others(what->other_names, &make->others, failure);
	return error;
}

/* The key's public half, and what it can. */
static enum festore_error look_up(struct festore *fs, const char *tag, struct make *make)
{
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};
	enum festore_error error = vault_key_call(fs, tag, NULL, &call);

	if (error != FESTORE_OK)
		return error;
	make->type = (enum festore_key_type)call.reply.type;
	make->use = call.reply.use;
	if ((make->use & FESTORE_KEY_SIGN) == 0)
		return failure_set(
			&fs->failure, FESTORE_DENIED, "the key was not made for this use");
	error = key_from_parts(make->type, call.out, call.out_len, &make->key, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	make->scheme = make->what->scheme;
	make->hash = make->what->hash;
	if (make->scheme == FESTORE_SCHEME_DEFAULT && make->type <= FESTORE_KEY_RSA4096)
		make->scheme = FESTORE_RSA_PKCS1;
	return key_signing_choose(make->type, &make->scheme, &make->hash, &fs->failure);
}

static enum festore_error sign(struct festore *fs, const char *tag, const struct make *make,
	void **ret_signature, size_t *ret_len)
{
	struct festore_signing *signing = NULL;
	enum festore_error error = festore_sign_begin(fs, tag, make->scheme, make->hash, &signing);

	if (error != FESTORE_OK)
		return error;
	error = festore_signing_add(signing, make->tbs, (size_t)make->tbs_len);
	if (error == FESTORE_OK)
		error = festore_sign_finish(signing, ret_signature, ret_len);
	if (error != FESTORE_OK)
		failure_set(&fs->failure, error, "%s", festore_signing_reason(signing));
	festore_signing_end(&signing);
	return error;
}

/* What both forms are: what is signed, by which algorithm, and the signature (as whole bytes). */
static uint8_t *assemble(
	const struct make *make, const uint8_t *signature, size_t len, size_t *ret_len)
{
	unsigned char *algorithm = NULL;
	const int algorithm_len = i2d_X509_ALGOR(make->algorithm, &algorithm);
	uint8_t bits[DER_HEADER_MAX + 1] = {0};
	const size_t bits_len = der_header(bits, DER_BIT_STRING, 1 + len) + 1;
	const size_t tbs_len = (size_t)make->tbs_len;
	const size_t body = tbs_len + (size_t)algorithm_len + bits_len + len;
	const bool is_whole = algorithm_len > 0 && make->tbs && signature;
	uint8_t *der = is_whole ? malloc(DER_HEADER_MAX + body) : NULL;
	uint8_t *at = der;

	if (der) {
		at += der_header(at, DER_SEQUENCE, body);
		memcpy(at, make->tbs, tbs_len);
		at += tbs_len;
		memcpy(at, algorithm, (size_t)algorithm_len);
		at += algorithm_len;
		memcpy(at, bits, bits_len);
		memcpy(at + bits_len, signature, len);
		*ret_len = (size_t)(at - der) + bits_len + len;
	}
	OPENSSL_free(algorithm);
	return der;
}

static enum festore_error write(const struct make *make, const struct form *form,
	const uint8_t *signature, size_t len, BIO *to, struct failure *failure)
{
	size_t der_len = 0;
	uint8_t *der = assemble(make, signature, len, &der_len);
	const int is = der ? form->write(make, der, der_len, to) : -1;

	free(der);
	if (is < 0)
		return no_memory(failure);
	return is == 1 ? FESTORE_OK
		       : failure_set(failure, FESTORE_ERROR,
				 "the signature is not by this key: was it replaced meanwhile?");
}

static enum festore_error sign_and_write(struct festore *fs, const char *tag,
	const struct make *make, const struct form *form, void **ret_bytes, size_t *ret_len)
{
	void *signature = NULL;
	size_t len = 0;
	BIO *bio = BIO_new(BIO_s_mem());
	enum festore_error error =
		bio ? sign(fs, tag, make, &signature, &len) : no_memory(&fs->failure);

	if (error == FESTORE_OK)
		error = write(make, form, signature, len, bio, &fs->failure);
	if (error == FESTORE_OK)
		error = key_copy(bio, ret_bytes, ret_len, &fs->failure);
	festore_content_free(signature, len);
	BIO_free(bio);
	return error;
}

static enum festore_error make_form(struct festore *fs, const char *tag,
	const struct festore_certificate *what, const struct form *form, void **ret_bytes,
	size_t *ret_len)
{
	struct make make = {.what = what};
	enum festore_error error = key_begin(fs, tag, false);

	/* The process may use OpenSSL too: its queue of errors is left as it was. */
	ERR_set_mark();
	if (error == FESTORE_OK)
		error = read_names(&make, &fs->failure);
	if (error == FESTORE_OK)
		error = look_up(fs, tag, &make);
	if (error == FESTORE_OK &&
		(!set_algorithm(&make) || !set_extensions(&make) || !form->write_tbs(&make)))
		error = no_memory(&fs->failure);
	if (error == FESTORE_OK)
		error = sign_and_write(fs, tag, &make, form, ret_bytes, ret_len);
	ERR_pop_to_mark();
	make_end(&make);
	return error;
}

enum festore_error festore_key_request(struct festore *fs, const char *tag,
	const struct festore_certificate *what, void **ret_bytes, size_t *ret_len)
{
	return make_form(fs, tag, what, &request_form, ret_bytes, ret_len);
}

enum festore_error festore_key_certificate(struct festore *fs, const char *tag,
	const struct festore_certificate *what, void **ret_bytes, size_t *ret_len)
{
	return make_form(fs, tag, what, &certificate_form, ret_bytes, ret_len);
}
