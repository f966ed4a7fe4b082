/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device `seastack` from inside: a stack in virtual time, and on it a process, whose descriptors,
 * open files and pending calls live here.
 *
 *	call ─ seastack_call.c ─┬─ socket   (seastack_sock.c, _msg.c)
 *	                        ├─ pipe     (seastack_pipe.c)
 *	                        ├─ epoll    (seastack_epoll.c)
 *	                        └─ a file of this machine (seastack_file.c)
 *
 * A call that blocks is an *operation* in proc->pending: it names the files it waits for and the readiness
 * that it cares for, and is stepped when one of these is woken, or when its deadline has come. Readiness
 * travels as wake-ups, as in Linux: each arrival is one, even if the state was there already.
 */
#ifndef SEA_PACKETIMPACT_SEASTACK_H
#define SEA_PACKETIMPACT_SEASTACK_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <seastack/blocking.h>
#include <seastack/env.h>
#include <seastack/socket.h>

#include "core/list.h"
#include "packetimpact/dut/dut.h"

#define SEA_PROC_FDS 1024
/* Linux cuts a transfer there. */
#define SEA_PROC_RW_MAX 0x7ffff000u
/* The stack's clock when the device's is 0. */
#define SEA_PROC_EPOCH_NS (1000 * SEA_SEC)

struct sea_proc;
struct sea_proc_op;
struct sea_proc_pipe;
struct sea_proc_epoll;
struct sea_proc_packet;
struct sea_proc_snapshot;
struct sea_dut_shell;

enum sea_proc_kind {
	SEA_PROC_SOCKET,
	SEA_PROC_PIPE_READ,
	SEA_PROC_PIPE_WRITE,
	SEA_PROC_EPOLL,
	SEA_PROC_FILE,
};

/* An open file description. */
struct sea_proc_file {
	enum sea_proc_kind kind;
	unsigned refs; /* descriptors and operations */
	int flags;     /* as F_GETFL tells */
	uint64_t id;
	struct sea_list node;    /* in proc->files */
	struct sea_list watches; /* entries of epolls, woken with it */
	sea_socket sock;
	int domain, type;
	struct sea_proc_pipe *pipe;
	struct sea_proc_epoll *epoll;
	int host_fd;
	off_t pos;
};

/* Bytes that the stack may refer to. */
struct sea_proc_pinned {
	struct sea_proc_pinned *next;
	uint8_t bytes[];
};

struct sea_proc {
	struct sea_dut dut; /* first */
	struct sea_stack *stack;
	struct sea_link *link;
	sea_time now; /* the stack's clock */
	uint64_t random, next_id;
	struct {
		struct sea_proc_file *file;
		bool cloexec;
	} fds[SEA_PROC_FDS];
	struct sea_list files, pending;
	struct sea_list packets; /* that left and were not taken */
	unsigned n_packets;
	struct sea_proc_packet *taken;      /* the one that was taken last */
	bool call_done;                     /* an operation that was pending is done */
	struct sea_proc_snapshot *counters; /* what nstat has shown */
	struct sea_proc_pinned *pinned;
	struct sea_dut_shell *shell;
	int patience_ms;  /* with a snippet */
	uint64_t caps[3]; /* effective, permitted, inheritable: 1 << CAP_* */
};

/* A call that is under way. */
struct sea_proc_op {
	struct sea_list node; /* in proc->pending */
	struct sea_dut_call *call;
	struct sea_proc_file *file, *other; /* references of its own; either may be NULL */
	/* Goes on; ends with sea_proc_finish(), or waits again. */
	void (*step)(struct sea_proc *proc, struct sea_proc_op *op);
	/* A signal; NULL: the result is -EINTR. */
	void (*interrupt)(struct sea_proc *proc, struct sea_proc_op *op);
	/* Does it wait for this? NULL: `file` or `other` is woken with a bit of `wait`. */
	bool (*cares)(const struct sea_proc_op *op, const struct sea_proc_file *file,
		      uint32_t mask);
	/* Frees what hangs on `more`; NULL: nothing, or what free() does. */
	void (*drop)(struct sea_proc *proc, struct sea_proc_op *op);
	uint32_t wait;
	sea_time deadline;
	bool woken, finished;
	struct sea_blocking blocking;
	struct msghdr msg;
	struct iovec *iov;
	size_t moved, want;
	void *more;
};

/* -- files and descriptors (seastack_fd.c) -- */

/* A file with no reference and no descriptor; NULL: no memory. */
struct sea_proc_file *sea_proc_file_new(struct sea_proc *proc, enum sea_proc_kind kind, int flags);
void sea_proc_file_put(struct sea_proc *proc, struct sea_proc_file *file);
/* The lowest free descriptor from `from` on gets a reference; -EMFILE. */
int sea_proc_fd_install(struct sea_proc *proc, struct sea_proc_file *file, int from, bool cloexec);
/* NULL: -EBADF. */
struct sea_proc_file *sea_proc_fd(const struct sea_proc *proc, uint64_t fd);
/* POLL* that hold now, EPOLLRDNORM and its like with them. */
uint32_t sea_proc_file_poll(struct sea_proc *proc, struct sea_proc_file *file);
/* Whoever waits for a bit of `mask` looks again; 0: all do. */
void sea_proc_wake(struct sea_proc *proc, struct sea_proc_file *file, uint32_t mask);

/* -- operations (seastack_op.c) -- */

void sea_proc_finish(struct sea_proc_op *op, long result);
/* The operation keeps the file until it ends. */
void sea_proc_op_hold(struct sea_proc_op *op, struct sea_proc_file *file);
/* Waits: for `mask` on its files, until `deadline`. */
void sea_proc_op_wait(struct sea_proc_op *op, uint32_t mask, sea_time deadline,
		      void (*step)(struct sea_proc *, struct sea_proc_op *));
