/* SPDX-License-Identifier: Apache-2.0 */
/* fq: turns between flows, departures, rates, and what is too much. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <seastack/modules.h>
#include <seastack/save.h>

#include "core/sock.h"
#include "../fixture.h"
#include "link/qdisc/fq.h"
#include "link/qdisc/qdiscs.h"

#define HEADERS 54u
#define FRAME 1514u /* the largest */

static void begin(struct fixture *f, struct sea_qdisc_config *config)
{
	struct sea_qdisc_config c = config ? *config : (struct sea_qdisc_config){ 0 };

	c.size = sizeof(c);
	c.kind = "fq";
	fixture_init(f, 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_fq), 0);
	assert_int_equal(sea_link_set_qdisc(f->link, &c, at_ns(1)), 0);
}

static struct sea_qdisc_info info_of(const struct fixture *f)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_link_qdisc(f->link, &info);
	return info;
}

/* A frame of `len` bytes of the flow from `port`, number `seq`; it may leave at `at` (0: it does not say). */
static void queue_at(struct fixture *f, uint16_t port, uint32_t seq, uint32_t len, int64_t at)
{
	const struct frame_spec spec = { .sport = port, .seq = seq, .payload = len - HEADERS };
	struct sea_pkt *pkt = frame_pkt(f, &spec);

	pkt->off_net = (uint16_t)(sea_pkt_offset(pkt) + 14);
	pkt->time = at_ns(at);
	pkt->edt = at != 0;
	send_frame(f, pkt);
}

static void queue(struct fixture *f, uint16_t port, uint32_t seq, uint32_t len)
{
	queue_at(f, port, seq, len, 0);
}

/* The numbers of what leaves at `now`, in order, as text: "1 2 7". */
static const char *leaves(struct fixture *f, int64_t now)
{
	static char text[512];
	struct sea_pkt *pkt;

	text[0] = 0;
	sea_stack_advance(f->stack, at_ns(now));
	while (sea_link_take_tx(f->link, &pkt, 1, at_ns(now))) {
		uint8_t seq[4];
		size_t at = strlen(text);

		assert_true(sea_pkt_read(pkt, 14 + 20 + 4, seq, 4));
		(void)snprintf(text + at, sizeof(text) - at, "%s%u", at ? " " : "", sea_get32(seq));
		sea_pkt_done(pkt);
	}
	return text;
}

/* RFC1812:5.3.6-a: a router's queue where fairness is wanted. */
static void flows_take_turns_of_a_quantum(void **state)
{
	struct sea_qdisc_config c = {
		.given = SEA_QDISC_QUANTUM | SEA_QDISC_INITIAL_QUANTUM,
		.quantum = 1000,
		.initial_quantum = 2000,
	};
	struct fixture f;

	(void)state;
	begin(&f, &c);
	for (uint32_t i = 0; i < 5; i++)
		queue(&f, 1000, 10 + i, 1000);
	for (uint32_t i = 0; i < 5; i++)
		queue(&f, 2000, 20 + i, 500);
	/* Two of the first flow's and four of the other's are a first turn; then one, and two. */
	assert_string_equal(leaves(&f, 2), "10 11 20 21 22 23 12 24 13 14");
	fixture_fini(&f);
}

static void a_new_flow_goes_before_those_that_had_a_turn(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t i = 0; i < 40; i++)
		queue(&f, 1000, 100 + i, FRAME);
	/* Ten frames, then turns of two. */
	for (uint32_t i = 0; i < 11; i++) {
		struct sea_pkt *pkt;

		assert_int_equal(sea_link_take_tx(f.link, &pkt, 1, at_ns(2)), 1);
		sea_pkt_done(pkt);
	}
	queue(&f, 2000, 1, 100);
	assert_memory_equal(leaves(&f, 2), "1 111 112", 9);
	fixture_fini(&f);
}

