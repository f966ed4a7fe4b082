/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups through networks of routers, in virtual time: a seed draws a tree of up to eight stacks that
 * route a group, links across it that lead in circles, narrow links, and what is sent with which TTL.
 * Each stack hears each datagram that reaches it once, and no other.
 *
 *	source ─┬─ 1 ─┬─ 3     every stack is a router and has a member of the group;
 *	        └─ 2  └─ 4     a link across (2 ─ 3) is a vif of both that neither expects it by
 */
#include <stdio.h>
#include <stdlib.h>

#include <seastack/mroute.h>
#include <seastack/wrap.h>

#include "tests/lib/sockets.h"

#define NODES_MAX 8
#define SENT 6
#define G4 "239.7.7.7"
#define G6 "ff1e::7"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };

struct node {
	struct sea_stack *stack;
	unsigned parent;
	uint16_t vifs; /* how many; 0 leads to the parent */
	struct sea_mroute routes[2];
	sea_socket socks[2];
	unsigned heard[2][SENT];
};

static struct net {
	struct test_env env;
	struct node nodes[NODES_MAX];
	unsigned n, links;
	uint64_t random;
	sea_time now;
} w;

static unsigned draw(unsigned below)
{
	w.random = w.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(w.random >> 33) % below;
}

/* -- the network -- */

static const uint8_t families[2] = { SEA_AF_INET, SEA_AF_INET6 };

static void start(struct node *node)
{
	assert_int_equal(sea_stack_new(NULL, &w.env.env, modules, 3, &node->stack), 0);
	assert_int_equal(sea_sysctl_set(node->stack, "net.ipv4.conf.all.rp_filter", "0", w.now), 0);
	assert_int_equal(sea_sysctl_set(node->stack, "net.ipv4.conf.default.rp_filter", "0", w.now),
			 0);
	for (unsigned f = 0; f < 2; f++) {
		const struct sea_mroute_config config = { .size = sizeof(config),
							  .family = families[f] };

		assert_int_equal(sea_mroute_start(node->stack, &config, w.now), 0);
		node->routes[f] =
			(struct sea_mroute){ .size = sizeof(node->routes[f]),
					     .family = families[f],
					     .src = test_addr(f ? "2001:db8:1::1" : "10.1.0.1"),
					     .group = test_addr(f ? G6 : G4) };
		assert_int_equal(sea_socket_new(node->stack, f ? AF_INET6 : AF_INET, SOCK_DGRAM, 0,
						&node->socks[f], w.now),
				 0);
	}
}

static void add_addr(struct node *node, int ifindex, const char *text)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = ifindex, .flags = SEA_IFA_NODAD };

	assert_true(sea_addr_parse_prefix(text, &a.local, &a.prefix_len));
	assert_int_equal(sea_ifaddr_add(node->stack, &a, w.now), 0);
}

/* One end of a link: the next vif of the node, out by which all but the first lead. */
static struct sea_link *add_end(struct node *node, unsigned number, unsigned end)
{
	char name[16], text[64];
	const uint8_t mac[6] = { 2, 0, 0, 0, (uint8_t)number, (uint8_t)end };
	struct sea_link_config config = { .size = sizeof(config), .name = name };
	struct sea_mroute_vif vif = { .size = sizeof(vif), .vif = node->vifs };
	struct sea_link *link;

	snprintf(name, sizeof(name), "v%u", node->vifs);
	memcpy(config.mac, mac, sizeof(mac));
	assert_int_equal(sea_link_add(node->stack, &config, &link, w.now), 0);
	assert_int_equal(sea_link_set_up(link, true, w.now), 0);
	snprintf(text, sizeof(text), "10.%u.0.%u/24", number, end);
	add_addr(node, link->ifindex, text);
	snprintf(text, sizeof(text), "2001:db8:%u::%u/64", number, end);
	add_addr(node, link->ifindex, text);
	vif.ifindex = link->ifindex;
	for (unsigned f = 0; f < 2; f++) {
		vif.family = families[f];
		assert_int_equal(sea_mroute_vif_add(node->stack, &vif, w.now), 0);
		node->routes[f].ttls[node->vifs] = node->vifs > 0;
	}
	node->vifs++;
	return link;
}

static void join(struct node *node)
{
	int ifindex = sea_link_by_name(node->stack, "v0")->ifindex;
	const struct ip_mreqn mreqn = { { inet_addr(G4) }, { 0 }, ifindex };
	const struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(7) };
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	struct ipv6_mreq mreq = { .ipv6mr_interface = (unsigned)ifindex };
	const int only = 1;

	inet_pton(AF_INET6, G6, &mreq.ipv6mr_multiaddr);
	assert_int_equal(sea_socket_setsockopt(node->stack, node->socks[1], IPPROTO_IPV6,
					       IPV6_V6ONLY, &only, sizeof(only), w.now),
			 0);
	assert_int_equal(sea_socket_bind(node->stack, node->socks[0], (const void *)&in4,
					 sizeof(in4), w.now),
			 0);
	assert_int_equal(sea_socket_bind(node->stack, node->socks[1], (const void *)&in6,
					 sizeof(in6), w.now),
			 0);
	assert_int_equal(sea_socket_setsockopt(node->stack, node->socks[0], IPPROTO_IP,
					       IP_ADD_MEMBERSHIP, &mreqn, sizeof(mreqn), w.now),
			 0);
	assert_int_equal(sea_socket_setsockopt(node->stack, node->socks[1], IPPROTO_IPV6,
					       IPV6_JOIN_GROUP, &mreq, sizeof(mreq), w.now),
			 0);
}

