/* SPDX-License-Identifier: Apache-2.0 */
/* What a host tells multicast routers in IGMP, and when. What is expected was seen on Linux 6.18. */
#include <stdio.h>

#include <seastack/save.h>
#include <seastack/stats.h>

#include "tests/lib/mcast.h"
#include "tests/lib/snapshot.h"

#define QUERIER "10.0.0.9"

/* -- the other end of the wire -- */

struct query {
	const char *group; /* NULL: all */
	uint8_t code, qrv, qqic;
	const char *sources[4];
	uint16_t n_claimed; /* 0: as many as there are */
	size_t len;         /* 0: right; 8 is the older versions */
	uint16_t sum_error;
};

static void send_igmp(struct test_stack *t, const char *dst, uint8_t *msg, size_t len,
		      uint16_t sum_error)
{
	static const uint8_t alert[4] = { 0x94, 4, 0, 0 };
	sea_be32 g = test_ip4(dst);
	const struct sea_mac mac = { { 1, 0, 0x5e, g.b[1] & 0x7f, g.b[2], g.b[3] } };
	sea_be16 sum;

	memset(msg + 2, 0, 2);
	sum = test_checksum(msg, len, 0);
	sea_put16(msg + 2, (uint16_t)(sea_be16_get(sum) + sum_error));
	test_inject_ip(t,
		       &(struct test_ip){ .proto = 2,
					  .eth_dst = &mac,
					  .src = QUERIER,
					  .dst = dst,
					  .ttl = 1,
					  .opts = alert,
					  .opts_len = sizeof(alert) },
		       msg, len);
}

static void ask(struct test_stack *t, struct query q)
{
	uint8_t msg[64] = { 0x11, q.code };
	sea_be32 group = test_ip4(q.group ? q.group : "0.0.0.0");
	uint16_t n = 0;

	memcpy(msg + 4, group.b, 4);
	msg[8] = q.qrv;
	msg[9] = q.qqic;
	for (; n < 4 && q.sources[n]; n++) {
		sea_be32 src = test_ip4(q.sources[n]);

		memcpy(msg + 12 + 4 * n, src.b, 4);
	}
	sea_put16(msg + 10, q.n_claimed ? q.n_claimed : n);
	send_igmp(t, q.group ? q.group : "224.0.0.1", msg, q.len ? q.len : 12u + 4u * n,
		  q.sum_error);
}

static const char *name_of(uint8_t record)
{
	static const char *const names[] = { "?",     "is_in", "is_ex", "to_in",
					     "to_ex", "allow", "block" };

	assert_in_range(record, 1, 6);
	return names[record];
}

static void put_addr(FILE *out, const uint8_t *a)
{
	fprintf(out, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
}

static void put_records(FILE *out, const uint8_t *msg, size_t len)
{
	size_t at = 8;

	for (unsigned n = sea_get16(msg + 6); n; n--) {
		fprintf(out, " %s(", name_of(msg[at]));
		put_addr(out, msg + at + 4);
		for (unsigned i = 0; i < sea_get16(msg + at + 2); i++) {
			fputc(',', out);
			put_addr(out, msg + at + 8 + 4 * i);
		}
		fputc(')', out);
		at += 8u + 4u * sea_get16(msg + at + 2);
	}
	assert_int_equal(at, len);
}

static void put_report(FILE *out, struct test_frame *f)
{
	const uint8_t *msg, *ip = f->bytes + 14;
	size_t len;

	test_expect_ip(f, 2, &msg, &len);
	assert_int_equal(ip[0], 0x46); /* RFC3376:4 a router alert, TTL 1, precedence of control */
	assert_memory_equal(ip + 20, "\x94\x04\0\0", 4);
	assert_int_equal(ip[1], 0xc0);
	assert_int_equal(ip[8], 1);
	assert_int_equal(sea_be16_get(test_checksum(msg, len, 0)), 0);
	switch (msg[0]) {
	case 0x22:
		assert_memory_equal(ip + 16, "\xe0\0\0\x16", 4); /* RFC3376:4.2.14 */
		fprintf(out, "v3");
		put_records(out, msg, len);
		break;
	case 0x17:
		assert_memory_equal(ip + 16, "\xe0\0\0\2", 4); /* RFC2236:9 */
		fprintf(out, "leave ");
		put_addr(out, msg + 4);
		break;
	default:
		assert_memory_equal(ip + 16, msg + 4, 4);
		fprintf(out, msg[0] == 0x16 ? "v2 " : "v1 ");
		put_addr(out, msg + 4);
		break;
	}
	fputc('\n', out);
}

/* All that goes out within the time, a line each. */
static const char *heard_within(struct test_stack *t, int64_t ns)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct test_frame *f;

	text[0] = 0;
	test_advance(t, ns);
	while ((f = test_take(t)))
		put_report(out, f);
	fclose(out);
	return text;
}

