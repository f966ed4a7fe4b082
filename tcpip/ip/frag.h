/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reassembly of datagrams, one engine for IPv4 (RFC 791, 815, 1122 §3.3.2) and IPv6 (RFC 8200 §4.5,
 * 5722). The IP version reads the headers and checks what only it can; the engine keeps the pieces.
 *
 *	fragment ─ memory, peer's share ─ queue by key ─ fits? ─ runs ─┬─ not all there: kept
 *	                                                               └─ whole: a chain of all pieces
 *
 * A queue is a tree of *runs*: fragments that lie end to end because each came right behind the one
 * before. What lies within one run is a duplicate and ignored; what overlaps otherwise ends the
 * queue with all that is in it (RFC 5722; IPv4 likewise, as on Linux).
 *
 * Bounds, with Linux's names: `high_thresh` bytes of truesize in all queues together, beyond which
 * fragments are refused; half of that for one peer (an IPv4 address, an IPv6 /64), so that nobody
 * alone keeps others from being heard; `time` seconds a queue; `max_dist` fragments of other datagrams
 * that may come from the same peer in between (IPv4). A packet in a queue keeps the copy-down rule.
 */
#ifndef SEA_IP_FRAG_H
#define SEA_IP_FRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sysctl.h"
#include "core/htable.h"
#include "core/pkt.h"
#include "core/rbtree.h"
#include "core/siphash.h"
#include "core/stack.h"
#include "ip/ip.h"

struct sea_saver;
struct sea_loader;

/* Who puts datagrams together: each has queues of its own. */
enum sea_frag_user { SEA_FRAG_LOCAL };

/* What the fragments of a datagram have in common. Without padding: it is hashed as it lies. */
struct sea_frag_key {
	struct sea_ipaddr src, dst;
	uint32_t id;
	int32_t ifindex; /* the link, or the VRF; 0 where any link that is in none will do */
	uint8_t proto;   /* IPv4; IPv6: 0 */
	uint8_t user;    /* enum sea_frag_user */
	uint8_t zero[6];
};
static_assert(sizeof(struct sea_frag_key) == 48, "no padding");

/* A fragment, as its header has it; its payload is the packet's. */
struct sea_frag_piece {
	uint16_t off;    /* bytes into the datagram's payload */
	uint16_t before; /* bytes in front of the payload that count against 65535 */
	uint16_t size;   /* of the whole packet, from its IP header on */
	bool more, df;
	uint8_t ecn; /* the two bits */
};

/* What is known of a whole datagram. */
struct sea_frag_whole {
	uint16_t frag_max; /* size of the largest fragment */
	bool df;           /* and that one had DF set */
	bool ce;           /* a router marked one of them (RFC 3168 §5.3) */
};

/* What differs between the families. */
struct sea_frag_family {
	uint8_t family;
	uint8_t peer_len; /* bytes of an address that tell peers apart */
	enum sea_mib reqds, oks, fails, timeout, overlaps; /* overlaps: SEA_MIB_N for none */
	uint32_t queue_size; /* what Linux charges for an empty queue */
	/* Time is over and `first`, the fragment at offset 0, is there: tells its sender. Borrows. */
	void (*expired)(struct sea_stack *stack, struct sea_pkt *first);
};

/* net.ipv4.ipfrag_*, net.ipv6.ip6frag_*. low_thresh: no-op on Linux, too. */
struct sea_frag_conf {
	int32_t high_thresh, low_thresh; /* bytes */
	int32_t time, max_dist;          /* seconds, fragments; max_dist 0: no limit */
};

struct sea_frag_table {
	struct sea_stack *stack;
	const struct sea_frag_family *family;
	struct sea_frag_conf conf;
	struct sea_sysctl_table sysctls;
	struct sea_siphash_key key;
	struct sea_htable queues, peers;
	uint64_t charged; /* truesize of all queues */
};

/* One who sends fragments, while any of its datagrams is unfinished. */
struct sea_frag_peer {
	struct sea_hnode hnode;
	uint8_t addr[8];
	uint32_t n_queues;
	uint32_t serial; /* of the fragments that came from it */
	uint64_t charged;
};

