/* SPDX-License-Identifier: Apache-2.0 */
/* One link of a host: its device, what is wrapped around it, and its addresses. */
#ifndef SEA_HOST_LINK_H
#define SEA_HOST_LINK_H

#include <seastack/os.h>
#include <seastack/wrap.h>

#include "tools/host/capture_file.h"
#include "tools/host/config.h"

struct sea_host_link {
	const struct sea_link_spec *spec;
	struct sea_port *port; /* NULL: not open */
	struct sea_link *link;
	int ifindex;
	struct sea_wrapper *fault; /* NULL: a good wire */
	struct sea_capture_file capture;
};

/* Opens the device; the link is down. SEA_EXIT_OK, or the exit status, said; so the next. */
int sea_host_link_open(struct sea_host_link *link, const struct sea_link_spec *spec,
		       struct sea_stack *stack, sea_time now);
/* Brings it up, with its addresses. */
int sea_host_link_up(struct sea_host_link *link, struct sea_stack *stack, sea_time now);
/* The way to its routers. */
int sea_host_link_gateways(struct sea_host_link *link, struct sea_stack *stack, sea_time now);

/* What it has captured goes to its file. */
void sea_host_link_drain(struct sea_host_link *link, sea_time now);
void sea_host_link_close(struct sea_host_link *link, sea_time now);

#endif
