/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides who still gets memory when buffers or tcp_mem are full (Linux's rules). Below the limit but
 * under pressure, whoever holds little or less than its share does; above it nobody, but for what keeps
 * every stream moving: a segment for an empty receive queue, and tcp_wmem's least for a writer.
 */
#include "transport/tcp/memory.h"

#include <linux/sock_diag.h>

#include "core/minmax.h"
#include "transport/tcp/recovery.h"

/* Linux's SOCK_MIN_SNDBUF: who stores no more is not what memory is short of. */
#define SNDBUF_MIN 4608

#define SEGMENT_OVERHEAD 512u

/* -- all connections together -- */

static void note_limits(struct tcp_state *st)
{
	bool pressed = tcp_pressed(st);

	st->mem.ask = tcp_mem_bytes(st, !pressed);
	st->mem.relax = pressed ? tcp_mem_bytes(st, 0) : INT64_MIN;
}

static void enter_pressure(struct tcp_state *st)
{
	if (tcp_pressed(st))
		return;
	st->mem.pressed_since = st->stack->shard.now;
	note_limits(st);
	sea_stack_count(st->stack, SEA_MIB_TcpExtTCPMemoryPressures);
}

void sea_tcp_mem_relax(struct tcp_state *st)
{
	if (tcp_pressed(st) && st->mem.charged < tcp_mem_bytes(st, 0)) {
		int64_t ns = sea_time_diff(st->stack->shard.now, st->mem.pressed_since);

		sea_mib_add(&st->stack->shard.counters, SEA_MIB_TcpExtTCPMemoryPressuresChrono,
			    (uint64_t)(ns / SEA_MSEC));
		st->mem.pressed_since = SEA_TIME_NEVER;
	}
	note_limits(st);
}

static bool below_share(const struct tcp_conn *c)
{
	const struct tcp_state *st = sea_tcp_st(c);
	int64_t holds = (int64_t)c->sock.rmem_alloc + tcp_stored(c);

	return holds * st->n_conns < tcp_mem_bytes(st, 2);
}

/* May the connection be charged `more`? `little`: what it asks it for holds less than its least. */
static bool granted(const struct tcp_conn *c, uint32_t more, bool little)
{
	struct tcp_state *st = sea_tcp_st(c);
	int64_t sum = st->mem.charged + more;

	if (sum <= st->mem.ask)
		return true;
	sea_tcp_mem_relax(st);
	if (sum <= st->mem.ask)
		return true;
	if (sum > tcp_mem_bytes(st, 1))
		enter_pressure(st);
	if (sum > tcp_mem_bytes(st, 2))
		return false;
	return little || !tcp_pressed(st) || below_share(c);
}

bool sea_tcp_orphan_is_too_much(const struct tcp_conn *c, unsigned weight)
{
	const struct tcp_state *st = sea_tcp_st(c);

	if ((uint64_t)st->n_orphans * weight > (uint32_t)st->sysctl.max_orphans)
		return true;
	return st->mem.charged > tcp_mem_bytes(st, 2) && tcp_stored(c) > SNDBUF_MIN;
}

/* -- receiving -- */

static bool has_room(const struct tcp_conn *c, uint32_t truesize)
{
	return c->sock.rmem_alloc <= c->sock.rcvbuf &&
	       granted(c, truesize, c->sock.rmem_alloc < sea_tcp_st(c)->sysctl.rmem[0]);
}

void sea_tcp_restrain_window(struct tcp_conn *c)
{
	c->rcv_ssthresh = sea_min_u32(c->rcv_ssthresh, 4u * c->mss_advertised);
}

static bool may_ingest(const struct tcp_conn *c)
{
	return c->sock.rmem_alloc <= c->sock.rcvbuf;
}

/* A buffer that the program did not set grows to what is in it, while memory is plenty (Linux's tcp_clamp_window). */
static void clamp_window(struct tcp_conn *c)
{
	const struct tcp_state *st = sea_tcp_st(c);

	c->ack.quick = 0;
	if (c->sock.rcvbuf < st->sysctl.rmem[2] && !(c->sock.flags & SEA_SOCK_RCVBUF_LOCK) &&
	    !tcp_pressed(st) && st->mem.charged < tcp_mem_bytes(st, 0))
		c->sock.rcvbuf = c->sock.rmem_alloc < st->sysctl.rmem[2] ? c->sock.rmem_alloc
									 : st->sysctl.rmem[2];
	if (!may_ingest(c))
		c->rcv_ssthresh = sea_min_u32(c->window_clamp, 2u * c->mss_advertised);
}

/* Of what waits, something comes after `seq`. What comes last does not drive out what came before. */
static bool lies_before(sea_seq seq, const struct tcp_reasm *r)
{
	struct sea_rbnode *last = sea_rb_last(&r->by_seq);

	return last && sea_seq_le(seq, sea_container(last, struct tcp_rxcb, node)->seq);
}

/* An eighth of the buffer at a time, from the end, until there is room or what comes would be last. */
static bool prune(struct tcp_conn *c, sea_seq seq)
{
	struct tcp_reasm *r = &c->fl->reasm;
	bool pruned = false;

	while (lies_before(seq, r)) {
		uint32_t before = r->charged, eighth = (uint32_t)c->sock.rcvbuf >> 3;

		pruned = true;
		(void)sea_tcp_reasm_prune(r, c->sock.stack, seq,
					  before > eighth ? before - eighth : 0);
		tcp_uncharge_rx(c, before - r->charged);
		if (may_ingest(c) && !tcp_pressed(sea_tcp_st(c)))
			break;
	}
	if (pruned)
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtOfoPruned);
	return pruned;
}

