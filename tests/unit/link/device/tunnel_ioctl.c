/* SPDX-License-Identifier: Apache-2.0 */
/* SIOC[GET|ADD|CHG|DEL]TUNNEL of ipip, sit and gre, as ip-tunnel(8) uses them. no-oracle. */
#include "tunnels.h"

#include <linux/sockios.h>

static sea_socket sock;

static int setup(void **state)
{
	int err = tunnels_setup(state);

	return err ? err : sea_socket_new(t.stack, AF_INET, SOCK_DGRAM, 0, &sock, NOW);
}

/* `len` bytes at `data`; how many came back is checked. */
static int ask_with(unsigned long request, const char *name, void *data, size_t len, size_t back)
{
	struct ifreq ifr = { 0 };
	struct sea_ioctl call = { .size = sizeof(call),
				  .request = request,
				  .arg = &ifr,
				  .arg_len = sizeof(ifr),
				  .data = data,
				  .data_len = len };
	int result;

	memcpy(ifr.ifr_name, name, strlen(name));
	result = sea_socket_ioctl(t.stack, sock, &call, NOW);
	assert_int_equal(call.data_written, result ? 0 : back);
	return result;
}

static int ask_tunnel_of(unsigned long request, const char *name, struct ip_tunnel_parm *p)
{
	size_t back = request == SIOCDELTUNNEL ? 0 : sizeof(*p);

	return ask_with(request, name, p, sizeof(*p), back);
}

/* From 10.0.0.1 to 10.0.0.2. */
static struct ip_tunnel_parm parms(const char *name, uint8_t proto)
{
	struct ip_tunnel_parm p = { .iph = { .version = 4, .ihl = 5, .protocol = proto } };
	const sea_be32 local = test_ip4("10.0.0.1"), remote = test_ip4("10.0.0.2");

	memcpy(p.name, name, strlen(name));
	memcpy(&p.iph.saddr, &local, sizeof(local));
	memcpy(&p.iph.daddr, &remote, sizeof(remote));
	return p;
}

static __be16 be16(uint16_t v)
{
	const sea_be16 wire = sea_be16_of(v);
	__be16 raw;

	memcpy(&raw, &wire, sizeof(raw));
	return raw;
}

static const struct sea_tunnel_parms *made(const char *name)
{
	assert_non_null(link_of(name));
	return &sea_tunnel_of(link_of(name))->p;
}

/* -- tests -- */

static void a_tunnel_is_made_by_its_kinds_own_name(void **state)
{
	static const struct {
		const char *own, *name;
		uint8_t proto;
	} kinds[] = { { "tunl0", "t1", 4 }, { "sit0", "s1", 41 }, { "gre0", "g1", 47 } };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct ip_tunnel_parm p = parms(kinds[i].name, kinds[i].proto), got = { 0 };

		p.iph.ttl = 64;
		assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, kinds[i].own, &p), 0);
		assert_int_equal(p.iph.frag_off, be16(0x4000)); /* with a TTL it is never cut */
		assert_true(made(kinds[i].name)->df);
		assert_int_equal(made(kinds[i].name)->ttl, 64);
		assert_int_equal(ask_tunnel_of(SIOCGETTUNNEL, kinds[i].name, &got), 0);
		assert_memory_equal(&got, &p, sizeof(p));
		/* It is found by its addresses, too. */
		p = parms("", kinds[i].proto);
		assert_int_equal(ask_tunnel_of(SIOCGETTUNNEL, kinds[i].own, &p), 0);
		assert_memory_equal(&got, &p, sizeof(p));
	}
}

static void one_that_is_there_is_not_made_again(void **state)
{
	struct ip_tunnel_parm p = parms("t1", 4);

	(void)state;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), 0);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), -EEXIST);
	p = parms("eth0", 4);
	p.iph.daddr = 1;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "t1", &p), -EEXIST);
	p = parms("s1", 41);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "sit0", &p), 0);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "sit0", &p), -ENOBUFS); /* as Linux's sit */
	p = parms("", 47);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "gre0", &p), 0);
	assert_non_null(link_of("gre0")); /* which has a number, as no name was said */
}

static void a_tunnel_is_changed_by_name_and_by_its_addresses(void **state)
{
	struct ip_tunnel_parm p = parms("t1", 4), other = parms("t2", 4);

	(void)state;
	other.iph.daddr = 1;
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "tunl0", &p), -ENOENT);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), 0);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &other), 0);
	p.iph.ttl = 9;
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "tunl0", &p), 0);
	assert_int_equal(made("t1")->ttl, 9);
	p.iph.tos = 8;
	p.iph.daddr = 2;
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "t1", &p), 0);
	assert_int_equal(made("t1")->tos, 8);
	p.iph.daddr = other.iph.daddr;
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "t1", &p), -EEXIST);
	p.iph.daddr = 0; /* it had another end */
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "t1", &p), -EINVAL);
}

static void a_tunnel_is_deleted_by_name_and_by_its_addresses(void **state)
{
	struct ip_tunnel_parm p = parms("t1", 4), none = { 0 };

	(void)state;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), 0);
	assert_int_equal(ask_tunnel_of(SIOCDELTUNNEL, "t1", &none), 0);
	assert_null(sea_link_by_any_name(t.stack, "t1"));
	assert_int_equal(ask_tunnel_of(SIOCDELTUNNEL, "t1", &none), -ENODEV);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), 0);
	assert_int_equal(ask_tunnel_of(SIOCDELTUNNEL, "tunl0", &p), 0);
	assert_int_equal(ask_tunnel_of(SIOCDELTUNNEL, "tunl0", &p), -ENOENT);
}

