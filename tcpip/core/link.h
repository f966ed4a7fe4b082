/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link from inside. The way of a frame:
 *
 *	in:   sea_link_input → wrappers, outermost first → framing->input → network protocol
 *	out:  sea_link_output (framing->push) → qdisc → [sea_link_take_tx:] segmentation and checksums
 *	      where the driver cannot → wrappers, innermost first → driver
 *
 * A wrapper transforms batches in place; what it holds back it hands on later, from its own timer,
 * with sea_wrapper_pass_rx() or _tx(), so that the frame goes on behind it.
 */
#ifndef SEA_CORE_LINK_H
#define SEA_CORE_LINK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <seastack/link.h>
#include <seastack/wrap.h>

#include "core/list.h"
#include "core/pkt.h"
#include "core/queue.h"
#include "core/timerq.h"
#include "wire/ether.h"

struct sea_stack;

/* How a link's frames begin, by link type. */
struct sea_framing {
	enum sea_link_type type;
	uint8_t hdr_len;
	bool resolves; /* next hops need a link address (ARP, NDP) */
	/* Consumes one frame: sets off_link, type, protocol, pulls the header, passes it on. */
	void (*input)(struct sea_link *link, struct sea_pkt *pkt);
	/* Puts the header in front. -ENOMEM leaves the packet to the caller. */
	int (*push)(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		    uint16_t ethertype);
	/* Loopback: consumes what would be queued for a driver, and returns as sea_link_output(). */
	int (*turn)(struct sea_link *link, struct sea_pkt *pkt);
};

struct sea_wrapper;

struct sea_wrapper_ops {
	const char *name;
	/* Transform the batch in place: take out, add, change. Either may be NULL. */
	void (*rx)(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now);
	void (*tx)(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now);
	/* A packet with pkt->capture set is dropped in this stack. */
	void (*dropped)(struct sea_wrapper *wrapper, const struct sea_pkt *pkt,
			enum sea_drop reason);
	/* Drops what is held back and frees the wrapper. */
	void (*free)(struct sea_wrapper *wrapper);
};

struct sea_wrapper {
	const struct sea_wrapper_ops *ops;
	struct sea_link *link;
	struct sea_list node; /* in link->wrappers, innermost first */
};

/* Puts a wrapper outermost. Its owner allocated it from the stack's pool. */
void sea_wrapper_attach(struct sea_wrapper *wrapper, struct sea_link *link,
			const struct sea_wrapper_ops *ops);
/* Lets held-back frames go on behind this wrapper; consumes the batch. Within an entry. */
void sea_wrapper_pass_rx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now);
void sea_wrapper_pass_tx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now);

struct sea_link {
	struct sea_stack *stack;
	struct sea_list node; /* in stack->links */
	int ifindex;
	char name[SEA_IFNAMSIZ];
	enum sea_link_type type;
	const struct sea_framing *framing;
	struct sea_mac mac;
	uint32_t mtu, features, txqueuelen;
	uint32_t features_made,
		features_off; /* as it was made; those that somebody does without (link_set.h) */
	bool up, carrier;
	struct sea_link *master; /* the VRF that it is a member of, the bridge whose port it is */
	uint32_t vrf_table;      /* of a VRF */
	struct sea_link_stats stats;

	struct sea_queue queue;    /* whose handle is 0: it is the link's own, that nobody chose */
	struct sea_queue *ingress; /* what stands where packets come in (core/qdisc.h); NULL */
	int (*turn)(struct sea_link *link,
		    struct sea_pkt
			    *pkt); /* framing's; filters (core/filter.h); NULL: there is a queue */
	struct sea_pktq ready;     /* past qdisc and wrappers, waiting for the driver */
	struct sea_pktq input;     /* loopback, pairs: waiting for the next advance */
	uint32_t input_max;        /* 0: net.core.netdev_max_backlog */
	struct sea_list tx_node, rx_node; /* in the shard's lists while there is output, input */
	bool tx_stalled; /* the driver gave frames back: offered again after a take */
	/*
	 * Where output goes without a driver: called in sea_stack_advance() while there is some, takes
	 * it with sea_link_take_batch(). NULL for links with a driver.
	 */
	void (*pump)(struct sea_link *link, sea_time now);
	/* Called when the link is deleted, so that whoever holds it lets go. */
	void (*detached)(struct sea_link *link);
	/*
	 * Called when the link becomes `to` in another stack, both entered: whoever holds it holds that
	 * one then. 0, or -ENOMEM with nothing changed. NULL: nobody holds it.
	 */
	int (*moved)(struct sea_link *link, struct sea_link *to);
	struct sea_list wrappers;
	struct sea_pair *pair;

	struct sea_list event; /* in the shard's link_events */
	uint32_t event_mask;
	bool addr_event, neigh_event, dns_event;

	void *ip4, *ip6; /* the IP modules' state of this link (ip/ifaddr.h) */

	/* What it is to whoever looks, and somebody chose (core/link_set.h). */
	uint32_t group, flags; /* SEA_IFF_*: those that may be chosen */
	uint32_t promiscuity, allmulti;
	uint32_t carrier_ups, carrier_downs;
	bool was_up;              /* so that it has a queue, chosen or not */
	bool untold;              /* nobody has heard of it yet */
	bool hw_stats;            /* hardware was asked to count; none does */
	uint8_t linkmode;         /* IF_LINK_MODE_* */
	char *alias;              /* of the pool, strlen() + 1 bytes; NULL: none */
	struct sea_list altnames; /* sea_altname.node, as they came */

