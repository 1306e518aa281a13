/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of strace's log (-f -Y -y -s 0), cut into its parts. Any bytes may be in it. */
#ifndef TRACE_LINE_H
#define TRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trace_form {
	TRACE_WHOLE,   /* a system call and what came of it */
	TRACE_BEGUN,   /* something else came before it ended */
	TRACE_RESUMED, /* the rest of one that had begun */
	TRACE_NOTE,    /* no system call: a signal, an end */
};

/* Pieces of the line itself, which is changed by reading it. */
struct trace_line {
	uint32_t thread;
	const char *program; /* its name, "" if it is not told */
	enum trace_form form;
	char *text; /* the call; of TRACE_RESUMED without its head */
};

/* False: this is no line of strace's. */
bool trace_line_read(char *line, struct trace_line *ret_line);

/* A call whose text is whole. */
struct trace_call {
	const char *name;
	char *arguments;
	int64_t result;    /* -1: failed, or it never came back */
	const char *error; /* ENOENT, ...; "" where there is none */
	char *gives;       /* the path behind a resulting descriptor, or "" */
};

/* Cuts `text` into its parts. False: it is damaged. */
bool trace_call_read(char *text, struct trace_call *ret_call);

/* The argument at `index`, from 0 on, as a piece of its own that ends at `*ret_len`; NULL: there
 * is none. */
const char *trace_argument(const char *arguments, unsigned int index, size_t *ret_len);

/* A number in that argument: decimal, hexadecimal or octal. False: there is none. */
bool trace_argument_number(const char *arguments, unsigned int index, uint64_t *ret_number);

/*
 * The path in an argument, either quoted or behind a descriptor, without what surrounds it; *ret_fd
 * is the descriptor or -1. NULL: there is no path.
 */
const char *trace_argument_path(
	const char *arguments, unsigned int index, int *ret_fd, size_t *ret_len);

/* Does the argument have this word, between anything but letters, digits and `_`? */
bool trace_argument_has(const char *arguments, unsigned int index, const char *word);

#endif
