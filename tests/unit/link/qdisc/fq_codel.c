/* SPDX-License-Identifier: Apache-2.0 */
/* CoDel's law by itself; fq_codel: turns between flows, who loses packets and who is marked. No kernel of ours is an oracle for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/checksum.h"
#include "../fixture.h"
#include "link/qdisc/codel.h"
#include "link/qdisc/flow.h"
#include "link/qdisc/qdiscs.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define HEADERS 54u
#define FRAME 1514u /* the largest */
#define MSEC SEA_MSEC
#define CE 3

/* -- the law -- */

static const struct sea_codel_params usual = { .target_ns = 5 * MSEC,
					       .interval_ns = 100 * MSEC,
					       .mtu = FRAME };

/* At which of these milliseconds a packet goes, one leaving in each, after `delay_ms`: as text. */
static const char *go(struct sea_codel *c, int64_t from, int64_t to, int64_t delay_ms,
		      uint64_t backlog)
{
	static char text[256];

	text[0] = 0;
	for (int64_t ms = from; ms < to; ms++) {
		size_t at = strlen(text);

		if (sea_codel_judge(c, &usual, delay_ms * MSEC, backlog, at_ns(ms * MSEC)))
			(void)snprintf(text + at, sizeof(text) - at, "%s%d", at ? " " : "",
				       (int)ms);
	}
	return text;
}

/* 100 ms by the roots of 1, 2, 3, 4 and 5, behind each other: 201, 271.7, 329.4, 379.4, 424.1. */
static void packets_go_after_ever_shorter_times(void **state)
{
	struct sea_codel c;

	(void)state;
	sea_codel_init(&c);
	assert_string_equal(go(&c, 0, 425, 5, 10000), "101 201 272 330 380");
	assert_int_equal(c.count, 5);
	assert_true(c.dropping);
}

static void a_packet_that_hardly_waited_ends_it(void **state)
{
	struct sea_codel c;

	(void)state;
	sea_codel_init(&c);
	assert_string_equal(go(&c, 0, 150, 5, 10000), "101");
	assert_string_equal(go(&c, 150, 151, 4, 10000), "");
	assert_false(c.dropping);
	assert_string_equal(go(&c, 151, 252, 5, 10000), ""); /* a whole interval again */
	sea_codel_empty(&c);
	assert_string_equal(go(&c, 252, 353, 5, 10000), "");
}

static void where_no_more_than_a_frame_waits_nothing_goes(void **state)
{
	struct sea_codel c;

	(void)state;
	sea_codel_init(&c);
	assert_string_equal(go(&c, 0, 1000, 500, FRAME), "");
	assert_string_equal(go(&c, 1000, 1102, 500, FRAME + 1), "1101");
}

static void soon_again_it_begins_where_it_had_come_to(void **state)
{
	struct sea_codel soon, late;

	(void)state;
	sea_codel_init(&soon);
	(void)go(&soon, 0, 425, 5, 10000); /* five went: four more than at its beginning */
	(void)go(&soon, 425, 426, 0, 10000);
	late = soon;
	assert_string_equal(go(&soon, 426, 590, 5, 10000), "527 577"); /* the root of 4 */
	assert_string_equal(go(&late, 2426, 2640, 5, 10000), "2527 2627");
}

/* -- queues -- */

static int begin_status(struct fixture *f, const struct sea_qdisc_config *config)
{
	struct sea_qdisc_config c = config ? *config : (struct sea_qdisc_config){ 0 };

	c.size = sizeof(c);
	c.kind = "fq_codel";
	return sea_link_set_qdisc(f->link, &c, at_ns(1));
}

static void begin(struct fixture *f, const struct sea_qdisc_config *config)
{
	fixture_init(f, 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_fq_codel), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_pfifo), 0);
	assert_int_equal(begin_status(f, config), 0);
}

static struct sea_qdisc_info info_of(const struct fixture *f)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_link_qdisc(f->link, &info);
	return info;
}

static struct sea_pkt *frame_of(struct fixture *f, uint16_t port, uint32_t seq, uint32_t len,
				uint8_t tos)
{
	const struct frame_spec spec = {
		.sport = port, .seq = seq, .payload = len - HEADERS, .tos = tos
	};
	struct sea_pkt *pkt = frame_pkt(f, &spec);

	pkt->off_net = (uint16_t)(sea_pkt_offset(pkt) + 14);
	return pkt;
}

