/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of the host, by descriptor: the only way to the host's files. Names are looked up one
 * by one, never through a link and never upwards.
 */
#ifndef SEA_SENTRY_VFS_HOSTDIR_H
#define SEA_SENTRY_VFS_HOSTDIR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <seastack/compiler.h>

struct sea_hostdir;

/* Takes over the descriptor. NULL: no memory. */
struct sea_hostdir *sea_hostdir_new(int fd);
/* A directory in it, which is opened when it is first needed. */
struct sea_hostdir *sea_hostdir_sub(struct sea_hostdir *dir, const char *name);
struct sea_hostdir *sea_hostdir_get(struct sea_hostdir *dir);
void sea_hostdir_put(struct sea_hostdir *dir);

SEA_MUST_USE int sea_hostdir_stat(struct sea_hostdir *dir, const char *name, struct stat *st);
/* A regular file, to be read. The descriptor, or -errno. */
SEA_MUST_USE int sea_hostdir_open(struct sea_hostdir *dir, const char *name);
/* The length, or -errno. */
int64_t sea_hostdir_readlink(struct sea_hostdir *dir, const char *name, char *to, size_t size);
/* Calls back for each name but . and .. until that gives an error. */
SEA_MUST_USE int sea_hostdir_list(struct sea_hostdir *dir,
				  int (*each)(void *arg, const char *name, unsigned char type),
				  void *arg);

#endif
