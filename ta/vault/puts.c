/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many puts in one call: each is sealed as it comes, and then all are folded into the working root
 * together, so that what their paths share is proven once. Any error ends the batch.
 */
#include "change.h"

#include "buffer.h"
#include "fresh.h"
#include "log.h"
#include "merge.h"
#include "opened.h"
#include "tag_policy.h"

#include <string.h>

/* A call under way. */
struct puts {
	struct call *call;
	struct opened *opened;
	struct slot *slot;
	size_t head_at;    /* in the record part */
	size_t content_at; /* in the content part */
	uint8_t seed[FESTORE_HASH];
	struct merge_put all[FESTORE_PUTS_MAX];
	size_t count;
	struct merge merge;
	struct log *log; /* or NULL */
	bool is_full;    /* a hash found no room */
};

/* One put: a private copy of its head. */
struct put {
	struct festore_vault_put head;
	struct tag tag;
	const uint8_t *content; /* shared memory */
	uint8_t locator[FESTORE_HASH];
	struct fresh fresh;
};

static TEE_Result read_tag(struct puts *puts, struct put *put)
{
	const size_t at = puts->head_at + sizeof(put->head);
	const size_t room = FESTORE_PUT_ROOM(put->head.tag_len);
	uint8_t bytes[FESTORE_PUT_ROOM(FESTORE_TAG_MAX)] = {0};

	if (put->head.tag_len > FESTORE_TAG_MAX ||
		room > puts->call->part_len[FESTORE_PART_RECORD] - puts->head_at)
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(bytes, puts->call->parts[FESTORE_PART_RECORD] + at, room - sizeof(put->head));
	for (size_t i = put->head.tag_len; i < room - sizeof(put->head); i++) {
		if (bytes[i] != 0)
			return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!tag_is_valid(bytes, put->head.tag_len))
		return TEE_ERROR_BAD_PARAMETERS;
	put->tag.len = put->head.tag_len;
	memcpy(put->tag.bytes, bytes, put->tag.len);
	puts->head_at += room;
	return TEE_SUCCESS;
}

/* The next head, its tag, and where its content is. */
static TEE_Result read_put(struct puts *puts, struct put *put)
{
	const struct call *call = puts->call;
	TEE_Result res = TEE_SUCCESS;

	if (puts->count == FESTORE_PUTS_MAX ||
		call->part_len[FESTORE_PART_RECORD] - puts->head_at < sizeof(put->head))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&put->head, call->parts[FESTORE_PART_RECORD] + puts->head_at, sizeof(put->head));
	if (put->head.reserved != 0 ||
		put->head.content_len > call->part_len[FESTORE_PART_CONTENT] - puts->content_at)
		return TEE_ERROR_BAD_PARAMETERS;
	res = read_tag(puts, put);
	if (res != TEE_SUCCESS)
		return res;
	put->content = call->parts[FESTORE_PART_CONTENT] + puts->content_at;
	puts->content_at += put->head.content_len;
	res = record_locator(&puts->slot->keys, call->kind, &put->tag, put->locator);
	if (res != TEE_SUCCESS)
		return res;
	if (puts->count != 0 &&
		memcmp(puts->all[puts->count - 1].locator, put->locator, FESTORE_HASH) >= 0)
		return TEE_ERROR_BAD_PARAMETERS;
	return TEE_SUCCESS;
}

static TEE_Result draw(struct puts *puts, struct put *put)
{
	const struct seal_keys *keys = &puts->slot->keys;
	struct unlike unlike = {
		.version = puts->opened->work.version,
		.modified = put->head.modified,
	};
	TEE_Result res = TEE_SUCCESS;

	memcpy(unlike.locator, put->locator, sizeof(unlike.locator));
	if (puts->count == 0)
		res = fresh_seed(keys, &unlike, puts->seed);
	return res == TEE_SUCCESS ? fresh_from(puts->seed, keys, &unlike, &put->fresh) : res;
}

