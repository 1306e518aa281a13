/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens, makes, commits and destroys vaults: the library's half of the protocol (docs/SPEC.md,
 * Commit). */
#include "vault.h"

#include "aead.h"
#include "anchor.h"
#include "blob.h"
#include "pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_NAME "default"

static bool is_log_wanted(void)
{
	const char *wanted = secure_getenv("FESTORE_LOG");

	return wanted && strcmp(wanted, "yes") == 0;
}

enum festore_error vault_new(struct festore *fs, const struct festore_options *options)
{
	const char *name = options->vault ? options->vault : DEFAULT_NAME;
	enum festore_error error = FESTORE_OK;
	struct vault *vault = calloc(1, sizeof(*vault));

	if (!vault)
		return failure_set(&fs->failure, FESTORE_ERROR, "out of memory");
	fs->vault = vault;
	if (!place_is_vault_name(name))
		return failure_set(&fs->failure, FESTORE_USAGE,
			"a vault's name has 1 to %u of A-Z a-z 0-9 . _ -, the first a letter or "
			"digit",
			FESTORE_VAULT_NAME_MAX);
	snprintf(vault->name, sizeof(vault->name), "%s", name);
	vault->is_unproven = options->unproven;
	/* What a group's members share is theirs to write. */
	vault->mode = options->group ? PLACE_GROUP_MODE : 0700;
	error = aead_find(options->aead, &vault->wanted_aead, &fs->failure);
	if (error == FESTORE_OK)
		error = anchor_find(
			options->anchor, options->anchor_when, &vault->wanted_anchor, &fs->failure);
	if (error == FESTORE_OK && options->pin)
		error = pin_set(&vault->pin, options->pin, options->pin_len, &fs->failure);
	if (error == FESTORE_OK)
		error = pin_check_tries(options->pin_tries, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	vault->pin_tries = (uint8_t)options->pin_tries;

	vault->log_kept = FESTORE_LOG_KEPT;
	if (options->log || is_log_wanted())
		vault->wanted_anchor |= FESTORE_ANCHOR_LOG;
	error = place_store(options->directory, options->group, vault->store, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	/* Room for what lies in it is left. */
	if (snprintf(vault->directory, PLACE_MAX - 64, "%s/%s", vault->store, name) >=
		PLACE_MAX - 64)
		return failure_set(
			&fs->failure, FESTORE_USAGE, "the store directory's name is too long");
	if (snprintf(vault->blobs, sizeof(vault->blobs), "%s/" VAULT_BLOBS, vault->directory) >=
		(int)sizeof(vault->blobs))
		return FESTORE_ERROR;
	return FESTORE_OK;
}

void vault_free(struct vault *vault)
{
	if (!vault)
		return;
	vault_puts_free(vault->puts);
	bytes_close(vault->bytes);
	explicit_bzero(vault, sizeof(*vault));
	free(vault);
}

struct festore_vault_request vault_request(const char *tag, enum festore_wire_kind kind)
{
	const struct festore_vault_request request = {
		.base =
			{
				.protocol = FESTORE_PROTOCOL,
				.storage = FESTORE_WIRE_VAULT,
				.tag = wire_tag(tag),
			},
		.kind = kind,
	};

	return request;
}

/* A command about the vault itself, by its name. */
static struct festore_vault_request request_by_name(const struct vault *vault)
{
	return vault_request(vault->name, 0);
}

/* The state that the TA holds for this name. */
static enum festore_error ask_version(
	struct festore *fs, struct festore_vault_version *ret_version, struct failure *failure)
{
	const struct festore_vault_request request = request_by_name(fs->vault);
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_VERSION,
		.request = &request,
		.request_len = sizeof(request),
		.reply = ret_version,
		.reply_len = sizeof(*ret_version),
	};

	return session_call(fs->session, &exchange, failure);
}

enum festore_error vault_is_stale(struct festore *fs)
{
	struct festore_vault_version acknowledged = {0};
	struct festore_vault_state state = {0};
	struct failure unimportant = {0};

