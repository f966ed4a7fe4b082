/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/env.h"
#include "transport/tcp/txq.h"

#define MSS 1000

static struct test_env e;
static struct sea_pool pool;
static struct tcp_txq q;
static uint32_t nxt;
static int64_t now;

static int set_up(void **state)
{
	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	sea_tcp_txq_init(&q, &pool);
	nxt = UINT32_MAX - 5000; /* sequence numbers wrap in every test */
	now = 1;
	return 0;
}

static int tear_down(void **state)
{
	sea_tcp_txq_fini(&q);
	assert_int_equal(q.packets_out + q.sacked_out + q.lost_out + q.retrans_out + q.n, 0);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
	return 0;
}

static struct tcp_txseg *push(uint32_t len, uint8_t bits)
{
	struct tcp_txseg *seg;

	seg = sea_tcp_txq_push(&q, sea_seq_of(nxt), sea_seq_of(nxt + len), MSS, bits, 0,
			       (sea_time){ now++ });
	nxt += len;
	return seg;
}

static void check(void)
{
	assert_true(sea_tcp_txq_check(&q));
}

static void segments_are_counted_in_mss_and_syn_and_fin_add_none(void **state)
{
	assert_int_equal(push(1, TCP_TX_SYN)->segs, 1);
	assert_int_equal(push(1, 0)->segs, 1);
	assert_int_equal(push(MSS, 0)->segs, 1);
	assert_int_equal(push(MSS + 1, 0)->segs, 2);
	assert_int_equal(push(45 * MSS, 0)->segs, 45);
	assert_int_equal(push(2 * MSS + 1, TCP_TX_FIN)->segs, 2);
	assert_int_equal(push(1, TCP_TX_FIN)->segs, 1);
	assert_int_equal(q.packets_out, 1 + 1 + 1 + 2 + 45 + 2 + 1);
	check();
}

static void a_sequence_number_finds_its_entry_or_the_next(void **state)
{
	struct tcp_txseg *a = push(MSS, 0), *b = push(MSS, 0);

	assert_ptr_equal(sea_tcp_txq_find(&q, sea_seq_add(a->seq, (uint32_t)-7)), a);
	assert_ptr_equal(sea_tcp_txq_find(&q, a->seq), a);
	assert_ptr_equal(sea_tcp_txq_find(&q, sea_seq_add(a->end, (uint32_t)-1)), a);
	assert_ptr_equal(sea_tcp_txq_find(&q, a->end), b);
	assert_null(sea_tcp_txq_find(&q, b->end));
	assert_ptr_equal(sea_tcp_txq_first(&q), a);
	assert_ptr_equal(sea_tcp_txq_last(&q), b);
	assert_ptr_equal(sea_tcp_txq_next(a), b);
	assert_null(sea_tcp_txq_next(b));
}

/* RFC6675:4 */
static void in_flight_follows_the_scoreboard(void **state)
{
	struct tcp_txseg *a = push(4 * MSS, 0), *b = push(2 * MSS, 0);

	sea_tcp_txq_mark(&q, b, TCP_TX_SACKED, 0);
	assert_int_equal(sea_tcp_txq_in_flight(&q), 4);
	sea_tcp_txq_mark(&q, a, TCP_TX_LOST, 0);
	assert_int_equal(sea_tcp_txq_in_flight(&q), 0);
	sea_tcp_txq_resent(&q, a, TCP_TX_RETRANS, (sea_time){ now++ });
	assert_int_equal(sea_tcp_txq_in_flight(&q), 4);
	sea_tcp_txq_remove(&q, a);
	assert_int_equal(sea_tcp_txq_in_flight(&q), 0);
	check();
}

static void a_split_keeps_bits_stamps_and_counts(void **state)
{
	struct tcp_txseg *a = push(5 * MSS + 2, TCP_TX_SYN | TCP_TX_FIN | TCP_TX_LOST), *b;

	a->flags = SEA_TCP_SYN | SEA_TCP_FIN | SEA_TCP_PSH;
	sea_tcp_txq_mark(&q, a, 0, 0);
	assert_int_equal(sea_tcp_txq_split(&q, a, sea_seq_add(a->seq, 2 * MSS + 1)), 0);
	b = sea_tcp_txq_next(a);
	assert_int_equal(a->segs, 2);
	assert_int_equal(b->segs, 3);
	assert_int_equal(a->bits, TCP_TX_SYN | TCP_TX_LOST);
	assert_int_equal(b->bits, TCP_TX_FIN | TCP_TX_LOST);
	assert_int_equal(a->flags, SEA_TCP_SYN);
	assert_int_equal(b->flags, SEA_TCP_FIN | SEA_TCP_PSH);
	assert_int_equal(a->last_sent.ns, b->last_sent.ns);
	assert_int_equal(q.lost_out, 5);
	check();
}

