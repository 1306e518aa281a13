/* SPDX-License-Identifier: BSD-2-Clause */
/* What a struct festore is, for the files of the library. */
#ifndef HANDLE_H
#define HANDLE_H

#include "list.h"
#include "session.h"

/*
 * What each storage does for the public calls of the same names. Tags, flags and sizes have been
 * checked; the failure is noted in fs->failure.
 */
struct operations {
	uint64_t size_max; /* bytes of one file */

	enum festore_error (*put)(struct festore *fs, const char *tag, const void *content,
		size_t content_len, unsigned int flags);
	enum festore_error (*get)(
		struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len);
	enum festore_error (*stat)(
		struct festore *fs, const char *tag, struct festore_file_info *ret_info);
	enum festore_error (*remove)(struct festore *fs, const char *tag);
	enum festore_error (*move)(
		struct festore *fs, const char *tag, const char *new_tag, unsigned int flags);

	/* Appends all files whose tags begin with `prefix`, in any order. */
	enum festore_error (*collect)(
		struct festore *fs, const char *prefix, struct collection *all);

	/* Adds what the storage knows to a status that is otherwise complete. */
	enum festore_error (*describe)(struct festore *fs, struct festore_status *status);
};

extern const struct operations ree_operations;
extern const struct operations rpmb_operations;
extern const struct operations vault_operations;

struct vault;

struct festore {
	const struct operations *operations;
	enum festore_storage storage; /* never the default */
	enum session_ta ta;
	struct session *session; /* NULL if festore_open() or the last handle_connect() failed */
	bool was_connected;      /* festore_open() did not fail */
	struct vault *vault;     /* of the vault storage; else NULL */
	bool has_group;
	gid_t group;
	uint32_t max_uses;         /* of keys that are made; 0: no limit */
	bool is_transferring;      /* a reader or writer is open */
	struct failure failure;    /* of the last call */
	festore_progress progress; /* or NULL */
	void *progress_arg;
	festore_waiting waiting; /* or NULL */
	void *waiting_arg;
};

/*
 * Forgets the last failure; connects again if that has failed before. FESTORE_NO_TEE if the handle
 * never was connected.
 */
enum festore_error handle_begin(struct festore *fs);

/* Connects to the handle's TA; a session that it had is closed. */
enum festore_error handle_connect(struct festore *fs);

/* What is called from now on may wait for tee-supplicant. */
void handle_may_wait(struct festore *fs);

/*
 * Is this a tag, or (is_prefix) empty or the beginning of one? Otherwise the failure is noted.
 */
enum festore_error handle_check_tag(struct festore *fs, const char *tag, bool is_prefix);

/* Are these flags of a move, or of a put? Otherwise the failure is noted. */
enum festore_error handle_check_flags(struct festore *fs, unsigned int flags);
enum festore_error handle_check_put_flags(struct festore *fs, unsigned int flags);

/* A checked tag as the wire has it. */
struct festore_wire_tag wire_tag(const char *tag);

/* The TA forgets what this session has under way. False: it was not told; nothing is noted. */
bool handle_abort(struct festore *fs);

/*
 * Shows how far a transfer is. FESTORE_INTERRUPTED, and the TA told, if it is to end.
 */
enum festore_error handle_progress(struct festore *fs, uint64_t done, uint64_t total);

#endif
