/* SPDX-License-Identifier: Apache-2.0 */
/* Routes as configured and as met; errors and tables as `ip route` shows them on Linux. */
#include <errno.h>
#include <stdio.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- helpers -- */

static struct sea_route route_to(const char *prefix)
{
	struct sea_route r = { .size = sizeof(r), .type = SEA_ROUTE_UNICAST };

	assert_true(sea_addr_parse_prefix(prefix, &r.dst, &r.prefix_len));
	return r;
}

static struct sea_route via(const char *prefix, const char *gateway)
{
	struct sea_route r = route_to(prefix);

	r.gateway = test_addr(gateway);
	return r;
}

static struct sea_route dev(const char *prefix, const struct sea_link *link)
{
	struct sea_route r = route_to(prefix);

	r.ifindex = link->ifindex;
	r.scope = SEA_SCOPE_LINK;
	return r;
}

static int add(struct sea_route r)
{
	return sea_route_add(t.stack, &r, t.now);
}

static int del(struct sea_route r)
{
	return sea_route_del(t.stack, &r, t.now);
}

static int type(enum sea_route_type what, const char *prefix)
{
	struct sea_route r = route_to(prefix);

	r.type = what;
	return add(r);
}

/* The way of a flow in words: "10.0.0.9 dev eth0 src 10.0.0.1", or the error. */
static const char *way_of(struct sea_flow flow, const char *dst)
{
	static char text[128];
	char hop[SEA_ADDR_TEXT_MAX], src[SEA_ADDR_TEXT_MAX];
	struct sea_addr a = { .family = SEA_AF_INET };
	struct sea_dst way = { 0 };
	int err;

	flow.family = SEA_AF_INET;
	flow.dst = sea_ipaddr_of4(test_ip4(dst));
	sea_stack_enter(t.stack, t.now);
	err = sea_ip_route(t.stack, &flow, &way);
	if (err) {
		snprintf(text, sizeof(text), "%s", strerrorname_np(-err));
	} else {
		memcpy(a.b, way.neigh ? way.neigh->addr.b : way.dst.b, 16);
		sea_addr_text(&a, hop);
		memcpy(a.b, way.src.b, 16);
		snprintf(text, sizeof(text), "%s dev %s src %s", hop, way.link->name,
			 sea_addr_text(&a, src));
	}
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	return text;
}

static const char *way(const char *dst)
{
	return way_of((struct sea_flow){ 0 }, dst);
}

/* All routes, a line each. */
static const char *listing(void)
{
	static char text[4096];
	static const char *const types[] = { "",         "unicast",   "local",     "broadcast",
					     "",         "multicast", "blackhole", "unreachable",
					     "prohibit", "throw" };
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };
	char dst[SEA_ADDR_TEXT_MAX], extra[SEA_ADDR_TEXT_MAX];
	size_t at = 0;

	text[0] = 0;
	while (sea_route_next(t.stack, &cursor, &r)) {
		struct sea_link *link = sea_link_by_index(t.stack, r.ifindex);

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s/%u", types[r.type],
				       sea_addr_text(&r.dst, dst), r.prefix_len);
		if (r.gateway.family)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " via %s",
					       sea_addr_text(&r.gateway, extra));
		if (link)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " dev %s", link->name);
		if (r.prefsrc.family)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " src %s",
					       sea_addr_text(&r.prefsrc, extra));
		if (r.metric)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " metric %u",
					       r.metric);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\n");
	}
	return text;
}

static int add_addr(struct sea_link *link, const char *prefix, const char *brd)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	if (brd)
		a.broadcast = test_addr(brd);
	return sea_ifaddr_add(t.stack, &a, t.now);
}

static int del_addr(struct sea_link *link, const char *prefix)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	return sea_ifaddr_del(t.stack, &a, t.now);
}

#define LO_ROUTES                                   \
	"local 127.0.0.0/8 dev lo src 127.0.0.1\n"  \
	"local 127.0.0.1/32 dev lo src 127.0.0.1\n" \
	"broadcast 127.255.255.255/32 dev lo src 127.0.0.1\n"

/* -- configuring -- */

