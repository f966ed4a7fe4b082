// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/act.h"

#include <stdlib.h>
#include <string.h>

#define SPARE 2048u /* zeros behind all, for what was written and never sent */
#define STREAM_MAX (64u << 20)
#define HOLE_MAX (1u << 20) /* more is no capture that lacks frames, but one that makes no sense */

struct sea_act *sea_acts_add(struct sea_acts *acts, size_t before, int64_t ns, enum sea_dut_nr nr)
{
	struct sea_act *act;

	if (acts->n == acts->room) {
		size_t room = acts->room ? acts->room * 2 : 32;

		act = realloc(acts->v, room * sizeof(*act));
		if (!act)
			return NULL;
		acts->v = act;
		acts->room = room;
	}
	act = &acts->v[acts->n];
	*act = (struct sea_act){ .before = before, .order = acts->n++, .ns = ns, .nr = nr };
	return act;
}

static int in_order(const void *a, const void *b)
{
	const struct sea_act *x = a, *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void sea_acts_sort(struct sea_acts *acts)
{
	if (acts->n)
		qsort(acts->v, acts->n, sizeof(*acts->v), in_order);
}

static bool widen(struct sea_acts *acts, uint32_t end)
{
	uint32_t room = acts->stream_room ? acts->stream_room : 4096;
	uint8_t *more;

	while (room < end)
		room *= 2;
	if (room == acts->stream_room)
		return true;
	more = realloc(acts->stream, room);
	if (!more)
		return false;
	memset(more + acts->stream_room, 0, room - acts->stream_room);
	acts->stream = more;
	acts->stream_room = room;
	return true;
}

/* The bytes of one segment; what was there before stays. */
static bool join(struct sea_acts *acts, uint32_t at, const struct sea_lint_seg *seg)
{
	uint32_t end = at + seg->tcp.len, old = acts->stream_len > at ? acts->stream_len - at : 0;

	if (at > acts->stream_len + HOLE_MAX || end > STREAM_MAX || end <= acts->stream_len)
		return true;
	if (!widen(acts, end + SPARE))
		return false;
	memcpy(acts->stream + at + old, seg->payload + old, seg->tcp.len - old);
	acts->stream_len = end;
	return true;
}

static bool join_all(struct sea_acts *acts, const struct sea_talk *talk)
{
	bool began = acts->midway.is;
	uint32_t first = acts->midway.snd;

	for (size_t i = 0; talk->proto == SEA_IPPROTO_TCP && i < talk->n; i++) {
		const struct sea_lint_seg *seg = &talk->packets[i].seg;

		if (!talk->packets[i].out || talk->packets[i].error)
			continue;
		if (seg->tcp.flags & SEA_TCP_SYN && !began) {
			first = seg->tcp.seq.v + 1;
			began = true;
		}
		if (began && seg->tcp.len &&
		    !join(acts, seg->tcp.seq.v + !!(seg->tcp.flags & SEA_TCP_SYN) - first, seg))
			return false;
	}
	return true;
}

bool sea_acts_of(struct sea_acts *acts, const struct sea_talk *talk, bool guess, const char **why)
{
	*acts = (struct sea_acts){ .clock_ns = INT64_MIN };
	*why = "no memory";
	sea_midway_find(&acts->midway, talk);
	if (!join_all(acts, talk))
		return false;
	/* What is told of a descriptor that was made before says nothing of it. */
	if (!guess && talk->whole && !acts->midway.is && !sea_acts_told(acts, talk))
		return false;
	acts->told = acts->n;
	return acts->told || sea_acts_guess(acts, talk, why);
}

void sea_acts_fini(struct sea_acts *acts)
{
	free(acts->v);
	free(acts->stream);
	*acts = (struct sea_acts){ 0 };
}
