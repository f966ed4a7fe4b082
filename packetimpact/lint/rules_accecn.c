// SPDX-License-Identifier: Apache-2.0
/*
 * Accurate ECN (RFC 9768). ACE has three bits and a counter of bytes 24, so one that goes back looks like one that goes on
 * by much: by more than the peer has sent meanwhile. What that had sent a second before had come by then, or never did.
 */
#include "packetimpact/lint/lint.h"

#define COME_NS 1000000000u
#define ONE_PACKET \
	1460u /* a capture with larger ones was taken where they are put together, or not yet cut: */
#define SMALL_PACKET 100u /* bytes of one of them */
#define ASKED 7u
#define BEGINS 5u
#define FIELDS (1u << 2 | 1u << 3 | 1u << 4 | 1u << 6) /* by which a handshake tells of a field */
#define COUNTER_MASK 0xffffffu

enum counter { E0B, CEB, E1B };

static unsigned ace_of(const struct sea_lint_look *look)
{
	return (look->seg->ae ? 4u : 0) | (unsigned)look->tcp->flags >> 6;
}

static unsigned offered(const struct sea_lint_offer *o)
{
	return (o->ae ? 4u : 0) | (o->cwr ? 2u : 0) | (o->ece ? 1u : 0);
}

static bool is_agreed(const struct sea_lint_look *look)
{
	const struct sea_lint_offer *a = &look->me->offer, *b = &look->peer->offer;
	const struct sea_lint_offer *client = a->ack ? b : a, *server = a->ack ? a : b;

	return look->agreed && !look->me->accecn.off && !client->ack && server->ack &&
	       offered(client) == ASKED && FIELDS >> offered(server) & 1;
}

/* Does it have a counter, and tell by it? The handshake's answer may also be asked for again. */
static bool tells(const struct sea_lint_look *look)
{
	return look->ack && !look->syn && !look->rst && is_agreed(look);
}

/* The client's first segment after its SYN, if bare, has the SYN-ACK's field instead of the counter. */
static bool is_third(const struct sea_lint_look *look)
{
	return look->peer->offer.ack && !look->me->accecn.third && !look->tcp->len && !look->fin &&
	       !look->tcp->opts.n_sack;
}

/* It left its sender after the one that told last, whatever the capture's order. */
static bool is_newer(const struct sea_lint_look *look)
{
	const struct sea_lint_accecn *acc = &look->me->accecn;
	const struct sea_tcp_seg *tcp = look->tcp;

	if (!acc->told || sea_seq_gt(tcp->ack, acc->ack))
		return true;
	return tcp->opts.has_ts && (int32_t)(tcp->opts.ts_val - acc->ts) > 0;
}

static enum counter counter_of(const struct sea_tcp_opts *o, unsigned i)
{
	return (enum counter)(o->accecn == SEA_TCPOPT_ACCECN0 ? i : E1B - i);
}

static void judge_syn(const struct sea_lint_look *look)
{
	const struct sea_tcp_opts *o = &look->tcp->opts;

	if (!o->accecn)
		return;
	if (!look->ack) {
		sea_lint_says(look, accecn_on_syn, "kind %u", o->accecn);
		return;
	}
	for (unsigned i = 0; i < o->n_accecn; i++) {
		if (counter_of(o, i) != CEB && !o->accecn_bytes[i])
			sea_lint_says(look, accecn_begins_with_zero, "kind %u, counter %u of %u",
				      o->accecn, i + 1, o->n_accecn);
	}
}

static void judge_third(const struct sea_lint_look *look)
{
	const struct sea_lint_half *peer = look->peer;

	if (sea_seq_eq(look->tcp->ack, sea_seq_add(peer->offer.iss, 1)) &&
	    !(FIELDS >> ace_of(look) & 1))
		sea_lint_says(look, ace_of_synack, "ACE %u", ace_of(look));
}

static void judge_ace(const struct sea_lint_look *look)
{
	const struct sea_lint_accecn *acc = &look->me->accecn;
	unsigned before = acc->told ? acc->ace : BEGINS;
	uint32_t most = look->peer->accecn.packets - acc->come;

	if (((ace_of(look) - before) & SEA_TCP_ACE_MASK) > most)
		sea_lint_says(look, ace_impossible, "ACE %u, and %u before, with %u packets since",
			      ace_of(look), before, most);
}

