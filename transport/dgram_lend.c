/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams of MSG_ZEROCOPY: over the program's memory, or a copy that it is told of as well. */
#include <errno.h>

#include "transport/dgram.h"

#define PAGE 4096u

/* Takes the reference over. */
static int add(struct sea_pkt *pkt, struct sea_buf *buf, uint32_t len)
{
	bool ok;

	if (!buf)
		return -ENOMEM;
	ok = sea_pkt_append_frag(pkt, buf, 0, len);
	sea_buf_put(buf);
	return ok ? 0 : -ENOMEM;
}

/* Nothing is lent: but whoever sends an empty datagram so is told when it left. */
static struct sea_buf *empty(struct sea_pkt *pkt, struct sea_zc *zc)
{
	return sea_zc_lend(zc, pkt->pool, "", 0);
}

int sea_dgram_tx_lend(struct sea_pkt *pkt, const struct msghdr *msg, struct sea_zc *zc)
{
	uint32_t pages = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		const void *bytes = msg->msg_iov[i].iov_base;
		uint32_t len = (uint32_t)msg->msg_iov[i].iov_len; /* of a datagram */
		int err;

		if (!len)
			continue;
		pages += (len + PAGE - 1) / PAGE;
		if (pages > SEA_ZC_PIECES_MAX)
			return -EMSGSIZE;
		err = add(pkt, sea_zc_lend(zc, pkt->pool, bytes, len), len);
		if (err)
			return err;
	}
	return pages ? 0 : add(pkt, empty(pkt, zc), 0);
}

int sea_dgram_tx_copy(struct sea_pkt *pkt, const struct msghdr *msg, uint32_t len,
		      struct sea_zc *zc)
{
	struct sea_buf *buf = len ? sea_zc_copy(zc, pkt->pool, msg, len) : empty(pkt, zc);

	if (buf)
		buf->copied = true;
	return add(pkt, buf, len);
}
