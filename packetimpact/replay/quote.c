// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/talk.h"

#define ICMP_HDR 8u
#define PORTS 8u /* what an error quotes of a transport at least */

static bool is_error(const struct sea_lint_seg *seg)
{
	uint8_t type = seg->l4[0];

	return seg->v6 ? type >= 1 && type <= 4 : type == 3 || type == 11 || type == 12;
}

bool sea_quote_read(const struct sea_lint_seg *seg, struct sea_quote *quote)
{
	const uint8_t *ip = seg->l4 + ICMP_HDR;
	const bool icmp = seg->proto == (seg->v6 ? SEA_IPPROTO_ICMPV6 : SEA_IPPROTO_ICMP);
	uint32_t left = seg->l4_cap > ICMP_HDR ? seg->l4_cap - ICMP_HDR : 0;
	uint32_t header = seg->v6 ? 40 : 20;

	if (!icmp || left < header || !is_error(seg) || ip[0] >> 4 != (seg->v6 ? 6 : 4))
		return false;
	if (!seg->v6)
		header = (ip[0] & 15u) * 4;
	*quote = (struct sea_quote){
		.proto = ip[seg->v6 ? 6 : 9],
		.src = ip + (seg->v6 ? 8 : 12),
		.dst = ip + (seg->v6 ? 24 : 16),
		.at = ICMP_HDR + header,
		.left = left > header ? left - header : 0,
	};
	return header >= 20 && quote->left >= PORTS &&
	       (quote->proto == SEA_IPPROTO_TCP || quote->proto == SEA_IPPROTO_UDP);
}
