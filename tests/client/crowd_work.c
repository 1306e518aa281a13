/* SPDX-License-Identifier: BSD-2-Clause */
/* What one client of a crowd does (crowd.h). */
#include "crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* After so many operations a client connects anew. */
#define OPS_A_HANDLE 40u

/* Bytes of one range. */
#define RANGE_MAX 20000u

bool crowd_open(struct crowd_worker *worker)
{
	festore_close(&worker->fs);
	if (festore_open(&worker->fs, NULL) == FESTORE_OK)
		return true;
	fprintf(stderr, "writer %u cannot open: %s\n", worker->writer,
		worker->fs ? festore_reason(worker->fs) : "no memory");
	return false;
}

/* Not for secrets; only that all kinds of operations meet. */
static unsigned int chance(struct crowd_worker *worker, unsigned int below)
{
	worker->random = worker->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)((worker->random >> 33) % below);
}

static void saw(struct crowd_op *op, unsigned int tag, uint64_t value)
{
	if (op->sight_count < CROWD_SIGHTS)
		op->sights[op->sight_count++] = (struct crowd_sight){tag, value};
}

/* --- operations; each answers as libfestore does -----------------------------------------------
 */

static enum festore_error put(struct festore *fs, unsigned int tag, crowd_stamp stamp)
{
	static uint8_t value[CROWD_VALUE_MAX];

	crowd_value_make(tag, stamp, value);
	return festore_file_put(fs, crowd_tags[tag].name, value, crowd_value_len(tag, stamp), 0);
}

static enum festore_error get(struct festore *fs, struct crowd_op *op)
{
	void *value = NULL;
	size_t len = 0;
	const enum festore_error error =
		festore_file_get(fs, crowd_tags[op->tag].name, &value, &len);

	if (error == FESTORE_OK)
		saw(op, op->tag, crowd_value_stamp(op->tag, value, len));
	else if (error == FESTORE_NOT_FOUND)
		saw(op, op->tag, CROWD_ABSENT);
	festore_content_free(value, len);
	return error;
}

/* The head, and a part somewhere behind it: both of one value, whatever happens meanwhile. */
static enum festore_error read_range(struct festore_reader *reader, uint64_t size, uint64_t offset,
	size_t len, struct crowd_op *op)
{
	uint8_t head[CROWD_HEAD];
	uint8_t part[RANGE_MAX];
	size_t got = 0;
	crowd_stamp stamp = CROWD_TORN;
	enum festore_error error = festore_reader_read(reader, 0, head, sizeof(head), &got);

	if (error == FESTORE_OK && got == sizeof(head))
		stamp = crowd_head_stamp(op->tag, head, size);
	if (error == FESTORE_OK)
		error = festore_reader_read(reader, offset, part, len, &got);
	if (error == FESTORE_OK &&
		(got != (size - offset < len ? size - offset : len) ||
			!crowd_value_part(op->tag, stamp, (size_t)offset, part, got)))
		stamp = CROWD_TORN;
	if (error == FESTORE_OK)
		saw(op, op->tag, stamp);
	return error;
}

static enum festore_error range(struct crowd_worker *worker, struct crowd_op *op)
{
	struct festore_reader *reader = NULL;
	struct festore_file_info info;
	enum festore_error error =
		festore_reader_open(worker->fs, crowd_tags[op->tag].name, &reader, &info);

	if (error != FESTORE_OK)
		return error;
	if (info.size > CROWD_HEAD && info.size <= CROWD_VALUE_MAX)
		error = read_range(reader, info.size,
			CROWD_HEAD + chance(worker, (unsigned int)info.size - CROWD_HEAD),
			1 + chance(worker, RANGE_MAX), op);
	else
		saw(op, op->tag, CROWD_TORN);
	festore_reader_close(&reader);
	return error;
}

static int note_listed(const struct festore_file_info *info, void *arg)
{
	saw(arg, crowd_tag_of(info->tag), info->size);
	return 0;
}

/* All members of a group are put, or removed, in one commit. */
static enum festore_error change_group(struct festore *fs, const struct crowd_op *op)
{
	const crowd_stamp stamp = crowd_stamp_of(op->writer, op->sequence);
	enum festore_error error = festore_batch_begin(fs);

