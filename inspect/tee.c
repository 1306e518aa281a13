/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of tee-supplicant: which files are OP-TEE's, what each one shows, and what they say of
 * each other. */
#include "annotate.h"
#include "inspect.h"
#include "ree.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char directory[] = "dirf.db";

/* Objects are named by numbers, in hexadecimal without leading zeros. */
static bool is_object_name(const char *name)
{
	const size_t len = strlen(name);

	return len >= 1 && len <= 8 && strspn(name, "0123456789abcdef") == len &&
		(name[0] != '0' || len == 1);
}

struct slot {
	uint64_t at;
	const uint8_t *nonce, *seal, *key, *meta;
};

static struct slot slot_of(const struct ree_file *file, unsigned int version)
{
	const uint8_t *bytes = file->bytes + (size_t)version * REE_SLOT;

	return (struct slot){
		.at = (uint64_t)version * REE_SLOT,
		.nonce = bytes,
		.seal = bytes + REE_NONCE,
		.key = bytes + REE_NONCE + REE_SEAL,
		.meta = bytes + REE_NONCE + REE_SEAL + REE_KEY,
	};
}

static void print_length(const struct ree_file *file)
{
	if (file->has_length)
		printf("  length  %" PRIu64 " bytes in %" PRIu32
		       " blocks, proven by the root's hash\n",
			file->length, file->blocks);
	else
		printf("  length  not known: %" PRIu32 " to %" PRIu32 " blocks\n", file->blocks,
			file->blocks_max);
}

static void print_slots(const struct ree_file *file)
{
	for (unsigned int i = 0; i < 2; i++) {
		const struct slot slot = slot_of(file, i);

		printf("  slot %u  counter %" PRIu32 "%s, file key (encrypted) ", i,
			file->counters[i], i == file->live ? ", live" : "");
		print_hex(slot.key, REE_KEY);
		putchar('\n');
	}
}

static void print_nodes(const struct ree_file *file, bool all)
{
	for (uint32_t id = 1; id <= file->node_count; id++) {
		const struct ree_node *node = &file->nodes[id - 1];
		const char *reason = ree_reason(node->fault);

		if (!all && (node->fault == REE_WHOLE || node->fault == REE_UNCHECKED))
			continue;
		printf("  node %" PRIu32 "  version %u at %" PRIu64, id, node->version, node->at);
		if (id <= file->blocks)
			printf(", block %" PRIu32 " version %u at %" PRIu64, id - 1,
				node->block_version, node->block_at);
		printf("%s%s\n", *reason ? ": " : "", reason);
	}
}

static void print_file(const char *name, const struct ree_file *file, const struct show *show)
{
	print_shown(stdout, name);
	printf(": %s, %zu bytes%s%s\n", strcmp(name, directory) == 0 ? "directory" : "object",
		file->size, file->fault == REE_WHOLE ? "" : ": ", ree_reason(file->fault));
	if (file->fault != REE_WHOLE)
		return;
	print_slots(file);
	print_length(file);
	printf("  tree    %" PRIu32 " nodes, %" PRIu32 " with a fault\n", file->node_count,
		file->faults);
	print_nodes(file, show->tree);
}

static void print_json_slots(const struct ree_file *file)
{
	fputs(",\"slots\":[", stdout);
	for (unsigned int i = 0; i < 2; i++) {
		const struct slot slot = slot_of(file, i);

		printf("%s{\"counter\":%" PRIu32 ",\"live\":%s,\"key\":\"", i ? "," : "",
			file->counters[i], i == file->live ? "true" : "false");
		print_hex(slot.key, REE_KEY);
		fputs("\"}", stdout);
	}
	putchar(']');
}

static void print_json_nodes(const struct ree_file *file, bool all)
{
	bool first = true;

	fputs(",\"nodes\":[", stdout);
	for (uint32_t id = 1; id <= file->node_count; id++) {
		const struct ree_node *node = &file->nodes[id - 1];

		if (!all && (node->fault == REE_WHOLE || node->fault == REE_UNCHECKED))
			continue;
		printf("%s{\"node\":%" PRIu32 ",\"version\":%u,\"at\":%" PRIu64, first ? "" : ",",
			id, node->version, node->at);
		if (id <= file->blocks)
			printf(",\"block\":%" PRIu32 ",\"block_version\":%u,\"block_at\":%" PRIu64,
				id - 1, node->block_version, node->block_at);
		printf(",\"fault\":\"%s\"}", ree_word(node->fault));
		first = false;
	}
	putchar(']');
}

