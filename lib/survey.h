/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is left of a vault, all in one snapshot: its rows, what they prove of the tree, and what the
 * TA says of each record. survey.c takes it, check.c tells of it, mend.c changes what is wrong.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include "evidence.h"
#include "vault.h"

/* A row of entries, beside its leaf in `evidence`. */
struct survey_row {
	int64_t content_id;
	bool has_record; /* of a size that can be */
	bool is_marked;  /* to be removed */
	bool is_open;    /* its record opens: what follows is sealed in it */
	uint32_t kind;
	uint64_t size;
	char *tag; /* malloc'd */
};

struct survey {
	struct festore *fs;
	bool has_state;
	struct festore_vault_state state;
	bool header_is_good[2];
	struct festore_vault_header header; /* the good one, if there is one */
	char structure[FAILURE_TEXT_MAX];   /* what SQLite says; "": nothing */

	struct evidence evidence;
	struct evidence_leaf *leaves;
	struct survey_row *rows; /* as many as leaves */
	size_t row_room;
	struct evidence_node *nodes;
	size_t node_room;
	int64_t *contents; /* numbers, increasing */
	size_t content_count;
	size_t content_room;
	int64_t *named; /* numbers of contents that entries name, increasing; one each row */
	struct bytes_misfits misfits;
	uint64_t missing; /* leaves of the vault that no proven entry is; the TA's word */
};

/*
 * Takes a survey in the transaction that is open; *survey is all zero but `fs`, or of an earlier
 * one that is forgotten. FESTORE_DAMAGED: not even what is left can be proven. In any case it is
 * the caller's, for survey_end().
 */
enum festore_error survey_take(struct survey *survey);

/* Is there a row of this content? Does an entry name it? */
bool survey_has_content(const struct survey *survey, int64_t id);
bool survey_names(const struct survey *survey, int64_t id);

/* The beginning of a survey, which needs no vault that opens: structure, state, headers. */
enum festore_error survey_look(struct survey *survey);

/*
 * Gives all items of the tree to the TA again, as VAULT_PRUNE, without those that are marked. Then
 * the session has a working root.
 */
enum festore_error survey_prune(struct survey *survey);

/* Frees what it has; it is all zero then. */
void survey_end(struct survey *survey);

/* The id of an entry: as much as is known of its locator, in 16 digits. */
#define SURVEY_ID_MAX 17
void survey_id(int64_t key, char to[SURVEY_ID_MAX]);

#endif
