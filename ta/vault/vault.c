/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes, opens, confirms and destroys vaults. */
#include "vault.h"

#include "aead.h"
#include "buffer.h"
#include "lock.h"
#include "log.h"
#include "opened.h"
#include "state.h"

#include <string.h>

/* The first state of a vault, without an entry. */
static TEE_Result first_state(const struct festore_vault_header *header,
	const struct seal_keys *keys, uint32_t anchor, struct festore_vault_state *ret_state)
{
	struct festore_vault_state state = {.anchor = (uint16_t)anchor, .epoch = 1, .version = 1};
	TEE_Result res = seal_hash(header, sizeof(*header), state.header);

	if (res != TEE_SUCCESS)
		return res;
	tree_hash_empty(header->vault, state.root);
	TEE_GenerateRandom(state.nonce, sizeof(state.nonce));
	res = state_sign(keys, header->vault, &state);
	*ret_state = state;
	return res;
}

/* Its first state, anchored: if the RPMB is to be had and there is none, nowhere. */
static TEE_Result make_state(const struct call *call, const struct festore_vault_header *header,
	const struct seal_keys *keys, struct festore_vault_state *ret_state)
{
	const bool may_choose = (call->anchor & FESTORE_ANCHOR_CHOOSE) != 0;
	const uint32_t log = call->anchor & FESTORE_ANCHOR_LOG;
	const uint32_t when = call->anchor & FESTORE_ANCHOR_EACH;
	const uint32_t anchor = may_choose ? FESTORE_ANCHOR_RPMB | when | log : call->anchor;
	TEE_Result res = first_state(header, keys, anchor, ret_state);

	if (res == TEE_SUCCESS)
		res = anchoring_make(&call->session->owner, &call->tag, ret_state);
	if (res == FESTORE_TA_NO_ANCHOR && may_choose)
		res = first_state(header, keys, FESTORE_ANCHOR_NONE | log, ret_state);
	return res;
}

/* Is this an anchor that can be asked for? */
static bool is_wish(uint32_t anchor)
{
	if ((anchor & FESTORE_ANCHOR_CHOOSE) != 0)
		return (anchor &
			       ~(uint32_t)(FESTORE_ANCHOR_CHOOSE | FESTORE_ANCHOR_EACH |
				       FESTORE_ANCHOR_LOG)) == 0;
	return anchoring_is_kind(anchor);
}

/* The PIN that a new vault is to have; then *ret_wish names it. */
static TEE_Result wish_for_pin(
	const struct call *call, struct pin *pin, struct header_wish *ret_wish)
{
	TEE_Result res = pin_read(call, 0, 1, pin);

	if (res == FESTORE_TA_PIN_NEEDED)
		return TEE_SUCCESS;
	if (res != TEE_SUCCESS)
		return res;
	if (pin->tries != 0 &&
		(pin->tries < FESTORE_PIN_TRIES_MIN || pin->tries > FESTORE_PIN_TRIES_MAX))
		return TEE_ERROR_BAD_PARAMETERS;
	ret_wish->pin = pin;
	ret_wish->pin_storage = lock_storage(&call->session->owner, &call->tag, call->anchor);
	return TEE_SUCCESS;
}

static TEE_Result make(const struct call *call, const struct header_wish *wish,
	struct festore_vault_header *ret_header, struct festore_vault_state *ret_state)
{
	const struct owner *owner = &call->session->owner;
	uint8_t master[FESTORE_HASH] = {0};
	struct seal_keys keys = {0};
	TEE_Result res = header_make(owner, &call->tag, wish, ret_header, master);

	if (res == TEE_SUCCESS)
		res = seal_keys(ret_header->aead, master, ret_header->vault, &keys);
	if (res == TEE_SUCCESS)
		res = slot_make(owner, &call->tag);
	if (res == TEE_SUCCESS && wish->pin)
		res = lock_make(owner, &call->tag, ret_header);
	if (res == TEE_SUCCESS)
		res = make_state(call, ret_header, &keys, ret_state);
	TEE_MemFill(master, 0, sizeof(master));
	TEE_MemFill(&keys, 0, sizeof(keys));
	return res;
}

