/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/env.h"
#include "transport/tcp/sendbuf.h"

#define STREAM (4u << 20)

static struct test_env e;
static struct sea_pool pool;
static struct tcp_sendbuf sb;
static uint32_t iss;
static uint8_t *stream; /* byte i belongs at iss + i */

static int set_up(void **state)
{
	test_env_init(&e);
	sea_pool_init(&pool, &e.env, 0, 0);
	iss = UINT32_MAX - 100000;
	sea_tcp_sendbuf_init(&sb, sea_seq_of(iss));
	stream = malloc(STREAM);
	assert_non_null(stream);
	for (uint32_t i = 0; i < STREAM; i++)
		stream[i] = (uint8_t)test_random(&e.random);
	return 0;
}

static int tear_down(void **state)
{
	sea_tcp_sendbuf_fini(&sb, &pool);
	sea_pool_fini(&pool);
	assert_int_equal(e.live, 0);
	free(stream);
	return 0;
}

static uint32_t start(void)
{
	return sb.start.v - iss;
}

static uint32_t end(void)
{
	return sb.end.v - iss;
}

static size_t append(size_t len)
{
	struct iovec iov = { stream + end(), len };

	return sea_tcp_sendbuf_append(&sb, &pool, &iov, 0, len);
}

static void ack(uint32_t off)
{
	sea_tcp_sendbuf_ack(&sb, &pool, sea_seq_of(iss + off));
}

static struct sea_pkt *attach(uint32_t off, uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_new(&pool, 128, 0);

	assert_non_null(pkt);
	assert_true(sea_tcp_sendbuf_attach(&sb, sea_seq_of(iss + off), len, pkt));
	assert_int_equal(pkt->len, len);
	return pkt;
}

static void expect_pkt(const struct sea_pkt *pkt, uint32_t off)
{
	for (unsigned i = 0; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];

		assert_memory_equal(f->buf->data + f->off, stream + off, f->len);
		off += f->len;
	}
}

static void expect_bytes(uint32_t off, uint32_t len)
{
	struct sea_pkt *pkt = attach(off, len);
	static uint8_t copy[65536];

	expect_pkt(pkt, off);
	sea_pkt_free(pkt);
	sea_tcp_sendbuf_read(&sb, sea_seq_of(iss + off), copy, len);
	assert_memory_equal(copy, stream + off, len);
}

/* Beside a small ring, which stays for the next write. */
static size_t held_for_bytes(void)
{
	size_t ring = sizeof(*sb.ring) * (sb.mask + 1);

	assert_true(!sb.ring || sb.mask + 1 <= 8);
	return pool.held - (sb.ring ? sea_pool_size(&pool, ring) : 0);
}

static void
a_request_of_one_byte_holds_less_than_a_kilobyte_and_nothing_when_acknowledged(void **state)
{
	assert_int_equal(append(1), 1);
	assert_true(pool.held < 1024);
	expect_bytes(0, 1);
	ack(1);
	assert_int_equal(held_for_bytes(), 0);
}

static void a_stream_gets_full_sized_chunks(void **state)
{
	struct sea_pkt *pkt;

	assert_int_equal(append(1 << 20), 1 << 20);
	assert_int_equal(pool.n_bufs, 32);
	pkt = attach(10000, 65536 - 1000);
	assert_true(pkt->nfrags <= SEA_PKT_FRAGS_INLINE);
	expect_pkt(pkt, 10000);
	sea_pkt_free(pkt);
}

static void small_writes_fill_the_room_that_is_there(void **state)
{
	for (unsigned i = 0; i < 200; i++)
		append(1);
	assert_int_equal(pool.n_bufs, 1);
	expect_bytes(0, 200);
}

/* The chunks grow with what is queued: 64 KiB never need more fragments than a packet has. */
static void any_64_kib_fit_the_fragments_of_a_packet(void **state)
{
	uint32_t most = 0;

	while (end() < STREAM - 70000) {
		append(1 + test_random(&e.random) % (test_random(&e.random) % 8 ? 40 : 3000));
		for (uint32_t at = start(); at < end() && most < 1000; at += 60000) {
			uint32_t len = end() - at < 65000 ? end() - at : 65000;
			struct sea_pkt *pkt = attach(at, len);

			most = pkt->nfrags > most ? pkt->nfrags : most;
			sea_pkt_free(pkt);
		}
		if (end() - start() > (test_random(&e.random) % 8 ? 70000 : 500))
			ack(start() + 1 + (uint32_t)(test_random(&e.random) % (end() - start())));
	}
	assert_in_range(most, 5, 16);
}

static void bytes_are_gathered_from_many_pieces_and_some_are_skipped(void **state)
{
	struct iovec iov[] = {
		{ stream, 0 },        { stream, 10 },      { NULL, 0 },
		{ stream + 10, 300 }, { stream + 310, 5 },
	};

	assert_int_equal(sea_tcp_sendbuf_append(&sb, &pool, iov, 0, 12), 12);
	assert_int_equal(sea_tcp_sendbuf_append(&sb, &pool, iov, 12, 303), 303);
	expect_bytes(0, 315);
	assert_int_equal(sea_tcp_sendbuf_append(&sb, &pool, iov, 315, 0), 0);
}

static void a_packet_keeps_its_bytes_when_they_are_acknowledged_and_others_appended(void **state)
{
	struct sea_pkt *pkt;

	append(100);
	pkt = attach(20, 60);
	append(100);
	ack(90);
	expect_pkt(pkt, 20);
	ack(200);
	append(3000);
	expect_pkt(pkt, 20);
	expect_bytes(200, 3000);
	sea_pkt_free(pkt);
}