#define HEARS(t, ns, want) assert_string_equal(heard_within(t, ns), want)

/* Moments later: what is sent at once. */
#define NOW (3 * SEA_MSEC)
#define SECOND SEA_SEC

static void force(struct test_stack *t, const char *version)
{
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.conf.eth0.force_igmp_version", version,
					t->now),
			 0);
}

/* -- changes, IGMPv3 -- */

/* RFC3376:5.1, RFC1122:3.3.7-a */
static void joining_and_leaving_is_told_twice(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(join(t, s, G), 0);
	HEARS(t, NOW, "v3 to_ex(239.1.1.1)\n");
	HEARS(t, SECOND + NOW, "v3 to_ex(239.1.1.1)\n");
	HEARS(t, 30 * SECOND, "");
	test_close(t, s);
	HEARS(t, NOW, "v3 to_in(239.1.1.1)\n");
	HEARS(t, SECOND + NOW, "v3 to_in(239.1.1.1)\n");
	HEARS(t, 30 * SECOND, "");
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.igmp_qrv", "3", t->now), 0);
	assert_int_equal(join(t, test_udp(t), G), 0);
	HEARS(t, 5 * SECOND, "v3 to_ex(239.1.1.1)\nv3 to_ex(239.1.1.1)\nv3 to_ex(239.1.1.1)\n");
}

/* RFC3376:5.1 */
static void sources_that_come_and_go_are_told(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), ssm = test_udp(t);

	assert_int_equal(join(t, s, G), 0);
	heard_within(t, 3 * SECOND);
	assert_int_equal(source(t, s, IP_BLOCK_SOURCE, G, "1.1.1.1"), 0);
	HEARS(t, 3 * SECOND, "v3 block(239.1.1.1,1.1.1.1)\nv3 block(239.1.1.1,1.1.1.1)\n");
	assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, G, "1.1.1.1"), 0);
	HEARS(t, 3 * SECOND, "v3 allow(239.1.1.1,1.1.1.1)\nv3 allow(239.1.1.1,1.1.1.1)\n");
	test_close(t, s); /* RFC3376:5.1 the mode of the link is another one */
	HEARS(t, 3 * SECOND, "v3 to_in(239.1.1.1,1.1.1.1)\nv3 to_in(239.1.1.1,1.1.1.1)\n");
	assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, G, "1.1.1.2"), 0);
	HEARS(t, 3 * SECOND, "v3 allow(239.1.1.1,1.1.1.2)\nv3 allow(239.1.1.1,1.1.1.2)\n");
	test_close(t, ssm);
	HEARS(t, 3 * SECOND,
	      "v3 block(239.1.1.1,1.1.1.1,1.1.1.2)\nv3 block(239.1.1.1,1.1.1.1,1.1.1.2)\n");
}

static void changes_in_a_row_go_out_together(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), ssm = test_udp(t);

	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(join(t, s, "239.1.1.2"), 0);
	assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "9.9.9.9"), 0);
	HEARS(t, NOW, "v3 to_ex(239.1.1.1) to_ex(239.1.1.2) allow(239.1.1.3,9.9.9.9)\n");
	test_close(t, s); /* before it was told again: only the present counts */
	HEARS(t, NOW, "v3 to_in(239.1.1.1) to_in(239.1.1.2) allow(239.1.1.3,9.9.9.9)\n");
}

