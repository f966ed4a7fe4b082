/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of the host, by descriptor: the only way to the host's files. Names are looked up one
 * by one, never through a link and never upwards. Nothing is written but where --rw allows it.
 */
#ifndef SEA_SENTRY_VFS_HOSTDIR_H
#define SEA_SENTRY_VFS_HOSTDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <seastack/compiler.h>

struct sea_hostdir;
struct statfs;

/* Takes over the descriptor. `writable`: what is below may be changed (--rw). NULL: no memory. */
struct sea_hostdir *sea_hostdir_new(int fd, bool writable);
/* A directory in it, which is opened when it is first needed. */
struct sea_hostdir *sea_hostdir_sub(struct sea_hostdir *dir, const char *name);
struct sea_hostdir *sea_hostdir_get(struct sea_hostdir *dir);
void sea_hostdir_put(struct sea_hostdir *dir);
bool sea_hostdir_writable(const struct sea_hostdir *dir);
/* The directory's own descriptor, which stays the structure's; or -errno. */
SEA_MUST_USE int sea_hostdir_fd(struct sea_hostdir *dir);

/* Of a name, or with "." of the directory. */
SEA_MUST_USE int sea_hostdir_stat(struct sea_hostdir *dir, const char *name, struct stat *st);
/* A regular file; `access` is O_RDONLY, O_WRONLY or O_RDWR. The descriptor, or -errno. */
SEA_MUST_USE int sea_hostdir_open(struct sea_hostdir *dir, const char *name, int access);
SEA_MUST_USE int sea_hostdir_statfs(struct sea_hostdir *dir, struct statfs *st);
/* The length, or -errno. */
int64_t sea_hostdir_readlink(struct sea_hostdir *dir, const char *name, char *to, size_t size);
/* Calls back for each name but . and .. until that gives an error. */
SEA_MUST_USE int sea_hostdir_list(struct sea_hostdir *dir,
				  int (*each)(void *arg, const char *name, unsigned char type),
				  void *arg);

/* --- changes, of writable directories only (hostwrite.c): 0 or -errno, as the calls themselves --- */

/* A directory, a fifo, a socket's name or, with its text, a symbolic link. -EEXIST. */
SEA_MUST_USE int sea_hostdir_make(struct sea_hostdir *dir, const char *name, uint32_t mode,
				  const char *symlink);
/* An empty regular file, which nobody else has made: its descriptor, for reading and writing whatever its mode. */
SEA_MUST_USE int sea_hostdir_make_file(struct sea_hostdir *dir, const char *name, uint32_t mode);
SEA_MUST_USE int sea_hostdir_remove(struct sea_hostdir *dir, const char *name, bool directory);
SEA_MUST_USE int sea_hostdir_rename(struct sea_hostdir *from, const char *name,
				    struct sea_hostdir *to, const char *to_name,
				    unsigned int flags);
SEA_MUST_USE int sea_hostdir_link(struct sea_hostdir *from, const char *name,
				  struct sea_hostdir *to, const char *to_name);
/* What was written to its filesystem gets to the disk. */
SEA_MUST_USE int sea_hostdir_sync(struct sea_hostdir *dir);
/* Of a name, or with NULL of the directory itself; no link is followed. */
SEA_MUST_USE int sea_hostdir_chmod(struct sea_hostdir *dir, const char *name, uint32_t mode);
SEA_MUST_USE int sea_hostdir_chown(struct sea_hostdir *dir, const char *name, uint32_t uid,
				   uint32_t gid);
SEA_MUST_USE int sea_hostdir_utimes(struct sea_hostdir *dir, const char *name,
				    const struct timespec times[2]);

#endif
