/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is called for an event of a socket. The stack's cookie is a place in a table and how often the
 * place was used before, so an event that was on its way when its watcher left finds nobody.
 */
#ifndef SEA_HOST_WATCH_H
#define SEA_HOST_WATCH_H

#include <stdint.h>

#include <seastack/event.h>
#include <seastack/socket.h>
#include <seastack/time.h>

struct sea_watcher;

struct sea_watcher_ops {
	/* SEA_POLL* arrived. The watcher may remove and free itself. */
	void (*ready)(struct sea_watcher *watcher, uint32_t edge, sea_time now);
	/* All ends: remove and free what this watcher stands for. */
	void (*end)(struct sea_watcher *watcher, sea_time now);
};

/* Embedded in what waits for a socket. */
struct sea_watcher {
	const struct sea_watcher_ops *ops;
	sea_socket sock;
	uint64_t cookie; /* 0: it does not watch */
};

struct sea_watch_slot;
struct sea_watch {
	struct sea_watch_slot *slots;
	uint32_t n, room, free; /* free: the first unused place, plus one */
};

/* From now on events in `mask` reach the watcher. 0, -ENOMEM, or what sea_socket_watch() says. */
SEA_MUST_USE int sea_watch_add(struct sea_watch *watch, struct sea_stack *stack, sea_socket sock,
			       uint32_t mask, const struct sea_watcher_ops *ops,
			       struct sea_watcher *watcher);
void sea_watch_remove(struct sea_watch *watch, struct sea_watcher *watcher);
void sea_watch_dispatch(struct sea_watch *watch, const struct sea_event *event, sea_time now);
/* Ends every watcher, and the table. */
void sea_watch_fini(struct sea_watch *watch, sea_time now);

#endif
