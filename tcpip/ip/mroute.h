/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multicast router of one IP version, there while sea_mroute_start() wants one; <seastack/mroute.h>
 * says what it does. Both versions share it; what they differ in is struct sea_mrouter_ops.
 *
 *	packet ─ route? ─┬─ forward (mroute_forward.c) ─ by the right vif? ─ a copy for each vif ─ ops->send
 *	                 └─ waits (mroute_wait.c) ─ upcall ─ sea_mrouter_add() ─ forward
 */
#ifndef SEA_IP_MROUTE_H
#define SEA_IP_MROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/mroute.h>

#include "core/link.h"
#include "core/list.h"
#include "core/rbtree.h"
#include "core/stack.h"
#include "core/timerq.h"
#include "ip/ip.h"

#define SEA_MROUTES_MAX 65536
#define SEA_MROUTE_UPCALLS_MAX 256 /* what Linux's default receive buffer of the daemon holds */
#define SEA_MROUTE_WAITING_MAX 256 /* sources and groups without a route */
#define SEA_MROUTE_QUEUE_MAX 4     /* packets of one of them */
#define SEA_MROUTE_WAIT (10 * SEA_SEC)
#define SEA_MROUTE_WRONGVIF_EVERY (3 * SEA_SEC)
#define SEA_MROUTE_NOT_OUT 255 /* no packet's TTL exceeds it */

struct sea_mroute_key {
	struct sea_ipaddr src, group; /* zero: any */
};

/* What IPv4 and IPv6 do each in its own way. */
struct sea_mrouter_ops {
	uint8_t family, hdr_len;
	bool own_may_be_wrong; /* what we send ourselves is not held against who routes it otherwise */
	/* Whose it is, and its TTL or hop limit; its first byte is the network header. */
	void (*read)(const struct sea_pkt *pkt, struct sea_mroute_key *key, uint8_t *ttl);
	/* Sends it on, a hop older; consumes. False: it does not count as sent (too large). */
	bool (*send)(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_link *out);
	/* conf.<link>.mc_forwarding; NULL: conf.all's. */
	int32_t *(*conf)(const struct sea_stack *stack, const struct sea_link *link);
};

struct sea_mrouter_vif {
	struct sea_link *link; /* NULL: there is no such vif */
	uint8_t threshold;
	uint64_t pkts_in, bytes_in, pkts_out, bytes_out;
};

struct sea_mroute_entry {
	struct sea_rbnode node; /* by key, of one the newest first, as Linux finds them */
	uint64_t order;         /* larger: newer */
	struct sea_list all;    /* in sea_mrouter.all, the oldest first */
	struct sea_mroute_key key;
	uint16_t parent;
	uint8_t ttls[SEA_MROUTE_VIFS];
	uint64_t pkts, bytes, wrong_vif;
	sea_time last_used;
	sea_time quiet_until; /* no upcall of a wrong vif before */
};

/* Packets of one source to one group that have no route, oldest first. */
struct sea_mroute_waiting {
	struct sea_list node; /* in sea_mrouter.waiting, the first to expire first */
	struct sea_mroute_key key;
	sea_time expires;
	struct sea_pktq pkts;
};

struct sea_mrouter_upcall {
	uint8_t kind; /* enum sea_mroute_upcall_kind */
	uint8_t vif;
	struct sea_mroute_key key;
};

struct sea_mrouter {
	struct sea_stack *stack;
	const struct sea_mrouter_ops *ops;
	bool tell_wrong_vif;
	struct sea_mrouter_vif vifs[SEA_MROUTE_VIFS];
	struct sea_rbtree entries;
	struct sea_list all; /* the same, as they came */
	uint64_t order;
	uint32_t n_entries;
	struct sea_list waiting;
	uint32_t n_waiting;
	struct sea_timer timer; /* the first that waits gives up */
	struct sea_mrouter_upcall upcalls[SEA_MROUTE_UPCALLS_MAX]; /* a ring */
	uint16_t first_upcall, n_upcalls;
};

/* Of struct sea_route_news: a route that came, is another one now, or is about to go. */
struct sea_mroute_news {
	const struct sea_mrouter *router;
	const struct sea_mroute_entry *entry; /* NULL: packets wait that have none, to: */
	const struct sea_mroute_key *key;
};

extern const struct sea_mrouter_ops sea_ipv4_mrouter_ops, sea_ipv6_mrouter_ops;

