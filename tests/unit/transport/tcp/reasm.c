/* SPDX-License-Identifier: Apache-2.0 */
/* The out-of-order queue against a plain byte map: what came first wins, nothing is invented. */
#include "tests/lib/stack_fixture.h"

#include "transport/tcp/reasm.h"

#define SPAN 3000u
/* Near the end of the number space, so that everything wraps. */
#define BASE 0xfffffa00u

static const struct sea_module *const no_modules[] = { NULL };

struct fixture {
	struct test_stack t;
	struct tcp_reasm r;
	uint8_t have[SPAN]; /* 0: not received; else the tag of the packet that came first */
	uint64_t random;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	test_stack_new_bare(&f->t, no_modules, 0);
	sea_tcp_reasm_init(&f->r);
	f->random = 7;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_tcp_reasm_clear(&f->r, f->t.stack, SEA_DROP_TCP_ABORTED);
	assert_int_equal(f->r.n, 0);
	assert_int_equal(f->r.charged, 0);
	test_stack_free(&f->t);
	free(f);
	return 0;
}

static sea_seq at(uint32_t off)
{
	return sea_seq_of(BASE + off);
}

/* A packet whose bytes are all `tag`; queued or freed. */
static enum tcp_reasm_result insert(struct fixture *f, uint32_t off, uint32_t len, uint8_t tag,
				    bool fin, struct sea_sack_block *dup)
{
	struct sea_pkt *pkt = sea_pkt_new(&f->t.stack->shard.pool, 0, len);
	struct tcp_rxcb *cb = TCP_RXCB(pkt);
	uint8_t bytes[SPAN];
	enum tcp_reasm_result result;

	memset(bytes, tag, len);
	assert_true(!len || sea_pkt_append(pkt, bytes, len));
	pkt->charged = 256 + len;
	cb->seq = at(off);
	cb->end = at(off + len);
	cb->fin = fin;
	cb->room = 4000;
	dup->start = dup->end = at(off);
	result = sea_tcp_reasm_insert(&f->r, pkt, dup);
	if (result != TCP_REASM_QUEUED)
		sea_pkt_free(pkt);
	assert_true(sea_tcp_reasm_check(&f->r));
	return result;
}

static void expect_reported_ranges_are_held(const struct fixture *f)
{
	for (unsigned i = 0; i < f->r.n_sack; i++) {
		uint32_t start = f->r.sack[i].start.v - BASE, end = f->r.sack[i].end.v - BASE;

		assert_true(start < end && end <= SPAN);
		for (uint32_t k = start; k < end; k++)
			assert_int_not_equal(f->have[k], 0);
	}
}

static void any_order_of_overlapping_segments_gives_what_came_first(void **state)
{
	struct fixture *f = *state;

	for (unsigned round = 0; round < 300; round++) {
		uint32_t next = 0;
		struct sea_pkt *pkt;

		memset(f->have, 0, sizeof(f->have));
		for (unsigned i = 0; i < 60; i++) {
			uint32_t off = 1 + (uint32_t)(test_random(&f->random) % (SPAN - 1));
			uint32_t len = 1 + (uint32_t)(test_random(&f->random) % 400);
			struct sea_sack_block dup;
			bool fresh = false;

			len = len < SPAN - off ? len : SPAN - off;
			for (uint32_t k = off; k < off + len; k++)
				fresh |= !f->have[k];
			/* A packet that covers a later one wholly replaces it: then its bytes count. */
			assert_int_equal(insert(f, off, len, 1, false, &dup),
					 fresh ? TCP_REASM_QUEUED : TCP_REASM_DUPLICATE);
			for (uint32_t k = off; k < off + len; k++)
				f->have[k] = 1;
			expect_reported_ranges_are_held(f);
		}
		for (uint32_t k = 0; k < SPAN; k++) {
			if (f->have[k])
				continue;
			/* Fill each hole, so that all of it can be taken. */
			struct sea_sack_block dup;

			assert_int_equal(insert(f, k, 1, 1, false, &dup), TCP_REASM_QUEUED);
			f->have[k] = 1;
		}
		while ((pkt = sea_tcp_reasm_take(&f->r, at(next)))) {
			next += pkt->len;
			sea_pkt_free(pkt);
		}
		assert_int_equal(next, SPAN);
		assert_int_equal(f->r.n, 0);
		sea_tcp_reasm_advance(&f->r, at(SPAN));
		assert_int_equal(f->r.n_sack, 0);
	}
}

/* RFC 2018 §4: the block of the segment that just came is first; at most four. */
static void the_latest_block_is_reported_first(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;

	for (uint32_t i = 0; i < 6; i++)
		insert(f, 100 + i * 200, 50, 1, false, &dup);
	assert_int_equal(f->r.n_sack, SEA_TCP_SACK_MAX);
	assert_int_equal(f->r.sack[0].start.v, at(1100).v);
	insert(f, 750, 50, 1, false, &dup); /* touches 700..750 */
	assert_int_equal(f->r.sack[0].start.v, at(700).v);
	assert_int_equal(f->r.sack[0].end.v, at(800).v);
	assert_int_equal(f->r.sack[1].start.v, at(1100).v);
}

