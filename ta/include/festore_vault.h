/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire between libfestore and the *vault* Trusted Application, and the sealed structs that the
 * normal world keeps for it: the only copy, used by both sides. docs/SPEC.md says the same in
 * words. Everything is little-endian and naturally aligned; reserved fields and unused bytes are
 * zero, and both sides refuse what they do not know.
 */
#ifndef FESTORE_VAULT_H
#define FESTORE_VAULT_H

#include "festore_ta.h"

/* b4d298d3-c925-42ec-96d9-4437534aa455 */
#define FESTORE_VAULT_UUID \
	{ \
		0xb4d298d3, 0xc925, 0x42ec, \
		{ \
			0x96, 0xd9, 0x44, 0x37, 0x53, 0x4a, 0xa4, 0x55 \
		} \
	}

/* Bytes of a vault's name: letters, digits, `.`, `_`, `-`; the first is a letter or a digit. */
#define FESTORE_VAULT_NAME_MAX 64u

/* Bytes of a hash, a locator, a key, a MAC. */
#define FESTORE_HASH 32u

/* Bytes of content in one AEAD chunk. */
#define FESTORE_CHUNK 4096u

/* Bytes of the largest content: what a file's offset can be. */
#define FESTORE_VAULT_FILE_MAX ((uint64_t)INT64_MAX)

/* Bytes that a seal adds to each chunk, and the step in which contents and metadata are padded. */
#define FESTORE_SEAL 16u
#define FESTORE_CONTENT_STEP 64u
#define FESTORE_META_STEP 32u

/* Bytes that VAULT_MEASURE seals: enough chunks that they outweigh the call. */
#define FESTORE_MEASURED ((size_t)4 * FESTORE_CHUNK)

/* Bytes of a PIN: any that there are. */
#define FESTORE_PIN_MIN 4u
#define FESTORE_PIN_MAX 64u

/* Wrong PINs after which a vault can be closed for good, if that is chosen. */
#define FESTORE_PIN_TRIES_MIN 3u
#define FESTORE_PIN_TRIES_MAX 100u

/*
 * Wrong PINs in a row that cost no wait; the seconds that the next one costs, twice as many with
 * each; and at the most.
 */
#define FESTORE_PIN_FREE 5u
#define FESTORE_PIN_WAIT 30u
#define FESTORE_PIN_WAIT_MAX 3600u

/* Steps of the longest path: one a bit of a locator. */
#define FESTORE_PATH_MAX 256u

/*
 * Parameters of every command: 0 the request, 1 the reply, 2 what goes in (the parts that the
 * request counts, one after another), 3 what comes out (as the reply counts it).
 *
 *                  0         1          2          3
 * INFO             input     output     -          -
 * FILE_PUT         input     output     input      output
 * FILE_GET         input     output     input      output
 * FILE_STAT        input     output     input      -
 * FILE_LIST        input     output     input      output
 * FILE_REMOVE      input     output     input      output
 * FILE_MOVE        input     output     input      output
 * ABORT            input     -          -          -
 * VAULT_CREATE     input     output     input      output
 * VAULT_OPEN       input     output     input      -
 * VAULT_CONFIRM    input     output     input      -
 * VAULT_VERSION    input     output     -          -
 * VAULT_DESTROY    input     -          input      -
 * VAULT_PROPOSE    input     output     -          output
 * VAULT_MEASURE    input     -          -          -
 * VAULT_CHECK      input     output     input      output
 * VAULT_PRUNE      input     output     input      -
 * FILE_PUT_MANY    input     output     input      output
 * VAULT_SYNC       input     output     input      -
 * VAULT_ANCHOR     input     output     input      -
 * VAULT_RECOVER    input     output     input      output
 * VAULT_NOTED      input     output     input      output
 * VAULT_PIN        input     output     input      output
 * VAULT_RESET      input     -          input      -
 * VAULT_LOCK       input     output     input      -
 * KEY_GENERATE     input     output     input      output
 * KEY_PUBLIC       input     output     input      output
 * KEY_SIGN         input     -          input      output
 * KEY_DECRYPT      input     -          input      output
 * KEY_IMPORT       input     output     input      output
 * KEY_DERIVE       input     -          input      output
 * KEY_USE          input     output     input      output
 * FILE_TAKE        input     output     input      output
 * FILE_APPEND      input     output     input      output
 * LOG_READ         input     output     input      output
 * LOG_SIGN         input     -          input      output
 * LOG_PRUNE        input     output     input      output
 * LOG_KEY          input     -          -          output
 *
 * The commands below 16 have the numbers and meanings of festore_ta.h.
 */
