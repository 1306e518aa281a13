// SPDX-License-Identifier: BSD-2-Clause
/* AES-GCM of the fake, with the panics of OP-TEE. */
#include "sample/fixture.h"

#include "hex.h"

#define KEY_LEN 32u
#define NONCE_LEN 12u
#define TAG_LEN 16u

static const uint8_t zeros[64];

/* Test cases 13, 14 and 16 of the GCM specification (McGrew, Viega), of 256-bit keys. */
static const struct vector {
	const char *key;
	const char *nonce;
	const char *aad;
	const char *plain;
	const char *sealed;
	const char *tag;
} vectors[] = {
	{
		.key = "0000000000000000000000000000000000000000000000000000000000000000",
		.nonce = "000000000000000000000000",
		.aad = "",
		.plain = "",
		.sealed = "",
		.tag = "530f8afbc74536b9a963b4f1c4cb738b",
	},
	{
		.key = "0000000000000000000000000000000000000000000000000000000000000000",
		.nonce = "000000000000000000000000",
		.aad = "",
		.plain = "00000000000000000000000000000000",
		.sealed = "cea7403d4d606b6e074ec5d3baf39d18",
		.tag = "d0d1c8a799996bf0265b98b5d48ab919",
	},
	{
		.key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
		.nonce = "cafebabefacedbaddecaf888",
		.aad = "feedfacedeadbeeffeedfacedeadbeefabaddad2",
		.plain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		.sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
			  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		.tag = "76fc6ece0f4e1768cddf8853bb2d551b",
	},
};

static TEE_ObjectHandle key_of(const uint8_t *bytes, size_t len)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Attribute attribute = {0};

	assert_int_equal(
		TEE_AllocateTransientObject(TEE_TYPE_AES, (uint32_t)len * 8, &object), TEE_SUCCESS);
	TEE_InitRefAttribute(&attribute, TEE_ATTR_SECRET_VALUE, bytes, len);
	assert_int_equal(TEE_PopulateTransientObject(object, &attribute, 1), TEE_SUCCESS);
	return object;
}

static TEE_OperationHandle operation(uint32_t mode)
{
	TEE_OperationHandle made = TEE_HANDLE_NULL;

	assert_int_equal(
		TEE_AllocateOperation(&made, TEE_ALG_AES_GCM, mode, KEY_LEN * 8), TEE_SUCCESS);
	return made;
}

static TEE_OperationHandle keyed(uint32_t mode, const uint8_t *key)
{
	TEE_OperationHandle made = operation(mode);
	TEE_ObjectHandle object = key_of(key, KEY_LEN);

	assert_int_equal(TEE_SetOperationKey(made, object), TEE_SUCCESS);
	TEE_FreeTransientObject(object);
	return made;
}

/* A keyed operation with nonce and tag length told. */
static TEE_OperationHandle begun(uint32_t mode)
{
	TEE_OperationHandle made = keyed(mode, zeros);

	assert_int_equal(TEE_AEInit(made, zeros, NONCE_LEN, TAG_LEN * 8, 0, 0), TEE_SUCCESS);
	return made;
}

/* One vector, as bytes. */
struct told {
	uint8_t key[KEY_LEN];
	uint8_t nonce[NONCE_LEN];
	uint8_t aad[64];
	size_t aad_len;
	uint8_t plain[64];
	uint8_t sealed[64];
	size_t len;
	uint8_t tag[TAG_LEN];
};

static void init(TEE_OperationHandle gcm, const struct told *told)
{
	assert_int_equal(TEE_AEInit(gcm, told->nonce, NONCE_LEN, TAG_LEN * 8, 0, 0), TEE_SUCCESS);
	/* In two pieces, one of them empty. */
	TEE_AEUpdateAAD(gcm, told->aad, told->aad_len / 2);
	TEE_AEUpdateAAD(gcm, told->aad + told->aad_len / 2, told->aad_len - told->aad_len / 2);
}

/* Twice, as an operation serves many messages. */
static void seal(const struct told *told)
{
	TEE_OperationHandle gcm = keyed(TEE_MODE_ENCRYPT, told->key);

	for (unsigned int i = 0; i < 2; i++) {
		uint8_t bytes[64];
		uint8_t tag[TAG_LEN];
		size_t len = sizeof(bytes);
		size_t tag_len = sizeof(tag);

		memcpy(bytes, told->plain, sizeof(bytes));
		init(gcm, told);
		assert_int_equal(
			TEE_AEEncryptFinal(gcm, bytes, told->len, bytes, &len, tag, &tag_len),
			TEE_SUCCESS);
		assert_int_equal(len, told->len);
		assert_int_equal(tag_len, TAG_LEN);
		assert_memory_equal(bytes, told->sealed, told->len);
		assert_memory_equal(tag, told->tag, TAG_LEN);
	}
	TEE_FreeOperation(gcm);
}