/* Everything that can happen now does: timers, packets to `packets`, wake-ups, steps. */
void sea_proc_settle(struct sea_proc *proc);
/* When something happens by itself; SEA_TIME_NEVER. */
sea_time sea_proc_next(const struct sea_proc *proc);
void sea_proc_op_free(struct sea_proc *proc, struct sea_proc_op *op);

/* -- memory that the call's arguments name (seastack_mem.c) -- */

/* Can all of it be read, be written? A length of 0 can, wherever it is. */
bool sea_proc_readable(uint64_t addr, size_t len);
bool sea_proc_writable(uint64_t addr, size_t len);
static inline void *sea_proc_ptr(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}
/*
 * A copy of `n` iovecs into op->iov, their memory checked, lengths cut to SEA_PROC_RW_MAX in all; 0, -EINVAL,
 * -EFAULT, -ENOMEM. `write`: the memory is written to.
 */
int sea_proc_iov(struct sea_proc_op *op, uint64_t addr, uint64_t n, bool write);
/* The same of one buffer. */
int sea_proc_buf(struct sea_proc_op *op, uint64_t addr, uint64_t len, bool write);
/*
 * What op->iov names is to stay as it is until the stack is gone, whatever the caller does to his memory (as the kernel
 * pins pages for MSG_ZEROCOPY): 0, or -ENOBUFS.
 */
int sea_proc_pin(struct sea_proc *proc, struct sea_proc_op *op);
void sea_proc_unpin_all(struct sea_proc *proc);

/* -- what the process may do, by its capabilities (seastack_caps.c): 0, or Linux's error -- */

void sea_proc_caps_init(struct sea_proc *proc);
int sea_proc_may_bind(const struct sea_proc *proc, const struct sockaddr *addr, size_t len);
int sea_proc_may_set(const struct sea_proc *proc, int level, int name, const void *val, size_t len);

/* -- the calls: each finishes `op` or leaves it waiting -- */

typedef void sea_proc_call(struct sea_proc *proc, struct sea_proc_op *op);

#define CALL(name, args) sea_proc_call sea_proc_call_##name;
#include "packetimpact/dut/call.def"
#undef CALL

/* -- sockets (seastack_sock.c) -- */

uint32_t sea_proc_sock_poll(struct sea_proc *proc, struct sea_proc_file *file);
/* The last reference is gone. */
void sea_proc_sock_release(struct sea_proc *proc, struct sea_proc_file *file);
/* Goes on with op->blocking, whose last step left it waiting or done. */
void sea_proc_sock_follow(struct sea_proc *proc, struct sea_proc_op *op);
/* op->msg to or from the socket op->file. */
void sea_proc_sock_send(struct sea_proc *proc, struct sea_proc_op *op, int flags);
void sea_proc_sock_recv(struct sea_proc *proc, struct sea_proc_op *op, int flags);

/* -- pipes (seastack_pipe.c) -- */

uint32_t sea_proc_pipe_poll(const struct sea_proc_file *file);
void sea_proc_pipe_release(struct sea_proc *proc, struct sea_proc_file *file);
void sea_proc_pipe_read(struct sea_proc *proc, struct sea_proc_op *op);
void sea_proc_pipe_write(struct sea_proc *proc, struct sea_proc_op *op);
long sea_proc_pipe_fcntl(struct sea_proc *proc, struct sea_proc_file *file, int cmd, long arg);
int sea_proc_pipe_inq(const struct sea_proc_file *file);
bool sea_proc_pipe_full(const struct sea_proc_pipe *pipe);
bool sea_proc_pipe_empty(const struct sea_proc_pipe *pipe);
bool sea_proc_pipe_has_readers(const struct sea_proc_pipe *pipe);
bool sea_proc_pipe_has_writers(const struct sea_proc_pipe *pipe);
unsigned sea_proc_pipe_room(const struct sea_proc_pipe *pipe);
/* A copy of the bytes in a buffer of its own, which no write() is added to; 0 or -ENOMEM. */
int sea_proc_pipe_push(struct sea_proc *proc, struct sea_proc_pipe *pipe, const void *bytes,
		       size_t len);
/* The oldest bytes, as they lie: how many, at most `max`. */
size_t sea_proc_pipe_front(const struct sea_proc_pipe *pipe, unsigned nth, const uint8_t **bytes);
void sea_proc_pipe_consume(struct sea_proc *proc, struct sea_proc_pipe *pipe, size_t len);

/* -- epoll (seastack_epoll.c) -- */

uint32_t sea_proc_epoll_poll(struct sea_proc *proc, struct sea_proc_file *file);
void sea_proc_epoll_release(struct sea_proc *proc, struct sea_proc_file *file);
/* A file that it watches was woken, is gone. */
void sea_proc_epoll_woken(struct sea_proc *proc, struct sea_proc_file *file, uint32_t mask);
void sea_proc_epoll_forget(struct sea_proc *proc, struct sea_proc_file *file);

/* -- commands (seastack_command.c) -- */

int sea_proc_command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd);
/* The files of /proc/net, as the stack shows them, into that folder. */
void sea_proc_net_write(struct sea_dut *dut, const char *folder);

static inline sea_time sea_proc_time(const struct sea_proc *proc)
{
	return (sea_time){ proc->now.ns - SEA_PROC_EPOCH_NS };
}

/* now + ms; never for a negative one. */
static inline sea_time sea_proc_after_ms(const struct sea_proc *proc, int64_t ms)
{
	return ms < 0 ? SEA_TIME_NEVER : sea_time_add(proc->now, ms * SEA_MSEC);
}

#endif