/* RFC3376:6 */
static void groups_of_all_hosts_and_where_told_of_the_link_are_not_reported(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(join(t, s, "224.0.0.1"), 0);
	HEARS(t, 3 * SECOND, "");
	assert_int_equal(join(t, s, "224.0.0.5"), 0);
	HEARS(t, NOW, "v3 to_ex(224.0.0.5)\n");
	heard_within(t, 3 * SECOND);
	assert_int_equal(
		sea_sysctl_set(t->stack, "net.ipv4.igmp_link_local_mcast_reports", "0", t->now), 0);
	assert_int_equal(join(t, s, "224.0.0.6"), 0);
	HEARS(t, 3 * SECOND, "");
	ask(t, (struct query){ .code = 1 });
	HEARS(t, SECOND, "");
}

/* RFC3376:4.2.13 */
static void without_an_address_reports_come_from_nobody(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct test_stack *t = *state;
	struct sea_link *eth1 = test_add_link(t, "eth1", &mac, NULL);
	struct test_frame *f;

	assert_int_equal(member_of(t, test_udp(t), IP_ADD_MEMBERSHIP, G, eth1->ifindex), 0);
	test_advance(t, NOW);
	f = test_take(t);
	assert_ptr_equal(f->link, eth1);
	assert_memory_equal(f->bytes + 14 + 12, "\0\0\0\0", 4);
}

static void a_link_that_comes_up_tells_all_its_groups(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(join(t, test_udp(t), G), 0);
	assert_int_equal(source(t, test_udp(t), IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "9.9.9.9"),
			 0);
	heard_within(t, 3 * SECOND);
	assert_int_equal(sea_link_set_up(t->link, false, t->now), 0);
	HEARS(t, 3 * SECOND, "");
	assert_int_equal(sea_link_set_up(t->link, true, t->now), 0);
	HEARS(t, NOW, "v3 to_ex(239.1.1.1) allow(239.1.1.3,9.9.9.9)\n");
}

/* -- queries, IGMPv3 -- */

/* RFC3376:5.2, RFC1812:4.2.3.2-a */
static void queries_are_answered_within_their_time(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(join(t, test_udp(t), G), 0);
	assert_int_equal(source(t, test_udp(t), IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "9.9.9.9"),
			 0);
	heard_within(t, 3 * SECOND);
	ask(t, (struct query){ .code = 50, .qrv = 2, .qqic = 125 });
	HEARS(t, 5 * SECOND + NOW, "v3 is_ex(239.1.1.1) is_in(239.1.1.3,9.9.9.9)\n");
	ask(t, (struct query){ .group = G, .code = 10, .qrv = 2 });
	HEARS(t, SECOND + NOW, "v3 is_ex(239.1.1.1)\n");
	ask(t, (struct query){ .group = "239.1.1.9", .code = 10 });
	HEARS(t, 3 * SECOND, ""); /* RFC3376:5.2 nothing to say of it */
	ask(t, (struct query){ .code = 10, .sources = { "1.1.1.1" } });
	HEARS(t, 3 * SECOND, "");
	ask(t, (struct query){ .code = 100 });
	ask(t, (struct query){ .code = 1 }); /* the sooner of both, and once */
	HEARS(t, 100 * SEA_MSEC + NOW, "v3 is_ex(239.1.1.1) is_in(239.1.1.3,9.9.9.9)\n");
	HEARS(t, 20 * SECOND, "");
}

