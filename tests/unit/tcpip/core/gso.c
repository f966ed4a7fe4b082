/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../../link/fixture.h"
#include "wire/tcp.h"

static uint8_t bytes[FRAME_MAX], want[FRAME_MAX];

/* Every segment is the very frame that a sender without offload would have put out. */
static void check_segments(struct fixture *f, const struct frame_spec *whole, uint16_t size,
			   bool accecn)
{
	struct sea_pkt *pkt = super_pkt(f, whole, size);
	struct sea_pktq out;
	uint32_t done = 0;

	sea_pktq_init(&out);
	pkt->accecn = accecn;
	assert_true(sea_gso_segment(f->stack, pkt, &out));
	assert_int_equal(out.n, (whole->payload + size - 1) / size);
	for (uint32_t i = 0; (pkt = sea_pktq_pop(&out)); i++) {
		struct frame_spec part = *whole;
		uint32_t len;

		part.payload = whole->payload - done < size ? whole->payload - done : size;
		part.seq = whole->seq + done;
		part.id = (uint16_t)(whole->id + i);
		if (i && !accecn)
			part.flags &= (uint8_t)~SEA_TCP_CWR;
		part.urg = whole->urg > done ? (uint16_t)(whole->urg - done) : 0;
		if (whole->urg && !part.urg)
			part.flags &= (uint8_t)~SEA_TCP_URG;
		done += part.payload;
		if (done < whole->payload)
			part.flags &= (uint8_t) ~(SEA_TCP_FIN | SEA_TCP_PSH);
		len = frame_put(want, &part);
		assert_int_equal(pkt_bytes(pkt, bytes), len);
		assert_memory_equal(bytes, want, len);
		assert_int_equal(pkt->csum_state, SEA_CSUM_NONE);
		assert_int_equal(pkt->gso_type, SEA_GSO_NONE);
		assert_int_equal(sea_pkt_offset(pkt), pkt->off_link);
		assert_ptr_equal(pkt->link, f->link);
		sea_pkt_free(pkt);
	}
	assert_int_equal(done, whole->payload);
}

static void segments_are_what_a_sender_without_offload_sends(void **state)
{
	static const uint8_t ts[12] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const struct frame_spec specs[] = {
		{ .payload = 1 },
		{ .payload = 1448 },
		{ .payload = 1449, .id = 0xffff, .frag = 0x4000 },
		{ .payload = 64000, .seq = 0xffff0000u, .opts = ts, .opts_len = 12 },
		{ .payload = 65000, .flags = SEA_TCP_ACK | SEA_TCP_PSH | SEA_TCP_FIN },
		{ .payload = 9000, .flags = SEA_TCP_ACK | SEA_TCP_CWR | SEA_TCP_ECE, .tos = 2 },
		{ .payload = 5000, .flags = SEA_TCP_ACK | SEA_TCP_URG, .urg = 2000 },
		{ .payload = 60000, .v6 = true, .flags = SEA_TCP_ACK | SEA_TCP_PSH },
		{ .payload = 9001, .raw = true },
		{ .payload = 9001, .udp = true },
		{ .payload = 9001, .udp = true, .v6 = true },
	};
	static const uint16_t sizes[] = { 8, 536, 1448, 9000 };
	struct fixture f, tun;

	fixture_init(&f, 0);
	fixture_init_type(&tun, 0, SEA_LINK_IP);
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
		for (unsigned j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct frame_spec spec = specs[i];

			/* The payload of a datagram is a function of its place in the whole. */
			check_segments(spec.raw ? &tun : &f, &spec, sizes[j],
				       spec.flags & SEA_TCP_ECE && j % 2);
		}
	fixture_fini(&tun);
	fixture_fini(&f);
}

static void payload_is_shared_not_copied(void **state)
{
	const struct frame_spec spec = { .payload = 3000 };
	struct sea_pktq out;
	struct sea_pkt *pkt;
	struct sea_buf *buf;
	struct fixture f;

	fixture_init(&f, 0);
	pkt = super_pkt(&f, &spec, 1000);
	buf = pkt->frags[0].buf;
	sea_pktq_init(&out);
	assert_true(sea_gso_segment(f.stack, pkt, &out));
	assert_int_equal(buf->refs, 3);
	while ((pkt = sea_pktq_pop(&out))) {
		assert_ptr_equal(pkt->frags[1].buf, buf);
		sea_pkt_free(pkt);
	}
	fixture_fini(&f);
}

