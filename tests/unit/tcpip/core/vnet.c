/* SPDX-License-Identifier: Apache-2.0 */
/* The cases "GSO super-packet length wrong, csum_start beyond data" of a hostile virtio header. */
#include <string.h>

#include "../../link/fixture.h"

#define TRUSTED (SEA_LINK_F_RX_TRUSTED | SEA_LINK_F_RX_GSO)
#define NEEDS_CSUM 1
#define DATA_VALID 2

static void put_hdr(uint8_t *hdr, uint8_t flags, uint8_t gso, uint16_t hdr_len, uint16_t size,
		    uint16_t start, uint16_t offset)
{
	const uint16_t words[] = { hdr_len, size, start, offset };

	hdr[0] = flags;
	hdr[1] = gso;
	for (unsigned i = 0; i < 4; i++) {
		hdr[2 + 2 * i] = (uint8_t)words[i];
		hdr[3 + 2 * i] = (uint8_t)(words[i] >> 8);
	}
}

/* Applies a header to a TCP frame of 3000 payload bytes (3054 in all), and to `spec` if given. */
static int apply(struct fixture *f, struct sea_pkt **pkt, const struct frame_spec *spec,
		 uint8_t flags, uint8_t gso, uint16_t hdr_len, uint16_t size, uint16_t start,
		 uint16_t offset)
{
	const struct frame_spec plain = { .payload = 3000 };
	uint8_t hdr[SEA_VNET_HDR_LEN];

	put_hdr(hdr, flags, gso, hdr_len, size, start, offset);
	*pkt = frame_pkt(f, spec ? spec : &plain);
	return sea_pkt_vnet_apply(*pkt, hdr);
}

static void checksum_state_of_a_trusted_header_is_believed(void **state)
{
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, TRUSTED);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 0, 0, 0, 34, 16), 0);
	assert_int_equal(pkt->csum_state, SEA_CSUM_PARTIAL);
	assert_int_equal(pkt->csum_start, sea_pkt_offset(pkt) + 34);
	assert_int_equal(pkt->csum_offset, 16);
	sea_pkt_free(pkt);
	assert_int_equal(apply(&f, &pkt, NULL, DATA_VALID, 0, 0, 0, 0, 0), 0);
	assert_int_equal(pkt->csum_state, SEA_CSUM_VERIFIED);
	sea_pkt_free(pkt);
	assert_int_equal(apply(&f, &pkt, NULL, 0, 0, 0, 0, 0, 0), 0);
	assert_int_equal(pkt->csum_state, SEA_CSUM_NONE);
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

static void untrusted_header_changes_nothing_but_is_checked(void **state)
{
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, SEA_LINK_F_RX_GSO);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 1, 54, 1000, 34, 16), 0);
	assert_int_equal(pkt->csum_state, SEA_CSUM_NONE);
	assert_int_equal(pkt->gso_type, SEA_GSO_NONE);
	sea_pkt_free(pkt);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 1, 54, 1000, 65000, 16), -22);
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

static void super_segment_of_a_trusted_header_is_believed(void **state)
{
	const struct frame_spec v6 = { .payload = 3000, .v6 = true };
	const struct frame_spec udp = { .payload = 3000, .udp = true };
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, TRUSTED);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 1, 54, 1448, 34, 16), 0);
	assert_int_equal(pkt->gso_type, SEA_GSO_TCP4);
	assert_int_equal(pkt->gso_size, 1448);
	assert_int_equal(pkt->gso_segs, 3);
	sea_pkt_free(pkt);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 0x81, 54, 1000, 34, 16), 0);
	assert_int_equal(pkt->gso_segs, 3);
	sea_pkt_free(pkt);
	assert_int_equal(apply(&f, &pkt, &v6, NEEDS_CSUM, 4, 74, 1000, 54, 16), 0);
	assert_int_equal(pkt->gso_type, SEA_GSO_TCP6);
	sea_pkt_free(pkt);
	assert_int_equal(apply(&f, &pkt, &udp, NEEDS_CSUM, 5, 42, 1000, 34, 6), 0);
	assert_int_equal(pkt->gso_type, SEA_GSO_UDP);
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

