/* SPDX-License-Identifier: Apache-2.0 */
/* A router between two links: what goes on, what is answered, what is told and what is dropped. */
#include <seastack/env.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static struct test_stack t;
static struct sea_link *far;

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static void know(struct sea_link *link, const char *addr, const struct sea_mac *mac)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = link->ifindex,
				    .addr = test_addr(addr),
				    .state = SEA_NUD_PERMANENT };

	memcpy(n.mac, mac->b, sizeof(n.mac));
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

static void route(struct sea_route r, const char *prefix, const char *gateway)
{
	r.size = sizeof(r);
	assert_true(sea_addr_parse_prefix(prefix, &r.dst, &r.prefix_len));
	if (!r.type)
		r.type = SEA_ROUTE_UNICAST;
	if (gateway)
		r.gateway = test_addr(gateway);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
}

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	far = test_add_link(&t, "eth1", &our_far_mac, "192.168.1.1/24");
	test_know_peer(&t);
	know(far, "192.168.1.2", &far_mac);
	set("net.ipv4.ip_forward", "1");
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static const uint8_t payload[1400] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* From the peer on eth0 to the one on eth1, unless it says otherwise. */
static void inject_len(struct test_ip ip, size_t len)
{
	if (!ip.proto)
		ip.proto = 253;
	if (!ip.dst)
		ip.dst = "192.168.1.2";
	test_inject_ip(&t, &ip, payload, len);
}

static void inject(struct test_ip ip)
{
	inject_len(ip, 8);
}

static struct test_frame *expect_on(struct sea_link *link)
{
	struct test_frame *f = test_take(&t);

	assert_non_null(f);
	assert_ptr_equal(f->link, link);
	return f;
}

static void expect_drop(struct test_ip ip, enum sea_drop reason)
{
	uint64_t before = test_drops(&t, reason);

	inject(ip);
	if (test_drops(&t, reason) != before + 1)
		print_error("not dropped as %s\n", sea_drop_name(reason));
	assert_int_equal(test_drops(&t, reason), before + 1);
	assert_null(test_take(&t));
}

/* The ICMP error that went out on `link`, and nothing else. */
static const struct sea_icmp_hdr *expect_error(struct sea_link *link, uint8_t type, uint8_t code)
{
	struct test_frame *f = expect_on(link);
	const struct sea_icmp_hdr *icmp;
	const uint8_t *body;
	size_t len;

	test_expect_ip(f, SEA_IPPROTO_ICMP, &body, &len);
	icmp = (const void *)body;
	assert_int_equal(icmp->type, type);
	assert_int_equal(icmp->code, code);
	assert_true(len >= 36);
	return icmp;
}

/* RFC1812:5.2.1-a RFC1812:5.3.1-a, RFC791:3.1-g */
static void datagram_goes_on_with_one_hop_less(void **state)
{
	const struct sea_ipv4_hdr *ip;
	const uint8_t *body;
	struct test_frame *f;
	size_t len;

	inject((struct test_ip){ .ttl = 9, .tos = 0x10, .id = 77, .padding = 10 });
	f = expect_on(far);
	assert_memory_equal(f->bytes, far_mac.b, 6);
	assert_memory_equal(f->bytes + 6, our_far_mac.b, 6);
	ip = test_expect_ip(f, 253, &body, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(body, payload, 8);
	assert_int_equal(ip->ttl, 8);
	assert_int_equal(ip->tos, 0x10);
	assert_int_equal(sea_be16_get(ip->id), 77);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInDelivers), 0);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutRequests), 0);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutTransmits), 1);
}

/* RFC1122:3.3.1-a, RFC1122:3.2.2.2-a, RFC1812:5.3.12.1-a */
static void host_does_not_forward(void **state)
{
	set("net.ipv4.ip_forward", "0");
	expect_drop((struct test_ip){ 0 }, SEA_DROP_IP_NOT_LOCAL);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInAddrErrors), 1);
	set("net.ipv4.conf.eth0.forwarding", "1");
	inject((struct test_ip){ 0 });
	expect_on(far);
}

