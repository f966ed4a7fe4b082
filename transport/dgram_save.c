/* SPDX-License-Identifier: Apache-2.0 */
/* Datagram sockets, written out and read back: the common part and both queues. */
#include <errno.h>

#include "core/save.h"
#include "transport/dgram.h"
#include "transport/flow_lease.h"
#include "transport/mcast.h"
#include "transport/zerocopy.h"

static int32_t charged_in(const struct sea_pktq *q)
{
	int64_t sum = 0;

	for (const struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next)
		sum += pkt->charged;
	return sum < INT32_MAX ? (int32_t)sum : INT32_MAX;
}

static uint16_t kept(const struct sea_pkt *pkt)
{
	return ((const struct sea_dgram_cb *)(const void *)pkt->cb)->kept;
}

/* Headers that are kept for control messages are written out as the first bytes. */
static void show_headers(const struct sea_pktq *q)
{
	for (struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next)
		if (kept(pkt))
			sea_pkt_unpull(pkt, kept(pkt));
}

static void hide_headers(const struct sea_pktq *q)
{
	for (struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next)
		if (kept(pkt))
			(void)sea_pkt_pull(pkt, kept(pkt));
}

/* False: more of them than there are bytes, or memory. */
static bool load_headers(const struct sea_pktq *q)
{
	for (struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next) {
		const struct sea_dgram_cb *cb = SEA_PKT_CB_AS(pkt, const struct sea_dgram_cb);

		if (cb->hdr_len > cb->kept && cb->kept)
			return false;
		if (cb->kept && !sea_pkt_pull(pkt, cb->kept))
			return false;
	}
	return true;
}

void sea_dgram_save(struct sea_saver *to, const struct sea_dgram *d)
{
	sea_save_sock(to, &d->sock);
	sea_mcast_save(to, &d->sock);
	sea_flow_leases_save(to, &d->sock);
	sea_zc_save(to, &d->sock);
	sea_save_u8(to, d->no_src);
	sea_save_u32(to, (uint32_t)d->rx_deficit);
	show_headers(&d->rxq);
	sea_save_pktq(to, &d->rxq);
	hide_headers(&d->rxq);
}

void sea_dgram_load(struct sea_loader *from, struct sea_dgram *d)
{
	struct sea_pool *pool = &d->sock.stack->shard.pool;

	sea_load_sock(from, d->sock.stack, &d->sock);
	sea_mcast_load(from, &d->sock);
	sea_flow_leases_load(from, &d->sock);
	sea_zc_load(from, &d->sock);
	d->no_src = sea_load_u8(from);
	d->rx_deficit = (int32_t)sea_load_u32(from);
	sea_load_pktq(from, pool, &d->rxq);
	if (!load_headers(&d->rxq))
		sea_load_fail(from, -EINVAL);
	/* The ledger is what lies in the queues, whatever the bytes said. */
	d->sock.rmem_alloc = charged_in(&d->rxq) + charged_in(&d->sock.more->errq) + d->rx_deficit;
	if (d->mem)
		d->mem->charged += d->sock.rmem_alloc;
}