TEE_Result vault_create(struct call *call)
{
	struct festore_vault_header header = {0};
	struct festore_vault_state state = {0};
	struct header_wish wish = {.aead = call->aead};
	struct pin pin = {0};
	TEE_Result res = TEE_SUCCESS;

	if (!vault_name_is_valid(&call->tag) || !is_wish(call->anchor))
		return TEE_ERROR_BAD_PARAMETERS;
	if (call->out_size < sizeof(header) + sizeof(state))
		return TEE_ERROR_SHORT_BUFFER;
	res = wish_for_pin(call, &pin, &wish);
	if (res == TEE_SUCCESS)
		res = make(call, &wish, &header, &state);
	TEE_MemFill(&pin, 0, sizeof(pin));
	if (res != TEE_SUCCESS)
		return res;

	memcpy(call->reply.created.vault, header.vault, sizeof(header.vault));
	memcpy(call->out, &header, sizeof(header));
	memcpy(call->out + sizeof(header), &state, sizeof(state));
	call->out_used = sizeof(header) + sizeof(state);
	return TEE_SUCCESS;
}

/*
 * The master key of a vault with a PIN: the try is counted before it is made. What is damaged must
 * not count, so this has to be the header that the state names.
 */
static TEE_Result open_by_pin(const struct call *call, const struct festore_vault_header *header,
	const struct festore_vault_state *state, struct opening *opening,
	uint8_t ret_master[FESTORE_HASH])
{
	const struct owner *owner = &call->session->owner;
	struct pin pin = {0};
	TEE_Result res = TEE_SUCCESS;

	if (memcmp(state->header, opening->header_hash, sizeof(state->header)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	res = pin_read(call, 0, 1, &pin);
	if (res == TEE_SUCCESS && pin.tries != 0)
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res == TEE_SUCCESS)
		res = lock_try(owner, &call->tag, header, &opening->lock);
	if (res == TEE_SUCCESS) {
		res = header_open(owner, &call->tag, header, &pin, ret_master);
		if (res == TEE_ERROR_CORRUPT_OBJECT)
			res = FESTORE_TA_PIN_WRONG;
	}
	TEE_MemFill(&pin, 0, sizeof(pin));
	return res;
}

/* Opens the header and expands what it wraps. */
static TEE_Result unwrap(const struct call *call, const struct festore_vault_header *header,
	const struct festore_vault_state *state, struct opening *ret_opening)
{
	uint8_t master[FESTORE_HASH] = {0};
	TEE_Result res = seal_hash(header, sizeof(*header), ret_opening->header_hash);

	if (res != TEE_SUCCESS)
		return res;
	if (header_has_pin(header))
		res = open_by_pin(call, header, state, ret_opening, master);
	else if (call->part_len[FESTORE_PART_MESSAGE] != 0)
		res = TEE_ERROR_BAD_PARAMETERS;
	else
		res = header_open(&call->session->owner, &call->tag, header, NULL, master);
	if (res == TEE_SUCCESS)
		res = seal_keys(header->aead, master, header->vault, &ret_opening->keys);
	memcpy(ret_opening->vault, header->vault, sizeof(ret_opening->vault));
	TEE_MemFill(master, 0, sizeof(master));
	return res;
}

static void describe(const struct opened *opened, struct festore_vault_opened *ret_opened)
{
	const struct festore_vault_state *state = opened_state(opened);

	memcpy(ret_opened->vault, opened->vault, sizeof(ret_opened->vault));
	ret_opened->epoch = state->epoch;
	ret_opened->version = state->version;
	ret_opened->count = state->count;
	memcpy(ret_opened->locator_key, opened->slot->keys.locator,
		sizeof(ret_opened->locator_key));
}

/* To read alone; the session keeps the state that it is about. */
static TEE_Result open_unproven(const struct call *call, const struct opening *opening,
	const struct festore_vault_state *state)
{
	struct opened *opened = opened_of(call);
	const TEE_Result res = slot_open_unproven(
		&call->session->owner, &call->tag, opening, state, &opened->slot);

	if (res != TEE_SUCCESS)
		return res;
	opened->is_unproven = true;
	opened->proposal = *state;
	return TEE_SUCCESS;
}

static bool is_live(const struct owner *owner, const struct tag *name)
{
	const struct slot *slot = slot_find(owner, name);

	return slot && slot->kind == SLOT_LIVE;
}

/* Wrong PINs from before the vault could be opened. */
static void tell_missed(const struct slot *slot, struct lock *lock)
{
	for (uint32_t missed = lock_take_missed(lock); missed != 0; missed--)
		log_refused(slot, FESTORE_TA_PIN_WRONG);
}

TEE_Result vault_open(struct call *call)
{
	struct opened *opened = opened_of(call);
	struct festore_vault_header header;
	struct festore_vault_state state;
	struct opening opening = {0};
	bool was_right = false;
	TEE_Result res = TEE_SUCCESS;

	if (opened->slot)
		return TEE_ERROR_BAD_STATE;
	if (!vault_name_is_valid(&call->tag) ||
		call->part_len[FESTORE_PART_STATE] != sizeof(state) ||
		call->part_len[FESTORE_PART_RECORD] != sizeof(header))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&state, call->parts[FESTORE_PART_STATE], sizeof(state));
	memcpy(&header, call->parts[FESTORE_PART_RECORD], sizeof(header));

	res = unwrap(call, &header, &state, &opening);
	was_right = res == TEE_SUCCESS && opening.lock != NULL;
	if (res == TEE_SUCCESS && (call->flags & FESTORE_WIRE_UNPROVEN) != 0)
		res = open_unproven(call, &opening, &state);
	else if (res == TEE_SUCCESS)
		res = slot_open(&call->session->owner, &call->tag, &opening, &state, &opened->slot);
	if (res == TEE_SUCCESS) {
		memcpy(opened->vault, opening.vault, sizeof(opened->vault));
		describe(opened, &call->reply.opened);
	}
	if (res == FESTORE_TA_PIN_WRONG && !is_live(&call->session->owner, &call->tag))
		lock_missed(opening.lock);
	if (was_right && res == TEE_SUCCESS)
		tell_missed(opened->slot, opening.lock);
	/* The present state names this header, so that none before it is to be taken any more. */
	if (was_right)
		lock_opened(opening.lock,
			res == TEE_SUCCESS && !opened->is_unproven ? header.sequence : 0);
	TEE_MemFill(&opening, 0, sizeof(opening));
	return res;
}

