/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels.h"

#include "wire/icmp.h"

struct test_stack t;

static const struct sea_module *const modules[] = { &sea_link_kinds, &sea_netlink, &sea_rtnetlink,
						    &sea_ipv4,       &sea_udp,     &sea_ipv6 };
static size_t n_modules;

static void open_socket(void)
{
	k.f.stack = t.stack;
	k.f.link = k.eth = t.link;
	assert_int_equal(sea_socket_new(t.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &k.asks, NOW),
			 0);
}

int tunnels_setup(void **state)
{
	(void)state;
	memset(&k, 0, sizeof(k));
	n_modules = 5;
	test_stack_new(&t, modules, n_modules);
	test_know_peer(&t);
	open_socket();
	return 0;
}

static void know_inner6(void)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = t.link->ifindex,
				    .addr = test_addr(INNER6_FROM),
				    .mac = { 2, 0, 0, 0, 0, 5 },
				    .state = SEA_NUD_PERMANENT };

	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

int tunnels_setup6(void **state)
{
	(void)state;
	memset(&k, 0, sizeof(k));
	n_modules = 6;
	test_stack_new6(&t, modules, n_modules);
	test_know_peer(&t);
	test_know_peer6(&t);
	know_inner6();
	open_socket();
	return 0;
}

int tunnels_teardown(void **state)
{
	(void)state;
	test_stack_free(&t);
	return 0;
}

void tunnels_restore(void)
{
	test_save_and_load(&t, modules, n_modules);
	k.f.stack = t.stack;
	k.f.link = k.eth = t.link;
}

/* -- made -- */

void put_bytes(struct data *d, uint16_t type, const void *value, uint16_t len)
{
	assert_true(d->len + len + 8u <= sizeof(d->bytes));
	d->len = (uint16_t)(d->len + put_nlattr(d->bytes + d->len, type, value, len));
}

void put_addr(struct data *d, uint16_t type, const char *addr)
{
	const sea_be32 a = test_ip4(addr);

	put_bytes(d, type, &a, sizeof(a));
}

void put_addr6(struct data *d, uint16_t type, const char *addr)
{
	const struct sea_ipaddr a = test_ip6(addr);

	put_bytes(d, type, &a, sizeof(a));
}

void put_u8(struct data *d, uint16_t type, uint8_t v)
{
	put_bytes(d, type, &v, sizeof(v));
}

void put_u16(struct data *d, uint16_t type, uint16_t v)
{
	put_bytes(d, type, &v, sizeof(v));
}

void put_u32(struct data *d, uint16_t type, uint32_t v)
{
	put_bytes(d, type, &v, sizeof(v));
}

struct data plain_data(void)
{
	struct data d = { 0 };

	put_addr(&d, IFLA_IPTUN_LOCAL, "10.0.0.1");
	put_addr(&d, IFLA_IPTUN_REMOTE, "10.0.0.2");
	return d;
}

int ask_tunnel(const char *kind, const char *name, const struct data *d)
{
	const struct message m = making(kind, name, d->len ? d->bytes : NULL, d->len);

	return ask(&m);
}

void add_addr(struct sea_link *link, const char *prefix)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
}

void add_route(const char *prefix, const struct sea_link *link)
{
	const struct sea_route r = test_route(prefix, NULL, link);

	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
}

struct sea_link *make_tunnel(const char *kind, const struct data *d)
{
	struct sea_link *link;

	assert_int_equal(ask_tunnel(kind, "tun0", d), 0);
	link = link_of("tun0");
	assert_int_equal(sea_link_set_up(link, true, t.now), 0);
	add_addr(link, INNER_US "/24");
	test_settle(&t);
	test_advance(&t, 10 * SEA_SEC); /* groups are told of */
	test_take_all(&t);
	return link;
}

