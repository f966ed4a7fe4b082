/* SPDX-License-Identifier: Apache-2.0 */
/* The reasons for which a link discards a frame, each reached. */
#include <string.h>

#include "fixture.h"

static struct sea_pkt *data_frame(struct fixture *f)
{
	const struct frame_spec spec = { .payload = 100 };

	return frame_pkt(f, &spec);
}

static int output(struct fixture *f, struct sea_link *link, uint32_t payload)
{
	const struct frame_spec spec = { .payload = payload, .raw = true };
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 2 } };
	static uint8_t bytes[FRAME_MAX];
	struct sea_pkt *pkt = sea_pkt_from_bytes(link, bytes, frame_put(bytes, &spec));
	int err;

	assert_non_null(pkt);
	sea_stack_enter(f->stack, SEA_TIME_ZERO);
	err = sea_link_output(link, pkt, &dst, SEA_ETHERTYPE_IPV4);
	sea_stack_leave(f->stack);
	return err;
}

/* SEA_DROP_LINK_DOWN */
static void frames_of_a_link_that_is_down_are_dropped_both_ways(void **state)
{
	struct fixture f;

	fixture_init(&f, 0);
	assert_int_equal(sea_link_set_up(f.link, false, SEA_TIME_ZERO), 0);
	input_one(&f, data_frame(&f), SEA_TIME_ZERO);
	assert_int_equal(output(&f, f.link, 100), -100);
	assert_int_equal(drops(&f, SEA_DROP_LINK_DOWN), 2);
	fixture_fini(&f);
}

/* SEA_DROP_LINK_SHORT, SEA_DROP_LINK_OTHERHOST, SEA_DROP_LINK_PROTOCOL */
static void frames_that_are_not_ours_are_dropped(void **state)
{
	static uint8_t bytes[64] = { 2, 0, 0, 0, 0, 9, [12] = 8 };
	struct fixture f;

	fixture_init(&f, 0);
	input_one(&f, bytes_pkt(&f, bytes, 13), SEA_TIME_ZERO);
	assert_int_equal(drops(&f, SEA_DROP_LINK_SHORT), 1);
	input_one(&f, bytes_pkt(&f, bytes, 64), SEA_TIME_ZERO);
	assert_int_equal(drops(&f, SEA_DROP_LINK_OTHERHOST), 1);
	memset(bytes, 0xff, 6);
	input_one(&f, bytes_pkt(&f, bytes, 64), SEA_TIME_ZERO);
	assert_int_equal(drops(&f, SEA_DROP_LINK_PROTOCOL), 1);
	fixture_fini(&f);
}

/* SEA_DROP_LINK_TOO_BIG */
static void frame_beyond_the_mtu_is_not_sent(void **state)
{
	struct fixture f;

	fixture_init(&f, 0);
	assert_int_equal(output(&f, f.link, 1461), -90);
	assert_int_equal(drops(&f, SEA_DROP_LINK_TOO_BIG), 1);
	assert_int_equal(output(&f, f.link, 1460), 0);
	fixture_fini(&f);
}

/* SEA_DROP_LINK_QUEUE_FULL, SEA_DROP_LINK_DELETED */
static void full_queue_refuses_and_a_deleted_link_drops_what_waits(void **state)
{
	struct fixture f;

	fixture_init(&f, 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(output(&f, f.link, 10), 0);
	assert_int_equal(output(&f, f.link, 10), -105);
	assert_int_equal(drops(&f, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_int_equal(f.link->stats.tx_dropped, 0); /* as on Linux */
	sea_link_del(f.link, SEA_TIME_ZERO);
	assert_int_equal(drops(&f, SEA_DROP_LINK_DELETED), 1000);
	fixture_fini(&f);
}

/* SEA_DROP_LINK_NO_MEMORY */
static void frame_whose_link_header_has_no_room_is_dropped(void **state)
{
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 2 } };
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, 0);
	pkt = sea_pkt_from_bytes(f.link, "no headroom", 11);
	f.allocs_left = 0;
	sea_stack_enter(f.stack, SEA_TIME_ZERO);
	assert_int_equal(sea_link_output(f.link, pkt, &dst, SEA_ETHERTYPE_IPV4), -12);
	sea_stack_leave(f.stack);
	f.allocs_left = -1;
	assert_int_equal(drops(&f, SEA_DROP_LINK_NO_MEMORY), 1);
	fixture_fini(&f);
}

/* SEA_DROP_LOOPBACK_FULL */
static void loopback_holds_no_more_than_its_backlog(void **state)
{
	struct fixture f;

	fixture_init(&f, 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(output(&f, f.stack->loopback, 10), 0);
	assert_int_equal(output(&f, f.stack->loopback, 10), -105);
	assert_int_equal(drops(&f, SEA_DROP_LOOPBACK_FULL), 1);
	assert_int_equal(
		sea_sysctl_set(f.stack, "net.core.netdev_max_backlog", "1001", SEA_TIME_ZERO), 0);
	assert_int_equal(output(&f, f.stack->loopback, 10), 0);
	assert_int_equal(output(&f, f.stack->loopback, 10), -105);
	assert_int_equal(
		sea_sysctl_set(f.stack, "net.core.netdev_max_backlog", "-1", SEA_TIME_ZERO), 0);
	assert_int_equal(output(&f, f.stack->loopback, 10), -105);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_a_link_that_is_down_are_dropped_both_ways),
		cmocka_unit_test(frames_that_are_not_ours_are_dropped),
		cmocka_unit_test(frame_beyond_the_mtu_is_not_sent),
		cmocka_unit_test(full_queue_refuses_and_a_deleted_link_drops_what_waits),
		cmocka_unit_test(frame_whose_link_header_has_no_room_is_dropped),
		cmocka_unit_test(loopback_holds_no_more_than_its_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
