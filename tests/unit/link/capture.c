/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "wire/pcapng.h"

static struct sea_wrapper *capture;
static uint8_t file[1 << 20], bytes[FRAME_MAX], want[FRAME_MAX];

static void begin(struct fixture *f, size_t buffer_max, uint32_t snaplen)
{
	const struct sea_capture_config config = { .size = sizeof(config),
						   .buffer_max = buffer_max,
						   .snaplen = snaplen };

	fixture_init(f, SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_RX_GSO);
	keep_arrivals(f);
	assert_int_equal(sea_wrap_capture(f->link, &config, &capture, SEA_TIME_ZERO), 0);
}

static void end(struct fixture *f)
{
	forget_arrivals();
	fixture_fini(f);
}

/* What a reader makes of all finished bytes: blocks after section and interface, up to `max`. */
static unsigned read_file(struct sea_pcapng_packet *pkts, const uint8_t **frames, unsigned max)
{
	size_t len = sea_capture_take(capture, file, sizeof(file));
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block block;
	unsigned n = 0;
	size_t at = 0;

	while (at < len) {
		long size = sea_pcapng_read(&reader, file + at, len - at, &block);

		assert_true(size > 0);
		at += (size_t)size;
		if (block.type != SEA_PCAPNG_PACKET)
			continue;
		assert_true(n < max);
		pkts[n] = block.pkt;
		frames[n++] = block.bytes;
	}
	return n;
}

static void input(struct fixture *f, const struct frame_spec *spec, int64_t now_ns)
{
	input_one(f, frame_pkt(f, spec), at_ns(now_ns));
}

static void transmit(struct fixture *f, struct sea_pkt *pkt, int64_t now_ns)
{
	struct sea_pkt *out[8];
	unsigned n;

	send_frame(f, pkt);
	n = sea_link_take_tx(f->link, out, 8, at_ns(now_ns));
	while (n)
		sea_pkt_done(out[--n]);
}

static void both_directions_are_kept_with_their_times(void **state)
{
	const struct frame_spec spec = { .payload = 100 };
	struct sea_pcapng_packet pkts[4];
	const uint8_t *frames[4];
	struct fixture f;
	uint32_t len;

	begin(&f, 0, 0);
	f.stack->config.wall_offset_ns = 1000 * SEA_SEC;
	input(&f, &spec, 5);
	transmit(&f, frame_pkt(&f, &spec), 7);
	assert_int_equal(read_file(pkts, frames, 4), 2);
	len = frame_put(want, &spec);
	assert_int_equal(pkts[0].direction, SEA_PCAPNG_INBOUND);
	assert_int_equal(pkts[0].time_ns, 1000 * SEA_SEC + 5);
	assert_int_equal(pkts[0].len, len);
	assert_int_equal(pkts[0].caplen, len);
	assert_memory_equal(frames[0], want, len);
	assert_null(pkts[0].comment);
	assert_int_equal(pkts[1].direction, SEA_PCAPNG_OUTBOUND);
	assert_int_equal(pkts[1].time_ns, 1000 * SEA_SEC + 7);
	end(&f);
}

static void dropped_frame_says_why(void **state)
{
	const struct frame_spec good = { .payload = 100 };
	struct sea_pcapng_packet pkts[4];
	const uint8_t *frames[4];
	struct sea_pkt *batch[3];
	struct fixture f;
	char comment[64];

	begin(&f, 0, 0);
	batch[0] = frame_pkt(&f, &good);
	memset(bytes, 0, 60);
	batch[1] = bytes_pkt(&f, bytes, 60); /* for a MAC that is not ours */
	batch[2] = frame_pkt(&f, &good);
	sea_link_input(f.link, batch, 3, SEA_TIME_ZERO);
	sea_capture_flush(capture);
	assert_int_equal(read_file(pkts, frames, 4), 3);
	assert_null(pkts[0].comment);
	assert_null(pkts[2].comment);
	assert_non_null(pkts[1].comment);
	snprintf(comment, sizeof(comment), "dropped: %s ", sea_drop_name(SEA_DROP_LINK_OTHERHOST));
	assert_memory_equal(pkts[1].comment, comment, strlen(comment));
	end(&f);
}

