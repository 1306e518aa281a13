/* SPDX-License-Identifier: BSD-2-Clause */
/* A vault's log: rows as the TA gives them, opened by the TA, and proven back from the state. */
#include "vault_log.h"

#include "log_file.h"
#include "vault.h"

#include <stdlib.h>
#include <string.h>

/* How often it is looked at: with each so many entries. */
#define STEP 64u

/* Of a state's log. */
static struct festore_log_head head_of(const struct festore_vault_state *state)
{
	struct festore_log_head head;

	memcpy(&head, state->log_head, sizeof(head));
	return head;
}

/* --- storing ---------------------------------------------------------------------------------- */

size_t vault_log_room(const struct vault *vault)
{
	return vault->has_log ? 2 * FESTORE_LOG_SEALED_MAX : 0;
}

size_t vault_log_room_of_puts(const struct vault *vault, size_t count, size_t tags_len)
{
	const size_t items = count * sizeof(struct festore_log_item) + tags_len;
	/* What no more fits into is fuller than this. */
	const size_t least =
		FESTORE_LOG_BODY_MAX - sizeof(struct festore_log_item) - FESTORE_TAG_MAX;

	return vault->has_log ? (items / least + 1) * FESTORE_LOG_SEALED_MAX : 0;
}

/* The sealed entry at the beginning of `len` bytes; 0: there is none. */
static size_t row_len(const uint8_t *rows, size_t len, struct festore_log_sealed *ret_head)
{
	if (len < sizeof(*ret_head))
		return 0;
	memcpy(ret_head, rows, sizeof(*ret_head));
	if (ret_head->len < sizeof(struct festore_log_entry) ||
		ret_head->len > FESTORE_LOG_ENTRY_MAX || ret_head->len > len - sizeof(*ret_head))
		return 0;
	return sizeof(*ret_head) + ret_head->len;
}

enum festore_error vault_log_store(struct festore *fs, const uint8_t *rows, size_t len)
{
	enum festore_error error = FESTORE_OK;

	while (error == FESTORE_OK && len != 0) {
		struct festore_log_sealed head;
		const size_t row = fs->vault->has_log ? row_len(rows, len, &head) : 0;

		if (row == 0)
			return failure_set(
				&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
		error = bytes_write_log(fs->vault->bytes, head.number, rows, row, &fs->failure);
		fs->vault->log_added++;
		rows += row;
		len -= row;
	}
	return error;
}

enum festore_error vault_log_store_note(
	struct festore *fs, unsigned int number, const uint8_t *rows, size_t len)
{
	struct festore_log_sealed head = {0};
	struct festore_log_sealed first = {0};
	const uint8_t *note = rows;
	enum festore_error error = vault_log_store(fs, rows, len);

	if (error != FESTORE_OK)
		return error;
	/* The later entry is the note's; before it there may be one of refusals. */
	for (size_t at = 0; at < len; at += row_len(rows + at, len - at, &head)) {
		(void)row_len(rows + at, len - at, &head);
		if (head.number > first.number) {
			first = head;
			note = rows + at;
		}
	}
	if (first.number == 0)
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	return bytes_write_logged_note(
		fs->vault->bytes, number, note, sizeof(first) + first.len, &fs->failure);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Sealed entries on their way to the TA. */
struct page {
	struct vault_log *log;
	uint8_t rows[FESTORE_WINDOW];
	size_t len;
	size_t text_len; /* of what will come out */
};

static enum festore_error ask(struct festore *fs, const struct festore_vault_state *state,
	const uint8_t *rows, size_t rows_len, size_t text_len, uint8_t *ret_texts)
{
	struct festore_vault_request request = vault_request("", 0);
	struct festore_log_read reply;
	struct exchange exchange = {
		.command = FESTORE_CMD_LOG_READ,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reply,
		.reply_len = sizeof(reply),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {state, sizeof(*state)},
			[FESTORE_PART_RECORD] = {rows, rows_len}},
		.receive_at = 3,
		.receive_room = text_len,
	};
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	if (exchange.received_len != text_len)
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	if (text_len != 0)
		memcpy(ret_texts, exchange.received, text_len);
	return FESTORE_OK;
}

/* What the chain or the database lacks. */
static enum festore_error tell(struct festore *fs, struct vault_log *log,
	enum festore_finding_kind kind, uint64_t number, uint64_t count, const char *reason)
{
	if (log->tell) {
		log->tell(kind, number, reason, count, log->tell_arg);
		return FESTORE_OK;
	}
	return failure_set(&fs->failure, FESTORE_DAMAGED, "the log is damaged: entry %llu: %s",
		(unsigned long long)number, reason);
}

/* Entries between what was read last and this number that are not there. */
static enum festore_error tell_gap(struct festore *fs, struct vault_log *log, uint64_t next)
{
	const uint64_t expected = (uint64_t)log->chain.last.number + 1;

