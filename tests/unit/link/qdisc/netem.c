/* SPDX-License-Identifier: Apache-2.0 */
/* netem: what becomes of packets, and when. No kernel of ours is an oracle for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/pkt_sched.h>

#include <seastack/modules.h>
#include <seastack/save.h>

#include "../fixture.h"
#include "ip/rtnl/qdisc.h"
#include "link/qdisc/netem.h"
#include "link/qdisc/qdiscs.h"

#define HEADERS 54u
#define FRAME 1514u
#define MSEC SEA_MSEC
#define ALWAYS UINT32_MAX

static struct sea_qdisc_config config_of(const struct sea_netem *how)
{
	struct sea_qdisc_config c = {
		.size = sizeof(c), .kind = "netem", .given = SEA_QDISC_NETEM, .netem = *how
	};

	c.netem.seed = 7;
	return c;
}

static void begin(struct fixture *f, const struct sea_netem *how)
{
	const struct sea_qdisc_config c = config_of(how);

	fixture_init(f, 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_netem), 0);
	assert_int_equal(sea_link_set_qdisc(f->link, &c, at_ns(0)), 0);
}

static struct sea_qdisc_info info_of(const struct fixture *f)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_link_qdisc(f->link, &info);
	return info;
}

static struct sea_pkt *frame_of(struct fixture *f, uint32_t seq, uint32_t len, uint8_t tos)
{
	const struct frame_spec spec = { .seq = seq, .payload = len - HEADERS, .tos = tos };
	struct sea_pkt *pkt = frame_pkt(f, &spec);

	pkt->off_net = (uint16_t)(sea_pkt_offset(pkt) + 14);
	return pkt;
}

static void queue(struct fixture *f, uint32_t from, uint32_t to)
{
	for (uint32_t seq = from; seq <= to; seq++)
		send_frame(f, frame_of(f, seq, 1000, 0));
}

/* The numbers of what leaves at `now`, in order, as text: "1 2 7"; only where the stack says that there is something. */
static const char *leaves(struct fixture *f, int64_t now)
{
	static char text[4096];
	struct sea_pkt *pkt;

	text[0] = 0;
	sea_stack_advance(f->stack, at_ns(now));
	while (sea_stack_next_tx(f->stack) && sea_link_take_tx(f->link, &pkt, 1, at_ns(now))) {
		size_t at = strlen(text);
		uint8_t seq[4];

		assert_true(sea_pkt_read(pkt, 14 + 20 + 4, seq, 4));
		(void)snprintf(text + at, sizeof(text) - at, "%s%u", at ? " " : "", sea_get32(seq));
		sea_pkt_done(pkt);
	}
	return text;
}

/* -- when -- */

static void a_packet_waits_for_the_latency(void **state)
{
	const struct sea_netem how = { .latency_ns = 10 * MSEC };
	struct fixture f;

	(void)state;
	begin(&f, &how);
	queue(&f, 1, 2);
	assert_null(sea_stack_next_tx(f.stack));
	assert_int_equal(sea_stack_deadline(f.stack).ns, 10 * MSEC);
	assert_string_equal(leaves(&f, 10 * MSEC - 1), "");
	assert_int_equal(info_of(&f).packets, 2);
	assert_int_equal(info_of(&f).bytes, 2000);
	assert_string_equal(leaves(&f, 10 * MSEC), "1 2");
	assert_int_equal(info_of(&f).bytes, 0);
	fixture_fini(&f);
}

static void jitter_keeps_its_bounds_and_lets_packets_overtake(void **state)
{
	const struct sea_netem how = { .latency_ns = 10 * MSEC, .jitter_ns = 5 * MSEC };
	char order[4096], sorted[4096] = "";
	struct fixture f;

	(void)state;
	for (unsigned n = 1; n <= 50; n++)
		(void)snprintf(sorted + strlen(sorted), sizeof(sorted) - strlen(sorted), "%s%u",
			       n > 1 ? " " : "", n);
	for (unsigned run = 0; run < 2; run++) {
		begin(&f, &how);
		queue(&f, 1, 50);
		assert_string_equal(leaves(&f, 5 * MSEC - 1), "");
		if (run) /* the same seed: the same order */
			assert_string_equal(leaves(&f, 15 * MSEC), order);
		else
			(void)snprintf(order, sizeof(order), "%s", leaves(&f, 15 * MSEC));
		assert_int_equal(info_of(&f).packets, 0);
		fixture_fini(&f);
	}
	assert_int_equal(strlen(order), strlen(sorted));
	assert_string_not_equal(order, sorted);
}

