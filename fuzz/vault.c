// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fuzzes the command entry of the *vault* TA. An input is a sequence of steps of eight bytes: calls
 * as libfestore makes them over a database in memory (tests/unit/vault.h), databases put back or
 * exchanged, calls with one byte spoiled, calls of random form. What is accepted must have been
 * sealed, be of the same owner, and be no older than what was acknowledged; and the content that is
 * given is the one that was put.
 */
/* As gcc, for which it was written, compiles it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "../tests/unit/vault_grow.h"
#include "../tests/unit/vault_key.h"
#include "../tests/unit/vault_many.h"

#include "../tests/unit/hex.h"
#include "../tests/unit/pair_vectors.h"
#include "../tests/unit/sealed_vectors.h"
#pragma GCC diagnostic pop

#include "report.h"
#include "store.h"

enum { OWNERS = 2, SESSIONS = 4, TAGS = 4, MOMENTS = 6, STEPS_MAX = 32 };

/* A database as it was at one time, and what its tags hold: lengths and serial numbers. */
struct moment {
	bool exists;
	struct store store;
	uint32_t serial[TAGS]; /* 0: absent */
	size_t len[TAGS];
	uint16_t key_use[TAGS];                   /* 0: there is no key of this tag */
	const struct pair_vector *key_pair[TAGS]; /* of one that was imported; else NULL */
	uint32_t pin;                             /* its number; 0: none */
};

struct owner_view {
	struct moment now;
	struct moment kept[MOMENTS]; /* older ones, and proposals that were not stored */
	unsigned int turn;
	uint64_t acknowledged; /* the highest version that the TA has taken in this life */
	bool is_destroyed;
};

static struct owner_view owners[OWNERS];
static struct client clients[SESSIONS]; /* session 0: not open */
static bool has_opened[SESSIONS];
static uint32_t last_serial;
static uint32_t aead;  /* of vaults that are made: the step says which */
static bool wants_pin; /* likewise */
static uint32_t last_pin;
static uint32_t clock_now;

static const char *const tags[TAGS] = {"a", "b", "tag/three", "\xc3\xa4"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* One step as the input has it. Every value means something. */
struct step {
	uint8_t what;
	uint8_t session;
	uint8_t tags;
	uint8_t size;
	uint8_t flags;
	uint8_t fault;
	uint8_t when;
	uint8_t extra;
};

static struct owner_view *owner_of(unsigned int session)
{
	return &owners[session % OWNERS];
}

static void fill(uint32_t serial, uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(serial * 151u + i * 7u + (i >> 8) * 13u);
}

static void moment_free(struct moment *moment)
{
	store_free(&moment->store);
	memset(moment, 0, sizeof(*moment));
}

static struct moment moment_copy(const struct moment *from)
{
	struct moment copy = *from;

	copy.store = store_copy(&from->store);
	return copy;
}

/* Takes over the moment. */
static void keep_moment(struct owner_view *owner, struct moment *moment)
{
	struct moment *place = &owner->kept[owner->turn++ % MOMENTS];

	moment_free(place);
	*place = *moment;
}

static void set_now(struct owner_view *owner, struct moment *moment)
{
	keep_moment(owner, &owner->now);
	owner->now = *moment;
}

/* --- what must be true ------------------------------------------------------------------------ */

static bool has_fault(const struct step *step)
{
	return step->fault < 0x30;
}

static bool is_documented(TEE_Result res)
{
	static const TEE_Result all[] = {TEE_SUCCESS, TEE_ERROR_BAD_PARAMETERS,
		TEE_ERROR_NOT_SUPPORTED, TEE_ERROR_ACCESS_DENIED, TEE_ERROR_ITEM_NOT_FOUND,
		TEE_ERROR_ACCESS_CONFLICT, TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_EXCESS_DATA,
		TEE_ERROR_SHORT_BUFFER, TEE_ERROR_BAD_STATE, TEE_ERROR_BUSY,
		TEE_ERROR_OUT_OF_MEMORY, FESTORE_TA_STALE, FESTORE_TA_OTHER, FESTORE_TA_FULL,
		FESTORE_TA_DESTROYED, FESTORE_TA_OTHER_USE, FESTORE_TA_BAD_MESSAGE,
		FESTORE_TA_BAD_KEY, FESTORE_TA_NO_ANCHOR, FESTORE_TA_SPARED, FESTORE_TA_PIN_NEEDED,
		FESTORE_TA_PIN_WRONG, FESTORE_TA_PIN_WAIT, FESTORE_TA_PIN_LOCKED,
		FESTORE_TA_UNPROVEN, FESTORE_TA_WRITE_ONCE, FESTORE_TA_USES, FESTORE_TA_READ_ONCE,
		FESTORE_TA_APPEND_ONLY};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] == res)
			return true;
	}
	return false;
}

static TEE_Result checked(TEE_Result res)
{
	if (res == TEE_ERROR_TARGET_DEAD)
		wrong("the TA panicked");
	if (!is_documented(res))
		wrong("an answer that is not documented");
	return res;
}

/* The TA has taken this state for the present one. */
static void acknowledge(struct owner_view *owner, uint64_t version)
{
	if (version < owner->acknowledged)
		wrong("an older state was taken");
	if (owner->is_destroyed)
		wrong("a destroyed vault was taken");
	owner->acknowledged = version;
}

/* May an honest call on what lies in the database now fail so? */
static void check_refusal(const struct step *step, unsigned int session, TEE_Result res)
{
	const struct owner_view *owner = owner_of(session);

	if (res == TEE_ERROR_CORRUPT_OBJECT)
		wrong("what was sealed is called damaged");
	if (has_fault(step) || !has_opened[session] || owner->is_destroyed)
		return;
	if (res == FESTORE_TA_STALE && owner->now.store.state.version >= owner->acknowledged)
		return; /* a sibling of what the TA has taken */
	if (res == FESTORE_TA_STALE && owner->now.store.state.version < owner->acknowledged)
		return;
	if (res == TEE_ERROR_SHORT_BUFFER || res == TEE_ERROR_BAD_STATE ||
		res == TEE_ERROR_OUT_OF_MEMORY)
		wrong("an honest call was refused");
}

static void check_content(const struct moment *moment, unsigned int tag)
{
	static uint8_t expected[LARGE];

	if (moment->serial[tag] == 0)
		wrong("a tag that is not there was given");
	fill(moment->serial[tag], expected, moment->len[tag]);
	if (got_len != moment->len[tag] || memcmp(got, expected, got_len) != 0)
		wrong("another content was given");
}

