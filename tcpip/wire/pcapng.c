/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing pcapng: which blocks and options a capture of ours has. Numbers are little-endian on every
 * machine; a packet's comment comes behind its bytes, so that the bytes can be filled in place.
 */
#include "wire/pcapng.h"

#include <string.h>

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define SECTION_LEN_UNKNOWN UINT64_MAX

enum { OPT_END = 0, OPT_COMMENT = 1 };
enum { SECTION_USER_APPLICATION = 4 };
enum { INTERFACE_NAME = 2, INTERFACE_TSRESOL = 9 };
enum { PACKET_FLAGS = 2 };

enum {
	BLOCK_FRAME = 12, /* type, length, and the length again at the end */
	SECTION_BODY = 16,
	INTERFACE_BODY = 8,
	PACKET_BODY = 20,
	OPT_HDR = 4,
};

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static size_t opt_size(size_t len)
{
	return OPT_HDR + padded(len);
}

static uint8_t *put16(uint8_t *to, uint16_t v)
{
	to[0] = (uint8_t)v;
	to[1] = (uint8_t)(v >> 8);
	return to + 2;
}

static uint8_t *put32(uint8_t *to, uint32_t v)
{
	return put16(put16(to, (uint16_t)v), (uint16_t)(v >> 16));
}

static uint8_t *put64(uint8_t *to, uint64_t v)
{
	return put32(put32(to, (uint32_t)v), (uint32_t)(v >> 32));
}

static uint8_t *put_padding(uint8_t *to, size_t len)
{
	size_t n = padded(len) - len;

	memset(to, 0, n);
	return to + n;
}

static uint8_t *put_opt(uint8_t *to, uint16_t code, const void *value, uint16_t len)
{
	to = put16(put16(to, code), len);
	memcpy(to, value, len);
	return put_padding(to + len, len);
}

static uint8_t *put_opt_end(uint8_t *to)
{
	return put32(to, OPT_END);
}

/* Names are cut rather than refused. */
static uint16_t text_len(const char *text)
{
	size_t len = strlen(text);

	return (uint16_t)(len < 256 ? len : 256);
}

size_t sea_pcapng_put_section(uint8_t *to, size_t room, const char *application)
{
	uint16_t app_len = application ? text_len(application) : 0;
	size_t size = BLOCK_FRAME + SECTION_BODY;

	if (application)
		size += opt_size(app_len) + OPT_HDR;
	if (room < size)
		return 0;
	to = put32(put32(to, SEA_PCAPNG_SECTION), (uint32_t)size);
	to = put16(put16(put32(to, BYTE_ORDER_MAGIC), 1), 0); /* version 1.0 */
	to = put64(to, SECTION_LEN_UNKNOWN);
	if (application)
		to = put_opt_end(put_opt(to, SECTION_USER_APPLICATION, application, app_len));
	put32(to, (uint32_t)size);
	return size;
}

size_t sea_pcapng_put_interface(uint8_t *to, size_t room, enum sea_linktype linktype,
				uint32_t snaplen, const char *name)
{
	static const uint8_t nanoseconds = 9;
	uint16_t name_len = name ? text_len(name) : 0;
	size_t size = BLOCK_FRAME + INTERFACE_BODY + opt_size(1) + OPT_HDR;

	if (name)
		size += opt_size(name_len);
	if (room < size)
		return 0;
	to = put32(put32(to, SEA_PCAPNG_INTERFACE), (uint32_t)size);
	to = put32(put16(put16(to, (uint16_t)linktype), 0), snaplen);
	if (name)
		to = put_opt(to, INTERFACE_NAME, name, name_len);
	to = put_opt_end(put_opt(to, INTERFACE_TSRESOL, &nanoseconds, 1));
	put32(to, (uint32_t)size);
	return size;
}

/* Bytes of options with their end, or 0 when there are none. */
static size_t packet_opts_size(const struct sea_pcapng_packet *pkt)
{
	size_t size = 0;

	if (pkt->direction != SEA_PCAPNG_UNKNOWN)
		size += opt_size(4);
	if (pkt->comment)
		size += opt_size(pkt->comment_len);
	return size > 0 ? size + OPT_HDR : 0;
}

size_t sea_pcapng_packet_size(const struct sea_pcapng_packet *pkt)
{
	return BLOCK_FRAME + PACKET_BODY + padded(pkt->caplen) + packet_opts_size(pkt);
}

static uint8_t *put_packet_opts(uint8_t *to, const struct sea_pcapng_packet *pkt)
{
	uint8_t flags[4];

	if (packet_opts_size(pkt) == 0)
		return to;
	if (pkt->direction != SEA_PCAPNG_UNKNOWN) {
		put32(flags, pkt->direction);
		to = put_opt(to, PACKET_FLAGS, flags, sizeof(flags));
	}
	if (pkt->comment)
		to = put_opt(to, OPT_COMMENT, pkt->comment, pkt->comment_len);
	return put_opt_end(to);
}

uint8_t *sea_pcapng_put_packet(uint8_t *to, size_t room, const struct sea_pcapng_packet *pkt)
{
	size_t size = sea_pcapng_packet_size(pkt);
	uint8_t *frame;

	if (pkt->caplen > SEA_PCAPNG_BLOCK_MAX || size > SEA_PCAPNG_BLOCK_MAX || room < size)
		return NULL;
	to = put32(put32(to, SEA_PCAPNG_PACKET), (uint32_t)size);
	to = put32(to, pkt->interface);
	to = put32(put32(to, (uint32_t)(pkt->time_ns >> 32)), (uint32_t)pkt->time_ns);
	frame = put32(put32(to, pkt->caplen), pkt->len);
	to = put_padding(frame + pkt->caplen, pkt->caplen);
	to = put_packet_opts(to, pkt);
	put32(to, (uint32_t)size);
	return frame;
}
