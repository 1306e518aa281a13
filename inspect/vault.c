/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vault as it lies on the disk: what its database and blobs show to whoever has no key. The
 * database is copied first, so that neither its log nor its index is touched, and read without
 * trust in what is in it.
 */
#include "database.h"
#include "inspect.h"
#include "text.h"

#include <fcntl.h>
#include <festore_log.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A blob that a row names, or a file that is there. */
struct blob {
	int64_t id;
	int64_t size;
};

struct blobs {
	struct blob *blobs;
	size_t count;
};

struct look {
	const struct show *show;
	sqlite3 *db;
	int folder;
	uint32_t findings;
	struct festore_vault_state state;
	struct festore_vault_header header;
	bool has_state, has_header;
	uint64_t entries, inline_contents, contents, nodes;
	uint64_t bytes_inline, bytes_contents, bytes_blobs;
	uint64_t version_min, version_max;
	struct blobs named, there;
	uint32_t orphans;
};

__attribute__((format(printf, 3, 4))) static void find(
	struct look *look, const char *word, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	look->findings++;
	if (look->show->json) {
		printf("{\"finding\":\"%s\",\"reason\":", word);
		print_json_shown(text);
		fputs("}\n", stdout);
	} else {
		printf("  %s: ", word);
		print_shown(stdout, text);
		putchar('\n');
	}
}

/* --- header copies and state
 * ----------------------------------------------------------------------- */

static void see_state(struct look *look, const void *bytes, size_t len)
{
	if (len != sizeof(look->state)) {
		find(look, "state", "it has %zu bytes, not %zu", len, sizeof(look->state));
		return;
	}
	memcpy(&look->state, bytes, len);
	look->has_state = look->state.magic == FESTORE_STATE_MAGIC &&
		look->state.format == FESTORE_VAULT_FORMAT;
	if (!look->has_state)
		find(look, "state", "it is not a state of format %u", FESTORE_VAULT_FORMAT);
}

/* The state says by SHA-256 which header is its own. */
static void see_header(struct look *look, int copy, const void *bytes, size_t len)
{
	uint8_t digest[FESTORE_HASH];

	SHA256(bytes, len, digest);
	if (len != sizeof(look->header))
		find(look, "header", "copy %d has %zu bytes, not %zu", copy, len,
			sizeof(look->header));
	else if (look->has_state && memcmp(digest, look->state.header, sizeof(digest)) != 0)
		find(look, "header", "copy %d is not the one that the state names", copy);
	else if (!look->has_header) {
		memcpy(&look->header, bytes, len);
		look->has_header = true;
	}
}

/* Rows of the log, by the numbers of their entries (docs/SPEC.md, Database). */
#define LOG_ROWS ((int64_t)1 << 32)

/* A sealed entry of a log, in its own row or, with the note of a recovery, in that of the note. */
static bool is_logged(const struct look *look, int64_t id, const void *bytes, size_t len)
{
	struct festore_log_sealed head;

	if ((look->state.anchor & FESTORE_ANCHOR_LOG) == 0 || !bytes || len < sizeof(head))
		return false;
	memcpy(&head, bytes, sizeof(head));
	return head.len <= FESTORE_LOG_ENTRY_MAX && len == sizeof(head) + head.len &&
		(id < LOG_ROWS || head.number == id - LOG_ROWS);
}

/* Of a recovery; whether the state names it, takes a hash over the last one. */
static bool is_note(int64_t id, const void *bytes, size_t len)
{
	struct festore_vault_note note;

	if (!bytes || len != sizeof(note))
		return false;
	memcpy(&note, bytes, sizeof(note));
	return note.magic == FESTORE_NOTE_MAGIC && note.format == FESTORE_VAULT_FORMAT &&
		note.number == id - 3;
}

static void see_meta(struct look *look)
{
	sqlite3_stmt *rows = database_rows(
		look->db, "SELECT id, value FROM meta ORDER BY id = 3 DESC, id LIMIT 16");
	unsigned int seen = 0;

	while (database_next(rows)) {
		const int64_t id = sqlite3_column_int64(rows, 0);
		const void *bytes = sqlite3_column_blob(rows, 1);
		const size_t len = (size_t)sqlite3_column_bytes(rows, 1);

		if (id == 3)
			see_state(look, bytes ? bytes : "", len);
		else if (id == 1 || id == 2)
			see_header(look, (int)id, bytes ? bytes : "", len);
		else if (!is_note(id, bytes, len) && !is_logged(look, id, bytes, len))
			find(look, "foreign", "row %" PRId64 " of meta", id);
		seen |= id >= 1 && id <= 3 ? 1u << id : 0;
	}
	if (!database_end(rows))
		find(look, "database", "meta: %s", sqlite3_errmsg(look->db));
	for (unsigned int id = 1; id <= 3; id++) {
		if (!(seen & 1u << id))
			find(look, id == 3 ? "state" : "header", "row %u of meta is missing", id);
	}
}

