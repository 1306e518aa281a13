/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge of a crowd's logs (crowd.h). Every operation takes place at one instant between its
 * beginning and its end; of a client that was killed, at any later one or never. A write is *over*
 * when another one of its tag, which began after it had taken place, is acknowledged: from then on
 * nobody may see it. So each sight bounds the instant of the read that it belongs to, and a list
 * must have one that suits all its tags.
 */
#include "crowd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of each kind of wrong, so many are said. */
#define SAID_MAX 5u

struct write {
	unsigned int tag;
	crowd_stamp stamp; /* CROWD_ABSENT: a removal */
	int64_t begin;
	int64_t end;        /* acknowledged; INT64_MAX: never */
	int64_t seen_first; /* from here on it surely had taken place: acknowledged, or seen */
	int64_t seen_last;  /* beginning of the last operation that it was there for */
	int64_t over;       /* INT64_MAX: it may be there until the end */
	int64_t overs;      /* the least `seen_first` from here on, in the order of beginnings */
};

struct op {
	struct crowd_op is;
	unsigned int log;
};

/* All of a vault. */
struct crowd {
	struct op *ops;
	size_t op_count;
	struct write *writes; /* by tag, then by beginning */
	size_t write_count;
	size_t first[CROWD_TAGS + 1]; /* a tag's writes */
	size_t wrongs;
	size_t sights;
	size_t contended;
	int64_t longest;
};

__attribute__((format(printf, 3, 4))) static void wrong(
	struct crowd *crowd, const struct crowd_op *op, const char *format, ...)
{
	va_list arguments;

	if (crowd->wrongs++ >= SAID_MAX)
		return;
	printf("WRONG: ");
	if (op)
		printf("%c by writer %u, its operation %" PRIu64 ": ", (char)op->act, op->writer,
			op->sequence);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static const char *name_of(unsigned int tag)
{
	return tag < CROWD_TAGS ? crowd_tags[tag].name : "a tag that nobody put";
}

/* --- reading -----------------------------------------------------------------------------------
 */

static void *larger(void *array, size_t count, size_t size)
{
	/* Doubles at each power of two. */
	if (count == 0 || (count & (count - 1)) != 0)
		return count == 0 ? calloc(1, size) : array;
	return reallocarray(array, 2 * count, size);
}

/* The operation that a line of its end belongs to: of one log, the last one. */
static struct op *begun(struct crowd *crowd, const struct crowd_op *ended, unsigned int log)
{
	struct op *last = crowd->op_count != 0 ? &crowd->ops[crowd->op_count - 1] : NULL;

	if (!last || last->log != log || last->is.sequence != ended->sequence ||
		last->is.writer != ended->writer || last->is.end != INT64_MAX)
		return NULL;
	return last;
}

static bool take_line(struct crowd *crowd, char *line, unsigned int log)
{
	struct crowd_op op;
	struct op *known = NULL;
	bool has_ended = false;

	if (!crowd_log_read(line, &op, &has_ended))
		return false;
	if (has_ended) {
		known = begun(crowd, &op, log);
		if (!known)
			return false;
		known->is = op;
		return true;
	}
	crowd->ops = larger(crowd->ops, crowd->op_count, sizeof(*crowd->ops));
	if (!crowd->ops)
		return false;
	crowd->ops[crowd->op_count++] = (struct op){op, log};
	return true;
}

static bool read_log(struct crowd *crowd, const char *path, unsigned int log)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	bool is_well = file != NULL;

	while (is_well && getline(&line, &room, file) > 0) {
		is_well = take_line(crowd, line, log);
		if (!is_well)
			printf("WRONG: no line of a log, in %s\n", path);
	}
	if (!file)
		perror(path);
	else
		fclose(file);
	free(line);
	return is_well;
}

/* --- writes ------------------------------------------------------------------------------------
 */

static crowd_stamp stamp_put(const struct crowd_op *op)
{
	if (op->act != CROWD_KEY_MAKE)
		return crowd_stamp_of(op->writer, op->sequence);
	return op->sight_count != 0 ? op->sights[0].value : CROWD_UNKNOWN;
}