/* Too much is queued already. */
static bool shed(struct tcp_conn *c, sea_seq seq)
{
	struct sea_stack *stack = c->sock.stack;

	if (!c->sock.rmem_alloc)
		return false;
	sea_stack_count(stack, SEA_MIB_TcpExtPruneCalled);
	if (!may_ingest(c))
		clamp_window(c);
	else if (tcp_pressed(sea_tcp_st(c)))
		sea_tcp_restrain_window(c);
	if (may_ingest(c))
		return true;
	sea_tcp_rcv_collapse(c);
	if (may_ingest(c))
		return true;
	(void)prune(c, seq);
	if (may_ingest(c))
		return true;
	sea_stack_count(stack, SEA_MIB_TcpExtRcvPruned);
	return false;
}

bool sea_tcp_make_room(struct tcp_conn *c, sea_seq seq, uint32_t truesize)
{
	if (has_room(c, truesize))
		return true;
	if (!shed(c, seq))
		return false;
	while (!has_room(c, truesize))
		if (!prune(c, seq))
			return false;
	return true;
}

/* -- what a program is told (SO_MEMINFO) -- */

/* A FIN that came alone stands in Linux's queue until it was read. It counts for nothing else here. */
static uint32_t lone_fin(const struct tcp_conn *c)
{
	bool unread = c->flags & TCP_F_FIN_RCVD && !c->rcvq.pkts.head &&
		      sea_seq_lt(c->rcvq.copied_seq, c->rcv_nxt);

	return unread ? SEA_TRUESIZE_TX_HEAD : 0;
}

void sea_tcp_meminfo(const struct sea_sock *sock, uint32_t v[9])
{
	const struct tcp_conn *c = sea_tcp_conn((struct sea_sock *)(uintptr_t)sock);
	uint32_t queued = tcp_wmem_queued(c), charged;

	if (tcp_fin_pending(c) && !c->fl->marks.n)
		queued += SEA_TRUESIZE_TX_HEAD;
	v[SK_MEMINFO_RMEM_ALLOC] += lone_fin(c);
	v[SK_MEMINFO_WMEM_QUEUED] = queued;
	/* Memory is bought by pages, and what is left of one is given back with it. */
	charged = v[SK_MEMINFO_RMEM_ALLOC] + queued;
	v[SK_MEMINFO_FWD_ALLOC] = -charged % TCP_MEM_PAGE;
}

/* -- sending -- */

/* The least power of two that is not below `v`; 1 < v <= 2^31. */
static uint32_t pow2_from(uint32_t v)
{
	return 1u << (32 - __builtin_clz(v - 1));
}