static void tell_version(const struct slot *slot, struct call *call)
{
	call->reply.version.epoch = slot->state.epoch;
	call->reply.version.version = slot->state.version;
}

/* The session goes on with what it has recovered. */
static TEE_Result confirm_recovery(struct opened *opened, struct call *call)
{
	const TEE_Result res = slot_recover(opened->slot, &opened->proposal);

	if (res != TEE_SUCCESS)
		return res;
	opened->is_unproven = false;
	tell_version(opened->slot, call);
	return TEE_SUCCESS;
}

TEE_Result vault_confirm(struct call *call)
{
	struct opened *opened = opened_of(call);
	struct slot *slot = opened->slot;
	TEE_Result res = opened_check(opened);

	/* After a failure: what the database has decides, before this session's proposal is looked
	 * at. */
	if (res == TEE_SUCCESS && call->part_len[FESTORE_PART_STATE] != 0)
		res = opened_present(opened, call);
	if (res != TEE_SUCCESS)
		return res;
	if (opened->fate == FATE_PENDING && opened->is_recovery)
		return confirm_recovery(opened, call);
	/* Whatever follows the current state makes it move on, which decides the fate of all. */
	if (opened->fate == FATE_PENDING &&
		memcmp(opened->proposal.predecessor, slot->state.mac, FESTORE_HASH) == 0)
		res = slot_advance(slot, &opened->proposal);
	if (res != TEE_SUCCESS)
		return res;

	if (opened->fate == FATE_NONE)
		return TEE_ERROR_BAD_STATE;
	if (opened->fate != FATE_ACCEPTED)
		return FESTORE_TA_STALE;
	tell_version(slot, call);
	return TEE_SUCCESS;
}

