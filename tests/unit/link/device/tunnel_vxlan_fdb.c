/* SPDX-License-Identifier: Apache-2.0 */
/* Where a VXLAN's stations are: learned (RFC 7348 §4.1), forgotten, and said by messages. */
#include "tunnels.h"

#include <linux/neighbour.h>

#include "link/device/vxlan.h"

/* -- messages -- */

struct place {
	struct sea_mac mac;
	const char *dst; /* NULL: not said */
	uint16_t port;   /* 0: not said */
	uint32_t vni;
};

static struct message about(uint16_t type, struct sea_mac mac, uint16_t state)
{
	const struct ndmsg ndm = { .ndm_family = AF_BRIDGE,
				   .ndm_ifindex = link_of("tun0")->ifindex,
				   .ndm_state = state,
				   .ndm_flags = NTF_SELF };
	struct message m = message_of(type, 0);

	m.h.nlmsg_len = sizeof(m.h) + sizeof(ndm);
	memcpy(&m.i, &ndm, sizeof(ndm));
	add_attr(&m, NDA_LLADDR, mac.b, 6);
	return m;
}

static int ask_place(uint16_t type, uint16_t flags, uint16_t state, const struct place *p)
{
	struct message m = about(type, p->mac, state);
	const sea_be16 port = sea_be16_of(p->port);

	m.h.nlmsg_flags |= flags;
	if (p->dst) {
		const sea_be32 a = test_ip4(p->dst);

		add_attr(&m, NDA_DST, a.b, 4);
	}
	if (p->port)
		add_attr(&m, NDA_PORT, &port, 2);
	if (p->vni)
		add_u32(&m, NDA_VNI, p->vni);
	return ask(&m);
}

#define ADD (NLM_F_CREATE | NLM_F_EXCL)
#define APPEND (NLM_F_CREATE | NLM_F_APPEND)
#define REPLACE (NLM_F_CREATE | NLM_F_REPLACE)

static int add_place(uint16_t flags, struct sea_mac mac, const char *dst)
{
	const struct place p = { .mac = mac, .dst = dst };

	return ask_place(RTM_NEWNEIGH, flags, NUD_PERMANENT, &p);
}

static int del_place(struct sea_mac mac, const char *dst)
{
	const struct place p = { .mac = mac, .dst = dst };

	return ask_place(RTM_DELNEIGH, 0, 0, &p);
}

/* -- frames -- */

static struct sea_link *make(bool remote)
{
	const struct data d = vxlan_data(remote);

	return make_tunnel("vxlan", &d);
}

/* What is sent to a station goes there, and only there. */
static void expect_at(struct sea_link *link, struct sea_mac mac, const char *dst)
{
	const struct sea_ipv4_hdr *outer;
	size_t len;

	send_to_station(link, mac);
	(void)take_vxlan(dst, &outer, &len);
	assert_null(test_take(&t));
}

static void know(const char *addr)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = t.link->ifindex,
				    .addr = test_addr(addr),
				    .mac = { 2, 0, 0, 0, 0, 3 },
				    .state = SEA_NUD_PERMANENT };

	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

/* A frame from a station comes from 10.0.0.2 or .3; what follows of it is thrown away. */
static void comes(struct sea_link *link, uint8_t n, uint8_t host)
{
	inject_vxlan(link, n, host);
	test_take_all(&t);
}

/* SEA_DROP_VXLAN_NOWHERE. RFC7348:4.1 */
static void stations_are_where_their_frames_come_from(void **state)
{
	struct sea_link *link;

	(void)state;
	know("10.0.0.3");
	link = make(false);
	send_to_station(link, station(9));
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_NOWHERE), 1);
	assert_int_equal(link->stats.tx_dropped, 1);
	comes(link, 9, 2);
	expect_at(link, station(9), "10.0.0.2");
	comes(link, 9, 3); /* it moved */
	expect_at(link, station(9), "10.0.0.3");
}

