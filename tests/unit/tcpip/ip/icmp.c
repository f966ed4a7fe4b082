/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP: what is answered, what is handed on, what we say and how often. */
#include <errno.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;

static struct {
	unsigned n;
	struct sea_icmp_error error;
	uint8_t quote[64];
	bool taken;
} told;

static void refuse(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	sea_ip_ops_of(stack, SEA_AF_INET)->port_unreachable(stack, pkt);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_PROTOCOL);
}

static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	told.n++;
	told.error = *error;
	memcpy(told.quote, error->quote, 8);
	return told.taken;
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP,
					 .input = refuse,
					 .icmp_error = icmp_error };

static int setup(void **state)
{
	memset(&told, 0, sizeof(told));
	told.taken = true;
	test_stack_new(&t, modules, 1);
	test_know_peer(&t);
	sea_stack_add_ip_proto(t.stack, &udp);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* An ICMP message with its checksum: `rest` is what stands behind the checksum field. */
static size_t message(uint8_t *to, uint8_t type, uint8_t code, const void *rest, size_t len)
{
	struct sea_icmp_hdr *hdr = (struct sea_icmp_hdr *)to;

	memset(to, 0, 4);
	hdr->type = type;
	hdr->code = code;
	memcpy(to + 4, rest, len);
	hdr->sum = test_checksum(to, 4 + len, 0);
	return 4 + len;
}

static void inject(uint8_t type, uint8_t code, const void *rest, size_t len)
{
	static uint8_t msg[2048];

	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, msg,
		       message(msg, type, code, rest, len));
}

/* -- queries -- */

/* RFC1122:3.2.2.6-a, RFC1122:3.2.2.6-c, RFC1812:4.3.3.6-a */
static void echo_request_is_answered_with_the_same_data(void **state)
{
	static const char data[] = "\x12\x34\x00\x07 the quick brown fox";
	uint8_t msg[128];
	const uint8_t *reply;
	size_t len = message(msg, SEA_ICMP_ECHO, 0, data, sizeof(data)), reply_len;
	const struct sea_ipv4_hdr *ip;

	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP, .tos = 0x10, .ttl = 3 },
		       msg, len);
	ip = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &reply, &reply_len);
	assert_int_equal(reply_len, len);
	assert_int_equal(reply[0], SEA_ICMP_ECHO_REPLY);
	assert_memory_equal(reply + 4, msg + 4, len - 4);
	assert_int_equal(sea_be16_get(test_checksum(reply, reply_len, 0)), 0);
	assert_true(sea_be32_equal(ip->src, test_our_ip));
	assert_true(sea_be32_equal(ip->dst, test_peer_ip));
	assert_int_equal(ip->tos, 0x10);
	assert_int_equal(ip->ttl, 64);
	assert_int_equal(sea_be16_get(ip->frag), 0);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInEchos), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutEchoReps), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutMsgs), 1);
}

/* Its checksum is minus zero: RFC1624:3 */
static void echo_of_nothing_but_zeros_is_answered_right(void **state)
{
	static const uint8_t zeros[12];
	uint8_t msg[32];
	const uint8_t *reply;
	size_t len = message(msg, SEA_ICMP_ECHO, 0, zeros, sizeof(zeros)), reply_len;

	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, msg, len);
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &reply, &reply_len);
	assert_int_equal(reply_len, len);
	assert_int_equal(sea_be16_get(test_checksum(reply, reply_len, 0)), 0);
}

/* RFC1812:4.3.3.6-a */
static void echo_is_ignored_where_sysctls_say_so(void **state)
{
	uint8_t msg[8];
	size_t len = message(msg, SEA_ICMP_ECHO, 0, "\0\0\0\0", 4);
	struct test_ip ip = { .proto = SEA_IPPROTO_ICMP, .dst = "10.0.0.255" };
	const uint8_t *reply;
	const struct sea_ipv4_hdr *hdr;

	test_inject_ip(&t, &ip, msg, len); /* RFC1122:3.2.2.6-b */
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_ECHO_IGNORED), 1);
	assert_null(test_take(&t));
	assert_int_equal(
		sea_sysctl_set(t.stack, "net.ipv4.icmp_echo_ignore_broadcasts", "0", t.now), 0);
	test_inject_ip(&t, &ip, msg, len);
	hdr = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &reply, &len);
	assert_true(sea_be32_equal(hdr->src, test_our_ip));
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.icmp_echo_ignore_all", "1", t.now), 0);
	inject(SEA_ICMP_ECHO, 0, "\0\0\0\0", 4);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_ECHO_IGNORED), 2);
	assert_null(test_take(&t));
}

