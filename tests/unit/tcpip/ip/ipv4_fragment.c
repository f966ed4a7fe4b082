/* SPDX-License-Identifier: Apache-2.0 */
/* What is larger than the path takes goes out in fragments, which make the same datagram again. */
#include <errno.h>

#include "core/hook.h"
#include "fragments.h"
#include "ip/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

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

static int output_with_mtu(const char *dst, struct sea_pkt *pkt, struct sea_ip_tx tx, uint32_t mtu)
{
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_dst way;
	int err;

	if (!tx.proto)
		tx.proto = SEA_IPPROTO_UDP;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	if (mtu)
		way.mtu = mtu;
	err = sea_ip_output(t.stack, pkt, &way, &tx);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	return err;
}

static int output(uint32_t len, struct sea_ip_tx tx)
{
	return output_with_mtu("10.0.0.2", new_pkt(len), tx, 0);
}

/* The next frame is a fragment; its id, for comparison. */
static uint16_t expect_fragment(uint32_t from, uint32_t to, bool more)
{
	const uint8_t *payload;
	size_t len;
	const struct sea_ipv4_hdr *hdr =
		test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);

	assert_int_equal(sea_be16_get(hdr->frag), (more ? MF : 0) | from / 8);
	assert_int_equal(len, to - from);
	assert_memory_equal(payload, content + from, len);
	return sea_be16_get(hdr->id);
}

/* RFC791:3.2-b, RFC1122:3.3.3-a */
static void datagram_larger_than_the_mtu_goes_out_in_fragments(void **state)
{
	uint16_t id;

	assert_int_equal(output(4000, (struct sea_ip_tx){ 0 }), 0);
	id = expect_fragment(0, 1480, true);
	assert_int_equal(expect_fragment(1480, 2960, true), id);
	assert_int_equal(expect_fragment(2960, 4000, false), id);
	assert_null(test_take(&t));
	assert_int_equal(count(SEA_MIB_IpOutRequests), 1);
	assert_int_equal(count(SEA_MIB_IpFragOKs), 1);
	assert_int_equal(count(SEA_MIB_IpFragCreates), 3);
	assert_int_equal(count(SEA_MIB_IpOutTransmits), 3);
	assert_int_equal(count(SEA_MIB_IpFragFails), 0);
}

static void what_fits_is_not_cut_and_one_byte_more_is(void **state)
{
	assert_int_equal(output(1480, (struct sea_ip_tx){ 0 }), 0);
	expect_fragment(0, 1480, false);
	assert_int_equal(output(1481, (struct sea_ip_tx){ 0 }), 0);
	expect_fragment(0, 1480, true);
	expect_fragment(1480, 1481, false);
	assert_null(test_take(&t));
}

/* An MTU that is no multiple of 8 leaves room unused; a last fragment may use it. RFC791:3.2-c */
static void fragments_are_whole_units(void **state)
{
	assert_int_equal(output_with_mtu("10.0.0.2", new_pkt(203), (struct sea_ip_tx){ 0 }, 127),
			 0);
	expect_fragment(0, 104, true);
	expect_fragment(104, 203, false);
	assert_int_equal(output(100, (struct sea_ip_tx){ .frag_size = 68 }), 0);
	expect_fragment(0, 48, true);
	expect_fragment(48, 96, true);
	expect_fragment(96, 100, false);
}

static void df_is_for_what_goes_out_whole(void **state)
{
	const uint8_t *payload;
	size_t len;

	assert_int_equal(output(1480, (struct sea_ip_tx){ .df = true }), 0);
	assert_int_equal(sea_be16_get(test_expect_ip(test_take(&t), 17, &payload, &len)->frag),
			 SEA_IPV4_DF);
	assert_int_equal(output(1500, (struct sea_ip_tx){ .df = true }), 0);
	expect_fragment(0, 1480, true);
	expect_fragment(1480, 1500, false);
}

static void what_must_not_be_cut_is_refused(void **state)
{
	assert_int_equal(output(1481, (struct sea_ip_tx){ .nofrag = true }), -EMSGSIZE);
	assert_int_equal(output(1481, (struct sea_ip_tx){ .nofrag = true, .df = true }), -EMSGSIZE);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TOO_BIG), 2);
	assert_int_equal(count(SEA_MIB_IpFragFails), 2);
	assert_int_equal(output_with_mtu("10.0.0.2", new_pkt(30), (struct sea_ip_tx){ 0 }, 27),
			 -EMSGSIZE);
	assert_int_equal(count(SEA_MIB_IpFragFails), 3);
	assert_int_equal(count(SEA_MIB_IpFragCreates), 0);
	assert_null(test_take(&t));
}

