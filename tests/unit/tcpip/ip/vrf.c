/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual routing domains. no-oracle: the kernel here has no vrf device. What is expected is what
 * Linux's Documentation/networking/vrf.rst and ip-sysctl.rst say.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "tests/lib/routes.h"
#include "wire/icmp.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp, &sea_tcp };
#define N_MODULES 3
static struct test_stack t;
static struct sea_link *vrf, *member;

/* eth0 is in no VRF; eth1 is a member of `red` and has the same address as eth0. */
static int setup(void **state)
{
	const struct sea_link_config config = {
		.size = sizeof(config), .name = "red", .type = SEA_LINK_VRF, .vrf_table = 10
	};

	test_stack_new(&t, modules, N_MODULES);
	assert_int_equal(sea_link_add(t.stack, &config, &vrf, t.now), 0);
	assert_int_equal(sea_link_set_up(vrf, true, t.now), 0);
	member = test_add_link(&t, "eth1", &test_our_mac, "10.0.0.1/24");
	assert_int_equal(sea_link_set_master(member, vrf, t.now), 0);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static const char *way_in(int oif, const char *dst)
{
	return test_way(&t, (struct sea_flow){ .oif = oif }, dst);
}

static unsigned routes_in(uint32_t table)
{
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };
	unsigned n = 0;

	while (sea_route_next(t.stack, &cursor, &r))
		n += r.table == table;
	return n;
}

static void first_vrf_brings_the_rule_of_all_along(void **state)
{
	struct sea_rule r = { .size = sizeof(r) };
	uint64_t cursor = 1;

	assert_true(sea_rule_next(t.stack, &cursor, &r));
	assert_int_equal(r.priority, 1000);
	assert_true(r.l3mdev);
}

static void routes_of_members_stand_in_the_vrfs_table(void **state)
{
	assert_int_equal(routes_in(10), 3); /* the prefix, the address, the broadcast */
	assert_int_equal(sea_link_set_master(member, NULL, t.now), 0);
	assert_int_equal(routes_in(10), 0);
	assert_int_equal(sea_link_set_master(member, vrf, t.now), 0);
	assert_int_equal(routes_in(10), 3);
	sea_link_del(vrf, t.now);
	assert_int_equal(routes_in(10), 0);
}

static void masters_are_vrfs_and_members_are_not(void **state)
{
	struct sea_link_config config = { .size = sizeof(config),
					  .name = "blue",
					  .type = SEA_LINK_VRF };
	struct sea_link *blue;

	assert_int_equal(sea_link_add(t.stack, &config, &blue, t.now), -EINVAL); /* no table */
	config.type = SEA_LINK_ETHERNET;
	config.vrf_table = 11;
	assert_int_equal(sea_link_add(t.stack, &config, &blue, t.now), -EINVAL);
	assert_int_equal(sea_link_set_master(member, t.link, t.now), -EINVAL);
	assert_int_equal(sea_link_set_master(vrf, vrf, t.now), -EINVAL);
	assert_int_equal(sea_link_set_master(t.stack->loopback, vrf, t.now), -EINVAL);
}

/* As vrf.rst advises: ip rule add pref 32765 table local; ip rule del pref 0. */
static void local_behind_vrfs(void)
{
	struct sea_rule r = { .size = sizeof(r),
			      .family = SEA_AF_INET,
			      .action = SEA_RULE_LOOKUP,
			      .priority = 32765,
			      .table = SEA_TABLE_LOCAL };

	assert_int_equal(sea_rule_add(t.stack, &r, t.now), 0);
	r.priority = 0;
	assert_int_equal(sea_rule_del(t.stack, &r, t.now), 0);
}

