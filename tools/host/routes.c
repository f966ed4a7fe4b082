/* SPDX-License-Identifier: Apache-2.0 */
/* What an errno of the routing table means to whoever typed the command. */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "tools/cli/say.h"
#include "tools/host/routes.h"

int sea_host_add_gateway(struct sea_stack *stack, const struct sea_addr *gateway, int ifindex,
			 const char *device, sea_time now)
{
	struct sea_route route = {
		.size = sizeof(route),
		.dst = { .family = gateway->family },
		.type = SEA_ROUTE_UNICAST,
		.ifindex = ifindex,
		.gateway = *gateway,
		.protocol = RTPROT_STATIC,
	};
	int err = sea_route_add(stack, &route, now);
	char text[SEA_ADDR_TEXT_MAX];

	if (!err)
		return SEA_EXIT_OK;
	sea_addr_text(gateway, text);
	if (err == -ENETUNREACH || err == -EHOSTUNREACH)
		return sea_say_failed("the gateway %s is not in the network of an --addr of %s",
				      text, device);
	if (err == -EEXIST)
		return sea_say_failed("there is a default route already, so say --route "
				      "default,via=%s,dev=%s,metric=N",
				      text, device);
	return sea_say_failed("cannot route through %s: %s", text, sea_say_errno(err));
}

/* A route that only says which link: what is there is on the link itself. */
static enum sea_scope scope_of(const struct sea_route_spec *spec)
{
	bool on_link = spec->type == SEA_ROUTE_UNICAST && !spec->gateway.family;

	return on_link && spec->dst.addr.family == SEA_AF_INET ? SEA_SCOPE_LINK : SEA_SCOPE_GLOBAL;
}

int sea_host_add_route(struct sea_stack *stack, const struct sea_route_spec *spec, sea_time now)
{
	struct sea_route route = {
		.size = sizeof(route),
		.dst = spec->dst.addr,
		.prefix_len = spec->dst.len,
		.type = spec->type,
		.scope = scope_of(spec),
		.metric = spec->metric,
		.gateway = spec->gateway,
		.prefsrc = spec->prefsrc,
		.metrics = { .mtu = spec->mtu },
		.protocol = RTPROT_STATIC,
	};
	struct sea_link *link = *spec->dev ? sea_link_by_name(stack, spec->dev) : NULL;
	struct sea_link_info info = { .size = sizeof(info) };
	int err;

	if (link) {
		sea_link_info(link, &info);
		route.ifindex = info.ifindex;
	}
	err = sea_route_add(stack, &route, now);
	if (!err)
		return SEA_EXIT_OK;
	if (err == -ENETUNREACH || err == -EHOSTUNREACH)
		return sea_say_failed(
			"the gateway of --route %s is not in the network of an --addr", spec->text);
	if (err == -EEXIST)
		return sea_say_failed("--route %s is there already, so say metric= for another",
				      spec->text);
	return sea_say_failed("cannot add --route %s: %s", spec->text, sea_say_errno(err));
}