static void expect_sysctl(const char *name, const char *value)
{
	char text[16];

	assert_true(sea_sysctl_get(t.stack, name, text, sizeof(text)) > 0);
	assert_string_equal(text, value);
}

/* RFC1812:5.3.11-a */
static void forwarding_for_all_is_for_each_and_the_next(void **state)
{
	struct sea_link *next;

	expect_sysctl("net.ipv4.conf.all.forwarding", "1");
	expect_sysctl("net.ipv4.conf.default.forwarding", "1");
	expect_sysctl("net.ipv4.conf.eth1.forwarding", "1");
	expect_sysctl("net.ipv4.conf.all.accept_redirects", "0");
	set("net.ipv4.conf.default.forwarding", "0");
	next = test_add_link(&t, "eth2", &far_mac, NULL);
	expect_sysctl("net.ipv4.conf.eth2.forwarding", "0");
	expect_sysctl("net.ipv4.ip_forward", "1");
	set("net.ipv4.conf.all.forwarding", "0");
	expect_sysctl("net.ipv4.ip_forward", "0");
	expect_sysctl("net.ipv4.conf.eth0.forwarding", "0");
	expect_sysctl("net.ipv4.conf.all.accept_redirects", "1");
	sea_link_del(next, t.now);
}

/*
 * RFC1812:5.3.1-b RFC1812:4.3.2.4-a
 * RFC1812:4.2.2.9-a, RFC1812:4.3.3.4-a, RFC1812:5.2.7.3-a, RFC791:3.1-e
 */
static void last_hop_is_told_of(void **state)
{
	const struct sea_ipv4_hdr *ip;

	inject((struct test_ip){ .ttl = 1 });
	expect_error(t.link, SEA_ICMP_TIME_EXCEEDED, 0);
	ip = (const void *)(t.frame.bytes + 14);
	assert_memory_equal(&ip->src, &test_our_ip, 4);
	assert_memory_equal(&ip->dst, &test_peer_ip, 4);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TTL), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 0);
}

/* RFC1812:4.2.2.11-c */
static void error_speaks_from_the_link_that_the_sysctl_says(void **state)
{
	const struct sea_ipv4_hdr *ip;
	sea_be32 far_ip = test_ip4("192.168.1.1");

	/* 172.16.0.9 comes in by eth0, but the way back is eth1. */
	route((struct sea_route){ 0 }, "172.16.0.0/16", "192.168.1.2");
	inject((struct test_ip){ .src = "172.16.0.9", .ttl = 1 });
	expect_error(far, SEA_ICMP_TIME_EXCEEDED, 0);
	ip = (const void *)(t.frame.bytes + 14);
	assert_memory_equal(&ip->src, &far_ip, 4);
	set("net.ipv4.icmp_errors_use_inbound_ifaddr", "1");
	inject((struct test_ip){ .src = "172.16.0.9", .ttl = 1 });
	expect_error(far, SEA_ICMP_TIME_EXCEEDED, 0);
	ip = (const void *)(t.frame.bytes + 14);
	assert_memory_equal(&ip->src, &test_our_ip, 4);
}

/* RFC1191:4-MUST-tell-mtu RFC1812:4.3.3.1-b, RFC791:3.1-d */
static void what_must_not_be_cut_is_told_the_mtu(void **state)
{
	const struct sea_icmp_hdr *icmp;

	assert_int_equal(sea_link_set_mtu(far, 1000, t.now), 0);
	inject_len((struct test_ip){ .frag = SEA_IPV4_DF }, 981);
	icmp = expect_error(t.link, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_be16_get(icmp->frag.mtu), 1000);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IpFragFails), 1);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TOO_BIG), 1);
	inject_len((struct test_ip){ .frag = SEA_IPV4_DF }, 980);
	expect_on(far);
}

