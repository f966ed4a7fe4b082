/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that sign, with ours at both ends: much data both ways, and keys that roll over meanwhile. */
#include "tests/unit/transport/tcp/ao_peer.h"

#include "tests/lib/sockets.h"
#include "transport/tcp/accecn.h"

#define BYTES 100000u /* each way, each time */
#define PIECE 5000u
#define MSS 1000
#define ROUNDS_MAX 5000u
#define HOST "127.0.0.1"

#define CLIENT 0
#define SERVER 1

struct pair {
	struct test_stack t;
	sea_socket listener, end[2];
	uint32_t sent[2], received[2];
};

static uint8_t pattern(unsigned end, uint32_t at)
{
	return (uint8_t)(at * 7u + at / 251u + end);
}

/* -- keys -- */

static int say(struct pair *p, sea_socket sock, int name, const void *val, size_t len)
{
	return sea_socket_setsockopt(p->t.stack, sock, IPPROTO_TCP, name, val, (socklen_t)len,
				     p->t.now);
}

static void add(struct pair *p, sea_socket sock, const char *key, uint8_t sndid, uint8_t rcvid)
{
	const struct tcp_ao_add a = ao_key_for(HOST, 32, key, sndid, rcvid);

	assert_int_equal(say(p, sock, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
}

static void del(struct pair *p, unsigned end, uint8_t sndid, uint8_t rcvid)
{
	const struct tcp_ao_add a = ao_key_for(HOST, 32, "", sndid, rcvid);
	const struct tcp_ao_del d = {
		.addr = a.addr, .prefix = 32, .sndid = sndid, .rcvid = rcvid
	};

	assert_int_equal(say(p, p->end[end], TCP_AO_DEL_KEY, &d, sizeof(d)), 0);
}

static void ask_for(struct pair *p, unsigned end, uint8_t rcvid)
{
	const struct tcp_ao_info_opt in = { .bits = TCP_AO_SET_RNEXT, .rnext = rcvid };

	assert_int_equal(say(p, p->end[end], TCP_AO_INFO, &in, sizeof(in)), 0);
}

static uint8_t signs_with(struct pair *p, unsigned end)
{
	struct tcp_ao_info_opt info = { 0 };
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(p->t.stack, p->end[end], IPPROTO_TCP, TCP_AO_INFO,
					       &info, &len, p->t.now),
			 0);
	return info.current_key;
}

/* -- data -- */

static void write_some(struct pair *p, unsigned end, uint32_t until)
{
	static uint8_t bytes[PIECE];
	uint32_t most = until - p->sent[end] < PIECE ? until - p->sent[end] : PIECE;
	ssize_t n;

	for (uint32_t i = 0; i < most; i++)
		bytes[i] = pattern(end, p->sent[end] + i);
	if (!most)
		return;
	n = test_sendto(&p->t, p->end[end], bytes, most, 0, NULL, 0);
	assert_true(n > 0 || n == -EAGAIN);
	if (n > 0)
		p->sent[end] += (uint32_t)n;
}

/* What the other one sent. */
static void read_all(struct pair *p, unsigned end)
{
	uint8_t buf[3000];
	ssize_t n;

	while ((n = test_recvfrom(&p->t, p->end[end], buf, sizeof(buf), 0, NULL)) > 0)
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(buf[i], pattern(!end, p->received[end]++));
	assert_int_equal(n, -EAGAIN);
}

static void transfer(struct pair *p)
{
	uint32_t until = p->sent[CLIENT] + BYTES;

	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		for (unsigned end = 0; end < 2; end++)
			write_some(p, end, until);
		test_advance(&p->t, SEA_MSEC);
		for (unsigned end = 0; end < 2; end++)
			read_all(p, end);
		if (p->received[CLIENT] == until && p->received[SERVER] == until)
			return;
	}
	fail_msg("%u and %u bytes of %u came", p->received[CLIENT], p->received[SERVER], until);
}

/* -- a connection -- */

static const struct tcp_conn *conn(const struct pair *p, unsigned end)
{
	return sea_tcp_conn(sea_sock_get(p->t.stack, p->end[end]));
}

static void begin(struct pair *p, const char *ecn)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };

	memset(p, 0, sizeof(*p));
	test_stack_new(&p->t, modules, 2);
	assert_int_equal(sea_sysctl_set(p->t.stack, "net.ipv4.tcp_ecn", ecn, p->t.now), 0);
	p->listener = test_socket(&p->t, SOCK_STREAM, 0);
	p->end[CLIENT] = test_socket(&p->t, SOCK_STREAM, 0);
	assert_int_equal(test_set_int(&p->t, p->listener, IPPROTO_TCP, TCP_MAXSEG, MSS), 0);
	assert_int_equal(test_bind(&p->t, p->listener, HOST, 80), 0);
	assert_int_equal(sea_socket_listen(p->t.stack, p->listener, 8, p->t.now), 0);
	add(p, p->listener, "secret", 2, 1);
	add(p, p->end[CLIENT], "secret", 1, 2);
	assert_int_equal(test_connect(&p->t, p->end[CLIENT], HOST, 80), -EINPROGRESS);
	test_advance(&p->t, SEA_MSEC);
	assert_int_equal(sea_socket_accept(p->t.stack, p->listener, NULL, NULL, &p->end[SERVER],
					   p->t.now),
			 0);
}

static void end(struct pair *p)
{
	for (unsigned i = 0; i < 2; i++)
		test_close(&p->t, p->end[i]);
	test_close(&p->t, p->listener);
	test_advance(&p->t, SEA_SEC);
	assert_int_equal(test_mib(&p->t, SEA_MIB_TcpExtTCPAOBad), 0);
	assert_int_equal(test_mib(&p->t, SEA_MIB_TcpExtTCPAOKeyNotFound), 0);
	assert_int_equal(test_mib(&p->t, SEA_MIB_TcpExtTCPAORequired), 0);
	test_stack_free(&p->t);
}

static void roll_over(struct pair *p)
{
	transfer(p);
	add(p, p->end[SERVER], "another", 12, 11);
	add(p, p->end[CLIENT], "another", 11, 12);
	ask_for(p, CLIENT, 12);
	transfer(p);
	assert_int_equal(signs_with(p, SERVER), 12);
	assert_int_equal(signs_with(p, CLIENT), 1);
	ask_for(p, SERVER, 11);
	transfer(p);
	assert_int_equal(signs_with(p, CLIENT), 11);
	del(p, CLIENT, 1, 2);
	del(p, SERVER, 2, 1);
	transfer(p);
	assert_true(test_mib(&p->t, SEA_MIB_TcpExtTCPAOGood) > 2 * 4 * (BYTES / MSS));
}

static void keys_roll_over_under_much_data(void **state)
{
	static struct pair p;

	begin(&p, "0");
	roll_over(&p);
	end(&p);
	(void)state;
}

static void beside_accurate_ecn_too(void **state)
{
	static struct pair p;

	begin(&p, "3");
	assert_true(tcp_accecn(conn(&p, CLIENT)) && tcp_accecn(conn(&p, SERVER)));
	roll_over(&p);
	end(&p);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_roll_over_under_much_data),
		cmocka_unit_test(beside_accurate_ecn_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