static void routes_are_refused_with_the_errors_of_linux(void **state)
{
	struct sea_link *down = test_add_link(&t, "eth1", &test_peer_mac, NULL);
	struct sea_route r;

	assert_int_equal(sea_link_set_up(down, false, t.now), 0);
	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.9")), 0);
	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.10")), -EEXIST);
	assert_int_equal(add(via("10.4.0.0/16", "10.99.0.1")), -ENETUNREACH);
	assert_int_equal(add(via("10.4.0.0/16", "10.0.0.255")), -EINVAL);
	assert_int_equal(add(via("10.4.0.0/16", "10.5.0.1")), -ENETUNREACH); /* two hops away */
	assert_int_equal(add(dev("10.4.0.0/16", down)), -ENETDOWN);
	assert_int_equal(add(route_to("10.4.0.0/16")), -ENODEV);
	r = via("10.4.0.0/16", "10.0.0.9");
	r.ifindex = t.stack->loopback->ifindex;
	assert_int_equal(add(r), -ENETUNREACH);
	r.ifindex = 99;
	assert_int_equal(add(r), -ENETUNREACH); /* the gateway is looked for there */
	r = dev("10.4.0.0/16", t.link);
	r.prefsrc = test_addr("10.0.0.77");
	assert_int_equal(add(r), -EINVAL);
	r.prefsrc = test_addr("127.0.0.1");
	assert_int_equal(add(r), 0);
	r = dev("10.4.0.0/16", t.link);
	r.dst.b[3] = 1;
	assert_int_equal(add(r), -EINVAL);
	r = via("10.3.0.0/16", "10.0.0.9");
	r.type = SEA_ROUTE_BLACKHOLE;
	assert_int_equal(add(r), -EINVAL);
	r = via("10.3.0.0/16", "10.0.0.9");
	r.scope = SEA_SCOPE_LINK;
	assert_int_equal(add(r), -ENETUNREACH); /* only we are nearer than that */
	r = dev("10.3.0.0/16", t.link);
	r.type = SEA_ROUTE_LOCAL; /* with scope link */
	assert_int_equal(add(r), -EINVAL);
	r.type = SEA_ROUTE_ANYCAST;
	assert_int_equal(add(r), 0);
	r.type = (enum sea_route_type)10;
	assert_int_equal(add(r), -EINVAL);
	r = route_to("2001:db8::/32");
	assert_int_equal(add(r), -EAFNOSUPPORT);
	assert_int_equal(add(via("10.4.1.0/24", "10.0.0.1")), 0); /* our own address will do */
}

static void deletion_finds_what_it_was_told_of(void **state)
{
	struct sea_route r = via("10.5.0.0/16", "10.0.0.10");

	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.9")), 0);
	r.metric = 5;
	assert_int_equal(add(r), 0);
	assert_int_equal(del(via("10.5.0.0/16", "10.0.0.99")), -ESRCH);
	assert_int_equal(del(route_to("10.6.0.0/16")), -ESRCH);
	r.metric = 6;
	assert_int_equal(del(r), -ESRCH);
	assert_int_equal(del(route_to("10.5.0.0/16")), 0); /* the first: metric 0 */
	assert_string_equal(way("10.5.0.1"), "10.0.0.10 dev eth0 src 10.0.0.1");
	r.metric = 5;
	assert_int_equal(del(r), 0);
	assert_string_equal(way("10.5.0.1"), "ENETUNREACH");
}

/* `ip route del`: of more hops than the route has only as many are looked at. */
static void deletion_may_name_more_ways_than_there_are(void **state)
{
	const struct sea_route_hop hops[2] = { { .gateway = test_addr("10.0.0.9") },
					       { .gateway = test_addr("10.0.0.9") } };
	struct sea_route r = route_to("10.5.0.0/16");

	r.hops = hops;
	r.n_hops = 2;
	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.9")), 0);
	assert_int_equal(del(r), 0);
	assert_int_equal(del(r), -ESRCH);
}

/* -- meeting -- */

