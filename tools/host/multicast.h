/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a stack the multicast router that a command line wants. */
#ifndef SEA_HOST_MULTICAST_H
#define SEA_HOST_MULTICAST_H

#include <seastack/time.h>

#include "tools/host/mroute_spec.h"

struct sea_stack;

/* All links are there. SEA_EXIT_OK, or the exit status, said. */
int sea_host_route_groups(struct sea_stack *stack, const struct sea_mroute_spec *specs, unsigned n,
			  sea_time now);
/* Nobody here learns routes: what has none is let go of. */
void sea_host_ignore_upcalls(struct sea_stack *stack);

#endif
