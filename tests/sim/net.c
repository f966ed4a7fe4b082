/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks: which way leads from a host to a segment it is not in, over links that are up, and the
 * routes that say so. Nobody tells routers of changes but the plan, each at a time of its own, so that
 * for a while their tables contradict each other.
 */
#include <errno.h>

#include <seastack/config.h>

#include "core/link.h"
#include "tests/sim/sim.h"

#define FAR 1000u

static bool usable(const struct sim_nic *nic)
{
	return !nic->down && !nic->unplugged;
}

/* -- ways -- */

static unsigned nearest(const struct sim_host *h, const unsigned *hops)
{
	unsigned best = FAR;

	for (unsigned i = 0; i < h->n_nics; i++)
		if (usable(&h->nic[i]) && hops[h->nic[i].segment] < best)
			best = hops[h->nic[i].segment];
	return best;
}

/* How many routers stand between each segment and `target`. */
static void count_hops(const struct sim_world *w, unsigned target, unsigned *hops)
{
	for (unsigned s = 0; s < SIM_SEGMENTS_MAX; s++)
		hops[s] = s == target ? 0 : FAR;
	for (unsigned round = 0; round < w->n_segments; round++) {
		for (unsigned i = 0; i < w->n_ports; i++) {
			const struct sim_nic *nic = w->ports[i];
			unsigned via = nearest(nic->host, hops) + 1;

			if (nic->host->forwards && usable(nic) && via < hops[nic->segment])
				hops[nic->segment] = via;
		}
	}
}

/* On the segment of `nic`, a router that is nearer than the segment is. */
static struct sim_hop router_on(const struct sim_nic *nic, const unsigned *hops)
{
	const struct sim_world *w = nic->host->world;

	for (unsigned i = 0; i < w->n_ports; i++) {
		const struct sim_nic *at = w->ports[i];

		if (at->segment == nic->segment && at->host != nic->host && at->host->forwards &&
		    usable(at) && nearest(at->host, hops) < hops[nic->segment])
			return (struct sim_hop){ true, (unsigned)(nic - nic->host->nic), i };
	}
	return (struct sim_hop){ 0 };
}

static struct sim_hop way_to(const struct sim_host *h, unsigned target)
{
	unsigned hops[SIM_SEGMENTS_MAX], best;

	count_hops(h->world, target, hops);
	best = nearest(h, hops);
	for (unsigned i = 0; i < h->n_nics && best < FAR; i++)
		if (usable(&h->nic[i]) && hops[h->nic[i].segment] == best)
			return router_on(&h->nic[i], hops);
	return (struct sim_hop){ 0 };
}

/* -- routes -- */

static struct sea_route route_of(const struct sim_host *h, bool ipv6, unsigned segment,
				 struct sim_hop hop)
{
	struct sea_route route = {
		.size = sizeof(route),
		.dst = sea_addr_v4(10, (uint8_t)segment, 0, 0),
		.prefix_len = 24,
		.type = SEA_ROUTE_UNICAST,
		.ifindex = h->nic[hop.nic].link->ifindex,
		.gateway = sim_nic_address(h->world->ports[hop.router], ipv6),
	};

	if (ipv6) {
		route.prefix_len = 64;
		route.dst = (struct sea_addr){ .family = SEA_AF_INET6, .b = { 0xfd } };
		route.dst.b[7] = (uint8_t)segment;
	}
	return route;
}

/* A route goes with its link, so the old one need not be there any more. */
static void change_route(struct sim_host *h, bool ipv6, unsigned segment, struct sim_hop hop)
{
	struct sim_world *w = h->world;
	struct sea_route route;
	int err;

	if (h->hops[segment].known) {
		route = route_of(h, ipv6, segment, h->hops[segment]);
		err = sea_route_del(h->stack, &route, w->now);
		SIM_CHECK(w, err == 0 || err == -ESRCH);
	}
	if (!hop.known)
		return;
	route = route_of(h, ipv6, segment, hop);
	err = sea_route_add(h->stack, &route, w->now);
	SIM_CHECK(w, err == 0 || !usable(&h->nic[hop.nic]));
}

void sim_net_set_hop(struct sim_host *h, unsigned segment, struct sim_hop hop)
{
	h->touched = true;
	change_route(h, false, segment, hop);
	if (h->world->ipv6)
		change_route(h, true, segment, hop);
	h->hops[segment] = hop;
}

static bool is_in(const struct sim_host *h, unsigned segment)
{
	for (unsigned i = 0; i < h->n_nics; i++)
		if (h->nic[i].segment == segment)
			return true;
	return false;
}

void sim_net_route(struct sim_host *h)
{
	for (unsigned s = 0; s < h->world->n_segments; s++)
		if (!is_in(h, s))
			sim_net_set_hop(h, s, way_to(h, s));
}

void sim_net_forward(struct sim_host *h)
{
	struct sim_world *w = h->world;

	h->forwards = true;
	SIM_CHECK(w, sea_sysctl_set(h->stack, "net.ipv4.ip_forward", "1", w->now) == 0);
	if (w->ipv6)
		SIM_CHECK(w, sea_sysctl_set(h->stack, "net.ipv6.conf.all.forwarding", "1",
					    w->now) == 0);
}