/* RFC3376:5.2 */
static void of_sources_only_those_that_are_asked_of_are_told(void **state)
{
	struct test_stack *t = *state;
	sea_socket ex = test_udp(t), ssm = test_udp(t);

	assert_int_equal(join(t, ex, G), 0);
	assert_int_equal(source(t, ex, IP_BLOCK_SOURCE, G, "1.1.1.1"), 0);
	assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "2.2.2.2"), 0);
	assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "2.2.2.3"), 0);
	heard_within(t, 3 * SECOND);
	ask(t,
	    (struct query){ .group = "239.1.1.3", .code = 5, .sources = { "2.2.2.3", "9.9.9.9" } });
	HEARS(t, SECOND, "v3 is_in(239.1.1.3,2.2.2.3)\n");
	ask(t, (struct query){ .group = "239.1.1.3", .code = 5, .sources = { "9.9.9.9" } });
	HEARS(t, SECOND, "");
	ask(t, (struct query){ .group = G, .code = 5, .sources = { "1.1.1.1" } });
	HEARS(t, SECOND, "");
	ask(t, (struct query){ .group = G, .code = 5, .sources = { "1.1.1.1", "4.4.4.4" } });
	HEARS(t, SECOND, "v3 is_ex(239.1.1.1,1.1.1.1)\n");
	ask(t, (struct query){ .group = "239.1.1.3", .code = 5, .sources = { "2.2.2.2" } });
	ask(t, (struct query){ .group = "239.1.1.3", .code = 5, .sources = { "2.2.2.3" } });
	HEARS(t, SECOND, "v3 is_in(239.1.1.3,2.2.2.2,2.2.2.3)\n");
	ask(t, (struct query){ .group = "239.1.1.3", .code = 5, .sources = { "2.2.2.2" } });
	ask(t, (struct query){ .group = "239.1.1.3", .code = 5 }); /* of the whole group, too */
	HEARS(t, SECOND, "v3 is_in(239.1.1.3,2.2.2.2,2.2.2.3)\n");
}

/* RFC3376:4.1.6 RFC3376:4.1.7 the querier's variables are ours */
static void robustness_of_the_querier_is_taken_over(void **state)
{
	struct test_stack *t = *state;

	ask(t, (struct query){ .code = 1, .qrv = 4 });
	HEARS(t, SECOND, "");
	assert_int_equal(join(t, test_udp(t), G), 0);
	HEARS(t, 10 * SECOND,
	      "v3 to_ex(239.1.1.1)\nv3 to_ex(239.1.1.1)\nv3 to_ex(239.1.1.1)\n"
	      "v3 to_ex(239.1.1.1)\n");
}

/* RFC3376:4.2.16: a list goes on in another record; one of EXCLUDE is cut. */
static void lists_that_do_not_fit_go_on_or_are_cut(void **state)
{
	struct test_stack *t = *state;
	sea_socket ssm = test_udp(t), ex = test_udp(t);
	unsigned total = 0, frames = 0;
	struct test_frame *f;
	char src[16];

	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.igmp_max_msf", "600", t->now), 0);
	for (unsigned i = 0; i < 500; i++) {
		snprintf(src, sizeof(src), "1.1.%u.%u", i / 250, i % 250 + 1);
		assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, G, src), 0);
	}
	test_advance(t, NOW);
	for (; (f = test_take(t)); frames++) {
		const uint8_t *msg;
		size_t len;

		test_expect_ip(f, 2, &msg, &len);
		assert_int_equal(msg[8], 5);
		total += sea_get16(msg + 10);
	}
	assert_int_equal(total, 500);
	assert_int_equal(frames, 2);
	test_close(t, ssm);
	test_advance(t, 5 * SECOND);
	test_take_all(t);

	assert_int_equal(join(t, ex, G), 0);
	for (unsigned i = 0; i < 500; i++) {
		snprintf(src, sizeof(src), "1.1.%u.%u", i / 250, i % 250 + 1);
		assert_int_equal(source(t, ex, IP_BLOCK_SOURCE, G, src), 0);
	}
	test_advance(t, 5 * SECOND);
	test_take_all(t);
	ask(t, (struct query){ .group = G, .code = 1 });
	test_advance(t, SECOND);
	f = test_take(t);
	assert_int_equal(f->len, 14 + 1500);
	assert_int_equal(sea_get16(f->bytes + 14 + 24 + 10), (1500 - 24 - 8 - 8) / 4);
	assert_null(test_take(t));
}

/* -- older versions -- */

/* RFC2236:3 */
static void version_2_reports_each_group_and_leaves_it(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), ssm = test_udp(t);

	force(t, "2");
	assert_int_equal(join(t, s, G), 0);
	HEARS(t, NOW, "v2 239.1.1.1\n");
	HEARS(t, 10 * SECOND + NOW, "v2 239.1.1.1\n");
	assert_int_equal(source(t, ssm, IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "2.2.2.2"), 0);
	HEARS(t, 11 * SECOND, "v2 239.1.1.3\nv2 239.1.1.3\n");
	ask(t, (struct query){ .code = 10, .len = 8 });
	test_advance(t, SECOND + NOW);
	assert_int_equal(test_take_all(t), 2);
	ask(t, (struct query){ .group = G, .code = 10, .len = 8 });
	HEARS(t, SECOND + NOW, "v2 239.1.1.1\n");
	test_close(t, s);
	HEARS(t, 3 * SECOND, "leave 239.1.1.1\n");
}

