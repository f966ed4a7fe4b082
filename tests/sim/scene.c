/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a seed stands for: how many hosts, what their wires are like, what the programs do, what goes
 * wrong and when. Sizes are cut so that a run takes milliseconds.
 */
#include <string.h>

#include "tests/sim/apps.h"
#include "tests/sim/scene.h"

/* Beyond this loss a connection may give up with nobody to blame. */
#define CALM_LOSS_PPM 50000u

#define SEGMENT_HOSTS_MAX 4u

/* -- wires -- */

static void draw_faults(struct sim_world *w, struct sim_profile *p)
{
	struct sim_rng *r = &w->rng;

	if (sim_chance(r, 500000))
		p->loss_ppm =
			(uint32_t)sim_below(r, sim_chance(r, 200000) ? 200000 : CALM_LOSS_PPM);
	if (sim_chance(r, 250000))
		p->duplicate_ppm = (uint32_t)sim_below(r, 50000);
	if (sim_chance(r, 350000))
		p->reorder_ppm = (uint32_t)sim_below(r, 200000);
	/* A checksum that the wire is believed to have checked does not see what the wire does. */
	if (!w->offload && sim_chance(r, 250000))
		p->corrupt_ppm = (uint32_t)sim_below(r, 20000);
	w->lossy |= p->loss_ppm > 0;
	w->rough |= p->loss_ppm > CALM_LOSS_PPM || p->corrupt_ppm;
}

struct sim_profile sim_draw_profile(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	struct sim_profile p = { 0 };

	p.delay_ns = (int64_t)sim_size(r, 100 * (uint64_t)SEA_MSEC);
	if (sim_chance(r, 400000))
		p.jitter_ns = (int64_t)sim_below(r, (uint64_t)p.delay_ns + 1);
	if (sim_chance(r, 600000))
		draw_faults(w, &p);
	if (sim_chance(r, 500000)) {
		p.rate_bps = 200000u << sim_below(r, 10);
		p.queue_bytes = (uint32_t)sim_between(r, 3000, 100000);
		p.mark_bytes = p.queue_bytes / 4;
		w->lossy = true;
		w->rough |= p.rate_bps < 1000000;
	}
	if (!w->offload && sim_chance(r, 150000))
		p.pmtu = (uint32_t)sim_between(r, 576, 1500);
	return p;
}

/* Nothing is lost, nothing overtaken. */
static bool calm_wires(const struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_hosts; i++)
		for (unsigned j = 0; j < w->n_hosts; j++)
			if (w->wires[i][j].profile.reorder_ppm)
				return false;
	return !w->lossy;
}

static void draw_wires(struct sim_world *w)
{
	for (unsigned i = 0; i < w->n_hosts; i++)
		for (unsigned j = 0; j < w->n_hosts; j++)
			w->wires[i][j].profile = sim_draw_profile(w);
}

/* -- hosts -- */

static void draw_hosts(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	uint32_t features;

	w->n_hosts = sim_chance(r, 600000) ? 2 : (unsigned)sim_between(r, 3, SEGMENT_HOSTS_MAX);
	w->offload = sim_chance(r, 300000);
	w->chains = sim_chance(r, 500000);
	features = w->offload ? SIM_OFFLOAD_FEATURES : 0;
	for (unsigned i = 0; i < w->n_hosts; i++) {
		uint32_t mtu = sim_chance(r, 800000) ? 1500 : (uint32_t)sim_between(r, 576, 9000);

		sim_host_new(w, i);
		sim_nic_new(&w->hosts[i], 0, features, mtu);
		w->hosts[i].paced = sim_chance(r, 300000);
		if (sim_chance(r, 150000)) {
			w->hosts[i].hold_ns = (int64_t)sim_between(r, 1, 5) * SEA_MSEC;
			sim_nic_hold(&w->hosts[i].nic[0]);
		}
	}
}

static void set_sysctl(struct sim_world *w, const char *name, const char *value)
{
	for (unsigned i = 0; i < w->n_hosts; i++)
		SIM_CHECK(w, sea_sysctl_set(w->hosts[i].stack, name, value, w->now) == 0);
}

