/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes by netlink against the kernel's, whose world netlink_routes.sh makes. Arguments: how many random requests of
 * a kind, from which seed on, and what alone is compared (its first letters).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/addr.h>
#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/stack.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

void in_each_mode(struct world w[2], const struct request *r)
{
	for (unsigned mode = 0; mode < MODES; mode++)
		compare(w, r, mode);
}

void put_attr32(struct request *r, uint16_t type, uint32_t value)
{
	put_attr(r, type, &value, sizeof(value));
}

uint32_t any_of(uint64_t *seed, const uint32_t *values, unsigned n)
{
	return values[test_random(seed) % n];
}

bool by_chance(uint64_t *seed, unsigned n)
{
	return test_random(seed) % n == 0;
}

/* -- changes, and who listens -- */

void compare_change(struct world w[2], const struct talk *t, const struct request *r,
		    uint16_t dump_type)
{
	const struct rtmsg hdr = { .rtm_family = r->body[0] };
	const struct request all =
		request_of("after a change", dump_type, NLM_F_DUMP, &hdr, sizeof(hdr));
	struct request heard = *r;
	static struct answers a[2];
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		sent[i] = ask(&w[i], t->asks[i], r);
		listen_to(&w[i], t->asks[i], &a[i]);
	}
	judge(r, EXT_ACK, sent, a);
	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], t->hears[i], &a[i]);
	heard.name = "heard of a change";
	judge(&heard, MODES, sent, a);
	compare(w, &all, 0);
}

void open_talk(struct world w[2], struct talk *t, uint32_t groups)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = groups };

	for (unsigned i = 0; i < 2; i++) {
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &t->asks[i]) ||
		    world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &t->hears[i]) ||
		    world_bind(&w[i], t->hears[i], &name, sizeof(name)))
			exit(1);
		set_mode(&w[i], t->asks[i], EXT_ACK);
	}
}

void close_talk(struct world w[2], struct talk *t)
{
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &t->asks[i]);
		world_close(&w[i], &t->hears[i]);
	}
}

/* -- our world, like the kernel's -- */

static bool set_all(struct world *w)
{
	static const char *const names[] = { "accept_dad", "accept_ra", "router_solicitations" };

	for (unsigned i = 0; i < 3; i++) {
		char name[64];

		snprintf(name, sizeof(name), "net.ipv6.conf.default.%s", names[i]);
		if (sea_sysctl_set(w->stack, name, "0", w->now))
			return false;
	}
	return true;
}

static bool add_link(struct world *w, const char *name, uint8_t last)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = name,
						.type = SEA_LINK_ETHERNET,
						.mac = { 2, 0, 0, 0, 0, last } };
	struct sea_link *link;

	return !sea_link_add(w->stack, &config, &link, w->now);
}

/* The kernel's r0 has a wire once r1 is up. */
static bool set_up(struct world *w, const char *name)
{
	return !sea_link_set_up(sea_link_by_name(w->stack, name), true, w->now);
}

static bool add_addr(struct world *w, int ifindex, const char *text)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = ifindex };

	if (!sea_addr_parse_prefix(text, &a.local, &a.prefix_len))
		return false;
	if (a.local.family == SEA_AF_INET6)
		a.flags = SEA_IFA_NODAD;
	return !sea_ifaddr_add(w->stack, &a, w->now);
}

static bool like_the_kernel(struct world *w)
{
	return set_all(w) && add_link(w, "r0", 0x10) && add_link(w, "r1", 0x11) &&
	       set_up(w, "r1") && set_up(w, "r0") && add_addr(w, LINK0, "10.0.0.1/24") &&
	       add_addr(w, LINK1, "10.0.1.1/24") && add_addr(w, LINK0, "2001:db8::1/64") &&
	       add_addr(w, LINK1, "2001:db8:1::1/64");
}

static const struct part {
	const char *name;
	void (*all)(struct world w[2]);
	void (*some)(struct world w[2], unsigned long n, uint64_t *seed);
} parts[] = {
	{ "routes", compare_dumps_of_routes, compare_random_dumps },
	{ "routes", NULL, compare_gets },
	{ "routes", NULL, compare_changes_of_routes },
	{ "rules", compare_dumps_of_rules, compare_changes_of_rules },
	{ "neighbours", compare_dumps_of_neighs, compare_changes_of_neighs },
	{ "tables", compare_dumps_of_neightbls, compare_changes_of_neightbls },
	{ "mroutes", NULL, compare_mroutes },
	{ "nexthops", NULL, compare_nexthops },
};

static void compare_part(struct world w[2], const struct part *p, unsigned long n, uint64_t *seed)
{
	if (p->all)
		p->all(w);
	p->some(w, n, seed);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;
	const char *only = argc > 3 ? argv[3] : "";
	static struct world w[2];

	if (!world_init(&w[0], false) || !world_init(&w[1], true) || !like_the_kernel(&w[1]))
		return 1;
	world_settle(&w[1], 10);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strncmp(parts[i].name, only, strlen(only)))
			compare_part(w, &parts[i], n, &seed);
	world_fini(&w[1]);
	printf("%u compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