static void a_packet_leaves_when_it_may(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	queue_at(&f, 1000, 1, 1000, SEA_MSEC);
	queue_at(&f, 1000, 2, 1000, 2 * SEA_MSEC);
	queue_at(&f, 2000, 3, 1000, SEA_MSEC + 1);
	queue(&f, 3000, 4, 1000);
	assert_string_equal(leaves(&f, 1000), "4");
	/* Nothing is asked of the driver before, and a timer says when. */
	assert_null(sea_stack_next_tx(f.stack));
	assert_int_equal(sea_stack_deadline(f.stack).ns, SEA_MSEC);
	assert_int_equal(info_of(&f).flows_throttled, 2);
	assert_string_equal(leaves(&f, SEA_MSEC - 1), "");
	sea_stack_advance(f.stack, at_ns(SEA_MSEC));
	assert_ptr_equal(sea_stack_next_tx(f.stack), f.link);
	assert_string_equal(leaves(&f, SEA_MSEC), "1");
	assert_string_equal(leaves(&f, SEA_MSEC + 1), "3");
	assert_int_equal(sea_stack_deadline(f.stack).ns, 2 * SEA_MSEC);
	assert_string_equal(leaves(&f, 3 * SEA_MSEC), "2");
	assert_true(sea_time_is_never(sea_stack_deadline(f.stack)));
	fixture_fini(&f);
}

/* A flow that waits has the time of the packet that made it wait, as on Linux; then it is in order. */
static void a_flow_is_in_order_of_departures(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	queue_at(&f, 1000, 3, 1000, 30);
	queue_at(&f, 1000, 1, 1000, 10);
	queue_at(&f, 1000, 4, 1000, 30);
	queue_at(&f, 1000, 2, 1000, 20);
	assert_string_equal(leaves(&f, 29), "");
	assert_string_equal(leaves(&f, 30), "1 2 3 4");
	fixture_fini(&f);
}

static void a_rate_spaces_each_flow(void **state)
{
	struct sea_qdisc_config c = { .given = SEA_QDISC_MAX_RATE, .max_rate = 1000000 };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	for (uint32_t i = 0; i < 3; i++) {
		queue_at(&f, 1000, 10 + i, 1000, 1);
		queue_at(&f, 2000, 20 + i, 500, 1);
	}
	assert_string_equal(leaves(&f, 1), "10 20");
	assert_string_equal(leaves(&f, 500 * SEA_USEC), "");
	assert_string_equal(leaves(&f, 500 * SEA_USEC + 1), "21");
	assert_string_equal(leaves(&f, SEA_MSEC + 1), "11 22");
	/* 400 us late: of the next millisecond 400 us are over. */
	assert_string_equal(leaves(&f, 2 * SEA_MSEC + 1 + 400 * SEA_USEC), "12");
	queue_at(&f, 1000, 13, 1000, 1);
	assert_string_equal(leaves(&f, 3 * SEA_MSEC), "");
	assert_string_equal(leaves(&f, 3 * SEA_MSEC + 1), "13");
	fixture_fini(&f);
}

static void nobody_waits_longer_than_a_second(void **state)
{
	struct sea_qdisc_config c = { .given = SEA_QDISC_MAX_RATE, .max_rate = 1 };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	queue_at(&f, 1000, 1, 1000, 1);
	queue_at(&f, 1000, 2, 1000, 1);
	assert_string_equal(leaves(&f, 1), "1");
	assert_string_equal(leaves(&f, SEA_SEC), "");
	assert_string_equal(leaves(&f, SEA_SEC + 1), "2");
	fixture_fini(&f);
}

