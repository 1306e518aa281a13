// SPDX-License-Identifier: BSD-2-Clause
/* HMACs and the transient objects that hold their keys, with the panics of OP-TEE. */
#include "sample/fixture.h"

#include "hex.h"

#define KEY_LEN 32u
#define MAC_LEN 32u

static const uint8_t some_key[KEY_LEN] = {1, 2, 3};

/* RFC 4231, test cases 1 to 4; the keys are filled with zeros, which HMAC does anyway. */
static const struct vector {
	const char *key;
	const char *data;
	const char *mac;
} vectors[] = {
	{
		.key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.data = "4869205468657265",
		.mac = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	},
	{
		.key = "4a656665",
		.data = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		.mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	},
	{
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.data = "dddddddddddddddddddddddddddddddddddddddddddddddddd"
			"dddddddddddddddddddddddddddddddddddddddddddddddddd",
		.mac = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	},
	{
		.key = "0102030405060708090a0b0c0d0e0f10111213141516171819",
		.data = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
			"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		.mac = "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
	},
};

static TEE_ObjectHandle key_of(const uint8_t *bytes, size_t len)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Attribute attribute = {0};

	assert_int_equal(
		TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, (uint32_t)len * 8, &object),
		TEE_SUCCESS);
	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, bytes, len);
	assert_int_equal(TEE_PopulateTransientObject(object, &attribute, 1), TEE_SUCCESS);
	return object;
}

static TEE_OperationHandle operation(void)
{
	TEE_OperationHandle made = TEE_HANDLE_NULL;

	assert_int_equal(
		TEE_AllocateOperation(&made, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, KEY_LEN * 8),
		TEE_SUCCESS);
	return made;
}

/* An operation with the key set; the object that held it is gone, as the operation has a copy. */
static TEE_OperationHandle keyed(const uint8_t *key)
{
	TEE_OperationHandle made = operation();
	TEE_ObjectHandle object = key_of(key, KEY_LEN);

	assert_int_equal(TEE_SetOperationKey(made, object), TEE_SUCCESS);
	TEE_FreeTransientObject(object);
	return made;
}

static void check_vector(const struct vector *vector)
{
	uint8_t key[KEY_LEN] = {0};
	uint8_t data[64] = {0};
	uint8_t want[MAC_LEN] = {0};
	uint8_t got[MAC_LEN + 8] = {0};
	size_t got_len = sizeof(got);
	const size_t data_len = unhex(vector->data, data);
	TEE_OperationHandle mac = TEE_HANDLE_NULL;

	unhex(vector->key, key);
	unhex(vector->mac, want);
	mac = keyed(key);
	TEE_MACInit(mac, NULL, 0);
	assert_int_equal(TEE_MACComputeFinal(mac, data, data_len, got, &got_len), TEE_SUCCESS);
	assert_int_equal(got_len, MAC_LEN);
	assert_memory_equal(got, want, MAC_LEN);

	TEE_MACInit(mac, NULL, 0);
	TEE_MACUpdate(mac, data, 3);
	TEE_MACUpdate(mac, NULL, 0);
	assert_int_equal(
		TEE_MACCompareFinal(mac, data + 3, data_len - 3, want, MAC_LEN), TEE_SUCCESS);
	TEE_FreeOperation(mac);
}

static void check_vectors(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_vector(&vectors[i]);
}

static void hmacs_are_right(void **state)
{
	const struct fake_counters before = counters();

	(void)state;
	assert_runs(check_vectors);
	assert_int_equal(counters().heap, before.heap);
	assert_int_equal(counters().handles, before.handles);
}

static void compare_others(void *arg)
{
	TEE_OperationHandle mac = keyed(some_key);
	uint8_t good[MAC_LEN] = {0};
	size_t len = sizeof(good);

	(void)arg;
	TEE_MACInit(mac, NULL, 0);
	assert_int_equal(TEE_MACComputeFinal(mac, "data", 4, good, &len), TEE_SUCCESS);
	for (size_t i = 0; i < MAC_LEN; i++) {
		good[i] ^= 0x80;
		TEE_MACInit(mac, NULL, 0);
		assert_int_equal(
			TEE_MACCompareFinal(mac, "data", 4, good, MAC_LEN), TEE_ERROR_MAC_INVALID);
		good[i] ^= 0x80;
	}
	TEE_MACInit(mac, NULL, 0);
	assert_int_equal(
		TEE_MACCompareFinal(mac, "data", 4, good, MAC_LEN - 1), TEE_ERROR_MAC_INVALID);
	TEE_MACInit(mac, NULL, 0);
	assert_int_equal(TEE_MACCompareFinal(mac, "data", 4, good, MAC_LEN), TEE_SUCCESS);
	TEE_FreeOperation(mac);
}

static void other_macs_are_told(void **state)
{
	(void)state;
	assert_runs(compare_others);
}