static void unfinished_checksum_is_finished_before(void **state)
{
	struct sea_pkt *pkt = new_pkt(3000);
	struct sea_udp_hdr *udp = sea_pkt_peek(pkt, sizeof(*udp));
	uint32_t pseudo = sea_csum_pseudo4(test_our_ip.b, test_peer_ip.b, 17, 3000);

	sea_csum_put(&udp->sum, sea_csum_fold(pseudo));
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = offsetof(struct sea_udp_hdr, sum);
	assert_int_equal(output_with_mtu("10.0.0.2", pkt, (struct sea_ip_tx){ 0 }, 0), 0);
	for (struct test_frame *f; (f = test_take(&t));) {
		struct test_ip ip = { .id = 1, .proto = 17 };
		const uint8_t *payload;
		size_t len;

		assert_int_equal(f->csum_state, SEA_CSUM_NONE);
		ip.frag = sea_be16_get(test_expect_ip(f, 17, &payload, &len)->frag);
		test_inject_ip(&t, &ip, payload, len);
	}
	assert_int_equal(heard.len, 3000);
	assert_int_equal(
		sea_be16_get(test_checksum(heard.bytes, 3000,
					   test_pseudo(test_our_ip, test_peer_ip, 17, 3000))),
		0);
}

/* -- all or nothing -- */

static void no_memory_leaves_nothing_half_sent(void **state)
{
	unsigned failed = 0;

	for (size_t nth = 1;; nth++) {
		struct sea_pkt *pkt = new_pkt(9000);
		int err;

		sea_pool_trim(&t.stack->shard.pool);
		test_env_fail_at(&t.env, nth);
		err = output_with_mtu("10.0.0.2", pkt, (struct sea_ip_tx){ 0 }, 0);
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

/* A queue that takes the first two: the third is lost, and the others are not worth sending. */
static void fragments_behind_one_that_was_lost_are_dropped(void **state)
{
	struct sea_link *tun;
	struct sea_link_config config = {
		.size = sizeof(config), .name = "tun0", .type = SEA_LINK_IP, .txqueuelen = 2
	};
	struct sea_ifaddr addr = { .size = sizeof(addr) };

	assert_int_equal(sea_link_add(t.stack, &config, &tun, t.now), 0);
	assert_int_equal(sea_link_set_up(tun, true, t.now), 0);
	addr.ifindex = tun->ifindex;
	assert_true(sea_addr_parse_prefix("10.7.0.1/24", &addr.local, &addr.prefix_len));
	assert_int_equal(sea_ifaddr_add(t.stack, &addr, t.now), 0);
	assert_int_equal(output_with_mtu("10.7.0.2", new_pkt(9000), (struct sea_ip_tx){ 0 }, 0),
			 -ENOBUFS);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_FRAG_REST), 4);
	assert_int_equal(count(SEA_MIB_IpFragCreates), 2);
	assert_int_equal(count(SEA_MIB_IpFragFails), 1);
	assert_int_equal(count(SEA_MIB_IpFragOKs), 0);
	assert_int_equal(test_take_all(&t), 2);
}

/* -- super-segments -- */

static void super_segment_is_segmented_and_not_cut(void **state)
{
	struct sea_pkt *pkt = new_pkt(20 + 3000);
	struct sea_tcp_hdr *tcp = sea_pkt_at(pkt, pkt->off_trans);
	const struct sea_ipv4_hdr *hdr;
	const uint8_t *payload;
	size_t len;

	tcp->off = 5 << 4;
	pkt->gso_type = SEA_GSO_TCP4;
	pkt->gso_size = 1000;
	pkt->gso_segs = 3;
	assert_int_equal(output_with_mtu("10.0.0.2", pkt,
					 (struct sea_ip_tx){ .proto = SEA_IPPROTO_TCP }, 600),
			 0);
	for (unsigned i = 0; i < 6; i++) { /* each segment in two fragments */
		hdr = test_expect_ip(test_take(&t), SEA_IPPROTO_TCP, &payload, &len);
		assert_int_equal(sea_be16_get(hdr->frag), i & 1 ? 576 / 8 : MF);
		assert_int_equal(len, i & 1 ? 1020 - 576 : 576);
	}
	assert_null(test_take(&t));
	assert_int_equal(count(SEA_MIB_IpFragOKs), 3);
}

/* -- fragments of fragments, options -- */

static struct sea_pkt *datagram(const struct test_ip *ip, uint32_t len)
{
	static uint8_t frame[TEST_FRAME_MAX];
	size_t n = test_build_ip(frame, ip, content, len);
	struct sea_pkt *pkt = sea_pkt_from_bytes(t.link, frame, n);

	assert_non_null(sea_pkt_pull(pkt, 14));
	pkt->off_net = sea_pkt_offset(pkt);
	return pkt;
}

static const uint8_t *next_of(struct sea_pktq *q, struct sea_ipv4_facts *f)
{
	struct sea_pkt *pkt = sea_pktq_pop(q);
	static uint8_t bytes[2048];

	assert_non_null(pkt);
	assert_true(pkt->len <= sizeof(bytes));
	assert_true(sea_pkt_read(pkt, 0, bytes, pkt->len));
	assert_int_equal(sea_ipv4_parse(bytes, pkt->len, pkt->len, f), SEA_IPV4_OK);
	assert_int_equal(f->total_len, pkt->len);
	assert_int_equal(sea_be16_get(test_checksum(bytes, f->hdr_len, 0)), 0);
	sea_pkt_free(pkt);
	return bytes;
}

