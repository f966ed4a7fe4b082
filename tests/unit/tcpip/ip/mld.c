/* SPDX-License-Identifier: Apache-2.0 */
/* What a host tells multicast routers in MLD, and when: what differs from IGMP (igmp.c) above all. */
#include <stdio.h>

#include <seastack/stats.h>

#include "ip/ifaddr6.h"
#include "ip/mld.h"
#include "tests/lib/sockets.h"
#include "wire/mld.h"

#define G "ff15::1"
#define G2 "ff15::2"
#define QUERIER "fe80::9"
#define SECOND SEA_SEC
#define NOW (3 * SEA_MSEC)

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
	struct test_stack *t = malloc(sizeof(*t));

	test_stack_new6(t, modules, 3);
	test_advance(t, 5 * SECOND); /* its own groups are told of */
	test_take_all(t);
	t->hear_mld = true;
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(*state);
	free(*state);
	return 0;
}

static sea_socket udp6(struct test_stack *t)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t->stack, AF_INET6, SOCK_DGRAM, 0, &s, t->now), 0);
	return s;
}

static int member(struct test_stack *t, sea_socket s, int name, const char *group, int ifindex)
{
	struct ipv6_mreq mreq = { .ipv6mr_interface = (unsigned)ifindex };

	assert_int_equal(inet_pton(AF_INET6, group, &mreq.ipv6mr_multiaddr), 1);
	return sea_socket_setsockopt(t->stack, s, IPPROTO_IPV6, name, &mreq, sizeof(mreq), t->now);
}

static int join(struct test_stack *t, sea_socket s, const char *group)
{
	return member(t, s, IPV6_JOIN_GROUP, group, t->link->ifindex);
}

static int source(struct test_stack *t, sea_socket s, int name, const char *group, const char *src)
{
	struct group_source_req req = { .gsr_interface = (uint32_t)t->link->ifindex };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	assert_int_equal(inet_pton(AF_INET6, group, &in6.sin6_addr), 1);
	memcpy(&req.gsr_group, &in6, sizeof(in6));
	assert_int_equal(inet_pton(AF_INET6, src, &in6.sin6_addr), 1);
	memcpy(&req.gsr_source, &in6, sizeof(in6));
	return sea_socket_setsockopt(t->stack, s, IPPROTO_IPV6, name, &req, sizeof(req), t->now);
}

static void force(struct test_stack *t, const char *version)
{
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv6.conf.eth0.force_mld_version", version,
					t->now),
			 0);
}

/* -- the other end of the wire -- */

struct query {
	const char *group, *src; /* NULL: all groups; the querier's */
	uint16_t code;
	uint8_t qrv, qqic, hop_limit;
	const char *sources[4];
	uint16_t n_claimed; /* 0: as many as there are */
	size_t len;         /* 0: right; 24 is version 1 */
	bool no_alert;
};

static void ask(struct test_stack *t, struct query q)
{
	uint8_t msg[96] = { 130 };
	struct test_ip6 ip = { .src = q.src ? q.src : QUERIER,
			       .dst = q.group && q.group[0] == 'f' ? q.group : "ff02::1",
			       .hop_limit = q.hop_limit ? q.hop_limit : 1,
			       .exts = q.no_alert ? NULL : sea_mld_alert,
			       .exts_len = q.no_alert ? 0 : SEA_MLD_ALERT_LEN,
			       .exts_next = 0 };
	uint16_t n = 0;

	sea_put16(msg + 4, q.code);
	if (q.group)
		assert_int_equal(inet_pton(AF_INET6, q.group, msg + 8), 1);
	msg[24] = q.qrv;
	msg[25] = q.qqic;
	for (; n < 4 && q.sources[n]; n++)
		assert_int_equal(inet_pton(AF_INET6, q.sources[n], msg + 28 + 16 * n), 1);
	sea_put16(msg + 26, q.n_claimed ? q.n_claimed : n);
	test_inject_icmp6(t, &ip, msg, q.len ? q.len : 28u + 16u * n);
}

static void put_addr(FILE *out, const uint8_t *a)
{
	char text[INET6_ADDRSTRLEN];

	fputs(inet_ntop(AF_INET6, a, text, sizeof(text)), out);
}

