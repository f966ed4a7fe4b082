/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of ingress and clsact: matchall with a gact. no-oracle, but that what they do for all kinds was seen of a kernel's
 * u32; what is counted is compared by tests/netns/netlink.sh.
 */
#include "queue_asks.h"

#include <linux/pkt_cls.h>
#include <linux/tc_act/tc_gact.h>

#include "core/filter.h"

#define IN 0xfffffff2u
#define OUT 0xfffffff3u
#define ETH_P_ANY 0x0003
#define ETH_P_4 0x0800
#define ETH_P_6 0x86dd
#define FRAME 34u /* bytes of what send_empty() sends */

static void stand(const char *kind)
{
	struct message m = message_of(RTM_NEWQDISC, ADD, ETH, kind);

	m.t.tcm_parent = TC_H_INGRESS;
	m.t.tcm_handle = 0xffff0000;
	assert_int_equal(ask(&m), 0);
	assert_heard(RTM_NEWQDISC, kind);
}

/* -- what is asked -- */

/* Attributes in `m`, of which the first begins at `begin`, become one that has them in it. */
static void wrap(struct message *m, uint32_t begin, uint16_t type)
{
	uint8_t bytes[sizeof(m->attrs)];
	uint32_t len = m->h.nlmsg_len - begin;

	memcpy(bytes, (uint8_t *)m + begin, len);
	m->h.nlmsg_len = begin;
	add_attr(m, type, bytes, (uint16_t)len);
}

struct action {
	const char *kind;
	int verdict;
	uint32_t index;
	bool by_chance;
	unsigned n;
};

static void add_action(struct message *m, const struct action *how, uint16_t nth)
{
	const struct tc_gact opt = { .index = how->index, .action = how->verdict };
	const struct tc_gact_p chance = { .ptype = PGACT_NETRAND };
	uint32_t begin = m->h.nlmsg_len, options;

	if (how->kind)
		add_attr(m, TCA_ACT_KIND, how->kind, (uint16_t)(strlen(how->kind) + 1));
	options = m->h.nlmsg_len;
	add_attr(m, TCA_GACT_PARMS, &opt, sizeof(opt));
	if (how->by_chance)
		add_attr(m, TCA_GACT_PROB, &chance, sizeof(chance));
	wrap(m, options, TCA_ACT_OPTIONS);
	wrap(m, begin, nth);
}

static struct message filter(uint16_t type, uint16_t flags, uint32_t parent, uint32_t prio,
			     uint16_t protocol)
{
	struct message m = message_of(type, flags, ETH, "matchall");

	m.t.tcm_parent = parent;
	m.t.tcm_info = TC_H_MAKE(prio << 16, htons(protocol));
	return m;
}

static struct message matchall(uint32_t parent, uint32_t prio, uint16_t protocol,
			       const struct action *how)
{
	struct message m = filter(RTM_NEWTFILTER, ADD, parent, prio, protocol);
	uint32_t options = m.h.nlmsg_len;

	for (unsigned i = 1; how && i <= how->n; i++)
		add_action(&m, how, (uint16_t)i);
	if (how && how->n)
		wrap(&m, options, TCA_MATCHALL_ACT);
	wrap(&m, options, TCA_OPTIONS);
	return m;
}

static int add(uint32_t parent, uint32_t prio, uint16_t protocol, int verdict)
{
	const struct action how = { "gact", verdict, 0, false, 1 };
	const struct message m = matchall(parent, prio, protocol, &how);

	return ask(&m);
}

static int del(uint32_t parent, uint32_t prio)
{
	struct message m = filter(RTM_DELTFILTER, 0, parent, prio, 0);

	if (!prio) { /* all: then nothing else may be said */
		m = message_of(RTM_DELTFILTER, 0, ETH, NULL);
		m.t.tcm_parent = parent;
	}
	return ask(&m);
}

static void hear_all(void)
{
	while (read_one(f.hears))
		;
}

/* -- packets -- */

static uint64_t drops(enum sea_drop reason)
{
	return f.stack->shard.counters.drop[reason];
}

/* Frames that nobody here wants but filters: of IPv4, and empty. */
static void receive(unsigned n, uint16_t protocol)
{
	while (n--) {
		uint8_t frame[FRAME] = {
			2, 0, 0, 0, 0, 1, [12] = (uint8_t)(protocol >> 8), [13] = (uint8_t)protocol
		};
		struct sea_pkt *pkt = sea_pkt_from_bytes(f.eth, frame, sizeof(frame));

		assert_non_null(pkt);
		sea_link_input(f.eth, &pkt, 1, now);
	}
}

static struct tc_stats stats_of_ingress(void)
{
	struct message m = message_of(RTM_GETQDISC, 0, ETH, NULL);

