/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one or two clients do to a store, one operation after another, while a test looks over their
 * shoulder. At any step it may branch (explore.h) and let something happen; what then must hold is
 * the same for all.
 */
#ifndef STORY_H
#define STORY_H

#include "files.h"

#define STORY_CLIENTS 2

/* One operation of one client. */
struct scene {
	unsigned int client;
	struct operation op;
	unsigned int thin; /* of its steps, only one of so many is looked at; 0: all */
};

/* The story so far, at any step. */
struct story {
	const struct scene *scene;
	struct festore *handles[STORY_CLIENTS];
	struct files before; /* all that was acknowledged */
	struct files after;  /* that, and the operation under way */
};

extern struct story story;

/* All kinds of changes and reads, enough of them for several checkpoints. */
extern const struct scene story_scenes[];
extern const unsigned int story_scene_count;

/* A few, for what looks at each of them closely. */
extern const struct scene story_short_scenes[];
extern const unsigned int story_short_scene_count;

/*
 * Plays the scenes from a fresh TEE and an empty disk on. A child in which an operation goes on to
 * its end comes to `judge` with the answer, which must not return.
 */
void story_play(
	const struct scene *scenes, unsigned int count, void (*judge)(enum festore_error error));

/* As store_begin(); also finds out what the TA keeps when all sessions are closed. */
void story_begin(void);

/* --- what may be done in a child ------------------------------------------------------------- */

/* All hooks are gone: from here on everything works. */
void story_calm(void);

/* The power goes; whoever opens the store next must find all that was acknowledged. Ends the child.
 */
_Noreturn void story_cut_power(uint32_t luck);

/* The client dies; the TA and the other client live. Likewise. */
_Noreturn void story_kill_client(void);

/*
 * The operation came to its end with this answer, which must be the truth: also after a power cut
 * (`with_cuts`), and the handle goes on to work. Ends the child.
 */
_Noreturn void story_judge(enum festore_error error, bool with_cuts);

#endif