static void without_a_departure_a_whole_turn_goes_at_once(void **state)
{
	struct sea_qdisc_config c = { .given = SEA_QDISC_MAX_RATE, .max_rate = 1000000 };
	struct fixture f;

	(void)state;
	begin(&f, &c);
	for (uint32_t i = 1; i <= 13; i++)
		queue(&f, 1000, i, FRAME);
	/* Ten frames are the first turn; two a turn, paid for after. */
	assert_string_equal(leaves(&f, 1), "1 2 3 4 5 6 7 8 9 10");
	assert_string_equal(leaves(&f, 3 * SEA_MSEC), "");
	assert_string_equal(leaves(&f, 3028 * SEA_USEC + 1), "11 12");
	fixture_fini(&f);
}

static void what_is_too_much_is_dropped(void **state)
{
	struct sea_qdisc_config c = {
		.given = SEA_QDISC_LIMIT | SEA_QDISC_FLOW_LIMIT | SEA_QDISC_HORIZON,
		.limit = 5,
		.flow_limit = 3,
		.horizon_ns = SEA_SEC,
	};
	struct fixture f;

	(void)state;
	begin(&f, &c);
	for (uint32_t i = 1; i <= 4; i++)
		queue(&f, 1000, i, 100);
	assert_int_equal(drops(&f, SEA_DROP_FQ_FLOW_LIMIT), 1);
	queue_at(&f, 2000, 5, 100, SEA_SEC + 2);
	assert_int_equal(drops(&f, SEA_DROP_FQ_HORIZON_LIMIT), 1);
	queue_at(&f, 2000, 6, 100, SEA_SEC + 1);
	queue(&f, 3000, 7, 100);
	queue(&f, 4000, 8, 100);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_int_equal(info_of(&f).dropped, 3);
	assert_int_equal(info_of(&f).packets, 5);
	assert_int_equal(info_of(&f).bytes, 500);
	assert_string_equal(leaves(&f, 1), "1 2 3 7");
	assert_string_equal(leaves(&f, SEA_SEC + 1), "6");
	fixture_fini(&f);
}

static void beyond_the_horizon_a_packet_may_wait_that_long(void **state)
{
	struct sea_qdisc_config c = {
		.given = SEA_QDISC_HORIZON | SEA_QDISC_HORIZON_CAP,
		.horizon_ns = SEA_SEC,
	};
	struct fixture f;

	(void)state;
	begin(&f, &c);
	queue_at(&f, 1000, 1, 100, 5 * SEA_SEC);
	assert_string_equal(leaves(&f, SEA_SEC), "");
	assert_string_equal(leaves(&f, SEA_SEC + 1), "1");
	fixture_fini(&f);
}

static void another_queue_drops_what_waits(void **state)
{
	struct sea_qdisc_config pfifo = { .size = sizeof(pfifo), .kind = "pfifo_fast" },
				bad = pfifo;
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	queue(&f, 1000, 1, 100);
	queue_at(&f, 2000, 2, 100, SEA_SEC);
	bad.kind = "red";
	assert_int_equal(sea_link_set_qdisc(f.link, &bad, at_ns(1)), -ENOENT);
	bad.kind = "fq";
	bad.given = SEA_QDISC_QUANTUM;
	assert_int_equal(sea_link_set_qdisc(f.link, &bad, at_ns(1)), -EINVAL);
	assert_int_equal(info_of(&f).packets, 2);
	assert_int_equal(sea_link_set_qdisc(f.link, &pfifo, at_ns(1)), 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_GONE), 2);
	assert_string_equal(leaves(&f, 2 * SEA_SEC), "");
	queue(&f, 1000, 3, 100);
	assert_string_equal(leaves(&f, 2 * SEA_SEC), "3");
	fixture_fini(&f);
}

static void a_change_keeps_what_waits_up_to_the_new_limit(void **state)
{
	struct sea_qdisc_config c = {
		.size = sizeof(c), .kind = "fq", .given = SEA_QDISC_LIMIT, .limit = 2
	};
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, 1000, i, 100);
	queue_at(&f, 2000, 4, 100, SEA_SEC);
	sea_stack_enter(f.stack, at_ns(1));
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), 0);
	c.given |= SEA_QDISC_HORIZON;
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), -EINVAL);
	sea_stack_leave(f.stack);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 2);
	assert_int_equal(info_of(&f).config.limit, 2);
	assert_string_equal(leaves(&f, 1), "3");
	assert_string_equal(leaves(&f, SEA_SEC), "4");
	fixture_fini(&f);
}

