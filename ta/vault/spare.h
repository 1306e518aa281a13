/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps an owner from wearing out the device's RPMB, which is everybody's: so many writes of
 * anchors at once, and so many more with time. In memory: a restart of the TA gives all of them
 * back.
 */
#ifndef SPARE_H
#define SPARE_H

#include "identity.h"

/* How many writes of anchors this owner may make now. */
uint32_t spare_left(const struct owner *owner);

/* One was made, allowed or not: what has to be anchored is. Not counted without memory. */
void spare_take(const struct owner *owner);

#endif
