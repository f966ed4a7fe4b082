/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, and packets that wait, written out and read back, of either IP version. */
#include "ip/ip_save.h"

#include <errno.h>

#include "core/pkt.h"

#define PENDING_MAX (1u << 16)
#define HEADERS_MAX 128u /* from the transport header on */
#define EXTS_MAX 2048u   /* before it */

/* -- keys -- */

void sea_ip_save_key(struct sea_saver *to, const struct sea_siphash_key *key)
{
	sea_save_u64(to, key->k0);
	sea_save_u64(to, key->k1);
}

void sea_ip_load_key(struct sea_loader *from, struct sea_siphash_key *key)
{
	struct sea_siphash_key saved;

	saved.k0 = sea_load_u64(from);
	saved.k1 = sea_load_u64(from);
	if (!from->fresh_secrets)
		*key = saved;
}

/* -- packets: network header first, with offsets counted from there -- */

void sea_ip_save_pending(struct sea_saver *to, const struct sea_pktq *q)
{
	sea_save_u32(to, q->n);
	for (const struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next) {
		uint16_t at = sea_pkt_offset(pkt);

		sea_save_pkt(to, pkt);
		sea_save_u16(to, (uint16_t)(pkt->off_trans - at));
		sea_save_u8(to, pkt->csum_state);
		sea_save_u16(to, (uint16_t)(pkt->csum_start - at));
		sea_save_u16(to, pkt->csum_offset);
	}
}

/* The headers in one piece, as everybody who sends expects them; what is saved must lie within. */
static bool place_headers(struct sea_pkt *pkt, uint16_t trans, uint16_t start, uint16_t csum_offset)
{
	uint32_t len = pkt->len < trans + HEADERS_MAX ? pkt->len : trans + HEADERS_MAX;
	uint16_t at;

	if (trans > EXTS_MAX || !sea_pkt_peek(pkt, len))
		return false;
	at = sea_pkt_offset(pkt);
	pkt->off_net = at;
	pkt->off_trans = (uint16_t)(at + trans);
	pkt->csum_start = (uint16_t)(at + start);
	pkt->csum_offset = csum_offset;
	return trans <= len &&
	       (pkt->csum_state != SEA_CSUM_PARTIAL || start + csum_offset + 2u <= len);
}

void sea_ip_load_pending(struct sea_loader *from, struct sea_pool *pool, struct sea_pktq *q)
{
	for (uint32_t i = sea_load_count(from, PENDING_MAX); i && !from->err; i--) {
		struct sea_pkt *pkt = sea_load_pkt(from, pool);
		uint16_t trans = sea_load_u16(from), start, offset;
		uint8_t state = sea_load_u8(from);

		start = sea_load_u16(from);
		offset = sea_load_u16(from);
		if (!pkt)
			return;
		pkt->csum_state = state;
		sea_pktq_push(q, pkt);
		if (state > SEA_CSUM_PARTIAL || !place_headers(pkt, trans, start, offset))
			sea_load_fail(from, -EINVAL);
		else if (!sea_pkt_settle(pkt, true))
			sea_load_fail(from, -ENOMEM);
	}
}