static void link_nodes(struct node *a, struct node *b)
{
	unsigned number = ++w.links, mtu = draw(3) ? 1500 : 1300;
	struct sea_link *upper = add_end(a, number, 1), *lower = add_end(b, number, 2);

	assert_int_equal(sea_link_set_mtu(upper, mtu, w.now), 0);
	assert_int_equal(sea_link_set_mtu(lower, mtu, w.now), 0);
	assert_int_equal(sea_pair_join(upper, lower, 0, w.now), 0);
}

static void build(void)
{
	w.n = 2 + draw(NODES_MAX - 1);
	for (unsigned i = 0; i < w.n; i++) {
		start(&w.nodes[i]);
		if (!i)
			continue;
		w.nodes[i].parent = draw(i);
		link_nodes(&w.nodes[w.nodes[i].parent], &w.nodes[i]);
		join(&w.nodes[i]);
	}
	for (unsigned k = draw(4); k && w.n > 2; k--) {
		unsigned a = 1 + draw(w.n - 1), b = draw(w.n);

		if (a != b)
			link_nodes(&w.nodes[a], &w.nodes[b]);
	}
	for (unsigned i = 0; i < w.n; i++)
		for (unsigned f = 0; f < 2; f++)
			assert_int_equal(
				sea_mroute_add(w.nodes[i].stack, &w.nodes[i].routes[f], w.now), 0);
}

/* -- what happens -- */

static void settle(void)
{
	bool busy = true;

	while (busy) {
		busy = false;
		for (unsigned i = 0; i < w.n; i++) {
			struct sea_stack *stack = w.nodes[i].stack;

			if (sea_stack_deadline(stack).ns > w.now.ns)
				continue;
			sea_stack_advance(stack, w.now);
			busy = true;
		}
	}
}

static void hear(struct node *node, unsigned f)
{
	uint8_t buf[2000];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	while ((n = sea_socket_recvmsg(node->stack, node->socks[f], &msg, 0, w.now)) >= 0) {
		assert_true(n >= 10 && buf[0] < SENT && buf[1] == f);
		node->heard[f][buf[0]]++;
	}
	assert_int_equal(n, -EAGAIN);
}

static void send_one(unsigned f, uint8_t number, int ttl, size_t len)
{
	struct node *source = &w.nodes[0];
	int ifindex = sea_link_by_name(source->stack, "v0")->ifindex, never = IP_PMTUDISC_DONT;
	const struct ip_mreqn by = { { 0 }, { 0 }, ifindex };
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(7) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	uint8_t data[2000] = { number, (uint8_t)f };
	struct iovec iov = { data, len };
	struct msghdr msg = { .msg_name = f ? (void *)&in6 : (void *)&in4,
			      .msg_namelen = f ? sizeof(in6) : sizeof(in4),
			      .msg_iov = &iov,
			      .msg_iovlen = 1 };
	sea_socket s = source->socks[f];

	in4.sin_addr.s_addr = inet_addr(G4);
	inet_pton(AF_INET6, G6, &in6.sin6_addr);
	assert_int_equal(sea_socket_setsockopt(source->stack, s, f ? IPPROTO_IPV6 : IPPROTO_IP,
					       f ? IPV6_MULTICAST_IF : IP_MULTICAST_IF,
					       f ? (const void *)&ifindex : (const void *)&by,
					       f ? sizeof(ifindex) : sizeof(by), w.now),
			 0);
	assert_int_equal(sea_socket_setsockopt(source->stack, s, f ? IPPROTO_IPV6 : IPPROTO_IP,
					       f ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, &ttl,
					       sizeof(ttl), w.now),
			 0);
	if (!f)
		assert_int_equal(sea_socket_setsockopt(source->stack, s, IPPROTO_IP,
						       IP_MTU_DISCOVER, &never, sizeof(never),
						       w.now),
				 0);
	assert_int_equal(sea_socket_sendmsg(source->stack, s, &msg, 0, w.now), (ssize_t)len);
}

/* What the TTL is when it comes to the node; 0: it does not. The source's first link is its own. */
static int arrives(unsigned i, int ttl)
{
	unsigned parent = w.nodes[i].parent;

	if (i == 1)
		return ttl;
	if (parent)
		ttl = arrives(parent, ttl);
	return ttl > 1 ? ttl - 1 : 0;
}

static void check(unsigned f, uint8_t number, int ttl)
{
	for (unsigned i = 1; i < w.n; i++) {
		hear(&w.nodes[i], f);
		assert_int_equal(w.nodes[i].heard[f][number], arrives(i, ttl) > 0);
	}
}

static void run(uint64_t seed)
{
	memset(&w, 0, sizeof(w));
	test_env_init(&w.env);
	w.random = seed;
	build();
	settle();
	for (uint8_t k = 0; k < SENT; k++) {
		int ttl = 1 + (int)draw(6);
		size_t len = draw(2) ? 10 : 1350;

		for (unsigned f = 0; f < 2; f++) {
			send_one(f, k, ttl, f ? 10 : len); /* routers do not cut IPv6 */
			settle();
			check(f, k, ttl);
		}
	}
	for (unsigned i = 0; i < w.n; i++)
		sea_stack_free(w.nodes[i].stack);
	assert_int_equal(w.env.live, 0);
}

static void each_stack_hears_what_reaches_it_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		print_message("seed %u\n", (unsigned)seed);
		run(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stack_hears_what_reaches_it_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
