/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tables said of a pair of addresses that came in by a link, remembered for the next packet of
 * the two: one engine for both IP versions, a table of verdicts for each. Who judges says what a
 * verdict hangs on besides; what is kept here is where it stands, and its next hop.
 */
#ifndef SEA_IP_VERDICT_H
#define SEA_IP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/pool.h"
#include "ip/ip.h"
#include "ip/neigh.h"

/* Good while gen is the stack's. For what is sent on (`out` set) that is the whole way. */
struct sea_verdict {
	uint32_t gen;
	int ifindex; /* came in there */
	uint32_t mark;
	uint8_t tos, type; /* enum sea_route_type */
	bool here, routed; /* MULTICAST: somebody here listens; it goes to other links (mroute.h) */
	bool redirect;     /* its sender could go there directly, or by another router */
	bool gateway;      /* next_hop is one … */
	bool hop6;         /* … and of IPv6 (RFC 8950) */
	uint32_t mtu;      /* of the way, as forwarding counts it; IPv6: of the route, or 0 */
	struct sea_link *out;    /* NULL: it is for us */
	struct sea_neigh *neigh; /* borrowed; NULL: not looked up */
	uint32_t neigh_epoch;    /* good while it is the table's */
	struct sea_ipaddr next_hop;
	union {
		sea_be32 src;
		struct sea_ipaddr src6;
	};
	union {
		sea_be32 dst;
		struct sea_ipaddr dst6;
	};
};

#define SEA_VERDICTS 256

/* The latest of them. */
struct sea_verdicts {
	struct sea_verdict *slots; /* `few`, or memory of their own */
	uint32_t shift;            /* leaves of a hash the number of a slot */
	uint32_t lost;             /* to others that wanted their slot */
	struct sea_verdict few[SEA_VERDICTS];
};

void sea_verdicts_init(struct sea_verdicts *verdicts);
void sea_verdicts_fini(struct sea_verdicts *verdicts, struct sea_pool *pool);

/* Where a verdict stands, if it is there, by any mix of the bits of both addresses. */
static inline struct sea_verdict *sea_verdict_slot(const struct sea_verdicts *verdicts,
						   uint32_t mix)
{
	return &verdicts->slots[mix * 0x9e3779b1u >> verdicts->shift];
}

static inline uint32_t sea_verdict_mix4(sea_be32 src, sea_be32 dst)
{
	return sea_be32_get(src) ^ sea_be32_get(dst);
}

static inline uint32_t sea_verdict_mix6(const uint8_t src[16], const uint8_t dst[16])
{
	uint64_t a[2], b[2], mix;

	memcpy(a, src, sizeof(a));
	memcpy(b, dst, sizeof(b));
	mix = (a[0] ^ a[1] ^ b[0]) + b[1] * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(mix ^ mix >> 32);
}

/* Where it is to stand, which it does not yet. Others may move: no pointer to one holds after this. */
struct sea_verdict *sea_verdict_make(struct sea_stack *stack, struct sea_verdicts *verdicts,
				     uint32_t mix);

/* Its next hop, in v->neigh. False: there is no room for one more. */
bool sea_verdict_resolve(struct sea_neigh_table *t, struct sea_verdict *v);

#endif
