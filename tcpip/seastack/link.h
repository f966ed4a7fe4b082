/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links: what frames come from and go to. A link is Linux's network interface (name, index, MTU,
 * MAC, flags, counters, a transmit queue) plus a chain of wrappers (capture, faults, coalescing)
 * between the stack and the wire. A link does no I/O: a driver brings frames with
 * sea_link_input() and takes them away with sea_link_take_tx().
 */
#ifndef SEASTACK_LINK_H
#define SEASTACK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_link;
struct sea_pkt;
struct sea_stack;

#define SEA_IFNAMSIZ 16

enum sea_link_type {
	SEA_LINK_ETHERNET, /* frames begin with an Ethernet II header (RFC 894) */
	SEA_LINK_LOOPBACK, /* the stack's own `lo`; every stack has exactly one, made with it */
	SEA_LINK_IP,       /* frames begin with the IP header (a tun device) */
	SEA_LINK_VRF,      /* master of links that route by a table of their own; has no driver */
};

/* What the driver below can take, so that the stack need not do it (and sends it down undone). */
#define SEA_LINK_F_TX_CSUM (1u << 0) /* transport checksum left PARTIAL */
#define SEA_LINK_F_TSO4 (1u << 1)    /* TCP super-segments over IPv4; needs TX_CSUM */
#define SEA_LINK_F_TSO6 (1u << 2)
#define SEA_LINK_F_USO (1u << 3) /* UDP super-segments */
/* What comes up: checksum states and super-segments given by the driver are believed. */
#define SEA_LINK_F_RX_TRUSTED (1u << 8)
/* Incoming frames may be super-segments: receive chains get large pieces. */
#define SEA_LINK_F_RX_GSO (1u << 9)

#define SEA_LINK_MTU_MIN 68 /* RFC 791 */
#define SEA_LINK_MTU_MAX 65535
#define SEA_LINK_MTU_LOOPBACK 65536 /* what `lo` begins with; IPv4 uses a byte less of it */
#define SEA_LINK_MTU_VIRTUAL \
	65575 /* the most of `lo` and a VRF, which begins with it: IPv6's largest */

struct sea_link_config {
	size_t size;      /* sizeof(struct sea_link_config) */
	const char *name; /* 1..15 bytes, no '/' or space, unique in the stack; copied */
	enum sea_link_type type;
	uint8_t mac[6];      /* all zero: a random locally administered one */
	uint32_t mtu;        /* bytes of IP; 0: 1500, of a VRF SEA_LINK_MTU_VIRTUAL */
	uint32_t features;   /* SEA_LINK_F_* */
	uint32_t txqueuelen; /* packets; 0: 1000 as Linux */
	const char *qdisc;   /* a kind of queue (qdisc.h); NULL: net.core.default_qdisc's */
	uint32_t vrf_table;  /* SEA_LINK_VRF: its routing table, not 0; else 0 */
};

struct sea_link_stats {
	uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
	uint64_t multicast;
};

struct sea_link_info {
	size_t size; /* set by the caller and left as it is */
	int ifindex;
	char name[SEA_IFNAMSIZ];
	enum sea_link_type type;
	uint8_t mac[6];
	uint32_t mtu, features, txqueuelen;
	bool up;      /* administratively, IFF_UP */
	bool carrier; /* the driver says the wire is there, IFF_LOWER_UP */
	int master;   /* ifindex of the VRF that it is a member of; 0: none */
	uint32_t vrf_table;
	struct sea_link_stats stats;
};

/*
 * Adds a link to `stack`, down, carrier on. 0, -EINVAL (name, MTU, features), -EEXIST (name),
 * -ENOMEM, -ENOSPC (65,535 links). The link belongs to the stack and ends with it or with
 * sea_link_del(), which drops what is queued and takes its addresses, routes and neighbours away.
 */
SEA_API SEA_MUST_USE int sea_link_add(struct sea_stack *stack, const struct sea_link_config *config,
				      struct sea_link **link, sea_time now);
SEA_API void sea_link_del(struct sea_link *link, sea_time now);