	hear_all();
	m.t.tcm_parent = TC_H_INGRESS;
	assert_int_equal(ask(&m), 0);
	assert_true(read_one(f.hears));
	return stats();
}

/* Its only action's, of the filter that is asked for. */
static struct gnet_stats_basic stats_of_action(uint32_t parent, uint32_t prio)
{
	static const uint16_t way[] = { TCA_MATCHALL_ACT, 1, TCA_ACT_STATS, TCA_STATS_BASIC };
	struct message m = filter(RTM_GETTFILTER, 0, parent, prio, 0);
	struct gnet_stats_basic basic = { 0 };
	const uint8_t *at;
	uint32_t len;

	m.t.tcm_handle = 1;
	ask_only(&m);
	assert_true(read_one(f.asks));
	assert_int_equal(f.h.nlmsg_type, RTM_NEWTFILTER);
	at = attr_of(TCA_OPTIONS, &len);
	for (unsigned i = 0; i < 4; i++) {
		assert_non_null(at);
		at = attr_in(at, len, way[i], &len);
	}
	assert_non_null(at);
	memcpy(&basic, at, 12);
	assert_true(read_one(f.asks)); /* that this was all */
	return basic;
}

/* SEA_DROP_TC_INGRESS */
static void what_comes_in_is_dropped_and_counted(void **state)
{
	(void)state;
	stand("ingress");
	receive(1, ETH_P_4);
	assert_int_equal(stats_of_ingress().packets, 0); /* nothing is counted without filters */
	assert_int_equal(add(IN, 0, ETH_P_ANY, TC_ACT_SHOT), 0);
	receive(3, ETH_P_4);
	assert_int_equal(drops(SEA_DROP_TC_INGRESS), 3);
	assert_int_equal(stats_of_ingress().packets, 3);
	assert_int_equal(stats().bytes, 3 * 20);
	assert_int_equal(stats().drops, 3);
	assert_int_equal(stats_of_action(IN, 0xc000).packets, 3);
	assert_int_equal(stats_of_action(IN, 0xc000).bytes, 3 * 20);
	assert_int_equal(del(IN, 0xc000), 0);
	receive(1, ETH_P_4);
	assert_int_equal(drops(SEA_DROP_TC_INGRESS), 3);
}

/* SEA_DROP_TC_EGRESS */
static void what_would_go_out_is_dropped_and_its_sender_told(void **state)
{
	struct sea_pkt *pkt;

	(void)state;
	stand("clsact");
	assert_int_equal(add(OUT, 5, ETH_P_4, TC_ACT_SHOT), 0);
	assert_int_equal(send_one(), -ENOBUFS);
	assert_int_equal(drops(SEA_DROP_TC_EGRESS), 1);
	assert_int_equal(stats_of_action(OUT, 5).bytes, FRAME);
	assert_int_equal(stats_of_ingress().bytes, FRAME);
	receive(1, ETH_P_4); /* is another way */
	assert_int_equal(stats_of_ingress().packets, 1);
	assert_int_equal(del(OUT, 5), 0);
	assert_int_equal(add(OUT, 5, ETH_P_4, TC_ACT_STOLEN), 0);
	assert_int_equal(send_one(), 0);
	assert_int_equal(drops(SEA_DROP_TC_EGRESS), 2);
	assert_null(sea_stack_next_tx(f.stack));
	assert_int_equal(del(OUT, 0), 0);
	assert_int_equal(send_one(), 0);
	assert_ptr_equal(sea_stack_next_tx(f.stack), f.eth);
	assert_int_equal(sea_link_take_tx(f.eth, &pkt, 1, now), 1);
	sea_pkt_done(pkt);
}

static void a_filter_is_for_its_protocol_and_leaves_to_the_next_what_it_says(void **state)
{
	(void)state;
	stand("clsact");
	assert_int_equal(add(IN, 1, ETH_P_6, TC_ACT_SHOT), 0);
	assert_int_equal(add(IN, 2, ETH_P_ANY, TC_ACT_UNSPEC), 0);
	assert_int_equal(add(IN, 3, ETH_P_4, TC_ACT_OK), 0);
	assert_int_equal(add(IN, 4, ETH_P_ANY, TC_ACT_SHOT), 0);
	receive(1, ETH_P_4);
	receive(1, ETH_P_6);
	receive(1, 0x0806);
	assert_int_equal(stats_of_action(IN, 1).packets, 1);
	assert_int_equal(stats_of_action(IN, 2).packets, 2);
	assert_int_equal(stats_of_action(IN, 3).packets, 1);
	assert_int_equal(stats_of_action(IN, 4).packets, 1);
	assert_int_equal(drops(SEA_DROP_TC_INGRESS), 2);
}