/* RFC1812:5.2.6-a RFC791:3.2-b, RFC1812:4.2.2.7-a */
static void what_may_be_cut_is_cut_for_a_narrow_link(void **state)
{
	static const uint16_t sizes[] = { 996, 424 }, frags[] = { SEA_IPV4_MF, 976 / 8 };

	assert_int_equal(sea_link_set_mtu(far, 1000, t.now), 0);
	inject_len((struct test_ip){ .ttl = 9, .id = 5 }, 1380);
	for (unsigned i = 0; i < 2; i++) {
		const struct sea_ipv4_hdr *ip = (const void *)(expect_on(far)->bytes + 14);

		assert_int_equal(sea_be16_get(ip->total_len), sizes[i]);
		assert_int_equal(sea_be16_get(ip->frag), frags[i]);
		assert_int_equal(sea_be16_get(ip->id), 5);
		assert_int_equal(ip->ttl, 8);
	}
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IpFragOKs), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpFragCreates), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 1);
}

/* RFC1812:5.2.7.1-a, RFC1812:4.3.3.1-a */
static void each_kind_of_route_has_its_answer(void **state)
{
	static const struct {
		enum sea_route_type type;
		const char *prefix, *dst;
		uint8_t code;
	} kinds[] = { { SEA_ROUTE_UNREACHABLE, "172.16.1.0/24", "172.16.1.1", 1 },
		      { SEA_ROUTE_PROHIBIT, "172.16.2.0/24", "172.16.2.1", 13 },
		      { SEA_ROUTE_THROW, "172.16.3.0/24", "172.16.3.1", 0 } };

	for (unsigned i = 0; i < 3; i++) {
		route((struct sea_route){ .type = kinds[i].type }, kinds[i].prefix, NULL);
		inject((struct test_ip){ .dst = kinds[i].dst });
		expect_error(t.link, SEA_ICMP_DEST_UNREACH, kinds[i].code);
		assert_null(test_take(&t));
	}
	route((struct sea_route){ .type = SEA_ROUTE_BLACKHOLE }, "172.16.4.0/24", NULL);
	expect_drop((struct test_ip){ .dst = "172.16.4.1" }, SEA_DROP_IP_NO_ROUTE);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInNoRoutes), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInAddrErrors), 0);
}

/* RFC1812:5.2.7.1-b */
static void neighbour_that_does_not_answer_is_reported_to_the_sender(void **state)
{
	inject((struct test_ip){ .dst = "192.168.1.99" });
	test_take_all(&t); /* the question */
	test_advance(&t, 2500 * SEA_MSEC);
	for (unsigned i = 0; i < 2; i++)
		expect_on(far);
	assert_null(test_take(&t));
	test_advance(&t, SEA_SEC);
	expect_error(t.link, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_FAILED), 1);
}

/* RFC1812:5.3.4-a */
static void broadcast_frame_is_not_sent_on(void **state)
{
	expect_drop((struct test_ip){ .eth_dst = &test_broadcast_mac }, SEA_DROP_IP_OTHER_DEST);
}

/* RFC1812:5.3.5.2-a */
static void directed_broadcast_goes_on_only_where_it_is_switched_on(void **state)
{
	struct test_frame *f;

	inject((struct test_ip){ .dst = "192.168.1.255" });
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInBcastPkts), 1);
	set("net.ipv4.conf.all.bc_forwarding", "1");
	inject((struct test_ip){ .dst = "192.168.1.255" });
	assert_null(test_take(&t)); /* both must say so */
	set("net.ipv4.conf.eth0.bc_forwarding", "1");
	inject((struct test_ip){ .dst = "192.168.1.255" });
	f = expect_on(far);
	assert_memory_equal(f->bytes, test_broadcast_mac.b, 6);
}

/*
 * RFC1812:5.3.7-b RFC3927:7-MUST-NOT-forward-loopback
 * RFC1812:4.2.2.11-a, RFC1812:5.3.5.1-a, RFC1812:5.3.7-a
 */
