/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading pcapng, from whoever wrote it: either byte order, any time resolution. Everything in a
 * block is checked against the block's length, which is written at both of its ends.
 */
#include "wire/pcapng.h"

#include "wire/bytes.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define NS_PER_SEC UINT64_C(1000000000)

enum { OPT_END = 0, OPT_COMMENT = 1 };
enum { INTERFACE_TSRESOL = 9, INTERFACE_TSOFFSET = 14 };
enum { PACKET_FLAGS = 2 };

enum {
	BLOCK_HDR = 8,
	BLOCK_FRAME = 12,
	SECTION_BODY = 16,
	INTERFACE_BODY = 8,
	PACKET_BODY = 20,
	OPT_HDR = 4,
	INTERFACES_MAX = sizeof((struct sea_pcapng_reader){ 0 }.ts_units) / sizeof(uint64_t),
};

/* The part of a block that is not read yet, in the section's byte order. */
struct cursor {
	const uint8_t *at;
	size_t len;
	bool big_endian;
};

struct option {
	uint16_t code, len;
	const uint8_t *value;
};

static uint16_t get16(const uint8_t *p, bool big_endian)
{
	return big_endian ? sea_get16(p) : __builtin_bswap16(sea_get16(p));
}

static uint32_t get32(const uint8_t *p, bool big_endian)
{
	return big_endian ? sea_get32(p) : __builtin_bswap32(sea_get32(p));
}

