/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/rng.h"

struct source {
	int err;
	unsigned asked;
};

/* Bytes that tell how often it was asked. */
static int give_bytes(void *ctx, void *buf, size_t len)
{
	struct source *source = ctx;

	source->asked++;
	if (source->err)
		return source->err;
	memset(buf, (int)source->asked, len);
	return 0;
}

static struct sea_env env_of(struct source *source)
{
	return (struct sea_env){ .size = sizeof(struct sea_env),
				 .ctx = source,
				 .secret = give_bytes };
}

static void secret_needs_a_source(void **state)
{
	struct source source = { .err = -EIO };
	struct sea_env env = env_of(&source);
	struct sea_secret secret;

	assert_int_equal(sea_secret_init(&secret, &env), -EIO);
	source.err = 0;
	assert_int_equal(sea_secret_init(&secret, &env), 0);
}

static void secret_is_a_function_of_its_source(void **state)
{
	struct source one = { 0 }, two = { 0 };
	struct sea_env env1 = env_of(&one), env2 = env_of(&two);
	struct sea_secret a, b;

	assert_int_equal(sea_secret_init(&a, &env1), 0);
	assert_int_equal(sea_secret_init(&b, &env2), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(sea_secret_u64(&a) == sea_secret_u64(&b));
}

static void secret_takes_a_new_key_every_million_draws(void **state)
{
	struct source source = { 0 };
	struct sea_env env = env_of(&source);
	struct sea_secret secret;
	struct sea_siphash_key first;

	assert_int_equal(sea_secret_init(&secret, &env), 0);
	first = secret.key;
	for (int i = 0; i < (1 << 20) - 1; i++)
		sea_secret_u64(&secret);
	assert_int_equal(source.asked, 1);
	sea_secret_u64(&secret);
	assert_int_equal(source.asked, 2);
	assert_true(secret.key.k0 != first.k0);
}

static void secret_goes_on_when_its_source_fails_later(void **state)
{
	struct source source = { 0 };
	struct sea_env env = env_of(&source);
	struct sea_secret secret;
	uint64_t last = 0;

	assert_int_equal(sea_secret_init(&secret, &env), 0);
	source.err = -EIO;
	for (int i = 0; i < (2 << 20); i++) {
		uint64_t draw = sea_secret_u64(&secret);

		assert_true(draw != last);
		last = draw;
	}
	assert_int_equal(source.asked, 3);
	assert_int_equal(secret.key.k0 & 0xff, 1);
}

/* Each of `n` values comes up about equally often; chi-squared far beyond what chance gives fails. */
static void check_even(const unsigned *seen, unsigned n, unsigned draws)
{
	double expected = (double)draws / n, chi2 = 0;

	for (unsigned i = 0; i < n; i++) {
		double off = seen[i] - expected;

		chi2 += off * off / expected;
	}
	assert_true(chi2 < 2.0 * n + 40);
}

static void secret_below_is_even(void **state)
{
	struct source source = { 0 };
	struct sea_env env = env_of(&source);
	struct sea_secret secret;
	unsigned seen[37] = { 0 };

	assert_int_equal(sea_secret_init(&secret, &env), 0);
	for (int i = 0; i < 37000; i++) {
		uint32_t v = sea_secret_below(&secret, 37);

		assert_true(v < 37);
		seen[v]++;
	}
	check_even(seen, 37, 37000);
	assert_int_equal(sea_secret_below(&secret, 1), 0);
}

/* Just over half of the range: without redrawing, every other value would come twice as often. */
static void secret_below_is_even_for_large_bounds(void **state)
{
	struct source source = { 0 };
	struct sea_env env = env_of(&source);
	struct sea_secret secret;
	unsigned odd = 0;

	assert_int_equal(sea_secret_init(&secret, &env), 0);
	for (int i = 0; i < 30000; i++)
		odd += sea_secret_below(&secret, 0xc0000000u) % 3 == 0;
	assert_in_range(odd, 9500, 10500);
}

static void secret_keys_differ(void **state)
{
	struct source source = { 0 };
	struct sea_env env = env_of(&source);
	struct sea_secret secret;
	struct sea_siphash_key a, b;

	assert_int_equal(sea_secret_init(&secret, &env), 0);
	a = sea_secret_key(&secret);
	b = sea_secret_key(&secret);
	assert_true(a.k0 != b.k0 && a.k1 != b.k1 && a.k0 != a.k1);
}

static void jitter_is_xoshiro256_starstar(void **state)
{
	/* From the state 1, 2, 3, 4, as its authors' program prints. */
	static const uint64_t want[] = { 11520, 0, 1509978240, 1215971899390074240 };
	struct sea_jitter jitter = { { 1, 2, 3, 4 } };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_true(sea_jitter_u64(&jitter) == want[i]);
}

static void jitter_starts_from_any_seed(void **state)
{
	/* splitmix64 from 0. */
	struct sea_jitter jitter;

	sea_jitter_init(&jitter, 0);
	assert_true(jitter.s[0] == UINT64_C(0xe220a8397b1dcdaf));
	assert_true(jitter.s[1] == UINT64_C(0x6e789e6aa1b965f4));
}

static void jitter_below_is_even(void **state)
{
	struct sea_jitter jitter;
	unsigned seen[10] = { 0 };

	sea_jitter_init(&jitter, 42);
	for (int i = 0; i < 50000; i++) {
		uint64_t v = sea_jitter_below(&jitter, 10);

		assert_true(v < 10);
		seen[v]++;
	}
	check_even(seen, 10, 50000);
	assert_true(sea_jitter_below(&jitter, UINT64_MAX) < UINT64_MAX);
	assert_int_equal(sea_jitter_below(&jitter, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_needs_a_source),
		cmocka_unit_test(secret_is_a_function_of_its_source),
		cmocka_unit_test(secret_takes_a_new_key_every_million_draws),
		cmocka_unit_test(secret_goes_on_when_its_source_fails_later),
		cmocka_unit_test(secret_below_is_even),
		cmocka_unit_test(secret_below_is_even_for_large_bounds),
		cmocka_unit_test(secret_keys_differ),
		cmocka_unit_test(jitter_is_xoshiro256_starstar),
		cmocka_unit_test(jitter_starts_from_any_seed),
		cmocka_unit_test(jitter_below_is_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
