/* SPDX-License-Identifier: Apache-2.0 */
/* Which bit of a frame is wrong, and in whose memory. */
#include "link/spoil.h"

#include "core/link.h"
#include "core/stack.h"

#define BITS 8u

static void flip_bit(struct sea_jitter *rng, struct sea_pkt *pkt)
{
	uint64_t bit = sea_jitter_below(rng, (uint64_t)pkt->len * BITS);
	uint32_t off = (uint32_t)(bit / BITS);
	const struct sea_frag *f = pkt->frags;

	while (off >= f->len)
		off -= f++->len;
	f->buf->data[f->off + off] ^= (uint8_t)(1u << bit % BITS);
}

/* In place of `pkt`, whose bytes others may share. NULL: no memory, and dropped. */
static struct sea_pkt *spoilt(struct sea_stack *stack, struct sea_jitter *rng, struct sea_pkt *pkt)
{
	struct sea_pkt *copy = NULL;

	if (pkt->csum_state != SEA_CSUM_PARTIAL || sea_pkt_csum_finish(pkt, stack->csum))
		copy = sea_pkt_copy(pkt, pkt->pool);
	if (!copy) {
		sea_pkt_drop(stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return NULL;
	}
	copy->owner = pkt->owner;
	copy->charged = pkt->charged;
	copy->capture = pkt->capture;
	pkt->owner = SEA_SOCKET_NONE;
	pkt->charged = 0;
	sea_pkt_free(pkt);
	copy->csum_state = SEA_CSUM_NONE;
	if (copy->len)
		flip_bit(rng, copy);
	return copy;
}

bool sea_spoil(struct sea_link *link, struct sea_jitter *rng, struct sea_pkt *pkt,
	       struct sea_pktq *frames)
{
	struct sea_pktq whole;
	uint64_t victim;
	bool done = false;

	sea_pktq_init(&whole);
	if (pkt->gso_type == SEA_GSO_NONE) {
		sea_pktq_push(&whole, pkt);
	} else {
		pkt->off_net = (uint16_t)(sea_pkt_offset(pkt) + link->framing->hdr_len);
		sea_gso_segment(link->stack, pkt, &whole);
	}
	if (!whole.n)
		return false;
	victim = sea_jitter_below(rng, whole.n);
	while ((pkt = sea_pktq_pop(&whole))) {
		if (victim-- == 0) {
			pkt = spoilt(link->stack, rng, pkt);
			done = pkt;
		}
		if (pkt)
			sea_pktq_push(frames, pkt);
	}
	return done;
}
