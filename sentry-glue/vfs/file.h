/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open files, tables of descriptors, and buffers in the guest.
 */
#ifndef SEA_SENTRY_VFS_FILE_H
#define SEA_SENTRY_VFS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_async;
struct sea_epoll_item;
struct sea_node;
struct sea_task;
struct sea_wait;
struct sea_mappable;

/* A guest's buffers, of which some bytes are done; or, with `kernel`, one of our own. */
struct sea_uio {
	struct sea_task *task;
	struct sea_uiovec {
		uint64_t addr, len;
	} * vec;
	unsigned int n;
	uint64_t left; /* bytes */
	char *kernel;
};

/* Copies on from where the last copy ended; what came over, or -EFAULT if nothing did. */
int64_t sea_uio_put(struct sea_uio *uio, const void *from, uint64_t len);
int64_t sea_uio_get(struct sea_uio *uio, void *to, uint64_t len);
/* A piece that lies in one page, and moves past it; NULL: -EFAULT. */
void *sea_uio_window(struct sea_uio *uio, size_t *len, bool write);

struct sea_file_ops {
	/* What came over; -EAGAIN: nothing yet, see poll. *pos moves. */
	int64_t (*read)(struct sea_file *file, struct sea_uio *uio, uint64_t *pos);
	int64_t (*write)(struct sea_file *file, struct sea_uio *uio, uint64_t *pos);
	/* POLL* that hold now; with `wait`, it is put where changes wake the task. */
	int (*poll)(struct sea_file *file, struct sea_task *task, struct sea_wait *wait);
	/* The host's descriptor to poll, for what only the host can tell. */
	int (*host)(struct sea_file *file);
	int64_t (*ioctl)(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg);
	void (*release)(struct sea_file *file);
	bool seekable;
	bool async;     /* signals come of it, if they are asked for (kernel/async.h) */
	uint8_t splice; /* SEA_SPLICE_*: what splice and sendfile may do with it */
};

#define SEA_SPLICE_IN 1u  /* bytes come from it */
#define SEA_SPLICE_OUT 2u /* bytes go to it     */

struct sea_file {
	const struct sea_file_ops *ops;
	unsigned int refs;
	int flags; /* O_* */
	uint64_t pos;
	struct sea_node *node;          /* one reference; may be NULL */
	void *own;                      /* the ops' */
	struct sea_epoll_item *watched; /* by which sets of epoll (fs/epoll.h) */
	struct sea_async *async;        /* who owns it (kernel/async.h); NULL: nobody */
	unsigned int in_flight;         /* references that are in sockets (fs/unix.h) */
	bool counted;                   /* among its node's readers or writers */
	int64_t patience[2];            /* SO_RCVTIMEO, SO_SNDTIMEO, ns; 0: for ever */
};

struct sea_file *sea_file_new(const struct sea_file_ops *ops, int flags, struct sea_node *node);
static inline struct sea_file *sea_file_get(struct sea_file *file)
{
	file->refs++;
	return file;
}
void sea_file_put(struct sea_file *file);

/* Opens the node as `flags` say; permissions have been looked at. */
SEA_MUST_USE int sea_file_open(struct sea_task *task, struct sea_node *node, int flags,
			       struct sea_file **file);

/* Sleeps until one of `events`, an error or a hang-up: 0, look again. -EAGAIN: its patience ended;
 * -SEA_ERESTARTSYS, and where it has patience -EINTR: a signal came first. */
SEA_MUST_USE int sea_file_await(struct sea_task *task, struct sea_file *file, int events);

#define SEA_FDS_MAX 65536u

struct sea_files {
	unsigned int refs;
	unsigned int n; /* room */
	struct sea_fd {
		struct sea_file *file;
		bool cloexec;
	} * fds;
};

struct sea_files *sea_files_new(void);
struct sea_files *sea_files_copy(const struct sea_files *files);
void sea_files_put(struct sea_files *files);
void sea_files_exec(struct sea_files *files);
/* Borrowed; NULL: EBADF. */
struct sea_file *sea_fd_get(const struct sea_files *files, int64_t fd);
/* The lowest free from `from` on, below `limit`; takes over a reference. -EMFILE. */
int64_t sea_fd_add(struct sea_files *files, struct sea_file *file, unsigned int from,
		   uint64_t limit, bool cloexec);
/* Whether there is one: -EMFILE. */
SEA_MUST_USE int sea_fd_room(const struct sea_files *files, uint64_t limit);
/* At exactly that number; what was there is closed. */
int64_t sea_fd_set(struct sea_files *files, unsigned int fd, struct sea_file *file, bool cloexec);
int sea_fd_close(struct sea_files *files, int64_t fd);

#endif
