/* SPDX-License-Identifier: Apache-2.0 */
/* SIOCADDRT and SIOCDELRT of IPv4, and which routes there are then. */
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "tests/netns/link_ioctls.h"
#include "tests/netns/netlink_compare.h"

struct asked {
	uint32_t dst, mask, gateway;
	sa_family_t family, mask_family, gateway_family;
	unsigned short flags;
	short metric;
	unsigned long mtu, window;
	const char *device;
};

static struct sockaddr sockaddr_of(sa_family_t family, uint32_t addr)
{
	struct sockaddr_in in = { .sin_family = family, .sin_addr.s_addr = htonl(addr) };
	struct sockaddr sa;

	memcpy(&sa, &in, sizeof(sa));
	return sa;
}

static void change(struct world w[2], unsigned long request, const struct asked *a)
{
	const struct rtmsg all = { .rtm_family = AF_INET };
	const struct rtentry rt = { .rt_dst = sockaddr_of(a->family, a->dst),
				    .rt_genmask = sockaddr_of(a->mask_family, a->mask),
				    .rt_gateway = sockaddr_of(a->gateway_family, a->gateway),
				    .rt_flags = a->flags,
				    .rt_metric = a->metric,
				    .rt_mtu = a->mtu,
				    .rt_window = a->window };
	struct link_call c = call_with(request == SIOCADDRT ? "a route comes" : "a route goes",
				       request, &rt, sizeof(rt));

	c.device = a->device;
	compare_call(w, &c);
	compare_table(w, "routes", RTM_GETROUTE, &all, sizeof(all));
}

#define BY_LINK(dst_, mask_, flags_, device_)                                          \
	{                                                                              \
		.dst = dst_, .mask = mask_, .family = AF_INET, .mask_family = AF_INET, \
		.flags = RTF_UP | (flags_), .device = device_                          \
	}
#define BY_ROUTER(dst_, mask_, gateway_, flags_, device_)                                      \
	{                                                                                      \
		.dst = dst_, .mask = mask_, .gateway = gateway_, .family = AF_INET,            \
		.mask_family = AF_INET, .gateway_family = AF_INET, .flags = RTF_UP | (flags_), \
		.device = device_                                                              \
	}

static const struct asked directed[] = {
	BY_LINK(0x0a020000, 0xffff0000, 0, "v0"),
	BY_LINK(0x0a080000, 0xffff0000, 0, "v0:r"),
	BY_LINK(0x0a080000, 0xffff0000, 0, "v0:none"),
	BY_LINK(0x0a080000, 0xffff0000, 0, "no such link"),
	BY_LINK(0x0a080000, 0xffff0000, 0, "alty"),
	BY_LINK(0x0a080000, 0xffff0000, 0, ""),
	BY_LINK(0x0a080001, 0xffff0000, 0, "v0"),
	BY_LINK(0x0a080000, 0xff00ff00, 0, "v0"),
	BY_LINK(0x0a090000, 0xffff0000, RTF_GATEWAY, "v0"),
	BY_LINK(0x0a090000, 0xffff0000, 0, NULL),
	BY_LINK(0x0a090000, 0xffff0000, 0, "v1"),
	BY_LINK(0x0a0a0000, 0xffff0000, 0, "lo"),
	BY_LINK(0x0a000001, 0, RTF_HOST, "lo"),
	BY_LINK(0x0a040000, 0xffff0000, RTF_REJECT, NULL),
	BY_LINK(0x0a0b0000, 0xffff0000, RTF_REJECT, "v0"),
	BY_ROUTER(0x0a030000, 0xffff0000, 0x0a000009, RTF_GATEWAY, NULL),
	BY_ROUTER(0, 0, 0x0a000009, RTF_GATEWAY, NULL),
	BY_ROUTER(0, 0, 0x0a00000a, RTF_GATEWAY, "v0"),
	BY_ROUTER(0x0a030001, 0, 0x0a000009, RTF_GATEWAY | RTF_HOST, NULL),
	BY_ROUTER(0x0a060000, 0xffff0000, 0x0a000001, RTF_GATEWAY, NULL),
	BY_ROUTER(0x0a070000, 0xffff0000, 0x0a000009, 0, NULL),
	BY_ROUTER(0x0a090000, 0xffff0000, 0xc8000001, RTF_GATEWAY, NULL),
	{ .dst = 0x0a020000,
	  .mask = 0xffff0000,
	  .family = AF_INET,
	  .mask_family = AF_INET,
	  .metric = 8,
	  .device = "v0" },
	{ .dst = 0x0a020000,
	  .mask = 0xffff0000,
	  .family = AF_INET,
	  .mask_family = AF_INET,
	  .metric = 1,
	  .device = "v0" },
	{ .dst = 0x0a090000,
	  .mask = 0xffff0000,
	  .family = AF_INET,
	  .mask_family = AF_INET,
	  .metric = -1,
	  .device = "v0" },
	{ .dst = 0x0a050000,
	  .mask = 0xffff0000,
	  .family = AF_INET,
	  .mask_family = AF_INET,
	  .flags = RTF_UP | RTF_MTU | RTF_WINDOW,
	  .mtu = 1400,
	  .window = 5000,
	  .device = "v0" },
	{ .dst = 0x0a080000,
	  .mask = 0xffff0000,
	  .family = AF_INET6,
	  .mask_family = AF_INET,
	  .device = "v0" },
	{ .dst = 0x0a080000, .mask = 0xffff0000, .family = AF_INET, .device = "v0" },
	{ .family = AF_INET, .mask_family = AF_INET6, .device = "v0" },
	{ .family = AF_INET, .device = "v0" },
};

