// SPDX-License-Identifier: BSD-2-Clause
/*
 * PINs: what opens with one, what a wrong one costs, and that nothing gives a try back: no restart,
 * no power cut at any write, no old copy of anything but the device's storage.
 */
#include "vault_device.h"

#include "pin.h"

#define REE FESTORE_ANCHOR_REE
#define RPMB FESTORE_ANCHOR_RPMB

/* Longer than any wait. */
#define HOURS 100000u

static uint32_t clock_now;

static void later(uint32_t seconds)
{
	clock_now += seconds;
	at_second(clock_now);
}

static int setup_pin(void **state)
{
	const int failed = setup_both(state, FESTORE_ANCHOR_NONE);

	clock_now = 0;
	later(HOURS);
	set_pin("2580", 0);
	return failed;
}

static TEE_Result open_flags(const char *pin, struct store *from, uint32_t flags)
{
	const uint32_t session = open_as(ALICE);
	struct ask ask;
	TEE_Result res = TEE_SUCCESS;

	set_pin(pin, 0);
	ask = ask_open("default", from);
	ask.request.base.flags = flags;
	res = ask_run(session, &ask);
	fake_tee_close_session(session);
	return res;
}

static TEE_Result open_with(const char *pin)
{
	return open_flags(pin, &store, 0);
}

static struct client client_with(const char *pin)
{
	set_pin(pin, 0);
	return client_of(ALICE, &store);
}

/* A vault with the PIN 2580, with one file. */
static void make_vault(uint8_t tries)
{
	struct client client;
	uint32_t session = open_as(ALICE);

	set_pin("2580", tries);
	assert_int_equal(create_vault(session, "default", &store), TEE_SUCCESS);
	fake_tee_close_session(session);
	client = client_with("2580");
	assert_int_equal(put_text(&client, "a", "content"), TEE_SUCCESS);
	client_close(&client);
}

static void restart(void)
{
	fake_tee_restart();
	at_second(clock_now);
}

static struct festore_vault_lock look(void)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_LOCK, "default");
	const uint32_t session = open_as(ALICE);

	ask.record = (const uint8_t *)&store.header;
	ask.record_len = sizeof(store.header);
	assert_int_equal(ask_run(session, &ask), TEE_SUCCESS);
	fake_tee_close_session(session);
	return ask.answer.lock;
}

static TEE_Result reset(const struct store *from)
{
	struct ask ask = ask_of(FESTORE_CMD_VAULT_RESET, "default");
	const uint32_t session = open_as(ALICE);
	TEE_Result res = TEE_SUCCESS;

	ask.record = (const uint8_t *)&from->header;
	ask.record_len = sizeof(from->header);
	res = ask_run(session, &ask);
	fake_tee_close_session(session);
	return res;
}

/* The PIN of the client's vault becomes another one. */
static TEE_Result propose_pin(struct client *client, const char *old_pin, const char *new_pin,
	struct festore_vault_header *ret_header)
{
	struct festore_wire_pin pins[2];
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PIN, "");
	TEE_Result res = TEE_SUCCESS;

	set_pin(old_pin, 0);
	pins[0] = wanted_pin;
	set_pin(new_pin, 0);
	pins[1] = wanted_pin;
	ask.state = client->store->state;
	ask.state_len = sizeof(ask.state);
	ask.record = (const uint8_t *)&client->store->header;
	ask.record_len = sizeof(client->store->header);
	ask.message = (const uint8_t *)pins;
	ask.message_len = sizeof(pins);
	ask.room = sizeof(ask.state) + sizeof(*ret_header);
	res = ask_run(client->session, &ask);
	if (res != TEE_SUCCESS)
		return res;
	assert_int_equal(ask.out_len, ask.room);
	assert_int_equal(ask.answer.change.state_len, sizeof(ask.state));
	memcpy(&client->store->state, ask.out, sizeof(ask.state));
	memcpy(ret_header, ask.out + sizeof(ask.state), sizeof(*ret_header));
	return res;
}

static TEE_Result change_pin(struct client *client, const char *old_pin, const char *new_pin)
{
	TEE_Result res = propose_pin(client, old_pin, new_pin, &client->store->header);

	return res == TEE_SUCCESS ? confirm(client) : res;
}

/* --- what opens ------------------------------------------------------------------------------- */

