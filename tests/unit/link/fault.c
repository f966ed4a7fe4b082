/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fixture.h"

#define PPM 1000000u

static struct sea_wrapper *fault;

static void begin(struct fixture *f, const struct sea_fault_profile *rx,
		  const struct sea_fault_profile *tx, uint64_t seed)
{
	struct sea_fault_config config = { .size = sizeof(config), .seed = seed };

	if (rx)
		config.rx = *rx;
	if (tx)
		config.tx = *tx;
	fixture_init(f, SEA_LINK_F_RX_TRUSTED | SEA_LINK_F_RX_GSO);
	keep_arrivals(f);
	assert_int_equal(sea_wrap_fault(f->link, &config, &fault, SEA_TIME_ZERO), 0);
}

static void end(struct fixture *f)
{
	forget_arrivals();
	fixture_fini(f);
}

/* Frames number `seq` of 100 bytes on the wire, one a call. */
static void input(struct fixture *f, uint32_t seq, int64_t now_ns)
{
	const struct frame_spec spec = { .payload = 46, .seq = seq };

	input_one(f, frame_pkt(f, &spec), at_ns(now_ns));
}

static uint32_t seq_of(const struct sea_pkt *pkt)
{
	uint8_t seq[4];

	assert_true(sea_pkt_read(pkt, 14 + 20 + 4, seq, 4));
	return sea_get32(seq);
}

/* The arrivals in order as numbers; forgets them. */
static uint32_t take_seqs(uint32_t *seqs, uint32_t max)
{
	struct sea_pkt *pkt;
	uint32_t n = 0;

	while ((pkt = sea_pktq_pop(&arrived))) {
		assert_true(n < max);
		seqs[n++] = seq_of(pkt);
		sea_pkt_free(pkt);
	}
	return n;
}

static struct sea_fault_stats rx_stats(void)
{
	struct sea_fault_stats rx, tx;

	sea_fault_stats(fault, &rx, &tx);
	return rx;
}

static void without_faults_everything_passes_at_once(void **state)
{
	struct fixture f;

	begin(&f, NULL, NULL, 1);
	for (uint32_t i = 0; i < 100; i++)
		input(&f, i, 0);
	assert_int_equal(arrived.n, 100);
	assert_int_equal(rx_stats().passed, 100);
	assert_true(sea_time_is_never(sea_stack_deadline(f.stack)));
	end(&f);
}

/* Everything at once for 2000 frames; returns a hash of what came out and when. */
static uint64_t wild_run(uint64_t seed)
{
	const struct sea_fault_profile wild = {
		.loss_ppm = 50000,
		.duplicate_ppm = 50000,
		.corrupt_ppm = 50000,
		.reorder_ppm = 100000,
		.delay_ns = 1000,
		.jitter_ns = 500,
		.rate_bps = 20000000000ull,
	};
	static uint8_t bytes[FRAME_MAX];
	uint64_t hash = 14695981039346656037ull;
	struct fixture f;

	begin(&f, &wild, NULL, seed);
	for (int64_t t = 0; t < 2200 * 50; t += 50) {
		struct sea_pkt *pkt;

		if (t < 2000 * 50)
			input(&f, (uint32_t)t, t);
		sea_stack_advance(f.stack, at_ns(t));
		while ((pkt = sea_pktq_pop(&arrived))) {
			uint32_t len = pkt_bytes(pkt, bytes);

			for (uint32_t i = 0; i < len; i++)
				hash = (hash ^ bytes[i]) * 1099511628211ull;
			hash = (hash ^ (uint64_t)t) * 1099511628211ull;
			sea_pkt_free(pkt);
		}
	}
	assert_true(rx_stats().lost > 50 && rx_stats().lost < 150);
	assert_true(rx_stats().duplicated > 50 && rx_stats().duplicated < 150);
	assert_true(rx_stats().corrupted > 50 && rx_stats().corrupted < 150);
	assert_true(rx_stats().reordered > 120 && rx_stats().reordered < 280);
	assert_int_equal(rx_stats().passed, 2000 - rx_stats().lost + rx_stats().duplicated);
	end(&f);
	return hash;
}

