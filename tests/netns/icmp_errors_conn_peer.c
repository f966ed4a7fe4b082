/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every type and code of ICMP error, about a SYN, about data of a connection, about an echo request, with
 * and without IP_RECVERR: what poll(), recv(), SO_ERROR and the error queue say is the same in the kernel
 * and in the stack. As icmp_errors_peer.c, which is of UDP.
 */
#include <stdalign.h>
#include <stdio.h>
#include <time.h>

#include <linux/errqueue.h>

#include "tests/netns/icmp_errors.h"
#include "tests/netns/world.h"
#include "wire/tcp.h"

enum state { SYN_SENT, ESTABLISHED, ECHO, STATES };
static const char *const state_names[] = { "SYN-SENT", "ESTABLISHED", "echo" };

#define PEER_ISN 7000u

static struct test_stack t;

/* -- the wires -- */

static bool take(struct world *w, uint8_t packet[2048])
{
	struct test_frame *f;

	memset(packet, 0, 2048);
	if (!w->ours)
		return read(tun, packet, 2048) > 0;
	f = test_take(&t);
	if (f)
		memcpy(packet, f->bytes + 14, f->len - 14 < 2048 ? f->len - 14 : 2048);
	return f;
}

static void put(struct world *w, const uint8_t *frame, size_t len)
{
	if (w->ours)
		test_inject(&t, frame, len);
	else
		assert_int_equal(write(tun, frame + 14, len - 14), (ssize_t)len - 14);
}

static size_t ip_len(void)
{
	return over6 ? 40 : 20;
}

static uint8_t echo_type(void)
{
	return over6 ? 128 : 8;
}

/* Sent in this state, by the socket with this port or identifier? */
static bool is_meant(const uint8_t *packet, enum state state, uint16_t port)
{
	const uint8_t *at = packet + ip_len();
	uint8_t proto = packet[over6 ? 6 : 9];

	if (packet[0] >> 4 != (over6 ? 6 : 4))
		return false;
	if (state == ECHO)
		return proto == (over6 ? 58 : 1) && at[0] == echo_type() &&
		       sea_get16(at + 4) == port;
	if (proto != 6 || sea_get16(at) != port)
		return false;
	return state == SYN_SENT ? at[13] == SEA_TCP_SYN : at[13] & SEA_TCP_PSH;
}

static void take_meant(struct world *w, enum state state, uint16_t port, uint8_t packet[2048])
{
	do
		assert_true(take(w, packet));
	while (!is_meant(packet, state, port));
}

static void put_payload(struct world *w, uint8_t proto, uint8_t *msg, size_t len, size_t sum_at)
{
	const struct test_ip ip = { .proto = proto };
	const struct test_ip6 ip6 = { .proto = proto };
	uint8_t frame[TEST_FRAME_MAX];
	uint32_t pseudo = 0;
	sea_be16 sum;

	if (over6)
		pseudo = test_pseudo6(test_ip6(TEST_PEER_IP6).b, test_ip6(TEST_OUR_IP6).b, proto,
				      len);
	else if (proto == 6)
		pseudo = test_pseudo(test_peer_ip, test_our_ip, proto, len);
	sum = test_checksum(msg, len, pseudo);
	memcpy(msg + sum_at, sum.b, 2);
	put(w, frame,
	    over6 ? test_build_ip6(frame, &ip6, msg, len) : test_build_ip(frame, &ip, msg, len));
}

/* Answers the segment `got`: a SYN with a SYN-ACK, data with an acknowledgment and a byte. */
static void answer(struct world *w, const uint8_t *got, bool syn)
{
	const uint8_t *tcp = got + ip_len();
	uint8_t seg[21] = { 0 };

	memcpy(seg, tcp + 2, 2);
	memcpy(seg + 2, tcp, 2);
	sea_put32(seg + 4, syn ? PEER_ISN : PEER_ISN + 1);
	sea_put32(seg + 8, sea_get32(tcp + 4) + 1);
	seg[12] = 5 << 4;
	seg[13] = syn ? SEA_TCP_SYN | SEA_TCP_ACK : SEA_TCP_ACK | SEA_TCP_PSH;
	sea_put16(seg + 14, 65000);
	seg[20] = 'y';
	put_payload(w, 6, seg, syn ? 20 : 21, 16);
}

static void answer_echo(struct world *w, const uint8_t *got)
{
	uint8_t msg[8];

	memcpy(msg, got + ip_len(), sizeof(msg));
	msg[0] = over6 ? 129 : 0;
	msg[2] = msg[3] = 0;
	put_payload(w, over6 ? 58 : 1, msg, sizeof(msg), 2);
}

/* -- a socket in a state, and what it sent last -- */

static void sync_clock(struct world *w)
{
	if (w->ours)
		w->now = t.now;
}

static struct wsock open_socket(struct world *w, enum state state)
{
	int domain = over6 ? AF_INET6 : AF_INET, proto = over6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	struct wsock s = WSOCK_NONE;

	if (state != ECHO)
		return world_socket(w, domain);
	if (w->ours)
		assert_int_equal(sea_socket_new(w->stack, domain, SOCK_DGRAM, proto, &s.s, w->now),
				 0);
	else
		s.fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
	assert_true(world_is_open(w, s));
	return s;
}

static void await(struct world *w, struct wsock s, uint32_t mask)
{
	unsigned tries = 0;

	while (!(world_poll(w, s) & mask))
		assert_true(!w->ours && world_patient(&tries));
}

static void send_bytes(struct world *w, struct wsock s, void *bytes, size_t len)
{
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(world_sendmsg(w, s, &msg, 0), len);
}

