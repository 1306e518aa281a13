/* SPDX-License-Identifier: BSD-2-Clause */
/* Files in a vault: what is read is proven by the TA, what is changed is proposed by it. */
#include "vault.h"

#include <mbedtls/md.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static_assert(FESTORE_VAULT_SIZE_MAX == FESTORE_VAULT_FILE_MAX, "the public limit is the wire's");

/* HMAC-SHA-256(locator key, kind | tag): what an entry is found by. */
static enum festore_error locate(
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

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* A read of one tag. */
struct reading {
	const char *tag;
	bool has_content;               /* a get, not only a stat */
	struct festore_vault_file file; /* the TA's answer */
	uint8_t *content;               /* malloc'd, of room `file.size` or 1 */
	size_t done;
};

/* All that the TA has to see of a tag, as the database has it. */
struct evidence {
	struct festore_vault_state state;
	struct bytes_path path;
	struct bytes_entry entry;
	uint8_t record[FESTORE_RECORD_MAX];
	uint8_t *sealed; /* malloc'd: the content */
};

static enum festore_error gather_content(struct festore *fs, struct evidence *evidence)
{
	struct bytes_entry *entry = &evidence->entry;

	if (entry->content_len > FESTORE_SEALED_LEN(FESTORE_VAULT_FILE_MAX))
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	evidence->sealed = malloc(entry->content_len + 1);
	if (!evidence->sealed)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	return bytes_read_content(
		fs->vault->bytes, entry, 0, evidence->sealed, entry->content_len, &fs->failure);
}

static enum festore_error gather(struct festore *fs, const struct reading *reading,
	const uint8_t locator[FESTORE_HASH], struct evidence *evidence)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_read_state(bytes, &evidence->state, &fs->failure);

	if (error == FESTORE_OK)
		error = bytes_read_path(bytes, locator, &evidence->path, &fs->failure);
	if (error == FESTORE_OK)
		error = bytes_read_entry(bytes, locator, &evidence->entry, &fs->failure);
	/* That there is none, the path is to prove. */
	if (error == FESTORE_NOT_FOUND) {
		memset(&evidence->entry, 0, sizeof(evidence->entry));
		return FESTORE_OK;
	}
	if (error != FESTORE_OK)
		return error;
	if (evidence->entry.record_len > sizeof(evidence->record))
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	memcpy(evidence->record, evidence->entry.record, evidence->entry.record_len);
	return reading->has_content ? gather_content(fs, evidence) : FESTORE_OK;
}

/* The exchange of a read; what it points to must stay. */
static struct exchange exchange_of_read(struct reading *reading,
	struct festore_vault_request *request, const struct evidence *evidence)
{
	const size_t window = smaller(evidence->entry.content_len, FESTORE_SEALED_WINDOW);
	struct exchange exchange = {
		.command = reading->has_content ? FESTORE_CMD_FILE_GET : FESTORE_CMD_FILE_STAT,
		.request = request,
		.request_len = sizeof(*request),
		.reply = &reading->file,
		.reply_len = sizeof(reading->file),
		.has_send = true,
		.send =
			{
				{&evidence->state, sizeof(evidence->state)},
				{&evidence->path, FESTORE_PATH_LEN(evidence->path.head.count)},
				{evidence->record, evidence->entry.record_len},
				{evidence->sealed, evidence->sealed ? window : 0},
			},
		.receive_at = reading->has_content ? 3 : 0,
		.receive_room = smaller(window, FESTORE_WINDOW),
	};

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request->parts[i] = (uint32_t)exchange.send[i].len;
	return exchange;
}

/* Takes in a window of content that the TA has opened. */
static enum festore_error take_window(
	struct festore *fs, struct reading *reading, const struct exchange *exchange)
{
	if (reading->file.size > FESTORE_VAULT_FILE_MAX ||
		exchange->received_len !=
			smaller(reading->file.size - reading->done, FESTORE_WINDOW))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	if (!reading->content)
		reading->content = malloc((size_t)reading->file.size + 1);
	if (!reading->content)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	memcpy(reading->content + reading->done, exchange->received, exchange->received_len);
	reading->done += exchange->received_len;
	return FESTORE_OK;
}

