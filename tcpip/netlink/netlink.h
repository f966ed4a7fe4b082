/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The netlink engine (RFC 3549; netlink(7)): sockets of AF_NETLINK, their ports and groups, and what
 * becomes of a message that a program sends to the kernel:
 *
 *	program ─ sendmsg ─ port 0: each message ─ family ─┬─ answers ─┐
 *	                  └ another port, a group ─────────┼───────────┼─ queue of a socket ─ recvmsg
 *	the stack's tables ─ sea_nl_notify() ─ group ──────┘           │
 *	                                          dump, piece by piece ┘
 *
 * A *family* is a protocol of AF_NETLINK (NETLINK_ROUTE …). It registers the kinds of messages that it
 * knows; it reads them with policies (policy.h), and writes answers with a builder (build.h). Nothing
 * here knows what the messages are about.
 *
 * Who may send what is for the consumer to say, who knows the user (netlink(7): CAP_NET_ADMIN).
 */
#ifndef SEA_NETLINK_NETLINK_H
#define SEA_NETLINK_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/netlink.h>

#include <seastack/compiler.h>

#include "netlink/build.h"
#include "netlink/policy.h"

struct sea_stack;
struct sea_nl_sock;

/* Places for what a dump has to remember between two pieces. */
#define SEA_NL_DUMP_ARGS 8

/* One message that came from a program. */
struct sea_nl_req {
	struct sea_stack *stack;
	struct sea_nl_sock *from;
	uint32_t from_port; /* whom answers are for */
	struct nlmsghdr hdr;
	const uint8_t *
		payload; /* behind the header, aligned to 4 bytes; the sender's until the handler returns */
	uint32_t len; /* of the payload */
	bool strict;  /* NETLINK_GET_STRICT_CHK of the sender's socket */
	struct sea_nl_extack *extack;
};

/* A dump that is not over. The request's bytes are gone: what they asked for is in `arg`, and kept. */
struct sea_nl_dump {
	struct sea_stack *stack;
	const struct sea_nl_kind *kind;
	uint32_t port, msg_seq;
	uint16_t msg_flags; /* that answers begin with: NLM_F_MULTI, what the dump has found */
	uint64_t arg[SEA_NL_DUMP_ARGS]; /* 0 at first */
	uint32_t gen;                   /* sea_nl_dump_gen()'s last */
	uint8_t *kept;                  /* sea_nl_dump_keep(); NULL: nothing */
	uint32_t kept_len;
	struct sea_nl_extack *extack;
};

/* A kind of message. Handlers are called within an entry. */
struct sea_nl_kind {
	uint16_t type;
	uint8_t family; /* rtnetlink: AF_*, first byte of the payload; AF_UNSPEC serves what no other does */
	bool judged_late;
	bool done_apart; /* the end of a dump comes in a datagram of its own, always (as Linux) */
	uint32_t dump_bytes; /* room that one message of the dump may take; 0: a page's */
	/* 0 or -errno: what the acknowledgment says. NULL: it can only be dumped, or not at all. */
	int (*doit)(struct sea_nl_req *req);
	/*
	 * Reads what a dump is asked for into d->arg; 0, or -errno, which is acknowledged and no dump begins, or, of a
	 * `judged_late` kind, is what the dump ends with, having shown nothing. May be NULL.
	 */
	int (*start)(struct sea_nl_req *req, struct sea_nl_dump *d);
	/*
	 * Writes whole messages until `out` is full: 1: there is more, or may be; 0: that was all; or -errno,
	 * which the last message of the dump carries.
	 */
	int (*dump)(struct sea_nl_dump *d, struct sea_nl_out *out);
};

struct sea_nl_family {
	int protocol;      /* NETLINK_* */
	unsigned n_groups; /* that programs may be members of */
	/* One message that is not the engine's own: 0 or -errno. It may start a dump (sea_nl_dump_start()). */
	int (*receive)(struct sea_nl_req *req);
	/* The kind that serves it, to go on with a dump that was saved; NULL: none. */
	const struct sea_nl_kind *(*find)(struct sea_stack *stack, uint16_t type, uint8_t family);
};

/* From a module's init; asserts on a second one of the protocol. The ops live as long as the stack. */
void sea_nl_add_family(struct sea_stack *stack, const struct sea_nl_family *family);

/*
 * A dump says which generation of the table it is about to write of (not 0). Where that has moved since the
 * last piece, what follows carries NLM_F_DUMP_INTR.
 */
static inline void sea_nl_dump_gen(struct sea_nl_dump *d, uint32_t gen)
{
	if (d->gen && d->gen != gen)
		d->msg_flags |= NLM_F_DUMP_INTR;
	d->gen = gen;
}

/* From `start`, once: a copy of bytes of the request, aligned to 4, that goes with the dump. 0 or -ENOMEM. */
SEA_MUST_USE int sea_nl_dump_keep(struct sea_nl_dump *d, const void *bytes, uint32_t len);

/* -- answers -- */

/*
 * Hands a datagram to the socket that `req` came from: a copy of what `out` holds. 0; -ENOBUFS, and the
 * socket says so: its queue is full; -ENOMEM.
 */
int sea_nl_answer(struct sea_nl_req *req, const struct sea_nl_out *out);

/* -EINTR (the answer is the dump itself; no acknowledgment follows), -EBUSY (one is running), -errno. */
int sea_nl_dump_start(struct sea_nl_req *req, const struct sea_nl_kind *kind);

/* -- news -- */

/* Does anybody listen to this group? Where not, the news need not be written. */
bool sea_nl_has_listeners(const struct sea_stack *stack, int protocol, unsigned group);
/*
 * A copy of what `out` holds for each member of the group that has a port. `req`, whose doing it is (NULL: nobody's), hears of
 * it only where it asked to (NLM_F_ECHO). What does not fit a queue is lost, and its socket told (ENOBUFS).
 */
void sea_nl_notify(struct sea_stack *stack, int protocol, unsigned group,
		   const struct sea_nl_out *out, const struct sea_nl_req *req);
/* There was news, and no memory to write it: members of the group are told that they missed some (ENOBUFS). */
void sea_nl_lost(struct sea_stack *stack, int protocol, unsigned group);

#endif
