/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets are of one flow, and how they are told of congestion. */
#include "link/qdisc/flow.h"

#include <string.h>

#include "core/checksum.h"
#include "core/link.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_DCCP 33
#define PROTO_SCTP 132
#define PROTO_UDPLITE 136

/* -- what makes a flow -- */

struct tuple {
	uint8_t src[16], dst[16];
	uint8_t ports[4];
	uint8_t proto, version;
	uint8_t zero[2];
};

/* `len` bytes of the packet from `off` on, in the terms of off_*; NULL: not in its first piece. */
static const void *bytes_at(const struct sea_pkt *pkt, uint32_t off, uint32_t len)
{
	const struct sea_frag *f = &pkt->frags[0];

	return off >= f->off && off + len <= f->off + f->len ? f->buf->data + off : NULL;
}

static void take_ports(const struct sea_pkt *pkt, uint32_t off, struct tuple *t)
{
	const uint8_t *ports = bytes_at(pkt, off, sizeof(t->ports));

	switch (t->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		if (ports)
			memcpy(t->ports, ports, sizeof(t->ports));
		break;
	default:
		break;
	}
}

/* All fragments of a datagram are of one flow: of none with ports. */
static void take_ip4(const struct sea_pkt *pkt, struct tuple *t)
{
	const struct sea_ipv4_hdr *ip = bytes_at(pkt, pkt->off_net, sizeof(*ip));

	if (!ip)
		return;
	memcpy(t->src, &ip->src, 4);
	memcpy(t->dst, &ip->dst, 4);
	t->proto = ip->proto;
	if (!(sea_be16_get(ip->frag) & (SEA_IPV4_MF | SEA_IPV4_OFFSET)))
		take_ports(pkt, pkt->off_net + (ip->ver_ihl & 15u) * 4u, t);
}

/* Behind extension headers no ports are looked for: there the flow label tells flows apart. */
static void take_ip6(const struct sea_pkt *pkt, struct tuple *t)
{
	const struct sea_ipv6_hdr *ip = bytes_at(pkt, pkt->off_net, sizeof(*ip));

	if (!ip)
		return;
	memcpy(t->src, ip->src, 16);
	memcpy(t->dst, ip->dst, 16);
	t->proto = ip->next;
	if (ip->next == PROTO_TCP || ip->next == PROTO_UDP)
		take_ports(pkt, pkt->off_net + (uint32_t)sizeof(*ip), t);
	else
		memcpy(t->ports, &ip->ver_class_flow, sizeof(t->ports));
}

uint64_t sea_flow_key(const struct sea_siphash_key *key, const struct sea_pkt *pkt)
{
	struct tuple t = { .version = 0 };

	if (pkt->protocol == SEA_ETHERTYPE_IPV4) {
		t.version = 4;
		take_ip4(pkt, &t);
	} else if (pkt->protocol == SEA_ETHERTYPE_IPV6) {
		t.version = 6;
		take_ip6(pkt, &t);
	}
	return sea_siphash13(key, &t, sizeof(t));
}

/* -- marks (RFC 3168) -- */

/* Its network header, where that is one, behind the link's header, and in the first piece. */
static const void *net_hdr(const struct sea_pkt *pkt, uint32_t len, unsigned version)
{
	const uint8_t *at;

	if (pkt->off_net < (uint32_t)pkt->off_link + pkt->link->framing->hdr_len)
		return NULL;
	at = bytes_at(pkt, pkt->off_net, len);
	return at && *at >> 4 == version ? at : NULL;
}

int sea_flow_dsfield(const struct sea_pkt *pkt)
{
	const struct sea_ipv4_hdr *ip4;
	const struct sea_ipv6_hdr *ip6;

	switch (pkt->protocol) {
	case SEA_ETHERTYPE_IPV4:
		ip4 = net_hdr(pkt, sizeof(*ip4), 4);
		return ip4 ? ip4->tos : -1;
	case SEA_ETHERTYPE_IPV6:
		ip6 = net_hdr(pkt, sizeof(*ip6), 6);
		return ip6 ? (int)(sea_be32_get(ip6->ver_class_flow) >> 20 & 0xff) : -1;
	default:
		return -1;
	}
}

static void mark_ip4(struct sea_ipv4_hdr *ip)
{
	uint16_t from = (uint16_t)(ip->ver_ihl << 8 | ip->tos), to = from | SEA_ECN_CE;

	ip->tos |= SEA_ECN_CE;
	ip->sum = sea_be16_of(sea_csum_update16(sea_be16_get(ip->sum), from, to));
}

bool sea_flow_mark_ce(struct sea_pkt *pkt)
{
	uint32_t before = (uint32_t)pkt->off_net - pkt->frags[0].off;
	int dsfield = sea_flow_dsfield(pkt);
	struct sea_ipv6_hdr *ip6;

	if (dsfield < 0 || !(dsfield & SEA_ECN_MASK))
		return false;
	if ((dsfield & SEA_ECN_MASK) == SEA_ECN_CE)
		return true;
	if (pkt->protocol == SEA_ETHERTYPE_IPV4) {
		if (!sea_pkt_writable(pkt, before + (uint32_t)sizeof(struct sea_ipv4_hdr)))
			return false;
		mark_ip4(sea_pkt_at(pkt, pkt->off_net));
		return true;
	}
	if (!sea_pkt_writable(pkt, before + (uint32_t)sizeof(*ip6)))
		return false;
	ip6 = sea_pkt_at(pkt, pkt->off_net);
	ip6->ver_class_flow.b[1] |= SEA_ECN_CE << 4;
	return true;
}
