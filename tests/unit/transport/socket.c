/* SPDX-License-Identifier: Apache-2.0 */
/* The public door: what socket(2) makes, handles, walks. */
#include "tests/lib/udp_peer.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <sys/ioctl.h>

/* Taken from Linux 6.18. SOCK_RAW is not there yet. */
static void what_cannot_be_made_is_refused_as_on_linux(void **state)
{
	static const struct {
		int domain, type, protocol, err;
	} rows[] = {
		{ AF_INET, SOCK_DGRAM, IPPROTO_TCP, -EPROTONOSUPPORT },
		{ AF_INET, SOCK_DGRAM, 136, -EPROTONOSUPPORT },
		{ AF_INET, SOCK_SEQPACKET, 0, -ESOCKTNOSUPPORT },
		{ AF_INET, SOCK_RDM, 0, -ESOCKTNOSUPPORT },
		{ AF_INET, SOCK_RAW, 1, -ESOCKTNOSUPPORT },
		{ AF_INET, 0, 0, -ESOCKTNOSUPPORT },
		{ AF_INET, 11, 0, -EINVAL },
		{ AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0, -EINVAL },
		{ AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, -EINVAL },
		{ AF_INET, SOCK_DGRAM, 300, -EINVAL },
		{ AF_INET, SOCK_DGRAM, -1, -EINVAL },
		{ AF_INET, -1, 0, -EINVAL },
		{ AF_UNSPEC, SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ -1, SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ 99, SOCK_DGRAM, 0, -EAFNOSUPPORT },
	};
	struct test_stack *t = *state;
	sea_socket s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sea_socket_new(t->stack, rows[i].domain, rows[i].type,
						rows[i].protocol, &s, t->now),
				 rows[i].err);
		assert_true(sea_socket_is_none(s));
	}
}

static void stale_handle_is_a_bad_descriptor_everywhere(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), child;
	struct sockaddr_in in = test_in("10.0.0.2", 9);
	struct msghdr msg = { 0 };
	struct iovec iov;
	socklen_t len = sizeof(in);
	int v = 0;

	test_close(t, s);
	assert_int_equal(sea_socket_close(t->stack, s, t->now), -EBADF);
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&in, len, t->now), -EBADF);
	assert_int_equal(sea_socket_connect(t->stack, s, (void *)&in, len, t->now), -EBADF);
	assert_int_equal(sea_socket_listen(t->stack, s, 1, t->now), -EBADF);
	assert_int_equal(sea_socket_accept(t->stack, s, NULL, NULL, &child, t->now), -EBADF);
	assert_int_equal(sea_socket_shutdown(t->stack, s, 0, t->now), -EBADF);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EBADF);
	assert_int_equal(sea_socket_recvmsg(t->stack, s, &msg, 0, t->now), -EBADF);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_TYPE), -EBADF);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_MARK, 1), -EBADF);
	assert_int_equal(sea_socket_ioctl_int(t->stack, s, 0x541b, &v, t->now), -EBADF);
	assert_int_equal(sea_socket_getsockname(t->stack, s, (void *)&in, &len), -EBADF);
	assert_int_equal(sea_socket_getpeername(t->stack, s, (void *)&in, &len), -EBADF);
	assert_int_equal(sea_socket_watch(t->stack, s, SEA_POLLIN, 1), -EBADF);
	assert_int_equal(sea_socket_recv_peek(t->stack, s, &iov, 1, t->now), -EBADF);
	assert_int_equal(sea_socket_recv_consume(t->stack, s, 1, t->now), -EBADF);
	assert_int_equal(sea_socket_send_reserve(t->stack, s, 1, &iov, 1, t->now), -EBADF);
	assert_int_equal(sea_socket_send_commit(t->stack, s, 1, 0, t->now), -EBADF);
}

static void name_is_cut_but_its_length_told(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint8_t bytes[16];
	socklen_t len = 4;

	assert_int_equal(test_bind(t, s, "10.0.0.1", 0x1234), 0);
	memset(bytes, 0xee, sizeof(bytes));
	assert_int_equal(sea_socket_getsockname(t->stack, s, (void *)bytes, &len), 0);
	assert_int_equal(len, 16);
	assert_memory_equal(bytes, "\2\0\x12\x34\xee\xee", 6);
}

static void walk_shows_every_socket(void **state)
{
	struct test_stack *t = *state;
	struct sea_socket_info info = { .size = sizeof(info) };
	sea_socket s[3];
	uint64_t cursor = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < 3; i++)
		s[i] = test_udp(t);
	assert_int_equal(test_connect(t, s[2], "10.0.0.2", 9), 0);
	test_close(t, s[1]);
	while (sea_socket_next(t->stack, &cursor, &info)) {
		assert_int_equal(info.type, SOCK_DGRAM);
		assert_int_equal(info.protocol, IPPROTO_UDP);
		assert_true(info.socket.v == s[0].v || info.socket.v == s[2].v);
		assert_int_equal(info.state, info.socket.v == s[2].v ? 1 : 7);
		n++;
	}
	assert_int_equal(n, 2);
	assert_false(sea_socket_next(t->stack, &cursor, &info));
}

