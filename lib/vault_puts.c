/* SPDX-License-Identifier: BSD-2-Clause */
/* A batch's puts: gathered, asked for together, written together. */
#include "vault_puts.h"

#include "vault.h"
#include "vault/merge.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One that waits. */
struct put {
	uint8_t locator[FESTORE_HASH];
	char tag[FESTORE_TAG_MAX + 1];
	int64_t modified;
	const uint8_t *content; /* where it was gathered */
	size_t content_len;
	bool replaces;  /* there is an entry of this tag */
	bool is_marked; /* and its record may say that it stays */
};

struct vault_puts {
	size_t count;
	size_t used; /* bytes of contents */
	struct put all[FESTORE_PUTS_MAX];
	uint8_t contents[FESTORE_WINDOW];

	/* What goes to the TA, in the order of locators. */
	const struct put *ordered[FESTORE_PUTS_MAX];
	uint8_t heads[FESTORE_PUTS_ROOM];
	size_t heads_len;
	uint8_t sent[FESTORE_WINDOW];
	_Alignas(struct festore_vault_path) uint8_t paths[FESTORE_WINDOW];
	size_t paths_len;
	struct bytes_path near[2]; /* the last path, and the one that is read */
	size_t nodes_max;          /* of the new tree that have new hashes */
	struct bytes_rows *rows;   /* during a call */
};

/* What the TA has answered. */
struct answer {
	struct festore_vault_change reply;
	const uint8_t *bytes; /* valid until the next call */
	struct merge_put leaves[FESTORE_PUTS_MAX];
	const uint8_t *hashes;
	size_t hash_count;
	size_t taken; /* of the hashes */
	bool is_misfit;
	bool is_too_deep;
	struct evidence_node *nodes; /* malloc'd, room for hash_count */
};

/* --- gathering ---------------------------------------------------------------------------------
 */

static bool has_room(const struct vault_puts *puts, const uint8_t *locator, size_t len)
{
	if (puts->count == FESTORE_PUTS_MAX || len > sizeof(puts->contents) - puts->used)
		return false;
	for (size_t i = 0; i < puts->count; i++) {
		if (memcmp(puts->all[i].locator, locator, FESTORE_HASH) == 0)
			return false;
	}
	return true;
}

static struct vault_puts *puts_of(struct festore *fs)
{
	struct vault *vault = fs->vault;

	if (!vault->puts)
		vault->puts = calloc(1, sizeof(*vault->puts));
	if (!vault->puts)
		failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	return vault->puts;
}

enum festore_error vault_puts_add(
	struct festore *fs, const char *tag, const void *content, size_t content_len)
{
	struct vault_puts *puts = puts_of(fs);
	struct put *put = NULL;
	uint8_t locator[FESTORE_HASH];
	enum festore_error error = FESTORE_ERROR;

	if (!puts)
		return error;
	error = vault_locate(fs, FESTORE_WIRE_FILE, tag, locator);
	if (error == FESTORE_OK && !has_room(puts, locator, content_len))
		error = vault_puts_flush(fs);
	if (error != FESTORE_OK)
		return error;
	put = &puts->all[puts->count++];
	memcpy(put->locator, locator, sizeof(put->locator));
	memcpy(put->tag, tag, strlen(tag) + 1);
	put->modified = time(NULL);
	put->content = puts->contents + puts->used;
	put->content_len = content_len;
	if (content_len != 0)
		memcpy(puts->contents + puts->used, content, content_len);
	puts->used += content_len;
	return FESTORE_OK;
}

static void forget(struct vault_puts *puts)
{
	explicit_bzero(puts->contents, puts->used);
	explicit_bzero(puts->sent, puts->used);
	explicit_bzero(puts->all, puts->count * sizeof(*puts->all));
	explicit_bzero(puts->heads, puts->heads_len);
	puts->count = 0;
	puts->used = 0;
	puts->heads_len = 0;
}

