/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a file block by block; what a block points at must lie in the file, and a packet that is
 * written again reads back as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const uint8_t *from, size_t len, const void *at, size_t n)
{
	const uint8_t *p = at;

	if (n > 0 && (p < from || n > len || (size_t)(p - from) > len - n))
		abort();
}

static size_t write_packet(uint8_t *file, size_t room, const struct sea_pcapng_packet *pkt,
			   const uint8_t *frame)
{
	size_t len = sea_pcapng_put_section(file, room, NULL);
	uint8_t *bytes;

	len += sea_pcapng_put_interface(file + len, room - len, SEA_LINKTYPE_RAW, 0, NULL);
	bytes = sea_pcapng_put_packet(file + len, room - len, pkt);
	if (!bytes)
		abort();
	check_inside(file + len, room - len, bytes, pkt->caplen);
	if (pkt->caplen > 0)
		memcpy(bytes, frame, pkt->caplen);
	return len;
}

static void check_again(const struct sea_pcapng_block *block)
{
	size_t room = sea_pcapng_packet_size(&block->pkt) + 256, at = 0, packet;
	struct sea_pcapng_packet pkt = block->pkt, *again;
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block read = { 0 };
	uint8_t *file = calloc(1, room);

	if (!file)
		return;
	pkt.interface = 0;
	packet = write_packet(file, room, &pkt, block->bytes);
	while (at <= packet) {
		long n = sea_pcapng_read(&reader, file + at, room - at, &read);

		if (n <= 0)
			abort();
		at += (size_t)n;
	}
	again = &read.pkt;
	if (again->time_ns != pkt.time_ns || again->len != pkt.len || again->caplen != pkt.caplen ||
	    again->comment_len != pkt.comment_len || again->direction != pkt.direction)
		abort();
	if (pkt.caplen > 0 && memcmp(read.bytes, block->bytes, pkt.caplen) != 0)
		abort();
	if (pkt.comment_len > 0 && memcmp(again->comment, pkt.comment, pkt.comment_len) != 0)
		abort();
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block block;
	long n;

	while ((n = sea_pcapng_read(&reader, data, size, &block)) > 0) {
		if ((size_t)n > size || n % 4 != 0 || block.size != (size_t)n)
			abort();
		check_inside(data, (size_t)n, block.bytes, block.pkt.caplen);
		check_inside(data, (size_t)n, block.pkt.comment, block.pkt.comment_len);
		if (block.type == SEA_PCAPNG_PACKET)
			check_again(&block);
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
