// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzzes the command entry of the *objects* TA. An input is a sequence of steps of eight bytes;
 * after each, the answer is compared with what the tags must hold by then (belief.h).
 */
#include "anchor.h"
#include "client.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

/* More are rarely worth their time. */
#define STEPS_MAX 32

/* One step as the input has it. Every value means something. */
struct step {
	uint8_t what;
	uint8_t session;
	uint8_t tags; /* two bits each: the tag, the other tag */
	uint8_t size;
	uint8_t flags;
	uint8_t fault;
	uint8_t when;
	uint8_t extra;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned int session_at(const struct step *step)
{
	return step->session % SESSIONS;
}

static unsigned int tag_at(const struct step *step)
{
	return step->tags % TAGS;
}

static unsigned int other_tag_at(const struct step *step)
{
	return step->tags / TAGS % TAGS;
}

/* Three in four calls go well. */
static void plan_fault(const struct step *step, struct shot *shot)
{
	if (step->fault < 0x40)
		shot->fault = (enum fault)(step->fault % FAULTS);
	shot->when = step->when;
	/* What the normal world writes over a window is another content of the same form. */
	shot->other_serial = ++client.last_serial;
}

static size_t size_at(const struct step *step)
{
	static const size_t sizes[] = {0, 1, 279, 280, 1000, 4096, 30000, FESTORE_WINDOW - 1,
		FESTORE_WINDOW, FESTORE_WINDOW, FESTORE_WINDOW + 1};

	return sizes[step->size % (sizeof(sizes) / sizeof(sizes[0]))];
}

/* --- puts ------------------------------------------------------------------------------------- */

/* What a change that was to make `content` of the tag has made of it. */
static void settle(struct belief *belief, const struct shot *shot, const struct content *content)
{
	if (shot->res == TEE_SUCCESS)
		belief_set(belief, *content);
	else if (shot_is_cut(shot))
		belief_add(belief, *content);
}

static void check_put(const struct shot *shot, const struct belief *before, size_t len)
{
	const bool keeps = (shot->request.flags & FESTORE_WIRE_NO_CLOBBER) != 0;

	if (shot->res == TEE_SUCCESS && len > FESTORE_WINDOW)
		wrong("a put of more than a window");
	if (shot->res == TEE_SUCCESS && keeps && !belief_may_be_absent(before) &&
		!client.is_damaged)
		wrong("no-clobber put over a file");
	if (!shot_is_calm(shot) || shot->res == TEE_SUCCESS)
		return;
	if (shot->res == TEE_ERROR_EXCESS_DATA && len > FESTORE_WINDOW)
		return;
	if (shot->res == TEE_ERROR_ACCESS_CONFLICT && keeps && belief_may_exist(before))
		return;
	wrong("a put was refused without a reason");
}

static void step_put(const struct step *step)
{
	const unsigned int session = session_at(step);
	struct belief *belief = belief_of(session, tag_at(step));
	struct content content = {.exists = true, .serial = ++client.last_serial};
	const uint32_t flags = step->flags & FESTORE_WIRE_NO_CLOBBER;
	struct belief before;
	struct shot shot;

	session_need(session);
	before = *belief;
	content.len = (uint32_t)size_at(step);
	content.modified = content.serial;
	shot_init(&shot, FESTORE_CMD_FILE_PUT, tag_at(step));
	shot.request.flags = flags;
	shot.request.modified = content.modified;
	shot_window(&shot, content.len);
	content_fill(content.serial, 0, shot.window, content.len);
	plan_fault(step, &shot);
	shot_fire(&shot, session);

	shot.request.flags = flags;
	check_put(&shot, &before, content.len);
	settle(belief, &shot, &content);
	if (shot.fault == FAULT_WINDOW && shot.res == TEE_SUCCESS) {
		content.serial = shot.other_serial;
		belief_add(belief, content);
	}
	shot_free(&shot);
}

/* At most so many transfers may be under way that surely are. */
static void check_limits(void)
{
	unsigned int own[OWNERS] = {0};
	unsigned int all = 0;

	for (unsigned int i = 0; i < SESSIONS; i++) {
		if (client.transfers[i].command == 0 || !client.transfers[i].sure)
			continue;
		all++;
		if (++own[owner_of(i)] > 2)
			wrong("more than two transfers of an owner");
	}
	if (all > 4)
		wrong("more than four transfers");
}

static bool is_excessive(const struct transfer_view *transfer, size_t len)
{
	return len > FESTORE_WINDOW || transfer->done + len > FESTORE_REE_MAX;
}

/* A piece that goes on: only with what this session began, and not beyond what a file may have. */
static void check_continued(
	const struct shot *shot, const struct transfer_view *transfer, unsigned int tag, size_t len)
{
	const bool is_its = transfer->command == FESTORE_CMD_FILE_PUT && transfer->tag == tag;

	if (shot->res == TEE_SUCCESS && !is_its)
		wrong("a put goes on that never began");
	if (shot->res == TEE_SUCCESS && is_excessive(transfer, len))
		wrong("a file larger than the limit");
	if (shot->res == TEE_SUCCESS || !shot_is_calm(shot) || !is_its || !transfer->sure)
		return;
	if (shot->res != TEE_ERROR_ACCESS_CONFLICT && !is_excessive(transfer, len))
		wrong("a piece was refused without a reason");
}

/* After a piece: what the session's transfer is now, and what the tag holds. */
static void note_piece(struct shot *shot, unsigned int session, unsigned int tag, uint32_t flags,
	struct transfer_view now)
{
	struct belief *belief = belief_of(session, tag);
	const bool is_last = (flags & FESTORE_WIRE_MORE) == 0;

