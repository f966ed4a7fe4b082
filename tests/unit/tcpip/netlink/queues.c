/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of links by rtnetlink, as tc(8) asks. What each message says is compared with Linux's elsewhere, but for fq's. */
#include "queue_asks.h"

/* -- chosen and gone -- */

static void a_queue_that_is_replaced_is_told_of_together_with_the_new_one(void **state)
{
	struct message m = message_of(RTM_DELQDISC, 0, ETH, NULL);

	(void)state;
	assert_int_equal(add_limited(ETH, "pfifo", ADD, 5), 0);
	assert_heard(RTM_DELQDISC, "pfifo_fast");
	assert_int_equal(header().tcm_handle, 0);
	next_in_datagram(RTM_NEWQDISC);
	assert_int_equal(header().tcm_handle, H(0x8001));
	assert_int_equal(header().tcm_info, 2);
	assert_int_equal(add_limited(ETH, "bfifo", REPLACE, 3000), 0);
	assert_heard(RTM_DELQDISC, "pfifo");
	next_in_datagram(RTM_NEWQDISC);
	assert_int_equal(header().tcm_handle, H(0x8002));
	assert_int_equal(ask(&m), 0);
	assert_heard(RTM_DELQDISC, "bfifo");
	assert_string_equal(f.eth->queue.kind->name, "pfifo_fast");
	assert_int_equal(ask(&m), -ENOENT);
	assert_false(read_one(f.hears));
}

static void what_waits_goes_on_waiting_when_options_change(void **state)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };

	(void)state;
	assert_int_equal(add_limited(ETH, "pfifo", ADD, 5), 0);
	for (unsigned i = 0; i < 3; i++)
		send_empty();
	assert_int_equal(add_limited(ETH, "pfifo", REPLACE, 2), 0);
	sea_link_qdisc(f.eth, &info);
	assert_int_equal(info.packets, 3);
	assert_int_equal(info.config.limit, 2);
	assert_int_equal(add_limited(ETH, "pfifo_fast", REPLACE, 0), 0);
	sea_link_qdisc(f.eth, &info);
	assert_int_equal(info.packets, 0);
}

static void a_queue_of_lo_holds_what_is_sent_until_the_stack_advances(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = 0x1234 };
	char bytes[8] = "datagra";
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	sea_socket s;

	(void)state;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(add_limited(LO, "pfifo", ADD, 1), 0);
	assert_true(read_one(f.hears));
	assert_int_equal(sea_link_set_up(f.stack->loopback, true, now), 0);
	assert_int_equal(sea_socket_new(f.stack, AF_INET, SOCK_DGRAM, 0, &s, now), 0);
	assert_int_equal(sea_socket_bind(f.stack, s, (struct sockaddr *)&to, sizeof(to), now), 0);
	assert_int_equal(sea_socket_sendmsg(f.stack, s, &m, 0, now), 8);
	assert_int_equal(sea_socket_sendmsg(f.stack, s, &m, 0, now), 8); /* lost, and nobody told */
	show(LO);
	assert_int_equal(stats().qlen, 1);
	assert_int_equal(stats().drops, 1);
	assert_int_equal(stats().packets, 0);
	sea_stack_advance(f.stack, now);
	sea_stack_advance(f.stack, now);
	show(LO);
	assert_int_equal(stats().qlen, 0);
	assert_int_equal(stats().packets, 1);
	assert_int_equal(stats().bytes, 14 + 20 + 8 + 8);
	m.msg_name = NULL;
	assert_int_equal(sea_socket_recvmsg(f.stack, s, &m, 0, now), 8);
	assert_int_equal(sea_socket_recvmsg(f.stack, s, &m, 0, now), -EAGAIN);
}

static void a_change_without_memory_changes_nothing_and_is_not_told(void **state)
{
	(void)state;
	assert_int_equal(add_limited(ETH, "pfifo", ADD, 5), 0);
	assert_true(read_one(f.hears));
	for (size_t nth = 1;; nth++) {
		struct message m = message_of(RTM_NEWQDISC, REPLACE, ETH, "bfifo");
		struct iovec iov = { &m, m.h.nlmsg_len };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t sent;

		test_env_fail_at(&f.env, nth);
		sent = sea_socket_sendmsg(f.stack, f.asks, &msg, 0, now);
		test_env_fail_at(&f.env, 0);
		assert_true(sent == m.h.nlmsg_len || sent == -ENOBUFS || sent == -ENOMEM);
		while (read_one(f.asks))
			;
		if (!strcmp(f.eth->queue.kind->name, "bfifo"))
			break;
		assert_int_equal(f.eth->queue.handle, H(0x8001));
		assert_true(nth < 50);
	}
}

