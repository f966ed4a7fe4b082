/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links that are made by messages, and the simplest of them. no-oracle: the kernel here has no dummy; what is expected is
 * what ip-link(8) and <linux/if_link.h> say, and what the kernel's other kinds do.
 */
#include "kinds.h"

#include <seastack/config.h>

#include "tests/lib/snapshot.h"

static int make_dummy(const char *name)
{
	const struct message m = making("dummy", name, NULL, 0);

	return ask(&m);
}

/* -- made -- */

static void a_dummy_is_made_and_shown_as_what_it_is(void **state)
{
	uint32_t len;

	(void)state;
	assert_int_equal(make_dummy(NULL), 0);
	assert_int_equal(make_dummy(NULL), 0);
	assert_int_equal(make_dummy("mine%dx"), 0);
	link_of("dummy1");
	link_of("mine0x");
	show("dummy0");
	assert_string_equal(kind_of(), "dummy");
	assert_int_equal(shown().ifi_flags, SEA_IFF_BROADCAST | SEA_IFF_NOARP);
	assert_int_equal(u32_of(IFLA_MTU), 1500);
	assert_int_equal(u32_of(IFLA_MAX_MTU), 0);
	assert_string_equal((const char *)attr_of(IFLA_QDISC, &len), "noop");
	assert_null(attr_of(IFLA_LINK, &len));
	assert_int_equal(sea_link_set_up(link_of("dummy0"), true, NOW), 0);
	show("dummy0");
	assert_string_equal((const char *)attr_of(IFLA_QDISC, &len), "noqueue");
	assert_int_equal(*attr_of(IFLA_OPERSTATE, &len), 0);
}

static void a_dump_of_a_kind_has_no_others(void **state)
{
	struct message m = making("dummy", NULL, NULL, 0);

	(void)state;
	assert_int_equal(make_dummy(NULL), 0);
	m.h.nlmsg_type = RTM_GETLINK;
	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(k.h.nlmsg_len % 4, 0);
	assert_string_equal(kind_of(), "dummy");
	assert_int_equal(shown().ifi_index, link_of("dummy0")->ifindex);
}

static void a_link_is_as_the_message_that_makes_it_says(void **state)
{
	struct message m = making("dummy", "d", NULL, 0);
	const struct sea_link *link;

	(void)state;
	m.i.ifi_index = 77;
	add_attr(&m, IFLA_ADDRESS, "\2\0\0\0\0\7", 6);
	add_u32(&m, IFLA_MTU, 9000);
	add_u32(&m, IFLA_TXQLEN, 5);
	add_u32(&m, IFLA_GROUP, 3);
	assert_int_equal(ask(&m), 0);
	link = link_of("d");
	assert_int_equal(link->ifindex, 77);
	assert_memory_equal(link->mac.b, "\2\0\0\0\0\7", 6);
	assert_int_equal(link->mtu, 9000);
	assert_int_equal(link->txqueuelen, 5);
	assert_int_equal(link->group, 3);
	assert_int_equal(make_dummy("e"), 0);
	assert_int_equal(link_of("e")->ifindex, 3);
	assert_ptr_equal(sea_link_next(k.f.stack, link_of("e")), link);
}

