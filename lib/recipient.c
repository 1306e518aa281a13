/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys that something can be encrypted to. */
#include "recipient.h"

#include "key_public.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

static enum festore_error refuse(struct failure *failure, const char *what)
{
	return failure_set(failure, FESTORE_USAGE, "%s", what);
}

/* --- what else people have in such files -------------------------------------------------------
 */

/* Behind the next "-----BEGIN ", or NULL. */
static const char *find_block(const char *from, const char *end)
{
	static const char begin[] = "-----BEGIN ";
	const char *found = memmem(from, (size_t)(end - from), begin, sizeof(begin) - 1);

	return found ? found + sizeof(begin) - 1 : NULL;
}

static bool has_label(const char *block, const char *end, const char *part)
{
	const char *line_end = memchr(block, '\n', (size_t)(end - block));

	return line_end && memmem(block, (size_t)(line_end - block), part, strlen(part)) != NULL;
}

static enum festore_error check_text(const char *text, size_t len, struct failure *failure)
{
	const char *end = text + len;
	const char *block = find_block(text, end);

	if (!block)
		return FESTORE_OK;
	if (has_label(block, end, "PRIVATE KEY"))
		return refuse(failure,
			"this is a private key; its public key is needed (openssl pkey -pubout)");
	if (has_label(block, end, "CERTIFICATE"))
		return refuse(failure,
			"this is a certificate; its public key is needed (openssl x509 -pubkey "
			"-noout)");
	if (find_block(block, end))
		return refuse(failure, "there is more than one key or certificate");
	return FESTORE_OK;
}

/* --- the key -----------------------------------------------------------------------------------
 */

/* With a point of small order everybody knows the secret, and the derivation fails. */
static bool is_derivable(EVP_PKEY *peer)
{
	EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY_CTX *context = own ? EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL) : NULL;
	unsigned char secret[32];
	size_t len = sizeof(secret);
	const bool is = context && EVP_PKEY_derive_init(context) > 0 &&
		EVP_PKEY_derive_set_peer(context, peer) > 0 &&
		EVP_PKEY_derive(context, secret, &len) > 0;

	OPENSSL_cleanse(secret, sizeof(secret));
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(own);
	return is;
}

static bool find_id(struct recipient *recipient)
{
	X509_PUBKEY *info = NULL;
	const unsigned char *bits = NULL;
	int len = 0;
	const bool is = X509_PUBKEY_set(&info, recipient->key) &&
		X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, info) &&
		EVP_Digest(bits, (size_t)len, recipient->id, NULL, EVP_sha1(), NULL);

	X509_PUBKEY_free(info);
	return is;
}

static enum festore_error check_key(struct recipient *recipient, struct failure *failure)
{
	const enum festore_key_type type = recipient->type;

	if (type == FESTORE_KEY_ED25519)
		return refuse(failure, "an Ed25519 key signs, nothing can be encrypted to it");
	if (type == FESTORE_KEY_X25519 && !is_derivable(recipient->key))
		return refuse(failure, "an X25519 key of small order, which hides nothing");
	if (!find_id(recipient))
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	return FESTORE_OK;
}

enum festore_error recipient_read(
	struct recipient *ret_recipient, const void *text, size_t len, struct failure *failure)
{
	struct recipient recipient = {0};
	enum festore_error error = check_text(text, len, failure);

	if (error == FESTORE_OK)
		error = key_public_read(text, len, &recipient.key, &recipient.type, failure);
	if (error != FESTORE_OK)
		return error;
	/* The process may use OpenSSL too: its queue of errors is left as it was. */
	ERR_set_mark();
	error = check_key(&recipient, failure);
	ERR_pop_to_mark();
	if (error == FESTORE_OK)
		*ret_recipient = recipient;
	else
		recipient_free(&recipient);
	return error;
}

enum festore_error recipient_of_key(struct recipient *ret_recipient, EVP_PKEY *key,
	enum festore_key_type type, struct failure *failure)
{
	struct recipient recipient = {.type = type, .key = key};

	if (!find_id(&recipient)) {
		recipient_free(&recipient);
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	}
	*ret_recipient = recipient;
	return FESTORE_OK;
}

void recipient_free(struct recipient *recipient)
{
	EVP_PKEY_free(recipient->key);
	recipient->key = NULL;
}
