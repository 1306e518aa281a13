// SPDX-License-Identifier: BSD-2-Clause
/*
 * TA instances and sessions of the fake TEE: who may enter a TA, what happens to it when it panics
 * or when the power goes. Modelled on OP-TEE's tee_ta_manager.c and user_ta_entry.c: single
 * instance, several sessions, kept alive.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "storage.h"

#define TA_MAX 4
#define SESSION_MAX 128
#define FLAG_SINGLE_INSTANCE (1u << 2)
#define FLAG_MULTI_SESSION (1u << 3)
#define FLAG_KEEP_ALIVE (1u << 4)
#define FLAG_KEEP_CRASHED (1u << 13)

struct session {
	uint32_t id; /* 0: this place is free */
	struct instance *instance;
	unsigned int life;
	TEE_Identity client;
	void *record;  /* what libutee keeps of a session on the TA's own heap */
	void *context; /* the TA's */
};

/* What a call into a TA asks for; run inside the frame that catches its panic. */
struct entry {
	TEE_Result (*run)(struct entry *entry);
	struct session *session;
	uint32_t command;
	uint32_t types;
	TEE_Param params[TEE_NUM_PARAMS];
	void (*body)(void *arg);
	void *arg;
	TEE_Result result;
};

enum landing { LANDING_NONE, LANDING_PANIC, LANDING_POWER };

struct fake_counters fake_counters;

static struct instance instances[TA_MAX];
static size_t instance_count;
static struct session sessions[SESSION_MAX];
static uint32_t last_session;
static bool powered = true;
static struct call *running;
static jmp_buf *landing;
static void (*call_hook)(const char *call, void *arg);
static void *call_hook_arg;

struct call *fake_call(void)
{
	if (!running) {
		fprintf(stderr, "fake TEE: a GP call outside of any TA; use fake_tee_run()\n");
		abort();
	}
	return running;
}

void fake_begin(const char *name)
{
	fake_call();
	fake_counters.gp_calls++;
	if (call_hook)
		call_hook(name, call_hook_arg);
}

_Noreturn void fake_panic(TEE_Result code)
{
	struct instance *instance = fake_call()->instance;

	fprintf(stderr, "fake TEE: TA %08x panicked with code 0x%x\n", instance->ta->uuid.timeLow,
		code);
	fake_counters.panics++;
	longjmp(*landing, LANDING_PANIC);
}

_Noreturn void fake_power_off(void)
{
	powered = false;
	fake_call();
	longjmp(*landing, LANDING_POWER);
}

/* A panic is what OP-TEE answers to misuse, so tests of misuse call this through the fake, not
 * through a signal. */
void TEE_Panic(TEE_Result panicCode)
{
	fake_begin(__func__);
	fake_panic(panicCode);
}

void fake_tee_on_call(void (*hook)(const char *call, void *arg), void *arg)
{
	call_hook = hook;
	call_hook_arg = arg;
}

bool fake_plan_hits(struct plan *plan)
{
	if (!plan->active)
		return false;
	if (plan->countdown > 1) {
		plan->countdown--;
		return false;
	}
	if (plan->times == 1)
		plan->active = false;
	else if (plan->times > 1)
		plan->times--;
	return true;
}

void fake_plan_set(struct plan *plan, unsigned int nth, unsigned int times)
{
	plan->active = nth != 0;
	plan->countdown = nth;
	plan->times = times;
}

/* Takes away all that an instance has; its sessions notice by their older life. */
static void instance_drop(struct instance *instance)
{
	fake_operations_drop(instance);
	fake_transients_drop(instance);
	fake_ta_sessions_drop(instance);
	fake_enumerators_drop(instance);
	fake_objects_drop(instance);
	fake_heap_drop(instance);
	instance->created = false;
	instance->sessions = 0;
	instance->life++;
}

static bool is_dead(const struct session *session)
{
	return session->life != session->instance->life;
}

