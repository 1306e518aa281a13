/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goes through what may happen at each step of a run, by fork(): at a step the test branches, the
 * child meets the misfortune and ends after its check; the parent goes on as if nothing had
 * happened. So a run is made once, however many steps it has.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

/* Says what is wrong, and ends the child, or fails the test. */
_Noreturn void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A test begins: counts anew. */
void explore_begin(void);

/*
 * Branches: true in the child. It is to end with explore_done(). False in the parent, once the
 * child has ended well; or if this step is not of the sample, or a child was wrong before. Children
 * may branch again.
 */
bool explore_branch(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void explore_done(void);

/* What the test is at, for the messages of what is wrong. */
void explore_label(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* In a child. */
bool explore_is_child(void);

/*
 * One of how many steps is looked at: FESTORE_TEST_SAMPLE, 1 by default. What is expensive asks for
 * every `times`-th of these.
 */
unsigned int explore_sample(void);
void explore_thin_out(unsigned int times);

/* A test with more steps than an everyday run has time for; FESTORE_TEST_ALL looks at all. */
void explore_coarsen(unsigned int times);

/* The test is through: prints the counts, fails if a child was wrong. */
void explore_end(const char *what);

/* Random numbers of a test, the same in every run. */
void chance_begin(uint32_t seed);
uint32_t chance_below(uint32_t limit);

/* Runs only the test FESTORE_TEST_ONLY, if that is set. */
void explore_choose_test(void);

#endif
