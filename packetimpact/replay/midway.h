/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP connection that had begun before its capture did: what can be known of it by what it shows, for a device to be
 * set up by TCP_REPAIR. Numbers, windows, timestamps, SACK and the largest segment are seen; the scales of windows are
 * the least that what was sent fits into, and where windows are small what makes them as large as Linux's; the
 * congestion window is a new one.
 */
#ifndef SEA_REPLAY_MIDWAY_H
#define SEA_REPLAY_MIDWAY_H

#include "packetimpact/replay/talk.h"

/* When it is set up, and when the peer's last segment before the capture comes, as the conversation counts. */
#define SEA_MIDWAY_NS (-10 * SEA_MSEC)
#define SEA_MIDWAY_PEER_NS (-5 * SEA_MSEC)

struct sea_acts;

struct sea_midway {
	bool is; /* else the handshake is there, or nothing can be known */
	uint32_t snd,
		rcv; /* the first numbers that are not acknowledged, the device's and the peer's */
	uint32_t flight; /* bytes that were out already */
	uint32_t snd_wnd, rcv_wnd;
	uint16_t mss; /* 0: the device's own */
	uint8_t snd_scale, rcv_scale;
	bool ts, sack;
	uint32_t stamp; /* the device's at SEA_MIDWAY_NS */
	uint32_t
		echoed; /* 0: what the peer sends first tells it; else what its last segment carried */
};

void sea_midway_find(struct sea_midway *m, const struct sea_talk *talk);
/* The calls that set it up, on descriptor `number`. False: no memory. */
bool sea_midway_open(const struct sea_midway *m, struct sea_acts *acts, bool v6, int64_t number);
/*
 * The peer's last segment before the capture, in the place of its first one there: an ACK with the timestamp that the
 * device echoes. `p` is as one of a talk then, its bytes the caller's, SEA_MIDWAY_ACK_MAX of them.
 */
#define SEA_MIDWAY_ACK_MAX 72u
void sea_midway_ack(const struct sea_midway *m, const struct sea_talk *talk,
		    struct sea_talk_packet *p, uint8_t *bytes);

#endif
