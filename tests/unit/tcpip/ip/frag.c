/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which fragments make a datagram and which end it, with counters and charges as the kernel (6.18)
 * moves them for the same frames.
 */
#include <errno.h>

#include "fragments.h"
#include "ip/ipv4.h"
#include "wire/icmp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };

static int setup(void **state)
{
	memset(&heard, 0, sizeof(heard));
	make_content();
	test_stack_new(&t, modules, 1);
	test_know_peer(&t);
	sea_stack_add_ip_proto(t.stack, &listener);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static const struct sea_frag_table *table(void)
{
	return &sea_ipv4_of(t.stack)->frags;
}

static void expect_queues(uint32_t n)
{
	assert_int_equal(table()->queues.n, n);
	if (n == 0) {
		assert_int_equal(table()->charged, 0);
		assert_int_equal(table()->peers.n, 0);
	}
}

static void expect_fails(uint64_t n)
{
	assert_int_equal(count(SEA_MIB_IpReasmFails), n);
	assert_int_equal(heard.n, 0);
}

/* -- what makes a datagram -- */

/* RFC791:3.2-g RFC1122:3.3.2-a, RFC1812:4.2.2.8-a */
static void fragments_in_order_make_the_datagram(void **state)
{
	piece(1, 0, 16, true);
	assert_int_equal(heard.n, 0);
	expect_queues(1);
	assert_int_equal(table()->charged, 1032); /* as the kernel's /proc/net/sockstat shows it */
	piece(1, 16, 32, false);
	expect_heard(32);
	expect_queues(0);
	assert_int_equal(count(SEA_MIB_IpReasmReqds), 2);
	assert_int_equal(count(SEA_MIB_IpReasmOKs), 1);
	assert_int_equal(count(SEA_MIB_IpInReceives), 2);
	assert_int_equal(count(SEA_MIB_IpInDelivers), 1);
	expect_fails(0);
}

/* RFC815:3-any-order */
static void fragments_in_any_order_make_the_datagram(void **state)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (uint16_t i = 0; i < 6; i++) {
		for (unsigned k = 0; k < 3; k++) {
			uint32_t at = orders[i][k] * 8u;

			piece(i, at, at == 16 ? 21 : at + 8, at != 16);
		}
		expect_heard(21);
	}
	expect_queues(0);
}

/* RFC791:3.2-f */
static void datagrams_with_other_ids_protocols_or_ends_do_not_mix(void **state)
{
	piece(1, 0, 16, true);
	piece(2, 16, 32, false);
	piece_of((struct test_ip){ .id = 1, .proto = 99 }, 16, 32, false);
	piece_of((struct test_ip){ .id = 1, .src = "10.0.0.3" }, 16, 32, false);
	piece_of((struct test_ip){ .id = 1, .dst = "255.255.255.255" }, 16, 32, false);
	assert_int_equal(heard.n, 0);
	expect_queues(5);
	assert_int_equal(table()->peers.n, 2);
	piece(1, 16, 32, false);
	expect_heard(32);
	expect_queues(4);
}

static void header_of_the_first_fragment_is_the_datagrams(void **state)
{
	static const uint8_t nops[8] = { 1, 1, 1, 1, 1, 1, 1, 0 };

	piece_of((struct test_ip){ .ttl = 9 }, 16, 32, false);
	piece_of((struct test_ip){ .ttl = 8, .tos = 0x10, .opts = nops, .opts_len = 8 }, 0, 16,
		 true);
	expect_heard(32);
	assert_int_equal(heard.rx.ttl, 8);
	assert_int_equal(heard.rx.tos, 0x10);
	assert_int_equal(heard.rx.hdr_len_net, 28);
	assert_int_equal(heard.rx.frag_max, 44);
	assert_int_equal(heard.rx.dst_type, SEA_ROUTE_LOCAL);
}

/*
 * A large datagram shares the memory of its fragments; the charge is the sum of theirs, as on Linux.
 * RFC1122:3.3.2-b, RFC791:3.1-c
 */
