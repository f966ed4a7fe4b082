/* SPDX-License-Identifier: Apache-2.0 */
/* ingress, clsact and noqueue. What each message says is compared with Linux's by tests/netns/netlink.sh. */
#include "queue_asks.h"

#include <seastack/stack.h>

static int at_ingress(uint16_t type, uint16_t how, const char *kind)
{
	struct message m = message_of(type, how, ETH, kind);

	m.t.tcm_parent = TC_H_INGRESS;
	m.t.tcm_handle = 0xffff0000; /* as tc(8) says */
	return ask(&m);
}

static void one_thing_stands_where_packets_come_in(void **state)
{
	(void)state;
	assert_int_equal(at_ingress(RTM_NEWQDISC, ADD, "ingress"), 0);
	assert_heard(RTM_NEWQDISC, "ingress");
	assert_int_equal(header().tcm_handle, 0xffff0000);
	assert_int_equal(header().tcm_parent, TC_H_INGRESS);
	assert_int_equal(at_ingress(RTM_NEWQDISC, ADD, "clsact"), -EEXIST);
	assert_int_equal(at_ingress(RTM_DELQDISC, 0, NULL), 0);
	assert_heard(RTM_DELQDISC, "ingress");
	assert_int_equal(at_ingress(RTM_NEWQDISC, ADD, "clsact"), 0);
	assert_heard(RTM_NEWQDISC, "clsact");
	assert_string_equal(f.eth->queue.kind->name, "pfifo_fast"); /* is another one */
}

static void what_stands_there_is_no_queue_of_a_link(void **state)
{
	const struct sea_qdisc_config c = { .size = sizeof(c), .kind = "ingress" };

	(void)state;
	assert_int_equal(sea_link_set_qdisc(f.eth, &c, now), -EOPNOTSUPP);
	assert_int_equal(sea_sysctl_set(f.stack, "net.core.default_qdisc", "clsact", now), -ENOENT);
	assert_int_equal(sea_sysctl_set(f.stack, "net.core.default_qdisc", "noqueue", now), 0);
}

static void it_is_saved_with_its_link(void **state)
{
	struct sea_queue_at at;

	(void)state;
	assert_int_equal(at_ingress(RTM_NEWQDISC, ADD, "clsact"), 0);
	restore();
	assert_true(sea_queue_find(f.eth, 0xffff0000, &at));
	assert_string_equal(at.queue->kind->name, "clsact");
	assert_int_equal(at.parent, TC_H_INGRESS);
	restore(); /* of a link that has lost it, nothing */
	sea_queue_clear(f.eth, f.eth->ingress);
	restore();
	assert_false(sea_queue_find(f.eth, 0xffff0000, &at));
}

static void without_memory_nothing_comes_to_stand_there(void **state)
{
	struct message m = message_of(RTM_NEWQDISC, ADD, ETH, "ingress");

	(void)state;
	m.t.tcm_parent = TC_H_INGRESS;
	for (size_t nth = 1; !sea_queue_stands(f.eth->ingress); nth++) {
		assert_true(nth < 50);
		ask_failing(&m, nth);
	}
}

/* -- noqueue -- */

static int add_noqueue(int ifindex)
{
	const struct message m = message_of(RTM_NEWQDISC, REPLACE, ifindex, "noqueue");

	return ask(&m);
}

static void frames_for_a_driver_wait_uncounted(void **state)
{
	struct sea_pkt *pkts[4];

	(void)state;
	assert_int_equal(add_noqueue(ETH), 0);
	while (read_one(f.hears))
		;
	send_empty();
	send_empty();
	show(ETH);
	assert_int_equal(stats().qlen, 0);
	assert_ptr_equal(sea_stack_next_tx(f.stack), f.eth);
	assert_int_equal(sea_link_take_tx(f.eth, pkts, 4, now), 2);
	sea_pkt_done(pkts[0]);
	sea_pkt_done(pkts[1]);
	show(ETH);
	assert_int_equal(stats().packets, 0);
}

static void frames_that_are_turned_round_do_not_wait(void **state)
{
	(void)state;
	assert_int_equal(add_limited(LO, "pfifo", ADD, 5), 0);
	assert_null(f.stack->loopback->turn);
	assert_int_equal(add_noqueue(LO), 0);
	assert_non_null(f.stack->loopback->turn);
	restore();
	assert_non_null(f.stack->loopback->turn);
	assert_string_equal(f.stack->loopback->queue.kind->name, "noqueue");
}

int run_ingress_tests(void)
{
	static const struct CMUnitTest tests[] = {
		T(one_thing_stands_where_packets_come_in),
		T(what_stands_there_is_no_queue_of_a_link),
		T(it_is_saved_with_its_link),
		T(without_memory_nothing_comes_to_stand_there),
		T(frames_for_a_driver_wait_uncounted),
		T(frames_that_are_turned_round_do_not_wait),
	};

	return cmocka_run_group_tests_name("ingress", tests, NULL, NULL);
}
