/* SPDX-License-Identifier: Apache-2.0 */
/* Static multicast routes: every link that one names is a vif, whose number is its link's index. */
#include <errno.h>

#include <seastack/mroute.h>

#include "tools/cli/say.h"
#include "tools/host/multicast.h"

static int start(struct sea_stack *stack, uint8_t family, sea_time now)
{
	const struct sea_mroute_config config = { .size = sizeof(config), .family = family };
	int err = sea_mroute_start(stack, &config, now);

	return err == -EADDRINUSE ? 0 : err;
}

/* The vif of the link with this device, which --link has made; 0 or -errno. */
static int vif_of(struct sea_stack *stack, uint8_t family, const char *device, uint16_t *number,
		  sea_time now)
{
	struct sea_link *link = sea_link_by_name(stack, device);
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_mroute_vif vif = { .size = sizeof(vif), .family = family, .threshold = 1 };
	int err;

	if (!link)
		return -ENODEV;
	sea_link_info(link, &info);
	vif.ifindex = info.ifindex;
	vif.vif = *number = (uint16_t)(info.ifindex % SEA_MROUTE_VIFS);
	err = sea_mroute_vif_add(stack, &vif, now);
	return err == -EADDRINUSE ? 0 : err; /* another route of this link has made it */
}

/* From anybody is a tree of the group, which the vif it comes in by belongs to. */
static int add(struct sea_stack *stack, const struct sea_mroute_spec *spec, sea_time now)
{
	struct sea_mroute route = { .size = sizeof(route),
				    .family = spec->group.family,
				    .src = spec->src,
				    .group = spec->group };
	uint16_t vif;
	int err = start(stack, route.family, now);

	if (!err)
		err = vif_of(stack, route.family, spec->from, &route.parent, now);
	for (unsigned i = 0; i < spec->n_to && !err; i++) {
		err = vif_of(stack, route.family, spec->to[i], &vif, now);
		if (!err)
			route.ttls[vif] = spec->ttl;
	}
	if (!spec->src.family)
		route.ttls[route.parent] = 1;
	return err ? err : sea_mroute_add(stack, &route, now);
}

int sea_host_route_groups(struct sea_stack *stack, const struct sea_mroute_spec *specs, unsigned n,
			  sea_time now)
{
	for (unsigned i = 0; i < n; i++) {
		int err = add(stack, &specs[i], now);

		if (err)
			return sea_say_failed("cannot add --mroute %s: %s", specs[i].text,
					      sea_say_errno(err));
	}
	return SEA_EXIT_OK;
}

void sea_host_ignore_upcalls(struct sea_stack *stack)
{
	struct sea_mroute_upcall upcall = { .size = sizeof(upcall) };

	while (sea_mroute_take_upcall(stack, SEA_AF_INET, &upcall) ||
	       sea_mroute_take_upcall(stack, SEA_AF_INET6, &upcall))
		;
}
