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
#include "tests/sim/sim.h"
#include "transport/tcp/conn.h"

#define FLOWS_MAX 1000
#define KINDS 5
#define FLOW_BPS UINT64_C(10000000)
#define ONE_WAY_NS (25 * SEA_MSEC)
#define TICK_NS (10 * SEA_USEC)
#define BATCH 64u
#define PORT 80 /* 81: who accepts there tells of each mark, as DCTCP asks */
#define LISTENER UINT64_C(1000000)
#define ACCEPTED UINT64_C(100000) /* cookies of the receiver's ends */
#define SEGMENT 1448.0            /* bytes of payload, beside timestamps */
#define STARTS_NS (500 * SEA_MSEC)

static const char *const kind_name[KINDS] = { "reno", "cubic", "dctcp", "bbr", "bbr3" };

struct mix {
	const char *name;
	uint8_t share[KINDS]; /* in tenths of the flows */
};

static const struct mix mixes[] = {
	{ "reno", { 10 } },
	{ "cubic", { 0, 10 } },
	{ "dctcp", { 0, 0, 10 } },
	{ "bbr", { 0, 0, 0, 10 } },
	{ "bbr3", { 0, 0, 0, 0, 10 } },
	{ "reno, cubic", { 5, 5 } },
	{ "cubic, bbr", { 0, 5, 0, 5 } },
	{ "cubic, bbr3", { 0, 5, 0, 0, 5 } },
	{ "all five", { 2, 2, 2, 2, 2 } },
};

/* -- the wire -- */

struct frame {
	struct frame *next;
	sea_time at;
	uint32_t len;
	uint8_t vnet[SEA_VNET_HDR_LEN];
	uint8_t bytes[];
};

struct wire {
	struct frame *head, **tail;
	uint64_t rate_bps; /* 0: no limit, and no queue */
	int64_t queue_ns, mark_ns;
	sea_time free_at;
	uint64_t frames, lost, marked;
	/* Of the queue, as each frame found it. */
	double waited_ns;
	int64_t waited_most_ns;
};

struct flow {
	uint8_t kind;
	bool begun;
	sea_time start;
	sea_socket out;
	uint64_t got, got_before; /* segments that arrived, as the sender learned */
};

struct crowd {
	struct sim_world w;
	struct wire there, back;
	struct flow flow[FLOWS_MAX];
	unsigned n, n_begun, n_accepted;
	sea_socket accepted[FLOWS_MAX];
	sea_socket listener[2];
};

static struct crowd *crowd;

static void wire_new(struct wire *wire, uint64_t rate_bps)
{
	*wire = (struct wire){ .rate_bps = rate_bps,
			       .queue_ns = ONE_WAY_NS,
			       .mark_ns = ONE_WAY_NS / 5 };
	wire->tail = &wire->head;
}

static void wire_count(struct wire *wire, int64_t waits)
{
	wire->frames++;
	wire->waited_ns += (double)waits;
	wire->waited_most_ns = waits > wire->waited_most_ns ? waits : wire->waited_most_ns;
}

static void wire_send(struct wire *wire, const struct sea_pkt *pkt, sea_time now)
{
	uint32_t len = (uint32_t)sea_pkt_len(pkt);
	int64_t waits = sea_time_before(now, wire->free_at) ? sea_time_diff(wire->free_at, now) : 0;
	struct frame *f;

	wire_count(wire, waits);
	if (wire->rate_bps && waits > wire->queue_ns) {
		wire->lost++;
		return;
	}
	f = malloc(sizeof(*f) + len);
	SIM_CHECK(&crowd->w, f && sea_pkt_read(pkt, 0, f->bytes, len));
	sea_pkt_vnet_put(pkt, f->vnet);
	f->len = len;
	f->next = NULL;
	if (wire->rate_bps) {
		wire->marked += waits > wire->mark_ns && sim_wire_mark(f->bytes, len);
		wire->free_at =
			sea_time_add(sea_time_max(now, wire->free_at),
				     (int64_t)(len * UINT64_C(8000000000) / wire->rate_bps));
	}
	f->at = sea_time_add(sea_time_max(now, wire->free_at), ONE_WAY_NS);
	*wire->tail = f;
	wire->tail = &f->next;
}

static void wire_deliver(struct wire *wire, struct sim_host *to)
{
	struct sim_world *w = &crowd->w;
	struct sea_link *link = to->nic[0].link;
	struct sea_pkt *pkts[BATCH];
	unsigned n;

	do {
		for (n = 0; n < BATCH && wire->head && !sea_time_before(w->now, wire->head->at);) {
			struct frame *f = wire->head;

			wire->head = f->next;
			if (!wire->head)
				wire->tail = &wire->head;
			pkts[n] = sea_pkt_from_bytes(link, f->bytes, f->len);
			SIM_CHECK(w, pkts[n]);
			pkts[n]->link = link;
			SIM_CHECK(w, !sea_pkt_vnet_apply(pkts[n], f->vnet));
			n++;
			free(f);
		}
		if (n)
			sea_link_input(link, pkts, n, w->now);
		to->touched |= n > 0;
	} while (n == BATCH);
}

static void wire_free(struct wire *wire)
{
	while (wire->head) {
		struct frame *f = wire->head;

		wire->head = f->next;
		free(f);
	}
}

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
	struct sim_name peer = sim_address(&crowd->w.hosts[1], false, PORT + (f->kind == 2));
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