static void add_write(struct crowd *crowd, const struct crowd_op *op, unsigned int tag, bool is_put)
{
	struct write *write = NULL;

	crowd->writes = larger(crowd->writes, crowd->write_count, sizeof(*crowd->writes));
	if (!crowd->writes)
		abort();
	write = &crowd->writes[crowd->write_count++];
	*write = (struct write){
		.tag = tag,
		.stamp = is_put ? stamp_put(op) : CROWD_ABSENT,
		.begin = op->begin,
		.end = op->end,
		.seen_first = op->end,
		.seen_last = op->begin,
		.over = INT64_MAX,
	};
}

static void add_writes_of(struct crowd *crowd, const struct crowd_op *op)
{
	const bool is_group = op->act == CROWD_PUT_GROUP || op->act == CROWD_REMOVE_GROUP;
	const bool is_put =
		op->act == CROWD_PUT || op->act == CROWD_PUT_GROUP || op->act == CROWD_KEY_MAKE;
	const bool is_remove = op->act == CROWD_REMOVE || op->act == CROWD_KEY_REMOVE;

	/* What failed has changed nothing. Moves are judged by their pairs alone. */
	if (op->status != FESTORE_OK || (!is_put && !is_group && !is_remove))
		return;
	for (unsigned int i = 0; i < (is_group ? CROWD_GROUP : 1) && op->tag + i < CROWD_TAGS; i++)
		add_write(crowd, op, op->tag + i, is_put);
}

static int by_tag_and_begin(const void *a, const void *b)
{
	const struct write *x = a;
	const struct write *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static void collect_writes(struct crowd *crowd)
{
	const struct crowd_op nothing = {.act = CROWD_REMOVE};
	size_t at = 0;

	for (unsigned int tag = 0; tag < CROWD_TAGS; tag++)
		add_write(crowd, &nothing, tag, false);
	for (size_t i = 0; i < crowd->op_count; i++)
		add_writes_of(crowd, &crowd->ops[i].is);
	qsort(crowd->writes, crowd->write_count, sizeof(*crowd->writes), by_tag_and_begin);
	for (unsigned int tag = 0; tag <= CROWD_TAGS; tag++) {
		while (at < crowd->write_count && crowd->writes[at].tag < tag)
			at++;
		crowd->first[tag] = at;
	}
}

/*
 * The write whose value this is; NULL: nobody's. A list shows sizes, which come again after some
 * thousand operations: then it is the latest one that can be.
 */
static struct write *write_seen_of(struct crowd *crowd, const struct crowd_op *op,
	const struct crowd_sight *sight, size_t before, bool is_known)
{
	const bool is_size = op->act == CROWD_LIST;

	for (size_t i = before; i > crowd->first[sight->tag]; i--) {
		struct write *write = &crowd->writes[i - 1];

		if (write->stamp == CROWD_ABSENT || write->begin > op->end)
			continue;
		if (!is_known && write->stamp == CROWD_UNKNOWN)
			return write;
		if (is_known &&
			(is_size ? crowd_value_len(write->tag, write->stamp) == sight->value
				 : write->stamp == sight->value))
			return write;
	}
	return NULL;
}

static struct write *write_seen(
	struct crowd *crowd, const struct crowd_op *op, const struct crowd_sight *sight)
{
	const size_t last = crowd->first[sight->tag + 1];
	struct write *write = write_seen_of(crowd, op, sight, last, true);

	return write ? write : write_seen_of(crowd, op, sight, last, false);
}

/* Can this size in a list be of one write only? */
static bool is_clear(
	struct crowd *crowd, const struct crowd_op *op, const struct crowd_sight *sight)
{
	const struct write *write = NULL;
	const struct write *other = NULL;

	if (op->act != CROWD_LIST)
		return true;
	write = write_seen(crowd, op, sight);
	if (!write)
		return true;
	other = write_seen_of(crowd, op, sight, (size_t)(write - crowd->writes), true);
	return !other || (write->end <= op->begin && other->end <= write->begin);
}

/* Does this sight tell of a value put under its own tag? */
static bool is_value(const struct crowd_sight *sight)
{
	return sight->tag < CROWD_TAGS && sight->value != CROWD_ABSENT &&
		sight->value != CROWD_TORN && crowd_tags[sight->tag].kind != CROWD_MOVED;
}

/* Who saw what, and so which writes had taken place when. */
static void note_sights(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->op_count; i++) {
		const struct crowd_op *op = &crowd->ops[i].is;

		for (unsigned int n = 0; n < op->sight_count; n++) {
			struct write *write =
				is_value(&op->sights[n]) && is_clear(crowd, op, &op->sights[n])
				? write_seen(crowd, op, &op->sights[n])
				: NULL;

			if (write && op->end < write->seen_first)
				write->seen_first = op->end;
			if (write && op->begin > write->seen_last)
				write->seen_last = op->begin;
		}
	}
}

