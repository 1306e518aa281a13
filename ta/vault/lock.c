/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock is kept as an anchor is (device.h), under an identity of its own: `epoch` is the sequence
 * of the oldest header that may still be opened, `version` the failures.
 *
 * The device never knows of fewer failures than there were. It may know of one more: a right PIN
 * leaves a 1 there, which the next try has no need to write.
 */
#include "lock.h"

#include "device.h"
#include "session.h"
#include "slot.h"
#include "spare.h"

#include <string.h>

struct lock {
	struct lock *next;
	struct owner owner;
	uint8_t identity[FESTORE_HASH];
	uint32_t kind; /* where it lies */
	uint8_t vault[16];
	uint64_t sequence;
	uint32_t failures;
	uint32_t stored; /* the device knows of that many at least */
	uint32_t since;  /* when the last one was, or when this was read */
	uint32_t missed; /* failures that no log was told of */
	bool is_lost;    /* the device knows nothing */
	bool is_ended;   /* the vault is gone */
};

static struct lock *locks;

static uint32_t now(void)
{
	TEE_Time time = {0};

	TEE_GetSystemTime(&time);
	return time.seconds;
}

/* Seconds between the last failure of so many and the next try. */
static uint32_t wait_after(uint32_t failures)
{
	uint32_t wait = FESTORE_PIN_WAIT;

	if (failures < FESTORE_PIN_FREE)
		return 0;
	while (failures-- > FESTORE_PIN_FREE && wait < FESTORE_PIN_WAIT_MAX)
		wait *= 2;
	return wait < FESTORE_PIN_WAIT_MAX ? wait : FESTORE_PIN_WAIT_MAX;
}

/* Of a lost one: all that the vault has, or as many as make the longest wait. */
static uint32_t failures_if_lost(const struct festore_vault_header *header)
{
	uint32_t failures = FESTORE_PIN_FREE;

	while (wait_after(failures) < FESTORE_PIN_WAIT_MAX)
		failures++;
	return header->pin_tries != 0 ? header->pin_tries : failures;
}

static struct lock *lock_at(uint32_t kind, const uint8_t identity[FESTORE_HASH])
{
	struct lock *lock = locks;

	while (lock &&
		(lock->kind != kind ||
			memcmp(lock->identity, identity, sizeof(lock->identity)) != 0))
		lock = lock->next;
	return lock;
}

static bool is_room(const struct owner *owner)
{
	unsigned int all = 0;
	unsigned int own = 0;

	for (const struct lock *lock = locks; lock; lock = lock->next) {
		all++;
		own += owner_is_same(&lock->owner, owner) ? 1 : 0;
	}
	return all < SLOTS_MAX && own < SLOTS_PER_OWNER;
}

static TEE_Result lock_new(const struct owner *owner, uint32_t kind,
	const uint8_t identity[FESTORE_HASH], struct lock **ret_lock)
{
	struct lock *lock = NULL;

	if (!is_room(owner))
		return FESTORE_TA_FULL;
	lock = TEE_Malloc(sizeof(*lock), TEE_MALLOC_FILL_ZERO);
	if (!lock)
		return TEE_ERROR_OUT_OF_MEMORY;
	lock->owner = *owner;
	lock->kind = kind;
	memcpy(lock->identity, identity, sizeof(lock->identity));
	lock->next = locks;
	locks = lock;
	*ret_lock = lock;
	return TEE_SUCCESS;
}

/* Of a vault that is made. */
static void begin(struct lock *lock, const struct festore_vault_header *header)
{
	memcpy(lock->vault, header->vault, sizeof(lock->vault));
	lock->sequence = header->sequence;
	lock->failures = 0;
	lock->stored = 0;
	lock->since = now();
	lock->is_lost = false;
	lock->is_ended = false;
}

/* Of a vault of which the device knows nothing: what it has forgotten counts against who asks. */
static void lose(struct lock *lock, const struct festore_vault_header *header)
{
	begin(lock, header);
	lock->failures = failures_if_lost(header);
	lock->is_lost = true;
}

static TEE_Result write(struct lock *lock, uint32_t phase, uint32_t failures)
{
	struct festore_anchor anchor = {
		.epoch = lock->sequence,
		.version = failures,
		.phase = phase,
	};
	TEE_Result res = TEE_SUCCESS;

	memcpy(anchor.vault, lock->vault, sizeof(anchor.vault));
	res = device_write(lock->kind, lock->identity, &anchor);
	if (lock->kind == FESTORE_ANCHOR_RPMB)
		spare_take(&lock->owner);
	return res;
}

/* The same, unless the owner has no writes left. */
static TEE_Result write_if_spared(struct lock *lock, uint32_t failures)
{
	if (lock->kind == FESTORE_ANCHOR_RPMB && spare_left(&lock->owner) == 0)
		return FESTORE_TA_SPARED;
	return write(lock, FESTORE_ANCHOR_LIVE, failures);
}

uint32_t lock_storage(const struct owner *owner, const struct tag *name, uint32_t anchor)
{
	uint8_t identity[FESTORE_HASH] = {0};
	struct festore_anchor unimportant = {0};

	if ((anchor & FESTORE_ANCHOR_CHOOSE) == 0)
		return (anchor & FESTORE_ANCHOR_KINDS) == FESTORE_ANCHOR_RPMB ? FESTORE_ANCHOR_RPMB
									      : FESTORE_ANCHOR_REE;
	if (device_lock_identity(owner, name, identity) == TEE_SUCCESS &&
		device_read(FESTORE_ANCHOR_RPMB, identity, &unimportant) != FESTORE_TA_NO_ANCHOR)
		return FESTORE_ANCHOR_RPMB;
	return FESTORE_ANCHOR_REE;
}