static void last_segment_carries_the_charge(void **state)
{
	const struct frame_spec spec = { .payload = 3000 };
	struct sea_pktq out;
	struct sea_pkt *pkt;
	struct fixture f;

	fixture_init(&f, 0);
	pkt = super_pkt(&f, &spec, 1000);
	pkt->owner = (sea_socket){ 12345 }; /* stale: credited to nobody */
	pkt->charged = 4000;
	sea_pktq_init(&out);
	assert_true(sea_gso_segment(f.stack, pkt, &out));
	for (unsigned i = 0; (pkt = sea_pktq_pop(&out)); i++) {
		assert_int_equal(pkt->charged, i == 2 ? 4000 : 0);
		assert_int_equal(sea_socket_is_none(pkt->owner), i != 2);
		sea_pkt_free(pkt);
	}
	fixture_fini(&f);
}

/* RFC768: a datagram without a checksum stays without one. */
static void datagram_without_checksum_stays_without(void **state)
{
	const struct frame_spec spec = { .payload = 3000, .udp = true };
	struct sea_pktq out;
	struct sea_pkt *pkt;
	struct fixture f;

	fixture_init(&f, 0);
	pkt = super_pkt(&f, &spec, 1000);
	pkt->csum_state = SEA_CSUM_NONE;
	memset((uint8_t *)sea_pkt_at(pkt, pkt->off_trans) + 6, 0, 2);
	sea_pktq_init(&out);
	assert_true(sea_gso_segment(f.stack, pkt, &out));
	while ((pkt = sea_pktq_pop(&out))) {
		pkt_bytes(pkt, bytes);
		assert_int_equal(bytes[40] | bytes[41], 0);
		sea_pkt_free(pkt);
	}
	fixture_fini(&f);
}

static void refuse(struct fixture *f, struct sea_pkt *pkt)
{
	uint64_t before = drops(f, SEA_DROP_GSO_FAILED);
	struct sea_pktq out;

	sea_pktq_init(&out);
	assert_false(sea_gso_segment(f->stack, pkt, &out));
	assert_int_equal(drops(f, SEA_DROP_GSO_FAILED), before + 1);
	while ((pkt = sea_pktq_pop(&out)))
		sea_pkt_free(pkt);
}

/* SEA_DROP_GSO_FAILED */
static void what_cannot_be_cut_is_dropped(void **state)
{
	const struct frame_spec spec = { .payload = 3000 }, none = { .payload = 0 };
	const struct frame_spec fragment = { .payload = 3000, .frag = 0x2000 };
	struct fixture f;
	struct sea_pkt *pkt;

	fixture_init(&f, 0);
	refuse(&f, super_pkt(&f, &spec, 0));
	refuse(&f, super_pkt(&f, &none, 1000));
	refuse(&f, super_pkt(&f, &fragment, 1000));
	pkt = super_pkt(&f, &spec, 1000);
	sea_pkt_trim_to(pkt, 2000); /* shorter than its IP header says */
	refuse(&f, pkt);
	pkt = super_pkt(&f, &spec, 1000);
	sea_pkt_pull(pkt, 20); /* its network header has been passed */
	refuse(&f, pkt);
	fixture_fini(&f);
}

static void running_out_of_memory_leaks_nothing(void **state)
{
	const struct frame_spec spec = { .payload = 5000 };
	struct fixture f;

	fixture_init(&f, 0);
	for (int left = 0; left < 10; left++) {
		struct sea_pkt *pkt = super_pkt(&f, &spec, 1000);

		f.allocs_left = left;
		refuse(&f, pkt);
		f.allocs_left = -1;
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_what_a_sender_without_offload_sends),
		cmocka_unit_test(payload_is_shared_not_copied),
		cmocka_unit_test(last_segment_carries_the_charge),
		cmocka_unit_test(datagram_without_checksum_stays_without),
		cmocka_unit_test(what_cannot_be_cut_is_dropped),
		cmocka_unit_test(running_out_of_memory_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
