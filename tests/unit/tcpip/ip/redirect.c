/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects that routers send us: which are obeyed, by whom, and for how long. */
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "tests/lib/routes.h"
#include "tests/lib/sockets.h"
#include "wire/ndp.h"
#include "wire/tcp.h"

#define FAR "10.5.0.1"
#define OLD "10.0.0.9"
#define BETTER "10.0.0.2" /* the fixture's peer */
#define FAR6 "2001:db8:5::1"
#define OLD6 "fe80::9"
#define BETTER6 "fe80::2"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp, &sea_ping,
						    &sea_tcp };
#define MODULES (sizeof(modules) / sizeof(modules[0]))

static struct test_stack t;
static const struct sea_mac old_mac = { { 2, 0, 0, 0, 0, 9 } };
static uint8_t sent[1500]; /* the packet that is quoted */
static size_t sent_len;

static void know(const char *addr, const struct sea_mac *mac)
{
	struct sea_neigh_info info = { .size = sizeof(info),
				       .ifindex = t.link->ifindex,
				       .addr = test_addr(addr),
				       .state = SEA_NUD_PERMANENT };

	memcpy(info.mac, mac->b, sizeof(info.mac));
	assert_int_equal(sea_neigh_set(t.stack, &info, t.now), 0);
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static int setup(void **state)
{
	struct sea_route r;

	test_stack_new6(&t, modules, MODULES);
	set("net.ipv4.ping_group_range", "0 1000");
	test_know_peer(&t);
	know(OLD, &old_mac);
	know(OLD6, &old_mac);
	r = test_route("10.5.0.0/16", OLD, NULL);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	r = test_route("2001:db8:5::/48", OLD6, t.link);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static const char *hop(const char *dst)
{
	static char text[160];

	snprintf(text, sizeof(text), "%s", test_way(&t, (struct sea_flow){ 0 }, dst));
	*strchrnul(text, ' ') = '\0';
	return text;
}

static void keep_sent(void)
{
	struct test_frame *f = test_take(&t);

	assert_non_null(f);
	sent_len = f->len - 14;
	memcpy(sent, f->bytes + 14, sent_len);
}

/* A socket of either family that sent something to the far host, which is quoted from now on. */
static sea_socket speak(int domain, int type, int protocol, const void *data, size_t len)
{
	struct sockaddr_in in = test_in(FAR, 9);
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	struct sockaddr *to = domain == AF_INET ? (void *)&in : (void *)&in6;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	sea_socket s;
	int err;

	assert_int_equal(inet_pton(AF_INET6, FAR6, &in6.sin6_addr), 1);
	assert_int_equal(sea_socket_new(t.stack, domain, type, protocol, &s, t.now), 0);
	err = sea_socket_connect(t.stack, s, to, domain == AF_INET ? sizeof(in) : sizeof(in6),
				 t.now);
	assert_true(err == 0 || err == -EINPROGRESS);
	if (type == SOCK_DGRAM)
		assert_int_equal(sea_socket_sendmsg(t.stack, s, &msg, 0, t.now), (ssize_t)len);
	test_settle(&t);
	keep_sent();
	return s;
}

static sea_socket speak_udp(int domain)
{
	return speak(domain, SOCK_DGRAM, 0, "x", 1);
}

/* Bound to its link: Linux asks that of IPv6's datagrams. */
static void speak_on_link(void)
{
	sea_socket s = speak_udp(AF_INET6);

	assert_int_equal(test_set_int(&t, s, SOL_SOCKET, SO_BINDTOIFINDEX, (int)t.link->ifindex),
			 0);
}

/* An ICMP redirect about what was sent. */
static void told(const char *from, uint8_t code, const char *gateway)
{
	uint8_t msg[1600] = { SEA_ICMP_REDIRECT, code };
	sea_be32 gw = test_ip4(gateway);
	sea_be16 sum;

	memcpy(msg + 4, gw.b, 4);
	memcpy(msg + 8, sent, sent_len);
	sum = test_checksum(msg, 8 + sent_len, 0);
	memcpy(msg + 2, sum.b, 2);
	test_inject_ip(&t, &(struct test_ip){ .src = from, .proto = SEA_IPPROTO_ICMP }, msg,
		       8 + sent_len);
}

static void refused(enum sea_drop why, const char *from, uint8_t code, const char *gateway)
{
	uint64_t before = test_drops(&t, why);

	told(from, code, gateway);
	assert_int_equal(test_drops(&t, why), before + 1);
	assert_string_equal(hop(FAR), OLD);
}

/* RFC1122:3.2.2.2-b, RFC1122:3.3.1.2-a */
static void a_redirect_from_the_first_hop_is_obeyed_for_that_destination_alone(void **state)
{
	(void)speak_udp(AF_INET);
	assert_string_equal(hop(FAR), OLD);
	told(OLD, SEA_ICMP_REDIRECT_HOST, BETTER);
	assert_string_equal(hop(FAR), BETTER);
	assert_string_equal(hop("10.5.0.2"), OLD);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInRedirects), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInErrors), 0);
	test_advance(&t, 301 * SEA_SEC);
	assert_string_equal(hop(FAR), OLD);
}