/* Two entries of one deviation each: nothing between. */
static void a_table_says_how_jitter_is_distributed(void **state)
{
	static const int16_t dist[] = { -NETEM_DIST_SCALE, NETEM_DIST_SCALE };
	const struct sea_netem how = {
		.latency_ns = 10 * MSEC, .jitter_ns = 5 * MSEC, .dist = dist, .dist_len = 2
	};
	struct netem_chance c;
	unsigned early = 0;

	(void)state;
	sea_netem_chance_init(&c, &how, 1);
	for (unsigned i = 0; i < 200; i++) {
		int64_t ns = sea_netem_delay(&c, &how);

		assert_true(ns == 5 * MSEC || ns == 15 * MSEC);
		early += ns == 5 * MSEC;
	}
	assert_in_range(early, 60, 140);
}

static void a_rate_carries_one_packet_after_the_other(void **state)
{
	const struct sea_netem how = { .rate = 1000000 }; /* a byte in a microsecond */
	struct fixture f;

	(void)state;
	begin(&f, &how);
	queue(&f, 1, 3);
	assert_string_equal(leaves(&f, MSEC - 1), "");
	assert_string_equal(leaves(&f, MSEC), "1");
	assert_string_equal(leaves(&f, 2 * MSEC), "2");
	assert_string_equal(leaves(&f, 3 * MSEC), "3");
	fixture_fini(&f);
}

static void a_packet_is_carried_in_cells(void **state)
{
	const struct sea_netem atm = { .rate = 1000000000, .cell_size = 48, .cell_overhead = 5 };
	const struct sea_netem less = { .rate = 1000000000, .packet_overhead = -200 };
	const struct sea_netem huge = {
		.rate = 1, .packet_overhead = INT32_MAX, .cell_size = 1, .cell_overhead = INT32_MAX
	};

	(void)state;
	assert_int_equal(sea_netem_wire_time(&atm, 100), 3 * 53);
	assert_int_equal(sea_netem_wire_time(&less, 250), 50);
	assert_int_equal(sea_netem_wire_time(&less, 100), 0);
	assert_int_equal(sea_netem_wire_time(&huge, FRAME), UINT32_MAX * SEA_SEC);
}

static void one_out_of_a_gap_overtakes_all_that_wait(void **state)
{
	const struct sea_netem how = { .latency_ns = 10 * MSEC, .gap = 3, .reorder = ALWAYS };
	struct fixture f;

	(void)state;
	begin(&f, &how);
	queue(&f, 1, 3);
	assert_string_equal(leaves(&f, 0), "3");
	queue(&f, 4, 6);
	assert_string_equal(leaves(&f, 0), "6");
	assert_string_equal(leaves(&f, 10 * MSEC), "1 2 4 5");
	fixture_fini(&f);
}

/* -- whether -- */

static unsigned losses_of(const struct sea_netem *how, unsigned n)
{
	struct netem_chance c;
	unsigned lost = 0;

	sea_netem_chance_init(&c, how, 1);
	for (unsigned i = 0; i < n; i++)
		lost += sea_netem_loses(&c, how);
	return lost;
}

static void packets_are_lost_by_a_probability(void **state)
{
	struct sea_netem how = { .loss = ALWAYS };
	struct fixture f;

	(void)state;
	begin(&f, &how);
	queue(&f, 1, 3);
	assert_int_equal(drops(&f, SEA_DROP_NETEM_LOSS), 3);
	assert_int_equal(info_of(&f).dropped, 3);
	assert_string_equal(leaves(&f, 0), "");
	fixture_fini(&f);
	how.loss = 0;
	assert_int_equal(losses_of(&how, 1000), 0);
	how.loss = UINT32_MAX / 4;
	assert_in_range(losses_of(&how, 1000), 200, 300);
}

