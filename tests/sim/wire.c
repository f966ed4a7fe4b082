/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments: who gets a frame, and what happens to it on the way. Each wire has a rate with a
 * finite queue in front, then a delay; faults come in between. Frames on their way stand in a heap
 * by time of arrival.
 */
#include <stdlib.h>
#include <string.h>

#include "core/checksum.h"
#include "tests/sim/sim.h"
#include "wire/ether.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

/* -- the heap -- */

static bool sooner(const struct sim_frame *a, const struct sim_frame *b)
{
	return a->at.ns != b->at.ns ? a->at.ns < b->at.ns : a->order < b->order;
}

static void heap_push(struct sim_world *w, struct sim_frame *f)
{
	size_t i = w->n_heap++;

	if (w->n_heap > w->heap_size) {
		w->heap_size = w->heap_size ? 2 * w->heap_size : 64;
		w->heap = realloc(w->heap, w->heap_size * sizeof(struct sim_frame *));
		SIM_CHECK(w, w->heap);
	}
	for (; i && sooner(f, w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = f;
}

static struct sim_frame *heap_pop(struct sim_world *w)
{
	struct sim_frame *top = w->heap[0], *last = w->heap[--w->n_heap];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < w->n_heap) {
		if (child + 1 < w->n_heap && sooner(w->heap[child + 1], w->heap[child]))
			child++;
		if (!sooner(w->heap[child], last))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	if (w->n_heap)
		w->heap[i] = last;
	return top;
}

struct sim_frame *sim_wire_due(struct sim_world *w)
{
	if (!w->n_heap || sea_time_before(w->now, w->heap[0]->at))
		return NULL;
	return heap_pop(w);
}

sea_time sim_wire_deadline(const struct sim_world *w)
{
	return w->n_heap ? w->heap[0]->at : SEA_TIME_NEVER;
}

void sim_wire_clear(struct sim_world *w)
{
	while (w->n_heap)
		free(heap_pop(w));
	free(w->heap);
	w->heap = NULL;
}

/* -- faults -- */

static struct sim_frame *frame_new(struct sim_world *w, unsigned from, unsigned to,
				   const uint8_t *bytes, uint32_t len)
{
	struct sim_frame *f = calloc(1, sizeof(*f) + len);

	SIM_CHECK(w, f);
	f->order = w->order++;
	f->from = (uint8_t)from;
	f->to = (uint8_t)to;
	f->len = len;
	memcpy(f->bytes, bytes, len);
	return f;
}

/* Bytes in front of the wire, with a rate. */
static uint64_t waiting(const struct sim_world *w, const struct sim_wire *wire)
{
	sea_time start = sea_time_max(w->now, wire->busy_until);

	return (uint64_t)sea_time_diff(start, w->now) / 1000 * wire->profile.rate_bps / 8000000;
}

static void set_ce4(struct sea_ipv4_hdr *ip)
{
	uint16_t sum;

	ip->tos |= SEA_ECN_MASK;
	ip->sum = sea_be16_of(0);
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(ip, (ip->ver_ihl & 15u) * 4, 0));
	memcpy(&ip->sum, &sum, sizeof(sum));
}

/* As a router says that has looked at the queue before the frame joined it. */
bool sim_wire_mark(uint8_t *bytes, uint32_t len)
{
	uint8_t *ip = bytes + 14;

	if (len >= 34 && bytes[12] == 8 && !bytes[13] && ip[1] & SEA_ECN_MASK)
		set_ce4((struct sea_ipv4_hdr *)ip);
	else if (len >= 54 && bytes[12] == 0x86 && bytes[13] == 0xdd && ip[1] & 0x30)
		ip[1] |= 0x30;
	else
		return false;
	return true;
}

/* When the last bit has left, if the queue in front takes the frame at all. */
static bool serialize(struct sim_world *w, struct sim_wire *wire, uint32_t len, sea_time *left)
{
	const struct sim_profile *p = &wire->profile;
	sea_time start = sea_time_max(w->now, wire->busy_until);

	*left = w->now;
	if (!p->rate_bps)
		return true;
	if (waiting(w, wire) > p->queue_bytes)
		return false;
	*left = sea_time_add(start, (int64_t)((uint64_t)len * 8 * 1000000000u / p->rate_bps));
	wire->busy_until = *left;
	return true;
}

/* A frame that skips the line arrives before those ahead of it. */
static sea_time arrival(struct sim_world *w, struct sim_wire *wire, sea_time left)
{
	const struct sim_profile *p = &wire->profile;
	sea_time at = sea_time_add(
		left, p->delay_ns + (int64_t)sim_below(&w->rng, (uint64_t)p->jitter_ns + 1));

	if (sim_chance(&w->rng, p->reorder_ppm)) {
		wire->reordered++;
		return sea_time_add(left, (int64_t)sim_below(&w->rng, (uint64_t)p->delay_ns + 1));
	}
	at = sea_time_max(at, wire->last_arrival);
	wire->last_arrival = at;
	return at;
}

static void corrupt(struct sim_world *w, struct sim_frame *f)
{
	uint64_t bit = sim_below(&w->rng, (uint64_t)f->len * 8);

	f->bytes[bit / 8] = (uint8_t)(f->bytes[bit / 8] ^ 1u << bit % 8);
}

static void carry(struct sim_world *w, unsigned from, unsigned to, const uint8_t *bytes,
		  uint32_t len, const uint8_t *vnet)
{
	struct sim_wire *wire = &w->wires[from][to];
	const struct sim_profile *p = &wire->profile;
	bool marks = p->mark_bytes && waiting(w, wire) > p->mark_bytes;
	unsigned copies = 1;
	sea_time left;

	wire->sent++;
	if (wire->cut || sim_chance(&w->rng, p->loss_ppm)) {
		wire->lost++;
		return;
	}
	if (!serialize(w, wire, len, &left)) {
		wire->overflowed++;
		return;
	}
	if (sim_chance(&w->rng, p->duplicate_ppm)) {
		wire->duplicated++;
		copies = 2;
	}
	while (copies--) {
		struct sim_frame *f = frame_new(w, from, to, bytes, len);

		memcpy(f->vnet, vnet, sizeof(f->vnet));
		if (marks)
			wire->marked += sim_wire_mark(f->bytes, f->len);
		if (sim_chance(&w->rng, p->corrupt_ppm)) {
			wire->corrupted++;
			corrupt(w, f);
		}
		f->at = arrival(w, wire, left);
		heap_push(w, f);
	}
}

/* -- a router with a small MTU stands in the way -- */

#define QUOTE_MAX 576u

/* Destination unreachable, fragmentation needed (RFC 1191), from the address it was for. */
static void answer_too_big(struct sim_world *w, unsigned from, unsigned to, const uint8_t *bytes,
			   uint32_t len, uint32_t pmtu)
{
	uint32_t quote = len - 14 < QUOTE_MAX ? len - 14 : QUOTE_MAX;
	uint8_t answer[14 + 20 + 8 + QUOTE_MAX] = { 0 };
	struct sea_ipv4_hdr *ip = (struct sea_ipv4_hdr *)(answer + 14);
	const struct sea_ipv4_hdr *was = (const struct sea_ipv4_hdr *)(bytes + 14);
	uint8_t *icmp = answer + 34;
	struct sim_frame *f;
	uint16_t sum;

	memcpy(answer, bytes + 6, 6);
	memcpy(answer + 6, bytes, 6);
	answer[12] = 8;
	ip->ver_ihl = 0x45;
	ip->total_len = sea_be16_of((uint16_t)(28 + quote));
	ip->ttl = 64;
	ip->proto = 1;
	ip->src = was->dst;
	ip->dst = was->src;
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(ip, sizeof(*ip), 0));
	memcpy(&ip->sum, &sum, 2);
	icmp[0] = 3;
	icmp[1] = 4;
	icmp[6] = (uint8_t)(pmtu >> 8);
	icmp[7] = (uint8_t)pmtu;
	memcpy(icmp + 8, bytes + 14, quote);
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(icmp, 8 + quote, 0));
	memcpy(icmp + 2, &sum, 2);
	f = frame_new(w, to, from, answer, 42 + quote);
	f->at = sea_time_add(w->now, w->wires[to][from].profile.delay_ns);
	heap_push(w, f);
}

