/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socketpair(AF_UNIX): two ends, which send each other bytes (SOCK_STREAM), or messages that stay
 * whole (SOCK_DGRAM, SOCK_SEQPACKET), with open files and credentials beside them. What is under
 * way counts as Linux counts it, on the sender; and all of it together has a limit.
 *
 * Open files that are under way only, in queues of sockets that are under way only, can be had by
 * nobody any more: they are looked for when the last other use of a socket ends (flight.c).
 */
#ifndef SEA_SENTRY_FS_PAIR_H
#define SEA_SENTRY_FS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "sentry-glue/kernel/wait.h"

struct sea_file;
struct sea_kernel;
struct sea_pair;
struct sea_uio;

#define SEA_RIGHTS_MAX 253u               /* open files with a message                 */
#define SEA_PAIR_BUFFER 212992u           /* net.core.wmem_default, and _max           */
#define SEA_PAIR_BYTES_MAX (256ull << 20) /* of all messages; past it: ENOBUFS         */

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

struct sea_message {
	struct sea_message *next;
	struct sea_pair_end *from; /* whose buffer it counts for */
	uint32_t len, done, charge;
	bool has_creds;
	struct sea_ucred creds;
	unsigned int nfiles;
	struct sea_file **files;
	char bytes[];
};

struct sea_pair_end {
	struct sea_pair *pair;
	struct sea_pair_end *other;
	struct sea_file *file; /* NULL: it is closed */
	struct sea_pair_end *next, **link, *scan;
	bool reached;
	/* SHUT_ bits of what is over: 1 receiving, 2 sending. */
	unsigned int shut;
	bool apart;                       /* a datagram was refused: it has no other end any more */
	bool passcred;                    /* SO_PASSCRED */
	bool reuse, keepalive, broadcast; /* kept; no-ops on Linux, too */
	int linger[2];
	int error;
	struct sea_message *first, *last;
	uint32_t queued; /* bytes that can be read */
	uint32_t sent;   /* charge of what it sent and nobody read */
	uint32_t sndbuf, rcvbuf;
};

struct sea_pair {
	struct sea_kernel *kernel;
	unsigned int refs;
	int type;
	struct sea_ucred creds;
	struct sea_waitq waitq;
	struct sea_pair_end ends[2];
};

#define SEA_SHUT_RCV 1u
#define SEA_SHUT_SND 2u

SEA_MUST_USE int sea_pair_new(struct sea_kernel *kernel, int type, int flags,
			      const struct sea_ucred *creds, struct sea_file *ends[2]);
/* NULL: the file is none. */
struct sea_pair_end *sea_pair_of(const struct sea_file *file);
/* SHUT_RD, SHUT_WR, SHUT_RDWR. */
void sea_pair_shutdown(struct sea_pair_end *end, int how);
/* An error that waits: it is told once. */
int sea_pair_error(struct sea_pair_end *end);

/* MSG_* flags; `with`, which stays the caller's, may be NULL. What was sent, -EAGAIN. */
int64_t sea_pair_send(struct sea_pair_end *end, struct sea_uio *uio,
		      const struct sea_ancillary *with, int flags);
/* What was received; what came with it goes to the caller in `with`, and MSG_TRUNC into *told. */
int64_t sea_pair_receive(struct sea_pair_end *end, struct sea_uio *uio, int flags,
			 struct sea_ancillary *with, int *told);

/* --- what is under way (flight.c) --- */

/* NULL: no memory. The files get references of their own. */
struct sea_message *sea_message_new(struct sea_pair_end *from, uint32_t len,
				    const struct sea_ancillary *with);
void sea_message_queue(struct sea_pair_end *to, struct sea_message *message);
/* Takes the oldest out, and hands its files over, or lets go of them where `with` is NULL. */
void sea_message_done(struct sea_pair_end *to, struct sea_ancillary *with);
/* The files of a message go to who reads it, who gets references (peek), or takes them over. */
void sea_message_files(struct sea_message *message, struct sea_ancillary *with, bool peek);
/* Or nobody gets them. */
void sea_message_drop(struct sea_message *message);
/* One that was not queued. */
void sea_message_free(struct sea_message *message);
/* Lets go of all that an end had before it. */
void sea_pair_empty(struct sea_pair_end *end);
/* A file that is under way is used by nobody else. */
void sea_pair_orphaned(struct sea_file *file);

#endif