static void what_makes_no_link_says_why(void **state)
{
	struct message m = making("nosuch", "d", NULL, 0);

	(void)state;
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	assert_int_equal(make_dummy("eth0"), -EEXIST);
	assert_int_equal(make_dummy("a b"), -EINVAL);
	assert_int_equal(make_dummy("a%s"), -EINVAL);
	m = making("dummy", "d", NULL, 0);
	add_attr(&m, IFLA_ADDRESS, "\2\0\0", 3);
	assert_int_equal(ask(&m), -EINVAL);
	m = making("dummy", "d", NULL, 0);
	add_attr(&m, IFLA_ADDRESS, "\1\0\0\0\0\0", 6);
	assert_int_equal(ask(&m), -EADDRNOTAVAIL);
	m = making("dummy", "d", NULL, 0);
	add_u32(&m, IFLA_MTU, 67);
	assert_int_equal(ask(&m), -EINVAL);
	m = making("dummy", "d", NULL, 0);
	add_u32(&m, IFLA_MASTER, 2);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = making("dummy", "d", NULL, 0);
	m.h.nlmsg_flags &= (uint16_t) ~(NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(ask(&m), -ENODEV);
	assert_null(sea_link_by_name(k.f.stack, "d"));
}

/* It fails at each allocation in turn, and nothing is left of the link. */
static void a_link_that_there_is_no_memory_for_is_not_made(void **state)
{
	int err = -ENOMEM;

	(void)state;
	for (size_t at = 1; err; at++) {
		struct message m = making("dummy", "d", NULL, 0);
		struct iovec iov = { &m, m.h.nlmsg_len };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		assert_true(at < 100);
		m.i.ifi_flags = m.i.ifi_change = SEA_IFF_UP;
		test_env_fail_at(&k.env, at);
		(void)!sea_socket_sendmsg(k.f.stack, k.asks, &msg, 0, NOW);
		test_env_fail_at(&k.env, 0);
		err = sea_link_by_name(k.f.stack, "d") ? 0 : -ENOMEM;
		for (int i = 0; i < 8; i++) {
			struct iovec in = { k.bytes, sizeof(k.bytes) };
			struct msghdr got = { .msg_iov = &in, .msg_iovlen = 1 };

			(void)!sea_socket_recvmsg(k.f.stack, k.asks, &got, 0, NOW);
		}
	}
}

static void a_vrf_is_made_by_a_message_and_takes_members(void **state)
{
	const uint32_t table = 10;
	uint8_t data[8];
	struct message m = making("vrf", "red", data, put_nlattr(data, IFLA_VRF_TABLE, &table, 4));
	uint32_t len;

	(void)state;
	assert_int_equal(ask(&m), 0);
	show("red");
	assert_string_equal(kind_of(), "vrf");
	assert_memory_equal(data_of(IFLA_VRF_TABLE, &len), &table, 4);
	assert_int_equal(shown().ifi_flags, SEA_IFF_MASTER | SEA_IFF_NOARP);
	assert_int_equal(set_u32("eth0", IFLA_MASTER, (uint32_t)link_of("red")->ifindex), 0);
	show("eth0");
	assert_int_equal(u32_of(IFLA_MASTER), link_of("red")->ifindex);
	kinds_restore();
	assert_ptr_equal(k.eth->master, link_of("red"));
	assert_non_null(link_of("red")->kind);
	assert_int_equal(sea_link_set_up(link_of("red"), true, NOW), 0);
	sea_link_del(link_of("red"), NOW);
	assert_null(k.eth->master);
}

static void a_vrf_without_a_table_is_not_made(void **state)
{
	const uint32_t none = 0;
	uint8_t data[8];
	struct message m = making("vrf", "red", NULL, 0);

	(void)state;
	assert_int_equal(ask(&m), -EINVAL);
	m = making("vrf", "red", data, put_nlattr(data, IFLA_VRF_TABLE, &none, 4));
	assert_int_equal(ask(&m), -EINVAL);
	assert_null(sea_link_by_name(k.f.stack, "red"));
}

static void a_vrf_is_deleted_by_a_message(void **state)
{
	const uint32_t table = 10;
	uint8_t data[8];
	struct message m = making("vrf", "red", data, put_nlattr(data, IFLA_VRF_TABLE, &table, 4));

	(void)state;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(set_u32("eth0", IFLA_MASTER, (uint32_t)link_of("red")->ifindex), 0);
	assert_int_equal(delete_link("red"), 0);
	assert_null(k.eth->master);
}

/* -- told of -- */

static void a_link_that_is_made_up_is_told_of_once(void **state)
{
	struct message m = making("dummy", "d", NULL, 0);

	(void)state;
	hear_all();
	m.i.ifi_flags = m.i.ifi_change = SEA_IFF_UP;
	assert_int_equal(ask(&m), 0);
	assert_heard(RTM_NEWLINK, "d");
	assert_int_equal(shown().ifi_change, UINT32_MAX);
	assert_true(shown().ifi_flags & SEA_IFF_UP);
	assert_true(hears_nothing());
}

static void a_link_that_was_not_made_is_not_told_of(void **state)
{
	struct message m = making("dummy", "d", NULL, 0);

	(void)state;
	hear_all();
	m.i.ifi_flags = m.i.ifi_change = SEA_IFF_MULTICAST; /* which has no effect yet */
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	assert_true(hears_nothing());
}

static void a_deleted_link_takes_its_addresses_and_routes_along(void **state)
{
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };
	struct sea_route_cursor at = { 0 };
	struct sea_route route = { .size = sizeof(route) };
	uint64_t cursor = 0;

	(void)state;
	assert_int_equal(make_dummy("d"), 0);
	assert_int_equal(sea_link_set_up(link_of("d"), true, NOW), 0);
	addr.ifindex = link_of("d")->ifindex;
	addr.local.family = SEA_AF_INET;
	memcpy(addr.local.b, "\12\1\1\1", 4);
	assert_int_equal(sea_ifaddr_add(k.f.stack, &addr, NOW), 0);
	hear_all();
	assert_int_equal(delete_link("d"), 0);
	assert_heard(RTM_NEWLINK, "d");
	assert_heard(RTM_DELLINK, "d");
	assert_null(sea_link_by_name(k.f.stack, "d"));
	for (; sea_ifaddr_next(k.f.stack, &cursor, &addr); addr.size = sizeof(addr))
		assert_int_not_equal(addr.ifindex, 3);
	for (; sea_route_next(k.f.stack, &at, &route); route.size = sizeof(route))
		assert_int_not_equal(route.ifindex, 3);
	assert_int_equal(delete_link("d"), -ENODEV);
	assert_int_equal(delete_link("eth0"), -EOPNOTSUPP);
}