static void put_records(FILE *out, const uint8_t *msg, size_t len)
{
	static const char *const names[] = { "?",     "is_in", "is_ex", "to_in",
					     "to_ex", "allow", "block" };
	size_t at = 8;

	for (unsigned n = sea_get16(msg + 6); n; n--) {
		assert_in_range(msg[at], 1, 6);
		fprintf(out, " %s(", names[msg[at]]);
		put_addr(out, msg + at + 4);
		for (unsigned i = 0; i < sea_get16(msg + at + 2); i++) {
			fputc(',', out);
			put_addr(out, msg + at + 20 + 16 * i);
		}
		fputc(')', out);
		at += 20u + 16u * sea_get16(msg + at + 2);
	}
	assert_int_equal(at, len);
}

/* RFC3810:5 RFC2710:3 hop limit 1, a router alert, and from the link-local address. */
static void put_report(FILE *out, const struct test_frame *f, const char *from)
{
	const struct sea_ipv6_hdr *ip = (const void *)(f->bytes + 14);
	const uint8_t *ext = (const uint8_t *)(ip + 1), *msg = ext + SEA_MLD_ALERT_LEN;
	size_t len = f->len - 14 - sizeof(*ip) - SEA_MLD_ALERT_LEN;
	uint32_t pseudo = test_pseudo6(ip->src, ip->dst, 58, len);

	assert_memory_equal(ext, sea_mld_alert, SEA_MLD_ALERT_LEN);
	assert_int_equal(ip->next, 0);
	assert_int_equal(ip->hop_limit, 1);
	assert_true(test_is_ip6(ip->src, from));
	assert_int_equal(sea_be16_get(test_checksum(msg, len, pseudo)), 0);
	switch (msg[0]) {
	case 143:
		assert_true(test_is_ip6(ip->dst, "ff02::16")); /* RFC3810:5.2.14 */
		fprintf(out, "v2");
		put_records(out, msg, len);
		break;
	case 132:
		assert_true(test_is_ip6(ip->dst, "ff02::2"));
		fprintf(out, "done ");
		put_addr(out, msg + 8);
		break;
	default:
		assert_memory_equal(ip->dst, msg + 8, 16);
		fprintf(out, "v1 ");
		put_addr(out, msg + 8);
	}
	fputc('\n', out);
}

static const char *heard_from(struct test_stack *t, int64_t ns, const char *from)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct test_frame *f;

	text[0] = 0;
	test_advance(t, ns);
	while ((f = test_take(t)))
		if (f->bytes[12] == 0x86 && f->bytes[14 + 6] == 0)
			put_report(out, f, from);
	fclose(out);
	return text;
}

#define HEARS(t, ns, want) assert_string_equal(heard_from(t, ns, "fe80::ff:fe00:1"), want)

/* -- changes -- */

/* RFC3810:6.1, RFC8504:5.11-a */
static void changes_are_told_twice(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t), ssm = udp6(t);

	assert_int_equal(join(t, s, G), 0);
	HEARS(t, 3 * SECOND, "v2 to_ex(ff15::1)\nv2 to_ex(ff15::1)\n");
	assert_int_equal(source(t, s, MCAST_BLOCK_SOURCE, G, "fd00::5"), 0);
	HEARS(t, 3 * SECOND, "v2 block(ff15::1,fd00::5)\nv2 block(ff15::1,fd00::5)\n");
	assert_int_equal(source(t, ssm, MCAST_JOIN_SOURCE_GROUP, G2, "fd00::6"), 0);
	HEARS(t, 3 * SECOND, "v2 allow(ff15::2,fd00::6)\nv2 allow(ff15::2,fd00::6)\n");
	test_close(t, ssm);
	HEARS(t, 3 * SECOND, "v2 block(ff15::2,fd00::6)\nv2 block(ff15::2,fd00::6)\n");
	test_close(t, s);
	HEARS(t, 3 * SECOND, "v2 to_in(ff15::1)\nv2 to_in(ff15::1)\n");
	assert_int_equal(test_mib(t, SEA_MIB_Icmp6OutMLDv2Reports) >= 10, true);
}

/* RFC3810:6 */
static void what_stays_on_the_node_and_all_nodes_are_not_reported(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t);

	assert_int_equal(join(t, s, "ff01::5"), 0);
	assert_int_equal(join(t, s, "ff02::1"), 0);
	HEARS(t, 3 * SECOND, "");
	ask(t, (struct query){ .code = 100 });
	HEARS(t, SECOND, "v2 is_ex(ff02::1:ff00:1)\n");
}

