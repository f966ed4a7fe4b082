/* SPDX-License-Identifier: Apache-2.0 */
/* What stands where a link's packets come in: of kind ingress or clsact, one at most. */
#include <errno.h>

#include "core/link.h"
#include "core/qdisc.h"
#include "core/stack.h"

struct sea_queue *sea_link_ingress_place(struct sea_link *link)
{
	if (!link->ingress)
		link->ingress = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*link->ingress));
	return link->ingress;
}

int sea_link_set_ingress(struct sea_link *link, const struct sea_qdisc_config *config)
{
	const struct sea_qdisc *kind = sea_qdisc_find(link->stack, config->kind);
	struct sea_queue *q = sea_link_ingress_place(link);
	void *state;
	int err;

	if (!kind)
		return -ENOENT;
	if (!kind->ingress || config->given)
		return -EINVAL;
	err = q ? kind->init(link, config, &state) : -ENOMEM;
	if (err)
		return err;
	sea_queue_clear(link, q);
	*q = (struct sea_queue){ .kind = kind, .state = state, .handle = SEA_HANDLE_INGRESS };
	return 0;
}

void sea_link_free_ingress(struct sea_link *link)
{
	if (sea_queue_stands(link->ingress))
		sea_queue_end(link, link->ingress, SEA_DROP_LINK_DELETED);
	sea_pool_free(&link->stack->shard.pool, link->ingress, sizeof(*link->ingress));
	link->ingress = NULL;
}
