/* SPDX-License-Identifier: Apache-2.0 */
/* netem by rtnetlink: what is said, what is shown; its class, and its slots; flows of fq_codel. no-oracle: no kernel here has either. */
#include "queue_asks.h"

#define MSEC ((int64_t)SEA_MSEC)
#define FRAME 34u /* bytes of what send_empty() sends */

struct option {
	uint16_t type, len;
	const void *value;
};

/* Of netem's, which stand behind a structure. */
static struct message netem_message(uint16_t how, int64_t latency_ns, const struct option *options,
				    unsigned n)
{
	struct message m = message_of(RTM_NEWQDISC, how, ETH, "netem"), nest = { 0 };
	const struct tc_netem_qopt opt = { .limit = 100 };
	uint32_t begin = offsetof(struct message, attrs);

	nest.h.nlmsg_len = begin;
	add_attr(&nest, TCA_NETEM_LATENCY64, &latency_ns, sizeof(latency_ns));
	for (unsigned i = 0; i < n; i++)
		add_attr(&nest, options[i].type, options[i].value, options[i].len);
	memmove(nest.attrs + sizeof(opt), nest.attrs, nest.h.nlmsg_len - begin);
	memcpy(nest.attrs, &opt, sizeof(opt));
	m.t.tcm_handle = H(1);
	add_attr(&m, TCA_OPTIONS, nest.attrs, (uint16_t)(nest.h.nlmsg_len - begin + sizeof(opt)));
	return m;
}

static int add_netem(uint16_t how, int64_t latency_ns, const struct option *options, unsigned n)
{
	const struct message m = netem_message(how, latency_ns, options, n);

	return ask(&m);
}

static void hear_all(void)
{
	while (read_one(f.hears))
		;
}

/* Behind the structure of what was shown last; NULL. */
static const uint8_t *shown(uint16_t type, uint32_t want)
{
	uint32_t len, value_len = 0;
	const uint8_t *options = attr_of(TCA_OPTIONS, &len), *value;

	assert_non_null(options);
	value = attr_in(options + sizeof(struct tc_netem_qopt), len - sizeof(struct tc_netem_qopt),
			type, &value_len);
	assert_true(!value || value_len == want);
	return value;
}

static void options_of_netem_are_set_and_shown(void **state)
{
	const struct tc_netem_corr corr = { 1, 2, 3 };
	const struct tc_netem_rate rate = { .rate = 125000, .packet_overhead = -4 };
	const uint64_t seed = 77, wide = UINT64_C(1) << 33;
	const int64_t jitter = -3 * MSEC;
	const struct option all[] = { { TCA_NETEM_CORR, sizeof(corr), &corr },
				      { TCA_NETEM_RATE, sizeof(rate), &rate },
				      { TCA_NETEM_RATE64, sizeof(wide), &wide },
				      { TCA_NETEM_JITTER64, sizeof(jitter), &jitter },
				      { 14, sizeof(seed), &seed } };
	struct tc_netem_rate got;
	int64_t ns;

	(void)state;
	assert_int_equal(add_netem(ADD, 10 * MSEC, all, 5), 0);
	assert_true(read_one(f.hears));
	next_in_datagram(RTM_NEWQDISC);
	memcpy(&ns, shown(TCA_NETEM_JITTER64, 8), sizeof(ns));
	assert_int_equal(ns, 3 * MSEC);
	assert_int_equal(add_netem(0, 20 * MSEC, NULL, 0), 0); /* what only attributes say stays */
	hear_all();
	show(ETH);
	memcpy(&ns, shown(TCA_NETEM_LATENCY64, 8), sizeof(ns));
	assert_int_equal(ns, 20 * MSEC);
	memcpy(&ns, shown(TCA_NETEM_JITTER64, 8), sizeof(ns));
	assert_int_equal(ns, 0);
	assert_memory_equal(shown(TCA_NETEM_CORR, sizeof(corr)), &corr, sizeof(corr));
	assert_memory_equal(shown(TCA_NETEM_RATE64, 8), &wide, sizeof(wide));
	memcpy(&got, shown(TCA_NETEM_RATE, sizeof(got)), sizeof(got));
	assert_true(got.rate == UINT32_MAX && got.packet_overhead == -4);
	assert_memory_equal(shown(14, 8), &seed, sizeof(seed));
	assert_null(shown(TCA_NETEM_SLOT, 0));
	assert_null(shown(TCA_NETEM_ECN, 0));
}