	now.spoilt = now.spoilt || shot->fault == FAULT_WINDOW;
	now.content.len = now.done;
	now.content.modified = now.content.serial;
	if (is_last) {
		now.content.exists = true;
		settle(belief, shot, &now.content);
		if (now.spoilt && (shot->res == TEE_SUCCESS || shot_is_cut(shot)))
			belief->anything = true;
	}
	if (shot_is_cut(shot))
		return;
	if (shot->res != TEE_SUCCESS)
		client.transfers[session].sure = false;
	else if (is_last)
		client.transfers[session] = (struct transfer_view){0};
	else
		client.transfers[session] = now;
	check_limits();
}

static void put_piece(const struct step *step, uint32_t flags, size_t len)
{
	const unsigned int session = session_at(step);
	const unsigned int tag = tag_at(step);
	const bool goes_on = (flags & FESTORE_WIRE_CONTINUE) != 0;
	struct transfer_view now = {.command = FESTORE_CMD_FILE_PUT, .tag = tag, .sure = true};
	struct transfer_view before;
	struct shot shot;

	session_need(session);
	before = client.transfers[session];
	if (goes_on)
		now = before;
	else
		now.content = (struct content){.is_large = true, .serial = ++client.last_serial};
	shot_init(&shot, FESTORE_CMD_FILE_PUT, tag);
	shot.request.flags = flags;
	shot.request.modified = now.content.serial;
	shot_window(&shot, len);
	content_fill(now.content.serial, now.done, shot.window, len);
	plan_fault(step, &shot);
	shot_fire(&shot, session);

	if (goes_on)
		check_continued(&shot, &before, tag, len);
	if (goes_on && shot.res != TEE_SUCCESS && !shot_is_cut(&shot)) {
		client.transfers[session].sure = false;
	} else if (!goes_on || (before.command == FESTORE_CMD_FILE_PUT && before.tag == tag)) {
		now.sure = true;
		now.done += (uint32_t)len;
		note_piece(&shot, session, tag, flags, now);
	}
	shot_free(&shot);
}

static void step_put_piece(const struct step *step)
{
	const uint32_t flags =
		step->flags & (FESTORE_WIRE_NO_CLOBBER | FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE);

	if ((flags & (FESTORE_WIRE_CONTINUE | FESTORE_WIRE_MORE)) == 0)
		step_put(step);
	else
		put_piece(step, flags, size_at(step));
}

/* A whole large put, so that it needs no luck; faults come at its last piece. */
static void step_put_large(const struct step *step)
{
	/* Rarely the largest, which takes long; not for a value that mutations like. */
	const bool is_largest = step->size == 0x7b;
	const unsigned int windows = is_largest ? FESTORE_REE_MAX / FESTORE_WINDOW - 1 : 1;
	const size_t rest = is_largest ? FESTORE_WINDOW : step->extra;
	struct step calm = *step;

	calm.fault = 0xff;
	for (unsigned int i = 0; i < windows; i++)
		put_piece(&calm, FESTORE_WIRE_MORE | (i != 0 ? FESTORE_WIRE_CONTINUE : 0u),
			FESTORE_WINDOW);
	put_piece(step, (step->flags & FESTORE_WIRE_NO_CLOBBER) | FESTORE_WIRE_CONTINUE, rest);
}

/* --- gets ------------------------------------------------------------------------------------- */

static void check_absent(const struct shot *shot, const struct belief *belief)
{
	if (shot->res == TEE_ERROR_ITEM_NOT_FOUND && !belief_may_be_absent(belief) &&
		!client.is_damaged)
		wrong("a file is gone");
	if (shot->res == TEE_ERROR_CORRUPT_OBJECT && !client.is_damaged)
		wrong("damage that nobody did");
}

static void note_get(const struct shot *shot, unsigned int session, unsigned int tag)
{
	struct festore_wire_file file = {0};
	struct transfer_view *transfer = &client.transfers[session];
	struct content content;
	const bool raced = shot->fault == FAULT_WINDOW;

	memcpy(&file, shot->reply, sizeof(file));
	if (!belief_allows(belief_of(session, tag), file.size, file.modified, shot->window,
		    raced ? 0 : shot->window_len, &content))
		wrong("a get returns what was never put there");
	if (shot->window_len > file.size ||
		(shot->window_len < file.size && shot->window_len != FESTORE_WINDOW))
		wrong("a piece of a wrong size");
	if (content.is_large || file.size > FESTORE_WINDOW)
		*transfer = (struct transfer_view){0};
	else
		transfer->sure = false;
	if (shot->window_len == file.size)
		return;
	*transfer = (struct transfer_view){.command = FESTORE_CMD_FILE_GET,
		.tag = tag,
		.sure = true,
		.spoilt = belief_of(session, tag)->anything,
		.done = (uint32_t)shot->window_len,
		.content = content};
	check_limits();
}

static void get_first(const struct step *step, size_t room)
{
	const unsigned int session = session_at(step);
	const unsigned int tag = tag_at(step);
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_FILE_GET, tag);
	shot_window(&shot, room);
	plan_fault(step, &shot);
	shot_fire(&shot, session);
	check_absent(&shot, belief_of(session, tag));
	if (shot.res == TEE_SUCCESS)
		note_get(&shot, session, tag);
	else if (!shot_is_cut(&shot))
		client.transfers[session].sure = false;
	if (shot_is_calm(&shot) && room == FESTORE_WINDOW && shot.res != TEE_SUCCESS &&
		shot.res != TEE_ERROR_ITEM_NOT_FOUND && shot.res != TEE_ERROR_BUSY)
		wrong("a get was refused without a reason");
	shot_free(&shot);
}