/* A VLAN's, on a device whose other end is the kernel. */
static void super_segment_behind_tags_is_believed(void **state)
{
	static uint8_t frame[FRAME_MAX];
	const struct frame_spec spec = { .payload = 3000 };
	uint8_t hdr[SEA_VNET_HDR_LEN];
	struct fixture f;

	fixture_init(&f, TRUSTED);
	for (uint16_t tags = 1; tags < 4; tags++) {
		uint32_t len = frame_put(frame, &spec);
		struct sea_pkt *pkt;

		memmove(frame + 12 + 4 * tags, frame + 12, len - 12);
		for (uint16_t i = 0; i < tags; i++)
			memcpy(frame + 12 + 4 * i, "\x81\0\0\5", 4);
		put_hdr(hdr, NEEDS_CSUM, 1, (uint16_t)(54 + 4 * tags), 1448,
			(uint16_t)(34 + 4 * tags), 16);
		pkt = bytes_pkt(&f, frame, len + 4u * tags);
		assert_int_equal(sea_pkt_vnet_apply(pkt, hdr), tags < 3 ? 0 : -22);
		assert_int_equal(pkt->gso_type, tags < 3 ? SEA_GSO_TCP4 : SEA_GSO_NONE);
		sea_pkt_free(pkt);
	}
	fixture_fini(&f);
}

static void payload_that_fits_one_segment_is_an_ordinary_frame(void **state)
{
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, TRUSTED);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 1, 54, 3000, 34, 16), 0);
	assert_int_equal(pkt->gso_type, SEA_GSO_NONE);
	assert_int_equal(pkt->csum_state, SEA_CSUM_PARTIAL);
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

static void super_segment_that_hardware_verified_becomes_partial(void **state)
{
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, TRUSTED);
	assert_int_equal(apply(&f, &pkt, NULL, DATA_VALID, 1, 54, 1000, 0, 0), 0);
	assert_int_equal(pkt->csum_state, SEA_CSUM_PARTIAL);
	assert_true(sea_pkt_csum_finish(pkt, f.stack->csum));
	sea_pkt_pull(pkt, 34);
	assert_true(sea_pkt_csum_verify(pkt,
					sea_csum_pseudo4((uint8_t[]){ 10, 0, 0, 2 },
							 (uint8_t[]){ 10, 0, 0, 1 }, 6, 3020),
					f.stack->csum));
	sea_pkt_free(pkt);
	fixture_fini(&f);
}

static void every_contradiction_is_refused(void **state)
{
	static const struct frame_spec udp = { .payload = 3000, .udp = true };
	static const struct frame_spec v6 = { .payload = 3000, .v6 = true };
	static const struct frame_spec fragment = { .payload = 3000, .frag = 0x2000 };
	static const struct frame_spec small_udp = { .payload = 3000, .udp = true };
	static const struct {
		const struct frame_spec *spec;
		uint8_t flags, gso;
		uint16_t hdr_len, size, start, offset;
	} cases[] = {
		{ NULL, 0, 0, 3055, 0, 0, 0 },               /* header beyond the frame */
		{ NULL, NEEDS_CSUM, 0, 0, 0, 3053, 0 },      /* field beyond the frame */
		{ NULL, NEEDS_CSUM, 0, 0, 0, 65535, 65535 }, /* sum of both wraps */
		{ NULL, NEEDS_CSUM, 0, 0, 0, 0, 16 },        /* in the link header */
		{ NULL, NEEDS_CSUM, 0, 0, 0, 33, 16 },       /* in the IP header */
		{ NULL, NEEDS_CSUM, 1, 54, 0, 34, 16 },      /* segments of nothing */
		{ NULL, NEEDS_CSUM, 1, 54, 7, 34, 16 },      /* below what any MSS gives */
		{ NULL, NEEDS_CSUM, 1, 54, 1000, 35, 16 },   /* start not at TCP */
		{ NULL, NEEDS_CSUM, 1, 54, 1000, 34, 6 },    /* offset not TCP's */
		{ NULL, 0, 1, 54, 1000, 34, 16 },            /* nobody vouches for the checksum */
		{ NULL, NEEDS_CSUM, 4, 54, 1000, 34, 16 },   /* not IPv6 */
		{ NULL, NEEDS_CSUM, 5, 54, 1000, 34, 16 },   /* not UDP */
		{ NULL, NEEDS_CSUM, 3, 54, 1000, 34, 16 },   /* UFO: not offered */
		{ NULL, NEEDS_CSUM, 2, 54, 1000, 34, 16 },   /* no such type */
		{ NULL, NEEDS_CSUM, 0x21, 54, 1000, 34, 16 },
		{ &udp, NEEDS_CSUM, 1, 54, 1000, 34, 16 },
		{ &v6, NEEDS_CSUM, 1, 54, 1000, 54, 16 },
		{ &fragment, NEEDS_CSUM, 1, 54, 1000, 34, 16 },
		{ &small_udp, NEEDS_CSUM, 5, 42, 20, 34, 6 }, /* more than 128 datagrams */
	};
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, TRUSTED);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(apply(&f, &pkt, cases[i].spec, cases[i].flags, cases[i].gso,
				       cases[i].hdr_len, cases[i].size, cases[i].start,
				       cases[i].offset),
				 -22);
		assert_int_equal(pkt->gso_type, SEA_GSO_NONE);
		sea_pkt_free(pkt);
	}
	fixture_fini(&f);
}