static void links_of_a_group_are_deleted_at_once_or_not_at_all(void **state)
{
	struct message m = message_of(RTM_DELLINK, 0);

	(void)state;
	add_u32(&m, IFLA_GROUP, 9);
	assert_int_equal(ask(&m), -ENODEV);
	assert_int_equal(make_dummy("a"), 0);
	assert_int_equal(make_dummy("b"), 0);
	assert_int_equal(set_u32("a", IFLA_GROUP, 9), 0);
	assert_int_equal(set_u32("b", IFLA_GROUP, 9), 0);
	assert_int_equal(set_u32("eth0", IFLA_GROUP, 9), 0);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	link_of("a");
	assert_int_equal(set_u32("eth0", IFLA_GROUP, 0), 0);
	assert_int_equal(ask(&m), 0);
	assert_null(sea_link_by_name(k.f.stack, "a"));
	assert_null(sea_link_by_name(k.f.stack, "b"));
}

/* -- frames -- */

static struct sea_pkt *payload(void)
{
	static const uint8_t bytes[40] = { 0x45 };
	struct sea_pkt *pkt = sea_pkt_from_bytes(k.eth, bytes, sizeof(bytes));

	assert_non_null(pkt);
	return pkt;
}

static int send_by(struct sea_link *link)
{
	struct sea_pkt *pkt = payload();
	int err;

	sea_stack_enter(k.f.stack, NOW);
	err = sea_link_output(link, pkt, NULL, SEA_ETHERTYPE_IPV4);
	sea_stack_leave(k.f.stack);
	return err;
}

/* SEA_DROP_DUMMY */
static void what_a_dummy_sends_goes_nowhere_and_counts(void **state)
{
	struct sea_link *link;

	(void)state;
	assert_int_equal(make_dummy("d"), 0);
	link = link_of("d");
	assert_int_equal(send_by(link), -ENETDOWN);
	assert_int_equal(sea_link_set_up(link, true, NOW), 0);
	assert_int_equal(send_by(link), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_DUMMY), 1);
	assert_int_equal(link->stats.tx_packets, 1);
	assert_int_equal(link->stats.tx_bytes, 54);
}