struct stretch {
	struct pin pin;
	unsigned int rounds;
	uint8_t key[FESTORE_HASH];
};

static void run_stretch(void *arg)
{
	struct stretch *stretch = arg;

	assert_int_equal(pin_stretch(&stretch->pin, (const uint8_t *)"0123456789abcdef",
				 stretch->rounds, stretch->key),
		TEE_SUCCESS);
}

static void stretching_is_pbkdf2(void **state)
{
	static const char pin_text[] = "password";
	/* Python: hashlib.pbkdf2_hmac("sha256", b"password", b"0123456789abcdef", n).hex() */
	static const struct {
		unsigned int rounds;
		uint8_t key[FESTORE_HASH];
	} vectors[] = {
		{1,
			{0xef, 0x9d, 0x5f, 0x6a, 0xdd, 0x4a, 0x5d, 0x19, 0xf4, 0xa7, 0xfc, 0x92,
				0xb4, 0x8f, 0x23, 0x51, 0xea, 0x95, 0xbb, 0x97, 0x76, 0x42, 0xc0,
				0x07, 0x1e, 0xd4, 0xe4, 0x01, 0x0a, 0x42, 0xcb, 0x6c}},
		{2,
			{0x45, 0x36, 0x42, 0x79, 0x16, 0xec, 0xc4, 0xdb, 0x17, 0xff, 0x97, 0x02,
				0xda, 0xac, 0x1a, 0x9a, 0x75, 0x5f, 0xb1, 0x7f, 0x9a, 0x54, 0x4e,
				0xbc, 0x4e, 0x9d, 0xc4, 0xce, 0x16, 0x89, 0x11, 0x2e}},
		{1000,
			{0x85, 0x14, 0x63, 0x81, 0x75, 0xa4, 0x5b, 0xc4, 0x5e, 0xb1, 0xf2, 0x2f,
				0x04, 0xff, 0x7d, 0x27, 0xf4, 0xf8, 0xbe, 0x48, 0x04, 0x98, 0xc4,
				0x55, 0xff, 0x4b, 0x49, 0x4c, 0xe8, 0xd1, 0xe7, 0xd2}},
	};
	struct stretch stretch = {.pin = {.len = 8}};
	const uint32_t session = open_as(ALICE);

	(void)state;
	memcpy(stretch.pin.bytes, pin_text, stretch.pin.len);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		stretch.rounds = vectors[i].rounds;
		assert_true(fake_tee_run(session, run_stretch, &stretch));
		assert_memory_equal(stretch.key, vectors[i].key, sizeof(stretch.key));
	}
}

static void only_its_pin_opens_it(void **state)
{
	struct client client;

	(void)state;
	make_vault(0);
	assert_int_equal(store.header.pin_storage, REE);
	assert_int_equal(open_with("2581"), FESTORE_TA_PIN_WRONG);
	assert_int_equal(open_with("25800"), FESTORE_TA_PIN_WRONG);
	assert_int_equal(open_with(""), FESTORE_TA_PIN_NEEDED);
	client = client_with("2580");
	assert_holds(&client, "a", "content");
	restart();
	assert_int_equal(open_with(""), FESTORE_TA_PIN_NEEDED);
	assert_int_equal(open_flags("2581", &store, FESTORE_WIRE_UNPROVEN), FESTORE_TA_PIN_WRONG);
	assert_int_equal(open_flags("2580", &store, FESTORE_WIRE_UNPROVEN), TEE_SUCCESS);
	client = client_with("2580");
	assert_holds(&client, "a", "content");
}

static void a_vault_without_takes_none(void **state)
{
	(void)state;
	memset(&wanted_pin, 0, sizeof(wanted_pin));
	client_of_new(ALICE, &store);
	assert_int_equal(store.header.pin_storage, 0);
	assert_int_equal(open_with("2580"), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_with(""), TEE_SUCCESS);
	assert_int_equal(reset(&store), TEE_ERROR_BAD_PARAMETERS);
}

