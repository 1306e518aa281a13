/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls out of order, sessions of somebody else, logins, and too many of everything. */
#include "call.h"
#include "raw.h"
#include "tap.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MORE = FESTORE_WIRE_MORE, CONTINUE = FESTORE_WIRE_CONTINUE };

/* One step of a sequence: a call and what the TA has to say to it. */
struct step {
	enum festore_command command;
	const char *tag;
	uint32_t flags;
	uint32_t code;
};

#define PUT FESTORE_CMD_FILE_PUT
#define GET FESTORE_CMD_FILE_GET
#define STAT FESTORE_CMD_FILE_STAT
#define LIST FESTORE_CMD_FILE_LIST
#define REMOVE FESTORE_CMD_FILE_REMOVE
#define ABORT FESTORE_CMD_ABORT

struct sequence {
	const char *what;
	struct step steps[12];
	unsigned int count;
};

#define SEQUENCE(what, ...) \
	{ \
		what, {__VA_ARGS__}, sizeof((struct step[]){__VA_ARGS__}) / sizeof(struct step) \
	}

static const struct sequence sequences[] = {
	SEQUENCE("nothing goes on that was not begun", /**/
		{PUT, "raw", CONTINUE, TEEC_ERROR_BAD_STATE},
		{PUT, "raw", CONTINUE | MORE, TEEC_ERROR_BAD_STATE},
		{GET, "raw", CONTINUE, TEEC_ERROR_BAD_STATE},
		{LIST, "raw", CONTINUE, TEEC_ERROR_BAD_STATE},
		{STAT, "raw", 0, TEEC_ERROR_ITEM_NOT_FOUND}),
	SEQUENCE("nothing is aborted twice over", /**/
		{ABORT, "", 0, TEEC_SUCCESS}, {ABORT, "", 0, TEEC_SUCCESS}),
	SEQUENCE("a put that is aborted has stored nothing",  /**/
		{PUT, "raw", MORE, TEEC_SUCCESS},             /**/
		{STAT, "raw", 0, TEEC_ERROR_ITEM_NOT_FOUND},  /**/
		{ABORT, "", 0, TEEC_SUCCESS},                 /**/
		{PUT, "raw", CONTINUE, TEEC_ERROR_BAD_STATE}, /**/
		{ABORT, "", 0, TEEC_SUCCESS},                 /**/
		{STAT, "raw", 0, TEEC_ERROR_ITEM_NOT_FOUND}),
	SEQUENCE("a put goes on under its own tag only",            /**/
		{PUT, "raw", MORE, TEEC_SUCCESS},                   /**/
		{PUT, "raw/other", CONTINUE, TEEC_ERROR_BAD_STATE}, /**/
		{GET, "raw", CONTINUE, TEEC_ERROR_BAD_STATE},       /**/
		{PUT, "raw", CONTINUE, TEEC_SUCCESS},               /**/
		{STAT, "raw", 0, TEEC_SUCCESS},                     /**/
		{STAT, "raw/other", 0, TEEC_ERROR_ITEM_NOT_FOUND},  /**/
		{PUT, "raw", CONTINUE, TEEC_ERROR_BAD_STATE},       /**/
		{REMOVE, "raw", 0, TEEC_SUCCESS}),
	SEQUENCE("a second put ends the first",               /**/
		{PUT, "raw", MORE, TEEC_SUCCESS},             /**/
		{PUT, "raw/other", MORE, TEEC_SUCCESS},       /**/
		{PUT, "raw", CONTINUE, TEEC_ERROR_BAD_STATE}, /**/
		{PUT, "raw/other", CONTINUE, TEEC_SUCCESS},   /**/
		{STAT, "raw", 0, TEEC_ERROR_ITEM_NOT_FOUND},  /**/
		{REMOVE, "raw/other", 0, TEEC_SUCCESS}),
	SEQUENCE("a put that must not clobber does not at its end either",                    /**/
		{PUT, "raw", 0, TEEC_SUCCESS},                                                /**/
		{PUT, "raw", MORE, TEEC_SUCCESS},                                             /**/
		{PUT, "raw", CONTINUE | FESTORE_WIRE_NO_CLOBBER, TEEC_ERROR_ACCESS_CONFLICT}, /**/
		{PUT, "raw", CONTINUE, TEEC_ERROR_BAD_STATE},                                 /**/
		{GET, "raw", 0, TEEC_SUCCESS},                                                /**/
		{REMOVE, "raw", 0, TEEC_SUCCESS}),
	SEQUENCE("a list that is over does not go on",         /**/
		{PUT, "raw", 0, TEEC_SUCCESS},                 /**/
		{LIST, "raw", 0, TEEC_SUCCESS},                /**/
		{LIST, "raw", CONTINUE, TEEC_ERROR_BAD_STATE}, /**/
		{REMOVE, "raw", 0, TEEC_SUCCESS}),
	SEQUENCE("a removed file is gone",                     /**/
		{PUT, "raw", 0, TEEC_SUCCESS},                 /**/
		{REMOVE, "raw", 0, TEEC_SUCCESS},              /**/
		{REMOVE, "raw", 0, TEEC_ERROR_ITEM_NOT_FOUND}, /**/
		{GET, "raw", 0, TEEC_ERROR_ITEM_NOT_FOUND}),
};

