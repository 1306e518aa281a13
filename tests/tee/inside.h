/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fake's own files know of each other: the instance that is running, the plan of failures,
 * and how a GP call begins. No test includes this.
 */
#ifndef FAKE_TEE_INSIDE_H
#define FAKE_TEE_INSIDE_H

#include "fake_tee.h"

/* One allocation of a TA's heap. */
struct block {
	struct block *next;
	void *bytes;
	size_t len;
};

struct object;
struct enumerator;
struct transient;
struct __TEE_OperationHandle;
struct __TEE_TASessionHandle;

/* One loaded TA. What is in here is what the TA's death takes away. */
struct instance {
	struct fake_ta *ta;
	bool created;
	unsigned int
		life; /* goes up with every fresh instance; sessions of an older one are dead */
	unsigned int sessions;
	struct block *blocks;
	size_t heap;
	struct object *objects;
	struct enumerator *enumerators;
	struct transient *transients;
	struct __TEE_OperationHandle *operations;
	struct __TEE_TASessionHandle *ta_sessions;
};

/* What is true of the running call only. */
struct call {
	struct instance *instance;
	const TEE_Identity *client;
	uint32_t types;
	struct {
		const void *buffer;
		size_t size;
	} shared[TEE_NUM_PARAMS]; /* as the client gave them, whatever the TA writes over its
				     parameters */
};

/* The n-th from now, and how many. */
struct plan {
	unsigned int countdown;
	unsigned int times; /* 0: for good */
	bool active;
};

extern struct fake_counters fake_counters;

/* The running call; outside of any call the process ends with a message, for nobody could catch a
 * panic. */
struct call *fake_call(void);

/* Begins a GP call: counts it and calls the hook. */
void fake_begin(const char *name);

/* Panics the running instance; does not return. */
_Noreturn void fake_panic(TEE_Result code);

/* Leaves the running call because the power went; does not return. */
_Noreturn void fake_power_off(void);

/* True when this step of the plan is one that fails. */
bool fake_plan_hits(struct plan *plan);
void fake_plan_set(struct plan *plan, unsigned int nth, unsigned int times);

/* Panics unless [buffer, buffer + len) is the TA's own memory: not NULL, no part of it shared with
 * the normal world. */
void fake_need_private(const void *buffer, size_t len);
bool fake_overlaps_shared(const void *buffer, size_t len, uint32_t *ret_rights);

/* Heap of an instance: NULL when the limit or the plan says so. */
void *fake_heap_alloc(struct instance *instance, size_t len);
void fake_heap_free(struct instance *instance, void *bytes);
void fake_heap_drop(struct instance *instance);
void fake_heap_plan_reset(void);

/* An allocation in the core's memory on the TA's behalf: counted and planned as those of heaps, but
 * it takes nothing from any. */
bool fake_core_alloc_fails(void);

/*
 * Transient objects, as operations use them for their keys. Handles that are none panic.
 * add: NOT_SUPPORTED and OUT_OF_MEMORY as TEE_AllocateTransientObject. copy: panics unless @from
 * has been populated; TEE_HANDLE_NULL empties @to.
 */
TEE_Result fake_transient_add(uint32_t type, uint32_t bits_max, TEE_ObjectHandle *ret_handle);
void fake_transient_close(TEE_ObjectHandle handle);
void fake_transient_copy(TEE_ObjectHandle to, TEE_ObjectHandle from);
uint32_t fake_transient_bits(TEE_ObjectHandle handle);
const uint8_t *fake_transient_secret(TEE_ObjectHandle handle, size_t *ret_len);
bool fake_is_transient(TEE_ObjectHandle handle);

/* Drop everything of a kind when an instance ends. */
void fake_objects_drop(struct instance *instance);
void fake_enumerators_drop(struct instance *instance);
void fake_operations_drop(struct instance *instance);
void fake_transients_drop(struct instance *instance);
void fake_ta_sessions_drop(struct instance *instance);

/* Settings of each subject back to their defaults. */
void fake_operations_reset(void);
void fake_random_reset(void);
void fake_clock_reset(void);
void fake_system_reset(void);

#endif
