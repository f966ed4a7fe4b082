/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour discovery messages that go out (RFC 4861 §4.3, §4.4, §7.2). */
#include <errno.h>

#include "ip/ndp.h"

const struct sea_ipaddr sea_ip6_all_nodes = { { 0xff, 0x02, [15] = 1 } };

/* Straight to the link, whatever routes say. 0, or -ENOBUFS (no room for the neighbour). */
static int way_to(struct sea_link *link, const struct sea_ipaddr *src, const struct sea_ipaddr *to,
		  struct sea_dst *dst)
{
	struct sea_stack *stack = link->stack;
	bool group = sea_in6_is_multicast(to->b);

	*dst = (struct sea_dst){ .family = SEA_AF_INET6,
				 .type = group ? SEA_ROUTE_MULTICAST : SEA_ROUTE_UNICAST,
				 .mtu = sea_ipv6_link_mtu(link),
				 .link = link,
				 .src = *src,
				 .dst = *to };
	if (!group && link->framing->resolves) {
		dst->neigh = sea_neigh_get(&sea_ipv6_of(stack)->neigh, link, to);
		if (!dst->neigh)
			return -ENOBUFS;
	}
	dst->gen = stack->route_gen;
	return 0;
}

void sea_ndp_send(struct sea_link *link, const struct sea_ipaddr *src, const struct sea_ipaddr *to,
		  const void *msg, size_t len)
{
	struct sea_stack *stack = link->stack;
	struct sea_ip_tx tx = { .proto = SEA_IPPROTO_ICMPV6,
				.ttl = SEA_NDP_HOP_LIMIT,
				.tos = (uint8_t)sea_link_ip6(link)->conf.ndisc_tclass,
				.auto_label = SEA_AUTO_LABEL_OFF,
				.not_to_self = true };
	struct sea_pkt *pkt = sea_pkt_new(&stack->shard.pool, SEA_PKT_HEADROOM, (uint32_t)len);
	struct sea_dst dst = { 0 };

	if (!pkt)
		return; /* as if the wire had lost it: whoever asks asks again */
	if (!sea_pkt_append(pkt, msg, (uint32_t)len))
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
	else if (way_to(link, src, to, &dst))
		sea_pkt_drop(stack, pkt, SEA_DROP_NEIGH_TABLE_FULL);
	else
		sea_icmp6_output(stack, pkt, &dst, &tx);
	sea_dst_put(stack, &dst);
}

void sea_ndp_send_ns(struct sea_link *link, const struct sea_ipaddr *src,
		     const struct sea_ipaddr *dst, const struct sea_ipaddr *target)
{
	struct {
		struct sea_ndp_ns ns;
		uint8_t opts[SEA_NDP_LLADDR_LEN];
	} msg = { .ns = { .type = SEA_NDP_NS } };
	size_t len = sizeof(msg.ns);

	memcpy(msg.ns.target, target->b, sizeof(msg.ns.target));
	if (!sea_in6_is_any(src->b) && link->framing->resolves)
		len += sea_ndp_put_lladdr(msg.opts, SEA_NDP_OPT_SLLA, &link->mac);
	sea_ndp_send(link, src, dst, &msg, len);
}

void sea_ndp_send_na(struct sea_link *link, const struct sea_ipaddr *src,
		     const struct sea_ipaddr *dst, const struct sea_ipaddr *target, uint8_t flags,
		     bool with_mac)
{
	if (sea_link_ip6(link)->conf.forwarding)
		flags |= SEA_NDP_NA_ROUTER;
	sea_ndp_send_na_as(link, src, dst, target, flags, with_mac);
}

void sea_ndp_send_na_as(struct sea_link *link, const struct sea_ipaddr *src,
			const struct sea_ipaddr *dst, const struct sea_ipaddr *target,
			uint8_t flags, bool with_mac)
{
	struct {
		struct sea_ndp_na na;
		uint8_t opts[SEA_NDP_LLADDR_LEN];
	} msg = { .na = { .type = SEA_NDP_NA, .flags = flags } };
	size_t len = sizeof(msg.na);

	memcpy(msg.na.target, target->b, sizeof(msg.na.target));
	if (with_mac && link->framing->resolves)
		len += sea_ndp_put_lladdr(msg.opts, SEA_NDP_OPT_TLLA, &link->mac);
	sea_ndp_send(link, src, dst, &msg, len);
}

void sea_ndp_notify(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	if (!SEA_CONF6_OR(link, ndisc_notify) || !sea_link_ip6(link)->running)
		return;
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		const struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (sea_ifaddr6_usable(a))
			sea_ndp_send_na(link, &a->addr, &sea_ip6_all_nodes, &a->addr,
					SEA_NDP_NA_OVERRIDE, true);
	}
}

/* -- asking for a neighbour -- */

/* The address that the waiting packet speaks from, where it is the link's; else a link-local one. */
static bool source_of(const struct sea_neigh *n, const struct sea_pkt *cause,
		      struct sea_ipaddr *src)
{
	if (cause) {
		const struct sea_ipv6_hdr *ip = sea_pkt_at(cause, cause->off_net);
		const struct sea_ifaddr6 *a;

		*src = sea_ipaddr_of6(ip->src);
		a = sea_ifaddr6_find(n->link, src);
		if (a && sea_ifaddr6_usable(a))
			return true;
	}
	return sea_ifaddr6_link_local(n->link, src);
}

static void solicit(struct sea_neigh *n, const struct sea_pkt *cause, bool unicast)
{
	struct sea_ipaddr src, dst = n->addr;

	if (!source_of(n, cause, &src))
		return;
	if (!unicast)
		sea_ndp_solicited_node(n->addr.b, dst.b);
	sea_ndp_send_ns(n->link, &src, &dst, &n->addr);
}

static void failed(struct sea_neigh *n, bool failed)
{
	if (sea_ra_router_failed(n->link, &n->addr, failed) || n->flags & SEA_NTF_ROUTER ||
	    sea_ipv6_of(n->table->stack)->pmtu.n_redirects)
		sea_stack_routes_changed(n->table->stack); /* there may be a better one now */
}

static void unreachable(struct sea_neigh *n, struct sea_pkt *pkt)
{
	struct sea_stack *stack = n->table->stack;

	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
	sea_pkt_drop(stack, pkt, SEA_DROP_NEIGH_FAILED);
}

static struct sea_neigh_params *params(const struct sea_link *link)
{
	return &sea_link_ip6(link)->neigh;
}

const struct sea_neigh_ops sea_ndp_neigh_ops = {
	.family = SEA_AF_INET6,
	.params = params,
	.solicit = solicit,
	.failed = failed,
	.error = unreachable,
	.proxied = sea_ndp_heard_late,
	.proxying = sea_ndp_proxying,
};
