/* SPDX-License-Identifier: Apache-2.0 */
/* Packets: the one door to their bytes, sharing, copying, and the copy-down rule. */
#include <errno.h>

#include "tests/lib/env.h"

#include "core/pkt.h"

struct fixture {
	struct test_env env;
	struct sea_pool pool;
	uint64_t random;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	test_env_init(&f->env);
	sea_pool_init(&f->pool, &f->env.env, 0, 0);
	f->random = 42;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->pool.n_pkts, 0);
	assert_int_equal(f->pool.n_bufs, 0);
	sea_pool_fini(&f->pool);
	assert_int_equal(f->env.live, 0);
	free(f);
	return 0;
}

static uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

/* A packet of `len` patterned bytes in fragments of the given size, the first of `head` bytes. */
static struct sea_pkt *make(struct fixture *f, uint32_t head, uint32_t len, uint32_t frag)
{
	struct sea_pkt *pkt = sea_pkt_new(&f->pool, 16, head ? head : 1);
	uint8_t bytes[4096];
	uint32_t done = 0;

	assert_non_null(pkt);
	while (done < len) {
		uint32_t n = done || !head ? frag : head;

		n = n < len - done ? n : len - done;
		for (uint32_t i = 0; i < n; i++)
			bytes[i] = pattern(done + i);
		if (!done && head) {
			memcpy(pkt->frags[0].buf->data + 16, bytes, n);
			pkt->frags[0].len = n;
			pkt->len = n;
		} else {
			struct sea_buf *buf = sea_buf_new(&f->pool, n);

			memcpy(buf->data, bytes, n);
			assert_true(sea_pkt_append_frag(pkt, buf, 0, n));
			sea_buf_put(buf);
		}
		done += n;
	}
	return pkt;
}

/* The packet is bytes [from, from + len) of the pattern. */
static void expect_pattern(const struct sea_pkt *pkt, uint32_t from, uint32_t len)
{
	uint32_t total = 0;
	uint8_t byte;

	assert_int_equal(pkt->len, len);
	for (unsigned i = 0; i < pkt->nfrags; i++)
		total += pkt->frags[i].len;
	assert_int_equal(total, len);
	for (uint32_t i = 0; i < len; i++) {
		assert_true(sea_pkt_read(pkt, i, &byte, 1));
		assert_int_equal(byte, pattern(from + i));
	}
	assert_false(sea_pkt_read(pkt, len, &byte, 1));
}

static void pull_gives_contiguous_headers_at_any_fragmentation(void **state)
{
	struct fixture *f = *state;

	for (uint32_t head = 0; head <= 40; head += 4) {
		for (uint32_t frag = 1; frag < 20; frag++) {
			struct sea_pkt *pkt = make(f, head, 60, frag);
			const uint8_t *at = sea_pkt_pull(pkt, 20);

			assert_non_null(at);
			for (uint32_t i = 0; i < 20; i++)
				assert_int_equal(at[i], pattern(i));
			expect_pattern(pkt, 20, 40);
			assert_null(sea_pkt_peek(pkt, 41));
			assert_non_null(sea_pkt_pull(pkt, 40));
			assert_int_equal(pkt->len, 0);
			assert_null(sea_pkt_pull(pkt, 1));
			sea_pkt_free(pkt);
		}
	}
}

static void pulled_headers_stay_readable_behind_the_front(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = make(f, 14, 100, 10);

	pkt->off_link = sea_pkt_offset(pkt);
	assert_non_null(sea_pkt_pull(pkt, 14));
	pkt->off_net = sea_pkt_offset(pkt);
	assert_non_null(sea_pkt_pull(pkt, 33)); /* linear over several fragments: a new head */
	assert_int_equal(*(uint8_t *)sea_pkt_at(pkt, pkt->off_link), pattern(0));
	assert_int_equal(*(uint8_t *)sea_pkt_at(pkt, pkt->off_net), pattern(14));
	sea_pkt_unpull(pkt, 33 + 14);
	expect_pattern(pkt, 0, 100);
	sea_pkt_free(pkt);
}

static void push_finds_room_or_makes_it(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = make(f, 30, 50, 7);
	uint8_t *at;

	pkt->off_trans = sea_pkt_offset(pkt);
	at = sea_pkt_push(pkt, 16);
	assert_non_null(at);
	assert_int_equal(pkt->frags[0].off, 0);
	at = sea_pkt_push(pkt, 60);
	assert_non_null(at);
	memset(at, 0xee, 60);
	assert_int_equal(*(uint8_t *)sea_pkt_at(pkt, pkt->off_trans), pattern(0));
	assert_int_equal(pkt->len, 126);
	assert_non_null(sea_pkt_pull(pkt, 76));
	expect_pattern(pkt, 0, 50);
	sea_pkt_free(pkt);
}

