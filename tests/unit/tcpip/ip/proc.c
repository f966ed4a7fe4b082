/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IP shows in /proc/net. The lines are those of Linux 6.18 in a namespace set up alike, with two veths (names apart; its
 * counts of references are ones here).
 */
#include <stdio.h>

#include <seastack/procnet.h>

#include "tests/lib/routes.h"

#define TEXT_MAX 32768
#define WIDTH 127u
#define ZERO "00000000000000000000000000000000"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;
static struct sea_link *other;
static char text[TEXT_MAX];

static int setup(void **state)
{
	(void)state;
	test_stack_new6(&t, modules, 2);
	other = test_add_link(&t, "eth1", &test_peer_mac, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_stack_free(&t);
	return 0;
}

static void read_file(const char *name)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	int64_t n;
	size_t at = 0;

	assert_int_equal(sea_procnet_open(t.stack, name, &reader), 0);
	while ((n = sea_procnet_read(t.stack, &reader, text + at, 200, at, t.now)) > 0) {
		at += (size_t)n;
		assert_true(at < TEXT_MAX - 200);
	}
	assert_int_equal(n, 0);
	text[at] = '\0';
}

/* Every line is so wide; then what fills it is taken away. */
static void trim(size_t width)
{
	char *to = text;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n"), used = len;

		assert_int_equal(len, width);
		while (used && line[used - 1] == ' ')
			used--;
		memmove(to, line, used);
		to += used;
		*to++ = '\n';
		line += len + 1;
	}
	*to = '\0';
}

static void add(struct sea_route r)
{
	if (!r.gateway.family && r.type == SEA_ROUTE_UNICAST && r.dst.family == SEA_AF_INET)
		r.scope = SEA_SCOPE_LINK;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
}

static void add_type(const char *prefix, enum sea_route_type type)
{
	struct sea_route r = test_route(prefix, NULL, NULL);

	r.type = type;
	add(r);
}

static void route_shows_table_main_as_linux_walks_over_it(void **state)
{
	struct sea_route r = test_route("10.0.0.0/8", "10.0.0.2", NULL);
	const struct sea_route_hop hops[] = {
		{ .gateway = test_addr("10.0.0.3"), .weight = 1 },
		{ .gateway = test_addr("10.0.0.4"), .weight = 1 },
	};

	(void)state;
	r.metrics.advmss = 1000;
	r.metrics.window = 5000;
	add(r);
	add(test_route("0.0.0.0/0", "10.0.0.2", NULL));
	r = test_route("10.9.0.0/16", "10.0.0.2", NULL);
	r.metric = 5;
	r.metrics.mtu = 1400; /* which this file does not show */
	add(r);
	add(test_route("10.0.0.9/32", NULL, t.link));
	add(test_route("10.0.0.0/16", NULL, other));
	add_type("10.8.0.0/16", SEA_ROUTE_UNREACHABLE);
	add_type("10.7.0.0/16", SEA_ROUTE_BLACKHOLE);
	add_type("10.6.0.0/16", SEA_ROUTE_PROHIBIT);
	r = test_route("10.5.0.0/16", NULL, NULL);
	r.hops = hops;
	r.n_hops = 2;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	read_file("route");
	trim(WIDTH);
	assert_string_equal(
		text,
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		"eth0\t00000000\t0200000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		"eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		"eth1\t0000000A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"eth0\t0000000A\t0200000A\t0003\t0\t0\t0\t000000FF\t1040\t5000\t0\n"
		"eth0\t0900000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"
		"eth0\t0000050A\t0300000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"*\t0000060A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"*\t0000070A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"*\t0000080A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"eth0\t0000090A\t0200000A\t0003\t0\t0\t5\t0000FFFF\t0\t0\t0\n");
}

static void there_is_no_route_cache(void **state)
{
	(void)state;
	read_file("rt_cache");
	trim(WIDTH);
	assert_string_equal(text,
			    "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\t"
			    "MTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst\n");
}

#define R6(dst, len, gateway, metric, flags, name) \
	dst " " len " " ZERO " 00 " gateway " " metric " 00000001 00000000 " flags "     " name "\n"
#define NULL6 ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00200200       lo\n"

