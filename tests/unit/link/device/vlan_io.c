/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of VLANs (IEEE 802.1Q §9, 802.1ad). no-oracle: the kernel here has no vlan. */
#include "kinds.h"

#include <linux/if_vlan.h>

static uint8_t frame[FRAME_MAX], got[FRAME_MAX];

static int setup(void **state)
{
	kinds_setup_frames(state);
	assert_int_equal(make_vlan("v5", 5), 0);
	assert_int_equal(sea_link_set_up(link_of("v5"), true, NOW), 0);
	return 0;
}

/* -- in -- */

/* A TCP frame for eth0's MAC with a tag put in. Its length. */
static uint32_t tagged(uint16_t proto, uint16_t tci)
{
	const struct frame_spec spec = { .payload = 100 };
	uint32_t len = frame_put(frame, &spec);

	memmove(frame + 16, frame + 12, len - 12);
	sea_put16(frame + 12, proto);
	sea_put16(frame + 14, tci);
	return len + 4;
}

/* Another one in front. */
static uint32_t tag_again(uint32_t len, uint16_t proto, uint16_t tci)
{
	memmove(frame + 16, frame + 12, len - 12);
	sea_put16(frame + 12, proto);
	sea_put16(frame + 14, tci);
	return len + 4;
}

static void bring(uint32_t len)
{
	input_one(&k.f, bytes_pkt(&k.f, frame, len), NOW);
}

/* What arrived is the frame without any tag, by this link. */
static void assert_arrived_by(const char *name)
{
	const struct frame_spec spec = { .payload = 100 };
	uint32_t len = frame_put(frame, &spec);

	assert_int_equal(arrived.n, 1);
	assert_ptr_equal(arrived.head->link, link_of(name));
	assert_int_equal(arrived.head->type, SEA_PKT_HOST);
	assert_int_equal(pkt_bytes(arrived.head, got), len);
	assert_memory_equal(got, frame, len);
}

static void a_tagged_frame_arrives_by_its_vlan_without_the_tag(void **state)
{
	(void)state;
	bring(tagged(SEA_ETHERTYPE_VLAN, 0xe005)); /* whatever its priority */
	assert_arrived_by("v5");
	assert_int_equal(k.eth->stats.rx_packets, 1);
	assert_int_equal(k.eth->stats.rx_bytes, 158);
	assert_int_equal(link_of("v5")->stats.rx_packets, 1);
	assert_int_equal(link_of("v5")->stats.rx_bytes, 154);
}

/* SEA_DROP_VLAN_UNKNOWN */
static void a_tag_that_is_no_links_drops_the_frame(void **state)
{
	(void)state;
	bring(tagged(SEA_ETHERTYPE_VLAN, 6));
	bring(tagged(SEA_ETHERTYPE_SVLAN, 5));
	assert_int_equal(drops(&k.f, SEA_DROP_VLAN_UNKNOWN), 2);
	assert_int_equal(k.eth->stats.rx_dropped, 2);
	assert_int_equal(arrived.n, 0);
}

static void a_tag_of_id_0_is_taken_off_and_the_frame_is_the_links_own(void **state)
{
	(void)state;
	bring(tagged(SEA_ETHERTYPE_VLAN, 0xa000));
	assert_arrived_by("eth0");
}

static void behind_a_tag_of_id_0_another_one_counts(void **state)
{
	(void)state;
	bring(tag_again(tagged(SEA_ETHERTYPE_VLAN, 5), SEA_ETHERTYPE_SVLAN, 0));
	assert_arrived_by("v5");
}

/* Each is looked at in turn, none within another. */
static void a_frame_of_nothing_but_tags_is_dropped(void **state)
{
	(void)state;
	memcpy(frame, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	for (uint32_t at = 12; at < 1412; at += 4) {
		sea_put16(frame + at, SEA_ETHERTYPE_VLAN);
		sea_put16(frame + at + 2, 0);
	}
	bring(1412);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_SHORT), 1);
	assert_int_equal(k.eth->stats.rx_errors, 1);
}

static void a_frame_that_ends_within_its_tag_is_dropped(void **state)
{
	(void)state;
	(void)tagged(SEA_ETHERTYPE_VLAN, 5);
	for (uint32_t len = 14; len < 18; len++)
		bring(len);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_SHORT), 4);
	bring(18);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_SHORT), 4);
	assert_int_equal(link_of("v5")->stats.rx_packets, 1);
	assert_int_equal(arrived.n, 1);
}