/* RFC1122:3.2.2.2-b */
static void redirects_for_networks_and_services_are_taken_as_for_the_host(void **state)
{
	(void)speak_udp(AF_INET);
	told(OLD, SEA_ICMP_REDIRECT_NET_TOS, BETTER);
	assert_string_equal(hop(FAR), BETTER);
	assert_string_equal(hop("10.5.0.2"), OLD);
}

/* The second is believed from the better router only. */
static void the_better_router_may_know_a_better_one_still(void **state)
{
	know("10.0.0.7", &test_peer_mac);
	(void)speak_udp(AF_INET);
	told(OLD, 1, BETTER);
	told(OLD, 1, "10.0.0.7");
	assert_int_equal(test_drops(&t, SEA_DROP_REDIRECT_NOT_FIRST_HOP), 1);
	assert_string_equal(hop(FAR), BETTER);
	told(BETTER, 1, "10.0.0.7");
	assert_string_equal(hop(FAR), "10.0.0.7");
	test_save_and_load(&t, modules, MODULES);
	assert_string_equal(hop(FAR), "10.0.0.7");
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(sea_ipv4_of(t.stack)->pmtu.n_redirects, 0);
}

/* RFC1122:3.2.2.2-c */
static void redirects_from_others_and_to_impossible_routers_are_not_obeyed(void **state)
{
	static const char *const gateways[] = { OLD,       "224.0.0.1", "255.255.255.255",
						"0.1.2.3", "10.0.0.1",  "10.0.0.255" };

	(void)speak_udp(AF_INET);
	refused(SEA_DROP_REDIRECT_NOT_FIRST_HOP, BETTER, 1, BETTER);
	for (size_t i = 0; i < sizeof(gateways) / sizeof(gateways[0]); i++)
		refused(SEA_DROP_REDIRECT_GATEWAY, OLD, 1, gateways[i]);
	refused(SEA_DROP_ICMP_TYPE, OLD, 4, BETTER);
	sent[9] = SEA_IPPROTO_ICMP; /* no such packet was ever sent */
	refused(SEA_DROP_ICMP_NO_SOCKET, OLD, 1, BETTER);
	sent_len = 20;
	refused(SEA_DROP_ICMP_QUOTE, OLD, 1, BETTER);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInErrors), 2);
}

static void a_router_whose_address_is_not_known_is_asked_for_first(void **state)
{
	(void)speak_udp(AF_INET);
	refused(SEA_DROP_REDIRECT_ASKING, OLD, 1, "10.0.0.7");
	assert_non_null(test_take(&t));
	know("10.0.0.7", &test_peer_mac);
	told(OLD, 1, "10.0.0.7");
	assert_string_equal(hop(FAR), "10.0.0.7");
}

/* RFC1812:4.3.3.2-b */
static void sysctls_say_who_obeys(void **state)
{
	(void)speak_udp(AF_INET);
	set("net.ipv4.conf.all.accept_redirects", "0");
	set("net.ipv4.conf.eth0.accept_redirects", "0");
	refused(SEA_DROP_REDIRECT_REFUSED, OLD, 1, BETTER);
	set("net.ipv4.conf.eth0.forwarding", "1");
	set("net.ipv4.conf.eth0.accept_redirects", "1"); /* a router: both must say so */
	refused(SEA_DROP_REDIRECT_REFUSED, OLD, 1, BETTER);
	set("net.ipv4.conf.all.accept_redirects", "1");
	told(OLD, 1, BETTER);
	assert_string_equal(hop(FAR), BETTER);
}

static void without_shared_media_only_known_routers_on_the_same_net_are_believed(void **state)
{
	struct sea_route r = test_route("10.6.0.0/16", BETTER, NULL);

	(void)speak_udp(AF_INET);
	set("net.ipv4.conf.all.shared_media", "0");
	set("net.ipv4.conf.eth0.shared_media", "0");
	know("192.0.2.1", &test_peer_mac);
	refused(SEA_DROP_REDIRECT_GATEWAY, OLD, 1, "192.0.2.1");
	refused(SEA_DROP_REDIRECT_INSECURE, OLD, 1, BETTER);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	told(OLD, 1, BETTER);
	assert_string_equal(hop(FAR), BETTER);
}

