/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second thread rewrites request and content all the while the TA is asked to put and get. What
 * is checked and then used must be the same copy: every answer is a documented one, and what is
 * stored has a tag and, byte by byte, contents that were offered.
 *
 * Chance decides when the memory changes: a second look some instructions after the first (tried,
 * as a fault put into the TA) goes unnoticed. That there is none is for tests that choose the
 * moment.
 */
#include "call.h"
#include "raw.h"
#include "tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* Two good tags that differ in one byte, so that every moment's tag is whole. */
#define TAG_A "raw/race a"
#define TAG_B "raw/race b"
enum { LETTER_AT = sizeof(TAG_A) - 2 };

enum { ROUNDS = 200, CONTENT_LEN = 16384, PAUSE_US = 300 };

static atomic_bool is_over;

/* A request that is wrong in a way that changes with `turn`, by one store a field. */
static void spoil(volatile struct festore_wire_request *request, unsigned int turn)
{
	switch (turn % 6) {
	case 0:
		request->protocol = 0;
		break;
	case 1:
		request->flags = UINT32_MAX;
		break;
	case 2:
		request->reserved = 1;
		break;
	case 3:
		request->tag.len = UINT16_MAX;
		break;
	case 4:
		request->tag.bytes[LETTER_AT] = '\n';
		break;
	default:
		request->tag.bytes[0] = 0xff;
		break;
	}
}

static void mend(volatile struct festore_wire_request *request, unsigned int turn)
{
	request->protocol = FESTORE_PROTOCOL;
	request->flags = 0;
	request->reserved = 0;
	request->tag.len = LETTER_AT + 1;
	request->tag.bytes[0] = (uint8_t)TAG_A[0];
	request->tag.bytes[LETTER_AT] = turn % 2 == 0 ? 'a' : 'b';
}

/* Good and bad requests take turns, and two contents, in steps that the calls do not know of. */
static void *rewrite(void *arg)
{
	const struct client *client = arg;
	volatile struct festore_wire_request *request = call_request(client);
	volatile uint8_t *window = client->block.bytes + WINDOW_AT;

	for (unsigned int turn = 0; !is_over; turn++) {
		spoil(request, turn);
		usleep(turn % PAUSE_US);
		for (unsigned int i = 0; i < CONTENT_LEN; i++)
			window[i] = turn % 2 == 0 ? 'A' : 'B';
		mend(request, turn);
		usleep((turn * 7) % PAUSE_US);
	}
	return NULL;
}

static struct answer put_or_get(const struct client *client, bool is_put, uint64_t *ret_len)
{
	const struct shape *shape = shape_of(is_put ? FESTORE_CMD_FILE_PUT : FESTORE_CMD_FILE_GET);
	struct tee_ioctl_param params[PARAMS_MAX];
	struct answer answer = {0};

	call_params(client, shape, shape->types, params);
	if (is_put)
		params[2].b = CONTENT_LEN;
	answer = session_invoke(client->device, client->session, shape->command, PARAMS, params);
	*ret_len = params[2].b;
	return answer;
}

static void race(const struct client *client)
{
	unsigned int served[2] = {0, 0};
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		const bool is_put = i % 2 == 0;
		uint64_t len = 0;
		struct answer answer = put_or_get(client, is_put, &len);

		if (!answer_is_documented(&answer) || len > FESTORE_WINDOW) {
			note("round %u: errno %d, 0x%08x, origin %u, %llu bytes", i, answer.refusal,
				answer.code, answer.origin, (unsigned long long)len);
			wrong++;
		}
		served[is_put ? 1 : 0] += answered(&answer, TEEC_SUCCESS) ? 1 : 0;
	}
	ok(wrong == 0, "all answers are documented ones");
	ok(served[0] != 0 && served[1] != 0 && served[0] + served[1] < ROUNDS,
		"of %u calls the TA served %u puts and %u gets and refused the others", ROUNDS,
		served[1], served[0]);
}

/* Nothing but the two tags may be there. */
static void check_list(const struct client *client)
{
	const uint8_t *window = client->block.bytes + WINDOW_AT;
	const struct festore_wire_list *list =
		(const struct festore_wire_list *)(void *)(client->block.bytes + REPLY_AT);
	struct answer answer = call(client, FESTORE_CMD_FILE_LIST, "raw", 0);
	bool is_good = answered(&answer, TEEC_SUCCESS) && list->count <= 2 && list->damaged == 0;

	for (uint32_t i = 0; is_good && i < list->count; i++) {
		const struct festore_wire_entry *entry =
			(const struct festore_wire_entry *)(const void *)window;
		const uint8_t *tag = window + sizeof(*entry);

		is_good = entry->tag_len == LETTER_AT + 1 && entry->size == CONTENT_LEN &&
			memcmp(tag, TAG_A, LETTER_AT) == 0 &&
			(tag[LETTER_AT] == 'a' || tag[LETTER_AT] == 'b');
		window += FESTORE_ENTRY_ROOM(entry->tag_len);
	}
	ok(is_good, "only tags that were offered are there, with the length that was offered");
}

static void check_content(const struct client *client, const char *tag)
{
	const uint8_t *window = client->block.bytes + WINDOW_AT;
	struct answer answer = call(client, FESTORE_CMD_FILE_GET, tag, 0);
	size_t strange = 0;

	if (answered(&answer, TEEC_ERROR_ITEM_NOT_FOUND)) {
		ok(true, "%s: was never stored", tag);
		return;
	}
	for (size_t i = 0; i < CONTENT_LEN; i++)
		strange += window[i] == 'A' || window[i] == 'B' ? 0 : 1;
	ok(answered(&answer, TEEC_SUCCESS) && strange == 0,
		"%s: has nothing but what was offered for it", tag);
	answer = call(client, FESTORE_CMD_FILE_REMOVE, tag, 0);
	ok(answered(&answer, TEEC_SUCCESS), "%s: can be removed", tag);
}

void raw_race(void)
{
	struct client client = client_open();
	pthread_t writer;

	call_prepare(&client, shape_of(FESTORE_CMD_FILE_PUT));
	call_set_tag(&call_request(&client)->tag, TAG_A);
	memset(client.block.bytes + WINDOW_AT, 'A', CONTENT_LEN);
	if (!ok(pthread_create(&writer, NULL, rewrite, &client) == 0, "a thread rewrites memory"))
		return;
	race(&client);
	is_over = true;
	pthread_join(writer, NULL);

	check_list(&client);
	check_content(&client, TAG_A);
	check_content(&client, TAG_B);
	client_close(&client);
}
