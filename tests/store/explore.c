// SPDX-License-Identifier: BSD-2-Clause
/* Branches by fork(). */
#include "explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Longer than any child needs, under the slowest sanitizer; what hangs ends by SIGALRM. */
enum { CHILD_SECONDS = 60, LABEL_ROOM = 320 };

static bool is_child;
static bool has_failed;
static struct counts {
	unsigned long steps;
	unsigned long branches;
} * counts; /* shared with all children */
static unsigned int thinned = 1;
static unsigned int coarse = 1;
static char label[LABEL_ROOM];
static uint32_t state;

/* AddressSanitizer keeps less of what was freed and gives nothing back: these tests allocate a lot.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=8:allocator_release_to_os_interval_ms=-1";
}

void wrong(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "WRONG: %s%s\n", label, text);
	if (is_child)
		_exit(1);
	fail_msg("%s", text);
	abort();
}

void explore_begin(void)
{
	if (!counts)
		counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		abort();
	memset(counts, 0, sizeof(*counts));
	thinned = 1;
	coarse = 1;
	has_failed = false;
	label[0] = '\0';
}

unsigned int explore_sample(void)
{
	const char *text = getenv("FESTORE_TEST_SAMPLE");
	const unsigned long sample = text ? strtoul(text, NULL, 10) : 1;

	return sample == 0 ? 1 : (unsigned int)sample;
}

void explore_thin_out(unsigned int times)
{
	thinned = times;
}

void explore_coarsen(unsigned int times)
{
	coarse = getenv("FESTORE_TEST_ALL") ? 1 : times;
}

/* Not each n-th, which might fall in step with what is looked at. */
static bool is_in_sample(unsigned long step)
{
	const uint32_t mixed = (uint32_t)step * 2654435761u;

	return (mixed >> 8) % (explore_sample() * thinned * coarse) == 0;
}

static bool ended_well(pid_t child)
{
	int status = 0;

	if (waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status))
		dprintf(STDERR_FILENO, "WRONG: signal %d in: %s\n", WTERMSIG(status), label);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool explore_branch(const char *format, ...)
{
	const size_t outer = strlen(label);
	va_list args;
	pid_t child = 0;

	counts->steps++;
	if (has_failed || !(is_child || is_in_sample(counts->steps)))
		return false;
	counts->branches++;
	va_start(args, format);
	vsnprintf(label + outer, sizeof(label) - outer, format, args);
	va_end(args);
	strncat(label, ": ", sizeof(label) - strlen(label) - 1);
	child = fork();
	if (child == 0) {
		is_child = true;
		alarm(CHILD_SECONDS);
		return true;
	}
	has_failed = child < 0 || !ended_well(child);
	if (has_failed && is_child)
		_exit(1);
	label[outer] = '\0';
	return false;
}

void explore_label(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(label, sizeof(label), format, args);
	va_end(args);
	strncat(label, ": ", sizeof(label) - strlen(label) - 1);
}

void explore_done(void)
{
	_exit(0);
}

bool explore_is_child(void)
{
	return is_child;
}

void explore_end(const char *what)
{
	print_message("%s: %lu steps, %lu looked at\n", what, counts->steps, counts->branches);
	if (has_failed)
		fail_msg("%s: a branch was wrong, see above", what);
}

void chance_begin(uint32_t seed)
{
	state = seed * 2654435761u | 1u;
}

uint32_t chance_below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

void explore_choose_test(void)
{
	const char *only = getenv("FESTORE_TEST_ONLY");

	if (only)
		cmocka_set_test_filter(only);
}