static void queue(struct fixture *f, uint16_t port, uint32_t seq, uint32_t len)
{
	send_frame(f, frame_of(f, port, seq, len, 0));
}

static uint32_t seq_of(const struct sea_pkt *pkt)
{
	uint8_t seq[4];

	assert_true(sea_pkt_read(pkt, 14 + 20 + 4, seq, 4));
	return sea_get32(seq);
}

/* What leaves at `now`; the caller's. */
static struct sea_pkt *one(struct fixture *f, int64_t now)
{
	struct sea_pkt *pkt;

	sea_stack_advance(f->stack, at_ns(now));
	assert_int_equal(sea_link_take_tx(f->link, &pkt, 1, at_ns(now)), 1);
	return pkt;
}

static uint32_t leaves_one(struct fixture *f, int64_t now)
{
	struct sea_pkt *pkt = one(f, now);
	uint32_t seq = seq_of(pkt);

	sea_pkt_done(pkt);
	return seq;
}

/* The numbers of what leaves at `now`, in order, as text: "1 2 7". */
static const char *leaves(struct fixture *f, int64_t now)
{
	static char text[512];
	struct sea_pkt *pkt;

	text[0] = 0;
	sea_stack_advance(f->stack, at_ns(now));
	while (sea_link_take_tx(f->link, &pkt, 1, at_ns(now))) {
		size_t at = strlen(text);

		(void)snprintf(text + at, sizeof(text) - at, "%s%u", at ? " " : "", seq_of(pkt));
		sea_pkt_done(pkt);
	}
	assert_null(sea_stack_next_tx(f->stack));
	return text;
}

static void flows_take_turns_of_a_quantum(void **state)
{
	const struct sea_qdisc_config c = { .given = SEA_QDISC_QUANTUM, .quantum = 1000 };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	for (uint32_t i = 0; i < 5; i++)
		queue(&f, 1000, 10 + i, 1000);
	for (uint32_t i = 0; i < 5; i++)
		queue(&f, 2000, 20 + i, 500);
	assert_int_equal(info_of(&f).codel.new_flows, 2);
	assert_string_equal(leaves(&f, 2), "10 20 21 11 22 23 12 24 13 14");
	assert_int_equal(info_of(&f).codel.new_flow_count, 2);
	assert_int_equal(info_of(&f).codel.max_packet, 1000);
	assert_int_equal(info_of(&f).codel.memory, 0);
	fixture_fini(&f);
}

static void a_new_flow_goes_before_those_that_had_a_turn(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t i = 0; i < 5; i++)
		queue(&f, 1000, 100 + i, FRAME);
	assert_int_equal(leaves_one(&f, 2), 100);
	assert_int_equal(leaves_one(&f, 2), 101);
	assert_int_equal(info_of(&f).codel.old_flows, 1);
	queue(&f, 2000, 1, 100);
	assert_string_equal(leaves(&f, 2), "1 102 103 104");
	fixture_fini(&f);
}

static void a_class_of_the_queue_as_priority_says_which_flow(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t minor = 0; minor <= 3; minor++) {
		struct sea_pkt *pkt = frame_of(&f, 1000, minor, 100, 0);

		/* 1:0 and what is of another queue say nothing: both are of the flow that they are of. */
		pkt->priority = minor < 3 ? f.link->queue.handle | minor : 0x70001;
		send_frame(&f, pkt);
	}
	assert_int_equal(info_of(&f).codel.new_flow_count, 3);
	(void)leaves(&f, 2);
	fixture_fini(&f);
}

static void where_too_many_wait_the_longest_flow_loses_half(void **state)
{
	const struct sea_qdisc_config c = { .given = SEA_QDISC_LIMIT, .limit = 3 };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	queue(&f, 1000, 1, 100);
	for (uint32_t i = 10; i < 13; i++)
		queue(&f, 2000, i, 1000);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 2);
	assert_int_equal(info_of(&f).dropped, 2);
	assert_int_equal(info_of(&f).codel.overlimit_drops, 2);
	assert_int_equal(info_of(&f).codel.overmemory_drops, 0);
	assert_int_equal(info_of(&f).bytes, 1100);
	assert_string_equal(leaves(&f, 2), "1 12");
	fixture_fini(&f);
}

