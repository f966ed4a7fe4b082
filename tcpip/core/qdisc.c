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

int sea_qdisc_make(struct sea_link *link, const struct sea_qdisc_config *config)
{
	const struct sea_qdisc *kind;
	void *queue;
	int err;

	if (config->size != sizeof(*config) || !config->kind)
		return -EINVAL;
	kind = sea_qdisc_find(link->stack, config->kind);
	if (!kind)
		return -ENOENT;
	if (config->given & ~kind->options)
		return -EINVAL;
	err = kind->init(link, config, &queue);
	if (err)
		return err;
	link->qdisc = kind;
	link->qdisc_queue = queue;
	return 0;
}

int sea_link_set_qdisc(struct sea_link *link, const struct sea_qdisc_config *config, sea_time now)
{
	const struct sea_qdisc *old = link->qdisc;
	void *queue = link->qdisc_queue;
	int err;

	sea_stack_enter(link->stack, now);
	err = sea_qdisc_make(link, config);
	if (!err)
		old->fini(link, queue, SEA_DROP_LINK_QUEUE_GONE);
	sea_stack_leave(link->stack);
	return err;
}

void sea_link_qdisc(const struct sea_link *link, struct sea_qdisc_info *info)
{
	struct sea_qdisc_info ours = {
		.config = { .size = sizeof(ours.config),
			    .kind = link->qdisc->name,
			    .given = link->qdisc->options },
	};

	link->qdisc->info(link, link->qdisc_queue, &ours);
	sea_abi_fill(info, &ours, sizeof(ours));
}
