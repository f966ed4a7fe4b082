// SPDX-License-Identifier: Apache-2.0
/* ip(8): addresses, links and routes, in its own words. */
#include "packetimpact/dut/seastack_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/tcp_metrics.h>

#include "core/link.h"
#include "tools/cli/parse.h"

/* Where the words are read, and whose family they are of (0: not said). */
struct reader {
	struct sea_proc_cmd *cmd;
	int at;
	uint8_t family;
};

static bool is(const struct reader *r, const char *word)
{
	return sea_proc_cmd_is(r->cmd, r->at, word);
}

static bool took(struct reader *r, const char *word)
{
	bool same = is(r, word);

	r->at += same;
	return same;
}

static bool more(const struct reader *r)
{
	return r->at < r->cmd->argc;
}

static bool take_number(struct reader *r, uint32_t *value)
{
	return sea_proc_cmd_number(r->cmd, r->at++, value);
}

static bool take_addr(struct reader *r, struct sea_addr *addr)
{
	return more(r) && sea_addr_parse(r->cmd->argv[r->at++], addr);
}

static bool take_prefix(struct reader *r, struct sea_addr *addr, uint8_t *len)
{
	if (took(r, "default")) {
		*addr = (struct sea_addr){ .family = r->family ? r->family : SEA_AF_INET };
		*len = 0;
		return true;
	}
	return more(r) && sea_addr_parse_prefix(r->cmd->argv[r->at++], addr, len);
}

static bool take_dev(struct reader *r, int *ifindex)
{
	struct sea_link *link;

	if (!more(r))
		return false;
	link = sea_link_by_name(r->cmd->proc->stack, r->cmd->argv[r->at++]);
	*ifindex = link ? link->ifindex : 0;
	return link;
}

static int answer(const struct reader *r, int err)
{
	if (err)
		dprintf(r->cmd->err, "RTNETLINK answers: %s\n", strerror(-err));
	return err ? 2 : 0;
}

/* -- ip route -- */

/* A number that has a name of its own; false: the word is no such. */
static bool take_metric(struct reader *r, struct sea_route *route, bool *ok)
{
	const struct {
		const char *name;
		uint32_t *value;
	} numbers[] = {
		{ "advmss", &route->metrics.advmss },
		{ "initcwnd", &route->metrics.initcwnd },
		{ "initrwnd", &route->metrics.initrwnd },
		{ "window", &route->metrics.window },
		{ "metric", &route->metric },
		{ "table", &route->table },
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!took(r, numbers[i].name))
			continue;
		*ok = take_number(r, numbers[i].value);
		return true;
	}
	return false;
}

static bool take_mtu(struct reader *r, struct sea_route_metrics *m)
{
	m->mtu_lock = took(r, "lock");
	return take_number(r, &m->mtu);
}

static bool take_rto_min(struct reader *r, struct sea_route_metrics *m)
{
	int64_t ns;

	if (!more(r) || !sea_parse_duration(r->cmd->argv[r->at++], &ns))
		return false;
	m->rto_min_ms = (uint32_t)(ns / SEA_MSEC);
	return true;
}

static bool take_congctl(struct reader *r, struct sea_route_metrics *m)
{
	if (!more(r) || strlen(r->cmd->argv[r->at]) >= sizeof(m->congctl))
		return false;
	snprintf(m->congctl, sizeof(m->congctl), "%s", r->cmd->argv[r->at++]);
	return true;
}

static bool take_flag(struct reader *r, bool *flag)
{
	uint32_t value;

	if (!take_number(r, &value))
		return false;
	*flag = value;
	return true;
}

static bool take_hoplimit(struct reader *r, uint8_t *hops)
{
	uint32_t value;

	if (!take_number(r, &value) || value > 255)
		return false;
	*hops = (uint8_t)value;
	return true;
}

static bool take_features(struct reader *r, struct sea_route_metrics *metrics)
{
	metrics->ecn = took(r, "ecn");
	return metrics->ecn;
}

static bool take_route_word(struct reader *r, struct sea_route *route)
{
	bool ok;

	if (take_metric(r, route, &ok))
		return ok;
	if (took(r, "via"))
		return take_addr(r, &route->gateway);
	if (took(r, "dev"))
		return take_dev(r, &route->ifindex);
	if (took(r, "src"))
		return take_addr(r, &route->prefsrc);
	if (took(r, "mtu"))
		return take_mtu(r, &route->metrics);
	if (took(r, "rto_min"))
		return take_rto_min(r, &route->metrics);
	if (took(r, "congctl"))
		return take_congctl(r, &route->metrics);
	if (took(r, "quickack"))
		return take_flag(r, &route->metrics.quickack);
	if (took(r, "features"))
		return take_features(r, &route->metrics);
	return took(r, "hoplimit") && take_hoplimit(r, &route->metrics.hoplimit);
}

static bool take_route(struct reader *r, struct sea_route *route)
{
	if (!take_prefix(r, &route->dst, &route->prefix_len))
		return false;
	while (more(r))
		if (!take_route_word(r, route))
			return false;
	if (!route->gateway.family)
		route->scope = SEA_SCOPE_LINK;
	return true;
}

