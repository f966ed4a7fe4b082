/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small segments share memory: on Linux one is copied behind its predecessor where that has room, and costs nothing
 * then. The charged ledger follows the model of such packets (core/truesize.c). Bytes are copied here as well, lest
 * many small ones that cost nothing hold much.
 */
#include "transport/tcp/reasm.h"

#include "core/link.h"
#include "core/sock.h"

/* Payload up to this size is copied (CVE-2018-5390). */
#define COPY_MAX 512u

/* `spare`: only into room that is there already. */
static bool copied(struct sea_pkt *to, const struct sea_pkt *pkt, bool spare)
{
	const struct sea_frag *last = &to->frags[to->nfrags - 1], *f = &pkt->frags[0];
	bool settled;

	if (pkt->len > COPY_MAX || f->len != pkt->len)
		return false;
	if (spare && (last->buf->refs > 1 || last->buf->release ||
		      last->buf->cap - last->off - last->len < pkt->len))
		return false;
	if (!sea_pkt_append(to, f->buf->data + f->off, f->len))
		return false;
	settled = sea_pkt_settle(to, false);
	(void)settled; /* without memory for that, it holds a little more */
	return true;
}

enum tcp_join sea_tcp_join_close(struct sea_pkt *to, struct sea_pkt *pkt)
{
	struct tcp_rxcb *before, *cb = TCP_RXCB(pkt);
	bool free;

	if (!to->nfrags)
		return TCP_JOIN_NONE;
	before = TCP_RXCB(to);
	/* What turned round at loopback has its bytes in pages: they move over, and are all that is charged. */
	free = pkt->len <= before->room;
	if (before->fin || !sea_seq_eq(before->end, cb->seq) ||
	    !(free || (pkt->link && pkt->link->type == SEA_LINK_LOOPBACK)))
		return TCP_JOIN_NONE;
	if (!copied(to, pkt, !free))
		return free ? TCP_JOIN_BESIDE : TCP_JOIN_NONE;
	before->end = cb->end;
	before->fin = cb->fin;
	before->joined = true;
	if (free)
		before->room = (uint16_t)(before->room - pkt->len);
	else
		to->charged += pkt->len;
	return TCP_JOIN_COPIED;
}

void sea_tcp_join_charge(struct sea_pkt *to, struct sea_pkt *pkt)
{
	TCP_RXCB(pkt)->room = (uint16_t)(TCP_RXCB(to)->room - pkt->len);
	TCP_RXCB(pkt)->joined = true;
	pkt->charged = to->charged;
	to->charged = 0;
}
