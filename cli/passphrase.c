/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a passphrase, and never leaves a terminal that does not show what is typed. */
#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Those that end a command or let it rest. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t is_ended;

static void end(int signal)
{
	is_ended = signal != SIGTSTP;
}

/* A terminal that shows nothing, and what was before. */
struct quiet {
	int fd;
	struct termios terminal;
	struct sigaction actions[SIGNALS];
	sigset_t mask;
};

/*
 * Signals come only while the answer is waited for, and do no more than to end that. What comes
 * else waits until the terminal is as it was.
 */
static void hold_signals(struct quiet *quiet)
{
	const struct sigaction action = {.sa_handler = end};
	sigset_t held;

	sigemptyset(&held);
	for (unsigned int i = 0; i < SIGNALS; i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &quiet->mask);
	for (unsigned int i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &quiet->actions[i]);
		if (quiet->actions[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static void release_signals(const struct quiet *quiet)
{
	for (unsigned int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &quiet->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &quiet->mask, NULL);
}

static bool quiet_begin(struct quiet *quiet)
{
	struct termios dark;

	hold_signals(quiet);
	if (tcgetattr(quiet->fd, &quiet->terminal) == 0) {
		dark = quiet->terminal;
		dark.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
		dark.c_lflag |= ECHONL | ICANON;
		if (tcsetattr(quiet->fd, TCSAFLUSH, &dark) == 0)
			return true;
	}
	release_signals(quiet);
	return false;
}

static void quiet_end(const struct quiet *quiet)
{
	tcsetattr(quiet->fd, TCSADRAIN, &quiet->terminal);
	release_signals(quiet);
}

/* As read(); -1 with EINTR once a signal has come. `mask` NULL: signals do what they do. */
static ssize_t read_some(int fd, char *to, size_t room, const sigset_t *mask)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};

	while (ppoll(&input, 1, NULL, mask) < 0) {
		if (errno != EINTR || is_ended)
			return -1;
	}
	return read(fd, to, room);
}

/* Reads until a newline, which is no part of it, or the end; nothing behind the newline. */
static enum festore_error read_line(const struct subcommand *self, int fd, const sigset_t *mask,
	const char *name, struct passphrase *ret_passphrase)
{
	size_t len = 0;

	while (len < PASSPHRASE_ROOM) {
		const ssize_t got = read_some(fd, ret_passphrase->text + len, 1, mask);

		if (got < 0 && errno == EINTR)
			return (enum festore_error)fail(self, FESTORE_INTERRUPTED, "interrupted");
		if (got < 0)
			return (enum festore_error)fail(self, FESTORE_ERROR,
				"cannot read the %s: %s", name, strerror(errno));
		if (got == 0 || ret_passphrase->text[len] == '\n') {
			ret_passphrase->len = len;
			return FESTORE_OK;
		}
		len++;
	}
	return (enum festore_error)fail(
		self, FESTORE_USAGE, "a %s has at most %d bytes", name, PASSPHRASE_ROOM - 1);
}

static enum festore_error ask(const struct subcommand *self, int fd,
	const struct question *question, struct passphrase *ret_passphrase)
{
	struct quiet quiet = {.fd = fd};
	enum festore_error error = FESTORE_OK;

	if (!quiet_begin(&quiet) || write(fd, question->prompt, strlen(question->prompt)) < 0)
		return (enum festore_error)fail(
			self, FESTORE_ERROR, "cannot use the terminal: %s", strerror(errno));
	error = read_line(self, fd, &quiet.mask, question->name, ret_passphrase);
	quiet_end(&quiet);
	return error;
}

static enum festore_error ask_on_terminal(const struct subcommand *self,
	const struct question *question, struct passphrase *ret_passphrase)
{
	const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	enum festore_error error = FESTORE_OK;

	if (fd < 0)
		return (enum festore_error)fail(self, FESTORE_USAGE, "%s", question->no_terminal);
	error = ask(self, fd, question, ret_passphrase);
	close(fd);
	return error;
}

enum festore_error passphrase_get(const struct subcommand *self, const char *descriptor,
	const struct question *question, struct passphrase *ret_passphrase)
{
	char *end_of_number = NULL;
	long fd = 0;

	if (!descriptor)
		return ask_on_terminal(self, question, ret_passphrase);
	errno = 0;
	fd = strtol(descriptor, &end_of_number, 10);
	if (errno != 0 || end_of_number == descriptor || *end_of_number != 0 || fd < 0 ||
		fcntl((int)fd, F_GETFD) < 0)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "%s is no open descriptor", descriptor);
	return read_line(self, (int)fd, NULL, question->name, ret_passphrase);
}