static void largest_datagram_is_a_chain_of_its_fragments(void **state)
{
	uint32_t len = 65515;

	for (uint32_t at = 0; at < len; at += 1480)
		piece(1, at, at + 1480 < len ? at + 1480 : len, at + 1480 < len);
	expect_heard(len);
	assert_int_equal(heard.nfrags, 45);
	assert_int_equal(heard.charged, 44 * 2304 + 1280);
	assert_true(heard.held <= sea_pkt_held_max(len));
}

static void more_fragments_than_a_packet_can_chain_are_copied_together(void **state)
{
	for (uint32_t at = 0; at < 8000; at += 8)
		piece(1, at, at + 8, at + 8 < 8000);
	expect_heard(8000);
	assert_true(heard.nfrags <= 3);
	assert_true(heard.held <= sea_pkt_held_max(8000));
}

/* -- duplicates and overlaps -- */

static void what_lies_within_a_run_is_a_duplicate_and_ignored(void **state)
{
	piece(1, 0, 8, true);
	piece(1, 8, 24, true);
	piece(1, 0, 8, true);   /* the same again */
	piece(1, 16, 24, true); /* a part of one */
	piece(1, 0, 24, true);  /* all that came in a row */
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_DUPLICATE), 3);
	piece(1, 24, 32, false);
	expect_heard(32);
	expect_fails(0);
}

/* Case 57. RFC5722:4-overlap RFC3128:2 */
static void overlapping_fragments_drop_the_datagram(void **state)
{
	static const struct {
		uint32_t from, to;
	} over[] = { { 8, 24 }, { 0, 32 }, { 8, 32 } };

	for (uint16_t i = 0; i < 3; i++) {
		piece(i, 0, 16, true);
		piece(i, over[i].from, over[i].to, true);
		assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_OVERLAP), 2 * (i + 1u));
		assert_int_equal(count(SEA_MIB_IpExtReasmOverlaps), i + 1u);
		expect_fails(i + 1u);
		expect_queues(0);
	}
	piece(0, 16, 32, false); /* begins anew, and lacks its front */
	expect_fails(3);
	expect_queues(1);
}

/* Case 57: Teardrop, the second fragment within the first but for its end. */
static void teardrop_drops_the_datagram(void **state)
{
	piece(1, 0, 40, true);
	piece(1, 24, 44, false);
	expect_fails(1);
	expect_queues(0);
}

static void what_covers_two_runs_overlaps(void **state)
{
	piece(1, 8, 16, true);
	piece(1, 0, 8, true); /* in front: a run of its own */
	piece(1, 0, 16, true);
	assert_int_equal(count(SEA_MIB_IpExtReasmOverlaps), 1);
	expect_fails(1);
	expect_queues(0);
}

/* -- ends and lengths -- */

static void fragments_that_disagree_on_the_end_drop_the_datagram(void **state)
{
	piece(1, 16, 32, false);
	piece(1, 16, 24, false); /* another end */
	piece(2, 16, 24, false);
	piece(2, 24, 32, true); /* more behind it */
	piece(3, 24, 32, true);
	piece(3, 16, 24, false); /* an end in front of what is there */
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_END), 6);
	expect_fails(3);
	expect_queues(0);
}

/* Case 87 of fragments: the length decides nothing that the bytes do not bear out. */
static void empty_fragments_drop_the_datagram(void **state)
{
	piece(1, 8, 8, true);
	piece(2, 0, 8, true);
	piece(2, 8, 8, false);
	piece(3, 0, 7, true); /* not one unit: nothing of it counts */
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_LENGTH), 4);
	expect_fails(3);
	expect_queues(0);
}

static void bytes_behind_the_last_whole_unit_do_not_count(void **state)
{
	piece(1, 0, 12, true);
	piece(1, 8, 32, false);
	expect_heard(32);
}

/* Case 58: ping of death. RFC791:3.2-j */
static void fragment_that_ends_beyond_65535_drops_the_datagram(void **state)
{
	piece(1, 0, 16, true);
	piece_of((struct test_ip){ .id = 1 }, 65528, 65535, false);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_LENGTH), 2);
	expect_fails(1);
	expect_queues(0);
}

