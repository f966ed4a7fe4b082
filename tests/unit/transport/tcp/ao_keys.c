/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of TCP-AO: TCP_AO_ADD_KEY, TCP_AO_DEL_KEY, TCP_AO_INFO, TCP_AO_GET_KEYS, their bounds and errors (no-oracle). */
#include "tests/unit/transport/tcp/ao_peer.h"

static struct tcp_ao_add valid(void)
{
	return ao_key_for(peer_host(), ao_whole(), "secret", 100, 200);
}

static int add(struct tcp_script *s, sea_socket sock, const struct tcp_ao_add *a)
{
	return ao_set(s, sock, TCP_AO_ADD_KEY, a, sizeof(*a));
}

static int del(struct tcp_script *s, sea_socket sock, const struct tcp_ao_del *d)
{
	return ao_set(s, sock, TCP_AO_DEL_KEY, d, sizeof(*d));
}

static struct tcp_ao_del del_of(const struct tcp_ao_add *a)
{
	return (struct tcp_ao_del){
		.addr = a->addr, .prefix = a->prefix, .sndid = a->sndid, .rcvid = a->rcvid
	};
}

#define REFUSED(change, err)                                   \
	do {                                                   \
		struct tcp_ao_add a = valid();                 \
		change;                                        \
		assert_int_equal(add(&s, s.sock, &a), -(err)); \
	} while (0)

static void what_linux_refuses_to_add_is_refused(void **state)
{
	struct tcp_ao_add any = valid();
	struct tcp_script s;
	uint8_t longer[sizeof(any) + 8] = { 0 };

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_ADD_KEY, &any, offsetof(struct tcp_ao_add, key)),
			 -EINVAL);
	REFUSED(a.keylen = 81, EINVAL);
	REFUSED(a.bits = 4, EINVAL);
	REFUSED(a.reserved2 = 1, EINVAL);
	REFUSED(a.addr.ss_family = AF_UNIX, EINVAL);
	REFUSED(((struct sockaddr_in *)&a.addr)->sin_port = 1, EINVAL);
	REFUSED(a.prefix = 0, EINVAL);
	REFUSED(a.prefix = 129, EINVAL);
	REFUSED(a.prefix = 2, EINVAL);
	REFUSED(memset((uint8_t *)&a.addr + 2, 0, 26), EINVAL); /* a prefix of nothing */
	REFUSED(a.keyflags = 255, EINVAL);
	REFUSED(a.ifindex = 42, EINVAL);
	REFUSED((a.ifindex = 42, a.keyflags = TCP_AO_KEYF_IFINDEX), EINVAL);
	REFUSED(a.maclen = 100, EMSGSIZE);
	REFUSED(a.maclen = 17, EMSGSIZE);
	REFUSED(strcpy(a.alg_name, "imaginary hash algo"), ENOENT);
	memset((uint8_t *)&any.addr + 2, 0, 26);
	any.prefix = 0;
	memcpy(longer, &any, sizeof(any));
	longer[sizeof(longer) - 1] = 1;
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_ADD_KEY, longer, sizeof(longer)), -E2BIG);
	longer[sizeof(longer) - 1] = 0;
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_ADD_KEY, longer, sizeof(longer)), 0);
	script_free(&s);
	(void)state;
}

/* RFC5925:3.1-a: keys for one peer have different IDs. */
static void ids_are_not_given_twice(void **state)
{
	struct tcp_ao_add a = valid(), all = valid();
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(add(&s, s.sock, &a), 0);
	assert_int_equal(add(&s, s.sock, &a), -EEXIST);
	a.rcvid = 201;
	assert_int_equal(add(&s, s.sock, &a), -EEXIST);
	a.rcvid = 200;
	a.sndid = 101;
	assert_int_equal(add(&s, s.sock, &a), -EEXIST);
	memset((uint8_t *)&all.addr + 2, 0, 26);
	all.prefix = 0;
	assert_int_equal(add(&s, s.sock, &all), -EEXIST);
	all.sndid = 101;
	all.rcvid = 201;
	assert_int_equal(add(&s, s.sock, &all), 0);
	script_free(&s);
	(void)state;
}

