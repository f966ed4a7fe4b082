/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/crowd_wire.h"

#include <stdlib.h>

#include "core/pkt.h"
#include "core/stack.h"

#define BATCH 64u
#define STEP_NS SEA_MSEC /* from here on L marks */
#define UPDATE_NS (16 * SEA_MSEC)
#define TARGET_NS (15 * SEA_MSEC)
/* Hundredths: of a second of delay that is too long, each update; of one that is longer than at the last. */
#define ALPHA 16
#define BETA 320
#define ALWAYS_PPB INT64_C(1000000000)
#define COUPLING 2
#define C_TURN 10u

struct crowd_frame {
	struct crowd_frame *next;
	sea_time at; /* it came, and once under way: it arrives */
	uint32_t len;
	uint8_t vnet[SEA_VNET_HDR_LEN];
	uint8_t bytes[];
};

static void line_init(struct crowd_line *line)
{
	line->head = NULL;
	line->tail = &line->head;
}

static void line_put(struct crowd_line *line, struct crowd_frame *f)
{
	f->next = NULL;
	*line->tail = f;
	line->tail = &f->next;
}

static struct crowd_frame *line_take(struct crowd_line *line)
{
	struct crowd_frame *f = line->head;

	line->head = f->next;
	if (!line->head)
		line->tail = &line->head;
	return f;
}

static void line_fini(struct crowd_line *line)
{
	while (line->head)
		free(line_take(line));
}

void sim_crowd_wire_init(struct crowd_wire *wire)
{
	line_init(&wire->lane[CROWD_C]);
	line_init(&wire->lane[CROWD_L]);
	line_init(&wire->under_way);
	wire->p_due = wire->world->now;
}

void sim_crowd_wire_fini(struct crowd_wire *wire)
{
	line_fini(&wire->lane[CROWD_C]);
	line_fini(&wire->lane[CROWD_L]);
	line_fini(&wire->under_way);
}

static void wait_count(struct crowd_waits *w, int64_t ns)
{
	w->n++;
	w->sum_ns += (double)ns;
	w->most_ns = ns > w->most_ns ? ns : w->most_ns;
}

/* By the two bits of IPv4: ECT(1), or marked. */
static enum crowd_lane lane_of(const struct crowd_frame *f)
{
	return f->bytes[12] == 8 && !f->bytes[13] && f->bytes[15] & 1 ? CROWD_L : CROWD_C;
}

static void count_wait(struct crowd_wire *wire, const struct crowd_frame *f, int64_t ns)
{
	wait_count(&wire->counts.all, ns);
	wait_count(&wire->counts.lane[lane_of(f)], ns);
}

static struct crowd_frame *frame_of(struct crowd_wire *wire, const struct sea_pkt *pkt)
{
	uint32_t len = (uint32_t)sea_pkt_len(pkt);
	struct crowd_frame *f = malloc(sizeof(*f) + len);

	SIM_CHECK(wire->world, f && len > 34 && sea_pkt_read(pkt, 0, f->bytes, len));
	sea_pkt_vnet_put(pkt, f->vnet);
	f->len = len;
	f->at = wire->world->now;
	return f;
}

/* Onto the wire at `start`, or as soon as that is free. */
static void transmit(struct crowd_wire *wire, struct crowd_frame *f, sea_time start)
{
	sea_time free_at = sea_time_max(start, wire->free_at);

	if (wire->rate_bps) {
		free_at = sea_time_add(free_at,
				       (int64_t)(f->len * UINT64_C(8000000000) / wire->rate_bps));
		wire->free_at = free_at;
	}
	f->at = sea_time_add(free_at, wire->delay_ns);
	line_put(&wire->under_way, f);
}

/* -- one queue -- */

static void send_single(struct crowd_wire *wire, struct crowd_frame *f)
{
	sea_time now = wire->world->now;
	int64_t waits = sea_time_before(now, wire->free_at) ? sea_time_diff(wire->free_at, now) : 0;

	count_wait(wire, f, waits);
	if (wire->rate_bps && waits > wire->queue_ns) {
		wire->counts.lost++;
		free(f);
		return;
	}
	if (wire->rate_bps && waits > wire->mark_ns)
		wire->counts.marked += sim_wire_mark(f->bytes, f->len);
	transmit(wire, f, now);
}

