/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTNLGRP_IPV6_PREFIX, RTNLGRP_IPV6_IFINFO: what is heard when routers advertise. Advertisements come out of a pair's
 * other end; each is followed by one with a prefix of its own, so that what is not told of is known to be so.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_packet.h>

#include <seastack/link.h>
#include <seastack/pkt.h>

#include "tests/netns/netlink_compare.h"

#define GROUP(n) (1u << ((n)-1))

struct frame {
	struct ether_header eth;
	struct ip6_hdr ip;
	struct nd_router_advert ra;
	struct nd_opt_prefix_info prefix;
	struct nd_opt_mtu mtu;
} __attribute__((packed));

struct advert {
	const char *name;
	uint8_t flags, prefix_flags, prefix_len;
	const char *prefix; /* NULL: none */
	uint32_t reachable, retrans, mtu, valid, preferred;
};

struct scene {
	struct world *w;
	struct wsock hears[2];
	int wire;        /* of the kernel's other end */
	uint16_t marked; /* the last advertisement with a prefix of its own */
};

/* -- sent -- */

static uint16_t checksum(const struct frame *f)
{
	const size_t len = sizeof(*f) - offsetof(struct frame, ra);
	uint32_t sum = IPPROTO_ICMPV6 + (uint32_t)len;
	uint8_t bytes[sizeof(*f)];
	size_t from = offsetof(struct frame, ip) + offsetof(struct ip6_hdr, ip6_src);

	memcpy(bytes, f, sizeof(*f));
	for (; from < sizeof(*f); from += 2)
		sum += (uint32_t)bytes[from] << 8 | bytes[from + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void put_prefix(struct frame *f, const struct advert *a)
{
	f->prefix.nd_opt_pi_type = a->prefix ? ND_OPT_PREFIX_INFORMATION : 200;
	f->prefix.nd_opt_pi_len = 4;
	f->prefix.nd_opt_pi_prefix_len = a->prefix_len;
	f->prefix.nd_opt_pi_flags_reserved = a->prefix_flags;
	f->prefix.nd_opt_pi_valid_time = htonl(a->valid);
	f->prefix.nd_opt_pi_preferred_time = htonl(a->preferred);
	if (a->prefix) {
		struct in6_addr addr;

		inet_pton(AF_INET6, a->prefix, &addr);
		memcpy(&f->prefix.nd_opt_pi_prefix, &addr, sizeof(addr));
	}
}

/* Options that it has not are of types that nobody knows. */
static struct frame frame_of(const struct advert *a)
{
	struct frame f = { .eth = { .ether_dhost = { 0x33, 0x33, [5] = 1 },
				    .ether_shost = { 2, [5] = 0x99 },
				    .ether_type = htons(ETHERTYPE_IPV6) } };

	f.ip.ip6_vfc = 0x60;
	f.ip.ip6_plen = htons(sizeof(f) - offsetof(struct frame, ra));
	f.ip.ip6_nxt = IPPROTO_ICMPV6;
	f.ip.ip6_hlim = 255;
	f.ip.ip6_src = (struct in6_addr){ .s6_addr = { 0xfe, 0x80, [15] = 0x99 } };
	f.ip.ip6_dst = (struct in6_addr){ .s6_addr = { 0xff, 2, [15] = 1 } };
	f.ra.nd_ra_hdr.icmp6_type = ND_ROUTER_ADVERT;
	f.ra.nd_ra_hdr.icmp6_dataun.icmp6_un_data8[1] = a->flags;
	f.ra.nd_ra_reachable = htonl(a->reachable);
	f.ra.nd_ra_retransmit = htonl(a->retrans);
	put_prefix(&f, a);
	f.mtu.nd_opt_mtu_type = a->mtu ? ND_OPT_MTU : 200;
	f.mtu.nd_opt_mtu_len = 1;
	f.mtu.nd_opt_mtu_mtu = htonl(a->mtu);
	f.ra.nd_ra_hdr.icmp6_cksum = checksum(&f);
	return f;
}

static void send_one(struct scene *s, const struct advert *a)
{
	struct sea_link *link = sea_link_by_index(s->w[1].stack, VETH_FIRST);
	const struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = VETH_SECOND };
	const struct frame f = frame_of(a);
	struct sea_pkt *pkt = link ? sea_pkt_from_bytes(link, &f, sizeof(f)) : NULL;

	if (!pkt || sendto(s->wire, &f, sizeof(f), 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
		exit(1);
	sea_link_input(link, &pkt, 1, s->w[1].now);
}

static void send_marked(struct scene *s)
{
	char prefix[INET6_ADDRSTRLEN];
	const struct advert a = { .prefix = prefix, .prefix_len = 64, .valid = UINT32_MAX };

	snprintf(prefix, sizeof(prefix), "2001:db8:ffff:%x::", ++s->marked);
	send_one(s, &a);
}

/* -- heard -- */

static bool is_marked(const uint8_t *bytes, long len, uint16_t n)
{
	const size_t at =
		sizeof(struct nlmsghdr) + sizeof(struct prefixmsg) + sizeof(struct nlattr);
	const uint8_t prefix[8] = {
		0x20, 1, 0x0d, 0xb8, 0xff, 0xff, (uint8_t)(n >> 8), (uint8_t)n
	};
	struct nlmsghdr h;

	if (len < (long)(at + 16))
		return false;
	memcpy(&h, bytes, sizeof(h));
	return h.nlmsg_type == RTM_NEWPREFIX && !memcmp(bytes + at, prefix, sizeof(prefix));
}

/* All up to the marked one; false: that did not come. */
static bool hear_all(struct scene *s, unsigned i, struct answers *a)
{
	unsigned tries = 0;

	for (a->n = 0; a->n < DATAGRAMS_MAX;) {
		struct iovec iov = { a->bytes[a->n], BYTES_MAX };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
		long n = world_recvmsg(&s->w[i], s->hears[i], &m, MSG_DONTWAIT);

		if (n == -EAGAIN) {
			world_settle(&s->w[i], 1);
			if (!world_patient(&tries))
				return false;
			continue;
		}
		a->len[a->n++] = n;
		if (is_marked(a->bytes[a->n - 1], n, s->marked))
			return true;
	}
	return false;
}

static void advertise(struct scene *s, const struct advert *what)
{
	const struct request r = request_of(what->name, RTM_NEWPREFIX, 0, NULL, 0);
	const long nothing[2] = { 0, 0 };
	static struct answers a[2];

	send_one(s, what);
	send_marked(s);
	for (unsigned i = 0; i < 2; i++)
		(void)hear_all(s, i, &a[i]);
	judge(&r, MODES, nothing, a);
}

/* -- settings -- */

static void set(struct scene *s, const char *link, const char *setting, const char *text)
{
	char path[128], name[128];
	long r[2];
	int fd;

	snprintf(name, sizeof(name), "net.ipv6.conf.%s.%s", link, setting);
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", link, setting);
	fd = open(path, O_WRONLY);
	r[0] = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	r[1] = sea_sysctl_set(s->w[1].stack, name, text, s->w[1].now);
	compare_results(name, r);
}

/* -- scenes -- */

/* Links as IPv6 knows them; the kernel's carrier comes from a thread, which has its time. */
static void compare_settled(struct scene *s)
{
	const struct ifinfomsg hdr = { .ifi_family = AF_INET6 };
	const struct request r =
		request_of("links of IPv6", RTM_GETLINK, NLM_F_DUMP, &hdr, sizeof(hdr));
	static struct answers a[2];
	unsigned tries = 0;
	bool same;

	world_settle(&s->w[1], 10);
	do {
		for (unsigned i = 0; i < 2; i++) {
			struct wsock asks;

			if (world_open(&s->w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &asks))
				exit(1);
			(void)ask(&s->w[i], asks, &r);
			listen_to(&s->w[i], asks, &a[i]);
			world_close(&s->w[i], &asks);
			make_neutral_all(&a[i]);
		}
		same = a[0].n && a[0].n == a[1].n && a[0].len[0] == a[1].len[0] &&
		       !memcmp(a[0].bytes[0], a[1].bytes[0], (size_t)a[0].len[0]);
	} while (!same && world_patient(&tries));
	compare(s->w, &r, 0);
}

static void news_of_links(struct scene *s)
{
	const struct advert adverts[] = {
		{ .name = "a plain one" },
		{ .name = "managed", .flags = 0x80 },
		{ .name = "managed, again", .flags = 0x80 },
		{ .name = "both flags", .flags = 0xc0 },
		{ .name = "the other flag", .flags = 0x40 },
		{ .name = "neither" },
		{ .name = "a time between questions", .retrans = 2000 },
		{ .name = "the same time", .retrans = 2000 },
		{ .name = "a time that is there", .reachable = 30000 },
		{ .name = "another", .reachable = 20000 },
		{ .name = "the same", .reachable = 20000 },
		{ .name = "an MTU", .mtu = 1400 },
		{ .name = "the same MTU", .mtu = 1400 },
		{ .name = "one too large", .mtu = 9000 },
		{ .name = "one too small", .mtu = 600 },
		{ .name = "all at once",
		  .flags = 0x80,
		  .reachable = 24000,
		  .retrans = 1000,
		  .mtu = 1500 },
		{ .name = "none of it" },
	};

	for (unsigned i = 0; i < sizeof(adverts) / sizeof(adverts[0]); i++)
		advertise(s, &adverts[i]);
	compare_settled(s);
	set(s, "va", "accept_ra_mtu", "0");
	advertise(s, &(struct advert){ .name = "an MTU that is not asked for", .mtu = 1300 });
	set(s, "va", "accept_ra_mtu", "1");
}

static void news_of_prefixes(struct scene *s)
{
	static const char *const prefixes[] = { "2001:db8:1::7",
						"2001:db8:2::", "fe80::", "ff0e::1" };
	static const uint8_t flags[] = { 0xc0, 0x80, 0x40, 0, 0x2f, 0x50, 0xff },
			     lens[] = { 64, 48, 128 };
	static const uint32_t times[][2] = {
		{ 3600, 1800 }, { 1800, 3600 }, { 0, 0 }, { UINT32_MAX, UINT32_MAX }, { 3600, 0 }
	};

	for (unsigned i = 0; i < 4 * 7 * 3; i++)
		for (unsigned k = 0; k < (i < 4 * 7 ? 5 : 1); k++)
			advertise(s, &(struct advert){ .name = "a prefix",
						       .prefix = prefixes[i % 4],
						       .prefix_flags = flags[i / 4 % 7],
						       .prefix_len = lens[i / 28],
						       .valid = times[k][0],
						       .preferred = times[k][1] });
}

static void settings_of_prefixes(struct scene *s)
{
	static const char *const settings[][3] = { { "autoconf", "0", "1" },
						   { "accept_ra_min_lft", "4000", "0" },
						   { "ra_honor_pio_pflag", "1", "0" } };
	struct advert a = { .name = "a prefix by settings",
			    .prefix = "2001:db8:1::",
			    .valid = 3600,
			    .preferred = 1800 };

	for (unsigned i = 0; i < 3; i++) {
		set(s, "va", settings[i][0], settings[i][1]);
		for (unsigned k = 0; k < 8; k++) {
			a.prefix_flags = (uint8_t)((k & 1 ? 0xc0 : 0x80) | (k & 4 ? 0x10 : 0));
			a.prefix_len = k & 2 ? 48 : 64;
			advertise(s, &a);
		}
		set(s, "va", settings[i][0], settings[i][2]);
	}
}

static bool begin(struct scene *s)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK,
					  .nl_groups = GROUP(RTNLGRP_IPV6_PREFIX) |
						       GROUP(RTNLGRP_IPV6_IFINFO) };

	s->wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	make_veth(s->w);
	for (unsigned i = 0; i < 2; i++) {
		const char *link = i ? "vb" : "va";

		set(s, link, "accept_dad", "0");
		set(s, link, "router_solicitations", "0");
		if (world_open(&s->w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s->hears[i]))
			return false;
	}
	for (unsigned i = 0; i < 2; i++)
		set_veth_up(s->w, i ? VETH_SECOND : VETH_FIRST, true);
	compare_settled(s);
	for (unsigned i = 0; i < 2; i++)
		if (world_bind(&s->w[i], s->hears[i], &name, sizeof(name)))
			return false;
	return s->wire >= 0;
}

/* On one processor, so that frames come in the order in which they are sent. */
static void stay_here(void)
{
	const int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

void compare_adverts(struct world w[2])
{
	struct scene s = { .w = w };
	cpu_set_t before;

	if (sched_getaffinity(0, sizeof(before), &before))
		exit(1);
	stay_here();
	if (!begin(&s))
		exit(1);
	news_of_links(&s);
	news_of_prefixes(&s);
	settings_of_prefixes(&s);
	set_veth_up(w, VETH_FIRST, false);
	set_veth_up(w, VETH_FIRST, true);
	compare_settled(&s);
	close(s.wire);
	for (unsigned i = 0; i < 2; i++)
		world_close(&w[i], &s.hears[i]);
	end_veth(w);
	(void)sched_setaffinity(0, sizeof(before), &before);
}
