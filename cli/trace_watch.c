/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command waits at a gate until strace has attached itself to it and to tee-supplicant. strace
 * would go on for ever with the latter, so it is ended when the command has.
 */
#include "trace_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Calls that this architecture does not have are left out by the question mark. */
static char watched[] =
	"trace=execve,ioctl,?open,openat,close,read,readv,pread64,preadv,write,writev,pwrite64,"
	"pwritev,fsync,fdatasync,?sync_file_range,?arm_sync_file_range,?ftruncate,?ftruncate64,"
	"?mkdir,mkdirat,?rename,?renameat,renameat2,?link,linkat,?unlink,unlinkat,?rmdir";

/* For strace to begin, and to end. */
enum { PATIENCE_MS = 10000, STEP_MS = 2, NOT_FOUND = 127 };

struct watching {
	const struct subcommand *self;
	pid_t supplicant;
	pid_t command;
	pid_t strace;
	int gate; /* closed without a byte: the command is not to run */
	int log;
};

static void rest(void)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	nanosleep(&step, NULL);
}

static enum festore_error cannot(const struct watching *watching, const char *what)
{
	return (enum festore_error)fail(
		watching->self, FESTORE_ERROR, "cannot %s: %s", what, strerror(errno));
}

/* --- the command ---------------------------------------------------------------------------- */

static void run_command(int gate, const char *program, char *const *words)
{
	char **argv = NULL;
	size_t count = 0;
	char go = 0;

	while (words[count])
		count++;
	argv = calloc(count + 2, sizeof(*argv));
	if (!argv || read(gate, &go, 1) != 1)
		_exit(FESTORE_ERROR);
	argv[0] = (char *)(uintptr_t) "festore";
	memcpy(argv + 1, words, count * sizeof(*argv));
	execv(program, argv);
	_exit(FESTORE_ERROR);
}

static enum festore_error start_command(struct watching *watching, char *const *words)
{
	char program[PATH_MAX];
	const ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int gate[2] = {-1, -1};

	if (len < 0)
		return cannot(watching, "find this program in /proc");
	program[len] = '\0';
	if (pipe2(gate, O_CLOEXEC) != 0)
		return cannot(watching, "make a pipe");
	watching->command = fork();
	if (watching->command == 0) {
		close(gate[1]);
		run_command(gate[0], program, words);
	}
	close(gate[0]);
	watching->gate = gate[1];
	return watching->command < 0 ? cannot(watching, "start a process") : FESTORE_OK;
}

/* --- strace --------------------------------------------------------------------------------- */

static void run_strace(const struct watching *watching)
{
	char log[64];
	char supplicant[16];
	char command[16];
	/* No byte of contents, but all parameters. */
	char *const argv[] = {"strace", "-f", "-qq", "-Y", "-y", "-s", "0", "-e", "abbrev=!ioctl",
		"-e", "signal=none", "-e", watched, "-o", log, "-p", supplicant, "-p", command,
		NULL};

	/* A key pressed on the terminal is for the command. */
	setpgid(0, 0);
	snprintf(log, sizeof(log), "/proc/%d/fd/%d", (int)getppid(), watching->log);
	snprintf(supplicant, sizeof(supplicant), "%d", (int)watching->supplicant);
	snprintf(command, sizeof(command), "%d", (int)watching->command);
	execvp(argv[0], argv);
	_exit(NOT_FOUND);
}

/* Who traces the process; 0: nobody, or it cannot be told. */
static pid_t tracer_of(pid_t process)
{
	static const char head[] = "TracerPid:";
	char path[32];
	char line[128];
	long tracer = 0;
	FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)process);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, head, strlen(head)) == 0)
			tracer = strtol(line + strlen(head), NULL, 10);
	}
	fclose(file);
	return (pid_t)tracer;
}

static bool has_ended(pid_t process, int *ret_status)
{
	return waitpid(process, ret_status, WNOHANG) == process;
}

static enum festore_error await_strace(struct watching *watching)
{
	int status = 0;

	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		if (tracer_of(watching->supplicant) == watching->strace &&
			tracer_of(watching->command) == watching->strace)
			return FESTORE_OK;
		if (has_ended(watching->strace, &status)) {
			watching->strace = -1;
			if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
				return (enum festore_error)fail(watching->self, FESTORE_ERROR,
					"strace cannot be run: is it installed, and in the PATH?");
			return (enum festore_error)fail(watching->self, FESTORE_ERROR,
				"strace cannot trace tee-supplicant");
		}
		rest();
	}
	return (enum festore_error)fail(watching->self, FESTORE_ERROR, "strace does not begin");
}

static enum festore_error start_strace(struct watching *watching)
{
	watching->log = memfd_create("festore-trace", MFD_CLOEXEC);
	if (watching->log < 0)
		return cannot(watching, "make a file in memory");
	watching->strace = fork();
	if (watching->strace == 0)
		run_strace(watching);
	return watching->strace < 0 ? cannot(watching, "start a process") : await_strace(watching);
}

/* It lets go of tee-supplicant, which goes on as before. */
static void end_strace(struct watching *watching)
{
	int status = 0;

	if (watching->strace <= 0)
		return;
	kill(watching->strace, SIGTERM);
	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		if (has_ended(watching->strace, &status))
			return;
		rest();
	}
	kill(watching->strace, SIGKILL);
	waitpid(watching->strace, &status, 0);
}

/* --- both ----------------------------------------------------------------------------------- */

static int await_command(const struct watching *watching)
{
	int status = 0;

	while (waitpid(watching->command, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static enum festore_error watch(struct watching *watching, char *const *words, int *ret_status)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	struct sigaction before;
	enum festore_error error = start_command(watching, words);

	if (error == FESTORE_OK)
		error = start_strace(watching);
	/* A key that ends the command is not to end this: what happened is to be told. */
	sigaction(SIGINT, &ignored, &before);
	if (error == FESTORE_OK && write(watching->gate, "", 1) != 1)
		error = cannot(watching, "start the command");
	if (watching->gate >= 0)
		close(watching->gate);
	if (watching->command > 0)
		*ret_status = await_command(watching);
	end_strace(watching);
	sigaction(SIGINT, &before, NULL);
	return error;
}

enum festore_error trace_watch(const struct subcommand *self, const struct supplicant *supplicant,
	char *const *words, struct trace_watch *ret_watch)
{
	struct watching watching = {
		.self = self,
		.supplicant = supplicant->pid,
		.command = -1,
		.strace = -1,
		.gate = -1,
		.log = -1,
	};
	int status = FESTORE_ERROR;
	enum festore_error error = watch(&watching, words, &status);
	FILE *log = NULL;

	if (error == FESTORE_OK) {
		log = lseek(watching.log, 0, SEEK_SET) == 0 ? fdopen(watching.log, "re") : NULL;
		if (!log)
			error = cannot(&watching, "read what strace has written");
	}
	if (error != FESTORE_OK) {
		if (watching.log >= 0)
			close(watching.log);
		return error;
	}
	ret_watch->command = watching.command;
	ret_watch->status = status;
	ret_watch->log = log;
	return FESTORE_OK;
}
