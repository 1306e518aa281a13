/* SPDX-License-Identifier: BSD-2-Clause */
/* AuthEnvelopedData (RFC 5083), from its beginning to its end. */
#include "cms_message.h"

#include "cms_recipient.h"
#include "der.h"

#include <string.h>

static const uint8_t oid_auth_enveloped[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
static const uint8_t oid_pkcs7[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
static const uint8_t oid_aes256_gcm[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e};

#define OID_MAX 32u

static enum festore_error not_opened(struct cms_message *message, const char *what)
{
	return failure_set(message->input.failure, FESTORE_USAGE, "%s", what);
}

/* --- before the content ------------------------------------------------------------------------
 */

/* A message in another form is what people try first. */
static enum festore_error check_form(struct cms_message *message)
{
	uint8_t first = 0;
	const enum festore_error error = cms_peek(&message->input, &first);

	if (error == FESTORE_OK && first != DER_SEQUENCE)
		return not_opened(message,
			"this is no message that is known here (of CMS: in DER, openssl cms "
			"-outform "
			"DER)");
	return error;
}

static enum festore_error read_type(struct cms_message *message)
{
	uint8_t oid[OID_MAX] = {0};
	size_t len = 0;
	const enum festore_error error =
		cms_take_element(&message->input, DER_OBJECT, oid, sizeof(oid), &len);

	if (error != FESTORE_OK)
		return error;
	if (len == sizeof(oid_auth_enveloped) && memcmp(oid, oid_auth_enveloped, len) == 0)
		return FESTORE_OK;
	if (len > sizeof(oid_pkcs7) && memcmp(oid, oid_pkcs7, sizeof(oid_pkcs7)) == 0)
		return not_opened(message,
			"this message has nothing that shows that it is whole; openssl cms "
			"-aes-256-gcm makes one that has");
	return not_opened(message, "this is no CMS message of the type AuthEnvelopedData");
}

static enum festore_error read_version(struct cms_message *message)
{
	uint8_t version = 1;
	size_t len = 0;
	enum festore_error error =
		cms_take_element(&message->input, DER_INTEGER, &version, 1, &len);

	if (error == FESTORE_OK && (len != 1 || version != 0))
		return not_opened(message, "this message is of a version that is not known here");
	return error;
}

static enum festore_error read_recipient(struct cms_message *message)
{
	struct cms_input *input = &message->input;
	struct cms_element element = {0};
	uint8_t bytes[CMS_RECIPIENT_MAX];
	enum festore_error error = cms_element(input, &element);

	if (error != FESTORE_OK)
		return error;
	if (element.is_open_ended || element.len > sizeof(bytes))
		return cms_damaged(input, "a recipient is too long");
	error = cms_take(input, bytes, (size_t)element.len);
	if (error == FESTORE_OK &&
		!cms_recipient_read(message, element.tag, bytes, (size_t)element.len))
		return cms_damaged(input, "a recipient is not what it should be");
	return error;
}

static enum festore_error read_recipients(struct cms_message *message)
{
	struct cms_input *input = &message->input;
	uint8_t tag = 0;
	bool is_end = false;
	enum festore_error error = cms_peek(input, &tag);

	if (error == FESTORE_OK && tag == DER_CONTEXT_0)
		return not_opened(message, "this message has certificates beside its recipients");
	if (error == FESTORE_OK)
		error = cms_enter(input, DER_SET);
	while (error == FESTORE_OK) {
		error = cms_is_end(input, &is_end);
		if (error != FESTORE_OK || is_end)
			break;
		error = read_recipient(message);
	}
	return error == FESTORE_OK ? cms_leave(input) : error;
}

/* The content's type says nothing to who only opens it. */
static enum festore_error read_algorithm(struct cms_message *message)
{
	struct cms_input *input = &message->input;
	uint8_t oid[OID_MAX] = {0};
	uint8_t tag_len = 12; /* unless it says otherwise (RFC 5084) */
	size_t len = 0;
	bool is_end = false;
	enum festore_error error = cms_take_element(input, DER_OBJECT, oid, sizeof(oid), &len);

	if (error == FESTORE_OK)
		error = cms_enter(input, DER_SEQUENCE);
	if (error == FESTORE_OK)
		error = cms_take_element(input, DER_OBJECT, oid, sizeof(oid), &len);
	if (error == FESTORE_OK &&
		(len != sizeof(oid_aes256_gcm) || memcmp(oid, oid_aes256_gcm, len) != 0))
		return not_opened(
			message, "this message is encrypted otherwise than with AES-256-GCM");
	if (error == FESTORE_OK)
		error = cms_enter(input, DER_SEQUENCE);
	if (error == FESTORE_OK)
		error = cms_take_element(
			input, DER_OCTET_STRING, message->nonce, sizeof(message->nonce), &len);
	if (error == FESTORE_OK && len != sizeof(message->nonce))
		return not_opened(message, "this message has a nonce of another length than 12");
	if (error == FESTORE_OK)
		error = cms_is_end(input, &is_end);
	if (error == FESTORE_OK && !is_end)
		error = cms_take_element(input, DER_INTEGER, &tag_len, 1, &len);
	if (error == FESTORE_OK && tag_len != CMS_TAG_LEN)
		return not_opened(message, "this message has a tag of another length than 16");
	if (error == FESTORE_OK)
		error = cms_leave(input);
	return error == FESTORE_OK ? cms_leave(input) : error;
}

static enum festore_error enter_content(struct cms_message *message)
{
	struct cms_input *input = &message->input;
	struct cms_element element = {0};
	enum festore_error error = cms_element(input, &element);

	if (error != FESTORE_OK)
		return error;
	message->is_in_pieces = element.tag == DER_CONTEXT_0;
	if (message->is_in_pieces)
		return cms_enter_element(input, &element);
	if (element.tag != DER_CONTEXT_0_PRIMITIVE)
		return cms_damaged(input, "it has no content");
	message->left = element.len;
	return FESTORE_OK;
}

enum festore_error cms_message_begin(
	struct cms_message *message, festore_source source, void *arg, struct failure *failure)
{
	struct cms_input *input = &message->input;
	enum festore_error error = FESTORE_OK;

	memset(message, 0, sizeof(*message));
	cms_input_begin(input, source, arg, failure);
	error = check_form(message);
	if (error == FESTORE_OK)
		error = cms_enter(input, DER_SEQUENCE);
	if (error == FESTORE_OK)
		error = read_type(message);
	if (error == FESTORE_OK)
		error = cms_enter(input, DER_CONTEXT_0);
	if (error == FESTORE_OK)
		error = cms_enter(input, DER_SEQUENCE);
	if (error == FESTORE_OK)
		error = read_version(message);
	if (error == FESTORE_OK)
		error = read_recipients(message);
	if (error == FESTORE_OK)
		error = cms_enter(input, DER_SEQUENCE);
	if (error == FESTORE_OK)
		error = read_algorithm(message);
	return error == FESTORE_OK ? enter_content(message) : error;
}

/* --- the content -------------------------------------------------------------------------------
 */

/* The next piece that has bytes, if there is one. */
static enum festore_error next_piece(struct cms_message *message)
{
	struct cms_input *input = &message->input;
	struct cms_element element = {0};
	bool is_end = !message->is_in_pieces;
	enum festore_error error = FESTORE_OK;

	if (message->is_in_pieces)
		error = cms_is_end(input, &is_end);
	message->is_at_content_end = is_end;
	if (error != FESTORE_OK || is_end)
		return error;
	error = cms_element(input, &element);
	if (error == FESTORE_OK && element.tag != DER_OCTET_STRING)
		return cms_damaged(input, "its content has something else in it");
	message->left = element.len;
	return error;
}

enum festore_error cms_message_at_end(struct cms_message *message, bool *ret_is)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && message->left == 0 && !message->is_at_content_end)
		error = next_piece(message);
	*ret_is = message->is_at_content_end;
	return error;
}