/* --- faults ----------------------------------------------------------------------------------- */

static unsigned int calls_left;

/* The normal world overwrites what it shares while the TA works. */
static void overwrite_in(const char *call, void *arg)
{
	(void)call;
	(void)arg;
	if (calls_left-- == 0 && shared.in_len != 0)
		memset(shared.in, 0x5c, shared.in_len);
}

static void overwrite_request(const char *call, void *arg)
{
	(void)call;
	(void)arg;
	if (calls_left-- == 0 && shared.request)
		memset(shared.request, 0xff, sizeof(struct festore_wire_request));
}

static void plan(const struct step *step)
{
	calls_left = step->when % 32;
	if (!has_fault(step))
		return;
	if (step->fault % 3 == 0)
		fake_tee_fail_alloc(1u + step->when % 16, 1);
	else
		fake_tee_on_call(step->fault % 3 == 1 ? overwrite_in : overwrite_request, NULL);
}

static void unplan(void)
{
	fake_tee_fail_alloc(0, 0);
	fake_tee_on_call(NULL, NULL);
}

/* With memory that changes under its hands the TA may answer anything that is documented. */
static bool is_raced(const struct step *step)
{
	return has_fault(step) && step->fault % 3 != 0;
}

/* --- sessions --------------------------------------------------------------------------------- */

static void drop_session(unsigned int session)
{
	if (clients[session].session != 0)
		client_close(&clients[session]);
	memset(&clients[session], 0, sizeof(clients[session]));
	has_opened[session] = false;
}

static void use_pin(uint32_t number)
{
	char text[16];

	memset(&wanted_pin, 0, sizeof(wanted_pin));
	if (number == 0)
		return;
	snprintf(text, sizeof(text), "PIN %u", number);
	set_pin(text, 0);
}

static void make_vault(unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct moment made = {.exists = true, .pin = wants_pin ? ++last_pin : 0};
	TEE_Result res = TEE_SUCCESS;

	use_pin(made.pin);
	res = checked(create_vault_with(clients[session].session, "default", aead, &made.store));
	if (res != TEE_SUCCESS) {
		store_free(&made.store);
		return;
	}
	owner->is_destroyed = false;
	owner->acknowledged = 0;
	set_now(owner, &made);
}

/* A session, with the vault opened if the TA takes what lies there. */
static void need_session(unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	uint32_t id = client->session;

	if (id == 0) {
		memset(client, 0, sizeof(*client));
		id = open_as(session % OWNERS == 0 ? ALICE : BOB);
		client->session = id;
	}
	if (has_opened[session])
		return;
	if (!owner->now.exists)
		make_vault(session);
	if (!owner->now.exists)
		return;
	use_pin(owner->now.pin);
	if (checked(open_vault(id, "default", &owner->now.store, client)) == TEE_SUCCESS) {
		has_opened[session] = true;
		acknowledge(owner, owner->now.store.state.version);
	}
}

/* --- steps ------------------------------------------------------------------------------------ */

static size_t size_at(const struct step *step)
{
	static const size_t sizes[] = {
		0, 1, 63, 64, 100, 1000, 4095, 4096, 4097, 9000, FESTORE_WINDOW, 70000};

	return sizes[step->size % (sizeof(sizes) / sizeof(sizes[0]))];
}

/*
 * A change was proposed on `work`: it is stored, or kept for an attacker to bring back; and
 * confirmed, whether stored or not.
 */
static void settle(const struct step *step, unsigned int session, struct moment *work)
{
	struct owner_view *owner = owner_of(session);
	const uint64_t version = work->store.state.version;

	acknowledge(owner, owner->now.store.state.version);
	if ((step->flags & 0x10) == 0)
		set_now(owner, work);
	else
		keep_moment(owner, work);
	if ((step->flags & 0x20) != 0)
		return;
	if (checked(confirm(&clients[session])) == TEE_SUCCESS)
		acknowledge(owner, version);
}

/* Two puts in one call, and the proposal of both. */
static TEE_Result put_two(
	const struct step *step, struct client *client, struct moment *work, size_t len)
{
	static uint8_t bytes[2][FESTORE_WINDOW];
	const unsigned int both[2] = {step->tags % TAGS, (step->tags + 1u) % TAGS};
	TEE_Result res = TEE_SUCCESS;

	if (len > FESTORE_WINDOW / 2)
		len = FESTORE_WINDOW / 2;
	many_begin();
	for (unsigned int i = 0; i < 2; i++) {
		fill(++last_serial, bytes[i], len);
		many_add(client, tags[both[i]], bytes[i], len);
		work->serial[both[i]] = last_serial;
		work->len[both[i]] = len;
	}
	many_make(client);
	res = ask_run(client->session, &many.ask);
	client->is_in_batch = res == TEE_SUCCESS;
	/* With memory that changed under the TA's hands its answer means nothing. */
	if (res != TEE_SUCCESS || is_raced(step))
		return res;
	many_take_answer(client->store, &many.ask.answer.change);
	return many_propose(client);
}

/* Sealed anew, with nothing behind it. */
static TEE_Result grow(struct client *client, const struct moment *work, unsigned int tag)
{
	TEE_Result res = pieces_of(client, tags[tag], work->len[tag], 0);

	if (res == TEE_SUCCESS)
		res = propose_exchange(client, tags[tag]);
	client_drop(client);
	return res;
}

static void step_change(const struct step *step, unsigned int session)
{
	static uint8_t bytes[LARGE];
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	const unsigned int tag = step->tags % TAGS;
	const unsigned int other = step->tags / TAGS % TAGS;
	const uint32_t flags = step->flags & FESTORE_WIRE_NO_CLOBBER;
	const size_t len = size_at(step);
	struct moment work = moment_copy(&owner->now);
	TEE_Result res = TEE_SUCCESS;

	client->store = &work.store;
	plan(step);
	if (step->what % 16 < 4 && step->extra % 4 == 3) {
		res = put_two(step, client, &work, len);
	} else if (step->what % 16 < 4 && step->extra % 8 == 2) {
		res = grow(client, &work, tag);
	} else if (step->what % 16 < 4) {
		fill(++last_serial, bytes, len);
		res = put_flags(client, tags[tag], bytes, len, flags);
		work.serial[tag] = last_serial;
		work.len[tag] = len;
		if (res == TEE_SUCCESS && flags != 0 && owner->now.serial[tag] != 0 &&
			!is_raced(step))
			wrong("no-clobber put over a file");
	} else if (step->what % 16 == 4) {
		res = remove_flags(client, tags[tag], 0);
		work.serial[tag] = 0;
	} else {
		res = move_flags(client, tags[tag], tags[other], flags);
		work.serial[other] = work.serial[tag];
		work.len[other] = work.len[tag];
		if (other != tag)
			work.serial[tag] = 0;
	}
	unplan();
	checked(res);
	client->store = &owner->now.store;
	if (is_raced(step) || res != TEE_SUCCESS) {
		if (res != TEE_SUCCESS && !is_raced(step))
			check_refusal(step, session, res);
		moment_free(&work);
		checked(abort_all(client));
		return;
	}
	settle(step, session, &work);
}