static void get_next(const struct step *step, size_t room)
{
	const unsigned int session = session_at(step);
	struct transfer_view *transfer = &client.transfers[session];
	const bool is_its =
		transfer->command == FESTORE_CMD_FILE_GET && transfer->tag == tag_at(step);
	struct festore_wire_file file = {0};
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_FILE_GET, tag_at(step));
	shot.request.flags = FESTORE_WIRE_CONTINUE;
	shot_window(&shot, room);
	plan_fault(step, &shot);
	shot_fire(&shot, session);
	if (shot.res != TEE_SUCCESS) {
		if (shot_is_calm(&shot) && is_its && transfer->sure && room == FESTORE_WINDOW)
			wrong("the next piece was refused without a reason");
		transfer->sure = false;
		goto out;
	}
	memcpy(&file, shot.reply, sizeof(file));
	if (!is_its)
		wrong("a get goes on that never began");
	if (file.size != transfer->content.len || shot.window_len > file.size - transfer->done)
		wrong("a piece of a wrong size");
	if (shot.fault != FAULT_WINDOW && !transfer->spoilt &&
		!content_is(transfer->content.serial, transfer->done, shot.window, shot.window_len))
		wrong("a piece of another content");
	transfer->done += (uint32_t)shot.window_len;
	if (transfer->done == file.size)
		*transfer = (struct transfer_view){0};
out:
	shot_free(&shot);
}

static void step_get(const struct step *step)
{
	if ((step->flags & FESTORE_WIRE_CONTINUE) != 0)
		get_next(step, step->extra < 0x80 ? FESTORE_WINDOW : size_at(step));
	else
		get_first(step, step->extra < 0x80 ? FESTORE_WINDOW : size_at(step));
}

