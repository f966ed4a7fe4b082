/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/checksum.h"
#include "core/pkt.h"
#include "tests/lib/env.h"

/* The bytes 0 … 199 in a first fragment of `head` and then pieces of `step`. */
enum { LEN = 200 };

struct fixture {
	struct test_env env;
	struct sea_pool pool;
	uint8_t bytes[LEN];
};

static int set_up(void **state)
{
	static struct fixture f;

	test_env_init(&f.env);
	sea_pool_init(&f.pool, &f.env.env, 0, 0);
	for (int i = 0; i < LEN; i++)
		f.bytes[i] = (uint8_t)(i * 89 + 7);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sea_pool_fini(&f->pool);
	assert_int_equal(f->env.live, 0);
	return 0;
}

static struct sea_pkt *make(struct fixture *f, uint32_t head, uint32_t step)
{
	struct sea_pkt *pkt = sea_pkt_new(&f->pool, 64, head);
	uint32_t done = head;

	assert_non_null(pkt);
	assert_true(sea_pkt_append(pkt, f->bytes, head));
	while (done < LEN) {
		uint32_t n = LEN - done < step ? LEN - done : step;
		struct sea_buf *buf = sea_buf_new(&f->pool, n + 1);

		assert_non_null(buf);
		memcpy(buf->data + 1, f->bytes + done, n);
		assert_true(sea_pkt_append_frag(pkt, buf, 1, n));
		sea_buf_put(buf);
		done += n;
	}
	assert_int_equal(pkt->len, LEN);
	return pkt;
}

static uint16_t folded(const uint8_t *bytes, size_t len)
{
	return sea_csum_fold(sea_csum_scalar(bytes, len, 0));
}

static void fragments_sum_up_to_the_whole(void **state)
{
	static const uint32_t steps[] = { 3, 4, 7, 40, 55, 180 };
	struct fixture *f = *state;

	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		struct sea_pkt *pkt = make(f, 21, steps[s]);

		for (uint32_t off = 0; off <= LEN; off++) {
			for (uint32_t len = 0; len <= LEN - off; len += 1 + len / 8) {
				uint32_t sum = sea_pkt_csum(pkt, off, len, sea_csum_scalar);

				assert_int_equal(sea_csum_fold(sum), folded(f->bytes + off, len));
			}
		}
		sea_pkt_free(pkt);
	}
}

/* Makes bytes 60 and 61 such that [40, 200) and a pseudo-header sum up to all ones. */
static uint32_t make_right(struct fixture *f)
{
	const uint32_t pseudo = 0x12345;

	sea_csum_put(f->bytes + 60, 0);
	sea_csum_put(f->bytes + 60,
		     (uint16_t)~sea_csum_fold(sea_csum_scalar(f->bytes + 40, LEN - 40, pseudo)));
	return pseudo;
}

static void right_checksum_becomes_verified(void **state)
{
	struct fixture *f = *state;
	uint32_t pseudo = make_right(f);
	struct sea_pkt *pkt = make(f, 61, 33);

	assert_non_null(sea_pkt_pull(pkt, 40));
	assert_true(sea_pkt_csum_verify(pkt, pseudo, sea_csum_scalar));
	assert_int_equal(pkt->csum_state, SEA_CSUM_VERIFIED);
	assert_true(sea_pkt_csum_verify(pkt, pseudo + 1, sea_csum_scalar)); /* believed now */
	sea_pkt_free(pkt);
}

static void wrong_checksum_is_found_wherever_it_is(void **state)
{
	struct fixture *f = *state;
	uint32_t pseudo = make_right(f);

	for (uint32_t at = 40; at < LEN; at++) {
		struct sea_pkt *pkt;

		f->bytes[at] ^= 0x10;
		pkt = make(f, 61, 33);
		assert_non_null(sea_pkt_pull(pkt, 40));
		assert_false(sea_pkt_csum_verify(pkt, pseudo, sea_csum_scalar));
		assert_int_equal(pkt->csum_state, SEA_CSUM_NONE);
		sea_pkt_free(pkt);
		f->bytes[at] ^= 0x10;
	}
}

static void complete_sum_is_compared_and_follows_rewrites(void **state)
{
	struct fixture *f = *state;
	uint32_t pseudo = make_right(f);
	struct sea_pkt *pkt = make(f, LEN, 1);
	uint32_t from, to;

	assert_non_null(sea_pkt_pull(pkt, 40));
	pkt->csum_state = SEA_CSUM_COMPLETE;
	pkt->csum = sea_pkt_csum(pkt, 0, pkt->len, sea_csum_scalar);

	/* A port changes (bytes 42, 43) and the field makes up for it: right as before. */
	from = sea_csum_scalar(f->bytes + 42, 2, 0);
	to = sea_csum_scalar("\x99\x88", 2, 0);
	sea_pkt_csum_rewrite(pkt, from, to);
	assert_false(sea_pkt_csum_verify(pkt, pseudo, sea_csum_scalar));
	assert_int_equal(pkt->csum_state, SEA_CSUM_COMPLETE);
	sea_pkt_csum_rewrite(pkt, to, from);
	assert_true(sea_pkt_csum_verify(pkt, pseudo, sea_csum_scalar));
	assert_int_equal(pkt->csum_state, SEA_CSUM_VERIFIED);
	sea_pkt_csum_rewrite(pkt, from, to);
	assert_int_equal(pkt->csum_state, SEA_CSUM_VERIFIED);
	sea_pkt_free(pkt);
}