static void stations_are_forgotten_after_a_while(void **state)
{
	struct sea_link *link;
	uint64_t before;

	(void)state;
	link = make(false);
	before = test_drops(&t, SEA_DROP_VXLAN_NOWHERE);
	comes(link, 9, 2);
	test_advance(&t, 200 * SEA_SEC);
	comes(link, 9, 2);
	test_advance(&t, 299 * SEA_SEC);
	test_take_all(&t);
	expect_at(link, station(9), "10.0.0.2");
	test_advance(&t, 2 * SEA_SEC);
	before = test_drops(&t, SEA_DROP_VXLAN_NOWHERE);
	send_to_station(link, station(9));
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_NOWHERE), before + 1);
}

static void a_vxlan_that_goes_down_forgets_what_it_learned(void **state)
{
	struct sea_link *link;

	(void)state;
	know("10.0.0.3");
	link = make(true);
	comes(link, 9, 3);
	assert_int_equal(add_place(ADD, station(8), "10.0.0.3"), 0);
	assert_int_equal(sea_link_set_up(link, false, t.now), 0);
	assert_int_equal(sea_link_set_up(link, true, t.now), 0);
	test_take_all(&t);
	expect_at(link, station(9), "10.0.0.2");
	expect_at(link, station(8), "10.0.0.3");
}

/* SEA_DROP_VXLAN_SOURCE */
static void who_cannot_be_there_is_not_believed(void **state)
{
	struct vxlan_frame f = { .flags = SEA_VXLAN_F_VNI, .vni = VXLAN_VNI };
	struct sea_link *link;

	(void)state;
	link = make(true);
	f.from = link->mac;
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_SOURCE), 1);
	f.from = (struct sea_mac){ { 0 } };
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_SOURCE), 2);
	assert_int_equal(add_place(ADD, station(9), "10.0.0.3"), 0);
	f.from = station(9); /* which is known to be elsewhere */
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_SOURCE), 3);
	assert_int_equal(link->stats.rx_dropped, 3);
}

static void a_limit_is_one_and_learning_may_be_off(void **state)
{
	struct data d = vxlan_data(true);
	struct sea_link *link;

	(void)state;
	know("10.0.0.3");
	put_u32(&d, IFLA_VXLAN_LIMIT, 2);
	link = make_tunnel("vxlan", &d);
	comes(link, 8, 3);
	comes(link, 9, 3);
	expect_at(link, station(8), "10.0.0.3");
	expect_at(link, station(9), "10.0.0.2");
	assert_int_equal(add_place(ADD, station(7), "10.0.0.3"), -ENOSPC);
	assert_int_equal(delete_link("tun0"), 0);
	d = vxlan_data(true);
	put_u8(&d, IFLA_VXLAN_LEARNING, 0);
	link = make_tunnel("vxlan", &d);
	comes(link, 8, 3);
	expect_at(link, station(8), "10.0.0.2");
}

/* -- said -- */

static const struct sea_mac nobody;

static void what_is_for_all_goes_to_all_places(void **state)
{
	const struct sea_mac all = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	const struct sea_ipv4_hdr *outer;
	struct sea_link *link;
	uint64_t sent;
	unsigned ends = 0;
	size_t len;

	(void)state;
	know("10.0.0.3");
	link = make(true);
	assert_int_equal(add_place(APPEND, nobody, "10.0.0.3"), 0);
	assert_int_equal(add_place(APPEND, nobody, "10.0.0.3"), 0); /* it is there */
	sent = link->stats.tx_packets;
	send_to_station(link, all);
	for (unsigned i = 0; i < 2; i++) {
		const struct test_frame *f = test_take(&t);
		const uint8_t *udp;

		assert_non_null(f);
		outer = test_expect_ip(f, SEA_IPPROTO_UDP, &udp, &len);
		ends |= 1u << outer->dst.b[3];
	}
	assert_int_equal(ends, 1u << 2 | 1u << 3);
	assert_null(test_take(&t));
	assert_int_equal(link->stats.tx_packets, sent + 2);
	assert_int_equal(del_place(nobody, "10.0.0.2"), 0);
	expect_at(link, all, "10.0.0.3");
	assert_int_equal(del_place(nobody, NULL), 0);
	assert_int_equal(del_place(nobody, NULL), -ENOENT);
}

