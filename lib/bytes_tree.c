/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree in the database. Where nodes stand follows from the locators alone, so a path is found
 * among its leaf's neighbours in `entry`; the rows of `node` add hashes. A node's row has the
 * hashes of both its sides, so all siblings of a path lie in the rows on the path itself.
 */
#include "bytes_db.h"

#include "vault/tree.h"

#include <string.h>

/* A row of `node`: u32 bitmap of the nodes that are there, then each one's left and right hash. */
enum { PAIR = 2 * FESTORE_HASH, ROW_HEAD = DB_ROW_HEAD, ROW_MAX = DB_ROW_MAX };

static_assert(ROW_MAX == ROW_HEAD + DB_ROW_NODES * PAIR, "as bytes_db.h has it");

/* SQLite keeps a row of so many bytes in one page (its file format, 1.6), with 8 for its own head.
 */
static_assert(ROW_MAX + 8 <= DB_PAGE - 35, "a full row fits into one page");

/* --- rows ------------------------------------------------------------------------------------- */

/* Nodes whose bits are in [DB_LEVELS * group, ... + DB_LEVELS), below one prefix of so many bits.
 */
static int64_t row_id(int64_t prefix, unsigned int group)
{
	const unsigned int bits = DB_LEVELS * group;

	return (int64_t)((UINT64_C(1) << bits) | ((uint64_t)prefix >> (DB_PREFIX - bits)));
}

/* The number within its row of the node at `bit` on the way to `prefix`. */
static unsigned int number_of(int64_t prefix, unsigned int bit)
{
	const unsigned int level = bit % DB_LEVELS;
	const uint64_t way = (uint64_t)prefix >> (DB_PREFIX - bit);

	return (1u << level) - 1u + ((unsigned int)way & ((1u << level) - 1u));
}

static uint32_t bitmap_of(const uint8_t *row)
{
	return (uint32_t)row[0] | (uint32_t)row[1] << 8 | (uint32_t)row[2] << 16 |
		(uint32_t)row[3] << 24;
}

static bool row_is_possible(const uint8_t *row, size_t len)
{
	const uint32_t bitmap = bitmap_of(row);

	return bitmap != 0 && bitmap >> DB_ROW_NODES == 0 &&
		len == ROW_HEAD + (size_t)__builtin_popcount(bitmap) * PAIR;
}

int64_t db_row_of(const struct evidence_node *node)
{
	return row_id(node->middle, evidence_bit(node) / DB_LEVELS);
}

unsigned int db_number_in_row(const struct evidence_node *node)
{
	return number_of(node->middle, evidence_bit(node));
}

/* The node of this number in the row whose id has its highest bit at `bits`. */
static int64_t middle_of(int64_t id, unsigned int bits, unsigned int number)
{
	const unsigned int level = 31u - (unsigned int)__builtin_clz(number + 1);
	const uint64_t prefix = ((uint64_t)id ^ UINT64_C(1) << bits) << level;
	const uint64_t way = prefix | (number + 1 - (1u << level));

	/* Its own bit, behind the way to it. */
	return (int64_t)((way << 1 | 1) << (DB_PREFIX - 1 - bits - level));
}

size_t db_row_nodes(
	int64_t id, const uint8_t *row, size_t len, struct evidence_node nodes[DB_ROW_NODES])
{
	const unsigned int bits = id > 0 ? 63u - (unsigned int)__builtin_clzll((uint64_t)id) : 1;
	const unsigned int most = bits == DB_PREFIX - 3 ? 7u : DB_ROW_NODES;
	size_t count = 0;

	if (bits % DB_LEVELS != 0 || len < ROW_HEAD || !row_is_possible(row, len) ||
		bitmap_of(row) >> most != 0)
		return 0;
	for (unsigned int number = 0; number < DB_ROW_NODES; number++) {
		if ((bitmap_of(row) >> number & 1u) == 0)
			continue;
		nodes[count].middle = middle_of(id, bits, number);
		memcpy(nodes[count].sides, row + ROW_HEAD + count * PAIR, PAIR);
		count++;
	}
	return count;
}

size_t db_make_row(const struct evidence_node *nodes, size_t count, uint8_t row[DB_ROW_MAX])
{
	memset(row, 0, ROW_HEAD);
	for (size_t i = 0; i < count; i++) {
		const unsigned int number = db_number_in_row(&nodes[i]);

		row[number / 8] |= (uint8_t)(1u << number % 8);
		memcpy(row + ROW_HEAD + i * PAIR, nodes[i].sides, PAIR);
	}
	return ROW_HEAD + count * PAIR;
}