static void watching_tells_what_holds_already(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_event ev[8];

	while (sea_stack_take_events(t->stack, ev, 8))
		;
	assert_int_equal(sea_socket_watch(t->stack, s, SEA_POLLIN | SEA_POLLOUT, 3), 0);
	assert_int_equal(sea_stack_take_events(t->stack, ev, 8), 1);
	assert_int_equal(ev[0].edge, SEA_POLLOUT);
	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	for (unsigned i = 0; i < 2; i++) {
		udp_inject_text(t, 1, 7, "x");
		assert_int_equal(sea_stack_take_events(t->stack, ev, 8), 1);
		assert_int_equal(ev[0].cookie, 3);
		assert_int_equal(ev[0].edge, SEA_POLLIN);
		assert_int_equal(ev[0].mask, SEA_POLLIN | SEA_POLLOUT);
	}
}

/* The Nth allocation fails, for every N, in a life of a socket. */
static void lack_of_memory_is_an_error_and_no_leak(void **state)
{
	struct test_stack *t = *state;
	bool all = false;

	for (size_t nth = 1; !all; nth++) {
		sea_socket s;
		char buf[8];

		sea_pool_trim(&t->stack->shard.pool);
		test_env_fail_at(&t->env, nth);
		if (sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, 0, &s, t->now) == 0) {
			int e1 = test_set_int(t, s, SOL_SOCKET, SO_REUSEPORT, 1);
			int e2 = test_bind(t, s, "127.0.0.1", 7);
			ssize_t e3 = test_sendto(t, s, "x", 1, 0, "127.0.0.1", 7);
			ssize_t e4;

			sea_stack_advance(t->stack, t->now);
			e4 = test_recvfrom(t, s, buf, 8, 0, NULL);
			all = t->env.calls < nth;
			assert_int_equal(e1, 0);
			assert_true(e2 == 0 || e2 == -ENOMEM);
			assert_true(e3 == 1 || e3 == -ENOMEM || e3 == -EAGAIN);
			assert_true(e4 == 1 || e4 == -EAGAIN);
			if (all)
				assert_int_equal(e2 + e3 + e4, 2);
			test_close(t, s);
		}
		test_env_fail_at(&t->env, 0);
		test_settle(t);
		assert_true(nth < 100);
	}
}

static int control(struct test_stack *t, sea_socket s, struct sea_ioctl *call)
{
	call->size = sizeof(*call);
	return sea_socket_ioctl(t->stack, s, call, t->now);
}

static void ioctls_show_and_set_links(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct ifreq ifr = { .ifr_name = "lo" };
	struct sea_ioctl call = { .request = SIOCGIFMTU, .arg = &ifr, .arg_len = sizeof(ifr) };

	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(ifr.ifr_mtu, 65536);
	ifr.ifr_mtu = 1400;
	call.request = SIOCSIFMTU;
	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(sea_link_by_name(t->stack, "lo")->mtu, 1400);
	ifr.ifr_flags = 0;
	call.request = SIOCSIFFLAGS;
	assert_int_equal(control(t, s, &call), 0);
	assert_false(sea_link_by_name(t->stack, "lo")->up);
	call.request = SIOCGIFHWADDR;
	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(ifr.ifr_hwaddr.sa_family, 772);
	test_close(t, s);
}

static void ioctls_want_all_of_their_argument(void **state)
{
	static const unsigned long requests[] = { FIONREAD,    SIOCGIFNAME, SIOCGIFMTU, SIOCGIFCONF,
						  SIOCGIFADDR, SIOCSIFADDR, SIOCADDRT,  SIOCSARP };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint8_t arg[128] = "lo";

	assert_int_equal(sea_ioctl_arg_len(0x5400), 0);
	for (unsigned i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct sea_ioctl call = { .request = requests[i],
					  .arg_len = sea_ioctl_arg_len(requests[i]) };

		assert_true(call.arg_len > 0);
		assert_int_equal(control(t, s, &call), -EFAULT);
		call.arg = arg;
		call.arg_len--;
		assert_int_equal(control(t, s, &call), -EINVAL);
		call.size = sizeof(call) - 1;
		assert_int_equal(sea_socket_ioctl(t->stack, s, &call, t->now), -EINVAL);
	}
	test_close(t, s);
}

static void a_list_of_addresses_stays_within_its_room(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct ifconf conf = { .ifc_len = 2 * sizeof(struct ifreq) };
	struct ifreq list[2];
	struct sea_ioctl call = { .request = SIOCGIFCONF,
				  .arg = &conf,
				  .arg_len = sizeof(conf),
				  .data = list,
				  .data_len = sizeof(list) - 1 };

	assert_int_equal(control(t, s, &call), -EFAULT);
	conf.ifc_len = sizeof(struct ifreq);
	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(conf.ifc_len, sizeof(struct ifreq));
	assert_int_equal(call.data_written, sizeof(struct ifreq));
	assert_string_equal(list[0].ifr_name, "lo");
	call.data = NULL;
	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(conf.ifc_len, 2 * sizeof(struct ifreq));
	assert_int_equal(call.data_written, 0);
	test_close(t, s);
}

