/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of every connection between entries. */
#include "tests/sim/check.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/state.h"

/* In order, without a gap, up to RCV.NXT; returns what it is charged. */
static int64_t check_receive_queue(struct sim_world *w, const struct tcp_conn *c)
{
	const struct sea_pkt *pkt = c->rcvq.pkts.head;
	int64_t charged = 0;
	uint64_t bytes = 0;
	uint32_t n = 0;
	sea_seq at = pkt ? TCP_RXCB(pkt)->seq : c->rcvq.copied_seq;

	SIM_CHECK(w, sea_seq_le(at, c->rcvq.copied_seq));
	for (; pkt; pkt = pkt->next) {
		const struct tcp_rxcb *cb = TCP_RXCB(pkt);

		SIM_CHECK(w, sea_seq_eq(cb->seq, at));
		SIM_CHECK(w, pkt->len && sea_seq_diff(cb->end, cb->seq) == (int32_t)pkt->len);
		sim_check_kept(w, pkt);
		charged += pkt->charged;
		bytes += pkt->len;
		at = cb->end;
		n++;
	}
	SIM_CHECK(w, n == c->rcvq.pkts.n && bytes == c->rcvq.pkts.bytes);
	if (n)
		SIM_CHECK(w,
			  sea_seq_eq(sea_seq_add(at, !!(c->flags & TCP_F_FIN_RCVD)), c->rcv_nxt));
	return charged;
}

/* Ahead of RCV.NXT, never overlapping. */
static int64_t check_reasm(struct sim_world *w, const struct tcp_conn *c)
{
	int64_t charged = 0;
	sea_seq at = c->rcv_nxt;
	uint32_t n = 0;

	SIM_CHECK(w, sea_tcp_reasm_check(&c->fl->reasm));
	for (const struct sea_rbnode *node = sea_rb_first(&c->fl->reasm.by_seq); node;
	     node = sea_rb_next(node)) {
		const struct sea_pkt *pkt = sea_container(node, struct sea_pkt, cb);

		SIM_CHECK(w, n == 0 ? sea_seq_gt(TCP_RXCB(pkt)->seq, at)
				    : sea_seq_ge(TCP_RXCB(pkt)->seq, at));
		at = TCP_RXCB(pkt)->end;
		sim_check_kept(w, pkt);
		charged += pkt->charged;
		n++;
	}
	SIM_CHECK(w, n == c->fl->reasm.n && charged == c->fl->reasm.charged);
	return charged;
}

/* SND.UNA <= SND.NXT; what is out or waits is stored. */
static void check_send_side(struct sim_world *w, const struct tcp_conn *c)
{
	const struct tcp_txseg *first = sea_tcp_txq_first(&c->fl->txq);
	const struct tcp_txseg *last = sea_tcp_txq_last(&c->fl->txq);

	SIM_CHECK(w, sea_tcp_txq_check(&c->fl->txq));
	SIM_CHECK(w, sea_seq_le(c->snd_una, c->snd_nxt));
	SIM_CHECK(w, c->cc.cwnd > 0 && c->mss_cache > 0);
	if (first) {
		SIM_CHECK(w, sea_seq_eq(first->seq, c->snd_una));
		SIM_CHECK(w, sea_seq_eq(last->end, c->snd_nxt));
	} else if (tcp_in(c, TCP_SYNCHRONIZED)) {
		SIM_CHECK(w, sea_seq_eq(c->snd_una, c->snd_nxt));
	}
	if (sea_tcp_sendbuf_len(&c->fl->sendbuf)) {
		SIM_CHECK(w, sea_seq_eq(c->fl->sendbuf.end, c->write_seq));
		SIM_CHECK(w, sea_seq_le(c->fl->sendbuf.start,
					sea_seq_max(c->snd_una, sea_seq_add(c->iss, 1))) ||
				     c->state == TCP_S_SYN_SENT || c->state == TCP_S_SYN_RECV);
	}
}

