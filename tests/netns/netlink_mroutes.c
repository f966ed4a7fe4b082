/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multicast routes: the kernel's come by a daemon's socket, ours by <seastack/mroute.h>; what is heard of them, and
 * shown to who asks, is compared.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/mroute.h>
#include <linux/mroute6.h>

#include <seastack/mroute.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))
#define VIFS 3 /* of LINK0, LINK1, LINK0 */

static int fds[2]; /* the kernel's daemons, of IPv4 and IPv6 */

static const char *const sources4[] = { "10.0.0.9", "10.0.1.9", "0.0.0.0" };
static const char *const groups4[] = { "239.1.1.1", "239.1.1.2", "0.0.0.0" };
static const char *const sources6[] = { "2001:db8::9", "2001:db8:1::9", "::" };
static const char *const groups6[] = { "ff0e::1", "ff0e::2", "::" };

struct change {
	uint8_t family;
	bool gone;
	uint16_t parent;
	const char *src, *group;
	uint8_t ttls[SEA_MROUTE_VIFS];
};

/* -- the kernel's -- */

static long set(const struct change *c, int name, const void *value, socklen_t len)
{
	bool v4 = c->family == AF_INET;

	return setsockopt(fds[!v4], v4 ? IPPROTO_IP : IPPROTO_IPV6, name, value, len) ? -errno : 0;
}

static long change4(const struct change *c)
{
	struct mfcctl m = { .mfcc_parent = c->parent };

	inet_pton(AF_INET, c->src, &m.mfcc_origin);
	inet_pton(AF_INET, c->group, &m.mfcc_mcastgrp);
	memcpy(m.mfcc_ttls, c->ttls, sizeof(m.mfcc_ttls));
	return set(c, c->gone ? MRT_DEL_MFC : MRT_ADD_MFC, &m, sizeof(m));
}

static long change6(const struct change *c)
{
	struct mf6cctl m = { .mf6cc_parent = c->parent };

	m.mf6cc_origin.sin6_family = m.mf6cc_mcastgrp.sin6_family = AF_INET6;
	inet_pton(AF_INET6, c->src, &m.mf6cc_origin.sin6_addr);
	inet_pton(AF_INET6, c->group, &m.mf6cc_mcastgrp.sin6_addr);
	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
		if (c->ttls[i])
			IF_SET(i, &m.mf6cc_ifset);
	return set(c, c->gone ? MRT6_DEL_MFC : MRT6_ADD_MFC, &m, sizeof(m));
}

static void require(const char *what, long err)
{
	if (!err)
		return;
	printf("%s: %s\n", what, strerror((int)-err));
	exit(1);
}

static void start_kernel(void)
{
	const struct change any[2] = { { .family = AF_INET }, { .family = AF_INET6 } };
	const int one = 1;

	fds[0] = socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
	fds[1] = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	require("MRT_INIT", set(&any[0], MRT_INIT, &one, sizeof(one)));
	require("MRT6_INIT", set(&any[1], MRT6_INIT, &one, sizeof(one)));
	for (uint16_t i = 0; i < VIFS; i++) {
		struct vifctl v = { .vifc_vifi = i,
				    .vifc_flags = VIFF_USE_IFINDEX,
				    .vifc_threshold = 1,
				    .vifc_lcl_ifindex = i == 1 ? LINK1 : LINK0 };
		struct mif6ctl m = { .mif6c_mifi = i,
				     .vifc_threshold = 1,
				     .mif6c_pifi = i == 1 ? LINK1 : LINK0 };

		require("MRT_ADD_VIF", set(&any[0], MRT_ADD_VIF, &v, sizeof(v)));
		require("MRT6_ADD_MIF", set(&any[1], MRT6_ADD_MIF, &m, sizeof(m)));
	}
}

/* -- ours -- */

static void start_ours(struct world *w)
{
	static const uint8_t families[] = { SEA_AF_INET, SEA_AF_INET6 };

	for (unsigned f = 0; f < 2; f++) {
		const struct sea_mroute_config config = { .size = sizeof(config),
							  .family = families[f] };

		require("sea_mroute_start", sea_mroute_start(w->stack, &config, w->now));
		for (uint16_t i = 0; i < VIFS; i++) {
			const struct sea_mroute_vif v = { .size = sizeof(v),
							  .family = families[f],
							  .vif = i,
							  .threshold = 1,
							  .ifindex = i == 1 ? LINK1 : LINK0 };

			require("sea_mroute_vif_add", sea_mroute_vif_add(w->stack, &v, w->now));
		}
	}
}

static struct sea_addr addr_of(uint8_t family, const char *text)
{
	struct sea_addr a = { .family = family };

	inet_pton(family, text, a.b);
	return a;
}

