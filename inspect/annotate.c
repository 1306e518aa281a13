/* SPDX-License-Identifier: BSD-2-Clause */
/* A hexdump of a file of OP-TEE's, part by part. What is behind no part's name is not interpreted.
 */
#include "annotate.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LINE = 16, BLOCK_SHOWN = 2 * LINE };

static void print_line(
	FILE *to, const struct ree_file *file, uint64_t at, size_t len, const char *what)
{
	fprintf(to, "  %08" PRIx64 " ", at);
	for (size_t i = 0; i < LINE; i++) {
		if (i < len)
			fprintf(to, " %02x", file->bytes[at + i]);
		else
			fputs("   ", to);
	}
	fprintf(to, "%s%s\n", *what ? "  " : "", what);
}

/* What is behind the end of the file is left out. */
static void print_part(
	FILE *to, const struct ree_file *file, uint64_t at, size_t len, const char *what)
{
	if (at >= file->size)
		return;
	if (len > file->size - at)
		len = (size_t)(file->size - at);
	for (size_t done = 0; done < len; done += LINE)
		print_line(to, file, at + done, len - done < LINE ? len - done : LINE,
			done == 0 ? what : "");
}

static void annotate_slot(FILE *to, const struct ree_file *file, unsigned int version)
{
	uint64_t at = (uint64_t)version * REE_SLOT;

	fprintf(to, "  slot %u%s\n", version, version == file->live ? ", live" : "");
	print_part(to, file, at, REE_NONCE, "nonce of the header");
	print_part(to, file, at += REE_NONCE, REE_SEAL, "its seal (AES-GCM)");
	print_part(
		to, file, at += REE_SEAL, REE_KEY, "file key, encrypted by the TA's storage key");
	print_part(to, file, at += REE_KEY, REE_META, "length and last node, encrypted");
	print_part(to, file, at + REE_META, 4, "counter, in the clear");
}

static void annotate_node(FILE *to, const struct ree_file *file, uint32_t id, unsigned int version)
{
	uint64_t at = ree_node_at(id, version);

	if (at >= file->size)
		return;
	fprintf(to, "  node %" PRIu32 ", version %u%s\n", id, version,
		file->nodes[id - 1].version == version ? ", live" : "");
	print_part(to, file, at, REE_HASH, "hash of what follows and of the children's hashes");
	print_part(to, file, at += REE_HASH, REE_NONCE, "nonce of its block");
	print_part(to, file, at += REE_NONCE, REE_SEAL, "seal of its block (AES-GCM)");
	print_part(to, file, at + REE_SEAL, 2, "flags: live versions of block, left, right");
}

static void annotate_block(FILE *to, const struct ree_file *file, uint32_t id, unsigned int version)
{
	const uint64_t at = ree_block_at(id, version);

	if (at >= file->size)
		return;
	fprintf(to, "  block %" PRIu32 ", version %u%s\n", id - 1, version,
		file->nodes[id - 1].block_version == version ? ", live" : "");
	print_part(to, file, at, BLOCK_SHOWN, "encrypted content");
	if (file->size - at > BLOCK_SHOWN)
		fprintf(to, "  ... and %" PRIu64 " bytes more of it\n",
			(file->size - at < REE_BLOCK ? file->size - at : REE_BLOCK) - BLOCK_SHOWN);
}

void annotate(const struct ree_file *file, FILE *to)
{
	uint32_t group = 1;

	if (file->fault != REE_WHOLE)
		return;
	annotate_slot(to, file, 0);
	annotate_slot(to, file, 1);
	while (group <= file->node_count) {
		const uint32_t end = file->node_count - group < REE_GROUP ? file->node_count + 1
									  : group + REE_GROUP;

		for (uint32_t id = group; id < end; id++) {
			annotate_node(to, file, id, 0);
			annotate_node(to, file, id, 1);
		}
		for (uint32_t id = group; id < end && id <= file->blocks; id++) {
			annotate_block(to, file, id, 0);
			annotate_block(to, file, id, 1);
		}
		group = end;
	}
}