struct sea_frag_queue {
	struct sea_hnode hnode;
	struct sea_frag_table *table;
	struct sea_frag_peer *peer;
	struct sea_frag_key key;
	struct sea_timer timer;
	struct sea_rbtree runs;  /* of the packets that begin one (sea_frag_cb) */
	struct sea_pkt *highest; /* the run at the end; NULL: none */
	uint32_t serial;         /* the peer's, at our latest fragment */
	uint32_t n, charged;
	uint32_t have, end; /* bytes that are there; where the payload ends as far as we know */
	int ifindex;        /* the link that the latest came in by */
	uint16_t before;    /* of the first fragment */
	uint16_t max, max_df;
	uint8_t ecn_seen; /* bit set of the values */
	bool first_in, last_in;
};

/* Of a queued packet. */
struct sea_frag_cb {
	struct sea_rbnode node; /* of one that begins a run; so are the next two */
	struct sea_pkt *tail;   /* the run's last packet; `next` leads there */
	uint16_t run_end;
	uint16_t off;
};

#define SEA_FRAG_CB(pkt) SEA_PKT_CB_AS(pkt, struct sea_frag_cb)

/* `family` is borrowed for good; the defaults are Linux's, but for time_s. */
void sea_frag_table_init(struct sea_frag_table *t, struct sea_stack *stack,
			 const struct sea_frag_family *family, int32_t time_s);
/* Drops what is queued: STACK_FREED. */
void sea_frag_table_fini(struct sea_frag_table *t);
/* Registers the sysctls of its conf. */
void sea_frag_sysctl_add(struct sea_frag_table *t);

/*
 * Takes a fragment, whose first byte is its payload and whose off_net is set: consumes it. NULL:
 * kept or dropped. Else the whole datagram, with the first fragment's headers, as it would be had
 * it come in one piece; *whole tells the rest. Counts what the family's MIB has for it.
 */
struct sea_pkt *sea_frag_input(struct sea_frag_table *t, const struct sea_frag_key *key,
			       const struct sea_frag_piece *piece, struct sea_pkt *pkt,
			       struct sea_frag_whole *whole);

/*
 * A fragment that can be of no datagram, so that its header was not worth a sea_frag_input(): counts
 * it, ends the queue that it would be in, drops it for `why`.
 */
void sea_frag_refuse(struct sea_frag_table *t, const struct sea_frag_key *key, struct sea_pkt *pkt,
		     enum sea_drop why);

/* Queues with their peers, deadlines and packets. */
void sea_frag_table_save(const struct sea_frag_table *t, struct sea_saver *to);
void sea_frag_table_load(struct sea_frag_table *t, struct sea_loader *from);

/* -- between frag.c, frag_queue.c, frag_whole.c and frag_save.c -- */

/* The queue of `key`, made where it is not there: NULL without memory. */
struct sea_frag_queue *sea_frag_queue_find(struct sea_frag_table *t,
					   const struct sea_frag_key *key);
struct sea_frag_queue *sea_frag_queue_new(struct sea_frag_table *t, const struct sea_frag_key *key);
/* An empty queue goes, and its peer with its last one. */
void sea_frag_queue_free(struct sea_frag_queue *q);
/* Drops all packets; the queue stays, as if new. */
void sea_frag_queue_clear(struct sea_frag_queue *q, enum sea_drop why);

enum sea_frag_place { SEA_FRAG_ADDED, SEA_FRAG_DUPLICATE, SEA_FRAG_OVERLAP };

/* Puts a packet at its place; `charged` and the cb's `off` are set. Other than ADDED leaves it. */
enum sea_frag_place sea_frag_queue_add(struct sea_frag_queue *q, struct sea_pkt *pkt);
/* Behind all others, opening a run or not. */
void sea_frag_queue_append(struct sea_frag_queue *q, struct sea_pkt *pkt, bool opens);
/* All packets in order, as one list by `next`; the queue has none then. */
struct sea_pkt *sea_frag_queue_take(struct sea_frag_queue *q);

/* Makes one packet of a queue that has all; the queue ends. NULL: dropped for a counted reason. */
struct sea_pkt *sea_frag_whole(struct sea_frag_queue *q, struct sea_link *link,
			       struct sea_frag_whole *whole);

#endif