static void step_get(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	const unsigned int tag = step->tags % TAGS;
	TEE_Result res = TEE_SUCCESS;

	clients[session].store = &owner->now.store;
	plan(step);
	res = checked(get(&clients[session], tags[tag]));
	unplan();
	if (is_raced(step))
		return;
	if (res == TEE_SUCCESS || res == TEE_ERROR_ITEM_NOT_FOUND)
		acknowledge(owner, owner->now.store.state.version);
	else
		check_refusal(step, session, res);
	if (res == TEE_SUCCESS)
		check_content(&owner->now, tag);
	if (res == TEE_ERROR_ITEM_NOT_FOUND && owner->now.serial[tag] != 0)
		wrong("a file is said not to be there");
}

static unsigned int key_count(const struct moment *moment)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < TAGS; i++)
		count += moment->key_use[i] != 0 ? 1 : 0;
	return count;
}

/* Pairs that are imported; those of RSA take long to be checked. */
static const struct pair_vector *pair_at(const struct step *step)
{
	if (step->fault == 0xff)
		return &rsa_pair;
	if (step->extra % 16 == 15)
		return &signing_vectors[0].pair;
	return &agreeing_pairs[step->extra % AGREEING_PAIRS];
}

/* With a bit of it spoiled, if the step says so. */
static TEE_Result import_pair(const struct step *step, struct client *client, const char *tag,
	const struct pair_vector *vector, uint16_t use)
{
	uint8_t pair[FESTORE_KEY_MAX];
	size_t len = unhex(vector->public, pair);
	struct ask ask;

	len += unhex(vector->private, pair + len);
	if ((step->flags & 0x08) != 0)
		pair[(step->when * 7u) % len] ^= (uint8_t)(1u << step->flags % 8);
	ask = ask_import(tag, vector->type, use, pair, len);
	return run_make(client, &ask);
}

/* A key is made, imported, or removed. */
static void step_key_change(const struct step *step, unsigned int session)
{
	static const uint16_t types[] = {FESTORE_WIRE_ED25519, FESTORE_WIRE_P256, FESTORE_WIRE_P521,
		FESTORE_WIRE_X25519, FESTORE_WIRE_RSA2048};
	const uint16_t type = types[step->extra % 5];
	const uint16_t use = (uint16_t)(1 + step->when % 15);
	const unsigned int tag = step->tags % TAGS;
	const bool removes = step->size % 4 == 3;
	const struct pair_vector *pair = (step->tags & 0x80) != 0 ? pair_at(step) : NULL;
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	struct moment work = moment_copy(&owner->now);
	TEE_Result res = TEE_SUCCESS;

	client->store = &work.store;
	client->kind = FESTORE_WIRE_KEY;
	plan(step);
	if (removes)
		res = remove_flags(client, tags[tag], 0);
	else if (pair)
		res = import_pair(step, client, tags[tag], pair, use);
	else
		res = make_key(client, tags[tag], type, use);
	if (res == TEE_SUCCESS && pair && !removes && (step->flags & 0x08) != 0 && !is_raced(step))
		wrong("a pair with a spoiled bit was taken");
	if (res == TEE_SUCCESS && !removes)
		res = place_key(client, tags[tag]);
	unplan();
	checked(res);
	client->kind = FESTORE_WIRE_FILE;
	client->store = &owner->now.store;
	if (is_raced(step) || res != TEE_SUCCESS) {
		moment_free(&work);
		checked(abort_all(client));
		return;
	}
	if (removes == (owner->now.key_use[tag] == 0))
		wrong("a key was replaced, or removed that was not there");
	work.key_use[tag] = removes ? 0 : use;
	work.key_pair[tag] = removes ? NULL : pair;
	settle(step, session, &work);
}

/* A call that some set of uses allows has been made; may it have been answered so? */
static void check_use(const struct step *step, unsigned int session, uint16_t uses, TEE_Result res)
{
	struct owner_view *owner = owner_of(session);
	const unsigned int tag = step->tags % TAGS;

	if (res == TEE_SUCCESS && (owner->now.key_use[tag] & uses) == 0)
		wrong("a key did what it was not made for");
	if (res == TEE_ERROR_ITEM_NOT_FOUND && owner->now.key_use[tag] != 0)
		wrong("a key is said not to be there");
	if (res == TEE_SUCCESS || res == TEE_ERROR_ITEM_NOT_FOUND)
		acknowledge(owner, owner->now.store.state.version);
	else if (res == TEE_ERROR_CORRUPT_OBJECT)
		check_refusal(step, session, res);
}

/* A key is used: only one that is there, for what it was made. */
static void step_key_use(const struct step *step, unsigned int session)
{
	static const uint8_t message[32];
	const unsigned int tag = step->tags % TAGS;
	struct client *client = &clients[session];
	struct ask ask;
	TEE_Result res = TEE_SUCCESS;

	client->store = &owner_of(session)->now.store;
	client->kind = FESTORE_WIRE_KEY;
	ask = step->size % 4 == 1
		? ask_key(client, FESTORE_CMD_KEY_PUBLIC, tags[tag])
		: ask_sign(client, tags[tag], step->extra % 4, step->extra / 4 % 4, message, 32);
	client->kind = FESTORE_WIRE_FILE;
	plan(step);
	res = checked(ask_run(client->session, &ask));
	unplan();
	/* The public half is for any use. */
	if (!is_raced(step))
		check_use(step, session,
			ask.command == FESTORE_CMD_KEY_SIGN ? FESTORE_WIRE_SIGN : UINT16_MAX, res);
}

/* --- keys that open and agree ----------------------------------------------------------------- */