static void call_share(struct call *call, const TEE_Param *params)
{
	for (uint32_t i = 0; i < TEE_NUM_PARAMS; i++) {
		if (TEE_PARAM_TYPE_GET(call->types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			call->shared[i].buffer = params[i].memref.buffer;
			call->shared[i].size = params[i].memref.size;
		}
	}
}

/* Runs @entry in the TA: the only place from where TA code is called. */
static enum landing enter(struct entry *entry)
{
	struct instance *instance = entry->session->instance;
	struct call call = {
		.instance = instance, .client = &entry->session->client, .types = entry->types};
	struct call *const outer = running;
	jmp_buf *const outer_landing = landing;
	jmp_buf here;
	int how = 0;

	call_share(&call, entry->params);
	running = &call;
	landing = &here;
	how = setjmp(here);
	if (how == LANDING_NONE)
		entry->result = entry->run(entry);
	running = outer;
	landing = outer_landing;
	if (how != LANDING_NONE)
		instance_drop(instance);
	return (enum landing)how;
}

static TEE_Result run_open(struct entry *entry)
{
	struct instance *instance = entry->session->instance;
	TEE_Result res = TEE_SUCCESS;

	if (!instance->created)
		res = instance->ta->create();
	if (res != TEE_SUCCESS)
		return res;
	instance->created = true;

	/* libutee keeps a record of each session in the TA's heap: an allocation more that can
	 * fail. */
	entry->session->record = fake_heap_alloc(instance, 4 * sizeof(void *));
	if (!entry->session->record)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = instance->ta->open(entry->types, entry->params, &entry->session->context);
	if (res != TEE_SUCCESS)
		fake_heap_free(instance, entry->session->record);
	return res;
}

static TEE_Result run_invoke(struct entry *entry)
{
	return entry->session->instance->ta->invoke(
		entry->session->context, entry->command, entry->types, entry->params);
}

static TEE_Result run_close(struct entry *entry)
{
	struct instance *instance = entry->session->instance;
	const uint32_t keep = FLAG_SINGLE_INSTANCE | FLAG_KEEP_ALIVE;

	instance->ta->close(entry->session->context);
	fake_heap_free(instance, entry->session->record);
	if (instance->sessions == 1 && (instance->ta->flags & keep) != keep)
		instance->ta->destroy();
	return TEE_SUCCESS;
}

static TEE_Result run_body(struct entry *entry)
{
	entry->body(entry->arg);
	return TEE_SUCCESS;
}

static void params_in(struct entry *entry, uint32_t types, const TEE_Param *params)
{
	entry->types = types;
	memset(entry->params, 0, sizeof(entry->params));
	if (params)
		memcpy(entry->params, params, sizeof(entry->params));
}

/* What the core writes back: values that go out, and the sizes of memory that goes out. */
static void params_out(const struct entry *entry, TEE_Param *params)
{
	for (uint32_t i = 0; params && i < TEE_NUM_PARAMS; i++) {
		switch (TEE_PARAM_TYPE_GET(entry->types, i)) {
		case TEE_PARAM_TYPE_VALUE_OUTPUT:
		case TEE_PARAM_TYPE_VALUE_INOUT:
			params[i].value = entry->params[i].value;
			break;
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			params[i].memref.size = entry->params[i].memref.size;
			break;
		default:
			break;
		}
	}
}

/* The answer that a client sees, and where it came from. */
static TEE_Result answer(
	enum landing how, const struct entry *entry, TEE_Param *params, uint32_t *origin)
{
	static const uint32_t from[] = {
		[LANDING_NONE] = TEE_ORIGIN_TRUSTED_APP,
		[LANDING_PANIC] = TEE_ORIGIN_TEE,
		[LANDING_POWER] = TEE_ORIGIN_COMMS,
	};

	*origin = from[how];
	if (how == LANDING_POWER)
		return TEE_ERROR_COMMUNICATION;
	if (how == LANDING_PANIC)
		return TEE_ERROR_TARGET_DEAD;
	params_out(entry, params);
	return entry->result;
}

static struct instance *instance_find(const TEE_UUID *uuid)
{
	for (size_t i = 0; i < instance_count; i++) {
		if (memcmp(&instances[i].ta->uuid, uuid, sizeof(*uuid)) == 0)
			return &instances[i];
	}
	return NULL;
}

static struct session *session_find(uint32_t id)
{
	for (size_t i = 0; id != 0 && i < SESSION_MAX; i++) {
		if (sessions[i].id == id)
			return &sessions[i];
	}
	return NULL;
}

static struct session *session_place(void)
{
	for (size_t i = 0; i < SESSION_MAX; i++) {
		if (sessions[i].id == 0)
			return &sessions[i];
	}
	return NULL;
}

/* May a session be opened at all? TEE_SUCCESS: yes, and the TA's image is ready to be entered. */
static TEE_Result instance_ready(struct instance *instance)
{
	const uint32_t kept_dead = FLAG_KEEP_ALIVE | FLAG_KEEP_CRASHED;

	if (instance->created && instance->sessions > 0 &&
		!(instance->ta->flags & FLAG_MULTI_SESSION))
		return TEE_ERROR_BUSY;
	if (instance->created)
		return TEE_SUCCESS;
	if (instance->life > 0 && (instance->ta->flags & kept_dead) == kept_dead)
		return TEE_ERROR_TARGET_DEAD;
	if (instance->ta->fresh && !instance->ta->fresh(instance->ta))
		return TEE_ERROR_ITEM_NOT_FOUND;
	return TEE_SUCCESS;
}

static TEE_Result open_in(struct instance *instance, struct session *session, struct entry *entry,
	TEE_Param *params, uint32_t *origin)
{
	enum landing how = LANDING_NONE;
	TEE_Result res = TEE_SUCCESS;

	session->instance = instance;
	session->life = instance->life;
	session->context = NULL;
	how = enter(entry);
	res = answer(how, entry, params, origin);
	if (res == TEE_SUCCESS) {
		instance->sessions++;
		fake_counters.sessions++;
		session->id = ++last_session;
	}
	return res;
}

TEE_Result fake_tee_open_session(const TEE_UUID *ta, const TEE_Identity *client, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS], uint32_t *session, uint32_t *origin)
{
	struct instance *instance = instance_find(ta);
	struct session *place = session_place();
	struct entry entry = {.run = run_open, .session = place};
	uint32_t unused = 0;
	TEE_Result res = TEE_SUCCESS;

	origin = origin ? origin : &unused;
	*origin = powered ? TEE_ORIGIN_TEE : TEE_ORIGIN_COMMS;
	if (!powered)
		return TEE_ERROR_COMMUNICATION;
	if (!instance)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (!place)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = instance_ready(instance);
	if (res != TEE_SUCCESS)
		return res;
	place->client = *client;
	params_in(&entry, types, params);
	res = open_in(instance, place, &entry, params, origin);
	if (res == TEE_SUCCESS)
		*session = place->id;
	return res;
}

