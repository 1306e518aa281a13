/* SPDX-License-Identifier: BSD-2-Clause */
/* What is fixed for a tag when it is made, and what that forbids. */
#ifndef TAG_POLICY_H
#define TAG_POLICY_H

#include "record.h"
#include "request.h"

/* As a record has it, 6 bytes. False: no policy of this kind that this TA knows. */
bool tag_policy_read(const uint8_t *from, uint32_t kind, struct tag_policy *ret_policy);
void tag_policy_write(const struct tag_policy *policy, uint8_t *to);

/* The one that a call makes a tag with, none if it names none. */
TEE_Result tag_policy_of_call(const struct call *call, struct tag_policy *ret_policy);

/* As replies tell of it: of a file its flags, of a key struct festore_vault_key's uses. */
uint32_t tag_policy_told(const struct meta *meta);

/* A fresh salt, with the mark of a record that has this policy. */
void tag_policy_mark(const struct tag_policy *policy, uint8_t salt[SEAL_SALT]);

/* May what has this policy be replaced, removed or moved? Else the answer that names it. */
TEE_Result tag_policy_lets_go(const struct tag_policy *policy);

/* May something be appended to it? */
TEE_Result tag_policy_grows(const struct tag_policy *policy);

/*
 * A change is asked for of the tag that `leaf` stands for. If that has the mark the call must bring
 * its record, which says whether the tag may go; if not, or with `leaf` NULL (there is no such
 * tag), it must bring none.
 */
TEE_Result tag_policy_check_old(const struct call *call, const struct festore_vault_leaf *leaf);

#endif