void vault_puts_free(struct vault_puts *puts)
{
	if (!puts)
		return;
	forget(puts);
	free(puts);
}

/* --- what goes to the TA -----------------------------------------------------------------------
 */

static int by_locator(const void *a, const void *b)
{
	const struct put *const *first = a;
	const struct put *const *second = b;

	return memcmp((*first)->locator, (*second)->locator, FESTORE_HASH);
}

static void add_head(struct vault_puts *puts, const struct put *put)
{
	const size_t tag_len = strlen(put->tag);
	const struct festore_vault_put head = {
		.content_len = (uint32_t)put->content_len,
		.tag_len = (uint16_t)tag_len,
		.modified = put->modified,
	};
	uint8_t *to = puts->heads + puts->heads_len;

	memset(to, 0, FESTORE_PUT_ROOM(tag_len));
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), put->tag, tag_len);
	puts->heads_len += FESTORE_PUT_ROOM(tag_len);
}

/* Heads and contents in the order of their locators. */
static void arrange(struct vault_puts *puts)
{
	uint8_t *to = puts->sent;

	for (size_t i = 0; i < puts->count; i++)
		puts->ordered[i] = &puts->all[i];
	qsort(puts->ordered, puts->count, sizeof(void *), by_locator);
	puts->heads_len = 0;
	for (size_t i = 0; i < puts->count; i++) {
		const struct put *put = puts->ordered[i];

		add_head(puts, put);
		memcpy(to, put->content, put->content_len);
		to += put->content_len;
	}
}

/* A path, without what those to the leaves beside it show. */
static enum festore_error add_path(struct festore *fs, const struct bytes_path *path,
	const uint8_t *previous, const uint8_t *next)
{
	struct vault_puts *puts = fs->vault->puts;
	const struct tree_path tree = {.head = &path->head, .steps = path->steps};
	struct festore_vault_step steps[FESTORE_PATH_MAX];
	struct festore_vault_path head = path->head;
	uint8_t *to = puts->paths + puts->paths_len;

	head.count = merge_shorten(tree, previous, next, steps);
	if (FESTORE_PATH_LEN(head.count) > sizeof(puts->paths) - puts->paths_len)
		return failure_set(&fs->failure, FESTORE_DAMAGED,
			"the stored bytes are damaged: their tree is too deep");
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), steps, head.count * sizeof(*steps));
	puts->paths_len += FESTORE_PATH_LEN(head.count);
	puts->nodes_max += head.count + 1;
	return FESTORE_OK;
}

static bool is_same_leaf(const struct bytes_path *a, const uint8_t *locator)
{
	return memcmp(a->head.leaf.locator, locator, FESTORE_HASH) == 0;
}

/* The paths to all leaves that the puts lead to, each once. */
static enum festore_error gather_paths(struct festore *fs)
{
	struct vault_puts *puts = fs->vault->puts;
	struct bytes_path *last = NULL;
	uint8_t before_last[FESTORE_HASH];
	bool has_before_last = false;
	enum festore_error error = FESTORE_OK;

	puts->paths_len = 0;
	puts->nodes_max = puts->count;
	for (size_t i = 0; i < puts->count; i++) {
		struct put *put = &puts->all[puts->ordered[i] - puts->all];
		struct bytes_path *path = last == &puts->near[0] ? &puts->near[1] : &puts->near[0];

		error = bytes_read_path_of_many(
			fs->vault->bytes, puts->rows, put->locator, path, &fs->failure);
		if (error != FESTORE_OK || path->head.is_empty != 0)
			return error;
		put->replaces = is_same_leaf(path, put->locator);
		put->is_marked = put->replaces && FESTORE_IS_MARKED(path->head.leaf.salt);
		if (last && is_same_leaf(path, last->head.leaf.locator))
			continue;
		if (last)
			error = add_path(fs, last, has_before_last ? before_last : NULL,
				path->head.leaf.locator);
		if (error != FESTORE_OK)
			return error;
		has_before_last = last != NULL;
		if (last)
			memcpy(before_last, last->head.leaf.locator, sizeof(before_last));
		last = path;
	}
	return last ? add_path(fs, last, has_before_last ? before_last : NULL, NULL) : FESTORE_OK;
}