static long change_ours(struct world *w, const struct change *c)
{
	struct sea_mroute r = { .size = sizeof(r),
				.family = c->family,
				.parent = c->parent,
				.src = addr_of(c->family, c->src),
				.group = addr_of(c->family, c->group) };

	memcpy(r.ttls, c->ttls, sizeof(r.ttls));
	return c->gone ? sea_mroute_del(w->stack, &r, w->now)
		       : sea_mroute_add(w->stack, &r, w->now);
}

/* -- compared -- */

static struct change some_change(uint64_t *seed)
{
	bool v4 = by_chance(seed, 2);
	struct change c = { .family = v4 ? AF_INET : AF_INET6,
			    .gone = by_chance(seed, 3),
			    .parent = (uint16_t)(test_random(seed) % 4),
			    .src = (v4 ? sources4 : sources6)[test_random(seed) % 3],
			    .group = (v4 ? groups4 : groups6)[test_random(seed) % 3] };

	for (unsigned i = 0; i < 4; i++)
		if (by_chance(seed, 2))
			c.ttls[i] = (uint8_t)(v4 ? 1 + test_random(seed) % 3 : 1);
	return c;
}

static struct request some_get(uint64_t *seed)
{
	bool v4 = by_chance(seed, 2);
	uint8_t len = v4 ? 32 : 128, addr[16] = { 0 };
	struct rtmsg h = { .rtm_family = v4 ? RTNL_FAMILY_IPMR : RTNL_FAMILY_IP6MR,
			   .rtm_src_len = by_chance(seed, 8) ? 0 : len,
			   .rtm_dst_len = by_chance(seed, 8) ? 5 : len };
	struct request r;

	if (by_chance(seed, 16))
		h.rtm_type = 5;
	r = request_of("one multicast route", RTM_GETROUTE, 0, &h, sizeof(h));
	inet_pton(v4 ? AF_INET : AF_INET6, (v4 ? sources4 : sources6)[test_random(seed) % 3], addr);
	if (!by_chance(seed, 8))
		put_attr(&r, RTA_SRC, addr, len / 8);
	inet_pton(v4 ? AF_INET : AF_INET6, (v4 ? groups4 : groups6)[test_random(seed) % 3], addr);
	if (!by_chance(seed, 8))
		put_attr(&r, RTA_DST, addr, len / 8);
	if (by_chance(seed, 8))
		put_attr32(&r, RTA_TABLE, (uint32_t[]){ 253, 254, 7, 0 }[test_random(seed) % 4]);
	if (by_chance(seed, 12))
		put_attr32(&r, RTA_OIF, LINK0);
	return r;
}

static struct request some_dump(uint64_t *seed)
{
	static const uint8_t families[] = { RTNL_FAMILY_IPMR, RTNL_FAMILY_IP6MR, 0 };
	const struct rtmsg h = { .rtm_family = families[test_random(seed) % 3],
				 .rtm_type = by_chance(seed, 6) ? 5 : 0,
				 .rtm_protocol = by_chance(seed, 8) ? 17 : 0,
				 .rtm_table = by_chance(seed, 12) ? 253 : 0 };
	struct request r =
		request_of("dump of multicast routes", RTM_GETROUTE, NLM_F_DUMP, &h, sizeof(h));

	if (by_chance(seed, 3))
		put_attr32(&r, RTA_OIF, (uint32_t[]){ LINK0, LINK1, 1, 99 }[test_random(seed) % 4]);
	if (by_chance(seed, 4))
		put_attr32(&r, RTA_TABLE, (uint32_t[]){ 253, 254, 7, 0 }[test_random(seed) % 4]);
	return r;
}

static void compare_news(struct world w[2], const struct talk *t, const char *what)
{
	const struct request r = { .name = what };
	static struct answers a[2];
	const long sent[2] = { 0 };

	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], t->hears[i], &a[i]);
	judge(&r, MODES, sent, a);
}

void compare_mroutes(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct talk t;

	start_kernel();
	start_ours(&w[1]);
	open_talk(w, &t, RTMGRP_IPV4_MROUTE | RTMGRP_IPV6_MROUTE);
	while (n--) {
		const struct change c = some_change(seed);
		const struct request get = some_get(seed), dump = some_dump(seed);
		const long r[2] = { c.family == AF_INET ? change4(&c) : change6(&c),
				    change_ours(&w[1], &c) };

		compare_results("change of a multicast route", r);
		compare_news(w, &t, "heard of a multicast route");
		compare(w, &get, (unsigned)(test_random(seed) % MODES));
		compare(w, &dump, (unsigned)(test_random(seed) % MODES));
	}
	close(fds[0]);
	close(fds[1]);
	sea_mroute_stop(w[1].stack, SEA_AF_INET, w[1].now);
	sea_mroute_stop(w[1].stack, SEA_AF_INET6, w[1].now);
	compare_news(w, &t, "heard of the end of multicast routes");
	close_talk(w, &t);
}
