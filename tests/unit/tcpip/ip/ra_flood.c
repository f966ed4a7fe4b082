/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A million options in advertisements, of routers, prefixes, routes, servers and domains that nobody heard of before,
 * hours long: no list grows past its limit, nothing is left behind, and what was there before stays.
 */
#include <stdio.h>

#include "tests/unit/tcpip/ip/nd_fixture.h"

#define OPTIONS 1000000u
#define WARM_UP 100000u /* options until every list has been full */
#define DNSSL 31

static struct test_stack t;

static int setup(void **state)
{
	nd_new(&t);
	nd_set(&t, "accept_ra_rt_info_max_plen", "128");
	nd_set(&t, "use_tempaddr", "2");
	nd_settle(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static uint64_t drawn(uint64_t n)
{
	return test_random(&t.env.random) % n;
}

/* Some never end, some end at once, most while the flood goes on. */
static uint32_t any_lifetime(void)
{
	static const uint32_t some[] = { 0, 1, 30, 600, 7200, 86400, SEA_NDP_INFINITE };

	return some[drawn(7)];
}

static void any_prefix(uint8_t prefix[16], uint8_t len)
{
	for (unsigned i = 0; i < 16; i++)
		prefix[i] = (uint8_t)drawn(256);
	prefix[0] = 0x20;
	for (unsigned bit = len; bit < 128; bit++)
		prefix[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static size_t put_prefix(uint8_t *at)
{
	struct sea_ndp_prefix p = { .prefix_len = drawn(4) ? 64 : (uint8_t)(1 + drawn(128)),
				    .onlink = drawn(4),
				    .autonomous = drawn(2),
				    .valid_s = any_lifetime() };

	any_prefix(p.prefix, p.prefix_len);
	p.preferred_s = p.valid_s / 2;
	return sea_ndp_put_prefix(at, &p);
}

static size_t put_route(uint8_t *at)
{
	static const enum sea_ndp_pref prefs[] = { SEA_NDP_PREF_HIGH, SEA_NDP_PREF_MEDIUM,
						   SEA_NDP_PREF_LOW };
	struct sea_ndp_route r = { .prefix_len = (uint8_t)drawn(129),
				   .pref = prefs[drawn(3)],
				   .lifetime_s = any_lifetime() };

	any_prefix(r.prefix, r.prefix_len);
	return sea_ndp_put_route(at, &r);
}

static size_t put_servers(uint8_t *at)
{
	uint8_t addrs[2][16];
	const struct sea_ndp_rdnss rdnss = { .lifetime_s = any_lifetime(),
					     .n = 1 + (unsigned)drawn(2),
					     .addrs = addrs[0] };

	any_prefix(addrs[0], 128);
	any_prefix(addrs[1], 128);
	return sea_ndp_put_rdnss(at, &rdnss);
}

static size_t put_domain(uint8_t *at)
{
	memset(at, 0, 24);
	at[0] = DNSSL;
	at[1] = 3;
	sea_put32(at + 4, any_lifetime());
	at[8] = 10;
	for (unsigned i = 0; i < 10; i++)
		at[9 + i] = (uint8_t)('a' + drawn(26));
	return 24;
}

static size_t put_any(uint8_t *at)
{
	static size_t (*const put[])(uint8_t *) = { put_prefix, put_prefix,  put_route,
						    put_route,  put_servers, put_domain };

	return put[drawn(6)](at);
}

/* An advertisement by a router that nobody knows, full of options; how many. */
static unsigned flood_once(void)
{
	struct nd_ra ra = nd_ra((uint16_t)(drawn(3) ? 1 + drawn(9000) : 0));
	char src[40];
	unsigned n = 0;

	snprintf(src, sizeof(src), "fe80::%x:%x", (unsigned)drawn(0x10000),
		 1 + (unsigned)drawn(0xffff));
	ra.src = src;
	for (; ra.opts_len + 40 <= sizeof(ra.opts); n++)
		ra.opts_len += put_any(ra.opts + ra.opts_len);
	nd_inject(&t, &ra);
	return n;
}

static void advertise_ours(const char *prefix, uint16_t lifetime)
{
	struct nd_ra ra = nd_ra(lifetime);

	nd_prefix(&ra, prefix, "LA", SEA_NDP_INFINITE, SEA_NDP_INFINITE);
	nd_inject(&t, &ra);
}

static void check_limits(void)
{
	const struct sea_nd_host *host = &sea_link_ip6(t.link)->host;

	assert_true(host->n_routes[SEA_RA_ROUTER] <= SEA_RA_ROUTERS_MAX);
	assert_true(host->n_routes[SEA_RA_PREFIX] <= SEA_RA_PREFIXES_MAX);
	assert_true(host->n_routes[SEA_RA_ROUTE] <= SEA_RA_ROUTES_MAX);
	assert_true(host->dns.n_servers <= SEA_RA_SERVERS_MAX);
	assert_true(host->dns.n_domains <= SEA_RA_DOMAINS_MAX);
	/* max_addresses, and for each of them one that is temporary, and its successor. */
	assert_true(nd_count_addrs(&t) <= 3 * 16);
}

/* case 74 */
static void a_million_options_leave_what_is_bounded_and_what_was_there(void **state)
{
	size_t most = 0;
	unsigned turn = 0;

	advertise_ours("2001:db8:1::/64", 9000);
	for (unsigned n = 0; n < OPTIONS; turn++) {
		n += flood_once();
		if (turn % 64)
			continue;
		test_advance(&t, 20 * SEA_SEC);
		nd_count_sent(&t, 0); /* thrown away */
		advertise_ours("2001:db8:1::/64", 9000);
		check_limits();
		if (n < WARM_UP && t.stack->shard.pool.held > most)
			most = t.stack->shard.pool.held;
		assert_true(n < WARM_UP || t.stack->shard.pool.held <= most + most / 4);
	}
	assert_true(nd_route(&t, "::/0", ND_ROUTER).size);
	assert_true(nd_route(&t, "2001:db8:1::/64", NULL).size);
	nd_expect_addr(&t, "2001:db8:1::ff:fe00:1");
	assert_true(test_mib(&t, SEA_MIB_SeaRaRefused) > OPTIONS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_million_options_leave_what_is_bounded_and_what_was_there, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
