/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake TEE's objects in memory, and what only a fuzzer does to them. */
#ifndef FUZZ_STORE_H
#define FUZZ_STORE_H

#include "fake_tee.h"

/* Forgets all objects. */
void store_clear(void);

/*
 * Damages the n-th object there is, counted round: at its beginning, which is found whenever it is
 * opened, or beyond its first block, which is found when that is read. False: there is none.
 */
bool store_damage(unsigned int nth, bool at_the_beginning);

/* How many objects have an id that begins with these bytes. */
unsigned int store_count(const uint8_t *id, size_t id_len);

#endif