static void run_sequence(const struct client *client, const struct sequence *sequence)
{
	bool is_good = true;

	for (unsigned int i = 0; i < sequence->count; i++) {
		const struct step *step = &sequence->steps[i];
		struct answer answer = call(client, step->command, step->tag, step->flags);

		if (answered(&answer, step->code))
			continue;
		note("step %u: errno %d, 0x%08x, origin %u, not 0x%08x", i + 1, answer.refusal,
			answer.code, answer.origin, step->code);
		is_good = false;
	}
	ok(is_good, "%s", sequence->what);
}

/* A call whose window is of `len` bytes; writes what the TA made of that size. */
static struct answer call_window(const struct client *client, enum festore_command command,
	uint32_t flags, size_t len, uint64_t *ret_len)
{
	const struct shape *shape = shape_of(command);
	struct tee_ioctl_param params[PARAMS_MAX];
	struct answer answer = {0};

	call_prepare(client, shape);
	call_request(client)->flags = flags;
	call_params(client, shape, shape->types, params);
	params[2].b = len;
	answer = session_invoke(client->device, client->session, shape->command, PARAMS, params);
	*ret_len = params[2].b;
	return answer;
}

/* A file of two windows. */
static bool put_large(const struct client *client)
{
	uint64_t len = 0;
	struct answer first = call_window(client, PUT, MORE, FESTORE_WINDOW, &len);
	struct answer second = call_window(client, PUT, CONTINUE, FESTORE_WINDOW, &len);

	return answered(&first, TEEC_SUCCESS) && answered(&second, TEEC_SUCCESS);
}

static void get_in_pieces(const struct client *client)
{
	uint64_t len = 0;
	struct answer answer = {0};

	ok(put_large(client), "a file of two windows is put");
	call_window(client, GET, 0, FESTORE_WINDOW, &len);
	ok(len == FESTORE_WINDOW, "its first window is got");
	answer = call(client, GET, "raw/other", CONTINUE);
	ok(answered(&answer, TEEC_ERROR_BAD_STATE), "another tag does not go on with it");
	answer = call_window(client, GET, CONTINUE, FESTORE_WINDOW, &len);
	ok(answered(&answer, TEEC_SUCCESS) && len == FESTORE_WINDOW, "its second window is got");
	answer = call(client, GET, "raw", CONTINUE);
	ok(answered(&answer, TEEC_ERROR_BAD_STATE), "what is over does not go on");

	call(client, GET, "raw", 0);
	answer = call_window(client, GET, CONTINUE, FESTORE_WINDOW - 1, &len);
	ok(answered(&answer, TEEC_ERROR_SHORT_BUFFER) && len == 0,
		"a window too small gets nothing");
	answer = call(client, GET, "raw", CONTINUE);
	ok(answered(&answer, TEEC_ERROR_BAD_STATE), "and ends the get");

	call(client, GET, "raw", 0);
	call(client, REMOVE, "raw", 0);
	answer = call_window(client, GET, CONTINUE, FESTORE_WINDOW, &len);
	ok(answered(&answer, TEEC_SUCCESS),
		"a file that is removed while it is got is got to its end");
	answer = call(client, GET, "raw", 0);
	ok(answered(&answer, TEEC_ERROR_ITEM_NOT_FOUND), "and is gone then");
}

