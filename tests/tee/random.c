// SPDX-License-Identifier: BSD-2-Clause
/* Random bytes for TAs: the host's, or the same ones in every run when a test gives a seed. */
#include <sys/random.h>

#include "inside.h"

static uint64_t state;

void fake_tee_seed_random(uint64_t seed)
{
	state = seed;
}

void fake_random_reset(void)
{
	state = 0;
}

/* splitmix64: enough to be different at each step, and no secret. */
static uint8_t next_byte(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint8_t)(z >> 56);
}

static void from_host(uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		const ssize_t got = getrandom(bytes + done, len - done, 0);

		if (got > 0)
			done += (size_t)got;
	}
}

void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen)
{
	uint8_t *bytes = randomBuffer;

	fake_begin(__func__);
	if (!bytes && randomBufferLen)
		fake_panic(TEE_ERROR_BAD_PARAMETERS);
	if (!state) {
		from_host(bytes, randomBufferLen);
		return;
	}
	for (size_t i = 0; i < randomBufferLen; i++)
		bytes[i] = next_byte();
}
