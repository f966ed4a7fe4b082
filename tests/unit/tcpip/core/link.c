/* SPDX-License-Identifier: Apache-2.0 */
/* Links and the stack's loop: frames in and out, queues, wrappers, changes at run time. */
#include <errno.h>

#include "tests/lib/stack_fixture.h"

#include <seastack/event.h>
#include <seastack/stats.h>

static const struct sea_module *const no_modules[] = { NULL };

static int setup(void **state)
{
	struct test_stack *t = calloc(1, sizeof(*t));

	test_stack_new_bare(t, no_modules, 0);
	t->link = test_add_link(t, "eth0", &test_our_mac, NULL);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(*state);
	free(*state);
	return 0;
}

static size_t ether(uint8_t *frame, const struct sea_mac *dst, uint16_t type, size_t payload)
{
	struct sea_ether_hdr *eth = (void *)frame;

	eth->dst = *dst;
	eth->src = test_peer_mac;
	eth->type = sea_be16_of(type);
	memset(eth + 1, 0x55, payload);
	return sizeof(*eth) + payload;
}

/* A packet of `len` bytes goes out on the link. */
static int send_one(struct test_stack *t, struct sea_link *link, uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_new(&t->stack->shard.pool, SEA_PKT_HEADROOM, len);
	static const uint8_t zeros[70000];
	int err;

	assert_non_null(pkt);
	assert_true(sea_pkt_append(pkt, zeros, len));
	sea_stack_enter(t->stack, t->now);
	err = sea_link_output(link, pkt, &test_peer_mac, 0x88b5);
	sea_stack_leave(t->stack);
	return err;
}

/* -- in -- */

static void a_frame_shorter_than_its_header_is_dropped(void **state)
{
	struct test_stack *t = *state;
	uint8_t frame[13] = { 0 };

	test_inject(t, frame, sizeof(frame));
	assert_int_equal(test_drops(t, SEA_DROP_LINK_SHORT), 1);
}

static void a_frame_for_another_mac_is_dropped(void **state)
{
	struct test_stack *t = *state;
	uint8_t frame[64];

	test_inject(t, frame, ether(frame, &test_peer_mac, 0x0800, 46));
	assert_int_equal(test_drops(t, SEA_DROP_LINK_OTHERHOST), 1);
}

/* RFC1122:2.3.1-a, RFC1812:3.3.1-a */
static void an_ethertype_nobody_takes_is_dropped(void **state)
{
	struct test_stack *t = *state;
	uint8_t frame[64];

	test_inject(t, frame, ether(frame, &test_our_mac, 0x88b5, 46));
	assert_int_equal(test_drops(t, SEA_DROP_LINK_PROTOCOL), 1);
	test_inject(t, frame, ether(frame, &test_our_mac, 46, 46)); /* an IEEE 802.3 length */
	assert_int_equal(test_drops(t, SEA_DROP_LINK_PROTOCOL), 2);
}

static void a_link_that_is_down_passes_nothing(void **state)
{
	struct test_stack *t = *state;
	uint8_t frame[64];

	assert_int_equal(sea_link_set_up(t->link, false, t->now), 0);
	test_inject(t, frame, ether(frame, &test_our_mac, 0x0800, 46));
	assert_int_equal(test_drops(t, SEA_DROP_LINK_DOWN), 1);
	assert_int_equal(send_one(t, t->link, 100), -ENETDOWN);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_DOWN), 2);
	sea_link_set_carrier(t->link, false, t->now);
	assert_int_equal(sea_link_set_up(t->link, true, t->now), 0);
	assert_int_equal(send_one(t, t->link, 100), 0); /* as Linux, which tells nobody */
	assert_int_equal(test_drops(t, SEA_DROP_LINK_DOWN), 3);
}

static void a_driver_can_refuse_a_frame_by_name(void **state)
{
	struct test_stack *t = *state;
	struct sea_pkt *pkt = sea_pkt_from_bytes(t->link, "xx", 2);

	sea_link_reject(t->link, pkt, SEA_DROP_LINK_VNET_HDR, t->now);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_VNET_HDR), 1);
}

