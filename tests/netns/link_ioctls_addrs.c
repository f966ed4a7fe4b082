/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4's addresses by label: what is asked of them and set, and which addresses and routes there are then. */
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "tests/netns/link_ioctls.h"
#include "tests/netns/netlink_compare.h"

struct link_call call_with(const char *what, unsigned long request, const void *arg, size_t len)
{
	struct link_call c = { .what = what, .request = request, .len = len };

	memcpy(c.arg, arg, len);
	return c;
}

void compare_table(struct world w[2], const char *what, uint16_t type, const void *hdr,
		   uint32_t len)
{
	struct request r = request_of(what, type, NLM_F_DUMP, hdr, len);

	compare(w, &r, STRICT);
}

static void compare_all(struct world w[2])
{
	const struct ifaddrmsg addrs = { .ifa_family = AF_INET };
	const struct rtmsg routes = { .rtm_family = AF_INET };

	compare_table(w, "addresses", RTM_GETADDR, &addrs, sizeof(addrs));
	compare_table(w, "routes", RTM_GETROUTE, &routes, sizeof(routes));
}

/* -- calls -- */

static const char *const labels[] = {
	"v0",     "v0:1",   "v0:one", "v0:two:x", "lo", "lo:1",         "alty",
	"alty:1", "v1:one", "v0:",    "v1",       "",   "no such link",
};
static const uint32_t addrs[] = {
	0x0a000001, 0x0a000002, 0x0a000009, 0x0a010203, 0xac100001, 0xc0a80101,
	0xc0a80102, 0xe0000001, 0xf0000001, 0xffffffff, 0,          0x00010203,
	0x7f000001, 0x7f000002, 0x0affffff, 0xefffffff,
};
static const uint32_t masks[] = { 0xffffff00, 0xff000000, 0xffff0000, 0,          0xffffffff,
				  0xfffffffe, 0xff00ff00, 0xfffffffc, 0x80000000, 0x00ffffff };
static const unsigned long gets[] = { SIOCGIFADDR, SIOCGIFBRDADDR, SIOCGIFNETMASK, SIOCGIFDSTADDR };
static const unsigned long sets[] = { SIOCSIFADDR, SIOCSIFADDR, SIOCSIFBRDADDR, SIOCSIFNETMASK,
				      SIOCSIFDSTADDR };

static void ask_addr(struct world w[2], const char *what, unsigned long request, const char *label,
		     sa_family_t family, uint32_t addr)
{
	struct sockaddr_in in = { .sin_family = family,
				  .sin_port = 0x1234,
				  .sin_addr.s_addr = htonl(addr) };
	struct link_call c = call_of(what, request, label, &in, sizeof(in));

	compare_call(w, &c);
}

static void get_all(struct world w[2], const char *label)
{
	for (unsigned i = 0; i < N(gets); i++) {
		ask_addr(w, "an address", gets[i], label, AF_UNSPEC, 0);
		for (unsigned k = 0; k < 3; k++)
			ask_addr(w, "that very address", gets[i], label, AF_INET, addrs[k]);
	}
}

static void set_addr(struct world w[2], unsigned long request, const char *label,
		     sa_family_t family, uint32_t addr)
{
	ask_addr(w, "an address is set", request, label, family, addr);
	get_all(w, label);
	compare_all(w);
}

static void set_flags(struct world w[2], const char *label, uint16_t flags)
{
	struct link_call c =
		call_of("flags of a label", SIOCSIFFLAGS, label, &flags, sizeof(flags));

	compare_call(w, &c);
}

/* As ifconfig does it. */
static void configure(struct world w[2], const char *label, uint32_t addr, uint32_t mask)
{
	set_addr(w, SIOCSIFADDR, label, AF_INET, addr);
	set_addr(w, SIOCSIFNETMASK, label, AF_INET, mask);
	set_addr(w, SIOCSIFBRDADDR, label, AF_INET, addr | ~mask);
}

static void every_request(struct world w[2])
{
	for (unsigned i = 0; i < N(labels) * N(sets); i++) {
		const char *label = labels[i / N(sets)];

		ask_addr(w, "another family", sets[i % N(sets)], label, AF_INET6, addrs[0]);
		ask_addr(w, "no family", sets[i % N(sets)], label, AF_UNSPEC, addrs[0]);
		get_all(w, label);
	}
	configure(w, "v0:1", 0x0a000007, 0xffffff00);
	configure(w, "v0:1", 0x0a000008, 0xffffff00);
	configure(w, "v0", 0x0a010001, 0xffff0000);
	set_flags(w, "v0:1", IFF_UP);
	compare_all(w);
	set_flags(w, "v0:1", 0);
	compare_all(w);
	set_flags(w, "v0:1", 0);
	configure(w, "v0", 0, 0);
	for (unsigned i = 0; i < N(addrs); i++)
		set_addr(w, SIOCSIFADDR, "v0:x", AF_INET, addrs[i]);
	for (unsigned i = 0; i < N(masks); i++)
		set_addr(w, SIOCSIFNETMASK, "v0:x", AF_INET, masks[i]);
}

static void some_change(struct world w[2], uint64_t *seed)
{
	const char *label = ONE_OF(labels);
	unsigned long request = ONE_OF(sets);

	if (next_random(seed, 10) == 0 && strchr(label, ':')) {
		set_flags(w, label, next_random(seed, 2) ? IFF_UP : 0);
		compare_all(w);
		return;
	}
	set_addr(w, request, label, AF_INET,
		 request == SIOCSIFNETMASK ? ONE_OF(masks) : ONE_OF(addrs));
}

void compare_addrs(struct world w[2], unsigned long n, uint64_t *seed)
{
	set_flags(w, "v0", IFF_UP | IFF_BROADCAST | IFF_MULTICAST);
	set_flags(w, "lo", IFF_UP);
	every_request(w);
	for (; n; n--)
		some_change(w, seed);
}