static void places_are_added_replaced_and_refused_as_by_linux(void **state)
{
	struct place p = { .mac = station(9), .dst = "10.0.0.3", .port = 5000, .vni = 7 };
	const uint8_t *udp;
	struct sea_link *link;
	size_t len;

	(void)state;
	know("10.0.0.3");
	link = make(true);
	assert_int_equal(ask_place(RTM_NEWNEIGH, 0, NUD_PERMANENT, &p), -ENOENT);
	assert_int_equal(ask_place(RTM_NEWNEIGH, ADD, NUD_NOARP, &p), -EINVAL);
	assert_int_equal(ask_place(RTM_NEWNEIGH, ADD, NUD_PERMANENT, &p), 0);
	assert_int_equal(ask_place(RTM_NEWNEIGH, ADD, NUD_PERMANENT, &p), -EEXIST);
	send_to_station(link, station(9));
	(void)test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &udp, &len);
	assert_int_equal(sea_get16(udp + 2), 5000);
	assert_int_equal(sea_get32(udp + 12), 7u << 8);
	assert_int_equal(add_place(REPLACE, station(9), "10.0.0.2"), 0);
	expect_at(link, station(9), "10.0.0.2");
	assert_int_equal(add_place(REPLACE, nobody, "10.0.0.3"), -EOPNOTSUPP);
	assert_int_equal(add_place(ADD, station(7), NULL), -EINVAL);
	assert_int_equal(add_place(ADD, station(7), "239.1.1.1"), -EOPNOTSUPP);
	assert_int_equal(del_place(station(9), "10.0.0.3"), 0);
	assert_int_equal(del_place(station(9), NULL), 0);
	p.vni = 0x1000000;
	assert_int_equal(ask_place(RTM_NEWNEIGH, ADD, NUD_PERMANENT, &p), -EINVAL);
}

/* Attributes of the entry in k.bytes. */
static const uint8_t *entry_attr(uint16_t type, uint32_t *len)
{
	uint32_t at = sizeof(k.h) + sizeof(struct ndmsg);
	struct sea_nl_attr a;
	uint32_t from = 0;

	while (sea_nl_next(k.bytes + at, k.h.nlmsg_len - at, &from, &a))
		if (a.type == type) {
			*len = a.len;
			return a.value;
		}
	return NULL;
}

static void an_entry_is_shown_with_its_place(void **state)
{
	struct message m;
	struct ndmsg ndm;
	uint32_t len;

	(void)state;
	make(true);
	m = about(RTM_GETNEIGH, nobody, 0);
	m.h.nlmsg_flags = NLM_F_REQUEST;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(k.h.nlmsg_type, RTM_NEWNEIGH);
	memcpy(&ndm, k.bytes + sizeof(k.h), sizeof(ndm));
	assert_int_equal(ndm.ndm_ifindex, link_of("tun0")->ifindex);
	assert_int_equal(ndm.ndm_flags, NTF_SELF);
	assert_int_equal(ndm.ndm_state, NUD_PERMANENT | NUD_REACHABLE);
	assert_memory_equal(entry_attr(NDA_DST, &len), test_peer_ip.b, 4);
	assert_null(entry_attr(NDA_PORT, &len));
	assert_null(entry_attr(NDA_VNI, &len));
	assert_null(entry_attr(NDA_MASTER, &len));
	m = about(RTM_GETNEIGH, station(5), 0);
	m.h.nlmsg_flags = NLM_F_REQUEST;
	assert_int_equal(ask(&m), -ENOENT);
}

