/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP redirects that we send (RFC 1812 §4.3.3.2, §5.2.7.2): how often, in Linux's manner. Who does
 * not listen is told ever more seldom, then not at all until it was quiet for a while.
 */
#include "ip/ipv4.h"

static struct sea_redirect_peer *peer_of(struct sea_ipv4_state *ip, const struct sea_link *link,
					 sea_be32 src)
{
	uint64_t h = sea_siphash13_2u64(&ip->icmp_peers.key, sea_be32_get(src),
					(uint64_t)(uint32_t)link->ifindex);

	return &ip->redirect_peers[h % SEA_REDIRECT_PEERS];
}

/* Is it time to tell this one again? */
static bool due(const struct sea_ipv4_state *ip, struct sea_redirect_peer *p)
{
	const struct sea_ipv4_sysctls *s = &ip->sysctl;
	sea_time now = ip->stack->shard.now;
	int64_t quiet_ms = sea_time_diff(now, p->last) / SEA_MSEC;

	if (quiet_ms > s->redirect_silence)
		p->n = 0;
	if (p->n >= (uint32_t)s->redirect_number) {
		p->last = now; /* it goes on ignoring us */
		return false;
	}
	return !p->n || (p->n < 32 && quiet_ms > (int64_t)s->redirect_load << p->n);
}

void sea_ipv4_redirect_send(struct sea_stack *stack, const struct sea_pkt *pkt, sea_be32 src,
			    sea_be32 gateway)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_redirect_peer *p = peer_of(ip, pkt->link, src);

	if (!due(ip, p))
		return;
	sea_icmp_send_error(stack, pkt, SEA_ICMP_REDIRECT, SEA_ICMP_REDIRECT_HOST,
			    sea_be32_get(gateway));
	p->last = stack->shard.now;
	p->n++;
}