/* RFC791:3.2-d */
static void fragment_is_cut_again_where_a_link_takes_less(void **state)
{
	struct sea_pkt *pkt = datagram(&(struct test_ip){ .frag = MF | 100, .id = 7 }, 80);
	struct sea_ipv4_facts f;
	struct sea_pktq out;

	sea_pktq_init(&out);
	assert_int_equal(sea_ipv4_fragment(t.stack, pkt, 68, &out), 0);
	next_of(&out, &f);
	assert_int_equal(f.frag_off, 800);
	assert_true(f.mf);
	next_of(&out, &f);
	assert_int_equal(f.frag_off, 848);
	assert_true(f.mf); /* not the last of the datagram */
	assert_int_equal(f.id, 7);
	assert_int_equal(out.n, 0);
}

/* RFC791:3.1-j */
static void options_without_the_copied_flag_are_in_the_first_fragment_only(void **state)
{
	static const uint8_t opts[12] = { 7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0 },
			     later[12] = { 1, 1, 1, 1, 1, 1, 1, 148, 4, 0, 0, 0 };
	struct sea_pkt *pkt = datagram(&(struct test_ip){ .opts = opts, .opts_len = 12 }, 100);
	struct sea_ipv4_facts f;
	struct sea_pktq out;

	sea_pktq_init(&out);
	assert_int_equal(sea_ipv4_fragment(t.stack, pkt, 80, &out), 0);
	assert_int_equal(out.n, 3);
	assert_memory_equal(next_of(&out, &f) + 20, opts, 12);
	assert_int_equal(f.total_len, 80);
	for (unsigned i = 1; i < 3; i++)
		assert_memory_equal(next_of(&out, &f) + 20, later, 12);
	assert_int_equal(f.frag_off, 96);
	assert_false(f.mf);
}

static void df_stays_where_the_caller_cuts_all_the_same(void **state)
{
	struct sea_pkt *pkt = datagram(&(struct test_ip){ .frag = SEA_IPV4_DF }, 100);
	struct sea_ipv4_facts f;
	struct sea_pktq out;

	sea_pktq_init(&out);
	assert_int_equal(sea_ipv4_fragment(t.stack, pkt, 100, &out), 0);
	while (out.n) {
		next_of(&out, &f);
		assert_true(f.df);
	}
}

/* -- who hears it whole -- */

static unsigned at_postrouting;

static bool see(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	at_postrouting++;
	return true;
}

static void hooks_and_our_own_sockets_get_broadcasts_whole(void **state)
{
	static const struct sea_hook hook = {
		.name = "see", .family = SEA_AF_INET, .point = SEA_HOOK_POSTROUTING, .fn = see
	};

	at_postrouting = 0;
	sea_hook_add(t.stack, &hook);
	assert_int_equal(output_with_mtu("10.0.0.255", new_pkt(4000), (struct sea_ip_tx){ 0 }, 0),
			 0);
	assert_int_equal(at_postrouting, 1);
	test_settle(&t);
	expect_heard(4000);
	assert_int_equal(heard.rx.frag_max, 0);
	assert_int_equal(count(SEA_MIB_IpExtOutBcastPkts), 3);
	assert_int_equal(test_take_all(&t), 3);
	sea_hook_del(t.stack, &hook);
}

/* Cut and put together again at any size. */
static void datagrams_of_all_sizes_come_back(void **state)
{
	uint64_t seed = 7;

	for (unsigned i = 0; i < 200; i++) {
		uint32_t len = 1 + (uint32_t)(test_random(&seed) % 65515);
		uint32_t mtu = 68 + (uint32_t)(test_random(&seed) % 1433);
		uint16_t id = (uint16_t)i;

		if (len > mtu * 500)
			len = mtu * 500;
		assert_int_equal(
			output_with_mtu("10.0.0.2", new_pkt(len), (struct sea_ip_tx){ 0 }, mtu), 0);
		for (struct test_frame *f; (f = test_take(&t));) {
			struct test_ip ip = { .id = id, .proto = 17 };
			const uint8_t *payload;
			size_t n;

			ip.frag = sea_be16_get(test_expect_ip(f, 17, &payload, &n)->frag);
			assert_true(n + 20 <= mtu);
			test_inject_ip(&t, &ip, payload, n);
		}
		expect_heard(len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		T(datagram_larger_than_the_mtu_goes_out_in_fragments),
		T(what_fits_is_not_cut_and_one_byte_more_is),
		T(fragments_are_whole_units),
		T(df_is_for_what_goes_out_whole),
		T(what_must_not_be_cut_is_refused),
		T(unfinished_checksum_is_finished_before),
		T(no_memory_leaves_nothing_half_sent),
		T(fragments_behind_one_that_was_lost_are_dropped),
		T(super_segment_is_segmented_and_not_cut),
		T(fragment_is_cut_again_where_a_link_takes_less),
		T(options_without_the_copied_flag_are_in_the_first_fragment_only),
		T(df_stays_where_the_caller_cuts_all_the_same),
		T(hooks_and_our_own_sockets_get_broadcasts_whole),
		T(datagrams_of_all_sizes_come_back),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
