/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation out of a capture: all packets of a flow, each the device's (the side that is to be tried) or the
 * peer's (the side that is played).
 *
 *	if (!sea_talk_read(&talk, path, &choice, why))
 *		complain(why);
 *	for (size_t i = 0; i < talk.n; i++)
 *		look(&talk.packets[i]);
 *	sea_talk_fini(&talk);
 */
#ifndef SEA_REPLAY_TALK_H
#define SEA_REPLAY_TALK_H

#include "packetimpact/lint/segment.h"
#include "packetimpact/replay/notes.h"
#include "wire/ipv4.h"

/* Of one conversation; what is larger is refused. */
#define SEA_TALK_BYTES_MAX (256u << 20)
#define SEA_TALK_PACKETS_MAX (1u << 20)
#define SEA_TALK_NS_MAX INT64_C(86400000000000) /* a day */

enum sea_talk_side { SEA_TALK_TOLD, SEA_TALK_FIRST, SEA_TALK_SECOND };

struct sea_talk_choice {
	uint8_t proto; /* SEA_IPPROTO_*; 0: TCP, or UDP, or ICMP, whichever there is */
	uint32_t flow; /* from 1, as `packetimpact lint` counts */
	enum sea_talk_side
		side; /* the device is this one; TOLD: as the capture says, else SECOND */
};

struct sea_talk_packet {
	uint64_t frame;
	int64_t ns; /* since the first one; does not go back */
	bool out;   /* the device sent it */
	bool error; /* an ICMP error about what the device sent: not of the flow's protocol itself */
	bool bad_sum;
	bool cut; /* the capture has not all of it: what it lacks is zeros */
	uint32_t len;
	uint8_t *bytes;          /* from the IP header on */
	struct sea_lint_seg seg; /* points into them */
};

struct sea_talk {
	uint8_t proto;
	bool v6;
	bool whole;        /* no other conversation is in the capture */
	uint16_t port[2];  /* the device's, the peer's; of ICMP its identifier, twice */
	uint64_t began_ns; /* of the first packet, since the epoch */
	struct sea_talk_packet *packets;
	size_t n, room;
	uint64_t bytes, unread; /* frames of it that were too short, or too large, to be used */
	struct sea_notes notes;
};

/* What an ICMP error quotes: where its transport begins behind `l4`, and how much of it is there. */
struct sea_quote {
	uint8_t proto;
	const uint8_t *src, *dst; /* addresses */
	uint32_t at, left;
};

/* False: it is no error, or quotes no TCP or UDP with its ports. */
bool sea_quote_read(const struct sea_lint_seg *seg, struct sea_quote *quote);

/* False and why, a sentence. */
bool sea_talk_read(struct sea_talk *talk, const char *path, const struct sea_talk_choice *choice,
		   char why[SEA_CAPTURE_WHY]);
/* The same of an open file; its notes are read from `again` (NULL: it has none). Both are closed. */
bool sea_talk_read_file(struct sea_talk *talk, FILE *file, FILE *again,
			const struct sea_talk_choice *choice, char why[SEA_CAPTURE_WHY]);
void sea_talk_fini(struct sea_talk *talk);

#endif
