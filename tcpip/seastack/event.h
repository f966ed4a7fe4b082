/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: what became possible while the stack was entered.
 *
 * Nothing calls out during an entry. What happened waits on the stack, merged per socket, and the
 * owner drains it after leaving:
 *
 *	struct sea_event ev[64];
 *	while ((n = sea_stack_take_events(stack, ev, 64)) > 0)
 *		for (i = 0; i < n; i++)
 *			wake(ev[i].cookie, ev[i].mask, ev[i].edge);
 *
 * A socket stands in the queue at most once, so the queue cannot overflow.
 */
#ifndef SEASTACK_EVENT_H
#define SEASTACK_EVENT_H

#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/socket.h>

SEA_BEGIN_DECLS

struct sea_stack;

enum sea_event_kind {
	SEA_EVENT_SOCKET, /* socket, cookie, mask, edge */
	SEA_EVENT_LINK,   /* ifindex, mask: SEA_LINK_EVENT_* */
	SEA_EVENT_ADDR,   /* ifindex: its addresses changed */
	SEA_EVENT_NEIGH,  /* ifindex: its neighbours changed, or one is asked for (app_solicit) */
	SEA_EVENT_DNS,    /* ifindex: what routers advertise of name servers changed */
	SEA_EVENT_MROUTE, /* mask: SEA_MROUTE_EVENT_*: upcalls wait (<seastack/mroute.h>) */
};

struct sea_event {
	enum sea_event_kind kind;
	int ifindex;
	sea_socket socket;
	uint64_t cookie; /* as given to sea_socket_watch() */
	uint32_t mask;   /* SEA_POLL* that hold now */
	uint32_t edge;   /* SEA_POLL* that arrived since the last take, even if they held before */
};

#define SEA_LINK_EVENT_UP 1u
#define SEA_LINK_EVENT_DOWN 2u
#define SEA_LINK_EVENT_MTU 4u
#define SEA_LINK_EVENT_MAC 8u

#define SEA_MROUTE_EVENT_IPV4 1u
#define SEA_MROUTE_EVENT_IPV6 2u

/* Takes up to `max` events into `ev`, oldest first; returns how many. */
SEA_API unsigned sea_stack_take_events(struct sea_stack *stack, struct sea_event *ev, unsigned max);

SEA_END_DECLS
#endif
