/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * libfestore: files that only this device's TrustZone can open.
 *
 * A *file* is a string of bytes under a *tag*. It belongs to the Linux user whose process put it;
 * the kernel tells the TEE who that is (TEEC_LOGIN_USER), and no call can name another owner's
 * files. The Trusted Application in OP-TEE seals the bytes; the normal world keeps them.
 *
 * Conventions of every call:
 *  - Tags are C strings of 1 to FESTORE_TAG_LEN_MAX bytes of valid UTF-8 without control characters
 *    (Unicode category Cc). `/`, `.` and `..` mean nothing in them.
 *  - What is not FESTORE_OK changed nothing, except where a call says otherwise. `ret_` parameters
 *    are written on FESTORE_OK only, except where a call says otherwise.
 *  - A handle serves one thread at a time; several handles may be used side by side. A handle is
 *    not to be used in a child after fork(): open another one there.
 *  - Nothing is printed and no signal is touched.
 *
 * Copies of contents that the library makes are wiped before they are freed.
 */
#ifndef FESTORE_H
#define FESTORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the longest tag, without its NUL. */
#define FESTORE_TAG_LEN_MAX 255

/** Bytes of the largest file in FESTORE_STORAGE_REE. */
#define FESTORE_REE_SIZE_MAX 1048576

/** Changes of one batch, and bytes of each content that it puts, at the most. */
#define FESTORE_BATCH_MAX 1024
#define FESTORE_BATCH_CONTENT_MAX 65536

/** Bytes of the longest vault name, without its NUL. */
#define FESTORE_VAULT_NAME_LEN_MAX 64

/** What a call answers; the command's exit statuses have the same values. */
enum festore_error {
	FESTORE_OK = 0,
	FESTORE_ERROR = 1,     /**< none of the others; festore_reason() has the details */
	FESTORE_USAGE = 2,     /**< an argument is not what the call takes */
	FESTORE_NOT_FOUND = 3, /**< the caller has no file of this tag */
	FESTORE_EXISTS = 4,    /**< the tag exists and was not to be replaced */
	FESTORE_DENIED = 5,    /**< the device or the TA refuses this user */
	FESTORE_DAMAGED = 6,  /**< stored bytes were changed, cut or lost; never returned as data */
	FESTORE_STALE = 7,    /**< stored bytes are older than what was acknowledged */
	FESTORE_NO_TEE = 8,   /**< no TEE, no tee-supplicant, no TA, or the TA crashed */
	FESTORE_NO_SPACE = 9, /**< no space left, or too large for this storage */
	FESTORE_BUSY = 10,    /**< too many sessions of this owner, or the TEE is busy: try again */
	FESTORE_BAD_SIGNATURE = 11, /**< a signature is wrong */
	FESTORE_INTERRUPTED = 130,  /**< a signal ended the command */
};

/** Where files lie. */
enum festore_storage {
	/** What fits most: FESTORE_STORAGE_VAULT. */
	FESTORE_STORAGE_DEFAULT = 0,
	/**
	 * OP-TEE's own storage, one GP persistent object a file, kept by tee-supplicant
	 * (TEE_STORAGE_PRIVATE_REE). For few and small files: at most FESTORE_REE_SIZE_MAX each,
	 * and every call costs more the more objects there are. OP-TEE deletes a file that it finds
	 * damaged.
	 */
	FESTORE_STORAGE_REE = 1,
	/**
	 * Sealed by the TA and kept by libfestore in a database of the normal world, in the store
	 * directory. Every answer is proven by the TA against what it knows of the whole vault, so
	 * what is older, left out or exchanged is told (FESTORE_STALE, FESTORE_DAMAGED) while the
	 * TA lives; nothing damaged is ever deleted.
	 */
	FESTORE_STORAGE_VAULT = 2,
};

/** An open connection to the TEE. */
struct festore;

/** What to open. All zero is the default: the caller's own vault `default`. */
struct festore_options {
	enum festore_storage storage;
	const char *group; /**< NULL: the store of the calling user (effective uid); else that of
			      this group, which the user must be a member of */
	const char *vault; /**< NULL: "default"; else the name of another vault of the same owner: 1
			      to FESTORE_VAULT_NAME_LEN_MAX of A-Z a-z 0-9 . _ -, the first a letter
			      or digit */
	const char *directory; /**< where vaults lie; NULL: $FESTORE_DIR (a group's in group/NAME of
				  it), else for a group /var/lib/festore/group/NAME, else
				  $STATE_DIRECTORY, else /var/lib/festore for root, else festore
				  in $XDG_DATA_HOME or ~/.local/share */
};