static void overhear(struct test_stack *t, uint8_t type, const char *group)
{
	uint8_t msg[8] = { type };
	sea_be32 g = test_ip4(group);

	memcpy(msg + 4, g.b, 4);
	send_igmp(t, group, msg, 8, 0);
}

/* RFC2236:3 */
static void a_member_that_hears_another_one_is_silent(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	force(t, "2");
	assert_int_equal(join(t, s, G), 0);
	HEARS(t, NOW, "v2 239.1.1.1\n");
	overhear(t, 0x16, G);
	HEARS(t, 11 * SECOND, "");
	ask(t, (struct query){ .code = 100, .len = 8 });
	overhear(t, 0x12, G);
	HEARS(t, 11 * SECOND, "");
	test_close(t, s); /* RFC2236:3 another one is there still */
	HEARS(t, 3 * SECOND, "");
}

/* RFC1112:A */
static void version_1_answers_within_ten_seconds_and_leaves_in_silence(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	force(t, "1");
	assert_int_equal(join(t, s, G), 0);
	HEARS(t, NOW, "v1 239.1.1.1\n");
	HEARS(t, 10 * SECOND + NOW, "v1 239.1.1.1\n");
	ask(t, (struct query){ .len = 8 });
	HEARS(t, 10 * SECOND + NOW, "v1 239.1.1.1\n");
	test_close(t, s);
	HEARS(t, 3 * SECOND, "");
}

/* RFC3376:7.2.1 RFC2236:4 */
static void an_older_querier_is_spoken_to_in_its_version(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(join(t, s, G), 0);
	HEARS(t, NOW, "v3 to_ex(239.1.1.1)\n");
	ask(t, (struct query){ .code = 10, .len = 8 });
	HEARS(t, SECOND + NOW, "v2 239.1.1.1\n"); /* and the change is not told again */
	assert_int_equal(source(t, s, IP_BLOCK_SOURCE, G, "1.1.1.1"), 0);
	HEARS(t, 3 * SECOND, ""); /* nothing that it would understand */
	ask(t, (struct query){ .code = 5, .qrv = 7, .qqic = 9 });
	HEARS(t, SECOND, "v2 239.1.1.1\n");
	ask(t, (struct query){ .len = 8 });
	HEARS(t, 10 * SECOND + NOW, "v1 239.1.1.1\n");
	test_close(t, s);
	HEARS(t, 3 * SECOND, "");
	test_advance(t, 260 * SECOND); /* robustness x interval, and one response */
	assert_int_equal(join(t, test_udp(t), G), 0);
	HEARS(t, NOW, "v3 to_ex(239.1.1.1)\n");
}

/* -- what makes no sense -- */

/* case 84 */
static void malformed_queries_do_no_harm(void **state)
{
	struct test_stack *t = *state;
	uint8_t msg[16] = { 0x13 };

	assert_int_equal(join(t, test_udp(t), G), 0);
	heard_within(t, 3 * SECOND);
	ask(t, (struct query){ .code = 5, .len = 7 });
	assert_int_equal(test_drops(t, SEA_DROP_IGMP_SHORT), 1);
	ask(t, (struct query){ .code = 5, .len = 9 });
	ask(t, (struct query){ .group = G, .code = 5, .n_claimed = 1 });
	ask(t, (struct query){ .group = G, .code = 5, .n_claimed = 65535 });
	assert_int_equal(test_drops(t, SEA_DROP_IGMP_QUERY), 3);
	ask(t, (struct query){ .code = 5, .sum_error = 1 });
	assert_int_equal(test_drops(t, SEA_DROP_IGMP_CHECKSUM), 1);
	send_igmp(t, "224.0.0.1", msg, 8, 0);
	assert_int_equal(test_drops(t, SEA_DROP_IGMP_TYPE), 1);
	HEARS(t, 10 * SECOND, "");
	ask(t, (struct query){ .code = 0 }); /* no time at all is a moment */
	HEARS(t, NOW, "v3 is_ex(239.1.1.1)\n");
	ask(t, (struct query){ .group = G, .code = 0 });
	HEARS(t, NOW, "v3 is_ex(239.1.1.1)\n");
	ask(t, (struct query){ .code = 255, .qrv = 7, .qqic = 255 }); /* 3174.4 s */
	HEARS(t, 3175 * SECOND, "v3 is_ex(239.1.1.1)\n");
}