/* When each is over. */
static void find_overs(struct crowd *crowd, unsigned int tag)
{
	const size_t first = crowd->first[tag];
	const size_t last = crowd->first[tag + 1];
	int64_t least = INT64_MAX;

	for (size_t i = last; i > first; i--) {
		if (crowd->writes[i - 1].seen_first < least)
			least = crowd->writes[i - 1].seen_first;
		crowd->writes[i - 1].overs = least;
	}
	for (size_t i = first; i < last; i++) {
		struct write *write = &crowd->writes[i];
		size_t from = i;

		while (from < last && crowd->writes[from].begin <= write->seen_first)
			from++;
		crowd->contended += from > i + 1 ? 1 : 0;
		if (from < last)
			write->over = crowd->writes[from].overs;
	}
}

/* --- what cannot be ----------------------------------------------------------------------------
 */

/* The instants at which a read may have taken place. */
struct span {
	int64_t from;
	int64_t to;
};

static void narrow(struct span *span, int64_t from, int64_t to)
{
	if (from > span->from)
		span->from = from;
	if (to < span->to)
		span->to = to;
}

static bool may_be_absent(struct crowd *crowd, const struct crowd_op *op, unsigned int tag)
{
	for (size_t i = crowd->first[tag]; i < crowd->first[tag + 1]; i++) {
		const struct write *write = &crowd->writes[i];
		struct span span = {op->begin, op->end};

		narrow(&span, write->begin, write->over);
		if (write->stamp == CROWD_ABSENT && span.from <= span.to)
			return true;
	}
	return false;
}

static void check_sight(struct crowd *crowd, const struct crowd_op *op,
	const struct crowd_sight *sight, struct span *span)
{
	const struct write *write = NULL;

	if (sight->tag >= CROWD_TAGS)
		wrong(crowd, op, "saw a tag that nobody put");
	else if (sight->value == CROWD_TORN)
		wrong(crowd, op, "%s is torn", name_of(sight->tag));
	if (!is_value(sight) || !is_clear(crowd, op, sight))
		return;
	crowd->sights++;
	write = write_seen(crowd, op, sight);
	if (!write) {
		wrong(crowd, op, "%s has a value that nobody put by then", name_of(sight->tag));
		return;
	}
	narrow(span, write->begin, write->over);
	if (span->from > span->to)
		wrong(crowd, op, "%s had not this value any more, or together with the others",
			name_of(sight->tag));
}

static unsigned int times_seen(const struct crowd_op *op, unsigned int tag)
{
	unsigned int times = 0;

	for (unsigned int i = 0; i < op->sight_count; i++)
		times += op->sights[i].tag == tag ? 1 : 0;
	return times;
}

static uint64_t value_seen(const struct crowd_op *op, unsigned int tag)
{
	for (unsigned int i = 0; i < op->sight_count; i++)
		if (op->sights[i].tag == tag)
			return op->sights[i].value;
	return CROWD_ABSENT;
}

