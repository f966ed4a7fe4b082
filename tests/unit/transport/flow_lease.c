/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of flow labels: how long they last, what is sent with them, that they are saved. */
#include <linux/in6.h>

#include "tests/lib/snapshot.h"
#include "tests/lib/udp_peer.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_tcp, &sea_udp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 4);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

struct wish {
	uint32_t label;
	uint8_t action, share;
	uint16_t flags, expires, linger;
	bool header; /* a hop-by-hop one behind it */
};

struct request {
	struct in6_flowlabel_req req;
	_Alignas(8) uint8_t options[CMSG_SPACE(8)];
};

static struct request request_of(struct wish w)
{
	struct request r = { .req = { .flr_dst = IN6ADDR_LOOPBACK_INIT,
				      .flr_label = htonl(w.label),
				      .flr_action = w.action,
				      .flr_share = w.share,
				      .flr_flags = w.flags,
				      .flr_expires = w.expires,
				      .flr_linger = w.linger } };
	struct cmsghdr *c = (struct cmsghdr *)(void *)r.options;

	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(8),
			       .cmsg_level = IPPROTO_IPV6,
			       .cmsg_type = IPV6_HOPOPTS };
	memcpy(CMSG_DATA(c), (uint8_t[8]){ 0, 0, 1, 4 }, 8);
	return r;
}

static int manage(sea_socket s, struct wish w)
{
	struct request r = request_of(w);
	socklen_t len = w.header ? sizeof(r) : sizeof(r.req);

	return sea_socket_setsockopt(t.stack, s, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &r, len, t.now);
}

/* One for anybody, made where there is none. */
static int lease(sea_socket s, uint32_t label)
{
	return manage(s, (struct wish){ .label = label, .share = 255, .flags = IPV6_FL_F_CREATE });
}

static sea_socket open_socket(int type)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, type, 0, &s, t.now), 0);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1), 0);
	return s;
}

static struct sockaddr_in6 peer_with(uint32_t label)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(9),
				   .sin6_flowinfo = htonl(label) };

	memcpy(&to.sin6_addr, test_ip6(TEST_PEER_IP6).b, 16);
	return to;
}

static ssize_t send_with(sea_socket s, uint32_t label)
{
	struct sockaddr_in6 to = peer_with(label);
	struct iovec iov = { (char[]){ "x" }, 1 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};

	return sea_socket_sendmsg(t.stack, s, &msg, 0, t.now);
}

/* What goes out has this label. */
static void expect_label(uint32_t label, uint8_t proto)
{
	const uint8_t *at;
	size_t len;
	const struct sea_ipv6_hdr *hdr = test_expect_ip6(test_take(&t), proto, &at, &len);
	uint32_t word;

	memcpy(&word, hdr, sizeof(word));
	assert_int_equal(ntohl(word) & 0xfffff, label);
}

/* -- how long -- */

static void a_label_lingers_when_nobody_leases_it(void **state)
{
	sea_socket a = open_socket(SOCK_DGRAM), b = open_socket(SOCK_DGRAM);
	struct wish mine = { .label = 5, .share = 1, .flags = 1, .expires = 20, .linger = 10 };

	assert_int_equal(manage(a, mine), 0);
	test_advance(&t, 15 * SEA_SEC);
	test_close(&t, a); /* lingers until 25 s */
	test_advance(&t, 9 * SEA_SEC);
	assert_int_equal(manage(b, mine), -EPERM);
	test_advance(&t, 2 * SEA_SEC);
	assert_int_equal(manage(b, mine), 0);
}

static void a_label_does_not_end_before_it_expires(void **state)
{
	sea_socket a = open_socket(SOCK_DGRAM), b = open_socket(SOCK_DGRAM);
	struct wish mine = { .label = 5, .share = 1, .flags = 1, .expires = 60 };
	struct wish renew = { .label = 5, .action = IPV6_FL_A_RENEW, .expires = 90 };

	assert_int_equal(manage(a, mine), 0);
	assert_int_equal(manage(a, renew), 0);
	test_close(&t, a);
	test_advance(&t, 89 * SEA_SEC);
	assert_int_equal(manage(b, mine), -EPERM);
	test_advance(&t, 2 * SEA_SEC);
	assert_int_equal(manage(b, mine), 0);
}

static void any_label_is_written_where_it_was_asked_for(void **state)
{
	struct request r = request_of((struct wish){ .share = 255, .flags = IPV6_FL_F_CREATE });
	sea_socket s = open_socket(SOCK_DGRAM);
	struct wish put = { .action = IPV6_FL_A_PUT };

	assert_int_equal(sea_socket_setsockopt(t.stack, s, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &r,
					       sizeof(r.req), t.now),
			 0);
	put.label = ntohl(r.req.flr_label);
	assert_in_range(put.label, 1, 0xfffff);
	assert_int_equal(manage(s, put), 0);
	assert_int_equal(manage(s, put), -ESRCH);
}

static void there_are_no_more_than_4096_labels(void **state)
{
	sea_socket s = open_socket(SOCK_DGRAM), other = open_socket(SOCK_DGRAM);

	for (uint32_t i = 1; i <= 4096; i++)
		assert_int_equal(lease(s, i), 0);
	assert_int_equal(lease(s, 5000), -ENOBUFS);
	assert_int_equal(lease(s, 1), -ENOBUFS); /* nor leases of one socket */
	assert_int_equal(lease(other, 1), 0);
	test_close(&t, s);
	test_advance(&t, 7 * SEA_SEC);
	assert_int_equal(lease(other, 5000), 0);
}

/* -- sending -- */