/* --- entries and contents
 * -------------------------------------------------------------------------- */

static int64_t prefix_of(const uint8_t *locator)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8; i++)
		value = value << 8 | locator[i];
	return (int64_t)(value >> 1);
}

static void see_record(struct look *look, int64_t prefix, const uint8_t *bytes, size_t len)
{
	struct festore_vault_record record = {0};

	if (len < sizeof(record) + sizeof(struct festore_vault_meta)) {
		find(look, "entry", "%016" PRIx64 ": its record has %zu bytes", (uint64_t)prefix,
			len);
		return;
	}
	memcpy(&record, bytes, sizeof(record));
	if (look->has_state && record.version > look->state.version)
		find(look, "entry", "%016" PRIx64 ": version %" PRIu64 " is newer than the state",
			(uint64_t)prefix, record.version);
	if (look->version_max == 0 || record.version < look->version_min)
		look->version_min = record.version;
	if (record.version > look->version_max)
		look->version_max = record.version;
	if (look->show->tree && !look->show->json)
		printf("  entry %016" PRIx64 "  version %" PRIu64 ", record %zu bytes",
			(uint64_t)prefix, record.version, len);
}

static void see_entry(struct look *look, sqlite3_stmt *row)
{
	const int64_t prefix = sqlite3_column_int64(row, 0);
	const uint8_t *locator = sqlite3_column_blob(row, 1);
	const int64_t content = sqlite3_column_int64(row, 3);
	const uint64_t bytes = (uint64_t)sqlite3_column_int64(row, 4);
	const bool tree = look->show->tree && !look->show->json;

	look->entries++;
	if (!locator || sqlite3_column_bytes(row, 1) != FESTORE_HASH ||
		prefix_of(locator) != prefix)
		find(look, "entry", "%016" PRIx64 ": its locator is not this one's",
			(uint64_t)prefix);
	see_record(look, prefix, sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2));
	if (content == 0) {
		look->inline_contents++;
		look->bytes_inline += bytes;
		if (tree)
			printf(", content of %" PRIu64 " bytes in it\n", bytes);
	} else if (tree) {
		printf(content < 0 ? ", blob %016" PRIx64 "\n" : ", content row %" PRIu64 "\n",
			(uint64_t)(content < 0 ? -content : content));
	}
	if (content == INT64_MIN)
		find(look, "entry", "%016" PRIx64 ": an impossible content", (uint64_t)prefix);
}

static void see_entries(struct look *look)
{
	sqlite3_stmt *rows = database_rows(look->db,
		"SELECT prefix, locator, record, content_id, coalesce(length(content), 0) FROM "
		"entry "
		"ORDER BY prefix");

	while (database_next(rows))
		see_entry(look, rows);
	if (!database_end(rows))
		find(look, "database", "entry: %s", sqlite3_errmsg(look->db));
	if (look->has_state && look->state.count != look->entries)
		find(look, "entry", "the state counts %" PRIu64 ", there are %" PRIu64,
			look->state.count, look->entries);

	rows = database_rows(look->db,
		"SELECT prefix, content_id FROM entry WHERE content_id <> 0 AND content_id NOT IN "
		"(SELECT id FROM content)");
	while (database_next(rows))
		find(look, "content", "%016" PRIx64 ": there is no row %" PRId64 " of its content",
			(uint64_t)sqlite3_column_int64(rows, 0),
			(int64_t)sqlite3_column_int64(rows, 1));
	database_end(rows);
}

static bool add_blob(struct blobs *blobs, int64_t id, int64_t size)
{
	struct blob *more = reallocarray(blobs->blobs, blobs->count + 1, sizeof(*more));

	if (!more)
		return false;
	blobs->blobs = more;
	more[blobs->count++] = (struct blob){id, size};
	return true;
}

