/* SPDX-License-Identifier: Apache-2.0 */
/* Where frames of a bridge go: learned, flooded, kept back, of VLANs. IEEE 802.1D §7, 802.1Q §8. */
#include "bridges.h"

#include "link/device/bridge.h"

#define P1 (1u << 1)
#define P2 (1u << 2)
#define P3 (1u << 3)

static int setup(void **state)
{
	int err = kinds_setup_frames(state);

	make_bridge(3);
	return err;
}

/* -- learned and flooded -- */

static void what_is_not_known_goes_to_all_others_and_what_is_known_to_one(void **state)
{
	(void)state;
	come_by(1, 2, 1);
	assert_int_equal(left(), P2 | P3);
	come_by(2, 1, 2);
	assert_int_equal(left(), P1);
	come_by(1, 2, 1);
	assert_int_equal(left(), P2);
	assert_int_equal(station_at(1, 0), 1);
	assert_int_equal(station_at(2, 0), 2);
}

static void a_frame_leaves_as_it_came(void **state)
{
	uint8_t frame[FRAME_BYTES], got[FRAME_BYTES];
	uint32_t len;

	(void)state;
	for (uint32_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7 + 2);
	frame[0] = frame[6] = 2;
	frame[12] = 0x88;
	frame[13] = 0xb5;
	come_bytes(1, frame, 1514);
	for (unsigned n = 2; n <= 3; n++) {
		assert_int_equal(left_by(n, got, &len), 1);
		assert_int_equal(len, 1514);
		assert_memory_equal(got, frame, 1514);
	}
}

/* SEA_DROP_BRIDGE_NOWHERE */
static void what_is_behind_the_port_that_it_came_by_stays_there(void **state)
{
	(void)state;
	come_by(1, 9, 1);
	come_by(1, 9, 2);
	left();
	come_by(1, 2, 1);
	assert_int_equal(left(), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_NOWHERE), 1);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_MODE, 1), 0);
	come_by(1, 2, 1);
	assert_int_equal(left(), P1);
}

static void a_station_that_moves_is_found_where_it_is(void **state)
{
	(void)state;
	come_by(1, 9, 1);
	come_by(3, 9, 1);
	left();
	come_by(2, 1, 2);
	assert_int_equal(left(), P3);
}

static void stations_are_forgotten_when_nothing_is_heard_of_them(void **state)
{
	(void)state;
	come_by(1, 9, 1);
	bridge_now.ns += 200 * SEA_SEC;
	come_by(2, 9, 2);
	bridge_now.ns += 99 * SEA_SEC;
	sea_stack_advance(k.f.stack, bridge_now);
	assert_int_equal(station_at(1, 0), 1);
	bridge_now.ns += SEA_SEC;
	sea_stack_advance(k.f.stack, bridge_now);
	assert_int_equal(station_at(1, 0), 0);
	assert_int_equal(station_at(2, 0), 2);
	come_by(2, 9, 2);
	bridge_now.ns += 299 * SEA_SEC;
	sea_stack_advance(k.f.stack, bridge_now);
	assert_int_equal(station_at(2, 0), 2);
	assert_int_equal(set_bridge_u32(IFLA_BR_AGEING_TIME, 100), 0);
	sea_stack_advance(k.f.stack, bridge_now);
	assert_int_equal(station_at(2, 0), 0);
}

static void with_no_time_to_age_or_no_room_nothing_is_learned(void **state)
{
	(void)state;
	assert_int_equal(set_bridge_u32(49 /* IFLA_BR_FDB_MAX_LEARNED */, 1), 0);
	come_by(1, 9, 1);
	come_by(1, 9, 2);
	assert_int_equal(station_at(1, 0), 1);
	assert_int_equal(station_at(2, 0), 0);
	assert_int_equal(set_bridge_u32(49, 0), 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_AGEING_TIME, 0), 0);
	come_by(1, 9, 3);
	assert_int_equal(station_at(3, 0), 0);
}

/* -- flags of ports -- */

static void a_port_that_does_not_learn_or_flood_does_neither(void **state)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 9 }, src[6] = { 2, 0, 0, 0, 2, 1 };

	(void)state;
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_LEARNING, 0), 0);
	assert_int_equal(set_port_u8(2, IFLA_BRPORT_UNICAST_FLOOD, 0), 0);
	come_by(1, 9, 1);
	assert_int_equal(station_at(1, 0), 0);
	assert_int_equal(left(), P3);
	assert_int_equal(set_port_u8(3, IFLA_BRPORT_MCAST_FLOOD, 0), 0);
	come_by_mac(1, group, src);
	assert_int_equal(left(), P2);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), P2 | P3);
	assert_int_equal(set_port_u8(2, IFLA_BRPORT_BCAST_FLOOD, 0), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), P3);
}