static void same_seed_and_frames_give_the_same_faults(void **state)
{
	uint64_t once = wild_run(7);

	assert_true(wild_run(7) == once);
	assert_true(wild_run(8) != once);
}

/* SEA_DROP_FAULT_LOSS */
static void loss_and_partition_drop_with_their_reason(void **state)
{
	const struct sea_fault_profile all = { .loss_ppm = PPM }, cut = { .partition = true };
	const struct sea_fault_profile none = { 0 };
	struct fixture f;

	begin(&f, &all, NULL, 1);
	input(&f, 0, 0);
	sea_fault_set(fault, &cut, &cut, SEA_TIME_ZERO);
	input(&f, 1, 0);
	assert_int_equal(drops(&f, SEA_DROP_FAULT_LOSS), 2);
	assert_int_equal(rx_stats().lost, 2);
	sea_fault_set(fault, &none, &none, SEA_TIME_ZERO);
	input(&f, 2, 0);
	assert_int_equal(arrived.n, 1);
	end(&f);
}

static void delay_is_kept_to_the_nanosecond(void **state)
{
	const struct sea_fault_profile slow = { .delay_ns = 20 * SEA_MSEC };
	struct fixture f;

	begin(&f, &slow, NULL, 1);
	input(&f, 0, 1000);
	input(&f, 1, 3000);
	assert_int_equal(sea_stack_deadline(f.stack).ns, 20 * SEA_MSEC + 1000);
	sea_stack_advance(f.stack, at_ns(20 * SEA_MSEC + 999));
	assert_int_equal(arrived.n, 0);
	sea_stack_advance(f.stack, at_ns(20 * SEA_MSEC + 1000));
	assert_int_equal(arrived.n, 1);
	assert_int_equal(sea_stack_deadline(f.stack).ns, 20 * SEA_MSEC + 3000);
	sea_stack_advance(f.stack, at_ns(20 * SEA_MSEC + 3000));
	assert_int_equal(arrived.n, 2);
	assert_true(sea_time_is_never(sea_stack_deadline(f.stack)));
	end(&f);
}

/* 100 bytes at 8 Mbit/s are 100 microseconds. */
static void rate_spaces_frames_by_their_length(void **state)
{
	const struct sea_fault_profile narrow = { .rate_bps = 8000000 };
	struct fixture f;

	begin(&f, &narrow, NULL, 1);
	for (uint32_t i = 0; i < 3; i++)
		input(&f, i, 0);
	for (int64_t i = 1; i <= 3; i++) {
		assert_int_equal(sea_stack_deadline(f.stack).ns, i * 100000);
		sea_stack_advance(f.stack, at_ns(i * 100000));
		assert_int_equal(arrived.n, i);
	}
	input(&f, 3, 1000000); /* the wire has been idle: it counts from now */
	assert_int_equal(sea_stack_deadline(f.stack).ns, 1100000);
	sea_stack_advance(f.stack, at_ns(1100000));
	end(&f);
}

static void jitter_keeps_the_order(void **state)
{
	const struct sea_fault_profile nervous = { .delay_ns = 1000, .jitter_ns = 5000 };
	uint32_t seqs[200];
	struct fixture f;

	begin(&f, &nervous, NULL, 3);
	for (uint32_t i = 0; i < 200; i++)
		input(&f, i, i * 100);
	sea_stack_advance(f.stack, at_ns(100000));
	assert_int_equal(take_seqs(seqs, 200), 200);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(seqs[i], i);
	end(&f);
}

static void reordered_frame_overtakes_those_that_wait(void **state)
{
	const struct sea_fault_profile slow = { .delay_ns = 1000 };
	const struct sea_fault_profile skip = { .delay_ns = 1000, .reorder_ppm = PPM };
	uint32_t seqs[4];
	struct fixture f;

	begin(&f, &slow, NULL, 1);
	input(&f, 0, 0);
	sea_fault_set(fault, &skip, &slow, SEA_TIME_ZERO);
	input(&f, 1, 10);
	sea_stack_advance(f.stack, at_ns(1000));
	assert_int_equal(take_seqs(seqs, 4), 2);
	assert_int_equal(seqs[0], 1);
	assert_int_equal(seqs[1], 0);
	assert_int_equal(rx_stats().reordered, 1);
	end(&f);
}

