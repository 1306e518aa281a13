/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake TEE's own interface: what a test says to it. A TA that is compiled for the host calls
 * the GP functions of <tee_internal_api.h>, which this fake implements as OP-TEE 4.x does; a test
 * loads the TA, calls it as a client would, and makes memory, storage, power and shared memory
 * misbehave. One thread only; nothing here may be called from inside the TA except from the call
 * hook.
 */
#ifndef FAKE_TEE_H
#define FAKE_TEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

/* What a TA brings along: the entry points that GP names, the flags of its ta_head, and its heap.
 */
struct fake_ta {
	TEE_UUID uuid;
	uint32_t flags;    /* TA_FLAG_* of OP-TEE; FAKE_TA_FLAGS is what festore's TAs have */
	size_t heap_limit; /* TA_DATA_SIZE in bytes, 0 for no limit */
	TEE_Result (*create)(void);
	void (*destroy)(void);
	TEE_Result (*open)(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **session);
	void (*close)(void *session);
	TEE_Result (*invoke)(
		void *session, uint32_t command, uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
	/*
	 * Called before each create(), so also after a panic or a restart: makes the TA's static
	 * memory as it was when loaded, and may fill in the entry points. False: the TA cannot be
	 * loaded (the client sees ITEM_NOT_FOUND). NULL: the TA has no static memory that matters.
	 */
	bool (*fresh)(struct fake_ta *ta);
	const char *path; /* of the shared object, for fake_ta_reload() */
	void *image;      /* fake_ta_reload()'s own */
};

/* SINGLE_INSTANCE, MULTI_SESSION, INSTANCE_KEEP_ALIVE */
#define FAKE_TA_FLAGS 0x1cu

/*
 * The TA whose TA_* entry points are linked into this very program. Its static memory is as at the
 * program's start in every fresh instance, if tests.mk linked it.
 */
#define FAKE_TA_LINKED(...) \
	{ \
		.uuid = __VA_ARGS__, .flags = FAKE_TA_FLAGS, .create = TA_CreateEntryPoint, \
		.destroy = TA_DestroyEntryPoint, .open = TA_OpenSessionEntryPoint, \
		.close = TA_CloseSessionEntryPoint, .invoke = TA_InvokeCommandEntryPoint, \
		.fresh = fake_ta_reset_linked \
	}
bool fake_ta_reset_linked(struct fake_ta *ta);

/* The TA in a shared object; its GP calls are answered by this program, which must be linked with
 * -rdynamic. */
#define FAKE_TA_IMAGE(path_, ...) \
	{ \
		.uuid = __VA_ARGS__, .flags = FAKE_TA_FLAGS, .fresh = fake_ta_reload, \
		.path = (path_) \
	}

/* Unloads and loads @ta->path again, and finds its entry points. False, with a message on standard
 * error: cannot. */
bool fake_ta_reload(struct fake_ta *ta);
/* Unloads what fake_ta_reload() loaded; fake_tee_stop() calls it for every TA. */
void fake_ta_unload(struct fake_ta *ta);

/*
 * Life.
 * start: a TEE without TAs, all settings at their defaults, whose persistent objects live in the
 * folder @dir (made if absent, kept if present; the caller removes it). @dir is copied. load: makes
 * a TA known; nothing runs before the first session. @ta must outlive the TEE. At most 4. restart:
 * power off and on. Instances, sessions, handles and heaps are gone without any entry point being
 * called, persistent objects are as last written, power is back, planned failures and cuts are
 * forgotten; counters stay. stop:  as restart, and no TA is known any more.
 */
void fake_tee_start(const char *dir);
void fake_tee_load(struct fake_ta *ta);
void fake_tee_restart(void);
void fake_tee_stop(void);

/*
 * A client's calls. @params may be NULL when @types is 0; its outputs are updated as OP-TEE updates
 * them (sizes also when the answer is SHORT_BUFFER), and not at all when the TA panicked. @origin
 * may be NULL. The buffers of memory references are "shared memory" while the call lasts.
 * TEE_ERROR_TARGET_DEAD: the TA panicked, now or before; the next open_session gets a fresh
 * instance. TEE_ERROR_COMMUNICATION: the power is cut. TEE_ERROR_BAD_PARAMETERS: no such session.
 */
TEE_Result fake_tee_open_session(const TEE_UUID *ta, const TEE_Identity *client, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS], uint32_t *session, uint32_t *origin);
TEE_Result fake_tee_invoke(uint32_t session, uint32_t command, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin);
void fake_tee_close_session(uint32_t session);

/*
 * Runs @body inside the TA instance of @session, as if it were the TA's code: for tests of one TA
 * source or of the fake itself. False: it panicked (fake_tee_panics() counts it) or the power went,
 * and @body did not return.
 */