static TEE_Result open_once(const struct told *told, const uint8_t *tag, size_t tag_len)
{
	TEE_OperationHandle gcm = keyed(TEE_MODE_DECRYPT, told->key);
	uint8_t expected[TAG_LEN];
	uint8_t bytes[64];
	size_t len = sizeof(bytes);
	TEE_Result res = TEE_SUCCESS;

	memcpy(expected, tag, sizeof(expected));
	init(gcm, told);
	res = TEE_AEDecryptFinal(gcm, told->sealed, told->len, bytes, &len, expected, tag_len);
	if (res == TEE_SUCCESS) {
		assert_int_equal(len, told->len);
		assert_memory_equal(bytes, told->plain, told->len);
	}
	TEE_FreeOperation(gcm);
	return res;
}

static void check_vector(const struct vector *vector)
{
	struct told told = {0};
	uint8_t wrong[TAG_LEN];

	unhex(vector->key, told.key);
	unhex(vector->nonce, told.nonce);
	told.aad_len = unhex(vector->aad, told.aad);
	told.len = unhex(vector->plain, told.plain);
	unhex(vector->sealed, told.sealed);
	unhex(vector->tag, told.tag);
	seal(&told);
	assert_int_equal(open_once(&told, told.tag, TAG_LEN), TEE_SUCCESS);
	assert_int_equal(open_once(&told, told.tag, TAG_LEN - 1), TEE_ERROR_MAC_INVALID);
	memcpy(wrong, told.tag, sizeof(wrong));
	wrong[TAG_LEN - 1] ^= 1;
	assert_int_equal(open_once(&told, wrong, TAG_LEN), TEE_ERROR_MAC_INVALID);
	told.nonce[0] ^= 1;
	assert_int_equal(open_once(&told, told.tag, TAG_LEN), TEE_ERROR_MAC_INVALID);
}

static void check_vectors(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_vector(&vectors[i]);
}

static void messages_are_right(void **state)
{
	const struct fake_counters before = counters();

	(void)state;
	assert_runs(check_vectors);
	assert_int_equal(counters().heap, before.heap);
	assert_int_equal(counters().handles, before.handles);
}

static void try_small_buffers(void *arg)
{
	TEE_OperationHandle gcm = begun(TEE_MODE_ENCRYPT);
	uint8_t bytes[16] = {0};
	uint8_t tag[TAG_LEN];
	size_t len = 15;
	size_t tag_len = TAG_LEN;

	(void)arg;
	assert_int_equal(TEE_AEEncryptFinal(gcm, bytes, 16, bytes, &len, tag, &tag_len),
		TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(len, 16);
	tag_len = 15;
	assert_int_equal(TEE_AEEncryptFinal(gcm, bytes, 16, bytes, &len, tag, &tag_len),
		TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(tag_len, TAG_LEN);
	assert_int_equal(
		TEE_AEEncryptFinal(gcm, bytes, 16, bytes, &len, tag, &tag_len), TEE_SUCCESS);
	gcm = begun(TEE_MODE_DECRYPT);
	len = 15;
	assert_int_equal(TEE_AEDecryptFinal(gcm, bytes, 16, bytes, &len, tag, TAG_LEN),
		TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(len, 16);
	assert_int_equal(
		TEE_AEDecryptFinal(gcm, bytes, 16, bytes, &len, tag, TAG_LEN), TEE_SUCCESS);
	assert_memory_equal(bytes, zeros, sizeof(bytes));
}

static void small_buffers_end_nothing(void **state)
{
	(void)state;
	assert_runs(try_small_buffers);
}

static void try_sizes(void *arg)
{
	const uint32_t refused[] = {0, 8, 64, 136, 200, 264, 320};
	const uint32_t tags[] = {0, 8, 88, 95, 97, 127, 136};
	TEE_OperationHandle gcm = TEE_HANDLE_NULL;
	TEE_ObjectHandle object = TEE_HANDLE_NULL;

	(void)arg;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_AES, refused[i], &object),
			TEE_ERROR_NOT_SUPPORTED);
		assert_int_equal(
			TEE_AllocateOperation(&gcm, TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, refused[i]),
			TEE_ERROR_NOT_SUPPORTED);
	}
	assert_int_equal(TEE_AllocateOperation(&gcm, TEE_ALG_AES_GCM, TEE_MODE_MAC, 256),
		TEE_ERROR_NOT_SUPPORTED);
	gcm = keyed(TEE_MODE_ENCRYPT, zeros);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		assert_int_equal(
			TEE_AEInit(gcm, zeros, NONCE_LEN, tags[i], 0, 0), TEE_ERROR_NOT_SUPPORTED);
	TEE_FreeOperation(gcm);
	fake_tee_have_gcm(false);
	assert_int_equal(TEE_AllocateOperation(&gcm, TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, 256),
		TEE_ERROR_NOT_SUPPORTED);
}

static void sizes_are_few(void **state)
{
	(void)state;
	assert_runs(try_sizes);
	assert_int_equal(counters().handles, 0);
}

