/* SPDX-License-Identifier: Apache-2.0 */
/* The options that make a host, each judged as far as it can be without opening anything. */
#include <string.h>

#include <seastack/link.h>

#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/host/config.h"
#include "tools/host/fault_profile.h"

/* The link that an option is for. */
static struct sea_link_spec *latest(void *settings)
{
	struct sea_host_config *config = settings;

	return &config->link[config->links ? config->links - 1 : 0];
}

static bool device_taken(const struct sea_host_config *config, const char *device)
{
	for (unsigned i = 0; i < config->links; i++) {
		if (!strcmp(config->link[i].device, device))
			return true;
	}
	return false;
}

static const char *set_link(void *settings, const char *value)
{
	struct sea_host_config *config = settings;
	struct sea_link_spec *link = &config->link[config->links];
	const char *device = strchr(value, ':');

	if (config->links == SEA_HOST_LINKS_MAX)
		return "is one link too many";
	if (!strncmp(value, "tap:", 4))
		link->kind = SEA_LINK_TAP;
	else if (!strncmp(value, "packet:", 7))
		link->kind = SEA_LINK_PACKET;
	else
		return "write tap:NAME for a tap of its own, or packet:IFACE to share an interface";
	link->device = device + 1;
	if (!sea_parse_ifname(link->device))
		return "the name of a device has 1 to 15 bytes, without spaces, '/' or ':'";
	if (device_taken(config, link->device))
		return "another --link has a device of this name";
	config->links++;
	return NULL;
}

static const char *set_netns(void *settings, const char *value)
{
	latest(settings)->netns = value;
	return *value ? NULL : "write a name under /run/netns, or a path";
}

static const char *set_addr(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);
	struct sea_prefix *prefix = &link->addr[link->addrs];

	if (link->addrs == SEA_HOST_ADDRS_MAX)
		return "is one address too many";
	if (!strchr(value, '/') || !sea_addr_parse_prefix(value, &prefix->addr, &prefix->len))
		return "write an address and its prefix length, such as 10.0.0.2/24 or "
		       "2001:db8::2/64";
	link->addrs++;
	return sea_addr_is_unicast(&prefix->addr) ? NULL : "no host can have this address";
}

static const char *set_gateway(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);
	struct sea_addr addr, *gateway;

	if (!sea_addr_parse(value, &addr))
		return "write an address, such as 10.0.0.1 or fe80::1";
	if (!sea_addr_is_unicast(&addr))
		return "no router can have this address";
	gateway = &link->gateway[addr.family == SEA_AF_INET6];
	if (gateway->family)
		return "the link has a --gw of this family: say --route with a metric";
	*gateway = addr;
	return NULL;
}

static const char *set_route(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	if (config->routes == SEA_HOST_ROUTES_MAX)
		return "is one route too many";
	return sea_route_spec_parse(value, &config->route[config->routes++]);
}

static bool has_mroute(const struct sea_host_config *config, const struct sea_mroute_spec *spec)
{
	for (unsigned i = 0; i < config->mroutes; i++) {
		const struct sea_mroute_spec *m = &config->mroute[i];

		if (!memcmp(&m->group, &spec->group, sizeof(m->group)) &&
		    !memcmp(&m->src, &spec->src, sizeof(m->src)))
			return true;
	}
	return false;
}

static const char *set_mroute(void *settings, const char *value)
{
	struct sea_host_config *config = settings;
	struct sea_mroute_spec *spec = &config->mroute[config->mroutes];
	const char *wrong;

	if (config->mroutes == SEA_HOST_MROUTES_MAX)
		return "is one route too many";
	wrong = sea_mroute_spec_parse(value, spec);
	if (wrong)
		return wrong;
	if (has_mroute(config, spec))
		return "another --mroute has this group and src=";
	config->mroutes++;
	return NULL;
}

static const char *set_mtu(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);
	uint64_t mtu;

	if (!sea_parse_number(value, SEA_LINK_MTU_MAX, &mtu) || mtu < SEA_LINK_MTU_MIN)
		return "write a number of bytes from 68 to 65535";
	link->mtu = (uint32_t)mtu;
	return NULL;
}

static const char *set_mac(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);

	return sea_parse_mac(value, link->mac)
		       ? NULL
		       : "write a unicast Ethernet address, such as 02:00:00:00:00:02";
}

static const char *set_no_offload(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);

	(void)value;
	link->no_offload = true;
	return NULL;
}

static const char *set_no_autoconf(void *settings, const char *value)
{
	(void)value;
	latest(settings)->no_autoconf = true;
	return NULL;
}

static const char *set_fault(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);

	link->faulty = true;
	return sea_fault_profile_parse(value, &link->fault);
}

static const char *set_capture(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);

	link->capture = value;
	return *value ? NULL : "write the name of a file";
}

static const char *set_capture_limit(void *settings, const char *value)
{
	struct sea_link_spec *link = latest(settings);

	return sea_parse_size(value, &link->capture_limit) && link->capture_limit
		       ? NULL
		       : "write a size, such as 64M";
}

static const char *set_forward(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	(void)value;
	config->forward = true;
	return NULL;
}

static const char *set_busy_poll(void *settings, const char *value)
{
	struct sea_host_config *config = settings;
	uint64_t us;

	if (!sea_parse_number(value, SEA_HOST_BUSY_POLL_MAX_US, &us))
		return "write a number of microseconds, at most 1000000";
	config->busy_poll_us = (uint32_t)us;
	return NULL;
}

