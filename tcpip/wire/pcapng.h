/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng blocks (draft-ietf-opsawg-pcapng): a small writer and reader of our own, because libpcap
 * loses packet comments. Little-endian, nanosecond time stamps. Writers fill the caller's memory and
 * return the bytes used, or 0 when `room` is too small; every block is a multiple of 4.
 *
 * Reading: begin with a zeroed reader; hand over what is there, move on by what it returns.
 */
#ifndef SEA_WIRE_PCAPNG_H
#define SEA_WIRE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No block is larger: a length beyond it is damage, and nobody needs to buffer more to find out. */
#define SEA_PCAPNG_BLOCK_MAX (16u << 20)

enum sea_linktype {
	SEA_LINKTYPE_ETHERNET = 1,
	SEA_LINKTYPE_RAW = 101, /* IPv4 or IPv6, told by the version field */
};

enum sea_pcapng_direction { SEA_PCAPNG_UNKNOWN, SEA_PCAPNG_INBOUND, SEA_PCAPNG_OUTBOUND };

struct sea_pcapng_packet {
	uint32_t interface;
	uint64_t time_ns; /* since the epoch */
	uint32_t len;     /* on the wire */
	uint32_t caplen;  /* bytes that follow in the block */
	enum sea_pcapng_direction direction;
	const char *comment; /* UTF-8, not terminated where read; NULL: none */
	uint16_t comment_len;
};

/* Section Header Block. `application` may be NULL. */
size_t sea_pcapng_put_section(uint8_t *to, size_t room, const char *application);
/* Interface Description Block with if_tsresol 9; `name` may be NULL. */
size_t sea_pcapng_put_interface(uint8_t *to, size_t room, enum sea_linktype linktype,
				uint32_t snaplen, const char *name);

/* Size of the Enhanced Packet Block for this packet. */
size_t sea_pcapng_packet_size(const struct sea_pcapng_packet *pkt);
/*
 * Enhanced Packet Block. Returns where the caplen bytes of the frame are to be copied (inside `to`),
 * or NULL when room < sea_pcapng_packet_size(pkt) or that is beyond SEA_PCAPNG_BLOCK_MAX.
 */
uint8_t *sea_pcapng_put_packet(uint8_t *to, size_t room, const struct sea_pcapng_packet *pkt);

/* One block of a file, either byte order. */
struct sea_pcapng_block {
	uint32_t type; /* SEA_PCAPNG_* */
	size_t size;
	/* SEA_PCAPNG_INTERFACE */
	uint32_t linktype, snaplen;
	uint64_t ts_units; /* per second */
	/* SEA_PCAPNG_PACKET */
	struct sea_pcapng_packet pkt;
	const uint8_t *bytes;
};

enum sea_pcapng_type {
	SEA_PCAPNG_SECTION = 0x0a0d0d0a,
	SEA_PCAPNG_INTERFACE = 1,
	SEA_PCAPNG_PACKET = 6,
};

struct sea_pcapng_reader {
	bool swapped; /* the section is big-endian */
	bool in_section;
	uint32_t n_interfaces;
	uint64_t ts_units[16]; /* of the section's interfaces; more are refused */
	int64_t ts_offset[16];
};

/*
 * Reads the block at `from`. Returns its size; 0 when more bytes are needed; -1 when this is not
 * pcapng or the block contradicts itself. Unknown blocks are returned with their type only. Pointers
 * in `block` are into `from`; of several comments it is the first.
 */
long sea_pcapng_read(struct sea_pcapng_reader *reader, const uint8_t *from, size_t len,
		     struct sea_pcapng_block *block);

#endif
