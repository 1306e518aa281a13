/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes: each is proven against the working root, folded into a new one, and the last of a batch
 * becomes a proposal. Any error ends the batch; the state of the vault is never changed here.
 */
#include "change.h"

#include "buffer.h"
#include "fresh.h"
#include "log.h"
#include "opened.h"
#include "read.h"
#include "tag_policy.h"

#include <string.h>

/* Where a change writes: its parts one after another, counted before anything is written. */
struct output {
	uint8_t (*hashes)[FESTORE_HASH]; /* private, room for one more than the path has steps */
	size_t hashes_room;
	unsigned int hash_count;
	uint8_t record[FESTORE_RECORD_MAX];
	size_t record_len;
	size_t content_len;
	struct festore_vault_state state;
	size_t state_len;
	const void *more; /* what the client is to keep with the state; or NULL */
	size_t more_len;
};

/* One change under way. */
struct change {
	struct call *call;
	struct opened *opened;
	struct slot *slot;
	uint8_t locator[FESTORE_HASH];
	struct path path;
	enum tree_found found;
	uint8_t root[FESTORE_HASH];     /* the new one */
	uint8_t log_head[FESTORE_HASH]; /* of the new state */
	uint8_t header[FESTORE_HASH];   /* hash of its header, if that is another one */
	bool has_header;
	const struct festore_vault_header *new_header; /* of change_header() */
	uint64_t count;
	struct fresh fresh;
	struct log *log; /* or NULL */
	struct output out;
};

static TEE_Result draw_for_change(struct change *change)
{
	struct unlike unlike = {
		.version = change->opened->work.version,
		.modified = change->call->modified,
	};

	memcpy(unlike.locator, change->locator, sizeof(unlike.locator));
	return fresh_draw(&change->slot->keys, &unlike, &change->fresh);
}

static bool is_last_of_batch(const struct change *change)
{
	return (change->call->flags & FESTORE_WIRE_BATCH) == 0;
}

/* The log goes on where the batch has left it, with what was refused if this makes a state. */
static TEE_Result begin_log(struct change *change)
{
	const struct work *work = &change->opened->work;
	TEE_Result res = TEE_SUCCESS;

	/* Without a log, of what the last note has said. */
	memcpy(change->log_head, change->slot->state.log_head, sizeof(change->log_head));
	if (!work->log)
		return res;
	res = log_begin(change->call, &change->slot->state, work->log->head, &change->log);
	if (res != TEE_SUCCESS)
		return res;
	log_is_of(change->log, change->slot->state.epoch, work->version);
	return is_last_of_batch(change) ? refusals_tell(change->log, change->slot) : TEE_SUCCESS;
}

static TEE_Result log_act(struct change *change, enum festore_log_act act)
{
	return log_item(change->log, act, change->call->kind, &change->call->tag);
}