/* Where in a row the pair of a node lies, or would lie. */
static size_t pair_at(const uint8_t *row, unsigned int number)
{
	const uint32_t before = bitmap_of(row) & ((UINT32_C(1) << number) - 1u);

	return ROW_HEAD + (size_t)__builtin_popcount(before) * PAIR;
}

static bool row_has(const uint8_t *row, unsigned int number)
{
	return (bitmap_of(row) >> number & 1u) != 0;
}

/* Which half of its pair is that of the locator's own side. */
static size_t own_half(int64_t prefix, unsigned int bit)
{
	return ((uint64_t)prefix >> (DB_PREFIX - 1 - bit) & 1u) * FESTORE_HASH;
}

enum festore_error db_read_row(struct bytes *bytes, int64_t id, sqlite3_stmt **ret_statement,
	const uint8_t **ret_row, size_t *ret_len, struct failure *failure)
{
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, DB_NODE_READ, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, id);
	error = db_step(bytes, statement, failure);
	if (error != FESTORE_OK)
		return error;
	if (!db_blob(statement, 0, ROW_HEAD, ROW_MAX, ret_row, ret_len) ||
		!row_is_possible(*ret_row, *ret_len)) {
		sqlite3_reset(statement);
		return db_damaged(bytes, "a row of nodes is impossible", failure);
	}
	*ret_statement = statement;
	return FESTORE_OK;
}

/* --- paths ------------------------------------------------------------------------------------ */

/* The entry next to a key on one side, and the key of the one behind it. */
struct neighbour {
	bool is_there;
	bool has_next;
	int64_t prefix;
	int64_t next;
	bool has_leaf; /* what it is, matters only where the path leads to it */
	struct festore_vault_leaf leaf;
};

/* The first bit in which two keys differ, which they do. */
static unsigned int difference(int64_t a, int64_t b)
{
	return (unsigned int)__builtin_clzll((uint64_t)(a ^ b)) - (64 - DB_PREFIX);
}

static enum festore_error read_neighbour(struct bytes *bytes, sqlite3_stmt *statement, int64_t min,
	int64_t max, struct neighbour *ret_neighbour, struct failure *failure)
{
	struct neighbour found = {.is_there = true};
	enum festore_error error = db_step(bytes, statement, failure);

	if (error != FESTORE_OK)
		return error;
	if (!db_integer(statement, 0, min, max, &found.prefix))
		return db_damaged(bytes, "an entry is impossible", failure);
	found.has_leaf = db_locator_and_leaf(statement, 1, found.prefix, &found.leaf);

	error = db_step(bytes, statement, failure);
	if (error == FESTORE_OK) {
		found.has_next = true;
		if (!db_integer(statement, 0, 0, INT64_MAX, &found.next) ||
			(found.next > found.prefix) != (max == INT64_MAX) ||
			found.next == found.prefix)
			return db_damaged(bytes, "its entries are out of order", failure);
	}
	if (error == FESTORE_OK || error == FESTORE_NOT_FOUND)
		*ret_neighbour = found;
	return error == FESTORE_NOT_FOUND ? FESTORE_OK : error;
}

/* `which` is DB_ENTRY_AT_OR_ABOVE or DB_ENTRY_BELOW; no neighbour is no error. */
static enum festore_error find_neighbour(struct bytes *bytes, enum db_statement which,
	int64_t prefix, struct neighbour *ret_neighbour, struct failure *failure)
{
	const bool is_above = which == DB_ENTRY_AT_OR_ABOVE;
	sqlite3_stmt *statement = NULL;
	enum festore_error error = db_prepare(bytes, which, &statement, failure);

	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, prefix);
	if (!is_above && prefix == 0)
		error = FESTORE_NOT_FOUND;
	else
		error = read_neighbour(bytes, statement, is_above ? prefix : 0,
			is_above ? INT64_MAX : prefix - 1, ret_neighbour, failure);
	sqlite3_reset(statement);
	return error == FESTORE_NOT_FOUND ? FESTORE_OK : error;
}

/* The leaf that a locator's path leads to, and what says how deep that path goes. */
struct found {
	int64_t prefix;
	struct festore_vault_leaf leaf;
	bool has_nodes;
	unsigned int deepest; /* bit of the last node */
};