static void print_json_ree(const char *name, const struct ree_file *file, const struct show *show)
{
	fputs("{\"file\":", stdout);
	print_json_shown(name);
	printf(",\"is\":\"%s\",\"size\":%zu,\"fault\":\"%s\"",
		strcmp(name, directory) == 0 ? "directory" : "object", file->size,
		ree_word(file->fault));
	if (file->fault == REE_WHOLE) {
		print_json_slots(file);
		if (file->has_length)
			printf(",\"length\":%" PRIu64, file->length);
		else
			fputs(",\"length\":null", stdout);
		printf(",\"blocks\":%" PRIu32 ",\"blocks_max\":%" PRIu32 ",\"faults\":%" PRIu32,
			file->blocks, file->blocks_max, file->faults);
		print_json_nodes(file, show->tree);
	}
	fputs("}\n", stdout);
}

/* What the folder's end says. */
struct sums {
	uint32_t objects, foreign, damaged;
	bool has_directory, has_entries;
	uint64_t entries;
};

static int inspect_one(int folder, const char *name, const struct show *show, struct sums *sums)
{
	struct content content = {0};
	struct ree_file file = {0};
	int status = content_read(folder, name, &content);

	if (status != INSPECT_OK)
		return status;
	if (!ree_read(content.bytes, content.size, REE_SEARCHED, &file)) {
		content_free(&content);
		return complain(INSPECT_ERROR, "%s: no memory", name);
	}
	if (show->json)
		print_json_ree(name, &file, show);
	else
		print_file(name, &file, show);
	if (show->annotate)
		annotate(&file, stdout);
	if (file.fault != REE_WHOLE || file.faults > 0) {
		sums->damaged++;
		status = INSPECT_DAMAGED;
	}
	if (strcmp(name, directory) == 0) {
		sums->has_entries = file.has_length;
		sums->entries = file.length / REE_ENTRY;
	}
	ree_free(&file);
	content_free(&content);
	return status;
}

int inspect_tee_file(int folder, const char *name, const struct show *show)
{
	struct sums sums = {0};

	return inspect_one(folder, name, show, &sums);
}

static void print_sums(const struct sums *sums)
{
	printf("%" PRIu32 " objects, ", sums->objects);
	if (sums->has_entries)
		printf("room for %" PRIu64 " in the directory, ", sums->entries);
	printf("%" PRIu32 " files with damage that shows without a key, %" PRIu32
	       " files that are none of OP-TEE's\n",
		sums->damaged, sums->foreign);
	if (!sums->has_directory && sums->objects > 0)
		puts("NO DIRECTORY (dirf.db): OP-TEE finds none of these objects");
	else if (sums->has_entries && sums->objects > sums->entries)
		puts("MORE OBJECTS THAN THE DIRECTORY HAS ROOM FOR: some are named by nothing");
}

static void print_json_sums(const struct sums *sums)
{
	printf("{\"objects\":%" PRIu32 ",\"directory\":%s,\"entries\":", sums->objects,
		sums->has_directory ? "true" : "false");
	if (sums->has_entries)
		printf("%" PRIu64, sums->entries);
	else
		fputs("null", stdout);
	printf(",\"damaged\":%" PRIu32 ",\"foreign\":%" PRIu32 "}\n", sums->damaged, sums->foreign);
}

static void foreign_file(const char *name, const struct show *show)
{
	if (show->json) {
		fputs("{\"file\":", stdout);
		print_json_shown(name);
		fputs(",\"is\":\"foreign\"}\n", stdout);
	} else {
		print_shown(stdout, name);
		fputs(": not a file of OP-TEE's REE file system\n", stdout);
	}
}

/* The worse of two exit statuses: what could not be read weighs more than damage. */
static int worse(int left, int right)
{
	if (left == INSPECT_OK || right == INSPECT_OK)
		return left == INSPECT_OK ? right : left;
	return left < right ? left : right;
}

int inspect_tee_folder(int folder, const char *path, const struct show *show)
{
	struct names names = {0};
	struct sums sums = {0};
	int status = names_read(folder, &names);

	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.names[i];
		const bool is_directory = strcmp(name, directory) == 0;

		if (!is_directory && !is_object_name(name)) {
			sums.foreign++;
			foreign_file(name, show);
			continue;
		}
		sums.has_directory |= is_directory;
		sums.objects += !is_directory;
		status = worse(status, inspect_one(folder, name, show, &sums));
	}
	names_free(&names);
	if (status == INSPECT_OK && sums.objects == 0 && !sums.has_directory)
		return complain(INSPECT_NOT_FOUND, "%s: no file of OP-TEE's in it", path);
	if (show->json)
		print_json_sums(&sums);
	else
		print_sums(&sums);
	if ((!sums.has_directory && sums.objects > 0) ||
		(sums.has_entries && sums.objects > sums.entries))
		status = worse(status, INSPECT_DAMAGED);
	return status;
}