TEE_Result lock_make(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header)
{
	uint8_t identity[FESTORE_HASH] = {0};
	TEE_Result res = device_lock_identity(owner, name, identity);
	struct lock *lock = lock_at(header->pin_storage, identity);

	if (res == TEE_SUCCESS && !lock)
		res = lock_new(owner, header->pin_storage, identity, &lock);
	if (res != TEE_SUCCESS)
		return res;
	begin(lock, header);
	return write_if_spared(lock, 0);
}

/* What the device says of a vault that this TA has not seen yet. */
static TEE_Result load(const struct owner *owner, const struct festore_vault_header *header,
	const uint8_t identity[FESTORE_HASH], struct lock **ret_lock)
{
	struct festore_anchor known = {0};
	TEE_Result res = device_read(header->pin_storage, identity, &known);
	const bool is_lost = res == TEE_ERROR_ITEM_NOT_FOUND || res == TEE_ERROR_CORRUPT_OBJECT;

	if (res == TEE_SUCCESS || is_lost)
		res = lock_new(owner, header->pin_storage, identity, ret_lock);
	if (res != TEE_SUCCESS)
		return res;
	if (is_lost) {
		lose(*ret_lock, header);
		return TEE_SUCCESS;
	}
	memcpy((*ret_lock)->vault, known.vault, sizeof((*ret_lock)->vault));
	(*ret_lock)->sequence = known.epoch;
	(*ret_lock)->failures = (uint32_t)known.version;
	(*ret_lock)->stored = (*ret_lock)->failures;
	(*ret_lock)->since = now();
	(*ret_lock)->is_ended = known.phase == FESTORE_ANCHOR_DESTROYED;
	return TEE_SUCCESS;
}

/* The lock of the vault that this header is of, or of one that is no more. */
static TEE_Result find(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, struct lock **ret_lock)
{
	uint8_t identity[FESTORE_HASH] = {0};
	struct lock *lock = NULL;
	TEE_Result res = device_lock_identity(owner, name, identity);

	if (res != TEE_SUCCESS)
		return res;
	lock = lock_at(header->pin_storage, identity);
	if (!lock)
		res = load(owner, header, identity, &lock);
	if (res != TEE_SUCCESS)
		return res;
	if (memcmp(lock->vault, header->vault, sizeof(lock->vault)) != 0) {
		if (!lock->is_ended && !lock->is_lost)
			return FESTORE_TA_OTHER;
		lose(lock, header);
	}
	*ret_lock = lock;
	return TEE_SUCCESS;
}

/* May a PIN be tried with this header at all? */
static TEE_Result admit(const struct lock *lock, const struct festore_vault_header *header)
{
	if (lock->is_ended)
		return FESTORE_TA_DESTROYED;
	return header->sequence < lock->sequence ? (TEE_Result)FESTORE_TA_STALE : TEE_SUCCESS;
}

/* Seconds until another try. */
static uint32_t wait_left(const struct lock *lock)
{
	const uint32_t wait = lock->is_lost ? FESTORE_PIN_WAIT_MAX : wait_after(lock->failures);
	const uint32_t gone = now() - lock->since;

	return gone < wait ? wait - gone : 0;
}

static bool is_closed(const struct lock *lock, const struct festore_vault_header *header)
{
	return header->pin_tries != 0 && lock->failures >= header->pin_tries;
}

TEE_Result lock_try(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, struct lock **ret_lock)
{
	struct lock *lock = NULL;
	TEE_Result res = find(owner, name, header, &lock);

	if (res == TEE_SUCCESS)
		res = admit(lock, header);
	if (res != TEE_SUCCESS)
		return res;
	if (is_closed(lock, header))
		return FESTORE_TA_PIN_LOCKED;
	if (wait_left(lock) != 0)
		return FESTORE_TA_PIN_WAIT;
	if (lock->stored < lock->failures + 1) {
		res = write_if_spared(lock, lock->failures + 1);
		if (res != TEE_SUCCESS)
			return res;
		lock->stored = lock->failures + 1;
	}
	lock->failures++;
	lock->since = now();
	lock->is_lost = false;
	*ret_lock = lock;
	return TEE_SUCCESS;
}

void lock_opened(struct lock *lock, uint64_t sequence)
{
	const bool is_newer = sequence > lock->sequence;

	lock->failures = 0;
	if (is_newer)
		lock->sequence = sequence;
	if (lock->stored == 1 && !is_newer)
		return;
	lock->stored = 1;
	(void)write(lock, FESTORE_ANCHOR_LIVE, lock->stored);
}

void lock_missed(struct lock *lock)
{
	lock->missed++;
}

uint32_t lock_take_missed(struct lock *lock)
{
	const uint32_t missed = lock->missed;

	lock->missed = 0;
	return missed;
}

TEE_Result lock_look(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, struct festore_vault_lock *ret_lock)
{
	struct lock *lock = NULL;
	TEE_Result res = find(owner, name, header, &lock);

	if (res == TEE_SUCCESS)
		res = admit(lock, header);
	if (res != TEE_SUCCESS)
		return res;
	ret_lock->failures = lock->failures;
	ret_lock->wait = wait_left(lock);
	ret_lock->is_lost = lock->is_lost ? 1 : 0;
	ret_lock->is_limited = header->pin_tries != 0 ? 1 : 0;
	if (header->pin_tries > lock->failures)
		ret_lock->left = header->pin_tries - lock->failures;
	return TEE_SUCCESS;
}

TEE_Result lock_end(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header)
{
	struct lock *lock = NULL;
	const TEE_Result res = find(owner, name, header, &lock);

	if (res != TEE_SUCCESS)
		return res;
	lock->is_ended = true;
	return write(lock, FESTORE_ANCHOR_DESTROYED, 0);
}