static void flow_bound_to_a_vrf_goes_by_its_table_alone(void **state)
{
	struct sea_route r = test_route("10.5.0.0/16", "10.0.0.9", NULL);

	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0); /* in main */
	local_behind_vrfs();
	assert_string_equal(way_in(0, "10.0.0.7"), "10.0.0.7 dev eth0 src 10.0.0.1");
	assert_string_equal(way_in(vrf->ifindex, "10.0.0.7"), "10.0.0.7 dev eth1 src 10.0.0.1");
	assert_string_equal(way_in(vrf->ifindex, "10.0.0.1"), "10.0.0.1 dev red src 10.0.0.1");
	r = test_route("10.6.0.0/16", "10.0.0.9", member);
	r.table = 10;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_string_equal(way_in(vrf->ifindex, "10.6.0.1"), "10.0.0.9 dev eth1 src 10.0.0.1");
	assert_string_equal(way_in(0, "10.6.0.1"), "ENETUNREACH");
	/* Linux falls through to main, too, unless the table ends in a refusal: the advice of vrf.rst */
	assert_string_equal(way_in(vrf->ifindex, "10.5.0.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	r = test_route("0.0.0.0/0", NULL, NULL);
	r.type = SEA_ROUTE_UNREACHABLE;
	r.table = 10;
	r.metric = 4278198272u;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_string_equal(way_in(vrf->ifindex, "10.5.0.1"), "EHOSTUNREACH");
}

static sea_socket udp(const char *dev)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(7) };
	sea_socket s;
	int one = 1;

	assert_int_equal(sea_socket_new(t.stack, AF_INET, SOCK_DGRAM, 0, &s, t.now), 0);
	if (dev)
		assert_int_equal(sea_socket_setsockopt(t.stack, s, SOL_SOCKET, SO_BINDTODEVICE, dev,
						       (socklen_t)strlen(dev), t.now),
				 0);
	assert_int_equal(sea_socket_setsockopt(t.stack, s, SOL_SOCKET, SO_REUSEADDR, &one,
					       sizeof(one), t.now),
			 0);
	assert_int_equal(
		sea_socket_bind(t.stack, s, (const struct sockaddr *)&any, sizeof(any), t.now), 0);
	return s;
}

/* A datagram to 10.0.0.1:7 comes in by the link. */
static void datagram_on(struct sea_link *link)
{
	static const uint8_t dgram[] = { 0x12, 0x34, 0, 7, 0, 12, 0, 0, 'a', 'b', 'c', 'd' };
	const struct test_ip ip = { .proto = IPPROTO_UDP };
	uint8_t frame[128];

	test_inject_on(&t, link, frame, test_build_ip(frame, &ip, dgram, sizeof(dgram)));
}

static bool heard(sea_socket s)
{
	char buf[16];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_recvmsg(t.stack, s, &msg, MSG_DONTWAIT, t.now) == 4;
}

static void socket_of_a_vrf_hears_its_members_and_nobody_else(void **state)
{
	sea_socket in_vrf = udp("red"), on_member = udp("eth1"), on_other = udp("eth0");

	datagram_on(member);
	assert_true(heard(on_member) != heard(in_vrf));
	assert_false(heard(on_other));
	datagram_on(t.link);
	assert_true(heard(on_other));
	assert_false(heard(in_vrf));
	assert_false(heard(on_member));
}

static void socket_of_no_link_hears_a_vrf_only_where_that_is_accepted(void **state)
{
	sea_socket s = udp(NULL);

	datagram_on(member);
	assert_false(heard(s));
	test_take_all(&t);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.udp_l3mdev_accept", "1", t.now), 0);
	datagram_on(member);
	assert_true(heard(s));
}

/* One half of a datagram with identification 9. */
static void half_on(struct sea_link *link, bool first)
{
	static const uint8_t dgram[16] = { 0x12, 0x34, 0, 7, 0, 16, 0, 0, 'a', 'b', 'c', 'd' };
	const struct test_ip ip = { .proto = IPPROTO_UDP, .id = 9, .frag = first ? 0x2000 : 1 };
	uint8_t frame[128];

	test_inject_on(&t, link, frame, test_build_ip(frame, &ip, dgram + (first ? 0 : 8), 8));
}