static void a_number_is_like_the_one_before_by_its_correlation(void **state)
{
	const struct sea_netem how = { .delay_corr = ALWAYS, .loss_corr = UINT32_MAX / 10 * 9 };
	struct netem_chance c;
	uint32_t first, last;
	unsigned far = 0;

	(void)state;
	sea_netem_chance_init(&c, &how, 1);
	first = sea_netem_draw(&c, &c.delay);
	assert_int_equal(sea_netem_draw(&c, &c.delay), first);
	last = sea_netem_draw(&c, &c.loss);
	for (unsigned i = 0; i < 100; i++) {
		uint32_t next = sea_netem_draw(&c, &c.loss);

		far += (next > last ? next - last : last - next) > UINT32_MAX / 10 + 1;
		last = next;
	}
	assert_int_equal(far, 0);
}

static void models_lose_packets_in_bursts(void **state)
{
	const struct sea_netem good = { .loss_model = NETEM_LOSS_GE, .model = { 0, 0, 0, 0 } },
			       bad = { .loss_model = NETEM_LOSS_GE, .model = { ALWAYS, 0, 0, 0 } },
			       noisy = { .loss_model = NETEM_LOSS_GE,
					 .model = { 0, 0, 0, ALWAYS } },
			       burst = { .loss_model = NETEM_LOSS_GI, .model = { ALWAYS } },
			       single = { .loss_model = NETEM_LOSS_GI,
					  .model = { 0, 0, 0, ALWAYS, 0 } };

	(void)state;
	assert_int_equal(losses_of(&good, 100), 0);
	assert_int_equal(losses_of(&bad, 100), 99); /* all but that by which it goes bad */
	assert_int_equal(losses_of(&noisy, 100), 100);
	assert_int_equal(losses_of(&burst, 100), 100);
	assert_int_equal(losses_of(&single, 100), 50); /* each alone */
}

static void what_can_be_marked_is_marked_instead(void **state)
{
	const struct sea_netem how = { .loss = ALWAYS, .ecn = 1 };
	struct sea_pkt *pkt;
	struct fixture f;
	uint8_t tos;

	(void)state;
	begin(&f, &how);
	send_frame(&f, frame_of(&f, 1, 100, 2));
	send_frame(&f, frame_of(&f, 2, 100, 0));
	assert_int_equal(drops(&f, SEA_DROP_NETEM_LOSS), 1);
	assert_int_equal(info_of(&f).dropped, 2); /* as Linux counts marks */
	assert_int_equal(sea_link_take_tx(f.link, &pkt, 1, at_ns(0)), 1);
	assert_true(sea_pkt_read(pkt, 15, &tos, 1));
	assert_int_equal(tos, 3);
	sea_pkt_done(pkt);
	fixture_fini(&f);
}

static void a_packet_is_doubled_once(void **state)
{
	const struct sea_netem how = { .duplicate = ALWAYS };
	struct fixture f;

	(void)state;
	begin(&f, &how);
	queue(&f, 1, 3);
	assert_string_equal(leaves(&f, 0), "1 1 2 2 3 3");
	fixture_fini(&f);
}

static void a_spoilt_packet_has_one_wrong_bit(void **state)
{
	const struct sea_netem how = { .corrupt = ALWAYS };
	uint8_t sent[FRAME], got[FRAME];
	struct sea_pkt *pkt;
	struct fixture f;
	int wrong = 0;

	(void)state;
	begin(&f, &how);
	pkt = frame_of(&f, 1, 1000, 0);
	assert_true(sea_pkt_read(pkt, 14, sent, 986));
	send_frame(&f, pkt);
	assert_int_equal(sea_link_take_tx(f.link, &pkt, 1, at_ns(0)), 1);
	assert_true(sea_pkt_read(pkt, 14, got, 986));
	for (unsigned i = 0; i < 986; i++)
		wrong += __builtin_popcount(sent[i] ^ got[i]);
	assert_int_equal(wrong, 1);
	sea_pkt_done(pkt);
	fixture_fini(&f);
}

/* -- how many, and with which options -- */

static void no_more_wait_than_the_limit(void **state)
{
	const struct sea_netem how = { .latency_ns = 10 * MSEC };
	struct sea_qdisc_config c = config_of(&how);
	struct fixture f;

	(void)state;
	begin(&f, &how);
	assert_int_equal(info_of(&f).config.limit, 1000);
	c.given |= SEA_QDISC_LIMIT;
	c.limit = 2;
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(0)), 0);
	queue(&f, 1, 3);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(0)), 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_GONE), 2);
	assert_true(sea_time_is_never(sea_stack_deadline(f.stack)));
	fixture_fini(&f);
}

