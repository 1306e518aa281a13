/* SPDX-License-Identifier: BSD-2-Clause */
/* KeyTransRecipientInfo and KeyAgreeRecipientInfo (RFC 5652, 6.2), in DER. */
#include "cms_recipient.h"

#include "der.h"

#include <string.h>

/* What is left of a structure in memory. */
struct cursor {
	const uint8_t *at;
	size_t len;
};

static bool take_len(struct cursor *cursor, size_t *ret_len)
{
	size_t len = 0;
	unsigned int octets = 0;

	if (cursor->len == 0)
		return false;
	len = *cursor->at;
	octets = len > 0x80 ? (unsigned int)(len & 0x7fu) : 0;
	if (len == 0x80 || octets > 2 || cursor->len - 1 < octets)
		return false;
	cursor->at++;
	cursor->len--;
	if (octets != 0)
		len = 0;
	for (; octets != 0; octets--, cursor->len--)
		len = len << 8 | *cursor->at++;
	*ret_len = len;
	return len <= cursor->len;
}

/* Takes an element of this tag. */
static bool take(struct cursor *cursor, uint8_t tag, struct cursor *ret_inside)
{
	struct cursor rest = *cursor;
	size_t len = 0;

	if (rest.len == 0 || *rest.at != tag)
		return false;
	rest.at++;
	rest.len--;
	if (!take_len(&rest, &len))
		return false;
	*ret_inside = (struct cursor){.at = rest.at, .len = len};
	*cursor = (struct cursor){.at = rest.at + len, .len = rest.len - len};
	return true;
}

static bool has_tag(const struct cursor *cursor, uint8_t tag)
{
	return cursor->len != 0 && *cursor->at == tag;
}

static bool is_same(const struct cursor *cursor, const void *bytes, size_t len)
{
	return cursor->len == len && memcmp(cursor->at, bytes, len) == 0;
}

static void note_unusable(struct cms_message *message, const char *why)
{
	message->unusable = why;
}

static void add(struct cms_message *message, const struct cms_recipient *recipient)
{
	if (message->recipient_count < CMS_RECIPIENTS_MAX)
		message->recipients[message->recipient_count++] = *recipient;
	else
		note_unusable(message, "there are too many recipients");
}

/* --- RSA ---------------------------------------------------------------------------------------
 */

static const uint8_t oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t oid_oaep[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07};
static const uint8_t oid_mgf1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08};
static const uint8_t oid_sha256[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};

/* SHA-256, with NULL for parameters or without any. */
static bool is_sha256(struct cursor algorithm)
{
	struct cursor oid = {0};
	struct cursor null = {0};

	if (!take(&algorithm, DER_OBJECT, &oid) || !is_same(&oid, oid_sha256, sizeof(oid_sha256)))
		return false;
	return algorithm.len == 0 ||
		(take(&algorithm, DER_NULL, &null) && null.len == 0 && algorithm.len == 0);
}

/* RSAES-OAEP-params: both hashes, and no label. */
static bool is_oaep_of_sha256(struct cursor params)
{
	struct cursor field = {0};
	struct cursor algorithm = {0};
	struct cursor oid = {0};
	struct cursor hash = {0};

	if (!take(&params, DER_CONTEXT_0, &field) || !take(&field, DER_SEQUENCE, &hash) ||
		!is_sha256(hash))
		return false;
	if (!take(&params, DER_CONTEXT_1, &field) || !take(&field, DER_SEQUENCE, &algorithm) ||
		!take(&algorithm, DER_OBJECT, &oid) || !is_same(&oid, oid_mgf1, sizeof(oid_mgf1)))
		return false;
	return take(&algorithm, DER_SEQUENCE, &hash) && is_sha256(hash) && params.len == 0;
}

/* NULL: it is OAEP as it should be. */
static const char *why_not_oaep(struct cursor algorithm)
{
	struct cursor oid = {0};
	struct cursor params = {0};

	if (!take(&algorithm, DER_OBJECT, &oid))
		return "an algorithm is not known here";
	if (is_same(&oid, oid_rsa, sizeof(oid_rsa)))
		return "its key is encrypted as in PKCS#1 v1.5, which is not opened here; openssl "
		       "cms "
		       "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 makes what is";
	if (!is_same(&oid, oid_oaep, sizeof(oid_oaep)))
		return "an algorithm is not known here";
	if (!take(&algorithm, DER_SEQUENCE, &params) || !is_oaep_of_sha256(params))
		return "its key is encrypted with OAEP of another hash than SHA-256; openssl cms "
		       "-keyopt rsa_oaep_md:sha256 makes what is opened here";
	return NULL;
}

/* RecipientIdentifier: issuer and number of a certificate say nothing here. */
static bool take_transport_id(struct cursor *info, struct cms_recipient *recipient)
{
	struct cursor id = {0};

	if (has_tag(info, DER_SEQUENCE))
		return take(info, DER_SEQUENCE, &id);
	if (!take(info, DER_CONTEXT_0_PRIMITIVE, &id))
		return false;
	recipient->has_id = id.len == sizeof(recipient->id);
	if (recipient->has_id)
		memcpy(recipient->id, id.at, id.len);
	return true;
}

static bool read_transport(struct cms_message *message, struct cursor info)
{
	struct cms_recipient recipient = {.transport = CMS_OAEP};
	struct cursor version = {0};
	struct cursor algorithm = {0};
	struct cursor key = {0};
	const char *why = NULL;

	if (!take(&info, DER_INTEGER, &version) || !take_transport_id(&info, &recipient) ||
		!take(&info, DER_SEQUENCE, &algorithm) || !take(&info, DER_OCTET_STRING, &key) ||
		info.len != 0)
		return false;
	why = why_not_oaep(algorithm);
	if (why) {
		note_unusable(message, why);
		return true;
	}
	if (key.len > sizeof(recipient.key))
		return false;
	memcpy(recipient.key, key.at, key.len);
	recipient.key_len = key.len;
	add(message, &recipient);
	return true;
}

