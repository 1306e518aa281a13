/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys to SubjectPublicKeyInfo, OpenSSH's line and JWK. */
#include "key_encode.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A type, and what each form calls it. */
static const struct form {
	const char *group; /* of a curve: OpenSSL's name, and bytes of a field */
	size_t field;
	size_t modulus;  /* of RSA: bytes */
	const char *raw; /* of Ed25519 and X25519: OpenSSL's name, and JWK's */
	const char *ssh; /* NULL: OpenSSH has none */
	const char *ssh_curve;
	const char *jwk_curve;
} forms[] = {
	[FESTORE_KEY_RSA2048] = {.modulus = 256, .ssh = "ssh-rsa"},
	[FESTORE_KEY_RSA3072] = {.modulus = 384, .ssh = "ssh-rsa"},
	[FESTORE_KEY_RSA4096] = {.modulus = 512, .ssh = "ssh-rsa"},
	[FESTORE_KEY_P256] = {"P-256", 32, 0, NULL, "ecdsa-sha2-nistp256", "nistp256", "P-256"},
	[FESTORE_KEY_P384] = {"P-384", 48, 0, NULL, "ecdsa-sha2-nistp384", "nistp384", "P-384"},
	[FESTORE_KEY_P521] = {"P-521", 66, 0, NULL, "ecdsa-sha2-nistp521", "nistp521", "P-521"},
	[FESTORE_KEY_ED25519] = {.raw = "ED25519", .ssh = "ssh-ed25519", .jwk_curve = "Ed25519"},
	[FESTORE_KEY_X25519] = {.raw = "X25519", .jwk_curve = "X25519"},
};

static const struct form *form_of(enum festore_key_type type)
{
	const bool is_known = (size_t)type < sizeof(forms) / sizeof(forms[0]) && type != 0;

	return is_known ? &forms[type] : NULL;
}

void key_free(EVP_PKEY *key)
{
	EVP_PKEY_free(key);
}

static enum festore_error no_memory(struct failure *failure)
{
	return failure_set(failure, FESTORE_ERROR, "out of memory");
}

/* --- from the TA's numbers -------------------------------------------------------------------- */