	if (bytes_read_state(fs->vault->bytes, &state, &unimportant) != FESTORE_OK ||
		ask_version(fs, &acknowledged, &unimportant) != FESTORE_OK)
		return FESTORE_STALE;
	if (state.version < acknowledged.version)
		return failure_set(&fs->failure, FESTORE_STALE,
			"rolled back: generation %llu is older than %llu, which this device has "
			"acknowledged",
			(unsigned long long)state.version,
			(unsigned long long)acknowledged.version);
	return failure_set(&fs->failure, FESTORE_STALE,
		"the vault's generation %llu does not follow %llu, which this device has "
		"acknowledged",
		(unsigned long long)state.version, (unsigned long long)acknowledged.version);
}

enum festore_error vault_read_current(struct festore *fs, vault_read read, void *arg)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = FESTORE_OK;

	for (unsigned int tries = 0; tries <= VAULT_RETRIES; tries++) {
		const bool is_last = tries == VAULT_RETRIES;

		error = is_last ? bytes_begin_write(bytes, &fs->failure)
				: bytes_begin_read(bytes, &fs->failure);
		if (error != FESTORE_OK)
			return error;
		fs->vault->is_outdated = false;
		error = read(fs, arg);
		if (error == FESTORE_STALE && is_last &&
			session_answer(fs->session) == FESTORE_TA_STALE)
			error = vault_is_stale(fs);
		bytes_end(bytes);
		/* Damage may lie beside what is read: there is a longer way. */
		if (error == FESTORE_DAMAGED && !fs->vault->is_damaged) {
			fs->vault->is_damaged = true;
			memset(&fs->failure, 0, sizeof(fs->failure));
		} else if (!fs->vault->is_outdated &&
			(error != FESTORE_STALE ||
				session_answer(fs->session) != FESTORE_TA_STALE)) {
			return error;
		}
	}
	return error;
}

/* A PIN that a vault does not have would make its user believe that it has one. */
static enum festore_error check_pin(struct festore *fs, const struct festore_vault_header *header)
{
	if (header->pin_storage == 0 && fs->vault->pin.len != 0)
		return failure_set(&fs->failure, FESTORE_USAGE, "the vault in %s has no PIN",
			fs->vault->directory);
	return FESTORE_OK;
}

enum festore_error vault_open_header(struct festore *fs, const struct festore_vault_header *header,
	const struct festore_vault_state *state)
{
	struct vault *vault = fs->vault;
	struct festore_vault_request request = request_by_name(vault);
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_OPEN,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &vault->opened,
		.reply_len = sizeof(vault->opened),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {state, sizeof(*state)},
			[FESTORE_PART_RECORD] = {header, sizeof(*header)},
			[FESTORE_PART_MESSAGE] = {&vault->pin,
				vault->pin.len != 0 ? sizeof(vault->pin) : 0}},
	};
	enum festore_error error = check_pin(fs, header);

	if (error != FESTORE_OK)
		return error;
	for (unsigned int i = 0; i < FESTORE_PARTS; i++)
		request.parts[i] = (uint32_t)exchange.send[i].len;
	if (vault->is_unproven)
		request.base.flags = FESTORE_WIRE_UNPROVEN;
	if ((state->anchor & FESTORE_ANCHOR_KINDS) != FESTORE_ANCHOR_NONE ||
		header->pin_storage != 0)
		handle_may_wait(fs);
	error = session_call(fs->session, &exchange, &fs->failure);
	if (error == FESTORE_PIN && vault->pin.len != 0)
		error = pin_explain(fs, header);
	vault->is_open = error == FESTORE_OK;
	vault->aead = header->aead;
	vault->has_log = (state->anchor & FESTORE_ANCHOR_LOG) != 0;
	vault->is_in_doubt = error != FESTORE_OK && session_answer(fs->session) == 0;
	return error;
}

/* One of the two copies of the header, with the state that there is: where a state is, there was a
 * header. */
static enum festore_error open_copy(
	struct festore *fs, unsigned int copy, const struct festore_vault_state *state)
{
	struct festore_vault_header header = {0};
	enum festore_error error = bytes_read_header(fs->vault->bytes, copy, &header, &fs->failure);

