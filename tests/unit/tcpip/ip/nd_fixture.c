/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tcpip/ip/nd_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "ip/ndp.h"

void nd_set_of(struct test_stack *t, const char *branch, const char *name, const char *value)
{
	char full[SEA_SYSCTL_NAME_MAX];

	snprintf(full, sizeof(full), "net.ipv6.conf.%s.%s", branch, name);
	assert_int_equal(sea_sysctl_set(t->stack, full, value, t->now), 0);
}

void nd_set(struct test_stack *t, const char *name, const char *value)
{
	nd_set_of(t, "eth0", name, value);
}

int nd_try_set(struct test_stack *t, const char *name, const char *value)
{
	char full[SEA_SYSCTL_NAME_MAX];

	snprintf(full, sizeof(full), "net.ipv6.conf.eth0.%s", name);
	return sea_sysctl_set(t->stack, full, value, t->now);
}

int nd_get(struct test_stack *t, const char *name)
{
	char full[SEA_SYSCTL_NAME_MAX], text[64];

	snprintf(full, sizeof(full), "net.ipv6.conf.eth0.%s", name);
	assert_true(sea_sysctl_get(t->stack, full, text, sizeof(text)) > 0);
	return atoi(text);
}

void nd_new(struct test_stack *t)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };

	nd_new_of(t, modules, 2);
}

void nd_new_of(struct test_stack *t, const struct sea_module *const *modules, size_t n)
{
	struct sea_link_config config = { .size = sizeof(config), .name = "eth0" };

	test_stack_new_bare(t, modules, n);
	nd_set_of(t, "default", "accept_dad", "1"); /* the fixture's are for those who want none */
	nd_set_of(t, "default", "router_solicitations", "-1");
	memcpy(config.mac, test_our_mac.b, sizeof(config.mac));
	assert_int_equal(sea_link_add(t->stack, &config, &t->link, t->now), 0);
}

void nd_link(struct test_stack *t, bool up)
{
	assert_int_equal(sea_link_set_up(t->link, up, t->now), 0);
	test_settle(t);
}

void nd_settle(struct test_stack *t)
{
	nd_link(t, true);
	test_advance(t, 4 * SEA_SEC);
	test_take_all(t);
}

const struct sea_ipv6_hdr *nd_take(struct test_stack *t, uint8_t type, const uint8_t **msg,
				   size_t *len)
{
	struct test_frame *f;

	while ((f = test_take(t))) {
		const struct sea_ipv6_hdr *hdr =
			(const void *)(f->bytes + sizeof(struct sea_ether_hdr));

		if (hdr->next != SEA_IPPROTO_ICMPV6)
			continue;
		hdr = test_expect_ip6(f, SEA_IPPROTO_ICMPV6, msg, len);
		if ((*msg)[0] == type)
			return hdr;
	}
	return NULL;
}

unsigned nd_count_sent(struct test_stack *t, uint8_t type)
{
	const uint8_t *msg;
	unsigned n = 0;
	size_t len;

	while (nd_take(t, type, &msg, &len))
		n++;
	return n;
}

/* -- addresses and routes -- */

static struct sea_ifaddr ifaddr(struct test_stack *t, const char *prefix)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = t->link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	return a;
}

int nd_add(struct test_stack *t, const char *prefix, uint32_t flags, uint32_t valid_s,
	   uint32_t preferred_s)
{
	struct sea_ifaddr a = ifaddr(t, prefix);

	a.flags = flags;
	a.valid_s = valid_s;
	a.preferred_s = preferred_s;
	return sea_ifaddr_add(t->stack, &a, t->now);
}

int nd_del(struct test_stack *t, const char *prefix)
{
	struct sea_ifaddr a = ifaddr(t, prefix);

	return sea_ifaddr_del(t->stack, &a, t->now);
}

struct sea_ifaddr nd_addr(struct test_stack *t, const char *addr)
{
	struct sea_ipaddr want = test_ip6(addr);
	struct sea_ifaddr a = { .size = sizeof(a) };
	uint64_t cursor = 0;

