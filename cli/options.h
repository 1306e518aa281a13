/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of all subcommands, each of which takes some of them. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "cli.h"

struct options {
	bool all;                /* --all */
	bool insecure_huk;       /* --accept-insecure-huk */
	bool force;              /* -f */
	bool is_long;            /* -l */
	bool json;               /* --json */
	bool no_clobber;         /* -n, --no-clobber */
	bool quiet;              /* -q, --quiet */
	bool is_recursive;       /* -r */
	bool removes;            /* --remove */
	bool repair;             /* --repair */
	bool verbose;            /* -v, --verbose */
	bool accepts_rollback;   /* --accept-rollback */
	bool has_seen;           /* --seen */
	bool unproven;           /* --unproven */
	bool yes;                /* --yes */
	unsigned int policy;     /* --write-once, --append-only, --read-once: enum festore_flag */
	const char *output;      /* -o FILE */
	const char *range;       /* --range OFFSET:LENGTH */
	const char *group;       /* -g, --group GROUP */
	const char *vault;       /* --vault NAME */
	const char *aead;        /* --aead NAME */
	const char *anchor;      /* --anchor KIND */
	const char *anchor_when; /* --anchor-when WHEN */

	bool asks_pin;          /* --pin */
	bool without_pin;       /* --without-pin */
	const char *pin_fd;     /* --pin-fd N */
	const char *new_pin_fd; /* --new-pin-fd N */
	const char *pin_tries;  /* --pin-tries N */
	unsigned int tries;     /* its number, or 0 */
	bool makes_pin;         /* to be set before: the PIN is a new one, to be typed twice */

	/* Of encrypt. */
	bool raw;              /* --raw */
	const char *recipient; /* --recipient PUB.pem */

	/* Of keys. */
	const char *type;          /* --type TYPE */
	const char *use;           /* --use USE,... */
	const char *format;        /* --format FORMAT */
	const char *key;           /* --key TAG */
	const char *public_key;    /* --pubkey FILE */
	const char *signature;     /* --signature FILE */
	const char *scheme;        /* --scheme SCHEME */
	const char *hash;          /* --hash HASH */
	const char *name_space;    /* --namespace NAME */
	const char *passphrase_fd; /* --passphrase-fd N */
	const char *peer;          /* --peer FILE */
	const char *salt;          /* --salt TEXT */
	const char *info;          /* --info TEXT */
	const char *length;        /* --length N */
	const char *subject;       /* --subject NAME */
	const char *other_names;   /* --san NAME,... */
	const char *days;          /* --days N */
	const char *max_uses;      /* --max-uses N */
	bool is_ca;                /* --ca */
	bool log;                  /* --log */
	const char *since;         /* --since N */
	const char *keep;          /* --keep N */

	/* Names as they were given, or NULL; then the default is meant. */
	const char *storage_name; /* --storage STORAGE */
	const char *from_name;    /* --from STORAGE */
	enum festore_storage storage;
	enum festore_storage from;
};

/* What all subcommands on files take: -g, --pin, --pin-fd, -q, -v, --storage, --vault. */
#define OPTIONS_COMMON "gqvSV12"

/*
 * Reads the options whose letters are in `letters` (A is --all, B is --pubkey, C is --recipient, D
 * is --remove, E is --aead, Q is --anchor, X is --anchor-when, Z is --accept-rollback, b is --seen,
 * u is --unproven, w is --write-once, x is --read-once, z is --append-only, Y is --yes, F is
 * --from, G is --hash, H is
 * --accept-insecure-huk, I is --signature, J is --json, K is --key, L is --length, M is --scheme, N
 * is --namespace, O is --format, P is
 * --repair, R is --range, S is --storage, T is --type, U is --use, V is --vault, W is --raw, a is
 * --san, c is --ca, d is --days, e is --peer, i is --info, j is --subject, m is --max-uses, p is
 * --passphrase-fd, s is --salt, 1 is --pin, 2 is --pin-fd, 3 is --pin-tries, 4 is --new-pin-fd, 5
 * is --without-pin, k is --keep, t is --since, 6 is --log); a `+` before them: up to the first
 * argument. Arguments are left from optind on, and must be `least` to `most`. If not, or if an
 * option or a storage is unknown, says how it should be; returns FESTORE_USAGE.
 */
enum festore_error options_read(const struct subcommand *self, int argc, char **argv,
	const char *letters, int least, int most, struct options *ret_options);

struct passphrase;

/*
 * A new PIN, from the descriptor of this number, or typed twice on the terminal. A failure is
 * printed and returned.
 */
enum festore_error options_new_pin(
	const struct subcommand *self, const char *descriptor, struct passphrase *ret_pin);

/* The name of a storage, as --storage takes it. */
const char *storage_name(enum festore_storage storage);

/*
 * Opens the store that the options name, or prints why not, and starts the watchdog. *ret_fs is
 * always to be ended with options_close(), which also ends the watchdog.
 */
enum festore_error options_open(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs);

/* As options_open(), but prints nothing of what festore_open() answers. */
enum festore_error options_try(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs);

void options_close(struct festore **fs);

#endif