/* Thousands of flows pass, and few of them are remembered. */
static void idle_flows_are_forgotten(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t i = 0; i < 3000; i++) {
		queue(&f, (uint16_t)(1000 + i), i, 100);
		(void)leaves(&f, 1 + i);
	}
	assert_in_range(info_of(&f).flows, 1000, 1030);
	for (uint32_t i = 0; i < 200; i++) {
		queue(&f, (uint16_t)(1000 + i), i, 100);
		(void)leaves(&f, 4 * SEA_SEC + i);
	}
	assert_in_range(info_of(&f).flows, 1, 210);
	fixture_fini(&f);
}

static void without_memory_packets_share_a_flow(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, NULL);
	for (uint32_t i = 0; i < 3; i++) {
		const struct frame_spec spec = { .sport = (uint16_t)(1000 + i),
						 .seq = i,
						 .payload = 100 };
		struct sea_pkt *pkt = frame_pkt(&f, &spec);

		pkt->off_net = (uint16_t)(sea_pkt_offset(pkt) + 14);
		f.allocs_left = 0;
		send_frame(&f, pkt);
		f.allocs_left = -1;
	}
	assert_int_equal(info_of(&f).flows, 0);
	assert_string_equal(leaves(&f, 1), "0 1 2");
	fixture_fini(&f);
}

/* -- saved -- */

static struct {
	size_t len, at;
	uint8_t bytes[1 << 16];
} saved;

static int put(void *ctx, const void *bytes, size_t len)
{
	(void)ctx;
	assert_true(saved.len + len <= sizeof(saved.bytes));
	memcpy(saved.bytes + saved.len, bytes, len);
	saved.len += len;
	return 0;
}

static int get(void *ctx, void *bytes, size_t len)
{
	(void)ctx;
	if (saved.at + len > saved.len)
		return -EIO;
	memcpy(bytes, saved.bytes + saved.at, len);
	saved.at += len;
	return 0;
}

static void a_link_that_was_saved_has_its_queue_again(void **state)
{
	static const struct sea_module *const modules[] = { &sea_qdiscs };
	const struct sea_qdisc_config c = {
		.size = sizeof(c),
		.kind = "fq",
		.given = SEA_QDISC_MAX_RATE | SEA_QDISC_HORIZON_CAP | SEA_QDISC_FLOW_LIMIT,
		.max_rate = 12345,
		.flow_limit = 7,
	};
	const struct sea_link_config eth = { .size = sizeof(eth), .name = "eth0", .qdisc = "fq" };
	struct sea_qdisc_info info = { .size = sizeof(info) };
	struct sea_stack *stack;
	struct sea_link *link;
	struct fixture f;

	(void)state;
	fixture_init(&f, 0);
	assert_int_equal(sea_stack_new(NULL, &f.env, modules, 1, &stack), 0);
	assert_int_equal(sea_link_add(stack, &eth, &link, at_ns(1)), 0);
	assert_int_equal(sea_link_set_qdisc(link, &c, at_ns(1)), 0);
	saved.len = saved.at = 0;
	assert_int_equal(sea_stack_save(stack, put, NULL), 0);
	sea_stack_free(stack);
	assert_int_equal(sea_stack_load(NULL, &f.env, modules, 1, false, get, NULL, &stack), 0);
	link = sea_link_by_name(stack, "eth0");
	assert_non_null(link);
	sea_link_qdisc(link, &info);
	assert_string_equal(info.config.kind, "fq");
	assert_int_equal(info.config.max_rate, 12345);
	assert_int_equal(info.config.flow_limit, 7);
	assert_int_equal(info.config.quantum, 2 * FRAME);
	assert_true(info.config.given & SEA_QDISC_HORIZON_CAP);
	assert_false(info.config.given & SEA_QDISC_NO_PACING);
	sea_stack_free(stack);
	fixture_fini(&f);
}