static struct wsock begin(struct world *w, enum state state, int recverr, uint8_t packet[2048])
{
	struct wsock s = open_socket(w, state);
	uint8_t echo[8] = { echo_type(), 0, 0, 0, 0, 0, 0, 1 };
	union name name;
	socklen_t len = peer_name(&name);
	uint16_t port;

	assert_int_equal(world_setsockopt(w, s, over6 ? IPPROTO_IPV6 : IPPROTO_IP,
					  over6 ? IPV6_RECVERR : IP_RECVERR, &recverr,
					  sizeof(recverr)),
			 0);
	(void)world_connect(w, s, &name.sa, len);
	assert_int_equal(world_name(w, s, false, &name, &len), 0);
	port = ntohs(name.in.sin_port); /* at the same place in both families */
	if (state == ECHO) {
		send_bytes(w, s, echo, sizeof(echo));
		take_meant(w, ECHO, port, packet);
		return s;
	}
	take_meant(w, SYN_SENT, port, packet);
	if (state == SYN_SENT)
		return s;
	answer(w, packet, true);
	await(w, s, SEA_POLLOUT);
	send_bytes(w, s, "x", 1);
	take_meant(w, ESTABLISHED, port, packet);
	return s;
}

/* -- what the program is told -- */

struct outcome {
	long poll, first, error, second; /* recv() before SO_ERROR and behind it */
	long queued;                     /* MSG_ERRQUEUE: */
	struct sock_extended_err ee;
};

static long receive(struct world *w, struct wsock s, int flags, struct sock_extended_err *ee)
{
	alignas(struct cmsghdr) uint8_t control[512] = { 0 };
	char buf[64];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	long n = world_recvmsg(w, s, &msg, flags);

	for (struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL; c; c = CMSG_NXTHDR(&msg, c))
		if (ee && c->cmsg_level != SOL_SOCKET)
			memcpy(ee, CMSG_DATA(c), sizeof(*ee));
	return n;
}

static struct outcome outcome_of(struct world *w, enum state state, uint8_t type, uint8_t code,
				 int recverr)
{
	uint8_t packet[2048], frame[TEST_FRAME_MAX];
	struct outcome o = { 0 };
	socklen_t len = sizeof(int);
	struct wsock s;
	int err = 0;

	sync_clock(w);
	s = begin(w, state, recverr, packet);
	put(w, frame, make_error(frame, packet, type, code));
	if (state == ECHO)
		answer_echo(w, packet);
	else
		answer(w, packet, state == SYN_SENT);
	await(w, s, state == SYN_SENT ? SEA_POLLOUT : SEA_POLLIN);
	o.poll = world_poll(w, s);
	o.first = receive(w, s, 0, NULL);
	assert_int_equal(world_getsockopt(w, s, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	o.error = err;
	o.second = receive(w, s, 0, NULL);
	o.queued = receive(w, s, MSG_ERRQUEUE, &o.ee);
	world_abort(w, &s);
	return o;
}

/* -- both -- */

static unsigned differences;

static void compare(enum state state, uint8_t type, uint8_t code)
{
	struct world k = { .ours = false }, o = { .ours = true, .stack = t.stack };

	for (int recverr = 0; recverr < 2; recverr++) {
		struct outcome theirs = outcome_of(&k, state, type, code, recverr);
		struct outcome ours = outcome_of(&o, state, type, code, recverr);

		if (memcmp(&theirs, &ours, sizeof(ours)) == 0)
			continue;
		differences++;
		print_error(
			"IPv%d %s type %u code %u%s: kernel poll %#lx recv %ld error %ld recv "
			"%ld queue %ld (%u %#x), stack poll %#lx recv %ld error %ld recv %ld queue "
			"%ld (%u %#x)\n",
			over6 ? 6 : 4, state_names[state], type, code,
			recverr ? " with RECVERR" : "", theirs.poll, theirs.first, theirs.error,
			theirs.second, theirs.queued, theirs.ee.ee_errno, theirs.ee.ee_info,
			ours.poll, ours.first, ours.error, ours.second, ours.queued,
			ours.ee.ee_errno, ours.ee.ee_info);
	}
}

/* All codes of the types that say something, one of the others. */
static void compare_all(enum state state)
{
	static const uint8_t told4[] = { 3, 4, 5, 11, 12 }, told6[] = { 1, 2, 3, 4 };
	const uint8_t *told = over6 ? told6 : told4;
	size_t n = over6 ? sizeof(told6) : sizeof(told4);

	for (size_t i = 0; i < n; i++)
		for (uint8_t code = 0; code < (over6 ? 10 : 18); code++)
			compare(state, told[i], code);
	for (unsigned type = over6 ? 5 : 6; type < 128; type += over6 ? 19 : 23)
		compare(state, (uint8_t)type, 0);
}

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_ping,
							    &sea_tcp };

	(void)state;
	differences = 0;
	test_stack_new6(&t, modules, 4);
	test_know_peer(&t);
	test_know_peer6(&t);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_stack_free(&t);
	return 0;
}

static void each_icmp_error_means_what_it_means_to_the_kernel(void **state)
{
	(void)state;
	over6 = false;
	for (enum state s = SYN_SENT; s < STATES; s++)
		compare_all(s);
	assert_int_equal(differences, 0);
}

static void each_icmpv6_error_means_what_it_means_to_the_kernel(void **state)
{
	(void)state;
	over6 = true;
	for (enum state s = SYN_SENT; s < STATES; s++)
		compare_all(s);
	assert_int_equal(differences, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_icmp_error_means_what_it_means_to_the_kernel,
						setup, teardown),
		cmocka_unit_test_setup_teardown(each_icmpv6_error_means_what_it_means_to_the_kernel,
						setup, teardown),
	};

	open_tun();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