/* Too small a buffer ends nothing; an init in the middle and a reset forget what was said. */
static void begin_again(void *arg)
{
	TEE_OperationHandle mac = keyed(some_key);
	uint8_t first[MAC_LEN] = {0};
	uint8_t second[MAC_LEN] = {0};
	size_t len = MAC_LEN - 1;

	(void)arg;
	TEE_MACInit(mac, NULL, 0);
	assert_int_equal(TEE_MACComputeFinal(mac, "data", 4, first, &len), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(len, MAC_LEN);
	assert_int_equal(TEE_MACComputeFinal(mac, "data", 4, first, &len), TEE_SUCCESS);
	TEE_MACInit(mac, NULL, 0);
	TEE_MACUpdate(mac, "other", 5);
	TEE_MACInit(mac, NULL, 0);
	TEE_MACUpdate(mac, "other", 5);
	TEE_ResetOperation(mac);
	TEE_MACInit(mac, NULL, 0);
	assert_int_equal(TEE_MACComputeFinal(mac, "data", 4, second, &len), TEE_SUCCESS);
	assert_memory_equal(first, second, MAC_LEN);
	TEE_FreeOperation(mac);
}

static void a_mac_can_begin_again(void **state)
{
	(void)state;
	assert_runs(begin_again);
}

/* OP-TEE without CFG_HMAC_64_1024_RANGE. */
static void try_sizes(void *arg)
{
	const uint32_t refused[] = {0, 8, 128, 184, 193, 1032};
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_OperationHandle mac = TEE_HANDLE_NULL;
	TEE_Attribute attribute = {0};

	(void)arg;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(
			TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, refused[i], &object),
			TEE_ERROR_NOT_SUPPORTED);
		assert_int_equal(
			TEE_AllocateOperation(&mac, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, refused[i]),
			TEE_ERROR_NOT_SUPPORTED);
	}
	assert_int_equal(
		TEE_AllocateTransientObject(TEE_TYPE_DATA, 0, &object), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(
		TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, 256, &object), TEE_SUCCESS);
	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, some_key, 16);
	assert_int_equal(
		TEE_PopulateTransientObject(object, &attribute, 1), TEE_ERROR_BAD_PARAMETERS);
	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, some_key, 24);
	assert_int_equal(TEE_PopulateTransientObject(object, &attribute, 1), TEE_SUCCESS);
	TEE_CloseObject(object);
	TEE_FreeTransientObject(TEE_HANDLE_NULL);
}

static void keys_have_sizes(void **state)
{
	(void)state;
	assert_runs(try_sizes);
	assert_int_equal(counters().handles, 0);
}

static void fail_allocations(void *arg)
{
	TEE_OperationHandle mac = TEE_HANDLE_NULL;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;

	(void)arg;
	/* libutee's part, the key's object, the core's state. */
	for (unsigned int nth = 1; nth <= 3; nth++) {
		fake_tee_fail_alloc(nth, 1);
		assert_int_equal(
			TEE_AllocateOperation(&mac, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, KEY_LEN * 8),
			TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().handles, 0);
	}
	fake_tee_fail_alloc(1, 1);
	assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, 256, &object),
		TEE_ERROR_OUT_OF_MEMORY);
	TEE_FreeOperation(operation());
}

static void scarcity_leaks_nothing(void **state)
{
	const size_t before = counters().heap;

	(void)state;
	assert_runs(fail_allocations);
	assert_int_equal(counters().heap, before);
	assert_int_equal(counters().handles, 0);
}

static void leave_all(void *arg)
{
	(void)arg;
	keyed(some_key);
	key_of(some_key, KEY_LEN);
}

static void what_is_left_goes_with_the_instance(void **state)
{
	(void)state;
	assert_runs(leave_all);
	assert_int_equal(counters().handles, 3);
	fake_tee_restart();
	assert_int_equal(counters().handles, 0);
}

static void init_without_key(void *arg)
{
	(void)arg;
	TEE_MACInit(operation(), NULL, 0);
}

static void update_without_init(void *arg)
{
	(void)arg;
	TEE_MACUpdate(keyed(some_key), "a", 1);
}

static void final_twice(void *arg)
{
	TEE_OperationHandle mac = keyed(some_key);
	uint8_t bytes[MAC_LEN] = {0};
	size_t len = sizeof(bytes);

	(void)arg;
	TEE_MACInit(mac, NULL, 0);
	TEE_MACComputeFinal(mac, NULL, 0, bytes, &len);
	TEE_MACComputeFinal(mac, NULL, 0, bytes, &len);
}

static void compare_without_init(void *arg)
{
	(void)arg;
	TEE_MACCompareFinal(keyed(some_key), NULL, 0, some_key, MAC_LEN);
}

