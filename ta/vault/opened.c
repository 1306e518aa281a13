/* SPDX-License-Identifier: BSD-2-Clause */
/* The *vault* TA's part of a session, and the parts of requests that several handlers read. */
#include "opened.h"

#include "buffer.h"

#include <string.h>

const size_t session_len = sizeof(struct opened);

/* It begins with its session. */
static struct opened *opened_at(struct session *session)
{
	return (struct opened *)(void *)session;
}

struct opened *opened_of(const struct call *call)
{
	return opened_at(call->session);
}

TEE_Result opened_check(const struct opened *opened)
{
	if (!opened->slot)
		return TEE_ERROR_BAD_STATE;
	if ((opened->slot->kind != SLOT_LIVE &&
		    !(opened->is_unproven && opened->slot->kind == SLOT_KNOWN)) ||
		memcmp(opened->vault, opened->slot->vault, sizeof(opened->vault)) != 0)
		return FESTORE_TA_DESTROYED;
	return TEE_SUCCESS;
}

TEE_Result opened_check_proven(const struct opened *opened)
{
	const TEE_Result res = opened_check(opened);

	if (res != TEE_SUCCESS)
		return res;
	return opened->is_unproven ? FESTORE_TA_UNPROVEN : TEE_SUCCESS;
}

const struct festore_vault_state *opened_state(const struct opened *opened)
{
	return opened->is_unproven ? &opened->proposal : &opened->slot->state;
}

TEE_Result opened_present(struct opened *opened, const struct call *call)
{
	struct festore_vault_state state;

	if (call->part_len[FESTORE_PART_STATE] != sizeof(state))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&state, call->parts[FESTORE_PART_STATE], sizeof(state));
	if (opened->is_unproven)
		return TEE_MemCompare(&state, &opened->proposal, sizeof(state)) == 0
			? TEE_SUCCESS
			: FESTORE_TA_STALE;
	return slot_present(opened->slot, &state);
}

TEE_Result work_begin_log(struct work *work, const struct festore_vault_state *state)
{
	if ((state->anchor & FESTORE_ANCHOR_LOG) == 0)
		return TEE_SUCCESS;
	work->log = TEE_Malloc(sizeof(*work->log), TEE_MALLOC_FILL_ZERO);
	if (!work->log)
		return TEE_ERROR_OUT_OF_MEMORY;
	memcpy(work->log->head, state->log_head, sizeof(work->log->head));
	return TEE_SUCCESS;
}

TEE_Result opened_work(struct opened *opened, const struct call *call)
{
	struct work *work = &opened->work;
	TEE_Result res = TEE_SUCCESS;

	if (!work_is_active(work)) {
		res = opened_present(opened, call);
		if (res != TEE_SUCCESS)
			return res;
		memcpy(work->base, opened->slot->state.mac, sizeof(work->base));
		memcpy(work->root, opened->slot->state.root, sizeof(work->root));
		work->version = slot_next_version(opened->slot);
		work->count = opened->slot->state.count;
		return work_begin_log(work, &opened->slot->state);
	}
	if (call->part_len[FESTORE_PART_STATE] != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	return memcmp(work->base, opened->slot->state.mac, sizeof(work->base)) == 0
		? TEE_SUCCESS
		: FESTORE_TA_STALE;
}

void slot_has_advanced(const struct slot *slot)
{
	for (struct session *s = session_first(); s; s = s->next) {
		struct opened *opened = opened_at(s);

		if (opened->slot != slot || opened->fate != FATE_PENDING)
			continue;
		opened->fate = memcmp(opened->proposal.mac, slot->state.mac, FESTORE_HASH) == 0
			? FATE_ACCEPTED
			: FATE_LOST;
	}
}

void opened_end_decryption(struct opened *opened)
{
	if (!opened->decryption)
		return;
	decryption_end(opened->decryption);
	TEE_Free(opened->decryption);
	opened->decryption = NULL;
}

void grant_begin(struct opened *opened, const uint8_t content_key[FESTORE_HASH])
{
	struct stream *stream = &opened->stream;

	stream_end(stream);
	memcpy(stream->key, content_key, sizeof(stream->key));
	stream->is_granted = true;
}

bool grant_is_good(const struct opened *opened)
{
	return opened->fate == FATE_ACCEPTED;
}

TEE_Result grant_take(struct opened *opened, const uint8_t content_key[FESTORE_HASH])
{
	const struct stream *stream = &opened->stream;

	if (!stream->is_granted || !grant_is_good(opened))
		return FESTORE_TA_USES;
	if (TEE_MemCompare(stream->key, content_key, sizeof(stream->key)) != 0)
		return FESTORE_TA_USES;
	grant_end(opened);
	return TEE_SUCCESS;
}

void grant_end(struct opened *opened)
{
	if (opened->stream.is_granted)
		stream_end(&opened->stream);
}

bool work_is_active(const struct work *work)
{
	return work->version != 0;
}

void work_end(struct work *work)
{
	buffer_free((uint8_t *)work->taken, sizeof(*work->taken));
	TEE_Free(work->log);
	TEE_MemFill(work, 0, sizeof(*work));
}

void listing_end(struct opened *opened)
{
	if (!opened->listing)
		return;
	TEE_Free(opened->listing->build.sides);
	if (opened->listing->pruning)
		TEE_Free(opened->listing->pruning->kept.sides);
	TEE_Free(opened->listing->pruning);
	TEE_Free(opened->listing);
	opened->listing = NULL;
}

void session_end(struct session *session)
{
	struct opened *opened = opened_at(session);

	work_end(&opened->work);
	stream_end(&opened->stream);
	opened_end_decryption(opened);
	listing_end(opened);
}

TEE_Result path_read(const struct call *call, struct path *ret_path)
{
	const size_t len = call->part_len[FESTORE_PART_PATH];
	const uint8_t *from = call->parts[FESTORE_PART_PATH];
	struct path path = {0};
	size_t steps_len = 0;

	if (len < sizeof(path.head))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&path.head, from, sizeof(path.head));
	if (path.head.count > FESTORE_PATH_MAX || len != FESTORE_PATH_LEN(path.head.count))
		return TEE_ERROR_BAD_PARAMETERS;

	steps_len = path.head.count * sizeof(*path.steps);
	if (steps_len != 0) {
		path.steps = TEE_Malloc(steps_len, TEE_MALLOC_FILL_ZERO);
		if (!path.steps)
			return TEE_ERROR_OUT_OF_MEMORY;
		memcpy(path.steps, from + sizeof(path.head), steps_len);
	}
	*ret_path = path;
	return TEE_SUCCESS;
}

void path_free(struct path *path)
{
	TEE_Free(path->steps);
	path->steps = NULL;
}

struct tree_path path_as_tree(const struct path *path)
{
	const struct tree_path tree = {.head = &path->head, .steps = path->steps};

	return tree;
}

enum tree_found path_prove(const struct path *path, const uint8_t vault[16],
	const uint8_t root[FESTORE_HASH], const uint8_t locator[FESTORE_HASH])
{
	uint8_t folded[FESTORE_HASH] = {0};
	const enum tree_found found = tree_find(path_as_tree(path), locator);

	if (found == TREE_INVALID)
		return TREE_INVALID;
	tree_root(vault, path_as_tree(path), folded);
	return memcmp(folded, root, sizeof(folded)) == 0 ? found : TREE_INVALID;
}