static void labels_need_a_lease_once_one_is_not_anybodys(void **state)
{
	sea_socket a = open_socket(SOCK_DGRAM), b = open_socket(SOCK_DGRAM);
	struct sockaddr_in6 to = peer_with(7);

	assert_int_equal(send_with(b, 7), 1);
	expect_label(7, SEA_IPPROTO_UDP);
	assert_int_equal(manage(a, (struct wish){ .label = 5, .share = 1, .flags = 1 }), 0);
	assert_int_equal(send_with(b, 7), -EINVAL);
	assert_int_equal(sea_socket_connect(t.stack, b, (void *)&to, sizeof(to), t.now), -EINVAL);
	assert_int_equal(lease(b, 7), 0);
	assert_int_equal(send_with(b, 7), 1);
	expect_label(7, SEA_IPPROTO_UDP);
	assert_int_equal(sea_socket_connect(t.stack, b, (void *)&to, sizeof(to), t.now), 0);
	test_close(&t, a);
	test_advance(&t, 7 * SEA_SEC);
	assert_int_equal(send_with(b, 8), 1);
}

static void a_labels_headers_are_sent_with_it(void **state)
{
	static const uint8_t dst[8] = { 0, 0, 1, 4 };
	sea_socket s = open_socket(SOCK_DGRAM);
	struct wish w = { .label = 5, .share = 255, .flags = 1, .header = true };

	assert_int_equal(manage(s, w), 0);
	assert_int_equal(send_with(s, 5), 1);
	expect_label(5, SEA_IPV6_HOPOPTS);
	assert_int_equal(
		sea_socket_setsockopt(t.stack, s, IPPROTO_IPV6, IPV6_DSTOPTS, dst, 8, t.now), 0);
	assert_int_equal(send_with(s, 5), 1);
	expect_label(5, SEA_IPV6_HOPOPTS);
	assert_int_equal(t.frame.bytes[14 + 40], SEA_IPV6_DSTOPTS); /* the socket's goes, too */
	assert_int_equal(send_with(s, 0), 1);
	test_expect_ip6(test_take(&t), SEA_IPV6_DSTOPTS, &(const uint8_t *){ NULL },
			&(size_t){ 0 });
}

static void a_connection_sends_with_its_label_and_shows_its_lease(void **state)
{
	sea_socket s = open_socket(SOCK_STREAM);
	struct in6_flowlabel_req req = { .flr_action = IPV6_FL_A_GET };
	struct sockaddr_in6 to = peer_with(0x444);
	socklen_t len = sizeof(req);

	assert_int_equal(manage(s, (struct wish){ .label = 0x444,
						  .share = 255,
						  .flags = 1,
						  .expires = 100,
						  .linger = 20 }),
			 0);
	assert_int_equal(sea_socket_connect(t.stack, s, (void *)&to, sizeof(to), t.now),
			 -EINPROGRESS);
	expect_label(0x444, SEA_IPPROTO_TCP);
	assert_int_equal(sea_socket_getsockopt(t.stack, s, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &req,
					       &len, t.now),
			 0);
	assert_int_equal(ntohl(req.flr_label), 0x444);
	assert_int_equal(req.flr_share, 255);
	assert_int_equal(req.flr_expires, 100);
	assert_int_equal(req.flr_linger, 20);
}

/* Where labels are leased, those of nobody are in the other half. */
static void stateless_labels_keep_to_their_half(void **state)
{
	sea_socket s = open_socket(SOCK_DGRAM);

	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.flowlabel_state_ranges", "1", t.now), 0);
	assert_int_equal(lease(s, 0x80000), -ERANGE);
	for (unsigned i = 0; i < 16; i++) {
		const uint8_t *at;
		size_t len;
		uint32_t word;

		test_close(&t, s); /* another port, another flow */
		s = open_socket(SOCK_DGRAM);
		assert_int_equal(send_with(s, 0), 1);
		memcpy(&word, test_expect_ip6(test_take(&t), SEA_IPPROTO_UDP, &at, &len),
		       sizeof(word));
		assert_true(ntohl(word) & 0x80000);
	}
}

/* -- saved -- */

static void save_and_load(void)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &snap), 0);
	sea_stack_free(t.stack);
	assert_int_equal(sea_stack_load(NULL, &t.env.env, modules, 4, false, snapshot_read, &snap,
					&t.stack),
			 0);
	snapshot_free(&snap);
}

static void leases_and_what_lingers_come_back(void **state)
{
	sea_socket a = open_socket(SOCK_DGRAM), b = open_socket(SOCK_DGRAM);
	struct wish gone = { .label = 6, .share = 1, .flags = 1 };
	struct wish kept = { .label = 5, .share = 3, .flags = 1, .header = true };

	assert_int_equal(manage(a, kept), 0);
	assert_int_equal(manage(b, gone), 0);
	test_close(&t, b);
	save_and_load();
	b = open_socket(SOCK_DGRAM);
	assert_int_equal(manage(b, gone), -EPERM);
	assert_int_equal(send_with(b, 5), -EINVAL);
	assert_int_equal(manage(a, (struct wish){ .label = 5, .action = IPV6_FL_A_RENEW }), 0);
	test_advance(&t, 7 * SEA_SEC);
	assert_int_equal(manage(b, gone), 0);
	assert_int_equal(manage(b, (struct wish){ .label = 5, .share = 1 }), -EPERM);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_label_lingers_when_nobody_leases_it),
		T(a_label_does_not_end_before_it_expires),
		T(any_label_is_written_where_it_was_asked_for),
		T(there_are_no_more_than_4096_labels),
		T(labels_need_a_lease_once_one_is_not_anybodys),
		T(a_labels_headers_are_sent_with_it),
		T(a_connection_sends_with_its_label_and_shows_its_lease),
		T(stateless_labels_keep_to_their_half),
		T(leases_and_what_lingers_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