/* Reads and proves the path of the call's tag. */
static TEE_Result change_begin(struct call *call, struct change *change)
{
	TEE_Result res = TEE_SUCCESS;

	change->call = call;
	change->opened = opened_of(call);
	change->slot = change->opened->slot;
	res = opened_check_proven(change->opened);
	if (res == TEE_SUCCESS)
		res = opened_work(change->opened, call);
	if (res == TEE_SUCCESS)
		res = record_locator(&change->slot->keys, call->kind, &call->tag, change->locator);
	if (res == TEE_SUCCESS)
		res = path_read(call, &change->path);
	if (res != TEE_SUCCESS)
		return res;

	change->found = path_prove(
		&change->path, change->slot->vault, change->opened->work.root, change->locator);
	if (change->found == TREE_INVALID)
		return TEE_ERROR_CORRUPT_OBJECT;
	change->count = change->opened->work.count;
	res = begin_log(change);
	if (res == TEE_SUCCESS)
		res = draw_for_change(change);
	if (res != TEE_SUCCESS)
		return res;
	change->out.hashes_room = ((size_t)change->path.head.count + 1) * FESTORE_HASH;
	change->out.hashes = TEE_Malloc(change->out.hashes_room, TEE_MALLOC_FILL_ZERO);
	return change->out.hashes ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

/* Frees what a change has; if it failed, the batch and the transfer are over. */
static TEE_Result change_end(struct change *change, TEE_Result res)
{
	path_free(&change->path);
	TEE_Free(change->out.hashes);
	log_end(change->log, res);
	TEE_MemFill(&change->fresh, 0, sizeof(change->fresh));
	if (res != TEE_SUCCESS) {
		work_end(&change->opened->work);
		stream_end(&change->opened->stream);
	}
	return res;
}

/* The new leaf in its place. */
static void place_leaf(struct change *change, const struct festore_vault_leaf *leaf)
{
	change->out.hash_count =
		tree_put(path_as_tree(&change->path), leaf, change->out.hashes, change->root);
	if (change->found == TREE_ABSENT)
		change->count++;
}

static size_t output_len(const struct output *out)
{
	return (size_t)out->hash_count * FESTORE_HASH + out->record_len + out->content_len +
		out->state_len + out->more_len;
}

/*
 * The new root is known: checks that all of the output has room and then, if this is the batch's
 * last change, makes the proposal. A change that is refused proposes nothing.
 */
static TEE_Result propose(struct change *change)
{
	struct festore_vault_state *state = &change->out.state;
	const bool is_last = is_last_of_batch(change);
	TEE_Result res = log_finish(change->log, change->log_head);

	if (res != TEE_SUCCESS)
		return res;
	change->out.state_len = is_last ? sizeof(*state) : 0;
	if (change->call->out_size - log_len(change->log) < output_len(&change->out))
		return TEE_ERROR_SHORT_BUFFER;
	if (!is_last)
		return TEE_SUCCESS;
	state->version = change->opened->work.version;
	state->count = change->count;
	memcpy(state->root, change->root, sizeof(state->root));
	memcpy(state->nonce, change->fresh.nonce, sizeof(state->nonce));
	memcpy(state->log_head, change->log_head, sizeof(state->log_head));
	res = slot_propose(change->slot, change->opened->work.base,
		change->has_header ? change->header : NULL, state);
	if (res == TEE_SUCCESS)
		refusals_are_in(change->slot, state->mac);
	return res;
}

/* Writes all but the content, which is there already; the session moves on. */
static void commit_output(struct change *change)
{
	const struct output *out = &change->out;
	struct festore_vault_change *reply = &change->call->reply.change;
	struct opened *opened = change->opened;
	uint8_t *to = change->call->out;

	reply->version = opened->work.version;
	reply->hashes_len = (uint32_t)(out->hash_count * FESTORE_HASH);
	reply->record_len = (uint32_t)out->record_len;
	reply->content_len = (uint32_t)out->content_len;
	reply->state_len = (uint32_t)out->state_len;

	/* A change may have nothing to say, and its client no memory: not a matter for memcpy(). */
	TEE_MemMove(to, out->hashes, reply->hashes_len);
	TEE_MemMove(to + reply->hashes_len, out->record, out->record_len);
	TEE_MemMove(
		to + output_len(out) - out->more_len - out->state_len, &out->state, out->state_len);
	TEE_MemMove(to + output_len(out) - out->more_len, out->more, out->more_len);
	change->call->out_used = output_len(out);
	log_give(change->log);

	if (out->state_len != 0) {
		grant_end(opened);
		opened->proposal = out->state;
		opened->fate = FATE_PENDING;
		opened->is_recovery = false;
		work_end(&opened->work);
		return;
	}
	memcpy(opened->work.root, change->root, sizeof(opened->work.root));
	if (opened->work.log)
		memcpy(opened->work.log->head, change->log_head, sizeof(change->log_head));
	opened->work.count = change->count;
}

/* What is there now; NULL: nothing. */
static const struct festore_vault_leaf *old_leaf(const struct change *change)
{
	return change->found == TREE_PRESENT ? &change->path.head.leaf : NULL;
}

/* Seals metadata for the change's place, whatever is there, and folds it in. */
static TEE_Result seal_record(
	struct change *change, const struct meta *meta, enum festore_log_act act)
{
	const struct record_place place = {
		.keys = &change->slot->keys,
		.vault = change->slot->vault,
		.locator = change->locator,
	};
	struct festore_vault_leaf leaf;
	TEE_Result res = TEE_SUCCESS;

	change->out.record_len = record_len(meta->tag.len);
	tag_policy_mark(&meta->policy, change->fresh.salt);
	res = record_seal(&place, meta, change->opened->work.version, change->fresh.salt,
		change->out.record, &leaf);
	if (res != TEE_SUCCESS)
		return res;
	place_leaf(change, &leaf);
	res = log_act(change, act);
	return res == TEE_SUCCESS ? propose(change) : res;
}

/* The same of a place that may have to be free, or that its policy keeps. */
static TEE_Result place_record(
	struct change *change, const struct meta *meta, enum festore_log_act act)
{
	TEE_Result res = TEE_SUCCESS;

	if (change->found == TREE_PRESENT && (change->call->flags & FESTORE_WIRE_NO_CLOBBER) != 0)
		return TEE_ERROR_ACCESS_CONFLICT;
	res = tag_policy_check_old(change->call, old_leaf(change));
	return res == TEE_SUCCESS ? seal_record(change, meta, act) : res;
}

/* A content that this session begins to write, under a fresh key. */
static void stream_begin(
	const struct call *call, struct stream *stream, const uint8_t key[FESTORE_HASH])
{
	stream_end(stream);
	stream->aead = opened_of(call)->slot->keys.aead;
	stream->kind = call->kind;
	memcpy(stream->key, key, sizeof(stream->key));
	stream->is_writing = true;
}

/* The session goes on with a put of `len` more bytes, or begins one with this key. */
static TEE_Result stream_for_put(
	const struct call *call, struct stream *stream, const uint8_t key[FESTORE_HASH], size_t len)
{
	if ((call->flags & FESTORE_WIRE_CONTINUE) == 0) {
		stream_begin(call, stream, key);
		return TEE_SUCCESS;
	}
	/* What was sealed as a key must not get a file's name, which would give it out; what was
	 * appended belongs to its tag. */
	if (!stream->is_writing || stream->kind != call->kind || stream->old)
		return TEE_ERROR_BAD_STATE;
	/* What goes on has something to say, unless all was said. */
	if (stream->is_complete != (len == 0))
		return TEE_ERROR_BAD_PARAMETERS;
	return len <= FESTORE_VAULT_FILE_MAX - stream->done ? TEE_SUCCESS : TEE_ERROR_EXCESS_DATA;
}

/* The key of a content whose change comes later. */
static TEE_Result draw_for_piece(const struct call *call, struct fresh *ret_fresh)
{
	const struct slot *slot = opened_of(call)->slot;
	struct unlike unlike = {.version = slot->last_version, .modified = call->modified};
	TEE_Result res = record_locator(&slot->keys, call->kind, &call->tag, unlike.locator);

	return res == TEE_SUCCESS ? fresh_draw(&slot->keys, &unlike, ret_fresh) : res;
}

TEE_Result change_begin_content(const struct call *call, struct stream *stream)
{
	struct fresh fresh = {0};
	const TEE_Result res = draw_for_piece(call, &fresh);

	if (res == TEE_SUCCESS)
		stream_begin(call, stream, fresh.content_key);
	TEE_MemFill(&fresh, 0, sizeof(fresh));
	return res;
}

/* A piece before the path comes: sealed and given out, no more. */
static TEE_Result put_piece(struct call *call)
{
	struct opened *opened = opened_of(call);
	const size_t len = call->part_len[FESTORE_PART_CONTENT];
	const bool is_last = (call->flags & FESTORE_WIRE_LAST) != 0;
	struct fresh fresh = {0};
	TEE_Result res = opened_check_proven(opened);

	if (res != TEE_SUCCESS)
		return res;
	/* Those that something follows have whole chunks. */
	if ((!is_last && len != FESTORE_WINDOW) || call->window_size != len)
		return TEE_ERROR_BAD_PARAMETERS;
	if (call->out_size < content_sealed_len(len))
		return TEE_ERROR_SHORT_BUFFER;
	if ((call->flags & FESTORE_WIRE_CONTINUE) == 0)
		res = draw_for_piece(call, &fresh);
	if (res == TEE_SUCCESS)
		res = stream_for_put(call, &opened->stream, fresh.content_key, len);
	TEE_MemFill(&fresh, 0, sizeof(fresh));
	if (res == TEE_SUCCESS && opened->stream.is_complete)
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS)
		res = content_write(&opened->stream, call->parts[FESTORE_PART_CONTENT], len,
			is_last, call->out);
	if (res != TEE_SUCCESS) {
		stream_end(&opened->stream);
		return res;
	}
	opened->stream.is_complete = is_last;
	call->reply.change.content_len = (uint32_t)content_sealed_len(len);
	call->out_used = content_sealed_len(len);
	return TEE_SUCCESS;
}