/* RFC1122:3.2.2.8-a, RFC1812:4.3.3.8-a */
static void timestamp_is_answered_with_the_time_of_day(void **state)
{
	uint8_t rest[16] = { 0, 1, 0, 2, 0xaa, 0xbb, 0xcc, 0xdd };
	const uint8_t *reply;
	size_t len;

	inject(SEA_ICMP_TIMESTAMP, 0, rest, sizeof(rest));
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &reply, &len);
	assert_int_equal(len, 20);
	assert_int_equal(reply[0], SEA_ICMP_TIMESTAMP_REPLY);
	assert_memory_equal(reply + 4, rest, 8);
	assert_int_equal(sea_get32(reply + 12), 1000); /* the fixture's first second */
	assert_int_equal(sea_get32(reply + 16), 1000);
	assert_int_equal(sea_be16_get(test_checksum(reply, len, 0)), 0);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutEchoReps), 1);
	inject(SEA_ICMP_TIMESTAMP, 0, rest, 7);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_SHORT), 1);
}

static void broken_messages_are_dropped(void **state)
{
	uint8_t msg[8] = { 8, 0, 0xf7, 0xfe };
	struct test_ip ip = { .proto = SEA_IPPROTO_ICMP };

	test_inject_ip(&t, &ip, msg, 8);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_CHECKSUM), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInCsumErrors), 1);
	test_inject_ip(&t, &ip, msg, message(msg, SEA_ICMP_ECHO, 0, "", 0));
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_SHORT), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInErrors), 2);
	inject(99, 0, "\0\0\0\0", 4);
	inject(SEA_ICMP_REDIRECT, 0, "\x0a\0\0\x03", 4);
	inject(6, 0, "\0\0\0\0", 4);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_TYPE), 2);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_QUOTE), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInRedirects), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInErrors), 4);
	assert_null(test_take(&t));
}

static bool take_reply(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	told.n++;
	if (told.taken)
		sea_pkt_free(pkt);
	return told.taken;
}

/* RFC1122:3.2.2.6-d */
static void echo_reply_goes_to_who_asked_for_them(void **state)
{
	inject(SEA_ICMP_ECHO_REPLY, 0, "\0\1\0\1", 4);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_NO_SOCKET), 1);
	sea_icmp_on_echo_reply(t.stack, take_reply);
	inject(SEA_ICMP_ECHO_REPLY, 0, "\0\1\0\1", 4);
	assert_int_equal(told.n, 1);
	told.taken = false;
	inject(SEA_ICMP_ECHO_REPLY, 0, "\0\1\0\1", 4);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_NO_SOCKET), 2);
}

/* As Linux: whoever sets it the wrong way round shuts everybody out. */
static void group_range_may_be_empty(void **state)
{
	char text[32];

	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ping_group_range", "5 3", t.now), 0);
	sea_sysctl_get(t.stack, "net.ipv4.ping_group_range", text, sizeof(text));
	assert_string_equal(text, "1\t0");
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ping_group_range", "0 100", t.now), 0);
	sea_sysctl_get(t.stack, "net.ipv4.ping_group_range", text, sizeof(text));
	assert_string_equal(text, "0\t100");
}

static void ping_of_our_own_address_goes_over_loopback(void **state)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_our_ip) };
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_ICMP };
	uint8_t msg[8];
	size_t len = message(msg, SEA_ICMP_ECHO, 0, "\0\1\0\1", 4);
	struct sea_pkt *pkt;
	struct sea_dst way;

	sea_icmp_on_echo_reply(t.stack, take_reply);
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 8);
	assert_true(sea_pkt_append(pkt, msg, (uint32_t)len));
	pkt->off_trans = sea_pkt_offset(pkt);
	assert_int_equal(sea_ip_output(t.stack, pkt, &way, &tx), 0);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	test_settle(&t);
	assert_int_equal(told.n, 1);
	assert_null(test_take(&t));
}

