/* SPDX-License-Identifier: Apache-2.0 */
/* net.ipv4.conf.default.*: which links follow what is written there, while pairs of links, and their addresses, come and go. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/veth.h>

#include <seastack/stack.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

static const char *const settings[] = { "accept_local",        "accept_redirects",
					"arp_accept",          "arp_announce",
					"arp_filter",          "arp_ignore",
					"arp_notify",          "bc_forwarding",
					"drop_gratuitous_arp", "drop_unicast_in_l2_multicast",
					"forwarding",          "ignore_routes_with_linkdown",
					"log_martians",        "medium_id",
					"promote_secondaries", "proxy_arp",
					"route_localnet",      "rp_filter",
					"send_redirects",      "shared_media",
					"src_valid_mark" };

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))
#define FIRST 20 /* the pair's indices */

static const char *const branches[] = { "default", "all", "d0", "d1", "lo" };

#define BRANCHES (sizeof(branches) / sizeof(branches[0]))

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

/* -- settings -- */

static int open_kernel(const char *branch, const char *setting, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", branch, setting);
	return open(path, flags);
}

static long read_kernel(const char *branch, const char *setting)
{
	char text[16] = { 0 };
	int fd = open_kernel(branch, setting, O_RDONLY);

	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return atol(text);
}

static long read_ours(struct world *w, const char *branch, const char *setting)
{
	char name[96], text[16];
	int n;

	snprintf(name, sizeof(name), "net.ipv4.conf.%s.%s", branch, setting);
	n = sea_sysctl_get(w->stack, name, text, sizeof(text));
	return n < 0 ? n : atol(text);
}

static void write_both(struct world w[2], const char *branch, const char *setting, const char *text)
{
	int fd = open_kernel(branch, setting, O_WRONLY);
	char name[96];
	long r[2];

	r[0] = fd < 0 ? -errno : 0;
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		r[0] = -errno;
	if (fd >= 0)
		close(fd);
	snprintf(name, sizeof(name), "net.ipv4.conf.%s.%s", branch, setting);
	r[1] = sea_sysctl_set(w[1].stack, name, text, w[1].now);
	compare_results(name, r);
}

static void read_both(struct world w[2], const char *setting)
{
	for (unsigned i = 0; i < BRANCHES; i++) {
		char what[96];

		snprintf(what, sizeof(what), "what %s.%s is", branches[i], setting);
		compare_results(what, (const long[2]){ read_kernel(branches[i], setting),
						       read_ours(&w[1], branches[i], setting) });
	}
}

/* -- links -- */

static uint16_t add(uint8_t *to, uint16_t at, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr hdr = { .nla_len = (uint16_t)(sizeof(hdr) + len), .nla_type = type };

	memcpy(to + at, &hdr, sizeof(hdr));
	memcpy(to + at + sizeof(hdr), value, len);
	return (uint16_t)(at + ((hdr.nla_len + 3u) & ~3u));
}

static void make_pair(struct world w[2])
{
	const struct ifinfomsg hdr = { .ifi_index = FIRST }, peer = { .ifi_index = FIRST + 1 };
	uint8_t other[64] = { 0 }, data[96] = { 0 }, info[128] = { 0 };
	struct request r = request_of("a pair", RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
				      &hdr, sizeof(hdr));
	uint16_t len;

	memcpy(other, &peer, sizeof(peer));
	len = add(other, sizeof(peer), IFLA_IFNAME, "d1", 3);
	len = add(data, 0, VETH_INFO_PEER, other, len);
	len = add(info, add(info, 0, IFLA_INFO_KIND, "veth", 4), IFLA_INFO_DATA, data, len);
	put_attr(&r, IFLA_IFNAME, "d0", 3);
	put_attr(&r, IFLA_LINKINFO, info, len);
	compare(w, &r, 0);
}

static void end_pair(struct world w[2])
{
	const struct ifinfomsg hdr = { .ifi_index = FIRST };
	const struct request r = request_of("no pair", RTM_DELLINK, NLM_F_ACK, &hdr, sizeof(hdr));

	compare(w, &r, 0);
}

/* Of which some are refused. */
static void add_addr(struct world w[2], uint64_t *seed)
{
	const struct ifaddrmsg hdr = { .ifa_family = AF_INET,
				       .ifa_prefixlen = (uint8_t)(pick(seed, 4) ? 24 : 33),
				       .ifa_index = FIRST + (uint32_t)pick(seed, 2) };
	const uint8_t local[4] = { 10, 9, 9, (uint8_t)(1 + pick(seed, 2)) };
	struct request r = request_of("an address", RTM_NEWADDR, NLM_F_ACK, &hdr, sizeof(hdr));

	put_attr(&r, IFA_LOCAL, local, sizeof(local));
	compare(w, &r, 0);
}

static void step(struct world w[2], uint64_t *seed)
{
	static const char *const texts[] = { "0", "1", "2" };
	const char *setting = settings[pick(seed, SETTINGS)];

	switch (pick(seed, 16)) {
	case 0:
		add_addr(w, seed);
		break;
	case 1:
		end_pair(w);
		make_pair(w);
		break;
	case 2:
	case 3:
		write_both(w, branches[pick(seed, BRANCHES)], setting, texts[pick(seed, 3)]);
		break;
	default:
		write_both(w, "default", setting, texts[pick(seed, 3)]);
	}
	read_both(w, setting);
}

void compare_defaults(struct world w[2], unsigned long n, uint64_t *seed)
{
	long was[2][SETTINGS];

	for (unsigned i = 0; i < SETTINGS; i++) {
		was[0][i] = read_kernel("default", settings[i]);
		was[1][i] = read_kernel("lo", settings[i]);
	}
	make_pair(w);
	while (n--)
		step(w, seed);
	end_pair(w);
	for (unsigned i = 0; i < 2 * SETTINGS; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%ld", was[i % 2][i / 2]);
		write_both(w, i % 2 ? "lo" : "default", settings[i / 2], text);
	}
}