static void ipv6_route_shows_what_is_contained_first(void **state)
{
	struct sea_route r = test_route("2001:db8:5::5/128", NULL, other);

	(void)state;
	r.metric = 7;
	r.expires_s = 300;
	add(r);
	add(test_route("2001:db8::/48", NULL, other));
	add(test_route("2001:db8:1::/48", "2001:db8::2", NULL));
	add_type("2001:db8:2::/48", SEA_ROUTE_UNREACHABLE);
	add(test_route("2001:db8::/32", "2001:db8::3", NULL));
	add(test_route("2001:db8:1:2::/64", "2001:db8::4", NULL));
	read_file("ipv6_route");
	/* Table main, at whose end stands what Linux has in place of a route to all. */
	assert_memory_equal(
		text,
		R6("20010db8000000000000000000000000", "40", ZERO, "00000100", "00000001", "eth0")
			R6("20010db8000000000000000000000000", "30", ZERO, "00000400", "00000001",
			   "eth1") R6("20010db8000100020000000000000000", "40",
				      "20010db8000000000000000000000004", "00000400", "00000003",
				      "eth0") R6("20010db8000100000000000000000000", "30",
						 "20010db8000000000000000000000002", "00000400",
						 "00000003", "eth0")
				R6("20010db8000200000000000000000000", "30", ZERO, "00000400",
				   "00200200", "  lo") R6("20010db8000500000000000000000005", "80",
							  ZERO, "00000007", "00400001", "eth1")
					R6("20010db8000000000000000000000000", "20",
					   "20010db8000000000000000000000003", "00000400",
					   "00000003", "eth0"),
		7 * 150);
	assert_non_null(strstr(text, NULL6 R6("00000000000000000000000000000001", "80", ZERO,
					      "00000000", "80200001", "  lo")));
	assert_non_null(strstr(text, R6("20010db8000000000000000000000001", "80", ZERO, "00000000",
					"80200001", "eth0")));
	assert_string_equal(text + strlen(text) - strlen(NULL6), NULL6);
}

/* Every route once, whatever contains what. */
static void ipv6_route_shows_every_prefix_once(void **state)
{
	uint64_t random = 7;
	unsigned n = 0, before = 0, after = 0;

	(void)state;
	read_file("ipv6_route");
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		before++;
	for (unsigned i = 0; i < 80; i++) {
		struct sea_route r = test_route("2001:db8::/32", "2001:db8::3", NULL);
		uint64_t bits = test_random(&random);

		r.prefix_len = (uint8_t)(33 + bits % 9);
		r.dst.b[4] = (uint8_t)(bits >> 32) &
			     (uint8_t)(0xff00 >> (r.prefix_len - 32 > 8 ? 8 : r.prefix_len - 32));
		r.dst.b[5] = r.prefix_len == 41 ? (bits >> 40 & 1) * 0x80 : 0;
		n += sea_route_add(t.stack, &r, t.now) == 0;
	}
	assert_true(n > 40);
	read_file("ipv6_route");
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		after++;
	assert_int_equal(after, before + n);
	for (char *line = text; *line; line = strchr(line, '\n') + 1)
		if (strncmp(line, "2001", 4) == 0)
			for (char *next = strchr(line, '\n') + 1; *next;
			     next = strchr(next, '\n') + 1)
				assert_true(strncmp(line, next, 149) != 0);
}

static void if_inet6_shows_addresses_by_link(void **state)
{
	(void)state;
	read_file("if_inet6");
	assert_non_null(strstr(text, "00000000000000000000000000000001 01 80 10 80       lo\n"));
	assert_non_null(strstr(text, "20010db8000000000000000000000001 02 40 00 82     eth0\n"));
	assert_non_null(strstr(text, "fe80000000000000000000fffe000001 02 40 20 80     eth0\n"));
}