	if (log->chain.count == 0 || next <= expected)
		return FESTORE_OK;
	return tell(fs, log, FESTORE_FINDING_MISSING, expected, next - expected,
		next - expected == 1 ? "it is missing" : "entries from this one on are missing");
}

/* From an entry on that nothing is known of before. */
static void go_on_at(struct log_chain *chain, const struct festore_log_entry *entry)
{
	chain->last = entry->before;
	chain->last.number = (uint32_t)(entry->number - 1);
}

static enum festore_error add_entry(
	struct festore *fs, struct vault_log *log, const uint8_t *text, size_t len, uint64_t number)
{
	struct festore_log_entry entry;
	enum festore_error error = tell_gap(fs, log, number);

	if (error != FESTORE_OK)
		return error;
	memcpy(&entry, text, sizeof(entry));
	if (log_entry_len(text, len) != len || entry.number != number) {
		log->chain.count++;
		log->chain.last.number = (uint32_t)number;
		log->is_broken = true;
		return tell(
			fs, log, FESTORE_FINDING_DAMAGED, number, 1, "it is not what was stored");
	}
	/* Behind a gap there is nothing to compare with. */
	if (log->is_broken || (log->chain.count != 0 && log->chain.last.number + 1 != number))
		go_on_at(&log->chain, &entry);
	log->is_broken = false;
	if (!log_chain_add(&log->chain, text, len)) {
		error = tell(fs, log, FESTORE_FINDING_DAMAGED, number, 1,
			"it does not follow the one before");
		go_on_at(&log->chain, &entry);
		(void)log_chain_add(&log->chain, text, len);
	}
	return error;
}

static enum festore_error make_room(struct festore *fs, struct vault_log *log, size_t len)
{
	size_t room = log->room != 0 ? log->room : FESTORE_WINDOW;
	uint8_t *bytes = NULL;

	while (room < log->len + len)
		room *= 2;
	if (room == log->room)
		return FESTORE_OK;
	bytes = realloc(log->bytes, room);
	if (!bytes)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	log->bytes = bytes;
	log->room = room;
	return FESTORE_OK;
}

/* The page goes to the TA, and what it opens into the chain. */
static enum festore_error turn(struct festore *fs, struct page *page)
{
	struct vault_log *log = page->log;
	enum festore_error error = FESTORE_OK;

	if (page->len == 0)
		return FESTORE_OK;
	error = make_room(fs, log, page->text_len);
	if (error == FESTORE_OK)
		error = ask(fs, &log->state, page->rows, page->len, page->text_len,
			log->bytes + log->len);
	for (size_t at = 0; error == FESTORE_OK && at < page->len;) {
		struct festore_log_sealed head = {0};

		at += row_len(page->rows + at, page->len - at, &head);
		error = add_entry(fs, log, log->bytes + log->len, head.len, head.number);
		log->len += head.len;
	}
	page->len = 0;
	page->text_len = 0;
	return error;
}

static enum festore_error add_row(
	struct festore *fs, struct page *page, uint64_t number, const struct bytes_logged *row)
{
	struct festore_log_sealed head = {0};
	enum festore_error error = FESTORE_OK;

	if (row_len(row->bytes, row->len, &head) != row->len || row->len == 0 ||
		head.number != number) {
		error = turn(fs, page);
		if (error == FESTORE_OK)
			error = tell_gap(fs, page->log, number);
		page->log->chain.count++;
		page->log->chain.last.number = (uint32_t)number;
		page->log->is_broken = true;
		return error == FESTORE_OK ? tell(fs, page->log, FESTORE_FINDING_DAMAGED, number, 1,
						     "it is not what was stored")
					   : error;
	}
	if (row->len > sizeof(page->rows) - page->len)
		error = turn(fs, page);
	memcpy(page->rows + page->len, row->bytes, row->len);
	page->len += row->len;
	page->text_len += head.len;
	return error;
}

/* All rows, in the order of their numbers. What lies behind the last entry is none of the log. */
static enum festore_error read_rows(struct festore *fs, struct page *page)
{
	const struct festore_log_head last = head_of(&page->log->state);
	struct bytes_logged row;
	uint64_t number = 0;
	enum festore_error error = bytes_read_log(fs->vault->bytes, 0, &number, &row, &fs->failure);