void forward(void)
{
	if (n_modules == 6)
		assert_int_equal(
			sea_sysctl_set(t.stack, "net.ipv6.conf.all.forwarding", "1", t.now), 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_forward", "1", t.now), 0);
}

/* -- packets -- */

size_t put_echo(uint8_t *packet, uint8_t tos, uint8_t ttl)
{
	const struct test_ip ip = { .src = INNER_PEER,
				    .dst = INNER_US,
				    .proto = SEA_IPPROTO_ICMP,
				    .tos = tos,
				    .ttl = ttl };
	uint8_t echo[16] = { SEA_ICMP_ECHO, 0, 0, 0, 1, 2, 3, 4 }, frame[128];
	const sea_be16 sum = test_checksum(echo, sizeof(echo), 0);
	size_t len;

	memcpy(echo + 2, &sum, 2);
	len = test_build_ip(frame, &ip, echo, sizeof(echo)) - sizeof(struct sea_ether_hdr);
	memcpy(packet, frame + sizeof(struct sea_ether_hdr), len);
	return len;
}

size_t put_echo6(uint8_t *packet, const char *src, const char *dst, uint8_t tclass)
{
	const struct test_ip6 ip = {
		.src = src, .dst = dst, .proto = SEA_IPPROTO_ICMPV6, .tclass = tclass
	};
	struct sea_ipaddr s = test_ip6(src), to = test_ip6(dst);
	uint8_t echo[12] = { 128, 0, 0, 0, 1, 2, 3, 4 }, frame[128];
	const sea_be16 sum = test_checksum(
		echo, sizeof(echo), test_pseudo6(s.b, to.b, SEA_IPPROTO_ICMPV6, sizeof(echo)));
	size_t len;

	memcpy(echo + 2, &sum, 2);
	len = test_build_ip6(frame, &ip, echo, sizeof(echo)) - 14;
	memcpy(packet, frame + 14, len);
	return len;
}

void inject_inner(const char *dst, uint16_t len, bool df)
{
	static uint8_t payload[2000];
	const struct test_ip ip = { .dst = dst,
				    .proto = SEA_IPPROTO_UDP,
				    .frag = df ? SEA_IPV4_DF : 0 };

	test_inject_ip(&t, &ip, payload, len - sizeof(struct sea_ipv4_hdr));
}

const struct sea_ipv4_hdr *take_outer(uint8_t proto, const uint8_t **payload, size_t *len)
{
	const struct sea_ipv4_hdr *outer;
	struct test_frame *f = test_take(&t);

	assert_non_null(f);
	outer = test_expect_ip(f, proto, payload, len);
	assert_memory_equal(outer->src.b, test_our_ip.b, 4);
	assert_memory_equal(outer->dst.b, test_peer_ip.b, 4);
	return outer;
}

/* -- through IPv6 -- */

static uint8_t inner_bytes[2000];

void inject_inner6(const char *dst, uint16_t len, const uint8_t *exts, size_t exts_len)
{
	const struct test_ip6 ip = { .src = INNER6_FROM,
				     .dst = dst,
				     .proto = SEA_IPPROTO_UDP,
				     .exts = exts,
				     .exts_len = exts_len,
				     .exts_next = SEA_IPV6_DSTOPTS };

	test_inject_ip6(&t, &ip, inner_bytes, len - sizeof(struct sea_ipv6_hdr) - exts_len);
}

void inject_outer6(uint8_t proto, uint8_t tclass, const void *inner, size_t len)
{
	const struct test_ip6 ip = { .proto = proto, .tclass = tclass };

	test_inject_ip6(&t, &ip, inner, len);
}

const struct sea_ipv6_hdr *take_outer6(uint8_t proto, int limit, const uint8_t **payload,
				       size_t *len)
{
	const uint8_t opts[8] = { proto, 0, 4, 1, (uint8_t)limit, 1, 1, 0 };
	const struct sea_ipv6_hdr *outer;
	struct test_frame *f = test_take(&t);

	assert_non_null(f);
	outer = test_expect_ip6(f, limit < 0 ? proto : SEA_IPV6_DSTOPTS, payload, len);
	assert_true(test_is_ip6(outer->src, TEST_OUR_IP6));
	assert_true(test_is_ip6(outer->dst, TEST_PEER_IP6));
	if (limit < 0)
		return outer;
	assert_memory_equal(*payload, opts, sizeof(opts));
	*payload += sizeof(opts);
	*len -= sizeof(opts);
	return outer;
}

void inject_error6(uint8_t type, uint8_t code, uint32_t info)
{
	const struct test_ip6 ip = { 0 };
	uint8_t icmp[8 + 400] = { type, code };
	size_t quoted = t.frame.len - 14 < 400 ? t.frame.len - 14 : 400;

	sea_put32(icmp + 4, info);
	memcpy(icmp + 8, t.frame.bytes + 14, quoted);
	test_inject_icmp6(&t, &ip, icmp, 8 + quoted);
}
