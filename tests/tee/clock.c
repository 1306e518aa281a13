// SPDX-License-Identifier: BSD-2-Clause
/* Time for TAs: the TEE's own clock is the host's monotonic one, the normal world's the host's,
 * unless a test says another time. */
#include <time.h>

#include "inside.h"

static TEE_Time ree_now;
static bool ree_stands;
static TEE_Time system_now;
static bool system_stands;

void fake_tee_set_ree_time(const TEE_Time *now)
{
	ree_stands = now != NULL;
	if (now)
		ree_now = *now;
}

void fake_tee_set_system_time(const TEE_Time *now)
{
	system_stands = now != NULL;
	if (now)
		system_now = *now;
}

void fake_clock_reset(void)
{
	ree_stands = false;
	system_stands = false;
}

static void read_clock(clockid_t id, TEE_Time *time)
{
	struct timespec now = {0};

	clock_gettime(id, &now);
	time->seconds = (uint32_t)now.tv_sec;
	time->millis = (uint32_t)(now.tv_nsec / 1000000);
}

void TEE_GetSystemTime(TEE_Time *time)
{
	fake_begin(__func__);
	fake_need_private(time, sizeof(*time));
	if (system_stands)
		*time = system_now;
	else
		read_clock(CLOCK_MONOTONIC, time);
}

void TEE_GetREETime(TEE_Time *time)
{
	fake_begin(__func__);
	fake_need_private(time, sizeof(*time));
	if (ree_stands)
		*time = ree_now;
	else
		read_clock(CLOCK_REALTIME, time);
}
