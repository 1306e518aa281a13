/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A side of the comparison: the same operations on an open session, by festore in one of its
 * storages or by the bare TA.
 * One side is open at a time; a side keeps what it needs in its own file.
 */
#ifndef SIDE_H
#define SIDE_H

#include <stddef.h>

/* Answers of an operation besides 0, done. What failed is said on standard error. */
enum {
	SIDE_FAILED = 1,
	SIDE_TOO_LARGE = 9, /* this side does not take this size (yet) */
};

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
};

extern const struct side bare_side;
extern const struct side ree_side;
extern const struct side vault_side;

#endif
