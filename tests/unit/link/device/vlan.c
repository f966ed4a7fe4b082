/* SPDX-License-Identifier: Apache-2.0 */
/* VLANs as links: made, shown, following the link below. no-oracle: the kernel here has no vlan. */
#include "kinds.h"

#include <linux/if_vlan.h>

#include "tests/lib/snapshot.h"

/* -- made -- */

static void a_vlan_has_what_the_link_below_has_and_is_shown_on_it(void **state)
{
	struct ifla_vlan_flags flags;
	uint32_t len;

	(void)state;
	assert_int_equal(sea_link_set_mtu(k.eth, 1400, NOW), 0);
	sea_link_set_carrier(k.eth, false, NOW);
	assert_int_equal(make_vlan("v5", 5), 0);
	show("v5");
	assert_string_equal(kind_of(), "vlan");
	assert_int_equal(u32_of(IFLA_LINK), 2);
	assert_int_equal(u32_of(IFLA_MTU), 1400);
	assert_int_equal(u32_of(IFLA_MAX_MTU), 65535);
	assert_memory_equal(attr_of(IFLA_ADDRESS, &len), k.eth->mac.b, 6);
	assert_int_equal(*attr_of(IFLA_CARRIER, &len), 0);
	assert_int_equal(shown().ifi_flags, SEA_IFF_BROADCAST | SEA_IFF_MULTICAST);
	assert_memory_equal(data_of(IFLA_VLAN_ID, &len), &(uint16_t){ 5 }, 2);
	assert_memory_equal(data_of(IFLA_VLAN_PROTOCOL, &len), "\x81\0", 2);
	memcpy(&flags, data_of(IFLA_VLAN_FLAGS, &len), sizeof(flags));
	assert_int_equal(flags.flags, VLAN_FLAG_REORDER_HDR);
	assert_int_equal(flags.mask, UINT32_MAX);
}

static void a_vlan_that_cannot_be_says_why(void **state)
{
	struct message m;
	uint8_t data[64];

	(void)state;
	m = making("vlan", "v", NULL, 0);
	assert_int_equal(ask(&m), -EINVAL);
	m = making("vlan", "v", data, put_vlan(data, SEA_ETHERTYPE_VLAN, 5, 0, 0));
	assert_int_equal(ask(&m), -EINVAL); /* on which link? */
	add_u32(&m, IFLA_LINK, 99);
	assert_int_equal(ask(&m), -ENODEV);
	m = making_vlan("v", "lo", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_IPV4, 5, 0, 0);
	assert_int_equal(ask(&m), -EPROTONOSUPPORT);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 4095, 0, 0);
	assert_int_equal(ask(&m), -ERANGE);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 5, 0x80, 0x80);
	assert_int_equal(ask(&m), -EINVAL);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 5, VLAN_FLAG_GVRP, VLAN_FLAG_GVRP);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	add_u32(&m, IFLA_MTU, 1501);
	assert_int_equal(ask(&m), -EINVAL);
	assert_null(sea_link_by_name(k.f.stack, "v"));
}

