/* SPDX-License-Identifier: BSD-2-Clause */
/* Recipients of CMS messages, from memory. */
#ifndef CMS_RECIPIENT_H
#define CMS_RECIPIENT_H

#include "cms_message.h"

/* Bytes of a RecipientInfo at the most, without tag and length; one of RSA-4096 has 700. */
#define CMS_RECIPIENT_MAX 4096u

/*
 * Adds what a RecipientInfo of this tag says to the message's recipients; one that cannot be opened
 * here is only noted. False: it is damaged.
 */
bool cms_recipient_read(struct cms_message *message, uint8_t tag, const uint8_t *bytes, size_t len);

#endif