/* Of a family; NULL: none is there. */
struct sea_mrouter *sea_mrouter_of(const struct sea_stack *stack, uint8_t family);
/* NULL: no memory. */
struct sea_mrouter *sea_mrouter_new(struct sea_stack *stack, const struct sea_mrouter_ops *ops);
/* What waits is dropped for this reason. NULL is harmless. */
void sea_mrouter_free(struct sea_mrouter *mr, enum sea_drop why);
/* A link goes: with it its vifs and what waits that came in by it. NULL is harmless. */
void sea_mrouter_link_gone(struct sea_mrouter *mr, const struct sea_link *link);

/* The highest vif on the link, as on Linux; -1: it takes no part. */
int sea_mrouter_vif_of(const struct sea_mrouter *mr, const struct sea_link *link);

/* As <seastack/mroute.h>, within an entry; all that comes is checked here. */
SEA_MUST_USE int sea_mrouter_vif_add(struct sea_mrouter *mr, const struct sea_mroute_vif *vif);
SEA_MUST_USE int sea_mrouter_vif_del(struct sea_mrouter *mr, uint16_t vif);
SEA_MUST_USE int sea_mrouter_add(struct sea_mrouter *mr, const struct sea_mroute *route);
SEA_MUST_USE int sea_mrouter_del(struct sea_mrouter *mr, const struct sea_mroute *route);

/* The route behind `rank` others by group and source, the newest first; NULL: there is none. */
const struct sea_mroute_entry *sea_mrouter_at(const struct sea_mrouter *mr, uint64_t rank);

/*
 * A packet to a group that may leave its link, first byte its network header, off_net and off_trans
 * set, which came in by a vif's link; consumes. `here`: what is delivered here is another copy.
 */
void sea_mrouter_input(struct sea_mrouter *mr, struct sea_pkt *pkt, bool here);

/* The route that these addresses mean, or NULL. */
const struct sea_mroute_entry *sea_mrouter_get(const struct sea_mrouter *mr,
					       const struct sea_mroute_key *key);

/* -- between mroute*.c -- */

/* Tells the stack's route_observer of a route, or (NULL) of what waits. */
void sea_mrouter_news(const struct sea_mrouter *mr, const struct sea_mroute_entry *e,
		      const struct sea_mroute_key *key, bool gone);

/* The route for a packet that came in by this vif; NULL: none. */
struct sea_mroute_entry *sea_mrouter_find(const struct sea_mrouter *mr,
					  const struct sea_mroute_key *key, int vif);
/* Does a (*,*) have both vifs in its tree? */
bool sea_mrouter_in_tree(const struct sea_mrouter *mr, int a, int b);
/* A new entry, the newest; NULL: no memory. */
struct sea_mroute_entry *sea_mrouter_insert(struct sea_mrouter *mr,
					    const struct sea_mroute_key *key, uint16_t parent);

/* Sends on as the route says; consumes. */
void sea_mrouter_forward(struct sea_mrouter *mr, struct sea_pkt *pkt, struct sea_mroute_entry *e,
			 bool here);

/* It goes no further, for this reason, unless it has had its fate: delivered here, or sent by us. */
void sea_mrouter_stop(struct sea_mrouter *mr, struct sea_pkt *pkt, bool here, enum sea_drop why);

/* There is no route: the packet waits for one, and the daemon is told. Consumes. */
void sea_mrouter_wait(struct sea_mrouter *mr, struct sea_pkt *pkt, const struct sea_mroute_key *key,
		      int vif, bool here);
/* What waits of this source and group goes. */
void sea_mrouter_release(struct sea_mrouter *mr, struct sea_mroute_entry *e);
/* False: there is no room for an upcall. */
bool sea_mrouter_tell(struct sea_mrouter *mr, enum sea_mroute_upcall_kind kind,
		      const struct sea_mroute_key *key, int vif);
/* The oldest upcall; false: there is none. */
bool sea_mrouter_take(struct sea_mrouter *mr, struct sea_mrouter_upcall *upcall);
/* A list of those who wait, at its end; NULL: no memory. */
struct sea_mroute_waiting *sea_mrouter_wait_new(struct sea_mrouter *mr,
						const struct sea_mroute_key *key);
void sea_mrouter_wait_init(struct sea_mrouter *mr);
/* Drops all that waits, or that came in by the link. */
void sea_mrouter_wait_flush(struct sea_mrouter *mr, const struct sea_link *link, enum sea_drop why);
/* The link of a waiting packet, by index; and whether it was delivered here, too. */
struct sea_mroute_cb {
	int ifindex;
	bool here;
};

struct sea_saver;
struct sea_loader;
/* NULL: none is there. */
void sea_mrouter_save(const struct sea_mrouter *mr, struct sea_saver *to);
/* In the place of *mr; errors stick to `from`. */
void sea_mrouter_load(struct sea_mrouter **mr, struct sea_stack *stack,
		      const struct sea_mrouter_ops *ops, struct sea_loader *from);

#endif