/* A whole get to its end. */
static void step_get_whole(const struct step *step)
{
	const struct transfer_view *transfer = &client.transfers[session_at(step)];
	struct step calm = *step;

	calm.fault = 0xff;
	get_first(&calm, FESTORE_WINDOW);
	while (transfer->command == FESTORE_CMD_FILE_GET && transfer->sure &&
		transfer->tag == tag_at(step))
		get_next(&calm, FESTORE_WINDOW);
}

static void step_stat(const struct step *step)
{
	const struct belief *belief = belief_of(session_at(step), tag_at(step));
	struct festore_wire_file file = {0};
	struct content content;
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_FILE_STAT, tag_at(step));
	plan_fault(step, &shot);
	shot_fire(&shot, session_at(step));
	memcpy(&file, shot.reply, sizeof(file));
	check_absent(&shot, belief);
	if (shot.res == TEE_SUCCESS &&
		!belief_allows(belief, file.size, file.modified, NULL, 0, &content))
		wrong("a stat of what was never put there");
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Checks the entries of a page and counts them by tag. */
static void check_page(const struct shot *shot, unsigned int owner, unsigned int seen[TAGS])
{
	struct festore_wire_list list = {0};
	size_t at = 0;

	memcpy(&list, shot->reply, sizeof(list));
	if (list.damaged != 0 && !client.is_damaged)
		wrong("a list says damage that nobody did");
	for (uint32_t i = 0; i < list.count; i++) {
		struct festore_wire_entry entry = {0};
		struct content content;
		unsigned int tag = 0;

		if (shot->window_len - at < sizeof(entry))
			wrong("a list of more entries than bytes");
		memcpy(&entry, shot->window + at, sizeof(entry));
		if (shot->window_len - at < FESTORE_ENTRY_ROOM(entry.tag_len))
			wrong("an entry is cut");
		tag = tag_find(shot->window + at + sizeof(entry), entry.tag_len);
		if (tag == TAGS)
			wrong("a list of a tag that nobody put");
		if (!belief_allows(&client.beliefs[owner][tag], entry.size, entry.modified, NULL, 0,
			    &content))
			wrong("a list of what was never put there");
		seen[tag]++;
		at += FESTORE_ENTRY_ROOM(entry.tag_len);
	}
	if (at != shot->window_len)
		wrong("a list of more bytes than entries");
}

/* One page. Answers whether there are more. */
static bool list_page(
	const struct step *step, struct shot *shot, size_t room, unsigned int seen[TAGS])
{
	struct festore_wire_list list = {0};

	shot_window(shot, room);
	plan_fault(step, shot);
	if (shot->fault == FAULT_WINDOW)
		shot->fault = FAULT_NONE;
	shot_fire(shot, session_at(step));
	if (shot->res == TEE_SUCCESS) {
		check_page(shot, owner_of(session_at(step)), seen);
		memcpy(&list, shot->reply, sizeof(list));
	}
	shot_free(shot);
	return list.more != 0;
}

/* An owner's bodies after a whole list: those of files and of transfers, no other. */
static void check_swept(unsigned int owner)
{
	const TEE_UUID *uuid = &identity_of_owner(owner)->uuid;
	const uint8_t prefix[] = {2, (uint8_t)(uuid->timeLow >> 24), (uint8_t)(uuid->timeLow >> 16),
		(uint8_t)(uuid->timeLow >> 8), (uint8_t)uuid->timeLow};
	unsigned int may_be = 0;

	for (unsigned int tag = 0; tag < TAGS; tag++)
		may_be += belief_may_exist(&client.beliefs[owner][tag]) ? 1 : 0;
	for (unsigned int i = 0; i < SESSIONS; i++)
		may_be += client.transfers[i].command != 0 && owner_of(i) == owner ? 1 : 0;
	if (store_count(prefix, sizeof(prefix)) > may_be)
		wrong("a list left bodies that nobody needs");
}

