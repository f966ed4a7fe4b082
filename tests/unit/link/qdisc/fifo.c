/* SPDX-License-Identifier: Apache-2.0 */
/* pfifo, bfifo, pfifo_fast and prio: what they hold, and in which order it goes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../fixture.h"
#include "link/qdisc/qdiscs.h"

static void begin(struct fixture *f, const char *kind, uint32_t given, uint32_t limit)
{
	const struct sea_qdisc_config c = {
		.size = sizeof(c), .kind = kind, .given = given, .limit = limit
	};

	fixture_init(f, 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_bfifo), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_pfifo), 0);
	assert_int_equal(sea_link_set_qdisc(f->link, &c, at_ns(1)), 0);
}

static struct sea_qdisc_info info_of(const struct fixture *f)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_link_qdisc(f->link, &info);
	return info;
}

/* A frame of 100 bytes. */
static void queue(struct fixture *f, uint32_t seq, uint32_t priority)
{
	const struct frame_spec spec = { .seq = seq, .payload = 46 };
	struct sea_pkt *pkt = frame_pkt(f, &spec);

	pkt->priority = priority;
	send_frame(f, pkt);
}

static const char *leaves(struct fixture *f)
{
	static char text[256];
	struct sea_pkt *pkt;

	text[0] = 0;
	while (sea_link_take_tx(f->link, &pkt, 1, at_ns(1))) {
		uint8_t seq[4];
		size_t at = strlen(text);

		assert_true(sea_pkt_read(pkt, 14 + 20 + 4, seq, 4));
		(void)snprintf(text + at, sizeof(text) - at, "%s%u", at ? " " : "", sea_get32(seq));
		sea_pkt_done(pkt);
	}
	return text;
}

static void pfifo_holds_as_many_packets_as_its_limit_says(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "pfifo", SEA_QDISC_LIMIT, 2);
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, i, 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_int_equal(info_of(&f).dropped, 1);
	assert_int_equal(info_of(&f).packets, 2);
	assert_string_equal(leaves(&f), "1 2");
	fixture_fini(&f);
}

static void pfifo_without_a_limit_has_the_links(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "pfifo", 0, 0);
	assert_int_equal(info_of(&f).config.limit, 1000);
	assert_false(info_of(&f).config.given & SEA_QDISC_LIMIT);
	f.link->txqueuelen = 1;
	queue(&f, 1, 0);
	queue(&f, 2, 0);
	assert_string_equal(leaves(&f), "1");
	fixture_fini(&f);
}

static void bfifo_counts_bytes(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "bfifo", SEA_QDISC_LIMIT, 299);
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, i, 0);
	assert_int_equal(info_of(&f).bytes, 200);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_string_equal(leaves(&f), "1 2");
	fixture_fini(&f);
	begin(&f, "bfifo", 0, 0);
	assert_int_equal(info_of(&f).config.limit, 1000 * 1514);
	fixture_fini(&f);
}

/* RFC1812:5.3.3-a */
static void pfifo_fast_lets_urgent_packets_go_first(void **state)
{
	static const uint32_t urgent[] = { 6, 7 }, best_effort[] = { 0, 4 },
			      bulk[] = { 1, 2, 3, 5 };
	struct fixture f;

	(void)state;
	begin(&f, "pfifo_fast", 0, 0);
	for (uint32_t i = 0; i < 4; i++)
		queue(&f, 31 + i, bulk[i]);
	for (uint32_t i = 0; i < 2; i++)
		queue(&f, 21 + i, best_effort[i]);
	for (uint32_t i = 0; i < 2; i++)
		queue(&f, 11 + i, urgent[i]);
	assert_string_equal(leaves(&f), "11 12 21 22 31 32 33 34");
	f.link->txqueuelen = 1;
	queue(&f, 1, 0);
	queue(&f, 2, 0);
	queue(&f, 3, 6); /* its own queue has room */
	assert_string_equal(leaves(&f), "3 1");
	fixture_fini(&f);
}

/* -- prio -- */

