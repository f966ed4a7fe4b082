/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments of IPv6, in and out; counters and errors as the kernel (6.18) has them for the same frames. */
#include <errno.h>
#include <stdio.h>

#include "fragments.h"
#include "ip/ipv6.h"
#include "tests/lib/snapshot.h"
#include "wire/icmp6.h"
#include "wire/ndp.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };

static int setup(void **state)
{
	memset(&heard, 0, sizeof(heard));
	make_content();
	test_stack_new6(&t, modules, 2);
	test_know_peer6(&t);
	sea_stack_add_ip_proto(t.stack, &listener);
	set("net.ipv6.icmp.ratelimit", "0");
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* Bytes [from, to) of the content behind a fragment header, itself behind `ip`'s headers. */
static void piece6_of(struct test_ip6 ip, uint32_t id, uint8_t next, uint32_t from, uint32_t to,
		      bool more)
{
	uint8_t exts[128];
	struct sea_ipv6_frag_hdr frag = { .next = next,
					  .off_flags = sea_be16_of((uint16_t)(from | more)),
					  .id = sea_be32_of(id) };

	if (ip.exts_len)
		memcpy(exts, ip.exts, ip.exts_len);
	memcpy(exts + ip.exts_len, &frag, sizeof(frag));
	if (!ip.exts_len)
		ip.exts_next = SEA_IPV6_FRAGMENT;
	ip.exts = exts;
	ip.exts_len += sizeof(frag);
	test_inject_ip6(&t, &ip, content + from, to - from);
}

static void piece6(uint32_t id, uint32_t from, uint32_t to, bool more)
{
	piece6_of((struct test_ip6){ 0 }, id, SEA_IPPROTO_UDP, from, to, more);
}

static const struct sea_frag_table *table(void)
{
	return &sea_ipv6_of(t.stack)->frags;
}

static void expect_fails(uint64_t n)
{
	assert_int_equal(count(SEA_MIB_Ip6ReasmFails), n);
	assert_int_equal(heard.n, 0);
	assert_int_equal(table()->queues.n, 0);
	assert_int_equal(table()->charged, 0);
}

static void expect_error(uint8_t type, uint8_t code, uint32_t info)
{
	const struct sea_icmp6_hdr *icmp;
	const uint8_t *payload;
	size_t len;

	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &payload, &len);
	icmp = (const struct sea_icmp6_hdr *)payload;
	assert_int_equal(icmp->type, type);
	assert_int_equal(icmp->code, code);
	assert_int_equal(sea_be32_get(icmp->rest), info);
	assert_null(test_take(&t));
}

/* -- in -- */

/* RFC8200:4.5-e */
static void fragments_make_the_packet(void **state)
{
	piece6(1, 16, 37, false);
	assert_int_equal(table()->charged, 1016); /* as the kernel's /proc/net/sockstat6 shows it */
	piece6(1, 0, 16, true);
	expect_heard(37);
	assert_int_equal(heard.rx.family, SEA_AF_INET6);
	assert_int_equal(heard.rx.proto, SEA_IPPROTO_UDP);
	assert_int_equal(heard.rx.hdr_len_net, 40);
	assert_int_equal(heard.rx.frag_max, 48 + 21);
	assert_int_equal(count(SEA_MIB_Ip6ReasmReqds), 2);
	assert_int_equal(count(SEA_MIB_Ip6ReasmOKs), 1);
	assert_int_equal(count(SEA_MIB_Ip6InDelivers), 1);
	expect_fails(0);
}

/* RFC8200:5-b, RFC8200:5-d */
static void largest_packet_is_put_together(void **state)
{
	for (uint32_t at = 0; at < 65535; at += 1448)
		piece6(1, at, at + 1448 < 65535 ? at + 1448 : 65535, at + 1448 < 65535);
	expect_heard(65535);
	assert_true(heard.held <= sea_pkt_held_max(65535));
}