static void martians_are_not_sent_on_case_85(void **state)
{
	static const char *const sources[] = { "224.0.0.1", "255.255.255.255", "0.0.0.0",
					       "127.0.0.1", "10.0.0.1",        "192.168.1.1",
					       "239.1.2.3" };

	for (unsigned i = 0; i < 7; i++)
		expect_drop((struct test_ip){ .src = sources[i] }, SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip){ .dst = "127.0.0.1" }, SEA_DROP_IP_MARTIAN_DEST);
	expect_drop((struct test_ip){ .dst = "0.0.0.0" }, SEA_DROP_IP_MARTIAN_DEST);
	route((struct sea_route){ .type = SEA_ROUTE_MULTICAST, .ifindex = far->ifindex },
	      "172.16.0.0/16", NULL);
	expect_drop((struct test_ip){ .dst = "172.16.0.1" }, SEA_DROP_IP_MARTIAN_DEST);
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 0);
}

/* RFC1812:4.2.2.11-b */
static void loopback_addresses_travel_where_route_localnet_says_so(void **state)
{
	set("net.ipv4.conf.eth0.route_localnet", "1");
	inject((struct test_ip){ .src = "127.0.0.9" });
	expect_on(far);
}

static void own_source_is_accepted_where_the_sysctl_says_so(void **state)
{
	set("net.ipv4.conf.eth0.accept_local", "1");
	inject((struct test_ip){ .src = "192.168.1.1" });
	expect_on(far);
}

static unsigned logged;
static char log_line[256];

static void keep_line(void *ctx, enum sea_log_level level, const char *text)
{
	assert_int_equal(level, SEA_LOG_WARN);
	logged++;
	memcpy(log_line, text, strlen(text) + 1);
}

/* RFC1812:5.3.7-c */
static void martians_are_logged_but_not_for_ever(void **state)
{
	logged = 0;
	t.stack->env.log = keep_line;
	set("net.ipv4.conf.all.log_martians", "1");
	for (unsigned i = 0; i < 40; i++)
		expect_drop((struct test_ip){ .src = "10.0.0.1" }, SEA_DROP_IP_MARTIAN_SOURCE);
	assert_int_equal(logged, 10);
	assert_string_equal(log_line, "martian source: 192.168.1.2 from 10.0.0.1, on dev eth0");
	test_advance(&t, 5 * SEA_SEC);
	expect_drop((struct test_ip){ .dst = "127.0.0.1" }, SEA_DROP_IP_MARTIAN_DEST);
	assert_string_equal(log_line, "martian destination: 127.0.0.1 from 10.0.0.2, on dev eth0");
}

/* -- reverse path (RFC 3704) -- */

/* RFC3704:2.2-strict, RFC1812:5.3.8-a */
static void strict_filter_takes_only_what_its_link_reaches(void **state)
{
	route((struct sea_route){ 0 }, "172.16.0.0/16", "192.168.1.2");
	inject((struct test_ip){ .src = "172.16.0.9" });
	expect_on(far);
	set("net.ipv4.conf.all.rp_filter", "1");
	expect_drop((struct test_ip){ .src = "172.16.0.9" }, SEA_DROP_IP_RPFILTER);
	expect_drop((struct test_ip){ .src = "198.51.100.1" }, SEA_DROP_IP_RPFILTER);
	expect_drop((struct test_ip){ .src = "172.16.0.9", .dst = "10.0.0.1" },
		    SEA_DROP_IP_RPFILTER);
	assert_int_equal(test_mib(&t, SEA_MIB_TcpExtIPReversePathFilter), 3);
	inject((struct test_ip){ .src = "10.0.0.77" });
	expect_on(far);
}

/* RFC3704:2.4-loose, RFC1812:5.3.8-a */
static void loose_filter_takes_what_any_link_reaches(void **state)
{
	route((struct sea_route){ 0 }, "172.16.0.0/16", "192.168.1.2");
	set("net.ipv4.conf.eth0.rp_filter", "2");
	inject((struct test_ip){ .src = "172.16.0.9" });
	expect_on(far);
	expect_drop((struct test_ip){ .src = "198.51.100.1" }, SEA_DROP_IP_RPFILTER);
	/* The larger of the two values holds. */
	set("net.ipv4.conf.all.rp_filter", "1");
	inject((struct test_ip){ .src = "172.16.0.9" });
	expect_on(far);
}

