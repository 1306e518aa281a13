/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of a vault's log: made, sealed, opened. */
#include "log.h"

#include "buffer.h"

#include <string.h>

bool log_is_kept(const struct festore_vault_state *state)
{
	return (state->anchor & FESTORE_ANCHOR_LOG) != 0;
}

TEE_Result log_begin(struct call *call, const struct festore_vault_state *state,
	const uint8_t head[FESTORE_HASH], struct log **ret_log)
{
	const struct slot *slot = opened_of(call)->slot;
	struct log *log = NULL;

	*ret_log = NULL;
	if (!log_is_kept(state))
		return TEE_SUCCESS;
	log = TEE_Malloc(sizeof(*log), TEE_MALLOC_FILL_ZERO);
	if (!log)
		return TEE_ERROR_OUT_OF_MEMORY;
	log->call = call;
	log->keys = &slot->keys;
	log->vault = slot->vault;
	log->epoch = state->epoch;
	memcpy(&log->head, head, sizeof(log->head));
	*ret_log = log;
	return TEE_SUCCESS;
}

void log_is_of(struct log *log, uint64_t epoch, uint64_t version)
{
	if (!log)
		return;
	log->epoch = epoch;
	log->version = version;
}

size_t log_len(const struct log *log)
{
	return log ? log->len : 0;
}

/* --- sealing ---------------------------------------------------------------------------------- */

/* What is authenticated beside an entry. */
struct beside {
	uint8_t label[16];
	uint8_t vault[16];
	uint32_t aead;
	uint32_t number;
	uint32_t len;
};

static struct beside beside_of(uint32_t aead, const uint8_t *vault, uint32_t number, uint32_t len)
{
	struct beside beside = {
		.label = "festore log 1", .aead = aead, .number = number, .len = len};

	memcpy(beside.vault, vault, sizeof(beside.vault));
	return beside;
}

/* Each entry has a key of its own, even where random numbers repeat: its hash is in the salt. */
static TEE_Result key_of(const struct seal_keys *keys, const struct festore_log_sealed *sealed,
	uint8_t ret_key[FESTORE_HASH])
{
	return seal_expand(keys->record, "log", sealed->salt, sizeof(sealed->salt), ret_key);
}

/* Encrypts an entry in place. */
static TEE_Result encrypt(const struct log *log, const uint8_t hash[FESTORE_HASH],
	struct festore_log_sealed *sealed, uint8_t *text)
{
	const struct beside beside =
		beside_of(log->keys->aead, log->vault, sealed->number, sealed->len);
	uint8_t key[FESTORE_HASH] = {0};
	const struct seal seal = {
		.aead = log->keys->aead,
		.key = key,
		.aad = &beside,
		.aad_len = sizeof(beside),
	};
	TEE_Result res = seal_random(
		log->keys->record, hash, FESTORE_HASH, sealed->salt, sizeof(sealed->salt));

	if (res == TEE_SUCCESS)
		res = key_of(log->keys, sealed, key);
	if (res == TEE_SUCCESS)
		res = seal_close(&seal, text, sealed->len, sealed->seal);
	TEE_MemFill(key, 0, sizeof(key));
	return res;
}

/* The draft becomes a sealed entry in the output, before those that are there. */
static TEE_Result seal_draft(struct log *log)
{
	const struct call *call = log->call;
	uint8_t *text = (uint8_t *)&log->draft;
	struct festore_log_sealed sealed = {
		.number = (uint32_t)log->draft.entry.number,
		.len = (uint32_t)FESTORE_LOG_ENTRY_LEN(log->draft.entry.len),
	};
	const size_t len = sizeof(sealed) + sealed.len;
	uint8_t hash[FESTORE_HASH] = {0};
	uint8_t *to = NULL;
	TEE_Result res = TEE_SUCCESS;

	/* What else comes out is before it, or will not be more than what is left. */
	if (call->out_size - log->len < len || call->out_size - log->len - len < call->out_used)
		return TEE_ERROR_SHORT_BUFFER;
	res = seal_hash(text, sealed.len, hash);
	if (res == TEE_SUCCESS)
		res = encrypt(log, hash, &sealed, text);
	if (res != TEE_SUCCESS)
		return res;
	log->len += len;
	to = call->out + call->out_size - log->len;
	memcpy(to, &sealed, sizeof(sealed));
	memcpy(to + sizeof(sealed), text, sealed.len);
	log->head.number = sealed.number;
	memcpy(log->head.name, hash, sizeof(log->head.name));
	log->has_draft = false;
	return TEE_SUCCESS;
}

static int64_t now(void)
{
	TEE_Time time = {0};

	TEE_GetREETime(&time);
	return time.seconds;
}