/* The type of the next news; 0: there are none. */
static uint16_t hear(sea_socket s)
{
	struct iovec iov = { k.bytes, sizeof(k.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct nlmsghdr h;

	if (sea_socket_recvmsg(t.stack, s, &m, 0, t.now) < (ssize_t)sizeof(h))
		return 0;
	memcpy(&h, k.bytes, sizeof(h));
	return h.nlmsg_type;
}

static void listeners_hear_of_stations_behind_their_link(void **state)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK,
				    .nl_groups = RTMGRP_LINK | RTMGRP_NEIGH };
	const struct data d = vxlan_data(true);
	struct sea_link *link;
	sea_socket s;

	(void)state;
	assert_int_equal(sea_socket_new(t.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s, t.now),
			 0);
	assert_int_equal(sea_socket_bind(t.stack, s, (struct sockaddr *)&name, sizeof(name), t.now),
			 0);
	assert_int_equal(ask_tunnel("vxlan", "tun0", &d), 0);
	assert_int_equal(hear(s), RTM_NEWLINK);
	assert_int_equal(hear(s), RTM_NEWNEIGH);
	assert_int_equal(hear(s), 0);
	link = link_of("tun0");
	assert_int_equal(sea_link_set_up(link, true, t.now), 0);
	while (hear(s))
		;
	inject_vxlan(link, 9, 2);
	assert_int_equal(hear(s), RTM_NEWNEIGH);
	inject_vxlan(link, 9, 2); /* nothing new */
	assert_int_equal(hear(s), 0);
	assert_int_equal(del_place(station(9), NULL), 0);
	assert_int_equal(hear(s), RTM_DELNEIGH);
}

static void another_end_takes_the_place_of_the_first(void **state)
{
	struct data other = { 0 };
	struct message m;

	(void)state;
	know("10.0.0.3");
	make(true);
	put_addr(&other, IFLA_VXLAN_GROUP, "10.0.0.3");
	m = making("vxlan", "tun0", other.bytes, other.len);
	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	assert_int_equal(ask(&m), 0);
	expect_at(link_of("tun0"), station(9), "10.0.0.3");
}

static void a_vxlan_comes_back_with_what_it_knows(void **state)
{
	struct data d = vxlan_data(true);
	uint16_t port;
	struct sea_link *link;
	const uint8_t *udp;
	size_t len;

	(void)state;
	know("10.0.0.3");
	put_u8(&d, IFLA_VXLAN_TTL, 9);
	link = make_tunnel("vxlan", &d);
	comes(link, 9, 3);
	comes(link, 8, 3);
	send_to_station(link, station(9));
	(void)test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &udp, &len);
	port = sea_get16(udp);
	tunnels_restore();
	link = link_of("tun0");
	assert_int_equal(sea_vxlan_of(link)->fdb.n, 3);
	send_to_station(link, station(9));
	(void)test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &udp, &len);
	assert_int_equal(sea_get16(udp), port);
	comes(link, 7, 3);
	expect_at(link, station(7), "10.0.0.3");
	test_advance(&t, 301 * SEA_SEC);
	assert_int_equal(sea_vxlan_of(link)->fdb.n, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup, tunnels_teardown)

int run_vxlan_fdb_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(stations_are_where_their_frames_come_from),
		TEST(stations_are_forgotten_after_a_while),
		TEST(a_vxlan_that_goes_down_forgets_what_it_learned),
		TEST(who_cannot_be_there_is_not_believed),
		TEST(a_limit_is_one_and_learning_may_be_off),
		TEST(what_is_for_all_goes_to_all_places),
		TEST(places_are_added_replaced_and_refused_as_by_linux),
		TEST(an_entry_is_shown_with_its_place),
		TEST(listeners_hear_of_stations_behind_their_link),
		TEST(another_end_takes_the_place_of_the_first),
		TEST(a_vxlan_comes_back_with_what_it_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