void sim_draw_sysctls(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;

	if (sim_chance(r, 150000))
		set_sysctl(w, "net.ipv4.tcp_timestamps", "0");
	if (sim_chance(r, 150000))
		set_sysctl(w, "net.ipv4.tcp_sack", "0");
	if (sim_chance(r, 100000))
		set_sysctl(w, "net.ipv4.tcp_window_scaling", "0");
	if (sim_chance(r, 150000)) {
		set_sysctl(w, "net.ipv4.tcp_syncookies", "2");
		w->cookies = true;
	}
	if (sim_chance(r, 200000))
		set_sysctl(w, "net.ipv4.tcp_congestion_control", "reno");
	if (sim_chance(r, 200000))
		set_sysctl(w, "net.ipv4.tcp_rmem", "4096 16384 65536");
	if (sim_chance(r, 100000))
		set_sysctl(w, "net.ipv4.tcp_mem", "8 16 24");
	/* Every fourth seed has ECN, and half of those DCTCP; or Accurate ECN. */
	if (w->seed % 4 == 1)
		set_sysctl(w, "net.ipv4.tcp_ecn",
			   w->seed % 16 == 5 || w->seed % 16 == 9 ? "3" : "1");
	if (w->seed % 8 == 1)
		set_sysctl(w, "net.ipv4.tcp_congestion_control", "dctcp");
	/* Some have Prague, which asks for Accurate ECN where nobody else does, too. */
	if (w->seed % 32 == 21 || w->seed % 32 == 3)
		set_sysctl(w, "net.ipv4.tcp_congestion_control", "prague");
}

/* -- programs -- */

static uint64_t most_bytes(const struct sim_world *w)
{
	uint64_t most = 400000;

	for (unsigned i = 0; i < w->n_ports; i++)
		for (unsigned j = 0; j < w->n_ports; j++)
			if (w->wires[i][j].profile.rate_bps &&
			    w->wires[i][j].profile.rate_bps < 2000000)
				most = 60000;
	return most;
}

static enum sim_ending draw_ending(struct sim_rng *r)
{
	switch (sim_below(r, 16)) {
	case 0:
		return SIM_ABORT;
	case 1:
	case 2:
		return SIM_CLOSE_AT_ONCE;
	case 3:
	case 4:
	case 5:
		return SIM_EOF_THEN_CLOSE;
	default:
		return SIM_SHUTDOWN_THEN_EOF;
	}
}

static void draw_calls(struct sim_rng *r, struct sim_manner *m)
{
	m->write_max = (uint32_t)(m->total / 1000 + sim_size(r, 65000));
	m->read_max = (uint32_t)sim_between(r, 200, 65000);
	m->lend_send = sim_chance(r, 300000);
	m->lend_receive = sim_chance(r, 300000);
	m->cork = sim_chance(r, 50000);
	m->nodelay = sim_chance(r, 300000);
	m->more_ppm = sim_chance(r, 200000) ? (uint32_t)sim_below(r, 500000) : 0;
	m->peek_ppm = sim_chance(r, 200000) ? 200000 : 0;
	if (sim_chance(r, 200000)) {
		m->read_pause_ns = (int64_t)sim_size(r, 2 * (uint64_t)SEA_SEC);
		m->read_max += (uint32_t)m->total / 20;
	}
	if (sim_chance(r, 200000)) {
		m->write_pause_ns = (int64_t)sim_size(r, (uint64_t)SEA_SEC);
		m->write_max += (uint32_t)m->total / 20;
	}
	if (m->read_max > 65000)
		m->read_max = 65000;
	if (m->write_max > 65000)
		m->write_max = 65000;
}

static void draw_manner(struct sim_world *w, struct sim_manner *m, uint64_t most)
{
	struct sim_rng *r = &w->rng;

	m->total = sim_chance(r, 300000) ? sim_below(r, most) : sim_size(r, most);
	m->total = sim_chance(r, 100000) ? 0 : SIM_HELLO + m->total;
	m->ending = draw_ending(r);
	m->abort_at = sim_below(r, m->total + 1);
	draw_calls(r, m);
	m->linger = sim_chance(r, 100000);
	if (sim_chance(r, 250000))
		m->rcvbuf = (int)sim_between(r, 1200, 65536);
	if (sim_chance(r, 250000))
		m->sndbuf = (int)sim_between(r, 2304, 65536);
	if (sim_chance(r, 50000))
		m->user_timeout_ms = (int)sim_between(r, 500, 20000);
	if (sim_chance(r, 50000))
		m->maxseg = (int)sim_between(r, 88, 1400);
}

static struct sim_flow_spec draw_flow(struct sim_world *w, uint64_t most, uint64_t span_ns)
{
	struct sim_rng *r = &w->rng;
	struct sim_flow_spec f = { 0 };

	f.start = sea_time_add(w->now, (int64_t)sim_below(r, span_ns));
	f.client = (unsigned)sim_below(r, w->n_hosts);
	f.server = (unsigned)sim_below(r, w->n_hosts);
	f.port = SIM_PORT;
	f.ipv6 = w->ipv6 && sim_chance(r, 500000);
	if (sim_chance(r, 100000))
		f.bind_port = (uint16_t)sim_between(r, 2000, 2001);
	draw_manner(w, &f.manner[0], most);
	draw_manner(w, &f.manner[1], most);
	/* Two that wait for each other's end would wait for ever. */
	if (f.manner[0].ending == SIM_EOF_THEN_CLOSE) {
		if (f.manner[1].ending == SIM_EOF_THEN_CLOSE)
			f.manner[1].ending = SIM_SHUTDOWN_THEN_EOF;
		f.manner[0].total += f.manner[0].total ? 0 : SIM_HELLO;
	}
	return f;
}