static void pins_have_limits(void **state)
{
	static const uint8_t lens[] = {0, 1, FESTORE_PIN_MIN - 1, FESTORE_PIN_MAX + 1, 255};
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < sizeof(lens); i++) {
		set_pin("2580", 0);
		ask = ask_create("default");
		wanted_pin.len = lens[i];
		assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	}
	set_pin("258", 0);
	ask = ask_create("default");
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	set_pin("2580", FESTORE_PIN_TRIES_MIN - 1);
	ask = ask_create("default");
	ask.room = sizeof(store.header) + sizeof(store.state);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	set_pin("2580", FESTORE_PIN_TRIES_MAX + 1);
	ask = ask_create("default");
	ask.room = sizeof(store.header) + sizeof(store.state);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	set_pin("2580", 0);
	wanted_pin.reserved[5] = 1;
	ask = ask_create("default");
	ask.room = sizeof(store.header) + sizeof(store.state);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	set_pin("2580", 0);
	wanted_pin.bytes[FESTORE_PIN_MAX - 1] = 1;
	ask = ask_create("default");
	ask.room = sizeof(store.header) + sizeof(store.state);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	make_vault(0);
	set_pin("2580", 3);
	ask = ask_open("default", &store);
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.message_len--;
	assert_int_equal(ask_run(open_as(ALICE), &ask), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(look().failures, 0);
}

/* A changed header opens nothing, and costs no try: with the state it does not go. */
static void every_byte_of_a_header_counts(void **state)
{
	uint8_t *header = (uint8_t *)&store.header;

	(void)state;
	make_vault(0);
	for (size_t i = 0; i < sizeof(store.header); i++) {
		header[i] ^= 1;
		assert_int_equal(open_with("2580"),
			&header[i] == &store.header.pin_storage && header[i] == 0
				? TEE_ERROR_BAD_PARAMETERS
				: TEE_ERROR_CORRUPT_OBJECT);
		header[i] ^= 1;
	}
	assert_int_equal(look().failures, 0);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

/* Root can make a state that names the header that root has changed; the PIN does not open it. */
static void a_changed_header_is_no_oracle(void **state)
{
	struct store changed;

	(void)state;
	make_vault(FESTORE_PIN_TRIES_MIN);
	changed = store_copy(&store);
	changed.header.pin_tries = 0;
	assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
				 (const uint8_t *)&changed.header, sizeof(changed.header),
				 changed.state.header),
		0);
	assert_int_equal(open_flags("2580", &changed, 0), FESTORE_TA_PIN_WRONG);
	/* And was counted. */
	assert_int_equal(look().failures, 1);
	changed.header.pin_storage = RPMB;
	assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
				 (const uint8_t *)&changed.header, sizeof(changed.header),
				 changed.state.header),
		0);
	assert_true(open_flags("2580", &changed, 0) != TEE_SUCCESS);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	store_free(&changed);
}

/* --- what a wrong one costs ------------------------------------------------------------------- */

static void wrong(unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		assert_int_equal(open_with("0000"), FESTORE_TA_PIN_WRONG);
}

static void waits_grow(void **state)
{
	static const uint32_t waits[] = {30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600};

	(void)state;
	make_vault(0);
	wrong(FESTORE_PIN_FREE);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(look().failures, FESTORE_PIN_FREE + i);
		assert_int_equal(look().wait, waits[i]);
		/* Nobody gets in meanwhile, and it costs nothing. */
		assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
		later(waits[i] - 1);
		assert_int_equal(look().wait, 1);
		assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
		later(1);
		wrong(1);
	}
	assert_int_equal(look().is_limited, 0);
	later(3600);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	assert_int_equal(look().failures, 0);
	wrong(FESTORE_PIN_FREE);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
}

static void a_wait_begins_anew_with_the_ta(void **state)
{
	(void)state;
	make_vault(0);
	wrong(FESTORE_PIN_FREE);
	later(29);
	restart();
	assert_int_equal(look().wait, 30);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
	later(29);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
	later(1);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

static void it_can_be_closed_for_good(void **state)
{
	(void)state;
	make_vault(4);
	assert_int_equal(store.header.pin_tries, 4);
	wrong(3);
	assert_int_equal(look().left, 1);
	assert_int_equal(look().is_limited, 1);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	assert_int_equal(look().left, 4);
	wrong(4);
	assert_int_equal(look().left, 0);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_LOCKED);
	later(HOURS);
	restart();
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_LOCKED);
	assert_int_equal(open_flags("2580", &store, FESTORE_WIRE_UNPROVEN), FESTORE_TA_PIN_LOCKED);
}