static EVP_PKEY *from_parameters(const char *algorithm, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	if (!context || !parameters || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	OSSL_PARAM_free(parameters);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *rsa_from(const uint8_t *parts, size_t modulus)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(parts, (int)modulus, NULL);
	BIGNUM *e = BN_bin2bn(parts + modulus, 4, NULL);
	EVP_PKEY *key = NULL;

	if (build && n && e && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = from_parameters("RSA", build);
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static EVP_PKEY *point_from(const char *group, const uint8_t *parts, size_t field)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * 66] = {POINT_CONVERSION_UNCOMPRESSED};
	EVP_PKEY *key = NULL;

	memcpy(point + 1, parts, 2 * field);
	if (build &&
		OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(
			build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * field) == 1)
		key = from_parameters("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

enum festore_error key_from_parts(enum festore_key_type type, const uint8_t *parts, size_t len,
	EVP_PKEY **ret_key, struct failure *failure)
{
	const struct form *form = form_of(type);
	EVP_PKEY *key = NULL;

	ERR_set_mark();
	if (form && form->modulus != 0 && len == form->modulus + 4)
		key = rsa_from(parts, form->modulus);
	else if (form && form->field != 0 && len == 2 * form->field)
		key = point_from(form->group, parts, form->field);
	else if (form && form->raw && len == 32)
		key = EVP_PKEY_new_raw_public_key_ex(NULL, form->raw, NULL, parts, len);
	ERR_pop_to_mark();
	if (!key)
		return failure_set(failure, FESTORE_ERROR, "the TEE's public key is malformed");
	*ret_key = key;
	return FESTORE_OK;
}

/* --- to the forms ----------------------------------------------------------------------------- */

static bool write_number(BIO *to, const EVP_PKEY *key, const char *name, size_t len,
	bool (*write)(BIO *to, const uint8_t *bytes, size_t len))
{
	BIGNUM *number = NULL;
	uint8_t bytes[512] = {0};
	bool done = EVP_PKEY_get_bn_param(key, name, &number) == 1;

	if (done && len == 0)
		len = (size_t)BN_num_bytes(number);
	done = done && len <= sizeof(bytes) && BN_bn2binpad(number, bytes, (int)len) >= 0 &&
		write(to, bytes, len);
	BN_free(number);
	return done;
}

static bool write_base64(BIO *to, const uint8_t *bytes, size_t len)
{
	char text[4 * ((2048 + 2) / 3) + 1];

	return len <= 2048 &&
		BIO_write(to, text, EVP_EncodeBlock((uint8_t *)text, bytes, (int)len)) > 0;
}

/* RFC 7515, 2: other letters, no padding. */
static bool write_base64url(BIO *to, const uint8_t *bytes, size_t len)
{
	char text[4 * ((512 + 2) / 3) + 1];
	size_t text_len = 0;

	if (len > 512)
		return false;
	text_len = (size_t)EVP_EncodeBlock((uint8_t *)text, bytes, (int)len);
	while (text_len != 0 && text[text_len - 1] == '=')
		text_len--;
	for (size_t i = 0; i < text_len; i++)
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	return BIO_write(to, text, (int)text_len) > 0;
}

/* RFC 4251, 5: a string. */
bool key_write_string(BIO *to, const uint8_t *bytes, size_t len)
{
	const uint8_t head[4] = {
		(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};

	return BIO_write(to, head, sizeof(head)) == sizeof(head) &&
		BIO_write(to, bytes, (int)len) == (int)len;
}

static bool write_text(BIO *to, const char *text)
{
	return key_write_string(to, (const uint8_t *)text, strlen(text));
}

/* RFC 4251, 5: an mpint, which is negative if its first bit is set. */
bool key_write_mpint(BIO *to, const uint8_t *bytes, size_t len)
{
	uint8_t longer[513] = {0};

	if (len == 0 || bytes[0] < 0x80)
		return key_write_string(to, bytes, len);
	memcpy(longer + 1, bytes, len);
	return key_write_string(to, longer, len + 1);
}

/* The bytes of an Ed25519 or X25519 key, or of a point. */
static bool write_octets(
	BIO *to, const EVP_PKEY *key, bool (*write)(BIO *to, const uint8_t *bytes, size_t len))
{
	uint8_t bytes[1 + 2 * 66] = {0};
	size_t len = 0;

	return EVP_PKEY_get_octet_string_param(
		       key, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes), &len) == 1 &&
		write(to, bytes, len);
}

const char *key_ssh_name(enum festore_key_type type)
{
	const struct form *form = form_of(type);

	return form ? form->ssh : NULL;
}

bool key_write_ssh(BIO *to, const EVP_PKEY *key, enum festore_key_type type)
{
	const struct form *form = form_of(type);

	if (!form || !write_text(to, form->ssh))
		return false;
	if (form->modulus != 0)
		return write_number(to, key, OSSL_PKEY_PARAM_RSA_E, 0, key_write_mpint) &&
			write_number(to, key, OSSL_PKEY_PARAM_RSA_N, 0, key_write_mpint);
	return (!form->ssh_curve || write_text(to, form->ssh_curve)) &&
		write_octets(to, key, key_write_string);
}

static bool write_ssh_line(
	BIO *to, const EVP_PKEY *key, enum festore_key_type type, const char *comment)
{
	BIO *blob = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	bool done = blob && key_write_ssh(blob, key, type) &&
		BIO_printf(to, "%s ", key_ssh_name(type)) > 0;

	if (done) {
		const long len = BIO_get_mem_data(blob, &bytes);

		done = write_base64(to, (const uint8_t *)bytes, (size_t)len) &&
			BIO_printf(to, " %s\n", comment) > 0;
	}
	BIO_free(blob);
	return done;
}

static bool write_jwk(BIO *to, const EVP_PKEY *key, const struct form *form)
{
	if (form->modulus != 0)
		return BIO_puts(to, "{\"kty\":\"RSA\",\"n\":\"") > 0 &&
			write_number(to, key, OSSL_PKEY_PARAM_RSA_N, 0, write_base64url) &&
			BIO_puts(to, "\",\"e\":\"") > 0 &&
			write_number(to, key, OSSL_PKEY_PARAM_RSA_E, 0, write_base64url) &&
			BIO_puts(to, "\"}\n") > 0;
	if (form->field != 0)
		return BIO_printf(to, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"", form->jwk_curve) >
			0 &&
			write_number(
				to, key, OSSL_PKEY_PARAM_EC_PUB_X, form->field, write_base64url) &&
			BIO_puts(to, "\",\"y\":\"") > 0 &&
			write_number(
				to, key, OSSL_PKEY_PARAM_EC_PUB_Y, form->field, write_base64url) &&
			BIO_puts(to, "\"}\n") > 0;
	return BIO_printf(to, "{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"", form->jwk_curve) > 0 &&
		write_octets(to, key, write_base64url) && BIO_puts(to, "\"}\n") > 0;
}

static bool write_form(BIO *to, const EVP_PKEY *key, enum festore_key_type type,
	enum festore_key_format format, const char *comment)
{
	switch (format) {
	case FESTORE_KEY_DER:
		return i2d_PUBKEY_bio(to, key) == 1;
	case FESTORE_KEY_SSH:
		return write_ssh_line(to, key, type, comment);
	case FESTORE_KEY_JWK:
		return write_jwk(to, key, form_of(type));
	default:
		return PEM_write_bio_PUBKEY(to, key) == 1;
	}
}

enum festore_error key_copy(BIO *from, void **ret_bytes, size_t *ret_len, struct failure *failure)
{
	char *bytes = NULL;
	const size_t len = (size_t)BIO_get_mem_data(from, &bytes);

	*ret_bytes = malloc(len + 1);
	if (!*ret_bytes)
		return no_memory(failure);
	memcpy(*ret_bytes, bytes, len);
	*ret_len = len;
	return FESTORE_OK;
}

enum festore_error key_encode(const EVP_PKEY *key, enum festore_key_type type,
	enum festore_key_format format, const char *comment, void **ret_bytes, size_t *ret_len,
	struct failure *failure)
{
	const struct form *form = form_of(type);
	BIO *bio = NULL;
	enum festore_error error = FESTORE_OK;

	if (!form || (unsigned int)format > FESTORE_KEY_JWK)
		return failure_set(failure, FESTORE_USAGE, "there is no such form of a key");
	if (format == FESTORE_KEY_SSH && !form->ssh)
		return failure_set(failure, FESTORE_USAGE, "OpenSSH has no keys of this type");
	bio = BIO_new(BIO_s_mem());
	if (!bio || !write_form(bio, key, type, format, comment))
		error = no_memory(failure);
	else
		error = key_copy(bio, ret_bytes, ret_len, failure);
	BIO_free(bio);
	return error;
}