/* One state: everything that is always there, groups whole or not at all, one of each pair. */
static void check_list(struct crowd *crowd, const struct crowd_op *op)
{
	for (unsigned int tag = 0; tag < CROWD_FILES; tag++) {
		const enum crowd_kind kind = crowd_tags[tag].kind;
		const unsigned int times = times_seen(op, tag);
		const unsigned int first = crowd_tags[tag].first;

		if (times > 1 || (times == 0 && kind <= CROWD_BLOB))
			wrong(crowd, op, "lists %s %u times", name_of(tag), times);
		if (kind == CROWD_GROUPED && value_seen(op, tag) != value_seen(op, first))
			wrong(crowd, op, "shows half a batch, of %s", name_of(tag));
		if (kind == CROWD_MOVED && first == tag && times + times_seen(op, tag + 1) != 1)
			wrong(crowd, op, "%s is there %u times", name_of(tag),
				times + times_seen(op, tag + 1));
		if (kind >= CROWD_FLEETING && kind <= CROWD_GROUPED && times == 0 &&
			!may_be_absent(crowd, op, tag))
			wrong(crowd, op, "misses %s, which was there", name_of(tag));
	}
}

static void check_op(struct crowd *crowd, const struct crowd_op *op)
{
	struct span span = {op->begin, op->end};
	const bool may_miss = op->tag < CROWD_TAGS && crowd_tags[op->tag].kind >= CROWD_FLEETING;

	/* Of a client that was killed nothing more is known. */
	if (op->end == INT64_MAX)
		return;
	if (op->end - op->begin > crowd->longest)
		crowd->longest = op->end - op->begin;
	if (op->status != FESTORE_OK && (op->status != FESTORE_NOT_FOUND || !may_miss) &&
		(op->status != FESTORE_EXISTS || op->act != CROWD_KEY_MAKE))
		wrong(crowd, op, "status %d of %s", op->status, name_of(op->tag));
	for (unsigned int i = 0; i < op->sight_count; i++)
		check_sight(crowd, op, &op->sights[i], &span);
	if (op->act == CROWD_LIST && op->status == FESTORE_OK)
		check_list(crowd, op);
	if (op->status == FESTORE_NOT_FOUND && may_miss &&
		crowd_tags[op->tag].kind != CROWD_MOVED && !may_be_absent(crowd, op, op->tag))
		wrong(crowd, op, "%s is missing", name_of(op->tag));
}

/*
 * What was given stays: between the first operation that a value was surely there for and the last
 * one, no other value can have been. (Zones of Gibbons and Korach, of which no two may overlap.)
 */
static void check_order(struct crowd *crowd, unsigned int tag)
{
	for (size_t i = crowd->first[tag]; i < crowd->first[tag + 1]; i++) {
		const struct write *write = &crowd->writes[i];

		for (size_t n = i + 1; n < crowd->first[tag + 1]; n++) {
			const struct write *other = &crowd->writes[n];
			const bool is_wide = other->seen_first < other->seen_last;
			const int64_t from = is_wide ? other->seen_first : other->seen_last;
			const int64_t to = is_wide ? other->seen_last : other->seen_first;

			/* All that follow began later still. */
			if (other->begin > write->seen_last)
				break;
			if (write->seen_first >= write->seen_last)
				continue;
			if (is_wide ? from < write->seen_last && write->seen_first < to
				    : from > write->seen_first && to < write->seen_last)
				wrong(crowd, NULL,
					"%s: two values were seen in turns, of writers %u and %u",
					name_of(tag), (unsigned int)(write->stamp % CROWD_WRITERS),
					(unsigned int)(other->stamp % CROWD_WRITERS));
		}
	}
}

