/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what of a connection's end is worth remembering, and what a new one makes of it: its first timeout, the
 * degree of reordering, and ssthresh where wanted. Rules as Linux's: a round trip is rather over- than underestimated,
 * and a window that slow start had not finished with says nothing.
 */
#include "transport/tcp/peers.h"

#include <errno.h>
#include <string.h>

#include "core/minmax.h"
#include "transport/tcp/recover.h"
#include "transport/tcp/save.h"

#define BUCKETS 64u

void sea_tcp_peers_init(struct tcp_peers *peers, struct sea_stack *stack)
{
	peers->pool = &stack->shard.pool;
	peers->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&peers->table, peers->pool, BUCKETS);
	sea_list_init(&peers->by_age);
}

void sea_tcp_peers_fini(struct tcp_peers *peers)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &peers->by_age)
	sea_tcp_peers_forget(peers, sea_container(node, struct tcp_peer, by_age));
	sea_htable_fini(&peers->table);
}

static uint32_t hash_of(const struct tcp_peers *peers, uint8_t family,
			const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr)
{
	struct sea_ipaddr ends[2] = { *laddr, *raddr };

	return (uint32_t)sea_siphash13(&peers->key, ends, sizeof(ends)) ^ family;
}

struct tcp_peer *sea_tcp_peers_find(const struct tcp_peers *peers, uint8_t family,
				    const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr)
{
	struct sea_hnode *h = sea_htable_first(&peers->table, hash_of(peers, family, laddr, raddr));

	for (; h; h = sea_hnode_next(h)) {
		struct tcp_peer *peer = sea_container(h, struct tcp_peer, hnode);

		if (peer->family == family && sea_ipaddr_equal(&peer->laddr, laddr) &&
		    sea_ipaddr_equal(&peer->raddr, raddr))
			return peer;
	}
	return NULL;
}

void sea_tcp_peers_forget(struct tcp_peers *peers, struct tcp_peer *peer)
{
	sea_htable_remove(&peers->table, &peer->hnode);
	sea_list_remove(&peer->by_age);
	sea_pool_free(peers->pool, peer, sizeof(*peer));
}

static struct tcp_peer *add(struct tcp_peers *peers, const struct tcp_peer *like)
{
	struct tcp_peer *peer = sea_pool_alloc(peers->pool, sizeof(*peer));

	if (!peer)
		return NULL;
	*peer = *like;
	peer->hnode = (struct sea_hnode){ 0 };
	if (sea_htable_insert(&peers->table, &peer->hnode,
			      hash_of(peers, like->family, &like->laddr, &like->raddr))) {
		sea_pool_free(peers->pool, peer, sizeof(*peer));
		return NULL;
	}
	sea_list_push_back(&peers->by_age, &peer->by_age);
	if (peers->table.n > TCP_PEERS_MAX)
		sea_tcp_peers_forget(peers,
				     sea_container(peers->by_age.next, struct tcp_peer, by_age));
	return peer;
}

/* What was learned long ago is as if it had not been. */
static struct tcp_peer *fresh(struct tcp_peers *peers, struct tcp_peer *peer, sea_time now)
{
	if (!peer || sea_time_diff(now, peer->begun) <= TCP_PEER_LIFE_NS)
		return peer;
	sea_tcp_peers_forget(peers, peer);
	return NULL;
}

static struct tcp_peer key_of(const struct tcp_conn *c)
{
	struct tcp_peer key = { .family = c->node.family, .begun = tcp_now(c) };

	memcpy(key.laddr.b, c->sock.laddr, sizeof(key.laddr.b));
	memcpy(key.raddr.b, c->sock.raddr, sizeof(key.raddr.b));
	return key;
}

static struct tcp_peer *peer_of(const struct tcp_conn *c, bool create)
{
	struct tcp_peers *peers = &sea_tcp_st(c)->peers;
	struct tcp_peer key = key_of(c), *peer;

	peer = fresh(peers, sea_tcp_peers_find(peers, key.family, &key.laddr, &key.raddr),
		     tcp_now(c));
	return peer || !create ? peer : add(peers, &key);
}

