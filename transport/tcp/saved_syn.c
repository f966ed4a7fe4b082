/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which bytes of a SYN are kept, and that they are read once. */
#include "transport/tcp/saved_syn.h"

#include <errno.h>
#include <string.h>

#include "transport/tcp/conn.h"

#define HEADERS_MAX 512u

static struct tcp_saved_syn *make(struct sea_stack *stack, uint32_t len)
{
	struct tcp_saved_syn *syn = sea_pool_alloc(&stack->shard.pool, sizeof(*syn) + len);

	if (syn)
		syn->len = len;
	return syn;
}

struct tcp_saved_syn *sea_tcp_saved_syn_take(const struct tcp_conn *listener,
					     const struct tcp_rx *rx)
{
	const struct sea_pkt *pkt = rx->pkt;
	bool link = listener->side->save_syn == TCP_SAVE_SYN_LINK && pkt->off_link < pkt->off_net;
	uint16_t from = link ? pkt->off_link : pkt->off_net;
	uint32_t len = (uint32_t)(pkt->off_trans - from) + rx->seg.hdr_len;
	struct tcp_saved_syn *syn;

	if (!listener->side->save_syn || pkt->off_trans < from || len > HEADERS_MAX)
		return NULL;
	syn = make(listener->sock.stack, len);
	if (syn)
		memcpy(syn->bytes, sea_pkt_at(pkt, from), len);
	return syn;
}

void sea_tcp_saved_syn_pass(struct tcp_conn *c, struct tcp_saved_syn *syn)
{
	struct tcp_side *side = syn ? sea_tcp_side_edit(c) : NULL;

	if (side)
		side->saved_syn = syn;
	else
		sea_tcp_saved_syn_free(c->sock.stack, syn);
}

void sea_tcp_saved_syn_free(struct sea_stack *stack, struct tcp_saved_syn *syn)
{
	if (syn)
		sea_pool_free(&stack->shard.pool, syn, sizeof(*syn) + syn->len);
}

int sea_tcp_saved_syn_read(struct tcp_conn *c, void *val, socklen_t *len)
{
	struct tcp_saved_syn *syn = c->side->saved_syn;

	if (!syn) {
		*len = 0;
		return 0;
	}
	if (*len < syn->len) {
		*len = syn->len;
		return -EINVAL;
	}
	*len = syn->len;
	memcpy(val, syn->bytes, syn->len);
	sea_tcp_saved_syn_free(c->sock.stack, syn);
	sea_tcp_side_edit(c)->saved_syn = NULL;
	return 0;
}

void sea_tcp_saved_syn_save(struct sea_saver *to, const struct tcp_saved_syn *syn)
{
	sea_save_u32(to, syn ? syn->len : 0);
	if (syn)
		sea_save_bytes(to, syn->bytes, syn->len);
}

struct tcp_saved_syn *sea_tcp_saved_syn_load(struct sea_loader *from, struct sea_stack *stack)
{
	uint32_t len = sea_load_count(from, HEADERS_MAX);
	struct tcp_saved_syn *syn = len && !from->err ? make(stack, len) : NULL;

	if (!len || from->err)
		return NULL;
	if (!syn) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	sea_load_bytes(from, syn->bytes, len);
	if (!from->err)
		return syn;
	sea_tcp_saved_syn_free(stack, syn);
	return NULL;
}