TEE_Result vault_version(struct call *call)
{
	const struct slot *slot = slot_find(&call->session->owner, &call->tag);

	if (!slot || slot->kind == SLOT_EMPTY || slot->kind == SLOT_MADE ||
		(slot->kind == SLOT_KNOWN && slot->state.version == 0))
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (slot->kind == SLOT_DESTROYED)
		return FESTORE_TA_DESTROYED;
	tell_version(slot, call);
	return TEE_SUCCESS;
}

TEE_Result vault_destroy(struct call *call)
{
	struct opened *opened = opened_of(call);
	TEE_Result res = opened_check_proven(opened);

	if (res == TEE_SUCCESS)
		res = opened_present(opened, call);
	return res == TEE_SUCCESS ? slot_destroy(opened->slot) : res;
}

/* Of the device itself, if it can be reached. */
static void tell_anchor(const struct opened *opened, struct festore_vault_anchor *ret_anchor)
{
	const struct slot *slot = opened->slot;
	struct festore_anchor anchor = {0};

	ret_anchor->anchor = opened_state(opened)->anchor;
	if (!slot->anchoring)
		return;
	ret_anchor->left = anchoring_left(&slot->owner, &slot->state);
	ret_anchor->version = slot->anchoring->base;
	ret_anchor->window = slot->anchoring->window;
	if (anchoring_look(slot, &anchor) != TEE_SUCCESS)
		return;
	ret_anchor->is_sure = slot->anchoring->is_sure ? 1 : 0;
	ret_anchor->writes = anchor.writes;
	ret_anchor->since = anchor.since;
	ret_anchor->at = anchor.at;
}

/* Tells of the anchor; with `may_write` after the current state was anchored. */
static TEE_Result answer_anchor(struct call *call, bool may_write)
{
	struct opened *opened = opened_of(call);
	TEE_Result res = may_write ? opened_check_proven(opened) : opened_check(opened);

	if (res == TEE_SUCCESS)
		res = opened_present(opened, call);
	if (res == TEE_SUCCESS && may_write)
		res = anchoring_sync(opened->slot);
	if (res == TEE_SUCCESS)
		tell_anchor(opened, &call->reply.vault_anchor);
	return res;
}

TEE_Result vault_sync(struct call *call)
{
	return answer_anchor(call, true);
}

TEE_Result vault_anchor(struct call *call)
{
	return answer_anchor(call, false);
}

/* The note that the session's state names, if the client has it. */
static TEE_Result read_note(const struct call *call, const struct festore_vault_state *state,
	struct festore_vault_note *note, bool *ret_is_there)
{
	const size_t len = call->part_len[FESTORE_PART_MESSAGE];
	uint8_t hash[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	*ret_is_there = len != 0;
	if (len == 0)
		return TEE_SUCCESS;
	if (len != sizeof(*note))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(note, call->parts[FESTORE_PART_MESSAGE], sizeof(*note));
	res = seal_hash(note, sizeof(*note), hash);
	if (res != TEE_SUCCESS)
		return res;
	return memcmp(hash, state->log_head, sizeof(hash)) == 0 ? TEE_SUCCESS
								: TEE_ERROR_CORRUPT_OBJECT;
}

/* Of the notes in a log the state has the number, and nothing else counts. */
static TEE_Result number_before(const struct call *call, const struct log *log,
	struct festore_vault_note *note, bool *ret_is_there)
{
	if (call->part_len[FESTORE_PART_MESSAGE] != 0)
		return TEE_ERROR_BAD_PARAMETERS;
	note->number = log->head.notes;
	*ret_is_there = true;
	return TEE_SUCCESS;
}

/* The note is in an entry where there is a log. */
static void give_recovery(struct call *call, const struct festore_vault_state *state,
	const struct festore_vault_note *note, struct log *log)
{
	struct festore_vault_recovered *reply = &call->reply.recovered;

	reply->from_epoch = note->from_epoch;
	reply->from_version = note->from_version;
	reply->to_epoch = note->to_epoch;
	reply->to_version = note->to_version;
	memcpy(call->out, state, sizeof(*state));
	call->out_used = sizeof(*state);
	if (log) {
		log_give(log);
		return;
	}
	memcpy(call->out + sizeof(*state), note, sizeof(*note));
	call->out_used += sizeof(*note);
}

static TEE_Result propose_recovery(
	struct call *call, const struct festore_vault_note *before, struct log *log)
{
	struct opened *opened = opened_of(call);
	struct festore_vault_state state = {0};
	struct festore_vault_note note = {0};
	TEE_Result res = TEE_SUCCESS;