static void an_id_is_there_once_for_each_type_of_tag_and_link(void **state)
{
	struct message m;

	(void)state;
	assert_int_equal(make_vlan("a", 5), 0);
	assert_int_equal(make_vlan("b", 5), -EEXIST);
	m = making_vlan("b", "eth0", SEA_ETHERTYPE_SVLAN, 5, 0, 0);
	assert_int_equal(ask(&m), 0);
	m = making_vlan("c", "a", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(delete_link("a"), 0);
	assert_null(sea_link_by_name(k.f.stack, "c"));
	assert_int_equal(make_vlan("a", 5), 0);
}

static void a_message_without_a_vlans_id_makes_none(void **state)
{
	uint8_t data[16];
	const sea_be16 proto = sea_be16_of(SEA_ETHERTYPE_VLAN);
	struct message m = making("vlan", "v", data,
				  put_nlattr(data, IFLA_VLAN_PROTOCOL, &proto, sizeof(proto)));

	(void)state;
	add_u32(&m, IFLA_LINK, 2);
	assert_int_equal(ask(&m), -EINVAL);
}

static void links_stand_eight_high_on_each_other(void **state)
{
	char name[8] = "v0", lower[8] = "eth0";
	int err = 0;

	(void)state;
	for (int i = 0; i < 9; i++) {
		struct message m;

		name[1] = (char)('0' + i);
		m = making_vlan(name, lower, SEA_ETHERTYPE_VLAN, 5, 0, 0);
		err = ask(&m);
		assert_int_equal(err, i < 8 ? 0 : -EMLINK);
		memcpy(lower, name, sizeof(lower));
	}
	assert_null(sea_link_by_name(k.f.stack, "v8"));
	assert_int_equal(delete_link("v0"), 0);
	assert_null(sea_link_by_name(k.f.stack, "v7"));
	assert_int_equal(k.eth->n_uppers, 0);
}

/* It fails at each allocation in turn. */
static void a_vlan_that_there_is_no_memory_for_is_not_made(void **state)
{
	bool made = false;

	(void)state;
	for (size_t at = 1; !made; at++) {
		const struct message m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 5, 0, 0);
		struct iovec iov = { (void *)(uintptr_t)&m, m.h.nlmsg_len };
		struct iovec in = { k.bytes, sizeof(k.bytes) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		struct msghdr got = { .msg_iov = &in, .msg_iovlen = 1 };

		assert_true(at < 100);
		test_env_fail_at(&k.env, at);
		(void)!sea_socket_sendmsg(k.f.stack, k.asks, &msg, 0, NOW);
		test_env_fail_at(&k.env, 0);
		(void)!sea_socket_recvmsg(k.f.stack, k.asks, &got, 0, NOW);
		made = sea_link_by_name(k.f.stack, "v");
		assert_int_equal(k.eth->n_uppers, made);
	}
}

/* -- follows -- */

static void a_vlan_goes_up_and_down_with_the_link_below(void **state)
{
	(void)state;
	assert_int_equal(make_vlan("v", 5), 0);
	assert_int_equal(sea_link_set_up(k.eth, false, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("v"), true, NOW), -ENETDOWN);
	assert_int_equal(sea_link_set_up(k.eth, true, NOW), 0);
	assert_true(link_of("v")->up);
	assert_int_equal(sea_link_set_up(k.eth, false, NOW), 0);
	assert_false(link_of("v")->up);
}

static void a_loosely_bound_vlan_does_not(void **state)
{
	const struct message m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 5,
					     VLAN_FLAG_LOOSE_BINDING, VLAN_FLAG_LOOSE_BINDING);

	(void)state;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(k.eth, false, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("v"), true, NOW), 0);
	assert_int_equal(sea_link_set_up(k.eth, true, NOW), 0);
	assert_int_equal(sea_link_set_up(k.eth, false, NOW), 0);
	assert_true(link_of("v")->up);
}

static void a_vlan_has_the_carrier_of_the_link_below(void **state)
{
	uint32_t len;

	(void)state;
	assert_int_equal(make_vlan("v", 5), 0);
	assert_int_equal(sea_link_set_up(link_of("v"), true, NOW), 0);
	sea_link_set_carrier(k.eth, false, NOW);
	show("v");
	assert_int_equal(*attr_of(IFLA_OPERSTATE, &len), 3); /* LOWERLAYERDOWN */
	sea_link_set_carrier(k.eth, true, NOW);
	show("v");
	assert_int_equal(*attr_of(IFLA_OPERSTATE, &len), 6);
}

static void a_vlan_has_at_most_the_mtu_of_the_link_below(void **state)
{
	(void)state;
	assert_int_equal(make_vlan("v", 5), 0);
	assert_int_equal(set_u32("v", IFLA_MTU, 1501), -ERANGE);
	assert_int_equal(set_u32("v", IFLA_MTU, 1300), 0);
	assert_int_equal(sea_link_set_mtu(k.eth, 1400, NOW), 0);
	assert_int_equal(link_of("v")->mtu, 1300);
	assert_int_equal(sea_link_set_mtu(k.eth, 1290, NOW), 0);
	assert_int_equal(link_of("v")->mtu, 1290);
	assert_int_equal(sea_link_set_mtu(k.eth, 1400, NOW), 0);
	assert_int_equal(link_of("v")->mtu, 1290);
}

static void a_vlan_has_the_mac_of_the_link_below_until_it_gets_its_own(void **state)
{
	const uint8_t one[6] = { 2, 0, 0, 0, 0, 7 }, two[6] = { 2, 0, 0, 0, 0, 8 };

	(void)state;
	assert_int_equal(make_vlan("v", 5), 0);
	assert_int_equal(sea_link_set_mac(k.eth, one, NOW), 0);
	assert_memory_equal(link_of("v")->mac.b, one, 6);
	assert_int_equal(set_attr("v", IFLA_ADDRESS, two, 6), 0);
	assert_int_equal(sea_link_set_mac(k.eth, (uint8_t[]){ 2, 0, 0, 0, 0, 9 }, NOW), 0);
	assert_memory_equal(link_of("v")->mac.b, two, 6);
}