TEE_Result fake_tee_invoke(uint32_t session, uint32_t command, uint32_t types,
	TEE_Param params[TEE_NUM_PARAMS], uint32_t *origin)
{
	struct session *found = session_find(session);
	struct entry entry = {.run = run_invoke, .session = found, .command = command};
	uint32_t unused = 0;

	origin = origin ? origin : &unused;
	*origin = powered ? TEE_ORIGIN_TEE : TEE_ORIGIN_COMMS;
	if (!powered)
		return TEE_ERROR_COMMUNICATION;
	if (!found)
		return TEE_ERROR_BAD_PARAMETERS;
	if (is_dead(found))
		return TEE_ERROR_TARGET_DEAD;
	params_in(&entry, types, params);
	return answer(enter(&entry), &entry, params, origin);
}

void fake_tee_close_session(uint32_t session)
{
	struct session *found = session_find(session);
	struct entry entry = {.run = run_close, .session = found};

	if (!found)
		return;
	if (powered && !is_dead(found) && enter(&entry) == LANDING_NONE) {
		found->instance->sessions--;
		if (found->instance->sessions == 0 &&
			!(found->instance->ta->flags & FLAG_KEEP_ALIVE))
			instance_drop(found->instance);
	}
	found->id = 0;
	fake_counters.sessions--;
}

bool fake_tee_run(uint32_t session, void (*body)(void *arg), void *arg)
{
	struct session *found = session_find(session);
	struct entry entry = {.run = run_body, .session = found, .body = body, .arg = arg};

	return found && powered && !is_dead(found) && enter(&entry) == LANDING_NONE;
}

/* Ends all that lives in memory, without a word to the TAs. A dead instance is no crashed one: life
 * starts at 0 again. */
void fake_tee_restart(void)
{
	powered = false;
	for (size_t i = 0; i < instance_count; i++) {
		instance_drop(&instances[i]);
		instances[i].life = 0;
	}
	memset(sessions, 0, sizeof(sessions));
	fake_counters.sessions = 0;
	running = NULL;
	landing = NULL;
	powered = true;
	fake_storage_plan_reset();
	fake_heap_plan_reset();
}

void fake_tee_stop(void)
{
	fake_tee_restart();
	for (size_t i = 0; i < instance_count; i++)
		fake_ta_unload(instances[i].ta);
	memset(instances, 0, sizeof(instances));
	instance_count = 0;
}

void fake_tee_start(const char *dir)
{
	fake_tee_stop();
	fake_storage_set_dir(dir);
	fake_tee_on_call(NULL, NULL);
	fake_tee_on_free(NULL, NULL);
	fake_tee_limit_heap(0);
	fake_operations_reset();
	fake_random_reset();
	fake_clock_reset();
	fake_system_reset();
	memset(&fake_counters, 0, sizeof(fake_counters));
}

void fake_tee_load(struct fake_ta *ta)
{
	if (instance_count == TA_MAX) {
		fprintf(stderr, "fake TEE: more than %d TAs\n", TA_MAX);
		abort();
	}
	instances[instance_count++].ta = ta;
}

bool fake_tee_is_powered(void)
{
	return powered;
}

void fake_tee_counters(struct fake_counters *counters)
{
	*counters = fake_counters;
}

void fake_tee_zero_counters(void)
{
	const struct fake_counters now = fake_counters;

	fake_counters = (struct fake_counters){
		.heap = now.heap,
		.heap_peak = now.heap,
		.handles = now.handles,
		.enumerators = now.enumerators,
		.sessions = now.sessions,
	};
}
