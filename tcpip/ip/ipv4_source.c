/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a datagram's source may have come in where it did: not one of ours (RFC 1812 §5.3.7), and,
 * with rp_filter, one that is reached by that link (RFC 3704 §2.2: strict) or at all (§2.4: loose).
 */
#include <errno.h>

#include "ip/ipv4.h"

#define PASS SEA_DROP_N
#define LOG_BURST 10 /* lines in LOG_NS, as Linux's net.core.message_burst and _cost */
#define LOG_NS (5 * SEA_SEC)

bool sea_ipv4_on_link(const struct sea_link *link, sea_be32 a, sea_be32 b)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		const struct sea_ifaddr4 *own = sea_container(node, struct sea_ifaddr4, node);

		if (sea_ipv4_same_net(a, own->peer, own->prefix_len) &&
		    (sea_ipv4_is_any(b) || sea_ipv4_same_net(b, own->peer, own->prefix_len)))
			return true;
	}
	return false;
}

/* The way back to the source. */
static int lookup_back(struct sea_stack *stack, const struct sea_pkt *pkt,
		       const struct sea_ipv4_facts *f, const struct sea_link *out, int oif,
		       const struct sea_route_entry **e)
{
	const struct sea_flow flow = {
		.family = SEA_AF_INET,
		.tos = f->tos,
		.oif = oif,
		.iif = out               ? out->ifindex
		       : stack->loopback ? stack->loopback->ifindex
					 : 0,
		.mark = SEA_CONF4_OR(pkt->link, src_valid_mark) ? pkt->mark : 0,
		.src = sea_ipaddr_of4(f->dst),
		.dst = sea_ipaddr_of4(f->src),
	};

	return sea_routes_lookup(&sea_ipv4_of(stack)->routes, &flow, e);
}

static enum sea_drop full_check(struct sea_stack *stack, const struct sea_pkt *pkt,
				const struct sea_ipv4_facts *f, const struct sea_link *out,
				bool *direct)
{
	int rp_filter = SEA_CONF4_MAX(pkt->link, rp_filter);
	const struct sea_route_entry *e;

	if (lookup_back(stack, pkt, f, out, 0, &e))
		return rp_filter ? SEA_DROP_IP_RPFILTER : PASS;
	if (e->type != SEA_ROUTE_UNICAST &&
	    (e->type != SEA_ROUTE_LOCAL || !SEA_CONF4_OR(pkt->link, accept_local)))
		return SEA_DROP_IP_MARTIAN_SOURCE;
	if (sea_route_uses_link(e, pkt->link)) {
		*direct = !e->has_gateway;
		return PASS;
	}
	if (sea_ifaddr4_none(pkt->link))
		return rp_filter ? SEA_DROP_IP_RPFILTER : PASS;
	if (rp_filter == 1)
		return SEA_DROP_IP_RPFILTER;
	if (!lookup_back(stack, pkt, f, out, pkt->link->ifindex, &e) &&
	    e->type == SEA_ROUTE_UNICAST)
		*direct = !e->has_gateway;
	return PASS;
}

enum sea_drop sea_ipv4_source_check(struct sea_stack *stack, const struct sea_pkt *pkt,
				    const struct sea_ipv4_facts *f, const struct sea_link *out,
				    bool *direct)
{
	const struct sea_link *in = pkt->link;

	*direct = false;
	if (sea_ipv4_from_ourselves(pkt))
		return PASS;
	if (SEA_CONF4_MAX(in, rp_filter) || (out == in && SEA_CONF4_OR(in, send_redirects)))
		return full_check(stack, pkt, f, out, direct);
	if (SEA_CONF4_OR(in, accept_local) ||
	    sea_ipv4_addr_type(stack, f->src, 0) != SEA_ROUTE_LOCAL)
		return PASS;
	/* A trie found that it may be ours; the walk over the addresses is for forgers only. */
	return sea_ifaddr4_is_local(stack, f->src) ? SEA_DROP_IP_MARTIAN_SOURCE : PASS;
}

/* -- telling the administrator -- */

static bool may_log(struct sea_stack *stack)
{
	struct sea_log_limit *l = &sea_ipv4_of(stack)->martians;

	if (sea_time_diff(stack->shard.now, l->since) >= LOG_NS) {
		l->since = stack->shard.now;
		l->used = 0;
	}
	if (l->used >= LOG_BURST)
		return false;
	l->used++;
	return true;
}

#define DOTTED "%u.%u.%u.%u"
#define BYTES(a) (a).b[0], (a).b[1], (a).b[2], (a).b[3]

void sea_ipv4_log_martian(struct sea_stack *stack, const struct sea_pkt *pkt,
			  const struct sea_ipv4_facts *f, enum sea_drop why)
{
	bool source = why == SEA_DROP_IP_MARTIAN_SOURCE || why == SEA_DROP_IP_RPFILTER;

	if ((!source && why != SEA_DROP_IP_MARTIAN_DEST) ||
	    !SEA_CONF4_OR(pkt->link, log_martians) || !may_log(stack))
		return;
	sea_stack_log(stack, SEA_LOG_WARN, "martian %s: " DOTTED " from " DOTTED ", on dev %s",
		      source ? "source" : "destination", BYTES(f->dst), BYTES(f->src),
		      pkt->link->name);
}