static void no_more_than_a_batch_goes_at_once(void **state)
{
	const struct sea_qdisc_config c = { .given = SEA_QDISC_LIMIT | SEA_QDISC_DROP_BATCH,
					    .limit = 3,
					    .drop_batch = 1 };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	for (uint32_t i = 1; i <= 5; i++)
		queue(&f, 1000, i, 1000);
	assert_string_equal(leaves(&f, 2), "3 4 5");
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 2);
	fixture_fini(&f);
}

static void a_limit_of_none_lets_nothing_wait(void **state)
{
	const struct sea_qdisc_config c = { .given = SEA_QDISC_LIMIT };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	queue(&f, 1000, 1, 1000);
	assert_int_equal(info_of(&f).packets, 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_string_equal(leaves(&f, 2), "");
	fixture_fini(&f);
}

static void memory_is_a_limit_too(void **state)
{
	struct sea_qdisc_config c = { .given = SEA_QDISC_MEMORY_LIMIT };
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	queue(&f, 1000, 1, 1000);
	c.memory_limit = (uint32_t)info_of(&f).codel.memory * 2;
	assert_true(c.memory_limit >= 2000);
	assert_int_equal(begin_status(&f, &c), 0);
	for (uint32_t i = 10; i < 13; i++)
		queue(&f, 1000, i, 1000);
	assert_int_equal(info_of(&f).codel.overmemory_drops, 2);
	assert_string_equal(leaves(&f, 2), "12");
	fixture_fini(&f);
}

/* -- late -- */

/* Forty packets that came at once; one is taken each 10 ms: up to 100 ms. */
static void be_late(struct fixture *f, const struct sea_qdisc_config *config, uint8_t tos)
{
	begin(f, config);
	for (uint32_t i = 1; i <= 40; i++)
		send_frame(f, frame_of(f, 1000, i, 1000, tos));
	for (uint32_t i = 1; i <= 10; i++)
		assert_int_equal(leaves_one(f, i * 10 * MSEC), i);
}

static void what_waits_for_too_long_makes_one_go(void **state)
{
	struct fixture f;

	(void)state;
	be_late(&f, NULL, 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_LATE), 0);
	assert_int_equal(leaves_one(&f, 110 * MSEC), 12);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_LATE), 1);
	assert_int_equal(info_of(&f).dropped, 1);
	assert_int_equal(info_of(&f).packets, 28);
	assert_int_equal(leaves_one(&f, 200 * MSEC), 13);
	assert_int_equal(leaves_one(&f, 210 * MSEC), 15);
	/* As many as are due, at once: at 280.7, 338.4 and 388.4 ms. */
	assert_int_equal(leaves_one(&f, 400 * MSEC), 19);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_LATE), 5);
	fixture_fini(&f);
}

static void a_packet_that_can_be_marked_is_marked_instead(void **state)
{
	uint8_t bytes[FRAME];
	struct sea_pkt *pkt;
	struct fixture f;

	(void)state;
	be_late(&f, NULL, 2);
	pkt = one(&f, 110 * MSEC);
	assert_int_equal(seq_of(pkt), 11);
	assert_true(sea_pkt_read(pkt, 0, bytes, 1000));
	assert_int_equal(bytes[15], CE);
	assert_int_equal(sea_csum_fold(sea_csum_scalar(bytes + 14, 20, 0)), 0xffff);
	sea_pkt_done(pkt);
	assert_int_equal(info_of(&f).codel.ecn_marks, 1);
	assert_int_equal(info_of(&f).dropped, 0);
	fixture_fini(&f);
}

static void without_ecn_it_goes_all_the_same(void **state)
{
	const struct sea_qdisc_config c = { .given = SEA_QDISC_NO_ECN };
	struct fixture f;

	(void)state;
	be_late(&f, &c, 2);
	assert_int_equal(leaves_one(&f, 110 * MSEC), 12);
	assert_int_equal(info_of(&f).codel.ecn_marks, 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_LATE), 1);
	fixture_fini(&f);
}