/*
 * What stands before the fragment header is the first fragment's; its number leads on.
 * RFC8200:4.5-l
 */
static void headers_before_the_fragment_header_stay(void **state)
{
	static const uint8_t exts[16] = { SEA_IPV6_DSTOPTS,  0, 1, 4, 0, 0, 0, 0,
					  SEA_IPV6_FRAGMENT, 0, 1, 4, 0, 0, 0, 0 };

	piece6(1, 16, 32, false); /* without them */
	piece6_of((struct test_ip6){ .exts = exts, .exts_len = 16, .exts_next = SEA_IPV6_HOPOPTS },
		  1, SEA_IPPROTO_UDP, 0, 16, true);
	expect_heard(32);
	assert_int_equal(heard.rx.hdr_len_net, 56);
}

/* RFC8200:4.5-f: other fragments' next header is not looked at. */
static void next_header_is_the_first_fragments(void **state)
{
	piece6_of((struct test_ip6){ 0 }, 1, 99, 16, 32, false);
	piece6(1, 0, 16, true);
	expect_heard(32);
}

static void unknown_next_header_is_pointed_at_in_the_whole(void **state)
{
	piece6_of((struct test_ip6){ 0 }, 1, 99, 0, 16, true);
	piece6_of((struct test_ip6){ 0 }, 1, 99, 16, 32, false);
	expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_UNK_NEXT_HEADER,
		     offsetof(struct sea_ipv6_hdr, next));
}

/* Case 61. RFC5722:4-MUST-discard, RFC8200:4.5-j, RFC8504:5.1-b */
static void overlapping_fragments_drop_the_packet(void **state)
{
	piece6(1, 0, 16, true);
	piece6(1, 8, 24, true);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_OVERLAP), 2);
	expect_fails(1);
	assert_null(test_take(&t)); /* in silence */
}

/* RFC8200:4.5-j */
static void duplicates_are_ignored(void **state)
{
	piece6(1, 0, 16, true);
	piece6(1, 0, 16, true);
	piece6(1, 8, 16, true);
	piece6(1, 16, 32, false);
	expect_heard(32);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_DUPLICATE), 2);
}

/* Case 62. RFC6946:4, RFC8200:4.5-k, RFC8504:5.1-c */
static void atomic_fragments_do_not_mix_with_others(void **state)
{
	piece6(1, 0, 16, true);
	piece6(1, 0, 32, false);
	expect_heard(32);
	assert_int_equal(heard.rx.frag_max, 80);
	piece6(1, 16, 32, false);
	expect_heard(32);
	assert_int_equal(count(SEA_MIB_Ip6ReasmReqds), 3);
	assert_int_equal(count(SEA_MIB_Ip6ReasmOKs), 2);
}

/* Case 63. RFC7112:5 RFC8200:4.5-c, RFC8504:5.1-d */
static void first_fragment_must_have_all_headers(void **state)
{
	static const struct {
		uint8_t next, bytes[8];
		uint32_t len;
	} cut[] = {
		{ SEA_IPPROTO_TCP, { 0 }, 16 },
		{ SEA_IPV6_DSTOPTS, { SEA_IPPROTO_UDP, 1 }, 8 },
		{ SEA_IPV6_DSTOPTS, { SEA_IPPROTO_UDP, 0 }, 8 },
		{ SEA_IPV6_AUTH, { SEA_IPPROTO_UDP, 4 }, 16 },
		{ SEA_IPPROTO_UDP, { 0 }, 0 },
	};
	uint8_t saved[16];

	memcpy(saved, content, sizeof(saved));
	for (uint32_t i = 0; i < 5; i++) {
		memset(content, 0, sizeof(saved));
		memcpy(content, cut[i].bytes, sizeof(cut[i].bytes));
		piece6_of((struct test_ip6){ 0 }, i, cut[i].next, 0, cut[i].len, true);
		expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_INCOMPLETE, 0);
		assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_HEADERS), i + 1);
	}
	memcpy(content, saved, sizeof(saved));
	assert_int_equal(count(SEA_MIB_Ip6InHdrErrors), 5);
	expect_fails(0);
}