static void overlap_is_told_for_dsack(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;

	insert(f, 100, 100, 1, false, &dup);
	assert_true(sea_seq_eq(dup.start, dup.end));
	insert(f, 150, 100, 2, false, &dup);
	assert_int_equal(dup.start.v, at(150).v);
	assert_int_equal(dup.end.v, at(200).v);
	assert_int_equal(insert(f, 120, 60, 3, false, &dup), TCP_REASM_DUPLICATE);
	assert_int_equal(dup.start.v, at(120).v);
	assert_int_equal(dup.end.v, at(180).v);
}

/* anchors 47: a retransmission with other bytes changes nothing that was received. */
static void different_bytes_in_an_overlap_lose_to_the_first(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;
	struct sea_pkt *pkt;
	uint32_t next = 100;
	uint8_t got[200];

	insert(f, 150, 50, 1, false, &dup);
	insert(f, 100, 80, 2, false, &dup);
	insert(f, 170, 100, 3, false, &dup);
	while ((pkt = sea_tcp_reasm_take(&f->r, at(next)))) {
		assert_true(sea_pkt_read(pkt, 0, got + next - 100, pkt->len));
		next += pkt->len;
		sea_pkt_free(pkt);
	}
	assert_int_equal(next, 270);
	for (uint32_t i = 0; i < 170; i++)
		assert_int_equal(got[i], i < 50 ? 2 : i < 100 ? 1 : 3);
}

static void a_fin_is_kept_with_or_without_bytes(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;
	struct sea_pkt *pkt;

	assert_int_equal(insert(f, 200, 0, 1, true, &dup), TCP_REASM_QUEUED);
	assert_int_equal(insert(f, 200, 0, 1, true, &dup), TCP_REASM_DUPLICATE);
	assert_int_equal(insert(f, 100, 100, 1, false, &dup), TCP_REASM_QUEUED);
	pkt = sea_tcp_reasm_take(&f->r, at(100));
	assert_int_equal(pkt->len, 100);
	assert_false(TCP_RXCB(pkt)->fin);
	sea_pkt_free(pkt);
	pkt = sea_tcp_reasm_take(&f->r, at(200));
	assert_non_null(pkt);
	assert_int_equal(pkt->len, 0);
	assert_true(TCP_RXCB(pkt)->fin);
	sea_pkt_free(pkt);
}

/* What came first wins, over a FIN, too: one in the midst of bytes is none. */
static void a_fin_in_the_midst_of_bytes_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;

	assert_int_equal(insert(f, 100, 100, 1, false, &dup), TCP_REASM_QUEUED);
	assert_int_equal(insert(f, 150, 0, 1, true, &dup), TCP_REASM_DUPLICATE);
	assert_int_equal(insert(f, 160, 100, 2, false, &dup), TCP_REASM_QUEUED);
	assert_true(sea_tcp_reasm_check(&f->r));
}

/* CVE-2018-5390 (SegmentSmack), anchors 15: tiny segments cost no more than a few packets. */
static void tiny_segments_in_a_row_are_coalesced(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;

	for (uint32_t i = 0; i < 2000; i++)
		assert_int_equal(insert(f, 10 + i, 1, 1, false, &dup), TCP_REASM_QUEUED);
	assert_true(f->r.n < 80);
	assert_true(f->t.stack->shard.pool.held < 80 * 1024);
}

static void pruning_starts_at_the_highest_and_forgets_its_blocks(void **state)
{
	struct fixture *f = *state;
	struct sea_sack_block dup;
	unsigned n;

	for (uint32_t i = 0; i < 4; i++)
		insert(f, 100 + i * 600, 300, 1, false, &dup);
	n = sea_tcp_reasm_prune(&f->r, f->t.stack, at(0), 2 * (256 + 300));
	assert_int_equal(n, 2);
	assert_int_equal(test_drops(&f->t, SEA_DROP_TCP_OOO_PRUNED), 2);
	assert_int_equal(f->r.n_sack, 0);
	assert_non_null(sea_rb_first(&f->r.by_seq));
	assert_true(sea_tcp_reasm_check(&f->r));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_order_of_overlapping_segments_gives_what_came_first),
		TEST(the_latest_block_is_reported_first),
		TEST(overlap_is_told_for_dsack),
		TEST(different_bytes_in_an_overlap_lose_to_the_first),
		TEST(a_fin_is_kept_with_or_without_bytes),
		TEST(a_fin_in_the_midst_of_bytes_is_forgotten),
		TEST(tiny_segments_in_a_row_are_coalesced),
		TEST(pruning_starts_at_the_highest_and_forgets_its_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
