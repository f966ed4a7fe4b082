/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingress and clsact, which queue nothing: where filters stand, of packets that come in and (clsact) that go out. They have
 * neither options nor classes in which a queue could be.
 */
#include <errno.h>

#include "core/filter.h"
#include "core/link.h"
#include "core/stack.h"
#include "link/qdisc/qdiscs.h"

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	(void)config;
	*queue = sea_pool_zalloc(&link->stack->shard.pool, sizeof(struct sea_filters));
	return *queue ? 0 : -ENOMEM;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	struct sea_filters *all = queue;

	(void)reason; /* nothing waits */
	sea_filter_flush(link, &all->in);
	sea_filter_flush(link, &all->out);
	sea_pool_free(&link->stack->shard.pool, all, sizeof(*all));
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	const struct sea_filters *all = queue;

	(void)link;
	info->dropped = all->dropped;
}

const struct sea_qdisc sea_qdisc_ingress = {
	.name = "ingress",
	.ingress = true,
	.init = init,
	.fini = fini,
	.info = info,
};

const struct sea_qdisc sea_qdisc_clsact = {
	.name = "clsact",
	.ingress = true,
	.egress = true,
	.init = init,
	.fini = fini,
	.info = info,
};
