/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CMS AuthEnvelopedData (RFC 5083, 5084) in indefinite lengths, since nobody knows how long a
 * stream is before its end. OpenSSL's own CMS holds all of the content in memory.
 */
#include "agreement.h"
#include "der.h"
#include "envelope.h"
#include "festore_vault.h"
#include "oaep.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

enum { NONCE_LEN = 12 };

/* ContentInfo, [0], AuthEnvelopedData, version 0: up to the recipients. */
static const uint8_t head[] = {0x30, 0x80, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x09, 0x10, 0x01, 0x17, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x00};

/* EncryptedContentInfo of id-data, aes256-GCM, up to the nonce, and from there to the content. */
static const uint8_t content_head[] = {0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x07, 0x01, 0x30, 0x1e, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01,
	0x2e, 0x30, 0x11, 0x04, NONCE_LEN};
static const uint8_t content_begin[] = {0x02, 0x01, ENVELOPE_TAG_LEN, 0xa0, 0x80};

/* Ends of the content and its info, then the tag; ends of the other three. */
static const uint8_t content_end[] = {0x00, 0x00, 0x00, 0x00, DER_OCTET_STRING, ENVELOPE_TAG_LEN};
static const uint8_t foot[6] = {0};

/* rsaesOaep with SHA-256 and MGF1 with SHA-256. */
static const uint8_t oaep_algorithm[] = {0x30, 0x38, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x01, 0x07, 0x30, 0x2b, 0xa0, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x01, 0xa1, 0x1a, 0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
	0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x01};

/* dhSinglePass-stdDH-shaXkdf-scheme, of which the last octet tells the hash, with aes256-wrap. */
static const uint8_t agreement_algorithm[] = {0x30, 0x15, 0x06, 0x06, 0x2b, 0x81, 0x04, 0x01, 0x0b};
static const uint8_t wrap_algorithm[] = {
	0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d};