/* What went out of the store and what the device has forgotten must not bring tries back. */
static void a_restart_gives_no_try_back(void **state)
{
	(void)state;
	make_vault(0);
	old = store_copy(&store);
	for (unsigned int i = 0; i < FESTORE_PIN_FREE; i++) {
		wrong(1);
		restart();
		assert_int_equal(look().failures, i + 1);
	}
	assert_int_equal(open_flags("2580", &old, 0), FESTORE_TA_PIN_WAIT);
}

/* The right PIN, each time the TA lives anew: it costs the device two writes, and no try. */
static void right_ones_cost_nothing(void **state)
{
	(void)state;
	make_vault(FESTORE_PIN_TRIES_MIN);
	for (unsigned int i = 0; i < 10; i++) {
		restart();
		fake_tee_zero_counters();
		assert_int_equal(open_with("2580"), TEE_SUCCESS);
		assert_int_equal(counters().storage_writes, 2);
		assert_int_equal(look().failures, 0);
		fake_tee_zero_counters();
		assert_int_equal(open_with("2580"), TEE_SUCCESS);
		assert_int_equal(counters().storage_calls, 0);
	}
	/* The first wrong one needs no write either: the device knows of one already. */
	wrong(1);
	assert_int_equal(counters().storage_calls, 0);
	restart();
	assert_int_equal(look().failures, 1);
}

/* A try that cannot be counted is not made. */
static void no_try_without_its_count(void **state)
{
	(void)state;
	make_vault(0);
	wrong(1);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 1, 0, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(open_with("2580"), FESTORE_TA_NO_ANCHOR);
	assert_int_equal(open_with("0000"), FESTORE_TA_NO_ANCHOR);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	assert_int_equal(look().failures, 1);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

/*
 * Power goes before or after the n-th write: whatever the client has heard of, "wrong" or nothing,
 * the device knows of all that were told wrong, and a right one has not become impossible.
 */
static bool cut_tries(unsigned int n, enum fake_cut when)
{
	uint32_t told = 0;
	bool is_cut = false;

	make_vault(0);
	fake_tee_cut_power(n, when);
	for (unsigned int i = 0; i < 3 && !is_cut; i++) {
		const TEE_Result res = open_with("0000");

		is_cut = res != FESTORE_TA_PIN_WRONG;
		told += is_cut ? 0 : 1;
	}
	if (!is_cut) {
		/* It was right, whether or not anybody has heard of it. */
		is_cut = open_with("2580") != TEE_SUCCESS;
		told = 0;
	}
	restart();
	later(HOURS);
	assert_true(look().failures >= told);
	assert_true(look().failures <= 4);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	assert_int_equal(reset(&store), TEE_SUCCESS);
	restart();
	store_free(&store);
	return is_cut;
}

static void a_cut_gives_no_try_back(void **state)
{
	(void)state;
	for (enum fake_cut when = FAKE_CUT_BEFORE; when <= FAKE_CUT_AFTER; when++) {
		unsigned int n = 1;

		while (cut_tries(n, when))
			n++;
		/* Two wrong ones that need a write, and the right one's two. */
		assert_int_equal(n, 5);
	}
}

/* --- what the device has lost, or has in common --------------------------------------------- */

static void a_lost_count_costs_an_hour(void **state)
{
	(void)state;
	make_vault(0);
	restart();
	assert_int_equal(remove(kept_path(LOCK_LABEL, REE)), 0);
	assert_int_equal(look().is_lost, 1);
	assert_int_equal(look().wait, FESTORE_PIN_WAIT_MAX);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
	later(FESTORE_PIN_WAIT_MAX - 1);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
	later(1);
	wrong(1);
	assert_int_equal(look().wait, FESTORE_PIN_WAIT_MAX);
	restart();
	assert_int_equal(look().is_lost, 0);
	assert_int_equal(look().wait, FESTORE_PIN_WAIT_MAX);
	later(FESTORE_PIN_WAIT_MAX);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	assert_int_equal(look().failures, 0);
}

static void a_damaged_count_is_a_lost_one(void **state)
{
	uint8_t bytes[4096];
	size_t len = 0;

	(void)state;
	make_vault(0);
	restart();
	len = read_file(kept_path(LOCK_LABEL, REE), bytes, sizeof(bytes));
	bytes[len / 2] ^= 1;
	write_file(kept_path(LOCK_LABEL, REE), bytes, len);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
	later(FESTORE_PIN_WAIT_MAX);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

static void with_a_limit_a_lost_count_closes(void **state)
{
	(void)state;
	make_vault(5);
	restart();
	assert_int_equal(remove(kept_path(LOCK_LABEL, REE)), 0);
	later(HOURS);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_LOCKED);
}

/* Two headers of one name, by turns, must not make two counts. */
static void another_header_gives_no_try_back(void **state)
{
	struct store other;

	(void)state;
	make_vault(0);
	other = store_copy(&store);
	other.header.vault[0] ^= 1;
	assert_int_equal(
		mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
			(const uint8_t *)&other.header, sizeof(other.header), other.state.header),
		0);
	wrong(FESTORE_PIN_FREE);
	assert_int_equal(open_flags("2580", &other, 0), FESTORE_TA_OTHER);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
	/* Neither where the count is lost. */
	restart();
	assert_int_equal(remove(kept_path(LOCK_LABEL, REE)), 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(open_flags("2580", &other, 0), FESTORE_TA_PIN_WAIT);
		later(FESTORE_PIN_WAIT_MAX - 1);
		assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WAIT);
		later(FESTORE_PIN_WAIT_MAX - 1);
	}
	store_free(&other);
}