static void a_split_without_memory_changes_nothing(void **state)
{
	struct tcp_txseg *a = push(5 * MSS, 0);

	test_env_fail_at(&e, 1);
	assert_int_equal(sea_tcp_txq_split(&q, a, sea_seq_add(a->seq, MSS)), -ENOMEM);
	assert_null(sea_tcp_txq_push(&q, a->end, sea_seq_add(a->end, 1), MSS, 0, 0, a->last_sent));
	test_env_fail_at(&e, 0);
	assert_int_equal(q.n, 1);
	assert_int_equal(a->segs, 5);
	check();
}

/* CVE-2019-11478: SACKs of every other byte must not make an entry of each. */
static void sack_slowness_splitting_is_refused_beyond_what_the_bytes_justify(void **state)
{
	unsigned done = 0;

	for (unsigned i = 0; i < 10; i++)
		push(60 * MSS, 0);
	for (struct tcp_txseg *seg = sea_tcp_txq_first(&q); seg; seg = sea_tcp_txq_next(seg)) {
		if (sea_seq_diff(seg->end, seg->seq) < 2)
			continue;
		if (sea_tcp_txq_split(&q, seg, sea_seq_add(seg->seq, 1)) == -ENOSPC)
			break;
		done++;
	}
	assert_in_range(done, 600, 1300);
	check();
}

/* CVE-2019-11477, -11479: a peer whose MSS is the smallest we accept. */
static void sack_panic_a_tiny_mss_neither_overflows_the_segment_count_nor_the_memory(void **state)
{
	struct tcp_txseg *seg;
	int err = 0;
	unsigned n = 0;

	seg = sea_tcp_txq_push(&q, sea_seq_of(nxt), sea_seq_of(nxt + 65535), 36, 0, 0,
			       SEA_TIME_ZERO);
	assert_int_equal(seg->segs, 1821);
	for (; !err && sea_seq_diff(seg->end, seg->seq) > 36; n++) {
		err = sea_tcp_txq_split(&q, seg, sea_seq_add(seg->seq, 36));
		seg = err ? seg : sea_tcp_txq_next(seg);
	}
	assert_int_equal(err, -ENOSPC);
	assert_in_range(n, 100, 400);
	check();
}

static void trimming_acknowledges_from_the_front(void **state)
{
	struct tcp_txseg *a = push(3 * MSS + 1, TCP_TX_SYN);

	sea_tcp_txq_trim(&q, a, sea_seq_add(a->seq, 1));
	assert_int_equal(a->bits, 0);
	assert_int_equal(a->segs, 3);
	sea_tcp_txq_trim(&q, a, sea_seq_add(a->seq, MSS - 1));
	assert_int_equal(a->segs, 3);
	sea_tcp_txq_trim(&q, a, sea_seq_add(a->seq, 1));
	assert_int_equal(a->segs, 2);
	assert_int_equal(q.packets_out, 2);
	check();
}

static void what_is_lost_is_found_lowest_first_and_only_until_it_is_sent(void **state)
{
	struct tcp_txseg *seg[6];

	for (unsigned i = 0; i < 6; i++)
		seg[i] = push(MSS, 0);
	assert_null(sea_tcp_txq_next_lost(&q));
	sea_tcp_txq_mark(&q, seg[4], TCP_TX_LOST, 0);
	sea_tcp_txq_mark(&q, seg[2], TCP_TX_LOST, 0);
	assert_ptr_equal(sea_tcp_txq_next_lost(&q), seg[2]);
	sea_tcp_txq_resent(&q, seg[2], TCP_TX_RETRANS, (sea_time){ now++ });
	assert_ptr_equal(sea_tcp_txq_next_lost(&q), seg[4]);
	sea_tcp_txq_mark(&q, seg[2], TCP_TX_LOST, TCP_TX_RETRANS); /* lost again */
	assert_ptr_equal(sea_tcp_txq_next_lost(&q), seg[2]);
	sea_tcp_txq_remove(&q, seg[0]);
	sea_tcp_txq_mark(&q, seg[2], TCP_TX_SACKED, TCP_TX_LOST);
	sea_tcp_txq_mark(&q, seg[4], TCP_TX_SACKED, TCP_TX_LOST);
	assert_null(sea_tcp_txq_next_lost(&q));
	check();
}

/* Times of the entries in the order that RACK looks at them. */
static void expect_times(const int64_t *times, unsigned n)
{
	struct sea_list *node = q.by_time.next;

	for (unsigned i = 0; i < n; i++, node = node->next)
		assert_int_equal(sea_container(node, struct tcp_txseg, by_time)->last_sent.ns,
				 times[i]);
	assert_ptr_equal(node, &q.by_time);
}