/* What comes out of a message must be what was sealed, for this key, and whole. */
static void check_opened(const struct step *step, unsigned int session,
	const struct sealed_vector *vector, bool is_spoiled, const struct ask *ask)
{
	if (is_spoiled)
		wrong("a message that was spoiled came out");
	if (owner_of(session)->now.key_pair[step->tags % TAGS] != sealed_for(vector))
		wrong("a message for another key came out");
	if (ask->out_len != strlen(sealed_text) || memcmp(ask->out, sealed_text, ask->out_len) != 0)
		wrong("another text came out than was sealed");
}

/* One piece after the opening, with perhaps a bit spoiled, in one or two passes. */
static void go_on(const struct step *step, unsigned int session, const struct sealed_vector *vector,
	bool is_spoiled)
{
	struct ask ask = ask_of(FESTORE_CMD_KEY_DECRYPT, tags[step->tags % TAGS]);
	const unsigned int passes = vector->scheme == FESTORE_WIRE_CMS ? 2 : 1;
	uint8_t piece[64];
	const size_t len = unhex(vector->piece, piece);
	TEE_Result res = TEE_SUCCESS;

	ask.message = piece;
	ask.message_len = len;
	ask.request.base.flags = FESTORE_WIRE_CONTINUE;
	if ((step->flags & 0x80) != 0)
		ask.request.base.flags |= FESTORE_WIRE_MORE;
	for (unsigned int pass = 1; pass <= passes && res == TEE_SUCCESS; pass++) {
		if ((step->flags & 0x40) != 0 && step->extra / 16 % 2 + 1u == pass) {
			piece[step->when % len] ^= (uint8_t)(1u << step->flags % 8);
			is_spoiled = true;
		}
		plan(step);
		res = checked(ask_run(clients[session].session, &ask));
		unplan();
		if (is_raced(step))
			break;
		if (res == TEE_SUCCESS && pass == passes)
			check_opened(step, session, vector, is_spoiled, &ask);
		else if (res == TEE_SUCCESS)
			memcpy(piece + len - FESTORE_SEAL, ask.out, FESTORE_SEAL);
	}
}

/* What was sealed for a known key is opened by one that may be it, and be made for it. */
static void step_key_decrypt(const struct step *step, unsigned int session)
{
	const struct sealed_vector *vector = &sealed_vectors[step->extra % SEALED_VECTORS];
	const bool is_spoiled = step->flags % 4 == 3;
	struct client *client = &clients[session];
	uint8_t message[FESTORE_SENT_MAX];
	struct ask ask;
	TEE_Result res = TEE_SUCCESS;

	client->store = &owner_of(session)->now.store;
	client->kind = FESTORE_WIRE_KEY;
	ask = ask_key(client, FESTORE_CMD_KEY_DECRYPT, tags[step->tags % TAGS]);
	client->kind = FESTORE_WIRE_FILE;
	ask.request.key.scheme = vector->scheme;
	ask.request.key.hash = vector->hash;
	ask.message = message;
	ask.message_len = unhex(vector->opening, message);
	if (is_spoiled)
		message[(step->when * 3u) % ask.message_len] ^= (uint8_t)(1u << step->extra / 32);
	plan(step);
	res = checked(ask_run(client->session, &ask));
	unplan();
	if (!is_raced(step)) {
		check_use(step, session, FESTORE_WIRE_DECRYPT, res);
		if (res == TEE_SUCCESS && vector->scheme == FESTORE_WIRE_OAEP)
			check_opened(step, session, vector, is_spoiled, &ask);
	}
	if (res == TEE_SUCCESS && vector->scheme != FESTORE_WIRE_OAEP && !is_raced(step))
		go_on(step, session, vector, is_spoiled);
}

/* Agrees with the neighbour of a known pair, or with one whose point is spoiled. */
static void step_key_derive(const struct step *step, unsigned int session)
{
	const struct pair_vector *peer = &agreeing_pairs[step->extra % AGREEING_PAIRS];
	const bool is_bare = step->flags % 2 == 0;
	const size_t point = peer->type == FESTORE_WIRE_X25519 ? 0 : 1;
	struct festore_wire_derive head = {.length = is_bare ? 0 : (uint16_t)(1 + step->when * 2)};
	struct client *client = &clients[session];
	uint8_t message[FESTORE_DERIVE_MAX] = {0};
	uint8_t *at = message + sizeof(head);
	struct ask ask;
	TEE_Result res = TEE_SUCCESS;

	at[0] = 4;
	head.peer_len = (uint16_t)(point + unhex(peer->public, at + point));
	if (step->flags % 16 >= 14)
		at[step->when % head.peer_len] ^= (uint8_t)(1u << step->extra / 32);
	head.salt_len = is_bare ? 0 : step->fault;
	head.info_len = is_bare ? 0 : step->when;
	memcpy(message, &head, sizeof(head));
	client->store = &owner_of(session)->now.store;
	client->kind = FESTORE_WIRE_KEY;
	ask = ask_key(client, FESTORE_CMD_KEY_DERIVE, tags[step->tags % TAGS]);
	client->kind = FESTORE_WIRE_FILE;
	ask.request.key.scheme = is_bare ? FESTORE_WIRE_BARE : FESTORE_WIRE_HKDF;
	ask.request.key.hash = is_bare ? 0 : FESTORE_WIRE_SHA256;
	ask.message = message;
	ask.message_len = sizeof(head) + head.peer_len + head.salt_len + head.info_len;
	ask.room = FESTORE_DERIVED_MAX;
	plan(step);
	res = checked(ask_run(client->session, &ask));
	unplan();
	if (is_raced(step))
		return;
	check_use(step, session, is_bare ? FESTORE_WIRE_DERIVE_RAW : FESTORE_WIRE_DERIVE, res);
	if (res == TEE_SUCCESS && !is_bare && ask.out_len != head.length)
		wrong("another length was derived");
}

