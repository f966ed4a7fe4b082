/* SPDX-License-Identifier: Apache-2.0 */
/* tbf: how fast packets leave, and which never do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../fixture.h"
#include "link/qdisc/qdiscs.h"

#define HEADERS 54u
#define MSEC ((int64_t)SEA_MSEC)

/* 100,000 bytes a second: a byte takes ten microseconds. */
static struct sea_qdisc_config config_of(uint32_t limit, int64_t burst_ns)
{
	return (struct sea_qdisc_config){ .size = sizeof(struct sea_qdisc_config),
					  .kind = "tbf",
					  .given = SEA_QDISC_LIMIT | SEA_QDISC_RATE |
						   SEA_QDISC_BURST_TIME,
					  .limit = limit,
					  .rate = 100000,
					  .burst_ns = burst_ns };
}

static void begin_with(struct fixture *f, const struct sea_qdisc_config *c, uint32_t features)
{
	fixture_init(f, features);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_bfifo), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_fq), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_tbf), 0);
	assert_int_equal(sea_link_set_qdisc(f->link, c, at_ns(1)), 0);
}

static void begin(struct fixture *f, uint32_t limit, int64_t burst_ns)
{
	const struct sea_qdisc_config c = config_of(limit, burst_ns);

	begin_with(f, &c, 0);
}

static struct sea_qdisc_info info_of(const struct fixture *f)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_link_qdisc(f->link, &info);
	return info;
}

static void queue(struct fixture *f, uint32_t seq, uint32_t len)
{
	const struct frame_spec spec = { .seq = seq, .payload = len - HEADERS };

	send_frame(f, frame_pkt(f, &spec));
}

/* The numbers of what leaves at `now`, in order, as text: "1 2 7"; only where the stack says that there is something. */
static const char *leaves(struct fixture *f, int64_t now)
{
	static char text[512];
	struct sea_pkt *pkt;

	text[0] = 0;
	sea_stack_advance(f->stack, at_ns(now));
	while (sea_stack_next_tx(f->stack) && sea_link_take_tx(f->link, &pkt, 1, at_ns(now))) {
		uint8_t seq[4];
		size_t at = strlen(text);

		assert_true(sea_pkt_read(pkt, 14 + 20 + 4, seq, 4));
		(void)snprintf(text + at, sizeof(text) - at, "%s%u", at ? " " : "", sea_get32(seq));
		sea_pkt_done(pkt);
	}
	return text;
}

static void a_burst_leaves_at_once_and_the_rest_at_the_rate(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 100000, 25 * MSEC); /* 2,500 bytes */
	for (uint32_t i = 1; i <= 5; i++)
		queue(&f, i, 1000);
	assert_string_equal(leaves(&f, 1), "1 2");
	assert_int_equal(sea_stack_deadline(f.stack).ns, 1 + 5 * MSEC);
	assert_string_equal(leaves(&f, 5 * MSEC), "");
	assert_string_equal(leaves(&f, 1 + 5 * MSEC), "3");
	assert_string_equal(leaves(&f, 15 * MSEC), "");
	assert_string_equal(leaves(&f, 1 + 25 * MSEC), "4 5");
	assert_int_equal(info_of(&f).packets, 0);
	assert_true(info_of(&f).overlimits >= 2);
	fixture_fini(&f);
}

static void silence_earns_no_more_than_a_burst(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 100000, 20 * MSEC);
	assert_string_equal(leaves(&f, 1000 * MSEC), "");
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, i, 1000);
	assert_string_equal(leaves(&f, 1000 * MSEC), "1 2");
	assert_string_equal(leaves(&f, 1010 * MSEC), "3");
	fixture_fini(&f);
}

static void a_peak_rate_spreads_a_burst(void **state)
{
	struct sea_qdisc_config c = config_of(100000, 1000 * MSEC);
	struct fixture f;

	(void)state;
	c.given |= SEA_QDISC_PEAK_RATE | SEA_QDISC_PEAK_BURST_TIME;
	c.peak_rate = 1000000;
	c.peak_burst_ns = MSEC; /* 1,000 bytes */
	begin_with(&f, &c, 0);
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, i, 1000);
	queue(&f, 4, 1001);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_string_equal(leaves(&f, 1), "1");
	assert_string_equal(leaves(&f, 1 + MSEC), "2");
	assert_string_equal(leaves(&f, 1 + 2 * MSEC), "3");
	fixture_fini(&f);
}

static void what_is_over_the_limit_or_larger_than_the_bucket_is_dropped(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2000, 10 * MSEC);
	queue(&f, 1, 1001);
	assert_int_equal(info_of(&f).dropped, 1);
	for (uint32_t i = 2; i <= 4; i++)
		queue(&f, i, 1000);
	assert_int_equal(info_of(&f).dropped, 2);
	assert_int_equal(info_of(&f).bytes, 2000);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 2);
	fixture_fini(&f);
}

