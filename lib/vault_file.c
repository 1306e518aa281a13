/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault as one of the storages. */
#include "vault.h"

#include "blob.h"

#include <mbedtls/md.h>
#include <string.h>

enum festore_error vault_locate(
	struct festore *fs, const char *tag, uint8_t ret_locator[FESTORE_HASH])
{
	uint8_t bytes[1 + FESTORE_TAG_MAX] = {FESTORE_WIRE_FILE};
	const size_t len = strlen(tag);

	memcpy(bytes + 1, tag, len);
	if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
		    fs->vault->opened.locator_key, FESTORE_HASH, bytes, 1 + len, ret_locator) != 0)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	return FESTORE_OK;
}

static enum festore_error vault_describe(struct festore *fs, struct festore_status *status)
{
	struct vault *vault = fs->vault;
	struct failure unimportant = {0};

	memcpy(status->vault, vault->name, sizeof(status->vault));
	status->directory = vault->directory;
	status->vault_error = vault_ready(fs, false);
	if (status->vault_error != FESTORE_OK)
		return FESTORE_OK;
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