/* Of ECT(1), ECT(0) and Not-ECT, each late: who was marked. */
static uint64_t marked_above(const struct sea_qdisc_config *c, int64_t now)
{
	struct sea_qdisc_config with = *c;
	struct fixture f;
	uint64_t marks;

	with.given |= SEA_QDISC_CE_THRESHOLD;
	with.ce_threshold_ns = MSEC;
	begin(&f, &with);
	send_frame(&f, frame_of(&f, 1000, 1, 100, 1));
	send_frame(&f, frame_of(&f, 2000, 2, 100, 2));
	send_frame(&f, frame_of(&f, 3000, 3, 100, 0));
	assert_string_equal(leaves(&f, now), "1 2 3");
	marks = info_of(&f).codel.ce_marks;
	fixture_fini(&f);
	return marks;
}

static void above_a_threshold_whoever_is_selected_is_marked(void **state)
{
	struct sea_qdisc_config c = { .given = 0 };

	(void)state;
	assert_int_equal(marked_above(&c, MSEC / 2), 0);
	assert_int_equal(marked_above(&c, 2 * MSEC), 2);
	c = (struct sea_qdisc_config){ .given = SEA_QDISC_CE_SELECTOR,
				       .ce_selector = 1,
				       .ce_mask = 3 };
	assert_int_equal(marked_above(&c, 2 * MSEC), 1);
}

/* -- marks -- */

static struct sea_pkt *ip6_frame(struct fixture *f, uint8_t tos)
{
	const struct frame_spec spec = { .v6 = true, .tos = tos, .payload = 100 };
	struct sea_pkt *pkt = frame_pkt(f, &spec);

	pkt->link = f->link;
	pkt->protocol = SEA_ETHERTYPE_IPV6;
	pkt->off_link = sea_pkt_offset(pkt);
	pkt->off_net = (uint16_t)(pkt->off_link + 14);
	return pkt;
}

static void a_mark_is_written_where_nobody_else_reads(void **state)
{
	struct sea_pkt *pkt, *kept;
	struct fixture f;

	(void)state;
	fixture_init(&f, 0);
	pkt = ip6_frame(&f, 0xb9); /* EF, ECT(1) */
	kept = sea_pkt_clone(pkt, &f.stack->shard.pool);
	assert_non_null(kept);
	assert_true(sea_flow_mark_ce(pkt));
	assert_int_equal(sea_flow_dsfield(pkt), 0xbb);
	assert_int_equal(sea_flow_dsfield(kept), 0xb9);
	f.allocs_left = 0;
	f.stack->shard.pool.cache_max = 0;
	sea_pool_trim(&f.stack->shard.pool);
	assert_true(sea_flow_mark_ce(pkt)); /* it is: nothing is to be written */
	f.allocs_left = -1;
	sea_pkt_free(kept);
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

static void what_is_of_no_such_transport_is_not_marked(void **state)
{
	struct sea_pkt *pkt;
	struct fixture f;

	(void)state;
	fixture_init(&f, 0);
	pkt = ip6_frame(&f, 0xb8);
	assert_false(sea_flow_mark_ce(pkt));
	sea_pkt_free(pkt);
	pkt = ip6_frame(&f, 2);
	pkt->protocol = SEA_ETHERTYPE_IPV4; /* that is not what its first byte says */
	assert_false(sea_flow_mark_ce(pkt));
	pkt->protocol = SEA_ETHERTYPE_ARP;
	assert_false(sea_flow_mark_ce(pkt));
	pkt->protocol = SEA_ETHERTYPE_IPV6;
	pkt->off_net = pkt->off_link; /* nobody said where it is */
	assert_false(sea_flow_mark_ce(pkt));
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

/* -- options -- */

static void options_are_linux_s_and_within_bounds(void **state)
{
	static const struct sea_qdisc_config bad[] = {
		{ .given = SEA_QDISC_FLOWS, .flows = 0 },
		{ .given = SEA_QDISC_FLOWS, .flows = 65537 },
		{ .given = SEA_QDISC_QUANTUM, .quantum = (1 << 20) + 1 },
		{ .given = SEA_QDISC_TARGET, .target_ns = -1 },
		{ .given = SEA_QDISC_INTERVAL, .interval_ns = INT64_MAX },
		{ .given = SEA_QDISC_FLOW_LIMIT, .flow_limit = 1 },
	};
	const struct sea_qdisc_config small = { .given = SEA_QDISC_QUANTUM | SEA_QDISC_DROP_BATCH };
	struct sea_qdisc_config c;
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	c = info_of(&f).config;
	assert_int_equal(c.limit, 10240);
	assert_int_equal(c.flows, 1024);
	assert_int_equal(c.quantum, FRAME);
	assert_int_equal(c.target_ns / SEA_USEC, 4999); /* in units of 1024 ns */
	assert_int_equal(c.interval_ns / SEA_USEC, 99999);
	assert_int_equal(c.drop_batch, 64);
	assert_int_equal(c.memory_limit, 32 << 20);
	assert_false(c.given & (SEA_QDISC_NO_ECN | SEA_QDISC_CE_THRESHOLD));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(begin_status(&f, &bad[i]), -EINVAL);
	assert_int_equal(begin_status(&f, &small), 0);
	assert_int_equal(info_of(&f).config.quantum, 256);
	assert_int_equal(info_of(&f).config.drop_batch, 1);
	fixture_fini(&f);
}

static void a_change_keeps_what_waits_up_to_the_new_limit(void **state)
{
	struct sea_qdisc_config c;
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t i = 1; i <= 4; i++)
		queue(&f, 1000, i, 100);
	c = info_of(&f).config;
	c.limit = 2;
	sea_stack_enter(f.stack, at_ns(1));
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), 0);
	c.flows = 16;
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), -EINVAL);
	sea_stack_leave(f.stack);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 2);
	assert_int_equal(info_of(&f).config.flows, 1024);
	assert_string_equal(leaves(&f, 1), "3 4");
	fixture_fini(&f);
}