static struct sockaddr address(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	const uint8_t bytes[4] = { a, b, c, d };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr sa;

	memcpy(&in.sin_addr, bytes, sizeof(bytes));
	memcpy(&sa, &in, sizeof(sa));
	return sa;
}

static int of_label(struct test_stack *t, sea_socket s, unsigned long request, const char *label,
		    struct sockaddr *addr)
{
	struct ifreq ifr = { .ifr_addr = *addr };
	struct sea_ioctl call = { .request = request, .arg = &ifr, .arg_len = sizeof(ifr) };
	int err;

	strcpy(ifr.ifr_name, label);
	err = control(t, s, &call);
	*addr = ifr.ifr_addr;
	return err;
}

static void ioctls_set_addresses_by_their_labels(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr a = address(10, 9, 0, 1), mask = address(255, 255, 0, 0),
			bad = address(255, 0, 255, 0), shown = { 0 }, none = { 0 };

	assert_int_equal(of_label(t, s, SIOCGIFADDR, "lo:1", &none), -EADDRNOTAVAIL);
	assert_int_equal(of_label(t, s, SIOCSIFNETMASK, "lo:1", &mask), -EADDRNOTAVAIL);
	assert_int_equal(of_label(t, s, SIOCSIFADDR, "lo:1", &a), 0);
	assert_int_equal(of_label(t, s, SIOCSIFNETMASK, "lo:1", &bad), -EINVAL);
	assert_int_equal(of_label(t, s, SIOCSIFNETMASK, "lo:1", &mask), 0);
	assert_int_equal(of_label(t, s, SIOCGIFADDR, "lo:1", &shown), 0);
	assert_memory_equal(&shown, &a, sizeof(a));
	assert_int_equal(of_label(t, s, SIOCGIFNETMASK, "lo:1", &shown), 0);
	assert_memory_equal(&shown, &mask, sizeof(mask));
	shown = (struct sockaddr){ 0 }; /* flags: not up */
	assert_int_equal(of_label(t, s, SIOCSIFFLAGS, "lo:1", &shown), 0);
	assert_int_equal(of_label(t, s, SIOCGIFADDR, "lo:1", &none), -EADDRNOTAVAIL);
	assert_true(sea_link_by_name(t->stack, "lo")->up);
	test_close(t, s);
}

static void ioctls_set_routes(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	char device[16] = "lo";
	struct rtentry rt = { .rt_dst = address(10, 8, 0, 0),
			      .rt_genmask = address(255, 255, 0, 0),
			      .rt_flags = RTF_UP };
	struct sea_ioctl call = { .request = SIOCADDRT,
				  .arg = &rt,
				  .arg_len = sizeof(rt),
				  .data = device,
				  .data_len = sizeof(device) };

	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(control(t, s, &call), -EEXIST);
	call.request = SIOCDELRT;
	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(control(t, s, &call), -ESRCH);
	strcpy(device, "nothere");
	assert_int_equal(control(t, s, &call), -ENODEV);
	call.data_len = 3;
	assert_int_equal(control(t, s, &call), -EFAULT);
	rt.rt_genmask = address(255, 0, 255, 0);
	assert_int_equal(control(t, s, &call), -EINVAL);
	test_close(t, s);
}

static void ioctls_set_neighbours(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct arpreq arp = { .arp_pa = address(10, 8, 0, 9), .arp_flags = ATF_PUBL };
	struct sea_ioctl call = { .request = SIOCSARP, .arg = &arp, .arg_len = sizeof(arp) };

	assert_int_equal(control(t, s, &call), 0);
	call.request = SIOCDARP;
	assert_int_equal(control(t, s, &call), 0);
	assert_int_equal(control(t, s, &call), -ENOENT);
	call.request = SIOCGARP;
	assert_int_equal(control(t, s, &call), -ENODEV);
	strcpy(arp.arp_dev, "lo");
	assert_int_equal(control(t, s, &call), -ENXIO);
	test_close(t, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(what_cannot_be_made_is_refused_as_on_linux),
		UDP_TEST(stale_handle_is_a_bad_descriptor_everywhere),
		UDP_TEST(name_is_cut_but_its_length_told),
		UDP_TEST(walk_shows_every_socket),
		UDP_TEST(watching_tells_what_holds_already),
		UDP_TEST(ioctls_show_and_set_links),
		UDP_TEST(ioctls_want_all_of_their_argument),
		UDP_TEST(a_list_of_addresses_stays_within_its_room),
		UDP_TEST(ioctls_set_addresses_by_their_labels),
		UDP_TEST(ioctls_set_routes),
		UDP_TEST(ioctls_set_neighbours),
		UDP_TEST(lack_of_memory_is_an_error_and_no_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
