/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of TCP-AO that are for one VRF alone: TCP_AO_KEYF_IFINDEX (no-oracle: kernels are built without either). */
#include "tests/unit/transport/tcp/ao_peer.h"

static struct tcp_script s;
static struct sea_link *red, *blue;

static struct sea_link *add_vrf(const char *name, uint32_t table)
{
	const struct sea_link_config config = {
		.size = sizeof(config), .name = name, .type = SEA_LINK_VRF, .vrf_table = table
	};
	struct sea_link *vrf;

	assert_int_equal(sea_link_add(s.t.stack, &config, &vrf, s.t.now), 0);
	assert_int_equal(sea_link_set_up(vrf, true, s.t.now), 0);
	return vrf;
}

/* The peer is behind a member of `red`, which forgot the peer's address when it became one. */
static int setup(void **state)
{
	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	red = add_vrf("red", 10);
	blue = add_vrf("blue", 11);
	assert_int_equal(sea_link_set_master(s.t.link, red, s.t.now), 0);
	test_know_peer(&s.t);
	(void)state;
	return 0;
}

static int teardown(void **state)
{
	script_free(&s);
	(void)state;
	return 0;
}

static int add_for(sea_socket sock, int ifindex, const char *key, uint8_t sndid, uint8_t rcvid)
{
	struct tcp_ao_add a = ao_key_for(peer_host(), ao_whole(), key, sndid, rcvid);

	a.keyflags = TCP_AO_KEYF_IFINDEX;
	a.ifindex = ifindex;
	return ao_set(&s, sock, TCP_AO_ADD_KEY, &a, sizeof(a));
}

static void bind_to(sea_socket sock, const struct sea_link *vrf)
{
	const int ifindex = vrf->ifindex;

	assert_int_equal(sea_socket_setsockopt(s.t.stack, sock, SOL_SOCKET, SO_BINDTOIFINDEX,
					       &ifindex, sizeof(ifindex), s.t.now),
			 0);
}

static void handshake(void)
{
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "PA", 1, 11, 10);
	assert_int_equal(script_read(&s, 100), 10);
}

static void a_listener_in_the_vrf_signs(void **state)
{
	script_listen(&s, 8);
	bind_to(s.listener, red);
	assert_int_equal(add_for(s.listener, red->ifindex, "secret", 100, 200), 0);
	ao_peer_signs(&s, "secret", 200, 100);
	handshake();
	(void)state;
}

/* net.ipv4.tcp_l3mdev_accept: what is bound to none hears of all, and its keys are told apart by where a segment came in. */
static void a_listener_of_all_has_a_key_for_each(void **state)
{
	script_sysctl(&s, "net.ipv4.tcp_l3mdev_accept", "1");
	script_listen(&s, 8);
	assert_int_equal(add_for(s.listener, blue->ifindex, "of blue", 100, 200), 0);
	assert_int_equal(add_for(s.listener, red->ifindex, "secret", 100, 200), 0);
	assert_int_equal(add_for(s.listener, 0, "of none", 100, 200), 0);
	assert_int_equal(add_for(s.listener, red->ifindex, "again", 100, 201), -EEXIST);
	ao_peer_signs(&s, "of none", 200, 100);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOFAILURE), 1);
	ao_peer_signs(&s, "secret", 200, 100);
	handshake();
	(void)state;
}

static void a_key_for_another_vrf_is_none(void **state)
{
	script_sysctl(&s, "net.ipv4.tcp_l3mdev_accept", "1");
	script_listen(&s, 8);
	assert_int_equal(add_for(s.listener, blue->ifindex, "secret", 100, 200), 0);
	assert_int_equal(add_for(s.listener, 0, "secret", 101, 201), 0);
	ao_peer_signs(&s, "secret", 200, 100);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	ao_peer_signs(&s, "secret", 201, 101);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOKEYNOTFOUND), 2);
	ao_peer_signs(&s, NULL, 0, 0);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(s.seen.opts.ao, 0);
	(void)state;
}

/* Each of its keys that is not for the VRF goes when it connects. */
static void who_connects_in_the_vrf_signs(void **state)
{
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	bind_to(s.sock, red);
	assert_int_equal(add_for(s.sock, red->ifindex, "secret", 100, 200), 0);
	assert_int_equal(add_for(s.sock, blue->ifindex, "of blue", 100, 200), 0);
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", s.rport), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(add_for(s.sock, blue->ifindex, "of blue", 101, 201), -EINVAL);
	assert_int_equal(add_for(s.sock, red->ifindex, "another", 101, 201), 0);
	(void)state;
}

static void who_has_keys_for_another_vrf_alone_does_not_connect(void **state)
{
	s.sock = script_socket(&s);
	bind_to(s.sock, red);
	assert_int_equal(add_for(s.sock, blue->ifindex, "secret", 100, 200), 0);
	assert_int_equal(add_for(s.sock, 0, "secret", 101, 201), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EKEYREJECTED);
	NOTHING(&s);
	(void)state;
}

#define IN_VRFS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_VRFS(a_listener_in_the_vrf_signs),
		IN_VRFS(a_listener_of_all_has_a_key_for_each),
		IN_VRFS(a_key_for_another_vrf_is_none),
		IN_VRFS(who_connects_in_the_vrf_signs),
		IN_VRFS(who_has_keys_for_another_vrf_alone_does_not_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