static void update_with_nothing(void *arg)
{
	TEE_OperationHandle mac = keyed(some_key);

	(void)arg;
	TEE_MACInit(mac, NULL, 0);
	TEE_MACUpdate(mac, NULL, 1);
}

static void mac_of_a_digest(void *arg)
{
	TEE_OperationHandle digest = TEE_HANDLE_NULL;

	(void)arg;
	TEE_AllocateOperation(&digest, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	TEE_MACInit(digest, NULL, 0);
}

static void digest_of_a_mac(void *arg)
{
	(void)arg;
	TEE_DigestUpdate(keyed(some_key), "a", 1);
}

static void reset_without_key(void *arg)
{
	(void)arg;
	TEE_ResetOperation(operation());
}

static void misuse_of_macs_panics(void **state)
{
	(void)state;
	assert_panics(init_without_key);
	assert_panics(update_without_init);
	assert_panics(final_twice);
	assert_panics(compare_without_init);
	assert_panics(update_with_nothing);
	assert_panics(mac_of_a_digest);
	assert_panics(digest_of_a_mac);
	assert_panics(reset_without_key);
}

static void set_key_while_active(void *arg)
{
	TEE_OperationHandle mac = keyed(some_key);

	(void)arg;
	TEE_MACInit(mac, NULL, 0);
	TEE_SetOperationKey(mac, key_of(some_key, KEY_LEN));
}

static void set_key_too_long(void *arg)
{
	static const uint8_t longer[KEY_LEN + 1] = {0};

	(void)arg;
	TEE_SetOperationKey(operation(), key_of(longer, sizeof(longer)));
}

static void set_key_of_nothing(void *arg)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;

	(void)arg;
	TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, 256, &object);
	TEE_SetOperationKey(operation(), object);
}

static void init_after_key_was_cleared(void *arg)
{
	TEE_OperationHandle mac = keyed(some_key);

	(void)arg;
	TEE_SetOperationKey(mac, TEE_HANDLE_NULL);
	TEE_MACInit(mac, NULL, 0);
}

static void set_key_of_a_digest(void *arg)
{
	TEE_OperationHandle digest = TEE_HANDLE_NULL;

	(void)arg;
	TEE_AllocateOperation(&digest, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	TEE_SetOperationKey(digest, key_of(some_key, KEY_LEN));
}

static void misuse_of_keys_panics(void **state)
{
	(void)state;
	assert_panics(set_key_while_active);
	assert_panics(set_key_too_long);
	assert_panics(set_key_of_nothing);
	assert_panics(init_after_key_was_cleared);
	assert_panics(set_key_of_a_digest);
}

static void free_object_twice(void *arg)
{
	TEE_ObjectHandle object = key_of(some_key, KEY_LEN);

	(void)arg;
	TEE_FreeTransientObject(object);
	TEE_FreeTransientObject(object);
}

static void populate(uint32_t bits_max, size_t len, uint32_t count)
{
	static const uint8_t bytes[200] = {0};
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Attribute attributes[2] = {0};

	TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, bits_max, &object);
	TEE_InitRefAttribute(&attributes[0], TEE_ATTR_SECRET_VALUE, bytes, len);
	attributes[1] = attributes[0];
	TEE_PopulateTransientObject(object, attributes, count);
}

static void populate_beyond_the_object(void *arg)
{
	(void)arg;
	populate(192, 25, 1);
}

static void populate_beyond_the_type(void *arg)
{
	(void)arg;
	populate(1024, 131, 1);
}

static void populate_with_none(void *arg)
{
	(void)arg;
	populate(256, 32, 0);
}

static void populate_with_two(void *arg)
{
	(void)arg;
	populate(256, 32, 2);
}

static void populate_twice(void *arg)
{
	TEE_ObjectHandle object = key_of(some_key, KEY_LEN);
	TEE_Attribute attribute = {0};

	(void)arg;
	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, some_key, KEY_LEN);
	TEE_PopulateTransientObject(object, &attribute, 1);
}

static void reference_to_a_value(void *arg)
{
	TEE_Attribute attribute = {0};

	(void)arg;
	TEE_InitRefAttribute(&attribute, TEE_ATTR_ECC_CURVE, some_key, KEY_LEN);
}

static void misuse_of_objects_panics(void **state)
{
	(void)state;
	assert_panics(free_object_twice);
	assert_panics(populate_beyond_the_object);
	assert_panics(populate_beyond_the_type);
	assert_panics(populate_with_none);
	assert_panics(populate_with_two);
	assert_panics(populate_twice);
	assert_panics(reference_to_a_value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hmacs_are_right),
		TEST(other_macs_are_told),
		TEST(a_mac_can_begin_again),
		TEST(keys_have_sizes),
		TEST(scarcity_leaks_nothing),
		TEST(what_is_left_goes_with_the_instance),
		TEST(misuse_of_macs_panics),
		TEST(misuse_of_keys_panics),
		TEST(misuse_of_objects_panics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
