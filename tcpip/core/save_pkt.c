/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets in queues: their payload and what is known of it. Headers that were pulled, and how the
 * bytes lay in memory, are not kept.
 */
#include <errno.h>
#include <string.h>

#include "core/pkt.h"
#include "core/save.h"

#define QUEUE_MAX (1u << 24)
#define PIECE 32768u

void sea_save_pkt(struct sea_saver *to, const struct sea_pkt *pkt)
{
	sea_save_u32(to, pkt->len);
	sea_save_time(to, pkt->time);
	sea_save_u8(to, pkt->edt);
	sea_save_u16(to, pkt->protocol);
	sea_save_u8(to, pkt->type);
	sea_save_u8(to, pkt->gso_type);
	sea_save_u16(to, pkt->gso_size);
	sea_save_u16(to, pkt->gso_segs);
	sea_save_u32(to, pkt->hash);
	sea_save_u32(to, pkt->mark);
	sea_save_u32(to, pkt->priority);
	sea_save_u32(to, pkt->charged);
	sea_save_bytes(to, pkt->cb, sizeof(pkt->cb));
	for (unsigned i = 0; i < pkt->nfrags; i++)
		sea_save_bytes(to, pkt->frags[i].buf->data + pkt->frags[i].off, pkt->frags[i].len);
}

void sea_save_pktq(struct sea_saver *to, const struct sea_pktq *q)
{
	sea_save_u32(to, q->n);
	for (const struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next)
		sea_save_pkt(to, pkt);
}

static void load_facts(struct sea_loader *from, struct sea_pkt *pkt)
{
	pkt->time = sea_load_time(from);
	pkt->edt = sea_load_u8(from) != 0;
	pkt->protocol = sea_load_u16(from);
	pkt->type = sea_load_u8(from);
	pkt->gso_type = sea_load_u8(from);
	pkt->gso_size = sea_load_u16(from);
	pkt->gso_segs = sea_load_u16(from);
	pkt->hash = sea_load_u32(from);
	pkt->mark = sea_load_u32(from);
	pkt->priority = sea_load_u32(from);
	pkt->charged = sea_load_u32(from);
	sea_load_bytes(from, pkt->cb, sizeof(pkt->cb));
	if (pkt->gso_type > SEA_GSO_UDP)
		sea_load_fail(from, -EINVAL);
}

static bool load_payload(struct sea_loader *from, struct sea_pkt *pkt, uint32_t len)
{
	while (len && !from->err) {
		uint32_t n = len < PIECE ? len : PIECE;
		struct sea_buf *buf = sea_buf_new(pkt->pool, n);

		if (!buf)
			return false;
		sea_load_bytes(from, buf->data, n);
		if (!sea_pkt_append_frag(pkt, buf, 0, n)) {
			sea_buf_put(buf);
			return false;
		}
		sea_buf_put(buf);
		len -= n;
	}
	return true;
}

struct sea_pkt *sea_load_pkt(struct sea_loader *from, struct sea_pool *pool)
{
	uint32_t len = sea_load_count(from, SEA_PKT_LEN_MAX);
	struct sea_pkt *pkt;

	if (from->err)
		return NULL;
	pkt = sea_pkt_new(pool, SEA_PKT_HEADROOM, 0);
	if (!pkt) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	load_facts(from, pkt);
	if (!load_payload(from, pkt, len) || !sea_pkt_settle(pkt, false))
		sea_load_fail(from, -ENOMEM);
	if (from->err) {
		sea_pkt_free(pkt);
		return NULL;
	}
	return pkt;
}

void sea_load_pktq(struct sea_loader *from, struct sea_pool *pool, struct sea_pktq *q)
{
	for (uint32_t n = sea_load_count(from, QUEUE_MAX); n; n--) {
		struct sea_pkt *pkt = sea_load_pkt(from, pool);

		if (!pkt)
			return;
		sea_pktq_push(q, pkt);
	}
}
