/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges as links: made, shown, following their ports, kept. Beside the kernel they stand in tests/netns/bridge_peer.c. */
#include "bridges.h"

#include <arpa/inet.h>

#include "link/device/bridge.h"

static int setup(void **state)
{
	int err = kinds_setup(state);

	make_bridge(0);
	return err;
}

static int add_port(const char *name, uint8_t n)
{
	struct sea_link_config config = { .size = sizeof(config),
					  .name = name,
					  .mac = { 2, 0, 0, 0, 1, n } };
	struct sea_link *link;

	assert_int_equal(sea_link_add(k.f.stack, &config, &link, NOW), 0);
	assert_int_equal(sea_link_set_up(link, true, NOW), 0);
	return set_u32(name, IFLA_MASTER, (uint32_t)link_of("br")->ifindex);
}

/* -- shown -- */

static void a_bridge_and_its_ports_are_shown_as_what_they_are(void **state)
{
	uint32_t len;

	(void)state;
	show("br");
	assert_string_equal(kind_of(), "bridge");
	assert_int_equal(*data_of(IFLA_BR_STP_STATE, &len), 0);
	assert_int_equal(*data_of(IFLA_BR_MCAST_SNOOPING, &len), 0);
	assert_memory_equal(data_of(IFLA_BR_VLAN_DEFAULT_PVID, &len), "\1\0", 2);
	assert_memory_equal(data_of(IFLA_BR_BRIDGE_ID, &len), "\x80\0\0\0\0\0\0\0", 8);
	assert_int_equal(add_port("p1", 1), 0);
	show("br");
	assert_memory_equal(data_of(IFLA_BR_BRIDGE_ID, &len), "\x80\0\2\0\0\0\1\1", 8);
	show("p1");
	assert_int_equal(u32_of(IFLA_MASTER), link_of("br")->ifindex);
	assert_int_equal(u32_of(IFLA_PROMISCUITY), 1);
	assert_string_equal(kind_of(), "");
}

/* Asks for the dump of AF_BRIDGE: the VLANs of its `nth` message, two numbers each; how many. */
static unsigned vlans_of(unsigned nth, uint16_t vlans[8][2])
{
	struct message m = message_of(RTM_GETLINK, 0);
	uint8_t all[sizeof(k.bytes)];
	const uint8_t *spec, *at;
	uint32_t len;
	unsigned n = 0;

	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	m.i.ifi_family = AF_BRIDGE;
	add_u32(&m, IFLA_EXT_MASK, 4 /* RTEXT_FILTER_BRVLAN_COMPRESSED */);
	assert_int_equal(ask(&m), 0);
	memcpy(all, k.bytes, sizeof(all));
	for (at = all; nth--; at += (k.h.nlmsg_len + 3) & ~3u)
		memcpy(&k.h, at, sizeof(k.h));
	memcpy(&k.h, at, sizeof(k.h));
	memmove(k.bytes, at, k.h.nlmsg_len);
	assert_int_equal(shown().ifi_family, AF_BRIDGE);
	spec = attr_of(IFLA_AF_SPEC, &len);
	for (uint32_t off = 0; spec && off < len; off += 8, n++)
		memcpy(vlans[n], spec + off + 4, 4);
	return n;
}

static void vlans_are_shown_in_ranges(void **state)
{
	uint16_t v[8][2];

	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	for (uint16_t vid = 10; vid < 15; vid++)
		assert_int_equal(set_vlan("p1", RTM_SETLINK, vid, 0, false), 0);
	assert_int_equal(vlans_of(0, v), 1);
	assert_int_equal(v[0][0], BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	assert_int_equal(v[0][1], 1);
	assert_int_equal(vlans_of(1, v), 3);
	assert_int_equal(v[1][0], BRIDGE_VLAN_INFO_RANGE_BEGIN);
	assert_int_equal(v[1][1], 10);
	assert_int_equal(v[2][0], BRIDGE_VLAN_INFO_RANGE_END);
	assert_int_equal(v[2][1], 14);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 0, 0, false), -EINVAL);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 4095, 0, false), -EINVAL);
	assert_int_equal(set_vlan("eth0", RTM_SETLINK, 5, 0, false), -EOPNOTSUPP);
}

