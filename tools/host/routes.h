/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the routes of a command line into a stack, and says in one sentence why one cannot be. */
#ifndef SEA_HOST_ROUTES_H
#define SEA_HOST_ROUTES_H

#include <seastack/time.h>

#include "tools/host/route_spec.h"

struct sea_stack;

/* A default route through `gateway`, on the link with this index and device. An exit status, said. */
int sea_host_add_gateway(struct sea_stack *stack, const struct sea_addr *gateway, int ifindex,
			 const char *device, sea_time now);

/* The same for a route that was spelled out. */
int sea_host_add_route(struct sea_stack *stack, const struct sea_route_spec *spec, sea_time now);

#endif