static void acknowledging_what_is_not_stored_does_no_harm(void **state)
{
	append(100);
	ack(50);
	ack(20);
	assert_int_equal(start(), 50);
	ack(101); /* a FIN behind the data */
	assert_int_equal(start(), 100);
	assert_int_equal(held_for_bytes(), 0);
	ack(101);
	append(10);
	expect_bytes(100, 10);
}

/* Writes into what was offered, as a program would. */
static void fill(const struct iovec *iov, int n, size_t len)
{
	const uint8_t *from = stream + end();

	for (int i = 0; i < n && len; i++) {
		size_t part = iov[i].iov_len < len ? iov[i].iov_len : len;

		memcpy(iov[i].iov_base, from, part);
		from += part;
		len -= part;
	}
}

static void an_offer_is_written_into_and_committed_in_part(void **state)
{
	struct iovec iov[4];
	int n;

	append(100);
	n = sea_tcp_sendbuf_reserve(&sb, &pool, 50000, iov, 4);
	assert_in_range(n, 2, 3);
	assert_int_equal(sb.offered, 50000);
	fill(iov, n, 40000);
	sea_tcp_sendbuf_commit(&sb, &pool, 40000);
	assert_int_equal(end(), 40100);
	assert_int_equal(sb.offered, 0);
	append(1000);
	expect_bytes(0, 41100);
}

static void what_an_offer_did_not_use_is_given_back(void **state)
{
	struct iovec iov[4];

	assert_true(sea_tcp_sendbuf_reserve(&sb, &pool, 100000, iov, 4) > 0);
	assert_true(pool.held > 65536);
	sea_tcp_sendbuf_commit(&sb, &pool, 0);
	assert_int_equal(held_for_bytes(), 0);
	assert_int_equal(sea_tcp_sendbuf_reserve(&sb, &pool, 100, iov, 0), 0);
	assert_int_equal(sea_tcp_sendbuf_reserve(&sb, &pool, 0, iov, 4), 0);
	assert_int_equal(held_for_bytes(), 0);
}

static void acknowledgments_between_offer_and_commit_do_not_free_the_offer(void **state)
{
	struct iovec iov[4];
	int n;

	append(100);
	n = sea_tcp_sendbuf_reserve(&sb, &pool, 2000, iov, 4);
	fill(iov, n, 2000);
	ack(100);
	sea_tcp_sendbuf_commit(&sb, &pool, 2000);
	expect_bytes(100, 2000);
	ack(2100);
	assert_int_equal(held_for_bytes(), 0);
}

static void a_second_offer_or_a_write_replaces_the_first(void **state)
{
	struct iovec iov[4];

	append(10);
	sea_tcp_sendbuf_reserve(&sb, &pool, 5000, iov, 4);
	sea_tcp_sendbuf_reserve(&sb, &pool, 50, iov, 4);
	assert_int_equal(sb.offered, 50);
	append(700);
	assert_int_equal(sb.offered, 0);
	expect_bytes(0, 710);
}

static void memory_that_runs_out_shortens_a_write_and_leaks_nothing(void **state)
{
	/* the ring and seven chunks */
	for (size_t nth = 1; nth <= 8; nth++) {
		size_t n;

		test_env_fail_at(&e, nth);
		n = append(200000);
		assert_true(n < 200000);
		test_env_fail_at(&e, 0);
		if (n)
			expect_bytes(end() - (uint32_t)n, (uint32_t)(n < 65000 ? n : 65000));
		ack(end());
		assert_int_equal(held_for_bytes(), 0);
		sea_tcp_sendbuf_fini(&sb, &pool);
		assert_int_equal(pool.held, 0);
	}
}

static void model_step(void)
{
	uint64_t r = test_random(&e.random);
	uint32_t len = (uint32_t)(r >> 32) % (r & 256 ? 60000 : 300), queued = end() - start();
	struct iovec iov[8];
	int n;

	switch (r % 4) {
	case 0:
		if (queued < 1000000)
			assert_int_equal(append(len), len);
		break;
	case 1:
		if (queued >= 1000000)
			break;
		n = sea_tcp_sendbuf_reserve(&sb, &pool, len, iov, 1 + (int)(r >> 16) % 8);
		len = sb.offered ? len % sb.offered : 0;
		fill(iov, n, len);
		if (r & 512)
			ack(start() + (queued ? (uint32_t)(r >> 20) % (queued + 1) : 0));
		sea_tcp_sendbuf_commit(&sb, &pool, len);
		break;
	case 2:
		ack(start() + (queued ? len % (queued + 1) : 0));
		break;
	default:
		if (queued && len) {
			uint32_t at = start() + (uint32_t)(r >> 16) % queued;

			expect_bytes(at, end() - at < len ? end() - at : len);
		}
	}
}

static void random_operations_agree_with_the_stream(void **state)
{
	while (end() < STREAM - 70000)
		model_step();
	ack(end());
	assert_int_equal(held_for_bytes(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_of_one_byte_holds_less_than_a_kilobyte_and_nothing_when_acknowledged),
		TEST(a_stream_gets_full_sized_chunks),
		TEST(small_writes_fill_the_room_that_is_there),
		TEST(any_64_kib_fit_the_fragments_of_a_packet),
		TEST(bytes_are_gathered_from_many_pieces_and_some_are_skipped),
		TEST(a_packet_keeps_its_bytes_when_they_are_acknowledged_and_others_appended),
		TEST(acknowledging_what_is_not_stored_does_no_harm),
		TEST(an_offer_is_written_into_and_committed_in_part),
		TEST(what_an_offer_did_not_use_is_given_back),
		TEST(acknowledgments_between_offer_and_commit_do_not_free_the_offer),
		TEST(a_second_offer_or_a_write_replaces_the_first),
		TEST(memory_that_runs_out_shortens_a_write_and_leaks_nothing),
		TEST(random_operations_agree_with_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
