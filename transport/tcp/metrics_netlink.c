/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of peers, shown and forgotten by generic netlink: the family tcp_metrics (ip-tcp_metrics(8)). */
#include <errno.h>
#include <string.h>

#include <linux/tcp_metrics.h>

#include <seastack/modules.h>

#include "core/minmax.h"
#include "netlink/genl.h"
#include "transport/tcp/conn.h"

#define ROOM 512 /* of one answer: its attributes take less than half */

static const struct sea_genl_family family;

/* -- shown -- */

static void put_addr(struct sea_nl_out *out, uint16_t type4, uint16_t type6, uint8_t af,
		     const struct sea_ipaddr *ip)
{
	if (af == SEA_AF_INET)
		sea_nl_put(out, type4, ip->b, 4);
	else
		sea_nl_put(out, type6, ip->b, sizeof(ip->b));
}

/* Times in both units, the finer first (as Linux); what is not known is left out. */
static void put_time(struct sea_nl_out *out, unsigned us_metric, unsigned ms_metric, uint32_t us)
{
	if (!us)
		return;
	sea_nl_put_u32(out, (uint16_t)(us_metric + 1), us);
	sea_nl_put_u32(out, (uint16_t)(ms_metric + 1), sea_max_u32(us / 1000, 1));
}

static void put_count(struct sea_nl_out *out, unsigned metric, uint32_t v)
{
	if (v)
		sea_nl_put_u32(out, (uint16_t)(metric + 1), v);
}

static void put_values(struct sea_nl_out *out, const struct tcp_peer *peer)
{
	uint32_t nest = sea_nl_nest(out, TCP_METRICS_ATTR_VALS), empty = out->len;

	put_time(out, TCP_METRIC_RTT_US, TCP_METRIC_RTT, peer->rtt_us);
	put_time(out, TCP_METRIC_RTTVAR_US, TCP_METRIC_RTTVAR, peer->rttvar_us);
	put_count(out, TCP_METRIC_SSTHRESH, peer->ssthresh);
	put_count(out, TCP_METRIC_CWND, peer->cwnd);
	put_count(out, TCP_METRIC_REORDERING, peer->reordering);
	if (out->len == empty)
		sea_nl_nest_cancel(out, nest);
	else
		sea_nl_nest_end(out, nest);
}

static uint64_t ms_since(const struct sea_stack *stack, sea_time t)
{
	return (uint64_t)(sea_time_diff(stack->shard.now, t) / SEA_MSEC);
}

static void put_fastopen(struct sea_nl_out *out, const struct sea_stack *stack,
			 const struct tcp_peer *peer)
{
	if (peer->syn_mss)
		sea_nl_put_u16(out, TCP_METRICS_ATTR_FOPEN_MSS, peer->syn_mss);
	if (peer->syn_losses) {
		sea_nl_put_u16(out, TCP_METRICS_ATTR_FOPEN_SYN_DROPS, peer->syn_losses);
		sea_nl_put_u64(out, TCP_METRICS_ATTR_FOPEN_SYN_DROP_TS,
			       ms_since(stack, peer->syn_lost));
	}
	if (peer->cookie.len)
		sea_nl_put(out, TCP_METRICS_ATTR_FOPEN_COOKIE, peer->cookie.b, peer->cookie.len);
}

/* Behind the header. False: there was no room. */
static bool write_rest(struct sea_nl_out *out, const struct sea_stack *stack,
		       const struct tcp_peer *peer)
{
	put_addr(out, TCP_METRICS_ATTR_ADDR_IPV4, TCP_METRICS_ATTR_ADDR_IPV6, peer->family,
		 &peer->raddr);
	put_addr(out, TCP_METRICS_ATTR_SADDR_IPV4, TCP_METRICS_ATTR_SADDR_IPV6, peer->family,
		 &peer->laddr);
	sea_nl_put_u64(out, TCP_METRICS_ATTR_AGE, ms_since(stack, peer->begun));
	put_values(out, peer);
	put_fastopen(out, stack, peer);
	return sea_nl_end(out);
}

/* -- asked -- */

/* False: neither attribute is there. */
static bool read_addr(const struct sea_nl_attr *v4, const struct sea_nl_attr *v6,
		      struct sea_addr *addr)
{
	const struct sea_nl_attr *a = v4->value ? v4 : v6;