static const char *set_sysctl(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	if (!strchr(value, '=') || *value == '=')
		return "write NAME=VALUE, such as net.ipv4.tcp_congestion_control=reno";
	if (config->sysctls == SEA_HOST_SYSCTL_MAX)
		return "is one --sysctl too many";
	config->sysctl[config->sysctls++] = value;
	return NULL;
}

const struct sea_option sea_link_options[] = {
	{ "link", "tap:NAME|packet:IFACE",
	  "the device: a tap (made when missing), or an\ninterface shared through AF_PACKET; "
	  "repeatable: what\nfollows is for this link",
	  set_link, 0 },
	{ "netns", "NAME|PATH", "the network namespace of the device", set_netns, 0 },
	{ "addr", "ADDRESS/P",
	  "an address of ours and its prefix length, such as\n10.0.0.2/24; repeatable", set_addr,
	  0 },
	{ "gw", "ADDRESS", "the default router on this link; one a family", set_gateway, 0 },
	{ "mtu", "BYTES", "the largest IP packet [the device's]", set_mtu, 0 },
	{ "mac", "MAC", "our Ethernet address [random]", set_mac, 0 },
	{ "no-offload", NULL,
	  "single frames: no checksums or super-segments are\nleft to the kernel", set_no_offload,
	  0 },
	{ "no-autoconf", NULL,
	  "take no addresses, routes or settings from IPv6\nrouters that advertise them",
	  set_no_autoconf, 0 },
	{ "capture", "FILE", "write what crosses the wire to FILE, as pcapng;\ndrops say why",
	  set_capture, 0 },
	{ "capture-limit", "SIZE", "end the capture before FILE is larger, such as 64M",
	  set_capture_limit, 0 },
	{ "fault", "PROFILE",
	  "a bad wire, such as loss=2%,delay=20ms,reorder=1%;\nthere are loss, duplicate, corrupt, "
	  "reorder (%),\ndelay, jitter (ms), rate (mbit), queue (frames),\npartition, seed; rx: or tx: "
	  "before a fault\nrestricts it to one direction",
	  set_fault, 0 },
	{ 0 },
};

const struct sea_option sea_host_options[] = {
	{ "route", "PREFIX[,WORD=VALUE]...",
	  "a route, such as default,via=10.0.0.1 or\n10.8.0.0/16,type=blackhole; there are via, dev,\n"
	  "metric, type, src and mtu; repeatable",
	  set_route, 0 },
	{ "mroute", "GROUP,WORD=VALUE...",
	  "route a group, such as 239.1.1.1,from=sea0,to=sea1;\nthere are from, to (repeatable), src and "
	  "ttl (what\ngoes on has a larger one); repeatable",
	  set_mroute, 0 },
	{ "forward", NULL, "be a router: pass on what is for others, of both\nfamilies",
	  set_forward, 0 },
	{ "busy-poll", "USEC",
	  "after a frame, go on reading so long before sleeping:\nquicker answers and fuller batches for a core's time [0]",
	  set_busy_poll, 0 },
	{ "sysctl", "NAME=VALUE", "one of Linux's network sysctls; repeatable", set_sysctl, 0 },
	{ 0 },
};

bool sea_host_config_begun(const struct sea_host_config *config)
{
	return config->links || config->link[0].addrs;
}

static int check_link(const struct sea_link_spec *link, bool alone, bool speaks)
{
	if (speaks && !link->addrs)
		return sea_say_usage("--addr is missing%s%s: say which address is ours, such as "
				     "--addr 10.0.0.2/24",
				     alone ? "" : " behind --link ", alone ? "" : link->device);
	if (link->capture_limit && !link->capture)
		return sea_say_usage("--capture-limit needs --capture FILE");
	return SEA_USAGE_RUN;
}

static bool has_device(const struct sea_host_config *config, const char *device)
{
	return !*device || !strcmp(device, "lo") || device_taken(config, device);
}

static int check_mroute(const struct sea_host_config *config, const struct sea_mroute_spec *spec)
{
	const char *missing = device_taken(config, spec->from) ? NULL : spec->from;

	for (unsigned i = 0; i < spec->n_to && !missing; i++)
		missing = device_taken(config, spec->to[i]) ? NULL : spec->to[i];
	if (!missing)
		return SEA_USAGE_RUN;
	return sea_say_usage("--mroute %s: there is no --link with the device %s", spec->text,
			     missing);
}

int sea_host_config_check(const struct sea_host_config *config, bool speaks)
{
	if (!config->links)
		return sea_say_usage("--link is missing: say which device to use, such as "
				     "--link tap:sea0");
	for (unsigned i = 0; i < config->links; i++) {
		int status = check_link(&config->link[i], config->links == 1, speaks);

		if (status != SEA_USAGE_RUN)
			return status;
	}
	for (unsigned i = 0; i < config->routes; i++) {
		const struct sea_route_spec *route = &config->route[i];

		if (!has_device(config, route->dev))
			return sea_say_usage("--route %s: there is no --link with the device %s",
					     route->text, route->dev);
	}
	for (unsigned i = 0; i < config->mroutes; i++) {
		int status = check_mroute(config, &config->mroute[i]);

		if (status != SEA_USAGE_RUN)
			return status;
	}
	return SEA_USAGE_RUN;
}
