/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for signatures (TCP_MD5SIG, TCP_MD5SIG_EXT): whose they are, their bounds, how they come and go and are saved. */
#include "tests/unit/transport/tcp/md5_peer.h"

#include "tests/lib/snapshot.h"

static void the_key_of_the_longest_prefix_counts(void **state)
{
	struct tcp_script s;
	const char *near = script_is6() ? "2001:db8::" : "10.0.0.0";
	const char *other = script_is6() ? "2001:db9::" : "10.1.0.0";

	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(set_prefix(&s, s.listener, other, script_is6() ? 32 : 16, "other"), 0);
	assert_int_equal(set_prefix(&s, s.listener, near, 8, "far"), 0);
	assert_int_equal(set_prefix(&s, s.listener, near, script_is6() ? 65 : 25, "near"), 0);
	assert_int_equal(set_prefix(&s, s.listener, near, 0, "all"), 0);
	peer_signs(&s, "far");
	SEND(&s, "S", 0, 0, 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMD5Failure), 1);
	peer_signs(&s, "near");
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_signed(&s, "near");
	script_free(&s);
	(void)state;
}

/* A listener's keys are for some peers: others need none. */
static void a_peer_without_a_key_goes_unsigned(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(set_prefix(&s, s.listener, script_is6() ? "2001:db9::" : "10.1.0.0",
				    script_is6() ? 32 : 16, "k"),
			 0);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_unsigned(&s);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_write(&s, 1460), 1460);
	EXPECT(&s, "PA", 1, 1, 1460);
	assert_unsigned(&s);
	script_free(&s);
	(void)state;
}

static void a_live_connection_s_key_comes_and_goes(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	assert_int_equal(set_key(&s, s.listener, ""), 0); /* the child's is its own */
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_signed(&s, "secret");
	assert_int_equal(set_key(&s, s.sock, "changed"), 0);
	peer_signs(&s, "changed");
	SEND(&s, "A", 1, 11, 0);
	assert_int_equal(set_key(&s, s.sock, ""), 0);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1460);
	assert_int_equal(set_key(&s, s.sock, ""), -ENOENT);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 11, 1, 10);
	assert_unsigned(&s);
	peer_signs(&s, NULL);
	SEND(&s, "A", 1, 21, 0);
	assert_int_equal(set_key(&s, s.sock, "again"), 0);
	assert_int_equal(script_write(&s, 3000), 3000);
	EXPECT(&s, "A", 21, 1, 1440);
	assert_signed(&s, "again");
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMD5Failure), 0);
	script_free(&s);
	(void)state;
}

/* -- the option -- */

static void what_linux_refuses_is_refused(void **state)
{
	struct option o = option_for(peer_host(), "secret");
	struct option foreign = option_for(script_is6() ? "10.0.0.2" : TEST_PEER_IP6, "secret");
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_MD5SIG, &o,
					       OPT_LEN - 1, s.t.now),
			 -EINVAL);
	assert_int_equal(set(&s, s.sock, TCP_MD5SIG, &foreign), -EINVAL);
	assert_int_equal(set_key(&s, s.sock, ""), -ENOENT);
	o.keylen = 81;
	assert_int_equal(set(&s, s.sock, TCP_MD5SIG, &o), -EINVAL);
	o.keylen = 80;
	assert_int_equal(set(&s, s.sock, TCP_MD5SIG, &o), 0);
	assert_int_equal(set_prefix(&s, s.sock, peer_host(), script_is6() ? 129 : 33, "k"),
			 -EINVAL);
	assert_int_equal(set_prefix(&s, s.sock, peer_host(), 24, ""), -ENOENT); /* another prefix */
	o.flags = TCP_MD5_FLAG_IFINDEX;
	o.ifindex = 2; /* no VRF */
	assert_int_equal(set(&s, s.sock, TCP_MD5SIG_EXT, &o), -EINVAL);
	o.ifindex = 77;
	assert_int_equal(set(&s, s.sock, TCP_MD5SIG_EXT, &o), -EINVAL);
	assert_int_equal(set_key(&s, s.sock, ""), 0);
	script_free(&s);
	(void)state;
}