/* The windows after the first. */
static enum festore_error read_on(
	struct festore *fs, struct reading *reading, const struct evidence *evidence)
{
	struct festore_vault_request request = vault_request(reading->tag, FESTORE_WIRE_FILE);
	enum festore_error error = FESTORE_OK;
	size_t at = FESTORE_SEALED_WINDOW;

	request.base.flags = FESTORE_WIRE_CONTINUE;
	while (error == FESTORE_OK && reading->done < reading->file.size) {
		const size_t len = smaller(reading->file.size - reading->done, FESTORE_WINDOW);
		const size_t sealed_len = (size_t)FESTORE_SEALED_LEN(len);
		struct exchange exchange = {
			.command = FESTORE_CMD_FILE_GET,
			.request = &request,
			.request_len = sizeof(request),
			.reply = &reading->file,
			.reply_len = sizeof(reading->file),
			.has_send = true,
			.send = {[FESTORE_PART_CONTENT] = {evidence->sealed + at, sealed_len}},
			.receive_at = 3,
			.receive_room = len,
		};

		if (sealed_len > evidence->entry.content_len - at)
			return failure_set(
				&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
		error = handle_progress(fs, reading->done, reading->file.size);
		if (error != FESTORE_OK)
			return error;
		request.parts[FESTORE_PART_CONTENT] = (uint32_t)sealed_len;
		error = session_call(fs->session, &exchange, &fs->failure);
		if (error == FESTORE_OK)
			error = take_window(fs, reading, &exchange);
		at += sealed_len;
	}
	return error;
}

static enum festore_error read_one(struct festore *fs, void *arg)
{
	struct reading *reading = arg;
	struct festore_vault_request request = vault_request(reading->tag, FESTORE_WIRE_FILE);
	uint8_t locator[FESTORE_HASH];
	struct evidence evidence = {0};
	struct exchange exchange;
	enum festore_error error = locate(fs, reading->tag, locator);

	if (error == FESTORE_OK)
		error = gather(fs, reading, locator, &evidence);
	if (error != FESTORE_OK)
		goto out;

	/* From here on nothing of the database is needed. */
	bytes_end_read(fs->vault->bytes);
	exchange = exchange_of_read(reading, &request, &evidence);
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK && reading->has_content)
		error = take_window(fs, reading, &exchange);
	if (error == FESTORE_OK && reading->has_content)
		error = read_on(fs, reading, &evidence);
out:
	free(evidence.sealed);
	if (error != FESTORE_OK) {
		festore_content_free(reading->content, reading->done);
		reading->content = NULL;
		reading->done = 0;
	}
	return error;
}

static enum festore_error read_tag(struct festore *fs, struct reading *reading)
{
	enum festore_error error = vault_ready(fs, false);

	/* Where there is no vault there is no tag. */
	if (error == FESTORE_NOT_FOUND)
		return failure_set(&fs->failure, error, "there is no such tag");
	return error == FESTORE_OK ? vault_read_current(fs, read_one, reading) : error;
}

static enum festore_error vault_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len)
{
	struct reading reading = {.tag = tag, .has_content = true};
	enum festore_error error = read_tag(fs, &reading);

	if (error != FESTORE_OK)
		return error;
	if (fs->progress && reading.file.size > FESTORE_WINDOW)
		fs->progress(reading.done, reading.file.size, fs->progress_arg);
	*ret_content = reading.content;
	*ret_content_len = reading.done;
	return FESTORE_OK;
}

static enum festore_error vault_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info)
{
	struct reading reading = {.tag = tag};
	enum festore_error error = read_tag(fs, &reading);

	if (error != FESTORE_OK)
		return error;
	ret_info->tag = tag;
	ret_info->size = reading.file.size;
	ret_info->modified = reading.file.modified;
	return FESTORE_OK;
}

/* --- changing ----------------------------------------------------------------------------------
 */

/* One change of one tag: what it is asked with, and what the TA answers. */
struct change {
	uint32_t command;
	struct festore_vault_request request;
	uint8_t locator[FESTORE_HASH];
	struct festore_vault_state state;
	struct bytes_path path;
	struct part record;  /* REMOVE with KEEP */
	struct part content; /* PUT */

