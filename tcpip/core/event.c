/* SPDX-License-Identifier: Apache-2.0 */
/* Events: raised on sockets and links during an entry, taken by the owner after it. */
#include <seastack/event.h>

#include "core/link.h"
#include "core/sock.h"
#include "core/stack.h"

void sea_sock_raise_watched(struct sea_sock *sock, uint32_t mask)
{
	if (sea_socket_is_none(sock->handle))
		return;
	sock->edge = (uint16_t)(sock->edge | mask);
	if (!sea_list_linked(&sock->event))
		sea_list_push_back(&sock->stack->shard.events, &sock->event);
}

static void take_socket(struct sea_sock *sock, struct sea_event *ev)
{
	*ev = (struct sea_event){
		.kind = SEA_EVENT_SOCKET,
		.socket = sock->handle,
		.cookie = sock->cookie,
		.mask = sock->ops->poll(sock) & sock->watch,
		.edge = sock->edge,
	};
	sock->edge = 0;
	sea_list_remove(&sock->event);
}

/* Takes one kind at a time; the link stays in the queue while it has another. */
static void take_link(struct sea_link *link, struct sea_event *ev)
{
	*ev = (struct sea_event){ .ifindex = link->ifindex };
	if (link->event_mask) {
		ev->kind = SEA_EVENT_LINK;
		ev->mask = link->event_mask;
		link->event_mask = 0;
	} else if (link->addr_event) {
		ev->kind = SEA_EVENT_ADDR;
		link->addr_event = false;
	} else {
		ev->kind = link->neigh_event ? SEA_EVENT_NEIGH : SEA_EVENT_DNS;
		if (link->neigh_event)
			link->neigh_event = false;
		else
			link->dns_event = false;
	}
	if (!link->event_mask && !link->addr_event && !link->neigh_event && !link->dns_event)
		sea_list_remove(&link->event);
}

unsigned sea_stack_take_events(struct sea_stack *stack, struct sea_event *ev, unsigned max)
{
	struct sea_shard *shard = &stack->shard;
	struct sea_list *node;
	unsigned n = 0;

	SEA_ASSERT(&stack->env, !shard->entered);
	if (max && shard->mroute_events) {
		ev[n++] = (struct sea_event){ .kind = SEA_EVENT_MROUTE,
					      .mask = shard->mroute_events };
		shard->mroute_events = 0;
	}
	while (n < max && (node = sea_list_first(&shard->link_events)))
		take_link(sea_container(node, struct sea_link, event), &ev[n++]);
	while (n < max && (node = sea_list_first(&shard->events)))
		take_socket(sea_container(node, struct sea_sock, event), &ev[n++]);
	return n;
}
