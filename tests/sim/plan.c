/* SPDX-License-Identifier: Apache-2.0 */
/* Disturbances: done at their time, and most of them undone later. */
#include <errno.h>
#include <string.h>

#include <seastack/config.h>

#include "tests/sim/sim.h"

void sim_plan_add(struct sim_world *w, const struct sim_step *step)
{
	struct sim_plan *plan = &w->plan;
	unsigned i = plan->n++;

	SIM_CHECK(w, plan->n <= SIM_STEPS_MAX);
	for (; i && sea_time_before(step->at, plan->steps[i - 1].at); i--)
		plan->steps[i] = plan->steps[i - 1];
	plan->steps[i] = *step;
	w->quiet = sea_time_max(w->quiet, step->at);
}

sea_time sim_plan_deadline(const struct sim_world *w)
{
	return w->plan.next < w->plan.n ? w->plan.steps[w->plan.next].at : SEA_TIME_NEVER;
}

static void forget_neighbours(struct sim_host *h)
{
	struct sea_neigh_info info = { .size = sizeof(info) };
	uint64_t cursor = 0;

	while (sea_neigh_next(h->stack, &cursor, &info)) {
		int err = sea_neigh_del(h->stack, &info, h->world->now);

		SIM_CHECK(h->world, err == 0 || err == -ENOENT);
		info.size = sizeof(info);
	}
}

static void new_mac(struct sim_nic *nic)
{
	uint8_t mac[6];

	memcpy(mac, nic->mac, sizeof(mac));
	mac[4]++;
	sim_nic_set_mac(nic, mac);
}

/* Going up may fail while memory does; an administrator tries again. */
static void set_up(struct sim_nic *nic, bool up)
{
	struct sim_host *h = nic->host;
	int err = sea_link_set_up(nic->link, up, h->world->now);

	SIM_CHECK(h->world, err == 0 || (err == -ENOMEM && sim_may_lack_memory(h)));
	if (err) {
		h->env.fail_ppm = 0;
		SIM_CHECK(h->world, sea_link_set_up(nic->link, up, h->world->now) == 0);
	}
	nic->down = !up;
	if (up && h->world->ipv6)
		sim_nic_add_address6(nic);
}

/* Each sends to the other what is for the segment. */
static void turn_round(struct sim_nic *a, struct sim_nic *b, unsigned segment)
{
	struct sim_hop to_b = { true, (unsigned)(a - a->host->nic), b->port };
	struct sim_hop to_a = { true, (unsigned)(b - b->host->nic), a->port };

	sim_net_set_hop(a->host, segment, to_b);
	sim_net_set_hop(b->host, segment, to_a);
	b->host->touched = true;
}

static void run_step(struct sim_world *w, const struct sim_step *s)
{
	struct sim_nic *nic = w->ports[s->port];
	struct sim_host *h = nic->host;

	switch (s->deed) {
	case SIM_CUT:
		w->wires[s->port][s->peer].cut = w->wires[s->peer][s->port].cut = !s->undo;
		break;
	case SIM_DOWN:
		set_up(nic, s->undo);
		break;
	case SIM_CARRIER:
		sea_link_set_carrier(nic->link, s->undo, w->now);
		nic->unplugged = !s->undo;
		break;
	case SIM_MTU:
		SIM_CHECK(w, sea_link_set_mtu(nic->link, s->value, w->now) == 0);
		break;
	case SIM_MAC:
		new_mac(nic);
		break;
	case SIM_PROFILE:
		w->wires[s->port][s->peer].profile = s->profile;
		break;
	case SIM_RESTORE:
		sim_restore(h);
		break;
	case SIM_FORGET:
		forget_neighbours(h);
		break;
	case SIM_MEMORY:
		h->env.fail_ppm = s->undo ? 0 : s->value;
		break;
	case SIM_REROUTE:
		sim_net_route(h);
		break;
	case SIM_LOOP:
		turn_round(nic, w->ports[s->peer], s->value);
		break;
	case SIM_DEEDS_N:
		break;
	}
	h->touched = true;
}

void sim_plan_run(struct sim_world *w)
{
	while (!sea_time_before(w->now, sim_plan_deadline(w)))
		run_step(w, &w->plan.steps[w->plan.next++]);
}