/* A frame cut anywhere, its header claiming a super-segment. */
static void truncated_super_segments_are_refused(void **state)
{
	static uint8_t bytes[FRAME_MAX];
	const struct frame_spec spec = { .payload = 100 };
	uint32_t len = frame_put(bytes, &spec);
	uint8_t hdr[SEA_VNET_HDR_LEN];
	struct fixture f;

	fixture_init(&f, TRUSTED);
	put_hdr(hdr, NEEDS_CSUM, 1, 0, 50, 34, 16);
	for (uint32_t cut = 1; cut < len; cut++) {
		struct sea_pkt *pkt = bytes_pkt(&f, bytes, cut);

		assert_int_equal(sea_pkt_vnet_apply(pkt, hdr), -22);
		sea_pkt_free(pkt);
	}
	fixture_fini(&f);
}

static void header_of_ours_says_what_the_packet_is(void **state)
{
	static const struct frame_spec specs[] = {
		{ .payload = 3000 },
		{ .payload = 3000, .v6 = true },
		{ .payload = 3000, .udp = true },
		{ .payload = 3000, .flags = 0x90 },
	};
	static const uint8_t types[] = { 1, 4, 5, 0x81 };
	uint8_t hdr[SEA_VNET_HDR_LEN], plain[SEA_VNET_HDR_LEN] = { 0 };
	struct fixture f;

	fixture_init(&f, TRUSTED);
	for (unsigned i = 0; i < 4; i++) {
		struct sea_pkt *pkt = super_pkt(&f, &specs[i], 1000), *back;

		sea_pkt_vnet_put(pkt, hdr);
		assert_int_equal(hdr[1], types[i]);
		back = sea_pkt_copy(pkt, pkt->pool);
		back->csum_state = SEA_CSUM_NONE;
		back->gso_type = SEA_GSO_NONE;
		assert_int_equal(sea_pkt_vnet_apply(back, hdr), 0);
		assert_int_equal(back->gso_type, pkt->gso_type);
		assert_int_equal(back->gso_size, 1000);
		assert_int_equal(back->csum_start, pkt->csum_start);
		pkt->csum_state = SEA_CSUM_NONE;
		sea_pkt_vnet_put(pkt, hdr);
		assert_memory_equal(hdr, plain, sizeof(hdr));
		sea_pkt_free(pkt);
		sea_pkt_free(back);
	}
	fixture_fini(&f);
}

/* SEA_DROP_LINK_VNET_HDR */
static void refused_frame_is_counted_at_its_link(void **state)
{
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, TRUSTED);
	assert_int_equal(apply(&f, &pkt, NULL, NEEDS_CSUM, 0, 0, 0, 65535, 0), -22);
	sea_link_reject(f.link, pkt, SEA_DROP_LINK_VNET_HDR, SEA_TIME_ZERO);
	assert_int_equal(drops(&f, SEA_DROP_LINK_VNET_HDR), 1);
	assert_int_equal(f.link->stats.rx_errors, 1);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_state_of_a_trusted_header_is_believed),
		cmocka_unit_test(untrusted_header_changes_nothing_but_is_checked),
		cmocka_unit_test(super_segment_of_a_trusted_header_is_believed),
		cmocka_unit_test(super_segment_behind_tags_is_believed),
		cmocka_unit_test(payload_that_fits_one_segment_is_an_ordinary_frame),
		cmocka_unit_test(super_segment_that_hardware_verified_becomes_partial),
		cmocka_unit_test(every_contradiction_is_refused),
		cmocka_unit_test(truncated_super_segments_are_refused),
		cmocka_unit_test(header_of_ours_says_what_the_packet_is),
		cmocka_unit_test(refused_frame_is_counted_at_its_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