/* `other` is on the other side of `leaf`. */
static void choose(const struct neighbour *leaf, const struct neighbour *other, struct found *found)
{
	unsigned int bit = 0;

	found->prefix = leaf->prefix;
	found->leaf = leaf->leaf;
	found->has_nodes = leaf->has_next || other->is_there;
	if (leaf->has_next)
		found->deepest = difference(leaf->prefix, leaf->next);
	if (other->is_there) {
		bit = difference(leaf->prefix, other->prefix);
		if (bit > found->deepest)
			found->deepest = bit;
	}
}

/* FESTORE_NOT_FOUND: there are no entries. */
static enum festore_error find_leaf(
	struct bytes *bytes, int64_t prefix, struct found *ret_found, struct failure *failure)
{
	struct neighbour above = {0};
	struct neighbour below = {0};
	bool is_above = false;
	enum festore_error error =
		find_neighbour(bytes, DB_ENTRY_AT_OR_ABOVE, prefix, &above, failure);

	if (error == FESTORE_OK)
		error = find_neighbour(bytes, DB_ENTRY_BELOW, prefix, &below, failure);
	if (error != FESTORE_OK)
		return error;
	if (!above.is_there && !below.is_there)
		return FESTORE_NOT_FOUND;
	is_above = !below.is_there ||
		(above.is_there &&
			(above.prefix == prefix ||
				difference(above.prefix, prefix) >
					difference(below.prefix, prefix)));
	if (!(is_above ? &above : &below)->has_leaf)
		return db_damaged(bytes, "an entry is impossible", failure);
	choose(is_above ? &above : &below, is_above ? &below : &above, ret_found);
	return FESTORE_OK;
}

/* The steps that one row has of the way to `found`. */
static void take_steps(
	const uint8_t *row, const struct found *found, unsigned int group, struct bytes_path *path)
{
	unsigned int bit = DB_LEVELS * group;

	for (unsigned int i = 0; i < DB_LEVELS && bit <= found->deepest; i++, bit++) {
		const unsigned int number = number_of(found->prefix, bit);
		const uint8_t *pair = row + pair_at(row, number);
		struct festore_vault_step *step = &path->steps[path->head.count];

		if (!row_has(row, number))
			continue;
		step->bit = bit;
		memcpy(step->sibling, pair + (FESTORE_HASH - own_half(found->prefix, bit)),
			FESTORE_HASH);
		path->head.count++;
	}
}

/* Reads them, by way of `rows` if that is there. */
static enum festore_error read_steps(struct bytes *bytes, struct bytes_rows *rows,
	const struct found *found, unsigned int group, struct bytes_path *path,
	struct failure *failure)
{
	const int64_t id = row_id(found->prefix, group);
	struct db_row *kept = NULL;
	sqlite3_stmt *statement = NULL;
	const uint8_t *row = NULL;
	size_t len = 0;
	enum festore_error error = FESTORE_OK;

	if (rows) {
		error = db_rows_take(bytes, rows, id, &kept, failure);
		if (error == FESTORE_OK && kept)
			take_steps(kept->bytes, found, group, path);
		return error;
	}
	error = db_read_row(bytes, id, &statement, &row, &len, failure);
	if (error != FESTORE_OK)
		return error == FESTORE_NOT_FOUND ? FESTORE_OK : error;
	take_steps(row, found, group, path);
	sqlite3_reset(statement);
	return FESTORE_OK;
}

enum festore_error bytes_read_path(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	struct bytes_path *ret_path, struct failure *failure)
{
	return bytes_read_path_of_many(bytes, NULL, locator, ret_path, failure);
}

enum festore_error bytes_read_path_of_many(struct bytes *bytes, struct bytes_rows *rows,
	const uint8_t locator[FESTORE_HASH], struct bytes_path *ret_path, struct failure *failure)
{
	struct found found = {0};
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	memset(&ret_path->head, 0, sizeof(ret_path->head));
	if (error == FESTORE_OK)
		error = find_leaf(bytes, db_prefix(locator), &found, failure);
	if (error == FESTORE_NOT_FOUND) {
		ret_path->head.is_empty = 1;
		return FESTORE_OK;
	}
	if (error != FESTORE_OK)
		return error;
	ret_path->head.leaf = found.leaf;
	for (unsigned int group = 0; found.has_nodes && DB_LEVELS * group <= found.deepest;
		group++) {
		error = read_steps(bytes, rows, &found, group, ret_path, failure);
		if (error != FESTORE_OK)
			return error;
	}
	if (found.has_nodes &&
		(ret_path->head.count == 0 ||
			ret_path->steps[ret_path->head.count - 1].bit != found.deepest))
		return db_damaged(bytes, "a node is missing", failure);
	return FESTORE_OK;
}

