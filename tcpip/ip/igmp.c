/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IGMP, the host's side: queries that come in, reports that go out. Like Linux it does not ask for a
 * TTL of 1 or a router alert in what it hears.
 */
#include "ip/igmp.h"

#include "ip/ipv4.h"
#include "wire/igmp.h"

#define IGMP_HDR_LEN ((uint32_t)sizeof(struct sea_igmp_hdr))
#define TOS_INTERNETWORK_CONTROL 0xc0

static const struct sea_ipaddr all_hosts = { { 224, 0, 0, 1 } };
static const struct sea_ipaddr all_routers = { { 224, 0, 0, 2 } };
static const struct sea_ipaddr all_igmpv3_routers = { { 224, 0, 0, 22 } };
static const uint8_t router_alert[4] = { 0x94, 4, 0, 0 }; /* RFC 2113 */

/* -- what sysctls say -- */

/* RFC 3376 §6: of 224.0.0.1 nothing is ever told. */
static bool reported(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	const struct sea_ipv4_state *ip = sea_ipv4_of(g->link->stack);

	if (sea_ipaddr_equal(addr, &all_hosts))
		return false;
	return ip->sysctl.igmp_link_local_mcast_reports ||
	       !sea_ipv4_is_local_group(sea_ipaddr_to4(addr));
}

static enum sea_group_version version_max(const struct sea_groups *g)
{
	int32_t all = sea_ipv4_of(g->link->stack)->conf_all.force_igmp_version;
	int32_t own = sea_link_ip4(g->link)->conf.force_igmp_version;

	if (all == 1 || own == 1)
		return SEA_GROUP_V1;
	return all == 2 || own == 2 ? SEA_GROUP_V2 : SEA_GROUP_NEWEST;
}

static enum sea_group_version version_min(const struct sea_groups *g)
{
	(void)g; /* whatever is forced, as on Linux */
	return SEA_GROUP_V1;
}

static int32_t robustness(const struct sea_groups *g)
{
	return sea_ipv4_of(g->link->stack)->sysctl.igmp_qrv;
}

static uint8_t older_reports(const struct sea_groups *g)
{
	int32_t n = robustness(g);

	return n < 1 ? 1 : n > UINT8_MAX ? UINT8_MAX : (uint8_t)n;
}

static int64_t unsolicited_ns(const struct sea_groups *g, enum sea_group_version version)
{
	const struct sea_conf4 *conf = &sea_link_ip4(g->link)->conf;

	return (version == SEA_GROUP_NEWEST ? conf->igmpv3_unsolicited_report_interval
					    : conf->igmpv2_unsolicited_report_interval) *
	       SEA_MSEC;
}

/* -- out -- */

/* RFC 3376 §4.2.13: from an address of this link, or from none. */
static void own_source(const struct sea_link *link, struct sea_dst *dst)
{
	if (!sea_ifaddr4_is_own(link, sea_ipaddr_to4(&dst->src)))
		dst->src = (struct sea_ipaddr){ { 0 } };
}

/* The message is whole but for its checksum; consumes it. */
static void output(struct sea_groups *g, struct sea_pkt *pkt, const struct sea_ipaddr *to)
{
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_IGMP,
				      .tos = TOS_INTERNETWORK_CONTROL,
				      .ttl = 1,
				      .df = true,
				      .nofrag = true,
				      .not_to_self = true,
				      .opts = router_alert,
				      .opts_len = sizeof(router_alert) };
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .proto = SEA_IPPROTO_IGMP,
				       .oif = g->link->ifindex,
				       .dst = *to };
	struct sea_stack *stack = g->link->stack;
	struct sea_igmp_hdr *hdr = sea_pkt_peek(pkt, IGMP_HDR_LEN);
	struct sea_dst dst;
	uint16_t sum;

	if (sea_ip_route(stack, &flow, &dst)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_ROUTE);
		return;
	}
	own_source(g->link, &dst);
	sum = (uint16_t)~sea_csum_fold(sea_pkt_csum(pkt, 0, pkt->len, stack->csum));
	memcpy(hdr->sum.b, &sum, sizeof(sum));
	pkt->off_trans = sea_pkt_offset(pkt);
	pkt->time = stack->shard.now;
	(void)sea_ip_output(stack, pkt, &dst, &tx);
	sea_dst_put(stack, &dst);
}