bool fake_tee_run(uint32_t session, void (*body)(void *arg), void *arg);

/* Client UUID of a login as Linux' TEE driver makes it: version 5 of "uid=%x" or "gid=%x"; nil for
 * every other login. */
TEE_Identity fake_tee_client(uint32_t login, uint32_t uid_or_gid);

/* Storage calls: every GP call that OP-TEE turns into calls to tee-supplicant. Writes: the changes
 * of persistent state. */
enum fake_storage_call { FAKE_STORAGE_ANY, FAKE_STORAGE_WRITE };

/*
 * The @nth storage call from now (1 is the next) and the @times - 1 after it do nothing and fail
 * with @error; @times 0 means all after it. An error outside of the list that libutee passes on
 * panics the TA, as there. CORRUPT_OBJECT also removes the object and closes the handle, as there.
 * @nth 0 forgets the plan.
 */
void fake_tee_fail_storage(
	enum fake_storage_call kind, unsigned int nth, unsigned int times, TEE_Result error);

/*
 * Power is cut at the @nth write from now (1 is the next), before or after it takes effect; the
 * TA's call never returns. Every call answers TEE_ERROR_COMMUNICATION until fake_tee_restart().
 * @nth 0 forgets the plan. A replace on RPMB is two writes, as there: the old object goes first.
 */
enum fake_cut { FAKE_CUT_BEFORE, FAKE_CUT_AFTER };
void fake_tee_cut_power(unsigned int nth, enum fake_cut when);

/*
 * The @nth allocation from now (1 is the next) fails, and the @times - 1 after it; @times 0: all.
 * @nth 0: none. On the TA's heap, or in the core's memory where a call needs some.
 */
void fake_tee_fail_alloc(unsigned int nth, unsigned int times);

/* Heap limit of every TA from now on, in bytes as TA_DATA_SIZE counts them; 0: what struct fake_ta
 * says. */
void fake_tee_limit_heap(size_t bytes);

/*
 * Called before every GP call, with the call's name: may change the bytes of shared memory (a
 * client that races with the TA), and nothing else. NULL: none.
 */
void fake_tee_on_call(void (*hook)(const char *call, void *arg), void *arg);

/* Called before each block of a TA's heap is freed: sees what it still holds. NULL: none. */
void fake_tee_on_free(void (*hook)(const void *bytes, size_t len, void *arg), void *arg);

/* Random bytes from @seed, the same in every run; 0: from the host's generator (the default). */
void fake_tee_seed_random(uint64_t seed);

/*
 * The machine's hardware unique key (HUK), from which the system PTA derives TA-unique keys as
 * OP-TEE's does. set: NULL for the default, a key that is nobody else's. fail: the core cannot read
 * it, derivations answer @error; TEE_SUCCESS: it can (the default). have: false for an OP-TEE
 * without the system PTA, as with CFG_SYSTEM_PTA=n.
 */
#define FAKE_HUK_LEN 16u
void fake_tee_set_huk(const uint8_t huk[FAKE_HUK_LEN]);
void fake_tee_fail_huk(TEE_Result error);
void fake_tee_have_system_pta(bool have);

/* An OP-TEE with RPMB FS (the default), or without, as with CFG_RPMB_FS=n. */
void fake_tee_have_rpmb(bool have);

/* An OP-TEE with AES-GCM (the default), or without, as with CFG_CRYPTO_GCM=n. */
void fake_tee_have_gcm(bool have);

/* The normal world's clock stands still at @now; NULL: the host's clock (the default). */
void fake_tee_set_ree_time(const TEE_Time *now);

/* Likewise the TEE's own clock. */
void fake_tee_set_system_time(const TEE_Time *now);

/* Counters since fake_tee_start() or the last fake_tee_zero_counters(), of all TAs together. */
struct fake_counters {
	unsigned int gp_calls;
	unsigned int storage_calls;
	unsigned int storage_writes;
	unsigned int allocations;
	unsigned int panics;
	size_t heap;              /* bytes in use now: never zeroed */
	size_t heap_peak;         /* of any one TA */
	unsigned int handles;     /* open objects, operations, TA sessions now: never zeroed */
	unsigned int enumerators; /* open now: never zeroed */
	unsigned int sessions;    /* open now: never zeroed */
};
void fake_tee_counters(struct fake_counters *counters);
void fake_tee_zero_counters(void);
bool fake_tee_is_powered(void);

/*
 * Damage. Where the normal world keeps a persistent object: writes a path into @path. False: no
 * such object. The file is 24 bytes of header, then the object's data. A flipped byte in the first
 * 4096, or another length, is found when the object is opened or enumerated; a flip further on when
 * that part is read.
 */
bool fake_tee_object_path(const TEE_UUID *ta, uint32_t storage, const void *id, size_t id_len,
	char *path, size_t size);

#endif
