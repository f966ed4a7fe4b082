/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device sent, in numbers that do not depend on what it drew, one segment each: super-segments are cut as a
 * card would. Captured answers and live ones look alike, and can be held against each other.
 */
#ifndef SEA_REPLAY_ANSWER_H
#define SEA_REPLAY_ANSWER_H

#include <stdio.h>

#include "packetimpact/replay/talk.h"

#define SEA_ANSWER_AE 0x100u /* beside the eight flags */

struct sea_answer {
	uint64_t
		frame; /* of the capture; of a live one, the last frame that was played before it */
	int64_t ns;    /* as the conversation counts */
	uint8_t proto, tos;
	/* TCP: `seq` counts from its SYN, `ack` is the peer's own number */
	uint16_t flags, wnd, urg;
	uint32_t seq, ack;
	struct sea_tcp_opts opts;
	const uint8_t *raw_opts; /* in the packet */
	uint8_t opts_len;
	/* ICMP */
	uint8_t type, code;
	bool error, quotes_tcp;
	uint32_t word;          /* of an error: what stands before the quote (an MTU, a pointer) */
	const uint8_t *payload; /* of an error: what it quotes of the transport */
	uint32_t len;
};

struct sea_answers {
	struct sea_answer *v;
	size_t n, room;
};

struct sea_answer_of {
	uint64_t frame;
	int64_t ns;
	uint32_t iss;
	uint32_t piece; /* bytes in each segment of a super-segment; 0: it is none */
};

/* The packet's bytes must stay where they are. False: no memory. */
bool sea_answers_add(struct sea_answers *answers, const uint8_t *ip, const struct sea_lint_seg *seg,
		     const struct sea_answer_of *of);
void sea_answers_fini(struct sea_answers *answers);

/* In the language of scripts; `peer_iss` is what acknowledgments count from. */
void sea_answer_print(const struct sea_answer *a, uint32_t peer_iss, char *to, size_t room);

#endif
