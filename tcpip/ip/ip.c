/* SPDX-License-Identifier: Apache-2.0 */
/* What transports ask of the internet layer, told apart by address family. */
#include "ip/ip.h"

#include <errno.h>

#include "ip/metrics.h"
#include "ip/neigh.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

void sea_stack_add_ip_proto(struct sea_stack *stack, const struct sea_ip_proto *proto)
{
	SEA_ASSERT(&stack->env, !stack->ip_protos[proto->proto]);
	stack->ip_protos[proto->proto] = proto;
}

void sea_stack_del_ip_proto(struct sea_stack *stack, const struct sea_ip_proto *proto)
{
	SEA_ASSERT(&stack->env, stack->ip_protos[proto->proto] == proto);
	stack->ip_protos[proto->proto] = NULL;
}

void sea_flow_read_ports(struct sea_flow *flow, const struct sea_pkt *pkt, uint32_t at)
{
	uint8_t ports[4];

	if (flow->proto != SEA_IPPROTO_TCP && flow->proto != SEA_IPPROTO_UDP)
		return;
	if (!sea_pkt_read(pkt, at, ports, sizeof(ports)))
		return;
	flow->sport = sea_get16(ports);
	flow->dport = sea_get16(ports + 2);
}

int sea_ip_route(struct sea_stack *stack, const struct sea_flow *flow, struct sea_dst *dst)
{
	const struct sea_ip_ops *ops = sea_ip_ops_of(stack, flow->family);

	if (!ops || ops->family != flow->family)
		return -EAFNOSUPPORT;
	return ops->route(stack, flow, dst);
}

static uint32_t transport_hdr_len(const struct sea_pkt *pkt)
{
	if (pkt->gso_type == SEA_GSO_UDP)
		return sizeof(struct sea_udp_hdr);
	return sea_tcp_hdr_len(sea_pkt_at(pkt, pkt->off_trans));
}

bool sea_ip_segments_fit(const struct sea_pkt *pkt, uint32_t mtu)
{
	uint32_t headers;

	if (pkt->gso_type == SEA_GSO_NONE)
		return false;
	headers = (uint32_t)(pkt->off_trans - pkt->off_net) + transport_hdr_len(pkt);
	return headers + pkt->gso_size <= mtu;
}

void sea_dst_put(struct sea_stack *stack, struct sea_dst *dst)
{
	if (dst->neigh)
		sea_neigh_put(dst->neigh);
	sea_metrics_put(stack, dst->metrics);
	memset(dst, 0, sizeof(*dst));
}

void sea_dst_confirm(struct sea_stack *stack, const struct sea_dst *dst)
{
	(void)stack;
	if (dst->neigh)
		sea_neigh_confirm(dst->neigh);
}

void sea_ip_redirect(struct sea_stack *stack, const struct sea_flow *flow,
		     const struct sea_icmp_error *error)
{
	const struct sea_ip_ops *ops = sea_ip_ops_of(stack, flow->family);

	if (ops)
		ops->redirect(stack, flow, error);
}

void sea_ip_pmtu_update(struct sea_stack *stack, const struct sea_flow *flow, uint32_t mtu)
{
	const struct sea_ip_ops *ops = sea_ip_ops_of(stack, flow->family);

	if (ops)
		ops->pmtu_update(stack, flow, mtu);
}