/* Case 58: the first fragment's longer header makes it too long. */
static void options_of_the_first_fragment_count_against_65535(void **state)
{
	static const uint8_t nops[40] = { 1 };
	uint32_t end = 65508;

	for (uint32_t at = 1480; at < end; at += 1480)
		piece(1, at, at + 1480 < end ? at + 1480 : end, at + 1480 < end);
	piece_of((struct test_ip){ .id = 1, .opts = nops, .opts_len = 40 }, 0, 1480, true);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_LENGTH), 45);
	expect_fails(1);
	expect_queues(0);
}

/* -- ECN, DF -- */

static void with_ecn(uint16_t id, uint8_t first, uint8_t second)
{
	piece_of((struct test_ip){ .id = id, .tos = first }, 0, 16, true);
	piece_of((struct test_ip){ .id = id, .tos = second }, 16, 32, false);
}

/* RFC3168:5.3 */
static void congestion_mark_of_one_fragment_is_the_datagrams(void **state)
{
	with_ecn(1, 2, 3);
	expect_heard(32);
	assert_int_equal(heard.rx.tos, 3);
	with_ecn(2, 3, 1);
	expect_heard(32);
	assert_int_equal(heard.rx.tos, 3);
	with_ecn(3, 1, 2);
	expect_heard(32);
	assert_int_equal(heard.rx.tos, 1);
}

/* RFC3168:5.3-MUST-drop */
static void fragments_that_disagree_on_ecn_drop_the_datagram(void **state)
{
	with_ecn(1, 0, 3);
	with_ecn(2, 2, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_ECN), 4);
	expect_fails(2);
	expect_queues(0);
}

static void largest_fragment_and_its_df_are_remembered(void **state)
{
	piece_of((struct test_ip){ .id = 1, .frag = SEA_IPV4_DF }, 0, 24, true);
	piece(1, 24, 32, false);
	expect_heard(32);
	assert_int_equal(heard.rx.frag_max, 44);
}

/* -- checksums -- */

static void inject_with_sum(uint32_t from, uint32_t to, bool more, enum sea_csum_state csum_state)
{
	uint8_t frame[2048];
	struct test_ip ip = { .proto = SEA_IPPROTO_UDP, .id = 1 };
	struct sea_pkt *pkt;
	size_t len;

	ip.frag = (uint16_t)((more ? MF : 0) | from / 8);
	len = test_build_ip(frame, &ip, content + from, to - from);
	pkt = sea_pkt_from_bytes(t.link, frame, len);
	assert_non_null(pkt);
	pkt->csum_state = (uint8_t)csum_state;
	pkt->csum = sea_csum_scalar(content + from, to - from, 0);
	sea_link_input(t.link, &pkt, 1, t.now);
}

static void sums_of_all_fragments_add_up(void **state)
{
	inject_with_sum(16, 37, false, SEA_CSUM_COMPLETE);
	inject_with_sum(0, 16, true, SEA_CSUM_COMPLETE);
	expect_heard(37);
	assert_int_equal(heard.csum_state, SEA_CSUM_COMPLETE);
	assert_int_equal(sea_csum_fold(heard.csum), sea_csum_fold(sea_csum_scalar(content, 37, 0)));
}

static void what_was_checked_of_all_fragments_is_checked(void **state)
{
	inject_with_sum(0, 16, true, SEA_CSUM_VERIFIED);
	inject_with_sum(16, 37, false, SEA_CSUM_VERIFIED);
	expect_heard(37);
	assert_int_equal(heard.csum_state, SEA_CSUM_VERIFIED);
}

static void checksum_states_that_differ_make_none(void **state)
{
	inject_with_sum(0, 16, true, SEA_CSUM_COMPLETE);
	inject_with_sum(16, 37, false, SEA_CSUM_VERIFIED);
	expect_heard(37);
	assert_int_equal(heard.csum_state, SEA_CSUM_NONE);
}

/* -- time -- */

static void expect_time_exceeded(uint32_t quoted)
{
	const struct sea_icmp_hdr *icmp;
	const uint8_t *payload;
	size_t len;

	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &payload, &len);
	icmp = (const struct sea_icmp_hdr *)payload;
	assert_int_equal(icmp->type, SEA_ICMP_TIME_EXCEEDED);
	assert_int_equal(icmp->code, SEA_ICMP_EXC_FRAGTIME);
	assert_int_equal(len, sizeof(*icmp) + 20 + quoted);
	assert_memory_equal(payload + sizeof(*icmp) + 20, content, quoted);
	assert_null(test_take(&t));
}