/* -- errors that come in -- */

/* What of a datagram of ours an error quotes: header and `len` bytes. */
static size_t quote(uint8_t *to, uint8_t proto, uint16_t frag, size_t len)
{
	static const uint8_t transport[64] = { 0x9c, 0x40, 0, 53, 0, 8, 0, 0 };
	uint8_t frame[256];
	struct test_ip ip = { .src = "10.0.0.1",
			      .dst = "192.0.2.7",
			      .proto = proto,
			      .frag = frag,
			      .total_len = 1400 };
	size_t n = test_build_ip(frame, &ip, transport, len) - 14;

	memset(to, 0, 4);
	memcpy(to + 4, frame + 14, n);
	return n + 4;
}

/* RFC1122:3.2.2-c, RFC1122:3.2.2.4-a */
static void error_about_our_datagram_reaches_its_transport(void **state)
{
	uint8_t rest[128];
	size_t len = quote(rest, SEA_IPPROTO_UDP, SEA_IPV4_DF, 8);

	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, rest, len);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.error.err, ECONNREFUSED);
	assert_true(told.error.hard);
	assert_memory_equal(told.error.src.b, test_our_ip.b, 4);
	assert_memory_equal(told.error.from.b, test_peer_ip.b, 4);
	assert_int_equal(told.error.quote_len, 8);
	assert_int_equal(sea_get16(told.quote), 40000);
	sea_put16(rest + 2, 1400);
	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, rest, len);
	assert_int_equal(told.error.mtu, 1400);
	assert_int_equal(told.error.err, EMSGSIZE);
	told.taken = false;
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInErrors), 0);
	inject(SEA_ICMP_TIME_EXCEEDED, 0, rest, len);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_NO_SOCKET), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInErrors), 1);
}

static void frag_needed_follows_ip_no_pmtu_disc(void **state)
{
	uint8_t rest[128];
	size_t len = quote(rest, SEA_IPPROTO_UDP, SEA_IPV4_DF, 8);

	sea_put16(rest + 2, 1400);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_no_pmtu_disc", "1", t.now), 0);
	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, rest, len);
	assert_int_equal(told.error.mtu, 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_no_pmtu_disc", "2", t.now), 0);
	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, rest, len);
	assert_int_equal(told.n, 1);
}

static void quotation_that_makes_no_sense_is_dropped(void **state)
{
	uint8_t rest[128];
	size_t len = quote(rest, SEA_IPPROTO_UDP, 0, 8);

	for (size_t cut = 4; cut < len; cut++)
		inject(SEA_ICMP_DEST_UNREACH, 3, rest, cut);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_QUOTE), len - 4);
	rest[4] = 0x65;
	inject(SEA_ICMP_DEST_UNREACH, 3, rest, len);
	rest[4] = 0x44;
	inject(SEA_ICMP_DEST_UNREACH, 3, rest, len);
	quote(rest, SEA_IPPROTO_UDP, 8, 8); /* a later fragment has no ports */
	inject(SEA_ICMP_DEST_UNREACH, 3, rest, len);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_QUOTE), len - 1);
	quote(rest, 132, 0, 8);
	inject(SEA_ICMP_DEST_UNREACH, 3, rest, len);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_NO_SOCKET), 1);
	assert_int_equal(told.n, 0);
}

/* As Linux 6.18 was seen to. */
static void error_about_a_broadcast_is_believed_unless_a_sysctl_says_no(void **state)
{
	uint8_t rest[128];
	size_t len = quote(rest, SEA_IPPROTO_UDP, 0, 8);
	sea_be32 broadcast = test_ip4("10.0.0.255");

	memcpy(rest + 4 + 16, &broadcast, sizeof(broadcast));
	memset(rest + 4 + 10, 0, 2);
	*(sea_be16 *)(rest + 4 + 10) = test_checksum(rest + 4, 20, 0);
	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, rest, len);
	assert_int_equal(told.n, 1);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.icmp_ignore_bogus_error_responses", "0",
					t.now),
			 0);
	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, rest, len);
	assert_int_equal(told.n, 1);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_QUOTE), 1);
	quote(rest, SEA_IPPROTO_UDP, 0, 8);
	inject(SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, rest, len);
	assert_int_equal(told.n, 2);
}

