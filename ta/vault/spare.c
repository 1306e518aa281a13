/* SPDX-License-Identifier: BSD-2-Clause */
/* A bucket for each owner who has had an anchor in the RPMB; as many as slots at the most. */
#include "spare.h"

#include "session.h"

#include <festore_vault.h>

struct bucket {
	struct bucket *next;
	struct owner owner;
	uint32_t left;
	uint32_t since; /* seconds by the TEE's clock: filled up until then */
};

static struct bucket *buckets;

static uint32_t now(void)
{
	TEE_Time time = {0};

	TEE_GetSystemTime(&time);
	return time.seconds;
}

static struct bucket *bucket_new(const struct owner *owner)
{
	struct bucket *bucket = TEE_Malloc(sizeof(*bucket), TEE_MALLOC_FILL_ZERO);

	if (!bucket)
		return NULL;
	bucket->owner = *owner;
	bucket->left = FESTORE_RPMB_BURST;
	bucket->since = now();
	bucket->next = buckets;
	buckets = bucket;
	return bucket;
}

static struct bucket *bucket_of(const struct owner *owner)
{
	struct bucket *bucket = buckets;

	while (bucket && !owner_is_same(&bucket->owner, owner))
		bucket = bucket->next;
	return bucket;
}

/* What time has brought; of a part of a step nothing is lost. */
static void refill(struct bucket *bucket)
{
	const uint32_t steps = (now() - bucket->since) / FESTORE_RPMB_SECONDS;

	bucket->since += steps * FESTORE_RPMB_SECONDS;
	if (steps >= FESTORE_RPMB_BURST - bucket->left)
		bucket->left = FESTORE_RPMB_BURST;
	else
		bucket->left += steps;
}

uint32_t spare_left(const struct owner *owner)
{
	struct bucket *bucket = bucket_of(owner);

	if (!bucket)
		return FESTORE_RPMB_BURST;
	refill(bucket);
	return bucket->left;
}

void spare_take(const struct owner *owner)
{
	struct bucket *bucket = bucket_of(owner);

	if (!bucket)
		bucket = bucket_new(owner);
	if (!bucket)
		return;
	refill(bucket);
	if (bucket->left != 0)
		bucket->left--;
}