enum festore_vault_command {
	FESTORE_CMD_VAULT_CREATE = 16,
	FESTORE_CMD_VAULT_OPEN = 17,
	FESTORE_CMD_VAULT_CONFIRM = 18,
	FESTORE_CMD_VAULT_VERSION = 19,
	FESTORE_CMD_VAULT_DESTROY = 20,
	FESTORE_CMD_VAULT_PROPOSE = 21, /* ends a batch with its proposal, without another change */
	FESTORE_CMD_VAULT_MEASURE = 22, /* seals FESTORE_MEASURED bytes, so that it can be timed */
	FESTORE_CMD_VAULT_CHECK = 23,   /* as FILE_LIST, of a vault of which not all is there */
	FESTORE_CMD_VAULT_PRUNE = 24,   /* begins a batch with a tree without some entries */
	FESTORE_CMD_FILE_PUT_MANY = 25, /* puts of a batch, several at once */
	FESTORE_CMD_VAULT_SYNC = 26,    /* anchors the current state now */
	FESTORE_CMD_VAULT_ANCHOR = 27,  /* tells of the anchor, and changes nothing */
	FESTORE_CMD_VAULT_RECOVER = 28, /* makes the first state of a new epoch, and a note of it */
	FESTORE_CMD_VAULT_NOTED = 29,   /* a change that says of a note that it was seen */
	FESTORE_CMD_VAULT_PIN = 30,     /* a change of the PIN, which makes a new header */
	FESTORE_CMD_VAULT_RESET = 31,   /* as VAULT_DESTROY, of a vault with a PIN, without it */
	FESTORE_CMD_KEY_GENERATE = 32,  /* MORE: makes and seals a pair; CONTINUE: stores it */
	FESTORE_CMD_KEY_PUBLIC = 33,
	FESTORE_CMD_KEY_SIGN = 34,
	FESTORE_CMD_KEY_DECRYPT = 35, /* opens what was sent; with CONTINUE the pieces after it */
	FESTORE_CMD_KEY_IMPORT = 36,  /* as KEY_GENERATE, of a pair that comes in */
	FESTORE_CMD_KEY_DERIVE = 37,  /* ECDH or X25519 with another's public key */
	FESTORE_CMD_VAULT_LOCK = 38, /* tells how many wrong PINs there were, and changes nothing */
	FESTORE_CMD_FILE_TAKE = 45,  /* a change: removes, after which the session may read it */
	FESTORE_CMD_FILE_APPEND =
		46,               /* seals a content anew with more behind it, then is a change */
	FESTORE_CMD_KEY_USE = 44, /* a change: one use less, after which the session has it */
	/* The log (festore_log.h). */
	FESTORE_CMD_LOG_READ = 40,  /* opens sealed entries */
	FESTORE_CMD_LOG_SIGN = 41,  /* signs what the present state says of the log */
	FESTORE_CMD_LOG_PRUNE = 42, /* a change that lets old entries go */
	FESTORE_CMD_LOG_KEY = 43,   /* the public key of what signs */
};

/* Flags besides those of festore_ta.h. */
enum festore_vault_flag {
	FESTORE_WIRE_BATCH = 1u << 3, /* PUT, REMOVE, MOVE: more of the same commit follows */
	FESTORE_WIRE_KEEP = 1u << 4,  /* REMOVE: the metadata stays in the session, for MOVE */
	FESTORE_WIRE_LAST = 1u << 5,  /* PUT, APPEND with MORE: the content ends with this piece */
	FESTORE_WIRE_UNPROVEN = 1u << 6, /* GET, KEY_PUBLIC: what the record says, without state
					    and path; VAULT_OPEN: whether or not the state is the
					    present one, to read and to recover */
};

/* What a tag names; each kind is a name space of its own, and a bit (1 << kind) of a command's. */
enum festore_wire_kind {
	FESTORE_WIRE_FILE = 1,
	FESTORE_WIRE_KEY = 2,
};

/* Types of keys. */
enum festore_wire_key_type {
	FESTORE_WIRE_RSA2048 = 1,
	FESTORE_WIRE_RSA3072 = 2,
	FESTORE_WIRE_RSA4096 = 3,
	FESTORE_WIRE_P256 = 4,
	FESTORE_WIRE_P384 = 5,
	FESTORE_WIRE_P521 = 6,
	FESTORE_WIRE_ED25519 = 7,
	FESTORE_WIRE_X25519 = 8,
};