/* RFC6633:3, RFC1122:3.2.2.3-b, RFC1812:4.3.3.3-a */
static void source_quench_and_unknown_codes_change_nothing(void **state)
{
	uint8_t rest[128];
	size_t len = quote(rest, SEA_IPPROTO_UDP, 0, 8);

	inject(SEA_ICMP_SOURCE_QUENCH, 0, rest, len);
	inject(SEA_ICMP_DEST_UNREACH, 16, rest, len);
	inject(SEA_ICMP_TIME_EXCEEDED, 1, rest, len);
	assert_int_equal(told.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_TYPE), 3);
}

/* RFC1122:3.2.2.1-c, RFC1122:3.2.2.5-b */
static void errors_mean_what_they_mean_on_linux(void **state)
{
	static const int err[16] = { ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT,  ECONNREFUSED,
				     EMSGSIZE,     EOPNOTSUPP,   ENETUNREACH,  EHOSTDOWN,
				     ENONET,       ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
				     EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH };
	bool hard;

	for (uint8_t code = 0; code < 16; code++) {
		assert_int_equal(sea_icmp_errno(SEA_ICMP_DEST_UNREACH, code, &hard), err[code]);
		assert_int_equal(hard, code != 0 && code != 1 && code != 4 && code != 5 &&
					       code != 11 && code != 12);
	}
	assert_int_equal(sea_icmp_errno(SEA_ICMP_PARAM_PROBLEM, 0, &hard), EPROTO);
	assert_true(hard);
	assert_int_equal(sea_icmp_errno(SEA_ICMP_TIME_EXCEEDED, 0, &hard), EHOSTUNREACH);
	assert_false(hard);
	assert_int_equal(sea_icmp_errno(SEA_ICMP_REDIRECT, 0, &hard), 0);
	assert_int_equal(sea_icmp_errno(SEA_ICMP_DEST_UNREACH, 200, &hard), EHOSTUNREACH);
}

/* -- errors that go out -- */

/* RFC1122:3.2.2-b, RFC1812:4.3.2.3-a */
static void error_quotes_up_to_576_bytes(void **state)
{
	static uint8_t data[1400];
	const uint8_t *msg;
	size_t len;
	const struct sea_ipv4_hdr *ip;

	memset(data, 0x5a, sizeof(data));
	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_UDP, .tos = 0x1c }, data,
		       sizeof(data));
	ip = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &msg, &len);
	assert_int_equal(len, 576 - 20);
	assert_int_equal(msg[0], SEA_ICMP_DEST_UNREACH);
	assert_int_equal(msg[1], SEA_ICMP_PORT_UNREACH);
	assert_int_equal(sea_be16_get(test_checksum(msg, len, 0)), 0);
	assert_int_equal(msg[8], 0x45);
	assert_memory_equal(msg + 28, data, len - 28);
	assert_int_equal(ip->tos, 0x1c | 0xc0);
	assert_true(sea_be32_equal(ip->src, test_our_ip));
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutDestUnreachs), 1);
}

/* RFC1122:3.2.2-e, RFC1812:4.3.2.7-a */
static void errors_are_never_sent_about_what_forbids_it(void **state)
{
	static const uint8_t data[8], icmp_error_msg[8] = { 3, 3, 0xfc, 0xfc };
	static const struct sea_mac group = { { 1, 0, 0x5e, 0, 0, 1 } };
	const struct test_ip cases[] = {
		{ .proto = 132, .dst = "10.0.0.255" },
		{ .proto = 132, .dst = "255.255.255.255" },
		{ .proto = 132, .dst = "224.0.0.1" },
		{ .proto = 132, .eth_dst = &test_broadcast_mac },
		{ .proto = 132, .eth_dst = &group },
		{ .proto = 132, .src = "0.0.0.0", .dst = "255.255.255.255" },
		{ .proto = 132, .src = "10.0.0.255" },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		test_inject_ip(&t, &cases[i], data, sizeof(data));
		assert_null(test_take(&t));
	}
	assert_int_equal(test_drops(&t, SEA_DROP_IP_PROTOCOL), 7);
	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, icmp_error_msg, 8);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutMsgs), 0);
}