/* -- out -- */

/* RFC1122:2.3.3-a, RFC1122:2.3.3-c, RFC1812:3.3.3-a */
static void frames_go_out_in_order_with_their_header(void **state)
{
	struct test_stack *t = *state;

	for (uint32_t len = 60; len < 70; len++)
		assert_int_equal(send_one(t, t->link, len), 0);
	for (uint32_t len = 60; len < 70; len++) {
		struct test_frame *f = test_take(t);
		const struct sea_ether_hdr *eth = (const void *)f->bytes;

		assert_int_equal(f->len, len + sizeof(*eth));
		assert_memory_equal(&eth->dst, &test_peer_mac, 6);
		assert_memory_equal(&eth->src, &test_our_mac, 6);
		assert_int_equal(sea_be16_get(eth->type), 0x88b5);
	}
	assert_null(test_take(t));
	assert_null(sea_stack_next_tx(t->stack));
}

static void the_queue_is_bounded_by_txqueuelen(void **state)
{
	struct test_stack *t = *state;

	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(send_one(t, t->link, 60), 0);
	assert_int_equal(send_one(t, t->link, 60), -ENOBUFS);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_QUEUE_FULL), 1);
	assert_int_equal(test_take_all(t), 1000);
}

static void a_packet_larger_than_the_mtu_is_refused(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(send_one(t, t->link, 1500), 0);
	assert_int_equal(send_one(t, t->link, 1501), -EMSGSIZE);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_TOO_BIG), 1);
	assert_int_equal(sea_link_set_mtu(t->link, 9000, t->now), 0);
	assert_int_equal(send_one(t, t->link, 9000), 0);
	assert_int_equal(sea_link_set_mtu(t->link, SEA_LINK_MTU_MIN - 1, t->now), -EINVAL);
}

static void without_memory_for_a_header_the_packet_is_dropped(void **state)
{
	struct test_stack *t = *state;
	struct sea_pkt *pkt = sea_pkt_new(&t->stack->shard.pool, 0, 60);

	assert_true(sea_pkt_append(pkt, "payload", 7));
	sea_pool_trim(&t->stack->shard.pool);
	test_env_fail_at(&t->env, 1);
	sea_stack_enter(t->stack, t->now);
	assert_int_equal(sea_link_output(t->link, pkt, &test_peer_mac, 0x88b5), -ENOMEM);
	sea_stack_leave(t->stack);
	test_env_fail_at(&t->env, 0);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_NO_MEMORY), 1);
}

static void frames_given_back_come_first_at_the_next_take(void **state)
{
	struct test_stack *t = *state;
	struct sea_pkt *pkts[8];

	for (uint32_t len = 60; len < 65; len++)
		assert_int_equal(send_one(t, t->link, len), 0);
	assert_int_equal(sea_link_take_tx(t->link, pkts, 4, t->now), 4);
	sea_pkt_done(pkts[0]);
	sea_link_return_tx(t->link, pkts + 1, 3);
	/* A link that is full is not offered again before somebody takes from it. */
	assert_null(sea_stack_next_tx(t->stack));
	assert_int_equal(send_one(t, t->link, 65), 0);
	assert_null(sea_stack_next_tx(t->stack));
	assert_int_equal(sea_link_take_tx(t->link, pkts, 8, t->now), 5);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(sea_pkt_len(pkts[i]), 14 + 61 + i);
		sea_pkt_done(pkts[i]);
	}
	assert_int_equal(t->link->stats.tx_packets, 6);
}

static void links_with_output_are_offered_in_turn(void **state)
{
	struct test_stack *t = *state;
	struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct sea_link *other = test_add_link(t, "eth1", &mac, NULL), *first;

	assert_null(sea_stack_next_tx(t->stack));
	assert_int_equal(send_one(t, t->link, 60), 0);
	assert_int_equal(send_one(t, other, 60), 0);
	first = sea_stack_next_tx(t->stack);
	assert_ptr_not_equal(sea_stack_next_tx(t->stack), first);
	assert_ptr_equal(sea_stack_next_tx(t->stack), first);
	test_take_all(t);
}