static void a_count_is_its_owners_and_its_names(void **state)
{
	struct store theirs = {0};
	uint32_t session = 0;

	(void)state;
	make_vault(0);
	wrong(FESTORE_PIN_FREE);
	set_pin("2580", 0);
	session = open_as(BOB);
	assert_int_equal(create_vault(session, "default", &theirs), TEE_SUCCESS);
	fake_tee_close_session(session);
	client_of(BOB, &theirs);
	store_free(&theirs);
	session = open_as(ALICE);
	assert_int_equal(create_vault(session, "another", &theirs), TEE_SUCCESS);
	assert_int_equal(open_vault(session, "another", &theirs, &(struct client){0}), TEE_SUCCESS);
	store_free(&theirs);
}

static void counts_are_limited_by_owner(void **state)
{
	char name[2] = "0";
	struct store other = {0};

	(void)state;
	make_vault(0);
	restart();
	set_pin("2580", 0);
	/* A header that is not there; each name takes a count of the owner's. */
	for (unsigned int i = 0; i < 5; i++) {
		struct ask ask = ask_open(name, &store);

		assert_int_equal(ask_run(open_as(ALICE), &ask),
			i < 4 ? FESTORE_TA_PIN_WAIT : FESTORE_TA_FULL);
		name[0]++;
	}
	set_pin("2580", 0);
	assert_int_equal(create_vault(open_as(BOB), "default", &other), TEE_SUCCESS);
	store_free(&other);
}

/* --- the RPMB --------------------------------------------------------------------------------- */