static void fail_allocations(void *arg)
{
	TEE_OperationHandle gcm = TEE_HANDLE_NULL;

	(void)arg;
	for (unsigned int nth = 1; nth <= 3; nth++) {
		fake_tee_fail_alloc(nth, 1);
		assert_int_equal(
			TEE_AllocateOperation(&gcm, TEE_ALG_AES_GCM, TEE_MODE_DECRYPT, 256),
			TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(counters().handles, 0);
	}
}

static void scarcity_leaks_nothing(void **state)
{
	const size_t before = counters().heap;

	(void)state;
	assert_runs(fail_allocations);
	assert_int_equal(counters().heap, before);
}

static void init_without_key(void *arg)
{
	(void)arg;
	TEE_AEInit(operation(TEE_MODE_ENCRYPT), zeros, NONCE_LEN, TAG_LEN * 8, 0, 0);
}

static void init_without_nonce(void *arg)
{
	(void)arg;
	TEE_AEInit(keyed(TEE_MODE_ENCRYPT, zeros), NULL, NONCE_LEN, TAG_LEN * 8, 0, 0);
}

static void init_in_the_middle(void *arg)
{
	TEE_OperationHandle gcm = begun(TEE_MODE_ENCRYPT);

	(void)arg;
	TEE_AEUpdateAAD(gcm, zeros, 1);
	TEE_AEInit(gcm, zeros, NONCE_LEN, TAG_LEN * 8, 0, 0);
}

static void init_after_a_wrong_tag(void *arg)
{
	TEE_OperationHandle gcm = begun(TEE_MODE_DECRYPT);
	uint8_t bytes[TAG_LEN] = {0};
	size_t len = 0;

	(void)arg;
	assert_int_equal(TEE_AEDecryptFinal(gcm, NULL, 0, NULL, &len, bytes, TAG_LEN),
		TEE_ERROR_MAC_INVALID);
	TEE_AEInit(gcm, zeros, NONCE_LEN, TAG_LEN * 8, 0, 0);
}

static void aad_without_init(void *arg)
{
	(void)arg;
	TEE_AEUpdateAAD(keyed(TEE_MODE_ENCRYPT, zeros), zeros, 1);
}

static void aad_of_nothing(void *arg)
{
	(void)arg;
	TEE_AEUpdateAAD(begun(TEE_MODE_ENCRYPT), NULL, 1);
}

static void encrypt_with(TEE_OperationHandle gcm, const void *from)
{
	uint8_t bytes[16];
	uint8_t tag[TAG_LEN];
	size_t len = sizeof(bytes);
	size_t tag_len = sizeof(tag);

	TEE_AEEncryptFinal(gcm, from, 16, bytes, &len, tag, &tag_len);
}

static void encrypt_nothing(void *arg)
{
	(void)arg;
	encrypt_with(begun(TEE_MODE_ENCRYPT), NULL);
}

static void encrypt_to_decrypt(void *arg)
{
	(void)arg;
	encrypt_with(begun(TEE_MODE_DECRYPT), zeros);
}

static void encrypt_twice(void *arg)
{
	TEE_OperationHandle gcm = begun(TEE_MODE_ENCRYPT);

	(void)arg;
	encrypt_with(gcm, zeros);
	encrypt_with(gcm, zeros);
}

static void decrypt_to_encrypt(void *arg)
{
	uint8_t bytes[TAG_LEN] = {0};
	size_t len = 0;

	(void)arg;
	TEE_AEDecryptFinal(begun(TEE_MODE_ENCRYPT), NULL, 0, NULL, &len, bytes, TAG_LEN);
}

static void init_of_a_digest(void *arg)
{
	TEE_OperationHandle digest = TEE_HANDLE_NULL;

	(void)arg;
	TEE_AllocateOperation(&digest, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	TEE_AEInit(digest, zeros, NONCE_LEN, TAG_LEN * 8, 0, 0);
}

static void key_of_another_type(void *arg)
{
	TEE_OperationHandle mac = TEE_HANDLE_NULL;

	(void)arg;
	TEE_AllocateOperation(&mac, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, 256);
	TEE_SetOperationKey(mac, key_of(zeros, KEY_LEN));
}

static void misuse_panics(void **state)
{
	(void)state;
	assert_panics(init_without_key);
	assert_panics(init_without_nonce);
	assert_panics(init_in_the_middle);
	assert_panics(init_after_a_wrong_tag);
	assert_panics(aad_without_init);
	assert_panics(aad_of_nothing);
	assert_panics(encrypt_nothing);
	assert_panics(encrypt_to_decrypt);
	assert_panics(encrypt_twice);
	assert_panics(decrypt_to_encrypt);
	assert_panics(init_of_a_digest);
	assert_panics(key_of_another_type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_are_right),
		TEST(small_buffers_end_nothing),
		TEST(sizes_are_few),
		TEST(scarcity_leaks_nothing),
		TEST(misuse_panics),
	};

	return cmocka_run_group_tests_name("fake_ae", tests, NULL, NULL);
}
