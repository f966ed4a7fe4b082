/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a packet, which share its memory. */
#include "ip/ip_cut.h"

void sea_ip_cut_init(struct sea_ip_cut *c, struct sea_pkt *pkt, uint32_t headers)
{
	*c = (struct sea_ip_cut){ .pkt = pkt, .total = pkt->len - headers, .frag_off = headers };
}

/* The bytes that begin one fragment of memory; 0: it has none left. */
static uint32_t take(struct sea_ip_cut *c, uint32_t want)
{
	uint32_t left = c->pkt->frags[c->frag].len - c->frag_off;

	return left < want ? left : want;
}

static bool share(struct sea_ip_cut *c, struct sea_pkt *piece, uint32_t len)
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

static void copy_facts(struct sea_pkt *piece, const struct sea_pkt *pkt, uint32_t hdr_len)
{
	piece->link = pkt->link;
	piece->protocol = pkt->protocol;
	piece->type = pkt->type;
	piece->trusted = pkt->trusted;
	piece->hash = pkt->hash;
	piece->mark = pkt->mark;
	piece->priority = pkt->priority;
	piece->time = pkt->time;
	piece->off_net = sea_pkt_offset(piece);
	piece->off_trans = (uint16_t)(piece->off_net + hdr_len);
}

static void move_debt(struct sea_pkt *to, struct sea_pkt *from)
{
	to->owner = from->owner;
	to->charged = from->charged;
	from->owner = SEA_SOCKET_NONE;
	from->charged = 0;
}

struct sea_pkt *sea_ip_cut_next(struct sea_ip_cut *c, const uint8_t *hdr, uint32_t hdr_len,
				uint32_t len)
{
	struct sea_pkt *piece = sea_pkt_new(c->pkt->pool, SEA_PKT_HEADROOM, hdr_len);

	if (!piece)
		return NULL;
	if (!sea_pkt_append(piece, hdr, hdr_len) || !share(c, piece, len)) {
		sea_pkt_free(piece);
		return NULL;
	}
	copy_facts(piece, c->pkt, hdr_len);
	c->done += len;
	if (c->done == c->total)
		move_debt(piece, c->pkt);
	return piece;
}

void sea_ip_cut_undo(struct sea_stack *stack, struct sea_ip_cut *c, struct sea_pktq *out)
{
	struct sea_pkt *piece;

	(void)stack;
	while ((piece = sea_pktq_pop(out))) {
		if (!sea_socket_is_none(piece->owner))
			move_debt(c->pkt, piece);
		sea_pkt_free(piece);
	}
}

int sea_ip_cut_failed(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why,
		      enum sea_mib fails, int err)
{
	sea_stack_count(stack, fails);
	sea_pkt_drop(stack, pkt, why);
	return err;
}

void sea_ip_cut_drop_rest(struct sea_stack *stack, struct sea_pktq *rest)
{
	struct sea_pkt *piece;

	while ((piece = sea_pktq_pop(rest)))
		sea_pkt_drop(stack, piece, SEA_DROP_IP_FRAG_REST);
}