/* -- redirects -- */

/* RFC1812:5.2.7.2-a RFC1812:4.3.3.2-a, RFC1812:5.2.7.2-d */
static void sender_is_told_of_a_router_on_its_own_link(void **state)
{
	const struct sea_icmp_hdr *icmp;
	sea_be32 better = test_ip4("10.0.0.9");

	know(t.link, "10.0.0.9", &far_mac);
	route((struct sea_route){ 0 }, "172.16.0.0/16", "10.0.0.9");
	inject((struct test_ip){ .dst = "172.16.0.1" });
	icmp = expect_error(t.link, SEA_ICMP_REDIRECT, SEA_ICMP_REDIRECT_HOST);
	assert_memory_equal(&icmp->rest, &better, 4);
	expect_on(t.link); /* and the datagram goes on all the same */
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpOutRedirects), 1);
	/* RFC1812:5.2.7.2-b */
	route((struct sea_route){ 0 }, "198.51.100.0/24", "10.0.0.9");
	inject((struct test_ip){ .src = "198.51.100.1", .dst = "172.16.0.1" });
	expect_on(t.link);
	assert_null(test_take(&t));
	set("net.ipv4.conf.all.send_redirects", "0");
	set("net.ipv4.conf.eth0.send_redirects", "0");
	inject((struct test_ip){ .src = "10.0.0.3", .dst = "172.16.0.1" });
	expect_on(t.link);
	assert_null(test_take(&t));
}

static unsigned redirects_for(unsigned datagrams, int64_t apart_ns)
{
	uint64_t before = test_mib(&t, SEA_MIB_IcmpOutRedirects);

	for (unsigned i = 0; i < datagrams; i++) {
		inject((struct test_ip){ .dst = "172.16.0.1" });
		test_take_all(&t);
		test_advance(&t, apart_ns);
	}
	return (unsigned)(test_mib(&t, SEA_MIB_IcmpOutRedirects) - before);
}

/* RFC1812:5.2.7.2-c */
static void who_does_not_listen_is_told_ever_less(void **state)
{
	know(t.link, "10.0.0.9", &far_mac);
	route((struct sea_route){ 0 }, "172.16.0.0/16", "10.0.0.9");
	assert_int_equal(redirects_for(10, 0), 1);
	assert_int_equal(redirects_for(1000, 50 * SEA_MSEC), 8); /* redirect_number in all */
	assert_int_equal(redirects_for(20, SEA_SEC), 0);
	test_advance(&t, 21 * SEA_SEC);
	assert_int_equal(redirects_for(1, 0), 1);
}

/* -- the rest of the way -- */

static unsigned hooked;

static bool hook(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	assert_ptr_equal(at->in, t.link);
	assert_ptr_equal(at->out, far);
	assert_int_equal(*(const uint8_t *)sea_pkt_peek(pkt, 20), 0x45);
	hooked++;
	if (at->point == SEA_HOOK_POSTROUTING)
		return true;
	if (pkt->len > 28) {
		sea_pkt_drop(at->stack, pkt, SEA_DROP_IP_NO_ROUTE);
		return false;
	}
	return true;
}

static void hooks_see_both_links(void **state)
{
	static const struct sea_hook forward = {
		.name = "test", .family = SEA_AF_INET, .point = SEA_HOOK_FORWARD, .fn = hook
	};
	static const struct sea_hook post = {
		.name = "test", .family = SEA_AF_INET, .point = SEA_HOOK_POSTROUTING, .fn = hook
	};

	hooked = 0;
	sea_hook_add(t.stack, &forward);
	sea_hook_add(t.stack, &post);
	inject((struct test_ip){ 0 });
	expect_on(far);
	assert_int_equal(hooked, 2);
	inject_len((struct test_ip){ 0 }, 9);
	assert_null(test_take(&t));
	assert_int_equal(hooked, 3);
	sea_hook_del(t.stack, &forward);
	sea_hook_del(t.stack, &post);
}