/* A packet whose field at 60 holds a pseudo-header's sum, to be completed from byte 40 on. */
static struct sea_pkt *make_partial(struct fixture *f, uint32_t head, uint32_t pseudo)
{
	struct sea_pkt *pkt;

	sea_csum_put(f->bytes + 60, sea_csum_fold(pseudo));
	pkt = make(f, head, 33);
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = (uint16_t)(sea_pkt_offset(pkt) + 40);
	pkt->csum_offset = 20;
	return pkt;
}

static uint16_t field_of(struct sea_pkt *pkt)
{
	uint8_t *bytes = sea_pkt_peek(pkt, 62);

	assert_non_null(bytes);
	return sea_csum_get(bytes + 60);
}

static void partial_sum_is_finished_in_place(void **state)
{
	struct fixture *f = *state;
	uint32_t pseudo = make_right(f);
	uint16_t want = sea_csum_get(f->bytes + 60);

	for (uint32_t pulled = 0; pulled <= 60; pulled += 20) {
		struct sea_pkt *pkt = make_partial(f, 100, pseudo);

		assert_true(sea_pkt_csum_verify(pkt, 0, sea_csum_scalar));
		assert_int_equal(pkt->csum_state, SEA_CSUM_PARTIAL);
		assert_non_null(sea_pkt_pull(pkt, pulled));
		assert_true(sea_pkt_csum_finish(pkt, sea_csum_scalar));
		assert_int_equal(pkt->csum_state, SEA_CSUM_NONE);
		assert_int_equal(pkt->len, LEN - pulled);
		sea_pkt_unpull(pkt, pulled);
		assert_int_equal(field_of(pkt), want);
		assert_true(sea_pkt_csum_finish(pkt, sea_csum_scalar)); /* nothing left to do */
		assert_int_equal(field_of(pkt), want);
		sea_pkt_free(pkt);
	}
}

static void finishing_leaves_a_clone_as_it_was(void **state)
{
	struct fixture *f = *state;
	uint32_t pseudo = make_right(f);
	uint16_t want = sea_csum_get(f->bytes + 60);
	struct sea_pkt *pkt = make_partial(f, 100, pseudo);
	struct sea_pkt *clone = sea_pkt_clone(pkt, &f->pool);

	assert_non_null(clone);
	assert_true(sea_pkt_csum_finish(pkt, sea_csum_scalar));
	assert_int_equal(field_of(pkt), want);
	assert_int_equal(field_of(clone), sea_csum_fold(pseudo));
	sea_pkt_free(clone);
	sea_pkt_free(pkt);
}

static void finishing_without_memory_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint32_t pseudo = make_right(f);
	struct sea_pkt *pkt = make_partial(f, 100, pseudo);
	struct sea_pkt *clone = sea_pkt_clone(pkt, &f->pool);

	assert_non_null(clone);
	sea_pool_trim(&f->pool);
	test_env_fail_at(&f->env, 1);
	assert_false(sea_pkt_csum_finish(pkt, sea_csum_scalar));
	test_env_fail_at(&f->env, 0);
	assert_int_equal(pkt->csum_state, SEA_CSUM_PARTIAL);
	assert_int_equal(field_of(pkt), sea_csum_fold(pseudo));
	assert_int_equal(pkt->len, LEN);
	sea_pkt_free(clone);
	sea_pkt_free(pkt);
}

static void field_beyond_the_packet_is_refused(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = make_partial(f, 100, 1);

	pkt->csum_offset = LEN - 40 - 1;
	assert_false(sea_pkt_csum_finish(pkt, sea_csum_scalar));
	pkt->csum_offset = UINT16_MAX;
	assert_false(sea_pkt_csum_finish(pkt, sea_csum_scalar));
	sea_pkt_free(pkt);
}

/* RFC768 a sum that comes out as zero is sent as all ones */
static void finished_field_is_never_zero(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt;
	uint32_t rest;

	sea_csum_put(f->bytes + 60, 0);
	rest = sea_csum_scalar(f->bytes + 40, LEN - 40, 0);
	pkt = make_partial(f, 100, sea_csum_sub(0xffff, rest));
	assert_true(sea_pkt_csum_finish(pkt, sea_csum_scalar));
	assert_int_equal(field_of(pkt), 0xffff);
	sea_pkt_free(pkt);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fragments_sum_up_to_the_whole),
		TEST(right_checksum_becomes_verified),
		TEST(wrong_checksum_is_found_wherever_it_is),
		TEST(complete_sum_is_compared_and_follows_rewrites),
		TEST(partial_sum_is_finished_in_place),
		TEST(finishing_leaves_a_clone_as_it_was),
		TEST(finishing_without_memory_changes_nothing),
		TEST(field_beyond_the_packet_is_refused),
		TEST(finished_field_is_never_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
