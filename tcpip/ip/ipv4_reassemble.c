/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments of IPv4 that are for us, and what they make (RFC 791 §3.2, RFC 1122 §3.3.2). */
#include "ip/ipv4.h"
#include "ip/l3mdev.h"

#define REASSEMBLY_TIME_S 30

static void expired(struct sea_stack *stack, struct sea_pkt *first)
{
	sea_icmp_send_error(stack, first, SEA_ICMP_TIME_EXCEEDED, SEA_ICMP_EXC_FRAGTIME, 0);
}

static const struct sea_frag_family family = {
	.family = SEA_AF_INET,
	.peer_len = 4,
	.reqds = SEA_MIB_IpReasmReqds,
	.oks = SEA_MIB_IpReasmOKs,
	.fails = SEA_MIB_IpReasmFails,
	.timeout = SEA_MIB_IpReasmTimeout,
	.overlaps = SEA_MIB_IpExtReasmOverlaps,
	.queue_size = 200,
	.expired = expired,
};

void sea_ipv4_reassemble_init(struct sea_ipv4_state *ip)
{
	sea_frag_table_init(&ip->frags, ip->stack, &family, REASSEMBLY_TIME_S);
}

/* All but the last are whole units of 8 bytes; what is more is not looked at, as on Linux. */
static void cut_to_units(struct sea_pkt *pkt)
{
	if (!(pkt->len & 7))
		return;
	sea_pkt_trim_to(pkt, pkt->len & ~7u);
	if (pkt->csum_state == SEA_CSUM_COMPLETE)
		pkt->csum_state = SEA_CSUM_NONE;
}

/* The first fragment's header becomes that of the whole. */
static bool fix_header(struct sea_pkt *pkt, const struct sea_frag_whole *whole,
		       struct sea_ipv4_facts *f)
{
	uint32_t len = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net);
	struct sea_ipv4_hdr *hdr;
	uint16_t sum;

	sea_pkt_unpull(pkt, len);
	hdr = sea_pkt_writable(pkt, len);
	if (!hdr) {
		sea_pkt_pull(pkt, len);
		return false;
	}
	hdr->total_len = sea_be16_of((uint16_t)pkt->len);
	hdr->frag = sea_be16_of(whole->df ? SEA_IPV4_DF : 0);
	if (whole->ce)
		hdr->tos |= SEA_ECN_CE;
	hdr->sum = sea_be16_of(0);
	sum = (uint16_t)~sea_csum_fold(sea_csum_ipv4(hdr, len));
	sea_csum_put(&hdr->sum, sum);
	(void)sea_ipv4_parse((const uint8_t *)hdr, len, pkt->len, f);
	sea_pkt_pull(pkt, len);
	return true;
}

struct sea_pkt *sea_ipv4_reassemble(struct sea_stack *stack, struct sea_pkt *pkt,
				    struct sea_ipv4_facts *f, uint16_t *frag_max)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	const struct sea_frag_key key = { .src = sea_ipaddr_of4(f->src),
					  .dst = sea_ipaddr_of4(f->dst),
					  .id = f->id,
					  .ifindex = sea_l3mdev_of_index(stack, pkt->link->ifindex),
					  .proto = f->proto };
	const struct sea_frag_piece piece = { .off = f->frag_off,
					      .before = f->hdr_len,
					      .size = f->total_len,
					      .more = f->mf,
					      .df = f->df,
					      .ecn = f->tos & SEA_ECN_MASK };
	struct sea_frag_whole whole;

	if (f->mf)
		cut_to_units(pkt);
	pkt = sea_frag_input(&ip->frags, &key, &piece, pkt, &whole);
	if (!pkt)
		return NULL;
	if (!fix_header(pkt, &whole, f)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return NULL;
	}
	*frag_max = whole.frag_max;
	return pkt;
}
