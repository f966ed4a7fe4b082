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

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/htable.h"
#include "core/link.h"
#include "core/pkt.h"
#include "core/sysctl.h"
#include "core/timerq.h"
#include "ip/ip.h"

struct sea_neigh_table;

/* Finding it takes the first cache line only. */
struct sea_neigh {
	struct sea_hnode hnode;
	struct sea_link *link;
	struct sea_ipaddr addr;
	uint32_t refs; /* the table's own and those of sea_dst */
	bool dead;     /* out of the table, waiting for its last reference */
	uint8_t state; /* enum sea_neigh_state */
	uint8_t probes;
	struct sea_mac mac;
	uint16_t flags;      /* SEA_NTF_* */
	struct sea_list lru; /* in the table's list, least recently updated first */
	struct sea_neigh_table *table;
	const struct sea_neigh_params *params; /* of the link, while not dead */
	sea_time confirmed, updated, used;
	struct sea_timer timer;
	struct sea_pktq pending; /* wait for the address; bounded by unres_qlen_bytes */
	uint32_t pending_bytes;  /* their truesize, as Linux counts it */
	uint8_t protocol;        /* RTPROT_*: who made it; 0: nobody says */
};

static_assert(sizeof(void *) != 8 || offsetof(struct sea_neigh, lru) <= 64, "one cache line");

/* net.*.neigh.<link>.*, in Linux's units. */
struct sea_neigh_params {
	int32_t mcast_solicit, ucast_solicit, app_solicit, mcast_resolicit;
	int32_t retrans_time_ms, base_reachable_time_ms, delay_first_probe_time;
	int32_t gc_stale_time, unres_qlen_bytes;
	int32_t locktime;                /* 1/100 s for which the first of several answers counts */
	int32_t proxy_delay, proxy_qlen; /* 1/100 s at most, questions */
	int32_t anycast_delay; /* no-op on Linux, where proxy_delay rules anycast addresses, too */
	int32_t interval_probe_time_ms; /* between questions for a managed entry */
	/* Older names, in s, in ticks, in full frames (neigh_sysctl.c keeps them in step). */
	int32_t base_reachable_time, retrans_time, unres_qlen;
	int64_t reachable_ns; /* drawn anew every 300 s in [0.5, 1.5) x base_reachable_time */
};

/* net.*.neigh.default.gc_*: of all links together. */
struct sea_neigh_gc {
	int32_t thresh1, thresh2, thresh3;
	int32_t interval; /* no-op on Linux: it collects every base_reachable_time / 2 */
};

struct sea_neigh_ops {
	uint8_t family;
	/* What holds on this link; the link's as long as the link is there. */
	struct sea_neigh_params *(*params)(const struct sea_link *link);
	/* Asks for n->addr: unicast to n->mac when `unicast`, else broadcast or multicast. */
	void (*solicit)(struct sea_neigh *n, const struct sea_pkt *cause, bool unicast);
	/* It does not answer, or does again after it did not. May be NULL. */
	void (*failed)(struct sea_neigh *n, bool failed);
	/* Gives up on a waiting packet: the error goes to its sender; consumes. */
	void (*error)(struct sea_neigh *n, struct sea_pkt *pkt);
	/* A question that sea_neigh_proxy_delay() kept; consumes. */
	void (*proxied)(struct sea_stack *stack, struct sea_pkt *pkt);
	/* From now on (or no longer) we answer for it on this link; 0, or why it cannot begin. NULL: fine. */
	int (*proxying)(struct sea_link *link, const struct sea_ipaddr *addr, bool begins);
};

/* Somebody we answer for: on one link, or (link NULL) on all. */
struct sea_neigh_proxy {
	struct sea_hnode hnode;
	struct sea_list node; /* in sea_neigh_table.proxies_in_order */
	struct sea_link *link;
	struct sea_ipaddr addr;
	bool router;      /* NDP: it is said to be one */
	uint8_t protocol; /* RTPROT_* */
};

#define SEA_NEIGH_PROXIES_MAX 65536