	struct festore_vault_change reply;
	uint8_t hashes[FESTORE_PATH_MAX + 1][FESTORE_HASH];
	uint8_t new_record[FESTORE_RECORD_MAX];
	uint8_t *sealed; /* malloc'd: all of the new content */
	size_t sealed_len;
	struct festore_vault_state proposal;
};

static struct change *change_new(uint32_t command, const char *tag)
{
	struct change *change = calloc(1, sizeof(*change));

	if (!change)
		return NULL;
	change->command = command;
	change->request = vault_request(tag, FESTORE_WIRE_FILE);
	return change;
}

static void change_free(struct change *change)
{
	if (!change)
		return;
	free(change->sealed);
	free(change);
}

/* Splits what came out, which must be exactly what the reply counts. */
static enum festore_error take_change(
	struct festore *fs, struct change *change, const struct exchange *exchange)
{
	const struct festore_vault_change *reply = &change->reply;
	const uint8_t *at = exchange->received;
	const size_t room = exchange->receive_room;

	if (reply->hashes_len > sizeof(change->hashes) || reply->hashes_len % FESTORE_HASH != 0 ||
		reply->record_len > sizeof(change->new_record) || reply->content_len > room ||
		(reply->state_len != 0 && reply->state_len != sizeof(change->proposal)) ||
		exchange->received_len !=
			(size_t)reply->hashes_len + reply->record_len + reply->content_len +
				reply->state_len)
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");

	memcpy(change->hashes, at, reply->hashes_len);
	at += reply->hashes_len;
	memcpy(change->new_record, at, reply->record_len);
	at += reply->record_len;
	if (reply->content_len != 0)
		memcpy(change->sealed + change->sealed_len, at, reply->content_len);
	change->sealed_len += reply->content_len;
	at += reply->content_len;
	memcpy(&change->proposal, at, reply->state_len);
	return FESTORE_OK;
}

/* Asks the TA for the change; `has_state` and `has_path` say what is presented. */
static enum festore_error ask(
	struct festore *fs, struct change *change, bool has_state, bool has_path)
{
	const size_t path_len = has_path ? FESTORE_PATH_LEN(change->path.head.count) : 0;
	struct exchange exchange = {
		.command = change->command,
		.request = &change->request,
		.request_len = sizeof(change->request),
		.reply = &change->reply,
		.reply_len = sizeof(change->reply),
		.has_send = true,
		.send =
			{
				{&change->state, has_state ? sizeof(change->state) : 0},
				{&change->path, path_len},
				change->record,
				change->content,
			},
		.receive_at = 3,
		.receive_room = ((size_t)change->path.head.count + 1) * FESTORE_HASH +
			FESTORE_RECORD_MAX + (size_t)FESTORE_SEALED_LEN(change->content.len) +
			sizeof(change->proposal),
	};
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		change->request.parts[i] = (uint32_t)exchange.send[i].len;
	error = session_call(fs->session, &exchange, &fs->failure);
	return error == FESTORE_OK ? take_change(fs, change, &exchange) : error;
}

static struct bytes_change tree_change(const struct change *change)
{
	const struct bytes_change tree = {
		.path = &change->path,
		.hashes = (const uint8_t(*)[FESTORE_HASH])change->hashes,
		.hash_count = change->reply.hashes_len / FESTORE_HASH,
	};

	return tree;
}

/* Under the write lock: what is presented with a change. */
static enum festore_error read_presented(struct festore *fs, struct change *change)
{
	enum festore_error error = bytes_read_state(fs->vault->bytes, &change->state, &fs->failure);

	if (error == FESTORE_OK)
		error = bytes_read_path(
			fs->vault->bytes, change->locator, &change->path, &fs->failure);
	return error;
}

/* Writes the proposal, and makes it the vault's state. */
static enum festore_error finish(struct festore *fs, const struct change *last)
{
	enum festore_error error =
		bytes_write_state(fs->vault->bytes, &last->proposal, &fs->failure);

	if (error != FESTORE_OK)
		return vault_give_up(fs, error);
	return vault_commit(fs, &last->proposal);
}