static void an_echo_socket_is_told_where_it_asked_to(void **state)
{
	sea_socket s = speak(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, "\x08\0\0\0\0\0\0\1", 8);

	told(OLD, 1, BETTER);
	assert_string_equal(hop(FAR), BETTER);
	assert_int_equal(test_get_int(&t, s, SOL_SOCKET, SO_ERROR), 0);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IP, IP_RECVERR, 1), 0);
	told(BETTER, 1, OLD);
	assert_string_equal(hop(FAR), OLD);
	assert_int_equal(test_get_int(&t, s, SOL_SOCKET, SO_ERROR), EREMOTEIO);
}

/* RFC 5927 §4.1. */
static void tcp_obeys_what_quotes_a_sequence_number_in_flight(void **state)
{
	(void)speak(AF_INET, SOCK_STREAM, 0, NULL, 0);
	sent[20 + 4] ^= 0x80;
	refused(SEA_DROP_ICMP_NO_SOCKET, OLD, 1, BETTER);
	assert_int_equal(test_mib(&t, SEA_MIB_TcpExtOutOfWindowIcmps), 1);
	sent[20 + 4] ^= 0x80;
	told(OLD, 1, BETTER);
	assert_string_equal(hop(FAR), BETTER);
	test_advance(&t, SEA_SEC + SEA_SEC / 10); /* the SYN again, by the better router */
	assert_memory_equal(test_take(&t)->bytes, test_peer_mac.b, 6);
}

/* -- IPv6 -- */

struct told6 {
	const char *from, *dst, *target; /* NULL: OLD6, FAR6, BETTER6 */
	const struct sea_mac *mac;       /* the target's, or NULL */
	uint8_t hop_limit, code;         /* 0: 255, 0 */
	bool unquoted;
};

static void told6(struct told6 m)
{
	struct sea_ipaddr target = test_ip6(m.target ? m.target : BETTER6),
			  dst = test_ip6(m.dst ? m.dst : FAR6);
	uint8_t msg[1500] = { SEA_NDP_REDIRECT, m.code };
	size_t len = sizeof(struct sea_ndp_redirect), quoted = (sent_len + 7) & ~(size_t)7;
	struct test_ip6 ip = { .src = m.from ? m.from : OLD6,
			       .dst = TEST_OUR_IP6,
			       .hop_limit = m.hop_limit ? m.hop_limit : 255 };

	memcpy(msg + 8, target.b, 16);
	memcpy(msg + 24, dst.b, 16);
	if (m.mac)
		len += sea_ndp_put_lladdr(msg + len, SEA_NDP_OPT_TLLA, m.mac);
	if (!m.unquoted) {
		msg[len] = SEA_NDP_OPT_REDIRECTED;
		msg[len + 1] = (uint8_t)(1 + quoted / 8);
		memcpy(msg + len + 8, sent, sent_len);
		len += 8 + quoted;
	}
	test_inject_icmp6(&t, &ip, msg, len);
}

static void refused6(enum sea_drop why, struct told6 m)
{
	uint64_t before = test_drops(&t, why);

	told6(m);
	assert_int_equal(test_drops(&t, why), before + 1);
	assert_string_equal(hop(FAR6), OLD6);
}

/* RFC4861:8.3-a, RFC4861:8.3-c */
static void a_redirect_of_ndp_moves_its_destination_and_tells_of_the_router(void **state)
{
	const struct sea_ipaddr better = test_ip6(BETTER6);
	const struct sea_neigh *n;

	speak_on_link();
	told6((struct told6){ .mac = &test_peer_mac });
	assert_string_equal(hop(FAR6), BETTER6);
	assert_string_equal(hop("2001:db8:5::2"), OLD6);
	n = sea_neigh_find(&sea_ipv6_of(t.stack)->neigh, t.link, &better);
	assert_int_equal(n->state, SEA_NUD_STALE);
	assert_true(n->flags & SEA_NTF_ROUTER);
	assert_memory_equal(n->mac.b, test_peer_mac.b, 6);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6InRedirects), 1);
}

/* RFC4861:8.3-b */
static void a_target_that_is_the_destination_stands_on_the_link(void **state)
{
	speak_on_link();
	told6((struct told6){ .target = FAR6 });
	assert_string_equal(hop(FAR6), FAR6);
}

