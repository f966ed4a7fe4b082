/* SPDX-License-Identifier: Apache-2.0 */
/* The options that make a host, each judged as far as it can be without opening anything. */
#include <string.h>

#include <seastack/link.h>

#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/host/config.h"
#include "tools/host/fault_profile.h"

static const char *set_link(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	if (!strncmp(value, "tap:", 4)) {
		config->link = SEA_HOST_TAP;
		config->device = value + 4;
	} else if (!strncmp(value, "packet:", 7)) {
		config->link = SEA_HOST_PACKET;
		config->device = value + 7;
	} else {
		return "write tap:NAME for a tap of its own, or packet:IFACE to share an interface";
	}
	return sea_parse_ifname(config->device)
		       ? NULL
		       : "the name of a device has 1 to 15 bytes, without spaces, '/' or ':'";
}

static const char *set_netns(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	config->netns = value;
	return *value ? NULL : "write a name under /run/netns, or a path";
}

/* What a host may call its own: not 0/8, not 127/8, not multicast or broadcast. */
static bool is_unicast(const struct sea_addr *addr)
{
	return addr->family == SEA_AF_INET && addr->b[0] && addr->b[0] != 127 && addr->b[0] < 224;
}

static const char *set_addr(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	if (!strchr(value, '/') ||
	    !sea_addr_parse_prefix(value, &config->addr, &config->prefix_len) ||
	    config->addr.family != SEA_AF_INET)
		return "write an IPv4 address and its prefix length, such as 10.0.0.2/24";
	return is_unicast(&config->addr) ? NULL : "no host can have this address";
}

static const char *set_gateway(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	if (!sea_addr_parse(value, &config->gateway) || config->gateway.family != SEA_AF_INET)
		return "write an IPv4 address, such as 10.0.0.1";
	return is_unicast(&config->gateway) ? NULL : "no router can have this address";
}

static const char *set_mtu(void *settings, const char *value)
{
	struct sea_host_config *config = settings;
	uint64_t mtu;

	if (!sea_parse_number(value, SEA_LINK_MTU_MAX, &mtu) || mtu < SEA_LINK_MTU_MIN)
		return "write a number of bytes from 68 to 65535";
	config->mtu = (uint32_t)mtu;
	return NULL;
}

static const char *set_mac(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	return sea_parse_mac(value, config->mac)
		       ? NULL
		       : "write a unicast Ethernet address, such as 02:00:00:00:00:02";
}

static const char *set_no_offload(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	(void)value;
	config->no_offload = true;
	return NULL;
}

static const char *set_fault(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	config->faulty = true;
	return sea_fault_profile_parse(value, &config->fault);
}

static const char *set_capture(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	config->capture = value;
	return *value ? NULL : "write the name of a file";
}

static const char *set_capture_limit(void *settings, const char *value)
{
	struct sea_host_config *config = settings;

	return sea_parse_size(value, &config->capture_limit) && config->capture_limit
		       ? NULL
		       : "write a size, such as 64M";
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

const struct sea_option sea_host_options[] = {
	{ "link", "tap:NAME|packet:IFACE",
	  "the device: a tap (made when missing), or an\ninterface shared through AF_PACKET",
	  set_link, 0 },
	{ "netns", "NAME|PATH", "the network namespace of the device", set_netns, 0 },
	{ "addr", "A.B.C.D/P", "our address and its prefix length", set_addr, 0 },
	{ "gw", "A.B.C.D", "the default router", set_gateway, 0 },
	{ "mtu", "BYTES", "the largest IP packet [the device's]", set_mtu, 0 },
	{ "mac", "MAC", "our Ethernet address [random]", set_mac, 0 },
	{ "no-offload", NULL,
	  "single frames: no checksums or super-segments are\nleft to the kernel", set_no_offload,
	  0 },
	{ "sysctl", "NAME=VALUE", "one of Linux's network sysctls; repeatable", set_sysctl, 0 },
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

int sea_host_config_check(const struct sea_host_config *config)
{
	if (config->link == SEA_HOST_NO_LINK)
		return sea_say_usage("--link is missing: say which device to use, such as "
				     "--link tap:sea0");
	if (!config->addr.family)
		return sea_say_usage("--addr is missing: say which address is ours, such as "
				     "--addr 10.0.0.2/24");
	if (config->capture_limit && !config->capture)
		return sea_say_usage("--capture-limit needs --capture FILE");
	return SEA_USAGE_RUN;
}