/* --- EC ----------------------------------------------------------------------------------------
 */

static const uint8_t oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_aes256_wrap[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d};

/* dhSinglePass-stdDH with X9.63's derivation, by its hash. */
static const struct {
	size_t len;
	uint32_t hash;
	uint8_t oid[9];
} schemes[] = {
	{9, FESTORE_WIRE_SHA1, {0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00, 0x02}},
	{6, FESTORE_WIRE_SHA256, {0x2b, 0x81, 0x04, 0x01, 0x0b, 0x01}},
	{6, FESTORE_WIRE_SHA384, {0x2b, 0x81, 0x04, 0x01, 0x0b, 0x02}},
	{6, FESTORE_WIRE_SHA512, {0x2b, 0x81, 0x04, 0x01, 0x0b, 0x03}},
};

static bool find_scheme(const struct cursor *oid, uint32_t *ret_hash)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (is_same(oid, schemes[i].oid, schemes[i].len)) {
			*ret_hash = schemes[i].hash;
			return true;
		}
	}
	return false;
}

/* NULL: it is an agreement as it should be. */
static const char *why_no_agreement(struct cursor algorithm, uint32_t *ret_hash)
{
	struct cursor oid = {0};
	struct cursor wrap = {0};

	if (!take(&algorithm, DER_OBJECT, &oid) || !find_scheme(&oid, ret_hash))
		return "its key is agreed upon in a way that is not known here";
	if (!take(&algorithm, DER_SEQUENCE, &wrap) || !take(&wrap, DER_OBJECT, &oid) ||
		!is_same(&oid, oid_aes256_wrap, sizeof(oid_aes256_wrap)) || wrap.len != 0)
		return "its key is wrapped otherwise than by AES-256";
	return NULL;
}

/* OriginatorPublicKey; parameters say nothing beside the recipient's key. */
static bool take_point(struct cursor *info, struct cms_recipient *recipient)
{
	struct cursor originator = {0};
	struct cursor inside = {0};
	struct cursor algorithm = {0};
	struct cursor oid = {0};
	struct cursor bits = {0};

	if (!take(info, DER_CONTEXT_0, &originator) || !take(&originator, DER_CONTEXT_1, &inside) ||
		originator.len != 0)
		return false;
	if (!take(&inside, DER_SEQUENCE, &algorithm) || !take(&algorithm, DER_OBJECT, &oid) ||
		!is_same(&oid, oid_ec, sizeof(oid_ec)))
		return false;
	if (!take(&inside, DER_BIT_STRING, &bits) || inside.len != 0 || bits.len < 2 ||
		bits.at[0] != 0 || bits.len - 1 > sizeof(recipient->point))
		return false;
	memcpy(recipient->point, bits.at + 1, bits.len - 1);
	recipient->point_len = bits.len - 1;
	return true;
}

/* RecipientEncryptedKey. */
static bool take_wrapped(struct cursor *keys, struct cms_recipient *recipient)
{
	struct cursor key = {0};
	struct cursor id = {0};
	struct cursor octets = {0};

	if (!take(keys, DER_SEQUENCE, &key))
		return false;
	recipient->has_id = has_tag(&key, DER_CONTEXT_0);
	if (!take(&key, recipient->has_id ? DER_CONTEXT_0 : DER_SEQUENCE, &id))
		return false;
	if (recipient->has_id && !take(&id, DER_OCTET_STRING, &octets))
		return false;
	recipient->has_id = octets.len == sizeof(recipient->id);
	if (recipient->has_id)
		memcpy(recipient->id, octets.at, octets.len);
	if (!take(&key, DER_OCTET_STRING, &octets) || key.len != 0 ||
		octets.len > sizeof(recipient->key))
		return false;
	memcpy(recipient->key, octets.at, octets.len);
	recipient->key_len = octets.len;
	return true;
}

static bool read_agreement(struct cms_message *message, struct cursor info)
{
	struct cms_recipient recipient = {.transport = CMS_AGREEMENT};
	struct cursor version = {0};
	struct cursor algorithm = {0};
	struct cursor keys = {0};
	const char *why = NULL;

	if (!take(&info, DER_INTEGER, &version))
		return false;
	if (!take_point(&info, &recipient) || has_tag(&info, DER_CONTEXT_1)) {
		note_unusable(message, "its key is agreed upon in a way that is not known here");
		return true;
	}
	if (!take(&info, DER_SEQUENCE, &algorithm) || !take(&info, DER_SEQUENCE, &keys) ||
		info.len != 0)
		return false;
	why = why_no_agreement(algorithm, &recipient.hash);
	if (why) {
		note_unusable(message, why);
		return true;
	}
	while (keys.len != 0) {
		if (!take_wrapped(&keys, &recipient))
			return false;
		add(message, &recipient);
	}
	return true;
}

bool cms_recipient_read(struct cms_message *message, uint8_t tag, const uint8_t *bytes, size_t len)
{
	const struct cursor info = {.at = bytes, .len = len};

	switch (tag) {
	case DER_SEQUENCE:
		return read_transport(message, info);
	case DER_CONTEXT_1:
		return read_agreement(message, info);
	default:
		/* Of a key that was agreed upon before, of a password, or other. */
		note_unusable(message, "it is for another kind of key");
		return true;
	}
}