/* Case 64: a fragment header within fragments leads to nothing worse than a packet of its own. */
static void nested_fragment_headers_are_taken_one_after_another(void **state)
{
	uint8_t saved[16];

	memcpy(saved, content, sizeof(saved));
	memset(content, 0, 8);
	content[0] = SEA_IPPROTO_UDP; /* atomic, within the first fragment */
	piece6_of((struct test_ip6){ 0 }, 1, SEA_IPV6_FRAGMENT, 0, 16, true);
	piece6_of((struct test_ip6){ 0 }, 1, SEA_IPV6_FRAGMENT, 16, 32, false);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.len, 24);
	memcpy(content, saved, sizeof(saved));
}

/* Case 64: a fragment header that is cut. */
static void cut_fragment_header_is_pointed_at(void **state)
{
	test_inject_ip6(&t, &(struct test_ip6){ .proto = SEA_IPV6_FRAGMENT }, "\x11\0\0", 3);
	expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 40);
	assert_int_equal(test_drops(&t, SEA_DROP_IPV6_EXT_SHORT), 1);
}

/* RFC8200:4.5-h */
static void length_that_is_no_multiple_of_8_is_pointed_at(void **state)
{
	piece6(1, 0, 12, true);
	expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 4);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_LENGTH), 1);
	assert_int_equal(count(SEA_MIB_Ip6InHdrErrors), 1);
}

/* Case 58. RFC8200:4.5-i */
static void end_beyond_65535_is_pointed_at(void **state)
{
	piece6(2, 65520, 65535, false); /* may be */
	assert_null(test_take(&t));
	test_inject_ip6(
		&t,
		&(struct test_ip6){ .exts = (const uint8_t[8]){ 17, 0, 0xff, 0xf8, 0, 0, 0, 3 },
				    .exts_len = 8,
				    .exts_next = SEA_IPV6_FRAGMENT },
		content, 100);
	expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 42);
}

static void contradictions_drop_the_packet(void **state)
{
	piece6(1, 16, 32, false);
	piece6(1, 16, 24, false);
	piece6(2, 16, 24, false);
	piece6(2, 24, 32, true);
	piece6(3, 8, 8, true); /* empty */
	piece6_of((struct test_ip6){ .tclass = 0 }, 4, SEA_IPPROTO_UDP, 0, 16, true);
	piece6_of((struct test_ip6){ .tclass = 3 }, 4, SEA_IPPROTO_UDP, 16, 32, false);
	expect_fails(4);
	assert_null(test_take(&t));
}

/* RFC8504:5.12-a */
static void congestion_mark_is_the_packets(void **state)
{
	piece6_of((struct test_ip6){ .tclass = 2 }, 4, SEA_IPPROTO_UDP, 0, 16, true);
	piece6_of((struct test_ip6){ .tclass = 3 }, 4, SEA_IPPROTO_UDP, 16, 32, false);
	expect_heard(32);
	assert_int_equal(heard.rx.tos, 3);
}

/* RFC8200:4.5-g RFC4443:3.3-b */
static void sender_is_told_when_time_is_over(void **state)
{
	piece6(1, 0, 16, true);
	test_advance(&t, 60 * SEA_SEC - 1);
	assert_null(test_take(&t));
	test_advance(&t, 1);
	expect_error(SEA_ICMP6_TIME_EXCEEDED, SEA_ICMP6_REASSEMBLY, 0);
	assert_int_equal(count(SEA_MIB_Ip6ReasmTimeout), 1);
	expect_fails(1);
	piece6(1, 16, 32, false);
	test_advance(&t, 61 * SEA_SEC);
	assert_null(test_take(&t));
	expect_fails(2);
}