/* -- two -- */

static bool chance(struct crowd_wire *wire, int64_t ppb)
{
	return sim_chance(&wire->world->rng, (uint32_t)(ppb / 1000));
}

/* The integral and the proportional part of what C's delay is too much (RFC 9332, appendix A). */
static void update_p(struct crowd_wire *wire)
{
	const struct crowd_frame *f = wire->lane[CROWD_C].head;
	int64_t delay = f ? sea_time_diff(wire->world->now, f->at) : 0;
	int64_t p = wire->p_ppb + ALPHA * (delay - TARGET_NS) / 100 +
		    BETA * (delay - wire->c_delay_ns) / 100;

	wire->p_ppb = p < 0 ? 0 : p < ALWAYS_PPB ? p : ALWAYS_PPB;
	wire->c_delay_ns = delay;
	wire->p_due = sea_time_add(wire->p_due, UPDATE_NS);
}

static struct crowd_line *whose_turn(struct crowd_wire *wire)
{
	struct crowd_line *c = &wire->lane[CROWD_C], *l = &wire->lane[CROWD_L];

	if (!l->head)
		return c;
	if (!c->head)
		return l;
	return ++wire->turn % C_TURN ? l : c;
}

/* True: it goes. */
static bool judge(struct crowd_wire *wire, struct crowd_frame *f, int64_t waited)
{
	if (lane_of(f) == CROWD_L) {
		if (waited > STEP_NS || chance(wire, COUPLING * wire->p_ppb))
			wire->counts.marked += sim_wire_mark(f->bytes, f->len);
		return true;
	}
	if (!chance(wire, wire->p_ppb * wire->p_ppb / ALWAYS_PPB))
		return true;
	if (sim_wire_mark(f->bytes, f->len)) {
		wire->counts.marked++;
		return true;
	}
	wire->counts.lost++;
	free(f);
	return false;
}

static void run_dual(struct crowd_wire *wire)
{
	sea_time now = wire->world->now;

	while (!sea_time_before(now, wire->p_due))
		update_p(wire);
	while ((wire->lane[CROWD_C].head || wire->lane[CROWD_L].head) &&
	       !sea_time_before(now, wire->free_at)) {
		struct crowd_frame *f = line_take(whose_turn(wire));
		sea_time start = sea_time_max(wire->free_at, f->at);
		int64_t waited = sea_time_diff(start, f->at);

		count_wait(wire, f, waited);
		if (judge(wire, f, waited))
			transmit(wire, f, start);
	}
}

/* -- both -- */

void sim_crowd_wire_send(struct crowd_wire *wire, const struct sea_pkt *pkt)
{
	struct crowd_frame *f = frame_of(wire, pkt);

	wire->counts.frames++;
	if (!wire->dual) {
		send_single(wire, f);
		return;
	}
	run_dual(wire);
	line_put(&wire->lane[lane_of(f)], f);
	run_dual(wire);
}

static struct sea_pkt *packet_of(struct sea_link *link, const struct crowd_frame *f)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(link, f->bytes, f->len);

	if (pkt)
		pkt->link = link;
	return pkt;
}

void sim_crowd_wire_deliver(struct crowd_wire *wire, struct sim_host *to)
{
	struct sim_world *w = wire->world;
	struct crowd_line *line = &wire->under_way;
	struct sea_link *link = to->nic[0].link;
	struct sea_pkt *pkts[BATCH];
	unsigned n;

	if (wire->dual)
		run_dual(wire);
	do {
		for (n = 0; n < BATCH && line->head && !sea_time_before(w->now, line->head->at);) {
			struct crowd_frame *f = line_take(line);

			pkts[n] = packet_of(link, f);
			SIM_CHECK(w, pkts[n] && !sea_pkt_vnet_apply(pkts[n], f->vnet));
			n++;
			free(f);
		}
		if (n)
			sea_link_input(link, pkts, n, w->now);
		to->touched |= n > 0;
	} while (n == BATCH);
}

sea_time sim_crowd_wire_deadline(const struct crowd_wire *wire)
{
	sea_time at = wire->under_way.head ? wire->under_way.head->at : SEA_TIME_NEVER;

	if (wire->lane[CROWD_C].head || wire->lane[CROWD_L].head)
		at = sea_time_min(at, wire->free_at);
	return at;
}