/* What a key may be used for, or-ed; for good since it was made. */
enum festore_wire_use {
	FESTORE_WIRE_SIGN = 1u << 0,
	FESTORE_WIRE_DECRYPT = 1u << 1,
	FESTORE_WIRE_DERIVE = 1u << 2,     /* what HKDF makes of a secret that it agrees upon */
	FESTORE_WIRE_DERIVE_RAW = 1u << 3, /* the secret itself */
};

/* How KEY_SIGN signs, how KEY_DECRYPT opens, how KEY_DERIVE derives. */
enum festore_wire_scheme {
	FESTORE_WIRE_ECDSA = 1,     /* FIPS 186-5; the answer is r, then s, each a field's bytes */
	FESTORE_WIRE_EDDSA = 2,     /* RFC 8032, Ed25519 itself: the message is not hashed before */
	FESTORE_WIRE_RSA_PSS = 3,   /* RFC 8017; MGF1 of the same hash, as much salt as hash */
	FESTORE_WIRE_RSA_PKCS1 = 4, /* RFC 8017: RSASSA-PKCS1-v1_5 */
	FESTORE_WIRE_OAEP = 5,      /* one block of RSAES-OAEP: its content is the answer */
	FESTORE_WIRE_CMS = 6,       /* AES-256-GCM, under a key that is sent by RSA or ECDH */
	FESTORE_WIRE_HPKE = 7,      /* RFC 9180, in chunks */
	FESTORE_WIRE_HKDF = 8,      /* RFC 5869, with SHA-256 */
	FESTORE_WIRE_BARE = 9,      /* what was agreed upon, as it is */
};

/* What the message was hashed with; of ECDSA the one that its curve's size asks for. Of KEY_DECRYPT
 * what CMS derives an agreed key with. */
enum festore_wire_hash {
	FESTORE_WIRE_SHA256 = 1,
	FESTORE_WIRE_SHA384 = 2,
	FESTORE_WIRE_SHA512 = 3,
	FESTORE_WIRE_SHA1 = 4, /* KEY_DECRYPT alone: what OpenSSL takes if it is not told */
};

/*
 * What is fixed for a tag when it is made: nothing, or one of these. Records with a policy have the
 * mark in their salt (FESTORE_IS_MARKED).
 */
enum festore_wire_policy_flag {
	FESTORE_WIRE_WRITE_ONCE = 1u << 0,  /* of files: never replaced, removed or moved */
	FESTORE_WIRE_APPEND_ONLY = 1u << 1, /* of files: only FILE_APPEND changes them */
	FESTORE_WIRE_READ_ONCE = 1u << 2,   /* of files: read only by who takes them away */
	FESTORE_WIRE_LIMITED = 1u << 3,     /* of keys: used so often and no more */
};

/* The message part of FILE_PUT, and of the second half of KEY_GENERATE and KEY_IMPORT, if it is
 * there. */
struct festore_wire_policy {
	uint32_t flags; /* enum festore_wire_policy_flag */
	uint32_t uses;  /* LIMITED: 1 to FESTORE_USES_MAX; else 0 */
};

/* So that replies can say 0 for no limit, and one more than what is left. */
#define FESTORE_USES_MAX (UINT32_MAX - 1)

/*
 * Does the record of this salt have a policy? Authentic with the leaf, so a proven path tells. Of
 * records from before there were policies it may say so too: then the record says that it has none.
 */
#define FESTORE_MARK 0x80u
#define FESTORE_IS_MARKED(salt) (((salt)[15] & FESTORE_MARK) != 0)

/* Bytes of the longest message that KEY_SIGN takes: Ed25519 needs it whole, and private. */
#define FESTORE_MESSAGE_MAX 32768u

/*
 * What KEY_DECRYPT without CONTINUE has as its message:
 *
 *   OAEP                the block
 *   CMS, hash 0 (RSA)   nonce 12, the block that has the key
 *   CMS, a hash (P-*)   nonce 12, wrapped key 40, point of the sender (4, x, y)
 *   HPKE                the header of the message, 64
 *
 * and with CONTINUE, of CMS in the first pass a piece, behind the last one the message's tag, in
 * the second each piece and its mark; of HPKE whole chunks. Pieces are full but for the last one.
 */
/* Bytes of a content in CMS: all that GCM takes (NIST SP 800-38D, section 5.2.1.1). */
#define FESTORE_CMS_MAX (((uint64_t)1 << 36) - 32)
#define FESTORE_PIECE 32768u    /* bytes of a full piece of CMS */
#define FESTORE_BLOCK_MAX 512u  /* of RSA-4096 */
#define FESTORE_SENT_MAX 524u   /* nonce and block */
#define FESTORE_HPKE_HEADER 64u /* of a message; and of it what HPKE takes as `info`: */
#define FESTORE_HPKE_NAMED 32u

