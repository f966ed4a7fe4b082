/* SPDX-License-Identifier: Apache-2.0 */
/* Packets over memory that a program lent: where that may not be kept, its bytes are copied. */
#include <string.h>

#include "core/pkt.h"

/* The fragment's bytes in a buffer of the pool's. */
static bool unlend(struct sea_pool *pool, struct sea_frag *f)
{
	struct sea_buf *own = sea_buf_new(pool, f->len);

	if (!own)
		return false;
	if (f->len)
		memcpy(own->data, f->buf->data + f->off, f->len);
	f->buf->copied = true;
	sea_buf_put(f->buf);
	f->buf = own;
	f->off = 0;
	return true;
}

bool sea_pkt_unlend_slow(struct sea_pkt *pkt)
{
	for (unsigned i = 1; i < pkt->nfrags; i++)
		if (pkt->frags[i].buf->release && !unlend(pkt->pool, &pkt->frags[i]))
			return false;
	return true;
}

void sea_pkt_note_copied(const struct sea_pkt *pkt)
{
	for (unsigned i = 1; i < pkt->nfrags; i++)
		if (pkt->frags[i].buf->release)
			pkt->frags[i].buf->copied = true;
}