bool bytes_path_has_root(
	const struct bytes_path *path, const uint8_t vault[16], const uint8_t root[FESTORE_HASH])
{
	uint8_t folded[FESTORE_HASH] = {0};

	tree_root(vault, (struct tree_path){.head = &path->head, .steps = path->steps}, folded);
	return memcmp(folded, root, sizeof(folded)) == 0;
}

/* All nodes that there are on the way to a key, whatever its neighbours are. */
static enum festore_error follow_nodes(
	struct bytes *bytes, int64_t key, struct bytes_path *ret_path, struct failure *failure)
{
	const struct found found = {.prefix = key, .deepest = DB_PREFIX - 1};
	enum festore_error error = FESTORE_OK;

	memset(&ret_path->head, 0, sizeof(ret_path->head));
	for (unsigned int group = 0; error == FESTORE_OK && DB_LEVELS * group < DB_PREFIX; group++)
		error = read_steps(bytes, NULL, &found, group, ret_path, failure);
	return error;
}

/* Is there an entry at `key` or behind it, up to `last`, from which the root is reached? */
static enum festore_error try_entry(struct bytes *bytes, struct bytes_walk *walk, int64_t last,
	struct bytes_path *ret_path, struct failure *failure)
{
	struct bytes_raw_entry entry = {0};
	enum festore_error error = bytes_walk_entries(bytes, walk, &entry, failure);

	if (error == FESTORE_OK && entry.key > last)
		return FESTORE_NOT_FOUND;
	if (error != FESTORE_OK)
		return error;
	if (!entry.has_leaf)
		return FESTORE_DAMAGED;
	error = follow_nodes(bytes, entry.key, ret_path, failure);
	ret_path->head.leaf = entry.leaf;
	return error;
}

/* Of a few only: where damage is that near and that much, the rest would not help. */
enum { SEARCH_TRIES = 16 };

enum festore_error bytes_search_path(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const uint8_t vault[16], const uint8_t root[FESTORE_HASH], struct bytes_path *ret_path,
	struct failure *failure)
{
	const int64_t key = db_prefix(locator);
	struct bytes_walk own = {.from = key};
	struct bytes_walk near = {0};
	int64_t last = INT64_MAX;
	enum festore_error error = db_enter(bytes, DB_READING, failure);

	if (error == FESTORE_OK)
		error = follow_nodes(bytes, key, ret_path, failure);
	if (error != FESTORE_OK)
		return error;
	if (ret_path->head.count != 0) {
		/* No node stands below this bit: any leaf that agrees in it will do. */
		const unsigned int bit = ret_path->steps[ret_path->head.count - 1].bit;

		last = key | ((INT64_C(1) << (DB_PREFIX - 1 - bit)) - 1);
		near.from = last & ~((INT64_C(1) << (DB_PREFIX - 1 - bit)) - 1);
	}
	error = try_entry(bytes, &own, key, ret_path, failure);
	for (unsigned int i = 0; i < SEARCH_TRIES; i++) {
		if (error == FESTORE_OK && bytes_path_has_root(ret_path, vault, root))
			return FESTORE_OK;
		if (error != FESTORE_OK && error != FESTORE_NOT_FOUND && error != FESTORE_DAMAGED)
			return error;
		if (near.is_over || near.from > last)
			break;
		error = try_entry(bytes, &near, last, ret_path, failure);
	}
	return db_damaged(bytes, "what is stored near cannot be proven; see festore fsck", failure);
}

/* --- changes ---------------------------------------------------------------------------------- */

/* Walks down the way to a locator and changes nodes; each row is read and written once. */
struct changer {
	struct bytes *bytes;
	struct failure *failure;
	int64_t prefix;
	int64_t id; /* of the row in hand; 0: none */
	size_t len;
	bool is_new;
	uint8_t row[ROW_MAX];
};

static enum festore_error finish_row(struct changer *changer)
{
	struct bytes *bytes = changer->bytes;
	const bool is_empty = changer->len == ROW_HEAD;
	sqlite3_stmt *statement = NULL;
	enum festore_error error = FESTORE_OK;

