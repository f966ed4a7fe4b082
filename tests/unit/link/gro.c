/* SPDX-License-Identifier: Apache-2.0 */
/* The case "GRO merges segments with different flags/options/TTL/ECN", and that cutting undoes it. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "wire/tcp.h"

static uint8_t bytes[FRAME_MAX], want[FRAME_MAX];

static void begin(struct fixture *f)
{
	struct sea_wrapper *gro;

	fixture_init(f, 0);
	keep_arrivals(f);
	assert_int_equal(sea_wrap_gro(f->link, &gro, SEA_TIME_ZERO), 0);
}

static void end(struct fixture *f)
{
	forget_arrivals();
	fixture_fini(f);
}

/* All of them as one batch; how many packets came out. */
static uint32_t batch(struct fixture *f, const struct frame_spec *specs, unsigned n)
{
	struct sea_pkt *pkts[64];

	for (unsigned i = 0; i < n; i++)
		pkts[i] = frame_pkt(f, &specs[i]);
	sea_link_input(f->link, pkts, n, SEA_TIME_ZERO);
	return arrived.n;
}

/* A pair of segments that would coalesce but for what the second one has. */
static void check_apart(struct frame_spec second)
{
	struct frame_spec specs[2] = { { .payload = 1000, .id = 7 }, second };
	struct fixture f;

	begin(&f);
	specs[1].payload = second.payload ? second.payload : 1000;
	specs[1].seq = second.seq ? second.seq : 1000;
	specs[1].id = second.id ? second.id : 8;
	if (second.v6)
		specs[0].v6 = true;
	assert_int_equal(batch(&f, specs, 2), 2);
	for (struct sea_pkt *pkt = arrived.head; pkt; pkt = pkt->next)
		assert_int_equal(pkt->gso_type, SEA_GSO_NONE);
	end(&f);
}

static void segments_in_order_become_one_super_segment(void **state)
{
	struct frame_spec specs[10];
	struct frame_spec whole = { .payload = 9 * 1000 + 400, .flags = 0x18 };
	struct fixture f;
	uint32_t len;

	begin(&f);
	for (unsigned i = 0; i < 10; i++)
		specs[i] =
			(struct frame_spec){ .payload = 1000, .seq = i * 1000, .id = (uint16_t)i };
	specs[9].payload = 400;
	specs[9].flags = SEA_TCP_ACK | SEA_TCP_PSH;
	assert_int_equal(batch(&f, specs, 10), 1);
	assert_int_equal(arrived.head->gso_type, SEA_GSO_TCP4);
	assert_int_equal(arrived.head->gso_size, 1000);
	assert_int_equal(arrived.head->gso_segs, 10);
	assert_int_equal(arrived.head->csum_state, SEA_CSUM_PARTIAL);
	assert_true(sea_pkt_csum_finish(arrived.head, f.stack->csum));
	len = frame_put(want, &whole);
	assert_int_equal(pkt_bytes(arrived.head, bytes), len);
	assert_memory_equal(bytes, want, len);
	end(&f);
}

static void payload_of_a_coalesced_segment_is_not_copied(void **state)
{
	const struct frame_spec specs[2] = { { .payload = 1000 },
					     { .payload = 1000, .seq = 1000, .id = 1 } };
	struct sea_pkt *pkts[2];
	struct sea_buf *second;
	struct fixture f;

	begin(&f);
	pkts[0] = frame_pkt(&f, &specs[0]);
	pkts[1] = frame_pkt(&f, &specs[1]);
	second = pkts[1]->frags[0].buf;
	sea_link_input(f.link, pkts, 2, SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 1);
	assert_ptr_equal(arrived.head->frags[1].buf, second);
	end(&f);
}

