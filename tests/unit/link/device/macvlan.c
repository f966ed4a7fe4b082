/* SPDX-License-Identifier: Apache-2.0 */
/* macvlan: links with MACs of their own on one below; who hears what, by mode. Messages stand beside the kernel's, too. */
#include "kinds.h"

#define MODE(m)                  \
	(uint32_t)               \
	{                        \
		MACVLAN_MODE_##m \
	}

static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 }, far[6] = { 2, 0, 0, 0, 9, 9 };

static int make(const char *name, uint32_t mode, uint8_t n)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 3, n };
	uint8_t data[16];
	struct message m =
		making("macvlan", name, data, put_nlattr(data, IFLA_MACVLAN_MODE, &mode, 4));
	int err;

	add_u32(&m, IFLA_LINK, (uint32_t)link_of("eth0")->ifindex);
	if (mode != MACVLAN_MODE_PASSTHRU)
		add_attr(&m, IFLA_ADDRESS, mac, 6);
	err = ask(&m);
	return err ? err : sea_link_set_up(link_of(name), true, NOW);
}

static void put_frame(uint8_t frame[64], const uint8_t dst[6], const uint8_t src[6])
{
	const struct frame_spec spec = { .payload = 0 };

	memset(frame, 0, 64);
	frame_put(frame, &spec);
	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
}

/* Comes by eth0. */
static void come(const uint8_t dst[6], const uint8_t src[6])
{
	uint8_t frame[64];

	put_frame(frame, dst, src);
	input_one(&k.f, bytes_pkt(&k.f, frame, sizeof(frame)), NOW);
}

static void send_by(const char *name, const uint8_t dst[6])
{
	struct sea_link *link = link_of(name);
	struct sea_pkt *pkt;
	uint8_t frame[64];

	put_frame(frame, dst, link->mac.b);
	pkt = sea_pkt_from_bytes(link, frame, sizeof(frame));
	assert_non_null(pkt);
	sea_stack_enter(k.f.stack, NOW);
	assert_int_equal(sea_link_output_frame(link, pkt), 0);
	sea_stack_leave(k.f.stack);
	sea_stack_advance(k.f.stack, NOW);
}

static uint64_t heard(const char *name)
{
	return link_of(name)->stats.rx_packets;
}

static unsigned left_by_eth0(void)
{
	struct sea_pkt *pkts[8];
	unsigned n = sea_link_take_tx(k.eth, pkts, 8, NOW);

	for (unsigned i = 0; i < n; i++)
		sea_pkt_done(pkts[i]);
	return n;
}

/* -- made -- */

static void a_macvlan_is_shown_on_the_link_below(void **state)
{
	uint32_t len;

	(void)state;
	assert_int_equal(sea_link_set_mtu(k.eth, 1400, NOW), 0);
	assert_int_equal(make("m", MACVLAN_MODE_BRIDGE, 1), 0);
	show("m");
	assert_string_equal(kind_of(), "macvlan");
	assert_int_equal(u32_of(IFLA_LINK), k.eth->ifindex);
	assert_int_equal(u32_of(IFLA_MTU), 1400);
	assert_memory_equal(data_of(IFLA_MACVLAN_MODE, &len), &MODE(BRIDGE), 4);
	assert_int_equal(set_u32("m", IFLA_MTU, 1401), -EINVAL);
	assert_int_equal(make("n", MACVLAN_MODE_SOURCE, 2), -EOPNOTSUPP);
	assert_int_equal(make("n", 3, 2), -EINVAL);
	assert_int_equal(make("n", MACVLAN_MODE_PASSTHRU, 2), -EINVAL); /* it is not alone */
	sea_link_del(link_of("m"), NOW);
	assert_null(k.eth->diversion);
}

static void two_links_with_one_mac_are_not_up_both(void **state)
{
	(void)state;
	assert_int_equal(make("a", MACVLAN_MODE_BRIDGE, 1), 0);
	assert_int_equal(make("b", MACVLAN_MODE_BRIDGE, 1), -EADDRINUSE);
	assert_int_equal(sea_link_set_mac(link_of("b"), k.eth->mac.b, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("b"), true, NOW), -EADDRINUSE);
	assert_int_equal(sea_link_set_up(link_of("a"), false, NOW), 0);
	assert_int_equal(set_attr("b", IFLA_ADDRESS, "\2\0\0\0\3\1", 6), 0);
	assert_int_equal(sea_link_set_up(link_of("b"), true, NOW), 0);
}

static void a_link_has_one_who_takes_its_frames(void **state)
{
	const struct message m = making("bridge", "br", NULL, 0);

	(void)state;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(make("a", MACVLAN_MODE_BRIDGE, 1), 0);
	assert_int_equal(set_u32("eth0", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), -EBUSY);
	assert_int_equal(set_u32("a", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), 0);
	sea_link_del(link_of("a"), NOW);
	assert_int_equal(set_u32("eth0", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), 0);
	assert_int_equal(make("a", MACVLAN_MODE_BRIDGE, 1), -EBUSY);
}

/* -- frames -- */

