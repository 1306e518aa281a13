/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore-test-crowd: many clients of one vault at once, and whether what came of it can be
 * (crowd.h). Logs are in a folder, one a writer.
 */
#include "crowd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long clients wait for the file `go`, in milliseconds. */
#define PATIENCE_MS 60000

static const char usage[] =
	"usage: festore-test-crowd fill FOLDER             puts what is always there\n"
	"       festore-test-crowd look FOLDER             reads all, after the others\n"
	"       festore-test-crowd work FOLDER FIRST COUNT MS [KILL_MS]\n"
	"           COUNT clients, numbered from FIRST on, work for MS milliseconds from when "
	"there\n"
	"           is a file FOLDER/go; all but the first are killed, and begun anew, every "
	"KILL_MS\n"
	"       festore-test-crowd check LOG...            judges all logs of one vault\n"
	"       festore-test-crowd fair LOG...             did each of these do its part?\n";

/* A writer, of which one process after the other may be killed. */
struct place {
	pid_t pid;
	uint64_t sequence;
};

/* Shared by all processes of this program. */
static struct place *places;

static void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

static int64_t now_ms(void)
{
	return crowd_now() / 1000000;
}

static int open_log(const char *folder, unsigned int writer)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%u.log", folder, writer);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* A client of its own; false: it says why. */
static bool begin_work(struct crowd_worker *worker, const char *folder, unsigned int writer)
{
	*worker = (struct crowd_worker){
		.log = open_log(folder, writer),
		.writer = writer,
		.sequence = &places[writer].sequence,
		.random = (uint64_t)crowd_now() * CROWD_WRITERS + writer,
	};
	if (worker->log < 0) {
		perror(folder);
		return false;
	}
	return crowd_open(worker);
}

/* Of the one that works alone; the second time it goes on with other numbers. */
static int alone(const char *folder, bool (*what)(struct crowd_worker *worker), uint64_t sequence)
{
	struct crowd_worker worker;
	bool is_well = false;

	places[0].sequence = sequence;
	is_well = begin_work(&worker, folder, 0) && what(&worker);
	festore_close(&worker.fs);
	return is_well ? 0 : 1;
}

/* Of the last operation that a log knows; 0: there is none. */
static uint64_t last_sequence(const char *folder, unsigned int writer)
{
	char path[4096];
	char *line = NULL;
	size_t room = 0;
	uint64_t last = 0;
	FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/%u.log", folder, writer);
	file = fopen(path, "re");
	while (file && getline(&line, &room, file) > 0) {
		struct crowd_op op;
		bool has_ended = false;

		if (crowd_log_read(line, &op, &has_ended))
			last = op.sequence;
	}
	if (file)
		fclose(file);
	free(line);
	return last;
}

static bool wait_for(const char *folder, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	for (unsigned int waited = 0; access(path, F_OK) != 0; waited += 5) {
		if (waited > PATIENCE_MS)
			return false;
		sleep_ms(5);
	}
	return true;
}

/* What a child does until it is told to end, or is killed. */
static int work(const char *folder, unsigned int writer, const volatile sig_atomic_t *is_over)
{
	struct crowd_worker worker;
	bool is_well = begin_work(&worker, folder, writer) && wait_for(folder, "go");

	while (is_well && !*is_over)
		is_well = crowd_act(&worker);
	festore_close(&worker.fs);
	return is_well ? 0 : 1;
}

static volatile sig_atomic_t over;

static void end_soon(int signal)
{
	(void)signal;
	over = 1;
}

static bool begin(const char *folder, unsigned int writer)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(work(folder, writer, &over));
	places[writer].pid = pid;
	return pid > 0;
}

/* Kills one of them in the midst of whatever it does; another goes on in its place. */
static bool replace(const char *folder, unsigned int writer)
{
	int status = 0;

	kill(places[writer].pid, SIGKILL);
	if (waitpid(places[writer].pid, &status, 0) < 0 || !WIFSIGNALED(status)) {
		fprintf(stderr, "writer %u had ended by itself\n", writer);
		return false;
	}
	return begin(folder, writer);
}

/* Until the time is over; returns how many it killed, -1: something failed. */
static int supervise(const char *folder, unsigned int first, unsigned int count, int64_t end_ms,
	unsigned int kill_ms)
{
	int kills = 0;

	while (now_ms() < end_ms) {
		const unsigned int random = (unsigned int)(crowd_now() / 1000) * 2654435761u;

		if (kill_ms == 0 || count < 2) {
			sleep_ms(10);
			continue;
		}
		sleep_ms(kill_ms / 2 + (random >> 8) % kill_ms);
		if (!replace(folder, first + 1 + (random >> 4) % (count - 1)))
			return -1;
		kills++;
	}
	return kills;
}

/* A client that was never told to end has ended by itself, or hangs. */
static bool end_all(unsigned int first, unsigned int count)
{
	bool is_well = true;

	for (unsigned int i = 0; i < count; i++)
		is_well = kill(places[first + i].pid, SIGTERM) == 0 && is_well;
	for (unsigned int i = 0; i < count; i++) {
		int status = 0;

		is_well = waitpid(places[first + i].pid, &status, 0) > 0 && status == 0 && is_well;
	}
	return is_well;
}

static int lead(const char *folder, unsigned int first, unsigned int count, unsigned int ms,
	unsigned int kill_ms)
{
	bool is_well = true;
	int kills = -1;

	/* Before any child is there, which might be told too early. */
	signal(SIGTERM, end_soon);
	for (unsigned int i = 0; i < count; i++)
		places[first + i].sequence = last_sequence(folder, first + i);
	for (unsigned int i = 0; i < count && is_well; i++)
		is_well = begin(folder, first + i);
	if (is_well && wait_for(folder, "go"))
		kills = supervise(folder, first, count, now_ms() + ms, kill_ms);
	is_well = end_all(first, count) && is_well && kills >= 0;
	printf("%u clients, %d killed\n", count, kills);
	return is_well ? 0 : 1;
}

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	const unsigned int rest = argc > 2 ? (unsigned int)argc - 2 : 0;

	places = mmap(NULL, CROWD_WRITERS * sizeof(*places), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (places == MAP_FAILED)
		return 1;
	if (strcmp(what, "check") == 0)
		return crowd_check(rest, argv + 2);
	if (strcmp(what, "fair") == 0)
		return crowd_is_fair(rest, argv + 2);
	if (strcmp(what, "fill") == 0 && rest == 1)
		return alone(argv[2], crowd_fill, 0);
	if (strcmp(what, "look") == 0 && rest == 1)
		return alone(argv[2], crowd_look, 1u << 20);
	if (strcmp(what, "work") == 0 && (rest == 4 || rest == 5) && number(argv[3]) > 0 &&
		number(argv[4]) > 0 && number(argv[3]) + number(argv[4]) <= CROWD_WRITERS)
		return lead(argv[2], number(argv[3]), number(argv[4]), number(argv[5]),
			rest == 5 ? number(argv[6]) : 0);
	fputs(usage, stderr);
	return 2;
}
