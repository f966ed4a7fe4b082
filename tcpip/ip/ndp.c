/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery messages that come in: which are valid (RFC 4861 §7.1), solicitations that are
 * answered (§7.2.3, §7.2.4), advertisements that are believed (§7.2.5).
 */
#include "ip/ndp.h"

#include "ip/dad.h"

#define PASS SEA_DROP_N

/* -- solicitations -- */

static bool is_solicited_node(const struct sea_ipaddr *dst)
{
	static const uint8_t prefix[13] = { 0xff, 0x02, [11] = 1, [12] = 0xff };

	return memcmp(dst->b, prefix, sizeof(prefix)) == 0;
}

bool sea_ndp_note_sender(struct sea_stack *stack, const struct sea_ndp_msg *msg, bool multicast)
{
	struct sea_neigh_table *t = &sea_ipv6_of(stack)->neigh;
	const struct sea_ip_rx *rx = msg->rx;
	bool make = !multicast || msg->once.has_slla || !rx->link->framing->resolves;
	struct sea_neigh *n = make ? sea_neigh_get(t, rx->link, &rx->src)
				   : sea_neigh_find(t, rx->link, &rx->src);

	if (!n)
		return !rx->link->framing->resolves;
	sea_neigh_update(n, msg->once.has_slla ? &msg->once.slla : NULL, SEA_NUD_STALE,
			 SEA_NEIGH_OVERRIDE);
	if (make)
		sea_neigh_put(n);
	return true;
}

/* What was asked of us alone needs no MAC in the answer: the asker has it (§7.2.4). */
static void answer(struct sea_stack *stack, const struct sea_ndp_msg *msg,
		   const struct sea_ifaddr6 *own)
{
	const struct sea_ip_rx *rx = msg->rx;
	const struct sea_ipaddr *target = &own->addr;
	bool multicast = rx->dst_type == SEA_ROUTE_MULTICAST;
	/* What may be another's yet replaces nothing that is known (RFC 4429 §3.3). */
	bool override = multicast && !(own->flags & SEA_IFA_OPTIMISTIC);

	if (sea_in6_is_any(rx->src.b)) /* whoever tries whether the address is free */
		sea_ndp_send_na(rx->link, target, &sea_ip6_all_nodes, target, SEA_NDP_NA_OVERRIDE,
				true);
	else if (sea_ndp_note_sender(stack, msg, multicast))
		sea_ndp_send_na(rx->link, target, &rx->src, target,
				SEA_NDP_NA_SOLICITED | (override ? SEA_NDP_NA_OVERRIDE : 0),
				multicast);
}

/* An address that others have as well (RFC 4861 §7.2.7). */
static void answer_for_many(struct sea_stack *stack, const struct sea_ndp_msg *msg,
			    const struct sea_ipaddr *target)
{
	const struct sea_ip_rx *rx = msg->rx;
	bool multicast = rx->dst_type == SEA_ROUTE_MULTICAST;

	if (sea_in6_is_any(rx->src.b) || sea_ndp_note_sender(stack, msg, multicast))
		sea_anycast6_answer(rx->link, &rx->src, target, multicast);
}

enum sea_drop sea_ndp_ns_input(struct sea_stack *stack, const struct sea_ndp_msg *msg)
{
	struct sea_ipaddr target = sea_ipaddr_of6(((const struct sea_ndp_ns *)msg->bytes)->target);
	const struct sea_ip_rx *rx = msg->rx;
	const struct sea_neigh_proxy *proxy;
	struct sea_ifaddr6 *own;

	if (sea_in6_is_multicast(target.b))
		return SEA_DROP_NDP_MALFORMED;
	if (sea_in6_is_any(rx->src.b) && (!is_solicited_node(&rx->dst) || msg->once.has_slla))
		return SEA_DROP_NDP_MALFORMED;
	own = sea_ifaddr6_find(rx->link, &target);
	if (own && own->flags & SEA_IFA_TENTATIVE && sea_in6_is_any(rx->src.b)) {
		sea_dad_solicited(own, &msg->once);
		return PASS;
	}
	if (own && sea_ifaddr6_usable(own))
		answer(stack, msg, own);
	else if (!own && sea_anycast6_has(rx->link, &target))
		answer_for_many(stack, msg, &target);
	else if (!own && (proxy = sea_ndp_stands_in(rx->link, &target)))
		sea_ndp_stand_in(stack, msg, proxy);
	else
		return SEA_DROP_NDP_NOT_OURS;
	return PASS;
}

/* -- advertisements -- */

