/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that frames are read into: how large its pieces are, and which of them a frame keeps. Most
 * frames fit the first piece; the pieces that a frame did not reach stay for the next one, so that a
 * small frame never holds what a super-segment would need. The smallest keep none: they are copied
 * into what fits them, as they would have to be (sea_pkt_settle) once they stand in a queue.
 *
 * Pieces are taken from the front and replaced from the back: the missing ones are always a prefix.
 */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"

static_assert(SEA_RX_CHAIN_MAX <= SEA_PKT_FRAGS_INLINE, "a received packet needs no table");

#define PIECE_MIN 2048u
#define VLAN_TAG 4u
#define COPY_MAX 896u

static const uint32_t piece_size[SEA_RX_CHAIN_MAX] = { PIECE_MIN, 4096, 8192, 16384, 36864 };
static_assert(PIECE_MIN + 4096 + 8192 + 16384 + 36864 >= SEA_PKT_LEN_MAX, "a super-segment fits");

/* Where no super-segments come, one piece takes the largest frame. */
static uint32_t frame_size(const struct sea_link *link)
{
	uint32_t size = link->mtu + link->framing->hdr_len + VLAN_TAG;

	return size > PIECE_MIN ? size : PIECE_MIN;
}

static int fill_from(struct sea_rx_chain *chain, struct sea_link *link, unsigned missing)
{
	bool gso = link->features & SEA_LINK_F_RX_GSO;

	while (missing) {
		uint32_t size = gso ? piece_size[missing - 1] : frame_size(link);
		struct sea_buf *buf = sea_buf_new(&link->stack->shard.pool, size);

		if (!buf)
			return -ENOMEM;
		chain->bufs[--missing] = buf;
	}
	return 0;
}

int sea_rx_chain_fill(struct sea_rx_chain *chain, struct sea_link *link)
{
	unsigned missing = 0;

	chain->link = link;
	if (!chain->n)
		chain->n = link->features & SEA_LINK_F_RX_GSO ? SEA_RX_CHAIN_MAX : 1;
	while (missing < chain->n && !chain->bufs[missing])
		missing++;
	return missing ? fill_from(chain, link, missing) : 0;
}

int sea_rx_chain_iov(const struct sea_rx_chain *chain, struct iovec *iov, int max)
{
	int n = 0;

	for (; n < max && n < (int)chain->n; n++)
		iov[n] = (struct iovec){ chain->bufs[n]->data, chain->bufs[n]->cap };
	return n;
}

void sea_link_count_lost(struct sea_link *link)
{
	link->stats.rx_dropped++;
	link->stack->shard.counters.drop[SEA_DROP_LINK_NO_MEMORY]++;
}

static uint32_t part(size_t left, const struct sea_buf *buf)
{
	return left < buf->cap ? (uint32_t)left : buf->cap;
}

static struct sea_pkt *copy_out(const struct sea_rx_chain *chain, uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_new(&chain->link->stack->shard.pool, 0, len);

	if (pkt)
		memcpy(sea_pkt_put(pkt, len), chain->bufs[0]->data, len);
	return pkt;
}

static struct sea_pkt *take_pieces(struct sea_rx_chain *chain, size_t len)
{
	struct sea_stack *stack = chain->link->stack;
	struct sea_buf *buf = chain->bufs[0];
	uint32_t n = part(len, buf);
	struct sea_pkt *pkt = sea_pkt_new_over(&stack->shard.pool, buf, n);

	if (!pkt)
		return NULL;
	pkt->len = (uint32_t)len;
	chain->bufs[0] = NULL;
	for (unsigned i = 1; len -= n; i++) {
		SEA_ASSERT(&stack->env, i < chain->n);
		buf = chain->bufs[i];
		n = part(len, buf);
		pkt->frags[pkt->nfrags++] = (struct sea_frag){ .buf = buf, .len = n };
		chain->bufs[i] = NULL;
	}
	return pkt;
}

struct sea_pkt *sea_rx_chain_take(struct sea_rx_chain *chain, size_t len)
{
	struct sea_pkt *pkt = len <= COPY_MAX ? copy_out(chain, (uint32_t)len)
					      : take_pieces(chain, len);

	if (pkt)
		pkt->link = chain->link;
	else
		sea_link_count_lost(chain->link);
	return pkt;
}

void sea_rx_chain_fini(struct sea_rx_chain *chain)
{
	for (unsigned i = 0; i < chain->n; i++) {
		if (chain->bufs[i])
			sea_buf_put(chain->bufs[i]);
		chain->bufs[i] = NULL;
	}
	chain->n = 0;
}

struct sea_pkt *sea_pkt_from_bytes(struct sea_link *link, const void *frame, size_t len)
{
	const uint32_t piece = piece_size[SEA_RX_CHAIN_MAX - 1];
	const uint8_t *from = frame;
	struct sea_pkt *pkt;

	if (len > SEA_PKT_LEN_MAX)
		return NULL;
	pkt = sea_pkt_new(&link->stack->shard.pool, 0, len < piece ? (uint32_t)len : piece);
	if (!pkt)
		return NULL;
	pkt->link = link;
	while (len) {
		uint32_t n = len < piece ? (uint32_t)len : piece;

		if (!sea_pkt_append(pkt, from, n)) {
			sea_pkt_free(pkt);
			return NULL;
		}
		from += n;
		len -= n;
	}
	return pkt;
}
