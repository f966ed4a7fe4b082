/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spanning trees. Frames are those that Linux 6.18 sent when it was told the same (a bridge of two veths, forward_delay 200), but
 * for the moments: it rounds timers to whole seconds.
 */
#include "bridges.h"

#include <stdio.h>

#include "link/device/bridge_stp.h"

#define GROUP "\x01\x80\xc2\x00\x00\x00"
#define SECOND 100u

static struct sea_bridge *bridge(void)
{
	return sea_bridge_of(link_of("br"));
}

static struct sea_bridge_port *at(unsigned n)
{
	return sea_bridge_port_of(port(n));
}

/* So many hundredths of a second, timer by timer. */
static void pass(uint32_t csec)
{
	const sea_time until = sea_time_add(bridge_now, (int64_t)csec * SEA_BRIDGE_CSEC);

	for (;;) {
		sea_time next = sea_stack_deadline(k.f.stack);

		if (sea_time_before(until, next))
			break;
		bridge_now = sea_time_before(bridge_now, next) ? next : bridge_now;
		sea_stack_advance(k.f.stack, bridge_now);
	}
	bridge_now = until;
	sea_stack_advance(k.f.stack, bridge_now);
}

/* Ports have MACs 02:00:00:00:01:0n, and the bridge 02:00:00:00:00:aa; both ports go up once there is a tree. */
static void make_tree(void)
{
	const uint8_t own[6] = { 2, 0, 0, 0, 0, 0xaa };

	make_bridge(2);
	assert_int_equal(set_attr("br", IFLA_ADDRESS, own, 6), 0);
	assert_int_equal(sea_link_set_up(link_of("br"), false, NOW), 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_FORWARD_DELAY, 200), 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 1), 0);
	assert_int_equal(sea_link_set_up(link_of("br"), true, NOW), 0);
	left();
}

static int setup(void **state)
{
	kinds_setup_frames(state);
	make_tree();
	return 0;
}

/* With IP, so that it can be kept. */
static int setup_ip(void **state)
{
	kinds_setup(state);
	make_tree();
	return 0;
}

static const char *last_by(unsigned n)
{
	static char text[2 * FRAME_BYTES + 1];
	uint8_t bytes[FRAME_BYTES];
	uint32_t len = 0;

	text[0] = 0;
	if (!left_by(n, bytes, &len))
		return "";
	for (uint32_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/* What others say: BRIDGE is the designated one's priority and last byte of its MAC; ages are in 256ths. */
struct said {
	uint64_t root;
	uint32_t cost;
	uint64_t bridge;
	uint16_t port, age, max_age;
	uint8_t flags;
};

#define ROOT 0x1000020000000099u
#define BB 0x80000200000000bbu
#define CC 0x80000200000000ccu

static void put64(uint8_t *to, uint64_t v)
{
	sea_put32(to, (uint32_t)(v >> 32));
	sea_put32(to + 4, (uint32_t)v);
}

static void come_llc(unsigned n, const char *dst, const uint8_t *message, uint16_t len)
{
	uint8_t frame[60] = { 0 };

	memcpy(frame, dst, 6);
	frame[6] = 2;
	frame[11] = 3;
	sea_put16(frame + 12, (uint16_t)(len + 3));
	memcpy(frame + 14, "\x42\x42\x03", 3);
	memcpy(frame + 17, message, len);
	come_bytes(n, frame, sizeof(frame));
}

static void hear(unsigned n, const struct said *s)
{
	uint8_t m[35] = { 0, 0, 0, 0, s->flags };

	put64(m + 5, s->root);
	sea_put32(m + 13, s->cost);
	put64(m + 17, s->bridge);
	sea_put16(m + 25, s->port);
	sea_put16(m + 27, s->age);
	sea_put16(m + 29, s->max_age ? s->max_age : 20 * 256);
	sea_put16(m + 31, 2 * 256);
	sea_put16(m + 33, 2 * 256);
	come_llc(n, GROUP, m, sizeof(m));
}

static void hear_change(unsigned n)
{
	come_llc(n, GROUP, (const uint8_t *)"\0\0\0\x80", 4);
}

static const struct said superior = {
	.root = ROOT, .cost = 10, .bridge = BB, .port = 0x8005, .age = 256
};

/* -- states -- */

static void a_port_listens_and_learns_before_it_forwards(void **state)
{
	(void)state;
	assert_int_equal(at(1)->state, SEA_BRIDGE_LISTENING);
	assert_false(link_of("br")->carrier);
	come_by(1, 9, 1);
	assert_int_equal(station_at(1, 0), 0);
	pass(199);
	assert_int_equal(at(1)->state, SEA_BRIDGE_LISTENING);
	pass(1);
	assert_int_equal(at(1)->state, SEA_BRIDGE_LEARNING);
	left();
	come_by(1, 9, 1);
	assert_int_equal(station_at(1, 0), 1);
	assert_int_equal(left(), 0);
	pass(200);
	assert_int_equal(at(1)->state, SEA_BRIDGE_FORWARDING);
	assert_true(link_of("br")->carrier);
	left();
	come_by(1, 9, 1);
	assert_int_equal(left(), 1u << 2);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_STATE, SEA_BRIDGE_BLOCKING), -EBUSY);
}