static void options_of_fq_codel_are_saved(void **state)
{
	static const struct sea_module *const modules[] = { &sea_qdiscs };
	const struct sea_qdisc_config c = {
		.size = sizeof(c),
		.kind = "fq_codel",
		.given = SEA_QDISC_FLOWS | SEA_QDISC_TARGET | SEA_QDISC_INTERVAL |
			 SEA_QDISC_DROP_BATCH | SEA_QDISC_MEMORY_LIMIT | SEA_QDISC_NO_ECN |
			 SEA_QDISC_CE_THRESHOLD | SEA_QDISC_CE_SELECTOR,
		.flows = 16,
		.target_ns = 1024,
		.interval_ns = 2048,
		.drop_batch = 3,
		.memory_limit = 4,
		.ce_threshold_ns = 5120,
		.ce_selector = 6,
		.ce_mask = 7,
	};
	const struct sea_link_config eth = { .size = sizeof(eth), .name = "eth0" };
	struct sea_qdisc_info before = { .size = sizeof(before) }, after = before;
	struct sea_stack *stack;
	struct sea_link *link;
	struct fixture f;

	(void)state;
	fixture_init(&f, 0);
	assert_int_equal(sea_stack_new(NULL, &f.env, modules, 1, &stack), 0);
	assert_int_equal(sea_link_add(stack, &eth, &link, at_ns(1)), 0);
	assert_int_equal(sea_link_set_qdisc(link, &c, at_ns(1)), 0);
	sea_link_qdisc(link, &before);
	saved.len = saved.at = 0;
	assert_int_equal(sea_stack_save(stack, put, NULL), 0);
	sea_stack_free(stack);
	assert_int_equal(sea_stack_load(NULL, &f.env, modules, 1, false, get, NULL, &stack), 0);
	link = sea_link_by_name(stack, "eth0");
	assert_non_null(link);
	sea_link_qdisc(link, &after);
	assert_string_equal(after.config.kind, "fq_codel");
	assert_int_equal(after.config.given, before.config.given);
	assert_int_equal(after.config.flows, 16);
	assert_int_equal(after.config.target_ns, 1024);
	assert_int_equal(after.config.interval_ns, 2048);
	assert_int_equal(after.config.drop_batch, 3);
	assert_int_equal(after.config.memory_limit, 4);
	assert_int_equal(after.config.ce_threshold_ns, 5120);
	assert_int_equal(after.config.ce_selector, 6);
	assert_int_equal(after.config.ce_mask, 7);
	sea_stack_free(stack);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_take_turns_of_a_quantum),
		cmocka_unit_test(a_new_flow_goes_before_those_that_had_a_turn),
		cmocka_unit_test(a_packet_leaves_when_it_may),
		cmocka_unit_test(a_flow_is_in_order_of_departures),
		cmocka_unit_test(a_rate_spaces_each_flow),
		cmocka_unit_test(nobody_waits_longer_than_a_second),
		cmocka_unit_test(without_a_departure_a_whole_turn_goes_at_once),
		cmocka_unit_test(what_is_too_much_is_dropped),
		cmocka_unit_test(beyond_the_horizon_a_packet_may_wait_that_long),
		cmocka_unit_test(another_queue_drops_what_waits),
		cmocka_unit_test(a_change_keeps_what_waits_up_to_the_new_limit),
		cmocka_unit_test(idle_flows_are_forgotten),
		cmocka_unit_test(without_memory_packets_share_a_flow),
		cmocka_unit_test(a_link_that_was_saved_has_its_queue_again),
		cmocka_unit_test(options_of_fq_codel_are_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
