/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMPv6 errors that come in: what they quote is checked, what they mean is put in the socket layer's
 * terms, and the transport whose packet it was is told (RFC 4443 §2.4 (d)).
 */
#include <errno.h>

#include "ip/icmp6.h"
#include "ip/ndp.h"
#include "ip/redirect.h"

struct meaning {
	uint8_t err;
	bool hard;
};

/* As Linux maps the codes of destination unreachable. */
static const struct meaning unreach[SEA_ICMP6_UNREACH_MAX + 1] = {
	{ ENETUNREACH, false },  /* no route */
	{ EACCES, true },        /* administratively prohibited */
	{ EHOSTUNREACH, false }, /* beyond the source address's scope */
	{ EHOSTUNREACH, false }, /* address */
	{ ECONNREFUSED, true },  /* port */
	{ EACCES, true },        /* source address failed policy */
	{ EACCES, true },        /* reject route */
};

int sea_icmp6_errno(uint8_t type, uint8_t code, bool *hard)
{
	*hard = false;
	switch (type) {
	case SEA_ICMP6_DEST_UNREACH:
		*hard = code > SEA_ICMP6_UNREACH_MAX || unreach[code].hard;
		return code > SEA_ICMP6_UNREACH_MAX ? EPROTO : unreach[code].err;
	case SEA_ICMP6_PACKET_TOO_BIG:
		return EMSGSIZE;
	case SEA_ICMP6_TIME_EXCEEDED:
		return EHOSTUNREACH;
	case SEA_ICMP6_PARAM_PROBLEM:
		*hard = true;
		return EPROTO;
	default:
		return EPROTO;
	}
}

struct quote {
	struct sea_ipv6_facts facts;
	uint8_t proto;
	const uint8_t *transport;
	uint32_t len;
};

#define QUOTE_HEAD_MAX 1232u /* of the quotation: what RFC 4443 makes senders put there */

/* The quotation: headers, and 8 bytes of transport at least. */
static bool read_bytes(const uint8_t *at, uint32_t len, struct quote *q)
{
	struct sea_ipv6_way way = { .at = sizeof(struct sea_ipv6_hdr) };

	if (!at || len < sizeof(struct sea_ipv6_hdr) || at[0] >> 4 != 6)
		return false;
	sea_ipv6_parse((const struct sea_ipv6_hdr *)at, &q->facts);
	way.next = q->facts.next;
	if (!sea_ipv6_skip_exts(at, len, &way) || way.frag_off || len - way.at < 8)
		return false;
	q->proto = way.next;
	q->transport = at + way.at;
	q->len = len - (uint32_t)way.at;
	return true;
}

/* It begins at the packet's first byte. */
static bool read_quote(struct sea_pkt *pkt, struct quote *q)
{
	uint32_t len = pkt->len < QUOTE_HEAD_MAX ? pkt->len : QUOTE_HEAD_MAX;

	return read_bytes(sea_pkt_peek(pkt, len), len, q);
}

static bool tell(struct sea_stack *stack, const struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		 const struct sea_icmp6_hdr *hdr, const struct quote *q)
{
	const struct sea_ip_proto *proto = sea_ip_proto_of(stack, SEA_AF_INET6, q->proto);
	struct sea_icmp_error error = { .family = SEA_AF_INET6,
					.type = hdr->type,
					.code = hdr->code,
					.src = sea_ipaddr_of6(q->facts.src),
					.dst = sea_ipaddr_of6(q->facts.dst),
					.from = rx->src,
					.quote = q->transport,
					.quote_len = q->len,
					.pkt = pkt };

	error.err = sea_icmp6_errno(hdr->type, hdr->code, &error.hard);
	if (hdr->type == SEA_ICMP6_PACKET_TOO_BIG)
		error.mtu = sea_be32_get(hdr->rest);
	if (proto && proto->icmp_error && proto->icmp_error(stack, &error))
		return true;
	sea_stack_count(stack, SEA_MIB_Icmp6InErrors); /* about nothing that we sent */
	return false;
}

void sea_icmp6_notify(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_icmp6_hdr hdr =
		*(const struct sea_icmp6_hdr *)sea_pkt_pull(pkt, sizeof(struct sea_icmp6_hdr));
	struct quote q;

	if (!read_quote(pkt, &q)) {
		sea_stack_count(stack, SEA_MIB_Icmp6InErrors);
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_QUOTE);
	} else if (tell(stack, pkt, rx, &hdr, &q)) {
		sea_pkt_free(pkt);
	} else {
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_NO_SOCKET);
	}
}

/* -- redirects -- */

/* Echo requests need no socket that is there still, as on Linux. */
static bool tell_redirect(struct sea_stack *stack, const struct quote *q,
			  const struct sea_icmp_error *error)
{
	const struct sea_ip_proto *proto = sea_ip_proto_of(stack, SEA_AF_INET6, q->proto);
	const struct sea_flow flow = { .family = SEA_AF_INET6,
				       .oif = error->redirect->link->ifindex,
				       .src = error->src,
				       .dst = error->dst };

	if (q->proto != SEA_IPPROTO_ICMPV6)
		return proto && proto->icmp_error && proto->icmp_error(stack, error);
	sea_ip_redirect(stack, &flow, error);
	return true;
}

void sea_icmp6_notify_redirect(struct sea_stack *stack, const struct sea_ndp_msg *msg,
			       const struct sea_pkt *pkt, struct sea_redirect *redirect)
{
	struct quote q;
	struct sea_icmp_error error;

	redirect->why = SEA_DROP_ICMP_QUOTE;
	if (!read_bytes(msg->once.redirected, msg->once.redirected_len, &q)) {
		sea_stack_count(stack, SEA_MIB_Icmp6InErrors);
		return;
	}
	error = (struct sea_icmp_error){ .family = SEA_AF_INET6,
					 .type = SEA_NDP_REDIRECT,
					 .src = sea_ipaddr_of6(q.facts.src),
					 .dst = sea_ipaddr_of6(q.facts.dst),
					 .from = msg->rx->src,
					 .quote = q.transport,
					 .quote_len = q.len,
					 .pkt = pkt,
					 .redirect = redirect };
	redirect->why = SEA_DROP_ICMP_NO_SOCKET;
	if (!tell_redirect(stack, &q, &error))
		sea_stack_count(stack, SEA_MIB_Icmp6InErrors);
}