/* The one that looks last must have seen all. */
static void check_last_look(struct crowd *crowd)
{
	int64_t end = 0;
	bool seen[CROWD_TAGS] = {false};

	for (size_t i = 0; i < crowd->op_count; i++) {
		const struct crowd_op *op = &crowd->ops[i].is;

		if (op->writer != 0 && op->begin > end)
			end = op->begin;
		if (op->writer != 0 && op->end != INT64_MAX && op->end > end)
			end = op->end;
	}
	for (size_t i = 0; i < crowd->op_count; i++) {
		const struct crowd_op *op = &crowd->ops[i].is;

		if (op->writer == 0 && op->begin > end &&
			(op->act == CROWD_GET || op->act == CROWD_SIGN))
			seen[op->tag] = true;
	}
	for (unsigned int tag = 0; tag < CROWD_TAGS; tag++)
		if (!seen[tag])
			wrong(crowd, NULL, "nobody looked at %s at the end", name_of(tag));
}

static void judge(struct crowd *crowd)
{
	size_t unknown = 0;

	collect_writes(crowd);
	note_sights(crowd);
	for (unsigned int tag = 0; tag < CROWD_TAGS; tag++)
		find_overs(crowd, tag);
	for (size_t i = 0; i < crowd->op_count; i++) {
		check_op(crowd, &crowd->ops[i].is);
		unknown += crowd->ops[i].is.end == INT64_MAX ? 1 : 0;
	}
	for (unsigned int tag = 0; tag < CROWD_TAGS; tag++)
		check_order(crowd, tag);
	check_last_look(crowd);
	printf("%zu operations, %zu cut short, %zu changes, of which %zu met another one at their "
	       "tag, %zu values seen; the longest took %" PRId64 " ms; %zu wrong\n",
		crowd->op_count, unknown, crowd->write_count - CROWD_TAGS, crowd->contended,
		crowd->sights, crowd->longest / 1000000, crowd->wrongs);
}

int crowd_check(unsigned int count, char **paths)
{
	struct crowd crowd = {0};
	bool is_well = true;

	for (unsigned int i = 0; i < count && is_well; i++)
		is_well = read_log(&crowd, paths[i], i);
	if (is_well)
		judge(&crowd);
	free(crowd.ops);
	free(crowd.writes);
	return is_well && crowd.wrongs == 0 ? 0 : 1;
}

/* --- who did what ------------------------------------------------------------------------------
 */

static const enum crowd_act acts[] = {CROWD_PUT, CROWD_REMOVE, CROWD_PUT_GROUP, CROWD_REMOVE_GROUP,
	CROWD_MOVE, CROWD_GET, CROWD_RANGE, CROWD_LIST, CROWD_KEY_MAKE, CROWD_SIGN};

#define ACTS (sizeof(acts) / sizeof(acts[0]))

/* Notes the acts that have succeeded, and returns how many operations have ended. */
static size_t count_ops(const struct crowd *crowd, bool done[ACTS])
{
	size_t ended = 0;

	for (size_t n = 0; n < crowd->op_count; n++) {
		const struct crowd_op *op = &crowd->ops[n].is;

		if (op->end == INT64_MAX)
			continue;
		ended++;
		for (size_t i = 0; i < ACTS; i++)
			done[i] = done[i] || (op->act == acts[i] && op->status == FESTORE_OK);
	}
	return ended;
}

int crowd_is_fair(unsigned int count, char **paths)
{
	bool done[ACTS] = {false};
	size_t all = 0;
	size_t least = SIZE_MAX;
	bool is_well = true;

	for (unsigned int i = 0; i < count && is_well; i++) {
		struct crowd crowd = {0};
		size_t ended = 0;

		is_well = read_log(&crowd, paths[i], i);
		ended = count_ops(&crowd, done);
		free(crowd.ops);
		all += ended;
		least = ended < least ? ended : least;
	}
	for (size_t i = 0; i < ACTS && is_well; i++) {
		is_well = done[i];
		if (!is_well)
			printf("WRONG: no operation %c has succeeded\n", (char)acts[i]);
	}
	printf("%zu operations of %u clients, %zu of the slowest, which is %zu %% of the mean; at "
	       "least 25 %% are wanted\n",
		all, count, least, all != 0 ? 100 * least * count / all : 0);
	return is_well && all != 0 && 4 * least * count >= all ? 0 : 1;
}
