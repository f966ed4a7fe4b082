/* SPDX-License-Identifier: Apache-2.0 */
/* One line for a frame, in tcpdump's words; "[|tcp]" where bytes are missing. */
#include "wire/print.h"

#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/pcapng.h"
#include "wire/print_part.h"
#include "wire/tcp.h"
#include "wire/text.h"
#include "wire/udp.h"

static void print_mac(struct sea_text *t, const struct sea_mac *mac)
{
	for (size_t i = 0; i < sizeof(mac->b); i++) {
		if (i > 0)
			sea_text_char(t, ':');
		sea_text_hex(t, mac->b[i], 2);
	}
}

static void print_arp(struct sea_text *t, const uint8_t *bytes, size_t len)
{
	const struct sea_arp_hdr *arp = (const struct sea_arp_hdr *)bytes;

	if (len < sizeof(*arp)) {
		sea_text_str(t, "[|arp]");
		return;
	}
	if (!sea_arp_valid(arp)) {
		sea_print_num(t, "ARP, unknown (op ", sea_be16_get(arp->op));
		sea_text_char(t, ')');
	} else if (sea_be16_get(arp->op) == SEA_ARP_REQUEST) {
		sea_text_str(t, "ARP, Request who-has ");
		sea_text_ipv4(t, arp->target_ip.b);
		sea_text_str(t, " tell ");
		sea_text_ipv4(t, arp->sender_ip.b);
	} else {
		sea_text_str(t, "ARP, Reply ");
		sea_text_ipv4(t, arp->sender_ip.b);
		sea_text_str(t, " is-at ");
		print_mac(t, &arp->sender_mac);
	}
	sea_print_num(t, ", length ", len);
}

/* -- ICMP -- */

static void print_unreach(struct sea_text *t, const struct sea_icmp_hdr *icmp)
{
	static const char *const reasons[] = {
		[SEA_ICMP_NET_UNREACH] = "net",
		[SEA_ICMP_HOST_UNREACH] = "host",
		[SEA_ICMP_PROT_UNREACH] = "protocol",
		[SEA_ICMP_PORT_UNREACH] = "port",
	};

	if (icmp->code < sizeof(reasons) / sizeof(reasons[0])) {
		sea_text_str(t, reasons[icmp->code]);
		sea_text_str(t, " unreachable");
	} else if (icmp->code == SEA_ICMP_FRAG_NEEDED) {
		sea_print_num(t, "need to frag (mtu ", sea_be16_get(icmp->frag.mtu));
		sea_text_char(t, ')');
	} else {
		sea_print_num(t, "unreachable, code ", icmp->code);
	}
}

static void print_echo(struct sea_text *t, const struct sea_icmp_hdr *icmp)
{
	sea_text_str(t, icmp->type == SEA_ICMP_ECHO ? "echo request" : "echo reply");
	sea_print_num(t, ", id ", sea_be16_get(icmp->echo.id));
	sea_print_num(t, ", seq ", sea_be16_get(icmp->echo.seq));
}

static void print_icmp(struct sea_text *t, struct sea_print_part p)
{
	const struct sea_icmp_hdr *icmp = (const struct sea_icmp_hdr *)p.bytes;

	if (p.len < sizeof(*icmp)) {
		sea_text_str(t, "[|icmp]");
		return;
	}
	sea_text_str(t, "ICMP ");
	switch (icmp->type) {
	case SEA_ICMP_ECHO:
	case SEA_ICMP_ECHO_REPLY:
		print_echo(t, icmp);
		break;
	case SEA_ICMP_DEST_UNREACH:
		print_unreach(t, icmp);
		break;
	case SEA_ICMP_TIME_EXCEEDED:
		sea_text_str(t, icmp->code == 0 ? "time exceeded in-transit"
						: "ip reassembly time exceeded");
		break;
	default:
		sea_print_num(t, "type ", icmp->type);
		sea_print_num(t, ", code ", icmp->code);
	}
	sea_print_num(t, ", length ", p.whole);
}

/* -- TCP -- */

static void print_flags(struct sea_text *t, uint8_t flags)
{
	static const struct {
		uint8_t bit;
		char c;
	} letters[] = {
		{ SEA_TCP_FIN, 'F' }, { SEA_TCP_SYN, 'S' }, { SEA_TCP_RST, 'R' },
		{ SEA_TCP_PSH, 'P' }, { SEA_TCP_ACK, '.' }, { SEA_TCP_URG, 'U' },
		{ SEA_TCP_ECE, 'E' }, { SEA_TCP_CWR, 'W' },
	};

	sea_text_str(t, "Flags [");
	if (flags == 0)
		sea_text_str(t, "none");
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (flags & letters[i].bit)
			sea_text_char(t, letters[i].c);
	}
	sea_text_char(t, ']');
}

