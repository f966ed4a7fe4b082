/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/addrsel6.h"

#include "tests/lib/env.h"

struct fixture {
	struct test_env env;
	struct sea_pool pool;
	struct sea_addrlabels labels;
};

static int setup(void **state)
{
	static struct fixture f;

	test_env_init(&f.env);
	sea_pool_init(&f.pool, &f.env.env, 0, 0);
	assert_int_equal(sea_addrlabels_init(&f.labels, &f.pool), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_addrlabels_fini(&f->labels);
	sea_pool_fini(&f->pool);
	return 0;
}

static struct sea_addrsel6_src src(const char *prefix, uint32_t flags)
{
	struct sea_addrsel6_src s = { .flags = flags, .ifindex = 2 };
	struct sea_addr a;

	assert_true(sea_addr_parse_prefix(prefix, &a, &s.prefix_len));
	memcpy(s.addr, a.b, sizeof(s.addr));
	return s;
}

static struct sea_addrsel6 towards(const struct fixture *f, const char *dst, uint8_t prefs)
{
	struct sea_addrsel6 sel;
	struct sea_addr a;

	assert_true(sea_addr_parse(dst, &a));
	sea_addrsel6_init(&sel, &f->labels, a.b, 2, prefs);
	return sel;
}

/* Towards `dst`, `a` wins over `b`, whichever is asked first. */
static void wins(const struct sea_addrsel6 *sel, struct sea_addrsel6_src a,
		 struct sea_addrsel6_src b)
{
	assert_true(sea_addrsel6_better(sel, &a, &b));
	assert_false(sea_addrsel6_better(sel, &b, &a));
}

static void prefers(const struct fixture *f, const char *dst, const char *a, const char *b)
{
	struct sea_addrsel6 sel = towards(f, dst, 0);

	wins(&sel, src(a, 0), src(b, 0));
}

/* RFC6724:5-1 */
static void the_destination_itself_is_spoken_from(void **state)
{
	prefers(*state, "2001:db8::5", "2001:db8::5/64", "2001:db8::4/64");
	prefers(*state, "fe80::1", "fe80::1/64", "fe80::2/64");
}

/* RFC6724:5-2 (the examples of RFC 6724 §10.1) */
static void the_scope_is_the_smallest_that_reaches(void **state)
{
	prefers(*state, "2001:db8:1::1", "2001:db8:3::1/64", "fe80::1/64");
	prefers(*state, "ff05::1", "2001:db8:3::1/64", "fe80::1/64");
	prefers(*state, "fe80::5", "fe80::1/64", "2001:db8:3::1/64");
	prefers(*state, "fe80::5", "fe80::1/64", "fec0::1/64");
	prefers(*state, "2001:db8::1", "2001:db8:3::1/64", "fec0::1/64");
	prefers(*state, "2001:db8::1", "fec0::1/64", "fe80::1/64");
	prefers(*state, "2001:db8::1", "2001:db8:3::1/64", "::1/128");
	prefers(*state, "ff02::1", "fe80::1/64", "2001:db8::1/64");
}

/* RFC6724:5-3, RFC4862:5.5.4-a */
static void a_deprecated_address_is_avoided(void **state)
{
	struct sea_addrsel6 sel = towards(*state, "2001:db8:1::1", 0);

	wins(&sel, src("2001:db8:2::1/64", 0), src("2001:db8:1::2/64", SEA_IFA_DEPRECATED));
	/* But a scope that reaches comes first. */
	wins(&sel, src("2001:db8:2::1/64", SEA_IFA_DEPRECATED), src("fe80::1/64", 0));
}

/* RFC4429:3.1 */
static void an_optimistic_address_comes_after_any_other(void **state)
{
	struct sea_addrsel6 sel = towards(*state, "2001:db8:1::1", 0);
	struct sea_addrsel6_src optimistic = src("2001:db8:1::2/64", SEA_IFA_OPTIMISTIC),
				other = src("2001:db8:2::1/64", 0);

	wins(&sel, other, optimistic);
	optimistic.use_optimistic = true; /* net.ipv6.conf.<link>.use_optimistic */
	wins(&sel, optimistic, other);
	optimistic.prefix_len = other.prefix_len = 16; /* nothing else tells them apart */
	wins(&sel, other, optimistic);
}

/* RFC6724:5-4 */
static void a_home_address_is_preferred_unless_the_other_is_asked_for(void **state)
{
	struct sea_addrsel6 sel = towards(*state, "2001:db8:1::1", 0);
	struct sea_addrsel6_src h = src("2001:db8:2::1/64", SEA_IFA_HOMEADDRESS),
				care_of = src("2001:db8:2::2/64", 0);

	wins(&sel, h, care_of);
	sel.prefs = SEA_PREFER_SRC_COA;
	wins(&sel, care_of, h);
}

/* RFC6724:5-5 */
static void an_address_of_the_outgoing_link_is_preferred(void **state)
{
	struct sea_addrsel6 sel = towards(*state, "2001:db8:1::1", 0);
	struct sea_addrsel6_src a = src("2001:db8:2::1/64", 0), b = src("2001:db8:1::2/64", 0);

	b.ifindex = 3;
	wins(&sel, a, b);
	sel.oif = 0;
	wins(&sel, b, a);
}

/* RFC6724:5-6, RFC8504:6.6-a */
static void labels_that_match_are_preferred(void **state)
{
	prefers(*state, "2002:c633:6401::1", "2002:c633:6401::d5e3/64", "2001:db8::1/64");
	prefers(*state, "2001:db8::1", "2001:db9::1/64", "2002:c633:6401::d5e3/64");
	prefers(*state, "fd00:1::1", "fd11::1/64", "2001:db8::1/64");
	prefers(*state, "2001:db8::1", "2a00::1/64", "fd11::1/64");
}

/* RFC6724:5-7 RFC5014:5 */
static void temporary_addresses_are_used_as_the_socket_or_the_link_says(void **state)
{
	struct sea_addrsel6 sel = towards(*state, "2001:db8:1::d5e3", 0);
	struct sea_addrsel6_src tmp = src("2001:db8:1::d5e3:7953/64", SEA_IFA_TEMPORARY),
				pub = src("2001:db8:1::2/64", 0);

	wins(&sel, pub, tmp);
	sel.prefs = SEA_PREFER_SRC_TMP;
	wins(&sel, tmp, pub);
	sel.prefs = 0;
	tmp.prefer_temporary = pub.prefer_temporary = true;
	wins(&sel, tmp, pub);
	sel.prefs = SEA_PREFER_SRC_PUBLIC;
	wins(&sel, pub, tmp);
}

/* RFC4843:4 */
static void orchids_speak_among_themselves(void **state)
{
	struct fixture *f = *state;
	struct sea_addrlabel l = { .size = sizeof(l),
				   .prefix = { SEA_AF_INET6, { 0x20, 0x01, 0x00, 0x10 } },
				   .prefix_len = 28 };

	prefers(f, "2001:10::1", "2001:11::1/64", "2001:db8::1/64");
	/* So they do where no label tells them apart. */
	assert_int_equal(sea_addrlabels_del(&f->labels, &l), 0);
	prefers(f, "2001:db8::1", "2a00::1/16", "2001:11::1/16");
}

/* RFC6724:5-8 */
static void the_longest_match_within_the_prefix_is_preferred(void **state)
{
	prefers(*state, "2001:db8:1::1", "2001:db8:1::2/64", "2001:db8:3::2/64");
	prefers(*state, "2001:db8:1::1", "2001:db8:3::2/64", "2a00::2/64");
	/* What they have in common behind the prefix does not count. */
	struct sea_addrsel6 sel = towards(*state, "2001:db8:1::1", 0);
	struct sea_addrsel6_src a = src("2001:db8:1::9000/64", 0), b = src("2001:db8:1::2/64", 0);

	assert_false(sea_addrsel6_better(&sel, &a, &b));
	assert_false(sea_addrsel6_better(&sel, &b, &a));
	b.prefix_len = 127;
	assert_true(sea_addrsel6_better(&sel, &b, &a));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_destination_itself_is_spoken_from),
		TEST(the_scope_is_the_smallest_that_reaches),
		TEST(a_deprecated_address_is_avoided),
		TEST(an_optimistic_address_comes_after_any_other),
		TEST(a_home_address_is_preferred_unless_the_other_is_asked_for),
		TEST(an_address_of_the_outgoing_link_is_preferred),
		TEST(labels_that_match_are_preferred),
		TEST(temporary_addresses_are_used_as_the_socket_or_the_link_says),
		TEST(orchids_speak_among_themselves),
		TEST(the_longest_match_within_the_prefix_is_preferred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
