/* SPDX-License-Identifier: Apache-2.0 */
/* Links that are members of others: of VRFs, which are the core's, and of masters of kinds (bridges). */
#include <errno.h>

#include "core/link_kind.h"
#include "core/link_set.h"
#include "core/stack.h"

bool sea_link_is_master(const struct sea_link *link)
{
	return link->type == SEA_LINK_VRF || (link->kind && link->kind->enslave);
}

/* -- above each other -- */

/* The next link behind `prev` that is above `link` at once: its master, or one that stands on it. */
static struct sea_link *next_above(const struct sea_link *link, struct sea_link *prev)
{
	while ((prev = sea_link_next(link->stack, prev)))
		if (prev == link->master || prev->lower == link)
			return prev;
	return NULL;
}

/* The longest way up, the link itself not counted; there is no circle. */
static unsigned height_above(const struct sea_link *link)
{
	struct sea_link *above = NULL;
	unsigned most = 0, n;

	if (!link->n_uppers && !link->master)
		return 0;
	while ((above = next_above(link, above))) {
		n = height_above(above) + 1;
		most = n > most ? n : most;
	}
	return most;
}

unsigned sea_link_depth(const struct sea_link *link)
{
	unsigned most = link->lower ? sea_link_depth(link->lower) + 1 : 0, n;
	struct sea_link *port = NULL;

	if (!sea_link_is_master(link))
		return most;
	while ((port = sea_link_next(link->stack, port)))
		if (port->master == link) {
			n = sea_link_depth(port) + 1;
			most = n > most ? n : most;
		}
	return most;
}

static bool is_above(const struct sea_link *link, const struct sea_link *below)
{
	struct sea_link *above = NULL;

	if (link == below)
		return true;
	if (!below->n_uppers && !below->master)
		return false;
	while ((above = next_above(below, above)))
		if (is_above(link, above))
			return true;
	return false;
}

/* -- VRFs -- */

static int tell_vrf(struct sea_link *link)
{
	struct sea_stack *stack = link->stack;
	int err = 0;

	for (unsigned i = 0; !err && i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i]; i++)
		if (stack->link_observers[i]->master)
			err = stack->link_observers[i]->master(stack, link);
	sea_stack_routes_changed(stack);
	return err;
}

static int change_vrf(struct sea_link *link, struct sea_link *vrf)
{
	int err;

	link->master = vrf;
	err = tell_vrf(link);
	sea_link_tell(link, 0);
	return err;
}

/* Without memory for what follows it is of none, with as much as there is memory for. */
static int join_vrf(struct sea_link *link, struct sea_link *vrf)
{
	int err;

	if (link->type == SEA_LINK_VRF || link->type == SEA_LINK_LOOPBACK)
		return -EINVAL;
	err = change_vrf(link, vrf);
	if (err)
		(void)change_vrf(link, NULL);
	return err;
}

/* -- both -- */

static int leave(struct sea_link *link)
{
	struct sea_link *master = link->master;

	if (master->type == SEA_LINK_VRF)
		return change_vrf(link, NULL);
	master->kind->release(master, link);
	return 0;
}

static int join_kind(struct sea_link *link, struct sea_link *master, struct sea_nl_extack *extack)
{
	const struct sea_link_kind *kind = master->kind;
	int err = kind->judge_port ? kind->judge_port(master, link, extack) : 0;

	if (err)
		return err;
	if (is_above(link, master))
		return -EBUSY;
	if (sea_link_depth(link) + height_above(master) + 1 > SEA_LINK_DEPTH_MAX)
		return -EMLINK;
	return kind->enslave(master, link, extack);
}

static int join(struct sea_link *link, struct sea_link *master, struct sea_nl_extack *extack)
{
	if (master->stack != link->stack || !sea_link_is_master(master))
		return -EINVAL;
	return master->type == SEA_LINK_VRF ? join_vrf(link, master)
					    : join_kind(link, master, extack);
}

int sea_link_change_master(struct sea_link *link, struct sea_link *master,
			   struct sea_nl_extack *extack)
{
	int err = 0;

	if (link->master == master)
		return 0;
	if (link->master &&
	    !(master && master->type == SEA_LINK_VRF && link->master->type == SEA_LINK_VRF))
		err = leave(link);
	return err || !master ? err : join(link, master, extack);
}

int sea_link_set_master(struct sea_link *link, struct sea_link *master, sea_time now)
{
	int err;

	sea_stack_enter(link->stack, now);
	err = sea_link_change_master(link, master, NULL);
	sea_stack_leave(link->stack);
	return err;
}

void sea_link_free_members(struct sea_link *master)
{
	struct sea_link *link = NULL;

	if (!sea_link_is_master(master))
		return;
	while ((link = sea_link_next(master->stack, link)))
		if (link->master == master)
			(void)leave(link);
}

void sea_link_leave_master(struct sea_link *link)
{
	if (link->master && link->master->type != SEA_LINK_VRF)
		(void)leave(link);
}
