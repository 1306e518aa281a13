/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk in memory, of which a test decides what it does and what a power cut leaves of it: all
 * files below DISK_ROOT, as SQLite sees them (its default VFS) and as the library sees them (the
 * calls of libc that lib/ makes, wrapped by the linker). A change is in memory until its file, or
 * its folder, is synced.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_ROOT "/disk"

/* An empty disk, formatted anew; nothing is open on it, and no hook is set. */
void disk_format(void);

/* What is about to happen to a file or a folder. */
enum disk_event {
	DISK_OPEN,
	DISK_READ,
	DISK_WRITE,
	DISK_TRUNCATE,
	DISK_SYNC,
	DISK_LINK, /* a name appears: a file or folder is created, or gets one more name */
	DISK_UNLINK,
	DISK_LOCK,  /* a lock that SQLite asks for; what fails is BUSY */
	DISK_SLEEP, /* SQLite waits for one, in no time */
	DISK_EVENTS,
};

enum disk_answer {
	DISK_DOES,
	DISK_FAILS,      /* an error; nothing was done */
	DISK_FAILS_DONE, /* an error, but it was done */
	DISK_LOSES,      /* an error of a sync: the system forgets what it should have written, and
			    no later sync writes it */
	DISK_IS_FULL,
};

/* Is asked before every event. NULL: all is done. */
typedef enum disk_answer (*disk_hook)(enum disk_event event, const char *path);
void disk_on_event(disk_hook hook);
const char *disk_event_name(enum disk_event event);
bool disk_event_changes(enum disk_event event);

/* Whose calls these are: what is opened belongs to this client. */
extern unsigned int disk_client;

/* A client is gone: its files are closed, its locks free. */
void disk_kill(unsigned int client);

/*
 * The power goes and comes again: what was synced is there. Of the rest, nothing (luck 0), all
 * (luck 1), or as chance has it: each write whole, partly (by sectors of 512 bytes) or not, in any
 * order.
 */
void disk_lose_power(uint32_t luck);

/* A file's bytes, valid until it changes; NULL: there is no such file. */
const uint8_t *disk_bytes(const char *path, size_t *ret_len);

/* Makes a file be these bytes, and safe; NULL: be gone. Nobody may have it open. */
void disk_put(const char *path, const void *bytes, size_t len);

/* The name of the n-th file or folder in a folder, in no order; NULL: there are not so many. */
const char *disk_entry(const char *folder, size_t n);

/* So many files are open, by anyone. */
unsigned int disk_open_files(void);

/* For the two faces of the disk. */
struct disk_node;
struct disk_node *disk_find(const char *path);
struct disk_node *disk_create(const char *path, bool is_folder);
bool disk_link(const char *from, const char *to);
bool disk_unlink(const char *path);
void disk_touch(struct disk_node *node);
int64_t disk_touched(const struct disk_node *node);
enum disk_answer disk_ask(enum disk_event event, const char *path);
size_t disk_len(const struct disk_node *node);
bool disk_is_folder(const struct disk_node *node);
size_t disk_read(const struct disk_node *node, size_t at, void *to, size_t len);
void disk_write(struct disk_node *node, size_t at, const void *from, size_t len);
void disk_truncate(struct disk_node *node, size_t len);
void disk_sync(struct disk_node *node);
void disk_lose_unsynced(struct disk_node *node);
void disk_sync_folder(const char *path);
void disk_sync_folder_of(const char *path);

/* disk_vfs.c */
void disk_vfs_register(void);
void disk_vfs_kill(unsigned int client, bool all);
unsigned int disk_vfs_open_files(void);
bool disk_vfs_has_open(const struct disk_node *node);

/* disk_calls.c */
void disk_calls_reset(void);
void disk_calls_kill(unsigned int client);
unsigned int disk_calls_open_files(void);
bool disk_calls_has_open(const struct disk_node *node);

#endif