static void one_prefix_gets_half_of_the_memory(void **state)
{
	char src[40];

	set("net.ipv6.ip6frag_low_thresh", "1000");
	set("net.ipv6.ip6frag_high_thresh", "20000");
	for (unsigned i = 0; i < 30; i++) {
		snprintf(src, sizeof(src), "2001:db8::5:%x", i + 1);
		piece6_of((struct test_ip6){ .src = src }, 1, SEA_IPPROTO_UDP, 0, 16, true);
	}
	assert_int_equal(table()->queues.n, 10);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_PEER), 20);
	for (unsigned i = 0; i < 30; i++)
		piece6_of((struct test_ip6){ .src = "2001:db8:7::1" }, i, SEA_IPPROTO_UDP, 0, 16,
			  true);
	assert_int_equal(table()->queues.n, 20);
	assert_true(test_drops(&t, SEA_DROP_IP_FRAG_MEMORY) > 0);
	test_advance(&t, 61 * SEA_SEC);
	assert_int_equal(table()->charged, 0);
}

static void link_counts_where_the_address_needs_it(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct sea_link *other = test_add_link(&t, "eth1", &mac, NULL);
	struct test_ip6 ip = { .dst = "ff02::1", .src = TEST_PEER_LL };

	piece6_of(ip, 1, SEA_IPPROTO_UDP, 0, 16, true);
	t.unsettled = false;
	{
		struct sea_link *first = t.link;

		t.link = other;
		piece6_of(ip, 1, SEA_IPPROTO_UDP, 16, 32, false);
		assert_int_equal(heard.n, 0);
		t.link = first;
	}
	piece6_of(ip, 1, SEA_IPPROTO_UDP, 16, 32, false);
	expect_heard(32);
}

/* Case 73. RFC6980:5-MUST-ignore, RFC8504:5.4-b */
static void neighbour_discovery_in_fragments_is_ignored(void **state)
{
	uint8_t ns[32] = { 135 };
	struct sea_ipaddr us = test_ip6(TEST_OUR_IP6);
	struct test_ip6 ip = { .hop_limit = 255,
			       .exts = (const uint8_t[8]){ SEA_IPPROTO_ICMPV6 },
			       .exts_len = 8,
			       .exts_next = SEA_IPV6_FRAGMENT };

	memcpy(ns + 8, us.b, 16);
	ns[24] = 1;
	ns[25] = 1;
	memcpy(ns + 26, test_peer_mac.b, 6);
	test_inject_icmp6(&t, &ip, ns, sizeof(ns));
	assert_null(test_take(&t));
	ip.exts_len = 0;
	test_inject_icmp6(&t, &ip, ns, sizeof(ns));
	assert_int_equal(test_take_all(&t), 1);
}

static void unfinished_packets_survive_a_save(void **state)
{
	static const uint8_t exts[8] = { SEA_IPV6_FRAGMENT, 0, 1, 4, 0, 0, 0, 0 };
	struct snapshot s = { 0 };
	struct sea_stack *stack;

	piece6_of((struct test_ip6){ .exts = exts, .exts_len = 8, .exts_next = SEA_IPV6_HOPOPTS },
		  1, SEA_IPPROTO_UDP, 0, 16, true);
	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &s), 0);
	assert_int_equal(
		sea_stack_load(NULL, &t.env.env, modules, 2, false, snapshot_read, &s, &stack), 0);
	sea_stack_free(t.stack);
	t.stack = stack;
	t.link = sea_link_next(stack, sea_link_next(stack, NULL));
	sea_stack_add_ip_proto(stack, &listener);
	piece6(1, 16, 32, false);
	expect_heard(32);
	assert_int_equal(heard.rx.hdr_len_net, 48);
	snapshot_free(&s);
}

/* -- out -- */

static struct sea_pkt *new_pkt(uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 64);

	for (uint32_t at = 0, n; at < len; at += n) {
		n = len - at < 5000 ? len - at : 5000;
		assert_true(sea_pkt_append(pkt, content + at, n));
	}
	pkt->off_trans = sea_pkt_offset(pkt);
	return pkt;
}