static void judge_bytes(const struct sea_lint_look *look)
{
	const struct sea_tcp_opts *o = &look->tcp->opts;
	const struct sea_lint_accecn *acc = &look->me->accecn;
	static const char *const names[] = { "E0B", "CEB", "E1B" };

	for (unsigned i = 0; i < o->n_accecn; i++) {
		enum counter c = counter_of(o, i);
		uint32_t step = (o->accecn_bytes[i] - acc->counter[c].value) & COUNTER_MASK;
		uint64_t most = look->peer->bytes_sent - acc->counter[c].come;

		if (acc->counter[c].is && step > most)
			sea_lint_says(look, accecn_bytes_impossible,
				      "%s %u, and %u before, with %llu bytes since", names[c],
				      o->accecn_bytes[i], acc->counter[c].value,
				      (unsigned long long)most);
	}
}

/* Data with CE, until it is acknowledged; sent again, it may not be what came. */
static void note_ce(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me;
	const struct sea_lint_accecn *told = &look->peer->accecn;

	if (look->sending == SEA_LINT_SENT_AGAIN) {
		me->ce.is = false;
	} else if (look->seg->ecn == SEA_ECN_CE && look->tcp->len && look->fresh && !me->ce.is) {
		sea_lint_doubt(&me->ce, look, told->told ? told->ace : BEGINS);
		me->ce_end = look->end;
		me->accecn.ce_come = told->come;
	}
}

/* Where ACE cannot have gone round meanwhile. */
static void judge_ce(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;

	if (!peer->ce.is || sea_seq_lt(look->tcp->ack, peer->ce_end))
		return;
	if (peer->accecn.packets - peer->accecn.ce_come <= SEA_TCP_ACE_MASK &&
	    ace_of(look) == peer->ce.value)
		sea_lint_says(look, accecn_ce_not_told, "ACE %u, and CE came with frame %llu",
			      ace_of(look), (unsigned long long)peer->ce.at.frame);
	peer->ce.is = false;
}

void sea_lint_rules_accecn(const struct sea_lint_look *look)
{
	if (look->syn)
		judge_syn(look);
	if (!tells(look))
		return;
	note_ce(look);
	if (is_third(look)) {
		judge_third(look);
	} else if (is_newer(look)) {
		judge_ace(look);
		judge_bytes(look);
		judge_ce(look);
	}
}

/* -- afterwards -- */

static void follow_sent(const struct sea_lint_look *look)
{
	struct sea_lint_accecn *acc = &look->me->accecn;
	uint32_t len = look->tcp->len;

	if (look->lint->now.time_ns >= acc->before[1].ns + COME_NS) {
		acc->before[0] = acc->before[1];
		acc->before[1].ns = look->lint->now.time_ns;
		acc->before[1].bytes = look->me->bytes_sent;
		acc->before[1].packets = acc->packets;
	}
	acc->merged |= len > ONE_PACKET;
	if (look->seg->ecn)
		acc->packets += 1 + (acc->merged ? len / SMALL_PACKET : 0);
}

/* SYNs that differ, or come again when something was told of: the handshake's encoding may be back. */
static void follow_syn(const struct sea_lint_look *look)
{
	struct sea_lint_half *me = look->me, *peer = look->peer;

	if ((me->offer.syn && offered(&me->offer) != ace_of(look)) || me->accecn.third ||
	    peer->accecn.third)
		me->accecn.off = peer->accecn.off = true;
}

static void follow_told(const struct sea_lint_look *look)
{
	struct sea_lint_accecn *acc = &look->me->accecn, *peer = &look->peer->accecn;
	const struct sea_lint_sent_before *before =
		&peer->before[look->lint->now.time_ns >= peer->before[1].ns + COME_NS];
	const struct sea_tcp_opts *o = &look->tcp->opts;

	acc->told = true;
	acc->ace = (uint8_t)ace_of(look);
	acc->ack = look->tcp->ack;
	acc->come = before->packets;
	if (o->has_ts)
		acc->ts = o->ts_val;
	for (unsigned i = 0; i < o->n_accecn; i++) {
		enum counter c = counter_of(o, i);

		acc->counter[c].is = true;
		acc->counter[c].value = o->accecn_bytes[i];
		acc->counter[c].come = before->bytes;
	}
}

void sea_lint_follow_accecn(const struct sea_lint_look *look)
{
	follow_sent(look);
	if (look->syn) {
		follow_syn(look);
	} else if (tells(look)) {
		if (!is_third(look) && is_newer(look))
			follow_told(look);
		look->me->accecn.third = true;
	}
}
