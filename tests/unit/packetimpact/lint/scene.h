/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures written as text, a packet a line:
 *
 *	MS > FLAGS SEQ:LEN ACK WINDOW [KEY[=VALUE]]...
 *
 * `>` is the client (192.0.2.1:40000), `<` the server (192.0.2.2:80); sequence numbers count from each side's SYN at 0;
 * flags are of "S.FRPEWA", or 0; ACK may be -. Keys: mss=N ws=N sp ts=VAL/ECR sack=A-B,C-D; raw=HEX options as they
 * are; ecn=N; fill=C payload; id=N; sum=bad or part; off=WORDS; rsv; cut=N bytes in the capture; more=N bytes that IP
 * claims; ipsum=bad; v6; frag; udp and icmp instead of TCP; udplen=N; nosum.
 */
#ifndef SEA_TESTS_LINT_SCENE_H
#define SEA_TESTS_LINT_SCENE_H

#include <stddef.h>
#include <stdint.h>

#include "packetimpact/lint/lint.h"

#define SCENE_ROOM 4096

/* One line's packet, from the IP header on. Returns what follows the line, or NULL at the end. */
const char *scene_packet(const char *text, uint64_t number, uint8_t room[SCENE_ROOM],
			 struct sea_lint_frame *frame);

struct verdict {
	unsigned n[SEA_LINT_RULES], all;
	char said[2048];
};

void scene_judge(const char *text, struct verdict *verdict);

#endif
