/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRE's header (RFC 2784 §2, RFC 2890 §2), read and written.
 *
 *	+-+-+-+-+---------+-----+-----------------------+
 *	|C| |K|S| Reserved| Ver |         EtherType     |
 *	+-+-+-+-+---------+-----+-----------------------+
 *	|    Checksum (C)       |        Reserved       |
 *	|                   Key (K)                     |
 *	|              Sequence Number (S)              |
 *	+-----------------------------------------------+
 */
#include <string.h>

#include "core/stack.h"
#include "link/device/tunnel.h"

#define BASE 4u
#define LEN_MAX 16u

struct gre {
	uint16_t flags, ethertype;
	uint32_t key, seq, len;
};

uint32_t sea_gre_hdr_len(uint16_t flags)
{
	return BASE + (flags & SEA_GRE_CSUM ? 4 : 0) + (flags & SEA_GRE_KEY ? 4 : 0) +
	       (flags & SEA_GRE_SEQ ? 4 : 0);
}

/* -- read -- */

/* Of `len` bytes at `h`, of which there are four at least. False: it is none of ours, or not all there. */
static bool read_header(const uint8_t *h, uint32_t len, struct gre *gre)
{
	gre->flags = sea_get16(h);
	gre->ethertype = sea_get16(h + 2);
	gre->key = gre->seq = 0;
	gre->len = sea_gre_hdr_len(gre->flags);
	if (gre->flags & (SEA_GRE_VERSION | SEA_GRE_ROUTING) || len < gre->len)
		return false;
	h += BASE + (gre->flags & SEA_GRE_CSUM ? 4 : 0);
	if (gre->flags & SEA_GRE_KEY) {
		gre->key = sea_get32(h);
		h += 4;
	}
	if (gre->flags & SEA_GRE_SEQ)
		gre->seq = sea_get32(h);
	return true;
}

static enum sea_drop parse(struct sea_stack *stack, struct sea_pkt *pkt, struct gre *gre)
{
	uint8_t bytes[LEN_MAX] = { 0 };
	uint32_t len = pkt->len < LEN_MAX ? pkt->len : LEN_MAX;

	if (len < BASE || !sea_pkt_read(pkt, 0, bytes, len) || !read_header(bytes, len, gre))
		return SEA_DROP_GRE_HEADER;
	if (gre->flags & SEA_GRE_CSUM &&
	    sea_csum_fold(sea_pkt_csum(pkt, 0, pkt->len, stack->csum)) != 0xffff)
		return SEA_DROP_GRE_CHECKSUM;
	return SEA_DROP_N;
}

static enum sea_tunnel_id id_of(const struct gre *gre, uint8_t family)
{
	if (family == SEA_AF_INET6)
		return gre->ethertype == SEA_GRE_TEB ? SEA_TUNNEL_IP6GRETAP : SEA_TUNNEL_IP6GRE;
	return gre->ethertype == SEA_GRE_TEB ? SEA_TUNNEL_GRETAP : SEA_TUNNEL_GRE;
}

/* What was agreed on is there, and nothing else; older than what was seen is not in order (RFC 2890 §2.2). */
static enum sea_drop judge(struct sea_tunnel *t, const struct gre *gre)
{
	if ((gre->flags ^ t->p.i_flags) & SEA_GRE_CSUM)
		return SEA_DROP_GRE_CHECKSUM;
	if (!(t->p.i_flags & SEA_GRE_SEQ))
		return SEA_DROP_N;
	if (!(gre->flags & SEA_GRE_SEQ) || (t->i_seq && (int32_t)(gre->seq - t->i_seq) < 0))
		return SEA_DROP_GRE_SEQUENCE;
	t->i_seq = gre->seq + 1;
	return SEA_DROP_N;
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_tunnel_at at = { .local = rx->dst, .remote = rx->src, .iif = rx->link->ifindex };
	struct sea_tunnel *t;
	struct gre gre;
	enum sea_drop why = parse(stack, pkt, &gre);

	if (why != SEA_DROP_N) {
		sea_pkt_drop(stack, pkt, why);
		return;
	}
	at.id = id_of(&gre, rx->family);
	at.has_key = gre.flags & SEA_GRE_KEY;
	at.key = gre.key;
	t = sea_tunnel_find(stack, &at);
	if (!t) {
		sea_tunnel_nobody(stack, pkt, rx->family);
		return;
	}
	why = judge(t, &gre);
	sea_pkt_trim_front(pkt, gre.len);
	if (why != SEA_DROP_N)
		sea_tunnel_refuse(t->link, pkt, why);
	else
		sea_tunnel_arrive(t->link, pkt, gre.ethertype, rx->tos);
}

/* -- written -- */

static void put_sum(struct sea_stack *stack, const struct sea_pkt *pkt, uint8_t *field)
{
	uint16_t sum = (uint16_t)~sea_csum_fold(sea_pkt_csum(pkt, 0, pkt->len, stack->csum));

	memcpy(field, &sum, sizeof(sum));
}

bool sea_gre_push(struct sea_tunnel *tunnel, struct sea_pkt *pkt, uint16_t ethertype)
{
	const struct sea_tunnel_parms *p = &tunnel->p;
	uint32_t len = sea_gre_hdr_len(p->o_flags);
	uint8_t *h = sea_pkt_push(pkt, len), *at;

	if (!h)
		return false;
	memset(h, 0, len);
	sea_put16(h, p->o_flags);
	sea_put16(h + 2, ethertype);
	at = h + BASE + (p->o_flags & SEA_GRE_CSUM ? 4 : 0);
	if (p->o_flags & SEA_GRE_KEY) {
		sea_put32(at, p->o_key);
		at += 4;
	}
	if (p->o_flags & SEA_GRE_SEQ)
		sea_put32(at, tunnel->o_seq++);
	if (p->o_flags & SEA_GRE_CSUM)
		put_sum(tunnel->link->stack, pkt, h + BASE);
	return true;
}

/* -- errors -- */

/* Nothing listens at ports of GRE's, so that "port unreachable" is said of something else. */
static bool is_of_ports(const struct sea_icmp_error *error)
{
	return error->family == SEA_AF_INET && error->type == 3 && error->code == 3;
}

static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	struct sea_tunnel_at at = { .local = error->src, .remote = error->dst };
	struct gre gre;

	if (error->quote_len < BASE || !read_header(error->quote, error->quote_len, &gre) ||
	    is_of_ports(error))
		return false;
	at.id = id_of(&gre, error->family);
	at.has_key = gre.flags & SEA_GRE_KEY;
	at.key = gre.key;
	return sea_tunnel_error(stack, error, sea_tunnel_find(stack, &at));
}

#define TAKES(over)                                      \
	{                                                \
		SEA_IPPROTO_GRE, over, input, icmp_error \
	}

const struct sea_ip_proto sea_gre_protos[3] = { TAKES(SEA_AF_INET), TAKES(SEA_AF_INET6), TAKES(0) };