static void what_makes_no_netem_is_refused(void **state)
{
	const struct tc_netem_slot backwards = { .min_delay = 2, .max_delay = 1 };
	const uint32_t model[5] = { 0 };
	const struct {
		struct nlattr a;
		uint32_t value;
	} unknown = { { .nla_len = 8, .nla_type = 3 }, 0 };
	const struct option slots = { TCA_NETEM_SLOT, sizeof(backwards), &backwards },
			    cut = { TCA_NETEM_SLOT, sizeof(backwards) - 1, &backwards },
			    odd = { TCA_NETEM_DELAY_DIST, 1, model },
			    loss = { TCA_NETEM_LOSS, sizeof(unknown), &unknown };

	(void)state;
	assert_int_equal(add_netem(ADD, 0, &slots, 1), -EINVAL);
	assert_int_equal(add_netem(ADD, 0, &cut, 1), -ERANGE);
	assert_int_equal(add_netem(ADD, 0, &odd, 1), -EINVAL);
	assert_int_equal(add_netem(ADD, 0, &loss, 1), -EINVAL);
	assert_int_equal(add_netem(ADD, -1, NULL, 0), -EINVAL);
	assert_false(read_one(f.hears));
}

/* -- what leaves -- */

static void send_n(unsigned n)
{
	while (n--)
		send_empty();
}

/* How many frames the link gives so many milliseconds later, where the stack says that it has some. */
static unsigned leave(int64_t ms)
{
	const sea_time at = { now.ns + ms * MSEC };
	struct sea_pkt *pkt;
	unsigned n = 0;

	sea_stack_advance(f.stack, at);
	while (sea_stack_next_tx(f.stack) && sea_link_take_tx(f.eth, &pkt, 1, at)) {
		sea_pkt_done(pkt);
		n++;
	}
	return n;
}

static int add_slots(uint16_t how, const struct tc_netem_slot *slots)
{
	const struct option option = { TCA_NETEM_SLOT, sizeof(*slots), slots };

	return add_netem(how, 0, &option, 1);
}

static void packets_leave_in_slots_of_a_number(void **state)
{
	const struct tc_netem_slot slots = { .min_delay = 10 * MSEC,
					     .max_delay = 10 * MSEC,
					     .max_packets = 2 };

	(void)state;
	assert_int_equal(add_slots(ADD, &slots), 0);
	hear_all();
	show(ETH);
	assert_memory_equal(shown(TCA_NETEM_SLOT, sizeof(slots)), &slots, sizeof(slots));
	send_n(5);
	assert_int_equal(leave(0), 2);
	assert_int_equal(sea_stack_deadline(f.stack).ns, now.ns + 10 * MSEC);
	assert_int_equal(leave(9), 0);
	assert_int_equal(leave(10), 2);
	assert_int_equal(leave(19), 0);
	assert_int_equal(leave(20), 1);
}

static void packets_leave_in_slots_of_bytes(void **state)
{
	const struct tc_netem_slot slots = { .min_delay = 10 * MSEC,
					     .max_delay = 10 * MSEC,
					     .max_bytes = FRAME + 1 };

	(void)state;
	assert_int_equal(add_slots(ADD, &slots), 0);
	send_n(3);
	assert_int_equal(leave(0), 2); /* the second is begun */
	assert_int_equal(leave(10), 1);
}

static void a_slot_before_which_nothing_was_due_is_over(void **state)
{
	const struct tc_netem_slot slots = { .min_delay = 10 * MSEC, .max_delay = 10 * MSEC };
	const struct option option = { TCA_NETEM_SLOT, sizeof(slots), &slots };

	(void)state;
	assert_int_equal(add_netem(ADD, 5 * MSEC, &option, 1), 0);
	send_n(3);
	assert_int_equal(leave(5), 0);
	assert_int_equal(leave(14), 0);
	assert_int_equal(leave(15), 3);
}

static void slots_may_be_by_a_distribution(void **state)
{
	const struct tc_netem_slot slots = { .max_packets = 1,
					     .dist_delay = 5 * MSEC,
					     .dist_jitter = -MSEC };
	const int16_t dist[2] = { 0, 0 };
	const struct option options[] = { { TCA_NETEM_SLOT, sizeof(slots), &slots },
					  { TCA_NETEM_SLOT_DIST, sizeof(dist), dist } };

	(void)state;
	assert_int_equal(add_netem(ADD, 0, options, 2), 0);
	send_n(3);
	assert_int_equal(leave(0), 1);
	assert_int_equal(leave(4), 0);
	assert_int_equal(leave(5), 1);
	assert_int_equal(leave(10), 1);
}