static void arp_shows_neighbours_and_proxies(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = t.link->ifindex,
				    .addr = test_addr("10.0.0.9"),
				    .mac = { 2, 0, 0, 0, 0, 9 },
				    .state = SEA_NUD_PERMANENT };

	(void)state;
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	n = (struct sea_neigh_info){ .size = sizeof(n),
				     .addr = test_addr("10.0.0.77"),
				     .flags = SEA_NTF_PROXY };
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	read_file("arp");
	assert_string_equal(
		text,
		"IP address       HW type     Flags       HW address            Mask     Device\n"
		"10.0.0.9         0x1         0x6         02:00:00:00:00:09     *        eth0\n"
		"10.0.0.77        0x0         0xc         00:00:00:00:00:00     *        *\n");
}

static void igmp_shows_the_groups_of_links(void **state)
{
	(void)state;
	read_file("igmp");
	assert_non_null(strstr(text,
			       "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
			       "1\tlo        :     1      V3\n"
			       "\t\t\t\t010000E0     1 0:00000000\t\t0\n"
			       "2\teth0      :     1      V3\n"
			       "\t\t\t\t010000E0     1 0:00000000\t\t0\n"));
	read_file("igmp6");
	assert_non_null(strstr(text, "1    lo              ff020000000000000000000000000001     1 "
				     "0000000C 0\n"));
	assert_non_null(strstr(text, "2    eth0            ff010000000000000000000000000001     1 "
				     "00000008 0\n"));
}

static void a_router_has_anycast_addresses(void **state)
{
	(void)state;
	read_file("anycast6");
	assert_string_equal(text, "");
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.conf.eth0.forwarding", "1", t.now), 0);
	read_file("anycast6");
	assert_non_null(
		strstr(text, "2    eth0            20010db8000000000000000000000000     1\n"));
	read_file("ipv6_route");
	assert_non_null(strstr(text, R6("20010db8000000000000000000000000", "80", ZERO, "00000000",
					"00300001", "eth0")));
}

static void snmp_tells_types_of_icmp_that_were_seen(void **state)
{
	uint64_t *mib = t.stack->shard.counters.mib;

	(void)state;
	read_file("snmp");
	assert_null(strstr(text, "IcmpMsg"));
	assert_non_null(strstr(text, "Ip: Forwarding DefaultTTL InReceives "));
	mib[SEA_MIB_IcmpInEchos] = 5;
	mib[SEA_MIB_IcmpOutEchoReps] = 4;
	mib[SEA_MIB_IpInReceives] = 77;
	read_file("snmp");
	assert_non_null(strstr(text, "\nIp: 2 64 77 "));
	assert_non_null(strstr(text, "\nIcmpMsg: InType8 OutType0\nIcmpMsg: 5 4\nTcp: "));
	for (unsigned i = SEA_MIB_IcmpInDestUnreachs; i <= SEA_MIB_IcmpOutAddrMaskReps; i++)
		mib[i] = 1;
	read_file("snmp"); /* sixteen a line */
	assert_non_null(strstr(text, "InType18 OutType0 OutType3 OutType4 OutType5 OutType8\n"
				     "IcmpMsg: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
				     "IcmpMsg: OutType11 OutType12 OutType13 OutType14 OutType17 "
				     "OutType18\nIcmpMsg: 1 1 1 1 1 1\nTcp: "));
}

static void snmp6_tells_types_of_icmpv6_that_were_seen(void **state)
{
	uint64_t *mib = t.stack->shard.counters.mib;

	(void)state;
	mib[SEA_MIB_Icmp6InMLDv2Reports] = 2;
	mib[SEA_MIB_Icmp6OutEchos] = 3;
	read_file("snmp6");
	assert_non_null(strstr(text, "\nIcmp6InType143                  \t2\n"));
	assert_non_null(strstr(text, "\nIcmp6OutType128                 \t3\n"));
	assert_non_null(strstr(text, "\nUdpLite6MemErrors               \t0\n"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(route_shows_table_main_as_linux_walks_over_it),
		T(there_is_no_route_cache),
		T(ipv6_route_shows_what_is_contained_first),
		T(ipv6_route_shows_every_prefix_once),
		T(if_inet6_shows_addresses_by_link),
		T(arp_shows_neighbours_and_proxies),
		T(igmp_shows_the_groups_of_links),
		T(a_router_has_anycast_addresses),
		T(snmp_tells_types_of_icmp_that_were_seen),
		T(snmp6_tells_types_of_icmpv6_that_were_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
