/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads CMS AuthEnvelopedData (docs/SPEC.md, "Envelopes"), as festore and OpenSSL write it: what
 * leads to the content's key, then the content's bytes, then the tag. It decrypts nothing.
 */
#ifndef CMS_MESSAGE_H
#define CMS_MESSAGE_H

#include "cms_input.h"
#include "recipient.h"

#include <festore_vault.h>

#define CMS_NONCE_LEN 12u
#define CMS_TAG_LEN 16u

/* Recipients of one message that are looked at; OpenSSL's users seldom have more than a few. */
#define CMS_RECIPIENTS_MAX 16u

enum cms_transport {
	CMS_OAEP,      /* RSA: the key, encrypted */
	CMS_AGREEMENT, /* EC: the sender's point, and the key, wrapped */
};

/* One way to the content's key. */
struct cms_recipient {
	enum cms_transport transport;
	bool has_id; /* whose key it is, or else nobody can tell */
	uint8_t id[RECIPIENT_ID_LEN];
	uint32_t hash;      /* of the agreement's derivation: enum festore_wire_hash */
	uint8_t point[133]; /* uncompressed, of P-521 at the most */
	size_t point_len;
	uint8_t key[512];
	size_t key_len;
};

/* A message that is being read. */
struct cms_message {
	struct cms_input input;
	struct cms_recipient recipients[CMS_RECIPIENTS_MAX];
	size_t recipient_count;
	const char *unusable; /* why another recipient's key cannot be opened here, or NULL */
	uint8_t nonce[CMS_NONCE_LEN];
	bool is_in_pieces;
	uint64_t left; /* bytes of the piece of content that is being read */
	bool is_at_content_end;
};

/*
 * Reads up to the content. FESTORE_DAMAGED: it is cut short or not what it should be;
 * FESTORE_USAGE: it is none, or made in a way that is not opened here; what the source says.
 */
enum festore_error cms_message_begin(
	struct cms_message *message, festore_source source, void *arg, struct failure *failure);

/* The next bytes of content; fewer only at the end. */
enum festore_error cms_message_read(
	struct cms_message *message, void *to, size_t room, size_t *ret_len);

/* Is there no more content? */
enum festore_error cms_message_at_end(struct cms_message *message, bool *ret_is);

/* Behind the content: the tag, and the end of the message, which nothing follows. */
enum festore_error cms_message_end(struct cms_message *message, uint8_t ret_tag[CMS_TAG_LEN]);

#endif
