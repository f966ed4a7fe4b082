/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of <seastack/tcp_metrics.h>. */
#include <seastack/tcp_metrics.h>

#include <errno.h>
#include <string.h>

#include "transport/tcp/conn.h"

static struct tcp_peers *peers_of(const struct sea_stack *stack)
{
	struct tcp_state *st = sea_tcp_of(stack);

	return st ? &st->peers : NULL;
}

static struct sea_addr addr_of(uint8_t family, const struct sea_ipaddr *ip)
{
	struct sea_addr addr = { .family = family };

	memcpy(addr.b, ip->b, family == SEA_AF_INET ? 4 : sizeof(addr.b));
	return addr;
}

static bool is(const struct sea_addr *addr, uint8_t family, const struct sea_ipaddr *ip)
{
	struct sea_addr other = addr_of(family, ip);

	return addr->family == family &&
	       !memcmp(addr->b, other.b, family == SEA_AF_INET ? 4 : sizeof(other.b));
}

static void show(const struct sea_stack *stack, const struct tcp_peer *peer,
		 struct sea_tcp_metrics *m)
{
	*m = (struct sea_tcp_metrics){
		.size = m->size,
		.dst = addr_of(peer->family, &peer->raddr),
		.src = addr_of(peer->family, &peer->laddr),
		.age_ns = sea_time_diff(stack->shard.now, peer->begun),
		.rtt_us = peer->rtt_us >> 3,
		.rttvar_us = peer->rttvar_us >> 2,
		.ssthresh = peer->ssthresh,
		.cwnd = peer->cwnd,
		.reordering = peer->reordering,
		.fastopen_mss = peer->syn_mss,
		.fastopen_syn_drops = peer->syn_losses,
		.fastopen_cookie_len = peer->cookie.len,
	};
	memcpy(m->fastopen_cookie, peer->cookie.b, sizeof(m->fastopen_cookie));
}

bool sea_tcp_metrics_next(struct sea_stack *stack, uint64_t *cursor,
			  struct sea_tcp_metrics *metrics)
{
	struct tcp_peers *peers = peers_of(stack);
	struct sea_hnode *h = peers && metrics->size == sizeof(*metrics)
				      ? sea_htable_walk(&peers->table, cursor)
				      : NULL;

	if (h)
		show(stack, sea_container(h, struct tcp_peer, hnode), metrics);
	return h;
}

struct tcp_peer *sea_tcp_peers_by_addr(struct tcp_peers *peers, const struct sea_addr *dst,
				       const struct sea_addr *src)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &peers->by_age)
	{
		struct tcp_peer *peer = sea_container(node, struct tcp_peer, by_age);

		if (is(dst, peer->family, &peer->raddr) &&
		    (!src || !src->family || is(src, peer->family, &peer->laddr)))
			return peer;
	}
	return NULL;
}

int sea_tcp_metrics_get(struct sea_stack *stack, const struct sea_addr *dst,
			const struct sea_addr *src, struct sea_tcp_metrics *metrics)
{
	struct tcp_peers *peers = peers_of(stack);
	const struct tcp_peer *peer;

	if (metrics->size != sizeof(*metrics))
		return -EINVAL;
	if (!peers)
		return -EOPNOTSUPP;
	peer = sea_tcp_peers_by_addr(peers, dst, src);
	if (!peer)
		return -ESRCH;
	show(stack, peer, metrics);
	return 0;
}

int sea_tcp_metrics_del(struct sea_stack *stack, const struct sea_addr *dst,
			const struct sea_addr *src, sea_time now)
{
	struct tcp_peers *peers = peers_of(stack);
	struct tcp_peer *peer;
	int err = -ESRCH;

	if (!peers)
		return -EOPNOTSUPP;
	sea_stack_enter(stack, now);
	while ((peer = sea_tcp_peers_by_addr(peers, dst, src))) {
		sea_tcp_peers_forget(peers, peer);
		err = 0;
	}
	sea_stack_leave(stack);
	return err;
}

void sea_tcp_peers_flush(struct tcp_peers *peers)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &peers->by_age)
	sea_tcp_peers_forget(peers, sea_container(node, struct tcp_peer, by_age));
}

int sea_tcp_metrics_flush(struct sea_stack *stack, sea_time now)
{
	struct tcp_peers *peers = peers_of(stack);

	if (!peers)
		return -EOPNOTSUPP;
	sea_stack_enter(stack, now);
	sea_tcp_peers_flush(peers);
	sea_stack_leave(stack);
	return 0;
}
