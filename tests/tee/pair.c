// SPDX-License-Identifier: BSD-2-Clause
/*
 * Key pairs by the host's libcrypto. Attributes are numbers as short as they are, as OP-TEE gives
 * them; those of Ed25519 and X25519 are strings of 32 bytes.
 */
#include "pair.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

/* An attribute, and what libcrypto calls it; NULL: it has no name of its own. */
struct name {
	uint32_t id;
	const char *name;
};

static const struct name rsa_names[] = {
	{TEE_ATTR_RSA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
	{TEE_ATTR_RSA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
	{TEE_ATTR_RSA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
	{TEE_ATTR_RSA_PRIME1, OSSL_PKEY_PARAM_RSA_FACTOR1},
	{TEE_ATTR_RSA_PRIME2, OSSL_PKEY_PARAM_RSA_FACTOR2},
	{TEE_ATTR_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
	{TEE_ATTR_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
	{TEE_ATTR_RSA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

static const struct name ec_names[] = {
	{TEE_ATTR_ECC_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
	{TEE_ATTR_ECC_PUBLIC_VALUE_X, OSSL_PKEY_PARAM_EC_PUB_X},
	{TEE_ATTR_ECC_PUBLIC_VALUE_Y, OSSL_PKEY_PARAM_EC_PUB_Y},
};

static const struct name ed25519_names[] = {
	{TEE_ATTR_ED25519_PUBLIC_VALUE, OSSL_PKEY_PARAM_PUB_KEY},
	{TEE_ATTR_ED25519_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
};

static const struct name x25519_names[] = {
	{TEE_ATTR_X25519_PUBLIC_VALUE, OSSL_PKEY_PARAM_PUB_KEY},
	{TEE_ATTR_X25519_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
};

struct kind {
	uint32_t type;
	const char *algorithm;
	bool is_string; /* its attributes are no numbers */
	const struct name *names;
	unsigned int count;
};

static const struct kind kinds[] = {
	{TEE_TYPE_RSA_KEYPAIR, "RSA", false, rsa_names, 8},
	{TEE_TYPE_ECDSA_KEYPAIR, "EC", false, ec_names, 3},
	{TEE_TYPE_ECDH_KEYPAIR, "EC", false, ec_names, 3},
	{TEE_TYPE_ED25519_KEYPAIR, "ED25519", true, ed25519_names, 2},
	{TEE_TYPE_X25519_KEYPAIR, "X25519", true, x25519_names, 2},
};

static const struct kind *kind_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static bool is_curve(const struct kind *kind)
{
	return kind->names == ec_names;
}

bool pair_is_type(uint32_t type)
{
	return kind_of(type) != NULL;
}

/* What libcrypto is asked for here does not fail but for want of memory. */
static void need(bool done)
{
	if (!done)
		abort();
}

static const char *group_of(uint32_t curve)
{
	switch (curve) {
	case TEE_ECC_CURVE_NIST_P256:
		return "P-256";
	case TEE_ECC_CURVE_NIST_P384:
		return "P-384";
	case TEE_ECC_CURVE_NIST_P521:
		return "P-521";
	default:
		return NULL;
	}
}

static EVP_PKEY *make(const struct kind *kind, uint32_t bits, uint32_t curve)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind->algorithm, NULL);
	EVP_PKEY *key = NULL;

	need(context && EVP_PKEY_keygen_init(context) == 1);
	if (kind->type == TEE_TYPE_RSA_KEYPAIR)
		need(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) == 1);
	if (is_curve(kind))
		need(EVP_PKEY_CTX_set_group_name(context, group_of(curve)) == 1);
	need(EVP_PKEY_generate(context, &key) == 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void read_number(const EVP_PKEY *key, const char *name, struct pair_attribute *to)
{
	BIGNUM *number = NULL;

	need(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	to->len = (size_t)BN_bn2bin(number, to->bytes);
	BN_clear_free(number);
}

static void read_attributes(const struct kind *kind, const EVP_PKEY *key, struct pair *ret_pair)
{
	for (unsigned int i = 0; i < kind->count; i++) {
		struct pair_attribute *to = &ret_pair->attributes[i];

		to->id = kind->names[i].id;
		if (kind->is_string)
			need(EVP_PKEY_get_octet_string_param(key, kind->names[i].name, to->bytes,
				     sizeof(to->bytes), &to->len) == 1);
		else
			read_number(key, kind->names[i].name, to);
	}
	ret_pair->count = kind->count;
}

void pair_generate(uint32_t type, uint32_t bits, uint32_t curve, struct pair *ret_pair)
{
	static struct pair searched[3];
	const struct kind *kind = kind_of(type);
	struct pair *known = kind->type == TEE_TYPE_RSA_KEYPAIR ? &searched[bits / 1024 - 2] : NULL;
	EVP_PKEY *key = NULL;

	if (known && known->count != 0) {
		*ret_pair = *known;
		return;
	}
	key = make(kind, bits, curve);
	read_attributes(kind, key, ret_pair);
	ret_pair->curve = curve;
	EVP_PKEY_free(key);
	if (known)
		*known = *ret_pair;
}

void pair_populate(
	uint32_t type, const TEE_Attribute *attributes, uint32_t count, struct pair *ret_pair)
{
	const struct kind *kind = kind_of(type);

	for (uint32_t i = 0; i < count; i++) {
		const TEE_Attribute *from = &attributes[i];
		struct pair_attribute *to = &ret_pair->attributes[ret_pair->count];

		if (from->attributeID == TEE_ATTR_ECC_CURVE) {
			ret_pair->curve = from->content.value.a;
			continue;
		}
		if (ret_pair->count == kind->count || from->content.ref.length > sizeof(to->bytes))
			fake_panic(TEE_ERROR_SECURITY);
		fake_need_private(from->content.ref.buffer, from->content.ref.length);
		to->id = from->attributeID;
		to->len = from->content.ref.length;
		memcpy(to->bytes, from->content.ref.buffer, to->len);
		ret_pair->count++;
	}
	for (unsigned int i = 0; i < kind->count; i++)
		if (!pair_find(ret_pair, kind->names[i].id))
			fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
	if (is_curve(kind) != (group_of(ret_pair->curve) != NULL))
		fake_panic(TEE_ERROR_ITEM_NOT_FOUND);
}

const struct pair_attribute *pair_find(const struct pair *pair, uint32_t id)
{
	for (unsigned int i = 0; i < pair->count; i++)
		if (pair->attributes[i].id == id)
			return &pair->attributes[i];
	return NULL;
}

static void push(
	OSSL_PARAM_BLD *build, const char *name, const struct pair_attribute *from, BIGNUM **number)
{
	*number = BN_bin2bn(from->bytes, (int)from->len, NULL);
	need(*number && OSSL_PARAM_BLD_push_BN(build, name, *number) == 1);
}

/* The point as libcrypto takes it: 4, x, y, each of a field's bytes. */
static void push_point(OSSL_PARAM_BLD *build, const struct pair *pair, uint8_t point[1 + 2 * 66])
{
	const struct pair_attribute *x = pair_find(pair, TEE_ATTR_ECC_PUBLIC_VALUE_X);
	const struct pair_attribute *y = pair_find(pair, TEE_ATTR_ECC_PUBLIC_VALUE_Y);
	const size_t len = pair->curve == TEE_ECC_CURVE_NIST_P256 ? 32
		: pair->curve == TEE_ECC_CURVE_NIST_P384          ? 48
								  : 66;

	if (x->len > len || y->len > len)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	point[0] = 4;
	memcpy(point + 1 + len - x->len, x->bytes, x->len);
	memcpy(point + 1 + 2 * len - y->len, y->bytes, y->len);
	need(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * len) ==
		1);
	need(OSSL_PARAM_BLD_push_utf8_string(
		     build, OSSL_PKEY_PARAM_GROUP_NAME, group_of(pair->curve), 0) == 1);
}

static EVP_PKEY *from_numbers(const struct kind *kind, const struct pair *pair)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind->algorithm, NULL);
	BIGNUM *numbers[PAIR_ATTRIBUTES_MAX] = {0};
	uint8_t point[1 + 2 * 66] = {0};
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key = NULL;

	need(build && context);
	if (is_curve(kind))
		push_point(build, pair, point);
	/* Of a curve's the first is the private one; libcrypto wants the point whole. */
	for (unsigned int i = 0; i < (is_curve(kind) ? 1 : kind->count); i++)
		push(build, kind->names[i].name, pair_find(pair, kind->names[i].id), &numbers[i]);
	parameters = OSSL_PARAM_BLD_to_param(build);
	need(parameters && EVP_PKEY_fromdata_init(context) == 1);
	if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) != 1)
		key = NULL;
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	for (unsigned int i = 0; i < PAIR_ATTRIBUTES_MAX; i++)
		BN_clear_free(numbers[i]);
	return key;
}

EVP_PKEY *pair_key(uint32_t type, const struct pair *pair)
{
	const struct kind *kind = kind_of(type);
	const struct pair_attribute *private = NULL;

	if (!kind->is_string)
		return from_numbers(kind, pair);
	private = pair_find(pair, kind->names[1].id);
	return EVP_PKEY_new_raw_private_key_ex(
		NULL, kind->algorithm, NULL, private->bytes, private->len);
}