static void record_stays_open_until_the_next_batch(void **state)
{
	const struct frame_spec spec = { .payload = 100 };
	struct sea_pcapng_packet pkts[4];
	const uint8_t *frames[4];
	struct fixture f;

	begin(&f, 0, 0);
	input(&f, &spec, 0);
	assert_int_equal(read_file(pkts, frames, 4), 0);
	input(&f, &spec, 0);
	sea_capture_take(capture, file, sizeof(file));
	sea_capture_flush(capture);
	assert_true(sea_capture_take(capture, file, sizeof(file)) > 0);
	assert_int_equal(sea_capture_take(capture, file, sizeof(file)), 0);
	end(&f);
}

/* The reason is found even where another capture numbered the frame. */
static void two_captures_both_learn_the_reason(void **state)
{
	const struct sea_capture_config config = { .size = sizeof(config) };
	struct sea_wrapper *outer;
	struct fixture f;

	begin(&f, 0, 0);
	assert_int_equal(sea_wrap_capture(f.link, &config, &outer, SEA_TIME_ZERO), 0);
	memset(bytes, 0, 60);
	input_one(&f, bytes_pkt(&f, bytes, 60), SEA_TIME_ZERO);
	for (unsigned i = 0; i < 2; i++) {
		struct sea_wrapper *one = i ? outer : capture;

		sea_capture_flush(one);
		assert_non_null(
			memmem(file, sea_capture_take(one, file, sizeof(file)), "dropped: ", 9));
	}
	end(&f);
}

static void unfinished_checksums_are_completed_in_the_copy(void **state)
{
	const struct frame_spec spec = { .payload = 9000 };
	struct sea_pcapng_packet pkts[4];
	const uint8_t *frames[4];
	struct fixture f;
	uint32_t len;

	begin(&f, 0, 0);
	transmit(&f, super_pkt(&f, &spec, 1448), 0);
	assert_int_equal(read_file(pkts, frames, 4), 1);
	len = frame_put(want, &spec);
	assert_int_equal(pkts[0].len, len);
	assert_memory_equal(frames[0] + 12, want + 12, len - 12);
	end(&f);
}

static void snaplen_cuts_what_is_kept(void **state)
{
	const struct frame_spec spec = { .payload = 1000 };
	struct sea_pcapng_packet pkts[4];
	const uint8_t *frames[4];
	struct fixture f;

	begin(&f, 0, 40); /* the checksum lies beyond */
	transmit(&f, super_pkt(&f, &spec, 1448), 0);
	input(&f, &spec, 0);
	sea_capture_flush(capture);
	assert_int_equal(read_file(pkts, frames, 4), 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pkts[i].caplen, 40);
		assert_int_equal(pkts[i].len, 1054);
	}
	end(&f);
}

static void what_does_not_fit_is_counted_and_traffic_goes_on(void **state)
{
	const struct frame_spec spec = { .payload = 1000 };
	struct sea_pcapng_packet pkts[16];
	const uint8_t *frames[16];
	struct fixture f;
	unsigned kept;

	begin(&f, 8192, 0);
	for (unsigned i = 0; i < 20; i++) {
		input(&f, &spec, 0);
		transmit(&f, frame_pkt(&f, &spec), 0);
	}
	assert_int_equal(arrived.n, 20);
	sea_capture_flush(capture);
	kept = read_file(pkts, frames, 16);
	assert_true(kept >= 5);
	assert_int_equal(kept + sea_capture_lost(capture), 40);
	input(&f, &spec, 0); /* taking made room again */
	sea_capture_flush(capture);
	assert_int_equal(sea_capture_lost(capture), 40 - kept);
	end(&f);
}