static void a_default_vlan_is_that_of_those_who_did_not_choose(void **state)
{
	const uint16_t two = 2, none = 0, huge = 4095;
	uint16_t v[8][2];

	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	assert_int_equal(set_bridge(IFLA_BR_VLAN_DEFAULT_PVID, &huge, 2), -EINVAL);
	assert_int_equal(set_bridge(IFLA_BR_VLAN_DEFAULT_PVID, &two, 2), 0);
	assert_int_equal(vlans_of(1, v), 1);
	assert_int_equal(v[0][1], 2);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 1), 0);
	assert_int_equal(set_bridge(IFLA_BR_VLAN_DEFAULT_PVID, &none, 2), -EPERM);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 0), 0);
	assert_int_equal(set_bridge(IFLA_BR_VLAN_DEFAULT_PVID, &none, 2), 0);
	assert_int_equal(vlans_of(1, v), 0);
}

static void what_a_bridge_has_not_is_refused(void **state)
{
	const uint16_t svlan = htons(SEA_ETHERTYPE_SVLAN), ip = htons(SEA_ETHERTYPE_IPV4);

	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	assert_int_equal(set_bridge_u8(IFLA_BR_MCAST_SNOOPING, 1), -EOPNOTSUPP);
	assert_int_equal(set_bridge_u8(IFLA_BR_MCAST_SNOOPING, 0), 0);
	assert_int_equal(set_bridge_u8(IFLA_BR_MCAST_QUERIER, 1), -EOPNOTSUPP);
	assert_int_equal(set_bridge_u8(IFLA_BR_NF_CALL_IPTABLES, 1), -EOPNOTSUPP);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_STATS_PER_PORT, 1), -EOPNOTSUPP);
	assert_int_equal(set_bridge(IFLA_BR_VLAN_PROTOCOL, &svlan, 2), 0);
	assert_int_equal(set_bridge(IFLA_BR_VLAN_PROTOCOL, &ip, 2), -EPROTONOSUPPORT);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_PROXYARP, 1), -EOPNOTSUPP);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_NEIGH_SUPPRESS, 0), 0);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_MULTICAST_ROUTER, 0), -EOPNOTSUPP);
}

/* -- ports -- */

static void a_bridge_has_of_its_ports_the_lowest_mac_and_the_smallest_mtu(void **state)
{
	struct sea_link *br = link_of("br");
	struct sea_mac own = br->mac;

	(void)state;
	assert_int_equal(add_port("p2", 2), 0);
	assert_int_equal(br->mac.b[5], 2);
	assert_int_equal(add_port("p1", 1), 0);
	assert_int_equal(br->mac.b[5], 1);
	assert_int_equal(set_u32("p2", IFLA_MTU, 1300), 0);
	assert_int_equal(br->mtu, 1300);
	assert_int_equal(set_attr("p1", IFLA_ADDRESS, "\2\0\0\0\1\3", 6), 0);
	assert_int_equal(br->mac.b[5], 2);
	assert_int_equal(set_u32("p2", IFLA_MASTER, 0), 0);
	assert_int_equal(br->mac.b[5], 3);
	assert_int_equal(br->mtu, 1500);
	assert_int_equal(set_u32("br", IFLA_MTU, 1400), 0);
	assert_int_equal(set_attr("br", IFLA_ADDRESS, own.b, 6), 0);
	assert_int_equal(add_port("p0", 0), 0);
	assert_int_equal(br->mtu, 1400); /* both are somebody's choice now */
	assert_memory_equal(br->mac.b, own.b, 6);
}

static void a_bridge_without_ports_has_lost_its_mac(void **state)
{
	static const struct sea_mac none;

	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	assert_int_equal(set_u32("p1", IFLA_MASTER, 0), 0);
	assert_memory_equal(link_of("br")->mac.b, none.b, 6);
	assert_int_equal(port(1)->promiscuity, 0);
	assert_null(port(1)->diversion);
}

static void a_bridge_has_a_carrier_while_a_port_forwards(void **state)
{
	const struct sea_link *br = link_of("br");

	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	assert_true(br->carrier);
	sea_link_set_carrier(port(1), false, NOW);
	assert_false(br->carrier);
	assert_int_equal(add_port("p2", 2), 0);
	assert_true(br->carrier);
	assert_int_equal(sea_link_set_up(port(2), false, NOW), 0);
	assert_false(br->carrier);
	assert_int_equal(sea_link_set_up(port(2), true, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("br"), false, NOW), 0);
	assert_false(br->carrier);
}

static void what_cannot_be_a_port_is_none(void **state)
{
	const struct message m = making("bridge", "other", NULL, 0);
	struct message vlan;

	(void)state;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(set_u32("lo", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), -EINVAL);
	assert_int_equal(set_u32("other", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), -ELOOP);
	vlan = making_vlan("v", "br", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&vlan), 0);
	assert_int_equal(set_u32("v", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), -EBUSY);
	assert_int_equal(set_u32("v", IFLA_MASTER, (uint32_t)link_of("other")->ifindex), 0);
}

/* -- entries -- */