static void options_out_of_range_are_refused(void **state)
{
	static const struct sea_netem bad[] = {
		{ .latency_ns = -1 }, { .latency_ns = INT64_MAX },
		{ .jitter_ns = -1 },  { .jitter_ns = INT64_C(1) << 31 },
		{ .loss_model = 3 },  { .dist_len = 1 }
	};
	static const int16_t dist[1];
	const struct sea_netem none = { .gap = 0 }, table = { .dist = dist, .dist_len = 1 };
	struct sea_qdisc_config c = config_of(&none);
	struct fixture f;

	(void)state;
	begin(&f, &none);
	c.given = 0;
	assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(0)), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = config_of(&bad[i]);
		assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(0)), -EINVAL);
	}
	c = config_of(&table);
	f.stack->shard.pool.cache_max = 0;
	sea_pool_trim(&f.stack->shard.pool);
	for (int n = 0; n < 2; n++) {
		f.allocs_left = n;
		assert_int_equal(sea_link_set_qdisc(f.link, &c, at_ns(0)), -ENOMEM);
	}
	f.allocs_left = -1;
	fixture_fini(&f);
}

static void a_change_keeps_what_waits(void **state)
{
	static const int16_t dist[] = { 0 };
	const struct sea_netem slow = {
		.latency_ns = 10 * MSEC, .jitter_ns = MSEC, .dist = dist, .dist_len = 1
	};
	struct sea_qdisc_config c;
	struct fixture f;

	(void)state;
	begin(&f, &slow);
	queue(&f, 1, 1);
	c = info_of(&f).config; /* the table is the queue's own now */
	c.netem.latency_ns = MSEC;
	sea_stack_enter(f.stack, at_ns(0));
	assert_int_equal(sea_queue_change(f.link, &f.link->queue, &c), 0);
	sea_stack_leave(f.stack);
	queue(&f, 2, 2);
	assert_string_equal(leaves(&f, MSEC), "2");
	assert_string_equal(leaves(&f, 10 * MSEC), "1");
	fixture_fini(&f);
}

/* -- told by tc(8), and shown -- */

static const int16_t table[] = { -5, 0, 5, 8000 };
static const struct sea_netem all = {
	.latency_ns = 64 * 1001 + 1,
	.jitter_ns = 64 * 7 + 3,
	.delay_corr = 1,
	.loss = 2,
	.loss_corr = 3,
	.duplicate = 4,
	.duplicate_corr = 5,
	.gap = 6,
	.reorder = 7,
	.reorder_corr = 8,
	.corrupt = 9,
	.corrupt_corr = 10,
	.rate = UINT64_C(1) << 40,
	.packet_overhead = -11,
	.cell_overhead = 12,
	.cell_size = 13,
	.ecn = 1,
	.loss_model = NETEM_LOSS_GI,
	.model = { 14, 15, 16, 17, 18 },
	.seed = 19,
};

static void assert_same(const struct sea_netem *a, const struct sea_netem *b)
{
	assert_int_equal(a->latency_ns, b->latency_ns);
	assert_int_equal(a->jitter_ns, b->jitter_ns);
	assert_int_equal(a->delay_corr, b->delay_corr);
	assert_int_equal(a->loss, b->loss);
	assert_int_equal(a->loss_corr, b->loss_corr);
	assert_int_equal(a->duplicate, b->duplicate);
	assert_int_equal(a->duplicate_corr, b->duplicate_corr);
	assert_int_equal(a->gap, b->gap);
	assert_int_equal(a->reorder, b->reorder);
	assert_int_equal(a->reorder_corr, b->reorder_corr);
	assert_int_equal(a->corrupt, b->corrupt);
	assert_int_equal(a->corrupt_corr, b->corrupt_corr);
	assert_int_equal(a->rate, b->rate);
	assert_int_equal(a->packet_overhead, b->packet_overhead);
	assert_int_equal(a->cell_overhead, b->cell_overhead);
	assert_int_equal(a->cell_size, b->cell_size);
	assert_int_equal(a->ecn, b->ecn);
	assert_int_equal(a->loss_model, b->loss_model);
	assert_memory_equal(a->model, b->model, sizeof(a->model));
	assert_int_equal(a->seed, b->seed);
}