/* From the first page to the last. */
static void step_list(const struct step *step)
{
	const unsigned int owner = owner_of(session_at(step));
	const size_t room = step->size < 0x80 ? FESTORE_WINDOW : 280u + step->extra;
	unsigned int seen[TAGS] = {0};
	uint32_t flags = 0;
	bool more = false;
	struct shot shot;

	do {
		shot_init(&shot, FESTORE_CMD_FILE_LIST, 0);
		shot.request.flags = flags;
		more = list_page(step, &shot, room, seen);
		flags = FESTORE_WIRE_CONTINUE;
	} while (more);
	if (!shot_is_calm(&shot))
		return;
	if (shot.res != TEE_SUCCESS)
		wrong("a list was refused without a reason");
	for (unsigned int tag = 0; tag < TAGS; tag++) {
		const struct belief *belief = &client.beliefs[owner][tag];

		if (seen[tag] > 1 || (seen[tag] == 1 && !belief_may_exist(belief)) ||
			(seen[tag] == 0 && !belief_may_be_absent(belief)))
			wrong("a list that is not complete, or not right");
	}
	check_swept(owner);
}

/* One page in whatever order. */
static void step_list_page(const struct step *step)
{
	unsigned int seen[TAGS] = {0};
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_FILE_LIST, 0);
	shot.request.flags = step->flags & FESTORE_WIRE_CONTINUE;
	if (step->extra & 1)
		tag_write(tag_at(step), &shot.request.tag);
	list_page(step, &shot, size_at(step), seen);
}

/* --- changes of names ------------------------------------------------------------------------- */

static void step_remove(const struct step *step)
{
	struct belief *belief = belief_of(session_at(step), tag_at(step));
	const struct content nothing = {0};
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_FILE_REMOVE, tag_at(step));
	plan_fault(step, &shot);
	shot_fire(&shot, session_at(step));
	check_absent(&shot, belief);
	if (shot.res == TEE_SUCCESS && !belief_may_exist(belief))
		wrong("a remove of what was not there");
	settle(belief, &shot, &nothing);
	if (shot_is_calm(&shot) && shot.res != TEE_SUCCESS && shot.res != TEE_ERROR_ITEM_NOT_FOUND)
		wrong("a remove was refused without a reason");
}

/* A move that was refused or cut may have written the new tag, or done all. */
static void settle_move(const struct step *step, const struct shot *shot)
{
	struct belief *from = belief_of(session_at(step), tag_at(step));
	struct belief *to = belief_of(session_at(step), other_tag_at(step));
	const bool is_half = shot->fault != FAULT_NONE && shot->fault != FAULT_REQUEST;

	if (shot->res == TEE_SUCCESS) {
		belief_set_moved(to, from);
		belief_set(from, (struct content){0});
	} else if (shot_is_cut(shot) || is_half || client.is_damaged) {
		belief_add_moved(to, from);
	}
	if (shot_is_cut(shot))
		belief_add(from, (struct content){0});
}

static void step_move(const struct step *step)
{
	const struct belief *from = belief_of(session_at(step), tag_at(step));
	const struct belief *to = belief_of(session_at(step), other_tag_at(step));
	struct festore_wire_tag new_tag;
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_FILE_MOVE, tag_at(step));
	shot.request.flags = step->flags & FESTORE_WIRE_NO_CLOBBER;
	tag_write(other_tag_at(step), &new_tag);
	shot_window(&shot, sizeof(new_tag));
	memcpy(shot.window, &new_tag, sizeof(new_tag));
	plan_fault(step, &shot);
	/* Overwritten, the window holds no tag: the move is refused, or was read before. */
	shot_fire(&shot, session_at(step));
	check_absent(&shot, from);
	if (shot.res == TEE_SUCCESS && tag_at(step) == other_tag_at(step))
		wrong("a move onto itself");
	if (shot.res == TEE_SUCCESS && !belief_may_exist(from))
		wrong("a move of what was not there");
	if (shot.res == TEE_SUCCESS && (step->flags & FESTORE_WIRE_NO_CLOBBER) != 0 &&
		!belief_may_be_absent(to) && !client.is_damaged)
		wrong("a no-clobber move over a file");
	if (tag_at(step) != other_tag_at(step))
		settle_move(step, &shot);
	shot_free(&shot);
}

/* --- what is not as it should be -------------------------------------------------------------- */

static void step_abort(const struct step *step)
{
	struct shot shot;

	shot_init(&shot, FESTORE_CMD_ABORT, 0);
	plan_fault(step, &shot);
	shot_fire(&shot, session_at(step));
	if (shot.res == TEE_SUCCESS)
		client.transfers[session_at(step)] = (struct transfer_view){0};
	else if (shot_is_calm(&shot))
		wrong("an abort was refused");
}