	if (call->out_size < sizeof(state) + sizeof(note))
		return TEE_ERROR_SHORT_BUFFER;
	res = slot_propose_recovery(opened->slot, &opened->proposal, before, log, &state, &note);
	if (res != TEE_SUCCESS)
		return res;
	if (call->out_size < sizeof(state) + log_len(log))
		return TEE_ERROR_SHORT_BUFFER;
	opened->proposal = state;
	opened->fate = FATE_PENDING;
	opened->is_recovery = true;
	give_recovery(call, &state, &note, log);
	return TEE_SUCCESS;
}

TEE_Result vault_recover(struct call *call)
{
	struct opened *opened = opened_of(call);
	struct festore_vault_note before = {0};
	struct log *log = NULL;
	bool is_there = false;
	TEE_Result res = opened_check(opened);

	if (res == TEE_SUCCESS && (!opened->is_unproven || opened->fate != FATE_NONE))
		res = TEE_ERROR_BAD_STATE;
	if (res == TEE_SUCCESS)
		res = opened_present(opened, call);
	if (res == TEE_SUCCESS)
		res = log_begin(call, &opened->proposal, opened->proposal.log_head, &log);
	if (res == TEE_SUCCESS && log)
		res = number_before(call, log, &before, &is_there);
	else if (res == TEE_SUCCESS)
		res = read_note(call, &opened->proposal, &before, &is_there);
	if (res == TEE_SUCCESS)
		res = propose_recovery(call, is_there ? &before : NULL, log);
	log_end(log, res);
	return res;
}

TEE_Result vault_abort(struct call *call)
{
	struct opened *opened = opened_of(call);

	work_end(&opened->work);
	stream_end(&opened->stream);
	opened_end_decryption(opened);
	listing_end(opened);
	return TEE_SUCCESS;
}

static TEE_Result seal_chunks(struct seal *seal, uint8_t *chunk)
{
	uint8_t tag[FESTORE_SEAL] = {0};
	struct aead aead;
	TEE_Result res = aead_begin(seal, AEAD_CLOSES, &aead);

	if (res != TEE_SUCCESS)
		return res;
	for (size_t i = 0; i < FESTORE_MEASURED / FESTORE_CHUNK && res == TEE_SUCCESS; i++) {
		seal->nonce[0] = (uint8_t)i;
		res = aead_close(&aead, seal, chunk, FESTORE_CHUNK, tag);
	}
	aead_end(&aead);
	return res;
}

TEE_Result vault_measure(struct call *call)
{
	uint8_t key[FESTORE_HASH] = {0};
	struct seal seal = {.aead = call->aead, .key = key};
	uint8_t *chunk = buffer_new(FESTORE_CHUNK);
	TEE_Result res = TEE_SUCCESS;

	if (!chunk)
		return TEE_ERROR_OUT_OF_MEMORY;
	TEE_GenerateRandom(key, sizeof(key));
	res = seal_chunks(&seal, chunk);
	TEE_MemFill(key, 0, sizeof(key));
	buffer_free(chunk, FESTORE_CHUNK);
	return res;
}