	if (error == FESTORE_NOT_FOUND)
		return FESTORE_DAMAGED;
	return error == FESTORE_OK ? vault_open_header(fs, &header, state) : error;
}

/* By the state and one of the headers that the transaction has. */
static enum festore_error open_stored(struct festore *fs, struct festore_vault_state *ret_state)
{
	enum festore_error error = bytes_read_state(fs->vault->bytes, ret_state, &fs->failure);

	if (error == FESTORE_OK)
		error = open_copy(fs, 0, ret_state);
	if (error == FESTORE_DAMAGED)
		error = open_copy(fs, 1, ret_state);
	return error;
}

enum festore_error vault_open_unproven(struct festore *fs, struct festore_vault_state *ret_state)
{
	const bool was_unproven = fs->vault->is_unproven;
	enum festore_error error = FESTORE_OK;

	fs->vault->is_unproven = true;
	error = open_stored(fs, ret_state);
	fs->vault->is_unproven = was_unproven;
	return error;
}

static enum festore_error open_snapshot(struct festore *fs, void *arg)
{
	struct festore_vault_state state = {0};
	enum festore_error error = open_stored(fs, &state);

	(void)arg;
	if (error == FESTORE_OK)
		vault_find_note(fs, &state);
	if (error == FESTORE_DAMAGED)
		return failure_set(&fs->failure, error,
			"the vault in %s is damaged, or was made by another user or on another "
			"device; see festore fsck",
			fs->vault->directory);
	if (session_answer(fs->session) == FESTORE_TA_OTHER) {
		struct festore_vault_version version = {0};
		struct failure unimportant = {0};

		if (ask_version(fs, &version, &unimportant) == FESTORE_OK)
			return failure_set(&fs->failure, FESTORE_STALE,
				"the vault in %s is not the one of this name that this device "
				"knows, generation %llu",
				fs->vault->directory, (unsigned long long)version.version);
	}
	return error;
}

/* A group's store directory is root's to make. */
static enum festore_error make_directory(struct festore *fs)
{
	const struct vault *vault = fs->vault;
	struct stat there;
	enum festore_error error = place_make(vault->directory, vault->mode, &fs->failure);

	if (error == FESTORE_DENIED && fs->has_group && stat(vault->store, &there) != 0)
		return failure_set(&fs->failure, error,
			"there is no %s yet: root makes it with festore init -g GROUP",
			vault->store);
	return error;
}

static enum festore_error find_database(struct festore *fs, bool may_make)
{
	struct vault *vault = fs->vault;
	char path[PLACE_MAX];
	enum festore_error error = FESTORE_OK;

	if (vault->bytes)
		return FESTORE_OK;
	if (may_make)
		error = make_directory(fs);
	if (error != FESTORE_OK)
		return error;
	if (snprintf(path, sizeof(path), "%s/" VAULT_DATABASE, vault->directory) >=
		(int)sizeof(path))
		return FESTORE_ERROR;
	return bytes_open(&vault->bytes, path, may_make, vault->mode & 0660, &fs->failure);
}

/* What VAULT_CREATE gives. */
struct creation {
	struct festore_vault_header header;
	struct festore_vault_state state;
};

static_assert(sizeof(struct creation) ==
		sizeof(struct festore_vault_header) + sizeof(struct festore_vault_state),
	"no padding");

static enum festore_error refuse_known(struct festore *fs)
{
	struct festore_vault_version version = {0};
	struct failure unimportant = {0};

	if (ask_version(fs, &version, &unimportant) != FESTORE_OK)
		return FESTORE_STALE;
	return failure_set(&fs->failure, FESTORE_STALE,
		"a vault of this name existed, generation %llu, and its files are gone from %s",
		(unsigned long long)version.version, fs->vault->directory);
}

