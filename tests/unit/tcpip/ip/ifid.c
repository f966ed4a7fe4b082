/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/ifid.h"

#include "tests/lib/env.h"

static const struct sea_mac mac = { { 0x00, 0x00, 0x5e, 0x00, 0x53, 0x2a } };

/* RFC4291:A RFC2464:4, RFC4862:5.3-b */
static void eui64_has_fffe_in_the_middle_and_the_universal_bit_turned(void **state)
{
	static const struct sea_mac rfc2464 = { { 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde } };
	uint8_t id[SEA_IFID_LEN];

	sea_ifid_eui64(&rfc2464, id);
	assert_memory_equal(id, "\x36\x56\x78\xff\xfe\x9a\xbc\xde", 8);
	sea_ifid_eui64(&mac, id);
	assert_memory_equal(id, "\x02\x00\x5e\xff\xfe\x00\x53\x2a", 8);
}

/* RFC5453:3 */
static void reserved_identifiers_are_known(void **state)
{
	assert_true(sea_ifid_is_reserved((const uint8_t *)"\0\0\0\0\0\0\0\0"));
	assert_true(sea_ifid_is_reserved((const uint8_t *)"\x02\x00\x5e\xff\xfe\x00\x00\x00"));
	assert_true(sea_ifid_is_reserved((const uint8_t *)"\x02\x00\x5e\xff\xfe\xff\xff\xff"));
	assert_true(sea_ifid_is_reserved((const uint8_t *)"\xfd\xff\xff\xff\xff\xff\xff\x80"));
	assert_true(sea_ifid_is_reserved((const uint8_t *)"\xfd\xff\xff\xff\xff\xff\xff\xff"));
	assert_false(sea_ifid_is_reserved((const uint8_t *)"\xfd\xff\xff\xff\xff\xff\xff\x7f"));
	assert_false(sea_ifid_is_reserved((const uint8_t *)"\x02\x00\x5e\xff\xfd\x00\x00\x00"));
	assert_false(sea_ifid_is_reserved((const uint8_t *)"\0\0\0\0\0\0\0\1"));
}

static struct sea_ifid_stable input(void)
{
	return (struct sea_ifid_stable){ .secret = { 1, 2, 3 },
					 .prefix = { 0x20, 0x01, 0x0d, 0xb8 },
					 .mac = mac };
}

/* RFC7217:5 */
static void a_stable_identifier_is_a_function_of_all_it_is_made_of(void **state)
{
	struct sea_ifid_stable in[5] = { input(), input(), input(), input(), input() };
	uint8_t id[5][SEA_IFID_LEN], again[SEA_IFID_LEN];

	in[1].secret[15] = 1;
	in[2].prefix[7] = 1;
	in[3].mac.b[5]++;
	in[4].dad_counter++;
	for (unsigned i = 0; i < 5; i++) {
		assert_true(sea_ifid_stable(&in[i], id[i]));
		assert_true(sea_ifid_stable(&in[i], again));
		assert_memory_equal(id[i], again, sizeof(again));
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(id[i], id[k], sizeof(again));
	}
}

/* RFC8981:3.3.1 */
static void a_random_identifier_is_another_each_time(void **state)
{
	struct test_env env;
	struct sea_secret secret;
	uint8_t a[SEA_IFID_LEN], b[SEA_IFID_LEN];

	test_env_init(&env);
	assert_int_equal(sea_secret_init(&secret, &env.env), 0);
	sea_ifid_random(&secret, a);
	for (unsigned i = 0; i < 1000; i++) {
		sea_ifid_random(&secret, b);
		assert_memory_not_equal(a, b, sizeof(a));
		assert_false(sea_ifid_is_reserved(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eui64_has_fffe_in_the_middle_and_the_universal_bit_turned),
		cmocka_unit_test(reserved_identifiers_are_known),
		cmocka_unit_test(a_stable_identifier_is_a_function_of_all_it_is_made_of),
		cmocka_unit_test(a_random_identifier_is_another_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