/* -- its class -- */

static int in_class(uint16_t type, uint16_t how, uint32_t handle, const char *kind,
		    const struct option *options)
{
	struct message m = message_of(type, how, ETH, kind);

	m.t.tcm_parent = type == RTM_GETTCLASS ? H(1) : H(1) | 1;
	m.t.tcm_handle = type == RTM_GETTCLASS ? H(1) | 1 : handle;
	if (options)
		add_attr(&m, TCA_OPTIONS, options->value, options->len);
	return ask(&m);
}

static int add_pfifo_below(uint32_t limit)
{
	const struct option option = { 0, sizeof(limit), &limit };

	return in_class(RTM_NEWQDISC, ADD, H(0x10), "pfifo", &option);
}

static void nothing_is_in_the_class_until_somebody_puts_it_there(void **state)
{
	(void)state;
	assert_int_equal(add_netem(ADD, 0, NULL, 0), 0);
	hear_all();
	assert_int_equal(in_class(RTM_GETQDISC, 0, 0, NULL, NULL), -ENOENT);
	assert_int_equal(in_class(RTM_DELQDISC, 0, 0, NULL, NULL), -ENOENT);
	assert_int_equal(in_class(RTM_GETTCLASS, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(add_pfifo_below(1), 0);
	assert_heard(RTM_NEWQDISC, "pfifo");
	assert_int_equal(header().tcm_parent, H(1) | 1);
	assert_int_equal(in_class(RTM_GETTCLASS, 0, 0, NULL, NULL), 0);
	assert_heard(RTM_NEWTCLASS, "netem");
	assert_int_equal(header().tcm_handle, H(1) | 1);
	assert_int_equal(header().tcm_info, H(0x10));
	assert_int_equal(in_class(RTM_DELQDISC, 0, 0, NULL, NULL), 0);
	assert_heard(RTM_DELQDISC, "pfifo");
	assert_int_equal(in_class(RTM_GETQDISC, 0, 0, NULL, NULL), -ENOENT);
	assert_false(read_one(f.hears));
}

static void what_is_due_goes_through_the_class(void **state)
{
	(void)state;
	assert_int_equal(add_netem(ADD, 10 * MSEC, NULL, 0), 0);
	assert_int_equal(add_pfifo_below(2), 0);
	hear_all();
	send_n(3);
	assert_int_equal(leave(9), 0);
	assert_int_equal(leave(10), 2);
	show(ETH);
	assert_int_equal(stats().drops, 1); /* there was no room in the class */
	assert_int_equal(stats().qlen, 0);
	assert_int_equal(stats().packets, 2);
}

static void a_queue_in_the_class_has_its_own_time(void **state)
{
	/* One frame every 10 ms. */
	const struct {
		struct nlattr a;
		struct tc_tbf_qopt opt;
	} tbf = { { .nla_len = sizeof(tbf), .nla_type = TCA_TBF_PARMS },
		  { .rate = { .rate = 100 * FRAME, .linklayer = 1 },
		    .limit = 1000,
		    .buffer = 10000000 >> 6 } };
	const struct option option = { 0, sizeof(tbf), &tbf };

	(void)state;
	assert_int_equal(add_netem(ADD, 10 * MSEC, NULL, 0), 0);
	assert_int_equal(in_class(RTM_NEWQDISC, ADD, H(0x10), "tbf", &option), 0);
	hear_all();
	send_n(3);
	assert_int_equal(leave(10), 1);
	show(ETH);
	assert_int_equal(stats().qlen, 2);
	assert_int_equal(stats().backlog, 2 * FRAME);
	assert_int_equal(leave(19), 0);
	assert_int_equal(leave(20), 1);
	assert_int_equal(leave(30), 1);
	send_n(2); /* what waits in both goes with them */
	assert_int_equal(leave(40), 1);
}

static void netem_is_saved_with_its_class_and_its_slots(void **state)
{
	const struct tc_netem_slot slots = { .max_packets = 3,
					     .dist_delay = 5 * MSEC,
					     .dist_jitter = MSEC };
	const int16_t dist[2] = { 7, 8 };
	const struct option options[] = { { TCA_NETEM_SLOT, sizeof(slots), &slots },
					  { TCA_NETEM_SLOT_DIST, sizeof(dist), dist } };
	struct sea_netem how;
	struct sea_queue_at at;

	(void)state;
	assert_int_equal(add_netem(ADD, 0, options, 2), 0);
	restore();
	assert_true(sea_queue_find(f.eth, H(1), &at));
	how = sea_queue_info(f.eth, at.queue).config.netem;
	assert_int_equal(how.slot_packets, 3);
	assert_int_equal(how.slot_delay_ns, 5 * MSEC);
	assert_int_equal(how.slot_jitter_ns, MSEC);
	assert_int_equal(how.slot_dist_len, 2);
	assert_memory_equal(how.slot_dist, dist, sizeof(dist));
	assert_int_equal(add_pfifo_below(9), 0);
	restore();
	assert_true(sea_queue_find(f.eth, H(0x10), &at));
	assert_int_equal(at.parent, H(1) | 1);
	assert_int_equal(sea_queue_info(f.eth, at.queue).config.limit, 9);
}

static void tables_without_memory_change_nothing(void **state)
{
	const struct tc_netem_slot slots = { .dist_delay = 5 * MSEC, .dist_jitter = MSEC };
	const int16_t dist[2] = { 7, 8 };
	const struct option options[] = { { TCA_NETEM_SLOT, sizeof(slots), &slots },
					  { TCA_NETEM_SLOT_DIST, sizeof(dist), dist },
					  { TCA_NETEM_DELAY_DIST, sizeof(dist), dist } };
	const struct message m = netem_message(REPLACE, 0, options, 3);
	size_t nth = 1;

	(void)state;
	assert_int_equal(add_netem(ADD, 3 * MSEC, NULL, 0), 0);
	for (; !sea_queue_info(f.eth, &f.eth->queue).config.netem.dist_len; nth++) {
		assert_true(nth < 50);
		assert_int_equal(sea_queue_info(f.eth, &f.eth->queue).config.netem.latency_ns,
				 3 * MSEC);
		ask_failing(&m, nth);
	}
	assert_true(nth > 2);
}

/* -- flows of fq_codel -- */

static void flows_in_turn_are_shown_as_classes(void **state)
{
	struct message m = message_of(RTM_NEWQDISC, ADD, ETH, "fq_codel");
	struct tc_fq_codel_xstats x;
	uint32_t len;

	(void)state;
	m.t.tcm_handle = H(1);
	assert_int_equal(ask(&m), 0);
	m = message_of(RTM_GETTCLASS, NLM_F_DUMP, ETH, NULL);
	m.t.tcm_parent = 0; /* of any queue */
	ask_only(&m);
	assert_true(read_one(f.asks));
	assert_int_equal(f.h.nlmsg_type, NLMSG_DONE); /* none was in turn yet */
	send_n(2);
	ask_only(&m);
	assert_true(read_one(f.asks));
	assert_int_equal(f.h.nlmsg_type, RTM_NEWTCLASS);
	assert_int_equal(f.h.nlmsg_len, f.len); /* and one is now */
	assert_int_equal(header().tcm_parent, H(1));
	assert_int_equal(TC_H_MAJ(header().tcm_handle), H(1));
	assert_true(TC_H_MIN(header().tcm_handle));
	assert_int_equal(stats().qlen, 2);
	assert_int_equal(stats().backlog, 2 * FRAME);
	memcpy(&x, attr_of(TCA_XSTATS, &len), sizeof(x));
	assert_int_equal(x.type, TCA_FQ_CODEL_XSTATS_CLASS);
	assert_int_equal(x.class_stats.dropping, 0);
	assert_true(read_one(f.asks));
	assert_int_equal(f.h.nlmsg_type, NLMSG_DONE);
}

int run_netem_tests(void)
{
	static const struct CMUnitTest tests[] = {
		T(options_of_netem_are_set_and_shown),
		T(what_makes_no_netem_is_refused),
		T(packets_leave_in_slots_of_a_number),
		T(packets_leave_in_slots_of_bytes),
		T(a_slot_before_which_nothing_was_due_is_over),
		T(slots_may_be_by_a_distribution),
		T(nothing_is_in_the_class_until_somebody_puts_it_there),
		T(what_is_due_goes_through_the_class),
		T(a_queue_in_the_class_has_its_own_time),
		T(netem_is_saved_with_its_class_and_its_slots),
		T(tables_without_memory_change_nothing),
		T(flows_in_turn_are_shown_as_classes),
	};

	return cmocka_run_group_tests_name("netem", tests, NULL, NULL);
}
