/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/ra_dns.h"

#include <errno.h>

#include "core/save.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

struct fixture {
	struct test_env env;
	struct sea_pool pool;
	struct sea_ra_dns dns;
};

static int setup(void **state)
{
	static struct fixture f;

	test_env_init(&f.env);
	sea_pool_init(&f.pool, &f.env.env, 0, 0);
	sea_ra_dns_init(&f.dns, &f.pool);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_ra_dns_clear(&f->dns);
	sea_pool_fini(&f->pool);
	assert_int_equal(f->env.live, 0);
	return 0;
}

static sea_time at(int64_t s)
{
	return (sea_time){ s * SEA_SEC };
}

/* Servers ::first, ::first+1, …; lifetimes from second `now` on. */
static bool servers(struct fixture *f, uint8_t first, unsigned n, uint32_t lifetime_s, int64_t now)
{
	static uint8_t addrs[16 * 32];
	const struct sea_ndp_rdnss rdnss = { .lifetime_s = lifetime_s, .n = n, .addrs = addrs };

	memset(addrs, 0, sizeof(addrs));
	for (unsigned i = 0; i < n; i++)
		addrs[16 * i + 15] = (uint8_t)(first + i);
	return sea_ra_dns_servers(&f->dns, &rdnss, at(now));
}

static bool domain(struct fixture *f, const char *wire, size_t len, uint32_t lifetime_s,
		   int64_t now)
{
	const struct sea_ndp_dnssl dnssl = { .lifetime_s = lifetime_s,
					     .len = (uint16_t)len,
					     .names = (const uint8_t *)wire };

	return sea_ra_dns_domains(&f->dns, &dnssl, at(now));
}

#define DOMAIN(f, wire, lifetime_s, now) domain(f, wire, sizeof(wire), lifetime_s, now)

/* "345": the last bytes of the servers. */
static void assert_servers(const struct fixture *f, const char *want)
{
	unsigned i;

	for (i = 0; want[i]; i++) {
		assert_non_null(sea_ra_dns_server_at(&f->dns, i));
		assert_int_equal(sea_ra_dns_server_at(&f->dns, i)->addr[15], want[i] - '0');
	}
	assert_null(sea_ra_dns_server_at(&f->dns, i));
}

/* RFC8106:5.1 */
static void servers_are_kept_in_order_until_their_time_is_over(void **state)
{
	struct fixture *f = *state;
	sea_time next = SEA_TIME_NEVER;

	assert_true(servers(f, 1, 2, 10, 0));
	assert_true(servers(f, 3, 1, SEA_NDP_INFINITE, 0));
	assert_servers(f, "123");
	assert_false(servers(f, 2, 1, 10, 5)); /* only lives longer */
	assert_false(sea_ra_dns_expire(&f->dns, at(9), &next));
	assert_int_equal(next.ns, 10 * SEA_SEC);
	next = SEA_TIME_NEVER;
	assert_true(sea_ra_dns_expire(&f->dns, at(10), &next));
	assert_servers(f, "23");
	assert_int_equal(next.ns, 15 * SEA_SEC);
	next = SEA_TIME_NEVER;
	assert_true(sea_ra_dns_expire(&f->dns, at(1000000), &next));
	assert_servers(f, "3");
	assert_true(sea_time_is_never(next));
}

/* RFC8106:5.1 */
static void a_lifetime_of_zero_takes_a_server_away(void **state)
{
	struct fixture *f = *state;

	servers(f, 1, 3, 10, 0);
	assert_true(servers(f, 2, 1, 0, 1));
	assert_servers(f, "13");
	assert_false(servers(f, 2, 1, 0, 1));
}

/* RFC8106:6.2 */
static void the_server_that_would_expire_first_makes_room(void **state)
{
	struct fixture *f = *state;

	servers(f, 1, 3, 100, 0);
	servers(f, 4, 1, 50, 0);
	servers(f, 5, 4, 100, 0);
	assert_servers(f, "12345678");
	assert_true(servers(f, 9, 1, 10, 0));
	assert_servers(f, "12356789");
	assert_true(servers(f, 100, 32, 100, 0)); /* an option's first eight are enough */
	assert_int_equal(f->dns.n_servers, SEA_RA_SERVERS_MAX);
}

/* RFC8106:5.2 */
static void domains_come_and_go_like_servers(void **state)
{
	struct fixture *f = *state;
	sea_time next = SEA_TIME_NEVER;

	assert_true(DOMAIN(f, "\7example\3org\0\1a\0\0\0\0\0", 10, 0));
	assert_string_equal(sea_ra_dns_domain_at(&f->dns, 0)->name, "example.org");
	assert_string_equal(sea_ra_dns_domain_at(&f->dns, 1)->name, "a");
	assert_null(sea_ra_dns_domain_at(&f->dns, 2));
	assert_false(DOMAIN(f, "\1a\0", 20, 0));
	assert_true(sea_ra_dns_expire(&f->dns, at(10), &next));
	assert_string_equal(sea_ra_dns_domain_at(&f->dns, 0)->name, "a");
	assert_true(DOMAIN(f, "\1a\0", 0, 11));
	assert_null(sea_ra_dns_domain_at(&f->dns, 0));
	assert_false(DOMAIN(f, "\1a\0", 0, 11));
}

static void domains_are_bounded_and_the_first_to_expire_makes_room(void **state)
{
	struct fixture *f = *state;
	char wire[4] = { 1 };

	for (char c = 'a'; c < 'a' + 26; c++) {
		wire[1] = c;
		assert_true(DOMAIN(f, wire, c == 'z' ? 100 : (uint32_t)(1000 - c), 0));
	}
	assert_int_equal(f->dns.n_domains, SEA_RA_DOMAINS_MAX);
	assert_string_equal(sea_ra_dns_domain_at(&f->dns, 0)->name, "a");
	assert_string_equal(sea_ra_dns_domain_at(&f->dns, 7)->name, "z");
}

static void want_of_memory_loses_a_domain_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	test_env_fail_at(&f->env, 1);
	assert_false(DOMAIN(f, "\1a\0", 10, 0));
	test_env_fail_at(&f->env, 0);
	assert_true(DOMAIN(f, "\1a\0", 10, 0));
}

static void the_lists_survive_being_saved(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = { 0 };
	struct sea_saver to = { .write = snapshot_write, .ctx = &s };
	struct sea_loader from = { .read = snapshot_read, .ctx = &s };

	servers(f, 1, 3, 10, 0);
	DOMAIN(f, "\7example\3org\0\1a\0\0\0\0\0", 10, 0);
	sea_ra_dns_save(&f->dns, &to);
	servers(f, 4, 1, 10, 0);
	sea_ra_dns_load(&f->dns, &from);
	assert_int_equal(from.err, 0);
	assert_servers(f, "123");
	assert_string_equal(sea_ra_dns_domain_at(&f->dns, 1)->name, "a");
	assert_int_equal(f->dns.servers[2].expires.ns, 10 * SEA_SEC);
	s.at = 0;
	s.bytes[0] = 99;
	sea_ra_dns_load(&f->dns, &from);
	assert_int_equal(from.err, -EINVAL);
	snapshot_free(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(servers_are_kept_in_order_until_their_time_is_over),
		TEST(a_lifetime_of_zero_takes_a_server_away),
		TEST(the_server_that_would_expire_first_makes_room),
		TEST(domains_come_and_go_like_servers),
		TEST(domains_are_bounded_and_the_first_to_expire_makes_room),
		TEST(want_of_memory_loses_a_domain_and_nothing_else),
		TEST(the_lists_survive_being_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