static void put_too_much(const struct client *client)
{
	struct answer answer = {0};
	uint64_t len = 0;

	for (size_t done = 0; done < FESTORE_REE_MAX; done += FESTORE_WINDOW) {
		answer = call_window(
			client, PUT, done == 0 ? MORE : MORE | CONTINUE, FESTORE_WINDOW, &len);
		if (!answered(&answer, TEEC_SUCCESS))
			break;
	}
	ok(answered(&answer, TEEC_SUCCESS), "1 MiB is taken");
	answer = call_window(client, PUT, CONTINUE, 1, &len);
	ok(answered(&answer, TEEC_ERROR_EXCESS_DATA), "one byte more is not");
	answer = call(client, PUT, "raw", CONTINUE);
	ok(answered(&answer, TEEC_ERROR_BAD_STATE), "and ends the put");
	answer = call(client, STAT, "raw", 0);
	ok(answered(&answer, TEEC_ERROR_ITEM_NOT_FOUND), "nothing is stored");
}

static void list_in_pages(const struct client *client)
{
	const size_t room = FESTORE_ENTRY_ROOM(FESTORE_TAG_MAX);
	const struct festore_wire_list *list =
		(const struct festore_wire_list *)(void *)(client->block.bytes + REPLY_AT);
	unsigned int count = 0;
	uint64_t len = 0;
	struct answer answer = {0};

	call(client, PUT, "raw", 0);
	call(client, PUT, "raw/2", 0);
	call(client, PUT, "raw/3", 0);
	answer = call_window(client, LIST, 0, room, &len);
	while (answered(&answer, TEEC_SUCCESS)) {
		count += list->count;
		if (list->more == 0)
			break;
		answer = call_window(client, LIST, CONTINUE, room, &len);
	}
	ok(answered(&answer, TEEC_SUCCESS) && count == 3, "a list of small pages has all");
	call_window(client, LIST, 0, room, &len);
	call(client, ABORT, "", 0);
	answer = call_window(client, LIST, CONTINUE, room, &len);
	ok(answered(&answer, TEEC_ERROR_BAD_STATE), "a list that is aborted does not go on");
	call(client, REMOVE, "raw", 0);
	call(client, REMOVE, "raw/2", 0);
	call(client, REMOVE, "raw/3", 0);
}

void raw_order(void)
{
	struct client client = client_open();

	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		run_sequence(&client, &sequences[i]);
	get_in_pieces(&client);
	put_too_much(&client);
	list_in_pages(&client);
	client_close(&client);
}

/* What the kernel says to a call on this session; 0 if it went through to the TA. */
static int refusal_of(const struct client *client)
{
	return call(client, FESTORE_CMD_INFO, "", 0).refusal;
}

static void use_after_close(void)
{
	struct client client = client_open();

	call(&client, PUT, "raw", MORE);
	ok(session_close(client.device, client.session) == 0,
		"a session in the midst of a put closes");
	ok(refusal_of(&client) == EINVAL, "a closed session cannot be used");
	ok(session_close(client.device, client.session) == EINVAL, "nor closed again");
	client.session = session_must_open(client.device);
	ok(refusal_of(&client) == 0, "its descriptor can open another");
	ok(call(&client, PUT, "raw", CONTINUE).code == TEEC_ERROR_BAD_STATE,
		"which does not go on with the put");
	client_close(&client);
}