static void a_frame_too_short_for_a_header_is_of_no_protocol(void **state)
{
	uint8_t frame[4] = { 2 };
	struct sea_pkt *pkt;

	(void)state;
	stand("clsact");
	assert_int_equal(add(IN, 1, ETH_P_4, TC_ACT_SHOT), 0);
	pkt = sea_pkt_from_bytes(f.eth, frame, sizeof(frame));
	assert_non_null(pkt);
	sea_link_input(f.eth, &pkt, 1, now);
	assert_int_equal(drops(SEA_DROP_LINK_SHORT), 1);
	assert_int_equal(stats_of_ingress().packets, 1);
	assert_int_equal(stats().bytes, 0);
}

static void a_link_that_turns_frames_round_has_filters_before_its_queue(void **state)
{
	const struct action drop = { "gact", TC_ACT_SHOT, 0, false, 1 };
	struct message q = message_of(RTM_NEWQDISC, ADD, LO, "clsact"),
		       m = matchall(OUT, 1, ETH_P_ANY, &drop);

	(void)state;
	q.t.tcm_parent = TC_H_INGRESS;
	m.t.tcm_ifindex = LO;
	assert_int_equal(ask(&q), 0);
	assert_int_equal(ask(&m), 0);
	hear_all();
	assert_int_equal(add_limited(LO, "pfifo", ADD, 5), 0);
	assert_heard(RTM_DELQDISC, "noqueue"); /* as if there were no filters */
	next_in_datagram(RTM_NEWQDISC);
	sea_queue_clear(f.stack->loopback, f.stack->loopback->ingress);
	assert_null(f.stack->loopback->turn);
}

/* -- told and shown -- */

static void filters_are_told_of_with_their_chain(void **state)
{
	(void)state;
	stand("clsact");
	assert_int_equal(add(IN, 0, ETH_P_ANY, TC_ACT_OK), 0);
	assert_true(read_one(f.hears));
	assert_int_equal(f.h.nlmsg_type, RTM_NEWCHAIN);
	assert_heard(RTM_NEWTFILTER, "matchall");
	assert_int_equal(header().tcm_info, 0xc0000000 | htons(ETH_P_ANY));
	assert_int_equal(header().tcm_handle, 1);
	assert_int_equal(add(IN, 0, ETH_P_4, TC_ACT_OK), 0);
	assert_heard(RTM_NEWTFILTER, "matchall");
	assert_int_equal(header().tcm_info, 0xbfff0000 | htons(ETH_P_4));
	assert_int_equal(add(IN, 0xc000, ETH_P_ANY, TC_ACT_OK), -EEXIST);
	assert_int_equal(add(IN, 0xc000, ETH_P_4, TC_ACT_OK), -EINVAL);
	assert_int_equal(del(IN, 0xbfff), 0);
	assert_heard(RTM_DELTFILTER, "matchall");
	assert_int_equal(header().tcm_handle, 0);
	assert_int_equal(del(IN, 0), 0);
	assert_heard(RTM_DELTFILTER, "matchall");
	assert_true(read_one(f.hears));
	assert_int_equal(f.h.nlmsg_type, RTM_DELCHAIN);
	assert_int_equal(del(IN, 0), 0);
	assert_int_equal(del(IN, 5), -ENOENT);
	assert_false(read_one(f.hears));
}

/* How many messages a dump has. */
static unsigned dumped(uint32_t parent, uint32_t prio, uint32_t chain)
{
	struct message m = message_of(RTM_GETTFILTER, NLM_F_DUMP, ETH, NULL);
	unsigned n = 0;

	m.t.tcm_parent = parent;
	m.t.tcm_info = prio << 16;
	if (chain)
		add_attr(&m, TCA_CHAIN, &chain, sizeof(chain));
	ask_only(&m);
	while (read_one(f.asks) && f.h.nlmsg_type != NLMSG_DONE) {
		for (size_t at = 0; at < f.len; n++) {
			struct nlmsghdr h;

			memcpy(&h, f.bytes + at, sizeof(h));
			assert_int_equal(h.nlmsg_type, RTM_NEWTFILTER);
			at += (h.nlmsg_len + 3u) & ~3u;
		}
	}
	return n;
}

static void a_dump_has_those_that_are_asked_for(void **state)
{
	(void)state;
	stand("clsact");
	for (uint32_t prio = 1; prio <= 60; prio++) /* of more than one datagram */
		assert_int_equal(add(IN, prio, ETH_P_ANY, TC_ACT_OK), 0);
	assert_int_equal(add(OUT, 1, ETH_P_ANY, TC_ACT_OK), 0);
	assert_int_equal(dumped(IN, 0, 0), 2 * 60);
	assert_int_equal(dumped(IN, 7, 0), 2);
	assert_int_equal(dumped(OUT, 0, 0), 2);
	assert_int_equal(dumped(OUT, 0, 9), 0);
	assert_int_equal(dumped(0, 0, 0), 0);
	assert_int_equal(dumped(0xffff0000, 0, 0), 0);
}