static void writing_to_a_clone_leaves_the_original_alone(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = make(f, 30, 80, 9), *clone = sea_pkt_clone(pkt, &f->pool);
	uint8_t *at;

	assert_non_null(clone);
	expect_pattern(clone, 0, 80);
	at = sea_pkt_writable(clone, 45);
	assert_non_null(at);
	memset(at, 0, 45);
	expect_pattern(pkt, 0, 80);
	at = sea_pkt_push(clone, 8);
	assert_non_null(at);
	memset(at, 0, 8);
	expect_pattern(pkt, 0, 80);
	sea_pkt_free(pkt);
	assert_non_null(sea_pkt_pull(clone, 53));
	expect_pattern(clone, 45, 35);
	sea_pkt_free(clone);
}

static void pushing_onto_a_clone_of_one_fragment_gives_it_its_own_head(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = make(f, 1000, 1000, 1), *clone = sea_pkt_clone(pkt, &f->pool);

	assert_non_null(sea_pkt_push(clone, 4));
	assert_ptr_not_equal(clone->frags[0].buf, pkt->frags[0].buf);
	assert_non_null(sea_pkt_pull(clone, 4));
	expect_pattern(clone, 0, 1000);
	expect_pattern(pkt, 0, 1000);
	sea_pkt_free(clone);
	sea_pkt_free(pkt);
}

static void trimming_matches_a_plain_array(void **state)
{
	struct fixture *f = *state;

	for (unsigned round = 0; round < 2000; round++) {
		uint32_t head = (uint32_t)(test_random(&f->random) % 50);
		uint32_t len = 1 + (uint32_t)(test_random(&f->random) % 200);
		uint32_t frag = 4 + (uint32_t)(test_random(&f->random) % 60);
		struct sea_pkt *pkt = make(f, head, len, frag);
		uint32_t from = 0, left = len;

		for (unsigned step = 0; step < 4; step++) {
			uint32_t cut = (uint32_t)(test_random(&f->random) % (left + 1));

			if (step & 1) {
				sea_pkt_trim_to(pkt, cut);
				left = cut;
			} else {
				sea_pkt_trim_front(pkt, cut);
				from += cut;
				left -= cut;
			}
			expect_pattern(pkt, from, left);
		}
		sea_pkt_free(pkt);
	}
}

static void append_fills_spare_room_before_it_takes_a_new_buffer(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = sea_pkt_new(&f->pool, 0, 100);
	uint32_t room = pkt->frags[0].buf->cap;
	uint8_t byte;

	for (uint32_t i = 0; i < room + 300; i++) {
		byte = pattern(i);
		assert_true(sea_pkt_append(pkt, &byte, 1));
		if (i < room)
			assert_int_equal(pkt->nfrags, 1);
	}
	expect_pattern(pkt, 0, room + 300);
	sea_pkt_free(pkt);
}

static void fragments_overflow_into_a_table_and_end_at_its_size(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = sea_pkt_new(&f->pool, 0, 1);
	struct sea_buf *buf = sea_buf_new(&f->pool, 1);
	struct iovec iov[SEA_PKT_IOV_MAX];
	unsigned n = 1;

	buf->data[0] = 1;
	while (sea_pkt_append_frag(pkt, buf, 0, 1))
		n++;
	assert_int_equal(n, SEA_PKT_FRAGS_MAX);
	assert_int_equal(sea_pkt_iov(pkt, iov, SEA_PKT_IOV_MAX), SEA_PKT_FRAGS_MAX - 1);
	assert_int_equal(sea_pkt_iov(pkt, iov, 3), -EMSGSIZE);
	sea_buf_put(buf);
	sea_pkt_free(pkt);
}

static void a_deep_copy_keeps_bytes_headers_and_facts(void **state)
{
	struct fixture *f = *state;
	struct test_env env2;
	struct sea_pool pool2;

	test_env_init(&env2);
	sea_pool_init(&pool2, &env2.env, 0, 0);
	for (uint32_t len = 30; len < 66000; len = len * 2 + 1) {
		struct sea_pkt *pkt = make(f, 20, len, 3000), *copy;

		pkt->off_net = sea_pkt_offset(pkt);
		pkt->gso_size = 1448;
		pkt->capture = 7;
		assert_non_null(sea_pkt_pull(pkt, 20));
		copy = sea_pkt_copy(pkt, &pool2);
		assert_non_null(copy);
		sea_pkt_free(pkt);
		expect_pattern(copy, 20, len - 20);
		assert_int_equal(*(uint8_t *)sea_pkt_at(copy, copy->off_net), pattern(0));
		assert_int_equal(copy->gso_size, 1448);
		assert_int_equal(copy->capture, 0);
		sea_pkt_free(copy);
	}
	sea_pool_fini(&pool2);
	assert_int_equal(env2.live, 0);
}