/** A sentence without a full stop for an error; never NULL. The string is static. */
const char *festore_strerror(enum festore_error error);

/** The library's release, as "MAJOR.MINOR.PATCH". The string is static. */
const char *festore_version(void);

/**
 * Connects to the TEE for one storage of one owner. `options` is not kept; NULL is the default.
 *
 * On success *ret_fs is owned by the caller; end it with festore_close(). On failure *ret_fs is
 * a handle too, unless memory ran out (then NULL): it only serves festore_reason(),
 * festore_close() and festore_group_directory().
 *
 * Errors: FESTORE_NO_TEE, FESTORE_DENIED (no right to open the TEE device, not in the group),
 * FESTORE_BUSY (16 sessions an owner), FESTORE_USAGE (unknown storage or group), FESTORE_ERROR (out
 * of memory, other version of the TA). Blocks as long as the TA has to be loaded and no
 * tee-supplicant runs.
 */
enum festore_error festore_open(struct festore **ret_fs, const struct festore_options *options);

/** Ends the connection, wipes and frees all that belongs to it, sets *fs to NULL. NULL-safe. */
void festore_close(struct festore **fs);

/**
 * Why the last call on this handle failed, in more words than festore_strerror(), with TEE codes
 * where they help. Valid until the next call on the handle; never NULL, "" after success.
 */
const char *festore_reason(const struct festore *fs);

/**
 * Is called by puts and gets of more than 64 KiB, before the first piece and after each, with bytes
 * done and in all. Another value than 0 cancels the call: it answers FESTORE_INTERRUPTED and
 * nothing has changed. The function must not use the handle.
 */
typedef int (*festore_progress)(uint64_t done, uint64_t total, void *arg);

/** Sets the function for all later calls on the handle; NULL (at first): none. */
void festore_set_progress(struct festore *fs, festore_progress progress, void *arg);

/** What is known of a file without its content. */
struct festore_file_info {
	const char *tag;
	uint64_t size;    /**< bytes of content */
	int64_t modified; /**< when it was put, seconds since 1970 UTC by the putting client's
			     clock: sealed with the file, but no more trustworthy than that clock */
};

/** Flags of festore_file_put() and festore_file_move(). */
enum festore_flag {
	FESTORE_NO_CLOBBER = 1 << 0, /**< an existing tag is FESTORE_EXISTS */
};

/**
 * Stores `content_len` bytes under `tag`, in place of what was there.
 *
 * Atomic: after a power cut at any instant the tag has the old content or the new one. On
 * FESTORE_OK the new one is on stable storage, as far as the normal world's file system keeps its
 * promises. On an error the old content, if any, stands; but if the TA crashed or the disk failed
 * in the middle of the call, the new one may be there, whole: after FESTORE_NO_TEE in the `ree`
 * storage, and in a vault where festore_reason() says that it is not known.
 *
 * `content` may be NULL if content_len is 0; it is not kept. `flags`: enum festore_flag.
 * Errors: FESTORE_USAGE, FESTORE_EXISTS, FESTORE_NO_SPACE (also: longer than the storage takes),
 * FESTORE_BUSY (two transfers above 64 KiB an owner, four in all), FESTORE_INTERRUPTED (by the
 * progress function), FESTORE_NO_TEE, FESTORE_ERROR.
 */
enum festore_error festore_file_put(struct festore *fs, const char *tag, const void *content,
	size_t content_len, unsigned int flags);

/**
 * Reads the whole file. The content is returned only after all of it was verified.
 *
 * On FESTORE_OK *ret_content is owned by the caller (never NULL, also for 0 bytes); end it with
 * festore_content_free(). Errors: FESTORE_USAGE, FESTORE_NOT_FOUND, FESTORE_DAMAGED (in the `ree`
 * storage OP-TEE has then deleted the file), FESTORE_BUSY and FESTORE_INTERRUPTED as for a put,
 * FESTORE_NO_TEE, FESTORE_ERROR.
 */
enum festore_error festore_file_get(
	struct festore *fs, const char *tag, void **ret_content, size_t *ret_content_len);

