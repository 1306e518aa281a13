/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures: the message is hashed here, the TA signs the hash; to check one needs no TEE. Ed25519
 * hashes by itself, twice, so its messages are kept whole.
 */
#include "key_signing.h"

#include "key.h"
#include "key_encode.h"
#include "key_public.h"
#include "key_ssh.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static_assert(FESTORE_ED25519_MESSAGE_MAX == FESTORE_MESSAGE_MAX, "as the TA takes it");
static_assert((int)FESTORE_RSA_PKCS1 == FESTORE_WIRE_RSA_PKCS1, "as on the wire");
static_assert((int)FESTORE_SHA512 == FESTORE_WIRE_SHA512, "as on the wire");

struct festore_signing {
	struct failure failure;
	enum festore_scheme scheme;
	enum festore_hash hash;
	EVP_MD_CTX *digest; /* NULL for Ed25519, which has: */
	uint8_t *message;
	size_t message_len;

	/* To sign. */
	struct festore *fs;
	char tag[FESTORE_TAG_MAX + 1];
	char name_space[KEY_SSH_NAME_MAX + 1]; /* of OpenSSH's form; "": it has none */

	/* To check. */
	EVP_PKEY *key;
};

/* --- schemes ---------------------------------------------------------------------------------- */

/* What keys of a type sign with. */
static const struct ways {
	enum festore_scheme scheme; /* by default */
	enum festore_scheme other;
	enum festore_hash hash; /* by default */
	bool has_hashes;        /* others too */
} ways[] = {
	[FESTORE_KEY_RSA2048] = {FESTORE_RSA_PSS, FESTORE_RSA_PKCS1, FESTORE_SHA256, true},
	[FESTORE_KEY_RSA3072] = {FESTORE_RSA_PSS, FESTORE_RSA_PKCS1, FESTORE_SHA256, true},
	[FESTORE_KEY_RSA4096] = {FESTORE_RSA_PSS, FESTORE_RSA_PKCS1, FESTORE_SHA256, true},
	[FESTORE_KEY_P256] = {FESTORE_ECDSA, FESTORE_ECDSA, FESTORE_SHA256, false},
	[FESTORE_KEY_P384] = {FESTORE_ECDSA, FESTORE_ECDSA, FESTORE_SHA384, false},
	[FESTORE_KEY_P521] = {FESTORE_ECDSA, FESTORE_ECDSA, FESTORE_SHA512, false},
	[FESTORE_KEY_ED25519] = {FESTORE_ED25519, FESTORE_ED25519, FESTORE_HASH_DEFAULT, false},
	[FESTORE_KEY_X25519] = {FESTORE_SCHEME_DEFAULT, FESTORE_SCHEME_DEFAULT,
		FESTORE_HASH_DEFAULT, false},
};

enum festore_error key_signing_choose(enum festore_key_type type, enum festore_scheme *scheme,
	enum festore_hash *hash, struct failure *failure)
{
	const struct ways *way = &ways[type];

	if (way->scheme == FESTORE_SCHEME_DEFAULT)
		return failure_set(failure, FESTORE_USAGE, "a key of type %s does not sign",
			festore_key_type_name(type));
	if (*scheme == FESTORE_SCHEME_DEFAULT)
		*scheme = way->scheme;
	if (*hash == FESTORE_HASH_DEFAULT)
		*hash = way->hash;
	if ((*scheme == way->scheme || *scheme == way->other) &&
		(*hash == way->hash || (way->has_hashes && *hash <= FESTORE_SHA512)))
		return FESTORE_OK;
	return failure_set(failure, FESTORE_USAGE, "a key of type %s has no such scheme or hash",
		festore_key_type_name(type));
}

static enum festore_error choose(struct festore_signing *signing, enum festore_key_type type)
{
	return key_signing_choose(type, &signing->scheme, &signing->hash, &signing->failure);
}

