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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the longest tag, without its NUL. */
#define FESTORE_TAG_LEN_MAX 255

/** Bytes of the largest file in FESTORE_STORAGE_REE. */
#define FESTORE_REE_SIZE_MAX 1048576

/** Bytes of the largest file in FESTORE_STORAGE_RPMB. */
#define FESTORE_RPMB_SIZE_MAX 4096

/** Changes of one batch, and bytes of each content that it puts, at the most. */
#define FESTORE_BATCH_MAX 1024
#define FESTORE_BATCH_CONTENT_MAX 65536

/** Bytes of a PIN. */
#define FESTORE_PIN_LEN_MIN 4
#define FESTORE_PIN_LEN_MAX 64

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
	FESTORE_NO_TEE = 8,   /**< no TEE, no tee-supplicant, no TA, no such storage on this device,
				   or the TA crashed */
	FESTORE_NO_SPACE = 9, /**< no space left, no room in the quota, or too large for this
				   storage */
	FESTORE_BUSY = 10,    /**< too many sessions of this owner, or the TEE is busy: try again */
	FESTORE_BAD_SIGNATURE = 11, /**< a signature is wrong */
	FESTORE_PIN = 12,           /**< the vault's PIN is missing or wrong, or no PIN is looked at
				       now, or ever again */
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
	/**
	 * One GP persistent object a file in the replay-protected memory of an eMMC
	 * (TEE_STORAGE_PRIVATE_RPMB), where the device has that. For few and small secrets that
	 * rarely change: at most FESTORE_RPMB_SIZE_MAX bytes each, 64 files and 26 KiB of all
	 * users together; slow, and each write wears it. No old copy of anything brings back
	 * what was replaced or removed. A file keeps the room of the largest content that it had.
	 */
	FESTORE_STORAGE_RPMB = 3,
};

/** Types of keys. What they are for: RSA to sign or decrypt, P-* to sign, or to derive or decrypt,
 * Ed25519 to sign, X25519 to derive or decrypt. */
enum festore_key_type {
	FESTORE_KEY_RSA2048 = 1,
	FESTORE_KEY_RSA3072 = 2,
	FESTORE_KEY_RSA4096 = 3,
	FESTORE_KEY_P256 = 4,
	FESTORE_KEY_P384 = 5,
	FESTORE_KEY_P521 = 6,
	FESTORE_KEY_ED25519 = 7,
	FESTORE_KEY_X25519 = 8,
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
	const char *aead;      /**< what a vault that is made is sealed with: "chacha20-poly1305",
				  "aes-256-gcm", or "auto", the faster one here; NULL: $FESTORE_AEAD,
				  else "auto" */
	const char *anchor;    /**< what the device is to remember of a vault that is made, so that
				  an old copy is told after a restart too: "rpmb" (in hardware),
				  "ree" (in OP-TEE's own storage), "none", or "auto": rpmb where
				  there is one, else none; NULL: $FESTORE_ANCHOR, else "auto" */
	const char *anchor_when; /**< and when: "commit" (each, before it is acknowledged) or
				    "group" (of 64, or after 60 seconds, or by festore_sync());
				    NULL: $FESTORE_ANCHOR_WHEN, else "group" */
	const void
		*pin;   /**< `pin_len` bytes, any, of the vault that is opened, or of one that
			   festore_init() makes; NULL: none. A copy is kept until festore_close() */
	size_t pin_len; /**< FESTORE_PIN_LEN_MIN to FESTORE_PIN_LEN_MAX */
	unsigned int pin_tries; /**< of a vault that is made with a PIN: how many wrong ones in a
				   row close it for good, 3 to 100; 0: they never do */
	bool log; /**< a vault that is made keeps an audit log, for good; also if $FESTORE_LOG is
		   * "yes"
		   */
	bool unproven; /**< opens a vault whether or not the device can prove that it is the present
			    one, to read from it alone: nothing can be put, and no key works */
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
 * FESTORE_BUSY (16 sessions an owner), FESTORE_USAGE (unknown storage, group or AEAD),
 * FESTORE_ERROR (out of memory, other version of the TA). Blocks as long as the TA has to be loaded
 * and no tee-supplicant runs.
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

/** Is told that later calls may wait for tee-supplicant; must not use the handle. */
typedef void (*festore_waiting)(void *arg);

/**
 * Sets the function that is called when a handle turns out to be one of an anchored vault, before
 * the first call that may block as long as no tee-supplicant runs; NULL (at first): none. Handles
 * of FESTORE_STORAGE_REE may always block, and do not call it.
 */
void festore_set_waiting(struct festore *fs, festore_waiting waiting, void *arg);

/** What is known of a file without its content. */
struct festore_file_info {
	const char *tag;
	uint64_t size;       /**< bytes of content */
	int64_t modified;    /**< when it was put, seconds since 1970 UTC by the putting client's
				clock: sealed with the file, but no more trustworthy than that clock */
	unsigned int policy; /**< 0, or one of enum festore_flag: what the put fixed for good */
};

/** Flags of festore_file_put() and festore_file_move(). */
enum festore_flag {
	FESTORE_NO_CLOBBER = 1 << 0, /**< an existing tag is FESTORE_EXISTS */

