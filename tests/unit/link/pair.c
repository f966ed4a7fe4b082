/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fixture.h"

#define OFFLOADS (SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4)

static uint8_t bytes[FRAME_MAX], want[FRAME_MAX];

/* Two stacks with a wire between them; what `b` gets is kept. */
static void join(struct fixture *a, struct fixture *b, uint32_t b_features, unsigned queue_max)
{
	fixture_init(a, OFFLOADS);
	fixture_init(b, OFFLOADS | b_features);
	assert_int_equal(sea_link_set_mac(a->link, (uint8_t[]){ 2, 0, 0, 0, 0, 2 }, SEA_TIME_ZERO),
			 0);
	keep_arrivals(b);
	assert_int_equal(sea_pair_join(a->link, b->link, queue_max, SEA_TIME_ZERO), 0);
}

/* A frame of `a` for the MAC of `b`. */
static void give(struct fixture *a, const struct frame_spec *spec, uint16_t gso_size)
{
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 1 } };
	struct sea_pkt *pkt = gso_size ? super_pkt(a, spec, gso_size) : frame_pkt(a, spec);

	sea_pkt_trim_front(pkt, 14);
	sea_stack_enter(a->stack, a->stack->shard.now);
	(void)sea_link_output(a->link, pkt, &dst, SEA_ETHERTYPE_IPV4);
	sea_stack_leave(a->stack);
}

static void end(struct fixture *a, struct fixture *b)
{
	forget_arrivals();
	fixture_fini(a);
	fixture_fini(b);
}

static void frame_arrives_at_the_other_end_at_its_next_advance(void **state)
{
	const struct frame_spec spec = { .payload = 100 };
	struct fixture a, b;

	join(&a, &b, 0, 0);
	give(&a, &spec, 0);
	assert_int_equal(sea_stack_deadline(a.stack).ns, 0);
	sea_stack_advance(a.stack, at_ns(5));
	assert_true(sea_time_is_never(sea_stack_deadline(a.stack)));
	assert_int_equal(arrived.n, 0);
	assert_int_equal(sea_stack_deadline(b.stack).ns, 0);
	sea_stack_advance(b.stack, at_ns(7));
	assert_int_equal(arrived.n, 1);
	assert_int_equal(pkt_bytes(arrived.head, bytes), frame_put(want, &spec));
	assert_memory_equal(bytes, want, arrived.head->len);
	assert_int_equal(a.link->stats.tx_packets, 1);
	assert_int_equal(b.link->stats.rx_packets, 1);
	end(&a, &b);
}

static void trusting_end_gets_super_segments_as_they_are(void **state)
{
	const struct frame_spec spec = { .payload = 60000 };
	struct fixture a, b;

	join(&a, &b, SEA_LINK_F_RX_TRUSTED, 0);
	give(&a, &spec, 1448);
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	sea_stack_advance(b.stack, SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 1);
	assert_int_equal(arrived.head->gso_size, 1448);
	assert_int_equal(arrived.head->csum_state, SEA_CSUM_PARTIAL);
	end(&a, &b);
}

static void other_end_gets_finished_frames(void **state)
{
	const struct frame_spec spec = { .payload = 3000 };
	struct frame_spec first = { .payload = 1448 };
	struct fixture a, b;

	join(&a, &b, 0, 0);
	give(&a, &spec, 1448);
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	sea_stack_advance(b.stack, SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 3);
	assert_int_equal(arrived.head->csum_state, SEA_CSUM_NONE);
	assert_int_equal(pkt_bytes(arrived.head, bytes), frame_put(want, &first));
	assert_memory_equal(bytes, want, arrived.head->len);
	end(&a, &b);
}

/* SEA_DROP_PAIR_FULL */
static void full_queue_drops_at_the_sender(void **state)
{
	const struct frame_spec spec = { .payload = 100 };
	struct fixture a, b;

	join(&a, &b, 0, 2);
	for (unsigned i = 0; i < 3; i++)
		give(&a, &spec, 0);
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	assert_int_equal(drops(&a, SEA_DROP_PAIR_FULL), 1);
	assert_int_equal(a.link->stats.tx_dropped, 1);
	sea_stack_advance(b.stack, SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 2);
	end(&a, &b);
}

