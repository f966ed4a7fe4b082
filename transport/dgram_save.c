/* SPDX-License-Identifier: Apache-2.0 */
/* Datagram sockets, written out and read back: the common part and both queues. */
#include "core/save.h"
#include "transport/dgram.h"
#include "transport/mcast.h"

static int32_t charged_in(const struct sea_pktq *q)
{
	int64_t sum = 0;

	for (const struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next)
		sum += pkt->charged;
	return sum < INT32_MAX ? (int32_t)sum : INT32_MAX;
}

void sea_dgram_save(struct sea_saver *to, const struct sea_dgram *d)
{
	sea_save_sock(to, &d->sock);
	sea_mcast_save(to, &d->sock);
	sea_save_u8(to, d->no_src);
	sea_save_u32(to, (uint32_t)d->rx_deficit);
	sea_save_pktq(to, &d->rxq);
	sea_save_pktq(to, &d->errq);
}

void sea_dgram_load(struct sea_loader *from, struct sea_dgram *d)
{
	struct sea_pool *pool = &d->sock.stack->shard.pool;

	sea_load_sock(from, d->sock.stack, &d->sock);
	sea_mcast_load(from, &d->sock);
	d->no_src = sea_load_u8(from);
	d->rx_deficit = (int32_t)sea_load_u32(from);
	sea_load_pktq(from, pool, &d->rxq);
	sea_load_pktq(from, pool, &d->errq);
	/* The ledger is what lies in the queues, whatever the bytes said. */
	d->sock.rmem_alloc = charged_in(&d->rxq) + charged_in(&d->errq) + d->rx_deficit;
	if (d->mem)
		d->mem->charged += d->sock.rmem_alloc;
}