/* case 84 */
static void groups_joined_and_left_in_a_row_do_not_pile_up(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	char group[16];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(group, sizeof(group), "239.2.%u.%u", i / 250, i % 250);
		assert_int_equal(join(t, s, group), 0);
		assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, group, "10.0.0.1"), 0);
	}
	assert_int_equal(groups_of(t)->n_unused, SEA_GROUPS_UNUSED_MAX);
	assert_int_equal(test_mib(t, SEA_MIB_SeaGroupsForgotten), 1000 - SEA_GROUPS_UNUSED_MAX);
	test_advance(t, 3 * SECOND);
	test_take_all(t);
	assert_int_equal(groups_of(t)->n_unused, 0);
}

static void what_is_still_to_be_told_survives_a_save(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp };
	struct test_stack *t = *state;
	struct snapshot snap = { 0 };
	struct test_stack back = { 0 };
	sea_socket s = test_udp(t);

	ask(t, (struct query){ .code = 1, .qrv = 3 });
	HEARS(t, SECOND, "");
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(join(t, s, "239.1.1.2"), 0);
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, "239.1.1.2", "10.0.0.1"), 0);
	HEARS(t, NOW, "v3 to_ex(239.1.1.1) to_in(239.1.1.2)\n");
	assert_int_equal(sea_stack_save(t->stack, snapshot_write, &snap), 0);
	test_env_init(&back.env);
	assert_int_equal(sea_stack_load(NULL, &back.env.env, modules, 2, false, snapshot_read,
					&snap, &back.stack),
			 0);
	back.link = sea_link_by_name(back.stack, "eth0");
	back.now = t->now;
	HEARS(&back, 5 * SECOND,
	      "v3 to_ex(239.1.1.1) to_in(239.1.1.2)\nv3 to_ex(239.1.1.1) to_in(239.1.1.2)\n");
	snapshot_free(&snap);
	test_stack_free(&back);
}

static void groups_are_not_forwarded_and_a_sysctl_says_so(void **state)
{
	static const char name[] = "net.ipv4.conf.eth0.mc_forwarding";
	struct test_stack *t = *state;
	char text[16];

	assert_int_equal(sea_sysctl_get(t->stack, name, text, sizeof(text)), 1);
	assert_string_equal(text, "0");
	assert_int_equal(sea_sysctl_set(t->stack, name, "1", t->now), -EPERM);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, udp_setup, udp_teardown)
	const struct CMUnitTest tests[] = {
		T(joining_and_leaving_is_told_twice),
		T(sources_that_come_and_go_are_told),
		T(changes_in_a_row_go_out_together),
		T(groups_of_all_hosts_and_where_told_of_the_link_are_not_reported),
		T(without_an_address_reports_come_from_nobody),
		T(a_link_that_comes_up_tells_all_its_groups),
		T(queries_are_answered_within_their_time),
		T(of_sources_only_those_that_are_asked_of_are_told),
		T(robustness_of_the_querier_is_taken_over),
		T(lists_that_do_not_fit_go_on_or_are_cut),
		T(version_2_reports_each_group_and_leaves_it),
		T(a_member_that_hears_another_one_is_silent),
		T(version_1_answers_within_ten_seconds_and_leaves_in_silence),
		T(an_older_querier_is_spoken_to_in_its_version),
		T(malformed_queries_do_no_harm),
		T(groups_joined_and_left_in_a_row_do_not_pile_up),
		T(what_is_still_to_be_told_survives_a_save),
		T(groups_are_not_forwarded_and_a_sysctl_says_so),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