static void overtaking_frames_still_take_their_time_on_the_wire(void **state)
{
	const struct sea_fault_profile skip = { .delay_ns = 1000,
						.reorder_ppm = PPM,
						.rate_bps = 8000000 };
	struct fixture f;

	begin(&f, &skip, NULL, 1);
	input(&f, 0, 0);
	input(&f, 1, 0);
	assert_int_equal(sea_stack_deadline(f.stack).ns, 100000);
	sea_stack_advance(f.stack, at_ns(200000));
	assert_int_equal(arrived.n, 2);
	end(&f);
}

/* SEA_DROP_FAULT_OVERFLOW, SEA_DROP_FAULT_REMOVED */
static void queue_is_bounded_and_emptied_at_the_end(void **state)
{
	const struct sea_fault_profile slow = { .delay_ns = 1000, .queue_max = 2 };
	struct fixture f;

	begin(&f, &slow, NULL, 1);
	for (uint32_t i = 0; i < 5; i++)
		input(&f, i, 0);
	assert_int_equal(drops(&f, SEA_DROP_FAULT_OVERFLOW), 3);
	assert_int_equal(rx_stats().overflowed, 3);
	sea_wrapper_remove(fault, SEA_TIME_ZERO);
	assert_int_equal(drops(&f, SEA_DROP_FAULT_REMOVED), 2);
	sea_stack_advance(f.stack, at_ns(5000));
	assert_int_equal(arrived.n, 0);
	end(&f);
}

static unsigned bits_apart(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < len; i++)
		n += (unsigned)__builtin_popcount((unsigned)(a[i] ^ b[i]));
	return n;
}

/* Below the MAC addresses, so that the frame still arrives. */
static void corruption_flips_one_bit_and_nobody_vouches_for_it(void **state)
{
	static uint8_t bytes[FRAME_MAX], want[FRAME_MAX];
	const struct sea_fault_profile bad = { .corrupt_ppm = PPM };
	const struct frame_spec spec = { .payload = 1400 };
	struct sea_pkt *pkt;
	struct fixture f;
	uint32_t len;

	begin(&f, &bad, NULL, 2);
	pkt = frame_pkt(&f, &spec);
	pkt->csum_state = SEA_CSUM_VERIFIED;
	input_one(&f, pkt, SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 1);
	assert_int_equal(arrived.head->csum_state, SEA_CSUM_NONE);
	len = frame_put(want, &spec);
	assert_int_equal(pkt_bytes(arrived.head, bytes), len);
	assert_int_equal(bits_apart(bytes, want, len), 1);
	end(&f);
}

static void corrupting_a_super_segment_spoils_one_of_its_segments(void **state)
{
	static uint8_t bytes[FRAME_MAX], want[FRAME_MAX];
	const struct sea_fault_profile bad = { .corrupt_ppm = PPM };
	const struct frame_spec spec = { .payload = 5000 };
	unsigned spoilt = 0;
	struct sea_pkt *pkt;
	struct fixture f;

	begin(&f, &bad, NULL, 5);
	input_one(&f, super_pkt(&f, &spec, 1000), SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 5);
	for (uint32_t i = 0; (pkt = sea_pktq_pop(&arrived)); i++) {
		const struct frame_spec part = { .payload = 1000,
						 .seq = i * 1000,
						 .id = (uint16_t)i };

		spoilt += bits_apart(bytes, want, (pkt_bytes(pkt, bytes), frame_put(want, &part)));
		sea_pkt_free(pkt);
	}
	assert_int_equal(spoilt, 1);
	end(&f);
}