static const uint8_t ec_algorithm[] = {
	0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

/* --- recipients --------------------------------------------------------------------------------
 */

/* KeyTransRecipientInfo. */
static int write_transport(const struct recipient *recipient, const uint8_t *key, struct der *der)
{
	static const uint8_t version[] = {0x02, 0x01, 0x02};
	uint8_t block[OAEP_BLOCK_MAX];
	size_t len = sizeof(block);

	if (!oaep_seal(recipient->key, key, AGREEMENT_KEY_LEN, block, &len))
		return 0;
	der_put_element(der, DER_OCTET_STRING, block, len);
	der_put(der, oaep_algorithm, sizeof(oaep_algorithm));
	der_put_element(der, DER_CONTEXT_0_PRIMITIVE, recipient->id, sizeof(recipient->id));
	der_put(der, version, sizeof(version));
	der_wrap(der, DER_SEQUENCE, 0);
	return 1;
}

/* RecipientEncryptedKeys, of one. */
static void write_keys(
	const struct recipient *recipient, const struct agreement *agreement, struct der *der)
{
	size_t before = 0;

	der_put_element(der, DER_OCTET_STRING, agreement->wrapped, sizeof(agreement->wrapped));
	before = der->len;
	der_put_element(der, DER_OCTET_STRING, recipient->id, sizeof(recipient->id));
	der_wrap(der, DER_CONTEXT_0, before);
	der_wrap(der, DER_SEQUENCE, 0);
	der_wrap(der, DER_SEQUENCE, 0);
}

static void write_scheme(const struct recipient *recipient, struct der *der)
{
	const uint8_t hash = (uint8_t)(recipient->type - FESTORE_KEY_P256 + 1);

	der_put(der, wrap_algorithm, sizeof(wrap_algorithm));
	der_put(der, &hash, 1);
	der_put(der, agreement_algorithm, sizeof(agreement_algorithm));
}

/* OriginatorPublicKey. */
static void write_originator(const struct agreement *agreement, struct der *der)
{
	static const uint8_t unused_bits = 0;
	const size_t before = der->len;

	der_put(der, agreement->point, agreement->point_len);
	der_put(der, &unused_bits, 1);
	der_wrap(der, DER_BIT_STRING, before);
	der_put(der, ec_algorithm, sizeof(ec_algorithm));
	der_wrap(der, DER_CONTEXT_1, before);
	der_wrap(der, DER_CONTEXT_0, before);
}

/* KeyAgreeRecipientInfo. */
static int write_agreement(const struct recipient *recipient, const uint8_t *key, struct der *der)
{
	static const uint8_t version[] = {0x02, 0x01, 0x03};
	struct agreement agreement = {0};

	if (!agreement_make(recipient, key, &agreement))
		return 0;
	write_keys(recipient, &agreement, der);
	write_scheme(recipient, der);
	write_originator(&agreement, der);
	der_put(der, version, sizeof(version));
	der_wrap(der, DER_CONTEXT_1, 0);
	return 1;
}

/* --- content -----------------------------------------------------------------------------------
 */

static enum festore_error put_head(
	struct festore_encryptor *encryptor, const struct der *recipients, const uint8_t *nonce)
{
	uint8_t bytes[sizeof(head) + DER_MAX + sizeof(content_head) + NONCE_LEN +
		sizeof(content_begin)];
	uint8_t *at = bytes;

	at = mempcpy(at, head, sizeof(head));
	at = mempcpy(at, der_bytes(recipients), recipients->len);
	at = mempcpy(at, content_head, sizeof(content_head));
	at = mempcpy(at, nonce, NONCE_LEN);
	at = mempcpy(at, content_begin, sizeof(content_begin));
	return envelope_put(encryptor, bytes, (size_t)(at - bytes));
}

static int start_cipher(
	struct festore_encryptor *encryptor, const uint8_t *key, const uint8_t *nonce)
{
	encryptor->cipher = EVP_CIPHER_CTX_new();
	return encryptor->cipher &&
		EVP_EncryptInit_ex(encryptor->cipher, EVP_aes_256_gcm(), NULL, key, nonce) > 0;
}

static enum festore_error begin(struct festore_encryptor *encryptor)
{
	const struct recipient *recipient = &encryptor->recipient;
	uint8_t key[AGREEMENT_KEY_LEN];
	uint8_t nonce[NONCE_LEN];
	struct der recipients = {.len = 0};
	int is = RAND_priv_bytes(key, sizeof(key)) > 0 && RAND_bytes(nonce, sizeof(nonce)) > 0;

	if (is && recipient->type < FESTORE_KEY_P256)
		is = write_transport(recipient, key, &recipients);
	else if (is)
		is = write_agreement(recipient, key, &recipients);
	is = is && start_cipher(encryptor, key, nonce);
	OPENSSL_cleanse(key, sizeof(key));
	if (!is)
		return envelope_fail(encryptor, "encrypt a key to this recipient");
	der_wrap(&recipients, DER_SET, 0);
	encryptor->piece_len = ENVELOPE_PIECE_MAX;
	return put_head(encryptor, &recipients, nonce);
}

static enum festore_error put_segment(struct festore_encryptor *encryptor, size_t len)
{
	uint8_t header[DER_HEADER_MAX] = {0};
	const size_t header_len = der_header(header, DER_OCTET_STRING, len);
	enum festore_error error = FESTORE_OK;

	/* An empty content has no segment. */
	if (len != 0)
		error = envelope_put(encryptor, header, header_len);
	return error == FESTORE_OK ? envelope_put(encryptor, encryptor->piece, len) : error;
}

static enum festore_error put_foot(struct festore_encryptor *encryptor)
{
	uint8_t bytes[sizeof(content_end) + ENVELOPE_TAG_LEN + sizeof(foot)];
	uint8_t tag[ENVELOPE_TAG_LEN];
	int len = 0;

	if (EVP_EncryptFinal_ex(encryptor->cipher, encryptor->piece, &len) <= 0 || len != 0 ||
		EVP_CIPHER_CTX_ctrl(
			encryptor->cipher, EVP_CTRL_AEAD_GET_TAG, (int)sizeof(tag), tag) <= 0)
		return envelope_fail(encryptor, "authenticate with AES-256-GCM");
	memcpy(bytes, content_end, sizeof(content_end));
	memcpy(bytes + sizeof(content_end), tag, sizeof(tag));
	memcpy(bytes + sizeof(content_end) + sizeof(tag), foot, sizeof(foot));
	return envelope_put(encryptor, bytes, sizeof(bytes));
}

static enum festore_error seal(struct festore_encryptor *encryptor, size_t len, int is_last)
{
	int done = 0;
	enum festore_error error = FESTORE_OK;

	encryptor->count += len;
	if (encryptor->count > FESTORE_CMS_MAX)
		return failure_set(&encryptor->failure, FESTORE_NO_SPACE,
			"too long for one CMS message, which takes 64 GiB");
	if (len != 0 &&
		(EVP_EncryptUpdate(encryptor->cipher, encryptor->piece, &done, encryptor->piece,
			 (int)len) <= 0 ||
			done != (int)len))
		return envelope_fail(encryptor, "encrypt with AES-256-GCM");
	error = put_segment(encryptor, len);
	return error == FESTORE_OK && is_last ? put_foot(encryptor) : error;
}

const struct envelope_format envelope_cms = {.begin = begin, .seal = seal};
