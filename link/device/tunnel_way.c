/* SPDX-License-Identifier: Apache-2.0 */
/* To which end a packet goes that is put in a tunnel, and what the outer header says besides. */
#include <string.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/way.h"
#include "link/device/tunnel_job.h"

/* Without another end: the next hop is one, or the address says it (6to4, RFC 3056; ::a.b.c.d, RFC 4291). */
static bool find_end4(struct sea_tunnel_job *j, struct sea_ipaddr *end)
{
	static const uint8_t compatible[12];
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .oif = j->tunnel->link->ifindex,
				       .dst = j->in.to };
	struct sea_way way;

	if (j->in.ethertype == SEA_ETHERTYPE_IPV4) {
		if (sea_ipv4_way(j->stack, &flow, &way))
			return false;
		*end = way.next_hop;
		return true;
	}
	if (j->in.ethertype != SEA_ETHERTYPE_IPV6 || j->in.at)
		return false;
	if (sea_tunnel_job_id(j) == SEA_TUNNEL_SIT && j->in.to.b[0] == 0x20 &&
	    j->in.to.b[1] == 0x02)
		memcpy(end->b, j->in.to.b + 2, 4);
	else if (!memcmp(j->in.to.b, compatible, sizeof(compatible)))
		memcpy(end->b, j->in.to.b + 12, 4);
	else
		return false;
	return true;
}

/* The next hop, which a packet of IPv4 may have as well (RFC 8950). */
static bool find_end6(const struct sea_tunnel_job *j, struct sea_ipaddr *end)
{
	struct sea_flow flow = { .oif = j->tunnel->link->ifindex, .dst = j->in.to };
	struct sea_route_found found;
	struct sea_way way;

	if (j->in.ethertype == SEA_ETHERTYPE_IPV4) {
		flow.family = SEA_AF_INET;
		if (sea_ipv4_way(j->stack, &flow, &way) || !way.route || !way.route->gateway6)
			return false;
		*end = way.route->gateway;
		return true;
	}
	flow.family = SEA_AF_INET6;
	if (j->in.ethertype != SEA_ETHERTYPE_IPV6 ||
	    sea_routes_find(&sea_ipv6_of(j->stack)->routes, &flow, &found))
		return false;
	*end = found.entry->has_gateway ? found.entry->gateway : j->in.to;
	return true;
}

static bool find_end(struct sea_tunnel_job *j, struct sea_ipaddr *end)
{
	return sea_tunnel_through6(j) ? find_end6(j, end) : find_end4(j, end);
}

/* As it was chosen: 1 is the inner one's. */
uint8_t sea_tunnel_tos_chosen(const struct sea_tunnel_job *j)
{
	const struct sea_tunnel_parms *p = &j->tunnel->p;

	if (!sea_tunnel_through6(j))
		return p->tos;
	return p->flags & SEA_TUNNEL6_INNER_CLASS ? 1 : (uint8_t)(p->flowinfo >> 20 & 0xfc);
}

static uint8_t outer_tos(const struct sea_tunnel_job *j)
{
	uint8_t tos = sea_tunnel_tos_chosen(j);

	return tos & 1 ? j->in.tos : tos;
}

uint32_t sea_tunnel_outer_label(const struct sea_tunnel_job *j)
{
	const struct sea_tunnel_parms *p = &j->tunnel->p;

	return p->flags & SEA_TUNNEL6_INNER_LABEL ? j->in.flow_label
						  : p->flowinfo & SEA_IPV6_FLOW_LABEL;
}

uint8_t sea_tunnel_proto_of(const struct sea_tunnel_job *j)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(j->tunnel->link);

	if (j->in.ethertype == SEA_ETHERTYPE_IPV4 &&
	    (kind->id == SEA_TUNNEL_SIT || kind->id == SEA_TUNNEL_IP6TNL))
		return SEA_IPPROTO_IPIP;
	return kind->proto;
}

static struct sea_flow outer_flow(const struct sea_tunnel_job *j, const struct sea_ipaddr *end)
{
	const struct sea_tunnel_parms *p = &j->tunnel->p;

	return (struct sea_flow){
		.family = sea_tunnel_kind_of(j->tunnel->link)->family,
		.proto = sea_tunnel_proto_of(j),
		.tos = outer_tos(j) & 0xfc,
		.oif = p->link,
		.mark = p->flags & SEA_TUNNEL6_INNER_MARK ? j->pkt->mark : p->fwmark,
		.flow_label = sea_tunnel_through6(j) ? sea_tunnel_outer_label(j) : 0,
		.src = p->local,
		.dst = *end
	};
}

enum sea_drop sea_tunnel_find_way(struct sea_tunnel_job *j)
{
	struct sea_ipaddr end = j->tunnel->p.remote;

	if (sea_tunnel_is_any(&end) && !find_end(j, &end))
		return SEA_DROP_TUNNEL_NO_WAY;
	j->flow = outer_flow(j, &end);
	if (sea_ip_route(j->stack, &j->flow, &j->dst))
		return SEA_DROP_TUNNEL_NO_WAY;
	if (sea_tunnel_through6(j) && !sea_tunnel6_may_send(j->tunnel, &j->dst))
		return SEA_DROP_TUNNEL_NO_WAY;
	return j->dst.link == j->tunnel->link ? SEA_DROP_TUNNEL_LOOP : SEA_DROP_N;
}
