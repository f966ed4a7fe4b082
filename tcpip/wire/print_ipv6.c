/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 packets in tcpdump's words. */
#include "wire/icmp6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/print_part.h"

/* -- ICMPv6 -- */

static void print_unreach(struct sea_text *t, uint8_t code)
{
	static const char *const reasons[] = {
		[SEA_ICMP6_NO_ROUTE] = "unreachable route",
		[SEA_ICMP6_ADM_PROHIBITED] = "unreachable prohibited",
		[SEA_ICMP6_NOT_NEIGHBOUR] = "beyond scope of the source address",
		[SEA_ICMP6_ADDR_UNREACH] = "unreachable address",
		[SEA_ICMP6_PORT_UNREACH] = "unreachable port",
		[SEA_ICMP6_POLICY_FAIL] = "source address failed policy",
		[SEA_ICMP6_REJECT_ROUTE] = "reject route",
	};

	sea_text_str(t, "destination unreachable, ");
	if (code <= SEA_ICMP6_UNREACH_MAX)
		sea_text_str(t, reasons[code]);
	else
		sea_print_num(t, "code ", code);
}

/* A word, and the address that a neighbour discovery message is about. */
static void print_about(struct sea_text *t, struct sea_print_part p, const char *words)
{
	sea_text_str(t, words);
	if (p.len < sizeof(struct sea_ndp_ns))
		sea_text_str(t, "[|icmp6]");
	else
		sea_text_ipv6(t, p.bytes + 8);
}

static void print_error(struct sea_text *t, const struct sea_icmp6_hdr *icmp)
{
	switch (icmp->type) {
	case SEA_ICMP6_DEST_UNREACH:
		print_unreach(t, icmp->code);
		break;
	case SEA_ICMP6_PACKET_TOO_BIG:
		sea_print_num(t, "packet too big, mtu ", sea_be32_get(icmp->rest));
		break;
	case SEA_ICMP6_TIME_EXCEEDED:
		sea_text_str(t, icmp->code == SEA_ICMP6_HOP_LIMIT ? "time exceeded in-transit"
								  : "time exceeded in-reassembly");
		break;
	case SEA_ICMP6_PARAM_PROBLEM:
		sea_print_num(t, "parameter problem, code ", icmp->code);
		sea_print_num(t, ", at ", sea_be32_get(icmp->rest));
		break;
	default:
		sea_print_num(t, "type ", icmp->type);
		sea_print_num(t, ", code ", icmp->code);
	}
}

static void print_message(struct sea_text *t, const struct sea_icmp6_hdr *icmp,
			  struct sea_print_part p)
{
	switch (icmp->type) {
	case SEA_ICMP6_ECHO:
	case SEA_ICMP6_ECHO_REPLY:
		sea_text_str(t, icmp->type == SEA_ICMP6_ECHO ? "echo request" : "echo reply");
		sea_print_num(t, ", id ", sea_be16_get(icmp->echo.id));
		sea_print_num(t, ", seq ", sea_be16_get(icmp->echo.seq));
		break;
	case SEA_NDP_RS:
		sea_text_str(t, "router solicitation");
		break;
	case SEA_NDP_RA:
		sea_text_str(t, "router advertisement");
		break;
	case SEA_NDP_NS:
		print_about(t, p, "neighbor solicitation, who has ");
		break;
	case SEA_NDP_NA:
		print_about(t, p, "neighbor advertisement, tgt is ");
		break;
	case SEA_NDP_REDIRECT:
		print_about(t, p, "redirect, to ");
		break;
	case SEA_ICMP6_MLD_QUERY:
		print_about(t, p, "multicast listener query ");
		break;
	case SEA_ICMP6_MLD2_REPORT:
		sea_text_str(t, "multicast listener report v2");
		break;
	default:
		print_error(t, icmp);
	}
}

static void print_icmp6(struct sea_text *t, struct sea_print_part p)
{
	const struct sea_icmp6_hdr *icmp = (const struct sea_icmp6_hdr *)p.bytes;

	if (p.len < sizeof(*icmp)) {
		sea_text_str(t, "[|icmp6]");
		return;
	}
	sea_text_str(t, "ICMP6, ");
	print_message(t, icmp, p);
	sea_print_num(t, ", length ", p.whole);
}

/* -- the packet -- */

static void print_ends(struct sea_text *t, const struct sea_ipv6_facts *ip, bool ports,
		       const uint8_t *transport)
{
	sea_text_str(t, "IP6 ");
	sea_text_ipv6(t, ip->src);
	if (ports)
		sea_print_num(t, ".", sea_get16(transport));
	sea_text_str(t, " > ");
	sea_text_ipv6(t, ip->dst);
	if (ports)
		sea_print_num(t, ".", sea_get16(transport + 2));
	sea_text_str(t, ": ");
}

/* How far the extension headers reach, and whether the transport begins there. */
static void print_exts(struct sea_text *t, const struct sea_ipv6_way *way)
{
	if (way->fragmented)
		sea_print_num(t, "frag @", way->frag_off);
	else
		sea_print_num(t, "exts ", way->at - sizeof(struct sea_ipv6_hdr));
	sea_text_char(t, ' ');
}

static void print_transport(struct sea_text *t, uint8_t next, struct sea_print_part p)
{
	switch (next) {
	case SEA_IPPROTO_ICMPV6:
		print_icmp6(t, p);
		break;
	case SEA_IPPROTO_TCP:
		sea_print_tcp(t, p);
		break;
	case SEA_IPPROTO_UDP:
		sea_print_udp(t, p);
		break;
	case SEA_IPV6_NONE:
		sea_print_num(t, "no next header, length ", p.whole);
		break;
	default:
		sea_print_num(t, "ip-proto-", next);
		sea_print_num(t, ", length ", p.whole);
	}
}

static bool has_ports(const struct sea_ipv6_way *way, struct sea_print_part p)
{
	return (way->next == SEA_IPPROTO_TCP || way->next == SEA_IPPROTO_UDP) && !way->frag_off &&
	       p.len >= 4;
}

void sea_print_ipv6(struct sea_text *t, const uint8_t *packet, size_t len)
{
	const struct sea_ipv6_hdr *hdr = (const struct sea_ipv6_hdr *)packet;
	struct sea_ipv6_way way = { .at = sizeof(*hdr) };
	struct sea_ipv6_facts ip;
	struct sea_print_part p;
	size_t whole;

	if (len < sizeof(*hdr) || packet[0] >> 4 != 6) {
		sea_text_str(t, len < sizeof(*hdr) ? "[|ip6]" : "IP6, bad version");
		return;
	}
	sea_ipv6_parse(hdr, &ip);
	whole = sizeof(*hdr) + ip.payload_len;
	len = len < whole ? len : whole;
	way.next = ip.next;
	(void)sea_ipv6_skip_exts(packet, len, &way);
	p = (struct sea_print_part){ packet + way.at, len - way.at, whole - way.at };
	print_ends(t, &ip, has_ports(&way, p), p.bytes);
	if (way.at > sizeof(*hdr))
		print_exts(t, &way);
	print_transport(t, way.frag_off ? 0 : way.next, p);
}
