/* SPDX-License-Identifier: Apache-2.0 */
/* veth: what crosses, and how the ends follow each other. What messages say of them: tests/netns/netlink_veth.c. */
#include "kinds.h"

#include <linux/veth.h>

static struct message making_pair(const char *name, const char *peer)
{
	const struct ifinfomsg hdr = { .ifi_family = 0 };
	uint8_t end[64], data[80];

	memcpy(end, &hdr, sizeof(hdr));
	return making(
		"veth", name, data,
		put_nlattr(data, VETH_INFO_PEER, end,
			   (uint16_t)(sizeof(hdr) + put_nlattr(end + sizeof(hdr), IFLA_IFNAME, peer,
							       (uint16_t)(strlen(peer) + 1)))));
}

static void make_pair(void)
{
	const struct message m = making_pair("a", "b");

	assert_int_equal(ask(&m), 0);
}

static void set_up(const char *name, bool up)
{
	assert_int_equal(sea_link_set_up(link_of(name), up, NOW), 0);
}

static void make_pair_up(void)
{
	make_pair();
	set_up("a", true);
	set_up("b", true);
}

/* -- made -- */

static void the_other_end_comes_first(void **state)
{
	(void)state;
	make_pair();
	assert_ptr_equal(link_of("a")->peer, link_of("b"));
	assert_ptr_equal(link_of("b")->peer, link_of("a"));
	assert_int_equal(link_of("b")->ifindex + 1, link_of("a")->ifindex);
	show("a");
	assert_string_equal(kind_of(), "veth");
	assert_int_equal(u32_of(IFLA_LINK), link_of("b")->ifindex);
	assert_int_equal(u32_of(IFLA_MIN_MTU), 68);
	assert_int_equal(u32_of(IFLA_MAX_MTU), 65535);
}

static void a_pair_of_which_nothing_is_said_has_names_and_addresses_of_its_own(void **state)
{
	struct message m = making("veth", NULL, NULL, 0);

	(void)state;
	add_attr(&m, IFLA_ADDRESS, "\2\0\0\0\0\7", 6);
	add_u32(&m, IFLA_MTU, 3000);
	assert_int_equal(ask(&m), 0);
	assert_memory_equal(link_of("veth1")->mac.b, "\2\0\0\0\0\7", 6);
	assert_memory_not_equal(link_of("veth0")->mac.b, "\2\0\0\0\0\7", 6);
	assert_int_equal(link_of("veth0")->mtu, 3000);
}

static void what_makes_no_pair_leaves_no_end_behind(void **state)
{
	struct message m = making_pair("a", "eth0");

	(void)state;
	assert_int_equal(ask(&m), -EEXIST);
	m = making_pair("a", "a");
	assert_int_equal(ask(&m), -EEXIST);
	m = making_pair("a", "b");
	m.i.ifi_index = k.f.stack->next_ifindex;
	assert_int_equal(ask(&m), -EBUSY); /* the other end has it */
	m = making_pair("a", "b");
	m.i.ifi_flags = m.i.ifi_change = SEA_IFF_NOARP;
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	assert_null(sea_link_by_name(k.f.stack, "a"));
	assert_null(sea_link_by_name(k.f.stack, "b"));
}

static void read_all(void)
{
	for (int i = 0; i < 8; i++) {
		struct iovec in = { k.bytes, sizeof(k.bytes) };
		struct msghdr got = { .msg_iov = &in, .msg_iovlen = 1 };

		(void)!sea_socket_recvmsg(k.f.stack, k.asks, &got, 0, NOW);
	}
}

static void a_pair_that_there_is_no_memory_for_is_not_made(void **state)
{
	bool made = false;

	(void)state;
	for (size_t at = 1; !made; at++) {
		struct message m = making_pair("a", "b");
		struct iovec iov = { &m, m.h.nlmsg_len };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		assert_true(at < 200);
		test_env_fail_at(&k.env, at);
		(void)!sea_socket_sendmsg(k.f.stack, k.asks, &msg, 0, NOW);
		test_env_fail_at(&k.env, 0);
		made = sea_link_by_name(k.f.stack, "a");
		assert_int_equal(sea_link_by_name(k.f.stack, "b") != NULL, made);
		read_all();
	}
}

/* -- up and down -- */

static void ends_have_a_carrier_while_both_are_up(void **state)
{
	(void)state;
	make_pair();
	assert_false(link_of("a")->carrier);
	set_up("a", true);
	assert_false(link_of("a")->carrier);
	set_up("b", true);
	assert_true(link_of("a")->carrier && link_of("b")->carrier);
	set_up("a", false);
	assert_false(link_of("a")->carrier || link_of("b")->carrier);
	assert_int_equal(link_of("b")->carrier_ups, 1);
	assert_int_equal(link_of("b")->carrier_downs, 2);
	show("b");
	assert_int_equal(shown().ifi_flags & (SEA_IFF_UP | SEA_IFF_RUNNING), SEA_IFF_UP);
}

static void one_end_takes_the_other_along(void **state)
{
	(void)state;
	make_pair_up();
	hear_all();
	assert_int_equal(delete_link("b"), 0);
	assert_heard(RTM_NEWLINK, "b");
	assert_heard(RTM_NEWLINK, "a");
	assert_heard(RTM_DELLINK, "b");
	assert_heard(RTM_DELLINK, "a");
	assert_true(hears_nothing());
	assert_null(sea_link_by_name(k.f.stack, "a"));
}