/* RFC1122:3.3.2-c, RFC1812:4.3.3.4-b */
static void sender_is_told_when_time_is_over_and_the_first_fragment_is_there(void **state)
{
	piece(1, 24, 32, false);
	piece(1, 0, 16, true);
	test_advance(&t, 30 * SEA_SEC - 1);
	assert_int_equal(count(SEA_MIB_IpReasmTimeout), 0);
	test_advance(&t, 1);
	assert_int_equal(count(SEA_MIB_IpReasmTimeout), 1);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_TIMEOUT), 2);
	expect_fails(1);
	expect_queues(0);
	expect_time_exceeded(16);
}

/* RFC1122:3.3.2-d */
static void nobody_is_told_without_the_first_fragment(void **state)
{
	piece(1, 16, 32, false);
	test_advance(&t, 31 * SEA_SEC);
	assert_int_equal(count(SEA_MIB_IpReasmTimeout), 1);
	expect_fails(1);
	assert_null(test_take(&t));
}

/* RFC791:3.2-h */
static void time_counts_from_the_first_arrival(void **state)
{
	set("net.ipv4.ipfrag_time", "2");
	piece(1, 16, 32, false);
	test_advance(&t, 1900 * SEA_MSEC);
	piece(1, 0, 8, true);
	test_advance(&t, 100 * SEA_MSEC);
	expect_queues(0);
	expect_time_exceeded(8);
	set("net.ipv4.ipfrag_time", "0");
	piece(2, 0, 8, true);
	test_advance(&t, 0);
	expect_queues(0);
	expect_time_exceeded(8);
}

static void nobody_is_told_when_the_link_is_gone(void **state)
{
	struct sea_link *other = test_add_link(
		&t, "eth1", &(struct sea_mac){ { 2, 0, 0, 0, 0, 9 } }, "192.168.0.1/24");
	uint8_t frame[128];
	struct test_ip ip = { .proto = SEA_IPPROTO_UDP,
			      .id = 1,
			      .frag = MF,
			      .eth_dst = &(struct sea_mac){ { 2, 0, 0, 0, 0, 9 } } };

	test_inject_on(&t, other, frame, test_build_ip(frame, &ip, content, 16));
	expect_queues(1);
	sea_link_del(other, t.now);
	test_advance(&t, 31 * SEA_SEC);
	expect_queues(0);
	assert_int_equal(test_take_all(&t), 0);
}

/* -- bounds -- */

/* Case 59: FragmentSmack. The memory is what it is, and old ones go in time. */
static void tiny_fragments_of_many_datagrams_are_refused_at_the_threshold(void **state)
{
	set("net.ipv4.ipfrag_low_thresh", "1000");
	set("net.ipv4.ipfrag_high_thresh", "20000");
	for (uint16_t i = 0; i < 30; i++)
		piece_of((struct test_ip){ .id = i, .src = i & 1 ? "10.0.0.2" : "10.0.0.3" }, 0, 16,
			 true);
	expect_queues(20); /* the kernel keeps as many */
	assert_int_equal(table()->charged, 20640);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_MEMORY), 10);
	expect_fails(10);
	piece(1, 16, 32, false); /* not even what would make one whole, as on Linux */
	expect_fails(11);
	set("net.ipv4.ipfrag_high_thresh", "4194304");
	piece(1, 16, 32, false);
	expect_heard(32);
	test_advance(&t, 31 * SEA_SEC);
	expect_queues(0);
}

/* Case 59: nobody alone keeps others from being heard. */
static void one_peer_gets_half_of_the_memory(void **state)
{
	set("net.ipv4.ipfrag_low_thresh", "1000");
	set("net.ipv4.ipfrag_high_thresh", "20000");
	for (uint16_t i = 0; i < 30; i++)
		piece(i, 0, 16, true);
	expect_queues(10);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_PEER), 20);
	expect_fails(20);
	piece_of((struct test_ip){ .src = "10.0.0.3" }, 0, 16, true);
	piece_of((struct test_ip){ .src = "10.0.0.3" }, 16, 32, false);
	expect_heard(32);
}

