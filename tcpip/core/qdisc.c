/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of queues a stack knows, and how a link comes by one. */
#include "core/qdisc.h"

#include <errno.h>
#include <string.h>

#include "core/abi.h"
#include "core/link.h"
#include "core/stack.h"

/* Handles that are given out, as on Linux: 8001: and what follows. */
#define HANDLE_STEP 0x10000u
#define HANDLE_FIRST 0x80010000u
#define HANDLE_LAST 0xfffe0000u

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

uint32_t sea_qdisc_free_handle(struct sea_link *link)
{
	uint32_t *last = &link->stack->qdisc_handle;

	do
		*last = *last < HANDLE_LAST && *last >= HANDLE_FIRST ? *last + HANDLE_STEP
								     : HANDLE_FIRST;
	while (*last == link->qdisc_handle);
	return *last;
}

int sea_link_graft(struct sea_link *link, const struct sea_qdisc_config *config, uint32_t handle)
{
	const struct sea_qdisc *old = link->qdisc;
	void *queue = link->qdisc_queue;
	int err = sea_qdisc_make(link, config);

	if (err)
		return err;
	old->fini(link, queue, SEA_DROP_LINK_QUEUE_GONE);
	link->qdisc_handle = handle;
	link->qdisc_sent = (struct sea_qdisc_sent){ .packets = 0 };
	if (link->framing->turn)
		sea_link_turn_by_queue(link, handle);
	return 0;
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

int sea_link_change_qdisc(struct sea_link *link, const struct sea_qdisc_config *config)
{
	if (!link->qdisc->change || config->given & ~link->qdisc->options)
		return -EINVAL;
	return link->qdisc->change(link, link->qdisc_queue, config);
}

int sea_link_set_qdisc(struct sea_link *link, const struct sea_qdisc_config *config, sea_time now)
{
	int err;

	sea_stack_enter(link->stack, now);
	err = sea_link_graft(link, config, sea_qdisc_free_handle(link));
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
