/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP errors that come in: what they quote is checked, what they mean is put in the socket layer's
 * terms, and the transport whose packet it was is told. Only the transport can say whether the
 * quotation is of something it really sent, so it is the one to act on it (RFC 5927).
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "ip/redirect.h"

struct meaning {
	uint8_t err;
	bool hard;
};

/* As Linux maps the codes of destination unreachable. */
static const struct meaning unreach[SEA_ICMP_UNREACH_MAX + 1] = {
	{ ENETUNREACH, false },  /* network */
	{ EHOSTUNREACH, false }, /* host */
	{ ENOPROTOOPT, true },   /* protocol */
	{ ECONNREFUSED, true },  /* port */
	{ EMSGSIZE, false },     /* fragmentation needed */
	{ EOPNOTSUPP, false },   /* source route failed */
	{ ENETUNREACH, true },   /* network unknown */
	{ EHOSTDOWN, true },     /* host unknown */
	{ ENONET, true },        /* source host isolated */
	{ ENETUNREACH, true },   /* network prohibited */
	{ EHOSTUNREACH, true },  /* host prohibited */
	{ ENETUNREACH, false },  /* network, for this TOS */
	{ EHOSTUNREACH, false }, /* host, for this TOS */
	{ EHOSTUNREACH, true },  /* filtered */
	{ EHOSTUNREACH, true },  /* precedence violation */
	{ EHOSTUNREACH, true },  /* precedence cutoff */
};

int sea_icmp_errno(uint8_t type, uint8_t code, bool *hard)
{
	*hard = false;
	switch (type) {
	case SEA_ICMP_DEST_UNREACH:
		if (code > SEA_ICMP_UNREACH_MAX)
			return EHOSTUNREACH;
		*hard = unreach[code].hard;
		return unreach[code].err;
	case SEA_ICMP_PARAM_PROBLEM:
		*hard = true;
		return EPROTO;
	case SEA_ICMP_TIME_EXCEEDED:
		return EHOSTUNREACH;
	default:
		return 0; /* source quench (RFC 6633), redirect: nothing to report */
	}
}

/* A time-out of reassembly tells of the peer's memory, not of the path; codes beyond are nobody's. */
static bool concerns_nobody(const struct sea_icmp_hdr *hdr)
{
	if (hdr->type == SEA_ICMP_TIME_EXCEEDED)
		return hdr->code == 1;
	return hdr->type == SEA_ICMP_DEST_UNREACH && hdr->code > SEA_ICMP_UNREACH_MAX;
}

/* A copy in one piece of the quoted header, which may be any length that fits. */
struct quote {
	struct sea_ipv4_facts facts;
	const uint8_t *transport;
	uint32_t len;
};

/* Source quench is for echo sockets to see, as on Linux, and for nobody to act on (RFC 6633). */
static bool is_ignored(const struct sea_icmp_hdr *hdr, const struct quote *q)
{
	return hdr->type == SEA_ICMP_SOURCE_QUENCH && q->facts.proto != SEA_IPPROTO_ICMP;
}

/* The quotation, which begins at the packet's first byte: a header and 8 bytes behind it at least. */
static bool read_quote(struct sea_pkt *pkt, struct quote *q)
{
	const uint8_t *at = sea_pkt_peek(pkt, sizeof(struct sea_ipv4_hdr));
	uint32_t hdr_len = at ? (at[0] & 0xfu) * 4 : 0;

	if (!at || hdr_len < sizeof(struct sea_ipv4_hdr))
		return false;
	at = sea_pkt_peek(pkt, hdr_len + 8);
	/* The datagram was longer than what is quoted of it: total_len is not held against it. */
	if (!at || sea_ipv4_parse(at, hdr_len, UINT16_MAX, &q->facts) != SEA_IPV4_OK ||
	    q->facts.frag_off)
		return false;
	q->transport = at + hdr_len;
	q->len = pkt->frags[0].len - hdr_len;
	return true;
}

/* RFC 1122 §3.2.2 forbids errors about broadcasts. Linux minds only where this sysctl is 0. */
static bool is_bogus(struct sea_stack *stack, const struct sea_pkt *pkt, const struct quote *q)
{
	return !sea_ipv4_of(stack)->sysctl.icmp_ignore_bogus_error_responses &&
	       sea_ipv4_addr_type(stack, q->facts.dst, pkt->link->ifindex) == SEA_ROUTE_BROADCAST;
}