static void isolated_ports_hear_others_only(void **state)
{
	(void)state;
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_ISOLATED, 1), 0);
	assert_int_equal(set_port_u8(2, IFLA_BRPORT_ISOLATED, 1), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), P3);
	come_by(3, 0xff, 3);
	assert_int_equal(left(), P1 | P2);
	come_by(2, 1, 2);
	assert_int_equal(left(), 0);
}

/* SEA_DROP_BRIDGE_LOCKED */
static void a_locked_port_takes_only_who_is_known(void **state)
{
	(void)state;
	assert_int_equal(set_port_u8(1, 39 /* IFLA_BRPORT_LOCKED */, 1), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_LOCKED), 1);
	assert_int_equal(set_station("p1", RTM_NEWNEIGH, 1, NUD_NOARP, NTF_MASTER, 0), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), P2 | P3);
}

/* SEA_DROP_BRIDGE_STATE */
static void a_port_takes_and_sends_as_its_state_says(void **state)
{
	(void)state;
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_STATE, BR_STATE_LEARNING), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), 0);
	assert_int_equal(station_at(1, 0), 1);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_STATE, BR_STATE_LISTENING), 0);
	come_by(1, 0xff, 4);
	assert_int_equal(station_at(4, 0), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_STATE), 2);
	come_by(2, 0xff, 2);
	assert_int_equal(left(), P3);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_STATE, BR_STATE_BLOCKING), 0);
	come_by(2, 0xff, 2);
	assert_int_equal(left(), P1 | P3); /* without spanning trees it forwards */
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_STATE, 5), -EINVAL);
	sea_link_set_carrier(port(1), false, NOW);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_STATE, BR_STATE_FORWARDING), -ENETDOWN);
}

/* SEA_DROP_BRIDGE_SOURCE, SEA_DROP_LINK_SHORT */
static void frames_from_nobody_are_dropped(void **state)
{
	static const uint8_t none[6], group[6] = { 3 }, all[6] = { 255, 255, 255, 255, 255, 255 };

	(void)state;
	come_by_mac(1, all, none);
	come_by_mac(1, all, group);
	come_bytes(1, all, 6);
	assert_int_equal(left(), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_SOURCE), 2);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_SHORT), 1);
}

/* SEA_DROP_BRIDGE_PAUSE; the test's stack has no protocol for what is the port's own: SEA_DROP_LINK_PROTOCOL. */
static void link_local_groups_stay_on_their_wire_unless_a_mask_says_otherwise(void **state)
{
	static const uint8_t src[6] = { 2, 0, 0, 0, 2, 1 };
	uint8_t dst[6] = { 1, 0x80, 0xc2, 0, 0, 0 };
	const uint16_t mask = 1 << 14;

	(void)state;
	come_by_mac(1, dst, src); /* spanning trees: there are none */
	assert_int_equal(left(), P2 | P3);
	dst[5] = 1;
	come_by_mac(1, dst, src);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_PAUSE), 1);
	dst[5] = 14;
	come_by_mac(1, dst, src);
	assert_int_equal(left(), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_PROTOCOL),
			 2); /* and the bridge's own of the first */
	assert_int_equal(station_at(1, 0), 1);
	assert_int_equal(set_bridge(IFLA_BR_GROUP_FWD_MASK, &mask, 2), 0);
	come_by_mac(1, dst, src);
	assert_int_equal(left(), P2 | P3);
}

/* -- the bridge's own -- */

static void what_is_for_the_bridge_or_for_all_comes_up(void **state)
{
	struct frame_spec spec = { .payload = 10 };
	uint8_t frame[FRAME_MAX];
	uint32_t len = frame_put(frame, &spec);
	const struct sea_link *br = link_of("br");

	(void)state;
	memcpy(frame, br->mac.b, 6);
	memcpy(frame + 6, "\2\0\0\0\2\1", 6);
	come_bytes(1, frame, len);
	assert_int_equal(arrived.n, 1);
	assert_int_equal(left(), 0);
	memcpy(frame, port(3)->mac.b,
	       6); /* a port's, which is not the bridge's: for us, and nobody's */
	come_bytes(1, frame, len);
	assert_int_equal(arrived.n, 1);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_OTHERHOST), 1);
	memset(frame, 0xff, 6);
	come_bytes(1, frame, len);
	assert_int_equal(arrived.n, 2);
	assert_int_equal(left(), P2 | P3);
	assert_int_equal(br->stats.rx_packets, 3);
}

