/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share at the server's end: the server, its sessions, a call. */
#ifndef SEA_EXEC_SERVER_H
#define SEA_EXEC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <seastack/blocking.h>
#include <seastack/socket.h>
#include <seastack/time.h>

#include "tools/exec/exec.h"
#include "tools/exec/standin.h"
#include "tools/host/host.h"

/* Bytes that one call moves at a time; more is moved by asking again, or is another call's. */
#define SEA_EXEC_PIECE (256u << 10)
/* Messages of a vector (sendmmsg, recvmmsg) that one call moves; it tells how many there were. */
#define SEA_EXEC_VECTOR 64
/* Of one session: calls that wait, and the bytes that they hold meanwhile. */
#define SEA_EXEC_WAITING_MAX 1024
#define SEA_EXEC_HELD_MAX (64u << 20)

/* How calls are answered: by the kernel's listener, or as a test has it. */
struct sea_exec_seat {
	/* As seccomp_unotify(2) has it: the value, or the error (negative), or that the kernel goes on. */
	int (*answer)(void *arg, uint64_t id, int64_t value, int error, bool go_on);
	/* Puts a copy of `fd` into the program and answers with its number; that number, or -errno. */
	int (*add)(void *arg, uint64_t id, int fd, bool cloexec);
	/* Does the call still wait? Else its thread number may be somebody else's. */
	bool (*valid)(void *arg, uint64_t id);
	/* All `len` bytes from or to the memory of a thread, or false. */
	bool (*move)(void *arg, pid_t tid, uint64_t at, void *bytes, size_t len, bool write);
};

/* Those that came by one listener: a program, and all that it started. */
struct sea_exec {
	struct sea_exec_server *server;
	LIST_ENTRY(sea_exec) sessions;
	const struct sea_exec_seat *seat;
	void *seat_arg;
	int listener; /* -1: none */
	unsigned n_waiting;
	size_t held;
};

struct sea_exec_call;
TAILQ_HEAD(sea_exec_calls, sea_exec_call);
LIST_HEAD(sea_exec_list, sea_exec);

struct sea_exec_server {
	struct sea_host *host;
	struct sea_exec_list sessions;
	unsigned n_sessions;
	struct sea_exec_calls waiting;
	struct sea_standin_table standins;
	struct sea_ticker patience; /* looks after calls that wait */
	int64_t interval_ns;
};

/* A message in the program's memory. */
struct sea_exec_message {
	uint64_t at;          /* of its struct msghdr; 0: the call had it in pieces */
	uint64_t name_at;     /* 0: none */
	uint64_t name_len_at; /* recvfrom: where its length is */
	socklen_t name_len;
	uint64_t control_at;
	size_t control_len;
	struct iovec *iov; /* its addresses are the program's */
	size_t n_iov, total;
};

/* One call of one thread. It ends with exactly one answer; until then it may wait. */
struct sea_exec_call {
	struct sea_exec *exec;
	TAILQ_ENTRY(sea_exec_call) all, of_standin; /* while it waits */
	bool waits;
	uint64_t id;
	pid_t tid;
	int nr;
	uint64_t arg[6];
	int pidfd;
	int fd; /* our descriptor for the program's; it keeps the stand-in open. -1: none */
	struct sea_standin *standin;
	bool nonblock;
	unsigned shared_looks; /* how often running a signal of its process was seen to wait */
	struct sea_blocking op;
	/* What follows when op is done. */
	void (*done)(struct sea_exec_call *call, sea_time now);
	/* Messages. */
	struct sea_exec_message message;
	int flags;
	uint8_t *piece;
	size_t piece_len, moved;
	void *control;
	sea_time vector_end;            /* recvmmsg's own time limit */
	unsigned vector_len, vector_at; /* sendmmsg(2), recvmmsg(2); 0: no vector */
	struct iovec iov;               /* the program's, where it has only one */
	struct iovec out;               /* the piece */
	struct msghdr msg;
	struct sockaddr_storage name;
	socklen_t name_len;
};