static void a_super_segment_larger_than_the_bucket_leaves_in_segments(void **state)
{
	const struct sea_qdisc_config c = config_of(100000, 10 * MSEC);
	const struct frame_spec spec = { .seq = 1, .payload = 1500 };
	struct fixture f;

	(void)state;
	begin_with(&f, &c, SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4);
	send_frame(&f, super_pkt(&f, &spec, 600));
	assert_int_equal(info_of(&f).packets, 3);
	assert_string_equal(leaves(&f, 1), "1");
	assert_string_equal(leaves(&f, 100 * MSEC), "601");
	assert_string_equal(leaves(&f, 200 * MSEC), "1201");
	fixture_fini(&f);
}

static void a_change_keeps_what_waits_and_counts_anew(void **state)
{
	struct sea_qdisc_config c = config_of(9000, 10 * MSEC);
	struct fixture f;

	(void)state;
	begin_with(&f, &c, 0);
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, i, 1000);
	assert_string_equal(leaves(&f, 1), "1");
	c.rate = 200000;
	sea_stack_enter(f.stack, at_ns(1));
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), 0);
	sea_stack_leave(f.stack);
	assert_string_equal(leaves(&f, 1), "2 3");
	c.rate = 0;
	sea_stack_enter(f.stack, at_ns(1));
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), -EINVAL);
	sea_stack_leave(f.stack);
	assert_int_equal(info_of(&f).config.rate, 200000);
	fixture_fini(&f);
}

/* fq does not say what is next but by giving it. */
static void what_waits_in_the_class_may_be_of_another_kind(void **state)
{
	const struct sea_qdisc_config c = config_of(9000, 10 * MSEC),
				      fq = { .size = sizeof(fq), .kind = "fq" };
	struct sea_queue_at at = { .parent = 0 }, in;
	struct fixture f;

	(void)state;
	begin_with(&f, &c, 0);
	at.queue = &f.link->queue;
	assert_true(sea_queue_in_class(&at, 1, &in));
	sea_stack_enter(f.stack, at_ns(1));
	assert_int_equal(sea_queue_replace(f.link, in.queue, &fq, 0x50000), 0);
	sea_stack_leave(f.stack);
	for (uint32_t i = 1; i <= 4; i++)
		queue(&f, i, 1000);
	assert_string_equal(leaves(&f, 1), "1");
	assert_int_equal(info_of(&f).packets, 3);
	assert_int_equal(info_of(&f).bytes, 3000);
	assert_string_equal(leaves(&f, 9 * MSEC), "");
	assert_string_equal(leaves(&f, 1 + 10 * MSEC), "2");
	sea_stack_enter(f.stack, at_ns(10 * MSEC + 1));
	assert_int_equal(sea_queue_replace(f.link, in.queue, &fq, 0x50000), 0);
	sea_stack_leave(f.stack);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_GONE), 2);
	queue(&f, 5, 1000);
	assert_string_equal(leaves(&f, 1 + 20 * MSEC), "5");
	fixture_fini(&f);
}

static void a_rate_a_burst_and_a_higher_peak_are_needed(void **state)
{
	struct sea_qdisc_config c = config_of(9000, 10 * MSEC);
	struct fixture f;

	(void)state;
	begin_with(&f, &c, 0);
	c.given &= ~SEA_QDISC_RATE;
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(1)), -EINVAL);
	c = config_of(9000, 0);
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(1)), -EINVAL);
	c = config_of(9000, 10 * MSEC);
	c.given |= SEA_QDISC_PEAK_RATE;
	c.peak_rate = c.rate;
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(1)), -EINVAL);
	queue(&f, 1, 1000); /* the first is there yet */
	assert_string_equal(leaves(&f, 1), "1");
	fixture_fini(&f);
}

static void without_memory_the_link_keeps_its_queue(void **state)
{
	const struct sea_qdisc_config c = config_of(9000, 10 * MSEC);
	struct fixture f;

	(void)state;
	begin_with(&f, &c, 0);
	f.stack->shard.pool.cache_max = 0;
	f.allocs_left = 0;
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(1)), -ENOMEM);
	f.allocs_left = -1;
	queue(&f, 1, 1000);
	assert_string_equal(leaves(&f, 1), "1");
	fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_leaves_at_once_and_the_rest_at_the_rate),
		cmocka_unit_test(silence_earns_no_more_than_a_burst),
		cmocka_unit_test(a_peak_rate_spreads_a_burst),
		cmocka_unit_test(what_is_over_the_limit_or_larger_than_the_bucket_is_dropped),
		cmocka_unit_test(a_super_segment_larger_than_the_bucket_leaves_in_segments),
		cmocka_unit_test(a_change_keeps_what_waits_and_counts_anew),
		cmocka_unit_test(what_waits_in_the_class_may_be_of_another_kind),
		cmocka_unit_test(a_rate_a_burst_and_a_higher_peak_are_needed),
		cmocka_unit_test(without_memory_the_link_keeps_its_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
