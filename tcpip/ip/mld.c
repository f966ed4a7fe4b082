/* SPDX-License-Identifier: Apache-2.0 */
/* MLD, the host's side: queries that come in, reports that go out. */
#include "ip/mld.h"

#include "ip/icmp6.h"
#include "wire/mld.h"
#include "wire/ndp.h"

#define HDR_LEN ((uint32_t)sizeof(struct sea_mld_hdr))
#define ROBUSTNESS_MIN 2 /* that a querier may ask for, unless the sysctl is below */
#define SCOPE_LINK 2

static const struct sea_ipaddr all_nodes = { { 0xff, 0x02, [15] = 0x01 } };
static const struct sea_ipaddr all_routers = { { 0xff, 0x02, [15] = 0x02 } };
static const struct sea_ipaddr all_mldv2_routers = { { 0xff, 0x02, [15] = 0x16 } };

/* -- what sysctls say -- */

/* RFC 3810 §6: never of all nodes, nor of what does not leave the node. */
static bool reported(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	return sea_link_ip6(g->link)->running && !sea_ipaddr_equal(addr, &all_nodes) &&
	       sea_in6_group_scope(addr->b) >= SCOPE_LINK;
}

/* The link's own counts only where "all" says nothing. */
static int32_t forced(const struct sea_groups *g)
{
	int32_t all = sea_ipv6_of(g->link->stack)->conf_all.force_mld_version;

	return all ? all : sea_link_ip6(g->link)->conf.force_mld_version;
}

static enum sea_group_version version_max(const struct sea_groups *g)
{
	return forced(g) == 1 ? SEA_GROUP_V2 : SEA_GROUP_NEWEST;
}

static enum sea_group_version version_min(const struct sea_groups *g)
{
	return forced(g) == 2 ? SEA_GROUP_NEWEST : SEA_GROUP_V2;
}

static int32_t robustness(const struct sea_groups *g)
{
	return sea_ipv6_of(g->link->stack)->sysctl.mld_qrv;
}

static uint8_t older_reports(const struct sea_groups *g)
{
	(void)g;
	return 2; /* RFC 2710 §4: repeated once or twice */
}

static int64_t unsolicited_ns(const struct sea_groups *g, enum sea_group_version version)
{
	const struct sea_conf6 *conf = &sea_link_ip6(g->link)->conf;

	return (version == SEA_GROUP_NEWEST ? conf->mldv2_unsolicited_report_interval
					    : conf->mldv1_unsolicited_report_interval) *
	       SEA_MSEC;
}

/* -- out -- */

/* From the link-local address, or where there is none yet from nobody (RFC 3590). Consumes. */
static void output(struct sea_groups *g, struct sea_pkt *pkt, const struct sea_ipaddr *to)
{
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_ICMPV6,
				      .ttl = 1,
				      .auto_label = SEA_AUTO_LABEL_OFF,
				      .not_to_self = true,
				      .opts = sea_mld_alert,
				      .opts_len = SEA_MLD_ALERT_LEN,
				      .opts_next = 0 };
	struct sea_stack *stack = g->link->stack;
	struct sea_dst dst = { .gen = stack->route_gen,
			       .family = SEA_AF_INET6,
			       .type = SEA_ROUTE_MULTICAST,
			       .mtu = sea_ipv6_link_mtu(g->link),
			       .link = g->link,
			       .dst = *to };

	if (!sea_ifaddr6_link_local(g->link, &dst.src))
		dst.src = (struct sea_ipaddr){ { 0 } };
	pkt->time = stack->shard.now;
	sea_icmp6_output(stack, pkt, &dst, &tx);
	sea_dst_put(stack, &dst);
}

static void send_older(struct sea_groups *g, const struct sea_ipaddr *addr,
		       enum sea_group_version version, bool leave)
{
	struct sea_pkt *pkt = sea_pkt_new(&g->link->stack->shard.pool, SEA_PKT_HEADROOM, HDR_LEN);
	struct sea_mld_hdr *hdr;

	(void)version; /* there is only one */
	if (!pkt)
		return;
	hdr = sea_pkt_put(pkt, HDR_LEN);
	*hdr = (struct sea_mld_hdr){ .type = leave ? SEA_ICMP6_MLD_DONE : SEA_ICMP6_MLD_REPORT };
	memcpy(hdr->group, addr->b, sizeof(hdr->group));
	output(g, pkt, leave ? &all_routers : addr);
}