static int output(const char *dst, struct sea_pkt *pkt, struct sea_ip_tx tx)
{
	const struct sea_flow flow = { .family = SEA_AF_INET6,
				       .oif = t.link->ifindex,
				       .dst = test_ip6(dst) };
	struct sea_dst way;
	int err;

	if (!tx.proto)
		tx.proto = SEA_IPPROTO_UDP;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	err = sea_ip_output(t.stack, pkt, &way, &tx);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	return err;
}

/* The next frame is a fragment; its id. */
static uint32_t expect_fragment(uint32_t from, uint32_t to, bool more)
{
	const struct sea_ipv6_frag_hdr *frag;
	const uint8_t *payload;
	size_t len;

	test_expect_ip6(test_take(&t), SEA_IPV6_FRAGMENT, &payload, &len);
	frag = (const struct sea_ipv6_frag_hdr *)payload;
	assert_int_equal(frag->next, SEA_IPPROTO_UDP);
	assert_int_equal(sea_be16_get(frag->off_flags), from | more);
	assert_int_equal(len, sizeof(*frag) + to - from);
	assert_memory_equal(payload + sizeof(*frag), content + from, to - from);
	return sea_be32_get(frag->id);
}

/* RFC8200:4.5-a RFC7739:5.2 (case 60): ids cannot be foretold. RFC8200:4.5-d */
static void packet_larger_than_the_mtu_goes_out_in_fragments(void **state)
{
	uint32_t id, other;

	assert_int_equal(output(TEST_PEER_IP6, new_pkt(1461), (struct sea_ip_tx){ 0 }), 0);
	id = expect_fragment(0, 1448, true);
	assert_int_equal(expect_fragment(1448, 1461, false), id);
	assert_int_equal(output(TEST_PEER_IP6, new_pkt(1460), (struct sea_ip_tx){ 0 }), 0);
	assert_int_equal(test_take(&t)->len, 1514);
	assert_int_equal(output(TEST_PEER_IP6, new_pkt(4000), (struct sea_ip_tx){ 0 }), 0);
	other = expect_fragment(0, 1448, true);
	assert_true(other != id && other != id + 1);
	expect_fragment(1448, 2896, true);
	expect_fragment(2896, 4000, false);
	assert_null(test_take(&t));
	assert_int_equal(count(SEA_MIB_Ip6FragOKs), 2);
	assert_int_equal(count(SEA_MIB_Ip6FragCreates), 5);
	assert_int_equal(count(SEA_MIB_Ip6OutRequests), 3);
}

static void narrower_fragments_may_be_asked_for(void **state)
{
	assert_int_equal(
		output(TEST_PEER_IP6, new_pkt(1300), (struct sea_ip_tx){ .frag_size = 1280 }), 0);
	expect_fragment(0, 1232, true);
	expect_fragment(1232, 1300, false);
}

static void what_must_not_be_cut_is_refused(void **state)
{
	assert_int_equal(output(TEST_PEER_IP6, new_pkt(1461), (struct sea_ip_tx){ .nofrag = true }),
			 -EMSGSIZE);
	assert_int_equal(output(TEST_PEER_IP6, new_pkt(1461),
				(struct sea_ip_tx){ .proto = SEA_IPPROTO_TCP }),
			 -EMSGSIZE);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TOO_BIG), 2);
	assert_int_equal(count(SEA_MIB_Ip6FragFails), 2);
	assert_null(test_take(&t));
}