/* SEA_DROP_LINK_NO_MEMORY */
static void frame_that_finds_no_memory_over_there_is_dropped(void **state)
{
	const struct frame_spec spec = { .payload = 100 };
	struct fixture a, b;

	join(&a, &b, 0, 0);
	give(&a, &spec, 0);
	b.allocs_left = 0;
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	b.allocs_left = -1;
	assert_int_equal(drops(&a, SEA_DROP_LINK_NO_MEMORY), 1);
	end(&a, &b);
}

static void deleting_one_end_takes_the_carrier_of_the_other(void **state)
{
	const struct frame_spec spec = { .payload = 100 };
	struct fixture a, b;

	join(&a, &b, 0, 0);
	give(&a, &spec, 0);
	sea_link_del(b.link, SEA_TIME_ZERO);
	assert_false(a.link->carrier);
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	give(&a, &spec, 0);
	assert_int_equal(drops(&a, SEA_DROP_LINK_DOWN), 1);
	end(&a, &b);
}

static void links_of_one_stack_may_be_joined(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "eth1" };
	const struct frame_spec spec = { .payload = 100 };
	struct sea_link *second;
	struct fixture a;

	fixture_init(&a, 0);
	keep_arrivals(&a);
	assert_int_equal(sea_link_add(a.stack, &config, &second, SEA_TIME_ZERO), 0);
	assert_int_equal(sea_link_set_up(second, true, SEA_TIME_ZERO), 0);
	assert_int_equal(sea_link_set_mac(second, (uint8_t[]){ 2, 0, 0, 0, 0, 2 }, SEA_TIME_ZERO),
			 0);
	assert_int_equal(sea_pair_join(a.link, second, 0, SEA_TIME_ZERO), 0);
	send_frame(&a, frame_pkt(&a, &spec));
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	sea_stack_advance(a.stack, SEA_TIME_ZERO);
	assert_int_equal(arrived.n, 1);
	assert_ptr_equal(arrived.head->link, second);
	forget_arrivals();
	fixture_fini(&a);
}

static void what_cannot_be_joined_is_refused(void **state)
{
	struct fixture a, b, tun;

	fixture_init(&a, 0);
	fixture_init(&b, 0);
	fixture_init_type(&tun, 0, SEA_LINK_IP);
	assert_int_equal(sea_pair_join(a.link, a.link, 0, SEA_TIME_ZERO), -22);
	assert_int_equal(sea_pair_join(a.link, tun.link, 0, SEA_TIME_ZERO), -22);
	assert_int_equal(sea_pair_join(a.stack->loopback, b.stack->loopback, 0, SEA_TIME_ZERO),
			 -22);
	a.allocs_left = 0;
	assert_int_equal(sea_pair_join(a.link, b.link, 0, SEA_TIME_ZERO), -12);
	a.allocs_left = -1;
	assert_int_equal(sea_pair_join(a.link, b.link, 0, SEA_TIME_ZERO), 0);
	assert_int_equal(sea_pair_join(a.link, b.link, 0, SEA_TIME_ZERO), -16);
	fixture_fini(&tun);
	fixture_fini(&a);
	fixture_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_arrives_at_the_other_end_at_its_next_advance),
		cmocka_unit_test(trusting_end_gets_super_segments_as_they_are),
		cmocka_unit_test(other_end_gets_finished_frames),
		cmocka_unit_test(full_queue_drops_at_the_sender),
		cmocka_unit_test(frame_that_finds_no_memory_over_there_is_dropped),
		cmocka_unit_test(deleting_one_end_takes_the_carrier_of_the_other),
		cmocka_unit_test(links_of_one_stack_may_be_joined),
		cmocka_unit_test(what_cannot_be_joined_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