/* What waits for the peer waits with a clock. */
static void check_timers(struct sim_world *w, const struct tcp_conn *c)
{
	bool waits = c->fl->txq.packets_out || tcp_unsent(c) || tcp_fin_pending(c);
	sea_time due = SEA_TIME_NEVER;

	for (unsigned i = 0; i < TCP_TIMER_N; i++)
		due = sea_time_min(due, c->due[i]);
	SIM_CHECK(w, c->timer.deadline.ns <= due.ns);
	if (c->state == TCP_S_CLOSED || c->state == TCP_S_LISTEN)
		return;
	if (c->fl->txq.packets_out)
		SIM_CHECK(w, !sea_time_is_never(c->due[TCP_TIMER_RTX]));
	if (waits && tcp_in(c, TCP_SYNCHRONIZED) && !(c->flags & TCP_F_CORK))
		SIM_CHECK(w, !sea_time_is_never(c->due[TCP_TIMER_RTX]) || (c->flags & TCP_F_TSQ) ||
				     sea_list_linked(&c->work.node));
	if (c->flags & TCP_F_TSQ)
		SIM_CHECK(w, c->sock.wmem_alloc > 0 || sea_list_linked(&c->work.node));
}

/* Returns what it is charged in all. */
static int64_t check_conn(struct sim_world *w, const struct tcp_conn *c)
{
	int64_t charged = check_receive_queue(w, c) + check_reasm(w, c);

	if (charged != c->sock.rmem_alloc)
		sim_fail(w, "a connection in %s is charged %d bytes for queues that hold %lld",
			 sea_tcp_state_name(c->state), c->sock.rmem_alloc, (long long)charged);
	check_send_side(w, c);
	check_timers(w, c);
	return charged + tcp_stored(c);
}

/* The queue of those that wait to be accepted; they have no handle yet. */
static int64_t check_listener(struct sim_world *w, const struct tcp_conn *c)
{
	const struct tcp_listen *l = c->listen;
	struct sea_list *node, *tmp;
	uint32_t n = 0, reqs = 0;
	int64_t charged = 0;

	SEA_LIST_EACH(node, tmp, &l->accept_queue)
	{
		const struct tcp_conn *child = sea_container(node, struct tcp_conn, accept_node);

		SIM_CHECK(w, child->parent == c);
		charged += check_conn(w, child);
		n++;
	}
	SEA_LIST_EACH(node, tmp, &l->reqs)
	{
		const struct tcp_req *req = sea_container(node, struct tcp_req, list);

		SIM_CHECK(w, req->listener == c && sea_timer_armed(&req->timer));
		reqs++;
	}
	SIM_CHECK(w, n == l->n_accept && reqs == l->n_reqs && l->n_young <= l->n_reqs);
	return charged;
}

static void check_time_waits(struct sim_world *w, const struct tcp_state *st)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &st->time_waits)
	{
		const struct tcp_tw *tw = sea_container(node, struct tcp_tw, list);

		SIM_CHECK(w, sea_timer_armed(&tw->timer));
		n++;
	}
	SIM_CHECK(w, n == st->n_time_wait);
}

static int64_t check_flows(struct sim_world *w, const struct tcp_state *st)
{
	struct tcp_walk walk = { 0 };
	struct tcp_node *n;
	uint32_t orphans = 0;
	int64_t charged = 0;

	while ((n = sea_tcp_flow_walk(&st->table, &walk))) {
		const struct tcp_conn *c = sea_container(n, struct tcp_conn, node);

		if (n->kind != TCP_KIND_CONN)
			continue;
		orphans += !!(c->flags & TCP_F_ORPHAN);
		if (sea_socket_is_none(c->sock.handle) && !c->parent)
			charged += check_conn(w, c);
	}
	SIM_CHECK(w, orphans == st->n_orphans);
	return charged;
}

void sim_check_tcp(struct sim_host *h)
{
	const struct sea_sock_table *t = &h->stack->shard.socks;
	int64_t charged = 0;

	for (uint32_t i = 0; i < t->n_slots; i++) {
		struct sea_sock *sock = t->slots[i].sock;

		if (!sock || sock->protocol != IPPROTO_TCP)
			continue;
		charged += check_conn(h->world, sea_tcp_conn(sock));
		if (sea_tcp_conn(sock)->state == TCP_S_LISTEN)
			charged += check_listener(h->world, sea_tcp_conn(sock));
	}
	check_time_waits(h->world, sea_tcp_of(h->stack));
	charged += check_flows(h->world, sea_tcp_of(h->stack));
	SIM_CHECK(h->world, charged == sea_tcp_of(h->stack)->mem.charged);
}
