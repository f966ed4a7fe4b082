/* SPDX-License-Identifier: Apache-2.0 */
/* A link goes to another stack: made anew over there, ended here, with what holds it told. */
#include <errno.h>
#include <string.h>

#include "core/link_set.h"
#include "core/stack.h"

static bool movable(const struct sea_link *link)
{
	return (link->type == SEA_LINK_ETHERNET || link->type == SEA_LINK_IP) && !link->kind;
}

/* As it is; only its index is another one, and its queue is what links begin with. */
static int make_twin(const struct sea_link *link, struct sea_stack *to, struct sea_link **twin)
{
	struct sea_link_config config = { .size = sizeof(config),
					  .name = link->name,
					  .type = link->type,
					  .mtu = link->mtu,
					  .features = link->features_made,
					  .txqueuelen = link->txqueuelen };
	int err;

	memcpy(config.mac, link->mac.b, sizeof(config.mac));
	err = sea_link_make(to, &config, twin);
	if (err)
		return err;
	(void)sea_link_do_without(*twin, link->features_off);
	(*twin)->carrier = link->carrier;
	(*twin)->stats = link->stats;
	return 0;
}

static int move(struct sea_link **link, struct sea_stack *to)
{
	struct sea_link *from = *link, *twin;
	int err;

	if (!movable(from))
		return -EINVAL;
	if (!sea_list_empty(&from->wrappers))
		return -EBUSY;
	err = make_twin(from, to, &twin);
	if (err)
		return err;
	err = from->moved ? from->moved(from, twin) : 0;
	if (err) {
		sea_link_end(twin);
		return err;
	}
	sea_link_end(from);
	sea_link_raise(twin, SEA_LINK_EVENT_DOWN); /* it is there, and not up */
	*link = twin;
	return 0;
}

int sea_link_move(struct sea_link **link, struct sea_stack *to, sea_time now)
{
	struct sea_stack *from = (*link)->stack;
	int err;

	if (from == to)
		return 0;
	sea_stack_enter(from, now);
	sea_stack_enter(to, now);
	err = move(link, to);
	sea_stack_leave(to);
	sea_stack_leave(from);
	return err;
}