static void send_records(struct sea_groups *g, struct sea_pkt *pkt, uint16_t n)
{
	struct sea_mld_report_v2 *hdr = sea_pkt_push(pkt, sizeof(*hdr));

	if (!hdr) {
		sea_pkt_drop(g->link->stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	*hdr = (struct sea_mld_report_v2){ .type = SEA_ICMP6_MLD2_REPORT,
					   .n_records = sea_be16_of(n) };
	output(g, pkt, &all_mldv2_routers);
}

const struct sea_group_proto sea_mld_group_proto = {
	.addr_len = 16,
	.overhead =
		sizeof(struct sea_ipv6_hdr) + SEA_MLD_ALERT_LEN + sizeof(struct sea_mld_report_v2),
	.reported = reported,
	.version_max = version_max,
	.version_min = version_min,
	.robustness = robustness,
	.older_reports = older_reports,
	.unsolicited_ns = unsolicited_ns,
	.send_older = send_older,
	.send_records = send_records,
};

void sea_mld_address_ready(struct sea_link *link)
{
	struct sea_groups *g = &sea_link_ip6(link)->groups;

	if (sea_group_report_version(g) == SEA_GROUP_NEWEST)
		sea_group_report_all(g);
}

/* -- in -- */

/* RFC 3810 §6.2: from this link, and meant for whoever is on the way. */
static bool is_from_link(const struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const uint8_t *ip = sea_pkt_at(pkt, pkt->off_net);
	const uint8_t *ext = ip + sizeof(struct sea_ipv6_hdr);
	uint32_t exts = rx->hdr_len_net - (uint32_t)sizeof(struct sea_ipv6_hdr);

	if (!sea_in6_is_link_local(rx->src.b) || rx->ttl != 1)
		return false;
	return ((const struct sea_ipv6_hdr *)ip)->next == 0 && exts >= SEA_MLD_ALERT_LEN &&
	       sea_mld_has_alert(ext, sea_min_u32((ext[1] + 1u) * 8, exts));
}

static enum sea_drop query(struct sea_groups *g, const struct sea_pkt *pkt,
			   const struct sea_ip_rx *rx, const uint8_t *msg)
{
	int32_t min = robustness(g) < ROBUSTNESS_MIN ? robustness(g) : ROBUSTNESS_MIN;
	struct sea_group_query q;

	if (!is_from_link(pkt, rx))
		return SEA_DROP_MLD_SOURCE;
	if (!sea_mld_query_parse(msg, pkt->len, forced(g) == 1, &q))
		return SEA_DROP_MLD_QUERY;
	if (q.robustness && q.robustness < min)
		q.robustness = (uint8_t)min;
	sea_group_report_query(g, &q);
	return SEA_DROP_N;
}

static enum sea_drop report(struct sea_groups *g, const struct sea_pkt *pkt,
			    const struct sea_ip_rx *rx, const struct sea_mld_hdr *hdr)
{
	struct sea_ipaddr addr;

	if (!sea_in6_is_any(rx->src.b) && !sea_in6_is_link_local(rx->src.b))
		return SEA_DROP_MLD_SOURCE;
	memcpy(addr.b, hdr->group, sizeof(addr.b));
	if (pkt->type == SEA_PKT_MULTICAST || pkt->type == SEA_PKT_BROADCAST)
		sea_group_report_overheard(g, &addr);
	return SEA_DROP_N;
}

static enum sea_drop dispatch(struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	struct sea_groups *g = &sea_link_ip6(rx->link)->groups;
	const struct sea_mld_hdr *hdr = sea_pkt_peek(pkt, pkt->len);

	if (!hdr)
		return SEA_DROP_IP_NO_MEMORY;
	if (hdr->type == SEA_ICMP6_MLD2_REPORT || hdr->type == SEA_ICMP6_MLD_DONE)
		return SEA_DROP_N; /* for routers */
	if (pkt->len < HDR_LEN)
		return SEA_DROP_ICMP_SHORT;
	return hdr->type == SEA_ICMP6_MLD_QUERY ? query(g, pkt, rx, (const uint8_t *)hdr)
						: report(g, pkt, rx, hdr);
}

void sea_mld_input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	enum sea_drop fault = dispatch(pkt, rx);

	if (fault == SEA_DROP_N)
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(stack, pkt, fault);
}
