/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects of NDP that we are told (RFC 4861 §8.1, §8.3): which are obeyed, as Linux. */
#include "ip/ndp.h"
#include "ip/redirect.h"

#define PASS SEA_DROP_N

#define IDLE_NS (60 * SEA_SEC) /* Linux's net.ipv6.route.gc_timeout */

/* -- obeying -- */

/*
 * Does it come from the router that the flow takes now, on that link? A flow that names no link has
 * none for Linux here, so datagrams of sockets that are bound to none move nothing.
 */
static bool is_first_hop(struct sea_stack *stack, const struct sea_redirect *r,
			 const struct sea_flow *flow, const struct sea_route_entry *e,
			 const struct sea_ipaddr *from)
{
	const struct sea_ipaddr *now;

	if (e->type != SEA_ROUTE_UNICAST || !e->has_gateway || e->link != r->link ||
	    flow->oif != r->link->ifindex)
		return false;
	now = sea_pmtu_gateway(&sea_ipv6_of(stack)->pmtu, &flow->dst, e->link->ifindex,
			       &e->gateway);
	return sea_ipaddr_equal(now ? now : &e->gateway, from);
}

/* Redirects answer data: so the old router is there; what is said of the new one is believed. */
static bool learn_neighbours(struct sea_stack *stack, const struct sea_redirect *r,
			     const struct sea_ipaddr *from)
{
	struct sea_neigh_table *t = &sea_ipv6_of(stack)->neigh;
	struct sea_neigh *old = sea_neigh_find(t, r->link, from);
	bool on_link = sea_ipaddr_equal(&r->dst, &r->gateway);
	struct sea_neigh *n;

	if (old)
		sea_neigh_confirm(old);
	if (!r->link->framing->resolves)
		return true;
	n = sea_neigh_get(t, r->link, &r->gateway);
	if (!n)
		return false;
	sea_neigh_update(n, r->has_mac ? &r->mac : NULL, SEA_NUD_STALE,
			 SEA_NEIGH_WEAK_OVERRIDE | SEA_NEIGH_OVERRIDE |
				 (on_link ? 0 : SEA_NEIGH_ROLE | SEA_NEIGH_ROUTER));
	sea_neigh_put(n);
	return true;
}

static enum sea_drop obey(struct sea_stack *stack, const struct sea_flow *flow,
			  const struct sea_redirect *r, const struct sea_ipaddr *from)
{
	const struct sea_route_entry *e;
	struct sea_pmtu_hop hop;

	if (sea_routes_lookup(&sea_ipv6_of(stack)->routes, flow, &e) ||
	    !is_first_hop(stack, r, flow, e, from))
		return SEA_DROP_REDIRECT_NOT_FIRST_HOP;
	hop = (struct sea_pmtu_hop){ .dst = r->dst,
				     .from = e->gateway,
				     .gateway = r->gateway,
				     .ifindex = e->link->ifindex,
				     .idle_ns = IDLE_NS,
				     .expires = sea_time_add(stack->shard.now, IDLE_NS) };
	if (!learn_neighbours(stack, r, from))
		return SEA_DROP_NEIGH_TABLE_FULL;
	sea_pmtu_redirect(&sea_ipv6_of(stack)->pmtu, &hop);
	return PASS;
}

void sea_ipv6_redirect_obey(struct sea_stack *stack, const struct sea_flow *flow,
			    const struct sea_icmp_error *error)
{
	error->redirect->why = obey(stack, flow, error->redirect, &error->from);
}

/* -- what is valid -- */

static struct sea_redirect parse(const struct sea_ndp_msg *msg)
{
	const struct sea_ndp_redirect *hdr = (const struct sea_ndp_redirect *)msg->bytes;

	return (struct sea_redirect){ .link = msg->rx->link,
				      .dst = sea_ipaddr_of6(hdr->dst),
				      .gateway = sea_ipaddr_of6(hdr->target),
				      .has_mac = msg->once.has_tlla,
				      .mac = msg->once.tlla,
				      .why = SEA_DROP_ICMP_NO_SOCKET };
}

static enum sea_drop judge(const struct sea_redirect *r, const struct sea_ip_rx *rx)
{
	const struct sea_conf6 *conf = &sea_link_ip6(r->link)->conf;

	if (!sea_in6_is_link_local(rx->src.b) || sea_in6_is_multicast(r->dst.b))
		return SEA_DROP_NDP_MALFORMED;
	if (!sea_in6_is_link_local(r->gateway.b) && !sea_ipaddr_equal(&r->gateway, &r->dst))
		return SEA_DROP_REDIRECT_GATEWAY;
	if (conf->forwarding || !conf->accept_redirects)
		return SEA_DROP_REDIRECT_REFUSED;
	return PASS;
}

/* Without a quotation nobody can say whether it answers something of ours. */
static void unquoted(struct sea_stack *stack, struct sea_redirect *r, const struct sea_ip_rx *rx)
{
	const struct sea_flow flow = {
		.family = SEA_AF_INET6, .oif = r->link->ifindex, .src = rx->dst, .dst = r->dst
	};

	r->why = obey(stack, &flow, r, &rx->src);
}

enum sea_drop sea_ndp_redirect_input(struct sea_stack *stack, const struct sea_ndp_msg *msg,
				     const struct sea_pkt *pkt)
{
	struct sea_redirect r = parse(msg);
	enum sea_drop why = judge(&r, msg->rx);

	if (why != PASS)
		return why;
	if (msg->once.redirected)
		sea_icmp6_notify_redirect(stack, msg, pkt, &r);
	else
		unquoted(stack, &r, msg->rx);
	return r.why;
}