static void draw_listeners(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;

	for (unsigned i = 0; i < w->n_hosts; i++) {
		struct sim_listener_spec l = { .host = i, .port = SIM_PORT, .backlog = 64 };

		if (sim_chance(r, 200000)) {
			l.backlog = (int)sim_between(r, 0, 4);
			l.accept_pause_ns = (int64_t)sim_size(r, (uint64_t)SEA_SEC);
			w->rough = w->cookies = true;
		}
		if (sim_chance(r, 200000))
			l.rcvbuf = (int)sim_between(r, 1200, 65536);
		if (sim_chance(r, 200000))
			l.sndbuf = (int)sim_between(r, 2304, 65536);
		sim_apps_add_listener(w, &l);
		sim_apps_add_echo_server(w, i);
	}
}

static void draw_echo(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	struct sim_echo_spec e = { .start = sea_time_add(w->now,
							 (int64_t)sim_size(r, 3000000000u)) };

	e.client = (unsigned)sim_below(r, w->n_hosts);
	e.server = (unsigned)sim_below(r, w->n_hosts);
	e.ping = sim_chance(r, 400000);
	e.to_closed_port = !e.ping && sim_chance(r, 150000);
	e.ipv6 = w->ipv6 && !e.ping && sim_chance(r, 500000);
	e.count = (unsigned)sim_between(r, 2, 40);
	e.size_max = 500;
	e.interval_ns = (int64_t)sim_size(r, (uint64_t)SEA_SEC);
	sim_apps_add_echo(w, &e);
}

void sim_draw_programs(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	bool churn = sim_chance(r, 150000);
	unsigned n = (unsigned)(churn ? sim_between(r, 20, 50) : sim_between(r, 1, 6));
	uint64_t most = churn ? 3000 : most_bytes(w);
	uint64_t span = sim_size(r, 10 * (uint64_t)SEA_SEC);

	draw_listeners(w);
	for (unsigned i = 0; i < n; i++) {
		struct sim_flow_spec f = draw_flow(w, most, span);

		sim_apps_add_flow(w, &f);
	}
	for (unsigned i = (unsigned)sim_below(r, 4); i; i--)
		draw_echo(w);
}

/* -- disturbances -- */

static struct sim_step draw_step(struct sim_world *w)
{
	struct sim_rng *r = &w->rng;
	struct sim_step s = { .deed = (enum sim_deed)sim_below(r, SIM_DEEDS_N) };

	s.at = sea_time_add(w->now, (int64_t)sim_size(r, 12 * (uint64_t)SEA_SEC));
	s.port = (unsigned)sim_below(r, w->n_hosts);
	s.peer = (s.port + 1 + (unsigned)sim_below(r, w->n_hosts - 1)) % w->n_hosts;
	if (s.deed == SIM_MTU)
		s.value = (uint32_t)sim_between(r, 576, 9000);
	if (s.deed == SIM_MEMORY)
		s.value = (uint32_t)sim_between(r, 1000, 300000);
	if (s.deed == SIM_PROFILE)
		s.profile = sim_draw_profile(w);
	return s;
}

static void draw_disturbance(struct sim_world *w)
{
	struct sim_step s = draw_step(w);
	uint64_t most = sim_chance(&w->rng, 100000) ? 2000 : 10;

	sim_plan_add(w, &s);
	if (s.deed == SIM_CUT || s.deed == SIM_DOWN || s.deed == SIM_CARRIER ||
	    s.deed == SIM_MEMORY) {
		w->rough = true;
		s.undo = true;
		s.at = sea_time_add(s.at, (int64_t)sim_size(&w->rng, most * (uint64_t)SEA_SEC));
		sim_plan_add(w, &s);
	}
	/* Neighbours know the old address until they ask again. */
	w->rough |= s.deed == SIM_MAC || s.deed == SIM_MTU;
}

void sim_scene_segment(struct sim_world *w)
{
	draw_hosts(w);
	draw_wires(w);
	sim_apps_new(w);
	sim_draw_sysctls(w);
	sim_draw_programs(w);
	/* Where the segment with the cookie is overtaken or lost, the next one is refused. */
	w->rough |= w->cookies && !calm_wires(w);
	if (sim_chance(&w->rng, 500000))
		for (unsigned i = (unsigned)sim_between(&w->rng, 1, 6); i; i--)
			draw_disturbance(w);
}