static void use_of_another(const struct client *mine)
{
	struct client thief = client_open();
	const uint32_t own = thief.session;
	const uint32_t guesses[] = {0, own + 1, own - 1, UINT32_MAX, 1u << 31};
	unsigned int refused = 0;

	thief.session = mine->session;
	ok(refusal_of(&thief) == EINVAL, "another descriptor's session cannot be used");
	ok(session_close(thief.device, thief.session) == EINVAL, "nor closed");
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		thief.session = guesses[i];
		refused += refusal_of(&thief) == EINVAL ? 1 : 0;
	}
	ok(refused == sizeof(guesses) / sizeof(guesses[0]), "nor can guessed ones");
	thief.session = own;

	/* Memory of the other descriptor, by its number. */
	thief.block.id = mine->block.id + 1000;
	ok(refusal_of(&thief) == EINVAL, "nor memory that this descriptor has not");
	client_close(&thief);
	ok(refusal_of(mine) == 0, "its owner's still answers");
}

/* The exit status of a child that runs `test`. */
static bool in_child(bool (*test)(const struct client *), const struct client *client)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(test(client) ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool steals(const struct client *mine)
{
	struct client thief = client_open();

	thief.session = mine->session;
	return refusal_of(&thief) == 0 || session_close(thief.device, thief.session) == 0;
}

static bool dies_with_put(const struct client *unused)
{
	struct client client = client_open();
	struct answer answer = call(&client, PUT, "raw", MORE);

	(void)unused;
	return answered(&answer, TEEC_SUCCESS);
}

void raw_sessions(void)
{
	struct client mine = client_open();
	struct answer answer = {0};

	use_after_close();
	use_of_another(&mine);
	ok(!in_child(steals, &mine), "another process cannot use or close a session");
	ok(refusal_of(&mine) == 0, "its owner's still answers");
	ok(in_child(dies_with_put, &mine), "a process ends in the midst of a put");
	answer = call(&mine, STAT, "raw", 0);
	ok(answered(&answer, TEEC_ERROR_ITEM_NOT_FOUND), "which has stored nothing");
	/* Removes what those puts left behind. */
	answer = call(&mine, LIST, "", 0);
	ok(answered(&answer, TEEC_SUCCESS), "a list");
	client_close(&mine);
}

static void owner_of(const struct client *client, uint8_t ret_owner[16])
{
	const struct festore_wire_info *info =
		(const struct festore_wire_info *)(void *)(client->block.bytes + REPLY_AT);

	call(client, FESTORE_CMD_INFO, "", 0);
	memcpy(ret_owner, info->owner, sizeof(info->owner));
}

/* Whatever the client says of itself, the owner is the one that the kernel says. */
static void claim_identity(struct client *client)
{
	/* Root's, uid=0 (docs/SPEC.md, "Owner"). */
	static const uint8_t root[16] = {0xef, 0x01, 0x80, 0xa3, 0x13, 0xf3, 0x5d, 0x1c, 0xb7, 0xf5,
		0x88, 0x8c, 0x0e, 0x21, 0x05, 0x9a};
	const uint32_t first = client->session;
	uint8_t honest[16];
	uint8_t claimed[16];
	struct answer answer = {0};

	owner_of(client, honest);
	answer = session_open(client->device, TEE_IOCTL_LOGIN_USER, root, &client->session);
	ok(answered(&answer, TEEC_SUCCESS), "a user login may claim an identity");
	owner_of(client, claimed);
	ok(memcmp(honest, claimed, sizeof(honest)) == 0, "which makes no difference");
	ok(getuid() == 0 || memcmp(claimed, root, sizeof(root)) != 0, "nor makes anyone root");
	session_close(client->device, client->session);
	client->session = first;
}

void raw_logins(void)
{
	static const uint32_t others[] = {3, TEE_IOCTL_LOGIN_APPLICATION,
		TEE_IOCTL_LOGIN_USER_APPLICATION, TEE_IOCTL_LOGIN_GROUP_APPLICATION, 7, 0x7fffffff,
		TEE_IOCTL_LOGIN_REE_KERNEL, TEE_IOCTL_LOGIN_REE_KERNEL_MAX, 0xc0000000,
		0xf0000000, /* a TA's login of another TA */
		0xfffffffe, 0xffffffff};
	struct client client = client_open();
	unsigned int opened = 0;
	uint32_t session = 0;
	uint8_t group[16] = {0};
	gid_t gid = getgid();
	struct answer answer = {0};

	answer = session_open(client.device, TEE_IOCTL_LOGIN_PUBLIC, NULL, &session);
	ok(answered(&answer, TEEC_ERROR_ACCESS_DENIED), "a public login is denied by the TA");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		answer = session_open(client.device, others[i], NULL, &session);
		if (answer.refusal == 0 && answer.code == TEEC_SUCCESS)
			opened++;
	}
	ok(opened == 0, "no login opens that Linux does not vouch for");

	memcpy(group, &gid, sizeof(gid));
	answer = session_open(client.device, TEE_IOCTL_LOGIN_GROUP, group, &session);
	ok(answered(&answer, TEEC_SUCCESS), "a login of one's own group opens");
	gid = 0;
	memcpy(group, &gid, sizeof(gid));
	answer = session_open(client.device, TEE_IOCTL_LOGIN_GROUP, group, &session);
	ok(getgid() == 0 || answer.refusal == EPERM, "one of another group is refused by Linux");
	claim_identity(&client);
	client_close(&client);
}

