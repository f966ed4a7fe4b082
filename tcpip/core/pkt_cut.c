/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a packet, which share its memory. */
#include "core/pkt_cut.h"

/* The bytes that begin one fragment of memory; 0: it has none left. */
static uint32_t take(const struct sea_pkt_cut *c, uint32_t want)
{
	uint32_t left = c->pkt->frags[c->frag].len - c->frag_off;

	return left < want ? left : want;
}

static bool share(struct sea_pkt_cut *c, struct sea_pkt *piece, uint32_t len)
{
	while (len) {
		const struct sea_frag *f = &c->pkt->frags[c->frag];
		uint32_t n = take(c, len);

		if (n && !sea_pkt_append_frag(piece, f->buf, f->off + c->frag_off, n))
			return false;
		len -= n;
		c->frag_off += n;
		if (c->frag_off == f->len) {
			c->frag++;
			c->frag_off = 0;
		}
	}
	return true;
}

static void copy_facts(struct sea_pkt *piece, const struct sea_pkt *pkt)
{
	piece->link = pkt->link;
	piece->protocol = pkt->protocol;
	piece->type = pkt->type;
	piece->trusted = pkt->trusted;
	piece->hash = pkt->hash;
	piece->mark = pkt->mark;
	piece->priority = pkt->priority;
	piece->time = pkt->time;
	piece->edt = pkt->edt;
}

static void move_debt(struct sea_pkt *to, struct sea_pkt *from)
{
	to->owner = from->owner;
	to->charged = from->charged;
	to->stamp_snd = from->stamp_snd;
	to->stamp_sched = from->stamp_sched;
	to->tskey = from->tskey;
	from->owner = SEA_SOCKET_NONE;
	from->charged = 0;
}

struct sea_pkt *sea_pkt_cut_next(struct sea_pkt_cut *c, uint32_t headroom, const void *hdr,
				 uint32_t hdr_len, uint32_t len)
{
	struct sea_pkt *piece = sea_pkt_new(c->pkt->pool, headroom, hdr_len);

	if (!piece)
		return NULL;
	if (!sea_pkt_append(piece, hdr, hdr_len) || !share(c, piece, len)) {
		sea_pkt_free(piece);
		return NULL;
	}
	copy_facts(piece, c->pkt);
	c->done += len;
	if (c->done == c->total)
		move_debt(piece, c->pkt);
	return piece;
}

void sea_pkt_cut_undo(struct sea_pkt_cut *c, struct sea_pktq *out)
{
	struct sea_pkt *piece;

	while ((piece = sea_pktq_pop(out))) {
		if (!sea_socket_is_none(piece->owner))
			move_debt(c->pkt, piece);
		sea_pkt_free(piece);
	}
}