static void way_on_is_forgotten_with_its_route_or_neighbour(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = far->ifindex,
				    .addr = test_addr("192.168.1.2") };

	inject((struct test_ip){ 0 });
	expect_on(far);
	assert_int_equal(sea_neigh_del(t.stack, &n, t.now), 0);
	inject((struct test_ip){ 0 });
	assert_memory_equal(expect_on(far)->bytes, test_broadcast_mac.b, 6); /* it is asked for */
	know(far, "192.168.1.2", &far_mac);
	test_take_all(&t);
	inject((struct test_ip){ 0 });
	assert_memory_equal(expect_on(far)->bytes, far_mac.b, 6);
	sea_link_del(far, t.now);
	inject((struct test_ip){ 0 });
	expect_error(t.link, SEA_ICMP_DEST_UNREACH, SEA_ICMP_NET_UNREACH);
}

/* A row of packets may hang on more than its addresses. */
static void rules_of_ports_are_asked_for_each_datagram(void **state)
{
	const struct sea_rule rule = { .size = sizeof(rule),
				       .family = SEA_AF_INET,
				       .action = SEA_RULE_LOOKUP,
				       .priority = 100,
				       .ip_proto = SEA_IPPROTO_UDP,
				       .dport_min = 80,
				       .dport_max = 80,
				       .table = 100 };
	static const struct sea_mac other_mac = { { 2, 0, 0, 0, 0, 0x13 } };
	uint8_t udp[8] = { 0, 9, 0, 80, 0, 8, 0, 0 };
	struct test_ip ip = { .dst = "10.9.9.9", .proto = SEA_IPPROTO_UDP };

	route((struct sea_route){ 0 }, "10.9.9.0/24", "192.168.1.2");
	route((struct sea_route){ .table = 100 }, "10.9.9.0/24", "192.168.1.3");
	know(far, "192.168.1.3", &other_mac);
	assert_int_equal(sea_rule_add(t.stack, &rule, t.now), 0);
	for (unsigned i = 0; i < 4; i++) {
		udp[3] = i & 1 ? 81 : 80;
		test_inject_ip(&t, &ip, udp, sizeof(udp));
		assert_memory_equal(expect_on(far)->bytes, i & 1 ? far_mac.b : other_mac.b, 6);
	}
}

/* RFC1812:4.2.2.8-b */
static void fragments_go_on_as_they_are(void **state)
{
	const struct sea_ipv4_hdr *ip;

	inject((struct test_ip){ .frag = SEA_IPV4_MF | 3, .id = 9 });
	ip = (const void *)(expect_on(far)->bytes + 14);
	assert_int_equal(sea_be16_get(ip->frag), SEA_IPV4_MF | 3);
	assert_int_equal(test_mib(&t, SEA_MIB_IpReasmReqds), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(datagram_goes_on_with_one_hop_less),
		T(host_does_not_forward),
		T(forwarding_for_all_is_for_each_and_the_next),
		T(last_hop_is_told_of),
		T(error_speaks_from_the_link_that_the_sysctl_says),
		T(what_must_not_be_cut_is_told_the_mtu),
		T(what_may_be_cut_is_cut_for_a_narrow_link),
		T(fragments_go_on_as_they_are),
		T(rules_of_ports_are_asked_for_each_datagram),
		T(each_kind_of_route_has_its_answer),
		T(neighbour_that_does_not_answer_is_reported_to_the_sender),
		T(broadcast_frame_is_not_sent_on),
		T(directed_broadcast_goes_on_only_where_it_is_switched_on),
		T(martians_are_not_sent_on_case_85),
		T(loopback_addresses_travel_where_route_localnet_says_so),
		T(own_source_is_accepted_where_the_sysctl_says_so),
		T(martians_are_logged_but_not_for_ever),
		T(strict_filter_takes_only_what_its_link_reaches),
		T(loose_filter_takes_what_any_link_reaches),
		T(sender_is_told_of_a_router_on_its_own_link),
		T(who_does_not_listen_is_told_ever_less),
		T(hooks_see_both_links),
		T(way_on_is_forgotten_with_its_route_or_neighbour),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