static void who_is_meant_hears_it_and_nobody_else(void **state)
{
	(void)state;
	assert_int_equal(make("a", MACVLAN_MODE_VEPA, 1), 0);
	assert_int_equal(make("b", MACVLAN_MODE_VEPA, 2), 0);
	come(link_of("a")->mac.b, far);
	assert_int_equal(heard("a"), 1);
	assert_int_equal(heard("b"), 0);
	come(k.eth->mac.b, far);
	assert_int_equal(arrived.n, 2);
	come(all, far);
	assert_int_equal(heard("a"), 2);
	assert_int_equal(heard("b"), 1);
	assert_int_equal(arrived.n, 5);
	assert_int_equal(sea_link_set_mac(link_of("b"), far, NOW), 0);
	come(far, k.eth->mac.b);
	assert_int_equal(heard("b"), 2);
	assert_int_equal(sea_link_set_up(link_of("b"), false, NOW), 0);
	come(far, k.eth->mac.b);
	assert_int_equal(heard("b"), 2);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_OTHERHOST), 1);
}

static void in_mode_bridge_what_is_between_them_does_not_leave(void **state)
{
	(void)state;
	assert_int_equal(make("a", MACVLAN_MODE_BRIDGE, 1), 0);
	assert_int_equal(make("b", MACVLAN_MODE_BRIDGE, 2), 0);
	assert_int_equal(make("p", MACVLAN_MODE_PRIVATE, 3), 0);
	send_by("a", link_of("b")->mac.b);
	assert_int_equal(heard("b"), 1);
	assert_int_equal(left_by_eth0(), 0);
	send_by("a", all);
	assert_int_equal(heard("b"), 2);
	assert_int_equal(heard("p"), 0);
	assert_int_equal(left_by_eth0(), 1);
	send_by("a", link_of("p")->mac.b);
	send_by("a", far);
	assert_int_equal(left_by_eth0(), 2);
	send_by("p", link_of("a")->mac.b);
	assert_int_equal(heard("a"), 0);
	assert_int_equal(left_by_eth0(), 1);
}

static void what_comes_back_is_heard_by_mode(void **state)
{
	(void)state;
	assert_int_equal(make("v", MACVLAN_MODE_VEPA, 1), 0);
	assert_int_equal(make("w", MACVLAN_MODE_VEPA, 2), 0);
	assert_int_equal(make("b", MACVLAN_MODE_BRIDGE, 3), 0);
	assert_int_equal(make("p", MACVLAN_MODE_PRIVATE, 4), 0);
	come(all, link_of("v")->mac.b);
	assert_int_equal(heard("v"), 0);
	assert_int_equal(heard("w"), 1);
	assert_int_equal(heard("b"), 1);
	assert_int_equal(heard("p"), 0);
	come(all, link_of("b")->mac.b);
	assert_int_equal(heard("v"), 1);
	assert_int_equal(heard("b"), 1);
	come(all, link_of("p")->mac.b);
	assert_int_equal(heard("w"), 2);
}

static void passthru_is_the_link_below(void **state)
{
	(void)state;
	assert_int_equal(make("m", MACVLAN_MODE_PASSTHRU, 0), 0);
	assert_memory_equal(link_of("m")->mac.b, k.eth->mac.b, 6);
	assert_int_equal(k.eth->promiscuity, 1);
	come(k.eth->mac.b, far);
	assert_int_equal(heard("m"), 1);
	assert_int_equal(make("n", MACVLAN_MODE_BRIDGE, 2), -EINVAL);
	assert_int_equal(sea_link_set_mac(link_of("m"), far, NOW), 0);
	assert_memory_equal(k.eth->mac.b, far, 6);
	sea_link_del(link_of("m"), NOW);
	assert_int_equal(k.eth->promiscuity, 0);
}

/* SEA_DROP_PAIR_FULL */
static void a_link_that_is_not_served_has_no_endless_queue(void **state)
{
	(void)state;
	assert_int_equal(make("a", MACVLAN_MODE_BRIDGE, 1), 0);
	assert_int_equal(make("b", MACVLAN_MODE_BRIDGE, 2), 0);
	link_of("b")->input_max = 1;
	sea_stack_enter(k.f.stack, NOW);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t frame[64];

		put_frame(frame, link_of("b")->mac.b, link_of("a")->mac.b);
		assert_int_equal(sea_link_output_frame(link_of("a"),
						       sea_pkt_from_bytes(link_of("a"), frame,
									  sizeof(frame))),
				 0);
	}
	sea_stack_leave(k.f.stack);
	assert_int_equal(drops(&k.f, SEA_DROP_PAIR_FULL), 1);
}

/* -- kept -- */

static void macvlans_come_back_with_the_stack(void **state)
{
	uint32_t len;

	(void)state;
	assert_int_equal(make("a", MACVLAN_MODE_BRIDGE, 1), 0);
	assert_int_equal(make("b", MACVLAN_MODE_PRIVATE, 2), 0);
	kinds_restore();
	assert_ptr_equal(link_of("a")->lower, k.eth);
	assert_true(link_of("a")->up);
	show("b");
	assert_memory_equal(data_of(IFLA_MACVLAN_MODE, &len), &MODE(PRIVATE), 4);
	sea_link_del(k.eth, NOW);
	assert_null(sea_link_by_name(k.f.stack, "a"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup, kinds_teardown)
#define FRAMES(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup_frames, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_macvlan_is_shown_on_the_link_below),
		TEST(two_links_with_one_mac_are_not_up_both),
		TEST(a_link_has_one_who_takes_its_frames),
		FRAMES(who_is_meant_hears_it_and_nobody_else),
		FRAMES(in_mode_bridge_what_is_between_them_does_not_leave),
		FRAMES(what_comes_back_is_heard_by_mode),
		FRAMES(passthru_is_the_link_below),
		FRAMES(a_link_that_is_not_served_has_no_endless_queue),
		TEST(macvlans_come_back_with_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