/*
 * What KEY_DERIVE has as its message; the other's public key (an uncompressed point, or 32 bytes),
 * salt and info follow.
 */
struct festore_wire_derive {
	uint16_t peer_len;
	uint16_t salt_len; /* 0 with BARE, as the next two */
	uint16_t info_len;
	uint16_t length; /* bytes to derive, 1 to FESTORE_DERIVED_MAX */
};

#define FESTORE_PEER_MAX 133u
#define FESTORE_SALT_MAX 1024u
#define FESTORE_INFO_MAX 1024u
#define FESTORE_DERIVED_MAX 512u
#define FESTORE_DERIVE_MAX \
	(sizeof(struct festore_wire_derive) + FESTORE_PEER_MAX + FESTORE_SALT_MAX + \
		FESTORE_INFO_MAX)

/* The parts of parameter 2, in this order. */
enum festore_wire_part {
	FESTORE_PART_STATE = 0, /* a struct festore_vault_state */
	FESTORE_PART_PATH = 1,  /* a struct festore_vault_path and its steps; PUT_MANY: some */
	/* A sealed record, in a change that of a present tag whose leaf has the mark; a list's
	   entries; PUT_MANY: the puts; VAULT_OPEN, VAULT_PIN, VAULT_RESET, VAULT_LOCK: the
	   header; LOG_READ: sealed entries of the log; LOG_PRUNE: the first that stays, or
	   nothing. */
	FESTORE_PART_RECORD = 2,
	FESTORE_PART_CONTENT =
		3, /* content, in the clear (PUT, KEY_IMPORT) or sealed (GET, APPEND, KEY_*) */
	/* KEY_SIGN: the hash, or of Ed25519 the message; KEY_DECRYPT; KEY_DERIVE. VAULT_RECOVER,
	   VAULT_NOTED: the note that the state names. FILE_PUT, and
	   KEY_GENERATE and KEY_IMPORT with CONTINUE: a struct festore_wire_policy.
	   VAULT_CREATE, VAULT_OPEN: a struct festore_wire_pin; VAULT_PIN: the old one and the
	   new one. FILE_APPEND: what is appended. */
	FESTORE_PART_MESSAGE = 4,
	FESTORE_PARTS = 5,
};

/*
 * What the vault TA answers besides the codes of festore_ta.h (GP TEE Client API 4.4.2: the range
 * of 0x8 is the implementation's).
 */
#define FESTORE_TA_STALE 0x80000001u       /* the state is neither current nor what follows it */
#define FESTORE_TA_OTHER 0x80000002u       /* another vault is known under this name */
#define FESTORE_TA_FULL 0x80000003u        /* no slot for one more vault */
#define FESTORE_TA_DESTROYED 0x80000004u   /* this vault was destroyed */
#define FESTORE_TA_OTHER_USE 0x80000005u   /* the key was not made for this */
#define FESTORE_TA_BAD_MESSAGE 0x80000006u /* what was sent does not open with this key */
#define FESTORE_TA_BAD_KEY 0x80000007u     /* these numbers are no pair of this type */
#define FESTORE_TA_UNPROVEN 0x80000008u    /* the anchor is lost, or older than this state */
#define FESTORE_TA_NO_ANCHOR 0x80000009u   /* the anchor cannot be reached now */
#define FESTORE_TA_SPARED 0x8000000au      /* the owner has no writes of the RPMB left now */
#define FESTORE_TA_PIN_NEEDED 0x8000000bu  /* the vault has a PIN, and none was given */
#define FESTORE_TA_PIN_WRONG 0x8000000cu   /* this is not the vault's PIN */
#define FESTORE_TA_PIN_WAIT 0x8000000du    /* there were too many wrong PINs to look at one now */
#define FESTORE_TA_PIN_LOCKED 0x8000000eu  /* and to look at one ever again */
#define FESTORE_TA_WRITE_ONCE 0x80000014u  /* the tag is never replaced, removed or moved */
#define FESTORE_TA_APPEND_ONLY \
	0x80000017u /* never replaced, removed or moved; FILE_APPEND is for it */
#define FESTORE_TA_READ_ONCE 0x80000016u /* it is read by FILE_TAKE, once that was confirmed */
#define FESTORE_TA_USES 0x80000015u      /* the session has no use of the key, or none is left */

