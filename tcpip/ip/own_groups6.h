/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups of IPv6 that a link is in by itself, whoever asks for them (RFC 4291 §2.8): all nodes, and
 * on a link that forwards all routers, as Linux has it: of the node, the link and the site, but of the
 * link alone where it is new and the template forwards. (IPv4's all routers, 224.0.0.2, is left to
 * routing daemons, by Linux, too.)
 */
#ifndef SEA_IP_OWN_GROUPS6_H
#define SEA_IP_OWN_GROUPS6_H

#include <stdbool.h>

#include <seastack/compiler.h>

struct sea_link;

/* The link is new: 0 or -ENOMEM. */
SEA_MUST_USE int sea_own_groups6_join(struct sea_link *link);
/* It forwards now, or does no more; harmless where it did before: 0 or -ENOMEM, with as many as there is memory for. */
SEA_MUST_USE int sea_own_groups6_forward(struct sea_link *link, bool on);

#endif
