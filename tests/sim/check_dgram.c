/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of a socket of datagrams between entries. */
#include "tests/sim/check.h"
#include "transport/udp.h"

static int64_t check_queue(struct sim_world *w, const struct sea_pktq *q)
{
	int64_t charged = 0;
	uint32_t n = 0;

	for (const struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next) {
		sim_check_kept(w, pkt);
		charged += pkt->charged;
		n++;
	}
	SIM_CHECK(w, n == q->n);
	return charged;
}

int64_t sim_corked_bytes(struct sea_sock *sock)
{
	const struct sea_pkt *pending = sock->ops == &sea_udp_ops ? udp_sock_of(sock)->pending
								  : NULL;

	return pending ? pending->charged : 0;
}

void sim_check_dgram(struct sim_host *h, struct sea_sock *sock)
{
	const struct sea_dgram *d = sea_dgram_of(sock);
	int64_t charged =
		check_queue(h->world, &d->rxq) + check_queue(h->world, &d->sock.more->errq);

	/* What was read is given back in bulk. */
	SIM_CHECK(h->world, d->rx_deficit >= 0);
	SIM_CHECK(h->world, charged + d->rx_deficit == sock->rmem_alloc);
}
