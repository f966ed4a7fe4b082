/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies below --rw, where everything is done on the host at once: it has the names and the contents, and the
 * tree keeps what was last seen, so that an open file stays one while its names change.
 *
 *	lookup, listing, stat ─ ask the host each time; what it changed meanwhile is seen
 *	write, truncate ─────── go there first; an error leaves all as it was
 *	pages ───────────────── are kept while the host's time of change stays the same, or somebody maps them
 *	shared mappings ─────── what is written to them gets there by msync, fsync, or when the last is gone
 *
 * Errors are the host's, for its rights and its space count. Locks are between programs of the sandbox only.
 */
#ifndef SEA_SENTRY_VFS_THROUGH_H
#define SEA_SENTRY_VFS_THROUGH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <seastack/compiler.h>

struct sea_entry;
struct sea_node;

/* --- names (through.c): of directories below --rw --- */

SEA_MUST_USE int sea_through_lookup(struct sea_node *dir, const char *text, struct sea_node **node);
SEA_MUST_USE int sea_through_list(struct sea_node *dir);
SEA_MUST_USE int sea_through_create(struct sea_node *dir, const char *text, struct sea_node *node);
SEA_MUST_USE int sea_through_link(struct sea_node *dir, const char *text, struct sea_node *node);
SEA_MUST_USE int sea_through_unlink(struct sea_node *dir, const char *text, struct sea_node *node);
SEA_MUST_USE int sea_through_rename(const struct sea_entry *from, const struct sea_entry *to);

/* --- what a file is like (through_data.c) --- */

/* What the host says of it, also of one that is not below --rw. */
void sea_through_take(struct sea_node *node, const struct stat *st);
/* Asks the host again. Nothing where it is not below --rw, or cannot be found any more. */
void sea_through_renew(struct sea_node *node);
SEA_MUST_USE int sea_through_chmod(struct sea_node *node, uint32_t mode);
SEA_MUST_USE int sea_through_chown(struct sea_node *node, uint32_t uid, uint32_t gid);
SEA_MUST_USE int sea_through_utimes(struct sea_node *node, const struct timespec times[2]);

/* --- contents of regular files (through_data.c) --- */

/* For O_RDONLY, O_WRONLY or O_RDWR. -ESTALE: the name is another file's by now. */
SEA_MUST_USE int sea_through_open(struct sea_node *node, int access);
/* Nobody uses it any more: its descriptors go. */
void sea_through_close(struct sea_node *node);
/* All of it, or what went, or -errno. */
int64_t sea_through_write(struct sea_node *node, const void *from, uint64_t len, uint64_t pos);
SEA_MUST_USE int sea_through_resize(struct sea_node *node, uint64_t size);
/* What was written to mappings; with `sync` down to the disk. */
SEA_MUST_USE int sea_through_flush(struct sea_node *node, bool sync);
/* Somebody may write to the frame of that page from now on. */
void sea_through_dirty(struct sea_node *node, uint64_t page);

#endif