static void without_a_tree_ports_forward_and_messages_pass(void **state)
{
	(void)state;
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 0), 0);
	assert_int_equal(at(1)->state,
			 SEA_BRIDGE_LISTENING); /* it stays as it was, but time passes */
	pass(400);
	assert_int_equal(at(1)->state, SEA_BRIDGE_FORWARDING);
	assert_int_equal(left(), 0);
	hear(1, &superior);
	assert_int_equal(left(), 1u << 2);
	assert_int_equal(bridge()->stp.root_port, 0);
	assert_int_equal(sea_link_set_up(port(2), false, bridge_now), 0);
	assert_int_equal(sea_link_set_up(port(2), true, bridge_now), 0);
	assert_int_equal(at(2)->state, SEA_BRIDGE_FORWARDING);
}

/* -- as the root -- */

static void the_root_says_so_every_two_seconds(void **state)
{
	(void)state;
	pass(199);
	assert_int_equal(left(), 0);
	pass(1);
	assert_string_equal(
		last_by(1),
		"0180c20000000200000001010026424203000000000080000200000000aa0000000080000200000000"
		"aa80010000140002000200");
	assert_string_equal(
		last_by(2),
		"0180c20000000200000001020026424203000000000080000200000000aa0000000080000200000000"
		"aa80020000140002000200");
	pass(200); /* ports forward now, and the topology changed */
	left();
	pass(200);
	assert_string_equal(
		last_by(1),
		"0180c20000000200000001010026424203000000000180000200000000aa0000000080000200000000"
		"aa80010000140002000200");
	assert_int_equal(bridge()->ageing_time, 400);
	pass(2000); /* for max_age and forward_delay */
	left();
	pass(200);
	assert_null(strstr(last_by(1), "42420300000000018000"));
	assert_int_equal(bridge()->ageing_time, 30000);
}

static void who_says_less_is_answered_but_not_more_than_once_a_second(void **state)
{
	const struct said inferior = { .root = CC, .bridge = CC, .port = 0x8001 };

	(void)state;
	hear(2, &inferior);
	assert_int_equal(left(), 1u << 2);
	hear(2, &inferior);
	assert_int_equal(left(), 0);
	assert_true(at(2)->stp.config_pending);
	pass(99);
	assert_int_equal(left(), 0);
	pass(1);
	assert_int_equal(left(), 1u << 2);
	assert_int_equal(at(2)->stp.root.b[0], 0x80);
	assert_int_equal(at(2)->stp.root.b[7], 0xaa);
}

/* -- another root -- */

/* What the kernel was told, and said, in this order. */
static void a_better_root_is_followed(void **state)
{
	static const char tcn[] = "0180c2000000020000000101000742420300000080";
	struct said ack = superior;

	(void)state;
	pass(400);
	pass(120);
	left();
	hear(1, &superior);
	assert_string_equal(last_by(1),
			    tcn); /* that it had seen a change, and is no root any more */
	assert_int_equal(bridge()->stp.root_port, 1);
	assert_int_equal(bridge()->stp.root_cost, 12);
	assert_string_equal(
		last_by(2),
		"0180c20000000200000001020026424203000000000010000200000000990000000c80000200000000"
		"aa80020101140002000200");
	pass(200);
	assert_string_equal(last_by(1), tcn);
	ack.flags = SEA_BPDU_CHANGE_ACK;
	hear(1, &ack);
	assert_string_equal(
		last_by(2),
		"0180c20000000200000001020026424203000000000010000200000000990000000c80000200000000"
		"aa80020101140002000200");
	pass(200);
	assert_int_equal(left(), 0); /* it is acknowledged */
	hear_change(2);
	assert_string_equal(last_by(1), tcn);
	assert_string_equal(
		last_by(2),
		"0180c20000000200000001020026424203000000008010000200000000990000000c80000200000000"
		"aa80020301140002000200");
	ack.flags = SEA_BPDU_CHANGE | SEA_BPDU_CHANGE_ACK;
	hear(1, &ack);
	assert_int_equal(bridge()->ageing_time, 400);
}