static void segments_that_differ_stay_apart(void **state)
{
	static const uint8_t ts[12] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1 };

	check_apart((struct frame_spec){ .ttl = 63 });
	check_apart((struct frame_spec){ .tos = 1 });
	check_apart((struct frame_spec){ .frag = 0x4000 });
	check_apart((struct frame_spec){ .id = 7 }); /* stands still without DF */
	check_apart((struct frame_spec){ .id = 9 });
	check_apart((struct frame_spec){ .sport = 40001 });
	check_apart((struct frame_spec){ .ack = 1 });
	check_apart((struct frame_spec){ .wnd = 502 });
	check_apart((struct frame_spec){ .urg = 1 });
	check_apart((struct frame_spec){ .seq = 999 });
	check_apart((struct frame_spec){ .seq = 1001 });
	check_apart((struct frame_spec){ .payload = 1001 });
	check_apart((struct frame_spec){ .opts = ts, .opts_len = 12 });
	check_apart((struct frame_spec){ .flags = SEA_TCP_ACK | SEA_TCP_ECE });
	check_apart((struct frame_spec){ .flags = SEA_TCP_ACK | SEA_TCP_CWR });
	check_apart((struct frame_spec){ .flags = SEA_TCP_ACK | SEA_TCP_URG });
	check_apart((struct frame_spec){ .flags = SEA_TCP_ACK | SEA_TCP_RST });
	check_apart((struct frame_spec){ .flags = SEA_TCP_ACK | SEA_TCP_SYN });
	check_apart((struct frame_spec){ .flags = SEA_TCP_PSH });
	check_apart((struct frame_spec){ .bad_sum = true });
	check_apart((struct frame_spec){ .udp = true });
	check_apart((struct frame_spec){ .v6 = true, .tos = 1 });
	check_apart((struct frame_spec){ .v6 = true, .ttl = 63 });
	check_apart((struct frame_spec){ .frag = 0x2000 });
}

static void timestamps_must_be_equal(void **state)
{
	static const uint8_t a[12] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1 };
	static const uint8_t b[12] = { 1, 1, 8, 10, 0, 0, 0, 2, 0, 0, 0, 1 };
	struct frame_spec specs[3] = {
		{ .payload = 1000, .opts = a, .opts_len = 12 },
		{ .payload = 1000, .opts = a, .opts_len = 12, .seq = 1000, .id = 1 },
		{ .payload = 1000, .opts = b, .opts_len = 12, .seq = 2000, .id = 2 },
	};
	struct fixture f;

	begin(&f);
	assert_int_equal(batch(&f, specs, 3), 2);
	assert_int_equal(arrived.head->gso_segs, 2);
	end(&f);
}

/* RFC6864: the id of a datagram with DF means nothing. */
static void id_may_stand_still_where_df_is_set(void **state)
{
	const struct frame_spec specs[3] = {
		{ .payload = 1000, .frag = 0x4000 },
		{ .payload = 1000, .frag = 0x4000, .seq = 1000 },
		{ .payload = 1000, .frag = 0x4000, .seq = 2000, .id = 2 }, /* neither way */
	};
	struct fixture f;

	begin(&f);
	assert_int_equal(batch(&f, specs, 3), 2);
	assert_int_equal(arrived.head->gso_segs, 2);
	end(&f);
}

/* Numbers what came out by its first sequence number, and its segments. */
static void check_groups(const struct frame_spec *specs, unsigned n, const uint32_t *segs,
			 unsigned groups)
{
	struct fixture f;

	begin(&f);
	assert_int_equal(batch(&f, specs, n), groups);
	for (unsigned i = 0; i < groups; i++) {
		struct sea_pkt *pkt = sea_pktq_pop(&arrived);

		assert_int_equal(pkt->gso_segs ? pkt->gso_segs : 1, segs[i]);
		sea_pkt_free(pkt);
	}
	end(&f);
}

static void push_fin_and_short_segments_end_a_super_segment(void **state)
{
	const struct frame_spec push[4] = {
		{ .payload = 1000 },
		{ .payload = 1000, .seq = 1000, .id = 1, .flags = 0x18 },
		{ .payload = 1000, .seq = 2000, .id = 2 },
		{ .payload = 1000, .seq = 3000, .id = 3, .flags = 0x11 },
	};
	const struct frame_spec brief[4] = {
		{ .payload = 1000 },
		{ .payload = 400, .seq = 1000, .id = 1 },
		{ .payload = 1000, .seq = 1400, .id = 2 },
		{ .payload = 1000, .seq = 2400, .id = 3 },
	};
	const struct frame_spec at_once[2] = {
		{ .payload = 1000, .flags = 0x18 },
		{ .payload = 1000, .seq = 1000, .id = 1 },
	};

	check_groups(push, 4, (uint32_t[]){ 2, 2 }, 2);
	check_groups(brief, 4, (uint32_t[]){ 2, 2 }, 2);
	check_groups(at_once, 2, (uint32_t[]){ 1, 1 }, 2);
}

