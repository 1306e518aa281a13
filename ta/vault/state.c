/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of headers and states. */
#include "state.h"

#include "aead.h"
#include "anchoring.h"
#include "huk.h"

#include <string.h>

#define SIGNED_LEN offsetof(struct festore_vault_state, mac)

TEE_Result state_sign(
	const struct seal_keys *keys, const uint8_t vault[16], struct festore_vault_state *state)
{
	state->magic = FESTORE_STATE_MAGIC;
	state->format = FESTORE_VAULT_FORMAT;
	memcpy(state->vault, vault, sizeof(state->vault));
	return seal_mac(keys->state, state, SIGNED_LEN, state->mac);
}

TEE_Result state_check(const struct seal_keys *keys, const uint8_t vault[16],
	const uint8_t header_hash[FESTORE_HASH], const struct festore_vault_state *state)
{
	uint8_t mac[FESTORE_HASH] = {0};
	TEE_Result res = seal_mac(keys->state, state, SIGNED_LEN, mac);

	if (res != TEE_SUCCESS)
		return res;
	/* In constant time: a MAC that is compared byte by byte can be guessed byte by byte. */
	if (TEE_MemCompare(mac, state->mac, sizeof(mac)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	if (state->magic != FESTORE_STATE_MAGIC || state->format != FESTORE_VAULT_FORMAT ||
		!anchoring_is_kind(state->anchor))
		return TEE_ERROR_CORRUPT_OBJECT;
	if (memcmp(state->vault, vault, sizeof(state->vault)) != 0 ||
		memcmp(state->header, header_hash, sizeof(state->header)) != 0)
		return TEE_ERROR_CORRUPT_OBJECT;
	return TEE_SUCCESS;
}

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool vault_name_is_valid(const struct tag *name)
{
	if (name->len == 0 || name->len > FESTORE_VAULT_NAME_MAX ||
		!is_letter_or_digit(name->bytes[0]))
		return false;
	for (size_t i = 1; i < name->len; i++) {
		const uint8_t c = name->bytes[i];

		if (!is_letter_or_digit(c) && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

/* The key that a vault's master key is wrapped under: the device's, this TA's, for this identity.
 */
static TEE_Result derive_kek(
	const struct owner *owner, const struct tag *name, uint8_t ret_kek[FESTORE_HASH])
{
	static const char label[] = "festore kek 1";
	uint8_t identity[sizeof(label) + 4 + sizeof(owner->octets) + FESTORE_VAULT_NAME_MAX] = {0};
	size_t len = 0;

	memcpy(identity, label, sizeof(label));
	len += sizeof(label);
	for (size_t i = 0; i < 4; i++)
		identity[len++] = (uint8_t)(owner->login >> (8 * i));
	memcpy(identity + len, owner->octets, sizeof(owner->octets));
	len += sizeof(owner->octets);
	memcpy(identity + len, name->bytes, name->len);
	len += name->len;
	return huk_derive(identity, len, ret_kek);
}

/* Of a vault with a PIN its wrapping key is made of that too: neither it nor the device is enough.
 */
static TEE_Result wrapping_key(const uint8_t kek[FESTORE_HASH],
	const struct festore_vault_header *header, const struct pin *pin,
	uint8_t ret_key[FESTORE_HASH])
{
	uint8_t both[sizeof(header->salt) + FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	if (!pin)
		return seal_expand(kek, "wrap", header->salt, sizeof(header->salt), ret_key);
	memcpy(both, header->salt, sizeof(header->salt));
	res = pin_stretch(pin, header->pin_salt, PIN_ROUNDS, both + sizeof(header->salt));
	if (res == TEE_SUCCESS)
		res = seal_expand(kek, "wrap pin", both, sizeof(both), ret_key);
	TEE_MemFill(both, 0, sizeof(both));
	return res;
}

/* All before the wrapped key is authenticated with it. */
static struct seal seal_of(const struct festore_vault_header *header, const uint8_t *key)
{
	const struct seal seal = {
		.aead = header->aead,
		.key = key,
		.aad = header,
		.aad_len = offsetof(struct festore_vault_header, wrapped),
	};

	return seal;
}

/* As for draw(). */
static TEE_Result draw_salts(const uint8_t kek[FESTORE_HASH], struct festore_vault_header *header)
{
	TEE_Time now = {0};
	TEE_Result res = TEE_SUCCESS;

	TEE_GetREETime(&now);
	res = seal_random(kek, &now, sizeof(now), header->salt, sizeof(header->salt));
	if (res == TEE_SUCCESS && header_has_pin(header))
		res = seal_random(
			kek, &now, sizeof(now), header->pin_salt, sizeof(header->pin_salt));
	return res;
}

/* Vault id, salts and master key; the clock makes them others even where random numbers repeat. */
static TEE_Result draw(const uint8_t kek[FESTORE_HASH], struct festore_vault_header *header,
	uint8_t ret_master[FESTORE_HASH])
{
	TEE_Time now = {0};
	TEE_Result res = TEE_SUCCESS;

	TEE_GetREETime(&now);
	res = seal_random(kek, &now, sizeof(now), ret_master, FESTORE_HASH);
	if (res == TEE_SUCCESS)
		res = seal_random(kek, &now, sizeof(now), header->vault, sizeof(header->vault));
	if (res == TEE_SUCCESS)
		res = draw_salts(kek, header);
	return res;
}

/* Seals the master key into the header. */
static TEE_Result wrap(const uint8_t kek[FESTORE_HASH], const uint8_t master[FESTORE_HASH],
	const struct pin *pin, struct festore_vault_header *header)
{
	uint8_t key[FESTORE_HASH] = {0};
	const struct seal seal = seal_of(header, key);
	TEE_Result res = wrapping_key(kek, header, pin, key);

	memcpy(header->wrapped, master, sizeof(header->wrapped));
	if (res == TEE_SUCCESS)
		res = seal_close(&seal, header->wrapped, sizeof(header->wrapped), header->seal);
	TEE_MemFill(key, 0, sizeof(key));
	return res;
}

TEE_Result header_make(const struct owner *owner, const struct tag *name,
	const struct header_wish *wish, struct festore_vault_header *ret_header,
	uint8_t ret_master[FESTORE_HASH])
{
	struct festore_vault_header header = {
		.magic = FESTORE_HEADER_MAGIC,
		.format = FESTORE_VAULT_FORMAT,
		.aead = (uint16_t)wish->aead,
		.sequence = 1,
		.pin_storage = wish->pin ? (uint8_t)wish->pin_storage : 0,
		.pin_tries = wish->pin ? wish->pin->tries : 0,
	};
	uint8_t kek[FESTORE_HASH] = {0};
	TEE_Result res = TEE_SUCCESS;

	/* Before it is cut to the 16 bits that a header has for it. */
	if (!aead_is_known(wish->aead))
		return TEE_ERROR_NOT_SUPPORTED;
	res = derive_kek(owner, name, kek);
	if (res == TEE_SUCCESS)
		res = draw(kek, &header, ret_master);
	if (res == TEE_SUCCESS)
		res = wrap(kek, ret_master, wish->pin, &header);
	TEE_MemFill(kek, 0, sizeof(kek));
	/* Not the master key in the clear, if it could not be sealed. */
	if (res == TEE_SUCCESS)
		*ret_header = header;
	else
		TEE_MemFill(&header, 0, sizeof(header));
	return res;
}

TEE_Result header_make_next(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, const struct pin *pin,
	const uint8_t master[FESTORE_HASH], struct festore_vault_header *ret_header)
{
	struct festore_vault_header next = *header;
	uint8_t kek[FESTORE_HASH] = {0};
	TEE_Result res = derive_kek(owner, name, kek);

	next.sequence++;
	if (res == TEE_SUCCESS)
		res = draw_salts(kek, &next);
	if (res == TEE_SUCCESS)
		res = wrap(kek, master, pin, &next);
	TEE_MemFill(kek, 0, sizeof(kek));
	if (res == TEE_SUCCESS)
		*ret_header = next;
	else
		TEE_MemFill(&next, 0, sizeof(next));
	return res;
}

bool header_has_pin(const struct festore_vault_header *header)
{
	return header->pin_storage != 0;
}

TEE_Result header_open(const struct owner *owner, const struct tag *name,
	const struct festore_vault_header *header, const struct pin *pin,
	uint8_t ret_master[FESTORE_HASH])
{
	uint8_t kek[FESTORE_HASH] = {0};
	uint8_t key[FESTORE_HASH] = {0};
	const struct seal seal = seal_of(header, key);
	TEE_Result res = TEE_SUCCESS;

	if (header->magic != FESTORE_HEADER_MAGIC || header->format != FESTORE_VAULT_FORMAT ||
		!aead_is_known(header->aead))
		return TEE_ERROR_CORRUPT_OBJECT;

	res = derive_kek(owner, name, kek);
	if (res == TEE_SUCCESS)
		res = wrapping_key(kek, header, pin, key);
	memcpy(ret_master, header->wrapped, FESTORE_HASH);
	if (res == TEE_SUCCESS)
		res = seal_open(&seal, ret_master, FESTORE_HASH, header->seal);
	TEE_MemFill(kek, 0, sizeof(kek));
	TEE_MemFill(key, 0, sizeof(key));
	return res;
}