/* What the log is to say of a put. */
static enum festore_log_act act_of_put(const struct change *change)
{
	if (change->call->kind == FESTORE_WIRE_KEY)
		return change->opened->stream.is_imported ? FESTORE_LOG_IMPORTED : FESTORE_LOG_MADE;
	return change->found == TREE_PRESENT ? FESTORE_LOG_REPLACED : FESTORE_LOG_PUT;
}

/* The last piece, or the only one, or none after all were sealed: with the path, it is the change.
 */
static TEE_Result put_last(struct change *change)
{
	struct call *call = change->call;
	struct stream *stream = &change->opened->stream;
	const size_t len = call->part_len[FESTORE_PART_CONTENT];
	struct meta meta = {.kind = call->kind, .tag = call->tag, .modified = call->modified};
	TEE_Result res = stream_for_put(call, stream, change->fresh.content_key, len);

	if (res == TEE_SUCCESS)
		res = tag_policy_of_call(call, &meta.policy);
	if (res != TEE_SUCCESS)
		return res;

	meta.size = stream->done + len;
	meta.key_type = stream->key_type;
	meta.key_use = stream->key_use;
	memcpy(meta.content_key, stream->key, sizeof(meta.content_key));
	change->out.content_len = stream->is_complete ? 0 : content_sealed_len(len);
	res = place_record(change, &meta, act_of_put(change));
	TEE_MemFill(&meta, 0, sizeof(meta));
	if (res == TEE_SUCCESS && !stream->is_complete)
		res = content_write(stream, call->parts[FESTORE_PART_CONTENT], len, true,
			call->out + (size_t)change->out.hash_count * FESTORE_HASH +
				change->out.record_len);
	stream_end(stream);
	return res;
}