struct sea_neigh_table {
	struct sea_stack *stack;
	const struct sea_neigh_ops *ops;
	struct sea_neigh_params params; /* what a new link begins with */
	struct sea_neigh_gc gc;
	struct sea_sysctl_table gc_sysctls;
	struct sea_sysctl_tree sysctls;
	struct sea_siphash_key key;
	struct sea_htable entries;
	struct sea_neigh *found; /* the last one that was; NULL once it or another has left */
	struct sea_list lru;
	struct sea_timer gc_timer;
	sea_time redrawn, squeezed; /* squeezed: last forced collection between thresh2 and 3 */
	uint32_t epoch;             /* another one whenever an entry leaves the table */
	uint32_t n_dynamic; /* entries that gc_thresh counts: none that were configured to stay */
	uint16_t ethertype;
	uint32_t n_managed;
	struct sea_timer managed_timer;
	struct sea_htable proxies;
	struct sea_list proxies_in_order; /* as they came */
	struct sea_pktq delayed;          /* questions that are answered after proxy_delay */
	struct sea_timer delay_timer;
};

#define SEA_NUD_CONNECTED (SEA_NUD_PERMANENT | SEA_NUD_NOARP | SEA_NUD_REACHABLE)
#define SEA_NUD_VALID (SEA_NUD_CONNECTED | SEA_NUD_PROBE | SEA_NUD_STALE | SEA_NUD_DELAY)

/* retrans_time, which Linux lets be no shorter than this. */
static inline int64_t sea_neigh_retrans_ns(const struct sea_neigh_params *p)
{
	return (p->retrans_time_ms > 10 ? p->retrans_time_ms : 10) * SEA_MSEC;
}

/* Linux's defaults. */
extern const struct sea_neigh_params sea_neigh_params_default;

/* Another reachable time is drawn: base_reachable_time is another one now. */
void sea_neigh_params_draw(struct sea_neigh_params *params, struct sea_stack *stack);
/* A link begins with the table's values, and a reachable time of its own. */
void sea_neigh_params_init(struct sea_neigh_params *params, const struct sea_neigh_table *t);

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

/* What sea_neigh_output() does where the neighbour is not known to be there; consumes. */
void sea_neigh_output_slow(struct sea_neigh *n, struct sea_pkt *pkt);

/*
 * Sends a packet of `ethertype` (network header first) to the next hop, now or when it is resolved; consumes. An IPv6
 * router may be the next hop of IPv4 (RFC 8950).
 */
static inline void sea_neigh_output(struct sea_neigh *n, struct sea_pkt *pkt, uint16_t ethertype)
{
	n->used = n->table->stack->shard.now;
	if (__builtin_expect(n->state & (SEA_NUD_CONNECTED | SEA_NUD_DELAY | SEA_NUD_PROBE), 1))
		(void)sea_link_output(n->link, pkt, &n->mac, ethertype);
	else
		sea_neigh_output_slow(n, pkt);
}

enum sea_neigh_update_flag {
	SEA_NEIGH_OVERRIDE = 1, /* a different address replaces the known one */
	SEA_NEIGH_ADMIN = 2,    /* by configuration */
	/* A different address without OVERRIDE is not taken, but makes one that was CONNECTED doubtful. */
	SEA_NEIGH_WEAK_OVERRIDE = 4,
	SEA_NEIGH_ROLE = 8,     /* NDP: he says whether he is a router … */
	SEA_NEIGH_ROUTER = 16,  /* … and is one */
	SEA_NEIGH_CHANGED = 32, /* something of it is another one already: there is news anyway */
};

/*
 * The neighbour said (or the administrator says) that its address is `mac`; NULL: what it was, or
 * nothing where none is known.
 */
void sea_neigh_update(struct sea_neigh *n, const struct sea_mac *mac, uint8_t state,
		      unsigned flags);
/* Forward progress was seen: REACHABLE follows at the end of DELAY, or goes on. */
void sea_neigh_confirm(struct sea_neigh *n);

/* The link went down or away, or its MAC changed: forgets all its neighbours (NULL: all there are). */
void sea_neigh_flush(struct sea_neigh_table *t, const struct sea_link *link);
/* The link has no carrier: forgets those that were learnt. */
void sea_neigh_evict(struct sea_neigh_table *t, const struct sea_link *link);

/* As <seastack/config.h>, within an entry. */
SEA_MUST_USE int sea_neigh_table_set(struct sea_neigh_table *t, struct sea_link *link,
				     const struct sea_neigh_info *info);
SEA_MUST_USE int sea_neigh_table_del(struct sea_neigh_table *t, struct sea_link *link,
				     const struct sea_neigh_info *info);