static void transmit(struct sim_host *h, struct wire *wire)
{
	struct sea_pkt *pkts[BATCH];
	struct sea_link *link;
	unsigned n;

	while ((link = sea_stack_next_tx(h->stack))) {
		n = sea_link_take_tx(link, pkts, BATCH, crowd->w.now);
		for (unsigned i = 0; i < n; i++) {
			if (link == h->nic[0].link)
				wire_send(wire, pkts[i], crowd->w.now);
			sea_pkt_done(pkts[i]);
		}
	}
}

static void serve(struct sim_host *h, struct wire *wire)
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

	if (c->there.head)
		at = sea_time_min(at, c->there.head->at);
	if (c->back.head)
		at = sea_time_min(at, c->back.head->at);
	if (c->n_begun < c->n)
		at = sea_time_min(at, c->flow[c->n_begun].start);
	return at;
}

static void step(void)
{
	struct crowd *c = crowd;

	while (c->n_begun < c->n && !sea_time_before(c->w.now, c->flow[c->n_begun].start))
		begin(c->n_begun++);
	wire_deliver(&c->there, &c->w.hosts[1]);
	wire_deliver(&c->back, &c->w.hosts[0]);
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

/* -- one mix -- */

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

/* Kinds take turns, so that none begins before another. */
static void cast(const struct mix *mix)
{
	uint8_t tenth[10];
	unsigned k = 0;

	for (uint8_t kind = 0; kind < KINDS; kind++)
		for (unsigned i = 0; i < mix->share[kind]; i++)
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

/* Of a kind, or of all (KINDS). */
static double got_by(unsigned kind)
{
	double got = 0;

	for (unsigned i = 0; i < crowd->n; i++)
		if (kind == KINDS || crowd->flow[i].kind == kind)
			got += (double)(crowd->flow[i].got - crowd->flow[i].got_before);
	return got;
}

static void print_shares(FILE *to)
{
	double all = got_by(KINDS);

	for (unsigned kind = 0; kind < KINDS; kind++) {
		fprintf(to, " %6.1f", all > 0 ? 100 * got_by(kind) / all : 0);
	}
	fputc('\n', to);
}

static void print_row(FILE *to, const struct mix *mix, int64_t ns)
{
	const struct wire *wire = &crowd->there;
	double bits = 8 * SEGMENT * got_by(KINDS);
	double frames = (double)wire->frames;

	fprintf(to, "%-12s %6.2f %6.3f %7.3f %7.2f %6.2f %6.2f", mix->name,
		100 * bits / ((double)wire->rate_bps * (double)ns / 1e9), fairness(),
		100 * (double)wire->lost / frames, 100 * (double)wire->marked / frames,
		wire->waited_ns / frames / 1e6, (double)wire->waited_most_ns / 1e6);
	print_shares(to);
	fflush(to);
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
	struct wire *wire = &crowd->there;

	wire->frames = wire->lost = wire->marked = 0;
	wire->waited_ns = 0;
	wire->waited_most_ns = 0;
	note_got();
	for (unsigned i = 0; i < crowd->n; i++)
		crowd->flow[i].got_before = crowd->flow[i].got;
}

static void row(FILE *to, const struct mix *mix, unsigned n, int64_t warm_ns, int64_t ns)
{
	static const struct sim_options options;
	struct sim_world *w;

	crowd = calloc(1, sizeof(*crowd));
	if (!crowd)
		abort();
	w = &crowd->w;
	sim_world_init(w, 1, &options);
	w->offload = true;
	w->n_segments = 1;
	crowd->n = n;
	add_host(0);
	add_host(1);
	wire_new(&crowd->there, n * FLOW_BPS);
	wire_new(&crowd->back, 0);
	listen_at(0, "cubic");
	listen_at(1, "dctcp");
	cast(mix);
	run_until(sea_time_add(w->now, warm_ns));
	begin_to_count();
	run_until(sea_time_add(w->now, ns));
	note_got();
	print_row(to, mix, ns);
	sim_world_fini(w);
	wire_free(&crowd->there);
	wire_free(&crowd->back);
	free(crowd);
}

void sim_crowd_write(FILE *to, bool large)
{
	unsigned n = large ? FLOWS_MAX : 10;
	int64_t warm_ns = 2 * SEA_SEC, ns = (large ? 3 : 2) * SEA_SEC;

	fprintf(to,
		"# %u flows at %u Mbit/s and 50 ms, a queue of 25 ms, marks from 5 ms on; %u s after %u.\n"
		"# Written by: tests/sim/sim --crowd%s FILE\n"
		"# %% of the rate as payload, Jain's fairness, %% of frames lost and marked, ms in the queue (mean,\n"
		"# most), and %% of what arrived by congestion control.\n",
		n, n * 10, (unsigned)(ns / SEA_SEC), (unsigned)(warm_ns / SEA_SEC),
		large ? "-large" : "");
	fprintf(to, "%-12s %6s %6s %7s %7s %6s %6s %6s %6s %6s %6s %6s\n", "mix", "used", "fair",
		"lost", "marked", "queue", "most", "reno", "cubic", "dctcp", "bbr", "bbr3");
	for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
		row(to, &mixes[i], n, warm_ns, ns);
}
