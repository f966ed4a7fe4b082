/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams without an end from one stack to another, all through one bottleneck, each with a congestion control: what
 * share of it is used, by whom, what is lost and how long the queue is. Nothing is drawn but when each begins.
 *
 *	 n sockets ── stack ── 10 Mbit/s a stream, a queue of half a BDP, marks from a tenth on ── 50 ms ── stack ── n sockets
 *
 * The two links hand frames over every ten microseconds, as adapters that spare interrupts do; checksums are left to
 * them. Bytes are zeros; what arrives is what the sender learns of.
 */
#include "tests/sim/crowd.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "core/pkt.h"
#include "core/stack.h"
#include "transport/tcp/conn.h"

#define FLOWS_MAX 1000
#define TICK_NS (10 * SEA_USEC)
#define BATCH 64u
#define PORT 80 /* 81: who accepts there tells of each mark, as DCTCP asks */
#define LISTENER UINT64_C(1000000)
#define ACCEPTED UINT64_C(100000) /* cookies of the receiver's ends */
#define SEGMENT 1448.0            /* bytes of payload, beside timestamps */
#define STARTS_NS (500 * SEA_MSEC)

static const char *const kind_name[CROWD_KINDS] = { "reno", "cubic", "dctcp",
						    "bbr",  "bbr3",  "prague" };

struct flow {
	uint8_t kind;
	bool begun;
	sea_time start;
	sea_socket out;
	uint64_t got, got_before; /* segments that arrived, as the sender learned */
};

struct crowd {
	struct sim_world w;
	struct crowd_wire there, back;
	struct flow flow[FLOWS_MAX];
	unsigned n, n_begun, n_accepted;
	sea_socket accepted[FLOWS_MAX];
	sea_socket listener[2];
};

static struct crowd *crowd;

/* -- the programs -- */

static const uint8_t zeros[65536];

static void choose(struct sim_host *h, sea_socket sock, const char *name)
{
	SIM_CHECK(&crowd->w, !sea_socket_setsockopt(h->stack, sock, IPPROTO_TCP, TCP_CONGESTION,
						    name, (socklen_t)strlen(name), crowd->w.now));
}

static void begin(unsigned i)
{
	struct sim_host *h = &crowd->w.hosts[0];
	struct flow *f = &crowd->flow[i];
	struct sim_name peer =
		sim_address(&crowd->w.hosts[1], false, PORT + (f->kind == CROWD_DCTCP));
	sea_time now = crowd->w.now;

	SIM_CHECK(&crowd->w, !sea_socket_new(h->stack, AF_INET, SOCK_STREAM, 0, &f->out, now));
	choose(h, f->out, kind_name[f->kind]);
	SIM_CHECK(&crowd->w, sea_socket_connect(h->stack, f->out, (struct sockaddr *)&peer.at,
						peer.len, now) == -EINPROGRESS);
	SIM_CHECK(&crowd->w, !sea_socket_watch(h->stack, f->out, SEA_POLLOUT, i));
	f->begun = true;
	h->touched = true;
}

