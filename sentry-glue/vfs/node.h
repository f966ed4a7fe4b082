/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file tree: nodes (inodes) and names. There is one tree, in memory; a directory of it may lie
 * over a directory of the host, whose files show through and are never written to.
 *
 * Names are kept in the order in which they came, which is what reading a directory goes by. A
 * directory reads its host directory whole before anything is taken out of it, so that a name that
 * was removed stays removed.
 */
#ifndef SEA_SENTRY_VFS_NODE_H
#define SEA_SENTRY_VFS_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <seastack/compiler.h>

#include "core/rbtree.h"
#include "sentry-glue/kernel/wait.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/ptab.h"

struct sea_file;
struct sea_task;
struct sea_kernel;
struct sea_node;
struct sea_memfile;
struct sea_unix;
struct sea_hostdir;
struct sea_watch;
struct sea_xattr;

struct sea_name {
	struct sea_rbnode node;
	struct sea_name *prev, *next; /* by age */
	uint64_t cookie;
	struct sea_node *target; /* NULL: in the host's directory, not looked at yet */
	unsigned char type;      /* DT_* */
	/* What has the name. With `gone` it is not there any more, and kept, with a reference to the
	 * directory, by a node that is in use still. */
	struct sea_node *dir;
	bool gone;
	bool seen; /* by the listing that is going on (through.c) */
	char text[];
};

struct sea_node_ops {
	/* Gives a new open file its ops, or an errno; NULL: the node's kind decides. O_NOCTTY is among
	 * the flags till then. */
	int (*open)(struct sea_node *node, struct sea_task *task, struct sea_file *file);
	/* For nodes whose text is made when it is looked at. */
	int64_t (*text)(struct sea_node *node, struct sea_task *task, char **text);
	/* Of a link that leads to something without a path: that, with a reference, or NULL. */
	struct sea_node *(*follow)(struct sea_node *node, struct sea_task *task);
	/* Names that come and go by themselves; adds to the directory what there is by now. */
	void (*refresh)(struct sea_node *node, struct sea_task *task);
};

struct sea_node {
	const struct sea_node_ops *ops; /* may be NULL */
	unsigned int refs;
	uint64_t ino;
	uint32_t mode, uid, gid, nlink;
	uint64_t rdev;
	struct timespec atime, mtime, ctime;
	struct timespec btime; /* 0: the host's, which is not known */
	uint64_t arg;          /* the ops' */

	struct sea_name *alias;    /* by which it was found last; NULL: it has none */
	struct sea_watch *watches; /* fs/inotify.h */

	struct sea_hostdir *host; /* the directory itself, or the one that has the file */
	char *host_name;          /* of what is no directory */
	/* What lies below --rw: the host has it, and this is how it was last seen (through.h). */
	bool through;
	bool mount; /* its name is ours, whatever the host has by that name */
	uint64_t host_dev, host_ino;
	struct timespec host_mtime; /* of the contents that `pages` are of */
	bool linked;                /* it has several names there (vfs/hostlink.h) */
	struct sea_node *host_next;

	/* Directories. The parent is borrowed: it cannot go while we are in it, or forgets us then.
	 * One that was removed has a reference to it, for who is still there and asks for "..". */
	struct sea_node *parent;
	bool removed;
	uint8_t volume; /* what it seems to be mounted with, as its directory (fs/fs.h) */
	struct sea_rbtree names;
	struct sea_name *first, *last;
	uint64_t next_cookie;
	bool complete; /* the host's directory has been read */

	/* Regular files. */
	struct sea_mappable object;
	struct sea_memfile *memory;
	struct sea_ptab pages; /* frames */
	uint64_t size, host_size;
	int host_fd;  /* -1: not open */
	int host_wfd; /* to write there: the same */
	unsigned int mappings;
	bool altered;   /* it is not what the host has any more */
	bool linkable;  /* though it has no name yet (O_TMPFILE) */
	uint8_t seals;  /* vfs/seal.h */
	bool executing; /* ETXTBSY is not modelled; kept for /proc */

