/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets in IPv4 groups, and who speaks to them on the wire. */
#ifndef SEA_TESTS_MCAST_H
#define SEA_TESTS_MCAST_H

#include "ip/ifaddr.h"
#include "tests/lib/udp_peer.h"

#define G "239.1.1.1"

static inline struct in_addr in(const char *text)
{
	return (struct in_addr){ inet_addr(text) };
}

static inline int set(struct test_stack *t, sea_socket s, int name, const void *val, size_t len)
{
	return sea_socket_setsockopt(t->stack, s, IPPROTO_IP, name, val, (socklen_t)len, t->now);
}

static inline int member(struct test_stack *t, sea_socket s, int name, const char *group,
			 const char *via)
{
	struct ip_mreq mreq = { in(group), in(via) };

	return set(t, s, name, &mreq, sizeof(mreq));
}

static inline int member_of(struct test_stack *t, sea_socket s, int name, const char *group,
			    int ifindex)
{
	struct ip_mreqn mreq = { .imr_multiaddr = in(group), .imr_ifindex = ifindex };

	return set(t, s, name, &mreq, sizeof(mreq));
}

static inline int source(struct test_stack *t, sea_socket s, int name, const char *group,
			 const char *src)
{
	struct ip_mreq_source mreq = { .imr_multiaddr = in(group),
				       .imr_interface = in("10.0.0.1"),
				       .imr_sourceaddr = in(src) };

	return set(t, s, name, &mreq, sizeof(mreq));
}

static inline int join(struct test_stack *t, sea_socket s, const char *group)
{
	return member(t, s, IP_ADD_MEMBERSHIP, group, "10.0.0.1");
}

static inline sea_socket listener(struct test_stack *t, uint16_t port)
{
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(test_bind(t, s, "0.0.0.0", port), 0);
	return s;
}

/* A datagram to the group comes in by the wire. */
static inline void say(struct test_stack *t, const char *group, const char *src, const char *text)
{
	sea_be32 g = test_ip4(group);
	const struct sea_mac mac = { { 1, 0, 0x5e, g.b[1] & 0x7f, g.b[2], g.b[3] } };
	const struct udp_dgram d = { .sport = 9, .dport = 7, .src = src, .dst = group };
	uint8_t out[256];

	test_inject_ip(t,
		       &(struct test_ip){
			       .proto = 17, .eth_dst = &mac, .src = src, .dst = group, .ttl = 1 },
		       out, udp_build(out, &d, text, strlen(text)));
}

static inline struct sea_groups *groups_of(struct test_stack *t)
{
	return &sea_link_ip4(t->link)->groups;
}

static inline bool heard(struct test_stack *t, const char *group)
{
	struct sea_ipaddr a = sea_ipaddr_of4(test_ip4(group));

	return sea_group_heard(groups_of(t), &a);
}

#endif
