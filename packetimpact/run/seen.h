/* SPDX-License-Identifier: Apache-2.0 */
/* A packet that the device sent, read once. */
#ifndef SEA_PACKETIMPACT_RUN_SEEN_H
#define SEA_PACKETIMPACT_RUN_SEEN_H

#include <stdio.h>

#include "packetimpact/dut/dut.h"

struct sea_seen {
	bool v6;
	uint8_t tos, ttl, proto;
	uint32_t flowlabel;
	struct sea_addr src, dst;
	uint16_t src_port, dst_port;
	/* TCP */
	uint32_t seq, ack;
	uint16_t flags; /* SEA_FLAG_* */
	uint8_t reserved;
	uint16_t win, urg;
	uint8_t options[40];
	size_t options_len;
	uint8_t header[60]; /* as it was sent, where numbers are mapped to a script's otherwise */
	/* ICMP */
	uint8_t icmp_type, icmp_code;
	uint8_t *payload; /* a copy; NULL where there is none */
	size_t payload_len;
	sea_time time;
};

enum sea_seen_fault {
	SEA_SEEN_OK,
	SEA_SEEN_OTHER, /* of no protocol that scripts know */
	SEA_SEEN_BAD,   /* not even its lengths are right */
	SEA_SEEN_CHECKSUM,
};

/* The payload is allocated with malloc(). */
enum sea_seen_fault sea_seen_parse(const struct sea_dut_packet *packet, struct sea_seen *seen);
/* In the language of scripts, without a newline. */
void sea_seen_print(const struct sea_seen *seen, FILE *out);
/* The option at *at, which moves behind it: NULL at the end. `len` includes kind and length. */
const uint8_t *sea_seen_option(const struct sea_seen *seen, size_t *at, size_t *len);

#endif