static TEE_Result seal_record(struct puts *puts, struct put *put, uint8_t *to)
{
	const struct record_place place = {
		.keys = &puts->slot->keys,
		.vault = puts->slot->vault,
		.locator = put->locator,
	};
	struct meta meta = {
		.kind = puts->call->kind,
		.tag = put->tag,
		.size = put->head.content_len,
		.modified = put->head.modified,
	};
	struct merge_put *made = &puts->all[puts->count];
	uint8_t record[FESTORE_RECORD_MAX];
	struct festore_vault_leaf leaf;
	TEE_Result res = TEE_SUCCESS;

	memcpy(meta.content_key, put->fresh.content_key, sizeof(meta.content_key));
	tag_policy_mark(&meta.policy, put->fresh.salt);
	res = record_seal(
		&place, &meta, puts->opened->work.version, put->fresh.salt, record, &leaf);
	TEE_MemFill(&meta, 0, sizeof(meta));
	if (res != TEE_SUCCESS)
		return res;
	memcpy(to, record, record_len(put->tag.len));
	memcpy(made->locator, put->locator, sizeof(made->locator));
	tree_hash_leaf(&leaf, made->hash);
	return TEE_SUCCESS;
}

static TEE_Result seal_content(const struct puts *puts, const struct put *put, uint8_t *to)
{
	struct stream stream = {.aead = puts->slot->keys.aead};
	TEE_Result res = TEE_SUCCESS;

	memcpy(stream.key, put->fresh.content_key, sizeof(stream.key));
	res = content_write(&stream, put->content, put->head.content_len, true, to);
	stream_end(&stream);
	return res;
}

/* Bytes of the output that nothing is in. */
static size_t room(const struct puts *puts)
{
	return puts->call->out_size - log_len(puts->log) - puts->call->out_used;
}

/* Out come its record and its content. */
static TEE_Result seal_put(struct puts *puts, struct put *put)
{
	struct call *call = puts->call;
	const size_t first = record_len(put->tag.len);
	const size_t second = content_sealed_len(put->head.content_len);
	uint8_t *to = call->out + call->out_used;
	TEE_Result res = TEE_SUCCESS;

	if (first + second > room(puts))
		return TEE_ERROR_SHORT_BUFFER;
	call->out_used += first + second;
	res = draw(puts, put);
	if (res == TEE_SUCCESS)
		res = seal_record(puts, put, to);
	if (res == TEE_SUCCESS)
		res = seal_content(puts, put, to + first);
	if (res == TEE_SUCCESS)
		res = log_item(puts->log, FESTORE_LOG_STORED, call->kind, &put->tag);
	if (res != TEE_SUCCESS)
		return res;
	call->reply.change.record_len += (uint32_t)first;
	call->reply.change.content_len += (uint32_t)second;
	puts->count++;
	return TEE_SUCCESS;
}

/* Heads and contents are used up together; there is at least one. */
static TEE_Result seal_all(struct puts *puts)
{
	const size_t *part_len = puts->call->part_len;
	TEE_Result res = TEE_SUCCESS;

	do {
		struct put put = {0};

		res = read_put(puts, &put);
		if (res == TEE_SUCCESS)
			res = seal_put(puts, &put);
		TEE_MemFill(&put.fresh, 0, sizeof(put.fresh));
	} while (res == TEE_SUCCESS && puts->head_at < part_len[FESTORE_PART_RECORD]);
	if (res == TEE_SUCCESS && puts->content_at != part_len[FESTORE_PART_CONTENT])
		res = TEE_ERROR_BAD_PARAMETERS;
	return res;
}

/* Hashes of the new tree's nodes come out one after another. */
static void hash_node(const struct merge_node *node, void *arg, uint8_t ret_hash[FESTORE_HASH])
{
	struct puts *puts = arg;
	struct call *call = puts->call;

	tree_hash_node(node->bit, node->sides[0], node->sides[1], ret_hash);
	if (room(puts) < FESTORE_HASH) {
		puts->is_full = true;
		return;
	}
	memcpy(call->out + call->out_used, ret_hash, FESTORE_HASH);
	call->out_used += FESTORE_HASH;
	call->reply.change.hashes_len += FESTORE_HASH;
}