	while (error == FESTORE_OK && number <= last.number) {
		error = add_row(fs, page, number, &row);
		if (error == FESTORE_OK)
			error = bytes_read_log(
				fs->vault->bytes, number + 1, &number, &row, &fs->failure);
	}
	while (error == FESTORE_OK && page->log->tell) {
		error = tell(fs, page->log, FESTORE_FINDING_STRAY, number, 1,
			"the log has no such entry");
		if (error == FESTORE_OK && number < UINT32_MAX)
			error = bytes_read_log(
				fs->vault->bytes, number + 1, &number, &row, &fs->failure);
		else
			break;
	}
	return error == FESTORE_NOT_FOUND ? FESTORE_OK : error;
}

/* The chain must begin where a log begins, and end where the state says. */
static enum festore_error check_ends(struct festore *fs, struct vault_log *log)
{
	const struct festore_log_head last = head_of(&log->state);
	enum festore_error error = FESTORE_OK;

	if (last.number == 0)
		return error;
	if (log->chain.count == 0)
		return tell(fs, log, FESTORE_FINDING_MISSING, 1, last.number,
			"all entries are missing");
	error = tell_gap(fs, log, (uint64_t)last.number + 1);
	if (error == FESTORE_OK && log->chain.last.number == last.number && !log->is_broken &&
		!log_chain_ends(&log->chain, &last))
		error = tell(fs, log, FESTORE_FINDING_DAMAGED, last.number, 1,
			"it is not the one that the vault's state names");
	if (error == FESTORE_OK && !log_chain_has_beginning(&log->chain))
		error = tell(fs, log, FESTORE_FINDING_MISSING,
			log->chain.begin.number == 0 ? 1 : log->chain.begin.number, 1,
			"entries up to this one are missing, and no checkpoint lets them go");
	return error;
}

enum festore_error vault_log_read(struct festore *fs, void *arg)
{
	struct vault_log *log = arg;
	struct page *page = malloc(sizeof(*page));
	enum festore_error error = FESTORE_OK;

	log->len = 0;
	log->chain = (struct log_chain){0};
	log->is_broken = false;
	if (!page)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	*page = (struct page){.log = log};
	error = bytes_read_state(fs->vault->bytes, &log->state, &fs->failure);
	if (error == FESTORE_OK && (log->state.anchor & FESTORE_ANCHOR_LOG) == 0)
		error = failure_set(&fs->failure, FESTORE_USAGE, "this vault keeps no log");
	/* An empty log too is proven by a state that is the present one. */
	if (error == FESTORE_OK)
		error = ask(fs, &log->state, NULL, 0, 0, NULL);
	if (error == FESTORE_OK)
		error = read_rows(fs, page);
	if (error == FESTORE_OK)
		error = turn(fs, page);
	if (error == FESTORE_OK)
		error = check_ends(fs, log);
	explicit_bzero(page, sizeof(*page));
	free(page);
	return error;
}

void vault_log_end(struct vault_log *log)
{
	if (log->bytes)
		explicit_bzero(log->bytes, log->room);
	free(log->bytes);
	log->bytes = NULL;
}

void vault_log_find_note(struct festore *fs, const struct festore_vault_state *state)
{
	const struct festore_log_head head = head_of(state);
	struct vault *vault = fs->vault;
	struct failure unimportant = {0};
	struct festore_log_sealed sealed;
	struct festore_vault_note note;
	struct bytes_logged row;
	uint8_t text[FESTORE_LOG_ENTRY_MAX];

	vault->has_note = head.notes != 0;
	memset(&vault->note, 0, sizeof(vault->note));
	if (!vault->has_note ||
		bytes_read_logged_note(vault->bytes, head.notes, &row, &unimportant) != FESTORE_OK)
		return;
	if (row_len(row.bytes, row.len, &sealed) != row.len || row.len == 0 ||
		ask(fs, state, row.bytes, row.len, sealed.len, text) != FESTORE_OK)
		goto out;
	if (log_entry_len(text, sealed.len) == 0)
		goto out;
	memcpy(&note, text + sizeof(struct festore_log_entry), sizeof(note));
	if (note.number != head.notes || (note.seen_at == 0) != (head.unseen == 1))
		goto out;
	vault->note = note;
	vault->note_row = row;
out:
	memset(&fs->failure, 0, sizeof(fs->failure));
}

void vault_log_describe(struct festore *fs, struct festore_status *status)
{
	struct bytes *bytes = fs->vault->bytes;
	struct failure unimportant = {0};
	struct festore_vault_state state = {0};
	struct bytes_logged row;

	if (!fs->vault->has_log || bytes_begin_read(bytes, &unimportant) != FESTORE_OK)
		return;
	if (bytes_read_state(bytes, &state, &unimportant) == FESTORE_OK)
		status->log_number = head_of(&state).number;
	(void)bytes_read_log(bytes, 0, &status->log_first, &row, &unimportant);
	bytes_end(bytes);
}

/* --- cutting ---------------------------------------------------------------------------------- */

/* Out comes the proposal, then the checkpoint. */
static enum festore_error ask_prune(struct festore *fs, const struct festore_vault_state *state,
	const struct bytes_logged *first, struct festore_vault_state *ret_proposal)
{
	struct festore_vault_request request = vault_request("", 0);
	struct festore_vault_change reply = {0};
	struct exchange exchange = {
		.command = FESTORE_CMD_LOG_PRUNE,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &reply,
		.reply_len = sizeof(reply),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {state, sizeof(*state)},
			[FESTORE_PART_RECORD] = {first->bytes, first->len}},
		.receive_at = 3,
		.receive_room = sizeof(*ret_proposal) + vault_log_room(fs->vault),
	};
	enum festore_error error = FESTORE_OK;

	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	if (exchange.received_len < sizeof(*ret_proposal) ||
		reply.state_len != sizeof(*ret_proposal))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	memcpy(ret_proposal, exchange.received, sizeof(*ret_proposal));
	return vault_log_store(fs, exchange.received + sizeof(*ret_proposal),
		exchange.received_len - sizeof(*ret_proposal));
}