/* A row with a negative number has the size of a blob as eight bytes, little-endian. */
static void see_content(struct look *look, sqlite3_stmt *row)
{
	const int64_t id = sqlite3_column_int64(row, 0);
	const int64_t len = sqlite3_column_int64(row, 1);
	const uint8_t *size = sqlite3_column_blob(row, 2);
	uint64_t blob = 0;

	if (id > 0) {
		look->contents++;
		look->bytes_contents += (uint64_t)len;
		return;
	}
	if (id == 0 || id == INT64_MIN || len != 8 || !size) {
		find(look, "content", "row %" PRId64 " is neither content nor blob", id);
		return;
	}
	for (unsigned int i = 0; i < 8; i++)
		blob |= (uint64_t)size[i] << 8 * i;
	if (!add_blob(&look->named, -id, (int64_t)(blob & INT64_MAX)))
		find(look, "memory", "no memory for the blobs' names");
	look->bytes_blobs += blob;
}

static void see_contents(struct look *look)
{
	sqlite3_stmt *rows = database_rows(look->db,
		"SELECT id, length(bytes), CASE WHEN id < 0 THEN substr(bytes, 1, 8) END FROM "
		"content "
		"ORDER BY id DESC");

	while (database_next(rows))
		see_content(look, rows);
	if (!database_end(rows))
		find(look, "database", "content: %s", sqlite3_errmsg(look->db));

	rows = database_rows(
		look->db, "SELECT id FROM content WHERE id NOT IN (SELECT content_id FROM entry)");
	while (database_next(rows))
		find(look, "orphan", "row %" PRId64 " of content, which no entry names",
			(int64_t)sqlite3_column_int64(rows, 0));
	database_end(rows);

	rows = database_rows(look->db, "SELECT count(*) FROM node");
	if (database_next(rows))
		look->nodes = (uint64_t)sqlite3_column_int64(rows, 0);
	if (!database_end(rows))
		find(look, "database", "node: %s", sqlite3_errmsg(look->db));
}

static void see_structure(struct look *look)
{
	sqlite3_stmt *rows = database_rows(look->db, "PRAGMA quick_check(8)");

	while (database_next(rows)) {
		const char *text = (const char *)sqlite3_column_text(rows, 0);

		if (!text || strcmp(text, "ok") != 0)
			find(look, "database", "%s", text ? text : "?");
	}
	if (!database_end(rows))
		find(look, "database", "%s", sqlite3_errmsg(look->db));
	rows = database_rows(look->db,
		"SELECT name FROM sqlite_schema WHERE name NOT IN "
		"('meta', 'entry', 'node', 'content') LIMIT 16");
	while (database_next(rows))
		find(look, "foreign", "%s, which is none of festore's tables",
			(const char *)sqlite3_column_text(rows, 0));
	database_end(rows);
}

/* --- blobs
 * ----------------------------------------------------------------------------------------- */

static bool is_blob_name(const char *name)
{
	return strlen(name) == 16 && strspn(name, "0123456789abcdef") == 16 && name[0] < '8' &&
		strcmp(name, "0000000000000000") != 0;
}

static void see_blob(struct look *look, int folder, const char *name)
{
	struct stat about = {0};
	int64_t id = (int64_t)strtoull(name, NULL, 16);

	if (!is_blob_name(name) || fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
		!S_ISREG(about.st_mode))
		find(look, "foreign", "%s in blobs", name);
	else if (!add_blob(&look->there, id, (int64_t)about.st_size))
		find(look, "memory", "no memory for the blobs' names");
}