	/* Made by asking (core/link_kind.h). */
	const struct sea_link_kind *kind; /* NULL: it was not */
	void *kind_state;
	struct sea_link *lower;          /* that it stands on; NULL */
	unsigned n_uppers;               /* those that stand on it */
	struct sea_diversion *diversion; /* whose its frames are; NULL: its own */
	/* The other end of a wire within the stack: each has a carrier while both are up; they end together. */
	struct sea_link *peer;
};

/* Both directions, unless the link is down. */
static inline bool sea_link_running(const struct sea_link *link)
{
	return link->up && link->carrier;
}

/*
 * Sends a packet whose first byte is the network header, within an entry: consumes it. `dst` is the
 * link address of the next hop (ignored where framing->resolves is false). 0 (also where it was dropped
 * for want of a carrier), or, after the drop, -ENETDOWN, -ENOMEM, -EMSGSIZE, -ENOBUFS (the queue is full).
 */
int sea_link_output(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		    uint16_t ethertype);

/* Likewise of a frame that begins with its link header already, of whatever size. */
int sea_link_output_frame(struct sea_link *link, struct sea_pkt *pkt);
/* Into the link's queue, whatever its framing turns round: 0 or -ENOBUFS; consumes. */
int sea_link_enqueue(struct sea_link *link, struct sea_pkt *pkt);

/* Hands a frame to the network protocol of `pkt->protocol`; consumes it. For framings. */
void sea_link_deliver(struct sea_link *link, struct sea_pkt *pkt);

/* Queues a frame as input for the next advance (loopback, pairs): false and untouched when full. */
bool sea_link_queue_input(struct sea_link *link, struct sea_pkt *pkt);

/* What sea_link_take_tx() does, within an entry: up to `max` frames onto the end of `out`. */
unsigned sea_link_take_batch(struct sea_link *link, struct sea_pktq *out, unsigned max,
			     sea_time now);

/* Frames from the wire or from the link's input queue, within an entry: counted, then the wrappers. */
void sea_link_receive_wire(struct sea_link *link, struct sea_pktq *batch);
/* Hands frames that a wrapper let through from the wire to the stack; consumes. */
void sea_link_receive(struct sea_link *link, struct sea_pktq *batch);

/* sea_link_add() and sea_link_del() within an entry. */
SEA_MUST_USE int sea_link_make(struct sea_stack *stack, const struct sea_link_config *config,
			       struct sea_link **link);
void sea_link_end(struct sea_link *link);

/* What else may be said of a link that is made. */
struct sea_link_birth {
	const struct sea_link_kind *kind; /* NULL: none */
	int ifindex;                      /* 0: the next one */
	bool untold;                      /* until sea_link_announce() */
};
/* Besides sea_link_add()'s errors -EBUSY: a link has this index. */
SEA_MUST_USE int sea_link_make_as(struct sea_stack *stack, const struct sea_link_config *config,
				  const struct sea_link_birth *birth, struct sea_link **link);
void sea_link_announce(struct sea_link *link);

void sea_link_raise(struct sea_link *link, uint32_t event_mask);
/* sea_link_set_carrier() within an entry. */
void sea_link_carrier(struct sea_link *link, bool on);

/* Of a framing that turns: frames wait in the link's queue first, or do not. */
void sea_link_turn_by_queue(struct sea_link *link, bool queued);
/* Does it turn its frames round without a queue? */
bool sea_link_is_turned(const struct sea_link *link);
/* By that, and by the filters that it has, sea_link.turn. */
void sea_link_set_turn(struct sea_link *link);
/* What waited in its queue for time alone may be sent now: a driver is asked to take it. */
void sea_link_wake(struct sea_link *link);

/* The largest frame, its header included. */
static inline uint32_t sea_link_frame_max(const struct sea_link *link)
{
	return link->mtu + link->framing->hdr_len;
}

/* The framings (core/framing_*.c). */
extern const struct sea_framing sea_framing_ether, sea_framing_loopback, sea_framing_ip,
	sea_framing_vrf;
/* Ethernet's of links of kinds (core/link_kind.h). */
extern const struct sea_framing sea_framing_soft;

/* Ethernet's input, of a header of `hdr_len` bytes: addresses at its beginning, the EtherType at its end. */
void sea_ether_input(struct sea_link *link, struct sea_pkt *pkt, uint32_t hdr_len);

/* Ethernet's push, in line for sea_link_output(). */
static inline int sea_ether_push(const struct sea_link *link, struct sea_pkt *pkt,
				 const struct sea_mac *dst, uint16_t ethertype)
{
	struct sea_ether_hdr *eth = sea_pkt_push(pkt, sizeof(*eth));

	if (!eth)
		return -ENOMEM;
	eth->dst = *dst;
	eth->src = link->mac;
	eth->type = sea_be16_of(ethertype);
	pkt->off_link = sea_pkt_offset(pkt);
	return 0;
}

/* A frame was lost for want of memory before it became a packet. */
void sea_link_count_lost(struct sea_link *link);

/*
 * Cuts a super-segment into segments of at most gso_size payload bytes each, headers and checksums
 * right (PARTIAL in, NONE out), in order on `out`; consumes it. False: it could not be cut (malformed
 * or no memory) and was dropped with SEA_DROP_GSO_FAILED; segments already cut stay on `out`.
 */
bool sea_gso_segment(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_pktq *out);

#endif