static void a_listener_chooses_no_keys(void **state)
{
	struct tcp_ao_add a = valid();
	struct tcp_ao_info_opt info = { .bits = TCP_AO_SET_CURRENT, .current_key = 100 };
	struct tcp_ao_del d = del_of(&a);
	struct tcp_script s;

	ao_listen(&s);
	a.bits = TCP_AO_SET_CURRENT;
	a.sndid = 101;
	a.rcvid = 201;
	assert_int_equal(add(&s, s.listener, &a), -EINVAL);
	assert_int_equal(ao_set(&s, s.listener, TCP_AO_INFO, &info, sizeof(info)), -EINVAL);
	d.bits = TCP_AO_SET_RNEXT;
	assert_int_equal(del(&s, s.listener, &d), -EINVAL);
	d.bits = TCP_AO_DEL_ASYNC;
	assert_int_equal(del(&s, s.listener, &d), 0);
	script_free(&s);
	(void)state;
}

static void a_key_in_use_goes_only_for_another(void **state)
{
	struct tcp_ao_add a = valid();
	struct tcp_ao_del d = del_of(&a);
	struct tcp_script s;

	ao_established(&s);
	assert_int_equal(del(&s, s.sock, &d), -EBUSY);
	d.bits = TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT;
	d.current_key = 101;
	d.rnext = 201;
	assert_int_equal(del(&s, s.sock, &d), -ENOENT);
	assert_int_equal(ao_add(&s, s.sock, "another", 101, 201), 0);
	d.current_key = 100;
	d.rnext = 200;
	assert_int_equal(del(&s, s.sock, &d), -ENOENT); /* the one that goes */
	d.current_key = 101;
	d.rnext = 201;
	d.rcvid = 77;
	assert_int_equal(del(&s, s.sock, &d), -ENOENT);
	d.rcvid = 200;
	assert_int_equal(del(&s, s.sock, &d), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_ao(&s, "another", 101, 201);
	SEND(&s, "A", 1, 11, 0); /* with the key that is gone */
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOKEYNOTFOUND), 1);
	script_free(&s);
	(void)state;
}

static void a_connection_does_not_begin_to_sign(void **state)
{
	struct tcp_ao_add a = valid();
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(add(&s, s.sock, &a), -EISCONN);
	script_free(&s);
	(void)state;
}

static void a_connection_takes_keys_of_its_peer_alone(void **state)
{
	struct tcp_ao_add a =
		ao_key_for(script_is6() ? "2001:db9::2" : "10.1.0.2", ao_whole(), "k", 1, 2);
	struct tcp_script s;

	ao_established(&s);
	assert_int_equal(add(&s, s.sock, &a), -EINVAL);
	script_free(&s);
	(void)state;
}

static void a_peer_has_keys_of_one_kind(void **state)
{
	struct tcp_ao_info_opt info = { .bits = TCP_AO_REQUIRED };
	struct tcp_ao_add a = valid();
	struct tcp_ao_del d = del_of(&a);
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(set_key(&s, s.sock, "md5"), 0);
	assert_int_equal(add(&s, s.sock, &a), -EKEYREJECTED);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &info, sizeof(info)), -EKEYREJECTED);
	assert_int_equal(set_key(&s, s.sock, ""), 0);
	assert_int_equal(add(&s, s.sock, &a), 0);
	assert_int_equal(set_key(&s, s.sock, "md5"), -EKEYREJECTED);
	assert_int_equal(del(&s, s.sock, &d), 0);
	assert_int_equal(set_key(&s, s.sock, "md5"), 0);
	script_free(&s);
	(void)state;
}

static void what_is_set_is_told(void **state)
{
	struct tcp_ao_info_opt in = { .bits = TCP_AO_REQUIRED | TCP_AO_ACCEPT_ICMPS |
					      TCP_AO_SET_COUNTERS | TCP_AO_SET_CURRENT,
				      .current_key = 100,
				      .pkt_good = 321,
				      .pkt_bad = 888,
				      .pkt_key_not_found = 654,
				      .pkt_ao_required = 987654,
				      .pkt_dropped_icmp = 10000 };
	struct tcp_ao_info_opt out;
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(ao_add(&s, s.sock, "secret", 100, 200), 0);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &in, sizeof(in) - 8), -EINVAL);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &in, sizeof(in)), 0);
	out = ao_info(&s, s.sock);
	in.bits &= ~TCP_AO_SET_COUNTERS;
	assert_memory_equal(&in, &out, sizeof(in));
	in.bits = 32;
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &in, sizeof(in)), -EINVAL);
	script_free(&s);
	(void)state;
}

