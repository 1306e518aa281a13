/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many clients of one vault at once. Each writes down what it does before it does it, and what came
 * of it; a checker (crowd_check.c) reads all that and says whether some order of all operations, in
 * which each takes place at one instant between its beginning and its end, explains it.
 */
#ifndef CROWD_H
#define CROWD_H

#include <festore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- tags ------------------------------------------------------------------------------------- */

enum crowd_kind {
	CROWD_SMALL,    /* beside its record; always there, as the next two */
	CROWD_MEDIUM,   /* in the database */
	CROWD_BLOB,     /* in a file */
	CROWD_FLEETING, /* put and removed */
	CROWD_GROUPED,  /* put and removed by batches, with the other members of its group */
	CROWD_MOVED,    /* one of two tags that a value moves between */
	CROWD_KEY,      /* no file but a key, which one writer alone makes and removes */
};

struct crowd_tag {
	const char *name;
	enum crowd_kind kind;
	unsigned int first; /* of its group or pair; itself, if it is in none */
};

/* Files, then keys. */
#define CROWD_FILES 32u
#define CROWD_KEYS 4u
#define CROWD_TAGS (CROWD_FILES + CROWD_KEYS)
#define CROWD_GROUP 4u
extern const struct crowd_tag crowd_tags[CROWD_TAGS];

/* The number of a tag; CROWD_TAGS: none of ours. */
unsigned int crowd_tag_of(const char *name);

/* --- values: who wrote them, when, where to, and a hash over all that --------------------------
 */

/* Writers are numbered; 0 is the one that fills the vault before, and looks at it afterwards. */
#define CROWD_WRITERS 16u

/* Names one operation of one writer, and the value that it put; never 0. Of a key: a hash of its
 * public half. */
typedef uint64_t crowd_stamp;

#define CROWD_ABSENT 0u
#define CROWD_TORN UINT64_MAX
#define CROWD_UNKNOWN (UINT64_MAX - 1) /* the key that a client made who was killed then */

static inline crowd_stamp crowd_stamp_of(unsigned int writer, uint64_t sequence)
{
	return sequence * CROWD_WRITERS + writer;
}

#define CROWD_VALUE_MAX 196608u
#define CROWD_HEAD 40u

/* Tells public halves of keys apart. */
uint64_t crowd_hash(const void *bytes, size_t len);

/* Bytes of a value, which a list shows too: they tell the values of a tag apart. */
size_t crowd_value_len(unsigned int tag, crowd_stamp stamp);

/* Makes a value of crowd_value_len() bytes. */
void crowd_value_make(unsigned int tag, crowd_stamp stamp, uint8_t *to);

/* The stamp of a value that is whole and belongs to this tag; otherwise CROWD_TORN. */
crowd_stamp crowd_value_stamp(unsigned int tag, const uint8_t *value, size_t len);

/* The same of its head (CROWD_HEAD bytes) alone, where `len` is how long the value is said to be.
 */
crowd_stamp crowd_head_stamp(unsigned int tag, const uint8_t *head, uint64_t len);

/* Are these the bytes from `offset` on, behind the head? */
bool crowd_value_part(
	unsigned int tag, crowd_stamp stamp, size_t offset, const uint8_t *part, size_t len);

/* --- what was done ---------------------------------------------------------------------------- */

/* Kinds of operations, as letters in a log. */
enum crowd_act {
	CROWD_PUT = 'p',
	CROWD_REMOVE = 'r',
	CROWD_PUT_GROUP = 'b',
	CROWD_REMOVE_GROUP = 'c',
	CROWD_MOVE = 'm',
	CROWD_GET = 'g',
	CROWD_RANGE = 's',
	CROWD_LIST = 'l',
	CROWD_KEY_MAKE = 'k',
	CROWD_KEY_REMOVE = 'd',
	CROWD_SIGN = 'x', /* and see whether the public half says so */
};

/* What a read saw of one tag: a stamp (CROWD_ABSENT, CROWD_TORN), or in a list the size. */
struct crowd_sight {
	unsigned int tag;
	uint64_t value;
};

#define CROWD_SIGHTS (2 * CROWD_TAGS)

struct crowd_op {
	enum crowd_act act;
	unsigned int writer;
	uint64_t sequence;
	unsigned int tag; /* CROWD_TAGS: all */
	int64_t begin;    /* crowd_now() */
	int64_t end;      /* INT64_MAX: the client was killed before */
	int status;       /* enum festore_error */
	unsigned int sight_count;
	struct crowd_sight sights[CROWD_SIGHTS];
};

/* Nanoseconds of CLOCK_MONOTONIC; those of boot number $FESTORE_CROWD_BOOT follow those of the ones
 * before it. */
int64_t crowd_now(void);

/* Lines of a log: one when an operation begins, one when it has ended. False: not written. */
bool crowd_log_begin(int log, const struct crowd_op *op);
bool crowd_log_end(int log, const struct crowd_op *op);

/* Reads a line; false: there is none such. *ret_has_ended: which of the two it is. */
bool crowd_log_read(char *line, struct crowd_op *ret_op, bool *ret_has_ended);

/* --- who does it ------------------------------------------------------------------------------ */

struct crowd_worker {
	struct festore *fs;
	int log;
	unsigned int writer;
	volatile uint64_t *sequence; /* of its last operation; outlives it */
	uint64_t random;
};

/* Opens the vault; false: it says why. */
bool crowd_open(struct crowd_worker *worker);

/* One operation, of a kind and on a tag that chance chooses. False: it cannot go on. */
bool crowd_act(struct crowd_worker *worker);

/* Puts all tags that are always there, and no others are; and reads all of them. */
bool crowd_fill(struct crowd_worker *worker);
bool crowd_look(struct crowd_worker *worker);

/* --- the judge -------------------------------------------------------------------------------- */

/* Says what of the logs of one vault cannot be, and what there was; 0 if all can. */
int crowd_check(unsigned int count, char **paths);

/*
 * Has every log at least a quarter of the operations that a log has on average, and have all kinds
 * of them succeeded in some? 0 if so.
 */
int crowd_is_fair(unsigned int count, char **paths);

#endif