/* What TCP keeps for a retransmission must not change. */
static void corruption_leaves_shared_bytes_alone(void **state)
{
	const struct sea_fault_profile bad = { .corrupt_ppm = PPM };
	const struct frame_spec spec = { .payload = 1000 };
	static uint8_t before[FRAME_MAX], after[FRAME_MAX];
	struct sea_pkt *pkt, *kept, *out[4];
	struct fixture f;

	begin(&f, NULL, &bad, 1);
	pkt = frame_pkt(&f, &spec);
	kept = sea_pkt_clone(pkt, pkt->pool);
	pkt_bytes(kept, before);
	send_frame(&f, pkt);
	assert_int_equal(sea_link_take_tx(f.link, out, 4, SEA_TIME_ZERO), 1);
	pkt_bytes(kept, after);
	assert_memory_equal(before, after, kept->len);
	sea_pkt_done(out[0]);
	sea_pkt_free(kept);
	end(&f);
}

static void frames_held_back_on_the_way_out_become_ready_later(void **state)
{
	const struct sea_fault_profile slow = { .delay_ns = 1000 };
	const struct frame_spec spec = { .payload = 100 };
	struct sea_pkt *out[4];
	struct fixture f;

	begin(&f, NULL, &slow, 1);
	send_frame(&f, frame_pkt(&f, &spec));
	assert_ptr_equal(sea_stack_next_tx(f.stack), f.link);
	assert_int_equal(sea_link_take_tx(f.link, out, 4, SEA_TIME_ZERO), 0);
	assert_null(sea_stack_next_tx(f.stack));
	sea_stack_advance(f.stack, at_ns(1000));
	assert_ptr_equal(sea_stack_next_tx(f.stack), f.link);
	assert_int_equal(sea_link_take_tx(f.link, out, 4, at_ns(1000)), 1);
	sea_pkt_done(out[0]);
	end(&f);
}

static void bad_config_and_no_memory_are_errors(void **state)
{
	struct sea_fault_config config = { .size = 1 };
	struct fixture f;

	fixture_init(&f, 0);
	assert_int_equal(sea_wrap_fault(f.link, &config, &fault, SEA_TIME_ZERO), -22);
	config.size = sizeof(config);
	f.allocs_left = 0;
	assert_int_equal(sea_wrap_fault(f.link, &config, &fault, SEA_TIME_ZERO), -12);
	assert_null(fault);
	f.allocs_left = -1;
	fixture_fini(&f);
}

/* SEA_DROP_LINK_NO_MEMORY */
static void running_out_of_memory_loses_frames_and_leaks_none(void **state)
{
	const struct sea_fault_profile wild = { .duplicate_ppm = PPM,
						.corrupt_ppm = PPM,
						.delay_ns = 1000 };
	const struct frame_spec spec = { .payload = 5000 };
	struct fixture f;

	begin(&f, &wild, NULL, 1);
	for (int left = 0; left < 30; left++) {
		struct sea_pkt *pkt = super_pkt(&f, &spec, 1000);

		f.allocs_left = left;
		input_one(&f, pkt, SEA_TIME_ZERO);
		f.allocs_left = -1;
	}
	assert_true(drops(&f, SEA_DROP_LINK_NO_MEMORY) > 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_faults_everything_passes_at_once),
		cmocka_unit_test(same_seed_and_frames_give_the_same_faults),
		cmocka_unit_test(loss_and_partition_drop_with_their_reason),
		cmocka_unit_test(delay_is_kept_to_the_nanosecond),
		cmocka_unit_test(rate_spaces_frames_by_their_length),
		cmocka_unit_test(jitter_keeps_the_order),
		cmocka_unit_test(reordered_frame_overtakes_those_that_wait),
		cmocka_unit_test(overtaking_frames_still_take_their_time_on_the_wire),
		cmocka_unit_test(queue_is_bounded_and_emptied_at_the_end),
		cmocka_unit_test(corruption_flips_one_bit_and_nobody_vouches_for_it),
		cmocka_unit_test(corrupting_a_super_segment_spoils_one_of_its_segments),
		cmocka_unit_test(corruption_leaves_shared_bytes_alone),
		cmocka_unit_test(frames_held_back_on_the_way_out_become_ready_later),
		cmocka_unit_test(bad_config_and_no_memory_are_errors),
		cmocka_unit_test(running_out_of_memory_loses_frames_and_leaks_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