/* call.c: begins a call, and each way to end one; each frees it. */
void sea_exec_call_begin(struct sea_exec *exec, const struct sea_exec_call *what, sea_time now);
/* A value, or -errno. */
void sea_exec_answer(struct sea_exec_call *call, int64_t result);
/* The kernel carries it out. */
void sea_exec_go_on(struct sea_exec_call *call);
/* Puts `fd`, which is closed here, into the program as the result; false: that failed, and was said. */
bool sea_exec_give(struct sea_exec_call *call, int fd, bool cloexec);
/* It is not there any more. */
void sea_exec_forget(struct sea_exec_call *call);
/*
 * Finds the stand-in behind the descriptor of arg[which], and opens call->fd. False: the call was
 * answered, or is the kernel's.
 */
bool sea_exec_find(struct sea_exec_call *call, int which);
/* The same, but for a socket of the stack: files among stand-ins are ENOTSOCK. */
bool sea_exec_find_socket(struct sea_exec_call *call);
/* A descriptor of ours for the program's, or -errno. */
int sea_exec_fetch(struct sea_exec_call *call, int fd);
/* The process of a thread; 0: it is gone. */
pid_t sea_exec_process(pid_t tid);
/* Few descriptors are left behind this one of ours: those are for calls that end at once, and for who asks what is going on. */
bool sea_exec_scarce(int fd);
/* op has begun: ends it by done() if it is done, or waits. */
void sea_exec_wait(struct sea_exec_call *call, sea_time now);

/* patience.c: calls that wait. */
void sea_exec_patience_init(struct sea_exec_server *server);
void sea_exec_patience_hurry(struct sea_exec_server *server);
/* Something happened to what they wait for. */
void sea_exec_step(struct sea_standin *standin, uint32_t edge, sea_time now);

/* memory.c: the program's memory. 0, or -EFAULT; -ESRCH: the call is gone. */
SEA_MUST_USE int sea_exec_read(struct sea_exec_call *call, uint64_t at, void *to, size_t len);
SEA_MUST_USE int sea_exec_write(struct sea_exec_call *call, uint64_t at, const void *from,
				size_t len);
/* Gathers or scatters `len` bytes from `skip` on of the message's pieces. */
SEA_MUST_USE int sea_exec_gather(struct sea_exec_call *call, size_t skip, void *to, size_t len);
SEA_MUST_USE int sea_exec_scatter(struct sea_exec_call *call, size_t skip, const void *from,
				  size_t len);
/* A string up to its 0: its length, -EFAULT, or -ENAMETOOLONG. */
SEA_MUST_USE ssize_t sea_exec_string(struct sea_exec_call *call, uint64_t at, char *to,
				     size_t room);
/* An address of a call in; out, with the length that the program gets to read. */
SEA_MUST_USE int sea_exec_read_name(struct sea_exec_call *call, uint64_t at, uint64_t len);
SEA_MUST_USE int sea_exec_write_name(struct sea_exec_call *call, uint64_t at, uint64_t len_at);

/* keys.c: is it TCP_AO_GET_KEYS with room for an element? Then it is this; 0 or -errno. */
bool sea_exec_asks_keys(int level, int name, int room);
SEA_MUST_USE int sea_exec_get_keys(struct sea_exec_call *call, struct sea_stack *stack, int room,
				   sea_time now);

/* file.c: a write to a file of the stack's. */
void sea_exec_write_file(struct sea_exec_call *call, sea_time now);
void sea_exec_read_file(struct sea_exec_call *call, sea_time now);

/* name.c, option.c, ioctl.c, send.c, recv.c, file.c, folder.c, stat.c: who serves what; calls.def. */
typedef void sea_exec_serve_fn(struct sea_exec_call *call, sea_time now);
#define SEA_EXEC_CALL(name, serve) sea_exec_serve_fn serve;
#include "tools/exec/calls.def"
#undef SEA_EXEC_CALL

/* message.c: the message that a call names, by its number; 0 or -errno. */
SEA_MUST_USE int sea_exec_message(struct sea_exec_call *call);
void sea_exec_message_drop(struct sea_exec_call *call);
/* Room for `len` bytes within what a session may hold. 0, -ENOBUFS. */
SEA_MUST_USE int sea_exec_hold(struct sea_exec_call *call, size_t len);
/* The next one of a vector: true, or the call is answered with how many there were. */
bool sea_exec_vector_next(struct sea_exec_call *call, ssize_t result);

#endif