/* From here on: what rules refuse that a user has set. A vault's log tells of all of them. */
#define FESTORE_TA_RULES 0x8000000bu
#define FESTORE_TA_RULES_LAST 0x8000001fu

/* A PIN. */
struct festore_wire_pin {
	uint8_t len;
	/* VAULT_CREATE: how many wrong ones in a row close the vault for good; 0: they never do. */
	uint8_t tries;
	uint8_t reserved[6];
	uint8_t bytes[FESTORE_PIN_MAX];
};

/* What a key command asks for. */
struct festore_wire_key {
	uint16_t type;   /* KEY_GENERATE, KEY_IMPORT with MORE: enum festore_wire_key_type */
	uint16_t use;    /* likewise: enum festore_wire_use, or-ed */
	uint16_t scheme; /* KEY_SIGN, KEY_DECRYPT, KEY_DERIVE: enum festore_wire_scheme */
	uint16_t hash;   /* likewise: enum festore_wire_hash, or 0 */
};

struct festore_vault_request {
	/* storage: FESTORE_WIRE_VAULT but for INFO and ABORT; tag: for VAULT_* the vault's name */
	struct festore_wire_request base;
	uint32_t kind;                 /* enum festore_wire_kind; 0 where no file or key is meant */
	uint32_t aead;                 /* enum festore_aead; of VAULT_CREATE and VAULT_MEASURE */
	uint32_t parts[FESTORE_PARTS]; /* bytes of each part */
	uint32_t anchor;               /* VAULT_CREATE: enum festore_anchor */
	uint64_t offset; /* FILE_GET with CONTINUE: where in the content, a multiple of a chunk */
	struct festore_wire_key key; /* KEY_* */
};

/* FILE_PUT, FILE_REMOVE, FILE_MOVE, KEY_GENERATE, KEY_IMPORT, KEY_USE, VAULT_PROPOSE: what lies in
 * parameter 3, in this order. In a vault that has a log, sealed entries of it follow, in any order.
 */
struct festore_vault_change {
	uint64_t version;     /* of the proposal; of the batch under way if there is none yet */
	uint32_t hashes_len;  /* new hashes of the path's nodes, root first, 32 bytes each */
	uint32_t record_len;  /* the sealed record to store; 0 for REMOVE */
	uint32_t content_len; /* sealed content */
	uint32_t state_len;   /* the proposal, a struct festore_vault_state; 0 with BATCH */
};

/* Puts of one FILE_PUT_MANY at the most. */
#define FESTORE_PUTS_MAX 64u

/*
 * A put of FILE_PUT_MANY; its tag follows, then zeros (FESTORE_PUT_ROOM). All are in the order of
 * their locators, and so are their contents. In parameter 3 comes each one's record and content,
 * then the hashes of the new nodes (merge.h), as many as struct festore_vault_change says in all.
 */
struct festore_vault_put {
	uint32_t content_len;
	uint16_t tag_len;
	uint16_t reserved;
	int64_t modified;
};

#define FESTORE_PUT_ROOM(tag_len) \
	((sizeof(struct festore_vault_put) + (tag_len) + 7u) & ~(size_t)7u)
#define FESTORE_PUTS_ROOM ((size_t)FESTORE_PUTS_MAX * FESTORE_PUT_ROOM(FESTORE_TAG_MAX))

/* FILE_GET, FILE_STAT. Parameter 3 has content. */
struct festore_vault_file {
	uint64_t size;
	int64_t modified;
	uint64_t version; /* the commit that wrote it */
	uint32_t policy;  /* enum festore_wire_policy_flag */
	uint32_t reserved;
};

/* KEY_PUBLIC. Parameter 3 has the public parts of the content. */
struct festore_vault_key {
	int64_t created; /* by the client's clock */
	uint64_t version;
	uint16_t type;
	uint16_t use;
	uint32_t uses; /* that are left, and one more; 0: there is no limit */
};

/*
 * VAULT_CHECK, VAULT_PRUNE. Parameter 3 of a check has a struct festore_vault_checked for each
 * entry that came in.
 */
struct festore_vault_check {
	uint32_t count;   /* entries of this page */
	uint32_t damaged; /* records of this page that do not open */
	/* With the last page: leaves that the state has beside those whose records were given. */
	uint64_t missing;
};

/* VAULT_CREATE: parameter 3 has the header, then the first state. */
struct festore_vault_created {
	uint8_t vault[16];
};