/* The pure ACK must not be overtaken by data that came behind it. */
static void pure_ack_between_keeps_its_place(void **state)
{
	const struct frame_spec specs[3] = {
		{ .payload = 1000 },
		{ .seq = 1000, .id = 1 },
		{ .payload = 1000, .seq = 1000, .id = 2 },
	};

	check_groups(specs, 3, (uint32_t[]){ 1, 1, 1 }, 3);
}

static void flows_coalesce_side_by_side(void **state)
{
	struct frame_spec specs[24];
	struct fixture f;

	begin(&f);
	for (unsigned i = 0; i < 24; i++)
		specs[i] = (struct frame_spec){ .payload = 1000,
						.seq = i / 8 * 1000,
						.id = (uint16_t)(i / 8),
						.sport = (uint16_t)(1000 + i % 8) };
	assert_int_equal(batch(&f, specs, 24), 8);
	for (struct sea_pkt *pkt = arrived.head; pkt; pkt = pkt->next)
		assert_int_equal(pkt->gso_segs, 3);
	end(&f);
}

static void more_flows_than_slots_lose_nothing(void **state)
{
	struct frame_spec specs[60];
	uint64_t total = 0;
	struct fixture f;

	begin(&f);
	for (unsigned i = 0; i < 60; i++)
		specs[i] = (struct frame_spec){ .payload = 100,
						.seq = i / 20 * 100,
						.id = (uint16_t)(i / 20),
						.sport = (uint16_t)(1000 + i % 20) };
	batch(&f, specs, 60);
	for (struct sea_pkt *pkt = arrived.head; pkt; pkt = pkt->next)
		total += pkt->len - 54;
	assert_int_equal(total, 6000);
	end(&f);
}

static void super_segment_stays_within_64_kib(void **state)
{
	struct frame_spec specs[60];
	struct fixture f;

	begin(&f);
	for (unsigned i = 0; i < 60; i++)
		specs[i] =
			(struct frame_spec){ .payload = 1448, .seq = i * 1448, .id = (uint16_t)i };
	assert_int_equal(batch(&f, specs, 60), 2);
	assert_true(arrived.head->len - 14 <= 65535);
	assert_int_equal(arrived.head->gso_segs, 45);
	end(&f);
}

/* -- cutting undoes coalescing -- */

static uint32_t rnd(uint32_t below)
{
	return (uint32_t)rand() % below;
}

/* Cuts what arrived and compares it with the frames as they went in. */
static void check_same(struct fixture *f, const struct frame_spec *specs, unsigned n)
{
	struct sea_pktq cut;
	struct sea_pkt *pkt;

	sea_pktq_init(&cut);
	while ((pkt = sea_pktq_pop(&arrived))) {
		pkt->off_net = (uint16_t)(pkt->off_link + 14);
		if (pkt->gso_type == SEA_GSO_NONE)
			sea_pktq_push(&cut, pkt);
		else
			assert_true(sea_gso_segment(f->stack, pkt, &cut));
	}
	assert_int_equal(cut.n, n);
	for (unsigned i = 0; (pkt = sea_pktq_pop(&cut)); i++) {
		uint32_t len = frame_put(want, &specs[i]);

		assert_int_equal(pkt_bytes(pkt, bytes), len);
		assert_memory_equal(bytes, want, len);
		sea_pkt_free(pkt);
	}
}

