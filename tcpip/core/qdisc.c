/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of queues a stack knows, and how a link comes by one. */
#include "core/qdisc.h"

#include <errno.h>
#include <string.h>

#include "core/abi.h"
#include "core/link.h"
#include "core/stack.h"

int sea_qdisc_add(struct sea_stack *stack, const struct sea_qdisc *kind)
{
	for (unsigned i = 0; i < SEA_QDISCS_MAX; i++) {
		if (stack->qdiscs[i])
			continue;
		stack->qdiscs[i] = kind;
		return 0;
	}
	return -ENOSPC;
}

const struct sea_qdisc *sea_qdisc_find(const struct sea_stack *stack, const char *name)
{
	if (!strcmp(name, sea_qdisc_pfifo_fast.name))
		return &sea_qdisc_pfifo_fast;
	for (unsigned i = 0; i < SEA_QDISCS_MAX && stack->qdiscs[i]; i++)
		if (!strcmp(stack->qdiscs[i]->name, name))
			return stack->qdiscs[i];
	return NULL;
}

int sea_link_graft(struct sea_link *link, const struct sea_qdisc_config *config, uint32_t handle)
{
	int err = sea_queue_replace(link, &link->queue, config, handle);

	if (!err && link->framing->turn)
		sea_link_turn_by_queue(link, handle && !link->queue.kind->unqueued);
	return err;
}

int sea_link_ungraft(struct sea_link *link)
{
	const struct sea_qdisc_config own = { .size = sizeof(own),
					      .kind = link->stack->sysctl.default_qdisc };
	int err = sea_link_graft(link, &own, 0);

	if (!err)
		link->was_up = link->up;
	return err;
}

int sea_link_set_qdisc(struct sea_link *link, const struct sea_qdisc_config *config, sea_time now)
{
	int err;

	sea_stack_enter(link->stack, now);
	err = sea_link_graft(link, config, sea_queue_free_handle(link));
	sea_stack_leave(link->stack);
	return err;
}

void sea_link_qdisc(const struct sea_link *link, struct sea_qdisc_info *info)
{
	const struct sea_qdisc_info ours = sea_queue_info(link, &link->queue);

	sea_abi_fill(info, &ours, sizeof(ours));
}