/** Wipes and frees what festore_file_get() returned; NULL-safe. */
void festore_content_free(void *content, size_t content_len);

/**
 * Reads what is known of a file; ret_info->tag is `tag` itself. Only as much of the file is
 * verified as describes it. Errors as festore_file_get().
 */
enum festore_error festore_file_stat(
	struct festore *fs, const char *tag, struct festore_file_info *ret_info);

/** Removes a file. Atomic and durable as festore_file_put(). Errors as festore_file_get(). */
enum festore_error festore_file_remove(struct festore *fs, const char *tag);

/**
 * Gives a file another tag, in place of what that held unless FESTORE_NO_CLOBBER. The time that it
 * was modified stays. In one step for all other clients; in FESTORE_STORAGE_VAULT atomic, but in
 * FESTORE_STORAGE_REE a power cut may leave it under both tags, never under none. Errors: as
 * festore_file_get() and festore_file_put(); FESTORE_USAGE also if the tags are the same.
 */
enum festore_error festore_file_move(
	struct festore *fs, const char *tag, const char *new_tag, unsigned int flags);

/** Is called for each file of a list. Another value than 0 ends the list and is returned by it. */
typedef int (*festore_file_visit)(const struct festore_file_info *info, void *arg);

/**
 * Calls `visit` for each of the caller's files whose tag begins with `prefix` (NULL or "": all), in
 * the order of the tags' bytes. Nothing is visited before the whole list has been read; `info` is
 * valid during the call, and `visit` must not use the handle.
 *
 * FESTORE_DAMAGED: in FESTORE_STORAGE_REE there are damaged objects, which may or may not be the
 * caller's (OP-TEE does not tell); all intact files have been visited. In FESTORE_STORAGE_VAULT
 * nothing has been visited that is not proven. Other errors as festore_file_get().
 * A positive value that `visit` returned is returned as it is; let it be an enum festore_error.
 *
 * A list also removes what interrupted transfers of the same owner have left in the storage.
 */
enum festore_error festore_file_list(
	struct festore *fs, const char *prefix, festore_file_visit visit, void *arg);

/*
 * Streams: contents that are not in memory whole. While a writer or reader of a handle is open the
 * handle serves it alone; all other calls but festore_reason() are FESTORE_USAGE.
 */

/** A content on its way in. */
struct festore_writer;

/**
 * Begins a put of unknown length under `tag`. Nothing is changed before festore_writer_commit(). In
 * FESTORE_STORAGE_VAULT it takes one window of 64 KiB of memory whatever comes, and blocks no other
 * client; in FESTORE_STORAGE_REE all is kept in memory until then.
 *
 * On FESTORE_OK *ret_writer is the caller's, to be ended by commit or abort. Errors as
 * festore_file_put().
 */
enum festore_error festore_writer_open(struct festore *fs, const char *tag, unsigned int flags,
	struct festore_writer **ret_writer);

/** Appends bytes. After an error only commit (which answers it again) and abort are left. */
enum festore_error festore_writer_write(
	struct festore_writer *writer, const void *bytes, size_t len);

/**
 * Makes what was written the tag's content: atomic and durable as festore_file_put(). Ends the
 * writer in any case and sets it to NULL.
 */
enum festore_error festore_writer_commit(struct festore_writer **writer);

/** Ends the writer; nothing has changed and nothing is left behind. Sets it to NULL; NULL-safe. */
void festore_writer_abort(struct festore_writer **writer);

/** A file that is open for reading. */
struct festore_reader;

/**
 * Opens a file. What it reads is the content that the tag has now, also if it is replaced or
 * removed meanwhile. ret_info->tag is `tag` itself. On FESTORE_OK *ret_reader is the caller's, for
 * festore_reader_close(). Errors as festore_file_get().
 */
enum festore_error festore_reader_open(struct festore *fs, const char *tag,
	struct festore_reader **ret_reader, struct festore_file_info *ret_info);

/**
 * Reads `len` bytes from `offset` on, fewer only at the end (0 beyond it), and writes how many.
 * Each chunk of 4096 bytes is verified before it is returned; on an error `to` may hold verified
 * bytes.
 */
enum festore_error festore_reader_read(
	struct festore_reader *reader, uint64_t offset, void *to, size_t len, size_t *ret_len);