void sea_tcp_sndbuf_expand(struct tcp_conn *c)
{
	const struct tcp_state *st = sea_tcp_st(c);
	uint32_t cwnd, per_mss, mss;
	uint64_t want;

	if (c->sock.flags & SEA_SOCK_SNDBUF_LOCK || tcp_pressed(st) ||
	    st->mem.charged >= tcp_mem_bytes(st, 0))
		return;
	/* What one segment takes of Linux's memory, headers and bookkeeping included. */
	mss = c->mss_user ? sea_min_u32(c->mss_peer, c->mss_user) : c->mss_peer;
	per_mss = pow2_from(sea_max_u32(mss, c->mss_cache) + SEGMENT_OVERHEAD) +
		  SEA_TRUESIZE_DESCRIPTOR;
	cwnd = sea_max_u32(sea_max_u32(TCP_CWND_INIT, c->cc.cwnd), sea_tcp_reordering(c) + 1u);
	/* cwnd for what is out, as much for what comes next; who does not slow down for a loss needs more (as Linux). */
	want = (c->cc.ops->model ? UINT64_C(3) : 2) * cwnd * per_mss;
	if (want > (uint64_t)st->sysctl.wmem[2])
		want = (uint64_t)st->sysctl.wmem[2];
	if ((int64_t)want > c->sock.sndbuf)
		c->sock.sndbuf = (int32_t)want;
}

uint32_t sea_tcp_granted(const struct tcp_conn *c, uint32_t want)
{
	const struct tcp_state *st = sea_tcp_st(c);
	uint32_t len, least, head = sea_truesize_tx(0);
	int64_t left = 0;

	if (st->mem.charged + head + want <= st->mem.ask)
		return want;
	len = sea_tcp_sendbuf_len(&c->fl->sendbuf);
	least = (uint32_t)st->sysctl.wmem[0] > len ? (uint32_t)st->sysctl.wmem[0] - len : 0;
	if (granted(c, 0, least > 0))
		left = tcp_mem_bytes(st, 2) - st->mem.charged - head;
	if (left >= want)
		return want;
	return sea_min_u32(want, left > least ? (uint32_t)left : least);
}

/* Half of what is in it, then little is left to ask memory for. */
static void moderate_sndbuf(struct tcp_conn *c)
{
	uint32_t half = sea_min_u32((uint32_t)c->sock.sndbuf, tcp_wmem_queued(c) >> 1);

	if (!(c->sock.flags & SEA_SOCK_SNDBUF_LOCK))
		c->sock.sndbuf = (int32_t)sea_max_u32(half, SNDBUF_MIN);
}

uint32_t sea_tcp_take(struct tcp_conn *c, uint32_t want)
{
	uint32_t n = sea_tcp_granted(c, want);

	if (__builtin_expect(n == want, 1))
		return want;
	moderate_sndbuf(c);
	return tcp_wmem_queued(c) + want >= (uint32_t)c->sock.sndbuf ? want : n;
}

static uint32_t lowat(const struct tcp_conn *c)
{
	return c->side->notsent_lowat ? (uint32_t)c->side->notsent_lowat
				      : (uint32_t)sea_tcp_st(c)->sysctl.notsent_lowat;
}

bool sea_tcp_may_store(const struct tcp_conn *c)
{
	return tcp_wmem_queued(c) < (uint32_t)c->sock.sndbuf && tcp_unsent(c) < lowat(c);
}

bool sea_tcp_is_writable(const struct tcp_conn *c)
{
	uint32_t queued = tcp_wmem_queued(c), sndbuf = (uint32_t)c->sock.sndbuf;

	if (queued >= sndbuf || sndbuf - queued < queued / 2)
		return false;
	/* Half of the mark is to be free, too, lest every byte that leaves wakes the writer. */
	return (uint64_t)tcp_unsent(c) * 2 < lowat(c) && sea_tcp_granted(c, 1);
}

/* The buffer grows when it is what holds the sender up: somebody waits for room, and the window is not full (as Linux). */
void sea_tcp_check_space(struct tcp_conn *c)
{
	if (c->flags & TCP_F_NOSPACE && sea_tcp_txq_in_flight(&c->fl->txq) < c->cc.cwnd)
		sea_tcp_sndbuf_expand(c);
	sea_tcp_write_space(c);
}

void sea_tcp_write_space(struct tcp_conn *c)
{
	if (c->flags & TCP_F_NOSPACE && sea_tcp_is_writable(c)) {
		tcp_clear(c, TCP_F_NOSPACE);
		sea_sock_raise(&c->sock, SEA_POLLOUT);
	}
	if (!(c->flags & TCP_F_NOSPACE))
		sea_tcp_chrono_stop(c, TCP_CHRONO_SNDBUF_LIMITED);
}
