/* SPDX-License-Identifier: Apache-2.0 */
/* What queues that tell flows apart know of a packet. */
#ifndef SEA_LINK_QDISC_FLOW_H
#define SEA_LINK_QDISC_FLOW_H

#include "core/pkt.h"
#include "core/siphash.h"
#include "wire/tcp.h"

/* A keyed hash of what all packets of a flow have in common: addresses, protocol and ports. */
uint64_t sea_flow_key(const struct sea_siphash_key *key, const struct sea_pkt *pkt);
/* The IPv4 header's TOS, or the IPv6 header's traffic class; -1: it has neither. */
int sea_flow_dsfield(const struct sea_pkt *pkt);
/* Says "congestion experienced" (RFC 3168): false: it is not of a transport that understands, or there is no memory. */
bool sea_flow_mark_ce(struct sea_pkt *pkt);

/* On the wire: a super-segment's headers are there once for each segment. */
static inline uint32_t sea_flow_wire_len(const struct sea_pkt *pkt)
{
	const struct sea_frag *f = &pkt->frags[0];
	const struct sea_tcp_hdr *th;
	uint32_t headers;

	/* Such a one has its checksum still to be summed, so it is known where TCP begins. */
	if (pkt->gso_segs < 2 || pkt->csum_start < f->off ||
	    pkt->csum_start + sizeof(*th) > f->off + f->len)
		return pkt->len;
	th = sea_pkt_at(pkt, pkt->csum_start);
	headers = pkt->csum_start - f->off;
	headers += pkt->gso_type == SEA_GSO_UDP ? 8u : (uint32_t)sea_tcp_hdr_len(th);
	return pkt->len + (pkt->gso_segs - 1u) * headers;
}

#endif
