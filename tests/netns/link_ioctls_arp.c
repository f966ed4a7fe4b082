/* SPDX-License-Identifier: Apache-2.0 */
/* SIOC[GSD]ARP, and which neighbours and proxies there are then. */
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/sockios.h>

#include "tests/netns/link_ioctls.h"
#include "tests/netns/netlink_compare.h"

#define DONTPUB 0x40

static struct sockaddr sockaddr_of(sa_family_t family, uint32_t addr)
{
	struct sockaddr_in in = { .sin_family = family, .sin_addr.s_addr = htonl(addr) };
	struct sockaddr sa;

	memcpy(&sa, &in, sizeof(sa));
	return sa;
}

static void dump(struct world w[2], const char *what, const struct ndmsg *hdr)
{
	struct request r = request_of(what, RTM_GETNEIGH, NLM_F_DUMP, hdr, sizeof(*hdr));

	compare_sorted(w, &r, STRICT);
}

static void compare_all(struct world w[2])
{
	const struct ndmsg neighbours = { .ndm_family = AF_INET },
			   proxies = { .ndm_family = AF_INET, .ndm_flags = NTF_PROXY };
	const struct netconfmsg settings = { .ncm_family = AF_INET };

	dump(w, "neighbours", &neighbours);
	dump(w, "proxies", &proxies);
	compare_table(w, "settings", RTM_GETNETCONF, &settings, sizeof(settings));
}

struct asked {
	sa_family_t family;
	uint32_t addr, mask;
	int flags;
	sa_family_t type;
	uint8_t mac[6];
	const char *device;
};

static void one(struct world w[2], unsigned long request, const struct asked *a)
{
	struct arpreq arp = { .arp_pa = sockaddr_of(a->family, a->addr),
			      .arp_ha.sa_family = a->type,
			      .arp_flags = a->flags,
			      .arp_netmask = sockaddr_of(AF_INET, a->mask) };
	struct link_call c;

	memcpy(arp.arp_ha.sa_data, a->mac, sizeof(a->mac));
	memcpy(arp.arp_dev, a->device, strlen(a->device));
	c = call_with(request == SIOCGARP ? "a neighbour" : "a neighbour is set", request, &arp,
		      sizeof(arp));
	compare_call(w, &c);
	if (request != SIOCGARP)
		compare_all(w);
}

static const uint32_t addrs[] = { 0x0a000032, 0x0a000033, 0x0b000001, 0x7f000005, 0x0a000001, 0 };
static const uint32_t masks[] = { 0, 0xffffffff, 0xffffff00 };
static const int some_flags[] = { 0,
				  ATF_COM,
				  ATF_PERM,
				  ATF_COM | ATF_PERM,
				  ATF_PUBL,
				  ATF_PUBL | ATF_COM,
				  ATF_PUBL | ATF_PERM | ATF_COM,
				  ATF_PUBL | ATF_NETMASK,
				  ATF_NETMASK,
				  DONTPUB,
				  DONTPUB | ATF_PUBL,
				  ATF_COM | ATF_USETRAILERS };
static const sa_family_t types[] = { ARPHRD_ETHER, ARPHRD_ETHER, 0, ARPHRD_LOOPBACK };
static const uint8_t macs[][6] = { { 2, 0, 0, 0, 0, 0x77 }, { 2, 0, 0, 0, 0, 0x10 }, { 0 } };
static const char *const devices[] = { "v0", "v0", "", "lo", "alty", "v0:1", "no such link" };
static const unsigned long requests[] = { SIOCSARP, SIOCSARP, SIOCDARP, SIOCGARP };

static void some_call(struct world w[2], uint64_t *seed)
{
	struct asked a = { .family = next_random(seed, 20) ? AF_INET : AF_INET6,
			   .addr = ONE_OF(addrs),
			   .mask = ONE_OF(masks),
			   .flags = ONE_OF(some_flags),
			   .type = ONE_OF(types),
			   .device = ONE_OF(devices) };

	memcpy(a.mac, ONE_OF(macs), sizeof(a.mac));
	one(w, ONE_OF(requests), &a);
}

/*
 * Those of no device. The kernel's outlive their namespace, and one that is made where that was in memory has them: none
 * may be left, and there may be some.
 */
static void end_proxies(struct world w[2])
{
	for (unsigned i = 0; i < 2 * N(addrs); i++) {
		struct arpreq arp = { .arp_pa = sockaddr_of(AF_INET, addrs[i / 2]),
				      .arp_flags = ATF_PUBL };

		(void)world_ask(&w[i % 2], link_sockets[i % 2][BY_UDP], SIOCDARP, &arp,
				sizeof(arp));
	}
}

void compare_neighbours(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct asked a = { .family = AF_INET, .type = ARPHRD_ETHER, .mac = { 2, 0, 0, 0, 0, 9 } };

	end_proxies(w);
	for (unsigned i = 0; i < N(devices) * N(some_flags); i++) {
		a.device = devices[i / N(some_flags)];
		a.flags = some_flags[i % N(some_flags)];
		a.addr = addrs[i % 2];
		one(w, SIOCSARP, &a);
		one(w, SIOCGARP, &a);
		one(w, SIOCDARP, &a);
		one(w, SIOCGARP, &a);
	}
	for (; n; n--)
		some_call(w, seed);
	end_proxies(w);
}