/* TCP_AO_INFO's ao_required: peers without a key are not heard, either. */
static void where_it_is_required_nobody_goes_unsigned(void **state)
{
	struct tcp_ao_info_opt in = { .bits = TCP_AO_REQUIRED };
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(ao_set(&s, s.listener, TCP_AO_INFO, &in, sizeof(in)), 0);
	SEND(&s, "S", 0, 0, 0);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AONOTFOUND), 1);
	script_free(&s);
	(void)state;
}

static int get_keys(struct tcp_script *s, sea_socket sock, struct tcp_ao_getsockopt *g, size_t n)
{
	socklen_t len = (socklen_t)(n * sizeof(*g));
	int err = sea_socket_getsockopt(s->t.stack, sock, IPPROTO_TCP, TCP_AO_GET_KEYS, g, &len,
					s->t.now);

	if (!err)
		assert_int_equal(len, sizeof(*g));
	return err;
}

static void keys_are_told(void **state)
{
	struct tcp_ao_getsockopt g[2] = { { .nkeys = 2, .bits = TCP_AO_GET_ALL } };
	struct tcp_ao_add a = valid();
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(get_keys(&s, s.sock, g, 2), -ENOENT);
	assert_int_equal(add(&s, s.sock, &a), 0);
	a.sndid = 101;
	a.rcvid = 201;
	a.maclen = 16;
	strcpy(a.alg_name, "cmac(aes128)");
	a.bits = TCP_AO_SET_CURRENT;
	assert_int_equal(add(&s, s.sock, &a), 0);
	assert_int_equal(get_keys(&s, s.sock, g, 2), 0);
	assert_int_equal(g[0].nkeys, 2);
	assert_string_equal(g[0].alg_name, "cmac(aes)");
	assert_int_equal(g[0].keylen, 16);
	assert_int_equal(g[0].maclen, 16);
	assert_int_equal(g[0].bits, TCP_AO_IS_CURRENT);
	assert_string_equal(g[1].alg_name, "hmac(sha1)");
	assert_memory_equal(g[1].key, "secret", 6);
	assert_int_equal(g[1].maclen, 12);
	assert_memory_equal(&g[1].addr, &a.addr, sizeof(a.addr));
	memset(g, 0, sizeof(g));
	g[0].nkeys = 1;
	g[0].sndid = 100;
	g[0].rcvid = 200;
	assert_int_equal(get_keys(&s, s.sock, g, 1), 0);
	assert_int_equal(g[0].nkeys, 1);
	assert_string_equal(g[0].alg_name, "hmac(sha1)");
	g[0].bits = TCP_AO_GET_ALL; /* and IDs */
	assert_int_equal(get_keys(&s, s.sock, g, 1), -EINVAL);
	script_free(&s);
	(void)state;
}

/* As many as net.core.optmem_max has room for. */
static void keys_are_bounded(void **state)
{
	struct tcp_script s;
	uint8_t n = 0;
	int err;

	script_new(&s);
	script_sysctl(&s, "net.core.optmem_max", "3000");
	s.sock = script_socket(&s);
	do
		err = ao_add(&s, s.sock, "k", n, n);
	while (!err && ++n < 100);
	assert_int_equal(err, -ENOMEM);
	assert_int_equal(n, 9);
	script_free(&s);
	(void)state;
}

static void without_memory_there_is_no_key(void **state)
{
	struct tcp_script s;
	int err = -ENOMEM;

	script_new(&s);
	s.sock = script_socket(&s);
	for (size_t nth = 1; err && nth < 50; nth++) {
		test_env_fail_at(&s.t.env, nth);
		err = ao_add(&s, s.sock, "secret", 100, 200);
		assert_true(!err || err == -ENOMEM);
		test_env_fail_at(&s.t.env, 0);
	}
	assert_int_equal(err, 0);
	script_free(&s);
	(void)state;
}

