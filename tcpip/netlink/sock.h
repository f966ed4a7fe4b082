/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of AF_NETLINK, and the table of them: a port each, of its protocol, and the groups they are
 * members of. An address is { nl_pid: the port, nl_groups: a bit for each of the first 32 groups }.
 */
#ifndef SEA_NETLINK_SOCK_H
#define SEA_NETLINK_SOCK_H

#include "core/htable.h"
#include "core/sock.h"
#include "netlink/netlink.h"

struct sea_procnet_files;

#define NL_PROTOCOLS_MAX 32 /* Linux's MAX_LINKS */
#define NL_GROUPS_MAX 128

enum nl_sock_flag {
	NL_F_PKTINFO = 1u << 0,
	NL_F_BROADCAST_ERROR = 1u << 1,
	NL_F_NO_ENOBUFS = 1u << 2,
	NL_F_CAP_ACK = 1u << 3,
	NL_F_EXT_ACK = 1u << 4,
	NL_F_STRICT_CHK = 1u << 5,
	NL_F_CONGESTED = 1u << 6, /* something was lost: told once, until the queue is empty */
	NL_F_BOUND = 1u << 7,
	NL_F_DUMPING = 1u << 8,
	NL_F_LISTEN_ALL_NSID = 1u << 9, /* of other namespaces, too: a stack knows of none */
};

/* What waits to be read: `len` bytes, one message or more. */
struct nl_datagram {
	struct sea_list node;
	uint32_t len, charged;
	uint32_t port;  /* whose it is; 0: the stack's */
	uint32_t group; /* that it came by; 0: none */
	uint8_t bytes[];
};

struct sea_nl_sock {
	struct sea_sock sock;  /* first */
	struct sea_list node;  /* among those of its protocol */
	struct sea_hnode hash; /* by protocol and port, once it has one */
	const struct sea_nl_family *family;
	uint32_t flags; /* enum nl_sock_flag */
	uint32_t port, dst_port, dst_group;
	uint64_t groups[NL_GROUPS_MAX / 64];
	struct sea_list queue; /* nl_datagram.node */
	uint32_t
		recv_len_max; /* the most that the program made room for: dumps come in pieces of that */
	struct sea_nl_dump dump; /* NL_F_DUMPING */
	int dump_result;         /* positive while it is not over */
};

struct nl_state {
	const struct sea_nl_family *families[NL_PROTOCOLS_MAX];
	struct sea_list socks[NL_PROTOCOLS_MAX]; /* sea_nl_sock.node */
	struct sea_htable ports;
	struct sea_siphash_key key;
};

static inline struct nl_state *sea_nl_state(const struct sea_stack *stack)
{
	return sea_stack_module(stack, SEA_MODULE_NETLINK);
}

static inline struct sea_nl_sock *sea_nl_sock_of(struct sea_sock *sock)
{
	return (struct sea_nl_sock *)(void *)sock;
}

extern const struct sea_sock_family sea_nl_sock_family;
extern const struct sea_sock_ops sea_nl_sock_ops;

/* -- table.c -- */

/* Takes the port: 0, -EADDRINUSE, -ENOMEM. */
SEA_MUST_USE int sea_nl_take_port(struct sea_nl_sock *s, uint32_t port);
/* One that is free, where it has none: 0 or -errno. */
SEA_MUST_USE int sea_nl_autobind(struct sea_nl_sock *s);
void sea_nl_give_up_port(struct sea_nl_sock *s);
/* NULL: nobody has it. */
struct sea_nl_sock *sea_nl_by_port(const struct sea_stack *stack, int protocol, uint32_t port);
bool sea_nl_in_group(const struct sea_nl_sock *s, unsigned group);
void sea_nl_set_group(struct sea_nl_sock *s, unsigned group, bool member);

/* -- queue.c -- */

/* A copy of `len` bytes for the program to read: 0, -ENOBUFS where its queue is full, -ENOMEM. */
SEA_MUST_USE int sea_nl_enqueue(struct sea_nl_sock *s, const void *bytes, uint32_t len,
				uint32_t port, uint32_t group);
/* Something for it was lost. */
void sea_nl_overrun(struct sea_nl_sock *s);
/* The first is read. */
void sea_nl_dequeue(struct sea_nl_sock *s, struct nl_datagram *d);
void sea_nl_purge(struct sea_nl_sock *s);
/* Copies for a group, but for the socket of port `except`; 0: but for those that have no port (as Linux has it). */
void sea_nl_broadcast(struct sea_stack *stack, int protocol, unsigned group, const void *bytes,
		      uint32_t len, uint32_t port, uint32_t except);

/* -- receive.c -- */

/* The program's messages for the stack, one behind the other, aligned to 4 bytes. */
void sea_nl_receive(struct sea_nl_sock *s, const uint8_t *bytes, uint32_t len);
/* What an acknowledgment says of `extack`, as attributes behind it. */
void sea_nl_put_extack(struct sea_nl_out *out, const struct sea_nl_sock *s, int err,
		       uint32_t msg_len, const struct sea_nl_extack *extack);
/* Are there any? */
bool sea_nl_has_extack(const struct sea_nl_sock *s, int err, const struct sea_nl_extack *extack);
/* The room that they take. */
#define NL_EXTACK_ROOM 512u

/* -- dump.c -- */

/* The most that a piece holds: what Linux has in eight pages. */
#define NL_PIECE_MAX 32448u

/* What it kept goes with it. */
void sea_nl_dump_end(struct sea_nl_sock *s);
/* Writes the next piece into the queue: 0 or -errno. */
SEA_MUST_USE int sea_nl_dump_go_on(struct sea_nl_sock *s);

/* -- options.c -- */

int sea_nl_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len);
int sea_nl_setsockopt(struct sea_sock *sock, int level, int name, const void *val, socklen_t len);

/* -- procnet.c -- */

extern const struct sea_procnet_files sea_nl_proc_files;

/* -- save.c -- */

void sea_nl_sock_save(struct sea_sock *sock, struct sea_saver *to);
void sea_nl_save(struct sea_stack *stack, void *state, struct sea_saver *to);
int sea_nl_load(struct sea_stack *stack, void *state, struct sea_loader *from);

/* Made, but without a handle; NULL: no memory. */
struct sea_nl_sock *sea_nl_sock_new(struct sea_stack *stack, int type, int protocol);
/* The opposite, whatever it has come to. */
void sea_nl_sock_free(struct sea_nl_sock *s);

#endif