static size_t room_for_sealed(const struct vault_puts *puts)
{
	size_t room = 0;

	for (size_t i = 0; i < puts->count; i++)
		room += FESTORE_RECORD_LEN(strlen(puts->all[i].tag)) +
			(size_t)FESTORE_SEALED_LEN(puts->all[i].content_len);
	return room;
}

static enum festore_error ask(struct festore *fs, struct answer *answer)
{
	struct vault_puts *puts = fs->vault->puts;
	struct transaction *transaction = &fs->vault->transaction;
	const size_t sealed = room_for_sealed(puts);
	struct festore_vault_request request = vault_request("", FESTORE_WIRE_FILE);
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_PUT_MANY,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &answer->reply,
		.reply_len = sizeof(answer->reply),
		.has_send = true,
		.send =
			{
				{&transaction->state,
					transaction->is_presented ? 0 : sizeof(transaction->state)},
				{puts->paths, puts->paths_len},
				{puts->heads, puts->heads_len},
				{puts->sent, puts->used},
			},
		.receive_at = 3,
		.receive_room = sealed + puts->nodes_max * FESTORE_HASH +
			vault_log_room_of_puts(fs->vault, puts->count, puts->heads_len),
	};
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	transaction->is_presented = true;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	if ((size_t)answer->reply.record_len + answer->reply.content_len != sealed ||
		answer->reply.state_len != 0 || answer->reply.hashes_len % FESTORE_HASH != 0 ||
		exchange.received_len < sealed + answer->reply.hashes_len)
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	answer->bytes = exchange.received;
	answer->hashes = exchange.received + sealed;
	answer->hash_count = answer->reply.hashes_len / FESTORE_HASH;
	return vault_log_store(fs, answer->hashes + answer->reply.hashes_len,
		exchange.received_len - sealed - answer->reply.hashes_len);
}

/* --- what is written ---------------------------------------------------------------------------
 */

static enum festore_error store_entries(struct festore *fs, struct answer *answer)
{
	const struct vault_puts *puts = fs->vault->puts;
	const uint8_t *at = answer->bytes;

	for (size_t i = 0; i < puts->count; i++) {
		const struct put *put = puts->ordered[i];
		const size_t record_len = FESTORE_RECORD_LEN(strlen(put->tag));
		const size_t content_len = (size_t)FESTORE_SEALED_LEN(put->content_len);
		const enum festore_error error = bytes_put_entry(fs->vault->bytes, put->locator,
			put->replaces, at, record_len, at + record_len, content_len, &fs->failure);

		if (error != FESTORE_OK)
			return error;
		memcpy(answer->leaves[i].locator, put->locator, FESTORE_HASH);
		bytes_leaf_hash(put->locator, at, answer->leaves[i].hash);
		at += record_len + content_len;
	}
	return FESTORE_OK;
}

/* The TA's hash for a node, and what the node is. */
static void take_node(const struct merge_node *node, void *arg, uint8_t ret_hash[FESTORE_HASH])
{
	struct answer *answer = arg;
	struct evidence_node *to = &answer->nodes[answer->taken];

	answer->is_too_deep |= node->bit >= EVIDENCE_BITS;
	answer->is_misfit |= answer->taken == answer->hash_count;
	if (answer->is_misfit || answer->is_too_deep)
		return;
	to->middle = bytes_node_middle(node->locator, node->bit);
	memcpy(to->sides[0], node->sides[0], FESTORE_HASH);
	memcpy(to->sides[1], node->sides[1], FESTORE_HASH);
	memcpy(ret_hash, answer->hashes + answer->taken * FESTORE_HASH, FESTORE_HASH);
	answer->taken++;
}

