/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/tcpip/wire/frames.h"
#include "wire/bytes.h"
#include "wire/pcapng.h"

static const struct sea_pcapng_packet syn = {
	.time_ns = UINT64_C(1700000000123456789),
	.len = sizeof(frame_tcp_syn),
	.caplen = sizeof(frame_tcp_syn),
	.direction = SEA_PCAPNG_INBOUND,
	.comment = "drop: tcp_checksum",
	.comment_len = 18,
};

struct capture {
	uint8_t bytes[1024];
	size_t len;
};

static void put_packet(struct capture *c, const struct sea_pcapng_packet *pkt, const uint8_t *frame)
{
	uint8_t *at = sea_pcapng_put_packet(c->bytes + c->len, sizeof(c->bytes) - c->len, pkt);

	assert_non_null(at);
	memcpy(at, frame, pkt->caplen);
	c->len += sea_pcapng_packet_size(pkt);
	assert_int_equal(c->len % 4, 0);
}

/* A section, an interface, and two frames of which one has neither comment nor direction. */
static struct capture small_capture(void)
{
	struct sea_pcapng_packet bare = { .time_ns = 5, .len = 9999, .caplen = 42 };
	struct capture c = { .len = 0 };

	c.len += sea_pcapng_put_section(c.bytes, sizeof(c.bytes), "seastack");
	c.len += sea_pcapng_put_interface(c.bytes + c.len, sizeof(c.bytes) - c.len,
					  SEA_LINKTYPE_ETHERNET, 262144, "tap0");
	put_packet(&c, &syn, frame_tcp_syn);
	put_packet(&c, &bare, frame_arp_request);
	return c;
}

static void written_blocks_are_read_back(void **state)
{
	struct capture c = small_capture();
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block block;
	size_t at = 0;

	at += (size_t)sea_pcapng_read(&reader, c.bytes, c.len, &block);
	assert_int_equal(block.type, SEA_PCAPNG_SECTION);
	at += (size_t)sea_pcapng_read(&reader, c.bytes + at, c.len - at, &block);
	assert_int_equal(block.type, SEA_PCAPNG_INTERFACE);
	assert_int_equal(block.linktype, SEA_LINKTYPE_ETHERNET);
	assert_int_equal(block.snaplen, 262144);
	assert_true(block.ts_units == 1000000000);
	at += (size_t)sea_pcapng_read(&reader, c.bytes + at, c.len - at, &block);
	assert_int_equal(block.type, SEA_PCAPNG_PACKET);
	assert_true(block.pkt.time_ns == syn.time_ns);
	assert_int_equal(block.pkt.direction, SEA_PCAPNG_INBOUND);
	assert_int_equal(block.pkt.comment_len, 18);
	assert_memory_equal(block.pkt.comment, "drop: tcp_checksum", 18);
	assert_int_equal(block.pkt.caplen, sizeof(frame_tcp_syn));
	assert_memory_equal(block.bytes, frame_tcp_syn, sizeof(frame_tcp_syn));
	at += (size_t)sea_pcapng_read(&reader, c.bytes + at, c.len - at, &block);
	assert_null(block.pkt.comment);
	assert_int_equal(block.pkt.direction, SEA_PCAPNG_UNKNOWN);
	assert_int_equal(block.pkt.len, 9999);
	assert_int_equal(block.pkt.caplen, 42);
	assert_int_equal(at, c.len);
	assert_int_equal(sea_pcapng_read(&reader, c.bytes + at, 0, &block), 0);
}