TEE_Result change_put(struct call *call)
{
	struct change change = {0};
	TEE_Result res = TEE_SUCCESS;

	if ((call->flags & FESTORE_WIRE_MORE) != 0)
		return put_piece(call);
	if ((call->flags & FESTORE_WIRE_LAST) != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	res = change_begin(call, &change);
	if (res == TEE_SUCCESS)
		res = put_last(&change);
	if (res == TEE_SUCCESS)
		commit_output(&change);
	return change_end(&change, res);
}

/* Opens the record that is about to be removed and keeps what it holds for a MOVE. */
static TEE_Result take(struct change *change)
{
	const struct record_place place = {
		.keys = &change->slot->keys,
		.vault = change->slot->vault,
		.locator = change->locator,
	};
	const size_t len = change->call->part_len[FESTORE_PART_RECORD];
	struct work *work = &change->opened->work;
	uint8_t record[FESTORE_RECORD_MAX] = {0};
	struct festore_vault_leaf leaf;
	uint64_t version = 0;
	TEE_Result res = TEE_SUCCESS;

	if (len < sizeof(struct festore_vault_record) || len > sizeof(record))
		return TEE_ERROR_BAD_PARAMETERS;
	if (work->taken || is_last_of_batch(change))
		return TEE_ERROR_BAD_STATE;
	memcpy(record, change->call->parts[FESTORE_PART_RECORD], len);
	record_leaf(change->locator, record, &leaf);
	if (memcmp(&leaf, &change->path.head.leaf, sizeof(leaf)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;

	work->taken = TEE_Malloc(sizeof(*work->taken), TEE_MALLOC_FILL_ZERO);
	if (!work->taken)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = record_open(&place, record, len, work->taken, &version);
	if (res == TEE_SUCCESS &&
		!record_is_of(work->taken, change->call->kind, &change->call->tag))
		res = TEE_ERROR_CORRUPT_OBJECT;
	return res == TEE_SUCCESS ? tag_policy_lets_go(&work->taken->policy) : res;
}

/* What the path leads to is in the new tree no more. */
static TEE_Result remove_found(struct change *change)
{
	change->out.hash_count = tree_remove(
		change->slot->vault, path_as_tree(&change->path), change->out.hashes, change->root);
	change->count--;
	return propose(change);
}

static TEE_Result remove_leaf(struct change *change)
{
	const bool keeps = (change->call->flags & FESTORE_WIRE_KEEP) != 0;
	TEE_Result res = TEE_SUCCESS;

	if (change->found == TREE_ABSENT)
		return TEE_ERROR_ITEM_NOT_FOUND;
	res = keeps ? take(change) : tag_policy_check_old(change->call, old_leaf(change));
	if (res == TEE_SUCCESS)
		res = log_act(change, keeps ? FESTORE_LOG_MOVED_FROM : FESTORE_LOG_REMOVED);
	return res == TEE_SUCCESS ? remove_found(change) : res;
}

TEE_Result change_remove(struct call *call)
{
	struct change change = {0};
	TEE_Result res = change_begin(call, &change);

	if (res == TEE_SUCCESS)
		res = remove_leaf(&change);
	if (res == TEE_SUCCESS)
		commit_output(&change);
	return change_end(&change, res);
}

/* What was taken from its old tag gets the call's; content and time stay. */
static TEE_Result put_taken(struct change *change)
{
	struct meta *taken = change->opened->work.taken;

	if (!taken || taken->kind != change->call->kind)
		return TEE_ERROR_BAD_STATE;
	taken->tag = change->call->tag;
	return place_record(change, taken, FESTORE_LOG_MOVED_TO);
}

TEE_Result change_move(struct call *call)
{
	struct change change = {0};
	TEE_Result res = change_begin(call, &change);

	if (res == TEE_SUCCESS)
		res = put_taken(&change);
	if (res == TEE_SUCCESS) {
		commit_output(&change);
		buffer_free(
			(uint8_t *)change.opened->work.taken, sizeof(*change.opened->work.taken));
		change.opened->work.taken = NULL;
	}
	return change_end(&change, res);
}

/* What is there now. */
static TEE_Result open_old(struct change *change, struct meta *ret_meta)
{
	const struct festore_vault_leaf *leaf = old_leaf(change);
	uint64_t version = 0;

	if (!leaf)
		return TEE_ERROR_ITEM_NOT_FOUND;
	return read_record(change->call, change->locator, leaf, ret_meta, &version);
}

/* The same, which must have just this policy. */
static TEE_Result open_old_of(struct change *change, uint32_t policy, struct meta *ret_meta)
{
	const TEE_Result res = open_old(change, ret_meta);

	if (res == TEE_SUCCESS && ret_meta->policy.flags != policy)
		return TEE_ERROR_BAD_PARAMETERS;
	return res;
}

/* One use less; all else stays as it is sealed. */
static TEE_Result spend(struct change *change, struct meta *meta)
{
	const TEE_Result res = open_old_of(change, FESTORE_WIRE_LIMITED, meta);

	if (res != TEE_SUCCESS)
		return res;
	if (meta->policy.uses == 0)
		return FESTORE_TA_USES;
	meta->policy.uses--;
	return place_record(change, meta, FESTORE_LOG_USED);
}

TEE_Result change_use(struct call *call)
{
	struct change change = {0};
	struct meta meta = {0};
	TEE_Result res = change_begin(call, &change);

	if (res == TEE_SUCCESS)
		res = spend(&change, &meta);
	if (res == TEE_SUCCESS) {
		commit_output(&change);
		grant_begin(change.opened, meta.content_key);
	}
	TEE_MemFill(&meta, 0, sizeof(meta));
	return change_end(&change, res);
}

/* Its record must say that it is for this. */
static TEE_Result take_away(struct change *change, struct meta *meta)
{
	TEE_Result res = open_old_of(change, FESTORE_WIRE_READ_ONCE, meta);

	if (res == TEE_SUCCESS)
		res = log_act(change, FESTORE_LOG_TAKEN);
	return res == TEE_SUCCESS ? remove_found(change) : res;
}

TEE_Result change_take(struct call *call)
{
	struct change change = {0};
	struct meta meta = {0};
	TEE_Result res = change_begin(call, &change);

	if (res == TEE_SUCCESS)
		res = take_away(&change, &meta);
	if (res == TEE_SUCCESS) {
		struct stream *stream = &change.opened->stream;

		commit_output(&change);
		grant_begin(change.opened, meta.content_key);
		stream->aead = change.slot->keys.aead;
		stream->size = meta.size;
		stream->is_reading = true;
	}
	TEE_MemFill(&meta, 0, sizeof(meta));
	return change_end(&change, res);
}

/*
 * What was sealed anew takes the place of what it was made of. TEE_ERROR_BUSY: that is not there
 * any more. Another content never has the same key.
 */
static TEE_Result extend_old(struct change *change, struct meta *meta)
{
	const struct stream *stream = &change->opened->stream;
	TEE_Result res = open_old(change, meta);

	if (res == TEE_SUCCESS &&
		TEE_MemCompare(meta->content_key, stream->old->key, sizeof(meta->content_key)) != 0)
		res = TEE_ERROR_BUSY;
	if (res == TEE_SUCCESS)
		res = tag_policy_grows(&meta->policy);
	if (res != TEE_SUCCESS)
		return res;
	meta->size = stream->done;
	meta->modified = change->call->modified;
	memcpy(meta->content_key, stream->key, sizeof(meta->content_key));
	return seal_record(change, meta, FESTORE_LOG_APPENDED);
}

TEE_Result change_append(struct call *call)
{
	struct change change = {0};
	struct meta meta = {0};
	TEE_Result res = change_begin(call, &change);

	if (res == TEE_SUCCESS &&
		(!change.opened->stream.old || !change.opened->stream.is_complete))
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS &&
		call->part_len[FESTORE_PART_CONTENT] + call->part_len[FESTORE_PART_MESSAGE] != 0)
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS)
		res = extend_old(&change, &meta);
	if (res == TEE_SUCCESS) {
		commit_output(&change);
		stream_end(&change.opened->stream);
	}
	TEE_MemFill(&meta, 0, sizeof(meta));
	return change_end(&change, res);
}

TEE_Result change_propose(struct call *call)
{
	struct change change = {.call = call, .opened = opened_of(call)};
	struct work *work = &change.opened->work;
	TEE_Result res = opened_check(change.opened);

	if (res != TEE_SUCCESS)
		return res;
	change.slot = change.opened->slot;
	if (!work_is_active(work))
		return TEE_ERROR_BAD_STATE;
	/* What was taken from its tag has to be placed. */
	if (work->taken)
		res = TEE_ERROR_BAD_STATE;
	else if (memcmp(work->base, change.slot->state.mac, sizeof(work->base)) != 0)
		res = FESTORE_TA_STALE;
	if (res == TEE_SUCCESS)
		res = draw_for_change(&change);
	if (res == TEE_SUCCESS) {
		memcpy(change.root, work->root, sizeof(change.root));
		change.count = work->count;
		res = begin_log(&change);
	}
	if (res == TEE_SUCCESS && work->log && work->log->dropped != 0)
		res = log_entry(change.log, FESTORE_LOG_DROPPED, work->log->dropped, "", 0);
	if (res == TEE_SUCCESS)
		res = propose(&change);
	if (res == TEE_SUCCESS)
		commit_output(&change);
	return change_end(&change, res);
}

/* The note that the state names by its hash. */
static TEE_Result read_named_note(const struct change *change, struct festore_vault_note *ret_note)
{
	uint8_t hash[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (change->call->part_len[FESTORE_PART_MESSAGE] != sizeof(*ret_note))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(ret_note, change->call->parts[FESTORE_PART_MESSAGE], sizeof(*ret_note));
	res = seal_hash(ret_note, sizeof(*ret_note), hash);
	if (res != TEE_SUCCESS)
		return res;
	return memcmp(hash, change->slot->state.log_head, sizeof(hash)) == 0
		? TEE_SUCCESS
		: TEE_ERROR_CORRUPT_OBJECT;
}

/* The note in an entry of the log; its number is the state's. */
static TEE_Result read_logged_note(const struct change *change, struct festore_vault_note *ret_note)
{
	const struct call *call = change->call;
	struct log_text text = {0};
	struct festore_log_head head;
	size_t len = 0;
	TEE_Result res = log_open(change->slot, call->parts[FESTORE_PART_MESSAGE],
		call->part_len[FESTORE_PART_MESSAGE], &text, &len);

	memcpy(&head, change->slot->state.log_head, sizeof(head));
	if (res == TEE_SUCCESS && len != call->part_len[FESTORE_PART_MESSAGE])
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res != TEE_SUCCESS)
		return res;
	memcpy(ret_note, text.body, sizeof(*ret_note));
	return text.entry.what == FESTORE_LOG_RECOVERED && head.unseen == 1 &&
			ret_note->number == head.notes
		? TEE_SUCCESS
		: TEE_ERROR_CORRUPT_OBJECT;
}

/* The note that the change says was seen, with the time of that. */
static TEE_Result see_note(struct change *change, struct festore_vault_note *ret_note)
{
	TEE_Time now = {0};
	TEE_Result res = change->log ? read_logged_note(change, ret_note)
				     : read_named_note(change, ret_note);

	if (res != TEE_SUCCESS)
		return res;
	TEE_GetREETime(&now);
	ret_note->seen_at = now.seconds;
	return change->log ? log_note(change->log, FESTORE_LOG_SEEN, ret_note, change->log_head)
			   : seal_hash(ret_note, sizeof(*ret_note), change->log_head);
}

/* Proposes a state with the current one's tree; behind it comes what is to be kept with it. */
static TEE_Result propose_with(struct change *change, const void *bytes, size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	change->out.more = bytes;
	change->out.more_len = len;
	res = propose(change);
	if (res == TEE_SUCCESS)
		commit_output(change);
	return res;
}

/* Where there is a log, the entry has the note. */
static TEE_Result note_seen(struct change *change)
{
	struct festore_vault_note note = {0};
	const TEE_Result res = see_note(change, &note);

	if (res != TEE_SUCCESS)
		return res;
	return change->log ? propose_with(change, NULL, 0)
			   : propose_with(change, &note, sizeof(note));
}

/* What the first entry that stays has behind it; all of the log, if none is to stay. */
static TEE_Result let_go(struct change *change)
{
	const struct call *call = change->call;
	const size_t given = call->part_len[FESTORE_PART_RECORD];
	struct festore_log_head last;
	struct log_text text = {0};
	size_t len = 0;
	TEE_Result res = TEE_SUCCESS;

	memcpy(&last, change->slot->state.log_head, sizeof(last));
	if (given != 0) {
		res = log_open(change->slot, call->parts[FESTORE_PART_RECORD], given, &text, &len);
		if (res == TEE_SUCCESS && len != given)
			res = TEE_ERROR_BAD_PARAMETERS;
		if (res == TEE_SUCCESS && text.entry.number > last.number)
			res = TEE_ERROR_CORRUPT_OBJECT;
		last = text.entry.before;
	}
	if (res == TEE_SUCCESS && last.number == 0)
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS)
		res = log_entry(change->log, FESTORE_LOG_CHECKPOINT, 1, &last, sizeof(last));
	return res == TEE_SUCCESS ? propose_with(change, NULL, 0) : res;
}

