/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of a log: what they look like, how one follows another, and what they say. */
#include "log_chain.h"

#include <mbedtls/md.h>
#include <string.h>

static bool is_zero(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

/* Items one after another, as many as are counted. */
static bool are_items(const uint8_t *body, size_t len, uint32_t count)
{
	size_t at = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct festore_log_item item;

		if (len - at < sizeof(item))
			return false;
		memcpy(&item, body + at, sizeof(item));
		at += sizeof(item);
		if (item.tag_len == 0 || item.tag_len > FESTORE_TAG_MAX || item.tag_len > len - at)
			return false;
		at += item.tag_len;
	}
	return at == len && count != 0;
}

static bool is_body(const struct festore_log_entry *entry, const uint8_t *body)
{
	switch (entry->what) {
	case FESTORE_LOG_CHANGED:
		return are_items(body, entry->len, entry->count);
	case FESTORE_LOG_DROPPED:
	case FESTORE_LOG_HEADER:
		return entry->len == 0;
	case FESTORE_LOG_RECOVERED:
	case FESTORE_LOG_SEEN:
		return entry->len == sizeof(struct festore_vault_note);
	case FESTORE_LOG_REFUSED:
		return entry->count <= FESTORE_LOG_REASONS &&
			entry->len == entry->count * sizeof(struct festore_log_refusal);
	case FESTORE_LOG_CHECKPOINT:
		return entry->len == sizeof(struct festore_log_head);
	default:
		return false;
	}
}

size_t log_entry_len(const uint8_t *bytes, size_t len)
{
	struct festore_log_entry entry;
	size_t own = 0;

	if (len < sizeof(entry))
		return 0;
	memcpy(&entry, bytes, sizeof(entry));
	if (entry.magic != FESTORE_LOG_MAGIC || entry.format != FESTORE_LOG_FORMAT ||
		entry.len > FESTORE_LOG_BODY_MAX)
		return 0;
	own = FESTORE_LOG_ENTRY_LEN(entry.len);
	if (len < own || !is_body(&entry, bytes + sizeof(entry)) ||
		!is_zero(bytes + sizeof(entry) + entry.len, own - sizeof(entry) - entry.len))
		return 0;
	return own;
}

static bool is_same(const struct festore_log_head *a, const struct festore_log_head *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* What comes after the entry: its name, and what it says of notes. */
static void move_on(struct festore_log_head *last, const struct festore_log_entry *entry,
	const uint8_t *bytes, size_t len)
{
	uint8_t hash[FESTORE_HASH] = {0};
	struct festore_vault_note note;

	(void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), bytes, len, hash);
	last->number = (uint32_t)entry->number;
	memcpy(last->name, hash, sizeof(last->name));
	if (entry->what != FESTORE_LOG_RECOVERED && entry->what != FESTORE_LOG_SEEN)
		return;
	memcpy(&note, bytes + sizeof(*entry), sizeof(note));
	last->notes = note.number;
	last->unseen = note.seen_at == 0 ? 1 : 0;
}

bool log_chain_add(struct log_chain *chain, const uint8_t *bytes, size_t len)
{
	struct festore_log_entry entry;

	memcpy(&entry, bytes, sizeof(entry));
	if (chain->count == 0) {
		chain->begin = entry.before;
		chain->last = entry.before;
	}
	if (entry.number != (uint64_t)chain->last.number + 1 ||
		!is_same(&entry.before, &chain->last))
		return false;
	if (entry.what == FESTORE_LOG_CHECKPOINT) {
		struct festore_log_head let_go;

		memcpy(&let_go, bytes + sizeof(entry), sizeof(let_go));
		chain->is_let_go = chain->is_let_go || is_same(&let_go, &chain->begin);
	}
	move_on(&chain->last, &entry, bytes, len);
	chain->count++;
	return true;
}

bool log_chain_has_beginning(const struct log_chain *chain)
{
	return chain->is_let_go || is_zero(&chain->begin, sizeof(chain->begin));
}

bool log_chain_ends(const struct log_chain *chain, const struct festore_log_head *head)
{
	return is_same(&chain->last, head);
}

/* --- what an entry says ----------------------------------------------------------------------- */