static void a_mapped_address_is_ipv4_s(void **state)
{
	struct tcp_script s;

	if (!script_is6())
		skip();
	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(set_prefix(&s, s.sock, "::ffff:10.0.0.2", 33, "k"), -EINVAL);
	assert_int_equal(set_prefix(&s, s.sock, "::ffff:10.0.0.2", 32, "k"), 0);
	script_free(&s);
	(void)state;
}

/* As many as net.core.optmem_max has room for. */
static void keys_are_bounded(void **state)
{
	struct option o;
	struct tcp_script s;
	unsigned n = 0;
	int err;

	script_new(&s);
	script_sysctl(&s, "net.core.optmem_max", "1360"); /* ten times 136: not quite ten */
	s.sock = script_socket(&s);
	do {
		o = option_for(peer_host(), "k");
		((uint8_t *)&o.addr)[script_is6() ? 23 : 7] = (uint8_t)(n + 1);
		err = set(&s, s.sock, TCP_MD5SIG, &o);
	} while (!err && ++n < 100);
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
		err = set_key(&s, s.sock, "secret");
		assert_true(!err || err == -ENOMEM);
		test_env_fail_at(&s.t.env, 0);
		if (err)
			assert_int_equal(set_key(&s, s.sock, ""), -ENOENT);
	}
	assert_int_equal(err, 0);
	script_free(&s);
	(void)state;
}

/* Was there a child for an ACK with whose nth allocation none succeeds? If not the ACK comes again. */
static bool child_at(const char *key, size_t nth)
{
	struct tcp_script s;
	bool made;

	script_new(&s);
	script_listen(&s, 8);
	if (key)
		assert_int_equal(set_key(&s, s.listener, key), 0);
	peer_signs(&s, key);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
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
	assert_int_equal(s.seen.opts.sig != 0, key != NULL);
	script_free(&s);
	return made;
}

static size_t failures_of_a_child(const char *key)
{
	size_t nth = 1;

	while (nth < 50 && !child_at(key, nth))
		nth++;
	return nth - 1;
}

/* A child without the key would be one that anybody could write to. */
static void a_child_without_memory_for_its_key_is_none(void **state)
{
	size_t plain = failures_of_a_child(NULL), keyed = failures_of_a_child("secret");

	assert_in_range(plain, 1, 40);
	assert_in_range(keyed, plain + 2, 48); /* the list, and the key in it */
	(void)state;
}

static void save_and_load(struct tcp_script *s)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
	static const struct sea_module *const modules6[] = { &sea_ipv4, &sea_ipv6, &sea_tcp };
	struct snapshot at = { 0 };

	assert_int_equal(sea_stack_save(s->t.stack, snapshot_write, &at), 0);
	sea_stack_free(s->t.stack);
	assert_int_equal(sea_stack_load(NULL, &s->t.env.env, script_is6() ? modules6 : modules,
					script_is6() ? 3 : 2, false, snapshot_read, &at,
					&s->t.stack),
			 0);
	s->t.link = sea_link_by_index(s->t.stack, 2);
	assert_non_null(s->t.link);
	snapshot_free(&at);
}

static void keys_are_saved(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	save_and_load(&s);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_signed(&s, "secret");
	SEND(&s, "S", 0, 0, 0, .port = 7);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_signed(&s, "secret");
	script_free(&s);
	(void)state;
}

static void the_key_of_time_wait_is_saved(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	SEND(&s, "FA", 1, 2, 0);
	test_take_all(&s.t);
	save_and_load(&s);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_signed(&s, "secret");
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_of_the_longest_prefix_counts),
		cmocka_unit_test(a_peer_without_a_key_goes_unsigned),
		cmocka_unit_test(a_live_connection_s_key_comes_and_goes),
		cmocka_unit_test(what_linux_refuses_is_refused),
		cmocka_unit_test(a_mapped_address_is_ipv4_s),
		cmocka_unit_test(keys_are_bounded),
		cmocka_unit_test(without_memory_there_is_no_key),
		cmocka_unit_test(a_child_without_memory_for_its_key_is_none),
		cmocka_unit_test(keys_are_saved),
		cmocka_unit_test(the_key_of_time_wait_is_saved),
	};

	return SCRIPT_RUN(tests);
}
