// SPDX-License-Identifier: BSD-2-Clause
/*
 * fake-tee: a process that stands for the kernel's TEE driver and OP-TEE. It serves the fake
 * libteec over a Unix socket, runs TAs from shared objects, and tells them who calls as Linux
 * would. One call at a time, as in single-instance TAs.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "fake_tee.h"
#include "wire.h"

#define CLIENT_MAX 64
#define TA_MAX 4
#define OWNED_MAX 128
#define GROUPS_MAX 256
#define PATH_LEN 512
/* OP-TEE's TA_DATA_SIZE in this project: 64 KiB and one window of 64 KiB; --heap says otherwise. */
#define HEAP_DEFAULT (128u << 10)

struct client {
	int fd; /* -1: this place is free */
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	size_t group_count;
	uint32_t sessions[OWNED_MAX];
};

/* One request with its memory, and its reply. */
struct exchange {
	struct client *client;
	struct wire_request request;
	uint8_t *memory[WIRE_PARAMS];
	char text[WIRE_TEXT_MAX];
	TEE_Param params[WIRE_PARAMS];
	struct wire_reply reply;
};

static struct client clients[CLIENT_MAX];
static struct fake_ta tas[TA_MAX];
static char ta_paths[TA_MAX][PATH_LEN];
static bool trust_claims;
static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	(void)signal;
	ended = 1;
}

/* Makes every <uuid>.so of the folder known. */
static bool load_tas(const char *folder, size_t heap)
{
	DIR *dir = opendir(folder);
	struct dirent *entry = NULL;
	size_t count = 0;

	while (dir && count < TA_MAX && (entry = readdir(dir))) {
		TEE_UUID uuid;

		if (strlen(entry->d_name) != 39 || strcmp(entry->d_name + 36, ".so") != 0 ||
			!control_parse_uuid(entry->d_name, &uuid))
			continue;
		if (snprintf(ta_paths[count], PATH_LEN, "%s/%s", folder, entry->d_name) >= PATH_LEN)
			break;
		tas[count] = (struct fake_ta)FAKE_TA_IMAGE(ta_paths[count], uuid);
		tas[count].heap_limit = heap;
		fake_tee_load(&tas[count++]);
	}
	if (dir)
		closedir(dir);
	return count > 0;
}

/* Who the kernel says is at the other end. */
static void identify(struct client *client)
{
	struct ucred peer = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	socklen_t len = sizeof(peer);

	getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	client->uid = peer.uid;
	client->gid = peer.gid;
	len = sizeof(client->groups);
	client->group_count = 0;
	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERGROUPS, client->groups, &len) == 0)
		client->group_count = len / sizeof(client->groups[0]);
}

static bool is_member(const struct exchange *x, gid_t group)
{
	const struct client *client = x->client;

	if (trust_claims && (x->request.claims & 2))
		return group == x->request.claimed_gid;
	for (size_t i = 0; i < client->group_count; i++) {
		if (client->groups[i] == group)
			return true;
	}
	return group == client->gid;
}

/*
 * The identity that Linux' driver gives OP-TEE. A group that the caller is not in is EPERM there,
 * which libteec 4.5 says as GENERIC from COMMS; an unknown login is EINVAL, said as BAD_PARAMETERS.
 */