/* Lets the TA seal all windows but the last; no lock is held. */
static enum festore_error seal_pieces(
	struct festore *fs, struct change *change, const uint8_t *content, size_t content_len)
{
	const uint32_t flags = change->request.base.flags;
	const int64_t modified = change->request.base.modified;
	size_t done = 0;
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && content_len - done > FESTORE_WINDOW) {
		error = handle_progress(fs, done, content_len);
		if (error != FESTORE_OK)
			return error;
		change->request.base.flags =
			FESTORE_WIRE_MORE | (done != 0 ? FESTORE_WIRE_CONTINUE : 0);
		change->request.base.modified = 0;
		change->content = (struct part){content + done, FESTORE_WINDOW};
		error = ask(fs, change, false, false);
		done += FESTORE_WINDOW;
	}
	change->request.base.flags = flags | (done != 0 ? FESTORE_WIRE_CONTINUE : 0);
	change->request.base.modified = modified;
	change->content = (struct part){content + done, content_len - done};
	return error;
}

static enum festore_error put_locked(struct festore *fs, struct change *change)
{
	struct bytes_change tree;
	enum festore_error error = read_presented(fs, change);

	if (error == FESTORE_OK)
		error = ask(fs, change, true, true);
	tree = tree_change(change);
	if (error == FESTORE_OK)
		error = bytes_put(fs->vault->bytes, change->locator, &tree, change->new_record,
			change->reply.record_len, change->sealed, change->sealed_len, &fs->failure);
	return error;
}

/* Whether a tag exists is decided under the lock; what shows before need not be sealed at all. */
static enum festore_error refuse_early(
	struct festore *fs, const char *tag, size_t content_len, unsigned int flags)
{
	struct festore_file_info info;
	enum festore_error error = FESTORE_OK;

	if (content_len <= FESTORE_WINDOW || (flags & FESTORE_NO_CLOBBER) == 0)
		return FESTORE_OK;
	error = vault_stat(fs, tag, &info);
	if (error == FESTORE_OK)
		return failure_set(&fs->failure, FESTORE_EXISTS, "the tag exists already");
	return error == FESTORE_NOT_FOUND ? handle_begin(fs) : error;
}

static enum festore_error put_change(struct festore *fs, struct change *change, const char *tag,
	const void *content, size_t content_len)
{
	enum festore_error error = locate(fs, tag, change->locator);

	change->sealed = malloc((size_t)FESTORE_SEALED_LEN(content_len));
	if (!change->sealed)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	if (error == FESTORE_OK)
		error = seal_pieces(fs, change, content, content_len);
	if (error == FESTORE_OK && content_len > FESTORE_WINDOW)
		error = handle_progress(fs, content_len - change->content.len, content_len);
	if (error == FESTORE_OK)
		error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error != FESTORE_OK)
		return vault_give_up(fs, error);
	error = put_locked(fs, change);
	return error == FESTORE_OK ? finish(fs, change) : vault_give_up(fs, error);
}

static uint32_t wire_flags(unsigned int flags)
{
	return (flags & FESTORE_NO_CLOBBER) != 0 ? FESTORE_WIRE_NO_CLOBBER : 0;
}

static enum festore_error vault_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags)
{
	struct change *change = NULL;
	enum festore_error error = vault_ready(fs, true);

	if (error == FESTORE_OK)
		error = refuse_early(fs, tag, content_len, flags);
	if (error != FESTORE_OK)
		return error;
	change = change_new(FESTORE_CMD_FILE_PUT, tag);
	if (!change)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");

	change->request.base.flags = wire_flags(flags);
	change->request.base.modified = time(NULL);
	error = put_change(fs, change, tag, content, content_len);
	change_free(change);
	/* It is stored: too late to cancel, so the answer does not matter. */
	if (error == FESTORE_OK && fs->progress && content_len > FESTORE_WINDOW)
		fs->progress(content_len, content_len, fs->progress_arg);
	return error;
}

/* Begins a change of a tag that must exist already. */
static enum festore_error begin_change(struct festore *fs, struct change *change, const char *tag)
{
	enum festore_error error = vault_ready(fs, false);