/* Bytes come out in order however they are taken, across many turns of the buffer. */
static void taking_in_small_pieces_loses_nothing(void **state)
{
	const struct frame_spec spec = { .payload = 700 };
	struct fixture f;
	size_t len = 0, n;
	unsigned seen = 0;
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block block;
	long size;

	begin(&f, 8192, 0);
	for (unsigned i = 0; i < 500; i++) {
		input(&f, &spec, i);
		while ((n = sea_capture_take(capture, file + len, 777)))
			len += n;
	}
	sea_capture_flush(capture);
	len += sea_capture_take(capture, file + len, sizeof(file) - len);
	assert_int_equal(sea_capture_lost(capture), 0);
	for (size_t at = 0; at < len; at += (size_t)size) {
		size = sea_pcapng_read(&reader, file + at, len - at, &block);
		assert_true(size > 0);
		if (block.type == SEA_PCAPNG_PACKET)
			assert_int_equal(block.pkt.time_ns, seen++);
	}
	assert_int_equal(seen, 500);
	end(&f);
}

static void bad_config_and_no_memory_are_errors(void **state)
{
	struct sea_capture_config config = { .size = 1 };
	const struct frame_spec spec = { .payload = 100 };
	struct sea_pkt *pkt;
	struct fixture f;

	fixture_init(&f, 0);
	assert_int_equal(sea_wrap_capture(f.link, &config, &capture, SEA_TIME_ZERO), -22);
	config.size = sizeof(config);
	config.buffer_max = 100;
	assert_int_equal(sea_wrap_capture(f.link, &config, &capture, SEA_TIME_ZERO), -22);
	config.buffer_max = 0;
	for (f.allocs_left = 0; f.allocs_left < 2; f.allocs_left++) {
		int left = f.allocs_left;

		assert_int_equal(sea_wrap_capture(f.link, &config, &capture, SEA_TIME_ZERO), -12);
		f.allocs_left = left;
	}
	f.allocs_left = -1;
	assert_int_equal(sea_wrap_capture(f.link, &config, &capture, SEA_TIME_ZERO), 0);
	pkt = frame_pkt(&f, &spec);
	f.allocs_left = 0;
	input_one(&f, pkt, SEA_TIME_ZERO);
	f.allocs_left = -1;
	assert_int_equal(sea_capture_lost(capture), 1);
	sea_wrapper_remove(capture, SEA_TIME_ZERO);
	fixture_fini(&f);
}

/* tshark as a second opinion: no malformed frame, no bad checksum, and it shows the comment. */
static void tshark_reads_it(void **state)
{
	const struct frame_spec spec = { .payload = 100 }, big = { .payload = 9000 };
	const char *expect[] = { "1\t\t1\t1\t\n", "2\tdropped: ", "3\t\t1\t1\t\n" };
	char path[] = "/tmp/seastack-capture-XXXXXX", command[512], line[512];
	struct fixture f;
	size_t len;
	FILE *out;
	int fd;

	if (system("tshark --version >/dev/null 2>&1") != 0) {
		print_message("no tshark here\n");
		skip();
	}
	begin(&f, 0, 0);
	input(&f, &spec, 0);
	memset(bytes, 0, 60);
	input_one(&f, bytes_pkt(&f, bytes, 60), SEA_TIME_ZERO);
	transmit(&f, super_pkt(&f, &big, 1448), 0);
	len = sea_capture_take(capture, file, sizeof(file));
	fd = mkstemp(path);
	assert_int_equal(write(fd, file, len), len);
	close(fd);
	snprintf(command, sizeof(command),
		 "tshark -r %s -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -T fields "
		 "-e frame.number -e frame.comment -e tcp.checksum.status -e ip.checksum.status "
		 "-e _ws.malformed 2>/dev/null",
		 path);
	out = popen(command, "r");
	for (unsigned i = 0; i < 3; i++) {
		assert_non_null(fgets(line, sizeof(line), out));
		assert_memory_equal(line, expect[i], strlen(expect[i]));
	}
	pclose(out);
	unlink(path);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_kept_with_their_times),
		cmocka_unit_test(dropped_frame_says_why),
		cmocka_unit_test(record_stays_open_until_the_next_batch),
		cmocka_unit_test(two_captures_both_learn_the_reason),
		cmocka_unit_test(unfinished_checksums_are_completed_in_the_copy),
		cmocka_unit_test(snaplen_cuts_what_is_kept),
		cmocka_unit_test(what_does_not_fit_is_counted_and_traffic_goes_on),
		cmocka_unit_test(taking_in_small_pieces_loses_nothing),
		cmocka_unit_test(bad_config_and_no_memory_are_errors),
		cmocka_unit_test(tshark_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
