// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/flow.h"

#include <stdlib.h>
#include <string.h>

void sea_lint_flows_init(struct sea_lint_flows *flows, uint64_t key, size_t budget)
{
	*flows = (struct sea_lint_flows){ .key = key, .budget.max = budget };
}

void sea_lint_flow_forget(struct sea_lint_flows *flows, struct sea_lint_flow *f)
{
	for (int i = 0; i < 2; i++) {
		sea_lint_ranges_fini(&f->half[i].ranges, &flows->budget);
		sea_lint_bytes_fini(&f->half[i].bytes, &flows->budget);
	}
}

void sea_lint_flows_fini(struct sea_lint_flows *flows)
{
	for (uint32_t i = 0; i < flows->n; i++) {
		sea_lint_flow_forget(flows, flows->by_id[i]);
		free(flows->by_id[i]);
	}
	free(flows->by_id);
	free(flows->buckets);
	*flows = (struct sea_lint_flows){ 0 };
}

/* The same for both directions. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t hash_end(uint64_t key, const uint8_t addr[16], uint16_t port)
{
	uint64_t half[2];

	memcpy(half, addr, sizeof(half));
	return mix(mix(mix(key, half[0]), half[1]), port);
}

static uint64_t hash_seg(const struct sea_lint_flows *flows, const struct sea_lint_seg *seg)
{
	return hash_end(flows->key, seg->src, seg->tcp.src) +
	       hash_end(flows->key, seg->dst, seg->tcp.dst);
}

static uint64_t hash_flow(const struct sea_lint_flows *flows, const struct sea_lint_flow *f)
{
	return hash_end(flows->key, f->addr[0], f->port[0]) +
	       hash_end(flows->key, f->addr[1], f->port[1]);
}

/* Who sent it: 0 or 1; -1: it is of another flow. */
static int side_of(const struct sea_lint_flow *f, const struct sea_lint_seg *seg)
{
	if (f->v6 != seg->v6)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (f->port[i] == seg->tcp.src && f->port[!i] == seg->tcp.dst &&
		    !memcmp(f->addr[i], seg->src, 16) && !memcmp(f->addr[!i], seg->dst, 16))
			return i;
	}
	return -1;
}

static bool grow(struct sea_lint_flows *flows)
{
	uint32_t room = flows->room ? flows->room * 2 : 64;
	struct sea_lint_flow **by_id = realloc(flows->by_id, room * sizeof(*by_id)), **buckets;

	if (!by_id)
		return false;
	flows->by_id = by_id;
	buckets = calloc(room, sizeof(*buckets));
	if (!buckets)
		return false;
	free(flows->buckets);
	flows->buckets = buckets;
	flows->n_buckets = flows->room = room;
	/* In the order of their making: a later one of the same addresses is found first. */
	for (uint32_t i = 0; i < flows->n; i++) {
		struct sea_lint_flow **at = &buckets[hash_flow(flows, by_id[i]) & (room - 1)];

		by_id[i]->next = *at;
		*at = by_id[i];
	}
	return true;
}

static struct sea_lint_flow *add(struct sea_lint_flows *flows, const struct sea_lint_seg *seg)
{
	struct sea_lint_flow *f, **at;

	if (flows->n == SEA_LINT_FLOWS_MAX || (flows->n == flows->room && !grow(flows)))
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->v6 = seg->v6;
	memcpy(f->addr[0], seg->src, 16);
	memcpy(f->addr[1], seg->dst, 16);
	f->port[0] = seg->tcp.src;
	f->port[1] = seg->tcp.dst;
	f->first = (struct sea_lint_at){ seg->frame, seg->time_ns };
	flows->by_id[flows->n++] = f;
	f->id = flows->n;
	at = &flows->buckets[hash_seg(flows, seg) & (flows->n_buckets - 1)];
	f->next = *at;
	*at = f;
	return f;
}

static bool has_ended(const struct sea_lint_flow *f)
{
	return f->half[0].rst || f->half[1].rst || (f->half[0].fin && f->half[1].fin);
}

/* A SYN that begins a connection where another one was? */
static bool begins_anew(const struct sea_lint_flow *f, int from, const struct sea_lint_seg *seg)
{
	const struct sea_lint_half *h = &f->half[from];

	if ((seg->tcp.flags & (SEA_TCP_SYN | SEA_TCP_ACK | SEA_TCP_RST)) != SEA_TCP_SYN)
		return false;
	return has_ended(f) && !(h->offer.syn && sea_seq_eq(h->offer.iss, seg->tcp.seq));
}

struct sea_lint_flow *sea_lint_flows_get(struct sea_lint_flows *flows,
					 const struct sea_lint_seg *seg, int *from)
{
	struct sea_lint_flow *f = NULL;

	if (seg->tcp.src == seg->tcp.dst && !memcmp(seg->src, seg->dst, 16))
		return NULL;
	if (flows->n_buckets)
		f = flows->buckets[hash_seg(flows, seg) & (flows->n_buckets - 1)];
	for (; f; f = f->next) {
		*from = side_of(f, seg);
		if (*from >= 0)
			break;
	}
	if (f && !begins_anew(f, *from, seg))
		return f;
	if (f)
		sea_lint_flow_forget(flows, f);
	*from = 0;
	f = add(flows, seg);
	flows->refused += !f;
	return f;
}

/* -- round trips -- */

void sea_lint_rtt_add(struct sea_lint_rtt *rtt, uint64_t ns)
{
	uint64_t us = ns / 1000 + 8;
	uint32_t octave = 63 - (uint32_t)__builtin_clzll(us);
	uint32_t at = (octave - 3) * 8 + (uint32_t)(us >> (octave - 3) & 7);

	rtt->bucket[at < SEA_LINT_RTT_BUCKETS ? at : SEA_LINT_RTT_BUCKETS - 1]++;
	rtt->min_ns = rtt->n && rtt->min_ns < ns ? rtt->min_ns : ns;
	rtt->max_ns = rtt->max_ns > ns ? rtt->max_ns : ns;
	rtt->n++;
}

uint64_t sea_lint_rtt_median(const struct sea_lint_rtt *rtt)
{
	uint32_t below = 0, at = 0;
	uint64_t ns;

	while (at < SEA_LINT_RTT_BUCKETS - 1 && (below += rtt->bucket[at]) * 2ull < rtt->n)
		at++;
	ns = (((uint64_t)(8 + (at & 7)) << (at / 8)) - 8) * 1000;
	if (ns < rtt->min_ns)
		return rtt->min_ns;
	return ns > rtt->max_ns ? rtt->max_ns : ns;
}
