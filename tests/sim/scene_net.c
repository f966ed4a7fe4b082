/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network that a seed stands for: segments in a tree with routers as its edges, perhaps more routers
 * that make rings of it, hosts here and there, some in two segments. Links fail and come back, parts
 * are cut off, routers disagree; whoever routes learns of it late.
 */
#include "tests/sim/apps.h"
#include "tests/sim/scene.h"

/* Beyond this loss on each wire, several of them together may be too much for a connection. */
#define CALM_LOSS_PPM 10000u
/* Until a router knows of a change. */
#define LATE_NS (4 * (uint64_t)SEA_SEC)
/* Until somebody notices that packets go in a circle. */
#define LOOP_NS (8 * (uint64_t)SEA_SEC)

/* -- who is where -- */

static void add_nic(struct sim_world *w, unsigned host, unsigned segment, const uint32_t *mtu)
{
	struct sim_nic *nic = sim_nic_new(&w->hosts[host], segment,
					  w->offload ? SIM_OFFLOAD_FEATURES : 0, mtu[segment]);

	sim_nic_hold(nic);
}

static unsigned add_host(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	unsigned host = w->n_hosts++;

	sim_host_new(w, host);
	w->hosts[host].paced = sim_chance(r, 300000);
	if (sim_chance(r, 150000))
		w->hosts[host].hold_ns = (int64_t)sim_between(r, 1, 5) * SEA_MSEC;
	return host;
}

static void add_router(struct sim_world *w, unsigned a, unsigned b, const uint32_t *mtu)
{
	unsigned host = add_host(w), third = (unsigned)sim_below(&w->rng, w->n_segments);

	add_nic(w, host, a, mtu);
	add_nic(w, host, b, mtu);
	if (third != a && third != b && sim_chance(&w->rng, 150000))
		add_nic(w, host, third, mtu);
	sim_net_forward(&w->hosts[host]);
}

/* Any of the others. */
static unsigned other_segment(struct sim_world *w, unsigned segment)
{
	return (segment + 1 + (unsigned)sim_below(&w->rng, w->n_segments - 1)) % w->n_segments;
}

static void draw_routers(struct sim_world *w, const uint32_t *mtu)
{
	unsigned more = (unsigned)sim_below(&w->rng, 3);

	for (unsigned s = 1; s < w->n_segments; s++)
		add_router(w, (unsigned)sim_below(&w->rng, s), s, mtu);
	while (more--) {
		unsigned a = (unsigned)sim_below(&w->rng, w->n_segments);

		add_router(w, a, other_segment(w, a), mtu);
	}
}

static void draw_hosts(struct sim_world *w, const uint32_t *mtu)
{
	unsigned n = (unsigned)sim_between(&w->rng, 2, SIM_HOSTS_MAX - w->n_hosts);

	while (n--) {
		unsigned host = add_host(w), s = (unsigned)sim_below(&w->rng, w->n_segments);

		add_nic(w, host, s, mtu);
		if (sim_chance(&w->rng, 150000) && w->n_ports + n < SIM_PORTS_MAX)
			add_nic(w, host, other_segment(w, s), mtu);
	}
}

static void draw_network(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	uint32_t mtu[SIM_SEGMENTS_MAX], least = w->ipv6 ? 1280 : 576;

	w->n_segments = (unsigned)sim_between(r, 2, 5);
	w->offload = sim_chance(r, 300000);
	w->chains = sim_chance(r, 500000);
	for (unsigned s = 0; s < w->n_segments; s++)
		mtu[s] = sim_chance(r, 700000) ? 1500 : (uint32_t)sim_between(r, least, 1500);
	draw_routers(w, mtu);
	draw_hosts(w, mtu);
}

static void draw_wires(struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_ports; i++) {
		for (unsigned j = 0; j < w->n_ports; j++) {
			struct sim_profile *p = &w->wires[i][j].profile;

			if (i == j || w->ports[i]->segment != w->ports[j]->segment)
				continue;
			*p = sim_draw_profile(w);
			p->pmtu = 0; /* that is what routers are for */
			w->rough |= p->loss_ppm > CALM_LOSS_PPM;
		}
	}
}

/* -- what goes wrong -- */

static sea_time soon(struct sim_world *w, sea_time from, uint64_t most_ns)
{
	return sea_time_add(from, (int64_t)sim_size(&w->rng, most_ns));
}