	for (unsigned int i = 0; i < CROWD_GROUP && error == FESTORE_OK; i++) {
		if (op->act == CROWD_PUT_GROUP)
			error = put(fs, op->tag + i, stamp);
		else
			error = festore_file_remove(fs, crowd_tags[op->tag + i].name);
	}
	if (error == FESTORE_OK)
		return festore_batch_commit(fs);
	festore_batch_abort(fs);
	return error;
}

/* A hash of the public half, which tells keys apart; CROWD_ABSENT: there is no key. */
static enum festore_error read_public(
	struct festore *fs, const char *tag, uint8_t **ret_der, size_t *ret_len, uint64_t *ret_hash)
{
	void *der = NULL;
	const enum festore_error error =
		festore_key_public(fs, tag, FESTORE_KEY_DER, &der, ret_len);

	*ret_der = der;
	*ret_hash = error == FESTORE_OK ? crowd_hash(der, *ret_len) : CROWD_ABSENT;
	return error;
}

static enum festore_error make_key(struct festore *fs, struct crowd_op *op)
{
	const char *tag = crowd_tags[op->tag].name;
	uint8_t *der = NULL;
	size_t len = 0;
	uint64_t hash = CROWD_ABSENT;
	enum festore_error error = festore_key_generate(fs, tag,
		op->tag % 2 == 0 ? FESTORE_KEY_P256 : FESTORE_KEY_ED25519, FESTORE_KEY_SIGN);

	if (error != FESTORE_OK)
		return error;
	error = read_public(fs, tag, &der, &len, &hash);
	saw(op, op->tag, hash);
	festore_content_free(der, len);
	return error;
}

/* Is it a signature of the message by that key? */
static bool is_signature(const uint8_t *der, size_t der_len, const void *message,
	size_t message_len, const void *signature, size_t len)
{
	struct festore_signing *signing = NULL;
	const bool is_right = festore_verify_begin(der, der_len, FESTORE_SCHEME_DEFAULT,
				      FESTORE_HASH_DEFAULT, &signing) == FESTORE_OK &&
		festore_signing_add(signing, message, message_len) == FESTORE_OK &&
		festore_verify_finish(signing, signature, len) == FESTORE_OK;

	festore_signing_end(&signing);
	return is_right;
}

static enum festore_error sign(struct festore *fs, struct crowd_op *op)
{
	const char *tag = crowd_tags[op->tag].name;
	struct festore_signing *signing = NULL;
	uint8_t *der = NULL;
	void *signature = NULL;
	size_t der_len = 0;
	size_t len = 0;
	uint64_t hash = CROWD_ABSENT;
	enum festore_error error = read_public(fs, tag, &der, &der_len, &hash);

	if (error == FESTORE_OK)
		error = festore_sign_begin(
			fs, tag, FESTORE_SCHEME_DEFAULT, FESTORE_HASH_DEFAULT, &signing);
	if (error == FESTORE_OK)
		error = festore_signing_add(signing, op, offsetof(struct crowd_op, end));
	if (error == FESTORE_OK)
		error = festore_sign_finish(signing, &signature, &len);
	if (error == FESTORE_OK &&
		!is_signature(der, der_len, op, offsetof(struct crowd_op, end), signature, len))
		hash = CROWD_TORN;
	if (error == FESTORE_OK)
		saw(op, op->tag, hash);
	festore_signing_end(&signing);
	festore_content_free(signature, len);
	festore_content_free(der, der_len);
	return error;
}

static enum festore_error run(struct crowd_worker *worker, struct crowd_op *op)
{
	struct festore *fs = worker->fs;

	switch (op->act) {
	case CROWD_PUT:
		return put(fs, op->tag, crowd_stamp_of(op->writer, op->sequence));
	case CROWD_REMOVE:
		return festore_file_remove(fs, crowd_tags[op->tag].name);
	case CROWD_PUT_GROUP:
	case CROWD_REMOVE_GROUP:
		return change_group(fs, op);
	case CROWD_MOVE:
		/* To the other one of its pair. */
		return festore_file_move(fs, crowd_tags[op->tag].name,
			crowd_tags[op->tag ^ 1u].name, FESTORE_NO_CLOBBER);
	case CROWD_GET:
		return get(fs, op);
	case CROWD_RANGE:
		return range(worker, op);
	case CROWD_LIST:
		return festore_file_list(fs, NULL, note_listed, op);
	case CROWD_KEY_MAKE:
		return make_key(fs, op);
	case CROWD_KEY_REMOVE:
		return festore_key_remove(fs, crowd_tags[op->tag].name);
	case CROWD_SIGN:
		return sign(fs, op);
	default:
		return FESTORE_USAGE;
	}
}