/* What rtnetlink asks of an entry. */
struct sea_neigh_change {
	uint8_t state;    /* one of enum sea_neigh_state */
	uint16_t flags;   /* SEA_NTF_*, as they shall be; ROUTER where what is there gives way */
	uint8_t protocol; /* 0: as it is */
	bool has_mac, override; /* override: what is there gives way */
	bool use;               /* nothing is set: it is asked for, as by a packet */
	struct sea_mac mac;
	const char *why; /* Linux's sentence, where it is refused */
};

/* Makes it where it is missing. 0, -EINVAL, -ENOBUFS. */
SEA_MUST_USE int sea_neigh_change(struct sea_neigh_table *t, struct sea_link *link,
				  const struct sea_ipaddr *addr, struct sea_neigh_change *change);
/* -ENOENT: it is not there. */
SEA_MUST_USE int sea_neigh_forget(struct sea_neigh_table *t, const struct sea_link *link,
				  const struct sea_ipaddr *addr);
/* Tells the stack's neigh_observer. */
void sea_neigh_tell(const struct sea_neigh *n, bool gone);

bool sea_neigh_table_next(const struct sea_neigh_table *t, uint64_t *cursor,
			  struct sea_neigh_info *info);
/* -- proxies (neigh_proxy.c) -- */

void sea_neigh_proxy_init(struct sea_neigh_table *t);
/* 0 (also where it is there), -ENOBUFS, -ENOMEM; link NULL: on every link (not of IPv6: -ENOBUFS). */
SEA_MUST_USE int sea_neigh_proxy_add(struct sea_neigh_table *t, struct sea_link *link,
				     const struct sea_ipaddr *addr, bool router);
/* The same, and who says so (RTPROT_*; 0: as it was). */
SEA_MUST_USE int sea_neigh_proxy_set(struct sea_neigh_table *t, struct sea_link *link,
				     const struct sea_ipaddr *addr, bool router, uint8_t protocol);
/* False: there is none. */
bool sea_neigh_proxy_del(struct sea_neigh_table *t, struct sea_link *link,
			 const struct sea_ipaddr *addr);
/* By what we answer for `addr` on `link`; NULL: we do not. */
const struct sea_neigh_proxy *sea_neigh_proxy_find(const struct sea_neigh_table *t,
						   const struct sea_link *link,
						   const struct sea_ipaddr *addr);
/* The link is down or gone: its entries (NULL: all), and what waits. */
void sea_neigh_proxy_flush(struct sea_neigh_table *t, const struct sea_link *link);
/* Keeps a question for a random time below proxy_delay, so that others may answer first; consumes. */
void sea_neigh_proxy_delay(struct sea_neigh_table *t, const struct sea_neigh_params *params,
			   struct sea_pkt *pkt);
bool sea_neigh_proxy_next(const struct sea_neigh_table *t, uint64_t *cursor,
			  struct sea_neigh_info *info);
void sea_neigh_proxy_save(const struct sea_neigh_table *t, struct sea_saver *to);
void sea_neigh_proxy_load(struct sea_neigh_table *t, struct sea_loader *from);

void sea_neigh_table_save(const struct sea_neigh_table *t, struct sea_saver *to);
/* Errors stick to `from`. */
void sea_neigh_table_load(struct sea_neigh_table *t, struct sea_loader *from);

/* -- between neigh.c, which keeps the table, neigh_state.c, which runs the states, and neigh_save.c -- */

/* A new entry, whatever the bounds say; the reference is the table's. NULL: no memory. */
struct sea_neigh *sea_neigh_make(struct sea_neigh_table *t, struct sea_link *link,
				 const struct sea_ipaddr *addr);
void sea_neigh_timer_fire(struct sea_timer *timer, sea_time now);
/* Enters a state: arms its timer, moves the entry to the end of the table's list. */
void sea_neigh_enter(struct sea_neigh *n, uint8_t state);
/* Does gc_thresh count it, and may it be collected? */
bool sea_neigh_counted(const struct sea_neigh *n);
/* Changes its flags; the table's counts follow. */
void sea_neigh_set_flags(struct sea_neigh *n, uint16_t flags);
/* Asks for it unless it is known to be there. */
void sea_neigh_probe(struct sea_neigh *n);
/* Someone who watches the link's neighbours is told. */
void sea_neigh_raise(const struct sea_neigh *n);
/* Out of the table; whoever still refers to it finds it dead. */
void sea_neigh_remove(struct sea_neigh *n);
/* Drops what waits, silently. */
void sea_neigh_purge(struct sea_neigh *n);

#endif