/* RFC8200:4.5-b */
static void headers_for_each_hop_are_in_all_fragments(void **state)
{
	static const uint8_t exts[16] = { SEA_IPV6_DSTOPTS, 0, 1, 4, 0, 0, 0, 0,
					  SEA_IPPROTO_UDP,  0, 1, 4, 0, 0, 0, 0 };
	struct sea_ip_tx tx = { .opts = exts, .opts_len = 16, .opts_next = SEA_IPV6_HOPOPTS };

	assert_int_equal(output(TEST_PEER_IP6, new_pkt(2000), tx), 0);
	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *payload;
		size_t len;

		test_expect_ip6(test_take(&t), SEA_IPV6_HOPOPTS, &payload, &len);
		assert_int_equal(payload[0], SEA_IPV6_DSTOPTS);
		assert_int_equal(payload[8], SEA_IPV6_FRAGMENT);
		assert_int_equal(payload[16], SEA_IPPROTO_UDP);
		assert_int_equal(sea_get16(payload + 18), i ? 1432 : 1);
	}
	assert_null(test_take(&t));
}

static void no_memory_leaves_nothing_half_sent(void **state)
{
	unsigned failed = 0;

	for (size_t nth = 1;; nth++) {
		struct sea_pkt *pkt = new_pkt(9000);
		int err;

		sea_pool_trim(&t.stack->shard.pool);
		test_env_fail_at(&t.env, nth);
		err = output(TEST_PEER_IP6, pkt, (struct sea_ip_tx){ 0 });
		test_env_fail_at(&t.env, 0);
		if (!err)
			break;
		failed++;
		assert_int_equal(err, -ENOMEM);
		assert_null(test_take(&t));
	}
	assert_true(failed > 3);
	assert_int_equal(test_take_all(&t), 7);
}

static void our_own_listeners_get_it_whole(void **state)
{
	assert_int_equal(output("ff02::1", new_pkt(4000), (struct sea_ip_tx){ 0 }), 0);
	test_settle(&t);
	expect_heard(4000);
	assert_int_equal(heard.rx.frag_max, 0);
	assert_int_equal(test_take_all(&t), 3);
}

static void packets_of_all_sizes_come_back(void **state)
{
	uint64_t seed = 6;

	for (unsigned i = 0; i < 100; i++) {
		uint32_t len = 1 + (uint32_t)(test_random(&seed) % 65000);

		assert_int_equal(output(TEST_PEER_IP6, new_pkt(len), (struct sea_ip_tx){ 0 }), 0);
		for (struct test_frame *f; (f = test_take(&t));) {
			const struct sea_ipv6_hdr *hdr = (const void *)(f->bytes + 14);
			struct test_ip6 ip = { .proto = hdr->next };

			test_inject_ip6(&t, &ip, f->bytes + 54, f->len - 54);
		}
		expect_heard(len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		T(fragments_make_the_packet),
		T(largest_packet_is_put_together),
		T(headers_before_the_fragment_header_stay),
		T(next_header_is_the_first_fragments),
		T(unknown_next_header_is_pointed_at_in_the_whole),
		T(overlapping_fragments_drop_the_packet),
		T(duplicates_are_ignored),
		T(atomic_fragments_do_not_mix_with_others),
		T(first_fragment_must_have_all_headers),
		T(nested_fragment_headers_are_taken_one_after_another),
		T(cut_fragment_header_is_pointed_at),
		T(length_that_is_no_multiple_of_8_is_pointed_at),
		T(end_beyond_65535_is_pointed_at),
		T(contradictions_drop_the_packet),
		T(congestion_mark_is_the_packets),
		T(sender_is_told_when_time_is_over),
		T(one_prefix_gets_half_of_the_memory),
		T(link_counts_where_the_address_needs_it),
		T(neighbour_discovery_in_fragments_is_ignored),
		T(unfinished_packets_survive_a_save),
		T(packet_larger_than_the_mtu_goes_out_in_fragments),
		T(narrower_fragments_may_be_asked_for),
		T(what_must_not_be_cut_is_refused),
		T(headers_for_each_hop_are_in_all_fragments),
		T(no_memory_leaves_nothing_half_sent),
		T(our_own_listeners_get_it_whole),
		T(packets_of_all_sizes_come_back),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