struct watcher {
	struct sea_wrapper wrapper;
	unsigned seen;
	uint8_t head[14];
};

static void watch_tx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	struct watcher *w = sea_container(wrapper, struct watcher, wrapper);

	(void)now;
	for (struct sea_pkt *pkt = batch->head; pkt; pkt = pkt->next, w->seen++)
		assert_true(sea_pkt_read(pkt, 0, w->head, sizeof(w->head)));
}

static void watch_free(struct sea_wrapper *wrapper)
{
	(void)wrapper;
}

static void wrappers_see_what_a_dummy_sends(void **state)
{
	static const struct sea_wrapper_ops ops = { .name = "watch",
						    .tx = watch_tx,
						    .free = watch_free };
	struct watcher w = { .seen = 0 };
	struct sea_link *link;

	(void)state;
	assert_int_equal(make_dummy("d"), 0);
	link = link_of("d");
	assert_int_equal(sea_link_set_up(link, true, NOW), 0);
	sea_wrapper_attach(&w.wrapper, link, &ops);
	assert_int_equal(send_by(link), 0);
	assert_int_equal(w.seen, 0);
	sea_stack_advance(k.f.stack, NOW);
	assert_int_equal(w.seen, 1);
	assert_memory_equal(w.head, link->mac.b, 6);
	assert_memory_equal(w.head + 6, link->mac.b, 6);
	assert_int_equal(drops(&k.f, SEA_DROP_DUMMY), 1);
	assert_int_equal(link->stats.tx_packets, 1);
	sea_wrapper_remove(&w.wrapper, NOW);
}

/* -- kept -- */

static void a_dummy_comes_back_with_the_stack(void **state)
{
	struct sea_mac mac;

	(void)state;
	assert_int_equal(make_dummy("d"), 0);
	assert_int_equal(sea_link_set_up(link_of("d"), true, NOW), 0);
	mac = link_of("d")->mac;
	kinds_restore();
	assert_ptr_equal(link_of("d")->kind, sea_link_kind_find(k.f.stack, "dummy"));
	assert_true(link_of("d")->up);
	assert_memory_equal(link_of("d")->mac.b, mac.b, 6);
	assert_int_equal(link_of("d")->flags, SEA_IFF_NOARP);
	assert_int_equal(sea_link_set_up(link_of("d"), false, NOW), 0);
	kinds_restore();
	assert_false(link_of("d")->up);
}

static void a_link_of_a_kind_does_not_move(void **state)
{
	struct sea_stack *other;
	struct sea_link *link;

	(void)state;
	assert_int_equal(sea_stack_new(NULL, &k.env.env, NULL, 0, &other), 0);
	assert_int_equal(make_dummy("d"), 0);
	link = link_of("d");
	assert_int_equal(sea_link_move(&link, other, NOW), -EINVAL);
	sea_stack_free(other);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup, kinds_teardown)
#define FRAMES(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup_frames, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_dummy_is_made_and_shown_as_what_it_is),
		TEST(a_dump_of_a_kind_has_no_others),
		TEST(a_link_is_as_the_message_that_makes_it_says),
		TEST(what_makes_no_link_says_why),
		TEST(a_link_that_there_is_no_memory_for_is_not_made),
		TEST(a_vrf_is_made_by_a_message_and_takes_members),
		TEST(a_vrf_without_a_table_is_not_made),
		TEST(a_vrf_is_deleted_by_a_message),
		TEST(a_link_that_is_made_up_is_told_of_once),
		TEST(a_link_that_was_not_made_is_not_told_of),
		TEST(a_deleted_link_takes_its_addresses_and_routes_along),
		TEST(links_of_a_group_are_deleted_at_once_or_not_at_all),
		FRAMES(what_a_dummy_sends_goes_nowhere_and_counts),
		FRAMES(wrappers_see_what_a_dummy_sends),
		TEST(a_dummy_comes_back_with_the_stack),
		TEST(a_link_of_a_kind_does_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
