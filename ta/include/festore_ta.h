/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire between libfestore and the *objects* Trusted Application: the only copy, used by both
 * sides. docs/SPEC.md says the same in words. Everything is little-endian and naturally aligned;
 * reserved fields and unused bytes are zero, and both sides refuse what they do not know.
 */
#ifndef FESTORE_TA_H
#define FESTORE_TA_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* d625dbef-bb3e-442a-b873-961996814ee7 */
#define FESTORE_OBJECTS_UUID \
	{ \
		0xd625dbef, 0xbb3e, 0x442a, \
		{ \
			0xb8, 0x73, 0x96, 0x19, 0x96, 0x81, 0x4e, 0xe7 \
		} \
	}

/* The wire's own version. It grows with any change that an older peer would misread. */
#define FESTORE_PROTOCOL 1u

/* Bytes of a tag: valid UTF-8 without control characters, not NUL-terminated. */
#define FESTORE_TAG_MAX 255u

/* Bytes of content that travel in one call. */
#define FESTORE_WINDOW 65536u

/* Bytes of the largest `ree` file: OP-TEE keeps 96 bytes of core heap per 4 KiB of an open object.
 */
#define FESTORE_REE_MAX 1048576u

/* Bytes of the largest `rpmb` file. How many there may be: ta/objects/object.h. */
#define FESTORE_RPMB_MAX 4096u

/*
 * Parameters of every command (GP TEE Client API 4.3.6): 0 the request, 1 the reply, 2 the window,
 * 3 none. The table says which of them a command has; all others must be NONE.
 *
 *                  0         1          2
 * INFO             input     output     -
 * FILE_PUT         input     -          input
 * FILE_GET         input     output     output
 * FILE_STAT        input     output     -
 * FILE_LIST        input     output     output
 * FILE_REMOVE      input     -          -
 * FILE_MOVE        input     -          input
 * ABORT            input     -          -
 *
 * Request and reply have exactly the size of their struct. On an error the TA sets the sizes of all
 * outputs to 0, and it never writes more into them than it says.
 */
enum festore_command {
	FESTORE_CMD_INFO = 0,
	FESTORE_CMD_FILE_PUT = 1,
	FESTORE_CMD_FILE_GET = 2,
	FESTORE_CMD_FILE_STAT = 3,
	FESTORE_CMD_FILE_LIST = 4,
	FESTORE_CMD_FILE_REMOVE = 5,
	FESTORE_CMD_FILE_MOVE = 6, /* the window holds the new tag, a struct festore_wire_tag */
	FESTORE_CMD_ABORT = 7,     /* ends this session's transfer or list, if there is one */
};

/* Where a file lies. A bit each, so that INFO can say which there are. */
enum festore_wire_storage {
	FESTORE_WIRE_REE = 1u << 0,
	FESTORE_WIRE_VAULT = 1u << 1,
	FESTORE_WIRE_RPMB = 1u << 2,
};

/* Flags of a request. */
enum festore_wire_flag {
	FESTORE_WIRE_NO_CLOBBER = 1u << 0, /* FILE_PUT, FILE_MOVE: an existing tag is an error */
	FESTORE_WIRE_CONTINUE = 1u << 1,   /* PUT, GET, LIST: goes on with what the session began */
	FESTORE_WIRE_MORE = 1u << 2,       /* FILE_PUT: this is not the last piece */
};

/*
 * What the TA answers besides TEE_SUCCESS, with the meaning that libfestore gives to it:
 *
 *   TEE_ERROR_BAD_PARAMETERS     parameter types, sizes, reserved fields or the tag are wrong
 *   TEE_ERROR_NOT_SUPPORTED      unknown command, protocol, flag or storage
 *   FESTORE_TA_NO_RPMB           the storage is rpmb, and this OP-TEE was built without
 *   TEE_ERROR_ACCESS_DENIED      this login has no store, or not this right
 *   TEE_ERROR_ITEM_NOT_FOUND     the owner has no file of this tag
 *   TEE_ERROR_ACCESS_CONFLICT    FESTORE_WIRE_NO_CLOBBER and the tag exists
 *   TEE_ERROR_CORRUPT_OBJECT     OP-TEE or the TA found the file damaged
 *   TEE_ERROR_EXCESS_DATA        the content is longer than the storage takes
 *   TEE_ERROR_SHORT_BUFFER       the window is too small for the answer
 *   TEE_ERROR_BAD_STATE          FESTORE_WIRE_CONTINUE without the same having begun
 *   TEE_ERROR_BUSY               too many sessions or transfers at once
 *   TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_STORAGE_NOT_AVAILABLE
 */