static enum festore_error create(struct festore *fs, uint32_t aead, struct creation *ret_creation)
{
	struct festore_vault_request request = request_by_name(fs->vault);
	struct festore_wire_pin pin = fs->vault->pin;
	struct festore_vault_created created;
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_CREATE,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &created,
		.reply_len = sizeof(created),
		.has_send = true,
		.send = {[FESTORE_PART_MESSAGE] = {&pin, pin.len != 0 ? sizeof(pin) : 0}},
		.receive_at = 3,
		.receive_room = sizeof(*ret_creation),
	};
	enum festore_error error = FESTORE_OK;

	request.aead = aead;
	request.anchor = fs->vault->wanted_anchor;
	request.parts[FESTORE_PART_MESSAGE] = (uint32_t)exchange.send[FESTORE_PART_MESSAGE].len;
	pin.tries = fs->vault->pin_tries;
	handle_may_wait(fs);
	error = session_call(fs->session, &exchange, &fs->failure);
	explicit_bzero(&pin, sizeof(pin));
	if (error == FESTORE_STALE)
		return refuse_known(fs);
	if (error != FESTORE_OK)
		return error;
	if (exchange.received_len != sizeof(*ret_creation))
		return failure_set(
			&fs->failure, FESTORE_ERROR, "the TEE's answer has a wrong size");
	memcpy(ret_creation, exchange.received, sizeof(*ret_creation));
	return FESTORE_OK;
}

/* Where anything is, a state is not missing because there never was one. */
static enum festore_error check_is_empty(struct festore *fs)
{
	struct bytes *bytes = fs->vault->bytes;
	struct festore_vault_header header = {0};
	struct bytes_raw_entry entry = {0};
	struct bytes_walk walk = BYTES_WALK_BEGIN;
	enum festore_error error = bytes_read_header(bytes, 0, &header, &fs->failure);

	if (error == FESTORE_NOT_FOUND)
		error = bytes_read_header(bytes, 1, &header, &fs->failure);
	if (error == FESTORE_NOT_FOUND)
		error = bytes_walk_entries(bytes, &walk, &entry, &fs->failure);
	if (error == FESTORE_NOT_FOUND && walk.gaps == 0)
		return FESTORE_OK;
	if (error != FESTORE_OK && error != FESTORE_NOT_FOUND && error != FESTORE_DAMAGED)
		return error;
	return failure_set(&fs->failure, FESTORE_DAMAGED,
		"the vault in %s is damaged: its state is missing", fs->vault->directory);
}

/* Writes a new vault into the empty database, unless another client has just done so. */
static enum festore_error make_locked(struct festore *fs, uint32_t aead)
{
	struct bytes *bytes = fs->vault->bytes;
	struct creation creation;
	enum festore_error error = bytes_read_state(bytes, &creation.state, &fs->failure);

	if (error != FESTORE_NOT_FOUND)
		return error;
	error = check_is_empty(fs);
	if (error == FESTORE_OK)
		error = create(fs, aead, &creation);
	for (unsigned int copy = 0; copy < 2 && error == FESTORE_OK; copy++)
		error = bytes_write_header(bytes, copy, &creation.header, &fs->failure);
	if (error == FESTORE_OK)
		error = bytes_write_state(bytes, &creation.state, &fs->failure);
	if (error == FESTORE_OK)
		error = bytes_commit(bytes, &fs->failure);
	return error;
}

static enum festore_error make(struct festore *fs)
{
	uint32_t aead = fs->vault->wanted_aead;
	enum festore_error error = FESTORE_OK;

	/* Before the lock, for which others may wait. */
	if (aead == AEAD_AUTO)
		aead = aead_measure(fs->session);
	error = bytes_begin_write(fs->vault->bytes, &fs->failure);
	if (error != FESTORE_OK)
		return error;
	error = make_locked(fs, aead);
	bytes_end(fs->vault->bytes);
	return error;
}

/* Does the TA hold a vault of this name? Not if it was destroyed. */
static enum festore_error is_known(struct festore *fs, bool *ret_is_known)
{
	struct festore_vault_version version = {0};
	struct failure answer = {0};
	const enum festore_error error = ask_version(fs, &version, &answer);

	*ret_is_known = error == FESTORE_OK;
	if (error == FESTORE_OK || error == FESTORE_NOT_FOUND ||
		session_answer(fs->session) == FESTORE_TA_DESTROYED)
		return handle_begin(fs);
	fs->failure = answer;
	return error;
}