/* A call on a key that is well-formed but for some of its numbers. */
static void step_key_odd(const struct step *step, unsigned int session)
{
	static const uint8_t message[64];
	const char *tag = tags[step->tags % TAGS];
	struct client *client = &clients[session];
	struct ask ask;

	client->store = &owner_of(session)->now.store;
	client->kind = FESTORE_WIRE_KEY;
	switch (step->flags / 8 % 8) {
	case 0:
		ask = ask_make(tag, step->extra % 16, step->when);
		break;
	case 1:
		ask = ask_store(client, tag);
		break;
	case 2:
		ask = ask_key(client, FESTORE_CMD_KEY_PUBLIC, tag);
		break;
	case 3:
		ask = ask_import(
			tag, step->extra % 16, 1 + step->when % 15, message, step->when % 65);
		break;
	case 4:
		ask = ask_key(client, FESTORE_CMD_KEY_DECRYPT, tag);
		ask.request.key.scheme = step->extra % 12;
		ask.message = message;
		ask.message_len = step->when % 65;
		break;
	case 5:
		ask = ask_of(FESTORE_CMD_KEY_DECRYPT, tag);
		ask.request.base.flags = FESTORE_WIRE_CONTINUE;
		ask.message = message;
		ask.message_len = step->when % 65;
		break;
	case 6:
		ask = ask_key(client, FESTORE_CMD_KEY_DERIVE, tag);
		ask.request.key.scheme = step->extra % 12;
		ask.message = message;
		ask.message_len = step->when % 65;
		break;
	default:
		ask = ask_sign(client, tag, step->extra % 8, step->extra / 8 % 8, message,
			step->when % 65);
		break;
	}
	client->kind = FESTORE_WIRE_FILE;
	switch (step->flags % 8) {
	case 0:
		ask.room = step->when * 8u;
		break;
	case 1:
		ask.request.base.flags ^= 1u << step->when % 8;
		break;
	case 2:
		ask.content_len = ask.content_len > step->when ? ask.content_len - step->when : 0;
		break;
	case 3:
		ask.request.kind = step->when;
		break;
	case 4:
		ask.request.key.scheme = step->when;
		break;
	default:
		break;
	}
	if (checked(ask_run(client->session, &ask)) == TEE_SUCCESS)
		assert_true(ask.out_len <= ask.room);
	checked(abort_all(client));
}

/* All entries, or (extra) all but one. */
static void step_list(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct store part = store_copy(&owner->now.store);
	struct listing listing;
	const bool hides = step->extra % 2 == 1 && part.count != 0;
	TEE_Result res = TEE_SUCCESS;

	if (hides)
		store_delete(&part, step->extra / 2 % part.count);
	clients[session].store = &owner->now.store;
	plan(step);
	res = checked(list_store(&clients[session], &part, "",
		step->size % 2 == 0 ? FESTORE_WINDOW : 400, &listing));
	unplan();
	if (res == TEE_SUCCESS && !is_raced(step)) {
		if (hides)
			wrong("a list without an entry was taken");
		if (listing.count + key_count(&owner->now) != owner->now.store.count ||
			listing.damaged != 0)
			wrong("a list gives other entries than it was given");
		acknowledge(owner, owner->now.store.state.version);
	} else if (!hides && !is_raced(step)) {
		check_refusal(step, session, res);
	}
	store_free(&part);
}

static struct ask honest_ask(const struct step *step, const struct client *client)
{
	const char *tag = tags[step->tags % TAGS];

	switch (step->size % 4) {
	case 3:
		many_begin();
		many_add(client, tag, "abc", 3);
		many_make(client);
		return many.ask;
	case 0:
		return ask_get(client, tag);
	case 1:
		return ask_remove(client, tag, 0);
	default:
		return ask_put(client, tag, (const uint8_t *)"abc", 3, 0);
	}
}

/* What the tag held at another time, under the state of now. */
static void step_older_record(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	const char *tag = tags[step->tags % TAGS];
	const struct entry *now = NULL;
	const struct entry *old = NULL;
	struct ask ask;

	client->store = &owner->kept[step->extra % MOMENTS].store;
	old = client_entry(client, tag);
	client->store = &owner->now.store;
	now = client_entry(client, tag);
	if (!old || !now ||
		memcmp(old->record, now->record, sizeof(struct festore_vault_record)) == 0)
		return;
	ask = ask_get(client, tag);
	add_record(&ask, old);
	ask.content = old->content;
	ask.content_len = window_of(old->content_len);
	if (checked(ask_run(client->session, &ask)) == TEE_SUCCESS)
		wrong("an older record was taken");
}

/*
 * A call with one byte of what the normal world keeps changed: never taken. (What a PUT stores is
 * the caller's.)
 */
static void step_spoiled(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	const uint8_t mask = (uint8_t)(1u << step->flags % 8);
	const size_t at = (size_t)step->when << 8 | step->extra;
	struct ask ask;
	uint8_t record[FESTORE_RECORD_MAX];
	uint8_t *content = NULL;
	TEE_Result res = TEE_SUCCESS;

	client->store = &owner->now.store;
	ask = honest_ask(step, client);
	switch (step->flags / 8 % 4) {
	case 0:
		((uint8_t *)&ask.state)[at % sizeof(ask.state)] ^= mask;
		break;
	case 1:
		if (ask.path_len == 0)
			return;
		ask.path[at % ask.path_len] ^= mask;
		break;
	case 2:
		if (ask.record_len == 0 || ask.command == FESTORE_CMD_FILE_PUT_MANY)
			return;
		memcpy(record, ask.record, ask.record_len);
		record[at % ask.record_len] ^= mask;
		ask.record = record;
		break;
	default:
		if (ask.content_len == 0 || ask.command != FESTORE_CMD_FILE_GET)
			return;
		content = keep(ask.content, ask.content_len);
		content[at % ask.content_len] ^= mask;
		ask.content = content;
		break;
	}
	res = checked(ask_run(client->session, &ask));
	if (res == TEE_SUCCESS)
		wrong("a call with a spoiled byte was taken");
	free(content);
	checked(abort_all(client));
}

/* A call that is well-formed but for some of its numbers. */
static void step_odd(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	struct ask ask;

	client->store = &owner->now.store;
	ask = honest_ask(step, client);
	switch (step->flags % 6) {
	case 0:
		ask.request.base.flags ^= 1u << step->when % 8;
		break;
	case 1:
		ask.room = step->when * 8u;
		break;
	case 2:
		ask.path_len = ask.path_len > step->when ? ask.path_len - step->when : 0;
		break;
	case 3:
		ask.request.kind = step->when;
		break;
	case 4:
		ask.state_len = step->when % sizeof(ask.state);
		break;
	default:
		ask.content_len = ask.content_len > step->when ? ask.content_len - step->when : 0;
		break;
	}
	if (ask_run(client->session, &ask) == TEE_SUCCESS && ask.command == FESTORE_CMD_FILE_GET)
		assert_true(ask.out_len <= ask.room);
	checked(abort_all(client));
}

