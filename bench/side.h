/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A side of the comparison: the same operations on an open session, by festore in one of its
 * storages or by the bare TA.
 * One side is open at a time; a side keeps what it needs in its own file.
 */
#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Answers of an operation besides 0, done. What failed is said on standard error. */
enum {
	SIDE_FAILED = 1,
	SIDE_TOO_LARGE = 9, /* this side does not take this size (yet) */
};

enum side_key { SIDE_P256, SIDE_RSA2048, SIDE_X25519 };

struct side {
	const char *name;
	int (*open)(const char *vault); /* NULL: the default; only the vault's side has others */
	void (*close)(void);
	int (*create)(const char *name, const void *content, size_t len);
	int (*replace)(const char *name, const void *content, size_t len);
	/* *ret_content is valid until release() */
	int (*get)(const char *name, size_t len_max, const void **ret_content, size_t *ret_len);
	void (*release)(void);
	int (*stat)(const char *name, size_t *ret_len);
	int (*rm)(const char *name);
	int (*mv)(const char *name, const char *new_name); /* NULL: this side has no such thing */
	int (*ls)(size_t *ret_count);
	int (*empty)(void); /* the cheapest call that there is */
	/* Holds the directory open until unpin(), also after close(); counts as one object. NULL:
	 * not this side's doing. */
	int (*pin)(void);
	int (*unpin)(void);

	/* NULL, all below: this side has no such thing. */

	/* What is created between these is stored by the second. */
	int (*batch_begin)(void);
	int (*batch_commit)(void);
	/* Opens a file for read_at(); it stays open until close_file(). */
	int (*open_file)(const char *name);
	int (*read_at)(uint64_t offset, void *to, size_t len);
	void (*close_file)(void);
	/* Seals, or opens, `len` bytes chunk by chunk within the TA, and nothing else. */
	int (*aead)(bool is_gcm, bool is_opening, size_t len);

	/* A new key, which is to sign or to decrypt. The bare TA has one, whatever its name. */
	int (*key_new)(const char *name, enum side_key type, bool signs);
	int (*key_sign)(const char *name, enum side_key type); /* 32 bytes */
	/* Makes what key_decrypt() opens: to this key, a message of `len` bytes. */
	int (*key_encrypt)(const char *name, size_t len);
	int (*key_decrypt)(const char *name, size_t len);
	int (*key_rm)(const char *name);
};

extern const struct side bare_side;
extern const struct side ree_side;
extern const struct side vault_side;

/* The one that is open. */
extern const struct side *side;

#endif