static void see_orphans(struct look *look, int folder)
{
	int inner = openat(folder, "orphans", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct names names = {0};

	if (inner < 0)
		return;
	if (names_read(inner, &names) == INSPECT_OK)
		look->orphans = (uint32_t)names.count;
	names_free(&names);
	close(inner);
}

static void see_blobs(struct look *look)
{
	int folder = openat(look->folder, "blobs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct names names = {0};

	/* It comes with the first blob. */
	if (folder < 0)
		return;
	if (names_read(folder, &names) != INSPECT_OK)
		find(look, "blob", "the folder cannot be read");
	for (size_t i = 0; i < names.count; i++) {
		if (strcmp(names.names[i], "orphans") == 0)
			see_orphans(look, folder);
		else
			see_blob(look, folder, names.names[i]);
	}
	names_free(&names);
	close(folder);
}

static int compare_blobs(const void *left, const void *right)
{
	const int64_t a = ((const struct blob *)left)->id;
	const int64_t b = ((const struct blob *)right)->id;

	return a < b ? -1 : a > b;
}

static const struct blob *blob_of(const struct blobs *blobs, const struct blob *which)
{
	return blobs->count == 0
		? NULL
		: bsearch(which, blobs->blobs, blobs->count, sizeof(*which), compare_blobs);
}

static void sort_blobs(struct blobs *blobs)
{
	if (blobs->count > 0)
		qsort(blobs->blobs, blobs->count, sizeof(*blobs->blobs), compare_blobs);
}

static void compare_with_rows(struct look *look)
{
	sort_blobs(&look->named);
	sort_blobs(&look->there);
	for (size_t i = 0; i < look->named.count; i++) {
		const struct blob *named = &look->named.blobs[i];
		const struct blob *there = blob_of(&look->there, named);

		if (!there)
			find(look, "blob", "%016" PRIx64 " is missing", (uint64_t)named->id);
		else if (there->size != named->size)
			find(look, "blob",
				"%016" PRIx64 " has %" PRId64 " bytes, its row says %" PRId64,
				(uint64_t)named->id, there->size, named->size);
	}
	for (size_t i = 0; i < look->there.count; i++) {
		if (!blob_of(&look->named, &look->there.blobs[i]))
			find(look, "orphan", "blob %016" PRIx64 ", which no row names",
				(uint64_t)look->there.blobs[i].id);
	}
}

/* --- what is said
 * ---------------------------------------------------------------------------------- */

static const char *aead_name(const struct look *look)
{
	switch (look->has_header ? look->header.aead : 0) {
	case FESTORE_AEAD_CHACHA20_POLY1305:
		return "chacha20-poly1305";
	case FESTORE_AEAD_AES_256_GCM:
		return "aes-256-gcm";
	default:
		return "unknown";
	}
}

static void print_json_look(const struct look *look)
{
	fputs("{\"vault\":\"", stdout);
	print_hex(look->state.vault, sizeof(look->state.vault));
	printf("\",\"aead\":\"%s\",\"epoch\":%" PRIu64 ",\"version\":%" PRIu64
	       ",\"header\":%" PRIu64,
		aead_name(look), look->state.epoch, look->state.version, look->header.sequence);
	printf(",\"entries\":%" PRIu64 ",\"version_min\":%" PRIu64 ",\"version_max\":%" PRIu64
	       ",\"node_rows\":%" PRIu64,
		look->entries, look->version_min, look->version_max, look->nodes);
	printf(",\"inline\":%" PRIu64 ",\"inline_bytes\":%" PRIu64 ",\"contents\":%" PRIu64
	       ",\"contents_bytes\":%" PRIu64,
		look->inline_contents, look->bytes_inline, look->contents, look->bytes_contents);
	printf(",\"blobs\":%zu,\"blobs_bytes\":%" PRIu64 ",\"orphans\":%" PRIu32
	       ",\"findings\":%" PRIu32 "}\n",
		look->named.count, look->bytes_blobs, look->orphans, look->findings);
}

static void print_look(const struct look *look, const char *path)
{
	print_shown(stdout, path);
	fputs(": vault ", stdout);
	print_hex(look->state.vault, sizeof(look->state.vault));
	printf("\n  state     version %" PRIu64 ", epoch %" PRIu64 ", anchored at %" PRIu64
	       ", root ",
		look->state.version, look->state.epoch, look->state.anchored);
	print_hex(look->state.root, sizeof(look->state.root));
	printf("\n  header    number %" PRIu64 ", sealed by %s\n", look->header.sequence,
		aead_name(look));
	printf("  entries   %" PRIu64 " (the state counts %" PRIu64 "), of versions %" PRIu64
	       " to %" PRIu64 "; %" PRIu64 " rows of nodes\n",
		look->entries, look->state.count, look->version_min, look->version_max,
		look->nodes);
	printf("  contents  %" PRIu64 " in their entry (%" PRIu64 " bytes), %" PRIu64
	       " in rows (%" PRIu64 "), %zu in blobs (%" PRIu64 ")\n",
		look->inline_contents, look->bytes_inline, look->contents, look->bytes_contents,
		look->named.count, look->bytes_blobs);
	printf("  orphans   %" PRIu32 " put aside by sweeps\n  %" PRIu32 " findings\n",
		look->orphans, look->findings);
}

bool is_vault(int folder)
{
	return faccessat(folder, DATABASE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int inspect_vault(int folder, const char *path, const struct show *show)
{
	struct look look = {.show = show, .folder = folder};
	struct database database = {0};
	int status = database_open(folder, path, &database);

	if (status != INSPECT_OK)
		return status;
	look.db = database.db;
	see_structure(&look);
	see_meta(&look);
	see_entries(&look);
	see_contents(&look);
	see_blobs(&look);
	compare_with_rows(&look);
	if (show->json)
		print_json_look(&look);
	else
		print_look(&look, path);
	free(look.named.blobs);
	free(look.there.blobs);
	database_close(&database);
	return look.findings > 0 ? INSPECT_DAMAGED : INSPECT_OK;
}