	if (error == FESTORE_NOT_FOUND)
		return failure_set(&fs->failure, error, "there is no such tag");
	if (error == FESTORE_OK)
		error = locate(fs, tag, change->locator);
	if (error == FESTORE_OK)
		error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	return error;
}

static enum festore_error remove_locked(struct festore *fs, struct change *change)
{
	struct bytes_change tree;
	enum festore_error error = read_presented(fs, change);

	if (error == FESTORE_OK)
		error = ask(fs, change, true, true);
	tree = tree_change(change);
	if (error == FESTORE_OK)
		error = bytes_remove(fs->vault->bytes, change->locator, &tree, &fs->failure);
	return error;
}

static enum festore_error vault_remove(struct festore *fs, const char *tag)
{
	struct change *change = change_new(FESTORE_CMD_FILE_REMOVE, tag);
	enum festore_error error = FESTORE_OK;

	if (!change)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	error = begin_change(fs, change, tag);
	if (error != FESTORE_OK)
		goto out;
	error = remove_locked(fs, change);
	error = error == FESTORE_OK ? finish(fs, change) : vault_give_up(fs, error);
out:
	change_free(change);
	return error;
}

/* First half of a move: the old tag goes, what it holds stays with the TA and in the database. */
static enum festore_error take_locked(struct festore *fs, struct change *change)
{
	struct bytes_entry entry = {0};
	uint8_t record[FESTORE_RECORD_MAX];
	struct bytes_change tree;
	enum festore_error error = read_presented(fs, change);

	if (error == FESTORE_OK)
		error = bytes_read_entry(fs->vault->bytes, change->locator, &entry, &fs->failure);
	/* That there is none, the path is to prove. */
	if (error == FESTORE_NOT_FOUND) {
		entry.record_len = 0;
		error = FESTORE_OK;
	}
	if (error == FESTORE_OK && entry.record_len > sizeof(record))
		error = failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	if (error != FESTORE_OK)
		return error;
	if (entry.record_len != 0)
		memcpy(record, entry.record, entry.record_len);
	change->record = (struct part){record, entry.record_len};
	change->request.base.flags = FESTORE_WIRE_KEEP | FESTORE_WIRE_BATCH;
	error = ask(fs, change, true, true);
	tree = tree_change(change);
	if (error == FESTORE_OK)
		error = bytes_move_begin(fs->vault->bytes, change->locator, &tree, &fs->failure);
	return error;
}

/* Second half: it gets its new tag. */
static enum festore_error place_locked(
	struct festore *fs, struct change *change, const char *new_tag)
{
	struct bytes_change tree;
	enum festore_error error = locate(fs, new_tag, change->locator);

	if (error == FESTORE_OK)
		error = bytes_read_path(
			fs->vault->bytes, change->locator, &change->path, &fs->failure);
	if (error == FESTORE_OK)
		error = ask(fs, change, false, true);
	tree = tree_change(change);
	if (error == FESTORE_OK)
		error = bytes_move_finish(fs->vault->bytes, change->locator, &tree,
			change->new_record, change->reply.record_len, &fs->failure);
	return error;
}

static enum festore_error vault_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags)
{
	struct change *removal = change_new(FESTORE_CMD_FILE_REMOVE, tag);
	struct change *put = change_new(FESTORE_CMD_FILE_MOVE, new_tag);
	enum festore_error error = FESTORE_OK;

	if (!removal || !put) {
		error = failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
		goto out;
	}
	error = begin_change(fs, removal, tag);
	if (error != FESTORE_OK)
		goto out;
	put->request.base.flags = wire_flags(flags);
	error = take_locked(fs, removal);
	if (error == FESTORE_OK)
		error = place_locked(fs, put, new_tag);
	error = error == FESTORE_OK ? finish(fs, put) : vault_give_up(fs, error);
out:
	change_free(removal);
	change_free(put);
	return error;
}

/* --- listing -----------------------------------------------------------------------------------
 */

/* A list under way. */
struct listing {
	const char *prefix;
	struct collection *all;
	struct festore_vault_state state;
	uint8_t *entries; /* a page of FESTORE_WINDOW bytes */
	size_t len;
	bool is_first;
};