/* -- fq: no-oracle, for want of a kernel that has it -- */

static struct message fq_message(uint16_t how, uint16_t type, uint32_t value)
{
	struct message m = message_of(RTM_NEWQDISC, how, ETH, "fq");
	const struct {
		struct nlattr a;
		uint32_t value;
	} option = { { .nla_len = 8, .nla_type = type }, value };

	add_attr(&m, TCA_OPTIONS, &option, sizeof(option));
	return m;
}

static void options_of_fq_are_set_and_shown_in_its_units(void **state)
{
	struct message m = fq_message(ADD, TCA_FQ_FLOW_MAX_RATE, 125000);

	(void)state;
	assert_int_equal(ask(&m), 0);
	m = fq_message(0, TCA_FQ_HORIZON, 2000000);
	assert_int_equal(ask(&m), 0);
	while (read_one(f.hears))
		;
	show(ETH);
	assert_int_equal(number_in_options(TCA_FQ_FLOW_MAX_RATE), 125000); /* is kept */
	assert_int_equal(number_in_options(TCA_FQ_HORIZON), 2000000);
	assert_int_equal(number_in_options(TCA_FQ_PLIMIT), 10000);
	assert_int_equal(number_in_options(TCA_FQ_FLOW_PLIMIT), 100);
	assert_int_equal(number_in_options(TCA_FQ_QUANTUM), 2 * 1514);
	assert_int_equal(number_in_options(TCA_FQ_RATE_ENABLE), 1);
	assert_int_equal(number_in_options(TCA_FQ_FLOW_REFILL_DELAY), 40000);
	m = fq_message(0, TCA_FQ_RATE_ENABLE, 0);
	assert_int_equal(ask(&m), 0);
	assert_true(read_one(f.hears));
	assert_int_equal(number_in_options(TCA_FQ_RATE_ENABLE), 0);
	m = fq_message(0, TCA_FQ_RATE_ENABLE, 2);
	assert_int_equal(ask(&m), -EINVAL);
	m = fq_message(0, TCA_FQ_QUANTUM, 0);
	assert_int_equal(ask(&m), -EINVAL);
	m = fq_message(0, TCA_FQ_CE_THRESHOLD, 1000); /* nothing is marked */
	assert_int_equal(ask(&m), -EOPNOTSUPP);
}

/* -- fq_codel: no-oracle, too -- */

static struct message fq_codel_message(uint16_t how, uint16_t type, uint32_t value)
{
	struct message m = message_of(RTM_NEWQDISC, how, ETH, "fq_codel");
	const struct {
		struct nlattr a;
		uint32_t value;
	} option = { { .nla_len = 8, .nla_type = type }, value };

	add_attr(&m, TCA_OPTIONS, &option, sizeof(option));
	return m;
}

static void options_of_fq_codel_are_set_and_shown_in_its_units(void **state)
{
	struct message m = fq_codel_message(ADD, TCA_FQ_CODEL_FLOWS, 64);
	struct tc_fq_codel_xstats counts;
	uint32_t len;

	(void)state;
	assert_int_equal(ask(&m), 0);
	m = fq_codel_message(0, TCA_FQ_CODEL_FLOWS, 64); /* not twice, though it be the same */
	assert_int_equal(ask(&m), -EINVAL);
	m = fq_codel_message(0, TCA_FQ_CODEL_QUANTUM, 1 << 21);
	assert_int_equal(ask(&m), -EINVAL);
	m = fq_codel_message(0, TCA_FQ_CODEL_ECN, 0);
	assert_int_equal(ask(&m), 0);
	m = fq_codel_message(0, TCA_FQ_CODEL_CE_THRESHOLD, 2048);
	assert_int_equal(ask(&m), 0);
	while (read_one(f.hears))
		;
	send_empty();
	show(ETH);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_FLOWS), 64);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_ECN), 0); /* is kept */
	assert_int_equal(number_in_options(TCA_FQ_CODEL_CE_THRESHOLD), 2048);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_TARGET), 4999);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_INTERVAL), 99999);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_LIMIT), 10240);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_QUANTUM), 1514);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_DROP_BATCH_SIZE), 64);
	assert_int_equal(number_in_options(TCA_FQ_CODEL_MEMORY_LIMIT), 32 << 20);
	memcpy(&counts, attr_of(TCA_XSTATS, &len), sizeof(counts));
	assert_int_equal(len, sizeof(counts));
	assert_int_equal(counts.type, TCA_FQ_CODEL_XSTATS_QDISC);
	assert_int_equal(counts.qdisc_stats.new_flow_count, 1);
	assert_int_equal(counts.qdisc_stats.new_flows_len, 1);
	m = fq_codel_message(REPLACE, TCA_FQ_CODEL_FLOWS, 65537);
	m.t.tcm_handle = H(7);
	assert_int_equal(ask(&m), -EINVAL);
}

