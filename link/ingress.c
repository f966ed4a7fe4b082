/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingress and clsact, which queue nothing: where filters stand, of packets that come in and (clsact) that go out. They have
 * neither options nor classes in which a queue could be.
 */
#include "core/link.h"
#include "link/qdiscs.h"

static int init(struct sea_link *link, const struct sea_qdisc_config *config, void **queue)
{
	(void)link;
	(void)config;
	*queue = NULL;
	return 0;
}

static void fini(struct sea_link *link, void *queue, enum sea_drop reason)
{
	(void)link;
	(void)queue;
	(void)reason;
}

static void info(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info)
{
	(void)link;
	(void)queue;
	(void)info;
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