/* TCA_OPTIONS of `how`, in `bytes`. */
static struct sea_nl_attr written(uint8_t *bytes, uint32_t max, const struct sea_netem *how)
{
	struct sea_qdisc_info info = { .config = { .limit = 100, .netem = *how } };
	struct sea_nl_out out = sea_nl_out_of(bytes, max);

	sea_rtnl_put_netem(&out, &info);
	assert_false(out.overflow);
	return (struct sea_nl_attr){ .value = bytes + 4, .len = (uint16_t)(out.len - 4) };
}

static int read(const struct sea_nl_attr *a, struct sea_qdisc_config *c)
{
	struct sea_nl_extack extack = { .begin = a->value };
	struct sea_nl_req req = { .extack = &extack };

	*c = (struct sea_qdisc_config){ .given = 0 };
	return sea_rtnl_read_netem(&req, a, c);
}

static void options_are_read_as_they_are_written(void **state)
{
	uint8_t bytes[1024] __attribute__((aligned(8)));
	struct sea_nl_attr a = written(bytes, sizeof(bytes), &all);
	const struct tc_netem_slot slot = { .min_delay = 1 };
	struct sea_qdisc_config c;
	struct tc_netem_qopt opt;
	struct sea_nl_out out;

	(void)state;
	memcpy(&opt, a.value, sizeof(opt));
	assert_int_equal(opt.latency, 1001); /* ticks of 64 ns */
	assert_int_equal(opt.jitter, 7);
	assert_int_equal(read(&a, &c), 0);
	assert_int_equal(c.limit, 100);
	assert_same(&c.netem, &all);
	/* With a table and a slot behind it. */
	out = sea_nl_out_of(bytes + 4 + a.len, 512);
	sea_nl_put(&out, TCA_NETEM_DELAY_DIST, table, sizeof(table));
	a.len = (uint16_t)(a.len + out.len);
	assert_int_equal(read(&a, &c), 0);
	assert_int_equal(c.netem.dist_len, 4);
	assert_memory_equal(c.netem.dist, table, sizeof(table));
	sea_nl_put(&out, TCA_NETEM_SLOT, &slot, sizeof(slot));
	a.len = (uint16_t)(a.len + 4 + sizeof(slot));
	assert_int_equal(read(&a, &c), 0);
	assert_int_equal(c.netem.slot_min_ns, slot.min_delay);
	a.len = sizeof(opt) - 1;
	assert_int_equal(read(&a, &c), -EINVAL);
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
	const struct sea_link_config eth = { .size = sizeof(eth), .name = "eth0" };
	struct sea_qdisc_info info = { .size = sizeof(info) };
	struct sea_qdisc_config c = config_of(&all);
	struct sea_stack *stack;
	struct sea_link *link;
	struct fixture f;

	(void)state;
	c.netem.seed = all.seed;
	c.netem.dist = table;
	c.netem.dist_len = 4;
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
	assert_string_equal(info.config.kind, "netem");
	assert_same(&info.config.netem, &all);
	assert_int_equal(info.config.netem.dist_len, 4);
	assert_memory_equal(info.config.netem.dist, table, sizeof(table));
	sea_stack_free(stack);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_waits_for_the_latency),
		cmocka_unit_test(jitter_keeps_its_bounds_and_lets_packets_overtake),
		cmocka_unit_test(a_table_says_how_jitter_is_distributed),
		cmocka_unit_test(a_rate_carries_one_packet_after_the_other),
		cmocka_unit_test(a_packet_is_carried_in_cells),
		cmocka_unit_test(one_out_of_a_gap_overtakes_all_that_wait),
		cmocka_unit_test(packets_are_lost_by_a_probability),
		cmocka_unit_test(a_number_is_like_the_one_before_by_its_correlation),
		cmocka_unit_test(models_lose_packets_in_bursts),
		cmocka_unit_test(what_can_be_marked_is_marked_instead),
		cmocka_unit_test(a_packet_is_doubled_once),
		cmocka_unit_test(a_spoilt_packet_has_one_wrong_bit),
		cmocka_unit_test(no_more_wait_than_the_limit),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(a_change_keeps_what_waits),
		cmocka_unit_test(options_are_read_as_they_are_written),
		cmocka_unit_test(a_link_that_was_saved_has_its_queue_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
