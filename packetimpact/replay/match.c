// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/match.h"

#define AHEAD 64u /* packets that one may have, and the other not */

enum packet {
#define PACKET(name, clause, words) PACKET_##name,
#define FIELD(name, clause, sentence)
#include "packetimpact/replay/deviation.def"
#undef PACKET
#undef FIELD
};

static const struct {
	const char *name, *clause, *words;
} packets[] = {
#define PACKET(name, clause, words) { #name, clause, words },
#define FIELD(name, clause, sentence)
#include "packetimpact/replay/deviation.def"
#undef PACKET
#undef FIELD
};

static enum packet packet_of(const struct sea_answer *a, uint32_t sent)
{
	if (a->proto == SEA_IPPROTO_UDP)
		return PACKET_datagram;
	if (a->proto != SEA_IPPROTO_TCP)
		return a->error ? PACKET_error : PACKET_echo;
	if (a->flags & SEA_TCP_RST)
		return PACKET_rst;
	if (a->flags & SEA_TCP_SYN)
		return a->flags & SEA_TCP_ACK ? PACKET_syn_ack : PACKET_syn;
	if (a->len && (int32_t)(a->seq + a->len - sent) <= 0)
		return a->len == 1 ? PACKET_probe : PACKET_again;
	if (a->len)
		return PACKET_data;
	if (a->flags & SEA_TCP_FIN)
		return PACKET_fin;
	if ((int32_t)(a->seq - sent) < 0)
		return PACKET_probe;
	return a->opts.n_sack ? PACKET_sack : PACKET_ack;
}

/* What they have in common that are the same packet, whatever else differs; `strict`: the acknowledgment, too. */
static bool is_same(const struct sea_answer *a, const struct sea_answer *b, bool strict)
{
	const uint16_t shape = SEA_TCP_SYN | SEA_TCP_FIN | SEA_TCP_RST;

	if (a->proto != b->proto)
		return false;
	if (a->proto != SEA_IPPROTO_TCP)
		return a->len == b->len && a->type == b->type;
	return a->seq == b->seq && a->len == b->len && (!strict || a->ack == b->ack) &&
	       !((a->flags ^ b->flags) & shape);
}

static void tell(struct sea_match *m, enum sea_deviation_kind kind,
		 const struct sea_answer *captured, const struct sea_answer *live)
{
	const struct sea_answer *a = captured ? captured : live;
	enum packet packet = packet_of(a, m->sent[!captured]);
	const struct sea_deviation deviation = { .kind = kind,
						 .name = packets[packet].name,
						 .clause = packets[packet].clause,
						 .words = packets[packet].words,
						 .captured = captured,
						 .live = live };

	m->deviations++;
	m->found(m->arg, &deviation);
}

static void follow(uint32_t *sent, const struct sea_answer *a)
{
	uint32_t end = a->seq + a->len + !!(a->flags & SEA_TCP_SYN) + !!(a->flags & SEA_TCP_FIN);

	if (a->proto == SEA_IPPROTO_TCP && (int32_t)(end - *sent) > 0)
		*sent = end;
}

static void missing(struct sea_match *m, const struct sea_answer *captured)
{
	tell(m, SEA_DEVIATION_MISSING, captured, NULL);
	m->done(m->arg, captured, NULL, 1);
	follow(&m->sent[0], captured);
}

static void extra(struct sea_match *m, const struct sea_answer *live)
{
	tell(m, SEA_DEVIATION_EXTRA, NULL, live);
	follow(&m->sent[1], live);
}

static void both(struct sea_match *m, const struct sea_answer *captured,
		 const struct sea_answer *live)
{
	unsigned n = sea_match_fields(m, captured, live);

	m->deviations += n;
	m->same += !n;
	m->done(m->arg, captured, live, n);
	follow(&m->sent[0], captured);
	follow(&m->sent[1], live);
	m->last_ns = captured->ns;
}

/* How far ahead of `at` is the same as `a`? AHEAD: nowhere near. */
static size_t distance(const struct sea_answers *in, size_t at, const struct sea_answer *a,
		       bool strict)
{
	size_t n = 0;

	while (n < AHEAD && at + n < in->n && !is_same(&in->v[at + n], a, strict))
		n++;
	return at + n < in->n ? n : AHEAD;
}

void sea_match(struct sea_match *m, const struct sea_answers *captured,
	       const struct sea_answers *live)
{
	size_t i = 0, j = 0;

	m->deviations = m->same = 0;
	m->last_ns = 0;
	m->sent[0] = m->sent[1] = 0;
	while (i < captured->n && j < live->n) {
		const struct sea_answer *a = &captured->v[i], *b = &live->v[j];
		size_t skip_live = distance(live, j, a, true);
		size_t skip_captured = distance(captured, i, b, true);

		if (skip_live == AHEAD && skip_captured == AHEAD) {
			skip_live = distance(live, j, a, false);
			skip_captured = distance(captured, i, b, false);
		}
		if (skip_live == AHEAD && skip_captured == AHEAD) {
			/* Neither comes later: they are one packet, in which much differs. */
			both(m, a, b);
			i++, j++;
		} else if (skip_live <= skip_captured) {
			for (; skip_live; skip_live--)
				extra(m, &live->v[j++]);
			both(m, a, &live->v[j++]);
			i++;
		} else {
			for (; skip_captured; skip_captured--)
				missing(m, &captured->v[i++]);
		}
	}
	while (i < captured->n)
		missing(m, &captured->v[i++]);
	/* What comes behind the last captured answer may have come behind the end of the capture. */
	for (; j < live->n; j++) {
		if (captured->n && live->v[j].ns <= captured->v[captured->n - 1].ns)
			extra(m, &live->v[j]);
	}
}
