// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/sent.h"

#include <stdlib.h>
#include <string.h>

#define COPY_NS 1000000u
#define BYTES_MIN 4096u

/* -- ranges -- */

/* The index of the first range that ends behind `seq`. */
static uint32_t find(const struct sea_lint_ranges *r, sea_seq seq)
{
	uint32_t lo = 0, hi = r->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (sea_seq_gt(r->v[r->head + mid].end, seq))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static bool make_room(struct sea_lint_ranges *r, struct sea_lint_budget *budget)
{
	uint32_t room = r->room ? r->room * 2 : 16;
	size_t more = (room - r->room) * sizeof(*r->v);
	struct sea_lint_range *v;

	if (r->head + r->n < r->room)
		return true;
	if (r->head > r->room / 2) {
		memmove(r->v, r->v + r->head, r->n * sizeof(*r->v));
		r->head = 0;
		return true;
	}
	if (r->n >= SEA_LINT_RANGES_MAX || budget->max - budget->used < more)
		return false;
	v = realloc(r->v, room * sizeof(*v));
	if (!v)
		return false;
	budget->used += more;
	r->v = v;
	r->room = room;
	return true;
}

static void insert(struct sea_lint_ranges *r, struct sea_lint_budget *budget, uint32_t at,
		   const struct sea_lint_range *range)
{
	struct sea_lint_range *v;

	if (sea_seq_le(range->end, range->start))
		return;
	if (!make_room(r, budget)) {
		/* Where there is no room, the last one stands for what follows it, too. */
		if (at == r->n && r->n) {
			v = &r->v[r->head + at - 1];
			v->end = range->end;
			v->last_ns = range->last_ns;
		}
		return;
	}
	v = r->v + r->head + at;
	if (at < r->n)
		memmove(v + 1, v, (r->n - at) * sizeof(*v));
	*v = *range;
	r->n++;
}

static bool is_copy(const struct sea_lint_range *before, const struct sea_lint_range *now)
{
	return sea_seq_eq(before->start, now->start) && sea_seq_eq(before->end, now->end) &&
	       now->first_ns - before->last_ns < COPY_NS && before->ip_id == now->ip_id;
}

enum sea_lint_sending sea_lint_ranges_sent(struct sea_lint_ranges *r,
					   struct sea_lint_budget *budget,
					   struct sea_lint_range range)
{
	uint32_t at = find(r, range.start);
	struct sea_lint_range *v = r->n ? r->v + r->head : NULL;
	bool again = false;

	range.last_ns = range.first_ns;
	range.times = 1;
	if (at < r->n && is_copy(&v[at], &range))
		return SEA_LINT_SENT_COPY;
	for (; at < r->n && sea_seq_lt(v[at].start, range.end); at++) {
		v[at].last_ns = range.first_ns;
		v[at].times = (uint16_t)(v[at].times + (v[at].times < UINT16_MAX));
		v[at].ip_id = range.ip_id;
		again = true;
		if (sea_seq_lt(range.start, v[at].end))
			range.start = v[at].end;
	}
	if (sea_seq_lt(range.start, range.end))
		insert(r, budget, at, &range);
	return again ? SEA_LINT_SENT_AGAIN : SEA_LINT_SENT_NEW;
}

bool sea_lint_ranges_acked(struct sea_lint_ranges *r, sea_seq una, struct sea_lint_range *last)
{
	bool any = false;

	while (r->n && sea_seq_le(r->v[r->head].end, una)) {
		*last = r->v[r->head];
		any = true;
		r->head++;
		r->n--;
	}
	if (r->n && sea_seq_lt(r->v[r->head].start, una))
		r->v[r->head].start = una;
	return any;
}

const struct sea_lint_range *sea_lint_ranges_first(const struct sea_lint_ranges *r)
{
	return r->n ? r->v + r->head : NULL;
}

void sea_lint_ranges_fini(struct sea_lint_ranges *r, struct sea_lint_budget *budget)
{
	budget->used -= r->room * sizeof(*r->v);
	free(r->v);
	*r = (struct sea_lint_ranges){ 0 };
}

/* -- bytes -- */

static void put(struct sea_lint_bytes *b, sea_seq seq, const uint8_t *from, uint32_t len)
{
	uint32_t at = seq.v & (b->room - 1), first = b->room - at;

	if (first > len)
		first = len;
	memcpy(b->v + at, from, first);
	if (len > first)
		memcpy(b->v, from + first, len - first);
}

static bool same(const struct sea_lint_bytes *b, sea_seq seq, const uint8_t *with, uint32_t len)
{
	uint32_t at = seq.v & (b->room - 1), first = b->room - at;

	if (first > len)
		first = len;
	return !memcmp(b->v + at, with, first) &&
	       (len == first || !memcmp(b->v, with + first, len - first));
}

/* Room for `span` bytes, as far as allowed. */
static void grow(struct sea_lint_bytes *b, struct sea_lint_budget *budget, uint32_t span)
{
	uint32_t room = b->room ? b->room : BYTES_MIN;
	struct sea_lint_bytes old = *b;

	while (room < span && room < SEA_LINT_BYTES_MAX)
		room *= 2;
	if (room == b->room || budget->max - budget->used < room - b->room)
		return;
	b->v = malloc(room);
	if (!b->v) {
		b->v = old.v;
		return;
	}
	budget->used += room - old.room;
	b->room = room;
	for (sea_seq s = old.lo; sea_seq_lt(s, old.hi);) {
		uint32_t at = s.v & (old.room - 1), n = old.room - at, left = old.hi.v - s.v;

		n = n < left ? n : left;
		put(b, s, old.v + at, n);
		s = sea_seq_add(s, n);
	}
	free(old.v);
}

/* All that is known of old bytes is as it was? */
static bool compare(const struct sea_lint_bytes *b, sea_seq seq, const uint8_t *from, uint32_t len)
{
	sea_seq start = sea_seq_max(seq, b->lo), end = sea_seq_min(sea_seq_add(seq, len), b->hi);

	if (!b->room || sea_seq_ge(start, end))
		return true;
	return same(b, start, from + (start.v - seq.v), end.v - start.v);
}

bool sea_lint_bytes_sent(struct sea_lint_bytes *b, struct sea_lint_budget *budget, sea_seq una,
			 sea_seq seq, const uint8_t *from, uint32_t len)
{
	sea_seq end = sea_seq_add(seq, len), base;
	bool good = compare(b, seq, from, len);

	if (!len || sea_seq_le(end, b->hi))
		if (b->room)
			return good;
	/* Behind a hole, what was before it is forgotten. */
	if (!b->room || sea_seq_gt(seq, b->hi) || sea_seq_lt(seq, b->lo))
		b->lo = b->hi = seq;
	base = sea_seq_between(b->lo, una, b->hi) ? una : b->lo;
	grow(b, budget, end.v - base.v);
	if (!b->room || len > b->room) {
		b->lo = b->hi = end;
		return good;
	}
	put(b, b->hi, from + (b->hi.v - seq.v), end.v - b->hi.v);
	b->hi = end;
	if (b->hi.v - b->lo.v > b->room)
		b->lo = sea_seq_of(b->hi.v - b->room);
	return good;
}

void sea_lint_bytes_fini(struct sea_lint_bytes *b, struct sea_lint_budget *budget)
{
	budget->used -= b->room;
	free(b->v);
	*b = (struct sea_lint_bytes){ 0 };
}