static int run_route(struct reader *r)
{
	static const struct {
		const char *name;
		uint32_t flags; /* 0: delete */
	} verbs[] = {
		{ "add", SEA_NLM_F_CREATE | SEA_NLM_F_EXCL },
		{ "change", SEA_NLM_F_REPLACE },
		{ "replace", SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE },
		{ "append", SEA_NLM_F_CREATE | SEA_NLM_F_APPEND },
		{ "prepend", SEA_NLM_F_CREATE },
		{ "del", 0 },
		{ "delete", 0 },
	};
	struct sea_proc *proc = r->cmd->proc;
	struct sea_route route = { .size = sizeof(route), .type = SEA_ROUTE_UNICAST };

	for (unsigned i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!took(r, verbs[i].name))
			continue;
		if (!take_route(r, &route))
			return sea_proc_cmd_fail(r->cmd, 1, "this is no route");
		if (!verbs[i].flags)
			return answer(r, sea_route_del(proc->stack, &route, proc->now));
		route.protocol = 3; /* RTPROT_BOOT */
		return answer(r, sea_route_change(proc->stack, &route, verbs[i].flags, proc->now));
	}
	return sea_proc_cmd_fail(r->cmd, 1, "route add, change, replace, append, prepend or del");
}

/* -- ip addr, ip link -- */

static int run_addr(struct reader *r)
{
	struct sea_proc *proc = r->cmd->proc;
	struct sea_ifaddr addr = { .size = sizeof(addr) };
	bool add = took(r, "add");

	if (!add && !took(r, "del") && !took(r, "delete"))
		return sea_proc_cmd_fail(r->cmd, 1, "addr add or del");
	if (!take_prefix(r, &addr.local, &addr.prefix_len))
		return sea_proc_cmd_fail(r->cmd, 1, "an address is missing");
	while (more(r)) {
		if (took(r, "nodad"))
			addr.flags |= SEA_IFA_NODAD;
		else if (!took(r, "dev") || !take_dev(r, &addr.ifindex))
			return sea_proc_cmd_fail(r->cmd, 1, "only `dev` and `nodad`");
	}
	return answer(r, add ? sea_ifaddr_add(proc->stack, &addr, proc->now)
			     : sea_ifaddr_del(proc->stack, &addr, proc->now));
}

static int set_link(struct reader *r, struct sea_link *link)
{
	sea_time now = r->cmd->proc->now;
	int err = 0;

	while (!err && more(r)) {
		uint32_t value;
		bool up = is(r, "up");

		if (took(r, "up") || took(r, "down"))
			err = sea_link_set_up(link, up, now);
		else if (took(r, "mtu") && take_number(r, &value))
			err = sea_link_set_mtu(link, value, now);
		else if (took(r, "txqueuelen") && take_number(r, &value))
			link->txqueuelen = value;
		else
			return sea_proc_cmd_fail(r->cmd, 1, "only up, down, mtu and txqueuelen");
	}
	return answer(r, err);
}

static int run_link(struct reader *r)
{
	int ifindex;

	if (!took(r, "set"))
		return sea_proc_cmd_fail(r->cmd, 1, "link set");
	(void)took(r, "dev");
	if (!take_dev(r, &ifindex))
		return sea_proc_cmd_fail(r->cmd, 1, "Cannot find device");
	return set_link(r, sea_link_by_index(r->cmd->proc->stack, ifindex));
}

/* -- ip tcp_metrics -- */

static int show_metrics(struct reader *r)
{
	struct sea_tcp_metrics m = { .size = sizeof(m) };
	char dst[SEA_ADDR_TEXT_MAX], src[SEA_ADDR_TEXT_MAX];
	uint64_t cursor = 0;

	while (sea_tcp_metrics_next(r->cmd->proc->stack, &cursor, &m)) {
		dprintf(r->cmd->out, "%s age %.3fsec", sea_addr_text(&m.dst, dst),
			(double)m.age_ns / 1e9);
		if (m.ssthresh)
			dprintf(r->cmd->out, " ssthresh %u", m.ssthresh);
		if (m.cwnd)
			dprintf(r->cmd->out, " cwnd %u", m.cwnd);
		if (m.reordering)
			dprintf(r->cmd->out, " reordering %u", m.reordering);
		if (m.rtt_us)
			dprintf(r->cmd->out, " rtt %uus", m.rtt_us);
		if (m.rttvar_us)
			dprintf(r->cmd->out, " rttvar %uus", m.rttvar_us);
		dprintf(r->cmd->out, " source %s\n", sea_addr_text(&m.src, src));
	}
	return 0;
}

static int run_metrics(struct reader *r)
{
	struct sea_proc *proc = r->cmd->proc;
	struct sea_addr dst;

	if (!more(r) || took(r, "show"))
		return more(r) ? sea_proc_cmd_fail(r->cmd, 1, "tcp_metrics show") : show_metrics(r);
	if (took(r, "flush") && (took(r, "all") || !more(r)) && !more(r))
		return answer(r, sea_tcp_metrics_flush(proc->stack, proc->now));
	if ((took(r, "delete") || took(r, "del")) && take_addr(r, &dst) && !more(r))
		return answer(r, sea_tcp_metrics_del(proc->stack, &dst, NULL, proc->now));
	return sea_proc_cmd_fail(r->cmd, 1, "tcp_metrics show, flush all or delete ADDRESS");
}

int sea_proc_cmd_ip(struct sea_proc_cmd *cmd)
{
	struct reader r = { .cmd = cmd, .at = 1 };

	if (took(&r, "-4"))
		r.family = SEA_AF_INET;
	else if (took(&r, "-6"))
		r.family = SEA_AF_INET6;
	if (took(&r, "route"))
		return run_route(&r);
	if (took(&r, "addr") || took(&r, "address"))
		return run_addr(&r);
	if (took(&r, "link"))
		return run_link(&r);
	if (took(&r, "tcp_metrics"))
		return run_metrics(&r);
	return sea_proc_cmd_fail(cmd, 1, "route, addr, link or tcp_metrics");
}