/** Ends the reader, wipes what it holds, sets it to NULL; NULL-safe. */
void festore_reader_close(struct festore_reader **reader);

/*
 * Batches: many changes in one atomic commit, with one sync (FESTORE_STORAGE_VAULT alone).
 */

/**
 * From here on puts (of at most FESTORE_BATCH_CONTENT_MAX bytes each), removals and moves on the
 * handle, at most FESTORE_BATCH_MAX, are collected; each sees those before it. Reads are
 * FESTORE_USAGE. From its first change on a batch keeps all other writers of the vault waiting (ten
 * seconds, then they are FESTORE_BUSY), so it should be short. Any call that fails, also for a tag
 * that is not there, ends the batch: nothing of it is stored, and its later calls fail the same
 * way.
 */
enum festore_error festore_batch_begin(struct festore *fs);

/** Stores all changes or, on an error, none. Ends the batch in any case. */
enum festore_error festore_batch_commit(struct festore *fs);

/** Forgets all changes; does nothing without a batch. */
void festore_batch_abort(struct festore *fs);

/** What is known of the hardware unique key (HUK), which all storage keys are derived from. */
enum festore_huk {
	FESTORE_HUK_UNKNOWN = 0, /**< OP-TEE offers no way to ask */
	FESTORE_HUK_OWN = 1,     /**< none of the known defaults */
	FESTORE_HUK_ZERO = 2,    /**< all zero: what is stored is secret from nobody */
	FESTORE_HUK_KNOWN = 3,   /**< another known default: likewise */
};

/**
 * As root: makes the store directory of the handle's group (2770, owned by root and the group),
 * which its members need before one of them can make a vault. Also for a handle that
 * festore_open() did not connect, as root need not be a member. Changes nothing but the
 * directory's owner and mode if it is there.
 *
 * Errors: FESTORE_USAGE (no group, or another storage), FESTORE_DENIED, FESTORE_NO_SPACE,
 * FESTORE_ERROR.
 */
enum festore_error festore_group_directory(struct festore *fs);

/**
 * Makes the vault of this handle, empty. The first put does it too; nothing else does.
 *
 * Errors: FESTORE_EXISTS, FESTORE_USAGE (another storage), FESTORE_STALE (this device knows a vault
 * of this name whose files are gone), FESTORE_DENIED and FESTORE_NO_SPACE (the store directory),
 * FESTORE_BUSY (4 vaults an owner, 64 in all), FESTORE_NO_TEE, FESTORE_ERROR.
 */
enum festore_error festore_init(struct festore *fs);

/**
 * Destroys the vault of this handle for good: the wrapped key is overwritten, the files are
 * removed, and the TA refuses every copy of it while it lives. (A storage medium may keep what was
 * overwritten; a copy of the header made before still opens old copies of the database once the TA
 * has restarted, on this device.) Other handles on it get FESTORE_STALE.
 *
 * Errors: FESTORE_NOT_FOUND, FESTORE_USAGE (another storage), and as festore_file_get().
 */
enum festore_error festore_destroy(struct festore *fs);

/** What the TEE side says of itself, and what is known of the storage. */
struct festore_status {
	char tee_version[64]; /**< OP-TEE's own words */
	char ta_version[16];  /**< release of the Trusted Application */
	char owner[37];       /**< the caller's client UUID, as the TEE sees it */
	uint64_t size_max;    /**< bytes of the largest file in this storage */
	enum festore_huk huk; /**< of the key that all others come from */
	enum festore_storage storage;

	/** All below: of FESTORE_STORAGE_VAULT. */
	char vault[65];                 /**< its name */
	const char *directory;          /**< of its files; valid until the handle is closed */
	enum festore_error vault_error; /**< FESTORE_OK: it is open; FESTORE_NOT_FOUND: there is
					   none yet; else why it cannot be opened, which
					   festore_reason() says */
	uint64_t version;               /**< of the state that the TA holds */
	uint64_t entries;               /**< files in it */
	uint64_t bytes_on_disk;
};

/**
 * Asks the TA. A vault that cannot be opened is no error of this call: vault_error and
 * festore_reason() tell. Errors: FESTORE_NO_TEE, FESTORE_ERROR.
 */
enum festore_error festore_status(struct festore *fs, struct festore_status *ret_status);

#ifdef __cplusplus
}
#endif

#endif