static void step_info(const struct step *step)
{
	static const uint8_t zero[FAKE_HUK_LEN];
	struct festore_wire_info info = {0};
	struct shot shot;

	/* With another key of the device, or none that could be asked for. */
	fake_tee_set_huk(step->extra % 4 == 1 ? zero : NULL);
	fake_tee_fail_huk(step->extra % 4 == 2 ? TEE_ERROR_GENERIC : TEE_SUCCESS);
	fake_tee_have_system_pta(step->extra % 4 != 3);
	shot_init(&shot, FESTORE_CMD_INFO, 0);
	plan_fault(step, &shot);
	shot_fire(&shot, session_at(step));
	memcpy(&info, shot.reply, sizeof(info));
	if (shot.res == TEE_SUCCESS &&
		info.login != identity_of_owner(owner_of(session_at(step)))->login)
		wrong("another login");
}

/* Types of parameters other than the command's are refused, whatever lies behind them. */
static void step_types(const struct step *step)
{
	struct shot shot;

	shot_init(&shot, step->size % (FESTORE_CMD_ABORT + 1), tag_at(step));
	shot.types = (uint32_t)(step->flags | step->extra << 8) & 0x7777;
	if (shot.types == types_of(shot.command))
		return;
	shot_window(&shot, sizeof(struct festore_wire_tag));
	shot_fire(&shot, session_at(step));
	if (shot.res != TEE_ERROR_BAD_PARAMETERS)
		wrong("types of parameters are not compared");
	shot_free(&shot);
}

/* Sizes of request and reply other than the command's. */
static void step_sizes(const struct step *step)
{
	const uint32_t command = step->flags % (FESTORE_CMD_ABORT + 2);
	struct shot shot;
	size_t reply_len = 0;

	shot_init(&shot, command % (FESTORE_CMD_ABORT + 1), tag_at(step));
	shot.command = command;
	reply_len = shot.reply_len;
	shot.request_len = step->size & 1 ? step->when : sizeof(shot.request);
	if ((step->size & 2) != 0 && reply_len != 0)
		shot.reply_len = step->extra % sizeof(shot.reply);
	if (shot.request_len == sizeof(shot.request) && shot.reply_len == reply_len)
		return;
	shot_window(&shot, sizeof(struct festore_wire_tag));
	shot_fire(&shot, session_at(step));
	if (shot.res != TEE_ERROR_BAD_PARAMETERS && shot.res != TEE_ERROR_NOT_SUPPORTED)
		wrong("sizes are not compared");
	shot_free(&shot);
}

/* What UTF-8 can be, nearly be and must not be. */
static void write_odd_tag(uint8_t which, struct festore_wire_tag *to)
{
	static const char *const odd[] = {"", "\x1f", "\x7f", "\xc2\x9f", "\xc2\xa0", "\xc1\xbf",
		"\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xed\xa0\x80",
		"\xee\x80\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"};
	const char *text = odd[which % (sizeof(odd) / sizeof(odd[0]))];

	memset(to, 0, sizeof(*to));
	to->len = (uint16_t)strlen(text);
	memcpy(to->bytes, text, to->len);
}

/* A request with a byte or a tag that is not as it should be, of a command that changes nothing. */
static void step_garble(const struct step *step)
{
	static const uint32_t commands[] = {
		FESTORE_CMD_FILE_STAT, FESTORE_CMD_FILE_LIST, FESTORE_CMD_INFO, FESTORE_CMD_ABORT};
	struct shot shot;
	uint8_t *bytes = (uint8_t *)&shot.request;

	shot_init(&shot, commands[step->flags % 4], tag_at(step));
	if (shot.command == FESTORE_CMD_FILE_LIST)
		shot_window(&shot, 1000);
	if ((step->flags & 4) != 0)
		write_odd_tag(step->extra, &shot.request.tag);
	else
		bytes[(step->when | (size_t)step->size << 8) % sizeof(shot.request)] = step->extra;
	shot_fire(&shot, session_at(step));
	if (shot.command == FESTORE_CMD_ABORT && shot.res == TEE_SUCCESS)
		client.transfers[session_at(step)] = (struct transfer_view){0};
	shot_free(&shot);
}