/* RFC3590:4 */
static void without_an_address_reports_come_from_nobody_and_are_told_again(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
	struct test_stack *t = *state, own;
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .local = test_addr("fe80::ff:fe00:1"),
				   .prefix_len = 64 };

	(void)t;
	test_stack_new6(&own, modules, 3);
	addr.ifindex = own.link->ifindex;
	assert_int_equal(sea_ifaddr_del(own.stack, &addr, own.now), 0);
	test_advance(&own, 5 * SECOND);
	test_take_all(&own);
	own.hear_mld = true;
	assert_int_equal(join(&own, udp6(&own), G), 0);
	assert_string_equal(heard_from(&own, 3 * SECOND, "::"),
			    "v2 to_ex(ff15::1)\nv2 to_ex(ff15::1)\n");
	test_add_addr6(&own, own.link, "fe80::ff:fe00:1/64");
	sea_mld_address_ready(own.link);
	HEARS(&own, NOW, "v2 to_ex(ff02::1:ff00:1) to_ex(ff15::1)\n");
	test_stack_free(&own);
}

/* -- queries -- */

/* RFC3810:6.2 RFC3810:6.3, RFC8504:14.2-a */
static void queries_are_answered(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t), ssm = udp6(t);

	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(source(t, ssm, MCAST_JOIN_SOURCE_GROUP, G2, "fd00::6"), 0);
	assert_int_equal(source(t, ssm, MCAST_JOIN_SOURCE_GROUP, G2, "fd00::7"), 0);
	heard_from(t, 3 * SECOND, "fe80::ff:fe00:1");
	ask(t, (struct query){ .code = 1000, .qrv = 2, .qqic = 125 });
	HEARS(t, SECOND + NOW,
	      "v2 is_ex(ff02::1:ff00:1) is_ex(ff15::1) is_in(ff15::2,fd00::6,fd00::7)\n");
	ask(t, (struct query){ .group = G, .code = 100 });
	HEARS(t, SECOND, "v2 is_ex(ff15::1)\n");
	ask(t, (struct query){ .group = G2, .code = 100, .sources = { "fd00::7", "fd00::9" } });
	HEARS(t, SECOND, "v2 is_in(ff15::2,fd00::7)\n");
	ask(t, (struct query){ .group = G2, .code = 100, .sources = { "fd00::9" } });
	HEARS(t, SECOND, "");
	assert_int_equal(test_mib(t, SEA_MIB_Icmp6InGroupMembQueries), 4);
}

/* RFC3810:6.2 case 84 */
static void queries_that_are_not_of_the_link_or_make_no_sense_are_dropped(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(join(t, udp6(t), G), 0);
	heard_from(t, 3 * SECOND, "fe80::ff:fe00:1");
	ask(t, (struct query){ .src = "2001:db8::9", .code = 1 });
	ask(t, (struct query){ .hop_limit = 2, .code = 1 });
	ask(t, (struct query){ .no_alert = true, .code = 1 });
	assert_int_equal(test_drops(t, SEA_DROP_MLD_SOURCE), 3);
	ask(t, (struct query){ .len = 23 });
	assert_int_equal(test_drops(t, SEA_DROP_ICMP_SHORT), 1);
	ask(t, (struct query){ .len = 25 });
	ask(t, (struct query){ .group = G, .n_claimed = 1 });
	ask(t, (struct query){ .group = G, .n_claimed = 65535 });
	ask(t, (struct query){ .group = "2001:db8::1" });
	assert_int_equal(test_drops(t, SEA_DROP_MLD_QUERY), 4);
	ask(t, (struct query){ .code = 5, .sources = { "fd00::1" } });
	HEARS(t, 10 * SECOND, "");
	ask(t, (struct query){ .group = G, .code = 0 });
	HEARS(t, NOW, "v2 is_ex(ff15::1)\n");
	ask(t, (struct query){ .group = G, .code = 65535, .qrv = 7, .qqic = 255 });
	HEARS(t, 8388 * SECOND, "v2 is_ex(ff15::1)\n");
}

/* -- version 1 -- */

static void overhear(struct test_stack *t, const char *group, const char *src)
{
	uint8_t msg[24] = { 131 };

	assert_int_equal(inet_pton(AF_INET6, group, msg + 8), 1);
	test_inject_icmp6(t,
			  &(struct test_ip6){ .src = src,
					      .dst = group,
					      .hop_limit = 1,
					      .exts = sea_mld_alert,
					      .exts_len = SEA_MLD_ALERT_LEN },
			  msg, sizeof(msg));
}