/* What is not there in its turn is no failure: a removed tag, a group, the other one of a pair. */
static bool is_expected(const struct crowd_op *op)
{
	return op->status == FESTORE_OK ||
		(op->status == FESTORE_EXISTS && op->act == CROWD_KEY_MAKE) ||
		(op->status == FESTORE_NOT_FOUND && op->tag < CROWD_TAGS &&
			crowd_tags[op->tag].kind >= CROWD_FLEETING);
}

static bool perform(struct crowd_worker *worker, enum crowd_act act, unsigned int tag)
{
	struct crowd_op op = {
		.act = act,
		.writer = worker->writer,
		.sequence = ++*worker->sequence,
		.tag = tag,
		.begin = crowd_now(),
	};

	if (!crowd_log_begin(worker->log, &op))
		return false;
	op.status = (int)run(worker, &op);
	op.end = crowd_now();
	if (!is_expected(&op))
		fprintf(stderr, "writer %u, %c of %s: status %d, %s\n", op.writer, (char)op.act,
			tag < CROWD_TAGS ? crowd_tags[tag].name : "all", op.status,
			festore_reason(worker->fs));
	return crowd_log_end(worker->log, &op);
}

/* --- what it chooses ---------------------------------------------------------------------------
 */

/* Of a hundred operations, so many. */
static const struct {
	enum crowd_act act;
	unsigned int share;
	unsigned int first; /* tags: from here on so many, in such steps */
	unsigned int count;
	unsigned int step;
} choices[] = {
	{CROWD_PUT, 16, 0, 8, 1},
	{CROWD_PUT, 8, 8, 4, 1},
	{CROWD_PUT, 8, 12, 4, 1},
	{CROWD_PUT, 6, 16, 4, 1},
	{CROWD_REMOVE, 6, 16, 4, 1},
	{CROWD_PUT_GROUP, 5, 20, 2, CROWD_GROUP},
	{CROWD_REMOVE_GROUP, 3, 20, 2, CROWD_GROUP},
	{CROWD_MOVE, 6, 28, 4, 1},
	{CROWD_GET, 21, 0, CROWD_FILES, 1},
	{CROWD_RANGE, 6, 12, 4, 1},
	{CROWD_LIST, 6, CROWD_TAGS, 1, 1},
	{CROWD_SIGN, 5, CROWD_FILES, CROWD_KEYS, 1},
	{CROWD_KEY_MAKE, 2, CROWD_FILES, CROWD_KEYS, 1},
	{CROWD_KEY_REMOVE, 2, CROWD_FILES, CROWD_KEYS, 1},
};

bool crowd_act(struct crowd_worker *worker)
{
	unsigned int at = chance(worker, 100);
	size_t i = 0;

	if (*worker->sequence % OPS_A_HANDLE == 0 && !crowd_open(worker))
		return false;
	while (at >= choices[i].share)
		at -= choices[i++].share;
	/* Its own, so that it knows which key it has made. Who has none lists. */
	if (choices[i].first == CROWD_FILES && worker->writer <= CROWD_KEYS)
		return perform(worker, choices[i].act, CROWD_FILES + worker->writer - 1);
	if (choices[i].first == CROWD_FILES)
		return perform(worker, CROWD_LIST, CROWD_TAGS);
	return perform(worker, choices[i].act,
		choices[i].first + chance(worker, choices[i].count) * choices[i].step);
}

bool crowd_fill(struct crowd_worker *worker)
{
	bool is_well = true;

	for (unsigned int tag = 0; tag < CROWD_TAGS && is_well; tag++) {
		const enum crowd_kind kind = crowd_tags[tag].kind;
		const bool is_there =
			kind <= CROWD_BLOB || (kind == CROWD_MOVED && crowd_tags[tag].first == tag);

		if (kind == CROWD_KEY)
			is_well = perform(worker, CROWD_KEY_REMOVE, tag);
		else
			is_well = perform(worker, is_there ? CROWD_PUT : CROWD_REMOVE, tag);
	}
	return is_well;
}

bool crowd_look(struct crowd_worker *worker)
{
	bool is_well = perform(worker, CROWD_LIST, CROWD_TAGS);

	for (unsigned int tag = 0; tag < CROWD_TAGS && is_well; tag++)
		is_well = perform(worker, tag < CROWD_FILES ? CROWD_GET : CROWD_SIGN, tag);
	return is_well;
}