/* RFC1122:3.3.1.2-b, RFC1812:4.2.2.4-a, RFC1812:4.2.3.4-a, RFC1812:5.2.4.3-a, RFC1812:5.3.2-a */
static void longest_prefix_wins_then_tos_then_metric(void **state)
{
	struct sea_route r;

	assert_int_equal(add(via("0.0.0.0/0", "10.0.0.9")), 0);
	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.10")), 0);
	r = via("10.5.0.0/16", "10.0.0.11");
	r.tos = 0x10;
	assert_int_equal(add(r), 0);
	r = via("10.5.0.0/16", "10.0.0.12");
	r.metric = 9;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("10.5.0.1"), "10.0.0.10 dev eth0 src 10.0.0.1");
	assert_string_equal(way_of((struct sea_flow){ .tos = 0x10 }, "10.5.0.1"),
			    "10.0.0.11 dev eth0 src 10.0.0.1");
	assert_int_equal(del(via("10.5.0.0/16", "10.0.0.10")), 0);
	assert_string_equal(way("10.5.0.1"), "10.0.0.12 dev eth0 src 10.0.0.1");
	assert_string_equal(way("10.6.0.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
}

static void refusals_refuse_and_throw_falls_through(void **state)
{
	assert_int_equal(type(SEA_ROUTE_BLACKHOLE, "10.3.0.0/16"), 0);
	assert_int_equal(type(SEA_ROUTE_UNREACHABLE, "10.3.1.0/24"), 0);
	assert_int_equal(type(SEA_ROUTE_PROHIBIT, "10.3.2.0/24"), 0);
	assert_int_equal(type(SEA_ROUTE_THROW, "10.3.3.0/24"), 0);
	assert_string_equal(way("10.3.0.1"), "EINVAL");
	assert_string_equal(way("10.3.1.1"), "EHOSTUNREACH");
	assert_string_equal(way("10.3.2.1"), "EACCES");
	assert_string_equal(way("10.3.3.1"), "ENETUNREACH");
}

/* The answers of `ip route get` on Linux for the same tables. RFC1122:3.3.1.1-a */
static void ways_are_those_of_linux(void **state)
{
	struct sea_link *other = test_add_link(&t, "eth1", &test_peer_mac, NULL);
	struct sea_route r = route_to("10.3.4.0/24");
	struct sea_flow bound = { .oif = t.link->ifindex }, from = { 0 };

	r.type = SEA_ROUTE_LOCAL;
	r.table = SEA_TABLE_LOCAL;
	r.scope = SEA_SCOPE_HOST;
	r.ifindex = t.link->ifindex;
	assert_int_equal(add(r), 0);
	assert_int_equal(add(via("0.0.0.0/0", "10.0.0.9")), 0);
	assert_string_equal(way("10.3.4.7"), "10.3.4.7 dev lo src 10.3.4.7");
	assert_string_equal(way("10.77.1.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	assert_string_equal(way("10.0.0.255"), "10.0.0.255 dev eth0 src 10.0.0.1");
	assert_string_equal(way("255.255.255.255"), "255.255.255.255 dev eth0 src 10.0.0.1");
	assert_string_equal(way("224.0.0.1"), "224.0.0.1 dev eth0 src 10.0.0.1");
	assert_int_equal(add(via("239.0.0.0/8", "10.0.0.8")), 0);
	assert_string_equal(way("239.1.1.1"), "10.0.0.8 dev eth0 src 10.0.0.1");
	assert_string_equal(way("0.0.0.0"), "127.0.0.1 dev lo src 127.0.0.1");
	assert_string_equal(way("127.1.1.1"), "127.1.1.1 dev lo src 127.0.0.1");
	assert_string_equal(way("10.0.0.1"), "10.0.0.1 dev lo src 10.0.0.1");
	assert_string_equal(way("0.1.1.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	assert_string_equal(way_of(bound, "127.0.0.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	assert_string_equal(way_of(bound, "10.0.0.1"), "10.0.0.1 dev lo src 10.0.0.1");
	bound.oif = other->ifindex;
	assert_string_equal(way_of(bound, "10.0.0.1"), "10.0.0.1 dev eth1 src 10.0.0.1");
	bound.oif = 99;
	assert_string_equal(way_of(bound, "10.0.0.1"), "ENODEV");
	from.src = sea_ipaddr_of4(test_ip4("127.0.0.1"));
	assert_string_equal(way_of(from, "10.1.1.1"), "EINVAL");
	from.src = sea_ipaddr_of4(test_ip4("224.0.0.1"));
	assert_string_equal(way_of(from, "10.1.1.1"), "EINVAL");
	from.src = sea_ipaddr_of4(test_ip4("10.0.0.77"));
	assert_string_equal(way_of(from, "10.1.1.1"), "ENETUNREACH");
	from.any_src = true;
	assert_string_equal(way_of(from, "10.1.1.1"), "10.0.0.9 dev eth0 src 10.0.0.77");
}

static void bound_to_a_link_needs_no_route(void **state)
{
	struct sea_link *other = test_add_link(&t, "eth1", &test_peer_mac, "192.168.1.1/24");
	struct sea_flow flow = { .oif = other->ifindex };

	assert_string_equal(way_of(flow, "10.0.0.2"), "10.0.0.2 dev eth1 src 192.168.1.1");
	assert_string_equal(way_of(flow, "255.255.255.255"),
			    "255.255.255.255 dev eth1 src 192.168.1.1");
	flow = (struct sea_flow){ .src = sea_ipaddr_of4(test_ip4("192.168.1.1")) };
	assert_string_equal(way_of(flow, "255.255.255.255"),
			    "255.255.255.255 dev eth1 src 192.168.1.1");
	assert_string_equal(way("255.255.255.255"), "ENETUNREACH");
}

static void route_over_a_link_that_is_down_is_not_taken(void **state)
{
	struct sea_link *other = test_add_link(&t, "eth1", &test_peer_mac, "192.168.1.1/24");
	struct sea_route r = via("10.5.0.0/16", "192.168.1.9");

	r.metric = 3;
	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.9")), 0);
	assert_int_equal(add(r), 0);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_string_equal(way("10.5.0.1"), "192.168.1.9 dev eth1 src 192.168.1.1");
	assert_string_equal(way("10.0.0.1"), "10.0.0.1 dev lo src 10.0.0.1"); /* still ours */
	sea_link_del(other, t.now);
	assert_string_equal(way("10.5.0.1"), "ENETUNREACH");
	assert_string_equal(way("192.168.1.1"), "ENETUNREACH");
}

/* -- addresses and their routes, as `ip route show table all` on Linux -- */

/* RFC1122:3.3.1.6-a */
static void addresses_bring_the_routes_they_bring_on_linux(void **state)
{
	assert_int_equal(add_addr(t.link, "10.0.0.2/24", NULL), 0);
	assert_int_equal(add_addr(t.link, "10.9.0.1/32", NULL), 0);
	assert_int_equal(add_addr(t.link, "10.8.0.0/31", NULL), 0);
	assert_int_equal(add_addr(t.link, "10.7.0.1/30", "10.7.0.3"), 0);
	assert_int_equal(add_addr(t.link, "10.6.0.1/16", "10.6.1.255"), 0);
	assert_string_equal(listing(), "unicast 10.0.0.0/24 dev eth0 src 10.0.0.1\n"
				       "unicast 10.6.0.0/16 dev eth0 src 10.6.0.1\n"
				       "unicast 10.7.0.0/30 dev eth0 src 10.7.0.1\n"
				       "unicast 10.8.0.0/31 dev eth0 src 10.8.0.0\n"
				       "local 10.0.0.1/32 dev eth0 src 10.0.0.1\n"
				       "local 10.0.0.2/32 dev eth0 src 10.0.0.1\n"
				       "broadcast 10.0.0.255/32 dev eth0 src 10.0.0.1\n"
				       "local 10.6.0.1/32 dev eth0 src 10.6.0.1\n"
				       "broadcast 10.6.1.255/32 dev eth0 src 10.6.0.1\n"
				       "broadcast 10.6.255.255/32 dev eth0 src 10.6.0.1\n"
				       "local 10.7.0.1/32 dev eth0 src 10.7.0.1\n"
				       "broadcast 10.7.0.3/32 dev eth0 src 10.7.0.1\n"
				       "local 10.8.0.0/32 dev eth0 src 10.8.0.0\n"
				       "local 10.9.0.1/32 dev eth0 src 10.9.0.1\n" LO_ROUTES);
}

static void link_down_keeps_addresses_and_up_brings_prefixes_back(void **state)
{
	static const char up[] = "unicast 10.0.0.0/24 dev eth0 src 10.0.0.1\n"
				 "local 10.0.0.1/32 dev eth0 src 10.0.0.1\n"
				 "broadcast 10.0.0.255/32 dev eth0 src 10.0.0.1\n" LO_ROUTES;

	assert_string_equal(listing(), up);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_string_equal(listing(), "local 10.0.0.1/32 dev eth0 src 10.0.0.1\n" LO_ROUTES);
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	assert_string_equal(listing(), up);
}

static void secondary_goes_with_its_primary(void **state)
{
	struct sea_ifaddr a = { .size = sizeof(a) };
	uint64_t cursor = 0;
	unsigned n = 0;

	assert_int_equal(add_addr(t.link, "10.0.0.2/24", NULL), 0);
	assert_int_equal(add_addr(t.link, "10.1.0.1/24", NULL), 0);
	while (sea_ifaddr_next(t.stack, &cursor, &a)) {
		n++;
		assert_int_equal(!!(a.flags & SEA_IFA_SECONDARY), a.local.b[3] == 2);
	}
	assert_int_equal(n, 4);
	assert_int_equal(del_addr(t.link, "10.0.0.1/24"), 0);
	assert_string_equal(listing(), "unicast 10.1.0.0/24 dev eth0 src 10.1.0.1\n"
				       "local 10.1.0.1/32 dev eth0 src 10.1.0.1\n"
				       "broadcast 10.1.0.255/32 dev eth0 src 10.1.0.1\n" LO_ROUTES);
}

static void shared_routes_outlive_one_of_two_addresses(void **state)
{
	assert_int_equal(add_addr(t.link, "10.0.0.1/25", NULL), 0);
	assert_int_equal(del_addr(t.link, "10.0.0.1/24"), 0);
	assert_string_equal(listing(), "unicast 10.0.0.0/25 dev eth0 src 10.0.0.1\n"
				       "local 10.0.0.1/32 dev eth0 src 10.0.0.1\n"
				       "broadcast 10.0.0.127/32 dev eth0 src 10.0.0.1\n" LO_ROUTES);
}

static void address_that_goes_takes_routes_that_speak_from_it(void **state)
{
	struct sea_route r = via("10.5.0.0/16", "10.0.0.9");

	assert_int_equal(add_addr(t.link, "10.1.0.1/24", NULL), 0);
	r.prefsrc = test_addr("10.1.0.1");
	assert_int_equal(add(r), 0);
	assert_int_equal(del_addr(t.link, "10.1.0.1/24"), 0);
	assert_string_equal(way("10.5.0.1"), "ENETUNREACH");
	assert_int_equal(add(via("10.5.0.0/16", "10.0.0.9")), 0);
	assert_int_equal(del_addr(t.link, "10.0.0.1/24"), 0); /* the last: no IP on this link */
	assert_string_equal(listing(), LO_ROUTES);
}

static void addresses_are_refused_with_the_errors_of_linux(void **state)
{
	struct sea_ifaddr a = { .size = sizeof(a),
				.ifindex = t.link->ifindex,
				.local = test_addr("10.0.0.7"),
				.prefix_len = 33 };

	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -EINVAL);
	a.prefix_len = 24;
	a.scope = SEA_SCOPE_LINK; /* the prefix is there with another scope */
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -EINVAL);
	a.scope = SEA_SCOPE_GLOBAL;
	a.ifindex = 99;
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -ENODEV);
	a.ifindex = t.link->ifindex;
	a.size--;
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -EINVAL);
	assert_int_equal(add_addr(t.link, "10.0.0.1/24", NULL), -EEXIST);
	assert_int_equal(del_addr(t.link, "10.0.0.9/24"), -EADDRNOTAVAIL);
	assert_int_equal(del_addr(t.link, "10.0.0.1/26"), -EADDRNOTAVAIL);
	a = (struct sea_ifaddr){ .size = sizeof(a),
				 .ifindex = 2,
				 .local = test_addr("2001:db8::1") };
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -EAFNOSUPPORT);
}

