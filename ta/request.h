/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The edge to the normal world. A request is copied out of shared memory once and checked there;
 * what comes out is a struct call, whose fields can be trusted as far as its comments say.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "policy.h"
#include "session.h"
#include "tag.h"

#include <festore_anchor.h>
#include <festore_log.h>

/* What a command takes for a tag. */
enum tag_rule {
	TAG_NONE,   /* must be empty */
	TAG_NEEDED, /* must be valid */
	TAG_PREFIX, /* empty or valid */
};

union reply {
	struct festore_wire_info info;
	struct festore_wire_file file;
	struct festore_wire_list list;
	struct festore_vault_change change;
	struct festore_vault_file vault_file;
	struct festore_vault_key key;
	struct festore_vault_created created;
	struct festore_vault_opened opened;
	struct festore_vault_version version;
	struct festore_vault_check check;
	struct festore_vault_anchor vault_anchor;
	struct festore_vault_recovered recovered;
	struct festore_vault_lock vault_lock;
	struct festore_log_read log_read;
	struct festore_anchor anchor;
};

/* One call under way. */
struct call {
	struct session *session;

	/* From the request, checked against the command. */
	uint32_t flags;
	uint32_t storage;
	int64_t modified;
	struct tag tag;
	struct tag new_tag;          /* FILE_MOVE of the objects TA */
	uint32_t kind;               /* enum festore_wire_kind */
	uint64_t offset;             /* FILE_GET of the vault TA */
	uint32_t aead;               /* VAULT_CREATE, VAULT_MEASURE: any value */
	uint32_t anchor;             /* VAULT_CREATE: any value */
	struct festore_wire_key key; /* KEY_*: any values */

	/*
	 * Shared memory, that the normal world can change at any time: only ever copied. The parts
	 * fill the window (the vault TA); `out` is there if the command has it.
	 */
	uint8_t *window;
	size_t window_size;
	const uint8_t *parts[FESTORE_PARTS];
	size_t part_len[FESTORE_PARTS]; /* at most what the command's row says */
	uint8_t *out;
	size_t out_size;

	/* The answer, private until reply_write. */
	union reply reply;
	size_t window_used; /* bytes that the handler has written to an output window */
	size_t out_used;    /* likewise to `out` */
};

/* A row of the command table: all that is asked of a caller before the handler runs. */
struct command {
	uint32_t id; /* enum festore_command */
	enum right right;
	uint32_t types; /* TEE_PARAM_TYPES, compared as a whole */
	size_t request_size;
	size_t reply_size;
	uint32_t flags; /* the flags that are known, or-ed */
	enum tag_rule tag_rule;
	uint32_t storage; /* of which one must be named, or-ed; 0 for none */
	bool has_time;
	bool has_new_tag; /* the window holds one */
	uint32_t kinds; /* 1 << enum festore_wire_kind, or-ed: what the tag may name; 0: nothing */
	bool has_offset;
	bool has_aead;
	bool has_anchor;
	bool has_key;
	size_t parts_max[FESTORE_PARTS]; /* bytes of each part at the most; 0: it must be absent */
	TEE_Result (*handler)(struct call *call);
};

/* To be told by each TA: its commands, and what INFO says of it. */
extern const struct command commands[];
extern const size_t command_count;

struct about {
	uint64_t size_max; /* bytes of one file */
	bool has_anchors;  /* the vault TA may open sessions too */
};
extern const struct about about_ta;

/* The storages that are there, enum festore_wire_storage, or-ed. */
uint32_t about_storages(void);

/*
 * Likewise: what is to be done before the handler of a command that names a storage. Another answer
 * than TEE_SUCCESS is the command's, and the handler is not called.
 */
TEE_Result command_begins(const struct call *call);

/* Likewise: the handler has refused the call. */
void command_ends(const struct command *command, const struct call *call, TEE_Result res);

/* Parameters of all commands: where what lies (festore_ta.h, festore_vault.h). */
enum { PARAM_REQUEST = 0, PARAM_REPLY = 1, PARAM_WINDOW = 2, PARAM_OUT = 3 };

/* Checks types, sizes and request against the command's row. Reads shared memory once. */
TEE_Result request_read(const struct command *command, struct session *session, uint32_t types,
	const TEE_Param params[TEE_NUM_PARAMS], struct call *ret_call);

/* Writes the reply and the sizes of all outputs. */
void reply_write(
	const struct command *command, const struct call *call, TEE_Param params[TEE_NUM_PARAMS]);

/* Says that no output holds anything. */
void reply_nothing(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

#endif