static const EVP_MD *digest_of(enum festore_hash hash)
{
	switch (hash) {
	case FESTORE_SHA256:
		return EVP_sha256();
	case FESTORE_SHA384:
		return EVP_sha384();
	case FESTORE_SHA512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

/* --- begin, end ------------------------------------------------------------------------------- */

static enum festore_error no_memory(struct festore_signing *signing)
{
	return failure_set(&signing->failure, FESTORE_ERROR, "out of memory");
}

static struct festore_signing *signing_new(enum festore_scheme scheme, enum festore_hash hash)
{
	struct festore_signing *signing = calloc(1, sizeof(*signing));

	if (!signing)
		return NULL;
	signing->scheme = scheme;
	signing->hash = hash;
	return signing;
}

static enum festore_error check_numbers(struct festore_signing *signing)
{
	if ((unsigned int)signing->scheme > FESTORE_RSA_PKCS1)
		return failure_set(&signing->failure, FESTORE_USAGE, "there is no such scheme");
	if ((unsigned int)signing->hash > FESTORE_SHA512)
		return failure_set(&signing->failure, FESTORE_USAGE, "there is no such hash");
	return FESTORE_OK;
}

static enum festore_error ready(struct festore_signing *signing)
{
	if (signing->scheme == FESTORE_ED25519) {
		signing->message = malloc(FESTORE_ED25519_MESSAGE_MAX);
		return signing->message ? FESTORE_OK : no_memory(signing);
	}
	signing->digest = EVP_MD_CTX_new();
	if (!signing->digest ||
		EVP_DigestInit_ex(signing->digest, digest_of(signing->hash), NULL) != 1)
		return no_memory(signing);
	return FESTORE_OK;
}

void festore_signing_end(struct festore_signing **signing)
{
	struct festore_signing *ended = signing ? *signing : NULL;

	if (!ended)
		return;
	EVP_MD_CTX_free(ended->digest);
	EVP_PKEY_free(ended->key);
	festore_content_free(ended->message, FESTORE_ED25519_MESSAGE_MAX);
	explicit_bzero(ended, sizeof(*ended));
	free(ended);
	*signing = NULL;
}

const char *festore_signing_reason(const struct festore_signing *signing)
{
	return signing ? signing->failure.text : "out of memory";
}

/* What was left open depends on the key. */
static enum festore_error look_up(struct festore_signing *signing)
{
	struct festore *fs = signing->fs;
	struct festore_key_info info = {0};
	enum festore_error error = festore_key_stat(fs, signing->tag, &info);

	if (error == FESTORE_OK && (info.use & FESTORE_KEY_SIGN) == 0)
		error = failure_set(
			&fs->failure, FESTORE_DENIED, "the key was not made for this use");
	signing->failure = fs->failure;
	return error == FESTORE_OK ? choose(signing, info.type) : error;
}

enum festore_error festore_sign_begin(struct festore *fs, const char *tag,
	enum festore_scheme scheme, enum festore_hash hash, struct festore_signing **ret_signing)
{
	struct festore_signing *signing = signing_new(scheme, hash);
	enum festore_error error = key_begin(fs, tag, false);

	if (!signing)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	if (error == FESTORE_OK)
		error = check_numbers(signing);
	if (error == FESTORE_OK) {
		signing->fs = fs;
		memcpy(signing->tag, tag, strlen(tag) + 1);
	}
	if (error == FESTORE_OK && scheme != FESTORE_ED25519 &&
		(scheme == FESTORE_SCHEME_DEFAULT || hash == FESTORE_HASH_DEFAULT))
		error = look_up(signing);
	if (error == FESTORE_OK)
		error = ready(signing);
	if (error == FESTORE_OK) {
		*ret_signing = signing;
		return FESTORE_OK;
	}
	if (signing->failure.text[0] != '\0')
		fs->failure = signing->failure;
	festore_signing_end(&signing);
	return error;
}

enum festore_error festore_verify_begin(const void *public_key, size_t public_key_len,
	enum festore_scheme scheme, enum festore_hash hash, struct festore_signing **ret_signing)
{
	struct festore_signing *signing = signing_new(scheme, hash);
	enum festore_key_type type = (enum festore_key_type)0;
	enum festore_error error = FESTORE_OK;

	*ret_signing = signing;
	if (!signing)
		return FESTORE_ERROR;
	error = check_numbers(signing);
	if (error == FESTORE_OK)
		error = key_public_read(
			public_key, public_key_len, &signing->key, &type, &signing->failure);
	if (error == FESTORE_OK)
		error = choose(signing, type);
	return error == FESTORE_OK ? ready(signing) : error;
}

enum festore_error festore_signing_add(
	struct festore_signing *signing, const void *bytes, size_t len)
{
	if (signing->digest)
		return EVP_DigestUpdate(signing->digest, bytes, len) == 1 ? FESTORE_OK
									  : no_memory(signing);
	if (len > FESTORE_ED25519_MESSAGE_MAX - signing->message_len)
		return failure_set(&signing->failure, FESTORE_NO_SPACE,
			"Ed25519 signs messages of at most %d bytes, as it needs them whole",
			FESTORE_ED25519_MESSAGE_MAX);
	if (len != 0)
		memcpy(signing->message + signing->message_len, bytes, len);
	signing->message_len += len;
	return FESTORE_OK;
}

/* What is signed: the hash, into the room, or the message. */
static enum festore_error finish_message(
	struct festore_signing *signing, uint8_t room[EVP_MAX_MD_SIZE], struct part *ret_message)
{
	unsigned int len = 0;

	*ret_message = (struct part){signing->message, signing->message_len};
	if (!signing->digest)
		return FESTORE_OK;
	if (EVP_DigestFinal_ex(signing->digest, room, &len) != 1)
		return no_memory(signing);
	*ret_message = (struct part){room, len};
	return FESTORE_OK;
}

/* --- sign ------------------------------------------------------------------------------------- */

/* r and s, each half of the bytes, as the DER that others read. */
static enum festore_error to_der(struct festore_signing *signing, const uint8_t *both, size_t len,
	uint8_t **ret_der, size_t *ret_len)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(both, (int)len / 2, NULL);
	BIGNUM *s = BN_bin2bn(both + len / 2, (int)len / 2, NULL);
	unsigned char *at = NULL;
	int der_len = 0;

	if (!pair || !r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(pair);
		return no_memory(signing);
	}
	der_len = i2d_ECDSA_SIG(pair, NULL);
	*ret_der = der_len > 0 ? malloc((size_t)der_len) : NULL;
	at = *ret_der;
	if (at)
		*ret_len = (size_t)i2d_ECDSA_SIG(pair, &at);
	ECDSA_SIG_free(pair);
	return at ? FESTORE_OK : no_memory(signing);
}

static enum festore_error take_signature(struct festore_signing *signing,
	const struct vault_key_call *call, void **ret_signature, size_t *ret_len)
{
	uint8_t *copy = NULL;
	enum festore_error error = FESTORE_OK;

	if (call->out_len == 0)
		return failure_set(
			&signing->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	if (signing->scheme == FESTORE_ECDSA) {
		error = to_der(signing, call->out, call->out_len, &copy, ret_len);
	} else {
		copy = malloc(call->out_len);
		if (!copy)
			return no_memory(signing);
		memcpy(copy, call->out, call->out_len);
		*ret_len = call->out_len;
	}
	if (error == FESTORE_OK)
		*ret_signature = copy;
	return error;
}

static enum festore_error sign_here(
	struct festore_signing *signing, void **ret_signature, size_t *ret_len)
{
	uint8_t hash[EVP_MAX_MD_SIZE] = {0};
	struct vault_key_call call = {
		.command = FESTORE_CMD_KEY_SIGN,
		.key = {.scheme = (uint16_t)signing->scheme, .hash = (uint16_t)signing->hash},
	};
	enum festore_error error = FESTORE_OK;

	if (!signing->fs)
		return failure_set(&signing->failure, FESTORE_USAGE, "this is not to sign");
	error = finish_message(signing, hash, &call.message);
	if (error == FESTORE_OK)
		error = key_begin(signing->fs, signing->tag, false);
	if (error == FESTORE_OK)
		error = vault_key_call(signing->fs, signing->tag, NULL, &call);
	if (error == FESTORE_OK)
		return take_signature(signing, &call, ret_signature, ret_len);
	signing->failure = signing->fs->failure;
	if (error == FESTORE_USAGE && session_answer(signing->fs->session) != 0)
		return failure_set(
			&signing->failure, error, "the key's type has no such scheme or hash");
	return error;
}

enum festore_error festore_ssh_sign_begin(struct festore *fs, const char *tag,
	const char *name_space, struct festore_signing **ret_signing)
{
	/* OpenSSH hashes a message first, whatever the key does then. */
	enum festore_error error =
		festore_sign_begin(fs, tag, FESTORE_RSA_PKCS1, FESTORE_SHA512, ret_signing);

	if (error != FESTORE_OK)
		return error;
	if (name_space[0] != '\0' && strlen(name_space) <= KEY_SSH_NAME_MAX) {
		memcpy((*ret_signing)->name_space, name_space, strlen(name_space) + 1);
		return FESTORE_OK;
	}
	festore_signing_end(ret_signing);
	return failure_set(&fs->failure, FESTORE_USAGE, "what a signature is for has 1 to %u bytes",
		KEY_SSH_NAME_MAX);
}

/* Signs what OpenSSH's form asks for, by the key's own scheme. */
static enum festore_error sign_message(const struct festore_signing *signing,
	enum festore_key_type type, const void *message, size_t len, void **ret_signature,
	size_t *ret_len)
{
	const bool is_rsa = type <= FESTORE_KEY_RSA4096;
	struct festore *fs = signing->fs;
	struct festore_signing *inner = NULL;
	enum festore_error error = festore_sign_begin(fs, signing->tag,
		is_rsa ? FESTORE_RSA_PKCS1 : FESTORE_SCHEME_DEFAULT,
		is_rsa ? FESTORE_SHA512 : FESTORE_HASH_DEFAULT, &inner);

	if (error != FESTORE_OK || !inner)
		return error;
	error = festore_signing_add(inner, message, len);
	if (error == FESTORE_OK)
		error = sign_here(inner, ret_signature, ret_len);
	if (error != FESTORE_OK)
		fs->failure = inner->failure;
	festore_signing_end(&inner);
	return error;
}

static enum festore_error sign_for_ssh(
	struct festore_signing *signing, const uint8_t hash[64], void **ret_text, size_t *ret_len)
{
	struct failure *failure = &signing->fs->failure;
	struct vault_key_call call = {.command = FESTORE_CMD_KEY_PUBLIC};
	struct key_ssh_signature signature = {.name_space = signing->name_space};
	EVP_PKEY *key = NULL;
	void *message = NULL;
	void *bytes = NULL;
	size_t message_len = 0;
	enum festore_error error = vault_key_call(signing->fs, signing->tag, NULL, &call);

	signature.type = (enum festore_key_type)call.reply.type;
	if (error == FESTORE_OK)
		error = key_from_parts(signature.type, call.out, call.out_len, &key, failure);
	if (error == FESTORE_OK)
		error = key_ssh_message(signing->name_space, hash, &message, &message_len, failure);
	if (error == FESTORE_OK)
		error = sign_message(
			signing, signature.type, message, message_len, &bytes, &signature.len);
	signature.key = key;
	signature.bytes = bytes;
	if (error == FESTORE_OK)
		error = key_ssh_armor(&signature, ret_text, ret_len, failure);
	key_free(key);
	festore_content_free(message, message_len);
	festore_content_free(bytes, signature.len);
	return error;
}

enum festore_error festore_sign_finish(
	struct festore_signing *signing, void **ret_signature, size_t *ret_len)
{
	uint8_t hash[EVP_MAX_MD_SIZE] = {0};
	struct part message = {0};
	enum festore_error error = FESTORE_OK;

	if (signing->name_space[0] == '\0')
		return sign_here(signing, ret_signature, ret_len);
	error = finish_message(signing, hash, &message);
	if (error == FESTORE_OK)
		error = key_begin(signing->fs, signing->tag, false);
	if (error != FESTORE_OK)
		return error;
	error = sign_for_ssh(signing, hash, ret_signature, ret_len);
	if (error != FESTORE_OK)
		signing->failure = signing->fs->failure;
	return error;
}

/* --- verify ----------------------------------------------------------------------------------- */

static int verify_whole(
	EVP_PKEY *key, const struct part *message, const void *signature, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int result = -1;

	if (context && EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1)
		result = EVP_DigestVerify(context, signature, len, message->bytes, message->len);
	EVP_MD_CTX_free(context);
	return result;
}

static bool set_padding(EVP_PKEY_CTX *context, enum festore_scheme scheme)
{
	switch (scheme) {
	case FESTORE_RSA_PSS:
		/* Others may take another length than ours. */
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO) == 1;
	case FESTORE_RSA_PKCS1:
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	default:
		return true;
	}
}

static int verify_hash(const struct festore_signing *signing, const struct part *hash,
	const void *signature, size_t len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(signing->key, NULL);
	int result = -1;

	if (context && EVP_PKEY_verify_init(context) == 1 &&
		set_padding(context, signing->scheme) &&
		EVP_PKEY_CTX_set_signature_md(context, digest_of(signing->hash)) == 1)
		result = EVP_PKEY_verify(context, signature, len, hash->bytes, hash->len);
	EVP_PKEY_CTX_free(context);
	return result;
}

enum festore_error festore_verify_finish(
	struct festore_signing *signing, const void *signature, size_t len)
{
	uint8_t hash[EVP_MAX_MD_SIZE] = {0};
	struct part message = {0};
	int result = 0;
	enum festore_error error = FESTORE_OK;

	if (!signing->key)
		return failure_set(&signing->failure, FESTORE_USAGE, "this is not to verify");
	error = finish_message(signing, hash, &message);
	if (error != FESTORE_OK)
		return error;
	ERR_set_mark();
	result = signing->digest ? verify_hash(signing, &message, signature, len)
				 : verify_whole(signing->key, &message, signature, len);
	ERR_pop_to_mark();
	if (result == 1)
		return FESTORE_OK;
	return failure_set(&signing->failure, FESTORE_BAD_SIGNATURE, "the signature is wrong");
}