/* An entry as a check takes it in: its record, or (blind) the hash of its leaf. */
static void add_checked(struct entries_in *in, const struct entry *entry, uint32_t flags, bool lies)
{
	const bool is_blind = (flags & FESTORE_LISTED_BLIND) != 0;
	const struct festore_vault_leaf leaf = leaf_of(entry);
	struct festore_vault_listed listed = {
		.record_len = is_blind ? FESTORE_HASH : (uint32_t)entry->record_len,
		.flags = flags,
	};
	const size_t room = FESTORE_LISTED_ROOM(listed.record_len);
	uint8_t hash[FESTORE_HASH];

	if (room > sizeof(in->bytes) - in->len)
		return;
	tree_hash_leaf(&leaf, hash);
	hash[0] ^= lies ? 1 : 0;
	memcpy(listed.locator, entry->locator, sizeof(listed.locator));
	memset(in->bytes + in->len, 0, room);
	memcpy(in->bytes + in->len, &listed, sizeof(listed));
	memcpy(in->bytes + in->len + sizeof(listed), is_blind ? hash : entry->record,
		listed.record_len);
	in->len += room;
}

/* A check, or a pruning, with hashes for some entries; (when) one of them is another's. */
static void step_check(const struct step *step, unsigned int session)
{
	static struct entries_in in;
	struct owner_view *owner = owner_of(session);
	const struct store *known = &owner->now.store;
	const bool prunes = step->tags % 2 == 1;
	struct ask ask = ask_of(prunes ? FESTORE_CMD_VAULT_PRUNE : FESTORE_CMD_VAULT_CHECK, "");
	bool lies = false;
	uint64_t blind = 0;
	TEE_Result res = TEE_SUCCESS;

	in.len = 0;
	for (size_t i = 0; i < known->count; i++) {
		const bool is_blind = (step->extra >> (i % 8) & 1) != 0;
		const bool is_lie = is_blind && step->when % 16 == i;

		add_checked(&in, known->entries[i],
			(is_blind ? FESTORE_LISTED_BLIND : 0u) |
				(prunes && step->size % 8 == i ? FESTORE_LISTED_DROP : 0u),
			is_lie);
		lies = lies || is_lie;
		blind += is_blind ? 1 : 0;
	}
	ask.state = known->state;
	ask.state_len = sizeof(ask.state);
	ask.record = in.bytes;
	ask.record_len = in.len;
	ask.room = prunes ? 0 : FESTORE_WINDOW;
	/* A batch under way would be in its way. */
	checked(abort_all(&clients[session]));
	plan(step);
	res = checked(ask_run(clients[session].session, &ask));
	unplan();
	if (res == TEE_SUCCESS && !is_raced(step)) {
		if (lies)
			wrong("a hash that is none of the tree's was taken");
		if (ask.answer.check.missing != blind)
			wrong("a check counts other entries than are missing");
		acknowledge(owner, owner->now.store.state.version);
	} else if (!lies && !is_raced(step)) {
		check_refusal(step, session, res);
	}
	checked(abort_all(&clients[session]));
}

/* A page of a list in random bytes, as far as it is not well-formed. */
static void step_page(
	const struct step *step, unsigned int session, const uint8_t *data, size_t len)
{
	static struct entries_in in;
	struct owner_view *owner = owner_of(session);
	struct listing listing = {0};

	in.len = 0;
	if (owner->now.store.count != 0)
		add_listed(&in, owner->now.store.entries[step->extra % owner->now.store.count],
			sizeof(in.bytes));
	for (size_t i = 0; i < len; i++)
		in.bytes[(in.len + i) % sizeof(in.bytes)] = data[i];
	in.len += len;
	if (step->flags % 2 == 0 && in.len > 36)
		in.bytes[32] = step->when;
	checked(list_page(&clients[session], "", &in, &owner->now.store.state,
		step->flags & FESTORE_WIRE_MORE, &listing));
	checked(abort_all(&clients[session]));
}

/* The whole call from the input: command, types and request. */
static void step_raw(const struct step *step, unsigned int session, const uint8_t *data, size_t len)
{
	uint8_t *request = keep(data, len);
	uint8_t *out = keep(data, len);
	uint8_t *in = keep(data, len);
	TEE_Param params[TEE_NUM_PARAMS] = {0};
	const uint32_t last = FESTORE_CMD_FILE_APPEND + 1;
	const uint32_t command = step->tags % (last + 1);
	const uint32_t types = step->flags % 2 == 0 && command < last
		? types_of(command)
		: (uint32_t)(step->when | step->extra << 8);

	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (TEE_PARAM_TYPE_GET(types, i) < TEE_PARAM_TYPE_MEMREF_INPUT)
			continue;
		params[i].memref.buffer = i == 0 ? request : i == 2 ? in : out;
		params[i].memref.size = len;
	}
	if (fake_tee_invoke(clients[session].session, command, types, params, NULL) ==
		TEE_ERROR_TARGET_DEAD)
		wrong("the TA panicked");
	free(request);
	free(out);
	free(in);
}

/* The database of another time. */
static void step_put_back(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	const struct moment *kept = &owner->kept[step->extra % MOMENTS];
	struct moment copy;

	if (!kept->exists)
		return;
	copy = moment_copy(kept);
	set_now(owner, &copy);
	if (step->flags % 2 == 0)
		drop_session(session);
}

/* What belongs to the other owner opens nothing, under no name of one's own. */
static void step_trespass(const struct step *step, unsigned int session)
{
	struct owner_view *other = &owners[(session + 1) % OWNERS];
	struct client *client = &clients[session];
	struct client thief = {0};
	struct ask ask;

	if (!other->now.exists)
		return;
	if (step->flags % 2 == 0) {
		const uint32_t id = open_as(session % OWNERS == 0 ? ALICE : BOB);

		if (checked(open_vault(id, "default", &other->now.store, &thief)) == TEE_SUCCESS)
			wrong("another owner's vault was opened");
		fake_tee_close_session(id);
		return;
	}
	client->store = &other->now.store;
	ask = honest_ask(step, client);
	if (checked(ask_run(client->session, &ask)) == TEE_SUCCESS)
		wrong("another owner's state was taken");
	client->store = &owner_of(session)->now.store;
	checked(abort_all(client));
}