static void send_older(struct sea_groups *g, const struct sea_ipaddr *addr,
		       enum sea_group_version version, bool leave)
{
	struct sea_pool *pool = &g->link->stack->shard.pool;
	struct sea_pkt *pkt = sea_pkt_new(pool, SEA_PKT_HEADROOM, IGMP_HDR_LEN);
	struct sea_igmp_hdr *hdr;

	if (!pkt)
		return;
	hdr = sea_pkt_put(pkt, IGMP_HDR_LEN);
	*hdr = (struct sea_igmp_hdr){ .group = sea_ipaddr_to4(addr) };
	hdr->type = leave                     ? SEA_IGMP_LEAVE
		    : version == SEA_GROUP_V1 ? SEA_IGMP_V1_REPORT
					      : SEA_IGMP_V2_REPORT;
	output(g, pkt, leave ? &all_routers : addr);
}

static void send_records(struct sea_groups *g, struct sea_pkt *pkt, uint16_t n)
{
	struct sea_igmp_report_v3 *hdr = sea_pkt_push(pkt, sizeof(*hdr));

	if (!hdr) {
		sea_pkt_drop(g->link->stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	*hdr = (struct sea_igmp_report_v3){ .type = SEA_IGMP_V3_REPORT,
					    .n_records = sea_be16_of(n) };
	output(g, pkt, &all_igmpv3_routers);
}

const struct sea_group_proto sea_igmp_group_proto = {
	.addr_len = 4,
	.overhead = sizeof(struct sea_ipv4_hdr) + sizeof(router_alert) +
		    sizeof(struct sea_igmp_report_v3),
	.reported = reported,
	.version_max = version_max,
	.version_min = version_min,
	.robustness = robustness,
	.older_reports = older_reports,
	.unsolicited_ns = unsolicited_ns,
	.send_older = send_older,
	.send_records = send_records,
};

/* -- in -- */

static enum sea_drop query(struct sea_groups *g, const uint8_t *msg, uint32_t len)
{
	struct sea_group_query q;

	if (!sea_igmp_query_parse(msg, len, &q))
		return SEA_DROP_IGMP_QUERY;
	sea_group_report_query(g, &q);
	return SEA_DROP_N;
}

/* One that was sent to a host alone, routers have not heard. */
static void report(struct sea_groups *g, const struct sea_pkt *pkt, const struct sea_igmp_hdr *hdr)
{
	struct sea_ipaddr addr = sea_ipaddr_of4(hdr->group);

	if (pkt->type == SEA_PKT_MULTICAST || pkt->type == SEA_PKT_BROADCAST)
		sea_group_report_overheard(g, &addr);
}

static enum sea_drop dispatch(struct sea_stack *stack, struct sea_pkt *pkt,
			      const struct sea_ip_rx *rx)
{
	struct sea_groups *g = &sea_link_ip4(rx->link)->groups;
	const struct sea_igmp_hdr *hdr;

	if (pkt->len < IGMP_HDR_LEN)
		return SEA_DROP_IGMP_SHORT;
	if (!sea_pkt_csum_verify(pkt, 0, stack->csum))
		return SEA_DROP_IGMP_CHECKSUM;
	hdr = sea_pkt_peek(pkt, pkt->len);
	if (!hdr)
		return SEA_DROP_IP_NO_MEMORY;
	switch (hdr->type) {
	case SEA_IGMP_QUERY:
		return query(g, (const uint8_t *)hdr, pkt->len);
	case SEA_IGMP_V1_REPORT:
	case SEA_IGMP_V2_REPORT:
		report(g, pkt, hdr);
		return SEA_DROP_N;
	case SEA_IGMP_V3_REPORT:
	case SEA_IGMP_LEAVE:
		return SEA_DROP_N; /* for routers */
	default:
		return SEA_DROP_IGMP_TYPE;
	}
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	enum sea_drop fault = dispatch(stack, pkt, rx);

	if (fault == SEA_DROP_N)
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(stack, pkt, fault);
}

const struct sea_ip_proto sea_igmp_ip_proto = {
	.proto = SEA_IPPROTO_IGMP,
	.family = SEA_AF_INET,
	.input = input,
};