	if (changer->id == 0 || (is_empty && changer->is_new))
		return FESTORE_OK;
	error = db_prepare(
		bytes, is_empty ? DB_NODE_REMOVE : DB_NODE_WRITE, &statement, changer->failure);
	if (error != FESTORE_OK)
		return error;
	sqlite3_bind_int64(statement, 1, changer->id);
	if (!is_empty)
		sqlite3_bind_blob(statement, 2, changer->row, (int)changer->len, SQLITE_STATIC);
	return db_run(bytes, statement, changer->failure);
}

/* Takes the row of `bit` in hand. Bits grow, so no row comes twice. */
static enum festore_error take_row(struct changer *changer, unsigned int bit)
{
	const int64_t id = row_id(changer->prefix, bit / DB_LEVELS);
	sqlite3_stmt *statement = NULL;
	const uint8_t *row = NULL;
	enum festore_error error = FESTORE_OK;

	if (id == changer->id)
		return FESTORE_OK;
	error = finish_row(changer);
	if (error != FESTORE_OK)
		return error;
	error = db_read_row(changer->bytes, id, &statement, &row, &changer->len, changer->failure);
	changer->id = id;
	changer->is_new = error == FESTORE_NOT_FOUND;
	if (error == FESTORE_OK) {
		memcpy(changer->row, row, changer->len);
		sqlite3_reset(statement);
	} else if (changer->is_new) {
		memset(changer->row, 0, ROW_HEAD);
		changer->len = ROW_HEAD;
		error = FESTORE_OK;
	}
	return error;
}

static void flip(struct changer *changer, unsigned int number)
{
	changer->row[number / 8] ^= (uint8_t)(1u << number % 8);
}

static enum festore_error misfit(struct changer *changer)
{
	return db_damaged(
		changer->bytes, "its nodes are others than a moment ago", changer->failure);
}

/* A new hash on the locator's side of the node at `bit`. */
static enum festore_error set_side(
	struct changer *changer, unsigned int bit, const uint8_t hash[FESTORE_HASH])
{
	const unsigned int number = number_of(changer->prefix, bit);
	const enum festore_error error = take_row(changer, bit);

	if (error != FESTORE_OK)
		return error;
	if (!row_has(changer->row, number))
		return misfit(changer);
	memcpy(changer->row + pair_at(changer->row, number) + own_half(changer->prefix, bit), hash,
		FESTORE_HASH);
	return FESTORE_OK;
}

static enum festore_error add_node(struct changer *changer, unsigned int bit,
	const uint8_t own[FESTORE_HASH], const uint8_t other[FESTORE_HASH])
{
	const unsigned int number = number_of(changer->prefix, bit);
	const size_t half = own_half(changer->prefix, bit);
	const enum festore_error error = take_row(changer, bit);
	uint8_t *pair = changer->row + pair_at(changer->row, number);

	if (error != FESTORE_OK)
		return error;
	if (row_has(changer->row, number))
		return misfit(changer);
	memmove(pair + PAIR, pair, (size_t)(changer->row + changer->len - pair));
	memcpy(pair + half, own, FESTORE_HASH);
	memcpy(pair + FESTORE_HASH - half, other, FESTORE_HASH);
	changer->len += PAIR;
	flip(changer, number);
	return FESTORE_OK;
}

static enum festore_error remove_node(struct changer *changer, unsigned int bit)
{
	const unsigned int number = number_of(changer->prefix, bit);
	const enum festore_error error = take_row(changer, bit);
	uint8_t *pair = changer->row + pair_at(changer->row, number);

	if (error != FESTORE_OK)
		return error;
	if (!row_has(changer->row, number))
		return misfit(changer);
	changer->len -= PAIR;
	memmove(pair, pair + PAIR, (size_t)(changer->row + changer->len - pair));
	flip(changer, number);
	return FESTORE_OK;
}

/* Each of the first `count` nodes gets the hash of the next one on its way, the last one `last`. */
static enum festore_error set_sides(struct changer *changer, const struct bytes_change *change,
	uint32_t count, const uint8_t last[FESTORE_HASH])
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *hash = i + 1 < count ? change->hashes[i + 1] : last;
		const enum festore_error error =
			set_side(changer, change->path->steps[i].bit, hash);

		if (error != FESTORE_OK)
			return error;
	}
	return FESTORE_OK;
}

static enum festore_error refuse(struct bytes *bytes, struct failure *failure)
{
	return failure_set(failure, FESTORE_ERROR,
		"a change does not fit the path in the database %s", bytes->path);
}