static uint64_t get64(const uint8_t *p, bool big_endian)
{
	uint32_t a = get32(p, big_endian), b = get32(p + 4, big_endian);

	return big_endian ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* 1: an option; 0: there are no more; -1: one that does not fit. */
static int next_option(struct cursor *c, struct option *opt)
{
	size_t size;

	if (c->len == 0)
		return 0;
	if (c->len < OPT_HDR)
		return -1;
	opt->code = get16(c->at, c->big_endian);
	opt->len = get16(c->at + 2, c->big_endian);
	opt->value = c->at + OPT_HDR;
	if (opt->code == OPT_END)
		return 0;
	size = OPT_HDR + padded(opt->len);
	if (size > c->len)
		return -1;
	c->at += size;
	c->len -= size;
	return 1;
}

/* if_tsresol: a power of ten, or of two with the upper bit set. False: too fine to count in 64 bits. */
static bool read_tsresol(uint8_t resol, uint64_t *units)
{
	uint8_t power = resol & 0x7f;

	if (power > (resol & 0x80 ? 63 : 19))
		return false;
	*units = 1;
	while (power-- > 0)
		*units *= resol & 0x80 ? 2 : 10;
	return true;
}

static bool interface_option(const struct option *opt, bool big_endian, uint64_t *units,
			     int64_t *offset)
{
	if (opt->code == INTERFACE_TSRESOL)
		return opt->len == 1 && read_tsresol(opt->value[0], units);
	if (opt->code == INTERFACE_TSOFFSET) {
		if (opt->len != 8)
			return false;
		*offset = (int64_t)get64(opt->value, big_endian);
	}
	return true;
}

static bool read_interface(struct sea_pcapng_reader *reader, struct cursor c,
			   struct sea_pcapng_block *block)
{
	uint32_t n = reader->n_interfaces;
	struct option opt;
	int more;

	if (c.len < INTERFACE_BODY || n == INTERFACES_MAX)
		return false;
	block->linktype = get16(c.at, c.big_endian);
	block->snaplen = get32(c.at + 4, c.big_endian);
	c.at += INTERFACE_BODY;
	c.len -= INTERFACE_BODY;
	block->ts_units = 1000000;
	reader->ts_offset[n] = 0;
	while ((more = next_option(&c, &opt)) > 0) {
		if (!interface_option(&opt, c.big_endian, &block->ts_units, &reader->ts_offset[n]))
			return false;
	}
	if (more < 0)
		return false;
	reader->ts_units[n] = block->ts_units;
	reader->n_interfaces++;
	return true;
}

/* Nanoseconds since the epoch; saturates, for time stamps are the sender's choice. */
static uint64_t to_ns(uint64_t ts, uint64_t units, int64_t offset)
{
	uint64_t below_sec = (uint64_t)((unsigned __int128)(ts % units) * NS_PER_SEC / units);
	uint64_t secs, ns;

	if (__builtin_add_overflow(ts / units, offset, &secs))
		return offset < 0 ? 0 : UINT64_MAX;
	if (__builtin_mul_overflow(secs, NS_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, below_sec, &ns))
		return UINT64_MAX;
	return ns;
}

static bool packet_option(const struct option *opt, bool big_endian, struct sea_pcapng_packet *pkt)
{
	if (opt->code == PACKET_FLAGS) {
		if (opt->len != 4)
			return false;
		pkt->direction = get32(opt->value, big_endian) & 3;
	} else if (opt->code == OPT_COMMENT && !pkt->comment) {
		pkt->comment = (const char *)opt->value;
		pkt->comment_len = opt->len;
	}
	return true;
}

static bool read_packet_options(struct cursor c, struct sea_pcapng_packet *pkt)
{
	struct option opt;
	int more;

	while ((more = next_option(&c, &opt)) > 0) {
		if (!packet_option(&opt, c.big_endian, pkt))
			return false;
	}
	return more == 0;
}

static bool read_packet(const struct sea_pcapng_reader *reader, struct cursor c,
			struct sea_pcapng_block *block)
{
	struct sea_pcapng_packet *pkt = &block->pkt;
	uint64_t ts;

	if (c.len < PACKET_BODY)
		return false;
	pkt->interface = get32(c.at, c.big_endian);
	if (pkt->interface >= reader->n_interfaces)
		return false;
	ts = (uint64_t)get32(c.at + 4, c.big_endian) << 32 | get32(c.at + 8, c.big_endian);
	pkt->time_ns =
		to_ns(ts, reader->ts_units[pkt->interface], reader->ts_offset[pkt->interface]);
	pkt->caplen = get32(c.at + 12, c.big_endian);
	pkt->len = get32(c.at + 16, c.big_endian);
	c.at += PACKET_BODY;
	c.len -= PACKET_BODY;
	if (pkt->caplen > c.len || padded(pkt->caplen) > c.len)
		return false;
	block->bytes = c.at;
	c.at += padded(pkt->caplen);
	c.len -= padded(pkt->caplen);
	return read_packet_options(c, pkt);
}

/* The byte-order magic is the first thing behind a section's length. False: it is none. */
static bool begin_section(struct sea_pcapng_reader *reader, const uint8_t *from)
{
	bool big = get32(from + BLOCK_HDR, true) == BYTE_ORDER_MAGIC;

	if (!big && get32(from + BLOCK_HDR, false) != BYTE_ORDER_MAGIC)
		return false;
	*reader = (struct sea_pcapng_reader){ .swapped = big, .in_section = true };
	return true;
}

static bool read_body(struct sea_pcapng_reader *reader, struct cursor c,
		      struct sea_pcapng_block *block)
{
	switch (block->type) {
	case SEA_PCAPNG_SECTION:
		return c.len >= SECTION_BODY && get16(c.at + 4, c.big_endian) == 1;
	case SEA_PCAPNG_INTERFACE:
		return read_interface(reader, c, block);
	case SEA_PCAPNG_PACKET:
		return read_packet(reader, c, block);
	default:
		return true;
	}
}

long sea_pcapng_read(struct sea_pcapng_reader *reader, const uint8_t *from, size_t len,
		     struct sea_pcapng_block *block)
{
	struct cursor body;
	uint32_t size;

	if (len < BLOCK_FRAME)
		return 0;
	*block = (struct sea_pcapng_block){ .type = get32(from, reader->swapped) };
	if (block->type == SEA_PCAPNG_SECTION && !begin_section(reader, from))
		return -1;
	if (!reader->in_section)
		return -1;
	size = get32(from + 4, reader->swapped);
	if (size < BLOCK_FRAME || size > SEA_PCAPNG_BLOCK_MAX || size % 4 != 0)
		return -1;
	if (size > len)
		return 0;
	if (get32(from + size - 4, reader->swapped) != size)
		return -1;
	body = (struct cursor){ from + BLOCK_HDR, size - BLOCK_FRAME, reader->swapped };
	if (!read_body(reader, body, block))
		return -1;
	block->size = size;
	return (long)size;
}