static void fragments_of_different_vrfs_make_no_datagram(void **state)
{
	half_on(member, true);
	half_on(t.link, false);
	assert_int_equal(test_mib(&t, SEA_MIB_IpReasmOKs), 0);
	half_on(member, false);
	assert_int_equal(test_mib(&t, SEA_MIB_IpReasmOKs), 1);
	half_on(t.link, true);
	assert_int_equal(test_mib(&t, SEA_MIB_IpReasmOKs), 2);
}

static void echo_is_answered_in_its_vrf(void **state)
{
	static const uint8_t echo[] = { 8, 0, 0, 0, 0, 1, 0, 2 };
	const struct test_ip ip = { .proto = SEA_IPPROTO_ICMP };
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = member->ifindex,
				    .addr = test_addr("10.0.0.2"),
				    .state = SEA_NUD_PERMANENT };
	uint8_t frame[128], msg[sizeof(echo)];
	sea_be16 sum;
	struct test_frame *f;

	memcpy(n.mac, test_peer_mac.b, 6);
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	memcpy(msg, echo, sizeof(msg));
	sum = test_checksum(msg, sizeof(msg), 0);
	memcpy(msg + 2, sum.b, 2);
	test_inject_on(&t, member, frame, test_build_ip(frame, &ip, msg, sizeof(msg)));
	f = test_take(&t);
	assert_non_null(f);
	assert_ptr_equal(f->link, member);
}

static void connection_of_an_accepting_listener_stays_in_its_vrf(void **state)
{
	static const uint8_t syn[] = { 0x30, 0x39, 0,    80,   0,    0, 0, 1, 0, 0,
				       0,    0,    0x50, 0x02, 0x10, 0, 0, 0, 0, 0 };
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(80) };
	const struct test_ip ip = { .proto = IPPROTO_TCP };
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = member->ifindex,
				    .addr = test_addr("10.0.0.2"),
				    .state = SEA_NUD_PERMANENT };
	uint8_t frame[128], seg[sizeof(syn)];
	sea_be16 sum;
	struct test_frame *f;
	sea_socket s;

	memcpy(n.mac, test_peer_mac.b, 6);
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	assert_int_equal(sea_socket_new(t.stack, AF_INET, SOCK_STREAM, 0, &s, t.now), 0);
	assert_int_equal(
		sea_socket_bind(t.stack, s, (const struct sockaddr *)&any, sizeof(any), t.now), 0);
	assert_int_equal(sea_socket_listen(t.stack, s, 8, t.now), 0);
	memcpy(seg, syn, sizeof(seg));
	sum = test_checksum(seg, sizeof(seg),
			    test_pseudo(test_peer_ip, test_our_ip, IPPROTO_TCP, sizeof(seg)));
	memcpy(seg + 16, sum.b, 2);
	for (unsigned accept = 0; accept < 2; accept++) {
		if (accept)
			assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.tcp_l3mdev_accept", "1",
							t.now),
					 0);
		test_inject_on(&t, member, frame, test_build_ip(frame, &ip, seg, sizeof(seg)));
		f = test_take(&t);
		assert_non_null(f);
		assert_ptr_equal(f->link, member);
		/* A reset, then a SYN-ACK. */
		assert_int_equal(f->bytes[14 + 20 + 13] & 0x16, accept ? 0x12 : 0x14);
	}
}

