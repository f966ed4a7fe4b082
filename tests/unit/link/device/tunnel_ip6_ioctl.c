/* SPDX-License-Identifier: Apache-2.0 */
/* SIOC[GET|ADD|CHG|DEL]TUNNEL of ip6tnl and ip6gre, as `ip -6 tunnel` uses them. no-oracle. */
#include "tunnels.h"

#include <linux/ip6_tunnel.h>
#include <linux/sockios.h>

#define OLD_LEN sizeof(struct ip6_tnl_parm)
#define NEW_LEN sizeof(struct ip6_tnl_parm2)

static sea_socket sock;

static int setup(void **state)
{
	int err = tunnels_setup6(state);

	return err ? err : sea_socket_new(t.stack, AF_INET6, SOCK_DGRAM, 0, &sock, NOW);
}

static int ask_len(unsigned long request, const char *name, struct ip6_tnl_parm2 *p, size_t len)
{
	struct ifreq ifr = { 0 };
	struct sea_ioctl call = { .size = sizeof(call),
				  .request = request,
				  .arg = &ifr,
				  .arg_len = sizeof(ifr),
				  .data = p,
				  .data_len = len };
	int result;

	memcpy(ifr.ifr_name, name, strlen(name));
	result = sea_socket_ioctl(t.stack, sock, &call, NOW);
	assert_int_equal(call.data_written, result || request == SIOCDELTUNNEL ? 0 : len);
	return result;
}

static int ask_ip6tnl(unsigned long request, const char *name, struct ip6_tnl_parm2 *p)
{
	return ask_len(request, name, p, OLD_LEN);
}

static int ask_ip6gre(unsigned long request, const char *name, struct ip6_tnl_parm2 *p)
{
	return ask_len(request, name, p, NEW_LEN);
}

static struct ip6_tnl_parm2 parms(const char *name, uint8_t proto)
{
	struct ip6_tnl_parm2 p = { .proto = proto, .encap_limit = 4, .hop_limit = 64 };
	const struct sea_ipaddr local = test_ip6(TEST_OUR_IP6), remote = test_ip6(TEST_PEER_IP6);

	memcpy(p.name, name, strlen(name));
	memcpy(&p.laddr, &local, sizeof(local));
	memcpy(&p.raddr, &remote, sizeof(remote));
	return p;
}

static const struct sea_tunnel_parms *made(const char *name)
{
	return &sea_tunnel_of(link_of(name))->p;
}

static void a_tunnel_through_ipv6_is_made_by_its_kinds_own_name(void **state)
{
	struct ip6_tnl_parm2 p = parms("t1", 41), got = { 0 };

	(void)state;
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &p), 0);
	assert_string_equal(link_of("t1")->kind->name, "ip6tnl");
	assert_int_equal(link_of("t1")->mtu, 1452);
	assert_int_equal(made("t1")->ttl, 64);
	assert_int_equal(ask_ip6tnl(SIOCGETTUNNEL, "t1", &got), 0);
	assert_memory_equal(&got, &p, OLD_LEN);
	assert_int_equal(got.flags, SEA_TUNNEL6_CAN_SEND | SEA_TUNNEL6_CAN_RECEIVE);
	memset(got.name, 0, sizeof(got.name));
	assert_int_equal(ask_ip6tnl(SIOCGETTUNNEL, "ip6tnl0", &got), 0); /* by its ends */
	assert_string_equal(got.name, "t1");
	p = parms("", 0);
	p.raddr.s6_addr[15] = 9;
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &p), 0);
	assert_non_null(link_of("ip6tnl0"));
}