/* Was there a child for an ACK with whose nth allocation none succeeds? If not the ACK comes again. */
static bool child_at(bool keyed, size_t nth)
{
	struct tcp_script s;
	bool made;

	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	script_listen(&s, 8);
	if (keyed) {
		assert_int_equal(ao_add(&s, s.listener, "secret", 100, 200), 0);
		assert_int_equal(ao_add(&s, s.listener, "another", 101, 201), 0);
		ao_peer_signs(&s, "secret", 200, 100);
	}
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	ao_peer.our_isn = s.iss;
	test_env_fail_at(&s.t.env, nth);
	SEND(&s, "A", 1, 1, 0);
	test_env_fail_at(&s.t.env, 0);
	NOTHING(&s);
	made = test_mib(&s.t, SEA_MIB_TcpPassiveOpens) == 1;
	if (!made)
		SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	if (keyed)
		assert_ao(&s, "secret", 100, 200);
	script_free(&s);
	return made;
}

static size_t failures_of_a_child(bool keyed)
{
	size_t nth = 1;

	while (nth < 50 && !child_at(keyed, nth))
		nth++;
	return nth - 1;
}

/* It would be one that anybody could write to, or one that could not roll over. */
static void a_child_without_memory_for_all_its_keys_is_none(void **state)
{
	size_t plain = failures_of_a_child(false), keyed = failures_of_a_child(true);

	assert_in_range(plain, 1, 40);
	assert_in_range(keyed, plain + 3, 48); /* the list, and two keys in it */
	(void)state;
}

/* As on Linux it is as if nobody had asked. */
static void a_key_that_was_refused_leaves_nothing(void **state)
{
	struct tcp_ao_info_opt info = { .bits = TCP_AO_SET_CURRENT, .current_key = 100 };
	struct tcp_ao_add a = valid();
	struct tcp_script s;
	socklen_t len = sizeof(info);

	script_new(&s);
	s.sock = script_socket(&s);
	strcpy(a.alg_name, "rot13");
	assert_int_equal(add(&s, s.sock, &a), -ENOENT);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &info, sizeof(info)), -ENOENT);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_AO_INFO, &info,
					       &len, s.t.now),
			 -ENOENT);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_int_equal(s.seen.opts.sig, 0);
	script_free(&s);
	(void)state;
}

/* nkeys goes in as what there is room for, and comes back as how many there are; but *len is what there really is. */
static void no_more_keys_are_told_than_there_is_room_for(void **state)
{
	struct tcp_ao_getsockopt g[2] = { { .nkeys = 1, .bits = TCP_AO_GET_ALL } };
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(ao_add(&s, s.sock, "secret", 100, 200), 0);
	assert_int_equal(ao_add(&s, s.sock, "another", 101, 201), 0);
	assert_int_equal(get_keys(&s, s.sock, g, 2), 0);
	assert_int_equal(g[0].nkeys, 2);
	assert_int_equal(g[0].sndid, 101);
	assert_int_equal(g[1].sndid, 0);
	g[0] = (struct tcp_ao_getsockopt){ .nkeys = 1000, .bits = TCP_AO_GET_ALL };
	assert_int_equal(get_keys(&s, s.sock, g, 1), 0);
	assert_int_equal(g[0].nkeys, 2);
	assert_int_equal(g[0].sndid, 101);
	assert_int_equal(g[1].sndid, 0);
	g[0] = (struct tcp_ao_getsockopt){ .bits = TCP_AO_GET_ALL };
	assert_int_equal(get_keys(&s, s.sock, g, 2), 0);
	assert_int_equal(g[0].nkeys, 2);
	assert_int_equal(g[0].sndid, 0);
	assert_int_equal(get_keys(&s, s.sock, g, 0), -EINVAL);
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_linux_refuses_to_add_is_refused),
		cmocka_unit_test(ids_are_not_given_twice),
		cmocka_unit_test(a_listener_chooses_no_keys),
		cmocka_unit_test(a_key_in_use_goes_only_for_another),
		cmocka_unit_test(a_connection_does_not_begin_to_sign),
		cmocka_unit_test(a_connection_takes_keys_of_its_peer_alone),
		cmocka_unit_test(a_peer_has_keys_of_one_kind),
		cmocka_unit_test(what_is_set_is_told),
		cmocka_unit_test(where_it_is_required_nobody_goes_unsigned),
		cmocka_unit_test(keys_are_told),
		cmocka_unit_test(no_more_keys_are_told_than_there_is_room_for),
		cmocka_unit_test(keys_are_bounded),
		cmocka_unit_test(without_memory_there_is_no_key),
		cmocka_unit_test(a_child_without_memory_for_all_its_keys_is_none),
		cmocka_unit_test(a_key_that_was_refused_leaves_nothing),
	};

	return SCRIPT_RUN(tests);
}
