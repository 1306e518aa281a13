/* SPDX-License-Identifier: BSD-2-Clause */
/* Anchors, as the fuzzer asks for them in the vault TA's place. */
#ifndef FUZZ_ANCHOR_H
#define FUZZ_ANCHOR_H

#include <stdint.h>

/* Nothing is kept yet. */
void anchor_forget(void);

/* A session of a few calls, one of which may fail or end by a power cut; `bytes` decides. */
void anchor_step(const uint8_t bytes[7]);

#endif