/* Another header, of which the log tells no more than that. */
static TEE_Result exchange_header(struct change *change)
{
	TEE_Result res = seal_hash(change->new_header, sizeof(*change->new_header), change->header);

	change->has_header = true;
	if (res == TEE_SUCCESS)
		res = log_entry(change->log, FESTORE_LOG_HEADER, 1, "", 0);
	return res == TEE_SUCCESS
		? propose_with(change, change->new_header, sizeof(*change->new_header))
		: res;
}

/* A change of nothing that is in the tree, and not in a batch. */
static TEE_Result begin_alone(struct change *change)
{
	const struct work *work = &change->opened->work;
	TEE_Result res = opened_check_proven(change->opened);

	if (res != TEE_SUCCESS)
		return res;
	change->slot = change->opened->slot;
	if (work_is_active(work))
		return TEE_ERROR_BAD_STATE;
	res = opened_work(change->opened, change->call);
	if (res != TEE_SUCCESS)
		return res;
	memcpy(change->root, work->root, sizeof(change->root));
	change->count = work->count;
	res = begin_log(change);
	return res == TEE_SUCCESS ? draw_for_change(change) : res;
}

TEE_Result change_noted(struct call *call)
{
	struct change change = {.call = call, .opened = opened_of(call)};
	TEE_Result res = begin_alone(&change);

	if (res == TEE_SUCCESS)
		res = note_seen(&change);
	return change_end(&change, res);
}

TEE_Result change_log_prune(struct call *call)
{
	struct change change = {.call = call, .opened = opened_of(call)};
	TEE_Result res = begin_alone(&change);

	if (res == TEE_SUCCESS && !change.log)
		res = TEE_ERROR_NOT_SUPPORTED;
	if (res == TEE_SUCCESS)
		res = let_go(&change);
	return change_end(&change, res);
}

TEE_Result change_header(struct call *call, const struct festore_vault_header *header)
{
	struct change change = {
		.call = call,
		.opened = opened_of(call),
		.new_header = header,
	};
	TEE_Result res = begin_alone(&change);

	if (res == TEE_SUCCESS)
		res = exchange_header(&change);
	return change_end(&change, res);
}