/* No path from this database goes deeper, but one that the caller has changed. */
static bool path_fits(const struct bytes_path *path)
{
	return path->head.count == 0 ||
		(path->head.count <= DB_PREFIX &&
			path->steps[path->head.count - 1].bit < DB_PREFIX);
}

static struct tree_path tree_path(const struct bytes_path *path)
{
	return (struct tree_path){.head = &path->head, .steps = path->steps};
}

/* The hash of what the path has from step `first` on. */
static void hash_below(
	const struct bytes_path *path, uint32_t first, uint8_t ret_hash[FESTORE_HASH])
{
	static const uint8_t no_vault[16];
	struct festore_vault_path head = path->head;

	head.count -= first;
	tree_root(no_vault, (struct tree_path){.head = &head, .steps = path->steps + first},
		ret_hash);
}

/* A leaf that was not there: a node joins it with what the path has below their difference. */
static enum festore_error insert(struct changer *changer, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const uint8_t leaf[FESTORE_HASH])
{
	const struct bytes_path *path = change->path;
	const unsigned int bit = tree_first_difference(path->head.leaf.locator, locator);
	uint8_t below[FESTORE_HASH] = {0};
	uint32_t above = 0;
	enum festore_error error = FESTORE_OK;

	if (bit >= DB_PREFIX)
		return failure_set(changer->failure, FESTORE_ERROR,
			"another tag has the same place in the database %s; rename one",
			changer->bytes->path);
	while (above < path->head.count && path->steps[above].bit < bit)
		above++;
	if (change->hash_count != above + 1)
		return refuse(changer->bytes, changer->failure);
	hash_below(path, above, below);
	error = set_sides(changer, change, above, change->hashes[above]);
	return error == FESTORE_OK ? add_node(changer, bit, leaf, below) : error;
}

enum festore_error db_tree_put(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, const void *record, struct failure *failure)
{
	struct changer changer = {.bytes = bytes, .failure = failure, .prefix = db_prefix(locator)};
	const enum tree_found found = tree_find(tree_path(change->path), locator);
	const uint32_t count = change->path->head.count;
	struct festore_vault_leaf leaf = {0};
	uint8_t hash[FESTORE_HASH] = {0};
	enum festore_error error = FESTORE_OK;

	if (found == TREE_INVALID || !path_fits(change->path) ||
		(found == TREE_PRESENT && change->hash_count != count) ||
		(change->path->head.is_empty != 0 && change->hash_count != 0))
		return refuse(bytes, failure);
	db_leaf(locator, record, &leaf);
	tree_hash_leaf(&leaf, hash);
	if (found == TREE_PRESENT)
		error = set_sides(&changer, change, count, hash);
	else if (change->path->head.is_empty == 0)
		error = insert(&changer, locator, change, hash);
	return error == FESTORE_OK ? finish_row(&changer) : error;
}

enum festore_error db_tree_remove(struct bytes *bytes, const uint8_t locator[FESTORE_HASH],
	const struct bytes_change *change, struct failure *failure)
{
	struct changer changer = {.bytes = bytes, .failure = failure, .prefix = db_prefix(locator)};
	const struct festore_vault_step *last = NULL;
	const uint32_t count = change->path->head.count;
	enum festore_error error = FESTORE_OK;

	if (tree_find(tree_path(change->path), locator) != TREE_PRESENT ||
		!path_fits(change->path) || change->hash_count != (count == 0 ? 0 : count - 1))
		return refuse(bytes, failure);
	if (count == 0)
		return FESTORE_OK;
	last = &change->path->steps[count - 1];
	error = set_sides(&changer, change, count - 1, last->sibling);
	if (error == FESTORE_OK)
		error = remove_node(&changer, last->bit);
	return error == FESTORE_OK ? finish_row(&changer) : error;
}

void db_row_set(struct db_row *row, const struct evidence_node *node)
{
	const unsigned int number = db_number_in_row(node);
	uint8_t *pair = row->bytes + pair_at(row->bytes, number);

	if (!row_has(row->bytes, number)) {
		memmove(pair + PAIR, pair, (size_t)(row->bytes + row->len - pair));
		row->len += PAIR;
		row->bytes[number / 8] ^= (uint8_t)(1u << number % 8);
	}
	memcpy(pair, node->sides, PAIR);
}

int64_t bytes_node_middle(const uint8_t locator[FESTORE_HASH], unsigned int bit)
{
	return evidence_middle(db_prefix(locator), bit);
}