/* Connects to 10.0.0.2:80 from port 5000 by the link; the number that its SYN begins with. */
static sea_socket connect_on(const char *dev, struct sea_link *by, uint32_t *iss)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(5000) };
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = by->ifindex,
				    .addr = test_addr("10.0.0.2"),
				    .state = SEA_NUD_PERMANENT };
	struct test_frame *f;
	sea_socket s;

	memcpy(n.mac, test_peer_mac.b, 6);
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	assert_int_equal(sea_socket_new(t.stack, AF_INET, SOCK_STREAM, 0, &s, t.now), 0);
	assert_int_equal(sea_socket_setsockopt(t.stack, s, SOL_SOCKET, SO_BINDTODEVICE, dev,
					       (socklen_t)strlen(dev), t.now),
			 0);
	assert_int_equal(
		sea_socket_bind(t.stack, s, (const struct sockaddr *)&at, sizeof(at), t.now), 0);
	at.sin_port = htons(80);
	at.sin_addr.s_addr = inet_addr("10.0.0.2");
	assert_int_equal(sea_socket_connect(t.stack, s, (const struct sockaddr *)&at, sizeof(at),
					    t.now),
			 -EINPROGRESS);
	f = test_take(&t);
	assert_non_null(f);
	assert_ptr_equal(f->link, by);
	*iss = sea_get32(f->bytes + 14 + 20 + 4);
	return s;
}

/* The peer's segment from port 80 to port 5000. */
static void segment_on(struct sea_link *by, uint8_t flags, uint32_t ack)
{
	static const uint8_t empty[] = { 0, 80, 0x13, 0x88, 0, 0, 0, 9, 0, 0,
					 0, 0,  0x50, 0,    2, 0, 0, 0, 0, 0 };
	const struct test_ip ip = { .proto = IPPROTO_TCP };
	uint8_t frame[128], seg[sizeof(empty)];
	sea_be16 sum;

	memcpy(seg, empty, sizeof(seg));
	seg[13] = flags;
	sea_put32(seg + 8, ack);
	sum = test_checksum(seg, sizeof(seg),
			    test_pseudo(test_peer_ip, test_our_ip, IPPROTO_TCP, sizeof(seg)));
	memcpy(seg + 16, sum.b, 2);
	test_inject_on(&t, by, frame, test_build_ip(frame, &ip, seg, sizeof(seg)));
}

static int error_of(sea_socket s)
{
	socklen_t len = sizeof(int);
	int err = -1;

	assert_int_equal(sea_socket_getsockopt(t.stack, s, SOL_SOCKET, SO_ERROR, &err, &len, t.now),
			 0);
	return err;
}

static void same_four_numbers_are_two_connections_in_two_vrfs(void **state)
{
	uint32_t iss_in, iss_out;
	sea_socket in = connect_on("red", member, &iss_in);
	sea_socket out = connect_on("eth0", t.link, &iss_out);

	segment_on(t.link, 0x12, iss_out + 1); /* SYN-ACK */
	segment_on(member, 0x14, iss_in + 1);  /* RST */
	assert_int_equal(error_of(in), ECONNREFUSED);
	assert_int_equal(error_of(out), 0);
	assert_true(sea_socket_poll(t.stack, out) & SEA_POLLOUT);
}

static void vrfs_outlive_a_save(void **state)
{
	struct sea_link_info info = { .size = sizeof(info) };

	test_save_and_load(&t, modules, N_MODULES);
	vrf = sea_link_by_name(t.stack, "red");
	member = sea_link_by_name(t.stack, "eth1");
	sea_link_info(member, &info);
	assert_int_equal(info.master, vrf->ifindex);
	assert_int_equal(routes_in(10), 3);
	assert_string_equal(way_in(vrf->ifindex, "10.0.0.7"), "10.0.0.7 dev eth1 src 10.0.0.1");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_vrf_brings_the_rule_of_all_along),
		TEST(routes_of_members_stand_in_the_vrfs_table),
		TEST(masters_are_vrfs_and_members_are_not),
		TEST(fragments_of_different_vrfs_make_no_datagram),
		TEST(flow_bound_to_a_vrf_goes_by_its_table_alone),
		TEST(socket_of_a_vrf_hears_its_members_and_nobody_else),
		TEST(socket_of_no_link_hears_a_vrf_only_where_that_is_accepted),
		TEST(echo_is_answered_in_its_vrf),
		TEST(connection_of_an_accepting_listener_stays_in_its_vrf),
		TEST(same_four_numbers_are_two_connections_in_two_vrfs),
		TEST(vrfs_outlive_a_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