/* RFC9768:3.3: CWR that all have is part of a number, and each has it again when they are cut. */
static void segments_that_all_have_cwr_are_one_that_keeps_it(void **state)
{
	struct frame_spec specs[2];
	struct fixture f;

	(void)state;
	begin(&f);
	for (unsigned i = 0; i < 2; i++)
		specs[i] = (struct frame_spec){ .payload = 1000,
						.seq = i * 1000,
						.id = (uint16_t)i,
						.flags = SEA_TCP_ACK | SEA_TCP_CWR };
	assert_int_equal(batch(&f, specs, 2), 1);
	assert_true(arrived.head->accecn);
	check_same(&f, specs, 2);
	end(&f);
}

static struct frame_spec random_spec(const struct frame_spec *last)
{
	struct frame_spec s = *last;

	s.seq += last->payload;
	s.id++;
	s.payload = rnd(4) ? 500 : rnd(501);
	s.flags = SEA_TCP_ACK;
	switch (rnd(12)) {
	case 0:
		s.flags |= SEA_TCP_PSH;
		break;
	case 1:
		s.flags |= SEA_TCP_CWR;
		break;
	case 2:
		s.flags |= SEA_TCP_FIN;
		break;
	case 3:
		s.tos ^= 3;
		break;
	case 4:
		s.seq += 7;
		break;
	case 5:
		s.wnd = (uint16_t)(s.wnd + 1);
		break;
	default:
		break;
	}
	return s;
}

static void cutting_undoes_coalescing(void **state)
{
	struct frame_spec specs[40];
	unsigned coalesced = 0;
	struct fixture f;

	begin(&f);
	srand(1);
	for (unsigned round = 0; round < 300; round++) {
		struct frame_spec last = { .seq = 0xffffe000u + rnd(8192), .id = 0xfff0 };

		last.v6 = round % 4 == 3;
		for (unsigned i = 0; i < 40; i++)
			specs[i] = last = random_spec(&last);
		coalesced += 40 - batch(&f, specs, 40);
		check_same(&f, specs, 40);
	}
	assert_true(coalesced > 1000);
	end(&f);
}

static void running_out_of_memory_keeps_segments_apart(void **state)
{
	struct frame_spec specs[20];
	struct sea_pkt *pkts[20];
	struct fixture f;

	begin(&f);
	for (unsigned i = 0; i < 20; i++) {
		specs[i] = (struct frame_spec){ .payload = 100, .seq = i * 100, .id = (uint16_t)i };
		pkts[i] = frame_pkt(&f, &specs[i]);
	}
	f.allocs_left = 0; /* no table for more than five fragments */
	sea_link_input(f.link, pkts, 20, SEA_TIME_ZERO);
	f.allocs_left = -1;
	assert_int_equal(arrived.n, 4);
	check_same(&f, specs, 20);
	end(&f);
}

static void no_memory_for_the_wrapper_is_an_error(void **state)
{
	struct sea_wrapper *gro;
	struct fixture f;

	fixture_init(&f, 0);
	f.allocs_left = 0;
	assert_int_equal(sea_wrap_gro(f.link, &gro, SEA_TIME_ZERO), -12);
	f.allocs_left = -1;
	assert_int_equal(sea_wrap_gro(f.link, &gro, SEA_TIME_ZERO), 0);
	sea_wrapper_remove(gro, SEA_TIME_ZERO);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_order_become_one_super_segment),
		cmocka_unit_test(payload_of_a_coalesced_segment_is_not_copied),
		cmocka_unit_test(segments_that_differ_stay_apart),
		cmocka_unit_test(timestamps_must_be_equal),
		cmocka_unit_test(id_may_stand_still_where_df_is_set),
		cmocka_unit_test(push_fin_and_short_segments_end_a_super_segment),
		cmocka_unit_test(pure_ack_between_keeps_its_place),
		cmocka_unit_test(flows_coalesce_side_by_side),
		cmocka_unit_test(more_flows_than_slots_lose_nothing),
		cmocka_unit_test(super_segment_stays_within_64_kib),
		cmocka_unit_test(segments_that_all_have_cwr_are_one_that_keeps_it),
		cmocka_unit_test(cutting_undoes_coalescing),
		cmocka_unit_test(running_out_of_memory_keeps_segments_apart),
		cmocka_unit_test(no_memory_for_the_wrapper_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
