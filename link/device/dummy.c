/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dummy: a link that sends nowhere and gets nothing, for addresses and routes to stand on. It asks nobody for link
 * addresses (IFF_NOARP): what it sends is addressed to itself.
 */
#include <errno.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "link/device/kinds.h"

static void input(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_ether_input(link, pkt, sizeof(struct sea_ether_hdr));
}

static int push(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		uint16_t ethertype)
{
	(void)dst;
	return sea_ether_push(link, pkt, &link->mac, ethertype);
}

static const struct sea_framing framing = {
	.type = SEA_LINK_ETHERNET,
	.hdr_len = sizeof(struct sea_ether_hdr),
	.input = input,
	.push = push,
	.turn = sea_link_turn,
};

/* As on Linux nobody is told. */
static int xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_pkt_drop(link->stack, pkt, SEA_DROP_DUMMY);
	return 0;
}

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   struct sea_link_config *config, struct sea_link **lower)
{
	(void)stack;
	(void)ask;
	config->features = SEA_LINK_F_SOFT;
	*lower = NULL;
	return 0;
}

const struct sea_link_kind sea_kind_dummy = {
	.name = "dummy",
	.framing = &framing,
	.flags = SEA_IFF_NOARP,
	.mute = true,
	.xmit = xmit,
	.judge = sea_kind_judge_mac,
	.prepare = prepare,
};