static const char *name_of(const struct festore_log_entry *entry)
{
	static const char *const names[] = {
		[FESTORE_LOG_DROPPED] = "dropped",
		[FESTORE_LOG_RECOVERED] = "recovered",
		[FESTORE_LOG_SEEN] = "recovery-seen",
		[FESTORE_LOG_REFUSED] = "refused",
		[FESTORE_LOG_CHECKPOINT] = "checkpoint",
		[FESTORE_LOG_HEADER] = "header-changed",
	};

	return names[entry->what];
}

static const char *name_of_act(uint8_t act)
{
	static const char *const names[] = {
		[FESTORE_LOG_PUT] = "put",
		[FESTORE_LOG_REPLACED] = "replaced",
		[FESTORE_LOG_STORED] = "stored",
		[FESTORE_LOG_REMOVED] = "removed",
		[FESTORE_LOG_MOVED_FROM] = "moved-from",
		[FESTORE_LOG_MOVED_TO] = "moved-to",
		[FESTORE_LOG_MADE] = "key-made",
		[FESTORE_LOG_IMPORTED] = "key-imported",
		[FESTORE_LOG_USED] = "key-used",
		[FESTORE_LOG_TAKEN] = "taken",
		[FESTORE_LOG_APPENDED] = "appended",
	};

	return act < sizeof(names) / sizeof(names[0]) && names[act] ? names[act] : "unknown";
}

static int visit_items(const struct festore_log_entry *entry, const uint8_t *body,
	struct festore_log_info *info, festore_log_visit visit, void *arg)
{
	int result = 0;

	for (uint32_t i = 0; i < entry->count && result == 0; i++) {
		char tag[FESTORE_TAG_MAX + 1] = "";
		struct festore_log_item item;

		memcpy(&item, body, sizeof(item));
		memcpy(tag, body + sizeof(item), item.tag_len);
		body += sizeof(item) + item.tag_len;
		info->what = name_of_act(item.act);
		info->tag = tag;
		info->is_key = item.kind == FESTORE_WIRE_KEY;
		result = visit(info, arg);
	}
	return result;
}

static const char *reason_name(uint32_t reason)
{
	switch (reason) {
	case 0:
		return "other";
	case 0xffff0001:
		return "denied";
	case 0xffff0003:
		return "exists";
	case 0xf0100001:
		return "damaged";
	case FESTORE_TA_STALE:
		return "stale";
	case FESTORE_TA_OTHER:
		return "other-vault";
	case FESTORE_TA_OTHER_USE:
		return "other-use";
	case FESTORE_TA_BAD_MESSAGE:
		return "bad-message";
	case FESTORE_TA_UNPROVEN:
		return "unproven";
	case FESTORE_TA_PIN_NEEDED:
	case FESTORE_TA_PIN_WRONG:
	case FESTORE_TA_PIN_WAIT:
	case FESTORE_TA_PIN_LOCKED:
		return "pin";
	default:
		return "rule";
	}
}

static int visit_refusals(const struct festore_log_entry *entry, const uint8_t *body,
	struct festore_log_info *info, festore_log_visit visit, void *arg)
{
	int result = 0;

	for (uint32_t i = 0; i < entry->count && result == 0; i++) {
		struct festore_log_refusal refusal;

		memcpy(&refusal, body + i * sizeof(refusal), sizeof(refusal));
		info->count = refusal.count;
		info->reason = refusal.reason;
		info->reason_name = reason_name(refusal.reason);
		info->first = refusal.first;
		info->last = refusal.last;
		result = visit(info, arg);
	}
	return result;
}

int log_entry_visit(const uint8_t *bytes, size_t len, festore_log_visit visit, void *arg)
{
	struct festore_log_entry entry;
	struct festore_log_info info = {0};
	struct festore_log_head let_go;
	const uint8_t *body = bytes + sizeof(entry);

	(void)len;
	memcpy(&entry, bytes, sizeof(entry));
	info.number = entry.number;
	info.epoch = entry.epoch;
	info.version = entry.version;
	info.at = entry.at;
	info.reason_name = "";
	if (entry.what == FESTORE_LOG_CHANGED)
		return visit_items(&entry, body, &info, visit, arg);
	info.what = name_of(&entry);
	if (entry.what == FESTORE_LOG_REFUSED)
		return visit_refusals(&entry, body, &info, visit, arg);
	info.count = entry.count;
	if (entry.what == FESTORE_LOG_CHECKPOINT) {
		memcpy(&let_go, body, sizeof(let_go));
		info.count = let_go.number;
	}
	return visit(&info, arg);
}