static enum festore_error find(struct festore *fs, bool may_make)
{
	const enum festore_error error = find_database(fs, may_make);

	return error == FESTORE_OK ? vault_read_current(fs, open_snapshot, NULL) : error;
}

enum festore_error vault_find(struct festore *fs)
{
	return find_database(fs, false);
}

enum festore_error vault_ready(struct festore *fs, bool may_make)
{
	struct vault *vault = fs->vault;
	bool known = false;
	enum festore_error error = FESTORE_OK;

	if (session_is_dead(fs->session) || vault->is_in_doubt) {
		vault->is_open = false;
		vault->is_in_doubt = false;
		error = handle_connect(fs);
	}
	if (error != FESTORE_OK || vault->is_open)
		return error;

	error = find(fs, false);
	if (error != FESTORE_NOT_FOUND)
		return error;
	error = is_known(fs, &known);
	/* It may have been made just now; or somebody has taken its files away. */
	if (error == FESTORE_OK && known)
		error = find(fs, false);
	if (error == FESTORE_NOT_FOUND)
		return refuse_known(fs);
	if (error != FESTORE_OK || known)
		return error;
	if (!may_make)
		return failure_set(&fs->failure, FESTORE_NOT_FOUND, "there is no vault in %s",
			vault->directory);
	/* Who mistypes it once is not to lose what is put behind it. */
	if (vault->pin.len != 0 && !vault->is_init)
		return failure_set(&fs->failure, FESTORE_NOT_FOUND,
			"there is no vault in %s: one with a PIN is made by festore init",
			vault->directory);
	error = vault_quota_admit_vault(fs);
	if (error == FESTORE_OK)
		error = find_database(fs, true);
	if (error == FESTORE_OK)
		error = make(fs);
	return error == FESTORE_OK ? vault_read_current(fs, open_snapshot, NULL) : error;
}

/* Confirms the session's proposal. `state` is presented before, or NULL. */
static enum festore_error confirm(struct festore *fs, const struct festore_vault_state *state)
{
	struct festore_vault_request request = vault_request("", 0);
	struct festore_vault_version version;
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_CONFIRM,
		.request = &request,
		.request_len = sizeof(request),
		.reply = &version,
		.reply_len = sizeof(version),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {state, state ? sizeof(*state) : 0}},
	};

	request.parts[FESTORE_PART_STATE] = (uint32_t)exchange.send[FESTORE_PART_STATE].len;
	return session_call(fs->session, &exchange, &fs->failure);
}

enum festore_error vault_confirm(struct festore *fs)
{
	return confirm(fs, NULL);
}

/* What became of a change whose COMMIT or CONFIRM failed. */
enum outcome { OUTCOME_UNKNOWN, OUTCOME_STORED, OUTCOME_NOT_STORED, OUTCOME_ROLLED_BACK };

/* A change whose outcome is to be found, and the state that the database has now. */
struct doubt {
	const struct festore_vault_state *proposal;
	bool was_committed; /* COMMIT succeeded */
	struct festore_vault_state state;
};

static bool names(const uint8_t mac[FESTORE_HASH], const struct festore_vault_state *state)
{
	return memcmp(mac, state->mac, FESTORE_HASH) == 0;
}

/* The session that has the proposal knows what became of it. */
static enum outcome ask_session(struct festore *fs, const struct doubt *doubt)
{
	const enum festore_error error = confirm(fs, &doubt->state);

	if (error == FESTORE_OK)
		return OUTCOME_STORED;
	if (error != FESTORE_STALE)
		return OUTCOME_UNKNOWN;
	return doubt->was_committed ? OUTCOME_ROLLED_BACK : OUTCOME_NOT_STORED;
}

/* The rules of docs/SPEC.md, "After a failed COMMIT": the first that fits. */
static enum outcome judge(struct festore *fs, const struct doubt *doubt)
{
	const struct festore_vault_state *state = &doubt->state;
	const struct festore_vault_state *proposal = doubt->proposal;