static unsigned errors_to(const char *src, unsigned datagrams)
{
	static const uint8_t data[8];
	unsigned n = 0;

	for (unsigned i = 0; i < datagrams; i++) {
		test_inject_ip(&t, &(struct test_ip){ .proto = 132, .src = src }, data,
			       sizeof(data));
		n += test_take_all(&t);
	}
	return n;
}

/* RFC1812:4.3.2.8-a */
static void errors_to_one_host_are_limited_to_one_a_second(void **state)
{
	assert_int_equal(errors_to("10.0.0.2", 20), 6); /* Linux's burst */
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutRateLimitHost), 14);
	test_advance(&t, SEA_SEC);
	assert_int_equal(errors_to("10.0.0.2", 20), 1);
	test_advance(&t, 60 * SEA_SEC);
	assert_int_equal(errors_to("10.0.0.2", 20), 6);
}

/* CVE-2020-25705: an observer must not learn from the global limit how much went to others. */
static void global_limit_is_random_but_right_on_average(void **state)
{
	unsigned total = 0, bursts[20], varied = 0;

	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.icmp_ratelimit", "0", t.now), 0);
	for (unsigned i = 0; i < 20; i++) {
		bursts[i] = errors_to("10.0.0.2", 200);
		total += bursts[i];
		varied += i && bursts[i] != bursts[0];
		test_advance(&t, SEA_SEC);
	}
	assert_true(varied > 5);
	assert_in_range(total / 20, 40, 60);
	assert_true(test_mib(&t, SEA_MIB_IcmpOutRateLimitGlobal) > 0);
}

static void frag_needed_is_not_limited(void **state)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(t.stack);

	sea_stack_enter(t.stack, t.now);
	for (unsigned i = 0; i < 200; i++)
		assert_true(sea_icmp_allow(t.stack, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED,
					   test_peer_ip));
	ip->sysctl.icmp_ratemask = 0;
	for (unsigned i = 0; i < 200; i++)
		assert_true(sea_icmp_allow(t.stack, SEA_ICMP_DEST_UNREACH, 1, test_peer_ip));
	sea_stack_leave(t.stack);
}

static void answer_without_a_way_back_is_dropped(void **state)
{
	uint8_t msg[8];
	size_t len = message(msg, SEA_ICMP_ECHO, 0, "\0\0\0\0", 4);

	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP, .src = "192.0.2.1" }, msg,
		       len);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NO_ROUTE), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutNoRoutes), 1);
	assert_null(test_take(&t));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(echo_request_is_answered_with_the_same_data),
		TEST(echo_of_nothing_but_zeros_is_answered_right),
		TEST(echo_is_ignored_where_sysctls_say_so),
		TEST(timestamp_is_answered_with_the_time_of_day),
		TEST(broken_messages_are_dropped),
		TEST(echo_reply_goes_to_who_asked_for_them),
		TEST(group_range_may_be_empty),
		TEST(ping_of_our_own_address_goes_over_loopback),
		TEST(error_about_our_datagram_reaches_its_transport),
		TEST(frag_needed_follows_ip_no_pmtu_disc),
		TEST(quotation_that_makes_no_sense_is_dropped),
		TEST(error_about_a_broadcast_is_believed_unless_a_sysctl_says_no),
		TEST(source_quench_and_unknown_codes_change_nothing),
		TEST(errors_mean_what_they_mean_on_linux),
		TEST(error_quotes_up_to_576_bytes),
		TEST(errors_are_never_sent_about_what_forbids_it),
		TEST(errors_to_one_host_are_limited_to_one_a_second),
		TEST(global_limit_is_random_but_right_on_average),
		TEST(frag_needed_is_not_limited),
		TEST(answer_without_a_way_back_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