struct festore_vault_opened {
	uint8_t vault[16];
	uint64_t epoch;
	uint64_t version;
	uint64_t count;                    /* entries */
	uint8_t locator_key[FESTORE_HASH]; /* finds entries; opens nothing */
};

/* VAULT_CONFIRM, VAULT_VERSION: the state that the TA holds (ITEM_NOT_FOUND: none;
 * FESTORE_TA_DESTROYED). */
struct festore_vault_version {
	uint64_t epoch;
	uint64_t version;
};

/* VAULT_SYNC, VAULT_ANCHOR. */
struct festore_vault_anchor {
	uint32_t anchor;  /* enum festore_anchor_kind, of the vault */
	uint32_t is_sure; /* 0: the last write of it failed, or it cannot be read now */
	uint64_t version; /* that is anchored */
	uint64_t window;  /* commits since then: what a rollback would not be told of */
	uint64_t writes;  /* of this anchor since it was made */
	int64_t since;    /* the first of them, seconds since 1970 by the normal world's clock */
	int64_t at;       /* the last */
	uint32_t left;    /* of an anchor in the RPMB: writes that the owner has left now */
	uint32_t reserved;
};

/* VAULT_LOCK. */
struct festore_vault_lock {
	uint32_t failures; /* wrong PINs since the last right one, as far as the device knows */
	uint32_t wait;     /* seconds until another one is looked at */
	uint32_t left;     /* tries that are left, if there is a limit and is_limited is 1 */
	uint32_t is_limited;
	uint32_t is_lost; /* 1: what the device knew of them is gone */
	uint32_t reserved;
};

/*
 * VAULT_RECOVER: what the device knew, and what is to count from now on. Parameter 3 has the state
 * and the note. VAULT_NOTED has them too.
 */
struct festore_vault_recovered {
	uint64_t from_epoch; /* 0: the device knew nothing */
	uint64_t from_version;
	uint64_t to_epoch;
	uint64_t to_version;
};

/* --- what the normal world keeps ------------------------------------------------------------- */

#define FESTORE_HEADER_MAGIC 0x48747366u /* the bytes `fstH` */
#define FESTORE_STATE_MAGIC 0x53747366u  /* the bytes `fstS` */
#define FESTORE_NOTE_MAGIC 0x4e747366u   /* the bytes `fstN` */
#define FESTORE_VAULT_FORMAT 1u

enum festore_aead {
	FESTORE_AEAD_CHACHA20_POLY1305 = 1, /* RFC 8439; by the TA itself */
	FESTORE_AEAD_AES_256_GCM = 2,       /* NIST SP 800-38D; by the TEE */
};

/* Where a vault is anchored, and when: for good since it was made. */
enum festore_anchor_kind {
	FESTORE_ANCHOR_NONE = 0,
	FESTORE_ANCHOR_REE = 1,          /* an object in OP-TEE's REE file system */
	FESTORE_ANCHOR_RPMB = 2,         /* an object in the RPMB */
	FESTORE_ANCHOR_KINDS = 0xff,     /* these bits; all others are flags */
	FESTORE_ANCHOR_EACH = 1u << 8,   /* each commit is anchored before it is confirmed */
	FESTORE_ANCHOR_CHOOSE = 1u << 9, /* VAULT_CREATE: the RPMB, or NONE where there is none */
	FESTORE_ANCHOR_LOG = 1u << 10,   /* of no anchor: the vault has a log (festore_log.h) */
};

/* Without FESTORE_ANCHOR_EACH: the commits, and the seconds since the first of them, after which
 * the next call anchors what is current. */
#define FESTORE_ANCHOR_COMMITS 64u
#define FESTORE_ANCHOR_SECONDS 60u

/*
 * Writes of anchors in the RPMB that an owner has at once, and the seconds that bring another. At
 * this pace a year takes half of what a small RPMB bears: 128 KiB in blocks of 256 bytes, 3,000
 * times each, if the device levels its wear.
 */
#define FESTORE_RPMB_BURST 128u
#define FESTORE_RPMB_SECONDS 60u
#define FESTORE_RPMB_BEARS 1000000u

/* The master key of a vault, sealed for its owner on this device. Kept twice. */
struct festore_vault_header {
	uint32_t magic;
	uint16_t format;
	uint16_t aead; /* enum festore_aead: of all that is sealed in the vault, this header too */
	uint8_t vault[16];
	uint64_t sequence; /* of this vault's headers, from 1 */
	/* Where wrong PINs are counted: FESTORE_ANCHOR_REE or FESTORE_ANCHOR_RPMB; 0: the vault has
	   no PIN, and the next three are 0 too. */
	uint8_t pin_storage;
	uint8_t pin_tries; /* how many in a row close it for good; 0: they never do */
	uint8_t pin_reserved[6];
	uint8_t pin_salt[16];
	uint8_t salt[16];
	uint8_t wrapped[FESTORE_HASH];
	uint8_t seal[FESTORE_SEAL];
};