static void writers_refuse_too_little_room(void **state)
{
	uint8_t room[256];

	for (size_t n = 0; n < 28; n++)
		assert_int_equal(sea_pcapng_put_section(room, n, NULL), 0);
	assert_int_equal(sea_pcapng_put_section(room, 28, NULL), 28);
	for (size_t n = 0; n < 32; n++)
		assert_int_equal(sea_pcapng_put_interface(room, n, SEA_LINKTYPE_RAW, 0, NULL), 0);
	assert_int_equal(sea_pcapng_put_interface(room, 32, SEA_LINKTYPE_RAW, 0, NULL), 32);
	for (size_t n = 0; n < sea_pcapng_packet_size(&syn); n++)
		assert_null(sea_pcapng_put_packet(room, n, &syn));
	assert_non_null(sea_pcapng_put_packet(room, sea_pcapng_packet_size(&syn), &syn));
}

static void blocks_beyond_the_limit_are_not_written(void **state)
{
	struct sea_pcapng_packet huge = { .caplen = UINT32_MAX };
	uint8_t byte;

	assert_null(sea_pcapng_put_packet(&byte, SIZE_MAX, &huge));
	huge.caplen = SEA_PCAPNG_BLOCK_MAX - 16;
	assert_null(sea_pcapng_put_packet(&byte, SIZE_MAX, &huge));
}

static void long_names_are_cut(void **state)
{
	uint8_t block[512];
	char name[300];
	struct sea_pcapng_reader reader = { .in_section = true };
	struct sea_pcapng_block read;
	size_t size;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	size = sea_pcapng_put_interface(block, sizeof(block), SEA_LINKTYPE_RAW, 0, name);
	assert_int_equal(size, 12 + 8 + 4 + 256 + 8 + 4);
	assert_int_equal(sea_pcapng_read(&reader, block, size, &read), size);
}

static void half_a_block_needs_more_bytes(void **state)
{
	struct capture c = small_capture();

	for (size_t len = 0; len < c.len; len++) {
		struct sea_pcapng_reader reader = { 0 };
		struct sea_pcapng_block block;
		uint8_t *copy = malloc(len + 1);
		size_t at = 0;
		long n;

		assert_non_null(copy);
		memcpy(copy, c.bytes, len);
		while ((n = sea_pcapng_read(&reader, copy + at, len - at, &block)) > 0)
			at += (size_t)n;
		assert_int_equal(n, 0);
		free(copy);
	}
}

/* -- what others write -- */

/* Reads a section (that this is `big` endian) and one interface block with `body`. */
static long read_interface(bool big, const uint8_t *body, uint8_t len,
			   struct sea_pcapng_reader *reader, struct sea_pcapng_block *block)
{
	static const uint8_t little_section[28] = { 0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c,
						    0x2b, 0x1a, 1,    0,    0,  0, 0, 0, 0,    0,
						    0,    0,    0,    0,    28, 0, 0, 0 };
	static const uint8_t big_section[28] = { 0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b,
						 0x3c, 0x4d, 0,    1,    0, 0, 0, 0,  0,    0,
						 0,    0,    0,    0,    0, 0, 0, 28 };
	uint8_t bytes[64] = { 0 };

	*reader = (struct sea_pcapng_reader){ 0 };
	assert_int_equal(sea_pcapng_read(reader, big ? big_section : little_section, 28, block),
			 28);
	bytes[big ? 3 : 0] = SEA_PCAPNG_INTERFACE;
	bytes[big ? 7 : 4] = (uint8_t)(12 + len);
	memcpy(bytes + 8, body, len);
	bytes[8 + len + (big ? 3 : 0)] = (uint8_t)(12 + len);
	return sea_pcapng_read(reader, bytes, 12 + len, block);
}

static void both_byte_orders_are_read(void **state)
{
	static const uint8_t little[8] = { 1, 0, 0, 0, 0, 0, 4, 0 }, big[8] = { 0, 1, 0, 0, 0, 4 };
	struct sea_pcapng_reader reader;
	struct sea_pcapng_block block;

	assert_int_equal(read_interface(false, little, 8, &reader, &block), 20);
	assert_int_equal(block.linktype, 1);
	assert_int_equal(block.snaplen, 0x40000);
	assert_int_equal(read_interface(true, big, 8, &reader, &block), 20);
	assert_int_equal(block.linktype, 1);
	assert_int_equal(block.snaplen, 0x40000);
	assert_true(block.ts_units == 1000000); /* where nothing is said */
}