/* RFC4861:8.1-a, RFC4861:8.1-b */
static void invalid_redirects_of_ndp_are_dropped(void **state)
{
	speak_on_link();
	refused6(SEA_DROP_NDP_MALFORMED, (struct told6){ .hop_limit = 254 });
	refused6(SEA_DROP_NDP_MALFORMED, (struct told6){ .code = 1 });
	refused6(SEA_DROP_NDP_MALFORMED, (struct told6){ .from = TEST_PEER_IP6 });
	refused6(SEA_DROP_NDP_MALFORMED, (struct told6){ .dst = "ff02::5" });
	refused6(SEA_DROP_REDIRECT_GATEWAY, (struct told6){ .target = "2001:db8::9" });
	refused6(SEA_DROP_REDIRECT_GATEWAY, (struct told6){ .target = "ff02::1" });
	refused6(SEA_DROP_REDIRECT_NOT_FIRST_HOP, (struct told6){ .from = BETTER6 });
	refused6(SEA_DROP_REDIRECT_NOT_FIRST_HOP,
		 (struct told6){ .from = BETTER6, .unquoted = true });
	sent[40] ^= 1; /* of a port that nobody has */
	refused6(SEA_DROP_ICMP_NO_SOCKET, (struct told6){ 0 });
	sent[0] = 0x40;
	refused6(SEA_DROP_ICMP_QUOTE, (struct told6){ 0 });
}

static void redirects_of_ndp_without_a_quotation_and_about_echoes_are_obeyed(void **state)
{
	(void)speak(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, "\x80\0\0\0\0\0\0\1", 8);
	told6((struct told6){ .unquoted = true });
	assert_string_equal(hop(FAR6), BETTER6);
	told6((struct told6){ .from = BETTER6, .target = "fe80::7" });
	assert_string_equal(hop(FAR6), "fe80::7");
}

/* RFC4861:8.3-d */
static void datagrams_of_sockets_without_a_link_move_nothing(void **state)
{
	(void)speak_udp(AF_INET6);
	refused6(SEA_DROP_REDIRECT_NOT_FIRST_HOP, (struct told6){ 0 });
}

/* RFC4861:8.2-c */
static void routers_and_who_does_not_accept_redirects_ignore_them(void **state)
{
	speak_on_link();
	set("net.ipv6.conf.eth0.accept_redirects", "0");
	refused6(SEA_DROP_REDIRECT_REFUSED, (struct told6){ 0 });
	set("net.ipv6.conf.eth0.accept_redirects", "1");
	set("net.ipv6.conf.eth0.forwarding", "1");
	refused6(SEA_DROP_REDIRECT_REFUSED, (struct told6){ 0 });
}

/* RFC4861:7.3.3-a */
static void a_router_that_was_told_of_and_does_not_answer_is_given_up(void **state)
{
	sea_socket s = speak(AF_INET6, SOCK_STREAM, 0, NULL, 0);

	told6((struct told6){ .mac = &test_peer_mac });
	assert_string_equal(hop(FAR6), BETTER6);
	test_advance(&t, 40 * SEA_SEC); /* retransmissions ask for it, three times in vain */
	assert_string_equal(hop(FAR6), OLD6);
	assert_int_equal(sea_ipv6_of(t.stack)->pmtu.n_redirects, 0);
	test_close(&t, s);
}

static void what_was_told_of_stays_while_somebody_asks_for_it(void **state)
{
	speak_on_link();
	told6((struct told6){ .mac = &test_peer_mac });
	for (unsigned i = 0; i < 5; i++) {
		test_advance(&t, 50 * SEA_SEC);
		assert_string_equal(hop(FAR6), BETTER6);
	}
	test_advance(&t, 121 * SEA_SEC);
	assert_int_equal(sea_ipv6_of(t.stack)->pmtu.n_redirects, 0);
	assert_string_equal(hop(FAR6), OLD6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_redirect_from_the_first_hop_is_obeyed_for_that_destination_alone),
		TEST(redirects_for_networks_and_services_are_taken_as_for_the_host),
		TEST(the_better_router_may_know_a_better_one_still),
		TEST(redirects_from_others_and_to_impossible_routers_are_not_obeyed),
		TEST(a_router_whose_address_is_not_known_is_asked_for_first),
		TEST(sysctls_say_who_obeys),
		TEST(without_shared_media_only_known_routers_on_the_same_net_are_believed),
		TEST(an_echo_socket_is_told_where_it_asked_to),
		TEST(tcp_obeys_what_quotes_a_sequence_number_in_flight),
		TEST(a_redirect_of_ndp_moves_its_destination_and_tells_of_the_router),
		TEST(a_target_that_is_the_destination_stands_on_the_link),
		TEST(invalid_redirects_of_ndp_are_dropped),
		TEST(redirects_of_ndp_without_a_quotation_and_about_echoes_are_obeyed),
		TEST(datagrams_of_sockets_without_a_link_move_nothing),
		TEST(routers_and_who_does_not_accept_redirects_ignore_them),
		TEST(a_router_that_was_told_of_and_does_not_answer_is_given_up),
		TEST(what_was_told_of_stays_while_somebody_asks_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