/* Everybody hears of what happened at `at`, one sooner, one later. */
static void plan_reroutes(struct sim_world *w, sea_time at)
{
	for (unsigned i = 0; i < w->n_hosts; i++) {
		struct sim_step s = {
			.at = soon(w, at, LATE_NS),
			.deed = SIM_REROUTE,
			.port = w->hosts[i].nic[0].port,
		};

		sim_plan_add(w, &s);
	}
}

/* All wires of the segment between one part of its ports and the rest. */
static void plan_partition(struct sim_world *w, const struct sim_step *step)
{
	unsigned segment = w->ports[step->port]->segment;
	uint64_t part = sim_random(&w->rng);

	for (unsigned i = 0; i < w->n_ports; i++) {
		for (unsigned j = 0; j < i; j++) {
			struct sim_step s = *step;

			if (w->ports[i]->segment != segment || w->ports[j]->segment != segment ||
			    (part >> i & 1) == (part >> j & 1))
				continue;
			s.port = i;
			s.peer = j;
			sim_plan_add(w, &s);
			s.undo = true;
			s.at = sea_time_add(step->at, (int64_t)step->value);
			sim_plan_add(w, &s);
		}
	}
}

static bool is_in(const struct sim_host *h, unsigned segment)
{
	for (unsigned i = 0; i < h->n_nics; i++)
		if (h->nic[i].segment == segment)
			return true;
	return false;
}

static bool can_loop(const struct sim_nic *a, const struct sim_nic *b, unsigned segment)
{
	return a->host != b->host && a->segment == b->segment && a->host->forwards &&
	       b->host->forwards && !is_in(a->host, segment) && !is_in(b->host, segment);
}

/* Two routers side by side and a segment behind neither; false: there are none. */
static bool draw_loop(struct sim_world *w, struct sim_step *s)
{
	unsigned n = w->n_ports * w->n_ports * w->n_segments;
	unsigned from = (unsigned)sim_below(&w->rng, n);

	for (unsigned i = 0; i < n; i++) {
		unsigned k = (from + i) % n;

		s->port = k % w->n_ports;
		s->peer = k / w->n_ports % w->n_ports;
		s->value = k / w->n_ports / w->n_ports;
		if (can_loop(w->ports[s->port], w->ports[s->peer], s->value))
			return true;
	}
	return false;
}

static void plan_loop(struct sim_world *w, struct sim_step *s)
{
	if (!draw_loop(w, s))
		return;
	s->deed = SIM_LOOP;
	sim_plan_add(w, s);
	plan_reroutes(w, sea_time_add(s->at, (int64_t)sim_below(&w->rng, LOOP_NS)));
}

/* Down, or without a wire, for a while. */
static void plan_failure(struct sim_world *w, struct sim_step *s)
{
	sim_plan_add(w, s);
	plan_reroutes(w, s->at);
	s->undo = true;
	s->at = soon(w, s->at, 20 * (uint64_t)SEA_SEC);
	sim_plan_add(w, s);
	plan_reroutes(w, s->at);
}

static void draw_disturbance(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	struct sim_step s = { .at = soon(w, w->now, 12 * (uint64_t)SEA_SEC) };

	s.port = (unsigned)sim_below(r, w->n_ports);
	switch (sim_below(r, 6)) {
	case 0:
		s.deed = SIM_DOWN;
		plan_failure(w, &s);
		break;
	case 1:
		s.deed = SIM_CARRIER;
		plan_failure(w, &s);
		break;
	case 2:
		s.deed = SIM_CUT;
		s.value = (uint32_t)sim_size(r, UINT32_MAX); /* for up to 4 s */
		plan_partition(w, &s);
		break;
	case 3:
		plan_loop(w, &s);
		break;
	case 4:
		s.deed = sim_chance(r, 500000) ? SIM_FORGET : SIM_MAC;
		sim_plan_add(w, &s);
		break;
	default:
		s.deed = SIM_RESTORE;
		sim_plan_add(w, &s);
		return; /* harms nobody */
	}
	w->rough = true;
}

void sim_scene_network(struct sim_world *w)
{
	w->ipv6 = sim_chance(&w->rng, 500000);
	draw_network(w);
	draw_wires(w);
	for (unsigned i = 0; i < w->n_hosts; i++)
		sim_net_route(&w->hosts[i]);
	sim_apps_new(w);
	sim_draw_sysctls(w);
	sim_draw_programs(w);
	/* What a cookie stands for is lost with the segment that brings it. */
	w->rough |= w->cookies;
	if (sim_chance(&w->rng, 600000))
		for (unsigned i = (unsigned)sim_between(&w->rng, 1, 5); i; i--)
			draw_disturbance(w);
}
