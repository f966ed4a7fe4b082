/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum of a packet: over its fragments, and what that means for its checksum state. */
#include "core/checksum.h"

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t sea_pkt_csum(const struct sea_pkt *pkt, uint32_t off, uint32_t len, sea_csum_fn *fn)
{
	uint32_t sum = 0, done = 0;

	for (uint16_t i = 0; i < pkt->nfrags && done < len; i++) {
		const struct sea_frag *frag = &pkt->frags[i];
		uint32_t n, part;

		if (off >= frag->len) {
			off -= frag->len;
			continue;
		}
		n = min32(frag->len - off, len - done);
		part = fn(frag->buf->data + frag->off + off, n, 0);
		sum = sea_csum_add(sum, done & 1 ? sea_csum_odd(part) : part);
		done += n;
		off = 0;
	}
	return sum;
}

bool sea_pkt_csum_verify(struct sea_pkt *pkt, uint32_t pseudo, sea_csum_fn *fn)
{
	uint32_t sum;

	if (sea_pkt_csum_believed(pkt))
		return true;
	sum = pkt->csum_state == SEA_CSUM_COMPLETE ? pkt->csum : sea_pkt_csum(pkt, 0, pkt->len, fn);
	if (sea_csum_fold(sea_csum_add(sum, pseudo)) != 0xffff)
		return false;
	pkt->csum_state = SEA_CSUM_VERIFIED;
	return true;
}

/* Takes what lies in front of the packet's first byte back in, from csum_start on. */
static uint32_t unpull_to_start(struct sea_pkt *pkt)
{
	uint16_t at = sea_pkt_offset(pkt);
	uint32_t len = at > pkt->csum_start ? (uint32_t)(at - pkt->csum_start) : 0;

	sea_pkt_unpull(pkt, len);
	return len;
}

static bool finish(struct sea_pkt *pkt, sea_csum_fn *fn)
{
	uint32_t start = (uint32_t)(pkt->csum_start - sea_pkt_offset(pkt));
	uint32_t field_at = start + pkt->csum_offset;
	uint8_t *bytes = sea_pkt_writable(pkt, field_at + 2);
	uint16_t field;

	if (!bytes)
		return false;
	field = (uint16_t)~sea_csum_fold(sea_pkt_csum(pkt, start, pkt->len - start, fn));
	sea_csum_put(bytes + field_at, field ? field : 0xffff); /* 0 would say "none" in UDP */
	pkt->csum_state = SEA_CSUM_NONE;
	return true;
}

bool sea_pkt_csum_finish(struct sea_pkt *pkt, sea_csum_fn *fn)
{
	uint32_t unpulled;
	bool done;

	if (pkt->csum_state != SEA_CSUM_PARTIAL)
		return true;
	unpulled = unpull_to_start(pkt);
	done = finish(pkt, fn);
	if (unpulled > 0)
		sea_pkt_pull(pkt, unpulled);
	return done;
}

void sea_pkt_csum_rewrite(struct sea_pkt *pkt, uint32_t from, uint32_t to)
{
	if (pkt->csum_state == SEA_CSUM_COMPLETE)
		pkt->csum = sea_csum_add(sea_csum_sub(pkt->csum, from), to);
}