static void a_vlan_hears_its_own_mac_only(void **state)
{
	uint32_t len;

	(void)state;
	assert_int_equal(set_attr("v5", IFLA_ADDRESS, "\2\0\0\0\0\7", 6), 0);
	bring(tagged(SEA_ETHERTYPE_VLAN, 5));
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_OTHERHOST), 1);
	len = tagged(SEA_ETHERTYPE_VLAN, 5);
	frame[5] = 7;
	bring(len);
	assert_int_equal(arrived.n, 1);
	assert_int_equal(arrived.head->type, SEA_PKT_HOST);
}

static void a_vlan_that_is_down_hears_nothing(void **state)
{
	(void)state;
	assert_int_equal(sea_link_set_up(link_of("v5"), false, NOW), 0);
	bring(tagged(SEA_ETHERTYPE_VLAN, 5));
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_DOWN), 1);
}

static void two_tags_are_a_vlan_on_a_vlan(void **state)
{
	struct message m = making_vlan("outer", "eth0", SEA_ETHERTYPE_SVLAN, 100, 0, 0);

	(void)state;
	assert_int_equal(ask(&m), 0);
	m = making_vlan("inner", "outer", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("outer"), true, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("inner"), true, NOW), 0);
	bring(tag_again(tagged(SEA_ETHERTYPE_VLAN, 5), SEA_ETHERTYPE_SVLAN, 100));
	assert_arrived_by("inner");
}

/* The frame's bytes are somebody else's, too. */
static void a_shared_frame_without_memory_for_a_copy_is_dropped(void **state)
{
	struct sea_pkt *pkt = bytes_pkt(&k.f, frame, tagged(SEA_ETHERTYPE_VLAN, 5));
	struct sea_pkt *twin = sea_pkt_clone(pkt, &k.f.stack->shard.pool);

	(void)state;
	assert_non_null(twin);
	test_env_fail_at(&k.env, 1);
	input_one(&k.f, pkt, NOW);
	test_env_fail_at(&k.env, 0);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_NO_MEMORY), 1);
	sea_pkt_free(twin);
}

static void a_vlan_that_keeps_the_tag_has_it_in_its_frames(void **state)
{
	struct message m =
		making_vlan("v6", "eth0", SEA_ETHERTYPE_VLAN, 6, 0, VLAN_FLAG_REORDER_HDR);
	uint32_t len;

	(void)state;
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("v6"), true, NOW), 0);
	len = tagged(SEA_ETHERTYPE_VLAN, 6);
	bring(len);
	assert_int_equal(arrived.n, 1);
	assert_ptr_equal(arrived.head->link, link_of("v6"));
	assert_int_equal(pkt_bytes(arrived.head, got), len);
	assert_memory_equal(got, frame, len);
}

static void a_vlan_on_one_that_keeps_the_tag_is_found(void **state)
{
	struct message m =
		making_vlan("v6", "eth0", SEA_ETHERTYPE_VLAN, 6, 0, VLAN_FLAG_REORDER_HDR);

	(void)state;
	assert_int_equal(ask(&m), 0);
	m = making_vlan("v7", "v6", SEA_ETHERTYPE_VLAN, 7, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("v6"), true, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("v7"), true, NOW), 0);
	bring(tag_again(tagged(SEA_ETHERTYPE_VLAN, 7), SEA_ETHERTYPE_VLAN, 6));
	assert_arrived_by("v7");
}

/* -- out -- */

/* Sends the TCP frame's packet by a link; what eth0 then has to send is in got[]: its length. */
static uint32_t send_by(const char *name)
{
	const struct frame_spec spec = { .payload = 100 };
	struct fixture by = { .stack = k.f.stack, .link = link_of(name) };
	struct sea_pkt *out[2];
	uint32_t len = frame_put(frame, &spec);
	struct sea_pkt *pkt = sea_pkt_from_bytes(by.link, frame + 14, len - 14);
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 2 } };

	assert_non_null(pkt);
	pkt->off_net = sea_pkt_offset(pkt);
	sea_stack_enter(k.f.stack, NOW);
	assert_int_equal(sea_link_output(by.link, pkt, &dst, SEA_ETHERTYPE_IPV4), 0);
	sea_stack_leave(k.f.stack);
	assert_int_equal(sea_link_take_tx(k.eth, out, 2, NOW), 1);
	len = pkt_bytes(out[0], got);
	sea_pkt_done(out[0]);
	return len;
}

