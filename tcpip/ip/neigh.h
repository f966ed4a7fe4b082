/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours: next hops and their link addresses, with Linux's states and timers (NUD, RFC 4861 §7.3,
 * applied to ARP as Linux does). One table per IP version and stack; the protocol that asks and
 * answers (ARP, NDP) is an op.
 *
 *	NONE → INCOMPLETE → REACHABLE → STALE → DELAY → PROBE → FAILED
 *
 * Timers, one per entry: retransmission (INCOMPLETE, PROBE), reachability (REACHABLE), delay to the
 * first probe (DELAY). Entries that nobody refers to are collected by gc_thresh1..3 and gc_stale_time.
 */
#ifndef SEA_IP_NEIGH_H
#define SEA_IP_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/htable.h"
#include "core/link.h"
#include "core/pkt.h"
#include "core/timerq.h"
#include "ip/ip.h"

struct sea_neigh_table;

struct sea_neigh {
	struct sea_hnode hnode;
	struct sea_list lru; /* in the table's list, least recently confirmed first */
	struct sea_neigh_table *table;
	struct sea_link *link;
	uint32_t refs; /* the table's own and those of sea_dst */
	bool dead;     /* out of the table, waiting for its last reference */
	uint8_t state; /* enum sea_neigh_state */
	uint8_t probes;
	struct sea_mac mac;
	struct sea_ipaddr addr;
	sea_time confirmed, updated, used;
	struct sea_timer timer;
	struct sea_pktq pending; /* wait for the address; bounded by unres_qlen_bytes */
};

/* Linux's net.ipv4.neigh.default.*, in its units. */
struct sea_neigh_params {
	int32_t mcast_solicit, ucast_solicit, app_solicit;
	int32_t retrans_time_ms, base_reachable_time_ms, delay_first_probe_time;
	int32_t gc_stale_time, unres_qlen_bytes;
	int32_t gc_thresh1, gc_thresh2, gc_thresh3, gc_interval;
};

struct sea_neigh_ops {
	uint8_t family;
	/* Asks for n->addr: unicast to n->mac when `unicast`, else broadcast or multicast. */
	void (*solicit)(struct sea_neigh *n, const struct sea_pkt *cause, bool unicast);
	/* Gives up on a waiting packet: the error goes to its sender; consumes. */
	void (*error)(struct sea_neigh *n, struct sea_pkt *pkt);
};

struct sea_neigh_table {
	struct sea_stack *stack;
	const struct sea_neigh_ops *ops;
	struct sea_neigh_params params;
	struct sea_siphash_key key;
	struct sea_htable entries;
	struct sea_list lru;
	struct sea_timer gc_timer;
	int64_t reachable_ns; /* drawn anew every 300 s in [0.5, 1.5) x base_reachable_time */
	sea_time redrawn;
	uint16_t ethertype;
};

void sea_neigh_table_init(struct sea_neigh_table *t, struct sea_stack *stack,
			  const struct sea_neigh_ops *ops, uint16_t ethertype);
void sea_neigh_table_fini(struct sea_neigh_table *t);

/* Finds or makes; takes a reference. NULL: the table is full (gc_thresh3) or no memory. */
struct sea_neigh *sea_neigh_get(struct sea_neigh_table *t, struct sea_link *link,
				const struct sea_ipaddr *addr);
/* Finds only, no reference; NULL where there is none. */
struct sea_neigh *sea_neigh_find(struct sea_neigh_table *t, const struct sea_link *link,
				 const struct sea_ipaddr *addr);
void sea_neigh_put(struct sea_neigh *n);

/* Sends a packet (network header first) to the next hop, now or when it is resolved; consumes. */
void sea_neigh_output(struct sea_neigh *n, struct sea_pkt *pkt);

enum sea_neigh_update_flag {
	SEA_NEIGH_OVERRIDE = 1,  /* a different address replaces the known one */
	SEA_NEIGH_SOLICITED = 2, /* an answer to our question: REACHABLE, else STALE */
	SEA_NEIGH_ADMIN = 4,     /* by configuration */
};

/* The neighbour said (or the administrator says) that its address is `mac`. */
void sea_neigh_update(struct sea_neigh *n, const struct sea_mac *mac, uint8_t state,
		      unsigned flags);
/* Forward progress was seen: REACHABLE if an address is known. */
void sea_neigh_confirm(struct sea_neigh *n);

/* The link went down (keeps PERMANENT) or away (keeps none), or its MAC changed. */
void sea_neigh_flush(struct sea_neigh_table *t, const struct sea_link *link, bool permanent_too);

#endif