/* The handle is 8001:, and its classes 8001:1 and on. */
#define CLASS(n) (0x80010000u + (n))

static const struct sea_qdisc_config three_bands = {
	.size = sizeof(three_bands),
	.kind = "prio",
	.given = SEA_QDISC_BANDS | SEA_QDISC_PRIOMAP,
	.bands = 3,
	.priomap = { 1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 },
};

static void begin_prio(struct fixture *f)
{
	fixture_init(f, 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_bfifo), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_pfifo), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_tbf), 0);
	assert_int_equal(sea_qdisc_add(f->stack, &sea_qdisc_prio), 0);
	assert_int_equal(sea_link_set_qdisc(f->link, &three_bands, at_ns(1)), 0);
}

static int change_prio(struct fixture *f, const struct sea_qdisc_config *c)
{
	int err;

	sea_stack_enter(f->stack, at_ns(1));
	err = sea_queue_change(f->link, &f->link->queue, c);
	sea_stack_leave(f->stack);
	return err;
}

static void put_in_class(struct fixture *f, uint32_t minor, const char *kind, uint32_t limit)
{
	const struct sea_qdisc_config c = {
		.size = sizeof(c), .kind = kind, .given = SEA_QDISC_LIMIT, .limit = limit
	};
	const struct sea_queue_at own = { .queue = &f->link->queue };
	struct sea_queue_at in;

	sea_stack_enter(f->stack, at_ns(1));
	assert_true(sea_queue_in_class(&own, minor, &in));
	assert_int_equal(sea_queue_replace(f->link, in.queue, &c, 0x10000 * minor), 0);
	sea_stack_leave(f->stack);
}

static void prio_bands_go_in_order_by_the_map_or_the_class(void **state)
{
	struct fixture f;

	(void)state;
	begin_prio(&f);
	queue(&f, 31, 1);
	queue(&f, 21, 0);
	queue(&f, 22, 0x20006); /* another queue's class */
	queue(&f, 11, 6);
	queue(&f, 32, CLASS(3));
	queue(&f, 12, CLASS(1));
	queue(&f, 23, CLASS(4)); /* there is none */
	queue(&f, 24, CLASS(0));
	assert_int_equal(info_of(&f).packets, 8);
	assert_int_equal(info_of(&f).bytes, 800);
	assert_string_equal(leaves(&f), "11 12 21 22 23 24 31 32");
	assert_int_equal(f.link->queue.sent.packets, 8);
	fixture_fini(&f);
}

static void what_a_class_of_prio_drops_prio_drops(void **state)
{
	struct sea_queue_at in;
	struct fixture f;

	(void)state;
	begin_prio(&f);
	put_in_class(&f, 1, "bfifo", 250);
	for (uint32_t i = 1; i <= 3; i++)
		queue(&f, i, 6);
	queue(&f, 9, 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_int_equal(info_of(&f).dropped, 1);
	assert_string_equal(leaves(&f), "1 2 9");
	assert_true(sea_queue_find(f.link, 0x10000, &in));
	assert_int_equal(in.parent, CLASS(1));
	assert_int_equal(in.queue->sent.packets, 2);
	assert_int_equal(in.queue->sent.bytes, 200);
	assert_int_equal(sea_queue_info(f.link, in.queue).dropped, 1);
	fixture_fini(&f);
}

static void bands_that_go_take_what_waits_in_them(void **state)
{
	struct sea_qdisc_config c = three_bands;
	struct fixture f;

	(void)state;
	begin_prio(&f);
	queue(&f, 1, 1);
	queue(&f, 2, 0);
	c.bands = 2;
	assert_int_equal(change_prio(&f, &c), -EINVAL); /* the map has three */
	memset(c.priomap, 1, sizeof(c.priomap));
	assert_int_equal(change_prio(&f, &c), 0);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_GONE), 1);
	queue(&f, 3, 1);
	assert_string_equal(leaves(&f), "2 3");
	for (c.bands = 0; c.bands < 20; c.bands++)
		assert_int_equal(change_prio(&f, &c), c.bands < 2 || c.bands > 16 ? -EINVAL : 0);
	fixture_fini(&f);
}