static void print_sack(struct sea_text *t, const uint8_t *opt, uint8_t opt_len)
{
	sea_print_num(t, "sack ", (uint64_t)((opt_len - 2) / 8));
	sea_text_char(t, ' ');
	for (unsigned at = 2; at + 8 <= opt_len; at += 8) {
		sea_print_num(t, "{", sea_get32(opt + at));
		sea_print_num(t, ":", sea_get32(opt + at + 4));
		sea_text_char(t, '}');
	}
}

/* `opt_len` bytes are there, at least two. */
static void print_tcp_opt(struct sea_text *t, const uint8_t *opt, uint8_t opt_len)
{
	if (opt[0] == SEA_TCPOPT_MSS && opt_len == 4) {
		sea_print_num(t, "mss ", sea_get16(opt + 2));
	} else if (opt[0] == SEA_TCPOPT_WSCALE && opt_len == 3) {
		sea_print_num(t, "wscale ", opt[2]);
	} else if (opt[0] == SEA_TCPOPT_SACK_PERM && opt_len == 2) {
		sea_text_str(t, "sackOK");
	} else if (opt[0] == SEA_TCPOPT_SACK && opt_len >= 10) {
		print_sack(t, opt, opt_len);
	} else if (opt[0] == SEA_TCPOPT_TS && opt_len == 10) {
		sea_print_num(t, "TS val ", sea_get32(opt + 2));
		sea_print_num(t, " ecr ", sea_get32(opt + 6));
	} else {
		sea_print_num(t, "unknown-", opt[0]);
	}
}

static void print_tcp_opts(struct sea_text *t, const uint8_t *opts, size_t len)
{
	size_t step;

	sea_text_str(t, ", options [");
	for (size_t at = 0; at < len; at += step) {
		if (at > 0)
			sea_text_char(t, ',');
		step = 1;
		if (opts[at] == SEA_TCPOPT_EOL) {
			sea_text_str(t, "eol");
			break;
		}
		if (opts[at] == SEA_TCPOPT_NOP) {
			sea_text_str(t, "nop");
			continue;
		}
		if (len - at < 2 || opts[at + 1] < 2 || opts[at + 1] > len - at) {
			sea_text_str(t, "bad");
			break;
		}
		step = opts[at + 1];
		print_tcp_opt(t, opts + at, opts[at + 1]);
	}
	sea_text_char(t, ']');
}

static void print_seq(struct sea_text *t, const struct sea_tcp_hdr *tcp, size_t payload)
{
	uint32_t seq = sea_be32_get(tcp->seq);

	if (payload > 0 || tcp->flags & (SEA_TCP_SYN | SEA_TCP_FIN | SEA_TCP_RST))
		sea_print_num(t, ", seq ", seq);
	if (payload > 0)
		sea_print_num(t, ":", (uint32_t)(seq + payload));
	if (tcp->flags & SEA_TCP_ACK)
		sea_print_num(t, ", ack ", sea_be32_get(tcp->ack));
}

void sea_print_tcp(struct sea_text *t, struct sea_print_part p)
{
	const struct sea_tcp_hdr *tcp = (const struct sea_tcp_hdr *)p.bytes;
	size_t hdr_len, payload, opts_there;

	if (p.len < sizeof(*tcp)) {
		sea_text_str(t, "[|tcp]");
		return;
	}
	print_flags(t, tcp->flags);
	hdr_len = sea_tcp_hdr_len(tcp);
	if (hdr_len == 0 || hdr_len > p.whole) {
		sea_print_num(t, " [bad hdr length ", (uint64_t)((tcp->off >> 4) * 4));
		sea_text_char(t, ']');
		return;
	}
	payload = p.whole - hdr_len;
	print_seq(t, tcp, payload);
	sea_print_num(t, ", win ", sea_be16_get(tcp->wnd));
	if (tcp->flags & SEA_TCP_URG)
		sea_print_num(t, ", urg ", sea_be16_get(tcp->urg));
	opts_there = (hdr_len < p.len ? hdr_len : p.len) - sizeof(*tcp);
	if (opts_there > 0)
		print_tcp_opts(t, p.bytes + sizeof(*tcp), opts_there);
	sea_print_num(t, ", length ", payload);
}

/* -- IPv4 -- */

void sea_print_udp(struct sea_text *t, struct sea_print_part p)
{
	const struct sea_udp_hdr *udp = (const struct sea_udp_hdr *)p.bytes;
	uint16_t len;

	if (p.len < sizeof(*udp)) {
		sea_text_str(t, "[|udp]");
		return;
	}
	len = sea_be16_get(udp->len);
	if (len < sizeof(*udp) || len > p.whole)
		sea_print_num(t, "UDP, bad length ", len);
	else
		sea_print_num(t, "UDP, length ", len - sizeof(*udp));
}