/* RFC2710:4 RFC2710:5 */
static void version_1_reports_each_group_and_is_silent_after_another(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t);

	force(t, "1");
	assert_int_equal(join(t, s, G), 0);
	HEARS(t, NOW, "v1 ff15::1\n");
	HEARS(t, 10 * SECOND + NOW, "v1 ff15::1\n");
	ask(t, (struct query){ .group = G, .code = 1000, .len = 24 });
	HEARS(t, SECOND + NOW, "v1 ff15::1\n");
	ask(t, (struct query){ .group = G, .code = 1000, .qrv = 2 }); /* of version 2, read as 1 */
	overhear(t, G, "2001:db8::9");
	assert_int_equal(test_drops(t, SEA_DROP_MLD_SOURCE), 1);
	HEARS(t, SECOND + NOW, "v1 ff15::1\n");
	ask(t, (struct query){ .group = G, .code = 1000, .len = 24 });
	overhear(t, G, "fe80::7");
	HEARS(t, SECOND + NOW, "");
	test_close(t, s); /* RFC2710:4 not the last that reported */
	HEARS(t, SECOND, "");
	s = udp6(t);
	assert_int_equal(join(t, s, G), 0);
	heard_from(t, 11 * SECOND, "fe80::ff:fe00:1");
	test_close(t, s);
	HEARS(t, SECOND, "done ff15::1\n");
}

/* RFC3810:8.2.1, RFC8504:5.11-a */
static void an_older_querier_is_spoken_to_in_its_version(void **state)
{
	struct test_stack *t = *state;

	ask(t, (struct query){ .code = 10, .len = 24 });
	HEARS(t, SECOND, "v1 ff02::1:ff00:1\n");
	assert_int_equal(join(t, udp6(t), G), 0);
	HEARS(t, NOW, "v1 ff15::1\n");
	test_advance(t, 261 * SECOND); /* robustness x interval, and one response */
	test_take_all(t);
	assert_int_equal(join(t, udp6(t), G2), 0);
	HEARS(t, NOW, "v2 to_ex(ff15::2)\n");
	force(t, "2"); /* and no other, whoever asks */
	ask(t, (struct query){ .code = 10, .len = 24 });
	HEARS(t, 3 * SECOND, "v2 to_ex(ff15::2)\n");
	assert_int_equal(join(t, udp6(t), "ff15::3"), 0);
	HEARS(t, NOW, "v2 to_ex(ff15::3)\n");
}

/* It may be another wire. */
static void groups_are_told_again_when_the_carrier_comes_back(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(join(t, udp6(t), G), 0);
	test_advance(t, 5 * SECOND);
	test_take_all(t);
	sea_link_set_carrier(t->link, false, t->now);
	HEARS(t, 5 * SECOND, "");
	sea_link_set_carrier(t->link, true, t->now);
	HEARS(t, NOW, "v2 to_ex(ff02::1:ff00:1) to_ex(ff15::1)\n");
}

static void other_messages_are_for_routers(void **state)
{
	struct test_stack *t = *state;
	uint8_t report[8] = { 143 }, done[24] = { 132 };
	const struct test_ip6 ip = { .src = "fe80::7", .dst = "ff02::1", .hop_limit = 1 };

	test_inject_icmp6(t, &ip, report, sizeof(report));
	test_inject_icmp6(t, &ip, done, sizeof(done));
	assert_int_equal(test_mib(t, SEA_MIB_Icmp6InMLDv2Reports), 1);
	assert_int_equal(test_mib(t, SEA_MIB_Icmp6InGroupMembReductions), 1);
	HEARS(t, SECOND, "");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(changes_are_told_twice),
		T(what_stays_on_the_node_and_all_nodes_are_not_reported),
		T(without_an_address_reports_come_from_nobody_and_are_told_again),
		T(queries_are_answered),
		T(queries_that_are_not_of_the_link_or_make_no_sense_are_dropped),
		T(version_1_reports_each_group_and_is_silent_after_another),
		T(an_older_querier_is_spoken_to_in_its_version),
		T(groups_are_told_again_when_the_carrier_comes_back),
		T(other_messages_are_for_routers),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