/* Walks the way that the TA went, so that its hashes find their nodes. */
static enum festore_error match(struct festore *fs, struct merge *merge, struct answer *answer)
{
	const struct vault_puts *puts = fs->vault->puts;
	uint8_t *root = fs->vault->transaction.root;
	uint8_t unused[FESTORE_HASH];
	size_t at = 0;
	bool fits = true;

	merge_begin(merge, answer->leaves, puts->count, false, take_node, answer);
	while (fits && at < puts->paths_len) {
		const struct festore_vault_path *head = (const void *)(puts->paths + at);
		const struct tree_path path = {
			.head = head,
			.steps = (const void *)(puts->paths + at + sizeof(*head)),
		};

		fits = merge_path(merge, path);
		at += FESTORE_PATH_LEN(head->count);
	}
	fits = fits && merge_end(merge, fs->vault->opened.vault, unused, root);
	if (answer->is_too_deep)
		return failure_set(&fs->failure, FESTORE_ERROR,
			"two tags have the same place in the database; rename one");
	if (!fits || answer->is_misfit || answer->taken != answer->hash_count)
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	return FESTORE_OK;
}

static enum festore_error store_nodes(struct festore *fs, struct answer *answer)
{
	struct merge *merge = malloc(sizeof(*merge));
	enum festore_error error = FESTORE_ERROR;

	answer->nodes = calloc(answer->hash_count + 1, sizeof(*answer->nodes));
	if (!merge || !answer->nodes)
		failure_set(&fs->failure, error, "out of memory");
	else
		error = match(fs, merge, answer);
	if (error == FESTORE_OK)
		error = bytes_put_nodes(fs->vault->bytes, fs->vault->puts->rows, answer->nodes,
			answer->taken, &fs->failure);
	free(answer->nodes);
	free(merge);
	return error;
}

static bool any_is_marked(const struct vault_puts *puts)
{
	for (size_t i = 0; i < puts->count; i++) {
		if (puts->all[i].is_marked)
			return true;
	}
	return false;
}

/* Each in a call of its own, with the record of what it replaces. */
static enum festore_error put_each(struct festore *fs)
{
	struct vault_puts *puts = fs->vault->puts;
	const size_t count = puts->count;
	enum festore_error error = FESTORE_OK;

	/* What a call sends behind the back of those that wait is nothing. */
	puts->count = 0;
	for (size_t i = 0; i < count && error == FESTORE_OK; i++) {
		const struct put *put = &puts->all[i];

		error = vault_put_alone(
			fs, put->tag, put->modified, put->content, put->content_len);
	}
	puts->count = count;
	return error;
}

static enum festore_error flush(struct festore *fs, struct answer *answer)
{
	enum festore_error error = FESTORE_OK;

	arrange(fs->vault->puts);
	error = gather_paths(fs);
	if (error == FESTORE_OK && any_is_marked(fs->vault->puts))
		return put_each(fs);
	if (error == FESTORE_OK)
		error = ask(fs, answer);
	if (error == FESTORE_OK)
		error = store_entries(fs, answer);
	return error == FESTORE_OK ? store_nodes(fs, answer) : error;
}

enum festore_error vault_puts_flush(struct festore *fs)
{
	struct vault_puts *puts = fs->vault->puts;
	struct answer *answer = NULL;
	enum festore_error error = FESTORE_OK;

	if (!puts || puts->count == 0)
		return FESTORE_OK;
	answer = calloc(1, sizeof(*answer));
	puts->rows = bytes_rows_new();
	if (answer && puts->rows)
		error = flush(fs, answer);
	else
		error = failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	/* The next batch takes the long way. */
	if (error == FESTORE_DAMAGED)
		fs->vault->is_damaged = true;
	bytes_rows_free(puts->rows);
	puts->rows = NULL;
	forget(puts);
	free(answer);
	return error;
}