/* In a write transaction; *ret_is_done: there is nothing to let go. */
static enum festore_error prune_locked(struct festore *fs, uint64_t keep,
	struct festore_vault_state *ret_proposal, bool *ret_is_done)
{
	struct bytes *bytes = fs->vault->bytes;
	struct festore_vault_state state = {0};
	struct bytes_logged row = {.len = 0};
	struct festore_log_head last = {0};
	uint64_t number = 0;
	enum festore_error error = bytes_read_state(bytes, &state, &fs->failure);

	if (error != FESTORE_OK)
		return error;
	last = head_of(&state);
	error = bytes_read_log(bytes, 0, &number, &row, &fs->failure);
	if (error != FESTORE_OK && error != FESTORE_NOT_FOUND)
		return error;
	*ret_is_done = last.number <= keep || (error == FESTORE_OK && number > last.number - keep);
	if (*ret_is_done)
		return FESTORE_OK;
	row.len = 0;
	error = FESTORE_OK;
	if (keep != 0)
		error = bytes_read_log(bytes, last.number - keep + 1, &number, &row, &fs->failure);
	if (keep != 0 && (error == FESTORE_NOT_FOUND || number != last.number - keep + 1))
		error = failure_set(&fs->failure, FESTORE_DAMAGED,
			"entry %llu of the log, the first that is to stay, is missing",
			(unsigned long long)last.number - keep + 1);
	if (error == FESTORE_OK)
		error = bytes_drop_log(bytes, 0, last.number - keep, &fs->failure);
	/* What lies behind the end is none of it. */
	if (error == FESTORE_OK)
		error = bytes_drop_log(
			bytes, (uint64_t)last.number + 1, BYTES_LOG_END, &fs->failure);
	return error == FESTORE_OK ? ask_prune(fs, &state, &row, ret_proposal) : error;
}

static enum festore_error prune(struct festore *fs, uint64_t keep)
{
	struct festore_vault_state proposal = {0};
	bool is_done = false;
	enum festore_error error = FESTORE_OK;

	vault_quota_begin(fs);
	error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	error = prune_locked(fs, keep, &proposal, &is_done);
	return error == FESTORE_OK && !is_done ? vault_store(fs, &proposal)
					       : vault_give_up(fs, error);
}