static void another_queue_drops_what_waits(void **state)
{
	const struct sea_qdisc_config pfifo = { .size = sizeof(pfifo), .kind = "pfifo" };
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	queue(&f, 1000, 1, 100);
	queue(&f, 2000, 2, 100);
	f.stack->shard.pool.cache_max = 0;
	sea_pool_trim(&f.stack->shard.pool);
	for (int n = 0; n < 2; n++) { /* without memory it stays */
		f.allocs_left = n;
		assert_int_equal(begin_status(&f, NULL), -ENOMEM);
	}
	f.allocs_left = -1;
	assert_int_equal(info_of(&f).packets, 2);
	assert_int_equal(sea_link_set_qdisc(f.link, &pfifo, at_ns(1)), 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_GONE), 2);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_go_after_ever_shorter_times),
		cmocka_unit_test(a_packet_that_hardly_waited_ends_it),
		cmocka_unit_test(where_no_more_than_a_frame_waits_nothing_goes),
		cmocka_unit_test(soon_again_it_begins_where_it_had_come_to),
		cmocka_unit_test(flows_take_turns_of_a_quantum),
		cmocka_unit_test(a_new_flow_goes_before_those_that_had_a_turn),
		cmocka_unit_test(a_class_of_the_queue_as_priority_says_which_flow),
		cmocka_unit_test(where_too_many_wait_the_longest_flow_loses_half),
		cmocka_unit_test(no_more_than_a_batch_goes_at_once),
		cmocka_unit_test(a_limit_of_none_lets_nothing_wait),
		cmocka_unit_test(memory_is_a_limit_too),
		cmocka_unit_test(what_waits_for_too_long_makes_one_go),
		cmocka_unit_test(a_packet_that_can_be_marked_is_marked_instead),
		cmocka_unit_test(without_ecn_it_goes_all_the_same),
		cmocka_unit_test(above_a_threshold_whoever_is_selected_is_marked),
		cmocka_unit_test(a_mark_is_written_where_nobody_else_reads),
		cmocka_unit_test(what_is_of_no_such_transport_is_not_marked),
		cmocka_unit_test(options_are_linux_s_and_within_bounds),
		cmocka_unit_test(a_change_keeps_what_waits_up_to_the_new_limit),
		cmocka_unit_test(another_queue_drops_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