static void thresholds_keep_their_order(void **state)
{
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ipfrag_high_thresh", "3145727", t.now),
			 -EINVAL);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ipfrag_low_thresh", "4194305", t.now),
			 -EINVAL);
	set("net.ipv4.ipfrag_low_thresh", "0");
	set("net.ipv4.ipfrag_high_thresh", "0");
	piece(1, 0, 16, true);
	expect_queues(0);
	expect_fails(1);
}

static void other_datagrams(uint16_t first, unsigned n)
{
	for (uint16_t i = 0; i < n; i++)
		piece((uint16_t)(first + i), 0, 16, true);
}

/* RFC4963: an id that came round is of another datagram. */
static void too_many_others_of_the_peer_in_between_end_the_datagram(void **state)
{
	piece(1, 0, 16, true);
	other_datagrams(100, 63);
	piece(1, 16, 32, false);
	expect_heard(32);
	piece(2, 0, 16, true);
	other_datagrams(200, 64);
	piece(2, 16, 32, false);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_TOO_FAR), 1);
	expect_fails(1);
	piece(2, 0, 16, true); /* goes with the fragment that came too late for the other */
	expect_heard(32);
	set("net.ipv4.ipfrag_max_dist", "0");
	piece(3, 0, 16, true);
	other_datagrams(300, 100);
	piece(3, 16, 32, false);
	expect_heard(32);
}

/* Case 65: fragments that came in without a link header. */
static void fragments_over_a_link_without_headers_make_the_datagram(void **state)
{
	struct sea_link_config config = { .size = sizeof(config),
					  .name = "tun0",
					  .type = SEA_LINK_IP };
	struct sea_link *tun;
	uint8_t frame[128];

	assert_int_equal(sea_link_add(t.stack, &config, &tun, t.now), 0);
	assert_int_equal(sea_link_set_up(tun, true, t.now), 0);
	for (uint16_t i = 0; i < 2; i++) {
		struct test_ip ip = { .proto = SEA_IPPROTO_UDP, .id = 1, .frag = i ? 2 : MF };
		size_t len = test_build_ip(frame, &ip, content + 16 * i, 16);

		test_inject_on(&t, tun, frame + 14, len - 14);
	}
	expect_heard(32);
	assert_ptr_equal(heard.rx.link, tun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		T(fragments_in_order_make_the_datagram),
		T(fragments_in_any_order_make_the_datagram),
		T(datagrams_with_other_ids_protocols_or_ends_do_not_mix),
		T(header_of_the_first_fragment_is_the_datagrams),
		T(largest_datagram_is_a_chain_of_its_fragments),
		T(more_fragments_than_a_packet_can_chain_are_copied_together),
		T(what_lies_within_a_run_is_a_duplicate_and_ignored),
		T(overlapping_fragments_drop_the_datagram),
		T(teardrop_drops_the_datagram),
		T(what_covers_two_runs_overlaps),
		T(fragments_that_disagree_on_the_end_drop_the_datagram),
		T(empty_fragments_drop_the_datagram),
		T(bytes_behind_the_last_whole_unit_do_not_count),
		T(fragment_that_ends_beyond_65535_drops_the_datagram),
		T(options_of_the_first_fragment_count_against_65535),
		T(congestion_mark_of_one_fragment_is_the_datagrams),
		T(fragments_that_disagree_on_ecn_drop_the_datagram),
		T(largest_fragment_and_its_df_are_remembered),
		T(sums_of_all_fragments_add_up),
		T(what_was_checked_of_all_fragments_is_checked),
		T(checksum_states_that_differ_make_none),
		T(sender_is_told_when_time_is_over_and_the_first_fragment_is_there),
		T(nobody_is_told_without_the_first_fragment),
		T(time_counts_from_the_first_arrival),
		T(nobody_is_told_when_the_link_is_gone),
		T(tiny_fragments_of_many_datagrams_are_refused_at_the_threshold),
		T(one_peer_gets_half_of_the_memory),
		T(thresholds_keep_their_order),
		T(too_many_others_of_the_peer_in_between_end_the_datagram),
		T(fragments_over_a_link_without_headers_make_the_datagram),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