/* One state of a vault, authenticated by `mac`, which also is what names it. */
struct festore_vault_state {
	uint32_t magic;
	uint16_t format;
	uint16_t anchor; /* enum festore_anchor_kind */
	uint8_t vault[16];
	uint64_t epoch;
	uint64_t version;
	uint64_t anchored; /* the version that the anchor had when this was made */
	uint64_t count;    /* leaves of the tree */
	uint8_t nonce[16]; /* so that no two states are the same */
	uint8_t root[FESTORE_HASH];
	uint8_t predecessor[FESTORE_HASH]; /* mac of the state that this follows */
	uint8_t header[FESTORE_HASH];      /* SHA-256 of the header */
	/* SHA-256 of the last note; zero: there is none. With a log a struct festore_log_head. */
	uint8_t log_head[FESTORE_HASH];
	uint8_t mac[FESTORE_HASH];
};

/*
 * That a vault was recovered: what did not go with what the device knew was made to count. It is
 * kept for good, and the state names it.
 */
struct festore_vault_note {
	uint32_t magic;
	uint16_t format;
	uint16_t number; /* of this vault's notes, from 1 */
	/* What the device knew; 0: nothing. */
	uint64_t from_epoch;
	uint64_t from_version;
	uint64_t taken_version;       /* of the state that was taken instead */
	uint64_t to_epoch;            /* the new one */
	uint64_t to_version;          /* of its first state */
	int64_t at;                   /* seconds since 1970 UTC by the normal world's clock */
	int64_t seen_at;              /* when somebody said to have seen it, or 0 */
	uint8_t before[FESTORE_HASH]; /* SHA-256 of the note before; zero for the first */
};

/* What a leaf of the tree is: an entry's locator, and what binds its record. */
struct festore_vault_leaf {
	uint8_t locator[FESTORE_HASH];
	uint8_t salt[16];
	uint8_t seal[FESTORE_SEAL];
};

/* The way from the root to a leaf; `count` steps follow, root first. */
struct festore_vault_path {
	uint32_t count;
	uint32_t is_empty; /* 1: the tree is empty; there is no leaf, and no step */
	struct festore_vault_leaf leaf;
};

struct festore_vault_step {
	uint32_t bit; /* of locators, 0 the most significant of the first byte; increasing */
	uint8_t sibling[FESTORE_HASH]; /* hash of the side that the leaf is not on */
};

/* A sealed record; its ciphertext follows. */
struct festore_vault_record {
	uint64_t version; /* of the commit that wrote it */
	uint8_t salt[16];
	uint8_t seal[FESTORE_SEAL];
};

/* What the ciphertext of a record holds; the tag follows, then zeros to FESTORE_META_STEP. */
struct festore_vault_meta {
	uint16_t format;
	uint16_t kind;
	uint16_t tag_len;
	uint16_t chunk_log2;
	uint64_t size;    /* bytes of content */
	int64_t modified; /* by the client's clock */
	uint8_t key_type; /* of a key: enum festore_wire_key_type; else 0 */
	uint8_t key_use;  /* of a key: enum festore_wire_use, or-ed; else 0 */
	/* enum festore_wire_policy_flag, 0, and of a key how often it may still be used (4 bytes).
	 */
	uint8_t policy[6];
	uint8_t content_key[FESTORE_HASH];
};

/*
 * The content of a key: its parts one after another, the public ones first; numbers are big-endian.
 * Bytes of each, n being those of the modulus or of the curve's field:
 *
 *   RSA      modulus n, public exponent 4 | private exponent n, primes n/2 each, then n/2 each
 *            d mod (p-1), d mod (q-1), 1/q mod p
 *   P-*      x n, y n                     | private value n
 *   Ed25519  public key 32                | private key 32 (RFC 8032)
 *   X25519   public key 32                | private key 32 (RFC 7748)
 */
#define FESTORE_KEY_MAX 2308u   /* bytes of the longest: RSA of 4096 bits */
#define FESTORE_PUBLIC_MAX 516u /* bytes of its public parts */
#define FESTORE_SIGNED_MAX 512u /* bytes of the longest signature */