static const uint32_t dsts[] = { 0x0a020000, 0x0a030000, 0, 0xc8000000 };
static const uint32_t masks[] = { 0xffff0000, 0xffffff00, 0, 0xffffffff };
static const uint32_t gateways[] = {
	0, 0x0a000009, 0x0a00000a, 0x0a000001, 0x7f000001, 0xe0000001
};
static const char *const devices[] = { NULL, "v0", "v0:r", "lo", "v1" };
static const unsigned short flags[] = { 0,          RTF_GATEWAY, RTF_GATEWAY, RTF_HOST,
					RTF_REJECT, RTF_MTU,     RTF_WINDOW };

static void some_change(struct world w[2], uint64_t *seed)
{
	const struct asked a = { .dst = ONE_OF(dsts),
				 .mask = ONE_OF(masks),
				 .gateway = ONE_OF(gateways),
				 .family = AF_INET,
				 .mask_family = AF_INET,
				 .gateway_family = AF_INET,
				 .flags = (unsigned short)(RTF_UP | ONE_OF(flags) | ONE_OF(flags)),
				 .metric = (short)next_random(seed, 3),
				 .mtu = 1000 + next_random(seed, 2),
				 .window = 2000,
				 .device = ONE_OF(devices) };

	change(w, next_random(seed, 3) ? SIOCADDRT : SIOCDELRT, &a);
}

/* v0 has 10.0.0.1/24, and 10.0.0.7 by a label. */
static void prepare(struct world w[2])
{
	static const struct {
		unsigned long request;
		const char *label;
		uint32_t value;
	} steps[] = { { SIOCSIFADDR, "v0", 0x0a000001 },
		      { SIOCSIFNETMASK, "v0", 0xffffff00 },
		      { SIOCSIFADDR, "v0:r", 0x0a000007 },
		      { SIOCSIFNETMASK, "v0:r", 0xffffff00 } };

	for (unsigned i = 0; i < N(steps); i++) {
		struct sockaddr sa = sockaddr_of(AF_INET, steps[i].value);
		struct link_call c =
			call_of("prepared", steps[i].request, steps[i].label, &sa, sizeof(sa));

		compare_call(w, &c);
	}
}

void compare_routes(struct world w[2], unsigned long n, uint64_t *seed)
{
	prepare(w);
	for (unsigned i = 0; i < N(directed); i++)
		change(w, SIOCADDRT, &directed[i]);
	for (unsigned i = 0; i < N(directed); i++)
		change(w, SIOCADDRT, &directed[i]);
	for (unsigned i = 0; i < 2 * N(directed); i++)
		change(w, SIOCDELRT, &directed[i % N(directed)]);
	for (; n; n--)
		some_change(w, seed);
}