	*addr = (struct sea_addr){ .family = v4->value ? SEA_AF_INET : SEA_AF_INET6 };
	if (!a->value)
		return false;
	memcpy(addr->b, a->value, v4->value ? 4 : sizeof(addr->b));
	return true;
}

static bool read_dst(const struct sea_genl_req *r, struct sea_addr *dst)
{
	return read_addr(&r->attrs[TCP_METRICS_ATTR_ADDR_IPV4],
			 &r->attrs[TCP_METRICS_ATTR_ADDR_IPV6], dst);
}

/* Family 0: it is not asked for. */
static void read_src(const struct sea_genl_req *r, struct sea_addr *src)
{
	if (!read_addr(&r->attrs[TCP_METRICS_ATTR_SADDR_IPV4],
		       &r->attrs[TCP_METRICS_ATTR_SADDR_IPV6], src))
		src->family = 0;
}

static int get(struct sea_genl_req *r)
{
	struct sea_stack *stack = r->req->stack;
	uint8_t bytes[ROOM] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	const struct tcp_peer *peer;
	struct sea_addr dst, src;

	if (!read_dst(r, &dst))
		return -EAFNOSUPPORT;
	read_src(r, &src);
	peer = sea_tcp_peers_by_addr(&sea_tcp_of(stack)->peers, &dst, &src);
	if (!peer)
		return -ESRCH;
	sea_genl_answer(&out, r, TCP_METRICS_CMD_GET);
	return write_rest(&out, stack, peer) ? sea_nl_answer(r->req, &out) : -EMSGSIZE;
}

static int del(struct sea_genl_req *r)
{
	struct tcp_peers *peers = &sea_tcp_of(r->req->stack)->peers;
	struct sea_addr dst, src;
	struct tcp_peer *peer;
	int err = -ESRCH;

	if (!read_dst(r, &dst)) {
		sea_tcp_peers_flush(peers);
		return 0;
	}
	read_src(r, &src);
	while ((peer = sea_tcp_peers_by_addr(peers, &dst, &src))) {
		sea_tcp_peers_forget(peers, peer);
		err = 0;
	}
	return err;
}

/* What a dump remembers: the place in the table. */
static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_htable *table = &sea_tcp_of(d->stack)->peers.table;
	uint64_t place = d->arg[0];
	struct sea_hnode *h;

	while ((h = sea_htable_walk(table, &place))) {
		sea_genl_piece(out, d, &family, TCP_METRICS_CMD_GET);
		if (!write_rest(out, d->stack, sea_container(h, struct tcp_peer, hnode)))
			return 1;
		d->arg[0] = place;
	}
	return 0;
}

/* -- the family -- */

static const struct sea_nl_policy policy[TCP_METRICS_ATTR_MAX + 1] = {
	[TCP_METRICS_ATTR_ADDR_IPV4] = { .type = SEA_NL_U32 },
	[TCP_METRICS_ATTR_ADDR_IPV6] = SEA_NL_EXACTLY(16),
	[TCP_METRICS_ATTR_SADDR_IPV4] = { .type = SEA_NL_U32 },
	[TCP_METRICS_ATTR_SADDR_IPV6] = SEA_NL_EXACTLY(16),
};

static const struct sea_genl_op ops[] = {
	{ .cmd = TCP_METRICS_CMD_GET,
	  .liberal = true,
	  .dump_not_judged = true,
	  .policy = policy,
	  .max_attr = TCP_METRICS_ATTR_MAX,
	  .doit = get,
	  .dump = dump },
	{ .cmd = TCP_METRICS_CMD_DEL,
	  .perm = GENL_ADMIN_PERM,
	  .liberal = true,
	  .policy = policy,
	  .max_attr = TCP_METRICS_ATTR_MAX,
	  .doit = del },
};

static const struct sea_genl_family family = {
	.name = TCP_METRICS_GENL_NAME,
	.version = TCP_METRICS_GENL_VERSION,
	.strict_from = TCP_METRICS_CMD_DEL + 1,
	.max_attr = TCP_METRICS_ATTR_MAX,
	.ops = ops,
	.n_ops = sizeof(ops) / sizeof(ops[0]),
};

static int init(struct sea_stack *stack, void **state)
{
	*state = NULL;
	sea_genl_add(stack, &family);
	return 0;
}

const struct sea_module sea_tcp_metrics_netlink = {
	.name = "tcp_metrics",
	.id = SEA_MODULE_TCP_METRICS,
	.needs = 1u << SEA_MODULE_GENL | 1u << SEA_MODULE_TCP,
	.init = init,
};