static void the_bridge_sends_to_who_is_known_and_else_to_all(void **state)
{
	static const struct sea_mac known = { { 2, 0, 0, 0, 2, 1 } },
				    other = { { 2, 0, 0, 0, 2, 2 } };
	static const uint8_t bytes[40] = { 0x45 };

	(void)state;
	come_by(1, 0xff, 1);
	left();
	for (unsigned i = 0; i < 2; i++) {
		struct sea_pkt *pkt = sea_pkt_from_bytes(k.eth, bytes, sizeof(bytes));

		sea_stack_enter(k.f.stack, NOW);
		assert_int_equal(sea_link_output(link_of("br"), pkt, i ? &other : &known,
						 SEA_ETHERTYPE_IPV4),
				 0);
		sea_stack_leave(k.f.stack);
		assert_int_equal(left(), i ? P1 | P2 | P3 : P1);
	}
	assert_int_equal(link_of("br")->stats.tx_packets, 2);
}

static void a_super_segment_is_cut_by_the_port_that_it_leaves_by(void **state)
{
	const struct frame_spec spec = { .payload = 3000 };
	struct sea_pkt *pkts[8], *pkt = super_pkt(&k.f, &spec, 1000);
	unsigned n;

	(void)state;
	pkt->link = port(1);
	sea_link_input(port(1), &pkt, 1, NOW);
	n = sea_link_take_tx(port(2), pkts, 8, NOW);
	assert_int_equal(n, 3);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(pkts[i]->gso_type, SEA_GSO_NONE);
		assert_int_equal(pkts[i]->len, 1054);
		sea_pkt_done(pkts[i]);
	}
	left();
}

/* SEA_DROP_LINK_TOO_BIG */
static void what_a_port_cannot_carry_does_not_leave_by_it(void **state)
{
	uint8_t frame[FRAME_BYTES] = { 2, 0, 0, 0, 2, 9, 2, 0, 0, 0, 2, 1, 0x88, 0xb5 };

	(void)state;
	assert_int_equal(sea_link_set_mtu(port(2), 1400, NOW), 0);
	assert_int_equal(link_of("br")->mtu, 1400);
	come_bytes(1, frame, 1418);
	assert_int_equal(left(), P2 | P3); /* a tag more may be there */
	come_bytes(1, frame, 1419);
	assert_int_equal(left(), P3);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_TOO_BIG), 1);
}

/* -- VLANs -- */

static void without_filtering_tags_are_nothing_special(void **state)
{
	uint8_t got[FRAME_BYTES];
	uint32_t len;

	(void)state;
	come_tagged(1, 2, 1, 7);
	assert_int_equal(left_by(2, got, &len), 1);
	assert_int_equal(len, 64);
	assert_int_equal(sea_get16(got + 14), 7);
	assert_int_equal(station_at(1, 0), 1);
	left();
}

/* SEA_DROP_BRIDGE_VLAN */
static void a_filtering_bridge_keeps_vlans_apart(void **state)
{
	uint8_t got[FRAME_BYTES];
	uint32_t len;

	(void)state;
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 1), 0);
	come_tagged(1, 0xff, 1, 7);
	assert_int_equal(left(), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_VLAN), 1);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 7, 0, false), 0);
	assert_int_equal(set_vlan("p2", RTM_SETLINK, 7, BRIDGE_VLAN_INFO_UNTAGGED, false), 0);
	come_tagged(1, 0xff, 1, 7);
	assert_int_equal(left_by(2, got, &len), 1);
	assert_int_equal(len, 60); /* its tag is gone */
	assert_int_equal(sea_get16(got + 12), 0x88b5);
	assert_int_equal(left(), 0);
	assert_int_equal(station_at(1, 7), 1);
	assert_int_equal(station_at(1, 1), 0);
	come_by(3, 0xff, 3); /* of VLAN 1, as all are by themselves */
	assert_int_equal(left(), P1 | P2);
	assert_int_equal(station_at(3, 1), 3);
}