/* Ends the draft, if there is one, and begins another. */
static TEE_Result begin_draft(struct log *log, enum festore_log_what what)
{
	const TEE_Result res = log->has_draft ? seal_draft(log) : TEE_SUCCESS;

	if (res != TEE_SUCCESS)
		return res;
	if (log->head.number == UINT32_MAX)
		return TEE_ERROR_STORAGE_NO_SPACE;
	TEE_MemFill(&log->draft, 0, sizeof(log->draft));
	log->draft.entry.magic = FESTORE_LOG_MAGIC;
	log->draft.entry.format = FESTORE_LOG_FORMAT;
	log->draft.entry.what = (uint16_t)what;
	log->draft.entry.number = (uint64_t)log->head.number + 1;
	log->draft.entry.epoch = log->epoch;
	log->draft.entry.version = log->version;
	log->draft.entry.at = now();
	log->draft.entry.before = log->head;
	log->has_draft = true;
	return TEE_SUCCESS;
}

static void add(struct log *log, const void *bytes, size_t len)
{
	memcpy(log->draft.body + log->draft.entry.len, bytes, len);
	log->draft.entry.len += (uint32_t)len;
}

TEE_Result log_item(struct log *log, enum festore_log_act act, uint32_t kind, const struct tag *tag)
{
	struct festore_log_item item = {.act = (uint8_t)act};
	TEE_Result res = TEE_SUCCESS;

	if (!log)
		return res;
	item.kind = (uint8_t)kind;
	item.tag_len = (uint16_t)tag->len;
	if (!log->has_draft || log->draft.entry.what != FESTORE_LOG_CHANGED ||
		log->draft.entry.len + sizeof(item) + tag->len > sizeof(log->draft.body))
		res = begin_draft(log, FESTORE_LOG_CHANGED);
	if (res != TEE_SUCCESS)
		return res;
	add(log, &item, sizeof(item));
	add(log, tag->bytes, tag->len);
	log->draft.entry.count++;
	return TEE_SUCCESS;
}

TEE_Result log_entry(
	struct log *log, enum festore_log_what what, uint64_t count, const void *body, size_t len)
{
	TEE_Result res = TEE_SUCCESS;

	if (!log)
		return res;
	/* This TA's own. */
	if (len > sizeof(log->draft.body))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	res = begin_draft(log, what);
	if (res != TEE_SUCCESS)
		return res;
	log->draft.entry.count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
	if (len != 0)
		add(log, body, len);
	return seal_draft(log);
}

TEE_Result log_note(struct log *log, enum festore_log_what what,
	const struct festore_vault_note *note, uint8_t ret_head[FESTORE_HASH])
{
	const TEE_Result res = log_entry(log, what, 1, note, sizeof(*note));

	if (res != TEE_SUCCESS)
		return res;
	log->head.notes = note->number;
	log->head.unseen = note->seen_at == 0 ? 1 : 0;
	memcpy(ret_head, &log->head, sizeof(log->head));
	return TEE_SUCCESS;
}

TEE_Result log_finish(struct log *log, uint8_t ret_head[FESTORE_HASH])
{
	TEE_Result res = TEE_SUCCESS;

	if (!log)
		return res;
	if (log->has_draft)
		res = seal_draft(log);
	memcpy(ret_head, &log->head, sizeof(log->head));
	return res;
}

void log_give(struct log *log)
{
	struct call *call = NULL;

	if (!log || log->len == 0)
		return;
	call = log->call;
	TEE_MemMove(call->out + call->out_used, call->out + call->out_size - log->len, log->len);
	call->out_used += log->len;
}

void log_end(struct log *log, TEE_Result res)
{
	if (!log)
		return;
	if (res != TEE_SUCCESS && log->len != 0)
		TEE_MemFill(log->call->out + log->call->out_size - log->len, 0, log->len);
	buffer_free((uint8_t *)log, sizeof(*log));
}

/* --- opening ---------------------------------------------------------------------------------- */

static TEE_Result decrypt(
	const struct slot *slot, const struct festore_log_sealed *sealed, struct log_text *text)
{
	const struct beside beside =
		beside_of(slot->keys.aead, slot->vault, sealed->number, sealed->len);
	uint8_t key[FESTORE_HASH] = {0};
	const struct seal seal = {
		.aead = slot->keys.aead,
		.key = key,
		.aad = &beside,
		.aad_len = sizeof(beside),
	};
	TEE_Result res = key_of(&slot->keys, sealed, key);

	if (res == TEE_SUCCESS)
		res = seal_open(&seal, (uint8_t *)text, sealed->len, sealed->seal);
	TEE_MemFill(key, 0, sizeof(key));
	return res;
}

TEE_Result log_open(const struct slot *slot, const uint8_t *sealed, size_t len,
	struct log_text *ret_text, size_t *ret_len)
{
	struct festore_log_sealed head;

	if (len < sizeof(head))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&head, sealed, sizeof(head));
	if (head.len < sizeof(ret_text->entry) || head.len > FESTORE_LOG_ENTRY_MAX ||
		head.len > len - sizeof(head))
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(ret_text, sealed + sizeof(head), head.len);
	*ret_len = sizeof(head) + head.len;
	return decrypt(slot, &head, ret_text);
}
