/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seams between layers: tables of ops that modules register with their stack, so that nobody
 * includes a sibling.
 */
#ifndef SEA_CORE_PROTO_H
#define SEA_CORE_PROTO_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/socket.h>
#include <seastack/time.h>

struct sea_link;
struct sea_pkt;
struct sea_sock;
struct sea_stack;

/* A network protocol, found by EtherType. */
struct sea_net_proto {
	uint16_t ethertype;
	/* Consumes a packet whose first byte is the network header; off_net is set. */
	void (*input)(struct sea_stack *stack, struct sea_pkt *pkt);
};

struct sea_diag_proto;

/* A socket type, found by (domain, type, protocol). */
struct sea_sock_family {
	int domain, type;
	int protocol;  /* what 0 stands for */
	bool any_type; /* the domain's only one: it judges type and protocol itself */
	/* 0 with a new socket (handle registered), or -errno. */
	int (*create)(struct sea_stack *stack, int domain, int type, int protocol,
		      struct sea_sock **sock);
	/*
	 * Walks what is no socket but is listed with them, as sea_socket_next(); *cursor starts at 0 and
	 * stays below 2^56. May be NULL.
	 */
	bool (*next)(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info);
	/* How NETLINK_SOCK_DIAG shows them (transport/diag/inet.h); NULL: it does not. */
	const struct sea_diag_proto *diag;
};

/* A family of addresses that the link layer serves: what happens to links matters to it. */
struct sea_link_observer {
	/* 0, or -ENOMEM with nothing left behind: the link is then not added. */
	int (*added)(struct sea_stack *stack, struct sea_link *link);
	/* 0, or -ENOMEM: the link then goes down again, and its owner is told. */
	int (*up)(struct sea_stack *stack, struct sea_link *link);
	void (*down)(struct sea_stack *stack, struct sea_link *link);
	void (*mtu)(struct sea_stack *stack, struct sea_link *link);
	void (*mac)(struct sea_stack *stack, struct sea_link *link);
	void (*carrier)(struct sea_stack *stack, struct sea_link *link); /* it came or went */
	/* It is in another VRF now. 0, or -ENOMEM: it is then in none, and hears of that. */
	int (*master)(struct sea_stack *stack, struct sea_link *link);
	/*
	 * It is not as it was, for whoever looks: these of its flags changed (SEA_IFF_*; 0: something else). What follows
	 * from flags, MTU and address is still to come, from carrier and master it has come (as on Linux).
	 */
	void (*changed)(struct sea_stack *stack, struct sea_link *link, uint32_t flags);
	void (*renamed)(struct sea_stack *stack, struct sea_link *link, const char *old);
	/* It is there, and whoever serves it knows it. */
	void (*appeared)(struct sea_stack *stack, struct sea_link *link);
	void (*leaving)(struct sea_stack *stack, struct sea_link *link); /* all is still there */
	void (*gone)(struct sea_stack *stack, struct sea_link *link); /* also if `added` failed */
};

#define SEA_NET_PROTOS_MAX 8
#define SEA_SOCK_FAMILIES_MAX 16
#define SEA_LINK_OBSERVERS_MAX 12
#define SEA_QDISCS_MAX 16
#define SEA_LINK_KINDS_MAX 16

/* Each is called from a module's init; asserts on a full table or a second one for the same key. */
void sea_stack_add_net_proto(struct sea_stack *stack, const struct sea_net_proto *proto);
void sea_stack_add_sock_family(struct sea_stack *stack, const struct sea_sock_family *family);
void sea_stack_add_link_observer(struct sea_stack *stack, const struct sea_link_observer *ops);

#endif