/* -- noting down -- */

/* A longer round trip counts at once, a shorter one by an eighth; so does, by a quarter, less variance. */
static void note_rtt(struct tcp_peer *peer, const struct tcp_rtt *rtt)
{
	int64_t less = (int64_t)peer->rtt_us - rtt->srtt_us;
	uint32_t dev = (uint32_t)((less < 0 ? -less : less) >> 1);

	if (less <= 0)
		peer->rtt_us = rtt->srtt_us;
	else
		peer->rtt_us -= (uint32_t)(less >> 3);
	dev = sea_max_u32(dev, rtt->mdev_us);
	if (dev >= peer->rttvar_us)
		peer->rttvar_us = dev;
	else
		peer->rttvar_us -= (peer->rttvar_us - dev) >> 2;
}

static void note_window(struct tcp_peer *peer, const struct tcp_conn *c, bool ssthresh)
{
	uint32_t cwnd = c->cc.cwnd;

	if (c->cc.ssthresh >= TCP_SSTHRESH_INFINITE) {
		if (ssthresh && peer->ssthresh && cwnd >> 1 > peer->ssthresh)
			peer->ssthresh = cwnd >> 1;
		peer->cwnd = sea_max_u32(peer->cwnd, cwnd);
	} else if (!sea_tcp_in_slow_start(&c->cc) && sea_tcp_ca_state(c) == TCP_CA_OPEN) {
		if (ssthresh)
			peer->ssthresh = sea_max_u32(cwnd >> 1, c->cc.ssthresh);
		peer->cwnd = (peer->cwnd + cwnd) >> 1;
	} else {
		peer->cwnd = (peer->cwnd + c->cc.ssthresh) >> 1;
		if (ssthresh && peer->ssthresh && c->cc.ssthresh > peer->ssthresh)
			peer->ssthresh = c->cc.ssthresh;
	}
}

void sea_tcp_peers_note(struct tcp_conn *c)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	bool failed = c->backoff || !c->rtt.srtt_us;
	uint32_t reordering = sea_tcp_reordering(c);
	struct tcp_peer *peer;

	if (sys->no_metrics_save)
		return;
	peer = peer_of(c, !failed);
	if (!peer)
		return;
	if (failed) {
		peer->rtt_us = 0; /* nothing came back in time: it is not to be relied on */
		return;
	}
	note_rtt(peer, &c->rtt);
	note_window(peer, c, !sys->no_ssthresh_metrics_save);
	if (peer->reordering < reordering && reordering != (uint32_t)sys->reordering)
		peer->reordering = reordering;
}

/* -- recalling -- */

/* The handshake's round trip is of small segments: the first timeout allows for larger ones. */
static void recall_rtt(struct tcp_conn *c, const struct tcp_peer *peer)
{
	uint64_t us = peer->rtt_us >> 3;

	if (peer->rtt_us <= c->rtt.srtt_us)
		return;
	us += us * 2 > c->rtt.rto_min_us ? us * 2 : c->rtt.rto_min_us;
	c->rtt.rto_us = us < TCP_RTO_MAX_US ? (uint32_t)us : TCP_RTO_MAX_US;
}

void sea_tcp_peers_recall(struct tcp_conn *c)
{
	const struct tcp_peer *peer = peer_of(c, false);

	/* What the SYN's loss did to it says nothing of the path. */
	c->cc.ssthresh = TCP_SSTHRESH_INFINITE;
	if (!peer)
		return;
	if (peer->ssthresh && !sea_tcp_st(c)->sysctl.no_ssthresh_metrics_save)
		c->cc.ssthresh = c->cc.cwnd_clamp ? sea_min_u32(peer->ssthresh, c->cc.cwnd_clamp)
						  : peer->ssthresh;
	if (peer->reordering)
		sea_tcp_set_reordering(c, (uint16_t)sea_min_u32(peer->reordering, UINT16_MAX));
	recall_rtt(c, peer);
}