/* ip_no_pmtu_disc: 0 believe the router's MTU, 1 take the floor, 2 and 3 (for us: all) ignore. */
static bool pmtu_wanted(const struct sea_ipv4_state *ip, uint32_t *mtu)
{
	if (ip->sysctl.ip_no_pmtu_disc == 1)
		*mtu = 0;
	return ip->sysctl.ip_no_pmtu_disc < 2;
}

static struct sea_icmp_error error_of(const struct sea_pkt *pkt, const struct sea_ip_rx *rx,
				      const struct sea_icmp_hdr *hdr, const struct quote *q)
{
	struct sea_icmp_error error = { .family = SEA_AF_INET,
					.type = hdr->type,
					.code = hdr->code,
					.src = sea_ipaddr_of4(q->facts.src),
					.dst = sea_ipaddr_of4(q->facts.dst),
					.from = rx->src,
					.quote = q->transport,
					.quote_len = q->len,
					.pkt = pkt };

	error.err = sea_icmp_errno(hdr->type, hdr->code, &error.hard);
	return error;
}

static bool tell(struct sea_stack *stack, const struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		 const struct sea_icmp_hdr *hdr, const struct quote *q)
{
	const struct sea_ip_proto *proto = sea_ip_proto_of(stack, SEA_AF_INET, q->facts.proto);
	struct sea_icmp_error error = error_of(pkt, rx, hdr, q);

	if (hdr->type == SEA_ICMP_DEST_UNREACH && hdr->code == SEA_ICMP_FRAG_NEEDED) {
		error.mtu = sea_be16_get(hdr->frag.mtu);
		if (!pmtu_wanted(sea_ipv4_of(stack), &error.mtu))
			return false;
	}
	if (!proto || !proto->icmp_error)
		return false;
	if (proto->icmp_error(stack, &error))
		return true;
	sea_stack_count(stack, SEA_MIB_IcmpInErrors); /* about nothing that we sent */
	return false;
}

void sea_icmp_notify(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_icmp_hdr hdr =
		*(const struct sea_icmp_hdr *)sea_pkt_pull(pkt, sizeof(struct sea_icmp_hdr));
	struct quote q;

	if (concerns_nobody(&hdr)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_TYPE);
	} else if (!read_quote(pkt, &q)) {
		sea_stack_count(stack, SEA_MIB_IcmpInErrors);
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_QUOTE);
	} else if (is_ignored(&hdr, &q)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_TYPE);
	} else if (is_bogus(stack, pkt, &q)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_QUOTE);
	} else if (tell(stack, pkt, rx, &hdr, &q)) {
		sea_pkt_free(pkt);
	} else {
		sea_pkt_drop(stack, pkt, SEA_DROP_ICMP_NO_SOCKET);
	}
}

/* -- redirects -- */

static enum sea_drop tell_redirect(struct sea_stack *stack, const struct sea_pkt *pkt,
				   const struct sea_ip_rx *rx, const struct sea_icmp_hdr *hdr,
				   const struct quote *q)
{
	const struct sea_ip_proto *proto = sea_ip_proto_of(stack, SEA_AF_INET, q->facts.proto);
	struct sea_redirect redirect = { .link = rx->link,
					 .dst = sea_ipaddr_of4(q->facts.dst),
					 .gateway = sea_ipaddr_of4(hdr->rest),
					 .why = SEA_DROP_ICMP_NO_SOCKET };
	struct sea_icmp_error error = error_of(pkt, rx, hdr, q);

	error.redirect = &redirect;
	if (!proto || !proto->icmp_error)
		return SEA_DROP_ICMP_NO_SOCKET;
	if (!proto->icmp_error(stack, &error))
		sea_stack_count(stack, SEA_MIB_IcmpInErrors);
	return redirect.why;
}

void sea_icmp_redirected(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_icmp_hdr hdr =
		*(const struct sea_icmp_hdr *)sea_pkt_pull(pkt, sizeof(struct sea_icmp_hdr));
	enum sea_drop why = SEA_DROP_ICMP_QUOTE;
	struct quote q;

	if (!read_quote(pkt, &q))
		sea_stack_count(stack, SEA_MIB_IcmpInErrors);
	else
		why = tell_redirect(stack, pkt, rx, &hdr, &q);
	if (why == SEA_DROP_N)
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(stack, pkt, why);
}