static void keys_and_flags_are_gres(void **state)
{
	struct ip_tunnel_parm p = parms("g1", 47);

	(void)state;
	p.i_flags = p.o_flags = be16(SEA_GRE_KEY | SEA_GRE_CSUM);
	p.i_key = p.o_key = 7;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "gre0", &p), 0);
	assert_int_equal(made("g1")->i_flags, SEA_GRE_KEY | SEA_GRE_CSUM);
	p.i_flags = be16(SEA_GRE_VERSION);
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "g1", &p), -EINVAL);
	p.i_flags = be16(0x0800); /* strict source routes: nobody looks at them any more */
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "g1", &p), -EOPNOTSUPP);
	/* A key that no flag says is none; of ipip there is never one. */
	p.i_flags = 0;
	assert_int_equal(ask_tunnel_of(SIOCCHGTUNNEL, "g1", &p), 0);
	assert_int_equal(p.i_key, 0);
	p = parms("t1", 4);
	p.i_flags = be16(SEA_GRE_KEY);
	p.i_key = 7;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), 0);
	assert_int_equal(made("t1")->i_flags | made("t1")->i_key, 0);
}

static void what_is_no_tunnel_is_refused(void **state)
{
	struct ip_tunnel_parm p;
	const uint8_t protos[] = { 6, 41, 47 };

	(void)state;
	for (unsigned i = 0; i < sizeof(protos); i++) {
		p = parms("t1", protos[i]);
		assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), -EINVAL);
	}
	p = parms("t1", 4);
	p.iph.ihl = 6;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), -EINVAL);
	p = parms("t1", 4);
	p.iph.frag_off = be16(0x2000);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), -EINVAL);
	p = parms("t1", 4);
	assert_int_equal(ask_with(SIOCADDTUNNEL, "tunl0", &p, sizeof(p) - 1, 0), -EFAULT);
	assert_int_equal(ask_with(SIOCGETTUNNEL, "tunl0", NULL, 0, 0), -EFAULT);
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "ip_vti0", &p), -ENODEV);
	assert_int_equal(ask_tunnel_of(SIOCGETTUNNEL, "eth0", &p), -EOPNOTSUPP);
	p.iph.daddr = 0xe0; /* to a group */
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "tunl0", &p), -EOPNOTSUPP);
}

static void the_kinds_own_name_shows_what_nobody_chose(void **state)
{
	struct ip_tunnel_parm p = { .link = 5 };

	(void)state;
	assert_int_equal(ask_tunnel_of(SIOCGETTUNNEL, "sit0", &p), 0);
	assert_string_equal(p.name, "sit0");
	assert_int_equal(p.iph.protocol, 41);
	assert_int_equal(p.iph.ttl, 64);
	assert_int_equal(p.link, 0);
	assert_null(sea_link_by_any_name(t.stack, "sit0"));
}

/* ISATAP's and 6rd's (RFC 5214, RFC 5969): not here. */
static void sit_has_no_routers_and_no_prefix(void **state)
{
	struct ip_tunnel_parm p = parms("s1", 41);
	struct ip_tunnel_prl prl = { .datalen = 99 };
	struct ip_tunnel_6rd rd = { .prefixlen = 16 };

	(void)state;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "sit0", &p), 0);
	assert_int_equal(ask_with(SIOCGETPRL, "s1", &prl, sizeof(prl), sizeof(prl)), 0);
	assert_int_equal(prl.datalen, 0);
	assert_int_equal(ask_with(SIOCGETPRL, "sit0", &prl, sizeof(prl), 0), -EINVAL);
	assert_int_equal(ask_with(SIOCADDPRL, "s1", &prl, sizeof(prl), 0), -EINVAL);
	assert_int_equal(ask_with(SIOCDELPRL, "s1", &prl, sizeof(prl), 0), 0);
	prl.addr = 1;
	assert_int_equal(ask_with(SIOCADDPRL, "s1", &prl, sizeof(prl), 0), -EOPNOTSUPP);
	assert_int_equal(ask_with(SIOCDELPRL, "s1", &prl, sizeof(prl), 0), -ENXIO);
	assert_int_equal(ask_with(SIOCCHGPRL, "s1", &prl, sizeof(prl), 0), -ENXIO);
	assert_int_equal(ask_with(SIOCGETPRL, "s1", &prl, 3, 0), -EFAULT);
	for (unsigned long request = SIOCGET6RD; request <= SIOCCHG6RD; request++)
		assert_int_equal(ask_with(request, "s1", &rd, sizeof(rd), 0), -EINVAL);
	p = parms("s2", 41);
	p.i_flags = SIT_ISATAP;
	p.iph.daddr = 0;
	assert_int_equal(ask_tunnel_of(SIOCADDTUNNEL, "sit0", &p), -EOPNOTSUPP);
}

int run_ioctl_tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, tunnels_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_tunnel_is_made_by_its_kinds_own_name),
		TEST(one_that_is_there_is_not_made_again),
		TEST(a_tunnel_is_changed_by_name_and_by_its_addresses),
		TEST(a_tunnel_is_deleted_by_name_and_by_its_addresses),
		TEST(keys_and_flags_are_gres),
		TEST(what_is_no_tunnel_is_refused),
		TEST(the_kinds_own_name_shows_what_nobody_chose),
		TEST(sit_has_no_routers_and_no_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