static void write_on(unsigned i)
{
	struct sim_host *h = &crowd->w.hosts[0];
	struct iovec iov = { (void *)(uintptr_t)zeros, sizeof(zeros) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = sea_socket_sendmsg(h->stack, crowd->flow[i].out, &msg, 0, crowd->w.now);
	while (n > 0);
	SIM_CHECK(&crowd->w, n == -EAGAIN);
}

static void read_on(unsigned k)
{
	struct sim_host *h = &crowd->w.hosts[1];
	static uint8_t nowhere[65536];
	struct iovec iov = { nowhere, sizeof(nowhere) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = sea_socket_recvmsg(h->stack, crowd->accepted[k], &msg, MSG_TRUNC, crowd->w.now);
	while (n > 0);
	SIM_CHECK(&crowd->w, n == -EAGAIN);
}

static void accept_on(unsigned which)
{
	struct sim_host *h = &crowd->w.hosts[1];
	sea_socket sock;

	while (!sea_socket_accept(h->stack, crowd->listener[which], NULL, NULL, &sock,
				  crowd->w.now)) {
		unsigned k = crowd->n_accepted++;

		SIM_CHECK(&crowd->w, k < crowd->n);
		crowd->accepted[k] = sock;
		SIM_CHECK(&crowd->w, !sea_socket_watch(h->stack, sock, SEA_POLLIN, ACCEPTED + k));
		read_on(k);
	}
}

static void on_event(uint64_t cookie)
{
	if (cookie >= LISTENER)
		accept_on((unsigned)(cookie - LISTENER));
	else if (cookie >= ACCEPTED)
		read_on((unsigned)(cookie - ACCEPTED));
	else
		write_on((unsigned)cookie);
}

/* -- time -- */

static void transmit(struct sim_host *h, struct crowd_wire *wire)
{
	struct sea_pkt *pkts[BATCH];
	struct sea_link *link;
	unsigned n;

	while ((link = sea_stack_next_tx(h->stack))) {
		n = sea_link_take_tx(link, pkts, BATCH, crowd->w.now);
		for (unsigned i = 0; i < n; i++) {
			if (link == h->nic[0].link)
				sim_crowd_wire_send(wire, pkts[i]);
			sea_pkt_done(pkts[i]);
		}
	}
}

static void serve(struct sim_host *h, struct crowd_wire *wire)
{
	struct sea_event events[64];
	unsigned n;

	if (!h->touched)
		return;
	h->touched = false;
	transmit(h, wire);
	while ((n = sea_stack_take_events(h->stack, events, 64))) {
		for (unsigned i = 0; i < n; i++)
			on_event(events[i].cookie);
		transmit(h, wire);
	}
}

static sea_time next_moment(void)
{
	struct crowd *c = crowd;
	sea_time at = sea_time_min(sea_stack_deadline(c->w.hosts[0].stack),
				   sea_stack_deadline(c->w.hosts[1].stack));

	at = sea_time_min(at, sim_crowd_wire_deadline(&c->there));
	at = sea_time_min(at, sim_crowd_wire_deadline(&c->back));
	if (c->n_begun < c->n)
		at = sea_time_min(at, c->flow[c->n_begun].start);
	return at;
}

static void step(void)
{
	struct crowd *c = crowd;

	while (c->n_begun < c->n && !sea_time_before(c->w.now, c->flow[c->n_begun].start))
		begin(c->n_begun++);
	sim_crowd_wire_deliver(&c->there, &c->w.hosts[1]);
	sim_crowd_wire_deliver(&c->back, &c->w.hosts[0]);
	for (unsigned i = 0; i < 2; i++) {
		struct sim_host *h = &c->w.hosts[i];

		if (!sea_time_before(c->w.now, sea_stack_deadline(h->stack))) {
			sea_stack_advance(h->stack, c->w.now);
			h->touched = true;
		}
	}
	serve(&c->w.hosts[0], &c->there);
	serve(&c->w.hosts[1], &c->back);
}

/* To the end of the ten microseconds in which something happens; not beyond `end`. */
static void run_until(sea_time end)
{
	sea_time *now = &crowd->w.now;

	while (sea_time_before(*now, end)) {
		sea_time at = sea_time_max(next_moment(), *now);

		at.ns = (at.ns / TICK_NS + 1) * TICK_NS;
		*now = sea_time_min(at, end);
		step();
	}
}

/* -- one scene -- */

static void listen_at(unsigned which, const char *name)
{
	struct sim_host *h = &crowd->w.hosts[1];
	struct sim_name at = sim_any(&crowd->w, (uint16_t)(PORT + which));
	sea_socket *sock = &crowd->listener[which];

	SIM_CHECK(&crowd->w,
		  !sea_socket_new(h->stack, AF_INET, SOCK_STREAM, 0, sock, crowd->w.now));
	choose(h, *sock, name);
	SIM_CHECK(&crowd->w,
		  !sea_socket_bind(h->stack, *sock, (struct sockaddr *)&at.at, at.len,
				   crowd->w.now) &&
			  !sea_socket_listen(h->stack, *sock, FLOWS_MAX, crowd->w.now) &&
			  !sea_socket_watch(h->stack, *sock, SEA_POLLIN, LISTENER + which));
}

static void add_host(unsigned i)
{
	struct sim_world *w = &crowd->w;

	sim_host_new(w, i);
	/* Whatever modules draw when they begin is no part of the table. */
	w->hosts[i].env.secret.state = 77 + i;
	SIM_CHECK(w, !sea_secret_init(&w->hosts[i].stack->shard.secret, &w->hosts[i].stack->env));
	sim_nic_new(&w->hosts[i], 0, SEA_LINK_F_TX_CSUM | SEA_LINK_F_RX_TRUSTED, 1500);
	SIM_CHECK(w, !sea_sysctl_set(w->hosts[i].stack, "net.core.somaxconn", "4096", w->now) &&
			     !sea_sysctl_set(w->hosts[i].stack, "net.ipv4.tcp_notsent_lowat",
					     "65536", w->now) &&
			     !sea_sysctl_set(w->hosts[i].stack, "net.ipv4.tcp_no_metrics_save", "1",
					     w->now));
	w->n_hosts = i + 1;
}

/* The receiver grants whatever is asked for. */
static void set_ecn(const struct crowd_scene *scene)
{
	struct sim_world *w = &crowd->w;

	if (scene->ecn)
		SIM_CHECK(w, !sea_sysctl_set(w->hosts[0].stack, "net.ipv4.tcp_ecn", scene->ecn,
					     w->now) &&
				     !sea_sysctl_set(w->hosts[1].stack, "net.ipv4.tcp_ecn", "5",
						     w->now));
}

/* Kinds take turns, so that none begins before another. */
static void cast(const struct crowd_scene *scene)
{
	uint8_t tenth[10];
	unsigned k = 0;

	for (uint8_t kind = 0; kind < CROWD_KINDS; kind++)
		for (unsigned i = 0; i < scene->share[kind]; i++)
			tenth[k++] = kind;
	for (unsigned i = 0; i < crowd->n; i++) {
		crowd->flow[i].kind = tenth[i * 3 % 10];
		crowd->flow[i].start = sea_time_add(
			crowd->w.now, (int64_t)i * STARTS_NS / crowd->n +
					      (int64_t)sim_below(&crowd->w.rng, SEA_MSEC));
	}
	for (unsigned i = 1; i < crowd->n; i++)
		crowd->flow[i].start = sea_time_max(crowd->flow[i].start, crowd->flow[i - 1].start);
}

/* What was got since: sum, and by Jain (sum of x)^2 / (n sum of x^2). */
static double fairness(void)
{
	double sum = 0, squares = 0;

	for (unsigned i = 0; i < crowd->n; i++) {
		double x = (double)(crowd->flow[i].got - crowd->flow[i].got_before);

		sum += x;
		squares += x * x;
	}
	return squares > 0 ? sum * sum / (crowd->n * squares) : 0;
}

/* Of a kind, or of all (CROWD_KINDS). */
static double got_by(unsigned kind)
{
	double got = 0;

	for (unsigned i = 0; i < crowd->n; i++)
		if (kind == CROWD_KINDS || crowd->flow[i].kind == kind)
			got += (double)(crowd->flow[i].got - crowd->flow[i].got_before);
	return got;
}

static void note_got(void)
{
	for (unsigned i = 0; i < crowd->n; i++)
		crowd->flow[i].got =
			sea_tcp_conn(sea_sock_get(crowd->w.hosts[0].stack, crowd->flow[i].out))
				->delivered;
}

/* From here on all is counted anew. */
static void begin_to_count(void)
{
	crowd->there.counts = (struct crowd_counts){ 0 };
	note_got();
	for (unsigned i = 0; i < crowd->n; i++)
		crowd->flow[i].got_before = crowd->flow[i].got;
}

static void conclude(const struct crowd_scene *scene, struct crowd_result *r)
{
	double all = got_by(CROWD_KINDS);
	double could = (double)crowd->there.rate_bps * (double)scene->ns / 1e9;

	r->used = 100 * (8 * SEGMENT * all) / could;
	r->fair = fairness();
	for (unsigned kind = 0; kind < CROWD_KINDS; kind++)
		r->share[kind] = all > 0 ? 100 * got_by(kind) / all : 0;
	r->counts = crowd->there.counts;
}

static void make(const struct crowd_scene *scene)
{
	static const struct sim_options options;
	struct sim_world *w;

	crowd = calloc(1, sizeof(*crowd));
	if (!crowd || scene->n > FLOWS_MAX)
		abort();
	w = &crowd->w;
	sim_world_init(w, 1, &options);
	w->offload = true;
	w->n_segments = 1;
	crowd->n = scene->n;
	add_host(0);
	add_host(1);
	set_ecn(scene);
	crowd->there = (struct crowd_wire){
		.world = w,
		.rate_bps = scene->n * CROWD_FLOW_BPS,
		.delay_ns = scene->one_way_ns,
		.queue_ns = scene->queue_ns,
		.mark_ns = scene->mark_ns,
		.dual = scene->dual,
	};
	sim_crowd_wire_init(&crowd->there);
	crowd->back = (struct crowd_wire){ .world = w, .delay_ns = scene->one_way_ns };
	sim_crowd_wire_init(&crowd->back);
	listen_at(0, "cubic");
	listen_at(1, "dctcp");
	cast(scene);
}

void sim_crowd_run(const struct crowd_scene *scene, struct crowd_result *r)
{
	struct sim_world *w;

	make(scene);
	w = &crowd->w;
	run_until(sea_time_add(w->now, scene->warm_ns));
	begin_to_count();
	run_until(sea_time_add(w->now, scene->ns));
	note_got();
	conclude(scene, r);
	sim_world_fini(w);
	sim_crowd_wire_fini(&crowd->there);
	sim_crowd_wire_fini(&crowd->back);
	free(crowd);
}