/* Of our own: in GP's range for what a TA defines; festore_vault.h has the others. */
#define FESTORE_TA_NO_RPMB 0x80000010u

struct festore_wire_tag {
	uint16_t len; /* bytes that count */
	uint8_t bytes[FESTORE_TAG_MAX];
	uint8_t reserved[7];
};

/* The request of every command. What a command has no use for is zero. */
struct festore_wire_request {
	uint32_t protocol; /* FESTORE_PROTOCOL */
	uint32_t flags;    /* enum festore_wire_flag */
	uint32_t storage;  /* one of enum festore_wire_storage; 0 for INFO */
	uint32_t reserved;
	int64_t modified;            /* FILE_PUT: seconds since 1970 UTC, as the client says */
	struct festore_wire_tag tag; /* FILE_LIST: a prefix, may be empty */
};

struct festore_wire_info {
	uint32_t protocol;
	uint32_t storages; /* enum festore_wire_storage, or-ed */
	uint64_t size_max; /* bytes of one file */
	uint32_t login;    /* TEE_LOGIN_* of this session, as the TEE says */
	uint32_t huk;      /* enum festore_wire_huk */
	uint8_t owner[16]; /* RFC 4122 octets of the client UUID */
	char version[16];  /* release of the TA, NUL-terminated */
	char tee[64];      /* OP-TEE's own words on its version, NUL-terminated */
};

/* What the TA can say of the hardware unique key that all storage keys come from. */
enum festore_wire_huk {
	FESTORE_WIRE_HUK_UNKNOWN = 0, /* OP-TEE has no system PTA to ask */
	FESTORE_WIRE_HUK_OWN = 1,     /* not a known default */
	FESTORE_WIRE_HUK_ZERO = 2,    /* all zero: not provisioned, the same on every such device */
	FESTORE_WIRE_HUK_KNOWN = 3,   /* another one that is no secret */
};

/* FILE_GET and FILE_STAT. A get is over when `size` bytes have come. */
struct festore_wire_file {
	uint64_t size;    /* bytes of content */
	int64_t modified; /* as given by the client that put it */
};

/* FILE_LIST: entries lie in the window one after another, each at a multiple of 8 bytes. */
struct festore_wire_list {
	uint32_t count;   /* entries in this page */
	uint32_t more;    /* 1: ask again with FESTORE_WIRE_CONTINUE; 0: this was the last page */
	uint32_t damaged; /* objects found damaged on this page; OP-TEE does not tell whose */
	uint32_t reserved;
};

struct festore_wire_entry {
	uint64_t size;
	int64_t modified;
	uint16_t tag_len;
	uint8_t key_type; /* of keys in a vault (festore_vault.h) */
	uint8_t key_use;
	uint32_t policy; /* in a vault: of files enum festore_wire_policy_flag, of keys as uses of
			    struct festore_vault_key */
			 /* tag_len bytes of tag, then zeros to the next multiple of 8 */
};

/* The room that the entry of a tag of `len` bytes takes in the window. */
#define FESTORE_ENTRY_ROOM(len) ((sizeof(struct festore_wire_entry) + (len) + 7u) & ~(size_t)7u)

static_assert(sizeof(struct festore_wire_tag) == 264, "wire");
static_assert(sizeof(struct festore_wire_request) == 288, "wire");
static_assert(sizeof(struct festore_wire_info) == 120, "wire");
static_assert(sizeof(struct festore_wire_file) == 16, "wire");
static_assert(sizeof(struct festore_wire_list) == 16, "wire");
static_assert(sizeof(struct festore_wire_entry) == 24, "wire");

#endif