bool sea_tcp_peers_proven(struct tcp_state *st, uint8_t family, const struct sea_ipaddr *laddr,
			  const struct sea_ipaddr *raddr, sea_time now)
{
	const struct tcp_peer *peer = sea_tcp_peers_find(&st->peers, family, laddr, raddr);

	return peer && peer->rtt_us && sea_time_diff(now, peer->begun) <= TCP_PEER_LIFE_NS;
}

/* -- fast open -- */

void sea_tcp_peers_cookie(struct tcp_conn *c, uint16_t *mss, struct sea_tcp_cookie *cookie)
{
	const struct tcp_peer *peer = peer_of(c, false);

	*cookie = (struct sea_tcp_cookie){ 0 };
	if (!peer)
		return;
	if (peer->syn_mss)
		*mss = peer->syn_mss;
	*cookie = peer->cookie;
	if (!cookie->len && peer->try_exp == 1)
		cookie->exp = true;
}

void sea_tcp_peers_note_cookie(struct tcp_conn *c, uint16_t mss,
			       const struct sea_tcp_cookie *cookie, bool syn_lost, uint8_t try_exp)
{
	struct tcp_peer *peer = peer_of(c, true);

	if (!peer)
		return;
	if (mss)
		peer->syn_mss = mss;
	if (cookie && cookie->len)
		peer->cookie = *cookie;
	else if (try_exp > peer->try_exp && !peer->cookie.len && !peer->cookie.exp)
		peer->try_exp = try_exp;
	if (syn_lost) {
		peer->syn_losses++;
		peer->syn_lost = tcp_now(c);
	} else {
		peer->syn_losses = 0;
	}
}

/* -- as bytes: the oldest first -- */

#define M(member) TCP_MEMBER(tcp_peer, member)
#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct tcp_member members[] = {
	M(family),  M(rtt_us),  M(rttvar_us),  M(ssthresh), M(cwnd),       M(reordering), M(begun),
	M(syn_mss), M(try_exp), M(syn_losses), M(syn_lost), M(cookie.len), M(cookie.exp),
};

void sea_tcp_peers_save(struct sea_saver *to, const struct tcp_peers *peers)
{
	struct sea_list *node, *tmp;

	/* Their order in the table: a dump that is under way goes on where it was. */
	sea_save_u64(to, peers->key.k0);
	sea_save_u64(to, peers->key.k1);
	sea_save_u32(to, peers->table.n);
	SEA_LIST_EACH(node, tmp, (struct sea_list *)(uintptr_t)&peers->by_age)
	{
		const struct tcp_peer *peer = sea_container(node, struct tcp_peer, by_age);

		sea_tcp_save_members(to, peer, members, N(members));
		sea_save_bytes(to, peer->laddr.b, sizeof(peer->laddr.b));
		sea_save_bytes(to, peer->raddr.b, sizeof(peer->raddr.b));
		sea_save_bytes(to, peer->cookie.b, sizeof(peer->cookie.b));
	}
}

void sea_tcp_peers_load(struct sea_loader *from, struct tcp_peers *peers)
{
	struct sea_siphash_key old = { .k0 = sea_load_u64(from) };
	uint32_t n;

	old.k1 = sea_load_u64(from);
	if (!from->fresh_secrets)
		peers->key = old;
	n = sea_load_count(from, TCP_PEERS_MAX);
	while (n-- && !from->err) {
		struct tcp_peer peer = { 0 };

		sea_tcp_load_members(from, &peer, members, N(members));
		sea_load_bytes(from, peer.laddr.b, sizeof(peer.laddr.b));
		sea_load_bytes(from, peer.raddr.b, sizeof(peer.raddr.b));
		sea_load_bytes(from, peer.cookie.b, sizeof(peer.cookie.b));
		if (peer.cookie.len > SEA_TCP_COOKIE_MAX)
			sea_load_fail(from, -EINVAL);
		if (!from->err && !add(peers, &peer))
			sea_load_fail(from, -ENOMEM);
	}
}
