/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions from the routes, per destination: path MTUs that routers told of, and better gateways by
 * redirects. Each lives for its time. Bounded; at the bound one by chance makes room, so that who
 * fills the table does not learn from what is missing whether another entry came (CVE-2021-20322).
 */
#ifndef SEA_IP_PMTU_H
#define SEA_IP_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/htable.h"
#include "core/list.h"
#include "core/stack.h"
#include "ip/ip.h"

#define SEA_PMTU_MAX 10240 /* Linux: 2048 buckets of 5 per next hop */
#define SEA_PMTU_NONE UINT32_MAX

struct sea_pmtu {
	struct sea_hnode hnode;
	struct sea_pmtu_table *table;
	struct sea_timer timer; /* for the first of both to expire */
	struct sea_ipaddr dst;
	uint32_t mtu; /* SEA_PMTU_NONE: nothing is known */
	bool locked;  /* below the floor: mtu is the floor, and packets go without DF */
	bool redirected;
	sea_time expires;
	/* A redirect: instead of `from` on the link `ifindex`. */
	struct sea_ipaddr from, gateway;
	int ifindex;
	sea_time gateway_expires;
	int64_t idle_ns; /* it goes only when nobody asked for it so long; 0: when it expires */
	bool asked_for;
};

struct sea_pmtu_table {
	struct sea_stack *stack;
	struct sea_siphash_key key;
	struct sea_htable entries;
	uint64_t pushed_out; /* for want of room */
	uint32_t n_redirects;
};

void sea_pmtu_table_init(struct sea_pmtu_table *t, struct sea_stack *stack);
void sea_pmtu_table_fini(struct sea_pmtu_table *t);
/* Forgets all of them. */
void sea_pmtu_table_flush(struct sea_pmtu_table *t);

/* NULL: no exception. */
const struct sea_pmtu *sea_pmtu_find(const struct sea_pmtu_table *t, const struct sea_ipaddr *dst);
/* Remembers; without memory it does not. Cached routes are looked up anew. */
void sea_pmtu_set(struct sea_pmtu_table *t, const struct sea_ipaddr *dst, uint32_t mtu, bool locked,
		  sea_time expires);
/* What a redirect says: `dst` is better reached by `gateway` than by `from`, both on this link. */
struct sea_pmtu_hop {
	struct sea_ipaddr dst, from, gateway;
	int ifindex;
	int64_t idle_ns; /* as in struct sea_pmtu */
	sea_time expires;
};
/* Remembers; without memory it does not. Cached routes are looked up anew. */
void sea_pmtu_redirect(struct sea_pmtu_table *t, const struct sea_pmtu_hop *hop);
/* The gateway that a redirect told of for this way; NULL: none did. */
const struct sea_ipaddr *sea_pmtu_gateway(struct sea_pmtu_table *t, const struct sea_ipaddr *dst,
					  int ifindex, const struct sea_ipaddr *from);
/* The gateway that was told of is not there. */
void sea_pmtu_unredirect(struct sea_pmtu_table *t, const struct sea_ipaddr *dst);
/* All that is known of the way there. */
void sea_pmtu_forget(struct sea_pmtu_table *t, const struct sea_ipaddr *dst);
/* The link is down or gone: what routers told of gateways there is void. */
void sea_pmtu_link_down(struct sea_pmtu_table *t, const struct sea_link *link);

void sea_pmtu_table_save(const struct sea_pmtu_table *t, struct sea_saver *to);
/* Errors stick to `from`. */
void sea_pmtu_table_load(struct sea_pmtu_table *t, struct sea_loader *from);

#endif