	/*
	 * Policies, of which a put in FESTORE_STORAGE_VAULT may fix one for what it stores, for
	 * good. The TA enforces them, against root's requests too; what an old copy of the vault
	 * brings back is in docs/THREATS.md. A call that one forbids is FESTORE_DENIED.
	 */
	/** The file is never replaced, removed or moved, nor is another moved onto its tag; it
	 * goes with the vault. */
	FESTORE_WRITE_ONCE = 1 << 1,
	/** What the file has stays as festore_file_append() has left it: it is never replaced,
	 * removed or moved, nor is another moved onto its tag; it goes with the vault. */
	FESTORE_APPEND_ONLY = 1 << 2,
	/** The file is read once: by festore_reader_take(), which removes it first. */
	FESTORE_READ_ONCE = 1 << 3,
};

/** All policies, or-ed. */
#define FESTORE_POLICIES \
	((unsigned int)(FESTORE_WRITE_ONCE | FESTORE_APPEND_ONLY | FESTORE_READ_ONCE))

/**
 * Stores `content_len` bytes under `tag`, in place of what was there.
 *
 * Atomic: after a power cut at any instant the tag has the old content or the new one. On
 * FESTORE_OK the new one is on stable storage, as far as the normal world's file system keeps its
 * promises. On an error the old content, if any, stands; but if the TA crashed or the disk failed
 * in the middle of the call, the new one may be there, whole: after FESTORE_NO_TEE in the storages
 * `ree` and `rpmb`, and in a vault where festore_reason() says that it is not known.
 *
 * `content` may be NULL if content_len is 0; it is not kept. `flags`: enum festore_flag.
 * Errors: FESTORE_USAGE, FESTORE_EXISTS, FESTORE_NO_SPACE (also: longer than the storage takes, or
 * beyond the quota that the administrator has set for the owner, which festore_reason() then says),
 * FESTORE_BUSY (two transfers above 64 KiB an owner, four in all), FESTORE_INTERRUPTED (by the
 * progress function), FESTORE_NO_TEE, FESTORE_ERROR (also: the file of quotas cannot be
 * understood).
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

/**
 * Stores `len` bytes behind what a file of a vault has. The file's policy stays what it is; its
 * time becomes that of now.
 *
 * Atomic and durable as festore_file_put(). Clients that append to one file at once all succeed,
 * each in one piece, in some order. The TA seals all of the file anew, as no key may seal two
 * contents: an append takes as long as a put of the whole file, and as much disk until it is done.
 *
 * FESTORE_NOT_FOUND: there is no such file, and none is made. FESTORE_DENIED: its policy is
 * FESTORE_WRITE_ONCE or FESTORE_READ_ONCE. FESTORE_USAGE: the storage is not FESTORE_STORAGE_VAULT,
 * or a batch is under way. Other errors as festore_file_put().
 */
enum festore_error festore_file_append(
	struct festore *fs, const char *tag, const void *bytes, size_t len);

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
 * the other storages a power cut may leave it under both tags, never under none. Errors: as
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
 * client; in the other storages all is kept in memory until then.
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
 * The same, also of a file with FESTORE_READ_ONCE, which is FESTORE_DENIED to all other readers:
 * that is removed, durably, before a byte of it comes out, and then read by this reader alone. So
 * it is read once at the most: what a power cut, a crash or an error leaves unread from then on is
 * lost. Errors also as festore_file_remove().
 */
enum festore_error festore_reader_take(struct festore *fs, const char *tag,
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
 * way. Puts are copied and go to the TEE together, so what is wrong with one may be told by a later
 * call or by the commit; one with FESTORE_NO_CLOBBER is told at once, and costs a call of its own.
 */
enum festore_error festore_batch_begin(struct festore *fs);

/** Stores all changes or, on an error, none. Ends the batch in any case. */
enum festore_error festore_batch_commit(struct festore *fs);

/** Forgets all changes; does nothing without a batch. */
void festore_batch_abort(struct festore *fs);

/*
 * Encryption to a public key. It needs no TEE, no handle and no right: what the private key opens
 * anybody may make. Formats: docs/SPEC.md, "Envelopes".
 */

/** Flags of festore_encryptor_open(). */
enum festore_encrypt_flag {
	/** RSA alone: one block of OAEP with SHA-256, as `openssl pkeyutl` reads it. */
	FESTORE_ENCRYPT_RAW = 1 << 0,
};

/** A content on its way to a recipient. */
struct festore_encryptor;

/**
 * Takes what was encrypted, in pieces. Another value than 0 ends the encryption; a positive one is
 * returned as it is: let it be an enum festore_error.
 */
typedef int (*festore_sink)(const void *bytes, size_t len, void *arg);

/**
 * Begins to encrypt to a public key: a SubjectPublicKeyInfo of at most 64 KiB, in DER, or in PEM
 * with any text around it (`public_key_len` bytes), which is not kept. For RSA keys of 2048, 3072
 * or 4096 bits and EC keys on P-256, P-384 or P-521 the result is CMS AuthEnvelopedData with
 * AES-256-GCM, which `openssl cms -decrypt -inform DER` reads; for X25519 keys festore's own format
 * over HPKE (RFC 9180). `sink` is called here and later. It takes about 64 KiB of memory, whatever
 * comes.
 *
 * On success *ret_encryptor is owned by the caller; end it with festore_encryptor_close(). On
 * failure it is an encryptor too, unless memory ran out (then NULL): it only serves
 * festore_encryptor_reason() and festore_encryptor_close().
 *
 * Errors: FESTORE_USAGE (no public key, or more than one, a private key, a certificate, a kind or
 * size that is not taken, no point of its curve, one of small order; unknown flags, or
 * FESTORE_ENCRYPT_RAW for another key than RSA), what the sink says, FESTORE_ERROR.
 */
enum festore_error festore_encryptor_open(struct festore_encryptor **ret_encryptor,
	const void *public_key, size_t public_key_len, unsigned int flags, festore_sink sink,
	void *arg);

/**
 * Encrypts bytes. After an error all later calls answer it again. Errors: FESTORE_NO_SPACE (more
 * than fits in one block, with FESTORE_ENCRYPT_RAW; more than 64 GiB in CMS), what the sink says,
 * FESTORE_ERROR.
 */
enum festore_error festore_encryptor_write(
	struct festore_encryptor *encryptor, const void *bytes, size_t len);

/**
 * Encrypts the end. What the sink was given is of use only if this succeeds; then only
 * festore_encryptor_close() is left. Errors as festore_encryptor_write().
 */
enum festore_error festore_encryptor_finish(struct festore_encryptor *encryptor);

/** As festore_reason(), of an encryptor; NULL-safe. */
const char *festore_encryptor_reason(const struct festore_encryptor *encryptor);

/** Wipes and frees all that belongs to it, sets *encryptor to NULL. NULL-safe. */
void festore_encryptor_close(struct festore_encryptor **encryptor);

/*
 * Keys: pairs that the TA makes and uses (FESTORE_STORAGE_VAULT alone; others are FESTORE_USAGE).
 * The private half is sealed in the vault and opened nowhere but in the TEE; no call gives it out.
 * Keys have a name space of their own: a key and a file may have the same tag.
 */

/** What a key may be used for, or-ed: chosen when it is made, for good, and enforced by the TA. */
enum festore_key_use {
	FESTORE_KEY_SIGN = 1 << 0,       /**< RSA, P-*, Ed25519 */
	FESTORE_KEY_DECRYPT = 1 << 1,    /**< RSA, P-*, X25519 */
	FESTORE_KEY_DERIVE = 1 << 2,     /**< P-*, X25519: what HKDF makes of an agreed secret */
	FESTORE_KEY_DERIVE_RAW = 1 << 3, /**< the same: the secret itself, FESTORE_DERIVE_RAW */
};

/** What is known of a key. */
struct festore_key_info {
	const char *tag;
	enum festore_key_type type;
	unsigned int use; /**< enum festore_key_use, or-ed */
	int64_t created;  /**< seconds since 1970 UTC by the clock of the client that made it */
	bool is_limited;  /**< it may be used `uses_left` times more, and never again then */
	uint32_t uses_left;
};

/** The name of a type, as the command has it ("rsa2048", "p256", ...); NULL: there is no such. */
const char *festore_key_type_name(enum festore_key_type type);

/**
 * Sets how often keys that later calls on the handle make may be used (to sign, decrypt or derive)
 * in all: 1 to 2^32 - 2, for good; 0 (at first): without a limit. The TA counts. Each use is a
 * commit, made before the key works, and spent whatever comes of it; at 0 it is FESTORE_DENIED.
 */
void festore_set_max_uses(struct festore *fs, uint32_t uses);

/**
 * Makes a key under a tag that has none (else FESTORE_EXISTS: a key is never replaced). `use` 0 is
 * what the type is mostly for: RSA and P-* to sign and decrypt, Ed25519 to sign, X25519 to decrypt.
 *
 * The TEE searches for an RSA key for seconds to minutes, during which no other client of the TA is
 * served; no lock of the vault is held meanwhile. Then, before anything is stored, the progress
 * function is called once; if it cancels, nothing is left. Atomic and durable as
 * festore_file_put(). Errors also as that; FESTORE_USAGE: a use that the type does not have.
 */
enum festore_error festore_key_generate(
	struct festore *fs, const char *tag, enum festore_key_type type, unsigned int use);

/**
 * Makes a key of a private key in PKCS#8 (RFC 5208), in DER, or in PEM with any text around it, of
 * at most 64 KiB. `passphrase` (`passphrase_len` bytes, 1,024 at most) opens it if it is encrypted;
 * else it is not looked at, and may be NULL. The TA looks whether the numbers are a pair, which for
 * RSA takes seconds. The library wipes its copies; what it is given is the caller's to wipe. No
 * call gives the private half out again.
 *
 * In all else as festore_key_generate(). Errors as there; FESTORE_USAGE also: no PKCS#8, a kind
 * that festore does not have, numbers that are no pair, or it is encrypted and `passphrase` is
 * NULL; FESTORE_DENIED: the passphrase does not open it.
 */
enum festore_error festore_key_import(struct festore *fs, const char *tag, const void *pkcs8,
	size_t pkcs8_len, const char *passphrase, size_t passphrase_len, unsigned int use);

/** Is this a private key in PKCS#8 that is encrypted? No TEE and no handle is needed. */
bool festore_key_is_encrypted(const void *pkcs8, size_t pkcs8_len);

/** Reads what is known of a key; ret_info->tag is `tag` itself. Errors as festore_file_stat(). */
enum festore_error festore_key_stat(
	struct festore *fs, const char *tag, struct festore_key_info *ret_info);

/** As festore_file_list(), of keys. */
typedef int (*festore_key_visit)(const struct festore_key_info *info, void *arg);
enum festore_error festore_key_list(
	struct festore *fs, const char *prefix, festore_key_visit visit, void *arg);

/** As festore_file_remove() and festore_file_move(), of keys; a move replaces none. */
enum festore_error festore_key_remove(struct festore *fs, const char *tag);
enum festore_error festore_key_move(struct festore *fs, const char *tag, const char *new_tag);

/** How a public key is written. */
enum festore_key_format {
	FESTORE_KEY_PEM = 0, /**< SubjectPublicKeyInfo (RFC 5280) in PEM, as OpenSSL reads it */
	FESTORE_KEY_DER = 1, /**< the same in DER */
	FESTORE_KEY_SSH = 2, /**< a line for authorized_keys, the tag as its comment; not X25519 */
	FESTORE_KEY_JWK = 3, /**< RFC 7517 and 8037: one JSON object, and a newline */
};

/**
 * Gives the public half. On FESTORE_OK *ret_bytes is the caller's, for festore_content_free().
 * Errors as festore_file_get(); FESTORE_USAGE: the type has no such form.
 */
enum festore_error festore_key_public(struct festore *fs, const char *tag,
	enum festore_key_format format, void **ret_bytes, size_t *ret_len);

/** Flags of a derivation. */
enum festore_derive_flag {
	/** The bare secret: of P-* x of the agreed point, as long as the field, of X25519 32 bytes.
	 */
	FESTORE_DERIVE_RAW = 1 << 0,
};

/** Bytes of the longest output of HKDF here, and of the longest salt and info. */
#define FESTORE_DERIVE_LENGTH_MAX 512
#define FESTORE_DERIVE_INPUT_MAX 1024

/** What to derive. HKDF's salt and info may be NULL if they are empty. */
struct festore_derivation {
	unsigned int flags; /**< enum festore_derive_flag, or-ed */
	const void *salt;
	size_t salt_len;
	const void *info;
	size_t info_len;
	size_t length; /**< bytes, 1 to FESTORE_DERIVE_LENGTH_MAX; 0 with FESTORE_DERIVE_RAW */
};

/**
 * Agrees with another's public key (SubjectPublicKeyInfo, PEM or DER, of the key's own type) upon a
 * secret, by ECDH or X25519, of which the TA makes `length` bytes by HKDF with SHA-256 (RFC 5869).
 * The secret itself does not leave it but with FESTORE_DERIVE_RAW, for which a key must have been
 * made. On FESTORE_OK *ret_bytes is the caller's, for festore_content_free().
 *
 * Errors as festore_key_stat(); FESTORE_DENIED: the key was not made for this; FESTORE_USAGE: no
 * public key of this type, a point that is on no curve or of small order, or wrong lengths.
 */
enum festore_error festore_key_derive(struct festore *fs, const char *tag, const void *public_key,
	size_t public_key_len, const struct festore_derivation *how, void **ret_bytes,
	size_t *ret_len);

/** How to sign. */
enum festore_scheme {
	FESTORE_SCHEME_DEFAULT = 0, /**< the key type's only one; of RSA FESTORE_RSA_PSS */
	FESTORE_ECDSA = 1,     /**< P-*: DER (RFC 3279); its hash is the curve's: SHA-256, 384, 512
				    for P-256, 384, 521 */
	FESTORE_ED25519 = 2,   /**< RFC 8032: 64 bytes; needs the message whole, at most
				    FESTORE_ED25519_MESSAGE_MAX bytes */
	FESTORE_RSA_PSS = 3,   /**< RFC 8017: MGF1 of the same hash, as much salt as hash */
	FESTORE_RSA_PKCS1 = 4, /**< RFC 8017: RSASSA-PKCS1-v1_5 */
};

/** What a message is hashed with. */
enum festore_hash {
	FESTORE_HASH_DEFAULT = 0, /**< the curve's; of RSA SHA-256 */
	FESTORE_SHA256 = 1,
	FESTORE_SHA384 = 2,
	FESTORE_SHA512 = 3,
};

/** Bytes of the longest message that an Ed25519 key signs. */
#define FESTORE_ED25519_MESSAGE_MAX 32768

/** A signature under way, being made or checked. */
struct festore_signing;

/**
 * Begins a signature by a key. The message is hashed as it comes, and one call of the TA signs. A
 * scheme or hash left open is looked up first, which is one call more.
 *
 * On FESTORE_OK *ret_signing is the caller's, for festore_signing_end(). Meanwhile the handle is
 * free for other calls. Errors as festore_key_stat(); FESTORE_DENIED: the key was not made for
 * this; FESTORE_USAGE: its type has no such scheme or hash.
 */
enum festore_error festore_sign_begin(struct festore *fs, const char *tag,
	enum festore_scheme scheme, enum festore_hash hash, struct festore_signing **ret_signing);

/**
 * Begins a signature as OpenSSH has them, which `ssh-keygen -Y verify` reads: festore_sign_finish()
 * then gives text. `name_space` says what it is for ("file", "git"), 1 to 255 bytes. Messages of
 * any length, by all keys that sign; three calls of the TA. Errors as festore_sign_begin(), some of
 * them of festore_sign_finish() only; FESTORE_USAGE: the name is none.
 */
enum festore_error festore_ssh_sign_begin(struct festore *fs, const char *tag,
	const char *name_space, struct festore_signing **ret_signing);

/**
 * Begins to check a signature by a public key: SubjectPublicKeyInfo, PEM or DER. No TEE and no
 * handle is needed. On failure *ret_signing is an object too, unless memory ran out: it only serves
 * festore_signing_reason() and festore_signing_end().
 */
enum festore_error festore_verify_begin(const void *public_key, size_t public_key_len,
	enum festore_scheme scheme, enum festore_hash hash, struct festore_signing **ret_signing);

/** Adds bytes of the message. FESTORE_NO_SPACE: too long for Ed25519. */
enum festore_error festore_signing_add(
	struct festore_signing *signing, const void *bytes, size_t len);

/** Signs what was added. *ret_signature is the caller's, for festore_content_free(). */
enum festore_error festore_sign_finish(
	struct festore_signing *signing, void **ret_signature, size_t *ret_len);

/** Is this the signature of what was added? Else FESTORE_BAD_SIGNATURE. */
enum festore_error festore_verify_finish(
	struct festore_signing *signing, const void *signature, size_t len);

/** Why the last call on it failed, as festore_reason(). */
const char *festore_signing_reason(const struct festore_signing *signing);

/** Wipes, frees and sets to NULL; NULL-safe. */
void festore_signing_end(struct festore_signing **signing);

/** Days that a certificate lasts at the most. */
#define FESTORE_CERTIFICATE_DAYS_MAX 36500

/** What a certificate says of a key, or a request for one. All but the subject may be 0. */
struct festore_certificate {
	/**
	 * Whose key it is, a distinguished name: "CN=device 7,O=Example,C=DE" (RFC 4514: the last
	 * part is the first in the certificate), or as `openssl req` takes it
	 * "/C=DE/O=Example/CN=device 7". UTF-8; what separates, and any of `+ " ; < >`, stands for
	 * itself behind a backslash, and two hexadecimal digits there are a byte. Types are
	 * OpenSSL's names, or numbers with dots.
	 */
	const char *subject;
	const char *other_names; /**< subjectAltName: "DNS:host.example,IP:192.0.2.7,IP:2001:db8::7,
				    email:a@host.example,URI:urn:dev:7", with or without some; NULL:
				    none */
	bool is_ca;              /**< it may sign other certificates */
	unsigned int days;       /**< of a certificate, from now on by the client's clock: 1 to
				    FESTORE_CERTIFICATE_DAYS_MAX; 0: 365 */
	enum festore_scheme scheme;     /**< default here: of RSA FESTORE_RSA_PKCS1 */
	enum festore_hash hash;         /**< as for a signature */
	enum festore_key_format format; /**< FESTORE_KEY_PEM or FESTORE_KEY_DER */
};

/**
 * Makes a request for a certificate of a key (PKCS#10, RFC 2986), signed by the key itself, as
 * certification authorities take it. The TA signs, so the key must have been made for
 * FESTORE_KEY_SIGN. What is asked for: the names, basicConstraints, and a keyUsage that says what
 * the TA lets the key do (RFC 5280). On FESTORE_OK *ret_bytes is the caller's, for
 * festore_content_free().
 *
 * Errors as festore_key_stat(); FESTORE_DENIED: the key was not made to sign; FESTORE_USAGE: a name
 * that is none, another form, scheme or hash than there is.
 */
enum festore_error festore_key_request(struct festore *fs, const char *tag,
	const struct festore_certificate *what, void **ret_bytes, size_t *ret_len);

/**
 * Makes a certificate of a key that the key itself has signed (X.509 version 3, RFC 5280), with the
 * same extensions, a subjectKeyIdentifier, and a random serial number. All else, and errors, as
 * festore_key_request(); FESTORE_USAGE also: too many days.
 */
enum festore_error festore_key_certificate(struct festore *fs, const char *tag,
	const struct festore_certificate *what, void **ret_bytes, size_t *ret_len);

/*
 * Decryption by a key in the vault.
 */

/**
 * Gives bytes of a message from `offset` on: fills `room` bytes, fewer only at its end (0 beyond
 * it), and writes how many. Bytes that were given may be asked for again, and must be the same
 * then. Another value than 0 ends the decryption, as by a sink.
 */
typedef int (*festore_source)(uint64_t offset, void *to, size_t room, size_t *ret_len, void *arg);

/**
 * Decrypts what was encrypted to a key's public half: what an encryptor makes, and what `openssl
 * cms -encrypt -aes-256-gcm -outform DER` makes (for RSA with -keyopt rsa_padding_mode:oaep -keyopt
 * rsa_oaep_md:sha256). With FESTORE_ENCRYPT_RAW one block of RSA-OAEP with SHA-256.
 *
 * The sink gets nothing that was not proven to be what was encrypted: of CMS nothing before all of
 * the message was read and its end verified, so it is read twice; of HPKE each chunk once it was
 * verified, so a message that was cut gives a part before the error. It takes 16 bytes of memory
 * for each 32 KiB of a CMS message, and some 100 KiB. `arg` is for both functions, which must not
 * use the handle.
 *
 * Errors: FESTORE_NOT_FOUND (no key of this tag; or the message is for another one), FESTORE_DENIED
 * (the key was not made for this), FESTORE_DAMAGED (the message was changed, cut or goes on; or the
 * vault is damaged), FESTORE_USAGE (no message, or of a kind that is not opened: without
 * authentication, with another cipher, PKCS#1 v1.5), what source and sink say, and as
 * festore_file_get().
 */
enum festore_error festore_decrypt(struct festore *fs, const char *tag, unsigned int flags,
	festore_source source, festore_sink sink, void *arg);

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
 * Makes the vault of this handle, empty. The first put does it too; nothing else does. Unless an
 * AEAD was asked for, the TA seals a little with each and the faster one is taken for good.
 *
 * Errors: FESTORE_EXISTS, FESTORE_USAGE (another storage), FESTORE_STALE (this device knows a vault
 * of this name whose files are gone), FESTORE_DENIED and FESTORE_NO_SPACE (the store directory),
 * FESTORE_BUSY (4 vaults an owner, 64 in all), FESTORE_NO_TEE, FESTORE_ERROR.
 */
enum festore_error festore_init(struct festore *fs);

/**
 * Anchors the vault's present state now: from then on the device tells every older one, also after
 * a restart. Does nothing for a vault without an anchor.
 *
 * Errors: FESTORE_NO_TEE (also: the anchor cannot be reached; what was stored stays), FESTORE_BUSY
 * (also: the owner's writes of the RPMB are used up for now), and as festore_file_get().
 */
enum festore_error festore_sync(struct festore *fs);

/** What is known of a vault's recoveries. */
struct festore_recovery {
	unsigned int count;     /**< of them, until now; 0: all below is 0 */
	uint64_t known_version; /**< of the last one: what the device had acknowledged; 0: it knew
				   nothing any more */
	uint64_t taken_version; /**< what was taken in its place */
	uint64_t version;       /**< and what follows that since then */
	int64_t at;             /**< when, seconds since 1970 UTC by the device's clock; 0: the note
				   of it is missing */
	int is_seen;            /**< festore_recovery_seen() was called since then */
};

/** Flags of festore_recover(). */
enum festore_recover_flag {
	FESTORE_ACCEPT_ROLLBACK = 1 << 0, /**< also if the device has acknowledged a later state */
};

/**
 * Makes what lies in the store directory the vault's present state, although it does not go with
 * what the device knows, or the device knows nothing any more (FESTORE_STALE of other calls). A new
 * epoch begins: nothing that was there before is taken again. A note of it stays in the vault for
 * good. Does nothing if there is nothing to recover; ret_recovery->count is 0 then, and else this
 * recovery's number. To be called when a person has decided so.
 *
 * Errors: FESTORE_STALE (a rollback that was not accepted; another vault; a destroyed one),
 * FESTORE_USAGE, FESTORE_NOT_FOUND, and as festore_file_put(). After an error it can be repeated.
 */
enum festore_error festore_recover(
	struct festore *fs, unsigned int flags, struct festore_recovery *ret_recovery);

/** Of the vault that the handle has used: all zero if it has used none, or none was recovered. */
void festore_recovery(const struct festore *fs, struct festore_recovery *ret_recovery);

/** Says that the last recovery was seen; the note of it stays. Errors as festore_file_put(). */
enum festore_error festore_recovery_seen(struct festore *fs);

/*
 * The audit log of a vault that was made with one. The TA adds an entry to each change, and the
 * vault's state names the last one, as each names the one before; what was refused comes with the
 * next change. Old entries are let go behind a checkpoint once there are more than
 * FESTORE_LOG_KEPT.
 */

/** Entries that stay when a log that has grown by a tenth beyond that is cut. */
#define FESTORE_LOG_KEPT 10000

/** One thing that an entry of a log tells; an entry of a batch tells several. */
struct festore_log_info {
	uint64_t number; /**< of the entry, from 1 */
	uint64_t epoch;  /**< and version of the commit that the entry is part of */
	uint64_t version;
	int64_t at;       /**< seconds since 1970 UTC by the device's clock, which the TEE has to
			     believe */
	const char *what; /**< "put", "replaced", "stored" (in a batch: either), "removed",
			     "moved-from", "moved-to", "key-made", "key-imported", "key-used",
			     "dropped" (what was damaged), "recovered", "recovery-seen", "refused",
			     "checkpoint", "header-changed", "unknown" */
	const char *tag;  /**< NULL where none is meant; valid during the call */
	bool is_key;      /**< the tag is a key's */
	uint64_t count;   /**< of "refused" how often, of "dropped" how many, of "checkpoint" the
			     last entry that was let go */
	uint32_t reason;  /**< of "refused": what the TA answered */
	const char *reason_name; /**< "denied", "exists", "damaged", "stale", "other-vault",
				    "other-use", "bad-message", "unproven", "pin", "rule", "other";
				    else ""
				  */
	int64_t first;           /**< of "refused": the first time, and the last */
	int64_t last;
};

/** Is called in the order of the entries. A positive value ends it, and is returned. */
typedef int (*festore_log_visit)(const struct festore_log_info *info, void *arg);

/**
 * Tells what the entries from number `since` on say. Nothing is told before all of the log was
 * proven. FESTORE_DAMAGED: an entry is missing, or not what was stored; FESTORE_USAGE: the vault
 * has no log. Other errors as festore_file_get().
 */
enum festore_error festore_log_list(
	struct festore *fs, uint64_t since, festore_log_visit visit, void *arg);

/**
 * Gives all entries in the clear, and what the device has signed of the present state, for
 * festore_log_verify() (docs/SPEC.md, Log). Errors as festore_log_list().
 */
enum festore_error festore_log_export(struct festore *fs, void **ret_bytes, size_t *ret_len);

/** The public key that logs of this device are signed with, of type Ed25519; the same for all. */
enum festore_error festore_log_key(
	struct festore *fs, enum festore_key_format format, void **ret_bytes, size_t *ret_len);

/**
 * Lets all but the last `keep` entries go; an entry of the log says so. Errors as
 * festore_file_put(); FESTORE_DAMAGED also: the first entry that is to stay is damaged.
 */
enum festore_error festore_log_prune(struct festore *fs, uint64_t keep);

/** What was found in an exported log. */
struct festore_log_summary {
	unsigned char vault[16]; /**< id of the vault */
	uint64_t epoch;          /**< and version of the state that was signed */
	uint64_t version;
	uint64_t first; /**< number of the first entry; 0: there are none */
	uint64_t last;
	int64_t at;       /**< when it was signed, by the device's clock */
	char reason[160]; /**< why it was refused; "" if it was not */
};

/**
 * Checks an exported log by the device's public key (SubjectPublicKeyInfo, PEM or DER), without a
 * TEE, and then calls `visit` (which may be NULL) as festore_log_list() does.
 * FESTORE_BAD_SIGNATURE: it was cut, changed, reordered or made longer, or is of another device;
 * FESTORE_USAGE: no log, or no key.
 */
enum festore_error festore_log_verify(const void *log, size_t len, const void *public_key,
	size_t public_key_len, festore_log_visit visit, void *arg,
	struct festore_log_summary *ret_summary);

/**
 * Destroys the vault of this handle for good: the wrapped key is overwritten, the files are
 * removed, and the TA refuses every copy of it, of a vault with an anchor for good, of others while
 * it lives. (A storage medium may keep what was overwritten; of a vault without an anchor a copy of
 * the header made before still opens old copies of the database once the TA has restarted, on this
 * device.) Other handles on it get FESTORE_STALE.
 *
 * Errors: FESTORE_NOT_FOUND, FESTORE_USAGE (another storage), and as festore_file_get().
 */
enum festore_error festore_destroy(struct festore *fs);

/*
 * Damage (FESTORE_STORAGE_VAULT alone).
 */

/** What is said of something that a check has looked at. */
enum festore_finding_kind {
	FESTORE_FINDING_INTACT = 0,  /**< a file: it is exactly what was stored, all of it */
	FESTORE_FINDING_DAMAGED = 1, /**< it is there, and is not what was stored */
	FESTORE_FINDING_MISSING = 2, /**< it was stored, and is not there */
	FESTORE_FINDING_STRAY = 3,   /**< an entry that the vault has not, and that is in its way */
	FESTORE_FINDING_ORPHAN = 4,  /**< left over: it takes space and does no harm */
	FESTORE_FINDING_FOREIGN = 5, /**< a file between the blobs that is none of festore's */
	FESTORE_FINDING_MENDED = 6,  /**< it was damaged, and is not any more */
	/** It was stored once; whether it still is, cannot be proven, as too much near is lost. */
	FESTORE_FINDING_UNPROVEN = 7,
};

/** Of what. */
enum festore_finding_part {
	FESTORE_FINDING_FILE = 0,     /**< a file whose tag is known: its content */
	FESTORE_FINDING_RECORD = 1,   /**< an entry: which file it was, its record alone said */
	FESTORE_FINDING_CONTENT = 2,  /**< a content in the database that no entry names */
	FESTORE_FINDING_BLOB = 3,     /**< a file in the folder of blobs */
	FESTORE_FINDING_NODES = 4,    /**< rows of the tree, which entries make anew */
	FESTORE_FINDING_HEADER = 5,   /**< a copy of the header, of which there are two */
	FESTORE_FINDING_STATE = 6,    /**< what the vault is proven against */
	FESTORE_FINDING_DATABASE = 7, /**< what SQLite makes of the file */
	FESTORE_FINDING_LOG = 8, /**< an entry of the audit log; festore_log_prune() lets it go */
};

/** One finding. Pointers are valid during the call. */
struct festore_finding {
	enum festore_finding_kind kind;
	enum festore_finding_part part;
	const char *tag; /**< NULL: not known */
	const char *id;  /**< of an entry: 16 digits, for festore_check_remove(); of a content, blob
			    or copy of the header: its number or name; else "" */
	uint64_t count;  /**< of rows of nodes; else 1 */
	const char *reason; /**< a sentence without a full stop; "" for what is intact */
};

/** Is called for each finding; files come in the order of their tags. */
typedef void (*festore_finding_visit)(const struct festore_finding *finding, void *arg);

/** What a check found, in numbers. */
struct festore_check {
	uint64_t intact;   /**< files */
	uint64_t damaged;  /**< files and entries */
	uint64_t unproven; /**< entries */
	uint64_t missing;  /**< entries, and contents of files */
	uint64_t stray;
	uint64_t orphans;
	uint64_t foreign;
	uint64_t nodes;   /**< rows of nodes that are missing, different or too many */
	uint64_t headers; /**< copies of the header */
	uint64_t others;  /**< state, database */
	uint64_t mended;  /**< rows of nodes and copies of the header */
};

/** Flags of festore_check(). */
enum festore_check_flag {
	FESTORE_CHECK_MEND = 1 << 0, /**< makes rows of nodes and copies of the header anew first */
};

/**
 * Looks at all of a vault, and proves what is left of it against what the TA knows: headers, the
 * database, each entry, each content to its end. Nothing is ever deleted. Contents are read a
 * window at a time; no other client is kept waiting (with FESTORE_CHECK_MEND while entries are
 * read). The function that festore_set_progress() has set is called
 * with bytes of contents.
 *
 * FESTORE_CHECK_MEND changes rows of nodes and copies of the header alone, in one transaction,
 * after the TA has proven what they are made of; a file that could be read can be read afterwards.
 *
 * FESTORE_OK: all is well, whatever orphans there are. FESTORE_DAMAGED: it is not, and `visit` was
 * told what; *ret_check is written also then. Other errors: FESTORE_USAGE (another storage, a
 * batch), FESTORE_NOT_FOUND (no vault), FESTORE_STALE, FESTORE_BUSY, FESTORE_INTERRUPTED,
 * FESTORE_NO_TEE, FESTORE_ERROR.
 */
enum festore_error festore_check(struct festore *fs, unsigned int flags,
	festore_finding_visit visit, void *arg, struct festore_check *ret_check);

/**
 * Removes entries by the ids that a check gave (`count` of them), whatever is left of them, with
 * their contents: damaged, missing and stray ones, so that the vault is whole again without them.
 * All in one commit or none. For what lies together beyond telling apart, all ids are needed
 * (FESTORE_DAMAGED says so).
 *
 * Errors: FESTORE_NOT_FOUND (no such id), FESTORE_DAMAGED (something else prevents it), and as
 * festore_check() and festore_file_remove().
 */
enum festore_error festore_check_remove(struct festore *fs, const char *const *ids, size_t count);

/** Bytes of a header. */
#define FESTORE_HEADER_LEN 120

/**
 * Copies the vault's header, which is the vault's key, sealed for its owner on this device: nothing
 * but a damaged header can be mended with it. A vault of which both copies are lost is lost without
 * it. (Who keeps it after festore_destroy() can open old copies of the vault, on this device.)
 */
enum festore_error festore_header_backup(
	struct festore *fs, unsigned char ret_header[FESTORE_HEADER_LEN]);

/**
 * Writes both copies of the vault's header anew. FESTORE_USAGE: it is no header, or not the one
 * that this vault's state names; FESTORE_DAMAGED: it does not open here. Nothing has changed then.
 */
enum festore_error festore_header_restore(
	struct festore *fs, const unsigned char header[FESTORE_HEADER_LEN]);

/*
 * PINs: a vault that was made with one opens with it alone, whoever asks, root too. Each try is
 * counted by the device before the PIN is looked at. Five wrong ones in a row are free; after that
 * the next is looked at in 30 seconds, and twice as long with each, an hour at the most.
 */

/** What is known of a vault's PIN. */
struct festore_pin_info {
	int has_pin;            /**< 0: it has none, and the rest is 0 */
	const char *counted_in; /**< "rpmb", or "ree": where root can put back an older count, which
				   the TA believes after a restart. The string is static */
	int is_lost;            /**< 1: the count is gone; then it is as after an hour's wait was
				   earned, and with a limit as if it were reached */
	unsigned int failures;  /**< wrong ones since the last right one; after a restart of the TA
				   it may be one more */
	unsigned int wait_seconds; /**< until the next one is looked at */
	unsigned int limit;        /**< wrong ones in a row that close the vault; 0: none do */
	unsigned int left;         /**< of these */
};

/**
 * Asks about the PIN of the handle's vault, which need not be known. Errors: FESTORE_NOT_FOUND,
 * FESTORE_DAMAGED, FESTORE_NO_TEE (also: the count cannot be reached), FESTORE_STALE, FESTORE_USAGE
 * (another storage).
 */
enum festore_error festore_pin_info(struct festore *fs, struct festore_pin_info *ret_info);

/**
 * Gives the handle's vault another PIN; the old one is the handle's (struct festore_options). Only
 * the vault's header is sealed anew: a copy of the old one and of the vault as it was opens with
 * the old PIN wherever the device does not know better (docs/THREATS.md). Atomic and durable as
 * festore_file_put(). Errors: FESTORE_PIN, FESTORE_USAGE (no PIN, or not of its length), and as
 * festore_file_put().
 */
enum festore_error festore_pin_change(struct festore *fs, const void *new_pin, size_t new_pin_len);

/**
 * As festore_destroy(), for a vault whose PIN nobody knows: all that is in it is lost. Errors:
 * FESTORE_USAGE (it has no PIN), and as festore_destroy().
 */
enum festore_error festore_destroy_without_pin(struct festore *fs);

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
	const char *aead; /**< what it is sealed with; "" if it is not open. The string is static */
	const char
		*anchor; /**< "none", "ree", "rpmb"; "" if it is not open. The string is static */
	const char *anchor_when; /**< "commit" or "group"; "" without an anchor */
	uint64_t anchor_version; /**< that is anchored: what is older is told after a restart too */
	uint64_t anchor_window;  /**< commits since then, which a rollback across a restart of the
				    TA could take back unnoticed */
	int anchor_is_sure;      /**< 0: the last write of the anchor failed */
	uint64_t anchor_writes;  /**< of this vault's anchor since it was made */
	int64_t anchor_since;    /**< the first of them, seconds since 1970 by the device's clock */
	int64_t anchor_at;       /**< the last */
	uint64_t anchor_writes_left; /**< of "rpmb": that the owner may make now; else 0 */
	uint64_t anchor_life_days;   /**< of "rpmb": as long as a small one bears writes at the pace
					until now, if this vault's were all; else 0 */
	struct festore_recovery recovery;
	struct festore_pin_info
		pin;         /**< all 0 if the vault is not there, or cannot be asked about */
	int has_log;         /**< it has an audit log: */
	uint64_t log_first;  /**< number of the first entry that is there; 0: none */
	uint64_t log_number; /**< of the last one */

	/** The quota of the owner, which the administrator may set (festore(1), QUOTAS). */
	enum festore_error quota_error; /**< FESTORE_ERROR: its file cannot be understood, which
					   festore_reason() says unless vault_error has a reason */
	int has_quota;                  /**< there is one: */
	uint64_t quota;                 /**< bytes that all vaults of the owner may take on disk */
	uint64_t quota_used;            /**< bytes that those in the store directory take */
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