/* -- loopback -- */

static void loopback_turns_round_at_the_next_advance_and_is_bounded(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(send_one(t, t->stack->loopback, 100), 0);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_PROTOCOL), 0);
	assert_int_equal(sea_stack_deadline(t->stack).ns, t->now.ns);
	test_settle(t);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_PROTOCOL), 1);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(send_one(t, t->stack->loopback, 100), 0);
	assert_int_equal(send_one(t, t->stack->loopback, 100), -ENOBUFS);
	assert_int_equal(test_drops(t, SEA_DROP_LOOPBACK_FULL), 1);
}

/* -- life -- */

static void a_deleted_link_drops_what_it_held(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(send_one(t, t->link, 60), 0);
	sea_link_del(t->link, t->now);
	assert_int_equal(test_drops(t, SEA_DROP_LINK_DELETED), 1);
	assert_null(sea_link_by_name(t->stack, "eth0"));
	assert_null(sea_stack_next_tx(t->stack));
}

static void names_and_values_are_checked(void **state)
{
	struct test_stack *t = *state;
	const char *const bad[] = {
		"", "a/b", "a b", "0123456789abcdef", ".", "..", "a\tb", "a:b"
	};
	struct sea_link_config config = { .size = sizeof(config), .type = SEA_LINK_ETHERNET };
	struct sea_link *link;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		config.name = bad[i];
		assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), -EINVAL);
		assert_null(link);
	}
	config.name = "eth0";
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), -EEXIST);
	config.name = "eth1";
	config.mtu = 67;
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), -EINVAL);
	config.mtu = 1500;
	config.features = SEA_LINK_F_TSO4; /* without checksums */
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), -EINVAL);
	config.features = 0;
	config.mac[0] = 1; /* a group address */
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), -EINVAL);
	config.mac[0] = 0;
	config.qdisc = "fq_codel";
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), -EINVAL);
	config.qdisc = "pfifo_fast";
	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), 0);
}

static void a_link_without_mac_gets_a_local_one(void **state)
{
	struct test_stack *t = *state;
	struct sea_link_config config = { .size = sizeof(config), .name = "eth7" };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_link *link;

	assert_int_equal(sea_link_add(t->stack, &config, &link, t->now), 0);
	sea_link_info(link, &info);
	assert_int_equal(info.mac[0] & 3, 2);
	assert_int_equal(info.mtu, 1500);
	assert_int_equal(info.txqueuelen, 1000);
	assert_false(info.up);
	assert_true(info.carrier);
}

static void changes_raise_events_once_merged(void **state)
{
	struct test_stack *t = *state;
	const uint8_t mac[6] = { 2, 1, 1, 1, 1, 1 };
	struct sea_event ev[8];

	while (sea_stack_take_events(t->stack, ev, 8))
		;
	assert_int_equal(sea_link_set_mtu(t->link, 1400, t->now), 0);
	assert_int_equal(sea_link_set_mac(t->link, mac, t->now), 0);
	assert_int_equal(sea_stack_take_events(t->stack, ev, 8), 1);
	assert_int_equal(ev[0].kind, SEA_EVENT_LINK);
	assert_int_equal(ev[0].ifindex, t->link->ifindex);
	assert_int_equal(ev[0].mask, SEA_LINK_EVENT_MTU | SEA_LINK_EVENT_MAC);
	assert_int_equal(sea_stack_take_events(t->stack, ev, 8), 0);
}

/* -- the stack -- */

static void a_stack_needs_a_whole_environment_and_each_module_once(void **state)
{
	struct test_stack *t = *state;
	const struct sea_module *twice[] = { &sea_ipv4, &sea_ipv4 };
	const struct sea_module *udp_alone[] = { &sea_udp };
	struct sea_stack_config config = SEA_STACK_CONFIG_INIT;
	struct sea_env env = t->env.env;
	struct sea_stack *stack;

	assert_int_equal(sea_stack_new(NULL, &env, twice, 2, &stack), -EINVAL);
	assert_null(stack);
	assert_int_equal(sea_stack_new(NULL, &env, udp_alone, 1, &stack), -EINVAL);
	config.size = 1;
	assert_int_equal(sea_stack_new(&config, &env, NULL, 0, &stack), -EINVAL);
	env.secret = NULL;
	assert_int_equal(sea_stack_new(NULL, &env, NULL, 0, &stack), -EINVAL);
}