static void a_root_that_is_not_heard_of_is_none(void **state)
{
	const struct said nearer = { .root = ROOT,
				     .cost = 5,
				     .bridge = CC,
				     .port = 0x8001,
				     .age = 4 * 256,
				     .max_age = 6 * 256 };

	(void)state;
	pass(400);
	hear(1, &superior);
	hear(2, &nearer);
	assert_int_equal(bridge()->stp.root_port, 2);
	assert_int_equal(bridge()->stp.root_cost, 7);
	assert_int_equal(bridge()->max_age, 600);
	left();
	pass(199);
	left();
	pass(1);
	assert_int_equal(bridge()->stp.root_port, 0);
	assert_int_equal(bridge()->max_age, 2000);
	assert_string_equal(
		last_by(2),
		"0180c20000000200000001020026424203000000000180000200000000aa0000000080000200000000"
		"aa80020000140002000200");
}

/* A root that says hello all the time does not make others do so. */
static void a_hello_time_of_nothing_is_a_second(void **state)
{
	uint8_t m[35] = { 0 };

	(void)state;
	pass(400);
	put64(m + 5, ROOT);
	put64(m + 17, BB);
	sea_put16(m + 29, 5120);
	come_llc(1, GROUP, m, sizeof(m));
	assert_int_equal(bridge()->hello_time, 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 0), 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 1), 0);
	left();
	pass(99);
	assert_int_equal(left(), 0);
	pass(1);
	assert_int_equal(left(), 1u << 2);
}

static void of_two_ways_to_the_root_one_is_blocked(void **state)
{
	struct said second = superior;

	(void)state;
	pass(400);
	come_by(1, 9, 1);
	second.port = 0x8006;
	hear(1, &superior);
	hear(2, &second);
	assert_int_equal(at(1)->state, SEA_BRIDGE_FORWARDING);
	assert_int_equal(at(2)->state, SEA_BRIDGE_BLOCKING);
	left();
	come_by(2, 9, 5);
	come_by(1, 9, 6);
	assert_int_equal(left(), 0);
	assert_int_equal(station_at(5, 0), 0);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_GUARD, 0), 0);
	sea_stp_set_cost(at(1), 20); /* the other one is nearer */
	assert_int_equal(bridge()->stp.root_port, 2);
	assert_int_equal(at(2)->state, SEA_BRIDGE_LISTENING);
	assert_int_equal(at(1)->state, SEA_BRIDGE_BLOCKING);
	pass(400);
	assert_int_equal(at(2)->state, SEA_BRIDGE_FORWARDING);
	assert_int_equal(sea_link_set_up(port(2), false, bridge_now), 0);
	assert_int_equal(bridge()->stp.root_port, 1);
}

static void a_lower_priority_makes_a_root(void **state)
{
	const uint16_t priority = 0x0800;

	(void)state;
	pass(520);
	hear(1, &superior);
	assert_int_equal(bridge()->stp.root_port, 1);
	left();
	assert_int_equal(set_bridge(IFLA_BR_PRIORITY, &priority, 2), 0);
	assert_int_equal(bridge()->stp.root_port, 0);
	assert_int_equal(bridge()->stp.root.b[0], 0x08);
	assert_int_equal(at(1)->stp.bridge.b[0], 0x08);
	assert_int_equal(left(), 1u << 1); /* the other one still holds */
	show("br");
	assert_int_equal(*data_of(IFLA_BR_STP_STATE, &(uint32_t){ 0 }), 1);
	assert_int_equal(*data_of(IFLA_BR_ROOT_ID, &(uint32_t){ 0 }), 0x08);
}

/* -- what is not taken -- */

/* SEA_DROP_BRIDGE_BPDU */
static void what_is_no_message_is_dropped(void **state)
{
	static const uint8_t version[4] = { 0, 0, 2, 0x80 }, cut[20] = { 0 },
			     type[4] = { 0, 0, 0, 7 };
	struct said old = superior;

	(void)state;
	pass(400);
	come_llc(1, GROUP, version, sizeof(version));
	come_llc(1, GROUP, cut, sizeof(cut));
	come_llc(1, GROUP, type, sizeof(type));
	come_llc(1, "\x01\x80\xc2\x00\x00\x0e", version, sizeof(version)); /* another group */
	old.age = 20 * 256 + 1;
	hear(1, &old);
	assert_int_equal(bridge()->stp.root_port, 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_BPDU), 5);
}

static void a_guarded_port_ends_with_the_first_message(void **state)
{
	(void)state;
	pass(400);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_GUARD, 1), 0);
	hear(1, &superior);
	assert_int_equal(at(1)->state, SEA_BRIDGE_DISABLED);
	assert_int_equal(bridge()->stp.root_port, 0);
	hear(1, &superior);
	assert_int_equal(at(1)->state, SEA_BRIDGE_DISABLED);
	assert_int_equal(at(2)->state, SEA_BRIDGE_FORWARDING);
}