	if (names(state->mac, proposal))
		return OUTCOME_STORED;
	if (!doubt->was_committed && names(proposal->predecessor, state))
		return OUTCOME_NOT_STORED;
	if (!session_is_dead(fs->session))
		return ask_session(fs, doubt);
	if (doubt->was_committed)
		return state->version > proposal->version ? OUTCOME_STORED : OUTCOME_ROLLED_BACK;
	return names(state->predecessor, proposal) ? OUTCOME_STORED : OUTCOME_UNKNOWN;
}

/*
 * Settles what a failed COMMIT left: it may lie whole in the write-ahead log, unseen, and come back
 * at SQLite's next recovery; or be seen and not yet synced. Replacing a row overwrites the one and
 * syncs the other.
 */
static enum festore_error settle(struct festore *fs, const struct doubt *doubt)
{
	struct bytes *bytes = fs->vault->bytes;
	enum festore_error error = FESTORE_OK;

	if (doubt->was_committed) {
		bytes_end(bytes);
		return FESTORE_OK;
	}
	error = bytes_write_state(bytes, &doubt->state, &fs->failure);
	return error == FESTORE_OK ? bytes_commit(bytes, &fs->failure) : error;
}

/* It is in the database; but what the TA has not been told of, it cannot keep from being taken
 * back. */
static enum festore_error is_unconfirmed(struct festore *fs, enum festore_error error)
{
	const struct failure why = fs->failure;

	if (error == FESTORE_STALE)
		return error;
	fs->vault->is_unsure = true;
	return failure_set(&fs->failure, error,
		"whether it was stored for good is not known: %.180s", why.text);
}

/* The TA in its next life takes the state that the database has; in this one it hears of the
 * proposal. */
static enum festore_error confirm_stored(struct festore *fs)
{
	enum festore_error error = FESTORE_OK;

	if (!session_is_dead(fs->session)) {
		error = confirm(fs, NULL);
	} else {
		fs->vault->is_open = false;
		error = handle_connect(fs);
		if (error == FESTORE_OK)
			error = vault_read_current(fs, open_snapshot, NULL);
	}
	return error == FESTORE_OK ? error : is_unconfirmed(fs, error);
}

/* Something failed after COMMIT was asked for; `error` is what. */
static enum festore_error find_out(struct festore *fs, const struct festore_vault_state *proposal,
	bool was_committed, enum festore_error error)
{
	const struct failure first = fs->failure;
	struct doubt doubt = {.proposal = proposal, .was_committed = was_committed};
	struct bytes *bytes = fs->vault->bytes;
	enum outcome outcome = OUTCOME_UNKNOWN;

	fs->vault->is_unsure = false;
	if (bytes_begin_write(bytes, &fs->failure) == FESTORE_OK &&
		bytes_read_state(bytes, &doubt.state, &fs->failure) == FESTORE_OK)
		outcome = judge(fs, &doubt);
	if (outcome == OUTCOME_ROLLED_BACK) {
		error = vault_is_stale(fs);
		bytes_end(bytes);
		return error;
	}
	if (outcome != OUTCOME_UNKNOWN && settle(fs, &doubt) != FESTORE_OK)
		outcome = OUTCOME_UNKNOWN;
	bytes_end(bytes);

	if (outcome == OUTCOME_STORED)
		return confirm_stored(fs);
	fs->vault->is_unsure = outcome == OUTCOME_UNKNOWN;
	if (outcome == OUTCOME_UNKNOWN)
		return failure_set(&fs->failure, error,
			"whether it was stored is not known: %.180s", first.text);
	fs->failure = first;
	return error;
}

enum festore_error vault_commit(struct festore *fs, const struct festore_vault_state *proposal)
{
	enum festore_error error = bytes_commit(fs->vault->bytes, &fs->failure);

	if (error != FESTORE_OK)
		return find_out(fs, proposal, false, error);
	error = confirm(fs, NULL);
	if (error == FESTORE_OK || error == FESTORE_STALE)
		return error;
	return find_out(fs, proposal, true, error);
}

enum festore_error vault_give_up(struct festore *fs, enum festore_error error)
{
	if (error == FESTORE_STALE && session_answer(fs->session) == FESTORE_TA_STALE)
		error = vault_is_stale(fs);
	bytes_end(fs->vault->bytes);
	if (!handle_abort(fs))
		fs->vault->is_in_doubt = true;
	return error;
}

