/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault as one of the storages. */
#include "vault.h"

#include "aead.h"
#include "blob.h"
#include "pin.h"

#include <mbedtls/md.h>
#include <string.h>

enum festore_error vault_locate(struct festore *fs, enum festore_wire_kind kind, const char *tag,
	uint8_t ret_locator[FESTORE_HASH])
{
	uint8_t bytes[1 + FESTORE_TAG_MAX] = {(uint8_t)kind};
	const size_t len = strlen(tag);

	memcpy(bytes + 1, tag, len);
	if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
		    fs->vault->opened.locator_key, FESTORE_HASH, bytes, 1 + len, ret_locator) != 0)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	return FESTORE_OK;
}

/* Why the vault cannot be opened is of more interest than why its quota is not known. */
static void describe_quota(struct festore *fs, struct festore_status *status)
{
	const struct failure first = fs->failure;
	const struct vault_quota *quota = &fs->vault->quota;

	status->quota_error = vault_quota_know(fs);
	if (status->vault_error != FESTORE_OK && status->vault_error != FESTORE_NOT_FOUND)
		fs->failure = first;
	if (status->quota_error != FESTORE_OK || quota->limit == QUOTA_NONE)
		return;
	status->has_quota = 1;
	status->quota = quota->limit;
	status->quota_used = vault_quota_use(fs);
}

/* As describe_quota(). */
static void describe_pin(struct festore *fs, struct festore_status *status)
{
	const struct failure first = fs->failure;

	if (status->vault_error == FESTORE_OK || status->vault_error == FESTORE_PIN)
		(void)pin_look(fs, &status->pin);
	fs->failure = first;
}

bool vault_names_header(
	const struct festore_vault_state *state, const struct festore_vault_header *header)
{
	uint8_t hash[FESTORE_HASH] = {0};

	(void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), (const uint8_t *)header,
		sizeof(*header), hash);
	return memcmp(hash, state->header, sizeof(hash)) == 0;
}

enum festore_error vault_read_header(struct festore *fs, struct festore_vault_state *ret_state,
	struct festore_vault_header *ret_header)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_read_state(bytes, ret_state, &fs->failure);

	for (unsigned int copy = 0; copy < 2 && error == FESTORE_OK; copy++) {
		if (bytes_read_header(bytes, copy, ret_header, &fs->failure) == FESTORE_OK &&
			vault_names_header(ret_state, ret_header)) {
			memset(&fs->failure, 0, sizeof(fs->failure));
			return FESTORE_OK;
		}
	}
	return error == FESTORE_OK
		? failure_set(&fs->failure, FESTORE_DAMAGED, "the vault's header is damaged")
		: error;
}

/* Folding a path costs as much as the TA's own look at it: only where there is reason to doubt. */
enum festore_error vault_path(struct festore *fs, const uint8_t locator[FESTORE_HASH],
	const uint8_t root[FESTORE_HASH], struct bytes_path *ret_path)
{
	struct vault *vault = fs->vault;
	const uint8_t *id = vault->opened.vault;
	enum festore_error error = bytes_read_path(vault->bytes, locator, ret_path, &fs->failure);

	if (error == FESTORE_OK && (!vault->is_damaged || bytes_path_has_root(ret_path, id, root)))
		return FESTORE_OK;
	if (error != FESTORE_OK && error != FESTORE_DAMAGED)
		return error;
	memset(&fs->failure, 0, sizeof(fs->failure));
	return bytes_search_path(vault->bytes, locator, id, root, ret_path, &fs->failure);
}

static enum festore_error vault_describe(struct festore *fs, struct festore_status *status)
{
	struct vault *vault = fs->vault;
	struct failure unimportant = {0};

	memcpy(status->vault, vault->name, sizeof(status->vault));
	status->directory = vault->directory;
	status->aead = "";
	status->anchor = "";
	status->anchor_when = "";
	status->vault_error = vault_ready(fs, false);
	describe_quota(fs, status);
	describe_pin(fs, status);
	if (status->vault_error != FESTORE_OK)
		return FESTORE_OK;
	status->aead = aead_name(vault->aead);
	vault_tell_recovery(vault, &status->recovery);
	status->has_log = vault->has_log ? 1 : 0;
	/* Whatever can go wrong with it has gone wrong with the vault. */
	status->vault_error = vault_describe_anchor(fs, status);
	vault_log_describe(fs, status);
	status->version = vault->opened.version;
	status->entries = vault->opened.count;
	(void)bytes_disk_use(vault->bytes, &status->bytes_on_disk, &unimportant);
	status->bytes_on_disk += blob_disk_use(vault->blobs);
	return FESTORE_OK;
}

const struct operations vault_operations = {
	.size_max = INT64_MAX,
	.put = vault_put,
	.get = vault_get,
	.stat = vault_stat,
	.remove = vault_remove,
	.move = vault_move,
	.collect = vault_collect,
	.describe = vault_describe,
};
