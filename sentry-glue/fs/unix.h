/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of AF_UNIX: what two of them send each other are bytes (SOCK_STREAM), or messages that
 * stay whole (SOCK_DGRAM, SOCK_SEQPACKET), with open files and credentials beside them. What is
 * under way counts as Linux counts it, on the sender; and all of it together has a limit.
 *
 * A socket stays as long as it is open, or another has it for its other end, or a message of its is
 * under way; closed, it is `dead`. A connection that nobody accepted yet is a socket without a
 * file, which waits at the one that listens.
 *
 * Open files that are under way only, in queues of sockets that are under way only, can be had by
 * nobody any more: they are looked for when the last other use of a socket ends (flight.c).
 */
#ifndef SEA_SENTRY_FS_UNIX_H
#define SEA_SENTRY_FS_UNIX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include <seastack/compiler.h>

#include "sentry-glue/kernel/wait.h"

struct sea_file;
struct sea_kernel;
struct sea_node;
struct sea_task;
struct sea_uio;

#define SEA_RIGHTS_MAX 253u               /* open files with a message                 */
#define SEA_UNIX_BUFFER 212992u           /* net.core.wmem_default, and _max           */
#define SEA_UNIX_BYTES_MAX (256ull << 20) /* of all messages; past it: ENOBUFS         */
#define SEA_UNIX_DATAGRAMS 10u            /* net.unix.max_dgram_qlen                   */
#define SEA_UNIX_BACKLOG 4096u            /* net.core.somaxconn                        */

struct sea_ucred {
	int32_t pid;
	uint32_t uid, gid;
};

/* What goes with bytes. Files have a reference each, which is the holder's. */
struct sea_ancillary {
	bool has_creds;
	struct sea_ucred creds;
	unsigned int nfiles;
	struct sea_file *files[SEA_RIGHTS_MAX];
};

/* A sockaddr_un, with room for the end of the longest path; 0: none. One that begins without a byte
 * of a path is abstract: all of it counts. */
struct sea_unix_name {
	uint32_t len;
	char bytes[sizeof(struct sockaddr_un) + 1];
};

#define SEA_UNIX_PATH 2u /* where that begins */

struct sea_message {
	struct sea_message *next;
	struct sea_unix *from; /* whose buffer it counts for: one reference */
	uint32_t len, done, charge;
	bool has_creds;
	struct sea_ucred creds;
	unsigned int nfiles;
	struct sea_file **files;
	char bytes[];
};

enum sea_unix_state {
	SEA_UNIX_CLOSED,
	SEA_UNIX_LISTENS,
	SEA_UNIX_CONNECTED,
};

struct sea_unix {
	struct sea_kernel *kernel;
	unsigned int refs;
	int type;
	enum sea_unix_state state;
	struct sea_unix *other; /* who it sends to: one reference; NULL: nobody */
	struct sea_file *file;  /* NULL: nobody accepted it yet, or it is dead */
	bool dead;
	struct sea_unix *next, **link, *scan;
	bool reached;
	struct sea_unix_name name;
	bool bound;            /* the name is its own, and not that of who listens */
	struct sea_node *node; /* that has the name: one reference */
	struct sea_ucred creds;
	struct sea_waitq waitq;
	struct sea_waitq roomq; /* who waits for room in its queue, or in that of connections */
	/* Connections that wait here, a reference each. */
	struct sea_unix *first_waiting, *last_waiting, *next_waiting;
	uint32_t nwaiting, backlog;
	/* SHUT_ bits of what is over: 1 receiving, 2 sending. */
	unsigned int shut;
	bool passcred;                    /* SO_PASSCRED */
	bool reuse, keepalive, broadcast; /* kept; no-ops on Linux, too */
	int linger[2];
	int error;
	struct sea_message *first, *last;
	uint32_t nqueued;
	uint32_t queued; /* bytes that can be read */
	uint32_t sent;   /* charge of what it sent and nobody read */
	uint32_t sndbuf, rcvbuf;
	bool pressed; /* it had no room to send, and is to be told when there is some */
};

#define SEA_SHUT_RCV 1u
#define SEA_SHUT_SND 2u

SEA_MUST_USE int sea_unix_new(struct sea_kernel *kernel, int type, int flags,
			      struct sea_file **file);
SEA_MUST_USE int sea_unix_pair(struct sea_kernel *kernel, int type, int flags,
			       const struct sea_ucred *creds, struct sea_file *ends[2]);