	while (sea_ifaddr_next(t->stack, &cursor, &a))
		if (a.ifindex == t->link->ifindex && a.local.family == SEA_AF_INET6 &&
		    !memcmp(a.local.b, want.b, sizeof(want.b)))
			return a;
	return (struct sea_ifaddr){ 0 };
}

struct sea_ifaddr nd_expect_addr(struct test_stack *t, const char *addr)
{
	struct sea_ifaddr a = nd_addr(t, addr);

	assert_true(a.size);
	return a;
}

void nd_expect_flags(struct test_stack *t, const char *addr, uint32_t flags)
{
	assert_int_equal(nd_expect_addr(t, addr).flags, flags);
}

struct sea_ifaddr nd_addr_with(struct test_stack *t, uint32_t flags, unsigned rank)
{
	struct sea_ifaddr a = { .size = sizeof(a) };
	uint64_t cursor = 0;

	while (sea_ifaddr_next(t->stack, &cursor, &a))
		if (a.ifindex == t->link->ifindex && a.local.family == SEA_AF_INET6 &&
		    (a.flags & flags) == flags && !rank--)
			return a;
	return (struct sea_ifaddr){ 0 };
}

unsigned nd_count_addrs(struct test_stack *t)
{
	unsigned n = 0;

	while (nd_addr_with(t, 0, n).size)
		n++;
	return n;
}

struct sea_route nd_route(struct test_stack *t, const char *prefix, const char *via)
{
	struct sea_ipaddr gateway = { { 0 } };
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { 0 };
	struct sea_addr dst;
	uint8_t len;

	assert_true(sea_addr_parse_prefix(prefix, &dst, &len));
	if (via)
		gateway = test_ip6(via);
	while (sea_route_next(t->stack, &cursor, &r))
		if (r.dst.family == SEA_AF_INET6 && r.table == SEA_TABLE_MAIN &&
		    r.prefix_len == len && !memcmp(r.dst.b, dst.b, sizeof(dst.b)) &&
		    !memcmp(r.gateway.b, gateway.b, sizeof(gateway.b)))
			return r;
	return (struct sea_route){ 0 };
}

bool nd_is_local(struct test_stack *t, const char *addr)
{
	struct sea_ipaddr a = test_ip6(addr);

	return sea_ipv6_addr_type(t->stack, &a, 0) == SEA_ROUTE_LOCAL;
}

const char *nd_next_hop(struct test_stack *t, const char *dst)
{
	static char text[SEA_ADDR_TEXT_MAX];
	const struct sea_flow flow = { .family = SEA_AF_INET6, .dst = test_ip6(dst) };
	struct sea_addr hop = { .family = SEA_AF_INET6 };
	struct sea_dst way;
	int err;

	sea_stack_enter(t->stack, t->now);
	err = sea_ip_route(t->stack, &flow, &way);
	if (!err && way.neigh)
		memcpy(hop.b, way.neigh->addr.b, sizeof(hop.b));
	if (!err)
		sea_dst_put(t->stack, &way);
	sea_stack_leave(t->stack);
	if (err)
		return "!";
	return memcmp(hop.b, flow.dst.b, sizeof(hop.b)) ? sea_addr_text(&hop, text) : "-";
}

void nd_ask(struct test_stack *t, const char *dst)
{
	const struct sea_flow flow = { .family = SEA_AF_INET6, .dst = test_ip6(dst) };
	struct sea_dst way;

	sea_stack_enter(t->stack, t->now);
	assert_int_equal(sea_ip_route(t->stack, &flow, &way), 0);
	sea_neigh_probe(way.neigh);
	sea_dst_put(t->stack, &way);
	sea_stack_leave(t->stack);
}

/* -- advertisements -- */

struct nd_ra nd_ra(uint16_t lifetime)
{
	return (struct nd_ra){ .lifetime = lifetime };
}