static void an_anchored_vault_counts_where_its_anchor_is(void **state)
{
	(void)state;
	wanted_anchor = RPMB | FESTORE_ANCHOR_EACH;
	make_vault(0);
	assert_int_equal(store.header.pin_storage, RPMB);
	wrong(2);
	restart();
	assert_int_equal(look().failures, 2);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

static void the_rpmb_is_chosen(void **state)
{
	(void)state;
	wanted_anchor = FESTORE_ANCHOR_CHOOSE;
	make_vault(0);
	assert_int_equal(store.header.pin_storage, RPMB);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

static void where_there_is_none_it_is_not(void **state)
{
	(void)state;
	fake_tee_have_rpmb(false);
	wanted_anchor = FESTORE_ANCHOR_CHOOSE;
	make_vault(0);
	fake_tee_have_rpmb(true);
	assert_int_equal(store.header.pin_storage, REE);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

static void tries_do_not_wear_the_rpmb_out(void **state)
{
	unsigned int tries = 0;

	(void)state;
	wanted_anchor = RPMB;
	make_vault(0);
	while (tries < 2 * FESTORE_RPMB_BURST && open_with("2580") == TEE_SUCCESS) {
		restart();
		tries++;
	}
	/* A restart gives the writes back; without one a right PIN takes none. */
	assert_int_equal(tries, 2 * FESTORE_RPMB_BURST);
	tries = 0;
	while (open_with("0000") == FESTORE_TA_PIN_WRONG && open_with("2580") == TEE_SUCCESS) {
		assert_int_equal(open_with("0000"), FESTORE_TA_PIN_WRONG);
		tries++;
	}
	assert_in_range(tries, FESTORE_RPMB_BURST / 4, FESTORE_RPMB_BURST);
	assert_int_equal(open_with("0000"), FESTORE_TA_SPARED);
	later(FESTORE_RPMB_SECONDS * FESTORE_RPMB_BURST);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

/* --- another PIN ------------------------------------------------------------------------------ */

static void a_pin_can_be_changed(void **state)
{
	struct client client;
	struct client other;

	(void)state;
	make_vault(0);
	old = store_copy(&store);
	client = client_with("2580");
	other = client_with("2580");
	assert_int_equal(change_pin(&client, "2580", "a longer one"), TEE_SUCCESS);
	assert_int_equal(store.header.sequence, 2);
	assert_memory_equal(store.header.vault, old.header.vault, 16);
	assert_holds(&client, "a", "content");
	/* Whoever had it open goes on. */
	assert_holds(&other, "a", "content");
	assert_int_equal(put_text(&other, "b", "b"), TEE_SUCCESS);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WRONG);
	assert_int_equal(open_with("a longer one"), TEE_SUCCESS);
	/* The old header opens nothing, not even to read. */
	assert_int_equal(open_flags("2580", &old, 0), FESTORE_TA_STALE);
	assert_int_equal(open_flags("2580", &old, FESTORE_WIRE_UNPROVEN), FESTORE_TA_STALE);
	restart();
	assert_int_equal(open_flags("2580", &old, FESTORE_WIRE_UNPROVEN), FESTORE_TA_STALE);
	assert_int_equal(open_flags("2580", &old, 0), FESTORE_TA_STALE);
	client = client_with("a longer one");
	assert_holds(&client, "a", "content");
	assert_holds(&client, "b", "b");
}

/* Until somebody has opened it with the new one the old header is refused by the state alone. */
static void before_it_was_used_the_state_decides(void **state)
{
	struct client client;

	(void)state;
	make_vault(0);
	old = store_copy(&store);
	client = client_with("2580");
	assert_int_equal(change_pin(&client, "2580", "1379"), TEE_SUCCESS);
	assert_int_equal(open_flags("2580", &old, FESTORE_WIRE_UNPROVEN), FESTORE_TA_STALE);
	assert_int_equal(open_flags("2580", &old, 0), FESTORE_TA_STALE);
}

/* The client that changed it died between its COMMIT and its CONFIRM: whoever comes next decides.
 */
static void a_change_is_taken_from_the_database(void **state)
{
	struct festore_vault_header header;
	struct client client;
	struct client other;

	(void)state;
	make_vault(0);
	client = client_with("2580");
	other = client_with("2580");
	assert_int_equal(propose_pin(&client, "2580", "1379", &header), TEE_SUCCESS);
	store.header = header;
	/* Also one who has it open since before. */
	assert_holds(&other, "a", "content");
	assert_int_equal(open_with("1379"), TEE_SUCCESS);
	assert_int_equal(open_with("2580"), FESTORE_TA_PIN_WRONG);
}

static void a_change_needs_the_old_pin(void **state)
{
	struct festore_vault_header header;
	struct client client;

	(void)state;
	make_vault(0);
	old = store_copy(&store);
	client = client_with("2580");
	assert_int_equal(propose_pin(&client, "2581", "1379", &header), FESTORE_TA_PIN_WRONG);
	assert_int_equal(look().failures, 1);
	for (unsigned int i = 1; i < FESTORE_PIN_FREE; i++)
		assert_int_equal(
			propose_pin(&client, "2581", "1379", &header), FESTORE_TA_PIN_WRONG);
	assert_int_equal(propose_pin(&client, "2580", "1379", &header), FESTORE_TA_PIN_WAIT);
	later(30);
	/* By no other header than the one that counts. */
	store.header.pin_salt[0] ^= 1;
	assert_int_equal(propose_pin(&client, "2580", "1379", &header), TEE_ERROR_CORRUPT_OBJECT);
	store.header.pin_salt[0] ^= 1;
	assert_int_equal(look().failures, FESTORE_PIN_FREE);
	assert_int_equal(propose_pin(&client, "2580", "137", &header), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(propose_pin(&client, "2580", "1379", &header), TEE_SUCCESS);
	/* What was not confirmed has changed nothing. */
	store.state = old.state;
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

static void a_change_needs_its_room(void **state)
{
	struct festore_wire_pin pins[2];
	struct ask ask = ask_of(FESTORE_CMD_VAULT_PIN, "");
	struct client client;

	(void)state;
	make_vault(0);
	client = client_with("2580");
	pins[0] = wanted_pin;
	pins[1] = wanted_pin;
	ask.state = store.state;
	ask.state_len = sizeof(ask.state);
	ask.record = (const uint8_t *)&store.header;
	ask.record_len = sizeof(store.header);
	ask.message = (const uint8_t *)pins;
	ask.message_len = sizeof(pins);
	ask.room = sizeof(ask.state) + sizeof(store.header) - 1;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_SHORT_BUFFER);
	assert_holds(&client, "a", "content");
	pins[1].tries = 3;
	ask.room++;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	ask.message_len = sizeof(pins[0]);
	pins[1].tries = 0;
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_PARAMETERS);
	/* In a batch there is none. */
	assert_int_equal(put_flags(&client, "b", "b", 1, FESTORE_WIRE_BATCH), TEE_SUCCESS);
	ask.message_len = sizeof(pins);
	assert_int_equal(ask_run(client.session, &ask), TEE_ERROR_BAD_STATE);
}

/* Power goes at each write of a change: the old PIN opens the old state, or the new the new. */
static bool cut_change(unsigned int n, enum fake_cut when)
{
	struct festore_vault_header header;
	struct client client;
	bool is_cut = false;

	make_vault(0);
	wrong(2);
	client = client_with("2580");
	store_free(&old);
	old = store_copy(&store);
	fake_tee_cut_power(n, when);
	is_cut = propose_pin(&client, "2580", "1379", &header) != TEE_SUCCESS;
	if (!is_cut) {
		store.header = header;
		is_cut = confirm(&client) != TEE_SUCCESS;
	}
	restart();
	later(HOURS);
	/* What the database has, decides. */
	assert_int_equal(open_flags("2580", &old, 0), TEE_SUCCESS);
	if (memcmp(&store.header, &old.header, sizeof(header)) != 0) {
		restart();
		assert_int_equal(open_flags("1379", &store, 0), TEE_SUCCESS);
		assert_int_equal(open_flags("2580", &old, 0), FESTORE_TA_STALE);
	}
	assert_int_equal(reset(&store), TEE_SUCCESS);
	restart();
	store_free(&store);
	return is_cut;
}

static void a_cut_change_leaves_one_that_opens(void **state)
{
	(void)state;
	for (enum fake_cut when = FAKE_CUT_BEFORE; when <= FAKE_CUT_AFTER; when++) {
		unsigned int n = 1;

		while (cut_change(n, when))
			n++;
	}
}

/* --- without it ------------------------------------------------------------------------------- */

static void who_has_forgotten_it_can_give_the_vault_up(void **state)
{
	struct client client;

	(void)state;
	wanted_anchor = REE;
	make_vault(4);
	client = client_with("2580");
	wrong(4);
	assert_int_equal(reset(&store), TEE_SUCCESS);
	/* Also for those who had it open. */
	assert_int_equal(get(&client, "a"), FESTORE_TA_DESTROYED);
	assert_int_equal(open_with("2580"), FESTORE_TA_DESTROYED);
	restart();
	assert_int_equal(open_with("2580"), FESTORE_TA_DESTROYED);
	/* The name is free again. */
	store_free(&store);
	make_vault(4);
	assert_int_equal(look().failures, 0);
}

/* Of one without an anchor the count alone says so after a restart. */
static void a_vault_that_was_given_up_does_not_come_back(void **state)
{
	(void)state;
	make_vault(0);
	assert_int_equal(reset(&store), TEE_SUCCESS);
	assert_int_equal(open_with("2580"), FESTORE_TA_DESTROYED);
	restart();
	assert_int_equal(open_with("2580"), FESTORE_TA_DESTROYED);
	/* Asked again, it is the same. */
	assert_int_equal(reset(&store), TEE_SUCCESS);
	/* One that is made in its place has its own, and the old one is of no use. */
	old = store_copy(&store);
	store_free(&store);
	make_vault(0);
	assert_int_equal(open_flags("2580", &old, 0), FESTORE_TA_OTHER);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
}

/* One call to the storage fails: that is said, and asked again it takes place. */
static void give_up_with_a_failure(uint32_t anchor, unsigned int nth)
{
	TEE_Result res = TEE_SUCCESS;

	wanted_anchor = anchor;
	make_vault(0);
	restart();
	fake_tee_fail_storage(FAKE_STORAGE_ANY, nth, 1, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	res = reset(&store);
	fake_tee_fail_storage(FAKE_STORAGE_ANY, 0, 0, TEE_SUCCESS);
	if (res != TEE_SUCCESS) {
		assert_int_equal(res, FESTORE_TA_NO_ANCHOR);
		assert_int_equal(reset(&store), TEE_SUCCESS);
	}
	/* The device knows, and lets another vault take the name. */
	restart();
	assert_int_equal(open_with("2580"), FESTORE_TA_DESTROYED);
	store_free(&store);
	restart();
}

static void what_cannot_be_told_to_the_device_is_not_given_up(void **state)
{
	(void)state;
	for (unsigned int nth = 1; nth <= 12; nth++) {
		give_up_with_a_failure(FESTORE_ANCHOR_NONE, nth);
		give_up_with_a_failure(REE, nth);
	}
}

static void a_vault_that_is_not_there_is_no_hold(void **state)
{
	struct store other = {0};

	(void)state;
	make_vault(0);
	other = store_copy(&store);
	other.header.vault[0] ^= 1;
	assert_int_equal(reset(&other), FESTORE_TA_OTHER);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	restart();
	/* Where there is an anchor, after a restart too. */
	store_free(&other);
	store_free(&store);
	wanted_anchor = REE;
	make_vault(0);
	other = store_copy(&store);
	other.header.vault[0] ^= 1;
	restart();
	assert_int_equal(reset(&other), FESTORE_TA_OTHER);
	assert_int_equal(open_with("2580"), TEE_SUCCESS);
	store_free(&other);
}

/* --- recovery --------------------------------------------------------------------------------- */

static void recovery_needs_the_pin(void **state)
{
	(void)state;
	wanted_anchor = REE;
	make_vault(0);
	restart();
	assert_int_equal(remove(kept_path(ANCHOR_LABEL, REE)), 0);
	assert_int_equal(open_with("2580"), FESTORE_TA_UNPROVEN);
	assert_int_equal(open_flags("", &store, FESTORE_WIRE_UNPROVEN), FESTORE_TA_PIN_NEEDED);
	assert_int_equal(open_flags("2581", &store, FESTORE_WIRE_UNPROVEN), FESTORE_TA_PIN_WRONG);
	assert_int_equal(open_flags("2580", &store, FESTORE_WIRE_UNPROVEN), TEE_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup_pin, teardown_both)
		T(stretching_is_pbkdf2),
		T(only_its_pin_opens_it),
		T(a_vault_without_takes_none),
		T(pins_have_limits),
		T(every_byte_of_a_header_counts),
		T(a_changed_header_is_no_oracle),
		T(waits_grow),
		T(a_wait_begins_anew_with_the_ta),
		T(it_can_be_closed_for_good),
		T(a_restart_gives_no_try_back),
		T(right_ones_cost_nothing),
		T(no_try_without_its_count),
		T(a_cut_gives_no_try_back),
		T(a_lost_count_costs_an_hour),
		T(a_damaged_count_is_a_lost_one),
		T(with_a_limit_a_lost_count_closes),
		T(another_header_gives_no_try_back),
		T(a_count_is_its_owners_and_its_names),
		T(counts_are_limited_by_owner),
		T(an_anchored_vault_counts_where_its_anchor_is),
		T(the_rpmb_is_chosen),
		T(where_there_is_none_it_is_not),
		T(tries_do_not_wear_the_rpmb_out),
		T(a_pin_can_be_changed),
		T(before_it_was_used_the_state_decides),
		T(a_change_is_taken_from_the_database),
		T(a_change_needs_the_old_pin),
		T(a_change_needs_its_room),
		T(a_cut_change_leaves_one_that_opens),
		T(who_has_forgotten_it_can_give_the_vault_up),
		T(a_vault_that_was_given_up_does_not_come_back),
		T(what_cannot_be_told_to_the_device_is_not_given_up),
		T(a_vault_that_is_not_there_is_no_hold),
		T(recovery_needs_the_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