static void a_pair_of_one_group_is_deleted_with_it(void **state)
{
	struct message m = message_of(RTM_DELLINK, 0);

	(void)state;
	make_pair_up();
	assert_int_equal(set_u32("a", IFLA_GROUP, 9), 0);
	assert_int_equal(set_u32("b", IFLA_GROUP, 9), 0);
	add_u32(&m, IFLA_GROUP, 9);
	assert_int_equal(ask(&m), 0);
	assert_null(sea_link_by_name(k.f.stack, "a"));
	assert_null(sea_link_by_name(k.f.stack, "b"));
}

/* -- frames -- */

static struct sea_pkt *super(struct sea_link *from, uint32_t payload)
{
	const struct frame_spec spec = { .payload = payload };
	struct sea_pkt *pkt = super_pkt(&k.f, &spec, 1000);

	sea_pkt_trim_front(pkt, 14);
	pkt->link = from;
	return pkt;
}

static int send_to(struct sea_link *from, const struct sea_mac *dst, uint32_t payload)
{
	struct sea_pkt *pkt = super(from, payload);
	int err;

	sea_stack_enter(k.f.stack, NOW);
	err = sea_link_output(from, pkt, dst, SEA_ETHERTYPE_IPV4);
	sea_stack_leave(k.f.stack);
	return err;
}

static void what_one_end_sends_arrives_whole_at_the_other(void **state)
{
	struct sea_link *a, *b;

	(void)state;
	make_pair_up();
	a = link_of("a");
	b = link_of("b");
	assert_int_equal(send_to(a, &b->mac, 5000), 0);
	assert_int_equal(arrived.n, 0);
	sea_stack_advance(k.f.stack, NOW);
	assert_int_equal(arrived.n, 1);
	assert_ptr_equal(arrived.head->link, b);
	assert_int_equal(arrived.head->gso_size, 1000);
	assert_int_equal(arrived.head->csum_state, SEA_CSUM_PARTIAL);
	assert_true(arrived.head->trusted);
	assert_int_equal(a->stats.tx_packets, 1);
	assert_int_equal(b->stats.rx_packets, 1);
	assert_int_equal(a->stats.tx_bytes, b->stats.rx_bytes);
	assert_int_equal(b->stats.tx_packets, 0);
}

static void what_is_for_another_station_is_not_taken(void **state)
{
	static const struct sea_mac other = { { 2, 9, 9, 9, 9, 9 } };

	(void)state;
	make_pair_up();
	assert_int_equal(send_to(link_of("a"), &other, 100), 0);
	sea_stack_advance(k.f.stack, NOW);
	assert_int_equal(arrived.n, 0);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_OTHERHOST), 1);
}

static void what_the_other_end_has_no_room_for_was_not_sent(void **state)
{
	struct sea_link *a, *b;

	(void)state;
	make_pair_up();
	a = link_of("a");
	b = link_of("b");
	b->input_max = 1;
	assert_int_equal(send_to(a, &b->mac, 100), 0);
	assert_int_equal(send_to(a, &b->mac, 100), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_PAIR_FULL), 1);
	assert_int_equal(a->stats.tx_packets, 1);
	assert_int_equal(a->stats.tx_dropped, 1);
	sea_stack_advance(k.f.stack, NOW);
	assert_int_equal(arrived.n, 1);
}

static void without_a_carrier_nothing_is_sent(void **state)
{
	(void)state;
	make_pair();
	set_up("a", true);
	assert_int_equal(send_to(link_of("a"), &link_of("b")->mac, 100), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_DOWN), 1);
	assert_int_equal(link_of("a")->stats.tx_packets, 0);
}

static void what_was_on_its_way_to_an_end_that_went_down_is_lost(void **state)
{
	(void)state;
	make_pair_up();
	assert_int_equal(send_to(link_of("a"), &link_of("b")->mac, 100), 0);
	set_up("b", false);
	sea_stack_advance(k.f.stack, NOW);
	assert_int_equal(arrived.n, 0);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_DOWN), 1);
	assert_int_equal(send_to(link_of("a"), &link_of("b")->mac, 100), 0);
	assert_int_equal(delete_link("a"), 0);
}

/* -- kept -- */

static void a_pair_comes_back_with_the_stack(void **state)
{
	(void)state;
	make_pair();
	set_up("a", true);
	kinds_restore();
	assert_ptr_equal(link_of("a")->peer, link_of("b"));
	assert_true(link_of("a")->up);
	assert_false(link_of("b")->up || link_of("a")->carrier);
	set_up("b", true);
	assert_true(link_of("a")->carrier);
	kinds_restore();
	assert_true(link_of("a")->carrier && link_of("b")->carrier);
	assert_true(link_of("a")->up && link_of("b")->up);
	assert_int_equal(link_of("a")->carrier_ups, 1);
	assert_int_equal(link_of("a")->carrier_downs, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup, kinds_teardown)
#define FRAMES(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup_frames, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_other_end_comes_first),
		TEST(a_pair_of_which_nothing_is_said_has_names_and_addresses_of_its_own),
		TEST(what_makes_no_pair_leaves_no_end_behind),
		TEST(a_pair_that_there_is_no_memory_for_is_not_made),
		TEST(ends_have_a_carrier_while_both_are_up),
		TEST(one_end_takes_the_other_along),
		TEST(a_pair_of_one_group_is_deleted_with_it),
		FRAMES(what_one_end_sends_arrives_whole_at_the_other),
		FRAMES(what_is_for_another_station_is_not_taken),
		FRAMES(what_the_other_end_has_no_room_for_was_not_sent),
		FRAMES(without_a_carrier_nothing_is_sent),
		FRAMES(what_was_on_its_way_to_an_end_that_went_down_is_lost),
		TEST(a_pair_comes_back_with_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