/* Asks the TA for a page of files; it believes none of them before the last page. */
static enum festore_error list_page(struct festore *fs, struct listing *listing, bool is_last)
{
	struct festore_vault_request request = vault_request(listing->prefix, FESTORE_WIRE_FILE);
	const size_t state_len = listing->is_first ? sizeof(listing->state) : 0;
	struct festore_wire_list list = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_FILE_LIST,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &list,
		.reply_len = sizeof(list),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&listing->state, state_len},
			[FESTORE_PART_RECORD] = {listing->entries, listing->len}},
		.receive_at = 3,
		.receive_room = FESTORE_WINDOW,
	};
	enum festore_error error = FESTORE_OK;

	request.base.flags =
		(listing->is_first ? 0 : FESTORE_WIRE_CONTINUE) | (is_last ? 0 : FESTORE_WIRE_MORE);
	request.parts[FESTORE_PART_STATE] = (uint32_t)state_len;
	request.parts[FESTORE_PART_RECORD] = (uint32_t)listing->len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK)
		error = collection_add_page(listing->all, exchange.received, exchange.received_len,
			list.count, &fs->failure);
	listing->all->damaged += list.damaged;
	listing->is_first = false;
	listing->len = 0;
	return error;
}

static enum festore_error list_entry(
	struct festore *fs, struct listing *listing, const struct bytes_entry *entry)
{
	struct festore_vault_listed listed = {.record_len = (uint32_t)entry->record_len};
	size_t room = 0;
	enum festore_error error = FESTORE_OK;

	if (entry->record_len < sizeof(struct festore_vault_record) ||
		entry->record_len > FESTORE_RECORD_MAX)
		return failure_set(&fs->failure, FESTORE_DAMAGED, "the stored bytes are damaged");
	room = FESTORE_LISTED_ROOM(entry->record_len);
	if (room > FESTORE_WINDOW - listing->len)
		error = list_page(fs, listing, false);
	if (error != FESTORE_OK)
		return error;

	memcpy(listed.locator, entry->locator, sizeof(listed.locator));
	memset(listing->entries + listing->len, 0, room);
	memcpy(listing->entries + listing->len, &listed, sizeof(listed));
	memcpy(listing->entries + listing->len + sizeof(listed), entry->record, entry->record_len);
	listing->len += room;
	return FESTORE_OK;
}

static enum festore_error list_entries(struct festore *fs, struct listing *listing)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = bytes_list_begin(bytes, &fs->failure);

	while (error == FESTORE_OK) {
		struct bytes_entry entry = {0};

		error = bytes_list_next(bytes, &entry, &fs->failure);
		if (error == FESTORE_OK)
			error = list_entry(fs, listing, &entry);
	}
	bytes_list_end(bytes);
	return error == FESTORE_NOT_FOUND ? list_page(fs, listing, true) : error;
}

static enum festore_error list_all(struct festore *fs, void *arg)
{
	struct listing *listing = arg;
	enum festore_error error =
		bytes_read_state(fs->vault->bytes, &listing->state, &fs->failure);

	listing->all->count = 0;
	listing->all->damaged = 0;
	listing->len = 0;
	listing->is_first = true;
	return error == FESTORE_OK ? list_entries(fs, listing) : error;
}

static enum festore_error vault_collect(
	struct festore *fs, const char *prefix, struct collection *all)
{
	struct listing listing = {.prefix = prefix, .all = all};
	enum festore_error error = vault_ready(fs, false);

	/* Where there is no vault there are no files. */
	if (error == FESTORE_NOT_FOUND)
		return handle_begin(fs);
	if (error != FESTORE_OK)
		return error;
	listing.entries = malloc(FESTORE_WINDOW);
	if (!listing.entries)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	error = vault_read_current(fs, list_all, &listing);
	free(listing.entries);
	return error;
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
	return FESTORE_OK;
}

const struct operations vault_operations = {
	.size_max = FESTORE_VAULT_SIZE_MAX,
	.put = vault_put,
	.get = vault_get,
	.stat = vault_stat,
	.remove = vault_remove,
	.move = vault_move,
	.collect = vault_collect,
	.describe = vault_describe,
};