enum festore_error cms_message_read(
	struct cms_message *message, void *to, size_t room, size_t *ret_len)
{
	size_t done = 0;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && done < room && !message->is_at_content_end) {
		size_t step = room - done;

		if (message->left == 0) {
			error = next_piece(message);
			continue;
		}
		step = message->left < step ? (size_t)message->left : step;
		error = cms_take(&message->input, (uint8_t *)to + done, step);
		message->left -= step;
		done += step;
	}
	if (error == FESTORE_OK)
		*ret_len = done;
	return error;
}

/* --- behind it ---------------------------------------------------------------------------------
 */

enum festore_error cms_message_end(struct cms_message *message, uint8_t ret_tag[CMS_TAG_LEN])
{
	struct cms_input *input = &message->input;
	uint8_t next = 0;
	size_t len = 0;
	enum festore_error error = message->is_in_pieces ? cms_leave(input) : FESTORE_OK;

	if (error == FESTORE_OK)
		error = cms_leave(input);
	if (error == FESTORE_OK)
		error = cms_peek(input, &next);
	if (error == FESTORE_OK && next == DER_CONTEXT_1)
		return not_opened(message, "this message has attributes beside its content");
	if (error == FESTORE_OK)
		error = cms_take_element(input, DER_OCTET_STRING, ret_tag, CMS_TAG_LEN, &len);
	if (error == FESTORE_OK && len != CMS_TAG_LEN)
		return cms_damaged(input, "its tag is cut short");
	while (error == FESTORE_OK && input->depth != 0)
		error = cms_leave(input);
	return error == FESTORE_OK ? cms_expect_end(input) : error;
}