static void believe(struct sea_neigh *n, const struct sea_ndp_msg *msg, uint8_t flags)
{
	sea_neigh_update(n, msg->once.has_tlla ? &msg->once.tlla : NULL,
			 flags & SEA_NDP_NA_SOLICITED ? SEA_NUD_REACHABLE : SEA_NUD_STALE,
			 SEA_NEIGH_WEAK_OVERRIDE | SEA_NEIGH_ROLE |
				 (flags & SEA_NDP_NA_OVERRIDE ? SEA_NEIGH_OVERRIDE : 0) |
				 (flags & SEA_NDP_NA_ROUTER ? SEA_NEIGH_ROUTER : 0));
}

/* Nobody is remembered for what he says of himself unasked (§7.2.5). */
enum sea_drop sea_ndp_na_input(struct sea_stack *stack, const struct sea_ndp_msg *msg)
{
	const struct sea_ndp_na *na = (const struct sea_ndp_na *)msg->bytes;
	struct sea_ipaddr target = sea_ipaddr_of6(na->target);
	struct sea_ifaddr6 *own;
	struct sea_neigh *n;
	bool was_router;

	if (sea_in6_is_multicast(target.b))
		return SEA_DROP_NDP_MALFORMED;
	if (msg->rx->dst_type == SEA_ROUTE_MULTICAST && na->flags & SEA_NDP_NA_SOLICITED)
		return SEA_DROP_NDP_MALFORMED;
	own = sea_ifaddr6_find(msg->rx->link, &target);
	if (own && own->flags & SEA_IFA_TENTATIVE) {
		sea_dad_advertised(own);
		return PASS;
	}
	if (own)
		return SEA_DROP_NDP_DUPLICATE;
	n = sea_neigh_find(&sea_ipv6_of(stack)->neigh, msg->rx->link, &target);
	if (!n || n->state & (SEA_NUD_FAILED | SEA_NUD_NONE))
		return SEA_DROP_NDP_NOT_OURS;
	was_router = n->flags & SEA_NTF_ROUTER;
	believe(n, msg, na->flags);
	if (was_router && !(n->flags & SEA_NTF_ROUTER))
		sea_ra_router_gone(msg->rx->link, &target);
	return PASS;
}

/* -- what is valid at all -- */

/* What came through a router, or in pieces, proves nothing (RFC 4861 §7.1, RFC 6980 §5). */
static bool is_from_the_link(const struct sea_ip_rx *rx)
{
	return rx->ttl == SEA_NDP_HOP_LIMIT &&
	       !(rx->frag_max && sea_link_ip6(rx->link)->conf.suppress_frag_ndisc);
}

static bool parse(struct sea_pkt *pkt, const struct sea_ip_rx *rx, struct sea_ndp_msg *msg)
{
	const uint8_t *bytes = sea_pkt_peek(pkt, pkt->len);
	size_t fixed = bytes ? sea_ndp_fixed_len(bytes[0]) : 0;

	if (!fixed || pkt->len < fixed || bytes[1] != 0 || !is_from_the_link(rx))
		return false;
	*msg = (struct sea_ndp_msg){ .bytes = bytes,
				     .len = (uint16_t)pkt->len,
				     .opts = bytes + fixed,
				     .opts_len = (uint16_t)(pkt->len - fixed),
				     .rx = rx };
	if (!sea_ndp_opts_valid(msg->opts, msg->opts_len))
		return false;
	sea_ndp_once_parse(msg->opts, msg->opts_len, &msg->once);
	return !msg->once.bad_lladdr;
}

static enum sea_drop act(struct sea_stack *stack, const struct sea_ndp_msg *msg,
			 const struct sea_pkt *pkt)
{
	switch (msg->bytes[0]) {
	case SEA_NDP_NS:
		return sea_ndp_ns_input(stack, msg);
	case SEA_NDP_NA:
		return sea_ndp_na_input(stack, msg);
	case SEA_NDP_RA:
		return sea_ra_input(stack, msg);
	case SEA_NDP_REDIRECT:
		return sea_ndp_redirect_input(stack, msg, pkt);
	default:
		return SEA_DROP_ICMP_TYPE;
	}
}

void sea_ndp_input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_ndp_msg msg;

	if (parse(pkt, rx, &msg) && sea_ndp_must_wait(&msg, pkt))
		sea_ndp_wait(stack, pkt, rx);
	else
		sea_ndp_input_late(stack, pkt, rx);
}

void sea_ndp_input_late(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	enum sea_drop why = SEA_DROP_NDP_MALFORMED;
	struct sea_ndp_msg msg;

	if (parse(pkt, rx, &msg))
		why = act(stack, &msg, pkt);
	if (why == PASS)
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(stack, pkt, why);
}