	struct sea_lock *locks;        /* by their beginning (vfs/lock.h) */
	struct sea_waitq lockq;        /* who waits for one, or for a lease */
	struct sea_lease *leases;      /* vfs/lease.h */
	unsigned int readers, writers; /* open files: those for reading only, and the others */

	struct sea_xattr *xattrs; /* vfs/xattr.h */
	char *symlink;
	void *pipe;              /* of a fifo that is open */
	struct sea_unix *socket; /* whose name it is; borrowed, it has the node */
};

/* Whether it has contents of its own, which sea_data_ calls may touch. */
static inline bool sea_node_has_data(const struct sea_node *node)
{
	return (node->mode & S_IFMT) == S_IFREG && node->memory &&
	       !(node->ops && (node->ops->text || node->ops->open));
}

struct sea_node *sea_node_new(struct sea_memfile *memory, uint32_t mode);
static inline struct sea_node *sea_node_get(struct sea_node *node)
{
	node->refs++;
	return node;
}
void sea_node_put(struct sea_node *node);

static inline bool sea_node_is(const struct sea_node *node, uint32_t type)
{
	return (node->mode & S_IFMT) == type;
}

/* A tree over the host directory that fd names (taken over); fd < 0: over nothing. */
struct sea_node *sea_node_root(struct sea_memfile *memory, int fd, bool writable);

/* The node of a name, borrowed by reference: -ENOENT. */
SEA_MUST_USE int sea_dir_lookup(struct sea_node *dir, const char *name, struct sea_node **node);
/* In this tree alone, whatever the host has: takes a reference to the node. -ENOENT: the directory was removed. */
SEA_MUST_USE int sea_dir_add(struct sea_node *dir, const char *name, struct sea_node *node);
SEA_MUST_USE int sea_dir_remove(struct sea_node *dir, const char *name);

/* The name is that node's from now on, and stays so, whatever the host has there. Takes a reference. */
SEA_MUST_USE int sea_dir_mount(struct sea_node *dir, const char *name, struct sea_node *node);

/*
 * What a program does with names that it may change; below --rw the host does it first, and the errors are its own.
 */

/* A node that is new; takes a reference. Below --rw it then is what the host has made. */
SEA_MUST_USE int sea_dir_create(struct sea_node *dir, const char *name, struct sea_node *node);
/* One name more. -EXDEV. */
SEA_MUST_USE int sea_dir_link(struct sea_node *dir, const char *name, struct sea_node *node);
/* The node has one link less, a directory none. */
SEA_MUST_USE int sea_dir_unlink(struct sea_node *dir, const char *name, struct sea_node *node);

struct sea_entry {
	struct sea_node *dir;
	const char *name;
	struct sea_node *node; /* NULL: the name is not there */
};

/* What has the new name gives way: it may. -EXDEV. */
SEA_MUST_USE int sea_dir_rename(const struct sea_entry *from, const struct sea_entry *to);

/* What has either name gets the other; both are there. -EXDEV, -EINVAL: below --rw. */
SEA_MUST_USE int sea_dir_exchange(const struct sea_entry *from, const struct sea_entry *to);

/* Reads what the host has; below --rw each time. */
SEA_MUST_USE int sea_dir_complete(struct sea_node *dir);
/* Shortcut for building: the directory of that name, made if need be. */
struct sea_node *sea_dir_make(struct sea_node *dir, const char *name, uint32_t mode);
bool sea_dir_empty(struct sea_node *dir);

/* Contents of a regular file. */
SEA_MUST_USE int sea_data_page(struct sea_node *node, uint64_t page, uint32_t *frame);
SEA_MUST_USE int sea_data_resize(struct sea_node *node, uint64_t size);
int64_t sea_data_read(struct sea_node *node, void *to, uint64_t len, uint64_t pos);
int64_t sea_data_write(struct sea_node *node, const void *from, uint64_t len, uint64_t pos);

void sea_node_stat(const struct sea_node *node, struct stat *st);
void sea_node_touch(struct sea_node *node, bool modified);

/* The absolute path of a directory, from its root; its length, or -ENAMETOOLONG. */
int64_t sea_node_path(const struct sea_node *node, const struct sea_node *root, char *path,
		      size_t size);

#endif