enum festore_error festore_group_directory(struct festore *fs)
{
	memset(&fs->failure, 0, sizeof(fs->failure));
	if (!fs->vault || !fs->has_group)
		return failure_set(
			&fs->failure, FESTORE_USAGE, "this is no handle of a group's vault");
	return place_make_for_group(fs->vault->store, fs->group, &fs->failure);
}

enum festore_error festore_init(struct festore *fs)
{
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(&fs->failure, FESTORE_USAGE, "this storage needs no init");
	error = vault_ready(fs, false);
	if (error == FESTORE_OK)
		return failure_set(&fs->failure, FESTORE_EXISTS, "there is a vault in %s already",
			fs->vault->directory);
	if (error != FESTORE_NOT_FOUND)
		return error;
	handle_begin(fs);
	fs->vault->is_init = true;
	error = vault_ready(fs, true);
	fs->vault->is_init = false;
	return error;
}

/* Lets the TA refuse this vault from now on. */
static enum festore_error bury(struct festore *fs)
{
	struct festore_vault_state state = {0};
	struct festore_vault_request request = vault_request("", 0);
	struct exchange exchange = {
		.command = FESTORE_CMD_VAULT_DESTROY,
		.request = &request,
		.request_len = sizeof(request),
		.has_send = true,
		.send = {[FESTORE_PART_STATE] = {&state, sizeof(state)}},
	};
	enum festore_error error = bytes_begin_write(fs->vault->bytes, &fs->failure);

	if (error == FESTORE_OK)
		error = bytes_read_state(fs->vault->bytes, &state, &fs->failure);
	request.parts[FESTORE_PART_STATE] = sizeof(state);
	if (error == FESTORE_OK)
		error = session_call(fs->session, &exchange, &fs->failure);
	return vault_give_up(fs, error);
}

static bool is_zero(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	return len == 0 || (at[0] == 0 && memcmp(at, at + 1, len - 1) == 0);
}

bool vault_is_overwritten(struct festore *fs)
{
	struct bytes *bytes = fs->vault->bytes;
	struct failure unimportant = {0};
	struct festore_vault_header headers[2];
	struct festore_vault_state state;
	bool is_it = bytes && bytes_begin_read(bytes, &unimportant) == FESTORE_OK;

	for (unsigned int copy = 0; copy < 2 && is_it; copy++)
		is_it = bytes_read_header(bytes, copy, &headers[copy], &unimportant) ==
				FESTORE_OK &&
			is_zero(&headers[copy], sizeof(headers[copy]));
	is_it = is_it && bytes_read_state(bytes, &state, &unimportant) == FESTORE_OK &&
		is_zero(&state, sizeof(state));
	if (bytes)
		bytes_end(bytes);
	return is_it;
}

enum festore_error vault_remove_files(struct festore *fs)
{
	const enum festore_error error = bytes_destroy(fs->vault->bytes, &fs->failure);

	if (error == FESTORE_OK)
		blob_remove_all(fs->vault->blobs);
	bytes_close(fs->vault->bytes);
	fs->vault->bytes = NULL;
	fs->vault->is_open = false;
	/* The session is with the destroyed vault for good; another one takes another session. */
	fs->vault->is_in_doubt = true;
	return error;
}

enum festore_error festore_destroy(struct festore *fs)
{
	enum festore_error error = handle_begin(fs);

	if (error != FESTORE_OK)
		return error;
	if (!fs->vault)
		return failure_set(
			&fs->failure, FESTORE_USAGE, "this storage cannot be destroyed whole");
	error = vault_ready(fs, false);
	if (error == FESTORE_OK)
		error = bury(fs);
	/* An earlier destruction may have been interrupted. */
	if ((error == FESTORE_STALE && session_answer(fs->session) == FESTORE_TA_DESTROYED) ||
		(error == FESTORE_DAMAGED && vault_is_overwritten(fs)))
		error = FESTORE_OK;
	return error == FESTORE_OK ? vault_remove_files(fs) : error;
}