static void settled_packets_keep_the_copy_down_rule_at_every_length(void **state)
{
	struct fixture *f = *state;
	static uint8_t all[65536];

	for (uint32_t i = 0; i < sizeof(all); i++)
		all[i] = pattern(i);
	for (unsigned keep = 0; keep < 2; keep++) {
		for (uint32_t len = 0; len < 65000; len += 1 + len / 40) {
			struct sea_pkt *pkt = sea_pkt_new(&f->pool, 0, 36864);

			/* A long head that holds headers and little else, as a receive chain leaves it. */
			pkt->frags[0].off = 120;
			for (uint32_t i = 0; i < 120; i++)
				pkt->frags[0].buf->data[i] = pattern(i);
			for (uint32_t i = 0; i < len; i += 30000)
				assert_true(sea_pkt_append(pkt, all + i,
							   len - i < 30000 ? len - i : 30000));
			assert_true(sea_pkt_settle(pkt, keep));
			assert_true(sea_pkt_held(pkt) <= sea_pkt_held_max(len));
			/* What looks at headers looks at the first fragment. */
			assert_true(pkt->frags[0].len >= (len < 134 ? len : 134));
			expect_pattern(pkt, 0, len);
			if (keep)
				for (uint32_t i = 0; i < 120; i++)
					assert_int_equal(pkt->frags[0].buf->data[i], pattern(i));
			sea_pkt_free(pkt);
		}
	}
}

static void a_packet_that_keeps_the_rule_is_not_copied(void **state)
{
	struct fixture *f = *state;
	struct sea_pkt *pkt = make(f, 1448, 1448, 1);
	struct sea_buf *buf = pkt->frags[0].buf;

	assert_true(sea_pkt_settle(pkt, false));
	assert_ptr_equal(pkt->frags[0].buf, buf);
	sea_pkt_free(pkt);
}

static void every_failed_allocation_leaves_the_packet_whole(void **state)
{
	struct fixture *f = *state;

	for (size_t nth = 1; nth < 4; nth++) {
		struct sea_pkt *pkt = make(f, 10, 900, 100), *clone, *copy;

		test_env_fail_at(&f->env, nth);
		(void)sea_pkt_peek(pkt, 500);
		expect_pattern(pkt, 0, 900);
		clone = sea_pkt_clone(pkt, &f->pool);
		copy = sea_pkt_copy(pkt, &f->pool);
		if (!sea_pkt_settle(pkt, true))
			assert_int_equal(pkt->len, 900);
		test_env_fail_at(&f->env, 0);
		expect_pattern(pkt, 0, 900);
		if (clone)
			sea_pkt_free(clone);
		if (copy)
			sea_pkt_free(copy);
		test_env_fail_at(&f->env, nth);
		(void)sea_pkt_push(pkt, 200);
		test_env_fail_at(&f->env, 0);
		sea_pkt_free(pkt);
	}
}

static void release_foreign(struct sea_buf *buf, void *ctx)
{
	(void)buf;
	++*(int *)ctx;
}

static void foreign_memory_is_released_with_its_last_reference(void **state)
{
	struct fixture *f = *state;
	uint8_t memory[64];
	int released = 0;
	struct sea_buf *buf;
	struct sea_pkt *pkt, *clone;

	memset(memory, 1, sizeof(memory));
	buf = sea_buf_new_foreign(&f->pool, memory, sizeof(memory), release_foreign, &released);
	pkt = sea_pkt_new_over(&f->pool, buf, 64);
	clone = sea_pkt_clone(pkt, &f->pool);
	sea_pkt_free(pkt);
	assert_int_equal(released, 0);
	/* Nothing is ever appended into memory that is not ours. */
	assert_true(sea_pkt_append(clone, "x", 1));
	assert_int_equal(clone->nfrags, 2);
	sea_pkt_free(clone);
	assert_int_equal(released, 1);
}

static void queues_keep_order_count_and_bytes(void **state)
{
	struct fixture *f = *state;
	struct sea_pktq a, b;
	struct sea_pkt *pkt;
	uint32_t want = 1;

	sea_pktq_init(&a);
	sea_pktq_init(&b);
	sea_pktq_push(&a, make(f, 2, 2, 1));
	sea_pktq_push(&b, make(f, 3, 3, 1));
	sea_pktq_push(&b, make(f, 4, 4, 1));
	sea_pktq_push_front(&a, make(f, 1, 1, 1));
	sea_pktq_splice(&a, &b);
	assert_int_equal(a.n, 4);
	assert_int_equal(a.bytes, 10);
	assert_null(sea_pktq_pop(&b));
	while ((pkt = sea_pktq_pop(&a))) {
		assert_int_equal(pkt->len, want++);
		sea_pkt_free(pkt);
	}
	assert_int_equal(want, 5);
	assert_int_equal(a.bytes, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pull_gives_contiguous_headers_at_any_fragmentation),
		TEST(pulled_headers_stay_readable_behind_the_front),
		TEST(push_finds_room_or_makes_it),
		TEST(writing_to_a_clone_leaves_the_original_alone),
		TEST(pushing_onto_a_clone_of_one_fragment_gives_it_its_own_head),
		TEST(trimming_matches_a_plain_array),
		TEST(append_fills_spare_room_before_it_takes_a_new_buffer),
		TEST(fragments_overflow_into_a_table_and_end_at_its_size),
		TEST(a_deep_copy_keeps_bytes_headers_and_facts),
		TEST(settled_packets_keep_the_copy_down_rule_at_every_length),
		TEST(a_packet_that_keeps_the_rule_is_not_copied),
		TEST(every_failed_allocation_leaves_the_packet_whole),
		TEST(foreign_memory_is_released_with_its_last_reference),
		TEST(queues_keep_order_count_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