static void behind_a_protected_port_is_no_root(void **state)
{
	(void)state;
	pass(400);
	assert_int_equal(set_port_u8(1, IFLA_BRPORT_PROTECT, 1), 0);
	for (unsigned i = 0; i < 3; i++) {
		hear(1, &superior);
		assert_int_equal(bridge()->stp.root_port, 0);
		assert_int_equal(at(1)->state, SEA_BRIDGE_LISTENING);
		pass(190);
	}
	pass(210);
	assert_int_equal(at(1)->state, SEA_BRIDGE_FORWARDING);
}

static void times_of_a_tree_have_limits(void **state)
{
	(void)state;
	assert_int_equal(set_bridge_u32(IFLA_BR_FORWARD_DELAY, 199), -ERANGE);
	assert_int_equal(set_bridge_u32(IFLA_BR_FORWARD_DELAY, 3001), -ERANGE);
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 0), 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_FORWARD_DELAY, 0), 0);
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 1), 0);
	assert_int_equal(bridge()->forward_delay, 200);
}

/* -- two of them -- */

/* A wire between both bridges: its ends are ports a and b. */
static void wire(const char *a, const char *b)
{
	const struct message m = making("veth", a, NULL, 0);

	assert_int_equal(ask(&m), 0);
	assert_int_equal(set_u32(a, IFLA_MASTER, (uint32_t)link_of("br")->ifindex), 0);
	assert_int_equal(set_u32(b, IFLA_MASTER, (uint32_t)link_of("br2")->ifindex), 0);
	assert_int_equal(sea_link_set_up(link_of(a), true, bridge_now), 0);
	assert_int_equal(sea_link_set_up(link_of(b), true, bridge_now), 0);
}

static unsigned n_of_state(uint8_t state)
{
	static const char *const names[] = { "a1", "a2", "veth0", "veth1" };
	unsigned n = 0;

	for (unsigned i = 0; i < 4; i++)
		n += sea_bridge_port_of(link_of(names[i]))->state == state;
	return n;
}

static void two_bridges_with_two_wires_between_them_use_one(void **state)
{
	const struct message m = making("bridge", "br2", NULL, 0);
	uint64_t sent;

	(void)state;
	assert_int_equal(ask(&m), 0);
	sea_stp_set(sea_bridge_of(link_of("br2")), true);
	assert_int_equal(sea_link_set_up(link_of("br2"), true, bridge_now), 0);
	wire("a1", "veth0");
	wire("a2", "veth1");
	pass(6000);
	assert_int_equal(n_of_state(SEA_BRIDGE_FORWARDING), 3);
	assert_int_equal(n_of_state(SEA_BRIDGE_BLOCKING), 1);
	sent = link_of("a1")->stats.tx_packets + link_of("a2")->stats.tx_packets;
	come_by(1, 0xff, 7);
	pass(10);
	assert_in_range(link_of("a1")->stats.tx_packets + link_of("a2")->stats.tx_packets - sent, 1,
			2 + 2);
	assert_int_equal(sea_link_set_up(link_of("a1"), false, bridge_now), 0);
	pass(6000);
	assert_int_equal(n_of_state(SEA_BRIDGE_FORWARDING), 2);
	assert_int_equal(n_of_state(SEA_BRIDGE_DISABLED), 2);
}

/* -- kept -- */

static void a_tree_goes_on_where_it_was(void **state)
{
	struct said second = superior;

	(void)state;
	pass(400);
	second.port = 0x8006;
	hear(1, &superior);
	hear(2, &second);
	pass(50);
	left();
	kinds_restore();
	assert_int_equal(bridge()->stp.root_port, 1);
	assert_int_equal(at(2)->state, SEA_BRIDGE_BLOCKING);
	pass(2000);
	assert_int_equal(bridge()->stp.root_port, 0);
	assert_int_equal(at(2)->state, SEA_BRIDGE_LISTENING);
	left();
	pass(200);
	assert_int_equal(left(), 1u << 1 | 1u << 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, kinds_teardown)

int run_stp_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_port_listens_and_learns_before_it_forwards),
		TEST(without_a_tree_ports_forward_and_messages_pass),
		TEST(the_root_says_so_every_two_seconds),
		TEST(who_says_less_is_answered_but_not_more_than_once_a_second),
		TEST(a_better_root_is_followed),
		TEST(a_root_that_is_not_heard_of_is_none),
		TEST(a_hello_time_of_nothing_is_a_second),
		TEST(of_two_ways_to_the_root_one_is_blocked),
		TEST(a_lower_priority_makes_a_root),
		TEST(what_is_no_message_is_dropped),
		TEST(a_guarded_port_ends_with_the_first_message),
		TEST(behind_a_protected_port_is_no_root),
		TEST(times_of_a_tree_have_limits),
		TEST(two_bridges_with_two_wires_between_them_use_one),
		cmocka_unit_test_setup_teardown(a_tree_goes_on_where_it_was, setup_ip,
						kinds_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
