// SPDX-License-Identifier: Apache-2.0
/* Selective acknowledgments; the first block may be a report of what came twice (RFC 2883). */
#include "packetimpact/lint/lint.h"

static bool overlap(const struct sea_sack_block *a, const struct sea_sack_block *b)
{
	return sea_seq_lt(a->start, b->end) && sea_seq_lt(b->start, a->end);
}

static void judge_block(const struct sea_lint_look *look, uint8_t i)
{
	const struct sea_sack_block *b = &look->tcp->opts.sack[i];
	struct sea_lint_half *peer = look->peer;

	if (sea_seq_le(b->end, b->start)) {
		sea_lint_says(look, sack_empty, "%u to %u", sea_lint_rel(peer, b->start),
			      sea_lint_rel(peer, b->end));
		return;
	}
	if (peer->began && sea_seq_gt(b->end, peer->snd_max))
		sea_lint_doubt(&look->me->sack_beyond, look, peer->snd_max.v);
	if (!i)
		return;
	if (sea_seq_lt(b->start, look->tcp->ack))
		sea_lint_says(look, sack_below_ack, "%u to %u, and %u is acknowledged",
			      sea_lint_rel(peer, b->start), sea_lint_rel(peer, b->end),
			      sea_lint_rel(peer, look->tcp->ack));
	for (uint8_t j = 1; j < i; j++) {
		if (overlap(b, &look->tcp->opts.sack[j]))
			sea_lint_says(look, sack_overlap, "%u to %u, and another block",
				      sea_lint_rel(peer, b->start), sea_lint_rel(peer, b->end));
	}
}

/* An acknowledgment that ends within what was there already has lost it. */
static void judge_reneging(const struct sea_lint_look *look)
{
	struct sea_lint_half *peer = look->peer;

	if (!peer->acked || sea_seq_le(look->tcp->ack, peer->snd_una))
		return;
	for (uint8_t i = 0; i < peer->n_sacked; i++) {
		const struct sea_sack_block *b = &peer->sacked[i];

		if (sea_seq_le(b->start, look->tcp->ack) && sea_seq_lt(look->tcp->ack, b->end))
			sea_lint_says(look, sack_reneged, "%u to %u, and %u is acknowledged",
				      sea_lint_rel(peer, b->start), sea_lint_rel(peer, b->end),
				      sea_lint_rel(peer, look->tcp->ack));
	}
}

void sea_lint_rules_sack(const struct sea_lint_look *look)
{
	if (!look->ack || look->rst || look->syn)
		return;
	judge_reneging(look);
	if (!look->tcp->opts.n_sack)
		return;
	if (look->agreed && !look->peer->offer.sack_perm)
		sea_lint_says(look, sack_not_agreed, "%u blocks", look->tcp->opts.n_sack);
	for (uint8_t i = 0; i < look->tcp->opts.n_sack; i++)
		judge_block(look, i);
}