static void quirky_addresses_bring_what_they_bring_on_linux(void **state)
{
	assert_int_equal(del_addr(t.link, "10.0.0.1/24"), 0);
	assert_int_equal(add_addr(t.link, "224.0.0.5/24", NULL), 0);
	assert_int_equal(add_addr(t.link, "255.255.255.255/24", NULL), 0);
	assert_int_equal(add_addr(t.link, "10.55.0.1/0", NULL), 0);
	assert_string_equal(listing(), "local 10.55.0.1/32 dev eth0 src 10.55.0.1\n" LO_ROUTES
				       "local 224.0.0.5/32 dev eth0 src 224.0.0.5\n"
				       "local 255.255.255.255/32 dev eth0 src 255.255.255.255\n");
}

/* -- sources -- */

/* RFC1122:3.3.4.3-a */
static void source_is_of_the_next_hops_prefix_else_the_first(void **state)
{
	struct sea_link *bare = test_add_link(&t, "eth1", &test_peer_mac, NULL);
	struct sea_route r = dev("10.50.0.0/16", bare);

	assert_int_equal(add_addr(t.link, "10.1.0.1/24", NULL), 0);
	assert_int_equal(add(via("10.5.0.0/16", "10.1.0.9")), 0);
	assert_string_equal(way("10.5.0.1"), "10.1.0.9 dev eth0 src 10.1.0.1");
	assert_int_equal(add(dev("10.40.0.0/16", t.link)), 0);
	assert_string_equal(way("10.40.0.1"), "10.40.0.1 dev eth0 src 10.0.0.1");
	assert_int_equal(add(r), 0);
	assert_string_equal(way("10.50.0.1"), "10.50.0.1 dev eth1 src 10.0.0.1");
	r = via("10.5.1.0/24", "10.1.0.9");
	r.prefsrc = test_addr("10.0.0.1");
	assert_int_equal(add(r), 0);
	assert_string_equal(way("10.5.1.1"), "10.1.0.9 dev eth0 src 10.0.0.1");
}