/* A recovery is asked for, and not confirmed; and what such a session must not do. */
static void recover_unconfirmed(const struct step *step, struct client *reader)
{
	static const uint32_t commands[] = {FESTORE_CMD_VAULT_RECOVER, FESTORE_CMD_VAULT_NOTED,
		FESTORE_CMD_VAULT_SYNC, FESTORE_CMD_VAULT_ANCHOR};
	struct festore_vault_note note = {.number = step->extra};
	struct ask ask = ask_of(commands[step->tags % 4], "");

	ask.state = reader->store->state;
	ask.state_len = sizeof(ask.state);
	if (ask.command == FESTORE_CMD_VAULT_RECOVER || ask.command == FESTORE_CMD_VAULT_NOTED) {
		ask.message = (const uint8_t *)&note;
		ask.message_len = step->size % 4 == 0 ? sizeof(note) : 0;
		ask.room = sizeof(ask.state) + sizeof(note) - step->size % 2;
	}
	plan(step);
	checked(ask_run(reader->session, &ask));
	unplan();
}

/* The log is read, signed, and its entries let go; what the last change gave opens, unless spoiled.
 */
static void step_log(const struct step *step, unsigned int session)
{
	static const uint32_t commands[] = {FESTORE_CMD_LOG_READ, FESTORE_CMD_LOG_PRUNE,
		FESTORE_CMD_LOG_SIGN, FESTORE_CMD_LOG_KEY};
	struct client *client = &clients[session];
	struct ask ask = ask_of(commands[step->tags % 4], "");

	if (ask.command != FESTORE_CMD_LOG_KEY) {
		ask.state = client->store->state;
		ask.state_len = sizeof(ask.state);
	}
	if (step->tags % 4 < 2 && logged_len != 0) {
		if (step->size % 4 == 3)
			logged[step->when % logged_len] ^= 1;
		ask.record = logged;
		ask.record_len = step->size % 8 == 7 ? logged_len - 1 : logged_len;
	}
	if (step->size % 16 == 9)
		ask.room = step->when;
	plan(step);
	checked(ask_run(client->session, &ask));
	unplan();
	/* What it may have proposed is nobody's. */
	if (ask.command == FESTORE_CMD_LOG_PRUNE)
		drop_session(session);
	else
		checked(abort_all(client));
}

/* What need not be the present vault is opened to be read. */
static void step_unproven(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	const struct moment *kept = &owner->kept[step->when % MOMENTS];
	struct store store = {0};
	struct client reader = {0};
	struct ask ask;

	if (!kept->exists)
		return;
	store = store_copy(&kept->store);
	use_pin(kept->pin);
	ask = ask_open("default", &store);
	ask.request.base.flags = FESTORE_WIRE_UNPROVEN;
	reader.session = open_as(session % OWNERS == 0 ? ALICE : BOB);
	reader.store = &store;
	plan(step);
	if (checked(ask_run(reader.session, &ask)) == TEE_SUCCESS) {
		unplan();
		memcpy(reader.locator_key, ask.answer.opened.locator_key, FESTORE_HASH);
		checked(get(&reader, "a"));
		if (checked(put_flags(&reader, "a", "x", 1, 0)) == TEE_SUCCESS)
			wrong("what is not proven was changed");
		recover_unconfirmed(step, &reader);
	}
	unplan();
	client_close(&reader);
	store_free(&store);
}

/* Another PIN than the vault's, or none, opens nothing. */
static void open_wrongly(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	const uint32_t id = open_as(session % OWNERS == 0 ? ALICE : BOB);
	struct ask ask;

	use_pin(step->extra % 8 == 7 ? 0 : owner->now.pin + 1);
	ask = ask_open("default", &owner->now.store);
	ask.request.base.flags = step->when % 2 == 0 ? 0 : FESTORE_WIRE_UNPROVEN;
	if (step->size % 4 == 3)
		((uint8_t *)&wanted_pin)[step->when % sizeof(wanted_pin)] ^= 1;
	plan(step);
	if (checked(ask_run(id, &ask)) == TEE_SUCCESS && !is_raced(step))
		wrong("a wrong PIN has opened a vault");
	unplan();
	fake_tee_close_session(id);
}

static void change_pin(const struct step *step, unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct client *client = &clients[session];
	struct moment work = moment_copy(&owner->now);
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PIN, "");
	const bool is_wrong = step->extra % 8 == 7;
	struct festore_wire_pin pins[2];
	TEE_Result res = TEE_SUCCESS;

	use_pin(owner->now.pin + (is_wrong ? 1 : 0));
	pins[0] = wanted_pin;
	work.pin = ++last_pin;
	use_pin(work.pin);
	pins[1] = wanted_pin;
	ask.state = work.store.state;
	ask.state_len = sizeof(ask.state);
	ask.record = (const uint8_t *)&owner->now.store.header;
	ask.record_len = sizeof(owner->now.store.header);
	ask.message = (const uint8_t *)pins;
	ask.message_len = sizeof(pins);
	ask.room = sizeof(ask.state) + sizeof(work.store.header) + log_room(client) -
		(step->size % 8 == 7 ? 1 : 0);
	checked(abort_all(client));
	plan(step);
	res = checked(ask_run(client->session, &ask));
	unplan();
	if (res != TEE_SUCCESS || is_raced(step)) {
		moment_free(&work);
		return;
	}
	if (is_wrong)
		wrong("a wrong PIN has changed one");
	memcpy(&work.store.state, ask.out, sizeof(work.store.state));
	memcpy(&work.store.header, ask.out + sizeof(work.store.state), sizeof(work.store.header));
	settle(step, session, &work);
}

/* Nobody can open a vault again that was given up. */
static void forget_vault(struct owner_view *owner)
{
	owner->is_destroyed = true;
	for (unsigned int i = 0; i < MOMENTS; i++)
		moment_free(&owner->kept[i]);
	/* A vault of other keys may take its place. */
	moment_free(&owner->now);
}

static void ask_by_header(const struct step *step, unsigned int session, uint32_t command)
{
	struct owner_view *owner = owner_of(session);
	struct ask ask = ask_of(command, "default");

	ask.record = (const uint8_t *)&owner->now.store.header;
	ask.record_len = sizeof(owner->now.store.header);
	plan(step);
	if (checked(ask_run(clients[session].session, &ask)) == TEE_SUCCESS &&
		command == FESTORE_CMD_VAULT_RESET && !is_raced(step))
		forget_vault(owner);
	unplan();
}

/* About the PIN of a vault that has one; and time goes by. */
static void step_pin(const struct step *step, unsigned int session)
{
	const TEE_Time now = {.seconds = clock_now += step->when * 16u};

	fake_tee_set_system_time(&now);
	if (owner_of(session)->now.pin == 0 || step->flags % 8 == 7) {
		ask_by_header(step, session,
			step->flags % 16 == 15 ? FESTORE_CMD_VAULT_RESET : FESTORE_CMD_VAULT_LOCK);
		return;
	}
	if (step->flags % 2 == 0)
		open_wrongly(step, session);
	else
		change_pin(step, session);
}