static void what_has_no_tag_is_of_the_ports_vlan_and_gets_one_where_it_is_to(void **state)
{
	uint8_t got[FRAME_BYTES];
	uint32_t len;

	(void)state;
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 1), 0);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 8,
				  BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED, false),
			 0);
	assert_int_equal(set_vlan("p2", RTM_SETLINK, 8, 0, false), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left_by(2, got, &len), 1);
	assert_int_equal(len, 64);
	assert_int_equal(sea_get16(got + 12), SEA_ETHERTYPE_VLAN);
	assert_int_equal(sea_get16(got + 14), 8);
	assert_int_equal(sea_get16(got + 16), 0x88b5);
	assert_int_equal(left(), 0);
	assert_int_equal(set_vlan("p1", RTM_DELLINK, 8, 0, false), 0);
	assert_int_equal(station_at(1, 8), 0);
	come_by(1, 0xff, 1);
	assert_int_equal(left(), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_VLAN), 1);
}

static void a_tag_keeps_its_priority(void **state)
{
	uint8_t got[FRAME_BYTES];
	uint32_t len;

	(void)state;
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 1), 0);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 7, 0, false), 0);
	assert_int_equal(set_vlan("p2", RTM_SETLINK, 7, 0, false), 0);
	assert_int_equal(set_vlan("p3", RTM_SETLINK, 1, 0, false), 0);
	come_tagged(1, 0xff, 1, 0xa007);
	assert_int_equal(left_by(2, got, &len), 1);
	assert_int_equal(sea_get16(got + 14), 0xa007);
	come_tagged(1, 0xff, 1, 0xa000); /* a priority only: of the port's own VLAN */
	assert_int_equal(left_by(3, got, &len), 1);
	assert_int_equal(sea_get16(got + 14), 0xa001);
	left();
}

static void the_bridge_itself_hears_the_vlans_that_it_is_in(void **state)
{
	uint8_t frame[64] = { 0 };

	(void)state;
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 1), 0);
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 7, 0, false), 0);
	memcpy(frame, link_of("br")->mac.b, 6);
	memcpy(frame + 6, "\2\0\0\0\2\1\x81\0\0\7\x08", 11);
	come_bytes(1, frame, sizeof(frame));
	assert_int_equal(arrived.n, 0);
	assert_int_equal(set_vlan("br", RTM_SETLINK, 7, BRIDGE_VLAN_INFO_UNTAGGED, true), 0);
	come_bytes(1, frame, sizeof(frame));
	assert_int_equal(arrived.n, 1);
}

/* -- memory -- */

static void frames_that_there_is_no_memory_for_are_lost_and_nothing_else(void **state)
{
	(void)state;
	for (size_t at = 1; at < 30; at++) {
		uint8_t frame[60] = {
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 3, (uint8_t)at
		};
		struct sea_pkt *pkt = sea_pkt_from_bytes(port(1), frame, sizeof(frame));

		assert_non_null(pkt);
		test_env_fail_at(&k.env, at);
		sea_link_input(port(1), &pkt, 1, NOW);
		test_env_fail_at(&k.env, 0);
		left();
	}
	come_by(1, 0xff, 1);
	assert_int_equal(left(), P2 | P3);
}

#define FRAMES(fn) cmocka_unit_test_setup_teardown(fn, setup, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FRAMES(what_is_not_known_goes_to_all_others_and_what_is_known_to_one),
		FRAMES(a_frame_leaves_as_it_came),
		FRAMES(what_is_behind_the_port_that_it_came_by_stays_there),
		FRAMES(a_station_that_moves_is_found_where_it_is),
		FRAMES(stations_are_forgotten_when_nothing_is_heard_of_them),
		FRAMES(with_no_time_to_age_or_no_room_nothing_is_learned),
		FRAMES(a_port_that_does_not_learn_or_flood_does_neither),
		FRAMES(isolated_ports_hear_others_only),
		FRAMES(a_locked_port_takes_only_who_is_known),
		FRAMES(a_port_takes_and_sends_as_its_state_says),
		FRAMES(frames_from_nobody_are_dropped),
		FRAMES(link_local_groups_stay_on_their_wire_unless_a_mask_says_otherwise),
		FRAMES(what_is_for_the_bridge_or_for_all_comes_up),
		FRAMES(the_bridge_sends_to_who_is_known_and_else_to_all),
		FRAMES(a_super_segment_is_cut_by_the_port_that_it_leaves_by),
		FRAMES(what_a_port_cannot_carry_does_not_leave_by_it),
		FRAMES(without_filtering_tags_are_nothing_special),
		FRAMES(a_filtering_bridge_keeps_vlans_apart),
		FRAMES(what_has_no_tag_is_of_the_ports_vlan_and_gets_one_where_it_is_to),
		FRAMES(a_tag_keeps_its_priority),
		FRAMES(the_bridge_itself_hears_the_vlans_that_it_is_in),
		FRAMES(frames_that_there_is_no_memory_for_are_lost_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) + run_vlan_tests();
}