/*
 * Links of kinds (bridge, vlan, …: the module sea_link_kinds) are made, and end, by rtnetlink's messages: who keeps one of
 * these across entries looks it up again by its index. They have no driver; deleting what they stand on ends them, too.
 */

/*
 * Moves a link to another stack, as `ip link set NAME netns`. *link is then the one over there: of the
 * same name, MAC, MTU, features and counters, with an index of its own there, and down. Its addresses,
 * routes, neighbours and settings do not come along, nor its kind of queue and what is queued. A pair stays joined; a driver
 * must be stopped before, and is given the new link; links that stand on it (a vlan) end. Both stacks are driven by one thread. 0 (also where
 * it is there already), -EINVAL (lo, vrf, a link of a kind), -EEXIST (a link has its name there), -EBUSY (it has
 * wrappers: they are of its stack, and must be removed before), -ENOSPC, -ENOMEM; *link then stays.
 */
SEA_API SEA_MUST_USE int sea_link_move(struct sea_link **link, struct sea_stack *to, sea_time now);

/* NULL when there is none. */
SEA_API struct sea_link *sea_link_by_name(struct sea_stack *stack, const char *name);
SEA_API struct sea_link *sea_link_by_index(struct sea_stack *stack, int ifindex);
/* The link after `prev` in order of index (the first for NULL); NULL at the end. */
SEA_API struct sea_link *sea_link_next(struct sea_stack *stack, const struct sea_link *prev);
/*
 * Fills *info up to its `size`, with zeros where this library knows less than the caller's header;
 * a size of 0 gets nothing.
 */
SEA_API void sea_link_info(const struct sea_link *link, struct sea_link_info *info);
/* The stack that it belongs to. */
SEA_API struct sea_stack *sea_link_stack(const struct sea_link *link);

/*
 * Run-time changes; each raises a SEA_EVENT_LINK. 0, -EINVAL for a value out of range, -ENOMEM where
 * going up lacks memory for routes (the link stays down).
 */
SEA_API SEA_MUST_USE int sea_link_set_up(struct sea_link *link, bool up, sea_time now);
SEA_API SEA_MUST_USE int sea_link_set_mtu(struct sea_link *link, uint32_t mtu, sea_time now);
SEA_API SEA_MUST_USE int sea_link_set_mac(struct sea_link *link, const uint8_t mac[6],
					  sea_time now);
/*
 * Makes the link a member of a VRF (NULL: of none). Its routes and its addresses' move to the table
 * that holds now. 0, -EINVAL (no VRF, of another stack, or itself one), -ENOMEM (it is of none then).
 */
SEA_API SEA_MUST_USE int sea_link_set_master(struct sea_link *link, struct sea_link *master,
					     sea_time now);
/* The driver tells whether the wire is there; without one nothing is sent. */
SEA_API void sea_link_set_carrier(struct sea_link *link, bool on, sea_time now);

/*
 * Frames arrived: consumes all `n` packets, each made by sea_rx_chain_take() or
 * sea_pkt_from_bytes() for this link. One budget each; nothing is sent or woken before the caller
 * asks (sea_stack_next_tx(), sea_stack_take_events()).
 */
SEA_API void sea_link_input(struct sea_link *link, struct sea_pkt **pkts, unsigned n, sea_time now);

/* The driver will not bring this frame in (its header is malformed): counted as `reason`. */
SEA_API void sea_link_reject(struct sea_link *link, struct sea_pkt *pkt, unsigned reason,
			     sea_time now);

/*
 * Up to `max` frames to transmit, in order. They are the driver's until sea_pkt_done(), but their
 * bytes are read-only. 0 when there are none left.
 */
SEA_API unsigned sea_link_take_tx(struct sea_link *link, struct sea_pkt **pkts, unsigned max,
				  sea_time now);

/*
 * The wire did not take these frames now (EAGAIN, ENOBUFS): they come back first at the next take.
 * `pkts` must be the tail of the latest take, in order.
 */
SEA_API void sea_link_return_tx(struct sea_link *link, struct sea_pkt **pkts, unsigned n);

SEA_END_DECLS
#endif