/* What an entry of a list's input may be; of FILE_LIST's nothing. */
enum festore_vault_listed_flag {
	/*
	 * VAULT_CHECK, VAULT_PRUNE: instead of the record follows the hash of a leaf, or of all
	 * leaves whose locators begin as this one does to behind the last node above them.
	 */
	FESTORE_LISTED_BLIND = 1u << 0,
	FESTORE_LISTED_DROP = 1u << 1, /* VAULT_PRUNE: the new tree is to be without it */
};

/* An entry of a list's input; its record follows, then zeros to the next multiple of 8. */
struct festore_vault_listed {
	uint8_t locator[FESTORE_HASH];
	uint32_t record_len;
	uint32_t flags; /* enum festore_vault_listed_flag */
};

/* An entry of VAULT_CHECK's output; its tag follows, then zeros (FESTORE_ENTRY_ROOM). */
struct festore_vault_checked {
	uint64_t size;
	int64_t modified;
	uint16_t tag_len;
	uint16_t kind; /* enum festore_wire_kind; 0, and all else too: blind, or it does not open */
	uint32_t reserved;
};

/* Bytes of the record of a tag of `len` bytes, and of the longest. */
#define FESTORE_RECORD_LEN(len) \
	(sizeof(struct festore_vault_record) + \
		((sizeof(struct festore_vault_meta) + (len) + FESTORE_META_STEP - 1) / \
			FESTORE_META_STEP * FESTORE_META_STEP))
#define FESTORE_RECORD_MAX FESTORE_RECORD_LEN(FESTORE_TAG_MAX)

/* Bytes of a content of `len` bytes once sealed: chunks with a seal each, the last one padded. */
#define FESTORE_SEALED_LEN(len) \
	((uint64_t)(len) / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL) + \
		((uint64_t)(len) % FESTORE_CHUNK != 0 || (len) == 0 \
				? ((uint64_t)(len) % FESTORE_CHUNK + FESTORE_CONTENT_STEP - 1) / \
						FESTORE_CONTENT_STEP * FESTORE_CONTENT_STEP + \
					FESTORE_SEAL \
				: 0))
#define FESTORE_SEALED_WINDOW \
	((size_t)FESTORE_WINDOW / FESTORE_CHUNK * (FESTORE_CHUNK + FESTORE_SEAL))

#define FESTORE_PATH_LEN(steps) \
	(sizeof(struct festore_vault_path) + (steps) * sizeof(struct festore_vault_step))

#define FESTORE_LISTED_ROOM(record_len) \
	((sizeof(struct festore_vault_listed) + (record_len) + 7u) & ~(size_t)7u)

static_assert(sizeof(struct festore_vault_request) == 336, "wire");
static_assert(sizeof(struct festore_vault_key) == 24, "wire");
static_assert(sizeof(struct festore_wire_derive) == 8, "wire");
static_assert(sizeof(struct festore_wire_policy) == 8, "wire");
static_assert(FESTORE_KEY_MAX <= FESTORE_CHUNK, "one chunk");
static_assert(sizeof(struct festore_vault_change) == 24, "wire");
static_assert(sizeof(struct festore_vault_put) == 16, "wire");
static_assert(sizeof(struct festore_vault_file) == 32, "wire");
static_assert(sizeof(struct festore_vault_created) == 16, "wire");
static_assert(sizeof(struct festore_vault_opened) == 72, "wire");
static_assert(sizeof(struct festore_vault_version) == 16, "wire");
static_assert(sizeof(struct festore_vault_anchor) == 56, "wire");
static_assert(sizeof(struct festore_vault_recovered) == 32, "wire");
static_assert(sizeof(struct festore_wire_pin) == 72, "wire");
static_assert(sizeof(struct festore_vault_lock) == 24, "wire");
static_assert(sizeof(struct festore_vault_note) == 96, "stored");
static_assert(sizeof(struct festore_vault_header) == 120, "stored");
static_assert(sizeof(struct festore_vault_state) == 232, "stored");
static_assert(sizeof(struct festore_vault_leaf) == 64, "wire");
static_assert(sizeof(struct festore_vault_path) == 72, "wire");
static_assert(sizeof(struct festore_vault_step) == 36, "wire");
static_assert(sizeof(struct festore_vault_record) == 40, "stored");
static_assert(sizeof(struct festore_vault_meta) == 64, "stored");
static_assert(sizeof(struct festore_vault_listed) == 40, "wire");
static_assert(sizeof(struct festore_vault_check) == 16, "wire");
static_assert(sizeof(struct festore_vault_checked) == sizeof(struct festore_wire_entry), "wire");

#endif