/* -- in classes: of prio no-oracle -- */

static int add_prio(uint32_t parent, uint32_t handle)
{
	const struct tc_prio_qopt opt = { .bands = 3, .priomap = { 1, 2, 2, 2, 1, 2, 0, 0 } };
	struct message m = message_of(RTM_NEWQDISC, REPLACE, ETH, "prio");

	m.t.tcm_parent = parent;
	m.t.tcm_handle = handle;
	add_attr(&m, TCA_OPTIONS, &opt, sizeof(opt));
	return ask(&m);
}

static int in_class(uint16_t type, uint16_t how, uint32_t parent, uint32_t handle, uint32_t limit)
{
	struct message m = message_of(type, how, ETH, type == RTM_NEWQDISC ? "pfifo" : NULL);

	m.t.tcm_parent = parent;
	m.t.tcm_handle = handle;
	if (type == RTM_NEWQDISC)
		add_attr(&m, TCA_OPTIONS, &limit, sizeof(limit));
	return ask(&m);
}

static void queues_in_classes_come_and_go_by_handle(void **state)
{
	(void)state;
	assert_int_equal(add_prio(TC_H_ROOT, H(1)), 0);
	assert_heard(RTM_DELQDISC, "pfifo_fast");
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(1) | 2, H(0x20), 7), 0);
	assert_heard(RTM_NEWQDISC, "pfifo"); /* of the one that prio put there nobody is told */
	assert_int_equal(header().tcm_parent, H(1) | 2);
	assert_int_equal(header().tcm_handle, H(0x20));
	assert_int_equal(header().tcm_info, 1);
	assert_int_equal(in_class(RTM_NEWQDISC, 0, 0, H(0x20), 9), 0); /* changed by its name */
	assert_heard(RTM_NEWQDISC, "pfifo");
	assert_int_equal(in_class(RTM_GETTCLASS, 0, H(1), H(1) | 2, 0), 0);
	assert_heard(RTM_NEWTCLASS, "prio");
	assert_int_equal(header().tcm_parent, H(1));
	assert_int_equal(header().tcm_info, H(0x20));
	assert_int_equal(in_class(RTM_DELQDISC, 0, H(1) | 2, H(0x20), 0), 0);
	assert_heard(RTM_DELQDISC, "pfifo");
	assert_int_equal(in_class(RTM_GETQDISC, 0, 0, H(0x20), 0), -ENOENT);
	assert_int_equal(in_class(RTM_DELQDISC, 0, H(1) | 2, 0, 0), -ENOENT);
	assert_false(read_one(f.hears));
}

static void a_class_or_a_name_that_cannot_be_is_told(void **state)
{
	(void)state;
	assert_int_equal(add_prio(TC_H_ROOT, H(1)), 0);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(1) | 1, H(2), 7), 0);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(1) | 4, H(3), 7), -ENOENT);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(9) | 1, H(3), 7), -ENOENT);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(2) | 1, H(3), 7), -EOPNOTSUPP);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(1) | 2, H(2), 7), -EINVAL);
	assert_int_equal(in_class(RTM_GETTCLASS, 0, H(1), H(1) | 4, 0), -ENOENT);
	assert_int_equal(in_class(RTM_NEWTCLASS, ADD, H(1), H(1) | 3, 0), -EEXIST);
	assert_int_equal(in_class(RTM_NEWTCLASS, ADD, H(1), H(1) | 4, 0), -EOPNOTSUPP);
	assert_int_equal(in_class(RTM_DELTCLASS, 0, H(1), H(1) | 1, 0), -EOPNOTSUPP);
	assert_int_equal(in_class(RTM_GETTCLASS, 0, 0, H(2) | 1, 0), -EINVAL);
}

