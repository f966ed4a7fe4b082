/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../../link/fixture.h"

static void frame_keeps_only_the_pieces_it_reached(void **state)
{
	struct fixture f;
	struct sea_rx_chain chain = { 0 };
	struct sea_buf *second;
	struct sea_pkt *pkt;

	fixture_init(&f, SEA_LINK_F_RX_GSO);
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
	second = chain.bufs[1];
	pkt = sea_rx_chain_take(&chain, 1514);
	assert_int_equal(sea_pkt_len(pkt), 1514);
	assert_int_equal(pkt->nfrags, 1);
	assert_null(chain.bufs[0]);
	assert_ptr_equal(chain.bufs[1], second);
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
	assert_non_null(chain.bufs[0]);
	assert_ptr_equal(chain.bufs[1], second);
	sea_pkt_free(pkt);
	sea_rx_chain_fini(&chain);
	fixture_fini(&f);
}

static void small_frame_leaves_all_pieces_and_holds_what_it_needs(void **state)
{
	struct fixture f;
	struct sea_rx_chain chain = { 0 };

	fixture_init(&f, SEA_LINK_F_RX_GSO);
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
	for (uint32_t len = 1; len < 2000; len = len * 4 / 3 + 1) {
		struct sea_buf *first = chain.bufs[0];
		struct sea_pkt *pkt;

		memset(first->data, (int)len, len);
		pkt = sea_rx_chain_take(&chain, len);
		assert_int_equal(sea_pkt_len(pkt), len);
		assert_int_equal(pkt->nfrags, 1);
		assert_memory_equal(sea_pkt_peek(pkt, len),
				    len > 896 ? pkt->frags[0].buf->data : first->data, len);
		assert_int_equal(chain.bufs[0] != NULL, len <= 896);
		/* Without its headers it keeps the copy-down rule as it is. */
		if (len > 66 && chain.bufs[0])
			assert_true(sea_pkt_held(pkt) <= sea_pkt_held_max(len - 66));
		assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
		sea_pkt_free(pkt);
	}
	sea_rx_chain_fini(&chain);
	fixture_fini(&f);
}

static void super_segment_takes_all_pieces_and_needs_no_table(void **state)
{
	struct fixture f;
	struct sea_rx_chain chain = { 0 };
	struct iovec iov[SEA_RX_CHAIN_MAX];
	struct sea_pkt *pkt;
	size_t room = 0;

	fixture_init(&f, SEA_LINK_F_RX_GSO);
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
	assert_int_equal(sea_rx_chain_iov(&chain, iov, SEA_RX_CHAIN_MAX), SEA_RX_CHAIN_MAX);
	for (unsigned i = 0; i < SEA_RX_CHAIN_MAX; i++)
		room += iov[i].iov_len;
	assert_true(room >= SEA_PKT_LEN_MAX);
	pkt = sea_rx_chain_take(&chain, 65535 + 14);
	assert_int_equal(sea_pkt_len(pkt), 65535 + 14);
	assert_int_equal(pkt->nfrags, SEA_RX_CHAIN_MAX);
	assert_ptr_equal(pkt->frags, pkt->frags_inline);
	sea_pkt_free(pkt);
	sea_rx_chain_fini(&chain);
	fixture_fini(&f);
}

static void without_super_segments_one_piece_holds_the_mtu(void **state)
{
	struct fixture f;
	struct sea_rx_chain chain = { 0 };
	struct iovec iov[SEA_RX_CHAIN_MAX];

	fixture_init(&f, 0);
	assert_int_equal(sea_link_set_mtu(f.link, 9000, SEA_TIME_ZERO), 0);
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
	assert_int_equal(sea_rx_chain_iov(&chain, iov, SEA_RX_CHAIN_MAX), 1);
	assert_true(iov[0].iov_len >= 9014);
	sea_rx_chain_fini(&chain);
	fixture_fini(&f);
}

/* SEA_DROP_LINK_NO_MEMORY */
static void frame_without_memory_is_counted_and_leaves_the_pieces(void **state)
{
	struct fixture f;
	struct sea_rx_chain chain = { 0 };
	struct sea_pkt *pkt;

	fixture_init(&f, 0);
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
	f.allocs_left = 0;
	assert_null(sea_rx_chain_take(&chain, 100));
	assert_int_equal(drops(&f, SEA_DROP_LINK_NO_MEMORY), 1);
	assert_int_equal(f.link->stats.rx_dropped, 1);
	f.allocs_left = -1;
	pkt = sea_rx_chain_take(&chain, 1000);
	assert_non_null(pkt);
	sea_pkt_free(pkt);
	f.allocs_left = 0;
	assert_int_equal(sea_rx_chain_fill(&chain, f.link), -12);
	f.allocs_left = -1;
	sea_rx_chain_fini(&chain);
	fixture_fini(&f);
}

static void chain_that_could_not_be_filled_is_filled_later(void **state)
{
	struct fixture f;
	struct sea_rx_chain chain = { 0 };

	fixture_init(&f, SEA_LINK_F_RX_GSO);
	for (int left = 0; left < SEA_RX_CHAIN_MAX; left++) {
		f.allocs_left = left;
		assert_int_equal(sea_rx_chain_fill(&chain, f.link), -12);
		f.allocs_left = -1;
		assert_int_equal(sea_rx_chain_fill(&chain, f.link), 0);
		for (unsigned i = 0; i < SEA_RX_CHAIN_MAX; i++)
			assert_non_null(chain.bufs[i]);
		sea_rx_chain_fini(&chain);
	}
	fixture_fini(&f);
}

static void bytes_become_a_packet_of_any_length(void **state)
{
	static uint8_t bytes[FRAME_MAX], back[FRAME_MAX];
	static const uint32_t lengths[] = { 0, 1, 60, 1514, 36864, 36865, FRAME_MAX };
	struct fixture f;

	fixture_init(&f, 0);
	for (uint32_t i = 0; i < FRAME_MAX; i++)
		bytes[i] = (uint8_t)(i ^ i >> 8);
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct sea_pkt *pkt = sea_pkt_from_bytes(f.link, bytes, lengths[i]);

		assert_non_null(pkt);
		assert_int_equal(sea_pkt_len(pkt), lengths[i]);
		assert_true(sea_pkt_read(pkt, 0, back, lengths[i]));
		assert_memory_equal(back, bytes, lengths[i]);
		sea_pkt_free(pkt);
	}
	assert_null(sea_pkt_from_bytes(f.link, bytes, FRAME_MAX + 1));
	for (int left = 0; left < 3; left++) {
		f.allocs_left = left;
		assert_null(sea_pkt_from_bytes(f.link, bytes, FRAME_MAX));
		f.allocs_left = -1;
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_keeps_only_the_pieces_it_reached),
		cmocka_unit_test(small_frame_leaves_all_pieces_and_holds_what_it_needs),
		cmocka_unit_test(super_segment_takes_all_pieces_and_needs_no_table),
		cmocka_unit_test(without_super_segments_one_piece_holds_the_mtu),
		cmocka_unit_test(frame_without_memory_is_counted_and_leaves_the_pieces),
		cmocka_unit_test(chain_that_could_not_be_filled_is_filled_later),
		cmocka_unit_test(bytes_become_a_packet_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