static TEE_Result identity_of(const struct exchange *x, TEE_Identity *ret_identity)
{
	const bool claimed = trust_claims && (x->request.claims & 1);

	switch (x->request.login) {
	case TEE_LOGIN_PUBLIC:
		*ret_identity = fake_tee_client(TEE_LOGIN_PUBLIC, 0);
		return TEE_SUCCESS;
	case TEE_LOGIN_USER:
		*ret_identity = fake_tee_client(
			TEE_LOGIN_USER, claimed ? x->request.claimed_uid : x->client->uid);
		return TEE_SUCCESS;
	case TEE_LOGIN_GROUP:
		*ret_identity = fake_tee_client(TEE_LOGIN_GROUP, x->request.group);
		return is_member(x, x->request.group) ? TEE_SUCCESS : TEE_ERROR_GENERIC;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

static uint32_t *owned(struct client *client, uint32_t session)
{
	for (size_t i = 0; i < OWNED_MAX; i++) {
		if (client->sessions[i] == session)
			return &client->sessions[i];
	}
	return NULL;
}

static void open_session(struct exchange *x)
{
	const struct wire_request *q = &x->request;
	TEE_UUID uuid = {q->uuid_time_low, q->uuid_time_mid, q->uuid_time_hi, {0}};
	uint32_t *place = owned(x->client, 0);
	TEE_Identity identity = {0};

	memcpy(uuid.clockSeqAndNode, q->uuid_rest, sizeof(q->uuid_rest));
	x->reply.origin = TEE_ORIGIN_COMMS;
	x->reply.result = place ? identity_of(x, &identity) : TEE_ERROR_OUT_OF_MEMORY;
	if (x->reply.result != TEE_SUCCESS)
		return;
	x->reply.result = fake_tee_open_session(
		&uuid, &identity, q->types, x->params, &x->reply.session, &x->reply.origin);
	if (x->reply.result == TEE_SUCCESS)
		*place = x->reply.session;
}

/* Another client's session is no session, as in the driver. */
static void invoke(struct exchange *x)
{
	const struct wire_request *q = &x->request;

	x->reply.origin = TEE_ORIGIN_COMMS;
	x->reply.result = TEE_ERROR_BAD_PARAMETERS;
	if (q->session && owned(x->client, q->session))
		x->reply.result = fake_tee_invoke(
			q->session, q->command, q->types, x->params, &x->reply.origin);
}

static void close_session(struct exchange *x)
{
	uint32_t *place = x->request.session ? owned(x->client, x->request.session) : NULL;

	if (place) {
		fake_tee_close_session(*place);
		*place = 0;
	}
}

static void control(struct exchange *x)
{
	char answer[WIRE_TEXT_MAX];

	x->text[x->request.text_len] = '\0';
	x->reply.result = control_run(x->text, answer, sizeof(answer)) ? TEE_SUCCESS
								       : TEE_ERROR_BAD_PARAMETERS;
	x->reply.text_len = (uint32_t)strlen(answer);
	memcpy(x->text, answer, sizeof(answer));
}

/* Takes in one parameter; its memory is as long as it says, so that the sanitizer sees a TA that
 * goes beyond. */
static bool receive_param(struct exchange *x, uint32_t i)
{
	const struct wire_param *in = &x->request.params[i];

	if (!wire_is_memory(wire_type(x->request.types, i))) {
		x->params[i].value.a = in->a;
		x->params[i].value.b = in->b;
		return true;
	}
	x->params[i].memref.size = in->a;
	if (!in->b)
		return true;
	if (in->a > WIRE_MEMORY_MAX)
		return false;
	x->memory[i] = malloc(in->a);
	x->params[i].memref.buffer = x->memory[i];
	return x->memory[i] && wire_receive(x->client->fd, x->memory[i], in->a);
}

static bool receive(struct exchange *x)
{
	struct wire_request *q = &x->request;

	if (!wire_receive(x->client->fd, q, sizeof(*q)) || q->magic != WIRE_MAGIC ||
		q->text_len >= sizeof(x->text))
		return false;
	if (!wire_receive(x->client->fd, x->text, q->text_len))
		return false;
	for (uint32_t i = 0; i < WIRE_PARAMS; i++) {
		if (!receive_param(x, i))
			return false;
	}
	return true;
}

static void fill_param(struct exchange *x, uint32_t i)
{
	struct wire_param *out = &x->reply.params[i];

	if (wire_is_memory(wire_type(x->request.types, i))) {
		out->a = (uint32_t)x->params[i].memref.size;
	} else {
		out->a = x->params[i].value.a;
		out->b = x->params[i].value.b;
	}
}

static bool answer(struct exchange *x)
{
	const int fd = x->client->fd;

	x->reply.magic = WIRE_MAGIC;
	for (uint32_t i = 0; i < WIRE_PARAMS; i++)
		fill_param(x, i);
	if (!wire_send(fd, &x->reply, sizeof(x->reply)) ||
		!wire_send(fd, x->text, x->reply.text_len))
		return false;
	for (uint32_t i = 0; i < WIRE_PARAMS; i++) {
		if (x->memory[i] && wire_goes_out(wire_type(x->request.types, i)) &&
			!wire_send(fd, x->memory[i], x->request.params[i].a))
			return false;
	}
	return true;
}

/* One request, whole. False: this client is gone, or speaks another language. */
static bool serve(struct client *client)
{
	static void (*const ops[])(struct exchange * x) = {
		[WIRE_OPEN] = open_session,
		[WIRE_INVOKE] = invoke,
		[WIRE_CLOSE] = close_session,
		[WIRE_CONTROL] = control,
	};
	struct exchange x = {.client = client};
	bool good = receive(&x) && x.request.op >= WIRE_OPEN && x.request.op <= WIRE_CONTROL;

	if (good) {
		ops[x.request.op](&x);
		good = answer(&x);
	}
	for (uint32_t i = 0; i < WIRE_PARAMS; i++)
		free(x.memory[i]);
	return good;
}

static void drop_client(struct client *client)
{
	for (size_t i = 0; i < OWNED_MAX; i++) {
		if (client->sessions[i])
			fake_tee_close_session(client->sessions[i]);
	}
	close(client->fd);
	memset(client, 0, sizeof(*client));
	client->fd = -1;
}

static void accept_client(int listener)
{
	/* Nobody may hold everybody up: a client that stops in the middle of a message is dropped.
	 */
	const struct timeval patience = {.tv_sec = 10};
	int fd = accept(listener, NULL, NULL);

	for (size_t i = 0; fd >= 0 && i < CLIENT_MAX; i++) {
		if (clients[i].fd == -1) {
			clients[i].fd = fd;
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
			setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
			identify(&clients[i]);
			return;
		}
	}
	if (fd >= 0)
		close(fd);
}

static void loop_once(int listener)
{
	struct pollfd polls[CLIENT_MAX + 1];

	polls[CLIENT_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
	for (size_t i = 0; i < CLIENT_MAX; i++)
		polls[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
	if (poll(polls, CLIENT_MAX + 1, -1) < 0)
		return;
	for (size_t i = 0; i < CLIENT_MAX; i++) {
		if (polls[i].revents && !serve(&clients[i]))
			drop_client(&clients[i]);
	}
	if (polls[CLIENT_MAX].revents)
		accept_client(listener);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "fake-tee: %s: too long for a socket, or no socket\n", path);
		return -1;
	}
	strcpy(address.sun_path, path);
	unlink(path);
	/* Every user of the host may call, as with /dev/tee0 and the group teeclnt. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		chmod(path, 0666) != 0 || listen(fd, CLIENT_MAX) != 0) {
		perror(path);
		close(fd);
		return -1;
	}
	return fd;
}

static int run(const char *socket_path, const char *ta_folder, const char *storage, size_t heap)
{
	const struct sigaction end = {.sa_handler = on_signal};
	int listener = -1;

	fake_tee_start(storage);
	if (!load_tas(ta_folder, heap)) {
		fprintf(stderr, "fake-tee: no TA in %s\n", ta_folder);
		return 1;
	}
	for (size_t i = 0; i < CLIENT_MAX; i++)
		clients[i].fd = -1;
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	listener = listen_at(socket_path);
	if (listener < 0)
		return 1;
	while (!ended && !control_wants_end())
		loop_once(listener);
	for (size_t i = 0; i < CLIENT_MAX; i++) {
		if (clients[i].fd >= 0)
			drop_client(&clients[i]);
	}
	close(listener);
	unlink(socket_path);
	fake_tee_stop();
	return 0;
}

/* Sends one command to a running server and prints its answer. */
static int send_control(const char *socket_path, const char *command)
{
	struct wire_request request = {
		.magic = WIRE_MAGIC, .op = WIRE_CONTROL, .text_len = (uint32_t)strlen(command)};
	struct wire_reply reply = {0};
	char text[WIRE_TEXT_MAX + 1] = "";
	const int fd = wire_connect(socket_path);

	if (fd < 0 || !wire_send(fd, &request, sizeof(request)) ||
		!wire_send(fd, command, request.text_len) ||
		!wire_receive(fd, &reply, sizeof(reply)) || reply.text_len > WIRE_TEXT_MAX ||
		!wire_receive(fd, text, reply.text_len)) {
		fprintf(stderr, "fake-tee: nobody answers at %s\n", socket_path);
		return 2;
	}
	close(fd);
	if (text[0])
		printf("%s\n", text);
	return reply.result == TEE_SUCCESS ? 0 : 1;
}

static int usage(void)
{
	fputs("usage: fake-tee --socket PATH --ta FOLDER --storage FOLDER [--heap BYTES] "
	      "[--trust-claimed-ids]\n"
	      "       fake-tee --control PATH COMMAND...\n",
		stderr);
	return 2;
}

/* The rest of the command line as one line of text. */
static int control_words(const char *socket_path, char **words)
{
	char command[WIRE_TEXT_MAX] = "";
	size_t len = 0;

	for (; *words; words++) {
		const int more = snprintf(
			command + len, sizeof(command) - len, "%s%s", len ? " " : "", *words);

		if (more < 0 || (size_t)more >= sizeof(command) - len)
			return usage();
		len += (size_t)more;
	}
	return len ? send_control(socket_path, command) : usage();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"ta", required_argument, NULL, 't'},
		{"storage", required_argument, NULL, 'd'},
		{"heap", required_argument, NULL, 'h'},
		{"trust-claimed-ids", no_argument, NULL, 'c'},
		{"control", required_argument, NULL, 'x'},
		{0},
	};
	const char *socket_path = NULL;
	const char *ta_folder = NULL;
	const char *storage = NULL;
	size_t heap = HEAP_DEFAULT;

	for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		switch (option) {
		case 's':
			socket_path = optarg;
			break;
		case 't':
			ta_folder = optarg;
			break;
		case 'd':
			storage = optarg;
			break;
		case 'h':
			heap = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			trust_claims = true;
			break;
		case 'x':
			return control_words(optarg, argv + optind);
		default:
			return usage();
		}
	}
	if (!socket_path || !ta_folder || !storage)
		return usage();
	return run(socket_path, ta_folder, storage, heap);
}