static void queues_in_each_other_have_an_end(void **state)
{
	uint32_t n = 1;

	(void)state;
	assert_int_equal(add_prio(TC_H_ROOT, H(1)), 0);
	while (n < 20 && !add_prio(H(n) | 3, H(n + 1)))
		n++;
	assert_int_equal(n, SEA_QUEUE_DEPTH_MAX);
	assert_int_equal(add_prio(H(n) | 3, H(n + 1)), -ELOOP);
}

static int add_tbf(uint16_t how)
{
	const struct {
		struct nlattr a;
		struct tc_tbf_qopt opt;
	} tbf = {
		{ .nla_len = sizeof(tbf), .nla_type = TCA_TBF_PARMS },
		{ .rate = { .rate = 125000, .linklayer = 1 }, .limit = 10000, .buffer = 1000000 }
	};
	struct message m = message_of(RTM_NEWQDISC, how, ETH, "tbf");

	m.t.tcm_handle = H(1);
	add_attr(&m, TCA_OPTIONS, &tbf, sizeof(tbf));
	return ask(&m);
}

static uint64_t lost(void)
{
	return f.stack->shard.counters.drop[SEA_DROP_LINK_QUEUE_FULL];
}

static void a_class_of_tbf_that_nothing_is_in_loses_packets(void **state)
{
	uint64_t before;

	(void)state;
	assert_int_equal(add_tbf(ADD), 0);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(1) | 1, H(2), 7), 0);
	assert_int_equal(in_class(RTM_DELQDISC, 0, H(1) | 1, 0, 0), 0);
	assert_int_equal(send_one(), -ENOBUFS);
	assert_int_equal(lost(), 1);
	restore();
	before = lost();
	assert_int_equal(send_one(), -ENOBUFS);
	assert_int_equal(lost(), before + 1);
	assert_int_equal(add_tbf(0), 0); /* with options there is a queue again */
	send_empty();
	assert_int_equal(lost(), before + 1);
	assert_ptr_equal(sea_stack_next_tx(f.stack), f.eth);
}

/* -- kept -- */

static void a_queue_that_was_saved_has_its_handle_and_options(void **state)
{
	struct message m = fq_message(ADD, TCA_FQ_PLIMIT, 77);

	(void)state;
	m.t.tcm_handle = H(5);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(add_limited(LO, "pfifo", ADD, 3), 0);
	restore();
	while (read_one(f.hears))
		;
	show(ETH);
	assert_int_equal(header().tcm_handle, H(5));
	assert_int_equal(number_in_options(TCA_FQ_PLIMIT), 77);
	show(LO);
	assert_int_equal(header().tcm_handle, H(0x8001));
	assert_null(f.stack->loopback->turn);
	assert_int_equal(add_limited(ETH, "bfifo", REPLACE, 3), 0);
	assert_int_equal(f.eth->queue.handle, H(0x8002)); /* the count goes on */
}

static void queues_in_classes_are_saved_with_the_link(void **state)
{
	struct sea_queue_at at;

	(void)state;
	assert_int_equal(add_prio(TC_H_ROOT, H(1)), 0);
	assert_int_equal(add_prio(H(1) | 3, H(2)), 0);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(2) | 2, H(3), 7), 0);
	restore();
	assert_true(sea_queue_find(f.eth, H(3), &at));
	assert_int_equal(at.parent, H(2) | 2);
	assert_int_equal(at.depth, 2);
	assert_int_equal(sea_queue_info(f.eth, at.queue).config.limit, 7);
	assert_true(sea_queue_find(f.eth, H(1), &at));
	assert_memory_equal(sea_queue_info(f.eth, at.queue).config.priomap, "\1\2\2\2\1\2\0", 8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_queue_that_is_replaced_is_told_of_together_with_the_new_one),
		T(what_waits_goes_on_waiting_when_options_change),
		T(a_queue_of_lo_holds_what_is_sent_until_the_stack_advances),
		T(a_change_without_memory_changes_nothing_and_is_not_told),
		T(options_of_fq_are_set_and_shown_in_its_units),
		T(options_of_fq_codel_are_set_and_shown_in_its_units),
		T(a_queue_that_was_saved_has_its_handle_and_options),
		T(queues_in_classes_come_and_go_by_handle),
		T(a_class_or_a_name_that_cannot_be_is_told),
		T(queues_in_each_other_have_an_end),
		T(a_class_of_tbf_that_nothing_is_in_loses_packets),
		T(queues_in_classes_are_saved_with_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) + run_netem_tests() + run_ingress_tests() +
	       run_filter_tests();
}
