/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipes: a ring of slots, each of which holds bytes in a page. Pages may be in more than one pipe
 * (tee), and are then only read. Slots are counted over all pipes: past a limit new pipes are
 * small and none grows, past another there are no new ones, as with pipe-user-pages-soft and -hard.
 */
#ifndef SEA_SENTRY_FS_PIPE_H
#define SEA_SENTRY_FS_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "sentry-glue/kernel/wait.h"

struct sea_file;
struct sea_kernel;
struct sea_node;

#define SEA_PIPE_PAGE 4096u
#define SEA_PIPE_SLOTS 16u        /* of a pipe to begin with                */
#define SEA_PIPE_SLOTS_MAX 256u   /* fs.pipe-max-size, 1 MiB                */
#define SEA_PIPE_SLOTS_SOFT 16384 /* of all pipes                           */
#define SEA_PIPE_SLOTS_HARD 65536

struct sea_pipe_page {
	unsigned int refs;
	char bytes[SEA_PIPE_PAGE];
};

struct sea_pipe_slot {
	struct sea_pipe_page *page;
	uint32_t offset, len;
	bool packet; /* a read ends with it, and what it does not take is lost  */
	bool merge;  /* behind its bytes may come more                          */
};

struct sea_pipe {
	struct sea_kernel *kernel;
	unsigned int refs, readers, writers;
	unsigned int slots, first, used; /* room, and what is in use of it */
	struct sea_pipe_slot *ring;
	struct sea_waitq waitq;
	struct sea_node *fifo; /* borrowed; forgets us when we go */
};

/* Both ends, one reference each. O_NONBLOCK for both, O_DIRECT for the writer. -ENFILE, -ENOMEM. */
SEA_MUST_USE int sea_pipe_new(struct sea_kernel *kernel, int flags, struct sea_file **reader,
			      struct sea_file **writer);
SEA_MUST_USE int sea_fifo_open(struct sea_kernel *kernel, struct sea_node *node,
			       struct sea_file *file);
/* NULL: the file is none. */
struct sea_pipe *sea_pipe_of(const struct sea_file *file);

/* F_SETPIPE_SZ: the size that it has now, -EINVAL, -EPERM, -EBUSY, -ENOMEM. */
int64_t sea_pipe_resize(struct sea_pipe *pipe, uint32_t size);
uint32_t sea_pipe_bytes(const struct sea_pipe *pipe);

/* The slots in use, from 0, the oldest. */
struct sea_pipe_slot *sea_pipe_at(struct sea_pipe *pipe, unsigned int i);
static inline bool sea_pipe_full(const struct sea_pipe *pipe)
{
	return pipe->used >= pipe->slots;
}
/* Into a free slot, of which there must be one; takes over the reference to the page. */
/* Signals for its readers (POLL_IN), or writers (POLL_OUT), that ask for them. */
void sea_pipe_signal(const struct sea_pipe *pipe, int band);
void sea_pipe_push(struct sea_pipe *pipe, const struct sea_pipe_slot *slot);
/* So many bytes of the oldest slot have been read; one without bytes goes. */
void sea_pipe_take(struct sea_pipe *pipe, uint32_t n);
/* Nobody will read what is written: SIGPIPE. -EPIPE. */
int sea_pipe_broken(struct sea_task *task);

struct sea_pipe_page *sea_pipe_page_new(void);
void sea_pipe_page_put(struct sea_pipe_page *page);

#endif