static bool has_ports(uint8_t proto)
{
	return proto == SEA_IPPROTO_TCP || proto == SEA_IPPROTO_UDP;
}

static void print_ends(struct sea_text *t, const struct sea_ipv4_facts *ip, struct sea_print_part p)
{
	bool ports = has_ports(ip->proto) && ip->frag_off == 0 && p.len >= 4;

	sea_text_str(t, "IP ");
	sea_text_ipv4(t, ip->src.b);
	if (ports)
		sea_print_num(t, ".", sea_get16(p.bytes));
	sea_text_str(t, " > ");
	sea_text_ipv4(t, ip->dst.b);
	if (ports)
		sea_print_num(t, ".", sea_get16(p.bytes + 2));
	sea_text_str(t, ": ");
}

static void print_fragment(struct sea_text *t, const struct sea_ipv4_facts *ip,
			   struct sea_print_part p)
{
	sea_print_num(t, "frag ", ip->id);
	sea_print_num(t, ":", p.whole);
	sea_print_num(t, "@", ip->frag_off);
	sea_text_str(t, ip->mf ? "+ " : " ");
}

static void print_transport(struct sea_text *t, const struct sea_ipv4_facts *ip,
			    struct sea_print_part p)
{
	switch (ip->frag_off == 0 ? ip->proto : 0) {
	case SEA_IPPROTO_ICMP:
		print_icmp(t, p);
		break;
	case SEA_IPPROTO_TCP:
		sea_print_tcp(t, p);
		break;
	case SEA_IPPROTO_UDP:
		sea_print_udp(t, p);
		break;
	default:
		sea_print_num(t, "ip-proto-", ip->proto);
		sea_print_num(t, ", length ", p.whole);
	}
}

static void print_ipv4(struct sea_text *t, const uint8_t *bytes, size_t len)
{
	static const char *const faults[] = {
		[SEA_IPV4_SHORT] = "[|ip]",
		[SEA_IPV4_VERSION] = "IP, bad version",
		[SEA_IPV4_IHL] = "IP, bad header length",
	};
	struct sea_ipv4_facts ip;
	enum sea_ipv4_fault fault = sea_ipv4_parse(bytes, len, SIZE_MAX, &ip);
	struct sea_print_part p;

	if (fault != SEA_IPV4_OK) {
		sea_text_str(t, faults[fault]);
		return;
	}
	p.bytes = bytes + ip.hdr_len;
	p.whole = (size_t)(ip.total_len - ip.hdr_len);
	p.len = len - ip.hdr_len < p.whole ? len - ip.hdr_len : p.whole;
	print_ends(t, &ip, p);
	if (ip.mf || ip.frag_off > 0)
		print_fragment(t, &ip, p);
	print_transport(t, &ip, p);
}

/* -- frames -- */

static void print_ether(struct sea_text *t, const uint8_t *frame, size_t len)
{
	const struct sea_ether_hdr *ether = (const struct sea_ether_hdr *)frame;
	uint16_t type;

	if (len < sizeof(*ether)) {
		sea_text_str(t, "[|ether]");
		return;
	}
	frame += sizeof(*ether);
	len -= sizeof(*ether);
	type = sea_be16_get(ether->type);
	if (type == SEA_ETHERTYPE_IPV4) {
		print_ipv4(t, frame, len);
	} else if (type == SEA_ETHERTYPE_IPV6) {
		sea_print_ipv6(t, frame, len);
	} else if (type == SEA_ETHERTYPE_ARP) {
		print_arp(t, frame, len);
	} else {
		sea_text_str(t, type < SEA_ETHER_MIN_TYPE ? "802.3 length 0x" : "ethertype 0x");
		sea_text_hex(t, type, 4);
		sea_print_num(t, ", length ", len);
	}
}

static void print_raw(struct sea_text *t, const uint8_t *packet, size_t len)
{
	if (len > 0 && packet[0] >> 4 == 6)
		sea_print_ipv6(t, packet, len);
	else
		print_ipv4(t, packet, len);
}

char *sea_print_frame(char *text, size_t room, unsigned linktype, const uint8_t *frame, size_t len)
{
	struct sea_text t;

	if (room == 0)
		return text;
	sea_text_init(&t, text, room);
	switch (linktype) {
	case SEA_LINKTYPE_ETHERNET:
		print_ether(&t, frame, len);
		break;
	case SEA_LINKTYPE_RAW:
		print_raw(&t, frame, len);
		break;
	default:
		sea_print_num(&t, "link type ", linktype);
		sea_print_num(&t, ", length ", len);
	}
	return text;
}