static void entries_come_and_go_by_messages(void **state)
{
	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	assert_int_equal(set_station("p1", RTM_NEWNEIGH, 9, NUD_NOARP, NTF_MASTER, 0), 0);
	assert_int_equal(station_at(9, 0), 1);
	assert_int_equal(station_at(9, 1), 1); /* it is of the port's VLANs, too */
	assert_int_equal(set_station("p1", RTM_NEWNEIGH, 9, NUD_NOARP, NTF_MASTER, 0), -EEXIST);
	assert_int_equal(set_station("p1", RTM_NEWNEIGH, 9, NUD_NOARP, NTF_MASTER, 7), -EINVAL);
	assert_int_equal(set_station("p1", RTM_DELNEIGH, 9, 0, NTF_MASTER, 1), 0);
	assert_int_equal(station_at(9, 0), 1);
	assert_int_equal(set_station("p1", RTM_DELNEIGH, 9, 0, NTF_MASTER, 0), 0);
	assert_int_equal(set_station("p1", RTM_DELNEIGH, 9, 0, NTF_MASTER, 0), -ENOENT);
	assert_int_equal(set_station("br", RTM_NEWNEIGH, 9, NUD_PERMANENT, NTF_SELF, 0), 0);
	assert_int_equal(set_station("eth0", RTM_NEWNEIGH, 9, NUD_PERMANENT, NTF_SELF, 0),
			 -EOPNOTSUPP);
}

/* -- kept -- */

static void a_bridge_comes_back_with_its_ports_and_what_they_learned(void **state)
{
	struct message m;

	(void)state;
	assert_int_equal(add_port("p1", 1), 0);
	assert_int_equal(add_port("p2", 2), 0);
	m = making_vlan("v", "eth0", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("v"), true, NOW), 0);
	assert_int_equal(set_u32("v", IFLA_MASTER, (uint32_t)link_of("br")->ifindex), 0);
	assert_int_equal(set_port_u8(2, IFLA_BRPORT_ISOLATED, 1), 0);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 7, 0, false), 0);
	assert_int_equal(set_station("p2", RTM_NEWNEIGH, 8, NUD_NOARP, NTF_MASTER, 0), 0);
	come_by(1, 9, 1);
	kinds_restore();
	assert_int_equal(station_at(1, 0), 1);
	assert_int_equal(station_at(8, 0), 2);
	assert_int_equal(sea_bridge_port_of(port(2))->flags,
			 SEA_BRPORT_DEFAULT | SEA_BRPORT_ISOLATED);
	assert_true(sea_bridge_vlan_has(sea_bridge_port_of(port(1))->vlans.member, 7));
	assert_int_equal(sea_bridge_port_of(link_of("v"))->state, SEA_BRIDGE_FORWARDING);
	assert_int_equal(port(1)->promiscuity, 1);
	assert_true(link_of("br")->up);
	assert_true(link_of("br")->carrier);
	bridge_now.ns += 300 * SEA_SEC;
	sea_stack_advance(k.f.stack, bridge_now);
	assert_int_equal(station_at(1, 0), 0);
	assert_int_equal(station_at(8, 0), 2);
	sea_link_del(port(1), bridge_now);
	sea_link_del(link_of("br"), bridge_now);
	assert_null(port(2)->master);
}

/* It fails at each allocation in turn, and nothing is left of what was begun. */
static void a_port_that_there_is_no_memory_for_is_none(void **state)
{
	int err = -ENOMEM;

	(void)state;
	for (size_t at = 1; err; at++) {
		assert_true(at < 100);
		test_env_fail_at(&k.env, at);
		err = sea_link_set_master(k.eth, link_of("br"), NOW);
		test_env_fail_at(&k.env, 0);
		assert_true(!err == (k.eth->master != NULL));
		assert_true(!err == (k.eth->diversion != NULL));
	}
	assert_int_equal(k.eth->promiscuity, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_bridge_and_its_ports_are_shown_as_what_they_are),
		TEST(vlans_are_shown_in_ranges),
		TEST(a_default_vlan_is_that_of_those_who_did_not_choose),
		TEST(what_a_bridge_has_not_is_refused),
		TEST(a_bridge_has_of_its_ports_the_lowest_mac_and_the_smallest_mtu),
		TEST(a_bridge_without_ports_has_lost_its_mac),
		TEST(a_bridge_has_a_carrier_while_a_port_forwards),
		TEST(what_cannot_be_a_port_is_none),
		TEST(entries_come_and_go_by_messages),
		TEST(a_bridge_comes_back_with_its_ports_and_what_they_learned),
		TEST(a_port_that_there_is_no_memory_for_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) + run_stp_tests();
}