/* A move to what is no tag. */
static void step_bad_move(const struct step *step)
{
	struct festore_wire_tag new_tag;
	struct shot shot;

	tag_write(other_tag_at(step), &new_tag);
	if (step->size & 1)
		new_tag.len = (uint16_t)(FESTORE_TAG_MAX + 1 + step->when);
	else
		new_tag.bytes[step->when % new_tag.len] = 0xf8 | step->extra;
	shot_init(&shot, FESTORE_CMD_FILE_MOVE, tag_at(step));
	shot_window(&shot, sizeof(new_tag));
	memcpy(shot.window, &new_tag, sizeof(new_tag));
	shot_fire(&shot, session_at(step));
	if (shot.res != TEE_ERROR_BAD_PARAMETERS)
		wrong("a move to what is no tag");
	shot_free(&shot);
}

/* Logins without a store, sessions with parameters, more sessions than an owner may have. */
static void step_open(const struct step *step)
{
	static const TEE_UUID uuid = FESTORE_OBJECTS_UUID;
	const unsigned int owner = step->session % OWNERS;
	const TEE_Identity public = fake_tee_client(step->extra % 16, 1001);
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	uint32_t extra[17] = {0};
	unsigned int opened = 0;
	uint32_t session = 0;

	if (public.login != TEE_LOGIN_USER && public.login != TEE_LOGIN_GROUP &&
		fake_tee_open_session(&uuid, &public, 0, NULL, &session, NULL) !=
			TEE_ERROR_ACCESS_DENIED)
		wrong("a login without a store has one");
	if (fake_tee_open_session(&uuid, identity_of_owner(owner), TEE_PARAM_TYPE_VALUE_INOUT,
		    params, &session, NULL) != TEE_ERROR_BAD_PARAMETERS)
		wrong("a session with parameters");
	fake_tee_fail_alloc(1 + step->when % 4, 1);
	if (fake_tee_open_session(&uuid, identity_of_owner(owner), 0, NULL, &session, NULL) ==
		TEE_SUCCESS)
		fake_tee_close_session(session);
	fake_tee_fail_alloc(0, 0);
	while (opened < 17 &&
		fake_tee_open_session(&uuid, identity_of_owner(owner), 0, NULL, &extra[opened],
			NULL) == TEE_SUCCESS)
		opened++;
	if (opened > 16)
		wrong("more than 16 sessions of an owner");
	while (opened-- > 0)
		fake_tee_close_session(extra[opened]);
}

static void step_close(const struct step *step)
{
	session_drop(session_at(step));
}

static void step_restart(const struct step *step)
{
	(void)step;
	power_cycle();
}

static void step_damage(const struct step *step)
{
	if (store_damage(step->when, (step->extra & 1) != 0))
		client.is_damaged = true;
}

static void step_anchor(const struct step *step)
{
	const uint8_t bytes[7] = {step->session, step->tags, step->size, step->flags, step->fault,
		step->when, step->extra};

	anchor_step(bytes);
}

static void (*const steps[])(const struct step *step) = {
	step_put,
	step_put_piece,
	step_put_piece,
	step_put_large,
	step_get,
	step_get_whole,
	step_stat,
	step_list,
	step_list_page,
	step_remove,
	step_move,
	step_move,
	step_abort,
	step_info,
	step_types,
	step_sizes,
	step_garble,
	step_bad_move,
	step_open,
	step_close,
	step_restart,
	step_damage,
	step_anchor,
};

/* In the end every owner's tags are read, in fresh sessions; a stat does for what cannot be there.
 */
static void read_all(void)
{
	static const uint8_t sessions[OWNERS] = {0, 3, 5};

	for (unsigned int i = 0; i < SESSIONS; i++)
		session_drop(i);
	for (unsigned int i = 0; i < OWNERS * TAGS; i++) {
		const struct step step = {
			.session = sessions[i / TAGS], .tags = (uint8_t)(i % TAGS), .fault = 0xff};

		if (belief_may_exist(belief_of(session_at(&step), tag_at(&step))))
			step_get_whole(&step);
		else
			step_stat(&step);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	client_begin();
	anchor_forget();
	for (size_t i = 0; i < STEPS_MAX && len >= sizeof(struct step); i++) {
		struct step step;

		memcpy(&step, data, sizeof(step));
		data += sizeof(step);
		len -= sizeof(step);
		steps[step.what % (sizeof(steps) / sizeof(steps[0]))](&step);
	}
	read_all();
	client_end();
	return 0;
}