/* -- size -- */

static void hundred_thousand_routes_come_and_go(void **state)
{
	struct sea_route r = via("11.0.0.0/24", "10.0.0.9");
	struct sea_route_cursor cursor = { { 0 } };
	unsigned n = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		sea_put32(r.dst.b, (11u << 24) + (i << 8));
		assert_int_equal(add(r), 0);
	}
	assert_string_equal(way("11.1.0.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	while (sea_route_next(t.stack, &cursor, &r))
		n++;
	assert_int_equal(n, 100000 + 6);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_string_equal(way("11.1.0.1"), "ENETUNREACH");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(routes_are_refused_with_the_errors_of_linux),
		TEST(deletion_finds_what_it_was_told_of),
		TEST(deletion_may_name_more_ways_than_there_are),
		TEST(longest_prefix_wins_then_tos_then_metric),
		TEST(refusals_refuse_and_throw_falls_through),
		TEST(ways_are_those_of_linux),
		TEST(bound_to_a_link_needs_no_route),
		TEST(route_over_a_link_that_is_down_is_not_taken),
		TEST(addresses_bring_the_routes_they_bring_on_linux),
		TEST(link_down_keeps_addresses_and_up_brings_prefixes_back),
		TEST(secondary_goes_with_its_primary),
		TEST(shared_routes_outlive_one_of_two_addresses),
		TEST(address_that_goes_takes_routes_that_speak_from_it),
		TEST(addresses_are_refused_with_the_errors_of_linux),
		TEST(quirky_addresses_bring_what_they_bring_on_linux),
		TEST(source_is_of_the_next_hops_prefix_else_the_first),
		TEST(hundred_thousand_routes_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