/* Is it a tag that is put? What has the mark is replaced one at a time, with its record. */
static bool is_put(const struct puts *puts, const uint8_t locator[FESTORE_HASH])
{
	for (size_t i = 0; i < puts->count; i++) {
		if (memcmp(puts->all[i].locator, locator, FESTORE_HASH) == 0)
			return true;
	}
	return false;
}

/* The next path of the path part: each byte is copied once. */
static TEE_Result fold_path(struct puts *puts, size_t *at)
{
	const uint8_t *from = puts->call->parts[FESTORE_PART_PATH] + *at;
	const size_t left = puts->call->part_len[FESTORE_PART_PATH] - *at;
	struct festore_vault_step steps[MERGE_DEPTH];
	struct festore_vault_path head;

	if (left < sizeof(head))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&head, from, sizeof(head));
	if (head.count > MERGE_DEPTH || left < FESTORE_PATH_LEN(head.count))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(steps, from + sizeof(head), head.count * sizeof(*steps));
	*at += FESTORE_PATH_LEN(head.count);
	if (FESTORE_IS_MARKED(head.leaf.salt) && is_put(puts, head.leaf.locator))
		return TEE_ERROR_BAD_PARAMETERS;
	return merge_path(&puts->merge, (struct tree_path){.head = &head, .steps = steps})
		? TEE_SUCCESS
		: TEE_ERROR_CORRUPT_OBJECT;
}

/* All paths are proven, and the session moves on to the new root. */
static TEE_Result fold(struct puts *puts)
{
	struct work *work = &puts->opened->work;
	uint8_t before[FESTORE_HASH];
	uint8_t after[FESTORE_HASH];
	size_t at = 0;

	merge_begin(&puts->merge, puts->all, puts->count, true, hash_node, puts);
	while (at < puts->call->part_len[FESTORE_PART_PATH]) {
		const TEE_Result res = fold_path(puts, &at);

		if (res != TEE_SUCCESS)
			return res;
	}
	if (!merge_end(&puts->merge, puts->slot->vault, before, after) ||
		memcmp(before, work->root, sizeof(before)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	if (puts->is_full)
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(work->root, after, sizeof(work->root));
	work->count += puts->merge.added;
	puts->call->reply.change.version = work->version;
	return TEE_SUCCESS;
}

static TEE_Result put_all(struct puts *puts)
{
	struct work_log *log = NULL;
	TEE_Result res = opened_check_proven(puts->opened);

	if (res != TEE_SUCCESS)
		return res;
	puts->slot = puts->opened->slot;
	res = opened_work(puts->opened, puts->call);
	log = puts->opened->work.log;
	if (res == TEE_SUCCESS && log)
		res = log_begin(puts->call, &puts->slot->state, log->head, &puts->log);
	log_is_of(puts->log, puts->slot->state.epoch, puts->opened->work.version);
	if (res == TEE_SUCCESS)
		res = seal_all(puts);
	if (res == TEE_SUCCESS && log)
		res = log_finish(puts->log, log->head);
	return res == TEE_SUCCESS ? fold(puts) : res;
}

TEE_Result change_put_many(struct call *call)
{
	struct opened *opened = opened_of(call);
	struct puts *puts = (struct puts *)(void *)buffer_new(sizeof(*puts));
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	if (puts) {
		puts->call = call;
		puts->opened = opened;
		res = put_all(puts);
		if (res == TEE_SUCCESS)
			log_give(puts->log);
		log_end(puts->log, res);
	}
	buffer_free((uint8_t *)puts, sizeof(*puts));
	if (res != TEE_SUCCESS) {
		TEE_MemFill(call->out, 0, call->out_used);
		work_end(&opened->work);
		stream_end(&opened->stream);
	}
	return res;
}