void vault_log_bound(struct festore *fs, const struct festore_vault_state *state)
{
	struct vault *vault = fs->vault;
	const uint64_t last = head_of(state).number;
	const uint64_t added = vault->log_added;
	const struct failure before = fs->failure;
	struct bytes_logged row;
	uint64_t first = 0;

	vault->log_added = 0;
	if (!vault->has_log || added == 0 || last / STEP == (last - added) / STEP)
		return;
	if (bytes_begin_read(vault->bytes, &fs->failure) != FESTORE_OK)
		return;
	if (bytes_read_log(vault->bytes, 0, &first, &row, &fs->failure) != FESTORE_OK)
		first = last;
	bytes_end(vault->bytes);
	if (last >= first + vault->log_kept + vault->log_kept / 10)
		(void)prune(fs, vault->log_kept);
	fs->failure = before;
}

/* --- for the caller --------------------------------------------------------------------------- */

static enum festore_error begin(struct festore *fs)
{
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage keeps no log");
	if (fs->vault->batch.is_open)
		return failure_set(&fs->failure, FESTORE_USAGE, "a batch is under way");
	error = vault_ready(fs, false);
	if (error == FESTORE_OK && !fs->vault->has_log)
		error = failure_set(&fs->failure, FESTORE_USAGE,
			"this vault keeps no log: festore init --log makes one that does");
	return error;
}

/* Where the first entry of at least this number is. */
static int visit_from(
	const struct vault_log *log, uint64_t since, festore_log_visit visit, void *arg)
{
	int result = 0;

	for (size_t at = 0; result == 0 && at < log->len;) {
		const size_t len = log_entry_len(log->bytes + at, log->len - at);
		struct festore_log_entry entry;

		memcpy(&entry, log->bytes + at, sizeof(entry));
		if (entry.number >= since)
			result = log_entry_visit(log->bytes + at, len, visit, arg);
		at += len;
	}
	return result;
}

enum festore_error festore_log_list(
	struct festore *fs, uint64_t since, festore_log_visit visit, void *arg)
{
	struct vault_log log = {0};
	enum festore_error error = begin(fs);

	if (error == FESTORE_OK)
		error = vault_read_current(fs, vault_log_read, &log);
	if (error == FESTORE_OK)
		error = (enum festore_error)visit_from(&log, since, visit, arg);
	vault_log_end(&log);
	return error;
}

enum festore_error festore_log_prune(struct festore *fs, uint64_t keep)
{
	enum festore_error error = begin(fs);

	return error == FESTORE_OK ? prune(fs, keep) : error;
}

/* A log, and what was signed of its state. */
struct export
{
	struct vault_log log;
	struct festore_log_signed signed_head;
};

static enum festore_error ask_signature(struct festore *fs, struct export *export)
{
	struct festore_vault_request request = vault_request("", 0);
	struct exchange exchange = {
		.command = FESTORE_CMD_LOG_SIGN,
		.request = &request,
		.request_len = sizeof(request),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&export->log.state, sizeof(export->log.state)}},
		.receive_at = 3,
		.receive_room = sizeof(export->signed_head),
	};
	enum festore_error error = FESTORE_OK;

	request.parts[FESTORE_PART_STATE] = sizeof(export->log.state);
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK && exchange.received_len != sizeof(export->signed_head))
		error = failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	if (error == FESTORE_OK)
		memcpy(&export->signed_head, exchange.received, sizeof(export->signed_head));
	return error;
}

static enum festore_error read_export(struct festore *fs, void *arg)
{
	struct export *export = arg;
	const enum festore_error error = vault_log_read(fs, &export->log);

	return error == FESTORE_OK ? ask_signature(fs, export) : error;
}

enum festore_error festore_log_export(struct festore *fs, void **ret_bytes, size_t *ret_len)
{
	struct export export = {0};
	enum festore_error error = begin(fs);

	if (error == FESTORE_OK)
		error = vault_read_current(fs, read_export, &export);
	if (error == FESTORE_OK)
		error = log_file_make(export.log.bytes, export.log.len, &export.signed_head,
			ret_bytes, ret_len, &fs->failure);
	vault_log_end(&export.log);
	return error;
}

enum festore_error festore_log_key(
	struct festore *fs, enum festore_key_format format, void **ret_bytes, size_t *ret_len)
{
	struct festore_vault_request request = vault_request("", 0);
	struct exchange exchange = {
		.command = FESTORE_CMD_LOG_KEY,
		.request = &request,
		.request_len = sizeof(request),
		.receive_at = 3,
		.receive_room = 32,
	};
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage keeps no log");
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_OK)
		error = log_file_key(exchange.received, exchange.received_len, format, ret_bytes,
			ret_len, &fs->failure);
	return error;
}