static int no_secret(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
	return -EAGAIN;
}

static void without_secret_randomness_there_is_no_stack(void **state)
{
	struct test_stack *t = *state;
	struct sea_env env = t->env.env;
	struct sea_stack *stack;

	env.secret = no_secret;
	assert_int_equal(sea_stack_new(NULL, &env, NULL, 0, &stack), -EAGAIN);
	assert_null(stack);
}

static void making_a_stack_survives_every_failed_allocation(void **state)
{
	struct test_stack *t = *state;
	size_t live = t->env.live;
	struct sea_stack *stack = NULL;

	for (size_t nth = 1; !stack; nth++) {
		int err;

		test_env_fail_at(&t->env, nth);
		err = sea_stack_new(NULL, &t->env.env, sea_modules_all, sea_modules_all_n, &stack);
		test_env_fail_at(&t->env, 0);
		assert_true(err == -ENOMEM || (!err && stack));
		assert_true(nth < 200);
	}
	sea_stack_free(stack);
	assert_int_equal(t->env.live, live);
}

static void time_that_runs_backwards_is_raised_and_counted(void **state)
{
	struct test_stack *t = *state;
	sea_time later = sea_time_add(t->now, SEA_SEC);

	sea_stack_advance(t->stack, later);
	sea_stack_advance(t->stack, t->now);
	assert_int_equal(sea_stack_now(t->stack).ns, later.ns);
	assert_int_equal(sea_stack_mib_get(t->stack, "SeaClockBackwards"), 1);
}

static void entering_twice_panics(void **state)
{
	struct test_stack *t = *state;

	sea_stack_enter(t->stack, t->now);
	expect_assert_failure(sea_stack_advance(t->stack, t->now));
	sea_stack_leave(t->stack);
}

static void drops_are_described(void **state)
{
	struct test_stack *t = *state;
	struct sea_counter c;
	unsigned n = 0;

	for (; sea_stack_drop(t->stack, n, &c); n++) {
		assert_non_null(c.name);
		assert_non_null(c.layer);
		assert_true(strlen(c.meaning) > 5);
	}
	assert_int_equal(n, SEA_DROP_N);
	assert_true(sea_stack_mib(t->stack, 0, &c));
	assert_string_equal(c.name, "IpInReceives");
	assert_false(sea_stack_mib(t->stack, SEA_MIB_N, &c));
	assert_int_equal(sea_stack_mib_get(t->stack, "NoSuchCounter"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_shorter_than_its_header_is_dropped),
		TEST(a_frame_for_another_mac_is_dropped),
		TEST(an_ethertype_nobody_takes_is_dropped),
		TEST(a_link_that_is_down_passes_nothing),
		TEST(a_driver_can_refuse_a_frame_by_name),
		TEST(frames_go_out_in_order_with_their_header),
		TEST(the_queue_is_bounded_by_txqueuelen),
		TEST(a_packet_larger_than_the_mtu_is_refused),
		TEST(without_memory_for_a_header_the_packet_is_dropped),
		TEST(frames_given_back_come_first_at_the_next_take),
		TEST(links_with_output_are_offered_in_turn),
		TEST(loopback_turns_round_at_the_next_advance_and_is_bounded),
		TEST(a_deleted_link_drops_what_it_held),
		TEST(names_and_values_are_checked),
		TEST(a_link_without_mac_gets_a_local_one),
		TEST(changes_raise_events_once_merged),
		TEST(a_stack_needs_a_whole_environment_and_each_module_once),
		TEST(without_secret_randomness_there_is_no_stack),
		TEST(making_a_stack_survives_every_failed_allocation),
		TEST(time_that_runs_backwards_is_raised_and_counted),
		TEST(entering_twice_panics),
		TEST(drops_are_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