static void a_vlan_ends_before_the_link_below(void **state)
{
	(void)state;
	assert_int_equal(make_vlan("v", 5), 0);
	hear_all();
	sea_link_del(k.eth, NOW);
	assert_heard(RTM_NEWLINK, "eth0"); /* down */
	assert_heard(RTM_DELLINK, "v");
	assert_heard(RTM_DELLINK, "eth0");
	assert_true(hears_nothing());
}

/* -- changed, kept -- */

static void flags_of_a_vlan_are_changed_and_its_id_is_not(void **state)
{
	struct message m;
	struct ifla_vlan_flags flags;
	uint32_t len;

	(void)state;
	assert_int_equal(make_vlan("v", 5), 0);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 6, VLAN_FLAG_LOOSE_BINDING,
			VLAN_FLAG_LOOSE_BINDING | VLAN_FLAG_REORDER_HDR);
	assert_int_equal(ask(&m), -EEXIST);
	m.h.nlmsg_flags &= (uint16_t) ~(NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(ask(&m), 0);
	show("v");
	memcpy(&flags, data_of(IFLA_VLAN_FLAGS, &len), sizeof(flags));
	assert_int_equal(flags.flags, VLAN_FLAG_LOOSE_BINDING);
	assert_memory_equal(data_of(IFLA_VLAN_ID, &len), &(uint16_t){ 5 }, 2);
	m = making_vlan("eth0", "eth0", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	m.h.nlmsg_flags &= (uint16_t) ~(NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(ask(&m), -EOPNOTSUPP); /* it is none */
}

static void vlans_come_back_with_the_stack_whatever_their_order(void **state)
{
	struct message m;

	(void)state;
	assert_int_equal(make_vlan("low", 5), 0);
	assert_int_equal(sea_link_set_up(link_of("low"), true, NOW), 0);
	m = making_vlan("high", "low", SEA_ETHERTYPE_SVLAN, 6, 0, VLAN_FLAG_REORDER_HDR);
	assert_int_equal(ask(&m), 0);
	m = making_vlan("down", "low", SEA_ETHERTYPE_VLAN, 7, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("high"), true, NOW), 0);
	m = making("dummy", "d", NULL, 0);
	m.i.ifi_index = 90;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("d"), true, NOW), 0);
	m = making_vlan("early", "d", SEA_ETHERTYPE_VLAN, 8, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_true(link_of("early")->ifindex < 90);
	assert_int_equal(sea_link_set_up(link_of("early"), true, NOW), 0);
	kinds_restore();
	assert_ptr_equal(link_of("low")->lower, k.eth);
	assert_ptr_equal(link_of("high")->lower, link_of("low"));
	assert_ptr_equal(link_of("early")->lower, link_of("d"));
	assert_true(link_of("low")->up && link_of("high")->up && link_of("early")->up);
	assert_false(link_of("down")->up);
	assert_int_equal(link_of("high")->framing->hdr_len, 18);
	assert_int_equal(sea_link_set_mac(k.eth, (uint8_t[]){ 2, 0, 0, 0, 0, 9 }, NOW), 0);
	assert_memory_equal(link_of("high")->mac.b, k.eth->mac.b, 6);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_vlan_has_what_the_link_below_has_and_is_shown_on_it),
		TEST(a_vlan_that_cannot_be_says_why),
		TEST(an_id_is_there_once_for_each_type_of_tag_and_link),
		TEST(a_message_without_a_vlans_id_makes_none),
		TEST(links_stand_eight_high_on_each_other),
		TEST(a_vlan_that_there_is_no_memory_for_is_not_made),
		TEST(a_vlan_goes_up_and_down_with_the_link_below),
		TEST(a_loosely_bound_vlan_does_not),
		TEST(a_vlan_has_the_carrier_of_the_link_below),
		TEST(a_vlan_has_at_most_the_mtu_of_the_link_below),
		TEST(a_vlan_has_the_mac_of_the_link_below_until_it_gets_its_own),
		TEST(a_vlan_ends_before_the_link_below),
		TEST(flags_of_a_vlan_are_changed_and_its_id_is_not),
		TEST(vlans_come_back_with_the_stack_whatever_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