static bool too_big(struct sim_world *w, unsigned from, unsigned to, const uint8_t *bytes,
		    uint32_t len)
{
	struct sim_wire *wire = &w->wires[from][to];
	uint32_t pmtu = wire->profile.pmtu;

	if (!pmtu || len <= pmtu + 14 || bytes[12] != 8 || bytes[13] != 0)
		return false;
	wire->too_big++;
	if ((bytes[20] & 0x40) && !wire->cut)
		answer_too_big(w, from, to, bytes, len, pmtu);
	return true;
}

/* -- the segment -- */

static bool on_segment(const struct sim_nic *from, const struct sim_nic *nic)
{
	return nic != from && nic->segment == from->segment;
}

/* The port with this address; a frame for nobody here reaches all, as a switch floods it. */
static int owner_of(const struct sim_nic *from, const uint8_t *mac)
{
	const struct sim_world *w = from->host->world;

	for (unsigned i = 0; i < w->n_ports; i++)
		if (w->ports[i]->segment == from->segment && memcmp(w->ports[i]->mac, mac, 6) == 0)
			return (int)i;
	return -1;
}

void sim_wire_send(struct sim_nic *from, const uint8_t *bytes, uint32_t len,
		   const uint8_t vnet[SEA_VNET_HDR_LEN])
{
	struct sim_world *w = from->host->world;
	int to = owner_of(from, bytes);

	for (unsigned i = 0; i < w->n_ports; i++) {
		if (!on_segment(from, w->ports[i]) || (to >= 0 && to != (int)i))
			continue;
		if (!too_big(w, from->port, i, bytes, len))
			carry(w, from->port, i, bytes, len, vnet);
	}
}

sea_time sim_wire_free_at(const struct sim_nic *from)
{
	const struct sim_world *w = from->host->world;
	sea_time at = w->now;

	for (unsigned i = 0; i < w->n_ports; i++)
		at = sea_time_max(at, w->wires[from->port][i].busy_until);
	return at;
}
