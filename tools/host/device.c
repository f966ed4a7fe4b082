/* SPDX-License-Identifier: Apache-2.0 */
/* What an errno of a device means to whoever typed the command. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/host/device.h"

static int netns_missing(const char *netns)
{
	char path[4096];

	if (strchr(netns, '/'))
		return access(netns, F_OK);
	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	return access(path, F_OK);
}

static int tap_failed(const struct sea_link_spec *spec, int err)
{
	const char *name = spec->device;

	switch (err) {
	case -EPERM:
	case -EACCES:
		return sea_say_failed("the tap %s takes CAP_NET_ADMIN: run this as root, or let "
				      "root prepare it with 'ip tuntap add %s mode tap user %u'",
				      name, name, geteuid());
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return sea_say_failed(
			"/dev/net/tun is not there: load the module ('modprobe tun'), "
			"or hand the device to the container");
	case -EBUSY:
		return sea_say_failed("the tap %s is in use by another program", name);
	case -EINVAL:
		return sea_say_failed("there is a device %s already, and it is no tap", name);
	default:
		return sea_say_failed("cannot open the tap %s: %s", name, sea_say_errno(err));
	}
}

static int packet_failed(const struct sea_link_spec *spec, int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return sea_say_failed("sharing %s takes CAP_NET_RAW: run this as root",
				      spec->device);
	case -ENODEV:
	case -ENXIO:
		return sea_say_failed("there is no interface %s%s%s", spec->device,
				      spec->netns ? " in the namespace " : "",
				      spec->netns ? spec->netns : "");
	default:
		return sea_say_failed("cannot share %s: %s", spec->device, sea_say_errno(err));
	}
}

static struct sea_link_config link_config(const struct sea_link_spec *spec)
{
	struct sea_link_config link = {
		.size = sizeof(link),
		.type = SEA_LINK_ETHERNET,
		.mtu = spec->mtu,
	};

	memcpy(link.mac, spec->mac, sizeof(link.mac));
	return link;
}

static int open_tap(const struct sea_link_spec *spec, struct sea_stack *stack,
		    struct sea_port **port, sea_time now)
{
	struct sea_tap_config tap = {
		.size = sizeof(tap),
		.name = spec->device,
		.netns = spec->netns,
		.no_offload = spec->no_offload,
		.link = link_config(spec),
	};
	int err = sea_tap_open(stack, &tap, port, now);

	return err ? tap_failed(spec, err) : SEA_EXIT_OK;
}

static int open_packet(const struct sea_link_spec *spec, struct sea_stack *stack,
		       struct sea_port **port, sea_time now)
{
	struct sea_afpacket_config packet = {
		.size = sizeof(packet),
		.interface = spec->device,
		.netns = spec->netns,
		.no_offload = spec->no_offload,
		.link = link_config(spec),
	};
	int err = sea_afpacket_open(stack, &packet, port, now);

	return err ? packet_failed(spec, err) : SEA_EXIT_OK;
}

int sea_host_device_open(const struct sea_link_spec *spec, struct sea_stack *stack,
			 struct sea_port **port, sea_time now)
{
	if (spec->netns && netns_missing(spec->netns))
		return sea_say_failed("there is no network namespace %s: 'ip netns add' makes one",
				      spec->netns);
	if (spec->kind == SEA_LINK_TAP)
		return open_tap(spec, stack, port, now);
	return open_packet(spec, stack, port, now);
}