void nd_prefix(struct nd_ra *ra, const char *prefix, const char *flags, uint32_t valid_s,
	       uint32_t preferred_s)
{
	struct sea_ndp_prefix p = { .onlink = strchr(flags, 'L'),
				    .autonomous = strchr(flags, 'A'),
				    .delegated = strchr(flags, 'P'),
				    .valid_s = valid_s,
				    .preferred_s = preferred_s };
	struct sea_addr addr;

	assert_true(sea_addr_parse_prefix(prefix, &addr, &p.prefix_len));
	memcpy(p.prefix, addr.b, sizeof(p.prefix));
	ra->opts_len += sea_ndp_put_prefix(ra->opts + ra->opts_len, &p);
}

void nd_route_info(struct nd_ra *ra, const char *prefix, enum sea_ndp_pref pref,
		   uint32_t lifetime_s)
{
	struct sea_ndp_route r = { .pref = pref, .lifetime_s = lifetime_s };
	struct sea_addr addr;

	assert_true(sea_addr_parse_prefix(prefix, &addr, &r.prefix_len));
	memcpy(r.prefix, addr.b, sizeof(r.prefix));
	ra->opts_len += sea_ndp_put_route(ra->opts + ra->opts_len, &r);
}

void nd_mtu(struct nd_ra *ra, uint32_t mtu)
{
	ra->opts_len += sea_ndp_put_mtu(ra->opts + ra->opts_len, mtu);
}

void nd_inject(struct test_stack *t, const struct nd_ra *ra)
{
	const struct test_ip6 ip = { .src = ra->src ? ra->src : ND_ROUTER,
				     .dst = "ff02::1",
				     .hop_limit = ra->ip_hop_limit ? ra->ip_hop_limit : 255 };
	struct {
		struct sea_ndp_ra ra;
		uint8_t opts[sizeof(ra->opts)];
	} msg = { .ra = { .type = SEA_NDP_RA,
			  .hop_limit = ra->hop_limit,
			  .flags = ra->flags,
			  .lifetime = sea_be16_of(ra->lifetime),
			  .reachable_ms = sea_be32_of(ra->reachable_ms),
			  .retrans_ms = sea_be32_of(ra->retrans_ms) } };

	memcpy(msg.opts, ra->opts, ra->opts_len);
	test_inject_icmp6(t, &ip, &msg, sizeof(msg.ra) + ra->opts_len);
}

void nd_inject_dad_ns(struct test_stack *t, const char *target, const uint8_t *nonce)
{
	struct {
		struct sea_ndp_ns ns;
		uint8_t nonce[8];
	} msg = { .ns.type = SEA_NDP_NS };
	struct sea_ipaddr a = test_ip6(target);
	struct sea_addr group = { .family = SEA_AF_INET6 };
	char text[SEA_ADDR_TEXT_MAX];
	struct test_ip6 ip = { .src = "::", .hop_limit = 255 };

	memcpy(msg.ns.target, a.b, sizeof(a.b));
	sea_ndp_solicited_node(a.b, group.b);
	ip.dst = sea_addr_text(&group, text);
	if (nonce)
		sea_ndp_put_nonce(msg.nonce, nonce);
	test_inject_icmp6(t, &ip, &msg, sizeof(msg.ns) + (nonce ? sizeof(msg.nonce) : 0));
}

void nd_inject_na(struct test_stack *t, const char *target, uint8_t flags)
{
	struct {
		struct sea_ndp_na na;
		uint8_t mac[SEA_NDP_LLADDR_LEN];
	} msg = { .na = { .type = SEA_NDP_NA, .flags = flags } };
	const struct test_ip6 ip = { .src = target, .dst = "ff02::1", .hop_limit = 255 };
	struct sea_ipaddr a = test_ip6(target);

	memcpy(msg.na.target, a.b, sizeof(a.b));
	sea_ndp_put_lladdr(msg.mac, SEA_NDP_OPT_TLLA, &test_peer_mac);
	test_inject_icmp6(t, &ip, &msg, sizeof(msg));
}