/* What changes nothing, or what everybody may ask. */
static void step_ask(const struct step *step, unsigned int session)
{
	static const uint32_t commands[] = {FESTORE_CMD_INFO, FESTORE_CMD_VAULT_VERSION,
		FESTORE_CMD_VAULT_CONFIRM, FESTORE_CMD_VAULT_MEASURE};
	struct owner_view *owner = owner_of(session);
	const uint32_t command = commands[step->tags % 4];
	struct ask ask = ask_of(command, command == FESTORE_CMD_VAULT_VERSION ? "default" : "");
	TEE_Result res = TEE_SUCCESS;

	if (command == FESTORE_CMD_VAULT_CONFIRM) {
		ask.state = owner->now.store.state;
		ask.state_len = sizeof(ask.state);
	}
	if (command == FESTORE_CMD_VAULT_MEASURE)
		ask.request.aead = step->extra % 4;
	plan(step);
	res = checked(ask_run(clients[session].session, &ask));
	unplan();
	if (is_raced(step) || res != TEE_SUCCESS || command == FESTORE_CMD_INFO ||
		command == FESTORE_CMD_VAULT_MEASURE)
		return;
	acknowledge(owner, ask.answer.version.version);
}

static void step_destroy(unsigned int session)
{
	struct owner_view *owner = owner_of(session);
	struct ask ask = ask_of(FESTORE_CMD_VAULT_DESTROY, "");

	ask.state = owner->now.store.state;
	ask.state_len = sizeof(ask.state);
	if (checked(ask_run(clients[session].session, &ask)) != TEE_SUCCESS)
		return;
	forget_vault(owner);
}

static void restart(void)
{
	for (unsigned int i = 0; i < SESSIONS; i++) {
		client_drop(&clients[i]);
		memset(&clients[i], 0, sizeof(clients[i]));
		has_opened[i] = false;
	}
	fake_tee_restart();
	for (unsigned int i = 0; i < OWNERS; i++) {
		owners[i].acknowledged = 0;
		owners[i].is_destroyed = false;
	}
}

static void run_step(const struct step *step, const uint8_t *rest, size_t rest_len)
{
	const unsigned int session = step->session % SESSIONS;

	aead = (step->session & 0x80) != 0 ? FESTORE_AEAD_AES_256_GCM
					   : FESTORE_AEAD_CHACHA20_POLY1305;
	wants_pin = (step->session & 0x60) == 0x60;
	wanted_anchor = (step->session & 0x40) == 0 ? FESTORE_ANCHOR_NONE
		: (step->session & 0x10) != 0       ? FESTORE_ANCHOR_REE | FESTORE_ANCHOR_EACH
						    : FESTORE_ANCHOR_RPMB;
	wanted_anchor |= (step->session & 0x08) != 0 ? FESTORE_ANCHOR_LOG : 0;
	need_session(session);
	if (!owner_of(session)->now.exists)
		return;
	switch (step->what % 16) {
	case 0:
	case 1:
	case 2:
	case 4:
	case 5:
		if (step->what / 16 % 4 != 3)
			step_change(step, session);
		else if (step->size / 4 % 2 == 1)
			step_key_odd(step, session);
		else if (step->size % 4 == 0 || step->size % 4 == 3)
			step_key_change(step, session);
		else if ((step->tags & 0x80) == 0)
			step_key_use(step, session);
		else if ((step->tags & 0x40) == 0)
			step_key_decrypt(step, session);
		else
			step_key_derive(step, session);
		break;
	case 3:
		if (step->extra % 4 == 3)
			step_unproven(step, session);
		else if (step->extra % 4 == 2)
			step_pin(step, session);
		else
			step_ask(step, session);
		break;
	case 6:
	case 7:
		step_get(step, session);
		break;
	case 8:
		step_list(step, session);
		break;
	case 9:
		if (step->fault % 4 == 0)
			step_older_record(step, session);
		else
			step_spoiled(step, session);
		break;
	case 10:
		step_odd(step, session);
		break;
	case 11:
		if (step->fault % 4 == 1)
			step_check(step, session);
		else
			step_page(step, session, rest, rest_len);
		break;
	case 12:
		step_raw(step, session, rest, rest_len);
		break;
	case 13:
		step_put_back(step, session);
		break;
	case 14:
		if (step->fault % 4 == 2)
			step_log(step, session);
		else
			step_trespass(step, session);
		break;
	default:
		if (step->extra % 8 == 0)
			restart();
		else if (step->extra % 8 == 1)
			step_destroy(session);
		else
			drop_session(session);
		break;
	}
}

static void begin(void)
{
	static struct fake_ta ta = FAKE_TA_LINKED(FESTORE_VAULT_UUID);
	static struct fake_ta objects = FAKE_TA_IMAGE(OBJECTS_PATH, FESTORE_OBJECTS_UUID);
	static const TEE_Time zero;

	store_clear();
	fake_tee_start("/tmp");
	fake_tee_seed_random(1);
	ta.heap_limit = TA_HEAP;
	objects.heap_limit = TA_HEAP;
	fake_tee_load(&ta);
	fake_tee_load(&objects);
	fake_tee_set_system_time(&zero);
	clock_now = 0;
	last_serial = 0;
	last_pin = 0;
}

/* All sessions are closed: the TA holds no more than its slots. */
static void end(void)
{
	for (unsigned int i = 0; i < SESSIONS; i++)
		drop_session(i);
	/* The TA keeps a session of its own with the other one, and that what it has used last. */
	if (counters().handles > 2 || counters().sessions > 1)
		wrong("something is left open");
	if (counters().heap > OWNERS * 2048 + 4096)
		wrong("the TA's heap leaks");
	for (unsigned int i = 0; i < OWNERS; i++) {
		for (unsigned int k = 0; k < MOMENTS; k++)
			moment_free(&owners[i].kept[k]);
		moment_free(&owners[i].now);
	}
	memset(owners, 0, sizeof(owners));
	shared_free();
	fake_tee_stop();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const size_t steps = len / sizeof(struct step);

	begin();
	for (size_t i = 0; i < steps && i < STEPS_MAX; i++) {
		const size_t at = (i + 1) * sizeof(struct step);
		struct step step;

		memcpy(&step, data + at - sizeof(step), sizeof(step));
		run_step(&step, data + at, len - at);
	}
	end();
	return 0;
}