/* The time that a stamp has on an interface with this resolution and offset. */
static uint64_t time_of(uint8_t tsresol, int8_t offset, uint64_t ts)
{
	const uint8_t sign = offset < 0 ? 0xff : 0;
	const uint8_t body[] = { 1,    0,    0,    0,    0,    0,       0,
				 0,    9,    0,    1,    0,    tsresol, 0,
				 0,    0,    14,   0,    8,    0,       (uint8_t)offset,
				 sign, sign, sign, sign, sign, sign,    sign };
	uint8_t packet[32] = { SEA_PCAPNG_PACKET, 0, 0, 0, 32, [28] = 32 };
	struct sea_pcapng_reader reader;
	struct sea_pcapng_block block;

	assert_int_equal(read_interface(false, body, sizeof(body), &reader, &block), 40);
	for (int i = 0; i < 4; i++) {
		packet[12 + i] = (uint8_t)(ts >> (32 + 8 * i));
		packet[16 + i] = (uint8_t)(ts >> (8 * i));
	}
	assert_int_equal(sea_pcapng_read(&reader, packet, sizeof(packet), &block), 32);
	return block.pkt.time_ns;
}

static void time_stamps_of_any_resolution_become_nanoseconds(void **state)
{
	assert_true(time_of(6, 0, 1500000) == 1500000000);
	assert_true(time_of(9, 0, 7) == 7);
	assert_true(time_of(0, 0, 3) == UINT64_C(3000000000));
	assert_true(time_of(0x8a, 0, 1536) == 1500000000); /* 1024 a second */
	assert_true(time_of(12, 0, 1999) == 1);
	assert_true(time_of(9, 2, 7) == UINT64_C(2000000007));
	assert_true(time_of(9, -1, UINT64_C(1000000007)) == 7);
	assert_true(time_of(9, -1, 7) == 0);
	assert_true(time_of(0, 0, UINT64_MAX) == UINT64_MAX);
	assert_true(time_of(19, 0, UINT64_MAX) == UINT64_C(1844674407));
	assert_true(time_of(0x80 | 63, 0, UINT64_C(3) << 62) == 1500000000);
}

static void resolutions_beyond_64_bits_are_refused(void **state)
{
	static const uint8_t too_fine[] = { 20, 0x80 | 64, 0xff };

	for (size_t i = 0; i < sizeof(too_fine); i++) {
		const uint8_t body[] = { 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, too_fine[i], 0, 0, 0 };
		struct sea_pcapng_reader reader;
		struct sea_pcapng_block block;

		assert_int_equal(read_interface(false, body, sizeof(body), &reader, &block), -1);
	}
}

static void more_interfaces_than_the_reader_has_are_refused(void **state)
{
	static const uint8_t body[8] = { 1 };
	struct sea_pcapng_reader reader;
	struct sea_pcapng_block block;
	uint8_t bytes[20] = { SEA_PCAPNG_INTERFACE, 0, 0, 0, 20, [16] = 20 };

	assert_int_equal(read_interface(false, body, sizeof(body), &reader, &block), 20);
	for (int i = 1; i < 16; i++)
		assert_int_equal(sea_pcapng_read(&reader, bytes, sizeof(bytes), &block), 20);
	assert_int_equal(sea_pcapng_read(&reader, bytes, sizeof(bytes), &block), -1);
}

static void unknown_blocks_are_passed_over(void **state)
{
	static const uint8_t stats[16] = { 5, 0, 0, 0, 16, 0, 0, 0, 1, 2, 3, 4, 16 };
	struct sea_pcapng_reader reader = { .in_section = true };
	struct sea_pcapng_block block;

	assert_int_equal(sea_pcapng_read(&reader, stats, sizeof(stats), &block), 16);
	assert_int_equal(block.type, 5);
	assert_int_equal(block.size, 16);
}