static void the_order_of_sending_holds_what_rack_has_to_judge(void **state)
{
	struct tcp_txseg *a = push(MSS, 0), *b = push(MSS, 0), *c = push(MSS, 0), *d = push(MSS, 0);

	sea_tcp_txq_mark(&q, b, TCP_TX_SACKED, 0);
	sea_tcp_txq_mark(&q, a, TCP_TX_LOST, 0);
	sea_tcp_txq_mark(&q, c, TCP_TX_LOST, 0);
	expect_times((int64_t[]){ 4 }, 1);
	sea_tcp_txq_resent(&q, a, TCP_TX_RETRANS, (sea_time){ 9 });
	expect_times((int64_t[]){ 4, 9 }, 2);
	sea_tcp_txq_unmark_lost(&q);
	expect_times((int64_t[]){ 3, 4, 9 }, 3);
	assert_int_equal(q.lost_out, 0);
	sea_tcp_txq_mark(&q, b, 0, TCP_TX_SACKED);
	expect_times((int64_t[]){ 2, 3, 4, 9 }, 4);
	sea_tcp_txq_remove(&q, d);
	check();
}

/* -- against a model: one slot a byte -- */

#define MODEL 4096u

static uint8_t model[MODEL]; /* bits of the byte at start + i */
static uint32_t model_start, model_end;

static void model_expect(void)
{
	const struct tcp_txseg *seg = sea_tcp_txq_first(&q);
	uint32_t at = model_start;

	for (; seg; seg = sea_tcp_txq_next(seg)) {
		assert_int_equal(seg->seq.v, at);
		for (; at != seg->end.v; at++)
			assert_int_equal(model[at % MODEL], seg->bits & 15);
	}
	assert_int_equal(at, model_end);
	check();
}

static void model_set(const struct tcp_txseg *seg)
{
	for (uint32_t at = seg->seq.v; at != seg->end.v; at++)
		model[at % MODEL] = seg->bits & 15;
}

static void model_ack(uint32_t una)
{
	struct tcp_txseg *seg;

	while ((seg = sea_tcp_txq_first(&q)) && sea_seq_le(seg->end, sea_seq_of(una)))
		sea_tcp_txq_remove(&q, seg);
	if (seg && sea_seq_lt(seg->seq, sea_seq_of(una)))
		sea_tcp_txq_trim(&q, seg, sea_seq_of(una));
	model_start = una;
}

static struct tcp_txseg *any(void)
{
	uint32_t span = model_end - model_start;

	if (!span)
		return NULL;
	return sea_tcp_txq_find(
		&q, sea_seq_of(model_start + (uint32_t)(test_random(&e.random) % span)));
}

static void model_step(void)
{
	struct tcp_txseg *seg = any();
	uint64_t r = test_random(&e.random);
	uint32_t len = 1 + (uint32_t)(r >> 8) % 60, free = MODEL - (model_end - model_start);

	switch (r % 8) {
	case 0:
	case 1:
		if (len > free)
			break;
		model_set(sea_tcp_txq_push(&q, sea_seq_of(model_end), sea_seq_of(model_end + len),
					   10, 0, 0, (sea_time){ now++ }));
		model_end += len;
		break;
	case 2:
		if (seg)
			model_ack(seg->seq.v + len % (uint32_t)(sea_seq_diff(seg->end, seg->seq)));
		break;
	case 3:
		if (seg && sea_seq_diff(seg->end, seg->seq) > 1)
			(void)!sea_tcp_txq_split(&q, seg, sea_seq_add(seg->seq, 1));
		break;
	case 4:
		if (seg)
			sea_tcp_txq_mark(&q, seg, TCP_TX_SACKED, TCP_TX_LOST | TCP_TX_RETRANS);
		break;
	case 5:
		if (seg && !(seg->bits & TCP_TX_SACKED))
			sea_tcp_txq_mark(&q, seg, TCP_TX_LOST, TCP_TX_RETRANS);
		break;
	case 6:
		if (seg && (seg = sea_tcp_txq_next_lost(&q)))
			sea_tcp_txq_resent(&q, seg, TCP_TX_RETRANS, (sea_time){ now++ });
		break;
	default:
		if (seg && r >> 60 == 0) {
			sea_tcp_txq_unmark_lost(&q);
			for (uint32_t at = model_start; at != model_end; at++)
				model[at % MODEL] &= (uint8_t)~TCP_TX_LOST;
		}
		seg = NULL;
	}
	if (seg && r % 8 >= 4 && r % 8 <= 6)
		model_set(seg);
}

static void random_operations_agree_with_a_model_of_bytes(void **state)
{
	model_start = model_end = nxt;
	for (unsigned i = 0; i < 20000; i++) {
		model_step();
		if (i % 16 == 0)
			model_expect();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_are_counted_in_mss_and_syn_and_fin_add_none),
		TEST(a_sequence_number_finds_its_entry_or_the_next),
		TEST(in_flight_follows_the_scoreboard),
		TEST(a_split_keeps_bits_stamps_and_counts),
		TEST(a_split_without_memory_changes_nothing),
		TEST(sack_slowness_splitting_is_refused_beyond_what_the_bytes_justify),
		TEST(sack_panic_a_tiny_mss_neither_overflows_the_segment_count_nor_the_memory),
		TEST(trimming_acknowledges_from_the_front),
		TEST(what_is_lost_is_found_lowest_first_and_only_until_it_is_sent),
		TEST(the_order_of_sending_holds_what_rack_has_to_judge),
		TEST(random_operations_agree_with_a_model_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