static void what_ours_has_not_is_refused(void **state)
{
	static const struct {
		struct action how;
		int err;
	} bad[] = {
		{ { "gact", TC_ACT_SHOT, 0, false, 2 }, -EOPNOTSUPP },
		{ { "gact", TC_ACT_SHOT, 0, true, 1 }, -EOPNOTSUPP },
		{ { "gact", TC_ACT_RECLASSIFY, 0, false, 1 }, -EOPNOTSUPP },
		{ { "gact", TC_ACT_GOTO_CHAIN | 1, 0, false, 1 }, -EOPNOTSUPP },
		{ { "gact", TC_ACT_VALUE_MAX + 1, 0, false, 1 }, -EINVAL },
		{ { "gact", TC_ACT_OK, 77, false, 1 }, -EOPNOTSUPP }, /* another filter's */
		{ { "mirred", 0, 0, false, 1 }, -ENOENT },
		{ { NULL, 0, 0, false, 1 }, -EINVAL },
	};
	const struct action numbered = { "gact", TC_ACT_OK, 77, false, 1 };
	struct message m = matchall(IN, 1, ETH_P_ANY, &numbered);
	const uint32_t chain = 5, skip_sw = TCA_CLS_FLAGS_SKIP_SW;

	(void)state;
	stand("clsact");
	assert_int_equal(ask(&m), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m = matchall(IN, 2, ETH_P_ANY, &bad[i].how);
		assert_int_equal(ask(&m), bad[i].err);
	}
	m = matchall(IN, 2, ETH_P_ANY, NULL);
	add_attr(&m, TCA_CHAIN, &chain, sizeof(chain));
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = filter(RTM_NEWTFILTER, ADD, IN, 2, ETH_P_ANY);
	assert_int_equal(ask(&m), -EINVAL); /* no options */
	add_attr(&m, TCA_MATCHALL_FLAGS, &skip_sw, sizeof(skip_sw));
	wrap(&m, m.h.nlmsg_len - 8, TCA_OPTIONS);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	assert_int_equal(dumped(IN, 0, 0), 2);
}

/* -- kept -- */

static void filters_are_saved_with_their_link(void **state)
{
	(void)state;
	stand("clsact");
	assert_int_equal(add(IN, 3, ETH_P_4, TC_ACT_SHOT), 0);
	assert_int_equal(add(OUT, 4, ETH_P_ANY, TC_ACT_SHOT), 0);
	restore();
	receive(2, ETH_P_4);
	receive(1, ETH_P_6);
	assert_int_equal(drops(SEA_DROP_TC_INGRESS), 2);
	assert_int_equal(send_one(), -ENOBUFS);
}

static void without_memory_there_is_no_filter(void **state)
{
	const struct action drop = { "gact", TC_ACT_SHOT, 0, false, 1 };
	const struct message m = matchall(IN, 1, ETH_P_ANY, &drop);

	(void)state;
	stand("clsact");
	for (size_t nth = 1; !sea_filters_of(f.eth)->in.first; nth++) {
		assert_true(nth < 50);
		ask_failing(&m, nth);
	}
}

static void what_stands_there_takes_its_filters_with_it(void **state)
{
	struct message m = message_of(RTM_DELQDISC, 0, ETH, NULL);

	(void)state;
	stand("clsact");
	assert_int_equal(add(IN, 1, ETH_P_ANY, TC_ACT_SHOT), 0);
	assert_int_equal(add(OUT, 1, ETH_P_ANY, TC_ACT_SHOT), 0);
	hear_all();
	m.t.tcm_parent = TC_H_INGRESS;
	assert_int_equal(ask(&m), 0);
	assert_heard(RTM_DELQDISC, "clsact");
	for (unsigned i = 0; i < 2; i++) {
		assert_true(read_one(f.hears));
		assert_int_equal(f.h.nlmsg_type, RTM_DELCHAIN);
	}
	assert_false(read_one(f.hears));
	assert_int_equal(send_one(), 0);
}

int run_filter_tests(void)
{
	static const struct CMUnitTest tests[] = {
		T(what_comes_in_is_dropped_and_counted),
		T(what_would_go_out_is_dropped_and_its_sender_told),
		T(a_filter_is_for_its_protocol_and_leaves_to_the_next_what_it_says),
		T(a_frame_too_short_for_a_header_is_of_no_protocol),
		T(a_link_that_turns_frames_round_has_filters_before_its_queue),
		T(filters_are_told_of_with_their_chain),
		T(a_dump_has_those_that_are_asked_for),
		T(what_ours_has_not_is_refused),
		T(filters_are_saved_with_their_link),
		T(without_memory_there_is_no_filter),
		T(what_stands_there_takes_its_filters_with_it),
	};

	return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