void sea_unix_put(struct sea_unix *end);
/* NULL: the file is none. */
struct sea_unix *sea_unix_of(const struct sea_file *file);
/* SHUT_RD, SHUT_WR, SHUT_RDWR. */
void sea_unix_shutdown(struct sea_unix *end, int how);
/* An error that waits: it is told once. */
int sea_unix_error(struct sea_unix *end);
/* Whoever waits for something of it, or of its other end, looks again. */
void sea_unix_stir(struct sea_unix *end);
/* Whether it has room to send; what its other end has is looked at for datagrams. */
bool sea_unix_writable(const struct sea_unix *end);
/* Signals for who has it open, if that was asked for (POLL_IN, POLL_OUT, POLL_HUP). */
void sea_unix_signal(const struct sea_unix *end, int band);
/* Who waits for room before it does. */
void sea_unix_roomy(struct sea_unix *end);
/* It is open no more, or was never: its other end is told, and what it had goes. */
void sea_unix_close(struct sea_unix *end);
/* Without a file, its reference the caller's. NULL: no memory. */
struct sea_unix *sea_unix_alloc(struct sea_kernel *kernel, int type);
/* Opens it. */
SEA_MUST_USE int sea_unix_give_file(struct sea_unix *end, int flags, struct sea_file **file);

/* --- names and connections (unix_name.c) --- */

/* A name that nobody has, of the kernel's choice. */
SEA_MUST_USE int sea_unix_autobind(struct sea_unix *end);
/* An abstract name: -EADDRINUSE; or that of a node. */
SEA_MUST_USE int sea_unix_bind(struct sea_unix *end, const struct sea_unix_name *name,
			       struct sea_node *node);
/* Who has an abstract name, or the node's: -ECONNREFUSED, -EPROTOTYPE. Borrowed. */
SEA_MUST_USE int sea_unix_find(struct sea_kernel *kernel, const struct sea_unix_name *name,
			       const struct sea_node *node, int type, struct sea_unix **found);
SEA_MUST_USE int sea_unix_listen(struct sea_unix *end, int backlog, const struct sea_ucred *creds);
/* For streams and packets: -EAGAIN: who listens has too many that wait (roomq). */
SEA_MUST_USE int sea_unix_connect(struct sea_unix *end, struct sea_unix *to,
				  const struct sea_ucred *creds);
/* For datagrams; NULL: to nobody. */
SEA_MUST_USE int sea_unix_aim(struct sea_unix *end, struct sea_unix *to);
/* The connection that waits longest; -EAGAIN, -EINVAL: none will come. */
SEA_MUST_USE int sea_unix_accept(struct sea_unix *end, int flags, struct sea_file **file);
/* Whether a datagram of that sender's finds no room in it. */
bool sea_unix_full(const struct sea_unix *to, const struct sea_unix *from);

/* --- sending and receiving (unix_io.c) --- */

struct sea_unix_flow {
	int flags; /* MSG_* */
	/* To whom, if not to the other end: one reference of the caller's. */
	struct sea_unix *to;
	struct sea_ancillary *with; /* may be NULL; sending it stays the caller's */
	int told;                   /* MSG_TRUNC */
	struct sea_unix_name from;  /* who sent it */
};

/* What was sent, -EAGAIN. */
int64_t sea_unix_send(struct sea_unix *end, struct sea_uio *uio, const struct sea_unix_flow *flow);
/* What was received; what came with it goes to the caller. */
int64_t sea_unix_receive(struct sea_unix *end, struct sea_uio *uio, struct sea_unix_flow *flow);

/* --- what is under way (flight.c) --- */

/* NULL: no memory. The files get references of their own. */
struct sea_message *sea_message_new(struct sea_unix *from, uint32_t len,
				    const struct sea_ancillary *with);
void sea_message_queue(struct sea_unix *to, struct sea_message *message);
/* Takes the oldest out, and hands its files over, or lets go of them where `with` is NULL. */
void sea_message_done(struct sea_unix *to, struct sea_ancillary *with);
/* The files of a message go to who reads it, who gets references (peek), or takes them over. */
void sea_message_files(struct sea_message *message, struct sea_ancillary *with, bool peek);
/* Or nobody gets them. */
void sea_message_drop(struct sea_message *message);
/* One that was not queued. */
void sea_message_free(struct sea_message *message);
/* Lets go of all that an end had before it. */
void sea_unix_empty(struct sea_unix *end);
/* A file that is under way is used by nobody else. */
void sea_unix_orphaned(struct sea_file *file);

#endif
