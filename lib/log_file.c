/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported logs: made from what the TA gave, and checked on any computer. */
#include "log_file.h"

#include "key_encode.h"

#include <stdlib.h>
#include <string.h>

enum festore_error log_file_make(const uint8_t *entries, size_t entries_len,
	const struct festore_log_signed *signed_head, void **ret_bytes, size_t *ret_len,
	struct failure *failure)
{
	const struct log_file file = {
		.magic = LOG_FILE_MAGIC, .format = LOG_FILE_FORMAT, .len = entries_len};
	const size_t len = sizeof(file) + entries_len + sizeof(*signed_head);
	uint8_t *bytes = malloc(len);

	if (!bytes)
		return failure_set(failure, FESTORE_ERROR, "out of memory");
	memcpy(bytes, &file, sizeof(file));
	if (entries_len != 0)
		memcpy(bytes + sizeof(file), entries, entries_len);
	memcpy(bytes + sizeof(file) + entries_len, signed_head, sizeof(*signed_head));
	*ret_bytes = bytes;
	*ret_len = len;
	return FESTORE_OK;
}

enum festore_error log_file_key(const uint8_t *key, size_t key_len, enum festore_key_format format,
	void **ret_bytes, size_t *ret_len, struct failure *failure)
{
	EVP_PKEY *made = NULL;
	enum festore_error error =
		key_from_parts(FESTORE_KEY_ED25519, key, key_len, &made, failure);

	if (error == FESTORE_OK)
		error = key_encode(made, FESTORE_KEY_ED25519, format, "festore log", ret_bytes,
			ret_len, failure);
	key_free(made);
	return error;
}

/* --- the check -------------------------------------------------------------------------------- */

/* A file under check. */
struct check {
	const uint8_t *entries;
	size_t entries_len;
	struct festore_log_signed signed_head;
	struct log_chain chain;
	struct failure failure;
};

static enum festore_error split(struct check *check, const uint8_t *bytes, size_t len)
{
	struct log_file file;

	if (len < sizeof(file) + sizeof(check->signed_head))
		return failure_set(&check->failure, FESTORE_USAGE, "this is no exported log");
	memcpy(&file, bytes, sizeof(file));
	if (file.magic != LOG_FILE_MAGIC || file.format != LOG_FILE_FORMAT || file.reserved != 0)
		return failure_set(&check->failure, FESTORE_USAGE, "this is no exported log");
	if (file.len != len - sizeof(file) - sizeof(check->signed_head))
		return failure_set(&check->failure, FESTORE_BAD_SIGNATURE,
			"the file was cut, or goes on behind its end");
	check->entries = bytes + sizeof(file);
	check->entries_len = (size_t)file.len;
	memcpy(&check->signed_head, check->entries + check->entries_len,
		sizeof(check->signed_head));
	return FESTORE_OK;
}

static enum festore_error check_signature(
	struct check *check, const void *public_key, size_t public_key_len)
{
	struct festore_signing *signing = NULL;
	enum festore_error error = festore_verify_begin(
		public_key, public_key_len, FESTORE_ED25519, FESTORE_HASH_DEFAULT, &signing);

	if (error == FESTORE_OK)
		error = festore_signing_add(signing, &check->signed_head, FESTORE_LOG_SIGNED_LEN);
	if (error == FESTORE_OK)
		error = festore_verify_finish(signing, check->signed_head.signature,
			sizeof(check->signed_head.signature));
	if (error == FESTORE_BAD_SIGNATURE)
		failure_set(&check->failure, error,
			"the signature is not this device's, or is of another log");
	else if (error != FESTORE_OK)
		failure_set(&check->failure, error, "%s", festore_signing_reason(signing));
	festore_signing_end(&signing);
	if (error == FESTORE_OK &&
		memcmp(check->signed_head.label, FESTORE_LOG_LABEL, sizeof(FESTORE_LOG_LABEL)) != 0)
		return failure_set(&check->failure, FESTORE_BAD_SIGNATURE,
			"what was signed is no head of a log");
	return error;
}

static enum festore_error check_chain(struct check *check)
{
	for (size_t at = 0; at < check->entries_len;) {
		const size_t len = log_entry_len(check->entries + at, check->entries_len - at);

		if (len == 0 || !log_chain_add(&check->chain, check->entries + at, len))
			return failure_set(&check->failure, FESTORE_BAD_SIGNATURE,
				"behind entry %llu is what does not follow it",
				(unsigned long long)check->chain.last.number);
		at += len;
	}
	if (!log_chain_has_beginning(&check->chain))
		return failure_set(&check->failure, FESTORE_BAD_SIGNATURE,
			"entries up to %llu are missing, and no checkpoint lets them go",
			(unsigned long long)check->chain.begin.number);
	if (!log_chain_ends(&check->chain, &check->signed_head.head))
		return failure_set(&check->failure, FESTORE_BAD_SIGNATURE,
			"the last entry, %llu, is not the one that was signed, %llu",
			(unsigned long long)check->chain.last.number,
			(unsigned long long)check->signed_head.head.number);
	return FESTORE_OK;
}

static void sum_up(const struct check *check, struct festore_log_summary *ret_summary)
{
	memcpy(ret_summary->vault, check->signed_head.vault, sizeof(ret_summary->vault));
	ret_summary->epoch = check->signed_head.epoch;
	ret_summary->version = check->signed_head.version;
	ret_summary->at = check->signed_head.at;
	ret_summary->last = check->chain.last.number;
	ret_summary->first = check->chain.count != 0 ? check->chain.begin.number + (uint64_t)1 : 0;
}

static int visit_all(const struct check *check, festore_log_visit visit, void *arg)
{
	int result = 0;

	for (size_t at = 0; result == 0 && at < check->entries_len;) {
		const size_t len = log_entry_len(check->entries + at, check->entries_len - at);

		result = log_entry_visit(check->entries + at, len, visit, arg);
		at += len;
	}
	return result;
}

enum festore_error festore_log_verify(const void *log, size_t len, const void *public_key,
	size_t public_key_len, festore_log_visit visit, void *arg,
	struct festore_log_summary *ret_summary)
{
	struct check check = {0};
	enum festore_error error = split(&check, log, len);

	memset(ret_summary, 0, sizeof(*ret_summary));
	if (error == FESTORE_OK)
		error = check_signature(&check, public_key, public_key_len);
	if (error == FESTORE_OK)
		error = check_chain(&check);
	if (error != FESTORE_OK) {
		memcpy(ret_summary->reason, check.failure.text,
			strnlen(check.failure.text, sizeof(ret_summary->reason) - 1));
		return error;
	}
	sum_up(&check, ret_summary);
	return visit ? (enum festore_error)visit_all(&check, visit, arg) : FESTORE_OK;
}