static void bands_come_all_or_not_at_all(void **state)
{
	struct sea_qdisc_config c = three_bands;
	int err = -ENOMEM;
	struct fixture f;

	(void)state;
	begin_prio(&f);
	f.stack->shard.pool.cache_max = 0;
	queue(&f, 1, 1);
	c.bands = 16;
	for (int n = 0; err; n++) {
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(info_of(&f).config.bands, 3);
		f.allocs_left = n;
		err = change_prio(&f, &c);
	}
	f.allocs_left = -1;
	assert_int_equal(info_of(&f).config.bands, 16);
	assert_string_equal(leaves(&f), "1");
	fixture_fini(&f);
}

/* Whether the driver cuts it or we do. */
static void a_super_segment_counts_as_what_it_is_on_the_wire(void **state)
{
	static const uint32_t features[] = { 0, SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 };
	const struct frame_spec spec = { .payload = 3000 };
	struct sea_pkt *pkts[4];
	struct fixture f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		fixture_init(&f, features[i]);
		pkts[0] = super_pkt(&f, &spec, 1000);
		pkts[0]->gso_segs = 3;
		send_frame(&f, pkts[0]);
		queue(&f, 1, 0);
		assert_int_equal(f.link->queue.sent.packets, 0);
		for (unsigned n = sea_link_take_tx(f.link, pkts, 4, at_ns(1)); n;)
			sea_pkt_done(pkts[--n]);
		assert_int_equal(f.link->queue.sent.packets, 3 + 1);
		assert_int_equal(f.link->queue.sent.bytes, 3 * 54 + 3000 + 100);
		fixture_fini(&f);
	}
}

static void what_the_driver_gave_back_is_counted_once_as_sent(void **state)
{
	struct sea_pkt *pkts[2];
	struct fixture f;

	(void)state;
	fixture_init(&f, 0);
	queue(&f, 1, 0);
	queue(&f, 2, 0);
	assert_int_equal(sea_link_take_tx(f.link, pkts, 2, at_ns(1)), 2);
	sea_link_return_tx(f.link, &pkts[1], 1);
	sea_pkt_done(pkts[0]);
	assert_int_equal(f.link->queue.sent.requeues, 1);
	assert_string_equal(leaves(&f), "2");
	assert_int_equal(f.link->queue.sent.packets, 2);
	fixture_fini(&f);
}

static void links_begin_with_the_default_qdisc(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "new0" };
	struct sea_qdisc_info info = { .size = sizeof(info) };
	struct sea_link *link;
	struct fixture f;

	(void)state;
	begin(&f, "pfifo", 0, 0);
	assert_int_equal(sea_sysctl_set(f.stack, "net.core.default_qdisc", "fq", at_ns(1)),
			 -ENOENT);
	assert_int_equal(sea_sysctl_set(f.stack, "net.core.default_qdisc", "bfifo", at_ns(1)), 0);
	assert_int_equal(sea_link_add(f.stack, &config, &link, at_ns(1)), 0);
	sea_link_qdisc(link, &info);
	assert_string_equal(info.config.kind, "bfifo");
	assert_string_equal(info_of(&f).config.kind, "pfifo");
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_super_segment_counts_as_what_it_is_on_the_wire),
		cmocka_unit_test(what_the_driver_gave_back_is_counted_once_as_sent),
		cmocka_unit_test(links_begin_with_the_default_qdisc),
		cmocka_unit_test(pfifo_holds_as_many_packets_as_its_limit_says),
		cmocka_unit_test(pfifo_without_a_limit_has_the_links),
		cmocka_unit_test(bfifo_counts_bytes),
		cmocka_unit_test(pfifo_fast_lets_urgent_packets_go_first),
		cmocka_unit_test(prio_bands_go_in_order_by_the_map_or_the_class),
		cmocka_unit_test(what_a_class_of_prio_drops_prio_drops),
		cmocka_unit_test(bands_that_go_take_what_waits_in_them),
		cmocka_unit_test(bands_come_all_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
