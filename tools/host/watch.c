/* SPDX-License-Identifier: Apache-2.0 */
/* The table of watchers: unused places form a list, uses are counted in the cookie's upper half. */
#include <errno.h>
#include <stdlib.h>

#include "tools/host/watch.h"

struct sea_watch_slot {
	struct sea_watcher *watcher; /* NULL: unused */
	uint32_t uses, next;
};

static int reserve(struct sea_watch *watch)
{
	uint32_t room = watch->room ? watch->room * 2 : 64;
	struct sea_watch_slot *slots;

	if (watch->free || watch->n < watch->room)
		return 0;
	slots = reallocarray(watch->slots, room, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	watch->slots = slots;
	watch->room = room;
	return 0;
}

static uint32_t take_place(struct sea_watch *watch)
{
	uint32_t place;

	if (watch->free) {
		place = watch->free - 1;
		watch->free = watch->slots[place].next;
	} else {
		place = watch->n++;
		watch->slots[place].uses = 0;
	}
	watch->slots[place].uses++;
	return place;
}

int sea_watch_add(struct sea_watch *watch, struct sea_stack *stack, sea_socket sock, uint32_t mask,
		  const struct sea_watcher_ops *ops, struct sea_watcher *watcher)
{
	uint32_t place;
	int err = reserve(watch);

	if (err)
		return err;
	place = take_place(watch);
	watch->slots[place].watcher = watcher;
	watcher->ops = ops;
	watcher->sock = sock;
	watcher->cookie = (uint64_t)watch->slots[place].uses << 32 | (place + 1);
	err = sea_socket_watch(stack, sock, mask, watcher->cookie);
	if (err)
		sea_watch_remove(watch, watcher);
	return err;
}

static struct sea_watch_slot *find(struct sea_watch *watch, uint64_t cookie)
{
	uint32_t place = (uint32_t)cookie - 1;
	struct sea_watch_slot *slot = place < watch->n ? &watch->slots[place] : NULL;

	return slot && slot->watcher && slot->uses == cookie >> 32 ? slot : NULL;
}

void sea_watch_remove(struct sea_watch *watch, struct sea_watcher *watcher)
{
	struct sea_watch_slot *slot = find(watch, watcher->cookie);

	watcher->cookie = 0;
	if (!slot)
		return;
	slot->watcher = NULL;
	slot->next = watch->free;
	watch->free = (uint32_t)(slot - watch->slots) + 1;
}

void sea_watch_dispatch(struct sea_watch *watch, const struct sea_event *event, sea_time now)
{
	struct sea_watch_slot *slot;

	if (event->kind != SEA_EVENT_SOCKET)
		return;
	slot = find(watch, event->cookie);
	if (slot)
		slot->watcher->ops->ready(slot->watcher, event->edge, now);
}

void sea_watch_fini(struct sea_watch *watch, sea_time now)
{
	for (uint32_t place = 0; place < watch->n; place++) {
		struct sea_watcher *watcher = watch->slots[place].watcher;

		if (watcher)
			watcher->ops->end(watcher, now);
	}
	free(watch->slots);
	*watch = (struct sea_watch){ 0 };
}