static void ip6gre_has_keys_and_flags(void **state)
{
	struct ip6_tnl_parm2 p = parms("g1", 47), got = { 0 };

	(void)state;
	sea_put16((uint8_t *)&p.i_flags, SEA_GRE_KEY | SEA_GRE_SEQ);
	sea_put32((uint8_t *)&p.i_key, 7);
	sea_put32((uint8_t *)&p.o_key, 8);
	assert_int_equal(ask_ip6gre(SIOCADDTUNNEL, "ip6gre0", &p), 0);
	assert_int_equal(made("g1")->i_key, 7);
	assert_int_equal(made("g1")->o_key, 0); /* no flag says it */
	assert_int_equal(ask_ip6gre(SIOCGETTUNNEL, "g1", &got), 0);
	assert_memory_equal(&got, &p, NEW_LEN);
	assert_int_equal(ask_ip6gre(SIOCADDTUNNEL, "ip6gre0", &p), -ENOBUFS);
	assert_int_equal(ask_ip6gre(SIOCCHGTUNNEL, "ip6gre0", &p), 0);
	sea_put16((uint8_t *)&p.i_flags, SEA_GRE_VERSION);
	assert_int_equal(ask_ip6gre(SIOCCHGTUNNEL, "g1", &p), -EINVAL);
	sea_put16((uint8_t *)&p.i_flags, 0x0800);
	assert_int_equal(ask_ip6gre(SIOCCHGTUNNEL, "g1", &p), -EOPNOTSUPP);
	assert_int_equal(ask_len(SIOCGETTUNNEL, "g1", &got, OLD_LEN), -EFAULT);
}

static void a_tunnel_through_ipv6_is_changed_and_deleted(void **state)
{
	struct ip6_tnl_parm2 p = parms("t1", 41), other = parms("t2", 41), none = { 0 };

	(void)state;
	other.raddr.s6_addr[15] = 9;
	assert_int_equal(ask_ip6tnl(SIOCCHGTUNNEL, "ip6tnl0", &p), -ENOENT);
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &p), 0);
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &other), 0);
	assert_int_equal(ask_ip6tnl(SIOCCHGTUNNEL, "ip6tnl0", &p), -EEXIST);
	p.hop_limit = 9;
	p.flags = SEA_TUNNEL6_NO_LIMIT;
	assert_int_equal(ask_ip6tnl(SIOCCHGTUNNEL, "t1", &p), 0);
	assert_int_equal(made("t1")->ttl, 9);
	assert_int_equal(link_of("t1")->mtu, 1460);
	other.hop_limit = 1;
	assert_int_equal(ask_ip6tnl(SIOCCHGTUNNEL, "t1", &other), -EEXIST);
	assert_int_equal(ask_ip6tnl(SIOCDELTUNNEL, "t1", &none), 0);
	assert_int_equal(ask_ip6tnl(SIOCDELTUNNEL, "t1", &none), -ENODEV);
	assert_int_equal(ask_ip6tnl(SIOCDELTUNNEL, "ip6tnl0", &p), -ENOENT);
	assert_int_equal(ask_ip6tnl(SIOCDELTUNNEL, "ip6tnl0", &other), 0);
	assert_null(sea_link_by_any_name(t.stack, "t2"));
}

static void what_is_no_tunnel_through_ipv6_is_refused(void **state)
{
	struct ip6_tnl_parm2 p = parms("t1", 47);

	(void)state;
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &p), -EINVAL);
	p = parms("a/b", 41);
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &p), -E2BIG);
	p = parms("t1", 41);
	assert_int_equal(ask_len(SIOCADDTUNNEL, "ip6tnl0", &p, OLD_LEN - 1), -EFAULT);
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6_vti0", &p), -ENODEV);
	assert_int_equal(ask_ip6tnl(SIOCGETTUNNEL, "eth0", &p), -EOPNOTSUPP);
	p.raddr.s6_addr[0] = 0xff; /* to a group */
	assert_int_equal(ask_ip6tnl(SIOCADDTUNNEL, "ip6tnl0", &p), -EOPNOTSUPP);
	assert_null(sea_link_by_any_name(t.stack, "t1"));
	memset(&p, 0xaa, sizeof(p));
	assert_int_equal(ask_ip6tnl(SIOCGETTUNNEL, "ip6tnl0", &p), 0);
	assert_string_equal(p.name, "ip6tnl0");
	assert_int_equal(p.proto, SEA_IPPROTO_IPV6);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, tunnels_teardown)

int run_ip6_ioctl_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_tunnel_through_ipv6_is_made_by_its_kinds_own_name),
		TEST(ip6gre_has_keys_and_flags),
		TEST(a_tunnel_through_ipv6_is_changed_and_deleted),
		TEST(what_is_no_tunnel_through_ipv6_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