/* Each of these bytes of the small capture, changed so, contradicts the rest. */
static void contradictions_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} lies[] = {
		{ 0, 0x0b }, /* no section at the start */
		{ 8, 0 },    /* byte-order magic */
		{ 12, 2 },   /* version 2 */
		{ 4, 11 },   /* length: not whole words, */
		{ 4, 8 },    /* too short for its frame, */
		{ 7, 0xff }, /* beyond the limit, */
		{ 40, 99 },  /* or another one at its end */
		{ 44 + 48, 99 },
	};
	struct capture good = small_capture();

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct capture c = good;
		struct sea_pcapng_reader reader = { 0 };
		struct sea_pcapng_block block;
		size_t at = 0;
		long n;

		c.bytes[lies[i].at] = lies[i].value;
		while ((n = sea_pcapng_read(&reader, c.bytes + at, c.len - at, &block)) > 0)
			at += (size_t)n;
		if (n != -1)
			fail_msg("byte %zu as %u goes unnoticed", lies[i].at, lies[i].value);
	}
}

static void packets_that_lie_are_refused(void **state)
{
	/* interface 1 of 1; caplen beyond the block; caplen near 2^32; an option beyond the block */
	static const struct {
		size_t at;
		uint32_t little;
	} lies[] = { { 8, 1 }, { 20, 0x60 }, { 20, 0xffffffff }, { 28 + 76, 0x00ff0001 } };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct capture c = { .len = 0 };
		struct sea_pcapng_reader reader = { .in_section = true, .n_interfaces = 1 };
		struct sea_pcapng_block block;

		reader.ts_units[0] = 1;
		put_packet(&c, &syn, frame_tcp_syn);
		assert_true(sea_pcapng_read(&reader, c.bytes, c.len, &block) > 0);
		for (int k = 0; k < 4; k++)
			c.bytes[lies[i].at + (size_t)k] = (uint8_t)(lies[i].little >> (8 * k));
		assert_int_equal(sea_pcapng_read(&reader, c.bytes, c.len, &block), -1);
	}
}

/* -- and what others read -- */

static void tshark_shows_frames_and_comments(void **state)
{
	struct capture c = small_capture();
	char path[] = "pcapng-XXXXXX", command[256], line[512] = "";
	int fd;
	FILE *out;

	if (system("tshark --version >/dev/null 2>&1") != 0) {
		print_message("no tshark here\n");
		skip();
	}
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, c.bytes, c.len), c.len);
	close(fd);
	snprintf(
		command, sizeof(command),
		"tshark -n -t e -r %s -T fields -e frame.time_epoch -e frame.interface_name "
		"-e frame.packet_flags_direction -e tcp.dstport -e frame.comment -e frame.len 2>&1",
		path);
	out = popen(command, "r");
	assert_non_null(out);
	while (fgets(line, sizeof(line), out) && !strchr(line, '\t'))
		; /* warnings, about running as root */
	unlink(path);
	assert_string_equal(line, "1700000000.123456789\ttap0\t0x00000001\t80\t"
				  "drop: tcp_checksum\t74\n");
	assert_non_null(fgets(line, sizeof(line), out));
	assert_non_null(strstr(line, "\t9999\n"));
	assert_int_equal(pclose(out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_blocks_are_read_back),
		cmocka_unit_test(writers_refuse_too_little_room),
		cmocka_unit_test(blocks_beyond_the_limit_are_not_written),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(half_a_block_needs_more_bytes),
		cmocka_unit_test(both_byte_orders_are_read),
		cmocka_unit_test(time_stamps_of_any_resolution_become_nanoseconds),
		cmocka_unit_test(resolutions_beyond_64_bits_are_refused),
		cmocka_unit_test(more_interfaces_than_the_reader_has_are_refused),
		cmocka_unit_test(unknown_blocks_are_passed_over),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(packets_that_lie_are_refused),
		cmocka_unit_test(tshark_shows_frames_and_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