static void assert_sent(const char *tags, uint32_t n)
{
	const struct frame_spec spec = { .payload = 100 };
	uint32_t len = frame_put(frame, &spec);

	assert_memory_equal(got, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
	assert_memory_equal(got + 12, tags, n);
	assert_memory_equal(got + 12 + n, frame + 12, len - 12);
}

static void what_a_vlan_sends_has_its_tag(void **state)
{
	(void)state;
	assert_int_equal(send_by("v5"), 158);
	assert_sent("\x81\0\0\5", 4);
	assert_int_equal(link_of("v5")->stats.tx_packets, 1);
	assert_int_equal(link_of("v5")->stats.tx_bytes, 154);
	assert_int_equal(k.eth->stats.tx_bytes, 158);
}

static void a_vlan_on_a_vlan_sends_two_tags(void **state)
{
	struct message m =
		making_vlan("outer", "eth0", SEA_ETHERTYPE_SVLAN, 100, 0, VLAN_FLAG_REORDER_HDR);

	(void)state;
	assert_int_equal(ask(&m), 0);
	m = making_vlan("inner", "outer", SEA_ETHERTYPE_VLAN, 5, 0, 0);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(sea_link_set_up(link_of("outer"), true, NOW), 0);
	assert_int_equal(sea_link_set_up(link_of("inner"), true, NOW), 0);
	assert_int_equal(send_by("inner"), 162);
	assert_sent("\x88\xa8\0\x64\x81\0\0\5", 8);
	assert_int_equal(send_by("outer"), 158);
	assert_sent("\x88\xa8\0\x64", 4);
}

static void super_segments_are_cut_by_the_link_below(void **state)
{
	const struct frame_spec spec = { .payload = 3000 };
	struct fixture by = { .stack = k.f.stack, .link = link_of("v5") };
	struct sea_pkt *out[4];

	(void)state;
	send_frame(&by, super_pkt(&by, &spec, 1448));
	assert_int_equal(sea_link_take_tx(k.eth, out, 4, NOW), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(out[i]->len, 58 + (i < 2 ? 1448 : 104));
		pkt_bytes(out[i], got);
		assert_memory_equal(got + 12, "\x81\0\0\5\x08\0\x45", 7);
		sea_pkt_done(out[i]);
	}
	assert_int_equal(drops(&k.f, SEA_DROP_GSO_FAILED), 0);
}

static void what_the_link_below_will_not_send_is_told_of(void **state)
{
	static const struct sea_mac dst = { { 2, 0, 0, 0, 0, 2 } };
	struct sea_link *loose;
	struct sea_pkt *pkt;
	const struct message m = making_vlan("loose", "eth0", SEA_ETHERTYPE_VLAN, 6,
					     VLAN_FLAG_LOOSE_BINDING, VLAN_FLAG_LOOSE_BINDING);

	(void)state;
	assert_int_equal(ask(&m), 0);
	loose = link_of("loose");
	assert_int_equal(sea_link_set_up(loose, true, NOW), 0);
	assert_int_equal(sea_link_set_up(k.eth, false, NOW), 0);
	pkt = sea_pkt_from_bytes(loose, frame, 40);
	sea_stack_enter(k.f.stack, NOW);
	assert_int_equal(sea_link_output(loose, pkt, &dst, SEA_ETHERTYPE_IPV4), -ENETDOWN);
	sea_stack_leave(k.f.stack);
	assert_int_equal(drops(&k.f, SEA_DROP_LINK_DOWN), 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, kinds_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_tagged_frame_arrives_by_its_vlan_without_the_tag),
		TEST(a_tag_that_is_no_links_drops_the_frame),
		TEST(a_tag_of_id_0_is_taken_off_and_the_frame_is_the_links_own),
		TEST(behind_a_tag_of_id_0_another_one_counts),
		TEST(a_frame_of_nothing_but_tags_is_dropped),
		TEST(a_frame_that_ends_within_its_tag_is_dropped),
		TEST(a_vlan_hears_its_own_mac_only),
		TEST(a_vlan_that_is_down_hears_nothing),
		TEST(two_tags_are_a_vlan_on_a_vlan),
		TEST(a_shared_frame_without_memory_for_a_copy_is_dropped),
		TEST(a_vlan_that_keeps_the_tag_has_it_in_its_frames),
		TEST(a_vlan_on_one_that_keeps_the_tag_is_found),
		TEST(what_a_vlan_sends_has_its_tag),
		TEST(a_vlan_on_a_vlan_sends_two_tags),
		TEST(super_segments_are_cut_by_the_link_below),
		TEST(what_the_link_below_will_not_send_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