/* docs/SPEC.md, "Owner": the most sessions an owner has, of which the witness has one. */
enum { SESSIONS = 16 };

static void too_many_sessions(void)
{
	int device = device_open();
	uint32_t sessions[SESSIONS] = {0};
	unsigned int opened = 0;
	struct answer answer = {0};

	while (opened < SESSIONS) {
		answer = session_open(device, TEE_IOCTL_LOGIN_USER, NULL, &sessions[opened]);
		if (!answered(&answer, TEEC_SUCCESS))
			break;
		opened++;
	}
	ok(opened == SESSIONS - 1 && answered(&answer, TEEC_ERROR_BUSY),
		"%u sessions open, one more is too many", opened + 1);
	/* All at once, as when a process ends. */
	close(device);
	device = device_open();
	answer = session_open(device, TEE_IOCTL_LOGIN_USER, NULL, &sessions[0]);
	ok(answered(&answer, TEEC_SUCCESS), "with the descriptor closed there is room again");
	close(device);
}

static void too_many_transfers(void)
{
	struct client clients[3] = {client_open(), client_open(), client_open()};
	struct answer answers[3] = {{0}};

	for (unsigned int i = 0; i < 3; i++)
		answers[i] = call(&clients[i], PUT, "raw", MORE);
	ok(answered(&answers[0], TEEC_SUCCESS) && answered(&answers[1], TEEC_SUCCESS) &&
			answered(&answers[2], TEEC_ERROR_BUSY),
		"two long transfers begin, a third is too many");
	answers[2] = call(&clients[2], PUT, "raw", 0);
	ok(answered(&answers[2], TEEC_SUCCESS), "a short put is none");
	answers[0] = call(&clients[0], PUT, "raw", CONTINUE);
	ok(answered(&answers[0], TEEC_SUCCESS), "the first ends well");
	answers[2] = call(&clients[2], PUT, "raw/other", MORE);
	ok(answered(&answers[2], TEEC_SUCCESS), "so there is room for the third");
	answers[1] = call(&clients[1], PUT, "raw", CONTINUE);
	ok(answered(&answers[1], TEEC_SUCCESS), "the second ends well");
	call(&clients[2], ABORT, "", 0);
	call(&clients[0], REMOVE, "raw", 0);
	for (unsigned int i = 0; i < 3; i++)
		client_close(&clients[i]);
}

void raw_limits(void)
{
	too_many_sessions();
	too_many_transfers();
}
